/* error.h - error statuses and error objects, the same for all drivers.
 *
 * A status is a number: 0 is success, numbers below 64 are the library's own, numbers from 64 on are the database's.
 * A status is the kind of an error, and is the same for every driver.  The error object adds the details that the
 * driver reported, and tells two things: whether it is safe to run the request again, and whether it may have had an
 * effect.
 *
 * Errors are immutable and counted.  Any thread may read one.                                                        */
#ifndef DUSQ_ERROR_H
#define DUSQ_ERROR_H
#include <dusq/macros.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

DUSQ_BEGIN_DECLS

/* 0 or one of the values below.  Values are never renumbered and never reused. */
typedef int dusq_status;

enum {
  DUSQ_OK = 0,
  DUSQ_E_PENDING = 1,        /* the future has not settled yet                                       */
  DUSQ_E_INVAL = 2,          /* an argument is wrong: a caller's mistake                             */
  DUSQ_E_NOMEM = 3,          /* out of memory in this process                                        */
  DUSQ_E_BUSY = 4,           /* queue_limit requests are waiting already; nothing was queued         */
  DUSQ_E_TIMEDOUT = 5,       /* the deadline passed                                                  */
  DUSQ_E_QUEUE_TIMEOUT = 6,  /* no worker became free within queue_timeout; never sent               */
  DUSQ_E_CANCELED = 7,       /* cancelled by the caller                                              */
  DUSQ_E_CLOSED = 8,         /* the pool is closed or closing                                        */
  DUSQ_E_DEADLOCK = 9,       /* this wait would block a worker or the notifier; the wait was refused */
  DUSQ_E_FORKED = 10,        /* the object belongs to the parent process                             */
  DUSQ_E_NOTSUP = 11,        /* this backend cannot do that                                          */
  DUSQ_E_ABANDONED = 12,     /* the promise was dropped without an outcome                           */
  DUSQ_E_TYPE = 13,          /* the value is of another kind                                         */
  DUSQ_E_RANGE = 14,         /* the value does not fit                                               */
  DUSQ_E_PARAMS = 15,        /* wrong number, order or name of values for the placeholders           */
  DUSQ_E_NO_ROW = 16,        /* a row was asked for and there is none                                */
  DUSQ_E_MANY_ROWS = 17,     /* one row was asked for and there are several                          */
  DUSQ_E_LIMIT = 18,         /* larger than a limit that the caller set, such as max_result_bytes    */
  DUSQ_E_TX_ABORTED = 19,    /* an earlier statement of the transaction failed; roll back            */
  DUSQ_E_URI = 20,           /* the URI or an option is malformed, unknown or out of range           */

  DUSQ_E_CONNECT = 64,              /* no connection could be made                                       */
  DUSQ_E_CONNECTION_LOST = 65,      /* the connection broke; see dusq_error_unknown_outcome()            */
  DUSQ_E_TLS = 66,                  /* the encrypted connection was refused or could not be trusted      */
  DUSQ_E_AUTH = 67,                 /* user, password or method refused                                  */
  DUSQ_E_TOO_MANY_CONNECTIONS = 68, /* the server has no free slot                                       */
  DUSQ_E_SYNTAX = 69,               /* the SQL text is wrong                                             */
  DUSQ_E_NO_SUCH_OBJECT = 70,       /* database, schema, table, column or function does not exist        */
  DUSQ_E_DUPLICATE_OBJECT = 71,     /* it exists already                                                 */
  DUSQ_E_PERMISSION = 72,           /* the user may not do that                                          */
  DUSQ_E_UNIQUE = 73,               /* unique, primary key or exclusion constraint                       */
  DUSQ_E_FOREIGN_KEY = 74,
  DUSQ_E_NOT_NULL = 75,
  DUSQ_E_CHECK = 76,
  DUSQ_E_CONSTRAINT = 77,           /* another constraint                                                */
  DUSQ_E_SERIALIZATION = 78,        /* conflict with a concurrent transaction; run the transaction again */
  DUSQ_E_LOCKED = 79,               /* a lock was not free in time                                       */
  DUSQ_E_READ_ONLY = 80,            /* a write where only reads are allowed                              */
  DUSQ_E_DISK_FULL = 81,
  DUSQ_E_RESOURCE = 82,             /* the database, or the system this process runs on, is out of
                                       memory, threads, descriptors or the like                           */
  DUSQ_E_DATA = 83,                 /* a value could not be converted or is out of the column's range    */
  DUSQ_E_PROTOCOL = 84,             /* the driver and the server are out of step                         */
  DUSQ_E_SQL = 85,                  /* any other error of the database                                   */
  DUSQ_E_TX_DEADLOCK = 86,          /* transactions waited for each other; run the transaction again     */
  DUSQ_E_TX_STATE = 87,             /* no transaction where one is needed, or one where none may be      */
  DUSQ_E_TOO_LARGE = 88,            /* statement, value or row larger than the database takes            */
  DUSQ_E_STALE_STATEMENT = 89,      /* a prepared statement is gone or no longer fits                    */
  DUSQ_E_CORRUPT = 90,              /* the database is damaged or is not a database                      */
  DUSQ_E_IO = 91,                   /* the database could not read or write its files                    */
  DUSQ_E_SHUTDOWN = 92,             /* the server is starting or stopping                                */
  DUSQ_E_CONFIG = 93                /* a driver's plug-in or option is missing or refused                */
};

/* What a status means, in a few English words. Static, never NULL, also for numbers that are no status. Any thread. */
DUSQ_API const char *dusq_strstatus(dusq_status status);

/* The name of a status as it is written in C, "DUSQ_E_BUSY".  Static, never NULL.  Any thread. */
DUSQ_API const char *dusq_status_name(dusq_status status);

typedef struct dusq_error dusq_error;

/* The fields of an error.  All texts are UTF-8, bounded, free of passwords, owned by the error, and never NULL: "" if
 * the driver gave none.  Each function accepts NULL, and then returns the value for "no error".                      */
DUSQ_API dusq_status dusq_error_status(const dusq_error *error);
DUSQ_API const char *dusq_error_message(const dusq_error *error);    /* one line; names no row values where the
                                                                        driver keeps them apart (see detail) */
DUSQ_API const char *dusq_error_sqlstate(const dusq_error *error);   /* five characters, or ""                       */
DUSQ_API int64_t dusq_error_native(const dusq_error *error);         /* the driver's own code, or 0                  */
DUSQ_API const char *dusq_error_detail(const dusq_error *error);     /* may hold row values: think before logging it */
DUSQ_API const char *dusq_error_hint(const dusq_error *error);
DUSQ_API const char *dusq_error_constraint(const dusq_error *error); /* name of the violated constraint */
DUSQ_API const char *dusq_error_table(const dusq_error *error);
DUSQ_API const char *dusq_error_column(const dusq_error *error);
DUSQ_API int64_t dusq_error_position(const dusq_error *error);       /* byte offset in the caller's SQL, or -1 */
DUSQ_API int64_t dusq_error_index(const dusq_error *error);          /* which statement of a script or row of a
                                                                        dusq_pool_many failed, from 0; or -1 */

/* True if running the same request again may succeed and is safe: it certainly had no effect, and the cause may be
 * temporary (a conflict, a busy lock, a full queue, a server that restarts) or is already gone (a stale statement).  */
DUSQ_API bool dusq_error_retryable(const dusq_error *error);

/* True if it is unknown whether the request took effect: the connection broke, or the deadline passed, after the
 * statement had been sent and before a response was received.  The library runs such a statement again only if it was
 * marked DUSQ_IDEMPOTENT; if that attempt fails, for any reason, this is still true because of the earlier attempt.  */
DUSQ_API bool dusq_error_unknown_outcome(const dusq_error *error);

/* The error that led to this one, or NULL.  A call that fails as DUSQ_E_TX_ABORTED, such as the commit of a transaction
 * that has failed, has the first error of the transaction as its cause.  It belongs to `error`; keep it by
 * dusq_error_ref.                                                                                                    */
DUSQ_API const dusq_error *dusq_error_cause(const dusq_error *error);

/* Reference counting, as everywhere: ref returns its argument, unref accepts NULL and returns NULL.  Any thread. */
DUSQ_API dusq_error *dusq_error_ref(const dusq_error *error);
DUSQ_API dusq_error *dusq_error_unref(dusq_error *error);

/* Makes an error, for jobs, promises and backends.  `sqlstate` may be NULL.  The message is formatted as by printf,
 * made valid UTF-8, and cut at 1,024 bytes.  Returns an owned error; when memory is short, one that says so.  A status
 * of DUSQ_OK is taken as DUSQ_E_INVAL.  Any thread.                                                                  */
DUSQ_API dusq_error *dusq_error_new(dusq_status status, const char *sqlstate, int64_t native, const char *format, ...)
    DUSQ_PRINTF(4, 5);

DUSQ_END_DECLS
#endif
