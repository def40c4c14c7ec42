/* request.h - one submission: what is to be done, and the future of it, in one allocation.
 *
 *   phase     who moves it there                                      what a cancel or deadline does
 *   NEW       the submitter                                           (nobody else knows it)
 *   QUEUED    the submitter, under the lane's lock                    takes it out of the queue and settles it
 *   TAKEN     a worker, under the lane's lock                         marks it, and interrupts the worker's share
 *             (one that it has prefetched and not begun)              takes it back and settles it
 *   OUT       who took it out of the queue without a worker           nothing: it is being settled
 *
 * A request waits in the queue of its lane, or elsewhere: `place` says how it is taken out there.  A session's call
 * that is OUT stays in the session's queue, for the transaction has failed with it.  See session.h and stream.h.
 *
 * Who settles it, and what may be said of it, is decided once, by what is added to `verdict`:
 *
 *   RELEASED  the worker, right before a driver may do what counts for good: the statement by itself, or the commit of
 *             the whole.  From here on only the worker can know the outcome.  Taken back when nothing was sent.
 *   TOLD      whoever settles it: the worker, which has the outcome; or, without it, a timer or the close, and that is
 *             UNKNOWN if it is RELEASED and may have written, else FAILED.
 *
 *   who comes first            what the other one does
 *   the worker with TOLD       the timer does nothing: the outcome is on its way
 *   the timer, not RELEASED    the worker never releases it: what runs by itself is not run, a commit is a rollback;
 *                              and a session's transaction fails before its next call
 *   the timer, RELEASED        the worker drops the outcome, and a transaction that is still open fails likewise
 *
 * So nothing is committed after a call before it was told to have failed.
 *
 * References: the caller's; one for the queue or worker that will settle it; one for its timer while that is armed.  */
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
  DUSQ__ALARM_DEADLINE,  /* the deadline passes             */
  DUSQ__ALARM_INTERRUPT, /* now: somebody cancelled         */
  DUSQ__ALARM_GRACE      /* the outcome has been waited for */
} dusq__alarm;

typedef struct dusq__step {
  dusq__statement *statement; /* counted */
  dusq_value *values;         /* in the request's allocation */
  size_t n;
} dusq__step;

/* What is to be done.  Constant, but that free_arg is NULL once it has been called. */
typedef struct dusq__task {
  uint32_t flags;             /* of dusq_opts                              */
  dusq__statement *statement; /* a query, many, stream; counted            */
  union {
    dusq_value *values;       /* in the request's allocation               */
    dusq__step *steps;        /* in the request's allocation               */
  };
  size_t cols, rows;          /* a query, stream: rows is 1; steps: how many */
  const dusq_tx_opts *tx;     /* a transaction, steps, begin; in the request's allocation */
  union {
    dusq_job_fn *job;
    char *script;             /* in the request's allocation               */
  };
  dusq_free_fn *free_arg;     /* of a job, as the next                     */
  void *arg;
  char *label;                /* in the request's allocation, or NULL      */
} dusq__task;

/* Where a request waits that is not in the queue of its lane.  Under the lane's lock, but for `drop`. */
typedef struct dusq__place {
  bool (*remove_locked)(struct dusq__request *request); /* it is to be settled; false: it does not wait, or goes on */
  void (*told_locked)(struct dusq__request *request);   /* somebody has told it without an outcome; or NULL         */
  void (*drop)(struct dusq__request *request);          /* its memory goes                                          */
} dusq__place;

/* Guarded by: the lane's mtx. */
typedef struct dusq__waiting {
  struct dusq__request *next, *prev;
  uint64_t share;          /* which share of the seat's it is in */
  struct dusq__seat *seat; /* from TAKEN on                      */
  uint8_t phase, alarm;
  bool spoils;             /* behind it a call of its session was refused; see session.h */
} dusq__waiting;

typedef struct dusq__request {
  dusq_future future;       /* first: the future is the request                                  */
  dusq__waiting wait;
  atomic_uint verdict;      /* DUSQ__RELEASED | DUSQ__TOLD                                       */
  atomic_bool timed;        /* the timer has been armed                                          */
  atomic_bool sent;         /* it may have had an effect; for the worker, which may run it again */
  bool moved;               /* it has been handed to another lane; the worker's                  */
  bool uncounted : 1;       /* constant: it is nobody's but the library's own                    */
  bool patient : 1;         /* constant: its transaction is worth more than a moment's wait      */
  dusq_stop stop;
  const dusq__kind *kind;   /* constant, as the next four                                        */
  const dusq__place *place; /* NULL: the lane's queue                                            */
  dusq__task task;
  dusq_session *session;    /* counted, or NULL                                                  */
  dusq_stream *stream;      /* counted, or NULL                                                  */
  struct dusq__lane *_Atomic lane; /* changes under the locks of both lanes                      */
  dusq__timer timer;
} dusq__request;

/* A zeroed request with `extra` bytes behind it (maximally aligned), two references, in phase NEW; NULL when memory is
 * short.                                                                                                             */
dusq__request *dusq__request_new(dusq__home *home, const dusq__kind *kind, size_t extra);
/* The request that a future is, or NULL. */
dusq__request *dusq__request_of(dusq_future *future);

/* For the worker: the driver may do it now, and there is no way back.  False: it has been told to have failed. */
static inline bool dusq__request_release(dusq__request *request)
{
  return !(atomic_fetch_or(&request->verdict, DUSQ__RELEASED) & DUSQ__TOLD);
}
/* Nothing was sent after all, or not committed. */
static inline void dusq__request_take_back(dusq__request *request)
{
  atomic_fetch_and(&request->verdict, ~(unsigned)DUSQ__RELEASED);
}
/* Decides that the caller settles it; false: somebody else does. */
static inline bool dusq__request_tell(dusq__request *request)
{
  return !(atomic_fetch_or(&request->verdict, DUSQ__TOLD) & DUSQ__TOLD);
}

#endif
