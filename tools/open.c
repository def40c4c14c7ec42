/* open.c - see open.h. */
#include "open.h"
#include "split.h"
#include <string.h>

#define CLOSE_PATIENCE (5 * DUSQ_SECOND)

/* What needs a table makes no file: a name that was mistyped would be a database without any. */
static bool makes_no_file(const options *o)
{
  static const char scheme[] = "sqlite:";
  return o->sql && !strncmp(o->uri, scheme, sizeof scheme - 1) && o->uri[sizeof scheme - 1] &&
         !strchr("?:", o->uri[sizeof scheme - 1]) && !strstr(o->uri, "?mode=") && !strstr(o->uri, "&mode=") &&
         split_needs_table(o->sql, strlen(o->sql));
}

dusq_pool *open_pool(const options *o)
{
  dusq_pool *pool = NULL;
  dusq_error *error = NULL;
  dusq_config *config = dusq_config_new(o->uri);
  dusq_status status = config ? DUSQ_OK : DUSQ_E_NOMEM;
  if (!status && makes_no_file(o))
    status = dusq_config_set(config, "mode", "rw");
  if (!status)
    status = dusq_pool_open(config, &pool, &error);
  dusq_config_free(config);
  if (!status)
    return pool;
  complain("%s", error ? dusq_error_message(error) : dusq_strstatus(status));
  dusq_error_unref(error);
  return NULL;
}

void close_pool(dusq_pool *pool, int64_t grace)
{
  if (!pool)
    return;
  dusq_status status = dusq_await(dusq_pool_close(pool, grace), CLOSE_PATIENCE, NULL, NULL);
  (void)status; /* what is stuck ends with the process */
}
