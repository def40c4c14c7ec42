/* slot.h - what the slots of the backend table do first and last.  The worker's thread; the state is in call.h. */
#ifndef DUSQ_MYSQL_SLOT_H
#define DUSQ_MYSQL_SLOT_H
#include "connection.h"

/* Begins a call, as dusq__my_call_begin.  False: it was asked to stop already.  dusq__my_slot_leave in both cases. */
static inline bool dusq__my_slot_enter(dusq__my_conn *conn, const dusq_stop *stop)
{
  conn->sent = false;
  dusq__my_settings_clear_flag(conn->mysql); /* what it reports was known, or came from a job */
  return dusq__my_call_begin(&conn->call, stop);
}

/* Ends it: no kill can hit what comes next.  Whether the server was told to stop what ran. */
bool dusq__my_slot_leave(dusq__my_conn *conn);

/* Ends it, and gives what the slot returns: with an error, or where the connection is broken, an error is written to
 * *error.                                                                                                            */
dusq_status dusq__my_slot_finish(dusq__my_conn *conn, dusq_error *take_error, dusq_error **error);

/* The status of a sink's slot: what went wrong was told to the sink. */
static inline dusq_status dusq__my_slot_status(const dusq__my_conn *conn)
{
  return conn->broken ? DUSQ_E_CONNECTION_LOST : DUSQ_OK;
}

#endif
