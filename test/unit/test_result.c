/* test_result.c - building and reading results: shapes, cells, growth, chains, items, sharing and short memory. */
#include "data/error.h"
#include "data/result.h"
#include "test.h"

static const uint8_t some_id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0xFF};

/* Fails the test and the caller's check when it does not succeed. */
static dusq_result *three_columns(void)
{
  static const dusq_column columns[] = {{"id", DUSQ_INT, 20}, {"name", DUSQ_TEXT, 25}, {"note", DUSQ_NULL, 0}};
  dusq_result *r = dusq__result_new();
  CHECK(r != NULL);
  CHECK_INT(dusq__result_columns(r, 3, columns), DUSQ_OK);
  return r;
}

static void test_null_result(void)
{
  size_t col = 9;
  int64_t n = 9;
  const char *text;
  const void *bytes;
  CHECK_INT(dusq_result_rows(NULL), 0);
  CHECK_INT(dusq_result_cols(NULL), 0);
  CHECK_STR(dusq_result_name(NULL, 0), "");
  CHECK_INT(dusq_result_type(NULL, 0), DUSQ_NULL);
  CHECK_INT(dusq_result_column_index(NULL, "x", &col), DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(dusq_result_affected(NULL), 0);
  CHECK_INT(dusq_result_last_id(NULL), 0);
  CHECK_INT(dusq_result_bytes(NULL), 0);
  CHECK(dusq_result_next(NULL) == NULL);
  CHECK_INT(dusq_result_at(NULL, 0, 0).type, DUSQ_NULL);
  CHECK(dusq_result_is_null(NULL, 0, 0));
  bool b;
  uint64_t u;
  double real;
  int32_t days;
  uint8_t id[16];
  CHECK_INT(dusq_result_bool(NULL, 0, 0, &b), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_int(NULL, 0, 0, &n), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_uint(NULL, 0, 0, &u), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_real(NULL, 0, 0, &real), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_date(NULL, 0, 0, &days), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_time(NULL, 0, 0, &n), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_timestamp(NULL, 0, 0, &n), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_uuid(NULL, 0, 0, id), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_text(NULL, 0, 0, &text, NULL), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_blob(NULL, 0, 0, &bytes, NULL), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_items(NULL), 0);
  CHECK(dusq_result_item(NULL, 0) == NULL && dusq_result_item_error(NULL, 0) == NULL);
  CHECK(dusq_result_ref(NULL) == NULL && dusq_result_unref(NULL) == NULL);
  CHECK_INT(dusq_result_append(NULL, NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_set_counts(NULL, 1, 1), DUSQ_E_INVAL);
  dusq__result_publish(NULL);
}

static void test_no_columns(void)
{
  dusq_value v = dusq_int(1);
  dusq_result *r = dusq_result_new(0, NULL);
  CHECK_INT(dusq_result_rows(r), 0);
  CHECK_INT(dusq_result_cols(r), 0);
  CHECK_INT(dusq_result_affected(r), 0);
  CHECK_INT(dusq_result_last_id(r), 0);
  CHECK_INT(dusq_result_append(r, &v), DUSQ_E_INVAL);
  CHECK_INT(dusq__result_row(r, &v), DUSQ_E_INVAL);
  CHECK_INT(dusq__result_columns(r, 0, NULL), DUSQ_OK);
  CHECK_INT(dusq_result_set_counts(r, -1, INT64_MAX), DUSQ_OK);
  CHECK_INT(dusq_result_affected(r), -1);
  CHECK_INT(dusq_result_last_id(r), INT64_MAX);
  CHECK(dusq_result_unref(r) == NULL);
}

static void test_shape(void)
{
  dusq_result *r = three_columns();
  CHECK_INT(dusq_result_cols(r), 3);
  CHECK_INT(dusq_result_rows(r), 0);
  CHECK_STR(dusq_result_name(r, 0), "id");
  CHECK_STR(dusq_result_name(r, 2), "note");
  CHECK_STR(dusq_result_name(r, 3), "");
  CHECK_STR(dusq_result_name(r, SIZE_MAX), "");
  CHECK_INT(dusq_result_type(r, 1), DUSQ_TEXT);
  CHECK_INT(dusq_result_type(r, 3), DUSQ_NULL);
  const dusq_column again = {"x", DUSQ_INT, 0};
  CHECK_INT(dusq__result_columns(r, 1, &again), DUSQ_E_INVAL);
  dusq_result_unref(r);
  r = dusq__result_new();
  const dusq_column wrong = {"x", 13, 0};
  CHECK_INT(dusq__result_columns(r, 1, &wrong), DUSQ_E_INVAL);
  CHECK_INT(dusq__result_columns(r, SIZE_MAX / 8, &again), DUSQ_E_NOMEM);
  CHECK_INT(dusq_result_cols(r), 0);
  dusq_result_unref(r);
  CHECK(dusq_result_new(SIZE_MAX / 8, NULL) == NULL);
}

static void test_column_index(void)
{
  static const char *const names[] = {"a", "b", "A", "b", NULL};
  size_t col = 99;
  dusq_result *r = dusq_result_new(5, names);
  CHECK_INT(dusq_result_column_index(r, "a", &col), DUSQ_OK);
  CHECK_INT(col, 0);
  CHECK_INT(dusq_result_column_index(r, "A", &col), DUSQ_OK);
  CHECK_INT(col, 2);
  CHECK_INT(dusq_result_column_index(r, "", &col), DUSQ_OK);
  CHECK_INT(col, 4);
  CHECK_INT(dusq_result_column_index(r, "b", &col), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_column_index(r, "c", &col), DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(dusq_result_column_index(r, NULL, &col), DUSQ_E_INVAL);
  CHECK_INT(col, 4);
  dusq_result_unref(r);
}

/* One cell of every kind, read back as a value and by every getter. */
static void test_kinds(void)
{
  const dusq_value row[] = {
      dusq_null(),          dusq_bool(true),   dusq_int(INT64_MIN),       dusq_uint(UINT64_MAX), dusq_real(-0.5),
      dusq_decimal("1.50"), dusq_text("text"), dusq_blob("\0\xFF", 2),    dusq_date(INT32_MIN),  dusq_time(-5),
      dusq_timestamp(77),   dusq_uuid(some_id), dusq_json("[1]")};
  enum { N = sizeof row / sizeof row[0] };
  static const char *const expected[N] = {"", "true", "-9223372036854775808", "18446744073709551615", "-0.5", "1.50",
                                          "text", "\\x00ff", "-5877641-06-23", "-00:00:00.000005",
                                          "1970-01-01 00:00:00.000077", "01020304-0506-0708-090a-0b0c0d0e0fff", "[1]"};
  dusq_result *r = dusq_result_new(N, NULL);
  CHECK_INT(dusq_result_append(r, row), DUSQ_OK);
  for (size_t i = 0; i < N; i++) {
    char text[64];
    dusq_value v = dusq_result_at(r, 0, i);
    dusq_value_format(&v, text, sizeof text);
    CHECK_STR(text, expected[i]);
    CHECK_INT(v.type, i);
    CHECK_INT(v.len, row[i].len);
    CHECK(v.name == NULL && v.native == 0);
    CHECK_INT(dusq_result_is_null(r, 0, i), i == 0);
    bool b;
    int64_t n;
    uint64_t u;
    double real;
    int32_t days;
    uint8_t id[16];
    const char *t;
    const void *p;
    bool is_text = i == DUSQ_TEXT || i == DUSQ_DECIMAL || i == DUSQ_JSON;
    CHECK((dusq_result_bool(r, 0, i, &b) == DUSQ_OK) == (i == DUSQ_BOOL));
    CHECK((dusq_result_int(r, 0, i, &n) == DUSQ_OK) == (i == DUSQ_INT || i == DUSQ_BOOL));
    CHECK((dusq_result_uint(r, 0, i, &u) == DUSQ_OK) == (i == DUSQ_UINT || i == DUSQ_BOOL));
    CHECK((dusq_result_real(r, 0, i, &real) == DUSQ_OK) == (i == DUSQ_REAL || i == DUSQ_DECIMAL || i == DUSQ_INT));
    CHECK_INT(dusq_result_text(r, 0, i, &t, NULL), is_text ? DUSQ_OK : DUSQ_E_TYPE);
    CHECK_INT(dusq_result_blob(r, 0, i, &p, NULL), i == DUSQ_TEXT || i == DUSQ_BLOB ? DUSQ_OK : DUSQ_E_TYPE);
    CHECK((dusq_result_date(r, 0, i, &days) == DUSQ_OK) == (i == DUSQ_DATE));
    CHECK((dusq_result_time(r, 0, i, &n) == DUSQ_OK) == (i == DUSQ_TIME));
    CHECK((dusq_result_timestamp(r, 0, i, &n) == DUSQ_OK) == (i == DUSQ_TIMESTAMP));
    CHECK((dusq_result_uuid(r, 0, i, id) == DUSQ_OK) == (i == DUSQ_UUID));
  }
  CHECK_INT(dusq_result_append(r, row), DUSQ_OK); /* the second row moves the cells to an array of their own */
  dusq_value v = dusq_result_at(r, 0, DUSQ_UUID);
  CHECK(memcmp(v.u.id, some_id, 16) == 0);
  dusq_result_unref(r);
}

static void test_getters(void)
{
  dusq_result *r = three_columns();
  const dusq_value row[] = {dusq_text("12"), dusq_text("a\0b"), dusq_null()};
  CHECK_INT(dusq__result_row(r, row), DUSQ_OK);
  int64_t n = 5;
  size_t len = 99;
  const char *text;
  const void *bytes;
  CHECK_INT(dusq_result_int(r, 0, 0, &n), DUSQ_OK); /* the conversions of value.h */
  CHECK_INT(n, 12);
  CHECK_INT(dusq_result_int(r, 0, 2, &n), DUSQ_E_TYPE);
  CHECK_INT(dusq_result_int(r, 1, 0, &n), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_int(r, 0, 3, &n), DUSQ_E_RANGE);
  CHECK_INT(dusq_result_int(r, SIZE_MAX, SIZE_MAX, &n), DUSQ_E_RANGE);
  CHECK_INT(n, 12);
  CHECK_INT(dusq_result_text(r, 0, 0, &text, &len), DUSQ_OK);
  CHECK_STR(text, "12");
  CHECK_INT(len, 2);
  CHECK_INT(dusq_result_blob(r, 0, 0, &bytes, &len), DUSQ_OK);
  CHECK(bytes == text && len == 2);
  CHECK_INT(dusq_result_at(r, 0, 0).native, 20);
  CHECK_INT(dusq_result_at(r, 0, 1).native, 25);
  CHECK_INT(dusq_result_at(r, 1, 0).type, DUSQ_NULL);
  CHECK_INT(dusq_result_at(r, 0, 3).type, DUSQ_NULL);
  CHECK(dusq_result_is_null(r, 0, 2) && dusq_result_is_null(r, 1, 0) && !dusq_result_is_null(r, 0, 0));
  dusq_result_unref(r);
}

/* A result of one row is one block. */
static void test_one_row_one_block(void)
{
  long before = test_alloc_live();
  dusq_result *r = three_columns();
  const dusq_value row[] = {dusq_int(7), dusq_text("a name of usual length"), dusq_uuid(some_id)};
  CHECK_INT(dusq__result_row(r, row), DUSQ_OK);
  CHECK_INT(test_alloc_live(), before + 1);
  CHECK(dusq_result_bytes(r) < 1024);
  int64_t n;
  CHECK_INT(dusq_result_int(r, 0, 0, &n), DUSQ_OK);
  CHECK_INT(n, 7);
  dusq_result_unref(r);
  CHECK_INT(test_alloc_live(), before);
}

/* Rows that are told in advance have their room at once: one allocation; none for one row, or beyond the limit. */
static void test_expected_rows(void)
{
  enum { ROWS = 100 };
  const dusq_value row[] = {dusq_int(7), dusq_null(), dusq_null()};
  for (size_t limit = 0; limit < 2; limit++) {
    dusq_result *r = three_columns();
    long before = test_alloc_live();
    dusq__result_expect(r, 1, SIZE_MAX);
    CHECK_INT(test_alloc_live(), before);
    dusq__result_expect(r, SIZE_MAX / 2, SIZE_MAX);
    CHECK_INT(test_alloc_live(), before);
    dusq__result_expect(r, ROWS, limit ? SIZE_MAX : 1000);
    CHECK_INT(test_alloc_live(), before + (long)limit);
    size_t bytes = dusq_result_bytes(r);
    for (int i = 0; i < ROWS; i++)
      CHECK_INT(dusq__result_row(r, row), DUSQ_OK);
    CHECK((dusq_result_bytes(r) == bytes) == (limit == 1));
    dusq__result_expect(r, ROWS, SIZE_MAX); /* too late */
    CHECK_INT(dusq__result_row(r, row), DUSQ_OK); /* more than was said */
    CHECK_INT(dusq_result_rows(r), ROWS + 1);
    int64_t n;
    CHECK_INT(dusq_result_int(r, ROWS, 0, &n), DUSQ_OK);
    CHECK_INT(n, 7);
    dusq_result_unref(r);
  }
}

/* Names that leave every number of bytes of the first block over, before the cells want to be aligned. */
static void test_every_alignment(void)
{
  char name[600];
  long bad = 0;
  for (size_t len = 0; len < sizeof name - 1; len++) {
    memset(name, 'n', len);
    name[len] = '\0';
    const dusq_column column = {name, DUSQ_INT, 0};
    dusq_result *r = dusq__result_new();
    bad += dusq__result_columns(r, 1, &column) != DUSQ_OK;
    for (int64_t i = 0; i < 3; i++) {
      const dusq_value v = dusq_int(i);
      bad += dusq__result_row(r, &v) != DUSQ_OK;
    }
    int64_t n = -1;
    bad += dusq_result_int(r, 2, 0, &n) != DUSQ_OK || n != 2;
    bad += strcmp(dusq_result_name(r, 0), name) != 0;
    dusq_result_unref(r);
  }
  CHECK_INT(bad, 0);
}

static void test_many_rows(void)
{
  const long rows = test_scale(100000);
  long before = test_alloc_live(), bad = 0;
  dusq_result *r = three_columns();
  const char *first = NULL;
  size_t payload = 0;
  for (long i = 0; i < rows; i++) {
    char text[64];
    int len = snprintf(text, sizeof text, "row %ld%.*s", i, (int)(i % 40), "........................................");
    const dusq_value row[] = {dusq_int(i), dusq_textn(text, (size_t)len), i % 2 ? dusq_null() : dusq_real((double)i)};
    bad += dusq__result_row(r, row) != DUSQ_OK;
    payload += (size_t)len + 1 + 3 * 16;
    if (i == 0)
      bad += dusq_result_text(r, 0, 1, &first, NULL) != DUSQ_OK;
  }
  CHECK_INT(dusq_result_rows(r), rows);
  for (long i = 0; i < rows; i++) {
    int64_t n = -1;
    const char *text = "";
    size_t len = 0;
    bad += dusq_result_int(r, (size_t)i, 0, &n) != DUSQ_OK || n != i;
    bad += dusq_result_text(r, (size_t)i, 1, &text, &len) != DUSQ_OK || strlen(text) != len;
    bad += strtol(text + 4, NULL, 10) != i;
    bad += dusq_result_is_null(r, (size_t)i, 2) != (i % 2 == 1);
  }
  CHECK_INT(bad, 0);
  CHECK_STR(first, "row 0"); /* what a getter gave does not move */
  CHECK(dusq_result_bytes(r) >= payload && dusq_result_bytes(r) < 3 * payload + (2 << 20));
  CHECK(test_alloc_live() - before < 40);
  dusq_result_unref(r);
  CHECK_INT(test_alloc_live(), before);
}

/* Texts of every size class, with NULs behind them and none on top of a neighbour. */
static void test_big_texts(void)
{
  static const size_t sizes[] = {0, 1, 300, 500, 511, 512, 2000, 5000, 70000, 262144, 262145, 1 << 20, 5 << 20};
  enum { N = sizeof sizes / sizeof sizes[0] };
  char *big = malloc(5 << 20);
  dusq_result *r = dusq_result_new(2, NULL);
  for (size_t round = 0; round < 3; round++)
    for (size_t i = 0; i < N; i++) {
      memset(big, (int)('a' + i), sizes[i]);
      const dusq_value row[] = {dusq_textn(big, sizes[i]), dusq_blob(big, sizes[i])};
      CHECK_INT(dusq_result_append(r, row), DUSQ_OK);
    }
  long bad = 0;
  for (size_t k = 0; k < 3 * N; k++) {
    const char *text;
    const void *blob;
    size_t len, blob_len;
    CHECK_INT(dusq_result_text(r, k, 0, &text, &len), DUSQ_OK);
    CHECK_INT(dusq_result_blob(r, k, 1, &blob, &blob_len), DUSQ_OK);
    CHECK(len == sizes[k % N] && blob_len == len && strlen(text) == len && blob != NULL);
    for (size_t i = 0; i < len; i++)
      bad += text[i] != (char)('a' + k % N) || ((const char *)blob)[i] != text[i];
  }
  CHECK_INT(bad, 0);
  size_t total = 0;
  for (size_t i = 0; i < N; i++)
    total += 3 * (2 * sizes[i] + 1);
  CHECK(dusq_result_bytes(r) > total && dusq_result_bytes(r) < total + (4 << 20));
  dusq_result_unref(r);
  free(big);
}

static void test_wrong_cells(void)
{
  dusq_result *r = dusq_result_new(1, NULL);
  const dusq_value huge = {.type = DUSQ_TEXT, .len = UINT64_C(1) << 32, .u.p = "x"};
  const dusq_value none = {.type = DUSQ_TEXT, .len = 5};
  const dusq_value kind = {.type = 13};
  const dusq_value raw = dusq_textn("a\0\xFF", 3);
  const dusq_value no_blob = {.type = DUSQ_BLOB};
  CHECK_INT(dusq__result_row(r, &huge), DUSQ_E_TOO_LARGE); /* nothing is read of it */
  CHECK_INT(dusq__result_row(r, &none), DUSQ_E_INVAL);
  CHECK_INT(dusq__result_row(r, &kind), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_append(r, &huge), DUSQ_E_TOO_LARGE);
  CHECK_INT(dusq_result_append(r, &none), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_append(r, &kind), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_append(r, &raw), DUSQ_E_DATA);
  CHECK_INT(dusq_result_append(r, NULL), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_rows(r), 0);
  CHECK_INT(dusq__result_row(r, &raw), DUSQ_OK); /* a database may hold anything, and gives it back as it is */
  CHECK_INT(dusq__result_row(r, &no_blob), DUSQ_OK);
  const void *p = NULL;
  size_t len = 9;
  CHECK_INT(dusq_result_blob(r, 0, 0, &p, &len), DUSQ_OK);
  CHECK(len == 3 && memcmp(p, "a\0\xFF", 4) == 0);
  CHECK_INT(dusq_result_blob(r, 1, 0, &p, &len), DUSQ_OK);
  CHECK(len == 0 && p != NULL);
  dusq_result_unref(r);
}

static void test_published(void)
{
  dusq_value v = dusq_int(1);
  dusq_result *r = dusq_result_new(1, NULL);
  dusq_result *second = dusq_result_ref(r);
  CHECK(second == r);
  CHECK_INT(dusq_result_append(r, &v), DUSQ_E_INVAL); /* shared */
  CHECK_INT(dusq_result_set_counts(r, 1, 1), DUSQ_E_INVAL);
  dusq_result_unref(second);
  CHECK_INT(dusq_result_append(r, &v), DUSQ_OK);
  dusq_result *next = dusq_result_new(1, NULL);
  dusq_result *keep = dusq_result_ref(next);
  dusq__result_link(r, next);
  dusq__result_publish(r);
  CHECK_INT(dusq_result_append(r, &v), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_set_counts(r, 1, 1), DUSQ_E_INVAL);
  CHECK_INT(dusq_result_rows(r), 1);
  CHECK_INT(dusq_result_affected(r), 0);
  dusq_result_unref(r);
  CHECK_INT(dusq_result_append(keep, &v), DUSQ_E_INVAL); /* the sets after it too */
  dusq_result_unref(keep);
}

static void test_chain(void)
{
  const long sets = 100000;
  long before = test_alloc_live();
  dusq_result *first = dusq__result_new(), *last = first;
  for (long i = 1; i < sets; i++) {
    dusq_result *r = dusq__result_new();
    dusq__result_counts(r, i, -i);
    dusq__result_link(last, r);
    last = r;
  }
  dusq_result *kept = dusq_result_ref(last);
  long n = 0;
  for (const dusq_result *r = first; r; r = dusq_result_next(r), n++)
    if (dusq_result_affected(r) != n)
      break;
  CHECK_INT(n, sets);
  dusq_result_unref(first); /* on the stack of a thread, not as deep as the chain */
  CHECK_INT(test_alloc_live(), before + 1);
  CHECK_INT(dusq_result_last_id(kept), -(sets - 1));
  dusq_result_unref(kept);
  CHECK_INT(test_alloc_live(), before);
}

static void test_items(void)
{
  long before = test_alloc_live();
  dusq_result *child = dusq_result_new(1, NULL);
  dusq_error *error = dusq_error_new(DUSQ_E_SQL, NULL, 0, "x");
  dusq_result *all = dusq__result_items(4);
  CHECK_INT(dusq_result_items(all), 4);
  CHECK_INT(dusq_result_rows(all), 0);
  CHECK_INT(dusq_result_cols(all), 0);
  CHECK(dusq_result_item(all, 0) == NULL && dusq_result_item_error(all, 0) == NULL);
  dusq__result_set_item(all, 0, child, NULL);
  dusq__result_set_item(all, 1, NULL, error);
  dusq__result_set_item(all, 2, NULL, NULL);
  dusq__result_set_item(all, 3, NULL, dusq__error_static(DUSQ_E_NOMEM));
  dusq__result_set_item(all, 3, child, NULL); /* instead */
  dusq_result_unref(child);
  dusq_error_unref(error);
  CHECK(dusq_result_item(all, 0) == child && dusq_result_item(all, 3) == child);
  CHECK_INT(dusq_result_cols(dusq_result_item(all, 0)), 1);
  CHECK_STR(dusq_error_message(dusq_result_item_error(all, 1)), "x");
  CHECK(dusq_result_item_error(all, 0) == NULL && dusq_result_item_error(all, 3) == NULL);
  CHECK(dusq_result_item(all, 2) == NULL && dusq_result_item_error(all, 2) == NULL);
  CHECK(dusq_result_item(all, 4) == NULL && dusq_result_item_error(all, 4) == NULL);
  dusq_result *kept = dusq_result_ref(dusq_result_item(all, 0));
  dusq_result_unref(all);
  CHECK_INT(test_alloc_live(), before + 1);
  CHECK_INT(dusq_result_cols(kept), 1);
  dusq_result_unref(kept);
  CHECK_INT(test_alloc_live(), before);
}

static void test_items_sizes(void)
{
  long before = test_alloc_live();
  dusq_result *none = dusq__result_items(0);
  CHECK(none != NULL && dusq_result_items(none) == 0 && dusq_result_item(none, 0) == NULL);
  dusq_result_unref(none);
  CHECK(dusq__result_items(SIZE_MAX / 8) == NULL);
  dusq_result *parent = dusq__result_items(5); /* all of them go with it, each with a set after it */
  for (size_t i = 0; i < 5; i++) {
    dusq_result *child = dusq_result_new(1, NULL);
    dusq__result_link(child, dusq_result_new(1, NULL));
    dusq__result_set_item(parent, i, child, NULL);
    dusq_result_unref(child);
  }
  dusq_result_unref(parent);
  CHECK_INT(test_alloc_live(), before);
  dusq_result *deep = dusq__result_items(1); /* one in another: freed without recursion too */
  for (long i = 0; i < 100000; i++) {
    dusq_result *outer = dusq__result_items(1);
    dusq__result_set_item(outer, 0, deep, NULL);
    dusq_result_unref(deep);
    deep = outer;
  }
  dusq_result *many = dusq__result_items(1000);
  for (size_t i = 0; i < 1000; i++)
    dusq__result_set_item(many, i, deep, NULL);
  CHECK(dusq_result_item(many, 999) == deep);
  dusq_result_unref(deep);
  dusq_result_unref(many);
  CHECK_INT(test_alloc_live(), before);
}

/* Columns too wide for the first block, then rows; with every allocation failing once. */
static bool build(size_t cols, long *bad)
{
  dusq_result *r = dusq_result_new(cols, NULL);
  if (!r)
    return false;
  dusq_value *row = malloc(cols * sizeof *row);
  size_t good = 0, tries = 0;
  for (; tries < 40; tries++) {
    for (size_t i = 0; i < cols; i++)
      row[i] = i % 2 ? dusq_int((int64_t)good) : dusq_text("a text that needs some room in the arena of the result");
    dusq_status status = dusq_result_append(r, row);
    *bad += status != DUSQ_OK && status != DUSQ_E_NOMEM;
    good += status == DUSQ_OK;
  }
  free(row);
  *bad += dusq_result_rows(r) != good; /* what was there before a failure still is, and it can go on afterwards */
  for (size_t k = 0; k < good; k++) {
    const char *text = "";
    int64_t n = -1;
    *bad += dusq_result_text(r, k, cols - cols % 2 - 2, &text, NULL) != DUSQ_OK || strlen(text) != 54;
    *bad += dusq_result_int(r, k, 1, &n) != DUSQ_OK || n != (int64_t)k;
  }
  dusq_result_unref(r);
  return good == tries;
}

static void test_no_memory(void)
{
  static const size_t widths[] = {2, 5, 9, 23, 40, 200};
  long before = test_alloc_live(), bad = 0;
  for (size_t w = 0; w < sizeof widths / sizeof widths[0]; w++) {
    bool succeeded = false;
    for (long n = 1; n < 200 && !succeeded; n++) {
      test_alloc_fail(n, false);
      bool complete = build(widths[w], &bad);
      succeeded = !test_alloc_failed();
      test_alloc_fail(0, false);
      bad += complete != succeeded;
      bad += test_alloc_live() != before;
    }
    CHECK(succeeded);
  }
  CHECK_INT(bad, 0);
  static char long_name[2000];
  memset(long_name, 'n', sizeof long_name - 1);
  static const char *const names[] = {"short", long_name};
  const dusq_column columns[] = {{"short", DUSQ_INT, 0}, {long_name, DUSQ_INT, 0}};
  dusq_result *r = dusq__result_new();
  test_alloc_fail(1, false);
  CHECK_INT(dusq__result_columns(r, 2, columns), DUSQ_E_NOMEM);
  CHECK_INT(dusq_result_cols(r), 0);
  CHECK_INT(dusq__result_columns(r, 2, columns), DUSQ_OK);
  CHECK_STR(dusq_result_name(r, 1), long_name);
  dusq_result_unref(r);
  test_alloc_fail(2, false);
  CHECK(dusq_result_new(2, names) == NULL);
  CHECK_INT(test_alloc_live(), before);
  test_alloc_fail(1, false);
  CHECK(dusq__result_items(3) == NULL);
  test_alloc_fail(0, false);
}

void suite_result(void);
void suite_result(void)
{
  test_suite("result");
  test_case("NULL", test_null_result);
  test_case("no columns", test_no_columns);
  test_case("shape", test_shape);
  test_case("column_index", test_column_index);
  test_case("every kind", test_kinds);
  test_case("getters", test_getters);
  test_case("one row is one block", test_one_row_one_block);
  test_case("rows that are expected have their room at once", test_expected_rows);
  test_case("every alignment", test_every_alignment);
  test_case("many rows", test_many_rows);
  test_case("big texts", test_big_texts);
  test_case("wrong cells", test_wrong_cells);
  test_case("published", test_published);
  test_case("chain of sets", test_chain);
  test_case("items", test_items);
  test_case("items, few, many and nested", test_items_sizes);
  test_case("no memory", test_no_memory);
}
