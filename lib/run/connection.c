/* connection.c - see connection.h. */
#include "run/connection.h"
#include "base/alloc.h"
#include "base/clock.h"

/* The lifetime with a jitter of 10 %, so that connections made together do not end together. */
static int64_t jittered(int64_t lifetime, uint32_t random)
{
  if (lifetime == INT64_MAX)
    return INT64_MAX;
  int64_t tenth = lifetime / 10;
  return dusq__deadline(lifetime - tenth + tenth / 500 * (random % 1001));
}

dusq_status dusq__connection_open(dusq__setup *setup, uint32_t lane, const dusq_stop *stop, uint32_t random,
                                  dusq__connection **out, dusq_error **error)
{
  dusq__connection *connection = dusq__zalloc(sizeof *connection);
  if (!connection)
    return dusq__error_give(error, dusq__error_static(DUSQ_E_NOMEM));
  connection->setup = setup;
  dusq_status status = setup->backend->connect(setup->instance, lane, stop, &connection->native, error);
  if (status) {
    const char *secret = dusq__params_secret(&setup->params);
    if (secret && error)
      dusq__error_scrub(*error, secret);
    dusq__free(connection);
    return status;
  }
  dusq__identity_note(&setup->identity, setup->backend, connection->native);
  connection->dies_at = jittered(setup->options.max_lifetime, random);
  *out = connection;
  return DUSQ_OK;
}

/* ---- the cache --------------------------------------------------------------------------------------------------- */

static dusq__prepared **bucket_of(dusq__connection *connection, const dusq__statement *statement)
{
  return &connection->buckets[statement->id % DUSQ__PREPARED_BUCKETS];
}

static void unlink_age(dusq__connection *connection, dusq__prepared *one)
{
  if (one->newer)
    one->newer->older = one->older;
  else
    connection->newest = one->older;
  if (one->older)
    one->older->newer = one->newer;
  else
    connection->oldest = one->newer;
}

static void make_newest(dusq__connection *connection, dusq__prepared *one)
{
  one->newer = NULL;
  one->older = connection->newest;
  if (connection->newest)
    connection->newest->newer = one;
  else
    connection->oldest = one;
  connection->newest = one;
}

static void release(dusq__connection *connection, dusq__prepared *one)
{
  connection->setup->backend->release(connection->native, one->handle);
  dusq__statement_unref(one->statement);
  dusq__free(one);
}

static void forget(dusq__connection *connection, dusq__prepared *one)
{
  dusq__prepared **at = bucket_of(connection, one->statement);
  while (*at != one)
    at = &(*at)->next;
  *at = one->next;
  unlink_age(connection, one);
  connection->n--;
}

static void trim(dusq__connection *connection)
{
  dusq__prepared *one = connection->oldest;
  while (one && connection->n > connection->setup->options.stmt_cache) {
    dusq__prepared *newer = one->newer;
    if (!one->pins) {
      forget(connection, one);
      release(connection, one);
    }
    one = newer;
  }
}

static void release_all(dusq__connection *connection)
{
  while (connection->newest) {
    dusq__prepared *one = connection->newest;
    forget(connection, one);
    one->kept = false;
    if (!one->pins) /* a pinned statement goes with its last use */
      release(connection, one);
  }
}

void dusq__connection_close(dusq__connection *connection)
{
  release_all(connection);
  dusq__tx_clear(&connection->tx);
  connection->setup->backend->disconnect(connection->native);
  dusq__free(connection);
}

/* ---- preparing --------------------------------------------------------------------------------------------------- */

static dusq__prepared *find(dusq__connection *connection, const dusq__statement *statement)
{
  dusq__prepared *one = *bucket_of(connection, statement);
  while (one && one->statement != statement)
    one = one->next;
  if (one && one != connection->newest) {
    unlink_age(connection, one);
    make_newest(connection, one);
  }
  return one;
}

static void place_error(const dusq__statement *statement, dusq_error *error)
{
  int64_t at = dusq_error_position(error);
  if (at >= 0)
    dusq_error_set_number(error, DUSQ_ERROR_POSITION, (int64_t)dusq__sql_origin(&statement->sql, (size_t)at));
}

static dusq_status prepare_new(dusq__connection *connection, dusq__statement *statement, bool keep,
                               const dusq_stop *stop, dusq_prepared *info, dusq_error **error)
{
  const dusq__sql *sql = &statement->sql;
  const dusq_statement given = {.size = sizeof given, .sql = sql->text, .len = sql->len, .params = sql->params,
                                .slots = sql->slots, .nslots = sql->nslots, .original = statement->text, .keep = keep};
  const dusq_backend *backend = connection->setup->backend;
  dusq_status status = backend->prepare(connection->native, &given, stop, info, error);
  if (status) {
    place_error(statement, *error);
    return status;
  }
  if (info->params != sql->params) {
    backend->release(connection->native, info->handle);
    return dusq__error_give(error, dusq_error_new(DUSQ_E_PARAMS, NULL, 0,
                                                  "the database sees %u placeholders where there are %u", info->params,
                                                  sql->params));
  }
  dusq__statement_learn(statement, info->flags);
  return DUSQ_OK;
}

dusq_status dusq__connection_reading(dusq__connection *connection, const dusq_stop *stop, uint32_t *dialect,
                                     dusq_error **error)
{
  const dusq_backend *backend = connection->setup->backend;
  *dialect = backend->dialect;
  return backend->reading ? backend->reading(connection->native, stop, dialect, error) : DUSQ_OK;
}

dusq__prepared *dusq__connection_prepared(dusq__connection *connection, const dusq__statement *statement)
{
  dusq__prepared *one = find(connection, statement);
  if (one)
    one->pins++;
  return one;
}

dusq_status dusq__connection_prepare(dusq__connection *connection, dusq__statement *statement, bool keep,
                                     const dusq_stop *stop, dusq__prepared **out, uint32_t *fresh, dusq_error **error)
{
  *out = find(connection, statement);
  if (*out) {
    (*out)->pins++;
    return DUSQ_OK;
  }
  keep = keep && connection->setup->options.stmt_cache;
  dusq__prepared *one = dusq__zalloc(sizeof *one);
  if (!one)
    return dusq__error_give(error, dusq__error_static(DUSQ_E_NOMEM));
  dusq_prepared info = {NULL, 0, 0};
  dusq_status status = prepare_new(connection, statement, keep, stop, &info, error);
  if (status) {
    dusq__free(one);
    return status;
  }
  one->statement = dusq__statement_ref(statement);
  one->handle = info.handle;
  one->flags = info.flags;
  one->pins = 1;
  one->kept = keep;
  if (keep) {
    dusq__prepared **bucket = bucket_of(connection, statement);
    one->next = *bucket;
    *bucket = one;
    make_newest(connection, one);
    connection->n++;
    trim(connection);
  }
  ++*fresh;
  *out = one;
  return DUSQ_OK;
}

void dusq__connection_done(dusq__connection *connection, dusq__prepared *prepared)
{
  prepared->pins--;
  if (!prepared->kept && !prepared->pins)
    release(connection, prepared);
  else if (connection->n > connection->setup->options.stmt_cache)
    trim(connection);
}

void dusq__connection_drop(dusq__connection *connection, dusq__prepared *prepared)
{
  if (prepared->kept)
    forget(connection, prepared);
  prepared->kept = false;
  dusq__connection_done(connection, prepared);
}

bool dusq__connection_reset(dusq__connection *connection, const dusq_stop *stop)
{
  dusq__setup *setup = connection->setup;
  connection->touched = false;
  dusq__tx_clear(&connection->tx);
  if (!setup->options.reset || !setup->backend->reset)
    return true;
  if (setup->options.reset_all)
    release_all(connection);
  bool dirty = false;
  dusq_error *error = NULL;
  dusq_status status = setup->backend->reset(connection->native, stop, &dirty, &error);
  if (dirty)
    dusq__logf(setup->params.log, DUSQ_LOG_WARNING, "pool", "a transaction was left open and has been rolled back");
  if (error)
    dusq__logf(setup->params.log, DUSQ_LOG_WARNING, "pool", "a connection is closed because it could not be reset: %s",
               dusq_error_message(error));
  dusq_error_unref(error);
  return !status;
}
