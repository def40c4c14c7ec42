/* scenario_quoting.c - names and values that the library quotes, read back by the database, in each mode that could
 * read them in another way.                                                                                          */
#include "conform.h"
#include <float.h>
#include <math.h>

enum { SQL_SIZE = 1000 };

static const char *const texts[] = {
    "", "'", "''", "\\", "\\\\", "\\'", "'\\", "\\n", "\\0", "\\'; DROP TABLE t; --", "' OR ''='",
    "a\nb\r\n\tc", "\x1A\x08\x7F", "100%", "a_b%c\\%", "?", "$1 :name ??", "\"", "`", "/* -- # ; */", "$$ $x$",
    "h\xC3\xA9llo \xE2\x82\xAC", "\xF0\x9F\x8E\x89", "\xF4\x8F\xBF\xBF\\\xF0\x9F\x8E\x89'", "E'x'", "007.50", "NULL",
    " a  ", "\xC2\x85\xE2\x80\xA8", "\xEF\xBC\x87\xCA\xBC"};

static const dusq_value others[] = {
    V_NULL, V_BOOL(true), V_BOOL(false), V_INT(0), V_INT(-7), V_INT(INT64_MAX), V_INT(INT64_MIN), V_UINT(INT64_MAX),
    V_UINT(UINT64_MAX), V_REAL(0.0), V_REAL(-0.0), V_REAL(1.0), V_REAL(-2.5), V_REAL(0.1), V_REAL(0.1 + 0.2),
    V_REAL(-1e-5), V_REAL(1e16), V_REAL(123456789012345680.0), V_REAL(DBL_MAX), V_REAL(DBL_MIN),
    V_REAL(2.2250738585072011e-308), V_REAL(4.9e-324), V_REAL(9007199254740993.0),
    V_REAL(-DBL_MAX), V_REAL((double)INFINITY), V_REAL(-(double)INFINITY), V_REAL((double)NAN), V_DECIMAL("1.50"),
    V_DECIMAL("-12"), V_DECIMAL("0.00001"), V_DECIMAL("12345678901234567890123456789012345.5"), V_BLOB(""),
    V_BLOB("\0"), V_BLOB("\x00\xFF'\\\x80"),
    V_DATE(19782), V_DATE(-719162), V_DATE(2932896), V_DATE(-735000), V_DATE(2932897), V_TIME(0),
    V_TIME(INT64_C(49020123456)), V_TIME(INT64_C(86399999999)), V_TIME(INT64_C(90000000000)),
    V_TIME(-INT64_C(3600000000)), V_STAMP(0), V_STAMP(-1), V_STAMP(INT64_C(1709213820123456)),
    V_STAMP(INT64_C(253402300799999999)), V_STAMP(INT64_C(253402300800000000)),
    V_STAMP(-INT64_C(62135596800000000)),
    V_UUID(0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x00),
    V_JSON("{\"a\": \"\\n\\\"'\"}")};

/* A script that sets the mode ends with a blank; the last one is the usual mode again. */
static const char *const sqlite_modes[] = {"", NULL};
static const char *const postgresql_modes[] = {
    "SET standard_conforming_strings = off; ", "SET TimeZone = 'Asia/Tokyo'; ",
    "RESET standard_conforming_strings; RESET TimeZone; ", NULL};
static const char *const mysql_modes[] = {"SET sql_mode = 'NO_BACKSLASH_ESCAPES'; ", "SET sql_mode = 'ANSI_QUOTES'; ",
                                          "SET sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT'; ",
                                          "SET sql_mode = ''; ", NULL};
static const char *const mariadb_modes[] = {"SET sql_mode = 'EMPTY_STRING_IS_NULL'; ", "SET sql_mode = 'ORACLE'; ",
                                            "SET sql_mode = 'NO_BACKSLASH_ESCAPES'; ",
                                            "SET sql_mode = 'ANSI_QUOTES'; ", "SET sql_mode = ''; ", NULL};

static const char *const *modes_of(const conform_site *site)
{
  if (conform_is(site, CONFORM_POSTGRESQL))
    return postgresql_modes;
  if (conform_is(site, CONFORM_MARIADB))
    return mariadb_modes;
  return conform_is(site, CONFORM_MYSQL) ? mysql_modes : sqlite_modes;
}

/* What a database has no literal for: what stands in dusq_pool(3). */
static bool has_none(const conform_site *site, const dusq_value *value)
{
  bool mysql = conform_is(site, CONFORM_MY);
  switch (value->type) {
  case DUSQ_REAL:
    return mysql ? !isfinite(value->u.r) : conform_is(site, CONFORM_SQLITE) && isnan(value->u.r);
  case DUSQ_UINT:
    return conform_is(site, CONFORM_SQLITE) && value->u.n > INT64_MAX;
  case DUSQ_DATE:
    return mysql && (value->u.i < -719528 || value->u.i > 2932896);
  case DUSQ_TIMESTAMP:
    return mysql && value->u.i >= INT64_C(253402300800000000);
  default:
    return false;
  }
}

/* PostgreSQL writes years BC and spans of time in its own ways, and the library gives them as they are. */
static bool is_back(const conform_site *site, const dusq_value *cell, const dusq_value *sent)
{
  dusq_value expected = *sent;
  if (conform_is(site, CONFORM_POSTGRESQL) && sent->type == DUSQ_DATE && cell->type == DUSQ_TEXT)
    return !strcmp(cell->u.p, "0044-08-22 BC");
  if (sent->type == DUSQ_BLOB && cell->type == DUSQ_TEXT && conform_is(site, CONFORM_MY))
    expected.type = DUSQ_TEXT; /* as in the case "blob" */
  if (sent->type == DUSQ_REAL && sent->u.r == 0 && conform_is(site, CONFORM_MY))
    return cell->type == DUSQ_REAL && cell->u.r == 0; /* they give no minus with a zero */
  return conform_same(cell, &expected);
}

/* The value of the literal in the last result set of a script. */
static void read_back(const conform_site *site, const char *mode, const dusq_value *value)
{
  char literal[SQL_SIZE], sql[SQL_SIZE + 300], was[200] = "", what[2 * SQL_SIZE];
  size_t len = dusq_pool_quote_literal(site->pool, value, literal, sizeof literal);
  if (has_none(site, value)) {
    test_check(len == SIZE_MAX && !*literal, literal, __FILE__, __LINE__);
    return;
  }
  if (!test_check(len < sizeof literal, "a literal is too long", __FILE__, __LINE__))
    return;
  snprintf(sql, sizeof sql, "%sSELECT %s AS x", mode, literal);
  dusq_result *result = NULL;
  dusq_status status = conform_settle(dusq_pool_script(site->pool, sql, NULL), &result);
  dusq_rows rows = dusq_rows_of(result);
  while (dusq_rows_next_set(&rows))
    continue;
  dusq_value cell = dusq_null();
  bool read = !status && !dusq_result_scalar(rows.result, &cell);
  dusq_value_format(&cell, was, sizeof was);
  snprintf(what, sizeof what, "[%s] %s gave %s %s '%s'", site->backend->name, sql, dusq_status_name(status),
           dusq_kind_name(cell.type), was);
  test_check(read && is_back(site, &cell, value), what, __FILE__, __LINE__);
  dusq_result_unref(result);
}

static void literals(conform_site *site)
{
  for (const char *const *mode = modes_of(site); *mode; mode++) {
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
      dusq_value value = dusq_text(texts[i]);
      read_back(site, *mode, &value);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
      read_back(site, *mode, &others[i]);
  }
}

/* Reals of all sizes, many at a time. */
static void reals(conform_site *site)
{
  enum { ROUNDS = 100, COLUMNS = 20 };
  uint64_t seed = UINT64_C(88172645463325252);
  for (long round = test_scale(ROUNDS); round > 0; round--) {
    double sent[COLUMNS];
    char sql[COLUMNS * 500] = "SELECT ";
    size_t len = strlen(sql);
    for (size_t i = 0; i < COLUMNS; i++) {
      do {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        memcpy(&sent[i], &seed, sizeof sent[i]);
      } while (!isfinite(sent[i]));
      if (i % 2)
        sent[i] = (double)(int64_t)seed / 4294967296.0 / 1000;
      dusq_value value = dusq_real(sent[i]);
      len += dusq_pool_quote_literal(site->pool, &value, sql + len, sizeof sql - len);
      len += (size_t)snprintf(sql + len, sizeof sql - len, " AS c%zu%s", i, i + 1 < COLUMNS ? ", " : "");
    }
    dusq_result *result = NULL;
    CHECK_INT(conform_settle(dusq_pool_query(site->pool, sql, DUSQ_NO_PARAMS, NULL), &result), DUSQ_OK);
    for (size_t i = 0; i < COLUMNS; i++) {
      dusq_value cell = dusq_result_at(result, 0, i), value = dusq_real(sent[i]);
      CHECK(conform_same(&cell, &value));
    }
    dusq_result_unref(result);
  }
}

/* A literal in place of a number does not make a comment of what stands before it. */
static void minus(conform_site *site)
{
  const dusq_value values[] = {dusq_int(-1), dusq_real(-1), dusq_int(-5)};
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    char literal[100], sql[200];
    CHECK(dusq_pool_quote_literal(site->pool, &values[i], literal, sizeof literal) < sizeof literal);
    snprintf(sql, sizeof sql, "SELECT CASE WHEN 5-%s\n> 5 THEN 1 ELSE 0 END", literal);
    CHECK_INT(conform_number(site, sql), 1);
  }
}

static void names(conform_site *site)
{
  static const char *const all[] = {"a\"b", "a`b", "a b", "select", "caf\xC3\xA9", "a;b -- c", "it's", "a\\b", "a?b",
                                    ":a $1 ??", "\"", "``", "A", "a[0]", "%s"};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    char name[100], sql[300];
    CHECK(dusq_pool_quote_identifier(site->pool, all[i], name, sizeof name) < sizeof name);
    snprintf(sql, sizeof sql, "DROP TABLE IF EXISTS t; CREATE TABLE t (%s INTEGER); INSERT INTO t (%s) VALUES (7)",
             name, name);
    CHECK_INT(conform_settle(dusq_pool_script(site->pool, sql, NULL), NULL), DUSQ_OK);
    snprintf(sql, sizeof sql, "SELECT %s FROM t WHERE t.%s = ?", name, name);
    dusq_result *result = NULL;
    CHECK_INT(conform_settle(dusq_pool_query(site->pool, sql, DUSQ_PARAMS(dusq_int(7)), NULL), &result), DUSQ_OK);
    CHECK_INT(dusq_result_one(result), DUSQ_OK);
    CHECK_STR(dusq_result_name(result, 0), all[i]);
    dusq_result_unref(result);
  }
}

/* A literal goes into a column as the parameter does. */
static void inserted(conform_site *site)
{
  const dusq_value stamp = dusq_timestamp(INT64_C(1709213820123456)), json = dusq_json("{\"a\": \"\\n\\\\\"}");
  char at[200], tree[200], sql[800];
  CHECK(dusq_pool_quote_literal(site->pool, &stamp, at, sizeof at) < sizeof at);
  CHECK(dusq_pool_quote_literal(site->pool, &json, tree, sizeof tree) < sizeof tree);
  CHECK_INT(conform_run(site, "CREATE TABLE t (a {TIMESTAMP|TIMESTAMP|DATETIME(6)}, "
                              "b {TEXT|TIMESTAMPTZ|TIMESTAMP(6) NULL}, c {TEXT|JSON|JSON})"),
            DUSQ_OK);
  snprintf(sql, sizeof sql, "%sINSERT INTO t VALUES (%s, %s, %s)",
           conform_is(site, CONFORM_POSTGRESQL) ? "SET TimeZone = 'Asia/Tokyo'; " : "", at, at, tree);
  CHECK_INT(conform_settle(dusq_pool_script(site->pool, sql, NULL), NULL), DUSQ_OK);
  dusq_result *result = NULL;
  CHECK_INT(conform_settle(conform_query(site, "SELECT a, b, c FROM t", DUSQ_NO_PARAMS, NULL), &result), DUSQ_OK);
  dusq_value a = dusq_result_at(result, 0, 0), b = dusq_result_at(result, 0, 1), c = dusq_result_at(result, 0, 2);
  CHECK(conform_same(&a, &stamp) && conform_same(&b, &stamp) && conform_same(&c, &json));
  dusq_result_unref(result);
}

const conform_scenario conform_quoting[] = {
  {"quoted values", CONFORM_REAL, "pool_size=1", literals},
  {"quoted reals", CONFORM_REAL, "pool_size=1", reals},
  {"quoted values behind a minus", CONFORM_REAL, "pool_size=1", minus},
  {"quoted values in columns", CONFORM_REAL, "pool_size=1", inserted},
  {"quoted names", CONFORM_REAL, "pool_size=1", names},
  {NULL, 0, NULL, NULL},
};
