/* status.h - the list of statuses: name, whether an error of that status is retryable by default, and its meaning.  See
 * <dusq/error.h>.  Any thread.                                                                                       */
#ifndef DUSQ_DATA_STATUS_H
#define DUSQ_DATA_STATUS_H
#include <dusq/error.h>

/* clang-format off */
#define DUSQ__STATUSES(X) \
  X(DUSQ_OK,                     false, "success") \
  X(DUSQ_E_PENDING,              false, "not settled yet") \
  X(DUSQ_E_INVAL,                false, "invalid argument") \
  X(DUSQ_E_NOMEM,                false, "out of memory") \
  X(DUSQ_E_BUSY,                 true,  "too many requests are waiting already") \
  X(DUSQ_E_TIMEDOUT,             false, "deadline passed") \
  X(DUSQ_E_QUEUE_TIMEOUT,        true,  "no worker became free in time") \
  X(DUSQ_E_CANCELED,             false, "cancelled") \
  X(DUSQ_E_CLOSED,               false, "the pool is closed") \
  X(DUSQ_E_DEADLOCK,             false, "this wait would block a worker or the notifier") \
  X(DUSQ_E_FORKED,               false, "the object belongs to the parent process") \
  X(DUSQ_E_NOTSUP,               false, "not supported") \
  X(DUSQ_E_ABANDONED,            false, "the promise was dropped without an outcome") \
  X(DUSQ_E_TYPE,                 false, "the value is of another kind") \
  X(DUSQ_E_RANGE,                false, "the value is out of range") \
  X(DUSQ_E_PARAMS,               false, "the values do not match the placeholders") \
  X(DUSQ_E_NO_ROW,               false, "no row") \
  X(DUSQ_E_MANY_ROWS,            false, "more than one row") \
  X(DUSQ_E_LIMIT,                false, "larger than the limit that was set") \
  X(DUSQ_E_TX_ABORTED,           false, "the transaction has failed; roll it back") \
  X(DUSQ_E_URI,                  false, "malformed URI or option") \
  X(DUSQ_E_CONNECT,              true,  "no connection could be made") \
  X(DUSQ_E_CONNECTION_LOST,      false, "the connection was lost") \
  X(DUSQ_E_TLS,                  false, "the encrypted connection was refused or is not trusted") \
  X(DUSQ_E_AUTH,                 false, "authentication failed") \
  X(DUSQ_E_TOO_MANY_CONNECTIONS, true,  "the server has too many connections") \
  X(DUSQ_E_SYNTAX,               false, "error in the SQL text") \
  X(DUSQ_E_NO_SUCH_OBJECT,       false, "no such object") \
  X(DUSQ_E_DUPLICATE_OBJECT,     false, "the object exists already") \
  X(DUSQ_E_PERMISSION,           false, "permission denied") \
  X(DUSQ_E_UNIQUE,               false, "unique constraint violated") \
  X(DUSQ_E_FOREIGN_KEY,          false, "foreign key constraint violated") \
  X(DUSQ_E_NOT_NULL,             false, "not-null constraint violated") \
  X(DUSQ_E_CHECK,                false, "check constraint violated") \
  X(DUSQ_E_CONSTRAINT,           false, "constraint violated") \
  X(DUSQ_E_SERIALIZATION,        true,  "conflict with a concurrent transaction") \
  X(DUSQ_E_LOCKED,               true,  "a lock was not free in time") \
  X(DUSQ_E_READ_ONLY,            false, "read-only: nothing may be written") \
  X(DUSQ_E_DISK_FULL,            false, "disk full") \
  X(DUSQ_E_RESOURCE,             false, "the database or the system ran out of a resource") \
  X(DUSQ_E_DATA,                 false, "a value could not be converted or stored") \
  X(DUSQ_E_PROTOCOL,             false, "the driver and the server are out of step") \
  X(DUSQ_E_SQL,                  false, "database error") \
  X(DUSQ_E_TX_DEADLOCK,          true,  "transactions waited for each other") \
  X(DUSQ_E_TX_STATE,             false, "wrong transaction state") \
  X(DUSQ_E_TOO_LARGE,            false, "larger than the database takes") \
  X(DUSQ_E_STALE_STATEMENT,      true,  "a prepared statement is gone or no longer fits") \
  X(DUSQ_E_CORRUPT,              false, "the database is damaged") \
  X(DUSQ_E_IO,                   false, "the database could not read or write its files") \
  X(DUSQ_E_SHUTDOWN,             true,  "the server is starting or stopping") \
  X(DUSQ_E_CONFIG,               false, "a driver's plug-in or option is missing or refused")
/* clang-format on */

/* The default of dusq_error_retryable; false for numbers that are no status. */
bool dusq__status_retryable(dusq_status status);

#endif
