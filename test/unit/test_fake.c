/* test_fake.c - the scripted backend does what <dusq/fake.h> promises, seen through pools. */
#include "rig.h"
#include "unit/open.h"
#include <sys/wait.h>
#include <unistd.h>

/* ---- helpers ----------------------------------------------------------------------------------------------------- */
static dusq_pool *open_on(dusq_fake *fake, const char *options)
{
  char uri[200];
  snprintf(uri, sizeof uri, "%s%s%s", fake ? dusq_fake_uri(fake) : "fake:", options ? "?" : "", options ? options : "");
  return open_uri(uri);
}

static dusq_fake *new_fake(void)
{
  dusq_fake *fake = NULL;
  CHECK_INT(dusq_fake_new(&fake), DUSQ_OK);
  return fake;
}

/* What is left behind when all is over: nothing; and the library has kept to the rules. */
static void end(dusq_fake *fake, dusq_pool *pool)
{
  close_pool(pool);
  CHECK_INT(dusq_fake_count(fake, DUSQ_FAKE_CONNECTED), 0);
  CHECK_INT(dusq_fake_count(fake, DUSQ_FAKE_PREPARED), 0);
  CHECK_INT(dusq_fake_count(fake, DUSQ_FAKE_RUNNING), 0);
  CHECK_INT(dusq_fake_count(fake, DUSQ_FAKE_MISUSES), 0);
  dusq_fake_unref(fake);
}

/* Waits for it and drops it; the result is the caller's when `out` is not NULL. */
static dusq_status settle(dusq_future *future, dusq_result **out)
{
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  dusq_status status = dusq_future_get(future, out);
  dusq_future_unref(future);
  return status;
}

static dusq_status run(dusq_pool *pool, const char *sql)
{
  return settle(dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL), NULL);
}

static int64_t int_at(const dusq_result *result, size_t row, size_t col)
{
  int64_t value = -1;
  CHECK_INT(dusq_result_int(result, row, col, &value), DUSQ_OK);
  return value;
}

static void entry_is(dusq_fake *fake, size_t i, const char *expected)
{
  char text[1100];
  CHECK_INT(dusq_fake_history(fake, i, text, sizeof text), strlen(expected));
  CHECK_STR(text, expected);
}

/* ---- without rules ----------------------------------------------------------------------------------------------- */
static void test_echo(void)
{
  dusq_pool *pool = open_on(NULL, NULL);
  dusq_result *result = NULL;
  CHECK_INT(settle(dusq_pool_query(pool, "SELECT ?, ?", DUSQ_PARAMS(dusq_int(-7), dusq_text("x")), NULL), &result), 0);
  CHECK_INT(dusq_result_rows(result), 1);
  CHECK_INT(dusq_result_cols(result), 2);
  CHECK_STR(dusq_result_name(result, 0), "1");
  CHECK_STR(dusq_result_name(result, 1), "2");
  CHECK_INT(int_at(result, 0, 0), -7);
  dusq_result_unref(result);
  CHECK_INT(settle(dusq_pool_query(pool, "SELECT 1", DUSQ_NO_PARAMS, NULL), &result), 0);
  CHECK_INT(dusq_result_cols(result), 0);
  CHECK_INT(dusq_result_affected(result), 0);
  dusq_result_unref(result);
  for (int i = 1; i <= 3; i++) {
    CHECK_INT(settle(dusq_pool_query(pool, "INSERT INTO t VALUES (?)", DUSQ_PARAMS(dusq_int(i)), NULL), &result), 0);
    CHECK_INT(dusq_result_affected(result), 1);
    CHECK_INT(dusq_result_last_id(result), i);
    dusq_result_unref(result);
  }
  CHECK_INT(settle(dusq_pool_query(pool, "DELETE FROM t", DUSQ_NO_PARAMS, NULL), &result), 0);
  CHECK_INT(dusq_result_affected(result), 1);
  CHECK_INT(dusq_result_last_id(result), 0);
  dusq_result_unref(result);
  CHECK_INT(run(pool, ""), DUSQ_E_SYNTAX);
  CHECK_INT(run(pool, "SELECT 1; SELECT 2"), DUSQ_E_SYNTAX);
  CHECK_INT(run(pool, "SELECT ';' -- ;\n;"), DUSQ_OK);
  close_pool(pool);
}

static void test_unmatched_fail(void)
{
  dusq_fake *fake = new_fake();
  dusq_pool *pool = open_on(fake, "unmatched=fail");
  ON_FAKE(fake, "SELECT known", .affected = 0);
  CHECK_INT(run(pool, "SELECT known"), DUSQ_OK);
  CHECK_INT(run(pool, "SELECT unknown"), DUSQ_E_SQL);
  CHECK_INT(settle(dusq_pool_script(pool, "BEGIN; SELECT known; COMMIT", NULL), NULL), DUSQ_OK);
  end(fake, pool);
}

/* ---- rules ------------------------------------------------------------------------------------------------------- */
static void test_rows(void)
{
  dusq_fake *fake = new_fake();
  dusq_pool *pool = open_on(fake, NULL);
  char name[] = "id", text[] = "one";
  const char *names[] = {name, "label"};
  uint32_t types[] = {DUSQ_INT, DUSQ_TEXT};
  dusq_value cells[] = {dusq_int(1), dusq_text(text), dusq_int(2), dusq_null(), dusq_int(3), dusq_text("")};
  dusq_fake_step second = {.size = sizeof second, .affected = 5, .last_id = 6};
  ON_FAKE(fake, "SELECT * FROM thing", .cols = 2, .names = names, .types = types, .rows = 3, .cells = cells,
          .next = &second);
  memset(name, 'X', sizeof name - 1); /* all of it has been copied */
  memset(text, 'X', sizeof text - 1);
  memset(cells, 0, sizeof cells);
  for (int i = 0; i < 2; i++) {
    dusq_result *result = NULL;
    CHECK_INT(settle(dusq_pool_query(pool, "SELECT id, label FROM thing", DUSQ_NO_PARAMS, NULL), &result), DUSQ_OK);
    CHECK_INT(dusq_result_rows(result), 3);
    CHECK_STR(dusq_result_name(result, 0), "id");
    CHECK_INT(dusq_result_type(result, 1), DUSQ_TEXT);
    CHECK_INT(int_at(result, 2, 0), 3);
    const char *cell = NULL;
    CHECK_INT(dusq_result_text(result, 0, 1, &cell, NULL), DUSQ_OK);
    CHECK_STR(cell, "one");
    CHECK(dusq_result_is_null(result, 1, 1));
    CHECK(!dusq_result_is_null(result, 2, 1));
    const dusq_result *next = dusq_result_next(result);
    CHECK_INT(dusq_result_affected(next), 5);
    CHECK_INT(dusq_result_last_id(next), 6);
    CHECK(!dusq_result_next(next));
    dusq_result_unref(result);
  }
  end(fake, pool);
}

static void test_patterns(void)
{
  dusq_fake *fake = new_fake();
  dusq_pool *pool = open_on(fake, "pool_size=1");
  ON_FAKE(fake, "SELECT ? FROM a", .status = DUSQ_E_LOCKED);
  ON_FAKE(fake, "SELECT $1 FROM a", .status = DUSQ_E_CHECK);
  ON_FAKE(fake, " SELECT :who FROM a ; ", .status = DUSQ_E_UNIQUE);
  ON_FAKE(fake, "*a*b*", .status = DUSQ_E_IO, .times = 2);
  ON_FAKE(fake, "*b*", .status = DUSQ_E_DATA);
  CHECK_INT(settle(dusq_pool_query(pool, "SELECT ? FROM a", DUSQ_PARAMS(dusq_int(1)), NULL), NULL), DUSQ_E_LOCKED);
  CHECK_INT(settle(dusq_pool_query(pool, "SELECT $1 FROM a", DUSQ_PARAMS(dusq_int(1)), NULL), NULL), DUSQ_E_CHECK);
  CHECK_INT(settle(dusq_pool_query(pool, "\nSELECT :who FROM a;", DUSQ_PARAMS(dusq_named("who", dusq_int(1))), NULL),
                   NULL),
            DUSQ_E_UNIQUE);
  CHECK_INT(run(pool, "xx aa yy b"), DUSQ_E_IO);
  CHECK_INT(run(pool, "ab"), DUSQ_E_IO);
  CHECK_INT(run(pool, "ab"), DUSQ_E_DATA); /* the rule before is used up */
  CHECK_INT(run(pool, "ba"), DUSQ_E_DATA);
  CHECK_INT(run(pool, "BA"), DUSQ_OK);
  ON_FAKE(fake, "THERE", .status = DUSQ_E_IO);
  ON_FAKE(fake, "-- here", .status = DUSQ_E_CHECK);
  ON_FAKE(fake, "/* hint */ HERE", .status = DUSQ_E_DISK_FULL);
  CHECK_INT(run(pool, "/* hint */ THERE -- end\n;"), DUSQ_E_IO); /* comments around it do not matter ... */
  CHECK_INT(run(pool, "/* hint */ HERE"), DUSQ_E_DISK_FULL);     /* ... and may */
  CHECK_INT(run(pool, "HERE"), DUSQ_OK);
  CHECK_INT(dusq_fake_ran(fake, "HERE"), 1);
  CHECK_INT(settle(dusq_pool_query(pool, "SELECT ? FROM a WHERE true", DUSQ_PARAMS(dusq_int(1)), NULL), NULL), DUSQ_OK);
  CHECK_INT(dusq_fake_clear(fake), DUSQ_OK);
  CHECK_INT(run(pool, "ab"), DUSQ_OK);
  end(fake, pool);
}

static void test_script(void)
{
  dusq_fake *fake = new_fake();
  dusq_pool *pool = open_on(fake, NULL);
  ON_FAKE(fake, "INSERT INTO t VALUES (';')", .affected = 3);
  ON_FAKE(fake, "UPDATE t", .status = DUSQ_E_NOT_NULL);
  dusq_result *result = NULL;
  const char *good = "CREATE TABLE t (x);; INSERT INTO t VALUES (';'); -- done; \n";
  CHECK_INT(settle(dusq_pool_script(pool, good, NULL), &result), DUSQ_OK);
  CHECK_INT(dusq_result_affected(result), 1);
  CHECK_INT(dusq_result_affected(dusq_result_next(result)), 3);
  dusq_result_unref(result);
  dusq_future *f = dusq_pool_script(pool, "BEGIN; INSERT INTO t VALUES (';'); UPDATE t; DELETE FROM t", NULL);
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(f), DUSQ_E_NOT_NULL);
  CHECK_INT(dusq_error_index(dusq_future_error(f)), 2);
  dusq_future_unref(f);
  CHECK_INT(dusq_fake_ran(fake, "DELETE*"), 0);
  CHECK_INT(dusq_fake_count(fake, DUSQ_FAKE_SCRIPTS), 2);
  CHECK_INT(run(pool, "COMMIT"), DUSQ_E_TX_STATE); /* what the script left open was rolled back */
  end(fake, pool);
}

static void test_errors(void)
{
  dusq_fake *fake = new_fake();
  dusq_pool *pool = open_on(fake, NULL);
  dusq_value cell = dusq_int(1);
  const char *name = "x";
  ON_FAKE(fake, "INSERT *", .status = DUSQ_E_UNIQUE, .sqlstate = "23505", .native = 1062, .message = "it is there 100%",
          .detail = "d", .constraint = "c", .table = "t", .column = "k", .cols = 1, .names = &name, .rows = 1,
          .cells = &cell, .after = 1);
  ON_FAKE(fake, "UPDATE *", .status = DUSQ_E_TX_DEADLOCK);
  dusq_future *f = dusq_pool_query(pool, "INSERT INTO t VALUES (1)", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  const dusq_error *error = dusq_future_error(f);
  CHECK_INT(dusq_error_status(error), DUSQ_E_UNIQUE);
  CHECK_STR(dusq_error_sqlstate(error), "23505");
  CHECK_INT(dusq_error_native(error), 1062);
  CHECK_STR(dusq_error_message(error), "it is there 100%");
  CHECK_STR(dusq_error_detail(error), "d");
  CHECK_STR(dusq_error_constraint(error), "c");
  CHECK_STR(dusq_error_table(error), "t");
  CHECK_STR(dusq_error_column(error), "k");
  CHECK(!dusq_error_unknown_outcome(error));
  dusq_future_unref(f);
  f = dusq_pool_query(pool, "UPDATE t", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  CHECK_STR(dusq_error_message(dusq_future_error(f)), dusq_strstatus(DUSQ_E_TX_DEADLOCK));
  dusq_future_unref(f);
  CHECK_INT(dusq_fake_count(fake, DUSQ_FAKE_EFFECTS), 0);
  CHECK_INT(dusq_fake_count(fake, DUSQ_FAKE_EXECUTES), 2);
  end(fake, pool);
}

static void refused(dusq_fake *fake, const char *pattern, dusq_fake_step step)
{
  CHECK_INT(dusq_fake_on(fake, pattern, &step), DUSQ_E_INVAL);
}

static void test_bad_rules(void)
{
  dusq_fake *fake = new_fake();
  const char *name = "x", *nothing = NULL;
  dusq_value odd = {.type = 99}, hole = {.type = DUSQ_TEXT, .len = 3}, good = dusq_int(1);
  uint32_t kind = 77;
  size_t size = sizeof(dusq_fake_step);
  refused(fake, "x", (dusq_fake_step){.size = size - 1});
  refused(fake, "x", (dusq_fake_step){.size = size, .flags = 1u << 20});
  refused(fake, "x", (dusq_fake_step){.size = size, .flags = DUSQ_FAKE_READS | DUSQ_FAKE_WRITES});
  refused(fake, "x", (dusq_fake_step){.size = size, .lose = 5});
  refused(fake, "x", (dusq_fake_step){.size = size, .delay = -1});
  refused(fake, "x", (dusq_fake_step){.size = size, .status = -1});
  refused(fake, "x", (dusq_fake_step){.size = size, .rows = 1});
  refused(fake, "x", (dusq_fake_step){.size = size, .cols = 1});
  refused(fake, "x", (dusq_fake_step){.size = size, .cols = 1, .names = &nothing});
  refused(fake, "x", (dusq_fake_step){.size = size, .cols = 1, .names = &name, .types = &kind});
  refused(fake, "x", (dusq_fake_step){.size = size, .cols = 1, .names = &name, .rows = 1});
  refused(fake, "x", (dusq_fake_step){.size = size, .cols = 1, .names = &name, .rows = 1, .cells = &odd});
  refused(fake, "x", (dusq_fake_step){.size = size, .cols = 1, .names = &name, .rows = 1, .cells = &hole});
  refused(fake, "x", (dusq_fake_step){.size = size, .cols = 1, .names = &name, .rows = SIZE_MAX, .cells = &good});
  refused(fake, "@nothing", (dusq_fake_step){.size = size});
  refused(fake, "@connected", (dusq_fake_step){.size = size});
  dusq_fake_step circle = {.size = size};
  circle.next = &circle;
  refused(fake, "x", circle);
  CHECK_INT(dusq_fake_on(fake, NULL, &circle), DUSQ_E_INVAL);
  CHECK_INT(dusq_fake_on(fake, "x", NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_fake_on(NULL, "x", &circle), DUSQ_E_INVAL);
  CHECK_INT(dusq_fake_new(NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_fake_clear(NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_fake_chaos(fake, 1, 600, 401, 0), DUSQ_E_INVAL);
  CHECK_INT(dusq_fake_chaos(fake, 1, 0, 0, -1), DUSQ_E_INVAL);
  CHECK_INT(dusq_fake_clock_advance(fake, 1), DUSQ_E_INVAL); /* the clock is the real one */
  CHECK_INT(dusq_fake_count(fake, 0), -1);
  CHECK_INT(dusq_fake_count(fake, DUSQ_FAKE_HANGING + 1), -1);
  CHECK_INT(dusq_fake_wait(fake, 0, 1, 1), DUSQ_E_INVAL);
  CHECK_INT(dusq_fake_wait(fake, DUSQ_FAKE_RUNNING, 1, -1), DUSQ_E_INVAL);
  CHECK_INT(dusq_fake_wait(fake, DUSQ_FAKE_RUNNING, 1, MS), DUSQ_E_TIMEDOUT);
  CHECK_INT(dusq_fake_wait(fake, DUSQ_FAKE_RUNNING, 0, 0), DUSQ_OK);
  CHECK_STR(dusq_fake_uri(NULL), "");
  CHECK(!dusq_fake_ref(NULL));
  CHECK(!dusq_fake_unref(NULL));
  dusq_fake_unref(fake);
}

static void test_lanes(void)
{
  dusq_fake *fake = new_fake();
  dusq_pool *pool = open_on(fake, "lanes=2&readers=1&writers=1");
  ON_FAKE(fake, "SELECT take()", .flags = DUSQ_FAKE_WRITES);
  ON_FAKE(fake, "PRAGMA look", .flags = DUSQ_FAKE_READS);
  ON_FAKE(fake, "VACUUM", .flags = DUSQ_FAKE_ALONE);
  for (int i = 0; i < 3; i++) {
    CHECK_INT(run(pool, "SELECT take()"), DUSQ_OK); /* a connection for readers would refuse it */
    CHECK_INT(run(pool, "PRAGMA look"), DUSQ_OK);
    CHECK_INT(run(pool, "UPDATE t"), DUSQ_OK);
    CHECK_INT(run(pool, "SELECT 1"), DUSQ_OK);
    CHECK_INT(run(pool, "VACUUM"), DUSQ_OK);
  }
  CHECK_INT(dusq_fake_count(fake, DUSQ_FAKE_CONNECTS), 2);
  end(fake, pool);
}

static void test_alone(void)
{
  enum { N = 40 };
  dusq_fake *fake = new_fake();
  dusq_pool *pool = open_on(fake, "pool_size=1&batch_min=1");
  ON_FAKE(fake, "VACUUM", .flags = DUSQ_FAKE_ALONE);
  ON_FAKE(fake, "HOLD", .flags = DUSQ_FAKE_HANG);
  dusq_future *first = dusq_pool_query(pool, "HOLD", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_fake_wait(fake, DUSQ_FAKE_HANGING, 1, LONG_WAIT), DUSQ_OK);
  dusq_future *futures[N];
  for (size_t i = 0; i < N; i++)
    futures[i] = dusq_pool_query(pool, i % 4 ? "UPDATE t" : "VACUUM", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_fake_release(fake), 1);
  for (size_t i = 0; i < N; i++)
    CHECK_INT(settle(futures[i], NULL), DUSQ_OK);
  CHECK_INT(settle(first, NULL), DUSQ_OK);
  CHECK(dusq_fake_count(fake, DUSQ_FAKE_BATCHES) > 0);
  CHECK_INT(dusq_fake_ran(fake, "UPDATE t"), N - N / 4);
  CHECK_INT(dusq_fake_ran(fake, "VACUUM"), N / 4);
  end(fake, pool); /* MISUSES is 0: none was in a batch */
}

/* ---- transactions ------------------------------------------------------------------------------------------------ */
static void test_many(void)
{
  dusq_fake *fake = new_fake();
  dusq_pool *pool = open_on(fake, "pool_size=1");
  dusq_value rows[] = {dusq_int(1), dusq_int(2), dusq_int(3)};
  dusq_result *result = NULL;
  CHECK_INT(settle(dusq_pool_many(pool, "INSERT INTO t VALUES (?)", 1, 3, rows, NULL), &result), DUSQ_OK);
  CHECK_INT(dusq_result_affected(result), 3);
  dusq_result_unref(result);
  entry_is(fake, 0, "@begin");
  entry_is(fake, 1, "INSERT INTO t VALUES (?) [1]");
  entry_is(fake, 3, "INSERT INTO t VALUES (?) [3]");
  entry_is(fake, 4, "@commit");
  ON_FAKE(fake, "UPDATE t SET x = ?", .affected = 1, .times = 2);
  ON_FAKE(fake, "UPDATE t SET x = ?", .status = DUSQ_E_CHECK);
  dusq_future *f = dusq_pool_many(pool, "UPDATE t SET x = ?", 1, 3, rows, NULL);
  CHECK_INT(dusq_future_wait(f, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(f), DUSQ_E_CHECK);
  CHECK_INT(dusq_error_index(dusq_future_error(f)), 2);
  dusq_future_unref(f);
  CHECK_INT(dusq_fake_count(fake, DUSQ_FAKE_BEGINS), 2);
  CHECK_INT(dusq_fake_count(fake, DUSQ_FAKE_COMMITS), 1);
  CHECK(dusq_fake_ran(fake, "@rollback") + (size_t)dusq_fake_count(fake, DUSQ_FAKE_RESETS) >= 1);
  ON_FAKE(fake, "@commit", .status = DUSQ_E_SERIALIZATION, .times = 1);
  CHECK_INT(settle(dusq_pool_many(pool, "INSERT INTO t VALUES (?)", 1, 3, rows, NULL), NULL), DUSQ_E_SERIALIZATION);
  CHECK_INT(dusq_fake_ran(fake, "@commit"), 1);
  ON_FAKE(fake, "@begin", .status = DUSQ_E_LOCKED, .times = 1);
  CHECK_INT(settle(dusq_pool_many(pool, "DELETE FROM t WHERE x = ?", 1, 3, rows, NULL), NULL), DUSQ_E_LOCKED);
  CHECK_INT(dusq_fake_ran(fake, "DELETE*"), 0);
  CHECK_INT(run(pool, "COMMIT"), DUSQ_E_TX_STATE);
  end(fake, pool);
}

/* The native handle is the fake itself, also that of a pool on "fake:". */
static dusq_result *use_native(dusq_conn *conn, void *arg)
{
  dusq_fake *fake = dusq_conn_native(conn);
  *(dusq_fake **)arg = fake;
  ON_FAKE(fake, "SELECT scripted", .status = DUSQ_E_PERMISSION);
  dusq_error *error = NULL;
  CHECK_INT(dusq_conn_query(conn, "BEGIN", DUSQ_NO_PARAMS, NULL, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_query(conn, "SAVEPOINT a", DUSQ_NO_PARAMS, NULL, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_query(conn, "ROLLBACK TO a", DUSQ_NO_PARAMS, NULL, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_query(conn, "BEGIN", DUSQ_NO_PARAMS, NULL, &error), DUSQ_E_TX_STATE);
  dusq_error_unref(error);
  return NULL;
}

static void test_native(void)
{
  dusq_fake *fake = new_fake(), *seen = NULL;
  dusq_pool *pool = open_on(fake, "pool_size=1"), *bare = open_on(NULL, NULL);
  CHECK_INT(settle(dusq_pool_run(pool, use_native, &seen, NULL, NULL), NULL), DUSQ_OK);
  CHECK(seen == fake);
  CHECK_INT(run(pool, "SELECT scripted"), DUSQ_E_PERMISSION);
  CHECK_INT(run(pool, "ROLLBACK"), DUSQ_E_TX_STATE); /* what the job left open was rolled back */
  CHECK_INT(settle(dusq_pool_run(bare, use_native, &seen, NULL, NULL), NULL), DUSQ_OK);
  CHECK(seen != fake);
  CHECK_INT(run(bare, "SELECT scripted"), DUSQ_E_PERMISSION);
  close_pool(bare);
  end(fake, pool);
}

/* ---- looking at it ----------------------------------------------------------------------------------------------- */
static void test_history(void)
{
  dusq_fake *fake = new_fake();
  dusq_pool *pool = open_on(fake, "pool_size=1");
  char text[1100], large[3000];
  memset(large, 'y', sizeof large - 1);
  large[sizeof large - 1] = '\0';
  CHECK_INT(settle(dusq_pool_query(pool, "INSERT INTO t VALUES (?, ?, ?, ?)",
                                   DUSQ_PARAMS(dusq_text("it's"), dusq_null(), dusq_blob("\1\xff", 2), dusq_real(0.5)),
                                   NULL),
                   NULL),
            DUSQ_OK);
  entry_is(fake, 0, "INSERT INTO t VALUES (?, ?, ?, ?) ['it''s', NULL, \\x01ff, 0.5]");
  CHECK_INT(dusq_fake_ran(fake, "*'it''s'*"), 1);
  CHECK_INT(dusq_fake_history(fake, 0, text, 7),
            strlen("INSERT INTO t VALUES (?, ?, ?, ?) ['it''s', NULL, \\x01ff, 0.5]"));
  CHECK_STR(text, "INSERT");
  CHECK_INT(dusq_fake_history(fake, 1, text, sizeof text), 0);
  CHECK_STR(text, "");
  CHECK_INT(settle(dusq_pool_query(pool, "UPDATE t SET x = ?", DUSQ_PARAMS(dusq_text(large)), NULL), NULL), DUSQ_OK);
  CHECK_INT(dusq_fake_history(fake, 1, text, sizeof text), 1000);
  CHECK_STR(text + 997, "...");
  CHECK_INT(dusq_fake_history_limit(fake, 100), DUSQ_OK);
  for (int i = 2; i < 250; i++)
    CHECK_INT(settle(dusq_pool_query(pool, "DELETE FROM t WHERE x = ?", DUSQ_PARAMS(dusq_int(i)), NULL), NULL),
              DUSQ_OK);
  CHECK_INT(dusq_fake_count(fake, DUSQ_FAKE_EFFECTS), 250);
  CHECK_INT(dusq_fake_ran(fake, "DELETE*"), 100);
  CHECK_INT(dusq_fake_history(fake, 149, text, sizeof text), 0);
  entry_is(fake, 150, "DELETE FROM t WHERE x = ? [150]");
  entry_is(fake, 249, "DELETE FROM t WHERE x = ? [249]");
  CHECK_INT(dusq_fake_history_limit(fake, 0), DUSQ_OK);
  CHECK_INT(run(pool, "DELETE FROM u"), DUSQ_OK);
  CHECK_INT(dusq_fake_ran(fake, "*"), 0);
  CHECK_INT(dusq_fake_history_limit(fake, 10), DUSQ_OK);
  CHECK_INT(run(pool, "DELETE FROM v"), DUSQ_OK);
  entry_is(fake, 251, "DELETE FROM v");
  end(fake, pool);
}

/* Statement `i` of a transaction or, where none is open, by itself. */
static void insert_in(dusq_session *session, int64_t i)
{
  CHECK_INT(settle(dusq_session_query(session, "INSERT INTO t VALUES (?)", DUSQ_PARAMS(dusq_int(i)), NULL), NULL),
            DUSQ_OK);
}

static void test_committed(void)
{
  dusq_fake *fake = new_fake();
  dusq_pool *pool = open_on(fake, "pool_size=1");
  dusq_session *session = dusq_pool_session(pool, NULL);
  insert_in(session, 1);
  CHECK_INT(dusq_fake_committed(fake, "INSERT*"), 1); /* by itself */
  CHECK_INT(settle(dusq_session_begin(session, NULL, NULL), NULL), DUSQ_OK);
  insert_in(session, 2);
  CHECK_INT(dusq_fake_committed(fake, "INSERT*"), 1); /* not yet */
  CHECK_INT(settle(dusq_session_begin(session, NULL, NULL), NULL), DUSQ_OK);
  insert_in(session, 3);
  CHECK_INT(settle(dusq_session_rollback(session), NULL), DUSQ_OK);
  insert_in(session, 4);
  CHECK_INT(settle(dusq_session_commit(session), NULL), DUSQ_OK);
  CHECK_INT(dusq_fake_committed(fake, "INSERT*"), 3);
  CHECK_INT(dusq_fake_committed(fake, "INSERT*[3]"), 0); /* undone with what was nested */
  CHECK_INT(settle(dusq_session_begin(session, NULL, NULL), NULL), DUSQ_OK);
  insert_in(session, 5);
  CHECK_INT(settle(dusq_session_rollback(session), NULL), DUSQ_OK);
  CHECK_INT(settle(dusq_session_begin(session, NULL, NULL), NULL), DUSQ_OK);
  insert_in(session, 6);
  CHECK_INT(settle(dusq_session_close(session), NULL), DUSQ_OK); /* open: rolled back */
  CHECK_INT(dusq_fake_ran(fake, "INSERT*"), 6);
  CHECK_INT(dusq_fake_committed(fake, "INSERT*"), 3);
  CHECK_INT(dusq_fake_committed(fake, NULL), 0);
  CHECK_INT(dusq_fake_committed(NULL, "*"), 0);
  dusq_session_unref(session);
  end(fake, pool);
}

static void test_lifetime(void)
{
  dusq_fake *fake = new_fake(), *other = new_fake();
  CHECK(strcmp(dusq_fake_uri(fake), dusq_fake_uri(other)) != 0);
  CHECK(dusq_fake_ref(other) == other);
  dusq_fake_unref(other);
  dusq_fake_unref(other);
  char uri[40];
  snprintf(uri, sizeof uri, "%s", dusq_fake_uri(fake));
  ON_FAKE(fake, "SELECT 1", .status = DUSQ_E_PERMISSION);
  dusq_pool *pool = open_on(fake, NULL), *second = NULL;
  dusq_fake_unref(fake); /* the pool keeps it */
  CHECK_INT(run(pool, "SELECT 1"), DUSQ_E_PERMISSION);
  CHECK_INT(dusq_pool_open_uri(uri, &second, NULL), DUSQ_OK);
  close_pool(pool);
  CHECK_INT(run(second, "SELECT 1"), DUSQ_E_PERMISSION);
  close_pool(second);
  static const char *const wrong[] = {"fake:x", "fake:0", "fake:-1", "fake:99999999999999999999999", "fake:1x"};
  dusq_error *error = NULL;
  CHECK_INT(dusq_pool_open_uri(uri, &second, &error), DUSQ_E_URI);
  CHECK(strstr(dusq_error_message(error), strchr(uri, ':') + 1) != NULL);
  dusq_error_unref(error);
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    CHECK_INT(dusq_pool_open_uri(wrong[i], &second, NULL), DUSQ_E_URI);
  CHECK_INT(dusq_pool_open_uri("fake:?lanes=3", &second, NULL), DUSQ_E_URI);
  CHECK_INT(dusq_pool_open_uri("fake:?unmatched=maybe", &second, NULL), DUSQ_E_URI);
}

#if defined(__SANITIZE_THREAD__)
#define NO_THREADS_IN_CHILD 1 /* ThreadSanitizer ends a child that starts one, as a pool does */
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NO_THREADS_IN_CHILD 1
#endif
#endif

/* In the child nothing of the parent's can be used, and new fakes work. */
static int child(dusq_fake *fake)
{
  dusq_fake_step step = {.size = sizeof step};
  dusq_fake *own = NULL;
  if (dusq_fake_on(fake, "x", &step) != DUSQ_E_FORKED || dusq_fake_clear(fake) != DUSQ_E_FORKED)
    return 1;
  if (dusq_fake_chaos(fake, 1, 1, 1, 1) != DUSQ_E_FORKED || dusq_fake_clock_manual(fake) != DUSQ_E_FORKED)
    return 2;
  if (dusq_fake_wait(fake, DUSQ_FAKE_CONNECTS, 1, 1) != DUSQ_E_FORKED || dusq_fake_clock_advance(fake,
                                                                                                 1) != DUSQ_E_FORKED)
    return 3;
  if (dusq_fake_history_limit(fake, 1) != DUSQ_E_FORKED || dusq_fake_ran(fake, "*") || dusq_fake_release(fake) ||
      dusq_fake_cut(fake) || dusq_fake_history(fake, 0, NULL, 0) || dusq_fake_count(fake, DUSQ_FAKE_CONNECTS))
    return 4;
  if (dusq_fake_unref(dusq_fake_ref(fake)) || dusq_fake_new(&own) || dusq_fake_on(own, "x", &step))
    return 5;
#ifndef NO_THREADS_IN_CHILD
  dusq_pool *pool = NULL;
  if (dusq_pool_open_uri(dusq_fake_uri(fake), &pool, NULL) != DUSQ_E_FORKED)
    return 6;
  if (dusq_pool_open_uri(dusq_fake_uri(own), &pool, NULL))
    return 7;
  if (settle(dusq_pool_query(pool, "x", DUSQ_NO_PARAMS, NULL), NULL) || dusq_fake_ran(own, "x") != 1)
    return 8;
  close_pool(pool);
#endif
  dusq_fake_unref(own);
  return 0;
}

static void test_fork(void)
{
  dusq_fake *fake = new_fake();
  dusq_pool *pool = open_on(fake, NULL);
  CHECK_INT(run(pool, "UPDATE t"), DUSQ_OK);
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0)
    _exit(child(fake));
  int status = -1;
  CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
  CHECK(WIFEXITED(status));
  CHECK_INT(WEXITSTATUS(status), 0);
  CHECK_INT(run(pool, "UPDATE t"), DUSQ_OK);
  end(fake, pool);
}

void suite_fake(void);
void suite_fake(void)
{
  test_suite("fake");
  test_case("without rules values come back", test_echo);
  test_case("unmatched=fail", test_unmatched_fail);
  test_case("rows, kinds and result sets", test_rows);
  test_case("patterns, order and use of rules", test_patterns);
  test_case("scripts", test_script);
  test_case("errors", test_errors);
  test_case("what is refused", test_bad_rules);
  test_case("lanes and what reads", test_lanes);
  test_case("what must run alone", test_alone);
  test_case("transactions", test_many);
  test_case("the native handle", test_native);
  test_case("history", test_history);
  test_case("what counts for good", test_committed);
  test_case("lifetime and URIs", test_lifetime);
  test_case("fork", test_fork);
}
