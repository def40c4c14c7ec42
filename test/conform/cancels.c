/* cancels.c - writes that are cancelled or time out around the moment they take effect, with a grace that ends before
 * most servers have answered: DUSQ_TEST_SCALE=30000 makes some 100,000 of them on each database.
 *
 * Each unit of work writes tokens of its own, as one: a transaction of a session, with and without one nested in it, a
 * list of steps, a function, a job, many rows, a script, or single rows that share a batch.  Afterwards a connection of
 * its own reads what is there: what was reported as done is there once, what was reported as failed is not, and what is
 * unknown is there as a whole, once, or not at all.  A transaction is done when all its calls are; it has failed when
 * one of them has.                                                                                                   */
#include "conform.h"
#include "support.h"
#include <pthread.h>

enum { THREADS = 4, UNITS = 120, CALLS = 6, ROWS_EACH = 2, ALONE = 4, PIECE = 5000, SHOWN = 10 };
enum { LONGEST_US = 900 }; /* from the call to the cancel, or to the deadline */

typedef enum verdict { DONE, FAILED, UNKNOWN, VERDICTS } verdict;

typedef struct unit {
  const char *kind;
  verdict said;
  int rows;
} unit;

typedef struct writer {
  conform_site *site;
  uint32_t random;
  int64_t first;  /* its tokens: ROWS_EACH for each unit, from here on */
  long nunits, limit, stopped, unsure, wrong;
  unit *units;
} writer;

static const char insert[] = "INSERT INTO t VALUES (?)";

static int64_t some_time(writer *one)
{
  return (1 + (int64_t)test_draw(&one->random, LONGEST_US)) * (CONFORM_MS / 1000);
}

static dusq_opts some_opts(writer *one)
{
  dusq_opts opts = DUSQ_OPTS_INIT;
  if (!test_draw(&one->random, 4))
    opts.timeout = some_time(one);
  return opts;
}

/* ---- units ------------------------------------------------------------------------------------------------------- */

static int64_t token_of(const writer *one, long number, int row)
{
  return one->first + number * ROWS_EACH + row;
}

static unit *next_unit(writer *one, const char *kind, int rows)
{
  unit *made = &one->units[one->nunits++];
  *made = (unit){.kind = kind, .said = DONE, .rows = rows};
  return made;
}

/* What came of a call that belongs to the unit. */
static void judge(writer *one, unit *of, dusq_future *take_future)
{
  CHECK_INT(dusq_future_wait(take_future, CONFORM_WAIT), DUSQ_OK);
  dusq_status status = dusq_future_status(take_future);
  bool unknown = dusq_error_unknown_outcome(dusq_future_error(take_future));
  one->stopped += status == DUSQ_E_CANCELED || status == DUSQ_E_TIMEDOUT;
  one->unsure += unknown;
  if (status && !unknown)
    of->said = FAILED;
  else if (unknown && of->said == DONE)
    of->said = UNKNOWN;
  dusq_future_unref(take_future);
}

static void cancel_in_a_while(writer *one, dusq_future *future)
{
  if (!test_draw(&one->random, 8))
    return;
  if (test_draw(&one->random, 4))
    conform_nap(some_time(one));
  dusq_future_cancel(future);
}

/* Call i of n, which are begin, insert, insert, commit, with a begin and a commit around the second insert of six. */
static dusq_future *call_in(writer *one, dusq_session *session, long number, size_t i, size_t n)
{
  dusq_opts opts = some_opts(one);
  dusq_value token = dusq_int(token_of(one, number, i > 1));
  if (i == 1 || i == n / 2)
    return dusq_session_query(session, insert, 1, &token, &opts);
  return i < n / 2 ? dusq_session_begin(session, NULL, &opts) : dusq_session_commit(session);
}

/* At times the calls follow each other at once, so that they go together; else each is waited for. */
static void transaction(writer *one)
{
  dusq_future *all[CALLS];
  bool nests = !test_draw(&one->random, 4), hurries = test_draw(&one->random, 2);
  long number = one->nunits;
  unit *own = next_unit(one, nests ? "nested" : hurries ? "sequence" : "session", ROWS_EACH);
  dusq_session *session = dusq_pool_session(one->site->pool, NULL);
  size_t n = nests ? CALLS : CALLS - 2, victim = test_draw(&one->random, (unsigned)n);
  for (size_t i = 0; i < n; i++) {
    all[i] = call_in(one, session, number, i, n);
    if (i == victim && !hurries)
      cancel_in_a_while(one, all[i]);
    if (!hurries)
      CHECK_INT(dusq_future_wait(all[i], CONFORM_WAIT), DUSQ_OK);
  }
  if (hurries)
    cancel_in_a_while(one, all[victim]);
  for (size_t i = 0; i < n; i++) {
    bool ends_failed = i == n - 1 && own->said == FAILED;
    if (ends_failed)
      CHECK_INT(dusq_future_wait(all[i], CONFORM_WAIT), DUSQ_OK);
    one->wrong += ends_failed && !dusq_future_status(all[i]);
    judge(one, own, all[i]);
  }
  dusq_session_unref(session);
}

typedef struct tokens {
  size_t n;
  dusq_value values[ROWS_EACH];
} tokens;

static dusq_result *write_tokens(dusq_conn *conn, void *arg)
{
  const tokens *all = arg;
  dusq_error *error = NULL;
  for (size_t i = 0; i < all->n; i++)
    if (dusq_conn_query(conn, insert, 1, &all->values[i], NULL, &error)) {
      dusq_conn_fail(conn, error);
      return NULL;
    }
  return NULL;
}

/* It has an argument of its own, for it may run on when its future has settled. */
static dusq_future *call_function(dusq_pool *pool, bool transacts, const tokens *given, const dusq_opts *opts)
{
  tokens *own = malloc(sizeof *own);
  if (!own)
    return NULL;
  *own = *given;
  return transacts ? dusq_pool_transact(pool, write_tokens, own, free, NULL, opts)
                   : dusq_pool_run(pool, write_tokens, own, free, opts);
}

/* One request of the pool's that writes all or nothing. */
static void request(writer *one)
{
  static const char *const kinds[] = {"steps", "function", "many", "job", "script"};
  dusq_pool *pool = one->site->pool;
  unsigned kind = test_draw(&one->random, 5);
  long number = one->nunits;
  unit *own = next_unit(one, kinds[kind], kind < 3 ? ROWS_EACH : 1);
  dusq_opts opts = some_opts(one);
  tokens all = {(size_t)own->rows, {dusq_int(token_of(one, number, 0)), dusq_int(token_of(one, number, 1))}};
  const dusq_step steps[ROWS_EACH] = {{insert, 1, &all.values[0]}, {insert, 1, &all.values[1]}};
  char script[80];
  snprintf(script, sizeof script, "INSERT INTO t VALUES (%lld)", (long long)token_of(one, number, 0));
  dusq_future *future = kind == 0   ? dusq_pool_transact_steps(pool, steps, ROWS_EACH, NULL, &opts)
                        : kind == 2 ? dusq_pool_many(pool, insert, 1, ROWS_EACH, all.values, &opts)
                        : kind == 4 ? dusq_pool_script(pool, script, &opts)
                                    : call_function(pool, kind == 1, &all, &opts);
  cancel_in_a_while(one, future);
  judge(one, own, future);
}

/* Rows by themselves, side by side: they may go as one batch. */
static void rows(writer *one)
{
  dusq_future *all[ALONE];
  unit *units[ALONE];
  for (int i = 0; i < ALONE; i++) {
    dusq_value token = dusq_int(token_of(one, one->nunits, 0));
    dusq_opts opts = some_opts(one);
    units[i] = next_unit(one, "row", 1);
    all[i] = dusq_pool_query(one->site->pool, insert, 1, &token, &opts);
  }
  cancel_in_a_while(one, all[test_draw(&one->random, ALONE)]);
  for (int i = 0; i < ALONE; i++)
    judge(one, units[i], all[i]);
}

static void *write_and_stop(void *arg)
{
  writer *one = arg;
  while (one->nunits + ALONE <= one->limit) {
    unsigned what = test_draw(&one->random, 8);
    if (what < 4)
      transaction(one);
    else if (what < 7)
      request(one);
    else
      rows(one);
  }
  return NULL;
}

/* ---- what is there ----------------------------------------------------------------------------------------------- */

/* How often each token from `first` on is there, for PIECE of them. */
static void read_piece(const conform_site *site, int64_t first, unsigned char *times)
{
  dusq_result *result = NULL;
  memset(times, 0, PIECE);
  dusq_future *future = conform_query(site, "SELECT n FROM t WHERE n >= ? AND n < ?",
                                      DUSQ_PARAMS(dusq_int(first), dusq_int(first + PIECE)), NULL);
  CHECK_INT(conform_settle(future, &result), DUSQ_OK);
  for (size_t i = 0; i < dusq_result_rows(result); i++) {
    int64_t token = -1;
    if (!dusq_result_int(result, i, 0, &token) && token >= first && token < first + PIECE)
      times[token - first]++;
  }
  dusq_result_unref(result);
}

static bool as_said(const unit *one, const unsigned char *times)
{
  bool all = true, none = true;
  for (int i = 0; i < one->rows; i++) {
    all = all && times[i] == 1;
    none = none && times[i] == 0;
  }
  return one->said == DONE ? all : one->said == FAILED ? none : all || none;
}

/* seen[verdict][whether it is there] */
static void check_writer(const conform_site *site, writer *one, long seen[VERDICTS][2])
{
  static const char *const words[VERDICTS] = {"done", "failed", "unknown"};
  unsigned char times[PIECE];
  for (long i = 0; i < one->nunits; i++) {
    const unit *own = &one->units[i];
    size_t at = (size_t)(i * ROWS_EACH % PIECE);
    if (!at)
      read_piece(site, token_of(one, i, 0), times);
    seen[own->said][times[at] > 0]++;
    if (!as_said(own, times + at) && one->wrong++ < SHOWN)
      printf("    %s: a %s was reported as %s, and its rows are there %d and %d times\n", site->backend->name,
             own->kind, words[own->said], times[at], own->rows > 1 ? times[at + 1] : 0);
  }
  CHECK_INT(one->wrong, 0);
}

static void check_all(const conform_site *site, writer *writers)
{
  long seen[VERDICTS][2] = {{0, 0}, {0, 0}, {0, 0}}, stopped = 0, unsure = 0;
  for (int i = 0; i < THREADS; i++) {
    check_writer(site, &writers[i], seen);
    stopped += writers[i].stopped;
    unsure += writers[i].unsure;
  }
  CHECK(seen[DONE][1] > 0);
  CHECK(stopped > 0);
  if (getenv("DUSQ_TEST_VERBOSE"))
    printf("    %s: %ld calls stopped, %ld outcomes unknown; %ld units done, %ld failed, %ld unknown and there, %ld "
           "unknown and not there\n",
           site->backend->name, stopped, unsure, seen[DONE][1], seen[FAILED][0],
           seen[UNKNOWN][1], seen[UNKNOWN][0]);
}

static void run_cancels(size_t which)
{
  if (conform_absent(&conform_backends[which]))
    return;
  conform_site site = conform_open(&conform_backends[which], "batch=on", "pool_size=4&cancel_grace=200us");
  CHECK_INT(conform_run(&site, "CREATE TABLE t (n INTEGER NOT NULL)"), DUSQ_OK);
  CHECK_INT(conform_run(&site, "CREATE INDEX t_n ON t (n)"), DUSQ_OK);
  writer writers[THREADS];
  pthread_t threads[THREADS];
  long units = test_scale(UNITS) + ALONE;
  int64_t apart = (units * ROWS_EACH / PIECE + 1) * PIECE; /* so that no piece has two writers' tokens */
  for (int i = 0; i < THREADS; i++) {
    writers[i] = (writer){.site = &site, .random = (uint32_t)i * 7919 + 1, .first = i * apart, .limit = units,
                          .units = calloc((size_t)units, sizeof(unit))};
    CHECK(writers[i].units != NULL);
    CHECK_INT(pthread_create(&threads[i], NULL, write_and_stop, &writers[i]), 0);
  }
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  conform_close_pool(site.pool); /* nothing is under way any more */
  site.pool = conform_open_again(&site, "pool_size=1");
  check_all(&site, writers);
  for (int i = 0; i < THREADS; i++)
    free(writers[i].units);
  conform_close(&site);
}

#define CANCELS(name, which)  \
  static void on_##name(void) \
  {                           \
    run_cancels(which);       \
  }
CANCELS(file, CONFORM_AT_FILE)
CANCELS(postgresql, CONFORM_AT_POSTGRESQL)
CANCELS(mariadb, CONFORM_AT_MARIADB)
CANCELS(mysql, CONFORM_AT_MYSQL)

void suite_cancels(void)
{
  test_suite("cancels");
  test_case("sqlite file", on_file);
  test_case("postgresql", on_postgresql);
  test_case("mariadb", on_mariadb);
  test_case("mysql", on_mysql);
}
