/* test_buffer.c - lib/base/buffer.h: contents, growth, and remembering that memory was short. */
#include "base/alloc.h"
#include "base/buffer.h"
#include "test.h"
#include <stdint.h>

static void test_contents(void)
{
  dusq__buffer b;
  dusq__buffer_init(&b);
  CHECK(b.bytes == NULL);
  dusq__buffer_adds(&b, "one");
  dusq__buffer_addc(&b, ',');
  dusq__buffer_add(&b, "\0two", 4);
  dusq__buffer_addf(&b, "%d-%s", 42, "x");
  CHECK_INT(b.len, 12);
  CHECK(memcmp(b.bytes, "one,\0two42-x", 13) == 0);
  dusq__buffer_add(&b, NULL, 0);
  CHECK_INT(b.len, 12);
  CHECK(!b.failed);
  dusq__buffer_fini(&b);
  CHECK(b.bytes == NULL && b.len == 0);
  dusq__buffer_fini(&b);
}

static void test_growth(void)
{
  dusq__buffer b;
  dusq__buffer_init(&b);
  for (int i = 0; i < 5000; i++) {
    dusq__buffer_addc(&b, (char)('a' + i % 26));
    CHECK(b.bytes[b.len] == '\0' && b.len < b.room);
  }
  long bad = 0;
  for (int i = 0; i < 5000; i++)
    bad += b.bytes[i] != (char)('a' + i % 26);
  CHECK_INT(bad, 0);
  dusq__buffer_fini(&b);
}

/* Around the size of the small buffer that formatting tries first. */
static void test_long_formats(void)
{
  for (int width = 250; width < 260; width++) {
    dusq__buffer b;
    dusq__buffer_init(&b);
    dusq__buffer_adds(&b, "<");
    dusq__buffer_addf(&b, "%0*d>", width, 7);
    CHECK_INT(b.len, width + 2);
    CHECK(b.bytes && strlen(b.bytes) == b.len && b.bytes[width] == '7' && b.bytes[width + 1] == '>');
    dusq__buffer_fini(&b);
  }
}

static void test_take(void)
{
  dusq__buffer b;
  dusq__buffer_init(&b);
  size_t len = 99;
  char *text = dusq__buffer_take(&b, &len);
  CHECK_STR(text, "");
  CHECK_INT(len, 0);
  dusq__free(text);
  dusq__buffer_adds(&b, "mine");
  text = dusq__buffer_take(&b, NULL);
  CHECK_STR(text, "mine");
  CHECK(b.bytes == NULL && b.len == 0 && !b.failed);
  dusq__free(text);
}

static void test_no_memory(void)
{
  long before = test_alloc_live();
  bool succeeded = false;
  for (long n = 1; n < 20 && !succeeded; n++) {
    dusq__buffer b;
    dusq__buffer_init(&b);
    test_alloc_fail(n, false);
    for (int i = 0; i < 100; i++)
      dusq__buffer_adds(&b, "ten bytes.");
    dusq__buffer_addf(&b, "%300d", 1);
    succeeded = !test_alloc_failed();
    test_alloc_fail(0, false);
    CHECK(b.failed == !succeeded);
    dusq__buffer_adds(&b, "after"); /* what failed stays failed */
    size_t len = 0;
    char *text = dusq__buffer_take(&b, &len);
    CHECK((text != NULL) == succeeded);
    CHECK(!succeeded || len == 1305);
    CHECK(!b.failed && b.bytes == NULL); /* empty, and may be used again */
    dusq__free(text);
    dusq__buffer_fini(&b);
  }
  CHECK(succeeded);
  CHECK_INT(test_alloc_live(), before);
}

static void test_absurd_sizes(void)
{
  dusq__buffer b;
  dusq__buffer_init(&b);
  dusq__buffer_adds(&b, "abc");
  dusq__buffer_add(&b, "x", SIZE_MAX - 2); /* len + more + 1 would wrap; nothing is read */
  CHECK(b.failed);
  CHECK(dusq__buffer_take(&b, NULL) == NULL);
}

void suite_buffer(void);
void suite_buffer(void)
{
  test_suite("buffer");
  test_case("contents", test_contents);
  test_case("growth", test_growth);
  test_case("long formats", test_long_formats);
  test_case("take", test_take);
  test_case("no memory", test_no_memory);
  test_case("absurd sizes", test_absurd_sizes);
}
