/* neutral.h - a statement's text without its questions whether a value is NULL.
 *
 * In ($1 IS NULL OR day = $1) the server does not take the type of $1 from the second place, because it has to know it
 * in the first one (42P08).  Without the question it says which type the other places want.  Any thread; no state.   */
#ifndef DUSQ_POSTGRES_NEUTRAL_H
#define DUSQ_POSTGRES_NEUTRAL_H
#include <stdbool.h>
#include <stddef.h>

/* A copy, of the same length, with '' in place of each $i of "$i IS [NOT] NULL" that stands elsewhere, too; for those,
 * which[i - 1] becomes true, for the others false.  `n` parameters.  NULL: there are none, or memory is short.       */
char *dusq__pg_neutral(const char *sql, size_t n, bool *which);

#endif
