/* error.c - converts errors of libpq and the server.  The worker's thread. */
#include "error.h"
#include <string.h>

enum { TEXT_SIZE = 1024 };

dusq_error *dusq__pg_canceled(void)
{
  return dusq_error_new(DUSQ_E_CANCELED, NULL, 0, "stopped before it was executed");
}

dusq_error *dusq__pg_nomem(void)
{
  return dusq_error_new(DUSQ_E_NOMEM, NULL, 0, "no memory");
}

dusq_status dusq__pg_give(dusq_error **out, dusq_error *take_error)
{
  dusq_status status = dusq_error_status(take_error);
  if (out)
    *out = take_error;
  else
    dusq_error_unref(take_error);
  return status;
}

/* The first line of a message of libpq, which ends with a newline and may have further lines with details. */
static void first_line(const char *text, char room[TEXT_SIZE])
{
  size_t n = strcspn(text, "\n");
  n = n < TEXT_SIZE ? n : TEXT_SIZE - 1;
  memcpy(room, text, n);
  room[n] = '\0';
}

/* The server counts characters from 1; dusq counts bytes from 0. */
static int64_t byte_position(const char *sql, const char *number)
{
  int64_t left = 0;
  for (const char *at = number; *at >= '0' && *at <= '9' && left < INT32_MAX; at++)
    left = left * 10 + (*at - '0');
  const char *at = sql;
  while (*at && left > 1) {
    at++;
    while (((unsigned char)*at & 0xC0) == 0x80)
      at++;
    left--;
  }
  return at - sql;
}

static void set_fields(dusq_error *error, const PGresult *result, const char *sql)
{
  static const struct {
    int from, to;
  } fields[] = {{PG_DIAG_MESSAGE_DETAIL, DUSQ_ERROR_DETAIL},
                {PG_DIAG_MESSAGE_HINT, DUSQ_ERROR_HINT},
                {PG_DIAG_CONSTRAINT_NAME, DUSQ_ERROR_CONSTRAINT},
                {PG_DIAG_TABLE_NAME, DUSQ_ERROR_TABLE},
                {PG_DIAG_COLUMN_NAME, DUSQ_ERROR_COLUMN}};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    const char *text = PQresultErrorField(result, fields[i].from);
    if (text)
      dusq_error_set_text(error, fields[i].to, text);
  }
  const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
  if (position && sql)
    dusq_error_set_number(error, DUSQ_ERROR_POSITION, byte_position(sql, position));
}

/* An error that does not end the session is not about its connection, but about one that the server has to another one,
 * as for a foreign table.  What that one has done is not known here, so it is not retryable.                          */
static bool is_about_another(const PGresult *result, dusq_status status)
{
  const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return severity && !strcmp(severity, "ERROR") && (status == DUSQ_E_CONNECTION_LOST || status == DUSQ_E_CONNECT);
}

/* Whether a statement of the library's own is stale is judged in changed.c; a name that is gone or there already is
 * otherwise one that the caller has given by PREPARE.                                                                 */
static dusq_status status_of(const PGresult *result, const char *state, const char *text)
{
  dusq_status status = dusq_classify(DUSQ_FLAVOUR_POSTGRESQL, 0, state, text);
  if (is_about_another(result, status))
    return DUSQ_E_SQL;
  if (status != DUSQ_E_STALE_STATEMENT)
    return status;
  return !strncmp(state, "26", 2) ? DUSQ_E_NO_SUCH_OBJECT : !strncmp(state, "42", 2) ? DUSQ_E_DUPLICATE_OBJECT
                                                                                     : DUSQ_E_NOTSUP;
}

dusq_error *dusq__pg_result_error(const PGresult *result, const char *sql)
{
  const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (!state || !text) { /* an error of libpq itself */
    char line[TEXT_SIZE];
    first_line(PQresultErrorMessage(result), line);
    return dusq_error_new(DUSQ_E_CONNECTION_LOST, NULL, 0, "%s", *line ? line : "the connection is lost");
  }
  dusq_error *error = dusq_error_new(status_of(result, state, text), state, 0, "%s", text);
  set_fields(error, result, sql);
  return error;
}

/* Texts may be translated; names in the server's source are not. */
dusq__pg_origin dusq__pg_origin_of(const PGresult *result)
{
  const char *function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
  if (function && !strcmp(function, "RevalidateCachedQuery"))
    return DUSQ__PG_FROM_PLAN;
  return PQresultErrorField(result, PG_DIAG_CONTEXT) ? DUSQ__PG_FROM_WITHIN : DUSQ__PG_FROM_STATEMENT;
}

bool dusq__pg_is_cancel(const dusq_error *error)
{
  const char *state = dusq_error_sqlstate(error);
  return state && !strcmp(state, "57014");
}

bool dusq__pg_is_refusal(const dusq_error *error)
{
  const char *state = dusq_error_sqlstate(error);
  return !strncmp(state, "42", 2) || !strncmp(state, "22", 2);
}

dusq_error *dusq__pg_too_large(void)
{
  return dusq_error_new(DUSQ_E_LIMIT, NULL, 0, "the result is far larger than max_result_bytes, and was stopped");
}

dusq_error *dusq__pg_unreached(const PGresult *result)
{
  const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  const char *old = severity ? severity : PQresultErrorField(result, PG_DIAG_SEVERITY); /* PgBouncer before 1.19 */
  const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (!old || strcmp(old, "FATAL") != 0 || !state || !text)
    return NULL;
  if (strcmp(state, "08P01") != 0 && strcmp(state, "XX000") != 0)
    return NULL;
  switch (dusq_classify(DUSQ_FLAVOUR_POSTGRESQL, 0, state, text)) {
  case DUSQ_E_TOO_MANY_CONNECTIONS:
  case DUSQ_E_CONNECT:
  case DUSQ_E_SHUTDOWN:
    return dusq__pg_result_error(result, NULL);
  default:
    return NULL;
  }
}

dusq_error *dusq__pg_libpq_error(const PGconn *pg)
{
  char line[TEXT_SIZE];
  first_line(PQerrorMessage(pg), line);
  bool lost = PQstatus(pg) == CONNECTION_BAD;
  return dusq_error_new(lost ? DUSQ_E_CONNECTION_LOST : DUSQ_E_PROTOCOL, NULL, 0, "%s",
                        *line ? line : "the connection is lost");
}

/* ---- connecting ---------------------------------------------------------------------------------------------------- */

static bool is_state(const char *at)
{
  for (int i = 0; i < 5; i++)
    if (!((at[i] >= '0' && at[i] <= '9') || (at[i] >= 'A' && at[i] <= 'Z')))
      return false;
  return at[5] == ':';
}

/* Finds the code in "...: FATAL:  28P01: password ...".  The words before it are translated, the code is not. */
static const char *find_state(const char *line)
{
  for (const char *at = line; (at = strstr(at, ":  ")) != NULL; at += 3)
    if (is_state(at + 3))
      return at + 3;
  return NULL;
}

static const char *next_line(const char *line)
{
  line += strcspn(line, "\n");
  return line + (*line == '\n');
}

/* Where the last message begins.  With several addresses there is one for each, and the last one was tried last; each
 * begins as the first one does, up to the address in quotes.  The lines behind it have other words before them, such as
 * HINT, which may be translated.                                                                                      */
static const char *last_message(const char *text)
{
  size_t same = strcspn(text, "\"\n");
  const char *last = text;
  for (const char *line = text; text[same] == '"' && *line; line = next_line(line))
    if (!strncmp(line, text, same + 1))
      last = line;
  return last;
}

/* Detail and hint, unless libpq translates these words. */
static void set_further_lines(dusq_error *error, const char *message)
{
  static const struct {
    const char *word;
    int field;
  } words[] = {{"DETAIL:  ", DUSQ_ERROR_DETAIL}, {"HINT:  ", DUSQ_ERROR_HINT}};
  char text[TEXT_SIZE];
  for (const char *line = next_line(message); *line; line = next_line(line))
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
      if (!strncmp(line, words[i].word, strlen(words[i].word))) {
        first_line(line + strlen(words[i].word), text);
        dusq_error_set_text(error, words[i].field, text);
      }
}

/* Errors that libpq itself detects have no code, and their text may be translated.  An unknown text is DUSQ_E_CONNECT. */
static dusq_status libpq_status(const char *line)
{
  static const char *const tls[] = {"SSL", "certificate", NULL};
  if (strstr(line, "SSL SYSCALL error") || strstr(line, "unexpected eof")) /* the server has gone in the handshake */
    return DUSQ_E_CONNECT;
  for (const char *const *word = tls; *word; word++)
    if (strstr(line, *word))
      return DUSQ_E_TLS;
  return strstr(line, "authentication method") || strstr(line, "fe_sendauth") ? DUSQ_E_AUTH : DUSQ_E_CONNECT;
}

dusq_error *dusq__pg_connect_error(const PGconn *pg)
{
  char line[TEXT_SIZE], state[6] = "";
  const char *message = last_message(PQerrorMessage(pg));
  first_line(message, line);
  char *at = (char *)(uintptr_t)find_state(line);
  if (!at)
    return dusq_error_new(libpq_status(line), NULL, 0, "%s", *line ? line : "no connection");
  memcpy(state, at, 5);
  memmove(at, at + 7, strlen(at + 7) + 1); /* the code is in the error's SQLSTATE */
  dusq_status status = dusq_classify(DUSQ_FLAVOUR_POSTGRESQL, 0, state, at);
  if (status == DUSQ_E_CONNECTION_LOST)
    status = DUSQ_E_CONNECT; /* there was none yet */
  dusq_error *error = dusq_error_new(status, state, 0, "%s", line);
  set_further_lines(error, message);
  return error;
}
