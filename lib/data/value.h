/* value.h - checking values on their way in, and reading texts on their way out.  See <dusq/value.h>.  Any thread. */
#ifndef DUSQ_DATA_VALUE_H
#define DUSQ_DATA_VALUE_H
#include <dusq/value.h>

/* Whether a parameter can be sent: a known kind, bytes where there must be some, a length of at most 1 GiB - 1, UTF-8
 * without NUL in TEXT, JSON and DECIMAL, digits in DECIMAL.  DUSQ_OK, DUSQ_E_INVAL, DUSQ_E_DATA, DUSQ_E_TOO_LARGE, with
 * a static text in *why.                                                                                             */
dusq_status dusq__value_check(const dusq_value *value, const char **why);

/* Bytes that a deep copy needs besides the dusq_value itself, with a NUL after texts; 0 for most kinds. */
size_t dusq__value_extra(const dusq_value *value);
/* Copies the bytes of `value` to `room` and lets it point there; returns how many bytes that took. */
size_t dusq__value_move(dusq_value *value, char *room);

/* Reading a whole text; the syntax of the conversions in <dusq/value.h>.  DUSQ_OK, DUSQ_E_TYPE when it is not of that
 * form, DUSQ_E_RANGE when it is and does not fit.                                                                    */
dusq_status dusq__parse_int(const char *text, size_t len, int64_t *out);
dusq_status dusq__parse_uint(const char *text, size_t len, uint64_t *out);
dusq_status dusq__parse_real(const char *text, size_t len, double *out); /* locale-independent */
/* As a DECIMAL's text is read: digits with at most one point and an optional exponent.  Whole numbers in whatever form
 * ("12", "12.00", "1.2e1"); DUSQ_E_RANGE for others and for those past 2^64 - 1 in magnitude.                        */
dusq_status dusq__parse_whole(const char *text, size_t len, bool *negative, uint64_t *magnitude);
/* Whether it has the form of a decimal number. */
bool dusq__decimal_valid(const char *text, size_t len);
dusq_status dusq__parse_date(const char *text, size_t len, int32_t *days);
dusq_status dusq__parse_time(const char *text, size_t len, int64_t *microseconds);
dusq_status dusq__parse_timestamp(const char *text, size_t len, int64_t *microseconds);
dusq_status dusq__parse_uuid(const char *text, size_t len, uint8_t id[16]);

#endif
