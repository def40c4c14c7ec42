/* chaos.h - faults and delays from a seeded random generator.  Any thread. */
#ifndef DUSQ_FAKE_CHAOS_H
#define DUSQ_FAKE_CHAOS_H
#include <dusq/backend.h>
#include <dusq/fake.h>

/* Guarded by: the fake's mtx. */
typedef struct dusq__fake_chaos {
  uint64_t seed;
  uint32_t errors, lost; /* per 1,000 */
  int64_t max_delay;
} dusq__fake_chaos;

typedef struct dusq__fake_fault {
  int64_t delay;
  dusq_status status;
  uint32_t lose; /* DUSQ_FAKE_LOSE_... */
} dusq__fake_fault;

/* The fault and delay of a step of a connection, always the same for the same three numbers.  True: the step fails.
 * The delay is set in both cases.                                                                                    */
bool dusq__fake_chaos_draw(const dusq__fake_chaos *chaos, uint64_t conn, uint64_t step, dusq__fake_fault *out);

#endif
