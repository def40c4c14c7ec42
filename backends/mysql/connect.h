/* connect.h - the slots that open and close connections.  The worker's thread; no state. */
#ifndef DUSQ_MYSQL_CONNECT_H
#define DUSQ_MYSQL_CONNECT_H
#include <dusq/backend.h>

/* During the login only the client library's own timeout applies; after it a deadline does (deadline.h). */
dusq_status dusq__my_connect(void *instance, uint32_t lane, const dusq_stop *stop, void **conn, dusq_error **error);
void dusq__my_disconnect(void *conn);
bool dusq__my_alive(void *conn);

#endif
