/* session.c - see session.h.
 *
 * The main thread holds the session, the worker inside the job, and the callback of the job's end.  A driver that is
 * stuck can keep the worker here after the job's future has settled; so the session is counted, and the promise of the
 * statement that runs is settled by whoever takes it first, the worker or the callback.                              */
#include "session.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct task {
  struct task *next;
  dusq_promise *promise; /* guarded by: mtx, once the task runs */
  char sql[];
} task;

struct session {
  pthread_mutex_t mtx;
  pthread_cond_t cond;  /* the job waits here for a task or the end */
  task *first, **last;  /* guarded by: mtx */
  task *running;        /* guarded by: mtx */
  bool finished;        /* guarded by: mtx; no more will come */
  bool stopped;         /* guarded by: mtx; no more will run */
  bool ended;           /* guarded by: mtx; nor can */
  int holders;          /* guarded by: mtx */
  bool keep_going;
  dusq_future *job;
};

bool session_is_over(dusq_status status)
{
  return status == DUSQ_E_CONNECT || status == DUSQ_E_CONNECTION_LOST || status == DUSQ_E_TLS ||
         status == DUSQ_E_AUTH || status == DUSQ_E_TOO_MANY_CONNECTIONS || status == DUSQ_E_SHUTDOWN ||
         status == DUSQ_E_CORRUPT || status == DUSQ_E_CLOSED;
}

static void release(void *arg)
{
  session *s = arg;
  pthread_mutex_lock(&s->mtx);
  bool free_it = --s->holders == 0;
  pthread_mutex_unlock(&s->mtx);
  if (!free_it)
    return;
  pthread_cond_destroy(&s->cond);
  pthread_mutex_destroy(&s->mtx);
  free(s);
}

/* ---- on the worker ----------------------------------------------------------------------------------------------- */

static task *take(session *s)
{
  pthread_mutex_lock(&s->mtx);
  while (!s->first && !s->finished && !s->stopped)
    pthread_cond_wait(&s->cond, &s->mtx);
  task *t = s->stopped ? NULL : s->first;
  if (t) {
    s->first = t->next;
    if (!s->first)
      s->last = &s->first;
  }
  s->running = t;
  pthread_mutex_unlock(&s->mtx);
  return t;
}

static void settle(session *s, task *t, dusq_result *result, dusq_error *error)
{
  dusq_status status = dusq_error_status(error);
  pthread_mutex_lock(&s->mtx);
  s->running = NULL;
  s->stopped |= status && (!s->keep_going || session_is_over(status));
  dusq_promise *promise = t->promise;
  pthread_mutex_unlock(&s->mtx);
  if (!promise) {
    dusq_result_unref(result);
    dusq_error_unref(error);
  } else if (error) {
    dusq_promise_reject_error(promise, error);
  } else {
    dusq_promise_resolve(promise, result);
  }
  free(t);
}

static dusq_result *work(dusq_conn *conn, void *arg)
{
  session *s = arg;
  task *t;
  while ((t = take(s))) {
    dusq_result *result;
    dusq_error *error;
    dusq_conn_query(conn, t->sql, DUSQ_NO_PARAMS, &result, &error);
    settle(s, t, result, error);
  }
  return NULL;
}

/* ---- on the main thread ------------------------------------------------------------------------------------------ */

static void refuse(dusq_promise *promise, const dusq_error *why)
{
  if (why)
    dusq_promise_reject_error(promise, dusq_error_ref(why));
  else
    dusq_promise_reject(promise, DUSQ_E_CANCELED, NULL, "an earlier statement failed");
}

static void on_end(dusq_future *job, void *arg)
{
  session *s = arg;
  const dusq_error *why = dusq_future_error(job);
  pthread_mutex_lock(&s->mtx);
  task *rest = s->first;
  dusq_promise *stuck = s->running ? s->running->promise : NULL;
  if (stuck)
    s->running->promise = NULL;
  s->first = NULL;
  s->last = &s->first;
  s->ended = s->stopped = true;
  pthread_mutex_unlock(&s->mtx);
  if (stuck)
    refuse(stuck, why);
  while (rest) {
    task *t = rest;
    rest = t->next;
    refuse(t->promise, why);
    free(t);
  }
}

static session *make(bool keep_going)
{
  session *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  if (pthread_mutex_init(&s->mtx, NULL)) {
    free(s);
    return NULL;
  }
  if (pthread_cond_init(&s->cond, NULL)) {
    pthread_mutex_destroy(&s->mtx);
    free(s);
    return NULL;
  }
  s->last = &s->first;
  s->holders = 3;
  s->keep_going = keep_going;
  return s;
}

session *session_open(dusq_session *on, dusq_cq *queue, bool keep_going)
{
  session *s = make(keep_going);
  if (!s)
    return NULL;
  s->job = dusq_session_run(on, work, s, release, NULL);
  if (dusq_future_on_done(s->job, queue, on_end, s, release) == DUSQ_OK)
    return s;
  release(s);
  session_cancel(s);
  session_free(s);
  return NULL;
}

dusq_future *session_query(session *s, const char *sql)
{
  dusq_future *future;
  dusq_promise *promise = dusq_promise_new(&future);
  size_t size = strlen(sql) + 1;
  task *t = promise ? malloc(sizeof *t + size) : NULL;
  if (!t) {
    dusq_promise_reject(promise, DUSQ_E_NOMEM, NULL, "out of memory");
    return future;
  }
  t->next = NULL;
  t->promise = promise;
  memcpy(t->sql, sql, size);
  pthread_mutex_lock(&s->mtx);
  bool late = s->ended;
  if (!late) {
    *s->last = t;
    s->last = &t->next;
    pthread_cond_signal(&s->cond);
  }
  pthread_mutex_unlock(&s->mtx);
  if (late) {
    refuse(promise, dusq_future_error(s->job));
    free(t);
  }
  return future;
}

void session_finish(session *s)
{
  pthread_mutex_lock(&s->mtx);
  s->finished = true;
  pthread_cond_signal(&s->cond);
  pthread_mutex_unlock(&s->mtx);
}

void session_cancel(session *s)
{
  pthread_mutex_lock(&s->mtx);
  s->stopped = true;
  pthread_cond_signal(&s->cond);
  pthread_mutex_unlock(&s->mtx);
  dusq_future_cancel(s->job);
}

void session_free(session *s)
{
  if (!s)
    return;
  dusq_future_unref(s->job);
  release(s);
}
