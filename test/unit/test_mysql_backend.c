/* test_mysql_backend.c - the MySQL backend, seen through pools: connecting, statements, scripts, errors, sessions.
 * Values are in test_mysql_values.c, stops and losses in test_mysql_stop.c.                                         */
#include "mysql_rig.h"
#include <signal.h>

/* ---- connecting -------------------------------------------------------------------------------------------------- */

static void test_refused_options(void)
{
  check_bad_uri("mysql://h/d?sslmode=maybe", DUSQ_E_URI, "sslmode");
  check_bad_uri("mysql://h/d?unix_socket=relative", DUSQ_E_URI, "unix_socket");
  check_bad_uri("mysql://h/d?charset=latin1", DUSQ_E_URI, "charset");
  check_bad_uri("mysql://h/d?sql_mode=x'y", DUSQ_E_URI, "sql_mode");
  check_bad_uri("mysql://h/d?host=aurora:%2F%2Fh", DUSQ_E_URI, "host");
  check_bad_uri("mysql://h1,h2,h3/d?port=1,2", DUSQ_E_URI, "port");
}

static void check_connect(const char *uri, dusq_status expected)
{
  dusq_pool *pool = open_uri(uri);
  dusq_error *error = failure(dusq_pool_query(pool, "SELECT 1", DUSQ_NO_PARAMS, NULL));
  CHECK_INT(dusq_error_status(error), expected);
  CHECK(strstr(dusq_error_message(error), "geheim") == NULL);
  CHECK(!dusq_error_unknown_outcome(error));
  dusq_error_unref(error);
  close_pool(pool);
}

static void test_refused_port(void)
{
  check_connect("mysql://u:geheim@127.0.0.1:1/d", DUSQ_E_CONNECT);
  check_connect("mysql://u:geheim@localhost/d?unix_socket=/nonexistent/socket", DUSQ_E_CONNECT);
}

static void wrong_password(void)
{
  char uri[URI_SIZE];
  const char *base = uri_of("", ""), *at = base ? strchr(base, '@') : NULL;
  if (!at)
    return;
  snprintf(uri, sizeof uri, "mysql://dusq:geheim%s", at);
  check_connect(uri, DUSQ_E_AUTH);
  setenv("MYSQL_PWD", "geheim", 1); /* must not be asked */
  snprintf(uri, sizeof uri, "mysql://dusq%s", at);
  check_connect(uri, DUSQ_E_AUTH);
  unsetenv("MYSQL_PWD");
}
ON_EACH(wrong_password)

static void unix_socket(void)
{
  const char *uri = uri_of("_SOCKET", "pool_size=1");
  if (!uri)
    return;
  dusq_pool *pool = open_uri(uri);
  CHECK_STR(query(pool, "SELECT 1"), "0/0[int:1]");
  CHECK_STR(query(pool, "SHOW SESSION STATUS LIKE 'Ssl_version'"), "0/0[text:Ssl_version,text:]");
  close_pool(pool);
}
ON_EACH(unix_socket)

/* The first host of the list answers nothing. */
static void several_hosts(void)
{
  char uri[URI_SIZE];
  const char *base = uri_of("", "pool_size=1"), *at = base ? strchr(base, '@') : NULL;
  if (!at)
    return;
  snprintf(uri, sizeof uri, "%.*s@127.0.0.1:1,%s", (int)(at - base), base, at + 1);
  dusq_pool *pool = open_uri(uri);
  CHECK_STR(query(pool, "SELECT 1"), "0/0[int:1]");
  close_pool(pool);
}
ON_EACH(several_hosts)

static void tls(void)
{
  char options[URI_SIZE];
  const char *ca = getenv("DUSQ_TEST_TLS_CA"), *other = getenv("DUSQ_TEST_TLS_OTHER_CA");
  if (!ca || !other)
    return;
  snprintf(options, sizeof options, "pool_size=1&sslrootcert=%s", ca);
  dusq_pool *pool = open_pool(options);
  CHECK_STR(query(pool, "SHOW SESSION STATUS LIKE 'Ssl_version'"), "0/0[text:Ssl_version,text:TLSv1.3]");
  close_pool(pool);
  snprintf(options, sizeof options, "pool_size=1&sslmode=verify-full&sslrootcert=%s", other);
  check_connect(uri_of("", options), DUSQ_E_TLS);
}
ON_EACH(tls)

static void test_require(void)
{
  dusq_pool *pool = NULL;
  dusq_error *error = NULL;
  dusq_status status = dusq_pool_open_uri("mysql://h/d?sslmode=require", &pool, &error);
  CHECK(status == DUSQ_OK || status == DUSQ_E_CONFIG); /* by the client library */
  CHECK(status == DUSQ_OK || strstr(dusq_error_message(error), "verify-full"));
  dusq_error_unref(error);
  dusq_pool_unref(pool);
}

/* The client libraries set it to be ignored. */
static void test_sigpipe(void)
{
  struct sigaction action;
  CHECK_INT(sigaction(SIGPIPE, NULL, &action), 0);
  CHECK(action.sa_handler == SIG_DFL);
}

static void session(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(query(pool, "SELECT @@autocommit, @@time_zone, @@character_set_client, @@character_set_results"),
            "0/0[int:1,text:+00:00,text:utf8mb4,text:utf8mb4]");
  CHECK_STR(query(pool, "SELECT FIND_IN_SET('STRICT_TRANS_TABLES', @@sql_mode) > 0, "
                        "FIND_IN_SET('ANSI_QUOTES', @@sql_mode), FIND_IN_SET('NO_BACKSLASH_ESCAPES', @@sql_mode)"),
            "0/0[int:1,int:0,int:0]");
  close_pool(pool);
  pool = open_pool("pool_size=1&sql_mode=ANSI_QUOTES,PIPES_AS_CONCAT");
  CHECK_STR(query(pool, "SELECT @@sql_mode"), "0/0[text:PIPES_AS_CONCAT,ANSI_QUOTES]");
  close_pool(pool);
}
ON_EACH(session)

/* ---- statements -------------------------------------------------------------------------------------------------- */

static void counts(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(query(pool, "DROP TABLE IF EXISTS counts"), "0/0");
  CHECK_STR(query(pool, "CREATE TABLE counts(id INT AUTO_INCREMENT PRIMARY KEY, v INT)"), "0/0");
  CHECK_STR(query_with(pool, "INSERT INTO counts(v) VALUES (?)", dusq_int(7)), "1/1");
  CHECK_STR(query(pool, "INSERT INTO counts(v) VALUES (8), (9)"), "2/2");
  CHECK_STR(query(pool, "UPDATE counts SET v = v"), "3/0"); /* found, not changed */
  CHECK_STR(query(pool, "UPDATE counts SET v = 1 WHERE id = 99"), "0/0");
  CHECK_STR(query(pool, "SELECT v FROM counts ORDER BY v"), "0/0[int:7 int:8 int:9]");
  if (current->mariadb)
    CHECK_STR(query(pool, "INSERT INTO counts(v) VALUES (10), (11) RETURNING id"), "2/0[int:4 int:5]");
  CHECK_STR(query(pool, "DELETE FROM counts WHERE v < 10"), "3/0");
  close_pool(pool);
}
ON_EACH(counts)

/* What the server does not prepare, and what it prepares though others do not. */
static void all_kinds_of_statements(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(query(pool, "DROP TABLE IF EXISTS kinds"), "0/0");
  CHECK_STR(query(pool, "CREATE TABLE kinds(v INT)"), "0/0");
  static const char *const all[] = {"START TRANSACTION", "COMMIT", "SAVEPOINT x", "LOCK TABLES kinds WRITE",
                                    "UNLOCK TABLES", "USE dusq", "SET @x = 1", "TRUNCATE kinds", "DO 1",
                                    "PREPARE s FROM 'SELECT 1'", "ALTER TABLE kinds ADD w INT"};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    CHECK_STR(query(pool, all[i]), "0/0");
  CHECK_STR(query(pool, "SHOW TABLES LIKE 'kinds'"), "0/0[text:kinds]");
  CHECK_STR(query(pool, "SELECT 1; SELECT 2"), "SYNTAX");
  CHECK_STR(query(pool, ""), "SYNTAX");
  CHECK_STR(query(pool, "-- nothing\n"), "SYNTAX");
  CHECK_STR(query(pool, "SELECT 1 -- a comment"), "0/0[int:1]");
  CHECK_STR(query(pool, "SELECT 'it''s \\'?', \"?\", /* ? */ 1"), "0/0[text:it's '?,text:?,int:1]");
  CHECK_STR(query_with(pool, "SELECT 1", dusq_int(1)), "PARAMS");
  CHECK_STR(query(pool, "SELECT ?"), "PARAMS");
  close_pool(pool);
}
ON_EACH(all_kinds_of_statements)

static void altered(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(query(pool, "DROP TABLE IF EXISTS altered"), "0/0");
  CHECK_STR(query(pool, "CREATE TABLE altered(a INT, b INT)"), "0/0");
  CHECK_STR(query(pool, "INSERT INTO altered VALUES (1, 2)"), "1/0");
  CHECK_STR(query(pool, "SELECT * FROM altered"), "0/0[int:1,int:2]");
  CHECK_STR(query(pool, "SELECT * FROM altered"), "0/0[int:1,int:2]");
  CHECK_STR(query(pool, "ALTER TABLE altered CHANGE a name VARCHAR(9)"), "1/0");
  for (int i = 0; i < 3; i++) {
    dusq_future *future = dusq_pool_query(pool, "SELECT * FROM altered", DUSQ_NO_PARAMS, NULL);
    dusq_result *result = NULL;
    CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
    CHECK_INT(dusq_future_get(future, &result), DUSQ_OK);
    if (result)
      CHECK_STR(dusq_result_name(result, 0), "name");
    dusq_result_unref(result);
    CHECK_STR(outcome(future), "0/0[text:1,int:2]");
  }
  CHECK_STR(query(pool, "ALTER TABLE altered ADD c INT DEFAULT 3"), "0/0");
  CHECK_STR(query(pool, "SELECT * FROM altered"), "0/0[text:1,int:2,int:3]");
  CHECK_STR(query(pool, "ALTER TABLE altered DROP name"), "0/0");
  CHECK_STR(query(pool, "SELECT * FROM altered"), "0/0[int:2,int:3]");
  CHECK_STR(query(pool, "DROP TABLE altered"), "0/0");
  CHECK_STR(query(pool, "SELECT * FROM altered"), "NO_SUCH_OBJECT");
  close_pool(pool);
}
ON_EACH(altered)

static void procedures(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(query(pool, "DROP PROCEDURE IF EXISTS two_sets"), "0/0");
  CHECK_STR(script(pool, "CREATE PROCEDURE two_sets(n INT) BEGIN SELECT n; SELECT n + 1, 'x'; END; SELECT 1"),
            "0/0 0/0[int:1]");
  CHECK_STR(query_with(pool, "CALL two_sets(?)", dusq_int(7)), "0/0[int:7] 0/0[int:8,text:x]");
  CHECK_STR(query(pool, "CALL two_sets(7)"), "0/0[int:7] 0/0[int:8,text:x]");
  CHECK_STR(query(pool, "SELECT 1"), "0/0[int:1]");
  close_pool(pool);
}
ON_EACH(procedures)

static void scripts(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS s; CREATE TABLE s(v INT PRIMARY KEY); INSERT INTO s VALUES (1), (2);"
                         "SELECT v FROM s; -- the end\n"),
            "0/0 0/0 2/0 0/0[int:1 int:2]");
  CHECK_STR(script(pool, ""), "0/0");
  CHECK_STR(script(pool, " ; /* nothing */ ; # nothing"), "0/0");
  CHECK_STR(script(pool, "SELECT 1;; SELECT ';'"), "0/0[int:1] 0/0[text:;]");
  dusq_error *error = failure(dusq_pool_script(pool, "INSERT INTO s VALUES (3); INSERT INTO s VALUES (1);"
                                                     "DELETE FROM s",
                                               NULL));
  CHECK_INT(dusq_error_status(error), DUSQ_E_UNIQUE);
  CHECK_INT(dusq_error_index(error), 1);
  dusq_error_unref(error);
  CHECK_INT(number(pool, "SELECT COUNT(*) FROM s"), 3);
  error = failure(dusq_pool_script(pool, "SELECT 1; SELEKT 2; SELECT 3", NULL));
  CHECK_INT(dusq_error_status(error), DUSQ_E_SYNTAX);
  CHECK_INT(dusq_error_index(error), 1);
  dusq_error_unref(error);
  CHECK_STR(script(pool, "BEGIN; INSERT INTO s VALUES (4)"), "0/0 1/0");
  CHECK_INT(number(pool, "SELECT COUNT(*) FROM s"), 3); /* rolled back */
  close_pool(pool);
}
ON_EACH(scripts)

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static void check_error(dusq_pool *pool, const char *sql, dusq_status status, const char *constraint,
                        const char *column, const char *secret)
{
  dusq_error *error = failure(dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL));
  CHECK_STR(dusq_status_name(dusq_error_status(error)), dusq_status_name(status));
  CHECK_STR(dusq_error_constraint(error), constraint);
  CHECK_STR(dusq_error_column(error), column);
  CHECK(!secret || !strstr(dusq_error_message(error), secret));
  CHECK(!secret || strstr(dusq_error_detail(error), secret));
  CHECK(dusq_error_native(error) > 0);
  CHECK(!dusq_error_unknown_outcome(error));
  dusq_error_unref(error);
}

static void errors(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(query(pool, "DROP TABLE IF EXISTS child, parent"), "0/0");
  CHECK_STR(query(pool, "CREATE TABLE parent(id INT PRIMARY KEY, mail VARCHAR(20), n INT NOT NULL,"
                        "CONSTRAINT by_mail UNIQUE(mail), CONSTRAINT small CHECK (n < 10))"),
            "0/0");
  CHECK_STR(query(pool, "CREATE TABLE child(p INT, CONSTRAINT of_parent FOREIGN KEY (p) REFERENCES parent(id))"),
            "0/0");
  CHECK_STR(query(pool, "INSERT INTO parent VALUES (1, 'sec\\'ret@x', 1)"), "1/0");
  CHECK_STR(query(pool, "INSERT INTO child VALUES (1)"), "1/0");
  check_error(pool, "INSERT INTO parent VALUES (2, 'sec\\'ret@x', 1)", DUSQ_E_UNIQUE, "by_mail", "", "ret@x");
  check_error(pool, "INSERT INTO parent VALUES (1, 'b', 1)", DUSQ_E_UNIQUE, "PRIMARY", "", NULL);
  check_error(pool, "INSERT INTO child VALUES (9)", DUSQ_E_FOREIGN_KEY, "of_parent", "", NULL);
  check_error(pool, "DELETE FROM parent", DUSQ_E_FOREIGN_KEY, "of_parent", "", NULL);
  check_error(pool, "INSERT INTO parent VALUES (3, 'c', NULL)", DUSQ_E_NOT_NULL, "", "n", NULL);
  check_error(pool, "INSERT INTO parent(id) VALUES (3)", DUSQ_E_NOT_NULL, "", "n", NULL);
  check_error(pool, "INSERT INTO parent VALUES (3, 'c', 10)", DUSQ_E_CHECK, "small", "", NULL);
  check_error(pool, "INSERT INTO parent VALUES (3, 'c', 'secret')", DUSQ_E_DATA, "", "n", "secret");
  check_error(pool, "INSERT INTO parent VALUES (3, REPEAT('x', 21), 1)", DUSQ_E_DATA, "", "mail", NULL);
  check_error(pool, "INSERT INTO parent VALUES (99999999999, 'c', 1)", DUSQ_E_DATA, "", "id", NULL);
  check_error(pool, "SELECT * FROM nowhere", DUSQ_E_NO_SUCH_OBJECT, "", "", NULL);
  check_error(pool, "SELECT nothing FROM parent", DUSQ_E_NO_SUCH_OBJECT, "", "", NULL);
  check_error(pool, "SELECT no_function(1)", DUSQ_E_NO_SUCH_OBJECT, "", "", NULL);
  check_error(pool, "CREATE TABLE parent(a INT)", DUSQ_E_DUPLICATE_OBJECT, "", "", NULL);
  check_error(pool, "SELECT * FROM mysql.global_priv", DUSQ_E_PERMISSION, "", "", NULL);
  dusq_error *error = failure(dusq_pool_query(pool, "SELECT 1 FROM parent WHERE id == 1", DUSQ_NO_PARAMS, NULL));
  CHECK_INT(dusq_error_status(error), DUSQ_E_SYNTAX);
  CHECK_INT(dusq_error_position(error), current->mariadb ? 31 : 30); /* of the sign that is one too many; of both */
  dusq_error_unref(error);
  close_pool(pool);
}
ON_EACH(errors)

/* The server is not asked for a file, nor given one. */
static void local_infile(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(query(pool, "DROP TABLE IF EXISTS files"), "0/0");
  CHECK_STR(query(pool, "CREATE TABLE files(line TEXT)"), "0/0");
  dusq_error *error = failure(dusq_pool_query(pool, "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE files",
                                              DUSQ_NO_PARAMS, NULL));
  dusq_error_unref(error);
  error = failure(dusq_pool_script(pool, "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE files", NULL));
  dusq_error_unref(error);
  CHECK_INT(number(pool, "SELECT COUNT(*) FROM files"), 0);
  close_pool(pool);
}
ON_EACH(local_infile)

static void too_large(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  int64_t id = number(pool, "SELECT CONNECTION_ID()");
  size_t len = (size_t)number(pool, "SELECT @@max_allowed_packet") + 1;
  char *bytes = calloc(1, len + 1);
  if (bytes) {
    CHECK_STR(query_with(pool, "SELECT LENGTH(?)", dusq_blob(bytes, len)), "TOO_LARGE");
    memset(bytes, ' ', len);
    memcpy(bytes, "SELECT 1", 8);
    CHECK_STR(query(pool, bytes), "TOO_LARGE");
  }
  free(bytes);
  CHECK_INT(number(pool, "SELECT CONNECTION_ID()"), id);
  close_pool(pool);
}
ON_EACH(too_large)

/* The sink takes no more: the statement is stopped, and the connection goes on. */
static void result_limit(void)
{
  dusq_pool *pool = open_pool("pool_size=1&max_result_bytes=100KiB");
  int64_t id = number(pool, "SELECT CONNECTION_ID()");
  CHECK_STR(query(pool, "DROP TABLE IF EXISTS many_rows"), "0/0");
  CHECK_STR(query(pool, "CREATE TABLE many_rows(v CHAR(100))"), "0/0");
  CHECK_STR(query(pool, "INSERT INTO many_rows VALUES ('x'), ('y'), ('z'), ('a'), ('b'), ('c'), ('d'), ('e')"), "8/0");
  CHECK_STR(query(pool, "SELECT a.v FROM many_rows a, many_rows b, many_rows c, many_rows d, many_rows e, many_rows f,"
                        "many_rows g"),
            "LIMIT");
  CHECK_INT(number(pool, "SELECT CONNECTION_ID()"), id);
  CHECK_STR(script(pool, "SELECT 1; SELECT a.v FROM many_rows a, many_rows b, many_rows c, many_rows d, many_rows e,"
                         "many_rows f, many_rows g; SELECT 2"),
            "LIMIT");
  CHECK_INT(number(pool, "SELECT CONNECTION_ID()"), id);
  close_pool(pool);
}
ON_EACH(result_limit)

/* ---- sessions and transactions ----------------------------------------------------------------------------------- */

static dusq_result *run_all(dusq_conn *conn, void *arg)
{
  const char *const *sql = arg;
  dusq_result *result = NULL;
  for (; *sql; sql++) {
    dusq_error *error = NULL;
    dusq_result_unref(result);
    result = NULL;
    if (dusq_conn_query(conn, *sql, DUSQ_NO_PARAMS, &result, &error)) {
      dusq_conn_fail(conn, error);
      return NULL;
    }
  }
  return result;
}

static const char *job(dusq_pool *pool, const char *const *sql)
{
  return outcome(dusq_pool_run(pool, run_all, (void *)(uintptr_t)sql, NULL, NULL));
}
#define JOB(pool, ...) job(pool, (const char *const[]){__VA_ARGS__, NULL})

static void reset(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  int64_t id = number(pool, "SELECT CONNECTION_ID()");
  CHECK_STR(query(pool, "DROP TABLE IF EXISTS left_open"), "0/0");
  CHECK_STR(query(pool, "CREATE TABLE left_open(v INT)"), "0/0");
  CHECK_STR(query_with(pool, "SELECT ? + 1", dusq_int(1)), "0/0[int:2]");
  CHECK_STR(JOB(pool, "BEGIN", "INSERT INTO left_open VALUES (1)", "SELECT COUNT(*) FROM left_open"), "0/0[int:1]");
  CHECK_INT(number(pool, "SELECT COUNT(*) FROM left_open"), 0);
  CHECK_STR(JOB(pool, "SET NAMES latin1", "SET time_zone = '+05:00'", "SET autocommit = 0",
                "SET sql_mode = 'ANSI_QUOTES'",
                "USE information_schema", "SET @x = 7", "CREATE TEMPORARY TABLE dusq.temp(v INT)",
                "INSERT INTO dusq.left_open VALUES (2)", "DO GET_LOCK('mine', 0)", "SELECT 1"),
            "0/0[int:1]");
  CHECK_STR(query(pool, "SELECT @@character_set_client, @@character_set_results, @@time_zone, @@autocommit, DATABASE(),"
                        "@@sql_mode LIKE '%ANSI%', @x, IS_FREE_LOCK('mine')"),
            "0/0[text:utf8mb4,text:utf8mb4,text:+00:00,int:1,text:dusq,int:0,null:,int:1]");
  CHECK_STR(query(pool, "SELECT * FROM temp"), "NO_SUCH_OBJECT");
  CHECK_INT(number(pool, "SELECT COUNT(*) FROM left_open"), 0);
  CHECK_STR(query_with(pool, "SELECT ? + 1", dusq_int(1)), "0/0[int:2]"); /* prepared before, and again */
  CHECK_INT(number(pool, "SELECT CONNECTION_ID()"), id);
  close_pool(pool);
}
ON_EACH(reset)

/* A name in quotes is the function all the same. */
static void quoted_lock(void)
{
  static const char *const texts[] = {"SELECT `get_lock`('quoted', 0)", "SELECT `GET_LOCK` ('quoted', 0)",
                                      "SELECT `Get_Lock`/* */('quoted', 0)",
                                      "SELECT get_lock /*!50000 ('quoted', 0) */"};
  dusq_pool *pool = open_pool("pool_size=1");
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    CHECK_STR(query(pool, texts[i]), "0/0[int:1]");
    CHECK_INT(number(pool, "SELECT IS_FREE_LOCK('quoted')"), 1);
  }
  close_pool(pool);
  pool = open_pool("pool_size=1&sql_mode=ANSI_QUOTES");
  CHECK_STR(query(pool, "SELECT \"get_lock\"('quoted', 0)"), "0/0[int:1]");
  CHECK_INT(number(pool, "SELECT IS_FREE_LOCK('quoted')"), 1);
  close_pool(pool);
}
ON_EACH(quoted_lock)

static void native(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  bool there = false;
  CHECK_STR(outcome(dusq_pool_run(pool, native_job, &there, NULL, NULL)), "");
  CHECK(there);
  CHECK_STR(query(pool, "SELECT 1"), "0/0[int:1]");
  close_pool(pool);
}
ON_EACH(native)

/* An error inside a transaction that the server has ended by itself: what comes next is not committed by accident. */
static void failed_script(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS f; CREATE TABLE f(v INT PRIMARY KEY)"), "0/0 0/0");
  CHECK_STR(script(pool, "BEGIN; INSERT INTO f VALUES (1); INSERT INTO f VALUES (1)"), "UNIQUE");
  CHECK_INT(number(pool, "SELECT COUNT(*) FROM f"), 0);
  close_pool(pool);
}
ON_EACH(failed_script)

/* ---- many rows --------------------------------------------------------------------------------------------------- */

enum { ROWS = 10000 };

static void many(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  dusq_value *values = calloc(ROWS * 3, sizeof *values);
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS m; CREATE TABLE m(id INT PRIMARY KEY, t VARCHAR(30), d DATETIME(6))"),
            "0/0 0/0");
  for (int i = 0; values && i < ROWS; i++) {
    values[3 * i] = dusq_int(i);
    values[3 * i + 1] = i % 3 ? dusq_text(i % 2 ? "odd" : "even, and a little longer") : dusq_null();
    values[3 * i + 2] = dusq_timestamp(i * INT64_C(86400000001));
  }
  CHECK_STR(outcome(dusq_pool_many(pool, "INSERT INTO m VALUES (?, ?, ?)", 3, ROWS, values, NULL)), "10000/0");
  CHECK_STR(query(pool, "SELECT COUNT(*), COUNT(t), SUM(t = 'odd'), MAX(d) FROM m"),
            "0/0[int:10000,int:6666,decimal:3333,timestamp:1997-05-18 00:00:00.009999]");
  values[3 * 7777] = dusq_int(5);
  CHECK_STR(query(pool, "DELETE FROM m"), "10000/0");
  dusq_error *error = failure(dusq_pool_many(pool, "INSERT INTO m VALUES (?, ?, ?)", 3, ROWS, values, NULL));
  CHECK_INT(dusq_error_status(error), DUSQ_E_UNIQUE);
  CHECK_INT(dusq_error_index(error), 7777);
  dusq_error_unref(error);
  CHECK_INT(number(pool, "SELECT COUNT(*) FROM m"), 0);
  values[3 * 7777] = dusq_text("7777"); /* of another kind than the rest */
  CHECK_STR(outcome(dusq_pool_many(pool, "INSERT INTO m VALUES (?, ?, ?)", 3, ROWS, values, NULL)), "10000/0");
  CHECK_STR(outcome(dusq_pool_many(pool, "UPDATE m SET t = $2 WHERE id = $1", 3, 2, values, NULL)), "PARAMS");
  CHECK_STR(outcome(dusq_pool_many(pool, "DELETE FROM m WHERE id = ? OR t = ? OR d = ?", 3, 100, values, NULL)),
            "6700/0");
  values[3 * 50] = dusq_date(INT32_MAX);
  error = failure(dusq_pool_many(pool, "INSERT INTO m VALUES (?, ?, ?)", 3, 100, values, NULL));
  CHECK_INT(dusq_error_status(error), DUSQ_E_RANGE);
  CHECK_INT(dusq_error_index(error), 50);
  dusq_error_unref(error);
  free(values);
  close_pool(pool);
}
ON_EACH(many)

static void concurrent(void)
{
  enum { N = 200 };
  dusq_future *futures[N];
  dusq_pool *pool = open_pool("pool_size=8");
  for (int i = 0; i < N; i++)
    futures[i] = dusq_pool_query(pool, "SELECT ?, SLEEP(0.001)", DUSQ_PARAMS(dusq_int(i)), NULL);
  for (int i = 0; i < N; i++)
    expect_value(futures[i], i);
  close_pool(pool);
}
ON_EACH(concurrent)

void suite_mysql_backend(void);
void suite_mysql_backend(void)
{
  test_suite("mysql_backend");
  test_case("refused_options", test_refused_options);
  test_case("refused_port", test_refused_port);
  test_case("wrong_password", test_wrong_password);
  test_case("unix_socket", test_unix_socket);
  test_case("several_hosts", test_several_hosts);
  test_case("tls", test_tls);
  test_case("require", test_require);
  test_case("sigpipe", test_sigpipe);
  test_case("session", test_session);
  test_case("counts", test_counts);
  test_case("all_kinds_of_statements", test_all_kinds_of_statements);
  test_case("altered", test_altered);
  test_case("procedures", test_procedures);
  test_case("scripts", test_scripts);
  test_case("errors", test_errors);
  test_case("local_infile", test_local_infile);
  test_case("too_large", test_too_large);
  test_case("result_limit", test_result_limit);
  test_case("reset", test_reset);
  test_case("quoted_lock", test_quoted_lock);
  test_case("native", test_native);
  test_case("failed_script", test_failed_script);
  test_case("many", test_many);
  test_case("concurrent", test_concurrent);
}
