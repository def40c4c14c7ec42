/* pools.h - what the tests of backends share: outcomes as text, and shares of a known content.
 *
 * A pool with one worker is held by a job while requests gather behind it, which then are one share.                 */
#ifndef DUSQ_TEST_POOLS_H
#define DUSQ_TEST_POOLS_H
#include "gate.h"

#define LONG_WAIT (60 * DUSQ_SECOND)
#define OUTCOME_KINDS false
#include "unit/outcome.h"

enum { MAX_GROUP = 64 };

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
  gate at;
  const char *sql; /* run first, if not NULL */
  dusq_future *job;
} hold;

static inline dusq_result *hold_job(dusq_conn *conn, void *arg)
{
  hold *one = arg;
  dusq_error *error = NULL;
  if (one->sql && dusq_conn_query(conn, one->sql, DUSQ_NO_PARAMS, NULL, &error))
    dusq_conn_fail(conn, error);
  gate_stand(&one->at);
  return NULL;
}

static inline void hold_writer(hold *one, dusq_pool *pool, const char *sql)
{
  *one = (hold){.at = GATE_INIT, .sql = sql};
  one->job = dusq_pool_run(pool, hold_job, one, NULL, NULL);
  gate_wait_reached(&one->at);
}

static inline void let_go(hold *one)
{
  gate_open(&one->at);
  CHECK_INT(dusq_future_wait(one->job, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(one->job), DUSQ_OK);
  dusq_future_unref(one->job);
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
    add_text(all, i ? " | " : "");
    add_text(all, outcome(futures[i]));
  }
  dusq_pool_stat(pool, "batches", &after);
  CHECK(after > before);
  return all;
}
#define GROUP(pool, ...) \
  group(pool, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), (const char *[]){__VA_ARGS__})

#endif
