/* post_queue.h - a queue of callbacks that one thread takes out; a home's notifier has one.
 *
 * Any thread puts posts in; the notifier's alone takes them out, and sleeps while there are none.  One lock, mtx, which
 * is held for a few lines and never while a post runs.                                                               */
#ifndef DUSQ_ASYNC_POST_QUEUE_H
#define DUSQ_ASYNC_POST_QUEUE_H
#include <pthread.h>
#include <stdbool.h>

/* One callback on its way; owned by whoever has it.  `run` frees it. */
typedef struct dusq__post {
  struct dusq__post *next;
  void (*run)(struct dusq__post *post);
} dusq__post;

typedef struct dusq__post_queue {
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  dusq__post *head, **tail; /* guarded by: mtx, as all below  */
  bool sleeping;            /* the thread that takes waits    */
  bool stop;                /* it ends once the queue is empty */
} dusq__post_queue;

/* 0, or an errno.  The queue is zeroed before. */
int dusq__post_queue_init(dusq__post_queue *queue);
void dusq__post_queue_fini(dusq__post_queue *queue);
void dusq__post_queue_stop(dusq__post_queue *queue);
/* Never fails. */
void dusq__post_queue_put(dusq__post_queue *queue, dusq__post *take_post);
/* Waits, and returns all that is in it, linked by `next`; NULL when the thread is to end. */
dusq__post *dusq__post_queue_take_all(dusq__post_queue *queue);

#endif
