/* receive.c - receives results.  The worker's thread.
 *
 * libpq collects a whole result before it returns it.  So bytes are counted as they are read, to stop a result that is
 * far too large before it fills the memory.                                                                          */
#include "receive.h"
#include "clock.h"
#include "error.h"
#include "wait.h"
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* Reads what has arrived. poll does not see what TLS has decrypted and libpq had no room for: a TLS record is 16 KiB,
 * and libpq makes room for 8 KiB each time.  False: the connection is lost.                                          */
static bool consume(PGconn *pg)
{
  enum { READINGS_OF_A_RECORD = 3 };
  bool good = PQconsumeInput(pg);
  for (int i = 1; good && i < READINGS_OF_A_RECORD && PQsslInUse(pg) && PQisBusy(pg); i++)
    good = PQconsumeInput(pg);
  return good;
}

size_t dusq__pg_bytes_waiting(PGconn *pg)
{
  int waiting = 0;
  return ioctl(PQsocket(pg), FIONREAD, &waiting) == 0 && waiting > 0 ? (size_t)waiting : 0;
}

/* Whether a cancel was sent only for the size, and no stop was asked for: the server stops between two rows, but what
 * it has sent until then must be received first, however slow the line is.                                           */
static bool may_take_its_time(dusq__pg_conn *conn)
{
  bool size = false;
  if (!conn->cancel.by_size || conn->call.give_up_at == INT64_MAX)
    return false;
  (void)conn->call.reason(conn, &size);
  return size;
}

/* Counts bytes from the second read on, and never too many: more may arrive between two checks of the socket, but then
 * libpq has read as much as it makes room for, if nothing stands between it and the socket.                          */
static bool consume_counted(dusq__pg_conn *conn)
{
  enum { LEAST_ROOM = 8192 };
  PGconn *pg = conn->pg;
  dusq__pg_receiving *receiving = &conn->receiving;
  bool counts = receiving->limit && receiving->partial, plain = !PQsslInUse(pg) && !PQgssEncInUse(pg);
  size_t before = counts ? dusq__pg_bytes_waiting(pg) : 0;
  if (!consume(pg))
    return false;
  if (counts) {
    size_t after = dusq__pg_bytes_waiting(pg), taken = before > after ? before - after : 0;
    size_t least = before < LEAST_ROOM ? before : LEAST_ROOM;
    receiving->bytes += plain && taken < least ? least : taken;
  }
  receiving->partial = receiving->limit && PQisBusy(pg);
  if (may_take_its_time(conn))
    conn->call.give_up_at = dusq__pg_later(dusq__pg_now(), conn->call.grace);
  return true;
}

static bool is_on(const char *setting)
{
  return setting && !strcmp(setting, "on");
}

/* Whether the server is read-only by itself (servers before 14 do not tell), not by what the caller has set or begun. */
static bool is_unfit(const dusq__pg_conn *conn, const PGresult *result)
{
  const dusq__pg_instance *instance = conn->instance;
  const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if ((!instance->read_write && !instance->primary) || conn->unsettled || !state || strcmp(state, "25006") != 0)
    return false;
  const char *standby = PQparameterStatus(conn->pg, "in_hot_standby");
  bool reads = standby ? is_on(PQparameterStatus(conn->pg, "default_transaction_read_only")) : !conn->transacting;
  return is_on(standby) || (instance->read_write && reads);
}

/* A pooler takes a connection before it has a server for it.  When it finds none, it says so and ends the session. */
static void note_error(dusq__pg_conn *conn, const PGresult *result)
{
  if (!conn->unreached)
    conn->unreached = dusq__pg_unreached(result);
  conn->unfit |= is_unfit(conn, result);
}

static PGresult *next_result(dusq__pg_conn *conn)
{
  PGresult *result = PQgetResult(conn->pg);
  if (result && PQresultStatus(result) == PGRES_FATAL_ERROR)
    note_error(conn, result);
  return result;
}

PGresult *dusq__pg_get_result(dusq__pg_conn *conn)
{
  PGconn *pg = conn->pg;
  while (!conn->broken) {
    int unsent = PQflush(pg); /* if it fails, reading still returns the server's last messages */
    if (!PQisBusy(pg))
      return next_result(conn);
    bool readable = false;
    if (!dusq__pg_wait(conn, unsent > 0, &readable))
      break;
    if (!readable)
      continue;
    if (!consume_counted(conn))
      return next_result(conn); /* libpq now returns the error, and then nothing more */
  }
  return NULL;
}

/* Drops the data of a COPY TO, and makes the server stop it. */
static void drain_copy(dusq__pg_conn *conn)
{
  int n;
  conn->call.discards = true;
  do {
    char *line = NULL;
    bool readable;
    n = PQgetCopyData(conn->pg, &line, true);
    PQfreemem(line);
    if (!n && (!dusq__pg_wait(conn, false, &readable) || !consume(conn->pg)))
      return;
  } while (n >= 0);
}

/* Otherwise libpq would return the same result for ever. */
void dusq__pg_refuse_copy(dusq__pg_conn *conn, ExecStatusType status)
{
  if (status == PGRES_COPY_OUT)
    drain_copy(conn);
  else if (status != PGRES_COPY_IN || PQputCopyEnd(conn->pg, "COPY needs a job with the native handle") != 1)
    conn->broken = true;
}

dusq_error *dusq__pg_simple(dusq__pg_conn *conn, const char *sql, char tag[64])
{
  if (!PQsendQuery(conn->pg, sql))
    return dusq__pg_conn_error(conn);
  dusq_error *error = NULL;
  PGresult *result;
  while ((result = dusq__pg_get_result(conn)) != NULL) {
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR && !error)
      error = dusq__pg_result_error(result, NULL);
    else if (tag)
      snprintf(tag, 64, "%s", PQcmdStatus(result));
    PQclear(result);
  }
  if (dusq__pg_lost(conn)) {
    dusq_error_unref(error);
    error = dusq__pg_conn_error(conn);
  }
  return error;
}
