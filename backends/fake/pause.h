/* pause.h - a worker that waits, and what ends its wait.
 *
 * It waits on the condition of its connection, under the fake's mtx.  Whoever changes what it waits for wakes it: the
 * clock's advance, a release, a cut, an interrupt.  A connect has nobody to interrupt it, and looks now and then.    */
#ifndef DUSQ_FAKE_PAUSE_H
#define DUSQ_FAKE_PAUSE_H
#include "connection.h"

typedef enum dusq__fake_pause { DUSQ__FAKE_OVER = 0, DUSQ__FAKE_STOPPED, DUSQ__FAKE_BROKEN } dusq__fake_pause;
/* A delay, then a hang if the flags say so.  Ends early when the stop is asked (without a stop: when the connection is
 * interrupted), unless DEAF, and when the connection breaks.  The waiter is one of the connection's.                 */
dusq__fake_pause dusq__fake_pause_for(dusq__fake_conn *conn, dusq__fake_waiter *waiter, const dusq_stop *stop,
                                      int64_t delay, uint32_t flags);

#endif
