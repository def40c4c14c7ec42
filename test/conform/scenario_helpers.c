/* scenario_helpers.c - results as the databases give them, read by what is there for reading: one row, one value, by
 * name, row after row, a column.                                                                                     */
#include "conform.h"

/* Runs a statement, which must go well; the result is owned. */
static dusq_result *ask(const conform_site *site, const char *sql)
{
  dusq_result *result = NULL;
  test_check_int(conform_settle(conform_query(site, sql, DUSQ_NO_PARAMS, NULL), &result), DUSQ_OK, sql, __FILE__,
                 __LINE__);
  return result;
}

/* Three rows, with something missing in each column but the first. */
static void make_table(const conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER NOT NULL PRIMARY KEY, n INTEGER, r {REAL|float8|DOUBLE}, "
                              "c VARCHAR(20))"),
            DUSQ_OK);
  CHECK_INT(conform_run(site, "INSERT INTO t VALUES (1, 10, 0.5, 'one'), (2, NULL, 1.5, NULL), (3, 30, NULL, 'three')"),
            DUSQ_OK);
}

/* ---- one row ----------------------------------------------------------------------------------------------------- */
static void one_row(conform_site *site)
{
  static const struct {
    const char *sql;
    dusq_status one, some;
  } all[] = {{"SELECT i FROM t WHERE i > 3", DUSQ_E_NO_ROW, DUSQ_OK},
             {"SELECT i FROM t WHERE i > 2", DUSQ_OK, DUSQ_OK},
             {"SELECT i FROM t WHERE i > 1", DUSQ_E_MANY_ROWS, DUSQ_E_MANY_ROWS}};
  make_table(site);
  for (int i = 0; i < 3; i++) {
    dusq_result *result = ask(site, all[i].sql);
    bool some = i != 1;
    dusq_value value = dusq_int(-1);
    CHECK_INT(dusq_result_one(result), all[i].one);
    CHECK_INT(dusq_result_one_or_none(result, &some), all[i].some);
    CHECK_INT(some, i < 2 ? i == 1 : true); /* untouched where it failed */
    CHECK_INT(dusq_result_scalar(result, &value), all[i].one);
    CHECK_INT(value.u.i, i == 1 ? 3 : -1);
    dusq_result_unref(result);
  }
}

/* The first cell of the one row, of the kind that the database has for it. */
static void scalars(conform_site *site)
{
  int64_t n = -1;
  double r = -1;
  const char *text = NULL;
  size_t len = 0;
  make_table(site);
  dusq_result *result = ask(site, "SELECT count(*) FROM t");
  CHECK_INT(dusq_result_scalar_int(result, &n), DUSQ_OK);
  CHECK_INT(n, 3);
  CHECK_INT(dusq_result_scalar_text(result, &text, &len), DUSQ_E_TYPE);
  dusq_result_unref(result);
  result = ask(site, "SELECT r, c FROM t WHERE i = 1");
  CHECK_INT(dusq_result_scalar_real(result, &r), DUSQ_OK);
  CHECK(r == 0.5);
  CHECK_INT(dusq_result_scalar_int(result, &n), DUSQ_E_RANGE);
  dusq_result_unref(result);
  result = ask(site, "SELECT c FROM t WHERE i = 3");
  CHECK_INT(dusq_result_scalar_text(result, &text, &len), DUSQ_OK);
  CHECK_STR(text ? text : "", "three");
  CHECK_INT(len, 5);
  dusq_result_unref(result);
}

/* A NULL, no columns, and nothing at all are told apart. */
static void no_scalar(conform_site *site)
{
  dusq_value value = dusq_int(-1);
  int64_t n = -1;
  make_table(site);
  dusq_result *result = ask(site, "SELECT n FROM t WHERE i = 2");
  CHECK_INT(dusq_result_scalar(result, &value), DUSQ_OK);
  CHECK_INT(value.type, DUSQ_NULL);
  CHECK_INT(dusq_result_scalar_int(result, &n), DUSQ_E_TYPE);
  dusq_result_unref(result);
  result = ask(site, "INSERT INTO t VALUES (4, NULL, NULL, NULL)");
  CHECK_INT(dusq_result_scalar(result, &value), DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(dusq_result_scalar_int(result, &n), DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(dusq_result_one(result), DUSQ_E_NO_ROW);
  dusq_result_unref(result);
  CHECK_INT(dusq_result_scalar(NULL, &value), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_one(NULL), DUSQ_E_INVAL);
  CHECK_INT(n, -1);
}

/* ---- by name ----------------------------------------------------------------------------------------------------- */
static void by_name(conform_site *site)
{
  dusq_value value = dusq_int(-1);
  size_t col = 99;
  make_table(site);
  dusq_result *result = ask(site, "SELECT i AS first, n AS second, i + 1 AS twice, c AS twice FROM t ORDER BY i");
  CHECK_INT(dusq_result_at_name(result, 2, "second", &value), DUSQ_OK);
  CHECK(value.type == DUSQ_INT && value.u.i == 30);
  CHECK_INT(dusq_result_at_name(result, 1, "second", &value), DUSQ_OK);
  CHECK_INT(value.type, DUSQ_NULL);
  CHECK_INT(dusq_result_at_name(result, 3, "first", &value), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_at_name(result, 0, "third", &value), DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(dusq_result_at_name(result, 0, "First", &value), DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(dusq_result_at_name(result, 0, "twice", &value), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_column_index(result, "second", &col), DUSQ_OK);
  CHECK_INT(col, 1);
  CHECK_INT(dusq_result_column_index(result, "twice", &col), DUSQ_E_INVAL);
  dusq_result_unref(result);
}

/* ---- row after row ----------------------------------------------------------------------------------------------- */
static int64_t walk(dusq_rows *rows, const char *name)
{
  int64_t sum = 0, n = 0;
  while (dusq_rows_next(rows)) {
    dusq_value value;
    CHECK_INT(dusq_rows_at(rows, name, &value), DUSQ_OK);
    CHECK_INT(dusq_rows_int(rows, name, &n), value.type == DUSQ_NULL ? DUSQ_E_TYPE : DUSQ_OK);
    sum += value.type == DUSQ_NULL ? 0 : n;
  }
  CHECK_INT(rows->row, dusq_result_rows(rows->result));
  CHECK(!dusq_rows_next(rows));
  CHECK_INT(dusq_rows_int(rows, name, &n), DUSQ_E_RANGE);
  return sum;
}

/* Through the sets of a script: with rows, without rows, and without columns. */
static void rows_of_sets(conform_site *site)
{
  dusq_result *result = NULL;
  make_table(site);
  CHECK_INT(conform_settle(conform_script(site, "SELECT i, n FROM t ORDER BY i; SELECT n FROM t WHERE i = 99; "
                                                "UPDATE t SET n = 7; SELECT n FROM t"),
                           &result),
            DUSQ_OK);
  dusq_rows rows = dusq_rows_of(result);
  CHECK_INT(walk(&rows, "n"), 40);
  CHECK(dusq_rows_next_set(&rows));
  CHECK_INT(walk(&rows, "n"), 0);
  CHECK(dusq_rows_next_set(&rows));
  CHECK(!dusq_rows_next(&rows));
  CHECK_INT(dusq_result_affected(rows.result), 3);
  CHECK(dusq_rows_next_set(&rows));
  CHECK_INT(walk(&rows, "n"), 21);
  CHECK(!dusq_rows_next_set(&rows));
  CHECK_INT(rows.row, 3); /* where it was */
  rows = dusq_rows_of(result);
  CHECK(dusq_rows_next(&rows));
  int64_t n = -1;
  CHECK_INT(dusq_rows_int(&rows, "i", &n), DUSQ_OK);
  CHECK_INT(n, 1);
  dusq_result_unref(result);
}

static void rows_typed(conform_site *site)
{
  make_table(site);
  dusq_result *result = ask(site, "SELECT i, r, c FROM t ORDER BY i DESC");
  dusq_rows rows = dusq_rows_of(result);
  const char *text = NULL;
  size_t len = 0;
  double r = -1;
  CHECK(dusq_rows_next(&rows));
  CHECK_INT(dusq_rows_text(&rows, "c", &text, &len), DUSQ_OK);
  CHECK_STR(text ? text : "", "three");
  CHECK_INT(dusq_rows_real(&rows, "r", &r), DUSQ_E_TYPE);
  CHECK(dusq_rows_next(&rows));
  CHECK_INT(dusq_rows_real(&rows, "r", &r), DUSQ_OK);
  CHECK(r == 1.5);
  CHECK_INT(dusq_rows_text(&rows, "c", &text, NULL), DUSQ_E_TYPE);
  CHECK_INT(dusq_rows_text(&rows, "d", &text, NULL), DUSQ_E_NO_SUCH_OBJECT);
  CHECK(dusq_rows_next(&rows));
  CHECK(!dusq_rows_next(&rows));
  dusq_result_unref(result);
}

/* ---- a column ---------------------------------------------------------------------------------------------------- */
static void integers(conform_site *site)
{
  int64_t out[4] = {-1, -1, -1, -1};
  bool nulls[4] = {true, false, true, true};
  size_t row = 99;
  make_table(site);
  dusq_result *result = ask(site, "SELECT i, n, c, sum(n) AS s, r FROM t GROUP BY i, n, c, r ORDER BY i");
  CHECK_INT(dusq_result_copy_int(result, 0, out, 3, NULL, &row), DUSQ_OK);
  CHECK(out[0] == 1 && out[1] == 2 && out[2] == 3 && out[3] == -1);
  CHECK_INT(dusq_result_copy_int(result, 1, out, 3, NULL, &row), DUSQ_E_TYPE);
  CHECK(row == 1 && out[0] == 10 && out[2] == 3);
  for (size_t col = 1; col < 4; col += 2) { /* a sum is a decimal on MySQL */
    CHECK_INT(dusq_result_copy_int(result, col, out, 3, nulls, NULL), DUSQ_OK);
    CHECK(out[0] == 10 && out[1] == 0 && out[2] == 30 && out[3] == -1);
    CHECK(!nulls[0] && nulls[1] && !nulls[2] && nulls[3]);
  }
  CHECK_INT(dusq_result_copy_int(result, 0, out, 4, nulls, &row), DUSQ_E_RANGE);
  CHECK_INT(row, 3);
  CHECK_INT(dusq_result_copy_int(result, 5, out, 3, nulls, &row), DUSQ_E_RANGE);
  CHECK_INT(row, 0);
  CHECK_INT(dusq_result_copy_int(result, 2, out, 3, nulls, &row), DUSQ_E_TYPE);
  CHECK_INT(row, 0);
  CHECK_INT(dusq_result_copy_int(result, 4, out, 3, nulls, &row), DUSQ_E_RANGE); /* 0.5 is no integer */
  CHECK_INT(row, 0);
  dusq_result_unref(result);
}

static void reals(conform_site *site)
{
  double out[3] = {-1, -1, -1};
  bool nulls[3] = {true, true, false};
  size_t row = 99;
  make_table(site);
  dusq_result *result = ask(site, "SELECT r, n, i + 0.25 AS d, c FROM t ORDER BY i");
  CHECK_INT(dusq_result_copy_real(result, 0, out, 3, nulls, &row), DUSQ_OK);
  CHECK(out[0] == 0.5 && out[1] == 1.5 && out[2] == 0.0);
  CHECK(!nulls[0] && !nulls[1] && nulls[2]);
  CHECK_INT(dusq_result_copy_real(result, 0, out, 3, NULL, &row), DUSQ_E_TYPE);
  CHECK_INT(row, 2);
  CHECK_INT(dusq_result_copy_real(result, 0, out, 2, NULL, &row), DUSQ_OK);
  CHECK_INT(dusq_result_copy_real(result, 1, out, 3, nulls, &row), DUSQ_OK);
  CHECK(out[0] == 10.0 && out[1] == 0.0 && out[2] == 30.0 && nulls[1]);
  CHECK_INT(dusq_result_copy_real(result, 2, out, 3, NULL, &row), DUSQ_OK); /* a decimal on the servers */
  CHECK(out[0] == 1.25 && out[1] == 2.25 && out[2] == 3.25);
  CHECK_INT(dusq_result_copy_real(result, 3, out, 1, nulls, &row), DUSQ_E_TYPE);
  CHECK_INT(row, 0);
  CHECK_INT(dusq_result_copy_real(NULL, 0, out, 1, nulls, &row), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_copy_real(result, 0, NULL, 1, nulls, &row), DUSQ_E_INVAL);
  dusq_result_unref(result);
}

const conform_scenario conform_helpers[] = {
  {"one row, none, several", CONFORM_REAL, NULL, one_row},
  {"one value", CONFORM_REAL, NULL, scalars},
  {"no value", CONFORM_REAL, NULL, no_scalar},
  {"cells by name", CONFORM_REAL, NULL, by_name},
  {"rows of several sets", CONFORM_REAL, NULL, rows_of_sets},
  {"rows by name and type", CONFORM_REAL, NULL, rows_typed},
  {"a column of integers", CONFORM_REAL, NULL, integers},
  {"a column of reals", CONFORM_REAL, NULL, reals},
  {NULL, 0, NULL, NULL},
};
