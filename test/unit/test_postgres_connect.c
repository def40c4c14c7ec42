/* test_postgres_connect.c - what is needed for a connection to PostgreSQL, and what must never happen on the way. */
#include "unit/peer.h"
#include "unit/postgres_pools.h"

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
  static const peer_step script[] = {{PEER_HOLD, NULL, 0}};
  static peer silent;
  if (!peer_play(&silent, script, 1))
    return;
  snprintf(changed, sizeof changed, "%.*s@127.0.0.1:%u,%s?sslmode=disable&connect_timeout=2s", (int)(at - uri), uri,
           silent.port, at + 1);
  pool = open_uri(changed);
  CHECK_STR(query(pool, "SELECT 1"), "0/0[1]");
  close_pool(pool);
  peer_end(&silent);
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

/* ---- min_connections ----------------------------------------------------------------------------------------------- */
/* They are there without a request, and when the server has ended them, they are made anew. */
static void test_prefill(void)
{
  static const char count[] = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg_prefill'";
  dusq_pool *pool = open_server("pool_size=5&min_connections=3&application_name=pg_prefill&idle_timeout=100ms");
  if (!pool)
    return;
  dusq_pool *admin = open_admin();
  CHECK(number_becomes(admin, count, 3, LONG_WAIT) >= 0);
  CHECK_STR(query(admin, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                         "WHERE application_name = 'pg_prefill'"),
            "0/0[3]");
  int64_t connects = 0;
  for (int64_t begin = test_now(); connects < 6 && test_now() - begin < LONG_WAIT;)
    CHECK_INT(dusq_pool_stat(pool, "connects", &connects), DUSQ_OK);
  CHECK_INT(connects, 6);
  CHECK(number_becomes(admin, count, 3, LONG_WAIT) >= 0);
  int64_t failed = -1;
  CHECK_INT(dusq_pool_stat(pool, "failed", &failed), DUSQ_OK);
  CHECK_INT(failed, 0);
  close_pool(admin);
  close_pool(pool);
}

/* ---- secrets ---------------------------------------------------------------------------------------------------------- */
/* Whoever asks for the password in clear, without TLS, does not get it. */
static void test_clear_text_password(void)
{
  static const char *const modes[] = {"disable", "prefer", "require", "verify-full"};
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    static const peer_step script[] = {
        {PEER_START, NULL, 0}, {PEER_SAY, "R\0\0\0\x08\0\0\0\x03", 9}, {PEER_HOLD, NULL, 0}};
    static peer one;
    char uri[200], message[600];
    if (!peer_play(&one, script, sizeof script / sizeof *script))
      return;
    snprintf(uri, sizeof uri, "postgresql://me:s3cr3t@127.0.0.1:%u/db?sslmode=%s&connect_timeout=3s", one.port,
             modes[i]);
    dusq_status status = refusal(uri, message);
    CHECK(status == DUSQ_E_AUTH || status == DUSQ_E_TLS);
    CHECK(!strstr(message, "s3cr3t"));
    peer_end(&one);
    CHECK(one.conns > 0 && !peer_heard(&one, "s3cr3t"));
  }
}

/* A server that takes the connection and says nothing. */
static void test_silent_port(void)
{
  static const peer_step script[] = {{PEER_HOLD, NULL, 0}};
  static peer one;
  char uri[200], message[600];
  if (!peer_play(&one, script, 1))
    return;
  snprintf(uri, sizeof uri, "postgresql://me@127.0.0.1:%u/db?sslmode=disable&connect_timeout=300ms", one.port);
  int64_t start = test_now();
  CHECK_INT(refusal(uri, message), DUSQ_E_CONNECT);
  CHECK(test_now() - start < 3 * DUSQ_SECOND);
  peer_end(&one);
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
  test_case("prefill", test_prefill);
  test_case("clear_text_password", test_clear_text_password);
  test_case("silent_port", test_silent_port);
}
