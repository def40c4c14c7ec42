/* batch.c - several requests in one pipeline, and one statement for many rows.  The worker's thread.
 *
 * Each statement has a Sync of its own and so is its own transaction: an error hits nobody else.  Neighbours that their
 * callers have marked as reading only share a Sync, which saves the server a transaction each; an error among them ends
 * them all, and the others run again.  Sends do not block, and results are read in between, so that neither side waits
 * for the other to empty its buffers (PG:libpq-pipeline-mode).
 *
 * A cancel meets whatever the server is at.  It is sent for the statement that is being executed, and nobody is told
 * before the Sync; a neighbour that it has hit was rolled back, and runs again.                                      */
#include "internal.h"
#include <string.h>
#include <time.h>

enum {
  MAX_FLYING = 64,          /* statements that have been sent and not answered */
  MAX_BYTES = 256 * 1024,   /* their bytes, about                              */
  MAX_GROUP = 32,           /* statements that share a Sync                    */
  QUICK_NS = 100000,        /* answers that come more slowly are waited for    */
  LEAST_PAUSE_NS = 30000,   /* a shorter one costs more than it saves          */
  MAX_PAUSE_NS = 200000,
  ROWS_A_SYNC = 256,
  MAX_ROWS = 4 * ROWS_A_SYNC
};

/* With libpq 17 a Sync need not be sent at once.  Without one, what was sent would be waited for in vain. */
static bool put_sync(dusq__pg_conn *conn)
{
#ifdef LIBPQ_HAS_SEND_PIPELINE_SYNC
  bool put = PQsendPipelineSync(conn->pg) != 0;
#else
  bool put = PQpipelineSync(conn->pg) != 0;
#endif
  conn->broken |= !put;
  return put;
}

typedef struct item {
  dusq__pg_outcome outcome;
  size_t bytes;
  bool sent;  /* it is in the pipeline                   */
  bool ends;  /* a Sync stands behind it                 */
  bool again; /* it is to run by itself                  */
  bool told;
} item;

typedef struct batch {
  const dusq_execution *executions;
  item *items;
  size_t n;
  size_t next;    /* the first that has not been sent    */
  size_t current; /* the one that the server is at       */
  size_t front;   /* the first without its Sync          */
  size_t bytes;   /* of those from front to next         */
  size_t syncs;   /* that have been sent                 */
  size_t flying;  /* and that have not come back         */
  bool failed;    /* nothing more can be sent            */
} batch;

static const dusq_stop *stop_of(const batch *all, size_t i)
{
  return dusq_sink_stop(all->executions[i].sink);
}

/* Before anything has been sent: whether all of them are to be stopped. */
static const void *all_asked(const batch *all)
{
  for (size_t i = 0; i < all->n; i++)
    if (!dusq_stop_asked(stop_of(all, i)))
      return NULL;
  return stop_of(all, 0);
}

/* Whether all results of a group have come, and what comes next is the Sync behind its last; that one in *last. */
static bool is_at_sync(const batch *all, size_t *last)
{
  size_t i = all->current;
  while (i > all->front && !all->items[i - 1].sent)
    i--;
  *last = i - 1; /* not looked at if there is none */
  return i > all->front && all->items[i - 1].ends;
}

/* The results of a group have come, but whether they are valid is known at the Sync: who waits for one of them. */
static const void *asked_at_sync(const batch *all)
{
  size_t last;
  if (!is_at_sync(all, &last))
    return NULL;
  for (size_t i = all->front; i <= last; i++)
    if (all->items[i].sent && dusq_stop_asked(stop_of(all, i)))
      return stop_of(all, i);
  return NULL;
}

static const void *current_asked(dusq__pg_conn *conn, bool *size)
{
  batch *all = conn->batch;
  if (!all->next)
    return all_asked(all);
  while (all->current < all->next && !all->items[all->current].sent)
    all->current++;
  const void *asked = asked_at_sync(all);
  if (asked || all->current >= all->next)
    return asked;
  if (dusq_stop_asked(stop_of(all, all->current)))
    return stop_of(all, all->current);
  *size = true;
  return dusq__pg_is_too_large(conn) ? &all->items[all->current] : NULL;
}

static void tell(batch *all, size_t i)
{
  all->items[i].told = true;
  dusq__pg_tell(all->executions[i].sink, &all->items[i].outcome);
}

/* ---- sending ------------------------------------------------------------------------------------------------------- */

static bool only_reads(const batch *all, size_t i)
{
  const dusq__pg_statement *statement = all->executions[i].prepared;
  return statement->reads && (all->executions[i].flags & DUSQ_READ_ONLY);
}

static bool has_room(const batch *all)
{
  return all->next < all->n && !all->failed && all->next - all->front < MAX_FLYING && all->bytes < MAX_BYTES;
}

/* False: nothing was put into the pipeline. */
static bool send_one(dusq__pg_conn *conn, batch *all, size_t i)
{
  item *one = &all->items[i];
  const dusq_execution *execution = &all->executions[i];
  if (!dusq__pg_is_fit(execution->prepared, execution->values, execution->count))
    return false; /* something has to be learned first: it runs by itself */
  if (dusq_stop_asked(stop_of(all, i)))
    one->outcome.error = dusq__pg_canceled();
  else
    one->outcome.error = dusq__pg_send(conn, execution, execution->values, &one->bytes);
  one->sent = !one->outcome.error;
  if (!one->sent && dusq__pg_lost(conn))
    all->failed = true;
  else if (!one->sent)
    tell(all, i);
  return one->sent;
}

/* Sends what may share a Sync, from the next one on, and the Sync. */
static void send_group(dusq__pg_conn *conn, batch *all)
{
  size_t last = SIZE_MAX, sent = 0;
  bool reading = only_reads(all, all->next);
  do {
    size_t i = all->next++;
    if (!send_one(conn, all, i))
      continue;
    last = i;
    all->bytes += all->items[i].bytes;
    sent++;
  } while (has_room(all) && sent < MAX_GROUP && reading && only_reads(all, all->next));
  if (last == SIZE_MAX)
    return;
  all->items[last].ends = true;
  all->syncs++;
  all->flying++;
  all->failed |= !put_sync(conn);
}

static void fill(dusq__pg_conn *conn, batch *all)
{
  /* refilled by halves, so that a trip carries several */
  if (all->next > all->front && all->next - all->front > MAX_FLYING / 2)
    return;
  while (has_room(all))
    send_group(conn, all);
}

/* ---- receiving ----------------------------------------------------------------------------------------------------- */

static bool is_hit(const dusq__pg_conn *conn, const batch *all, size_t i)
{
  return conn->cancel_for && dusq__pg_is_cancel(all->items[i].outcome.error) && !dusq_stop_asked(stop_of(all, i));
}

/* The Sync behind `last` has come: everything up to there is over. */
static void end_group(const dusq__pg_conn *conn, batch *all, size_t last)
{
  size_t sent = 0, failed = 0;
  for (size_t i = all->front; i <= last; i++) {
    all->bytes -= all->items[i].sent ? all->items[i].bytes : 0;
    sent += all->items[i].sent;
    failed += all->items[i].sent && (all->items[i].outcome.error || all->items[i].again);
  }
  for (size_t i = all->front; i <= last; i++) {
    item *one = &all->items[i];
    if (!one->sent)
      continue;
    bool innocent = one->again || (sent > 1 && failed && !one->outcome.error && !one->outcome.refused);
    one->again = innocent || is_hit(conn, all, i) || dusq__pg_doubtful(all->executions[i].prepared, one->outcome.error);
    if (!one->again)
      tell(all, i);
  }
  all->front = last + 1;
  all->flying--;
}

static void take(dusq__pg_conn *conn, batch *all, PGresult *result)
{
  ExecStatusType status = PQresultStatus(result);
  item *one = &all->items[all->current];
  const dusq__pg_statement *statement = all->executions[all->current].prepared;
  if (status == PGRES_PIPELINE_ABORTED) {
    one->again = true; /* it was not executed */
    PQclear(result);
    return;
  }
  dusq__pg_collect(conn, result, statement->sql, all->executions[all->current].sink, &one->outcome);
}

/* What the server says at a Sync is that the commit there has failed, which may be the first sign of an error: deferred
 * constraints, serialization.                                                                                        */
static void take_at_sync(dusq__pg_conn *conn, batch *all, size_t last, PGresult *result)
{
  size_t sent = 0;
  for (size_t i = all->front; i <= last; i++)
    sent += all->items[i].sent;
  if (sent > 1) { /* whose fault it was is seen when they run one by one */
    for (size_t i = all->front; i <= last; i++)
      all->items[i].again = true;
    PQclear(result);
    return;
  }
  const dusq__pg_statement *statement = all->executions[last].prepared;
  dusq__pg_collect(conn, result, statement->sql, all->executions[last].sink, &all->items[last].outcome);
}

/* The server sends at each Sync.  Who waits for its answers is woken by every single one, which costs more than to read
 * it.  So while several quick ones are to come, the worker stays away for half of the time that they should take, and
 * finds many at once.  An interrupt has to wait for that, too; it is less than the server's own pace.                */
static void stay_away(dusq__pg_conn *conn, const batch *all)
{
  if (all->flying < 2 || conn->pace > QUICK_NS)
    return;
  int64_t pause = (int64_t)all->flying * conn->pace / 2;
  if (pause < LEAST_PAUSE_NS || PQflush(conn->pg) || !PQisBusy(conn->pg) || dusq__pg_bytes_waiting(conn->pg))
    return;
  struct timespec time = {.tv_nsec = (long)(pause < MAX_PAUSE_NS ? pause : MAX_PAUSE_NS)};
  nanosleep(&time, NULL);
}

/* A pause that was too long makes the next ones shorter: half of what a batch took is less than all of it. */
static void note_pace(dusq__pg_conn *conn, const batch *all, int64_t started)
{
  if (!all->syncs)
    return;
  int64_t pace = (dusq__pg_now() - started) / (int64_t)all->syncs;
  conn->pace = conn->pace ? conn->pace - conn->pace / 4 + pace / 4 : pace;
}

static void receive(dusq__pg_conn *conn, batch *all)
{
  size_t last;
  stay_away(conn, all);
  bool unused;
  (void)current_asked(conn, &unused); /* those that were never sent have no results */
  PGresult *result = dusq__pg_next(conn);
  bool at_sync = is_at_sync(all, &last);
  if (result && PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
    PQclear(result);
    if (at_sync)
      end_group(conn, all, last);
    else
      conn->broken = true; /* it cannot be understood any more */
  } else if (result && at_sync) {
    take_at_sync(conn, all, last, result);
  } else if (result) {
    take(conn, all, result);
  } else if (!at_sync && !dusq__pg_lost(conn)) {
    all->current++; /* all of its results have come */
    dusq__pg_next_result(conn);
  }
}

static void run_pipeline(dusq__pg_conn *conn, batch *all)
{
  if (!PQenterPipelineMode(conn->pg)) {
    all->failed = true;
    return;
  }
  do {
    fill(conn, all);
    if (all->front < all->next && !dusq__pg_lost(conn)) {
      bool flying = false;
      for (size_t i = all->front; i < all->next && !flying; i++)
        flying = all->items[i].sent;
      if (flying)
        receive(conn, all);
      else
        all->front = all->current = all->next;
    }
  } while ((all->front < all->next || (all->next < all->n && !all->failed)) && !dusq__pg_lost(conn));
  if (!dusq__pg_lost(conn) && !PQexitPipelineMode(conn->pg))
    conn->broken = true;
}

/* ---- the rest ------------------------------------------------------------------------------------------------------ */

static void fail_lost(dusq__pg_conn *conn, batch *all)
{
  for (size_t i = 0; i < all->n; i++) {
    item *one = &all->items[i];
    if (one->told)
      continue;
    dusq__pg_judge(conn, false, &one->outcome);
    dusq_status status = dusq_error_status(one->outcome.error);
    bool others = status == DUSQ_E_LIMIT ? i != all->current : status == DUSQ_E_CANCELED;
    if (others && !dusq_stop_asked(stop_of(all, i))) { /* it was somebody else's wish that was not heard */
      dusq_error_unref(one->outcome.error);
      one->outcome.error = dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "the connection was given up");
    }
    tell(all, i);
  }
}

static dusq_status run_again(dusq__pg_conn *conn, batch *all)
{
  dusq_status status = DUSQ_OK;
  for (size_t i = 0; i < all->n && !status; i++) {
    item *one = &all->items[i];
    if (one->told)
      continue;
    dusq_error_unref(one->outcome.error);
    one->outcome = (dusq__pg_outcome){NULL, false, false};
    dusq_sink_restart(all->executions[i].sink);
    one->told = true;
    status = dusq__pg_execute(conn, &all->executions[i]);
  }
  return status;
}

dusq_status dusq__pg_execute_batch(void *arg, const dusq_execution *executions, size_t n)
{
  dusq__pg_conn *conn = arg;
  item *items = dusq__pg_grow(&conn->items, n * sizeof *items);
  if (!items || PQtransactionStatus(conn->pg) != PQTRANS_IDLE) {
    dusq_status status = DUSQ_OK;
    for (size_t i = 0; i < n; i++) {
      dusq_status one = dusq__pg_execute(conn, &executions[i]);
      status = one ? one : status;
    }
    return status;
  }
  memset(items, 0, n * sizeof *items);
  batch all = {.executions = executions, .items = items, .n = n};
  dusq_error *error = dusq__pg_watch(conn, NULL);
  if (!error) {
    conn->asked = current_asked;
    conn->batch = &all;
    for (size_t i = 0; i < n; i++)
      dusq_error_unref(dusq__pg_fit(conn, executions[i].prepared, executions[i].values, executions[i].count));
    conn->receive_limit = conn->instance->receive_limit;
    int64_t started = dusq__pg_now();
    run_pipeline(conn, &all);
    note_pace(conn, &all, started);
  }
  dusq_error_unref(error); /* everybody is told that the connection is lost */
  dusq_status status = dusq__pg_unwatch(conn);
  if (!status)
    status = run_again(conn, &all);
  if (status)
    fail_lost(conn, &all);
  return status;
}

/* ---- many rows ----------------------------------------------------------------------------------------------------- */

typedef struct load {
  const dusq_execution *execution;
  size_t rows, sent, answered; /* rows */
  size_t syncs;                /* that have not come */
  bool stopped;                /* nothing more is sent */
  dusq__pg_outcome outcome;
} load;

static void fail_row(load *all, size_t row)
{
  if (all->outcome.error)
    dusq_error_set_number(all->outcome.error, DUSQ_ERROR_INDEX, (int64_t)row);
  all->stopped = true;
}

static const dusq_value *row_of(const load *all, size_t row)
{
  return all->execution->values + row * all->execution->count;
}

/* Whether a row can be sent as it is: not if its kinds are new, nor if they have become common without a name. */
static bool is_ready(const load *all, size_t row)
{
  enum { COMMON = 16 };
  const dusq__pg_statement *statement = all->execution->prepared;
  const dusq_value *values = row_of(all, row);
  size_t n = all->execution->count;
  return dusq__pg_is_fit(statement, values, n) && !dusq__pg_wants_name(statement, values, n, COMMON);
}

static void put_row(dusq__pg_conn *conn, load *all)
{
  size_t bytes;
  size_t row = all->sent;
  dusq_error *error = dusq__pg_send(conn, all->execution, row_of(all, row), &bytes);
  if (!error) {
    all->sent++;
    return;
  }
  if (all->outcome.error || all->outcome.refused)
    dusq_error_unref(error);
  else
    all->outcome.error = error;
  fail_row(all, row);
}

static void put_rows(dusq__pg_conn *conn, load *all)
{
  while (!all->stopped && all->sent < all->rows && all->sent - all->answered < MAX_ROWS && is_ready(all, all->sent)) {
    size_t until = all->sent + ROWS_A_SYNC < all->rows ? all->sent + ROWS_A_SYNC : all->rows;
    do
      put_row(conn, all);
    while (!all->stopped && all->sent < until && is_ready(all, all->sent));
    if (!put_sync(conn))
      all->stopped = true;
    else
      all->syncs++;
  }
}

static void take_answer(dusq__pg_conn *conn, load *all)
{
  const dusq__pg_statement *statement = all->execution->prepared;
  PGresult *result = dusq__pg_next(conn);
  ExecStatusType status = result ? PQresultStatus(result) : PGRES_NONFATAL_ERROR;
  if (!result) {
    all->answered += !dusq__pg_lost(conn);
  } else if (status == PGRES_PIPELINE_SYNC || status == PGRES_PIPELINE_ABORTED) {
    all->syncs -= status == PGRES_PIPELINE_SYNC;
    PQclear(result);
  } else {
    bool open = !all->outcome.error && !all->outcome.refused;
    dusq__pg_collect(conn, result, statement->sql, all->execution->sink, &all->outcome);
    if (open && (all->outcome.error || all->outcome.refused))
      fail_row(all, all->answered);
  }
}

/* Up to the first row that is not ready. */
static void run_rows(dusq__pg_conn *conn, load *all)
{
  if (!PQenterPipelineMode(conn->pg)) {
    all->outcome.error = dusq__pg_conn_error(conn);
    all->stopped = true;
    return;
  }
  do {
    put_rows(conn, all);
    if (all->syncs)
      take_answer(conn, all);
  } while (all->syncs && !dusq__pg_lost(conn));
  if (!dusq__pg_lost(conn) && !PQexitPipelineMode(conn->pg))
    conn->broken = true;
}

/* Each row goes by its own kinds, as if it were sent by itself. */
static void run_load(dusq__pg_conn *conn, load *all)
{
  do {
    all->outcome.error = dusq__pg_fit(conn, all->execution->prepared, row_of(all, all->sent), all->execution->count);
    if (all->outcome.error)
      fail_row(all, all->sent);
    else
      run_rows(conn, all);
  } while (!all->stopped && all->sent < all->rows && !dusq__pg_lost(conn));
}

dusq_status dusq__pg_execute_many(void *arg, const dusq_execution *execution, size_t rows)
{
  dusq__pg_conn *conn = arg;
  load all = {.execution = execution, .rows = rows};
  all.outcome.error = dusq__pg_watch(conn, dusq_sink_stop(execution->sink));
  if (!all.outcome.error)
    run_load(conn, &all);
  dusq__pg_judge(conn, false, &all.outcome);
  dusq_status status = dusq__pg_unwatch(conn);
  dusq__pg_tell(execution->sink, &all.outcome);
  return status;
}
