/* server_hand.c - the other side of the comparison on servers: threads that loop on a driver, each with a connection of
 * its own.  Crews of different sizes share the connections, since they take turns. */
#include "bench.h"
#include <pthread.h>
#include <stdlib.h>

typedef struct hand {
  const bench_driver *driver;
  void *conn;
  bench_stream stream;
  bench_histogram latencies;
  pthread_t id;
  bool failed;
} hand;

struct bench_crew {
  const bench_driver *driver;
  atomic_bool stop;
  int n;
  hand hands[BENCH_CREW_MAX];
};

bench_crew *bench_crew_new(const bench_driver *driver, const char *uri, int connections)
{
  bench_crew *crew = calloc(1, sizeof *crew);
  if (!crew)
    return NULL;
  crew->driver = driver;
  for (; crew->n < connections; crew->n++) {
    hand *one = &crew->hands[crew->n];
    one->driver = driver;
    one->conn = driver->connect(uri);
    one->stream = (bench_stream){.stop = &crew->stop, .random = 88172645463325252 + (uint64_t)crew->n * 7919};
    if (!one->conn) {
      bench_crew_free(crew);
      return NULL;
    }
  }
  return crew;
}

void bench_crew_free(bench_crew *crew)
{
  for (int i = 0; crew && i < crew->n; i++)
    crew->driver->disconnect(crew->hands[i].conn);
  free(crew);
}

void *bench_crew_conn(bench_crew *crew)
{
  return crew->hands[0].conn;
}

/* ---- what is in flight, and what is answered ------------------------------------------------------------------- */

int64_t bench_stream_ask(bench_stream *stream)
{
  struct bench_asked *next = &stream->asked[stream->sent % stream->in_flight];
  next->began = bench_timed(stream->sent++) ? bench_now() : 0;
  return next->id = bench_person(&stream->random);
}

bool bench_stream_answer(bench_stream *stream, const char *name, size_t len)
{
  const struct bench_asked *oldest = &stream->asked[stream->done++ % stream->in_flight];
  if (oldest->began && stream->latencies)
    bench_histogram_add(stream->latencies, bench_now() - oldest->began);
  return stream->what == BENCH_INSERT || bench_is_name(name, len, oldest->id);
}

static bool once(hand *one)
{
  return one->stream.what == BENCH_SELECT ? one->driver->select(one->conn, bench_person(&one->stream.random))
                                          : one->driver->insert(one->conn);
}

static void one_by_one(hand *one)
{
  bench_stream *stream = &one->stream;
  while (!atomic_load_explicit(stream->stop, memory_order_relaxed) && !one->failed) {
    int64_t began = bench_timed(stream->done) ? bench_now() : 0;
    one->failed = !once(one);
    stream->done += !one->failed;
    if (began && stream->latencies)
      bench_histogram_add(stream->latencies, bench_now() - began);
  }
}

static void *loop(void *arg)
{
  hand *one = arg;
  bench_stream *stream = &one->stream;
  if (!stream->in_flight) {
    one_by_one(one);
    return NULL;
  }
  stream->asked = calloc(stream->in_flight, sizeof *stream->asked);
  one->failed = !stream->asked || !one->driver->pipeline(one->conn, stream);
  free(stream->asked);
  return NULL;
}

/* ---- rounds ---------------------------------------------------------------------------------------------------- */

static bool start(const bench_shift *shift, hand *one)
{
  one->stream.what = shift->what;
  one->stream.in_flight = shift->in_flight / (size_t)shift->threads;
  one->stream.sent = one->stream.done = 0;
  one->stream.latencies = shift->latencies ? &one->latencies : NULL;
  one->latencies = (bench_histogram){{0}};
  return !pthread_create(&one->id, NULL, loop, one);
}

double bench_shift_round(void *arg, int64_t ns)
{
  const bench_shift *shift = arg;
  bench_crew *crew = shift->crew;
  int64_t began = bench_now();
  uint64_t done = 0;
  int running = 0;
  atomic_store(&crew->stop, false);
  while (running < shift->threads && start(shift, &crew->hands[running]))
    running++;
  bool good = running == shift->threads;
  bench_sleep_until(began + ns);
  atomic_store(&crew->stop, true);
  for (int i = 0; i < running; i++) {
    hand *one = &crew->hands[i];
    pthread_join(one->id, NULL);
    done += one->stream.done;
    good = good && !one->failed;
    if (shift->latencies)
      bench_histogram_merge(shift->latencies, &one->latencies);
  }
  return good ? (double)done * 1e9 / (double)(bench_now() - began) : -1;
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
