/* kinds.c - see kinds.h.  (The kind of a stream's next batch is in queue/stream.c, for no worker ever has one.) */
#include "run/kinds.h"
#include "queue/session.h"
#include "queue/stream.h"
#include "run/job.h"
#include "run/many.h"
#include "run/query.h"
#include "run/session_call.h"
#include "run/session_run.h"
#include "run/session_sequence.h"
#include "run/transact.h"

static void drop_steps(dusq__request *request)
{
  for (size_t i = 0; request->task.steps && i < request->task.rows; i++)
    dusq__statement_unref(request->task.steps[i].statement);
}

const dusq__kind dusq__kind_query = {.name = "query", .flags = DUSQ__KIND_BATCHES, .run = dusq__run_query,
                                     .call = dusq__call_query, .join = dusq__join_query};
const dusq__kind dusq__kind_script = {.name = "script", .run = dusq__run_script, .call = dusq__call_script};
const dusq__kind dusq__kind_many = {.name = "many", .run = dusq__run_many, .call = dusq__call_many};
const dusq__kind dusq__kind_job = {.name = "job", .flags = DUSQ__KIND_PREFETCHED, .run = dusq__run_job,
                                   .call = dusq__call_run};
const dusq__kind dusq__kind_transact = {.name = "transact", .run = dusq__run_transact};
const dusq__kind dusq__kind_steps = {.name = "steps", .drop = drop_steps, .run = dusq__run_transact};
const dusq__kind dusq__kind_lease = {.name = "lease", .flags = DUSQ__KIND_LEASE,
                                     .settling = dusq__session_lease_settling, .drop = dusq__session_lease_drop,
                                     .run = dusq__run_session};
const dusq__kind dusq__kind_begin = {.name = "begin", .flags = DUSQ__KIND_CONTROL | DUSQ__KIND_BEGINS,
                                     .call = dusq__call_begin, .join = dusq__join_begin};
const dusq__kind dusq__kind_commit = {.name = "commit", .flags = DUSQ__KIND_CONTROL | DUSQ__KIND_COMMITS,
                                      .call = dusq__call_commit, .join = dusq__join_commit};
const dusq__kind dusq__kind_rollback = {.name = "rollback", .flags = DUSQ__KIND_CONTROL | DUSQ__KIND_GOES_ON,
                                        .call = dusq__call_rollback};
const dusq__kind dusq__kind_stream = {.name = "stream", .flags = DUSQ__KIND_GOES_ON,
                                      .settling = dusq__stream_settling, .drop = dusq__stream_drop_request,
                                      .call = dusq__call_stream};
const dusq__kind dusq__kind_end = {.name = "end", .flags = DUSQ__KIND_GOES_ON | DUSQ__KIND_LAST,
                                   .call = dusq__call_end};
