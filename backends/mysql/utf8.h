/* utf8.h - validation of UTF-8.  Any thread; no state. */
#ifndef DUSQ_MYSQL_UTF8_H
#define DUSQ_MYSQL_UTF8_H
#include <stdbool.h>
#include <stddef.h>

bool dusq__my_is_ascii(const char *text, size_t len);
size_t dusq__my_utf8_prefix(const char *text, size_t len); /* how many of the first bytes are valid UTF-8 */

#endif
