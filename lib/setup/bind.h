/* bind.h - checks a caller's values and puts them in the order of a statement's placeholders. */
#ifndef DUSQ_SETUP_BIND_H
#define DUSQ_SETUP_BIND_H
#include "setup/statement.h"

typedef struct dusq__bound {
  const dusq_value *values; /* in the order of placeholders: the caller's own array, or `owned` */
  size_t n;
  dusq_value *owned;
} dusq__bound;

/* Checks every value and puts them in order.  DUSQ_E_PARAMS, DUSQ_E_DATA, DUSQ_E_TOO_LARGE, DUSQ_E_INVAL, DUSQ_E_NOMEM
 * with an owned error that says which value is wrong, but never shows the value.                                     */
dusq_status dusq__bind(const dusq__statement *statement, const dusq_value *values, size_t n, dusq__bound *out,
                       dusq_error **error);
void dusq__bound_fini(dusq__bound *bound);
/* Checks the values of row `row` (for the message), which are unnamed and as many as the placeholders. */
dusq_status dusq__bind_row(const dusq__statement *statement, const dusq_value *values, size_t cols, size_t row,
                           dusq_error **error);

/* A statement of that text that accepts these values, with the values in order: the first of the dialect's modes in
 * which it does.  The worker finds out which mode the session has.                                                   */
dusq_status dusq__bind_text(dusq__statements *table, const char *text, bool keep, const dusq_value *values, size_t n,
                            dusq__statement **statement, dusq__bound *out, dusq_error **error);
/* The same for a row of dusq_pool_many. */
dusq_status dusq__bind_text_row(dusq__statements *table, const char *text, bool keep, const dusq_value *values,
                                size_t cols, dusq__statement **statement, dusq_error **error);
/* Restores the names of values that were bound by name, as copies that live as long as the statement, because another
 * mode may need another order.                                                                                       */
void dusq__bind_keep_names(const dusq__statement *statement, const dusq_value *given, size_t n, dusq_value *values);

#endif
