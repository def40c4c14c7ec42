/* conform.h - one suite for all backends: what a caller sees must not depend on the database.
 *
 * Two kinds of tests.  A *case* is one statement with its values and what it must give; the cases stand in tables
 * (cases_*.c), and those of table columns, whose types have other names everywhere, in columns.c.  A *scenario* is a
 * function (scenario_*.c).  All run on every backend that their masks name, and each time with batches as usual, forced
 * and switched off, which must make no difference.
 *
 * SQL is written once, with a few words in braces that each database spells its own way (site.c); where that is not
 * enough a case has another text for a database, and where even the outcome differs, another outcome.  Those are the
 * rows of the table in dusq-differences(7).
 *
 * The fake is told by a rule to give what the case expects, so that there it is the core's way to and from a backend
 * that is tested.                                                                                                    */
#ifndef DUSQ_TEST_CONFORM_H
#define DUSQ_TEST_CONFORM_H
#include "test.h"
#include <dusq/fake.h>

enum {
  CONFORM_FAKE = 1u << 0, CONFORM_SQLITE = 1u << 1, CONFORM_POSTGRESQL = 1u << 2, CONFORM_MARIADB = 1u << 3,
  CONFORM_MYSQL = 1u << 4, CONFORM_ANY = 0xFF,
  CONFORM_MY = CONFORM_MARIADB | CONFORM_MYSQL, CONFORM_SERVERS = CONFORM_MY | CONFORM_POSTGRESQL,
  CONFORM_LOCAL = CONFORM_FAKE | CONFORM_SQLITE, CONFORM_REAL = CONFORM_SQLITE | CONFORM_SERVERS
};

#define CONFORM_WAIT (60 * DUSQ_SECOND) /* longer than anything may take on a slow machine */
#define CONFORM_MS DUSQ_MILLISECOND

/* ---- cases ------------------------------------------------------------------------------------------------------- */
/* What else comes of it, on some backends: it stands in place of the case's own outcome. */
typedef struct conform_other {
  uint32_t on;              /* 0 ends a list                                                                */
  dusq_status status;
  const char *columns;      /* NULL: not looked at                                                          */
  size_t cols, ncells;
  const dusq_value *cells;  /* by ROWS()                                                                    */
  int64_t affected, last_id;
} conform_other;

typedef struct conform_case {
  const char *name;         /* NULL ends a table                                                            */
  uint32_t on;              /* CONFORM_...                                                                  */
  const char *setup;        /* a script, run after t, u and v have been dropped; NULL: nothing is touched   */
  const char *sql, *sql_pg, *sql_my; /* on PostgreSQL, and on MariaDB and MySQL, if not NULL                */
  size_t nvalues;
  const dusq_value *values; /* by GIVEN()                                                                   */
  dusq_status status;
  const char *columns;      /* their names, separated by commas; NULL: not looked at                        */
  size_t cols, ncells;
  const dusq_value *cells;  /* by ROWS()                                                                    */
  int64_t affected, last_id; /* last_id is always 0 on PostgreSQL                                           */
  const conform_other *others; /* by OTHER() or OTHERS()                                                    */
  int times;                /* 0: once                                                                      */
} conform_case;

#define OTHER(where, ...) .others = (const conform_other[]){{.on = (where), __VA_ARGS__}, {.on = 0}}
#define OTHERS(...) .others = (const conform_other[]){__VA_ARGS__, {.on = 0}}

#define GIVEN(...) \
  .nvalues = sizeof((const dusq_value[]){__VA_ARGS__}) / sizeof(dusq_value), .values = (const dusq_value[]){__VA_ARGS__}
#define ROWS(width, ...)                                                                           \
  .cols = (width), .ncells = sizeof((const dusq_value[]){__VA_ARGS__}) / sizeof(dusq_value), \
  .cells = (const dusq_value[]){__VA_ARGS__}

/* Constant values, for tables.  A cell that is expected as INT, REAL, TEXT, BLOB or NULL must be of that kind; one that
 * is expected as another kind must convert to it.                                                                    */
#define V_NULL {.type = DUSQ_NULL}
#define V_BOOL(v) {.type = DUSQ_BOOL, .u = {.b = (v)}}
#define V_INT(v) {.type = DUSQ_INT, .u = {.i = (v)}}
#define V_UINT(v) {.type = DUSQ_UINT, .u = {.n = (v)}}
#define V_REAL(v) {.type = DUSQ_REAL, .u = {.r = (v)}}
#define V_TEXT(v) {.type = DUSQ_TEXT, .len = sizeof(v) - 1, .u = {.p = (v)}}
#define V_BLOB(v) {.type = DUSQ_BLOB, .len = sizeof(v) - 1, .u = {.p = (v)}}
#define V_DECIMAL(v) {.type = DUSQ_DECIMAL, .len = sizeof(v) - 1, .u = {.p = (v)}}
#define V_JSON(v) {.type = DUSQ_JSON, .len = sizeof(v) - 1, .u = {.p = (v)}}
#define V_DATE(v) {.type = DUSQ_DATE, .u = {.i = (v)}}
#define V_TIME(v) {.type = DUSQ_TIME, .u = {.i = (v)}}
#define V_STAMP(v) {.type = DUSQ_TIMESTAMP, .u = {.i = (v)}}
#define V_UUID(...) {.type = DUSQ_UUID, .u = {.id = {__VA_ARGS__}}}
#define V_NAMED_INT(n, v) {.type = DUSQ_INT, .name = (n), .u = {.i = (v)}}
#define V_NAMED_TEXT(n, v) {.type = DUSQ_TEXT, .len = sizeof(v) - 1, .name = (n), .u = {.p = (v)}}

extern const conform_case conform_literals[], conform_parameters[], conform_bad_values[]; /* cases_values.c */
extern const conform_case conform_placeholders[], conform_counts[], conform_rows[];       /* cases_sql.c    */
extern const conform_case conform_errors[];                                               /* cases_errors.c */

/* ---- columns: a value on its way into a table, as a parameter and as a literal, and out again, in both protocols */
typedef struct conform_column {
  const char *name;            /* NULL ends a table                                             */
  uint32_t on;
  const char *type;            /* of the column; in braces, where a database has its own        */
  const char *literal;         /* NULL: the value's own text in quotes                          */
  dusq_value in, out;          /* out.type NULL where in is not: as it went in                  */
  dusq_status status;          /* of both ways in                                               */
} conform_column;
extern const conform_column conform_columns[];

/* ---- backends and what is opened on them ------------------------------------------------------------------------- */
typedef struct conform_backend {
  const char *name;     /* "sqlite file" */
  uint32_t bit;
  const char *scheme;
  const char *variable; /* of the environment: the URI of a server; NULL: none is needed */
} conform_backend;

enum {
  CONFORM_AT_FAKE = 0, CONFORM_AT_FILE, CONFORM_AT_MEMORY, CONFORM_AT_POSTGRESQL, CONFORM_AT_MARIADB, CONFORM_AT_MYSQL,
  CONFORM_BACKENDS
};
extern const conform_backend conform_backends[CONFORM_BACKENDS];

typedef struct conform_site {
  const conform_backend *backend;
  const char *batch; /* "batch=off" */
  dusq_fake *fake;   /* NULL for a real database */
  dusq_pool *pool;
  char uri[1000];     /* without options: another pool on the same database */
} conform_site;

/* Whether it is not in this library, or no server was named (which fails if DUSQ_TEST_REQUIRE_SERVERS is set); says so
 * then.                                                                                                              */
bool conform_absent(const conform_backend *backend);
/* Opens an empty database, with further options ("pool_size=1&...") or NULL. */
conform_site conform_open(const conform_backend *backend, const char *batch, const char *options);
/* Another pool on the same database, of which the first one has the care. */
dusq_pool *conform_open_again(const conform_site *site, const char *options);
/* Closes it, checks that nothing is left behind, and removes the database. */
void conform_close(conform_site *site);
void conform_close_pool(dusq_pool *take_pool);

/* ---- helpers ----------------------------------------------------------------------------------------------------- */
/* The text as the site's database spells it; to be freed.  The words are
 *   {id}     the type of a key that the database makes, with PRIMARY KEY     {blob}   bytes
 *   {a|b|c}  a on SQLite and the fake, b on PostgreSQL, c on MariaDB and MySQL                                       */
char *conform_sql(const conform_site *site, const char *text);
/* Submits it, so spelt, as a statement or a script. */
dusq_future *conform_query(const conform_site *site, const char *sql, size_t n, const dusq_value *values,
                           const dusq_opts *opts);
dusq_future *conform_script(const conform_site *site, const char *sql);
/* Waits for a future, drops it, and answers its status; an owned result in *out if that is not NULL. */
dusq_status conform_settle(dusq_future *future, dusq_result **out);
/* Runs one statement without values. */
dusq_status conform_run(const conform_site *site, const char *sql);
/* The first cell of a statement without values, as an integer; -1 and a failed check if there is none. */
int64_t conform_number(const conform_site *site, const char *sql);
/* Whether a cell is what is expected: of the same kind if that is INT, REAL, TEXT, BLOB or NULL; of another, it must
 * convert to it.                                                                                                     */
bool conform_same(const dusq_value *cell, const dusq_value *expected);
/* Adds a rule to a site on the fake; nothing on another. */
void conform_rule(const conform_site *site, const char *pattern, dusq_fake_step step);
#define RULE(site, pattern, ...) conform_rule(site, pattern, (dusq_fake_step){__VA_ARGS__})
/* A statement that does not end by itself, and one that reads 100,000 rows of one integer; MariaDB ends a recursion
 * after 1,000 steps, and MySQL would put 10^9 rows into a hash table before the first comes out.                      */
#define CONFORM_TEN \
  "(SELECT 0 AS i UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 " \
  "UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) "
#define CONFORM_FIVE(select) \
  "SELECT /*+ NO_BNL() */ " select " FROM " CONFORM_TEN "a, " CONFORM_TEN "b, " CONFORM_TEN "c, " CONFORM_TEN \
  "d, " CONFORM_TEN "e"
#define CONFORM_TEN_MORE \
  ", " CONFORM_TEN "f, " CONFORM_TEN "g, " CONFORM_TEN "h, " CONFORM_TEN "i, " CONFORM_TEN "j"
#define CONFORM_ENDLESS \
  "{WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n|SELECT 1 FROM " \
  "(SELECT pg_sleep(60)) s|" CONFORM_FIVE("count(*)") CONFORM_TEN_MORE "}"
/* The same in a session: the statement's future, its status, and its first cell. */
dusq_future *conform_ask(const conform_site *site, dusq_session *session, const char *sql);
dusq_status conform_say(const conform_site *site, dusq_session *session, const char *sql);
int64_t conform_count(const conform_site *site, dusq_session *session, const char *sql);
/* Begins a transaction at a level, with flags, and waits for it; ends one. */
dusq_status conform_begin(dusq_session *session, uint32_t isolation, uint32_t flags);
dusq_status conform_commit(dusq_session *session);
dusq_status conform_rollback(dusq_session *session);
/* Closes a session, which must go well, and drops it. */
void conform_end(dusq_session *take_session);
/* Makes a table t of keys i, and a session; how many rows there are in t; ends a session, and looks what is there. */
dusq_session *conform_start(const conform_site *site);
void conform_holds(const conform_site *site, int64_t n);
void conform_finish(const conform_site *site, dusq_session *take_session, int64_t n, int64_t sum);
/* Inside a job: the statement's status, and its first cell as an integer in *number if that is not NULL. */
dusq_status conform_on(const conform_site *site, dusq_conn *conn, const char *sql, int64_t *number);
/* A job that must not run, and a free function that counts in an int. */
dusq_result *conform_never(dusq_conn *conn, void *arg);
void conform_count_free(void *freed);
/* How soon a statement that runs must have ended after it was told to; more where everything is slower. */
int64_t conform_soon(void);
bool conform_is_fake(const conform_site *site);
bool conform_is(const conform_site *site, uint32_t bits);
void conform_nap(int64_t ns);

/* ---- scenarios --------------------------------------------------------------------------------------------------- */
typedef struct conform_scenario {
  const char *name;    /* NULL ends a table */
  uint32_t on;
  const char *options; /* of the pool; NULL: none */
  void (*run)(conform_site *site);
} conform_scenario;
extern const conform_scenario conform_work[], conform_limits[], conform_files[], conform_stops[], conform_sessions[],
    conform_values[], conform_transactions[], conform_conflicts[], conform_quoting[],
    conform_streams[], conform_sequences[], conform_isolation[], conform_savepoints[],
    conform_hygiene[], conform_transacts[], conform_calls[], conform_helpers[], conform_info[],
    conform_causes[], conform_words[];

/* Runs the table of columns; the number of those that ran. */
size_t conform_run_columns(const conform_site *site);

void suite_conform(void);
void suite_chinook(void);
void suite_storm(void);
void suite_cancels(void);
void suite_bank(void);
void suite_lease(void);
void suite_flood(void);

#endif
