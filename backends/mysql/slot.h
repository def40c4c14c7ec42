/* slot.h - the beginning and the end of each slot.  The worker's thread; the state is in call.h. */
#ifndef DUSQ_MYSQL_SLOT_H
#define DUSQ_MYSQL_SLOT_H
#include "connection.h"

/* Begins a call, like dusq__my_call_begin.  False: a stop was asked already.  dusq__my_slot_leave in both cases. */
static inline bool dusq__my_slot_enter(dusq__my_conn *conn, const dusq_stop *stop)
{
  conn->sent = false;
  dusq__my_settings_clear_flag(conn->mysql); /* what it reports is known already, or came from a job */
  return dusq__my_call_begin(&conn->call, stop);
}

/* Ends the call: no kill can hit a later one.  Returns whether the server was told to stop the statement. */
bool dusq__my_slot_leave(dusq__my_conn *conn);

/* Ends the call, and returns the status of the slot.  If the connection is broken, that is an error, too; errors go to
 * *error.                                                                                                            */
dusq_status dusq__my_slot_finish(dusq__my_conn *conn, dusq_error *take_error, dusq_error **error);

/* The status of a slot that reports through a sink. */
static inline dusq_status dusq__my_slot_status(const dusq__my_conn *conn)
{
  return conn->broken ? DUSQ_E_CONNECTION_LOST : DUSQ_OK;
}

#endif
