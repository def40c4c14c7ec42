/* rig.c - see rig.h. */
#include "rig.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SPINS = 2000 }; /* a thread that has yielded is late for what it was to meet */

/* ---- tallies ----------------------------------------------------------------------------------------------------- */
static void add(tally *t, int *counter, dusq_status status)
{
  pthread_mutex_lock(&t->mtx);
  ++*counter;
  t->thread = pthread_self();
  t->status = status;
  pthread_cond_broadcast(&t->cond);
  pthread_mutex_unlock(&t->mtx);
}

static int count(tally *t, const int *counter)
{
  pthread_mutex_lock(&t->mtx);
  int n = *counter;
  pthread_mutex_unlock(&t->mtx);
  return n;
}

static bool wait_for(tally *t, const int *counter, int n)
{
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += LONG_WAIT / DUSQ_SECOND;
  pthread_mutex_lock(&t->mtx);
  int rc = 0;
  while (*counter < n && rc != ETIMEDOUT)
    rc = pthread_cond_timedwait(&t->cond, &t->mtx, &until);
  bool reached = *counter >= n;
  pthread_mutex_unlock(&t->mtx);
  return reached;
}

void tally_add(tally *t)
{
  add(t, &t->n, DUSQ_OK);
}

int tally_count(tally *t)
{
  return count(t, &t->n);
}

int tally_freed(tally *t)
{
  return count(t, &t->freed);
}

bool tally_wait(tally *t, int n)
{
  return wait_for(t, &t->n, n);
}

bool tally_wait_freed(tally *t, int n)
{
  return wait_for(t, &t->freed, n);
}

void tally_done(dusq_future *done, void *arg)
{
  tally *t = arg;
  add(t, &t->n, dusq_future_status(done));
}

void tally_hook(void *arg)
{
  tally_add(arg);
}

void tally_free(void *arg)
{
  tally *t = arg;
  pthread_mutex_lock(&t->mtx);
  t->freed++;
  pthread_cond_broadcast(&t->cond);
  pthread_mutex_unlock(&t->mtx);
}

/* ---- futures ----------------------------------------------------------------------------------------------------- */
dusq_future *rig_pending(dusq_promise **promise)
{
  dusq_future *future;
  *promise = dusq_promise_new(&future);
  return future;
}

brood brood_pending(int n)
{
  brood b = {.n = n};
  for (int i = 0; i < n; i++)
    b.f[i] = rig_pending(&b.p[i]);
  return b;
}

void brood_drop(brood *b)
{
  for (int i = 0; i < b->n; i++)
    dusq_future_unref(b->f[i]);
}

dusq_result *rig_no_job(dusq_conn *conn, void *arg)
{
  (void)conn;
  (void)arg;
  return NULL;
}

dusq_future *rig_pass_on(dusq_future *done, void *arg)
{
  (void)done;
  (void)arg;
  return NULL;
}

dusq_result *rig_result(int64_t value)
{
  dusq_result *result = dusq_result_new(1, NULL);
  dusq_value cell = dusq_int(value);
  if (dusq_result_append(result, &cell))
    return dusq_result_unref(result);
  return result;
}

void rig_resolve(dusq_promise *take, int64_t value)
{
  dusq_promise_resolve(take, rig_result(value));
}

void rig_reject(dusq_promise *take, dusq_status status)
{
  dusq_promise_reject(take, status, NULL, "%s", dusq_strstatus(status));
}

dusq_future *rig_ok(int64_t value)
{
  dusq_promise *promise;
  dusq_future *future = rig_pending(&promise);
  rig_resolve(promise, value);
  return future;
}

dusq_future *rig_failed(dusq_status status)
{
  dusq_promise *promise;
  dusq_future *future = rig_pending(&promise);
  rig_reject(promise, status);
  return future;
}

int64_t rig_first(const dusq_result *result)
{
  int64_t value;
  return dusq_result_int(result, 0, 0, &value) ? -1 : value;
}

int64_t rig_value(dusq_future *future)
{
  dusq_result *result;
  if (dusq_future_get(future, &result))
    return -1;
  int64_t value = rig_first(result);
  dusq_result_unref(result);
  return value;
}

void expect(dusq_future *take, dusq_status status)
{
  CHECK_INT(dusq_future_wait(take, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(take), status);
  dusq_future_unref(take);
}

void expect_unknown(dusq_future *take, dusq_status status, bool unknown)
{
  CHECK_INT(dusq_future_wait(take, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_error_unknown_outcome(dusq_future_error(take)), unknown);
  expect(take, status);
}

void expect_value(dusq_future *take, int64_t value)
{
  CHECK_INT(dusq_future_wait(take, LONG_WAIT), DUSQ_OK);
  CHECK_INT(rig_value(take), value);
  dusq_future_unref(take);
}

/* ---- teams ------------------------------------------------------------------------------------------------------- */
typedef struct start {
  team *team;
  int i;
} start;

static void *run_member(void *arg)
{
  start given = *(start *)arg;
  free(arg);
  given.team->fn(given.team->arg, given.i);
  return NULL;
}

void team_start(team *t, int n, rig_member_fn *fn, void *arg)
{
  *t = (team){.fn = fn, .arg = arg, .n = n};
  for (int i = 0; i < n; i++) {
    start *given = malloc(sizeof *given);
    if (!given)
      exit(1);
    *given = (start){t, i};
    if (pthread_create(&t->members[i].thread, NULL, run_member, given))
      exit(1);
  }
}

void team_join(team *t)
{
  for (int i = 0; i < t->n; i++)
    pthread_join(t->members[i].thread, NULL);
}

void team_run(int n, rig_member_fn *fn, void *arg)
{
  team t;
  team_start(&t, n, fn, arg);
  team_join(&t);
}

void meet(meeting *m)
{
  int round = atomic_load(&m->round);
  if (atomic_fetch_add(&m->arrived, 1) == m->n - 1) {
    atomic_store(&m->arrived, 0);
    atomic_store(&m->round, round + 1);
    return;
  }
  for (int spins = 0; atomic_load(&m->round) == round; spins++)
    if (spins > SPINS)
      sched_yield();
}

void dawdle(uint32_t *random, uint32_t most)
{
  *random = *random * 1664525u + 1013904223u;
  for (volatile uint32_t i = (*random >> 8) % most; i > 0; i--)
    ;
}

/* ---- the log ----------------------------------------------------------------------------------------------------- */
void journal_write(int level, const char *subsystem, const char *line, void *arg)
{
  journal *j = arg;
  (void)level;
  pthread_mutex_lock(&j->mtx);
  j->lines++;
  size_t used = strlen(j->all);
  snprintf(j->all + used, sizeof j->all - used, "%s: %s\n", subsystem, line);
  pthread_mutex_unlock(&j->mtx);
}

int journal_lines(journal *j)
{
  pthread_mutex_lock(&j->mtx);
  int n = j->lines;
  pthread_mutex_unlock(&j->mtx);
  return n;
}

bool journal_has(journal *j, const char *text)
{
  pthread_mutex_lock(&j->mtx);
  bool has = strstr(j->all, text) != NULL;
  pthread_mutex_unlock(&j->mtx);
  return has;
}

/* ---- pools on a fake --------------------------------------------------------------------------------------------- */
site site_open_logged(const char *options, journal *log)
{
  site s = {NULL, NULL};
  char uri[256];
  dusq_error *error = NULL;
  CHECK_INT(dusq_fake_new(&s.fake), DUSQ_OK);
  snprintf(uri, sizeof uri, "%s?%s", dusq_fake_uri(s.fake), options);
  dusq_config *config = dusq_config_new(uri);
  if (log)
    dusq_config_set_log(config, journal_write, log);
  CHECK_INT(dusq_pool_open(config, &s.pool, &error), DUSQ_OK);
  CHECK_STR(dusq_error_message(error), "");
  dusq_error_unref(error);
  dusq_config_free(config);
  return s;
}

site site_open(const char *options)
{
  return site_open_logged(options, NULL);
}

void site_close(site s)
{
  expect(dusq_pool_close(s.pool, LONG_WAIT), DUSQ_OK);
  CHECK_INT(site_stat(s, "queued"), 0);
  CHECK_INT(site_stat(s, "running"), 0);
  CHECK_INT(site_stat(s, "workers"), 0);
  CHECK_INT(site_stat(s, "connections"), 0);
  CHECK_INT(site_stat(s, "idle"), 0);
  CHECK_INT(site_stat(s, "settled"), site_stat(s, "submitted"));
  site_left(s);
}

void site_left(site s)
{
  dusq_pool_unref(s.pool);
  CHECK_INT(site_count(s, DUSQ_FAKE_CONNECTED), 0);
  CHECK_INT(site_count(s, DUSQ_FAKE_CONNECTING), 0);
  CHECK_INT(site_count(s, DUSQ_FAKE_PREPARED), 0);
  CHECK_INT(site_count(s, DUSQ_FAKE_WAITING), 0);
  CHECK_INT(site_count(s, DUSQ_FAKE_MISUSES), 0);
  dusq_fake_unref(s.fake);
}

dusq_future *site_query_with(site s, const char *sql, int64_t timeout, uint32_t flags)
{
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.timeout = timeout;
  opts.flags = flags;
  return dusq_pool_query(s.pool, sql, DUSQ_NO_PARAMS, &opts);
}

dusq_future *site_query(site s, const char *sql)
{
  return dusq_pool_query(s.pool, sql, DUSQ_NO_PARAMS, NULL);
}

void site_reached(site s, int what, int64_t n)
{
  CHECK_INT(dusq_fake_wait(s.fake, what, n, LONG_WAIT), DUSQ_OK);
}

int64_t site_count(site s, int what)
{
  return dusq_fake_count(s.fake, what);
}

int64_t site_stat(site s, const char *key)
{
  int64_t value = -1;
  CHECK_INT(dusq_pool_stat(s.pool, key, &value), DUSQ_OK);
  return value;
}

void site_stat_reaches(site s, const char *key, int64_t value)
{
  int64_t until = test_now() + LONG_WAIT, now = -1;
  while (!dusq_pool_stat(s.pool, key, &now) && now != value && test_now() < until)
    sched_yield();
  CHECK_INT(now, value);
}

void fake_on(dusq_fake *fake, const char *pattern, dusq_fake_step step)
{
  CHECK_INT(dusq_fake_on(fake, pattern, &step), DUSQ_OK);
}

/* ---- children ---------------------------------------------------------------------------------------------------- */
int rig_in_child(int (*fn)(void *arg), void *arg)
{
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGALRM, SIG_DFL);
    alarm(20);
    _exit(fn(arg));
  }
  int status = -1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
    ;
  return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}
