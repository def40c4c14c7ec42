/* notifier.c - see notifier.h. */
#include "async/notifier.h"

enum { NOTIFIER_STACK = 1024 * 1024 }; /* callers' code runs here */

static void *notifier_main(void *arg)
{
  dusq__home *home = arg;
  dusq__thread_kind = DUSQ__THREAD_NOTIFIER;
  dusq__post *post;
  while ((post = dusq__post_queue_take_all(&home->posts)) != NULL)
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
  return dusq__home_start(home, &home->notifier, notifier_main, ":n", NOTIFIER_STACK);
}
