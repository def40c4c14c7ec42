/* test_mysql_modes.c - the MySQL backend: single statements are read by the session's own sql_mode.
 *
 * Texts that NO_BACKSLASH_ESCAPES or ANSI_QUOTES make another one of, by every call, after every way to set the mode,
 * on a connection that may have prepared them in another mode before.                                                */
#include "mysql_rig.h"

typedef enum mode { USUAL, PLAIN, ANSI, BOTH, MODES } mode;
static const char *const mode_names[] = {"", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES,ANSI_QUOTES"};

/* What comes of a text with the values p and q, or with :a = p and :b = q, in each mode. */
static const struct reading {
  const char *sql;
  size_t n;
  bool named;
  const char *expected[MODES];
} readings[] = {
    {"SELECT 'a\\', '?', ?", 1, false, {"SYNTAX", "[text:a\\,text:?,text:p]", "SYNTAX", "[text:a\\,text:?,text:p]"}},
    /* one value by both readings: ':a' would be rewritten to '?' */
    {"SELECT '\\', ':a', ? -- '", 1, false,
     {"SYNTAX", "[text:\\,text::a,text:p]", "SYNTAX", "[text:\\,text::a,text:p]"}},
    {"SELECT '\\', :b, :a, ' AS x, :a AS y, :b AS z -- '", 2, true,
     {"[text:', :b, :a, ,text:p,text:q]", "[text:\\,text:q,text:p,text: AS x, :a AS y, :b AS z -- ]",
      "[text:', :b, :a, ,text:p,text:q]", "[text:\\,text:q,text:p,text: AS x, :a AS y, :b AS z -- ]"}},
    {"SELECT '\\', :b, :a, ' AS x, :a AS y, :b AS z -- '", 2, false,
     {"[text:', :b, :a, ,text:p,text:q]", "[text:\\,text:p,text:q,text: AS x, :a AS y, :b AS z -- ]",
      "[text:', :b, :a, ,text:p,text:q]", "[text:\\,text:p,text:q,text: AS x, :a AS y, :b AS z -- ]"}},
    {"SELECT '\\', $2, $1, ' AS x, $1 AS y, $2 AS z -- '", 2, false,
     {"[text:', $2, $1, ,text:p,text:q]", "[text:\\,text:q,text:p,text: AS x, $1 AS y, $2 AS z -- ]",
      "[text:', $2, $1, ,text:p,text:q]", "[text:\\,text:q,text:p,text: AS x, $1 AS y, $2 AS z -- ]"}},
    {"SELECT \"x\\\", ? FROM (SELECT 1 AS `x\\`) AS t -- \"", 1, false,
     {"PARAMS", "[text:x\\,text:p]", "[int:1,text:p]", "[int:1,text:p]"}},
    {"SELECT \"x?\", ?, 'a\\\\b' FROM (SELECT 1 AS `x?`) AS t", 1, false,
     {"[text:x?,text:p,text:a\\b]", "[text:x?,text:p,text:a\\\\b]", "[int:1,text:p,text:a\\b]",
      "[int:1,text:p,text:a\\\\b]"}},
    {"SELECT 'a\\tb'", 0, false, {"[text:a\tb]", "[text:a\\tb]", "[text:a\tb]", "[text:a\\tb]"}},
};

static const dusq_value *values_of(const struct reading *one)
{
  static dusq_value values[2];
  values[0] = one->named ? dusq_named("a", dusq_text("p")) : dusq_text("p");
  values[1] = one->named ? dusq_named("b", dusq_text("q")) : dusq_text("q");
  return values;
}

/* ---- the calls ----------------------------------------------------------------------------------------------------- */

static dusq_result *run_one(dusq_conn *conn, void *arg)
{
  const struct reading *one = arg;
  dusq_result *result = NULL;
  dusq_error *error = NULL;
  if (dusq_conn_query(conn, one->sql, one->n, values_of(one), &result, &error))
    dusq_conn_fail(conn, error);
  return result;
}

typedef enum call { BY_QUERY, BY_JOB, BY_TRANSACT, BY_STEPS, BY_MANY, CALLS } call;

static dusq_future *begin(dusq_pool *pool, const struct reading *one, call how)
{
  const dusq_value *values = values_of(one);
  const dusq_step step = {one->sql, one->n, values};
  switch (how) {
  case BY_QUERY:
    return dusq_pool_query(pool, one->sql, one->n, values, NULL);
  case BY_JOB:
    return dusq_pool_run(pool, run_one, (void *)(uintptr_t)one, NULL, NULL);
  case BY_TRANSACT:
    return dusq_pool_transact(pool, run_one, (void *)(uintptr_t)one, NULL, NULL, NULL);
  case BY_MANY:
    return dusq_pool_many(pool, one->sql, one->n, 1, values, NULL);
  default:
    return dusq_pool_transact_steps(pool, &step, 1, NULL, NULL);
  }
}

static void check_one(const char *came, const struct reading *one, mode how, const char *where)
{
  const char *rows = strchr(came, '[');
  if (!CHECK_STR(rows ? rows : came, one->expected[how]))
    fprintf(stderr, "of %s in mode \"%s\" %s\n", one->sql, mode_names[how], where);
}

/* The pool's own mode. */
static void pools(void)
{
  for (int how = 0; how < MODES; how++) {
    char options[100];
    snprintf(options, sizeof options, "pool_size=1%s%s", how ? "&sql_mode=" : "", mode_names[how]);
    dusq_pool *pool = open_pool(options);
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++)
      for (int by = 0; by < CALLS; by++)
        check_one(outcome(begin(pool, &readings[i], (call)by)), &readings[i], (mode)how, "of the pool");
    close_pool(pool);
  }
}
ON_EACH(pools)

/* ---- sessions that change it --------------------------------------------------------------------------------------- */

static void set_mode(dusq_session *session, mode how, int way)
{
  static const char *const ways[] = {"SET sql_mode =", "SET SESSION sql_mode =", "SET @@sql_mode =",
                                     "SET @x = 1, @@sql_mode ="};
  char sql[200];
  if (way == 4) {
    snprintf(sql, sizeof sql, "PREPARE other FROM 'SET @@sql_mode = ''%s'''", mode_names[how]);
    CHECK_STR(outcome(dusq_session_script(session, sql, NULL)), "0/0");
    (void)outcome(dusq_session_query(session, "SELECT \"a\"", DUSQ_NO_PARAMS, NULL)); /* which asks for the mode */
    CHECK_STR(outcome(dusq_session_script(session, "EXECUTE other", NULL)), "0/0");
    return;
  }
  snprintf(sql, sizeof sql, "%s '%s'", ways[way], mode_names[how]);
  dusq_future *set = way == 3 ? dusq_session_script(session, sql, NULL)
                              : dusq_session_query(session, sql, DUSQ_NO_PARAMS, NULL);
  CHECK_STR(outcome(set), "0/0");
}

static void sessions(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  dusq_session *session = dusq_pool_session(pool, NULL);
  for (int round = 0; round < 3 * MODES; round++) {
    mode how = (mode)((round * 3 + round / MODES) % MODES);
    set_mode(session, how, round % 5);
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
      const struct reading *one = &readings[i];
      check_one(outcome(dusq_session_query(session, one->sql, one->n, values_of(one), NULL)), one, how, "of a session");
      check_one(outcome(dusq_session_run(session, run_one, (void *)(uintptr_t)one, NULL, NULL)), one, how,
                "of a session's job");
    }
  }
  dusq_session_unref(session);
  for (size_t i = 0; i < sizeof readings / sizeof *readings; i++)
    check_one(outcome(begin(pool, &readings[i], BY_QUERY)), &readings[i], USUAL, "after the session");
  close_pool(pool);
}
ON_EACH(sessions)

/* Nothing is sent of what takes other values by the session's mode, and many rows are stored as they are read. */
static void rows(void)
{
  static const char sql[] = "INSERT INTO mode_rows SELECT '\\', ':a', ? -- '";
  static const char twice[] = "INSERT INTO mode_rows SELECT '\\', ?, ' AS x, ? AS y, ? AS z -- '";
  dusq_value values[] = {dusq_text("p"), dusq_text("q")};
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS mode_rows; CREATE TABLE mode_rows(a VARCHAR(99), b VARCHAR(99), "
                         "c VARCHAR(99))"),
            "0/0 0/0");
  dusq_session *session = dusq_pool_session(pool, NULL);
  CHECK_STR(outcome(dusq_session_query(session, "SET sql_mode = 'NO_BACKSLASH_ESCAPES'", DUSQ_NO_PARAMS, NULL)), "0/0");
  CHECK_STR(outcome(dusq_session_many(session, sql, 1, 2, values, NULL)), "2/0");
  dusq_error *error = failure(dusq_session_query(session, twice, 2, values, NULL));
  CHECK_INT(dusq_error_status(error), DUSQ_E_PARAMS);
  CHECK_STR(dusq_error_message(error), "the statement takes 1 value, 2 given");
  dusq_error_unref(error);
  error = failure(dusq_session_many(session, twice, 2, 1, values, NULL));
  CHECK_INT(dusq_error_status(error), DUSQ_E_PARAMS);
  dusq_error_unref(error);
  dusq_session_unref(session);
  CHECK_STR(query(pool, "SELECT * FROM mode_rows ORDER BY c"), "0/0[text:\\,text::a,text:p text:\\,text::a,text:q]");
  CHECK_STR(query(pool, "DROP TABLE mode_rows"), "0/0");
  close_pool(pool);
}
ON_EACH(rows)

/* What is prepared is not what it was under another mode. */
static void prepared(void)
{
  static const char sql[] = "SELECT 'a' || 'b'";
  dusq_pool *pool = open_pool("pool_size=1");
  dusq_session *session = dusq_pool_session(pool, NULL);
  for (int way = 0; way < 2; way++) {
    const char *set = way ? "SET @@sql_mode = 'PIPES_AS_CONCAT'" : "SET sql_mode = 'PIPES_AS_CONCAT'";
    CHECK_STR(outcome(dusq_session_query(session, sql, DUSQ_NO_PARAMS, NULL)), "0/0[int:0]");
    CHECK_STR(outcome(dusq_session_query(session, set, DUSQ_NO_PARAMS, NULL)), "0/0");
    CHECK_STR(outcome(dusq_session_query(session, sql, DUSQ_NO_PARAMS, NULL)), "0/0[text:ab]");
    CHECK_STR(outcome(dusq_session_query(session, "SET sql_mode = ''", DUSQ_NO_PARAMS, NULL)), "0/0");
  }
  dusq_session_unref(session);
  close_pool(pool);
}
ON_EACH(prepared)

void suite_mysql_modes(void);
void suite_mysql_modes(void)
{
  test_suite("mysql_modes");
  test_case("pools", test_pools);
  test_case("sessions", test_sessions);
  test_case("rows", test_rows);
  test_case("prepared", test_prepared);
}
