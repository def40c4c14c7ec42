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
/* The same for `rows` rows of `cols` values.  Either no row has names, and each has as many values as there are
 * placeholders; or each has all of them, in any order.  The index of the error is the row.                           */
dusq_status dusq__bind_rows(const dusq__statement *statement, const dusq_value *values, size_t cols, size_t rows,
                            dusq__bound *out, dusq_error **error);

/* A statement of that text that accepts these values, with the values in order: the first of the dialect's modes in
 * which it does.  The worker finds out which mode the session has.                                                   */
dusq_status dusq__bind_text(dusq__statements *table, const char *text, bool keep, const dusq_value *values, size_t n,
                            dusq__statement **statement, dusq__bound *out, dusq_error **error);
/* The same for the rows of dusq_pool_many; not for none. */
dusq_status dusq__bind_text_rows(dusq__statements *table, const char *text, bool keep, const dusq_value *values,
                                 size_t cols, size_t rows, dusq__statement **statement, dusq__bound *out,
                                 dusq_error **error);
/* Restores the names of values that were bound by name, n of one row or of several, as copies that live as long as the
 * statement, because another mode may need another order.                                                            */
void dusq__bind_keep_names(const dusq__statement *statement, const dusq_value *given, size_t n, dusq_value *values);

#endif
