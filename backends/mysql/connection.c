/* connection.c - errors of the driver, and what they mean for a connection. */
#include "connection.h"
#include "error.h"
#include "host.h"
#include "message.h"

/* Errors by which the server rolls the whole transaction back: 1205 only with innodb_rollback_on_timeout, which a
 * savepoint that is gone then tells.                                                                                 */
static bool may_undo(int64_t native, dusq_status status)
{
  return status == DUSQ_E_TX_DEADLOCK || status == DUSQ_E_SERIALIZATION || status == DUSQ_E_LOCKED ||
         native == MY_ER_LOCK_TABLE_FULL;
}

/* Marks a connection that is lost or out of sync, so that it is not used again. */
static void mark(dusq__my_conn *conn, int64_t native, dusq_status status)
{
  conn->broken |= status == DUSQ_E_CONNECTION_LOST || status == DUSQ_E_PROTOCOL || status == DUSQ_E_SHUTDOWN ||
                  native == MY_ER_PACKET_TOO_LARGE;
  if (native != MY_ER_NO_SUCH_SAVEPOINT) /* which follows such an error */
    conn->undone = may_undo(native, status);
  conn->unknown_tx |= (conn->mysql->server_status & SERVER_STATUS_IN_TRANS) != 0; /* an error does not tell whether one
                                                                                   * is still open                    */
}

static dusq_error *overran(const dusq__my_conn *conn)
{
  dusq_error *error = dusq_error_new(DUSQ_E_CANCELED, NULL, 0, "the server did not stop in time");
  dusq_error_set_number(error, DUSQ_ERROR_UNKNOWN_OUTCOME, conn->sent);
  return error;
}

/* `said` has the text; the rest is filled in here. */
static dusq_error *make(dusq__my_conn *conn, dusq__my_said *said)
{
  int flavour = conn->mariadb ? DUSQ_FLAVOUR_MARIADB : DUSQ_FLAVOUR_MYSQL;
  said->mariadb = conn->mariadb;
  said->status = dusq_classify(flavour, said->native, said->state, said->text);
  if (said->status == DUSQ_E_TLS) /* after the login, a lost connection is reported like this */
    said->status = DUSQ_E_CONNECTION_LOST;
  mark(conn, said->native, said->status);
  if (said->status == DUSQ_E_CONNECTION_LOST && dusq__my_call_overran(&conn->call))
    return overran(conn);
  bool left = dusq__my_host_leave(conn->instance, conn->call.host, conn->left, said);
  conn->broken |= left;
  dusq_error *error = dusq__my_message_error(said);
  if (left)
    dusq_error_set_number(error, DUSQ_ERROR_RETRYABLE, 1); /* on the next host, where nothing has happened yet */
  return error;
}

dusq_error *dusq__my_error(dusq__my_conn *conn, const char *sql, size_t len)
{
  dusq__my_said said = {.native = mysql_errno(conn->mysql), .state = mysql_sqlstate(conn->mysql),
                        .text = mysql_error(conn->mysql), .sql = sql, .len = len};
  return said.native ? make(conn, &said) : dusq__my_nomem(); /* some failed allocations are not reported */
}

dusq_error *dusq__my_error_of_stmt(dusq__my_conn *conn, MYSQL_STMT *stmt, bool preparing, const char *sql, size_t len)
{
  dusq__my_said said = {.native = mysql_stmt_errno(stmt), .state = mysql_stmt_sqlstate(stmt),
                        .text = mysql_stmt_error(stmt), .sql = sql, .len = len, .preparing = preparing};
  return said.native ? make(conn, &said) : dusq__my_error(conn, sql, len);
}
