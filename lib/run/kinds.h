/* kinds.h - the table of the kinds of requests: see queue/kind.h for what a row says. */
#ifndef DUSQ_RUN_KINDS_H
#define DUSQ_RUN_KINDS_H
#include "queue/kind.h"

extern const dusq__kind dusq__kind_query, dusq__kind_script, dusq__kind_many, dusq__kind_job;
extern const dusq__kind dusq__kind_transact; /* a job inside a transaction, again and again */
extern const dusq__kind dusq__kind_steps;    /* statements inside one                       */
extern const dusq__kind dusq__kind_lease;    /* a session wants a worker                    */
/* of sessions only */
extern const dusq__kind dusq__kind_begin, dusq__kind_commit, dusq__kind_rollback;
extern const dusq__kind dusq__kind_stream;   /* a query whose rows are handed out in batches */
extern const dusq__kind dusq__kind_end;      /* the session gives its worker back            */

#endif
