/* text.h - properties of a statement by its first word. */
#ifndef DUSQ_POSTGRES_TEXT_H
#define DUSQ_POSTGRES_TEXT_H
#include <stdbool.h>

/* *reads: it is a query that itself changes nothing.  *alone: it must not share a round trip with others.  *unsettles:
 * it may change the session's settings or objects.                                                                   */
void dusq__pg_describe(const char *sql, bool *reads, bool *alone, bool *unsettles);
/* Whether it contains only blanks, comments, semicolons and opening parentheses. */
bool dusq__pg_is_empty(const char *sql);

#endif
