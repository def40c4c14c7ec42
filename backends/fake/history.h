/* history.h - which statements took effect, in order, and whether they were committed.  A test uses it to show that
 * nothing ran twice, and that nothing of a failed transaction is left.
 *
 * Room for an entry is reserved before its statement may take effect, so that every effect is recorded.  Any thread;
 * the functions that end in _locked are called with the fake's mtx held.                                             */
#ifndef DUSQ_FAKE_HISTORY_H
#define DUSQ_FAKE_HISTORY_H
#include "sql.h"
#include <dusq/backend.h>
#include <dusq/fake.h>

enum { DUSQ__FAKE_HISTORY = 65536 };

typedef struct dusq__fake_line {
  char *text;
  uint64_t tx;    /* its transaction, which commits or undoes it; 0: none, it lasts */
  uint32_t level; /* number of the savepoint in it                                  */
} dusq__fake_line;

/* Guarded by: the fake's mtx. */
typedef struct dusq__fake_history {
  dusq__fake_line *lines; /* a ring buffer */
  size_t room, head; /* size of the ring; index of the oldest entry that is kept */
  size_t kept, limit;
  size_t first;      /* number of the oldest entry that is kept                  */
  size_t reserved;   /* statements in progress that will add an entry            */
} dusq__fake_history;

/* The transaction and savepoint of a connection, for the entries that it adds. */
typedef struct dusq__fake_mark {
  uint64_t tx;    /* number of its transaction, or 0 */
  uint32_t level; /* number of the savepoint in it   */
} dusq__fake_mark;

typedef struct dusq__fake_entry {
  char *text; /* NULL: no history is kept */
} dusq__fake_entry;

/* Must be called before the effect; false when memory is short.  note ends the reservation. */
bool dusq__fake_reserve(dusq_fake *fake, dusq__fake_text sql, const dusq_value *values, size_t n,
                        dusq__fake_entry *out);
void dusq__fake_note_locked(dusq_fake *fake, const dusq__fake_mark *mark, dusq__fake_entry *entry, bool happened);
/* From now on the connection's entries belong to a new transaction ... */
void dusq__fake_tx_begin_locked(dusq_fake *fake, dusq__fake_mark *mark);
/* ... or to a new savepoint, whose entries `keep` moves to the enclosing level. */
void dusq__fake_tx_savepoint_locked(dusq__fake_mark *mark, uint32_t level);
void dusq__fake_tx_leave_locked(dusq_fake *fake, dusq__fake_mark *mark, uint32_t level, bool keep);
void dusq__fake_tx_end_locked(dusq_fake *fake, dusq__fake_mark *mark, bool commits);
void dusq__fake_history_fini(dusq__fake_history *history);

#endif
