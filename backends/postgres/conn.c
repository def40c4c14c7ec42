/* conn.c - a connection.  The worker's thread; dusq__pg_interrupt: any. */
#include "conn.h"
#include "error.h"
#include <poll.h>
#include <unistd.h>

dusq_error *dusq__pg_conn_error(const dusq__pg_conn *conn)
{
  if (conn->unreached)
    return dusq_error_new(dusq_error_status(conn->unreached), dusq_error_sqlstate(conn->unreached), 0, "%s",
                          dusq_error_message(conn->unreached));
  if (!conn->broken)
    return dusq__pg_libpq_error(conn->pg);
  if (conn->cancel.by_size && dusq__pg_is_too_large(conn))
    return dusq__pg_too_large();
  bool asked = conn->cancel.state != DUSQ__PG_NO_CANCEL;
  return dusq_error_new(asked ? DUSQ_E_CANCELED : DUSQ_E_CONNECTION_LOST, NULL, 0,
                        asked ? "the server did not stop within cancel_grace" : "the connection cannot be used");
}

/* While the connection is idle, the server sends only notices, changed settings, or the end.  The first read after its
 * last message does not report the end yet; the next one does.                                                       */
bool dusq__pg_alive(void *arg)
{
  enum { READINGS = 4 };
  dusq__pg_conn *conn = arg;
  struct pollfd ready = {.fd = PQsocket(conn->pg), .events = POLLIN};
  if (conn->left != atomic_load_explicit(&conn->instance->left, memory_order_relaxed))
    return false; /* the server may be the one that another connection has given up */
  for (int i = 0; i < READINGS; i++) {
    if (poll(&ready, 1, 0) <= 0)
      return true;
    if (!PQconsumeInput(conn->pg))
      return false;
    (void)PQisBusy(conn->pg); /* which parses what has come; notifications wait for whoever has the handle */
    if (PQstatus(conn->pg) == CONNECTION_BAD)
      return false;
  }
  return false;
}

void dusq__pg_interrupt(void *arg)
{
  dusq__pg_conn *conn = arg;
  ssize_t written = write(conn->pipe[1], "", 1); /* if the pipe is full, it wakes the worker anyway */
  (void)written;
}

/* A job with the handle may change anything in the session. */
void *dusq__pg_native(void *arg)
{
  dusq__pg_conn *conn = arg;
  conn->unsettled = true;
  return conn->pg;
}

int dusq__pg_socket(void *arg)
{
  const dusq__pg_conn *conn = arg;
  return PQsocket(conn->pg);
}
