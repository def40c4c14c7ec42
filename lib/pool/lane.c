/* lane.c - a queue, and the question who is to be woken; see pool.h.
 *
 * Waking.  A wake costs more than a quick statement, and every further worker makes the queue's lock dearer.  So at
 * most one worker is on its way at any time; it calls the next one itself if it finds more than it can take.  While
 * somebody is busy and comes back quickly, nobody else is called for work that is worth less than a wake.  Since
 * "quickly" is a guess from the past, a timer looks after a queue that was left to the busy ones.
 *
 * Crowding.  A server on the same machine takes the processors that the workers run on.  So there no more workers than
 * processors are about quick statements; who is late from one is stuck, does not count, and has another in its place.
 *
 * Cheap jobs, those that cost less than taking them, are one worker's: a second one would be in its way.  Of these, and
 * of requests that are alone, see linger.c.                                                                          */
#include "base/alloc.h"
#include "base/clock.h"
#include "pool/session.h"
#include "pool/stream.h"
#include <string.h>

enum {
  WORTH_A_WAKE_NS = 200000, /* work that waits for each busy worker before one more is called         */
  FRESH_NS = 50000,         /* who took something so recently will be back soon                       */
  NUDGE_NS = 250000,        /* after so long the timer looks, ...                                 */
  MAX_NUDGE_NS = 1000000,   /* ... and less and less often while all is well                      */
  NEAR_NS = 150000,         /* no network is in between                                           */
  OVERDUE_NS = 1000000,     /* who is late by that much is stuck                                  */
  LONE_NS = 100000,         /* whoever waits for less than that looks before it sleeps; see wait.c */
  LONE_ROW = 8,             /* so many in a row were alone in the lane: the next one will be, too */
  SLOW_NS = 1000000,        /* a statement that takes longer does not stand in front of others        */
  SLOW_WRITES_NS = 100000000, /* but for a lone writer's, up to so much of them, ...                  */
  MAX_SLOW_WRITES = 16      /* ... and so many: by itself, a write takes the time of its commit       */
};

dusq_status dusq__lane_init(dusq__lane *lane, struct dusq_pool *pool, uint32_t number, uint32_t max)
{
  lane->pool = pool;
  lane->number = number;
  lane->enough = max;
  lane->nudge_ns = NUDGE_NS;
  lane->workers = dusq__zalloc(max * sizeof *lane->workers);
  if (!lane->workers)
    return DUSQ_E_NOMEM;
  if (dusq__mutex_init_busy(&lane->mtx)) {
    dusq__free(lane->workers);
    lane->workers = NULL;
    return DUSQ_E_NOMEM;
  }
  lane->expiry.fire = dusq__lane_expiry_fired;
  lane->nudge.fire = dusq__lane_nudge_fired;
  dusq_status status = DUSQ_OK;
  while (lane->max < max && !status) {
    status = dusq__worker_init(&lane->workers[lane->max], lane);
    lane->max += !status;
  }
  return status;
}

void dusq__lane_fini(dusq__lane *lane)
{
  if (!lane->workers)
    return;
  for (uint32_t i = 0; i < lane->max; i++)
    dusq__worker_fini(&lane->workers[i]);
  dusq__free(lane->workers);
  lane->workers = NULL;
  dusq_error_unref(lane->connect_error);
  pthread_mutex_destroy(&lane->mtx);
}

/* ---- the queue --------------------------------------------------------------------------------------------------- */

static void set_depth_locked(dusq__lane *lane, size_t depth)
{
  atomic_store_explicit(&lane->depth, depth, memory_order_relaxed);
}

static void unlink_locked(dusq__lane *lane, dusq__request *request)
{
  if (request->prev)
    request->prev->next = request->next;
  else
    lane->first = request->next;
  if (request->next)
    request->next->prev = request->prev;
  else
    lane->last = request->prev;
  request->next = request->prev = NULL;
  set_depth_locked(lane, lane->depth - 1);
}

bool dusq__lane_remove_locked(dusq__lane *lane, dusq__request *request)
{
  if (request->kind == DUSQ__NEXT)
    return dusq__stream_remove_locked(request);
  if (request->session && request->kind != DUSQ__LEASE)
    return dusq__session_remove_locked(request);
  if (request->phase == DUSQ__QUEUED)
    unlink_locked(lane, request);
  else if (request->phase != DUSQ__TAKEN || request->kind != DUSQ__JOB || !dusq__ahead_remove_locked(request))
    return false;
  request->phase = DUSQ__OUT;
  return true;
}

dusq__request *dusq__lane_drain_locked(dusq__lane *lane)
{
  dusq__ahead_return_locked(lane, false);
  dusq__request *list = lane->first;
  for (dusq__request *one = list; one; one = one->next)
    one->phase = DUSQ__OUT;
  lane->first = lane->last = NULL;
  set_depth_locked(lane, 0);
  return list;
}

void dusq__lane_fail_list(dusq__lane *lane, dusq__request *list, dusq_error *take_error)
{
  while (list) {
    dusq__request *next = list->next;
    dusq__lane_settle(lane, list, dusq_error_ref(take_error));
    list = next;
  }
  dusq_error_unref(take_error);
}

void dusq__lane_settle(dusq__lane *lane, dusq__request *request, dusq_error *take_error)
{
  int64_t now = dusq__now();
  bool canceled = dusq_error_status(take_error) == DUSQ_E_CANCELED;
  pthread_mutex_lock(&lane->mtx);
  bool told = dusq__request_tell(request), counts = told && !request->uncounted;
  lane->settled += counts;
  lane->failed += counts && take_error && !canceled;
  lane->canceled += counts && canceled;
  lane->queue_ns += counts ? now - atomic_load(&request->future.submitted) : 0;
  dusq_pool *pool = lane->pool;
  atomic_fetch_add(&pool->settling, 1);
  pthread_mutex_unlock(&lane->mtx);
  dusq__wakes wakes = {NULL, NULL};
  if (told)
    dusq__request_settle_quietly(request, NULL, take_error, now, &wakes);
  else /* a timer has, before its worker put it back */
    dusq_error_unref(take_error);
  atomic_fetch_sub(&pool->settling, 1); /* before anybody is woken, and the last look at the pool */
  dusq__request_let_go(request);
  dusq__wake_all(&wakes);
}

/* ---- who is to come ---------------------------------------------------------------------------------------------- */

void dusq__lane_nudge_later_locked(dusq__lane *lane, int64_t now)
{
  if (lane->nudging)
    return;
  bool cheap = atomic_load_explicit(&lane->service_ns, memory_order_relaxed) < DUSQ__CHEAP_NS;
  int64_t after = cheap && lane->nudge_ns < OVERDUE_NS ? OVERDUE_NS : lane->nudge_ns;
  lane->nudging = true;
  lane->nudged_takes = lane->takes;
  dusq__home_ref(lane->pool->home);
  dusq__timer_arm(lane->pool->home, &lane->nudge, now + after);
}

void dusq__lane_nudge_well_locked(dusq__lane *lane, bool well)
{
  if (!well)
    lane->nudge_ns = NUDGE_NS;
  else if (lane->nudge_ns < MAX_NUDGE_NS)
    lane->nudge_ns *= 2;
}

/* Whether those who are busy will have done the work before another one had woken up. */
static bool busy_ones_suffice_locked(const dusq__lane *lane, uint32_t busy, int64_t now)
{
  unsigned service = atomic_load_explicit(&lane->service_ns, memory_order_relaxed);
  if (!service || now > lane->back_by)
    return false;
  return service < DUSQ__CHEAP_NS || lane->depth * service / busy < WORTH_A_WAKE_NS;
}

/* Whether as many of the others as there are processors, for the program and for a server that shares them with it,
 * are about something quick: one more would only be in their way.                                                    */
static bool crowded_locked(const dusq__lane *lane, const dusq__worker *but, int64_t now)
{
  uint64_t service = atomic_load_explicit(&lane->service_ns, memory_order_relaxed);
  uint32_t busy = dusq__lane_busy(lane), prompt = 0;
  bool one_does = service < DUSQ__CHEAP_NS && lane->first && lane->first->kind == DUSQ__JOB;
  uint32_t enough = one_does ? 1 : lane->enough;
  if (busy > enough)
    service = service * enough / busy; /* they have waited for one another */
  if (enough >= lane->max || !service || service >= NEAR_NS)
    return false;
  for (uint32_t i = 0; i < lane->max && prompt < enough; i++) {
    const dusq__worker *one = &lane->workers[i];
    prompt += one != but && one->state == DUSQ__WORKER_BUSY && now <= one->overdue_at;
  }
  return prompt >= enough;
}

/* The idle worker that went to sleep last, of those with a connection; if there is none, and any will do, of all. */
static dusq__worker *wake_idle_locked(dusq__lane *lane, bool any)
{
  dusq__worker **at = &lane->idle;
  while (*at && !(*at)->connected)
    at = &(*at)->idle_next;
  if (!*at && any)
    at = &lane->idle;
  dusq__worker *worker = *at;
  if (!worker)
    return NULL;
  *at = worker->idle_next;
  lane->nidle--;
  worker->state = DUSQ__WORKER_BUSY;
  worker->woken = true;
  lane->coming++;
  return worker;
}

dusq__worker *dusq__lane_call_locked(dusq__lane *lane, int64_t now)
{
  if (lane->coming || !lane->first)
    return NULL;
  if (lane->lingering && !lane->first->next) {
    atomic_store_explicit(&lane->came, true, memory_order_relaxed);
    return NULL;
  }
  uint32_t busy = dusq__lane_busy(lane);
  if (busy && (lane->idle || lane->nlive < lane->max) &&
      (busy_ones_suffice_locked(lane, busy, now) || crowded_locked(lane, NULL, now))) {
    dusq__lane_nudge_later_locked(lane, now);
    return NULL;
  }
  if (lane->idle)
    return wake_idle_locked(lane, !lane->nwaiting);
  if (!lane->nwaiting) /* else one waits already to try to connect */
    dusq__crew_start_locked(lane);
  return NULL;
}

static void append_locked(dusq__lane *lane, dusq__request *request)
{
  request->next = NULL;
  request->prev = lane->last;
  if (lane->last)
    lane->last->next = request;
  else
    lane->first = request;
  lane->last = request;
  set_depth_locked(lane, lane->depth + 1);
  request->phase = DUSQ__QUEUED;
}

static bool full_locked(const dusq__lane *lane)
{
  size_t limit = lane->pool->queue_limit;
  if (lane->depth + (size_t)lane->nlive * DUSQ__AHEAD_MAX < limit)
    return false; /* nobody needs to count */
  return lane->depth + dusq__ahead_count_locked(lane) >= limit;
}

/* Whether the one request that waits is all that there is to do, and quick, as those before it were.  One alone says
 * little: after a batch has settled, the first of the next one is alone, too, and is better left to wait for the rest. */
static bool lone_locked(dusq__lane *lane)
{
  unsigned service = atomic_load_explicit(&lane->service_ns, memory_order_relaxed);
  bool alone = lane->depth == 1 && dusq__lane_busy(lane) == lane->lingering;
  lane->row = alone ? lane->row + 1 : 0;
  return lane->row > LONE_ROW && service && service < LONE_NS;
}

static dusq_status enqueue_locked(dusq__lane *lane, dusq__request *request, dusq__worker **call)
{
  if (lane->closed)
    return DUSQ_E_CLOSED;
  if (full_locked(lane)) {
    lane->refused++;
    return DUSQ_E_BUSY;
  }
  append_locked(lane, request);
  request->future.soon = lone_locked(lane);
  *call = dusq__lane_call_locked(lane, atomic_load_explicit(&request->future.submitted, memory_order_relaxed));
  if (!lane->nlive && !lane->nretiring) { /* not even one thread could be had */
    dusq__lane_remove_locked(lane, request);
    return lane->start_status;
  }
  lane->submitted += request->kind != DUSQ__LEASE;
  dusq__request_arm_locked(request);
  dusq__lane_watch_locked(lane);
  return DUSQ_OK;
}

void dusq__lane_submit(dusq__lane *lane, dusq__request *request)
{
  dusq__worker *call = NULL;
  pthread_mutex_lock(&lane->mtx);
  dusq_status status = enqueue_locked(lane, request, &call);
  pthread_mutex_unlock(&lane->mtx);
  if (call)
    dusq__unpark(&call->parker);
  if (status)
    dusq__request_settle(request, NULL, dusq__error_static(status), 0);
}

void dusq__lane_prepend_locked(dusq__lane *lane, dusq__request *request)
{
  request->phase = DUSQ__QUEUED;
  request->prev = NULL;
  request->next = lane->first;
  if (lane->first)
    lane->first->prev = request;
  else
    lane->last = request;
  lane->first = request;
  set_depth_locked(lane, lane->depth + 1);
}

dusq__worker *dusq__lane_requeue_locked(dusq__lane *lane, dusq__worker *worker, size_t n)
{
  size_t back = 0;
  pthread_mutex_lock(&worker->mtx);
  for (size_t i = n; i-- > 0;) {
    dusq__request *one = worker->requests[i];
    if (dusq__stop_why(&one->stop) || atomic_load(&one->verdict) & DUSQ__TOLD)
      continue;
    worker->requests[i] = NULL;
    dusq__lane_prepend_locked(lane, one);
    back++;
  }
  pthread_mutex_unlock(&worker->mtx);
  if (back)
    dusq__lane_watch_locked(lane);
  return back && !lane->coming ? wake_idle_locked(lane, false) : NULL;
}

bool dusq__lane_adopt(dusq__lane *to, dusq__request *request)
{
  dusq__lane *from = atomic_load(&request->lane), *first = from->number < to->number ? from : to;
  dusq__lane *second = first == from ? to : from;
  dusq__worker *call = NULL;
  pthread_mutex_lock(&first->mtx);
  pthread_mutex_lock(&second->mtx);
  bool open = atomic_load(&to->pool->state) < DUSQ__POOL_CANCELING;
  if (open) {
    atomic_store(&request->lane, to);
    from->submitted--;
    to->submitted++;
    append_locked(to, request);
    call = dusq__lane_call_locked(to, dusq__now());
    open = to->nlive || to->nretiring;
    if (!open) { /* not even one thread could be had */
      dusq__lane_remove_locked(to, request);
      atomic_store(&request->lane, from);
      from->submitted++;
      to->submitted--;
    }
    dusq__lane_watch_locked(to);
  }
  pthread_mutex_unlock(&second->mtx);
  pthread_mutex_unlock(&first->mtx);
  if (call)
    dusq__unpark(&call->parker);
  return open;
}

/* ---- taking a share ---------------------------------------------------------------------------------------------- */

/* How many such statements a share may have; 1: none but by itself.  What a write takes by itself is mostly its
 * commit, which those of a share have in common: with a slow disk it takes a share to find out whether it is quick.  */
static size_t slow_writes(const dusq__lane *lane, const dusq__statement *statement)
{
  unsigned typical = atomic_load_explicit(&statement->typical_ns, memory_order_relaxed);
  if (typical < SLOW_NS)
    return SIZE_MAX;
  if (lane->max > 1 || statement->sql.verb != DUSQ__VERB_WRITE)
    return 1;
  size_t n = SLOW_WRITES_NS / typical;
  return n < MAX_SLOW_WRITES ? n : MAX_SLOW_WRITES;
}

/* Whether it may go to a share that has n already, or be the first of one. */
static bool may_batch(const dusq__lane *lane, const dusq__request *request, size_t n)
{
  const dusq_pool *pool = lane->pool;
  if (request->kind != DUSQ__QUERY || !pool->batch || request->flags & DUSQ_NO_BATCH)
    return false;
  uint32_t learned = dusq__statement_learned(request->statement);
  if (learned & DUSQ_STATEMENT_ALONE)
    return false;
  if (pool->batch_min <= 1)
    return true; /* forced */
  if (!(learned & DUSQ__LEARNED)) /* a lone writer would have to take them all anyway: different texts, same kind */
    return lane->max == 1 && request->statement->sql.verb == DUSQ__VERB_WRITE;
  return (n ? n : 1) < slow_writes(lane, request->statement);
}

/* A fair part of what waits, so that the others, too, have something. */
static size_t fair_share_locked(const dusq__lane *lane, const dusq__worker *worker, int64_t now)
{
  uint32_t parts = dusq__lane_busy(lane);
  unsigned service = atomic_load_explicit(&lane->service_ns, memory_order_relaxed);
  if (parts < lane->max && lane->depth * service / (parts ? parts : 1) > WORTH_A_WAKE_NS &&
      !crowded_locked(lane, worker, now))
    parts++;
  size_t share = parts > 1 ? (lane->depth + parts - 1) / parts : lane->depth;
  size_t least = service ? WORTH_A_WAKE_NS / service : 1; /* less is not worth a wake for the rest */
  share = share > least ? share : least;
  return share < lane->pool->batch_max ? share : lane->pool->batch_max;
}

static dusq__request *take_first_locked(dusq__lane *lane, dusq__worker *worker, uint64_t share)
{
  dusq__request *one = lane->first;
  unlink_locked(lane, one);
  one->phase = DUSQ__TAKEN;
  one->worker = worker;
  one->share = share;
  return one;
}

static void pull_ahead_locked(dusq__lane *lane, dusq__worker *worker, size_t want, int64_t now)
{
  dusq__request *ahead[DUSQ__AHEAD_MAX];
  size_t n = 0;
  for (; n < want && lane->first && lane->first->kind == DUSQ__JOB; n++)
    ahead[n] = take_first_locked(lane, worker, worker->share + 2 + n);
  if (!n)
    return;
  dusq__ahead_add_locked(worker, ahead, n);
  dusq__lane_nudge_later_locked(lane, now);
}

static size_t take_locked(dusq__lane *lane, dusq__worker *worker, int64_t now)
{
  size_t want = 1;
  worker->batch = lane->pool->batch && lane->depth >= lane->pool->batch_min && may_batch(lane, lane->first, 0);
  if (worker->batch)
    want = fair_share_locked(lane, worker, now);
  size_t more = dusq__ahead_wanted_locked(lane, worker), n = 0;
  while (n < want && lane->first && (!n || may_batch(lane, lane->first, n)))
    worker->room[n++] = take_first_locked(lane, worker, worker->share + 1);
  worker->taken = worker->share + 1;
  worker->ntaken = n;
  worker->lone = worker->room[0]->future.soon;
  worker->jobs = worker->room[0]->kind == DUSQ__JOB;
  lane->takes++;
  if (more)
    pull_ahead_locked(lane, worker, more, now);
  unsigned service = atomic_load_explicit(&lane->service_ns, memory_order_relaxed);
  lane->back_by = now + FRESH_NS + (int64_t)n * service * 3 / 2;
  worker->overdue_at = now + OVERDUE_NS + (int64_t)n * service * 3 / 2;
  return n;
}

/* Sleeps as an idle one.  False: long enough to go. */
static bool sleep_idle_locked(dusq__lane *lane, dusq__worker *worker)
{
  worker->state = DUSQ__WORKER_IDLE;
  worker->idle_next = lane->idle;
  lane->idle = worker;
  lane->nidle++;
  bool keep = lane->nlive <= lane->pool->min_connections;
  int64_t deadline = keep ? INT64_MAX : dusq__deadline(lane->pool->idle_timeout);
  pthread_mutex_unlock(&lane->mtx);
  bool in_time = dusq__park(&worker->parker, deadline);
  pthread_mutex_lock(&lane->mtx);
  if (worker->state == DUSQ__WORKER_BUSY)
    return true; /* called */
  dusq__worker **at = &lane->idle;
  while (*at != worker)
    at = &(*at)->idle_next;
  *at = worker->idle_next;
  lane->nidle--;
  worker->state = DUSQ__WORKER_BUSY;
  return in_time || lane->first || lane->nlive <= lane->pool->min_connections;
}

static void arrive_locked(dusq__lane *lane, dusq__worker *worker)
{
  if (!worker->woken)
    return;
  worker->woken = false;
  lane->coming--;
}

/* Without a connection, and before it is time for the next attempt. */
static bool must_back_off_locked(const dusq__lane *lane, const dusq__worker *worker, int64_t now)
{
  return !worker->connection && lane->retry_at > now && atomic_load(&lane->pool->state) < DUSQ__POOL_CANCELING;
}

size_t dusq__lane_take(dusq__lane *lane, dusq__worker *worker, int64_t *when)
{
  size_t n = 0;
  dusq__worker *call = NULL;
  dusq__linger_gather(lane, worker);
  pthread_mutex_lock(&lane->mtx);
  bool stay = true;
  while (!n && stay) {
    int64_t now = lane->first ? dusq__now() : 0;
    arrive_locked(lane, worker);
    if (lane->first && must_back_off_locked(lane, worker, now)) {
      int64_t until = lane->retry_at;
      lane->nwaiting++;
      pthread_mutex_unlock(&lane->mtx);
      dusq__park(&worker->parker, until);
      pthread_mutex_lock(&lane->mtx);
      lane->nwaiting--;
    } else if (lane->first && !lane->closed && crowded_locked(lane, worker, now)) {
      dusq__lane_nudge_later_locked(lane, now);
      stay = sleep_idle_locked(lane, worker);
    } else if (lane->first) {
      if (!worker->connection && lane->backoff)
        lane->retry_at = now + lane->backoff; /* one attempt at a time, until one has succeeded */
      n = take_locked(lane, worker, now);
      *when = now;
      call = dusq__lane_call_locked(lane, now);
    } else {
      stay = !lane->closed && (dusq__linger_locked(lane, worker) || sleep_idle_locked(lane, worker));
    }
  }
  if (!n) {
    arrive_locked(lane, worker);
    lane->nlive--;
    lane->nretiring++;
  }
  pthread_mutex_unlock(&lane->mtx);
  if (call)
    dusq__unpark(&call->parker);
  return n;
}

bool dusq__lane_leave(dusq__lane *lane, dusq__worker *worker)
{
  pthread_mutex_lock(&lane->mtx);
  lane->nretiring--;
  bool stay = lane->first && lane->nlive < lane->max; /* something came while the connection was being closed */
  if (stay)
    lane->nlive++;
  else
    worker->state = DUSQ__WORKER_GONE;
  pthread_mutex_unlock(&lane->mtx);
  return !stay;
}

void dusq__lane_close(dusq__lane *lane)
{
  pthread_mutex_lock(&lane->mtx);
  lane->closed = true;
  for (uint32_t i = 0; i < lane->max; i++)
    if (lane->workers[i].state != DUSQ__WORKER_NONE && lane->workers[i].state != DUSQ__WORKER_GONE)
      dusq__unpark(&lane->workers[i].parker); /* a parker outlives its thread */
  pthread_mutex_unlock(&lane->mtx);
}
