/* batch.c - the slot execute_batch: several executions in one pipeline.  The worker's thread.
 *
 * Each statement has its own Sync and so is its own transaction: an error does not affect the others.  Adjacent
 * statements that their callers have marked as read-only share a Sync, which saves the server a transaction for each.
 * An error among them ends all of them, and the others run again.  Sends do not block, and results are read in between,
 * so that neither side waits for the other to empty its buffers (PG:libpq-pipeline-mode).
 *
 * A cancel stops whatever the server executes when it arrives.  It is sent while the statement that it is meant for
 * should be executing, and nothing is reported before the Sync.  If it has stopped another statement, that one was
 * rolled back, and runs again.                                                                                       */
#include "batch.h"
#include "changed.h"
#include "clock.h"
#include "conn.h"
#include "error.h"
#include "learn.h"
#include "outcome.h"
#include "pipeline.h"
#include "receive.h"
#include "run.h"
#include "send.h"
#include "variant.h"
#include "wait.h"
#include <string.h>
#include <time.h>

enum {
  MAX_IN_FLIGHT = 64,       /* statements that have been sent and not answered yet */
  MAX_BYTES = 256 * 1024,   /* approximate size of those                           */
  MAX_GROUP = 32,           /* statements that share a Sync                        */
  QUICK_NS = 100000,        /* for slower answers the worker does not sleep        */
  MIN_PAUSE_NS = 30000,     /* a shorter sleep costs more than it saves            */
  MAX_PAUSE_NS = 200000
};

typedef struct item {
  dusq__pg_outcome outcome;
  size_t bytes;
  bool sent;  /* it is in the pipeline        */
  bool ends;  /* a Sync follows it            */
  bool again; /* it is to run again by itself */
  bool reported;
} item;

typedef struct batch {
  const dusq_execution *executions;
  item *items;
  size_t n;
  size_t next;    /* the first statement that has not been sent       */
  size_t current; /* the statement that the server executes           */
  size_t front;   /* the first statement whose Sync has not come back */
  size_t bytes;   /* bytes of the statements from front to next       */
  size_t syncs;   /* number of Syncs that have been sent              */
  size_t pending; /* number of Syncs that have not come back          */
  bool failed;    /* nothing more can be sent                         */
} batch;

static const dusq_stop *stop_of(const batch *all, size_t i)
{
  return dusq_sink_stop(all->executions[i].sink);
}

/* As long as nothing has been sent, only a stop of all statements counts. */
static const void *reason_of_all(const batch *all)
{
  for (size_t i = 0; i < all->n; i++)
    if (!dusq_stop_asked(stop_of(all, i)))
      return NULL;
  return stop_of(all, 0);
}

/* Whether all results of a group have come, and only its Sync is missing.  *last: the last statement of the group. */
static bool is_at_sync(const batch *all, size_t *last)
{
  size_t i = all->current;
  while (i > all->front && !all->items[i - 1].sent)
    i--;
  *last = i - 1; /* not used if there is none */
  return i > all->front && all->items[i - 1].ends;
}

/* The results of a group have come, but they are valid only at the Sync: a stop of any of its statements counts. */
static const void *reason_at_sync(const batch *all)
{
  size_t last;
  if (!is_at_sync(all, &last))
    return NULL;
  for (size_t i = all->front; i <= last; i++)
    if (all->items[i].sent && dusq_stop_asked(stop_of(all, i)))
      return stop_of(all, i);
  return NULL;
}

/* The reason to stop what the server executes now; see dusq__pg_call. */
static const void *reason_of_batch(dusq__pg_conn *conn, bool *size)
{
  batch *all = conn->call.pipeline;
  if (!all->next)
    return reason_of_all(all);
  while (all->current < all->next && !all->items[all->current].sent)
    all->current++;
  const void *reason = reason_at_sync(all);
  if (reason || all->current >= all->next)
    return reason;
  if (dusq_stop_asked(stop_of(all, all->current)))
    return stop_of(all, all->current);
  *size = true;
  return dusq__pg_is_too_large(conn) ? &all->items[all->current] : NULL;
}

static void report(batch *all, size_t i)
{
  all->items[i].reported = true;
  dusq__pg_report(all->executions[i].sink, &all->items[i].outcome);
}

/* ---- sending ------------------------------------------------------------------------------------------------------- */

static bool only_reads(const batch *all, size_t i)
{
  const dusq__pg_statement *statement = all->executions[i].prepared;
  return statement->is.reads && (all->executions[i].flags & DUSQ_READ_ONLY);
}

static bool has_room(const batch *all)
{
  return all->next < all->n && !all->failed && all->next - all->front < MAX_IN_FLIGHT && all->bytes < MAX_BYTES;
}

/* False: nothing was put into the pipeline. */
static bool send_one(dusq__pg_conn *conn, batch *all, size_t i)
{
  item *one = &all->items[i];
  const dusq_execution *execution = &all->executions[i];
  if (!dusq__pg_is_ready(execution->prepared, execution->values, execution->count))
    return false; /* something must be learned first: the statement runs by itself */
  if (dusq_stop_asked(stop_of(all, i)))
    one->outcome.error = dusq__pg_canceled();
  else
    one->outcome.error = dusq__pg_send(conn, execution, execution->values, &one->bytes);
  one->sent = !one->outcome.error;
  if (!one->sent && dusq__pg_lost(conn))
    all->failed = true;
  else if (!one->sent)
    report(all, i);
  return one->sent;
}

/* Sends the next statements that may share a Sync, and the Sync. */
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
  all->pending++;
  if (!dusq__pg_pipe_sync(conn->pg))
    all->failed = conn->broken = true; /* what was sent would never be answered */
}

static void fill(dusq__pg_conn *conn, batch *all)
{
  /* refilled when half empty, so that each round trip carries several */
  if (all->next > all->front && all->next - all->front > MAX_IN_FLIGHT / 2)
    return;
  while (has_room(all))
    send_group(conn, all);
}

/* ---- receiving ----------------------------------------------------------------------------------------------------- */

/* Whether a cancel for another execution has stopped this one. */
static bool is_stopped_for_another(const dusq__pg_conn *conn, const batch *all, size_t i)
{
  return conn->cancel.reason && dusq__pg_is_cancel(all->items[i].outcome.error) && !dusq_stop_asked(stop_of(all, i));
}

/* The Sync after `last` has come: everything up to there is over. */
static void end_group(dusq__pg_conn *conn, batch *all, size_t last)
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
    bool unaffected = one->again || (sent > 1 && failed && !one->outcome.error && !one->outcome.refused);
    one->again = unaffected || is_stopped_for_another(conn, all, i) ||
                 dusq__pg_is_about_types(all->executions[i].prepared, one->outcome.error);
    if (one->again)
      continue;
    dusq__pg_judge(conn, all->executions[i].prepared, &one->outcome);
    report(all, i);
  }
  all->front = last + 1;
  all->pending--;
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
  dusq__pg_take_result(conn, result, statement->sql, all->executions[all->current].sink, &one->outcome);
}

/* An error at a Sync is a failed commit.  It may be the first error: deferred constraints, serialization. */
static void take_at_sync(dusq__pg_conn *conn, batch *all, size_t last, PGresult *result)
{
  size_t sent = 0;
  for (size_t i = all->front; i <= last; i++)
    sent += all->items[i].sent;
  if (sent > 1) { /* running them one by one will show which one failed */
    for (size_t i = all->front; i <= last; i++)
      all->items[i].again = true;
    PQclear(result);
    return;
  }
  const dusq__pg_statement *statement = all->executions[last].prepared;
  dusq__pg_take_result(conn, result, statement->sql, all->executions[last].sink, &all->items[last].outcome);
}

/* The server sends at each Sync.  A worker that polls is woken by each answer, which costs more than reading it.  So
 * while many quick answers are expected, the worker sleeps for half the time that they should take, less what sleeps
 * last too long, and then reads many at once.  With few of them the callers wait for these very answers.
 * An interrupt waits for that, too, but for less than the server's time for the answers.                             */
static void sleep_for_answers(dusq__pg_conn *conn, const batch *all)
{
  if (all->pending < MAX_IN_FLIGHT / 2 || conn->sync_time > QUICK_NS)
    return;
  int64_t pause = (int64_t)all->pending * conn->sync_time / 2 - conn->slack;
  conn->slack -= conn->slack / 64; /* so that it is measured again, if it was once so long that no sleep pays */
  if (pause < MIN_PAUSE_NS || PQflush(conn->pg) || !PQisBusy(conn->pg) || dusq__pg_bytes_waiting(conn->pg))
    return;
  struct timespec sleep = {.tv_nsec = (long)(pause < MAX_PAUSE_NS ? pause : MAX_PAUSE_NS)};
  int64_t until = dusq__pg_now() + sleep.tv_nsec;
  nanosleep(&sleep, NULL);
  int64_t slack = dusq__pg_now() - until;
  conn->slack += ((slack < MAX_PAUSE_NS ? slack : MAX_PAUSE_NS) - conn->slack) / 4;
}

/* A sleep that was too long makes the next ones shorter: each is half of the time that a batch took. */
static void note_sync_time(dusq__pg_conn *conn, const batch *all, int64_t started)
{
  if (!all->syncs)
    return;
  int64_t time = (dusq__pg_now() - started) / (int64_t)all->syncs;
  conn->sync_time = conn->sync_time ? conn->sync_time - conn->sync_time / 4 + time / 4 : time;
}

static void receive(dusq__pg_conn *conn, batch *all)
{
  size_t last;
  sleep_for_answers(conn, all);
  bool unused;
  (void)reason_of_batch(conn, &unused); /* the call skips statements that were not sent, which have no results */
  PGresult *result = dusq__pg_get_result(conn);
  bool at_sync = is_at_sync(all, &last);
  if (result && PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
    PQclear(result);
    if (at_sync)
      end_group(conn, all, last);
    else
      conn->broken = true; /* the connection is out of sync */
  } else if (result && at_sync) {
    take_at_sync(conn, all, last, result);
  } else if (result) {
    take(conn, all, result);
  } else if (!at_sync && !dusq__pg_lost(conn)) {
    all->current++; /* all of its results have come */
    dusq__pg_begin_result(conn);
  }
}

static bool any_sent(const batch *all)
{
  for (size_t i = all->front; i < all->next; i++)
    if (all->items[i].sent)
      return true;
  return false;
}

static void run_pipeline(dusq__pg_conn *conn, batch *all)
{
  if (!PQenterPipelineMode(conn->pg)) {
    all->failed = true;
    return;
  }
  do {
    fill(conn, all);
    if (all->front >= all->next || dusq__pg_lost(conn))
      continue;
    if (any_sent(all))
      receive(conn, all);
    else
      all->front = all->current = all->next;
  } while ((all->front < all->next || (all->next < all->n && !all->failed)) && !dusq__pg_lost(conn));
  if (!dusq__pg_lost(conn) && !PQexitPipelineMode(conn->pg))
    conn->broken = true;
}

/* ---- the slot ------------------------------------------------------------------------------------------------------ */

static void fail_lost(dusq__pg_conn *conn, batch *all)
{
  for (size_t i = 0; i < all->n; i++) {
    if (all->items[i].reported)
      continue;
    dusq__pg_set_lost_by(conn, i == all->current, all->executions[i].sink, &all->items[i].outcome);
    report(all, i);
  }
}

static dusq_status run_again(dusq__pg_conn *conn, batch *all)
{
  dusq_status status = DUSQ_OK;
  for (size_t i = 0; i < all->n && !status; i++) {
    item *one = &all->items[i];
    if (one->reported)
      continue;
    dusq_error_unref(one->outcome.error);
    one->outcome = (dusq__pg_outcome){0};
    dusq_sink_restart(all->executions[i].sink);
    one->reported = true;
    status = dusq__pg_execute(conn, &all->executions[i]);
  }
  return status;
}

static dusq_status run_one_by_one(dusq__pg_conn *conn, const dusq_execution *executions, size_t n)
{
  dusq_status status = DUSQ_OK;
  for (size_t i = 0; i < n; i++) {
    dusq_status one = dusq__pg_execute(conn, &executions[i]);
    status = one ? one : status;
  }
  return status;
}

dusq_status dusq__pg_execute_batch(void *arg, const dusq_execution *executions, size_t n)
{
  dusq__pg_conn *conn = arg;
  item *items = dusq__pg_grow(&conn->buffers.items, n * sizeof *items);
  if (!items || PQtransactionStatus(conn->pg) != PQTRANS_IDLE)
    return run_one_by_one(conn, executions, n);
  memset(items, 0, n * sizeof *items);
  batch all = {.executions = executions, .items = items, .n = n};
  conn->batching = true;
  dusq_error *error = dusq__pg_begin_call(conn, NULL);
  if (!error) {
    conn->call.reason = reason_of_batch;
    conn->call.pipeline = &all;
    for (size_t i = 0; i < n; i++)
      dusq_error_unref(dusq__pg_make_ready(conn, executions[i].prepared, executions[i].values, executions[i].count));
    conn->receiving.limit = conn->instance->receive_limit;
    int64_t started = dusq__pg_now();
    run_pipeline(conn, &all);
    note_sync_time(conn, &all, started);
  }
  dusq_error_unref(error); /* each sink is told that the connection is lost */
  dusq_status status = dusq__pg_end_call(conn);
  if (!status)
    status = run_again(conn, &all);
  conn->batching = false;
  if (status)
    fail_lost(conn, &all);
  if (conn->unfit)
    dusq__pg_give_up(conn);
  return dusq__pg_lost(conn) ? DUSQ_E_CONNECTION_LOST : status;
}
