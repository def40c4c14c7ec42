/* fake.h - a dusq_fake: the scripted server, with its rules, clock, counters, history and connections.
 *
 * There are two locks, which are never held together.  The registry's (fake.c) guards the list of fakes that have a
 * name, and the reference count of every fake.  `mtx` guards everything else in a fake; the core is never called with
 * it held, except for dusq_stop_asked, which only reads.  Any thread.                                                */
#ifndef DUSQ_FAKE_FAKE_H
#define DUSQ_FAKE_FAKE_H
#include "chaos.h"
#include "counts.h"
#include "history.h"
#include "rules.h"

struct dusq__fake_conn;

struct dusq_fake {
  unsigned generation;    /* the process that made it, see fork.h */
  char uri[32];
  uint64_t number;        /* 0: belongs to one pool, not in the registry */
  struct dusq_fake *next; /* guarded by: the registry's lock, as refs */
  size_t refs;
  pthread_mutex_t mtx;    /* guards the rest */
  dusq__fake_counts counts;
  dusq__fake_rule *rules;
  dusq__fake_chaos chaos;
  dusq__fake_history history;
  struct dusq__fake_conn *conns;
  uint64_t last_conn;     /* number of the newest connection */
  uint64_t last_tx;       /* number of the newest transaction */
  int64_t last_id;
  bool manual;
  int64_t now;            /* time of the manual clock */
};

/* Creates a fake that is not in the registry. */
dusq_status dusq__fake_make(dusq_fake **out);
/* Finds a fake by its name, as in "17", and returns a reference.  DUSQ_E_URI: there is none; DUSQ_E_FORKED: it is the
 * parent process's.                                                                                                  */
dusq_status dusq__fake_lookup(const char *name, dusq_fake **out);

#endif
