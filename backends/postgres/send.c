/* send.c - sends one execution of a prepared statement.  The worker's thread. */
#include "send.h"
#include "encode.h"
#include "error.h"
#include "variant.h"
#include <string.h>

dusq_error *dusq__pg_send(dusq__pg_conn *conn, const dusq_execution *execution, const dusq_value *values, size_t *bytes)
{
  dusq__pg_statement *statement = execution->prepared;
  dusq__pg_args args;
  const Oid *declared;
  size_t n = execution->count;
  const dusq__pg_preparation *prepared = dusq__pg_preparation_for(statement, values, n, &conn->names, &declared);
  if (!prepared)
    return dusq__pg_nomem();
  dusq_error *error = dusq__pg_encode(&conn->buffers, declared ? declared : prepared->types, values, n, &args);
  if (error)
    return error;
  *bytes = args.bytes + (prepared->number ? DUSQ__PG_NAME_SIZE : strlen(statement->sql));
  dusq__pg_note_sent(conn, statement->is);
  dusq_sink_sent(execution->sink);
  int sent;
  if (prepared->number) {
    char name[DUSQ__PG_NAME_SIZE];
    dusq__pg_name_of(prepared->number, name);
    sent = PQsendQueryPrepared(conn->pg, name, args.n, args.values, args.lengths, args.formats, prepared->binary);
  } else {
    sent = PQsendQueryParams(conn->pg, statement->sql, args.n, args.types, args.values, args.lengths, args.formats, 0);
  }
  if (sent && execution->flags & DUSQ_EXECUTION_STREAM)
    PQsetSingleRowMode(conn->pg); /* single rows, not chunks: libpq drops the rows of the last chunk before an error */
  return sent ? NULL : dusq__pg_conn_error(conn);
}
