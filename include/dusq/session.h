/* session.h - several statements on one connection, and transactions.
 *
 * A session takes a connection of its pool when it is first used and keeps it until it is closed.  Its calls may all be
 * made at once, from any threads; they run one after the other in the order of the calls, and each has its future.
 *
 * Transactions nest: a begin inside a transaction sets a savepoint, and every begin is ended by one commit or rollback,
 * whether it succeeded or not.  The rules are the same on every database:
 *
 *   - After the first error inside a transaction every further statement of it is refused as DUSQ_E_TX_ABORTED, until a
 *     rollback of the level in which the error came.  A call that was cancelled, or whose deadline passed, before it
 *     was run counts as an error, too.
 *   - A commit of a transaction that has failed rolls it back, and is DUSQ_E_TX_ABORTED.  Of a savepoint that has
 *     failed: then the outer transaction has failed as well.
 *   - After a commit, however it ended, the transaction is over.  A rollback cannot be cancelled.
 *   - When a statement ends the transaction without being asked to (a COMMIT as text; DDL on MySQL), what follows is
 *     refused, too, and the error says so.  A BEGIN as text inside a transaction is DUSQ_E_TX_STATE.
 *   - A call that was refused when it was made (wrong values, a full queue, no memory) counts as an error in its place.
 *   - A call that is given up past cancel_grace has failed, and its transaction with it.  Where the commit has gone out
 *     with it already, it fails with dusq_error_unknown_outcome, and the commit's own future tells how it ended.
 *
 * So a whole transaction can be submitted without waiting in between: it is done as a whole or not at all.           */
#ifndef DUSQ_SESSION_H
#define DUSQ_SESSION_H
#include <dusq/pool.h>

DUSQ_BEGIN_DECLS

typedef struct dusq_session dusq_session;

/* ---- how a transaction is begun.  NULL means DUSQ_TX_OPTS_INIT. -------------------------------------------------- */
enum {
  DUSQ_TX_READ_ONLY = 1u << 0,
  DUSQ_TX_DEFERRABLE = 1u << 1 /* PostgreSQL, with SERIALIZABLE and READ_ONLY: waits until it cannot fail; others have
                                  no need of it                                                                       */
};
/* A database without a level takes the next stronger one; SQLite has only the strongest. */
enum { DUSQ_ISOLATION_DEFAULT = 0, DUSQ_ISOLATION_READ_UNCOMMITTED = 1, DUSQ_ISOLATION_READ_COMMITTED = 2,
       DUSQ_ISOLATION_REPEATABLE_READ = 3, DUSQ_ISOLATION_SERIALIZABLE = 4 };
/* When SQLite takes its lock for writing; other databases pay no heed. */
enum { DUSQ_TX_LOCK_DEFAULT = 0 /* at once; DEFERRED if it is read-only */, DUSQ_TX_LOCK_DEFERRED = 1,
       DUSQ_TX_LOCK_IMMEDIATE = 2, DUSQ_TX_LOCK_EXCLUSIVE = 3 };
typedef struct dusq_tx_opts {
  size_t size;        /* sizeof(dusq_tx_opts)                                                           */
  uint32_t flags;     /* DUSQ_TX_...                                                                    */
  uint32_t isolation; /* DUSQ_ISOLATION_...                                                             */
  uint32_t lock;      /* DUSQ_TX_LOCK_...                                                               */
  uint32_t attempts;  /* of dusq_pool_transact: at most so many; 0: 10                                  */
} dusq_tx_opts;
#define DUSQ_TX_OPTS_INIT { sizeof(dusq_tx_opts), 0, 0, 0, 0 }

/* ---- sessions ---------------------------------------------------------------------------------------------------- */
/* An owned session; nothing is sent yet.  Of the options only the flag DUSQ_READ_ONLY counts: on SQLite the session
 * then reads beside the writer.  NULL when memory is short, the pool is NULL or another process's, or the options make
 * no sense; the calls of a NULL session fail as DUSQ_E_INVAL.  One of a pool that is closed can be had; its calls fail.
 *
 * How many sessions can hold a connection at the same time is limited by pool_size; the calls of a further one wait for
 * a connection, up to queue_timeout.                                                                                 */
DUSQ_API dusq_session *dusq_pool_session(dusq_pool *pool, const dusq_opts *opts);
DUSQ_API dusq_session *dusq_session_ref(dusq_session *session);
/* The last one closes the session behind the calls that have been made.  It does not wait. */
DUSQ_API dusq_session *dusq_session_unref(dusq_session *session);

/* As the calls of the pool with these names, but that what a script or job leaves open stays open for the calls behind
 * it, for it is the session's transaction that they work in.  A deadline runs from the call, while the calls before it
 * run, too.  When the connection is lost, every further call fails as DUSQ_E_CONNECTION_LOST: what the session had set
 * up is gone.                                                                                                        */
DUSQ_API dusq_future *dusq_session_query(dusq_session *session, const char *sql, size_t n, const dusq_value *values,
                                         const dusq_opts *opts);
DUSQ_API dusq_future *dusq_session_script(dusq_session *session, const char *sql, const dusq_opts *opts);
DUSQ_API dusq_future *dusq_session_many(dusq_session *session, const char *sql, size_t cols, size_t rows,
                                        const dusq_value *values, const dusq_opts *opts); /* atomic by itself or by the
                                                                                             transaction */
DUSQ_API dusq_future *dusq_session_run(dusq_session *session, dusq_job_fn *fn, void *arg, dusq_free_fn *free_arg,
                                       const dusq_opts *opts);

/* Begins a transaction, or sets a savepoint inside one; then `tx` must be NULL or all default.  DUSQ_E_NOTSUP where the
 * backend has none.                                                                                                  */
DUSQ_API dusq_future *dusq_session_begin(dusq_session *session, const dusq_tx_opts *tx, const dusq_opts *opts);
/* Commits the innermost transaction.  DUSQ_E_TX_ABORTED: it had failed, and was rolled back.  DUSQ_E_TX_STATE: there
 * was none.                                                                                                          */
DUSQ_API dusq_future *dusq_session_commit(dusq_session *session);
/* Rolls the innermost transaction back; without one it does nothing.  Has no deadline but connect_timeout, which begins
 * with its turn; without an answer by then, and cancel_grace after it, the connection is given up, and it is
 * DUSQ_E_CONNECTION_LOST.                                                                                            */
DUSQ_API dusq_future *dusq_session_rollback(dusq_session *session);

/* The state as of the last call that has been run: a value of the moment, to be asked when the calls have settled. */
enum { DUSQ_TX_NONE = 0, DUSQ_TX_OPEN = 1, DUSQ_TX_FAILED = 2 };
DUSQ_API int dusq_session_transaction(const dusq_session *session);

/* Refuses further calls (DUSQ_E_CLOSED); when those that have been made have run, rolls back what is open and gives the
 * connection back, reset.  The future settles after that, and cannot be cancelled.  The handle stays the caller's.
 * Rolling back and resetting are bounded as dusq_session_rollback is; a connection that does not answer is replaced,
 * and the future succeeds.                                                                                           */
DUSQ_API dusq_future *dusq_session_close(dusq_session *session);

/* ---- a transaction as a function --------------------------------------------------------------------------------- */
/* fn(conn, arg) on a worker, inside a transaction that is committed when fn returns, and rolled back when it has failed
 * (dusq_conn_fail) or a statement in it has.  After a serialization failure, a deadlock, a lock that was not to be had,
 * or a connection that was lost before the commit was sent, everything was rolled back, and fn is called again, after
 * a pause that grows and is jittered, until tx->attempts or the deadline ends it: fn must be made to run several times.
 * The result is that of the call that was committed; then free_arg(arg).                                             */
DUSQ_API dusq_future *dusq_pool_transact(dusq_pool *pool, dusq_job_fn *fn, void *arg, dusq_free_fn *free_arg,
                                         const dusq_tx_opts *tx, const dusq_opts *opts);

/* The same as data: n statements in order, as one request.  The result has one set for each.  dusq_error_index says
 * which statement failed; -1: the begin or the commit did.                                                           */
typedef struct dusq_step {
  const char *sql;
  size_t n;
  const dusq_value *values;
} dusq_step;
DUSQ_API dusq_future *dusq_pool_transact_steps(dusq_pool *pool, const dusq_step *steps, size_t n,
                                               const dusq_tx_opts *tx, const dusq_opts *opts);

/* Inside a job: transactions by the rules above, on its connection.  What is open when a pool's job returns is rolled
 * back; in a session's it stays open.                                                                                */
DUSQ_API dusq_status dusq_conn_begin(dusq_conn *conn, const dusq_tx_opts *tx, dusq_error **error);
DUSQ_API dusq_status dusq_conn_commit(dusq_conn *conn, dusq_error **error);
DUSQ_API dusq_status dusq_conn_rollback(dusq_conn *conn, dusq_error **error);
DUSQ_API int dusq_conn_transaction(const dusq_conn *conn);

DUSQ_END_DECLS
#endif
