/* threads.c - threads, locks, waits, clocks and futexes as the library asks for them, on the scheduler of machine.c.
 *
 * A lock keeps who has it in the memory that the system's own would use, which is all zeros when nobody has.         */
#include "machine.h"
#include <stdarg.h>
#include <linux/futex.h>
#include <string.h>

typedef struct lock {
  uint32_t owner; /* number of the thread, from 1 */
} lock;

static uint32_t self_number(void)
{
  return sim.self ? (uint32_t)(sim.self - sim.threads) + 1 : UINT32_MAX;
}

static int64_t moment_of(const struct timespec *until)
{
  return until ? (int64_t)until->tv_sec * 1000000000 + until->tv_nsec : INT64_MAX;
}

/* ---- locks ------------------------------------------------------------------------------------------------------- */

int sim_mutex_init(pthread_mutex_t *mutex)
{
  memset(mutex, 0, sizeof *mutex);
  return 0;
}

int sim_mutex_destroy(pthread_mutex_t *mutex)
{
  if (((const lock *)(const void *)mutex)->owner)
    sim.stuck = "a lock was destroyed while somebody had it";
  return 0;
}

int sim_mutex_lock(pthread_mutex_t *mutex)
{
  lock *one = (lock *)(void *)mutex;
  sim_point();
  if (one->owner == self_number())
    sim.stuck = "a thread locks what it has locked";
  while (one->owner && sim.self)
    sim_block("a lock", mutex, INT64_MAX);
  one->owner = self_number();
  return 0;
}

static void unlock(pthread_mutex_t *mutex)
{
  lock *one = (lock *)(void *)mutex;
  if (one->owner != self_number())
    sim.stuck = "a thread unlocks what it has not locked";
  one->owner = 0;
  if (sim.self)
    sim_wake(mutex, true);
}

int sim_mutex_unlock(pthread_mutex_t *mutex)
{
  unlock(mutex);
  sim_point();
  return 0;
}

/* ---- waits ------------------------------------------------------------------------------------------------------- */

int sim_cond_init(pthread_cond_t *cond)
{
  memset(cond, 0, sizeof *cond);
  return 0;
}

int sim_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
  enum { BY_ITSELF = 500 }; /* 1 of so many waits ends without a reason */
  bool called = true;
  sim_point();
  unlock(mutex);
  if (sim_below(&sim.random, BY_ITSELF))
    called = sim_block("a call", cond, moment_of(until));
  sim_mutex_lock(mutex);
  return called ? 0 : ETIMEDOUT;
}

int sim_cond_signal(pthread_cond_t *cond)
{
  sim_point();
  if (sim.self)
    sim_wake(cond, false);
  return 0;
}

int sim_cond_broadcast(pthread_cond_t *cond)
{
  sim_point();
  if (sim.self)
    sim_wake(cond, true);
  return 0;
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

int sim_once(pthread_once_t *once, void (*init)(void))
{
  enum { BEGUN = 1, DONE = 2 };
  if (*once == 0) {
    *once = BEGUN;
    init();
    *once = DONE;
  }
  while (*once != DONE)
    sim_yield();
  return 0;
}

int sim_create(pthread_t *out, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
  int detached = PTHREAD_CREATE_JOINABLE;
  pthread_attr_getdetachstate(attr, &detached);
  uintptr_t thread = sim_start(run, arg);
  if (!thread)
    return EAGAIN;
  *out = (pthread_t)thread;
  sim.threads[thread - 1].detached = detached == PTHREAD_CREATE_DETACHED;
  sim_point();
  return 0;
}

int sim_join(pthread_t thread)
{
  sim_wait_for((uintptr_t)thread);
  return 0;
}

int sim_detach(pthread_t thread)
{
  sim_thread *one = &sim.threads[(uintptr_t)thread - 1];
  one->detached = true;
  if (one->state == SIM_ENDED)
    one->state = SIM_FREE;
  return 0;
}

/* ---- the clock and the futex ------------------------------------------------------------------------------------- */

int sim_clock(struct timespec *out)
{
  sim_point();
  *out = (struct timespec){.tv_sec = (time_t)(sim.now / 1000000000), .tv_nsec = (long)(sim.now % 1000000000)};
  return 0;
}

/* Whoever looks again and again lets time pass, and others run. */
int sim_yield(void)
{
  enum { YIELD_NS = 1000 };
  if (!sim.self)
    return 0;
  sim_point();
  sim_pass(YIELD_NS);
  sim.self->priority = --sim.lowest;
  sim_choose();
  return 0;
}

long sim_syscall(long number, ...)
{
  va_list args;
  va_start(args, number);
  const uint32_t *word = va_arg(args, const uint32_t *);
  int op = va_arg(args, int);
  unsigned value = va_arg(args, unsigned);
  const struct timespec *until = va_arg(args, const struct timespec *);
  va_end(args);
  sim_point();
  if (number != SYS_futex || !sim.self)
    return -1;
  if (op == FUTEX_WAKE_PRIVATE)
    return (long)sim_wake(word, value > 1);
  if (*word != value) {
    errno = EAGAIN;
    return -1;
  }
  if (sim_block("a wake", word, moment_of(until)))
    return 0;
  errno = ETIMEDOUT;
  return -1;
}
