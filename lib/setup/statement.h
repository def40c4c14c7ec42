/* statement.h - a SQL text, parsed, and what a pool has learned about it.
 *
 * A statement is shared by all requests with the same text.  The text is parsed once, with its placeholders translated.
 * What workers learn about it (is it read-only, may it be batched, is it slow) serves later requests.
 * Reference-counted; immutable except for what is learned, which is atomic.  The table of statements is bounded and
 * drops the least recently used one.  Any thread.                                                                    */
#ifndef DUSQ_SETUP_STATEMENT_H
#define DUSQ_SETUP_STATEMENT_H
#include "base/sync.h"
#include "data/error.h"
#include "data/sql.h"

#define DUSQ__LEARNED (1u << 30) /* besides DUSQ_STATEMENT_...: a worker has prepared it */

typedef struct dusq__statement {
  dusq__refs refs;
  uint64_t id;            /* never reused within a process                    */
  dusq__sql sql;
  uint32_t dialect;       /* dialect and modes by which it was parsed         */
  bool mode_dependent;    /* MySQL: its meaning depends on sql_mode           */
  atomic_uint learned;    /* DUSQ__LEARNED | DUSQ_STATEMENT_...               */
  atomic_uint typical_ns; /* moving average of its execution time; 0: unknown */
  /* used by the table */
  struct dusq__statement *next;           /* in its hash bucket; guarded by: the table's mtx, as below */
  struct dusq__statement *newer, *older;
  uint64_t hash;
  size_t len;
  char text[];            /* as the caller wrote it                           */
} dusq__statement;

typedef struct dusq__statements {
  pthread_mutex_t mtx;
  dusq__statement **buckets; /* guarded by: mtx, as all below */
  dusq__statement *newest, *oldest;
  size_t n;
  uint32_t dialect; /* constant */
} dusq__statements;

dusq_status dusq__statements_init(dusq__statements *table, uint32_t dialect);
void dusq__statements_fini(dusq__statements *table);
size_t dusq__statements_count(dusq__statements *table);

/* A reference to the statement of that text, parsed in the table's dialect with these modes (DUSQ_DIALECT_NO_ESCAPES,
 * ..._ANSI_QUOTES).  Each combination of modes is a statement of its own.  With `keep` false, or for a very long text,
 * it does not enter the table.  DUSQ_E_SYNTAX, DUSQ_E_PARAMS, DUSQ_E_NOMEM with an owned error.                      */
dusq_status dusq__statement_get(dusq__statements *table, const char *text, uint32_t modes, bool keep,
                                dusq__statement **out, dusq_error **error);
/* Whether the modes can change the meaning of the text. */
bool dusq__statement_is_mode_dependent(uint32_t dialect, const char *text, size_t len);
dusq__statement *dusq__statement_ref(dusq__statement *statement);
void dusq__statement_unref(dusq__statement *statement); /* accepts NULL */

static inline uint32_t dusq__statement_learned(const dusq__statement *statement)
{
  return atomic_load_explicit(&statement->learned, memory_order_relaxed);
}
void dusq__statement_learn(dusq__statement *statement, uint32_t flags);
void dusq__statement_took(dusq__statement *statement, int64_t ns);

#endif
