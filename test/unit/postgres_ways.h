/* postgres_ways.h - a question to PostgreSQL in every way in which dusq may put it. */
#ifndef DUSQ_TEST_POSTGRES_WAYS_H
#define DUSQ_TEST_POSTGRES_WAYS_H
#include "unit/postgres_pools.h"

/* With names on the server and without: what a value is does not depend on that. */
static const struct way {
  const char *options;
  uint32_t flags;
} ways[] = {
    {"pool_size=1", 0},
    {"pool_size=1&stmt_cache=0", 0},
    {"pool_size=1&pgbouncer=on", 0},
    {"pool_size=1", DUSQ_NO_CACHE},
};
static dusq_opts how = {.size = sizeof how};

static inline dusq_pool *open_way(const struct way *way)
{
  how.flags = way->flags;
  return open_server(way->options);
}

static inline void each_way(void (*test)(dusq_pool *pool))
{
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    dusq_pool *pool = open_way(&ways[i]);
    if (!pool)
      return;
    test(pool);
    close_pool(pool);
  }
}

static inline dusq_result *ask_inside(dusq_conn *conn, void *arg)
{
  const dusq_step *step = arg;
  dusq_result *result = NULL;
  dusq_error *error = NULL;
  if (dusq_conn_query(conn, step->sql, step->n, step->values, &result, &error))
    dusq_conn_fail(conn, error);
  return result;
}

/* By query, in a transaction of a session, as steps and in a function; what each of them says. */
static inline void ask(dusq_pool *pool, const char *sql, size_t n, const dusq_value *values, const char *expected)
{
  dusq_step step = {sql, n, values};
  dusq_session *session = dusq_pool_session(pool, NULL);
  dusq_future_unref(dusq_session_begin(session, NULL, NULL));
  dusq_future *inside = dusq_session_query(session, sql, n, values, &how);
  const char *got = outcome(inside);
  char what[300];
  snprintf(what, sizeof what, "%s, %s: %.20s", sql, dusq_kind_name(values->type), got);
  test_check(!strcmp(got, expected), what, __FILE__, __LINE__);
  CHECK_STR(outcome(dusq_session_commit(session)), ""); /* no error of ours has ended it */
  dusq_session_unref(session);
  CHECK_STR(outcome(dusq_pool_query(pool, sql, n, values, &how)), expected);
  CHECK_STR(outcome(dusq_pool_transact_steps(pool, &step, 1, NULL, &how)), expected);
  CHECK_STR(outcome(dusq_pool_transact(pool, ask_inside, &step, NULL, NULL, NULL)), expected);
}

#endif
