/* value.h - checking and copying parameters.  See <dusq/value.h>.  Any thread. */
#ifndef DUSQ_DATA_VALUE_H
#define DUSQ_DATA_VALUE_H
#include <dusq/value.h>

/* Whether a parameter can be sent: a known kind, bytes if there must be some, a length of at most 1 GiB - 1, UTF-8
 * without NUL in TEXT, JSON and DECIMAL, digits in DECIMAL.  DUSQ_OK, DUSQ_E_INVAL, DUSQ_E_DATA, DUSQ_E_TOO_LARGE, with
 * a static text in *why.                                                                                             */
dusq_status dusq__value_check(const dusq_value *value, const char **why);

/* How many bytes a deep copy needs besides the dusq_value itself, with a NUL after texts; 0 for most kinds. */
size_t dusq__value_extra(const dusq_value *value);
/* Copies the bytes of `value` to `room` and points the value there; returns the number of bytes. */
size_t dusq__value_move(dusq_value *value, char *room);

#endif
