/* connect.h - the slots connect and disconnect.  The contracts are in <dusq/backend.h>. */
#ifndef DUSQ_POSTGRES_CONNECT_H
#define DUSQ_POSTGRES_CONNECT_H
#include <dusq/backend.h>

dusq_status dusq__pg_connect(void *instance, uint32_t lane, const dusq_stop *stop, void **conn, dusq_error **error);
void dusq__pg_disconnect(void *conn);

#endif
