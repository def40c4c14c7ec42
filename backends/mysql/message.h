/* message.h - converts a message of the server or the client library to an error.  Any thread; no state.
 *
 * The sessions use English (lc_messages), so names can be read from messages.  A value of a row is removed from the
 * message (hide.h); the whole text becomes the detail.                                                               */
#ifndef DUSQ_MYSQL_MESSAGE_H
#define DUSQ_MYSQL_MESSAGE_H
#include <dusq/backend.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct dusq__my_said {
  dusq_status status;
  int64_t native;
  const char *state, *text;
  const char *sql; /* what was sent; NULL: unknown */
  size_t len;      /* of sql                       */
  bool mariadb;    /* the server                   */
  bool preparing;  /* a statement was prepared     */
} dusq__my_said;

/* An owned error, with the names and the position from its text. */
dusq_error *dusq__my_message_error(const dusq__my_said *said);

#endif
