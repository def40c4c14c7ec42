/* connection.h - a worker's connection and the statements that it has prepared.
 *
 * Belongs to one worker's thread.  The prepared ones are kept in order of use; past stmt_cache the one that was used
 * longest ago is released, unless it is pinned by a batch that is being put together.                                */
#ifndef DUSQ_RUN_CONNECTION_H
#define DUSQ_RUN_CONNECTION_H
#include "queue/stop.h"
#include "setup/setup.h"

typedef struct dusq__prepared {
  struct dusq__prepared *next;           /* in its bucket  */
  struct dusq__prepared *newer, *older;
  dusq__statement *statement;            /* counted        */
  void *handle;
  uint32_t flags;                        /* DUSQ_STATEMENT_... */
  unsigned pins;                         /* uses that are not done */
  bool kept;                             /* in the cache   */
} dusq__prepared;

enum { DUSQ__PREPARED_BUCKETS = 256 };

/* See tx.h. */
typedef struct dusq__tx {
  uint32_t depth;     /* transactions inside each other                              */
  uint32_t failed_at; /* the level that is to be rolled back; 0: none                */
  bool adopted;       /* the outermost one was begun by a statement of the caller's  */
  bool gone;          /* a statement has ended it                                    */
  bool retryable;     /* so was the error that it failed with                        */
} dusq__tx;

typedef struct dusq__connection {
  dusq__setup *setup;
  void *native;
  int64_t dies_at;  /* of old age; INT64_MAX: never */
  bool touched;     /* by something after which it must be reset */
  dusq__tx tx;
  size_t n;
  dusq__prepared *newest, *oldest;
  dusq__prepared *buckets[DUSQ__PREPARED_BUCKETS];
} dusq__connection;

/* Connects for a lane.  An owned error in *error. */
dusq_status dusq__connection_open(dusq__setup *setup, uint32_t lane, const dusq_stop *stop, uint32_t random,
                                  dusq__connection **out, dusq_error **error);
void dusq__connection_close(dusq__connection *connection);

/* The dialect by which the session reads a text now. */
dusq_status dusq__connection_reading(dusq__connection *connection, const dusq_stop *stop, uint32_t *dialect,
                                     dusq_error **error);
/* The prepared statement, from the cache or new; pinned.  What is prepared anew adds 1 to *fresh.  An owned error in
 * *error, with its position in the caller's SQL.                                                                     */
dusq_status dusq__connection_prepare(dusq__connection *connection, dusq__statement *statement, bool keep,
                                     const dusq_stop *stop, dusq__prepared **out, uint32_t *fresh, dusq_error **error);
/* The same if it is in the cache; NULL if not. */
dusq__prepared *dusq__connection_prepared(dusq__connection *connection, const dusq__statement *statement);
/* Unpins it; what is neither pinned nor kept is released. */
void dusq__connection_done(dusq__connection *connection, dusq__prepared *prepared);
/* Unpins it and forgets it: it is stale. */
void dusq__connection_drop(dusq__connection *connection, dusq__prepared *prepared);
/* After a job or a script, or a statement that must stand alone.  False: the connection is to be closed. */
bool dusq__connection_reset(dusq__connection *connection, const dusq_stop *stop);

#endif
