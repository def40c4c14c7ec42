/* mysql_hand.c - MySQL and MariaDB by hand: mysql_stmt_execute, on a connection that blocks; and text that is sent
 * ahead of the answers, where the client library lets one. */
#include "bench.h"

#if defined(DUSQ_WITH_MYSQL)
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PART_SIZE = 256, NAME_ROOM = 64 };

typedef struct conn {
  MYSQL *mysql;
  MYSQL_STMT *select, *insert, *fetch;
} conn;

static bool complain(conn *at, MYSQL_STMT *stmt, const char *what)
{
  bench_complain("MySQL by hand: %s: %s", what, stmt ? mysql_stmt_error(stmt) : mysql_error(at->mysql));
  return false;
}

/* ---- connecting ------------------------------------------------------------------------------------------------ */

typedef struct address {
  char user[PART_SIZE], password[PART_SIZE], host[PART_SIZE], database[PART_SIZE], socket[PART_SIZE];
  unsigned port;
} address;

/* mysql://user:password@host[:port]/database[?unix_socket=path...], without escapes: what test/servers.sh gives. */
static bool parse(const char *uri, address *to)
{
  int at = 0;
  *to = (address){0};
  if (sscanf(uri, "%*[^:]://%255[^:]:%255[^@]@%255[^:/]%n", to->user, to->password, to->host, &at) != 3)
    return false;
  if (uri[at] == ':')
    to->port = (unsigned)strtoul(uri + at + 1, NULL, 10);
  const char *path = strchr(uri + at, '/'), *socket = strstr(uri + at, "unix_socket=");
  if (!path || sscanf(path, "/%255[^?]", to->database) != 1)
    return false;
  return !socket || sscanf(socket, "unix_socket=%255[^&]", to->socket) == 1;
}

static MYSQL_STMT *prepare(conn *at, const char *sql)
{
  MYSQL_STMT *stmt = mysql_stmt_init(at->mysql);
  if (!stmt || mysql_stmt_prepare(stmt, sql, strlen(sql)))
    complain(at, stmt, "prepare");
  else
    return stmt;
  if (stmt)
    mysql_stmt_close(stmt);
  return NULL;
}

static void close_conn(void *arg)
{
  conn *at = arg;
  MYSQL_STMT *stmts[] = {at->select, at->insert, at->fetch};
  for (size_t i = 0; i < sizeof stmts / sizeof *stmts; i++)
    if (stmts[i])
      mysql_stmt_close(stmts[i]);
  if (at->mysql)
    mysql_close(at->mysql);
  free(at);
}

static bool open_mysql(conn *at, const address *to)
{
  at->mysql = mysql_init(NULL);
  if (!at->mysql)
    return false;
  mysql_options(at->mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  return mysql_real_connect(at->mysql, to->host, to->user, to->password, to->database, to->port,
                            *to->socket ? to->socket : NULL, 0) || complain(at, NULL, "connect");
}

static void *open_conn(const char *uri)
{
  address to;
  conn *at = calloc(1, sizeof *at);
  if (!at || !parse(uri, &to)) {
    bench_complain("MySQL by hand: the URI cannot be read");
    free(at);
    return NULL;
  }
  if (open_mysql(at, &to) &&
      (at->select = prepare(at, "SELECT name FROM dusq_bench_person WHERE id = ?")) &&
      (at->insert = prepare(at, "INSERT INTO dusq_bench_log (note) VALUES (?)")) &&
      (at->fetch = prepare(at, "SELECT id, name, score FROM dusq_bench_person ORDER BY id LIMIT 10000")))
    return at;
  close_conn(at);
  return NULL;
}

static void describe(void *arg, char text[128])
{
  conn *at = arg;
  snprintf(text, 128, "server %s, client library %s, over %s", mysql_get_server_info(at->mysql),
           mysql_get_client_info(), mysql_get_host_info(at->mysql));
}

/* ---- statements ------------------------------------------------------------------------------------------------ */

static bool select_one(void *arg, int64_t id)
{
  conn *at = arg;
  char name[NAME_ROOM];
  unsigned long len = 0;
  MYSQL_BIND value = {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &id};
  MYSQL_BIND cell = {.buffer_type = MYSQL_TYPE_STRING, .buffer = name, .buffer_length = sizeof name, .length = &len};
  bool good = !mysql_stmt_bind_param(at->select, &value) && !mysql_stmt_execute(at->select) &&
              !mysql_stmt_bind_result(at->select, &cell) && !mysql_stmt_store_result(at->select) &&
              !mysql_stmt_fetch(at->select);
  char *copy = good ? malloc(len + 1) : NULL;
  if (copy)
    memcpy(copy, name, len);
  good = copy && bench_is_name(copy, len, id);
  free(copy);
  good = good || complain(at, at->select, "SELECT");
  mysql_stmt_free_result(at->select);
  return good;
}

static bool insert_one(void *arg)
{
  conn *at = arg;
  unsigned long len = BENCH_NAME_BYTES;
  MYSQL_BIND value = {.buffer_type = MYSQL_TYPE_STRING, .buffer = (void *)(uintptr_t)bench_note, .length = &len};
  value.buffer_length = len;
  return (!mysql_stmt_bind_param(at->insert, &value) && !mysql_stmt_execute(at->insert) &&
          mysql_stmt_affected_rows(at->insert) == 1) ||
         complain(at, at->insert, "INSERT");
}

static bool begin(void *arg)
{
  conn *at = arg;
  return !mysql_query(at->mysql, "BEGIN") || complain(at, NULL, "BEGIN");
}

static bool commit(void *arg)
{
  conn *at = arg;
  return !mysql_query(at->mysql, "COMMIT") || complain(at, NULL, "COMMIT");
}

/* ---- many rows ------------------------------------------------------------------------------------------------- */

/* The rows that come, in memory of their own; how many. */
static size_t copy_persons(MYSQL_STMT *stmt, bench_hand_person **out)
{
  char name[NAME_ROOM];
  unsigned long len = 0;
  bench_hand_person one = {0, NULL, 0};
  MYSQL_BIND cells[] = {
      {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &one.id},
      {.buffer_type = MYSQL_TYPE_STRING, .buffer = name, .buffer_length = sizeof name, .length = &len},
      {.buffer_type = MYSQL_TYPE_DOUBLE, .buffer = &one.score},
  };
  if (mysql_stmt_bind_result(stmt, cells) || mysql_stmt_store_result(stmt))
    return 0;
  size_t rows = (size_t)mysql_stmt_num_rows(stmt), n = 0;
  *out = malloc((rows + 1) * sizeof **out);
  while (*out && n < rows && !mysql_stmt_fetch(stmt)) {
    one.name = malloc(len + 1);
    if (!one.name)
      break;
    memcpy(one.name, name, len);
    one.name[len] = '\0';
    (*out)[n++] = one;
  }
  return n;
}

static size_t fetch(void *arg)
{
  conn *at = arg;
  bench_hand_person *persons = NULL;
  size_t n = mysql_stmt_execute(at->fetch) ? 0 : copy_persons(at->fetch, &persons);
  bool good = bench_take_persons(persons, n) || complain(at, at->fetch, "fetch");
  mysql_stmt_free_result(at->fetch);
  return good ? n : 0;
}

/* ---- a pipeline ------------------------------------------------------------------------------------------------ */

#if defined(MARIADB_PACKAGE_VERSION)
static bool send_one(MYSQL *mysql, bench_stream *stream)
{
  char sql[128];
  int64_t id = bench_stream_ask(stream);
  int len = stream->what == BENCH_INSERT
                ? snprintf(sql, sizeof sql, "INSERT INTO dusq_bench_log (note) VALUES ('%s')", bench_note)
                : snprintf(sql, sizeof sql, "SELECT name FROM dusq_bench_person WHERE id = %lld", (long long)id);
  return !mysql_send_query(mysql, sql, (unsigned long)len);
}

static bool take_answer(MYSQL *mysql, bench_stream *stream)
{
  if (mysql_read_query_result(mysql))
    return false;
  if (stream->what == BENCH_INSERT)
    return mysql_affected_rows(mysql) == 1 && bench_stream_answer(stream, NULL, 0);
  MYSQL_RES *result = mysql_store_result(mysql);
  MYSQL_ROW row = result ? mysql_fetch_row(result) : NULL;
  bool good = row && *row && bench_stream_answer(stream, *row, mysql_fetch_lengths(result)[0]);
  mysql_free_result(result);
  return good;
}

/* Once half of them have been answered, as many are sent.  Sending blocks, and so does the server when nobody reads:
 * what a socket does not hold would stop both for ever (on a unix socket, 1,024 did). */
static bool pipeline(void *arg, bench_stream *stream)
{
  enum { MOST_AHEAD = 256 };
  conn *at = arg;
  size_t ahead = stream->in_flight < MOST_AHEAD ? stream->in_flight : MOST_AHEAD;
  bool good = true;
  while (good) {
    bool refill = !atomic_load_explicit(stream->stop, memory_order_relaxed) &&
                  stream->sent - stream->done <= ahead / 2;
    while (good && refill && stream->sent - stream->done < ahead)
      good = send_one(at->mysql, stream);
    if (stream->sent == stream->done)
      break;
    good = good && take_answer(at->mysql, stream);
  }
  return good || complain(at, NULL, "a pipeline");
}
#define PIPELINE pipeline
#else
#define PIPELINE NULL
#endif

const bench_driver *bench_mysql_driver(void)
{
  static const bench_driver driver = {
      .name = "MySQL",
      .tables = "DROP TABLE IF EXISTS dusq_bench_person; DROP TABLE IF EXISTS dusq_bench_log;"
                "CREATE TABLE dusq_bench_person (id bigint PRIMARY KEY, name varchar(40) NOT NULL, score double NOT"
                " NULL) ENGINE=InnoDB;"
                "CREATE TABLE dusq_bench_log (id bigint AUTO_INCREMENT PRIMARY KEY, note varchar(40) NOT NULL)"
                " ENGINE=InnoDB",
      .settle = "ANALYZE TABLE dusq_bench_person",
      .connect = open_conn,
      .disconnect = close_conn,
      .describe = describe,
      .select = select_one,
      .insert = insert_one,
      .fetch = fetch,
      .begin = begin,
      .commit = commit,
      .pipeline = PIPELINE,
  };
  return &driver;
}

#else

const bench_driver *bench_mysql_driver(void)
{
  return NULL;
}

#endif
