/* bind.h - from the values that a caller gives to those that a statement's placeholders want. */
#ifndef DUSQ_SETUP_BIND_H
#define DUSQ_SETUP_BIND_H
#include "setup/statement.h"

typedef struct dusq__bound {
  const dusq_value *values; /* by number: the caller's own, or `owned` */
  size_t n;
  dusq_value *owned;
} dusq__bound;

/* Checks every value and puts them in order.  DUSQ_E_PARAMS, DUSQ_E_DATA, DUSQ_E_TOO_LARGE, DUSQ_E_INVAL, DUSQ_E_NOMEM
 * with an owned error that says which value is wrong (and never what it is).                                         */
dusq_status dusq__bind(const dusq__statement *statement, const dusq_value *values, size_t n, dusq__bound *out,
                       dusq_error **error);
void dusq__bound_fini(dusq__bound *bound);
/* Checks the values of row `row` (for the message), which are unnamed and as many as there are placeholders. */
dusq_status dusq__bind_row(const dusq__statement *statement, const dusq_value *values, size_t cols, size_t row,
                           dusq_error **error);

/* A statement of that text that takes these values, with the values in order: the first of the dialect's modes in which
 * it does.  In which it is to be read, the worker will see.                                                          */
dusq_status dusq__bind_text(dusq__statements *table, const char *text, bool keep, const dusq_value *values, size_t n,
                            dusq__statement **statement, dusq__bound *out, dusq_error **error);
/* The same for a row of many. */
dusq_status dusq__bind_text_row(dusq__statements *table, const char *text, bool keep, const dusq_value *values,
                                size_t cols, dusq__statement **statement, dusq_error **error);
/* Gives copies of values that were bound by name their names back, where another reading may put them in another order.
 * They live as long as the statement.                                                                                */
void dusq__bind_keep_names(const dusq__statement *statement, const dusq_value *given, size_t n, dusq_value *values);

#endif
