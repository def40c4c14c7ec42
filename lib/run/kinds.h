/* kinds.h - the table of the kinds of requests: queue/kind.h describes a row. */
#ifndef DUSQ_RUN_KINDS_H
#define DUSQ_RUN_KINDS_H
#include "queue/kind.h"

extern const dusq__kind dusq__kind_query, dusq__kind_script, dusq__kind_many, dusq__kind_job;
extern const dusq__kind dusq__kind_transact; /* a job inside a transaction that may be repeated */
extern const dusq__kind dusq__kind_steps;    /* a list of statements inside one                 */
extern const dusq__kind dusq__kind_lease;    /* a session waits for a worker                    */
/* of sessions only */
extern const dusq__kind dusq__kind_begin, dusq__kind_commit, dusq__kind_rollback;
extern const dusq__kind dusq__kind_stream;   /* a query whose rows are delivered in batches */
extern const dusq__kind dusq__kind_end;      /* the session returns its worker              */

#endif
