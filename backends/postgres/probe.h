/* probe.h - asks the server which declarations of a statement's parameters it accepts, several per round trip. */
#ifndef DUSQ_POSTGRES_PROBE_H
#define DUSQ_POSTGRES_PROBE_H
#include "conn.h"

/* Writes the types of the k-th declaration; 0: not declared. */
typedef void (*dusq__pg_fill)(const void *arg, size_t k, Oid *types);
/* Finds out which of `count` declarations of n parameters are accepted. which[k] says whether the k-th is asked about,
 * and on return whether it is accepted.  Not in a pipeline.  NULL, or an owned error.                                */
dusq_error *dusq__pg_probe(dusq__pg_conn *conn, const char *sql, size_t n, dusq__pg_fill fill, const void *arg,
                           size_t count, bool *which);

#endif
