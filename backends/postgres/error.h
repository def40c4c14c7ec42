/* error.h - converts errors of libpq and the server.  The caller owns all errors that are returned. */
#ifndef DUSQ_POSTGRES_ERROR_H
#define DUSQ_POSTGRES_ERROR_H
#include <dusq/backend.h>
#include <libpq-fe.h>

dusq_error *dusq__pg_canceled(void);
dusq_error *dusq__pg_nomem(void);
dusq_error *dusq__pg_too_large(void); /* DUSQ_E_LIMIT: the result is far larger than max_result_bytes */
/* Stores an error in *out, or drops it if `out` is NULL; returns its status. */
dusq_status dusq__pg_give(dusq_error **out, dusq_error *take_error);

/* The error of a result.  `sql`, if not NULL, is the text that the error's position refers to. */
dusq_error *dusq__pg_result_error(const PGresult *result, const char *sql);
/* What an error came from. */
typedef enum dusq__pg_origin {
  DUSQ__PG_FROM_STATEMENT = 0,
  DUSQ__PG_FROM_WITHIN, /* something that it calls, or one of its values                            */
  DUSQ__PG_FROM_PLAN    /* the columns of a prepared statement are no longer those it was made with */
} dusq__pg_origin;
dusq__pg_origin dusq__pg_origin_of(const PGresult *result);
/* The error of a connection that is not PGRES_POLLING_OK. */
dusq_error *dusq__pg_connect_error(const PGconn *pg);
/* The last error of an established connection, in libpq's words. */
dusq_error *dusq__pg_libpq_error(const PGconn *pg);

/* The error of a pooler that has not reached a server, and ends the session; else NULL. */
dusq_error *dusq__pg_unreached(const PGresult *result);

bool dusq__pg_is_cancel(const dusq_error *error); /* 57014 */
/* Whether the server has refused the SQL text, or the types of its parameters. */
bool dusq__pg_is_refusal(const dusq_error *error);

#endif
