/* types.h - types with fixed numbers, and their properties.  Constants and inline functions only. */
#ifndef DUSQ_POSTGRES_TYPES_H
#define DUSQ_POSTGRES_TYPES_H
#include <dusq/backend.h>
#include <libpq-fe.h>

/* From pg_type.dat; these numbers never change. */
enum {
  PG_BOOL = 16, PG_BYTEA = 17, PG_CHAR = 18, PG_NAME = 19, PG_INT8 = 20, PG_INT2 = 21, PG_INT4 = 23, PG_TEXT = 25,
  PG_OID = 26, PG_XID = 28, PG_CID = 29, PG_JSON = 114, PG_XML = 142, PG_FLOAT4 = 700, PG_FLOAT8 = 701,
  PG_UNKNOWN = 705, PG_BPCHAR = 1042, PG_VARCHAR = 1043, PG_DATE = 1082, PG_TIME = 1083, PG_TIMESTAMP = 1114,
  PG_TIMESTAMPTZ = 1184, PG_INTERVAL = 1186, PG_NUMERIC = 1700, PG_UUID = 2950, PG_JSONB = 3802
};
#define PG_DAYS_TO_2000 INT64_C(10957) /* PostgreSQL counts from 2000-01-01, dusq from 1970-01-01 */
#define PG_US_PER_DAY (INT64_C(86400) * 1000000)

/* The kind of a cell in a column of the type. */
static inline uint32_t dusq__pg_kind_of(Oid type)
{
  switch (type) {
  case PG_BOOL: return DUSQ_BOOL;
  case PG_INT2: case PG_INT4: case PG_INT8: case PG_OID: case PG_XID: case PG_CID: return DUSQ_INT;
  case PG_FLOAT4: case PG_FLOAT8: return DUSQ_REAL;
  case PG_NUMERIC: return DUSQ_DECIMAL;
  case PG_BYTEA: return DUSQ_BLOB;
  case PG_DATE: return DUSQ_DATE;
  case PG_TIME: return DUSQ_TIME;
  case PG_TIMESTAMP: case PG_TIMESTAMPTZ: return DUSQ_TIMESTAMP;
  case PG_UUID: return DUSQ_UUID;
  case PG_JSON: case PG_JSONB: return DUSQ_JSON;
  default: return DUSQ_TEXT;
  }
}

/* Whether the binary form of the type is its text. */
static inline bool dusq__pg_is_text(Oid type)
{
  return type == PG_TEXT || type == PG_VARCHAR || type == PG_BPCHAR || type == PG_NAME || type == PG_JSON ||
         type == PG_XML || type == PG_UNKNOWN;
}

/* Whether a column of the type can be read in binary. */
static inline bool dusq__pg_is_binary(Oid type)
{
  return dusq__pg_kind_of(type) != DUSQ_TEXT || type == PG_TEXT || type == PG_VARCHAR || type == PG_BPCHAR ||
         type == PG_NAME || type == PG_UNKNOWN || type == PG_XML;
}

#endif
