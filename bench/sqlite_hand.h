/* sqlite_hand.h - what the two ways by hand on SQLite share. */
#ifndef BENCH_SQLITE_HAND_H
#define BENCH_SQLITE_HAND_H
#include "bench.h"
#include <sqlite3.h>

sqlite3 *bench_sqlite_open(const char *path);                    /* NULL: it failed, and has complained          */
char *bench_sqlite_select_one(sqlite3_stmt *stmt, int64_t id);   /* the name, from malloc; NULL: something failed */
bool bench_sqlite_insert_one(sqlite3_stmt *stmt);

/* ---- sqlite_queue.c: a plain queue that threads serve, each with a connection, and one thread that asks --------- */
typedef struct bench_queue bench_queue;
bench_queue *bench_queue_new(const char *path, int what);
void bench_queue_free(bench_queue *queue);
/* An entry's argument. */
typedef struct bench_queue_load {
  bench_queue *queue;
  size_t in_flight;
  bench_histogram *latencies; /* NULL: not taken */
} bench_queue_load;
double bench_queue_round(void *load, int64_t ns);

#endif
