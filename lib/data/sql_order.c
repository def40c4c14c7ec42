/* sql_order.c - see sql_order.h. */
#include "data/sql_order.h"
#include "data/error.h"

static dusq_status order_fails(dusq_error **out, const char *format, ...) DUSQ_PRINTF(2, 3);

static dusq_status order_fails(dusq_error **out, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  dusq_error *error = dusq__error_vnew(DUSQ_E_PARAMS, NULL, 0, format, args);
  va_end(args);
  return dusq__error_give(out, error);
}

static dusq_status order_named(const dusq__sql *sql, const dusq_value *values, size_t n, uint16_t *order,
                               dusq_error **error)
{
  enum { UNSET = 65535 }; /* not an index, because there are at most 65,535 values */
  for (uint32_t i = 0; i < sql->params; i++)
    order[i] = UNSET;
  for (size_t i = 0; i < n; i++) { /* if there are more values than names, the loop ends with one of the two errors */
    size_t number = dusq__sql_names_find(sql->names, sql->params, values[i].name, i);
    if (number == sql->params)
      return order_fails(error, "no placeholder has the name \"%s\"", values[i].name);
    if (order[number] != UNSET)
      return order_fails(error, "two values have the name \"%s\"", values[i].name);
    order[number] = (uint16_t)i;
  }
  for (uint32_t i = 0; i < sql->params; i++)
    if (order[i] == UNSET)
      return order_fails(error, "no value has the name \"%s\"", sql->names[i]);
  return DUSQ_OK;
}

dusq_status dusq__sql_order(const dusq__sql *sql, const dusq_value *values, size_t n, uint16_t *order,
                            dusq_error **error)
{
  size_t named = 0;
  const char *name = NULL;
  for (size_t i = 0; i < n; i++) {
    if (values[i].name) {
      name = values[i].name;
      named++;
    }
  }
  if (named && !sql->names)
    return order_fails(error, "a value has the name \"%s\", but the statement has no named placeholders", name);
  if (named && named < n)
    return order_fails(error, "%zu of %zu values have names: either all or none", named, n);
  if (named)
    return order_named(sql, values, n, order, error);
  if (n != sql->params)
    return order_fails(error, "the statement takes %u value%s, %zu given", (unsigned)sql->params,
                       sql->params == 1 ? "" : "s", n);
  for (uint32_t i = 0; i < sql->params; i++)
    order[i] = (uint16_t)i;
  return DUSQ_OK;
}
