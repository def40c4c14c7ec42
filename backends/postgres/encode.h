/* encode.h - converts values to libpq's parameters. */
#ifndef DUSQ_POSTGRES_ENCODE_H
#define DUSQ_POSTGRES_ENCODE_H
#include "buffer.h"
#include <dusq/backend.h>
#include <libpq-fe.h>

/* The arrays are in the buffers, and valid until the next call. */
typedef struct dusq__pg_args {
  int n;
  const Oid *types;
  const char *const *values;
  const int *lengths, *formats;
  size_t bytes; /* approximate size of the values */
} dusq__pg_args;

/* `known`: the types of the n parameters (0: unknown); NULL: all are unknown.  NULL, or an owned error. */
dusq_error *dusq__pg_encode(dusq__pg_buffers *buffers, const Oid *known, const dusq_value *values, size_t n,
                            dusq__pg_args *out);

#endif
