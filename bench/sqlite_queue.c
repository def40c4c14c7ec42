/* sqlite_queue.c - what one would write by hand to ask SQLite without waiting: a list under a mutex, threads that take
 * from it, and a list of what is done, of which the thread that asks takes all at once. */
#include "sqlite_hand.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 2 };

typedef struct item {
  struct item *next;
  int64_t id, began; /* began 0: it is not timed */
  char *name;
  bool good;
} item;

typedef struct list {
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  item *first, **end; /* guarded by: mtx */
  bool closed;        /* guarded by: mtx */
} list;

struct bench_queue {
  int what, n;
  uint64_t random, asked;
  list asks, answers;
  pthread_t ids[THREADS];
  sqlite3 *dbs[THREADS];
  sqlite3_stmt *stmts[THREADS];
};

typedef struct server {
  bench_queue *queue;
  int which;
} server;

/* ---- lists ----------------------------------------------------------------------------------------------------- */

static void init(list *l)
{
  pthread_mutex_init(&l->mtx, NULL);
  pthread_cond_init(&l->cond, NULL);
  l->first = NULL;
  l->end = &l->first;
}

static void append(list *l, item *one)
{
  one->next = NULL;
  pthread_mutex_lock(&l->mtx);
  bool was_empty = !l->first;
  *l->end = one;
  l->end = &one->next;
  pthread_mutex_unlock(&l->mtx);
  if (was_empty)
    pthread_cond_signal(&l->cond);
}

/* One, or all of them; NULL: it is closed. */
static item *take(list *l, bool all)
{
  pthread_mutex_lock(&l->mtx);
  while (!l->first && !l->closed)
    pthread_cond_wait(&l->cond, &l->mtx);
  item *first = l->first;
  if (first) {
    l->first = all ? NULL : first->next;
    if (!l->first)
      l->end = &l->first;
  }
  bool more = l->first != NULL;
  pthread_mutex_unlock(&l->mtx);
  if (more)
    pthread_cond_signal(&l->cond);
  return first;
}

/* ---- threads --------------------------------------------------------------------------------------------------- */

static void *serve(void *arg)
{
  server *self = arg;
  bench_queue *queue = self->queue;
  sqlite3_stmt *stmt = queue->stmts[self->which];
  free(self);
  for (item *one; (one = take(&queue->asks, false)) != NULL; append(&queue->answers, one)) {
    if (queue->what == BENCH_SELECT)
      one->name = bench_sqlite_select_one(stmt, one->id);
    one->good = queue->what == BENCH_SELECT ? one->name != NULL : bench_sqlite_insert_one(stmt);
  }
  return NULL;
}

static bool add_thread(bench_queue *queue, const char *path)
{
  const char *sql = queue->what == BENCH_SELECT ? bench_select_sql : bench_insert_sql;
  server *self = malloc(sizeof *self);
  if (!self)
    return false;
  *self = (server){queue, queue->n};
  sqlite3 **db = &queue->dbs[queue->n];
  if ((*db = bench_sqlite_open(path)) &&
      sqlite3_prepare_v2(*db, sql, -1, &queue->stmts[queue->n], NULL) == SQLITE_OK &&
      !pthread_create(&queue->ids[queue->n], NULL, serve, self)) {
    queue->n++;
    return true;
  }
  sqlite3_finalize(queue->stmts[queue->n]);
  sqlite3_close(*db);
  free(self);
  return false;
}

bench_queue *bench_queue_new(const char *path, int what)
{
  bench_queue *queue = calloc(1, sizeof *queue);
  if (!queue)
    return NULL;
  queue->what = what;
  queue->random = 88172645463325252;
  init(&queue->asks);
  init(&queue->answers);
  for (int i = 0; i < THREADS; i++)
    if (!add_thread(queue, path)) {
      bench_queue_free(queue);
      return NULL;
    }
  return queue;
}

void bench_queue_free(bench_queue *queue)
{
  if (!queue)
    return;
  pthread_mutex_lock(&queue->asks.mtx);
  queue->asks.closed = true;
  pthread_cond_broadcast(&queue->asks.cond);
  pthread_mutex_unlock(&queue->asks.mtx);
  for (int i = 0; i < queue->n; i++) {
    pthread_join(queue->ids[i], NULL);
    sqlite3_finalize(queue->stmts[i]);
    sqlite3_close(queue->dbs[i]);
  }
  free(queue);
}

/* ---- who asks -------------------------------------------------------------------------------------------------- */

static void ask(bench_queue *queue, item *one)
{
  one->id = bench_person(&queue->random);
  one->began = bench_timed(queue->asked++) ? bench_now() : 0;
  append(&queue->asks, one);
}

/* Whether it is right; looks at the clock where it is timed. */
static bool check(const bench_queue_load *load, item *one, int64_t *now)
{
  bool good = one->good && (load->queue->what == BENCH_INSERT || bench_is_name(one->name, strlen(one->name), one->id));
  free(one->name);
  one->name = NULL;
  if (!one->began)
    return good;
  *now = bench_now();
  if (load->latencies)
    bench_histogram_add(load->latencies, *now - one->began);
  return good;
}

double bench_queue_round(void *arg, int64_t ns)
{
  const bench_queue_load *load = arg;
  bench_queue *queue = load->queue;
  item *items = calloc(load->in_flight, sizeof *items);
  if (!items)
    return -1;
  int64_t start = bench_now(), now = start;
  uint64_t done = 0;
  bool good = true;
  queue->asked = 0;
  for (size_t i = 0; i < load->in_flight; i++)
    ask(queue, &items[i]);
  for (size_t waiting = load->in_flight; waiting;) {
    for (item *one = take(&queue->answers, true), *next; one; one = next, done++) {
      next = one->next;
      good = check(load, one, &now) && good;
      if (good && now - start < ns)
        ask(queue, one);
      else
        waiting--;
    }
  }
  free(items);
  if (!good)
    bench_complain("the queue by hand: a wrong answer");
  return good ? (double)done * 1e9 / (double)(bench_now() - start) : -1;
}
