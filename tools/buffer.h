/* buffer.h - bytes that grow, and the making of texts from values: for all files of the program. */
#ifndef DUSQ_TOOLS_BUFFER_H
#define DUSQ_TOOLS_BUFFER_H
#include <dusq/dusq.h>

/* Begins as zeroes.  When memory is short it stays as it is, `failed` is set, and what is added later is dropped. */
typedef struct buffer {
  char *bytes;
  size_t len, size;
  bool failed;
} buffer;

void buffer_fini(buffer *b);
/* Room for `more` bytes behind the others. */
bool buffer_reserve(buffer *b, size_t more);
void buffer_add(buffer *b, const char *bytes, size_t n);
void buffer_string(buffer *b, const char *string);
void buffer_char(buffer *b, char c);
void buffer_fill(buffer *b, char c, size_t n);
void buffer_format(buffer *b, const char *format, ...) DUSQ_PRINTF(2, 3);
/* As dusq_value_format. */
void buffer_value(buffer *b, const dusq_value *value);

/* One character: its length, and its number in *code; 1 and UTF8_INVALID for a byte that is no UTF-8.  n > 0. */
#define UTF8_INVALID UINT32_MAX
size_t utf8_read(const char *bytes, size_t n, uint32_t *code);

/* Adds the text as a terminal may have it: what would move the cursor is written as \n, \t, \x1b or \u0085, and bytes
 * that are no UTF-8 as \xff.  Returns the columns it takes; `b` may be NULL.                                         */
size_t buffer_shown(buffer *b, const char *bytes, size_t n);

#endif
