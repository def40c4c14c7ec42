/* session_run.c - see session_run.h. */
#include "run/session_run.h"
#include "base/clock.h"
#include "data/error.h"
#include "queue/session.h"
#include "run/connect.h"
#include "run/connection.h"
#include "run/session_call.h"
#include "run/session_sequence.h"
#include "run/share.h"
#include "run/tx.h"

/* A call that was cancelled or timed out in the queue: its transaction fails when its turn comes. */
static bool pass_over(dusq__worker *worker, dusq_session *session, dusq__request *one)
{
  if (!dusq__call_skip(worker, one, dusq_future_error(&one->future)))
    dusq__worker_lose(worker, NULL);
  atomic_store(&session->transaction, dusq__tx_state(worker));
  dusq_future_unref(&one->future);
  return worker->connection != NULL;
}

/* Runs one call; false when it was the last. */
static bool serve(dusq__worker *worker, dusq_session *session)
{
  bool skipped = false, failed_before = false;
  dusq__request *one = dusq__session_next(&worker->seat, session, &skipped, &failed_before);
  if (!one)
    return false;
  if (failed_before)
    dusq__tx_fail(worker, NULL);
  if (skipped)
    return pass_over(worker, session, one);
  if (dusq__session_sequence(worker, session, one))
    return worker->connection != NULL;
  bool last = one->kind->flags & DUSQ__KIND_LAST;
  dusq__worker_begin(worker, 1, dusq__now());
  one->kind->call(worker, 0);
  dusq_future_unref(&one->future);
  return !last && worker->connection;
}

void dusq__run_session(dusq__worker *worker, size_t i)
{
  dusq__request *lease = dusq__request_at(worker, i);
  dusq_session *session = lease->session;
  dusq_error *stopped = dusq__stopped_error(&lease->stop);
  if (stopped || !dusq__session_pin(&worker->seat, lease)) {
    dusq__worker_finish(worker, i, NULL, stopped ? stopped : dusq__error_static(DUSQ_E_CLOSED), 0, NULL);
    return;
  }
  dusq__refs_take(&session->refs); /* the worker's own reference: the lease's goes now */
  dusq__worker_finish(worker, i, NULL, NULL, 0, NULL);
  worker->connection->touched = true;
  dusq__tx_clear(&worker->connection->tx);
  worker->connection->tx = (dusq__tx){.depth = session->failed_depth, .failed_at = session->failed_depth > 0};
  while (serve(worker, session))
    ;
  bool lost = !worker->connection;
  dusq__worker_reset(worker);
  dusq__session_unpin(&worker->seat, session, lost);
  dusq__session_drop(session);
}
