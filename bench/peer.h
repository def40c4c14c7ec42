/* peer.h - other libraries in the same run: programs in bench/peers that work for so long when they are told to.
 *
 * A peer reads lines and answers each with one.  At its start it writes "here NAME" or "missing WHY"; on
 * "open URI TABLE CONNECTIONS" it connects and writes "open"; on "MILLISECONDS IN-FLIGHT" it asks for persons' names,
 * checks them, and writes "RATE CPU-US P50-US P99-US", or "-" for what it does not know.  "failed WHY" may be any
 * answer.  It ends with its input. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H
#include "bench.h"

typedef struct bench_peer bench_peer;

/* peers/run.sh KIND, by posix_spawn.  NULL: it is not here; `why` says so, in a few words. */
bench_peer *bench_peer_start(const char *kind, char why[96]);
const char *bench_peer_name(const bench_peer *peer);
bool bench_peer_open(bench_peer *peer, const char *uri, const char *table, int connections);
void bench_peer_stop(bench_peer *peer);

/* An entry's argument; round after round it keeps what the peer has measured itself. */
typedef struct bench_peer_load {
  bench_peer *peer;
  size_t in_flight;
  int rounds;
  double cpu[BENCH_MAX_ROUNDS + 1], p50[BENCH_MAX_ROUNDS + 1], p99[BENCH_MAX_ROUNDS + 1]; /* NAN: not known */
} bench_peer_load;
double bench_peer_round(void *load, int64_t ns);

#endif
