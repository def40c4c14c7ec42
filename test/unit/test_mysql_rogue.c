/* test_mysql_rogue.c - servers that speak MySQL's protocol to get at what is not theirs: the password, or a file of the
 * client's.  They are scripts (mysql_play.h), and need no real server.                                               */
#include "unit/mysql_play.h"
#include "unit/pools.h"

enum { URI_SIZE = 1400 };

#define PASSWORD "s3cr3t-pa55"
#define CONTENT "what-nobody-asked-you-for-7c41"
#define BOUND (15 * DUSQ_SECOND)

/* ---- the client ---------------------------------------------------------------------------------------------------- */

static void make_uri(char uri[URI_SIZE], const peer *one, const char *mode)
{
  const char *ca = getenv("DUSQ_TEST_TLS_CA");
  bool verify = !strncmp(mode, "verify", 6);
  snprintf(uri, URI_SIZE, "mysql://me:" PASSWORD "@127.0.0.1:%u/db?pool_size=1&connect_timeout=2s&sslmode=%s%s%s",
           one->port, mode, verify && ca ? "&sslrootcert=" : "", verify && ca ? ca : "");
}

/* ---- an honest server ---------------------------------------------------------------------------------------------- */

/* What the rogues say up to the point is what a client goes along with; a change of the method, too.  `poor`: it has
 * not all of the variables that are asked for.                                                                       */
static void honest(bool poor)
{
  static play p;
  static peer one;
  char uri[URI_SIZE];
  if (mysql_is_connector_c()) {
    begin(&p, "mysql_native_password");
    SAY(&p, 2, "\xfe" "mysql_native_password\0" "ABCDEFGHIJKLMNOPQRST\0");
    step(&p, PEER_PACKET);
  } else { /* libmysqlclient 9 has no other method; its password is known (1, 3) */
    begin(&p, "caching_sha2_password");
    SAY(&p, 2, "\1\3");
  }
  say_ok(&p, mysql_is_connector_c() ? 4 : 3);
  if (poor) {
    step(&p, PEER_PACKET);
    SAY(&p, 1, "\xff\xa9\x04" "#HY000" "Unknown system variable 'max_prepared_stmt_count'");
  }
  answer_who(&p);
  answer_settings(&p);
  answer_prepare(&p);
  step(&p, PEER_PACKET);
  say_ok(&p, 1);
  step(&p, PEER_HOLD);
  if (!peer_play(&one, p.steps, p.nsteps))
    return;
  make_uri(uri, &one, "disable");
  dusq_pool *pool = open_uri(uri);
  CHECK_STR(query(pool, "SELECT 1"), "0/0");
  close_pool(pool);
  peer_end(&one);
  CHECK(peer_heard(&one, "CONNECTION_ID()") && peer_heard(&one, "SELECT 1") && !peer_heard(&one, PASSWORD));
}

static void test_honest(void)
{
  honest(false);
  honest(true);
}

/* ---- the password -------------------------------------------------------------------------------------------------- */

static const char *const modes[] = {"disable", "prefer", "verify-full"};

/* Whether all that was heard is one packet, the login. */
static bool only_login(const peer *one)
{
  const unsigned char *said = one->heard;
  return one->len > 4 && one->len == 4 + ((size_t)said[0] | (size_t)said[1] << 8) && peer_heard(one, "me");
}

/* Plays it to clients of each mode.  Connector/C says that it may not use the method; libmysqlclient does not know it,
 * or may not use it, which it tells as a plug-in that cannot be loaded.                                              */
static void check_password(play *p, bool gets_login)
{
  bool other_client = !mysql_is_connector_c();
  static peer one;
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    char uri[URI_SIZE], message[600];
    bool verify = !strncmp(modes[i], "verify", 6);
    if ((verify && !getenv("DUSQ_TEST_TLS_CA")) || !peer_play(&one, p->steps, p->nsteps))
      continue;
    make_uri(uri, &one, modes[i]);
    int64_t start = test_now();
    dusq_status status = refusal(uri, message);
    /* libmysqlclient asks for a key where there is sha256_password, and waits for it several times connect_timeout */
    bool others = status == DUSQ_E_CONFIG || status == DUSQ_E_CONNECT;
    bool good = verify ? status == DUSQ_E_TLS : status == DUSQ_E_AUTH || (other_client && others);
    test_check(good, dusq_status_name(status), __FILE__, __LINE__);
    CHECK(test_now() - start < (other_client ? 4 * BOUND : BOUND));
    CHECK(!strstr(message, PASSWORD));
    peer_end(&one);
    CHECK(one.conns > 0 && !peer_heard(&one, PASSWORD));
    /* who verifies does not even say who he is; the others do not answer to another method */
    CHECK(verify ? one.len == 0 : !gets_login || only_login(&one) || other_client);
  }
}

/* The greeting names the method. */
static void test_clear_password(void)
{
  static play p;
  begin(&p, "mysql_clear_password");
  step(&p, PEER_HOLD);
  check_password(&p, false);
}

/* The server changes its mind after the login. */
static void test_switch_to_clear_password(void)
{
  static play p;
  begin(&p, "mysql_native_password");
  SAY(&p, 2, "\xfe" "mysql_clear_password\0");
  step(&p, PEER_HOLD);
  check_password(&p, true);
}

/* MariaDB's dialog answers a question of kind 4 with the password. */
static void test_switch_to_dialog(void)
{
  static play p;
  begin(&p, "mysql_native_password");
  SAY(&p, 2, "\xfe" "dialog\0" "\4Password: ");
  step(&p, PEER_HOLD);
  check_password(&p, true);
}

/* sha256_password encrypts it for whoever sends a key. */
static void test_switch_to_sha256(void)
{
  static play p;
  begin(&p, "mysql_native_password");
  SAY(&p, 2, "\xfe" "sha256_password\0" "abcdefghijklmnopqrst\0");
  step(&p, PEER_HOLD);
  check_password(&p, true);
}

/* And caching_sha2_password when the server says that it has not seen it lately (1, 4). */
static void test_switch_to_caching_sha2(void)
{
  static play p;
  begin(&p, "mysql_native_password");
  SAY(&p, 2, "\xfe" "caching_sha2_password\0" "abcdefghijklmnopqrst\0");
  step(&p, PEER_PACKET);
  SAY(&p, 4, "\1\4");
  step(&p, PEER_HOLD);
  check_password(&p, true);
}

/* ---- files --------------------------------------------------------------------------------------------------------- */

static const char *make_file(void)
{
  static char path[ROOM / 8];
  int n = snprintf(path, sizeof path, "%s/rogue-wants-this", test_tmpdir());
  FILE *file = n > 0 && (size_t)n < sizeof path ? fopen(path, "w") : NULL;
  CHECK(file != NULL);
  if (file) {
    fputs(CONTENT "\n", file);
    CHECK_INT(fclose(file), 0);
  }
  return path;
}

/* To whatever comes next: "give me that file".  Then it thanks for it, or waits for more. */
static void ask_for_file(play *p, const char *path, bool thanks)
{
  char packet[ROOM / 8 + 1] = "\xfb";
  size_t len = strlen(path);
  memcpy(packet + 1, path, len);
  step(p, PEER_PACKET);
  say(p, 1, packet, len + 1);
  if (thanks) {
    step(p, PEER_PACKET);
    say_ok(p, 3);
  }
  step(p, PEER_HOLD);
}

static dusq_future *ask(dusq_pool *pool, bool as_script)
{
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.timeout = DUSQ_SECOND;
  return as_script ? dusq_pool_script(pool, "SELECT 1; SELECT 2", &opts)
                   : dusq_pool_query(pool, "SELECT 1", DUSQ_NO_PARAMS, &opts);
}

/* Plays it to a client that has a statement to run. */
static void check_file(play *p, bool as_script)
{
  static peer one;
  char uri[URI_SIZE];
  if (!peer_play(&one, p->steps, p->nsteps))
    return;
  make_uri(uri, &one, "disable");
  int64_t start = test_now();
  dusq_pool *pool = open_uri(uri);
  dusq_future *future = ask(pool, as_script);
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  CHECK(dusq_future_status(future) != DUSQ_OK);
  dusq_future_unref(future);
  close_pool(pool);
  CHECK(test_now() - start < BOUND);
  peer_end(&one);
  CHECK(one.conns > 0 && peer_heard(&one, "CONNECTION_ID()")); /* it had got so far */
  CHECK(!peer_heard(&one, CONTENT) && !peer_heard(&one, PASSWORD));
}

/* The file is asked for instead of the answer to the n-th command after the login: a question of the connection's own,
 * its settings, the preparing of a statement, and its execution.                                                     */
static void test_file(void)
{
  static void (*const answers[])(play *) = {answer_who, answer_settings, answer_prepare, NULL};
  static play p;
  for (int thanks = 0; thanks < 2; thanks++)
    for (size_t after = 0; after < sizeof answers / sizeof *answers; after++) {
      begin(&p, "mysql_native_password");
      say_ok(&p, 2);
      for (size_t i = 0; i < after; i++)
        answers[i](&p);
      ask_for_file(&p, make_file(), thanks);
      check_file(&p, false);
    }
}

static void test_file_for_script(void)
{
  static play p;
  for (int thanks = 0; thanks < 2; thanks++) {
    begin(&p, "mysql_native_password");
    say_ok(&p, 2);
    answer_who(&p);
    answer_settings(&p);
    ask_for_file(&p, make_file(), thanks);
    check_file(&p, true);
  }
}

/* ---- types that the client library does not know ------------------------------------------------------------------- */

/* A column of MySQL 9's type VECTOR, which Connector/C reads as text only; or the parameter of a statement. */
static void say_vector(play *p, unsigned char number)
{
  SAY(p, number, "\3def\0\0\0\1x\0\x0c\x3f\0\x40\0\0\0\xf2\0\0\0\0\0");
}

/* Without values it goes as text; with one it is refused.  The connection lives. */
static void check_vector(bool with_value)
{
  static play p;
  static peer one;
  char uri[URI_SIZE];
  begin(&p, "mysql_native_password");
  say_ok(&p, 2);
  answer_who(&p);
  answer_settings(&p);
  step(&p, PEER_PACKET); /* the preparing */
  say(&p, 1, with_value ? "\0\1\0\0\0\1\0\1\0\0\0\0" : "\0\1\0\0\0\1\0\0\0\0\0\0", 12);
  unsigned char number = 2;
  for (int i = 0; i < 1 + with_value; i++) {
    say_vector(&p, number++);
    SAY(&p, number++, "\xfe\0\0\2\0");
  }
  step(&p, PEER_PACKET); /* its closing, which has no answer */
  if (!with_value) {
    step(&p, PEER_PACKET);
    SAY(&p, 1, "\1");
    say_vector(&p, 2);
    SAY(&p, 3, "\xfe\0\0\2\0");
    SAY(&p, 4, "\4\0\0\x80\x3f");
    SAY(&p, 5, "\xfe\0\0\2\0");
  }
  answer_prepare(&p);
  step(&p, PEER_PACKET);
  say_ok(&p, 1);
  step(&p, PEER_HOLD);
  if (!peer_play(&one, p.steps, p.nsteps))
    return;
  make_uri(uri, &one, "disable");
  dusq_pool *pool = open_uri(uri);
  dusq_opts opts = DUSQ_OPTS_INIT;
  opts.timeout = 3 * DUSQ_SECOND;
  dusq_value value = dusq_int(1);
  CHECK_STR(outcome(dusq_pool_query(pool, with_value ? "SELECT x FROM t WHERE a = ?" : "SELECT x FROM t", with_value,
                                    &value, &opts)),
            with_value ? "NOTSUP" : "0/0[\\x0000803f]");
  CHECK_STR(outcome(dusq_pool_query(pool, "DO 1", DUSQ_NO_PARAMS, &opts)), "0/0");
  close_pool(pool);
  peer_end(&one);
  CHECK_INT(one.conns, 1);
}

static void test_vector(void)
{
  if (!mysql_is_connector_c())
    return;
  check_vector(false);
  check_vector(true);
}

void suite_mysql_rogue(void);
void suite_mysql_rogue(void)
{
  test_suite("mysql_rogue");
  test_case("honest", test_honest);
  test_case("clear_password", test_clear_password);
  test_case("switch_to_clear_password", test_switch_to_clear_password);
  test_case("switch_to_dialog", test_switch_to_dialog);
  test_case("switch_to_sha256", test_switch_to_sha256);
  test_case("switch_to_caching_sha2", test_switch_to_caching_sha2);
  test_case("file", test_file);
  test_case("file_for_script", test_file_for_script);
  test_case("vector", test_vector);
}
