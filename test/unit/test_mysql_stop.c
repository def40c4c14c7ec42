/* test_mysql_stop.c - the MySQL backend: cancels, deadlines, and connections that are lost. */
#include "mysql_rig.h"
#include <signal.h>

static void nap(int64_t ns)
{
  const struct timespec time = {.tv_sec = (time_t)(ns / DUSQ_SECOND), .tv_nsec = (long)(ns % DUSQ_SECOND)};
  nanosleep(&time, NULL);
}

static dusq_future *start(dusq_pool *pool, const char *sql, int64_t timeout)
{
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.timeout = timeout;
  return dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, &opts);
}

/* Waits until some statement whose text is like this runs, or none does; false after `patience`. */
static bool processlist(dusq_pool *admin, const char *like, bool there, int64_t patience)
{
  char sql[300];
  snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%s' AND id <> "
                            "CONNECTION_ID()",
           like);
  int64_t until = test_now() + patience;
  while ((number(admin, sql) > 0) != there)
    if (test_now() > until)
      return false;
  return true;
}

/* Whether it has come to its SLEEP().  A KILL QUERY that finds it being prepared is without effect on what follows. */
static bool sleeps(dusq_pool *admin, int64_t id)
{
  char sql[120];
  snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM information_schema.processlist WHERE id = %d "
                            "AND state = 'User sleep'",
           (int)id);
  int64_t until = test_now() + LONG_WAIT;
  while (number(admin, sql) != 1)
    if (test_now() > until)
      return false;
  return true;
}

static void check_unknown(dusq_future *take, dusq_status status, bool unknown)
{
  dusq_error *error = failure(take);
  CHECK_STR(dusq_status_name(dusq_error_status(error)), dusq_status_name(status));
  CHECK_INT(dusq_error_unknown_outcome(error), unknown);
  dusq_error_unref(error);
}

/* ---- cancels ----------------------------------------------------------------------------------------------------- */

static void cancel(void)
{
  dusq_pool *pool = open_pool("pool_size=1" PATIENT), *admin = open_admin();
  int64_t id = number(pool, "SELECT CONNECTION_ID()");
  for (int round = 0; round < 3; round++) {
    dusq_future *future = start(pool, "SELECT 'sleeper', SLEEP(30)", 0);
    CHECK(processlist(admin, "%sleeper%SLEEP%", true, LONG_WAIT));
    int64_t began = test_now();
    dusq_future_cancel(future);
    CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
    CHECK(test_now() - began < DUSQ_SECOND + SOON);
    check_unknown(future, DUSQ_E_CANCELED, false);
    CHECK_INT(number(pool, "SELECT CONNECTION_ID()"), id);
  }
  close_pool(admin);
  close_pool(pool);
}
ON_EACH(cancel)

/* What a killed BENCHMARK() or SLEEP() ends with is no answer, whether it is prepared or not. */
static void no_false_answer(void)
{
  static const char *const texts[] = {"SELECT 'liar', BENCHMARK(2000000000, SHA2('x', 256))",
                                      "SELECT /* liar */ SLEEP(30)", "SELECT 'liar', SLEEP(30) UNION SELECT 2, 3"};
  dusq_pool *admin = open_admin();
  for (int cache = 0; cache < 2; cache++) {
    dusq_pool *pool = open_pool(cache ? "pool_size=1" PATIENT : "pool_size=1&stmt_cache=0" PATIENT);
    int64_t id = number(pool, "SELECT CONNECTION_ID()");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
      dusq_future *future = start(pool, texts[i], 0);
      CHECK(processlist(admin, "%liar%", true, LONG_WAIT));
      dusq_future_cancel(future);
      check_unknown(future, DUSQ_E_CANCELED, false);
      check_unknown(start(pool, texts[i], 200 * MS), DUSQ_E_TIMEDOUT, false);
      CHECK(processlist(admin, "%liar%", false, SOON));
    }
    CHECK_INT(number(pool, "SELECT CONNECTION_ID()"), id);
    close_pool(pool);
  }
  close_pool(admin);
}
ON_EACH(no_false_answer)

static void deadline(void)
{
  dusq_pool *pool = open_pool("pool_size=1" PATIENT), *admin = open_admin();
  int64_t id = number(pool, "SELECT CONNECTION_ID()");
  CHECK_STR(query(pool, "DROP TABLE IF EXISTS slow"), "0/0");
  CHECK_STR(query(pool, "CREATE TABLE slow(v INT)"), "0/0");
  CHECK_STR(query(pool, "INSERT INTO slow VALUES (1)"), "1/0");
  dusq_future *future = start(pool, "UPDATE slow SET v = 2 WHERE SLEEP(30) = 0 OR v = 1", 300 * MS);
  CHECK(processlist(admin, "UPDATE slow%", true, LONG_WAIT));
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  CHECK(processlist(admin, "UPDATE slow%", false, SOON));
  if (current->mariadb) {
    check_unknown(future, DUSQ_E_TIMEDOUT, false); /* the server has said that it was stopped */
    CHECK_INT(number(pool, "SELECT v FROM slow"), 1);
  } else {
    dusq_future_unref(future);
  }
  CHECK_INT(number(pool, "SELECT CONNECTION_ID()"), id);
  future = start(pool, "SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b,"
                       "information_schema.columns c",
                 300 * MS);
  check_unknown(future, DUSQ_E_TIMEDOUT, false);
  CHECK_INT(number(pool, "SELECT CONNECTION_ID()"), id);
  close_pool(admin);
  close_pool(pool);
}
ON_EACH(deadline)

/* Cancels that meet a statement at every point of its life: the next one is never hit. */
static void late_cancels(void)
{
  static const char *const victims[] = {"SELECT 1", "SELECT BENCHMARK(10000, SHA2('x', 256))",
                                        "SELECT COUNT(*) FROM information_schema.collations a,"
                                        "information_schema.collations b, information_schema.collations c"};
  dusq_pool *pool = open_pool("pool_size=1&batch=off" PATIENT);
  int64_t id = number(pool, "SELECT CONNECTION_ID()");
  long rounds = test_scale(500);
  int stopped = 0, hit = 0;
  uint32_t random = 7;
  for (long round = 0; round < rounds; round++) {
    random = random * 1664525u + 1013904223u;
    int64_t delay = random >> 12; /* up to 1 ms */
    dusq_future *victim = start(pool, victims[round % 3], 0);
    nap(delay);
    dusq_future_cancel(victim);
    dusq_future *next = start(pool, "SELECT SLEEP(0.002), 7", 0);
    CHECK_INT(dusq_future_wait(victim, LONG_WAIT), DUSQ_OK);
    stopped += dusq_future_status(victim) == DUSQ_E_CANCELED;
    CHECK_INT(dusq_future_wait(next, LONG_WAIT), DUSQ_OK);
    hit += rig_value(next) != 0; /* SLEEP that was killed gives 1, or an error */
    dusq_future_unref(victim);
    dusq_future_unref(next);
  }
  CHECK_INT(hit, 0);
  CHECK(stopped > 0);
  CHECK_INT(number(pool, "SELECT CONNECTION_ID()"), id);
  close_pool(pool);
}
ON_EACH(late_cancels)

static void cancel_many(void)
{
  enum { ROWS = 50 };
  dusq_value values[ROWS];
  dusq_pool *pool = open_pool("pool_size=1" PATIENT), *admin = open_admin();
  int64_t id = number(pool, "SELECT CONNECTION_ID()");
  for (int i = 0; i < ROWS; i++)
    values[i] = dusq_int(i);
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS slow_many; CREATE TABLE slow_many(v INT)"), "0/0 0/0");
  dusq_future *future = dusq_pool_many(pool, "INSERT INTO slow_many SELECT ? + SLEEP(0.2)", 1, ROWS, values, NULL);
  CHECK(processlist(admin, "INSERT INTO slow_many%", true, LONG_WAIT));
  dusq_future_cancel(future);
  check_unknown(future, DUSQ_E_CANCELED, false);
  CHECK_INT(number(pool, "SELECT COUNT(*) FROM slow_many"), 0);
  CHECK_INT(number(pool, "SELECT CONNECTION_ID()"), id);
  future = dusq_pool_script(pool, "SELECT 1; SELECT 'script', SLEEP(30); INSERT INTO slow_many VALUES (9)", NULL);
  CHECK(processlist(admin, "%script%SLEEP(30)", true, LONG_WAIT));
  dusq_future_cancel(future);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  if (current->mariadb)
    CHECK_INT(dusq_future_status(future), DUSQ_E_CANCELED);
  dusq_future_unref(future);
  CHECK_INT(number(pool, "SELECT CONNECTION_ID()"), id);
  close_pool(admin);
  close_pool(pool);
}
ON_EACH(cancel_many)

/* ---- lost connections -------------------------------------------------------------------------------------------- */

static void kill_session(dusq_pool *admin, const char *how, int64_t id)
{
  char sql[64];
  snprintf(sql, sizeof sql, "KILL %s %lld", how, (long long)id);
  CHECK_STR(query(admin, sql), "0/0");
}

static void killed_while_idle(void)
{
  dusq_pool *pool = open_pool("pool_size=1" PATIENT), *admin = open_admin();
  int64_t id = number(pool, "SELECT CONNECTION_ID()");
  kill_session(admin, "", id);
  nap(50 * MS);
  int64_t next = number(pool, "SELECT CONNECTION_ID()");
  CHECK(next > 0 && next != id);
  close_pool(admin);
  close_pool(pool);
}
ON_EACH(killed_while_idle)

static void killed_while_running(void)
{
  dusq_pool *pool = open_pool("pool_size=1" PATIENT), *admin = open_admin();
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS k; CREATE TABLE k(v INT)"), "0/0 0/0");
  int64_t id = number(pool, "SELECT CONNECTION_ID()");
  dusq_future *future = start(pool, "INSERT INTO k SELECT SLEEP(30)", 0);
  CHECK(sleeps(admin, id));
  kill_session(admin, "", id);
  check_unknown(future, DUSQ_E_CONNECTION_LOST, true);
  if (current->mariadb) /* MySQL's SLEEP ends with 1, and the row is there: the outcome is indeed not known */
    CHECK_INT(number(pool, "SELECT COUNT(*) FROM k"), 0);
  if (current->mariadb) { /* on MySQL somebody else's kill may come too late, and hit what comes next */
    id = number(pool, "SELECT CONNECTION_ID()");
    future = start(pool, "INSERT INTO k SELECT SLEEP(30)", 0);
    CHECK(sleeps(admin, id));
    kill_session(admin, "QUERY", id);
    check_unknown(future, DUSQ_E_CANCELED, false);
    CHECK_INT(number(pool, "SELECT CONNECTION_ID()"), id);
  }
  close_pool(admin);
  close_pool(pool);
}
ON_EACH(killed_while_running)

/* A server that does not answer: nobody waits longer than deadline and grace, and what is stuck is let go. */
static void stopped_server(void)
{
  char variable[64];
  snprintf(variable, sizeof variable, "%s_PID", current->variable);
  const char *text = getenv(variable);
  pid_t pid = text ? (pid_t)strtol(text, NULL, 10) : 0;
  dusq_pool *pool = open_pool("pool_size=1&cancel_grace=200ms");
  CHECK_STR(query(pool, "SELECT 1"), "0/0[int:1]");
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS k; CREATE TABLE k(v INT)"), "0/0 0/0");
  CHECK_STR(query(pool, "UPDATE k SET v = 1"), "0/0"); /* now it is prepared, and to be sent at once */
  if (pid > 1 && !kill(pid, SIGSTOP)) {
    nap(100 * MS); /* until all its threads have stopped */
    int64_t began = test_now();
    check_unknown(start(pool, "UPDATE k SET v = 1", 300 * MS), DUSQ_E_TIMEDOUT, true);
    CHECK(test_now() - began < DUSQ_SECOND);
    kill(pid, SIGCONT);
    CHECK_STR(query(pool, "SELECT 1"), "0/0[int:1]");
    CHECK_INT(kill(pid, SIGSTOP), 0);
    nap(100 * MS);
    dusq_future *future = start(pool, "DO 2", 0);
    nap(50 * MS);
    began = test_now();
    dusq_future *closed = dusq_pool_close(pool, 0);
    CHECK_INT(dusq_future_wait(closed, LONG_WAIT), DUSQ_OK);
    CHECK(test_now() - began < 2 * DUSQ_SECOND);
    dusq_future_unref(closed);
    CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
    dusq_future_unref(future);
    kill(pid, SIGCONT);
    dusq_pool_unref(pool);
  } else {
    CHECK(pool != NULL);
    close_pool(pool);
  }
}
ON_EACH(stopped_server)

/* A server that accepts and says nothing. */
static void test_silent_server(void)
{
  dusq_pool *pool = open_uri("mysql://u:p@192.0.2.1:3306/d?connect_timeout=1s&cancel_grace=200ms");
  int64_t began = test_now();
  dusq_error *error = failure(dusq_pool_query(pool, "SELECT 1", DUSQ_NO_PARAMS, NULL));
  CHECK_INT(dusq_error_status(error), DUSQ_E_CONNECT);
  CHECK(test_now() - began < 3 * DUSQ_SECOND);
  dusq_error_unref(error);
  close_pool(pool);
}

void suite_mysql_stop(void);
void suite_mysql_stop(void)
{
  test_suite("mysql_stop");
  test_case("cancel", test_cancel);
  test_case("deadline", test_deadline);
  test_case("no_false_answer", test_no_false_answer);
  test_case("late_cancels", test_late_cancels);
  test_case("cancel_many", test_cancel_many);
  test_case("killed_while_idle", test_killed_while_idle);
  test_case("killed_while_running", test_killed_while_running);
  test_case("stopped_server", test_stopped_server);
  test_case("silent_server", test_silent_server);
}
