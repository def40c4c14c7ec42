/* text.h - properties of a statement by its first word. */
#ifndef DUSQ_POSTGRES_TEXT_H
#define DUSQ_POSTGRES_TEXT_H
#include <stdbool.h>

typedef struct dusq__pg_traits {
  bool reads;     /* it is a query that changes nothing itself                            */
  bool alone;     /* it is not to share a round trip with others                          */
  bool unsettles; /* it may change the session's settings or objects                      */
  bool defines;   /* it may change what other statements mean                             */
  bool alters;    /* so that those that were prepared before it may no longer fit         */
} dusq__pg_traits;
dusq__pg_traits dusq__pg_describe(const char *sql);
/* Whether there is nothing in it but blanks, comments, semicolons and opening parentheses. */
bool dusq__pg_is_empty(const char *sql);

#endif
