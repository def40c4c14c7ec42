/* race_stream.c - streams under fire: readers that ask, cancel and close at any moment, against the worker that hands
 * batches over, against the loss of its connection and the close of the pool.
 *
 * Whatever the order: every future settles, and the rows that a reader gets are the first ones, each once, in order.  */
#include "rig.h"

enum { HANDS = 3, ROWS = 40, ASKED = 4 };

typedef struct brawl {
  site s;
  meeting m;
  dusq_session *session; /* that all streams are of, or NULL: of the pool */
  int against;           /* what hand 0 does */
  atomic_long wrong;
} brawl;
enum { AGAINST_NOTHING, AGAINST_POOL_CLOSE, AGAINST_LOSS };

static bool is_expected(dusq_status status)
{
  return !status || status == DUSQ_E_CLOSED || status == DUSQ_E_CANCELED || status == DUSQ_E_TIMEDOUT ||
         status == DUSQ_E_CONNECTION_LOST || status == DUSQ_E_CONNECT;
}

static dusq_status settle(brawl *b, dusq_future *take_future, dusq_result **out)
{
  atomic_fetch_add(&b->wrong, dusq_future_wait(take_future, LONG_WAIT) != DUSQ_OK);
  dusq_status status = dusq_future_get(take_future, out);
  atomic_fetch_add(&b->wrong, !is_expected(status));
  if (!is_expected(status))
    printf("    status %d: %s\n", status, dusq_error_message(dusq_future_error(take_future)));
  dusq_future_unref(take_future);
  return status;
}

/* Cancels hit what another thread is about to answer. */
static void read_some(brawl *b, dusq_stream *stream, uint32_t *random, int64_t *last)
{
  dusq_future *asked[ASKED];
  for (int i = 0; i < ASKED; i++)
    asked[i] = dusq_stream_next(stream);
  dawdle(random, 3000);
  for (int i = 0; i < ASKED; i++)
    if (!test_draw(random, 4))
      dusq_future_cancel(asked[i]);
  for (int i = 0; i < ASKED; i++) {
    dusq_result *batch = NULL;
    if (settle(b, asked[i], &batch))
      continue;
    for (size_t row = 0; row < dusq_result_rows(batch); row++) {
      int64_t n = -1;
      atomic_fetch_add(&b->wrong, dusq_result_int(batch, row, 0, &n) || n != *last + 1);
      *last = n;
    }
    dusq_result_unref(batch);
  }
}

static void read_one(brawl *b, uint32_t *random)
{
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.prefetch = 1 + test_draw(random, 9);
  opts.timeout = test_draw(random, 3) ? 0 : 50000;
  dusq_stream *stream = b->session ? dusq_session_stream(b->session, "SELECT n", DUSQ_NO_PARAMS, &opts)
                                   : dusq_pool_stream(b->s.pool, "SELECT n", DUSQ_NO_PARAMS, &opts);
  int64_t last = -1;
  for (unsigned i = test_draw(random, 8); i > 0; i--)
    read_some(b, stream, random, &last);
  dusq_future *left = test_draw(random, 2) ? dusq_stream_next(stream) : NULL;
  dawdle(random, 3000);
  settle(b, dusq_stream_close(stream), NULL);
  if (left)
    settle(b, left, NULL);
}

static void hand(void *arg, int i)
{
  enum { STREAMS = 4 };
  brawl *b = arg;
  uint32_t random = (uint32_t)test_now() + (uint32_t)i * 7919;
  meet(&b->m);
  if (i == 0 && b->against == AGAINST_POOL_CLOSE) {
    dawdle(&random, 60000);
    settle(b, dusq_pool_close(b->s.pool, test_draw(&random, 3) ? 0 : LONG_WAIT), NULL);
    return;
  }
  for (int k = 0; i == 0 && b->against == AGAINST_LOSS && k < STREAMS; k++) {
    dawdle(&random, 30000);
    dusq_fake_cut(b->s.fake);
  }
  for (int k = 0; i > 0 && k < STREAMS; k++)
    read_one(b, &random);
}

static void fight(int against, bool in_session, long rounds)
{
  static const char *const name = "n";
  dusq_value cells[ROWS];
  for (int i = 0; i < ROWS; i++)
    cells[i] = dusq_int(i);
  for (; rounds > 0; rounds--) {
    brawl b = {.s = site_open(rounds % 2 ? "pool_size=1" : "pool_size=3"), .m = {.n = HANDS}, .against = against};
    ON(b.s, "SELECT n", .cols = 1, .names = &name, .rows = ROWS, .cells = cells);
    b.session = in_session ? dusq_pool_session(b.s.pool, NULL) : NULL;
    team_run(HANDS, hand, &b);
    CHECK_INT(atomic_load(&b.wrong), 0);
    dusq_session_unref(b.session);
    if (against != AGAINST_POOL_CLOSE) {
      dusq_fake_clear(b.s.fake);
      expect_value(dusq_pool_query(b.s.pool, "SELECT ?", DUSQ_PARAMS(dusq_int(7)), NULL), 7);
    }
    site_stat_reaches(b.s, "settled", site_stat(b.s, "submitted"));
    site_close(b.s);
  }
}

static void test_readers(void)
{
  fight(AGAINST_NOTHING, false, test_scale(150));
  fight(AGAINST_NOTHING, true, test_scale(150));
}

static void test_pool_close(void)
{
  fight(AGAINST_POOL_CLOSE, false, test_scale(150));
  fight(AGAINST_POOL_CLOSE, true, test_scale(150));
}

static void test_loss(void)
{
  fight(AGAINST_LOSS, false, test_scale(150));
  fight(AGAINST_LOSS, true, test_scale(150));
}

void suite_race_stream(void);
void suite_race_stream(void)
{
  test_suite("race_stream");
  test_case("readers", test_readers);
  test_case("readers against the close of the pool", test_pool_close);
  test_case("readers against lost connections", test_loss);
}
