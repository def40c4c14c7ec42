/* bank.c - money that moves between accounts while everybody wants the same ones, and a ledger whose connections are
 * killed: DUSQ_TEST_SCALE=2000 makes 20 seconds on each database.
 *
 * The bank: sessions transfer at random under SERIALIZABLE.  The sum never changes, every conflict is one that may be
 * tried again, and each transfer that was reported as committed has left its line, once.
 *
 * The ledger: every transaction writes one token of its own, twice.  What was reported as done is there, what was
 * reported as failed is not, and what is unknown is there as a whole or not at all.                                  */
#include "conform.h"
#include "support.h"
#include <pthread.h>

enum { TELLERS = 8, ACCOUNTS = 4, MS_USUALLY = 1000, WRITERS = 4, TOKENS = 60 };

typedef struct teller {
  conform_site *site;
  uint32_t number, random;
  int64_t until;
  long committed, again, strange;
} teller;

static dusq_future *say(dusq_session *session, const char *sql, int64_t a, int64_t b)
{
  return dusq_session_query(session, sql, DUSQ_PARAMS(dusq_int(a), dusq_int(b)), NULL);
}

/* The first error of a transaction, or DUSQ_OK; drops the futures. */
static dusq_status outcome(dusq_future **take_futures, size_t n, bool *retryable)
{
  dusq_status first = DUSQ_OK;
  *retryable = false;
  for (size_t i = 0; i < n; i++) {
    CHECK_INT(dusq_future_wait(take_futures[i], CONFORM_WAIT), DUSQ_OK);
    dusq_status status = dusq_future_status(take_futures[i]);
    if (status && !first) {
      first = status;
      *retryable = dusq_error_retryable(dusq_future_error(take_futures[i]));
    }
    dusq_future_unref(take_futures[i]);
  }
  return first;
}

static dusq_status transfer(teller *one, dusq_session *session, int64_t line, bool *retryable)
{
  int64_t amount = test_draw(&one->random, 50), from = test_draw(&one->random, ACCOUNTS);
  int64_t to = (from + 1 + test_draw(&one->random, ACCOUNTS - 1)) % ACCOUNTS;
  dusq_tx_opts tx = DUSQ_TX_OPTS_INIT;
  tx.isolation = DUSQ_ISOLATION_SERIALIZABLE;
  dusq_future *all[] = {dusq_session_begin(session, &tx, NULL),
                        say(session, "SELECT n FROM t WHERE i = ? OR i = ?", from, to),
                        say(session, "UPDATE t SET n = n - ? WHERE i = ?", amount, from),
                        say(session, "UPDATE t SET n = n + ? WHERE i = ?", amount, to),
                        say(session, "INSERT INTO u VALUES (?, ?)", one->number, line), dusq_session_commit(session)};
  return outcome(all, sizeof all / sizeof all[0], retryable);
}

static void *transfer_at_random(void *arg)
{
  teller *one = arg;
  dusq_session *session = dusq_pool_session(one->site->pool, NULL);
  while (test_now() < one->until) {
    bool retryable;
    dusq_status status = transfer(one, session, one->committed, &retryable);
    one->committed += !status;
    one->again += status && retryable;
    one->strange += status && !retryable;
  }
  CHECK_INT(conform_settle(dusq_session_close(session), NULL), DUSQ_OK);
  dusq_session_unref(session);
  return NULL;
}

static void run_bank(size_t which)
{
  if (conform_absent(&conform_backends[which]))
    return;
  const char *options = conform_backends[which].bit & CONFORM_SQLITE ? "pool_size=9&busy_timeout=60s" : "pool_size=9";
  conform_site site = conform_open(&conform_backends[which], "batch=on", options);
  CHECK_INT(conform_run(&site, "CREATE TABLE t (i INTEGER NOT NULL PRIMARY KEY, n INTEGER NOT NULL)"), DUSQ_OK);
  CHECK_INT(conform_run(&site, "CREATE TABLE u (teller INTEGER NOT NULL, line INTEGER NOT NULL)"), DUSQ_OK);
  CHECK_INT(conform_run(&site, "INSERT INTO t VALUES (0, 100), (1, 100), (2, 100), (3, 100)"), DUSQ_OK);
  teller tellers[TELLERS];
  pthread_t threads[TELLERS];
  int64_t until = test_now() + test_scale(MS_USUALLY) * CONFORM_MS;
  for (uint32_t i = 0; i < TELLERS; i++) {
    tellers[i] = (teller){.site = &site, .number = i, .random = i * 7919 + 1, .until = until};
    CHECK_INT(pthread_create(&threads[i], NULL, transfer_at_random, &tellers[i]), 0);
  }
  while (test_now() < until) {
    CHECK_INT(conform_number(&site, "SELECT sum(n) FROM t"), 400);
    conform_nap(20 * CONFORM_MS);
  }
  long committed = 0, again = 0;
  for (int i = 0; i < TELLERS; i++) {
    pthread_join(threads[i], NULL);
    CHECK_INT(tellers[i].strange, 0);
    committed += tellers[i].committed;
    again += tellers[i].again;
  }
  CHECK(committed > 0);
  CHECK_INT(conform_number(&site, "SELECT sum(n) FROM t"), 400);
  CHECK_INT(conform_number(&site, "SELECT count(*) FROM u"), committed);
  CHECK_INT(conform_number(&site, "SELECT count(*) FROM (SELECT DISTINCT teller, line FROM u) d"), committed);
  if (getenv("DUSQ_TEST_VERBOSE"))
    printf("    %s: %ld transfers, %ld tried again\n", site.backend->name, committed, again);
  conform_close(&site);
}

/* ---- the ledger -------------------------------------------------------------------------------------------------- */
typedef enum { DONE = 0, FAILED = 1, UNKNOWN = 2 } verdict;

typedef struct writer {
  conform_site *site;
  int64_t number;
  long tokens;
  verdict *verdicts;
} writer;

static verdict judge(const dusq_future *future)
{
  const dusq_error *error = dusq_future_error(future);
  return !error ? DONE : dusq_error_unknown_outcome(error) ? UNKNOWN : FAILED;
}

static verdict write_in_session(writer *one, int64_t token)
{
  dusq_session *session = dusq_pool_session(one->site->pool, NULL);
  static const char sql[] = "INSERT INTO t VALUES (?, ?)";
  dusq_future *all[] = {dusq_session_begin(session, NULL, NULL), say(session, sql, one->number, token),
                        say(session, sql, one->number, token), dusq_session_commit(session)};
  for (int i = 0; i < 4; i++)
    CHECK_INT(dusq_future_wait(all[i], CONFORM_WAIT), DUSQ_OK);
  verdict said = judge(all[3]);
  for (int i = 0; i < 4; i++)
    dusq_future_unref(all[i]);
  dusq_session_unref(session);
  return said;
}

static verdict write_as_steps(writer *one, int64_t token)
{
  const dusq_value values[] = {dusq_int(one->number), dusq_int(token)};
  const dusq_step steps[] = {{"INSERT INTO t VALUES (?, ?)", 2, values}, {"INSERT INTO t VALUES (?, ?)", 2, values}};
  dusq_future *future = dusq_pool_transact_steps(one->site->pool, steps, 2, NULL, NULL);
  CHECK_INT(dusq_future_wait(future, CONFORM_WAIT), DUSQ_OK);
  verdict said = judge(future);
  dusq_future_unref(future);
  return said;
}

static void *write_tokens(void *arg)
{
  writer *one = arg;
  for (long i = 0; i < one->tokens; i++)
    one->verdicts[i] = i % 2 ? write_as_steps(one, i) : write_in_session(one, i);
  return NULL;
}

static const char others[] =
    "{SELECT 0|SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
    "AND datname = current_database() ORDER BY random() LIMIT 1) s|SELECT id FROM information_schema.processlist WHERE "
    "id <> CONNECTION_ID() AND db = DATABASE() ORDER BY RAND() LIMIT 1}";

static void kill_one(const conform_site *killer)
{
  char kill[60];
  dusq_result *result = NULL;
  int64_t id = 0;
  dusq_status status = conform_settle(conform_query(killer, others, DUSQ_NO_PARAMS, NULL), &result);
  if (!status && conform_is(killer, CONFORM_MY) && !dusq_result_int(result, 0, 0, &id)) {
    snprintf(kill, sizeof kill, "KILL %lld", (long long)id);
    (void)conform_run(killer, kill); /* it may have gone by itself */
  }
  dusq_result_unref(result);
}

static int64_t count_of(const conform_site *site, int64_t number, int64_t token)
{
  dusq_result *result = NULL;
  int64_t n = -1;
  dusq_future *future = conform_query(site, "SELECT count(*) FROM t WHERE i = ? AND n = ?",
                                      DUSQ_PARAMS(dusq_int(number), dusq_int(token)), NULL);
  CHECK_INT(conform_settle(future, &result), DUSQ_OK);
  CHECK_INT(dusq_result_int(result, 0, 0, &n), DUSQ_OK);
  dusq_result_unref(result);
  return n;
}

static void check_ledger(const conform_site *site, const writer *one, long seen[3])
{
  for (long i = 0; i < one->tokens; i++) {
    int64_t n = count_of(site, one->number, i);
    verdict said = one->verdicts[i];
    seen[said]++;
    CHECK(said == DONE ? n == 2 : said == FAILED ? n == 0 : n == 0 || n == 2);
  }
}

static void run_ledger(size_t which)
{
  if (conform_absent(&conform_backends[which]))
    return;
  conform_site site = conform_open(&conform_backends[which], "batch=on", "pool_size=4"), killer = site;
  CHECK_INT(conform_run(&site, "CREATE TABLE t (i INTEGER NOT NULL, n INTEGER NOT NULL)"), DUSQ_OK);
  killer.pool = conform_open_again(&site, "pool_size=1");
  writer writers[WRITERS];
  pthread_t threads[WRITERS];
  long tokens = test_scale(TOKENS), seen[3] = {0, 0, 0};
  for (int i = 0; i < WRITERS; i++) {
    writers[i] = (writer){&site, i, tokens, calloc((size_t)tokens + 1, sizeof(verdict))};
    CHECK_INT(pthread_create(&threads[i], NULL, write_tokens, &writers[i]), 0);
  }
  for (long i = 0; i < tokens; i++) {
    kill_one(&killer);
    conform_nap(3 * CONFORM_MS);
  }
  for (int i = 0; i < WRITERS; i++)
    pthread_join(threads[i], NULL);
  for (int i = 0; i < WRITERS; i++) {
    check_ledger(&killer, &writers[i], seen);
    free(writers[i].verdicts);
  }
  CHECK(seen[DONE] > 0);
  if (getenv("DUSQ_TEST_VERBOSE"))
    printf("    %s: %ld done, %ld failed, %ld unknown\n", site.backend->name, seen[0], seen[1], seen[2]);
  conform_close_pool(killer.pool);
  conform_close(&site);
}

static void bank_memory(void)
{
  run_bank(CONFORM_AT_MEMORY); /* no other pool has a look at it */
}

#define ON(name, which)           \
  static void bank_##name(void)   \
  {                               \
    run_bank(which);              \
  }                               \
  static void ledger_##name(void) \
  {                               \
    run_ledger(which);            \
  }
ON(file, CONFORM_AT_FILE)
ON(postgresql, CONFORM_AT_POSTGRESQL)
ON(mariadb, CONFORM_AT_MARIADB)
ON(mysql, CONFORM_AT_MYSQL)

void suite_bank(void)
{
  test_suite("bank");
  test_case("sqlite file", bank_file);
  test_case("sqlite memory", bank_memory);
  test_case("postgresql", bank_postgresql);
  test_case("mariadb", bank_mariadb);
  test_case("mysql", bank_mysql);
  test_case("ledger: sqlite file", ledger_file);
  test_case("ledger: postgresql", ledger_postgresql);
  test_case("ledger: mariadb", ledger_mariadb);
  test_case("ledger: mysql", ledger_mysql);
}
