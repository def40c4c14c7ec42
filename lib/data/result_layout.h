/* result_layout.h - the memory layout of a result, for result.c, which builds, and result_get.c, which reads. */
#ifndef DUSQ_DATA_RESULT_LAYOUT_H
#define DUSQ_DATA_RESULT_LAYOUT_H
#include "base/sync.h"
#include "data/result.h"

typedef struct dusq__cell {
  uint32_t type;
  uint32_t len; /* for TEXT, BLOB, DECIMAL and JSON */
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
} dusq__chunk; /* followed by its bytes, aligned for anything that a result holds */

typedef struct dusq__item {
  dusq_result *result;
  dusq_error *error;
} dusq__item;

struct dusq_result {
  dusq__refs refs;
  atomic_bool published; /* it is immutable */
  size_t rows, cols;
  dusq_column *columns; /* in the arena, with their names */
  dusq__cell *cells;    /* row by row; the first row in the arena, more in a block of their own */
  size_t room;          /* how many cells there is room for */
  bool cells_own;       /* `cells` is not in the arena */
  int64_t affected, last_id;
  uint64_t large_id; /* the last_id, if it does not fit into last_id; else 0 */

  dusq__chunk *chunks;   /* of the arena, the newest first; the first bytes are behind this struct */
  char *free, *free_end; /* the rest of the current chunk */
  size_t next_chunk;     /* size of the next chunk */
  size_t bytes;          /* total size of the allocations */

  dusq_result *next;
  dusq__item *items; /* in the arena; NULL in most results */
  size_t nitems;
  dusq_result *dying; /* while being freed: the next one to be freed */
};

#endif
