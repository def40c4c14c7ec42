/* test_home.c - what futures stand on: timers against a model, parking, deadlines, generations, and the notifier's
 * life.                                                                                                              */
#include "async/notifier.h"
#include "async/timer.h"
#include "base/clock.h"
#include "base/fork.h"
#include "base/park.h"
#include "rig.h"

/* ---- timers ------------------------------------------------------------------------------------------------------ */
enum { TIMERS = 10000 };

typedef struct bell {
  dusq__timer timer;
  int64_t when, rang; /* rang: the timer thread's, until all have been counted */
  int rings;
  struct bells *all;
} bell;

typedef struct bells {
  dusq__home *home;
  tally t;
  int64_t last;       /* of the one that rang before */
  int early, unordered;
  bell bell[TIMERS];
} bells;

static void ring(dusq__timer *timer)
{
  bell *b = (bell *)timer;
  bells *all = b->all;
  b->rang = dusq__now();
  b->rings++;
  all->early += b->rang < b->when;
  all->unordered += b->when < all->last;
  all->last = b->when;
  tally_add(&all->t);
}

static bells *new_bells(void)
{
  bells *all = calloc(1, sizeof *all);
  all->t = (tally)TALLY_INIT;
  all->home = dusq__home_new((dusq__log){NULL, NULL}, "bells");
  CHECK_INT(dusq__timer_ready(all->home), DUSQ_OK);
  CHECK_INT(dusq__timer_ready(all->home), DUSQ_OK);
  for (int i = 0; i < TIMERS; i++) {
    all->bell[i].all = all;
    all->bell[i].timer.fire = ring;
  }
  return all;
}

static void free_bells(bells *all)
{
  dusq__home_unref(all->home);
  free(all);
}

static void arm(bells *all, int i, int64_t when)
{
  all->bell[i].when = when;
  dusq__timer_arm(all->home, &all->bell[i].timer, when);
}

static void test_timers_in_order(void)
{
  bells *all = new_bells();
  int64_t base = dusq__now() + 30 * MS;
  static const int offsets[] = {7, 3, 9, 1, 5, 5, 2, 8, 0, 4, 6};
  int n = (int)(sizeof offsets / sizeof *offsets);
  for (int i = 0; i < n; i++)
    arm(all, i, base + offsets[i] * MS);
  CHECK(tally_wait(&all->t, n));
  CHECK_INT(all->unordered, 0);
  CHECK_INT(all->early, 0);
  arm(all, 0, 0); /* the past: at once, and a timer may be used again */
  CHECK(tally_wait(&all->t, n + 1));
  CHECK(!dusq__timer_disarm(all->home, &all->bell[0].timer));
  arm(all, 1, INT64_MAX);
  arm(all, 0, dusq__now() + 2 * MS); /* earlier than what the thread sleeps for */
  CHECK(tally_wait(&all->t, n + 2));
  CHECK(dusq__timer_disarm(all->home, &all->bell[1].timer));
  CHECK(!dusq__timer_disarm(all->home, &all->bell[1].timer));
  CHECK_INT(all->bell[1].rings, 1);
  CHECK_INT(all->early, 0);
  free_bells(all);
}

static uint32_t next_random(uint32_t *state)
{
  return (*state = *state * 1664525u + 1013904223u) >> 8;
}

/* Arms, disarms and moves timers at random, all far away; then what is left is brought near in one order or another,
 * and must ring once each, in the order of their moments.  What was disarmed never rings.                            */
static void test_timers_against_a_model(void)
{
  bells *all = new_bells();
  int n = (int)test_scale(TIMERS), armed = 0;
  bool *model = calloc((size_t)n, sizeof *model);
  uint32_t random = 12345;
  int64_t far = dusq__now() + 3600 * DUSQ_SECOND, wrong = 0;
  for (int step = 0; step < 6 * n; step++) {
    int i = (int)(next_random(&random) % (unsigned)n);
    wrong += model[i] != dusq__timer_disarm(all->home, &all->bell[i].timer);
    armed -= model[i];
    model[i] = next_random(&random) % 3 != 0;
    armed += model[i];
    if (model[i])
      arm(all, i, far + next_random(&random) % 1000000);
  }
  CHECK_INT(wrong, 0);
  CHECK_INT(tally_count(&all->t), 0);
  int64_t near = dusq__now() + 20 * MS;
  for (int i = 0; i < n; i++)
    if (model[i]) {
      wrong += !dusq__timer_disarm(all->home, &all->bell[i].timer);
      arm(all, i, near + next_random(&random) % (uint32_t)(100 * MS));
    }
  CHECK(tally_wait(&all->t, armed));
  CHECK_INT(wrong, 0);
  CHECK_INT(all->early, 0);
  for (int i = 0; i < n; i++)
    wrong += all->bell[i].rings != model[i];
  CHECK_INT(wrong, 0);
  free(model);
  free_bells(all);
}

/* All armed before the first is due: then nothing may be out of order. */
static void test_timers_sorted(void)
{
  bells *all = new_bells();
  int n = (int)test_scale(TIMERS);
  uint32_t random = 99;
  int64_t base = dusq__now() + 300 * MS;
  for (int i = 0; i < n; i++)
    arm(all, i, base + next_random(&random) % (uint32_t)(50 * MS));
  bool in_time = dusq__now() < base;
  CHECK(tally_wait(&all->t, n));
  CHECK(!in_time || all->unordered == 0);
  CHECK_INT(all->early, 0);
  free_bells(all);
}

/* ---- the notifier ------------------------------------------------------------------------------------------------ */
typedef struct letter {
  dusq__post post;
  tally *t;
  dusq__home *home; /* counted: dropped on the notifier */
} letter;

static void read_letter(dusq__post *post)
{
  letter *l = (letter *)post;
  tally *t = l->t;
  dusq__home_unref(l->home);
  free(l);
  tally_add(t);
}

static void fini_home(void *owner)
{
  tally_free(owner);
}

/* The last reference goes on the notifier's own thread, with a post behind it. */
static void test_home_ends_on_notifier(void)
{
  tally t = TALLY_INIT;
  dusq__home *home = dusq__home_new((dusq__log){NULL, NULL}, "a name that is too long");
  dusq__home_own(home, &t, fini_home);
  CHECK_INT(dusq__notifier_ready(home), DUSQ_OK);
  CHECK_INT(dusq__notifier_ready(home), DUSQ_OK);
  for (int i = 0; i < 100; i++) {
    letter *l = calloc(1, sizeof *l);
    *l = (letter){.post = {.run = read_letter}, .t = &t, .home = dusq__home_ref(home)};
    dusq__notifier_post(home, &l->post);
  }
  dusq__home_unref(home);
  CHECK(tally_wait(&t, 100));
  CHECK(tally_wait_freed(&t, 1)); /* and then it is gone, once */
  CHECK(test_threads_settle(RIG_THREADS));
  CHECK_INT(tally_freed(&t), 1);
}

static void test_home_without_threads(void)
{
  tally t = TALLY_INIT;
  dusq__home *home = dusq__home_new((dusq__log){NULL, NULL}, "");
  dusq__home_own(home, &t, fini_home);
  CHECK(dusq__home_ref(home) == home);
  CHECK(dusq__home_ref(NULL) == NULL);
  dusq__home_unref(NULL);
  dusq__home_unref(home);
  CHECK_INT(tally_freed(&t), 0);
  dusq__home_unref(home);
  CHECK_INT(tally_freed(&t), 1); /* at once: no thread had to end */
}

static void test_shared_home(void)
{
  dusq__home *one = dusq__home_shared(), *two = dusq__home_shared();
  CHECK(one == two);
  dusq__home_unref(one);
  CHECK(dusq__home_shared() == two);
  dusq__home_unref(two);
  dusq__home_unref(two);
  one = dusq__home_shared();
  CHECK(one != NULL);
  dusq__home_unref(one);
}

/* ---- parking ----------------------------------------------------------------------------------------------------- */
typedef struct pair {
  dusq__parker a, b;
  long rounds;
} pair;

static void knock(void *arg, int i)
{
  pair *p = arg;
  (void)i;
  for (long n = 0; n < p->rounds; n++) {
    dusq__park(&p->b, INT64_MAX);
    dusq__unpark(&p->a);
  }
}

static void test_park(void)
{
  pair p = {.rounds = test_scale(20000)};
  dusq__parker_init(&p.a);
  dusq__parker_init(&p.b);
  int64_t begin = dusq__now();
  CHECK(!dusq__park(&p.a, begin + 2 * MS));
  CHECK(dusq__now() >= begin + 2 * MS);
  CHECK(!dusq__park(&p.a, 0)); /* long past */
  dusq__unpark(&p.a);
  dusq__unpark(&p.a);
  CHECK(dusq__park(&p.a, 0)); /* a wake is kept ... */
  CHECK(!dusq__park(&p.a, 0)); /* ... and two are one */
  team t;
  team_start(&t, 1, knock, &p);
  long woken = 0;
  for (long n = 0; n < p.rounds; n++) {
    dusq__unpark(&p.b);
    woken += dusq__park(&p.a, n % 2 ? INT64_MAX : dusq__deadline(LONG_WAIT));
  }
  team_join(&t);
  CHECK_INT(woken, p.rounds);
  dusq__parker_fini(&p.a);
  dusq__parker_fini(&p.b);
}

static void test_deadlines(void)
{
  CHECK_INT(dusq__deadline(INT64_MAX), INT64_MAX);
  CHECK_INT(dusq__deadline(INT64_MAX - 1), INT64_MAX);
  CHECK_INT(dusq__later(INT64_MAX - 5, 6), INT64_MAX);
  CHECK_INT(dusq__later(INT64_MAX - 5, 5), INT64_MAX);
  CHECK_INT(dusq__later(3, 4), 7);
  int64_t now = dusq__now();
  CHECK(dusq__deadline(0) >= now);
  struct timespec t = dusq__timespec(3 * DUSQ_SECOND + 7);
  CHECK_INT(t.tv_sec, 3);
  CHECK_INT(t.tv_nsec, 7);
  CHECK(!dusq__forked(dusq__generation()));
  CHECK(!dusq__forked(DUSQ__ANY_GENERATION));
  CHECK(dusq__forked(dusq__generation() + 1));
}

void suite_home(void);
void suite_home(void)
{
  test_suite("home");
  test_case("timers_in_order", test_timers_in_order);
  test_case("timers_against_a_model", test_timers_against_a_model);
  test_case("timers_sorted", test_timers_sorted);
  test_case("home_ends_on_notifier", test_home_ends_on_notifier);
  test_case("home_without_threads", test_home_without_threads);
  test_case("shared_home", test_shared_home);
  test_case("park", test_park);
  test_case("deadlines", test_deadlines);
}
