/* notifier.c - the thread that runs callbacks which have no queue; see home.h.  The thread is the only one that takes
 * posts out.                                                                                                         */
#include "async/home_parts.h"
#include <errno.h>
#include <stdio.h>

enum { NOTIFIER_STACK = 1024 * 1024 }; /* callers' code runs here */

int dusq__notifier_init(dusq__notifier *notifier)
{
  int rc = pthread_mutex_init(&notifier->mtx, NULL);
  if (rc)
    return rc;
  rc = dusq__cond_init(&notifier->cond);
  if (rc)
    pthread_mutex_destroy(&notifier->mtx);
  notifier->tail = &notifier->head;
  return rc;
}

void dusq__notifier_fini(dusq__notifier *notifier)
{
  pthread_cond_destroy(&notifier->cond);
  pthread_mutex_destroy(&notifier->mtx);
}

void dusq__notifier_stop(dusq__notifier *notifier)
{
  pthread_mutex_lock(&notifier->mtx);
  notifier->stop = true;
  pthread_cond_signal(&notifier->cond);
  pthread_mutex_unlock(&notifier->mtx);
}

/* All that waits, or NULL when the thread is to end. */
static dusq__post *take_all(dusq__notifier *notifier)
{
  pthread_mutex_lock(&notifier->mtx);
  while (!notifier->head && !notifier->stop) {
    notifier->sleeping = true;
    pthread_cond_wait(&notifier->cond, &notifier->mtx);
    notifier->sleeping = false;
  }
  dusq__post *list = notifier->head;
  notifier->head = NULL;
  notifier->tail = &notifier->head;
  pthread_mutex_unlock(&notifier->mtx);
  return list;
}

static void *notifier_main(void *arg)
{
  dusq__home *home = arg;
  dusq__thread_kind = DUSQ__THREAD_NOTIFIER;
  dusq__post *post;
  while ((post = take_all(&home->notifier)) != NULL)
    while (post) {
      dusq__post *next = post->next;
      post->run(post);
      post = next;
    }
  dusq__home_drop_part(home);
  return NULL;
}

dusq_status dusq__notifier_ready(dusq__home *home)
{
  dusq__notifier *notifier = &home->notifier;
  int rc = 0;
  pthread_mutex_lock(&notifier->mtx);
  if (!notifier->started) {
    notifier->start = (dusq__start){.run = notifier_main, .arg = home};
    snprintf(notifier->start.name, sizeof notifier->start.name, "%s:n", home->name);
    dusq__refs_take(&home->parts);
    rc = dusq__thread_start(&notifier->start, NULL, NOTIFIER_STACK);
    notifier->started = !rc;
  }
  pthread_mutex_unlock(&notifier->mtx);
  if (rc)
    dusq__home_drop_part(home); /* the caller's reference keeps the home */
  return !rc ? DUSQ_OK : rc == ENOMEM ? DUSQ_E_NOMEM : DUSQ_E_RESOURCE;
}

void dusq__notifier_post(dusq__home *home, dusq__post *take_post)
{
  dusq__notifier *notifier = &home->notifier;
  take_post->next = NULL;
  pthread_mutex_lock(&notifier->mtx);
  *notifier->tail = take_post;
  notifier->tail = &take_post->next;
  if (notifier->sleeping) {
    notifier->sleeping = false;
    pthread_cond_signal(&notifier->cond); /* under the lock: the post may hold the home's last reference */
  }
  pthread_mutex_unlock(&notifier->mtx);
}
