/* sequence.h - the slot sequence: a transaction, or a part of it, in one round trip.  The contract is in
 * <dusq/backend.h>.                                                                                                   */
#ifndef DUSQ_POSTGRES_SEQUENCE_H
#define DUSQ_POSTGRES_SEQUENCE_H
#include <dusq/backend.h>

dusq_status dusq__pg_sequence(void *conn, const dusq_sequence *sequence);

#endif
