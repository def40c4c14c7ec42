/* instance.c - what the connections of a pool share.  The thread that opens or closes the pool. */
#include "instance.h"
#include "error.h"
#include <stdlib.h>
#include <string.h>

enum { MIN_VERSION = 140000, SLACK = 16 << 20, MOST_AS_TEXT = 3 /* size of a timestamp's text, in cells */ };

static void read_options(dusq__pg_instance *instance, const dusq_params *options)
{
  size_t limit = (size_t)dusq_params_int(options, "max_result_bytes");
  instance->receive_limit = limit < SIZE_MAX / 4 ? MOST_AS_TEXT * limit + SLACK : SIZE_MAX;
  instance->cancel_grace = dusq_params_int(options, "cancel_grace");
  instance->connect_timeout = dusq_params_int(options, "connect_timeout");
  instance->reset_all = !strcmp(dusq_params_text(options, "reset"), "full");
  instance->names = !dusq_params_int(options, "pgbouncer") && dusq_params_int(options, "stmt_cache") > 0;
}

static void read_target(dusq__pg_instance *instance)
{
  const dusq__pg_params *params = &instance->params;
  atomic_init(&instance->left, 0);
  for (size_t i = 0; i < params->npairs; i++)
    if (!strcmp(params->keys[i], "target_session_attrs")) {
      instance->read_write = !strcmp(params->values[i], "read-write");
      instance->primary = !strcmp(params->values[i], "primary");
    }
}

void dusq__pg_shut(void *arg)
{
  dusq__pg_instance *instance = arg;
  if (!instance)
    return;
  dusq__pg_params_fini(&instance->params);
  free(instance);
}

dusq_status dusq__pg_open(const dusq_params *options, dusq_plan *plan, void **out, dusq_error **error)
{
  plan->pipelines = true;
  if (PQlibVersion() < MIN_VERSION || !PQisthreadsafe())
    return dusq__pg_give(error, dusq_error_new(DUSQ_E_CONFIG, NULL, PQlibVersion(),
                                               "libpq 14 or later is needed, made for threads"));
  dusq__pg_instance *instance = calloc(1, sizeof *instance);
  if (!instance)
    return dusq__pg_give(error, dusq__pg_nomem());
  read_options(instance, options);
  dusq_status status = dusq__pg_params_init(&instance->params, options, error);
  if (status) {
    dusq__pg_shut(instance);
    return status;
  }
  read_target(instance);
  *out = instance;
  return DUSQ_OK;
}
