/* connection.h - where statements run: on the pool, where several run at a time, or on one connection, where they run
 * one after another, with streams between them.                                                                      */
#ifndef DUSQ_TOOLS_CONNECTION_H
#define DUSQ_TOOLS_CONNECTION_H
#include "options.h"
#include "session.h"

typedef struct connection {
  const options *o;
  dusq_pool *pool;
  dusq_cq *queue;
  bool keep_going;
  dusq_session *on; /* the one connection, from the first statement on */
  session *session; /* the job on it, from one stream to the next      */
} connection;

/* A statement of a script; NULL when memory is short. */
dusq_future *connection_query(connection *c, const char *sql, bool reads);
/* The same as a stream, for when nothing else is under way. */
dusq_stream *connection_stream(connection *c, const char *sql);
/* The statement of the command line, as a stream or else as a future. */
void connection_one(connection *c, const dusq_value *values, dusq_stream **stream, dusq_future **future);
/* Interrupts the statement that runs, and runs no other. */
void connection_cancel(connection *c);
/* Nothing more will come. */
void connection_end(connection *c);

#endif
