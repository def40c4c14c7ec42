/* server_dusq.c - the cases on servers: dusq's side, and the comparison with what server_hand.c does by hand.
 *
 * By hand the best of several numbers of threads counts, except where one thing at a time is compared.  The figures
 * that have targets are of a unix socket where there is one: there a trip costs least, and batches save least. */
#include "place.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HANDS = 5, LEVELS = 4, SIDES = HANDS + 2 * LEVELS, LEVEL_64 = 2, CONNECTIONS = 16 };
enum { MANY_ROWS = 100000, MANY_ROWS_QUICK = 10000 };

static const int hand_threads[HANDS] = {1, 2, 4, 8, 16};
static const char *const hand_names[HANDS] = {"1 thread", "2 threads", "4 threads", "8 threads", "16 threads"};
static const size_t levels[LEVELS] = {1, 16, 64, 256};

/* ---- what is asked --------------------------------------------------------------------------------------------- */

static const char fetch_sql[] = "SELECT id, name, score FROM dusq_bench_person ORDER BY id LIMIT 10000";

static const dusq_opts reading = {sizeof reading, 0, DUSQ_READ_ONLY, 0, NULL};

/* Runs `what` where the server is; a server that nobody named is passed over. */
static bool on(const bench_server *where, const bench_settings *settings,
               bool (*what)(const bench_settings *settings, const bench_server *where, bench_place *at))
{
  bench_place at = {0};
  char why[64];
  if (!bench_server_find(where, at.uri, why)) {
    printf("%s: passed over, %s\n", where->name, why);
    fflush(stdout);
    return true;
  }
  bool good = bench_place_enter(&at, where, at.uri, settings->pool, CONNECTIONS) && what(settings, where, &at);
  bench_place_leave(&at);
  return good;
}

/* ---- throughput ------------------------------------------------------------------------------------------------ */

typedef struct load_kind {
  const char *name;
  int what;
  const dusq_opts *opts;
  double at_least; /* with 64 in flight; 0: no target                                */
  double cpu;      /* likewise, what one may take of the client's CPU, times by hand */
} load_kind;

/* What one statement, or row, takes of the client's CPU; at_most 0: no target. */
static bool tell_cpu(const bench_settings *settings, const bench_entry *hand, const bench_entry *dusq, double at_most)
{
  bench_figure cpu = {.name = "... client CPU of one", .unit = "us",
                      .aim = at_most > 0 ? BENCH_AT_MOST : BENCH_NO_TARGET, .target = at_most};
  snprintf(cpu.hand_how, sizeof cpu.hand_how, "%s", hand->how);
  snprintf(cpu.dusq_how, sizeof cpu.dusq_how, "%s", dusq->how);
  bench_compare_cpu(settings, hand, dusq, &cpu);
  return bench_tell(&cpu);
}

static bool tell_level(const bench_settings *settings, const bench_server *where, const load_kind *kind,
                       const bench_entry *hand, const bench_entry *dusq, size_t level)
{
  bench_figure figure = {.unit = "/s"};
  snprintf(figure.name, sizeof figure.name, "%s: %s, %zu in flight", where->name, kind->name, levels[level]);
  snprintf(figure.hand_how, sizeof figure.hand_how, "%s", hand->how);
  snprintf(figure.dusq_how, sizeof figure.dusq_how, "%s", dusq->how);
  if (level == LEVEL_64 && kind->at_least > 0) {
    figure.aim = BENCH_AT_LEAST;
    figure.target = kind->at_least;
  }
  bench_compare(settings, hand, dusq, BENCH_RATIO, &figure);
  if (!bench_tell(&figure))
    return false;
  return level != LEVEL_64 || tell_cpu(settings, hand, dusq, kind->cpu);
}

static bool throughput(const bench_settings *settings, const bench_server *where, bench_place *at,
                       const load_kind *kind)
{
  bench_shift shifts[HANDS];
  bench_load loads[LEVELS];
  bench_entry entries[SIDES] = {0};
  for (size_t i = 0; i < HANDS; i++) {
    shifts[i] = (bench_shift){.crew = at->crew, .threads = hand_threads[i], .what = kind->what};
    entries[i] = (bench_entry){.how = hand_names[i], .round = bench_shift_round, .arg = &shifts[i]};
  }
  for (size_t i = 0; i < LEVELS; i++) {
    bench_entry *two = &entries[HANDS + 2 * i];
    loads[i] = (bench_load){.pool = at->pool, .opts = kind->opts, .in_flight = levels[i], .random = 1};
    bench_load_set(&loads[i], kind->what, bench_server_select, bench_server_insert);
    two[0] = (bench_entry){.how = "waiting", .round = bench_window, .arg = &loads[i]};
    two[1] = (bench_entry){.how = "callbacks", .round = bench_callbacks, .arg = &loads[i]};
  }
  if (!bench_rounds(settings, entries, SIDES))
    return false;
  bool good = true;
  for (size_t i = 0; i < LEVELS && good; i++) {
    const bench_entry *hand = bench_best(settings, entries, levels[i] == 1 ? 1 : HANDS);
    const bench_entry *dusq = bench_best(settings, &entries[HANDS + 2 * i], 2);
    good = tell_level(settings, where, kind, hand, dusq, i);
  }
  return good;
}

static bool selects(const bench_settings *settings, const bench_server *where, bench_place *at)
{
  bool libpq = at->driver == bench_pg_driver();
  const load_kind kind = {"SELECT by key", BENCH_SELECT, NULL,
                          libpq ? bench_pg_select_target() : 0.8, libpq ? 0.9 : 0};
  return throughput(settings, where, at, &kind);
}

static bool reads(const bench_settings *settings, const bench_server *where, bench_place *at)
{
  return throughput(settings, where, at,
                    &(load_kind){"... READ_ONLY", BENCH_SELECT, &reading, 1.3, 0.9});
}

/* ---- many rows ------------------------------------------------------------------------------------------------- */

typedef struct rows {
  dusq_pool *pool;
  size_t n;
  dusq_value *values;
} rows;

static double many_round(void *arg, int64_t ns)
{
  const rows *all = arg;
  int64_t start = bench_now(), now = start;
  uint64_t done = 0;
  for (; now - start < ns; now = bench_now(), done += all->n)
    if (!bench_finish(dusq_pool_many(all->pool, bench_server_insert, 1, all->n, all->values, NULL), "many rows"))
      return -1;
  return (double)done * 1e9 / (double)(now - start);
}

/* Against single INSERTs, and against a loop inside a transaction. */
static bool many(const bench_settings *settings, const bench_server *where, bench_place *at)
{
  bench_shift shifts[HANDS];
  bench_entry entries[HANDS + 2] = {0};
  rows all = {at->pool, settings->quick ? MANY_ROWS_QUICK : MANY_ROWS, NULL};
  all.values = malloc(all.n * sizeof *all.values);
  for (size_t i = 0; i < all.n && all.values; i++)
    all.values[i] = dusq_text(bench_note);
  for (size_t i = 0; i < HANDS; i++) {
    shifts[i] = (bench_shift){.crew = at->crew, .threads = hand_threads[i], .what = BENCH_INSERT};
    entries[i] = (bench_entry){.how = hand_names[i], .round = bench_shift_round, .arg = &shifts[i]};
  }
  entries[HANDS] = (bench_entry){.how = "1 thread", .round = bench_shift_transaction, .arg = &shifts[0]};
  entries[HANDS + 1] = (bench_entry){.how = "pool_many", .round = many_round, .arg = &all};
  bool good = all.values && bench_rounds(settings, entries, HANDS + 2);
  free(all.values);
  if (!good)
    return false;
  bool bulk = where == &bench_server_mariadb; /* the one that takes them in one execution */
  const bench_entry *single = bench_best(settings, entries, HANDS);
  bench_figure against = {.unit = "/s", .dusq_how = "pool_many", .aim = bulk ? BENCH_AT_LEAST : BENCH_NO_TARGET,
                          .target = 8};
  bench_figure loop = {.unit = "/s", .hand_how = "1 thread", .dusq_how = "pool_many"};
  snprintf(against.name, sizeof against.name, "%s: %zu rows, single INSERTs", where->name, all.n);
  snprintf(loop.name, sizeof loop.name, "... in one transaction");
  snprintf(against.hand_how, sizeof against.hand_how, "%s", single->how);
  bench_compare(settings, single, &entries[HANDS + 1], BENCH_RATIO, &against);
  bench_compare(settings, &entries[HANDS], &entries[HANDS + 1], BENCH_RATIO, &loop);
  return bench_tell(&against) && bench_tell(&loop);
}

static bool inserts(const bench_settings *settings, const bench_server *where, bench_place *at)
{
  const load_kind kind = {"INSERT", BENCH_INSERT, NULL, 1, 0};
  return throughput(settings, where, at, &kind) && many(settings, where, at);
}

static bool fetches(const bench_settings *settings, const bench_server *where, bench_place *at)
{
  bench_shift shift = {.crew = at->crew, .threads = 1, .what = BENCH_SELECT};
  bench_fetch fetch = {at->pool, fetch_sql};
  bench_entry entries[] = {{.how = "1 thread", .round = bench_shift_fetch, .arg = &shift},
                           {.how = "waiting", .round = bench_fetch_round, .arg = &fetch}};
  if (!bench_rounds(settings, entries, 2))
    return false;
  bench_figure figure = {.unit = "/s", .hand_how = "1 thread", .dusq_how = "waiting",
                         .aim = at->driver == bench_pg_driver() ? BENCH_AT_LEAST : BENCH_NO_TARGET, .target = 0.9};
  snprintf(figure.name, sizeof figure.name, "%s: 10,000 rows of 3 cells", where->name);
  bench_compare(settings, &entries[0], &entries[1], BENCH_RATIO, &figure);
  return bench_tell(&figure) && tell_cpu(settings, &entries[0], &entries[1], 0);
}

/* ---- the cases ------------------------------------------------------------------------------------------------- */

bool bench_pg_select(const bench_settings *settings)
{
  return on(&bench_server_pg, settings, selects);
}

bool bench_pg_read(const bench_settings *settings)
{
  return on(&bench_server_pg, settings, reads);
}

bool bench_pg_insert(const bench_settings *settings)
{
  return on(&bench_server_pg, settings, inserts);
}

bool bench_pg_fetch(const bench_settings *settings)
{
  return on(&bench_server_pg, settings, fetches);
}

bool bench_pg_tcp(const bench_settings *settings)
{
  return on(&bench_server_pg_tcp, settings, selects);
}

bool bench_mariadb_select(const bench_settings *settings)
{
  return on(&bench_server_mariadb, settings, selects);
}

bool bench_mariadb_insert(const bench_settings *settings)
{
  return on(&bench_server_mariadb, settings, inserts);
}

bool bench_mariadb_fetch(const bench_settings *settings)
{
  return on(&bench_server_mariadb, settings, fetches);
}

bool bench_mysql_select(const bench_settings *settings)
{
  return on(&bench_server_mysql, settings, selects);
}

bool bench_mysql_insert(const bench_settings *settings)
{
  return on(&bench_server_mysql, settings, inserts);
}

bool bench_mysql_fetch(const bench_settings *settings)
{
  return on(&bench_server_mysql, settings, fetches);
}
