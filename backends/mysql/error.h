/* error.h - error numbers, and errors of the backend itself.  Any thread; no state.
 *
 * message.h converts errors of the server; connection.h decides what they mean for the connection.                   */
#ifndef DUSQ_MYSQL_ERROR_H
#define DUSQ_MYSQL_ERROR_H
#include <dusq/backend.h>
#include <stddef.h>

/* The numbers of the server (ER) and the client library (CR) that the code checks. */
enum {
  MY_ER_UNKNOWN_COMMAND = 1047, MY_ER_OPTION_PREVENTS = 1290, MY_ER_READ_ONLY_MODE = 1836,
  MY_ER_DUP_ENTRY = 1062, MY_ER_PARSE = 1064, MY_ER_EMPTY_QUERY = 1065, MY_ER_NO_SUCH_THREAD = 1094,
  MY_ER_PACKET_TOO_LARGE = 1153, MY_ER_COMMIT = 1180, MY_ER_UNKNOWN_SYSTEM_VARIABLE = 1193,
  MY_ER_LOCK_TABLE_FULL = 1206, MY_ER_UNKNOWN_STMT = 1243,
  MY_ER_UNSUPPORTED_PS = 1295, MY_ER_TOO_MANY_STATEMENTS = 1461, MY_ER_NO_SUCH_SAVEPOINT = 1305,
  MY_ER_OUT_OF_RANGE = 1264, MY_ER_CUT = 1265, MY_ER_TRUNCATED = 1292, MY_ER_WRONG_VALUE = 1366, MY_ER_TOO_LONG = 1406,
  MY_ER_WRONG_VALUE_FOR_TYPE = 1411, MY_ER_BAD_TIME = 1525, MY_ER_DUP_ENTRY_WITH_KEY_NAME = 1586,
  MY_ER_QUERY_INTERRUPTED = 1317, MY_ER_NEED_REPREPARE = 1615, MY_ER_IMPOSSIBLE_CONVERSION = 3988,
  MY_CR_STMT_CLOSED = 2056, MY_CR_NEW_STMT_METADATA = 2057
};

/* Owned errors. */
dusq_error *dusq__my_nomem(void);
dusq_error *dusq__my_canceled(void);       /* stopped before anything was sent */
dusq_error *dusq__my_killed(void);         /* stopped while it was executed    */
dusq_error *dusq__my_connection_lost(void);
dusq_error *dusq__my_too_large(size_t max_packet);
dusq_error *dusq__my_not_utf8(size_t position); /* in an SQL text; position of the first wrong byte */

/* Stores an error in *out, or drops it if `out` is NULL, and returns its status. */
dusq_status dusq__my_return_error(dusq_error **out, dusq_error *take_error);

#endif
