/* gate.c - see gate.h. */
#include "gate.h"

void gate_stand(gate *g)
{
  pthread_mutex_lock(&g->mtx);
  g->reached = true;
  pthread_cond_broadcast(&g->cond);
  while (!g->open)
    pthread_cond_wait(&g->cond, &g->mtx);
  pthread_mutex_unlock(&g->mtx);
}

dusq_result *gate_job(dusq_conn *conn, void *g)
{
  (void)conn;
  gate_stand(g);
  return NULL;
}

dusq_future *gate_hold(gate *g, dusq_pool *pool)
{
  dusq_future *job = dusq_pool_run(pool, gate_job, g, NULL, NULL);
  gate_wait_reached(g);
  return job;
}

void gate_wait_reached(gate *g)
{
  pthread_mutex_lock(&g->mtx);
  while (!g->reached)
    pthread_cond_wait(&g->cond, &g->mtx);
  pthread_mutex_unlock(&g->mtx);
}

void gate_open(gate *g)
{
  pthread_mutex_lock(&g->mtx);
  g->open = true;
  pthread_cond_broadcast(&g->cond);
  pthread_mutex_unlock(&g->mtx);
}
