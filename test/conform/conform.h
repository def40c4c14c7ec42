/* conform.h - one suite for all backends: what a caller sees must not depend on the database.
 *
 * Two kinds of tests.  A *case* is one statement with its values and what it must give; the cases stand in tables
 * (cases_*.c).  A *scenario* is a function (scenario_*.c).  Both run on every backend that their masks name, and each
 * time with batches as usual, forced and switched off, which must make no difference.
 *
 * The fake is told by a rule to give what the case expects, so that there it is the core's way to and from a backend
 * that is tested.  A further database gets a line in the table of backends, a bit, and cases of its own where it must
 * differ.                                                                                                            */
#ifndef DUSQ_TEST_CONFORM_H
#define DUSQ_TEST_CONFORM_H
#include "test.h"
#include <dusq/fake.h>

enum { CONFORM_FAKE = 1u << 0, CONFORM_SQLITE = 1u << 1, CONFORM_ANY = 0xFF };

#define CONFORM_WAIT (60 * DUSQ_SECOND) /* longer than anything may take on a slow machine */
#define CONFORM_MS DUSQ_MILLISECOND

/* ---- cases ------------------------------------------------------------------------------------------------------- */
typedef struct conform_case {
  const char *name;         /* NULL ends a table                                                            */
  uint32_t on;              /* CONFORM_...                                                                  */
  const char *setup;        /* a script, run after t, u and v have been dropped; NULL: nothing is touched   */
  const char *sql;
  size_t nvalues;
  const dusq_value *values; /* by GIVEN()                                                                   */
  dusq_status status;
  const char *columns;      /* their names, separated by commas; NULL: not looked at                        */
  size_t cols, ncells;
  const dusq_value *cells;  /* by ROWS()                                                                    */
  int64_t affected, last_id;
  int times;                /* 0: once                                                                      */
} conform_case;

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

/* ---- backends and what is opened on them ------------------------------------------------------------------------- */
typedef struct conform_backend {
  const char *name;   /* "sqlite file" */
  uint32_t bit;
  const char *scheme;
} conform_backend;

typedef struct conform_site {
  const conform_backend *backend;
  const char *batch; /* "batch=off" */
  dusq_fake *fake;   /* NULL for a real database */
  dusq_pool *pool;
} conform_site;

/* Opens an empty database, with further options ("pool_size=1&...") or NULL. */
conform_site conform_open(const conform_backend *backend, const char *batch, const char *options);
/* Closes it, and checks that nothing is left behind. */
void conform_close(conform_site *site);

/* ---- helpers ----------------------------------------------------------------------------------------------------- */
/* Waits for a future, drops it, and answers its status; an owned result in *out if that is not NULL. */
dusq_status conform_settle(dusq_future *future, dusq_result **out);
/* Runs one statement without values. */
dusq_status conform_run(const conform_site *site, const char *sql);
/* The first cell of a statement without values, as an integer; -1 and a failed check if there is none. */
int64_t conform_number(const conform_site *site, const char *sql);
/* Adds a rule to a site on the fake; nothing on another. */
void conform_rule(const conform_site *site, const char *pattern, dusq_fake_step step);
#define RULE(site, pattern, ...) conform_rule(site, pattern, (dusq_fake_step){__VA_ARGS__})
bool conform_is_fake(const conform_site *site);
int64_t conform_now(void);

/* ---- scenarios --------------------------------------------------------------------------------------------------- */
typedef struct conform_scenario {
  const char *name;    /* NULL ends a table */
  uint32_t on;
  const char *options; /* of the pool; NULL: none */
  void (*run)(conform_site *site);
} conform_scenario;
extern const conform_scenario conform_work[], conform_limits[], conform_files[];

void suite_conform(void);
void suite_chinook(void);

#endif
