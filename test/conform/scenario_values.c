/* scenario_values.c - values by the ten thousand, and at the limits of what one statement takes. */
#include "conform.h"

enum { LIMIT = 65535 };

/* "SELECT 1 WHERE 1 IN (?, ?, ...)" with n placeholders; to be freed. */
static char *write_in(size_t n)
{
  char *sql = malloc(2 * n + 64);
  CHECK(sql != NULL);
  if (!sql)
    return NULL;
  size_t len = (size_t)sprintf(sql, "SELECT 1 AS x WHERE 1 IN (?");
  for (size_t i = 1; i < n; i++) {
    sql[len++] = ',';
    sql[len++] = '?';
  }
  sql[len++] = ')';
  sql[len] = '\0';
  return sql;
}

static dusq_status run_in(const conform_site *site, size_t placeholders, size_t n, size_t *rows)
{
  char *sql = write_in(placeholders);
  dusq_value *values = calloc(n, sizeof *values);
  dusq_result *result = NULL;
  for (size_t i = 0; values && i < n; i++)
    values[i] = dusq_int(i + 1 == n);
  dusq_status status = conform_settle(dusq_pool_query(site->pool, sql, n, values, NULL), &result);
  *rows = dusq_result_rows(result);
  dusq_result_unref(result);
  free(values);
  free(sql);
  return status;
}

/* SQLite takes time by the square of the numbers that it writes its placeholders with. */
static void most_values(conform_site *site)
{
  size_t most = conform_is(site, CONFORM_SQLITE) ? 10000 : LIMIT;
  const char *name = "x";
  dusq_value one = dusq_int(1);
  size_t rows = 0;
  RULE(site, "SELECT*", .cols = 1, .names = &name, .rows = 1, .cells = &one);
  CHECK_INT(run_in(site, most, most, &rows), DUSQ_OK);
  CHECK_INT(rows, 1);
  CHECK_INT(run_in(site, LIMIT + 1, LIMIT + 1, &rows), DUSQ_E_PARAMS);
  CHECK_INT(run_in(site, most, most - 1, &rows), DUSQ_E_PARAMS);
  CHECK_INT(run_in(site, 10, 10, &rows), DUSQ_OK);
  CHECK_INT(rows, 1);
}

/* Larger than the server takes; it may have to drop the connection, and the next one must not notice. */
static void too_large(conform_site *site)
{
  enum { LEN = 17 << 20 }; /* max_allowed_packet is 16 MiB */
  char *text = malloc(LEN);
  CHECK(text != NULL);
  if (!text)
    return;
  memset(text, 'x', LEN);
  for (int i = 0; i < 2; i++) {
    dusq_result *result = NULL;
    int64_t n = 0;
    dusq_status status = conform_settle(conform_query(site, "SELECT {length(?)|length(?)|char_length(?)} AS n",
                                                      DUSQ_PARAMS(dusq_textn(text, LEN)), NULL),
                                        &result);
    CHECK_INT(status, conform_is(site, CONFORM_MARIADB) ? DUSQ_E_TOO_LARGE : DUSQ_OK);
    if (!status)
      CHECK_INT(dusq_result_int(result, 0, 0, &n), DUSQ_OK);
    CHECK_INT(n, status ? 0 : LEN);
    dusq_result_unref(result);
    CHECK_INT(conform_number(site, "SELECT 1 AS n"), 1);
  }
  free(text);
}

/* The servers print a float in the digits that are safe, or in all that it takes to read it back. */
static void floats(conform_site *site)
{
  const float largest = 3.40282346638528859811704183484516925440e+38F;
  dusq_value exact = dusq_real((double)largest), six = dusq_real((double)3.40282e38F);
  CHECK_INT(conform_run(site, "CREATE TABLE t (c {REAL|float4|FLOAT})"), DUSQ_OK);
  CHECK_INT(conform_settle(conform_query(site, "INSERT INTO t VALUES (?)", 1, &exact, NULL), NULL), DUSQ_OK);
  for (int script = 0; script < 2; script++) {
    dusq_result *result = NULL;
    CHECK_INT(conform_settle(script ? conform_script(site, "SELECT c FROM t")
                                    : conform_query(site, "SELECT c FROM t", DUSQ_NO_PARAMS, NULL), &result), DUSQ_OK);
    dusq_value cell = dusq_result_at(result, 0, 0);
    CHECK(conform_same(&cell, script && conform_is(site, CONFORM_MY) ? &six : &exact));
    dusq_result_unref(result);
  }
}

/* A value a row, of a length of its own, so that buffers grow and shrink between the rows. */
static void lengths(conform_site *site)
{
  enum { N = 300 };
  static char text[N * 40];
  static dusq_value values[2 * N];
  memset(text, 'y', sizeof text);
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER, c {TEXT|TEXT|LONGTEXT})"), DUSQ_OK);
  for (int i = 0; i < N; i++) {
    values[2 * i] = dusq_int(i);
    values[2 * i + 1] = i % 7 ? dusq_textn(text, (size_t)(i * 7919 % (N * 40))) : dusq_null();
  }
  CHECK_INT(conform_settle(dusq_pool_many(site->pool, "INSERT INTO t VALUES (?, ?)", 2, N, values, NULL), NULL),
            DUSQ_OK);
  dusq_result *result = NULL;
  CHECK_INT(conform_settle(conform_query(site, "SELECT c FROM t ORDER BY i", DUSQ_NO_PARAMS, NULL), &result), DUSQ_OK);
  CHECK_INT(dusq_result_rows(result), N);
  for (size_t i = 0; i < N; i++) {
    dusq_value cell = dusq_result_at(result, i, 0);
    CHECK(conform_same(&cell, &values[2 * i + 1]));
  }
  dusq_result_unref(result);
}

/* Texts that databases cut, escape or translate, as parameters, in keys, and compared. */
static void texts(conform_site *site)
{
  static const char *const all[] = {"", " ", "a ", "\\", "\\0", "%", "_", "'", "''", "\"", "`", "?", "??", ":a", "$1",
                                    "--", "/*", ";", "\n", "\r\n", "\t", "NULL", "null", "0", "-0", "1e9", "TRUE",
                                    "\x7F",
                                    "caf\xC3\xA9", "cafe\xCC\x81", "\xEF\xBB\xBF" "bom", "\xE2\x80\xAE",
                                    "\xF0\x9F\x91\xA9"
                                    "\xE2\x80\x8D\xF0\x9F\x94\xAC", "\xEF\xBF\xBD", "\xEF\xBF\xBF"};
  enum { N = sizeof all / sizeof all[0] };
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER, c VARCHAR(100){|| CHARACTER SET utf8mb4 COLLATE "
                              "utf8mb4_bin})"),
            DUSQ_OK);
  for (int i = 0; i < N; i++)
    CHECK_INT(conform_settle(conform_query(site, "INSERT INTO t VALUES (?, ?)",
                                           DUSQ_PARAMS(dusq_int(i), dusq_text(all[i])), NULL),
                             NULL),
              DUSQ_OK);
  for (int i = 0; i < N; i++) {
    dusq_result *result = NULL;
    CHECK_INT(conform_settle(conform_query(site, "SELECT c FROM t WHERE i = ? AND c = ?",
                                           DUSQ_PARAMS(dusq_int(i), dusq_text(all[i])), NULL),
                             &result),
              DUSQ_OK);
    const char *text = NULL;
    CHECK_INT(dusq_result_text(result, 0, 0, &text, NULL), DUSQ_OK);
    CHECK_STR(text, all[i]);
    dusq_result_unref(result);
  }
}

static void check_back(const conform_site *site, const dusq_value *cell, const dusq_value *sent)
{
  char what[300], actual[100], wanted[100];
  dusq_value expected = *sent;
  if (sent->type == DUSQ_BLOB && cell->type == DUSQ_TEXT && conform_is(site, CONFORM_MYSQL))
    expected.type = DUSQ_TEXT; /* as in the case "blob"; but beside a number MySQL looks again, and sees the BLOB */
  dusq_value_format(cell, actual, sizeof actual);
  dusq_value_format(&expected, wanted, sizeof wanted);
  snprintf(what, sizeof what, "%s '%s' came back as %s '%s'", dusq_kind_name(expected.type), wanted,
           dusq_kind_name(cell->type), actual);
  test_check(conform_same(cell, &expected), what, __FILE__, __LINE__);
}

/* Pools of one statement text, whose values change their kinds all the time: what comes out may not depend on what was
 * asked before, nor on who else asks at the same time.                                                               */
static void changing_kinds(conform_site *site)
{
  const char *bytes = conform_is(site, CONFORM_MYSQL) ? "\x7F\0" : "\xFF\0"; /* MySQL: as in the case "blob" */
  const dusq_value kinds[] = {dusq_int(-7), dusq_text("text"), dusq_real(0.5), dusq_blob(bytes, 2), dusq_null(),
                              dusq_date(19782), dusq_int(INT64_MAX), dusq_text("")};
  enum { N = 240, KINDS = sizeof kinds / sizeof kinds[0] };
  dusq_future *futures[N];
  for (size_t i = 0; i < N; i++)
    futures[i] = conform_query(site, "SELECT ? AS x, ? AS y", DUSQ_PARAMS(kinds[i % KINDS], kinds[i / KINDS % KINDS]),
                               NULL);
  for (size_t i = 0; i < N; i++) {
    dusq_result *result = NULL;
    CHECK_INT(conform_settle(futures[i], &result), DUSQ_OK);
    dusq_value x = dusq_result_at(result, 0, 0), y = dusq_result_at(result, 0, 1);
    check_back(site, &x, &kinds[i % KINDS]);
    check_back(site, &y, &kinds[i / KINDS % KINDS]);
    dusq_result_unref(result);
  }
}

const conform_scenario conform_values[] = {
  {"65,535 values", CONFORM_ANY, "pool_size=1", most_values},
  {"more than a packet", CONFORM_REAL & ~CONFORM_MYSQL, "pool_size=1", too_large},
  {"floats in a script", CONFORM_REAL, NULL, floats},
  {"values of all lengths", CONFORM_REAL, NULL, lengths},
  {"texts with a meaning", CONFORM_REAL, NULL, texts},
  {"values of changing kinds", CONFORM_REAL, "pool_size=2", changing_kinds},
  {NULL, 0, NULL, NULL},
};
