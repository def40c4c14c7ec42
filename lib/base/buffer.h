/* buffer.h - a growing byte buffer.  A failed growth is remembered, so that a writer checks once at the end. */
#ifndef DUSQ_BASE_BUFFER_H
#define DUSQ_BASE_BUFFER_H
#include <dusq/macros.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct dusq__buffer {
  char *bytes; /* NUL-terminated when not NULL */
  size_t len, room;
  bool failed; /* out of memory at some point: the content is incomplete */
} dusq__buffer;

void dusq__buffer_init(dusq__buffer *buffer);
void dusq__buffer_fini(dusq__buffer *buffer);
void dusq__buffer_add(dusq__buffer *buffer, const void *bytes, size_t len);
void dusq__buffer_adds(dusq__buffer *buffer, const char *text);
void dusq__buffer_addc(dusq__buffer *buffer, char c);
void dusq__buffer_addf(dusq__buffer *buffer, const char *format, ...) DUSQ_PRINTF(2, 3);
/* The text, owned by the caller; NULL if an addition failed.  The buffer is empty afterwards. */
char *dusq__buffer_take(dusq__buffer *buffer, size_t *len);

#endif
