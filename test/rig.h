/* rig.h - what the suites of futures and pools share: futures in a known state, teams of threads, things that count
 * what was called, and pools on a fake database that are checked when they end.
 *
 * Nothing here sleeps: one waits for a count, a barrier or a future, for at most LONG_WAIT.  Any thread may use a
 * tally or a journal; the rest belongs to the case.                                                                  */
#ifndef DUSQ_TEST_RIG_H
#define DUSQ_TEST_RIG_H
#include "test.h"
#include <dusq/fake.h>
#include <pthread.h>
#include <stdatomic.h>

#define LONG_WAIT (20 * DUSQ_SECOND)
#define MS DUSQ_MILLISECOND

#if defined(__SANITIZE_THREAD__)
#define RIG_TSAN 1
#elif defined(__SANITIZE_ADDRESS__)
#define RIG_ASAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RIG_TSAN 1
#elif __has_feature(address_sanitizer)
#define RIG_ASAN 1
#endif
#endif

/* ---- tallies: how often something was called, and by which thread the last time ---------------------------------- */
typedef struct tally {
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  int n, freed;     /* guarded by: mtx, as all below */
  pthread_t thread;
  dusq_status status; /* of what the last call was about */
} tally;
#define TALLY_INIT { .mtx = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER }

void tally_add(tally *t);
int tally_count(tally *t);
int tally_freed(tally *t);
/* Waits until it has been called (or freed) so often; false after LONG_WAIT. */
bool tally_wait(tally *t, int n);
bool tally_wait_freed(tally *t, int n);
/* A callback, a hook and a free function with a tally as their argument. */
void tally_done(dusq_future *done, void *arg);
void tally_hook(void *arg);
void tally_free(void *arg);

/* ---- futures ----------------------------------------------------------------------------------------------------- */
dusq_future *rig_pending(dusq_promise **promise);
dusq_future *rig_ok(int64_t value); /* has settled with one row of one column */
dusq_future *rig_failed(dusq_status status);
void rig_resolve(dusq_promise *take, int64_t value);
void rig_reject(dusq_promise *take, dusq_status status);
dusq_result *rig_result(int64_t value);
/* The number in the first cell; -1 if there is none. */
int64_t rig_value(dusq_future *future);
int64_t rig_first(const dusq_result *result);
/* Waits, checks the status, and drops the reference. */
void expect(dusq_future *take, dusq_status status);
void expect_unknown(dusq_future *take, dusq_status status, bool unknown);
void expect_value(dusq_future *take, int64_t value);

/* Up to BROOD_MAX of them that are pending. */
enum { BROOD_MAX = 4 };
typedef struct brood {
  int n;
  dusq_promise *p[BROOD_MAX];
  dusq_future *f[BROOD_MAX];
} brood;
brood brood_pending(int n);
void brood_drop(brood *b); /* the futures */

/* A job and a step that give NULL. */
dusq_result *rig_no_job(dusq_conn *conn, void *arg);
dusq_future *rig_pass_on(dusq_future *done, void *arg);

/* ---- teams: n threads that run fn(arg, i) ------------------------------------------------------------------------ */
typedef void rig_member_fn(void *arg, int i);
enum { TEAM_MAX = 16 };
typedef struct team {
  rig_member_fn *fn;
  void *arg;
  int n;
  struct {
    struct team *team;
    pthread_t thread;
  } members[TEAM_MAX];
} team;
void team_start(team *t, int n, rig_member_fn *fn, void *arg);
void team_join(team *t);
void team_run(int n, rig_member_fn *fn, void *arg); /* both */

/* A barrier for many short rounds: it yields and does not sleep. */
typedef struct meeting {
  int n;
  atomic_int arrived, round;
} meeting;
void meet(meeting *m);
/* Up to `most` empty turns, so that two threads do not always meet in the same place. */
void dawdle(uint32_t *random, uint32_t most);

/* ---- the log ----------------------------------------------------------------------------------------------------- */
typedef struct journal {
  pthread_mutex_t mtx;
  int lines; /* guarded by: mtx, as all below */
  char all[8192];
} journal;
#define JOURNAL_INIT { .mtx = PTHREAD_MUTEX_INITIALIZER }
/* A hook for dusq_config_set_log and dusq_set_log. */
void journal_write(int level, const char *subsystem, const char *line, void *arg);
int journal_lines(journal *j);
bool journal_has(journal *j, const char *text);

/* ---- pools on a fake --------------------------------------------------------------------------------------------- */
typedef struct site {
  dusq_fake *fake;
  dusq_pool *pool;
} site;
site site_open(const char *options);
site site_open_logged(const char *options, journal *log);
/* Closes the pool, and checks that nothing is left in the fake and that the pool's numbers agree. */
void site_close(site s);
/* Checks and drops the fake of a pool that has been closed already. */
void site_left(site s);
dusq_future *site_query(site s, const char *sql);
dusq_future *site_query_with(site s, const char *sql, int64_t timeout, uint32_t flags);
void site_reached(site s, int what, int64_t count);
int64_t site_count(site s, int what);
int64_t site_stat(site s, const char *key);
/* Waits until a number of the pool is this one. */
void site_stat_reaches(site s, const char *key, int64_t value);
void fake_on(dusq_fake *fake, const char *pattern, dusq_fake_step step);
#define ON_FAKE(fake, pattern, ...) \
  fake_on(fake, pattern, (dusq_fake_step){.size = sizeof(dusq_fake_step), __VA_ARGS__})
#define ON(s, pattern, ...) ON_FAKE((s).fake, pattern, __VA_ARGS__)

/* ---- the process ------------------------------------------------------------------------------------------------- */
/* Threads of a process that uses nothing of the library. */
#ifdef RIG_TSAN
#define RIG_THREADS 2 /* one is the sanitizer's */
#else
#define RIG_THREADS 1
#endif
/* Forks; the child's status is what fn returns, 255 if it was killed or took longer than 20 s. */
int rig_in_child(int (*fn)(void *arg), void *arg);

#endif
