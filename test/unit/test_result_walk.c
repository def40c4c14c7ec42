/* test_result_walk.c - one row and scalars, cells by name, walking from row to row, columns as arrays. */
#include "data/result.h"
#include "test.h"
#include <time.h>

static const char *const names[] = {"id", "name", "twice", "twice"};

/* Rows of four columns: i, "row <i>", NULL, i + 0.5. */
static dusq_result *make(int rows)
{
  dusq_result *r = dusq_result_new(4, names);
  for (int i = 0; i < rows; i++) {
    char text[20];
    snprintf(text, sizeof text, "row %d", i);
    const dusq_value row[] = {dusq_int(i), dusq_text(text), dusq_null(), dusq_real(i + 0.5)};
    CHECK_INT(dusq_result_append(r, row), DUSQ_OK);
  }
  return r;
}

static dusq_result *one_cell(dusq_value value)
{
  dusq_result *r = dusq_result_new(1, NULL);
  CHECK_INT(dusq_result_append(r, &value), DUSQ_OK);
  return r;
}

static void test_one(void)
{
  static const dusq_status expected[] = {DUSQ_E_NO_ROW, DUSQ_OK, DUSQ_E_MANY_ROWS, DUSQ_E_MANY_ROWS};
  bool some = true;
  CHECK_INT(dusq_result_one(NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_one_or_none(NULL, &some), DUSQ_E_INVAL);
  for (int rows = 0; rows < 4; rows++) {
    dusq_result *r = make(rows);
    CHECK_INT(dusq_result_one(r), expected[rows]);
    some = rows == 0; /* wrong, and kept on failure */
    CHECK_INT(dusq_result_one_or_none(r, &some), rows < 2 ? DUSQ_OK : DUSQ_E_MANY_ROWS);
    CHECK_INT(some, rows == 1);
    CHECK_INT(dusq_result_one_or_none(r, NULL), DUSQ_E_INVAL);
    dusq_result_unref(r);
  }
}

static void test_scalar(void)
{
  dusq_value v = dusq_int(-1);
  int64_t n = -1;
  double real = -1;
  const char *text = "";
  size_t len = 0;
  CHECK_INT(dusq_result_scalar(NULL, &v), DUSQ_E_INVAL);
  for (int rows = 0; rows < 3; rows += 2) {
    dusq_result *r = make(rows);
    dusq_status expected = rows ? DUSQ_E_MANY_ROWS : DUSQ_E_NO_ROW;
    CHECK_INT(dusq_result_scalar(r, &v), expected);
    CHECK_INT(dusq_result_scalar_int(r, &n), expected);
    CHECK_INT(dusq_result_scalar_real(r, &real), expected);
    CHECK_INT(dusq_result_scalar_text(r, &text, NULL), expected);
    dusq_result_unref(r);
  }
  CHECK(v.type == DUSQ_INT && n == -1 && real == -1 && !*text);
  dusq_result *none = dusq_result_new(0, NULL);
  CHECK_INT(dusq_result_scalar(none, &v), DUSQ_E_NO_SUCH_OBJECT);
  dusq_result_unref(none);
  dusq_result *r = one_cell(dusq_text("0042"));
  CHECK_INT(dusq_result_scalar(r, NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_scalar(r, &v), DUSQ_OK);
  CHECK_INT(dusq_result_scalar_text(r, &text, &len), DUSQ_OK);
  CHECK(v.type == DUSQ_TEXT && v.u.p == text && len == 4); /* borrowed, not copied */
  CHECK_INT(dusq_result_scalar_int(r, &n), DUSQ_OK);
  CHECK_INT(n, 42);
  CHECK_INT(dusq_result_scalar_real(r, &real), DUSQ_OK);
  CHECK(real == 42);
  dusq_result_unref(r);
  r = one_cell(dusq_real(0.5));
  CHECK_INT(dusq_result_scalar_int(r, &n), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_scalar_text(r, &text, NULL), DUSQ_E_TYPE);
  dusq_result_unref(r);
  r = one_cell(dusq_null());
  CHECK_INT(dusq_result_scalar(r, &v), DUSQ_OK);
  CHECK_INT(v.type, DUSQ_NULL);
  CHECK_INT(dusq_result_scalar_int(r, &n), DUSQ_E_TYPE);
  CHECK_INT(n, 42);
  dusq_result_unref(r);
}

static void test_names(void)
{
  dusq_result *r = make(2);
  dusq_value v = dusq_null();
  CHECK_INT(dusq_result_at_name(r, 1, "id", &v), DUSQ_OK);
  CHECK(v.type == DUSQ_INT && v.u.i == 1);
  CHECK_INT(dusq_result_at_name(r, 2, "id", &v), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_at_name(r, 0, "ID", &v), DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(dusq_result_at_name(r, 0, "twice", &v), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_at_name(r, 0, NULL, &v), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_at_name(r, 0, "id", NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_at_name(NULL, 0, "id", &v), DUSQ_E_NO_SUCH_OBJECT);
  CHECK(v.type == DUSQ_INT && v.u.i == 1);
  dusq_result_unref(r);
}

static void test_walk(void)
{
  dusq_result *r = make(3);
  dusq_value v;
  int64_t n = -1, seen = 0;
  double real = -1;
  const char *text = "";
  dusq_rows rows = dusq_rows_of(r);
  CHECK_INT(sizeof rows, sizeof(void *) + sizeof(size_t)); /* frozen */
  CHECK_INT(dusq_rows_int(&rows, "id", &n), DUSQ_E_RANGE);
  CHECK_INT(dusq_rows_at(&rows, "id", &v), DUSQ_E_RANGE);
  while (dusq_rows_next(&rows)) {
    char expected[40];
    snprintf(expected, sizeof expected, "row %lld", (long long)seen);
    CHECK_INT(dusq_rows_int(&rows, "id", &n), DUSQ_OK);
    CHECK_INT(n, seen);
    CHECK_INT(dusq_rows_text(&rows, "name", &text, NULL), DUSQ_OK);
    CHECK_STR(text, expected);
    CHECK_INT(dusq_rows_real(&rows, "id", &real), DUSQ_OK);
    CHECK(real == (double)seen);
    CHECK_INT(dusq_rows_at(&rows, "id", &v), DUSQ_OK);
    CHECK_INT(v.u.i, seen);
    CHECK_INT(dusq_result_real(rows.result, rows.row, 3, &real), DUSQ_OK);
    CHECK(real == (double)seen + 0.5);
    CHECK_INT(dusq_rows_int(&rows, "twice", &n), DUSQ_E_INVAL);
    CHECK_INT(dusq_rows_int(&rows, "none", &n), DUSQ_E_NO_SUCH_OBJECT);
    seen++;
  }
  CHECK_INT(seen, 3);
  CHECK_INT(dusq_rows_int(&rows, "id", &n), DUSQ_E_RANGE);
  CHECK(!dusq_rows_next(&rows) && !dusq_rows_next(&rows)); /* it stays at the end */
  CHECK(!dusq_rows_next_set(&rows) && rows.result == r);
  dusq_result_unref(r);
}

static void test_sets(void)
{
  dusq_result *r = make(2), *empty = dusq_result_new(0, NULL);
  dusq__result_link(r, empty);
  dusq__result_link(empty, make(1));
  int counts[3] = {0}, sets = 0;
  dusq_rows rows = dusq_rows_of(r);
  do {
    while (dusq_rows_next(&rows))
      counts[sets]++;
    sets++;
  } while (sets < 3 && dusq_rows_next_set(&rows));
  CHECK_INT(sets, 3);
  CHECK(counts[0] == 2 && counts[1] == 0 && counts[2] == 1);
  CHECK(!dusq_rows_next_set(&rows));
  dusq_result_unref(r);
  rows = dusq_rows_of(NULL);
  int64_t n;
  CHECK(!dusq_rows_next(&rows) && !dusq_rows_next_set(&rows));
  CHECK(!dusq_rows_next(NULL) && !dusq_rows_next_set(NULL));
  CHECK_INT(dusq_rows_int(NULL, "id", &n), DUSQ_E_INVAL);
}

static void test_copy(void)
{
  dusq_result *r = make(3);
  int64_t n[4] = {9, 9, 9, 9};
  double real[4] = {9, 9, 9, 9};
  bool nulls[4] = {true, true, true, true};
  size_t bad = 77;
  CHECK_INT(dusq_result_copy_int(r, 0, n, 3, nulls, &bad), DUSQ_OK);
  CHECK(n[0] == 0 && n[2] == 2 && n[3] == 9 && !nulls[0] && !nulls[2] && nulls[3]);
  CHECK_INT(dusq_result_copy_real(r, 3, real, 2, NULL, &bad), DUSQ_OK);
  CHECK(real[0] == 0.5 && real[1] == 1.5 && real[2] == 9);
  CHECK_INT(dusq_result_copy_int(r, 2, n, 3, nulls, NULL), DUSQ_OK);
  CHECK(n[1] == 0 && n[2] == 0 && nulls[0] && nulls[2]);
  CHECK_INT(dusq_result_copy_real(r, 2, real, 3, nulls, NULL), DUSQ_OK);
  CHECK(real[0] == 0 && real[2] == 0);
  CHECK_INT(dusq_result_copy_int(r, 0, NULL, 0, NULL, &bad), DUSQ_OK);
  CHECK_INT(dusq_result_copy_int(r, 0, NULL, 1, NULL, &bad), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_copy_int(NULL, 0, n, 1, NULL, &bad), DUSQ_E_INVAL);
  CHECK_INT(bad, 77);
  CHECK_INT(dusq_result_copy_int(r, 0, n, 4, nulls, &bad), DUSQ_E_RANGE);
  CHECK_INT(bad, 3);
  CHECK_INT(dusq_result_copy_int(r, 4, n, 3, nulls, &bad), DUSQ_E_RANGE);
  CHECK_INT(bad, 0);
  dusq_result_unref(r);
}

/* The row that fails is told, and what stands behind it is not touched. */
static void test_copy_fails(void)
{
  const dusq_value cells[] = {dusq_int(1), dusq_text("2"), dusq_null(), dusq_real(0.5), dusq_text("x")};
  enum { N = sizeof cells / sizeof cells[0] };
  dusq_result *r = dusq_result_new(1, NULL);
  for (size_t i = 0; i < N; i++)
    CHECK_INT(dusq_result_append(r, &cells[i]), DUSQ_OK);
  int64_t n[N] = {9, 9, 9, 9, 9};
  double real[N];
  bool nulls[N];
  size_t bad = 77;
  CHECK_INT(dusq_result_copy_int(r, 0, n, N, NULL, &bad), DUSQ_E_TYPE);
  CHECK_INT(bad, 2);
  CHECK(n[0] == 1 && n[1] == 2 && n[2] == 9 && n[4] == 9);
  CHECK_INT(dusq_result_copy_int(r, 0, n, N, nulls, &bad), DUSQ_E_RANGE);
  CHECK_INT(bad, 3);
  CHECK(n[2] == 0 && nulls[2] && n[3] == 9);
  CHECK_INT(dusq_result_copy_real(r, 0, real, N, nulls, &bad), DUSQ_E_TYPE);
  CHECK_INT(bad, 4);
  CHECK(real[3] == 0.5);
  dusq_result_unref(r);
}

/* ---- every kind -------------------------------------------------------------------------------------------------- */
static const uint8_t id[16] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
                               0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
static const char *const kinds[] = {"null", "bool",  "int",  "uint", "real",      "decimal", "text",
                                    "blob", "date", "time", "timestamp", "uuid",    "json",    "twice",
                                    "twice"};
static const char *const texts[] = {"",           "true",     "-7",
                                    "18446744073709551615", "0.1", "-12.50",
                                    "dusk",       "\\x0aff", "2024-02-29",
                                    "-01:00:00.5", "2024-02-29 13:37:00.5", "01234567-89ab-cdef-0123-456789abcdef",
                                    "{}",         "1",        "2"};
enum { KINDS = sizeof kinds / sizeof *kinds };

static dusq_result *make_kinds(void)
{
  const dusq_value row[KINDS] = {dusq_null(), dusq_bool(true), dusq_int(-7), dusq_uint(UINT64_MAX), dusq_real(0.1),
                                 dusq_decimal("-12.50"), dusq_text("dusk"), dusq_blob("\n\377", 2), dusq_date(19782),
                                 dusq_time(-3600500000), dusq_timestamp(1709213820500000), dusq_uuid(id),
                                 dusq_json("{}"), dusq_int(1), dusq_int(2)};
  dusq_result *r = dusq_result_new(KINDS, kinds);
  CHECK_INT(dusq_result_append(r, row), DUSQ_OK);
  return r;
}

static void test_format(void)
{
  dusq_result *r = make_kinds();
  dusq_rows rows = dusq_rows_of(r);
  char text[64] = "x";
  CHECK(dusq_rows_format(&rows, "int", text, sizeof text) == SIZE_MAX); /* before the first row */
  CHECK_STR(text, "");
  CHECK(dusq_rows_next(&rows));
  for (size_t i = 0; i < KINDS; i++) {
    CHECK_INT(dusq_result_format(r, 0, i, text, sizeof text), strlen(texts[i]));
    CHECK_STR(text, texts[i]);
    bool twice = !strcmp(kinds[i], "twice");
    strcpy(text, "x");
    CHECK(dusq_rows_format(&rows, kinds[i], text, sizeof text) == (twice ? SIZE_MAX : strlen(texts[i])));
    CHECK_STR(text, twice ? "" : texts[i]);
    CHECK_INT(dusq_rows_is_null(&rows, kinds[i]), i == 0 || twice);
  }
  CHECK_INT(dusq_result_format(r, 0, 6, text, 3), 4);
  CHECK_STR(text, "du");
  CHECK_INT(dusq_result_format(r, 0, 6, NULL, 0), 4);
  CHECK(dusq_result_format(r, 1, 0, text, sizeof text) == SIZE_MAX);
  CHECK_STR(text, "");
  CHECK(dusq_result_format(r, 0, KINDS, NULL, 0) == SIZE_MAX);
  CHECK(dusq_result_format(NULL, 0, 0, NULL, 0) == SIZE_MAX);
  CHECK(dusq_rows_format(NULL, "int", NULL, 0) == SIZE_MAX);
  CHECK(dusq_rows_format(&rows, "no", NULL, 0) == SIZE_MAX);
  CHECK(dusq_rows_is_null(NULL, "int") && dusq_rows_is_null(&rows, "no") && dusq_rows_is_null(&rows, NULL));
  dusq_result_unref(r);
}

static void test_kinds_by_name(void)
{
  dusq_result *r = make_kinds();
  dusq_rows rows = dusq_rows_of(r);
  bool yes = false;
  uint64_t n = 0;
  const void *bytes = NULL;
  size_t len = 0;
  int32_t days = 0, rest = 0;
  int64_t us = 0;
  uint8_t uuid[16] = {0};
  struct tm tm;
  CHECK_INT(dusq_rows_bool(&rows, "bool", &yes), DUSQ_E_RANGE);
  CHECK(dusq_rows_next(&rows));
  CHECK_INT(dusq_rows_bool(&rows, "bool", &yes), DUSQ_OK);
  CHECK_INT(dusq_rows_uint(&rows, "uint", &n), DUSQ_OK);
  CHECK(yes && n == UINT64_MAX);
  CHECK_INT(dusq_rows_blob(&rows, "blob", &bytes, &len), DUSQ_OK);
  CHECK(len == 2 && !memcmp(bytes, "\n\377", 2));
  CHECK_INT(dusq_rows_date(&rows, "date", &days), DUSQ_OK);
  CHECK_INT(days, 19782);
  CHECK_INT(dusq_rows_time(&rows, "time", &us), DUSQ_OK);
  CHECK_INT(us, -3600500000);
  CHECK_INT(dusq_rows_timestamp(&rows, "timestamp", &us), DUSQ_OK);
  CHECK_INT(us, 1709213820500000);
  CHECK_INT(dusq_rows_uuid(&rows, "uuid", uuid), DUSQ_OK);
  CHECK(!memcmp(uuid, id, sizeof id));
  CHECK_INT(dusq_rows_tm(&rows, "timestamp", &tm, &rest), DUSQ_OK);
  CHECK(tm.tm_year == 124 && tm.tm_yday == 59 && tm.tm_hour == 13 && tm.tm_min == 37 && rest == 500000);
  CHECK_INT(dusq_result_tm(r, 0, 8, &tm, NULL), DUSQ_OK);
  CHECK(tm.tm_mday == 29 && tm.tm_hour == 0);
  CHECK_INT(dusq_result_tm(r, 1, 8, &tm, NULL), DUSQ_E_RANGE);
  CHECK_INT(dusq_rows_tm(&rows, "null", &tm, &rest), DUSQ_E_TYPE);
  CHECK_INT(dusq_rows_bool(&rows, "null", &yes), DUSQ_E_TYPE);
  CHECK_INT(dusq_rows_uint(&rows, "no", &n), DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(dusq_rows_blob(&rows, "twice", &bytes, NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_rows_date(NULL, "date", &days), DUSQ_E_INVAL);
  CHECK_INT(dusq_rows_time(&rows, "text", &us), DUSQ_E_TYPE);
  CHECK_INT(dusq_rows_timestamp(&rows, "int", &us), DUSQ_E_TYPE);
  CHECK_INT(dusq_rows_uuid(&rows, "blob", uuid), DUSQ_E_RANGE);
  CHECK_INT(dusq_rows_tm(&rows, "no", &tm, NULL), DUSQ_E_NO_SUCH_OBJECT);
  dusq_result_unref(r);
}

void suite_result_walk(void);
void suite_result_walk(void)
{
  test_suite("result_walk");
  test_case("one row", test_one);
  test_case("scalars", test_scalar);
  test_case("cells by name", test_names);
  test_case("row after row", test_walk);
  test_case("set after set", test_sets);
  test_case("columns as arrays", test_copy);
  test_case("columns that do not fit", test_copy_fails);
  test_case("format", test_format);
  test_case("kinds_by_name", test_kinds_by_name);
}
