/* home_parts.h - the inside of a home, shared by home.c, notifier.c and timer.c. */
#ifndef DUSQ_ASYNC_HOME_PARTS_H
#define DUSQ_ASYNC_HOME_PARTS_H
#include "async/home.h"

enum { DUSQ__NAME_SIZE = 12 };

typedef struct dusq__notifier {
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  dusq__post *head, **tail; /* guarded by: mtx, as all below */
  bool started, sleeping, stop;
  dusq__start start;
} dusq__notifier;

typedef struct dusq__timers {
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  dusq__timer *root;  /* a pairing heap; guarded by: mtx, as all below */
  int64_t sleep_till; /* the thread looks again then; 0 while it is awake */
  bool started, stop;
  dusq__start start;
} dusq__timers;

struct dusq__home {
  dusq__refs refs;
  dusq__refs parts; /* live threads, and one for all references together; the last frees the memory */
  unsigned generation;
  bool shared;
  dusq__log log;
  char name[DUSQ__NAME_SIZE];
  void *owner;
  void (*fini)(void *owner);
  dusq__notifier notifier;
  dusq__timers timers;
};

void dusq__home_drop_part(dusq__home *home);
int dusq__notifier_init(dusq__notifier *notifier);
void dusq__notifier_fini(dusq__notifier *notifier);
void dusq__notifier_stop(dusq__notifier *notifier);
int dusq__timers_init(dusq__timers *timers);
void dusq__timers_fini(dusq__timers *timers);
void dusq__timers_stop(dusq__timers *timers);

#endif
