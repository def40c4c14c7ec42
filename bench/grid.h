/* grid.h - the grid: how many in flight x who waits how x how far the server is x which server, each way in a row of
 * its own, beside the same work by hand.
 *
 * A *family* is what one process runs: a server, a statement, a distance.  Its *cells* are one number in flight and one
 * *way*.  All ways of one number in flight take turns. */
#ifndef BENCH_GRID_H
#define BENCH_GRID_H
#include "bench.h"
#include <stdio.h>

enum { BENCH_FAMILY_SIZE = 40 };

/* Bits that a filter leaves; see grid.c for the words. */
typedef struct bench_grid {
  unsigned backends, works, distances, levels, ways;
} bench_grid;

typedef enum bench_side {
  BENCH_HAND,
  BENCH_DUSQ,
  BENCH_PEER
} bench_side;

typedef struct bench_cell {
  char family[BENCH_FAMILY_SIZE]; /* "pg select 1ms"                                                     */
  char way[BENCH_HOW_SIZE];       /* "dusq cq", "hand 4 threads"                                         */
  bench_side side;
  size_t in_flight;
  double rate;                    /* a second: the median                                                */
  double ratio, low, high;        /* to the best by hand: the median, and between what half of them stand */
  double p50, p99;                /* us; NAN, as all below: not known                                    */
  double cpu, switches;           /* of the client's, for one                                            */
  double allocations, bytes;      /* dusq's own, for one                                                 */
} bench_cell;

/* Inside a family's process, as bench_tell. */
bool bench_tell_cell(const bench_cell *cell);

/* ---- grid.c: which there are ----------------------------------------------------------------------------------- */
enum { BENCH_DUSQ_WAYS = 4, BENCH_LEVELS = 6 };
enum { BENCH_WAY_HAND = 1 << BENCH_DUSQ_WAYS, BENCH_WAY_PEERS = 2 << BENCH_DUSQ_WAYS }; /* after dusq's own */

typedef struct bench_family {
  int backend, work; /* BENCH_SELECT, BENCH_INSERT                    */
  int distance;      /* an index of bench_trips                        */
  bool busy;         /* another process keeps one processor to itself  */
} bench_family;

typedef struct bench_way {
  const char *word, *name;
  double (*round)(void *load, int64_t ns);
} bench_way;

enum { BENCH_SQLITE, BENCH_PG, BENCH_MARIADB, BENCH_MYSQL };

extern const bench_way bench_ways[BENCH_DUSQ_WAYS];
extern const int64_t bench_trips[];           /* there and back, in ns; 0: here */
extern const size_t bench_levels[BENCH_LEVELS];

/* A filter of words, with commas between them; "all".  False: a word is not known; it has complained. */
bool bench_grid_read(const char *words, bool quick, bench_grid *out);
void bench_grid_help(void);
size_t bench_grid_families(void);
const bench_family *bench_grid_family(size_t i, char name[BENCH_FAMILY_SIZE]);
bool bench_grid_wants(const bench_grid *grid, const bench_family *family);
int64_t bench_grid_takes(const bench_settings *settings, const bench_family *family); /* about so many ns */
int64_t bench_grid_round(const bench_settings *settings, const bench_family *family); /* an entry's round */

/* ---- grid_run.c: a family's process; settings->grid says which levels and ways --------------------------------- */
bool bench_grid_run(const bench_settings *settings, size_t family);

/* ---- grid_report.c --------------------------------------------------------------------------------------------- */
typedef struct bench_sheet {
  bench_cell *cells;
  size_t n, room;
} bench_sheet;

bool bench_sheet_add(bench_sheet *sheet, const bench_cell *cell);
void bench_sheet_print(const bench_sheet *sheet);                     /* the last cell, with a head where one begins */
void bench_sheet_ratios(const bench_sheet *sheet);                    /* a table of ratios                          */
void bench_sheet_json(const bench_sheet *sheet, FILE *file);          /* "grid": [...]                              */
bool bench_sheet_read(bench_sheet *sheet, const char *path);          /* what bench_sheet_json wrote                */
/* 15 % below `old` in each of the others is a fall, of those of dusq's cells that all have.  How many fell, printed;
 * and whether one of a family has. */
size_t bench_sheet_compare(const bench_sheet *old, const bench_sheet *const *others, size_t n);
bool bench_sheet_fell(const bench_sheet *old, const bench_sheet *const *others, size_t n, const char *family);

/* ---- svg.c: a picture for each family, DIR/FAMILY.svg ---------------------------------------------------------- */
bool bench_sheet_draw(const bench_sheet *sheet, const char *dir);

#endif
