/* drive.c - one thread of a caller that keeps a pool busy: by waiting for the oldest, or by callbacks. */
#include "bench.h"
#include <stdlib.h>

enum { LOOK_EVERY = 16 /* the clock costs something too */, SAMPLES = 1 << 16 };

bool bench_failed(dusq_future *done, const char *what)
{
  const dusq_error *error = dusq_future_error(done);
  bench_complain("%s: %s: %s", what, dusq_status_name(dusq_error_status(error)), dusq_error_message(error));
  return false;
}

/* Waits, reads, lets go. */
static bool finish(bench_load *load, dusq_future *take)
{
  bool good = dusq_future_wait(take, DUSQ_FOREVER) == DUSQ_OK && load->read(take);
  dusq_future_unref(take);
  return good;
}

static double per_second(uint64_t done, int64_t ns)
{
  return (double)done * 1e9 / (double)ns;
}

double bench_window(void *arg, int64_t ns)
{
  bench_load *load = arg;
  dusq_future **ring = calloc(load->in_flight, sizeof(dusq_future *));
  if (!ring)
    return -1;
  int64_t start = bench_now();
  uint64_t done = 0;
  bool good = true;
  for (size_t i = 0; i < load->in_flight; i++)
    ring[i] = load->submit(load);
  for (size_t at = 0; good && (done % LOOK_EVERY || bench_now() - start < ns); done++) {
    good = finish(load, ring[at]);
    ring[at] = load->submit(load);
    at = at + 1 < load->in_flight ? at + 1 : 0;
  }
  for (size_t i = 0; i < load->in_flight; i++, done++)
    good = finish(load, ring[i]) && good;
  free(ring);
  return good ? per_second(done, bench_now() - start) : -1;
}

/* ---- callbacks ------------------------------------------------------------------------------------------------- */

static void submit_one(bench_load *load);

static void on_done(dusq_future *future, void *arg)
{
  bench_load *load = arg;
  load->pending--;
  load->done++;
  if (!load->read(future))
    load->stop = load->failed = true;
  if (!load->stop)
    submit_one(load);
}

static void submit_one(bench_load *load)
{
  dusq_future *future = load->submit(load);
  load->pending++;
  if (dusq_future_on_done(future, load->cq, on_done, load, NULL)) {
    load->pending--;
    load->stop = load->failed = true;
  }
  dusq_future_unref(future);
}

double bench_callbacks(void *arg, int64_t ns)
{
  bench_load *load = arg;
  if (dusq_cq_new(&load->cq))
    return -1;
  load->stop = load->failed = false;
  load->done = load->pending = 0;
  int64_t start = bench_now();
  for (size_t i = 0; i < load->in_flight; i++)
    submit_one(load);
  while (load->pending) {
    if (dusq_cq_dispatch(load->cq, 0, DUSQ_FOREVER) < 0)
      return -1;
    load->stop = load->stop || bench_now() - start >= ns;
  }
  int64_t took = bench_now() - start;
  dusq_cq_unref(load->cq);
  load->cq = NULL;
  return load->failed ? -1 : per_second(load->done, took);
}

/* ---- one at a time --------------------------------------------------------------------------------------------- */

double bench_latency(void *arg, int64_t ns)
{
  bench_load *load = arg;
  double *samples = calloc(SAMPLES, sizeof *samples);
  if (!samples)
    return -1;
  int64_t before = bench_now(), end = before + ns;
  size_t n = 0;
  bool good = true;
  while (good && n < SAMPLES && before < end) {
    good = finish(load, load->submit(load));
    int64_t now = bench_now();
    samples[n++] = (double)(now - before) / 1e3;
    before = now;
  }
  double median = bench_median(samples, n);
  free(samples);
  return good ? median : -1;
}
