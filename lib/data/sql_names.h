/* sql_names.h - the names of a statement's :name placeholders; each name counts once.
 *
 * While the statement is read, names are spans of its text, in a hash table.  The stored form is one block: pointers to
 * the names in the order of their first use, a sorted index, and the characters.  Any thread.                        */
#ifndef DUSQ_DATA_SQL_NAMES_H
#define DUSQ_DATA_SQL_NAMES_H
#include <dusq/backend.h>

enum { DUSQ__SQL_MAX_PARAMS = 65535 };

typedef struct dusq__sql_span {
  size_t begin, len;
} dusq__sql_span;

typedef struct dusq__sql_names {
  const char *sql;
  dusq__sql_span *spans;
  uint32_t n;
  size_t room;
  size_t chars;      /* characters of all names, with a NUL for each */
  uint16_t *table;   /* open addressing; a cell holds number + 1, or 0 if it is free */
  size_t table_size; /* a power of two */
} dusq__sql_names;

/* Finds or adds a name; its number, from 0, is in *number.  `names` must be zeroed at first, except its `sql`.
 * DUSQ_OK, DUSQ_E_NOMEM; DUSQ_E_PARAMS: too many names.                                                              */
dusq_status dusq__sql_names_add(dusq__sql_names *names, dusq__sql_span name, uint32_t *number);
void dusq__sql_names_fini(dusq__sql_names *names);

/* One block with the names, to be freed with dusq__free; NULL when memory is short. */
char **dusq__sql_names_keep(const dusq__sql_names *names);
/* The number of a name in a block of n names; n if it is not among them.  `guess` is tried first. */
size_t dusq__sql_names_find(char **kept, size_t n, const char *name, size_t guess);

/* Makes room for one more element of an array; false when memory is short. */
bool dusq__sql_room_for_one(void **array, size_t n, size_t *room, size_t size);

#endif
