/* test_postgres_hosts.c - a server that has become read-only, where target_session_attrs asks for one that is not: the
 * pool goes on with the next host of its URI.                                                                         */
#include "unit/peer.h"
#include "unit/postgres_pools.h"

#define READY "Z\0\0\0\x05I"
#define SETTING(size, name, value) "S\0\0\0" size name "\0" value "\0"
#define WELCOME                                                                                                     \
  "R\0\0\0\x08\0\0\0\0" SETTING("\x17", "DateStyle", "ISO, MDY") SETTING("\x11", "TimeZone", "UTC")              \
  SETTING("\x18", "server_version", "15.0") SETTING("\x17", "in_hot_standby", "off")                             \
  SETTING("\x26", "default_transaction_read_only", "off") SETTING("\x19", "client_encoding", "UTF8")              \
  "K\0\0\0\x0c\0\0\0\1\0\0\0\2" READY
#define ANSWER "1\0\0\0\4" "2\0\0\0\4" "n\0\0\0\4" "C\0\0\0\x0fINSERT 0 7\0" READY

#define READS "SELECT (current_setting('default_transaction_read_only') = 'on')::int"

static bool play_second(peer *one)
{
  static const peer_step script[] = {
      {PEER_START, NULL, 0},   {PEER_SAY, WELCOME, sizeof WELCOME - 1},
      {PEER_MESSAGE, NULL, 0}, {PEER_MESSAGE, NULL, 0}, /* Parse, Bind, */
      {PEER_MESSAGE, NULL, 0}, {PEER_MESSAGE, NULL, 0}, /* Describe, Execute, */
      {PEER_MESSAGE, NULL, 0}, {PEER_SAY, ANSWER, sizeof ANSWER - 1}, {PEER_HOLD, NULL, 0}};
  return peer_play(one, script, sizeof script / sizeof *script);
}

static void with_second(char out[URI_SIZE], const peer *one, const char *options)
{
  const char *uri = server_uri("DUSQ_TEST_POSTGRESQL", NULL), *slash = strrchr(uri, '/');
  snprintf(out, URI_SIZE, "%.*s,127.0.0.1:%u%s?sslmode=disable&stmt_cache=0&%s", (int)(slash - uri), uri, one->port,
           slash, options);
}

/* Which sessions notice when they get the next statement. */
static void set_read_only(dusq_pool *admin, bool on)
{
  CHECK_STR(query(admin, on ? "ALTER SYSTEM SET default_transaction_read_only = on"
                            : "ALTER SYSTEM RESET default_transaction_read_only"), "0/0");
  CHECK_STR(query(admin, "SELECT pg_reload_conf()"), "0/0[true]");
  CHECK(number_becomes(admin, READS, on, LONG_WAIT) >= 0);
}

static dusq_future *insert(dusq_pool *pool, bool steps)
{
  static const char sql[] = "INSERT INTO pg_moved VALUES (2)";
  const dusq_step step = {sql, DUSQ_NO_PARAMS};
  dusq_tx_opts once = {.size = sizeof once, .attempts = 1};
  return steps ? dusq_pool_transact_steps(pool, &step, 1, &once, NULL)
               : dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
}

static void check_moves(const char *options, bool steps, bool moves)
{
  static peer one;
  char uri[URI_SIZE];
  if (!play_second(&one))
    return;
  with_second(uri, &one, options);
  dusq_pool *pool = open_uri(uri), *admin = open_admin();
  CHECK_STR(script(admin, "CREATE TABLE IF NOT EXISTS pg_moved (n int); GRANT ALL ON pg_moved TO PUBLIC"), "0/0 0/0");
  CHECK_STR(query(pool, "INSERT INTO pg_moved VALUES (1)"), "1/0");
  set_read_only(admin, true);
  CHECK(number_becomes(pool, READS, 1, LONG_WAIT) >= 0);
  dusq_future *future = insert(pool, steps);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  const dusq_error *error = dusq_future_error(future);
  CHECK_INT(dusq_error_status(error), DUSQ_E_READ_ONLY);
  CHECK_INT(dusq_error_retryable(error), moves);
  CHECK(!dusq_error_unknown_outcome(error));
  dusq_future_unref(future);
  CHECK_STR(query(pool, "INSERT INTO pg_moved VALUES (3)"), moves ? "7/0" : "READ_ONLY");
  set_read_only(admin, false);
  CHECK_STR(query(admin, "DROP TABLE pg_moved"), "0/0");
  close_pool(admin);
  close_pool(pool);
  peer_end(&one);
  CHECK_INT(one.conns > 0, moves);
}

static void test_read_only(void)
{
  if (!server_uri("DUSQ_TEST_POSTGRESQL", NULL))
    return;
  check_moves("pool_size=1&target_session_attrs=read-write", false, true);
  check_moves("pool_size=1&target_session_attrs=read-write", true, true);
  check_moves("pool_size=1&target_session_attrs=read-write&batch_min=1", false, true);
  check_moves("pool_size=1", false, false);
}

/* A transaction that the caller has begun as read-only says nothing about the server. */
static void test_own_read_only(void)
{
  dusq_pool *pool = open_server("pool_size=1&target_session_attrs=read-write");
  if (!pool)
    return;
  int64_t pid = number(pool, "SELECT pg_backend_pid()");
  CHECK_STR(script(pool, "BEGIN READ ONLY; CREATE TABLE pg_never (n int)"), "READ_ONLY");
  CHECK_INT(number(pool, "SELECT pg_backend_pid()"), pid);
  CHECK_STR(script(pool, "SET default_transaction_read_only = on; CREATE TABLE pg_never (n int)"), "READ_ONLY");
  CHECK_INT(number(pool, "SELECT pg_backend_pid()"), pid);
  close_pool(pool);
}

void suite_postgres_hosts(void);
void suite_postgres_hosts(void)
{
  test_suite("postgres_hosts");
  test_case("read_only", test_read_only);
  test_case("own_read_only", test_own_read_only);
}
