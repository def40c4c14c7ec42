/* drive.c - callers that keep a pool busy: one thread that waits for the oldest, that dispatches a completion queue, or
 * that polls the queue's descriptor as an event loop does; and a thread for each request. */
#include "bench.h"
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

enum { SAMPLES = 1 << 16, STACK_SIZE = 1 << 17 };

struct bench_slot {
  bench_load *load;
  dusq_future *future;
  int64_t asked, began; /* began 0: it is not timed */
};

bool bench_failed(dusq_future *done, const char *what)
{
  const dusq_error *error = dusq_future_error(done);
  bench_complain("%s: %s: %s", what, dusq_status_name(dusq_error_status(error)), dusq_error_message(error));
  return false;
}

static double per_second(uint64_t done, int64_t ns)
{
  return (double)done * 1e9 / (double)ns;
}

static void submit(bench_load *load, bench_slot *slot)
{
  slot->load = load;
  slot->began = bench_timed(load->submitted++) ? bench_now() : 0;
  slot->future = load->submit(load);
  slot->asked = load->asked;
}

/* Of a future that has settled.  Looks at the clock where the request is timed, to see whether the window is over. */
static bool take_answer(bench_load *load, bench_slot *slot)
{
  bool good = load->read(slot->future, slot->asked);
  dusq_future_unref(slot->future);
  if (!slot->began)
    return good;
  int64_t now = bench_now();
  load->over = load->over || now >= load->end;
  if (load->latencies)
    bench_histogram_add(load->latencies, now - slot->began);
  return good;
}

static bool finish(bench_load *load, bench_slot *slot)
{
  (void)!dusq_future_wait(slot->future, DUSQ_FOREVER); /* what became of it is read */
  return take_answer(load, slot);
}

static int64_t begin(bench_load *load, int64_t ns)
{
  int64_t start = bench_now();
  load->end = start + ns;
  load->over = load->failed = false;
  load->submitted = load->done = load->pending = 0;
  return start;
}

double bench_window(void *arg, int64_t ns)
{
  bench_load *load = arg;
  bench_slot *ring = calloc(load->in_flight, sizeof *ring);
  if (!ring)
    return -1;
  int64_t start = begin(load, ns);
  for (size_t i = 0; i < load->in_flight; i++)
    submit(load, &ring[i]);
  for (size_t at = 0; !load->over && !load->failed; load->done++) {
    load->failed = !finish(load, &ring[at]);
    submit(load, &ring[at]);
    at = at + 1 < load->in_flight ? at + 1 : 0;
  }
  for (size_t i = 0; i < load->in_flight; i++, load->done++)
    load->failed = !finish(load, &ring[i]) || load->failed;
  free(ring);
  return load->failed ? -1 : per_second(load->done, bench_now() - start);
}

/* ---- callbacks ------------------------------------------------------------------------------------------------- */

static void submit_one(bench_load *load, bench_slot *slot);

static void on_done(dusq_future *future, void *arg)
{
  bench_slot *slot = arg;
  bench_load *load = slot->load;
  load->pending--;
  load->done++;
  slot->future = future;
  load->failed = !take_answer(load, slot) || load->failed;
  if (!load->over && !load->failed)
    submit_one(load, slot);
}

static void submit_one(bench_load *load, bench_slot *slot)
{
  submit(load, slot);
  load->pending++;
  dusq_future *future = slot->future; /* the callback takes it over */
  if (dusq_future_on_done(future, load->cq, on_done, slot, NULL)) {
    load->pending--;
    load->failed = true;
    dusq_future_unref(future);
  }
}

/* All that waits, after waiting for the first: in the queue, or outside for its descriptor. */
static bool dispatch(bench_load *load, bool by_descriptor)
{
  if (!by_descriptor)
    return dusq_cq_dispatch(load->cq, 0, DUSQ_FOREVER) >= 0;
  struct pollfd readable = {.fd = dusq_cq_fd(load->cq), .events = POLLIN};
  return poll(&readable, 1, -1) < 0 || dusq_cq_dispatch(load->cq, 0, 0) >= 0;
}

static double by_callbacks(bench_load *load, int64_t ns, bool by_descriptor)
{
  bench_slot *slots = calloc(load->in_flight, sizeof *slots);
  if (!slots || dusq_cq_new(&load->cq)) {
    free(slots);
    return -1;
  }
  int64_t start = begin(load, ns);
  for (size_t i = 0; i < load->in_flight; i++)
    submit_one(load, &slots[i]);
  while (load->pending && dispatch(load, by_descriptor))
    ;
  int64_t took = bench_now() - start;
  dusq_cq_unref(load->cq);
  load->cq = NULL;
  free(slots);
  return load->failed || load->pending ? -1 : per_second(load->done, took);
}

double bench_callbacks(void *load, int64_t ns)
{
  return by_callbacks(load, ns, false);
}

double bench_loop(void *load, int64_t ns)
{
  return by_callbacks(load, ns, true);
}

/* ---- a thread for each ----------------------------------------------------------------------------------------- */

typedef struct caller {
  bench_load load; /* its own */
  bench_histogram latencies;
  pthread_t id;
  pthread_barrier_t *start;
  int64_t ns;
} caller;

static void *call_on(void *arg)
{
  caller *one = arg;
  bench_load *load = &one->load;
  bench_slot slot;
  pthread_barrier_wait(one->start);
  begin(load, one->ns);
  for (; !load->over && !load->failed; load->done++) {
    submit(load, &slot);
    load->failed = !finish(load, &slot);
  }
  return NULL;
}

static void set_up(caller *one, const bench_load *load, size_t i, pthread_barrier_t *start, int64_t ns)
{
  one->load = *load;
  one->load.random = 88172645463325252 + i * 7919;
  one->load.latencies = load->latencies ? &one->latencies : NULL;
  one->start = start;
  one->ns = ns;
}

/* The threads are there before the clock starts. */
double bench_threads(void *arg, int64_t ns)
{
  bench_load *load = arg;
  size_t n = load->in_flight, running = 0;
  pthread_barrier_t start;
  pthread_attr_t attr;
  caller *callers = calloc(n, sizeof *callers);
  if (!callers || pthread_barrier_init(&start, NULL, (unsigned)n + 1)) {
    free(callers);
    return -1;
  }
  pthread_attr_init(&attr);
  pthread_attr_setstacksize(&attr, STACK_SIZE);
  for (; running < n; running++) {
    set_up(&callers[running], load, running, &start, ns);
    if (pthread_create(&callers[running].id, &attr, call_on, &callers[running])) {
      bench_complain("%zu threads cannot be made", n);
      return -1; /* the case ends: those that wait end with it */
    }
  }
  pthread_barrier_wait(&start);
  int64_t began = bench_now();
  load->done = 0;
  load->failed = false;
  for (size_t i = 0; i < n; i++) {
    pthread_join(callers[i].id, NULL);
    load->done += callers[i].load.done;
    load->failed = load->failed || callers[i].load.failed;
    if (load->latencies)
      bench_histogram_merge(load->latencies, &callers[i].latencies);
  }
  int64_t took = bench_now() - began;
  pthread_attr_destroy(&attr);
  pthread_barrier_destroy(&start);
  free(callers);
  return load->failed ? -1 : per_second(load->done, took);
}

/* ---- two as one ------------------------------------------------------------------------------------------------ */

double bench_gather(void *arg, int64_t ns)
{
  bench_load *load = arg;
  int64_t start = begin(load, ns);
  for (; !load->over && !load->failed; load->done++) {
    bench_slot slots[2];
    int64_t began = bench_now();
    for (int i = 0; i < 2; i++)
      submit(load, &slots[i]);
    dusq_future *both[] = {slots[0].future, slots[1].future};
    dusq_future *all = dusq_future_all(both, 2, DUSQ_ALL_FAIL_FAST);
    load->failed = dusq_future_wait(all, DUSQ_FOREVER) != DUSQ_OK;
    dusq_future_unref(all);
    for (int i = 0; i < 2; i++) {
      load->failed = dusq_future_wait(both[i], DUSQ_FOREVER) != DUSQ_OK || !load->read(both[i], slots[i].asked) ||
                     load->failed;
      dusq_future_unref(both[i]);
    }
    int64_t now = bench_now();
    load->over = now >= load->end;
    if (load->latencies)
      bench_histogram_add(load->latencies, now - began);
  }
  return load->failed ? -1 : per_second(load->done, bench_now() - start);
}

/* ---- one at a time --------------------------------------------------------------------------------------------- */

double bench_latency(void *arg, int64_t ns)
{
  bench_load *load = arg;
  double *samples = calloc(SAMPLES, sizeof *samples);
  if (!samples)
    return -1;
  int64_t before = begin(load, ns);
  size_t n = 0;
  while (!load->failed && n < SAMPLES && before < load->end) {
    bench_slot slot;
    submit(load, &slot);
    load->failed = !finish(load, &slot);
    int64_t now = bench_now();
    samples[n++] = (double)(now - before) / 1e3;
    before = now;
  }
  double median = bench_median(samples, n);
  free(samples);
  return load->failed ? -1 : median;
}
