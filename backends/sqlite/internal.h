/* internal.h - what the files of the SQLite backend share.
 *
 * An instance is a pool's database: a path, settings, and the monitor on which every wait of its connections happens.
 * A connection belongs to the one worker that calls with it; only dusq__sqlite_interrupt comes from elsewhere, and
 * touches nothing but `signals`.
 *
 * One mutex, instance->mtx, guards the gate and the turn to connect.  Neither SQLite nor the core is called with it
 * held.                                                                                                             */
#ifndef DUSQ_SQLITE_INTERNAL_H
#define DUSQ_SQLITE_INTERNAL_H
#include <dusq/backend.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#if SQLITE_VERSION_NUMBER < 3037000
#error "dusq needs SQLite 3.37 or later"
#endif

/* ---- the gate -------------------------------------------------------------------------------------------------- */
/* Without WAL, readers and the writer of one database exclude each other.  Inside one process they then wait here, on
 * a condition, and not by trying again and again.  Phase-fair: a writer that waits holds up readers that come later,
 * and readers that waited while a writer was in go before the next one.                                             */
typedef enum { DUSQ__GATE_OUT = 0, DUSQ__GATE_SHARED = 1, DUSQ__GATE_EXCLUSIVE = 2 } dusq__sqlite_hold;

typedef struct dusq__sqlite_gate {
  bool writer;              /* somebody is in, alone                                     */
  unsigned readers;         /* who is in, together                                       */
  unsigned writers_waiting;
  unsigned readers_waiting;
  unsigned due;             /* of those: the ones that go before the next writer         */
  uint64_t phase;           /* how many writers have left                                */
} dusq__sqlite_gate;

/* ---- the instance ---------------------------------------------------------------------------------------------- */
typedef struct dusq__sqlite {
  const dusq_params *params; /* until the pool shuts: for connect and reset only                                  */
  atomic_uint refs;          /* one for the pool, one a connection: a connection that is stuck outlives its pool  */
  char *target;              /* absolute path, or the URI of a database in memory                                 */
  int open_flags;
  bool memory;
  bool read_only;
  bool reset_all; /* of the option reset */
  int64_t busy_timeout;      /* ns; DUSQ_FOREVER                                                                  */
  sqlite3 *anchor;           /* keeps a database in memory alive                                                  */
  atomic_bool gated;         /* whether the gate is in use: not with WAL                                          */
  atomic_bool warned;        /* that the journal mode could not be had                                            */
  pthread_mutex_t mtx;
  pthread_cond_t cond;       /* something below has changed                                                       */
  bool connecting;           /* guarded by: mtx; somebody has the turn to connect                                 */
  bool closing;              /* guarded by: mtx; somebody has the turn to close                                   */
  atomic_uint connections;   /* to a file                                                                         */
  atomic_bool trimming;      /* set with mtx held; the log is being emptied: no new snapshots                     */
  _Atomic int64_t trim_after; /* not before this moment again, after it was tried in vain; 0: at once             */
  dusq__sqlite_gate gate;    /* guarded by: mtx                                                                   */
} dusq__sqlite;

/* ---- statements ------------------------------------------------------------------------------------------------ */
typedef enum {
  DUSQ__SQLITE_READ = 0,   /* SELECT, VALUES and WITH that only read; EXPLAIN             */
  DUSQ__SQLITE_CHANGE = 1, /* INSERT, REPLACE, UPDATE, DELETE; WITH before one of them    */
  DUSQ__SQLITE_OTHER = 2   /* the rest: may not stand in a batch                          */
} dusq__sqlite_kind;

typedef struct dusq__sqlite_statement {
  sqlite3_stmt *stmt;
  dusq__sqlite_kind kind;
  bool elsewhere;  /* reads what only this connection has: temporary or attached tables, changes() and the like     */
  bool inserts;    /* INSERT or REPLACE                                                                             */
  bool uses_rowid; /* calls last_insert_rowid()                                                                     */
  bool returns;    /* changes and gives rows: RETURNING                                                             */
  bool savepoint;  /* in a group it needs one; see batch.c                                                          */
  bool pragma;     /* `stmt` does nothing: it is compiled when it is run; see statement.c                           */
  bool objects;    /* attaches a database or makes something temporary                                              */
} dusq__sqlite_statement;

typedef enum {
  DUSQ__SQLITE_BEGIN = 0,
  DUSQ__SQLITE_BEGIN_IMMEDIATE,
  DUSQ__SQLITE_BEGIN_EXCLUSIVE,
  DUSQ__SQLITE_COMMIT,
  DUSQ__SQLITE_ROLLBACK,
  DUSQ__SQLITE_SAVEPOINT,
  DUSQ__SQLITE_ROLLBACK_TO,
  DUSQ__SQLITE_RELEASE,
  DUSQ__SQLITE_LOOK, /* reads, and so sees whether the schema has changed */
  DUSQ__SQLITE_CONTROLS
} dusq__sqlite_control;

/* How one run of a statement ended. */
typedef struct dusq__sqlite_outcome {
  dusq_error *error; /* owned                                                             */
  int code;          /* SQLite's, where it was SQLite that failed                         */
  bool refused;      /* the sink takes no more, and knows why                             */
  bool stepped;      /* it was begun                                                      */
} dusq__sqlite_outcome;

/* ---- connections ----------------------------------------------------------------------------------------------- */
typedef struct dusq__sqlite_item {
  dusq__sqlite_outcome outcome;
  bool ran;
  bool told; /* the sink has had its outcome */
} dusq__sqlite_item;

typedef struct dusq__sqlite_batch {
  const dusq_execution *executions;
  dusq__sqlite_item *items;
  size_t n;
  int64_t rowid; /* last_insert_rowid() before it */
} dusq__sqlite_batch;

typedef struct dusq__sqlite_conn dusq__sqlite_conn;
struct dusq__sqlite_conn {
  dusq__sqlite *instance;
  sqlite3 *db;
  bool counted;      /* in instance->connections                                                         */
  bool lent;         /* the handle was given to a job, which may have left statements                    */
  bool reader;       /* query_only                                                                       */
  bool only_reads;   /* the transaction that is open is a read-only one: query_only until it ends        */
  bool unsettled;    /* a PRAGMA went by that changes what `settle` sets                                 */
  bool changed;      /* one that changes something else for as long as the connection lives              */
  bool objects;      /* there may be attached databases, or something temporary                          */
  dusq__sqlite_hold held;
  sqlite3_stmt *controls[DUSQ__SQLITE_CONTROLS];

  /* the call that is under way */
  const dusq_stop *stop;                    /* whose wish ends a statement; NULL for none                    */
  bool (*given_up)(dusq__sqlite_conn *conn); /* whether a wait is to end                                     */
  dusq__sqlite_batch *batch;                /* for given_up                                                  */
  bool reading;                             /* the statement that runs only reads                            */
  bool controlling;                         /* a BEGIN, COMMIT, ... runs: not to be stopped but by a lock     */
  bool trimming;                            /* it empties the log; busy_until is set                         */
  int64_t busy_until;                       /* when the wait for a lock ends; 0: none has begun              */
  uint64_t seen;                            /* in the gate: `signals`, before given_up was last asked        */
  uint64_t began;                           /* `signals`, when the call began or the last one ended          */

  int64_t log_mark; /* bytes of write-ahead log from which it is emptied; 0: never */
  bool holding;     /* pragmas are compiled to nothing                             */

  /* what the authorizer saw since prepare began */
  bool elsewhere;
  bool uses_rowid;

  /* kept for use again */
  dusq_value *cells;
  dusq_column *columns;
  size_t width;
  dusq__sqlite_item *items;
  size_t items_room;

  _Atomic uint64_t signals; /* how often `interrupt` was called; grows under instance->mtx, so that no wait misses it */
};

/* busy.c: waiting, and stopping.  `watch` begins a call and `unwatch` ends it. */
int64_t dusq__sqlite_now(void);
int64_t dusq__sqlite_later(int64_t moment, int64_t timeout);
void dusq__sqlite_watch(dusq__sqlite_conn *conn, const dusq_stop *stop);
void dusq__sqlite_watch_batch(dusq__sqlite_conn *conn, dusq__sqlite_batch *batch,
                              bool (*given_up)(dusq__sqlite_conn *conn));
void dusq__sqlite_unwatch(dusq__sqlite_conn *conn);
uint64_t dusq__sqlite_signals(dusq__sqlite_conn *conn);
void dusq__sqlite_install_handlers(dusq__sqlite_conn *conn);
void dusq__sqlite_interrupt(void *conn);
/* Sleeps on the instance's condition for at most `ns`.  The caller holds mtx, and looks again at what it waits for. */
void dusq__sqlite_sleep_locked(dusq__sqlite *instance, int64_t ns);

/* gate.c.  SQLITE_OK, or SQLITE_BUSY: given up, or busy_timeout has passed. */
int dusq__sqlite_enter(dusq__sqlite_conn *conn, dusq__sqlite_hold want);
/* Leaves if no transaction is open. */
void dusq__sqlite_leave(dusq__sqlite_conn *conn);

/* wal.c */
/* `mark_log` when the page size is known, which decides when `trim_log` has something to do.  That is called before a
 * write begins, with the gate held; it fails silently.                                                              */
void dusq__sqlite_mark_log(dusq__sqlite_conn *conn, int64_t page_size);
void dusq__sqlite_trim_log(dusq__sqlite_conn *conn);
/* Before a snapshot is taken.  Waits while the log is being emptied, for a bounded time. */
void dusq__sqlite_await_trim(dusq__sqlite_conn *conn);

/* error.c */
/* An error for SQLite's extended code.  `text` NULL: what the connection says last, so to be called at once. */
dusq_error *dusq__sqlite_error(dusq__sqlite_conn *conn, int code, const char *text);
dusq_error *dusq__sqlite_canceled(void);
/* Hands the error on: *out if it is not NULL.  Returns its status. */
dusq_status dusq__sqlite_give(dusq_error **out, dusq_error *take_error);
/* Where the text that was compiled last is wrong, in bytes; -1 where that cannot be told. */
int dusq__sqlite_offset(dusq__sqlite_conn *conn);
/* Whether a commit that failed so may have been one all the same. */
bool dusq__sqlite_uncertain(int code);
/* What a call that reports through sinks returns, when the last thing that failed did so with `code`. */
dusq_status dusq__sqlite_usable(int code);

/* connect.c */
dusq_status dusq__sqlite_connect(void *instance, uint32_t lane, const dusq_stop *stop, void **conn, dusq_error **error);
void dusq__sqlite_drop(dusq__sqlite *instance);
/* The pragmas that a connection has for life, query_only among them.  SQLITE_OK, or the code of one that failed. */
int dusq__sqlite_settle(dusq__sqlite_conn *conn);
/* What of earlier statements `settle` cannot undo, as a text; NULL for nothing. */
const char *dusq__sqlite_leftover(dusq__sqlite_conn *conn);

/* close.c */
void dusq__sqlite_disconnect(void *conn);

/* left.c */
/* Finalizes what a job has left, and closes; false where something keeps the database open. */
bool dusq__sqlite_close_left(sqlite3 *db);
/* Resets what a job has left running, but for open blobs. */
void dusq__sqlite_rewind(sqlite3 *db);

/* statement.c */
dusq_status dusq__sqlite_prepare(void *conn, const dusq_statement *statement, const dusq_stop *stop, dusq_prepared *out,
                                 dusq_error **error);
void dusq__sqlite_release(void *conn, void *prepared);
/* Prepares the first statement of a NUL-terminated text; out->stmt is NULL where there is none.  The caller is in the
 * gate.                                                                                                             */
int dusq__sqlite_compile(dusq__sqlite_conn *conn, const char *sql, int length, unsigned flags,
                         dusq__sqlite_statement *out, const char **tail);
/* Skips blanks, comments and semicolons; NUL ends the text. */
const char *dusq__sqlite_skip(const char *sql);

/* exact.c */
/* Whether a DECIMAL, or a JSON that is a number, certainly is the same number in whatever this statement makes of it. */
bool dusq__sqlite_is_exact(dusq__sqlite_conn *conn, sqlite3_stmt *stmt, int number, const dusq_value *value);

/* run.c */
/* Binds, runs to the end, hands rows and counts to the sink, resets.  Does not tell the outcome. */
void dusq__sqlite_run(dusq__sqlite_conn *conn, dusq__sqlite_statement *statement, const dusq_execution *execution,
                      dusq__sqlite_outcome *out);
/* The same for a statement that is its own transaction, if none is open: what fails leaves nothing behind. */
void dusq__sqlite_run_alone(dusq__sqlite_conn *conn, dusq__sqlite_statement *statement, const dusq_execution *execution,
                            dusq__sqlite_outcome *out);
void dusq__sqlite_tell(const dusq_execution *execution, dusq__sqlite_outcome *take_outcome);
dusq_status dusq__sqlite_execute(void *conn, const dusq_execution *execution);

/* batch.c, script.c */
dusq_status dusq__sqlite_execute_batch(void *conn, const dusq_execution *executions, size_t n);
dusq_status dusq__sqlite_script(void *conn, const char *sql, size_t len, dusq_sink *sink);

/* transaction.c */
/* SQLITE_OK, SQLITE_ROW, or the code; nothing is called off in the middle of one. */
int dusq__sqlite_run_control(dusq__sqlite_conn *conn, dusq__sqlite_control which);
/* True when no transaction is open any more. */
bool dusq__sqlite_undo(dusq__sqlite_conn *conn);
dusq_status dusq__sqlite_begin(void *conn, const dusq_tx_opts *opts, const dusq_stop *stop, dusq_error **error);
dusq_status dusq__sqlite_commit(void *conn, dusq_sink *sink, dusq_error **error);
dusq_status dusq__sqlite_rollback(void *conn, const dusq_stop *stop, dusq_error **error);
int dusq__sqlite_transaction(void *conn);
dusq_status dusq__sqlite_savepoint(void *conn, int what, uint32_t level, const dusq_stop *stop, dusq_error **error);
dusq_status dusq__sqlite_reset(void *conn, const dusq_stop *stop, bool *dirty, dusq_error **error);

#endif
