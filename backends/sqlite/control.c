/* control.c - see control.h. */
#include "control.h"
#include "connection.h"

int dusq__sqlite_prepare_controls(dusq__sqlite_conn *conn)
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

void dusq__sqlite_finalize_controls(dusq__sqlite_conn *conn)
{
  for (size_t i = 0; i < DUSQ__SQLITE_CONTROLS; i++)
    sqlite3_finalize(conn->controls[i]);
}

int dusq__sqlite_run_control(dusq__sqlite_conn *conn, dusq__sqlite_control which)
{
  conn->call.busy_until = 0;
  conn->call.controlling = true;
  int rc = sqlite3_step(conn->controls[which]);
  sqlite3_reset(conn->controls[which]);
  conn->call.controlling = false;
  return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

bool dusq__sqlite_undo(dusq__sqlite_conn *conn)
{
  if (!sqlite3_get_autocommit(conn->db))
    dusq__sqlite_run_control(conn, DUSQ__SQLITE_ROLLBACK);
  return sqlite3_get_autocommit(conn->db) != 0;
}
