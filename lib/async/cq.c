/* cq.c - completion queues; see <dusq/cq.h>.
 *
 * One lock guards the list and the descriptor's state, so that the descriptor is readable exactly while there is a post
 * to run.  The descriptor is written to only if dusq_cq_fd has been called, and only when its state changes.
 *
 * Posts of one settling go in as a chain, which costs one lock and one wake.  A thread that dispatches spins before it
 * sleeps, as long as that succeeds: a wake costs more than a quick statement.                                        */
#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "async/cq.h"
#include "async/notifier.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/fork.h"
#include "base/near.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <unistd.h>
#if defined(__linux__) && !defined(DUSQ_NO_EVENTFD)
#include <sys/eventfd.h>
#define HAVE_EVENTFD 1
#endif

enum {
  SPIN_NS = 50000, /* about as long as a wake on another core takes                               */
  MAX_FAILURES = 5 /* after so many failures in a row, no new attempt before 2^5 dispatches */
};

struct dusq_cq {
  dusq__refs refs;  /* the callers' references */
  dusq__refs holds; /* one for each registered callback, and one for all `refs` together */
  unsigned generation;
  dusq__home *home; /* a reference: where callbacks go once the queue is closed */
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  dusq__post *head, **tail; /* guarded by: mtx, as all below                */
  atomic_bool filled;       /* there is a post, or a wake; any thread may read it */
  unsigned waiting;         /* threads that sleep in dispatch               */
  unsigned skip, failures;  /* of spinning: dispatches to go until the next attempt; failures in a row */
  bool spinning;            /* a thread spins in dispatch                   */
  unsigned spinners;        /* constant: with more holds than this, none does */
  bool woken;               /* dusq_cq_wake has been called                 */
  bool exposed;             /* the descriptor has been handed to the caller */
  bool readable;            /* the descriptor is readable                   */
  bool closed;
  int fd, write_fd; /* equal for an eventfd; constant */
};

/* ---- the descriptor ---------------------------------------------------------------------------------------------- */

static bool open_pipe(dusq_cq *queue)
{
  int ends[2];
  if (pipe(ends))
    return false;
  for (int i = 0; i < 2; i++) {
    fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    fcntl(ends[i], F_SETFL, O_NONBLOCK);
  }
  queue->fd = ends[0];
  queue->write_fd = ends[1];
  return true;
}

static bool open_fd(dusq_cq *queue)
{
#ifdef HAVE_EVENTFD
  queue->fd = queue->write_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (queue->fd >= 0)
    return true;
#endif
  return open_pipe(queue);
}

static void close_fd(dusq_cq *queue)
{
  if (queue->write_fd != queue->fd)
    close(queue->write_fd);
  close(queue->fd);
}

static void sync_locked(dusq_cq *queue)
{
  bool filled = queue->head || queue->woken;
  if (filled != atomic_load_explicit(&queue->filled, memory_order_relaxed))
    atomic_store_explicit(&queue->filled, filled, memory_order_relaxed);
  bool wanted = queue->exposed && filled;
  if (wanted == queue->readable)
    return;
  uint64_t one = 1;
  size_t size = queue->fd == queue->write_fd ? sizeof one : 1; /* at most one byte is ever in the pipe */
  ssize_t rc;
  do
    rc = wanted ? write(queue->write_fd, &one, size) : read(queue->fd, &one, size);
  while (rc < 0 && errno == EINTR);
  queue->readable = wanted;
}

int dusq_cq_fd(const dusq_cq *queue)
{
  if (!queue || dusq__forked(queue->generation))
    return -1;
  dusq_cq *mutable = (dusq_cq *)(uintptr_t)queue; /* the first call makes the descriptor live */
  pthread_mutex_lock(&mutable->mtx);
  mutable->exposed = true;
  sync_locked(mutable);
  pthread_mutex_unlock(&mutable->mtx);
  return queue->fd;
}

/* ---- init and fini ----------------------------------------------------------------------------------------------- */

dusq_status dusq_cq_new(dusq_cq **out)
{
  if (!out)
    return DUSQ_E_INVAL;
  *out = NULL;
  dusq_cq *queue = dusq__zalloc(sizeof *queue);
  if (!queue)
    return DUSQ_E_NOMEM;
  queue->home = dusq__home_shared();
  if (!queue->home || !open_fd(queue)) {
    dusq_status status = queue->home ? DUSQ_E_RESOURCE : DUSQ_E_NOMEM;
    dusq__home_unref(queue->home);
    dusq__free(queue);
    return status;
  }
  dusq__refs_init(&queue->refs, 1);
  dusq__refs_init(&queue->holds, 1);
  queue->generation = dusq__generation();
  pthread_mutex_init(&queue->mtx, NULL);
  dusq__cond_init(&queue->cond);
  queue->tail = &queue->head;
  queue->spinners = 1 + (dusq__processors() > 1 ? dusq__processors() / 2 : 1);
  *out = queue;
  return DUSQ_OK;
}

dusq_cq *dusq_cq_ref(dusq_cq *queue)
{
  if (queue && !dusq__forked(queue->generation))
    dusq__refs_take(&queue->refs);
  return queue;
}

dusq_status dusq__cq_hold(dusq_cq *queue)
{
  if (dusq__forked(queue->generation))
    return DUSQ_E_FORKED;
  dusq__refs_take(&queue->holds);
  return DUSQ_OK;
}

void dusq__cq_release(dusq_cq *queue)
{
  if (!dusq__refs_drop(&queue->holds))
    return;
  close_fd(queue);
  pthread_cond_destroy(&queue->cond);
  pthread_mutex_destroy(&queue->mtx);
  dusq__home_unref(queue->home);
  dusq__free(queue);
}

static dusq__post *take_locked(dusq_cq *queue, int max)
{
  dusq__post *list = queue->head, **end = &queue->head;
  for (int n = 0; *end && (!max || n < max); n++)
    end = &(*end)->next;
  if (end == &queue->head)
    return NULL;
  queue->head = *end;
  if (!queue->head)
    queue->tail = &queue->head;
  *end = NULL;
  return list;
}

/* A closed queue is not dispatched: its posts go to the shared notifier.  If that has no thread, they stay until the
 * next post tries again.                                                                                             */
static void forward(dusq_cq *queue)
{
  if (dusq__notifier_ready(queue->home))
    return;
  pthread_mutex_lock(&queue->mtx);
  dusq__post *list = take_locked(queue, 0);
  sync_locked(queue);
  pthread_mutex_unlock(&queue->mtx);
  while (list) {
    dusq__post *next = list->next;
    dusq__notifier_post(queue->home, list);
    list = next;
  }
}

dusq_cq *dusq_cq_unref(dusq_cq *queue)
{
  if (!queue || dusq__forked(queue->generation) || !dusq__refs_drop(&queue->refs))
    return NULL;
  pthread_mutex_lock(&queue->mtx);
  queue->closed = true;
  bool left = queue->head != NULL;
  pthread_mutex_unlock(&queue->mtx);
  if (left)
    forward(queue);
  dusq__cq_release(queue);
  return NULL;
}

/* ---- posting and dispatching ------------------------------------------------------------------------------------- */

/* Wakes a thread that sleeps in dispatch: after the unlock, so that it finds the lock free. */
static void unlock_and_wake(dusq_cq *queue)
{
  bool wake = queue->waiting;
  bool closed = queue->closed;
  if (wake || closed) /* another thread may run the last post before the next lines */
    dusq__refs_take(&queue->holds);
  pthread_mutex_unlock(&queue->mtx);
  if (wake)
    pthread_cond_signal(&queue->cond);
  if (closed)
    forward(queue);
  if (wake || closed)
    dusq__cq_release(queue);
}

/* What this thread has to post, all to one queue, which the posts hold. */
static _Thread_local struct {
  dusq_cq *queue; /* NULL: nothing */
  dusq__post *first, **end;
} later;

void dusq__cq_post(dusq_cq *queue, dusq__post *take_post)
{
  if (later.queue != queue)
    dusq__cq_flush();
  if (later.queue)
    *later.end = take_post;
  else
    later.first = take_post;
  later.queue = queue;
  later.end = &take_post->next;
}

bool dusq__cq_has_posts(void)
{
  return later.queue != NULL;
}

void dusq__cq_flush(void)
{
  dusq_cq *queue = later.queue;
  if (!queue)
    return;
  later.queue = NULL;
  *later.end = NULL;
  pthread_mutex_lock(&queue->mtx);
  *queue->tail = later.first;
  queue->tail = later.end;
  sync_locked(queue);
  unlock_and_wake(queue);
}

void dusq_cq_wake(dusq_cq *queue)
{
  if (!queue || dusq__forked(queue->generation))
    return;
  pthread_mutex_lock(&queue->mtx);
  queue->woken = true;
  sync_locked(queue);
  unlock_and_wake(queue);
}

/* Whether to spin now; after failures, only now and then.  Never behind more callbacks than half of the processors,
 * which then belong to the threads that do the work.                                                                 */
static bool may_spin_locked(dusq_cq *queue)
{
  unsigned holds = atomic_load_explicit(&queue->holds.count, memory_order_relaxed);
  if (queue->spinning || queue->waiting || holds > queue->spinners)
    return false;
  if (!queue->skip)
    return true;
  queue->skip--;
  return false;
}

/* Looks for a moment whether a post comes, and yields to other threads. */
static void spin_locked(dusq_cq *queue, int64_t timeout)
{
  queue->spinning = true;
  pthread_mutex_unlock(&queue->mtx);
  int64_t end = dusq__deadline(timeout < SPIN_NS ? timeout : SPIN_NS);
  bool came;
  do {
    sched_yield();
    came = atomic_load_explicit(&queue->filled, memory_order_relaxed);
  } while (!came && dusq__now() < end);
  pthread_mutex_lock(&queue->mtx);
  queue->spinning = false;
  queue->failures = came ? 0 : queue->failures + (queue->failures < MAX_FAILURES);
  queue->skip = came ? 0 : 1u << queue->failures;
}

static void wait_locked(dusq_cq *queue, int64_t timeout)
{
  int64_t deadline = dusq__deadline(timeout);
  if (may_spin_locked(queue))
    spin_locked(queue, timeout);
  queue->waiting++;
  while (!queue->head && !queue->woken && dusq__cond_wait_until(&queue->cond, &queue->mtx, deadline))
    ;
  queue->waiting--;
}

static dusq__post *wait_and_take(dusq_cq *queue, int max, int64_t timeout)
{
  pthread_mutex_lock(&queue->mtx);
  if (!queue->head && !queue->woken && timeout)
    wait_locked(queue, timeout);
  queue->woken = false;
  dusq__post *list = take_locked(queue, max);
  sync_locked(queue);
  if (queue->head && queue->waiting)
    pthread_cond_signal(&queue->cond); /* more posts than this thread takes: wake another one */
  pthread_mutex_unlock(&queue->mtx);
  return list;
}

int dusq_cq_dispatch(dusq_cq *queue, int max, int64_t timeout)
{
  if (!queue || max < 0 || timeout < 0 || dusq__forked(queue->generation))
    return -1;
  if (timeout && dusq__thread_kind != DUSQ__THREAD_FOREIGN)
    return -1;
  dusq_cq_ref(queue); /* a callback may drop the caller's reference */
  dusq__post *list = wait_and_take(queue, max, timeout);
  int n = 0;
  while (list) {
    dusq__post *next = list->next;
    list->run(list);
    list = next;
    n += n < INT_MAX;
  }
  dusq_cq_unref(queue);
  return n;
}
