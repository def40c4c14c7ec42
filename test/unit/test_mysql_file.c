/* test_mysql_file.c - option files: read_default_file and read_default_group, and that nothing else decides. */
#include "mysql_rig.h"

/* The parts of a server's URI. */
typedef struct account {
  char user[64], password[64], database[64], path[256];
  unsigned port;
} account;

static bool find_account(account *out)
{
  const char *tcp = getenv(current->variable), *local;
  char variable[64];
  memset(out, 0, sizeof *out);
  snprintf(variable, sizeof variable, "%s_SOCKET", current->variable);
  local = getenv(variable);
  local = local ? strstr(local, "unix_socket=") : NULL;
  return tcp && local && sscanf(local, "unix_socket=%255[^&]", out->path) == 1 &&
         sscanf(tcp, "mysql://%63[^:]:%63[^@]@127.0.0.1:%u/%63[^?]", out->user, out->password, &out->port,
                out->database) == 4;
}

/* A URI that names the file, and with `before` ahead of it. */
static const char *uri_with(const char *before, const char *text, const char *more)
{
  static char uri[2 * URI_SIZE];
  char path[512];
  const char *ca = getenv("DUSQ_TEST_TLS_CA");
  bool verify = !current->mariadb && ca; /* see uri_of */
  snprintf(path, sizeof path, "%s/options.cnf", test_tmpdir());
  FILE *file = fopen(path, "w");
  CHECK(file && fputs(text, file) >= 0);
  if (file)
    fclose(file);
  snprintf(uri, sizeof uri, "%s?pool_size=1&read_default_file=%s%s%s%s", before, path, more,
           verify ? "&sslrootcert=" : "", verify ? ca : "");
  return uri;
}

static const char who[] = "SELECT USER(), DATABASE()";

/* Who one is with the file, and how one came there: 127.0.0.1 is TCP, localhost is the socket. */
static void check_who(const char *before, const char *text, const char *more, const char *expected)
{
  dusq_pool *pool = open_uri(uri_with(before, text, more));
  CHECK_STR(query(pool, who), expected);
  close_pool(pool);
}

static void whole_file(void)
{
  account a;
  char text[1024];
  if (!find_account(&a))
    return;
  snprintf(text, sizeof text, "# a comment\n[client]\nuser = %s\npassword=%s\nhost=127.0.0.1\nport=%u\ndatabase=%s\n",
           a.user, a.password, a.port, a.database);
  check_who("mysql://", text, "", "0/0[text:dusq@127.0.0.1,text:dusq]");
  check_who("mysql://", text, "&read_default_group=absent", "0/0[text:dusq@127.0.0.1,text:dusq]");
  snprintf(text, sizeof text, "[client]\nuser=%s\npassword=\"%s\"\nsocket=%s\n", a.user, a.password, a.path);
  check_who("mysql://", text, "", "0/0[text:dusq@localhost,null:]");
  check_who("mysql:///dusq", text, "", "0/0[text:dusq@localhost,text:dusq]");
  snprintf(text, sizeof text, "[client]\nuser=%s\npassword='%s'\nhost=localhost\nsocket=%s\nport=1\n", a.user,
           a.password, a.path);
  check_who("mysql://", text, "", "0/0[text:dusq@localhost,null:]");
  snprintf(text, sizeof text, "[client]\nuser=%s\npassword=%s\nhost=127.0.0.1\nsocket=/nonexistent\nport=%u\n", a.user,
           a.password, a.port);
  check_who("mysql://", text, "", "0/0[text:dusq@127.0.0.1,null:]");
}
ON_EACH(whole_file)

static void own_group(void)
{
  account a;
  char text[1024];
  if (!find_account(&a))
    return;
  snprintf(text, sizeof text, "[client]\nuser=nobody\npassword=wrong\nport=%u\nhost=127.0.0.1\n[other]\nport=1\n"
                              "[mine]\nuser=%s\npassword=%s\ndatabase=%s\n",
           a.port, a.user, a.password, a.database);
  check_who("mysql://", text, "&read_default_group=mine", "0/0[text:dusq@127.0.0.1,text:dusq]");
  check_who("mysql://", text, "", "AUTH");
}
ON_EACH(own_group)

/* What the URI says takes precedence, each part for itself. */
static void uri_wins(void)
{
  account a;
  char text[1024], before[URI_SIZE];
  if (!find_account(&a))
    return;
  snprintf(text, sizeof text, "[client]\nuser=nobody\npassword=%s\nhost=127.0.0.1\nport=%u\ndatabase=nothing\n",
           a.password, a.port);
  check_who("mysql://dusq@/dusq", text, "", "0/0[text:dusq@127.0.0.1,text:dusq]");
  snprintf(before, sizeof before, "mysql://dusq@127.0.0.1:%u/dusq", a.port);
  snprintf(text, sizeof text, "[client]\npassword=%s\nhost=192.0.2.1\nport=1\nsocket=/nonexistent\n", a.password);
  check_who(before, text, "", "0/0[text:dusq@127.0.0.1,text:dusq]");
  snprintf(text, sizeof text, "[client]\npassword=%s\nport=%u\nsocket=/nonexistent\n", a.password, a.port);
  check_who("mysql://dusq@127.0.0.1/dusq", text, "", "0/0[text:dusq@127.0.0.1,text:dusq]");
  snprintf(text, sizeof text, "[client]\npassword=wrong\nhost=192.0.2.1\nsocket=/nonexistent\n");
  snprintf(before, sizeof before, "&unix_socket=%s&password=%s", a.path, a.password);
  check_who("mysql://dusq@/dusq", text, before, "0/0[text:dusq@localhost,text:dusq]");
}
ON_EACH(uri_wins)

/* A missing file is as an empty one, as for the client library.  The environment decides nothing. */
static void missing_values(void)
{
  account a;
  char uri[2 * URI_SIZE], text[256];
  if (!find_account(&a))
    return;
  snprintf(uri, sizeof uri, "%s&read_default_file=/nonexistent/my.cnf", uri_of("", "pool_size=1"));
  dusq_pool *pool = open_uri(uri);
  CHECK_STR(query(pool, who), "0/0[text:dusq@127.0.0.1,text:dusq]");
  close_pool(pool);
  setenv("MYSQL_PWD", a.password, 1);
  snprintf(text, sizeof text, "%u", a.port);
  setenv("MYSQL_TCP_PORT", text, 1);
  setenv("MYSQL_UNIX_PORT", a.path, 1);
  setenv("MYSQL_HOST", "192.0.2.1", 1);
  snprintf(text, sizeof text, "[client]\nhost=127.0.0.1\nport=%u\n", a.port);
  check_who("mysql://dusq@/dusq", text, "", "AUTH");
  check_who("mysql://dusq@127.0.0.1:1/dusq", text, "", "CONNECT");
  unsetenv("MYSQL_PWD");
  unsetenv("MYSQL_TCP_PORT");
  unsetenv("MYSQL_UNIX_PORT");
  unsetenv("MYSQL_HOST");
}
ON_EACH(missing_values)

/* A password with everything in it that must be quoted or escaped; and no message shows it. */
static void secrets(void)
{
  account a;
  char text[1024];
  if (!find_account(&a))
    return;
  dusq_pool *admin = open_admin();
  query(admin, "DROP USER IF EXISTS dusq_file@127.0.0.1");
  CHECK_STR(query(admin, "CREATE USER dusq_file@127.0.0.1 IDENTIFIED BY 'geheim #;\"x =y'"), "0/0");
  snprintf(text, sizeof text, "[client]\nuser=dusq_file\npassword=\"geheim #;\\\"x =y\"\nhost=127.0.0.1\nport=%u\n",
           a.port);
  check_who("mysql://", text, "", "0/0[text:dusq_file@127.0.0.1,null:]");
  query(admin, "DROP USER dusq_file@127.0.0.1");
  close_pool(admin);
  dusq_pool *pool = open_uri(uri_with("mysql://", text, ""));
  dusq_error *error = failure(dusq_pool_query(pool, who, DUSQ_NO_PARAMS, NULL));
  CHECK_INT(dusq_error_status(error), DUSQ_E_AUTH);
  CHECK(!strstr(dusq_error_message(error), "geheim"));
  dusq_error_unref(error);
  close_pool(pool);
}
ON_EACH(secrets)

/* A password that is replaced in the file holds from the next connect on. */
static void replaced_password(void)
{
  account a;
  char text[1024];
  if (!find_account(&a))
    return;
  static const char form[] = "[client]\nuser=%s\npassword=%s\nhost=127.0.0.1\nport=%u\n";
  snprintf(text, sizeof text, form, a.user, "wrong", a.port);
  dusq_pool *pool = open_uri(uri_with("mysql://", text, ""));
  CHECK_STR(query(pool, who), "AUTH");
  snprintf(text, sizeof text, form, a.user, a.password, a.port);
  uri_with("mysql://", text, "");
  CHECK_STR(query(pool, who), "0/0[text:dusq@127.0.0.1,null:]");
  close_pool(pool);
}
ON_EACH(replaced_password)

/* The reset goes back to the file's database, and a kill reaches the file's server. */
static void reset_and_kill(void)
{
  account a;
  char text[1024];
  if (!find_account(&a))
    return;
  snprintf(text, sizeof text, "[client]\nuser=%s\npassword=%s\nhost=127.0.0.1\nport=%u\ndatabase=%s\n", a.user,
           a.password, a.port, a.database);
  dusq_pool *pool = open_uri(uri_with("mysql://", text, PATIENT));
  CHECK_STR(query(pool, "USE information_schema"), "0/0");
  CHECK_STR(query(pool, "SELECT DATABASE()"), "0/0[text:dusq]");
  int64_t id = number(pool, "SELECT CONNECTION_ID()");
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.timeout = SOON;
  CHECK_STR(outcome(dusq_pool_query(pool, "SELECT SLEEP(60)", DUSQ_NO_PARAMS, &opts)), "TIMEDOUT");
  CHECK_INT(number(pool, "SELECT CONNECTION_ID()"), id);
  close_pool(pool);
}
ON_EACH(reset_and_kill)

/* The name that is verified is the file's. */
static void verified(void)
{
  account a;
  char text[1024], more[URI_SIZE];
  const char *ca = getenv("DUSQ_TEST_TLS_CA"), *other = getenv("DUSQ_TEST_TLS_OTHER_CA");
  if (!find_account(&a) || !ca || !other)
    return;
  snprintf(text, sizeof text, "[client]\nuser=%s\npassword=%s\nhost=127.0.0.1\nport=%u\n", a.user, a.password, a.port);
  snprintf(more, sizeof more, "&sslmode=verify-full&sslrootcert=%s", other);
  if (current->mariadb) /* else uri_with has named the authorities */
    check_who("mysql://", text, more, "TLS");
  snprintf(more, sizeof more, "&sslmode=verify-full%s%s", current->mariadb ? "&sslrootcert=" : "",
           current->mariadb ? ca : "");
  check_who("mysql://", text, more, "0/0[text:dusq@127.0.0.1,null:]");
}
ON_EACH(verified)

void suite_mysql_file(void);
void suite_mysql_file(void)
{
  test_suite("mysql_file");
  test_case("whole_file", test_whole_file);
  test_case("own_group", test_own_group);
  test_case("uri_wins", test_uri_wins);
  test_case("missing_values", test_missing_values);
  test_case("secrets", test_secrets);
  test_case("replaced_password", test_replaced_password);
  test_case("reset_and_kill", test_reset_and_kill);
  test_case("verified", test_verified);
}
