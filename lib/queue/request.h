/* request.h - one submission: the task, and its future, in one allocation.
 *
 *   phase     set by                                                  what a cancel or deadline does
 *   NEW       the submitter                                           (no other thread knows it)
 *   QUEUED    the submitter, under the lane's lock                    takes it out of the queue and settles it
 *   TAKEN     a worker, under the lane's lock                         marks it, and interrupts the worker's share
 *             (and the worker is connecting)                          settles it at once
 *             (prefetched and not begun)                              takes it back and settles it
 *   OUT       a thread that took it out of the queue, not a worker    nothing: it is being settled
 *
 * A request waits in the queue of its lane, or elsewhere: `place` says how it is taken out there.  A session's call
 * that is OUT stays in the session's queue, because its transaction has failed with it.  See session.h and stream.h.
 *
 * `verdict` decides once who settles the request, and what its error may say.  It is a set of two flags:
 *
 *   RELEASED  Set by the worker right before the driver may do something lasting: the statement itself outside of a
 *             transaction, or the commit.  From then on only the worker can know the outcome.  Cleared again when
 *             nothing was sent.
 *   TOLD      Set by the thread that settles: the worker, which has the outcome; or, without an outcome, a timer or the
 *             close.  The latter settle with "unknown outcome" if it is RELEASED and may have written, else as failed.
 *
 *   first                      what the other one does
 *   worker sets TOLD           The timer does nothing: the outcome is on its way.
 *   timer, not RELEASED        The worker never releases it: a single statement is not run, a commit becomes a
 *                              rollback, and a session's transaction fails before its next call.
 *   timer, RELEASED            The worker drops the outcome, and a transaction that is still open fails likewise.
 *
 * So nothing is committed once a call before the commit has been told to have failed.
 *
 * References: the caller's; one for the queue or the worker that will settle it (the producer's); one for its timer
 * while the timer is armed.                                                                                          */
#ifndef DUSQ_QUEUE_REQUEST_H
#define DUSQ_QUEUE_REQUEST_H
#include "async/future.h"
#include "async/timer.h"
#include "queue/kind.h"
#include "queue/stop.h"
#include "setup/statement.h"
#include <dusq/stream.h>

struct dusq__lane;
struct dusq__seat;

typedef enum dusq__phase { DUSQ__NEW, DUSQ__QUEUED, DUSQ__TAKEN, DUSQ__OUT } dusq__phase;

typedef enum dusq__verdict { DUSQ__RELEASED = 1u << 0, DUSQ__TOLD = 1u << 1 } dusq__verdict;

/* What the request's timer is armed for. */
typedef enum dusq__alarm {
  DUSQ__ALARM_DEADLINE,  /* the deadline passes               */
  DUSQ__ALARM_INTERRUPT, /* now: a cancel was asked for       */
  DUSQ__ALARM_GRACE      /* the grace for the outcome is over */
} dusq__alarm;

typedef struct dusq__step {
  dusq__statement *statement; /* holds a reference           */
  dusq_value *values;         /* in the request's allocation */
  size_t n;
} dusq__step;

/* The task.  Constant, except that free_arg becomes NULL once it has been called. */
typedef struct dusq__task {
  uint32_t flags;             /* of dusq_opts                                                 */
  dusq__statement *statement; /* for a query, many, stream; holds a reference                 */
  union {
    dusq_value *values;       /* in the request's allocation                                  */
    dusq__step *steps;        /* in the request's allocation                                  */
  };
  size_t cols, rows;          /* for a query, stream: rows is 1; for steps: how many          */
  const dusq_tx_opts *tx;     /* for a transaction, steps, begin; in the request's allocation */
  union {
    dusq_job_fn *job;
    char *script;             /* in the request's allocation                                  */
  };
  dusq_free_fn *free_arg;     /* for a job, as the next field                                 */
  void *arg;
  char *label;                /* in the request's allocation, or NULL                         */
} dusq__task;

/* Where a request waits if not in the queue of its lane.  Called under the lane's lock, except `drop`. */
typedef struct dusq__place {
  bool (*remove_locked)(struct dusq__request *request); /* takes it out; false: it does not wait, or is not stopped */
  void (*told_locked)(struct dusq__request *request);   /* called when it was told without an outcome; or NULL      */
  void (*drop)(struct dusq__request *request);          /* its memory is about to be freed                          */
} dusq__place;

/* Guarded by: the lane's mtx. */
typedef struct dusq__waiting {
  struct dusq__request *next, *prev;
  uint64_t share;          /* the number of the seat's share that it is in               */
  struct dusq__seat *seat; /* from TAKEN on                                              */
  uint8_t phase, alarm;
  bool fails_next;         /* a call behind it in its session was refused; see session.h */
} dusq__waiting;

typedef struct dusq__request {
  dusq_future future;       /* first, so that the future's address is the request's               */
  dusq__waiting wait;
  atomic_uint verdict;      /* DUSQ__RELEASED | DUSQ__TOLD                                        */
  atomic_bool timed;        /* the timer has been armed                                           */
  atomic_bool sent;         /* it may have had an effect; for the worker, which may run it again  */
  bool moved;               /* it has been handed to another lane; only its worker uses this      */
  bool uncounted : 1;       /* constant: it is the library's own and is not counted in statistics */
  bool patient : 1;         /* constant: its transaction is worth waiting for                     */
  dusq_stop stop;
  const dusq__kind *kind;   /* constant, as the next four                                         */
  const dusq__place *place; /* NULL: the lane's queue                                             */
  dusq__task task;
  dusq_session *session;    /* holds a reference, or NULL                                         */
  dusq_stream *stream;      /* holds a reference, or NULL                                         */
  struct dusq__lane *_Atomic lane; /* changes under the locks of both lanes                      */
  dusq__timer timer;
} dusq__request;

/* A zeroed request with `extra` bytes behind it (maximally aligned), two references, in phase NEW; NULL when memory is
 * short.                                                                                                             */
dusq__request *dusq__request_new(dusq__home *home, const dusq__kind *kind, size_t extra);
/* The request that a future belongs to, or NULL. */
dusq__request *dusq__request_of(dusq_future *future);

/* For the worker: from now on the driver may run it.  False: it has been told to have failed, and must not be run. */
static inline bool dusq__request_release(dusq__request *request)
{
  return !(atomic_fetch_or(&request->verdict, DUSQ__RELEASED) & DUSQ__TOLD);
}
/* Clears RELEASED: nothing was sent after all, or nothing committed. */
static inline void dusq__request_take_back(dusq__request *request)
{
  atomic_fetch_and(&request->verdict, ~(unsigned)DUSQ__RELEASED);
}
/* Claims the right to settle it; false: another thread settles it. */
static inline bool dusq__request_tell(dusq__request *request)
{
  return !(atomic_fetch_or(&request->verdict, DUSQ__TOLD) & DUSQ__TOLD);
}

#endif
