/* session_sequence.c - calls of a session that wait behind each other, and go to the backend together; see sequence.h.
 * The worker's thread.                                                                                               */
#include "base/clock.h"
#include "pool/sequence.h"
#include "pool/session.h"

enum { MOST = DUSQ__SEQUENCE_MAX + 2 };

typedef struct calls {
  dusq__sequence sequence;
  dusq__request *all[MOST];
  size_t n;
} calls;

/* Whether the call is a part that fits behind the others. */
static bool add(dusq__sequence *sequence, dusq__request *request)
{
  switch (request->kind) {
  case DUSQ__BEGIN:
    return dusq__sequence_begin(sequence, request->tx, request->flags, &request->stop);
  case DUSQ__QUERY:
    return dusq__sequence_add(sequence, request->statement, request->values, request->cols, request->flags,
                              &request->stop);
  case DUSQ__COMMIT:
    return dusq__sequence_commit(sequence, &request->stop, &request->sent);
  default:
    return false;
  }
}

/* The next call if it is such a part, with the queue's reference. */
static dusq__request *take_locked(dusq__worker *worker, dusq_session *session, dusq__sequence *sequence)
{
  dusq__request *one = session->first;
  if (!one || session->spoilt || one->phase != DUSQ__QUEUED || !add(sequence, one))
    return NULL;
  session->first = one->next;
  if (!session->first)
    session->last = NULL;
  session->spoilt = one->spoils;
  one->phase = DUSQ__TAKEN;
  one->worker = worker;
  one->share = worker->share + 1;
  session->waiting--;
  worker->lane->behind--;
  return one;
}

static void gather(dusq__worker *worker, dusq_session *session, calls *out)
{
  size_t most = worker->lane->pool->batch_max < MOST ? worker->lane->pool->batch_max : MOST;
  pthread_mutex_lock(&worker->lane->mtx);
  dusq__request *one = out->all[0];
  do {
    worker->room[out->n] = one;
    out->all[out->n++] = one;
  } while (out->n < most && (one = take_locked(worker, session, &out->sequence)) != NULL);
  worker->ntaken = out->n;
  pthread_mutex_unlock(&worker->lane->mtx);
}

/* Whether others wait behind it, and nothing stands in the way. */
static bool is_worth_it(dusq__worker *worker, dusq_session *session, dusq__request *first)
{
  pthread_mutex_lock(&worker->lane->mtx);
  bool more = session->first != NULL;
  pthread_mutex_unlock(&worker->lane->mtx);
  if (!more)
    return false;
  dusq_error *why = dusq__session_obstacle(worker, first);
  dusq_error_unref(why); /* it is told by the call itself */
  return !why;
}

/* A part is the call of the same number. */
static void tell(dusq__sequence *sequence, size_t part, dusq_sink *sink)
{
  dusq__session_finish(sequence->worker, part, sink, !sequence->commits);
}

static void take_back(calls *all)
{
  for (size_t i = 0; i < all->n; i++)
    dusq__request_take_back(all->all[i]);
}

/* With the commit under way behind it, the outcome of a call that is given up is unknown.  False: one has been given
 * up already, and there must be no commit.                                                                           */
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
      dusq__session_call(worker, i);
    return;
  }
  if (status)
    dusq__worker_disconnect(worker);
  atomic_store(&session->transaction, dusq__tx_state(worker));
}

bool dusq__session_sequence(dusq__worker *worker, dusq_session *session, dusq__request *first)
{
  const dusq_pool *pool = worker->lane->pool;
  calls all;
  if (!pool->backend->sequence || !pool->batch || first->kind == DUSQ__COMMIT)
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
