/* many.h - the slot of the backend table for one statement with many rows of values, in a transaction.
 *
 * The worker's thread; no state.                                                                                     */
#ifndef DUSQ_MYSQL_MANY_H
#define DUSQ_MYSQL_MANY_H
#include <dusq/backend.h>

dusq_status dusq__my_execute_many(void *conn, const dusq_execution *execution, size_t rows);

#endif
