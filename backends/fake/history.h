/* history.h - what took effect, in order, and whether it was committed: the proof that nothing ran twice, and that
 * nothing of a transaction that failed is there.
 *
 * Room for an entry is reserved before its statement may take effect, so that no effect goes unrecorded.  Any thread;
 * the functions that end in _locked are called with the fake's mtx held.                                             */
#ifndef DUSQ_FAKE_HISTORY_H
#define DUSQ_FAKE_HISTORY_H
#include "sql.h"
#include <dusq/backend.h>
#include <dusq/fake.h>

enum { DUSQ__FAKE_HISTORY = 65536 };

typedef struct dusq__fake_line {
  char *text;
  uint64_t tx;    /* the transaction that it stands or falls with; 0: none, it counts */
  uint32_t level; /* of the savepoint in it */
} dusq__fake_line;

/* Guarded by: the fake's mtx. */
typedef struct dusq__fake_history {
  dusq__fake_line *lines; /* a ring */
  size_t room, head; /* of the ring; index of the oldest that is kept */
  size_t kept, limit;
  size_t first;      /* number of the oldest that is kept */
  size_t reserved;   /* statements under way that will want an entry */
} dusq__fake_history;

/* Where a connection stands, for the lines that it writes. */
typedef struct dusq__fake_mark {
  uint64_t tx;    /* number of its transaction, or 0 */
  uint32_t level; /* of the savepoint in it          */
} dusq__fake_mark;

typedef struct dusq__fake_entry {
  char *text; /* NULL: nothing is kept */
} dusq__fake_entry;

/* To be called before the effect; false when memory is short.  Ended by note. */
bool dusq__fake_reserve(dusq_fake *fake, dusq__fake_text sql, const dusq_value *values, size_t n,
                        dusq__fake_entry *out);
void dusq__fake_note_locked(dusq_fake *fake, const dusq__fake_mark *mark, dusq__fake_entry *entry, bool happened);
/* What the connection does from here on counts with the transaction that begins now ... */
void dusq__fake_tx_begin_locked(dusq_fake *fake, dusq__fake_mark *mark);
/* ... or with the savepoint that is set now, which `keep` joins with what is around it. */
void dusq__fake_tx_savepoint_locked(dusq__fake_mark *mark, uint32_t level);
void dusq__fake_tx_leave_locked(dusq_fake *fake, dusq__fake_mark *mark, uint32_t level, bool keep);
void dusq__fake_tx_end_locked(dusq_fake *fake, dusq__fake_mark *mark, bool commits);
void dusq__fake_history_fini(dusq__fake_history *history);

#endif
