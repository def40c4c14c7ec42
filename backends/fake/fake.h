/* fake.h - a dusq_fake: the scripted server, with its rules, clock, counters, history and connections.
 *
 * Two locks, which are never held together.  The registry's (fake.c) guards the list of fakes that have a name, and
 * every fake's count of references.  `mtx` guards all else of a fake; it is never held while the core is called (but
 * for dusq_stop_asked, which only reads).  Any thread.                                                               */
#ifndef DUSQ_FAKE_FAKE_H
#define DUSQ_FAKE_FAKE_H
#include "chaos.h"
#include "counts.h"
#include "history.h"
#include "rules.h"

struct dusq__fake_conn;

struct dusq_fake {
  unsigned generation;    /* of the process */
  char uri[32];
  uint64_t number;        /* 0: of one pool alone, not in the registry */
  struct dusq_fake *next; /* guarded by: the registry's lock, as refs */
  size_t refs;
  pthread_mutex_t mtx;    /* guards the rest */
  dusq__fake_counts counts;
  dusq__fake_rule *rules;
  dusq__fake_chaos chaos;
  dusq__fake_history history;
  struct dusq__fake_conn *conns;
  uint64_t last_conn;     /* number of the newest connection */
  uint64_t last_tx;       /* and of the newest transaction */
  int64_t last_id;
  bool manual;
  int64_t now;            /* of the manual clock */
};

/* A fake that is not in the registry. */
dusq_status dusq__fake_make(dusq_fake **out);
/* An owned one by its name, "17".  DUSQ_E_URI: there is none; DUSQ_E_FORKED: the parent's. */
dusq_status dusq__fake_lookup(const char *name, dusq_fake **out);

#endif
