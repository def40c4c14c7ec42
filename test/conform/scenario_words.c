/* scenario_words.c - transactions that are begun and ended by SQL text: what ends one that has failed. */
#include "conform.h"
#include <stdlib.h>

#define PUT(i) "INSERT INTO t VALUES (" #i ")"

static dusq_future *by_query(dusq_session *session, const char *sql)
{
  return dusq_session_query(session, sql, DUSQ_NO_PARAMS, NULL);
}

static dusq_future *by_script(dusq_session *session, const char *sql)
{
  return dusq_session_script(session, sql, NULL);
}

static const struct way {
  dusq_future *(*say)(dusq_session *session, const char *sql);
} ways[] = {{by_query}, {by_script}};

/* COMMIT rolls back what has failed, says so, and ends it. */
static void commit_of_failed(conform_site *site)
{
  static const char *const ends[] = {"COMMIT", "/* so */ COMMIT", "{END|END|COMMIT}", "COMMIT {TRANSACTION|WORK|WORK}"};
  dusq_session *s = conform_start(site);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
      char *end = conform_sql(site, ends[i]);
      CHECK_INT(conform_settle(ways[w].say(s, "BEGIN"), NULL), DUSQ_OK);
      CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
      CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_E_UNIQUE);
      CHECK_INT(conform_settle(ways[w].say(s, PUT(2)), NULL), DUSQ_E_TX_ABORTED);
      dusq_future *commit = ways[w].say(s, end);
      free(end);
      CHECK_INT(dusq_future_wait(commit, CONFORM_WAIT), DUSQ_OK);
      const dusq_error *error = dusq_future_error(commit);
      CHECK_INT(dusq_error_status(error), DUSQ_E_TX_ABORTED);
      CHECK_INT(dusq_error_status(dusq_error_cause(error)), DUSQ_E_UNIQUE);
      dusq_future_unref(commit);
      CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
      CHECK_INT(conform_say(site, s, PUT(3)), DUSQ_OK);
      CHECK_INT(conform_number(site, "SELECT sum(i) FROM t"), 3);
      CHECK_INT(conform_say(site, s, "DELETE FROM t"), DUSQ_OK);
    }
  conform_end(s);
}

static void rollback_of_failed(conform_site *site)
{
  dusq_session *s = conform_start(site);
  for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
    CHECK_INT(conform_settle(ways[w].say(s, "BEGIN"), NULL), DUSQ_OK);
    CHECK_INT(conform_say(site, s, "SELECT no_such_column FROM t"), DUSQ_E_NO_SUCH_OBJECT);
    CHECK_INT(conform_settle(ways[w].say(s, "ROLLBACK"), NULL), DUSQ_OK);
    CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
    CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
    CHECK_INT(conform_say(site, s, "DELETE FROM t"), DUSQ_OK);
  }
  conform_end(s);
}

/* A COMMIT that fails by itself leaves no transaction behind, unless the database says that there is one. */
static void commit_that_fails(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(conform_say(site, s, "CREATE TABLE u (i INTEGER REFERENCES t (i) DEFERRABLE INITIALLY DEFERRED)"), DUSQ_OK);
  for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
    CHECK_INT(conform_settle(ways[w].say(s, "BEGIN"), NULL), DUSQ_OK);
    CHECK_INT(conform_say(site, s, "INSERT INTO u VALUES (7)"), DUSQ_OK);
    CHECK_INT(conform_settle(ways[w].say(s, "COMMIT"), NULL), DUSQ_E_FOREIGN_KEY);
    if (conform_is(site, CONFORM_SQLITE)) /* which keeps it open */
      CHECK_INT(conform_settle(ways[w].say(s, "COMMIT"), NULL), DUSQ_E_TX_ABORTED);
    CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
    CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
    CHECK_INT(conform_number(site, "SELECT count(*) FROM u"), 0);
    CHECK_INT(conform_say(site, s, "DELETE FROM t"), DUSQ_OK);
  }
  conform_end(s);
}

/* What the database has rolled back by itself is over for the session only when ROLLBACK says so. */
static void lost_savepoint(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
    CHECK_INT(conform_settle(ways[w].say(s, "BEGIN"), NULL), DUSQ_OK);
    CHECK_INT(conform_say(site, s, "SAVEPOINT a"), DUSQ_OK);
    CHECK_INT(conform_say(site, s, "INSERT OR ROLLBACK INTO t VALUES (1)"), DUSQ_E_UNIQUE);
    CHECK_INT(conform_say(site, s, PUT(6)), DUSQ_E_TX_ABORTED);
    CHECK(conform_settle(ways[w].say(s, "ROLLBACK TO a"), NULL) != DUSQ_OK);
    CHECK_INT(conform_say(site, s, PUT(7)), DUSQ_E_TX_ABORTED);
    CHECK_INT(conform_settle(ways[w].say(s, "COMMIT"), NULL), DUSQ_E_TX_ABORTED);
    CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
    CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 1);
  }
  conform_end(s);
}

/* A script may end the transaction, and begin another one. */
static void by_scripts(conform_site *site)
{
  dusq_session *s = conform_start(site);
  CHECK_INT(conform_say(site, s, "BEGIN"), DUSQ_OK);
  CHECK_INT(conform_settle(by_script(s, PUT(1) "; COMMIT; " PUT(1)), NULL), DUSQ_E_UNIQUE);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE); /* it was committed */
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_OK);
  CHECK_INT(conform_say(site, s, "BEGIN"), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_E_UNIQUE);
  CHECK_INT(conform_settle(by_script(s, PUT(3) "; COMMIT"), NULL), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_settle(by_script(s, "ROLLBACK; BEGIN; " PUT(4) "; COMMIT"), NULL), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
  conform_end(s);
  conform_holds(site, 3);
}

/* The servers of the tests allow no prepared transactions, so it fails; the transaction is over all the same. */
static void prepare_that_fails(conform_site *site)
{
  dusq_session *s = conform_start(site);
  for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
    CHECK_INT(conform_settle(ways[w].say(s, "BEGIN"), NULL), DUSQ_OK);
    CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
    CHECK(conform_settle(ways[w].say(s, "PREPARE TRANSACTION 'one'"), NULL) != DUSQ_OK);
    CHECK_INT(dusq_session_transaction(s), DUSQ_TX_NONE);
    CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_OK);
    CHECK_INT(conform_number(site, "SELECT sum(i) FROM t"), 2);
    CHECK_INT(conform_say(site, s, "DELETE FROM t"), DUSQ_OK);
  }
  conform_end(s);
}

const conform_scenario conform_words[] = {
  {"COMMIT as text of what has failed", CONFORM_REAL, "pool_size=2", commit_of_failed},
  {"ROLLBACK as text of what has failed", CONFORM_REAL, "pool_size=2", rollback_of_failed},
  {"COMMIT as text that fails", CONFORM_SQLITE | CONFORM_POSTGRESQL, "pool_size=2", commit_that_fails},
  {"ROLLBACK TO a savepoint that is gone", CONFORM_SQLITE, "pool_size=2", lost_savepoint},
  {"transactions as text in scripts", CONFORM_REAL, "pool_size=2", by_scripts},
  {"PREPARE TRANSACTION that fails", CONFORM_POSTGRESQL, "pool_size=2", prepare_that_fails},
  {NULL, 0, NULL, NULL},
};
