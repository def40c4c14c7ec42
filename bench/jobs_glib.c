/* jobs_glib.c - empty jobs by GThreadPool; what is done comes back through a GAsyncQueue. */
#include "bench.h"

#if defined(BENCH_WITH_GLIB)
#include <glib.h>

enum { THREADS = 4, LOOK_EVERY = 16 };

bool bench_glib_built(void)
{
  return true;
}

static void work(gpointer job, gpointer results)
{
  g_async_queue_push(results, job);
}

double bench_glib_round(void *in_flight, int64_t ns)
{
  static char job; /* any pointer but NULL */
  size_t n = *(size_t *)in_flight;
  GAsyncQueue *results = g_async_queue_new();
  GThreadPool *pool = g_thread_pool_new(work, results, THREADS, TRUE, NULL);
  if (!pool) {
    bench_complain("GLib: no pool");
    g_async_queue_unref(results);
    return -1;
  }
  int64_t start = bench_now();
  uint64_t done = 0;
  for (size_t i = 0; i < n; i++)
    g_thread_pool_push(pool, &job, NULL);
  for (; done % LOOK_EVERY || bench_now() - start < ns; done++) {
    g_async_queue_pop(results);
    g_thread_pool_push(pool, &job, NULL);
  }
  for (size_t i = 0; i < n; i++, done++)
    g_async_queue_pop(results);
  int64_t took = bench_now() - start;
  g_thread_pool_free(pool, FALSE, TRUE);
  g_async_queue_unref(results);
  return (double)done * 1e9 / (double)took;
}

#else

bool bench_glib_built(void)
{
  return false;
}

double bench_glib_round(void *in_flight, int64_t ns)
{
  (void)in_flight;
  (void)ns;
  return -1;
}

#endif
