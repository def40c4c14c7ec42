/* params.h - converts a pool's options to libpq's parameters. */
#ifndef DUSQ_POSTGRES_PARAMS_H
#define DUSQ_POSTGRES_PARAMS_H
#include <dusq/backend.h>
#include <libpq-fe.h>

/* Constant once it is made; any thread reads it. */
typedef struct dusq__pg_params {
  const dusq_params *options;
  const char **keys, **values; /* for PQconnectStartParams, terminated by NULL; the values are owned */
  size_t npairs;
  size_t hosts;           /* number of hosts to try one by one; 1: libpq tries them                               */
  char *zone;             /* the time zone of the session; owned                                                  */
  int64_t libpq_timeout;  /* ns; from_env: libpq's own timeout for a connection; DUSQ_FOREVER: none               */
  bool pooler;            /* with a pooler: the session's settings may not be in effect                           */
  bool guards_password;   /* a clear-text password must not be sent without TLS, and libpq has no option for that */
  PQconninfoOption *defaults; /* from_env: libpq's defaults for what is not given; NULL after init */
} dusq__pg_params;

extern const dusq_option dusq__pg_options[];

/* After an error, dusq__pg_params_fini must be called as well.  *error is owned. */
dusq_status dusq__pg_params_init(dusq__pg_params *params, const dusq_params *options, dusq_error **error);
/* Overwrites the passwords. */
void dusq__pg_params_fini(dusq__pg_params *params);

#endif
