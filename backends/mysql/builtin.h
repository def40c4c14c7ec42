/* builtin.h - words that stand before a parenthesis and are no stored function.  Any thread; no state. */
#ifndef DUSQ_MYSQL_BUILTIN_H
#define DUSQ_MYSQL_BUILTIN_H
#include <stdbool.h>
#include <stddef.h>

/* Whether it is a function of the servers' own, or a word of the language; in upper or lower case. */
bool dusq__my_is_builtin(const char *name, size_t len);

#endif
