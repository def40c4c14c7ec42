/* lane.h - a queue of requests and the seats that take from it.
 *
 * A pool has one lane; or two, one for what may write and one for what only reads; or three, with one for sessions that
 * may write.  The lane's lock guards everything in it, unless a field says otherwise.  Further rules: which seat is
 * woken in wake.h, how much a seat takes in take.h, when to connect in backoff.h, queue_timeout in expiry.h.         */
#ifndef DUSQ_QUEUE_LANE_H
#define DUSQ_QUEUE_LANE_H
#include "queue/seat.h"

typedef struct dusq__backlog {
  dusq__request *first, *last;
  atomic_size_t depth;     /* requests that wait in the lane; written under the lock */
  size_t behind;           /* calls that wait in sessions                            */
  bool closed;             /* accepts no more requests                               */
} dusq__backlog;

/* How many seats are in which state. */
typedef struct dusq__roster {
  dusq__seat *idle;        /* a list; the seat that went to sleep last is first                */
  uint32_t nidle, nlive;   /* live seats are BUSY or IDLE, without those that are ending       */
  uint32_t coming;         /* seats that were woken or started and have not taken anything yet */
  uint32_t nretiring;      /* seats on their way from BUSY to GONE                             */
  uint32_t npinned;        /* live seats that are held by a session                            */
  uint32_t nconnected;     /* seats with a connection                                          */
  uint32_t nwaiting;       /* seats that wait until they may try to connect                    */
  uint32_t nfilling;       /* seats that connect without a request, up to min_connections      */
  int64_t fill_at;         /* such a connect was refused: none before this moment, unless one of a request succeeds */
  dusq_status start_status; /* of the last attempt to start a thread               */
} dusq__roster;

/* Measurements of the load: see wake.h and spin.h. */
typedef struct dusq__pace {
  atomic_uint service_ns;  /* moving average of the time for one request            */
  atomic_uint quickest_ns; /* the least time that a single statement took lately; 0: unknown */
  uint32_t enough;         /* how many seats are enough for quick statements        */
  uint64_t takes;          /* shares taken so far                                   */
  int64_t back_by;         /* when the seat that took a share last is expected back */
  uint32_t row;            /* requests in a row that found the lane empty           */
  bool spinning;           /* the one seat that is awake has no work, and spins ... */
  atomic_bool came;        /* ... on this flag; written under the lock              */
  atomic_bool gathering;   /* a seat lets the queue grow before it takes            */
} dusq__pace;

typedef struct dusq__watchdog {
  bool armed;
  int64_t after;           /* delay in ns; grows while the busy seats keep up */
  uint64_t takes;          /* the lane's takes when the timer was armed       */
  dusq__timer timer;
} dusq__watchdog;

typedef struct dusq__expiry {
  bool armed;
  dusq__timer timer;
} dusq__expiry;

typedef struct dusq__backoff {
  int64_t until;           /* no connect before this moment                                   */
  int64_t delay;           /* the delay after the last failure; 0: the last connect succeeded */
  dusq_error *error;       /* why there is no connection; holds a reference                   */
} dusq__backoff;

/* Counters of requests that no worker settled; a worker has its own counters, run/worker.h. */
typedef struct dusq__tally {
  int64_t submitted, refused, settled, canceled, failed, queue_ns;
  atomic_size_t settling;  /* requests that are counted as settled, and about to settle; no lock */
} dusq__tally;

typedef struct dusq__lane {
  dusq__setup *setup;      /* constant, as the next five */
  struct dusq__lane *other; /* the lane that statements in the wrong lane are moved to; or NULL */
  uint32_t number;
  uint32_t max;            /* number of seats            */
  dusq__seat **seats;
  void (*start_locked)(struct dusq__lane *lane); /* starts a thread for a seat without one, if any; under the lock */
  pthread_mutex_t mtx;
  dusq__backlog queue;
  dusq__roster roster;
  dusq__pace pace;
  dusq__watchdog watchdog;
  dusq__expiry expiry;
  dusq__backoff backoff;
  dusq__tally tally;
} dusq__lane;

/* Zeroed memory.  `seats` is the caller's, with room for `max`.  DUSQ_E_NOMEM. */
dusq_status dusq__lane_init(dusq__lane *lane, dusq__setup *setup, uint32_t number, uint32_t max, dusq__seat **seats);
void dusq__lane_fini(dusq__lane *lane);

/* How many seats do work that ends by itself (a session's does not). */
static inline uint32_t dusq__lane_busy(const dusq__lane *lane)
{
  return lane->roster.nlive - lane->roster.nidle - lane->roster.npinned;
}
static inline unsigned dusq__lane_service(const dusq__lane *lane)
{
  return atomic_load_explicit(&lane->pace.service_ns, memory_order_relaxed);
}

/* The time that each statement takes at least, which is mostly the way to the server and back. */
static inline unsigned dusq__lane_quickest(const dusq__lane *lane)
{
  return atomic_load_explicit(&lane->pace.quickest_ns, memory_order_relaxed);
}

/* Takes all waiting requests out of the queue, as a list of requests that are OUT. */
dusq__request *dusq__lane_empty_locked(dusq__lane *lane);

#endif
