/* memory.c - what waiting requests cost: the bytes of one, and a million of them ahead of one slow worker. */
#include "bench.h"
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* ---- an allocator that counts ---------------------------------------------------------------------------------- */

enum { HEAD = 16, WORD = 8 };

static atomic_llong live_bytes;

/* What malloc takes for it: a word of its own before it, and all in steps of 16 bytes. */
static long long cost(size_t size)
{
  return (long long)((size + WORD + 15) / 16 * 16);
}

static void *count_alloc(size_t size, void *arg)
{
  (void)arg;
  char *memory = malloc(size + HEAD);
  if (!memory)
    return NULL;
  memcpy(memory, &size, sizeof size);
  atomic_fetch_add(&live_bytes, cost(size));
  return memory + HEAD;
}

static size_t size_of(const void *memory)
{
  size_t size;
  memcpy(&size, (const char *)memory - HEAD, sizeof size);
  return size;
}

static void count_free(void *memory, void *arg)
{
  (void)arg;
  if (!memory)
    return;
  atomic_fetch_sub(&live_bytes, cost(size_of(memory)));
  free((char *)memory - HEAD);
}

static void *count_realloc(void *memory, size_t size, void *arg)
{
  void *moved = count_alloc(size, arg);
  if (moved && memory) {
    size_t old = size_of(memory);
    memcpy(moved, memory, old < size ? old : size);
    count_free(memory, arg);
  }
  return moved;
}

/* ---- a worker that is blocked ---------------------------------------------------------------------------------- */

typedef struct barrier {
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  bool reached, open; /* guarded by: mtx */
} barrier;

static dusq_result *stand(dusq_conn *conn, void *arg)
{
  barrier *at = arg;
  (void)conn;
  pthread_mutex_lock(&at->mtx);
  at->reached = true;
  pthread_cond_broadcast(&at->cond);
  while (!at->open)
    pthread_cond_wait(&at->cond, &at->mtx);
  pthread_mutex_unlock(&at->mtx);
  return NULL;
}

static void wait_until_reached(barrier *at)
{
  pthread_mutex_lock(&at->mtx);
  while (!at->reached)
    pthread_cond_wait(&at->cond, &at->mtx);
  pthread_mutex_unlock(&at->mtx);
}

static void open_barrier(barrier *at)
{
  pthread_mutex_lock(&at->mtx);
  at->open = true;
  pthread_cond_broadcast(&at->cond);
  pthread_mutex_unlock(&at->mtx);
}

/* ---- the bytes of one ------------------------------------------------------------------------------------------ */

enum { WAITING = 50000 };

static bool finish_all(dusq_future **futures, size_t n)
{
  bool good = true;
  for (size_t i = 0; i < n; i++) {
    if (dusq_future_wait(futures[i], DUSQ_FOREVER) || dusq_future_status(futures[i]))
      good = good && bench_failed(futures[i], "a waiting request");
    dusq_future_unref(futures[i]);
  }
  return good;
}

/* Bytes of each of n requests that wait, beyond its values; negative: something failed. */
static double measure(dusq_pool *pool, dusq_future **futures, size_t n)
{
  static const char text[] = "twenty bytes of text";
  barrier at = {.mtx = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
  const size_t values = 2 * sizeof(dusq_value) + sizeof text;
  dusq_future *blocker = dusq_pool_run(pool, stand, &at, NULL, NULL);
  wait_until_reached(&at);
  dusq_future *first = dusq_pool_query(pool, "SELECT ?, ?", DUSQ_PARAMS(dusq_int(0), dusq_text(text)), NULL);
  long long before = atomic_load(&live_bytes); /* the statement's entry exists by now */
  for (size_t i = 0; i < n; i++)
    futures[i] = dusq_pool_query(pool, "SELECT ?, ?", DUSQ_PARAMS(dusq_int((int64_t)i), dusq_text(text)), NULL);
  double each = (double)(atomic_load(&live_bytes) - before) / (double)n - (double)values;
  open_barrier(&at);
  bool good = finish_all(futures, n);
  good = finish_all((dusq_future *[]){blocker, first}, 2) && good;
  return good ? each : -1;
}

bool bench_bytes(const bench_settings *settings)
{
  (void)settings;
  const dusq_allocator counting = {sizeof counting, count_alloc, count_realloc, count_free, NULL};
  if (dusq_set_allocator(&counting)) {
    bench_complain("the allocator cannot be set");
    return false;
  }
  dusq_pool *pool = bench_open_pool("fake:?pool_size=1&queue_limit=60000&queue_timeout=none");
  dusq_future **futures = calloc(WAITING, sizeof(dusq_future *));
  double each = pool && futures ? measure(pool, futures, WAITING) : -1;
  free(futures);
  dusq_pool_unref(pool);
  bench_figure figure = {.name = "a waiting request, beyond its values", .unit = "B", .hand = NAN, .dusq = each,
                         .value = each, .kind = BENCH_ALONE, .aim = BENCH_AT_MOST, .target = 512};
  return each >= 0 && bench_tell(&figure);
}

/* ---- a million ------------------------------------------------------------------------------------------------- */

enum { SUBMISSIONS = 1000000, QUEUE_LIMIT = 65536, DISPATCH_EVERY = 64, JOB_NS = 20000, PLACE_BYTES = 1024 };

typedef struct flood {
  dusq_pool *pool;
  dusq_cq *cq;
  uint8_t *settled;  /* how often, one a submission        */
  size_t done, good, refused, other;
} flood;

typedef struct ticket {
  flood *all;
  uint32_t number;
} ticket;

static dusq_result *slow_job(dusq_conn *conn, void *arg)
{
  (void)conn;
  (void)arg;
  for (int64_t end = bench_now() + JOB_NS; bench_now() < end;)
    ;
  return NULL;
}

static void on_settled(dusq_future *done, void *arg)
{
  ticket *one = arg;
  flood *all = one->all;
  dusq_status status = dusq_future_status(done);
  all->done++;
  if (all->settled[one->number] < UINT8_MAX)
    all->settled[one->number]++;
  all->good += !status;
  all->refused += status == DUSQ_E_BUSY;
  all->other += status && status != DUSQ_E_BUSY;
}

static double peak_bytes(void)
{
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
#if defined(__APPLE__)
  return (double)usage.ru_maxrss;
#else
  return (double)usage.ru_maxrss * 1024;
#endif
}

static bool submit_all(flood *all, ticket *tickets)
{
  bool good = true;
  for (uint32_t i = 0; i < SUBMISSIONS && good; i++) {
    tickets[i] = (ticket){all, i};
    dusq_future *future = dusq_pool_run(all->pool, slow_job, NULL, NULL, NULL);
    good = dusq_future_on_done(future, all->cq, on_settled, &tickets[i], NULL) == DUSQ_OK;
    dusq_future_unref(future);
    if (i % DISPATCH_EVERY == 0)
      dusq_cq_dispatch(all->cq, 0, 0);
  }
  while (good && all->done < SUBMISSIONS)
    good = dusq_cq_dispatch(all->cq, 0, DUSQ_FOREVER) >= 0;
  return good;
}

static bool tell_flood(const flood *all, double growth)
{
  size_t once = 0;
  for (size_t i = 0; i < SUBMISSIONS; i++)
    once += all->settled[i] == 1;
  bench_figure memory = {.name = "10^6 submissions: memory a place", .unit = "B", .hand = NAN, .dusq = growth,
                         .value = growth / QUEUE_LIMIT, .kind = BENCH_ALONE, .aim = BENCH_AT_MOST,
                         .target = PLACE_BYTES};
  bench_figure refused = {.name = "... refused with DUSQ_E_BUSY", .hand = NAN, .dusq = (double)all->refused,
                          .value = (double)all->refused, .kind = BENCH_ALONE};
  bench_figure settled = {.name = "... settled, and once", .hand = NAN, .dusq = (double)once, .value = (double)once,
                          .kind = BENCH_ALONE, .aim = BENCH_AT_LEAST, .target = SUBMISSIONS};
  if (all->other)
    bench_complain("%zu requests failed otherwise than with DUSQ_E_BUSY", all->other);
  return bench_tell(&memory) && bench_tell(&refused) && bench_tell(&settled) && !all->other;
}

bool bench_flood(const bench_settings *settings)
{
  (void)settings;
  flood all = {.pool = bench_open_pool("fake:?pool_size=1&queue_timeout=none"), .settled = malloc(SUBMISSIONS)};
  ticket *tickets = malloc(SUBMISSIONS * sizeof *tickets);
  bool good = all.pool && all.settled && tickets && dusq_cq_new(&all.cq) == DUSQ_OK;
  if (good) {
    memset(all.settled, 0, SUBMISSIONS); /* touched before the measurement begins */
    memset(tickets, 0, SUBMISSIONS * sizeof *tickets);
    double before = peak_bytes();
    good = submit_all(&all, tickets);
    double growth = peak_bytes() - before;
    good = good && tell_flood(&all, growth);
  }
  dusq_cq_unref(all.cq);
  dusq_pool_unref(all.pool);
  free(all.settled);
  free(tickets);
  return good;
}
