/* cq.h - internals of completion queues: how callbacks get in.  See <dusq/cq.h>.
 *
 * A registered callback has a hold on its queue, which is not a caller's reference.  So the queue's memory lives until
 * the callback has run, while the caller's last unref closes the queue.                                              */
#ifndef DUSQ_ASYNC_CQ_H
#define DUSQ_ASYNC_CQ_H
#include "async/home.h"
#include <dusq/cq.h>

/* DUSQ_E_FORKED, else DUSQ_OK and one hold is taken. */
dusq_status dusq__cq_hold(dusq_cq *queue);
void dusq__cq_release(dusq_cq *queue);
/* Adds a post with this thread's next flush, in one chain with others of the queue; the caller must have a hold.  Never
 * fails.                                                                                                             */
void dusq__cq_post(dusq_cq *queue, dusq__post *take_post);
void dusq__cq_flush(void);
/* Whether this thread has posts for the next flush. */
bool dusq__cq_has_posts(void);

#endif
