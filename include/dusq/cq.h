/* cq.h - a completion queue: callbacks on a thread of the caller's choice.
 *
 * A callback that was registered with a queue runs inside dusq_cq_dispatch(), on the thread that calls it.  The queue
 * has one descriptor for an event loop.  It is readable while callbacks wait (level-triggered), never changes, and must
 * only be polled, not read.  Any thread may use a queue at any time; several may dispatch one at once.               */
#ifndef DUSQ_CQ_H
#define DUSQ_CQ_H
#include <dusq/error.h>

DUSQ_BEGIN_DECLS

typedef struct dusq_cq dusq_cq;

/* Creates a queue.  DUSQ_E_NOMEM; DUSQ_E_RESOURCE if no descriptor is free. */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_cq_new(dusq_cq **out);

/* The caller's last unref closes the queue: callbacks that wait in it, or are added later, run on a thread of the
 * library instead, once each, as if they had been registered without a queue.                                        */
DUSQ_API dusq_cq *dusq_cq_ref(dusq_cq *queue);
DUSQ_API dusq_cq *dusq_cq_unref(dusq_cq *queue);

/* The descriptor (an eventfd, or the reading end of a pipe), owned by the queue; -1 in a forked child. */
DUSQ_API int dusq_cq_fd(const dusq_cq *queue);

/* Runs callbacks in the order in which their futures settled: at most `max` (0: all that wait now), after waiting up
 * to `timeout` ns for the first (0: no wait; DUSQ_FOREVER: no limit).  Returns how many ran, which may be 0 after
 * dusq_cq_wake; -1 if the call is not possible: max < 0, timeout < 0, a forked child, or - with a timeout - from a
 * worker or notifier thread of the library.                                                                          */
DUSQ_API int dusq_cq_dispatch(dusq_cq *queue, int max, int64_t timeout);

/* Makes one waiting dispatch return; if none is waiting, the next one does not wait.  The descriptor is readable
 * until then.                                                                                                        */
DUSQ_API void dusq_cq_wake(dusq_cq *queue);

DUSQ_END_DECLS
#endif
