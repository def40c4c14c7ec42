/* scenario_calls.c - the other calls of a session: jobs, scripts and many rows, in its transactions and outside of
 * them; several threads on one session; and one that is closed.                                                      */
#include "conform.h"
#include <pthread.h>

#define PUT(i) "INSERT INTO t VALUES (" #i ")"

/* What a future failed with, and which row or statement. */
static void fails(dusq_future *take_future, dusq_status status, int64_t index)
{
  CHECK_INT(dusq_future_wait(take_future, CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(dusq_error_index(dusq_future_error(take_future)), index);
  CHECK_INT(conform_settle(take_future, NULL), status);
}

/* ---- jobs -------------------------------------------------------------------------------------------------------- */
static dusq_result *job_begins(dusq_conn *conn, void *arg)
{
  (void)arg;
  CHECK_INT(dusq_conn_begin(conn, NULL, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_query(conn, PUT(1), DUSQ_NO_PARAMS, NULL, NULL), DUSQ_OK);
  return NULL;
}

static dusq_result *job_commits(dusq_conn *conn, void *arg)
{
  (void)arg;
  CHECK_INT(dusq_conn_transaction(conn), DUSQ_TX_OPEN);
  CHECK_INT(dusq_conn_query(conn, PUT(4), DUSQ_NO_PARAMS, NULL, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_commit(conn, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_commit(conn, NULL), DUSQ_E_TX_STATE);
  return NULL;
}

static dusq_status run(dusq_session *session, dusq_job_fn *job)
{
  return conform_settle(dusq_session_run(session, job, NULL, NULL, NULL), NULL);
}

/* What one leaves open is the session's: the next call, or the next job, works in it and ends it. */
static void job_leaves_open(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(run(s, job_begins), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_OPEN);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_OK);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(conform_count(site, s, "SELECT count(*) FROM t"), 0);
  CHECK_INT(run(s, job_begins), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_OK);
  CHECK_INT(run(s, job_commits), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  CHECK_INT(conform_commit(s), DUSQ_E_TX_STATE);
  conform_finish(site, s, 3, 7);
}

static dusq_result *job_fails_statement(dusq_conn *conn, void *arg)
{
  (void)arg;
  CHECK_INT(dusq_conn_query(conn, PUT(1), DUSQ_NO_PARAMS, NULL, NULL), DUSQ_E_UNIQUE);
  return NULL;
}

static dusq_result *job_fails(dusq_conn *conn, void *arg)
{
  (void)arg;
  CHECK_INT(dusq_conn_query(conn, PUT(8), DUSQ_NO_PARAMS, NULL, NULL), DUSQ_OK);
  dusq_conn_fail(conn, dusq_error_new(DUSQ_E_CHECK, NULL, 0, "no"));
  return NULL;
}

/* A statement that fails in a job fails the transaction, also when the job does not say so. */
static void job_fails_it(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(run(s, job_begins), DUSQ_OK);
  CHECK_INT(run(s, job_fails_statement), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_FAILED);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_commit(s), DUSQ_E_TX_ABORTED);
  CHECK_INT(run(s, job_begins), DUSQ_OK);
  CHECK_INT(run(s, job_fails), DUSQ_E_CHECK);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_commit(s), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_say(site, s, PUT(16)), DUSQ_OK);
  conform_finish(site, s, 1, 16);
}

/* ---- many rows --------------------------------------------------------------------------------------------------- */
static dusq_future *put_many(dusq_session *session, const int64_t *numbers, size_t n)
{
  dusq_value values[16];
  for (size_t i = 0; i < n; i++)
    values[i] = dusq_int(numbers[i]);
  return dusq_session_many(session, "INSERT INTO t VALUES (?)", 1, n, values, NULL);
}

static const int64_t good[] = {1, 2, 3, 4, 5}, bad[] = {11, 12, 13, 2, 14, 1};

/* All or nothing, and nothing of it is open afterwards. */
static void many_alone(conform_site *site)
{
  dusq_session *s = conform_start(site);
  dusq_result *result = NULL;
  CHECK_INT(conform_settle(put_many(s, good, 5), &result), DUSQ_OK);
  CHECK_INT(dusq_result_affected(result), 5);
  dusq_result_unref(result);
  fails(put_many(s, bad, 6), DUSQ_E_UNIQUE, 3);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  CHECK_INT(conform_count(site, s, "SELECT count(*) FROM t"), 5);
  CHECK_INT(conform_settle(put_many(s, bad, 3), NULL), DUSQ_OK);
  conform_finish(site, s, 8, 15 + 36);
}

static void many_inside(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_settle(put_many(s, good, 5), NULL), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_OPEN);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  fails(put_many(s, bad, 6), DUSQ_E_UNIQUE, 3);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_FAILED);
  fails(put_many(s, bad, 3), DUSQ_E_TX_ABORTED, -1);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(conform_count(site, s, "SELECT count(*) FROM t"), 5);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(conform_count(site, s, "SELECT count(*) FROM t"), 0);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_settle(put_many(s, good, 2), NULL), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  conform_finish(site, s, 2, 3);
}

/* ---- scripts ----------------------------------------------------------------------------------------------------- */
static void script_inside(conform_site *site)
{
  dusq_session *s = conform_start(site);
  dusq_result *result = NULL;
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  dusq_future *done = dusq_session_script(s, PUT(1) "; SELECT count(*) FROM t; " PUT(2), NULL);
  CHECK_INT(conform_settle(done, &result), DUSQ_OK);
  int64_t n = -1;
  CHECK_INT(dusq_result_int(dusq_result_next(result), 0, 0, &n), DUSQ_OK);
  CHECK_INT(n, 1);
  dusq_result_unref(result);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  fails(dusq_session_script(s, PUT(4) "; " PUT(8) "; " PUT(1) "; " PUT(16), NULL), DUSQ_E_UNIQUE, 2);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_FAILED);
  fails(dusq_session_script(s, PUT(32), NULL), DUSQ_E_TX_ABORTED, -1);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_session_script(s, PUT(64), NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  conform_finish(site, s, 3, 67);
}

/* Each statement is by itself, and what the script begins is the session's to end. */
static void script_alone(conform_site *site)
{
  dusq_session *s = conform_start(site);
  fails(dusq_session_script(s, PUT(1) "; " PUT(1) "; " PUT(2), NULL), DUSQ_E_UNIQUE, 1);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  CHECK_INT(conform_settle(dusq_session_script(s, PUT(4) "; BEGIN; " PUT(8), NULL), NULL), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_OPEN);
  CHECK_INT(conform_settle(dusq_session_script(s, PUT(16) "; COMMIT; " PUT(32), NULL), NULL), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  char *spelt = conform_sql(site, "{BEGIN|BEGIN|START TRANSACTION}; " PUT(64) "; " PUT(1));
  fails(dusq_session_script(s, spelt, NULL), DUSQ_E_UNIQUE, 2);
  free(spelt);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_FAILED);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  conform_finish(site, s, 5, 61);
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */
enum { THREADS = 4, CALLS = 25 };

typedef struct caller {
  dusq_session *session; /* owned by the thread */
  int64_t from;
} caller;

static void *call(void *arg)
{
  caller *me = arg;
  dusq_future *all[CALLS];
  for (int i = 0; i < CALLS; i++) {
    const dusq_value value = dusq_int(me->from + i);
    all[i] = i % 5 ? dusq_session_query(me->session, "INSERT INTO t VALUES (?)", 1, &value, NULL)
                   : dusq_session_many(me->session, "INSERT INTO t VALUES (?)", 1, 1, &value, NULL);
  }
  for (int i = 0; i < CALLS; i++)
    CHECK_INT(conform_settle(all[i], NULL), DUSQ_OK);
  dusq_session_unref(me->session);
  return NULL;
}

/* One transaction of all their calls: each is run, once. */
static void threads(conform_site *site)
{
  dusq_session *s = conform_start(site);
  pthread_t ids[THREADS];
  caller callers[THREADS];
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  for (int k = 0; k < THREADS; k++) {
    callers[k] = (caller){dusq_session_ref(s), k * CALLS};
    CHECK_INT(pthread_create(&ids[k], NULL, call, &callers[k]), 0);
  }
  for (int k = 0; k < THREADS; k++)
    pthread_join(ids[k], NULL);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_OPEN);
  CHECK_INT(conform_commit(s), DUSQ_OK);
  enum { N = THREADS * CALLS };
  conform_finish(site, s, N, N * (N - 1) / 2);
}

/* ---- closed, and none at all ------------------------------------------------------------------------------------- */
static void refuse_all(dusq_session *session, dusq_status status)
{
  int freed = 0;
  dusq_stream *stream = dusq_session_stream(session, "SELECT 1", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(conform_settle(dusq_session_query(session, "SELECT 1", DUSQ_NO_PARAMS, NULL), NULL), status);
  CHECK_INT(conform_settle(dusq_session_script(session, "SELECT 1", NULL), NULL), status);
  CHECK_INT(conform_settle(put_many(session, good, 5), NULL), status);
  CHECK_INT(conform_settle(dusq_session_run(session, conform_never, &freed, conform_count_free, NULL), NULL), status);
  CHECK_INT(freed, 1);
  CHECK_INT(conform_settle(dusq_stream_next(stream), NULL), status);
  CHECK_INT(conform_settle(dusq_stream_close(stream), NULL), status);
  CHECK_INT(conform_settle(dusq_session_begin(session, NULL, NULL), NULL), status);
  CHECK_INT(conform_settle(dusq_session_commit(session), NULL), status);
  CHECK_INT(conform_settle(dusq_session_rollback(session), NULL), status);
  CHECK_INT(dusq_session_transaction(session), DUSQ_TX_NONE);
  CHECK_INT(conform_settle(dusq_session_close(session), NULL), status);
}

/* One handle of two closes it for both; what had been asked for before is done. */
static void closed(conform_site *site)
{
  dusq_session *s = conform_start(site), *same = dusq_session_ref(s);
  CHECK(same == s);
  CHECK(dusq_session_unref(s) == NULL);
  CHECK_INT(conform_say(site, same, PUT(1)), DUSQ_OK); /* it was not the last one */
  dusq_future *before = dusq_session_query(same, PUT(2), DUSQ_NO_PARAMS, NULL);
  dusq_future *shutting = dusq_session_close(same);
  refuse_all(same, DUSQ_E_CLOSED);
  CHECK_INT(conform_settle(before, NULL), DUSQ_OK);
  CHECK_INT(conform_settle(shutting, NULL), DUSQ_OK);
  refuse_all(same, DUSQ_E_CLOSED);
  dusq_session_unref(same);
  conform_finish(site, dusq_pool_session(site->pool, NULL), 2, 3);
}

static void none(conform_site *site)
{
  dusq_opts strange = DUSQ_OPTS_INIT;
  strange.flags = 1u << 30;
  CHECK(dusq_pool_session(site->pool, &strange) == NULL);
  CHECK(dusq_pool_session(NULL, NULL) == NULL);
  CHECK(dusq_session_ref(NULL) == NULL);
  CHECK(dusq_session_unref(NULL) == NULL);
  refuse_all(NULL, DUSQ_E_INVAL);
}

const conform_scenario conform_calls[] = {
  {"session: a job leaves a transaction open", CONFORM_REAL, NULL, job_leaves_open},
  {"session: a job fails the transaction", CONFORM_REAL, NULL, job_fails_it},
  {"session: many rows", CONFORM_REAL, NULL, many_alone},
  {"session: many rows in a transaction", CONFORM_REAL, NULL, many_inside},
  {"session: a script in a transaction", CONFORM_REAL, NULL, script_inside},
  {"session: a script by itself", CONFORM_REAL, NULL, script_alone},
  {"session: four threads", CONFORM_REAL, NULL, threads},
  {"session: closed", CONFORM_REAL, NULL, closed},
  {"session: none", CONFORM_REAL, NULL, none},
  {NULL, 0, NULL, NULL},
};
