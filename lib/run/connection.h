/* connection.h - a worker's connection and its prepared statements.
 *
 * Belongs to one worker's thread.  Prepared statements are cached in order of use.  When there are more than
 * stmt_cache, the least recently used one is released, unless a batch that is being gathered has pinned it.          */
#ifndef DUSQ_RUN_CONNECTION_H
#define DUSQ_RUN_CONNECTION_H
#include "queue/stop.h"
#include "setup/setup.h"

typedef struct dusq__prepared {
  struct dusq__prepared *next;           /* in its hash bucket         */
  struct dusq__prepared *newer, *older;
  dusq__statement *statement;            /* holds a reference          */
  void *handle;
  uint32_t flags;                        /* DUSQ_STATEMENT_...         */
  unsigned pins;                         /* uses that are not finished */
  bool kept;                             /* in the cache               */
} dusq__prepared;

enum { DUSQ__PREPARED_BUCKETS = 256 };

/* The state of the transaction, see tx.h. */
typedef struct dusq__tx {
  uint32_t depth;     /* how many transactions are nested                                   */
  uint32_t failed_at; /* the innermost level that is to be rolled back; 0: none             */
  bool adopted;       /* the outermost transaction was begun by a statement of the caller's */
  bool gone;          /* a statement has ended the transaction                              */
  bool retryable;     /* whether the error that it failed with was retryable                */
  dusq_error *cause;  /* a copy of that error, owned; NULL: there was none                  */
} dusq__tx;

/* No transaction is open. */
static inline void dusq__tx_clear(dusq__tx *tx)
{
  if (tx->cause)
    dusq_error_unref(tx->cause);
  *tx = (dusq__tx){0};
}

typedef struct dusq__connection {
  dusq__setup *setup;
  void *native;
  int64_t dies_at;  /* end of its lifetime; INT64_MAX: never           */
  bool touched;     /* something was done after which it must be reset */
  dusq__tx tx;
  size_t n;
  dusq__prepared *newest, *oldest;
  dusq__prepared *buckets[DUSQ__PREPARED_BUCKETS];
} dusq__connection;

/* Connects for a lane.  An owned error in *error. */
dusq_status dusq__connection_open(dusq__setup *setup, uint32_t lane, const dusq_stop *stop, uint32_t random,
                                  dusq__connection **out, dusq_error **error);
void dusq__connection_close(dusq__connection *connection);

/* The dialect by which the session reads SQL text at present. */
dusq_status dusq__connection_reading(dusq__connection *connection, const dusq_stop *stop, uint32_t *dialect,
                                     dusq_error **error);
/* The prepared statement, cached or new; pinned.  Adds 1 to *fresh for a new one.  An owned error in *error, with its
 * position in the caller's SQL.                                                                                      */
dusq_status dusq__connection_prepare(dusq__connection *connection, dusq__statement *statement, bool keep,
                                     const dusq_stop *stop, dusq__prepared **out, uint32_t *fresh, dusq_error **error);
/* The same, but only from the cache; NULL if it is not there. */
dusq__prepared *dusq__connection_prepared(dusq__connection *connection, const dusq__statement *statement);
/* Unpins it.  It is released unless it is still pinned or kept in the cache. */
void dusq__connection_done(dusq__connection *connection, dusq__prepared *prepared);
/* Unpins a stale statement and removes it from the cache. */
void dusq__connection_drop(dusq__connection *connection, dusq__prepared *prepared);
/* After a job, a script, or a statement that must stand alone.  False: the connection must be closed. */
bool dusq__connection_reset(dusq__connection *connection, const dusq_stop *stop);

#endif
