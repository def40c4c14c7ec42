/* classify.c - drivers' errors as statuses.  Constant tables; any thread.
 *
 * Numbers are looked up together with the flavour, because MySQL and MariaDB give some of them different meanings
 * (4025, 4031, 1020).  A number that is in no table is classified by its SQLSTATE, then by the SQLSTATE's class.
 *
 * A code that stands for several kinds of failure gets the status that is right for all of them: 57P01 is a lost
 * connection (the server may go on), 57P03 and 1053 a server that starts or stops, 54000 something too large, 1044 and
 * SQLite's authorizer a missing permission.  An interrupt is DUSQ_E_CANCELED here, because only the pool knows whether
 * it was a cancel or a deadline.                                                                                     */
#include <dusq/backend.h>
#include <string.h>

/* ---- SQLSTATEs: PostgreSQL's, the standard's, and the 42Sxx of ODBC that MySQL uses ------------------------------ */

enum { STATE_LEN = 5, CLASS_LEN = 2 };

typedef struct state_rule {
  char state[STATE_LEN + 1]; /* a whole state, or the two characters of a class */
  uint8_t status;
} state_rule;

static const state_rule states[] = {
    {"08001", DUSQ_E_CONNECT},
    {"08004", DUSQ_E_CONNECT},
    {"08P01", DUSQ_E_PROTOCOL},
    {"22P04", DUSQ_E_DATA},
    {"23001", DUSQ_E_FOREIGN_KEY},
    {"23502", DUSQ_E_NOT_NULL},
    {"23503", DUSQ_E_FOREIGN_KEY},
    {"23505", DUSQ_E_UNIQUE},
    {"23514", DUSQ_E_CHECK},
    {"23P01", DUSQ_E_UNIQUE}, /* exclusion constraint */
    {"25006", DUSQ_E_READ_ONLY},
    {"25P02", DUSQ_E_TX_ABORTED},
    {"25P03", DUSQ_E_TIMEDOUT}, /* idle_in_transaction_session_timeout */
    {"25P04", DUSQ_E_TIMEDOUT}, /* transaction_timeout */
    {"40002", DUSQ_E_CONSTRAINT},
    {"40003", DUSQ_E_SQL}, /* completion unknown: not to be taken for a harmless rollback */
    {"40P01", DUSQ_E_TX_DEADLOCK},
    {"42501", DUSQ_E_PERMISSION},
    {"42701", DUSQ_E_DUPLICATE_OBJECT},
    {"42703", DUSQ_E_NO_SUCH_OBJECT},
    {"42704", DUSQ_E_NO_SUCH_OBJECT},
    {"42710", DUSQ_E_DUPLICATE_OBJECT},
    {"42723", DUSQ_E_DUPLICATE_OBJECT},
    {"42804", DUSQ_E_DATA},
    {"42846", DUSQ_E_DATA},
    {"42883", DUSQ_E_NO_SUCH_OBJECT},
    {"42P01", DUSQ_E_NO_SUCH_OBJECT},
    {"42P03", DUSQ_E_DUPLICATE_OBJECT},
    {"42P04", DUSQ_E_DUPLICATE_OBJECT},
    {"42P05", DUSQ_E_STALE_STATEMENT},
    {"42P06", DUSQ_E_DUPLICATE_OBJECT},
    {"42P07", DUSQ_E_DUPLICATE_OBJECT},
    {"42P08", DUSQ_E_DATA},
    {"42S01", DUSQ_E_DUPLICATE_OBJECT},
    {"42S02", DUSQ_E_NO_SUCH_OBJECT},
    {"42S11", DUSQ_E_DUPLICATE_OBJECT},
    {"42S12", DUSQ_E_NO_SUCH_OBJECT},
    {"42S21", DUSQ_E_DUPLICATE_OBJECT},
    {"42S22", DUSQ_E_NO_SUCH_OBJECT},
    {"53100", DUSQ_E_DISK_FULL},
    {"53300", DUSQ_E_TOO_MANY_CONNECTIONS},
    {"54000", DUSQ_E_TOO_LARGE},
    {"55P03", DUSQ_E_LOCKED},
    {"57014", DUSQ_E_CANCELED},
    {"57P01", DUSQ_E_CONNECTION_LOST},
    {"57P02", DUSQ_E_CONNECTION_LOST},
    {"57P03", DUSQ_E_SHUTDOWN},
    {"57P04", DUSQ_E_CONNECTION_LOST}, /* database dropped */
    {"57P05", DUSQ_E_CONNECTION_LOST},
    {"XX001", DUSQ_E_CORRUPT},
    {"XX002", DUSQ_E_CORRUPT},
};

static const state_rule classes[] = {
    {"08", DUSQ_E_CONNECTION_LOST},
    {"0A", DUSQ_E_NOTSUP},
    {"0B", DUSQ_E_TX_STATE},
    {"22", DUSQ_E_DATA},
    {"23", DUSQ_E_CONSTRAINT},
    {"25", DUSQ_E_TX_STATE},
    {"26", DUSQ_E_STALE_STATEMENT},
    {"27", DUSQ_E_CONSTRAINT},
    {"28", DUSQ_E_AUTH},
    {"2D", DUSQ_E_TX_STATE},
    {"3B", DUSQ_E_TX_STATE}, /* savepoints */
    {"3D", DUSQ_E_NO_SUCH_OBJECT},
    {"3F", DUSQ_E_NO_SUCH_OBJECT},
    {"40", DUSQ_E_SERIALIZATION},
    {"42", DUSQ_E_SYNTAX},
    {"44", DUSQ_E_CONSTRAINT},
    {"53", DUSQ_E_RESOURCE},
    {"54", DUSQ_E_RESOURCE},
    {"58", DUSQ_E_IO},
    {"F0", DUSQ_E_CONFIG},
    {"XA", DUSQ_E_TX_STATE},
};

static dusq_status by_state(const char *state)
{
  if (!state || strnlen(state, STATE_LEN + 1) != STATE_LEN)
    return DUSQ_E_SQL;
  for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
    if (memcmp(states[i].state, state, STATE_LEN) == 0)
      return states[i].status;
  for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
    if (memcmp(classes[i].state, state, CLASS_LEN) == 0)
      return classes[i].status;
  return DUSQ_E_SQL;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

/* Texts may quote names of the caller's, so a rule says where in the text its words must be, if that is known. */
enum { AT_START, AT_END, ANYWHERE };

typedef struct text_rule {
  const char *words;
  uint8_t where;
  uint8_t status;
} text_rule;

static bool says(const char *text, const char *words, int where)
{
  size_t len = strlen(text), n = strlen(words);
  if (len < n)
    return false;
  switch (where) {
  case AT_START:
    return memcmp(text, words, n) == 0;
  case AT_END:
    return memcmp(text + len - n, words, n) == 0;
  default:
    return strstr(text, words) != NULL;
  }
}

static dusq_status by_text(const text_rule *rules, size_t n, const char *text)
{
  for (size_t i = 0; text && i < n; i++)
    if (says(text, rules[i].words, rules[i].where))
      return rules[i].status;
  return DUSQ_E_SQL;
}

/* ---- PostgreSQL -------------------------------------------------------------------------------------------------- */

/* Errors of libpq itself have no SQLSTATE. */
static const text_rule libpq_texts[] = {
    {"SSL SYSCALL error", ANYWHERE, DUSQ_E_CONNECTION_LOST},
    {"SSL connection has been closed", ANYWHERE, DUSQ_E_CONNECTION_LOST},
    {"SSL", ANYWHERE, DUSQ_E_TLS},
    {"certificate", ANYWHERE, DUSQ_E_TLS},
    {"invalid connection option", ANYWHERE, DUSQ_E_CONFIG},
    {"connection to server", AT_START, DUSQ_E_CONNECT},
    {"could not connect", AT_START, DUSQ_E_CONNECT},
    {"could not translate host name", AT_START, DUSQ_E_CONNECT},
    {"server closed the connection", ANYWHERE, DUSQ_E_CONNECTION_LOST},
    {"terminating connection", ANYWHERE, DUSQ_E_CONNECTION_LOST},
    {"no connection to the server", ANYWHERE, DUSQ_E_CONNECTION_LOST},
    {"could not receive data from server", ANYWHERE, DUSQ_E_CONNECTION_LOST},
    {"could not send data to server", ANYWHERE, DUSQ_E_CONNECTION_LOST},
};

/* What poolers say in their own name, before they have reached a server: PgBouncer with 08P01, Supavisor with XX000. */
static const text_rule pooler_texts[] = {
    {"no more connections allowed", AT_START, DUSQ_E_TOO_MANY_CONNECTIONS},
    {"client connections exceeded", AT_START, DUSQ_E_TOO_MANY_CONNECTIONS},
    {"query_wait_timeout", AT_START, DUSQ_E_TOO_MANY_CONNECTIONS},
    {"Max client connections reached", AT_START, DUSQ_E_TOO_MANY_CONNECTIONS},
    {"MaxClientsInSessionMode", AT_START, DUSQ_E_TOO_MANY_CONNECTIONS},
    {"client_login_timeout", AT_START, DUSQ_E_CONNECT},
    {"server login has been failing", AT_START, DUSQ_E_CONNECT},
    {"pgbouncer cannot connect to server", AT_START, DUSQ_E_CONNECT},
    {"pooler is shutting down", AT_START, DUSQ_E_SHUTDOWN},
    {"server shutting down", AT_START, DUSQ_E_SHUTDOWN},
    {"no such database", AT_START, DUSQ_E_NO_SUCH_OBJECT},
    {"no such user", AT_START, DUSQ_E_AUTH},
    {"unsupported startup parameter", AT_START, DUSQ_E_CONFIG},
    {"bouncer config error", AT_START, DUSQ_E_CONFIG},
};

static dusq_status postgresql(const char *state, const char *text)
{
  if (!state || !*state)
    return by_text(libpq_texts, sizeof libpq_texts / sizeof libpq_texts[0], text);
  if (strcmp(state, "08P01") == 0 || strcmp(state, "XX000") == 0) {
    dusq_status status = by_text(pooler_texts, sizeof pooler_texts / sizeof pooler_texts[0], text);
    if (status != DUSQ_E_SQL)
      return status;
  }
  if (text && strcmp(state, "08P01") == 0 && strstr(text, "bind message supplies"))
    return DUSQ_E_PARAMS;
  if (text && strcmp(state, "0A000") == 0 && strstr(text, "cached plan"))
    return DUSQ_E_STALE_STATEMENT;
  return by_state(state);
}

/* ---- MySQL and MariaDB ------------------------------------------------------------------------------------------- */

enum { MY = 1, MA = 2, BOTH = MY | MA };

enum { ER_ACCESS_DENIED = 1045, ER_UNKNOWN_COMMAND = 1047, ER_GET_ERRNO = 1030, ER_UNKNOWN = 1105 };

typedef struct number_rule {
  uint16_t native;
  uint8_t flavours;
  uint8_t status;
} number_rule;

/* clang-format off */
static const number_rule mysql_numbers[] = {
    {1007, BOTH, DUSQ_E_DUPLICATE_OBJECT}, {1008, BOTH, DUSQ_E_NO_SUCH_OBJECT}, {1020, MA, DUSQ_E_SERIALIZATION},
    {1021, BOTH, DUSQ_E_DISK_FULL}, {1022, BOTH, DUSQ_E_UNIQUE}, {1024, BOTH, DUSQ_E_IO}, {1026, BOTH, DUSQ_E_IO},
    {ER_GET_ERRNO, BOTH, DUSQ_E_IO}, {1034, BOTH, DUSQ_E_CORRUPT}, {1035, BOTH, DUSQ_E_CORRUPT},
    {1037, BOTH, DUSQ_E_RESOURCE}, {1038, BOTH, DUSQ_E_RESOURCE}, {1040, BOTH, DUSQ_E_TOO_MANY_CONNECTIONS},
    {1041, BOTH, DUSQ_E_RESOURCE}, {1044, BOTH, DUSQ_E_PERMISSION}, {ER_ACCESS_DENIED, BOTH, DUSQ_E_AUTH},
    {1046, BOTH, DUSQ_E_NO_SUCH_OBJECT}, {1047, MY, DUSQ_E_PROTOCOL}, {1047, MA, DUSQ_E_CONNECT},
    {1048, BOTH, DUSQ_E_NOT_NULL}, {1049, BOTH, DUSQ_E_NO_SUCH_OBJECT}, {1050, BOTH, DUSQ_E_DUPLICATE_OBJECT},
    {1051, BOTH, DUSQ_E_NO_SUCH_OBJECT}, {1052, BOTH, DUSQ_E_SYNTAX} /* ambiguous name */,
    {1053, BOTH, DUSQ_E_SHUTDOWN}, {1054, BOTH, DUSQ_E_NO_SUCH_OBJECT},
    {1060, BOTH, DUSQ_E_DUPLICATE_OBJECT}, {1061, BOTH, DUSQ_E_DUPLICATE_OBJECT}, {1062, BOTH, DUSQ_E_UNIQUE},
    {1064, BOTH, DUSQ_E_SYNTAX}, {1065, BOTH, DUSQ_E_SYNTAX}, {1072, BOTH, DUSQ_E_NO_SUCH_OBJECT},
    {1077, BOTH, DUSQ_E_SHUTDOWN}, {1091, BOTH, DUSQ_E_NO_SUCH_OBJECT}, {1109, BOTH, DUSQ_E_NO_SUCH_OBJECT},
    {1114, BOTH, DUSQ_E_DISK_FULL}, {1129, BOTH, DUSQ_E_CONNECT}, {1130, BOTH, DUSQ_E_CONNECT},
    {1136, BOTH, DUSQ_E_SYNTAX}, {1142, BOTH, DUSQ_E_PERMISSION}, {1143, BOTH, DUSQ_E_PERMISSION},
    {1146, BOTH, DUSQ_E_NO_SUCH_OBJECT}, {1149, BOTH, DUSQ_E_SYNTAX}, {1153, BOTH, DUSQ_E_TOO_LARGE},
    {1156, BOTH, DUSQ_E_PROTOCOL}, {1158, BOTH, DUSQ_E_CONNECTION_LOST}, {1159, BOTH, DUSQ_E_CONNECTION_LOST},
    {1160, BOTH, DUSQ_E_CONNECTION_LOST}, {1161, BOTH, DUSQ_E_CONNECTION_LOST}, {1169, BOTH, DUSQ_E_UNIQUE},
    {1194, BOTH, DUSQ_E_CORRUPT}, {1195, BOTH, DUSQ_E_CORRUPT}, {1203, BOTH, DUSQ_E_TOO_MANY_CONNECTIONS},
    {1205, BOTH, DUSQ_E_LOCKED}, {1206, BOTH, DUSQ_E_RESOURCE}, {1213, BOTH, DUSQ_E_TX_DEADLOCK},
    {1216, BOTH, DUSQ_E_FOREIGN_KEY}, {1217, BOTH, DUSQ_E_FOREIGN_KEY}, {1226, BOTH, DUSQ_E_TOO_MANY_CONNECTIONS},
    {1227, BOTH, DUSQ_E_PERMISSION}, {1235, BOTH, DUSQ_E_NOTSUP}, {1243, BOTH, DUSQ_E_STALE_STATEMENT},
    {1264, BOTH, DUSQ_E_DATA}, {1265, BOTH, DUSQ_E_DATA}, {1290, BOTH, DUSQ_E_READ_ONLY},
    {1292, BOTH, DUSQ_E_DATA}, {1295, BOTH, DUSQ_E_NOTSUP}, {1304, BOTH, DUSQ_E_DUPLICATE_OBJECT},
    {1305, BOTH, DUSQ_E_NO_SUCH_OBJECT}, {1317, BOTH, DUSQ_E_CANCELED}, {1356, BOTH, DUSQ_E_NO_SUCH_OBJECT},
    {1359, BOTH, DUSQ_E_DUPLICATE_OBJECT},
    {1360, BOTH, DUSQ_E_NO_SUCH_OBJECT}, {1364, BOTH, DUSQ_E_NOT_NULL}, {1365, BOTH, DUSQ_E_DATA},
    {1366, BOTH, DUSQ_E_DATA}, {1370, BOTH, DUSQ_E_PERMISSION}, {1390, BOTH, DUSQ_E_PARAMS},
    {1399, BOTH, DUSQ_E_TX_STATE}, {1406, BOTH, DUSQ_E_DATA}, {1451, BOTH, DUSQ_E_FOREIGN_KEY},
    {1452, BOTH, DUSQ_E_FOREIGN_KEY}, {1461, BOTH, DUSQ_E_RESOURCE}, {1525, BOTH, DUSQ_E_DATA},
    {1568, BOTH, DUSQ_E_TX_STATE}, {1586, BOTH, DUSQ_E_UNIQUE}, {1614, BOTH, DUSQ_E_TX_DEADLOCK},
    {1615, BOTH, DUSQ_E_STALE_STATEMENT}, {1690, BOTH, DUSQ_E_DATA}, {1698, BOTH, DUSQ_E_AUTH},
    {1761, MY, DUSQ_E_UNIQUE}, {1762, MY, DUSQ_E_UNIQUE}, {1792, BOTH, DUSQ_E_READ_ONLY},
    {1820, BOTH, DUSQ_E_AUTH}, {1836, BOTH, DUSQ_E_READ_ONLY}, {1862, BOTH, DUSQ_E_AUTH},
    {1927, MA, DUSQ_E_CONNECTION_LOST}, {1969, MA, DUSQ_E_TIMEDOUT},
    /* errors of the client libraries */
    {2000, MY, DUSQ_E_PROTOCOL}, {2002, BOTH, DUSQ_E_CONNECT}, {2003, BOTH, DUSQ_E_CONNECT},
    {2005, BOTH, DUSQ_E_CONNECT}, {2006, BOTH, DUSQ_E_CONNECTION_LOST}, {2008, BOTH, DUSQ_E_NOMEM},
    {2012, BOTH, DUSQ_E_CONNECT}, {2013, BOTH, DUSQ_E_CONNECTION_LOST}, {2014, BOTH, DUSQ_E_PROTOCOL},
    {2019, BOTH, DUSQ_E_CONFIG}, {2020, BOTH, DUSQ_E_TOO_LARGE}, {2026, BOTH, DUSQ_E_TLS},
    {2027, BOTH, DUSQ_E_PROTOCOL}, {2031, BOTH, DUSQ_E_PARAMS}, {2034, BOTH, DUSQ_E_PARAMS},
    {2054, BOTH, DUSQ_E_NOTSUP}, {2055, BOTH, DUSQ_E_CONNECTION_LOST}, {2056, BOTH, DUSQ_E_STALE_STATEMENT},
    {2057, BOTH, DUSQ_E_STALE_STATEMENT}, {2059, BOTH, DUSQ_E_CONFIG}, {2061, BOTH, DUSQ_E_AUTH},
    {3024, MY, DUSQ_E_TIMEDOUT}, {3058, BOTH, DUSQ_E_TX_DEADLOCK}, {3101, MY, DUSQ_E_SERIALIZATION},
    {3118, MY, DUSQ_E_AUTH}, {3140, BOTH, DUSQ_E_DATA}, {3169, MY, DUSQ_E_CONNECTION_LOST},
    {3572, MY, DUSQ_E_LOCKED}, {3819, MY, DUSQ_E_CHECK}, {3988, MY, DUSQ_E_DATA}, {4025, MA, DUSQ_E_CHECK},
    {4031, MY, DUSQ_E_CONNECTION_LOST}, {4151, MA, DUSQ_E_AUTH},
    /* errors of Connector/C */
    {5001, MA, DUSQ_E_CONNECT}, {5003, MA, DUSQ_E_NOTSUP}, {5010, MA, DUSQ_E_AUTH},
    {5011, MA, DUSQ_E_CONFIG}, {5012, MA, DUSQ_E_CONFIG}, {5013, MA, DUSQ_E_CONNECTION_LOST},
    {5014, MA, DUSQ_E_CONNECTION_LOST},
};
/* clang-format on */

/* The first number of a text in any language, as 28 in "Got error 28 ... from storage engine"; -1: none. */
static int first_number(const char *text)
{
  while (*text && !(*text >= '0' && *text <= '9'))
    text++;
  int number = *text ? 0 : -1;
  for (; *text >= '0' && *text <= '9' && number < 100000; text++)
    number = number * 10 + (*text - '0');
  return number;
}

static dusq_status storage_engine(const char *text)
{
  switch (first_number(text)) {
  case 28: /* ENOSPC, which the server prints as a number */
    return DUSQ_E_DISK_FULL;
  case 126: /* index file, data file or table crashed */
  case 127:
  case 144:
  case 145:
    return DUSQ_E_CORRUPT;
  default:
    return DUSQ_E_IO;
  }
}

static dusq_status mysql(unsigned flavour, int64_t native, const char *state, const char *text)
{
  if (native == ER_GET_ERRNO && text)
    return storage_engine(text);
  if (native == ER_UNKNOWN_COMMAND && text && strstr(text, "WSREP"))
    return DUSQ_E_CONNECT; /* a node of a Galera cluster, of any make, that is not ready */
  if (native == ER_ACCESS_DENIED && flavour == MA && text && strstr(text, "could not be loaded"))
    return DUSQ_E_CONFIG; /* Connector/C's number for a plug-in that it cannot load */
  if (native == ER_UNKNOWN && text && strstr(text, "send_long_data"))
    return DUSQ_E_TOO_LARGE;
  for (size_t i = 0; i < sizeof mysql_numbers / sizeof mysql_numbers[0]; i++)
    if (mysql_numbers[i].native == native && mysql_numbers[i].flavours & flavour)
      return mysql_numbers[i].status;
  return by_state(state);
}

/* ---- SQLite ------------------------------------------------------------------------------------------------------ */

typedef struct code_rule {
  uint16_t code;
  uint8_t status;
} code_rule;

/* Extended codes whose status is not that of their primary code. */
static const code_rule sqlite_extended[] = {
    {275, DUSQ_E_CHECK},            /* CONSTRAINT_CHECK */
    {516, DUSQ_E_TX_ABORTED},       /* ABORT_ROLLBACK */
    {517, DUSQ_E_SERIALIZATION},    /* BUSY_SNAPSHOT */
    {787, DUSQ_E_FOREIGN_KEY},      /* CONSTRAINT_FOREIGNKEY */
    {1299, DUSQ_E_NOT_NULL},        /* CONSTRAINT_NOTNULL */
    {1555, DUSQ_E_UNIQUE},          /* CONSTRAINT_PRIMARYKEY */
    {2067, DUSQ_E_UNIQUE},          /* CONSTRAINT_UNIQUE */
    {2579, DUSQ_E_UNIQUE},          /* CONSTRAINT_ROWID */
    {3082, DUSQ_E_RESOURCE},        /* IOERR_NOMEM */
    {3091, DUSQ_E_CHECK},           /* CONSTRAINT_DATATYPE, of STRICT tables */
};

enum { SQLITE_CODE_ERROR = 1 };

static const code_rule sqlite_primary[] = {
    {3, DUSQ_E_PERMISSION},       /* PERM: of files */
    {5, DUSQ_E_LOCKED},           /* BUSY */
    {6, DUSQ_E_LOCKED},           /* LOCKED */
    {7, DUSQ_E_RESOURCE},         /* NOMEM */
    {8, DUSQ_E_READ_ONLY},        /* READONLY */
    {9, DUSQ_E_CANCELED},         /* INTERRUPT */
    {10, DUSQ_E_IO},              /* IOERR */
    {11, DUSQ_E_CORRUPT},         /* CORRUPT */
    {13, DUSQ_E_DISK_FULL},       /* FULL */
    {14, DUSQ_E_CONNECT},         /* CANTOPEN */
    {15, DUSQ_E_LOCKED},          /* PROTOCOL: the locks of a WAL, after many attempts */
    {17, DUSQ_E_STALE_STATEMENT}, /* SCHEMA */
    {18, DUSQ_E_TOO_LARGE},       /* TOOBIG */
    {19, DUSQ_E_CONSTRAINT},      /* CONSTRAINT */
    {20, DUSQ_E_DATA},            /* MISMATCH */
    {21, DUSQ_E_PROTOCOL},        /* MISUSE */
    {23, DUSQ_E_PERMISSION},      /* AUTH: the authorizer */
    {25, DUSQ_E_PARAMS},          /* RANGE */
    {26, DUSQ_E_CORRUPT},         /* NOTADB */
};

/* SQLITE_ERROR.  Exact rules come first; beginnings of texts come before words that a quoted name could contain. */
static const text_rule sqlite_texts[] = {
    {"no such savepoint", AT_START, DUSQ_E_TX_STATE},
    {"no such ", AT_START, DUSQ_E_NO_SUCH_OBJECT},
    {"unknown database", AT_START, DUSQ_E_NO_SUCH_OBJECT},
    {"unknown function", AT_START, DUSQ_E_NO_SUCH_OBJECT}, /* in an index, a generated column, a CHECK or a DEFAULT */
    {"duplicate column name", AT_START, DUSQ_E_DUPLICATE_OBJECT},
    {"there is already ", AT_START, DUSQ_E_DUPLICATE_OBJECT},
    {"near \"", AT_START, DUSQ_E_SYNTAX},
    {"incomplete input", AT_START, DUSQ_E_SYNTAX},
    {"unrecognized token", AT_START, DUSQ_E_SYNTAX},
    {"ambiguous column name", AT_START, DUSQ_E_SYNTAX},
    {"wrong number of arguments", AT_START, DUSQ_E_SYNTAX},
    {"misuse of ", AT_START, DUSQ_E_SYNTAX},
    {"not authorized", AT_START, DUSQ_E_PERMISSION},
    {"unsafe use of ", AT_START, DUSQ_E_PERMISSION},
    {"too many SQL variables", AT_START, DUSQ_E_PARAMS},
    {"variable number must be", AT_START, DUSQ_E_PARAMS},
    {"too many ", AT_START, DUSQ_E_RESOURCE},
    {"integer overflow", AT_START, DUSQ_E_DATA},
    {"malformed JSON", AT_START, DUSQ_E_DATA},
    {"no transaction is active", AT_END, DUSQ_E_TX_STATE},
    {"cannot start a transaction within", AT_START, DUSQ_E_TX_STATE},
    {"from within a transaction", AT_END, DUSQ_E_TX_STATE},
    {"inside a transaction", AT_END, DUSQ_E_TX_STATE},
    {"syntax error", AT_END, DUSQ_E_SYNTAX},
    {"values were supplied", AT_END, DUSQ_E_SYNTAX},
    {"is locked", AT_END, DUSQ_E_LOCKED},
    {"already exists", AT_END, DUSQ_E_DUPLICATE_OBJECT},
    {"is already in use", AT_END, DUSQ_E_DUPLICATE_OBJECT},
    {": no such ", ANYWHERE, DUSQ_E_NO_SUCH_OBJECT}, /* "error in view v: no such table: t" */
    {" has no column named ", ANYWHERE, DUSQ_E_NO_SUCH_OBJECT},
    {" values for ", ANYWHERE, DUSQ_E_SYNTAX},
    {"not supported", ANYWHERE, DUSQ_E_NOTSUP},
    {"not currently supported", ANYWHERE, DUSQ_E_NOTSUP},
    {"already exists", ANYWHERE, DUSQ_E_DUPLICATE_OBJECT},
    {"syntax error", ANYWHERE, DUSQ_E_SYNTAX},
};

static dusq_status by_code(const code_rule *rules, size_t n, int64_t code)
{
  for (size_t i = 0; i < n; i++)
    if (rules[i].code == code)
      return rules[i].status;
  return DUSQ_E_SQL;
}

static dusq_status sqlite(int64_t native, const char *text)
{
  if (native < 0)
    return DUSQ_E_SQL;
  dusq_status status = by_code(sqlite_extended, sizeof sqlite_extended / sizeof sqlite_extended[0], native);
  if (status != DUSQ_E_SQL)
    return status;
  if (native == SQLITE_CODE_ERROR)
    return by_text(sqlite_texts, sizeof sqlite_texts / sizeof sqlite_texts[0], text);
  return by_code(sqlite_primary, sizeof sqlite_primary / sizeof sqlite_primary[0], native & 0xFF);
}

dusq_status dusq_classify(int flavour, int64_t native, const char *sqlstate, const char *text)
{
  switch (flavour) {
  case DUSQ_FLAVOUR_POSTGRESQL:
    return postgresql(sqlstate, text);
  case DUSQ_FLAVOUR_MYSQL:
    return mysql(MY, native, sqlstate, text);
  case DUSQ_FLAVOUR_MARIADB:
    return mysql(MA, native, sqlstate, text);
  case DUSQ_FLAVOUR_SQLITE:
    return sqlite(native, text);
  default:
    return by_state(sqlstate);
  }
}
