/* kill.h - the killer: the thread of an instance that sends KILL QUERY.
 *
 * It starts with the first statement that is to stop, and ends when the pool closes.  It keeps a control connection to
 * each host where it needed one; one that is lost is made again, once.  Its waits are bounded as those of any call: by
 * the driver's timeout during the login, by a deadline from then on.  A statement whose kill cannot be sent ends at its
 * own deadline, with the loss of its connection.                                                                     */
#ifndef DUSQ_MYSQL_KILL_H
#define DUSQ_MYSQL_KILL_H
#include "instance.h"

/* Whether a call waits for the killer to start. */
bool dusq__my_kill_is_wanted_locked(const dusq__my_monitor *monitor);
/* The thread, for dusq__my_thread_start_locked; it clears monitor.killer. */
void *dusq__my_kill_main(void *take_instance);

#endif
