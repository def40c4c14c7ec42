/* utf8.c - validation of UTF-8. */
#include "utf8.h"
#include <stdint.h>
#include <string.h>

static bool eight_are_ascii(const unsigned char *at)
{
  uint64_t word;
  memcpy(&word, at, sizeof word);
  return !(word & UINT64_C(0x8080808080808080));
}

bool dusq__my_is_ascii(const char *text, size_t len)
{
  const unsigned char *at = (const unsigned char *)text, *end = at + len;
  for (; end - at >= 8; at += 8)
    if (!eight_are_ascii(at))
      return false;
  for (; at < end; at++)
    if (*at >= 0x80)
      return false;
  return true;
}

/* The length of the valid character at `at`; 0: there is none.  Table 3-7 of the Unicode standard. */
static size_t character(const unsigned char *at, size_t left)
{
  unsigned char first = at[0], low = 0x80, high = 0xBF;
  if (first < 0x80)
    return 1;
  if (first < 0xC2 || first > 0xF4)
    return 0;
  size_t n = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (left < n)
    return 0;
  low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : low;
  high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : high;
  if (at[1] < low || at[1] > high)
    return 0;
  for (size_t i = 2; i < n; i++)
    if (at[i] < 0x80 || at[i] > 0xBF)
      return 0;
  return n;
}

size_t dusq__my_utf8_prefix(const char *text, size_t len)
{
  const unsigned char *at = (const unsigned char *)text, *end = at + len;
  while (at < end) {
    if (end - at >= 8 && eight_are_ascii(at)) {
      at += 8;
      continue;
    }
    size_t n = character(at, (size_t)(end - at));
    if (!n)
      break;
    at += n;
  }
  return (size_t)(at - (const unsigned char *)text);
}
