/* run.c - see run.h. */
#include "run.h"
#include "clock.h"
#include "error.h"
#include "outcome.h"
#include "memory.h"
#include "pause.h"
#include <stdio.h>

/* ---- results ----------------------------------------------------------------------------------------------------- */

/* Sends at most `limit` rows.  *cut tells whether the limit ended it. */
static dusq_status give_sets(dusq_sink *sink, const dusq__fake_rule *rule, size_t limit, bool *cut)
{
  *cut = false;
  for (const dusq__fake_set *set = rule->sets; set; set = set->next) {
    dusq_status status = set->cols ? dusq_sink_columns(sink, set->cols, set->columns) : DUSQ_OK;
    if (status)
      return status;
    for (size_t row = 0; row < set->rows; row++) {
      *cut = limit == 0;
      if (*cut)
        return DUSQ_OK;
      limit--;
      status = dusq_sink_row(sink, set->cells + row * set->cols);
      if (status)
        return status;
    }
    dusq_sink_counts(sink, set->affected, set->last_id);
  }
  return DUSQ_OK;
}

/* The values as one row. */
static dusq_status give_values(const dusq__fake_call *call)
{
  enum { NAME = 6 }; /* "65535" */
  size_t n = call->count;
  if (!n) {
    dusq_sink_counts(call->sink, 0, 0);
    return DUSQ_OK;
  }
  if (n > UINT16_MAX)
    return DUSQ_E_PARAMS;
  dusq_value *cells = dusq__fake_alloc(n * (sizeof *cells + sizeof(dusq_column) + NAME));
  if (!cells)
    return DUSQ_E_NOMEM;
  dusq_column *columns = (dusq_column *)(void *)(cells + n);
  char *names = (char *)(columns + n);
  for (size_t i = 0; i < n; i++) {
    cells[i] = call->values[i];
    cells[i].name = NULL;
    snprintf(names + i * NAME, NAME, "%u", (unsigned)(uint16_t)(i + 1));
    columns[i] = (dusq_column){names + i * NAME, DUSQ_NULL, 0};
  }
  dusq_status status = dusq_sink_columns(call->sink, n, columns);
  if (!status)
    status = dusq_sink_row(call->sink, cells);
  if (!status)
    dusq_sink_counts(call->sink, 0, 0);
  dusq__fake_free(cells);
  return status;
}

/* The result of a statement that no rule matches. */
static dusq_status give_echo(const dusq__fake_call *call, dusq__fake_verb verb)
{
  dusq_fake *fake = call->conn->fake;
  int64_t last_id = 0;
  switch (verb) {
  case DUSQ__FAKE_VERB_READ:
    return give_values(call);
  case DUSQ__FAKE_VERB_INSERT:
    pthread_mutex_lock(&fake->mtx);
    last_id = ++fake->last_id;
    pthread_mutex_unlock(&fake->mtx);
    break;
  case DUSQ__FAKE_VERB_BEGIN:
  case DUSQ__FAKE_VERB_COMMIT:
  case DUSQ__FAKE_VERB_ROLLBACK:
    dusq_sink_counts(call->sink, 0, 0);
    return DUSQ_OK;
  default:
    break;
  }
  dusq_sink_counts(call->sink, 1, last_id);
  return DUSQ_OK;
}

static dusq_status give(const dusq__fake_call *call, const dusq__fake_outcome *outcome, size_t limit, bool *cut)
{
  *cut = false;
  if (outcome->rule && !(outcome->flags & DUSQ_FAKE_ECHO))
    return give_sets(call->sink, outcome->rule, limit, cut);
  return give_echo(call, dusq__fake_verb_of(call->sql));
}

/* ---- running a statement ----------------------------------------------------------------------------------------- */

static dusq_status fail_saying(dusq_error **error, dusq_status status, const char *message)
{
  return dusq__fake_fail(error, dusq_error_new(status, NULL, 0, "%s", message));
}

static dusq_status fail_lost(const dusq__fake_call *call, const dusq__fake_outcome *outcome, dusq_error **error)
{
  pthread_mutex_lock(&call->conn->fake->mtx);
  dusq__fake_break_locked(call->conn);
  pthread_mutex_unlock(&call->conn->fake->mtx);
  return dusq__fake_fail(error, dusq__fake_error(outcome));
}

/* Errors that come before any rule. */
static dusq_status refuse(const dusq__fake_call *call, dusq_error **error)
{
  dusq__fake_conn *conn = call->conn;
  bool controls = dusq__fake_verb_of(call->sql) >= DUSQ__FAKE_VERB_BEGIN;
  if (dusq__fake_is_broken(conn))
    return dusq__fake_fail_with(error, DUSQ_E_CONNECTION_LOST);
  if (!call->reads && conn->lane == 1)
    return fail_saying(error, DUSQ_E_READ_ONLY, "a statement that may write, on a connection for readers");
  if (!call->reads && conn->tx.read_only && !controls)
    return fail_saying(error, DUSQ_E_READ_ONLY, "a statement that may write, in a transaction that only reads");
  return dusq_stop_asked(dusq_sink_stop(call->sink)) ? dusq__fake_fail_with(error, DUSQ_E_CANCELED) : DUSQ_OK;
}

static bool unmatched(const dusq__fake_call *call, const dusq__fake_outcome *outcome)
{
  return !outcome->rule && !outcome->status && !outcome->lose && dusq__fake_verb_of(call->sql) < DUSQ__FAKE_VERB_BEGIN;
}

static dusq_status pause_for(const dusq__fake_call *call, const dusq__fake_outcome *outcome, dusq_error **error)
{
  int64_t delay = dusq__fake_sum(call->conn->settings.latency, outcome->delay);
  switch (dusq__fake_pause_for(call->conn, &call->conn->worker, dusq_sink_stop(call->sink), delay, outcome->flags)) {
  case DUSQ__FAKE_STOPPED:
    return dusq__fake_fail_with(error, DUSQ_E_CANCELED);
  case DUSQ__FAKE_BROKEN:
    return dusq__fake_fail_with(error, DUSQ_E_CONNECTION_LOST);
  default:
    return DUSQ_OK;
  }
}

/* BEGIN, COMMIT and ROLLBACK in the caller's SQL; NULL, or the reason of an error. */
static const char *move_tx_locked(dusq__fake_conn *conn, dusq__fake_verb verb)
{
  if (verb < DUSQ__FAKE_VERB_BEGIN)
    return NULL;
  if (verb == DUSQ__FAKE_VERB_BEGIN && conn->tx.open)
    return "a transaction is open already";
  if (verb != DUSQ__FAKE_VERB_BEGIN && !conn->tx.open)
    return "no transaction is open";
  conn->tx.open = verb == DUSQ__FAKE_VERB_BEGIN;
  conn->tx.read_only = false;
  if (conn->tx.open)
    dusq__fake_tx_begin_locked(conn->fake, &conn->state.mark);
  else
    dusq__fake_tx_end_locked(conn->fake, &conn->state.mark, verb == DUSQ__FAKE_VERB_COMMIT);
  return NULL;
}

/* The moment in which the statement takes effect, or fails.  The loss of the connection may be moved before or after
 * the commit.                                                                                                        */
static dusq_status take_effect(const dusq__fake_call *call, dusq__fake_outcome *outcome, dusq__fake_entry *entry,
                               dusq_error **error)
{
  dusq__fake_conn *conn = call->conn;
  dusq__fake_verb verb = dusq__fake_verb_of(call->sql);
  pthread_mutex_lock(&conn->fake->mtx);
  bool broken = conn->state.broken; /* the connection was cut between the wait and now */
  bool fails = broken || (outcome->status && !outcome->lose);
  const char *why = fails ? NULL : move_tx_locked(conn, verb);
  dusq__fake_note_locked(conn->fake, &conn->state.mark, entry, !fails && !why);
  if (!fails && !why && conn->tx.open && outcome->lose == DUSQ_FAKE_LOSE_AT_COMMIT) {
    conn->tx.lose_at_commit = true;
    outcome->lose = DUSQ_FAKE_LOSE_NEVER;
    outcome->status = DUSQ_OK;
  } else if (!fails && !why && !conn->tx.open) {
    if (conn->tx.lose_at_commit && verb == DUSQ__FAKE_VERB_COMMIT)
      outcome->lose = DUSQ_FAKE_LOSE_AT_COMMIT;
    conn->tx.lose_at_commit = false;
  }
  pthread_mutex_unlock(&conn->fake->mtx);
  if (broken)
    return dusq__fake_fail_with(error, DUSQ_E_CONNECTION_LOST);
  return why ? fail_saying(error, DUSQ_E_TX_STATE, why) : DUSQ_OK;
}

static dusq_status answer(const dusq__fake_call *call, const dusq__fake_outcome *outcome, dusq_error **error)
{
  bool fails = outcome->status && !outcome->lose;
  size_t limit = fails || outcome->lose == DUSQ_FAKE_LOSE_AFTER_ROWS ? outcome->after : SIZE_MAX;
  bool cut = false;
  if (outcome->lose != DUSQ_FAKE_LOSE_AFTER_SEND && !(fails && !limit)) {
    dusq_status status = give(call, outcome, limit, &cut);
    if (status) {
      *error = NULL; /* the sink knows the error, if it was called */
      return status == DUSQ_E_NOMEM || status == DUSQ_E_PARAMS ? dusq__fake_fail_with(error, status) : status;
    }
  }
  if (outcome->lose)
    return fail_lost(call, outcome, error);
  return fails ? dusq__fake_fail(error, dusq__fake_error(outcome)) : DUSQ_OK;
}

static dusq_status run(const dusq__fake_call *call, dusq__fake_outcome *outcome, dusq_error **error)
{
  dusq_status status;
  if (unmatched(call, outcome) && call->conn->settings.fail_unmatched)
    return fail_saying(error, DUSQ_E_SQL, "no rule of the fake matches this statement");
  if (outcome->lose == DUSQ_FAKE_LOSE_BEFORE_SEND) {
    status = pause_for(call, outcome, error);
    return status ? status : fail_lost(call, outcome, error);
  }
  dusq__fake_entry entry;
  if (!dusq__fake_reserve(call->conn->fake, dusq__fake_bare(call->sql), call->values, call->count, &entry))
    return dusq__fake_fail_with(error, DUSQ_E_NOMEM);
  dusq_sink_sent(call->sink);
  status = pause_for(call, outcome, error);
  if (status) {
    pthread_mutex_lock(&call->conn->fake->mtx);
    dusq__fake_note_locked(call->conn->fake, &call->conn->state.mark, &entry, false);
    pthread_mutex_unlock(&call->conn->fake->mtx);
    return status;
  }
  status = take_effect(call, outcome, &entry, error);
  return status ? status : answer(call, outcome, error);
}

dusq_status dusq__fake_run(const dusq__fake_call *call, dusq_error **error)
{
  dusq_fake *fake = call->conn->fake;
  *error = NULL;
  dusq__fake_count(fake, DUSQ_FAKE_EXECUTES, 1);
  dusq_status status = refuse(call, error);
  if (status)
    return status;
  pthread_mutex_lock(&fake->mtx);
  dusq__fake_count_locked(fake, DUSQ_FAKE_RUNNING, 1);
  dusq__fake_outcome outcome = dusq__fake_decide_locked(call->conn, DUSQ__FAKE_ON_STATEMENT, call->sql);
  pthread_mutex_unlock(&fake->mtx);
  status = run(call, &outcome, error);
  pthread_mutex_lock(&fake->mtx);
  dusq__fake_outcome_fini_locked(&outcome);
  dusq__fake_count_locked(fake, DUSQ_FAKE_RUNNING, -1);
  pthread_mutex_unlock(&fake->mtx);
  return status;
}
