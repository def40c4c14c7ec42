/* pool.h - the inside of a pool: lanes and workers.  See <dusq/pool.h>.
 *
 * Who owns what.  The pool's memory belongs to its home, and every request refers to the home: so a pool is there for
 * as long as anything could look at it.  A lane's lock guards its queue and the states of its workers; a worker's own
 * lock guards what it is executing, against interrupts, and what it has pulled ahead.  Lock order: pool, lane, worker,
 * and then the timers' lock.
 *
 * A worker's thread:
 *   NONE      no thread                                -> BUSY
 *   BUSY      starts, executes a share, or connects    -> IDLE, GONE
 *   IDLE      sleeps until there is work               -> BUSY, GONE
 *   GONE      has ended; is to be joined               -> NONE
 *
 * A pool:  OPEN -> DRAINING (close was called) -> CANCELING (the grace is over) -> LEAVING (so is cancel_grace) ->
 * CLOSED                                                                                                             */
#ifndef DUSQ_POOL_POOL_H
#define DUSQ_POOL_POOL_H
#include "pool/config.h"
#include "pool/request.h"

typedef struct dusq__connection dusq__connection;

enum {
  DUSQ__LANES = 3, /* for what may write, for what only reads, for sessions that may write */
  DUSQ__AHEAD_MAX = 15,
  DUSQ__CHEAP_NS = 2000 /* what takes less costs no more than handing it over */
};

typedef enum dusq__worker_state {
  DUSQ__WORKER_NONE,
  DUSQ__WORKER_BUSY,
  DUSQ__WORKER_IDLE,
  DUSQ__WORKER_GONE
} dusq__worker_state;

/* Something that is worth a try as long as it succeeds. */
typedef struct dusq__patience {
  unsigned skip, failures;
} dusq__patience;

typedef struct dusq__worker {
  struct dusq__lane *lane;
  pthread_t thread;          /* while the state is not NONE                                    */
  dusq__start start;
  uint8_t state;             /* guarded by: the lane's mtx, as idle_next, woken and batch      */
  bool connected;            /* it has a connection; guarded by: the lane's mtx                */
  bool woken;                /* somebody has called it to work                                 */
  bool batch;                /* the share is to go to execute_batch                            */
  struct dusq__worker *idle_next;
  struct dusq_session *session; /* that has it; guarded by: the lane's mtx, as the next         */
  bool straggler;            /* it was left behind by the close; not written once it is GONE    */
  dusq__parker parker;
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  uint64_t taken;            /* number of the share in its room, and how many that are: it may not have been begun;
                                guarded by: the lane's mtx, as the next                         */
  size_t ntaken;
  uint64_t share;            /* number of the share it executes; guarded by: mtx, as all below */
  bool executing;            /* the driver is being called                                     */
  unsigned interrupting;     /* interrupts under way                                           */
  dusq__request **requests;  /* the share                                                      */
  size_t nrequests;
  dusq__request *ahead[DUSQ__AHEAD_MAX]; /* jobs pulled and not begun: the next one last        */
  uint64_t nudged_share;     /* `share` when the nudge last looked                             */
  void *native_conn;         /* the backend's connection while executing                       */
  _Atomic uint32_t nahead;   /* how many are ahead; written under mtx, read by anybody         */
  atomic_bool discard;       /* the connection is not to be used again                         */
  dusq_stop own_stop;        /* of a connect, rollback or reset; its reason guarded by: mtx    */
  bool connecting;           /* there is one; guarded by: mtx                                  */
  dusq__timer connect_timer; /* it takes too long                                              */
  dusq__connection *connection; /* the worker's own; NULL: none                                */
  dusq__request **room;      /* the worker's own: where shares are put ...                     */
  bool *alone;               /* ... and which of them run by themselves                        */
  void *batch_room;          /* of batch.c                                                     */
  bool lone;                 /* the worker's own: nobody else was in the lane when it took the share */
  bool jobs;                 /* the worker's own: that was a job                                */
  dusq__patience linger, gather; /* the worker's own                                           */
  bool pulled;               /* the worker's own: the share is a job that was ahead            */
  int64_t asked_at;          /* the worker's own: when the backend was last asked about the connection */
  uint32_t random;           /* the worker's own: for jitter                                   */
  int64_t finished_at;       /* the worker's own: when it last settled something                */
  int64_t overdue_at;        /* who has not come back from its share by then is stuck; guarded by: the lane's mtx */
  /* counters: written by the worker only */
  _Atomic int64_t settled, failed, canceled, batches, batched, connects, connect_errors, prepared, retired, queue_ns,
      run_ns;
} dusq__worker;

typedef struct dusq__lane {
  struct dusq_pool *pool;
  uint32_t number;
  pthread_mutex_t mtx;
  dusq__request *first, *last;  /* guarded by: mtx, as all below         */
  atomic_size_t depth;          /* requests that wait; written under mtx */
  bool closed;
  dusq__worker *idle;           /* the one that went to sleep last first */
  uint32_t nidle, nlive;        /* live: BUSY, IDLE; not those on the way out */
  uint32_t coming;              /* have been woken or started, and have not taken anything yet */
  uint32_t nretiring;           /* on their way from BUSY to GONE        */
  uint32_t npinned;             /* live ones that a session has          */
  size_t behind;                /* calls that wait in sessions           */
  dusq_status start_status;     /* of the last attempt to start a thread */
  uint32_t nconnected;          /* workers that have a connection        */
  uint32_t nwaiting;            /* workers that wait for retry_at        */
  uint64_t takes, nudged_takes; /* shares taken so far; at the last nudge */
  int64_t back_by;              /* when the last one that took something should be back */
  uint32_t enough;              /* workers, for quick statements         */
  bool nudging;                 /* `nudge` is armed                      */
  int64_t nudge_ns;             /* after so long; longer and longer while they do  */
  dusq__timer nudge;            /* looks whether the busy ones keep up   */
  uint32_t row;                 /* requests in a row that found the lane empty */
  bool lingering;               /* the one worker that is awake has nothing to do, and looks ...   */
  atomic_bool came;             /* ... at this; written under mtx */
  atomic_bool gathering;        /* a worker waits for the queue to grow  */
  bool expiring;                /* `expiry` is armed                     */
  dusq__timer expiry;           /* of queue_timeout                      */
  int64_t retry_at;             /* no connect before that; back-off      */
  int64_t backoff;
  dusq_error *connect_error;    /* why there is no connection; counted   */
  int64_t submitted, refused, settled, canceled, failed, queue_ns; /* settled: those that no worker settled */
  atomic_uint service_ns;       /* moving average of the time for one request */
  uint32_t max;
  dusq__worker *workers;
} dusq__lane;

typedef enum dusq__pool_state {
  DUSQ__POOL_OPEN,
  DUSQ__POOL_DRAINING,
  DUSQ__POOL_CANCELING,
  DUSQ__POOL_LEAVING,
  DUSQ__POOL_CLOSED
} dusq__pool_state;

struct dusq_pool {
  dusq__refs refs;
  unsigned generation;
  dusq__home *home;           /* counted; the home owns this memory  */
  dusq_params params;
  const dusq_backend *backend;
  void *instance;
  dusq__statements statements;
  uint32_t nlanes;
  dusq__lane lanes[DUSQ__LANES];
  atomic_int state;           /* moves forward only, under mtx       */
  atomic_size_t settling;     /* requests without a worker that are counted as settled, and about to be */
  atomic_bool reaping;        /* `reap` is armed                     */
  dusq__timer reap;           /* workers have ended: is it all of them? */
  pthread_mutex_t mtx;
  struct dusq_pool *exit_next, **exit_link; /* of exit.c */
  dusq_future *closing;       /* what dusq_pool_close returns; counted; constant */
  dusq__timer timer;          /* of the close; guarded by: mtx       */
  int64_t next_step;          /* when it is due; guarded by: mtx     */
  /* options; constant */
  int64_t queue_timeout, connect_timeout, query_timeout, cancel_grace, idle_timeout, max_lifetime;
  size_t queue_limit, max_result_bytes, stack_size;
  uint32_t stmt_cache, batch_max, batch_min, min_connections;
  bool batch, reset, reset_all;
};

/* ---- lane.c ------------------------------------------------------------------------------------------------------ */
/* Those who are about something that ends by itself. */
static inline uint32_t dusq__lane_busy(const dusq__lane *lane)
{
  return lane->nlive - lane->nidle - lane->npinned;
}
dusq_status dusq__lane_init(dusq__lane *lane, struct dusq_pool *pool, uint32_t number, uint32_t max);
void dusq__lane_fini(dusq__lane *lane);
/* Queues a request, or settles it with the reason why not. */
void dusq__lane_submit(dusq__lane *lane, dusq__request *request);
/* For a worker: the next share, into worker->room, and when it was taken; 0 when the worker is to end. */
size_t dusq__lane_take(dusq__lane *lane, dusq__worker *worker, int64_t *now);
/* Puts one that a worker had to the front of the queue. */
void dusq__lane_prepend_locked(dusq__lane *lane, dusq__request *request);
/* Arms the look at those who are busy, if it is not armed. */
void dusq__lane_nudge_later_locked(dusq__lane *lane, int64_t now);
/* The nudge found that the busy ones keep up, or that one is stuck. */
void dusq__lane_nudge_well_locked(dusq__lane *lane, bool well);
/* Takes a request out that is queued or pulled ahead; false if it is neither. */
bool dusq__lane_remove_locked(dusq__lane *lane, dusq__request *request);
/* Takes all that waits out, as a list; for a connect that failed, and for closing. */
dusq__request *dusq__lane_drain_locked(dusq__lane *lane);
/* Settles such a list with one error. */
void dusq__lane_fail_list(dusq__lane *lane, dusq__request *list, dusq_error *take_error);
/* Hands a request that a worker has taken, and no longer holds in its share, to another lane.  False: too late for
 * that, the pool is closing.                                                                                         */
bool dusq__lane_adopt(dusq__lane *to, dusq__request *request);
/* Puts a worker's share of n back to the front, where it waits for a connection, but for what is to stop.  Who is to be
 * called for it, or NULL.                                                                                            */
dusq__worker *dusq__lane_requeue_locked(dusq__lane *lane, dusq__worker *worker, size_t n);
/* Refuses new work from now on, and wakes everybody to see it. */
void dusq__lane_close(dusq__lane *lane);
/* Calls one more worker if there is work for it: to be unparked by the caller, without the lock. */
dusq__worker *dusq__lane_call_locked(dusq__lane *lane, int64_t now);
/* A worker ends: before its connection is closed (so that nobody counts on it), and after.  False: it is to go on. */
bool dusq__lane_leave(dusq__lane *lane, dusq__worker *worker);
/* One request was settled without a worker. */
void dusq__lane_settle(dusq__lane *lane, dusq__request *request, dusq_error *take_error);

/* ---- submit.c: the parts of a submission -------------------------------------------------------------------------- */
typedef struct dusq__hot {
  int64_t deadline, timeout;
  uint32_t flags;
  uint32_t prefetch; /* 0 but for streams */
  const char *label;
  int64_t now;
} dusq__hot;
/* DUSQ_OK if the pool may be looked at and the options are good. */
dusq_status dusq__submit_check(const struct dusq_pool *pool, const dusq_opts *opts, dusq__hot *out);
/* dusq_pool_query, or that of a session; or, with a stream, the STREAM of it. */
dusq_future *dusq__submit_query(struct dusq_pool *pool, dusq_session *session, dusq_stream *stream, const char *sql,
                                size_t n, const dusq_value *values, const dusq_opts *opts);
/* A request with its options and its label at the end of the extra room; NULL when memory is short. */
dusq__request *dusq__submit_make(struct dusq_pool *pool, dusq__kind kind, size_t extra, const dusq__hot *with);
/* Room for n values with their bytes; false when it does not fit a size_t. */
bool dusq__submit_size(const dusq_value *values, size_t n, size_t *out);
/* Copies values, and their bytes behind them; returns where these end. */
char *dusq__submit_copy(dusq_value *to, const dusq_value *values, size_t n);
/* To a session, or where that is NULL to a lane.  The caller's reference. */
dusq_future *dusq__submit_to(struct dusq_pool *pool, dusq_session *session, uint32_t lane, dusq__request *request);

/* ---- ahead.c: jobs that a worker has pulled and not begun --------------------------------------------------------- */
/* How many more than one a worker may take from the front of the queue, which is not empty. */
size_t dusq__ahead_wanted_locked(const dusq__lane *lane, const dusq__worker *worker);
/* For the worker, which has none ahead: n of them, the first to come first. */
void dusq__ahead_add_locked(dusq__worker *worker, dusq__request *const *requests, size_t n);
/* For the worker, under its lock: moves the next one to its share; false if there is none. */
bool dusq__ahead_next_locked(dusq__worker *worker);
/* Takes a request out that is TAKEN; false if it has been begun. */
bool dusq__ahead_remove_locked(dusq__request *request);
/* Puts back what is ahead in all workers, or in those that are at the same job as at the last look. */
void dusq__ahead_return_locked(dusq__lane *lane, bool only_if_stuck);
/* For the worker: the same with its own, before it does something that takes long. */
void dusq__ahead_return_own(dusq__worker *worker);
size_t dusq__ahead_count_locked(const dusq__lane *lane);

/* ---- linger.c ---------------------------------------------------------------------------------------------------- */
/* Looks for work for a moment, and lets others run meanwhile.  True: it did, and the lane has changed. */
bool dusq__linger_locked(dusq__lane *lane, dusq__worker *worker);
/* The same between two calls of a session, before it parks.  Without the lock. */
void dusq__linger_in_session(dusq__worker *worker);
/* Before a worker takes anything: lets cheap jobs become a share.  Without the lock. */
void dusq__linger_gather(dusq__lane *lane, dusq__worker *worker);

/* ---- crew.c: starting and ending workers ------------------------------------------------------------------------- */
/* Starts a thread in a free slot, if there is one; lane->start_status tells why it could not. */
void dusq__crew_start_locked(dusq__lane *lane);
void dusq__crew_join(dusq__lane *lane, bool all); /* those that have ended */
dusq_status dusq__worker_init(dusq__worker *worker, dusq__lane *lane);
void dusq__worker_fini(dusq__worker *worker);

/* ---- worker.c ---------------------------------------------------------------------------------------------------- */
void *dusq__worker_main(void *worker);
/* Tells all of a share (0: of whatever it is) that has not been told, without an outcome, and waits for those that the
 * worker is about to settle.                                                                                         */
void dusq__worker_abandon(dusq__worker *worker, uint64_t share, dusq_status status, const char *why);
void dusq__worker_connect_late(dusq__timer *timer);

/* ---- stop.c ------------------------------------------------------------------------------------------------------ */
/* Interrupts what the worker executes if it is still that share (0: whatever it is).  On the timer thread. */
void dusq__worker_interrupt(dusq__worker *worker, uint64_t share);
/* Arms the lane's queue timeout, if something waits and it is not armed. */
void dusq__lane_watch_locked(dusq__lane *lane);
void dusq__lane_expiry_fired(dusq__timer *timer);
void dusq__lane_nudge_fired(dusq__timer *timer);
void dusq__lane_timers_off(dusq__lane *lane);

/* ---- close.c ----------------------------------------------------------------------------------------------------- */
dusq_status dusq__pool_make_closing(struct dusq_pool *pool);
dusq_future *dusq__pool_close(struct dusq_pool *pool, int64_t grace); /* one reference for the caller */
int64_t dusq__pool_unsettled(struct dusq_pool *pool); /* how many requests have not settled */
void dusq__pool_worker_gone(struct dusq_pool *pool); /* by a worker, as its last act; takes no lock of the pool */

/* ---- exit.c: pools that are open when the program ends ------------------------------------------------------------ */
void dusq__exit_add(struct dusq_pool *pool);    /* it is open, and its driver has been initialised */
void dusq__exit_connected(const struct dusq_pool *pool); /* one of its workers is */
void dusq__exit_remove(struct dusq_pool *pool); /* it is closed */
void dusq__exit_left(bool shut); /* a pool has left workers behind; and, later, its driver is shut all the same */
/* A worker is left behind by a close; no, it has ended; and, as the last that it does, it ends now. */
void dusq__straggler_add(void);
void dusq__straggler_not(void);
void dusq__straggler_ends(const struct dusq_pool *pool);

#endif
