/* connection.h - a connection, and what the errors of the driver mean for it.
 *
 * It belongs to the one worker that calls with it, and every call of the driver blocks.  No lock guards it, but for
 * what other threads see of it, which is in `call`.                                                                  */
#ifndef DUSQ_MYSQL_CONNECTION_H
#define DUSQ_MYSQL_CONNECTION_H
#include "call.h"
#include "client.h"
#include "row.h"
#include "settings.h"

typedef struct dusq__my_conn {
  dusq__my *instance;    /* a reference                                                               */
  MYSQL *mysql;          /* owned                                                                     */
  bool mariadb;          /* the server; constant, as the two below                                    */
  size_t max_packet;     /* bytes, of the server                                                      */
  char *setup;           /* owned: the SQL that sets the session up                                   */
  bool broken;           /* lost, or out of step: it is used no more                                  */
  bool unknown_tx;       /* a statement failed in a transaction: whether one is open is not known     */
  bool lent;             /* the handle was given to a job, which may have done anything with it       */
  bool slow_reader;      /* net_write_timeout is set for a slow reader                                */
  bool sent;             /* in this call: what may have an effect                                     */
  bool saw_zone;         /* of this statement's result: a TIMESTAMP                                   */
  bool saw_text;         /* of this statement's result: a text that is not ASCII                      */
  dusq__my_settings settings;
  dusq__my_row row;
  dusq__my_call call;
} dusq__my_conn;

/* Owned errors: what the handle, or a statement of it, says went wrong.  They mark the connection as broken where it is
 * lost or out of step.  `sql`, of `len` bytes, is what was sent; NULL: not of interest.                              */
dusq_error *dusq__my_error(dusq__my_conn *conn, const char *sql, size_t len);
dusq_error *dusq__my_error_of_stmt(dusq__my_conn *conn, MYSQL_STMT *stmt, const char *sql, size_t len);

/* Tells the sink that what may have an effect is sent now. */
static inline void dusq__my_sent(dusq__my_conn *conn, dusq_sink *sink)
{
  conn->sent = true;
  dusq_sink_sent(sink);
}

#endif
