/* value_text.h - parsing values from text.  See <dusq/value.h>.  Any thread. */
#ifndef DUSQ_DATA_VALUE_TEXT_H
#define DUSQ_DATA_VALUE_TEXT_H
#include <dusq/value.h>

/* Parse a whole text; for the syntax see the conversions in <dusq/value.h>.  DUSQ_OK; DUSQ_E_TYPE: wrong syntax;
 * DUSQ_E_RANGE: the value does not fit.                                                                              */
dusq_status dusq__parse_int(const char *text, size_t len, int64_t *out);
dusq_status dusq__parse_uint(const char *text, size_t len, uint64_t *out);
dusq_status dusq__parse_real(const char *text, size_t len, double *out); /* locale-independent */
/* A whole number with the syntax of a DECIMAL: digits with at most one point and an optional exponent, in any form
 * ("12", "12.00", "1.2e1").  DUSQ_E_RANGE for others and for those past 2^64 - 1 in magnitude.                       */
dusq_status dusq__parse_whole(const char *text, size_t len, bool *negative, uint64_t *magnitude);
/* Whether it has the syntax of a decimal number, or is NaN, Infinity or -Infinity. */
bool dusq__decimal_valid(const char *text, size_t len);
/* For such a text: whether it is NaN or an infinity, which no number of digits ends like. */
static inline bool dusq__decimal_special(const char *text, size_t len)
{
  return len && (text[len - 1] == 'N' || text[len - 1] == 'y');
}
dusq_status dusq__parse_date(const char *text, size_t len, int32_t *days);
dusq_status dusq__parse_time(const char *text, size_t len, int64_t *microseconds);
dusq_status dusq__parse_timestamp(const char *text, size_t len, int64_t *microseconds);
dusq_status dusq__parse_uuid(const char *text, size_t len, uint8_t id[16]);

#endif
