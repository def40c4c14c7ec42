/* test_mysql_settings.c - the MySQL backend: what a session's own settings mean for values and texts, and ids that a
 * signed number cannot hold.                                                                                         */
#include "mysql_rig.h"

#define INSTANT INT64_C(1767225600123456) /* 2026-01-01 00:00:00.123456 UTC */

static const char *ask(dusq_session *session, const char *sql)
{
  return outcome(dusq_session_query(session, sql, DUSQ_NO_PARAMS, NULL));
}

static const char *ask_with(dusq_session *session, const char *sql, dusq_value value)
{
  return outcome(dusq_session_query(session, sql, 1, &value, NULL));
}

static const char *ask_script(dusq_session *session, const char *sql)
{
  return outcome(dusq_session_script(session, sql, NULL));
}

/* ---- ids --------------------------------------------------------------------------------------------------------- */

static void check_id(dusq_future *take, uint64_t expected)
{
  dusq_result *result = NULL;
  CHECK_INT(dusq_future_wait(take, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_get(take, &result), DUSQ_OK);
  dusq_value value = dusq_result_last_id_value(result);
  CHECK_INT(value.type, expected > INT64_MAX ? DUSQ_UINT : expected ? DUSQ_INT : DUSQ_NULL);
  CHECK(value.u.n == expected);
  CHECK_INT(dusq_result_last_id(result), expected > INT64_MAX ? 0 : (int64_t)expected);
  dusq_result_unref(result);
  dusq_future_unref(take);
}

static dusq_result *insert_job(dusq_conn *conn, void *arg)
{
  dusq_result *result = NULL;
  const dusq_value seven = dusq_int(7);
  (void)arg;
  CHECK_INT(dusq_conn_query(conn, "INSERT INTO large(v) VALUES (?)", 1, &seven, &result, NULL), DUSQ_OK);
  return result;
}

static void large_ids(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  const dusq_value one = dusq_int(1), rows[] = {dusq_int(2), dusq_int(3), dusq_int(4)};
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS large; CREATE TABLE large(id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY "
                         "KEY, v INT) AUTO_INCREMENT = 9223372036854775807"),
            "0/0 0/0");
  const uint64_t first = INT64_MAX;
  check_id(dusq_pool_query(pool, "INSERT INTO large(v) VALUES (?)", 1, &one, NULL), first);
  check_id(dusq_pool_query(pool, "INSERT INTO large(v) VALUES (?)", 1, &one, NULL), first + 1);
  check_id(dusq_pool_query(pool, "INSERT INTO large(v) VALUES (?), (8)", 1, &one, NULL), first + 2);
  check_id(dusq_pool_script(pool, "INSERT INTO large(v) VALUES (5)", NULL), first + 4);
  /* MariaDB takes the rows as one, whose id is the first; for MySQL each is an insert */
  check_id(dusq_pool_many(pool, "INSERT INTO large(v) VALUES (?)", 1, 3, rows, NULL),
           current->mariadb ? first + 5 : first + 7);
  check_id(dusq_pool_run(pool, insert_job, NULL, NULL, NULL), first + 8);
  check_id(dusq_pool_query(pool, "UPDATE large SET id = LAST_INSERT_ID(id - 1 + 1) WHERE v = ? LIMIT 1", 1, &one, NULL),
           first);
  dusq_session *session = dusq_pool_session(pool, NULL);
  check_id(dusq_session_query(session, "INSERT INTO large VALUES (18446744073709551610, ?)", 1, &one, NULL),
           UINT64_C(18446744073709551610));
  check_id(dusq_session_query(session, "UPDATE large SET v = 0 * LAST_INSERT_ID(18446744073709551615) WHERE v = 7",
                              DUSQ_NO_PARAMS, NULL),
           UINT64_MAX);
  check_id(dusq_session_query(session, "SELECT 1", DUSQ_NO_PARAMS, NULL), 0);
  dusq_session_unref(session);
  close_pool(pool);
}
ON_EACH(large_ids)

/* ---- time zones -------------------------------------------------------------------------------------------------- */

static dusq_pool *open_instants(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS instants; CREATE TABLE instants(ts TIMESTAMP(6) NULL, "
                         "dt DATETIME(6) NULL);"
                         "DROP PROCEDURE IF EXISTS set_zone; "
                         "CREATE PROCEDURE set_zone() BEGIN SET time_zone = '+02:00'; END;"
                         "DROP PROCEDURE IF EXISTS zoned; "
                         "CREATE PROCEDURE zoned() BEGIN SET time_zone = '+02:00'; SELECT ts FROM instants; END"),
            "0/0 0/0 0/0 0/0 0/0 0/0");
  CHECK_STR(script(pool, "DROP FUNCTION IF EXISTS zoning; CREATE FUNCTION zoning() RETURNS INT DETERMINISTIC "
                         "BEGIN SET time_zone = '+03:00'; RETURN 1; END; DROP FUNCTION IF EXISTS zoning_at; "
                         "CREATE FUNCTION zoning_at() RETURNS INT DETERMINISTIC "
                         "BEGIN SET @@time_zone = '+03:00'; RETURN 1; END"),
            "0/0 0/0 0/0 0/0");
  CHECK_STR(query_with(pool, "INSERT INTO instants(ts) VALUES (?)", dusq_timestamp(INSTANT)), "1/0");
  return pool;
}

/* Each is refused, and as soon as the zone is UTC again each is right. */
static void check_refusals(dusq_session *session)
{
  const dusq_value rows[] = {dusq_timestamp(INSTANT), dusq_timestamp(INSTANT)};
  CHECK_STR(ask_with(session, "INSERT INTO instants(ts) VALUES (?)", dusq_timestamp(INSTANT)), "NOTSUP");
  CHECK_STR(ask(session, "SELECT ts FROM instants"), "NOTSUP");
  CHECK_STR(ask_script(session, "SELECT ts FROM instants"), "NOTSUP");
  CHECK_STR(outcome(dusq_session_many(session, "INSERT INTO instants(ts) VALUES (?)", 1, 2, rows, NULL)), "NOTSUP");
  CHECK_STR(ask(session, "SELECT UNIX_TIMESTAMP(ts) FROM instants"), "0/0[decimal:1767225600.123456]");
}

static void zones(void)
{
  static const char *const texts[] = {
      "SET time_zone = '+02:00'", "SET @@session.time_zone = '+02:00'", "SET SESSION time_zone = '-11:30'",
      "SET @@time_zone = '+02:00', @x = 1", "CALL set_zone()", "SET @z = '+02:00'; SET time_zone = @z",
      "SET session_track_system_variables = ''; SET time_zone = '+02:00'"};
  dusq_pool *pool = open_instants();
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    dusq_session *session = dusq_pool_session(pool, NULL);
    dusq_future_unref(dusq_session_script(session, texts[i], NULL));
    check_refusals(session);
    CHECK_STR(ask_script(session, "SET time_zone = '+00:00'"), "0/0");
    CHECK_STR(ask_with(session, "UPDATE instants SET ts = ?", dusq_timestamp(INSTANT)), "1/0");
    CHECK_STR(ask(session, "SELECT ts FROM instants"), "0/0[timestamp:2026-01-01 00:00:00.123456]");
    dusq_session_unref(session);
    CHECK_STR(query(pool, "SELECT ts FROM instants"), "0/0[timestamp:2026-01-01 00:00:00.123456]");
  }
  CHECK_STR(script(pool, "SET time_zone = '+02:00'; SELECT ts FROM instants"), "NOTSUP");
  CHECK_STR(query(pool, "CALL zoned()"), "NOTSUP");
  CHECK_STR(query(pool, "SELECT ts FROM instants"), "0/0[timestamp:2026-01-01 00:00:00.123456]");
  if (current->mariadb)
    CHECK_STR(query(pool, "SET STATEMENT time_zone = '+02:00' FOR SELECT ts FROM instants"), "NOTSUP");
  CHECK_STR(query(pool, "UPDATE instants SET dt = '2026-01-01 12:00:00'"), "1/0");
  CHECK_STR(script(pool, "SET time_zone = '+02:00'; SELECT dt FROM instants"),
            "0/0 0/0[timestamp:2026-01-01 12:00:00]");
  close_pool(pool);
}
ON_EACH(zones)

/* How else a session's zone can be set: each is seen, and does not outlive its session, or its query. */
static const char *const odd_zones[] = {
    "SET @@`time_zone` = '+05:00'", "SET @a = 1, @@`time_zone` := '+05:00'", "SET @@time_zone/**/ = '+05:00'",
    "SET @@time_zone -- now\n:=\n'+05:00'", "SET @@session.`time_zone` = '+05:00'", "SET `time_zone` = '+05:00'",
    "SET @@session . time_zone = '+05:00'", "SET LOCAL `time_zone` = '+05:00'",
    "/*!50000 SET @@time_zone = '+05:00' */",
    "SET /*!50000 @@`time_zone` */ = '+05:00'", "/*!50000 CALL set_zone() */", "DO zoning()", "SELECT zoning()",
    "DO zoning_at()", "SELECT zoning_at()", "SELECT `zoning_at` ( )", "SELECT zoning_at/* */()",
    "SELECT dusq.zoning_at()",
    "SELECT 1 FROM instants WHERE `dusq` . `zoning_at`()", "SET @z = zoning_at()",
    "SELECT zoning_at(), (SELECT 1 UNION SELECT 2)"};

/* The text stands in the message when it fails. */
static void check_of(const char *text, const char *actual, const char *expected)
{
  char all[TEXT_SIZE], wanted[TEXT_SIZE];
  snprintf(all, sizeof all, "%s: %s", text, actual);
  snprintf(wanted, sizeof wanted, "%s: %s", text, expected);
  CHECK_STR(all, wanted);
}

static void check_odd_zone(dusq_pool *pool, const char *text)
{
  static const char zone[] = "SELECT CAST(@@time_zone AS CHAR)";
  dusq_session *session = dusq_pool_session(pool, NULL);
  (void)ask(session, text);
  check_of(text, ask_with(session, "UPDATE instants SET ts = ?", dusq_timestamp(INSTANT)), "NOTSUP");
  check_of(text, ask(session, "SELECT ts FROM instants"), "NOTSUP");
  dusq_session_unref(session);
  session = dusq_pool_session(pool, NULL);
  (void)ask_script(session, text);
  check_of(text, ask(session, "SELECT ts FROM instants"), "NOTSUP");
  dusq_session_unref(session);
  session = dusq_pool_session(pool, NULL);
  (void)ask(session, text);
  dusq_session_unref(session);
  check_of(text, query(pool, zone), "0/0[text:+00:00]");
  (void)query(pool, text);
  check_of(text, query(pool, zone), "0/0[text:+00:00]");
  (void)script(pool, text);
  check_of(text, query(pool, zone), "0/0[text:+00:00]");
}

static void zones_untold(void)
{
  dusq_pool *pool = open_instants();
  for (size_t i = 0; i < sizeof odd_zones / sizeof *odd_zones; i++)
    check_odd_zone(pool, odd_zones[i]);
  if (current->mariadb)
    check_odd_zone(pool, "EXECUTE IMMEDIATE CONCAT('SET @', '@time_zone = \"+05:00\"')");
  /* what sets it and binds, or shows, at once */
  CHECK_STR(query_with(pool, "SELECT zoning_at() + ?", dusq_int(1)), "0/0[int:2]");
  dusq_session *session = dusq_pool_session(pool, NULL);
  (void)ask_with(session, "SELECT zoning_at(), ?", dusq_timestamp(INSTANT));
  check_refusals(session);
  dusq_session_unref(session);
  CHECK_STR(query(pool, "SELECT zoning_at(), ts FROM instants"), "NOTSUP");
  CHECK_STR(query(pool, "SELECT ts FROM instants"), "0/0[timestamp:2026-01-01 00:00:00.123456]");
  close_pool(pool);
}
ON_EACH(zones_untold)

static dusq_result *zone_job(dusq_conn *conn, void *arg)
{
  const bool *by_handle = arg;
  const dusq_value instant = dusq_timestamp(INSTANT);
  void *handle = *by_handle ? dusq_conn_native(conn) : NULL;
  CHECK(handle || !*by_handle);
  CHECK_INT(dusq_conn_script(conn, "SET time_zone = '+02:00'", NULL, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_query(conn, "INSERT INTO instants(ts) VALUES (?)", 1, &instant, NULL, NULL), DUSQ_E_NOTSUP);
  CHECK_INT(dusq_conn_query(conn, "SELECT ts FROM instants", 0, NULL, NULL, NULL), DUSQ_E_NOTSUP);
  CHECK_INT(dusq_conn_script(conn, "SET time_zone = 'SYSTEM'", NULL, NULL), DUSQ_OK);
  CHECK_INT(dusq_conn_query(conn, "SELECT ts FROM instants", 0, NULL, NULL, NULL), DUSQ_OK); /* the servers run in UTC */
  return NULL;
}

static void zone_in_job(void)
{
  dusq_pool *pool = open_instants();
  for (int by_handle = 0; by_handle < 2; by_handle++) {
    bool arg = by_handle;
    CHECK_STR(outcome(dusq_pool_run(pool, zone_job, &arg, NULL, NULL)), "");
    CHECK_STR(query(pool, "SELECT ts FROM instants"), "0/0[timestamp:2026-01-01 00:00:00.123456]");
  }
  close_pool(pool);
}
ON_EACH(zone_in_job)

/* ---- texts ------------------------------------------------------------------------------------------------------- */

static void not_utf8(void)
{
  static const char *const texts[] = {"SELECT '\xe9'", "SELECT 1 AS \xff", "SELECT 1 -- \xc3", "SELECT '\xed\xa0\x80'",
                                      "SELECT '\xf4\x90\x80\x80'"};
  dusq_pool *pool = open_pool("pool_size=1");
  dusq_session *session = dusq_pool_session(pool, NULL);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    CHECK_STR(ask(session, texts[i]), "DATA");
    CHECK_STR(ask_script(session, texts[i]), "DATA");
  }
  dusq_error *error = failure(dusq_session_script(session, "SELECT 1; SELECT '\xe9'", NULL));
  CHECK_INT(dusq_error_position(error), 18);
  dusq_error_unref(error);
  CHECK_STR(ask_with(session, "SELECT ?", dusq_text("\xe9")), "DATA");
  CHECK_STR(ask(session, "SELECT 'gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\x86'"),
            "0/0[text:gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\x86]");
  dusq_session_unref(session);
  close_pool(pool);
}
ON_EACH(not_utf8)

static void charsets(void)
{
  static const char *const names[] = {"latin1", "latin2", "binary", "gbk"};
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS words; CREATE TABLE words(w VARCHAR(20)) CHARACTER SET utf8mb4;"
                         "INSERT INTO words VALUES ('\xc3\xa9')"),
            "0/0 0/0 1/0");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char sql[100];
    dusq_session *session = dusq_pool_session(pool, NULL);
    snprintf(sql, sizeof sql, "SET NAMES %s", names[i]);
    CHECK_STR(ask(session, sql), "0/0");
    CHECK_STR(ask_with(session, "INSERT INTO words VALUES (?)", dusq_text("\xc3\xa9")), "NOTSUP");
    CHECK_STR(ask(session, "INSERT INTO words VALUES ('\xc3\xa9')"), "NOTSUP");
    CHECK_STR(ask_script(session, "INSERT INTO words VALUES ('\xc3\xa9')"), "NOTSUP");
    CHECK_STR(ask(session, "SELECT w FROM words"), "NOTSUP");
    CHECK_STR(ask_script(session, "SELECT w FROM words"), "NOTSUP");
    CHECK_STR(ask_with(session, "INSERT INTO words VALUES (?)", dusq_text("plain")), "1/0");
    CHECK_STR(ask(session, "DELETE FROM words WHERE w = 'plain'"), "1/0");
    CHECK_STR(ask(session, "SET NAMES utf8mb4"), "0/0");
    CHECK_STR(ask(session, "SELECT w FROM words"), "0/0[text:\xc3\xa9]");
    dusq_session_unref(session);
  }
  CHECK_STR(script(pool, "SET NAMES latin1; INSERT INTO words VALUES ('\xc3\xa9')"), "NOTSUP");
  CHECK_STR(script(pool, "SET character_set_results = NULL; SELECT _latin1 x'e9'"), "NOTSUP");
  CHECK_STR(script(pool, "SET character_set_results = utf16; SELECT 'AB'"), "NOTSUP");
  CHECK_STR(script(pool, "SET character_set_results = latin1; SELECT 1 AS `\xc3\xa9`"), "NOTSUP");
  CHECK_STR(query(pool, "SELECT w FROM words"), "0/0[text:\xc3\xa9]");
  CHECK_STR(query(pool, "SELECT _latin1 x'e9'"), "0/0[text:\xc3\xa9]");
  close_pool(pool);
}
ON_EACH(charsets)

static void charsets_untold(void)
{
  static const char *const texts[] = {
      "SET @@`character_set_client` = latin1", "SET @@character_set_client/**/ = latin1",
      "SET @a = 1, @@`character_set_client` := latin1", "SET `character_set_client` = latin1",
      "SET @@session.`character_set_client` = latin1", "SET CHARACTER SET latin1", "SET CHARSET latin1",
      "/*!50000 SET @@`character_set_client` = latin1 */", "SET @@\n`character_set_client`\n= latin1"};
  static const char *const results[] = {"SET @@`character_set_results` = latin1",
                                        "SET @@character_set_results/**/ := latin1"};
  dusq_pool *pool = open_pool("pool_size=1");
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    dusq_session *session = dusq_pool_session(pool, NULL);
    if (!strcmp(ask(session, texts[i]), "0/0")) { /* a server may not take blanks behind the signs */
      check_of(texts[i], ask_with(session, "SELECT HEX(?)", dusq_text("\xc3\xa9")), "NOTSUP");
      check_of(texts[i], ask(session, "SELECT 1, HEX('\xc3\xa9')"), "NOTSUP");
      check_of(texts[i], ask_script(session, "SELECT HEX('\xc3\xa9')"), "NOTSUP");
    }
    dusq_session_unref(session);
    check_of(texts[i], query(pool, "SELECT HEX('\xc3\xa9')"), "0/0[text:C3A9]");
  }
  for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
    dusq_session *session = dusq_pool_session(pool, NULL);
    CHECK_STR(ask(session, results[i]), "0/0");
    CHECK_STR(ask(session, "SELECT CONCAT(CHAR(195 USING latin1), CHAR(169 USING latin1))"), "NOTSUP");
    dusq_session_unref(session);
  }
  if (current->mariadb)
    CHECK_STR(query(pool, "SET STATEMENT character_set_results = latin1 FOR "
                          "SELECT CONCAT(CHAR(195 USING latin1), CHAR(169 USING latin1))"),
              "NOTSUP");
  close_pool(pool);
}
ON_EACH(charsets_untold)

void suite_mysql_settings(void);
void suite_mysql_settings(void)
{
  test_suite("mysql_settings");
  test_case("large_ids", test_large_ids);
  test_case("zones", test_zones);
  test_case("zones_untold", test_zones_untold);
  test_case("zone_in_job", test_zone_in_job);
  test_case("not_utf8", test_not_utf8);
  test_case("charsets", test_charsets);
  test_case("charsets_untold", test_charsets_untold);
}
