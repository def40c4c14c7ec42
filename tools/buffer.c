/* buffer.c - see buffer.h. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* wcwidth */
#endif
#include "buffer.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

void buffer_fini(buffer *b)
{
  free(b->bytes);
  *b = (buffer){.failed = b->failed};
}

bool buffer_reserve(buffer *b, size_t more)
{
  if (b->failed || more <= b->size - b->len)
    return !b->failed;
  size_t size = b->size > SIZE_MAX / 2 ? SIZE_MAX : b->size * 2;
  if (size < 256)
    size = 256;
  if (size - b->len < more && more <= SIZE_MAX - b->len)
    size = b->len + more;
  char *bytes = more <= size - b->len ? realloc(b->bytes, size) : NULL;
  if (!bytes) {
    b->failed = true;
    return false;
  }
  b->bytes = bytes;
  b->size = size;
  return true;
}

void buffer_add(buffer *b, const char *bytes, size_t n)
{
  if (!n || !buffer_reserve(b, n))
    return;
  memcpy(b->bytes + b->len, bytes, n);
  b->len += n;
}

void buffer_string(buffer *b, const char *string)
{
  buffer_add(b, string, strlen(string));
}

void buffer_char(buffer *b, char c)
{
  buffer_add(b, &c, 1);
}

void buffer_fill(buffer *b, char c, size_t n)
{
  if (!n || !buffer_reserve(b, n))
    return;
  memset(b->bytes + b->len, c, n);
  b->len += n;
}

void buffer_format(buffer *b, const char *format, ...)
{
  char text[256];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (n > 0 && (size_t)n < sizeof text) {
    buffer_add(b, text, (size_t)n);
  } else if (n > 0 && buffer_reserve(b, (size_t)n + 1)) {
    va_start(args, format);
    vsnprintf(b->bytes + b->len, (size_t)n + 1, format, args);
    va_end(args);
    b->len += (size_t)n;
  }
}

void buffer_value(buffer *b, const dusq_value *value)
{
  char text[64];
  size_t n = dusq_value_format(value, text, sizeof text);
  if (n < sizeof text) {
    buffer_add(b, text, n);
  } else if (n < SIZE_MAX && buffer_reserve(b, n + 1)) {
    dusq_value_format(value, b->bytes + b->len, n + 1);
    b->len += n;
  }
}

/* ---- UTF-8 ------------------------------------------------------------------------------------------------------- */

size_t utf8_read(const char *bytes, size_t n, uint32_t *code)
{
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  unsigned char first = (unsigned char)bytes[0];
  *code = first;
  if (first < 0x80)
    return 1;
  size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  uint32_t c = first & (0x3fu >> more);
  bool good = first >= 0xc2 && first <= 0xf4 && more < n;
  for (size_t i = 1; good && i <= more; i++) {
    good = (bytes[i] & 0xc0) == 0x80;
    c = c << 6 | ((unsigned char)bytes[i] & 0x3f);
  }
  good = good && c >= least[more] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
  *code = good ? c : UTF8_INVALID;
  return good ? more + 1 : 1;
}

/* Control characters, and those that turn the direction of a line. */
static bool moves_cursor(uint32_t c)
{
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static size_t escape(buffer *b, uint32_t c, unsigned char byte)
{
  char text[8];
  int n = 0;
  if (c == UTF8_INVALID)
    n = snprintf(text, sizeof text, "\\x%02x", byte);
  else if (c == '\n' || c == '\r' || c == '\t')
    n = snprintf(text, sizeof text, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
  else
    n = snprintf(text, sizeof text, c < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)c);
  if (b)
    buffer_add(b, text, (size_t)n);
  return (size_t)n;
}

/* What the C locale calls unprintable is taken for one column, except for combining marks. */
static size_t columns_of(uint32_t c)
{
  int width = wcwidth((wchar_t)c);
  if (width >= 0)
    return (size_t)width;
  return c >= 0x300 && c <= 0x36f ? 0 : 1;
}

size_t buffer_shown(buffer *b, const char *bytes, size_t n)
{
  size_t columns = 0;
  for (size_t at = 0; at < n;) {
    uint32_t c;
    size_t len = utf8_read(bytes + at, n - at, &c);
    if (c == UTF8_INVALID || moves_cursor(c)) {
      columns += escape(b, c, (unsigned char)bytes[at]);
    } else {
      columns += c < 0x80 ? 1 : columns_of(c);
      if (b)
        buffer_add(b, bytes + at, len);
    }
    at += len;
  }
  return columns;
}
