/* connection.c - see connection.h. */
#include "connection.h"
#include "clock.h"
#include "memory.h"

static void link_conn(dusq__fake_conn *conn)
{
  dusq_fake *fake = conn->fake;
  pthread_mutex_lock(&fake->mtx);
  conn->number = ++fake->last_conn;
  conn->next = fake->conns;
  if (conn->next)
    conn->next->prev = conn;
  fake->conns = conn;
  dusq__fake_count_locked(fake, DUSQ_FAKE_CONNECTING, 1);
  pthread_mutex_unlock(&fake->mtx);
}

dusq__fake_conn *dusq__fake_conn_new(dusq_fake *fake, const dusq__fake_settings *settings, uint32_t lane)
{
  dusq__fake_conn *conn = dusq__fake_alloc(sizeof *conn);
  if (!conn)
    return NULL;
  if (dusq__fake_cond_init(&conn->worker.wake)) {
    dusq__fake_free(conn);
    return NULL;
  }
  if (dusq__fake_cond_init(&conn->interrupt.wake)) {
    pthread_cond_destroy(&conn->worker.wake);
    dusq__fake_free(conn);
    return NULL;
  }
  conn->fake = dusq_fake_ref(fake);
  conn->settings = *settings;
  conn->lane = lane;
  link_conn(conn);
  return conn;
}

void dusq__fake_conn_free(dusq__fake_conn *conn)
{
  dusq_fake *fake = conn->fake;
  pthread_mutex_lock(&fake->mtx);
  if (conn->prev)
    conn->prev->next = conn->next;
  else
    fake->conns = conn->next;
  if (conn->next)
    conn->next->prev = conn->prev;
  if (conn->state.connected) {
    dusq__fake_count_locked(fake, DUSQ_FAKE_MISUSES, conn->state.busy || conn->state.prepared);
    dusq__fake_count_locked(fake, DUSQ_FAKE_PREPARED, -(int64_t)conn->state.prepared);
    dusq__fake_count_locked(fake, DUSQ_FAKE_CONNECTED, -1);
    dusq__fake_count_locked(fake, DUSQ_FAKE_DISCONNECTS, 1);
  } else {
    dusq__fake_count_locked(fake, DUSQ_FAKE_CONNECTING, -1);
    dusq__fake_count_locked(fake, DUSQ_FAKE_REFUSALS, 1);
  }
  pthread_mutex_unlock(&fake->mtx);
  pthread_cond_destroy(&conn->interrupt.wake);
  pthread_cond_destroy(&conn->worker.wake);
  dusq__fake_free(conn);
  dusq_fake_unref(fake);
}

/* ---- begin and end of a call ------------------------------------------------------------------------------------- */

void dusq__fake_begin_call(dusq__fake_conn *conn)
{
  pthread_mutex_lock(&conn->fake->mtx);
  if (conn->state.busy)
    dusq__fake_count_locked(conn->fake, DUSQ_FAKE_MISUSES, 1);
  conn->state.busy = true;
  conn->state.interrupted = false;
  pthread_mutex_unlock(&conn->fake->mtx);
}

bool dusq__fake_end_call(dusq__fake_conn *conn)
{
  pthread_mutex_lock(&conn->fake->mtx);
  conn->state.busy = false;
  bool broken = conn->state.broken;
  pthread_mutex_unlock(&conn->fake->mtx);
  return !broken;
}

bool dusq__fake_is_broken(dusq__fake_conn *conn)
{
  pthread_mutex_lock(&conn->fake->mtx);
  bool broken = conn->state.broken;
  pthread_mutex_unlock(&conn->fake->mtx);
  return broken;
}

void dusq__fake_break_locked(dusq__fake_conn *conn)
{
  if (conn->state.broken)
    return;
  conn->state.broken = true;
  dusq__fake_count_locked(conn->fake, DUSQ_FAKE_LOSSES, 1);
}
