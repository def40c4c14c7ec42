/* fault_alloc.c - memory runs short at the n-th allocation, for n = 1, 2, ..., once and for ever after, in every call.
 *
 * A scenario is prepared with memory, acts without, and is cleared away with memory again.  Nothing may crash; every
 * call says DUSQ_OK or DUSQ_E_NOMEM; every future settles; what was given is freed once; and at the end as many blocks
 * are out as at the beginning.  The library's threads allocate as well, so n is not the same place every time.       */
#include "rig.h"
#include <sched.h>

enum { MOST = 2000 };

typedef struct scene {
  site s;
  dusq_promise *p[2];
  dusq_future *f[2];
  dusq_cq *queue;
  tally t;
  int due;       /* how often tally_free is to be called */
  dusq_pool *own;
} scene;

/* ---- asserting --------------------------------------------------------------------------------------------------- */
static void short_or(dusq_status status, dusq_status expected)
{
  if (status != DUSQ_E_NOMEM)
    CHECK_INT(status, expected);
}

static void short_or_ok(dusq_status status)
{
  short_or(status, DUSQ_OK);
}

/* Settles, and drops it. */
static void settles(dusq_future *take, dusq_status expected)
{
  CHECK(take != NULL);
  CHECK_INT(dusq_future_wait(take, LONG_WAIT), DUSQ_OK);
  short_or(dusq_future_status(take), expected);
  if (dusq_future_status(take))
    CHECK(strlen(dusq_error_message(dusq_future_error(take))) > 0);
  dusq_future_unref(take);
}

static bool back_to(long live)
{
  int64_t until = test_now() + LONG_WAIT;
  while (test_alloc_live() != live && test_now() < until)
    sched_yield(); /* threads of the library that are on their way out */
  return test_alloc_live() == live;
}

typedef void part_fn(scene *s);

static void run(part_fn *prepare, part_fn *act, part_fn *clear)
{
  for (int forever = 0; forever < 2; forever++) {
    bool failed = true;
    for (long n = 1; failed && n < MOST; n++) {
      long live = test_alloc_live();
      scene s = {.t = TALLY_INIT};
      if (prepare)
        prepare(&s);
      test_alloc_fail(n, forever);
      act(&s);
      failed = test_alloc_failed();
      test_alloc_fail(0, false);
      if (clear)
        clear(&s);
      CHECK(tally_wait_freed(&s.t, s.due));
      if (!back_to(live))
        CHECK_INT(test_alloc_live(), live);
      CHECK_INT(tally_freed(&s.t), s.due);
    }
    CHECK(!failed); /* it came to an end without one */
  }
}

/* ---- data -------------------------------------------------------------------------------------------------------- */
static void act_data(scene *s)
{
  (void)s;
  static const char *const names[] = {"a", "a name that is rather long"};
  char text[3000];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  dusq_value row[] = {dusq_int(1), dusq_text(text)};
  dusq_result *r = dusq_result_new(2, names);
  for (int i = 0; i < 40 && r; i++)
    short_or_ok(dusq_result_append(r, row));
  if (r)
    short_or_ok(dusq_result_set_counts(r, 1, 1));
  dusq_result_unref(r);
  dusq_error *error = dusq_error_new(DUSQ_E_UNIQUE, "23505", 1, "%s", "twice");
  short_or(dusq_error_status(error), DUSQ_E_UNIQUE);
  dusq_error_unref(error);
}

static void test_data(void)
{
  run(NULL, act_data, NULL);
}

/* ---- promises and what is made of futures ------------------------------------------------------------------------ */
static void act_promise(scene *s)
{
  dusq_promise *p;
  for (int i = 0; i < 4; i++) {
    dusq_future *f = rig_pending(&p);
    if (!p) {
      settles(f, DUSQ_E_NOMEM);
      continue;
    }
    dusq_status status = dusq_promise_on_cancel(p, tally_hook, &s->t, tally_free);
    short_or_ok(status);
    s->due += !status;
    if (i == 0)
      dusq_future_cancel(f);
    if (i == 1)
      dusq_promise_reject(p, DUSQ_E_DATA, "22000", "no. %d", i);
    else if (i == 2)
      dusq_promise_resolve(p, rig_result(1));
    else
      dusq_promise_drop(p);
    settles(f, i == 1 ? DUSQ_E_DATA : i == 2 ? DUSQ_OK : DUSQ_E_ABANDONED);
  }
}

static void test_promise(void)
{
  run(NULL, act_promise, NULL);
}

static void prepare_two(scene *s)
{
  for (int i = 0; i < 2; i++)
    s->f[i] = rig_pending(&s->p[i]);
}

static dusq_future *give_another(dusq_future *done, void *arg)
{
  (void)done;
  (void)arg;
  return rig_ok(1);
}

static void act_combine(scene *s)
{
  dusq_future *made[8];
  made[0] = dusq_future_all(s->f, 2, DUSQ_ALL_FAIL_FAST);
  made[1] = dusq_future_all(s->f, 2, DUSQ_ALL_COLLECT);
  made[2] = dusq_future_any(s->f, 2);
  made[3] = dusq_future_shield(s->f[0]);
  made[4] = dusq_future_timeout(s->f[0], LONG_WAIT, LONG_WAIT);
  made[5] = dusq_future_then(s->f[0], NULL, give_another, &s->t, tally_free);
  made[6] = dusq_future_then(made[2], NULL, give_another, &s->t, tally_free);
  made[7] = dusq_future_timeout(s->f[1], 0, 0);
  s->due = 2;
  CHECK_INT(dusq_future_wait(made[7], LONG_WAIT), DUSQ_OK);
  dusq_promise_resolve(s->p[0], NULL);
  dusq_promise_reject_error(s->p[1], dusq_error_new(DUSQ_E_DATA, NULL, 0, "x"));
  settles(made[0], DUSQ_E_DATA);
  settles(made[1], DUSQ_OK);
  for (int i = 2; i < 7; i++)
    settles(made[i], DUSQ_OK);
  settles(made[7], DUSQ_E_TIMEDOUT);
}

static void clear_two(scene *s)
{
  for (int i = 0; i < 2; i++)
    dusq_future_unref(s->f[i]);
}

static void test_combine(void)
{
  run(prepare_two, act_combine, clear_two);
}

static void act_wait(scene *s)
{
  dusq_as_completed *it;
  dusq_future *out;
  bool done[2];
  short_or(dusq_future_wait(s->f[0], 1), DUSQ_E_TIMEDOUT);
  short_or(dusq_future_wait_many(s->f, 2, DUSQ_FIRST_COMPLETED, 1, done), DUSQ_E_TIMEDOUT);
  CHECK(!done[0] && !done[1]);
  dusq_status status = dusq_as_completed_new(s->f, 2, &it);
  short_or_ok(status);
  dusq_promise_resolve(s->p[1], NULL);
  if (!status) {
    CHECK_INT(dusq_as_completed_next(it, 0, &out), DUSQ_OK);
    CHECK(out == s->f[1]);
    dusq_future_unref(out);
  }
  dusq_as_completed_free(it);
  CHECK_INT(dusq_future_wait_many(s->f, 2, DUSQ_FIRST_COMPLETED, LONG_WAIT, done), DUSQ_OK);
  dusq_promise_drop(s->p[0]);
}

static void test_wait(void)
{
  run(prepare_two, act_wait, clear_two);
}

/* ---- callbacks --------------------------------------------------------------------------------------------------- */
static void act_callbacks(scene *s)
{
  dusq_cq *queue;
  int registered = 0;
  dusq_status made = dusq_cq_new(&queue);
  short_or_ok(made);
  for (int i = 0; i < 4; i++) {
    dusq_status status = dusq_future_on_done(s->f[i % 2], i < 2 ? NULL : queue, tally_done, &s->t, tally_free);
    short_or_ok(status);
    s->due += !status;
    registered += !status && i >= 2 && queue;
  }
  dusq_promise_resolve(s->p[0], NULL);
  dusq_promise_drop(s->p[1]);
  if (queue)
    CHECK_INT(dusq_cq_dispatch(queue, 0, 0), registered);
  dusq_cq_unref(queue);
}

static void test_callbacks(void)
{
  run(prepare_two, act_callbacks, clear_two);
}

static void prepare_queue(scene *s)
{
  prepare_two(s);
  CHECK_INT(dusq_cq_new(&s->queue), DUSQ_OK);
  for (int i = 0; i < 2; i++)
    CHECK_INT(dusq_future_on_done(s->f[i], s->queue, tally_done, &s->t, tally_free), DUSQ_OK);
  dusq_promise_resolve(s->p[0], NULL);
  s->due = 2;
}

/* Each callback runs once, though there is no memory for the thread that has to do it. */
static void act_close_queue(scene *s)
{
  dusq_cq_unref(s->queue);
  dusq_promise_resolve(s->p[1], NULL);
}

static void test_close_queue(void)
{
  run(prepare_queue, act_close_queue, clear_two);
}

/* ---- pools ------------------------------------------------------------------------------------------------------- */
static void act_open(scene *s)
{
  dusq_pool *pool;
  dusq_error *error = NULL;
  (void)s;
  dusq_config *config = dusq_config_new("fake:?pool_size=2&name=small");
  dusq_status set = dusq_config_set(config, "queue_limit", "10");
  short_or_ok(set);
  short_or(dusq_config_set(config, "nonsense", "1") ? DUSQ_E_URI : DUSQ_OK, DUSQ_E_URI);
  dusq_config_free(config);
  config = dusq_config_new("fake:?pool_size=2&name=small");
  set = dusq_config_set_int(config, "queue_limit", 10);
  dusq_status status = dusq_pool_open(config, &pool, &error);
  short_or_ok(status);
  CHECK(!set || status); /* what could not be set is not forgotten */
  CHECK_INT(dusq_error_status(error), status);
  CHECK((pool == NULL) == (status != DUSQ_OK));
  dusq_error_unref(error);
  dusq_config_free(config);
  dusq_pool_unref(pool);
  short_or(dusq_pool_open_uri("bogus://u:p@h/x", &pool, &error), DUSQ_E_URI);
  dusq_error_unref(error);
}

static void test_open(void)
{
  run(NULL, act_open, NULL);
}

static void prepare_pool(scene *s)
{
  s->s = site_open("pool_size=1&cancel_grace=20s");
}

static void prepare_warm_pool(scene *s)
{
  s->s = site_open("pool_size=1&cancel_grace=20s");
  expect(site_query(s->s, "UPDATE 0"), DUSQ_OK);
}

static void prepare_batch_pool(scene *s)
{
  s->s = site_open("pool_size=2&cancel_grace=20s&batch_min=1");
}

static void clear_pool(scene *s)
{
  dusq_status status = DUSQ_E_NOMEM;
  for (int i = 0; i < 10 && status == DUSQ_E_NOMEM; i++) { /* an attempt to connect may just be failing */
    dusq_future *f = site_query(s->s, "UPDATE last");
    CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
    status = dusq_future_status(f);
    dusq_future_unref(f);
  }
  CHECK_INT(status, DUSQ_OK); /* the pool has come to no harm */
  site_close(s->s);
}

static dusq_result *job(dusq_conn *conn, void *arg)
{
  dusq_result *r = NULL;
  dusq_error *error = NULL;
  (void)arg;
  dusq_status status = dusq_conn_query(conn, "SELECT :a", DUSQ_PARAMS(dusq_named("a", dusq_text("x"))), &r, &error);
  short_or_ok(status);
  CHECK_INT(dusq_error_status(error), status);
  dusq_result_unref(r);
  if (error)
    dusq_conn_fail(conn, error);
  status = dusq_conn_script(conn, "UPDATE 1; UPDATE 2", &r, NULL);
  short_or_ok(status);
  dusq_result_unref(r);
  return rig_result(1);
}

static void act_pool(scene *s)
{
  dusq_pool *pool = s->s.pool;
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.timeout = LONG_WAIT;
  opts.label = "with a label";
  dusq_value rows[] = {dusq_text("abc"), dusq_int(1), dusq_text("def"), dusq_int(2)};
  dusq_value named[] = {dusq_named("b", dusq_int(2)), dusq_named("a", dusq_text("long enough to be copied"))};
  settles(dusq_pool_query(pool, "SELECT :a, :b, :a", 2, named, &opts), DUSQ_OK);
  settles(dusq_pool_query(pool, "UPDATE t SET a = ?", 1, rows, &opts), DUSQ_OK);
  settles(dusq_pool_query(pool, "UPDATE t SET a = ?", DUSQ_NO_PARAMS, NULL), DUSQ_E_PARAMS);
  settles(dusq_pool_query(pool, "UPDATE 'unfinished", DUSQ_NO_PARAMS, NULL), DUSQ_E_SYNTAX);
  settles(dusq_pool_script(pool, "UPDATE 1; UPDATE 2", &opts), DUSQ_OK);
  settles(dusq_pool_many(pool, "INSERT INTO t VALUES (?, ?)", 2, 2, rows, &opts), DUSQ_OK);
  settles(dusq_pool_run(pool, job, &s->t, tally_free, &opts), DUSQ_OK);
  s->due++;
}

static void test_pool(void)
{
  run(prepare_pool, act_pool, clear_pool);
}

static void test_warm_pool(void)
{
  run(prepare_warm_pool, act_pool, clear_pool);
}

/* Several at once, one of them cancelled. */
static void act_batch(scene *s)
{
  dusq_future *f[12];
  for (int i = 0; i < 12; i++)
    f[i] = dusq_pool_query(s->s.pool, i % 2 ? "UPDATE t ?" : "SELECT ?", DUSQ_PARAMS(dusq_int(i)), NULL);
  dusq_future *all = dusq_future_all(f, 12, DUSQ_ALL_COLLECT);
  dusq_future_cancel(f[11]);
  CHECK_INT(dusq_future_wait(f[11], LONG_WAIT), DUSQ_OK);
  dusq_future_unref(f[11]);
  for (int i = 0; i < 11; i++)
    settles(f[i], DUSQ_OK);
  settles(all, DUSQ_OK);
}

static void test_batch(void)
{
  run(prepare_batch_pool, act_batch, clear_pool);
}

/* A transaction is done as a whole or not at all, whichever call of it finds no memory. */
static void act_session(scene *s)
{
  dusq_session *session = dusq_pool_session(s->s.pool, NULL);
  if (!session)
    return;
  dusq_future *all[] = {dusq_session_begin(session, NULL, NULL),
                        dusq_session_query(session, "INSERT INTO t VALUES (?)", DUSQ_PARAMS(dusq_int(1)), NULL),
                        dusq_session_query(session, "INSERT INTO t VALUES (2)", DUSQ_NO_PARAMS, NULL),
                        dusq_session_commit(session)};
  bool failed = false;
  for (int i = 0; i < 4; i++) {
    CHECK_INT(dusq_future_wait(all[i], LONG_WAIT), DUSQ_OK);
    dusq_status status = dusq_future_status(all[i]);
    CHECK(!status || status == DUSQ_E_NOMEM || (failed && status == DUSQ_E_TX_ABORTED));
    CHECK(!failed || status || i != 3); /* nothing is committed after that */
    failed |= status != DUSQ_OK;
    dusq_future_unref(all[i]);
  }
  dusq_future *end = dusq_session_close(session);
  settles(end, DUSQ_OK);
  dusq_session_unref(session);
  const dusq_step steps[] = {{"INSERT INTO t VALUES (?)", DUSQ_PARAMS(dusq_int(3))}, {"SELECT 1", DUSQ_NO_PARAMS}};
  settles(dusq_pool_transact_steps(s->s.pool, steps, 2, NULL, NULL), DUSQ_OK);
}

static void test_session(void)
{
  run(prepare_pool, act_session, clear_pool);
}

static void prepare_stream(scene *s)
{
  enum { ROWS = 30 };
  static const char *const name = "n";
  dusq_value cells[ROWS];
  for (int i = 0; i < ROWS; i++)
    cells[i] = dusq_int(i);
  prepare_pool(s);
  ON(s->s, "SELECT n", .cols = 1, .names = &name, .rows = ROWS, .cells = cells);
}

/* What comes are the first rows, and then the end or the want of memory. */
static void act_stream(scene *s)
{
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.prefetch = 8;
  dusq_stream *stream = dusq_pool_stream(s->s.pool, "SELECT n", DUSQ_NO_PARAMS, &opts);
  int64_t next = 0;
  size_t rows = 1;
  for (int asked = 0; rows && asked < 12; asked++) {
    dusq_future *batch = dusq_stream_next(stream);
    dusq_result *result = NULL;
    CHECK_INT(dusq_future_wait(batch, LONG_WAIT), DUSQ_OK);
    dusq_status status = dusq_future_get(batch, &result);
    CHECK(!status || status == DUSQ_E_NOMEM);
    rows = status ? 1 : dusq_result_rows(result);
    for (size_t row = 0; !status && row < rows; row++, next++) {
      int64_t n = -1;
      CHECK_INT(dusq_result_int(result, row, 0, &n), DUSQ_OK);
      CHECK_INT(n, next);
    }
    dusq_result_unref(result);
    dusq_future_unref(batch);
  }
  settles(dusq_stream_close(stream), DUSQ_OK);
}

static void test_stream(void)
{
  run(prepare_stream, act_stream, clear_pool);
}

static void prepare_faulty_pool(scene *s)
{
  s->s = site_open("pool_size=1&cancel_grace=1ms");
  ON(s->s, "UPDATE lost", .lose = DUSQ_FAKE_LOSE_AFTER_SEND);
  ON(s->s, "UPDATE bad", .status = DUSQ_E_UNIQUE, .detail = "of some kind", .constraint = "c", .table = "t");
  ON(s->s, "UPDATE deaf", .flags = DUSQ_FAKE_HANG | DUSQ_FAKE_DEAF);
}

/* The ways in which things go wrong, when there is no memory for saying so. */
static void act_faults(scene *s)
{
  dusq_value row = dusq_int(1);
  settles(site_query(s->s, "UPDATE lost"), DUSQ_E_CONNECTION_LOST);
  settles(site_query(s->s, "UPDATE bad"), DUSQ_E_UNIQUE);
  settles(dusq_pool_script(s->s.pool, "UPDATE 1; UPDATE bad", NULL), DUSQ_E_UNIQUE);
  settles(dusq_pool_many(s->s.pool, "UPDATE bad", 0, 1, &row, NULL), DUSQ_E_UNIQUE);
  settles(site_query_with(s->s, "UPDATE deaf", 1 * MS, 0), DUSQ_E_TIMEDOUT);
  dusq_fake_release(s->s.fake);
}

static void clear_faulty_pool(scene *s)
{
  dusq_fake_clear(s->s.fake);
  dusq_fake_release(s->s.fake);
  clear_pool(s);
}

static void test_faults(void)
{
  run(prepare_faulty_pool, act_faults, clear_faulty_pool);
}

static void prepare_busy_pool(scene *s)
{
  s->s = site_open("pool_size=1&cancel_grace=20s");
  ON(s->s, "UPDATE 0", .flags = DUSQ_FAKE_HANG);
  s->f[0] = site_query(s->s, "UPDATE 0");
  site_reached(s->s, DUSQ_FAKE_HANGING, 1);
  s->f[1] = dusq_pool_run(s->s.pool, job, &s->t, tally_free, NULL);
  s->due = 1;
}

static void act_close(scene *s)
{
  dusq_future *closing = dusq_pool_close(s->s.pool, 0);
  settles(site_query(s->s, "UPDATE 1"), DUSQ_E_CLOSED);
  CHECK_INT(dusq_future_wait(closing, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(closing), DUSQ_OK); /* closing needs no memory */
  dusq_future_unref(closing);
}

static void clear_busy_pool(scene *s)
{
  for (int i = 0; i < 2; i++)
    settles(s->f[i], DUSQ_E_CLOSED);
  site_left(s->s);
}

static void test_close(void)
{
  run(prepare_busy_pool, act_close, clear_busy_pool);
}

#ifdef DUSQ_WITH_SQLITE
/* SQLite allocates as it pleases; what is refused is the library's own. */
static void act_sqlite(scene *s)
{
  dusq_error *error = NULL;
  dusq_status status = dusq_pool_open_uri("sqlite::memory:", &s->own, &error);
  short_or_ok(status);
  dusq_error_unref(error);
  if (status)
    return;
  dusq_value rows[] = {dusq_text("abc"), dusq_text("def")};
  dusq_future *f = dusq_pool_script(s->own, "CREATE TABLE t(a TEXT UNIQUE); INSERT INTO t VALUES ('x')", NULL);
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  bool made = dusq_future_status(f) == DUSQ_OK;
  settles(f, DUSQ_OK);
  f = dusq_pool_many(s->own, "INSERT INTO t VALUES (?)", 1, 2, rows, NULL);
  if (made) {
    settles(f, DUSQ_OK);
    settles(dusq_pool_query(s->own, "INSERT INTO t VALUES ('x')", DUSQ_NO_PARAMS, NULL), DUSQ_E_UNIQUE);
    settles(dusq_pool_query(s->own, "SELECT a, rowid FROM t", DUSQ_NO_PARAMS, NULL), DUSQ_OK);
    return;
  }
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  dusq_future_unref(f);
}

static void clear_sqlite(scene *s)
{
  if (!s->own)
    return;
  expect(dusq_pool_close(s->own, 0), DUSQ_OK);
  dusq_pool_unref(s->own);
}

static void test_sqlite(void)
{
  run(NULL, act_sqlite, clear_sqlite);
}
#endif

void suite_fault_alloc(void);
void suite_fault_alloc(void)
{
  test_suite("fault_alloc");
  test_case("data", test_data);
  test_case("promise", test_promise);
  test_case("combine", test_combine);
  test_case("wait", test_wait);
  test_case("callbacks", test_callbacks);
  test_case("close_queue", test_close_queue);
  test_case("open", test_open);
  test_case("pool", test_pool);
  test_case("warm_pool", test_warm_pool);
  test_case("batch", test_batch);
  test_case("session", test_session);
  test_case("stream", test_stream);
  test_case("faults", test_faults);
  test_case("close", test_close);
#ifdef DUSQ_WITH_SQLITE
  test_case("sqlite", test_sqlite);
#endif
}
