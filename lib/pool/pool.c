/* pool.c - opening pools and counting them; see pool.h.
 *
 * A pool keeps its home for two reasons: its callers hold references, and it is not closed yet.  Requests and workers
 * keep it besides.  When the last of them goes, the home frees the pool's memory.                                    */
#include "pool/pool.h"
#include "base/alloc.h"
#include "data/error.h"
#include <dusq/pool.h>
#include <string.h>
#include <unistd.h>

static void pool_fini(void *owner)
{
  dusq_pool *pool = owner;
  bool left = pool->instance && atomic_load(&pool->state) == DUSQ__POOL_CLOSED;
  if (pool->instance)
    pool->backend->shut(pool->instance);
  if (left)
    dusq__exit_left(true);
  for (uint32_t i = 0; i < DUSQ__LANES; i++)
    dusq__lane_fini(&pool->lanes[i]);
  dusq__statements_fini(&pool->statements);
  dusq__params_fini(&pool->params);
  pthread_mutex_destroy(&pool->mtx);
  dusq__free(pool);
}

static void read_options(dusq_pool *pool)
{
  const dusq_params *params = &pool->params;
  pool->queue_timeout = dusq_params_int(params, "queue_timeout");
  pool->connect_timeout = dusq_params_int(params, "connect_timeout");
  pool->query_timeout = dusq_params_int(params, "query_timeout");
  pool->cancel_grace = dusq_params_int(params, "cancel_grace");
  pool->idle_timeout = dusq_params_int(params, "idle_timeout");
  pool->max_lifetime = dusq_params_int(params, "max_lifetime");
  pool->queue_limit = (size_t)dusq_params_int(params, "queue_limit");
  pool->max_result_bytes = (size_t)dusq_params_int(params, "max_result_bytes");
  pool->stack_size = (size_t)dusq_params_int(params, "stack_size");
  pool->stmt_cache = (uint32_t)dusq_params_int(params, "stmt_cache");
  pool->batch_max = (uint32_t)dusq_params_int(params, "batch_max");
  pool->batch_min = (uint32_t)dusq_params_int(params, "batch_min");
  pool->min_connections = (uint32_t)dusq_params_int(params, "min_connections");
  pool->batch = dusq_params_int(params, "batch") && pool->backend->execute_batch;
  const char *reset = dusq_params_text(params, "reset");
  pool->reset = strcmp(reset, "none") != 0;
  pool->reset_all = !strcmp(reset, "full");
  if (!pool->query_timeout)
    pool->query_timeout = INT64_MAX; /* "0" means none, as in a request's options */
}

static dusq_status open_instance(dusq_pool *pool, dusq_plan *plan, dusq_error **error)
{
  *plan = (dusq_plan){.size = sizeof *plan, .lanes = 1};
  dusq_status status = pool->backend->open(&pool->params, plan, &pool->instance, error);
  const char *secret = dusq__params_secret(&pool->params);
  if (status && secret)
    dusq__error_scrub(*error, secret);
  return status;
}

static dusq_status make_lanes(dusq_pool *pool, const dusq_plan *plan)
{
  pool->nlanes = plan->lanes == 2 ? 2 : 1;
  uint32_t usual = (uint32_t)dusq_params_int(&pool->params, "pool_size");
  dusq_status status = DUSQ_OK;
  for (uint32_t i = 0; i < pool->nlanes && !status; i++)
    status = dusq__lane_init(&pool->lanes[i], pool, i, plan->workers[i] ? plan->workers[i] : usual);
  if (!status && plan->sessions && pool->nlanes == 2) {
    status = dusq__lane_init(&pool->lanes[2], pool, 2, plan->sessions);
    pool->nlanes = DUSQ__LANES;
  }
  return status;
}

static dusq_status begin(dusq_pool *pool, dusq_error **error)
{
  dusq_status status = dusq__timer_ready(pool->home);
  if (!status)
    status = dusq__statements_init(&pool->statements, pool->backend->dialect);
  if (status)
    return dusq__error_give(error, dusq__error_static(status));
  dusq_plan plan;
  status = open_instance(pool, &plan, error);
  if (status)
    return status;
  status = make_lanes(pool, &plan);
  if (!status)
    status = dusq__pool_make_closing(pool);
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
  pool->params = params;
  pool->backend = params.backend;
  pool->home = home;
  pthread_mutex_init(&pool->mtx, NULL);
  dusq__home_own(home, pool, pool_fini);
  read_options(pool);
  status = begin(pool, error);
  if (status) {
    dusq__home_unref(home);
    return status;
  }
  dusq__home_ref(home); /* one for the callers' references, one until it is closed */
  dusq__exit_add(pool);
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
  dusq_future *closing = pool->closing;
  if (atomic_load(&pool->state) == DUSQ__POOL_OPEN) /* one that is closing keeps its grace */
    dusq_future_unref(dusq__pool_close(pool, 0));
  dusq_future_unref(closing);
  dusq__home_unref(pool->home);
  return NULL;
}
