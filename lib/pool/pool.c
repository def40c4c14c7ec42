/* pool.c - opening a pool and counting references to it; see pool.h.
 *
 * A pool holds a reference to its home as long as its callers hold references, and another until it is closed.
 * Requests and workers hold their own.  When the last reference goes, the home frees the pool's memory.              */
#include "pool/pool.h"
#include "base/alloc.h"
#include "data/error.h"
#include "pool/alive.h"
#include "pool/close.h"
#include "pool/exit.h"
#include <dusq/pool.h>

static void pool_fini(void *owner)
{
  dusq_pool *pool = owner;
  bool left = pool->setup.instance && dusq__setup_is(&pool->setup, DUSQ__POOL_CLOSED);
  dusq__setup_fini(&pool->setup);
  if (left)
    dusq__alive_left(true);
  for (uint32_t i = 0; i < DUSQ__LANES; i++)
    dusq__lane_threads_fini(&pool->lane_threads[i]);
  pthread_mutex_destroy(&pool->closing.mtx);
  dusq__free(pool);
}

static dusq_status open_instance(dusq_pool *pool, dusq_plan *plan, dusq_error **error)
{
  *plan = (dusq_plan){.size = sizeof *plan, .lanes = 1};
  dusq_status status = pool->setup.backend->open(&pool->setup.params, plan, &pool->setup.instance, error);
  const char *secret = dusq__params_secret(&pool->setup.params);
  if (status && secret)
    dusq__error_scrub(*error, secret);
  return status;
}

static dusq_status make_lanes(dusq_pool *pool, const dusq_plan *plan)
{
  static const dusq__thread_hooks hooks = {dusq__exit_connected, dusq__pool_worker_gone};
  pool->nlanes = plan->lanes == 2 ? 2 : 1;
  pool->setup.pipelines = plan->pipelines;
  uint32_t usual = (uint32_t)dusq_params_int(&pool->setup.params, "pool_size");
  dusq_status status = DUSQ_OK;
  for (uint32_t i = 0; i < pool->nlanes && !status; i++) {
    uint32_t max = plan->workers[i] ? plan->workers[i] : usual;
    status = dusq__lane_threads_init(&pool->lane_threads[i], &pool->setup, i, max, &hooks);
    if (pool->nlanes == 2)
      pool->lane_threads[i].lane.other = &pool->lane_threads[!i].lane;
  }
  if (!status && plan->sessions && pool->nlanes == 2) {
    status = dusq__lane_threads_init(&pool->lane_threads[2], &pool->setup, 2, plan->sessions, &hooks);
    pool->nlanes = DUSQ__LANES;
  }
  return status;
}

static dusq_status begin(dusq_pool *pool, dusq_error **error)
{
  dusq_status status = dusq__timer_ready(pool->setup.home);
  if (status)
    return dusq__error_give(error, dusq__error_static(status));
  dusq_plan plan;
  status = open_instance(pool, &plan, error);
  if (status)
    return status;
  status = make_lanes(pool, &plan);
  if (!status)
    status = dusq__closing_init(pool);
  return status ? dusq__error_give(error, dusq__error_static(status)) : DUSQ_OK;
}

static dusq_status open_pool(const dusq_config *config, dusq_pool **out, dusq_error **error)
{
  dusq_params params;
  dusq_status status = dusq__params_read(config, &params, error);
  dusq_pool *pool = status ? NULL : dusq__zalloc(sizeof *pool);
  dusq__home *home = pool ? dusq__home_new(params.log, dusq_params_text(&params, "name")) : NULL;
  if (!home) {
    dusq__free(pool);
    dusq__params_fini(&params);
    return status ? status : dusq__error_give(error, dusq__error_static(DUSQ_E_NOMEM));
  }
  dusq__refs_init(&pool->refs, 1);
  pool->generation = dusq__generation();
  pthread_mutex_init(&pool->closing.mtx, NULL);
  dusq__home_own(home, pool, pool_fini);
  status = dusq__setup_init(&pool->setup, &params, home);
  status = status ? dusq__error_give(error, dusq__error_static(status)) : begin(pool, error);
  if (status) {
    dusq__home_unref(home);
    return status;
  }
  dusq__home_ref(home); /* one for the callers' references, one until the pool is closed */
  dusq__exit_add(pool);
  for (uint32_t i = 0; i < pool->nlanes; i++)
    dusq__lane_threads_fill(&pool->lane_threads[i]);
  *out = pool;
  return DUSQ_OK;
}

dusq_status dusq_pool_open(const dusq_config *config, dusq_pool **out, dusq_error **error)
{
  if (error)
    *error = NULL;
  if (!out)
    return dusq__error_give(error, dusq__error_static(DUSQ_E_INVAL));
  *out = NULL;
  dusq_error *why = NULL;
  dusq_status status = open_pool(config, out, &why);
  return status ? dusq__error_give(error, why) : DUSQ_OK;
}

dusq_status dusq_pool_open_uri(const char *uri, dusq_pool **out, dusq_error **error)
{
  dusq_config *config = dusq_config_new(uri);
  dusq_status status = dusq_pool_open(config, out, error);
  dusq_config_free(config);
  return status;
}

dusq_pool *dusq_pool_ref(dusq_pool *pool)
{
  if (pool && !dusq__forked(pool->generation))
    dusq__refs_take(&pool->refs);
  return pool;
}

dusq_pool *dusq_pool_unref(dusq_pool *pool)
{
  if (!pool || dusq__forked(pool->generation) || !dusq__refs_drop(&pool->refs))
    return NULL;
  dusq_future *closing = pool->closing.future;
  if (!dusq__setup_is(&pool->setup, DUSQ__POOL_DRAINING)) /* a pool that is already closing keeps its grace */
    dusq_future_unref(dusq__pool_close(pool, 0));
  dusq_future_unref(closing);
  dusq__home_unref(pool->setup.home);
  return NULL;
}
