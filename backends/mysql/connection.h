/* connection.h - a connection, and what errors of the driver mean for it.
 *
 * It belongs to one worker, and every driver call blocks.  No lock guards it, except what other threads access, which
 * is in `call`.                                                                                                      */
#ifndef DUSQ_MYSQL_CONNECTION_H
#define DUSQ_MYSQL_CONNECTION_H
#include "call.h"
#include "client.h"
#include "row.h"
#include "settings.h"

typedef struct dusq__my_conn {
  dusq__my *instance;    /* a reference                                                                */
  MYSQL *mysql;          /* owned                                                                      */
  bool mariadb;          /* properties of the server; constant, as the two below                       */
  size_t max_packet;     /* bytes, of the server                                                       */
  char *setup;           /* owned: the SQL that sets up the session                                    */
  uint64_t left;         /* the instance's when it was made                                            */
  bool broken;           /* lost, or out of sync: it must not be used again                            */
  bool unknown_tx;       /* a statement failed in a transaction: whether that is still open is unknown */
  bool undone;           /* the last error may have rolled the whole transaction back                  */
  bool lent;             /* the handle was lent to a job, which may have changed anything              */
  bool slow_reader;      /* net_write_timeout is set for a slow reader                                 */
  bool sent;             /* something that may have an effect was sent in this call                    */
  bool saw_zone;         /* this statement's result has a TIMESTAMP                                    */
  bool saw_text;         /* this statement's result has a text that is not ASCII                       */
  dusq__my_settings settings;
  dusq__my_row row;
  dusq__my_held held;    /* its prepared statements on the server */
  dusq__my_call call;
} dusq__my_conn;

/* Owned errors of the handle, or of a statement.  They mark the connection as broken if it is lost or out of sync.
 * `sql`, of `len` bytes, is the text that was sent; NULL: not needed.                                                */
dusq_error *dusq__my_error(dusq__my_conn *conn, const char *sql, size_t len);
dusq_error *dusq__my_error_of_stmt(dusq__my_conn *conn, MYSQL_STMT *stmt, bool preparing, const char *sql, size_t len);

/* Tells the sink that something that may have an effect is about to be sent. */
static inline void dusq__my_sent(dusq__my_conn *conn, dusq_sink *sink)
{
  conn->sent = true;
  dusq_sink_sent(sink);
}

#endif
