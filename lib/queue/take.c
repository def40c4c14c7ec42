/* take.c - see take.h. */
#include "queue/take.h"
#include "base/clock.h"
#include "queue/backoff.h"
#include "queue/list.h"
#include "queue/prefetch.h"
#include "queue/spin.h"
#include "queue/wake.h"

enum {
  FRESH_NS = 50000,           /* a seat that took something so recently will be back soon             */
  SLOW_NS = 1000000,          /* a slower statement is not batched in front of others, unless ...     */
  FAR_NS = 100000000,         /* ... it is the way to the server that takes so long, up to this time  */
  SLOW_WRITES_NS = 100000000, /* the writes of a lone writer are batched, up to this time in all ...  */
  MAX_SLOW_WRITES = 16        /* ... and this number: the time of a single write is mostly its commit */
};

/* How often an idle connection that is to be kept is looked after: each idle_timeout, within these bounds. */
#define MIN_LOOK_NS (100 * DUSQ_MILLISECOND)
#define MAX_LOOK_NS (30 * DUSQ_SECOND)

/* ---- how much ---------------------------------------------------------------------------------------------------- */

/* Whether a statement is slow because of the way to the server, which the statements of a batch share.  The times of a
 * far server vary with the way.                                                                                      */
static bool is_far(const dusq__lane *lane, unsigned typical)
{
  unsigned quickest = dusq__lane_quickest(lane);
  return lane->setup->pipelines && quickest < FAR_NS && typical < SLOW_NS + quickest + quickest / 2;
}

/* How many such statements a share may have; 1: each runs by itself.  The time of a single write is mostly its commit,
 * which the writes of a batch share: with a slow disk, only a batch shows whether the write itself is quick.         */
static size_t slow_writes(const dusq__lane *lane, const dusq__statement *statement)
{
  unsigned typical = atomic_load_explicit(&statement->typical_ns, memory_order_relaxed);
  if (typical < SLOW_NS)
    return SIZE_MAX;
  if (lane->max > 1 || statement->sql.verb != DUSQ__VERB_WRITE)
    return is_far(lane, typical) ? SIZE_MAX : 1;
  size_t n = SLOW_WRITES_NS / typical;
  return n < MAX_SLOW_WRITES ? n : MAX_SLOW_WRITES;
}

/* Whether the request may join a share that has n already, or be the first of one. */
static bool may_batch(const dusq__lane *lane, const dusq__request *request, size_t n)
{
  const dusq__options *options = &lane->setup->options;
  const dusq__statement *statement = request->task.statement;
  if (!(request->kind->flags & DUSQ__KIND_BATCHES) || !options->batch || request->task.flags & DUSQ_NO_BATCH)
    return false;
  uint32_t learned = dusq__statement_learned(statement);
  if (learned & DUSQ_STATEMENT_ALONE)
    return false;
  if (options->batch_min <= 1)
    return true; /* batches are forced */
  if (!(learned & DUSQ__LEARNED)) /* a lone writer has to take them all anyway: different texts, same kind */
    return lane->max == 1 && statement->sql.verb == DUSQ__VERB_WRITE;
  return (n ? n : 1) < slow_writes(lane, statement);
}

/* A fair part of the queue, so that the other seats have work, too. */
static size_t fair_share_locked(const dusq__lane *lane, const dusq__seat *seat, int64_t now)
{
  uint32_t parts = dusq__lane_busy(lane);
  unsigned service = dusq__lane_service(lane);
  size_t depth = lane->queue.depth, most = lane->setup->options.batch_max;
  if (parts < lane->max && depth * service / (parts ? parts : 1) > DUSQ__WORTH_A_WAKE_NS &&
      !dusq__wake_is_crowded_locked(lane, seat, now))
    parts++;
  size_t share = parts > 1 ? (depth + parts - 1) / parts : depth;
  size_t least = service ? DUSQ__WORTH_A_WAKE_NS / service : 1; /* less is not worth a wake for the rest */
  share = share > least ? share : least;
  return share < most ? share : most;
}

static size_t take_locked(dusq__lane *lane, dusq__seat *seat, int64_t now)
{
  const dusq__options *options = &lane->setup->options;
  dusq__standing *standing = &seat->standing;
  size_t want = 1, n = 0;
  standing->batch = options->batch && lane->queue.depth >= options->batch_min && may_batch(lane, lane->queue.first, 0);
  if (standing->batch)
    want = fair_share_locked(lane, seat, now);
  size_t more = dusq__prefetch_wanted_locked(lane, seat);
  while (n < want && lane->queue.first && (!n || may_batch(lane, lane->queue.first, n)))
    seat->room[n++] = dusq__lane_take_first_locked(lane, seat, seat->share.number + 1);
  standing->taken = seat->share.number + 1;
  standing->ntaken = n;
  seat->lone = seat->room[0]->future.spin;
  seat->prefetches = seat->room[0]->kind->flags & DUSQ__KIND_PREFETCHED;
  lane->pace.takes++;
  if (more && dusq__prefetch_locked(lane, seat, more))
    dusq__watchdog_arm_locked(lane, now);
  int64_t work = (int64_t)n * dusq__lane_service(lane) * 3 / 2;
  lane->pace.back_by = now + FRESH_NS + work;
  standing->overdue_at = now + DUSQ__OVERDUE_NS + work;
  return n;
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static bool may_retire_locked(const dusq__lane *lane)
{
  return lane->roster.nlive > lane->setup->options.min_connections;
}

/* When an idle seat wakes by itself: to end (*retires), to connect, or to look after a connection that is to be kept. */
static int64_t idle_until_locked(const dusq__lane *lane, const dusq__seat *seat, bool *retires)
{
  const dusq__options *options = &lane->setup->options;
  int64_t look = options->idle_timeout < MIN_LOOK_NS   ? MIN_LOOK_NS
                 : options->idle_timeout > MAX_LOOK_NS ? MAX_LOOK_NS
                                                       : options->idle_timeout;
  bool fills = !seat->standing.connected && !seat->standing.unable && !lane->queue.first && dusq__is_short_locked(lane);
  *retires = !fills && may_retire_locked(lane);
  if (fills)
    return dusq__fill_at_locked(lane);
  return dusq__deadline(*retires ? options->idle_timeout : look);
}

/* Sleeps as an idle seat.  False: the idle timeout has passed.  *look: the connection is to be looked after. */
static bool sleep_idle_locked(dusq__lane *lane, dusq__seat *seat, bool *look)
{
  dusq__standing *standing = &seat->standing;
  bool retires;
  standing->state = DUSQ__SEAT_IDLE;
  standing->idle_next = lane->roster.idle;
  lane->roster.idle = seat;
  lane->roster.nidle++;
  int64_t deadline = idle_until_locked(lane, seat, &retires);
  pthread_mutex_unlock(&lane->mtx);
  bool in_time = dusq__park(&seat->parker, deadline);
  pthread_mutex_lock(&lane->mtx);
  if (standing->state == DUSQ__SEAT_BUSY)
    return true; /* woken for work */
  dusq__seat **at = &lane->roster.idle;
  while (*at != seat)
    at = &(*at)->standing.idle_next;
  *at = standing->idle_next;
  lane->roster.nidle--;
  standing->state = DUSQ__SEAT_BUSY;
  *look = !in_time;
  return in_time || lane->queue.first || !retires || !may_retire_locked(lane);
}

static void sleep_until_retry_locked(dusq__lane *lane, dusq__seat *seat)
{
  int64_t until = lane->backoff.until;
  lane->roster.nwaiting++;
  pthread_mutex_unlock(&lane->mtx);
  dusq__park(&seat->parker, until);
  pthread_mutex_lock(&lane->mtx);
  lane->roster.nwaiting--;
}

static void arrive_locked(dusq__lane *lane, dusq__seat *seat)
{
  if (!seat->standing.woken)
    return;
  seat->standing.woken = false;
  lane->roster.coming--;
}

/* Whether the seat is to look after its connection: to connect, or if it is time to `look`. */
static bool keeps_locked(dusq__lane *lane, dusq__seat *seat, bool look)
{
  if (!lane->setup->options.min_connections || seat->standing.unable || lane->queue.closed)
    return false;
  if (seat->standing.connected || !dusq__is_short_locked(lane))
    return look && seat->standing.connected;
  int64_t now = dusq__now();
  if (dusq__fill_at_locked(lane) > now)
    return false;
  if (lane->backoff.delay)
    lane->backoff.until = now + lane->backoff.delay; /* as for a request */
  seat->standing.filling = true;
  lane->roster.nfilling++;
  return true;
}

size_t dusq__take(dusq__lane *lane, dusq__seat *seat, int64_t *when)
{
  size_t n = 0;
  bool look = false;
  dusq__seat *call = NULL;
  dusq__gather(lane, seat);
  pthread_mutex_lock(&lane->mtx);
  dusq__filled_locked(lane, seat);
  bool stay = true;
  while (!n && stay) {
    int64_t now = lane->queue.first ? dusq__now() : 0;
    arrive_locked(lane, seat);
    if (lane->queue.first && dusq__must_back_off_locked(lane, seat, now)) {
      sleep_until_retry_locked(lane, seat);
    } else if (lane->queue.first && !lane->queue.closed && dusq__wake_is_crowded_locked(lane, seat, now)) {
      dusq__watchdog_arm_locked(lane, now);
      stay = sleep_idle_locked(lane, seat, &look);
    } else if (lane->queue.first) {
      if (!seat->standing.connected && lane->backoff.delay)
        lane->backoff.until = now + lane->backoff.delay; /* one attempt at a time, until one has succeeded */
      n = take_locked(lane, seat, now);
      *when = now;
      call = dusq__wake_one_locked(lane, now);
    } else if (keeps_locked(lane, seat, look)) {
      n = DUSQ__TAKE_KEEP;
    } else {
      stay = !lane->queue.closed && (dusq__spin_locked(lane, seat) || sleep_idle_locked(lane, seat, &look));
    }
  }
  if (!n) {
    arrive_locked(lane, seat);
    lane->roster.nlive--;
    lane->roster.nretiring++;
  }
  pthread_mutex_unlock(&lane->mtx);
  if (call)
    dusq__unpark(&call->parker);
  return n;
}

bool dusq__leave_lane(dusq__lane *lane, dusq__seat *seat)
{
  pthread_mutex_lock(&lane->mtx);
  lane->roster.nretiring--;
  bool stay = lane->queue.first && lane->roster.nlive < lane->max; /* work came while the connection was closing */
  if (stay)
    lane->roster.nlive++;
  else
    seat->standing.state = DUSQ__SEAT_GONE;
  pthread_mutex_unlock(&lane->mtx);
  return !stay;
}
