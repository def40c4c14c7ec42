/* instance.h - a pool's use of a fake: slots of the table.  Any thread. */
#ifndef DUSQ_FAKE_INSTANCE_H
#define DUSQ_FAKE_INSTANCE_H
#include "connection.h"

typedef struct dusq__fake_instance {
  dusq_fake *fake; /* a reference */
  dusq__fake_settings settings;
} dusq__fake_instance;

dusq_status dusq__fake_open(const dusq_params *params, dusq_plan *plan, void **out, dusq_error **error);
void dusq__fake_shut(void *instance);

#endif
