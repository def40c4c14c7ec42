/* pool.h - worker threads, each with one blocking connection, and the calls that submit work to them.
 *
 * A pool has one or two lanes; a lane is one first-in-first-out queue with the workers that serve it.  SQLite has a
 * lane with one writer and a lane of readers; other databases have one lane.  Workers start when they are needed.  A
 * worker that is still stuck in a driver after cancel_grace counts as one of its lane until the driver returns.
 *
 * Any thread may call any function at any time, except that a dusq_conn belongs to the job that gets it.             */
#ifndef DUSQ_POOL_H
#define DUSQ_POOL_H
#include <dusq/config.h>
#include <dusq/future.h>

DUSQ_BEGIN_DECLS

typedef struct dusq_pool dusq_pool;
typedef struct dusq_conn dusq_conn;

/* C code on a worker; may block.  Returns an owned result or NULL for none; an error by dusq_conn_fail. */
typedef dusq_result *dusq_job_fn(dusq_conn *conn, void *arg);

/* The options of one request.  NULL means DUSQ_OPTS_INIT.  New fields are added at the end, and zero means the old
 * behaviour; `size` tells which fields the caller knows.  Fields that this library does not know must be zero; if
 * they are not, or a flag is unknown, the future fails as DUSQ_E_INVAL.                                              */
typedef struct dusq_opts {
  size_t size;       /* sizeof(dusq_opts)                                                               */
  int64_t timeout;   /* ns from submit to settle; 0: the pool's query_timeout; DUSQ_FOREVER: none, but
                        queue_timeout still limits the wait for a worker                                */
  uint32_t flags;    /* DUSQ_IDEMPOTENT | ...                                                           */
  uint32_t prefetch; /* of a stream: rows in a batch; for other requests it must be 0, or the future
                        fails as DUSQ_E_INVAL                                                           */
  const char *label; /* for the debug log line of a failed request; copied, up to 63 bytes; or NULL     */
} dusq_opts;
#define DUSQ_OPTS_INIT { sizeof(dusq_opts), 0, 0, 0, NULL }
enum {
  DUSQ_IDEMPOTENT = 1u << 0, /* may run twice: it is run again when its outcome is unknown; if it fails
                                then, the error says unknown_outcome for the earlier attempt too        */
  DUSQ_NO_CACHE = 1u << 1,   /* do not keep it prepared    */
  DUSQ_READ_ONLY = 1u << 2,  /* the caller knows that it only reads: it may run twice, may share a trip
                                or a transaction with others, and its outcome is never unknown          */
  DUSQ_NO_BATCH = 1u << 3    /* do not put it into a batch */
};

/* ---- opening and closing ----------------------------------------------------------------------------------------- */
/* Opens a pool.  Does not wait for a server, but reports the errors that it can detect without one: a malformed URI,
 * an unknown scheme, key or value, a backend that was not built in.  On failure *out is NULL and, if `error` is not
 * NULL, *error is an owned error, which says which part was wrong and never contains a secret.  The caller still owns
 * the config.                                                                                                        */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_pool_open(const dusq_config *config, dusq_pool **out, dusq_error **error);
DUSQ_API DUSQ_MUST_USE dusq_status dusq_pool_open_uri(const char *uri, dusq_pool **out, dusq_error **error);

DUSQ_API dusq_pool *dusq_pool_ref(dusq_pool *pool);
/* The last unref closes the pool, if it is open, with no grace, and does not wait. */
DUSQ_API dusq_pool *dusq_pool_unref(dusq_pool *pool);

/* Refuses new requests at once, lets submitted ones continue for `grace` ns, and then cancels them; after a further
 * cancel_grace it does not wait for workers that are stuck in a driver.  The future settles with a NULL result when
 * every request has settled and every worker has been joined, except for stuck ones: so little later than grace +
 * cancel_grace. A second call returns a future of the same close; the shorter grace applies.                         */
DUSQ_API dusq_future *dusq_pool_close(dusq_pool *pool, int64_t grace);

/* ---- requests.  None of these waits or returns NULL; errors are in the future.  SQL and values are copied. ------- */
/* One statement.  Placeholders: ?, $1 or :name, on every backend, in one style per statement; ?? is a question mark.
 * In C, ?? before one of = / ' ( ) ! < > - is a trigraph with -std=c99 or c11: write "?" "?" there, or let the compiler
 * tell with -Wtrigraphs.                                                                                             */
DUSQ_API dusq_future *dusq_pool_query(dusq_pool *pool, const char *sql, size_t n, const dusq_value *values,
                                      const dusq_opts *opts);

/* Several statements, without values.  They run in order on one connection, each on its own (the script may contain
 * BEGIN); the first error ends it, and dusq_error_index tells which statement failed.  There is one result set for
 * each statement. A transaction that the script leaves open is rolled back.                                          */
DUSQ_API dusq_future *dusq_pool_script(dusq_pool *pool, const char *sql, const dusq_opts *opts);

/* One statement for `rows` rows of `cols` values each, row after row, as one transaction.  Either all rows have names,
 * in any order, or none has.  dusq_result_affected is the sum, dusq_error_index the row that failed.                 */
DUSQ_API dusq_future *dusq_pool_many(dusq_pool *pool, const char *sql, size_t cols, size_t rows,
                                     const dusq_value *values, const dusq_opts *opts);

/* Calls fn(conn, arg) on a worker, then free_arg(arg) if it is not NULL, even if fn never ran.  An open transaction
 * is rolled back when fn returns.                                                                                    */
DUSQ_API dusq_future *dusq_pool_run(dusq_pool *pool, dusq_job_fn *fn, void *arg, dusq_free_fn *free_arg,
                                    const dusq_opts *opts);

/* ---- inside a job: on its thread, until it returns --------------------------------------------------------------- */
/* Runs one statement and waits for it.  DUSQ_OK and an owned result in *out, or an owned error in *error; `out` and
 * `error` may be NULL.  It ends early if the job is cancelled or its deadline passes.                                */
DUSQ_API dusq_status dusq_conn_query(dusq_conn *conn, const char *sql, size_t n, const dusq_value *values,
                                     dusq_result **out, dusq_error **error);
/* The same for a script. */
DUSQ_API dusq_status dusq_conn_script(dusq_conn *conn, const char *sql, dusq_result **out, dusq_error **error);
/* Marks the job as failed; the result that fn returns is then dropped.  A later error replaces an earlier one. */
DUSQ_API void dusq_conn_fail(dusq_conn *conn, dusq_error *take_error);
/* Whether the job has been cancelled or its deadline has passed: a long job should check this from time to time. */
DUSQ_API bool dusq_conn_stopped(const dusq_conn *conn);
/* The driver's handle: sqlite3 *, PGconn *, MYSQL *; NULL for a backend that has none.  Only for calls on this thread,
 * before fn returns; what is prepared or begun with it must be ended with it.                                        */
DUSQ_API void *dusq_conn_native(dusq_conn *conn);

/* ---- quoting ----------------------------------------------------------------------------------------------------- */
/* A name, or a value, in the syntax of the pool's database.  Where possible, pass values as parameters: that needs no
 * quoting, sends less, and uses one prepared statement for all values.  These functions are for places where a
 * parameter is not allowed (names of tables and columns, DDL, scripts).  The text means the same in all modes of a
 * server (sql_mode, standard_conforming_strings), and a value of any kind is a single operand; put a blank before it.
 *
 * Both write at most `size` bytes with the closing NUL, and return the length of the whole text, as snprintf does.
 * They return SIZE_MAX, and write "" if there is room, for a NULL pool, name or value; an empty name; a name or text
 * that is not UTF-8, and a text with a NUL; a malformed value, or one of 1 GiB or more; on MySQL, names with
 * characters above U+FFFF; and values for which the database has no exact literal, as dusq_pool(3) lists them.  Any
 * thread; neither sends anything to the database.                                                                    */
DUSQ_API size_t dusq_pool_quote_identifier(const dusq_pool *pool, const char *name, char *out, size_t size);
DUSQ_API size_t dusq_pool_quote_literal(const dusq_pool *pool, const dusq_value *value, char *out, size_t size);

/* ---- information ------------------------------------------------------------------------------------------------- */
/* The name of the pool's backend: "sqlite", "postgresql", "mysql", "fake", or that of a registered one; "" for NULL.
 * It lives as long as the process.  Any thread.                                                                      */
DUSQ_API const char *dusq_pool_backend(const dusq_pool *pool);

/* One text by its name.  It is written like snprintf: at most `size` bytes with the closing NUL; the result is the
 * length of the whole.  SIZE_MAX, and "" where there is room, for a name that does not exist, NULL, or a pool of before
 * fork().  Never waits; any thread.
 *
 *   dialect         of SQL: "sqlite", "postgresql" or "mysql"; from the start on
 *   product         "SQLite", "PostgreSQL", "MySQL" or "MariaDB"
 *   server_version  as the server tells it: "10.11.14-MariaDB-0+deb12u2"
 *   client          the driver's library: "libpq", "MariaDB Connector/C", "libmysqlclient", "SQLite"
 *   client_version  "3.3.14"
 *
 * All but the dialect are "" before the first connect, and then of the connection that was made last; a backend that
 * tells none leaves them "".                                                                                         */
DUSQ_API size_t dusq_pool_info(const dusq_pool *pool, const char *key, char *out, size_t size);

/* ---- statistics -------------------------------------------------------------------------------------------------- */
/* One number by its name; DUSQ_E_INVAL for a name that does not exist.
 *
 *   current:  queued, running, workers, connections, idle, statements (in the shared table)
 *
 *   totals:   submitted (without those refused), settled, failed (without those canceled), canceled, refused, batches,
 *             batched, connects, connect_errors, prepared (on connections), retired
 *
 *   times:    queue_ns, run_ns (sums over the requests that have settled)                                            */
DUSQ_API dusq_status dusq_pool_stat(const dusq_pool *pool, const char *key, int64_t *out);

DUSQ_END_DECLS
#endif
