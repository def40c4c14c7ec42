/* outcome.h - the outcome of an execution.
 *
 * The outcome of a statement is known when the server is ready for the next one, because its commit comes after its
 * rows.                                                                                                              */
#ifndef DUSQ_POSTGRES_OUTCOME_H
#define DUSQ_POSTGRES_OUTCOME_H
#include "conn.h"
#include "error.h"
#include "receive.h"

typedef struct dusq__pg_outcome {
  dusq_error *error;      /* owned                                          */
  dusq__pg_origin origin; /* of it                                          */
  bool lasting;           /* what it has done before its end may stay       */
  bool refused;           /* the sink takes no more, and knows why          */
  bool begun;             /* the sink has the columns; rows come one by one */
} dusq__pg_outcome;

/* Processes one result; the first error stays. */
void dusq__pg_take_result(dusq__pg_conn *conn, PGresult *take_result, const char *sql, dusq_sink *sink,
                          dusq__pg_outcome *out);

/* Processes all results until the server is ready again.  True when it is. */
static inline bool dusq__pg_take_results(dusq__pg_conn *conn, const char *sql, dusq_sink *sink, dusq__pg_outcome *out)
{
  PGresult *result;
  while ((result = dusq__pg_get_result(conn)) != NULL)
    dusq__pg_take_result(conn, result, sql, sink, out);
  return !dusq__pg_lost(conn);
}

/* The connection is lost: that becomes the error, replacing an earlier one. */
void dusq__pg_set_lost(const dusq__pg_conn *conn, dusq__pg_outcome *out);
/* The same if the connection is lost, which it is not if the server is ready again (`complete`). */
static inline void dusq__pg_check_lost(const dusq__pg_conn *conn, bool complete, dusq__pg_outcome *out)
{
  if (!complete && dusq__pg_lost(conn))
    dusq__pg_set_lost(conn, out);
}

/* As dusq__pg_check_lost for one of several executions.  A cancel or a result too large that was meant for another one
 * (not `own`, which the server was executing) becomes DUSQ_E_CONNECTION_LOST.                                        */
void dusq__pg_set_lost_by(const dusq__pg_conn *conn, bool own, dusq_sink *sink, dusq__pg_outcome *out);
/* Reports the outcome to the sink, and ends it. */
void dusq__pg_report(dusq_sink *sink, dusq__pg_outcome *take_outcome);

#endif
