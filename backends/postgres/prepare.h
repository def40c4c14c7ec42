/* prepare.h - the slots prepare and release.  The contracts are in <dusq/backend.h>.
 *
 * A statement that is kept gets a name on the server, in one round trip that also returns the types of its parameters
 * and columns.  A statement that gets no name is looked up in a cache (unnamed.h), and prepared when it is executed. */
#ifndef DUSQ_POSTGRES_PREPARE_H
#define DUSQ_POSTGRES_PREPARE_H
#include <dusq/backend.h>

dusq_status dusq__pg_prepare(void *conn, const dusq_statement *statement, const dusq_stop *stop, dusq_prepared *out,
                             dusq_error **error);
void dusq__pg_release(void *conn, void *prepared);

#endif
