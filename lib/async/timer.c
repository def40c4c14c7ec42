/* timer.c - deadlines: a pairing heap and the thread that sleeps until its root is due; see home.h.
 *
 * The heap is intrusive, so arming cannot fail.  Disarming does not wake the thread: it finds out when it looks, and
 * most deadlines never come.                                                                                         */
#include "async/home_parts.h"
#include "base/clock.h"
#include <errno.h>
#include <stdio.h>

int dusq__timers_init(dusq__timers *timers)
{
  int rc = pthread_mutex_init(&timers->mtx, NULL);
  if (rc)
    return rc;
  rc = dusq__cond_init(&timers->cond);
  if (rc)
    pthread_mutex_destroy(&timers->mtx);
  return rc;
}

void dusq__timers_fini(dusq__timers *timers)
{
  pthread_cond_destroy(&timers->cond);
  pthread_mutex_destroy(&timers->mtx);
}

void dusq__timers_stop(dusq__timers *timers)
{
  pthread_mutex_lock(&timers->mtx);
  timers->stop = true;
  pthread_cond_signal(&timers->cond);
  pthread_mutex_unlock(&timers->mtx);
}

/* ---- the heap: `before` is the parent of a first child, else the sibling before ---------------------------------- */

static dusq__timer *merge(dusq__timer *a, dusq__timer *b)
{
  if (!a || !b)
    return a ? a : b;
  if (b->when < a->when) {
    dusq__timer *other = a;
    a = b;
    b = other;
  }
  b->sibling = a->child;
  if (b->sibling)
    b->sibling->before = b;
  b->before = a;
  a->child = b;
  return a;
}

/* Merges a list of siblings: pairs from left to right, then all from right to left. */
static dusq__timer *merge_siblings(dusq__timer *first)
{
  dusq__timer *pairs = NULL;
  while (first) {
    dusq__timer *a = first, *b = first->sibling;
    first = b ? b->sibling : NULL;
    a->sibling = NULL;
    if (b)
      b->sibling = NULL;
    a = merge(a, b);
    a->sibling = pairs;
    pairs = a;
  }
  dusq__timer *root = NULL;
  while (pairs) {
    dusq__timer *next = pairs->sibling;
    pairs->sibling = NULL;
    root = merge(root, pairs);
    pairs = next;
  }
  if (root)
    root->before = NULL;
  return root;
}

static void remove_locked(dusq__timers *timers, dusq__timer *timer)
{
  dusq__timer *children = merge_siblings(timer->child);
  if (timer == timers->root) {
    timers->root = children;
  } else {
    if (timer->before->child == timer)
      timer->before->child = timer->sibling;
    else
      timer->before->sibling = timer->sibling;
    if (timer->sibling)
      timer->sibling->before = timer->before;
    timers->root = merge(timers->root, children);
  }
  timer->child = timer->sibling = timer->before = NULL;
  timer->armed = false;
}

void dusq__timer_arm(dusq__home *home, dusq__timer *timer, int64_t when)
{
  dusq__timers *timers = &home->timers;
  pthread_mutex_lock(&timers->mtx);
  timer->when = when;
  timer->child = timer->sibling = timer->before = NULL;
  timer->armed = true;
  timers->root = merge(timers->root, timer);
  if (when < timers->sleep_till) {
    timers->sleep_till = when; /* one wake is enough */
    pthread_cond_signal(&timers->cond);
  }
  pthread_mutex_unlock(&timers->mtx);
}

bool dusq__timer_disarm(dusq__home *home, dusq__timer *timer)
{
  dusq__timers *timers = &home->timers;
  pthread_mutex_lock(&timers->mtx);
  bool was = timer->armed;
  if (was)
    remove_locked(timers, timer);
  pthread_mutex_unlock(&timers->mtx);
  return was;
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

/* The next timer that is due, after waiting for it; NULL when the thread is to end. */
static dusq__timer *next_due(dusq__timers *timers)
{
  dusq__timer *due = NULL;
  pthread_mutex_lock(&timers->mtx);
  while (!timers->stop && !due) {
    if (timers->root && timers->root->when <= dusq__now()) {
      due = timers->root;
      remove_locked(timers, due);
    } else {
      timers->sleep_till = timers->root ? timers->root->when : INT64_MAX;
      dusq__cond_wait_until(&timers->cond, &timers->mtx, timers->sleep_till);
      timers->sleep_till = 0;
    }
  }
  pthread_mutex_unlock(&timers->mtx);
  return due;
}

static void *timer_main(void *arg)
{
  dusq__home *home = arg;
  dusq__thread_kind = DUSQ__THREAD_TIMER;
  dusq__timer *due;
  while ((due = next_due(&home->timers)) != NULL)
    due->fire(due);
  dusq__home_drop_part(home);
  return NULL;
}

dusq_status dusq__timer_ready(dusq__home *home)
{
  dusq__timers *timers = &home->timers;
  int rc = 0;
  pthread_mutex_lock(&timers->mtx);
  if (!timers->started) {
    timers->start = (dusq__start){.run = timer_main, .arg = home};
    snprintf(timers->start.name, sizeof timers->start.name, "%s:t", home->name);
    dusq__refs_take(&home->parts);
    rc = dusq__thread_start(&timers->start, NULL, 0);
    timers->started = !rc;
  }
  pthread_mutex_unlock(&timers->mtx);
  if (rc)
    dusq__home_drop_part(home);
  return !rc ? DUSQ_OK : rc == ENOMEM ? DUSQ_E_NOMEM : DUSQ_E_RESOURCE;
}
