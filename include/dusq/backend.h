/* backend.h - for authors of drivers: the table of functions that makes a backend.
 *
 * A backend is a table of blocking functions.  The core owns threads, queues, deadlines, results and limits; a backend
 * owns only its connections and statements.  The built-in backends use nothing but this header.
 *
 * Threads.  `open` and `shut` run on the thread that opens the pool and on the one that ends it.  Every other function
 * that gets a connection runs on the worker that owns the connection, one call at a time, with no lock held.  Only
 * `interrupt` runs on another thread, during a call on the connection; the worker does not use the connection for
 * anything else before `interrupt` has returned.
 *
 * Rows.  They go to a *sink*, which copies what it gets at once.
 *
 * Failing.  A function with an `error` parameter returns DUSQ_OK, or a status with an owned error in *error
 * (dusq_error_new). execute, execute_batch, execute_many and script report through the sink, and return DUSQ_OK if the
 * connection is still usable, DUSQ_E_CONNECTION_LOST if it must be closed.
 *
 * Stopping.  A function that gets a `stop`, directly or in a sink, checks it before it begins, because no interrupt
 * follows for a stop that was asked before that; and after each interrupt.                                           */
#ifndef DUSQ_BACKEND_H
#define DUSQ_BACKEND_H
#include <dusq/stream.h>

DUSQ_BEGIN_DECLS

#define DUSQ_BACKEND_ABI 1u

/* ---- options ----------------------------------------------------------------------------------------------------- */
enum { DUSQ_OPTION_TEXT = 0, DUSQ_OPTION_INT = 1, DUSQ_OPTION_SIZE = 2, DUSQ_OPTION_DURATION = 3, DUSQ_OPTION_BOOL = 4,
       DUSQ_OPTION_CHOICE = 5, DUSQ_OPTION_SECRET = 6 /* text that is never shown */ };

typedef struct dusq_option {
  const char *key;      /* NULL ends the list                                                      */
  uint32_t kind;        /* DUSQ_OPTION_...                                                         */
  const char *fallback; /* the default as text; NULL: unset                                        */
  const char *choices;  /* for CHOICE: "wal|delete|memory"; else NULL                              */
  int64_t min, max;     /* for INT, SIZE and DURATION, inclusive; both 0: any that is not negative */
} dusq_option;

/* The options of its pool that a backend may read: the core's keys, its own, and user, password, host, port, database.
 * They have been checked.  Valid until `shut`.                                                                       */
typedef struct dusq_params dusq_params;
DUSQ_API const char *dusq_params_text(const dusq_params *params, const char *key); /* NULL when unset            */
DUSQ_API int64_t dusq_params_int(const dusq_params *params, const char *key); /* INT, SIZE (bytes), DURATION (ns;
                                                        DUSQ_FOREVER for none), BOOL (0, 1); 0 when unset         */
/* Writes a line to the pool's log.  `level` as in config.h. */
DUSQ_API void dusq_params_log(const dusq_params *params, int level, const char *format, ...) DUSQ_PRINTF(3, 4);

/* ---- further fields of errors, to be set before the error is returned -------------------------------------------- */
enum { DUSQ_ERROR_DETAIL = 1, DUSQ_ERROR_HINT = 2, DUSQ_ERROR_CONSTRAINT = 3, DUSQ_ERROR_TABLE = 4,
       DUSQ_ERROR_COLUMN = 5, /* texts   */
       DUSQ_ERROR_POSITION = 6, DUSQ_ERROR_INDEX = 7, DUSQ_ERROR_RETRYABLE = 8, DUSQ_ERROR_UNKNOWN_OUTCOME = 9 };
DUSQ_API void dusq_error_set_text(dusq_error *error, int field, const char *text); /* copied; lost if memory is short */
DUSQ_API void dusq_error_set_number(dusq_error *error, int field, int64_t number);
DUSQ_API void dusq_error_set_cause(dusq_error *error, const dusq_error *cause); /* takes a reference of its own */

/* Maps drivers' native codes and SQLSTATEs to a status.  `text` is used only if the driver gives nothing else (SQLite's
 * SQLITE_ERROR); `sqlstate` and `text` may be NULL.                                                                  */
enum { DUSQ_FLAVOUR_POSTGRESQL = 1, DUSQ_FLAVOUR_MYSQL = 2, DUSQ_FLAVOUR_MARIADB = 3, DUSQ_FLAVOUR_SQLITE = 4 };
DUSQ_API dusq_status dusq_classify(int flavour, int64_t native, const char *sqlstate, const char *text);

/* Takes the next statement of a script, from *at on: *begin is its first byte, *n its length without the ';', and *at
 * moves past it.  False when only blanks, comments and semicolons are left.  For an unterminated literal or comment,
 * *error is an owned error, the result is true, and the statement is the rest of the script.  BEGIN ... END bodies of
 * triggers and the like are kept whole, as far as keywords show.  `dialect` as in the table.                         */
DUSQ_API bool dusq_sql_next(uint32_t dialect, const char *script, size_t len, size_t *at, size_t *begin, size_t *n,
                            dusq_error **error);

/* ---- stops ------------------------------------------------------------------------------------------------------- */
/* Belongs to one operation: a request, or a connect.  Any thread. */
typedef struct dusq_stop dusq_stop;
DUSQ_API bool dusq_stop_asked(const dusq_stop *stop);       /* cancelled, past its deadline, or the pool is closing */
DUSQ_API int64_t dusq_stop_deadline(const dusq_stop *stop); /* CLOCK_MONOTONIC ns; DUSQ_FOREVER: none               */

/* ---- sinks: where a request's outcome goes ----------------------------------------------------------------------- */
typedef struct dusq_column {
  const char *name;
  uint32_t type;   /* the column's kind; DUSQ_NULL if only the cells have one */
  uint32_t native; /* the driver's type id, or 0                              */
} dusq_column;

typedef struct dusq_sink dusq_sink;
DUSQ_API const dusq_stop *dusq_sink_stop(const dusq_sink *sink);
/* Must be called right before the first action that may affect the database: from then on a lost connection means an
 * unknown outcome.                                                                                                   */
DUSQ_API void dusq_sink_sent(dusq_sink *sink);
/* Begins a result set.  If it or dusq_sink_row does not return DUSQ_OK (no memory, result too large), stop the
 * statement, and end with dusq_sink_fail(sink, NULL), which reports the reason.                                      */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_sink_columns(dusq_sink *sink, size_t n, const dusq_column *columns);
/* Between columns and the first row: how many rows are expected, if that is known.  It avoids reallocations as the set
 * grows; fewer or more rows may come.                                                                                */
DUSQ_API void dusq_sink_expect(dusq_sink *sink, size_t rows);
DUSQ_API DUSQ_MUST_USE dusq_status dusq_sink_row(dusq_sink *sink, const dusq_value *cells);
/* Ends a result set, or reports one without columns. */
DUSQ_API void dusq_sink_counts(dusq_sink *sink, int64_t affected, int64_t last_id);
/* The same, for a database whose ids go up to UINT64_MAX. */
DUSQ_API void dusq_sink_counts_uint(dusq_sink *sink, int64_t affected, uint64_t last_id);
/* Drops what the sink holds, because the request is about to be run again (it was rolled back). */
DUSQ_API void dusq_sink_restart(dusq_sink *sink);
/* Each request has one outcome: exactly one of these is called, once.  After complete, the effect is durable and
 * visible to others.                                                                                                 */
DUSQ_API void dusq_sink_complete(dusq_sink *sink);
DUSQ_API void dusq_sink_fail(dusq_sink *sink, dusq_error *take_error);

/* ---- statements -------------------------------------------------------------------------------------------------- */
enum {
  DUSQ_STATEMENT_READS = 1u << 0, /* only reads; may run on the lane of readers */
  DUSQ_STATEMENT_ALONE = 1u << 1, /* must not be in a batch                     */
  DUSQ_STATEMENT_ROWLESS = 1u << 2 /* returns no rows */
};

typedef struct dusq_statement {
  size_t size;
  const char *sql;       /* NUL-terminated; placeholders in the backend's own style, numbered where it numbers */
  size_t len;
  uint32_t params;       /* how many values each execution has                                                 */
  const uint16_t *slots; /* for DUSQ_DIALECT_MYSQL: the index of the value of each placeholder, from 0         */
  uint32_t nslots;
  const char *original;  /* as the caller wrote it, NUL-terminated                                             */
  bool keep;             /* it will be executed more than once                                                 */
} dusq_statement;

typedef struct dusq_prepared {
  void *handle;    /* the backend's own; the core passes it back   */
  uint32_t flags;  /* DUSQ_STATEMENT_...: what preparing has shown */
  uint32_t params; /* how many values the database expects         */
} dusq_prepared;

typedef struct dusq_execution {
  size_t size;
  void *prepared;           /* handle of dusq_prepared              */
  const dusq_value *values; /* by number, not by name               */
  size_t count;
  uint32_t flags;           /* of dusq_opts, and DUSQ_EXECUTION_... */
  dusq_sink *sink;
} dusq_execution;
enum {
  DUSQ_EXECUTION_STREAM = 1u << 30, /* the result may be larger than memory: each row is passed to the sink as soon as
                                       it is available.  dusq_sink_row then waits for the reader, without limit */
  DUSQ_EXECUTION_PATIENT = 1u << 29 /* when it is to stop, the backend waits for its end for connect_timeout, if that
                                       is longer than cancel_grace, so that the connection can be kept          */
};

/* A part of a transaction whose statements are known beforehand. */
typedef struct dusq_sequence {
  size_t size;
  const dusq_tx_opts *begin;        /* options of the transaction to begin; NULL: it is open */
  dusq_sink *begun;                 /* sink of the begin                                     */
  const dusq_execution *executions; /* each with a sink of its own                           */
  size_t n;
  dusq_sink *committed;             /* sink of the commit; NULL: the transaction stays open  */
} dusq_sequence;

/* What to do with the savepoint of a nested transaction. */
enum {
  DUSQ_SAVEPOINT_SET = 0,
  DUSQ_SAVEPOINT_RELEASE = 1, /* its changes become the enclosing transaction's */
  DUSQ_SAVEPOINT_UNDO = 2     /* its changes are rolled back, and it is removed */
};

/* ---- the table --------------------------------------------------------------------------------------------------- */
enum { DUSQ_DIALECT_SQLITE = 1, DUSQ_DIALECT_POSTGRESQL = 2, DUSQ_DIALECT_MYSQL = 3,
       /* added to MYSQL according to sql_mode: no backslash escapes in literals; "..." is a name */
       DUSQ_DIALECT_NO_ESCAPES = 1 << 8, DUSQ_DIALECT_ANSI_QUOTES = 1 << 9 };

typedef struct dusq_plan {
  size_t size;
  uint32_t lanes;      /* 1; or 2: lane 0 takes what may write, lane 1 only what reads */
  uint32_t workers[2]; /* maximum for each lane; 0: pool_size                          */
  uint32_t sessions;   /* at most so many connections of sessions that may write, in a lane 2 of their own; 0: these
                          take workers of lane 0                                                            */
  bool pipelines;      /* execute_batch sends statements before the earlier ones are answered, so that a batch has
                          to wait for the way to the server once                                            */
} dusq_plan;

typedef struct dusq_backend {
  uint32_t abi;               /* DUSQ_BACKEND_ABI                                             */
  uint32_t size;              /* sizeof(dusq_backend); the table grows at its end             */
  const char *name;           /* "sqlite"                                                     */
  const char *schemes;        /* URI schemes, separated by blanks; the first is the usual one */
  uint32_t dialect;           /* DUSQ_DIALECT_..., for parsing SQL text                       */
  uint32_t reserved;          /* 0                                                            */
  const dusq_option *options; /* NULL: none of its own                                        */

  /* One instance per pool.  Must not wait for a server.  `plan` holds the defaults on entry.  Required. */
  dusq_status (*open)(const dusq_params *params, dusq_plan *plan, void **instance, dusq_error **error);
  void (*shut)(void *instance);

  /* Called at the start and the end of each worker thread.  Optional. */
  dusq_status (*thread_enter)(void *instance, dusq_error **error);
  void (*thread_leave)(void *instance);

  /* Makes a connection for a lane.  Returns by the stop's deadline, which covers connect_timeout.  Required. */
  dusq_status (*connect)(void *instance, uint32_t lane, const dusq_stop *stop, void **conn, dusq_error **error);
  /* Every prepared statement has been released before.  Must not wait for a server.  Required. */
  void (*disconnect)(void *conn);
  /* Whether an idle connection is still usable, as far as is known without a round trip.  Optional: yes. */
  bool (*alive)(void *conn);

  /* Prepares a statement; has no effect on the database.  Required. */
  dusq_status (*prepare)(void *conn, const dusq_statement *statement, const dusq_stop *stop, dusq_prepared *out,
                         dusq_error **error);
  void (*release)(void *conn, void *prepared);
  /* Runs it to its end, and resets it, before its outcome is reported to the sink.  Required. */
  dusq_status (*execute)(void *conn, const dusq_execution *execution);
  /* Runs several, with the outcomes that they would have if they ran alone, one after another in some order.  All have
   * been submitted before the call.  Optional: they are executed one by one.                                         */
  dusq_status (*execute_batch)(void *conn, const dusq_execution *executions, size_t n);
  /* Runs the statements of a text in order, up to the first error.  Optional: scripts are DUSQ_E_NOTSUP. */
  dusq_status (*script)(void *conn, const char *sql, size_t len, dusq_sink *sink);

  /* Transaction control.  A commit that fails leaves no transaction open; it uses the sink's stop, and calls
   * dusq_sink_sent. rollback and reset get a stop of the pool's own, and no interrupt comes at its deadline: an
   * implementation that waits for a server must end the wait itself.  Optional, all three or none: without them
   * dusq_pool_many is DUSQ_E_NOTSUP.                                                                                 */
  dusq_status (*begin)(void *conn, const dusq_tx_opts *opts, const dusq_stop *stop, dusq_error **error);
  dusq_status (*commit)(void *conn, dusq_sink *sink, dusq_error **error);
  dusq_status (*rollback)(void *conn, const dusq_stop *stop, dusq_error **error);

  /* Restores the state after connect, with no transaction open, after a job or script; *dirty tells whether one was
   * open.  If it fails, the connection is closed; no error is needed.  With the pool's option "reset" set to full,
   * nothing of the earlier use may remain; prepared statements have been released before.  Optional.                 */
  dusq_status (*reset)(void *conn, const dusq_stop *stop, bool *dirty, dusq_error **error);

  /* Makes the call in progress return soon.  Called on another thread; must not wait for a server for more than
   * cancel_grace.  Not called once the connection is being disconnected.  Optional.                                  */
  void (*interrupt)(void *conn);

  /* The result of dusq_conn_native.  Optional. */
  void *(*native)(void *conn);

  /* Runs one statement for `rows` rows of values, stored one after another in execution->values, inside the open
   * transaction; up to the first error, whose index is its row (DUSQ_ERROR_INDEX).  The counts are reported per row or
   * as their sum.  Optional: the rows are executed one by one.                                                       */
  dusq_status (*execute_many)(void *conn, const dusq_execution *execution, size_t rows);

  /* The socket of a connection.  Only its addresses are read: a server on this machine shares the processors with the
   * program, so fewer workers run quick statements. -1: there is none.  Optional.                                    */
  int (*socket)(void *conn);

  /* The transaction's state as the connection knows it, without a round trip: DUSQ_TX_NONE, DUSQ_TX_OPEN,
   * DUSQ_TX_FAILED.  It may be wrong after an error, because the core rolls back then.  Optional: as the slots above
   * were called.                                                                                                     */
  int (*transaction)(void *conn);
  /* Inside a transaction; `level` is 2 for the first savepoint, 3 for one inside it.  Optional: without it,
   * transactions do not nest.                                                                                        */
  dusq_status (*savepoint)(void *conn, int what, uint32_t level, const dusq_stop *stop, dusq_error **error);
  /* Begins, executes and commits, in as few round trips as possible, up to the first error; reports through the sinks
   * like execute.  Nothing is reported to the sinks of what was not executed after an error.  DUSQ_E_NOTSUP: nothing
   * has been done, and the parts are called one by one.  Optional.                                                   */
  dusq_status (*sequence)(void *conn, const dusq_sequence *sequence);
  /* The dialect in which the session parses SQL text at present, including its modes: DUSQ_DIALECT_NO_ESCAPES and
   * ..._ANSI_QUOTES.  Called before a statement is prepared whose meaning depends on them.  Optional: the table's
   * dialect.                                                                                                         */
  dusq_status (*reading)(void *conn, const dusq_stop *stop, uint32_t *dialect, dusq_error **error);
  /* Called after a statement has failed inside a transaction, and the transaction has been rolled back.  Whether the
   * cause was a stale statement, so that the transaction may succeed if it is run again.  If the error alone shows
   * that, it is DUSQ_E_STALE_STATEMENT; this slot is for cases in which the server must be asked.  Optional.         */
  bool (*stale)(void *conn, const dusq_stop *stop);
  /* A text for dusq_pool_info: "product", "server_version", "client" or "client_version"; NULL for what is not known
   * and for other keys.  Valid until the next call.  Called once, right after connect.  Optional.                    */
  const char *(*info)(void *conn, const char *key);
} dusq_backend;

/* Makes the backend available: from now on, URIs with the table's schemes open with it, in this process.  The table
 * and everything that it points to must exist until the process ends.  DUSQ_E_INVAL if something required is missing
 * or a scheme is taken; DUSQ_E_NOTSUP for an ABI that the library does not know; DUSQ_E_NOMEM.  Any thread.          */
DUSQ_API dusq_status dusq_backend_register(const dusq_backend *backend);

DUSQ_END_DECLS
#endif
