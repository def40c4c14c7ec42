/* sql_bytes.h - the lexical class of each byte of SQL text.  Any thread. */
#ifndef DUSQ_DATA_SQL_BYTES_H
#define DUSQ_DATA_SQL_BYTES_H
#include <stdbool.h>

typedef enum dusq__sql_class {
  DUSQ__SQL_NAME = 0,   /* letters, '_', bytes of UTF-8: may begin a name */
  DUSQ__SQL_DIGIT = 1,
  DUSQ__SQL_DOLLAR = 2, /* the classes up to this one may continue a name */
  DUSQ__SQL_BLANK,
  DUSQ__SQL_QUOTE,
  DUSQ__SQL_DOUBLE,
  DUSQ__SQL_BACKTICK,
  DUSQ__SQL_BRACKET,
  DUSQ__SQL_UNBRACKET,
  DUSQ__SQL_OPEN,
  DUSQ__SQL_CLOSE,
  DUSQ__SQL_COLON,
  DUSQ__SQL_QUESTION,
  DUSQ__SQL_AT,
  DUSQ__SQL_HASH,
  DUSQ__SQL_DASH,
  DUSQ__SQL_SLASH,
  DUSQ__SQL_STAR,
  DUSQ__SQL_SEMICOLON,
  DUSQ__SQL_SIGN
} dusq__sql_class;

extern const unsigned char dusq__sql_classes[128]; /* of ASCII */

static inline dusq__sql_class dusq__sql_class_of(char c)
{
  unsigned char byte = (unsigned char)c;
  return byte < 128 ? (dusq__sql_class)dusq__sql_classes[byte] : DUSQ__SQL_NAME;
}

/* Whether a byte can begin a name, or continue one. */
static inline bool dusq__sql_name_first(char c)
{
  return dusq__sql_class_of(c) == DUSQ__SQL_NAME;
}

static inline bool dusq__sql_name_next(char c)
{
  return dusq__sql_class_of(c) <= DUSQ__SQL_DOLLAR;
}

#endif
