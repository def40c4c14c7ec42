/* play.c - a fake database, a pool on it and its clients, made and taken down within one run; see play.h. */
#include "play.h"
#include <stdio.h>
#include <string.h>

/* Statements take about as long as the grace; some databases do not hear that they are to stop. */
static void set_rules(play *self)
{
  sim_random *random = &self->random;
  bool deaf = sim_below(random, 2), faults = !sim_below(random, 4);
  dusq_fake_step step = DUSQ_FAKE_STEP_INIT;
  step.flags = DUSQ_FAKE_ECHO | (deaf ? DUSQ_FAKE_DEAF : 0);
  step.delay = sim_below(random, 3) ? 0 : (int64_t)sim_below(random, GRACE_NS);
  dusq_fake_on(self->fake, "*", &step);
  dusq_fake_step end = DUSQ_FAKE_STEP_INIT;
  end.flags = deaf ? DUSQ_FAKE_DEAF : 0;
  end.delay = (int64_t)sim_below(random, GRACE_NS);
  if (!sim_below(random, 2))
    dusq_fake_on(self->fake, "@commit", &end);
  if (!sim_below(random, 2))
    dusq_fake_on(self->fake, "@begin", &end);
  if (!sim_below(random, 4))
    dusq_fake_on(self->fake, "@rollback", &end);
  if (!sim_below(random, 4))
    dusq_fake_on(self->fake, "@prepare", &end);
  if (!sim_below(random, 4))
    dusq_fake_on(self->fake, "@reset", &end);
  dusq_fake_chaos(self->fake, self->seed, faults ? 20 : 0, faults ? 20 : 0, (int64_t)sim_below(random, 2 * GRACE_NS));
}

static bool open_pool(play *self)
{
  char uri[256];
  sim_random *random = &self->random;
  const char *number = strchr(dusq_fake_uri(self->fake), ':');
  snprintf(uri, sizeof uri,
           "sim%s?pool_size=%u&cancel_grace=%uns&connect_timeout=%uus&connect_latency=%uus&batch=%s&queue_timeout=%s",
           number, 1 + (unsigned)sim_below(random, 3), (unsigned)GRACE_NS, 300 + (unsigned)sim_below(random, 3000),
           sim_below(random, 3) ? 0 : (unsigned)sim_below(random, 600), sim_below(random, 4) ? "on" : "off",
           sim_below(random, 8) ? "30s" : "1ms");
  dusq_error *error = NULL;
  dusq_status status = dusq_pool_open_uri(uri, &self->pool, &error);
  if (status)
    fprintf(stderr, "%s: %s\n", uri, dusq_error_message(error));
  dusq_error_unref(error);
  return !status;
}

static void check_counts(play *self)
{
  int64_t submitted = -1, settled = -1;
  if (dusq_pool_stat(self->pool, "submitted", &submitted) || dusq_pool_stat(self->pool, "settled", &settled) ||
      submitted != settled)
    ledger_wrong(&self->book, NULL, settled < submitted ? "not as many were settled as were submitted"
                                                        : "more were settled than were submitted");
}

/* Before everything has settled, or after. */
static void close_pool(play *self, bool early)
{
  ledger *book = &self->book;
  for (size_t i = 0; !early && i < book->ncalls; i++)
    if (dusq_future_wait(book->calls[i].future, DUSQ_FOREVER))
      ledger_wrong(book, &book->calls[i], "it could not be waited for");
  int64_t grace = early ? (int64_t)sim_below(&self->random, 2 * GRACE_NS) : DUSQ_SECOND;
  dusq_future *closed = dusq_pool_close(self->pool, grace);
  if (dusq_future_wait(closed, DUSQ_FOREVER))
    ledger_wrong(book, NULL, "the close could not be waited for");
  dusq_future_unref(closed);
  for (size_t i = 0; i < book->ncalls; i++)
    if (dusq_future_wait(book->calls[i].future, 0))
      ledger_wrong(book, &book->calls[i], "the pool is closed, and it has not settled");
}

void *play_run(void *arg)
{
  play *self = arg;
  self->random.state = self->seed;
  if (dusq_fake_new(&self->fake))
    return NULL;
  self->book.fake = self->fake;
  set_rules(self);
  if (!open_pool(self)) {
    ledger_wrong(&self->book, NULL, "the pool could not be opened");
    return NULL;
  }
  uintptr_t threads[PLAY_CLIENTS];
  size_t n = 1 + sim_below(&self->random, PLAY_CLIENTS);
  bool early = !sim_below(&self->random, 4), at_once = early && sim_below(&self->random, 2);
  for (size_t i = 0; i < n; i++) {
    self->clients[i] = (client){.of = self, .random = {self->seed + (i + 1) * UINT64_C(0x51ED270B)}};
    threads[i] = sim_start(play_client, &self->clients[i]);
  }
  if (at_once) {
    sim_sleep((int64_t)sim_below(&self->random, 20 * GRACE_NS));
    dusq_future_unref(dusq_pool_close(self->pool, (int64_t)sim_below(&self->random, 4 * GRACE_NS)));
  }
  for (size_t i = 0; i < n; i++)
    sim_wait_for(threads[i]);
  close_pool(self, early);
  check_counts(self);
  dusq_pool_unref(self->pool);
  ledger_read(&self->book);
  return NULL;
}
