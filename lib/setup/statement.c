/* statement.c - the shared table of SQL texts; see statement.h. */
#include "setup/statement.h"
#include "base/alloc.h"
#include <string.h>

enum { BUCKETS = 4096, MAX_ENTRIES = 8192, MAX_KEPT_TEXT = 64 * 1024 };

dusq_status dusq__statements_init(dusq__statements *table, uint32_t dialect)
{
  *table = (dusq__statements){.dialect = dialect};
  table->buckets = dusq__zalloc(BUCKETS * sizeof *table->buckets);
  if (!table->buckets)
    return DUSQ_E_NOMEM;
  if (!dusq__mutex_init_busy(&table->mtx))
    return DUSQ_OK;
  dusq__free(table->buckets);
  table->buckets = NULL;
  return DUSQ_E_NOMEM;
}

void dusq__statements_fini(dusq__statements *table)
{
  if (!table->buckets)
    return;
  for (dusq__statement *one = table->newest; one;) {
    dusq__statement *older = one->older;
    dusq__statement_unref(one);
    one = older;
  }
  dusq__free(table->buckets);
  pthread_mutex_destroy(&table->mtx);
  *table = (dusq__statements){0};
}

size_t dusq__statements_count(dusq__statements *table)
{
  pthread_mutex_lock(&table->mtx);
  size_t n = table->n;
  pthread_mutex_unlock(&table->mtx);
  return n;
}

/* ---- one statement ----------------------------------------------------------------------------------------------- */

dusq__statement *dusq__statement_ref(dusq__statement *statement)
{
  dusq__refs_take(&statement->refs);
  return statement;
}

void dusq__statement_unref(dusq__statement *statement)
{
  if (!statement || !dusq__refs_drop(&statement->refs))
    return;
  dusq__sql_fini(&statement->sql);
  dusq__free(statement);
}

void dusq__statement_learn(dusq__statement *statement, uint32_t flags)
{
  uint32_t learned = flags | DUSQ__LEARNED;
  if (dusq__statement_learned(statement) != learned)
    atomic_store_explicit(&statement->learned, learned, memory_order_relaxed);
}

void dusq__statement_took(dusq__statement *statement, int64_t ns)
{
  unsigned now = ns < 1 ? 1 : ns > UINT32_MAX / 2 ? UINT32_MAX / 2 : (unsigned)ns;
  unsigned old = atomic_load_explicit(&statement->typical_ns, memory_order_relaxed);
  unsigned next = old ? old - old / 8 + now / 8 + (now > old) : now;
  if (next != old)
    atomic_store_explicit(&statement->typical_ns, next, memory_order_relaxed);
}

bool dusq__statement_is_mode_dependent(uint32_t dialect, const char *text, size_t len)
{
  const uint32_t modes = DUSQ_DIALECT_NO_ESCAPES | DUSQ_DIALECT_ANSI_QUOTES;
  return (dialect & ~modes) == DUSQ_DIALECT_MYSQL && (memchr(text, '\\', len) || memchr(text, '"', len));
}

static dusq_status make(uint32_t dialect, const char *text, size_t len, uint64_t hash, dusq__statement **out,
                        dusq_error **error)
{
  static _Atomic uint64_t last_id;
  dusq__statement *one = len > SIZE_MAX / 2 ? NULL : dusq__zalloc(sizeof *one + len + 1);
  if (!one)
    return dusq__error_give(error, dusq__error_static(DUSQ_E_NOMEM));
  memcpy(one->text, text, len + 1);
  one->len = len;
  one->hash = hash;
  one->dialect = dialect;
  one->mode_dependent = dusq__statement_is_mode_dependent(dialect, text, len);
  dusq__refs_init(&one->refs, 1);
  one->id = atomic_fetch_add(&last_id, 1) + 1;
  dusq_status status = dusq__sql_read(dialect, one->text, len, &one->sql, error);
  if (status) {
    dusq__statement_unref(one);
    return status;
  }
  *out = one;
  return DUSQ_OK;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static uint64_t hash_text(const char *text, size_t len)
{
  uint64_t hash = UINT64_C(0x9E3779B97F4A7C15) ^ len;
  while (len >= 8) {
    uint64_t word;
    memcpy(&word, text, 8);
    hash = (hash ^ word) * UINT64_C(0xFF51AFD7ED558CCD);
    hash ^= hash >> 32;
    text += 8;
    len -= 8;
  }
  uint64_t tail = 0;
  memcpy(&tail, text, len);
  hash = (hash ^ tail) * UINT64_C(0xC4CEB9FE1A85EC53);
  return hash ^ hash >> 29;
}

static void unlink_age_locked(dusq__statements *table, dusq__statement *one)
{
  if (one->newer)
    one->newer->older = one->older;
  else
    table->newest = one->older;
  if (one->older)
    one->older->newer = one->newer;
  else
    table->oldest = one->newer;
}

static void make_newest_locked(dusq__statements *table, dusq__statement *one)
{
  one->newer = NULL;
  one->older = table->newest;
  if (table->newest)
    table->newest->newer = one;
  else
    table->oldest = one;
  table->newest = one;
}

static dusq__statement *find_locked(dusq__statements *table, uint32_t dialect, const char *text, size_t len,
                                    uint64_t hash)
{
  dusq__statement *one = table->buckets[hash % BUCKETS];
  while (one && (one->hash != hash || one->len != len || one->dialect != dialect || memcmp(one->text, text, len)))
    one = one->next;
  if (!one)
    return NULL;
  if (one != table->newest) {
    unlink_age_locked(table, one);
    make_newest_locked(table, one);
  }
  return dusq__statement_ref(one);
}

/* Removes the least recently used statement; the caller drops the table's reference. */
static dusq__statement *evict_locked(dusq__statements *table)
{
  dusq__statement *one = table->oldest;
  dusq__statement **at = &table->buckets[one->hash % BUCKETS];
  while (*at != one)
    at = &(*at)->next;
  *at = one->next;
  unlink_age_locked(table, one);
  table->n--;
  return one;
}

static dusq__statement *insert(dusq__statements *table, dusq__statement *made)
{
  dusq__statement *gone = NULL;
  pthread_mutex_lock(&table->mtx);
  dusq__statement *one = find_locked(table, made->dialect, made->text, made->len, made->hash);
  if (one) {
    gone = made; /* another thread has inserted the same text meanwhile */
  } else {
    if (table->n == MAX_ENTRIES)
      gone = evict_locked(table);
    one = dusq__statement_ref(made);
    one->next = table->buckets[one->hash % BUCKETS];
    table->buckets[one->hash % BUCKETS] = one;
    make_newest_locked(table, one);
    table->n++;
  }
  pthread_mutex_unlock(&table->mtx);
  dusq__statement_unref(gone);
  return one;
}

dusq_status dusq__statement_get(dusq__statements *table, const char *text, uint32_t modes, bool keep,
                                dusq__statement **out, dusq_error **error)
{
  uint32_t dialect = table->dialect | modes;
  size_t len = strlen(text);
  uint64_t hash = hash_text(text, len);
  keep = keep && len <= MAX_KEPT_TEXT;
  if (keep) {
    pthread_mutex_lock(&table->mtx);
    *out = find_locked(table, dialect, text, len, hash);
    pthread_mutex_unlock(&table->mtx);
    if (*out)
      return DUSQ_OK;
  }
  dusq__statement *made = NULL;
  dusq_status status = make(dialect, text, len, hash, &made, error);
  if (!status)
    *out = keep ? insert(table, made) : made;
  return status;
}
