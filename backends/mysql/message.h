/* message.h - converts a message of the server or the client library to an error.  Any thread; no state.
 *
 * The sessions use English (lc_messages), so names can be read from messages.  A value of a row is removed from the
 * message; the whole text becomes the detail.                                                                        */
#ifndef DUSQ_MYSQL_MESSAGE_H
#define DUSQ_MYSQL_MESSAGE_H
#include <dusq/backend.h>
#include <stddef.h>

/* An owned error, with the names and the position from its text.  `sql`, of `len` bytes, is what was sent; NULL:
 * unknown.                                                                                                           */
dusq_error *dusq__my_message_error(dusq_status status, int64_t native, const char *state, const char *text,
                                   const char *sql, size_t len);

#endif
