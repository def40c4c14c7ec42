/* pools.h - what the tests of backends share: outcomes as text, and shares of a known content.
 *
 * A pool with one worker is held by a job while requests gather behind it, which then are one share.                 */
#ifndef DUSQ_TEST_POOLS_H
#define DUSQ_TEST_POOLS_H
#include "test.h"
#include <inttypes.h>
#include <pthread.h>

enum { TEXT_SIZE = 4096, MAX_GROUP = 64 };
#define LONG_WAIT (60 * DUSQ_SECOND)

static inline dusq_pool *open_uri(const char *uri)
{
  dusq_pool *pool = NULL;
  dusq_error *error = NULL;
  CHECK_INT(dusq_pool_open_uri(uri, &pool, &error), DUSQ_OK);
  CHECK_STR(dusq_error_message(error), "");
  dusq_error_unref(error);
  return pool;
}

static inline void close_pool(dusq_pool *pool)
{
  dusq_future *closed = dusq_pool_close(pool, LONG_WAIT);
  CHECK_INT(dusq_future_wait(closed, LONG_WAIT), DUSQ_OK);
  dusq_future_unref(closed);
  dusq_pool_unref(pool);
}

static inline void add(char *text, const char *more)
{
  size_t len = strlen(text);
  snprintf(text + len, TEXT_SIZE - len, "%s", more);
}

/* The outcome as text: "ERROR_NAME", or "affected/last_id" and, for each result set with columns, "[rows]". */
static inline void describe(dusq_future *future, char *text)
{
  dusq_result *first = NULL;
  text[0] = '\0';
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  dusq_status status = dusq_future_get(future, &first);
  if (status) {
    add(text, dusq_status_name(status) + strlen("DUSQ_E_"));
    return;
  }
  for (const dusq_result *set = first; set; set = dusq_result_next(set)) {
    char cell[600];
    snprintf(cell, sizeof cell, "%s%" PRId64 "/%" PRId64, set == first ? "" : " ", dusq_result_affected(set),
             dusq_result_last_id(set));
    add(text, cell);
    if (dusq_result_cols(set))
      add(text, "[");
    for (size_t row = 0; row < dusq_result_rows(set); row++)
      for (size_t col = 0; col < dusq_result_cols(set); col++) {
        dusq_value value = dusq_result_at(set, row, col);
        cell[0] = col ? ',' : ' ';
        dusq_value_format(&value, cell + (row || col), sizeof cell - 1);
        add(text, cell);
      }
    if (dusq_result_cols(set))
      add(text, "]");
  }
  dusq_result_unref(first);
}

static inline const char *outcome(dusq_future *future)
{
  static char text[TEXT_SIZE];
  describe(future, text);
  dusq_future_unref(future);
  return text;
}

static inline const char *query(dusq_pool *pool, const char *sql)
{
  return outcome(dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL));
}

static inline const char *script(dusq_pool *pool, const char *sql)
{
  return outcome(dusq_pool_script(pool, sql, NULL));
}

static inline const char *query_with(dusq_pool *pool, const char *sql, dusq_value value)
{
  return outcome(dusq_pool_query(pool, sql, 1, &value, NULL));
}

/* The outcome of a query that most likely gets no connection; its message in `message`. */
static inline dusq_status refusal(const char *uri, char message[600])
{
  dusq_pool *pool = NULL;
  dusq_error *error = NULL;
  dusq_status status = dusq_pool_open_uri(uri, &pool, &error);
  if (status) {
    snprintf(message, 600, "%s", dusq_error_message(error));
    dusq_error_unref(error);
    return status;
  }
  dusq_future *future = dusq_pool_query(pool, "SELECT 1", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  status = dusq_future_status(future);
  snprintf(message, 600, "%s", dusq_error_message(dusq_future_error(future)));
  dusq_future_unref(future);
  close_pool(pool);
  return status;
}

/* Which of MySQL's two client libraries it is: Connector/C cannot do `require` (dusq-mysql(7)). */
static inline bool mysql_is_connector_c(void)
{
  dusq_pool *pool = NULL;
  dusq_error *error = NULL;
  dusq_status status = dusq_pool_open_uri("mysql://h/d?sslmode=require", &pool, &error);
  dusq_error_unref(error);
  dusq_pool_unref(pool);
  return status == DUSQ_E_CONFIG;
}

/* ---- holding the writer ---------------------------------------------------------------------------------------- */

typedef struct hold {
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  bool held, released; /* guarded by: mtx */
  const char *sql;     /* run first, if not NULL */
  dusq_future *job;
} hold;

static inline dusq_result *hold_job(dusq_conn *conn, void *arg)
{
  hold *one = arg;
  dusq_error *error = NULL;
  if (one->sql && dusq_conn_query(conn, one->sql, DUSQ_NO_PARAMS, NULL, &error))
    dusq_conn_fail(conn, error);
  pthread_mutex_lock(&one->mtx);
  one->held = true;
  pthread_cond_broadcast(&one->cond);
  while (!one->released)
    pthread_cond_wait(&one->cond, &one->mtx);
  pthread_mutex_unlock(&one->mtx);
  return NULL;
}

static inline void hold_writer(hold *one, dusq_pool *pool, const char *sql)
{
  one->held = one->released = false;
  one->sql = sql;
  pthread_mutex_init(&one->mtx, NULL);
  pthread_cond_init(&one->cond, NULL);
  one->job = dusq_pool_run(pool, hold_job, one, NULL, NULL);
  pthread_mutex_lock(&one->mtx);
  while (!one->held)
    pthread_cond_wait(&one->cond, &one->mtx);
  pthread_mutex_unlock(&one->mtx);
}

static inline void let_go(hold *one)
{
  pthread_mutex_lock(&one->mtx);
  one->released = true;
  pthread_cond_broadcast(&one->cond);
  pthread_mutex_unlock(&one->mtx);
  CHECK_INT(dusq_future_wait(one->job, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(one->job), DUSQ_OK);
  dusq_future_unref(one->job);
  pthread_cond_destroy(&one->cond);
  pthread_mutex_destroy(&one->mtx);
}

/* Runs the statements as one group; the outcomes, separated by " | ". */
static inline const char *group(dusq_pool *pool, size_t n, const char *const *sql)
{
  static char all[TEXT_SIZE];
  dusq_future *futures[MAX_GROUP];
  hold one;
  int64_t before = 0, after = 0;
  dusq_pool_stat(pool, "batches", &before);
  hold_writer(&one, pool, NULL);
  for (size_t i = 0; i < n; i++)
    futures[i] = dusq_pool_query(pool, sql[i], DUSQ_NO_PARAMS, NULL);
  let_go(&one);
  all[0] = '\0';
  for (size_t i = 0; i < n; i++) {
    add(all, i ? " | " : "");
    add(all, outcome(futures[i]));
  }
  dusq_pool_stat(pool, "batches", &after);
  CHECK(after > before);
  return all;
}
#define GROUP(pool, ...) \
  group(pool, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), (const char *[]){__VA_ARGS__})

#endif
