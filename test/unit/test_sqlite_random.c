/* test_sqlite_random.c - a decimal that no double holds, in random statements over random schemas: in the result and in
 * every table it keeps all its digits, or the statement was refused.  (More of them: DUSQ_TEST_SCALE=percent.)       */
#include "sqlite_pools.h"

enum { DATABASES = 30, STATEMENTS = 40, MAX_SQL = 3000, TABLES = 4, COLUMNS = 4 };

static const char decimal[] = "0.12345678901234567890", shortened[] = "0.1234567";

static uint64_t seed;

static unsigned roll(unsigned n)
{
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (unsigned)(seed >> 33) % n;
}

/* ---- statements -------------------------------------------------------------------------------------------------- */

/* Puts `inner` in the place of each @ of the template; $ is a random table, # a column and ~ another. */
static void fill(char *sql, const char *template, const char *inner)
{
  size_t len = 0;
  char table = (char)('0' + roll(TABLES)), column = (char)('a' + roll(COLUMNS)), other = (char)('a' + roll(COLUMNS));
  for (const char *from = template; *from && len < MAX_SQL - 1; from++) {
    int rc;
    if (*from == '@')
      rc = snprintf(sql + len, MAX_SQL - len, "%s", inner);
    else if (*from == '$')
      rc = snprintf(sql + len, MAX_SQL - len, "t%c", table);
    else if (*from == '#' || *from == '~')
      rc = snprintf(sql + len, MAX_SQL - len, "%c", *from == '#' ? column : other);
    else
      rc = snprintf(sql + len, MAX_SQL - len, "%c", *from);
    len += (size_t)rc;
  }
  if (len >= MAX_SQL)
    strcpy(sql, "SELECT 1"); /* too long */
}

static const char *one_of(const char *const *list, size_t n)
{
  return list[roll((unsigned)n)];
}

#define ONE_OF(list) one_of(list, sizeof(list) / sizeof *(list))

/* What gives a value; mostly the one it is given. */
static void wrap(char *sql, int depth)
{
  static const char *const wraps[] = {
      "@", "@", "coalesce(@, 1)", "upper(@)", "@ || ''", "max(@, '')", "min(@, 'z')", "(SELECT @)", "nullif(@, 5)",
      "iif(1, @, 0)", "CASE WHEN 1 THEN @ ELSE 'x' END", "CASE @ WHEN 'x' THEN 1 ELSE @ END", "ltrim(@)",
      "replace(@, 'x', 'y')", "substr(@, 1, 99)", "CAST(@ AS TEXT)", "(@)", "+(@)", "ifnull(NULL, @)",
      "(SELECT max(q) FROM (SELECT @ AS q UNION ALL SELECT ''))", "(SELECT group_concat(q) FROM (SELECT @ AS q))",
      "(@) COLLATE NOCASE", "likely(@)", "printf('%s', @)", "json_extract(json_array(@), '' || char(36) || '[0]')",
      /* these make numbers of it */
      "@ + 0", "abs(@)", "CAST(@ AS NUMERIC)", "CAST(@ AS REAL)", "-(@)", "round(@, 30)",
      "(SELECT sum(q) FROM (SELECT @ AS q))"};
  char inner[MAX_SQL];
  snprintf(sql, MAX_SQL, "?1");
  while (depth-- > 0 && roll(3)) {
    snprintf(inner, sizeof inner, "%s", sql);
    fill(sql, roll(8) ? wraps[roll(25)] : ONE_OF(wraps), inner);
  }
}

/* What gives rows with a column y. */
static void source(char *sql)
{
  static const char *const firsts[] = {
      "SELECT @ AS y", "SELECT @ AS y UNION ALL SELECT 'x'", "SELECT 'x' AS y UNION SELECT @",
      "WITH c(y) AS (SELECT @) SELECT y FROM c", "WITH c(y) AS MATERIALIZED (SELECT @) SELECT l.y FROM c l, c r",
      "WITH RECURSIVE c(y, n) AS (SELECT @, 1 UNION ALL SELECT y, n + 1 FROM c WHERE n < 3) SELECT y FROM c",
      "WITH RECURSIVE c(n, y) AS (SELECT 1, '' UNION SELECT n + 1, @ FROM c WHERE n < 2) SELECT y FROM c",
      "SELECT column2 AS y FROM (VALUES (1, @), (2, 'x'))", "SELECT @ AS y EXCEPT SELECT 'x'",
      "SELECT @ AS y INTERSECT SELECT '0.12345678901234567890'", "SELECT @ AS y FROM $ LIMIT 2",
      "SELECT coalesce(@, #) AS y FROM $ ORDER BY ~ LIMIT 3"};
  static const char *const nexts[] = {
      "SELECT y FROM (@)", "SELECT DISTINCT y FROM (@)", "SELECT y FROM (@) GROUP BY y", "SELECT y FROM (@) ORDER BY 1",
      "SELECT max(y) OVER () AS y FROM (@)", "SELECT lag(y, 0) OVER (ORDER BY y) AS y FROM (@)",
      "SELECT first_value(y) OVER (ORDER BY y DESC) AS y FROM (@)", "SELECT max(y) AS y FROM (@)",
      "SELECT y FROM (@) LEFT JOIN $ ON # = ~", "SELECT y FROM (@) s WHERE EXISTS (SELECT 1 FROM $ WHERE # IS NOT s.y)",
      "SELECT (SELECT y) AS y FROM (@)", "SELECT y FROM (@) UNION ALL SELECT # FROM $",
      "SELECT nth_value(y, 1) OVER (ORDER BY y ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS y FROM (@)",
      "SELECT y FROM $, (@) WHERE # IS NOT NULL LIMIT 2", "SELECT min(y) AS y FROM (@) GROUP BY length(y)"};
  char inner[MAX_SQL];
  wrap(inner, 2);
  fill(sql, ONE_OF(firsts), inner);
  for (int depth = 3; depth-- > 0 && roll(2);) {
    snprintf(inner, sizeof inner, "%s", sql);
    fill(sql, ONE_OF(nexts), inner);
  }
}

static void statement(char *sql)
{
  static const char *const of_values[] = {
      "SELECT @", "INSERT INTO $(#) VALUES (@)", "INSERT INTO $(#, k) VALUES (@, 7) RETURNING *",
      "INSERT OR REPLACE INTO $(k, #) VALUES (3, @)", "INSERT OR IGNORE INTO $(#) VALUES (@), ('x')",
      "UPDATE $ SET # = @", "UPDATE $ SET # = @ WHERE k < 3 RETURNING #", "UPDATE OR REPLACE $ SET # = @, k = k + 10",
      "UPDATE $ SET # = @, ~ = ~ WHERE k = 1", "UPDATE $ SET (#, k) = (SELECT @, k + 100)", "UPDATE v$ SET # = @",
      "INSERT INTO v$(k, #) VALUES (5, @)", "REPLACE INTO $(k, #) VALUES (1, @)",
      "INSERT INTO $(k, #) VALUES (1, @) ON CONFLICT(k) DO UPDATE SET # = excluded.# RETURNING #",
      "INSERT INTO $(k, #) VALUES (2, 'x') ON CONFLICT(k) DO UPDATE SET # = @"};
  static const char *const of_rows[] = {
      "SELECT y FROM (@)", "INSERT INTO $(#) @", "INSERT INTO $(#) SELECT y FROM (@) WHERE true RETURNING #",
      "UPDATE $ SET # = (SELECT y FROM (@) LIMIT 1)", "UPDATE $ SET # = s.y FROM (@) AS s",
      "INSERT INTO v$(#) SELECT y FROM (@)", "DELETE FROM $ WHERE # IN (SELECT y FROM (@) WHERE y = 'none')",
      "INSERT INTO $(k, #) SELECT 1, y FROM (@) WHERE true ON CONFLICT(k) DO UPDATE SET # = excluded.#"};
  char inner[MAX_SQL];
  bool rows = roll(2);
  rows ? source(inner) : wrap(inner, 3);
  fill(sql, rows ? ONE_OF(of_rows) : ONE_OF(of_values), inner);
}

/* ---- schemas ----------------------------------------------------------------------------------------------------- */

static const char *kind(bool strict)
{
  static const char *const loose_kinds[] = {"TEXT", "TEXT", "VARCHAR(40)", "BLOB", "", "NUMERIC", "INTEGER", "REAL",
                                            "DECIMAL(30, 20)", "CLOB"},
                           *const strict_kinds[] = {"TEXT", "TEXT", "ANY", "BLOB", "REAL", "INTEGER"};
  return strict ? ONE_OF(strict_kinds) : ONE_OF(loose_kinds);
}

static void add_table(dusq_pool *pool, int i)
{
  static const char *const more[] = {"", "", "", ", g TEXT AS (b) STORED", ", g AS (a || 'x') VIRTUAL",
                                     ", g NUMERIC AS (c) STORED", ", CHECK (a IS NOT 'never')", ", UNIQUE (a, b)"};
  char sql[MAX_SQL];
  bool strict = roll(5) == 0, rowless = roll(4) == 0;
  const char *last = strict ? "" : ONE_OF(more);
  snprintf(sql, sizeof sql, "CREATE TABLE t%d(k INTEGER PRIMARY KEY%s, a %s, b %s DEFAULT 'd', c %s, d %s%s)%s%s%s;"
           "CREATE VIEW vt%d AS SELECT k, a, b, c, d FROM t%d;"
           "INSERT INTO t%d(k) VALUES (1), (2), (3)",
           i, rowless ? " DEFAULT 1" : "", kind(strict), strict ? "TEXT" : kind(false), kind(strict), kind(strict),
           last, strict ? " STRICT" : "", strict && rowless ? "," : "", rowless ? " WITHOUT ROWID" : "", i, i, i);
  const char *said = script(pool, sql);
  CHECK_STR(strncmp(said, "0/0", 3) ? said : "0/0", "0/0");
}

static void add_triggers(dusq_pool *pool)
{
  static const char *const triggers[] = {
      "CREATE TRIGGER g@ AFTER INSERT ON $ BEGIN INSERT INTO t3(#) SELECT NEW.~; END",
      "CREATE TRIGGER g@ AFTER UPDATE OF # ON $ BEGIN UPDATE t3 SET ~ = NEW.# WHERE k = 2; END",
      "CREATE TRIGGER g@ BEFORE UPDATE ON $ WHEN NEW.# IS NOT NULL BEGIN INSERT INTO t3(~) VALUES (OLD.#); END",
      "CREATE TRIGGER g@ AFTER INSERT ON $ BEGIN INSERT INTO t3(~) SELECT # FROM $ WHERE k = NEW.k; END",
      "CREATE TRIGGER g@ AFTER DELETE ON $ BEGIN INSERT INTO t3(#) VALUES (coalesce(OLD.~, 'x')); END",
      "CREATE TRIGGER g@ AFTER UPDATE ON $ BEGIN SELECT max(NEW.#, OLD.~); END",
      "CREATE INDEX g@ ON $(#)", "CREATE INDEX g@ ON $(upper(#), ~)", "CREATE INDEX g@ ON $(#) WHERE ~ IS NOT NULL"};
  char sql[MAX_SQL], number[4];
  for (unsigned i = 0, n = roll(4); i < n; i++) {
    snprintf(number, sizeof number, "%u", i);
    fill(sql, ONE_OF(triggers), number);
    CHECK_STR(script(pool, sql), "0/0");
  }
  for (unsigned i = 0; i < TABLES; i++) { /* the views' go to the table itself, or to another column */
    snprintf(sql, sizeof sql,
             "CREATE TRIGGER vu%u INSTEAD OF UPDATE ON vt%u "
             "BEGIN UPDATE t%u SET %c = NEW.%c WHERE k = OLD.k; END",
             i, i, i, 'a' + roll(COLUMNS), 'a' + roll(COLUMNS));
    CHECK_STR(script(pool, sql), "0/0");
    snprintf(sql, sizeof sql,
             "CREATE TRIGGER vi%u INSTEAD OF INSERT ON vt%u "
             "BEGIN INSERT INTO t%u(%c) VALUES (NEW.%c); END",
             i, i, roll(TABLES), 'a' + roll(COLUMNS), 'a' + roll(COLUMNS));
    CHECK_STR(script(pool, sql), "0/0");
  }
}

/* ---- what has become of it --------------------------------------------------------------------------------------- */

/* A number, or a text of which something is missing. */
static const char rounded_cells[] =
    "SELECT count(*) FROM (SELECT 0 AS v %s) WHERE typeof(v) = 'real' "
    "OR (v LIKE '%%0.1234567%%' AND v NOT LIKE '%%0.12345678901234567890%%')";

static bool tables_are_whole(dusq_session *session)
{
  char all[MAX_SQL] = "", look[MAX_SQL + 300];
  for (int i = 0; i < TABLES; i++)
    for (char column = 'a'; column < 'a' + COLUMNS; column++)
      snprintf(all + strlen(all), sizeof all - strlen(all), " UNION ALL SELECT %c FROM t%d", column, i);
  snprintf(look, sizeof look, rounded_cells, all);
  return !strcmp(outcome(dusq_session_query(session, look, DUSQ_NO_PARAMS, NULL)), "0/0[0]");
}

/* Each time it stands in the text it is all there. */
static bool is_whole(const char *text)
{
  for (const char *at = text; (at = strstr(at, shortened)) != NULL; at++)
    if (strncmp(at, decimal, strlen(decimal)))
      return false;
  return true;
}

typedef struct tally {
  long kept, refused, constraints, other;
} tally;

static const char *run_in(dusq_session *session, const char *sql, dusq_value value)
{
  return outcome(dusq_session_query(session, sql, 1, &value, NULL));
}

static bool has_run(const char *said)
{
  return said[0] >= '0' && said[0] <= '9';
}

static void check_kept(dusq_session *session, const char *sql, const char *said)
{
  test_check(is_whole(said), sql, __FILE__, __LINE__);
  test_check(tables_are_whole(session), sql, __FILE__, __LINE__);
}

/* Each in a transaction that is rolled back, so that nothing but its own value can come from anywhere. */
static void run(dusq_pool *pool, tally *all)
{
  char sql[MAX_SQL];
  statement(sql);
  dusq_session *session = dusq_pool_session(pool, NULL);
  CHECK_STR(outcome(dusq_session_begin(session, NULL, NULL)), "");
  const char *said = run_in(session, sql, dusq_decimal(decimal));
  if (has_run(said)) {
    all->kept++;
    check_kept(session, sql, said);
  } else if (!strcmp(said, "RANGE")) {
    all->refused++;
  } else if (!strcmp(said, "UNIQUE") || !strcmp(said, "CHECK") || !strcmp(said, "NOT_NULL") || !strcmp(said, "DATA")) {
    all->constraints++;
  } else if (!all->other++ || getenv("DUSQ_TEST_TELL")) {
    printf("    %s: %s\n", said, sql);
  }
  (void)outcome(dusq_session_rollback(session));
  dusq_session_unref(session);
}

static void test_random(void)
{
  tally all = {0};
  for (long i = 0, n = test_scale(DATABASES); i < n; i++) {
    seed = UINT64_C(88172645463325252) + (uint64_t)i * UINT64_C(0x9E3779B97F4A7C15);
    dusq_pool *pool = open_pool(NULL, NULL);
    for (int table = 0; table < TABLES; table++)
      add_table(pool, table);
    add_triggers(pool);
    for (int k = 0; k < STATEMENTS; k++)
      run(pool, &all);
    close_pool(pool);
  }
  printf("    %ld kept, %ld refused, %ld constraints, %ld other\n", all.kept, all.refused, all.constraints,
         all.other);
  long ran = all.kept + all.refused + all.constraints + all.other;
  CHECK(all.kept > ran / 5); /* else it tells nothing */
  CHECK(all.refused > ran / 20);
  CHECK(all.other < ran / 20);
}

void suite_sqlite_random(void);
void suite_sqlite_random(void)
{
  test_suite("sqlite_random");
  test_case("a decimal's ways", test_random);
}
