/* silence_calls.c - the exchanges of which each byte is tried; see silence.h. */
#include "fault/silence.h"

#define CALL (SILENCE_QUERY + SILENCE_GRACE)  /* what has a deadline                             */
#define OWN (SILENCE_CONNECT + SILENCE_GRACE) /* what the pool does of its own: connect_timeout */

static dusq_future *insert(silence_trial *trial, dusq_session *session, int i)
{
  char sql[100];
  dusq_value id = silence_id(trial, i);
  return session ? dusq_session_query(session, silence_insert_sql(trial, sql), 1, &id, NULL)
                 : dusq_pool_query(trial->pool, silence_insert_sql(trial, sql), 1, &id, NULL);
}

static bool goes(silence_trial *trial, dusq_future *take_future)
{
  bool unknown;
  return silence_settle(trial, take_future, CALL, &unknown) == DUSQ_OK;
}

/* Together with what has not been done, for the rows of one transaction. */
static void settle_rows(silence_trial *trial, dusq_future *take_future, int64_t bound, int rows)
{
  bool unknown;
  dusq_status status = silence_settle(trial, take_future, bound, &unknown);
  silence_note(trial, rows, status, unknown);
}

static void close_session(silence_trial *trial)
{
  bool unknown;
  (void)silence_settle(trial, dusq_session_close(trial->session), OWN, &unknown);
  trial->session = dusq_session_unref(trial->session);
}

/* ---- sessions ------------------------------------------------------------------------------------------------------ */

static void open_session(silence_trial *trial)
{
  trial->session = dusq_pool_session(trial->pool, NULL);
  (void)goes(trial, dusq_session_query(trial->session, "SELECT 1", DUSQ_NO_PARAMS, NULL));
}

static void begin_and_insert(silence_trial *trial)
{
  open_session(trial);
  (void)goes(trial, dusq_session_begin(trial->session, NULL, NULL));
  (void)goes(trial, insert(trial, trial->session, 0));
}

/* Each call is made when the one before has settled. */
static void run_commit(silence_trial *trial)
{
  (void)goes(trial, dusq_session_begin(trial->session, NULL, NULL));
  for (int i = 0; i < 2; i++)
    (void)goes(trial, insert(trial, trial->session, i));
  settle_rows(trial, dusq_session_commit(trial->session), CALL, 2);
  close_session(trial);
}

/* All calls at once: the backend may send them together. */
static void run_ahead(silence_trial *trial)
{
  dusq_future *all[] = {dusq_session_query(trial->session, "SELECT 1", DUSQ_NO_PARAMS, NULL),
                        dusq_session_begin(trial->session, NULL, NULL), insert(trial, trial->session, 0),
                        insert(trial, trial->session, 1), dusq_session_commit(trial->session)};
  for (int i = 0; i < 4; i++)
    (void)goes(trial, all[i]);
  settle_rows(trial, all[4], CALL, 2);
  close_session(trial);
}

/* The same without an end, which then is a matter of the close. */
static void run_open(silence_trial *trial)
{
  dusq_future *all[] = {dusq_session_query(trial->session, "SELECT 1", DUSQ_NO_PARAMS, NULL),
                        dusq_session_begin(trial->session, NULL, NULL), insert(trial, trial->session, 0)};
  for (int i = 0; i < 3; i++)
    (void)goes(trial, all[i]);
  close_session(trial);
  silence_note(trial, 1, DUSQ_E_TX_ABORTED, false);
}

static void run_rollback(silence_trial *trial)
{
  bool unknown;
  (void)silence_settle(trial, dusq_session_rollback(trial->session), OWN, &unknown);
  close_session(trial);
  silence_note(trial, 1, DUSQ_E_TX_ABORTED, false);
}

static void run_close(silence_trial *trial)
{
  close_session(trial);
  silence_note(trial, 1, DUSQ_E_TX_ABORTED, false);
}

/* A transaction inside another. */
static void run_savepoint(silence_trial *trial)
{
  bool unknown;
  (void)goes(trial, dusq_session_begin(trial->session, NULL, NULL));
  (void)goes(trial, insert(trial, trial->session, 1));
  (void)silence_settle(trial, dusq_session_rollback(trial->session), OWN, &unknown);
  settle_rows(trial, dusq_session_commit(trial->session), CALL, 1);
  close_session(trial);
}

/* ---- what is reset behind it --------------------------------------------------------------------------------------- */

static dusq_result *job(dusq_conn *conn, void *arg)
{
  silence_trial *trial = arg;
  char sql[100];
  dusq_value id = silence_id(trial, 0);
  dusq_error *error = NULL;
  if (!dusq_conn_query(conn, trial->server->set, DUSQ_NO_PARAMS, NULL, &error))
    (void)dusq_conn_query(conn, silence_insert_sql(trial, sql), 1, &id, NULL, &error);
  if (error)
    dusq_conn_fail(conn, error);
  return NULL;
}

static void run_job(silence_trial *trial)
{
  settle_rows(trial, dusq_pool_run(trial->pool, job, trial, NULL, NULL), CALL, 1);
}

static void run_script(silence_trial *trial)
{
  char insert_sql[100], sql[300], number[32];
  dusq_value id = silence_id(trial, 0);
  dusq_value_format(&id, number, sizeof number);
  const char *text = silence_insert_sql(trial, insert_sql);
  snprintf(sql, sizeof sql, "%s; %.*s%s)", trial->server->set, (int)strcspn(text, "?"), text, number);
  settle_rows(trial, dusq_pool_script(trial->pool, sql, NULL), CALL, 1);
}

static void run_set(silence_trial *trial)
{
  (void)goes(trial, dusq_pool_query(trial->pool, trial->server->set, DUSQ_NO_PARAMS, NULL));
  settle_rows(trial, insert(trial, NULL, 0), CALL, 1);
}

/* ---- whole transactions -------------------------------------------------------------------------------------------- */

static dusq_result *insert_twice(dusq_conn *conn, void *arg)
{
  silence_trial *trial = arg;
  char sql[100];
  for (int i = 0; i < 2; i++) {
    dusq_value id = silence_id(trial, i);
    dusq_error *error = NULL;
    if (dusq_conn_query(conn, silence_insert_sql(trial, sql), 1, &id, NULL, &error)) {
      dusq_conn_fail(conn, error);
      return NULL;
    }
  }
  return NULL;
}

static void run_transact(silence_trial *trial)
{
  settle_rows(trial, dusq_pool_transact(trial->pool, insert_twice, trial, NULL, NULL, NULL), CALL, 2);
}

static void run_steps(silence_trial *trial)
{
  char sql[100];
  dusq_value ids[] = {silence_id(trial, 0), silence_id(trial, 1)};
  silence_insert_sql(trial, sql);
  const dusq_step steps[] = {{sql, 1, &ids[0]}, {sql, 1, &ids[1]}};
  settle_rows(trial, dusq_pool_transact_steps(trial->pool, steps, 2, NULL, NULL), CALL, 2);
}

static void run_many(silence_trial *trial)
{
  enum { ROWS = 12 };
  char sql[100];
  dusq_value ids[ROWS];
  for (int i = 0; i < ROWS; i++)
    ids[i] = silence_id(trial, i);
  settle_rows(trial, dusq_pool_many(trial->pool, silence_insert_sql(trial, sql), 1, ROWS, ids, NULL), CALL, ROWS);
}

/* ---- several at once, and rows that come in pieces ----------------------------------------------------------------- */

/* Each of them is a fact of its own: its id comes when those before it have been noted. */
static void run_batch(silence_trial *trial)
{
  enum { N = 8 };
  dusq_future *all[N];
  for (int i = 0; i < N; i++)
    all[i] = insert(trial, NULL, i * SILENCE_EACH);
  for (int i = 0; i < N; i++)
    settle_rows(trial, all[i], CALL, 1);
}

static void run_stream(silence_trial *trial)
{
  static const char sql[] = "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5";
  const dusq_opts opts = {.size = sizeof opts, .prefetch = 2};
  bool unknown;
  dusq_stream *stream = dusq_pool_stream(trial->pool, sql, DUSQ_NO_PARAMS, &opts);
  (void)goes(trial, dusq_stream_next(stream));
  (void)silence_settle(trial, dusq_stream_close(stream), SILENCE_GRACE + OWN, &unknown);
}

/* A stream that is closed early inside a transaction, whose connection is worth waiting for. */
static void run_session_stream(silence_trial *trial)
{
  char sql[500] = "SELECT ";
  const dusq_opts opts = {.size = sizeof opts, .prefetch = 2};
  bool unknown;
  for (int i = 0; i < 20; i++)
    snprintf(sql + strlen(sql), sizeof sql - strlen(sql), "%s%d", i ? " UNION ALL SELECT " : "", i);
  (void)goes(trial, dusq_session_begin(trial->session, NULL, NULL));
  dusq_stream *stream = dusq_session_stream(trial->session, sql, DUSQ_NO_PARAMS, &opts);
  (void)goes(trial, dusq_stream_next(stream));
  (void)silence_settle(trial, dusq_stream_close(stream), SILENCE_GRACE + OWN, &unknown);
  (void)goes(trial, dusq_session_query(trial->session, "SELECT 1", DUSQ_NO_PARAMS, NULL));
  (void)silence_settle(trial, dusq_session_rollback(trial->session), OWN, &unknown);
  close_session(trial);
}

static void run_first(silence_trial *trial)
{
  settle_rows(trial, insert(trial, NULL, 0), CALL, 1);
}

const silence_exchange silence_exchanges[] = {
  {"commit", 2, false, open_session, run_commit},
  {"ahead", 2, false, open_session, run_ahead},
  {"left_open", 2, false, open_session, run_open},
  {"rollback", 2, false, begin_and_insert, run_rollback},
  {"savepoint", 2, false, begin_and_insert, run_savepoint},
  {"close", 2, false, begin_and_insert, run_close},
  {"job", 2, false, NULL, run_job},
  {"script", 2, false, NULL, run_script},
  {"set", 2, false, NULL, run_set},
  {"transact", 2, false, NULL, run_transact},
  {"steps", 2, false, NULL, run_steps},
  {"batch", 1, false, NULL, run_batch},
  {"many", 2, false, NULL, run_many},
  {"stream", 2, false, NULL, run_stream},
  {"session_stream", 1, false, open_session, run_session_stream},
  {"connect", 2, true, NULL, run_first},
  {NULL, 0, false, NULL, NULL},
};
