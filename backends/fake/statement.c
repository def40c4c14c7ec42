/* statement.c - see statement.h. */
#include "statement.h"
#include "error.h"
#include "memory.h"
#include "operation.h"
#include "run.h"
#include <string.h>

typedef struct prepared_statement {
  uint32_t flags; /* DUSQ_STATEMENT_... */
  size_t len;
  char text[];    /* as the caller wrote it */
} prepared_statement;

/* ---- preparing --------------------------------------------------------------------------------------------------- */

static uint32_t flags_of_locked(dusq_fake *fake, dusq__fake_text text)
{
  const dusq__fake_rule *rule = dusq__fake_find_locked(fake, DUSQ__FAKE_ON_STATEMENT, text, false);
  uint32_t said = rule ? rule->step.flags : 0;
  uint32_t flags = said & DUSQ_FAKE_ALONE ? DUSQ_STATEMENT_ALONE : 0;
  if (said & DUSQ_FAKE_READS)
    flags |= DUSQ_STATEMENT_READS;
  else if (!(said & DUSQ_FAKE_WRITES) && dusq__fake_verb_of(text) == DUSQ__FAKE_VERB_READ)
    flags |= DUSQ_STATEMENT_READS;
  return flags;
}

static dusq_status check_text(dusq__fake_text text, dusq_error **error)
{
  dusq__fake_text part;
  size_t at = 0;
  if (!dusq__fake_split(text, &at, &part))
    return dusq__fake_fail(error, dusq_error_new(DUSQ_E_SYNTAX, NULL, 0, "there is no statement in this text"));
  if (dusq__fake_split(text, &at, &part))
    return dusq__fake_fail(error,
                           dusq_error_new(DUSQ_E_SYNTAX, NULL, 0, "there is more than one statement in this text"));
  return DUSQ_OK;
}

static dusq_status prepare_text(dusq__fake_conn *conn, const dusq_statement *statement, const dusq_stop *stop,
                                dusq_prepared *out, dusq_error **error)
{
  const char *written = statement->original ? statement->original : statement->sql;
  dusq__fake_text text = dusq__fake_trim(written, strlen(written));
  dusq_status status = check_text(text, error);
  if (status)
    return status;
  bool happened;
  status = dusq__fake_operate(conn, DUSQ__FAKE_ON_PREPARE, text, stop, &happened, error);
  if (status)
    return status;
  prepared_statement *made = dusq__fake_alloc(sizeof *made + text.len + 1);
  if (!made)
    return dusq__fake_fail_with(error, DUSQ_E_NOMEM);
  memcpy(made->text, text.at, text.len);
  made->len = text.len;
  pthread_mutex_lock(&conn->fake->mtx);
  made->flags = flags_of_locked(conn->fake, text);
  conn->state.prepared++;
  dusq__fake_count_locked(conn->fake, DUSQ_FAKE_PREPARED, 1);
  pthread_mutex_unlock(&conn->fake->mtx);
  *out = (dusq_prepared){made, made->flags, statement->params};
  return DUSQ_OK;
}

dusq_status dusq__fake_prepare(void *given, const dusq_statement *statement, const dusq_stop *stop, dusq_prepared *out,
                               dusq_error **error)
{
  dusq__fake_conn *conn = given;
  dusq__fake_begin_call(conn);
  dusq__fake_count(conn->fake, DUSQ_FAKE_PREPARES, 1);
  dusq_status status = prepare_text(conn, statement, stop, out, error);
  dusq__fake_end_call(conn);
  return status;
}

void dusq__fake_release(void *given, void *prepared)
{
  dusq__fake_conn *conn = given;
  dusq__fake_begin_call(conn);
  pthread_mutex_lock(&conn->fake->mtx);
  if (conn->state.prepared) {
    conn->state.prepared--;
    dusq__fake_count_locked(conn->fake, DUSQ_FAKE_PREPARED, -1);
  } else {
    dusq__fake_count_locked(conn->fake, DUSQ_FAKE_MISUSES, 1);
  }
  pthread_mutex_unlock(&conn->fake->mtx);
  dusq__fake_free(prepared);
  dusq__fake_end_call(conn);
}

/* ---- executing --------------------------------------------------------------------------------------------------- */

static void execute_one(dusq__fake_conn *conn, const dusq_execution *execution)
{
  const prepared_statement *prepared = execution->prepared;
  dusq__fake_call call = {conn, {prepared->text, prepared->len}, (prepared->flags & DUSQ_STATEMENT_READS) != 0,
                          execution->values, execution->count, execution->sink};
  dusq_error *error;
  if (dusq__fake_run(&call, &error))
    dusq_sink_fail(execution->sink, error);
  else
    dusq_sink_complete(execution->sink);
}

dusq_status dusq__fake_execute(void *given, const dusq_execution *execution)
{
  dusq__fake_conn *conn = given;
  dusq__fake_begin_call(conn);
  execute_one(conn, execution);
  return dusq__fake_end_call(conn) ? DUSQ_OK : DUSQ_E_CONNECTION_LOST;
}

dusq_status dusq__fake_execute_batch(void *given, const dusq_execution *executions, size_t n)
{
  dusq__fake_conn *conn = given;
  dusq__fake_begin_call(conn);
  dusq__fake_count(conn->fake, DUSQ_FAKE_BATCHES, 1);
  for (size_t i = 0; i < n; i++) {
    const prepared_statement *prepared = executions[i].prepared;
    if (n > 1 && (prepared->flags & DUSQ_STATEMENT_ALONE))
      dusq__fake_count(conn->fake, DUSQ_FAKE_MISUSES, 1);
    execute_one(conn, &executions[i]);
  }
  return dusq__fake_end_call(conn) ? DUSQ_OK : DUSQ_E_CONNECTION_LOST;
}

static bool reads(dusq_fake *fake, dusq__fake_text text)
{
  pthread_mutex_lock(&fake->mtx);
  uint32_t flags = flags_of_locked(fake, text);
  pthread_mutex_unlock(&fake->mtx);
  return (flags & DUSQ_STATEMENT_READS) != 0;
}

dusq_status dusq__fake_script(void *given, const char *sql, size_t len, dusq_sink *sink)
{
  dusq__fake_conn *conn = given;
  dusq__fake_begin_call(conn);
  dusq__fake_count(conn->fake, DUSQ_FAKE_SCRIPTS, 1);
  dusq__fake_call call = {.conn = conn, .sink = sink};
  dusq_error *error = NULL;
  dusq_status status = DUSQ_OK;
  size_t at = 0;
  for (int64_t k = 0; !status && dusq__fake_split((dusq__fake_text){sql, len}, &at, &call.sql); k++) {
    call.reads = reads(conn->fake, call.sql);
    status = dusq__fake_run(&call, &error);
    if (error)
      dusq_error_set_number(error, DUSQ_ERROR_INDEX, k);
  }
  if (status)
    dusq_sink_fail(sink, error);
  else
    dusq_sink_complete(sink);
  return dusq__fake_end_call(conn) ? DUSQ_OK : DUSQ_E_CONNECTION_LOST;
}
