/* kind.h - the kinds of requests: one constant row of a table for each, see run/kinds.c.
 *
 * The queue reads the flags and calls the hooks, and knows no kind by name.  A new kind is one file with its code, and
 * one row.                                                                                                           */
#ifndef DUSQ_QUEUE_KIND_H
#define DUSQ_QUEUE_KIND_H
#include "data/error.h"
#include <stdbool.h>

struct dusq__request;
struct dusq__worker;
struct dusq__sequence;

enum {
  DUSQ__KIND_BATCHES = 1u << 0,  /* may go to the backend in one batch with others of its kind               */
  DUSQ__KIND_PREFETCHED = 1u << 1, /* a worker may take it out of the queue before it can begin it */
  DUSQ__KIND_GOES_ON = 1u << 2,  /* a cancel does not stop it                                                */
  DUSQ__KIND_CONTROL = 1u << 3,  /* begins or ends a transaction of a session ...                            */
  DUSQ__KIND_BEGINS = 1u << 4,   /* ... begins one ...                                                       */
  DUSQ__KIND_COMMITS = 1u << 5,  /* ... or commits one                                                       */
  DUSQ__KIND_LAST = 1u << 6,     /* the end of a session: succeeds in any case                               */
  DUSQ__KIND_LEASE = 1u << 7     /* a session waits for a worker: its duration says nothing about statements */
};

typedef struct dusq__kind {
  const char *name;
  unsigned flags;
  /* Called before the request settles with this error (NULL: success), so that whatever depends on the request is
   * failed first.  Returns the error to settle with.  No lock is held.                                               */
  dusq_error *(*settling)(struct dusq__request *request, dusq_error *take_error);
  /* Called before the request's memory is freed: drops the references that only this kind has. */
  void (*drop)(struct dusq__request *request);
  /* On the worker's thread: runs request i of its share, and settles it. */
  void (*run)(struct dusq__worker *worker, size_t i);
  /* The same for a call of a session. */
  void (*call)(struct dusq__worker *worker, size_t i);
  /* Adds a call of a session to a sequence, which goes to the backend in one trip; false: the call does not fit. */
  bool (*join)(struct dusq__sequence *sequence, struct dusq__request *request);
} dusq__kind;

#endif
