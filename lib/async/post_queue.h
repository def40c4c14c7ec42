/* post_queue.h - a queue of callbacks for one consumer thread, a home's notifier.
 *
 * Any thread adds posts.  The notifier's thread alone takes them out, and sleeps while there are none.  One lock, mtx,
 * is held for a few lines and never while a post runs.                                                               */
#ifndef DUSQ_ASYNC_POST_QUEUE_H
#define DUSQ_ASYNC_POST_QUEUE_H
#include <pthread.h>
#include <stdbool.h>

/* A callback to be run, owned by whichever queue or thread has it.  `run` frees it. */
typedef struct dusq__post {
  struct dusq__post *next;
  void (*run)(struct dusq__post *post);
} dusq__post;

typedef struct dusq__post_queue {
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  dusq__post *head, **tail; /* guarded by: mtx, as all below             */
  bool sleeping;            /* the consumer thread sleeps                */
  bool stop;                /* the consumer ends once the queue is empty */
} dusq__post_queue;

/* 0, or an errno.  The queue must be zeroed before. */
int dusq__post_queue_init(dusq__post_queue *queue);
void dusq__post_queue_fini(dusq__post_queue *queue);
void dusq__post_queue_stop(dusq__post_queue *queue);
/* Never fails. */
void dusq__post_queue_put(dusq__post_queue *queue, dusq__post *take_post);
/* Waits, and returns all posts, linked by `next`; NULL when the thread is to end. */
dusq__post *dusq__post_queue_take_all(dusq__post_queue *queue);

#endif
