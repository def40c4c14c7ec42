/* timer_heap.c - see timer_heap.h. */
#include "async/timer_heap.h"
#include "base/clock.h"
#include "base/sync.h"
#include <stddef.h>

int dusq__timer_heap_init(dusq__timer_heap *heap)
{
  int rc = pthread_mutex_init(&heap->mtx, NULL);
  if (rc)
    return rc;
  rc = dusq__cond_init(&heap->cond);
  if (rc)
    pthread_mutex_destroy(&heap->mtx);
  return rc;
}

void dusq__timer_heap_fini(dusq__timer_heap *heap)
{
  pthread_cond_destroy(&heap->cond);
  pthread_mutex_destroy(&heap->mtx);
}

void dusq__timer_heap_stop(dusq__timer_heap *heap)
{
  pthread_mutex_lock(&heap->mtx);
  heap->stop = true;
  pthread_cond_signal(&heap->cond);
  pthread_mutex_unlock(&heap->mtx);
}

/* ---- the heap: `before` is the parent for a first child, else the previous sibling ------------------------------- */

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

static void remove_locked(dusq__timer_heap *heap, dusq__timer *timer)
{
  dusq__timer *children = merge_siblings(timer->child);
  if (timer == heap->root) {
    heap->root = children;
  } else {
    if (timer->before->child == timer)
      timer->before->child = timer->sibling;
    else
      timer->before->sibling = timer->sibling;
    if (timer->sibling)
      timer->sibling->before = timer->before;
    heap->root = merge(heap->root, children);
  }
  timer->child = timer->sibling = timer->before = NULL;
  timer->armed = false;
}

void dusq__timer_heap_arm(dusq__timer_heap *heap, dusq__timer *timer, int64_t when)
{
  pthread_mutex_lock(&heap->mtx);
  timer->when = when;
  timer->child = timer->sibling = timer->before = NULL;
  timer->armed = true;
  heap->root = merge(heap->root, timer);
  if (when < heap->sleep_till) {
    heap->sleep_till = when; /* one wake is enough */
    pthread_cond_signal(&heap->cond);
  }
  pthread_mutex_unlock(&heap->mtx);
}

bool dusq__timer_heap_disarm(dusq__timer_heap *heap, dusq__timer *timer)
{
  pthread_mutex_lock(&heap->mtx);
  bool was = timer->armed;
  if (was)
    remove_locked(heap, timer);
  pthread_mutex_unlock(&heap->mtx);
  return was;
}

/* ---- the timer thread's wait ------------------------------------------------------------------------------------- */

dusq__timer *dusq__timer_heap_next(dusq__timer_heap *heap)
{
  dusq__timer *due = NULL;
  pthread_mutex_lock(&heap->mtx);
  while (!heap->stop && !due) {
    if (heap->root && heap->root->when <= dusq__now()) {
      due = heap->root;
      remove_locked(heap, due);
    } else {
      heap->sleep_till = heap->root ? heap->root->when : INT64_MAX;
      dusq__cond_wait_until(&heap->cond, &heap->mtx, heap->sleep_till);
      heap->sleep_till = 0;
    }
  }
  pthread_mutex_unlock(&heap->mtx);
  return due;
}
