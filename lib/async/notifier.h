/* notifier.h - the thread of a home that runs callbacks without a completion queue.  Any thread. */
#ifndef DUSQ_ASYNC_NOTIFIER_H
#define DUSQ_ASYNC_NOTIFIER_H
#include "async/home.h"

/* Starts the thread if it does not run, so that a later post cannot fail.  DUSQ_E_RESOURCE, DUSQ_E_NOMEM. */
dusq_status dusq__notifier_ready(dusq__home *home);

static inline void dusq__notifier_post(dusq__home *home, dusq__post *take_post)
{
  dusq__post_queue_put(&home->posts, take_post);
}

#endif
