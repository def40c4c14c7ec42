/* clock.h - monotonic time, and waits with an absolute deadline.  Any thread. */
#ifndef DUSQ_FAKE_CLOCK_H
#define DUSQ_FAKE_CLOCK_H
#include <pthread.h>
#include <stdint.h>

/* A condition variable for dusq__fake_sleep_until.  0, or an errno. */
int dusq__fake_cond_init(pthread_cond_t *cond);
int64_t dusq__fake_monotonic(void); /* ns */
/* Waits for the condition until a time of dusq__fake_monotonic, INT64_MAX: for ever; may return early. */
void dusq__fake_sleep_until(pthread_cond_t *cond, pthread_mutex_t *mtx, int64_t moment);
/* a + b, both not negative, at most INT64_MAX */
int64_t dusq__fake_sum(int64_t a, int64_t b);

#endif
