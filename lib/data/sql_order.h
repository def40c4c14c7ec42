/* sql_order.h - assigns given values to placeholders.  Any thread. */
#ifndef DUSQ_DATA_SQL_ORDER_H
#define DUSQ_DATA_SQL_ORDER_H
#include "data/sql.h"

/* Puts n given values in the order of the placeholders: order[i] is the index of the given value for number i; `order`
 * has room for sql->params.  DUSQ_E_PARAMS with an owned error that says how many values were expected, which name is
 * missing, or which name has no placeholder.  Positional styles need exactly as many unnamed values, in order.  For
 * :name, all values are named (in any order), or all are unnamed (in the order in which the names first appear).     */
dusq_status dusq__sql_order(const dusq__sql *sql, const dusq_value *values, size_t n, uint16_t *order,
                            dusq_error **error);

#endif
