/* kind.h - what there is to know of a kind of request: one constant row of a table for each, see run/kinds.c.
 *
 * The queue looks at the flags and calls the hooks, and knows no kind by name.  A new kind is a file with what it does
 * and a row.                                                                                                         */
#ifndef DUSQ_QUEUE_KIND_H
#define DUSQ_QUEUE_KIND_H
#include "data/error.h"
#include <stdbool.h>

struct dusq__request;
struct dusq__worker;
struct dusq__sequence;

enum {
  DUSQ__KIND_BATCHES = 1u << 0,  /* may go to the backend with others of its kind                              */
  DUSQ__KIND_PREFETCHED = 1u << 1, /* a worker may take it out of the queue before it can begin it             */
  DUSQ__KIND_GOES_ON = 1u << 2,  /* a cancel does not stop it                                                  */
  DUSQ__KIND_CONTROL = 1u << 3,  /* begins or ends a transaction of a session, ...                             */
  DUSQ__KIND_BEGINS = 1u << 4,   /* ... begins it, ...                                                         */
  DUSQ__KIND_COMMITS = 1u << 5,  /* ... or commits it                                                          */
  DUSQ__KIND_LAST = 1u << 6,     /* the end of a session: it succeeds in any case                              */
  DUSQ__KIND_LEASE = 1u << 7     /* a session wants a worker: how long it runs says nothing of statements      */
};

typedef struct dusq__kind {
  const char *name;
  unsigned flags;
  /* It is about to settle with this error, or NULL: those who depend on it hear of it first.  Returns the error that it
   * settles with.  No lock is held.                                                                                  */
  dusq_error *(*settling)(struct dusq__request *request, dusq_error *take_error);
  /* Its memory goes: lets go of what only this kind refers to. */
  void (*drop)(struct dusq__request *request);
  /* On the worker's thread: runs request i of its share, and settles it. */
  void (*run)(struct dusq__worker *worker, size_t i);
  /* The same for a call of a session. */
  void (*call)(struct dusq__worker *worker, size_t i);
  /* A call of a session that goes to the backend with those behind it; false: it does not fit. */
  bool (*join)(struct dusq__sequence *sequence, struct dusq__request *request);
} dusq__kind;

#endif
