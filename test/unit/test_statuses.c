/* test_statuses.c - the table of dusq_error(3): every code in it is made on purpose, by the database itself, and the
 * page says what comes of it.
 *
 * SQLite: a function that fails with the code.  PostgreSQL: RAISE.  MySQL and MariaDB: SIGNAL.  Codes with a star are
 * looked up here; they come from servers in the suites postgres_errors, postgres_stale, mysql_rogue and tls.         */
#include "rig.h"
#define OUTCOME_KINDS false
#include "unit/outcome.h"
#include <dusq/backend.h>
#ifdef DUSQ_WITH_SQLITE
#include <sqlite3.h>
#endif

typedef struct row {
  const char *name;
  dusq_status status;
  const char *retryable, *unknown, *sqlite, *postgresql, *mysql;
} row;

static const row rows[] = {
#define ROW(status, retryable, unknown, sqlite, postgresql, mysql) \
  {#status, DUSQ_E_##status, retryable, unknown, sqlite, postgresql, mysql},
#include "unit/statuses.def"
#undef ROW
};
enum { ROWS = sizeof rows / sizeof rows[0], CODE_SIZE = 16 };

/* Reads the next word of a cell; NULL: there is none. */
static inline const char *next_code(const char *at, char code[CODE_SIZE])
{
  size_t len;
  at += strspn(at, " ");
  len = strcspn(at, " ");
  if (!len || len >= CODE_SIZE)
    return NULL;
  memcpy(code, at, len);
  code[len] = '\0';
  return at + len;
}

static inline void say(const row *expected, const char *where, const char *code, dusq_status status)
{
  if (status != expected->status)
    fprintf(stderr, "%s, %s: %s instead of %s\n", where, code, dusq_status_name(status), expected->name);
  CHECK_INT(status, expected->status);
}

/* Whether the error is as the row says.  A code that was raised was received, so its outcome is known. */
static inline void check_error(const row *expected, const char *where, const char *code, dusq_future *take)
{
  CHECK_INT(dusq_future_wait(take, LONG_WAIT), DUSQ_OK);
  const dusq_error *error = dusq_future_error(take);
  say(expected, where, code, dusq_error_status(error));
  CHECK_INT(dusq_error_retryable(error), expected->retryable[0] == 'y');
  CHECK(!dusq_error_unknown_outcome(error));
  bool number = strspn(code, "0123456789") == strlen(code);
  if (number && strlen(code) < 5)
    CHECK_INT(dusq_error_native(error), atoi(code));
  else
    CHECK_STR(dusq_error_sqlstate(error), code);
  dusq_future_unref(take);
}

/* ---- the three databases ------------------------------------------------------------------------------------------- */

#ifdef DUSQ_WITH_SQLITE
static void fail(sqlite3_context *context, int n, sqlite3_value **values)
{
  (void)n;
  sqlite3_result_error_code(context, sqlite3_value_int(values[0]));
}

static dusq_result *add_fail(dusq_conn *conn, void *arg)
{
  (void)arg;
  CHECK_INT(sqlite3_create_function(dusq_conn_native(conn), "fail", 1, SQLITE_UTF8, NULL, fail, NULL, NULL), SQLITE_OK);
  return NULL;
}

static void test_sqlite(void)
{
  dusq_pool *pool = open_uri("sqlite::memory:?pool_size=1&busy_timeout=1ms");
  char code[CODE_SIZE], sql[100];
  for (size_t i = 0; i < ROWS; i++)
    for (const char *at = rows[i].sqlite; (at = next_code(at, code)) != NULL;) {
      if (!strcmp(code, "1"))
        continue;
      if (code[strlen(code) - 1] == '*') {
        say(&rows[i], "SQLite", code, dusq_classify(DUSQ_FLAVOUR_SQLITE, atoi(code), NULL, "x"));
        continue;
      }
      CHECK_STR(outcome(dusq_pool_run(pool, add_fail, NULL, NULL, NULL)), "");
      snprintf(sql, sizeof sql, "SELECT fail(%s)", code);
      check_error(&rows[i], "SQLite", code, dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL));
    }
  close_pool(pool);
}
#endif

/* A URI of the server that a variable names, with an option; or NULL. */
static inline dusq_pool *open_at(const char *variable)
{
  char uri[1000];
  const char *server = test_server(variable);
  if (!server)
    return NULL;
  snprintf(uri, sizeof uri, "%s%cpool_size=1", server, strchr(server, '?') ? '&' : '?');
  return open_uri(uri);
}

#ifdef DUSQ_WITH_POSTGRESQL
/* Codes of PostgreSQL; a starred one is an error of the session's own only if it is FATAL. */
static void test_postgresql(void)
{
  dusq_pool *pool = open_at("DUSQ_TEST_POSTGRESQL");
  char code[CODE_SIZE], sql[200];
  for (size_t i = 0; pool && i < ROWS; i++)
    for (const char *at = rows[i].postgresql; (at = next_code(at, code)) != NULL;) {
      if (code[5] == '*') {
        code[5] = '\0';
        say(&rows[i], "PostgreSQL", code, dusq_classify(DUSQ_FLAVOUR_POSTGRESQL, 0, code, "x"));
        continue;
      }
      snprintf(sql, sizeof sql, "DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '%s'; END $$", code);
      check_error(&rows[i], "PostgreSQL", code, dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL));
    }
  if (pool)
    close_pool(pool);
}
#endif

#ifdef DUSQ_WITH_MYSQL
/* The numbers that both have, and those of one behind its name. */
static void check_mysql(const char *variable, const char *name, int flavour)
{
  dusq_pool *pool = open_at(variable);
  char code[CODE_SIZE], sql[200];
  for (size_t i = 0; pool && i < ROWS; i++) {
    bool ours = true;
    for (const char *at = rows[i].mysql; (at = next_code(at, code)) != NULL;) {
      size_t len = strlen(code);
      char last = code[len - 1];
      if (last == ':')
        ours = !strncmp(code, name, len - 1) && strlen(name) == len - 1;
      if (last == ':' || !ours)
        continue;
      if (last == '*') {
        say(&rows[i], name, code, dusq_classify(flavour, atoi(code), NULL, "x"));
        continue;
      }
      snprintf(sql, sizeof sql, "SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = %s, MESSAGE_TEXT = 'on purpose'", code);
      check_error(&rows[i], name, code, dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL));
    }
  }
  if (pool)
    close_pool(pool);
}

static void test_mariadb(void)
{
  check_mysql("DUSQ_TEST_MARIADB", "MariaDB", DUSQ_FLAVOUR_MARIADB);
}

static void test_mysql(void)
{
  check_mysql("DUSQ_TEST_MYSQL", "MySQL", DUSQ_FLAVOUR_MYSQL);
}
#endif

/* ---- unknown outcomes ---------------------------------------------------------------------------------------------- */

/* The error of a write at which the given thing happened. */
static void check_unknown(dusq_status status, unsigned flags, unsigned lose, bool unknown)
{
  site s = site_open("pool_size=1&cancel_grace=5ms&batch=off");
  dusq_opts opts = DUSQ_OPTS_INIT;
  expect(site_query(s, "UPDATE t"), DUSQ_OK); /* so that there is a connection */
  ON(s, "INSERT *", .flags = flags, .lose = lose, .times = 1);
  if (status == DUSQ_E_TIMEDOUT)
    opts.timeout = DUSQ_SECOND; /* it must have been sent by then */
  dusq_future *future = dusq_pool_query(s.pool, "INSERT INTO t VALUES (1)", DUSQ_NO_PARAMS, &opts);
  if (flags & DUSQ_FAKE_HANG)
    CHECK_INT(dusq_fake_wait(s.fake, DUSQ_FAKE_HANGING, 1, LONG_WAIT), DUSQ_OK);
  if (status == DUSQ_E_CANCELED)
    dusq_future_cancel(future);
  expect_unknown(future, status, unknown);
  dusq_fake_release(s.fake);
  site_close(s);
}

/* What "may be" means: the write was sent, and its end was not seen; as soon as that was seen, it is not unknown. */
static void test_unknown(void)
{
  for (size_t i = 0; i < ROWS; i++) {
    dusq_status status = rows[i].status;
    if (rows[i].unknown[0] == 'n')
      continue;
    if (status == DUSQ_E_CONNECTION_LOST) {
      check_unknown(status, 0, DUSQ_FAKE_LOSE_AFTER_SEND, true);
      check_unknown(DUSQ_OK, 0, DUSQ_FAKE_LOSE_BEFORE_SEND, false);
    } else {
      check_unknown(status, DUSQ_FAKE_HANG | DUSQ_FAKE_DEAF, 0, true);
      check_unknown(status, DUSQ_FAKE_HANG, 0, false);
    }
  }
}

/* ---- the page ------------------------------------------------------------------------------------------------------ */

/* The page without the marks of cells that take several lines; to be freed. */
static char *read_page(void)
{
  FILE *file = fopen(TEST_SRCDIR "/../doc/dusq_error.3", "r");
  char *text = calloc(1, 100000), line[1000];
  size_t len = 0;
  CHECK(file && text);
  while (file && text && fgets(line, sizeof line, file)) {
    const char *from = line;
    if (!strncmp(line, "T}", 2)) {
      text[--len] = '\0'; /* the end of the cell's last line */
      from += 2;
    }
    size_t n = strcspn(from, "\n");
    bool opens = n >= 2 && !strncmp(from + n - 2, "T{", 2);
    len += (size_t)snprintf(text + len, 100000 - len, "%.*s%s", (int)(opens ? n - 2 : n), from, opens ? "" : "\n");
  }
  if (file)
    fclose(file);
  return text;
}

static void test_page(void)
{
  char *page = read_page(), line[1000];
  for (size_t i = 0; page && i < ROWS; i++) {
    const row *r = &rows[i];
    snprintf(line, sizeof line, "\n%s\t%s\t%s\t%s\t%s\t%s\n", r->name, r->retryable, r->unknown, r->sqlite,
             r->postgresql, r->mysql);
    if (!strstr(page, line))
      fprintf(stderr, "dusq_error(3) has not:%s", line);
    CHECK(strstr(page, line) != NULL);
  }
  free(page);
}

void suite_statuses(void);
void suite_statuses(void)
{
  test_suite("statuses");
#ifdef DUSQ_WITH_SQLITE
  test_case("sqlite", test_sqlite);
#endif
#ifdef DUSQ_WITH_POSTGRESQL
  test_case("postgresql", test_postgresql);
#endif
#ifdef DUSQ_WITH_MYSQL
  test_case("mariadb", test_mariadb);
  test_case("mysql", test_mysql);
#endif
  test_case("unknown outcomes", test_unknown);
  test_case("the page", test_page);
}
