/* test_mysql_hosts.c - hosts that answer, but cannot be used: a pool goes on with the next one of its URI. */
#include "unit/mysql_play.h"
#include "unit/mysql_rig.h"

/* The peers have no TLS, without which the tests' MySQL lets nobody in, and a method that libmysqlclient 9 has not. */
static bool is_possible(void)
{
  dusq_pool *pool = NULL;
  bool connector_c = dusq_pool_open_uri("mysql://h/d?sslmode=require", &pool, NULL) == DUSQ_E_CONFIG;
  dusq_pool_unref(pool);
  if (!connector_c || !current->mariadb)
    test_skip("the script is MariaDB's, for Connector/C");
  return connector_c && current->mariadb;
}

/* A host up to the first statement. */
static void begin_host(play *p, const char *version)
{
  p->nsteps = p->used = 0;
  greet(p, version, "mysql_native_password");
  step(p, PEER_PACKET);
  say_ok(p, 2);
  answer_who(p);
  answer_settings(p);
}

static void answer_writable(play *p)
{
  static const char column[] = "\3def\0\0\0\1x\0\x0c\x2d\0\x40\0\0\0\xfd\0\0\0\0";
  step(p, PEER_PACKET);
  SAY(p, 1, "\2");
  say(p, 2, column, sizeof column);
  say(p, 3, column, sizeof column);
  SAY(p, 4, "\xfe\0\0\2\0");
  SAY(p, 5, "\1" "0" "\3" "OFF");
  SAY(p, 6, "\xfe\0\0\2\0");
}

/* The URI of the server with a peer before or behind it. */
static void with_peer(char out[URI_SIZE], const peer *one, bool first, const char *options)
{
  const char *uri = uri_of("", options), *at = strrchr(uri, '@'), *slash = strchr(at, '/');
  if (first)
    snprintf(out, URI_SIZE, "%.*s@127.0.0.1:%u,%s", (int)(at - uri), uri, one->port, at + 1);
  else
    snprintf(out, URI_SIZE, "%.*s,127.0.0.1:%u%s", (int)(slash - uri), uri, one->port, slash);
}

/* ---- a node that is not ready ------------------------------------------------------------------------------------ */

static void check_unready(const char *version, bool as_script)
{
  static play p;
  static peer one;
  char uri[URI_SIZE];
  begin_host(&p, version);
  step(&p, PEER_PACKET);
  SAY(&p, 1, "\xff\x17\x04" "#08S01" "WSREP has not yet prepared node for application use");
  step(&p, PEER_HOLD);
  if (!peer_play(&one, p.steps, p.nsteps))
    return;
  with_peer(uri, &one, true, "pool_size=1&sslmode=disable");
  dusq_pool *pool = open_uri(uri);
  dusq_error *error = failure(as_script ? dusq_pool_script(pool, "INSERT INTO t VALUES (1)", NULL)
                                        : dusq_pool_query(pool, "INSERT INTO t VALUES (1)", DUSQ_NO_PARAMS, NULL));
  CHECK_INT(dusq_error_status(error), DUSQ_E_CONNECT);
  CHECK_INT(dusq_error_native(error), 1047);
  CHECK(dusq_error_retryable(error) && !dusq_error_unknown_outcome(error));
  dusq_error_unref(error);
  CHECK_INT(number(pool, "SELECT 40 + 2"), 42); /* by the next host */
  dusq_future *future = dusq_pool_query(pool, "KILL CONNECTION_ID()", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  dusq_future_unref(future);
  CHECK_INT(number(pool, "SELECT 40 + 2"), 42); /* and so are the connects from then on */
  close_pool(pool);
  peer_end(&one);
  CHECK_INT(one.conns, 1);
}

static void unready(void)
{
  if (!is_possible())
    return;
  check_unready("8.0.99-cluster", false);
  check_unready("8.0.99-cluster", true);
  check_unready("10.11.0-MariaDB", false);
  check_unready("10.11.0-MariaDB", true);
}
ON_EACH(unready)

/* ---- a host that has become read-only ------------------------------------------------------------------------------ */

static void check_read_only(const char *options, bool moves)
{
  static play p;
  static peer one;
  char uri[URI_SIZE], all[200];
  begin_host(&p, "8.0.99-second");
  answer_writable(&p);
  step(&p, PEER_PACKET);
  say_ok(&p, 1);
  step(&p, PEER_HOLD);
  if (!peer_play(&one, p.steps, p.nsteps))
    return;
  snprintf(all, sizeof all, "pool_size=2&sslmode=disable%s", options);
  with_peer(uri, &one, false, all);
  dusq_pool *pool = open_uri(uri), *admin = open_admin();
  CHECK_STR(query(admin, "CREATE TABLE IF NOT EXISTS my_moved (n INT)"), "0/0");
  CHECK_STR(script(pool, "INSERT INTO my_moved VALUES (1)"), "1/0");
  CHECK_STR(query(admin, "SET GLOBAL read_only = 1"), "0/0");
  dusq_error *error = failure(dusq_pool_query(pool, "INSERT INTO my_moved VALUES (2)", DUSQ_NO_PARAMS, NULL));
  CHECK_INT(dusq_error_status(error), DUSQ_E_READ_ONLY);
  CHECK_INT(dusq_error_retryable(error), moves);
  CHECK(!dusq_error_unknown_outcome(error));
  dusq_error_unref(error);
  dusq_future *future = dusq_pool_script(pool, "INSERT INTO my_moved VALUES (3)", NULL);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(future), moves ? DUSQ_OK : DUSQ_E_READ_ONLY);
  dusq_future_unref(future);
  CHECK_STR(query(admin, "SET GLOBAL read_only = 0"), "0/0");
  CHECK_STR(query(admin, "DROP TABLE my_moved"), "0/0");
  close_pool(admin);
  close_pool(pool);
  peer_end(&one);
  CHECK_INT(one.conns, moves);
}

static void read_only(void)
{
  if (!is_possible())
    return;
  check_read_only("&target_session_attrs=read-write", true);
  check_read_only("", false);
}
ON_EACH(read_only)

void suite_mysql_hosts(void);
void suite_mysql_hosts(void)
{
  test_suite("mysql_hosts");
  test_case("unready", test_unready);
  test_case("read_only", test_read_only);
}
