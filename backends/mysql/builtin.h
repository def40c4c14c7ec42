/* builtin.h - words before a parenthesis that are no stored function.  Any thread; no state. */
#ifndef DUSQ_MYSQL_BUILTIN_H
#define DUSQ_MYSQL_BUILTIN_H
#include <stdbool.h>
#include <stddef.h>

/* Whether it is a built-in function or a keyword; upper or lower case. */
bool dusq__my_is_builtin(const char *name, size_t len);

#endif
