/* utf8.h - validation of UTF-8.  Any thread. */
#ifndef DUSQ_BASE_UTF8_H
#define DUSQ_BASE_UTF8_H
#include <stdbool.h>
#include <stddef.h>

/* Whether it is UTF-8 by RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF.  A NUL is accepted. */
bool dusq__utf8_valid(const char *text, size_t len);
/* How many of the first bytes form whole, valid characters. */
size_t dusq__utf8_prefix(const char *text, size_t len);
/* Makes a NUL-terminated text fit for a log line or message, in place: bytes that are not UTF-8 become '?', control
 * characters become blanks, a character that was cut off at the end is removed.                                      */
void dusq__utf8_clean_line(char *text);

#endif
