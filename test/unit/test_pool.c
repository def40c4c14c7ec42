/* test_pool.c - opening pools, their queue and its limits, jobs, numbers, and what a pool does with threads. */
#include "rig.h"
#include <ctype.h>
#include <dirent.h>
#include <sched.h>

/* ---- opening ----------------------------------------------------------------------------------------------------- */
static void check_refused(const char *uri, dusq_status expected, const char *part)
{
  dusq_pool *pool = (dusq_pool *)&expected;
  dusq_error *error = NULL;
  CHECK_INT(dusq_pool_open_uri(uri, &pool, &error), expected);
  CHECK(pool == NULL);
  CHECK_INT(dusq_error_status(error), expected);
  const char *message = dusq_error_message(error);
  CHECK(strlen(message) > 0);
  CHECK(strchr(message, '\n') == NULL);
  CHECK(strstr(message, "s3cr3t") == NULL);
  if (part && !strstr(message, part))
    CHECK_STR(message, part);
  dusq_error_unref(error);
  CHECK_INT(dusq_pool_open_uri(uri, &pool, NULL), expected);
}

static void test_open_errors(void)
{
  static const struct {
    const char *uri;
    dusq_status status;
    const char *part; /* that the message names */
  } cases[] = {
      {"", DUSQ_E_URI, NULL},
      {"nothing", DUSQ_E_URI, NULL},
      {"bogus://u:s3cr3t@host/db", DUSQ_E_URI, "bogus"},
      {"bogus:", DUSQ_E_URI, "bogus"},
      {"postgresql://u:s3cr3t@host/db", DUSQ_E_NOTSUP, "postgresql"},
      {"mysql+aiomysql://u:s3cr3t@host/db", DUSQ_E_NOTSUP, "mysql"},
      {"postgresql://u:s3cr3t@host:port/db", DUSQ_E_URI, NULL},
      {"postgresql://u:s3cr3t%zz@host/db", DUSQ_E_URI, NULL},
      {"fake:?nonsense=1", DUSQ_E_URI, "nonsense"},
      {"fake:?pool_size=0", DUSQ_E_URI, "pool_size"},
      {"fake:?pool_size=many", DUSQ_E_URI, "pool_size"},
      {"fake:?pool_size=99999999999999999999", DUSQ_E_URI, "pool_size"},
      {"fake:?queue_limit=0", DUSQ_E_URI, "queue_limit"},
      {"fake:?queue_timeout=-1", DUSQ_E_URI, "queue_timeout"},
      {"fake:?queue_timeout=3parsecs", DUSQ_E_URI, "queue_timeout"},
      {"fake:?batch=perhaps", DUSQ_E_URI, "batch"},
      {"fake:?reset=everything", DUSQ_E_URI, "reset"},
      {"fake:?stack_size=1", DUSQ_E_URI, "stack_size"},
      {"fake:?max_result_bytes=1QiB", DUSQ_E_URI, "max_result_bytes"},
      {"fake:no-such-fake?password=s3cr3t", DUSQ_E_URI, "no-such-fake"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    if (cases[i].status != DUSQ_E_NOTSUP || !dusq_has_backend(cases[i].part)) /* of what was not built in */
      check_refused(cases[i].uri, cases[i].status, cases[i].part);
  CHECK(test_threads_settle(RIG_THREADS)); /* what did not open leaves nothing behind */
}

static void test_open_arguments(void)
{
  dusq_error *error = NULL;
  dusq_pool *pool;
  CHECK_INT(dusq_pool_open_uri("fake:", NULL, &error), DUSQ_E_INVAL);
  CHECK_INT(dusq_error_status(error), DUSQ_E_INVAL);
  dusq_error_unref(error);
  check_refused(NULL, DUSQ_E_URI, NULL);
  CHECK_INT(dusq_pool_open(NULL, &pool, NULL), DUSQ_E_NOMEM);
  dusq_config *config = dusq_config_new("fake:?pool_size=3");
  CHECK_INT(dusq_config_set(config, "nonsense", "1"), DUSQ_E_URI);
  CHECK_INT(dusq_config_set(config, "pool_size", "0"), DUSQ_E_URI);
  CHECK_INT(dusq_pool_open(config, &pool, &error), DUSQ_E_URI); /* a mistake stays a mistake, and the first is told */
  CHECK(strstr(dusq_error_message(error), "nonsense") != NULL);
  dusq_error_unref(error);
  dusq_config_free(config);
  config = dusq_config_new("fake:?pool_size=3");
  CHECK_INT(dusq_config_set_int(config, "pool_size", 2), DUSQ_OK);
  CHECK_INT(dusq_pool_open(config, &pool, &error), DUSQ_OK);
  CHECK(error == NULL);
  dusq_config_free(config);
  CHECK(dusq_pool_ref(pool) == pool);
  CHECK(dusq_pool_unref(pool) == NULL);
  CHECK(dusq_pool_unref(pool) == NULL);
  CHECK(dusq_pool_ref(NULL) == NULL);
  CHECK(dusq_pool_unref(NULL) == NULL);
}

/* ---- what a call refuses ----------------------------------------------------------------------------------------- */
static dusq_result *no_job(dusq_conn *conn, void *arg)
{
  (void)conn;
  if (arg)
    tally_add(arg);
  return NULL;
}

static void test_bad_calls(void)
{
  site s = site_open("");
  dusq_opts flags = DUSQ_OPTS_INIT, time = DUSQ_OPTS_INIT, size = DUSQ_OPTS_INIT;
  flags.flags = 1u << 20;
  time.timeout = -1;
  size.size = 3;
  const dusq_opts *bad[] = {&flags, &time, &size};
  dusq_value v = dusq_int(1);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    expect(dusq_pool_query(s.pool, "SELECT 1", DUSQ_NO_PARAMS, bad[i]), DUSQ_E_INVAL);
    expect(dusq_pool_script(s.pool, "SELECT 1", bad[i]), DUSQ_E_INVAL);
    expect(dusq_pool_many(s.pool, "SELECT ?", 1, 1, &v, bad[i]), DUSQ_E_INVAL);
    expect(dusq_pool_run(s.pool, no_job, NULL, NULL, bad[i]), DUSQ_E_INVAL);
  }
  expect(dusq_pool_query(NULL, "SELECT 1", DUSQ_NO_PARAMS, NULL), DUSQ_E_INVAL);
  expect(dusq_pool_query(s.pool, NULL, DUSQ_NO_PARAMS, NULL), DUSQ_E_INVAL);
  expect(dusq_pool_query(s.pool, "SELECT ?", 1, NULL, NULL), DUSQ_E_INVAL);
  expect(dusq_pool_query(s.pool, "SELECT ?", DUSQ_NO_PARAMS, NULL), DUSQ_E_PARAMS);
  expect(dusq_pool_query(s.pool, "SELECT ?", DUSQ_PARAMS(v, v), NULL), DUSQ_E_PARAMS);
  expect(dusq_pool_script(s.pool, NULL, NULL), DUSQ_E_INVAL);
  expect(dusq_pool_script(NULL, "x", NULL), DUSQ_E_INVAL);
  expect(dusq_pool_many(s.pool, "INSERT INTO t VALUES (?)", 1, 2, NULL, NULL), DUSQ_E_INVAL);
  expect(dusq_pool_many(s.pool, "INSERT INTO t VALUES (?)", SIZE_MAX / 2, 3, &v, NULL), DUSQ_E_INVAL);
  expect(dusq_pool_many(NULL, "x", 1, 1, &v, NULL), DUSQ_E_INVAL);
  expect(dusq_pool_run(s.pool, NULL, NULL, NULL, NULL), DUSQ_E_INVAL);
  expect(dusq_pool_close(NULL, 0), DUSQ_E_INVAL);
  expect(dusq_pool_close(s.pool, -1), DUSQ_E_INVAL);
  CHECK_INT(site_stat(s, "submitted"), 0);
  CHECK_INT(site_stat(s, "workers"), 0);
  int64_t x;
  CHECK_INT(dusq_pool_stat(s.pool, "nonsense", &x), DUSQ_E_INVAL);
  CHECK_INT(dusq_pool_stat(s.pool, NULL, &x), DUSQ_E_INVAL);
  CHECK_INT(dusq_pool_stat(s.pool, "queued", NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_pool_stat(NULL, "queued", &x), DUSQ_E_INVAL);
  site_close(s);
}

/* ---- workers and the queue --------------------------------------------------------------------------------------- */
static void test_lazy_workers(void)
{
  CHECK(test_threads_settle(RIG_THREADS));
  site s = site_open("pool_size=3&batch=off");
  CHECK_INT(site_stat(s, "workers"), 0);
  CHECK_INT(site_count(s, DUSQ_FAKE_CONNECTS), 0);
  expect(site_query(s, "SELECT 1"), DUSQ_OK);
  CHECK_INT(site_stat(s, "workers"), 1);
  CHECK_INT(site_stat(s, "connections"), 1);
  for (int i = 0; i < 20; i++) {
    site_stat_reaches(s, "idle", 1);
    expect(site_query(s, "SELECT 1"), DUSQ_OK); /* one after another: one worker is enough */
  }
  CHECK_INT(site_stat(s, "workers"), 1);
  ON(s, "SELECT 2", .flags = DUSQ_FAKE_HANG);
  dusq_future *f[5];
  for (int i = 0; i < 5; i++)
    f[i] = site_query(s, "SELECT 2");
  site_reached(s, DUSQ_FAKE_HANGING, 3);
  CHECK_INT(site_stat(s, "workers"), 3); /* no more than pool_size */
  CHECK_INT(site_stat(s, "queued"), 2);
  CHECK_INT(site_stat(s, "running"), 3);
  CHECK_INT(dusq_fake_clear(s.fake), DUSQ_OK);
  CHECK_INT(dusq_fake_release(s.fake), 3);
  for (int i = 0; i < 5; i++)
    expect(f[i], DUSQ_OK);
  CHECK_INT(site_stat(s, "workers"), 3);
  site_close(s);
  CHECK(test_threads_settle(RIG_THREADS));
}

static void test_queue_limit(void)
{
  site s = site_open("pool_size=1&queue_limit=3&batch=off");
  ON(s, "SELECT 0", .flags = DUSQ_FAKE_HANG);
  dusq_future *first = site_query(s, "SELECT 0"), *f[3];
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  for (int i = 0; i < 3; i++)
    f[i] = site_query(s, "SELECT 1");
  tally t = TALLY_INIT;
  for (int i = 0; i < 4; i++) {
    dusq_future *refused = i % 2 ? dusq_pool_run(s.pool, no_job, &t, tally_free, NULL) : site_query(s, "SELECT 2");
    CHECK_INT(dusq_future_status(refused), DUSQ_E_BUSY); /* at once */
    CHECK(dusq_error_retryable(dusq_future_error(refused)));
    dusq_future_unref(refused);
  }
  CHECK_INT(tally_freed(&t), 2);
  dusq_future_cancel(f[1]);
  expect(f[1], DUSQ_E_CANCELED);
  f[1] = site_query(s, "SELECT 1"); /* there is room again */
  CHECK_INT(dusq_future_status(f[1]), DUSQ_E_PENDING);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect(first, DUSQ_OK);
  for (int i = 0; i < 3; i++)
    expect(f[i], DUSQ_OK);
  CHECK_INT(dusq_fake_ran(s.fake, "SELECT 1"), 3);
  CHECK_INT(dusq_fake_ran(s.fake, "SELECT 2"), 0);
  CHECK_INT(site_stat(s, "submitted"), 5);
  site_close(s);
}

static void test_fifo(void)
{
  site s = site_open("pool_size=1");
  ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  dusq_future *first = site_query(s, "UPDATE 0"), *f[50];
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  for (int i = 0; i < 50; i++)
    f[i] = dusq_pool_query(s.pool, "UPDATE t SET x = ?", DUSQ_PARAMS(dusq_int(i)), NULL);
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect(first, DUSQ_OK);
  int wrong = 0;
  for (int i = 0; i < 50; i++) {
    char is[64], should[64];
    expect(f[i], DUSQ_OK);
    dusq_fake_history(s.fake, (size_t)i + 1, is, sizeof is);
    snprintf(should, sizeof should, "UPDATE t SET x = ? [%d]", i);
    wrong += strcmp(is, should) != 0;
  }
  CHECK_INT(wrong, 0);
  site_close(s);
}

/* ---- jobs -------------------------------------------------------------------------------------------------------- */
typedef struct waits {
  dusq_future *pending, *of_pool;
  dusq_pool *pool;
  dusq_status status[4];
  int dispatched;
} waits;

/* Every wait that could block a worker says so at once. */
static dusq_result *wait_in_job(dusq_conn *conn, void *arg)
{
  waits *w = arg;
  (void)conn;
  dusq_as_completed *it = NULL;
  dusq_future *out, *own = dusq_pool_query(w->pool, "SELECT 1", DUSQ_NO_PARAMS, NULL);
  dusq_cq *queue = NULL;
  w->status[0] = dusq_future_wait(w->pending, DUSQ_FOREVER);
  w->status[1] = dusq_future_wait_many(&w->pending, 1, DUSQ_FIRST_COMPLETED, DUSQ_FOREVER, NULL);
  if (!dusq_as_completed_new(&w->pending, 1, &it))
    w->status[2] = dusq_as_completed_next(it, DUSQ_FOREVER, &out);
  w->status[3] = dusq_future_wait(own, DUSQ_FOREVER); /* this one would never end */
  if (!dusq_cq_new(&queue))
    w->dispatched = dusq_cq_dispatch(queue, 0, DUSQ_FOREVER);
  dusq_cq_unref(queue);
  dusq_as_completed_free(it);
  w->of_pool = own;
  return rig_result(dusq_future_wait(w->pending, 0));
}

static void test_deadlock(void)
{
  site s = site_open("pool_size=1");
  dusq_promise *p;
  waits w = {.pending = rig_pending(&p), .pool = s.pool};
  expect_value(dusq_pool_run(s.pool, wait_in_job, &w, NULL, NULL), DUSQ_E_DEADLOCK);
  for (int i = 0; i < 4; i++)
    CHECK_INT(w.status[i], DUSQ_E_DEADLOCK);
  CHECK_INT(w.dispatched, -1);
  expect(w.of_pool, DUSQ_OK);
  rig_resolve(p, 1);
  expect(w.pending, DUSQ_OK);
  site_close(s);
}

static dusq_result *fail_job(dusq_conn *conn, void *arg)
{
  tally_add(arg);
  dusq_conn_fail(conn, dusq_error_new(DUSQ_E_DATA, NULL, 0, "first"));
  dusq_conn_fail(conn, dusq_error_new(DUSQ_E_CHECK, NULL, 7, "second"));
  return rig_result(1); /* is dropped */
}

static void test_free_arg_once(void)
{
  site s = site_open("pool_size=1&queue_limit=2");
  tally t = TALLY_INIT;
  dusq_opts bad = DUSQ_OPTS_INIT, soon = DUSQ_OPTS_INIT;
  bad.timeout = -1;
  soon.timeout = 1;
  expect(dusq_pool_run(NULL, no_job, &t, tally_free, NULL), DUSQ_E_INVAL);
  expect(dusq_pool_run(s.pool, NULL, &t, tally_free, NULL), DUSQ_E_INVAL);
  expect(dusq_pool_run(s.pool, no_job, &t, tally_free, &bad), DUSQ_E_INVAL);
  CHECK_INT(tally_freed(&t), 3);
  expect(dusq_pool_run(s.pool, no_job, &t, tally_free, NULL), DUSQ_OK);
  expect(dusq_pool_run(s.pool, fail_job, &t, tally_free, NULL), DUSQ_E_CHECK);
  CHECK_INT(tally_count(&t), 2);
  CHECK_INT(tally_freed(&t), 5); /* before it settles */
  ON(s, "SELECT 0", .flags = DUSQ_FAKE_HANG);
  dusq_future *first = site_query(s, "SELECT 0");
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  dusq_future *f = dusq_pool_run(s.pool, no_job, &t, tally_free, NULL);
  dusq_future_cancel(f);
  expect(f, DUSQ_E_CANCELED);
  CHECK_INT(tally_freed(&t), 6);
  expect(dusq_pool_run(s.pool, no_job, &t, tally_free, &soon), DUSQ_E_TIMEDOUT);
  CHECK_INT(tally_freed(&t), 7);
  f = dusq_pool_run(s.pool, no_job, &t, tally_free, NULL);
  dusq_future *g = dusq_pool_run(s.pool, no_job, &t, tally_free, NULL);
  expect(dusq_pool_run(s.pool, no_job, &t, tally_free, NULL), DUSQ_E_BUSY);
  CHECK_INT(tally_freed(&t), 8);
  expect(dusq_pool_close(s.pool, 0), DUSQ_OK);
  expect(first, DUSQ_E_CLOSED);
  expect(f, DUSQ_E_CLOSED);
  expect(g, DUSQ_E_CLOSED);
  expect(dusq_pool_run(s.pool, no_job, &t, tally_free, NULL), DUSQ_E_CLOSED);
  CHECK_INT(tally_freed(&t), 11);
  CHECK_INT(tally_count(&t), 2);
  site_left(s);
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */
static void check_sum(site s)
{
  CHECK_INT(site_stat(s, "submitted"), site_stat(s, "settled") + site_stat(s, "queued") + site_stat(s, "running"));
}

static void test_numbers(void)
{
  site s = site_open("pool_size=2&batch=off");
  ON(s, "SELECT 0", .flags = DUSQ_FAKE_HANG);
  ON(s, "BAD", .status = DUSQ_E_SYNTAX);
  dusq_future *f[6];
  for (int i = 0; i < 6; i++)
    f[i] = site_query(s, "SELECT 0");
  site_reached(s, DUSQ_FAKE_HANGING, 2);
  check_sum(s);
  CHECK_INT(site_stat(s, "running"), 2);
  CHECK_INT(site_stat(s, "queued"), 4);
  dusq_future_cancel(f[5]);
  check_sum(s);
  CHECK_INT(site_stat(s, "queued"), 3);
  CHECK_INT(site_stat(s, "canceled"), 1);
  dusq_fake_clear(s.fake);
  ON(s, "BAD", .status = DUSQ_E_SYNTAX);
  CHECK_INT(dusq_fake_release(s.fake), 2);
  for (int i = 0; i < 6; i++)
    expect(f[i], i == 5 ? DUSQ_E_CANCELED : DUSQ_OK);
  expect(site_query(s, "BAD"), DUSQ_E_SYNTAX);
  check_sum(s);
  CHECK_INT(site_stat(s, "submitted"), 7);
  CHECK_INT(site_stat(s, "failed"), 1);
  CHECK_INT(site_stat(s, "canceled"), 1);
  CHECK_INT(site_stat(s, "refused"), 0);
  CHECK_INT(site_stat(s, "connects"), 2);
  CHECK_INT(site_stat(s, "connect_errors"), 0);
  CHECK_INT(site_stat(s, "statements"), 2);
  CHECK(site_stat(s, "queue_ns") > 0);
  CHECK(site_stat(s, "run_ns") > 0);
  site_close(s);
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */
/* How many threads whose name begins so do not block every signal that can be blocked; *n: how many there are. */
static int careless_threads(const char *name, int *n)
{
  DIR *tasks = opendir("/proc/self/task");
  int careless = 0;
  *n = 0;
  for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
    char path[300], line[200];
    unsigned long long blocked = 0;
    bool ours = false;
    snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
    FILE *status = isdigit((unsigned char)entry->d_name[0]) ? fopen(path, "r") : NULL;
    while (status && fgets(line, sizeof line, status)) {
      ours |= strncmp(line, "Name:\t", 6) == 0 && strncmp(line + 6, name, strlen(name)) == 0;
      if (strncmp(line, "SigBlk:", 7) == 0)
        blocked = strtoull(line + 7, NULL, 16);
    }
    if (status)
      fclose(status);
    *n += ours;
    careless += ours && (blocked & 0x7ffbfeff) != 0x7ffbfeff; /* 1 to 31 without KILL and STOP */
  }
  if (tasks)
    closedir(tasks);
  return careless;
}

static void test_signals_are_blocked(void)
{
  if (test_threads() < 0)
    return; /* no /proc */
  site s = site_open("pool_size=1&name=quiet");
  tally t = TALLY_INIT;
  dusq_future *f = site_query(s, "SELECT 1");
  CHECK_INT(dusq_future_on_done(f, NULL, tally_done, &t, tally_free), DUSQ_OK);
  CHECK(tally_wait_freed(&t, 1));
  int n, careless = careless_threads("quiet:", &n);
  for (int64_t end = test_now() + 5 * DUSQ_SECOND; n < 3 && test_now() < end; careless = careless_threads("quiet:", &n))
    sched_yield(); /* a thread gives itself its name when it first runs */
  CHECK_INT(careless, 0);
  CHECK_INT(n, 3); /* worker, notifier, timer */
  expect(f, DUSQ_OK);
  site_close(s);
}

/* ---- errors that nobody looks at --------------------------------------------------------------------------------- */
static void test_unseen_errors(void)
{
  journal log = JOURNAL_INIT;
  site s = site_open_logged("pool_size=1", &log);
  ON(s, "BAD", .status = DUSQ_E_UNIQUE, .message = "so many of them");
  dusq_future *seen = site_query(s, "BAD"), *unseen = site_query(s, "BAD");
  CHECK_INT(dusq_future_wait(unseen, LONG_WAIT), DUSQ_OK);
  expect(seen, DUSQ_E_UNIQUE);
  CHECK_INT(journal_lines(&log), 0);
  dusq_future_unref(unseen);
  CHECK_INT(journal_lines(&log), 1);
  CHECK(journal_has(&log, "so many of them"));
  ON(s, "SELECT 0", .flags = DUSQ_FAKE_HANG);
  dusq_future *f = site_query(s, "SELECT 0");
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  dusq_future_cancel(f);
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  dusq_future_unref(f); /* a cancellation that was asked for is no news */
  site_close(s);
  CHECK_INT(journal_lines(&log), 1);
}

/* ---- slow writes ------------------------------------------------------------------------------------------------- */
enum { SLOW = 20 };

/* How many of SLOW that wait for a lone writer go to a batch, once it is known how long they take. */
static int64_t batched_of(int64_t delay, int64_t *batches)
{
  site s = site_open("pool_size=1");
  ON(s, "UPDATE 1", .delay = delay);
  ON(s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  expect(site_query(s, "UPDATE 1"), DUSQ_OK);
  dusq_future *first = site_query(s, "UPDATE 0"), *f[SLOW];
  site_reached(s, DUSQ_FAKE_HANGING, 1);
  for (int i = 0; i < SLOW; i++)
    f[i] = site_query(s, "UPDATE 1");
  CHECK_INT(dusq_fake_release(s.fake), 1);
  expect(first, DUSQ_OK);
  for (int i = 0; i < SLOW; i++)
    expect(f[i], DUSQ_OK);
  int64_t batched = site_stat(s, "batched");
  *batches = site_stat(s, "batches");
  site_close(s);
  return batched;
}

/* On a slow disk a commit is slow, and that is what a batch has but one of.  What takes long itself stays alone. */
static void test_slow_writes(void)
{
  int64_t batches;
  int64_t batched = batched_of(2 * MS, &batches);
  CHECK(batched >= 2);
  CHECK(batched <= 16 * batches); /* not all at once */
  CHECK_INT(batched_of(60 * MS, &batches), 0);
}

void suite_pool(void);
void suite_pool(void)
{
  test_suite("pool");
  test_case("open_errors", test_open_errors);
  test_case("open_arguments", test_open_arguments);
  test_case("bad_calls", test_bad_calls);
  test_case("lazy_workers", test_lazy_workers);
  test_case("queue_limit", test_queue_limit);
  test_case("fifo", test_fifo);
  test_case("slow_writes", test_slow_writes);
  test_case("deadlock", test_deadlock);
  test_case("free_arg_once", test_free_arg_once);
  test_case("numbers", test_numbers);
  test_case("signals_are_blocked", test_signals_are_blocked);
  test_case("unseen_errors", test_unseen_errors);
}
