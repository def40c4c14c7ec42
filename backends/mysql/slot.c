/* slot.c - the end of each slot. */
#include "slot.h"
#include "error.h"
#include "session.h"

enum { ABSORB_TRIES = 3 };

/* A kill was delivered, and may still be pending in the session: a statement that does nothing absorbs it.  It does not
 * matter whether that kill has ended the statement, because it may have come from elsewhere.                         */
static void absorb_kill(dusq__my_conn *conn)
{
  bool absorbed = false;
  for (int i = 0; i < ABSORB_TRIES && !absorbed && !conn->broken; i++) {
    dusq_error *error = dusq__my_session_run(conn, "DO 0");
    absorbed = !error;
    dusq_error_unref(error);
  }
  conn->broken |= !absorbed;
}

bool dusq__my_slot_leave(dusq__my_conn *conn)
{
  bool delivered;
  conn->broken |= !dusq__my_call_end(&conn->call, &delivered);
  if (!delivered)
    return false;
  if (!conn->broken)
    absorb_kill(conn);
  conn->broken |= !dusq__my_call_end_killed(&conn->call);
  return true;
}

dusq_status dusq__my_slot_finish(dusq__my_conn *conn, dusq_error *take_error, dusq_error **error)
{
  dusq__my_slot_leave(conn);
  if (!take_error && conn->broken)
    take_error = dusq__my_connection_lost();
  if (!take_error)
    return DUSQ_OK;
  dusq_status status = dusq__my_return_error(error, take_error);
  return conn->broken ? DUSQ_E_CONNECTION_LOST : status;
}
