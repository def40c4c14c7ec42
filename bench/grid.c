/* grid.c - what the grid has: its families, and the words that choose among them. */
#include "grid.h"
#include <stdio.h>
#include <string.h>

#define MS DUSQ_MILLISECOND

const bench_way bench_ways[BENCH_DUSQ_WAYS] = {
    {"wait", "dusq wait", bench_window},
    {"cq", "dusq cq", bench_callbacks},
    {"loop", "dusq loop", bench_loop},
    {"threads", "dusq threads", bench_threads},
};
const int64_t bench_trips[] = {0, 3 * MS / 10, MS, 5 * MS};
const size_t bench_levels[BENCH_LEVELS] = {1, 4, 16, 64, 256, 1024};

enum { HERE, NEAR, FAR, FARTHER };

static const bench_family families[] = {
    {BENCH_SQLITE, BENCH_SELECT, HERE, false},  {BENCH_SQLITE, BENCH_SELECT, HERE, true},
    {BENCH_SQLITE, BENCH_INSERT, HERE, false},  {BENCH_SQLITE, BENCH_SEED, HERE, false},
    {BENCH_PG, BENCH_SEED, HERE, false},        {BENCH_PG, BENCH_SELECT, HERE, false},
    {BENCH_PG, BENCH_SELECT, NEAR, false},      {BENCH_PG, BENCH_SELECT, FAR, false},
    {BENCH_PG, BENCH_SELECT, FARTHER, false},   {BENCH_PG, BENCH_SELECT, HERE, true},
    {BENCH_PG, BENCH_INSERT, HERE, false},      {BENCH_MARIADB, BENCH_SELECT, HERE, false},
    {BENCH_MARIADB, BENCH_SELECT, NEAR, false}, {BENCH_MARIADB, BENCH_SELECT, FAR, false},
    {BENCH_MARIADB, BENCH_SELECT, FARTHER, false}, {BENCH_MARIADB, BENCH_SELECT, HERE, true},
    {BENCH_MARIADB, BENCH_INSERT, HERE, false}, {BENCH_MYSQL, BENCH_SELECT, HERE, false},
    {BENCH_MYSQL, BENCH_SELECT, FAR, false},    {BENCH_MYSQL, BENCH_INSERT, HERE, false},
};

/* ---- words ----------------------------------------------------------------------------------------------------- */

enum { BACKENDS, WORKS, DISTANCES, LEVELS, WAYS, DIMENSIONS };
enum { BUSY_BIT = 1 << 4 }; /* a distance of its own: here, with a neighbour */

static const struct word {
  int dimension;
  unsigned bit;
  const char *text;
} words[] = {
    {BACKENDS, 1 << BENCH_SQLITE, "sqlite"}, {BACKENDS, 1 << BENCH_PG, "pg"},
    {BACKENDS, 1 << BENCH_MARIADB, "mariadb"}, {BACKENDS, 1 << BENCH_MYSQL, "mysql"},
    {WORKS, 1 << BENCH_SELECT, "select"}, {WORKS, 1 << BENCH_INSERT, "insert"}, {WORKS, 1 << BENCH_SEED, "seed"},
    {DISTANCES, 1 << HERE, "here"}, {DISTANCES, 1 << NEAR, "0.3ms"}, {DISTANCES, 1 << FAR, "1ms"},
    {DISTANCES, 1 << FARTHER, "5ms"}, {DISTANCES, BUSY_BIT, "busy"},
    {LEVELS, 1, "1"}, {LEVELS, 2, "4"}, {LEVELS, 4, "16"}, {LEVELS, 8, "64"}, {LEVELS, 16, "256"},
    {LEVELS, 32, "1024"},
    {WAYS, 1, "wait"}, {WAYS, 2, "cq"}, {WAYS, 4, "loop"}, {WAYS, 8, "threads"}, {WAYS, BENCH_WAY_HAND, "hand"},
    {WAYS, BENCH_WAY_PEERS, "peers"},
};

enum { WORDS = sizeof words / sizeof *words, QUICK_LEVELS = 1 | 4 | 16, QUICK_WAYS = BENCH_WAY_PEERS - 1 };

static const struct word *find_word(const char *text, size_t len)
{
  for (size_t i = 0; i < WORDS; i++)
    if (strlen(words[i].text) == len && !memcmp(words[i].text, text, len))
      return &words[i];
  return NULL;
}

bool bench_grid_read(const char *text, bool quick, bench_grid *out)
{
  unsigned bits[DIMENSIONS] = {0};
  for (const char *at = text; *at; at += strspn(at, ", ")) {
    size_t len = strcspn(at, ", ");
    const struct word *word = find_word(at, len);
    if (word)
      bits[word->dimension] |= word->bit;
    else if (len && (len != 3 || memcmp(at, "all", 3))) {
      bench_complain("--grid does not know \"%.*s\"; see --help", (int)len, at);
      return false;
    }
    at += len;
  }
  for (int i = 0; i < DIMENSIONS; i++)
    bits[i] = bits[i] ? bits[i] : quick && i == LEVELS ? QUICK_LEVELS : quick && i == WAYS ? QUICK_WAYS : ~0U;
  bits[WAYS] |= BENCH_WAY_HAND; /* what all are compared with */
  *out = (bench_grid){bits[BACKENDS], bits[WORKS], bits[DISTANCES], bits[LEVELS], bits[WAYS]};
  return true;
}

void bench_grid_help(void)
{
  static const char *const names[DIMENSIONS] = {"server", "statement", "distance", "in flight", "way"};
  puts("\nThe grid (--grid FILTER) is all of these with each other; FILTER is some of the words with commas between\n"
       "them, as \"pg,1ms,16,64,cq\", or \"all\".  Where it names none of a line, all of that line are meant:");
  for (int i = 0; i < DIMENSIONS; i++) {
    printf("  %-14s", names[i]);
    for (size_t w = 0; w < WORDS; w++)
      if (words[w].dimension == i)
        printf(" %s", words[w].text);
    putchar('\n');
  }
  puts("A distance is what a trip there and back takes longer, through a process that delays; at it, dusq and those\n"
       "by hand have as many connections (PostgreSQL 4, MariaDB and MySQL 64).  Here dusq has a pool as it is by\n"
       "itself, and by hand are up to 16.  \"busy\": here, while another process keeps one processor to itself.\n"
       "The ways: one thread waits for the oldest; one dispatches a completion queue; one polls the queue's\n"
       "descriptor as loops do; a thread for each request.  By hand: threads that block, each with a connection; the\n"
       "driver's pipeline; on SQLite, a plain queue.  The ratio is to the best by hand, of the rounds of the same\n"
       "run: its median, and the middle half of them.  CPU and switches of its processor are the client's,\n"
       "allocations and bytes dusq's own, each for one request.  INSERT is run here only; the seed is two SELECTs\n"
       "gathered, one such round after another.  Peers are other libraries, where the machine has them: asyncpg,\n"
       "SQLAlchemy on asyncpg and aiosqlite (the seed), libpqxx with a compiler, tokio-postgres with Debian's crates\n"
       "and cargo, postgres and mysql2 of node; with --quick only if FILTER names them.  System calls are not\n"
       "counted: that takes a tracer, as \"perf trace -s\", which slows what it counts.");
}

/* ---- families -------------------------------------------------------------------------------------------------- */

size_t bench_grid_families(void)
{
  return sizeof families / sizeof *families;
}

static const char *word_of(int dimension, unsigned bit)
{
  for (size_t i = 0; i < WORDS; i++)
    if (words[i].dimension == dimension && words[i].bit == bit)
      return words[i].text;
  return "";
}

static unsigned distance_bit(const bench_family *family)
{
  return family->busy ? BUSY_BIT : 1U << family->distance;
}

const bench_family *bench_grid_family(size_t i, char name[BENCH_FAMILY_SIZE])
{
  const bench_family *family = &families[i];
  snprintf(name, BENCH_FAMILY_SIZE, "%s %s %s", word_of(BACKENDS, 1U << family->backend),
           word_of(WORKS, 1U << family->work), word_of(DISTANCES, distance_bit(family)));
  return family;
}

bool bench_grid_wants(const bench_grid *grid, const bench_family *family)
{
  return grid->backends & 1U << family->backend && grid->works & 1U << family->work &&
         grid->distances & distance_bit(family);
}

/* At a distance a round lasts for some trips. */
int64_t bench_grid_round(const bench_settings *settings, const bench_family *family)
{
  enum { TRIPS = 20 };
  int64_t least = TRIPS * bench_trips[family->distance];
  return settings->round_ns > least ? settings->round_ns : least;
}

int64_t bench_grid_takes(const bench_settings *settings, const bench_family *family)
{
  enum { BY_HAND = 5, PEERS = 4 };
  const bench_grid *grid = settings->grid;
  int64_t levels = 0, ways = BY_HAND + (grid->ways & BENCH_WAY_PEERS ? PEERS : 0);
  for (int i = 0; i < BENCH_LEVELS; i++)
    levels += family->work == BENCH_SEED ? i == 0 : grid->levels >> i & 1;
  for (int i = 0; i < BENCH_DUSQ_WAYS; i++)
    ways += grid->ways >> i & 1;
  return 5 * DUSQ_SECOND + levels * ways * (settings->rounds + 2) * bench_grid_round(settings, family);
}
