/* bind.h - the values of a prepared statement.  The worker's thread; no state but the statement's. */
#ifndef DUSQ_MYSQL_BIND_H
#define DUSQ_MYSQL_BIND_H
#include "statement.h"

/* Binds one row of values; *bytes is their size.  Bytes are not copied, and must stay until the call ends.  NULL, or an
 * owned error: a value is out of range.                                                                              */
dusq_error *dusq__my_bind(dusq__my_statement *statement, const dusq_value *values, size_t *bytes);
/* NULL, or an owned error: parameter `number`, from 1, cannot be sent. */
dusq_error *dusq__my_check_value(const dusq_value *value, size_t number);

#endif
