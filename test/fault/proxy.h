/* proxy.h - a proxy on a port of 127.0.0.1 between clients and one server, with the faults of a network.
 *
 * It passes bytes on and knows nothing of what they say, so that any server and TLS go through it.  One thread of its
 * own moves them; all functions may be called by any thread, but proxy_start and proxy_end by one only.
 *
 * A rule counts the bytes that pass one way, over all lines, from the moment when it is set; when the byte behind the
 * first `after` ones wants to pass, its fault comes.                                                                  */
#ifndef DUSQ_TEST_PROXY_H
#define DUSQ_TEST_PROXY_H
#include "test.h"
#include <pthread.h>

typedef enum proxy_way { PROXY_UP = 0 /* to the server */, PROXY_DOWN = 1 /* to the client */ } proxy_way;

typedef enum proxy_fault {
  PROXY_NONE = 0,
  PROXY_SILENCE, /* nothing passes any more, on no line and no way, and new ones hear nothing; what comes is kept    */
  PROXY_CLOSE,   /* that line ends on both sides with a FIN, and what comes is dropped                               */
  PROXY_RESET,   /* that line ends on both sides with a RST                                                          */
  PROXY_SLOW,    /* that way passes `piece` bytes of each line at most every `tick_ms`                               */
  PROXY_FAR      /* what comes passes `tick_ms` later, both ways                                                     */
} proxy_fault;

typedef struct proxy_rule {
  proxy_fault fault;
  proxy_way way;
  size_t after;
  size_t piece; /* of PROXY_SLOW */
  int tick_ms;
} proxy_rule;

enum { PROXY_LINES = 64 };

typedef struct proxy_half {
  int from, to;
  size_t at, len; /* of `bytes`: what has come and has not been passed on yet                */
  int64_t due;    /* ms: when it may be; of PROXY_FAR                                        */
  bool ended;     /* nothing more comes                                                      */
  bool told;      /* which the other side knows                                              */
  bool deaf;      /* nobody takes it any more: it is dropped                                 */
  unsigned char bytes[65536];
} proxy_half;

typedef struct proxy_line {
  proxy_half ways[2];
  bool used; /* since the rule was set   */
  bool mute; /* nothing passes on it     */
} proxy_line;

typedef struct proxy {
  unsigned short port; /* where it listens */
  /* private */
  unsigned short server;
  int listener, wake[2];
  pthread_t thread;
  pthread_mutex_t mtx;
  pthread_cond_t changed;
  proxy_rule rule;         /* guarded by: mtx, as all below */
  size_t passed[2];        /* since the rule was set */
  bool fired, silent, slow, ending;
  int64_t resume_at;       /* of PROXY_SLOW, ms */
  size_t nlines;
  proxy_line *lines[PROXY_LINES];
} proxy;

/* False, after a failed check: there is none, and nothing to end. */
bool proxy_start(proxy *one, unsigned short server);
void proxy_end(proxy *one);

/* Sets a rule and begins to count, after ending whatever fault there was. */
void proxy_arm(proxy *one, proxy_rule rule);
/* Everything passes again.  The lines that were used since the rule was set stay silent, as behind a firewall that has
 * forgotten them; or speak again, too, with what was kept.                                                            */
void proxy_mend(proxy *one, bool old_lines);
/* Whether the fault has come, and how many bytes have passed each way since the rule was set. */
bool proxy_fired(proxy *one, size_t passed[2]);
/* Waits until there are at most n lines: each lasts until both sides have left it.  False after `timeout` ns. */
bool proxy_await_lines(proxy *one, size_t n, int64_t timeout);

/* The port in "scheme://user:password@127.0.0.1:port/...", and the same URI by way of the proxy, with options. */
unsigned short proxy_port_of(const char *uri);
void proxy_uri(const proxy *one, const char *given, const char *options, char *room, size_t size);

#endif
