/* connect.c - making connections.  The worker's thread.
 *
 * The file is never opened, read or looked at but through SQLite: closing any other descriptor of it would drop the
 * process's locks.  Connections of one pool are made one at a time, so that they do not meet each other while the
 * journal mode of a new file is changed.                                                                            */
#include "internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_AGAIN = 10 * 1000000 /* ns */, REASON_SIZE = 128, LEVEL_WARNING = 4 /* DUSQ_LOG_WARNING */ };

/* ---- the turn -------------------------------------------------------------------------------------------------- */

static bool try_turn(dusq__sqlite *instance, bool wait)
{
  pthread_mutex_lock(&instance->mtx);
  if (instance->connecting && wait)
    dusq__sqlite_sleep_locked(instance, LOOK_AGAIN);
  bool taken = !instance->connecting;
  if (taken)
    instance->connecting = true;
  pthread_mutex_unlock(&instance->mtx);
  return taken;
}

static bool take_turn(dusq__sqlite_conn *conn)
{
  bool taken = try_turn(conn->instance, false);
  while (!taken && !conn->given_up(conn))
    taken = try_turn(conn->instance, true);
  return taken;
}

static void give_turn(dusq__sqlite *instance)
{
  pthread_mutex_lock(&instance->mtx);
  instance->connecting = false;
  pthread_cond_broadcast(&instance->cond);
  pthread_mutex_unlock(&instance->mtx);
}

/* ---- pragmas --------------------------------------------------------------------------------------------------- */

/* PRAGMA name = value, or PRAGMA name.  The first cell of the answer goes to `answer`, if there is room for it. */
static int pragma(dusq__sqlite_conn *conn, const char *name, const char *value, char *answer, size_t size)
{
  char *sql = value ? sqlite3_mprintf("PRAGMA %s=%s", name, value) : sqlite3_mprintf("PRAGMA %s", name);
  if (!sql)
    return SQLITE_NOMEM;
  sqlite3_stmt *stmt = NULL;
  int rc = sqlite3_prepare_v2(conn->db, sql, -1, &stmt, NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_step(stmt);
  if (rc == SQLITE_ROW && answer)
    sqlite3_snprintf((int)size, answer, "%s", (const char *)sqlite3_column_text(stmt, 0));
  while (rc == SQLITE_ROW)
    rc = sqlite3_step(stmt);
  sqlite3_finalize(stmt);
  sqlite3_free(sql);
  return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int pragma_number(dusq__sqlite_conn *conn, const char *name, int64_t value)
{
  char text[24];
  sqlite3_snprintf((int)sizeof text, text, "%lld", (long long)value);
  return pragma(conn, name, text, NULL, 0);
}

static const struct {
  const char *key;
  bool number;
} settings[] = {{"synchronous", false},       {"foreign_keys", true},  {"cache_size", true},
                {"mmap_size", true},          {"temp_store", false},   {"wal_autocheckpoint", true},
                {"recursive_triggers", true}, {"secure_delete", true}, {"trusted_schema", true}};
enum { SETTINGS = sizeof settings / sizeof *settings };

int dusq__sqlite_settle(dusq__sqlite_conn *conn)
{
  const dusq_params *params = conn->instance->params;
  int rc = SQLITE_OK;
  for (size_t i = 0; i < SETTINGS && rc == SQLITE_OK; i++) {
    const char *text = dusq_params_text(params, settings[i].key);
    if (text && settings[i].number)
      rc = pragma_number(conn, settings[i].key, dusq_params_int(params, settings[i].key));
    else if (text)
      rc = pragma(conn, settings[i].key, text, NULL, 0);
  }
  if (rc == SQLITE_OK)
    rc = pragma_number(conn, "query_only", conn->reader);
  if (rc == SQLITE_OK) /* outside of a transaction it would be for the next one */
    rc = pragma_number(conn, "defer_foreign_keys", 0);
  conn->unsettled = false;
  return rc;
}

/* What the file system, or another process, does not let have is told once, and done without. */
static int set_journal_mode(dusq__sqlite_conn *conn)
{
  dusq__sqlite *instance = conn->instance;
  const char *wanted = dusq_params_text(instance->params, "journal_mode");
  if (instance->memory || !wanted)
    return SQLITE_OK;
  char mode[16] = "";
  int rc = pragma(conn, "journal_mode", NULL, mode, sizeof mode);
  if (rc == SQLITE_OK && sqlite3_stricmp(mode, wanted) && !instance->read_only) {
    rc = pragma(conn, "journal_mode", wanted, mode, sizeof mode);
    const char *reason = rc == SQLITE_OK ? "not possible here" : sqlite3_errmsg(conn->db);
    if (sqlite3_stricmp(mode, wanted) && !atomic_exchange(&instance->warned, true))
      dusq_params_log(instance->params, LEVEL_WARNING, "journal_mode stays %s: %s: %s", mode, wanted, reason);
  }
  atomic_store(&instance->gated, sqlite3_stricmp(mode, "wal") != 0);
  int primary = rc & 0xff;
  return primary == SQLITE_NOMEM || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB ? rc : SQLITE_OK;
}

/* ---- what connections remember of the statements that go by ---------------------------------------------------- */

static bool is_one_of(const char *name, const char *const *names)
{
  for (; *names; names++)
    if (!sqlite3_stricmp(name, *names))
      return true;
  return false;
}

/* Whether `settle` sets it. */
static bool is_settled(const dusq__sqlite_conn *conn, const char *name)
{
  static const char *const always[] = {"query_only", "defer_foreign_keys", NULL};
  for (size_t i = 0; i < SETTINGS; i++)
    if (!sqlite3_stricmp(name, settings[i].key))
      return dusq_params_text(conn->instance->params, name) != NULL;
  return is_one_of(name, always);
}

/* A mode that is not the one that connect sees to: others may have to use the gate from now on. */
static void note_journal_mode(dusq__sqlite_conn *conn, const char *mode)
{
  const char *wanted = dusq_params_text(conn->instance->params, "journal_mode");
  if (!sqlite3_stricmp(mode, "wal") || (wanted && !sqlite3_stricmp(mode, wanted)))
    return;
  conn->changed = true;
  atomic_store(&conn->instance->gated, true);
}

/* PRAGMA name, or with a value PRAGMA name=value or PRAGMA name(value).  Without one it only tells something. */
static void note_pragma(dusq__sqlite_conn *conn, const char *name, const char *value, const char *schema)
{
  /* these do something once, tell something, or change the file; `reset` sets busy_timeout in any case */
  static const char *const harmless[] = {
      "application_id",  "auto_vacuum",     "busy_timeout",       "encoding",       "foreign_key_check",
      "foreign_key_list", "index_info",     "incremental_vacuum", "index_list",     "index_xinfo",
      "integrity_check", "optimize",        "page_size",          "quick_check",    "schema_version",
      "table_info",      "table_list",      "table_xinfo",        "user_version",   "wal_checkpoint",
      NULL};
  if (!value || is_one_of(name, harmless))
    return;
  if (!sqlite3_stricmp(name, "journal_mode"))
    note_journal_mode(conn, value);
  else if (is_settled(conn, name) && (!schema || !strcmp(schema, "main")))
    conn->unsettled = true;
  else
    conn->changed = true;
}

static bool makes_objects(int action, const char *schema)
{
  switch (action) {
  case SQLITE_ATTACH:
  case SQLITE_CREATE_TEMP_INDEX:
  case SQLITE_CREATE_TEMP_TABLE:
  case SQLITE_CREATE_TEMP_TRIGGER:
  case SQLITE_CREATE_TEMP_VIEW:
  case SQLITE_CREATE_TRIGGER: /* by its table's schema, whatever its own is */
    return true;
  case SQLITE_CREATE_INDEX: /* without the word TEMP, but with the name of the schema */
  case SQLITE_CREATE_TABLE:
  case SQLITE_CREATE_VIEW:
  case SQLITE_CREATE_VTABLE:
    return schema && !strcmp(schema, "temp");
  default:
    return false;
  }
}

static bool is_of_connection(const char *function)
{
  return !sqlite3_stricmp(function, "changes") || !sqlite3_stricmp(function, "total_changes");
}

/* It is here to see what a statement touches, and allows everything; what SQLITE_IGNORE does to a pragma is told in
 * statement.c.  SQLite calls it while it compiles.                                                                  */
static int authorize(void *arg, int action, const char *first, const char *second, const char *schema,
                     const char *inside)
{
  dusq__sqlite_conn *conn = arg;
  (void)inside;
  if (action == SQLITE_READ && schema && strcmp(schema, "main") != 0)
    conn->elsewhere = true;
  else if (action == SQLITE_FUNCTION && second && !sqlite3_stricmp(second, "last_insert_rowid"))
    conn->elsewhere = conn->uses_rowid = true;
  else if (action == SQLITE_FUNCTION && second && is_of_connection(second))
    conn->elsewhere = true;
  else if (action == SQLITE_PRAGMA && conn->holding)
    return SQLITE_IGNORE;
  else if (action == SQLITE_PRAGMA && first)
    note_pragma(conn, first, second, schema);
  else if (makes_objects(action, schema))
    conn->objects = true;
  return SQLITE_OK;
}

/* Runs a statement up to its first row with more than `least` in its first column.  SQLITE_ROW where there is one. */
static int look_for(dusq__sqlite_conn *conn, const char *sql, int least)
{
  sqlite3_stmt *stmt = NULL;
  int rc = sqlite3_prepare_v2(conn->db, sql, -1, &stmt, NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_step(stmt);
  while (rc == SQLITE_ROW && sqlite3_column_int(stmt, 0) <= least)
    rc = sqlite3_step(stmt);
  sqlite3_finalize(stmt);
  return rc;
}

const char *dusq__sqlite_leftover(dusq__sqlite_conn *conn)
{
  enum { TEMP = 1 /* the number of that schema; those of attached ones are larger */ };
  if (conn->changed)
    return "a PRAGMA has changed it";
  if (!conn->objects)
    return NULL;
  conn->objects = false;
  if (look_for(conn, "PRAGMA database_list", TEMP) != SQLITE_DONE)
    return "it has an attached database";
  if (look_for(conn, "SELECT 1 FROM temp.sqlite_schema", 0) != SQLITE_DONE)
    return "it has temporary tables, views or triggers";
  return NULL;
}

/* ---- connecting ------------------------------------------------------------------------------------------------ */

static void configure(dusq__sqlite_conn *conn)
{
  const dusq_params *params = conn->instance->params;
  int quotes = dusq_params_int(params, "dqs") != 0;
  sqlite3_db_config(conn->db, SQLITE_DBCONFIG_DQS_DML, quotes, (int *)NULL);
  sqlite3_db_config(conn->db, SQLITE_DBCONFIG_DQS_DDL, quotes, (int *)NULL);
  sqlite3_db_config(conn->db, SQLITE_DBCONFIG_DEFENSIVE, dusq_params_int(params, "defensive") != 0, (int *)NULL);
}

static int prepare_controls(dusq__sqlite_conn *conn)
{
  static const char *const texts[DUSQ__SQLITE_CONTROLS] = {
      [DUSQ__SQLITE_BEGIN] = "BEGIN",
      [DUSQ__SQLITE_BEGIN_IMMEDIATE] = "BEGIN IMMEDIATE",
      [DUSQ__SQLITE_COMMIT] = "COMMIT",
      [DUSQ__SQLITE_ROLLBACK] = "ROLLBACK",
      [DUSQ__SQLITE_BEGIN_EXCLUSIVE] = "BEGIN EXCLUSIVE",
      [DUSQ__SQLITE_SAVEPOINT] = "SAVEPOINT dusq",
      [DUSQ__SQLITE_ROLLBACK_TO] = "ROLLBACK TO dusq",
      [DUSQ__SQLITE_RELEASE] = "RELEASE dusq",
      [DUSQ__SQLITE_LOOK] = "SELECT 1 FROM main.sqlite_schema LIMIT 1",
  };
  int rc = SQLITE_OK;
  for (size_t i = 0; i < DUSQ__SQLITE_CONTROLS && rc == SQLITE_OK; i++)
    rc = sqlite3_prepare_v3(conn->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &conn->controls[i], NULL);
  return rc;
}

static int measure_page(dusq__sqlite_conn *conn)
{
  char size[16] = "";
  int rc = pragma(conn, "page_size", NULL, size, sizeof size);
  dusq__sqlite_mark_log(conn, strtoll(size, NULL, 10));
  return rc;
}

static int open_database(dusq__sqlite_conn *conn)
{
  const dusq_params *params = conn->instance->params;
  int rc = sqlite3_open_v2(conn->instance->target, &conn->db, conn->instance->open_flags, NULL);
  if (rc != SQLITE_OK)
    return rc;
  dusq__sqlite_install_handlers(conn);
  rc = dusq__sqlite_enter(conn, DUSQ__GATE_SHARED);
  if (rc == SQLITE_OK && dusq_params_text(params, "page_size"))
    rc = pragma_number(conn, "page_size", dusq_params_int(params, "page_size"));
  if (rc == SQLITE_OK) /* opening is lazy: only reading shows whether there is a database */
    rc = pragma(conn, "schema_version", NULL, NULL, 0);
  if (rc == SQLITE_OK)
    rc = set_journal_mode(conn);
  if (rc == SQLITE_OK)
    rc = measure_page(conn);
  if (rc == SQLITE_OK)
    rc = dusq__sqlite_settle(conn);
  if (rc == SQLITE_OK)
    rc = prepare_controls(conn);
  dusq__sqlite_leave(conn);
  if (rc == SQLITE_OK) {
    configure(conn);
    sqlite3_set_authorizer(conn->db, authorize, conn);
  }
  return rc;
}

static dusq_error *explain(dusq__sqlite_conn *conn, int code)
{
  const char *target = conn->instance->memory ? ":memory:" : conn->instance->target;
  const char *text = conn->db && sqlite3_errcode(conn->db) ? sqlite3_errmsg(conn->db) : sqlite3_errstr(code);
  char reason[REASON_SIZE] = "";
  int number = conn->db && (code & 0xff) == SQLITE_CANTOPEN ? sqlite3_system_errno(conn->db) : 0;
  if (number && strerror_r(number, reason, sizeof reason))
    reason[0] = '\0';
  char *whole = sqlite3_mprintf("cannot open \"%s\": %s%s%s%s", target, text, *reason ? " (" : "", reason,
                                *reason ? ")" : "");
  dusq_error *error = dusq__sqlite_error(conn, code, whole ? whole : text);
  sqlite3_free(whole);
  if (dusq_error_status(error) != DUSQ_E_SQL)
    return error;
  dusq_error *other = dusq_error_new(DUSQ_E_CONNECT, NULL, code, "%s", dusq_error_message(error));
  dusq_error_unref(error);
  return other;
}

dusq_status dusq__sqlite_connect(void *arg, uint32_t lane, const dusq_stop *stop, void **out, dusq_error **error)
{
  dusq__sqlite *instance = arg;
  dusq__sqlite_conn *conn = calloc(1, sizeof *conn);
  if (!conn)
    return dusq__sqlite_give(error, dusq_error_new(DUSQ_E_NOMEM, NULL, 0, "no memory for a connection"));
  atomic_fetch_add(&instance->refs, 1);
  conn->instance = instance;
  conn->counted = !instance->memory;
  if (conn->counted)
    atomic_fetch_add(&instance->connections, 1);
  conn->reader = lane == 1 || instance->read_only;
  dusq__sqlite_watch(conn, stop);
  dusq_error *why = NULL;
  if (take_turn(conn)) {
    int rc = open_database(conn);
    if (rc != SQLITE_OK)
      why = explain(conn, rc);
    give_turn(instance);
  } else {
    why = dusq__sqlite_canceled();
  }
  dusq__sqlite_unwatch(conn);
  if (why) {
    dusq__sqlite_disconnect(conn);
    return dusq__sqlite_give(error, why);
  }
  *out = conn;
  return DUSQ_OK;
}
