/* lease.c - sessions that leave a mess of every kind, one after the other on the same connections, and each next one
 * finds a clean one: DUSQ_TEST_SCALE=10000 makes 50,000.                                                             */
#include "conform.h"
#include "support.h"
#include <pthread.h>

enum { THREADS = 2, LEASES = 250, MESSES = 12 };

typedef struct tenant {
  conform_site *site;
  uint32_t random;
  long leases;
} tenant;

static void leave(dusq_future *take_future)
{
  dusq_future_unref(take_future);
}

static void say(tenant *one, dusq_session *session, const char *sql)
{
  char *spelt = conform_sql(one->site, sql);
  leave(dusq_session_query(session, spelt, DUSQ_NO_PARAMS, NULL));
  free(spelt);
}

static void cancel_it(tenant *one, dusq_session *session)
{
  char *spelt = conform_sql(one->site, CONFORM_ENDLESS);
  dusq_future *endless = dusq_session_query(session, spelt, DUSQ_NO_PARAMS, NULL);
  free(spelt);
  (void)!dusq_future_wait(endless, test_draw(&one->random, 3) * CONFORM_MS);
  dusq_future_cancel(endless);
  dusq_future_unref(endless);
}

static void read_a_little(tenant *one, dusq_session *session)
{
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.prefetch = 10;
  const char *sql = test_draw(&one->random, 2) ? "SELECT i FROM t" : CONFORM_FIVE("1 AS n");
  dusq_stream *stream = dusq_session_stream(session, sql, DUSQ_NO_PARAMS, &opts);
  for (unsigned i = test_draw(&one->random, 3); i > 0; i--)
    leave(dusq_stream_next(stream));
  leave(dusq_stream_close(stream));
}

/* Nothing is waited for: the session is dropped with all of it still to be done. */
static void make_a_mess(tenant *one, dusq_session *session, unsigned kind)
{
  switch (kind) {
  case 0: /* a transaction that is open */
    leave(dusq_session_begin(session, NULL, NULL));
    say(one, session, "INSERT INTO t VALUES (1)");
    break;
  case 1: /* one that has failed */
    leave(dusq_session_begin(session, NULL, NULL));
    say(one, session, "INSERT INTO t VALUES (2)");
    say(one, session, "INSERT INTO no_such_table VALUES (1)");
    break;
  case 2: /* savepoints */
    leave(dusq_session_begin(session, NULL, NULL));
    leave(dusq_session_begin(session, NULL, NULL));
    say(one, session, "INSERT INTO t VALUES (3)");
    leave(dusq_session_commit(session));
    break;
  case 3: /* by words */
    say(one, session, "BEGIN");
    say(one, session, "INSERT INTO t VALUES (4)");
    break;
  case 4: /* settings */
    say(one, session, "{PRAGMA foreign_keys = off|SET search_path = pg_catalog|SET autocommit = 0}");
    break;
  case 5:
    say(one, session, "CREATE TEMPORARY TABLE mine (i INTEGER)");
    break;
  case 6:
    say(one, session, "{PRAGMA query_only = 1|SET default_transaction_read_only = on|SET SESSION TRANSACTION READ "
                      "ONLY}");
    break;
  case 7: /* something that is stopped, in a transaction */
    leave(dusq_session_begin(session, NULL, NULL));
    say(one, session, "INSERT INTO t VALUES (5)");
    cancel_it(one, session);
    break;
  case 8:
    say(one, session, "{SELECT 1|SELECT pg_advisory_lock(77)|SELECT GET_LOCK('dusq_lease', 0)}");
    break;
  case 9: /* a stream that is given up, in a transaction or not */
  case 10:
    if (kind == 9)
      leave(dusq_session_begin(session, NULL, NULL));
    read_a_little(one, session);
    break;
  default: /* nothing at all */
    break;
  }
}

static int64_t ask(tenant *one, dusq_session *session, const char *sql)
{
  char *spelt = conform_sql(one->site, sql);
  dusq_result *result = NULL;
  int64_t number = -1;
  if (!conform_settle(dusq_session_query(session, spelt, DUSQ_NO_PARAMS, NULL), &result))
    (void)!dusq_result_int(result, 0, 0, &number);
  dusq_result_unref(result);
  free(spelt);
  return number;
}

/* The table is found, empty but for what is committed (nothing), and can be written to in a transaction of one's own. */
static void check_clean(tenant *one, dusq_session *session)
{
  static const char as_it_was[] =
      "{SELECT foreign_keys = 1 FROM pragma_foreign_keys|SELECT current_setting('default_transaction_read_only') = "
      "'off' AND NOT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())|SELECT "
      "@@autocommit = 1 AND COALESCE(IS_USED_LOCK('dusq_lease'), 0) <> CONNECTION_ID()}";
  CHECK_INT(dusq_session_transaction(session), DUSQ_TX_NONE);
  CHECK_INT(ask(one, session, "SELECT count(*) FROM t"), 0);
  CHECK_INT(ask(one, session, as_it_was), 1);
  CHECK_INT(ask(one, session, "SELECT count(*) FROM mine"), -1);
  CHECK_INT(conform_settle(dusq_session_begin(session, NULL, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_session_query(session, "INSERT INTO t VALUES (9)", DUSQ_NO_PARAMS, NULL), NULL),
            DUSQ_OK);
  CHECK_INT(conform_settle(dusq_session_rollback(session), NULL), DUSQ_OK);
}

static void *rent(void *arg)
{
  tenant *one = arg;
  unsigned mess = MESSES;
  for (long i = 0; i < one->leases; i++) {
    dusq_session *session = dusq_pool_session(one->site->pool, NULL);
    unsigned failures = CU_get_number_of_failures();
    check_clean(one, session);
    if (CU_get_number_of_failures() != failures)
      printf("    lease %ld of %s was not clean; before it, mess %u\n", i, one->site->backend->name, mess);
    mess = test_draw(&one->random, MESSES);
    make_a_mess(one, session, mess);
    dusq_session_unref(session);
  }
  return NULL;
}

static void run_leases(size_t which)
{
  if (conform_absent(&conform_backends[which]))
    return;
  conform_site site = conform_open(&conform_backends[which], "batch=on", "pool_size=2");
  CHECK_INT(conform_run(&site, "CREATE TABLE t (i INTEGER)"), DUSQ_OK);
  tenant tenants[THREADS];
  pthread_t threads[THREADS];
  for (uint32_t i = 0; i < THREADS; i++) {
    tenants[i] = (tenant){.site = &site, .random = i * 7919 + 1, .leases = test_scale(LEASES)};
    CHECK_INT(pthread_create(&threads[i], NULL, rent, &tenants[i]), 0);
  }
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  CHECK_INT(conform_number(&site, "SELECT count(*) FROM t"), 0);
  conform_close(&site);
}

#define ON(name, which)         \
  static void on_##name(void)   \
  {                             \
    run_leases(which);          \
  }
ON(file, CONFORM_AT_FILE)
ON(memory, CONFORM_AT_MEMORY)
ON(postgresql, CONFORM_AT_POSTGRESQL)
ON(mariadb, CONFORM_AT_MARIADB)
ON(mysql, CONFORM_AT_MYSQL)

void suite_lease(void)
{
  test_suite("lease");
  test_case("sqlite file", on_file);
  test_case("sqlite memory", on_memory);
  test_case("postgresql", on_postgresql);
  test_case("mariadb", on_mariadb);
  test_case("mysql", on_mysql);
}
