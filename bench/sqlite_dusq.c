/* sqlite_dusq.c - the SQLite cases: dusq's side, and the comparison with sqlite_hand.c. */
#include "bench.h"
#include <stdio.h>

enum { PATH_SIZE = 1100, HANDS = 3, SIDES = HANDS + 2 };

static const int hand_threads[HANDS] = {1, 2, 4};
static const char *const hand_names[HANDS] = {"1 thread", "2 threads", "4 threads"};

static dusq_pool *open_pool(const char *path)
{
  char uri[PATH_SIZE + 64];
  snprintf(uri, sizeof uri, "sqlite:%s?cache_size=" BENCH_CACHE_SIZE, path);
  return bench_open_pool(uri);
}

/* ---- throughput ------------------------------------------------------------------------------------------------ */

typedef struct load_kind {
  const char *name;
  int what;
  const double *at_least; /* for 1, 16, 64 and 256 in flight; 0: no target */
} load_kind;

static bool compare_at(const bench_settings *settings, const load_kind *kind, bench_hand *const *hands, dusq_pool *pool,
                       size_t in_flight, double at_least)
{
  bench_load load = {.pool = pool, .in_flight = in_flight, .random = 1};
  bench_load_set(&load, kind->what, bench_select_sql, bench_insert_sql);
  bench_entry entries[SIDES] = {0};
  for (size_t i = 0; i < HANDS; i++)
    entries[i] = (bench_entry){.how = hand_names[i], .round = bench_hand_round, .arg = hands[i]};
  entries[HANDS] = (bench_entry){.how = "waiting", .round = bench_window, .arg = &load};
  entries[HANDS + 1] = (bench_entry){.how = "callbacks", .round = bench_callbacks, .arg = &load};
  if (!bench_rounds(settings, entries, SIDES))
    return false;
  const bench_entry *hand = bench_best(settings, entries, HANDS);
  const bench_entry *dusq = bench_best(settings, entries + HANDS, SIDES - HANDS);
  bench_figure figure = {.unit = "/s", .aim = at_least > 0 ? BENCH_AT_LEAST : BENCH_NO_TARGET, .target = at_least};
  snprintf(figure.name, sizeof figure.name, "%s, %zu in flight", kind->name, in_flight);
  snprintf(figure.hand_how, sizeof figure.hand_how, "%s", hand->how);
  snprintf(figure.dusq_how, sizeof figure.dusq_how, "%s", dusq->how);
  bench_compare(settings, hand, dusq, BENCH_RATIO, &figure);
  return bench_tell(&figure);
}

static bool throughput(const bench_settings *settings, const load_kind *kind)
{
  static const size_t in_flight[] = {1, 16, 64, 256};
  char by_hand[PATH_SIZE], by_dusq[PATH_SIZE];
  bench_hand *hands[HANDS] = {0};
  dusq_pool *pool = NULL;
  bool good = bench_sqlite_make(settings, "hand", by_hand, sizeof by_hand) &&
              bench_sqlite_make(settings, "dusq", by_dusq, sizeof by_dusq) && (pool = open_pool(by_dusq)) != NULL;
  for (size_t i = 0; i < HANDS && good; i++)
    good = (hands[i] = bench_hand_new(by_hand, hand_threads[i], kind->what)) != NULL;
  for (size_t i = 0; i < sizeof in_flight / sizeof *in_flight && good; i++)
    good = compare_at(settings, kind, hands, pool, in_flight[i], kind->at_least[i]);
  for (size_t i = 0; i < HANDS; i++)
    bench_hand_free(hands[i]);
  bench_close_pool(pool);
  return good;
}

bool bench_sqlite_select(const bench_settings *settings)
{
  static const double at_least[4] = {0, 0, 0.55, 0};
  return throughput(settings, &(load_kind){"SELECT by key", BENCH_SELECT, at_least});
}

bool bench_sqlite_insert(const bench_settings *settings)
{
  static const double at_least[4] = {0, 0, 12, 0};
  return throughput(settings, &(load_kind){"INSERT, autocommit", BENCH_INSERT, at_least});
}

/* ---- one at a time --------------------------------------------------------------------------------------------- */

static bool tell_latency(const bench_settings *settings, bench_hand *hand, dusq_pool *pool)
{
  bench_load select = {.pool = pool, .in_flight = 1, .random = 1};
  bench_load nothing = {.pool = pool, .submit = bench_submit_job, .read = bench_read_job, .in_flight = 1};
  bench_entry entries[] = {{.how = "1 thread", .round = bench_hand_latency, .arg = hand},
                           {.how = "waiting", .round = bench_latency, .arg = &select},
                           {.how = "waiting", .round = bench_latency, .arg = &nothing}};
  bench_load_set(&select, BENCH_SELECT, bench_select_sql, NULL);
  if (!bench_rounds(settings, entries, 3))
    return false;
  bench_figure added = {.name = "SELECT, latency, 1 in flight", .unit = "us", .hand_how = "1 thread",
                        .dusq_how = "waiting", .aim = BENCH_AT_MOST, .target = 12};
  bench_compare(settings, &entries[0], &entries[1], BENCH_ADDED, &added);
  bench_figure empty = {.name = "empty job, latency, 1 in flight", .unit = "us", .dusq_how = "waiting",
                        .aim = BENCH_AT_MOST, .target = 12};
  const bench_entry call = {.how = ""}; /* by hand it is nothing at all */
  bench_compare(settings, &call, &entries[2], BENCH_ADDED, &empty);
  return bench_tell(&added) && bench_tell(&empty);
}

bool bench_sqlite_latency(const bench_settings *settings)
{
  char path[PATH_SIZE];
  dusq_pool *pool = NULL;
  bench_hand *hand = NULL;
  bool good = bench_sqlite_make(settings, "latency", path, sizeof path) && (pool = open_pool(path)) != NULL &&
              (hand = bench_hand_new(path, 1, BENCH_SELECT)) != NULL && tell_latency(settings, hand, pool);
  bench_hand_free(hand);
  bench_close_pool(pool);
  return good;
}

/* ---- many rows ------------------------------------------------------------------------------------------------- */

bool bench_sqlite_fetch(const bench_settings *settings)
{
  char path[PATH_SIZE];
  dusq_pool *pool = NULL;
  bench_hand *hand = NULL;
  bool good = bench_sqlite_make(settings, "fetch", path, sizeof path) && (pool = open_pool(path)) != NULL &&
              (hand = bench_hand_new(path, 1, BENCH_SELECT)) != NULL;
  bench_fetch fetch = {pool, bench_fetch_sql};
  bench_entry entries[] = {{.how = "1 thread", .round = bench_hand_fetch, .arg = hand},
                           {.how = "waiting", .round = bench_fetch_round, .arg = &fetch}};
  good = good && bench_rounds(settings, entries, 2);
  if (good) {
    bench_figure figure = {.name = "10,000 rows of 3 cells", .unit = "/s", .hand_how = "1 thread",
                           .dusq_how = "waiting"};
    bench_compare(settings, &entries[0], &entries[1], BENCH_RATIO, &figure);
    good = bench_tell(&figure);
  }
  bench_hand_free(hand);
  bench_close_pool(pool);
  return good;
}
