/* test_mysql_errors.c - the MySQL backend: what of a message becomes the message, the detail, and the names.
 *
 * Values say what a message might say itself; and numbers that nobody knows are made by SIGNAL.                      */
#include "mysql_rig.h"

#define SECRET "42424242"

typedef struct expected {
  dusq_status status;
  const char *constraint, *table, *column;
  const char *said; /* in the message */
} expected;

static void check_failure(dusq_future *take, const char *secret, const expected *want)
{
  dusq_error *error = failure(take);
  CHECK_STR(dusq_status_name(dusq_error_status(error)), dusq_status_name(want->status));
  CHECK_STR(dusq_error_constraint(error), want->constraint);
  CHECK_STR(dusq_error_table(error), want->table);
  CHECK_STR(dusq_error_column(error), want->column);
  if (want->said && !strstr(dusq_error_message(error), want->said))
    CHECK_STR(dusq_error_message(error), want->said);
  if (secret && strstr(dusq_error_message(error), secret))
    CHECK_STR(dusq_error_message(error), "without the value");
  bool placeholder = !current->mariadb && strchr(dusq_error_detail(error), '?'); /* MySQL's, in place of the value */
  CHECK(!secret || placeholder || strstr(dusq_error_detail(error), secret));
  dusq_error_unref(error);
}

static dusq_result *query_job(dusq_conn *conn, void *arg)
{
  const dusq_step *step = arg;
  dusq_error *error = NULL;
  if (dusq_conn_query(conn, step->sql, step->n, step->values, NULL, &error))
    dusq_conn_fail(conn, error);
  return NULL;
}

/* On each way that takes a value, and as a text that holds it. */
static void check_ways(dusq_pool *pool, const char *sql, const char *value, const char *literal, expected want)
{
  dusq_value one = dusq_text(value);
  dusq_step step = {.sql = sql, .values = &one, .n = 1};
  char text[1000];
  const char *mark = strchr(sql, '?');
  check_failure(dusq_pool_query(pool, sql, 1, &one, NULL), SECRET, &want);
  check_failure(dusq_pool_many(pool, sql, 1, 1, &one, NULL), SECRET, &want);
  check_failure(dusq_pool_many(pool, sql, 1, 2, (dusq_value[]){one, one}, NULL), SECRET, &want);
  check_failure(dusq_pool_run(pool, query_job, &step, NULL, NULL), SECRET, &want);
  check_failure(dusq_pool_transact_steps(pool, &step, 1, NULL, NULL), SECRET, &want);
  snprintf(text, sizeof text, "SELECT 1; %.*s%s%s", (int)(mark - sql), sql, literal, mark + 1);
  check_failure(dusq_pool_script(pool, text, NULL), SECRET, &want);
  dusq_session *session = dusq_pool_session(pool, NULL);
  check_failure(dusq_session_query(session, sql, 1, &one, NULL), SECRET, &want);
  dusq_future_unref(dusq_session_close(session));
  dusq_session_unref(session);
}

static dusq_pool *open_with_table(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS said; CREATE TABLE said(mail VARCHAR(90), n INT, u BIGINT UNSIGNED,"
                         "d DATE, other VARCHAR(90), CONSTRAINT by_mail UNIQUE(mail),"
                         "CONSTRAINT `by.other` UNIQUE(other))"),
            "0/0 0/0");
  return pool;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static void names_of_keys(void)
{
  dusq_pool *pool = open_with_table();
  const char *table = current->mariadb ? "" : "said"; /* MariaDB's message does not have it */
  const expected by_mail = {DUSQ_E_UNIQUE, "by_mail", table, "", "for key '"};
  const expected by_other = {DUSQ_E_UNIQUE, "by.other", table, "", "for key '"};
  static const char *const values[] = {SECRET "' for key 'evil", "a' for key 'evil.name' " SECRET, SECRET " entry 'x",
                                       "' for key '" SECRET};
  static const char *const literals[] = {"'" SECRET "'' for key ''evil'", "'a'' for key ''evil.name'' " SECRET "'",
                                         "'" SECRET " entry ''x'", "''' for key ''" SECRET "'"};
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    CHECK_STR(query(pool, "DELETE FROM said") + 1, "/0");
    CHECK_STR(query_with(pool, "INSERT INTO said(mail) VALUES (?)", dusq_text(values[i])), "1/0");
    check_ways(pool, "INSERT INTO said(mail) VALUES (?)", values[i], literals[i], by_mail);
    CHECK_STR(query_with(pool, "UPDATE said SET other = ?", dusq_text(values[i])), "1/0");
    check_ways(pool, "INSERT INTO said(other) VALUES (?)", values[i], literals[i], by_other);
  }
  close_pool(pool);
}
ON_EACH(names_of_keys)

static void names_of_columns(void)
{
  dusq_pool *pool = open_with_table();
  const char *table = current->mariadb ? "said" : "";
  const expected number = {DUSQ_E_DATA, "", table, "n", "Incorrect integer value for column "};
  const expected day = {DUSQ_E_DATA, "", table, "d", "Incorrect date value for column "};
  check_ways(pool, "INSERT INTO said(n) VALUES (?)", "x" SECRET "' for column `a`.`b`.`evil` at row 1",
             "'x" SECRET "'' for column `a`.`b`.`evil` at row 1'", number);
  check_ways(pool, "INSERT INTO said(n) VALUES (?)", "x' for column 'evil' at row 1 " SECRET,
             "'x'' for column ''evil'' at row 1 " SECRET "'", number);
  check_ways(pool, "INSERT INTO said(d) VALUES (?)", "' value: '' for column 'evil" SECRET,
             "''' value: '''' for column ''evil" SECRET "'", day);
  /* no column is in the message, but words like one are in the value */
  CHECK_STR(query(pool, "INSERT INTO said(n) VALUES (1)"), "1/0");
  check_ways(pool, "UPDATE said SET u = 2 WHERE n = ?", "x" SECRET "' for column `a`.`b`.`evil` at row 1",
             "'x" SECRET "'' for column `a`.`b`.`evil` at row 1'",
             (expected){DUSQ_E_DATA, "", "", "", "Truncated incorrect "});
  close_pool(pool);
}
ON_EACH(names_of_columns)

/* ---- values ------------------------------------------------------------------------------------------------------ */

static void values_of_rows(void)
{
  dusq_pool *pool = open_with_table();
  const expected data = {DUSQ_E_DATA, "", "", "", "BIGINT UNSIGNED value is out of range in ..."};
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS parts; CREATE TABLE parts(v INT) PARTITION BY LIST (v)"
                         "(PARTITION one VALUES IN (1)); INSERT INTO said(u) VALUES (1)"),
            "0/0 0/0 1/0");
  check_ways(pool, "INSERT INTO parts VALUES (?)", SECRET, "'" SECRET "'",
             (expected){DUSQ_E_SQL, "", "", "", "Table has no partition for value ..."});
  check_ways(pool, "UPDATE said SET u = u - CAST(? AS UNSIGNED)", SECRET, "'" SECRET "'", data);
  check_failure(dusq_pool_query(pool, "SELECT UPDATEXML(1, CONCAT('~', '" SECRET "'), 1)", DUSQ_NO_PARAMS, NULL),
                SECRET, &(expected){DUSQ_E_SQL, "", "", "", "XPATH syntax error: ..."});
  close_pool(pool);
}
ON_EACH(values_of_rows)

/* Numbers that have no rule of their own, and shapes that messages have; "^" is a single quote. */
static void values_of_unknown_errors(void)
{
  static const struct {
    const char *state, *text, *message;
    int number;
  } all[] = {
      {"HY000", "Got error 7 ^it^s " SECRET "^ from CONNECT", "Got error ... ... from CONNECT", 1296},
      {"HY000", "Got error 7 `" SECRET "` from CONNECT", "Got error ... ... from CONNECT", 4204},
      {"22000", "Data cannot be converted to a valid vector: ^" SECRET "^",
       "Data cannot be converted to a valid vector: ...", 6138},
      {"HY000", "Cannot convert " SECRET " at row 3", "Cannot convert ... at row 3", 30001},
      {"HY000", "Cannot convert -" SECRET ".5e+7, said row 3", "Cannot convert ..., said row ...", 30001},
      {"HY000", "Found a row in wrong partition p0 (id:" SECRET ")", "Found a row in wrong partition p0 ...", 1863},
      {"HY000", "Reason: said ^a^ and " SECRET " at row 12", "Reason: ... at row 12", 30002},
      {"HY000", "Never ended ^" SECRET, "Never ended ...", 30003},
      {"22007", "Illegal double ^" SECRET "^ value found during parsing",
       "Illegal double ... value found during parsing", 1367},
      {"23000", "Record ^" SECRET "^ would lead to a duplicate", "Record ... would lead to a duplicate", 1761},
      {"42000", "Variable ^x^ can^t be set to the value of ^" SECRET "^", "Variable ...", 1231},
  };
  dusq_pool *pool = open_pool("pool_size=1");
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    char sql[400], text[300] = "";
    for (const char *at = all[i].text; *at; at++)
      snprintf(text + strlen(text), sizeof text - strlen(text), "%.*s", *at == '^' ? 2 : 1, *at == '^' ? "''" : at);
    snprintf(sql, sizeof sql, "SIGNAL SQLSTATE '%s' SET MYSQL_ERRNO = %d, MESSAGE_TEXT = '%s'", all[i].state,
             all[i].number, text);
    dusq_error *error = failure(dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL));
    CHECK_INT(dusq_error_native(error), all[i].number);
    CHECK_STR(dusq_error_message(error), all[i].message);
    CHECK(strstr(dusq_error_detail(error), SECRET) != NULL);
    dusq_error_unref(error);
  }
  close_pool(pool);
}
ON_EACH(values_of_unknown_errors)

/* What a program says of its own accord is no value of a row; nor is what a statement is refused for. */
static void kept(void)
{
  dusq_pool *pool = open_with_table();
  const expected signal = {DUSQ_E_SQL, "", "", "", "Order 17 of 'Smith' is closed"};
  const expected ambiguous = {DUSQ_E_SYNTAX, "", "", "", "'n'"};
  const expected mix = {DUSQ_E_SQL, "", "", "", "(utf8mb4_bin,"};
  check_failure(dusq_pool_query(pool, "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Order 17 of ''Smith'' is closed'",
                                DUSQ_NO_PARAMS, NULL),
                NULL, &signal);
  check_failure(dusq_pool_query(pool, "SELECT n FROM said a, said b", DUSQ_NO_PARAMS, NULL), NULL, &ambiguous);
  check_failure(dusq_pool_query(pool, "SELECT mail COLLATE utf8mb4_bin = mail COLLATE utf8mb4_general_ci FROM said",
                                DUSQ_NO_PARAMS, NULL),
                NULL, &mix);
  close_pool(pool);
}
ON_EACH(kept)

void suite_mysql_errors(void);
void suite_mysql_errors(void)
{
  test_suite("mysql_errors");
  test_case("names_of_keys", test_names_of_keys);
  test_case("names_of_columns", test_names_of_columns);
  test_case("values_of_rows", test_values_of_rows);
  test_case("values_of_unknown_errors", test_values_of_unknown_errors);
  test_case("kept", test_kept);
}
