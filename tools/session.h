/* session.h - statements that run one after another on one connection, so that BEGIN, temporary tables and settings
 * hold from one to the next.
 *
 * A job of a dusq_session takes them from a list; each has a future that is settled by the job.  All calls: the main
 * thread.                                                                                                            */
#ifndef DUSQ_TOOLS_SESSION_H
#define DUSQ_TOOLS_SESSION_H
#include <dusq/dusq.h>

typedef struct session session;

/* Starts the job on the connection of `on`.  A callback in `queue` ends the session when the job has ended.  NULL when
 * memory is short.  Without `keep_going`, a statement that fails is the last one that runs.                          */
session *session_open(dusq_session *on, dusq_cq *queue, bool keep_going);

/* Behind the others.  Never NULL: what goes wrong is in the future, as with dusq_pool_query. */
dusq_future *session_query(session *s, const char *sql);

/* Nothing more will come: the job ends when the list is empty. */
void session_finish(session *s);
/* Interrupts the statement that runs, and runs no other. */
void session_cancel(session *s);
/* Accepts NULL. */
void session_free(session *s);

/* Whether after such an error there is no connection left for another statement. */
bool session_is_over(dusq_status status);

#endif
