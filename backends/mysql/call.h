/* call.h - a call on a connection, as other threads see it, and how it is stopped.
 *
 * The worker begins and ends a call.  Meanwhile, an interrupt whose stop was asked requests a KILL QUERY, and sets the
 * call's deadline to the end of cancel_grace.  The killer sends the kill (kill.h).  When the grace is over, the socket
 * is shut down (deadline.h), which wakes the worker wherever it is in the driver.
 *
 * A kill that arrives before its statement finds an idle session, and has no effect.  So it is sent repeatedly, with
 * growing pauses, as long as the call lasts.
 *
 * A kill must not hit a later call.  So a call does not end while a kill is on its way.  A kill that was delivered may
 * still be pending in the session: the worker then runs a statement that does nothing, which absorbs it (slot.c).
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

/* One per connection. */
typedef struct dusq__my_call {
  dusq__my *instance;
  uint64_t id; /* the connection's id on the server, for KILL QUERY; constant once it is listed, as host */
  size_t host; /* the index of the host in the options                                                   */

  struct dusq__my_call *next, **link; /* guarded by: the monitor's mtx, as all below       */
  dusq__my_deadline deadline;         /* of the socket of the connection                   */
  dusq__my_kill kill;
  int64_t kill_again; /* CLOCK_MONOTONIC ns: when the next kill is sent */
  int64_t kill_pause; /* ns between that kill and the one after it      */
  bool delivered;     /* a kill was delivered in this call              */
  bool slow_stop;     /* a statement may take longer to stop            */
  const dusq_stop *stop;
} dusq__my_call;

/* Adds a call to those that the killer looks at. */
void dusq__my_call_list(dusq__my_call *call);
void dusq__my_call_unlist(dusq__my_call *call);

/* Begins a call: from now on an interrupt stops it, if `stop` has been asked.  False: a stop was asked already, and
 * nothing must be done.  dusq__my_call_end in both cases.                                                            */
bool dusq__my_call_begin(dusq__my_call *call, const dusq_stop *stop);
/* Ends the call, once no kill is on its way.  False: the deadline has passed, and the connection is unusable.  If
 * *delivered becomes true, the deadline stays until dusq__my_call_end_killed, which returns the same.                */
bool dusq__my_call_end(dusq__my_call *call, bool *delivered);
bool dusq__my_call_end_killed(dusq__my_call *call);
/* For a message without an answer, at closing: writing may wait a second for room in the socket's buffer; with `broken`
 * it does not wait.  Ends with dusq__my_call_end, or when the deadline is removed.                                   */
void dusq__my_call_begin_close(dusq__my_call *call, bool broken);

/* The slot `interrupt`.  Any thread. */
void dusq__my_call_interrupt(dusq__my_call *call);
/* From now on a stop in this call may take longer. */
void dusq__my_call_allow_slow_stop(dusq__my_call *call);
/* Stops what runs, without a stop having been asked. */
void dusq__my_call_kill(dusq__my_call *call);
/* Whether it was asked to stop, and still ran at its deadline. */
bool dusq__my_call_overran(dusq__my_call *call);

#endif
