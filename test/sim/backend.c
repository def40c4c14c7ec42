/* backend.c - the fake backend with what it has not: sequences, one call after the other on its own slots. */
#include "play.h"
#include "run/sink.h"
#include <dusq/backend.h>

extern const dusq_backend dusq__fake_backend;

static dusq_status give(dusq_sink *sink, dusq_status status, dusq_error *take_error)
{
  if (status)
    dusq_sink_fail(sink, take_error);
  else
    dusq_sink_complete(sink);
  return status;
}

static dusq_status lost_or_well(dusq_status status)
{
  return status == DUSQ_E_CONNECTION_LOST ? status : DUSQ_OK;
}

static dusq_status sequence(void *conn, const dusq_sequence *given)
{
  dusq_error *error = NULL;
  dusq_status status = DUSQ_OK;
  if (given->begin)
    status = dusq__fake_backend.begin(conn, given->begin, dusq_sink_stop(given->begun), &error);
  if (given->begin && give(given->begun, status, error))
    return lost_or_well(status);
  for (size_t i = 0; i < given->n; i++) {
    status = dusq__fake_backend.execute(conn, &given->executions[i]);
    if (status || given->executions[i].sink->error)
      return lost_or_well(status);
  }
  if (!given->committed)
    return DUSQ_OK;
  status = dusq__fake_backend.commit(conn, given->committed, &error);
  return lost_or_well(give(given->committed, status, error));
}

bool play_register(void)
{
  static dusq_backend table;
  table = dusq__fake_backend;
  table.name = "sim";
  table.schemes = "sim";
  table.sequence = sequence;
  return !dusq_backend_register(&table);
}
