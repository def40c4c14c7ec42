/* backend.h - for authors of drivers: the table of functions that a backend is.
 *
 * A backend is a table of blocking functions.  The core owns threads, queues, deadlines, results and limits; a backend
 * owns its connections and statements and nothing else.  The built-in ones use nothing but this header.
 *
 * Which thread.  `open` and `shut` run on the thread that opens the pool and on the one that ends it.  Everything else
 * that is handed a connection runs on the one worker that owns it, one call at a time, with no lock held; `interrupt`
 * alone comes from another thread, while a call on the connection is under way, and the worker does not use the
 * connection for anything else before it has returned.
 *
 * Rows go out through a *sink*, which copies what it is given at once.
 *
 * Failing.  A function that has an `error` parameter returns DUSQ_OK, or a status with an owned error in *error
 * (dusq_error_new).  execute, execute_batch, execute_many and script report through the sink, and return DUSQ_OK when
 * the connection can be used further, DUSQ_E_CONNECTION_LOST when it is to be thrown away.
 *
 * Stopping.  A function that gets a `stop`, of its own or in a sink, looks at it before it begins, because no interrupt
 * comes for what had been asked to stop by then, and after each interrupt.                                          */
#ifndef DUSQ_BACKEND_H
#define DUSQ_BACKEND_H
#include <dusq/stream.h>

DUSQ_BEGIN_DECLS

#define DUSQ_BACKEND_ABI 1u

/* ---- options ----------------------------------------------------------------------------------------------------- */
enum { DUSQ_OPTION_TEXT = 0, DUSQ_OPTION_INT = 1, DUSQ_OPTION_SIZE = 2, DUSQ_OPTION_DURATION = 3, DUSQ_OPTION_BOOL = 4,
       DUSQ_OPTION_CHOICE = 5, DUSQ_OPTION_SECRET = 6 /* text that is never shown */ };

typedef struct dusq_option {
  const char *key;      /* NULL ends the list                                                        */
  uint32_t kind;        /* DUSQ_OPTION_...                                                           */
  const char *fallback; /* the default as text; NULL: unset                                          */
  const char *choices;  /* for CHOICE: "wal|delete|memory"; else NULL                                */
  int64_t min, max;     /* for INT, SIZE and DURATION, inclusive; both 0: any that is not negative   */
} dusq_option;

/* What a backend may read of its pool's options: the core's keys, its own, and user, password, host, port, database.
 * Checked already.  Valid until `shut`.                                                                              */
typedef struct dusq_params dusq_params;
DUSQ_API const char *dusq_params_text(const dusq_params *params, const char *key); /* NULL when unset            */
DUSQ_API int64_t dusq_params_int(const dusq_params *params, const char *key); /* INT, SIZE (bytes), DURATION (ns;
                                                        DUSQ_FOREVER for none), BOOL (0, 1); 0 when unset         */
/* Writes a line to the pool's log.  `level` as in config.h. */
DUSQ_API void dusq_params_log(const dusq_params *params, int level, const char *format, ...) DUSQ_PRINTF(3, 4);

/* ---- errors: the rest of what one can hold; only before it is handed on ------------------------------------------ */
enum { DUSQ_ERROR_DETAIL = 1, DUSQ_ERROR_HINT = 2, DUSQ_ERROR_CONSTRAINT = 3, DUSQ_ERROR_TABLE = 4,
       DUSQ_ERROR_COLUMN = 5, /* texts   */
       DUSQ_ERROR_POSITION = 6, DUSQ_ERROR_INDEX = 7, DUSQ_ERROR_RETRYABLE = 8, DUSQ_ERROR_UNKNOWN_OUTCOME = 9 };
DUSQ_API void dusq_error_set_text(dusq_error *error, int field, const char *text); /* copied; lost if memory is short */
DUSQ_API void dusq_error_set_number(dusq_error *error, int field, int64_t number);

/* The one table of what drivers say: native codes and SQLSTATEs to a status.  `text` decides only where the driver has
 * nothing else (SQLite's SQLITE_ERROR); `sqlstate` and `text` may be NULL.                                           */
enum { DUSQ_FLAVOUR_POSTGRESQL = 1, DUSQ_FLAVOUR_MYSQL = 2, DUSQ_FLAVOUR_MARIADB = 3, DUSQ_FLAVOUR_SQLITE = 4 };
DUSQ_API dusq_status dusq_classify(int flavour, int64_t native, const char *sqlstate, const char *text);

/* Cuts the next statement out of a script, from *at on: its first byte in *begin, its length in *n without the ';', and
 * *at behind it.  False when only blanks, comments and semicolons are left.  An unterminated literal or comment is told
 * by an owned error in *error, with true and the rest as the statement.  BEGIN ... END bodies of triggers and the like
 * are kept whole, as far as words tell.  `dialect` as in the table.                                                  */
DUSQ_API bool dusq_sql_next(uint32_t dialect, const char *script, size_t len, size_t *at, size_t *begin, size_t *n,
                            dusq_error **error);

/* ---- being asked to stop ----------------------------------------------------------------------------------------- */
/* Belongs to what is being done: one request, or a connect.  Any thread. */
typedef struct dusq_stop dusq_stop;
DUSQ_API bool dusq_stop_asked(const dusq_stop *stop);       /* cancelled, past its deadline, or the pool is going */
DUSQ_API int64_t dusq_stop_deadline(const dusq_stop *stop); /* CLOCK_MONOTONIC ns; DUSQ_FOREVER: none */

/* ---- sinks: where a request's outcome goes ----------------------------------------------------------------------- */
typedef struct dusq_column {
  const char *name;
  uint32_t type;   /* the column's kind; DUSQ_NULL where only the cells have one */
  uint32_t native; /* the driver's type id, or 0                                 */
} dusq_column;

typedef struct dusq_sink dusq_sink;
DUSQ_API const dusq_stop *dusq_sink_stop(const dusq_sink *sink);
/* To be called right before the first thing that may have an effect on the database: from then on a lost connection
 * means an unknown outcome.                                                                                          */
DUSQ_API void dusq_sink_sent(dusq_sink *sink);
/* Begins a result set.  A status other than DUSQ_OK here and from dusq_sink_row (no memory, result too large) means:
 * stop the statement, and end with dusq_sink_fail(sink, NULL), which then says why.                                  */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_sink_columns(dusq_sink *sink, size_t n, const dusq_column *columns);
/* Between columns and the first row: how many rows will come, where that is known.  It saves memory from being moved as
 * the set grows; fewer or more may come.                                                                             */
DUSQ_API void dusq_sink_expect(dusq_sink *sink, size_t rows);
DUSQ_API DUSQ_MUST_USE dusq_status dusq_sink_row(dusq_sink *sink, const dusq_value *cells);
/* Ends a result set, or stands for one that has no columns. */
DUSQ_API void dusq_sink_counts(dusq_sink *sink, int64_t affected, int64_t last_id);
/* The same, of a database whose ids go up to UINT64_MAX. */
DUSQ_API void dusq_sink_counts_uint(dusq_sink *sink, int64_t affected, uint64_t last_id);
/* Throws away what the sink holds, because the request is about to be run again (it was rolled back). */
DUSQ_API void dusq_sink_restart(dusq_sink *sink);
/* The request's one outcome: exactly one of these, once.  After complete, what it did is durable and visible to
 * others.                                                                                                            */
DUSQ_API void dusq_sink_complete(dusq_sink *sink);
DUSQ_API void dusq_sink_fail(dusq_sink *sink, dusq_error *take_error);

/* ---- statements -------------------------------------------------------------------------------------------------- */
enum {
  DUSQ_STATEMENT_READS = 1u << 0, /* only reads; may run on the lane of readers                             */
  DUSQ_STATEMENT_ALONE = 1u << 1, /* must not stand in a batch                                              */
  DUSQ_STATEMENT_ROWLESS = 1u << 2 /* brings no rows                                                        */
};

typedef struct dusq_statement {
  size_t size;
  const char *sql;       /* NUL-terminated; placeholders in the backend's own style, numbered where it numbers */
  size_t len;
  uint32_t params;       /* how many values every execution brings                                          */
  const uint16_t *slots; /* for DUSQ_DIALECT_MYSQL: which value stands at each placeholder, from 0          */
  uint32_t nslots;
  const char *original;  /* as the caller wrote it, NUL-terminated                                          */
  bool keep;             /* it will be executed more than once                                              */
} dusq_statement;

typedef struct dusq_prepared {
  void *handle;    /* the backend's own; the core hands it back                                             */
  uint32_t flags;  /* DUSQ_STATEMENT_...: what was learned about it                                         */
  uint32_t params; /* how many values the database expects                                                  */
} dusq_prepared;

typedef struct dusq_execution {
  size_t size;
  void *prepared;           /* handle of dusq_prepared                                                      */
  const dusq_value *values; /* by number, not by name                                                       */
  size_t count;
  uint32_t flags;           /* of dusq_opts, and DUSQ_EXECUTION_...                                         */
  dusq_sink *sink;
} dusq_execution;
enum {
  DUSQ_EXECUTION_STREAM = 1u << 30, /* the result may be larger than memory: each row is to go to the sink as it
                                       comes.  dusq_sink_row then waits for the reader, as long as he likes     */
  DUSQ_EXECUTION_PATIENT = 1u << 29 /* when it is to stop, the connection is worth waiting for: connect_timeout, if
                                       that is longer than cancel_grace                                         */
};

/* A part of a transaction that is known beforehand. */
typedef struct dusq_sequence {
  size_t size;
  const dusq_tx_opts *begin;        /* the transaction is to be begun with these; NULL: it is open          */
  dusq_sink *begun;                 /* of the begin                                                         */
  const dusq_execution *executions; /* each with a sink of its own                                          */
  size_t n;
  dusq_sink *committed;             /* of the commit; NULL: the transaction stays open                      */
} dusq_sequence;

/* What to do with the savepoint of a nested transaction. */
enum {
  DUSQ_SAVEPOINT_SET = 0,
  DUSQ_SAVEPOINT_RELEASE = 1, /* what was done since is the outer transaction's                              */
  DUSQ_SAVEPOINT_UNDO = 2     /* what was done since is rolled back, and the savepoint is gone               */
};

/* ---- the table --------------------------------------------------------------------------------------------------- */
enum { DUSQ_DIALECT_SQLITE = 1, DUSQ_DIALECT_POSTGRESQL = 2, DUSQ_DIALECT_MYSQL = 3,
       /* to be added to MYSQL, by the sql_mode: a backslash in a literal is one, and "..." is a name */
       DUSQ_DIALECT_NO_ESCAPES = 1 << 8, DUSQ_DIALECT_ANSI_QUOTES = 1 << 9 };

typedef struct dusq_plan {
  size_t size;
  uint32_t lanes;      /* 1; or 2: lane 0 takes what may write, lane 1 only what reads                      */
  uint32_t workers[2]; /* at most so many in each; 0: pool_size                                             */
  uint32_t sessions;   /* at most so many connections of sessions that may write, in a lane 2 of their own; 0: these
                          take workers of lane 0                                                            */
} dusq_plan;

typedef struct dusq_backend {
  uint32_t abi;               /* DUSQ_BACKEND_ABI                                                           */
  uint32_t size;              /* sizeof(dusq_backend); the table grows at its end                           */
  const char *name;           /* "sqlite"                                                                   */
  const char *schemes;        /* of URIs, separated by blanks; the first is the usual one                   */
  uint32_t dialect;           /* for the reading of SQL text                                                */
  uint32_t reserved;          /* 0                                                                          */
  const dusq_option *options; /* NULL: none of its own                                                      */

  /* One instance for every pool.  Must not wait for a server.  `plan` holds the defaults on entry.  Required. */
  dusq_status (*open)(const dusq_params *params, dusq_plan *plan, void **instance, dusq_error **error);
  void (*shut)(void *instance);

  /* Around the life of a worker thread.  Optional. */
  dusq_status (*thread_enter)(void *instance, dusq_error **error);
  void (*thread_leave)(void *instance);

  /* Makes a connection for a lane.  Returns by the stop's deadline, which covers connect_timeout.  Required. */
  dusq_status (*connect)(void *instance, uint32_t lane, const dusq_stop *stop, void **conn, dusq_error **error);
  /* Every prepared statement has been released before.  Must not wait for a server.  Required. */
  void (*disconnect)(void *conn);
  /* Whether an idle connection can still be used, as far as can be told without a round trip.  Optional: yes. */
  bool (*alive)(void *conn);

  /* Prepares a statement; has no effect on the database.  Required. */
  dusq_status (*prepare)(void *conn, const dusq_statement *statement, const dusq_stop *stop, dusq_prepared *out,
                         dusq_error **error);
  void (*release)(void *conn, void *prepared);
  /* Runs it to its end, and resets it, before the sink hears of its outcome.  Required. */
  dusq_status (*execute)(void *conn, const dusq_execution *execution);
  /* Runs several, each as if it stood alone; the outcomes are those that one after another, in some order, would have.
   * All have been submitted before the call.  Optional: they are executed one by one.                                */
  dusq_status (*execute_batch)(void *conn, const dusq_execution *executions, size_t n);
  /* Runs the statements of a text in order, up to the first error.  Optional: scripts are DUSQ_E_NOTSUP. */
  dusq_status (*script)(void *conn, const char *sql, size_t len, dusq_sink *sink);

  /* Transaction control.  commit that fails leaves no transaction behind; of the sink it uses the stop, and tells
   * it when it is sent.  rollback, as reset, has a stop of the pool's own, at whose deadline nobody interrupts: what
   * waits for a server must end its wait by itself.  Optional, all three or none: without them dusq_pool_many is
   * DUSQ_E_NOTSUP.                                                                                                   */
  dusq_status (*begin)(void *conn, const dusq_tx_opts *opts, const dusq_stop *stop, dusq_error **error);
  dusq_status (*commit)(void *conn, dusq_sink *sink, dusq_error **error);
  dusq_status (*rollback)(void *conn, const dusq_stop *stop, dusq_error **error);

  /* Brings the connection back to the state after connect, with no transaction open, after a job or script has had it;
   * *dirty tells whether there was one.  A failure throws the connection away; it needs no error.  With the pool's
   * option "reset" full, nothing of what it was used for may be left; its prepared statements have been released then.
   * Optional.                                                                                                        */
  dusq_status (*reset)(void *conn, const dusq_stop *stop, bool *dirty, dusq_error **error);

  /* Makes the call that is under way return soon.  From another thread; must not wait for a server for more than
   * cancel_grace.  Not called once the connection is being disconnected.  Optional.                                  */
  void (*interrupt)(void *conn);

  /* What dusq_conn_native answers.  Optional. */
  void *(*native)(void *conn);

  /* Runs one statement for `rows` rows of values, which stand one behind the other in execution->values, inside the
   * transaction that is open; up to the first error, whose index is its row (DUSQ_ERROR_INDEX).  The counts are told
   * row by row or as their sum.  Optional: the rows are executed one by one.                                         */
  dusq_status (*execute_many)(void *conn, const dusq_execution *execution, size_t rows);

  /* The socket of a connection, which is asked for its addresses only: a server on this machine shares the processors
   * with the program, and quick statements are then left to fewer workers.  -1: there is none.  Optional.            */
  int (*socket)(void *conn);

  /* The transaction as the connection knows it, without a trip: DUSQ_TX_NONE, DUSQ_TX_OPEN, DUSQ_TX_FAILED.  After an
   * error it may be wrong, for the core rolls back then.  Optional: as begun and ended by the slots above.           */
  int (*transaction)(void *conn);
  /* Inside a transaction; `level` is 2 for the first savepoint, 3 for one inside it.  Optional: without it,
   * transactions do not nest.                                                                                        */
  dusq_status (*savepoint)(void *conn, int what, uint32_t level, const dusq_stop *stop, dusq_error **error);
  /* Begins, executes and commits, in as few trips as can be, up to the first error; it reports through the sinks as
   * execute does.  The sinks of what was not executed because of an error before it hear nothing.  DUSQ_E_NOTSUP:
   * nothing has been done, and the parts are called one by one.  Optional.                                           */
  dusq_status (*sequence)(void *conn, const dusq_sequence *sequence);
  /* The dialect by which the session reads a text now, with the modes that hold: DUSQ_DIALECT_NO_ESCAPES and
   * ..._ANSI_QUOTES.  Called before a statement is prepared whose reading they may change; what it changes into is
   * another statement.  Optional: the table's dialect.                                                               */
  dusq_status (*reading)(void *conn, const dusq_stop *stop, uint32_t *dialect, dusq_error **error);
  /* A statement has failed inside a transaction, which has been rolled back: whether it was because the statement no
   * longer fitted, so that the whole may do better.  Where the error alone tells, it is DUSQ_E_STALE_STATEMENT; this
   * is for what must be asked.  Optional.                                                                            */
  bool (*stale)(void *conn, const dusq_stop *stop);
} dusq_backend;

/* Makes URIs with the table's schemes open with it, in this process, from now on.  The table and what it points at
 * must live as long as the process.  DUSQ_E_INVAL when something required is missing or a scheme is taken;
 * DUSQ_E_NOTSUP for an ABI that the library does not know; DUSQ_E_NOMEM.  Any thread.                                */
DUSQ_API dusq_status dusq_backend_register(const dusq_backend *backend);

DUSQ_END_DECLS
#endif
