/* session_sequence.c - see session_sequence.h. */
#include "run/session_sequence.h"
#include "base/clock.h"
#include "queue/session.h"
#include "run/connect.h"
#include "run/session_call.h"
#include "run/share.h"
#include "run/tx.h"

enum { MOST = DUSQ__SEQUENCE_MAX + 2 };

typedef struct calls {
  dusq__sequence sequence;
  dusq__request *all[MOST];
  size_t n;
} calls;

bool dusq__join_begin(dusq__sequence *sequence, dusq__request *request)
{
  return dusq__sequence_begin(sequence, request->task.tx, request->task.flags, &request->stop);
}

bool dusq__join_query(dusq__sequence *sequence, dusq__request *request)
{
  const dusq__task *task = &request->task;
  return dusq__sequence_add(sequence, task->statement, task->values, task->cols, task->flags, &request->stop);
}

bool dusq__join_commit(dusq__sequence *sequence, dusq__request *request)
{
  return dusq__sequence_commit(sequence, &request->stop, &request->sent);
}

static bool add(void *sequence, dusq__request *request)
{
  return request->kind->join && request->kind->join(sequence, request);
}

static void gather(dusq__worker *worker, dusq_session *session, calls *out)
{
  size_t most = dusq__setup_of(worker)->options.batch_max < MOST ? dusq__setup_of(worker)->options.batch_max : MOST;
  pthread_mutex_lock(&worker->seat.lane->mtx);
  dusq__request *one = out->all[0];
  do {
    worker->seat.room[out->n] = one;
    out->all[out->n++] = one;
  } while (out->n < most && (one = dusq__session_join_locked(&worker->seat, session, add, &out->sequence)) != NULL);
  worker->seat.standing.ntaken = out->n;
  pthread_mutex_unlock(&worker->seat.lane->mtx);
}

/* Whether other calls wait behind it, and it can be begun. */
static bool is_worth_it(dusq__worker *worker, dusq_session *session, dusq__request *first)
{
  pthread_mutex_lock(&worker->seat.lane->mtx);
  bool more = session->first != NULL;
  pthread_mutex_unlock(&worker->seat.lane->mtx);
  if (!more)
    return false;
  dusq_error *why = dusq__call_obstacle(worker, first);
  dusq_error_unref(why); /* the call by itself reports it */
  return !why;
}

/* A part is the call of the same number. */
static void tell(dusq__sequence *sequence, size_t part, dusq_sink *sink)
{
  dusq__call_finish(sequence->worker, part, sink, !sequence->commits);
}

static void take_back(calls *all)
{
  for (size_t i = 0; i < all->n; i++)
    dusq__request_take_back(all->all[i]);
}

/* With the commit in the same trip, a call that is given up has an unknown outcome, so all calls are RELEASED.  False:
 * one has been given up already, and there must be no commit.                                                        */
static bool release(calls *all)
{
  bool good = true;
  for (size_t i = 0; i < all->n && good; i++)
    good = dusq__request_release(all->all[i]);
  if (!good)
    take_back(all);
  return good;
}

static void run(dusq__worker *worker, dusq_session *session, calls *all)
{
  all->sequence.tell = tell;
  all->sequence.arg = all;
  dusq__worker_begin(worker, all->n, dusq__now());
  bool late = all->sequence.commits && !release(all);
  dusq_status status = late ? DUSQ_E_NOTSUP : dusq__sequence_run(&all->sequence);
  dusq__sequence_fini(&all->sequence);
  if (status == DUSQ_E_NOTSUP) {
    take_back(all);
    for (size_t i = 0; i < all->n; i++)
      all->all[i]->kind->call(worker, i);
    return;
  }
  if (status)
    dusq__worker_lose(worker, NULL);
  atomic_store(&session->transaction, dusq__tx_state(worker));
}

bool dusq__session_sequence(dusq__worker *worker, dusq_session *session, dusq__request *first)
{
  const dusq__setup *setup = dusq__setup_of(worker);
  calls all;
  if (!setup->backend->sequence || !setup->options.batch || first->kind->flags & DUSQ__KIND_COMMITS)
    return false;
  dusq__sequence_init(&all.sequence, worker);
  all.all[0] = first;
  all.n = 0;
  if (add(&all.sequence, first) && is_worth_it(worker, session, first))
    gather(worker, session, &all);
  bool several = all.n > 1;
  if (several)
    run(worker, session, &all);
  else
    dusq__sequence_fini(&all.sequence);
  for (size_t i = 0; several && i < all.n; i++)
    dusq_future_unref(&all.all[i]->future);
  return several;
}
