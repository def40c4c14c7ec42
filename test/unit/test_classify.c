/* test_classify.c - what the drivers say, as statuses, for all four flavours. */
#include "test.h"
#include <dusq/backend.h>

enum { PG = DUSQ_FLAVOUR_POSTGRESQL, MY = DUSQ_FLAVOUR_MYSQL, MA = DUSQ_FLAVOUR_MARIADB, LITE = DUSQ_FLAVOUR_SQLITE };

/* A space-separated list of codes that all have one status. */
typedef struct row {
  int status;
  const char *codes;
} row;

static void check_states(const row *rows, size_t n)
{
  for (size_t i = 0; i < n; i++)
    for (const char *at = rows[i].codes; *at; at += at[5] ? 6 : 5) {
      char state[6] = "";
      memcpy(state, at, 5);
      if (dusq_classify(PG, 0, state, NULL) != rows[i].status)
        fprintf(stderr, "%s\n", state);
      CHECK_STR(dusq_status_name(dusq_classify(PG, 0, state, NULL)), dusq_status_name(rows[i].status));
    }
}

static void check_numbers(int flavour, const row *rows, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    const char *at = rows[i].codes;
    while (*at) {
      char *end;
      long number = strtol(at, &end, 10);
      if (dusq_classify(flavour, number, NULL, NULL) != rows[i].status)
        fprintf(stderr, "flavour %d, %ld\n", flavour, number);
      CHECK_STR(dusq_status_name(dusq_classify(flavour, number, NULL, NULL)), dusq_status_name(rows[i].status));
      at = end;
    }
  }
}

static void test_postgresql(void)
{
  static const row rows[] = {
      {DUSQ_E_CONNECT, "08001 08004"},
      {DUSQ_E_CONNECTION_LOST, "08000 08003 08006 08007 57P01 57P02 57P05"},
      {DUSQ_E_PROTOCOL, "08P01"},
      {DUSQ_E_AUTH, "28000 28P01"},
      {DUSQ_E_CONFIG, "F0000"},
      {DUSQ_E_TOO_MANY_CONNECTIONS, "53300"},
      {DUSQ_E_NO_SUCH_OBJECT, "3D000 3F000 42P01 42703 42883 42704"},
      {DUSQ_E_DUPLICATE_OBJECT, "42P07 42701 42710 42P04 42P06 42723"},
      {DUSQ_E_SYNTAX, "42601 42000 42P02 42P18"},
      {DUSQ_E_PERMISSION, "42501"},
      {DUSQ_E_UNIQUE, "23505 23P01"},
      {DUSQ_E_FOREIGN_KEY, "23503 23001"},
      {DUSQ_E_NOT_NULL, "23502"},
      {DUSQ_E_CHECK, "23514"},
      {DUSQ_E_CONSTRAINT, "23000 27000 44000"},
      {DUSQ_E_SERIALIZATION, "40001"},
      {DUSQ_E_TX_DEADLOCK, "40P01"},
      {DUSQ_E_LOCKED, "55P03"},
      {DUSQ_E_TIMEDOUT, "25P03 25P04"},
      {DUSQ_E_CANCELED, "57014"},
      {DUSQ_E_TX_ABORTED, "25P02"},
      {DUSQ_E_TX_STATE, "25001 25P01 2D000 0B000"},
      {DUSQ_E_READ_ONLY, "25006"},
      {DUSQ_E_DISK_FULL, "53100"},
      {DUSQ_E_RESOURCE, "53000 53200 53400 54001 54011 54023"},
      {DUSQ_E_TOO_LARGE, "54000"},
      {DUSQ_E_DATA, "22000 22001 22003 22007 22012 22021 22P02 42804 42846 42P08"},
      {DUSQ_E_NOTSUP, "0A000"},
      {DUSQ_E_STALE_STATEMENT, "26000 42P05"},
      {DUSQ_E_CORRUPT, "XX001 XX002"},
      {DUSQ_E_IO, "58030 58000"},
      {DUSQ_E_SHUTDOWN, "57P03"},
      {DUSQ_E_SQL, "XX000 P0001 55000 ZZ999 00000 40003"},
  };
  check_states(rows, sizeof rows / sizeof rows[0]);
}

static void test_postgresql_texts(void)
{
  CHECK_INT(dusq_classify(PG, 0, "08P01", "bind message supplies 1 parameters, but prepared statement requires 2"),
            DUSQ_E_PARAMS);
  CHECK_INT(dusq_classify(PG, 0, "08P01", "invalid message format"), DUSQ_E_PROTOCOL);
  CHECK_INT(dusq_classify(PG, 0, "0A000", "cached plan must not change result type"), DUSQ_E_STALE_STATEMENT);
  CHECK_INT(dusq_classify(PG, 0, "0A000", "WHERE CURRENT OF is not supported for this table"), DUSQ_E_NOTSUP);
  CHECK_INT(dusq_classify(PG, 0, "42P01", "SSL"), DUSQ_E_NO_SUCH_OBJECT); /* a code is believed, not a text */
  CHECK_INT(dusq_classify(PG, 0, "", "server does not support SSL, but SSL was required"), DUSQ_E_TLS);
  CHECK_INT(dusq_classify(PG, 0, NULL, "SSL error: certificate verify failed"), DUSQ_E_TLS);
  CHECK_INT(dusq_classify(PG, 0, NULL, "SSL SYSCALL error: EOF detected"), DUSQ_E_CONNECTION_LOST);
  CHECK_INT(dusq_classify(PG, 0, NULL, "connection to server at \"h\" failed: Connection refused"), DUSQ_E_CONNECT);
  CHECK_INT(dusq_classify(PG, 0, NULL, "server closed the connection unexpectedly"), DUSQ_E_CONNECTION_LOST);
  CHECK_INT(dusq_classify(PG, 0, NULL, "invalid connection option \"x\""), DUSQ_E_CONFIG);
  CHECK_INT(dusq_classify(PG, 0, NULL, NULL), DUSQ_E_SQL);
  CHECK_INT(dusq_classify(PG, 0, NULL, "anything else"), DUSQ_E_SQL);
}

/* What MySQL and MariaDB agree on. */
static const row shared[] = {
    {DUSQ_E_CONNECT, "2002 2003 2005 2012 1129 1130"},
    {DUSQ_E_CONNECTION_LOST, "2006 2013 2055 1158 1159 1160 1161"},
    {DUSQ_E_PROTOCOL, "2014 2027 1156"},
    {DUSQ_E_TLS, "2026"},
    {DUSQ_E_AUTH, "1045 1698 1820 1862 2061"},
    {DUSQ_E_CONFIG, "2059 2019"},
    {DUSQ_E_TOO_MANY_CONNECTIONS, "1040 1203 1226"},
    {DUSQ_E_NO_SUCH_OBJECT, "1049 1046 1146 1054 1305 1051 1072 1008 1091 1109 1360"},
    {DUSQ_E_DUPLICATE_OBJECT, "1050 1007 1060 1061 1304 1359"},
    {DUSQ_E_SYNTAX, "1064 1149 1136 1065 1052"},
    {DUSQ_E_PERMISSION, "1142 1143 1227 1370 1044"},
    {DUSQ_E_UNIQUE, "1062 1586 1169 1022"},
    {DUSQ_E_FOREIGN_KEY, "1451 1452 1216 1217"},
    {DUSQ_E_NOT_NULL, "1048 1364"},
    {DUSQ_E_TX_DEADLOCK, "1213 1614 3058"},
    {DUSQ_E_LOCKED, "1205"},
    {DUSQ_E_CANCELED, "1317"},
    {DUSQ_E_TX_STATE, "1399 1568"},
    {DUSQ_E_READ_ONLY, "1290 1792 1836"},
    {DUSQ_E_DISK_FULL, "1114 1021"},
    {DUSQ_E_RESOURCE, "1037 1038 1041 1206 1461"},
    {DUSQ_E_TOO_LARGE, "1153 2020"},
    {DUSQ_E_DATA, "1264 1265 1292 1366 1406 1690 1365 1525 3140"},
    {DUSQ_E_PARAMS, "2031 2034 1390"},
    {DUSQ_E_NOTSUP, "1235 1295 2054"},
    {DUSQ_E_STALE_STATEMENT, "1243 1615 2056"},
    {DUSQ_E_CORRUPT, "1034 1035 1194 1195"},
    {DUSQ_E_IO, "1024 1026 1030"},
    {DUSQ_E_SHUTDOWN, "1053 1077"},
    {DUSQ_E_SQL, "1105 1180 0 -1 65536000 1 70598"}, /* the last is 1062 + 65536 + 4000 */
};

static void test_mysql(void)
{
  static const row own[] = {
      {DUSQ_E_CONNECTION_LOST, "4031 3169"}, {DUSQ_E_PROTOCOL, "2000 1047"}, {DUSQ_E_AUTH, "3118"},
      {DUSQ_E_UNIQUE, "1761 1762"},          {DUSQ_E_CHECK, "3819"},         {DUSQ_E_SERIALIZATION, "3101"},
      {DUSQ_E_LOCKED, "3572"},               {DUSQ_E_TIMEDOUT, "3024"},      {DUSQ_E_STALE_STATEMENT, "2057"},
      {DUSQ_E_SQL, "4025 1020 1969 1927 4151 5010 5013"},
  };
  check_numbers(MY, shared, sizeof shared / sizeof shared[0]);
  check_numbers(MY, own, sizeof own / sizeof own[0]);
}

static void test_mariadb(void)
{
  static const row own[] = {
      {DUSQ_E_CONNECT, "1047 5001"},    {DUSQ_E_CONNECTION_LOST, "1927 5013 5014"},
      {DUSQ_E_AUTH, "4151 5010"},       {DUSQ_E_CONFIG, "5011 5012"},
      {DUSQ_E_CHECK, "4025"},           {DUSQ_E_SERIALIZATION, "1020"},
      {DUSQ_E_TIMEDOUT, "1969"},        {DUSQ_E_NOTSUP, "5003"},
      {DUSQ_E_SQL, "4031 3819 3024 3101 3118 3169 3572"},
  };
  check_numbers(MA, shared, sizeof shared / sizeof shared[0]);
  check_numbers(MA, own, sizeof own / sizeof own[0]);
}

static void test_mysql_fallbacks(void)
{
  CHECK_INT(dusq_classify(MY, 9999, "23000", NULL), DUSQ_E_CONSTRAINT);
  CHECK_INT(dusq_classify(MY, 9999, "42000", NULL), DUSQ_E_SYNTAX);
  CHECK_INT(dusq_classify(MY, 9999, "42S02", NULL), DUSQ_E_NO_SUCH_OBJECT);
  CHECK_INT(dusq_classify(MY, 9999, "40001", NULL), DUSQ_E_SERIALIZATION);
  CHECK_INT(dusq_classify(MY, 9999, "08S01", NULL), DUSQ_E_CONNECTION_LOST);
  CHECK_INT(dusq_classify(MY, 9999, "HY000", NULL), DUSQ_E_SQL);
  CHECK_INT(dusq_classify(MY, 1213, "40001", NULL), DUSQ_E_TX_DEADLOCK); /* the number says more */
  CHECK_INT(dusq_classify(MY, 1044, "42000", NULL), DUSQ_E_PERMISSION);
  CHECK_INT(dusq_classify(MY, 1030, "HY000", "Got error 28 from storage engine"), DUSQ_E_DISK_FULL);
  CHECK_INT(dusq_classify(MA, 1030, "HY000", "Got error 28 \"No space left on device\" from storage engine InnoDB"),
            DUSQ_E_DISK_FULL);
  CHECK_INT(dusq_classify(MY, 1030, "HY000", "Got error 127 from storage engine"), DUSQ_E_CORRUPT);
  CHECK_INT(dusq_classify(MY, 1030, "HY000", "Got error 145 from storage engine"), DUSQ_E_CORRUPT);
  CHECK_INT(dusq_classify(MY, 1030, "HY000", "Got error 128 from storage engine"), DUSQ_E_IO);
  CHECK_INT(dusq_classify(MY, 1030, "HY000", "no number"), DUSQ_E_IO);
  CHECK_INT(dusq_classify(MA, 1030, "HY000", "99999999999999999999999999"), DUSQ_E_IO);
  CHECK_INT(dusq_classify(MA, 1045, "HY000", "Plugin x could not be loaded: no such file"), DUSQ_E_CONFIG);
  CHECK_INT(dusq_classify(MY, 1045, "28000", "Access denied for user 'could not be loaded'"), DUSQ_E_AUTH);
  CHECK_INT(dusq_classify(MY, 1105, "HY000", "Parameter which is set through mysql_send_long_data() is longer than"),
            DUSQ_E_TOO_LARGE);
}

static void test_sqlite_codes(void)
{
  static const row rows[] = {
      {DUSQ_E_CONNECT, "14 270 526 782 1038 1550"},
      {DUSQ_E_PROTOCOL, "21"},
      {DUSQ_E_PERMISSION, "23 279 3"},
      {DUSQ_E_UNIQUE, "2067 1555 2579"},
      {DUSQ_E_FOREIGN_KEY, "787"},
      {DUSQ_E_NOT_NULL, "1299"},
      {DUSQ_E_CHECK, "275 3091"},
      {DUSQ_E_CONSTRAINT, "19 531 1043 1811 2323 2835"},
      {DUSQ_E_SERIALIZATION, "517"},
      {DUSQ_E_LOCKED, "5 261 773 6 262 518 15"},
      {DUSQ_E_CANCELED, "9"},
      {DUSQ_E_TX_ABORTED, "516"},
      {DUSQ_E_READ_ONLY, "8 264 520 776 1032 1288 1544"},
      {DUSQ_E_DISK_FULL, "13"},
      {DUSQ_E_RESOURCE, "7 3082"},
      {DUSQ_E_TOO_LARGE, "18"},
      {DUSQ_E_DATA, "20"},
      {DUSQ_E_PARAMS, "25"},
      {DUSQ_E_STALE_STATEMENT, "17"},
      {DUSQ_E_CORRUPT, "11 267 523 779 26"},
      {DUSQ_E_IO, "10 266 522 778 1034 1290 6410"},
      {DUSQ_E_SQL, "0 1 2 4 12 16 22 24 27 28 100 101 257 513 999 -1 -5"},
  };
  check_numbers(LITE, rows, sizeof rows / sizeof rows[0]);
}

static void test_sqlite_texts(void)
{
  static const struct {
    int status;
    const char *text;
  } rows[] = {
      {DUSQ_E_NO_SUCH_OBJECT, "no such table: t"},
      {DUSQ_E_NO_SUCH_OBJECT, "no such column: already exists"},
      {DUSQ_E_NO_SUCH_OBJECT, "no such function: syntax error"},
      {DUSQ_E_NO_SUCH_OBJECT, "table t has no column named c"},
      {DUSQ_E_NO_SUCH_OBJECT, "unknown database x"},
      {DUSQ_E_NO_SUCH_OBJECT, "error in view v: no such table: main.t"},
      {DUSQ_E_TX_STATE, "no such savepoint: a"},
      {DUSQ_E_DUPLICATE_OBJECT, "table t already exists"},
      {DUSQ_E_DUPLICATE_OBJECT, "index i already exists"},
      {DUSQ_E_DUPLICATE_OBJECT, "duplicate column name: a"},
      {DUSQ_E_DUPLICATE_OBJECT, "there is already a table named t"},
      {DUSQ_E_SYNTAX, "near \"selec\": syntax error"},
      {DUSQ_E_SYNTAX, "near \"no such \": syntax error"},
      {DUSQ_E_SYNTAX, "incomplete input"},
      {DUSQ_E_SYNTAX, "unrecognized token: \"@\""},
      {DUSQ_E_SYNTAX, "table t has 2 columns but 3 values were supplied"},
      {DUSQ_E_SYNTAX, "1 values for 2 columns"},
      {DUSQ_E_SYNTAX, "ambiguous column name: a"},
      {DUSQ_E_SYNTAX, "wrong number of arguments to function abs()"},
      {DUSQ_E_DATA, "integer overflow"},
      {DUSQ_E_DATA, "malformed JSON"},
      {DUSQ_E_TX_STATE, "cannot commit - no transaction is active"},
      {DUSQ_E_TX_STATE, "cannot rollback - no transaction is active"},
      {DUSQ_E_TX_STATE, "cannot start a transaction within a transaction"},
      {DUSQ_E_TX_STATE, "cannot VACUUM from within a transaction"},
      {DUSQ_E_TX_STATE, "Safety level may not be changed inside a transaction"},
      {DUSQ_E_PERMISSION, "not authorized to use function: load_extension"},
      {DUSQ_E_PARAMS, "too many SQL variables"},
      {DUSQ_E_RESOURCE, "too many terms in compound SELECT"},
      {DUSQ_E_LOCKED, "database aux is locked"},
      {DUSQ_E_SQL, "whatever a user's function says"},
      {DUSQ_E_SQL, ""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    CHECK_STR(dusq_status_name(dusq_classify(LITE, 1, NULL, rows[i].text)), dusq_status_name(rows[i].status));
  CHECK_INT(dusq_classify(LITE, 2067, NULL, "no such table: t"), DUSQ_E_UNIQUE);
  CHECK_INT(dusq_classify(LITE, 257, NULL, "no such collation sequence: x"), DUSQ_E_SQL); /* not plain SQLITE_ERROR */
}

static void test_other_flavours(void)
{
  CHECK_INT(dusq_classify(0, 1062, "23505", NULL), DUSQ_E_UNIQUE);
  CHECK_INT(dusq_classify(99, 1062, NULL, NULL), DUSQ_E_SQL);
  CHECK_INT(dusq_classify(-1, INT64_MIN, "toolong", "text"), DUSQ_E_SQL);
  CHECK_INT(dusq_classify(PG, 0, "2", NULL), DUSQ_E_SQL);
  CHECK_INT(dusq_classify(PG, 0, "42601X", NULL), DUSQ_E_SQL);
}

void suite_classify(void);
void suite_classify(void)
{
  test_suite("classify");
  test_case("PostgreSQL", test_postgresql);
  test_case("PostgreSQL, texts", test_postgresql_texts);
  test_case("MySQL", test_mysql);
  test_case("MariaDB", test_mariadb);
  test_case("MySQL and MariaDB, fallbacks", test_mysql_fallbacks);
  test_case("SQLite, codes", test_sqlite_codes);
  test_case("SQLite, texts", test_sqlite_texts);
  test_case("other flavours", test_other_flavours);
}
