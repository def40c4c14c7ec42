/* session.h - several statements on one connection, and transactions.
 *
 * A session takes a connection of its pool when it is first used and keeps it until the session is closed.  Calls may
 * be made from any thread, without waiting for earlier ones; they run in the order in which they were made, and each
 * has its own future.
 *
 * Transactions nest: a begin inside a transaction sets a savepoint.  Every begin, whether it succeeded or not, must be
 * ended by one commit or rollback.  The rules are the same on every database:
 *
 *   - After the first error inside a transaction, every further statement of it is refused as DUSQ_E_TX_ABORTED, until
 *     a rollback of the level in which the error occurred.  A call that was cancelled, or whose deadline passed, before
 *     it was run also counts as an error.
 *   - A commit of a failed transaction rolls it back, and is DUSQ_E_TX_ABORTED.  If it is a savepoint that has failed,
 *     the outer transaction then has failed too.
 *   - After a commit, whatever its outcome, the transaction is over.  A rollback cannot be cancelled.
 *   - If a statement ends the transaction by itself (a COMMIT as text; DDL on MySQL), the following calls are refused,
 *     and their error says so.  A BEGIN as text inside a transaction is DUSQ_E_TX_STATE.
 *   - A call that was refused when it was made (wrong values, a full queue, no memory) also counts as an error.
 *   - A call that does not end within cancel_grace after its interrupt has failed, and its transaction with it.  If the
 *     commit has already been sent with it, it fails with dusq_error_unknown_outcome, and the commit's own future tells
 *     how the transaction ended.
 *
 * So a whole transaction can be submitted without waiting for each call: it is committed as a whole or not at all.   */
#ifndef DUSQ_SESSION_H
#define DUSQ_SESSION_H
#include <dusq/pool.h>

DUSQ_BEGIN_DECLS

typedef struct dusq_session dusq_session;

/* ---- how a transaction is begun.  NULL means DUSQ_TX_OPTS_INIT. -------------------------------------------------- */
enum {
  DUSQ_TX_READ_ONLY = 1u << 0,
  DUSQ_TX_DEFERRABLE = 1u << 1 /* PostgreSQL, with SERIALIZABLE and READ_ONLY: the begin waits until the transaction
                                  cannot fail; other databases ignore it                                              */
};
/* A database without a level uses the next stronger one; SQLite has only the strongest. */
enum { DUSQ_ISOLATION_DEFAULT = 0, DUSQ_ISOLATION_READ_UNCOMMITTED = 1, DUSQ_ISOLATION_READ_COMMITTED = 2,
       DUSQ_ISOLATION_REPEATABLE_READ = 3, DUSQ_ISOLATION_SERIALIZABLE = 4 };
/* When SQLite takes its write lock; other databases ignore this. */
enum { DUSQ_TX_LOCK_DEFAULT = 0 /* at once; DEFERRED if it is read-only */, DUSQ_TX_LOCK_DEFERRED = 1,
       DUSQ_TX_LOCK_IMMEDIATE = 2, DUSQ_TX_LOCK_EXCLUSIVE = 3 };
typedef struct dusq_tx_opts {
  size_t size;        /* sizeof(dusq_tx_opts)                                                           */
  uint32_t flags;     /* DUSQ_TX_...                                                                    */
  uint32_t isolation; /* DUSQ_ISOLATION_...                                                             */
  uint32_t lock;      /* DUSQ_TX_LOCK_...                                                               */
  uint32_t attempts;  /* of dusq_pool_transact: the maximum; 0: 10                                      */
} dusq_tx_opts;
#define DUSQ_TX_OPTS_INIT { sizeof(dusq_tx_opts), 0, 0, 0, 0 }

/* ---- sessions ---------------------------------------------------------------------------------------------------- */
/* An owned session; nothing is sent yet.  Of the options only the flag DUSQ_READ_ONLY is used: on SQLite the session
 * then reads in parallel with the writer.  NULL if memory is short, the pool is NULL or belongs to another process,
 * or the options are invalid; the calls of a NULL session fail as DUSQ_E_INVAL.  For a closed pool a session is
 * returned, but its calls fail.
 *
 * At most pool_size sessions hold a connection at the same time; the calls of a further session wait for a
 * connection, up to queue_timeout.                                                                                   */
DUSQ_API dusq_session *dusq_pool_session(dusq_pool *pool, const dusq_opts *opts);
DUSQ_API dusq_session *dusq_session_ref(dusq_session *session);
/* The last one closes the session after the calls that have been made.  It does not wait. */
DUSQ_API dusq_session *dusq_session_unref(dusq_session *session);

/* As the calls of the pool with these names, but they work in the session's transaction: one that a script or job
 * leaves open stays open for the calls after it.  The deadline of a call includes the time in which earlier calls
 * run.  If the connection is lost, the session's state is lost, and every further call fails as
 * DUSQ_E_CONNECTION_LOST.                                                                                            */
DUSQ_API dusq_future *dusq_session_query(dusq_session *session, const char *sql, size_t n, const dusq_value *values,
                                         const dusq_opts *opts);
DUSQ_API dusq_future *dusq_session_script(dusq_session *session, const char *sql, const dusq_opts *opts);
DUSQ_API dusq_future *dusq_session_many(dusq_session *session, const char *sql, size_t cols, size_t rows,
                                        const dusq_value *values, const dusq_opts *opts); /* atomic by itself or by the
                                                                                             transaction */
DUSQ_API dusq_future *dusq_session_run(dusq_session *session, dusq_job_fn *fn, void *arg, dusq_free_fn *free_arg,
                                       const dusq_opts *opts);

/* Begins a transaction, or sets a savepoint inside one; for a savepoint `tx` must be NULL or all default.
 * DUSQ_E_NOTSUP if the backend has no transactions or savepoints.                                                    */
DUSQ_API dusq_future *dusq_session_begin(dusq_session *session, const dusq_tx_opts *tx, const dusq_opts *opts);
/* Commits the innermost transaction.  DUSQ_E_TX_ABORTED: it had failed, and was rolled back.  DUSQ_E_TX_STATE: no
 * transaction was open.                                                                                              */
DUSQ_API dusq_future *dusq_session_commit(dusq_session *session);
/* Rolls the innermost transaction back; without one it does nothing.  Its only deadline is connect_timeout, which
 * starts when its turn comes.  If there is no response within connect_timeout plus cancel_grace, the connection is
 * given up, and the rollback is DUSQ_E_CONNECTION_LOST.                                                              */
DUSQ_API dusq_future *dusq_session_rollback(dusq_session *session);

/* The state after the last call that has been run.  It is reliable only when all calls have settled. */
enum { DUSQ_TX_NONE = 0, DUSQ_TX_OPEN = 1, DUSQ_TX_FAILED = 2 };
DUSQ_API int dusq_session_transaction(const dusq_session *session);

/* Refuses further calls (DUSQ_E_CLOSED).  After the calls that have been made, rolls back any open transaction,
 * resets the connection and returns it to the pool.  The future settles after that, and cannot be cancelled.  The
 * caller still owns the handle.  The rollback and the reset have the time limit of dusq_session_rollback; a
 * connection that does not respond is replaced, and the future succeeds.                                             */
DUSQ_API dusq_future *dusq_session_close(dusq_session *session);

/* ---- a transaction as a function --------------------------------------------------------------------------------- */
/* Calls fn(conn, arg) on a worker, inside a transaction.  It is committed when fn returns, and rolled back if fn has
 * called dusq_conn_fail or a statement in it has failed.  After a serialization failure, a deadlock, a lock that was
 * not free in time, or a connection that was lost before the commit was sent, everything was rolled back, and fn is
 * called again, after a growing pause with jitter, until tx->attempts or the deadline ends it.  So fn must be safe to
 * call several times.  The result is that of the committed call; free_arg(arg) runs at the end.                      */
DUSQ_API dusq_future *dusq_pool_transact(dusq_pool *pool, dusq_job_fn *fn, void *arg, dusq_free_fn *free_arg,
                                         const dusq_tx_opts *tx, const dusq_opts *opts);

/* The same for a list of n statements, as one request.  The result has one set for each statement.  dusq_error_index
 * tells which statement failed; -1: the begin or the commit.                                                         */
typedef struct dusq_step {
  const char *sql;
  size_t n;
  const dusq_value *values;
} dusq_step;
DUSQ_API dusq_future *dusq_pool_transact_steps(dusq_pool *pool, const dusq_step *steps, size_t n,
                                               const dusq_tx_opts *tx, const dusq_opts *opts);

/* Inside a job: transactions on its connection, by the rules above.  A transaction that is open when a job of a pool
 * returns is rolled back; in a job of a session it stays open.                                                       */
DUSQ_API dusq_status dusq_conn_begin(dusq_conn *conn, const dusq_tx_opts *tx, dusq_error **error);
DUSQ_API dusq_status dusq_conn_commit(dusq_conn *conn, dusq_error **error);
DUSQ_API dusq_status dusq_conn_rollback(dusq_conn *conn, dusq_error **error);
DUSQ_API int dusq_conn_transaction(const dusq_conn *conn);

DUSQ_END_DECLS
#endif
