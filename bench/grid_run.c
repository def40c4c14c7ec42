/* grid_run.c - one family of the grid, in a process of its own: what stands by, the entries of each number in flight,
 * and the cells that come out. */
#include "count.h"
#include "grid.h"
#include "helper.h"
#include "peer.h"
#include "place.h"
#include "sqlite_hand.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 1100, SHIFTS = 5, HANDS = 3, PEERS = 4, MOST = SHIFTS + BENCH_DUSQ_WAYS + PEERS };
enum { HERE_CONNECTIONS = 16, PIPELINES = 4 };

typedef struct stand {
  const bench_settings *settings;
  const bench_family *family;
  const char *name;
  bench_helper delay, neighbour;
  bench_place place;
  int connections; /* by hand */
  bench_hand *hands[HANDS];
  bench_queue *queue;
  dusq_pool *pool;
  bench_peer *peers[PEERS]; /* NULL: not here */
} stand;

/* The entries of one number in flight, and what they point to. */
typedef struct level {
  size_t in_flight, n, by_hand, by_dusq; /* the first of them, and those until by_dusq */
  bench_entry entries[MOST];
  char names[MOST][BENCH_HOW_SIZE];
  bench_histogram latencies[MOST];
  bench_load loads[BENCH_DUSQ_WAYS];
  bench_shift shifts[SHIFTS];
  bench_queue_load queued;
  bench_entry whole; /* what seed_by_hand halves */
  bench_peer_load peers[PEERS];
} level;

/* ---- figures --------------------------------------------------------------------------------------------------- */

static double middle(const double *values, int n)
{
  double sorted[BENCH_MAX_ROUNDS];
  memcpy(sorted, values, (size_t)n * sizeof *values);
  return bench_median(sorted, (size_t)n);
}

static void compare(const level *at, const bench_entry *entry, int rounds, bench_cell *cell)
{
  const bench_entry *best = NULL;
  for (size_t i = 0; i < at->by_hand; i++)
    if (!best || middle(at->entries[i].values, rounds) > middle(best->values, rounds))
      best = &at->entries[i];
  double ratios[BENCH_MAX_ROUNDS];
  for (int i = 0; i < rounds; i++)
    ratios[i] = best ? entry->values[i] / best->values[i] : NAN;
  cell->ratio = bench_median(ratios, (size_t)rounds); /* it sorts */
  cell->low = ratios[(rounds - 1) / 4];
  cell->high = ratios[rounds - 1 - (rounds - 1) / 4];
}

/* A window more, in which dusq's allocations are counted. */
static bool count_allocations(const stand *s, const bench_entry *entry, bench_cell *cell)
{
  const bench_load *load = entry->arg;
  bench_count_start();
  double rate = entry->round(entry->arg, bench_grid_round(s->settings, s->family));
  bench_count_stop(&cell->allocations, &cell->bytes);
  cell->allocations /= (double)load->done;
  cell->bytes /= (double)load->done;
  return rate >= 0;
}

static void measured(const bench_entry *entry, int rounds, bench_cell *cell)
{
  cell->cpu = middle(entry->cpu, rounds);
  cell->switches = middle(entry->switches, rounds);
  cell->p50 = bench_histogram_at(entry->latencies, 0.5);
  cell->p99 = bench_histogram_at(entry->latencies, 0.99);
}

/* The first round does not count. */
static void measured_by_peer(const bench_peer_load *load, bench_cell *cell)
{
  int n = load->rounds > 1 ? load->rounds - 1 : 0;
  cell->cpu = middle(load->cpu + 1, n);
  cell->p50 = middle(load->p50 + 1, n);
  cell->p99 = middle(load->p99 + 1, n);
  cell->switches = NAN;
}

static bool tell(const stand *s, const level *at, size_t i)
{
  const bench_entry *entry = &at->entries[i];
  int rounds = s->settings->rounds;
  bench_cell cell = {.in_flight = at->in_flight, .allocations = NAN, .bytes = NAN};
  cell.side = i < at->by_hand ? BENCH_HAND : i < at->by_dusq ? BENCH_DUSQ : BENCH_PEER;
  snprintf(cell.family, sizeof cell.family, "%s", s->name);
  snprintf(cell.way, sizeof cell.way, "%s", entry->how);
  cell.rate = middle(entry->values, rounds);
  if (cell.side == BENCH_PEER)
    measured_by_peer(entry->arg, &cell);
  else
    measured(entry, rounds, &cell);
  compare(at, entry, rounds, &cell);
  return (cell.side != BENCH_DUSQ || count_allocations(s, entry, &cell)) && bench_tell_cell(&cell);
}

/* ---- entries --------------------------------------------------------------------------------------------------- */

static bench_entry *add(level *at, double (*round)(void *arg, int64_t ns), void *arg)
{
  bench_entry *entry = &at->entries[at->n];
  *entry = (bench_entry){.how = at->names[at->n], .round = round, .arg = arg, .latencies = &at->latencies[at->n]};
  at->n++;
  return entry;
}

static void add_shift(const stand *s, level *at, int threads, bool pipeline)
{
  bench_shift *shift = &at->shifts[at->n];
  if (pipeline && !s->place.driver->pipeline)
    return;
  snprintf(at->names[at->n], BENCH_HOW_SIZE, pipeline ? "hand %d pipeline%s" : "hand %d thread%s", threads,
           threads == 1 ? "" : "s");
  *shift = (bench_shift){.crew = s->place.crew, .threads = threads, .what = s->family->work,
                         .in_flight = pipeline ? at->in_flight : 0, .latencies = &at->latencies[at->n]};
  add(at, bench_shift_round, shift);
}

/* As many threads as are in flight, and where there are many of these, fewer; at a distance all connections. */
static void add_server_hands(const stand *s, level *at)
{
  int most = at->in_flight < (size_t)s->connections ? (int)at->in_flight : s->connections;
  if (!s->family->distance && most > 4)
    add_shift(s, at, 4, false);
  if (!s->family->distance && most > 1)
    add_shift(s, at, 2, false);
  if (most != 2 || s->family->distance)
    add_shift(s, at, most, false);
  add_shift(s, at, 1, true);
  if (most > 1)
    add_shift(s, at, !s->family->distance ? 2 : most < PIPELINES ? most : PIPELINES, true);
}

static void add_sqlite_hands(const stand *s, level *at)
{
  static const int threads[HANDS] = {1, 2, 4};
  for (int i = 0; i < HANDS && (size_t)threads[i] <= at->in_flight; i++) {
    snprintf(at->names[at->n], BENCH_HOW_SIZE, "hand %d thread%s", threads[i], i ? "s" : "");
    bench_hand_time(s->hands[i], &at->latencies[at->n]);
    add(at, bench_hand_round, s->hands[i]);
  }
  snprintf(at->names[at->n], BENCH_HOW_SIZE, "hand queue");
  at->queued = (bench_queue_load){s->queue, at->in_flight, &at->latencies[at->n]};
  add(at, bench_queue_round, &at->queued);
}

static void add_dusq(const stand *s, level *at)
{
  bool sqlite = s->family->backend == BENCH_SQLITE;
  for (int i = 0; i < BENCH_DUSQ_WAYS; i++) {
    if (!(s->settings->grid->ways >> i & 1))
      continue;
    bench_load *load = &at->loads[i];
    *load = (bench_load){.pool = sqlite ? s->pool : s->place.pool, .in_flight = at->in_flight,
                         .random = 1 + (uint64_t)i, .latencies = &at->latencies[at->n]};
    bench_load_set(load, s->family->work, sqlite ? bench_select_sql : bench_server_select,
                   sqlite ? bench_insert_sql : bench_server_insert);
    snprintf(at->names[at->n], BENCH_HOW_SIZE, "%s", bench_ways[i].name);
    add(at, bench_ways[i].round, load);
  }
}

/* Two SELECTs one after the other are one. */
static double seed_by_hand(void *arg, int64_t ns)
{
  const bench_entry *whole = arg;
  double rate = whole->round(whole->arg, ns);
  return rate < 0 ? rate : rate / 2;
}

static void add_seed(const stand *s, level *at)
{
  bool sqlite = s->family->backend == BENCH_SQLITE;
  bench_load *load = &at->loads[0];
  at->shifts[0] = (bench_shift){.crew = s->place.crew, .threads = 1, .what = BENCH_SELECT};
  at->whole = sqlite ? (bench_entry){.round = bench_hand_round, .arg = s->hands[0]}
                     : (bench_entry){.round = bench_shift_round, .arg = &at->shifts[0]};
  snprintf(at->names[at->n], BENCH_HOW_SIZE, "hand 1 thread");
  add(at, seed_by_hand, &at->whole);
  at->by_hand = at->n;
  *load = (bench_load){.pool = sqlite ? s->pool : s->place.pool, .in_flight = 1, .random = 1,
                       .latencies = &at->latencies[at->n]};
  bench_load_set(load, BENCH_SELECT, sqlite ? bench_select_sql : bench_server_select, NULL);
  snprintf(at->names[at->n], BENCH_HOW_SIZE, "dusq gather");
  add(at, bench_gather, load);
}

static void add_peers(const stand *s, level *at)
{
  at->by_dusq = at->n;
  for (int i = 0; i < PEERS; i++) {
    if (!s->peers[i])
      continue;
    at->peers[i] = (bench_peer_load){.peer = s->peers[i], .in_flight = at->in_flight};
    snprintf(at->names[at->n], BENCH_HOW_SIZE, "peer %.18s", bench_peer_name(s->peers[i]));
    add(at, bench_peer_round, &at->peers[i]);
  }
}

static void add_entries(const stand *s, level *at)
{
  if (s->family->work == BENCH_SEED) {
    add_seed(s, at);
  } else {
    if (s->family->backend == BENCH_SQLITE)
      add_sqlite_hands(s, at);
    else
      add_server_hands(s, at);
    at->by_hand = at->n;
    add_dusq(s, at);
  }
  add_peers(s, at);
}

static bool run_level(const stand *s, size_t in_flight)
{
  bench_settings settings = *s->settings;
  settings.round_ns = bench_grid_round(s->settings, s->family);
  level *at = calloc(1, sizeof *at);
  if (!at)
    return false;
  at->in_flight = in_flight;
  add_entries(s, at);
  bool good = bench_rounds(&settings, at->entries, at->n);
  for (size_t i = 0; i < at->n && good; i++)
    good = tell(s, at, i);
  free(at);
  return good;
}

/* ---- what stands by -------------------------------------------------------------------------------------------- */

/* Before the first thread is made.  Those that are not here are named. */
static void start_peers(stand *s)
{
  static const struct {
    int backend, work;
    const char *kind;
  } known[] = {
      {BENCH_PG, BENCH_SELECT, "asyncpg"},    {BENCH_PG, BENCH_SELECT, "pqxx"},
      {BENCH_PG, BENCH_SELECT, "tokio"},      {BENCH_PG, BENCH_SELECT, "postgres"},
      {BENCH_MARIADB, BENCH_SELECT, "mysql2"},
      {BENCH_MYSQL, BENCH_SELECT, "mysql2"},  {BENCH_SQLITE, BENCH_SEED, "sqlalchemy-sqlite"},
      {BENCH_PG, BENCH_SEED, "sqlalchemy-pg"},
  };
  size_t n = 0;
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    char why[96];
    if (!(s->settings->grid->ways & BENCH_WAY_PEERS) || s->family->busy || known[i].backend != s->family->backend ||
        known[i].work != s->family->work)
      continue;
    if ((s->peers[n] = bench_peer_start(known[i].kind, why)))
      n++;
    else
      printf("%s: not here, %s\n", known[i].kind, why);
  }
  fflush(stdout);
}

/* A peer that cannot connect is left out; it has complained. */
static void open_peers(stand *s, const char *uri, const char *table)
{
  int connections = s->connections ? s->connections : 1;
  for (int i = 0; i < PEERS; i++)
    if (s->peers[i] && !bench_peer_open(s->peers[i], uri, table, connections)) {
      bench_peer_stop(s->peers[i]);
      s->peers[i] = NULL;
    }
}

static bool stand_sqlite(stand *s)
{
  static const int threads[HANDS] = {1, 2, 4};
  char hand[PATH_SIZE], dusq[PATH_SIZE], uri[PATH_SIZE + 64];
  bool good = bench_sqlite_make(s->settings, "hand", hand, sizeof hand) &&
              bench_sqlite_make(s->settings, "dusq", dusq, sizeof dusq);
  int what = s->family->work == BENCH_INSERT ? BENCH_INSERT : BENCH_SELECT;
  for (int i = 0; i < HANDS && good; i++)
    good = (s->hands[i] = bench_hand_new(hand, threads[i], what)) != NULL;
  snprintf(uri, sizeof uri, "sqlite:%s?cache_size=" BENCH_CACHE_SIZE, dusq);
  good = good && (s->queue = bench_queue_new(hand, what)) && (s->pool = bench_open_pool(uri));
  if (good)
    open_peers(s, uri, "person");
  return good;
}

static const bench_server *server_of(const bench_family *family)
{
  static const bench_server *const servers[][2] = {{&bench_server_pg, &bench_server_pg_tcp},
                                                   {&bench_server_mariadb, &bench_server_mariadb_tcp},
                                                   {&bench_server_mysql, &bench_server_mysql_tcp}};
  return servers[family->backend - BENCH_PG][family->distance > 0];
}

/* At a distance all go through a process that delays. */
static bool stand_server(stand *s)
{
  enum { PG_AWAY = 4, OTHERS_AWAY = BENCH_CREW_MAX };
  char host[256], service[16], uri[BENCH_URI_SIZE], options[256];
  const char *more = s->settings->pool ? s->settings->pool : "";
  snprintf(uri, sizeof uri, "%s", s->place.uri);
  snprintf(options, sizeof options, "%s", more);
  s->connections = HERE_CONNECTIONS;
  if (s->family->distance) {
    s->connections = s->family->backend == BENCH_PG ? PG_AWAY : OTHERS_AWAY;
    snprintf(options, sizeof options, "pool_size=%d%s%s", s->connections, *more ? "&" : "", more);
    if (!bench_uri_address(s->place.uri, host, service)) {
      bench_complain("%s: the URI names no port", s->name);
      return false;
    }
    if (!bench_delay_start(host, service, bench_trips[s->family->distance] / 2, &s->delay) ||
        !bench_uri_through(s->place.uri, s->delay.port, uri))
      return false;
  }
  bool good = bench_place_enter(&s->place, server_of(s->family), uri, options, s->connections);
  if (good)
    open_peers(s, uri, "dusq_bench_person");
  return good;
}

static void leave(stand *s)
{
  for (int i = 0; i < HANDS; i++)
    bench_hand_free(s->hands[i]);
  bench_queue_free(s->queue);
  bench_close_pool(s->pool);
  if (s->family->backend != BENCH_SQLITE)
    bench_place_leave(&s->place);
  bench_helper_stop(&s->delay);
  bench_helper_stop(&s->neighbour);
  for (int i = 0; i < PEERS; i++) /* last: the helpers hold copies of what they read from */
    bench_peer_stop(s->peers[i]);
}

/* Why it is passed over, in `why`. */
static bool is_here(stand *s, char why[64])
{
  if (s->family->distance && !bench_delay_built()) {
    snprintf(why, 64, "the delay needs epoll");
    return false;
  }
  return s->family->backend == BENCH_SQLITE || bench_server_find(server_of(s->family), s->place.uri, why);
}

bool bench_grid_run(const bench_settings *settings, size_t which)
{
  char name[BENCH_FAMILY_SIZE], why[64];
  stand s = {.settings = settings, .family = bench_grid_family(which, name), .name = name};
  if (!is_here(&s, why)) {
    printf("\n%s: not here, %s\n", name, why);
    fflush(stdout);
    return true;
  }
  printf("\n%s\n", name);
  fflush(stdout);
  bool sqlite = s.family->backend == BENCH_SQLITE;
  start_peers(&s);
  bool good = bench_count_install() && (!s.family->busy || bench_neighbour_start(&s.neighbour)) &&
              (sqlite ? stand_sqlite(&s) : stand_server(&s));
  for (size_t i = 0; i < BENCH_LEVELS && good; i++)
    if (s.family->work == BENCH_SEED ? !i : settings->grid->levels >> i & 1)
      good = run_level(&s, bench_levels[i]);
  leave(&s);
  return good;
}
