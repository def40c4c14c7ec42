/* peer.h - peers on ports of 127.0.0.1: one that plays a script instead of a server, and one that passes bytes on to a
 * server.  Both write down what their clients say, so that a test can tell what was never said.
 *
 * A peer has one thread, which serves one connection after the other, each for PEER_PATIENCE at most; peer_end ends it
 * at once and joins it.  What was heard is for the test's own thread, after peer_end.                                */
#ifndef DUSQ_TEST_PEER_H
#define DUSQ_TEST_PEER_H
#include "test.h"
#include <pthread.h>

enum { PEER_SIZE = 64 * 1024, PEER_CONNS = 32, PEER_PATIENCE = 20 /* seconds */ };

typedef enum peer_act {
  PEER_SAY,     /* sends the bytes                                                                              */
  PEER_START,   /* reads PostgreSQL's start-up message; an SSLRequest before it is answered that there is none  */
  PEER_MESSAGE, /* reads one message of PostgreSQL's protocol                                                   */
  PEER_PACKET,  /* reads one packet of MySQL's protocol                                                         */
  PEER_HOLD     /* reads until the client leaves                                                                */
} peer_act;

/* The script begins anew with each connection, which is closed when it ends or the client does not keep to it. */
typedef struct peer_step {
  peer_act act;
  const void *bytes; /* of PEER_SAY; they must outlive the peer */
  size_t len;
} peer_step;

typedef struct peer {
  unsigned short port; /* where it listens */
  int conns;           /* how many connections there were */
  size_t len;          /* of all that was heard, and where in it each connection began */
  size_t begins[PEER_CONNS];
  unsigned char heard[PEER_SIZE];
  /* private */
  const peer_step *steps; /* NULL: it passes on to the port `server` */
  size_t nsteps;
  unsigned short server;
  int listener, wake[2];
  pthread_t thread;
} peer;

/* False, after a failed check: there is no peer, and nothing to end. */
bool peer_play(peer *one, const peer_step *steps, size_t nsteps);
bool peer_relay(peer *one, unsigned short server);
/* Checks that all that was said has been written down. */
void peer_end(peer *one);

/* After peer_end: whether a text is in what was heard, and what was said on connection i. */
bool peer_heard(const peer *one, const char *text);
const unsigned char *peer_said(const peer *one, int i, size_t *len);

#endif
