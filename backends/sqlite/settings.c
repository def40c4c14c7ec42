/* settings.c - see settings.h. */
#include "settings.h"
#include "connection.h"
#include "words.h"

enum { LEVEL_WARNING = 4 /* DUSQ_LOG_WARNING */ };

int dusq__sqlite_pragma(dusq__sqlite_conn *conn, const char *name, const char *value, char *answer, size_t size)
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

int dusq__sqlite_pragma_number(dusq__sqlite_conn *conn, const char *name, int64_t value)
{
  char text[24];
  sqlite3_snprintf((int)sizeof text, text, "%lld", (long long)value);
  return dusq__sqlite_pragma(conn, name, text, NULL, 0);
}

static const struct {
  const char *key;
  bool number;
} settings[] = {{"synchronous", false},       {"foreign_keys", true},  {"cache_size", true},
                {"mmap_size", true},          {"temp_store", false},   {"wal_autocheckpoint", true},
                {"recursive_triggers", true}, {"secure_delete", true}, {"trusted_schema", true}};
enum { SETTINGS = sizeof settings / sizeof *settings };

int dusq__sqlite_apply_settings(dusq__sqlite_conn *conn)
{
  const dusq_params *params = conn->instance->config.params;
  int rc = SQLITE_OK;
  for (size_t i = 0; i < SETTINGS && rc == SQLITE_OK; i++) {
    const char *text = dusq_params_text(params, settings[i].key);
    if (text && settings[i].number)
      rc = dusq__sqlite_pragma_number(conn, settings[i].key, dusq_params_int(params, settings[i].key));
    else if (text)
      rc = dusq__sqlite_pragma(conn, settings[i].key, text, NULL, 0);
  }
  if (rc == SQLITE_OK)
    rc = dusq__sqlite_pragma_number(conn, "query_only", conn->reader);
  if (rc == SQLITE_OK) /* outside of a transaction it would apply to the next one */
    rc = dusq__sqlite_pragma_number(conn, "defer_foreign_keys", 0);
  conn->observed.settings_changed = false;
  return rc;
}

bool dusq__sqlite_is_setting(const dusq__sqlite_conn *conn, const char *name)
{
  static const char *const always[] = {"query_only", "defer_foreign_keys", NULL};
  for (size_t i = 0; i < SETTINGS; i++)
    if (!sqlite3_stricmp(name, settings[i].key))
      return dusq_params_text(conn->instance->config.params, name) != NULL;
  return dusq__sqlite_is_one_of(name, always);
}

int dusq__sqlite_set_journal_mode(dusq__sqlite_conn *conn)
{
  dusq__sqlite_instance *instance = conn->instance;
  const char *wanted = dusq_params_text(instance->config.params, "journal_mode");
  if (instance->config.memory || !wanted)
    return SQLITE_OK;
  char mode[16] = "";
  int rc = dusq__sqlite_pragma(conn, "journal_mode", NULL, mode, sizeof mode);
  if (rc == SQLITE_OK && sqlite3_stricmp(mode, wanted) && !instance->config.read_only) {
    rc = dusq__sqlite_pragma(conn, "journal_mode", wanted, mode, sizeof mode);
    const char *reason = rc == SQLITE_OK ? "not possible for this database" : sqlite3_errmsg(conn->db);
    if (sqlite3_stricmp(mode, wanted) && !atomic_exchange(&instance->warned, true))
      dusq_params_log(instance->config.params, LEVEL_WARNING, "cannot set journal_mode to %s: %s; it remains %s",
                      wanted, reason, mode);
  }
  atomic_store(&instance->locks_readers, sqlite3_stricmp(mode, "wal") != 0);
  int primary = rc & 0xff;
  return primary == SQLITE_NOMEM || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB ? rc : SQLITE_OK;
}

void dusq__sqlite_configure(dusq__sqlite_conn *conn)
{
  const dusq_params *params = conn->instance->config.params;
  int quotes = dusq_params_int(params, "dqs") != 0;
  sqlite3_db_config(conn->db, SQLITE_DBCONFIG_DQS_DML, quotes, (int *)NULL);
  sqlite3_db_config(conn->db, SQLITE_DBCONFIG_DQS_DDL, quotes, (int *)NULL);
  sqlite3_db_config(conn->db, SQLITE_DBCONFIG_DEFENSIVE, dusq_params_int(params, "defensive") != 0, (int *)NULL);
}
