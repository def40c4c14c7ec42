/* sqlite_hand.c - the other side of the comparison: threads that loop on SQLite, each with a connection of its own.
 *
 * Nothing is left out that a program would need (the cells are copied to memory of its own), and nothing is added:
 * every statement is prepared once, and the connections have no mutex. */
#include "sqlite_hand.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 4, BUSY_MS = 5000, SAMPLES = 1 << 16 };

const char bench_select_sql[] = "SELECT name FROM person WHERE id = ?";
const char bench_insert_sql[] = "INSERT INTO log (note) VALUES (?)";
const char bench_fetch_sql[] = "SELECT id, name, score FROM person ORDER BY id LIMIT 10000";
const char bench_note[] = "twenty bytes of text";

typedef struct hand_thread {
  sqlite3 *db;
  sqlite3_stmt *stmt, *fetch;
  bool (*once)(struct hand_thread *thread);
  const atomic_bool *stop;
  pthread_t id;
  uint64_t random, done;
  bench_histogram latencies;
  bool failed;
} hand_thread;

struct bench_hand {
  int n;
  atomic_bool stop;
  bench_histogram *latencies; /* NULL: not taken */
  hand_thread threads[MAX_THREADS];
};

int64_t bench_person(uint64_t *random)
{
  return 1 + (int64_t)(bench_random(random) % BENCH_PERSONS);
}

/* ---- the database ---------------------------------------------------------------------------------------------- */

sqlite3 *bench_sqlite_open(const char *path)
{
  static const char pragmas[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                                "PRAGMA cache_size=" BENCH_CACHE_SIZE;
  sqlite3 *db = NULL;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(path, &db, flags, NULL) == SQLITE_OK && sqlite3_busy_timeout(db, BUSY_MS) == SQLITE_OK &&
      sqlite3_exec(db, pragmas, NULL, NULL, NULL) == SQLITE_OK)
    return db;
  bench_complain("%s: %s", path, sqlite3_errmsg(db));
  sqlite3_close(db);
  return NULL;
}

static bool fill(sqlite3 *db)
{
  char *sql = sqlite3_mprintf("BEGIN;"
                              "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, score REAL NOT NULL);"
                              "CREATE TABLE log (id INTEGER PRIMARY KEY, note TEXT NOT NULL);"
                              "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                              "INSERT INTO person SELECT i, printf('person number %%06d', i), i / 8.0 FROM n;"
                              "COMMIT",
                              BENCH_PERSONS);
  int rc = sql ? sqlite3_exec(db, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
  sqlite3_free(sql);
  if (rc != SQLITE_OK)
    bench_complain("the database could not be made: %s", sqlite3_errmsg(db));
  return rc == SQLITE_OK;
}

bool bench_sqlite_make(const bench_settings *settings, const char *name, char *path, size_t size)
{
  int n = snprintf(path, size, "%s/%s.db", settings->dir, name);
  sqlite3 *db = n > 0 && (size_t)n < size ? bench_sqlite_open(path) : NULL;
  bool good = db && fill(db);
  sqlite3_close(db);
  return good;
}

/* ---- one statement --------------------------------------------------------------------------------------------- */

static bool complain(hand_thread *thread)
{
  bench_complain("by hand: %s", sqlite3_errmsg(thread->db));
  thread->failed = true;
  return false;
}

/* The cell's text in memory of one's own. */
static char *copy_text(sqlite3_stmt *stmt, int col)
{
  const unsigned char *text = sqlite3_column_text(stmt, col);
  size_t len = (size_t)sqlite3_column_bytes(stmt, col);
  char *copy = text ? malloc(len + 1) : NULL;
  if (copy)
    memcpy(copy, text, len + 1);
  return copy;
}

char *bench_sqlite_select_one(sqlite3_stmt *stmt, int64_t id)
{
  sqlite3_bind_int64(stmt, 1, id);
  char *name = sqlite3_step(stmt) == SQLITE_ROW ? copy_text(stmt, 0) : NULL;
  bool good = name && sqlite3_step(stmt) == SQLITE_DONE;
  if (sqlite3_reset(stmt) == SQLITE_OK && good)
    return name;
  free(name);
  return NULL;
}

bool bench_sqlite_insert_one(sqlite3_stmt *stmt)
{
  sqlite3_bind_text(stmt, 1, bench_note, -1, SQLITE_STATIC);
  bool good = sqlite3_step(stmt) == SQLITE_DONE;
  return sqlite3_reset(stmt) == SQLITE_OK && good;
}

static bool select_once(hand_thread *thread)
{
  int64_t id = bench_person(&thread->random);
  char *name = bench_sqlite_select_one(thread->stmt, id);
  bool good = name && bench_is_name(name, strlen(name), id);
  free(name);
  return good || complain(thread);
}

static bool insert_once(hand_thread *thread)
{
  return bench_sqlite_insert_one(thread->stmt) || complain(thread);
}

/* ---- rounds ---------------------------------------------------------------------------------------------------- */

bench_hand *bench_hand_new(const char *path, int threads, int what)
{
  bench_hand *hand = calloc(1, sizeof *hand);
  if (!hand)
    return NULL;
  for (; hand->n < threads; hand->n++) {
    hand_thread *thread = &hand->threads[hand->n];
    *thread = (hand_thread){.stop = &hand->stop, .random = 88172645463325252 + (uint64_t)hand->n * 7919};
    thread->once = what == BENCH_SELECT ? select_once : insert_once;
    thread->db = bench_sqlite_open(path);
    const char *sql = what == BENCH_SELECT ? bench_select_sql : bench_insert_sql;
    if (thread->db && sqlite3_prepare_v2(thread->db, sql, -1, &thread->stmt, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(thread->db, bench_fetch_sql, -1, &thread->fetch, NULL) == SQLITE_OK)
      continue;
    hand->n++;
    bench_hand_free(hand);
    return NULL;
  }
  return hand;
}

void bench_hand_time(bench_hand *hand, bench_histogram *latencies)
{
  hand->latencies = latencies;
}

void bench_hand_free(bench_hand *hand)
{
  for (int i = 0; hand && i < hand->n; i++) {
    sqlite3_finalize(hand->threads[i].stmt);
    sqlite3_finalize(hand->threads[i].fetch);
    sqlite3_close(hand->threads[i].db);
  }
  free(hand);
}

static void *loop(void *arg)
{
  hand_thread *thread = arg;
  thread->done = 0;
  thread->latencies = (bench_histogram){{0}};
  while (!atomic_load_explicit(thread->stop, memory_order_relaxed)) {
    int64_t began = bench_timed(thread->done) ? bench_now() : 0;
    if (!thread->once(thread))
      break;
    thread->done++;
    if (began)
      bench_histogram_add(&thread->latencies, bench_now() - began);
  }
  return NULL;
}

double bench_hand_round(void *arg, int64_t ns)
{
  bench_hand *hand = arg;
  int64_t start = bench_now();
  uint64_t done = 0;
  int running = 0;
  atomic_store(&hand->stop, false);
  while (running < hand->n && !pthread_create(&hand->threads[running].id, NULL, loop, &hand->threads[running]))
    running++;
  bool good = running == hand->n;
  bench_sleep_until(start + ns);
  atomic_store(&hand->stop, true);
  for (int i = 0; i < running; i++) {
    pthread_join(hand->threads[i].id, NULL);
    done += hand->threads[i].done;
    good = good && !hand->threads[i].failed;
    if (hand->latencies)
      bench_histogram_merge(hand->latencies, &hand->threads[i].latencies);
  }
  return good ? (double)done * 1e9 / (double)(bench_now() - start) : -1;
}

double bench_hand_latency(void *arg, int64_t ns)
{
  hand_thread *thread = &((bench_hand *)arg)->threads[0];
  double *samples = calloc(SAMPLES, sizeof *samples);
  if (!samples)
    return -1;
  int64_t before = bench_now(), end = before + ns;
  size_t n = 0;
  while (n < SAMPLES && before < end && thread->once(thread)) {
    int64_t now = bench_now();
    samples[n++] = (double)(now - before) / 1e3;
    before = now;
  }
  double median = bench_median(samples, n);
  free(samples);
  return thread->failed ? -1 : median;
}

/* ---- many rows ------------------------------------------------------------------------------------------------- */

/* All rows as an array; false: something failed. */
static bool fetch_all(sqlite3_stmt *stmt, bench_hand_person **out, size_t *n)
{
  size_t room = 0;
  *out = NULL;
  *n = 0;
  int rc;
  while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
    if (*n == room) {
      room = room ? room * 2 : 16;
      bench_hand_person *more = realloc(*out, room * sizeof **out);
      if (!more)
        break;
      *out = more;
    }
    bench_hand_person *one = &(*out)[(*n)++];
    one->id = sqlite3_column_int64(stmt, 0);
    one->name = copy_text(stmt, 1);
    one->score = sqlite3_column_double(stmt, 2);
  }
  return sqlite3_reset(stmt) == SQLITE_OK && rc == SQLITE_DONE;
}

double bench_hand_fetch(void *arg, int64_t ns)
{
  hand_thread *thread = &((bench_hand *)arg)->threads[0];
  int64_t start = bench_now(), now = start;
  uint64_t rows = 0;
  for (; now - start < ns; now = bench_now()) {
    bench_hand_person *persons;
    size_t n;
    bool good = fetch_all(thread->fetch, &persons, &n);
    if (!bench_take_persons(persons, n) || !good) {
      complain(thread);
      return -1;
    }
    rows += n;
  }
  return (double)rows * 1e9 / (double)(now - start);
}
