/* session_calls.c - the calls of <dusq/session.h> on a session. */
#include "base/clock.h"
#include "pool/submit.h"
#include "queue/session.h"
#include "run/kinds.h"
#include "setup/tx_options.h"
#include <dusq/session.h>
#include <string.h>

static dusq_status look(const dusq_session *session)
{
  if (!session)
    return DUSQ_E_INVAL;
  return dusq__forked(session->generation) ? DUSQ_E_FORKED : DUSQ_OK;
}

dusq_session *dusq_pool_session(dusq_pool *pool, const dusq_opts *opts)
{
  if (!pool || dusq__forked(pool->generation))
    return NULL;
  if (opts && (opts->size < offsetof(dusq_opts, label) || opts->flags & ~(uint32_t)DUSQ_READ_ONLY))
    return NULL;
  return dusq__submit_session(pool, opts && opts->flags & DUSQ_READ_ONLY ? 1 : 2);
}

dusq_session *dusq_session_ref(dusq_session *session)
{
  if (session && !dusq__forked(session->generation))
    dusq__refs_take(&session->handles);
  return session;
}

dusq_session *dusq_session_unref(dusq_session *session)
{
  if (!session || dusq__forked(session->generation) || !dusq__refs_drop(&session->handles))
    return NULL;
  dusq_future *end = dusq_session_close(session);
  (void)dusq_future_status(end); /* reads the error: a second close is CLOSED, which is no news */
  dusq_future_unref(end);
  dusq__session_drop(session);
  return NULL;
}

int dusq_session_transaction(const dusq_session *session)
{
  return session ? atomic_load(&session->transaction) : DUSQ_TX_NONE;
}

dusq_future *dusq_session_close(dusq_session *session)
{
  dusq_status status = look(session);
  return status ? dusq__future_static(status) : dusq__submit_end(session);
}

/* ---- statements and jobs ----------------------------------------------------------------------------------------- */

static dusq_pool *pool_of(const dusq_session *session)
{
  return session ? session->pool : NULL;
}

/* A call that could not be queued fails the transaction that it would have been in. */
static dusq_future *in_session(dusq_session *session, dusq_future *future)
{
  if (session && !dusq__request_of(future))
    dusq__session_fail_transaction(session, false);
  return future;
}

dusq_future *dusq_session_query(dusq_session *session, const char *sql, size_t n, const dusq_value *values,
                                const dusq_opts *opts)
{
  return in_session(session, dusq__submit_query(pool_of(session), session, NULL, sql, n, values, opts));
}

dusq_future *dusq_session_many(dusq_session *session, const char *sql, size_t cols, size_t rows,
                               const dusq_value *values, const dusq_opts *opts)
{
  return in_session(session, dusq__submit_many(pool_of(session), session, sql, cols, rows, values, opts));
}

dusq_future *dusq_session_script(dusq_session *session, const char *sql, const dusq_opts *opts)
{
  return in_session(session, dusq__submit_script(pool_of(session), session, sql, opts));
}

dusq_future *dusq_session_run(dusq_session *session, dusq_job_fn *fn, void *arg, dusq_free_fn *free_arg,
                              const dusq_opts *opts)
{
  return in_session(session, dusq__submit_job(pool_of(session), session, fn, arg, free_arg, NULL, opts));
}

/* ---- transactions ------------------------------------------------------------------------------------------------ */

/* Begin, commit and rollback are queued even with invalid options, so that later calls find the transaction in the
 * right state.  `with` NULL: no deadline.                                                                            */
static dusq_future *control(dusq_session *session, const dusq__kind *kind, const dusq_tx_opts *tx,
                            const dusq__request_options *with)
{
  const dusq__request_options none = {.deadline = INT64_MAX, .now = dusq__now()};
  dusq__request *request = dusq__submit_make(session->pool, kind, tx ? sizeof *tx : 0, with ? with : &none);
  if (!request) {
    dusq__session_fail_transaction(session, true);
    return dusq__future_static(DUSQ_E_NOMEM);
  }
  if (tx)
    request->task.tx = memcpy(request + 1, tx, sizeof *tx);
  return dusq__submit_to(session->pool, session, 0, request);
}

dusq_future *dusq_session_begin(dusq_session *session, const dusq_tx_opts *tx, const dusq_opts *opts)
{
  dusq__request_options with;
  dusq_tx_opts all;
  dusq_status status = look(session);
  if (status)
    return dusq__future_static(status);
  bool good = !dusq__submit_check(session->pool, opts, &with) && !dusq__tx_read_opts(tx, &all);
  return control(session, &dusq__kind_begin, good ? &all : NULL, good ? &with : NULL);
}

dusq_future *dusq_session_commit(dusq_session *session)
{
  dusq__request_options with;
  dusq_status status = look(session);
  if (!status)
    status = dusq__submit_check(session->pool, NULL, &with);
  return status ? dusq__future_static(status) : control(session, &dusq__kind_commit, NULL, &with);
}

dusq_future *dusq_session_rollback(dusq_session *session)
{
  dusq_status status = look(session);
  return status ? dusq__future_static(status) : control(session, &dusq__kind_rollback, NULL, NULL);
}
