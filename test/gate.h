/* gate.h - a job that stays on its worker until somebody lets it go. */
#ifndef DUSQ_TEST_GATE_H
#define DUSQ_TEST_GATE_H
#include <dusq/dusq.h>
#include <pthread.h>
#include <stdbool.h>

typedef struct gate {
  pthread_mutex_t mtx;
  pthread_cond_t cond;
  bool reached, open; /* guarded by: mtx */
} gate;
#define GATE_INIT {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false}

/* Says that it is here, and waits until the gate is open. */
void gate_stand(gate *g);
/* The same as a job, whose argument is the gate. */
dusq_result *gate_job(dusq_conn *conn, void *g);
/* Submits the job, and waits until it stands there. */
dusq_future *gate_hold(gate *g, dusq_pool *pool);
void gate_wait_reached(gate *g);
void gate_open(gate *g);

#endif
