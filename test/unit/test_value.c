/* test_value.c - makers, exact conversions of every kind to every other, checking and copying. */
#include "data/value.h"
#include "test.h"
#include <float.h>
#include <math.h>
#include <stddef.h>

static const uint8_t some_id[16] = {0x55, 0x0e, 0x84, 0x00, 0xe2, 0x9b, 0x41, 0xd4,
                                    0xa7, 0x16, 0x44, 0x66, 0x55, 0x44, 0x00, 0xff};
static const char some_id_text[] = "550e8400-e29b-41d4-a716-4466554400ff";

static void test_layout(void)
{
  CHECK_INT(sizeof(dusq_value), 40);
  CHECK_INT(offsetof(dusq_value, native), 4);
  CHECK_INT(offsetof(dusq_value, len), 8);
  CHECK_INT(offsetof(dusq_value, name), 16);
  CHECK_INT(offsetof(dusq_value, u), 24);
}

static void test_makers(void)
{
  CHECK_INT(dusq_null().type, DUSQ_NULL);
  CHECK(dusq_bool(true).u.b && dusq_bool(true).type == DUSQ_BOOL);
  CHECK_INT(dusq_int(INT64_MIN).u.i, INT64_MIN);
  CHECK(dusq_uint(UINT64_MAX).u.n == UINT64_MAX && dusq_uint(0).type == DUSQ_UINT);
  CHECK(dusq_real(0.5).u.r == 0.5 && dusq_real(0).type == DUSQ_REAL);
  dusq_value v = dusq_text("abc");
  CHECK(v.type == DUSQ_TEXT && v.len == 3 && memcmp(v.u.p, "abc", 3) == 0 && v.name == NULL && v.native == 0);
  v = dusq_textn("abc", 2);
  CHECK(v.type == DUSQ_TEXT && v.len == 2);
  v = dusq_decimal("-1.50");
  CHECK(v.type == DUSQ_DECIMAL && v.len == 5);
  v = dusq_json("{}");
  CHECK(v.type == DUSQ_JSON && v.len == 2);
  v = dusq_blob("a\0b", 3);
  CHECK(v.type == DUSQ_BLOB && v.len == 3);
  v = dusq_date(INT32_MIN);
  CHECK(v.type == DUSQ_DATE && v.u.i == INT32_MIN);
  CHECK(dusq_time(-1).type == DUSQ_TIME && dusq_timestamp(-1).type == DUSQ_TIMESTAMP);
  v = dusq_uuid(some_id);
  CHECK(v.type == DUSQ_UUID && memcmp(v.u.id, some_id, 16) == 0);
  v = dusq_named("id", dusq_int(7));
  CHECK(v.type == DUSQ_INT && v.u.i == 7);
  CHECK_STR(v.name, "id");
}

static void test_null_pointers(void)
{
  CHECK_INT(dusq_text(NULL).type, DUSQ_NULL);
  CHECK_INT(dusq_textn(NULL, 5).type, DUSQ_NULL);
  CHECK_INT(dusq_blob(NULL, 5).type, DUSQ_NULL);
  CHECK_INT(dusq_blob(NULL, 5).len, 0);
  CHECK_INT(dusq_decimal(NULL).type, DUSQ_NULL);
  CHECK_INT(dusq_json(NULL).type, DUSQ_NULL);
  CHECK_INT(dusq_uuid(NULL).type, DUSQ_NULL);
}

static void test_conversion_null_pointers(void)
{
  bool b = true;
  int64_t i = 5;
  uint64_t u = 5;
  double r = 5;
  int32_t days = 5;
  uint8_t id[16] = {5};
  CHECK_INT(dusq_value_to_bool(NULL, &b), DUSQ_E_INVAL);
  CHECK_INT(dusq_value_to_int(NULL, &i), DUSQ_E_INVAL);
  CHECK_INT(dusq_value_to_uint(NULL, &u), DUSQ_E_INVAL);
  CHECK_INT(dusq_value_to_real(NULL, &r), DUSQ_E_INVAL);
  CHECK_INT(dusq_value_to_date(NULL, &days), DUSQ_E_INVAL);
  CHECK_INT(dusq_value_to_time(NULL, &i), DUSQ_E_INVAL);
  CHECK_INT(dusq_value_to_timestamp(NULL, &i), DUSQ_E_INVAL);
  CHECK_INT(dusq_value_to_uuid(NULL, id), DUSQ_E_INVAL);
  CHECK(b && i == 5 && u == 5 && r == 5 && days == 5 && id[0] == 5);
  const dusq_value values[] = {dusq_null(), dusq_bool(true), dusq_int(1), dusq_uint(1), dusq_real(1), dusq_decimal("1"),
                               dusq_text("1"), dusq_blob(some_id, 16), dusq_date(1), dusq_time(1), dusq_timestamp(1),
                               dusq_uuid(some_id), dusq_json("1")};
  for (size_t n = 0; n < sizeof values / sizeof values[0]; n++) {
    CHECK_INT(dusq_value_to_bool(&values[n], NULL), DUSQ_E_INVAL);
    CHECK_INT(dusq_value_to_int(&values[n], NULL), DUSQ_E_INVAL);
    CHECK_INT(dusq_value_to_uint(&values[n], NULL), DUSQ_E_INVAL);
    CHECK_INT(dusq_value_to_real(&values[n], NULL), DUSQ_E_INVAL);
    CHECK_INT(dusq_value_to_date(&values[n], NULL), DUSQ_E_INVAL);
    CHECK_INT(dusq_value_to_time(&values[n], NULL), DUSQ_E_INVAL);
    CHECK_INT(dusq_value_to_timestamp(&values[n], NULL), DUSQ_E_INVAL);
    CHECK_INT(dusq_value_to_uuid(&values[n], NULL), DUSQ_E_INVAL);
  }
}

static void test_kind_names(void)
{
  static const char *const names[] = {"null", "bool", "int",  "uint", "real",      "decimal", "text",
                                      "blob", "date", "time", "timestamp", "uuid", "json"};
  for (uint32_t t = 0; t <= DUSQ_JSON; t++)
    CHECK_STR(dusq_kind_name(t), names[t]);
  CHECK_STR(dusq_kind_name(DUSQ_JSON + 1), "unknown");
  CHECK_STR(dusq_kind_name(UINT32_MAX), "unknown");
}

/* Which kinds meet which: one value of every kind, and a letter a conversion (bool int uint real date time timestamp
 * uuid) for those that do.                                                                                           */
static void test_kinds_meet(void)
{
  const struct {
    dusq_value value;
    const char *meets;
  } rows[] = {
      {dusq_null(), ""},          {dusq_bool(true), "biu"},       {dusq_int(1), "biur"},
      {dusq_uint(1), "biur"},     {dusq_real(1), "iur"},          {dusq_decimal("1"), "iur"},
      {dusq_text("1"), "iur"},    {dusq_blob(some_id, 16), "#"},  {dusq_date(1), "dT"},
      {dusq_time(1), "t"},        {dusq_timestamp(1), "T"},       {dusq_uuid(some_id), "#"},
      {dusq_json("1"), ""},       {{.type = 13}, ""},             {{.type = UINT32_MAX}, ""},
      {dusq_text("2024-02-29"), "dT"}, {dusq_text("10:00:00"), "t"}, {dusq_text(some_id_text), "#"},
      {dusq_text(""), ""},        {dusq_text("x"), ""},           {{.type = DUSQ_TEXT, .len = 9}, ""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    const dusq_value *v = &rows[i].value;
    bool b = true;
    int64_t n = 77, time = 77, stamp = 77;
    uint64_t u = 77;
    double r = 77;
    int32_t days = 77;
    uint8_t id[16] = {77};
    CHECK_INT(dusq_value_to_bool(v, &b), strchr(rows[i].meets, 'b') ? DUSQ_OK : DUSQ_E_TYPE);
    CHECK_INT(dusq_value_to_int(v, &n), strchr(rows[i].meets, 'i') ? DUSQ_OK : DUSQ_E_TYPE);
    CHECK_INT(dusq_value_to_uint(v, &u), strchr(rows[i].meets, 'u') ? DUSQ_OK : DUSQ_E_TYPE);
    CHECK_INT(dusq_value_to_real(v, &r), strchr(rows[i].meets, 'r') ? DUSQ_OK : DUSQ_E_TYPE);
    CHECK_INT(dusq_value_to_date(v, &days), strchr(rows[i].meets, 'd') ? DUSQ_OK : DUSQ_E_TYPE);
    CHECK_INT(dusq_value_to_time(v, &time), strchr(rows[i].meets, 't') ? DUSQ_OK : DUSQ_E_TYPE);
    CHECK_INT(dusq_value_to_timestamp(v, &stamp), strchr(rows[i].meets, 'T') ? DUSQ_OK : DUSQ_E_TYPE);
    CHECK_INT(dusq_value_to_uuid(v, id), strchr(rows[i].meets, '#') ? DUSQ_OK : DUSQ_E_TYPE);
    CHECK_INT(n, strchr(rows[i].meets, 'i') ? 1 : 77); /* untouched where it failed */
    CHECK_INT(u, strchr(rows[i].meets, 'u') ? 1 : 77);
    CHECK(r == (strchr(rows[i].meets, 'r') ? 1 : 77));
    CHECK(memcmp(id, some_id, 16) == 0 || !strchr(rows[i].meets, '#'));
  }
}

static void test_to_bool(void)
{
  const struct {
    dusq_value value;
    int status;
    bool expected;
  } rows[] = {
      {dusq_bool(false), DUSQ_OK, false},    {dusq_int(0), DUSQ_OK, false},       {dusq_uint(0), DUSQ_OK, false},
      {dusq_uint(1), DUSQ_OK, true},         {dusq_int(2), DUSQ_E_RANGE, false},  {dusq_int(-1), DUSQ_E_RANGE, false},
      {dusq_uint(2), DUSQ_E_RANGE, false},   {dusq_int(INT64_MIN), DUSQ_E_RANGE, false},
      {dusq_real(1), DUSQ_E_TYPE, false},    {dusq_text("true"), DUSQ_E_TYPE, false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    bool out = !rows[i].expected;
    CHECK_INT(dusq_value_to_bool(&rows[i].value, &out), rows[i].status);
    CHECK(out == (rows[i].status ? !rows[i].expected : rows[i].expected));
  }
}

typedef struct int_row {
  dusq_value value;
  int status;
  int64_t expected;
} int_row;

static void check_to_int(const int_row *rows, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    int64_t out = 4711;
    if (!CHECK_INT(dusq_value_to_int(&rows[i].value, &out), rows[i].status))
      fprintf(stderr, "row %zu\n", i);
    CHECK_INT(out, rows[i].status ? 4711 : rows[i].expected);
  }
}

static void test_number_to_int(void)
{
  const int_row rows[] = {
      {dusq_int(INT64_MIN), DUSQ_OK, INT64_MIN},
      {dusq_int(INT64_MAX), DUSQ_OK, INT64_MAX},
      {dusq_uint(INT64_MAX), DUSQ_OK, INT64_MAX},
      {dusq_uint((uint64_t)INT64_MAX + 1), DUSQ_E_RANGE, 0},
      {dusq_uint(UINT64_MAX), DUSQ_E_RANGE, 0},
      {dusq_bool(false), DUSQ_OK, 0},
      {dusq_real(-0.0), DUSQ_OK, 0},
      {dusq_real(-9223372036854775808.0), DUSQ_OK, INT64_MIN},
      {dusq_real(-9223372036854777856.0), DUSQ_E_RANGE, 0},
      {dusq_real(9223372036854774784.0), DUSQ_OK, INT64_C(9223372036854774784)},
      {dusq_real(9223372036854775808.0), DUSQ_E_RANGE, 0},
      {dusq_real(0.5), DUSQ_E_RANGE, 0},
      {dusq_real(DBL_MAX), DUSQ_E_RANGE, 0},
      {dusq_real((double)INFINITY), DUSQ_E_RANGE, 0},
      {dusq_real((double)-INFINITY), DUSQ_E_RANGE, 0},
      {dusq_real((double)NAN), DUSQ_E_RANGE, 0},
      {dusq_real(DBL_TRUE_MIN), DUSQ_E_RANGE, 0},
  };
  check_to_int(rows, sizeof rows / sizeof rows[0]);
}

static void test_text_to_int(void)
{
  const int_row rows[] = {
      {dusq_text("-9223372036854775808"), DUSQ_OK, INT64_MIN},
      {dusq_text("-9223372036854775809"), DUSQ_E_RANGE, 0},
      {dusq_text("+9223372036854775807"), DUSQ_OK, INT64_MAX},
      {dusq_text("9223372036854775808"), DUSQ_E_RANGE, 0},
      {dusq_text("99999999999999999999999999"), DUSQ_E_RANGE, 0},
      {dusq_text("-000"), DUSQ_OK, 0},
      {dusq_text("000000000000000000000000000012"), DUSQ_OK, 12},
      {dusq_text("1.0"), DUSQ_E_TYPE, 0},
      {dusq_text("1e2"), DUSQ_E_TYPE, 0},
      {dusq_text(" 1"), DUSQ_E_TYPE, 0},
      {dusq_text("1 "), DUSQ_E_TYPE, 0},
      {dusq_text("-"), DUSQ_E_TYPE, 0},
      {dusq_text("+-1"), DUSQ_E_TYPE, 0},
      {dusq_text("0x10"), DUSQ_E_TYPE, 0},
      {dusq_text("99999999999999999999999999x"), DUSQ_E_TYPE, 0},
      {dusq_textn("1\0", 2), DUSQ_E_TYPE, 0},
      {dusq_textn("129", 2), DUSQ_OK, 12},
  };
  check_to_int(rows, sizeof rows / sizeof rows[0]);
}

static void test_decimal_to_int(void)
{
  const int_row rows[] = {
      {dusq_decimal("12.00"), DUSQ_OK, 12},
      {dusq_decimal("-12."), DUSQ_OK, -12},
      {dusq_decimal(".0"), DUSQ_OK, 0},
      {dusq_decimal("12.50"), DUSQ_E_RANGE, 0},
      {dusq_decimal("-9223372036854775808.000"), DUSQ_OK, INT64_MIN},
      {dusq_decimal("9223372036854775808.000"), DUSQ_E_RANGE, 0},
      {dusq_decimal("1.25e2"), DUSQ_OK, 125},
      {dusq_decimal("1.25e1"), DUSQ_E_RANGE, 0},
      {dusq_decimal("1200E-2"), DUSQ_OK, 12},
      {dusq_decimal("1e18"), DUSQ_OK, INT64_C(1000000000000000000)},
      {dusq_decimal("1e19"), DUSQ_E_RANGE, 0},
      {dusq_decimal("1e99999999999999999999"), DUSQ_E_RANGE, 0},
      {dusq_decimal("0e99999999999999999999"), DUSQ_OK, 0},
      {dusq_decimal("0e-99999999999999999999"), DUSQ_OK, 0},
      {dusq_decimal("1e-99999999999999999999"), DUSQ_E_RANGE, 0},
      {dusq_decimal("NaN"), DUSQ_E_TYPE, 0},
      {dusq_decimal(""), DUSQ_E_TYPE, 0},
      {dusq_decimal("."), DUSQ_E_TYPE, 0},
      {dusq_decimal("1e"), DUSQ_E_TYPE, 0},
  };
  check_to_int(rows, sizeof rows / sizeof rows[0]);
}

static void test_to_uint(void)
{
  const struct {
    dusq_value value;
    int status;
    uint64_t expected;
  } rows[] = {
      {dusq_uint(UINT64_MAX), DUSQ_OK, UINT64_MAX},
      {dusq_int(INT64_MAX), DUSQ_OK, INT64_MAX},
      {dusq_int(-1), DUSQ_E_RANGE, 0},
      {dusq_bool(true), DUSQ_OK, 1},
      {dusq_real(-0.0), DUSQ_OK, 0},
      {dusq_real(-1), DUSQ_E_RANGE, 0},
      {dusq_real(18446744073709549568.0), DUSQ_OK, UINT64_C(18446744073709549568)},
      {dusq_real(18446744073709551616.0), DUSQ_E_RANGE, 0},
      {dusq_real(1.5), DUSQ_E_RANGE, 0},
      {dusq_real((double)NAN), DUSQ_E_RANGE, 0},
      {dusq_text("18446744073709551615"), DUSQ_OK, UINT64_MAX},
      {dusq_text("18446744073709551616"), DUSQ_E_RANGE, 0},
      {dusq_text("184467440737095516150"), DUSQ_E_RANGE, 0},
      {dusq_text("-0"), DUSQ_OK, 0},
      {dusq_text("-1"), DUSQ_E_RANGE, 0},
      {dusq_text("1.0"), DUSQ_E_TYPE, 0},
      {dusq_decimal("18446744073709551615.0"), DUSQ_OK, UINT64_MAX},
      {dusq_decimal("18446744073709551616.0"), DUSQ_E_RANGE, 0},
      {dusq_decimal("1844674407370955161.5e1"), DUSQ_OK, UINT64_MAX},
      {dusq_decimal("-1"), DUSQ_E_RANGE, 0},
      {dusq_decimal("-0.0"), DUSQ_OK, 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    uint64_t out = 4711;
    if (!CHECK_INT(dusq_value_to_uint(&rows[i].value, &out), rows[i].status))
      fprintf(stderr, "row %zu\n", i);
    CHECK(out == (rows[i].status ? 4711 : rows[i].expected));
  }
}

static void test_to_real(void)
{
  const struct {
    dusq_value value;
    int status;
    double expected;
  } rows[] = {
      {dusq_int(INT64_C(9007199254740992)), DUSQ_OK, 9007199254740992.0},
      {dusq_int(INT64_C(9007199254740993)), DUSQ_E_RANGE, 0},
      {dusq_int(INT64_C(9007199254740994)), DUSQ_OK, 9007199254740994.0},
      {dusq_int(INT64_C(-9007199254740993)), DUSQ_E_RANGE, 0},
      {dusq_int(INT64_MIN), DUSQ_OK, -9223372036854775808.0},
      {dusq_int(INT64_MAX), DUSQ_E_RANGE, 0},
      {dusq_uint(UINT64_MAX), DUSQ_E_RANGE, 0},
      {dusq_uint(UINT64_C(1) << 63), DUSQ_OK, 9223372036854775808.0},
      {dusq_bool(true), DUSQ_E_TYPE, 0},
      {dusq_date(1), DUSQ_E_TYPE, 0},
      {dusq_text("1e400"), DUSQ_E_RANGE, 0},
      {dusq_text("-1e400"), DUSQ_E_RANGE, 0},
      {dusq_decimal("0.1"), DUSQ_OK, 0.1},
      {dusq_decimal("-12.50"), DUSQ_OK, -12.5},
      {dusq_text("0,5"), DUSQ_E_TYPE, 0},
      {dusq_text("0x1p3"), DUSQ_E_TYPE, 0},
      {dusq_text("inf"), DUSQ_E_TYPE, 0},
      {dusq_text("1e"), DUSQ_E_TYPE, 0},
      {dusq_text("1.5 "), DUSQ_E_TYPE, 0},
      {dusq_text(" 1.5"), DUSQ_E_TYPE, 0},
      {dusq_text("1..5"), DUSQ_E_TYPE, 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    double out = 4711;
    if (!CHECK_INT(dusq_value_to_real(&rows[i].value, &out), rows[i].status))
      fprintf(stderr, "row %zu\n", i);
    CHECK(out == (rows[i].status ? 4711 : rows[i].expected));
  }
}

static void test_to_dates(void)
{
  int32_t days = 5;
  int64_t n = 5;
  dusq_value v = {.type = DUSQ_DATE, .u.i = INT64_C(1) << 31};
  CHECK_INT(dusq_value_to_date(&v, &days), DUSQ_E_RANGE);
  v.u.i = -(INT64_C(1) << 31) - 1;
  CHECK_INT(dusq_value_to_date(&v, &days), DUSQ_E_RANGE);
  CHECK_INT(days, 5);
  v = dusq_date(INT32_MAX);
  CHECK_INT(dusq_value_to_date(&v, &days), DUSQ_OK);
  CHECK_INT(days, INT32_MAX);
  CHECK_INT(dusq_value_to_timestamp(&v, &n), DUSQ_E_RANGE);
  v = dusq_date(-106751991);
  CHECK_INT(dusq_value_to_timestamp(&v, &n), DUSQ_OK);
  CHECK_INT(n, -106751991 * INT64_C(86400000000));
  v = dusq_date(-106751992);
  CHECK_INT(dusq_value_to_timestamp(&v, &n), DUSQ_E_RANGE);
  v = dusq_date(106751992);
  CHECK_INT(dusq_value_to_timestamp(&v, &n), DUSQ_E_RANGE);
  v = (dusq_value){.type = DUSQ_DATE, .u.i = INT64_MIN};
  CHECK_INT(dusq_value_to_timestamp(&v, &n), DUSQ_E_RANGE);
  v = dusq_timestamp(INT64_MIN);
  CHECK_INT(dusq_value_to_timestamp(&v, &n), DUSQ_OK);
  CHECK_INT(n, INT64_MIN);
  v = dusq_time(INT64_MAX);
  CHECK_INT(dusq_value_to_time(&v, &n), DUSQ_OK);
  CHECK_INT(n, INT64_MAX);
}

static void test_to_uuid(void)
{
  uint8_t id[16] = {9};
  dusq_value v = dusq_blob(some_id, 15);
  CHECK_INT(dusq_value_to_uuid(&v, id), DUSQ_E_RANGE);
  v = dusq_text("550e8400-e29b-41d4-a716-4466554400f");
  CHECK_INT(dusq_value_to_uuid(&v, id), DUSQ_E_TYPE);
  CHECK_INT(id[0], 9);
  v = dusq_text("550E8400-E29B-41D4-A716-4466554400FF");
  CHECK_INT(dusq_value_to_uuid(&v, id), DUSQ_OK);
  CHECK(memcmp(id, some_id, 16) == 0);
}

static void check_check(dusq_value v, int status)
{
  const char *why = NULL;
  CHECK_INT(dusq__value_check(&v, &why), status);
  CHECK((why != NULL) == (status != DUSQ_OK));
}

static void test_value_check(void)
{
  check_check(dusq_null(), DUSQ_OK);
  check_check(dusq_bool(true), DUSQ_OK);
  check_check(dusq_int(1), DUSQ_OK);
  check_check(dusq_uint(1), DUSQ_OK);
  check_check(dusq_real((double)NAN), DUSQ_OK);
  check_check(dusq_date(1), DUSQ_OK);
  check_check(dusq_time(1), DUSQ_OK);
  check_check(dusq_timestamp(1), DUSQ_OK);
  check_check(dusq_uuid(some_id), DUSQ_OK);
  check_check(dusq_text(""), DUSQ_OK);
  check_check(dusq_text("caf\xC3\xA9"), DUSQ_OK);
  check_check(dusq_json("{\"a\":1}"), DUSQ_OK);
  check_check(dusq_json("caf\xC3"), DUSQ_E_DATA);
  check_check(dusq_blob("\xFF\0", 2), DUSQ_OK);
  check_check((dusq_value){.type = 13}, DUSQ_E_INVAL);
  check_check((dusq_value){.type = DUSQ_TEXT}, DUSQ_E_INVAL);
  check_check((dusq_value){.type = DUSQ_BLOB, .len = 3}, DUSQ_E_INVAL);
  const uint64_t max = (UINT64_C(1) << 30) - 1; /* nothing is read of one that is too long */
  check_check((dusq_value){.type = DUSQ_BLOB, .len = max, .u.p = "x"}, DUSQ_OK);
  check_check((dusq_value){.type = DUSQ_BLOB, .len = max + 1, .u.p = "x"}, DUSQ_E_TOO_LARGE);
  check_check((dusq_value){.type = DUSQ_TEXT, .len = UINT64_MAX, .u.p = "x"}, DUSQ_E_TOO_LARGE);
  static const char *const right[] = {"0", "-12.50", "+1", ".5", "5.", "1e10", "1.5E-3", "007",
                                      "NaN", "Infinity", "-Infinity"};
  for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
    check_check(dusq_decimal(right[i]), DUSQ_OK);
  static const char *const wrong[] = {"", ".", "-", "1,5", "nan", "1 ", "e5", "1e", "0x1", "1.2.3", "\xC3\xA9",
                                      "-NaN", "NaN ", "inf", "+Infinity", "Infinity1"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    check_check(dusq_decimal(wrong[i]), DUSQ_E_DATA);
}

/* A NUL, a wrong byte and a right character at every place of texts of every length up to 40. */
static void test_check_everywhere(void)
{
  char text[40];
  for (size_t len = 0; len <= sizeof text; len++) {
    memset(text, 'x', sizeof text);
    check_check(dusq_textn(text, len), DUSQ_OK);
    for (size_t at = 0; at < len; at++) {
      text[at] = '\0';
      check_check(dusq_textn(text, len), DUSQ_E_DATA);
      text[at] = (char)0x80;
      check_check(dusq_textn(text, len), DUSQ_E_DATA);
      text[at] = '\x01';
      check_check(dusq_textn(text, len), DUSQ_OK);
      text[at] = '\x7F';
      check_check(dusq_textn(text, len), DUSQ_OK);
      memcpy(text + at, "\xC3\xA9", at + 1 < len ? 2 : 1);
      check_check(dusq_textn(text, len), at + 1 < len ? DUSQ_OK : DUSQ_E_DATA);
      memset(text, 'x', sizeof text);
    }
  }
}

static void test_move(void)
{
  char room[32];
  memset(room, '#', sizeof room);
  dusq_value v = dusq_text("abc");
  CHECK_INT(dusq__value_extra(&v), 4);
  CHECK_INT(dusq__value_move(&v, room), 4);
  CHECK(v.u.p == room && memcmp(room, "abc\0#", 5) == 0);
  v = dusq_blob("ab", 2);
  CHECK_INT(dusq__value_extra(&v), 2);
  CHECK_INT(dusq__value_move(&v, room + 4), 2);
  CHECK(v.u.p == room + 4 && memcmp(room, "abc\0ab#", 7) == 0);
  v = dusq_text("");
  CHECK_INT(dusq__value_move(&v, room + 6), 1);
  CHECK(room[6] == '\0' && room[7] == '#');
  v = dusq_decimal("1.5");
  CHECK_INT(dusq__value_extra(&v), 4);
  v = dusq_json("1");
  CHECK_INT(dusq__value_extra(&v), 2);
  v = dusq_blob("", 0);
  CHECK_INT(dusq__value_extra(&v), 0);
  CHECK_INT(dusq__value_move(&v, NULL), 0);
  CHECK(v.u.p != NULL && v.len == 0); /* must not become an SQL NULL on its way */
  v = dusq_int(5);
  CHECK_INT(dusq__value_extra(&v), 0);
  CHECK_INT(dusq__value_move(&v, NULL), 0);
  CHECK_INT(v.u.i, 5);
  v = dusq_uuid(some_id);
  CHECK_INT(dusq__value_extra(&v), 0);
}

void suite_value(void);
void suite_value(void)
{
  test_suite("value");
  test_case("layout", test_layout);
  test_case("makers", test_makers);
  test_case("NULL pointers", test_null_pointers);
  test_case("conversions of and to a NULL pointer", test_conversion_null_pointers);
  test_case("names of kinds", test_kind_names);
  test_case("which kinds meet", test_kinds_meet);
  test_case("to bool", test_to_bool);
  test_case("number to int", test_number_to_int);
  test_case("text to int", test_text_to_int);
  test_case("decimal to int", test_decimal_to_int);
  test_case("to uint", test_to_uint);
  test_case("to real", test_to_real);
  test_case("to date, time, timestamp", test_to_dates);
  test_case("to uuid", test_to_uuid);
  test_case("check", test_value_check);
  test_case("check, every place", test_check_everywhere);
  test_case("deep copies", test_move);
}
