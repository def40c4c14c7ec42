/* test_postgres_errors.c - what PostgreSQL's errors are: of connecting, with all their lines; of somebody else's
 * connection; and those that end the session.                                                                         */
#include "unit/peer.h"
#include "unit/postgres_pools.h"

enum { MESSAGE_SIZE = 600 };

/* An ErrorResponse (PG:protocol-error-fields): severity, SQLSTATE, text, and one more field, if any. */
static size_t make_error(char *out, const char *severity, const char *state, const char *text, char kind,
                         const char *more)
{
  size_t n = 5;
  const struct {
    char kind;
    const char *text;
  } fields[] = {{'S', severity}, {'V', severity}, {'C', state}, {'M', text}, {kind, more}};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (fields[i].text)
      n += (size_t)snprintf(out + n, MESSAGE_SIZE - n, "%c%s", fields[i].kind, fields[i].text) + 1;
  out[n++] = '\0';
  out[0] = 'E';
  out[1] = out[2] = '\0';
  out[3] = (char)((n - 1) >> 8);
  out[4] = (char)(n - 1);
  return n;
}

/* ---- connecting ---------------------------------------------------------------------------------------------------- */

/* The first line of a server's answer counts, whatever lines are behind it.  Where the server only asks for patience,
 * the request waits, as long as it may.                                                                               */
static void check_refusal(const char *state, const char *text, char kind, const char *more, dusq_status expected)
{
  static char bytes[MESSAGE_SIZE];
  size_t n = make_error(bytes, "FATAL", state, text, kind, more);
  const peer_step script[] = {{PEER_START, NULL, 0}, {PEER_SAY, bytes, n}, {PEER_HOLD, NULL, 0}};
  static peer one;
  char uri[200], message[MESSAGE_SIZE];
  if (!peer_play(&one, script, sizeof script / sizeof *script))
    return;
  snprintf(uri, sizeof uri, "postgresql://me@127.0.0.1:%u/db?sslmode=disable&connect_timeout=2s&queue_timeout=50ms",
           one.port);
  CHECK_INT(refusal(uri, message), expected);
  CHECK(strstr(message, text) && !strstr(message, more ? more : "\n"));
  CHECK(!strstr(message, state)); /* it has a field of its own */
  peer_end(&one);
}

static void test_refusals(void)
{
  static const char kinds[] = "DHW";
  for (const char *kind = kinds; *kind; kind++) {
    check_refusal("22023", "invalid value for parameter \"x\"", *kind, "Available values: a, b", DUSQ_E_DATA);
    check_refusal("57P03", "the database system is starting up", *kind, "Not yet: reached", DUSQ_E_SHUTDOWN);
    check_refusal("P0001", "not at night", *kind, "PL/pgSQL function f() line 3\nat RAISE:  12345: x", DUSQ_E_SQL);
    check_refusal("28P01", "password authentication failed", *kind, "LOCATION:  1", DUSQ_E_AUTH);
  }
  check_refusal("53300", "sorry, too many clients already", 'H', NULL, DUSQ_E_TOO_MANY_CONNECTIONS);
}

/* What poolers say in their own name, nearly all under 08P01: PgBouncer 1.18, and Supavisor. */
static void test_poolers(void)
{
  static const struct {
    const char *state, *text;
    dusq_status expected;
  } words[] = {
      {"08P01", "no more connections allowed (max_client_conn)", DUSQ_E_TOO_MANY_CONNECTIONS},
      {"08P01", "client connections exceeded (max_user_client_connections)", DUSQ_E_TOO_MANY_CONNECTIONS},
      {"08P01", "query_wait_timeout", DUSQ_E_TOO_MANY_CONNECTIONS},
      {"XX000", "MaxClientsInSessionMode: max clients reached", DUSQ_E_TOO_MANY_CONNECTIONS},
      {"XX000", "Max client connections reached", DUSQ_E_TOO_MANY_CONNECTIONS},
      {"08P01", "client_login_timeout (server down)", DUSQ_E_CONNECT},
      {"08P01", "server login has been failing, try again later (server_login_retry)", DUSQ_E_CONNECT},
      {"08P01", "pgbouncer cannot connect to server", DUSQ_E_CONNECT},
      {"08P01", "server shutting down", DUSQ_E_SHUTDOWN},
      {"08P01", "no such database: db", DUSQ_E_NO_SUCH_OBJECT},
      {"08P01", "no such user: me", DUSQ_E_AUTH},
      {"08P01", "unsupported startup parameter: options", DUSQ_E_CONFIG},
      {"08P01", "bouncer config error", DUSQ_E_CONFIG},
      {"08P01", "invalid startup packet layout", DUSQ_E_PROTOCOL},
  };
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    check_refusal(words[i].state, words[i].text, 'H', NULL, words[i].expected);
}

static void test_refused_option(void)
{
  char message[MESSAGE_SIZE];
  const char *uri = server_uri("DUSQ_TEST_POSTGRESQL", "options=-c%20backslash_quote%3Dfoo");
  if (!uri)
    return;
  CHECK_INT(refusal(uri, message), DUSQ_E_DATA);
  CHECK(strstr(message, "backslash_quote") != NULL);
}

/* ---- somebody else's connection ------------------------------------------------------------------------------------ */

/* An ERROR of class 08 or 57P is about another server (postgres_fdw, dblink), or is raised: this session lives. */
static void test_of_another(void)
{
  static const char *const states[] = {"08000", "08001", "08003", "08006", "08004", "08007", "57P01", "57P02", "57P05"};
  dusq_pool *pool = open_server("pool_size=1");
  if (!pool)
    return;
  int64_t pid = number(pool, "SELECT pg_backend_pid()");
  for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
    char sql[200];
    snprintf(sql, sizeof sql, "DO $$ BEGIN RAISE EXCEPTION 'far away' USING ERRCODE = '%s'; END $$", states[i]);
    dusq_future *future = dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
    CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
    const dusq_error *error = dusq_future_error(future);
    CHECK_INT(dusq_error_status(error), DUSQ_E_SQL);
    CHECK_STR(dusq_error_sqlstate(error), states[i]);
    CHECK(!dusq_error_retryable(error) && !dusq_error_unknown_outcome(error));
    dusq_future_unref(future);
  }
  CHECK_INT(number(pool, "SELECT pg_backend_pid()"), pid);
  close_pool(pool);
}

static void test_foreign_table(void)
{
  dusq_pool *admin = open_admin();
  if (!admin)
    return;
  if (strcmp(query(admin, "CREATE EXTENSION IF NOT EXISTS postgres_fdw"), "0/0") != 0) {
    test_skip("there is no postgres_fdw");
  } else {
    int64_t pid = number(admin, "SELECT pg_backend_pid()");
    CHECK_STR(script(admin, "CREATE SERVER pg_far FOREIGN DATA WRAPPER postgres_fdw "
                            "OPTIONS (host '127.0.0.1', port '1');"
                            "CREATE USER MAPPING FOR CURRENT_USER SERVER pg_far;"
                            "CREATE FOREIGN TABLE pg_far_away (n int) SERVER pg_far"),
              "0/0 0/0 0/0");
    CHECK_STR(query(admin, "SELECT * FROM pg_far_away"), "SQL");
    CHECK_STR(query(admin, "INSERT INTO pg_far_away VALUES (1)"), "SQL");
    CHECK_STR(query(admin, "DROP SERVER pg_far CASCADE"), "0/0");
    CHECK_INT(number(admin, "SELECT pg_backend_pid()"), pid);
  }
  close_pool(admin);
}

/* ---- what ends the session ----------------------------------------------------------------------------------------- */

#define KEY "K\0\0\0\x0c\0\0\0\1\0\0\0\2"
#define READY "Z\0\0\0\x05I"
#define SETTING(size, name, value) "S\0\0\0" size name "\0" value "\0"
#define WELCOME                                                                                                     \
  "R\0\0\0\x08\0\0\0\0" SETTING("\x17", "DateStyle", "ISO, MDY") SETTING("\x11", "TimeZone", "UTC")              \
  SETTING("\x19", "client_encoding", "UTF8") KEY READY

/* The server ends the session with an error while the statement runs. */
static void check_end(const char *state, const char *sql, dusq_status expected, bool unknown)
{
  static char bytes[MESSAGE_SIZE];
  size_t n = make_error(bytes, "FATAL", state, "terminating connection", 'H', NULL);
  const peer_step script[] = {
      {PEER_START, NULL, 0},   {PEER_SAY, WELCOME, sizeof WELCOME - 1},
      {PEER_MESSAGE, NULL, 0}, {PEER_MESSAGE, NULL, 0}, /* Parse, Bind, */
      {PEER_MESSAGE, NULL, 0}, {PEER_MESSAGE, NULL, 0}, /* Describe, Execute, */
      {PEER_MESSAGE, NULL, 0}, {PEER_SAY, bytes, n}};   /* Sync */
  static peer one;
  char uri[200];
  if (!peer_play(&one, script, sizeof script / sizeof *script))
    return;
  snprintf(uri, sizeof uri, "postgresql://me@127.0.0.1:%u/db?sslmode=disable&connect_timeout=2s&stmt_cache=0",
           one.port);
  dusq_pool *pool = open_uri(uri);
  dusq_future *future = dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  const dusq_error *error = dusq_future_error(future);
  CHECK_INT(dusq_error_status(error), expected);
  CHECK_STR(dusq_error_sqlstate(error), state);
  CHECK_INT(dusq_error_unknown_outcome(error), unknown);
  dusq_future_unref(future);
  close_pool(pool);
  peer_end(&one);
}

static void test_ends(void)
{
  check_end("25P04", "INSERT INTO t VALUES (1)", DUSQ_E_TIMEDOUT, false);
  check_end("25P03", "INSERT INTO t VALUES (1)", DUSQ_E_TIMEDOUT, false); /* it was idle when the statement came */
  check_end("25P04", "CALL with_commits()", DUSQ_E_TIMEDOUT, true);
  check_end("57P01", "INSERT INTO t VALUES (1)", DUSQ_E_CONNECTION_LOST, true);
}

/* ---- what a pooler refuses before it has reached a server ---------------------------------------------------------- */

static dusq_future *ask_by(dusq_pool *pool, int way)
{
  static const char sql[] = "INSERT INTO t VALUES (1)";
  const dusq_step steps[] = {{sql, DUSQ_NO_PARAMS}};
  const dusq_value rows[] = {dusq_int(1), dusq_int(2)};
  dusq_opts no_cache = {.size = sizeof no_cache, .flags = DUSQ_NO_CACHE};
  switch (way) {
  case 0:
    return dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
  case 1:
    return dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, &no_cache);
  case 2:
    return dusq_pool_script(pool, sql, NULL);
  case 3:
    return dusq_pool_many(pool, "INSERT INTO t VALUES (?)", 1, 2, rows, NULL);
  case 4:
    return dusq_pool_transact_steps(pool, steps, 1, NULL, NULL);
  default: {
    dusq_session *session = dusq_pool_session(pool, NULL);
    dusq_future *begin = dusq_session_begin(session, NULL, NULL);
    dusq_session_unref(session);
    return begin;
  }
  }
}

/* A pooler takes the connection before it has one to the server.  When it finds none in time, nothing has run. */
static void check_unreached(const char *text, dusq_status expected, int way)
{
  static char bytes[MESSAGE_SIZE];
  size_t n = make_error(bytes, "FATAL", "08P01", text, 'H', NULL);
  const peer_step script[] = {
      {PEER_START, NULL, 0}, {PEER_SAY, WELCOME, sizeof WELCOME - 1}, {PEER_MESSAGE, NULL, 0}, {PEER_SAY, bytes, n}};
  static peer one;
  char uri[200];
  if (!peer_play(&one, script, sizeof script / sizeof *script))
    return;
  snprintf(uri, sizeof uri, "postgresql://me@127.0.0.1:%u/db?sslmode=disable&connect_timeout=2s&pool_size=1", one.port);
  dusq_pool *pool = open_uri(uri);
  dusq_future *future = ask_by(pool, way);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  const dusq_error *error = dusq_future_error(future);
  char what[100];
  snprintf(what, sizeof what, "%s, way %d: %s", text, way, dusq_error_message(error));
  test_check_int(dusq_error_status(error), expected, what, __FILE__, __LINE__);
  test_check(dusq_error_retryable(error) && !dusq_error_unknown_outcome(error), what, __FILE__, __LINE__);
  dusq_future_unref(future);
  close_pool(pool);
  peer_end(&one);
}

static void test_unreached(void)
{
  for (int way = 0; way < 6; way++) {
    check_unreached("query_wait_timeout", DUSQ_E_TOO_MANY_CONNECTIONS, way);
    check_unreached("server login has been failing, try again later (server_login_retry)", DUSQ_E_CONNECT, way);
  }
}

/* The connection's own settings are its first statement, for which a pooler needs a server. */
static void test_unreached_settings(void)
{
  static const char welcome[] = "R\0\0\0\x08\0\0\0\0" SETTING("\x17", "DateStyle", "SQL, MDY") KEY READY;
  static char bytes[MESSAGE_SIZE];
  size_t n = make_error(bytes, "FATAL", "08P01", "query_wait_timeout", 'H', NULL);
  const peer_step script[] = {{PEER_START, NULL, 0}, {PEER_SAY, welcome, sizeof welcome - 1}, {PEER_MESSAGE, NULL, 0},
                              {PEER_SAY, bytes, n}};
  static peer one;
  char uri[200], message[MESSAGE_SIZE];
  if (!peer_play(&one, script, sizeof script / sizeof *script))
    return;
  snprintf(uri, sizeof uri, "postgresql://me@127.0.0.1:%u/db?sslmode=disable&queue_timeout=50ms", one.port);
  CHECK_INT(refusal(uri, message), DUSQ_E_TOO_MANY_CONNECTIONS);
  CHECK(strstr(message, "query_wait_timeout") != NULL);
  peer_end(&one);
}

void suite_postgres_errors(void);
void suite_postgres_errors(void)
{
  test_suite("postgres_errors");
  test_case("refusals", test_refusals);
  test_case("refused_option", test_refused_option);
  test_case("of_another", test_of_another);
  test_case("foreign_table", test_foreign_table);
  test_case("ends", test_ends);
  test_case("poolers", test_poolers);
  test_case("unreached", test_unreached);
  test_case("unreached_settings", test_unreached_settings);
}
