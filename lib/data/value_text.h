/* value_text.h - reading values from texts.  See <dusq/value.h>.  Any thread. */
#ifndef DUSQ_DATA_VALUE_TEXT_H
#define DUSQ_DATA_VALUE_TEXT_H
#include <dusq/value.h>

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
