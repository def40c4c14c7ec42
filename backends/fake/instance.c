/* instance.c - see instance.h. */
#include "instance.h"
#include "error.h"
#include "memory.h"
#include <string.h>

static dusq_status find_fake(const char *name, dusq_fake **out, dusq_error **error)
{
  if (!name || !*name) {
    dusq_status status = dusq__fake_make(out);
    return status ? dusq__fake_fail_with(error, status) : DUSQ_OK;
  }
  dusq_status status = dusq__fake_lookup(name, out);
  if (status == DUSQ_E_URI)
    return dusq__fake_fail(error, dusq_error_new(status, NULL, 0, "no fake database has the name \"%.32s\"", name));
  return status ? dusq__fake_fail_with(error, status) : DUSQ_OK;
}

dusq_status dusq__fake_open(const dusq_params *params, dusq_plan *plan, void **out, dusq_error **error)
{
  dusq__fake_instance *instance = dusq__fake_alloc(sizeof *instance);
  if (!instance)
    return dusq__fake_fail_with(error, DUSQ_E_NOMEM);
  dusq_status status = find_fake(dusq_params_text(params, "database"), &instance->fake, error);
  if (status) {
    dusq__fake_free(instance);
    return status;
  }
  const char *unmatched = dusq_params_text(params, "unmatched");
  instance->settings.fail_unmatched = unmatched && strcmp(unmatched, "fail") == 0;
  instance->settings.latency = dusq_params_int(params, "latency");
  instance->settings.connect_latency = dusq_params_int(params, "connect_latency");
  plan->lanes = dusq_params_int(params, "lanes") == 2 ? 2 : 1;
  plan->workers[0] = (uint32_t)dusq_params_int(params, "writers");
  plan->workers[1] = (uint32_t)dusq_params_int(params, "readers");
  *out = instance;
  return DUSQ_OK;
}

void dusq__fake_shut(void *given)
{
  dusq__fake_instance *instance = given;
  dusq_fake_unref(instance->fake);
  dusq__fake_free(instance);
}
