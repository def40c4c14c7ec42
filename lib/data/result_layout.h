/* result_layout.h - what a result looks like inside; for result.c, which builds, and result_get.c, which reads. */
#ifndef DUSQ_DATA_RESULT_LAYOUT_H
#define DUSQ_DATA_RESULT_LAYOUT_H
#include "base/sync.h"
#include "data/result.h"

typedef struct dusq__cell {
  uint32_t type;
  uint32_t len; /* of TEXT, BLOB, DECIMAL and JSON */
  union {
    bool b;
    int64_t i;
    uint64_t n;
    double r;
    const void *p; /* TEXT, BLOB, DECIMAL, JSON, and the 16 bytes of a UUID */
  } u;
} dusq__cell;

typedef struct dusq__chunk {
  _Alignas(uint64_t) struct dusq__chunk *next;
} dusq__chunk; /* its bytes follow, aligned for anything that a result holds */

typedef struct dusq__item {
  dusq_result *result;
  dusq_error *error;
} dusq__item;

struct dusq_result {
  dusq__refs refs;
  atomic_bool published; /* nothing changes any more */
  size_t rows, cols;
  dusq_column *columns; /* in the arena, with their names */
  dusq__cell *cells;    /* row by row; the first row in the arena, more in a block of their own */
  size_t room;          /* cells that there is room for */
  bool cells_own;       /* `cells` is a block of its own */
  int64_t affected, last_id;
  uint64_t large_id; /* instead of last_id, where that cannot hold it; else 0 */

  dusq__chunk *chunks;   /* of the arena, the newest first; its first bytes are behind this struct */
  char *free, *free_end; /* what is left of the current chunk */
  size_t next_chunk;     /* how large the next one will be */
  size_t bytes;          /* allocated in all */

  dusq_result *next;
  dusq__item *items; /* in the arena; NULL in most results */
  size_t nitems;
  dusq_result *dying; /* while being freed: the next one to be freed */
};

#endif
