/* race_flood.c - far more submissions than a slow worker can take, from several threads: what waits is bounded, the
 * rest is refused at once, and each future settles once.                                                             */
#include "rig.h"
#include "support.h"
#include <stdlib.h>
#include <sys/resource.h>

enum { HANDS = 4, MILLION = 1000000, LIMIT = 10000 };
#define LIMIT_TEXT "10000"
#define ROOM_FOR_ALL (24L << 10) /* KiB: 10,000 requests of less than 1 KiB, and what the pool and its threads take */

typedef struct flood {
  site s;
  long each;
  atomic_long called, good, busy, wrong;
} flood;

static void count(dusq_future *done, void *arg)
{
  flood *f = arg;
  dusq_status status = dusq_future_status(done);
  atomic_fetch_add(&f->called, 1);
  atomic_fetch_add(status == DUSQ_OK ? &f->good : status == DUSQ_E_BUSY ? &f->busy : &f->wrong, 1);
}

static void submit(void *arg, int i)
{
  flood *f = arg;
  (void)i;
  for (long k = 0; k < f->each; k++) {
    dusq_future *future = site_query(f->s, "INSERT INTO t VALUES (1)");
    if (dusq_future_status(future) != DUSQ_E_PENDING)
      count(future, f); /* a callback would wait for the one thread that runs them all */
    else if (dusq_future_on_done(future, NULL, count, f, NULL))
      atomic_fetch_add(&f->wrong, 1);
    dusq_future_unref(future);
  }
}

static long resident_kib(void)
{
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

static void test_million_ahead(void)
{
  long all = test_scale(MILLION) / HANDS * HANDS;
  flood f = {.s = site_open("pool_size=1&queue_limit=" LIMIT_TEXT), .each = all / HANDS};
  ON(f.s, "SELECT 0", .flags = DUSQ_FAKE_HANG);
  CHECK_INT(dusq_fake_history_limit(f.s.fake, 0), DUSQ_OK);
  dusq_future *slow = site_query(f.s, "SELECT 0");
  site_reached(f.s, DUSQ_FAKE_HANGING, 1);
  long before = resident_kib();
  team_run(HANDS, submit, &f);
  long grown = resident_kib() - before;
  if (getenv("DUSQ_TEST_VERBOSE"))
    printf("    %ld submissions: %ld KiB\n", all, grown);
  if (!test_slow())
    CHECK(grown < ROOM_FOR_ALL);
  long waiting = all < LIMIT ? all : LIMIT;
  CHECK_INT(site_stat(f.s, "queued"), waiting);
  CHECK_INT(dusq_fake_release(f.s.fake), 1);
  expect(slow, DUSQ_OK);
  site_stat_reaches(f.s, "queued", 0);
  site_close(f.s); /* waits for all callbacks but those that are on their way */
  int64_t until = test_now() + LONG_WAIT;
  while (atomic_load(&f.called) < all && test_now() < until)
    test_nap();
  CHECK_INT(atomic_load(&f.called), all);
  CHECK_INT(atomic_load(&f.good), waiting);
  CHECK_INT(atomic_load(&f.busy), all - waiting);
  CHECK_INT(atomic_load(&f.wrong), 0);
}

void suite_race_flood(void);
void suite_race_flood(void)
{
  test_suite("race_flood");
  test_case("million_ahead", test_million_ahead);
}
