/* test_error.c - statuses and error objects: the list, limits of texts, sharing, scrubbing, and short memory. */
#include "data/error.h"
#include "base/utf8.h"
#include "data/status.h"
#include "test.h"

static void test_statuses(void)
{
  static const struct {
    int number;
    const char *name;
  } some[] = {{0, "DUSQ_OK"},         {1, "DUSQ_E_PENDING"}, {4, "DUSQ_E_BUSY"}, {20, "DUSQ_E_URI"},
              {64, "DUSQ_E_CONNECT"}, {73, "DUSQ_E_UNIQUE"}, {85, "DUSQ_E_SQL"}, {86, "DUSQ_E_TX_DEADLOCK"},
              {92, "DUSQ_E_SHUTDOWN"}, {93, "DUSQ_E_CONFIG"}};
  for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
    CHECK_STR(dusq_status_name(some[i].number), some[i].name);
  int known = 0;
  for (int s = -5; s < 200; s++) {
    bool is_known = (s >= 0 && s <= 20) || (s >= 64 && s <= 93);
    CHECK((strcmp(dusq_status_name(s), "DUSQ_E_UNKNOWN") != 0) == is_known);
    CHECK((strcmp(dusq_strstatus(s), "unknown status") != 0) == is_known);
    CHECK(dusq_strstatus(s)[0] != '\0');
    for (int other = 0; is_known && other < s; other++)
      CHECK(strcmp(dusq_strstatus(s), dusq_strstatus(other)) != 0);
    known += is_known;
  }
  CHECK_INT(known, 51);
}

static bool retryable_by_default(int status)
{
  static const int list[] = {DUSQ_E_BUSY,        DUSQ_E_QUEUE_TIMEOUT,        DUSQ_E_SERIALIZATION, DUSQ_E_TX_DEADLOCK,
                             DUSQ_E_LOCKED,      DUSQ_E_TOO_MANY_CONNECTIONS, DUSQ_E_SHUTDOWN,      DUSQ_E_CONNECT,
                             DUSQ_E_STALE_STATEMENT};
  for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
    if (list[i] == status)
      return true;
  return false;
}

static void test_defaults(void)
{
  for (int s = 1; s < 100; s++) {
    dusq_error *e = dusq_error_new(s, NULL, 0, "text");
    CHECK_INT(dusq_error_status(e), s);
    CHECK_INT(dusq_error_retryable(e), retryable_by_default(s));
    CHECK(!dusq_error_unknown_outcome(e));
    dusq_error_unref(e);
  }
  dusq_error *e = dusq_error_new(DUSQ_E_SQL, NULL, -7, "no table %s", "t");
  CHECK_STR(dusq_error_message(e), "no table t");
  CHECK_STR(dusq_error_sqlstate(e), "");
  CHECK_INT(dusq_error_native(e), -7);
  CHECK_INT(dusq_error_position(e), -1);
  CHECK_INT(dusq_error_index(e), -1);
  CHECK_STR(dusq_error_detail(e), "");
  CHECK_STR(dusq_error_hint(e), "");
  CHECK_STR(dusq_error_constraint(e), "");
  CHECK_STR(dusq_error_table(e), "");
  CHECK_STR(dusq_error_column(e), "");
  CHECK(dusq_error_unref(e) == NULL);
}

static void test_no_error(void)
{
  CHECK_INT(dusq_error_status(NULL), DUSQ_OK);
  CHECK_STR(dusq_error_message(NULL), "");
  CHECK_STR(dusq_error_sqlstate(NULL), "");
  CHECK_STR(dusq_error_detail(NULL), "");
  CHECK_STR(dusq_error_hint(NULL), "");
  CHECK_STR(dusq_error_constraint(NULL), "");
  CHECK_STR(dusq_error_table(NULL), "");
  CHECK_STR(dusq_error_column(NULL), "");
  CHECK_INT(dusq_error_native(NULL), 0);
  CHECK_INT(dusq_error_position(NULL), -1);
  CHECK_INT(dusq_error_index(NULL), -1);
  CHECK(!dusq_error_retryable(NULL) && !dusq_error_unknown_outcome(NULL));
  CHECK(dusq_error_ref(NULL) == NULL && dusq_error_unref(NULL) == NULL);
  CHECK(dusq__error_copy(NULL) == NULL);
  dusq_error_set_text(NULL, DUSQ_ERROR_DETAIL, "x");
  dusq_error_set_number(NULL, DUSQ_ERROR_INDEX, 1);
  dusq__error_scrub(NULL, "x");
  dusq_error *out = NULL;
  CHECK_INT(dusq__error_give(&out, NULL), DUSQ_OK);
}

static void check_message(const char *given, const char *expected)
{
  dusq_error *e = dusq_error_new(DUSQ_E_SQL, NULL, 0, "%s", given);
  CHECK_STR(dusq_error_message(e), expected);
  dusq_error_unref(e);
}

static void test_messages(void)
{
  check_message("line one\nline two\t\x01", "line one line two  ");
  check_message("bad \xFF\xC3 byte", "bad ?? byte");
  check_message("100 %n", "100 %n");
  check_message("", dusq_strstatus(DUSQ_E_SQL)); /* a message that says nothing would help nobody */
  dusq_error *e = dusq_error_new(DUSQ_OK, NULL, 0, "x");
  CHECK_INT(dusq_error_status(e), DUSQ_E_INVAL);
  dusq_error_unref(e);
}

/* Two-byte characters at all offsets around the limit: never more than 1,024 bytes, never half a character. */
static void test_message_limit(void)
{
  for (size_t pad = 1000; pad < 1030; pad++) {
    char text[2200] = "";
    memset(text, 'x', pad);
    for (size_t i = pad; i + 2 < sizeof text; i += 2)
      memcpy(text + i, "\xC3\xA9", 3);
    dusq_error *e = dusq_error_new(DUSQ_E_SQL, NULL, 0, "%s", text);
    size_t len = strlen(dusq_error_message(e));
    CHECK(len == 1024 || (len == 1023 && pad % 2 == 1));
    CHECK(dusq__utf8_valid(dusq_error_message(e), len));
    CHECK(memcmp(dusq_error_message(e), text, len) == 0);
    dusq_error_unref(e);
  }
}

static void test_sqlstates(void)
{
  static const char *const right[] = {"00000", "23505", "57P01", "HY000", "XX001"};
  static const char *const wrong[] = {"", "2350", "235055", "2350x", "23 05", "23\n05", "12\xC3\xA9"};
  for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
    dusq_error *e = dusq_error_new(DUSQ_E_SQL, right[i], 0, "x");
    CHECK_STR(dusq_error_sqlstate(e), right[i]);
    dusq_error_unref(e);
  }
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    dusq_error *e = dusq_error_new(DUSQ_E_SQL, wrong[i], 0, "x");
    CHECK_STR(dusq_error_sqlstate(e), "");
    dusq_error_unref(e);
  }
}

typedef const char *getter(const dusq_error *error);
static const struct {
  int field;
  size_t max;
  getter *get;
} texts[] = {{DUSQ_ERROR_DETAIL, 4096, dusq_error_detail},
             {DUSQ_ERROR_HINT, 4096, dusq_error_hint},
             {DUSQ_ERROR_CONSTRAINT, 256, dusq_error_constraint},
             {DUSQ_ERROR_TABLE, 256, dusq_error_table},
             {DUSQ_ERROR_COLUMN, 256, dusq_error_column}};
enum { TEXTS = sizeof texts / sizeof texts[0] };

static void test_texts(void)
{
  static char huge[10000];
  memset(huge, 'h', sizeof huge - 1);
  for (size_t i = 0; i < TEXTS; i++) {
    dusq_error *e = dusq_error_new(DUSQ_E_UNIQUE, "23505", 1062, "m");
    dusq_error_set_text(e, texts[i].field, "first");
    dusq_error_set_text(e, texts[i].field, "second\n\xFF");
    for (size_t k = 0; k < TEXTS; k++)
      CHECK_STR(texts[k].get(e), k == i ? "second ?" : "");
    dusq_error_set_text(e, texts[i].field, huge);
    CHECK_INT(strlen(texts[i].get(e)), texts[i].max);
    dusq_error_set_text(e, texts[i].field, NULL);
    CHECK_STR(texts[i].get(e), "");
    dusq_error_set_text(e, 0, "x");
    dusq_error_set_text(e, DUSQ_ERROR_POSITION, "x");
    dusq_error_set_text(e, 99, "x");
    for (size_t k = 0; k < TEXTS; k++)
      CHECK_STR(texts[k].get(e), "");
    dusq_error_unref(e);
  }
}

static void test_numbers(void)
{
  dusq_error *e = dusq_error_new(DUSQ_E_SQL, NULL, 0, "m");
  dusq_error_set_number(e, DUSQ_ERROR_POSITION, 12);
  dusq_error_set_number(e, DUSQ_ERROR_INDEX, INT64_MAX);
  CHECK_INT(dusq_error_position(e), 12);
  CHECK_INT(dusq_error_index(e), INT64_MAX);
  dusq_error_set_number(e, DUSQ_ERROR_POSITION, INT64_MIN);
  CHECK_INT(dusq_error_position(e), -1);
  dusq_error_set_number(e, DUSQ_ERROR_RETRYABLE, 1);
  CHECK(dusq_error_retryable(e));
  dusq_error_set_number(e, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  CHECK(dusq_error_unknown_outcome(e));
  CHECK(!dusq_error_retryable(e)); /* never both: running it again could do harm */
  dusq_error_set_number(e, DUSQ_ERROR_UNKNOWN_OUTCOME, 0);
  CHECK(dusq_error_retryable(e));
  dusq_error_set_number(e, DUSQ_ERROR_DETAIL, 1);
  CHECK_STR(dusq_error_detail(e), "");
  dusq_error_unref(e);
}

static void test_immutable_when_shared(void)
{
  dusq_error *e = dusq_error_new(DUSQ_E_SQL, NULL, 0, "secret");
  dusq_error *second = dusq_error_ref(e);
  CHECK(second == e);
  dusq_error_set_text(e, DUSQ_ERROR_DETAIL, "x");
  dusq_error_set_number(e, DUSQ_ERROR_INDEX, 3);
  dusq__error_scrub(e, "secret");
  CHECK_STR(dusq_error_detail(e), "");
  CHECK_INT(dusq_error_index(e), -1);
  CHECK_STR(dusq_error_message(e), "secret");
  dusq_error_unref(second);
  dusq_error_set_number(e, DUSQ_ERROR_INDEX, 3);
  CHECK_INT(dusq_error_index(e), 3);
  dusq_error_unref(e);
}

static void test_static(void)
{
  long before = test_alloc_live();
  test_alloc_fail(1, true);
  for (int s = -3; s < 200; s++) {
    bool known = (s >= 1 && s <= 20) || (s >= 64 && s <= 93);
    dusq_error *e = dusq__error_static(s);
    CHECK_INT(dusq_error_status(e), known ? s : DUSQ_E_INVAL);
    CHECK_STR(dusq_error_message(e), dusq_strstatus(known ? s : DUSQ_E_INVAL));
    CHECK_INT(dusq_error_retryable(e), known && retryable_by_default(s));
    CHECK_INT(dusq_error_position(e), -1);
    CHECK_INT(dusq_error_index(e), -1);
    CHECK_STR(dusq_error_sqlstate(e), "");
    dusq_error_set_number(e, DUSQ_ERROR_INDEX, 3);
    dusq_error_set_text(e, DUSQ_ERROR_DETAIL, "x");
    dusq__error_scrub(e, "a");
    CHECK_INT(dusq_error_index(e), -1);
    CHECK(dusq_error_ref(e) == e);
    for (int i = 0; i < 5; i++)
      CHECK(dusq_error_unref(e) == NULL);
    CHECK(dusq__error_static(s) == e);
  }
  CHECK(!test_alloc_failed());
  test_alloc_fail(0, false);
  CHECK_INT(test_alloc_live(), before);
}

static dusq_error *full_error(void)
{
  dusq_error *e = dusq_error_new(DUSQ_E_UNIQUE, "23505", 1062, "duplicate %d", 7);
  for (size_t i = 0; i < TEXTS; i++)
    dusq_error_set_text(e, texts[i].field, "some text");
  dusq_error_set_number(e, DUSQ_ERROR_POSITION, 5);
  dusq_error_set_number(e, DUSQ_ERROR_RETRYABLE, 1);
  dusq_error_set_number(e, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  return e;
}

static void check_full(const dusq_error *e)
{
  CHECK_INT(dusq_error_status(e), DUSQ_E_UNIQUE);
  CHECK_STR(dusq_error_sqlstate(e), "23505");
  CHECK_INT(dusq_error_native(e), 1062);
  CHECK_STR(dusq_error_message(e), "duplicate 7");
  CHECK_INT(dusq_error_position(e), 5);
  CHECK(dusq_error_unknown_outcome(e));
  for (size_t i = 0; i < TEXTS; i++)
    CHECK_STR(texts[i].get(e), "some text");
}

static void test_copy(void)
{
  dusq_error *e = full_error();
  dusq_error *copy = dusq__error_copy(e);
  CHECK(copy != e);
  check_full(copy);
  dusq_error_set_number(copy, DUSQ_ERROR_INDEX, 9);
  dusq_error_set_text(copy, DUSQ_ERROR_TABLE, "other");
  dusq_error_set_number(copy, DUSQ_ERROR_UNKNOWN_OUTCOME, 0);
  CHECK(dusq_error_retryable(copy));
  CHECK_INT(dusq_error_index(e), -1);
  check_full(e);
  dusq_error_unref(e);
  CHECK_INT(dusq_error_index(copy), 9);
  CHECK_STR(dusq_error_table(copy), "other");
  dusq_error_unref(copy);

  dusq_error *of_static = dusq__error_copy(dusq__error_static(DUSQ_E_CLOSED));
  dusq_error_set_number(of_static, DUSQ_ERROR_INDEX, 2);
  CHECK_INT(dusq_error_index(of_static), 2);
  CHECK_STR(dusq_error_message(of_static), dusq_strstatus(DUSQ_E_CLOSED));
  dusq_error_unref(of_static);
}

static void test_give(void)
{
  long before = test_alloc_live();
  dusq_error *out = NULL;
  CHECK_INT(dusq__error_give(&out, dusq_error_new(DUSQ_E_URI, NULL, 0, "x")), DUSQ_E_URI);
  CHECK_INT(dusq_error_status(out), DUSQ_E_URI);
  dusq_error_unref(out);
  CHECK_INT(dusq__error_give(NULL, dusq_error_new(DUSQ_E_URI, NULL, 0, "x")), DUSQ_E_URI);
  CHECK_INT(test_alloc_live(), before);
}

static void check_scrub(const char *message, const char *secret, const char *expected)
{
  dusq_error *e = dusq_error_new(DUSQ_E_AUTH, NULL, 0, "%s", message);
  dusq_error_set_text(e, DUSQ_ERROR_HINT, message);
  dusq__error_scrub(e, secret);
  CHECK_STR(dusq_error_message(e), expected);
  CHECK_STR(dusq_error_hint(e), expected);
  dusq_error_unref(e);
}

static void test_scrub(void)
{
  check_scrub("user u password hunter2 refused", "hunter2", "user u password *** refused");
  check_scrub("hunter2", "hunter2", "***");
  check_scrub("hunter2hunter2 hunter", "hunter2", "****** hunter");
  check_scrub("aaaa", "aaa", "***a");
  check_scrub("nothing", "hunter2", "nothing");
  check_scrub("nothing", "", "nothing");
  check_scrub("nothing", NULL, "nothing");
  check_scrub("pw=xy.", "xy", "pw=**.");
  check_scrub("pw=x.", "x", "pw=*.");
  check_scrub("pw=a\nb\xFF" "c.", "a\nb\xFF" "c", "pw=***."); /* the message has been cleaned before */
}

static void test_scrub_cut_secret(void)
{
  char text[1200];
  for (size_t at = 1010; at < 1026; at++) { /* the end of the message cuts the secret anywhere */
    memset(text, '.', sizeof text);
    snprintf(text + at, sizeof text - at, "h\xC3\xBCnter2");
    dusq_error *e = dusq_error_new(DUSQ_E_AUTH, NULL, 0, "%s", text);
    dusq__error_scrub(e, "h\xC3\xBCnter2");
    CHECK(strpbrk(dusq_error_message(e), "hunter2\xC3") == NULL);
    dusq_error_unref(e);
  }
}

static void test_no_memory(void)
{
  long before = test_alloc_live();
  test_alloc_fail(1, true);
  dusq_error *e = dusq_error_new(DUSQ_E_UNIQUE, NULL, 0, "x");
  test_alloc_fail(0, false);
  CHECK_INT(dusq_error_status(e), DUSQ_E_NOMEM);
  CHECK_STR(dusq_error_message(e), dusq_strstatus(DUSQ_E_NOMEM));
  dusq_error_unref(e);

  e = full_error();
  test_alloc_fail(1, false);
  dusq_error_set_text(e, DUSQ_ERROR_DETAIL, "new");
  test_alloc_fail(0, false);
  CHECK_STR(dusq_error_detail(e), ""); /* lost, and not the old one under a new name */
  dusq_error_set_text(e, DUSQ_ERROR_DETAIL, "some text");

  bool succeeded = false;
  for (long n = 1; n < 20 && !succeeded; n++) {
    test_alloc_fail(n, false);
    dusq_error *copy = dusq__error_copy(e);
    succeeded = !test_alloc_failed();
    test_alloc_fail(0, false);
    check_full(copy);
    CHECK((copy != e) == succeeded);
    dusq_error_set_number(copy, DUSQ_ERROR_INDEX, 1); /* has no effect on an error that could not be copied */
    CHECK_INT(dusq_error_index(e), -1);
    dusq_error_unref(copy);
  }
  CHECK(succeeded);
  dusq_error_unref(e);
  CHECK_INT(test_alloc_live(), before);
}

void suite_error(void);
void suite_error(void)
{
  test_suite("error");
  test_case("statuses", test_statuses);
  test_case("defaults", test_defaults);
  test_case("no error", test_no_error);
  test_case("messages", test_messages);
  test_case("length of messages", test_message_limit);
  test_case("SQLSTATEs", test_sqlstates);
  test_case("texts", test_texts);
  test_case("numbers", test_numbers);
  test_case("immutable when shared", test_immutable_when_shared);
  test_case("ready-made errors", test_static);
  test_case("copies", test_copy);
  test_case("give", test_give);
  test_case("scrubbing", test_scrub);
  test_case("scrubbing a secret that was cut", test_scrub_cut_secret);
  test_case("no memory", test_no_memory);
}
