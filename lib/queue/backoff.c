/* backoff.c - see backoff.h. */
#include "queue/backoff.h"
#include "base/clock.h"

enum { FIRST_NS = 50000000, MAX_NS = 2000000000 };
#define REFUSED_NS (60 * DUSQ_SECOND)

/* Idle seats without a connection look whether they are to make one. */
static void wake_fillers_locked(dusq__lane *lane)
{
  for (uint32_t i = 0; i < lane->max && dusq__is_short_locked(lane); i++)
    if (lane->seats[i]->standing.state == DUSQ__SEAT_IDLE && !lane->seats[i]->standing.connected)
      dusq__unpark(&lane->seats[i]->parker);
}

void dusq__backoff_end(dusq__lane *lane, dusq__seat *seat, uint32_t enough)
{
  pthread_mutex_lock(&lane->mtx);
  dusq_error *old = lane->backoff.error;
  lane->backoff = (dusq__backoff){0};
  lane->roster.nconnected++;
  lane->roster.fill_at = 0;
  dusq__filled_locked(lane, seat);
  lane->pace.enough = enough;
  seat->standing.connected = true;
  for (uint32_t i = 0; i < lane->max && lane->roster.nwaiting; i++)
    if (lane->seats[i]->standing.state == DUSQ__SEAT_BUSY)
      dusq__unpark(&lane->seats[i]->parker); /* seats that wait for their turn to connect may go on */
  wake_fillers_locked(lane);
  pthread_mutex_unlock(&lane->mtx);
  dusq_error_unref(old);
}

void dusq__backoff_begin(dusq__lane *lane, const dusq__seat *seat, dusq_error *error, uint32_t random)
{
  pthread_mutex_lock(&lane->mtx);
  dusq__backoff *backoff = &lane->backoff;
  dusq_error *old = backoff->error;
  backoff->error = dusq_error_ref(error);
  int64_t next = backoff->delay ? backoff->delay * 2 : FIRST_NS;
  backoff->delay = next < MAX_NS ? next : MAX_NS;
  backoff->until = dusq__deadline(backoff->delay / 2 + random % (backoff->delay / 2 + 1));
  if (seat->standing.filling && !dusq_error_retryable(error))
    lane->roster.fill_at = dusq__deadline(REFUSED_NS);
  pthread_mutex_unlock(&lane->mtx);
  dusq_error_unref(old);
}

void dusq__backoff_disconnected(dusq__lane *lane, dusq__seat *seat)
{
  pthread_mutex_lock(&lane->mtx);
  lane->roster.nconnected--;
  seat->standing.connected = false;
  wake_fillers_locked(lane);
  pthread_mutex_unlock(&lane->mtx);
}
