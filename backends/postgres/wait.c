/* wait.c - the one place where a worker waits for its server.
 *
 * What is under way is being stopped once somebody asks for it: a cancel is sent, and the answer waited for until the
 * grace is over.  Whoever cancels a request wakes the worker, and so does a request's deadline; but what the pool does
 * of its own, a rollback or a reset, has a deadline that nobody else watches, and so each wait ends by it.
 *
 * A cancel may reach the server after the statement has ended, so no call begins before the last one's cancel has
 * returned: it would be hit by it (fe-cancel.c says so where PQcancel waits).                                        */
#include "internal.h"
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MS = 1000000, FIRST_PAUSE = 25 * MS, LAST_PAUSE = 400 * MS };

static const void *stopped(dusq__pg_conn *conn, bool *size)
{
  if (conn->stop && dusq_stop_asked(conn->stop))
    return conn->stop;
  *size = true;
  return conn->enough ? (const void *)&conn->enough : dusq__pg_is_too_large(conn) ? &conn->received : NULL;
}

void dusq__pg_interrupt(void *arg)
{
  dusq__pg_conn *conn = arg;
  ssize_t written = write(conn->pipe[1], "", 1); /* a full pipe wakes as well */
  (void)written;
}

static void drain_pipe(dusq__pg_conn *conn)
{
  char bytes[64];
  ssize_t got;
  do
    got = read(conn->pipe[0], bytes, sizeof bytes);
  while (got == (ssize_t)sizeof bytes || (got < 0 && errno == EINTR));
}

static int64_t later(int64_t moment, int64_t timeout)
{
  return timeout > INT64_MAX - moment ? INT64_MAX : moment + timeout;
}

/* One cancel at a time; and again after a while, because the server drops one that finds it between two messages.  In a
 * batch it may meet a neighbour, which then runs again.                                                              */
static void cancel_if_asked(dusq__pg_conn *conn)
{
  bool size = false;
  const void *asked = conn->asked(conn, &size);
  if (!asked) {
    conn->give_up_at = INT64_MAX; /* it has ended; who comes now may take his time, though a cancel is still under way */
    conn->cancel_again_at = INT64_MAX;
  }
  if (!asked)
    return;
  int64_t now = dusq__pg_now();
  if (asked != conn->cancel_for) {
    conn->cancel_for = asked;
    conn->by_size = size;
    conn->cancel_pause = FIRST_PAUSE;
    conn->give_up_at = later(now, conn->patience);
    conn->cancel_again_at = now;
  }
  if (conn->canceling == DUSQ__PG_CANCELING || now < conn->cancel_again_at)
    return; /* the grace runs, though the last one is still on its way */
  conn->cancel_again_at = later(now, conn->cancel_pause);
  conn->cancel_pause = conn->cancel_pause < LAST_PAUSE ? conn->cancel_pause * 2 : LAST_PAUSE;
  conn->canceling = conn->cancel && dusq__pg_cancel_start(conn->cancel) ? DUSQ__PG_CANCELING : DUSQ__PG_CANCELED;
}

static int timeout_ms(int64_t until)
{
  if (until == INT64_MAX)
    return -1;
  int64_t rest = until - dusq__pg_now();
  if (rest <= 0)
    return 0;
  int64_t ms = (rest + MS - 1) / MS;
  return ms < 60000 ? (int)ms : 60000;
}

/* When there is something to do though nothing has come; INT64_MAX: never. */
static int64_t wake_at(const dusq__pg_conn *conn, bool again)
{
  int64_t at = conn->give_up_at < conn->tail_until ? conn->give_up_at : conn->tail_until;
  if (again && conn->canceling == DUSQ__PG_CANCELED && conn->cancel_again_at < at)
    at = conn->cancel_again_at;
  bool open = conn->stop && conn->cancel_for != conn->stop;
  int64_t deadline = open ? dusq_stop_deadline(conn->stop) : INT64_MAX;
  return deadline < at ? deadline : at;
}

/* Sleeps until something has happened on the socket (*revents), in the pipe or with the cancel, or until wake_at.
 * Without `events` the socket is not looked at.                                                                      */
static void sleep_once(dusq__pg_conn *conn, short events, short *revents)
{
  struct pollfd fds[3] = {{.fd = conn->pipe[0], .events = POLLIN}, {.fd = -1}, {.fd = -1}};
  if (events)
    fds[1] = (struct pollfd){.fd = PQsocket(conn->pg), .events = events};
  if (conn->canceling == DUSQ__PG_CANCELING && dusq__pg_cancel_step(conn->cancel, &fds[2].fd, &fds[2].events)) {
    conn->canceling = DUSQ__PG_CANCELED;
    if (!events)
      return;
  }
  int ready = poll(fds, 3, timeout_ms(wake_at(conn, events != 0)));
  *revents = ready > 0 ? fds[1].revents : 0;
  if (ready > 0 && fds[0].revents)
    drain_pipe(conn);
}

bool dusq__pg_wait(dusq__pg_conn *conn, bool writing, bool *readable)
{
  short events = (short)(POLLIN | (writing ? POLLOUT : 0)), revents = 0;
  while (!conn->broken) {
    cancel_if_asked(conn);
    sleep_once(conn, events, &revents);
    if (revents) {
      *readable = (revents & ~POLLOUT) != 0;
      return true;
    }
    int64_t now = dusq__pg_now();
    conn->broken = now >= conn->give_up_at || now >= conn->tail_until;
  }
  return false;
}

void dusq__pg_begin_tail(dusq__pg_conn *conn)
{
  conn->tail_until = later(dusq__pg_now(), conn->instance->connect_timeout);
  conn->patience = conn->instance->cancel_grace / 2;
}

/* The last cancel may still be on its way, though what it was for has ended: it would hit what comes now. */
static void let_cancel_return(dusq__pg_conn *conn, const dusq_stop *stop)
{
  short unused;
  conn->give_up_at = later(dusq__pg_now(), conn->instance->connect_timeout);
  while (conn->canceling == DUSQ__PG_CANCELING && !conn->broken && !(stop && dusq_stop_asked(stop))) {
    sleep_once(conn, 0, &unused);
    conn->broken = conn->canceling == DUSQ__PG_CANCELING && dusq__pg_now() >= conn->give_up_at;
  }
}

dusq_error *dusq__pg_watch(dusq__pg_conn *conn, const dusq_stop *stop)
{
  if (conn->canceling == DUSQ__PG_CANCELING)
    let_cancel_return(conn, stop);
  if (conn->broken)
    return dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "the last cancel does not return");
  if (stop && dusq_stop_asked(stop))
    return dusq__pg_canceled();
  conn->stop = stop;
  conn->asked = stopped;
  conn->give_up_at = INT64_MAX;
  conn->receive_limit = 0;
  dusq__pg_next_result(conn);
  conn->enough = false;
  conn->patience = conn->instance->cancel_grace;
  conn->canceling = DUSQ__PG_NO_CANCEL;
  conn->cancel_for = NULL;
  conn->by_size = false;
  conn->cancel_again_at = INT64_MAX;
  conn->transacting = PQtransactionStatus(conn->pg) != PQTRANS_IDLE;
  return NULL;
}

dusq_status dusq__pg_unwatch(dusq__pg_conn *conn)
{
  conn->stop = NULL;
  conn->batch = NULL;
  conn->tail_until = INT64_MAX;
  return dusq__pg_lost(conn) ? DUSQ_E_CONNECTION_LOST : DUSQ_OK;
}

/* ---- results ------------------------------------------------------------------------------------------------------- */

/* Reads what has come.  What TLS has decrypted and libpq had no room for is not seen by poll: a record is 16 KiB, and
 * libpq makes room for 8 each time.  False: the connection is lost.                                                  */
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

/* A cancel for the size has been sent, and nobody has asked for more than that: the server stops between two rows, and
 * what it has sent by then comes first, however slow the line is.                                                    */
static bool has_patience(dusq__pg_conn *conn)
{
  bool size = false;
  if (!conn->by_size || conn->give_up_at == INT64_MAX)
    return false;
  (void)conn->asked(conn, &size);
  return size;
}

/* A result is gathered by libpq, and only then handed on: so that one far beyond what its caller allows does not fill
 * the memory first, the bytes are counted as they are read, from the second reading on.  Never too many: more may come
 * while some are taken; but libpq has room for so many at least, where nothing stands between it and the socket.     */
static bool consume_counted(dusq__pg_conn *conn)
{
  enum { LEAST_ROOM = 8192 };
  PGconn *pg = conn->pg;
  bool counts = conn->receive_limit && conn->reads_on, plain = !PQsslInUse(pg) && !PQgssEncInUse(pg);
  size_t before = counts ? dusq__pg_bytes_waiting(pg) : 0;
  if (!consume(pg))
    return false;
  if (counts) {
    size_t after = dusq__pg_bytes_waiting(pg), taken = before > after ? before - after : 0;
    size_t least = before < LEAST_ROOM ? before : LEAST_ROOM;
    conn->received += plain && taken < least ? least : taken;
  }
  conn->reads_on = conn->receive_limit && PQisBusy(pg);
  if (has_patience(conn))
    conn->give_up_at = later(dusq__pg_now(), conn->patience);
  return true;
}

void dusq__pg_next_result(dusq__pg_conn *conn)
{
  conn->received = 0;
  conn->reads_on = false;
}

PGresult *dusq__pg_next(dusq__pg_conn *conn)
{
  PGconn *pg = conn->pg;
  while (!conn->broken) {
    int unsent = PQflush(pg); /* when it fails, reading still tells what the server had to say */
    if (!PQisBusy(pg))
      return PQgetResult(pg);
    bool readable = false;
    if (!dusq__pg_wait(conn, unsent > 0, &readable))
      break;
    if (!readable)
      continue;
    if (!consume_counted(conn))
      return PQgetResult(pg); /* which now has the error, and then nothing more */
  }
  return NULL;
}

bool dusq__pg_lost(const dusq__pg_conn *conn)
{
  return conn->broken || PQstatus(conn->pg) == CONNECTION_BAD;
}

/* Throws away what the server copies out, which is told to stop. */
static void drain_copy(dusq__pg_conn *conn)
{
  int n;
  conn->enough = true;
  do {
    char *line = NULL;
    bool readable;
    n = PQgetCopyData(conn->pg, &line, true);
    PQfreemem(line);
    if (!n && (!dusq__pg_wait(conn, false, &readable) || !consume(conn->pg)))
      return;
  } while (n >= 0);
}

/* COPY would be answered for ever with the same result. */
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
  while ((result = dusq__pg_next(conn)) != NULL) {
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR && !error)
      error = dusq__pg_result_error(conn, result, NULL);
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
