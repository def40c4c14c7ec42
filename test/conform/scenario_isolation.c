/* scenario_isolation.c - how a transaction is begun: what each level lets it see of the others, what a read-only one
 * refuses, when SQLite takes its lock, and that nothing of it holds for the next one.                                */
#include "conform.h"

#define COUNT "SELECT count(*) FROM t"
#define PUT(i) "INSERT INTO t VALUES (" #i ", 0)"

static void make_table(const conform_site *site)
{
  CHECK_INT(conform_run(site, "CREATE TABLE t (i INTEGER NOT NULL PRIMARY KEY, n INTEGER NOT NULL)"), DUSQ_OK);
}

/* Two sessions on an empty table. */
static void start(const conform_site *site, dusq_session *s[2])
{
  make_table(site);
  for (int i = 0; i < 2; i++)
    s[i] = dusq_pool_session(site->pool, NULL);
}

static void end(dusq_session *s[2])
{
  conform_end(s[0]);
  conform_end(s[1]);
}

static bool in_memory(const conform_site *site)
{
  return site->backend == &conform_backends[CONFORM_AT_MEMORY];
}

static void commits(dusq_session *session)
{
  CHECK_INT(conform_commit(session), DUSQ_OK);
}

/* ---- what is seen of others -------------------------------------------------------------------------------------- */
/* As the server names it; and without a level, as before and after. */
static void asked(conform_site *site)
{
  static const char *const names[] = {"read committed", "read uncommitted", "read committed", "repeatable read",
                                      "serializable", "read committed"};
  dusq_session *s = dusq_pool_session(site->pool, NULL);
  for (uint32_t level = 0; level <= 5; level++) {
    dusq_result *result = NULL;
    const char *name = NULL;
    CHECK_INT(conform_begin(s, level % 5, 0), DUSQ_OK);
    dusq_future *future = dusq_session_query(s, "SELECT current_setting('transaction_isolation') || "
                                                "current_setting('transaction_read_only')",
                                             DUSQ_NO_PARAMS, NULL);
    CHECK_INT(conform_settle(future, &result), DUSQ_OK);
    CHECK_INT(dusq_result_scalar_text(result, &name, NULL), DUSQ_OK);
    char expected[60];
    snprintf(expected, sizeof expected, "%soff", names[level]);
    CHECK_STR(name ? name : "", expected);
    dusq_result_unref(result);
    commits(s);
  }
  conform_end(s);
}

/* PostgreSQL takes the next stronger level. */
static void uncommitted(conform_site *site)
{
  dusq_session *s[2];
  start(site, s);
  CHECK_INT(conform_begin(s[0], 0, 0), DUSQ_OK);
  CHECK_INT(conform_begin(s[1], DUSQ_ISOLATION_READ_UNCOMMITTED, 0), DUSQ_OK);
  CHECK_INT(conform_count(site, s[1], COUNT), 0);
  CHECK_INT(conform_say(site, s[0], PUT(1)), DUSQ_OK);
  CHECK_INT(conform_count(site, s[1], COUNT), conform_is(site, CONFORM_MY) ? 1 : 0);
  CHECK_INT(conform_rollback(s[0]), DUSQ_OK);
  CHECK_INT(conform_count(site, s[1], COUNT), 0);
  commits(s[1]);
  end(s);
}

static void committed(conform_site *site)
{
  dusq_session *s[2];
  start(site, s);
  CHECK_INT(conform_begin(s[0], 0, 0), DUSQ_OK);
  CHECK_INT(conform_begin(s[1], DUSQ_ISOLATION_READ_COMMITTED, 0), DUSQ_OK);
  CHECK_INT(conform_count(site, s[1], COUNT), 0);
  CHECK_INT(conform_say(site, s[0], PUT(1)), DUSQ_OK);
  CHECK_INT(conform_count(site, s[1], COUNT), 0);
  commits(s[0]);
  CHECK_INT(conform_count(site, s[1], COUNT), 1);
  CHECK_INT(conform_run(site, PUT(2)), DUSQ_OK);
  CHECK_INT(conform_count(site, s[1], COUNT), 2);
  commits(s[1]);
  end(s);
}

/* What it has seen once stays, but for what it does itself. */
static void repeatable(conform_site *site)
{
  dusq_session *s[2];
  start(site, s);
  CHECK_INT(conform_begin(s[1], DUSQ_ISOLATION_REPEATABLE_READ, 0), DUSQ_OK);
  CHECK_INT(conform_count(site, s[1], COUNT), 0);
  CHECK_INT(conform_say(site, s[0], PUT(1)), DUSQ_OK);
  CHECK_INT(conform_count(site, s[1], COUNT), 0);
  CHECK_INT(conform_say(site, s[1], PUT(2)), DUSQ_OK);
  CHECK_INT(conform_count(site, s[1], COUNT), 1);
  CHECK_INT(conform_count(site, s[0], COUNT), 1);
  commits(s[1]);
  CHECK_INT(conform_count(site, s[1], COUNT), 2);
  end(s);
}

/* SQLite's readers have a snapshot; without WAL, as in memory, writers wait for them. */
static void snapshot(conform_site *site)
{
  dusq_session *s[2];
  start(site, s);
  CHECK_INT(conform_begin(s[0], DUSQ_ISOLATION_READ_UNCOMMITTED, DUSQ_TX_READ_ONLY), DUSQ_OK);
  CHECK_INT(conform_count(site, s[0], COUNT), 0);
  dusq_future *written = conform_query(site, PUT(1), DUSQ_NO_PARAMS, NULL);
  if (!in_memory(site))
    CHECK_INT(dusq_future_wait(written, CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(conform_count(site, s[0], COUNT), 0);
  CHECK_INT(dusq_future_status(written), in_memory(site) ? DUSQ_E_PENDING : DUSQ_OK);
  commits(s[0]);
  CHECK_INT(conform_settle(written, NULL), DUSQ_OK);
  CHECK_INT(conform_count(site, s[0], COUNT), 1);
  end(s);
}

/* Each takes from another row what both rows together allow only once. */
static void skew(conform_site *site, uint32_t level, dusq_status last)
{
  dusq_session *s[2];
  start(site, s);
  CHECK_INT(conform_run(site, "INSERT INTO t VALUES (1, 100), (2, 100)"), DUSQ_OK);
  for (int k = 0; k < 2; k++) {
    CHECK_INT(conform_begin(s[k], level, 0), DUSQ_OK);
    CHECK_INT(conform_count(site, s[k], "SELECT sum(n) FROM t"), 200);
  }
  CHECK_INT(conform_say(site, s[0], "UPDATE t SET n = n - 150 WHERE i = 1"), DUSQ_OK);
  CHECK_INT(conform_say(site, s[1], "UPDATE t SET n = n - 150 WHERE i = 2"), DUSQ_OK);
  commits(s[0]);
  dusq_future *second = dusq_session_commit(s[1]);
  CHECK_INT(dusq_future_wait(second, CONFORM_WAIT), DUSQ_OK);
  CHECK_INT(dusq_error_retryable(dusq_future_error(second)), last != DUSQ_OK);
  CHECK_INT(conform_settle(second, NULL), last);
  CHECK_INT(dusq_session_transaction(s[1]), DUSQ_TX_NONE);
  CHECK_INT(conform_number(site, "SELECT sum(n) FROM t"), last ? 50 : -100);
  end(s);
}

static void skew_repeatable(conform_site *site)
{
  skew(site, DUSQ_ISOLATION_REPEATABLE_READ, DUSQ_OK);
}

static void skew_serializable(conform_site *site)
{
  skew(site, DUSQ_ISOLATION_SERIALIZABLE, DUSQ_E_SERIALIZATION);
}

/* MySQL and MariaDB lock what a serializable transaction reads; PostgreSQL does not. */
static void serializable_reads(conform_site *site)
{
  static const uint32_t levels[] = {DUSQ_ISOLATION_SERIALIZABLE, DUSQ_ISOLATION_DEFAULT};
  dusq_session *s[2];
  start(site, s);
  CHECK_INT(conform_run(site, PUT(1)), DUSQ_OK);
  for (int k = 0; k < 2; k++) {
    bool locked = !k && conform_is(site, CONFORM_MY);
    CHECK_INT(conform_begin(s[0], levels[k], 0), DUSQ_OK);
    CHECK_INT(conform_count(site, s[0], "SELECT n FROM t WHERE i = 1"), 0);
    CHECK_INT(conform_begin(s[1], 0, 0), DUSQ_OK);
    CHECK_INT(conform_say(site, s[1], "SELECT n FROM t WHERE i = 1 FOR UPDATE NOWAIT"),
              locked ? DUSQ_E_LOCKED : DUSQ_OK);
    CHECK_INT(conform_rollback(s[1]), DUSQ_OK);
    commits(s[0]);
  }
  end(s);
}

/* ---- read-only, deferrable --------------------------------------------------------------------------------------- */
/* MariaDB does some DDL in a read-only transaction all the same. */
static void read_only(conform_site *site)
{
  static const char *const writes[] = {PUT(1), "UPDATE t SET n = 1 WHERE i = 99", "DELETE FROM t",
                                       "{CREATE TABLE u (i INTEGER)|CREATE TABLE u (i INTEGER)|DELETE FROM t}",
                                       "{DROP TABLE t|DROP TABLE t|UPDATE t SET n = 1}"};
  dusq_session *s = dusq_pool_session(site->pool, NULL);
  make_table(site);
  for (uint32_t level = 0; level <= DUSQ_ISOLATION_SERIALIZABLE; level++) {
    CHECK_INT(conform_begin(s, level, DUSQ_TX_READ_ONLY), DUSQ_OK);
    CHECK_INT(conform_count(site, s, COUNT), 0);
    CHECK_INT(conform_say(site, s, writes[level]), DUSQ_E_READ_ONLY);
    CHECK_INT(conform_say(site, s, COUNT), DUSQ_E_TX_ABORTED);
    CHECK_INT(conform_rollback(s), DUSQ_OK);
  }
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_OK);
  CHECK_INT(conform_say(site, s, "DROP TABLE t"), DUSQ_OK);
  conform_end(s);
}

/* A savepoint has what the transaction around it has. */
static void read_only_nested(conform_site *site)
{
  dusq_session *s = dusq_pool_session(site->pool, NULL);
  make_table(site);
  CHECK_INT(conform_begin(s, 0, DUSQ_TX_READ_ONLY), DUSQ_OK);
  CHECK_INT(conform_begin(s, 0, 0), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_E_READ_ONLY);
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(dusq_session_transaction(s), DUSQ_TX_OPEN);
  CHECK_INT(conform_count(site, s, COUNT), 0);
  CHECK_INT(conform_settle(dusq_session_script(s, PUT(2), NULL), NULL), DUSQ_E_READ_ONLY);
  CHECK_INT(conform_commit(s), DUSQ_E_TX_ABORTED);
  CHECK_INT(conform_say(site, s, PUT(3)), DUSQ_OK);
  conform_end(s);
  CHECK_INT(conform_number(site, "SELECT i FROM t"), 3);
}

static void deferrable(conform_site *site)
{
  dusq_session *s = dusq_pool_session(site->pool, NULL);
  make_table(site);
  for (int i = 0; i < 2; i++) {
    CHECK_INT(conform_begin(s, DUSQ_ISOLATION_SERIALIZABLE, DUSQ_TX_READ_ONLY | DUSQ_TX_DEFERRABLE), DUSQ_OK);
    CHECK_INT(conform_count(site, s, COUNT), i);
    CHECK_INT(conform_count(site, s, "SELECT {1|CASE current_setting('transaction_deferrable') WHEN 'on' THEN 1 ELSE 0 "
                                     "END|1}"),
              1);
    commits(s);
    CHECK_INT(conform_begin(s, 0, DUSQ_TX_DEFERRABLE), DUSQ_OK); /* without a meaning, and harmless */
    CHECK_INT(i ? conform_say(site, s, PUT(2)) : conform_say(site, s, PUT(1)), DUSQ_OK);
    commits(s);
  }
  CHECK_INT(conform_count(site, s, "SELECT {0|CASE current_setting('transaction_deferrable') WHEN 'on' THEN 1 ELSE 0 "
                                   "END|0}"),
            0);
  conform_end(s);
}

/* ---- options that make no sense ---------------------------------------------------------------------------------- */
typedef struct longer { /* as a later version of the library may know it */
  dusq_tx_opts tx;
  uint64_t more;
} longer;

static dusq_result *begin_badly(dusq_conn *conn, void *arg)
{
  dusq_error *error = NULL;
  CHECK_INT(dusq_conn_begin(conn, arg, &error), DUSQ_E_INVAL);
  CHECK_INT(dusq_error_status(error), DUSQ_E_INVAL);
  dusq_error_unref(error);
  CHECK_INT(dusq_conn_transaction(conn), DUSQ_TX_NONE);
  CHECK_INT(dusq_conn_begin(conn, NULL, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_commit(conn, NULL), DUSQ_OK);
  return NULL;
}

static void refuse(const conform_site *site, dusq_session *s, dusq_tx_opts *tx)
{
  const dusq_step step = {PUT(1), DUSQ_NO_PARAMS};
  int freed = 0;
  CHECK_INT(conform_settle(dusq_session_begin(s, tx, NULL), NULL), DUSQ_E_INVAL);
  CHECK_INT(conform_say(site, s, PUT(1)), DUSQ_E_TX_ABORTED); /* it would have been a transaction by itself */
  CHECK_INT(conform_rollback(s), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_pool_run(site->pool, begin_badly, tx, NULL, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_pool_transact(site->pool, conform_never, &freed, conform_count_free, tx, NULL), NULL),
            DUSQ_E_INVAL);
  CHECK_INT(freed, 1);
  CHECK_INT(conform_settle(dusq_pool_transact_steps(site->pool, &step, 1, tx, NULL), NULL), DUSQ_E_INVAL);
}

static void options(conform_site *site)
{
  longer tx = {DUSQ_TX_OPTS_INIT, 0};
  dusq_session *s = dusq_pool_session(site->pool, NULL);
  make_table(site);
  tx.tx.isolation = DUSQ_ISOLATION_SERIALIZABLE + 1;
  refuse(site, s, &tx.tx);
  tx.tx = (dusq_tx_opts){sizeof(dusq_tx_opts), 0, 0, DUSQ_TX_LOCK_EXCLUSIVE + 1, 0};
  refuse(site, s, &tx.tx);
  tx.tx = (dusq_tx_opts){sizeof(dusq_tx_opts), DUSQ_TX_DEFERRABLE << 1, 0, 0, 0};
  refuse(site, s, &tx.tx);
  tx.tx = (dusq_tx_opts){0, 0, 0, 0, 0};
  refuse(site, s, &tx.tx);
  tx = (longer){{sizeof tx, 0, 0, 0, 0}, 1};
  refuse(site, s, &tx.tx);
  tx.more = 0;
  CHECK_INT(conform_settle(dusq_session_begin(s, &tx.tx, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_say(site, s, PUT(2)), DUSQ_OK);
  commits(s);
  conform_end(s);
  CHECK_INT(conform_number(site, COUNT), 1);
}

/* ---- and the next one -------------------------------------------------------------------------------------------- */
/* The same connection twice in the session, and again by the next session; a row that is not committed tells. */
static void next_one(conform_site *site)
{
  dusq_session *s[2];
  start(site, s);
  CHECK_INT(conform_begin(s[0], 0, 0), DUSQ_OK);
  CHECK_INT(conform_say(site, s[0], PUT(1)), DUSQ_OK);
  CHECK_INT(conform_begin(s[1], DUSQ_ISOLATION_READ_UNCOMMITTED, 0), DUSQ_OK);
  CHECK_INT(conform_count(site, s[1], COUNT), conform_is(site, CONFORM_MY) ? 1 : 0);
  commits(s[1]);
  CHECK_INT(conform_count(site, s[1], COUNT), 0);
  CHECK_INT(conform_begin(s[1], 0, 0), DUSQ_OK);
  CHECK_INT(conform_count(site, s[1], COUNT), 0);
  commits(s[1]);
  CHECK_INT(conform_begin(s[1], DUSQ_ISOLATION_READ_UNCOMMITTED, DUSQ_TX_READ_ONLY), DUSQ_OK);
  conform_end(s[1]);
  s[1] = dusq_pool_session(site->pool, NULL);
  CHECK_INT(conform_begin(s[1], 0, 0), DUSQ_OK);
  CHECK_INT(conform_count(site, s[1], COUNT), 0);
  CHECK_INT(conform_say(site, s[1], PUT(2)), DUSQ_OK);
  commits(s[1]);
  commits(s[0]);
  end(s);
  CHECK_INT(conform_number(site, COUNT), 2);
}

/* A level, or a mode, by words that are for the next transaction, is not for that of the next user. */
static void by_words(conform_site *site)
{
  static const char *const words[] = {
    "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
    "SET {|SESSION CHARACTERISTICS AS|SESSION} TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
    "SET TRANSACTION READ ONLY", "SET {|SESSION CHARACTERISTICS AS|SESSION} TRANSACTION READ ONLY"};
  dusq_session *s[2];
  start(site, s);
  CHECK_INT(conform_begin(s[0], 0, 0), DUSQ_OK);
  CHECK_INT(conform_say(site, s[0], PUT(1)), DUSQ_OK);
  for (int i = 0; i < 12; i++) {
    const char *sql = words[i % 4];
    if (i / 4 == 0)
      CHECK_INT(conform_say(site, s[1], sql), DUSQ_OK);
    else
      CHECK_INT(i / 4 == 1 ? conform_run(site, sql) : conform_settle(conform_script(site, sql), NULL), DUSQ_OK);
    conform_end(s[1]);
    s[1] = dusq_pool_session(site->pool, NULL);
    CHECK_INT(conform_begin(s[1], 0, 0), DUSQ_OK);
    CHECK_INT(conform_count(site, s[1], COUNT), 0);
    CHECK_INT(conform_say(site, s[1], PUT(2)), DUSQ_OK);
    CHECK_INT(conform_rollback(s[1]), DUSQ_OK);
    conform_end(s[1]);
    s[1] = dusq_pool_session(site->pool, NULL);
  }
  commits(s[0]);
  end(s);
}

/* ---- SQLite's locks ---------------------------------------------------------------------------------------------- */
static dusq_status begin_lock(dusq_session *session, uint32_t lock)
{
  dusq_tx_opts tx = DUSQ_TX_OPTS_INIT;
  tx.lock = lock;
  return conform_settle(dusq_session_begin(session, &tx, NULL), NULL);
}

/* Two sessions that are connected: without WAL to connect means to read, and waits for who writes. */
static void start_connected(const conform_site *site, dusq_session *s[2])
{
  start(site, s);
  for (int k = 0; k < 2; k++)
    CHECK_INT(conform_count(site, s[k], COUNT), 0);
}

/* It takes nothing when it begins: others write until it does so itself. */
static void lock_deferred(conform_site *site)
{
  dusq_session *s[2];
  start_connected(site, s);
  CHECK_INT(begin_lock(s[0], DUSQ_TX_LOCK_DEFERRED), DUSQ_OK);
  if (!in_memory(site)) /* there, without WAL, even one that will only read keeps writers waiting */
    CHECK_INT(conform_say(site, s[1], PUT(1)), DUSQ_OK);
  CHECK_INT(conform_say(site, s[0], PUT(2)), DUSQ_OK);
  CHECK_INT(begin_lock(s[1], DUSQ_TX_LOCK_IMMEDIATE), DUSQ_E_LOCKED);
  CHECK_INT(conform_rollback(s[1]), DUSQ_OK);
  commits(s[0]);
  CHECK_INT(begin_lock(s[1], DUSQ_TX_LOCK_IMMEDIATE), DUSQ_OK);
  CHECK_INT(conform_count(site, s[1], COUNT), in_memory(site) ? 1 : 2);
  commits(s[1]);
  end(s);
}

static void lock_at_once(conform_site *site)
{
  static const uint32_t locks[] = {DUSQ_TX_LOCK_DEFAULT, DUSQ_TX_LOCK_IMMEDIATE, DUSQ_TX_LOCK_EXCLUSIVE};
  dusq_session *s[2];
  start_connected(site, s);
  for (int i = 0; i < 3; i++) {
    CHECK_INT(begin_lock(s[0], locks[i]), DUSQ_OK);
    CHECK_INT(begin_lock(s[1], locks[(i + 1) % 3]), DUSQ_E_LOCKED);
    CHECK_INT(conform_commit(s[1]), DUSQ_E_TX_ABORTED);
    CHECK_INT(conform_say(site, s[1], PUT(1)), DUSQ_E_LOCKED);
    if (!in_memory(site)) {
      CHECK_INT(conform_begin(s[1], 0, DUSQ_TX_READ_ONLY), DUSQ_OK); /* readers are not in the way */
      CHECK_INT(conform_count(site, s[1], COUNT), 0);
      commits(s[1]);
    }
    CHECK_INT(conform_rollback(s[0]), DUSQ_OK);
    CHECK_INT(begin_lock(s[1], locks[(i + 1) % 3]), DUSQ_OK);
    CHECK_INT(conform_rollback(s[1]), DUSQ_OK);
  }
  end(s);
}

/* One that has yet to connect does not wait any longer for it. */
static void lock_unconnected(conform_site *site)
{
  dusq_session *s[2];
  dusq_opts opts = DUSQ_OPTS_INIT;
  start(site, s);
  opts.timeout = 2 * DUSQ_SECOND;
  CHECK_INT(begin_lock(s[0], DUSQ_TX_LOCK_IMMEDIATE), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_session_begin(s[1], NULL, &opts), NULL), DUSQ_E_LOCKED);
  CHECK_INT(conform_rollback(s[0]), DUSQ_OK);
  CHECK_INT(conform_rollback(s[1]), DUSQ_OK);
  end(s);
}

/* It has read what is no longer so, and can only begin again. */
static void lock_too_late(conform_site *site)
{
  dusq_session *s[2];
  start_connected(site, s);
  if (!in_memory(site)) {
    CHECK_INT(begin_lock(s[0], DUSQ_TX_LOCK_DEFERRED), DUSQ_OK);
    CHECK_INT(conform_count(site, s[0], COUNT), 0);
    CHECK_INT(conform_say(site, s[1], PUT(1)), DUSQ_OK);
    dusq_future *late = dusq_session_query(s[0], PUT(2), DUSQ_NO_PARAMS, NULL);
    CHECK_INT(dusq_future_wait(late, CONFORM_WAIT), DUSQ_OK);
    CHECK(dusq_error_retryable(dusq_future_error(late)));
    CHECK_INT(conform_settle(late, NULL), DUSQ_E_SERIALIZATION);
    CHECK_INT(conform_commit(s[0]), DUSQ_E_TX_ABORTED);
    CHECK_INT(conform_say(site, s[0], PUT(2)), DUSQ_OK);
  }
  end(s);
}

const conform_scenario conform_isolation[] = {
  {"levels as the server names them", CONFORM_POSTGRESQL, NULL, asked},
  {"read uncommitted", CONFORM_SERVERS, NULL, uncommitted},
  {"read committed", CONFORM_SERVERS, NULL, committed},
  {"repeatable read", CONFORM_SERVERS, NULL, repeatable},
  {"a snapshot", CONFORM_SQLITE, NULL, snapshot},
  {"write skew where it is allowed", CONFORM_SERVERS, NULL, skew_repeatable},
  {"write skew where it is found", CONFORM_POSTGRESQL, NULL, skew_serializable},
  {"what serializable reads lock", CONFORM_SERVERS, NULL, serializable_reads},
  {"read-only at every level", CONFORM_REAL, NULL, read_only},
  {"read-only: nested", CONFORM_REAL, NULL, read_only_nested},
  {"deferrable", CONFORM_REAL, NULL, deferrable},
  {"options without sense", CONFORM_REAL, NULL, options},
  {"the level of the next transaction", CONFORM_SERVERS, "pool_size=2", next_one},
  {"levels by words", CONFORM_SERVERS, "pool_size=2", by_words},
  {"lock: deferred", CONFORM_SQLITE, "busy_timeout=20ms", lock_deferred},
  {"lock: immediate and exclusive", CONFORM_SQLITE, "busy_timeout=10ms", lock_at_once},
  {"lock: a session not yet connected", CONFORM_SQLITE, "busy_timeout=20ms", lock_unconnected},
  {"lock: too late", CONFORM_SQLITE, NULL, lock_too_late},
  {NULL, 0, NULL, NULL},
};
