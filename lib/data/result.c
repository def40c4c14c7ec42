/* result.c - building and freeing results.
 *
 * A small result is one block: the struct, followed by the first bytes of the arena, which hold the columns, the cells
 * of the first row and their texts.  When that is full, the arena grows by chunks of increasing size.  Chunks never
 * move, so pointers that a getter has returned stay valid.  From the second row on, the cells are an array of their
 * own, which doubles.
 *
 * One thread builds a result; nothing here locks.  Freeing is a loop, not a recursion, because a script may produce a
 * chain of any length.                                                                                               */
#include "base/alloc.h"
#include "data/result_layout.h"
#include "data/value.h"
#include <string.h>

enum {
  FIRST_BYTES = 400,     /* bytes of the arena in the block of the result itself */
  CHUNK_MIN = 2048,
  CHUNK_MAX = 1 << 20,
  CHUNK_SHARE = 4,       /* an allocation larger than this part of a chunk gets a chunk of its own */
  ALIGNMENT = 8,
  FIRST_ROWS = 16        /* rows that the first array of cells has room for */
};

/* ---- the arena --------------------------------------------------------------------------------------------------- */

/* A result with `extra` bytes of the arena behind the struct.  NULL when memory is short. */
static dusq_result *make(size_t extra)
{
  if (extra > SIZE_MAX - sizeof(dusq_result))
    return NULL;
  size_t size = sizeof(dusq_result) + extra;
  dusq_result *result = dusq__alloc(size);
  if (!result)
    return NULL;
  *result = (dusq_result){.next_chunk = CHUNK_MIN, .bytes = size};
  dusq__refs_init(&result->refs, 1);
  atomic_init(&result->published, false);
  result->free = (char *)(result + 1);
  result->free_end = (char *)result + size;
  return result;
}

static dusq__chunk *add_chunk(dusq_result *result, size_t bytes)
{
  if (bytes > SIZE_MAX - sizeof(dusq__chunk))
    return NULL;
  dusq__chunk *chunk = dusq__alloc(sizeof *chunk + bytes);
  if (!chunk)
    return NULL;
  chunk->next = result->chunks;
  result->chunks = chunk;
  result->bytes += sizeof *chunk + bytes;
  return chunk;
}

static char *take_from_new_chunk(dusq_result *result, size_t n)
{
  size_t size = result->next_chunk;
  while (size < CHUNK_MAX && n > size / CHUNK_SHARE)
    size *= 2;
  if (n > size / CHUNK_SHARE) {
    dusq__chunk *own = add_chunk(result, n);
    return own ? (char *)(own + 1) : NULL;
  }
  dusq__chunk *chunk = add_chunk(result, size - sizeof *chunk);
  if (!chunk)
    return NULL;
  result->free = (char *)(chunk + 1) + n;
  result->free_end = (char *)chunk + size;
  result->next_chunk = size < CHUNK_MAX ? size * 2 : size;
  return (char *)(chunk + 1);
}

static char *take_bytes(dusq_result *result, size_t n)
{
  if (n > (size_t)(result->free_end - result->free))
    return take_from_new_chunk(result, n);
  char *at = result->free;
  result->free += n;
  return at;
}

static void *take_array(dusq_result *result, size_t n, size_t size)
{
  if (n > SIZE_MAX / size)
    return NULL;
  size_t off = (uintptr_t)result->free % ALIGNMENT;
  size_t pad = off ? ALIGNMENT - off : 0;
  if (pad <= (size_t)(result->free_end - result->free))
    result->free += pad; /* else there is no room for an element either, and a new chunk is aligned */
  return take_bytes(result, n * size);
}

static const char *take_copy(dusq_result *result, const void *bytes, size_t len, size_t nul)
{
  char *copy = take_bytes(result, len + nul);
  if (!copy)
    return NULL;
  if (len)
    memcpy(copy, bytes, len);
  if (nul)
    copy[len] = '\0';
  return copy;
}

/* ---- columns ----------------------------------------------------------------------------------------------------- */

dusq_result *dusq__result_new(void)
{
  return make(FIRST_BYTES);
}

static bool name_column(dusq_result *result, dusq_column *column, const char *name)
{
  if (!name)
    name = "";
  column->name = take_copy(result, name, strlen(name), 1);
  return column->name != NULL;
}

dusq_status dusq__result_columns(dusq_result *result, size_t n, const dusq_column *columns)
{
  if (result->cols || result->rows || result->nitems || (n && !columns))
    return DUSQ_E_INVAL;
  if (n == 0)
    return DUSQ_OK;
  dusq_column *own = take_array(result, n, sizeof *own);
  if (!own)
    return DUSQ_E_NOMEM;
  for (size_t i = 0; i < n; i++) {
    if (columns[i].type > DUSQ_JSON)
      return DUSQ_E_INVAL;
    own[i] = columns[i];
    if (!name_column(result, &own[i], columns[i].name))
      return DUSQ_E_NOMEM;
  }
  result->columns = own;
  result->cols = n;
  return DUSQ_OK;
}

dusq_result *dusq__result_like(const dusq_result *result)
{
  dusq_result *like = dusq__result_new();
  if (like && dusq__result_columns(like, result->cols, result->columns))
    return dusq_result_unref(like);
  return like;
}

dusq_result *dusq_result_new(size_t cols, const char *const *names)
{
  dusq_result *result = dusq__result_new();
  if (!result || cols == 0)
    return result;
  dusq_column *own = take_array(result, cols, sizeof *own);
  if (!own)
    return dusq_result_unref(result);
  for (size_t i = 0; i < cols; i++) {
    own[i] = (dusq_column){.type = DUSQ_NULL};
    if (!name_column(result, &own[i], names ? names[i] : NULL))
      return dusq_result_unref(result);
  }
  result->columns = own;
  result->cols = cols;
  return result;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* Makes room for one more row; false when memory is short. */
static bool grow(dusq_result *result)
{
  size_t cols = result->cols;
  if (result->rows == 0 && !result->cells) {
    result->cells = take_array(result, cols, sizeof *result->cells);
    result->room = result->cells ? cols : 0;
    return result->cells != NULL;
  }
  size_t room = result->room * 2;
  if (!result->cells_own)
    room = cols > SIZE_MAX / FIRST_ROWS ? SIZE_MAX : cols * FIRST_ROWS;
  if (result->room > SIZE_MAX / 2 || room > SIZE_MAX / sizeof(dusq__cell))
    return false;
  dusq__cell *old = result->cells_own ? result->cells : NULL;
  dusq__cell *cells = dusq__realloc_array(old, room, sizeof *cells);
  if (!cells)
    return false;
  if (!old)
    memcpy(cells, result->cells, cols * sizeof *cells);
  result->bytes += (room - (old ? result->room : 0)) * sizeof *cells;
  result->cells = cells;
  result->room = room;
  result->cells_own = true;
  return true;
}

void dusq__result_expect(dusq_result *result, size_t rows, size_t limit)
{
  size_t cols = result->cols;
  if (result->cells || rows < 2 || !cols || rows > SIZE_MAX / cols / sizeof(dusq__cell))
    return; /* a single row has its cells in the arena */
  size_t bytes = rows * cols * sizeof(dusq__cell);
  if (result->bytes > limit || bytes > limit - result->bytes)
    return;
  result->cells = dusq__alloc(bytes);
  if (!result->cells)
    return;
  result->room = rows * cols;
  result->cells_own = true;
  result->bytes += bytes;
}

void dusq__result_drop_row(dusq_result *result)
{
  result->rows--;
}

static dusq_status copy_bytes(dusq_result *result, dusq__cell *cell, const dusq_value *value)
{
  if (value->len > UINT32_MAX)
    return DUSQ_E_TOO_LARGE;
  if (!value->u.p && value->len)
    return DUSQ_E_INVAL;
  cell->len = (uint32_t)value->len;
  if (value->type == DUSQ_BLOB && cell->len == 0) {
    cell->u.p = "";
    return DUSQ_OK;
  }
  cell->u.p = take_copy(result, value->u.p, cell->len, value->type != DUSQ_BLOB);
  return cell->u.p ? DUSQ_OK : DUSQ_E_NOMEM;
}

static dusq_status copy_cell(dusq_result *result, dusq__cell *cell, const dusq_value *value)
{
  cell->type = value->type;
  cell->len = 0;
  switch (value->type) {
  case DUSQ_NULL:
    cell->u.n = 0;
    return DUSQ_OK;
  case DUSQ_BOOL:
    cell->u.b = value->u.b;
    return DUSQ_OK;
  case DUSQ_INT:
  case DUSQ_UINT:
  case DUSQ_DATE:
  case DUSQ_TIME:
  case DUSQ_TIMESTAMP:
    cell->u.i = value->u.i;
    return DUSQ_OK;
  case DUSQ_REAL:
    cell->u.r = value->u.r;
    return DUSQ_OK;
  case DUSQ_TEXT:
  case DUSQ_BLOB:
  case DUSQ_DECIMAL:
  case DUSQ_JSON:
    return copy_bytes(result, cell, value);
  case DUSQ_UUID:
    cell->u.p = take_copy(result, value->u.id, sizeof value->u.id, 0);
    return cell->u.p ? DUSQ_OK : DUSQ_E_NOMEM;
  default:
    return DUSQ_E_INVAL;
  }
}

dusq_status dusq__result_row(dusq_result *result, const dusq_value *cells)
{
  size_t cols = result->cols, used = result->rows * cols;
  if (cols == 0)
    return DUSQ_E_INVAL;
  if (cols > result->room - used && !grow(result))
    return DUSQ_E_NOMEM;
  dusq__cell *row = result->cells + used;
  for (size_t i = 0; i < cols; i++) {
    dusq_status status = copy_cell(result, &row[i], &cells[i]);
    if (status)
      return status;
  }
  result->rows++;
  return DUSQ_OK;
}

void dusq__result_counts(dusq_result *result, int64_t affected, int64_t last_id)
{
  result->affected = affected;
  result->last_id = last_id;
  result->large_id = 0;
}

void dusq__result_counts_uint(dusq_result *result, int64_t affected, uint64_t last_id)
{
  bool large = last_id > INT64_MAX;
  dusq__result_counts(result, affected, large ? 0 : (int64_t)last_id);
  result->large_id = large ? last_id : 0;
}

void dusq__result_copy_counts(dusq_result *to, const dusq_result *from)
{
  dusq__result_counts(to, from->affected, from->last_id);
  to->large_id = from->large_id;
}

void dusq__result_set_affected(dusq_result *result, int64_t affected)
{
  result->affected = affected;
}

void dusq__result_link(dusq_result *result, dusq_result *take_next)
{
  result->next = take_next;
}

void dusq__result_publish(dusq_result *result)
{
  for (; result && !atomic_load_explicit(&result->published, memory_order_relaxed); result = result->next)
    atomic_store_explicit(&result->published, true, memory_order_relaxed);
}

/* ---- the same for public callers, whose arguments are checked ---------------------------------------------------- */

static bool changeable(const dusq_result *result)
{
  return result && !atomic_load_explicit(&result->published, memory_order_relaxed) &&
         atomic_load_explicit(&result->refs.count, memory_order_acquire) == 1;
}

dusq_status dusq_result_append(dusq_result *result, const dusq_value *row)
{
  if (!changeable(result) || result->cols == 0 || !row)
    return DUSQ_E_INVAL;
  for (size_t i = 0; i < result->cols; i++) {
    const char *why;
    dusq_status status = dusq__value_check(&row[i], &why);
    if (status)
      return status;
  }
  return dusq__result_row(result, row);
}

dusq_status dusq_result_set_counts(dusq_result *result, int64_t affected, int64_t last_id)
{
  if (!changeable(result))
    return DUSQ_E_INVAL;
  dusq__result_counts(result, affected, last_id);
  return DUSQ_OK;
}

/* ---- items ------------------------------------------------------------------------------------------------------- */

dusq_result *dusq__result_items(size_t n)
{
  if (n > (SIZE_MAX - FIRST_BYTES) / sizeof(dusq__item))
    return NULL;
  dusq_result *result = make(n * sizeof(dusq__item));
  if (!result)
    return NULL;
  result->items = take_array(result, n, sizeof(dusq__item));
  result->nitems = n;
  for (size_t i = 0; i < n; i++)
    result->items[i] = (dusq__item){NULL, NULL};
  return result;
}

void dusq__result_set_item(dusq_result *items, size_t i, const dusq_result *result, const dusq_error *error)
{
  dusq__item old = items->items[i];
  items->items[i] = (dusq__item){dusq_result_ref(result), dusq_error_ref(error)};
  dusq_result_unref(old.result);
  dusq_error_unref(old.error);
}

/* ---- reference counting ------------------------------------------------------------------------------------------ */

dusq_result *dusq_result_ref(const dusq_result *result)
{
  dusq_result *counted = (dusq_result *)(uintptr_t)result; /* only the count of an immutable result is written */
  if (counted)
    dusq__refs_take(&counted->refs);
  return counted;
}

/* Drops a reference; adds the result to the list `dying` if it was the last. */
static void drop(dusq_result *result, dusq_result **dying)
{
  if (!result || !dusq__refs_drop(&result->refs))
    return;
  result->dying = *dying;
  *dying = result;
}

static void free_one(dusq_result *result)
{
  for (dusq__chunk *chunk = result->chunks; chunk;) {
    dusq__chunk *next = chunk->next;
    dusq__free(chunk);
    chunk = next;
  }
  if (result->cells_own)
    dusq__free(result->cells);
  dusq__free(result);
}

dusq_result *dusq_result_unref(dusq_result *result)
{
  dusq_result *dying = NULL;
  drop(result, &dying);
  while (dying) {
    dusq_result *dead = dying;
    dying = dead->dying;
    drop(dead->next, &dying);
    for (size_t i = 0; i < dead->nitems; i++) {
      drop(dead->items[i].result, &dying);
      dusq_error_unref(dead->items[i].error);
    }
    free_one(dead);
  }
  return NULL;
}
