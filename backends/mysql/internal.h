/* internal.h - what the files of the MySQL backend share.
 *
 * An instance is where a pool connects to.  A connection belongs to the one worker that calls with it, and every call
 * of the driver blocks; what ends one that is to stop comes from two threads of the instance's (guard.c, kill.c), which
 * know of the connection no more than its number on the server and a descriptor of its socket.
 *
 * One mutex, instance->mtx, guards what those threads look at.  Neither the driver nor the core is called with it held,
 * but for dusq_stop_asked.                                                                                           */
#ifndef DUSQ_MYSQL_INTERNAL_H
#define DUSQ_MYSQL_INTERNAL_H
#include <dusq/backend.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "client.h"

/* The server's and the client's error numbers that the code decides by. */
enum {
  MY_ER_DUP_ENTRY = 1062, MY_ER_PARSE = 1064, MY_ER_EMPTY_QUERY = 1065, MY_ER_PACKET_TOO_LARGE = 1153,
  MY_ER_COMMIT = 1180, MY_ER_UNKNOWN_STMT = 1243, MY_ER_UNSUPPORTED_PS = 1295,
  MY_ER_NEED_REPREPARE = 1615, MY_ER_IMPOSSIBLE_CONVERSION = 3988, MY_ER_NO_SUCH_THREAD = 1094,
  MY_ER_QUERY_INTERRUPTED = 1317,
  MY_CR_GONE = 2006, MY_CR_LOST = 2013, MY_CR_STMT_CLOSED = 2056, MY_CR_NEW_STMT_METADATA = 2057
};

/* ---- the instance -------------------------------------------------------------------------------------------------- */
/* A socket that is shut down when its time is over, which wakes whoever waits in the driver. */
typedef struct dusq__my_guarded dusq__my_guarded;
struct dusq__my_guarded {
  dusq__my_guarded *next, **link; /* guarded by: mtx, as all below */
  int fd;                         /* a duplicate, so that it is never somebody else's; -1: none yet */
  int64_t until;                  /* CLOCK_MONOTONIC ns; INT64_MAX: no limit                        */
  bool cut;                       /* it has been shut down                                          */
};

typedef struct dusq__my_host {
  char *name;   /* NULL where there is a path */
  unsigned port;
  char *path;   /* of a Unix socket           */
  /* the connection that stops statements: only the killer's thread uses it */
  MYSQL *control;
  dusq__my_guarded guard;
} dusq__my_host;

typedef enum {
  DUSQ__MY_DISABLE = 0, DUSQ__MY_PREFER, DUSQ__MY_REQUIRE, DUSQ__MY_VERIFY_CA, DUSQ__MY_VERIFY_FULL
} dusq__my_tls;

typedef struct dusq__my_conn dusq__my_conn;

typedef struct dusq__my {
  atomic_uint refs; /* one for the pool, one a connection, one a thread: a stuck connection outlives its pool */
  /* copies of the options: the threads may outlive the originals */
  dusq__my_host *hosts;
  size_t nhosts;
  char *user, *password, *database, *sql_mode, *plugin_dir, *file, *group;
  char *ca, *cert, *key, *key_password, *crl;
  dusq__my_tls tls;
  int64_t cancel_grace; /* ns; DUSQ_FOREVER */
  int64_t drain_grace;  /* ns: the longer of it and connect_timeout, for a connection that is worth it */
  bool reset_all;       /* of the option reset */

  pthread_mutex_t mtx;
  pthread_cond_t wake;      /* of the threads below                                    */
  pthread_cond_t done;      /* a kill has come back, a socket was cut, a thread is gone */
  dusq__my_guarded *first;  /* guarded by: mtx, as all below                           */
  dusq__my_conn *conns;
  int64_t watching_until;   /* when the watcher looks next by itself                   */
  unsigned threads;
  bool watcher, killer;     /* they run                                                */
  bool ending;              /* the pool has gone                                       */
} dusq__my;

/* ---- statements ---------------------------------------------------------------------------------------------------- */
/* What can be seen in a text without knowing the database. */
typedef struct dusq__my_scan {
  size_t statements;
  bool alone;     /* one of them does not only read or change rows              */
  bool unsettles; /* may leave something behind in the session                  */
  bool calls;     /* of one of them several result sets may come                */
  bool changes;   /* the first is INSERT, UPDATE, DELETE or REPLACE             */
  bool zone;      /* one may have a time_zone of its own                        */
  bool functions; /* one may call a stored function             */
  bool charset;   /* one may have a character set of its own    */
  bool settings;  /* one may set what values and texts depend on                */
  bool tracking;  /* one may change what the server tells of settings           */
} dusq__my_scan;

/* How a session's server reads a text. */
typedef struct dusq__my_reading {
  bool escapes;          /* a backslash in a literal is one            */
  bool ansi;             /* "..." is a name                            */
  bool mariadb;
  unsigned long version; /* of the server, for comments that it executes */
} dusq__my_reading;

/* A script on its way. */
typedef struct dusq__my_script_text {
  const char *sql;
  size_t len, at; /* what has been taken                                              */
  size_t alike;   /* up to here it is read in one way                                 */
  size_t last;    /* behind the last byte whose meaning depends on how a text is read */
} dusq__my_script_text;

/* A part of a script that is sent at once, as it was written. */
typedef struct dusq__my_portion {
  const char *sql;
  size_t len;
  bool calls;  /* of one of its statements several result sets may come                      */
  bool single; /* it is one statement, no script                                             */
  bool remark; /* behind its last semicolon stands a comment, which the server answers to     */
} dusq__my_portion;

/* Room for one value on its way in. */
typedef struct dusq__my_slot {
  union {
    int64_t i;
    double r;
    MYSQL_TIME time;
    char text[40];
  } u;
  unsigned long len;
} dusq__my_slot;

typedef struct dusq__my_statement {
  MYSQL_STMT *stmt;    /* NULL: to be prepared, or `plain`                          */
  uint64_t generation; /* of the connection, when it was prepared                   */
  dusq__my_scan scan;
  bool plain;          /* the server does not prepare it: it is sent as text        */
  bool fresh;          /* it has not been executed since it was prepared            */
  size_t len;
  uint32_t values, nslots;
  uint16_t *slots;
  uint8_t *kinds;      /* of the values of its first execution, by slot             */
  MYSQL_BIND *binds;   /* nslots of them                                            */
  dusq__my_slot *rooms;
  char sql[];
} dusq__my_statement;

/* ---- connections --------------------------------------------------------------------------------------------------- */
typedef enum {
  DUSQ__MY_IDLE = 0, /* an interrupt finds nothing to stop                              */
  DUSQ__MY_RUNNING,
  DUSQ__MY_WANTED,   /* a kill is to be sent                                            */
  DUSQ__MY_KILLING,  /* it is on its way: nothing else may be begun on the connection   */
  DUSQ__MY_KILLED,   /* the server has it                                               */
  DUSQ__MY_UNKILLED  /* it could not be sent                                            */
} dusq__my_kill;

/* A column on its way out. */
typedef struct dusq__my_cell {
  union {
    int64_t i;
    double r;
    float f;
    MYSQL_TIME time;
  } u;
  char *bytes; /* owned */
  size_t size;
  unsigned long len;
  dusq__my_bool null, cut;
  int how;     /* see fetch.c */
  char text[40];
} dusq__my_cell;

enum { DUSQ__MY_CHARSET_UTF8 = 0, DUSQ__MY_CHARSET_ASCII /* a part of it */, DUSQ__MY_CHARSET_OTHER };

/* What the session has set, as far as values and texts depend on it. */
typedef struct dusq__my_settings {
  bool utc;         /* time_zone                                     */
  bool ansi;        /* ANSI_QUOTES; that backslashes escape is in the handle's server_status */
  bool client_utf8; /* character_set_client                          */
  int results;      /* DUSQ__MY_CHARSET_... of character_set_results */
  char zone[64], client[64], shown[64]; /* as the server says them, for errors */
} dusq__my_settings;

struct dusq__my_conn {
  dusq__my *instance;
  MYSQL *mysql;
  size_t host;         /* which of the instance's                                                           */
  bool mariadb;        /* the server                                                                        */
  bool broken;         /* to be thrown away                                                                 */
  bool unsettled;      /* the session may have been changed by more than a transaction                      */
  bool lent;           /* the handle was given to a job                                                     */
  bool patient;        /* the session waits for a slow reader                                               */
  bool system_utc;     /* time_zone SYSTEM is UTC                                                           */
  bool blind;          /* the server does not tell what is set any more                                     */
  bool stale;          /* it may have been set since                                                        */
  bool saw_zone, saw_text; /* in this call: a column of instants, a text that is not ASCII                  */
  dusq__my_settings settings;
  bool in_doubt;       /* a statement failed inside a transaction: whether one is open is not known         */
  bool sent;           /* in this call, what may have an effect                                             */
  uint64_t id;         /* on the server; its digits: for KILL                                               */
  uint64_t generation; /* of prepared statements: they die when the session is reset                        */
  uint64_t sql_mode;   /* a hash of it, as it was told last                                                 */
  uint64_t promised;   /* the same, of the mode that the session begins with                                */
  size_t max_packet;
  char *settle;        /* the text that brings the session to what is promised                              */

  /* kept for use again */
  dusq__my_cell **cells; /* they keep their places: libmysqlclient writes to what was bound last when it executes */
  MYSQL_BIND *binds;
  dusq_value *values;
  dusq_column *columns;
  size_t width;

  dusq__my_conn *next, **link; /* guarded by: mtx, as all below */
  dusq__my_guarded guard;
  dusq__my_kill kill;
  int64_t kill_again;  /* when the next kill is sent, if the statement still runs                           */
  int64_t kill_pause;  /* ns before the one after that                                                      */
  bool killed;         /* one was delivered                                                                 */
  bool precious;       /* what is to stop in this call may take its time                                    */
  const dusq_stop *stop;
};

/* How one run of a statement ended. */
typedef struct dusq__my_outcome {
  dusq_error *error; /* owned                                    */
  bool refused;      /* the sink takes no more, and knows why    */
  bool reads;        /* it has brought rows, and changed nothing */
} dusq__my_outcome;

/* options.c */
extern const dusq_option dusq__my_options[];
dusq_error *dusq__my_read_options(dusq__my *instance, const dusq_params *params);
void dusq__my_free_options(dusq__my *instance);

/* tls.c */
/* The mode that the options mean; NULL, or an owned error: the client library cannot do that. */
dusq_error *dusq__my_read_tls(dusq__my *instance, const dusq_params *params);
/* Sets a handle up; false when memory is short. */
bool dusq__my_set_tls(const dusq__my *instance, const dusq__my_host *host, MYSQL *mysql);
/* NULL, or an owned error: what the mode promises would not be kept, or was not when it connected. */
dusq_error *dusq__my_tls_switched_off(const dusq__my *instance, const dusq__my_host *host);
dusq_error *dusq__my_tls_broken(const dusq__my *instance, const dusq__my_host *host, MYSQL *mysql);

/* backend.c */
int64_t dusq__my_now(void);
int64_t dusq__my_later(int64_t moment, int64_t timeout);
void dusq__my_drop(dusq__my *instance);
dusq_error *dusq__my_nomem(void);

/* connect.c */
dusq_status dusq__my_connect(void *instance, uint32_t lane, const dusq_stop *stop, void **conn, dusq_error **error);
void dusq__my_disconnect(void *conn);
bool dusq__my_alive(void *conn);
/* Logs in, and no more.  NULL when memory is short; else a handle which says by mysql_errno how it went. */
MYSQL *dusq__my_log_in(const dusq__my *instance, const dusq__my_host *host, int64_t deadline);
/* A duplicate of the handle's socket, or -1. */
int dusq__my_duplicate(MYSQL *mysql);
/* Brings the session to what is promised. */
dusq_error *dusq__my_settle(dusq__my_conn *conn);

/* guard.c: calls, and the thread that ends them when they take too long */
/* Begins a call: from now on an interrupt ends what is under way, if `stop` has been asked.  False: it has been
 * already, and nothing is to be done.  dusq__my_end in both cases.                                                   */
bool dusq__my_begin(dusq__my_conn *conn, const dusq_stop *stop);
/* What is to stop from now on may take its time, until the end of the call. */
void dusq__my_be_patient(dusq__my_conn *conn);
/* Tells the sink that what may have an effect is sent now. */
void dusq__my_sent(dusq__my_conn *conn, dusq_sink *sink);
/* Whether the call was given up because it had been asked to stop and did not in time. */
bool dusq__my_gave_up(dusq__my_conn *conn);
/* Ends it: no kill is on its way any more, nor can one that was hit what comes next.  Whether the server has been told
 * to stop what it was about.                                                                                         */
bool dusq__my_end(dusq__my_conn *conn);
/* What is sent from now on wants no answer, and may wait for room in the socket's buffer for a second: a farewell.  It
 * ends with dusq__my_end or dusq__my_unguard.                                                                        */
void dusq__my_part(dusq__my_conn *conn);
/* Wants what is under way to be stopped though nobody asked. */
void dusq__my_stop_it(dusq__my_conn *conn);
void dusq__my_interrupt(void *conn);
void dusq__my_guard(dusq__my *instance, dusq__my_guarded *guarded, int fd, int64_t until);
void dusq__my_unguard(dusq__my *instance, dusq__my_guarded *guarded);
/* Makes sure that the watcher runs. */
bool dusq__my_watch(dusq__my *instance);
/* Sleeps on a condition until a moment, at most. */
void dusq__my_sleep_locked(dusq__my *instance, pthread_cond_t *cond, int64_t until);
void dusq__my_wake_locked(dusq__my *instance, int64_t moment);
/* Starts a thread of the instance's, with all signals blocked, which holds a reference to it. */
bool dusq__my_start_locked(dusq__my *instance, void *(*run)(void *));
void dusq__my_leave(dusq__my *take_instance, bool *running);
/* Ends the threads; waits a moment for them. */
void dusq__my_end_threads(dusq__my *instance);

/* kill.c */
void *dusq__my_killer_main(void *instance);

/* scan.c */
void dusq__my_scan_text(const char *sql, size_t len, const dusq__my_reading *how, dusq__my_scan *out);
void dusq__my_open_script(dusq__my_script_text *script, const char *sql, size_t len);
/* The next portion.  False: nothing but blanks and comments is left. */
bool dusq__my_next_portion(dusq__my_script_text *script, const dusq__my_reading *how, dusq__my_portion *out);

/* builtin.c: whether it is a function of the servers' own, or a word of the language. */
bool dusq__my_is_builtin(const char *name, size_t len);

/* settings.c.  The checks give NULL, or an owned error. */
dusq__my_reading dusq__my_reading_of(const dusq__my_conn *conn);
/* The slot: the dialect, with the modes of the session. */
dusq_status dusq__my_tell_reading(void *conn, const dusq_stop *stop, uint32_t *dialect, dusq_error **error);
/* Makes sure that it is known how the session reads the rest of a script, where that makes a difference. */
dusq_error *dusq__my_know_reading(dusq__my_conn *conn, const dusq__my_script_text *script);
/* The session is as it was promised. */
void dusq__my_settled(dusq__my_conn *conn);
/* Takes note of what the answer to a statement without rows tells; and of what the end of rows only hints at. */
void dusq__my_track(dusq__my_conn *conn);
void dusq__my_track_rows(dusq__my_conn *conn);
void dusq__my_forget_change(dusq__my_conn *conn); /* what it told of a change is known, or was somebody else's */
/* Asks the server for the settings. */
dusq_error *dusq__my_ask(dusq__my_conn *conn);
dusq_error *dusq__my_check_sql(dusq__my_conn *conn, const char *sql, size_t len);
dusq_error *dusq__my_check_values(dusq__my_conn *conn, const dusq__my_scan *scan, const dusq_value *values, size_t n);
/* conn->columns and conn->values, of a result. */
dusq_error *dusq__my_check_columns(dusq__my_conn *conn, const dusq__my_scan *scan, unsigned width);
dusq_error *dusq__my_check_cells(dusq__my_conn *conn, unsigned width);
/* When all results have been read: what could not be known before. */
dusq_error *dusq__my_check_after(dusq__my_conn *conn);

/* utf8.c */
bool dusq__my_is_ascii(const char *text, size_t len);
size_t dusq__my_utf8_prefix(const char *text, size_t len); /* how many bytes of it are UTF-8 */

/* error.c */
dusq_error *dusq__my_error(dusq__my_conn *conn, const char *sql, size_t len);
dusq_error *dusq__my_stmt_error(dusq__my_conn *conn, const dusq__my_statement *statement);
dusq_error *dusq__my_connect_error(const dusq__my_host *host, MYSQL *mysql);
dusq_error *dusq__my_canceled(void); /* before it was sent */
dusq_error *dusq__my_killed(void);
dusq_error *dusq__my_too_large(const dusq__my_conn *conn);
dusq_status dusq__my_give(dusq_error **out, dusq_error *take_error);

/* statement.c */
dusq_status dusq__my_prepare(void *conn, const dusq_statement *statement, const dusq_stop *stop, dusq_prepared *out,
                             dusq_error **error);
void dusq__my_release(void *conn, void *prepared);
/* Prepares it again where that is needed; `values` NULL: for whatever kinds of values. */
dusq_error *dusq__my_ready(dusq__my_conn *conn, dusq__my_statement *statement, const dusq_value *values);
/* Whether the error that an execution ended with says that nothing came of it, but that the statement is to be prepared
 * again.                                                                                                             */
bool dusq__my_forgotten(dusq__my_statement *statement);
/* Closes what is prepared, and reads what is left of its results. */
void dusq__my_forget(dusq__my_statement *statement);

/* bind.c */
/* Binds one row of values, all of it in *bytes. */
dusq_error *dusq__my_bind(dusq__my_statement *statement, const dusq_value *values, size_t *bytes);
/* The parts, for many.c. */
dusq_error *dusq__my_check_value(const dusq_value *value, size_t number);
void dusq__my_to_date(int64_t days, MYSQL_TIME *out);
void dusq__my_to_timestamp(int64_t us, MYSQL_TIME *out);
void dusq__my_to_time(int64_t us, MYSQL_TIME *out);

/* fetch.c */
/* Reads the rows of the result set that is there.  What went wrong is in *out; then there may be rows left. */
void dusq__my_fetch(dusq__my_conn *conn, dusq__my_statement *statement, dusq_sink *sink, size_t *rows,
                    dusq__my_outcome *out);
bool dusq__my_widen(dusq__my_conn *conn, size_t width);
dusq_column dusq__my_column(const MYSQL_FIELD *field);
void dusq__my_trim(dusq__my_conn *conn);

/* text.c */
/* Sends a text, and hands the results of all its statements to the sink.  *results counts on. */
void dusq__my_run_text(dusq__my_conn *conn, const dusq__my_portion *text, const dusq__my_scan *scan, dusq_sink *sink,
                       size_t *results, dusq__my_outcome *out);
/* Runs a text of which nothing but the success is of interest. */
dusq_error *dusq__my_simple(dusq__my_conn *conn, const char *sql);

/* run.c */
void dusq__my_run(dusq__my_conn *conn, dusq__my_statement *statement, const dusq_value *values, dusq_sink *sink,
                  dusq__my_outcome *out);
dusq_status dusq__my_tell(dusq__my_conn *conn, dusq_sink *sink, dusq__my_outcome *take_outcome);
dusq_status dusq__my_execute(void *conn, const dusq_execution *execution);
dusq_status dusq__my_execute_batch(void *conn, const dusq_execution *executions, size_t n);
dusq_status dusq__my_script(void *conn, const char *sql, size_t len, dusq_sink *sink);
/* What a statement that was begun may have left behind. */
void dusq__my_note(dusq__my_conn *conn, const dusq__my_scan *scan);

/* many.c */
dusq_status dusq__my_execute_many(void *conn, const dusq_execution *execution, size_t rows);

/* transaction.c */
dusq_status dusq__my_start(void *conn, const dusq_tx_opts *opts, const dusq_stop *stop, dusq_error **error);
int dusq__my_transaction(void *conn);
dusq_status dusq__my_savepoint(void *conn, int what, uint32_t level, const dusq_stop *stop, dusq_error **error);
dusq_status dusq__my_commit(void *conn, dusq_sink *sink, dusq_error **error);
dusq_status dusq__my_rollback(void *conn, const dusq_stop *stop, dusq_error **error);
dusq_status dusq__my_reset(void *conn, const dusq_stop *stop, bool *dirty, dusq_error **error);

#endif
