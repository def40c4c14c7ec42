/* buffer.c - see buffer.h. */
#include "base/buffer.h"
#include "base/alloc.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void dusq__buffer_init(dusq__buffer *buffer)
{
  *buffer = (dusq__buffer){0};
}

void dusq__buffer_fini(dusq__buffer *buffer)
{
  dusq__free(buffer->bytes);
  *buffer = (dusq__buffer){0};
}

static bool reserve(dusq__buffer *buffer, size_t more)
{
  if (buffer->failed || more >= SIZE_MAX - buffer->len) {
    buffer->failed = true;
    return false;
  }
  size_t need = buffer->len + more + 1;
  if (need <= buffer->room)
    return true;
  size_t room = buffer->room ? buffer->room : 64;
  while (room < need)
    room = room > SIZE_MAX / 2 ? need : room * 2;
  char *bytes = dusq__realloc_array(buffer->bytes, room, 1);
  if (!bytes) {
    buffer->failed = true;
    return false;
  }
  buffer->bytes = bytes;
  buffer->room = room;
  return true;
}

void dusq__buffer_add(dusq__buffer *buffer, const void *bytes, size_t len)
{
  if (!reserve(buffer, len))
    return;
  if (len)
    memcpy(buffer->bytes + buffer->len, bytes, len);
  buffer->len += len;
  buffer->bytes[buffer->len] = '\0';
}

void dusq__buffer_adds(dusq__buffer *buffer, const char *text)
{
  dusq__buffer_add(buffer, text, strlen(text));
}

void dusq__buffer_addc(dusq__buffer *buffer, char c)
{
  dusq__buffer_add(buffer, &c, 1);
}

void dusq__buffer_addf(dusq__buffer *buffer, const char *format, ...)
{
  char small[256];
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int len = vsnprintf(small, sizeof small, format, args);
  if (len < 0)
    buffer->failed = true;
  else if ((size_t)len < sizeof small)
    dusq__buffer_add(buffer, small, (size_t)len);
  else if (reserve(buffer, (size_t)len)) {
    vsnprintf(buffer->bytes + buffer->len, (size_t)len + 1, format, again);
    buffer->len += (size_t)len;
  }
  va_end(again);
  va_end(args);
}

char *dusq__buffer_take(dusq__buffer *buffer, size_t *len)
{
  if (!buffer->bytes && !buffer->failed)
    dusq__buffer_add(buffer, "", 0);
  if (buffer->failed) {
    dusq__buffer_fini(buffer);
    return NULL;
  }
  char *bytes = buffer->bytes;
  if (len)
    *len = buffer->len;
  *buffer = (dusq__buffer){0};
  return bytes;
}
