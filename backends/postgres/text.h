/* text.h - what the first word of a statement says about it. */
#ifndef DUSQ_POSTGRES_TEXT_H
#define DUSQ_POSTGRES_TEXT_H
#include <stdbool.h>

/* *reads: it is a query that changes nothing itself.  *alone: it is not to share a round trip with others.
 * *unsettles: it may change the session's settings or objects.                                                        */
void dusq__pg_describe(const char *sql, bool *reads, bool *alone, bool *unsettles);
/* Whether there is nothing in it but blanks, comments, semicolons and opening parentheses. */
bool dusq__pg_is_empty(const char *sql);

#endif
