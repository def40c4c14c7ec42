/* silence.h - what happens when the line to a server falls silent, or ends, at each byte of an exchange.
 *
 * A trial is one call or a few on a pool of its own, by way of a proxy that strikes at one byte.  It notes how long
 * each call took beyond what it may take, and what its rows must be: there, not there, or one of the two, all or none.
 * When the network speaks again - but not the line that was struck -, the pool must have all of its connections, and
 * close in time; and when the server has heard all that was kept, the rows are counted.                              */
#ifndef DUSQ_TEST_SILENCE_H
#define DUSQ_TEST_SILENCE_H
#include "fault/proxy.h"

/* The bounds of a pool under trial, all short, so that a trial is; a busy machine must be able to log in meanwhile. */
#define SILENCE_QUERY (800 * DUSQ_MILLISECOND)   /* query_timeout   */
#define SILENCE_CONNECT (700 * DUSQ_MILLISECOND) /* connect_timeout */
#define SILENCE_GRACE (200 * DUSQ_MILLISECOND)   /* cancel_grace    */

typedef enum silence_rows { SILENCE_NONE = 0, SILENCE_SOME, SILENCE_ALL } silence_rows; /* SOME: all of them or none */

enum { SILENCE_FACTS = 16, SILENCE_EACH = 64 /* ids of a fact, and so the most rows */ };

typedef struct silence_server {
  const char *name, *variable, *options;
  const char *set;   /* a statement that changes the session */
  const char *table; /* whose only column is `id` */
} silence_server;

typedef struct silence_trial {
  const silence_server *server;
  dusq_pool *pool;
  dusq_session *session;
  dusq_stream *stream;
  int64_t base; /* the first id */
  int nfacts;
  struct silence_fact {
    int rows; /* how many it would be */
    silence_rows there;
  } facts[SILENCE_FACTS];
  int64_t late; /* ns: the most that a call took beyond its bound; below 0 when all were early */
  char why[200]; /* the first thing that is wrong; "" */
} silence_trial;

typedef struct silence_exchange {
  const char *name;
  int size;                              /* pool_size                        */
  bool cold;                             /* the pool has no connection yet   */
  void (*prepare)(silence_trial *trial); /* over a line that works; or NULL  */
  void (*run)(silence_trial *trial);
} silence_exchange;

extern const silence_exchange silence_exchanges[]; /* silence_calls.c; one without a name ends them */

void silence_fail(silence_trial *trial, const char *what);
/* The SQL of an INSERT of one id, and the id of row i of the next fact, as its value. */
const char *silence_insert_sql(const silence_trial *trial, char room[100]);
dusq_value silence_id(const silence_trial *trial, int i);
/* Notes what becomes of so many rows, with the ids from silence_id(trial, 0) on. */
void silence_note(silence_trial *trial, int rows, dusq_status status, bool unknown);
/* Waits for a future that may take `bound` ns from its submission on; its status, and whether its outcome is unknown. */
dusq_status silence_settle(silence_trial *trial, dusq_future *take_future, int64_t bound, bool *unknown);

#endif
