/* test_sqlite_exact.c - decimals and SQLite's affinities: what comes back is the number that went in, or it was refused
 * before anything ran.                                                                                              */
#include "sqlite_pools.h"

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
             "WHERE x IS NOT 0 RETURNING a", i);
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

void suite_sqlite_exact(void);
void suite_sqlite_exact(void)
{
  test_suite("sqlite_exact");
  test_case("decimals", test_decimals);
  test_case("random decimals", test_random_decimals);
}
