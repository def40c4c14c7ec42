/* callback.c - dusq_future_on_done: a watch on a future that becomes a post to a thread.
 *
 * A future has a list of the callers' callbacks that have not begun, so that they can be taken back.  A callback off
 * the list either runs, or is `off` and on its way to free its argument.
 *
 * The one allocation is made at registration, when the thread that will run it is started, too, so that settling cannot
 * fail.                                                                                                              */
#include "async/callback.h"
#include "async/cq.h"
#include "async/notifier.h"
#include "base/alloc.h"

typedef struct dusq__call callback;

struct dusq__call {
  dusq__watch watch; /* first: fire gets it           */
  dusq__post post;
  dusq_future *done; /* a reference, from fire on                 */
  dusq_cq *queue;    /* a hold; or NULL, and then ...             */
  dusq__home *home;  /* ... a reference                           */
  dusq_done_fn *fn;
  void *arg;
  dusq_free_fn *free_arg;
  bool looks;        /* running it counts as looking at an error; it is a caller's, and in the list */
  bool off;          /* it has been taken back; guarded by: the future's mtx, as the next two       */
  callback *next, **link;
};

static void unlist_locked(callback *call)
{
  *call->link = call->next;
  if (call->next)
    call->next->link = call->link;
}

static void list(callback *call, dusq_future *future)
{
  pthread_mutex_lock(&future->mtx);
  call->next = future->calls;
  call->link = &future->calls;
  if (call->next)
    call->next->link = &call->next;
  future->calls = call;
  pthread_mutex_unlock(&future->mtx);
}

/* False: it has been taken back. */
static bool begin(callback *call)
{
  if (!call->looks)
    return true;
  pthread_mutex_lock(&call->done->mtx);
  bool off = call->off;
  if (!off)
    unlist_locked(call);
  pthread_mutex_unlock(&call->done->mtx);
  return !off;
}

static void release(callback *call)
{
  if (call->queue)
    dusq__cq_release(call->queue);
  dusq__home_unref(call->home);
  dusq__free(call);
}

static void run(dusq__post *post)
{
  callback *call = (callback *)((char *)post - offsetof(callback, post));
  if (begin(call)) {
    if (call->looks)
      atomic_store_explicit(&call->done->looked, true, memory_order_relaxed);
    call->fn(call->done, call->arg);
  }
  if (call->free_arg)
    call->free_arg(call->arg);
  dusq_future_unref(call->done);
  release(call);
}

/* What goes to a queue goes there with the next flush. */
static void post(callback *call)
{
  if (call->queue)
    dusq__cq_post(call->queue, &call->post);
  else
    dusq__notifier_post(call->home, &call->post);
}

static void fire(dusq__watch *watch, dusq_future *done)
{
  callback *call = (callback *)watch;
  call->done = dusq_future_ref(done);
  post(call);
}

/* Finds the thread that will run it. */
static dusq_status aim(callback *call, dusq_future *future, dusq_cq *queue)
{
  if (queue) {
    dusq_status status = dusq__cq_hold(queue);
    if (!status)
      call->queue = queue;
    return status;
  }
  call->home = future->home ? dusq__home_ref(future->home) : dusq__home_shared();
  return call->home ? dusq__notifier_ready(call->home) : DUSQ_E_NOMEM;
}

static dusq_status enlist(dusq_future *future, dusq_cq *queue, dusq_done_fn *fn, void *arg, dusq_free_fn *free_arg,
                          bool looks)
{
  if (!future || !fn)
    return DUSQ_E_INVAL;
  if (dusq__forked(future->generation))
    return DUSQ_E_FORKED;
  callback *call = dusq__zalloc(sizeof *call);
  if (!call)
    return DUSQ_E_NOMEM;
  dusq_status status = aim(call, future, queue);
  if (status) {
    release(call);
    return status;
  }
  call->watch.fire = fire;
  call->post.run = run;
  call->fn = fn;
  call->arg = arg;
  call->free_arg = free_arg;
  call->looks = looks;
  if (looks)
    list(call, future);
  dusq__future_watch(future, &call->watch);
  return DUSQ_OK;
}

dusq_status dusq_future_on_done(dusq_future *future, dusq_cq *queue, dusq_done_fn *fn, void *arg,
                                dusq_free_fn *free_arg)
{
  return enlist(future, queue, fn, arg, free_arg, true);
}

dusq_status dusq__future_call(dusq_future *future, dusq_cq *queue, dusq_done_fn *fn, void *arg, dusq_free_fn *free_arg)
{
  return enlist(future, queue, fn, arg, free_arg, false);
}

/* Takes it off the list; what was linked is the caller's to post, with the reference that the watch held. */
static bool take_back_locked(dusq_future *future, callback *call)
{
  unlist_locked(call);
  call->off = true;
  if (!dusq__future_unlink_locked(future, &call->watch))
    return false; /* it has been posted, or is about to be */
  call->done = call->watch.future;
  return true;
}

bool dusq_future_off_done(dusq_future *future, dusq_cq *queue, dusq_done_fn *fn, void *arg)
{
  if (!future || dusq__forked(future->generation))
    return false;
  pthread_mutex_lock(&future->mtx);
  callback *call = future->calls;
  while (call && (call->queue != queue || call->fn != fn || call->arg != arg))
    call = call->next;
  bool found = call != NULL, ours = found && take_back_locked(future, call);
  pthread_mutex_unlock(&future->mtx);
  if (ours) {
    post(call);
    dusq__cq_flush();
  }
  return found;
}
