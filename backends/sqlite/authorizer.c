/* authorizer.c - see authorizer.h. */
#include "authorizer.h"
#include "connection.h"
#include "settings.h"
#include "words.h"
#include <string.h>

/* A journal mode other than the one set by connect: from now on readers may have to take the rwlock. */
static void note_journal_mode(dusq__sqlite_conn *conn, const char *mode)
{
  const char *wanted = dusq_params_text(conn->instance->config.params, "journal_mode");
  if (!sqlite3_stricmp(mode, "wal") || (wanted && !sqlite3_stricmp(mode, wanted)))
    return;
  conn->observed.others_changed = true;
  atomic_store(&conn->instance->locks_readers, true);
}

/* PRAGMA name, or with a value PRAGMA name=value or PRAGMA name(value).  Without a value it only returns something. */
static void note_pragma(dusq__sqlite_conn *conn, const char *name, const char *value, const char *schema)
{
  /* these act once, return something, or change the file; `reset` always sets busy_timeout again */
  static const char *const harmless[] = {
      "application_id",  "auto_vacuum",     "busy_timeout",       "encoding",       "foreign_key_check",
      "foreign_key_list", "index_info",     "incremental_vacuum", "index_list",     "index_xinfo",
      "integrity_check", "optimize",        "page_size",          "quick_check",    "schema_version",
      "table_info",      "table_list",      "table_xinfo",        "user_version",   "wal_checkpoint",
      NULL};
  if (!value || dusq__sqlite_is_one_of(name, harmless))
    return;
  if (!sqlite3_stricmp(name, "journal_mode"))
    note_journal_mode(conn, value);
  else if (dusq__sqlite_is_setting(conn, name) && (!schema || !strcmp(schema, "main")))
    conn->observed.settings_changed = true;
  else
    conn->observed.others_changed = true;
}

static bool makes_objects(int action, const char *schema)
{
  switch (action) {
  case SQLITE_ATTACH:
  case SQLITE_CREATE_TEMP_INDEX:
  case SQLITE_CREATE_TEMP_TABLE:
  case SQLITE_CREATE_TEMP_TRIGGER:
  case SQLITE_CREATE_TEMP_VIEW:
  case SQLITE_CREATE_TRIGGER: /* the schema is its table's, and may not be its own */
    return true;
  case SQLITE_CREATE_INDEX: /* schema "temp" without the keyword TEMP */
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

static int authorize(void *arg, int action, const char *first, const char *second, const char *schema,
                     const char *inside)
{
  dusq__sqlite_conn *conn = arg;
  (void)inside;
  if (action == SQLITE_READ && schema && strcmp(schema, "main") != 0)
    conn->observed.connection_local = true;
  else if (action == SQLITE_FUNCTION && second && !sqlite3_stricmp(second, "last_insert_rowid"))
    conn->observed.connection_local = conn->observed.uses_rowid = true;
  else if (action == SQLITE_FUNCTION && second && is_of_connection(second))
    conn->observed.connection_local = true;
  else if (action == SQLITE_PRAGMA && conn->observed.ignoring_pragmas)
    return SQLITE_IGNORE;
  else if (action == SQLITE_PRAGMA && first)
    note_pragma(conn, first, second, schema);
  else if (makes_objects(action, schema))
    conn->observed.objects = true;
  return SQLITE_OK;
}

void dusq__sqlite_install_authorizer(dusq__sqlite_conn *conn)
{
  sqlite3_set_authorizer(conn->db, authorize, conn);
}

/* ---- leftovers of earlier statements ----------------------------------------------------------------------------- */

/* Runs a statement up to the first row whose first column exceeds `least`.  SQLITE_ROW if there is one. */
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
  enum { TEMP = 1 /* the number of the schema "temp"; those of attached ones are larger */ };
  if (conn->observed.others_changed)
    return "a PRAGMA has changed it";
  if (!conn->observed.objects)
    return NULL;
  conn->observed.objects = false;
  if (look_for(conn, "PRAGMA database_list", TEMP) != SQLITE_DONE)
    return "it has an attached database";
  if (look_for(conn, "SELECT 1 FROM temp.sqlite_schema", 0) != SQLITE_DONE)
    return "it has temporary tables, views or triggers";
  return NULL;
}
