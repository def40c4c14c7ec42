/* promise.c - the producer's side of a future; see <dusq/promise.h>.
 *
 * Promise and future are one object.  The promise is one of its references.                                          */
#include "async/future.h"
#include "async/notifier.h"
#include "base/alloc.h"
#include "base/clock.h"
#include <dusq/promise.h>

typedef struct on_cancel {
  dusq__post post;
  dusq__home *home; /* a reference */
  dusq_free_fn *fn, *free_arg;
  void *arg;
} on_cancel;

struct dusq_promise {
  dusq_future future;
  on_cancel *hook;  /* guarded by: the future's mtx; NULL: none, or it has been posted       */
  bool hooked;      /* a hook was set, at most one per promise; guarded by: the future's mtx */
};

static void free_hook(on_cancel *hook)
{
  if (!hook)
    return;
  if (hook->free_arg)
    hook->free_arg(hook->arg);
  dusq__home_unref(hook->home);
  dusq__free(hook);
}

static void run_hook(dusq__post *post)
{
  on_cancel *hook = (on_cancel *)post;
  hook->fn(hook->arg);
  free_hook(hook);
}

static on_cancel *take_hook(dusq_promise *promise)
{
  pthread_mutex_lock(&promise->future.mtx);
  on_cancel *hook = promise->hook;
  promise->hook = NULL;
  pthread_mutex_unlock(&promise->future.mtx);
  return hook;
}

static int promise_cancel(dusq_future *future)
{
  on_cancel *hook = take_hook((dusq_promise *)future);
  if (hook)
    dusq__notifier_post(hook->home, &hook->post);
  return DUSQ_CANCEL_SENT; /* with a hook or without: the owner may ask */
}

static void promise_destroy(dusq_future *future)
{
  dusq__free(future);
}

static const dusq__future_class promise_class = {promise_cancel, promise_destroy};

dusq_promise *dusq_promise_new(dusq_future **out)
{
  dusq_promise *promise = out ? dusq__zalloc(sizeof *promise) : NULL;
  if (!promise) {
    if (out)
      *out = dusq__future_static(DUSQ_E_NOMEM);
    return NULL;
  }
  dusq__future_init(&promise->future, &promise_class, NULL, 2);
  atomic_store(&promise->future.submitted, dusq__now());
  *out = &promise->future;
  return promise;
}

static void settle(dusq_promise *promise, dusq_result *take_result, dusq_error *take_error)
{
  if (!promise || dusq__forked(promise->future.generation)) {
    dusq_result_unref(take_result);
    dusq_error_unref(take_error);
    return;
  }
  dusq__future_settle(&promise->future, take_result, take_error, 0);
  free_hook(take_hook(promise));
  dusq_future_unref(&promise->future);
}

void dusq_promise_resolve(dusq_promise *take, dusq_result *take_result)
{
  settle(take, take_result, NULL);
}

void dusq_promise_reject(dusq_promise *take, dusq_status status, const char *sqlstate, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  dusq_error *error = dusq__error_vnew(status, sqlstate, 0, format, args);
  va_end(args);
  settle(take, NULL, error);
}

void dusq_promise_reject_error(dusq_promise *take, dusq_error *take_error)
{
  settle(take, NULL, take_error ? take_error : dusq__error_static(DUSQ_E_INVAL));
}

void dusq_promise_drop(dusq_promise *take)
{
  settle(take, NULL, dusq__error_static(DUSQ_E_ABANDONED));
}

void dusq_promise_start(dusq_promise *promise)
{
  if (promise && !dusq__forked(promise->future.generation))
    dusq__future_start(&promise->future, dusq__now());
}

bool dusq_promise_canceled(const dusq_promise *promise)
{
  return promise && atomic_load(&promise->future.canceled);
}

/* Makes the hook, which will run on the shared notifier. */
static dusq_status make_hook(dusq_free_fn *fn, void *arg, dusq_free_fn *free_arg, on_cancel **out)
{
  on_cancel *hook = dusq__zalloc(sizeof *hook);
  if (!hook)
    return DUSQ_E_NOMEM;
  hook->home = dusq__home_shared();
  dusq_status status = hook->home ? dusq__notifier_ready(hook->home) : DUSQ_E_NOMEM;
  if (status) {
    free_hook(hook);
    return status;
  }
  hook->post.run = run_hook;
  hook->fn = fn;
  hook->arg = arg;
  hook->free_arg = free_arg;
  *out = hook;
  return DUSQ_OK;
}

dusq_status dusq_promise_on_cancel(dusq_promise *promise, dusq_free_fn *fn, void *arg, dusq_free_fn *free_arg)
{
  if (!promise || !fn)
    return DUSQ_E_INVAL;
  if (dusq__forked(promise->future.generation))
    return DUSQ_E_FORKED;
  on_cancel *hook;
  dusq_status status = make_hook(fn, arg, free_arg, &hook);
  if (status)
    return status;
  pthread_mutex_lock(&promise->future.mtx);
  bool second = promise->hooked;
  promise->hooked = true;
  if (!second)
    promise->hook = hook;
  pthread_mutex_unlock(&promise->future.mtx);
  if (second) {
    hook->free_arg = NULL; /* the hook was not registered */
    free_hook(hook);
    return DUSQ_E_INVAL;
  }
  if (atomic_load(&promise->future.canceled))
    promise_cancel(&promise->future); /* a cancel may have come before the hook was set */
  return DUSQ_OK;
}
