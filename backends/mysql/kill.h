/* kill.h - the killer: the thread of an instance that sends KILL QUERY.
 *
 * It starts with the first statement that is to stop, and ends when the pool closes.  It keeps a control connection to
 * each host where it needed one; a lost one is reopened once.  Its waits are bounded: by the driver's timeout during
 * the login, by a deadline after it.  If a kill cannot be sent, the statement ends at its own deadline, with its
 * connection lost.                                                                                                   */
#ifndef DUSQ_MYSQL_KILL_H
#define DUSQ_MYSQL_KILL_H
#include "instance.h"

/* Whether a call waits for the killer to start. */
bool dusq__my_kill_is_wanted_locked(const dusq__my_monitor *monitor);
/* The thread, for dusq__my_thread_start_locked; it clears monitor.killer. */
void *dusq__my_kill_main(void *take_instance);

#endif
