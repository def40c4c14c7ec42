/* call.h - a call of the core to a connection, as other threads see it: how it is told to stop.
 *
 * The worker begins and ends a call.  In between, an interrupt whose stop was asked wants a KILL QUERY, and gives the
 * call until cancel_grace is over.  The killer sends the kill (kill.h).  When the grace is over, the socket is shut
 * down (deadline.h), which wakes the worker wherever in the driver it is.
 *
 * A kill that arrives before its statement finds an idle session, and is lost.  So it is sent again, with longer and
 * longer pauses, as long as the call lasts.
 *
 * A kill must not hit what comes after its call.  So a call does not end while a kill is on its way.  A kill that was
 * delivered may still wait in the session: the worker then runs a statement that does nothing, which takes it (slot.c).
 * (Servers drop a kill that finds a session idle, but not in the moment after a statement.)
 *
 *   state     next      by
 *   IDLE      RUNNING   the worker, dusq__my_call_begin
 *   RUNNING   WANTED    any thread, dusq__my_call_interrupt; the worker, dusq__my_call_kill
 *   WANTED    KILLING   the killer, before it sends
 *             UNKILLED  the killer, which has no connection
 *   KILLING   KILLED    the killer, when the server has answered
 *             UNKILLED  the killer, which could not send
 *   KILLED    KILLING   the killer, when kill_again has come
 *             UNKILLED  the killer, which has no connection
 *   any       IDLE      the worker, dusq__my_call_end; from KILLING only when the deadline has passed                */
#ifndef DUSQ_MYSQL_CALL_H
#define DUSQ_MYSQL_CALL_H
#include "deadline.h"
#include "instance.h"

typedef enum {
  DUSQ__MY_IDLE = 0, DUSQ__MY_RUNNING, DUSQ__MY_WANTED, DUSQ__MY_KILLING, DUSQ__MY_KILLED, DUSQ__MY_UNKILLED
} dusq__my_kill;

/* One a connection. */
typedef struct dusq__my_call {
  dusq__my *instance;
  uint64_t id; /* of the connection on the server, for KILL QUERY; constant once it is listed, as host */
  size_t host; /* which of the options' hosts                                                          */

  struct dusq__my_call *next, **link; /* guarded by: the monitor's mtx, as all below       */
  dusq__my_deadline deadline;         /* of the socket of the connection                   */
  dusq__my_kill kill;
  int64_t kill_again; /* CLOCK_MONOTONIC ns: when the next kill is sent                    */
  int64_t kill_pause; /* ns before the one after that                                      */
  bool delivered;     /* a kill was, in this call                                          */
  bool slow_stop;     /* a statement that is to stop may take its time                     */
  const dusq_stop *stop;
} dusq__my_call;

/* Whether the killer finds it. */
void dusq__my_call_list(dusq__my_call *call);
void dusq__my_call_unlist(dusq__my_call *call);

/* Begins a call: from now on an interrupt stops what runs, if `stop` has been asked.  False: it has been asked already,
 * and nothing is to be done.  dusq__my_call_end in both cases.                                                       */
bool dusq__my_call_begin(dusq__my_call *call, const dusq_stop *stop);
/* Ends it, once no kill is on its way.  False: the deadline has passed, and the connection is of no more use.  Where
 * *delivered becomes true, the deadline holds until dusq__my_call_end_killed, which returns the same.                */
bool dusq__my_call_end(dusq__my_call *call, bool *delivered);
bool dusq__my_call_end_killed(dusq__my_call *call);
/* For what is sent without waiting for an answer: it may wait a second for room in the buffer of the socket; with
 * `broken` it does not wait.  Ends with dusq__my_call_end, or with the removal of the deadline.                      */
void dusq__my_call_begin_close(dusq__my_call *call, bool broken);

/* The slot `interrupt`.  Any thread. */
void dusq__my_call_interrupt(dusq__my_call *call);
/* What is to stop from now on may take its time, until the end of the call. */
void dusq__my_call_allow_slow_stop(dusq__my_call *call);
/* Stops what runs, though nobody has asked. */
void dusq__my_call_kill(dusq__my_call *call);
/* Whether it was asked to stop, and was still running at its deadline. */
bool dusq__my_call_overran(dusq__my_call *call);

#endif
