/* config.h - from a URI and key=value options to the checked options of a pool.  See <dusq/config.h>. */
#ifndef DUSQ_SETUP_CONFIG_H
#define DUSQ_SETUP_CONFIG_H
#include "base/log.h"
#include <dusq/backend.h>

/* One option as read.  The list is unsorted and searched linearly, because it is read only when a pool opens. */
typedef struct dusq__setting {
  const dusq_option *option; /* constant                                 */
  char *text;                /* owned; NULL: unset and without a default */
  int64_t number;
} dusq__setting;

struct dusq_params {
  const dusq_backend *backend;
  char *subsystem;    /* the backend's name, for log lines */
  dusq__log log;
  dusq__setting *settings;
  size_t n;
};

/* Reads all options of a config.  DUSQ_OK, or a status with an owned error; *out is safe for fini in any case. */
dusq_status dusq__params_read(const dusq_config *config, dusq_params *out, dusq_error **error);
void dusq__params_fini(dusq_params *params);
/* The password, or NULL: to remove it from messages. */
const char *dusq__params_secret(const dusq_params *params);

#endif
