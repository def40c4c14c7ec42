/* seat.h - a worker as the queue sees it: where its thread sleeps, what it has taken, what it executes.
 *
 *   state     meaning                                  next
 *   NONE      no thread                                BUSY
 *   BUSY      starts, executes a share, or connects    IDLE, GONE
 *   IDLE      sleeps until there is work               BUSY, GONE
 *   GONE      the thread has ended and is to be joined NONE
 *
 * The lane's lock guards what scheduling needs (`standing`).  The seat's own lock guards, against interrupts, what is
 * being executed and what has been prefetched.  Lock order: lane, seat, timers.                                      */
#ifndef DUSQ_QUEUE_SEAT_H
#define DUSQ_QUEUE_SEAT_H
#include "base/park.h"
#include "queue/request.h"
#include "setup/setup.h"

enum { DUSQ__PREFETCH_MAX = 15 };

typedef enum dusq__seat_state { DUSQ__SEAT_NONE, DUSQ__SEAT_BUSY, DUSQ__SEAT_IDLE, DUSQ__SEAT_GONE } dusq__seat_state;

/* Guarded by: the lane's mtx. */
typedef struct dusq__standing {
  uint8_t state;
  bool connected;               /* it has a connection                                                     */
  bool woken;                   /* it has been woken for work, and has not taken any yet                   */
  bool batch;                   /* the share is to go to execute_batch                                     */
  bool filling;                 /* it connects without a request                                           */
  bool unable;                  /* its thread cannot use the driver                                        */
  struct dusq__seat *idle_next;
  struct dusq_session *session; /* the session that holds it                                               */
  uint64_t taken;               /* number and size of the share in its room, which may not have been begun */
  size_t ntaken;
  int64_t overdue_at;           /* a worker that has not returned from its share by then is stuck          */
} dusq__standing;

/* Guarded by: its own mtx, except `discard`. */
typedef struct dusq__share {
  pthread_mutex_t mtx;
  pthread_cond_t cond;          /* signalled when an interrupt has returned */
  uint64_t number;
  dusq__request **requests;
  size_t n;
  bool executing;               /* the driver is being called               */
  bool connecting;              /* a connect is in progress                 */
  unsigned interrupting;        /* interrupts in progress                   */
  void *native;                 /* the backend's connection while executing */
  atomic_bool discard;          /* the connection must not be used again    */
} dusq__share;

/* Requests that were taken out of the queue and are not begun: prefetch.h.  Guarded by: the share's mtx. */
typedef struct dusq__prefetched {
  dusq__request *requests[DUSQ__PREFETCH_MAX]; /* the next one is last */
  _Atomic uint32_t n;           /* any thread may read it                           */
  uint64_t watched_share;       /* the share's number when the watchdog last looked */
} dusq__prefetched;

/* Whether spinning pays: it is tried as long as it succeeds, spin.h. */
typedef struct dusq__trial {
  unsigned skip, failures;
} dusq__trial;

typedef struct dusq__seat {
  struct dusq__lane *lane;      /* constant                                      */
  dusq__parker parker;
  dusq__standing standing;
  dusq__share share;
  dusq__prefetched prefetched;
  /* The worker's own fields: */
  dusq__request **room;         /* where shares are put                          */
  bool lone;                    /* no other seat was busy when it took the share */
  bool prefetches;              /* the share is of a kind that may be prefetched */
  dusq__trial spin, gather;
} dusq__seat;

dusq_status dusq__seat_init(dusq__seat *seat, struct dusq__lane *lane);
void dusq__seat_fini(dusq__seat *seat);
/* Allocates room for shares of that size, once.  DUSQ_E_NOMEM. */
dusq_status dusq__seat_make_room(dusq__seat *seat, size_t n);

/* Interrupts what the seat executes if that is still the given share (0: whichever it is).  On the timer thread. */
void dusq__seat_interrupt(dusq__seat *seat, const dusq__setup *setup, uint64_t share);

#endif
