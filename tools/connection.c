/* connection.c - see connection.h. */
#include "connection.h"
#include "split.h"
#include <string.h>

enum { BATCH = 4096 }; /* rows, of a stream */

static dusq_opts stream_opts(void)
{
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.prefetch = BATCH;
  return opts;
}

static bool take_connection(connection *c)
{
  if (!c->on)
    c->on = dusq_pool_session(c->pool, NULL);
  return c->on != NULL;
}

static void end_job(connection *c)
{
  if (c->session)
    session_finish(c->session);
  session_free(c->session);
  c->session = NULL;
}

dusq_future *connection_query(connection *c, const char *sql, bool reads)
{
  if (c->o->jobs > 1) {
    /* said in advance, as nearly every statement of a file is new to the pool, which would send it to the writers */
    dusq_opts opts = DUSQ_OPTS_INIT;
    opts.flags = reads ? DUSQ_READ_ONLY : 0;
    return dusq_pool_query(c->pool, sql, DUSQ_NO_PARAMS, &opts);
  }
  if (take_connection(c) && !c->session)
    c->session = session_open(c->on, c->queue, c->keep_going);
  return c->session ? session_query(c->session, sql) : NULL;
}

dusq_stream *connection_stream(connection *c, const char *sql)
{
  dusq_opts opts = stream_opts();
  end_job(c);
  return take_connection(c) ? dusq_session_stream(c->on, sql, DUSQ_NO_PARAMS, &opts) : NULL;
}

void connection_one(connection *c, const dusq_value *values, dusq_stream **stream, dusq_future **future)
{
  const char *sql = c->o->sql;
  dusq_opts opts = stream_opts();
  bool rows = split_has_rows(sql, strlen(sql));
  *stream = rows ? dusq_pool_stream(c->pool, sql, c->o->nvalues, values, &opts) : NULL;
  *future = rows ? dusq_stream_next(*stream) : dusq_pool_query(c->pool, sql, c->o->nvalues, values, NULL);
}

void connection_cancel(connection *c)
{
  if (c->session)
    session_cancel(c->session);
}

void connection_end(connection *c)
{
  end_job(c);
  c->on = dusq_session_unref(c->on);
}
