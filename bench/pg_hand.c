/* pg_hand.c - PostgreSQL by hand: PQexecPrepared, on a connection that blocks, and libpq's pipeline mode.
 *
 * As for SQLite, nothing is left out and nothing is added.  Values go and come in binary, which is the fastest. */
#include "bench.h"

#if defined(DUSQ_WITH_POSTGRESQL)
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BINARY = 1, LIBPQ_17 = 170000 };

static const Oid int8_type = 20;
static const char fetch_sql[] = "SELECT id, name, score FROM dusq_bench_person ORDER BY id LIMIT 10000";

static bool complain(PGconn *pg, const char *what)
{
  bench_complain("PostgreSQL by hand: %s: %s", what, PQerrorMessage(pg));
  return false;
}

static bool expect(PGconn *pg, PGresult *take_result, ExecStatusType status, const char *what)
{
  bool good = PQresultStatus(take_result) == status || complain(pg, what);
  PQclear(take_result);
  return good;
}

static void ignore_notice(void *arg, const PGresult *result)
{
  (void)arg;
  (void)result;
}

static void *open_conn(const char *uri)
{
  PGconn *pg = PQconnectdb(uri);
  PQsetNoticeReceiver(pg, ignore_notice, NULL);
  if (PQstatus(pg) != CONNECTION_OK)
    complain(pg, "connect");
  else if (expect(pg, PQprepare(pg, "s", "SELECT name FROM dusq_bench_person WHERE id = $1", 1, &int8_type),
                  PGRES_COMMAND_OK, "prepare") &&
           expect(pg, PQprepare(pg, "i", "INSERT INTO dusq_bench_log (note) VALUES ($1)", 1, NULL), PGRES_COMMAND_OK,
                  "prepare") &&
           expect(pg, PQprepare(pg, "f", fetch_sql, 0, NULL), PGRES_COMMAND_OK, "prepare"))
    return pg;
  PQfinish(pg);
  return NULL;
}

static void close_conn(void *conn)
{
  PQfinish(conn);
}

static void describe(void *conn, char text[128])
{
  int client = PQlibVersion(), server = PQserverVersion(conn);
  const char *host = PQhost(conn);
  snprintf(text, 128, "PostgreSQL %d.%d, libpq %d.%d, over %s", server / 10000, server % 10000, client / 10000,
           client % 10000, host && *host == '/' ? "a unix socket" : PQsslInUse(conn) ? "TLS" : "TCP");
}

double bench_pg_select_target(void)
{
  return PQlibVersion() >= LIBPQ_17 ? 1.15 : 1.05; /* before that, each statement is sent by itself */
}

/* ---- statements ------------------------------------------------------------------------------------------------ */

static void put_int64(int64_t n, char at[8])
{
  for (int i = 8; i-- > 0; n >>= 8)
    at[i] = (char)(n & 0xFF);
}

static uint64_t get_int64(const char *at)
{
  uint64_t bits = 0;
  for (int i = 0; i < 8; i++)
    bits = bits << 8 | (unsigned char)at[i];
  return bits;
}

static char *copy_text(const PGresult *result, int row, int col)
{
  size_t len = (size_t)PQgetlength(result, row, col);
  char *copy = malloc(len + 1);
  if (copy)
    memcpy(copy, PQgetvalue(result, row, col), len + 1);
  return copy;
}

static bool select_one(void *conn, int64_t id)
{
  char bytes[8];
  const char *values[] = {bytes};
  const int lengths[] = {8}, formats[] = {BINARY};
  put_int64(id, bytes);
  PGresult *result = PQexecPrepared(conn, "s", 1, values, lengths, formats, BINARY);
  bool good = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1;
  char *name = good ? copy_text(result, 0, 0) : NULL;
  good = name && bench_is_name(name, strlen(name), id);
  free(name);
  PQclear(result);
  return good || complain(conn, "SELECT");
}

static bool insert_one(void *conn)
{
  const char *values[] = {bench_note};
  const int lengths[] = {BENCH_NAME_BYTES}, formats[] = {BINARY};
  PGresult *result = PQexecPrepared(conn, "i", 1, values, lengths, formats, BINARY);
  bool good = PQresultStatus(result) == PGRES_COMMAND_OK && !strcmp(PQcmdTuples(result), "1");
  PQclear(result);
  return good || complain(conn, "INSERT");
}

static bool begin(void *conn)
{
  return expect(conn, PQexec(conn, "BEGIN"), PGRES_COMMAND_OK, "BEGIN");
}

static bool commit(void *conn)
{
  return expect(conn, PQexec(conn, "COMMIT"), PGRES_COMMAND_OK, "COMMIT");
}

/* ---- many rows ------------------------------------------------------------------------------------------------- */

static bool copy_person(const PGresult *result, int row, bench_hand_person *to)
{
  uint64_t score = get_int64(PQgetvalue(result, row, 2));
  to->id = (int64_t)get_int64(PQgetvalue(result, row, 0));
  to->name = copy_text(result, row, 1);
  memcpy(&to->score, &score, sizeof score);
  return to->name != NULL;
}

static size_t fetch(void *conn)
{
  PGresult *result = PQexecPrepared(conn, "f", 0, NULL, NULL, NULL, BINARY);
  int rows = PQresultStatus(result) == PGRES_TUPLES_OK ? PQntuples(result) : 0;
  bench_hand_person *persons = malloc(((size_t)rows + 1) * sizeof *persons);
  int n = 0;
  while (persons && n < rows && copy_person(result, n, &persons[n]))
    n++;
  PQclear(result);
  if (bench_take_persons(persons, (size_t)n))
    return (size_t)n;
  complain(conn, "fetch");
  return 0;
}

/* ---- a pipeline ------------------------------------------------------------------------------------------------ */

static bool send_one(PGconn *pg, bench_stream *stream)
{
  char bytes[8];
  const bool insert = stream->what == BENCH_INSERT;
  const char *values[] = {insert ? bench_note : bytes};
  const int lengths[] = {insert ? BENCH_NAME_BYTES : 8}, formats[] = {BINARY};
  put_int64(bench_stream_ask(stream), bytes);
  return PQsendQueryPrepared(pg, insert ? "i" : "s", 1, values, lengths, formats, BINARY);
}

/* Once half of them have been answered, as many are sent with one sync.  An INSERT has a sync of its own: what stands
 * before one sync is one transaction. */
static bool refill(PGconn *pg, bench_stream *stream, size_t *syncs)
{
  uint64_t before = stream->sent;
  if (stream->sent - stream->done > stream->in_flight / 2)
    return true;
  while (stream->sent - stream->done < stream->in_flight) {
    if (!send_one(pg, stream))
      return false;
    if (stream->what == BENCH_INSERT && stream->sent - stream->done < stream->in_flight) {
      if (!PQpipelineSync(pg))
        return false;
      ++*syncs;
    }
  }
  if (stream->sent == before)
    return true;
  ++*syncs;
  return PQpipelineSync(pg);
}

/* One that is there. */
static bool take_result(PGconn *pg, bench_stream *stream, size_t *syncs)
{
  PGresult *result = PQgetResult(pg);
  bool good = true;
  if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
    --*syncs;
  else if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1)
    good = bench_stream_answer(stream, PQgetvalue(result, 0, 0), (size_t)PQgetlength(result, 0, 0));
  else if (result) /* none: between two */
    good = PQresultStatus(result) == PGRES_COMMAND_OK && !strcmp(PQcmdTuples(result), "1") &&
           bench_stream_answer(stream, NULL, 0);
  PQclear(result);
  return good;
}

static bool flow(PGconn *pg, bench_stream *stream)
{
  size_t syncs = 0;
  for (;;) {
    bool stop = atomic_load_explicit(stream->stop, memory_order_relaxed);
    if (!stop && !refill(pg, stream, &syncs))
      return false;
    if (!syncs && stream->sent == stream->done)
      return true;
    int unsent = PQflush(pg);
    struct pollfd ready = {.fd = PQsocket(pg), .events = (short)(unsent ? POLLIN | POLLOUT : POLLIN)};
    if (unsent < 0 || poll(&ready, 1, -1) < 0 || !PQconsumeInput(pg))
      return false;
    while ((syncs || stream->sent != stream->done) && !PQisBusy(pg))
      if (!take_result(pg, stream, &syncs))
        return false;
  }
}

static bool pipeline(void *conn, bench_stream *stream)
{
  bool good = !PQsetnonblocking(conn, 1) && PQenterPipelineMode(conn) && flow(conn, stream) &&
              PQexitPipelineMode(conn) && !PQsetnonblocking(conn, 0);
  return good || complain(conn, "a pipeline");
}

const bench_driver *bench_pg_driver(void)
{
  static const bench_driver driver = {
      .name = "PostgreSQL",
      .tables = "DROP TABLE IF EXISTS dusq_bench_person; DROP TABLE IF EXISTS dusq_bench_log;"
                "CREATE TABLE dusq_bench_person (id bigint PRIMARY KEY, name text NOT NULL, score double precision NOT"
                " NULL) WITH (autovacuum_enabled = false);"
                "CREATE TABLE dusq_bench_log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text NOT NULL)"
                " WITH (autovacuum_enabled = false)",
      .settle = "VACUUM ANALYZE dusq_bench_person",
      .connect = open_conn,
      .disconnect = close_conn,
      .describe = describe,
      .select = select_one,
      .insert = insert_one,
      .fetch = fetch,
      .begin = begin,
      .commit = commit,
      .pipeline = pipeline,
  };
  return &driver;
}

#else

const bench_driver *bench_pg_driver(void)
{
  return NULL;
}

double bench_pg_select_target(void)
{
  return 0;
}

#endif
