/* fault_silence.c - silence, FIN and RST at each byte of what clients and servers say; see silence.h.
 *
 * Silence at every 16th byte and the last ones that the server says, the others at every 64th.  With
 * DUSQ_TEST_SILENCE=silence that is at each byte, with DUSQ_TEST_SILENCE=all the others, too; where it is set, the
 * figures are printed.  How far a call may be behind its bound is 250 ms with DUSQ_TEST_STRICT=1; else a busy machine
 * is given more.  A trial waits for most of its time, so that many run side by side.                                 */
#include "fault/silence.h"
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { TRIALS_AT_ONCE = 24, LOGINS_AT_ONCE = 3, STEP = 16, ENDS_STEP = 64, TAIL = 7, MAX_FAILURES = 8, MAX_URI = 1400 };
#define MS DUSQ_MILLISECOND
#define HANGS (15 * DUSQ_SECOND)
#define LONG_WAIT (60 * DUSQ_SECOND)

static size_t step_of(proxy_fault fault)
{
  const char *given = getenv("DUSQ_TEST_SILENCE");
  bool silence = given && !strcmp(given, "silence"), all = given && !strcmp(given, "all");
  if (all || test_scale(100) >= 1000 || (silence && fault == PROXY_SILENCE))
    return 1;
  return fault == PROXY_SILENCE ? STEP : ENDS_STEP;
}

static int64_t margin(void)
{
  return getenv("DUSQ_TEST_STRICT") ? 250 * MS : 3 * DUSQ_SECOND;
}

/* ---- what an exchange says ----------------------------------------------------------------------------------------- */

void silence_fail(silence_trial *trial, const char *what)
{
  if (!*trial->why)
    snprintf(trial->why, sizeof trial->why, "%s", what);
}

const char *silence_insert_sql(const silence_trial *trial, char room[100])
{
  snprintf(room, 100, "INSERT INTO %s (id) VALUES (?)", trial->server->table);
  return room;
}

dusq_value silence_id(const silence_trial *trial, int i)
{
  return dusq_int(trial->base + (int64_t)trial->nfacts * SILENCE_EACH + i);
}

void silence_note(silence_trial *trial, int rows, dusq_status status, bool unknown)
{
  silence_rows there = !status ? SILENCE_ALL : unknown ? SILENCE_SOME : SILENCE_NONE;
  if (trial->nfacts < SILENCE_FACTS)
    trial->facts[trial->nfacts++] = (struct silence_fact){rows, there};
}

dusq_status silence_settle(silence_trial *trial, dusq_future *take_future, int64_t bound, bool *unknown)
{
  *unknown = true;
  if (dusq_future_wait(take_future, bound + HANGS)) {
    silence_fail(trial, "a call hangs");
    dusq_future_unref(take_future);
    return DUSQ_E_TIMEDOUT;
  }
  int64_t submitted = 0, settled = 0;
  dusq_future_times(take_future, &submitted, NULL, &settled);
  int64_t late = submitted ? settled - submitted - bound : -bound; /* 0: it was refused at once */
  trial->late = late > trial->late ? late : trial->late;
  dusq_status status = dusq_future_status(take_future);
  *unknown = dusq_error_unknown_outcome(dusq_future_error(take_future));
  dusq_future_unref(take_future);
  return status;
}

/* ---- whether all connections of a pool are there ------------------------------------------------------------------- */

typedef struct meeting {
  const char *sql; /* with one value */
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  int wanted, came, left; /* guarded by: mtx */
} meeting;

/* On a worker, until all are on one. */
static dusq_result *meet(dusq_conn *conn, void *arg)
{
  meeting *all = arg;
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 1;
  int rc = 0;
  pthread_mutex_lock(&all->mtx);
  all->came++;
  pthread_cond_broadcast(&all->cond);
  while (all->came < all->wanted && !rc && !dusq_conn_stopped(conn))
    rc = pthread_cond_timedwait(&all->cond, &all->mtx, &until);
  pthread_mutex_unlock(&all->mtx);
  dusq_error *error = NULL;
  dusq_value id = dusq_int(-1);
  if (rc)
    error = dusq_error_new(DUSQ_E_BUSY, NULL, 0, "the others did not come");
  else if (!dusq_conn_query(conn, "SELECT 1", DUSQ_NO_PARAMS, NULL, &error))
    (void)dusq_conn_query(conn, all->sql, 1, &id, NULL, &error);
  if (error)
    dusq_conn_fail(conn, error);
  return NULL;
}

static void leave(void *arg)
{
  meeting *all = arg;
  pthread_mutex_lock(&all->mtx);
  all->left++;
  pthread_cond_broadcast(&all->cond);
  pthread_mutex_unlock(&all->mtx);
}

/* Whether so many statements run at once.  After it all connections have prepared them. */
static bool is_whole(const silence_trial *trial, int n)
{
  enum { MOST = 4 };
  char sql[100];
  meeting all = {.sql = silence_insert_sql(trial, sql), .mtx = PTHREAD_MUTEX_INITIALIZER,
                 .cond = PTHREAD_COND_INITIALIZER, .wanted = n};
  dusq_future *jobs[MOST];
  bool good = true;
  for (int i = 0; i < n; i++)
    jobs[i] = dusq_pool_run(trial->pool, meet, &all, leave, NULL);
  for (int i = 0; i < n; i++) {
    good = !dusq_future_wait(jobs[i], HANGS) && !dusq_future_status(jobs[i]) && good;
    dusq_future_unref(jobs[i]);
  }
  pthread_mutex_lock(&all.mtx);
  while (all.left < n)
    pthread_cond_wait(&all.cond, &all.mtx);
  pthread_mutex_unlock(&all.mtx);
  return good;
}

/* Logging in is work, and takes longer than connect_timeout where too many do it at once. */
static struct {
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  int inside; /* guarded by: mtx */
} door = {.mtx = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};

static void enter_door(void)
{
  pthread_mutex_lock(&door.mtx);
  while (door.inside >= LOGINS_AT_ONCE)
    pthread_cond_wait(&door.cond, &door.mtx);
  door.inside++;
  pthread_mutex_unlock(&door.mtx);
}

static void leave_door(void)
{
  pthread_mutex_lock(&door.mtx);
  door.inside--;
  pthread_cond_signal(&door.cond);
  pthread_mutex_unlock(&door.mtx);
}

/* How long that took. */
static int64_t regain(silence_trial *trial, int size)
{
  int64_t start = test_now();
  while (!is_whole(trial, size))
    if (test_now() - start > 2 * HANGS) {
      silence_fail(trial, "the pool does not get its connections back");
      break;
    }
  return test_now() - start;
}

/* ---- a trial ------------------------------------------------------------------------------------------------------- */

typedef struct sweep {
  const silence_server *server;
  const silence_exchange *exchange;
  proxy_fault fault;
  dusq_pool *direct; /* not by way of a proxy */
  const char *given; /* the server's URI */
  size_t lens[2];
  size_t step;
  atomic_size_t next;
  atomic_int failures;
  pthread_mutex_t mtx;
  long trials, struck;            /* guarded by: mtx, as all below */
  int64_t late, whole, closed;    /* ns: the most */
} sweep;

static atomic_llong last_base;

static int64_t count(const sweep *all, const char *what, int64_t from)
{
  char sql[200];
  snprintf(sql, sizeof sql, "SELECT count(%s) FROM %s WHERE id >= %lld AND id < %lld", what, all->server->table,
           (long long)from, (long long)(from + SILENCE_EACH));
  dusq_future *future = dusq_pool_query(all->direct, sql, DUSQ_NO_PARAMS, NULL);
  dusq_result *result = NULL;
  int64_t n = -1;
  (void)!dusq_future_wait(future, LONG_WAIT);
  if (!dusq_future_get(future, &result))
    (void)!dusq_result_int(result, 0, 0, &n);
  dusq_result_unref(result);
  dusq_future_unref(future);
  return n;
}

static void check_rows(const sweep *all, silence_trial *trial)
{
  for (int i = 0; i < trial->nfacts; i++) {
    const struct silence_fact *fact = &trial->facts[i];
    int64_t from = trial->base + (int64_t)i * SILENCE_EACH;
    int64_t n = count(all, "*", from), distinct = count(all, "DISTINCT id", from);
    bool may_be = fact->there != SILENCE_ALL && n == 0, is = fact->there != SILENCE_NONE && n == fact->rows;
    char text[100];
    snprintf(text, sizeof text, "call %d says %d of 2, and %lld of %d rows are there, %lld of them once", i,
             (int)fact->there, (long long)n, fact->rows, (long long)distinct);
    if (n != distinct || (!may_be && !is))
      silence_fail(trial, text);
  }
}

static dusq_pool *open_pool(const sweep *all, const proxy *net)
{
  char uri[MAX_URI], options[400];
  dusq_pool *pool = NULL;
  dusq_error *error = NULL;
  snprintf(options, sizeof options,
           "connect_timeout=%dms&cancel_grace=%dms&query_timeout=%dms&pool_size=%d&batch_min=1&%s",
           (int)(SILENCE_CONNECT / MS), (int)(SILENCE_GRACE / MS), (int)(SILENCE_QUERY / MS),
           all->exchange->size, all->server->options);
  proxy_uri(net, all->given, options, uri, sizeof uri);
  CHECK_INT(dusq_pool_open_uri(uri, &pool, &error), DUSQ_OK);
  CHECK_STR(dusq_error_message(error), "");
  dusq_error_unref(error);
  return pool;
}

static int64_t close_pool(silence_trial *trial)
{
  int64_t submitted = 0, settled = 0;
  dusq_future *closed = dusq_pool_close(trial->pool, SILENCE_CONNECT);
  if (dusq_future_wait(closed, HANGS))
    silence_fail(trial, "the pool does not close");
  dusq_future_times(closed, &submitted, NULL, &settled);
  dusq_future_unref(closed);
  dusq_pool_unref(trial->pool);
  return settled - submitted - SILENCE_CONNECT - SILENCE_GRACE;
}

static void record(sweep *all, const silence_trial *trial, bool fired, int64_t whole, int64_t closed)
{
  pthread_mutex_lock(&all->mtx);
  all->trials++;
  all->struck += fired;
  all->late = trial->late > all->late ? trial->late : all->late;
  all->whole = whole > all->whole ? whole : all->whole;
  all->closed = closed > all->closed ? closed : all->closed;
  pthread_mutex_unlock(&all->mtx);
}

static void try_one(sweep *all, proxy *net, proxy_rule rule, size_t passed[2])
{
  silence_trial trial = {.server = all->server, .late = INT64_MIN};
  trial.base = atomic_fetch_add(&last_base, SILENCE_FACTS * SILENCE_EACH);
  proxy_mend(net, true);
  trial.pool = open_pool(all, net);
  if (!trial.pool)
    return;
  enter_door();
  if (!all->exchange->cold)
    (void)regain(&trial, all->exchange->size);
  if (all->exchange->prepare)
    all->exchange->prepare(&trial);
  leave_door();
  proxy_arm(net, rule);
  all->exchange->run(&trial);
  bool fired = proxy_fired(net, passed);
  enter_door();
  proxy_mend(net, false);
  int64_t whole = regain(&trial, all->exchange->size);
  leave_door();
  int64_t closed = close_pool(&trial);
  proxy_mend(net, true);
  if (!proxy_await_lines(net, 0, HANGS))
    silence_fail(&trial, "connections are left behind");
  check_rows(all, &trial);
  if (trial.late > margin())
    silence_fail(&trial, "a call is late");
  if (closed > margin())
    silence_fail(&trial, "the close of the pool is late");
  record(all, &trial, fired, whole, closed);
  if (!*trial.why)
    return;
  char text[400];
  snprintf(text, sizeof text, "%s, %s, %s after %zu bytes %s: %s (late by %lld ms)", all->server->name,
           all->exchange->name, rule.fault == PROXY_SILENCE ? "silence" : rule.fault == PROXY_CLOSE ? "FIN" : "RST",
           rule.after, rule.way == PROXY_UP ? "up" : "down", trial.why, (long long)(trial.late / MS));
  test_check(false, text, __FILE__, __LINE__);
  atomic_fetch_add(&all->failures, 1);
}

/* ---- all of them --------------------------------------------------------------------------------------------------- */

/* Position k of the sweep; false behind the last. */
static bool position(const sweep *all, size_t k, proxy_rule *rule)
{
  for (int way = 0; way < 2; way++) {
    for (size_t at = 0; at < all->lens[way]; at++) {
      bool tail = all->fault == PROXY_SILENCE && way == PROXY_DOWN && at + TAIL > all->lens[way];
      bool chosen = at % all->step == 0 || tail;
      if (chosen && !k--) {
        *rule = (proxy_rule){.fault = all->fault, .way = (proxy_way)way, .after = at};
        return true;
      }
    }
  }
  return false;
}

static void *sweep_main(void *arg)
{
  sweep *all = arg;
  proxy *net = malloc(sizeof *net);
  proxy_rule rule;
  size_t unused[2];
  if (!net || !proxy_start(net, proxy_port_of(all->given))) {
    free(net);
    return NULL;
  }
  while (atomic_load(&all->failures) < MAX_FAILURES && position(all, atomic_fetch_add(&all->next, 1), &rule))
    try_one(all, net, rule, unused);
  proxy_end(net);
  free(net);
  return NULL;
}

/* How long the exchange is, both ways. */
static void measure(sweep *all)
{
  proxy *net = malloc(sizeof *net);
  if (net && proxy_start(net, proxy_port_of(all->given))) {
    try_one(all, net, (proxy_rule){.fault = PROXY_NONE}, all->lens);
    proxy_end(net);
  }
  free(net);
  CHECK(all->lens[PROXY_UP] > 0 && all->lens[PROXY_DOWN] > 0);
}

static void run_sweep(const silence_server *server, const silence_exchange *exchange, dusq_pool *direct,
                      proxy_fault fault)
{
  pthread_t threads[TRIALS_AT_ONCE];
  sweep all = {.server = server, .exchange = exchange, .fault = fault, .direct = direct,
               .given = getenv(server->variable), .step = step_of(fault), .mtx = PTHREAD_MUTEX_INITIALIZER,
               .late = INT64_MIN, .closed = INT64_MIN};
  measure(&all);
  all.trials = all.struck = 0;
  int n = 0;
  while (n < TRIALS_AT_ONCE && !pthread_create(&threads[n], NULL, sweep_main, &all))
    n++;
  for (int i = 0; i < n; i++)
    pthread_join(threads[i], NULL);
  CHECK(all.struck > 0);
  if (getenv("DUSQ_TEST_SILENCE"))
    printf("    %-10s %-10s %-8s %5zu bytes up %5zu down: %5ld trials, %5ld struck; ms at most: late %lld, whole again "
           "%lld, close late %lld\n", server->name, exchange->name,
           fault == PROXY_SILENCE ? "silence" : fault == PROXY_CLOSE ? "FIN" : "RST", all.lens[0], all.lens[1],
           all.trials, all.struck, (long long)(all.late / MS), (long long)(all.whole / MS),
           (long long)(all.closed / MS));
}

/* ---- servers ------------------------------------------------------------------------------------------------------- */

static void run_statement(dusq_pool *pool, const char *what, const char *table, const char *more)
{
  char sql[200];
  snprintf(sql, sizeof sql, "%s %s%s", what, table, more);
  dusq_future *done = dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(done, LONG_WAIT), DUSQ_OK);
  CHECK_STR(dusq_error_message(dusq_future_error(done)), "");
  dusq_future_unref(done);
}

static void on_server(const silence_server *given, const silence_exchange *exchange)
{
  char uri[MAX_URI], table[60];
  silence_server server = *given;
  dusq_pool *direct = NULL;
  const char *base = getenv(server.variable);
  if (!base)
    return;
  snprintf(table, sizeof table, "dusq_silence_%ld", (long)getpid());
  server.table = table;
  snprintf(uri, sizeof uri, "%s%cpool_size=2&%s", base, strchr(base, '?') ? '&' : '?', server.options);
  CHECK_INT(dusq_pool_open_uri(uri, &direct, NULL), DUSQ_OK);
  run_statement(direct, "DROP TABLE IF EXISTS", table, "");
  run_statement(direct, "CREATE TABLE", table, " (id BIGINT)");
  char index[100];
  snprintf(index, sizeof index, "_id ON %s (id)", table);
  run_statement(direct, "CREATE INDEX", table, index);
  for (int fault = PROXY_SILENCE; fault <= PROXY_RESET; fault++)
    run_sweep(&server, exchange, direct, (proxy_fault)fault);
  run_statement(direct, "DROP TABLE", table, "");
  dusq_future *closed = dusq_pool_close(direct, LONG_WAIT);
  CHECK_INT(dusq_future_wait(closed, LONG_WAIT), DUSQ_OK);
  dusq_future_unref(closed);
  dusq_pool_unref(direct);
}

static void run_everywhere(const char *name)
{
  static const silence_server servers[] = {
    {"postgresql", "DUSQ_TEST_POSTGRESQL", "sslmode=disable", "SET application_name = 'x'", NULL},
    {"mariadb", "DUSQ_TEST_MARIADB", "sslmode=disable", "SET @x = 1", NULL},
  };
  const silence_exchange *exchange = silence_exchanges;
  while (strcmp(exchange->name, name) != 0)
    exchange++;
  int ran = 0;
  for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
    ran += getenv(servers[i].variable) != NULL;
    on_server(&servers[i], exchange);
  }
  if (!ran && getenv("DUSQ_TEST_REQUIRE_SERVERS"))
    CHECK_STR("no server is named by DUSQ_TEST_POSTGRESQL or DUSQ_TEST_MARIADB", "");
  else if (!ran)
    test_skip("neither DUSQ_TEST_POSTGRESQL nor DUSQ_TEST_MARIADB names a server");
}

#define EACH(X) \
  X(commit) X(ahead) X(left_open) X(rollback) X(savepoint) X(close) X(job) X(script) X(set) X(transact) X(steps) \
  X(batch) X(many) X(stream) X(session_stream) X(connect)

#define CASE(name)                \
  static void test_##name(void)   \
  {                               \
    run_everywhere(#name);        \
  }
EACH(CASE)

void suite_fault_silence(void);
void suite_fault_silence(void)
{
  test_suite("fault_silence");
#define ADD(name) test_case(#name, test_##name);
  EACH(ADD)
}
