/* post_queue.c - see post_queue.h. */
#include "async/post_queue.h"
#include "base/sync.h"

int dusq__post_queue_init(dusq__post_queue *queue)
{
  int rc = pthread_mutex_init(&queue->mtx, NULL);
  if (rc)
    return rc;
  rc = dusq__cond_init(&queue->cond);
  if (rc)
    pthread_mutex_destroy(&queue->mtx);
  queue->tail = &queue->head;
  return rc;
}

void dusq__post_queue_fini(dusq__post_queue *queue)
{
  pthread_cond_destroy(&queue->cond);
  pthread_mutex_destroy(&queue->mtx);
}

void dusq__post_queue_stop(dusq__post_queue *queue)
{
  pthread_mutex_lock(&queue->mtx);
  queue->stop = true;
  pthread_cond_signal(&queue->cond);
  pthread_mutex_unlock(&queue->mtx);
}

dusq__post *dusq__post_queue_take_all(dusq__post_queue *queue)
{
  pthread_mutex_lock(&queue->mtx);
  while (!queue->head && !queue->stop) {
    queue->sleeping = true;
    pthread_cond_wait(&queue->cond, &queue->mtx);
    queue->sleeping = false;
  }
  dusq__post *list = queue->head;
  queue->head = NULL;
  queue->tail = &queue->head;
  pthread_mutex_unlock(&queue->mtx);
  return list;
}

void dusq__post_queue_put(dusq__post_queue *queue, dusq__post *take_post)
{
  take_post->next = NULL;
  pthread_mutex_lock(&queue->mtx);
  *queue->tail = take_post;
  queue->tail = &take_post->next;
  if (queue->sleeping) {
    queue->sleeping = false;
    pthread_cond_signal(&queue->cond); /* under the lock: the post may hold the home's last reference */
  }
  pthread_mutex_unlock(&queue->mtx);
}
