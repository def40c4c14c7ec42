/* test_postgres_limit.c - max_result_bytes on PostgreSQL: what is nearly as large comes, what is far larger is stopped
 * on the way, and neighbours do not feel it; over a slow line, too.                                                  */
#include "unit/postgres_pools.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#define NEARLY "SELECT repeat('x', 1000) FROM generate_series(1, 15000)" /* of 16 MiB */
#define FAR_MORE "SELECT repeat('x', 1000) FROM generate_series(1, 400000)"

static void fits(dusq_future *take_future, size_t rows)
{
  dusq_result *result = NULL;
  CHECK_INT(dusq_future_wait(take_future, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_get(take_future, &result), DUSQ_OK);
  CHECK_INT(dusq_result_rows(result), rows);
  dusq_result_unref(result);
  dusq_future_unref(take_future);
}

/* Not gathered first: the server was stopped on the way. */
static void is_stopped(dusq_future *take_future)
{
  CHECK_INT(dusq_future_wait(take_future, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_status(take_future), DUSQ_E_LIMIT);
  const char *message = dusq_error_message(dusq_future_error(take_future));
  CHECK(message && strstr(message, "stopped"));
  dusq_future_unref(take_future);
}

static dusq_future *ask(dusq_pool *pool, dusq_session *session, const char *sql)
{
  return session ? dusq_session_query(session, sql, DUSQ_NO_PARAMS, NULL)
                 : dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL);
}

/* One by one, with neighbours in a batch, and in a transaction whose calls wait behind a moment, twice for those that
 * have to be prepared first.                                                                                         */
static void limit_over(const char *variable, const char *options)
{
  const char *uri = server_uri(variable, options);
  dusq_pool *pool = uri ? open_uri(uri) : NULL;
  if (!pool)
    return;
  dusq_session *session = dusq_pool_session(pool, NULL);
  for (int round = 0; round < 2; round++) {
    fits(ask(pool, NULL, NEARLY), 15000);
    is_stopped(ask(pool, NULL, FAR_MORE));
    dusq_future *all[] = {ask(pool, NULL, FAR_MORE), ask(pool, NULL, NEARLY), ask(pool, NULL, FAR_MORE),
                          ask(pool, NULL, "SELECT 1")};
    for (int i = 0; i < 4; i++)
      i % 2 ? fits(all[i], i < 3 ? 15000 : 1) : is_stopped(all[i]);
    dusq_future *inside[] = {ask(pool, session, "SELECT 1 FROM (SELECT pg_sleep(0.03)) s"),
                             dusq_session_begin(session, NULL, NULL), ask(pool, session, "SELECT 1"),
                             ask(pool, session, NEARLY), ask(pool, session, FAR_MORE)};
    for (int i = 0; i < 4; i++)
      i == 1 ? (void)outcome(inside[i]) : fits(inside[i], i < 3 ? 1 : 15000);
    is_stopped(inside[4]);
    CHECK_STR(outcome(ask(pool, session, "SELECT 1")), "TX_ABORTED");
    CHECK_STR(outcome(dusq_session_rollback(session)), "");
  }
  CHECK_STR(outcome(dusq_session_close(session)), "");
  dusq_session_unref(session);
  close_pool(pool);
}

static void test_result_limit(void)
{
  limit_over("DUSQ_TEST_POSTGRESQL", "pool_size=2&queue_timeout=300s&max_result_bytes=16MiB");
  limit_over("DUSQ_TEST_POSTGRESQL_SOCKET", "pool_size=2&queue_timeout=300s&max_result_bytes=16MiB&batch_min=1");
  limit_over("DUSQ_TEST_POSTGRESQL_SOCKET", "pool_size=2&queue_timeout=300s&max_result_bytes=16MiB&stmt_cache=0");
}

static void test_result_limit_in_batch(void)
{
  dusq_pool *pool = open_server("pool_size=1&batch_min=1&max_result_bytes=1MiB");
  if (!pool)
    return;
  CHECK_STR(query(pool, "SELECT repeat('x', 2000000)"), "LIMIT");
  CHECK_STR(GROUP(pool, "SELECT 1", "SELECT repeat('x', 2000000)", "SELECT 2"), "0/0[1] | LIMIT | 0/0[2]");
  int64_t connects = 0;
  CHECK_INT(dusq_pool_stat(pool, "connects", &connects), DUSQ_OK);
  CHECK_INT(connects, 1);
  close_pool(pool);
}

/* ---- a slow line ------------------------------------------------------------------------------------------------- */
/* Passes on what clients of 127.0.0.1:port say, at once, and what the server says until it has been FAST bytes on one
 * connection; from then on a little at each tick.                                                                    */
enum { LINES = 64, FAST = 16 << 20, LITTLE = 64 * 1024, TICK_MS = 10 };

typedef struct line {
  int client, server; /* -1: none */
  size_t passed;
} line;

typedef struct relay {
  unsigned short port, server;
  int listener, wake[2];
  size_t nlines;
  line lines[LINES];
  pthread_t thread;
} relay;

static int at_loopback(unsigned short port, bool listens)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  bool good = fd >= 0 && (listens ? !bind(fd, (struct sockaddr *)&address, sizeof address) && !listen(fd, LINES)
                                  : !connect(fd, (struct sockaddr *)&address, sizeof address));
  CHECK(good);
  return fd;
}

/* False: that side has gone. */
static bool pass(int from, int to, size_t most, size_t *passed)
{
  static char bytes[LITTLE]; /* the relay's thread only */
  ssize_t n = recv(from, bytes, most < sizeof bytes ? most : sizeof bytes, 0);
  for (ssize_t at = 0, sent = 0; at < n; at += sent)
    if ((sent = send(to, bytes + at, (size_t)(n - at), MSG_NOSIGNAL)) <= 0)
      return false;
  *passed += n > 0 ? (size_t)n : 0;
  return n > 0;
}

static void begin_line(relay *all)
{
  size_t i = 0;
  while (i < all->nlines && all->lines[i].client >= 0)
    i++;
  CHECK(i < LINES);
  if (i == LINES)
    return;
  all->nlines += i == all->nlines;
  all->lines[i] = (line){accept(all->listener, NULL, NULL), at_loopback(all->server, false), 0};
}

static void end_line(line *one)
{
  close(one->client);
  close(one->server);
  one->client = one->server = -1;
}

static void *relay_main(void *arg)
{
  relay *all = arg;
  size_t said = 0;
  bool over = false;
  while (!over) {
    struct pollfd fds[2 + 2 * LINES] = {{.fd = all->listener, .events = POLLIN},
                                        {.fd = all->wake[0], .events = POLLIN}};
    for (size_t i = 0; i < all->nlines; i++) {
      fds[2 + 2 * i] = (struct pollfd){.fd = all->lines[i].client, .events = POLLIN};
      fds[3 + 2 * i] = (struct pollfd){.fd = all->lines[i].server, .events = POLLIN};
    }
    int ready = poll(fds, 2 + 2 * all->nlines, -1);
    over = ready < 0 || fds[1].revents;
    bool slow = false;
    for (size_t i = 0; i < all->nlines; i++) {
      line *one = &all->lines[i];
      bool stays = !fds[2 + 2 * i].revents || pass(one->client, one->server, LITTLE, &said);
      slow |= fds[3 + 2 * i].revents && one->passed >= FAST;
      if (!stays || (fds[3 + 2 * i].revents && !pass(one->server, one->client, LITTLE, &one->passed)))
        end_line(one);
    }
    if (!over && fds[0].revents)
      begin_line(all);
    if (slow)
      poll(&fds[1], 1, TICK_MS);
  }
  for (size_t i = 0; i < all->nlines; i++)
    if (all->lines[i].client >= 0)
      end_line(&all->lines[i]);
  return NULL;
}

static bool relay_start(relay *all, unsigned short server)
{
  struct sockaddr_in address;
  socklen_t len = sizeof address;
  *all = (relay){.server = server, .listener = at_loopback(0, true)};
  bool good = !getsockname(all->listener, (struct sockaddr *)&address, &len) && !pipe(all->wake) &&
              !pthread_create(&all->thread, NULL, relay_main, all);
  CHECK(good);
  all->port = ntohs(address.sin_port);
  return good;
}

static void relay_end(relay *all)
{
  close(all->wake[1]); /* the other end is readable then, for good */
  pthread_join(all->thread, NULL);
  close(all->wake[0]);
  close(all->listener);
}

/* The server's URI, by way of the relay. */
static const char *through(relay *all, const char *options)
{
  static char uri[URI_SIZE];
  const char *given = server_uri("DUSQ_TEST_POSTGRESQL", NULL);
  unsigned port = 0;
  int before = 0, behind = 0;
  if (!given)
    return NULL;
  CHECK_INT(sscanf(given, "%*[a-z]://%*[^:]:%*[^@]@127.0.0.1%n:%u%n", &before, &port, &behind), 1);
  if (!port || !relay_start(all, (unsigned short)port))
    return NULL;
  snprintf(uri, sizeof uri, "%.*s:%u%s?%s", before, given, all->port, given + behind, options);
  return uri;
}

/* The server notices a cancel between two rows, and what it has sent by then takes longer than cancel_grace: the one
 * that is too large says so, and those in its batch are as if it had not been there.                                */
static void test_slow_line(void)
{
  enum { GRACE_MS = 250 };
  static relay line_to;
  const char *uri = through(&line_to, "pool_size=1&batch_min=1&max_result_bytes=1MiB&sslmode=disable");
  dusq_pool *pool = uri ? open_uri(uri) : NULL;
  if (!pool)
    return;
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS pg_slow; CREATE TABLE pg_slow (a int)"), "0/0 0/0");
  dusq_future *before = ask(pool, NULL, "INSERT INTO pg_slow VALUES (1)");
  dusq_future *large = ask(pool, NULL, FAR_MORE);
  dusq_future *behind = ask(pool, NULL, "INSERT INTO pg_slow VALUES (2)");
  int64_t start = clock_now();
  CHECK_STR(outcome(before), "1/0");
  is_stopped(large);
  CHECK(clock_now() - start > GRACE_MS * MS); /* or the line was not slow */
  CHECK_STR(outcome(behind), "1/0");
  CHECK_INT(number(pool, "SELECT sum(a) FROM pg_slow"), 3);
  int64_t connects = 0;
  CHECK_INT(dusq_pool_stat(pool, "connects", &connects), DUSQ_OK);
  CHECK_INT(connects, 1);
  CHECK_STR(query(pool, "DROP TABLE pg_slow"), "0/0");
  close_pool(pool);
  relay_end(&line_to);
}

void suite_postgres_limit(void);
void suite_postgres_limit(void)
{
  test_suite("postgres_limit");
  test_case("result_limit", test_result_limit);
  test_case("result_limit_in_batch", test_result_limit_in_batch);
  test_case("slow_line", test_slow_line);
}
