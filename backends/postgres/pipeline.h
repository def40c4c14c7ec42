/* pipeline.h - what is put into a pipeline besides statements (PG:libpq-pipeline-mode). */
#ifndef DUSQ_POSTGRES_PIPELINE_H
#define DUSQ_POSTGRES_PIPELINE_H
#include <libpq-fe.h>
#include <stdbool.h>

/* Puts a Sync into the pipeline, which libpq 17 and later does not send at once.  False: what was sent before would
 * never be answered, so the connection must be given up.                                                             */
static inline bool dusq__pg_pipe_sync(PGconn *pg)
{
#ifdef LIBPQ_HAS_SEND_PIPELINE_SYNC
  return PQsendPipelineSync(pg) != 0;
#else
  return PQpipelineSync(pg) != 0;
#endif
}

/* Puts a text without parameters, and a Sync, into the pipeline. */
bool dusq__pg_pipe_text(PGconn *pg, const char *sql);

#endif
