/* fake.h - a scripted database, for testing programs without a server.
 *
 *   dusq_fake *fake;
 *   dusq_fake_new(&fake);
 *   dusq_fake_step lost = {.size = sizeof lost, .lose = DUSQ_FAKE_LOSE_AFTER_SEND, .times = 1};
 *   dusq_fake_on(fake, "INSERT INTO orders *", &lost);          the first such statement loses its connection
 *   dusq_pool_open_uri(dusq_fake_uri(fake), &pool, &error);     options may be appended: "fake:17?latency=2ms"
 *
 * A pool on a fake behaves as one on a server: its workers connect, prepare, execute.  Rules define what happens to a
 * statement.  They are tried in the order in which they were added, and the first that matches and is not used up
 * applies.  A statement without a rule returns its values as one row, with columns named "1", "2", ..., if it begins
 * with SELECT, VALUES or WITH; any other statement reports one affected row, and an INSERT or REPLACE counts last_id up
 * from 1.  (With the option unmatched=fail it is DUSQ_E_SQL instead.)  The URI "fake:" alone opens a database without
 * rules.
 *
 * Several pools may use one fake.  A fake exists, and its URI can be opened, until its last handle and the last pool on
 * it are gone.  All functions: any thread, any time, no callbacks; only dusq_fake_wait waits.  In a forked child they
 * return DUSQ_E_FORKED, or 0.  The options of the URI are in dusq-fake(7).                                           */
#ifndef DUSQ_FAKE_H
#define DUSQ_FAKE_H
#include <dusq/future.h>

DUSQ_BEGIN_DECLS

typedef struct dusq_fake dusq_fake;

/* An owned fake without rules, on the real clock.  DUSQ_E_NOMEM; DUSQ_E_RESOURCE; DUSQ_E_INVAL for a NULL pointer. */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_fake_new(dusq_fake **out);
DUSQ_API dusq_fake *dusq_fake_ref(dusq_fake *fake);
DUSQ_API dusq_fake *dusq_fake_unref(dusq_fake *fake);
/* "fake:17", unique in the process; borrowed from the fake; "" for NULL. */
DUSQ_API const char *dusq_fake_uri(const dusq_fake *fake);

/* ---- rules ------------------------------------------------------------------------------------------------------- */
enum { /* dusq_fake_step.lose: where the connection breaks                                                   */
  DUSQ_FAKE_LOSE_NEVER = 0,
  DUSQ_FAKE_LOSE_BEFORE_SEND = 1, /* certainly not run: the pool may run it on another connection            */
  DUSQ_FAKE_LOSE_AFTER_SEND = 2,  /* it ran, and its response is lost: the outcome is unknown                */
  DUSQ_FAKE_LOSE_AFTER_ROWS = 3,  /* the same, after `after` rows of the response                            */
  DUSQ_FAKE_LOSE_AT_COMMIT = 4    /* in a transaction: it runs well and the commit breaks; else AFTER_ROWS
                                     with all rows                                                           */
};
enum {                           /* dusq_fake_step.flags                                                     */
  DUSQ_FAKE_HANG = 1u << 0,      /* after the delay, do not respond until interrupted, released or cut off   */
  DUSQ_FAKE_DEAF = 1u << 1,      /* interrupts do not end the delay nor the hang: a driver that is stuck     */
  DUSQ_FAKE_READS = 1u << 2,     /* the statement is known to read only ...                                  */
  DUSQ_FAKE_WRITES = 1u << 3,    /* ... or to write; with neither, SELECT, VALUES and WITH read              */
  DUSQ_FAKE_ALONE = 1u << 4,     /* the statement must not be in a batch                                     */
  DUSQ_FAKE_ECHO = 1u << 5       /* the result is that of a statement without a rule                         */
};

/* What happens to a statement, in this order: the delay; the hang; the error, if `status` is not DUSQ_OK, or the rows.
 * Everything is copied by dusq_fake_on.  New fields are added at the end; a field that is zero has no effect.        */
typedef struct dusq_fake_step {
  size_t size;              /* sizeof(dusq_fake_step)                                                        */
  uint32_t flags;           /* DUSQ_FAKE_HANG | ...                                                          */
  uint32_t lose;            /* DUSQ_FAKE_LOSE_...                                                            */
  uint32_t times;           /* how often the rule applies before it is used up; 0: always                    */
  int64_t delay;            /* ns on the fake's clock                                                        */

  dusq_status status;       /* an error if not DUSQ_OK; DUSQ_E_CONNECTION_LOST as LOSE_AFTER_SEND, unless
                               `lose` says where; with `lose`, the status of the loss                        */
  const char *sqlstate;     /* NULL: none                                                                    */
  int64_t native;
  const char *message;      /* NULL: dusq_strstatus(status)                                                  */
  const char *detail, *constraint, *table, *column; /* NULL: not said                                        */
  size_t after;             /* rows that are returned before the error or the loss, over all result sets     */

  size_t cols;              /* a result set: its columns ...                                                 */
  const char *const *names;
  const uint32_t *types;    /* ... their kinds; NULL: only the cells have kinds                              */
  size_t rows;
  const dusq_value *cells;  /* rows x cols, row after row                                                    */
  int64_t affected, last_id;
  const struct dusq_fake_step *next; /* a further result set: everything from `cols` on counts in it         */
} dusq_fake_step;
#define DUSQ_FAKE_STEP_INIT \
  { sizeof(dusq_fake_step), 0, 0, 0, 0, 0, NULL, 0, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, 0, NULL, 0, 0, \
    NULL }

/* Adds a rule after the existing ones.  `pattern` is compared byte by byte with the statement as its caller wrote it,
 * including ?, $1 or :name; a '*' matches any bytes or none, so that "*" matches every statement.  Blanks and
 * semicolons at both ends are ignored, and the statement may have comments there that the pattern does not have.  Every
 * statement of a script is matched separately.  A pattern that begins with '@' names another operation instead:
 *   @connect, @begin, @commit, @rollback, @reset   delay, hang, error; for all but @connect also a loss
 *   @prepare, or @prepare followed by a pattern    the same, for the statements that the pattern matches
 *   @alive      an error says that an idle connection is dead
 *   @interrupt  delay and hang, of the call that interrupts
 * (@begin and its kind are the pool's own, as in dusq_pool_many; a BEGIN in a script is a statement.)
 * Whether a statement reads or must run alone is asked when it is prepared, and does not use up a rule.
 * DUSQ_E_NOMEM; DUSQ_E_INVAL for an unknown operation, flag, loss or kind of value, a negative delay, a step of another
 * size, or names or cells that are missing.                                                                          */
DUSQ_API dusq_status dusq_fake_on(dusq_fake *fake, const char *pattern, const dusq_fake_step *step);
/* Removes all rules.  Statements that are running keep the rule that they matched. */
DUSQ_API dusq_status dusq_fake_clear(dusq_fake *fake);

/* Random faults in statements and commits: of every 1,000, the given numbers fail with an error (SERIALIZATION,
 * LOCKED, UNIQUE, IO, TX_DEADLOCK) or lose their connection (before or after they were sent); each one is delayed by
 * 0 to max_delay ns.  A statement with such a fault is not matched with the rules.  The decisions depend only on the
 * seed, the connection's number and the statement's number on it.  All zero: off.  DUSQ_E_INVAL for more than 1,000
 * together, or a negative delay.                                                                                     */
DUSQ_API dusq_status dusq_fake_chaos(dusq_fake *fake, uint64_t seed, uint32_t permille_errors, uint32_t permille_lost,
                                     int64_t max_delay);

/* Ends all current hangs, after which the steps continue; returns how many there were. */
DUSQ_API size_t dusq_fake_release(dusq_fake *fake);
/* Breaks every connection that is open or being made, as a server that goes down: a statement in a delay or hang
 * loses its connection and has not run, an idle connection is found dead.  Returns how many.                         */
DUSQ_API size_t dusq_fake_cut(dusq_fake *fake);

/* ---- the clock --------------------------------------------------------------------------------------------------- */
/* From now on delays, including the option latency, pass only by dusq_fake_clock_advance.  This cannot be undone.
 * (Deadlines and timeouts of the pool always use the real clock.)                                                    */
DUSQ_API dusq_status dusq_fake_clock_manual(dusq_fake *fake);
/* DUSQ_E_INVAL for negative ns, or when the clock is not manual. */
DUSQ_API dusq_status dusq_fake_clock_advance(dusq_fake *fake, int64_t ns);

/* ---- inspection -------------------------------------------------------------------------------------------------- */
enum {
  /* totals */
  DUSQ_FAKE_CONNECTS = 1,      /* connections made                                                           */
  DUSQ_FAKE_REFUSALS = 2,      /* connections not made                                                       */
  DUSQ_FAKE_DISCONNECTS = 3,
  DUSQ_FAKE_LOSSES = 4,        /* connections that broke                                                     */
  DUSQ_FAKE_PREPARES = 5,
  DUSQ_FAKE_EXECUTES = 6,      /* statements that were begun, whatever their outcome                         */
  DUSQ_FAKE_BATCHES = 7,       /* calls with several statements                                              */
  DUSQ_FAKE_SCRIPTS = 8,
  DUSQ_FAKE_BEGINS = 9,        /* by the pool, as @begin; likewise the next three                            */
  DUSQ_FAKE_COMMITS = 10,
  DUSQ_FAKE_ROLLBACKS = 11,
  DUSQ_FAKE_RESETS = 12,
  DUSQ_FAKE_INTERRUPTS = 13,
  DUSQ_FAKE_EFFECTS = 14,      /* entries of the history                                                     */
  DUSQ_FAKE_MISUSES = 15,      /* times that the library broke the rules of backend.h: 0                     */
  /* current values */
  DUSQ_FAKE_CONNECTED = 16,
  DUSQ_FAKE_CONNECTING = 17,
  DUSQ_FAKE_PREPARED = 18,     /* statements held by the connections                                         */
  DUSQ_FAKE_RUNNING = 19,      /* statements                                                                 */
  DUSQ_FAKE_WAITING = 20,      /* operations in a delay or a hang                                            */
  DUSQ_FAKE_HANGING = 21       /* ... in a hang                                                              */
};
/* One of these numbers; -1 for another `what` or NULL. */
DUSQ_API int64_t dusq_fake_count(dusq_fake *fake, int what);
/* Waits until that number is at least `at_least`, so that a test needs no sleeps.  DUSQ_E_TIMEDOUT after `timeout` ns;
 * DUSQ_E_INVAL for an unknown `what` or a negative timeout.  For the test's own threads, not for callbacks and jobs. */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_fake_wait(dusq_fake *fake, int what, int64_t at_least, int64_t timeout);

/* The history: every statement that took effect, in that order, and "@begin", "@commit" and "@rollback".  What failed,
 * was interrupted, or was never sent is not in it; what was lost after it ran is; a rollback takes nothing out.  An
 * entry is the statement as it was written, without comments and blanks around it, and then its values:
 *   INSERT INTO t VALUES (?, ?) [7, 'it''s']
 * It is cut at 1,000 bytes, and then ends in "...".  If there is no memory for one, the statement is not run and fails
 * as DUSQ_E_NOMEM.
 *
 * Writes entry i, from 0, at most `size` bytes with the closing NUL; returns the entry's length, as snprintf does, and
 * 0 with "" for one that is not there or not kept any more.                                                          */
DUSQ_API size_t dusq_fake_history(dusq_fake *fake, size_t i, char *buffer, size_t size);
/* How many of the kept entries match a pattern, as in dusq_fake_on; the entries include the values. */
DUSQ_API size_t dusq_fake_ran(dusq_fake *fake, const char *pattern);
/* The same, for the entries that are committed: outside of a transaction, or by the commit of their transaction.  A
 * statement that was rolled back, undone by a savepoint of the pool's, or open when its connection was lost, is not. */
DUSQ_API size_t dusq_fake_committed(dusq_fake *fake, const char *pattern);
/* Sets how many of the newest entries are kept; 65,536 by default, 0 keeps none.  Entries keep their numbers. */
DUSQ_API dusq_status dusq_fake_history_limit(dusq_fake *fake, size_t limit);

DUSQ_END_DECLS
#endif
