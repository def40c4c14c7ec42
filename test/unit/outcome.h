/* outcome.h - what became of a statement, as text.  Who includes it has said LONG_WAIT and OUTCOME_KINDS. */
#ifndef DUSQ_TEST_OUTCOME_H
#define DUSQ_TEST_OUTCOME_H
#include "unit/open.h"
#include <inttypes.h>

enum { TEXT_SIZE = 8192 };

static inline void add_text(char *text, const char *more)
{
  size_t len = strlen(text);
  snprintf(text + len, TEXT_SIZE - len, "%s", more);
}

/* A result as text: "affected/last_id" and, for each set with columns, "[cell,cell cell,cell]"; where OUTCOME_KINDS is
 * true, a cell is "kind:value".                                                                                      */
static inline void describe_result(const dusq_result *first, char *text)
{
  for (const dusq_result *set = first; set; set = dusq_result_next(set)) {
    char cell[600];
    snprintf(cell, sizeof cell, "%s%" PRId64 "/%" PRId64, set == first ? "" : " ", dusq_result_affected(set),
             dusq_result_last_id(set));
    add_text(text, cell);
    if (dusq_result_cols(set))
      add_text(text, "[");
    for (size_t row = 0; row < dusq_result_rows(set); row++)
      for (size_t col = 0; col < dusq_result_cols(set); col++) {
        dusq_value value = dusq_result_at(set, row, col);
        int len = snprintf(cell, sizeof cell, "%s%s%s", col ? "," : row ? " " : "",
                           OUTCOME_KINDS ? dusq_kind_name(value.type) : "", OUTCOME_KINDS ? ":" : "");
        dusq_value_format(&value, cell + len, sizeof cell - (size_t)len);
        add_text(text, cell);
      }
    if (dusq_result_cols(set))
      add_text(text, "]");
  }
}

/* Waits; "ERROR_NAME", or the result. */
static inline void describe(dusq_future *future, char *text)
{
  dusq_result *first = NULL;
  text[0] = '\0';
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  dusq_status status = dusq_future_get(future, &first);
  if (status)
    add_text(text, dusq_status_name(status) + strlen("DUSQ_E_"));
  else
    describe_result(first, text);
  dusq_result_unref(first);
}

static inline const char *outcome(dusq_future *take)
{
  static char text[TEXT_SIZE];
  describe(take, text);
  dusq_future_unref(take);
  return text;
}

static inline const char *query(dusq_pool *pool, const char *sql)
{
  return outcome(dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL));
}

static inline const char *query_with(dusq_pool *pool, const char *sql, dusq_value value)
{
  return outcome(dusq_pool_query(pool, sql, 1, &value, NULL));
}

static inline const char *script(dusq_pool *pool, const char *sql)
{
  return outcome(dusq_pool_script(pool, sql, NULL));
}

/* A job that tells whether there is a connection of the driver's. */
static inline dusq_result *native_job(dusq_conn *conn, void *arg)
{
  *(bool *)arg = dusq_conn_native(conn) != NULL;
  return NULL;
}

#endif
