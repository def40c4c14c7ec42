/* test_postgres_environment.c - what the environment and libpq's files may say about a connection: with from_env what
 * they say to libpq, and nothing without.                                                                           */
#include "unit/postgres_pools.h"
#include <libpq-fe.h>
#include <unistd.h>

typedef struct place {
  const char *host, *port, *user, *password, *database;
  PQconninfoOption *all;
} place;

static const char *part(const PQconninfoOption *all, const char *key)
{
  for (; all->keyword; all++)
    if (!strcmp(all->keyword, key))
      return all->val;
  return NULL;
}

static bool find_server(place *out)
{
  const char *uri = server_uri("DUSQ_TEST_POSTGRESQL", NULL);
  out->all = uri ? PQconninfoParse(uri, NULL) : NULL;
  if (!out->all)
    return false;
  out->host = part(out->all, "host");
  out->port = part(out->all, "port");
  out->user = part(out->all, "user");
  out->password = part(out->all, "password");
  out->database = part(out->all, "dbname");
  return true;
}

/* ---- with from_env ------------------------------------------------------------------------------------------------- */

/* What is dusq's own in any case. */
static bool is_ours(const char *key)
{
  static const char *const keys[] = {"client_encoding", "options", "fallback_application_name", "require_auth", NULL};
  for (const char *const *one = keys; *one; one++)
    if (!strcmp(*one, key))
      return true;
  return false;
}

typedef struct comparison {
  PQconninfoOption *expected;
  char differs[300];
} comparison;

static dusq_result *look(dusq_conn *conn, void *arg)
{
  comparison *with = arg;
  PQconninfoOption *all = PQconninfo(dusq_conn_native(conn));
  for (const PQconninfoOption *one = all; one->keyword; one++) {
    const char *value = part(with->expected, one->keyword);
    const char *a = one->val ? one->val : "", *b = value ? value : "";
    if (!is_ours(one->keyword) && strcmp(a, b) != 0)
      snprintf(with->differs, sizeof with->differs, "%s is \"%s\", libpq's is \"%s\"", one->keyword, a, b);
  }
  PQconninfoFree(all);
  return NULL;
}

/* By hand and by dusq with the same four or fewer parts; the variables say the rest. */
static void compare(const char *what, const char *host, const place *at, const char *uri)
{
  const char *keys[] = {"user", "password", "dbname", host ? "host" : NULL, NULL};
  const char *values[] = {at->user, at->password, at->database, host, NULL};
  PGconn *pg = PQconnectdbParams(keys, values, 0);
  bool connected = PQstatus(pg) == CONNECTION_OK;
  comparison with = {.expected = PQconninfo(pg)};
  char told[700];
  dusq_pool *pool = NULL;
  dusq_error *error = NULL;
  if (dusq_pool_open_uri(uri, &pool, &error)) { /* libpq makes no sense of it, either */
    CHECK_INT(dusq_error_status(error), DUSQ_E_CONFIG);
    snprintf(told, sizeof told, "%s: by hand %s, dusq %s", what, connected ? "connected" : PQerrorMessage(pg),
             dusq_error_message(error));
    test_check(!connected && !strncmp(PQerrorMessage(pg), dusq_error_message(error),
                                      strlen(dusq_error_message(error))),
               told, __FILE__, __LINE__);
    dusq_error_unref(error);
    PQconninfoFree(with.expected);
    PQfinish(pg);
    return;
  }
  dusq_future *future = dusq_pool_run(pool, look, &with, NULL, NULL);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  snprintf(told, sizeof told, "%s: by hand %s, dusq %s (%s) %s", what, connected ? "connected" : PQerrorMessage(pg),
           dusq_status_name(dusq_future_status(future)), dusq_error_message(dusq_future_error(future)), with.differs);
  test_check(connected == (dusq_future_status(future) == DUSQ_OK) && !*with.differs, told, __FILE__, __LINE__);
  dusq_future_unref(future);
  close_pool(pool);
  PQconninfoFree(with.expected);
  PQfinish(pg);
}

static const struct {
  const char *name, *value;
} variables[] = {
    {"PGAPPNAME", "other"},          {"PGSSLMODE", "require"},       {"PGSSLMODE", "disable"},
    {"PGSSLMODE", "allow"},          {"PGSSLMODE", "verify-full"}, /* without a certificate it is refused */
    {"PGREQUIRESSL", "1"},           {"PGCHANNELBINDING", "require"}, {"PGCHANNELBINDING", "disable"},
    {"PGTARGETSESSIONATTRS", "primary"}, {"PGTARGETSESSIONATTRS", "standby"}, {"PGTARGETSESSIONATTRS", "nonsense"},
    {"PGTARGETSESSIONATTRS", "prefer-standby"}, {"PGCONNECT_TIMEOUT", "7"}, {"PGGSSENCMODE", "require"},
    {"PGGSSENCMODE", "disable"},     {"PGSSLCERT", "/nosuch/cert"},  {"PGSSLKEY", "/nosuch/key"},
    {"PGSSLCRL", "/nosuch/crl"},     {"PGSSLCRLDIR", "/nosuch"},     {"PGSSLSNI", "0"},
    {"PGSSLCOMPRESSION", "1"},       {"PGREQUIREPEER", "nobody"},    {"PGSSLMINPROTOCOLVERSION", "TLSv1.3"},
    {"PGSSLMAXPROTOCOLVERSION", "TLSv1.2"}, {"PGKRBSRVNAME", "other"}, {"PGGSSLIB", "gssapi"},
    {"PGPASSFILE", "/nosuch/passfile"}, {"PGOPTIONS", "-c work_mem=128kB"}, {"PGSERVICE", "nosuch"},
    {"PGCLIENTENCODING", "LATIN1"},  {"PGLOADBALANCEHOSTS", "random"}, {"PGREQUIREAUTH", "scram-sha-256"},
    {"PGREQUIREAUTH", "none"},       {"PGSSLCERTMODE", "disable"},   {"PGGSSDELEGATION", "1"},
    {"PGSSLNEGOTIATION", "postgres"}, {"PGMINPROTOCOLVERSION", "3.0"}, {"PGMAXPROTOCOLVERSION", "latest"},
    {"PGHOSTADDR", "127.0.0.1"},     {"PGSSLROOTCERT", NULL /* another CA, and verify-full */}};

static void test_from_env(void)
{
  place at;
  const char *other = getenv("DUSQ_TEST_TLS_OTHER_CA");
  if (!find_server(&at) || !other)
    return;
  char uri[URI_SIZE];
  snprintf(uri, sizeof uri, "postgresql://%s:%s@%s/%s?from_env=on&pool_size=1", at.user, at.password, at.host,
           at.database);
  setenv("PGPORT", at.port, 1);
  compare("PGPORT", at.host, &at, uri);
  for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
    bool root = !variables[i].value;
    setenv(variables[i].name, root ? other : variables[i].value, 1);
    if (root)
      setenv("PGSSLMODE", "verify-full", 1);
    compare(variables[i].name, at.host, &at, uri);
    unsetenv(variables[i].name);
    unsetenv("PGSSLMODE");
  }
  setenv("PGPORT", "1", 1);
  compare("another PGPORT", at.host, &at, uri);
  setenv("PGPORT", at.port, 1);
  setenv("PGHOST", at.host, 1);
  snprintf(uri, sizeof uri, "postgresql://%s:%s@/%s?from_env=on&pool_size=1", at.user, at.password, at.database);
  compare("PGHOST", NULL, &at, uri);
  setenv("PGUSER", at.user, 1);
  setenv("PGPASSWORD", at.password, 1);
  setenv("PGDATABASE", at.database, 1);
  place nothing = {NULL, NULL, NULL, NULL, NULL, NULL};
  compare("PGUSER, PGPASSWORD, PGDATABASE", NULL, &nothing, "postgresql:///?from_env=on&pool_size=1");
  static const char *const names[] = {"PGPORT", "PGHOST", "PGUSER", "PGPASSWORD", "PGDATABASE"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    unsetenv(names[i]);
  PQconninfoFree(at.all);
}

static void test_service(void)
{
  place at;
  if (!find_server(&at))
    return;
  char uri[URI_SIZE], path[] = "/tmp/dusq-service-XXXXXX";
  int fd = mkstemp(path);
  FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
  CHECK(file != NULL);
  if (!file)
    return;
  fprintf(file, "[mine]\nhost=%s\nport=%s\nsslmode=require\napplication_name=served\nkeepalives=0\n"
                "target_session_attrs=primary\n[theirs]\nhost=%s\nport=%s\nsslmode=verify-full\n",
          at.host, at.port, at.host,
          at.port);
  fclose(file);
  setenv("PGSERVICEFILE", path, 1);
  snprintf(uri, sizeof uri, "postgresql://%s:%s@/%s?from_env=on&pool_size=1", at.user, at.password, at.database);
  setenv("PGSERVICE", "mine", 1);
  compare("the service mine", NULL, &at, uri);
  setenv("PGSERVICE", "theirs", 1);
  compare("the service theirs", NULL, &at, uri);
  unsetenv("PGSERVICE");
  unsetenv("PGSERVICEFILE");
  unlink(path);
  PQconninfoFree(at.all);
}

/* What libpq cannot make sense of does not pass by itself: it is no connection that failed, and opening says so. */
static void test_nonsense(void)
{
  static const struct {
    const char *name, *value, *told;
  } all[] = {{"PGSSLMODE", "bogus", "bogus"},
             {"PGCHANNELBINDING", "bogus", "bogus"},
             {"PGTARGETSESSIONATTRS", "bogus", "bogus"},
             {"PGGSSENCMODE", "bogus", "bogus"},
             {"PGPORT", "bogus", "bogus"},
             {"PGPORT", "99999", "99999"},
             {"PGSSLMAXPROTOCOLVERSION", "bogus", "bogus"},
             {"PGSERVICE", "missing", "missing"},
             {"PGSERVICEFILE", "/dev/null/none", "/dev/null/none"}};
  place at;
  char uri[URI_SIZE], message[600];
  if (!find_server(&at))
    return;
  snprintf(uri, sizeof uri, "postgresql://%s:%s@%s/%s?from_env=on", at.user, at.password, at.host, at.database);
  setenv("PGPORT", at.port, 1);
  CHECK_INT(refusal(uri, message), DUSQ_OK);
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    bool file = !strcmp(all[i].name, "PGSERVICEFILE");
    if (file)
      setenv("PGSERVICE", "mine", 1);
    setenv(all[i].name, all[i].value, 1);
    CHECK_INT(refusal(uri, message), DUSQ_E_CONFIG);
    char what[700];
    snprintf(what, sizeof what, "%s: %s", all[i].name, message);
    test_check(strstr(message, all[i].told) != NULL, what, __FILE__, __LINE__);
    unsetenv(all[i].name);
    unsetenv("PGSERVICE");
    setenv("PGPORT", at.port, 1);
  }
  setenv("PGHOSTADDR", "127.0.0.1", 1);
  CHECK_INT(refusal(uri, message), DUSQ_OK);
  setenv("PGSSLMODE", "bogus", 1);
  CHECK_INT(refusal(uri, message), DUSQ_E_CONFIG);
  unsetenv("PGSSLMODE");
  unsetenv("PGHOSTADDR");
  unsetenv("PGPORT");
  PQconninfoFree(at.all);
}

/* Where dusq's own rules and the environment meet, the stricter win. */
static void test_stricter(void)
{
  const char *ca = getenv("DUSQ_TEST_TLS_CA"), *other = getenv("DUSQ_TEST_TLS_OTHER_CA");
  if (!server_uri("DUSQ_TEST_POSTGRESQL", NULL) || !ca || !other)
    return;
  char message[600], options[URI_SIZE];
  setenv("PGSSLROOTCERT", other, 1); /* a certificate: everything is checked */
  CHECK_INT(refusal(server_uri("DUSQ_TEST_POSTGRESQL", "from_env=on"), message), DUSQ_E_TLS);
  setenv("PGSSLROOTCERT", ca, 1);
  CHECK_INT(refusal(server_uri("DUSQ_TEST_POSTGRESQL", "from_env=on"), message), DUSQ_OK);
  unsetenv("PGSSLROOTCERT");
  setenv("PGSSLMODE", "disable", 1);
  snprintf(options, sizeof options, "from_env=on&sslrootcert=%s", other);
  CHECK_INT(refusal(server_uri("DUSQ_TEST_POSTGRESQL", options), message), DUSQ_E_TLS);
  setenv("PGSSLMODE", "verify-full", 1);
  setenv("PGSSLROOTCERT", other, 1);
  CHECK_INT(refusal(server_uri("DUSQ_TEST_POSTGRESQL", "from_env=on&sslmode=disable"), message), DUSQ_OK); /* it is said */
  unsetenv("PGSSLROOTCERT");
  unsetenv("PGSSLMODE");
  setenv("PGOPTIONS", "-c work_mem=128kB -c DateStyle=SQL", 1);
  setenv("PGTZ", "Asia/Tokyo", 1);
  dusq_pool *pool = open_server("from_env=on&pool_size=1");
  CHECK_STR(query(pool, "SHOW work_mem"), "0/0[128kB]");
  CHECK_STR(query(pool, "SHOW DateStyle"), "0/0[ISO, MDY]");
  CHECK_STR(query(pool, "SHOW TimeZone"), "0/0[Asia/Tokyo]");
  CHECK_STR(query(pool, "SHOW client_encoding"), "0/0[UTF8]");
  close_pool(pool);
  unsetenv("PGOPTIONS");
  unsetenv("PGTZ");
}

/* ---- without ------------------------------------------------------------------------------------------------------- */

/* Nothing changes, or opening names what would change it. */
static void test_no_env(void)
{
  const char *other = getenv("DUSQ_TEST_TLS_OTHER_CA"), *base = server_uri("DUSQ_TEST_POSTGRESQL", "pool_size=1");
  if (!base || !other)
    return;
  char uri[URI_SIZE], message[600];
  snprintf(uri, sizeof uri, "%s", base);
  for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
    setenv(variables[i].name, variables[i].value ? variables[i].value : other, 1);
    dusq_status status = refusal(uri, message);
    bool named = status == DUSQ_E_CONFIG && strstr(message, variables[i].name);
    char told[700];
    snprintf(told, sizeof told, "%s: %s (%s)", variables[i].name, dusq_status_name(status), message);
    test_check(!status || named, told, __FILE__, __LINE__);
    if (!status) {
      dusq_pool *pool = open_uri(uri);
      CHECK_STR(query(pool, "SELECT current_setting('application_name') || ssl || current_setting('work_mem') || "
                            "current_setting('client_encoding') FROM pg_stat_ssl WHERE pid = pg_backend_pid()"),
                "0/0[dusqtrue4MBUTF8]");
      close_pool(pool);
    }
    unsetenv(variables[i].name);
  }
  setenv("PGGEQO", "off", 1);
  CHECK_INT(refusal(uri, message), DUSQ_E_CONFIG);
  CHECK(strstr(message, "PGGEQO") != NULL);
  unsetenv("PGGEQO");
}

void suite_postgres_environment(void);
void suite_postgres_environment(void)
{
  test_suite("postgres_environment");
  test_case("from_env", test_from_env);
  test_case("service", test_service);
  test_case("nonsense", test_nonsense);
  test_case("stricter", test_stricter);
  test_case("no_env", test_no_env);
}
