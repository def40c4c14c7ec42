/* test_option.c - the texts of options: numbers, sizes, durations, booleans and choices. */
#include "data/option.h"
#include "test.h"

#define ANY 0, 0
#define SECOND INT64_C(1000000000)

static const struct {
  uint32_t kind;
  const char *choices;
  int64_t min, max;
  const char *text;
  int64_t number;
} good[] = {
  {DUSQ_OPTION_INT, NULL, ANY, "0", 0},
  {DUSQ_OPTION_INT, NULL, ANY, "+7", 7},
  {DUSQ_OPTION_INT, NULL, ANY, "007", 7},
  {DUSQ_OPTION_INT, NULL, ANY, "-0", 0},
  {DUSQ_OPTION_INT, NULL, ANY, "9223372036854775807", INT64_MAX},
  {DUSQ_OPTION_INT, NULL, INT64_MIN, 0, "-9223372036854775808", INT64_MIN},
  {DUSQ_OPTION_INT, NULL, -5, 5, "-5", -5},
  {DUSQ_OPTION_INT, NULL, -5, 5, "5", 5},
  {DUSQ_OPTION_INT, NULL, 1, 1, "1", 1},
  {DUSQ_OPTION_SIZE, NULL, ANY, "65536", 65536},
  {DUSQ_OPTION_SIZE, NULL, ANY, "10B", 10},
  {DUSQ_OPTION_SIZE, NULL, ANY, "64KiB", 65536},
  {DUSQ_OPTION_SIZE, NULL, ANY, "64kib", 65536},
  {DUSQ_OPTION_SIZE, NULL, ANY, "1MiB", 1048576},
  {DUSQ_OPTION_SIZE, NULL, ANY, "1GiB", 1073741824},
  {DUSQ_OPTION_SIZE, NULL, ANY, "1TiB", INT64_C(1099511627776)},
  {DUSQ_OPTION_SIZE, NULL, ANY, "2KB", 2000},
  {DUSQ_OPTION_SIZE, NULL, ANY, "3MB", 3000000},
  {DUSQ_OPTION_SIZE, NULL, ANY, "4GB", INT64_C(4000000000)},
  {DUSQ_OPTION_SIZE, NULL, ANY, "5tb", INT64_C(5000000000000)},
  {DUSQ_OPTION_SIZE, NULL, ANY, "1.5KiB", 1536},
  {DUSQ_OPTION_SIZE, NULL, ANY, "0.0009765625KiB", 1},
  {DUSQ_OPTION_SIZE, NULL, ANY, "9223372036854775807", INT64_MAX},
  {DUSQ_OPTION_DURATION, NULL, ANY, "none", DUSQ_FOREVER},
  {DUSQ_OPTION_DURATION, NULL, ANY, "0", 0},
  {DUSQ_OPTION_DURATION, NULL, ANY, "250", SECOND / 4},
  {DUSQ_OPTION_DURATION, NULL, ANY, "250ms", SECOND / 4},
  {DUSQ_OPTION_DURATION, NULL, ANY, "2s", 2 * SECOND},
  {DUSQ_OPTION_DURATION, NULL, ANY, "10min", 600 * SECOND},
  {DUSQ_OPTION_DURATION, NULL, ANY, "1h", 3600 * SECOND},
  {DUSQ_OPTION_DURATION, NULL, ANY, "500us", 500000},
  {DUSQ_OPTION_DURATION, NULL, ANY, "40ns", 40},
  {DUSQ_OPTION_DURATION, NULL, ANY, "1.5s", SECOND * 3 / 2},
  {DUSQ_OPTION_DURATION, NULL, ANY, "0.5", 500000},
  {DUSQ_OPTION_DURATION, NULL, ANY, "1.000000001s", SECOND + 1},
  {DUSQ_OPTION_DURATION, NULL, ANY, "1.00000000000000000000000000s", SECOND},
  {DUSQ_OPTION_DURATION, NULL, ANY, "0.25h", 900 * SECOND},
  {DUSQ_OPTION_DURATION, NULL, ANY, "9223372036.854775807s", INT64_MAX},
  {DUSQ_OPTION_DURATION, NULL, ANY, "0002s", 2 * SECOND},
  {DUSQ_OPTION_DURATION, NULL, 0, DUSQ_FOREVER, "none", DUSQ_FOREVER},
  {DUSQ_OPTION_BOOL, NULL, ANY, "on", 1},
  {DUSQ_OPTION_BOOL, NULL, ANY, "OFF", 0},
  {DUSQ_OPTION_BOOL, NULL, ANY, "True", 1},
  {DUSQ_OPTION_BOOL, NULL, ANY, "false", 0},
  {DUSQ_OPTION_BOOL, NULL, ANY, "yes", 1},
  {DUSQ_OPTION_BOOL, NULL, ANY, "No", 0},
  {DUSQ_OPTION_BOOL, NULL, ANY, "1", 1},
  {DUSQ_OPTION_BOOL, NULL, ANY, "0", 0},
  {DUSQ_OPTION_CHOICE, "wal|delete|memory", ANY, "wal", 0},
  {DUSQ_OPTION_CHOICE, "wal|delete|memory", ANY, "DELETE", 1},
  {DUSQ_OPTION_CHOICE, "wal|delete|memory", ANY, "memory", 2},
  {DUSQ_OPTION_CHOICE, "one", ANY, "one", 0},
  {DUSQ_OPTION_TEXT, NULL, ANY, "anything", 0},
  {DUSQ_OPTION_TEXT, NULL, ANY, "", 0},
  {DUSQ_OPTION_SECRET, NULL, ANY, "12", 0},
};

static void test_good(void)
{
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    dusq_option option = {"key", good[i].kind, NULL, good[i].choices, good[i].min, good[i].max};
    int64_t number = 77;
    dusq_error *error = NULL;
    if (!CHECK_INT(dusq__option_read(&option, good[i].text, &number, &error), DUSQ_OK))
      printf("\n    %s: %s\n", good[i].text, dusq_error_message(error));
    if (!CHECK_INT(number, good[i].number))
      printf("\n    %s\n", good[i].text);
    CHECK(error == NULL);
  }
}

#define WAL "wal|delete"
#define NO_INT "is not a whole number"
#define NO_SIZE "is not a size (such as 65536, 64KiB, 1GiB)"
#define NO_DURATION "is not a duration (such as 250ms, 2s, none)"
#define NO_BOOL "is neither on nor off"
#define NO_WAL "is none of wal, delete"

static const struct {
  uint32_t kind;
  const char *choices;
  int64_t min, max;
  const char *text, *why;
} bad[] = {
  {DUSQ_OPTION_INT, NULL, ANY, "", NO_INT},
  {DUSQ_OPTION_INT, NULL, ANY, "abc", NO_INT},
  {DUSQ_OPTION_INT, NULL, ANY, "1x", NO_INT},
  {DUSQ_OPTION_INT, NULL, ANY, "1.0", NO_INT},
  {DUSQ_OPTION_INT, NULL, ANY, " 1", NO_INT},
  {DUSQ_OPTION_INT, NULL, ANY, "1 ", NO_INT},
  {DUSQ_OPTION_INT, NULL, ANY, "-", NO_INT},
  {DUSQ_OPTION_INT, NULL, ANY, "+-1", NO_INT},
  {DUSQ_OPTION_INT, NULL, ANY, "0x10", NO_INT},
  {DUSQ_OPTION_INT, NULL, ANY, "-1", "is out of range (at least 0)"},
  {DUSQ_OPTION_INT, NULL, ANY, "9223372036854775808", "is out of range (at least 0)"},
  {DUSQ_OPTION_INT, NULL, ANY, "99999999999999999999999", "is out of range (at least 0)"},
  {DUSQ_OPTION_INT, NULL, INT64_MIN, 0, "-9223372036854775809", "is out of range (-9223372036854775808 to 0)"},
  {DUSQ_OPTION_INT, NULL, 1, 256, "0", "is out of range (1 to 256)"},
  {DUSQ_OPTION_INT, NULL, 1, 256, "257", "is out of range (1 to 256)"},
  {DUSQ_OPTION_INT, NULL, 2, INT64_MAX, "1", "is out of range (at least 2)"},
  {DUSQ_OPTION_SIZE, NULL, ANY, "", NO_SIZE},
  {DUSQ_OPTION_SIZE, NULL, ANY, "-1", NO_SIZE},
  {DUSQ_OPTION_SIZE, NULL, ANY, "64K", NO_SIZE},
  {DUSQ_OPTION_SIZE, NULL, ANY, "64 KiB", NO_SIZE},
  {DUSQ_OPTION_SIZE, NULL, ANY, "1.5", NO_SIZE},
  {DUSQ_OPTION_SIZE, NULL, ANY, "0.1KiB", NO_SIZE},
  {DUSQ_OPTION_SIZE, NULL, ANY, "none", NO_SIZE},
  {DUSQ_OPTION_SIZE, NULL, ANY, "9223372036854775808", "is out of range (at least 0)"},
  {DUSQ_OPTION_SIZE, NULL, ANY, "8388608TiB", "is out of range (at least 0)"},
  {DUSQ_OPTION_SIZE, NULL, 65536, 1 << 30, "1KiB", "is out of range (64KiB to 1GiB)"},
  {DUSQ_OPTION_SIZE, NULL, 1, 1000, "1MiB", "is out of range (1B to 1KB)"},
  {DUSQ_OPTION_DURATION, NULL, ANY, "abc", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "s", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "-1s", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "+1s", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "1S", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "1m", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "1sec", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "1s ", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "1.s", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, ".5s", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "1.5.5s", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "0.1ns", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "0.0000000001s", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "0.0000000000000000000000000000001s", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "None", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "nonesuch", NO_DURATION},
  {DUSQ_OPTION_DURATION, NULL, ANY, "9223372036.854775808s", "is out of range (at least 0)"},
  {DUSQ_OPTION_DURATION, NULL, ANY, "99999999999999h", "is out of range (at least 0)"},
  {DUSQ_OPTION_DURATION, NULL, ANY, "99999999999999999999999h", "is out of range (at least 0)"},
  {DUSQ_OPTION_DURATION, NULL, SECOND, 60 * SECOND, "none", "is out of range (1s to 1min)"},
  {DUSQ_OPTION_DURATION, NULL, SECOND, 60 * SECOND, "999", "is out of range (1s to 1min)"},
  {DUSQ_OPTION_DURATION, NULL, 1, DUSQ_FOREVER, "0", "is out of range (at least 1ns)"},
  {DUSQ_OPTION_DURATION, NULL, DUSQ_FOREVER, DUSQ_FOREVER, "0", "is out of range (at least none)"},
  {DUSQ_OPTION_BOOL, NULL, ANY, "", NO_BOOL},
  {DUSQ_OPTION_BOOL, NULL, ANY, "2", NO_BOOL},
  {DUSQ_OPTION_BOOL, NULL, ANY, "o", NO_BOOL},
  {DUSQ_OPTION_BOOL, NULL, ANY, "onn", NO_BOOL},
  {DUSQ_OPTION_CHOICE, WAL, ANY, "", NO_WAL},
  {DUSQ_OPTION_CHOICE, WAL, ANY, "wa", NO_WAL},
  {DUSQ_OPTION_CHOICE, WAL, ANY, "wal|delete", NO_WAL},
  {DUSQ_OPTION_CHOICE, WAL, ANY, "wall", NO_WAL},
};

static void test_bad(void)
{
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    dusq_option option = {"busy_timeout", bad[i].kind, NULL, bad[i].choices, bad[i].min, bad[i].max};
    int64_t number = 77;
    dusq_error *error = NULL;
    char expected[256];
    if (strpbrk(bad[i].text, " |") || strlen(bad[i].text) > 32)
      snprintf(expected, sizeof expected, "option busy_timeout: the value %s", bad[i].why);
    else
      snprintf(expected, sizeof expected, "option busy_timeout: \"%s\" %s", bad[i].text, bad[i].why);
    CHECK_INT(dusq__option_read(&option, bad[i].text, &number, &error), DUSQ_E_URI);
    CHECK_INT(dusq_error_status(error), DUSQ_E_URI);
    CHECK_STR(dusq_error_message(error), expected);
    CHECK_INT(number, 77);
    dusq_error_unref(error);
  }
}

static void test_shown_value(void)
{
  static const char longest[] = "abcdefghijklmnopqrstuvwxyzABCDEF";
  static const struct {
    const char *text;
    bool shown;
  } rows[] = {
    {"GHIJKLMNOPQRSTUVWXYZ", true}, {"0123456789_.+-x", true}, {longest, true},
    {"abcdefghijklmnopqrstuvwxyzABCDEFG", false}, {"1;password=s3cret", false}, {"1&password", false},
    {"s3cret@h", false}, {"u:s3cret", false}, {"s3cret/", false}, {"s3 cret", false}, {"s3cret%", false},
    {"s3cret\n", false}, {"\x01", false}, {"\xC3\xA4", false}, {"\xFF", false}, {"@", false}, {"[", false},
    {"`", false}, {"{", false}, {",", false}, {"\"", false},
  };
  CHECK_INT(strlen(longest), 32);
  dusq_option option = {"readers", DUSQ_OPTION_INT, NULL, NULL, 0, 0};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    int64_t number;
    dusq_error *error = NULL;
    char expected[128];
    CHECK_INT(dusq__option_read(&option, rows[i].text, &number, &error), DUSQ_E_URI);
    if (rows[i].shown)
      snprintf(expected, sizeof expected, "option readers: \"%s\" is not a whole number", rows[i].text);
    else
      snprintf(expected, sizeof expected, "option readers: the value is not a whole number");
    CHECK_STR(dusq_error_message(error), expected);
    dusq_error_unref(error);
  }
  int64_t number;
  CHECK_INT(dusq__option_read(&option, "x", &number, NULL), DUSQ_E_URI);
}

static void test_find(void)
{
  static const dusq_option list[] = {{"a", DUSQ_OPTION_INT, "1", NULL, 0, 0},
                                     {"ab", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
                                     {NULL, 0, NULL, NULL, 0, 0}};
  CHECK(dusq__option_find(list, "a") == &list[0]);
  CHECK(dusq__option_find(list, "ab") == &list[1]);
  CHECK(dusq__option_find(list, "abc") == NULL);
  CHECK(dusq__option_find(list, "A") == NULL);
  CHECK(dusq__option_find(list, "") == NULL);
  CHECK(dusq__option_find(list + 2, "a") == NULL);
  CHECK(dusq__option_find(NULL, "a") == NULL);
}

static void test_no_memory(void)
{
  dusq_option option = {"n", DUSQ_OPTION_DURATION, NULL, NULL, 1, 5};
  long live = test_alloc_live();
  bool failed = true;
  for (long n = 1; failed && n < 20; n++) {
    int64_t number;
    dusq_error *error = NULL;
    test_alloc_fail(n, false);
    dusq_status status = dusq__option_read(&option, "1h", &number, &error);
    failed = test_alloc_failed();
    test_alloc_fail(0, false);
    CHECK(status == DUSQ_E_URI || (failed && status == DUSQ_E_NOMEM));
    CHECK_INT(dusq_error_status(error), status);
    dusq_error_unref(error);
    CHECK_INT(test_alloc_live(), live);
  }
  CHECK(!failed);
}

void suite_option(void);
void suite_option(void)
{
  test_suite("option");
  test_case("texts that are read", test_good);
  test_case("texts that are refused, and why", test_bad);
  test_case("what an error shows of a value", test_shown_value);
  test_case("finding an option", test_find);
  test_case("out of memory", test_no_memory);
}
