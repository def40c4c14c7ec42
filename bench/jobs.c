/* jobs.c - the machinery alone: empty jobs on four workers, against the pools that libuv and GLib have. */
#include "bench.h"
#include <math.h>
#include <stdio.h>

enum { OTHERS = 2, SIDES = OTHERS + 2 };

static bool tell(const bench_settings *settings, const bench_entry *other, const char *other_name,
                 const bench_entry *dusq, size_t in_flight, double at_least)
{
  bench_figure figure = {.unit = "/s", .aim = at_least > 0 ? BENCH_AT_LEAST : BENCH_NO_TARGET, .target = at_least};
  snprintf(figure.name, sizeof figure.name, "empty jobs, %zu in flight, %s", in_flight, other_name);
  snprintf(figure.hand_how, sizeof figure.hand_how, "%s", other_name);
  snprintf(figure.dusq_how, sizeof figure.dusq_how, "%s", dusq->how);
  bench_compare(settings, other, dusq, BENCH_RATIO, &figure);
  if (!other->how)
    figure.hand = figure.value = NAN;
  return bench_tell(&figure);
}

static bool compare_at(const bench_settings *settings, dusq_pool *pool, size_t in_flight, double at_least)
{
  bench_load load = {.pool = pool, .submit = bench_submit_job, .read = bench_read_job, .in_flight = in_flight};
  bench_entry entries[SIDES] = {
      {.how = bench_uv_built() ? "libuv" : NULL, .round = bench_uv_round, .arg = &in_flight},
      {.how = bench_glib_built() ? "GLib" : NULL, .round = bench_glib_round, .arg = &in_flight},
      {.how = "waiting", .round = bench_window, .arg = &load},
      {.how = "callbacks", .round = bench_callbacks, .arg = &load},
  };
  if (!bench_rounds(settings, entries, SIDES))
    return false;
  const bench_entry *dusq = bench_best(settings, entries + OTHERS, SIDES - OTHERS);
  return tell(settings, &entries[0], "libuv", dusq, in_flight, at_least) &&
         tell(settings, &entries[1], "GLib", dusq, in_flight, 0);
}

bool bench_jobs(const bench_settings *settings)
{
  dusq_pool *pool = bench_open_pool("fake:?pool_size=4");
  bool good = pool && compare_at(settings, pool, 1, 0) && compare_at(settings, pool, 1024, 1.5);
  dusq_pool_unref(pool);
  return good;
}
