/* callback.c - dusq_future_on_done: a watch on a future that becomes a post to a thread.
 *
 * The one allocation is made at registration, when the thread that will run it is started, too, so that settling cannot
 * fail.                                                                                                              */
#include "async/callback.h"
#include "async/cq.h"
#include "async/notifier.h"
#include "base/alloc.h"

typedef struct callback {
  dusq__watch watch; /* first, so that fire can cast its argument */
  dusq__post post;
  dusq_future *done; /* a reference, from fire on                 */
  dusq_cq *queue;    /* a hold; or NULL, and then ...             */
  dusq__home *home;  /* ... a reference                           */
  dusq_done_fn *fn;
  void *arg;
  dusq_free_fn *free_arg;
  bool looks;        /* running it counts as reading the error    */
} callback;

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
  if (call->looks)
    atomic_store_explicit(&call->done->looked, true, memory_order_relaxed);
  call->fn(call->done, call->arg);
  if (call->free_arg)
    call->free_arg(call->arg);
  dusq_future_unref(call->done);
  release(call);
}

static void fire(dusq__watch *watch, dusq_future *done)
{
  callback *call = (callback *)watch;
  call->done = dusq_future_ref(done);
  if (call->queue)
    dusq__cq_post(call->queue, &call->post);
  else
    dusq__notifier_post(call->home, &call->post);
}

/* Chooses the queue or thread that will run it. */
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
