/* chaos.c - see chaos.h. */
#include "chaos.h"
#include "fake.h"
#include "fork.h"

/* A mixing function with odd 64-bit constants; the shifts mix the high bits into the low ones. */
static uint64_t draw(uint64_t *state)
{
  uint64_t x = *state += UINT64_C(0x9E3779B97F4A7C15);
  x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
  return x ^ (x >> 31);
}

bool dusq__fake_chaos_draw(const dusq__fake_chaos *chaos, uint64_t conn, uint64_t step, dusq__fake_fault *out)
{
  static const dusq_status errors[] = {DUSQ_E_SERIALIZATION, DUSQ_E_LOCKED, DUSQ_E_UNIQUE, DUSQ_E_IO,
                                       DUSQ_E_TX_DEADLOCK};
  uint64_t state = chaos->seed;
  state ^= draw(&(uint64_t){conn});
  state ^= draw(&(uint64_t){~step});
  if (chaos->max_delay)
    out->delay = (int64_t)(draw(&state) % ((uint64_t)chaos->max_delay + 1));
  uint64_t chance = draw(&state) % 1000;
  if (chance < chaos->errors) {
    out->status = errors[draw(&state) % (sizeof errors / sizeof errors[0])];
    return true;
  }
  if (chance < chaos->errors + chaos->lost) {
    out->lose = draw(&state) % 2 ? DUSQ_FAKE_LOSE_BEFORE_SEND : DUSQ_FAKE_LOSE_AFTER_SEND;
    return true;
  }
  return false;
}

dusq_status dusq_fake_chaos(dusq_fake *fake, uint64_t seed, uint32_t permille_errors, uint32_t permille_lost,
                            int64_t max_delay)
{
  if (!fake || permille_errors > 1000 || permille_lost > 1000 - permille_errors || max_delay < 0)
    return DUSQ_E_INVAL;
  if (dusq__fake_forked(fake->generation))
    return DUSQ_E_FORKED;
  pthread_mutex_lock(&fake->mtx);
  fake->chaos = (dusq__fake_chaos){seed, permille_errors, permille_lost, max_delay};
  pthread_mutex_unlock(&fake->mtx);
  return DUSQ_OK;
}
