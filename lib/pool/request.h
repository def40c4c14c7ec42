/* request.h - one submission: what is to be done, and the future of it, in one allocation.
 *
 *   phase     who moves it there                                      what a cancel or deadline does
 *   NEW       the submitter                                           (nobody else knows it)
 *   QUEUED    the submitter, under the lane's lock                    takes it out of the queue and settles it
 *   TAKEN     a worker, under the lane's lock                         marks it, and interrupts the worker's share
 *             (a job that it has pulled ahead and not begun)          takes it back and settles it
 *   OUT       who took it out of the queue without a worker           nothing: it is being settled
 *
 * What is asked of a session waits in the session's queue.  One that is OUT stays there, for the transaction has failed
 * with it.  See session.h.
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
#ifndef DUSQ_POOL_REQUEST_H
#define DUSQ_POOL_REQUEST_H
#include "async/future.h"
#include "async/timer.h"
#include "pool/statement.h"
#include <dusq/stream.h>

struct dusq__lane;
struct dusq__worker;

/* Reasons are statuses: CANCELED, TIMEDOUT, CLOSED, CONNECT; 0 while nobody has asked.  The first one stays. */
struct dusq_stop {
  atomic_int reason;
  int64_t deadline; /* constant once others see it; INT64_MAX: none */
};

typedef enum dusq__kind {
  DUSQ__QUERY,
  DUSQ__SCRIPT,
  DUSQ__MANY,
  DUSQ__JOB,
  DUSQ__TRANSACT, /* a job inside a transaction, again and again          */
  DUSQ__STEPS,    /* statements inside one                                */
  DUSQ__LEASE,    /* a session wants a worker: nobody else sees it        */
  DUSQ__BEGIN,    /* of a session, as all below                           */
  DUSQ__COMMIT,
  DUSQ__ROLLBACK,
  DUSQ__STREAM,   /* a query whose rows are handed out in batches         */
  DUSQ__END,      /* the session gives its worker back                    */
  DUSQ__NEXT      /* of a stream: a batch.  It waits there, and in no other queue */
} dusq__kind;

typedef struct dusq__step {
  dusq__statement *statement; /* counted */
  dusq_value *values;         /* in the request's allocation */
  size_t n;
} dusq__step;

typedef enum dusq__phase {
  DUSQ__NEW,
  DUSQ__QUEUED,
  DUSQ__TAKEN,
  DUSQ__OUT
} dusq__phase;

typedef enum dusq__verdict {
  DUSQ__RELEASED = 1u << 0,
  DUSQ__TOLD = 1u << 1
} dusq__verdict;

/* What the request's timer is armed for. */
typedef enum dusq__alarm {
  DUSQ__ALARM_DEADLINE,  /* the deadline passes                   */
  DUSQ__ALARM_INTERRUPT, /* now: somebody cancelled               */
  DUSQ__ALARM_GRACE      /* the outcome has been waited for       */
} dusq__alarm;

typedef struct dusq__request {
  dusq_future future;               /* first: the future is the request   */
  struct dusq__request *next, *prev; /* in the queue; guarded by: the lane's mtx, as phase, alarm, share, worker */
  uint64_t share;                   /* which share of the worker's it is in */
  struct dusq__worker *worker;      /* from TAKEN on                      */
  dusq_stop stop;
  uint8_t kind, phase, alarm;       /* kind: constant                     */
  atomic_bool timed;                /* the timer has been armed           */
  atomic_bool sent;                 /* it may have had an effect; for the worker, which may run it again */
  atomic_uint verdict;              /* DUSQ__RELEASED | DUSQ__TOLD        */
  bool uncounted;                   /* constant: it is nobody's but the library's own */
  bool moved;                       /* it has been handed to another lane; the worker's */
  bool spoils;                      /* behind it a call of its session was refused; see session.h */
  dusq_job_fn *job;                 /* JOB; constant, as below            */
  dusq_free_fn *free_arg;           /* NULL once it has been called; of whoever has the request */
  void *arg;
  uint32_t flags;                   /* of dusq_opts                       */
  dusq__statement *statement;       /* QUERY, MANY, STREAM; counted       */
  dusq_value *values;               /* in the same allocation             */
  size_t cols, rows;                /* QUERY, STREAM: rows is 1; STEPS: how many */
  dusq__step *steps;                /* STEPS; in the same allocation, as tx */
  const dusq_tx_opts *tx;           /* TRANSACT, STEPS, BEGIN             */
  dusq_session *session;            /* counted, or NULL                   */
  dusq_stream *stream;              /* STREAM, NEXT; counted              */
  char *script;                     /* SCRIPT; in the same allocation     */
  char *label;                      /* in the same allocation, or NULL    */
  struct dusq__lane *_Atomic lane;  /* changes under the locks of both lanes */
  dusq__timer timer;
} dusq__request;

/* A zeroed request with `extra` bytes behind it (maximally aligned), two references, in phase NEW; NULL when memory is
 * short.                                                                                                             */
dusq__request *dusq__request_new(dusq__home *home, dusq__kind kind, size_t extra);

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

/* Settles it, for whoever has told, and drops the producer's reference.  Frees a job's arg. */
void dusq__request_settle(dusq__request *request, dusq_result *take_result, dusq_error *take_error, int64_t now);
/* The two halves of it: nobody is woken before dusq__wake_all, and the memory may be gone after the second. */
void dusq__request_settle_quietly(dusq__request *request, dusq_result *take_result, dusq_error *take_error, int64_t now,
                                  dusq__wakes *wakes);
/* Once; by the worker before it tells, for it calls the caller's code. */
static inline void dusq__request_free_arg(dusq__request *request)
{
  dusq_free_fn *free_arg = request->free_arg;
  if (!free_arg)
    return;
  request->free_arg = NULL;
  free_arg(request->arg);
}
/* For who has freed the job's arg. */
static inline void dusq__request_part(dusq__request *request)
{
  if (atomic_load(&request->timed) && dusq__timer_disarm(request->future.home, &request->timer))
    dusq_future_unref(&request->future);
  dusq_future_unref(&request->future);
}
static inline void dusq__request_let_go(dusq__request *request) /* alone, for who came too late to tell */
{
  dusq__request_free_arg(request);
  dusq__request_part(request);
}
/* Asks it to stop; false if somebody has already. */
bool dusq__stop_ask(dusq_stop *stop, dusq_status reason);
/* The error for one that has been asked to stop and was not begun, or NULL; owned. */
dusq_error *dusq__stopped_error(const dusq_stop *stop);
/* The error of a driver that was stopped, with the caller's own reason in the place of "cancelled". */
dusq_error *dusq__stop_reworded(const dusq_stop *stop, dusq_error *take_error);
/* Why it is to stop now, which may be its deadline; DUSQ_OK: it is not. */
dusq_status dusq__stop_why(const dusq_stop *stop);
static inline dusq_status dusq__stop_reason(const dusq_stop *stop)
{
  return atomic_load_explicit(&stop->reason, memory_order_acquire);
}

/* The deadline and the cancellation of requests: what stop.c does. */
void dusq__request_fired(dusq__timer *timer);
void dusq__request_arm_locked(dusq__request *request); /* once it is queued, under the lane's lock */
void dusq__request_cancel(dusq_future *future);
/* Asks one that is TAKEN to stop, and interrupts its worker. */
void dusq__request_stop_locked(dusq__request *request, dusq_status reason);
/* Settles a request that a worker has, and counts it, if nobody has told; the worker will find that it is too late.
 * False: somebody has.                                                                                               */
bool dusq__request_abandon(dusq__request *request, dusq_status status, const char *why);
/* Locks the lane that the request is in; NULL if it is in none yet. */
struct dusq__lane *dusq__request_lock(dusq__request *request);

#endif
