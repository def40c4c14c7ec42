/* host.h - which of a pool's hosts is used, and when one is left for the next.
 *
 * A host is left if it answers, but cannot be used: a node of a cluster that is not ready, or a server that is
 * read-only where target_session_attrs asks for another one.  Connects begin with the next host from then on, until
 * that one is left as well.  The other connections to the host are closed before their next use.  Atomic; any thread. */
#ifndef DUSQ_MYSQL_HOST_H
#define DUSQ_MYSQL_HOST_H
#include "instance.h"
#include "message.h"

/* Which host a connect tries as the i-th. */
size_t dusq__my_host_of(const dusq__my *instance, size_t i);
/* Whether an error means that the host cannot be used; then it is left.  `since` is instance->left when the connection
 * was made.                                                                                                          */
bool dusq__my_host_leave(dusq__my *instance, size_t host, uint64_t since, const dusq__my_said *said);
/* Whether the host has been left since then. */
bool dusq__my_host_was_left(const dusq__my *instance, size_t host, uint64_t since);

#endif
