/* connection.c - errors of the driver, and what they mean for a connection. */
#include "connection.h"
#include "error.h"
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

static dusq_error *make(dusq__my_conn *conn, int64_t native, const char *state, const char *text, const char *sql,
                        size_t len)
{
  int flavour = conn->mariadb ? DUSQ_FLAVOUR_MARIADB : DUSQ_FLAVOUR_MYSQL;
  dusq_status status = dusq_classify(flavour, native, state, text);
  if (status == DUSQ_E_TLS) /* after the login, a lost connection is reported like this */
    status = DUSQ_E_CONNECTION_LOST;
  mark(conn, native, status);
  if (status == DUSQ_E_CONNECTION_LOST && dusq__my_call_overran(&conn->call))
    return overran(conn);
  return dusq__my_message_error(status, native, state, text, sql, len);
}

dusq_error *dusq__my_error(dusq__my_conn *conn, const char *sql, size_t len)
{
  unsigned native = mysql_errno(conn->mysql);
  if (!native) /* the client libraries do not report some failed allocations */
    return dusq__my_nomem();
  return make(conn, native, mysql_sqlstate(conn->mysql), mysql_error(conn->mysql), sql, len);
}

dusq_error *dusq__my_error_of_stmt(dusq__my_conn *conn, MYSQL_STMT *stmt, const char *sql, size_t len)
{
  unsigned native = mysql_stmt_errno(stmt);
  if (!native)
    return dusq__my_error(conn, sql, len);
  return make(conn, native, mysql_stmt_sqlstate(stmt), mysql_stmt_error(stmt), sql, len);
}
