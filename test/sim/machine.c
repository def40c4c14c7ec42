/* machine.c - who runs next, and what time it is; see sim.h. */
#include "machine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 3000000, TICK_NS = 20, FIRST_NS = 1000000000 };

sim_machine sim;

/* What _Thread_local has become: the section of all such variables. */
extern char __start_sim_threads[], __stop_sim_threads[];

uint64_t sim_draw(sim_random *random)
{
  uint64_t x = random->state += UINT64_C(0x9E3779B97F4A7C15);
  x = (x ^ (x >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
  x = (x ^ (x >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
  return x ^ (x >> 32);
}

static void note(uint64_t what)
{
  sim.trace = (sim.trace ^ what) * UINT64_C(0x100000001B3);
}

/* ---- taking turns ------------------------------------------------------------------------------------------------ */

static size_t locals_size(void)
{
  return (size_t)(__stop_sim_threads - __start_sim_threads);
}

static void leave_to(sim_thread *next)
{
  sim_thread *self = sim.self;
  if (next == self)
    return;
  memcpy(self->locals, __start_sim_threads, locals_size());
  memcpy(__start_sim_threads, next->locals, locals_size());
  sim.self = next;
  note((uint64_t)(next - sim.threads) + 1);
  swapcontext(&self->context, &next->context);
}

static void give_up(const char *why)
{
  sim.stuck = why;
  setcontext(&sim.program);
}

static void look_at_clock(void)
{
  sim.next_due = INT64_MAX;
  for (size_t i = 0; i < SIM_THREADS; i++) {
    sim_thread *one = &sim.threads[i];
    if (one->state != SIM_WAITING)
      continue;
    if (one->until <= sim.now) {
      one->state = SIM_READY;
      one->late = true;
    } else if (one->until < sim.next_due) {
      sim.next_due = one->until;
    }
  }
}

void sim_pass(int64_t ns)
{
  sim.now += ns;
  if (sim.now >= sim.next_due)
    look_at_clock();
}

/* One that is ready, or NULL. */
static sim_thread *draw_ready(void)
{
  sim_thread *ready[SIM_THREADS], *first = NULL;
  size_t n = 0;
  for (size_t i = 0; i < SIM_THREADS; i++) {
    sim_thread *one = &sim.threads[i];
    if (one->state != SIM_READY)
      continue;
    ready[n++] = one;
    if (!first || one->priority > first->priority)
      first = one;
  }
  if (!n || sim.by_priority)
    return first;
  return ready[n > 1 ? sim_below(&sim.random, n) : 0];
}

void sim_choose(void)
{
  sim_thread *next;
  while ((next = draw_ready()) == NULL) {
    if (sim.next_due == INT64_MAX)
      look_at_clock();
    if (sim.next_due == INT64_MAX)
      give_up("all wait for each other");
    sim_pass(sim.next_due - sim.now);
  }
  leave_to(next);
}

/* Somewhere between two steps of a thread. */
void sim_point(void)
{
  if (!sim.self)
    return;
  if (++sim.steps > MOST_STEPS)
    give_up("no end to it");
  sim_pass(TICK_NS);
  if (sim.next_due != INT64_MAX && !sim_below(&sim.random, sim.time_odds))
    sim_pass(sim.next_due - sim.now);
  if (sim_below(&sim.random, sim.switch_odds)) {
    if (sim.by_priority)
      sim_choose(); /* somebody more important may have become ready */
    return;
  }
  if (sim.by_priority)
    sim.self->priority = --sim.lowest;
  sim_choose();
}

bool sim_block(const char *what, const void *on, int64_t until)
{
  sim_thread *self = sim.self;
  self->state = SIM_WAITING;
  self->what = what;
  self->on = on;
  self->until = until;
  self->late = false;
  if (until < sim.next_due)
    sim.next_due = until;
  sim_choose();
  return !self->late;
}

size_t sim_wake(const void *on, bool all)
{
  sim_thread *found[SIM_THREADS];
  size_t n = 0;
  for (size_t i = 0; i < SIM_THREADS; i++)
    if (sim.threads[i].state == SIM_WAITING && sim.threads[i].on == on)
      found[n++] = &sim.threads[i];
  size_t one = n > 1 && !all ? sim_below(&sim.random, n) : 0;
  for (size_t i = 0; i < n; i++)
    if (all || i == one)
      found[i]->state = SIM_READY;
  return n;
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

/* The place of one that has ended may be taken once nobody is to wait for it. */
static void end(sim_thread *self)
{
  self->state = self->detached ? SIM_FREE : SIM_ENDED;
  sim.live--;
  sim_wake(self, true);
  if (!sim.live)
    setcontext(&sim.program);
  sim_choose();
}

static void begin(void)
{
  sim_thread *self = sim.self;
  self->run(self->arg);
  end(self);
}

static sim_thread *free_place(void)
{
  for (size_t i = 0; i < SIM_THREADS; i++)
    if (sim.threads[i].state == SIM_FREE && &sim.threads[i] != sim.self)
      return &sim.threads[i];
  return NULL;
}

uintptr_t sim_start(void *(*run)(void *), void *arg)
{
  sim_thread *one = free_place();
  if (!one)
    return 0;
  if (!one->stack)
    one->stack = malloc(SIM_STACK);
  if (!one->stack || locals_size() > SIM_LOCALS || getcontext(&one->context))
    return 0;
  one->context.uc_stack.ss_sp = one->stack;
  one->context.uc_stack.ss_size = SIM_STACK;
  one->context.uc_link = NULL;
  makecontext(&one->context, begin, 0);
  memset(one->locals, 0, sizeof one->locals);
  one->run = run;
  one->arg = arg;
  one->detached = false;
  one->state = SIM_READY;
  one->priority = (sim_draw(&sim.random) >> 1) | (UINT64_C(1) << 63); /* above all that were lowered */
  sim.live++;
  return (uintptr_t)(one - sim.threads) + 1;
}

void sim_wait_for(uintptr_t thread)
{
  sim_thread *one = &sim.threads[thread - 1];
  sim_point();
  while (one->state != SIM_ENDED)
    sim_block("the end of a thread", one, INT64_MAX);
  one->state = SIM_FREE;
}

int64_t sim_now(void)
{
  return sim.now;
}

void sim_sleep(int64_t ns)
{
  sim_block("a moment", NULL, sim.now + ns);
}

void sim_print_threads(void)
{
  for (size_t i = 0; i < SIM_THREADS; i++) {
    const sim_thread *one = &sim.threads[i];
    if (one->state == SIM_READY || one->state == SIM_WAITING)
      fprintf(stderr, "  thread %zu: %s%s\n", i + 1, one->state == SIM_READY ? "ready" : "waits for ",
              one->state == SIM_READY ? "" : one->what);
  }
}

/* ---- a run ------------------------------------------------------------------------------------------------------- */

/* How often others run, and how fast time passes, differs from seed to seed: each finds other things. */
static void set_ways(void)
{
  static const uint64_t switches[] = {2, 4, 8, 16, 32}, times[] = {8, 32, 128, 512};
  sim.by_priority = sim_below(&sim.random, 3) == 0;
  sim.switch_odds = sim.by_priority ? UINT64_C(64) << sim_below(&sim.random, 5)
                                    : switches[sim_below(&sim.random, sizeof switches / sizeof *switches)];
  sim.time_odds = times[sim_below(&sim.random, sizeof times / sizeof *times)];
}

sim_outcome sim_run(uint64_t seed, void *(*first)(void *), void *arg)
{
  volatile bool begun = false;
  for (size_t i = 0; i < SIM_THREADS; i++)
    sim.threads[i].state = SIM_FREE;
  sim.random.state = seed * UINT64_C(0xA24BAED4963EE407) + 1;
  sim.now = FIRST_NS;
  sim.next_due = INT64_MAX;
  sim.steps = sim.live = 0;
  sim.trace = UINT64_C(0xCBF29CE484222325);
  sim.lowest = UINT64_C(1) << 63;
  sim.stuck = NULL;
  set_ways();
  if (!sim_start(first, arg))
    return (sim_outcome){0, 0, "no memory for a thread"};
  memset(__start_sim_threads, 0, locals_size());
  getcontext(&sim.program);
  if (!begun) {
    begun = true;
    sim.self = &sim.threads[0];
    setcontext(&sim.threads[0].context);
  }
  sim.self = NULL;
  note(sim.steps);
  return (sim_outcome){sim.trace, sim.steps, sim.stuck};
}
