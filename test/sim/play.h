/* play.h - what is done in one run: clients with sessions, statements, jobs and streams on a pool of the fake backend,
 * cancelled, timed out and closed in the middle.  All of it follows from the seed.                                   */
#ifndef DUSQ_SIM_PLAY_H
#define DUSQ_SIM_PLAY_H
#include "ledger.h"
#include "sim.h"

enum { PLAY_CLIENTS = 3, GRACE_NS = 200000 };

typedef struct play play;
typedef struct client {
  play *of;
  sim_random random;
  dusq_session *session;
  unsigned tx; /* 0: none is open */
  bool nested;
} client;

struct play {
  uint64_t seed;
  sim_random random;
  ledger book;
  dusq_fake *fake;
  dusq_pool *pool;
  client clients[PLAY_CLIENTS];
};

/* Once a process: the scheme "sim". */
bool play_register(void);
/* A thread of the simulator; `arg` is a play with its seed. */
void *play_run(void *arg);
/* What a client does. */
void *play_client(void *arg);

#endif
