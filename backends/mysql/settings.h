/* settings.h - what the session has set, as far as values and texts depend on it.  The worker's; no lock.
 *
 * A session begins with utf8mb4 and UTC, and a caller may set something else.  The server reports changes with the
 * answer to each statement that has no rows (session tracking).  But MariaDB does not report SET @@time_zone, nor what
 * a function sets inside a SELECT or before an error.  So where words or flags hint at a change, or at a function, the
 * settings are stale, and the server is asked when they matter, and before the connection is somebody else's
 * (dusq__my_session_ask).                                                                                            */
#ifndef DUSQ_MYSQL_SETTINGS_H
#define DUSQ_MYSQL_SETTINGS_H
#include "client.h"
#include "scan.h"

typedef enum {
  DUSQ__MY_CHARSET_UTF8 = 0,
  DUSQ__MY_CHARSET_ASCII, /* an ASCII character is its byte */
  DUSQ__MY_CHARSET_OTHER
} dusq__my_charset;

typedef struct dusq__my_settings {
  bool utc;                 /* time_zone                                                             */
  bool ansi_quotes;         /* of sql_mode; NO_BACKSLASH_ESCAPES is in the handle's server_status    */
  bool client_utf8;         /* character_set_client                                                  */
  dusq__my_charset results; /* character_set_results                                                 */
  char zone[64];            /* time_zone, as the server says it, for errors; so are the two below    */
  char client[64];          /* character_set_client                                                  */
  char shown[64];           /* character_set_results                                                 */
  bool system_utc;          /* time_zone SYSTEM is UTC; constant once the connection is made         */
  bool untracked;           /* the server may not report changes any more                            */
  bool stale;               /* something may have been set since                                     */
  bool changed;             /* the session may differ from a new one by more than a transaction      */
  uint64_t mode;            /* a hash of sql_mode                                                    */
  uint64_t promised_mode;   /* the same, of the mode that the session began with                     */
  uint64_t generation;      /* of prepared statements: those of an older one cannot be used          */
} dusq__my_settings;

/* The session was set up as a new one.  `keep_ansi`: ansi_quotes stays as the server has reported it. */
void dusq__my_settings_reset(dusq__my_settings *settings, bool keep_ansi);
/* What the server says of one setting. */
void dusq__my_settings_set(dusq__my_settings *settings, const char *name, size_t name_len, const char *text,
                           size_t len);
/* Reads what the answer to a statement without rows reports. */
void dusq__my_settings_track(dusq__my_settings *settings, MYSQL *mysql);
/* How the server reads a text in this session. */
dusq__my_reading dusq__my_settings_reading(const dusq__my_settings *settings, MYSQL *mysql, bool mariadb);

/* What a statement that is begun may leave behind. */
static inline void dusq__my_settings_expect(dusq__my_settings *settings, const dusq__my_scan *scan)
{
  settings->changed |= scan->changes_session;
  settings->untracked |= scan->tracking;
  settings->stale |= scan->settings;
}

/* At the end of rows the server only hints at a change. */
static inline void dusq__my_settings_track_rows(dusq__my_settings *settings, const MYSQL *mysql)
{
  settings->stale |= (mysql->server_status & SERVER_SESSION_STATE_CHANGED) != 0;
}

/* The flag stays until the server's next OK, and MySQL sends none behind the columns of a result. */
static inline void dusq__my_settings_clear_flag(MYSQL *mysql)
{
  mysql->server_status &= ~(unsigned)SERVER_SESSION_STATE_CHANGED;
}

/* Whether the server has to be asked before they are relied on. */
static inline bool dusq__my_settings_are_unsure(const dusq__my_settings *settings)
{
  return settings->untracked || settings->stale;
}

#endif
