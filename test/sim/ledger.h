/* ledger.h - what was asked in a run, what came of it, and what the fake database says that it has.
 *
 * A call writes up to two rows of its own, each with a number that no other has.  Calls of a session's transaction are
 * marked with its number, and with the level of the nesting.                                                         */
#ifndef DUSQ_SIM_LEDGER_H
#define DUSQ_SIM_LEDGER_H
#include <dusq/dusq.h>
#include <dusq/fake.h>

enum { LEDGER_CALLS = 512, LEDGER_TXS = 64 };

typedef enum ledger_kind { LEDGER_ROW, LEDGER_READ, LEDGER_SCRIPT, LEDGER_BEGIN, LEDGER_COMMIT, LEDGER_ROLLBACK,
                           LEDGER_END } ledger_kind;

typedef struct ledger_call {
  const char *name;
  dusq_future *future; /* owned, until it has been read */
  dusq_status status;
  bool unknown;
  ledger_kind kind;
  int64_t rows[2];
  unsigned tx;         /* 0: by itself */
  bool nested, stoppable;
  unsigned told;       /* callbacks that have run */
} ledger_call;

typedef struct ledger_tx {
  ledger_call *commit; /* NULL: it is rolled back, or never ended */
  ledger_call *undo;   /* the rollback of what was nested in it; NULL: none */
} ledger_tx;

typedef struct ledger {
  dusq_fake *fake;
  ledger_call calls[LEDGER_CALLS];
  ledger_tx txs[LEDGER_TXS];
  size_t ncalls;
  unsigned ntxs;
  int64_t last_row;
  uint64_t cancels;    /* that came in time */
  uint64_t unsure;     /* calls whose outcome is unknown */
  unsigned wrong;
  bool loud;           /* says what is wrong */
} ledger;

/* The next call, or NULL when there is no room; `future` is set once it has been submitted. */
ledger_call *ledger_add(ledger *book, const char *name, ledger_kind kind, size_t rows);
/* Takes the future. */
void ledger_submitted(ledger_call *call, dusq_future *future);
/* The pool is closed: reads what came of the calls, and lets go of them. */
void ledger_read(ledger *book);
/* All has ended. */
void ledger_check(ledger *book);
void ledger_wrong(ledger *book, const ledger_call *call, const char *what);
void ledger_print(const ledger *book);

#endif
