/* steps.c - dusq_pool_transact_steps: a transaction as a list of statements. */
#include "base/alloc.h"
#include "data/error.h"
#include "pool/submit.h"
#include "run/kinds.h"
#include "setup/bind.h"
#include "setup/tx_options.h"
#include <string.h>

/* A statement of the list with its values in order, not copied yet. */
typedef struct bound_step {
  dusq__statement *statement; /* holds a reference */
  dusq__bound bound;
} bound_step;

static void drop(bound_step *steps, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    dusq__bound_fini(&steps[i].bound);
    dusq__statement_unref(steps[i].statement);
  }
  dusq__free(steps);
}

static dusq_status bind_step(dusq_pool *pool, const dusq_step *step, bool keep, bound_step *out, dusq_error **error)
{
  if (!step->sql || (step->n && !step->values))
    return dusq__error_give(error, dusq__error_static(DUSQ_E_INVAL));
  dusq_status status = dusq__bind_text(&pool->setup.statements, step->sql, keep, step->values, step->n, &out->statement,
                                       &out->bound, error);
  if (status)
    out->statement = NULL;
  return status;
}

/* Returns NULL, or an owned error that names the step. */
static dusq_error *bind_all(dusq_pool *pool, const dusq_step *steps, size_t n, bool keep, bound_step *out)
{
  dusq_error *error = NULL;
  for (size_t i = 0; i < n; i++) {
    if (!bind_step(pool, &steps[i], keep, &out[i], &error))
      continue;
    dusq_error *named = dusq__error_copy(error);
    dusq_error_unref(error);
    dusq_error_set_number(named, DUSQ_ERROR_INDEX, (int64_t)i);
    return named;
  }
  return NULL;
}

static size_t rounded(size_t size)
{
  enum { ALIGNMENT = _Alignof(max_align_t) };
  return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static dusq__request *make_steps(dusq_pool *pool, bound_step *steps, size_t n, const dusq_tx_opts *tx,
                                 const dusq__request_options *with)
{
  size_t total = rounded(sizeof *tx) + rounded(n * sizeof(dusq__step));
  for (size_t i = 0; i < n; i++) {
    size_t size;
    if (!dusq__submit_size(steps[i].bound.values, steps[i].bound.n, &size) || size > SIZE_MAX / 8 - total)
      return NULL;
    total += rounded(size);
  }
  dusq__request *request = dusq__submit_make(pool, &dusq__kind_steps, total, with);
  if (!request)
    return NULL;
  char *room = (char *)(request + 1);
  request->task.tx = memcpy(room, tx, sizeof *tx);
  room += rounded(sizeof *tx);
  request->task.steps = (dusq__step *)(void *)room;
  room += rounded(n * sizeof(dusq__step));
  request->task.rows = n;
  for (size_t i = 0; i < n; i++) {
    dusq_value *values = (dusq_value *)(void *)room;
    char *end = dusq__submit_copy(values, steps[i].bound.values, steps[i].bound.n);
    dusq__bind_keep_names(steps[i].statement, steps[i].bound.values, steps[i].bound.n, values);
    request->task.steps[i] = (dusq__step){dusq__statement_ref(steps[i].statement), values, steps[i].bound.n};
    room += rounded((size_t)(end - room));
  }
  return request;
}

dusq_future *dusq_pool_transact_steps(dusq_pool *pool, const dusq_step *steps, size_t n, const dusq_tx_opts *tx,
                                      const dusq_opts *opts)
{
  enum { MOST = 65536 };
  dusq__request_options with;
  dusq_tx_opts all;
  dusq_status status = dusq__submit_check(pool, opts, &with);
  if (!status)
    status = (n && !steps) || n > MOST ? DUSQ_E_INVAL : dusq__tx_read_opts(tx, &all);
  if (status)
    return dusq__future_static(status);
  bound_step *bound = dusq__zalloc((n ? n : 1) * sizeof *bound);
  if (!bound)
    return dusq__future_static(DUSQ_E_NOMEM);
  dusq_error *error = bind_all(pool, steps, n, !(with.flags & DUSQ_NO_CACHE), bound);
  dusq__request *request = error ? NULL : make_steps(pool, bound, n, &all, &with);
  drop(bound, n);
  if (error)
    return dusq__future_failed(pool->setup.home, error);
  if (!request)
    return dusq__future_static(DUSQ_E_NOMEM);
  return dusq__submit_to(pool, NULL, (with.flags & DUSQ_READ_ONLY) != 0, request);
}
