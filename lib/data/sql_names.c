/* sql_names.c - see sql_names.h. */
#include "data/sql_names.h"
#include "base/alloc.h"
#include <stdlib.h>
#include <string.h>

bool dusq__sql_room_for_one(void **array, size_t n, size_t *room, size_t size)
{
  if (n < *room)
    return true;
  size_t more = *room ? *room : 8;
  if (more > SIZE_MAX - *room)
    return false;
  void *grown = dusq__realloc_array(*array, *room + more, size);
  if (!grown)
    return false;
  *array = grown;
  *room += more;
  return true;
}

/* ---- the hash table ---------------------------------------------------------------------------------------------- */

static size_t hash_name(const char *name, size_t len)
{
  uint64_t hash = UINT64_C(14695981039346656037);
  for (size_t i = 0; i < len; i++)
    hash = (hash ^ (unsigned char)name[i]) * UINT64_C(1099511628211);
  return (size_t)(hash ^ (hash >> 32));
}

/* The cell of the table that holds the name, or the free cell for it. */
static uint16_t *find_cell(const dusq__sql_names *names, const char *name, size_t len)
{
  size_t mask = names->table_size - 1;
  size_t i = hash_name(name, len) & mask;
  while (names->table[i]) {
    const dusq__sql_span *known = &names->spans[names->table[i] - 1];
    if (known->len == len && memcmp(names->sql + known->begin, name, len) == 0)
      break;
    i = (i + 1) & mask;
  }
  return &names->table[i];
}

/* Keeps at least half of the table free. */
static bool grow_table(dusq__sql_names *names)
{
  if (names->n < names->table_size / 2)
    return true;
  size_t size = names->table_size ? names->table_size * 4 : 32;
  uint16_t *table = dusq__zalloc(size * sizeof *table);
  if (!table)
    return false;
  dusq__free(names->table);
  names->table = table;
  names->table_size = size;
  for (uint32_t i = 0; i < names->n; i++)
    *find_cell(names, names->sql + names->spans[i].begin, names->spans[i].len) = (uint16_t)(i + 1);
  return true;
}

dusq_status dusq__sql_names_add(dusq__sql_names *names, dusq__sql_span name, uint32_t *number)
{
  void *spans = names->spans;
  if (!grow_table(names) || !dusq__sql_room_for_one(&spans, names->n, &names->room, sizeof *names->spans))
    return DUSQ_E_NOMEM;
  names->spans = spans;
  uint16_t *cell = find_cell(names, names->sql + name.begin, name.len);
  if (!*cell) {
    if (names->n == DUSQ__SQL_MAX_PARAMS)
      return DUSQ_E_PARAMS;
    names->spans[names->n++] = name;
    names->chars += name.len + 1;
    *cell = (uint16_t)names->n;
  }
  *number = (uint32_t)*cell - 1;
  return DUSQ_OK;
}

void dusq__sql_names_fini(dusq__sql_names *names)
{
  dusq__free(names->spans);
  dusq__free(names->table);
}

/* ---- storing the names ------------------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
  char *const *const *left = a;
  char *const *const *right = b;
  return strcmp(**left, **right);
}

char **dusq__sql_names_keep(const dusq__sql_names *names)
{
  size_t n = names->n; /* at most 65,535 */
  if (names->chars > SIZE_MAX - n * (sizeof(char *) + sizeof(char **)))
    return NULL;
  char **kept = dusq__alloc(n * (sizeof(char *) + sizeof(char **)) + names->chars);
  if (!kept)
    return NULL;
  char ***sorted = (char ***)(void *)(kept + n);
  char *room = (char *)(void *)(sorted + n);
  for (size_t i = 0; i < n; i++) {
    size_t len = names->spans[i].len;
    memcpy(room, names->sql + names->spans[i].begin, len);
    room[len] = '\0';
    kept[i] = room;
    sorted[i] = &kept[i];
    room += len + 1;
  }
  qsort(sorted, n, sizeof *sorted, compare_names);
  return kept;
}

static int compare_key(const void *key, const void *element)
{
  const char *name = key;
  char *const *const *known = element;
  return strcmp(name, **known);
}

size_t dusq__sql_names_find(char **kept, size_t n, const char *name, size_t guess)
{
  if (guess < n && strcmp(kept[guess], name) == 0)
    return guess;
  char **const *sorted = (char **const *)(void *)(kept + n);
  char **const *found = bsearch(name, sorted, n, sizeof *sorted, compare_key);
  return found ? (size_t)(*found - kept) : n;
}
