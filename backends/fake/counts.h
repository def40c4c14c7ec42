/* counts.h - counters that a test can read and wait for; DUSQ_FAKE_... of <dusq/fake.h>.  Any thread. */
#ifndef DUSQ_FAKE_COUNTS_H
#define DUSQ_FAKE_COUNTS_H
#include <dusq/fake.h>
#include <pthread.h>

enum { DUSQ__FAKE_COUNTS = DUSQ_FAKE_HANGING + 1 };

/* Guarded by: the fake's mtx. */
typedef struct dusq__fake_counts {
  pthread_cond_t grown; /* a counter has grown                  */
  size_t watchers;      /* number of threads that wait for that */
  int64_t count[DUSQ__FAKE_COUNTS];
} dusq__fake_counts;

void dusq__fake_count_locked(dusq_fake *fake, int what, int64_t by);
void dusq__fake_count(dusq_fake *fake, int what, int64_t by);

#endif
