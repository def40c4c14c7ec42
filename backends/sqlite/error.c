/* error.c - see error.h. */
#include "error.h"
#include "connection.h"
#include <errno.h>
#include <string.h>

enum { NAME_SIZE = 256 };

static int primary(int code)
{
  return code & 0xff;
}

static void set_name(dusq_error *error, int field, const char *name, size_t len)
{
  char room[NAME_SIZE];
  if (!len || len >= sizeof room)
    return;
  memcpy(room, name, len);
  room[len] = '\0';
  dusq_error_set_text(error, field, room);
}

/* "table.column", or "table.column, table.other": the column is set if there is only one. */
static void set_columns(dusq_error *error, const char *text)
{
  size_t first = strcspn(text, ",");
  const char *dot = memchr(text, '.', first);
  if (!dot)
    return;
  set_name(error, DUSQ_ERROR_TABLE, text, (size_t)(dot - text));
  if (!text[first])
    set_name(error, DUSQ_ERROR_COLUMN, dot + 1, (size_t)(text + first - dot - 1));
}

/* The texts "UNIQUE constraint failed: t.a, t.b", "UNIQUE constraint failed: index 'i'", "CHECK constraint failed:
 * name" and "cannot store TEXT value in INTEGER column t.a".                                                         */
static void set_names(dusq_error *error, int code, const char *text)
{
  static const char failed[] = " constraint failed: ", index[] = "index '", column[] = " column ";
  const char *at = strstr(text, failed);
  const char *names = at ? at + sizeof failed - 1 : NULL;
  switch (code) {
  case SQLITE_CONSTRAINT_UNIQUE:
  case SQLITE_CONSTRAINT_PRIMARYKEY:
  case SQLITE_CONSTRAINT_ROWID:
  case SQLITE_CONSTRAINT_NOTNULL:
    if (names && !strncmp(names, index, sizeof index - 1))
      set_name(error, DUSQ_ERROR_CONSTRAINT, names + sizeof index - 1, strcspn(names + sizeof index - 1, "'"));
    else if (names)
      set_columns(error, names);
    break;
  case SQLITE_CONSTRAINT_CHECK:
    if (names)
      set_name(error, DUSQ_ERROR_CONSTRAINT, names, strlen(names));
    break;
  case SQLITE_CONSTRAINT_DATATYPE:
    at = strstr(text, column);
    if (at)
      set_columns(error, at + sizeof column - 1);
    break;
  default:
    break;
  }
}

dusq_error *dusq__sqlite_canceled(void)
{
  return dusq_error_new(DUSQ_E_CANCELED, NULL, 0, "stopped before it was executed");
}

static dusq_status status_of(const dusq__sqlite_conn *conn, int code, const char *text)
{
  /* a wait for a lock that was stopped ends with the same code as one that timed out */
  bool locked = primary(code) == SQLITE_BUSY || primary(code) == SQLITE_LOCKED;
  if (locked && conn->call.stop && dusq_stop_asked(conn->call.stop))
    return DUSQ_E_CANCELED;
  int number = primary(code) == SQLITE_CANTOPEN && conn->db ? sqlite3_system_errno(conn->db) : 0;
  if (number == EMFILE || number == ENFILE)
    return DUSQ_E_RESOURCE;
  return dusq_classify(DUSQ_FLAVOUR_SQLITE, code, NULL, text);
}

dusq_error *dusq__sqlite_error(dusq__sqlite_conn *conn, int code, const char *text)
{
  if (!text)
    text = sqlite3_errmsg(conn->db);
  dusq_status status = status_of(conn, code, text);
  dusq_error *error = dusq_error_new(status, NULL, code, "%s", text);
  if (primary(code) == SQLITE_CONSTRAINT)
    set_names(error, code, text);
  return error;
}

dusq_status dusq__sqlite_fail(dusq_error **out, dusq_error *take_error)
{
  dusq_status status = dusq_error_status(take_error);
  if (out)
    *out = take_error;
  else
    dusq_error_unref(take_error);
  return status;
}

#if SQLITE_VERSION_NUMBER >= 3038000
/* What is wrong is in an expression of the schema (an index, a generated column, a CHECK), and so is the offset. */
static bool is_of_schema(const char *message)
{
  static const char *const beginnings[] = {"unknown function: ", "unsafe use of ", "non-deterministic use of ",
                                           "error in "};
  for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
    if (!strncmp(message, beginnings[i], strlen(beginnings[i])))
      return true;
  return false;
}
#endif

int dusq__sqlite_offset(dusq__sqlite_conn *conn)
{
#if SQLITE_VERSION_NUMBER >= 3038000
  return is_of_schema(sqlite3_errmsg(conn->db)) ? -1 : sqlite3_error_offset(conn->db);
#else
  (void)conn;
  return -1;
#endif
}

/* Reading, locking and allocating come before the moment of the commit; writing, syncing and removing the journal may
 * be that moment.                                                                                                    */
bool dusq__sqlite_may_have_committed(int code)
{
  if (primary(code) != SQLITE_IOERR)
    return false;
  switch (code) {
  case SQLITE_IOERR_READ:
  case SQLITE_IOERR_SHORT_READ:
  case SQLITE_IOERR_NOMEM:
  case SQLITE_IOERR_ACCESS:
  case SQLITE_IOERR_BLOCKED:
  case SQLITE_IOERR_CHECKRESERVEDLOCK:
  case SQLITE_IOERR_LOCK:
  case SQLITE_IOERR_RDLOCK:
    return false;
  default:
    return true;
  }
}

const char *dusq__sqlite_lock_text(int rc)
{
  return rc == SQLITE_READONLY_DBMOVED ? "the database file was moved, removed or replaced" : "database is locked";
}

/* After an I/O error, or when the file has been replaced, a new connection is needed. */
dusq_status dusq__sqlite_status_after(int code)
{
  bool lost = (primary(code) == SQLITE_IOERR && code != SQLITE_IOERR_NOMEM) || code == SQLITE_READONLY_DBMOVED;
  return lost ? DUSQ_E_CONNECTION_LOST : DUSQ_OK;
}
