/* test_postgres_stop.c - cancels, deadlines, lost connections and silent servers, on PostgreSQL. */
#include "unit/postgres_pools.h"
#include <signal.h>
#include <sys/types.h>

/* Sessions that execute something that this test's queries carry as a comment. */
static const char running[] = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%dusq stop%' "
                              "AND state = 'active' AND pid <> pg_backend_pid()";
static const char backend_pid[] = "SELECT pg_backend_pid()";

static dusq_future *submit(dusq_pool *pool, const char *sql, int64_t timeout, uint32_t flags)
{
  const dusq_opts opts = {.size = sizeof opts, .timeout = timeout, .flags = flags};
  return dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, &opts);
}

/* ---- cancels ------------------------------------------------------------------------------------------------------- */
/* The statement is stopped on the server, and the same connection answers next. */
static void test_cancel_running(void)
{
  dusq_pool *pool = open_server("pool_size=1&cancel_grace=10s"), *admin = open_admin();
  if (!pool || !admin)
    return;
  int64_t pid = number(pool, backend_pid);
  dusq_future *sleep = submit(pool, "SELECT pg_sleep(20) /* dusq stop */", 0, 0);
  CHECK(number_becomes(admin, running, 1, LONG_WAIT) >= 0);
  int64_t start = test_now();
  dusq_future_cancel(sleep);
  CHECK_STR(outcome(sleep), "CANCELED");
  CHECK(test_now() - start < DUSQ_SECOND);
  CHECK_INT(number(pool, backend_pid), pid);
  CHECK_INT(number(admin, running), 0);
  close_pool(pool);
  close_pool(admin);
}

static void test_deadline(void)
{
  dusq_pool *pool = open_server("pool_size=1&cancel_grace=10s"), *admin = open_admin();
  if (!pool || !admin)
    return;
  int64_t pid = number(pool, backend_pid);
  dusq_future *sleep = submit(pool, "SELECT pg_sleep(20) /* dusq stop */", 2 * DUSQ_SECOND, 0);
  CHECK(number_becomes(admin, running, 1, LONG_WAIT) >= 0);
  CHECK_STR(outcome(sleep), "TIMEDOUT");
  CHECK(number_becomes(admin, running, 0, 250 * MS) >= 0);
  CHECK_INT(number(pool, backend_pid), pid);
  close_pool(pool);
  close_pool(admin);
}

/* A cancel that comes when the statement is about to end must not hit the next one. */
static void test_late_cancels(void)
{
  enum { ROUNDS = 100 }; /* the conformance suite has more of it */
  dusq_pool *pool = open_server("pool_size=1&cancel_grace=10s");
  if (!pool)
    return;
  int64_t pid = number(pool, backend_pid);
  unsigned stopped = 0, hit = 0;
  long rounds = test_scale(ROUNDS);
  for (long i = 0; i < rounds; i++) {
    char sql[80];
    snprintf(sql, sizeof sql, "SELECT pg_sleep(%.4f) /* dusq stop */", (double)(i % 20) / 10000);
    dusq_future *first = submit(pool, sql, 0, DUSQ_NO_BATCH), *next = submit(pool, backend_pid, 0, DUSQ_NO_BATCH);
    (void)!dusq_future_wait(first, (i % 23) * MS / 10);
    dusq_future_cancel(first);
    CHECK_INT(dusq_future_wait(next, LONG_WAIT), DUSQ_OK);
    hit += dusq_future_status(next) != DUSQ_OK;
    CHECK_INT(dusq_future_wait(first, LONG_WAIT), DUSQ_OK);
    stopped += dusq_future_status(first) == DUSQ_E_CANCELED;
    dusq_future_unref(first);
    dusq_future_unref(next);
  }
  CHECK_INT(hit, 0);
  CHECK(stopped > 0 || rounds < ROUNDS);
  CHECK_INT(number(pool, backend_pid), pid);
  close_pool(pool);
}

/* In a pipeline the cancel of one may meet its neighbour, which then runs again. */
static void test_cancel_in_pipeline(void)
{
  enum { N = 24, ROUNDS = 40 };
  dusq_pool *pool = open_server("pool_size=1&batch_min=1&cancel_grace=10s");
  if (!pool)
    return;
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS pg_neighbours; CREATE TABLE pg_neighbours (n int)"), "0/0 0/0");
  int64_t pid = number(pool, backend_pid);
  int64_t expected = 0;
  for (long round = 0; round < test_scale(ROUNDS); round++) {
    dusq_future *futures[N];
    hold one;
    hold_writer(&one, pool, NULL);
    for (int i = 0; i < N; i++)
      futures[i] = submit(pool, "INSERT INTO pg_neighbours SELECT 1 FROM (SELECT pg_sleep(0.0005)) s", 0, 0);
    let_go(&one);
    dusq_future *victim = futures[round % N];
    (void)!dusq_future_wait(victim, (round % 12) * MS);
    dusq_future_cancel(victim);
    for (int i = 0; i < N; i++) {
      CHECK_INT(dusq_future_wait(futures[i], LONG_WAIT), DUSQ_OK);
      dusq_status status = dusq_future_status(futures[i]);
      CHECK(status == DUSQ_OK || (futures[i] == victim && status == DUSQ_E_CANCELED));
      expected += status == DUSQ_OK;
      dusq_future_unref(futures[i]);
    }
  }
  CHECK_INT(number(pool, "SELECT count(*) FROM pg_neighbours"), expected);
  CHECK_INT(number(pool, backend_pid), pid);
  CHECK_STR(query(pool, "DROP TABLE pg_neighbours"), "0/0");
  close_pool(pool);
}

/* ---- losses -------------------------------------------------------------------------------------------------------- */
static void kill_session(dusq_pool *admin, int64_t pid)
{
  char sql[80];
  snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d)", (int)pid);
  CHECK_STR(query(admin, sql), "0/0[true]");
  snprintf(sql, sizeof sql, "SELECT count(*) FROM pg_stat_activity WHERE pid = %d", (int)pid);
  CHECK(number_becomes(admin, sql, 0, LONG_WAIT) >= 0);
}

static void test_killed_when_idle(void)
{
  dusq_pool *pool = open_server("pool_size=1&cancel_grace=10s"), *admin = open_admin();
  if (!pool || !admin)
    return;
  for (int i = 0; i < 3; i++) {
    kill_session(admin, number(pool, backend_pid));
    CHECK_STR(query(pool, i % 2 ? "SELECT 1" : "UPDATE pg_class SET relname = relname WHERE false"),
              i % 2 ? "0/0[1]" : "PERMISSION"); /* seen before anything was sent, so nobody notices */
  }
  close_pool(pool);
  close_pool(admin);
}

static void test_killed_when_running(void)
{
  dusq_pool *pool = open_server("pool_size=1&cancel_grace=10s"), *admin = open_admin();
  if (!pool || !admin)
    return;
  for (int i = 0; i < 2; i++) {
    int64_t pid = number(pool, backend_pid);
    dusq_future *future = submit(pool, "SELECT pg_sleep(20) /* dusq stop */", 0, i ? DUSQ_READ_ONLY : 0);
    CHECK(number_becomes(admin, running, 1, LONG_WAIT) >= 0);
    kill_session(admin, pid);
    if (i) { /* what only reads is run again; then it is stopped */
      CHECK(number_becomes(admin, running, 1, LONG_WAIT) >= 0);
      dusq_future_cancel(future);
      CHECK_STR(outcome(future), "CANCELED");
      continue;
    }
    CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
    CHECK_INT(dusq_future_status(future), DUSQ_E_CONNECTION_LOST);
    CHECK(dusq_error_unknown_outcome(dusq_future_error(future)));
    CHECK(!dusq_error_retryable(dusq_future_error(future)));
    CHECK_STR(dusq_error_sqlstate(dusq_future_error(future)), "57P01");
    dusq_future_unref(future);
    CHECK_STR(query(pool, "SELECT 1"), "0/0[1]");
  }
  close_pool(pool);
  close_pool(admin);
}

/* Neighbours in a pipeline: those that had not been sent run elsewhere, the others are unknown. */
static void test_killed_in_pipeline(void)
{
  enum { N = 8 };
  dusq_pool *pool = open_server("pool_size=1&batch_min=1"), *admin = open_admin();
  if (!pool || !admin)
    return;
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS pg_killed; CREATE TABLE pg_killed (n int)"), "0/0 0/0");
  int64_t pid = number(pool, backend_pid);
  dusq_future *futures[N];
  hold one;
  hold_writer(&one, pool, NULL);
  for (int i = 0; i < N; i++)
    futures[i] = submit(pool, i == 3 ? "SELECT pg_sleep(20) /* dusq stop */" : "INSERT INTO pg_killed VALUES (1)", 0,
                        0);
  let_go(&one);
  CHECK(number_becomes(admin, running, 1, LONG_WAIT) >= 0);
  kill_session(admin, pid);
  int64_t least = 0, most = 0;
  for (int i = 0; i < N; i++) {
    CHECK_INT(dusq_future_wait(futures[i], LONG_WAIT), DUSQ_OK);
    dusq_status status = dusq_future_status(futures[i]);
    bool unknown = dusq_error_unknown_outcome(dusq_future_error(futures[i]));
    CHECK(status == DUSQ_OK || (status == DUSQ_E_CONNECTION_LOST && unknown));
    least += i != 3 && status == DUSQ_OK;
    most += i != 3 && (status == DUSQ_OK || unknown);
    dusq_future_unref(futures[i]);
  }
  int64_t rows = number(pool, "SELECT count(*) FROM pg_killed");
  CHECK(rows >= least && rows <= most);
  CHECK_STR(query(pool, "DROP TABLE pg_killed"), "0/0");
  close_pool(pool);
  close_pool(admin);
}

/* ---- a server that is silent --------------------------------------------------------------------------------------- */
/* The session's process is stopped: it takes the cancel's signal, and does nothing.  The caller waits for the deadline
 * and the grace, and no longer; the next statement gets another connection.                                         */
static void test_silent_server(void)
{
  dusq_pool *pool = open_server("pool_size=1&cancel_grace=200ms&connect_timeout=2s");
  if (!pool)
    return;
  pid_t pid = (pid_t)number(pool, backend_pid);
  if (kill(pid, SIGSTOP)) {
    test_skip("the server's processes belong to somebody else");
    close_pool(pool);
    return;
  }
  int64_t start = test_now();
  dusq_future *future = submit(pool, backend_pid, 300 * MS, 0); /* which is prepared already */
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  int64_t took = test_now() - start;
  CHECK_INT(dusq_future_status(future), DUSQ_E_TIMEDOUT);
  CHECK(dusq_error_unknown_outcome(dusq_future_error(future)));
  CHECK(took >= 300 * MS && took < 1500 * MS);
  dusq_future_unref(future);
  CHECK_STR(query(pool, "SELECT 1"), "0/0[1]");
  CHECK_INT(kill(pid, SIGCONT), 0);
  close_pool(pool);
}

void suite_postgres_stop(void);
void suite_postgres_stop(void)
{
  test_suite("postgres_stop");
  test_case("cancel_running", test_cancel_running);
  test_case("deadline", test_deadline);
  test_case("late_cancels", test_late_cancels);
  test_case("cancel_in_pipeline", test_cancel_in_pipeline);
  test_case("killed_when_idle", test_killed_when_idle);
  test_case("killed_when_running", test_killed_when_running);
  test_case("killed_in_pipeline", test_killed_in_pipeline);
  test_case("silent_server", test_silent_server);
}
