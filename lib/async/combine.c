/* combine.c - futures of several futures: all and any.
 *
 * A group watches its children.  The watches fire on the threads that settle the children.  Each watch that has not
 * fired counts as one reference to the group's future.                                                               */
#include "async/future.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "data/result.h"

typedef struct group group;

typedef struct child {
  dusq__watch watch;
  group *group;
  dusq_future *future; /* a reference until the group has settled, for cancel; guarded by: the group's lock */
} child;

struct group {
  dusq_future future;
  atomic_size_t left;   /* children that have not settled                                                  */
  dusq_result *items;   /* for all; child i alone writes item i                                            */
  dusq_error *first;    /* for any: the error of the first child that failed; guarded by: the future's mtx */
  bool any, collect;
  atomic_bool dropped;  /* the children have been dropped                                                  */
  size_t n;
  child children[];
};

static void drop_children(group *all)
{
  for (size_t i = 0; i < all->n; i++) {
    pthread_mutex_lock(&all->future.mtx);
    dusq_future *future = all->children[i].future;
    all->children[i].future = NULL;
    pthread_mutex_unlock(&all->future.mtx);
    dusq_future_unref(future);
  }
}

static int group_cancel(dusq_future *future)
{
  group *all = (group *)future;
  for (size_t i = 0; i < all->n; i++) {
    pthread_mutex_lock(&future->mtx);
    dusq_future *one = dusq_future_ref(all->children[i].future);
    pthread_mutex_unlock(&future->mtx);
    dusq__future_cancel_too(one);
    dusq_future_unref(one);
  }
  return DUSQ__CANCEL_PASSED_ON;
}

static void group_destroy(dusq_future *future)
{
  group *all = (group *)future;
  dusq_result_unref(all->items);
  dusq_error_unref(all->first);
  dusq__free(all);
}

static const dusq__future_class group_class = {group_cancel, group_destroy};

/* The last child of `all` has settled.  No other thread accesses the items any more. */
static void all_settled(group *all)
{
  dusq_result *items = all->items;
  all->items = NULL;
  dusq__future_settle(&all->future, items, NULL, 0);
}

static void any_failed(group *all)
{
  pthread_mutex_lock(&all->future.mtx);
  dusq_error *first = all->first;
  all->first = NULL;
  pthread_mutex_unlock(&all->future.mtx);
  dusq__future_settle(&all->future, NULL, first, 0);
}

static void child_settled(dusq__watch *watch, dusq_future *done)
{
  child *one = (child *)watch;
  group *all = one->group;
  size_t i = (size_t)(one - all->children);
  atomic_store_explicit(&done->looked, true, memory_order_relaxed);
  if (all->any) {
    if (!done->error)
      dusq__future_settle_like(&all->future, done);
    else if (i == 0) {
      pthread_mutex_lock(&all->future.mtx);
      all->first = dusq_error_ref(done->error);
      pthread_mutex_unlock(&all->future.mtx);
    }
  } else if (done->error && !all->collect) {
    dusq__future_settle_like(&all->future, done);
  } else {
    dusq__result_set_item(all->items, i, done->result, done->error);
  }
  bool last = atomic_fetch_sub(&all->left, 1) == 1;
  if (last && !dusq__future_settled(&all->future))
    all->any ? any_failed(all) : all_settled(all);
  if (dusq__future_settled(&all->future) && !atomic_exchange(&all->dropped, true))
    drop_children(all);
  dusq_future_unref(&all->future);
}

static dusq_status check(dusq_future *const *futures, size_t n)
{
  if (n && !futures)
    return DUSQ_E_INVAL;
  for (size_t i = 0; i < n; i++) {
    if (!futures[i])
      return DUSQ_E_INVAL;
    if (dusq__forked(futures[i]->generation))
      return DUSQ_E_FORKED;
  }
  return n < UINT_MAX / 2 ? DUSQ_OK : DUSQ_E_NOMEM;
}

static group *group_new(dusq_future *const *futures, size_t n)
{
  if (n > (SIZE_MAX - sizeof(group)) / sizeof(child))
    return NULL;
  group *all = dusq__zalloc(sizeof *all + n * sizeof(child));
  if (!all)
    return NULL;
  dusq__future_init(&all->future, &group_class, n ? futures[0]->home : NULL, 1);
  atomic_store(&all->future.submitted, dusq__now());
  all->n = n;
  atomic_init(&all->left, n);
  return all;
}

static dusq_future *group_begin(group *all, dusq_future *const *futures)
{
  for (size_t i = 0; i < all->n; i++) { /* set up all children before the first watch, which may settle the group */
    all->children[i].group = all;
    all->children[i].watch.fire = child_settled;
    all->children[i].future = dusq_future_ref(futures[i]);
    dusq_future_ref(&all->future);
  }
  for (size_t i = 0; i < all->n; i++)
    dusq__future_watch(futures[i], &all->children[i].watch);
  return &all->future;
}

dusq_future *dusq_future_all(dusq_future *const *futures, size_t n, uint32_t flags)
{
  dusq_status status = flags > DUSQ_ALL_COLLECT ? DUSQ_E_INVAL : check(futures, n);
  if (status)
    return dusq__future_static(status);
  group *all = group_new(futures, n);
  if (!all)
    return dusq__future_static(DUSQ_E_NOMEM);
  all->collect = flags & DUSQ_ALL_COLLECT;
  all->items = dusq__result_items(n);
  if (!all->items) {
    dusq_future_unref(&all->future);
    return dusq__future_static(DUSQ_E_NOMEM);
  }
  if (!n)
    all_settled(all);
  return group_begin(all, futures);
}

dusq_future *dusq_future_any(dusq_future *const *futures, size_t n)
{
  dusq_status status = n ? check(futures, n) : DUSQ_E_INVAL;
  if (status)
    return dusq__future_static(status);
  group *all = group_new(futures, n);
  if (!all)
    return dusq__future_static(DUSQ_E_NOMEM);
  all->any = true;
  return group_begin(all, futures);
}
