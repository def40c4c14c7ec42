/* lane.h - a queue of requests and the seats that take from it.
 *
 * A pool has one lane; or two, for what may write and for what only reads; or three, with one for sessions that may
 * write.  All of a lane is guarded by its lock, but for what says otherwise.  Who is to be woken is decided in wake.h,
 * how much a seat takes in take.h, when to connect in backoff.h, what has waited too long in expiry.h.               */
#ifndef DUSQ_QUEUE_LANE_H
#define DUSQ_QUEUE_LANE_H
#include "queue/seat.h"

typedef struct dusq__backlog {
  dusq__request *first, *last;
  atomic_size_t depth;     /* requests that wait here; written under the lock      */
  size_t behind;           /* calls that wait in sessions                          */
  bool closed;             /* takes no more                                        */
} dusq__backlog;

/* How many seats are in which state. */
typedef struct dusq__roster {
  dusq__seat *idle;        /* the one that went to sleep last first                */
  uint32_t nidle, nlive;   /* live: BUSY, IDLE; not those on the way out           */
  uint32_t coming;         /* have been woken or started, and have not taken anything yet */
  uint32_t nretiring;      /* on their way from BUSY to GONE                       */
  uint32_t npinned;        /* live ones that a session has                         */
  uint32_t nconnected;     /* have a connection                                    */
  uint32_t nwaiting;       /* wait until they may try to connect                   */
  dusq_status start_status; /* of the last attempt to start a thread               */
} dusq__roster;

/* What the lane knows of its work: see wake.h and spin.h. */
typedef struct dusq__pace {
  atomic_uint service_ns;  /* moving average of the time for one request           */
  uint32_t enough;         /* seats, for quick statements                          */
  uint64_t takes;          /* shares taken so far                                  */
  int64_t back_by;         /* when the last one that took something should be back */
  uint32_t row;            /* requests in a row that found the lane empty          */
  bool spinning;           /* the one seat that is awake has nothing to do, and looks ... */
  atomic_bool came;        /* ... at this; written under the lock                  */
  atomic_bool gathering;   /* a seat waits for the queue to grow                   */
} dusq__pace;

typedef struct dusq__watchdog {
  bool armed;
  int64_t after;           /* so many ns; longer and longer while all is well      */
  uint64_t takes;          /* the lane's, when it was armed                        */
  dusq__timer timer;
} dusq__watchdog;

typedef struct dusq__expiry {
  bool armed;
  dusq__timer timer;
} dusq__expiry;

typedef struct dusq__backoff {
  int64_t until;           /* no connect before that                               */
  int64_t delay;           /* of the last failure; 0: the last connect succeeded   */
  dusq_error *error;       /* why there is no connection; counted                  */
} dusq__backoff;

/* Of what no worker settled: its own are in run/worker.h. */
typedef struct dusq__tally {
  int64_t submitted, refused, settled, canceled, failed, queue_ns;
  atomic_size_t settling;  /* counted as settled, and about to be; no lock         */
} dusq__tally;

typedef struct dusq__lane {
  dusq__setup *setup;      /* constant, as the next five                           */
  struct dusq__lane *other; /* whose statements may come here by mistake; or NULL  */
  uint32_t number;
  uint32_t max;            /* seats                                                */
  dusq__seat **seats;
  void (*start_locked)(struct dusq__lane *lane); /* a thread for a seat that has none, if there is one; under the lock */
  pthread_mutex_t mtx;
  dusq__backlog queue;
  dusq__roster roster;
  dusq__pace pace;
  dusq__watchdog watchdog;
  dusq__expiry expiry;
  dusq__backoff backoff;
  dusq__tally tally;
} dusq__lane;

/* Zeroed memory; `seats` is the caller's, and has room for `max`.  DUSQ_E_NOMEM. */
dusq_status dusq__lane_init(dusq__lane *lane, dusq__setup *setup, uint32_t number, uint32_t max, dusq__seat **seats);
void dusq__lane_fini(dusq__lane *lane);

/* Those who are about something that ends by itself. */
static inline uint32_t dusq__lane_busy(const dusq__lane *lane)
{
  return lane->roster.nlive - lane->roster.nidle - lane->roster.npinned;
}
static inline unsigned dusq__lane_service(const dusq__lane *lane)
{
  return atomic_load_explicit(&lane->pace.service_ns, memory_order_relaxed);
}

/* Takes all that waits out of the queue, as a list of requests that are OUT. */
dusq__request *dusq__lane_empty_locked(dusq__lane *lane);

#endif
