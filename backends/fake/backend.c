/* backend.c - the table of the scripted backend: connections, preparing, transactions.
 *
 * A connection belongs to its worker; `interrupt` and dusq_fake_cut come from other threads, and what they touch is
 * guarded by the fake's mutex.  Every call checks that the library keeps to backend.h, and counts where it does not. */
#include "fake.h"
#include "state.h"
#include <string.h>

static const dusq_option options[] = {
  {"lanes", DUSQ_OPTION_INT, "1", NULL, 1, 2},
  {"readers", DUSQ_OPTION_INT, "0", NULL, 0, 1024},
  {"writers", DUSQ_OPTION_INT, "0", NULL, 0, 1024},
  {"latency", DUSQ_OPTION_DURATION, "0", NULL, 0, 0},
  {"connect_latency", DUSQ_OPTION_DURATION, "0", NULL, 0, 0},
  {"unmatched", DUSQ_OPTION_CHOICE, "echo", "echo|fail", 0, 0},
  {NULL, 0, NULL, NULL, 0, 0},
};

static dusq_status give_error(dusq_error **error, dusq_error *take_error)
{
  dusq_status status = dusq_error_status(take_error);
  *error = take_error;
  return status;
}

static dusq_status give_status(dusq_error **error, dusq_status status)
{
  return give_error(error, dusq_error_new(status, NULL, 0, "%s", dusq_strstatus(status)));
}

/* ---- instances --------------------------------------------------------------------------------------------------- */
static dusq_status find_fake(const char *name, dusq_fake **out, dusq_error **error)
{
  if (!name || !*name) {
    dusq_status status = dusq__fake_make(out);
    return status ? give_status(error, status) : DUSQ_OK;
  }
  dusq_status status = dusq__fake_lookup(name, out);
  if (status == DUSQ_E_URI)
    return give_error(error, dusq_error_new(status, NULL, 0, "no fake database has the name \"%.32s\"", name));
  return status ? give_status(error, status) : DUSQ_OK;
}

static dusq_status open_instance(const dusq_params *params, dusq_plan *plan, void **out, dusq_error **error)
{
  dusq__fake_instance *instance = dusq__fake_alloc(sizeof *instance);
  if (!instance)
    return give_status(error, DUSQ_E_NOMEM);
  dusq_status status = find_fake(dusq_params_text(params, "database"), &instance->fake, error);
  if (status) {
    dusq__fake_free(instance);
    return status;
  }
  const char *unmatched = dusq_params_text(params, "unmatched");
  instance->fail_unmatched = unmatched && strcmp(unmatched, "fail") == 0;
  instance->latency = dusq_params_int(params, "latency");
  instance->connect_latency = dusq_params_int(params, "connect_latency");
  plan->lanes = dusq_params_int(params, "lanes") == 2 ? 2 : 1;
  plan->workers[0] = (uint32_t)dusq_params_int(params, "writers");
  plan->workers[1] = (uint32_t)dusq_params_int(params, "readers");
  *out = instance;
  return DUSQ_OK;
}

static void shut_instance(void *given)
{
  dusq__fake_instance *instance = given;
  dusq_fake_unref(instance->fake);
  dusq__fake_free(instance);
}

/* ---- a call on a connection -------------------------------------------------------------------------------------- */
static void enter(dusq__fake_conn *conn)
{
  pthread_mutex_lock(&conn->fake->mtx);
  if (conn->busy)
    dusq__fake_count_locked(conn->fake, DUSQ_FAKE_MISUSES, 1);
  conn->busy = true;
  conn->interrupted = false;
  pthread_mutex_unlock(&conn->fake->mtx);
}

/* Whether the connection is still whole. */
static bool leave(dusq__fake_conn *conn)
{
  pthread_mutex_lock(&conn->fake->mtx);
  conn->busy = false;
  bool broken = conn->broken;
  pthread_mutex_unlock(&conn->fake->mtx);
  return !broken;
}

static bool is_broken(dusq__fake_conn *conn)
{
  pthread_mutex_lock(&conn->fake->mtx);
  bool broken = conn->broken;
  pthread_mutex_unlock(&conn->fake->mtx);
  return broken;
}

static const dusq__fake_text anything = {"", 0};

/* What rules say of an operation other than a statement.  *happened tells whether it takes effect, which it may do and
 * fail all the same, when the connection breaks afterwards.                                                          */
static dusq_status obey(dusq__fake_conn *conn, dusq__fake_target target, dusq__fake_text text, const dusq_stop *stop,
                        bool *happened, dusq_error **error)
{
  dusq_fake *fake = conn->fake;
  *happened = false;
  if (is_broken(conn))
    return give_status(error, DUSQ_E_CONNECTION_LOST);
  pthread_mutex_lock(&fake->mtx);
  dusq__fake_fate fate = dusq__fake_decide_locked(conn, target, text);
  pthread_mutex_unlock(&fake->mtx);
  if (conn->committing && fate.lose != DUSQ_FAKE_LOSE_BEFORE_SEND)
    dusq_sink_sent(conn->committing);
  dusq_status status = DUSQ_OK;
  dusq__fake_pause ended = dusq__fake_pause_for(conn, &conn->worker, stop, fate.delay, fate.flags);
  if (ended == DUSQ__FAKE_STOPPED) {
    status = give_status(error, DUSQ_E_CANCELED);
  } else if (ended == DUSQ__FAKE_BROKEN) {
    status = give_status(error, DUSQ_E_CONNECTION_LOST);
    dusq_error_set_number(*error, DUSQ_ERROR_UNKNOWN_OUTCOME, target == DUSQ__FAKE_ON_COMMIT);
  } else if (fate.lose || fate.status) {
    status = give_error(error, dusq__fake_error(&fate));
    *happened = fate.lose > DUSQ_FAKE_LOSE_BEFORE_SEND;
  } else {
    *happened = true;
  }
  pthread_mutex_lock(&fake->mtx);
  if (fate.lose && ended == DUSQ__FAKE_OVER)
    dusq__fake_break_locked(conn);
  dusq__fake_fate_fini_locked(&fate);
  pthread_mutex_unlock(&fake->mtx);
  return status;
}

/* ---- connecting -------------------------------------------------------------------------------------------------- */
static dusq__fake_conn *new_conn(const dusq__fake_instance *instance, uint32_t lane)
{
  dusq__fake_conn *conn = dusq__fake_alloc(sizeof *conn);
  if (!conn)
    return NULL;
  if (dusq__fake_cond_init(&conn->worker.wake)) {
    dusq__fake_free(conn);
    return NULL;
  }
  if (dusq__fake_cond_init(&conn->interrupt.wake)) {
    pthread_cond_destroy(&conn->worker.wake);
    dusq__fake_free(conn);
    return NULL;
  }
  conn->fake = dusq_fake_ref(instance->fake);
  conn->latency = instance->latency;
  conn->connect_latency = instance->connect_latency;
  conn->fail_unmatched = instance->fail_unmatched;
  conn->lane = lane;
  return conn;
}

static void link_conn(dusq__fake_conn *conn)
{
  dusq_fake *fake = conn->fake;
  pthread_mutex_lock(&fake->mtx);
  conn->number = ++fake->last_conn;
  conn->next = fake->conns;
  if (conn->next)
    conn->next->prev = conn;
  fake->conns = conn;
  dusq__fake_count_locked(fake, DUSQ_FAKE_CONNECTING, 1);
  pthread_mutex_unlock(&fake->mtx);
}

static void unlink_conn(dusq__fake_conn *conn)
{
  dusq_fake *fake = conn->fake;
  pthread_mutex_lock(&fake->mtx);
  if (conn->prev)
    conn->prev->next = conn->next;
  else
    fake->conns = conn->next;
  if (conn->next)
    conn->next->prev = conn->prev;
  if (conn->connected) {
    dusq__fake_count_locked(fake, DUSQ_FAKE_MISUSES, conn->busy || conn->prepared);
    dusq__fake_count_locked(fake, DUSQ_FAKE_PREPARED, -(int64_t)conn->prepared);
    dusq__fake_count_locked(fake, DUSQ_FAKE_CONNECTED, -1);
    dusq__fake_count_locked(fake, DUSQ_FAKE_DISCONNECTS, 1);
  } else {
    dusq__fake_count_locked(fake, DUSQ_FAKE_CONNECTING, -1);
    dusq__fake_count_locked(fake, DUSQ_FAKE_REFUSALS, 1);
  }
  pthread_mutex_unlock(&fake->mtx);
  pthread_cond_destroy(&conn->interrupt.wake);
  pthread_cond_destroy(&conn->worker.wake);
  dusq__fake_free(conn);
  dusq_fake_unref(fake);
}

/* Waits as the rule says, and then says whether the connection is made. */
static dusq_status try_connect(dusq__fake_conn *conn, const dusq_stop *stop, dusq_error **error)
{
  dusq_fake *fake = conn->fake;
  pthread_mutex_lock(&fake->mtx);
  dusq__fake_fate fate = dusq__fake_decide_locked(conn, DUSQ__FAKE_ON_CONNECT, anything);
  pthread_mutex_unlock(&fake->mtx);
  int64_t delay = dusq__fake_sum(conn->connect_latency, fate.delay);
  if (conn->committing && fate.lose != DUSQ_FAKE_LOSE_BEFORE_SEND)
    dusq_sink_sent(conn->committing);
  dusq_status status = DUSQ_OK;
  dusq__fake_pause ended = dusq__fake_pause_for(conn, &conn->worker, stop, delay, fate.flags);
  if (ended == DUSQ__FAKE_BROKEN)
    status = give_error(error, dusq_error_new(DUSQ_E_CONNECT, NULL, 0, "the connection broke while it was made"));
  else if (ended == DUSQ__FAKE_STOPPED && stop && dusq__fake_monotonic() >= dusq_stop_deadline(stop))
    status = give_error(error, dusq_error_new(DUSQ_E_CONNECT, NULL, 0, "the database did not answer in time"));
  else if (ended == DUSQ__FAKE_STOPPED)
    status = give_status(error, DUSQ_E_CANCELED);
  else if (fate.lose || fate.status)
    status = give_error(error, dusq__fake_error(&fate));
  pthread_mutex_lock(&fake->mtx);
  dusq__fake_fate_fini_locked(&fate);
  if (!status && conn->broken)
    status = DUSQ_E_CONNECT; /* cut off since */
  if (!status) {
    conn->connected = true;
    dusq__fake_count_locked(fake, DUSQ_FAKE_CONNECTING, -1);
    dusq__fake_count_locked(fake, DUSQ_FAKE_CONNECTED, 1);
    dusq__fake_count_locked(fake, DUSQ_FAKE_CONNECTS, 1);
  }
  pthread_mutex_unlock(&fake->mtx);
  return status;
}

static dusq_status connect_to(void *instance, uint32_t lane, const dusq_stop *stop, void **out, dusq_error **error)
{
  dusq__fake_conn *conn = new_conn(instance, lane);
  if (!conn)
    return give_status(error, DUSQ_E_NOMEM);
  link_conn(conn);
  *error = NULL;
  dusq_status status = try_connect(conn, stop, error);
  if (!status) {
    *out = conn;
    return DUSQ_OK;
  }
  if (!*error)
    give_status(error, status);
  unlink_conn(conn);
  return status;
}

static void disconnect(void *conn)
{
  unlink_conn(conn);
}

static bool alive(void *given)
{
  dusq__fake_conn *conn = given;
  enter(conn);
  pthread_mutex_lock(&conn->fake->mtx);
  dusq__fake_fate fate = dusq__fake_decide_locked(conn, DUSQ__FAKE_ON_ALIVE, anything);
  bool well = !fate.status && !fate.lose;
  dusq__fake_fate_fini_locked(&fate);
  pthread_mutex_unlock(&conn->fake->mtx);
  return leave(conn) && well;
}

static void interrupt(void *given)
{
  dusq__fake_conn *conn = given;
  dusq_fake *fake = conn->fake;
  pthread_mutex_lock(&fake->mtx);
  conn->interrupted = true;
  dusq__fake_count_locked(fake, DUSQ_FAKE_INTERRUPTS, 1);
  pthread_cond_signal(&conn->worker.wake);
  dusq__fake_fate fate = dusq__fake_decide_locked(conn, DUSQ__FAKE_ON_INTERRUPT, anything);
  pthread_mutex_unlock(&fake->mtx);
  dusq__fake_pause_for(conn, &conn->interrupt, NULL, fate.delay, fate.flags);
  pthread_mutex_lock(&fake->mtx);
  dusq__fake_fate_fini_locked(&fate);
  pthread_mutex_unlock(&fake->mtx);
}

static void *native(void *conn)
{
  return ((dusq__fake_conn *)conn)->fake;
}

/* ---- statements -------------------------------------------------------------------------------------------------- */
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
    return give_error(error, dusq_error_new(DUSQ_E_SYNTAX, NULL, 0, "there is no statement in this text"));
  if (dusq__fake_split(text, &at, &part))
    return give_error(error, dusq_error_new(DUSQ_E_SYNTAX, NULL, 0, "there is more than one statement in this text"));
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
  status = obey(conn, DUSQ__FAKE_ON_PREPARE, text, stop, &happened, error);
  if (status)
    return status;
  dusq__fake_prepared *made = dusq__fake_alloc(sizeof *made + text.len + 1);
  if (!made)
    return give_status(error, DUSQ_E_NOMEM);
  memcpy(made->text, text.at, text.len);
  made->len = text.len;
  pthread_mutex_lock(&conn->fake->mtx);
  made->flags = flags_of_locked(conn->fake, text);
  conn->prepared++;
  dusq__fake_count_locked(conn->fake, DUSQ_FAKE_PREPARED, 1);
  pthread_mutex_unlock(&conn->fake->mtx);
  *out = (dusq_prepared){made, made->flags, statement->params};
  return DUSQ_OK;
}

static dusq_status prepare(void *given, const dusq_statement *statement, const dusq_stop *stop, dusq_prepared *out,
                           dusq_error **error)
{
  dusq__fake_conn *conn = given;
  enter(conn);
  dusq__fake_count(conn->fake, DUSQ_FAKE_PREPARES, 1);
  dusq_status status = prepare_text(conn, statement, stop, out, error);
  leave(conn);
  return status;
}

static void release(void *given, void *prepared)
{
  dusq__fake_conn *conn = given;
  enter(conn);
  pthread_mutex_lock(&conn->fake->mtx);
  if (conn->prepared) {
    conn->prepared--;
    dusq__fake_count_locked(conn->fake, DUSQ_FAKE_PREPARED, -1);
  } else {
    dusq__fake_count_locked(conn->fake, DUSQ_FAKE_MISUSES, 1);
  }
  pthread_mutex_unlock(&conn->fake->mtx);
  dusq__fake_free(prepared);
  leave(conn);
}

static void execute_one(dusq__fake_conn *conn, const dusq_execution *execution)
{
  const dusq__fake_prepared *prepared = execution->prepared;
  dusq__fake_call call = {conn, {prepared->text, prepared->len}, (prepared->flags & DUSQ_STATEMENT_READS) != 0,
                          execution->values, execution->count, execution->sink};
  dusq_error *error;
  if (dusq__fake_run(&call, &error))
    dusq_sink_fail(execution->sink, error);
  else
    dusq_sink_complete(execution->sink);
}

static dusq_status execute(void *given, const dusq_execution *execution)
{
  dusq__fake_conn *conn = given;
  enter(conn);
  execute_one(conn, execution);
  return leave(conn) ? DUSQ_OK : DUSQ_E_CONNECTION_LOST;
}

static dusq_status execute_batch(void *given, const dusq_execution *executions, size_t n)
{
  dusq__fake_conn *conn = given;
  enter(conn);
  dusq__fake_count(conn->fake, DUSQ_FAKE_BATCHES, 1);
  for (size_t i = 0; i < n; i++) {
    const dusq__fake_prepared *prepared = executions[i].prepared;
    if (n > 1 && (prepared->flags & DUSQ_STATEMENT_ALONE))
      dusq__fake_count(conn->fake, DUSQ_FAKE_MISUSES, 1);
    execute_one(conn, &executions[i]);
  }
  return leave(conn) ? DUSQ_OK : DUSQ_E_CONNECTION_LOST;
}

static bool reads(dusq_fake *fake, dusq__fake_text text)
{
  pthread_mutex_lock(&fake->mtx);
  uint32_t flags = flags_of_locked(fake, text);
  pthread_mutex_unlock(&fake->mtx);
  return (flags & DUSQ_STATEMENT_READS) != 0;
}

static dusq_status script(void *given, const char *sql, size_t len, dusq_sink *sink)
{
  dusq__fake_conn *conn = given;
  enter(conn);
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
  return leave(conn) ? DUSQ_OK : DUSQ_E_CONNECTION_LOST;
}

/* ---- transactions ------------------------------------------------------------------------------------------------ */
/* An operation that stands in the history. */
static dusq_status perform(dusq__fake_conn *conn, dusq__fake_target target, const char *name, const dusq_stop *stop,
                           bool *happened, dusq_error **error)
{
  dusq__fake_entry entry;
  *happened = false;
  if (!dusq__fake_promise(conn->fake, (dusq__fake_text){name, strlen(name)}, NULL, 0, &entry))
    return give_status(error, DUSQ_E_NOMEM);
  dusq_status status = obey(conn, target, anything, stop, happened, error);
  pthread_mutex_lock(&conn->fake->mtx);
  dusq__fake_note_locked(conn, &entry, *happened);
  if (*happened && target == DUSQ__FAKE_ON_BEGIN)
    dusq__fake_tx_begin_locked(conn);
  else if (*happened)
    dusq__fake_tx_end_locked(conn, target == DUSQ__FAKE_ON_COMMIT);
  pthread_mutex_unlock(&conn->fake->mtx);
  return status;
}

static dusq_status begin(void *given, const dusq_tx_opts *opts, const dusq_stop *stop, dusq_error **error)
{
  dusq__fake_conn *conn = given;
  bool happened = false;
  enter(conn);
  dusq__fake_count(conn->fake, DUSQ_FAKE_BEGINS, 1);
  dusq_status status = conn->in_tx ? give_status(error, DUSQ_E_TX_STATE)
                                   : perform(conn, DUSQ__FAKE_ON_BEGIN, "@begin", stop, &happened, error);
  if (happened) {
    conn->in_tx = true;
    conn->tx_read_only = opts && (opts->flags & DUSQ_TX_READ_ONLY);
  }
  leave(conn);
  return status;
}

static dusq_status commit(void *given, dusq_sink *sink, dusq_error **error)
{
  dusq__fake_conn *conn = given;
  bool happened = false;
  enter(conn);
  dusq__fake_count(conn->fake, DUSQ_FAKE_COMMITS, 1);
  conn->committing = sink;
  dusq_status status =
      conn->in_tx ? perform(conn, DUSQ__FAKE_ON_COMMIT, "@commit", dusq_sink_stop(sink), &happened, error)
                  : give_status(error, DUSQ_E_TX_STATE);
  conn->committing = NULL;
  bool lost = !status && conn->lose_at_commit;
  pthread_mutex_lock(&conn->fake->mtx);
  dusq__fake_tx_end_locked(conn, false); /* whatever came of it, there is none left */
  if (lost)
    dusq__fake_break_locked(conn);
  pthread_mutex_unlock(&conn->fake->mtx);
  conn->in_tx = false;
  conn->tx_read_only = false;
  conn->lose_at_commit = false;
  if (lost)
    status = give_status(error, DUSQ_E_CONNECTION_LOST);
  if (status && happened)
    dusq_error_set_number(*error, DUSQ_ERROR_UNKNOWN_OUTCOME, 1);
  leave(conn);
  return status;
}

static dusq_status rollback(void *given, const dusq_stop *stop, dusq_error **error)
{
  dusq__fake_conn *conn = given;
  bool happened = false;
  enter(conn);
  dusq__fake_count(conn->fake, DUSQ_FAKE_ROLLBACKS, 1);
  dusq_status status = perform(conn, DUSQ__FAKE_ON_ROLLBACK, "@rollback", stop, &happened, error);
  if (happened) {
    conn->in_tx = false;
    conn->tx_read_only = false;
    conn->lose_at_commit = false;
  }
  leave(conn);
  return status;
}

static int transaction(void *given)
{
  return ((const dusq__fake_conn *)given)->in_tx ? DUSQ_TX_OPEN : DUSQ_TX_NONE;
}

static dusq_status savepoint(void *given, int what, uint32_t level, const dusq_stop *stop, dusq_error **error)
{
  static const char *const names[] = {"@savepoint", "@release", "@rollback to"};
  dusq__fake_conn *conn = given;
  dusq__fake_entry entry;
  (void)stop;
  dusq__fake_text name = {names[what], strlen(names[what])};
  enter(conn);
  dusq_status status = DUSQ_OK;
  if (!dusq__fake_promise(conn->fake, name, NULL, 0, &entry)) {
    status = give_status(error, DUSQ_E_NOMEM);
  } else {
    pthread_mutex_lock(&conn->fake->mtx);
    dusq__fake_note_locked(conn, &entry, true);
    if (what == DUSQ_SAVEPOINT_SET)
      dusq__fake_tx_savepoint_locked(conn, level);
    else
      dusq__fake_tx_leave_locked(conn, level, what == DUSQ_SAVEPOINT_RELEASE);
    pthread_mutex_unlock(&conn->fake->mtx);
  }
  leave(conn);
  return status;
}

static dusq_status reset(void *given, const dusq_stop *stop, bool *dirty, dusq_error **error)
{
  dusq__fake_conn *conn = given;
  bool happened = false;
  enter(conn);
  dusq__fake_count(conn->fake, DUSQ_FAKE_RESETS, 1);
  *dirty = conn->in_tx;
  dusq_status status = obey(conn, DUSQ__FAKE_ON_RESET, anything, stop, &happened, error);
  if (happened) {
    pthread_mutex_lock(&conn->fake->mtx);
    dusq__fake_tx_end_locked(conn, false);
    pthread_mutex_unlock(&conn->fake->mtx);
    conn->in_tx = false;
    conn->tx_read_only = false;
    conn->lose_at_commit = false;
  }
  leave(conn);
  return status;
}

const dusq_backend dusq__fake_backend = {
  .abi = DUSQ_BACKEND_ABI,
  .size = sizeof(dusq_backend),
  .name = "fake",
  .schemes = "fake",
  .dialect = DUSQ_DIALECT_SQLITE,
  .options = options,
  .open = open_instance,
  .shut = shut_instance,
  .connect = connect_to,
  .disconnect = disconnect,
  .alive = alive,
  .prepare = prepare,
  .release = release,
  .execute = execute,
  .execute_batch = execute_batch,
  .script = script,
  .begin = begin,
  .commit = commit,
  .rollback = rollback,
  .reset = reset,
  .interrupt = interrupt,
  .native = native,
  .transaction = transaction,
  .savepoint = savepoint,
};
