/* utf8.c - see utf8.h. */
#include "base/utf8.h"
#include <stdint.h>
#include <string.h>

/* The length of the valid character at `s`; 0 if there is none. */
static size_t character(const unsigned char *s, size_t left)
{
  if (s[0] < 0x80)
    return 1;
  size_t len = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
  if (s[0] < 0xC2 || s[0] > 0xF4 || left < len)
    return 0;
  for (size_t i = 1; i < len; i++)
    if ((s[i] & 0xC0) != 0x80)
      return 0;
  if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F)) /* overlong; surrogates */
    return 0;
  if ((s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F)) /* overlong; past U+10FFFF */
    return 0;
  return len;
}

static bool ascii8(const unsigned char *s)
{
  uint64_t eight;
  memcpy(&eight, s, sizeof eight);
  return (eight & UINT64_C(0x8080808080808080)) == 0;
}

size_t dusq__utf8_prefix(const char *text, size_t len)
{
  const unsigned char *s = (const unsigned char *)text;
  size_t at = 0;
  while (at < len) {
    if (len - at >= 8 && ascii8(s + at)) {
      at += 8;
      continue;
    }
    size_t step = character(s + at, len - at);
    if (!step)
      break;
    at += step;
  }
  return at;
}

bool dusq__utf8_valid(const char *text, size_t len)
{
  return dusq__utf8_prefix(text, len) == len;
}

static size_t cut_off(const unsigned char *s, size_t left)
{
  /* a lead byte and all its continuation bytes up to the end of the text */
  size_t len = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : s[0] >= 0xC2 ? 2 : 0;
  if (left >= len || s[0] > 0xF4)
    return 0;
  for (size_t i = 1; i < left; i++)
    if ((s[i] & 0xC0) != 0x80)
      return 0;
  return left;
}

void dusq__utf8_clean_line(char *text)
{
  size_t len = strlen(text);
  unsigned char *s = (unsigned char *)text;
  for (size_t at = 0; at < len;) {
    size_t step = character(s + at, len - at);
    if (!step && cut_off(s + at, len - at)) {
      s[at] = '\0';
      return;
    }
    if (!step)
      s[at] = '?';
    else if (s[at] < 0x20 || s[at] == 0x7F)
      s[at] = ' ';
    at += step ? step : 1;
  }
}
