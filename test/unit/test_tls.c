/* test_tls.c - what a server with the wrong certificate, or with none, gets to hear: nothing that tells who asks.
 *
 * Each server is started again with each of the certificates of test/servers.sh, and connected to through a peer that
 * writes down what the client says.                                                                                  */
#include "fault/proxy.h"
#include "unit/peer.h"
#include "unit/pools.h"
#ifdef DUSQ_WITH_MYSQL
#include <mysql.h>
#endif

enum { URI_SIZE = 1400 };

/* An encrypted record (type 23) tells no more than its length.  A client of TLS 1.3 that does not like the certificate
 * sends an alert at most (19 bytes).  One that looks at the host's name only when the handshake is over has sent an
 * empty certificate (25 bytes) and its Finished message (69 bytes), too.  The first message of a login is longer than
 * these; the check of the good certificate makes sure of that.                                                       */
enum { LONGEST_ALERT = 64, LONGEST_FINISHED = 80, MOST_HARMLESS = 3 };

/* How far a client goes with a server that it refuses. */
typedef enum reach { NO_HELLO, HELLO, FINISHED } reach;

typedef struct target {
  const char *name, *variable;
  bool mysql;
} target;

/* ---- the server ---------------------------------------------------------------------------------------------------- */

/* The process is another one then, and other suites look for it in the environment. */
static bool tell_pid(const target *to)
{
  char command[URI_SIZE], variable[64], pid[32] = "";
  snprintf(command, sizeof command, "%s pid %s", getenv("DUSQ_TEST_SERVERS"), to->name);
  FILE *pipe = popen(command, "r");
  bool good = pipe && fgets(pid, sizeof pid, pipe);
  good = pipe && !pclose(pipe) && good;
  pid[strcspn(pid, "\n")] = '\0';
  snprintf(variable, sizeof variable, "%s_PID", to->variable);
  return good && !setenv(variable, pid, 1);
}

static bool restart(const target *to, const char *certificate)
{
  char command[URI_SIZE];
  snprintf(command, sizeof command, "%s restart %s --tls %s", getenv("DUSQ_TEST_SERVERS"), to->name, certificate);
  bool good = system(command) == 0 && tell_pid(to);
  test_check(good, command, __FILE__, __LINE__);
  return good;
}

static bool present(const target *to)
{
  if (getenv(to->variable) && getenv("DUSQ_TEST_SERVERS") && getenv("DUSQ_TEST_TLS_CA") &&
      getenv("DUSQ_TEST_TLS_OTHER_CA"))
    return true;
  char why[100];
  snprintf(why, sizeof why, "test/servers.sh has not started a server of the name %s", to->name);
  /* MySQL's backend is content with one of its two servers */
  bool other = to->mysql && (getenv("DUSQ_TEST_MARIADB") || getenv("DUSQ_TEST_MYSQL"));
  if (getenv("DUSQ_TEST_REQUIRE_SERVERS") && !other)
    CHECK_STR(why, "");
  else
    test_skip(why);
  return false;
}

/* ---- what was said ------------------------------------------------------------------------------------------------- */

typedef struct talk {
  bool hello;      /* there was a ClientHello */
  bool orderly;    /* and nothing but records of TLS from there on */
  size_t plain;    /* bytes before it, besides the request for TLS */
  size_t longest;  /* of the encrypted records */
  int records;     /* how many of them */
} talk;

/* The request for TLS that goes before it: of PostgreSQL a message, of MySQL a packet (number 1) of capabilities. */
static size_t request_length(const unsigned char *said, size_t len)
{
  static const unsigned char of_postgresql[] = {0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f}, of_mysql[] = {32, 0, 0, 1};
  if (len >= sizeof of_postgresql && !memcmp(said, of_postgresql, sizeof of_postgresql))
    return sizeof of_postgresql;
  return len >= 36 && !memcmp(said, of_mysql, sizeof of_mysql) ? 36 : 0;
}

static void read_records(const unsigned char *at, size_t len, talk *out)
{
  enum { HEAD = 5, CHANGE = 20, HANDSHAKE = 22, DATA = 23, CLIENT_HELLO = 1 };
  if (!len)
    return;
  if (len <= HEAD || at[0] != HANDSHAKE || at[1] != 3 || at[HEAD] != CLIENT_HELLO) {
    out->plain += len;
    return;
  }
  out->hello = true;
  while (len >= HEAD && at[0] >= CHANGE && at[0] <= DATA && at[1] == 3) {
    size_t size = (size_t)at[3] << 8 | at[4];
    if (HEAD + size > len)
      break;
    if (at[0] == DATA) {
      out->records++;
      out->longest = size > out->longest ? size : out->longest;
    }
    at += HEAD + size;
    len -= HEAD + size;
  }
  out->orderly = out->orderly && !len;
}

/* All connections together. */
static talk understand(const peer *relay)
{
  talk out = {.orderly = true};
  for (int i = 0; i < relay->conns; i++) {
    size_t len;
    const unsigned char *said = peer_said(relay, i, &len);
    size_t request = request_length(said, len);
    read_records(said + request, len - request, &out);
  }
  return out;
}

/* ---- one connection ------------------------------------------------------------------------------------------------ */

typedef struct account {
  char user[64], password[128], database[64];
  unsigned short port;
} account;

static bool read_account(const target *to, account *out)
{
  unsigned port;
  int n = sscanf(getenv(to->variable), "%*[a-z]://%63[^:]:%127[^@]@127.0.0.1:%u/%63s", out->user, out->password, &port,
                 out->database);
  CHECK_INT(n, 4);
  out->port = (unsigned short)port;
  return n == 4;
}

/* Connects through a relay, and tells what was said. */
static bool connect_by(const target *to, const account *who, const char *mode, const char *ca, dusq_status wanted,
                       talk *out)
{
  static peer relay;
  char uri[URI_SIZE], message[600];
  if (!peer_relay(&relay, who->port))
    return false;
  snprintf(uri, sizeof uri, "%s://%s:%s@127.0.0.1:%u/%s?pool_size=1&connect_timeout=5s&sslmode=%s&sslrootcert=%s",
           to->mysql ? "mysql" : "postgresql", who->user, who->password, relay.port, who->database, mode, ca);
  CHECK_STR(dusq_status_name(refusal(uri, message)), dusq_status_name(wanted));
  peer_end(&relay);
  CHECK(!strstr(message, who->password));
  CHECK(relay.conns > 0);
  CHECK(!peer_heard(&relay, who->user) && !peer_heard(&relay, who->password));
  *out = understand(&relay);
  CHECK(out->orderly);
  CHECK_INT(out->plain, 0);
  return true;
}

static void check_accepted(const target *to, const account *who, const char *mode)
{
  talk heard;
  if (!connect_by(to, who, mode, getenv("DUSQ_TEST_TLS_CA"), DUSQ_OK, &heard))
    return;
  CHECK(heard.hello);
  CHECK(heard.records > MOST_HARMLESS && heard.longest > LONGEST_FINISHED);
}

static void check_refused(const target *to, const account *who, const char *mode, const char *ca, reach most)
{
  talk heard;
  if (!connect_by(to, who, mode, ca, DUSQ_E_TLS, &heard))
    return;
  CHECK_INT(heard.hello, most != NO_HELLO);
  CHECK(heard.records <= (most == FINISHED ? MOST_HARMLESS : 1));
  CHECK(heard.longest <= (most == FINISHED ? LONGEST_FINISHED : LONGEST_ALERT));
}

/* ---- what the environment and files say ---------------------------------------------------------------------------- */

#ifdef DUSQ_WITH_MYSQL
/* The pool is open already when a program sets the variable; and a line of a file does not outweigh the URI. */
static void check_not_switched_off(const target *to)
{
  static const char variable[] = "MARIADB_TLS_DISABLE_PEER_VERIFICATION";
  char uri[URI_SIZE], message[600], path[1200];
  int n = snprintf(uri, sizeof uri, "%s?pool_size=1&sslmode=verify-full&sslrootcert=%s", getenv(to->variable),
                   getenv("DUSQ_TEST_TLS_OTHER_CA"));
  setenv(variable, "1", 1);
  if (mysql_is_connector_c()) {
    CHECK_STR(dusq_status_name(refusal(uri, message)), "DUSQ_E_CONFIG");
    CHECK(strstr(message, variable));
  }
  unsetenv(variable);
  dusq_pool *pool = open_uri(uri);
  setenv(variable, "1", 1);
  dusq_future *future = dusq_pool_query(pool, "SELECT 1", DUSQ_NO_PARAMS, NULL);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  CHECK_STR(dusq_status_name(dusq_future_status(future)), mysql_is_connector_c() ? "DUSQ_E_CONFIG" : "DUSQ_E_TLS");
  dusq_future_unref(future);
  close_pool(pool);
  unsetenv(variable);
  snprintf(path, sizeof path, "%s/tls.cnf", test_tmpdir());
  FILE *file = fopen(path, "w");
  const char *line = mysql_is_connector_c() ? "ssl-verify-server-cert=0" : "ssl-mode=PREFERRED";
  CHECK(file && fprintf(file, "[client]\n%s\n", line) > 0);
  if (file)
    fclose(file);
  snprintf(uri + n, sizeof uri - (size_t)n, "&read_default_file=%s", path);
  CHECK_STR(dusq_status_name(refusal(uri, message)), "DUSQ_E_TLS");
}

/* An option file's line does not switch off the check of the name, either; and without authorities nothing is checked. */
static void check_name_all_the_same(const target *to)
{
  char uri[URI_SIZE], message[600];
  snprintf(uri, sizeof uri, "%s?pool_size=1&sslmode=verify-full&sslrootcert=%s&read_default_file=%s/tls.cnf",
           getenv(to->variable), getenv("DUSQ_TEST_TLS_CA"), test_tmpdir());
  CHECK_STR(dusq_status_name(refusal(uri, message)), "DUSQ_E_TLS");
  snprintf(uri, sizeof uri, "%s?pool_size=1&sslmode=verify-full", getenv(to->variable));
  CHECK_STR(dusq_status_name(refusal(uri, message)), "DUSQ_E_CONFIG");
  CHECK(strstr(message, "sslrootcert"));
}
#endif

/* ---- the certificates ---------------------------------------------------------------------------------------------- */

/* Connector/C 3.4 finishes the handshake with whatever certificate, and looks at it only then. */
static reach after_hello(const target *to)
{
#ifdef DUSQ_WITH_MYSQL
  const char *info = mysql_get_client_info();
  if (to->mysql && mysql_is_connector_c() && strncmp(info, "3.4", 3) >= 0)
    return FINISHED;
#endif
  (void)to;
  return HELLO;
}

static void check_good(const target *to, const account *who)
{
  char uri[URI_SIZE];
  const char *ca = getenv("DUSQ_TEST_TLS_CA");
  snprintf(uri, sizeof uri, "%s?pool_size=1&sslmode=verify-full&sslrootcert=%s", getenv(to->variable), ca);
  dusq_pool *pool = open_uri(uri);
  CHECK_STR(query(pool, "SELECT 1"), "0/0[1]");
  close_pool(pool);
  check_accepted(to, who, "verify-full");
  check_refused(to, who, "verify-full", getenv("DUSQ_TEST_TLS_OTHER_CA"), after_hello(to));
#ifdef DUSQ_WITH_MYSQL
  if (to->mysql)
    check_not_switched_off(to);
#endif
}

/* Connector/C has no verification of the certificate alone: with verify-ca it looks at the host's name, too, as
 * dusq-mysql(7) says.                                                                                                */
static void check_bad(const target *to, const account *who, const char *certificate)
{
  const char *ca = getenv("DUSQ_TEST_TLS_CA");
  bool other_host = !strcmp(certificate, "wrong-host");
  reach most = !strcmp(certificate, "off") ? NO_HELLO : other_host ? FINISHED : after_hello(to);
  check_refused(to, who, "verify-full", ca, most);
#ifdef DUSQ_WITH_MYSQL
  if (other_host && to->mysql)
    check_name_all_the_same(to);
#endif
  if (other_host && !(to->mysql && mysql_is_connector_c()))
    check_accepted(to, who, "verify-ca");
  else
    check_refused(to, who, "verify-ca", ca, most);
}

/* ---- a handshake that breaks --------------------------------------------------------------------------------------- */

/* A server that is restarted, or a network: nothing says that the server cannot be trusted, so it may be tried again. */
static void break_at(const char *uri, proxy *net, proxy_rule rule)
{
  dusq_error *error = NULL;
  dusq_pool *pool = open_uri(uri);
  proxy_arm(net, rule);
  dusq_status status = dusq_await(dusq_pool_query(pool, "SELECT 1", DUSQ_NO_PARAMS, NULL), LONG_WAIT, NULL, &error);
  bool good = !status || status == DUSQ_E_CONNECTION_LOST || (status == DUSQ_E_CONNECT && dusq_error_retryable(error));
  if (!CHECK(good))
    printf("    %s after %zu bytes %s: %s: %s\n", rule.fault == PROXY_CLOSE ? "FIN" : "RST", rule.after,
           rule.way == PROXY_UP ? "up" : "down", dusq_status_name(status), dusq_error_message(error));
  dusq_error_unref(error);
  proxy_mend(net, true);
  close_pool(pool);
}

static void check_broken(const target *to)
{
  enum { STEP = 97, MOST = 4000 };
  static proxy net;
  char uri[URI_SIZE], options[URI_SIZE];
  if (!proxy_start(&net, proxy_port_of(getenv(to->variable))))
    return;
  snprintf(options, sizeof options, "pool_size=1&sslmode=verify-ca&connect_timeout=10s&sslrootcert=%s",
           getenv("DUSQ_TEST_TLS_CA"));
  proxy_uri(&net, getenv(to->variable), options, uri, sizeof uri);
  for (size_t after = 0; after < MOST; after += STEP)
    for (int way = PROXY_UP; way <= PROXY_DOWN; way++) {
      break_at(uri, &net, (proxy_rule){.fault = PROXY_CLOSE, .way = (proxy_way)way, .after = after});
      break_at(uri, &net, (proxy_rule){.fault = PROXY_RESET, .way = (proxy_way)way, .after = after});
    }
  proxy_end(&net);
}

static void run(const target *to)
{
  static const char *const bad[] = {"expired", "wrong-host", "other", "off"};
  account who;
  if (!present(to) || !read_account(to, &who))
    return;
  check_good(to, &who);
  check_broken(to);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (restart(to, bad[i]))
      check_bad(to, &who, bad[i]);
  if (restart(to, "good")) /* as the other suites need it, whatever came of the checks */
    check_accepted(to, &who, "verify-full");
}

#ifdef DUSQ_WITH_POSTGRESQL
static void test_postgresql(void)
{
  run(&(target){"postgresql", "DUSQ_TEST_POSTGRESQL", false});
}
#endif

#ifdef DUSQ_WITH_MYSQL
static void test_mariadb(void)
{
  run(&(target){"mariadb", "DUSQ_TEST_MARIADB", true});
}

static void test_mysql(void)
{
  run(&(target){"mysql", "DUSQ_TEST_MYSQL", true});
}
#endif

void suite_tls(void);
void suite_tls(void)
{
  test_suite("tls");
#ifdef DUSQ_WITH_POSTGRESQL
  test_case("postgresql", test_postgresql);
#endif
#ifdef DUSQ_WITH_MYSQL
  test_case("mariadb", test_mariadb);
  test_case("mysql", test_mysql);
#endif
}
