/* settings.c - the settings of a session, as the server reports them. */
#include "settings.h"
#include <stdio.h>
#include <string.h>

enum { SHOWN_SIZE = 60 };

/* The settings that each session begins with. */
static const char promised_zone[] = "+00:00", promised_charset[] = "utf8mb4";

static bool equal(const char *text, size_t len, const char *word)
{
  return len == strlen(word) && !memcmp(text, word, len);
}

static void keep(char *to, size_t size, const char *text, size_t len)
{
  snprintf(to, size, "%.*s", (int)(len < SHOWN_SIZE ? len : SHOWN_SIZE), text);
}

static bool has_word(const char *list, size_t len, const char *word)
{
  size_t n = strlen(word);
  for (size_t i = 0; i + n <= len; i++)
    if (!memcmp(list + i, word, n) && (!i || list[i - 1] == ',') && (i + n == len || list[i + n] == ','))
      return true;
  return false;
}

static void set_zone(dusq__my_settings *to, const char *text, size_t len)
{
  static const char *const utc[] = {"+00:00", "-00:00", "UTC", "Etc/UTC", NULL};
  to->utc = equal(text, len, "SYSTEM") && to->system_utc;
  for (const char *const *name = utc; *name; name++)
    to->utc |= equal(text, len, *name);
  keep(to->zone, sizeof to->zone, text, len);
}

static bool is_utf8(const char *text, size_t len)
{
  return equal(text, len, "utf8mb4") || equal(text, len, "utf8mb3") || equal(text, len, "utf8");
}

/* Whether an ASCII character is one byte of the same value, as in all character sets except these. */
static bool has_ascii(const char *text, size_t len)
{
  static const char *const others[] = {"", "binary", "swe7", "ucs2", "utf16", "utf16le", "utf32", NULL};
  for (const char *const *name = others; *name; name++)
    if (equal(text, len, *name))
      return false;
  return true;
}

static void set_client(dusq__my_settings *to, const char *text, size_t len)
{
  to->client_utf8 = is_utf8(text, len);
  keep(to->client, sizeof to->client, text, len);
}

static void set_results(dusq__my_settings *to, const char *text, size_t len)
{
  to->results = is_utf8(text, len)     ? DUSQ__MY_CHARSET_UTF8
                : has_ascii(text, len) ? DUSQ__MY_CHARSET_ASCII
                                       : DUSQ__MY_CHARSET_OTHER;
  keep(to->shown, sizeof to->shown, text, len);
}

static uint64_t hash(const char *text, size_t len)
{
  uint64_t hash = UINT64_C(14695981039346656037);
  for (size_t i = 0; i < len; i++)
    hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
  return hash;
}

/* A prepared statement keeps the meaning from when it was prepared: a || b would stay an OR. */
static void set_mode(dusq__my_settings *to, const char *text, size_t len)
{
  uint64_t mode = hash(text, len);
  if (mode != to->mode)
    to->generation++;
  to->mode = mode;
  to->ansi_quotes = has_word(text, len, "ANSI_QUOTES");
}

void dusq__my_settings_set(dusq__my_settings *to, const char *name, size_t name_len, const char *text, size_t len)
{
  if (equal(name, name_len, "time_zone"))
    set_zone(to, text, len);
  else if (equal(name, name_len, "character_set_client"))
    set_client(to, text, len);
  else if (equal(name, name_len, "character_set_results"))
    set_results(to, text, len);
  else if (equal(name, name_len, "sql_mode"))
    set_mode(to, text, len);
  else
    return;
  /* also if no word of the statement has announced it */
  to->changed |= strcmp(to->zone, promised_zone) || strcmp(to->client, promised_charset) ||
                 strcmp(to->shown, promised_charset) || to->mode != to->promised_mode;
}

void dusq__my_settings_reset(dusq__my_settings *settings, bool keep_ansi)
{
  dusq__my_settings fresh = {.utc = true, .client_utf8 = true, .results = DUSQ__MY_CHARSET_UTF8};
  fresh.ansi_quotes = keep_ansi && settings->ansi_quotes;
  fresh.system_utc = settings->system_utc;
  fresh.mode = fresh.promised_mode = settings->mode;
  fresh.generation = settings->generation;
  memcpy(fresh.zone, promised_zone, sizeof promised_zone);
  memcpy(fresh.client, promised_charset, sizeof promised_charset);
  memcpy(fresh.shown, promised_charset, sizeof promised_charset);
  *settings = fresh;
}

void dusq__my_settings_track(dusq__my_settings *settings, MYSQL *mysql)
{
  const char *text, *name = NULL;
  size_t len, name_len = 0;
  if (!(mysql->server_status & SERVER_SESSION_STATE_CHANGED))
    return;
  int rc = mysql_session_track_get_first(mysql, SESSION_TRACK_SYSTEM_VARIABLES, &text, &len);
  for (; !rc; rc = mysql_session_track_get_next(mysql, SESSION_TRACK_SYSTEM_VARIABLES, &text, &len)) {
    if (name) /* names and values alternate */
      dusq__my_settings_set(settings, name, name_len, text, len);
    name_len = len;
    name = name ? NULL : text;
  }
  dusq__my_settings_clear_flag(mysql);
}

dusq__my_reading dusq__my_settings_reading(const dusq__my_settings *settings, MYSQL *mysql, bool mariadb)
{
  return (dusq__my_reading){.escapes = !(mysql->server_status & SERVER_STATUS_NO_BACKSLASH_ESCAPES),
                            .ansi_quotes = settings->ansi_quotes, .mariadb = mariadb,
                            .version = mysql_get_server_version(mysql)};
}
