/* test_sqlite_exact.c - decimals and SQLite's affinities: what comes back is the number that went in, or it was refused
 * before anything ran.                                                                                              */
#include "sqlite_pools.h"
#include <math.h>
#include <sqlite3.h>

static const char *const columns[] = {"NUMERIC", "DECIMAL(10,2)", "REAL", "INTEGER", "TEXT", "BLOB", ""};
enum { COLUMNS = sizeof columns / sizeof *columns, DIGITS = 400 };

/* ---- the same number --------------------------------------------------------------------------------------------- */

/* A number without its zeros: digits, and where the point is.  Only for texts of numbers. */
typedef struct plain {
  bool negative;
  char digits[DIGITS];
  long point;
} plain;

static plain read_number(const char *text)
{
  plain out = {0};
  size_t n = 0;
  bool fraction = false;
  const char *at = text;
  for (; *at && *at != 'e' && *at != 'E'; at++) {
    if (*at == '-')
      out.negative = true;
    fraction |= *at == '.';
    if (*at < '0' || *at > '9')
      continue;
    if (!n && *at == '0') {
      out.point -= fraction;
      continue;
    }
    out.point += !fraction;
    if (n + 1 < DIGITS)
      out.digits[n++] = *at;
  }
  if (*at)
    out.point += strtol(at + 1, NULL, 10);
  while (n && out.digits[n - 1] == '0')
    out.digits[--n] = '\0';
  if (!n)
    out = (plain){0};
  return out;
}

static bool same_number(const char *a, const char *b)
{
  plain x = read_number(a), y = read_number(b);
  return x.negative == y.negative && x.point == y.point && !strcmp(x.digits, y.digits);
}

/* ---- in and out -------------------------------------------------------------------------------------------------- */

/* "RANGE", or the cell that came. */
static const char *cell_of(const char *text)
{
  static char cell[TEXT_SIZE];
  const char *open = strchr(text, '[');
  snprintf(cell, sizeof cell, "%s", open ? open + 1 : text);
  if (open)
    cell[strlen(cell) - 1] = '\0';
  return cell;
}

static void same_or_refused(const char *in, const char *out, const char *where)
{
  char text[TEXT_SIZE];
  snprintf(text, sizeof text, "%s in %s came back as %s", in, where, out);
  test_check(!strcmp(out, "RANGE") || same_number(in, out), text, __FILE__, __LINE__);
}

static void round_trip(dusq_pool *pool, const char *in)
{
  char sql[200];
  for (int i = 0; i < COLUMNS; i++) {
    snprintf(sql, sizeof sql, "INSERT INTO t%d VALUES (?) RETURNING a", i);
    const char *out = cell_of(query_with(pool, sql, dusq_decimal(in)));
    same_or_refused(in, out, columns[i]);
    if (i >= 4) /* a text stays one */
      CHECK_STR(out, in);
    snprintf(sql, sizeof sql, "UPDATE t%d SET a = ? RETURNING a", i);
    same_or_refused(in, cell_of(query_with(pool, sql, dusq_decimal(in))), columns[i]);
    snprintf(sql, sizeof sql, "INSERT INTO t%d SELECT x FROM (SELECT ? AS x UNION SELECT 0) "
                              "WHERE x IS NOT 0 RETURNING a",
             i);
    same_or_refused(in, cell_of(query_with(pool, sql, dusq_decimal(in))), "a union");
    snprintf(sql, sizeof sql, "DELETE FROM t%d", i);
    (void)query(pool, sql);
  }
  CHECK_STR(cell_of(query_with(pool, "SELECT ?", dusq_decimal(in))), in);
  same_or_refused(in, cell_of(query_with(pool, "SELECT CAST(? AS NUMERIC)", dusq_decimal(in))), "a cast");
  same_or_refused(in, cell_of(query_with(pool, "SELECT ? + 0", dusq_decimal(in))), "a sum");
}

static dusq_pool *tables(void)
{
  dusq_pool *pool = open_pool(NULL, NULL);
  for (int i = 0; i < COLUMNS; i++) {
    char sql[80];
    snprintf(sql, sizeof sql, "CREATE TABLE t%d(a %s)", i, columns[i]);
    CHECK_STR(query(pool, sql), "0/0");
  }
  return pool;
}

static void test_decimals(void)
{
  static const char *const decimals[] = {
      "0", "-0", "0.000", "0.1", "-0.1", "1.10", "1.5", "12.", ".5", "+7", "100", "1e2", "1E-5", "1e-400", "1e400",
      "0e999",
      "1e15", "123456789012345", "1234567890123456", "9007199254740993", "9223372036854775807", "9223372036854775808",
      "-9223372036854775809", "12345678901234567890.123", "0.1234567890123456789", "0.30000000000000004", "4.9e-324",
      "1.7976931348623157e308", "99999999999999.95", "0.000000000000000000000000000001", "1.000000000000000000000"};
  dusq_pool *pool = tables();
  for (size_t i = 0; i < sizeof decimals / sizeof *decimals; i++)
    round_trip(pool, decimals[i]);
  CHECK_STR(query_with(pool, "INSERT INTO t0 VALUES (?)", dusq_decimal("12345678901234567890.123")), "RANGE");
  CHECK_STR(query_with(pool, "INSERT INTO t0 VALUES (?)", dusq_decimal("1.10")), "1/1");
  CHECK_STR(query_with(pool, "SELECT count(*) FROM t0 WHERE a = ?", dusq_decimal("1.100000000000000001")), "RANGE");
  CHECK_STR(query_with(pool, "SELECT count(*) FROM t4 WHERE a = ?", dusq_decimal("1.100000000000000001")), "0/0[0]");
  close_pool(pool);
}

static uint32_t next_random(uint32_t *seed)
{
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

static void test_random_decimals(void)
{
  uint32_t seed = 20261127;
  dusq_pool *pool = tables();
  for (long i = 0, n = test_scale(300); i < n; i++) {
    char text[64];
    size_t len = 0, digits = 1 + next_random(&seed) % 24, point = next_random(&seed) % (digits + 1);
    if (next_random(&seed) % 2)
      text[len++] = '-';
    for (size_t d = 0; d < digits; d++) {
      if (d == point)
        text[len++] = '.';
      text[len++] = (char)('0' + next_random(&seed) % 10);
    }
    text[len] = '\0';
    if (next_random(&seed) % 4 == 0)
      snprintf(text + len, sizeof text - len, "e%d", (int)(next_random(&seed) % 700) - 350);
    round_trip(pool, text);
  }
  close_pool(pool);
}

/* ---- where a text stays one, and where a whole number becomes an INTEGER ----------------------------------------- */

static const char long_text[] = "12345678901234567890.123", fraction[] = "0.12345678901234567890";

static const char *in_and_out(dusq_pool *pool, const char *sql, const char *in)
{
  return cell_of(query_with(pool, sql, dusq_decimal(in)));
}

static void test_whole_decimals(void)
{
  static const char *const whole[] = {"1234567890123456", "-9007199254740993", "99999999999999999",
                                      "999999999999999999", "9223372036854775807", "-9223372036854775808"};
  static const char *const ways[] = {
      "INSERT INTO t0 VALUES (?) RETURNING a", "INSERT INTO t1 VALUES (?) RETURNING a",
      "INSERT INTO t3 VALUES (?) RETURNING a", "INSERT INTO k VALUES (?) RETURNING id",
      "SELECT id FROM k WHERE id = ?",         "SELECT a FROM t3 WHERE a = ? LIMIT 1",
      "SELECT a FROM t0 WHERE a >= ? ORDER BY a LIMIT 1", "SELECT CAST(? AS INTEGER)",
      "SELECT CAST(? AS NUMERIC)",             "INSERT INTO s(i) VALUES (?) RETURNING i",
      "UPDATE s SET i = ? WHERE rowid = 1 RETURNING i",        "DELETE FROM k WHERE id = ? RETURNING id"};
  dusq_pool *pool = tables();
  script(pool, "CREATE TABLE k(id INTEGER PRIMARY KEY); CREATE TABLE s(i INT, n INTEGER) STRICT;"
               "CREATE INDEX x ON t3(a)");
  for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++)
      test_check(!strcmp(in_and_out(pool, ways[k], whole[i]), whole[i]), ways[k], __FILE__, __LINE__);
  CHECK_STR(in_and_out(pool, "INSERT INTO t2 VALUES (?)", whole[1]), "RANGE");
  CHECK_STR(in_and_out(pool, "SELECT CAST(? AS REAL)", whole[1]), "RANGE");
  CHECK_STR(in_and_out(pool, "INSERT INTO t3 VALUES (?)", "9223372036854775808"), "RANGE");
  CHECK_STR(in_and_out(pool, "INSERT INTO t3 VALUES (?)", "1234567890123456.5"), "RANGE");
  CHECK_STR(in_and_out(pool, "INSERT INTO k VALUES (?)", "1.0000000000000000001"), "RANGE");
  CHECK_STR(in_and_out(pool, "SELECT id FROM k WHERE id = ?", "1.0000000000000000001"), "RANGE");
  close_pool(pool);
}

static void test_strict_tables(void)
{
  dusq_pool *pool = open_pool(NULL, NULL);
  CHECK_STR(script(pool, "CREATE TABLE \"s t\"(a TEXT, v INTEGER AS (length(a)), i INTEGER, w TEXT AS (a) STORED, "
                         "t TEXT, r REAL, y ANY, b BLOB) STRICT"),
            "0/0");
  CHECK_STR(in_and_out(pool, "INSERT INTO \"s t\"(a) VALUES (?) RETURNING a", long_text), long_text);
  CHECK_STR(in_and_out(pool, "INSERT INTO \"s t\"(t) VALUES (?) RETURNING t", fraction), fraction);
  CHECK_STR(in_and_out(pool, "INSERT INTO \"s t\"(y) VALUES (?) RETURNING y", long_text), long_text);
  CHECK_STR(in_and_out(pool, "UPDATE \"s t\" SET t = ? WHERE rowid = 1 RETURNING t", long_text), long_text);
  CHECK_STR(in_and_out(pool, "INSERT INTO \"s t\"(i) VALUES (?)", long_text), "RANGE");
  CHECK_STR(in_and_out(pool, "INSERT INTO \"s t\"(r) VALUES (?)", fraction), "RANGE");
  CHECK_STR(in_and_out(pool, "UPDATE \"s t\" SET r = ?", "1234567890123456"), "RANGE");
  CHECK_STR(in_and_out(pool, "INSERT INTO \"s t\"(b) VALUES (?)", long_text), "CHECK"); /* by hand as well */
  close_pool(pool);
}

static void test_functions(void)
{
  static const char *const same[] = {"coalesce(?, 1)",     "upper(?)",        "trim(?)",           "nullif(?, 5)",
                                     "? || ''",            "max(?, '')",      "replace(?, 'x', 1)", "substr(?, 1, 99)",
                                     "iif(1, ?, 0)",       "max(?)",          "group_concat(?)",    "(SELECT ?)",
                                     "CAST(? AS TEXT)"};
  static const char *const refused[] = {"abs(?)", "round(?, 2)", "sum(?)", "? * 2", "-?", "printf('%f', ?)", "? + 0"};
  dusq_pool *pool = tables();
  char sql[200];
  for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
    snprintf(sql, sizeof sql, "SELECT %s", same[i]);
    test_check(!strcmp(in_and_out(pool, sql, long_text), long_text), sql, __FILE__, __LINE__);
    snprintf(sql, sizeof sql, "INSERT INTO t4 SELECT %s RETURNING a", same[i]);
    test_check(!strcmp(in_and_out(pool, sql, fraction), fraction), sql, __FILE__, __LINE__);
    snprintf(sql, sizeof sql, "INSERT INTO t0 SELECT %s", same[i]);
    test_check(!strcmp(in_and_out(pool, sql, fraction), "RANGE"), sql, __FILE__, __LINE__);
  }
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    snprintf(sql, sizeof sql, "SELECT %s", refused[i]);
    test_check(!strcmp(in_and_out(pool, sql, long_text), "RANGE"), sql, __FILE__, __LINE__);
  }
  CHECK_STR(in_and_out(pool, "SELECT length(?)", long_text), "24");
  CHECK_STR(in_and_out(pool, "INSERT INTO t3 VALUES (length(?)) RETURNING a", long_text), "24");
  CHECK_STR(query(pool, "CREATE INDEX x ON t4(a)"), "0/0");
  CHECK_STR(in_and_out(pool, "SELECT count(*) > 0 FROM t4 WHERE a = ?", fraction), "1");
  CHECK_STR(in_and_out(pool, "SELECT count(*) > 0 FROM t4 WHERE a > ?", fraction), "0");
  CHECK_STR(query_with(pool, "INSERT INTO t0 VALUES (?)", dusq_json("0.12345678901234567890")), "RANGE");
  CHECK_STR(query_with(pool, "INSERT INTO t0 VALUES (?)", dusq_json(" 1e-300 ")), "RANGE");
  CHECK_STR(cell_of(query_with(pool, "INSERT INTO t0 VALUES (?) RETURNING a", dusq_json("[0.12345678901234567890]"))),
            "[0.12345678901234567890]");
  if (!strcmp(query(pool, "CREATE VIRTUAL TABLE v USING rtree(id, a, b)"), "0/0"))
    CHECK_STR(query_with(pool, "INSERT INTO v VALUES (1, 0, ?)", dusq_decimal(long_text)), "RANGE");
  close_pool(pool);
}

/* ---- every way from the parameter to a column of numbers --------------------------------------------------------- */

static void test_ways(void)
{
  static const char *const refused[] = {
      "WITH RECURSIVE c(x, n) AS (SELECT ?, 1 UNION ALL SELECT x, n + 1 FROM c WHERE n < 3) "
      "INSERT INTO lg SELECT x FROM c",
      "WITH RECURSIVE c(x, n) AS (SELECT ?, 1 UNION ALL SELECT x, n + 1 FROM c WHERE n < 3) SELECT x + 0 FROM c",
      "WITH c(x) AS MATERIALIZED (SELECT ?) INSERT INTO lg SELECT b.x FROM c a, c b",
      "WITH c(x) AS MATERIALIZED (SELECT ?) SELECT a.x, b.x + 0 FROM c a, c b",
      "SELECT sum(y) OVER () FROM (SELECT ? AS y)",
      "SELECT total(y) OVER () FROM (SELECT ? AS y)",
      "SELECT avg(y) OVER (ORDER BY y ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM (SELECT ? AS y UNION SELECT 3)",
      "INSERT INTO lg SELECT lag(y, 0) OVER (ORDER BY y) FROM (SELECT ? AS y)",
      "INSERT INTO lg SELECT max(y) OVER (ORDER BY y) FROM (SELECT ? AS y)",
      "UPDATE v SET x = ? WHERE k = 1",
      "INSERT INTO v(k, x) VALUES (3, ?)",
      "UPDATE tx SET x = ? WHERE k = 1",
      "INSERT INTO four VALUES (1, 2, ?, 4)",
      "INSERT INTO again VALUES (?)",
      "UPDATE parent SET a = ?",
      "UPDATE one SET n = y FROM (SELECT coalesce(?, n) AS y FROM one ORDER BY n LIMIT 3)",
      "INSERT INTO one VALUES (1, ?, 0), (1, 'x', 0) ON CONFLICT(k) DO UPDATE SET n = x + 0"};
  static const char *const kept[] = {
      "WITH RECURSIVE c(x, n) AS (SELECT ?, 1 UNION ALL SELECT x, n + 1 FROM c WHERE n < 2) "
      "SELECT x FROM c WHERE n = 2",
      "WITH c(x) AS MATERIALIZED (SELECT ?) SELECT b.x FROM c a, c b",
      "SELECT max(y) OVER () FROM (SELECT ? AS y)",
      "SELECT y FROM (SELECT replace(?, 'x', 'y') AS y FROM one LIMIT 2)",
      "INSERT INTO four VALUES (1, ?, 2, 4) RETURNING b",
      "UPDATE one SET x = ?, n = n + k RETURNING x",
      "UPDATE one SET x = ?, n = x + 0 RETURNING x",
      "INSERT INTO one VALUES (2, ?, 0) ON CONFLICT(k) DO UPDATE SET n = n + 1, x = excluded.x RETURNING x"};
  dusq_pool *pool = open_pool(NULL, NULL);
  (void)script(pool, "CREATE TABLE lg(x NUMERIC); INSERT INTO lg VALUES (1);"
                     "CREATE TABLE tx(x TEXT, k INT); INSERT INTO tx VALUES ('a', 1), ('b', 2);"
                     "CREATE VIEW v AS SELECT x, k FROM tx;"
                     "CREATE TRIGGER vu INSTEAD OF UPDATE ON v BEGIN UPDATE lg SET x = NEW.x; END;"
                     "CREATE TRIGGER vi INSTEAD OF INSERT ON v BEGIN INSERT INTO lg VALUES (NEW.x); END;"
                     "CREATE TRIGGER tu AFTER UPDATE OF x ON tx BEGIN INSERT INTO lg SELECT NEW.x; END;"
                     "CREATE TABLE four(a TEXT, b TEXT, c TEXT, d TEXT);"
                     "CREATE TRIGGER fi AFTER INSERT ON four BEGIN INSERT INTO lg SELECT NEW.c; END;"
                     "CREATE TABLE again(x TEXT);"
                     "CREATE TRIGGER ai AFTER INSERT ON again BEGIN INSERT INTO lg SELECT x FROM again; END;"
                     "CREATE TABLE parent(a TEXT PRIMARY KEY); INSERT INTO parent VALUES (5);"
                     "CREATE TABLE child(a NUMERIC REFERENCES parent ON UPDATE CASCADE); INSERT INTO child VALUES (5);"
                     "CREATE TABLE one(k INTEGER PRIMARY KEY, x TEXT, n NUMERIC); INSERT INTO one VALUES (1, '5', 0)");
  CHECK_STR(query(pool, "SELECT count(*) FROM one"), "0/0[1]"); /* so all of it was made */
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    test_check(!strcmp(in_and_out(pool, refused[i], fraction), "RANGE"), refused[i], __FILE__, __LINE__);
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
    test_check(!strcmp(in_and_out(pool, kept[i], fraction), fraction), kept[i], __FILE__, __LINE__);
  close_pool(pool);
}

/* ---- what is bound as it is: SQLite stores what it stores by hand ---------------------------------------------- */

static int bind(sqlite3_stmt *stmt, const dusq_value *value)
{
  if (value->type == DUSQ_TEXT)
    return sqlite3_bind_text64(stmt, 1, value->u.p, value->len, SQLITE_TRANSIENT, SQLITE_UTF8);
  return value->type == DUSQ_INT ? sqlite3_bind_int64(stmt, 1, value->u.i) : sqlite3_bind_double(stmt, 1, value->u.r);
}

/* What sqlite3_bind_* and a column of this type make of it: its type, and all its digits. */
static void by_hand(const char *type, const dusq_value *value, char text[200])
{
  sqlite3 *db = NULL;
  sqlite3_stmt *stmt = NULL;
  snprintf(text, 200, "CREATE TABLE t(a %s)", type);
  CHECK_INT(sqlite3_open(":memory:", &db), SQLITE_OK);
  CHECK_INT(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
  CHECK_INT(sqlite3_prepare_v2(db, "INSERT INTO t VALUES (?)", -1, &stmt, NULL), SQLITE_OK);
  CHECK_INT(bind(stmt, value), SQLITE_OK);
  CHECK_INT(sqlite3_step(stmt), SQLITE_DONE);
  sqlite3_finalize(stmt);
  CHECK_INT(sqlite3_prepare_v2(db, "SELECT typeof(a) || a || printf('%!.20g', a) FROM t", -1, &stmt, NULL), SQLITE_OK);
  CHECK_INT(sqlite3_step(stmt), SQLITE_ROW);
  snprintf(text, 200, "%s", (const char *)sqlite3_column_text(stmt, 0));
  sqlite3_finalize(stmt);
  sqlite3_close(db);
}

static void test_as_by_hand(void)
{
  const dusq_value values[] = {
      dusq_text("007"), dusq_text("0.10000000000000000001"), dusq_text("9007199254740993"), dusq_text("1e3"),
      dusq_text(" 5 "), dusq_text("12345678901234567890"), dusq_text("1.0"), dusq_text("x"), dusq_text(""),
      dusq_int(9007199254740993), dusq_int(INT64_MAX), dusq_int(INT64_MIN), dusq_int(7), dusq_real(0.1 + 0.2),
      dusq_real(-0.0), dusq_real(1e22), dusq_real(3.0), dusq_real(5e-324), dusq_real((double)INFINITY),
      dusq_real(9007199254740992.0)};
  dusq_pool *pool = tables();
  for (size_t v = 0; v < sizeof values / sizeof *values; v++)
    for (int i = 0; i < COLUMNS; i++) {
      char sql[100], expected[200];
      by_hand(columns[i], &values[v], expected);
      snprintf(sql, sizeof sql, "INSERT INTO t%d VALUES (?)", i);
      (void)query_with(pool, sql, values[v]);
      snprintf(sql, sizeof sql, "SELECT typeof(a) || a || printf('%%!.20g', a) FROM t%d", i);
      CHECK_STR(cell_of(query(pool, sql)), expected);
      snprintf(sql, sizeof sql, "DELETE FROM t%d", i);
      CHECK_STR(query(pool, sql), "1/0");
    }
  close_pool(pool);
}

/* The way in and the way out by themselves: nothing is lost where no column has a say. */
static void test_as_they_are(void)
{
  static const double reals[] = {0.1 + 0.2, 1e22, 5e-324, 1.7976931348623157e308, 9007199254740993.0};
  dusq_pool *pool = tables();
  for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
    char expected[64], sql[] = "INSERT INTO t6 VALUES (?) RETURNING a";
    dusq_value value = dusq_real(reals[i]);
    dusq_value_format(&value, expected, sizeof expected);
    CHECK_STR(cell_of(query_with(pool, "SELECT ?", value)), expected);
    CHECK_STR(cell_of(query_with(pool, sql, value)), expected);
  }
  CHECK_STR(cell_of(query_with(pool, "INSERT INTO t6 VALUES (?) RETURNING a", dusq_text("007"))), "007");
  CHECK_STR(cell_of(query_with(pool, "INSERT INTO t3 VALUES (?) RETURNING a", dusq_int(INT64_MAX))),
            "9223372036854775807");
  close_pool(pool);
}

void suite_sqlite_exact(void);
void suite_sqlite_exact(void)
{
  test_suite("sqlite_exact");
  test_case("decimals", test_decimals);
  test_case("random decimals", test_random_decimals);
  test_case("whole decimals that an INTEGER holds", test_whole_decimals);
  test_case("decimals in STRICT tables", test_strict_tables);
  test_case("decimals as arguments", test_functions);
  test_case("ways to a column of numbers", test_ways);
  test_case("other kinds are stored as by hand", test_as_by_hand);
  test_case("and arrive as they are", test_as_they_are);
}
