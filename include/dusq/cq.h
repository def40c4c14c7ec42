/* cq.h - a completion queue: callbacks on a thread of the caller's choice.
 *
 * A callback that was registered with a queue runs inside dusq_cq_dispatch(), on the thread that calls it.  The queue
 * has one descriptor for an event loop: it is readable while callbacks wait (level-triggered), never changes, and is
 * only to be polled, not read.  Any thread may use a queue at any time; several may dispatch one at once.            */
#ifndef DUSQ_CQ_H
#define DUSQ_CQ_H
#include <dusq/error.h>

DUSQ_BEGIN_DECLS

typedef struct dusq_cq dusq_cq;

/* Makes a queue.  DUSQ_E_NOMEM; DUSQ_E_RESOURCE when no descriptor is free. */
DUSQ_API DUSQ_MUST_USE dusq_status dusq_cq_new(dusq_cq **out);

/* The last unref of the caller closes the queue: callbacks that wait in it or arrive later run on a thread of the
 * library instead, once each, as if they had been registered without a queue.                                        */
DUSQ_API dusq_cq *dusq_cq_ref(dusq_cq *queue);
DUSQ_API dusq_cq *dusq_cq_unref(dusq_cq *queue);

/* The descriptor (an eventfd, or the reading end of a pipe), owned by the queue; -1 in a forked child. */
DUSQ_API int dusq_cq_fd(const dusq_cq *queue);

/* Runs callbacks in the order in which their futures settled: at most `max` (0: all that wait now), after waiting up
 * to `timeout` ns for the first (0: not at all; DUSQ_FOREVER).  Returns how many ran; 0 also after dusq_cq_wake; -1
 * when the call could not be made: max < 0, timeout < 0, a forked child, or - with a timeout - from a worker or
 * notifier thread of the library.                                                                                    */
DUSQ_API int dusq_cq_dispatch(dusq_cq *queue, int max, int64_t timeout);

/* Makes one dispatch that waits return; when none waits, the next one does not wait.  Makes the descriptor readable
 * until then.                                                                                                        */
DUSQ_API void dusq_cq_wake(dusq_cq *queue);

DUSQ_END_DECLS
#endif
