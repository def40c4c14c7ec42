/* settings.h - the settings of a session that values and texts depend on.  The worker's thread; no lock.
 *
 * A session begins with utf8mb4 and UTC, and a caller may set something else.  The server reports changes in the answer
 * to each statement without rows (session tracking).  But MariaDB reports neither SET @@time_zone, nor what a function
 * sets inside a SELECT or before an error.  So after words or flags that hint at a change, or a call of a function, the
 * settings are stale: the server is asked when they matter, and before the connection gets another user
 * (dusq__my_session_ask).                                                                                            */
#ifndef DUSQ_MYSQL_SETTINGS_H
#define DUSQ_MYSQL_SETTINGS_H
#include "client.h"
#include "scan.h"

typedef enum {
  DUSQ__MY_CHARSET_UTF8 = 0,
  DUSQ__MY_CHARSET_ASCII, /* an ASCII character is one byte of the same value */
  DUSQ__MY_CHARSET_OTHER
} dusq__my_charset;

typedef struct dusq__my_settings {
  bool utc;                 /* time_zone is UTC                                                     */
  bool ansi_quotes;         /* from sql_mode; NO_BACKSLASH_ESCAPES is in the handle's server_status */
  bool client_utf8;         /* character_set_client                                                 */
  dusq__my_charset results; /* character_set_results                                                */
  char zone[64];            /* time_zone in the server's words, for errors; so are the two below    */
  char client[64];          /* character_set_client                                                 */
  char shown[64];           /* character_set_results                                                */
  bool system_utc;          /* time_zone SYSTEM is UTC; constant once connected                     */
  bool untracked;           /* the server may have stopped reporting changes                        */
  bool stale;               /* something may have been changed since                                */
  bool changed;             /* the session may differ from a new one by more than a transaction     */
  uint64_t mode;            /* a hash of sql_mode                                                   */
  uint64_t promised_mode;   /* the hash of the mode that the session began with                     */
  uint64_t generation;      /* of prepared statements: those of an older generation cannot be used  */
} dusq__my_settings;

/* The session was set up anew.  `keep_ansi`: ansi_quotes stays as the server has reported it. */
void dusq__my_settings_reset(dusq__my_settings *settings, bool keep_ansi);
/* Records one setting that the server has reported. */
void dusq__my_settings_set(dusq__my_settings *settings, const char *name, size_t name_len, const char *text,
                           size_t len);
/* Reads what the answer to a statement without rows reports. */
void dusq__my_settings_track(dusq__my_settings *settings, MYSQL *mysql);
/* How the server reads a text in this session. */
dusq__my_reading dusq__my_settings_reading(const dusq__my_settings *settings, MYSQL *mysql, bool mariadb);

/* Records what a statement that is about to run may leave behind. */
static inline void dusq__my_settings_expect(dusq__my_settings *settings, const dusq__my_scan *scan)
{
  settings->changed |= scan->changes_session;
  settings->untracked |= scan->tracking;
  settings->stale |= scan->settings;
}

/* At the end of rows the server reports only that something has changed. */
static inline void dusq__my_settings_track_rows(dusq__my_settings *settings, const MYSQL *mysql)
{
  settings->stale |= (mysql->server_status & SERVER_SESSION_STATE_CHANGED) != 0;
}

/* The flag stays until the server's next OK, and MySQL sends none after the columns of a result. */
static inline void dusq__my_settings_clear_flag(MYSQL *mysql)
{
  mysql->server_status &= ~(unsigned)SERVER_SESSION_STATE_CHANGED;
}

/* Whether the server must be asked before the settings are relied on. */
static inline bool dusq__my_settings_are_unsure(const dusq__my_settings *settings)
{
  return settings->untracked || settings->stale;
}

#endif
