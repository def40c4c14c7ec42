/* client.c - what one client does: transactions in a session, and work of the pool; some of it it stops again. */
#include "play.h"
#include <inttypes.h>
#include <stdio.h>

static const char insert[] = "INSERT INTO t VALUES (?)";

static bool one_of(client *self, uint64_t n)
{
  return !sim_below(&self->random, n);
}

/* About as long as a statement, and now and then as the grace after it. */
static int64_t some_time(client *self)
{
  return (int64_t)sim_below(&self->random, 3 * GRACE_NS);
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static ledger_call *next_call(client *self, const char *name, ledger_kind kind, size_t rows, dusq_opts *opts)
{
  ledger_call *call = ledger_add(&self->of->book, name, kind, rows);
  *opts = (dusq_opts)DUSQ_OPTS_INIT;
  if (!call)
    return NULL;
  call->tx = self->tx;
  call->nested = self->nested;
  if (one_of(self, 6)) {
    opts->timeout = 1 + some_time(self);
    call->stoppable = true;
  }
  return call;
}

static void stop(ledger_call *call)
{
  call->stoppable = true;
  dusq_future_cancel(call->future);
}

/* Waits for a call, or not; stops one of the last few, or not. */
static void go_on(client *self, ledger_call *call, dusq_future *future)
{
  ledger *book = &self->of->book;
  ledger_submitted(call, future);
  if (one_of(self, 3))
    sim_sleep(some_time(self));
  if (one_of(self, 4))
    stop(call);
  if (one_of(self, 6)) {
    size_t back = sim_below(&self->random, 4);
    ledger_call *other = call - book->calls >= (ptrdiff_t)back ? call - back : call;
    if (other->future)
      stop(other);
  }
  if (one_of(self, 3) && dusq_future_wait(future, DUSQ_FOREVER))
    ledger_wrong(book, call, "it could not be waited for");
}

static dusq_result *insert_job(dusq_conn *conn, void *arg)
{
  const ledger_call *call = arg;
  dusq_value value = dusq_int(call->rows[0]);
  dusq_error *error = NULL;
  dusq_result *result = NULL;
  if (dusq_conn_query(conn, insert, 1, &value, &result, &error))
    dusq_conn_fail(conn, error);
  return result;
}

static void stream(client *self, ledger_call *call, int64_t row, const dusq_opts *opts)
{
  dusq_value value = dusq_int(row);
  dusq_stream *one = self->session ? dusq_session_stream(self->session, "SELECT ?", 1, &value, opts)
                                   : dusq_pool_stream(self->of->pool, "SELECT ?", 1, &value, opts);
  dusq_future *batch = dusq_stream_next(one);
  if (one_of(self, 2) && dusq_future_wait(batch, DUSQ_FOREVER))
    ledger_wrong(&self->of->book, call, "a batch could not be waited for");
  dusq_future_unref(batch);
  call->stoppable = true;
  go_on(self, call, dusq_stream_close(one));
}

/* ---- a session --------------------------------------------------------------------------------------------------- */

static void session_statement(client *self)
{
  static const char *const names[] = {"query", "query", "read", "script", "many", "job", "stream"};
  char script[64];
  size_t what = sim_below(&self->random, sizeof names / sizeof *names);
  ledger_kind kind = what == 2 || what == 6 ? LEDGER_READ : what == 3 ? LEDGER_SCRIPT : LEDGER_ROW;
  dusq_opts opts;
  ledger_call *call = next_call(self, names[what], kind, what == 4 ? 2 : 1, &opts);
  if (!call)
    return;
  const dusq_value values[] = {dusq_int(call->rows[0]), dusq_int(call->rows[1])};
  dusq_session *session = self->session;
  snprintf(script, sizeof script, "INSERT INTO t VALUES (%" PRId64 ")", call->rows[0]);
  if (what < 2)
    go_on(self, call, dusq_session_query(session, insert, 1, values, &opts));
  else if (what == 2)
    go_on(self, call, dusq_session_query(session, "SELECT ?", 1, values, &opts));
  else if (what == 3)
    go_on(self, call, dusq_session_script(session, script, &opts));
  else if (what == 4)
    go_on(self, call, dusq_session_many(session, insert, 1, 2, values, &opts));
  else if (what == 5)
    go_on(self, call, dusq_session_run(session, insert_job, call, NULL, &opts));
  else {
    int64_t row = call->rows[0];
    call->kind = LEDGER_END; /* its future says only whether it ended well */
    call->rows[0] = 0;
    stream(self, call, row, &opts);
  }
}

static void statements(client *self, uint64_t most)
{
  for (uint64_t n = sim_below(&self->random, most + 1); n; n--)
    session_statement(self);
}

static ledger_call *begin(client *self, const char *name)
{
  dusq_opts opts;
  ledger_call *call = next_call(self, name, LEDGER_BEGIN, 0, &opts);
  if (call)
    go_on(self, call, dusq_session_begin(self->session, NULL, &opts));
  return call;
}

static ledger_call *end(client *self, const char *name, bool commits)
{
  dusq_opts opts;
  ledger_call *call = next_call(self, name, commits ? LEDGER_COMMIT : LEDGER_ROLLBACK, 0, &opts);
  if (call)
    call->stoppable |= !commits; /* not by a cancel, but by connect_timeout */
  if (call)
    go_on(self, call, commits ? dusq_session_commit(self->session) : dusq_session_rollback(self->session));
  return call;
}

static void nest(client *self)
{
  if (!begin(self, "savepoint"))
    return;
  self->nested = true;
  statements(self, 2);
  self->nested = false;
  bool commits = one_of(self, 2);
  ledger_call *call = end(self, commits ? "release" : "undo", commits);
  if (!commits)
    self->of->book.txs[self->tx - 1].undo = call;
}

static void transaction(client *self)
{
  ledger *book = &self->of->book;
  if (book->ntxs == LEDGER_TXS || book->ncalls + 32 > LEDGER_CALLS)
    return;
  self->tx = ++book->ntxs;
  begin(self, "begin");
  statements(self, 3);
  if (one_of(self, 4)) {
    nest(self);
    statements(self, 2);
  }
  bool commits = !one_of(self, 5);
  ledger_call *call = end(self, commits ? "commit" : "rollback", commits);
  if (commits)
    book->txs[self->tx - 1].commit = call;
  self->tx = 0;
}

static void use_session(client *self)
{
  self->session = dusq_pool_session(self->of->pool, NULL);
  for (uint64_t n = 1 + sim_below(&self->random, 3); n; n--) {
    transaction(self);
    if (one_of(self, 3))
      session_statement(self);
  }
  dusq_opts opts;
  ledger_call *call = next_call(self, "close", LEDGER_END, 0, &opts);
  if (call && one_of(self, 2))
    go_on(self, call, dusq_session_close(self->session));
  else if (call)
    ledger_submitted(call, dusq_session_close(self->session));
  dusq_session_unref(self->session);
  self->session = NULL;
}

/* ---- the pool's own ---------------------------------------------------------------------------------------------- */

static dusq_result *transaction_job(dusq_conn *conn, void *arg)
{
  const ledger_call *call = arg;
  for (size_t i = 0; i < 2; i++) {
    dusq_value value = dusq_int(call->rows[i]);
    dusq_error *error = NULL;
    if (dusq_conn_query(conn, insert, 1, &value, NULL, &error)) {
      dusq_conn_fail(conn, error);
      return NULL;
    }
  }
  return NULL;
}

static dusq_result *whole_job(dusq_conn *conn, void *arg)
{
  dusq_error *error = NULL;
  if (dusq_conn_begin(conn, NULL, &error)) {
    dusq_conn_fail(conn, error);
    return NULL;
  }
  transaction_job(conn, arg);
  if (dusq_conn_transaction(conn) == DUSQ_TX_OPEN && dusq_conn_commit(conn, &error))
    dusq_conn_fail(conn, error);
  return NULL;
}

static dusq_future *submit_steps(dusq_pool *pool, const dusq_value *values, const dusq_opts *opts)
{
  const dusq_step steps[] = {{insert, 1, values}, {insert, 1, values + 1}};
  return dusq_pool_transact_steps(pool, steps, 2, NULL, opts);
}

static void pool_work(client *self)
{
  static const char *const names[] = {"query", "query", "query", "read", "script", "many", "steps", "transact", "job",
                                      "stream"};
  char script[64];
  dusq_pool *pool = self->of->pool;
  size_t what = sim_below(&self->random, sizeof names / sizeof *names);
  bool two = what >= 5 && what <= 8;
  dusq_opts opts;
  ledger_call *call = next_call(self, names[what], what == 3 ? LEDGER_READ : LEDGER_ROW, two ? 2 : 1, &opts);
  if (!call)
    return;
  const dusq_value values[] = {dusq_int(call->rows[0]), dusq_int(call->rows[1])};
  snprintf(script, sizeof script, "INSERT INTO t VALUES (%" PRId64 ")", call->rows[0]);
  if (what < 3)
    go_on(self, call, dusq_pool_query(pool, insert, 1, values, &opts));
  else if (what == 3)
    go_on(self, call, dusq_pool_query(pool, "SELECT ?", 1, values, &opts));
  else if (what == 4)
    go_on(self, call, dusq_pool_script(pool, script, &opts));
  else if (what == 5)
    go_on(self, call, dusq_pool_many(pool, insert, 1, 2, values, &opts));
  else if (what == 6)
    go_on(self, call, submit_steps(pool, values, &opts));
  else if (what == 7)
    go_on(self, call, dusq_pool_transact(pool, transaction_job, call, NULL, NULL, &opts));
  else if (what == 8)
    go_on(self, call, dusq_pool_run(pool, whole_job, call, NULL, &opts));
  else {
    int64_t row = call->rows[0];
    call->kind = LEDGER_END;
    call->rows[0] = 0;
    stream(self, call, row, &opts);
  }
}

void *play_client(void *arg)
{
  client *self = arg;
  for (uint64_t n = 1 + sim_below(&self->random, 3); n; n--) {
    if (!one_of(self, 3)) {
      use_session(self);
      continue;
    }
    for (uint64_t k = 1 + sim_below(&self->random, 6); k; k--)
      pool_work(self);
  }
  return NULL;
}
