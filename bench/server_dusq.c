/* server_dusq.c - the cases on servers: dusq's side, and the comparison with what server_hand.c does by hand.
 *
 * By hand the best of several numbers of threads counts, except where one thing at a time is compared.  The figures
 * that have targets are of a unix socket where there is one: there a trip costs least, and batches save least. */
#include "bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HANDS = 5, LEVELS = 4, SIDES = HANDS + 2 * LEVELS, LEVEL_64 = 2, URI_SIZE = 1024 };
enum { MANY_ROWS = 100000, MANY_ROWS_QUICK = 10000 };

static const int hand_threads[HANDS] = {1, 2, 4, 8, 16};
static const char *const hand_names[HANDS] = {"1 thread", "2 threads", "4 threads", "8 threads", "16 threads"};
static const size_t levels[LEVELS] = {1, 16, 64, 256};

typedef struct server {
  const bench_driver *(*driver)(void);
  const char *name, *variable, *socket_variable; /* NULL: TCP is wanted */
  const char *suffix;                            /* of the URI          */
} server;

static const server pg = {bench_pg_driver, "PG", "DUSQ_TEST_POSTGRESQL", "DUSQ_TEST_POSTGRESQL_SOCKET", ""};
static const server pg_tcp = {bench_pg_driver, "PG, TCP", "DUSQ_TEST_POSTGRESQL", NULL, "sslmode=disable"};
static const server mariadb = {bench_mysql_driver, "MariaDB", "DUSQ_TEST_MARIADB", "DUSQ_TEST_MARIADB_SOCKET", ""};
static const server mysql = {bench_mysql_driver, "MySQL", "DUSQ_TEST_MYSQL", "DUSQ_TEST_MYSQL_SOCKET", ""};

/* ---- what is asked --------------------------------------------------------------------------------------------- */

static const char select_sql[] = "SELECT name FROM dusq_bench_person WHERE id = ?",
                  insert_sql[] = "INSERT INTO dusq_bench_log (note) VALUES (?)",
                  fetch_sql[] = "SELECT id, name, score FROM dusq_bench_person ORDER BY id LIMIT 10000",
                  fill_sql[] = "INSERT INTO dusq_bench_person (id, name, score) VALUES (?, ?, ?)";

static dusq_future *submit_select(bench_load *load)
{
  return dusq_pool_query(load->pool, select_sql, DUSQ_PARAMS(dusq_int(bench_person(&load->random))), NULL);
}

static dusq_future *submit_read(bench_load *load)
{
  static const dusq_opts reading = {sizeof reading, 0, DUSQ_READ_ONLY, 0, NULL};
  return dusq_pool_query(load->pool, select_sql, DUSQ_PARAMS(dusq_int(bench_person(&load->random))), &reading);
}

static dusq_future *submit_insert(bench_load *load)
{
  return dusq_pool_query(load->pool, insert_sql, DUSQ_PARAMS(dusq_text(bench_note)), NULL);
}

/* ---- the place ------------------------------------------------------------------------------------------------- */

typedef struct place {
  const bench_driver *driver;
  bench_crew *crew;
  dusq_pool *pool;
} place;

static bool finish(dusq_future *take, const char *what)
{
  bool good = dusq_future_wait(take, DUSQ_FOREVER) == DUSQ_OK && dusq_future_status(take) == DUSQ_OK;
  if (!good)
    bench_failed(take, what);
  dusq_future_unref(take);
  return good;
}

static bool run_script(dusq_pool *pool, const char *script)
{
  return finish(dusq_pool_script(pool, script, NULL), "the tables");
}

static bool fill(dusq_pool *pool)
{
  enum { COLS = 3, SIZE = 32 };
  dusq_value *values = malloc((size_t)BENCH_PERSONS * COLS * sizeof *values);
  char *names = malloc((size_t)BENCH_PERSONS * SIZE);
  for (int i = 0; i < BENCH_PERSONS && values && names; i++) {
    char *name = names + (size_t)i * SIZE;
    snprintf(name, SIZE, "person number %06d", (i + 1) % 1000000);
    values[i * COLS] = dusq_int(i + 1);
    values[i * COLS + 1] = dusq_text(name);
    values[i * COLS + 2] = dusq_real((i + 1) / 8.0);
  }
  bool good = values && names && finish(dusq_pool_many(pool, fill_sql, COLS, BENCH_PERSONS, values, NULL), "the rows");
  free(values);
  free(names);
  return good;
}

static dusq_pool *open_pool(const char *uri, const char *options)
{
  char all[2 * URI_SIZE];
  snprintf(all, sizeof all, "%s%s%s", uri, options ? strchr(uri, '?') ? "&" : "?" : "", options ? options : "");
  return bench_open_pool(all);
}

static void leave(place *at)
{
  bench_crew_free(at->crew);
  if (!at->pool)
    return;
  run_script(at->pool, "DROP TABLE IF EXISTS dusq_bench_person; DROP TABLE IF EXISTS dusq_bench_log");
  bench_close_pool(at->pool);
}

static bool enter(const bench_settings *settings, const char *uri, place *at)
{
  char text[128];
  at->pool = open_pool(uri, settings->pool);
  if (!at->pool || !run_script(at->pool, at->driver->tables) || !fill(at->pool) ||
      (at->driver->settle && !run_script(at->pool, at->driver->settle)) ||
      !(at->crew = bench_crew_new(at->driver, uri)))
    return false;
  at->driver->describe(bench_crew_conn(at->crew), text);
  printf("%s\n", text);
  fflush(stdout);
  return true;
}

/* Runs `what` where the server is; a server that nobody named is passed over. */
static bool on(const server *where, const bench_settings *settings,
               bool (*what)(const bench_settings *settings, const server *where, place *at))
{
  char uri[URI_SIZE];
  const char *given = where->socket_variable ? getenv(where->socket_variable) : NULL;
  given = given && *given ? given : getenv(where->variable);
  place at = {.driver = where->driver()};
  if (!at.driver || !given || !*given) {
    if (at.driver)
      printf("%s: passed over, %s is not set\n", where->name, where->variable);
    else
      printf("%s: passed over, the backend is not built in\n", where->name);
    fflush(stdout);
    return true;
  }
  int n = snprintf(uri, sizeof uri, "%s%s%s", given, !*where->suffix ? "" : strchr(given, '?') ? "&" : "?",
                   where->suffix);
  bool good = n > 0 && (size_t)n < sizeof uri && enter(settings, uri, &at) && what(settings, where, &at);
  leave(&at);
  return good;
}

/* ---- throughput ------------------------------------------------------------------------------------------------ */

typedef struct load_kind {
  const char *name;
  int what; /* by hand */
  dusq_future *(*submit)(bench_load *load);
  bool (*read)(dusq_future *done);
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

static bool tell_level(const bench_settings *settings, const server *where, const load_kind *kind,
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

static bool throughput(const bench_settings *settings, const server *where, place *at, const load_kind *kind)
{
  bench_shift shifts[HANDS];
  bench_load loads[LEVELS];
  bench_entry entries[SIDES] = {0};
  for (size_t i = 0; i < HANDS; i++) {
    shifts[i] = (bench_shift){at->crew, hand_threads[i], kind->what};
    entries[i] = (bench_entry){.how = hand_names[i], .round = bench_shift_round, .arg = &shifts[i]};
  }
  for (size_t i = 0; i < LEVELS; i++) {
    bench_entry *two = &entries[HANDS + 2 * i];
    loads[i] = (bench_load){.pool = at->pool, .submit = kind->submit, .read = kind->read, .in_flight = levels[i],
                            .random = 1};
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

static bool selects(const bench_settings *settings, const server *where, place *at)
{
  bool libpq = at->driver == bench_pg_driver();
  const load_kind kind = {"SELECT by key", BENCH_SELECT, submit_select, bench_read_select,
                          libpq ? bench_pg_select_target() : 0.8, libpq ? 0.9 : 0};
  return throughput(settings, where, at, &kind);
}

static bool reads(const bench_settings *settings, const server *where, place *at)
{
  return throughput(settings, where, at,
                    &(load_kind){"... READ_ONLY", BENCH_SELECT, submit_read, bench_read_select, 1.3, 0.9});
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
    if (!finish(dusq_pool_many(all->pool, insert_sql, 1, all->n, all->values, NULL), "many rows"))
      return -1;
  return (double)done * 1e9 / (double)(now - start);
}

/* Against single INSERTs, and against a loop inside a transaction. */
static bool many(const bench_settings *settings, const server *where, place *at)
{
  bench_shift shifts[HANDS];
  bench_entry entries[HANDS + 2] = {0};
  rows all = {at->pool, settings->quick ? MANY_ROWS_QUICK : MANY_ROWS, NULL};
  all.values = malloc(all.n * sizeof *all.values);
  for (size_t i = 0; i < all.n && all.values; i++)
    all.values[i] = dusq_text(bench_note);
  for (size_t i = 0; i < HANDS; i++) {
    shifts[i] = (bench_shift){at->crew, hand_threads[i], BENCH_INSERT};
    entries[i] = (bench_entry){.how = hand_names[i], .round = bench_shift_round, .arg = &shifts[i]};
  }
  entries[HANDS] = (bench_entry){.how = "1 thread", .round = bench_shift_transaction, .arg = &shifts[0]};
  entries[HANDS + 1] = (bench_entry){.how = "pool_many", .round = many_round, .arg = &all};
  bool good = all.values && bench_rounds(settings, entries, HANDS + 2);
  free(all.values);
  if (!good)
    return false;
  bool bulk = where == &mariadb; /* the one that takes them in one execution */
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

static bool inserts(const bench_settings *settings, const server *where, place *at)
{
  const load_kind kind = {"INSERT", BENCH_INSERT, submit_insert, bench_read_insert, 1, 0};
  return throughput(settings, where, at, &kind) && many(settings, where, at);
}

static bool fetches(const bench_settings *settings, const server *where, place *at)
{
  bench_shift shift = {at->crew, 1, BENCH_SELECT};
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
  return on(&pg, settings, selects);
}

bool bench_pg_read(const bench_settings *settings)
{
  return on(&pg, settings, reads);
}

bool bench_pg_insert(const bench_settings *settings)
{
  return on(&pg, settings, inserts);
}

bool bench_pg_fetch(const bench_settings *settings)
{
  return on(&pg, settings, fetches);
}

bool bench_pg_tcp(const bench_settings *settings)
{
  return on(&pg_tcp, settings, selects);
}

bool bench_mariadb_select(const bench_settings *settings)
{
  return on(&mariadb, settings, selects);
}

bool bench_mariadb_insert(const bench_settings *settings)
{
  return on(&mariadb, settings, inserts);
}

bool bench_mariadb_fetch(const bench_settings *settings)
{
  return on(&mariadb, settings, fetches);
}

bool bench_mysql_select(const bench_settings *settings)
{
  return on(&mysql, settings, selects);
}

bool bench_mysql_insert(const bench_settings *settings)
{
  return on(&mysql, settings, inserts);
}

bool bench_mysql_fetch(const bench_settings *settings)
{
  return on(&mysql, settings, fetches);
}
