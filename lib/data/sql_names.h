/* sql_names.h - the names of the placeholders of one statement, :name; each counts once.
 *
 * While the statement is read they are spans of its text, in a hash table.  What is kept is one block: a pointer for
 * each name in the order of their first use, a sorted index behind them, and the characters behind that.  Any thread. */
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
  size_t chars;      /* of all, with a NUL for each */
  uint16_t *table;   /* open addressing, number + 1, 0 is free */
  size_t table_size; /* a power of two */
} dusq__sql_names;

/* `names` is zeroed, with its `sql`.  The number of a name, from 0, in *number; a new one if it has none.  DUSQ_OK,
 * DUSQ_E_NOMEM; DUSQ_E_PARAMS: there would be too many.                                                              */
dusq_status dusq__sql_names_add(dusq__sql_names *names, dusq__sql_span name, uint32_t *number);
void dusq__sql_names_fini(dusq__sql_names *names);

/* A block of them, to be freed with dusq__free; NULL when memory is short. */
char **dusq__sql_names_keep(const dusq__sql_names *names);
/* The number of a name in a block of n; n where it is none of them.  `guess` is the likely one. */
size_t dusq__sql_names_find(char **kept, size_t n, const char *name, size_t guess);

/* Makes room for one more element of an array; false when memory is short. */
bool dusq__sql_room_for_one(void **array, size_t n, size_t *room, size_t size);

#endif
