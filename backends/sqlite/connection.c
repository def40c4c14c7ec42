/* connection.c - see connection.h. */
#include "connection.h"
#include "close.h"
#include "error.h"
#include "settings.h"
#include "wal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_AGAIN = 10 * 1000000 /* ns */, REASON_SIZE = 128 };

/* ---- connecting one at a time ------------------------------------------------------------------------------------ */

static bool try_turn(dusq__sqlite_instance *instance, bool wait)
{
  pthread_mutex_lock(&instance->monitor.mtx);
  if (instance->connecting && wait)
    dusq__sqlite_sleep_locked(&instance->monitor, LOOK_AGAIN);
  bool taken = !instance->connecting;
  if (taken)
    instance->connecting = true;
  pthread_mutex_unlock(&instance->monitor.mtx);
  return taken;
}

static bool take_turn(dusq__sqlite_conn *conn)
{
  bool taken = try_turn(conn->instance, false);
  while (!taken && !conn->call.given_up(conn))
    taken = try_turn(conn->instance, true);
  return taken;
}

static void give_turn(dusq__sqlite_instance *instance)
{
  pthread_mutex_lock(&instance->monitor.mtx);
  instance->connecting = false;
  pthread_cond_broadcast(&instance->monitor.cond);
  pthread_mutex_unlock(&instance->monitor.mtx);
}

/* ---- connecting -------------------------------------------------------------------------------------------------- */

static int measure_page(dusq__sqlite_conn *conn)
{
  char size[16] = "";
  int rc = dusq__sqlite_pragma(conn, "page_size", NULL, size, sizeof size);
  dusq__sqlite_set_log_limit(conn, strtoll(size, NULL, 10));
  return rc;
}

static int open_database(dusq__sqlite_conn *conn)
{
  const dusq_params *params = conn->instance->config.params;
  int rc = sqlite3_open_v2(conn->instance->config.target, &conn->db, conn->instance->config.open_flags, NULL);
  if (rc != SQLITE_OK)
    return rc;
  dusq__sqlite_install_handlers(conn);
  rc = dusq__sqlite_lock(conn, DUSQ__SQLITE_SHARED);
  if (rc == SQLITE_OK && dusq_params_text(params, "page_size"))
    rc = dusq__sqlite_pragma_number(conn, "page_size", dusq_params_int(params, "page_size"));
  if (rc == SQLITE_OK) /* opening is lazy: only a read shows whether the file is a database */
    rc = dusq__sqlite_pragma(conn, "schema_version", NULL, NULL, 0);
  if (rc == SQLITE_OK)
    rc = dusq__sqlite_note_place(conn);
  if (rc == SQLITE_OK)
    rc = dusq__sqlite_set_journal_mode(conn);
  if (rc == SQLITE_OK)
    rc = measure_page(conn);
  if (rc == SQLITE_OK)
    rc = dusq__sqlite_apply_settings(conn);
  if (rc == SQLITE_OK)
    rc = dusq__sqlite_prepare_controls(conn);
  dusq__sqlite_unlock(conn);
  if (rc == SQLITE_OK) {
    dusq__sqlite_configure(conn);
    dusq__sqlite_install_authorizer(conn);
  }
  return rc;
}

static dusq_error *explain(dusq__sqlite_conn *conn, int code)
{
  const char *target = conn->instance->config.memory ? ":memory:" : conn->instance->config.target;
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
  dusq__sqlite_instance *instance = arg;
  dusq__sqlite_conn *conn = calloc(1, sizeof *conn);
  if (!conn)
    return dusq__sqlite_fail(error, dusq_error_new(DUSQ_E_NOMEM, NULL, 0, "no memory for a connection"));
  atomic_fetch_add(&instance->refs, 1);
  conn->instance = instance;
  conn->counted = !instance->config.memory;
  if (conn->counted)
    atomic_fetch_add(&instance->connections, 1);
  conn->reader = lane == 1 || instance->config.read_only;
  dusq__sqlite_set_stop(conn, stop);
  dusq_error *why = NULL;
  if (take_turn(conn)) {
    int rc = open_database(conn);
    if (rc != SQLITE_OK)
      why = explain(conn, rc);
    give_turn(instance);
  } else {
    why = dusq__sqlite_canceled();
  }
  dusq__sqlite_clear_stop(conn);
  if (why) {
    dusq__sqlite_disconnect(conn);
    return dusq__sqlite_fail(error, why);
  }
  *out = conn;
  return DUSQ_OK;
}

/* Until the next call of this backend, an interrupt is meant for the job's use of the handle. */
void *dusq__sqlite_native(void *arg)
{
  dusq__sqlite_conn *conn = arg;
  dusq__sqlite_set_stop(conn, NULL);
  conn->handle_given = true;
  return conn->db;
}
