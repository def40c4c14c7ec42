/* future.c - settling, reading, counting and cancelling; see future.h. */
#include "async/future.h"
#include "async/cq.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "data/result.h"

/* ---- static futures, for every status that must be available without memory -------------------------------------- */

static dusq_future statics[DUSQ_E_CONFIG + 1];
static pthread_once_t statics_once = PTHREAD_ONCE_INIT;

static void make_statics(void)
{
  for (int status = 0; status <= DUSQ_E_CONFIG; status++) {
    dusq_future *future = &statics[status];
    dusq__future_init(future, NULL, NULL, 1);
    future->generation = DUSQ__ANY_GENERATION;
    future->error = status ? dusq__error_static(status) : NULL;
    atomic_store(&future->looked, true);
    atomic_store(&future->state, DUSQ_STATE_SETTLED);
  }
}

dusq_future *dusq__future_static(dusq_status status)
{
  pthread_once(&statics_once, make_statics);
  return &statics[status >= 0 && status <= DUSQ_E_CONFIG ? status : DUSQ_E_INVAL];
}

/* ---- references -------------------------------------------------------------------------------------------------- */

void dusq__future_init(dusq_future *future, const dusq__future_class *class, dusq__home *home, unsigned refs)
{
  future->class = class;
  dusq__refs_init(&future->refs, refs);
  future->generation = dusq__generation();
  future->home = dusq__home_ref(home);
  pthread_mutex_init(&future->mtx, NULL);
  future->last = &future->watches;
  atomic_init(&future->state, DUSQ_STATE_PENDING);
}

dusq_future *dusq_future_ref(dusq_future *future)
{
  if (future && future->class && !dusq__forked(future->generation))
    dusq__refs_take(&future->refs);
  return future;
}

static void report_unseen(dusq_future *future)
{
  if (!future->error || atomic_load(&future->looked))
    return;
  if (dusq_error_status(future->error) == DUSQ_E_CANCELED || atomic_load(&future->canceled))
    return;
  dusq__logf(dusq__home_log(future->home), DUSQ_LOG_WARNING, "future", "an error was never read: %s: %s",
             dusq_status_name(dusq_error_status(future->error)), dusq_error_message(future->error));
}

dusq_future *dusq_future_unref(dusq_future *future)
{
  if (!future || !future->class || dusq__forked(future->generation) || !dusq__refs_drop(&future->refs))
    return NULL;
  report_unseen(future);
  dusq_result_unref(future->result);
  dusq_error_unref(future->error);
  pthread_mutex_destroy(&future->mtx);
  dusq__home *home = future->home;
  future->class->destroy(future);
  dusq__home_unref(home);
  return NULL;
}

/* ---- settling ---------------------------------------------------------------------------------------------------- */

/* The watches that this thread has still to fire.  The outermost settle fires them all, so that chains of any length do
 * not recurse.  What they post to completion queues goes in at the end.                                              */
static _Thread_local struct {
  dusq__watch *head, **tail;
  bool running;
} firing;

static void add_to_firing(dusq__watch *list)
{
  *firing.tail = list;
  while (*firing.tail)
    firing.tail = &(*firing.tail)->next;
}

/* Takes the watches out, to be fired next.  The future is `firing` if there are any besides waiters. */
static dusq__watch *take_watches_locked(dusq_future *future, dusq__watch **last)
{
  dusq__watch *list = future->watches, *closing = NULL;
  future->watches = NULL;
  future->last = &future->watches;
  *last = NULL;
  for (dusq__watch *watch = list; watch; watch = watch->next) {
    watch->linked = watch->closes = false;
    if (!watch->waiter)
      closing = watch;
    *last = watch;
  }
  if (closing)
    closing->closes = true;
  future->firing = closing != NULL;
  return list;
}

/* Fires the watches that were registered while the earlier ones were being fired. */
static void fire_later_ones(dusq_future *future)
{
  dusq__watch *last;
  pthread_mutex_lock(&future->mtx);
  dusq__watch *list = take_watches_locked(future, &last);
  pthread_mutex_unlock(&future->mtx);
  add_to_firing(list);
}

/* Futures whose callbacks wait for the flush.  Until then they are `firing`, so that a callback that another thread
 * registers meanwhile comes behind these.                                                                            */
enum { MOST_CLOSING = 32 };
static _Thread_local struct {
  dusq_future *list[MOST_CLOSING]; /* references */
  size_t n;
} closing;

static void close_fired(void)
{
  dusq__cq_flush();
  for (size_t i = 0; i < closing.n; i++) {
    fire_later_ones(closing.list[i]);
    dusq_future_unref(closing.list[i]); /* what this may fire is added to the list as well */
  }
  closing.n = 0;
}

/* A watch of the future, whose reference this takes, has fired. */
static void fired(dusq_future *done, bool closes)
{
  if (closes && dusq__cq_has_posts()) {
    closing.list[closing.n++] = done;
    return;
  }
  if (closes)
    fire_later_ones(done);
  dusq_future_unref(done);
}

static void fire_all(dusq__watch *list)
{
  if (!list)
    return;
  if (firing.running) {
    add_to_firing(list);
    return;
  }
  firing.tail = &firing.head;
  add_to_firing(list);
  firing.running = true;
  while (firing.head) {
    dusq__watch *watch = firing.head;
    firing.head = watch->next;
    if (!firing.head)
      firing.tail = &firing.head;
    dusq_future *done = watch->future;
    bool closes = watch->closes;
    watch->fire(watch, done); /* may add to the list; frees the watch */
    fired(done, closes);
    if (!firing.head || closing.n == MOST_CLOSING)
      close_fired();
  }
  firing.running = false;
}

/* Wakes the waiters and returns the others, in their order. */
static dusq__watch *wake_waiters(dusq__watch *list)
{
  dusq__watch *others = NULL, **end = &others;
  while (list) {
    dusq__watch *next = list->next;
    if (list->waiter) {
      dusq__unpark(list->waiter); /* the waiter's watch may be gone from here on */
    } else {
      *end = list;
      end = &list->next;
    }
    list = next;
  }
  *end = NULL;
  return others;
}

bool dusq__future_settle_quietly(dusq_future *future, dusq_result *take_result, dusq_error *take_error, int64_t now,
                                 dusq__wakes *wakes)
{
  if (!now)
    now = dusq__now();
  pthread_mutex_lock(&future->mtx);
  if (atomic_load_explicit(&future->state, memory_order_relaxed) == DUSQ_STATE_SETTLED) {
    pthread_mutex_unlock(&future->mtx);
    dusq_result_unref(take_result);
    dusq_error_unref(take_error);
    return false;
  }
  future->result = take_result;
  future->error = take_error;
  atomic_store_explicit(&future->settled, now, memory_order_relaxed);
  atomic_store_explicit(&future->state, DUSQ_STATE_SETTLED, memory_order_release);
  dusq__watch *end, *list = take_watches_locked(future, &end);
  pthread_mutex_unlock(&future->mtx);
  if (list && wakes->last)
    wakes->last->next = list;
  else if (list)
    wakes->first = list;
  if (list)
    wakes->last = end;
  return true;
}

void dusq__wake_all(dusq__wakes *wakes)
{
  dusq__watch *list = wakes->first;
  *wakes = (dusq__wakes){NULL, NULL};
  if (list)
    fire_all(wake_waiters(list));
}

bool dusq__future_settle(dusq_future *future, dusq_result *take_result, dusq_error *take_error, int64_t now)
{
  dusq__wakes wakes = {NULL, NULL};
  bool first = dusq__future_settle_quietly(future, take_result, take_error, now, &wakes);
  dusq__wake_all(&wakes);
  return first;
}

bool dusq__future_settle_like(dusq_future *future, dusq_future *like)
{
  atomic_store_explicit(&like->looked, true, memory_order_relaxed);
  if (like->error)
    return dusq__future_settle(future, NULL, dusq_error_ref(like->error), 0);
  return dusq__future_settle(future, dusq_result_ref(like->result), NULL, 0);
}

void dusq__future_start(dusq_future *future, int64_t now)
{
  unsigned char pending = DUSQ_STATE_PENDING;
  atomic_store_explicit(&future->started, now, memory_order_relaxed);
  atomic_compare_exchange_strong(&future->state, &pending, DUSQ_STATE_RUNNING);
}

/* ---- watching ---------------------------------------------------------------------------------------------------- */

/* False if the future has settled, and no earlier watch is still to be fired. */
static bool link_watch(dusq_future *future, dusq__watch *watch)
{
  pthread_mutex_lock(&future->mtx);
  bool pending = !dusq__future_settled(future) || (future->firing && !watch->waiter);
  if (pending) {
    watch->next = NULL;
    watch->linked = true;
    *future->last = watch;
    future->last = &watch->next;
  }
  pthread_mutex_unlock(&future->mtx);
  return pending;
}

void dusq__future_watch(dusq_future *future, dusq__watch *watch)
{
  watch->future = dusq_future_ref(future);
  watch->waiter = NULL;
  watch->linked = watch->closes = false;
  if (link_watch(future, watch))
    return;
  watch->next = NULL;
  fire_all(watch);
}

bool dusq__future_watch_waiter(dusq_future *future, dusq__watch *watch)
{
  watch->linked = false;
  return !dusq__future_settled(future) && link_watch(future, watch);
}

bool dusq__future_unlink_locked(dusq_future *future, dusq__watch *watch)
{
  if (!watch->linked)
    return false;
  dusq__watch **at = &future->watches;
  while (*at != watch)
    at = &(*at)->next;
  *at = watch->next;
  if (future->last == &watch->next)
    future->last = at;
  watch->linked = false;
  return true;
}

bool dusq__future_unwatch(dusq_future *future, dusq__watch *watch)
{
  pthread_mutex_lock(&future->mtx);
  bool was = dusq__future_unlink_locked(future, watch);
  pthread_mutex_unlock(&future->mtx);
  if (was && !watch->waiter)
    dusq_future_unref(future);
  return was;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

int dusq_future_state(const dusq_future *future)
{
  if (!future || dusq__forked(future->generation))
    return DUSQ_STATE_SETTLED;
  return atomic_load_explicit(&future->state, memory_order_acquire);
}

/* Readers mark the error as read, which is the only thing that they write. */
static void look(const dusq_future *future)
{
  if (future->error && !atomic_load_explicit(&future->looked, memory_order_relaxed))
    atomic_store_explicit(&((dusq_future *)(uintptr_t)future)->looked, true, memory_order_relaxed);
}

dusq_status dusq_future_status(const dusq_future *future)
{
  if (!future)
    return DUSQ_E_INVAL;
  if (dusq__forked(future->generation))
    return DUSQ_E_FORKED;
  if (!dusq__future_settled(future))
    return DUSQ_E_PENDING;
  look(future);
  return dusq_error_status(future->error);
}

dusq_status dusq_future_get(dusq_future *future, dusq_result **out)
{
  if (out)
    *out = NULL;
  dusq_status status = dusq_future_status(future);
  if (!status && out)
    *out = dusq_result_ref(future->result);
  return status;
}

const dusq_error *dusq_future_error(const dusq_future *future)
{
  if (!future)
    return dusq__error_static(DUSQ_E_INVAL);
  if (dusq__forked(future->generation))
    return dusq__error_static(DUSQ_E_FORKED);
  if (!dusq__future_settled(future))
    return NULL;
  look(future);
  return future->error;
}

void dusq_future_times(const dusq_future *future, int64_t *submitted, int64_t *started, int64_t *settled)
{
  bool known = future && !dusq__forked(future->generation);
  if (submitted)
    *submitted = known ? atomic_load(&future->submitted) : 0;
  if (started)
    *started = known ? atomic_load(&future->started) : 0;
  if (settled)
    *settled = known ? atomic_load(&future->settled) : 0;
}

/* ---- cancelling -------------------------------------------------------------------------------------------------- */

/* As for firing: a combination cancels its children from inside its own cancel.  Of all that one call cancels. */
typedef struct canceling {
  dusq_future *head;
  int met;
} canceling;

static _Thread_local canceling *current;

static void add_met(canceling *all, int met)
{
  if (met > all->met)
    all->met = met;
}

void dusq__future_cancel_too(dusq_future *future)
{
  if (!future || !future->class || dusq__future_settled(future))
    return;
  if (atomic_exchange(&future->canceled, true)) {
    add_met(current, atomic_load(&future->unmoved) ? DUSQ_CANCEL_LATE : DUSQ_CANCEL_SENT);
    return;
  }
  future->cancel_next = current->head;
  current->head = dusq_future_ref(future);
}

int dusq_future_cancel(dusq_future *future)
{
  if (!future || dusq__forked(future->generation))
    return DUSQ_CANCEL_LATE;
  canceling all = {NULL, DUSQ_CANCEL_LATE}, *outer = current; /* one may come out of a caller's free_arg */
  current = &all;
  dusq__future_cancel_too(future);
  while (all.head) {
    dusq_future *next = all.head;
    all.head = next->cancel_next;
    int met = next->class->cancel(next);
    if (met == DUSQ_CANCEL_LATE)
      atomic_store(&next->unmoved, true);
    add_met(&all, met);
    dusq_future_unref(next);
  }
  current = outer;
  return all.met;
}

/* ---- futures that fail at once ----------------------------------------------------------------------------------- */

static int no_cancel(dusq_future *future)
{
  (void)future;
  return DUSQ_CANCEL_LATE;
}

static void free_future(dusq_future *future)
{
  dusq__free(future);
}

static const dusq__future_class failed_class = {no_cancel, free_future};

dusq_future *dusq__future_failed(dusq__home *home, dusq_error *take_error)
{
  dusq_future *future = dusq__zalloc(sizeof *future);
  if (!future) {
    dusq_status status = dusq_error_status(take_error);
    dusq_error_unref(take_error);
    return dusq__future_static(status);
  }
  dusq__future_init(future, &failed_class, home, 1);
  int64_t now = dusq__now();
  atomic_store(&future->submitted, now);
  dusq__future_settle(future, NULL, take_error, now);
  return future;
}
