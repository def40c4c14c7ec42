/* pipeline.c - what is put into a pipeline besides statements.  The worker's thread. */
#include "pipeline.h"

bool dusq__pg_pipe_text(PGconn *pg, const char *sql)
{
  return PQsendQueryParams(pg, sql, 0, NULL, NULL, NULL, NULL, 0) && PQpipelineSync(pg);
}
