/* setup.c - see setup.h. */
#include "setup/setup.h"
#include <string.h>

static void read_options(dusq__options *out, const dusq_params *params, const dusq_backend *backend)
{
  out->queue_timeout = dusq_params_int(params, "queue_timeout");
  out->connect_timeout = dusq_params_int(params, "connect_timeout");
  out->query_timeout = dusq_params_int(params, "query_timeout");
  out->cancel_grace = dusq_params_int(params, "cancel_grace");
  out->idle_timeout = dusq_params_int(params, "idle_timeout");
  out->max_lifetime = dusq_params_int(params, "max_lifetime");
  out->queue_limit = (size_t)dusq_params_int(params, "queue_limit");
  out->max_result_bytes = (size_t)dusq_params_int(params, "max_result_bytes");
  out->stack_size = (size_t)dusq_params_int(params, "stack_size");
  out->stmt_cache = (uint32_t)dusq_params_int(params, "stmt_cache");
  out->batch_max = (uint32_t)dusq_params_int(params, "batch_max");
  out->batch_min = (uint32_t)dusq_params_int(params, "batch_min");
  out->min_connections = (uint32_t)dusq_params_int(params, "min_connections");
  out->batch = dusq_params_int(params, "batch") && backend->execute_batch;
  const char *reset = dusq_params_text(params, "reset");
  out->reset = strcmp(reset, "none") != 0;
  out->reset_all = !strcmp(reset, "full");
  if (!out->query_timeout)
    out->query_timeout = INT64_MAX; /* "0" means no timeout, as in a request's options */
}

dusq_status dusq__setup_init(dusq__setup *setup, const dusq_params *take_params, dusq__home *home)
{
  setup->params = *take_params;
  setup->backend = take_params->backend;
  setup->home = home;
  read_options(&setup->options, &setup->params, setup->backend);
  dusq_status status = dusq__identity_init(&setup->identity);
  if (status)
    return status;
  status = dusq__statements_init(&setup->statements, setup->backend->dialect);
  if (status)
    dusq__identity_fini(&setup->identity);
  return status;
}

void dusq__setup_fini(dusq__setup *setup)
{
  if (setup->instance)
    setup->backend->shut(setup->instance);
  dusq__statements_fini(&setup->statements);
  dusq__identity_fini(&setup->identity);
  dusq__params_fini(&setup->params);
}
