/* callback.h - a registered callback: from a future to the thread that runs it. */
#ifndef DUSQ_ASYNC_CALLBACK_H
#define DUSQ_ASYNC_CALLBACK_H
#include "async/future.h"

/* As dusq_future_on_done, for the library's own continuations: fn decides whether the error counts as read. */
dusq_status dusq__future_call(dusq_future *future, dusq_cq *queue, dusq_done_fn *fn, void *arg, dusq_free_fn *free_arg);

#endif
