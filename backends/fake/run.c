/* run.c - one statement: what is to happen to it, and making that happen.  On the worker of its connection. */
#include "state.h"
#include <stdio.h>
#include <string.h>

/* ---- fate -------------------------------------------------------------------------------------------------------- */
/* A mixing function: the constants are odd 64-bit numbers, the shifts spread the high bits down. */
static uint64_t draw(uint64_t *state)
{
  uint64_t x = *state += UINT64_C(0x9E3779B97F4A7C15);
  x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
  return x ^ (x >> 31);
}

/* True when chaos has decided; the delay counts in any case. */
static bool chaos_locked(const dusq__fake_conn *conn, dusq__fake_fate *fate)
{
  static const dusq_status errors[] = {DUSQ_E_SERIALIZATION, DUSQ_E_LOCKED, DUSQ_E_UNIQUE, DUSQ_E_IO,
                                       DUSQ_E_TX_DEADLOCK};
  const dusq__fake_chaos *chaos = &conn->fake->chaos;
  uint64_t state = chaos->seed;
  state ^= draw(&(uint64_t){conn->number});
  state ^= draw(&(uint64_t){~conn->steps});
  if (chaos->max_delay)
    fate->delay = (int64_t)(draw(&state) % ((uint64_t)chaos->max_delay + 1));
  uint64_t lot = draw(&state) % 1000;
  if (lot < chaos->errors) {
    fate->status = errors[draw(&state) % (sizeof errors / sizeof errors[0])];
    return true;
  }
  if (lot < chaos->errors + chaos->lost) {
    fate->lose = draw(&state) % 2 ? DUSQ_FAKE_LOSE_BEFORE_SEND : DUSQ_FAKE_LOSE_AFTER_SEND;
    return true;
  }
  return false;
}

dusq__fake_fate dusq__fake_decide_locked(dusq__fake_conn *conn, dusq__fake_target target, dusq__fake_text text)
{
  dusq__fake_fate fate = {0};
  if (target == DUSQ__FAKE_ON_STATEMENT || target == DUSQ__FAKE_ON_COMMIT) {
    conn->steps++;
    if (chaos_locked(conn, &fate))
      return fate;
  }
  fate.rule = dusq__fake_find_locked(conn->fake, target, text, true);
  if (!fate.rule)
    return fate;
  const dusq_fake_step *step = &fate.rule->step;
  fate.flags = step->flags;
  fate.status = step->status;
  fate.lose = step->lose;
  if (step->status == DUSQ_E_CONNECTION_LOST && !step->lose)
    fate.lose = DUSQ_FAKE_LOSE_AFTER_SEND;
  fate.after = step->after;
  fate.delay = dusq__fake_sum(fate.delay, step->delay);
  return fate;
}

void dusq__fake_fate_fini_locked(dusq__fake_fate *fate)
{
  dusq__fake_rule_unref_locked(fate->rule);
  fate->rule = NULL;
}

dusq_error *dusq__fake_error(const dusq__fake_fate *fate)
{
  dusq_status status = fate->status ? fate->status : DUSQ_E_CONNECTION_LOST;
  if (!fate->rule)
    return dusq_error_new(status, NULL, 0, "%s", dusq_strstatus(status));
  const dusq_fake_step *step = &fate->rule->step;
  dusq_error *error = dusq_error_new(status, step->sqlstate, step->native, "%s",
                                     step->message ? step->message : dusq_strstatus(status));
  const struct {
    int field;
    const char *text;
  } texts[] = {{DUSQ_ERROR_DETAIL, step->detail},
               {DUSQ_ERROR_CONSTRAINT, step->constraint},
               {DUSQ_ERROR_TABLE, step->table},
               {DUSQ_ERROR_COLUMN, step->column}};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    if (texts[i].text)
      dusq_error_set_text(error, texts[i].field, texts[i].text);
  }
  return error;
}

dusq_status dusq_fake_chaos(dusq_fake *fake, uint64_t seed, uint32_t permille_errors, uint32_t permille_lost,
                            int64_t max_delay)
{
  if (!fake || permille_errors > 1000 || permille_lost > 1000 - permille_errors || max_delay < 0)
    return DUSQ_E_INVAL;
  if (dusq__fake_forked(fake))
    return DUSQ_E_FORKED;
  pthread_mutex_lock(&fake->mtx);
  fake->chaos = (dusq__fake_chaos){seed, permille_errors, permille_lost, max_delay};
  pthread_mutex_unlock(&fake->mtx);
  return DUSQ_OK;
}

void dusq__fake_break_locked(dusq__fake_conn *conn)
{
  if (conn->broken)
    return;
  conn->broken = true;
  dusq__fake_count_locked(conn->fake, DUSQ_FAKE_LOSSES, 1);
}

/* ---- what it gives ----------------------------------------------------------------------------------------------- */
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

/* What a statement gives that no rule speaks of. */
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

static dusq_status give(const dusq__fake_call *call, const dusq__fake_fate *fate, size_t limit, bool *cut)
{
  *cut = false;
  if (fate->rule && !(fate->flags & DUSQ_FAKE_ECHO))
    return give_sets(call->sink, fate->rule, limit, cut);
  return give_echo(call, dusq__fake_verb_of(call->sql));
}

/* ---- running it -------------------------------------------------------------------------------------------------- */
static dusq_status fail(dusq_error **error, dusq_error *take_error)
{
  *error = take_error;
  return dusq_error_status(take_error);
}

static dusq_status fail_plain(dusq_error **error, dusq_status status, const char *message)
{
  return fail(error, dusq_error_new(status, NULL, 0, "%s", message ? message : dusq_strstatus(status)));
}

static dusq_status fail_lost(const dusq__fake_call *call, const dusq__fake_fate *fate, dusq_error **error)
{
  pthread_mutex_lock(&call->conn->fake->mtx);
  dusq__fake_break_locked(call->conn);
  pthread_mutex_unlock(&call->conn->fake->mtx);
  return fail(error, dusq__fake_error(fate));
}

/* What forbids it before a rule is asked. */
static dusq_status refuse(const dusq__fake_call *call, dusq_error **error)
{
  dusq__fake_conn *conn = call->conn;
  bool controls = dusq__fake_verb_of(call->sql) >= DUSQ__FAKE_VERB_BEGIN;
  pthread_mutex_lock(&conn->fake->mtx);
  bool broken = conn->broken;
  pthread_mutex_unlock(&conn->fake->mtx);
  if (broken)
    return fail_plain(error, DUSQ_E_CONNECTION_LOST, NULL);
  if (!call->reads && conn->lane == 1)
    return fail_plain(error, DUSQ_E_READ_ONLY, "a statement that may write, on a connection for readers");
  if (!call->reads && conn->tx_read_only && !controls)
    return fail_plain(error, DUSQ_E_READ_ONLY, "a statement that may write, in a transaction that only reads");
  return dusq_stop_asked(dusq_sink_stop(call->sink)) ? fail_plain(error, DUSQ_E_CANCELED, NULL) : DUSQ_OK;
}

static bool unmatched(const dusq__fake_call *call, const dusq__fake_fate *fate)
{
  return !fate->rule && !fate->status && !fate->lose && dusq__fake_verb_of(call->sql) < DUSQ__FAKE_VERB_BEGIN;
}

static dusq_status pause_for(const dusq__fake_call *call, const dusq__fake_fate *fate, dusq_error **error)
{
  int64_t delay = dusq__fake_sum(call->conn->latency, fate->delay);
  switch (dusq__fake_pause_for(call->conn, &call->conn->worker, dusq_sink_stop(call->sink), delay, fate->flags)) {
  case DUSQ__FAKE_STOPPED:
    return fail_plain(error, DUSQ_E_CANCELED, NULL);
  case DUSQ__FAKE_BROKEN:
    return fail_plain(error, DUSQ_E_CONNECTION_LOST, NULL);
  default:
    return DUSQ_OK;
  }
}

/* BEGIN, COMMIT and ROLLBACK that the caller wrote; NULL, or why not. */
static const char *move_tx_locked(dusq__fake_conn *conn, dusq__fake_verb verb)
{
  if (verb < DUSQ__FAKE_VERB_BEGIN)
    return NULL;
  if (verb == DUSQ__FAKE_VERB_BEGIN && conn->in_tx)
    return "a transaction is open already";
  if (verb != DUSQ__FAKE_VERB_BEGIN && !conn->in_tx)
    return "no transaction is open";
  conn->in_tx = verb == DUSQ__FAKE_VERB_BEGIN;
  conn->tx_read_only = false;
  if (conn->in_tx)
    dusq__fake_tx_begin_locked(conn);
  else
    dusq__fake_tx_end_locked(conn, verb == DUSQ__FAKE_VERB_COMMIT);
  return NULL;
}

/* The moment in which it happens, or does not.  May move the loss of the connection to or from the commit. */
static dusq_status take_effect(const dusq__fake_call *call, dusq__fake_fate *fate, dusq__fake_entry *entry,
                               dusq_error **error)
{
  dusq__fake_conn *conn = call->conn;
  dusq__fake_verb verb = dusq__fake_verb_of(call->sql);
  pthread_mutex_lock(&conn->fake->mtx);
  bool broken = conn->broken; /* cut off between the wait and now */
  bool fails = broken || (fate->status && !fate->lose);
  const char *why = fails ? NULL : move_tx_locked(conn, verb);
  dusq__fake_note_locked(conn, entry, !fails && !why);
  if (!fails && !why && conn->in_tx && fate->lose == DUSQ_FAKE_LOSE_AT_COMMIT) {
    conn->lose_at_commit = true;
    fate->lose = DUSQ_FAKE_LOSE_NEVER;
    fate->status = DUSQ_OK;
  } else if (!fails && !why && !conn->in_tx) {
    if (conn->lose_at_commit && verb == DUSQ__FAKE_VERB_COMMIT)
      fate->lose = DUSQ_FAKE_LOSE_AT_COMMIT;
    conn->lose_at_commit = false;
  }
  pthread_mutex_unlock(&conn->fake->mtx);
  if (broken)
    return fail_plain(error, DUSQ_E_CONNECTION_LOST, NULL);
  return why ? fail_plain(error, DUSQ_E_TX_STATE, why) : DUSQ_OK;
}

static dusq_status answer(const dusq__fake_call *call, const dusq__fake_fate *fate, dusq_error **error)
{
  bool fails = fate->status && !fate->lose;
  size_t limit = fails || fate->lose == DUSQ_FAKE_LOSE_AFTER_ROWS ? fate->after : SIZE_MAX;
  bool cut = false;
  if (fate->lose != DUSQ_FAKE_LOSE_AFTER_SEND && !(fails && !limit)) {
    dusq_status status = give(call, fate, limit, &cut);
    if (status) {
      *error = NULL; /* the sink knows, unless the sink has not been asked */
      return status == DUSQ_E_NOMEM || status == DUSQ_E_PARAMS ? fail_plain(error, status, NULL) : status;
    }
  }
  if (fate->lose)
    return fail_lost(call, fate, error);
  return fails ? fail(error, dusq__fake_error(fate)) : DUSQ_OK;
}

static dusq_status run(const dusq__fake_call *call, dusq__fake_fate *fate, dusq_error **error)
{
  dusq_status status;
  if (unmatched(call, fate) && call->conn->fail_unmatched)
    return fail_plain(error, DUSQ_E_SQL, "no rule of the fake matches this statement");
  if (fate->lose == DUSQ_FAKE_LOSE_BEFORE_SEND) {
    status = pause_for(call, fate, error);
    return status ? status : fail_lost(call, fate, error);
  }
  dusq__fake_entry entry;
  if (!dusq__fake_promise(call->conn->fake, dusq__fake_bare(call->sql), call->values, call->count, &entry))
    return fail_plain(error, DUSQ_E_NOMEM, NULL);
  dusq_sink_sent(call->sink);
  status = pause_for(call, fate, error);
  if (status) {
    pthread_mutex_lock(&call->conn->fake->mtx);
    dusq__fake_note_locked(call->conn, &entry, false);
    pthread_mutex_unlock(&call->conn->fake->mtx);
    return status;
  }
  status = take_effect(call, fate, &entry, error);
  return status ? status : answer(call, fate, error);
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
  dusq__fake_fate fate = dusq__fake_decide_locked(call->conn, DUSQ__FAKE_ON_STATEMENT, call->sql);
  pthread_mutex_unlock(&fake->mtx);
  status = run(call, &fate, error);
  pthread_mutex_lock(&fake->mtx);
  dusq__fake_fate_fini_locked(&fate);
  dusq__fake_count_locked(fake, DUSQ_FAKE_RUNNING, -1);
  pthread_mutex_unlock(&fake->mtx);
  return status;
}
