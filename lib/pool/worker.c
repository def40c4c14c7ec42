/* worker.c - a worker's thread: take a share, have a connection, do it, again.
 *
 * Nobody else calls the driver on the worker's connection but for the interrupt, and between two calls the worker
 * waits until every interrupt that is under way has come back, so that none can hit what comes next.                 */
#include "base/clock.h"
#include "base/near.h"
#include "pool/execute.h"
#include "pool/session.h"
#include <sched.h>

/* For what each request goes through: a call less is one in a hundred of what an empty job costs. */
#ifdef __GNUC__
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE static inline
#endif

enum {
  FIRST_BACKOFF_NS = 50000000,
  MAX_BACKOFF_NS = 2000000000,
  ASK_AGAIN_NS = 50000 /* between jobs that follow at once, the server is not asked again whether it is there */
};

/* ---- the connection ---------------------------------------------------------------------------------------------- */

void dusq__worker_enter(dusq__worker *worker)
{
  pthread_mutex_lock(&worker->mtx);
  worker->native_conn = worker->connection->native;
  worker->executing = true;
  pthread_mutex_unlock(&worker->mtx);
}

bool dusq__worker_leave(dusq__worker *worker)
{
  pthread_mutex_lock(&worker->mtx);
  worker->executing = false;
  while (worker->interrupting)
    pthread_cond_wait(&worker->cond, &worker->mtx);
  worker->native_conn = NULL;
  pthread_mutex_unlock(&worker->mtx);
  return !atomic_load_explicit(&worker->discard, memory_order_relaxed);
}

void dusq__worker_disconnect(dusq__worker *worker)
{
  if (!worker->connection)
    return;
  dusq__connection_close(worker->connection);
  worker->connection = NULL;
  atomic_store(&worker->discard, false);
  pthread_mutex_lock(&worker->lane->mtx);
  worker->lane->nconnected--;
  worker->connected = false;
  pthread_mutex_unlock(&worker->lane->mtx);
}

uint32_t dusq__worker_random(dusq__worker *worker)
{
  uint32_t x = worker->random ? worker->random : 1;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return worker->random = x;
}

/* How many workers are enough for quick statements: where the server shares the processors, as many as they are. */
static uint32_t enough_of(const dusq__worker *worker)
{
  enum { LEAST = 2 }; /* one computes while the other's server does */
  const dusq__lane *lane = worker->lane;
  const dusq_backend *backend = lane->pool->backend;
  int fd = worker->connection && backend->socket ? backend->socket(worker->connection->native) : -1;
  uint32_t n = fd >= 0 && dusq__is_near(fd) ? dusq__processors() : lane->max;
  return n > LEAST ? n : LEAST;
}

/* Tells the lane how it went, so that nobody hammers at a closed door. */
static void note_connect(dusq__worker *worker, dusq_error *error)
{
  dusq__lane *lane = worker->lane;
  uint32_t enough = enough_of(worker);
  pthread_mutex_lock(&lane->mtx);
  dusq_error *old = lane->connect_error;
  lane->connect_error = dusq_error_ref(error);
  if (!error) {
    lane->nconnected++;
    lane->enough = enough;
    worker->connected = true;
    lane->backoff = lane->retry_at = 0;
    for (uint32_t i = 0; i < lane->max && lane->nwaiting; i++)
      if (lane->workers[i].state == DUSQ__WORKER_BUSY)
        dusq__unpark(&lane->workers[i].parker); /* those who wait for their turn need not any more */
  } else {
    int64_t next = lane->backoff ? lane->backoff * 2 : FIRST_BACKOFF_NS;
    lane->backoff = next < MAX_BACKOFF_NS ? next : MAX_BACKOFF_NS;
    lane->retry_at = dusq__deadline(lane->backoff / 2 + dusq__worker_random(worker) % (lane->backoff / 2 + 1));
  }
  pthread_mutex_unlock(&lane->mtx);
  dusq_error_unref(old);
}

static bool usable(dusq__worker *worker, int64_t now)
{
  dusq__connection *connection = worker->connection;
  const dusq_backend *backend = worker->lane->pool->backend;
  if (atomic_load_explicit(&worker->discard, memory_order_relaxed))
    return false;
  if (now > connection->dies_at)
    return false;
  if (!backend->alive || (worker->pulled && now - worker->asked_at < ASK_AGAIN_NS))
    return true;
  worker->asked_at = now;
  return backend->alive(connection->native);
}

static dusq__request *first_unsettled(dusq__request *const *requests, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (requests[i] && !dusq__future_settled(&requests[i]->future))
      return requests[i];
  return NULL;
}

/* One of the requests in the share that has not settled, counted; or NULL. */
static dusq__request *find_unsettled(dusq__worker *worker, uint64_t share)
{
  dusq__request *found = NULL;
  pthread_mutex_lock(&worker->lane->mtx);
  pthread_mutex_lock(&worker->mtx);
  if (!share || share == worker->share)
    found = first_unsettled(worker->requests, worker->nrequests);
  if (!share && !found && worker->taken > worker->share) /* it is about to be begun */
    found = first_unsettled(worker->room, worker->ntaken);
  if (found)
    dusq_future_ref(&found->future);
  pthread_mutex_unlock(&worker->mtx);
  pthread_mutex_unlock(&worker->lane->mtx);
  return found;
}

void dusq__worker_abandon(dusq__worker *worker, uint64_t share, dusq_status status, const char *why)
{
  dusq__request *request;
  while ((request = find_unsettled(worker, share)) != NULL) {
    if (!dusq__request_abandon(request, status, why))
      sched_yield(); /* somebody has just told it, and is about to settle it */
    dusq_future_unref(&request->future);
  }
}

/* The driver has let connect_timeout pass, and the grace after it: nobody is to wait for it any longer. */
void dusq__worker_connect_late(dusq__timer *timer)
{
  dusq__worker *worker = (dusq__worker *)((char *)timer - offsetof(dusq__worker, connect_timer));
  dusq__home *home = worker->lane->pool->home;
  pthread_mutex_lock(&worker->mtx);
  bool late = worker->connecting;
  uint64_t share = worker->share; /* the next one may have a connection */
  for (size_t i = 0; late && i < worker->nrequests; i++)
    if (worker->requests[i]) /* under the lock: once it has a connection, the worker sees that it is too late */
      dusq__stop_ask(&worker->requests[i]->stop, DUSQ_E_CONNECT);
  pthread_mutex_unlock(&worker->mtx);
  if (late)
    dusq__worker_abandon(worker, share, DUSQ_E_CONNECT, "no connection within connect_timeout");
  dusq__home_unref(home);
}

const dusq_stop *dusq__worker_own_stop(dusq__worker *worker)
{
  dusq_pool *pool = worker->lane->pool;
  pthread_mutex_lock(&worker->mtx); /* as in begin_locked */
  atomic_store(&worker->own_stop.reason, atomic_load(&pool->state) >= DUSQ__POOL_CANCELING ? DUSQ_E_CLOSED : DUSQ_OK);
  worker->own_stop.deadline = dusq__deadline(pool->connect_timeout);
  pthread_mutex_unlock(&worker->mtx);
  return &worker->own_stop;
}

static void set_connecting(dusq__worker *worker, bool connecting)
{
  dusq_pool *pool = worker->lane->pool;
  if (connecting)
    dusq__worker_own_stop(worker);
  pthread_mutex_lock(&worker->mtx);
  worker->connecting = connecting;
  int64_t late = dusq__later(worker->own_stop.deadline, pool->cancel_grace);
  pthread_mutex_unlock(&worker->mtx);
  if (connecting && late != INT64_MAX) {
    dusq__home_ref(pool->home);
    dusq__timer_arm(pool->home, &worker->connect_timer, late);
  } else if (!connecting && dusq__timer_disarm(pool->home, &worker->connect_timer)) {
    dusq__home_unref(pool->home);
  }
}

dusq_status dusq__worker_connect(dusq__worker *worker, int64_t now, dusq_error **error)
{
  if (worker->connection && usable(worker, now))
    return DUSQ_OK;
  dusq__ahead_return_own(worker);
  dusq__worker_disconnect(worker);
  dusq_pool *pool = worker->lane->pool;
  dusq_error *why = NULL;
  set_connecting(worker, true);
  dusq_status status = dusq__connection_open(pool, worker->lane->number, &worker->own_stop, dusq__worker_random(worker),
                                             &worker->connection, &why);
  set_connecting(worker, false);
  why = dusq__stop_reworded(&worker->own_stop, why);
  status = dusq_error_status(why);
  dusq__count(status ? &worker->connect_errors : &worker->connects, 1);
  note_connect(worker, why);
  if (status) {
    dusq__logf(pool->params.log, DUSQ_LOG_WARNING, "pool", "no connection: %s", dusq_error_message(why));
    *error = why;
  } else {
    dusq__exit_connected(pool);
  }
  return status;
}

/* ---- shares ------------------------------------------------------------------------------------------------------ */

void dusq__worker_forget(dusq__worker *worker, size_t i)
{
  pthread_mutex_lock(&worker->mtx); /* whoever looks at the share must not find what may be gone */
  worker->requests[i] = NULL;
  while (worker->nrequests && !worker->requests[worker->nrequests - 1])
    worker->nrequests--; /* nor look where the next share is being put */
  pthread_mutex_unlock(&worker->mtx);
}

ALWAYS_INLINE bool tell(dusq__worker *worker, size_t i, const dusq_error *error)
{
  dusq__request *request = worker->requests[i];
  if (error && request->label)
    dusq__logf(worker->lane->pool->params.log, DUSQ_LOG_DEBUG, "pool", "%s: %s: %s", request->label,
               dusq_status_name(dusq_error_status(error)), dusq_error_message(error));
  dusq__request_free_arg(request);
  return dusq__request_tell(request);
}

ALWAYS_INLINE void settle(dusq__worker *worker, size_t i, bool told, dusq_result *take_result,
                          dusq_error *take_error, int64_t now, dusq__wakes *wakes)
{
  dusq__request *request = worker->requests[i];
  now = now ? now : dusq__now();
  worker->finished_at = now;
  int64_t submitted = atomic_load_explicit(&request->future.submitted, memory_order_relaxed);
  int64_t started = atomic_load_explicit(&request->future.started, memory_order_relaxed);
  dusq_status status = dusq_error_status(take_error);
  if (told && !request->uncounted) {
    dusq__count(&worker->settled, 1);
    if (status)
      dusq__count(status == DUSQ_E_CANCELED ? &worker->canceled : &worker->failed, 1);
  }
  dusq__count(&worker->queue_ns, started - submitted);
  dusq__count(&worker->run_ns, now - started);
  dusq__wakes own = {NULL, NULL};
  if (told) {
    dusq__request_settle_quietly(request, take_result, take_error, now, wakes ? wakes : &own);
  } else {
    dusq_result_unref(take_result);
    dusq_error_unref(take_error);
  }
  dusq__worker_forget(worker, i); /* not before: who looks for what has not settled finds it until then */
  dusq__request_part(request);
  dusq__wake_all(&own);
}

bool dusq__worker_tell(dusq__worker *worker, size_t i, const dusq_error *error)
{
  return tell(worker, i, error);
}

void dusq__worker_settle(dusq__worker *worker, size_t i, bool told, dusq_result *take_result, dusq_error *take_error,
                         int64_t now, dusq__wakes *wakes)
{
  settle(worker, i, told, take_result, take_error, now, wakes);
}

void dusq__worker_finish(dusq__worker *worker, size_t i, dusq_result *take_result, dusq_error *take_error, int64_t now,
                         dusq__wakes *wakes)
{
  settle(worker, i, tell(worker, i, take_error), take_result, take_error, now, wakes);
}

static void begin_locked(dusq__worker *worker, size_t n)
{
  worker->share = worker->room[0]->share;
  worker->requests = worker->room;
  worker->nrequests = n;
  /* a close that cancels looks at every share under this lock: it finds this one, or the state is seen here */
  if (atomic_load(&worker->lane->pool->state) >= DUSQ__POOL_CANCELING)
    for (size_t i = 0; i < n; i++)
      dusq__stop_ask(&worker->room[i]->stop, DUSQ_E_CLOSED);
}

void dusq__worker_begin(dusq__worker *worker, size_t n, int64_t now)
{
  pthread_mutex_lock(&worker->mtx);
  begin_locked(worker, n);
  pthread_mutex_unlock(&worker->mtx);
  for (size_t i = 0; i < n; i++)
    dusq__future_start(&worker->room[i]->future, now);
}

/* Begins a job that has been pulled ahead; false if there is none. */
static bool begin_pulled(dusq__worker *worker, int64_t now)
{
  if (!atomic_load_explicit(&worker->nahead, memory_order_relaxed))
    return false; /* only the worker itself adds any */
  pthread_mutex_lock(&worker->mtx);
  bool some = dusq__ahead_next_locked(worker);
  if (some)
    begin_locked(worker, 1);
  pthread_mutex_unlock(&worker->mtx);
  worker->pulled = some;
  if (some)
    dusq__future_start(&worker->room[0]->future, now);
  return some;
}

static void end_share(dusq__worker *worker, size_t n, int64_t started)
{
  atomic_uint *service = &worker->lane->service_ns;
  if (worker->finished_at < started)
    return; /* all of it went elsewhere */
  int64_t each = (worker->finished_at - started) / (int64_t)n;
  unsigned now = each > UINT32_MAX / 2 ? UINT32_MAX / 2 : (unsigned)each;
  unsigned old = atomic_load_explicit(service, memory_order_relaxed);
  atomic_store_explicit(service, old ? old - old / 8 + now / 8 + 1 : now + 1, memory_order_relaxed);
}

/* Whether the server only asks for patience: then the share waits for the next attempt, within queue_timeout. */
static bool passes_by_itself(dusq_status status)
{
  return status == DUSQ_E_TOO_MANY_CONNECTIONS || status == DUSQ_E_SHUTDOWN;
}

/* No connection.  The share waits if the server only asks for patience, or if somebody else in the lane has a
 * connection; else it fails with the connection's own error, and so does all that waits.  Who has found a database
 * locked has waited for busy_timeout, and fails by himself.                                                          */
static void fail_share(dusq__worker *worker, size_t n, dusq_error *take_error)
{
  dusq__lane *lane = worker->lane;
  dusq__request *list = NULL;
  dusq__worker *call = NULL;
  bool locked = dusq_error_status(take_error) == DUSQ_E_LOCKED;
  pthread_mutex_lock(&lane->mtx);
  bool patient = !locked && (passes_by_itself(dusq_error_status(take_error)) || lane->nconnected) &&
                 atomic_load(&lane->pool->state) < DUSQ__POOL_CANCELING;
  if (patient)
    call = dusq__lane_requeue_locked(lane, worker, n);
  else if (!locked) /* before anybody hears of it: what is submitted after that deserves an attempt of its own */
    list = dusq__lane_drain_locked(lane);
  pthread_mutex_unlock(&lane->mtx);
  if (call)
    dusq__unpark(&call->parker);
  for (size_t i = 0; i < n; i++) {
    if (!worker->requests[i])
      continue; /* it waits again */
    dusq_error *stopped = dusq__stopped_error(&worker->requests[i]->stop);
    dusq__worker_finish(worker, i, NULL, stopped ? stopped : dusq_error_ref(take_error), 0, NULL);
  }
  if (patient)
    dusq__worker_forget(worker, 0); /* nothing is left of the share */
  dusq__lane_fail_list(lane, list, take_error);
}

static void run_one(dusq__worker *worker, size_t i)
{
  switch (worker->requests[i]->kind) {
  case DUSQ__QUERY:
    dusq__run_query(worker, i);
    break;
  case DUSQ__SCRIPT:
    dusq__run_script(worker, i);
    break;
  case DUSQ__MANY:
    dusq__run_many(worker, i);
    break;
  case DUSQ__STEPS:
  case DUSQ__TRANSACT:
    dusq__run_transact(worker, i);
    break;
  case DUSQ__LEASE:
    dusq__run_session(worker, i);
    break;
  default:
    dusq__run_job(worker, i);
  }
}

static void run_share(dusq__worker *worker, size_t n, int64_t start)
{
  dusq_error *error = NULL;
  if (dusq__worker_connect(worker, start, &error)) {
    fail_share(worker, n, error);
    return;
  }
  bool lease = worker->room[0]->kind == DUSQ__LEASE; /* how long a session lasts says nothing about statements */
  if (worker->batch)
    dusq__run_batch(worker, n);
  else
    run_one(worker, 0);
  if (!lease)
    end_share(worker, n, start);
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

/* A share, and the jobs that have been pulled ahead with it. */
static void run_all(dusq__worker *worker, size_t n, int64_t now)
{
  worker->pulled = false;
  dusq__worker_begin(worker, n, now);
  do {
    run_share(worker, n, now);
    n = 1;
    now = worker->finished_at; /* a moment ago */
  } while (begin_pulled(worker, now));
}

static void run_thread(dusq__worker *worker)
{
  dusq__lane *lane = worker->lane;
  size_t n;
  do {
    int64_t now = 0;
    while ((n = dusq__lane_take(lane, worker, &now)) > 0)
      run_all(worker, n, now);
    dusq__worker_disconnect(worker);
    dusq__count(&worker->retired, 1);
  } while (!dusq__lane_leave(lane, worker));
}

/* A thread that the driver does not want fails what it can see, and ends. */
static void refuse_work(dusq__worker *worker, dusq_error *take_error)
{
  dusq__lane *lane = worker->lane;
  note_connect(worker, take_error);
  size_t n;
  int64_t now;
  while ((n = dusq__lane_take(lane, worker, &now)) > 0) {
    dusq__worker_begin(worker, n, dusq__now());
    fail_share(worker, n, dusq_error_ref(take_error));
  }
  dusq_error_unref(take_error);
  dusq__lane_leave(lane, worker);
}

void *dusq__worker_main(void *arg)
{
  dusq__worker *worker = arg;
  dusq_pool *pool = worker->lane->pool;
  const dusq_backend *backend = pool->backend;
  dusq__thread_kind = DUSQ__THREAD_WORKER;
  dusq_error *error = NULL;
  if (backend->thread_enter && backend->thread_enter(pool->instance, &error)) {
    refuse_work(worker, error);
  } else {
    run_thread(worker);
    if (backend->thread_leave)
      backend->thread_leave(pool->instance);
  }
  /* no lock of the lane from here on: who starts another thread in this slot holds it, and waits for the end of this
   * one.  Nobody leaves one behind that is GONE.                                                                     */
  if (worker->straggler)
    dusq__straggler_ends(pool);
  dusq__pool_worker_gone(pool);
  dusq__home_unref(pool->home);
  return NULL;
}
