/* test_utf8.c - lib/base/utf8.h: every character, every way to get one wrong, and the cleaning of lines. */
#include "base/utf8.h"
#include "test.h"

enum { MAX_CHARACTER = 0x10FFFF, SURROGATES = 0xD800, SURROGATES_END = 0xE000 };

/* As RFC 3629 has it, or longer than needed; `len` bytes. */
static void encode(unsigned long c, size_t len, char *out)
{
  static const unsigned lead[] = {0, 0x00, 0xC0, 0xE0, 0xF0};
  for (size_t i = len; i-- > 1; c >>= 6)
    out[i] = (char)(0x80 | (c & 0x3F));
  out[0] = (char)(lead[len] | c);
}

static size_t shortest(unsigned long c)
{
  return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

static void test_every_character(void)
{
  long bad = 0;
  for (unsigned long c = 0; c <= MAX_CHARACTER + 0x1000; c++) {
    char text[4];
    size_t len = shortest(c);
    encode(c, len, text);
    bool valid = c <= MAX_CHARACTER && !(c >= SURROGATES && c < SURROGATES_END);
    bad += dusq__utf8_valid(text, len) != valid;
    bad += dusq__utf8_prefix(text, len) != (valid ? len : 0);
    for (size_t cut = 1; cut < len; cut++)
      bad += dusq__utf8_valid(text, cut);
  }
  CHECK_INT(bad, 0);
}

static void test_overlong(void)
{
  long bad = 0;
  for (unsigned long c = 0; c < 0x10000; c++)
    for (size_t len = shortest(c) + 1; len <= 4; len++) {
      char text[4];
      encode(c, len, text);
      bad += dusq__utf8_valid(text, len);
    }
  CHECK_INT(bad, 0);
}

static void test_bytes(void)
{
  long bad = 0;
  for (int byte = 0x80; byte < 0x100; byte++) { /* none of these is a character by itself, or before ASCII */
    const char alone[] = {(char)byte, 'a', 'b', 'c'};
    bad += dusq__utf8_prefix(alone, 1) != 0;
    bad += dusq__utf8_prefix(alone, 4) != 0;
  }
  CHECK_INT(bad, 0);
  CHECK(dusq__utf8_valid("", 0));
  CHECK(dusq__utf8_valid("a\0b", 3));
  CHECK(!dusq__utf8_valid("\xF5\x80\x80\x80", 4));
  CHECK(!dusq__utf8_valid("\xF4\x90\x80\x80", 4));
  CHECK(!dusq__utf8_valid("\xC0\x80", 2));
  CHECK(!dusq__utf8_valid("\xED\xA0\x80", 3));
}

/* A wrong byte at every place of a text that the eight-bytes-at-once path reads. */
static void test_prefix_everywhere(void)
{
  for (size_t at = 0; at < 40; at++) {
    char text[40];
    memset(text, 'x', sizeof text);
    text[at] = (char)0xFF;
    CHECK_INT(dusq__utf8_prefix(text, sizeof text), at);
    memset(text, 'x', sizeof text);
    if (at + 2 <= sizeof text) {
      memcpy(text + at, "\xC3\xA9", 2);
      CHECK(dusq__utf8_valid(text, sizeof text));
      CHECK_INT(dusq__utf8_prefix(text, at + 1), at);
    }
  }
}

static const char *clean(const char *text)
{
  static char line[64];
  snprintf(line, sizeof line, "%s", text);
  dusq__utf8_clean_line(line);
  return line;
}

static void test_clean_line(void)
{
  CHECK_STR(clean(""), "");
  CHECK_STR(clean("plain"), "plain");
  CHECK_STR(clean("a\nb\tc\x7F" "d\x01"), "a b c d ");
  CHECK_STR(clean("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"), "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
  CHECK_STR(clean("a\xFF" "b"), "a?b");
  CHECK_STR(clean("a\xC0\x80z"), "a??z");
  CHECK_STR(clean("a\xED\xA0\x80z"), "a???z");
  CHECK_STR(clean("\x80"), "?");
  CHECK_STR(clean("caf\xC3"), "caf");
  CHECK_STR(clean("x\xE2\x82"), "x");
  CHECK_STR(clean("x\xF0\x9F\x98"), "x");
  CHECK_STR(clean("\xE2\x82" "a"), "??a");
  CHECK_STR(clean("x\xE2" "a\xE2"), "x?a");
}

/* Whatever goes in, a valid line comes out. */
static void test_clean_random(void)
{
  unsigned seed = 12345;
  long bad = 0;
  for (long i = 0; i < test_scale(20000); i++) {
    char line[24];
    size_t len = (size_t)i % sizeof line;
    for (size_t k = 0; k < len; k++) {
      seed = seed * 1103515245u + 12345u;
      line[k] = (char)((seed >> 16) | 1u);
    }
    line[len] = '\0';
    dusq__utf8_clean_line(line);
    bad += !dusq__utf8_valid(line, strlen(line)) || strlen(line) > len;
    for (const char *c = line; *c; c++)
      bad += (unsigned char)*c < 0x20 || *c == 0x7F;
  }
  CHECK_INT(bad, 0);
}

void suite_utf8(void);
void suite_utf8(void)
{
  test_suite("utf8");
  test_case("every character", test_every_character);
  test_case("overlong forms", test_overlong);
  test_case("single bytes", test_bytes);
  test_case("a wrong byte everywhere", test_prefix_everywhere);
  test_case("clean_line", test_clean_line);
  test_case("clean_line on random bytes", test_clean_random);
}
