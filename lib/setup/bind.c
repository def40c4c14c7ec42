/* bind.c - see bind.h. */
#include "setup/bind.h"
#include "base/alloc.h"
#include "data/sql_order.h"
#include "data/value.h"
#include "data/value_text.h"
#include <string.h>

/* Besides what holds for every database: only PostgreSQL has decimals that are not numbers. */
static dusq_status check(const dusq__statement *statement, const dusq_value *value, const char **why)
{
  dusq_status status = dusq__value_check(value, why);
  if (status || value->type != DUSQ_DECIMAL || statement->dialect == DUSQ_DIALECT_POSTGRESQL ||
      !dusq__decimal_special(value->u.p, (size_t)value->len))
    return status;
  *why = "this database has no decimals that are NaN or infinite";
  return DUSQ_E_RANGE;
}

static dusq_status check_value(const dusq__statement *statement, const dusq_value *value, size_t i, dusq_error **error)
{
  const char *why = NULL;
  dusq_status status = check(statement, value, &why);
  if (!status)
    return DUSQ_OK;
  if (value->name)
    return dusq__error_give(error, dusq_error_new(status, NULL, 0, "value for :%.64s: %s", value->name, why));
  return dusq__error_give(error, dusq_error_new(status, NULL, 0, "value %zu: %s", i + 1, why));
}

/* Whether the values need no reordering: unnamed, and as many as there are placeholders. */
static bool in_order(const dusq__statement *statement, const dusq_value *values, size_t n)
{
  if (n != statement->sql.params)
    return false;
  for (size_t i = 0; i < n; i++)
    if (values[i].name)
      return false;
  return true;
}

static dusq_status reorder(const dusq__statement *statement, const dusq_value *values, size_t n, dusq__bound *out,
                           dusq_error **error)
{
  uint32_t params = statement->sql.params;
  uint16_t *order = dusq__alloc_array(params, sizeof *order);
  out->owned = dusq__alloc_array(params, sizeof *out->owned);
  dusq_status status = order && out->owned ? dusq__sql_order(&statement->sql, values, n, order, error)
                                           : dusq__error_give(error, dusq__error_static(DUSQ_E_NOMEM));
  for (uint32_t i = 0; i < params && !status; i++)
    out->owned[i] = values[order[i]];
  dusq__free(order);
  out->values = out->owned;
  out->n = params;
  return status;
}

dusq_status dusq__bind(const dusq__statement *statement, const dusq_value *values, size_t n, dusq__bound *out,
                       dusq_error **error)
{
  *out = (dusq__bound){values, n, NULL};
  for (size_t i = 0; i < n; i++) {
    dusq_status status = check_value(statement, &values[i], i, error);
    if (status)
      return status;
  }
  if (in_order(statement, values, n))
    return DUSQ_OK;
  dusq_status status = reorder(statement, values, n, out, error);
  if (status)
    dusq__bound_fini(out);
  return status;
}

void dusq__bound_fini(dusq__bound *bound)
{
  dusq__free(bound->owned);
  bound->owned = NULL;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static dusq_status in_row(size_t row, dusq_error *take_why, dusq_error **error)
{
  dusq_error *placed = dusq__error_copy(take_why);
  dusq_error_unref(take_why);
  dusq_error_set_number(placed, DUSQ_ERROR_INDEX, (int64_t)row);
  return dusq__error_give(error, placed);
}

static dusq_status bind_unnamed(const dusq__statement *statement, const dusq_value *values, size_t cols, size_t row,
                                dusq_error **error)
{
  dusq_error *why = NULL;
  dusq_status status = DUSQ_OK;
  for (size_t i = 0; i < cols && !status; i++)
    status = check_value(statement, &values[i], i, &why);
  if (!status && !in_order(statement, values, cols))
    status = dusq__error_give(&why, dusq_error_new(DUSQ_E_PARAMS, NULL, 0, "a row takes %u value%s%s, %zu given",
                                                   statement->sql.params, statement->sql.params == 1 ? "" : "s",
                                                   statement->sql.names ? ", with names in all rows or in none"
                                                                        : " without names", cols));
  return status ? in_row(row, why, error) : DUSQ_OK;
}

/* Whether the names of a row are those of the row before it, in the same order. */
static bool same_names(const dusq_value *one, const dusq_value *other, size_t cols)
{
  for (size_t i = 0; i < cols; i++)
    if (!one[i].name || (one[i].name != other[i].name && strcmp(one[i].name, other[i].name) != 0))
      return false;
  return true;
}

/* Puts a row that has names into order; `order` is that of the row before it, if there is one. */
static dusq_status bind_named(const dusq__statement *statement, const dusq_value *values, size_t cols, size_t row,
                              uint16_t *order, dusq_value *to, dusq_error **error)
{
  dusq_error *why = NULL;
  dusq_status status = DUSQ_OK;
  for (size_t i = 0; i < cols && !status; i++)
    status = check_value(statement, &values[i], i, &why);
  if (!status && cols && !values->name)
    status = dusq__error_give(&why, dusq_error_new(DUSQ_E_PARAMS, NULL, 0, "either all rows have names or none"));
  if (!status && (!row || !same_names(values, values - cols, cols)))
    status = dusq__sql_order(&statement->sql, values, cols, order, &why);
  if (status)
    return in_row(row, why, error);
  for (uint32_t i = 0; i < statement->sql.params; i++)
    to[i] = values[order[i]];
  return DUSQ_OK;
}

static dusq_status bind_all_named(const dusq__statement *statement, const dusq_value *values, size_t cols, size_t rows,
                                  dusq__bound *out, dusq_error **error)
{
  size_t params = statement->sql.params;
  uint16_t *order = dusq__alloc_array(params + 1, sizeof *order);
  out->owned = params && rows > SIZE_MAX / params ? NULL : dusq__alloc_array(params * rows + 1, sizeof *out->owned);
  dusq_status status = DUSQ_OK;
  if (!order || !out->owned)
    status = dusq__error_give(error, dusq__error_static(DUSQ_E_NOMEM));
  for (size_t row = 0; row < rows && !status; row++)
    status = bind_named(statement, values + row * cols, cols, row, order, out->owned + row * params, error);
  dusq__free(order);
  if (status)
    dusq__bound_fini(out);
  out->values = out->owned;
  out->n = params * rows;
  return status;
}

dusq_status dusq__bind_rows(const dusq__statement *statement, const dusq_value *values, size_t cols, size_t rows,
                            dusq__bound *out, dusq_error **error)
{
  *out = (dusq__bound){values, cols * rows, NULL};
  if (cols && rows && values->name)
    return bind_all_named(statement, values, cols, rows, out, error);
  if (!cols && rows) /* all rows are the same */
    return bind_unnamed(statement, values, cols, 0, error);
  dusq_status status = DUSQ_OK;
  for (size_t row = 0; row < rows && !status; row++)
    status = bind_unnamed(statement, values + row * cols, cols, row, error);
  return status;
}

/* ---- texts whose meaning depends on sql_mode ----------------------------------------------------------------------- */

/* Tries one interpretation of a text. */
typedef struct attempt {
  dusq__statements *table;
  const char *text;
  const dusq_value *values;
  size_t n, rows; /* values of a row; rows 0: there is one, of a statement of its own */
  bool keep;
  dusq__bound *bound;
} attempt;

static dusq_status try(const attempt *all, uint32_t modes, dusq__statement **statement, dusq_error **error)
{
  dusq_status status = dusq__statement_get(all->table, all->text, modes, all->keep, statement, error);
  if (status)
    return status;
  status = all->rows ? dusq__bind_rows(*statement, all->values, all->n, all->rows, all->bound, error)
                     : dusq__bind(*statement, all->values, all->n, all->bound, error);
  if (status)
    dusq__statement_unref(*statement);
  return status;
}

/* FIRST is how the attempt with the usual mode failed. */
static dusq_status try_modes(const attempt *all, dusq_status first, dusq_error *take_first,
                             dusq__statement **statement, dusq_error **error)
{
  static const uint32_t modes[] = {DUSQ_DIALECT_NO_ESCAPES, DUSQ_DIALECT_ANSI_QUOTES,
                                   DUSQ_DIALECT_NO_ESCAPES | DUSQ_DIALECT_ANSI_QUOTES};
  dusq_status other = first;
  bool mode_dependent = (first == DUSQ_E_SYNTAX || first == DUSQ_E_PARAMS) &&
                        dusq__statement_is_mode_dependent(all->table->dialect, all->text, strlen(all->text));
  for (size_t i = 0; mode_dependent && other && i < sizeof modes / sizeof *modes; i++)
    other = try(all, modes[i], statement, NULL);
  if (other)
    return dusq__error_give(error, take_first);
  dusq_error_unref(take_first);
  return DUSQ_OK;
}

static inline dusq_status try_all(const attempt *all, dusq__statement **statement, dusq_error **error)
{
  dusq_error *first = NULL;
  dusq_status status = try(all, 0, statement, &first);
  return status == DUSQ_OK ? DUSQ_OK : try_modes(all, status, first, statement, error);
}

dusq_status dusq__bind_text(dusq__statements *table, const char *text, bool keep, const dusq_value *values, size_t n,
                            dusq__statement **statement, dusq__bound *out, dusq_error **error)
{
  const attempt all = {table, text, values, n, 0, keep, out};
  return try_all(&all, statement, error);
}

dusq_status dusq__bind_text_rows(dusq__statements *table, const char *text, bool keep, const dusq_value *values,
                                 size_t cols, size_t rows, dusq__statement **statement, dusq__bound *out,
                                 dusq_error **error)
{
  const attempt all = {table, text, values, cols, rows, keep, out};
  return try_all(&all, statement, error);
}

void dusq__bind_keep_names(const dusq__statement *statement, const dusq_value *given, size_t n, dusq_value *values)
{
  if (!statement->mode_dependent || !statement->sql.names)
    return;
  for (size_t i = 0; i < n; i++)
    values[i].name = given[i].name ? statement->sql.names[i % statement->sql.params] : NULL;
}
