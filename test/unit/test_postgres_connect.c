/* test_postgres_connect.c - what is needed for a connection to PostgreSQL, and what must never happen on the way. */
#include "unit/postgres_pools.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* The outcome of a query that gets no connection; its message in `message`. */
static dusq_status refusal(const char *uri, char message[600])
{
  dusq_pool *pool = NULL;
  dusq_error *error = NULL;
  dusq_status status = dusq_pool_open_uri(uri, &pool, &error);
  if (status) {
    snprintf(message, 600, "%s", dusq_error_message(error));
    dusq_error_unref(error);
    return status;
  }
  dusq_future *future = dusq_pool_query(pool, "SELECT 1", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  status = dusq_future_status(future);
  snprintf(message, 600, "%s", dusq_error_message(dusq_future_error(future)));
  dusq_future_unref(future);
  close_pool(pool);
  return status;
}

/* ---- a server that is up to no good -------------------------------------------------------------------------------- */
typedef struct rogue {
  int listener;
  unsigned short port;
  const char *answer; /* to the start-up message */
  size_t answer_len;
  bool close_first;   /* answer nothing at all */
  char heard[4096];   /* all that was said */
  size_t len;
  pthread_t thread;
} rogue;

/* Reads what comes within a moment. */
static void hear(rogue *one, int fd)
{
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  while (one->len < sizeof one->heard && poll(&ready, 1, 300) > 0) {
    ssize_t n = read(fd, one->heard + one->len, sizeof one->heard - one->len);
    if (n <= 0)
      return;
    one->len += (size_t)n;
  }
}

static void serve(rogue *one, int fd)
{
  char request[8];
  if (read(fd, request, sizeof request) == 8 && request[4] == 4 && request[5] == (char)0xd2) /* SSLRequest */
    (void)!write(fd, "N", 1);
  hear(one, fd); /* the start-up message */
  (void)!write(fd, one->answer, one->answer_len);
  hear(one, fd);
}

static void *rogue_main(void *arg)
{
  rogue *one = arg;
  struct pollfd ready = {.fd = one->listener, .events = POLLIN};
  while (poll(&ready, 1, 2000) > 0) {
    int fd = accept(one->listener, NULL, NULL);
    if (fd < 0)
      break;
    if (!one->close_first)
      serve(one, fd);
    close(fd);
  }
  return NULL;
}

static bool rogue_start(rogue *one)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  one->listener = socket(AF_INET, SOCK_STREAM, 0);
  bool good = one->listener >= 0 && !bind(one->listener, (struct sockaddr *)&address, size) &&
              !listen(one->listener, 8) && !getsockname(one->listener, (struct sockaddr *)&address, &size) &&
              !pthread_create(&one->thread, NULL, rogue_main, one);
  one->port = ntohs(address.sin_port);
  CHECK(good);
  return good;
}

static void rogue_end(rogue *one)
{
  shutdown(one->listener, SHUT_RDWR);
  close(one->listener);
  pthread_join(one->thread, NULL);
}

/* ---- errors of connecting ------------------------------------------------------------------------------------------ */
static void test_errors(void)
{
  const char *uri = server_uri("DUSQ_TEST_POSTGRESQL", NULL);
  if (!uri)
    return;
  char message[600], changed[URI_SIZE];
  const char *at = strrchr(uri, '@'), *slash = strrchr(uri, '/');
  snprintf(changed, sizeof changed, "%.*ss3cr3t%s", (int)(at - uri), uri, at);
  CHECK_INT(refusal(changed, message), DUSQ_E_AUTH);
  CHECK(!strstr(message, "s3cr3t"));
  snprintf(changed, sizeof changed, "%.*s/nosuchdatabase", (int)(slash - uri), uri);
  CHECK_INT(refusal(changed, message), DUSQ_E_NO_SUCH_OBJECT);
  CHECK(strstr(message, "nosuchdatabase") != NULL);
  CHECK_INT(refusal("postgresql://u:s3cr3t@127.0.0.1:1/db", message), DUSQ_E_CONNECT);
  CHECK(strstr(message, "127.0.0.1") && !strstr(message, "s3cr3t"));
  CHECK_INT(refusal("postgresql://u:s3cr3t@nosuchhost.invalid/db", message), DUSQ_E_CONNECT);
  CHECK_INT(refusal("postgresql://u@127.0.0.1:1/db?nonsense=1", message), DUSQ_E_URI);
  CHECK_INT(refusal("postgresql://u@/db?host=/nosuch/directory", message), DUSQ_E_CONNECT);
}

/* The first host that answers is taken. */
static void test_several_hosts(void)
{
  const char *uri = server_uri("DUSQ_TEST_POSTGRESQL", NULL);
  if (!uri)
    return;
  char changed[URI_SIZE];
  const char *at = strrchr(uri, '@');
  snprintf(changed, sizeof changed, "%.*s@127.0.0.1:1,%s?target_session_attrs=read-write", (int)(at - uri), uri,
           at + 1);
  dusq_pool *pool = open_uri(changed);
  CHECK_STR(query(pool, "SELECT 1"), "0/0[1]");
  close_pool(pool);
  rogue silent = {.answer = "", .answer_len = 0};
  if (!rogue_start(&silent))
    return;
  snprintf(changed, sizeof changed, "%.*s@127.0.0.1:%u,%s?sslmode=disable&connect_timeout=2s", (int)(at - uri), uri,
           silent.port, at + 1);
  pool = open_uri(changed);
  CHECK_STR(query(pool, "SELECT 1"), "0/0[1]");
  close_pool(pool);
  rogue_end(&silent);
}

static void test_driver_suffix(void)
{
  const char *uri = server_uri("DUSQ_TEST_POSTGRESQL", NULL);
  if (!uri)
    return;
  char changed[URI_SIZE];
  snprintf(changed, sizeof changed, "postgresql+asyncpg%s", strchr(uri, ':'));
  dusq_pool *pool = open_uri(changed);
  CHECK_STR(query(pool, "SELECT 1"), "0/0[1]");
  close_pool(pool);
}

/* What the environment says is not heeded; where libpq cannot be told so, opening fails and names the variable. */
static void test_environment(void)
{
  static const struct {
    const char *name, *value;
    bool refused;
  } variables[] = {{"PGSSLMODE", "verify-full", false}, {"PGDATESTYLE", "SQL, DMY", false},
                   {"PGTZ", "Asia/Tokyo", false},
                   {"PGPORT", "1", false},              {"PGDATABASE", "nosuch", false},    {"PGUSER", "nobody", false},
                   {"PGOPTIONS", "-c work_mem=64", false}, {"PGAPPNAME", "other", false},   {"PGPASSWORD", "no", false},
                   {"PGCONNECT_TIMEOUT", "1", false},   {"PGTARGETSESSIONATTRS", "standby", false},
                   {"PGSERVICE", "nosuch", true},       {"PGHOSTADDR", "127.0.0.9", true}};
  const char *uri = server_uri("DUSQ_TEST_POSTGRESQL", NULL);
  if (!uri)
    return;
  for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
    setenv(variables[i].name, variables[i].value, 1);
    char message[600];
    dusq_status status = refusal(uri, message);
    test_check_int(status, variables[i].refused ? DUSQ_E_CONFIG : DUSQ_OK, variables[i].name, __FILE__, __LINE__);
    CHECK(!variables[i].refused || strstr(message, variables[i].name));
    if (!variables[i].refused) {
      dusq_pool *pool = open_uri(uri);
      CHECK_STR(query(pool, "SELECT date '2024-02-29' || ' ' || now() LIKE '2024-02-29 20%+00'"), "0/0[true]");
      CHECK_STR(query(pool, "SELECT ARRAY['2024-02-29 12:00+00'::timestamptz]"), "0/0[{\"2024-02-29 12:00:00+00\"}]");
      close_pool(pool);
    }
    unsetenv(variables[i].name);
  }
}

/* ---- TLS ----------------------------------------------------------------------------------------------------------- */
static void test_tls(void)
{
  const char *ca = getenv("DUSQ_TEST_TLS_CA"), *other = getenv("DUSQ_TEST_TLS_OTHER_CA");
  const char *tls = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
  if (!server_uri("DUSQ_TEST_POSTGRESQL", NULL) || !ca || !other)
    return;
  char options[URI_SIZE], message[600];
  dusq_pool *pool = open_server("sslmode=disable");
  CHECK_STR(query(pool, tls), "0/0[false]");
  close_pool(pool);
  static const char *const modes[] = {"sslmode=prefer", "sslmode=require", "sslmode=verify-ca&sslrootcert=%s",
                                      "sslmode=verify-full&sslrootcert=%s", "sslrootcert=%s"};
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    char *mark = strstr(modes[i], "%s");
    snprintf(options, sizeof options, "%.*s%s", (int)(mark ? (size_t)(mark - modes[i]) : strlen(modes[i])), modes[i],
             mark ? ca : "");
    pool = open_server(options);
    CHECK_STR(query(pool, tls), "0/0[true]");
    close_pool(pool);
    if (!mark)
      continue;
    snprintf(options, sizeof options, "%.*s%s", (int)(mark - modes[i]), modes[i], other);
    CHECK_INT(refusal(server_uri("DUSQ_TEST_POSTGRESQL", options), message), DUSQ_E_TLS);
  }
  CHECK_INT(refusal(server_uri("DUSQ_TEST_POSTGRESQL", "sslmode=verify-full"), message), DUSQ_E_TLS);
}

/* ---- secrets ---------------------------------------------------------------------------------------------------------- */
static bool heard(const rogue *one, const char *what)
{
  size_t len = strlen(what);
  for (size_t i = 0; i + len <= one->len; i++)
    if (!memcmp(one->heard + i, what, len))
      return true;
  return false;
}

/* Whoever asks for the password in clear, without TLS, does not get it. */
static void test_clear_text_password(void)
{
  static const char *const modes[] = {"disable", "prefer", "require", "verify-full"};
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    rogue one = {.answer = "R\0\0\0\x08\0\0\0\x03", .answer_len = 9};
    char uri[200], message[600];
    if (!rogue_start(&one))
      return;
    snprintf(uri, sizeof uri, "postgresql://me:s3cr3t@127.0.0.1:%u/db?sslmode=%s&connect_timeout=3s", one.port,
             modes[i]);
    dusq_status status = refusal(uri, message);
    CHECK(status == DUSQ_E_AUTH || status == DUSQ_E_TLS);
    CHECK(!strstr(message, "s3cr3t"));
    rogue_end(&one);
    CHECK(!heard(&one, "s3cr3t"));
  }
}

/* A server that takes the connection and says nothing. */
static void test_silent_port(void)
{
  rogue one = {.answer = "", .answer_len = 0};
  char uri[200], message[600];
  if (!rogue_start(&one))
    return;
  snprintf(uri, sizeof uri, "postgresql://me@127.0.0.1:%u/db?sslmode=disable&connect_timeout=300ms", one.port);
  int64_t start = clock_now();
  CHECK_INT(refusal(uri, message), DUSQ_E_CONNECT);
  CHECK(clock_now() - start < 3 * DUSQ_SECOND);
  rogue_end(&one);
}

void suite_postgres_connect(void);
void suite_postgres_connect(void)
{
  test_suite("postgres_connect");
  test_case("errors", test_errors);
  test_case("several_hosts", test_several_hosts);
  test_case("driver_suffix", test_driver_suffix);
  test_case("environment", test_environment);
  test_case("tls", test_tls);
  test_case("clear_text_password", test_clear_text_password);
  test_case("silent_port", test_silent_port);
}
