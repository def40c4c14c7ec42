/* session.h - the SQL that the backend itself sends, to set up a session and to ask for its settings.  The worker's
 * thread.
 *
 * Each function returns NULL, or an owned error.                                                                     */
#ifndef DUSQ_MYSQL_SESSION_H
#define DUSQ_MYSQL_SESSION_H
#include "connection.h"

/* Runs a text whose results are not needed. */
dusq_error *dusq__my_session_run(dusq__my_conn *conn, const char *sql);
/* After the login: gets the id of the connection and the server's limits, and makes the SQL for the set-up, which is
 * freed with the connection.                                                                                         */
dusq_error *dusq__my_session_identify(dusq__my_conn *conn);
/* Sets the session up as the manual promises. */
dusq_error *dusq__my_session_set_up(dusq__my_conn *conn);
/* Whether the server is the one that target_session_attrs asks for. */
dusq_error *dusq__my_session_check(dusq__my_conn *conn);
/* Resets the session, which drops its prepared statements and everything else in it, and sets it up again. */
dusq_error *dusq__my_session_reset(dusq__my_conn *conn);
/* Asks for the settings; the next one only if they are not known for sure. */
dusq_error *dusq__my_session_ask(dusq__my_conn *conn);
dusq_error *dusq__my_session_know(dusq__my_conn *conn);

#endif
