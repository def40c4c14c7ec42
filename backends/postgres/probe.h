/* probe.h - asks the server which parameters accept a type, several questions in a round trip. */
#ifndef DUSQ_POSTGRES_PROBE_H
#define DUSQ_POSTGRES_PROBE_H
#include "conn.h"

/* For which of n parameters `type` can be declared, each together with those of `with` (NULL: none).  which[i] says
 * whether the question is asked, and on return whether it can.  Not in a pipeline.  NULL, or an owned error.          */
dusq_error *dusq__pg_probe(dusq__pg_conn *conn, const char *sql, Oid type, size_t n, const bool *with, bool *which);

#endif
