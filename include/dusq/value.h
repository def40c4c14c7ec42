/* value.h - one SQL value: a parameter of a statement, or a cell of a result.
 *
 * A dusq_value is a small view that is passed by value.  TEXT, BLOB, DECIMAL and JSON point at bytes that the value
 * does not own.  For a parameter, they belong to the caller, until the call that takes the value returns; for a cell,
 * they belong to the result.  The layout is frozen.
 *
 * Conversions are exact or they fail: no getter rounds, truncates or wraps, except to_real of a decimal's digits.
 * All functions: any thread, no allocation.                                                                          */
#ifndef DUSQ_VALUE_H
#define DUSQ_VALUE_H
#include <dusq/error.h>

struct tm; /* of <time.h> */

DUSQ_BEGIN_DECLS

enum {
  DUSQ_NULL = 0,
  DUSQ_BOOL = 1,
  DUSQ_INT = 2,        /* int64_t                                                                */
  DUSQ_UINT = 3,       /* uint64_t                                                               */
  DUSQ_REAL = 4,       /* double                                                                 */
  DUSQ_DECIMAL = 5,    /* exact, as text: "-12.50"; PostgreSQL also has NaN, Infinity, -Infinity */
  DUSQ_TEXT = 6,       /* UTF-8                                                                  */
  DUSQ_BLOB = 7,       /* bytes                                                                  */
  DUSQ_DATE = 8,       /* days since 1970-01-01, proleptic Gregorian                             */
  DUSQ_TIME = 9,       /* microseconds since midnight; may be negative and may exceed a day      */
  DUSQ_TIMESTAMP = 10, /* microseconds since 1970-01-01 00:00:00 UTC                             */
  DUSQ_UUID = 11,      /* 16 bytes, in the order in which they are written                       */
  DUSQ_JSON = 12       /* UTF-8 text                                                             */
};

typedef struct dusq_value {
  uint32_t type;    /* one of the kinds above                                                    */
  uint32_t native;  /* of a cell: the driver's type id, or 0; of a parameter: 0                  */
  uint64_t len;     /* bytes of TEXT, BLOB, DECIMAL and JSON, without the closing NUL; else 0    */
  const char *name; /* of a parameter for a :name placeholder, without the colon; else NULL      */
  union {
    bool b;         /* BOOL                                                                      */
    int64_t i;      /* INT, DATE, TIME, TIMESTAMP                                                */
    uint64_t n;     /* UINT                                                                      */
    double r;       /* REAL                                                                      */
    const void *p;  /* TEXT, BLOB, DECIMAL, JSON; NUL-terminated where it is a cell's text       */
    uint8_t id[16]; /* UUID                                                                      */
  } u;
} dusq_value;

/* A parameter reaches the database with exactly its value, or the call fails.  dusq converts a kind that the database
 * does not have, exactly or not at all; a DECIMAL that SQLite would round is DUSQ_E_RANGE.  After that, the type of a
 * column, an operator or a function of the database may convert the value, as it does without dusq.                  */

/* Functions that make values.  A NULL pointer makes an SQL NULL.  They do not read texts; a call that takes a text
 * fails with DUSQ_E_DATA if it is not UTF-8 or holds a NUL.  A TEXT cell of SQLite may be such a text, and one of
 * MySQL may hold a NUL; it is returned as it is, and passing it back is DUSQ_E_DATA.                                 */
DUSQ_API dusq_value dusq_null(void);
DUSQ_API dusq_value dusq_bool(bool value);
DUSQ_API dusq_value dusq_int(int64_t value);
DUSQ_API dusq_value dusq_uint(uint64_t value);
DUSQ_API dusq_value dusq_real(double value);
DUSQ_API dusq_value dusq_decimal(const char *digits);
DUSQ_API dusq_value dusq_text(const char *text);
DUSQ_API dusq_value dusq_textn(const char *text, size_t len);
DUSQ_API dusq_value dusq_blob(const void *bytes, size_t len);
DUSQ_API dusq_value dusq_date(int32_t days);
DUSQ_API dusq_value dusq_time(int64_t microseconds);
DUSQ_API dusq_value dusq_timestamp(int64_t microseconds);
DUSQ_API dusq_value dusq_uuid(const uint8_t id[16]);
DUSQ_API dusq_value dusq_json(const char *text);

/* The same value for the placeholder :name.  `name` is borrowed until the call that takes the value returns. */
DUSQ_API dusq_value dusq_named(const char *name, dusq_value value);

/* Values are passed like this:  dusq_pool_query(pool, sql, DUSQ_PARAMS(dusq_int(7), dusq_text("x")), NULL).  The macros
 * expand to a count and a pointer.  DUSQ_PARAMS is for C (compound literals).                                        */
#define DUSQ_NO_PARAMS 0, NULL
#define DUSQ_PARAMS(...) (sizeof((dusq_value[]){__VA_ARGS__}) / sizeof(dusq_value)), (const dusq_value[]){__VA_ARGS__}

/* Exact conversions.  On success, DUSQ_OK and *out.  Otherwise *out is not changed, and the status is DUSQ_E_TYPE if
 * there is no conversion between these kinds (there is none from an SQL NULL), DUSQ_E_RANGE if there is one but this
 * value has no exact counterpart, and DUSQ_E_INVAL if `value` or `out` is a NULL pointer.
 *
 *   to_bool       BOOL; INT and UINT 0 and 1
 *
 *   to_int        INT, UINT and BOOL; REAL and DECIMAL that are whole; TEXT that consists of a decimal integer
 *
 *   to_uint       the same
 *
 *   to_real       REAL; INT and UINT up to 2^53 in magnitude and any larger one that a double holds exactly; DECIMAL,
 *                 and TEXT that consists of a decimal number, as the nearest double (only this conversion may round)
 *
 *   to_date, to_time, to_timestamp
 *                 their own kind; TEXT in ISO 8601: "2024-02-29", "13:37:00.123456", "2024-02-29 13:37:00.5Z"; a
 *                 timestamp without offset is UTC; a DATE is the TIMESTAMP of its midnight
 *
 *   to_uuid       UUID; a BLOB of 16 bytes; TEXT in the 36-character form                                            */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_value_to_bool(const dusq_value *value, bool *out);
DUSQ_API DUSQ_MUST_USE dusq_status dusq_value_to_int(const dusq_value *value, int64_t *out);
DUSQ_API DUSQ_MUST_USE dusq_status dusq_value_to_uint(const dusq_value *value, uint64_t *out);
DUSQ_API DUSQ_MUST_USE dusq_status dusq_value_to_real(const dusq_value *value, double *out);
DUSQ_API DUSQ_MUST_USE dusq_status dusq_value_to_date(const dusq_value *value, int32_t *days);
DUSQ_API DUSQ_MUST_USE dusq_status dusq_value_to_time(const dusq_value *value, int64_t *microseconds);
DUSQ_API DUSQ_MUST_USE dusq_status dusq_value_to_timestamp(const dusq_value *value, int64_t *microseconds);
DUSQ_API DUSQ_MUST_USE dusq_status dusq_value_to_uuid(const dusq_value *value, uint8_t id[16]);

/* Converts a DATE, TIME or TIMESTAMP, or a TEXT in one of their forms, to a struct tm in UTC, with the day of the
 * week and of the year.  Stores the fraction of the second in *microseconds, unless that pointer is NULL.  The time
 * of a DATE is midnight.  The day of a TIME is 1970-01-01, and its hours may be more than 23; for a negative TIME,
 * the hours, minutes, seconds and microseconds are all negative.  DUSQ_E_RANGE if the year, or the hours of a TIME,
 * do not fit in an int.                                                                                              */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_value_to_tm(const dusq_value *value, struct tm *out, int32_t *microseconds);
/* The reverse: makes a DUSQ_DATE from year, month and day, a DUSQ_TIME from hours, minutes, seconds and microseconds,
 * or a DUSQ_TIMESTAMP from all of them; other fields are not read.  DUSQ_E_RANGE for a day or time that does not
 * exist (a February 30th, a second 60; fields are not normalized) or does not fit; DUSQ_E_INVAL for another kind.    */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_value_from_tm(uint32_t type, const struct tm *tm, int32_t microseconds,
                                                      dusq_value *out);

/* Writes the value as text: integers and decimals as they are, REAL as the shortest text that reads back as the same
 * double ("NaN", "Infinity", "-Infinity"), BOOL as "true"/"false", BLOB as \x and lower-case hex, dates and times in
 * ISO 8601 ("2024-02-29 13:37:00.5"), UUID in the 36-character form, NULL as "".  Writes at most `size` bytes with the
 * closing NUL, and returns the length that the whole text has, as snprintf does.  The locale does not matter.        */
DUSQ_API size_t dusq_value_format(const dusq_value *value, char *buffer, size_t size);

/* The name of a kind in lower case, "timestamp".  Static, never NULL. */
DUSQ_API const char *dusq_kind_name(uint32_t type);

DUSQ_END_DECLS
#endif
