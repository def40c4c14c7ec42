/* connect.h - opening, closing and interrupting connections: slots of the table.
 *
 * dusq__fake_interrupt runs on any thread; the others on the connection's worker.                                    */
#ifndef DUSQ_FAKE_CONNECT_H
#define DUSQ_FAKE_CONNECT_H
#include <dusq/backend.h>

dusq_status dusq__fake_connect(void *instance, uint32_t lane, const dusq_stop *stop, void **out, dusq_error **error);
void dusq__fake_disconnect(void *conn);
bool dusq__fake_alive(void *conn);
void dusq__fake_interrupt(void *conn);
/* Returns the dusq_fake. */
void *dusq__fake_native(void *conn);

#endif
