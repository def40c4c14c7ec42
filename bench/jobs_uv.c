/* jobs_uv.c - empty jobs by uv_queue_work: each is queued again from its own after-work callback. */
#include "bench.h"
#include <stdlib.h>

#if defined(BENCH_WITH_LIBUV)
#include <uv.h>

enum { LOOK_EVERY = 16 };

typedef struct run {
  uv_loop_t loop;
  uint64_t done;
  int64_t end;
  bool stop, failed;
} run;

bool bench_uv_built(void)
{
  return true;
}

static void work(uv_work_t *request)
{
  (void)request;
}

static void after(uv_work_t *request, int status)
{
  run *all = request->data;
  all->failed = all->failed || status;
  if (++all->done % LOOK_EVERY == 0)
    all->stop = all->stop || bench_now() >= all->end;
  if (!all->stop && uv_queue_work(&all->loop, request, work, after))
    all->stop = all->failed = true;
}

double bench_uv_round(void *in_flight, int64_t ns)
{
  size_t n = *(size_t *)in_flight;
  uv_work_t *requests = calloc(n, sizeof *requests);
  run all = {0};
  if (!requests || setenv("UV_THREADPOOL_SIZE", "4", 1) || uv_loop_init(&all.loop)) {
    free(requests);
    return -1;
  }
  int64_t start = bench_now();
  all.end = start + ns;
  for (size_t i = 0; i < n && !all.failed; i++) {
    requests[i].data = &all;
    all.failed = uv_queue_work(&all.loop, &requests[i], work, after) != 0;
  }
  uv_run(&all.loop, UV_RUN_DEFAULT);
  int64_t took = bench_now() - start;
  all.failed = uv_loop_close(&all.loop) || all.failed;
  free(requests);
  if (all.failed)
    bench_complain("libuv: a job could not be queued");
  return all.failed ? -1 : (double)all.done * 1e9 / (double)took;
}

#else

bool bench_uv_built(void)
{
  return false;
}

double bench_uv_round(void *in_flight, int64_t ns)
{
  (void)in_flight;
  (void)ns;
  return -1;
}

#endif
