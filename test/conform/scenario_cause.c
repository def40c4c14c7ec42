/* scenario_cause.c - what is refused because a transaction has failed tells the error that it failed with. */
#include "conform.h"
#include <string.h>

#define PUT(i) "INSERT INTO t VALUES (" #i ")"

/* The status of the future's error, and that of its cause, whose message is the database's. */
static void failed(dusq_future *take_future, dusq_status status, dusq_status cause)
{
  CHECK_INT(dusq_future_wait(take_future, CONFORM_WAIT), DUSQ_OK);
  const dusq_error *error = dusq_future_error(take_future), *first = dusq_error_cause(error);
  CHECK_INT(dusq_error_status(error), status);
  CHECK_INT(dusq_error_status(first), cause);
  CHECK(!first || *dusq_error_message(first));
  CHECK(!dusq_error_cause(first));
  dusq_future_unref(take_future);
}

/* A commit rolls back by itself, so its message must not ask for that. */
static void not_committed(dusq_future *take_future, dusq_status cause)
{
  CHECK_INT(dusq_future_wait(take_future, CONFORM_WAIT), DUSQ_OK);
  CHECK(!strstr(dusq_error_message(dusq_future_error(take_future)), "roll back"));
  CHECK(!strstr(dusq_error_message(dusq_future_error(take_future)), "roll it back"));
  failed(take_future, DUSQ_E_TX_ABORTED, cause);
}

static void in_session(conform_site *site)
{
  dusq_session *s = conform_start(site);
  for (int at_once = 0; at_once < 2; at_once++) {
    CHECK_INT(conform_say(site, s, "DELETE FROM t"), DUSQ_OK);
    CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
    dusq_future *calls[] = {conform_ask(site, s, PUT(1)), conform_ask(site, s, PUT(1)), NULL, NULL, NULL};
    if (!at_once)
      CHECK_INT(dusq_future_wait(calls[1], CONFORM_WAIT), DUSQ_OK);
    calls[2] = conform_ask(site, s, "SELECT 1");
    calls[3] = conform_ask(site, s, "SELECT no_such_column FROM t");
    calls[4] = dusq_session_commit(s);
    CHECK_INT(conform_settle(calls[0], NULL), DUSQ_OK);
    failed(calls[1], DUSQ_E_UNIQUE, DUSQ_OK);
    failed(calls[2], DUSQ_E_TX_ABORTED, DUSQ_E_UNIQUE);
    failed(calls[3], DUSQ_E_TX_ABORTED, DUSQ_E_UNIQUE);
    not_committed(calls[4], DUSQ_E_UNIQUE);
  }
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK); /* nothing of it is left */
  failed(dusq_session_commit(s), DUSQ_E_TX_STATE, DUSQ_OK);
  conform_end(s);
}

static void in_savepoint(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_say(site, s, "SELECT no_such_column FROM t"), DUSQ_E_NO_SUCH_OBJECT);
  failed(dusq_session_begin(s, NULL, NULL), DUSQ_E_TX_ABORTED, DUSQ_E_NO_SUCH_OBJECT);
  failed(dusq_session_commit(s), DUSQ_E_TX_ABORTED, DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(conform_rollback(s), DUSQ_OK); /* mended */
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  failed(conform_ask(site, s, PUT(1)), DUSQ_E_UNIQUE, DUSQ_OK);
  not_committed(dusq_session_commit(s), DUSQ_E_UNIQUE);
  conform_end(s);
}

/* The caller's function hides what went wrong. */
static dusq_result *hide(dusq_conn *conn, void *arg)
{
  (void)arg;
  for (int i = 0; i < 2; i++)
    dusq_conn_query(conn, PUT(1), DUSQ_NO_PARAMS, NULL, NULL);
  dusq_error *error = NULL;
  CHECK_INT(dusq_conn_query(conn, "SELECT 1", DUSQ_NO_PARAMS, NULL, &error), DUSQ_E_TX_ABORTED);
  CHECK_INT(dusq_error_status(dusq_error_cause(error)), DUSQ_E_UNIQUE);
  dusq_error_unref(error);
  return NULL;
}

static void in_function(conform_site *site)
{
  conform_end(conform_start(site)); /* makes the table */
  not_committed(dusq_pool_transact(site->pool, hide, NULL, NULL, NULL, NULL), DUSQ_E_UNIQUE);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 0);
}

const conform_scenario conform_causes[] = {
  {"a session's refused calls tell the cause", CONFORM_REAL, "pool_size=1", in_session},
  {"a savepoint's refused calls tell the cause", CONFORM_REAL, "pool_size=1", in_savepoint},
  {"a function's refused commit tells the cause", CONFORM_REAL, "pool_size=1", in_function},
  {NULL, 0, NULL, NULL},
};
