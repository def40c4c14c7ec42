/* sql_bytes.c - see sql_bytes.h. */
#include "data/sql_bytes.h"

enum {
  W = DUSQ__SQL_NAME,
  D = DUSQ__SQL_DIGIT,
  L = DUSQ__SQL_DOLLAR,
  B = DUSQ__SQL_BLANK,
  P = DUSQ__SQL_SIGN,
  QUOTE = DUSQ__SQL_QUOTE,
  DOUBLE = DUSQ__SQL_DOUBLE,
  BACKTICK = DUSQ__SQL_BACKTICK,
  BRACKET = DUSQ__SQL_BRACKET,
  UNBRACKET = DUSQ__SQL_UNBRACKET,
  OPEN = DUSQ__SQL_OPEN,
  CLOSE = DUSQ__SQL_CLOSE,
  COLON = DUSQ__SQL_COLON,
  QUESTION = DUSQ__SQL_QUESTION,
  AT = DUSQ__SQL_AT,
  HASH = DUSQ__SQL_HASH,
  DASH = DUSQ__SQL_DASH,
  SLASH = DUSQ__SQL_SLASH,
  STAR = DUSQ__SQL_STAR,
  SEMICOLON = DUSQ__SQL_SEMICOLON
};

const unsigned char dusq__sql_classes[128] = {
  P, P, P, P, P, P, P, P, P, B, B, B, B, B, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P, P,
  B, P, DOUBLE, HASH, L, P, P, QUOTE, OPEN, CLOSE, STAR, P, P, DASH, P, SLASH,   /* blank !"#$%&'()*+,-./ */
  D, D, D, D, D, D, D, D, D, D, COLON, SEMICOLON, P, P, P, QUESTION,             /* 0 to 9 :;<=>?         */
  AT, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, /* @ A to Z         */
  BRACKET, P, UNBRACKET, P, W, BACKTICK,                                         /* [\]^_`                */
  W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,  /* a to z                */
  P, P, P, P, P                                                                  /* {|}~ and delete       */
};
