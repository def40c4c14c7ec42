/* seat.h - a worker, as the queue sees it: where its thread sleeps, what it has taken, what it executes.
 *
 *   state     meaning                                  next
 *   NONE      no thread                                BUSY
 *   BUSY      starts, executes a share, or connects    IDLE, GONE
 *   IDLE      sleeps until there is work               BUSY, GONE
 *   GONE      has ended; is to be joined               NONE
 *
 * The lane's lock guards what the lane decides by (`standing`); the seat's own lock guards what is being executed and
 * what has been prefetched, against interrupts.  Lock order: lane, seat, and then the timers' lock.                  */
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
  bool connected;               /* it has a connection                                        */
  bool woken;                   /* it has been called to work, and has not come yet           */
  bool batch;                   /* the share is to go to execute_batch                        */
  struct dusq__seat *idle_next;
  struct dusq_session *session; /* that has it                                                */
  uint64_t taken;               /* number of the share in its room, and how many that are: it may not have been begun */
  size_t ntaken;
  int64_t overdue_at;           /* who has not come back from its share by then is stuck      */
} dusq__standing;

/* Guarded by: its own mtx, but for `discard`. */
typedef struct dusq__share {
  pthread_mutex_t mtx;
  pthread_cond_t cond;          /* an interrupt has come back                                 */
  uint64_t number;
  dusq__request **requests;
  size_t n;
  bool executing;               /* the driver is being called                                 */
  unsigned interrupting;        /* interrupts under way                                       */
  void *native;                 /* the backend's connection while executing                   */
  atomic_bool discard;          /* the connection is not to be used again                     */
} dusq__share;

/* Requests that were taken out of the queue and are not begun: prefetch.h.  Guarded by: the share's mtx. */
typedef struct dusq__prefetched {
  dusq__request *requests[DUSQ__PREFETCH_MAX]; /* the next one last                           */
  _Atomic uint32_t n;           /* read by anybody                                            */
  uint64_t watched_share;       /* the share's number when the watchdog last looked           */
} dusq__prefetched;

/* Something that is worth a try as long as it succeeds: spin.h. */
typedef struct dusq__trial {
  unsigned skip, failures;
} dusq__trial;

typedef struct dusq__seat {
  struct dusq__lane *lane;      /* constant                                                   */
  dusq__parker parker;
  dusq__standing standing;
  dusq__share share;
  dusq__prefetched prefetched;
  /* the worker's own */
  dusq__request **room;         /* where shares are put                                       */
  bool lone;                    /* nobody else was in the lane when it took the share         */
  bool prefetches;              /* the share is of a kind that may be prefetched              */
  dusq__trial spin, gather;
} dusq__seat;

dusq_status dusq__seat_init(dusq__seat *seat, struct dusq__lane *lane);
void dusq__seat_fini(dusq__seat *seat);
/* Room for shares of that size, once.  DUSQ_E_NOMEM. */
dusq_status dusq__seat_make_room(dusq__seat *seat, size_t n);

/* Interrupts what it executes if it is still that share (0: whatever it is).  On the timer thread. */
void dusq__seat_interrupt(dusq__seat *seat, const dusq__setup *setup, uint64_t share);

#endif
