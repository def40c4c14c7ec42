/* transact.c - see transact.h. */
#include "run/transact.h"
#include "base/clock.h"
#include "data/error.h"
#include "data/result.h"
#include "run/connect.h"
#include "run/execute.h"
#include "run/job.h"
#include "run/query.h"
#include "run/sequence.h"
#include "run/tx.h"
#include "run/tx_run.h"

enum { FIRST_PAUSE_NS = 1000000, MAX_PAUSE_NS = 100000000, MOST_DOUBLINGS = 7, USUAL_ATTEMPTS = 10 };

/* The outcome of one attempt. */
typedef struct attempt {
  dusq_result *result; /* owned */
  dusq_error *error;   /* owned; NULL: it was committed */
  bool again;          /* all of it was rolled back, and another attempt may succeed */
} attempt;

static void fail(attempt *out, dusq_error *take_error)
{
  dusq_result_unref(out->result);
  out->result = NULL;
  dusq_error_unref(out->error);
  out->error = take_error;
}

static dusq_error *with_index(dusq_error *take_error, size_t i)
{
  dusq_error *error = dusq__error_copy(take_error);
  dusq_error_set_number(error, DUSQ_ERROR_INDEX, (int64_t)i);
  dusq_error_unref(take_error);
  return error;
}

static bool run_step(dusq__worker *worker, dusq__request *request, size_t i, dusq_sink *sink)
{
  const dusq__step *step = &request->task.steps[i];
  sink->done = false;
  sink->counts = dusq__tx_counts(worker, step->statement) ? request : NULL;
  bool usable = dusq__tx_execute(worker, step->statement, step->values, step->n, request->task.flags, sink);
  if (sink->error)
    sink->error = with_index(sink->error, i);
  return usable && !sink->error;
}

static void run_steps(dusq__worker *worker, dusq__request *request, attempt *out)
{
  dusq_sink sink;
  atomic_bool ignored = false;
  dusq__sink_init(&sink, &request->stop, &ignored, dusq__setup_of(worker)->options.max_result_bytes);
  size_t i = 0;
  while (i < request->task.rows && run_step(worker, request, i, &sink))
    i++;
  if (dusq_error_status(sink.error) == DUSQ_E_CONNECTION_LOST)
    dusq__worker_lose(worker, sink.error);
  out->result = dusq__sink_end(&sink, &out->error);
}

/* Begins or ends the transaction; the error is in *out.  False: it failed. */
static bool control(dusq__worker *worker, dusq__request *request, bool begins, attempt *out)
{
  dusq_sink sink;
  atomic_bool ignored = false;
  dusq__sink_init(&sink, &request->stop, begins ? &ignored : &request->sent, SIZE_MAX);
  sink.counts = begins ? NULL : request;
  bool usable = begins ? dusq__tx_begin(worker, request->task.tx, &sink) : dusq__tx_commit(worker, &sink);
  dusq_error *error = dusq__sink_take_error(&sink);
  dusq__sink_fini(&sink);
  if (!usable)
    dusq__worker_lose(worker, error);
  if (error)
    fail(out, error);
  return !error;
}

static void undo(dusq__worker *worker)
{
  dusq_sink sink;
  dusq_stop none = {.deadline = INT64_MAX};
  atomic_bool ignored = false;
  dusq__sink_init(&sink, &none, &ignored, SIZE_MAX);
  while (worker->connection && worker->connection->tx.depth)
    if (!dusq__tx_rollback(worker, &sink))
      dusq__worker_lose(worker, sink.error);
    else
      dusq_sink_restart(&sink);
  dusq__sink_fini(&sink);
}

static bool worth_another(const dusq_error *error)
{
  bool gone = dusq_error_status(error) == DUSQ_E_CONNECTION_LOST && !dusq_error_unknown_outcome(error);
  return dusq_error_retryable(error) || gone;
}

/* The function may have hidden the error of its statement; the transaction state shows it. */
static void end(dusq__worker *worker, dusq__request *request, attempt *out)
{
  if (!worker->connection) {
    out->again = worth_another(out->error); /* by its own error: a statement of the function may have committed */
    if (!out->error)
      fail(out, dusq__error_static(DUSQ_E_CONNECTION_LOST));
    return;
  }
  const dusq__tx *tx = &worker->connection->tx;
  bool failed = tx->failed_at > 0, retryable = tx->retryable;
  if (!out->error && tx->depth > 1)
    fail(out, dusq_error_new(DUSQ_E_TX_STATE, NULL, 0, "a nested transaction was left open"));
  if (!out->error && control(worker, request, false, out))
    return;
  out->again = (failed && retryable) || worth_another(out->error);
  undo(worker);
  if (failed && !out->again)
    out->again = dusq__was_stale(worker, out->error);
}

/* ---- all steps in one round trip -------------------------------------------------------------------------------- */

static bool put_together(dusq__sequence *all, dusq__request *request)
{
  if (!request->task.rows || request->task.rows > DUSQ__SEQUENCE_MAX)
    return false;
  if (!dusq__sequence_begin(all, request->task.tx, request->task.flags, &request->stop))
    return false;
  for (size_t i = 0; i < request->task.rows; i++) {
    const dusq__step *step = &request->task.steps[i];
    if (!dusq__sequence_add(all, step->statement, step->values, step->n, request->task.flags, &request->stop))
      return false;
  }
  dusq__sequence_commit(all, &request->stop, &request->sent); /* else the commit takes a round trip of its own */
  return true;
}

/* The first error, by its place; -1: that of the begin or the commit.  When the connection was lost, the commit's error
 * is the accurate one.                                                                                               */
static dusq_error *first_error(dusq__sequence *all, bool lost)
{
  if (lost && all->commits)
    return dusq__sink_take_error(&all->committed);
  if (all->begun.error)
    return dusq__sink_take_error(&all->begun);
  for (size_t i = 0; i < all->n; i++)
    if (all->sinks[i].error)
      return with_index(dusq__sink_take_error(&all->sinks[i]), i);
  return all->commits ? dusq__sink_take_error(&all->committed) : NULL;
}

static void chain_results(dusq__sequence *all, attempt *out)
{
  size_t bytes = 0, limit = dusq__setup_of(all->worker)->options.max_result_bytes;
  dusq_result *last = NULL;
  for (size_t i = 0; i < all->n && !out->error; i++) {
    dusq_result *one = dusq__sink_take(&all->sinks[i]);
    bytes += dusq_result_bytes(one);
    if (!one)
      fail(out, dusq__error_static(DUSQ_E_NOMEM));
    else if (last)
      dusq__result_link(last, one);
    else
      out->result = one;
    last = one;
  }
  if (!out->error && bytes > limit && !all->commits) /* results without rows are small */
    fail(out, dusq_error_new(DUSQ_E_LIMIT, NULL, 0, "the results are larger than max_result_bytes (%zu)", limit));
}

/* False: it has to be done step by step.  The caller ends what was left open. */
static bool run_at_once(dusq__worker *worker, dusq__request *request, attempt *out, bool *committed)
{
  const dusq__setup *setup = dusq__setup_of(worker);
  if (!request->task.steps || !setup->backend->sequence || !setup->options.batch)
    return false;
  dusq__sequence all;
  dusq__sequence_init(&all, worker);
  dusq_status status = put_together(&all, request) ? DUSQ_OK : DUSQ_E_NOTSUP;
  bool late = !status && all.commits && !dusq__request_release(request);
  if (late)
    out->error = dusq__stopped_error(&request->stop);
  else if (!status)
    status = dusq__sequence_run(&all);
  if (status == DUSQ_E_NOTSUP) {
    dusq__request_take_back(request);
  } else if (!late) {
    out->error = first_error(&all, status == DUSQ_E_CONNECTION_LOST);
    *committed = all.commits && !out->error;
    if (!out->error)
      chain_results(&all, out);
  }
  dusq__sequence_fini(&all);
  if (status == DUSQ_E_CONNECTION_LOST)
    dusq__worker_lose(worker, out->error);
  return status != DUSQ_E_NOTSUP;
}

/* ---- attempts ---------------------------------------------------------------------------------------------------- */

static void attempt_it(dusq__worker *worker, dusq__request *request, attempt *out)
{
  bool committed = false;
  atomic_store(&request->sent, false);
  dusq__request_take_back(request);
  if (run_at_once(worker, request, out, &committed)) {
    if (!committed)
      end(worker, request, out);
    return;
  }
  if (!control(worker, request, true, out)) {
    out->again = worth_another(out->error);
    undo(worker);
    return;
  }
  if (request->task.steps) {
    run_steps(worker, request, out);
  } else {
    out->result = dusq__call_job(worker, request, &out->error);
    atomic_store(&request->sent, false); /* what the job did is not committed ... */
    if (worker->connection && !worker->connection->tx.gone)
      dusq__request_take_back(request); /* ... unless a statement of the job ended the transaction */
  }
  end(worker, request, out);
}

/* Sleeps for a growing, jittered time before another attempt.  False: it is too late for one. */
static bool pause_before(dusq__worker *worker, const dusq__request *request, uint32_t attempts)
{
  int64_t longest = FIRST_PAUSE_NS << (attempts < MOST_DOUBLINGS ? attempts : MOST_DOUBLINGS);
  longest = longest < MAX_PAUSE_NS ? longest : MAX_PAUSE_NS;
  int64_t until = dusq__deadline(longest / 4 + dusq__worker_random(worker) % (uint32_t)(longest * 3 / 4));
  if (until >= request->stop.deadline)
    return false;
  while (dusq__now() < until && !dusq__stop_why(&request->stop))
    dusq__park(&worker->seat.parker, until);
  return !dusq__stop_why(&request->stop);
}

/* False, with the error in *out: there is no connection, or the request is to stop. */
static bool ready(dusq__worker *worker, const dusq__request *request, attempt *out)
{
  dusq_error *error = dusq__obstacle(worker, request);
  if (error)
    fail(out, error);
  return !error;
}

void dusq__run_transact(dusq__worker *worker, size_t i)
{
  dusq__request *request = worker->seat.share.requests[i];
  uint32_t most = request->task.tx->attempts ? request->task.tx->attempts : USUAL_ATTEMPTS;
  attempt now = {NULL, NULL, true};
  for (uint32_t n = 0; now.again && n < most && (!n || pause_before(worker, request, n)); n++) {
    now.again = false;
    if (!ready(worker, request, &now))
      break;
    fail(&now, NULL);
    attempt_it(worker, request, &now);
  }
  dusq__worker_reset(worker);
  dusq__worker_finish(worker, i, now.result, now.error, 0, NULL);
}
