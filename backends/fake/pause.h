/* pause.h - delays and hangs of a worker, and what ends them.
 *
 * The worker waits on the condition of its connection, under the fake's mtx.  Whatever changes the condition wakes it:
 * the advance of the clock, a release, a cut, an interrupt.  A connect is never interrupted, so it polls its stop.   */
#ifndef DUSQ_FAKE_PAUSE_H
#define DUSQ_FAKE_PAUSE_H
#include "connection.h"

typedef enum dusq__fake_pause { DUSQ__FAKE_OVER = 0, DUSQ__FAKE_STOPPED, DUSQ__FAKE_BROKEN } dusq__fake_pause;
/* A delay, then a hang if the flags say so.  Both end early when the stop is asked (without a stop: when the connection
 * is interrupted), unless DEAF is set, and when the connection breaks.  The waiter is one of the connection's.       */
dusq__fake_pause dusq__fake_pause_for(dusq__fake_conn *conn, dusq__fake_waiter *waiter, const dusq_stop *stop,
                                      int64_t delay, uint32_t flags);

#endif
