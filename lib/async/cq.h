/* cq.h - the inside of completion queues: how callbacks get in.  See <dusq/cq.h>.
 *
 * A registered callback holds its queue (not the caller's kind of reference), so that the queue's memory lives until
 * the callback has run, while the caller's last unref closes it.                                                     */
#ifndef DUSQ_ASYNC_CQ_H
#define DUSQ_ASYNC_CQ_H
#include "async/home.h"
#include <dusq/cq.h>

/* DUSQ_E_FORKED, else DUSQ_OK with one hold. */
dusq_status dusq__cq_hold(dusq_cq *queue);
void dusq__cq_release(dusq_cq *queue);
/* Puts a post in; needs a hold.  Never fails. */
void dusq__cq_post(dusq_cq *queue, dusq__post *take_post);

#endif
