/* server_hand.c - the other side of the comparison on servers: threads that loop on a driver, each with a connection of
 * its own.  Crews of different sizes share the connections, since they take turns. */
#include "bench.h"
#include <pthread.h>
#include <stdlib.h>

typedef struct hand {
  const bench_driver *driver;
  void *conn;
  const atomic_bool *stop;
  int what;
  pthread_t id;
  uint64_t random, done;
  bool failed;
} hand;

struct bench_crew {
  const bench_driver *driver;
  atomic_bool stop;
  hand hands[BENCH_CREW_MAX];
};

bench_crew *bench_crew_new(const bench_driver *driver, const char *uri)
{
  bench_crew *crew = calloc(1, sizeof *crew);
  if (!crew)
    return NULL;
  crew->driver = driver;
  for (int i = 0; i < BENCH_CREW_MAX; i++) {
    hand *one = &crew->hands[i];
    *one = (hand){.driver = driver, .conn = driver->connect(uri), .stop = &crew->stop,
                  .random = 88172645463325252 + (uint64_t)i * 7919};
    if (!one->conn) {
      bench_crew_free(crew);
      return NULL;
    }
  }
  return crew;
}

void bench_crew_free(bench_crew *crew)
{
  for (int i = 0; crew && i < BENCH_CREW_MAX && crew->hands[i].conn; i++)
    crew->driver->disconnect(crew->hands[i].conn);
  free(crew);
}

void *bench_crew_conn(bench_crew *crew)
{
  return crew->hands[0].conn;
}

static bool once(hand *one)
{
  return one->what == BENCH_SELECT ? one->driver->select(one->conn, bench_person(&one->random))
                                   : one->driver->insert(one->conn);
}

static void *loop(void *arg)
{
  hand *one = arg;
  one->done = 0;
  while (!atomic_load_explicit(one->stop, memory_order_relaxed) && !one->failed) {
    one->failed = !once(one);
    one->done += !one->failed;
  }
  return NULL;
}

double bench_shift_round(void *arg, int64_t ns)
{
  const bench_shift *shift = arg;
  bench_crew *crew = shift->crew;
  int64_t start = bench_now();
  uint64_t done = 0;
  int running = 0;
  atomic_store(&crew->stop, false);
  for (; running < shift->threads; running++) {
    crew->hands[running].what = shift->what;
    if (pthread_create(&crew->hands[running].id, NULL, loop, &crew->hands[running]))
      break;
  }
  bool good = running == shift->threads;
  bench_sleep_until(start + ns);
  atomic_store(&crew->stop, true);
  for (int i = 0; i < running; i++) {
    pthread_join(crew->hands[i].id, NULL);
    done += crew->hands[i].done;
    good = good && !crew->hands[i].failed;
  }
  return good ? (double)done * 1e9 / (double)(bench_now() - start) : -1;
}

double bench_shift_fetch(void *arg, int64_t ns)
{
  const bench_shift *shift = arg;
  int64_t start = bench_now(), now = start;
  uint64_t rows = 0;
  for (; now - start < ns; now = bench_now()) {
    size_t n = shift->crew->driver->fetch(bench_crew_conn(shift->crew));
    if (!n)
      return -1;
    rows += n;
  }
  return (double)rows * 1e9 / (double)(now - start);
}

double bench_shift_transaction(void *arg, int64_t ns)
{
  enum { LOOK_EVERY = 64 };
  const bench_shift *shift = arg;
  const bench_driver *driver = shift->crew->driver;
  void *conn = bench_crew_conn(shift->crew);
  int64_t start = bench_now();
  uint64_t done = 0;
  bool good = driver->begin(conn);
  for (; good && (done % LOOK_EVERY || bench_now() - start < ns); done++)
    good = driver->insert(conn);
  good = driver->commit(conn) && good;
  return good ? (double)done * 1e9 / (double)(bench_now() - start) : -1;
}
