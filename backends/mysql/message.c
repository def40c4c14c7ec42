/* message.c - what the server's messages contain. */
#include "message.h"
#include "error.h"
#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 256, TEXT_SIZE = 1024, ER_BAD_NULL = 1048, ER_NO_DEFAULT = 1364, ER_FK_CHILD = 1452,
       ER_FK_PARENT = 1451, ER_DUP_WITH_KEY_NAME = 1586, ER_CHECK_MYSQL = 3819, ER_CHECK_MARIADB = 4025,
       ER_TRUNCATED = 1292, ER_WRONG_VALUE = 1366, ER_WRONG_VALUE_FOR_TYPE = 1411, ER_BAD_TIME = 1525,
       ER_NO_SUCH_TABLE = 1146, ER_TOO_LONG = 1406, ER_OUT_OF_RANGE = 1264, ER_CUT = 1265 };

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* The text between `before` and the next quote; "" if there is none. */
static void read_name(const char *text, const char *before, char quote, char name[NAME_SIZE])
{
  name[0] = '\0';
  const char *at = strstr(text, before);
  if (!at)
    return;
  at += strlen(before);
  const char *end = strchr(at, quote);
  if (end && end - at < NAME_SIZE) {
    memcpy(name, at, (size_t)(end - at));
    name[end - at] = '\0';
  }
}

static void set_name(dusq_error *error, int field, const char *name)
{
  if (*name)
    dusq_error_set_text(error, field, name);
}

/* "for key 'PRIMARY'", or in MySQL with the table: 't.PRIMARY'. */
static void set_key(dusq_error *error, const char *text)
{
  char name[NAME_SIZE];
  read_name(text, " for key '", '\'', name);
  char *dot = strchr(name, '.');
  set_name(error, DUSQ_ERROR_CONSTRAINT, dot ? dot + 1 : name);
  if (dot) {
    *dot = '\0';
    set_name(error, DUSQ_ERROR_TABLE, name);
  }
}

/* "for column 'c'", or in MariaDB: for column `d`.`t`.`c`. */
static void set_column(dusq_error *error, const char *text)
{
  char name[NAME_SIZE];
  read_name(text, " column '", '\'', name);
  if (*name) {
    set_name(error, DUSQ_ERROR_COLUMN, name);
    return;
  }
  const char *at = strstr(text, " column `"), *parts[3];
  size_t n = 0;
  for (at = at ? at + 8 : NULL; at && *at == '`' && n < 3; at += at[0] == '.' ? 1 : 0) {
    parts[n++] = at;
    at = strchr(at + 1, '`');
    at = at ? at + 1 : NULL;
    if (!at)
      return;
  }
  if (!n)
    return;
  read_name(parts[n - 1], "`", '`', name);
  set_name(error, DUSQ_ERROR_COLUMN, name);
  if (n > 1) {
    read_name(parts[n - 2], "`", '`', name);
    set_name(error, DUSQ_ERROR_TABLE, name);
  }
}

static void set_table(dusq_error *error, const char *text)
{
  char name[NAME_SIZE];
  read_name(text, "`.`", '`', name); /* (`db`.`table`, CONSTRAINT `name` ... */
  set_name(error, DUSQ_ERROR_TABLE, name);
}

static void set_names(dusq_error *error, int64_t native, const char *text)
{
  char name[NAME_SIZE] = "";
  switch (native) {
  case MY_ER_DUP_ENTRY:
  case ER_DUP_WITH_KEY_NAME:
    set_key(error, text);
    return;
  case ER_FK_CHILD:
  case ER_FK_PARENT:
  case ER_CHECK_MARIADB:
    read_name(text, "CONSTRAINT `", '`', name);
    set_table(error, text);
    break;
  case ER_CHECK_MYSQL:
    read_name(text, "constraint '", '\'', name);
    break;
  case ER_BAD_NULL:
  case ER_NO_DEFAULT:
    read_name(text, native == ER_BAD_NULL ? "Column '" : "Field '", '\'', name);
    set_name(error, DUSQ_ERROR_COLUMN, name);
    return;
  case ER_WRONG_VALUE:
  case ER_TRUNCATED:
  case ER_TOO_LONG:
  case ER_OUT_OF_RANGE:
  case ER_CUT:
    set_column(error, text);
    return;
  default:
    return;
  }
  set_name(error, DUSQ_ERROR_CONSTRAINT, name);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static const char *last(const char *text, const char *what)
{
  const char *found = NULL;
  for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
    found = at;
  return found;
}

/* Copies a text without the value in it; false if there is none. */
static bool hide_value(int64_t native, const char *text, char out[TEXT_SIZE])
{
  const char *begin, *end;
  switch (native) {
  case MY_ER_DUP_ENTRY:
  case ER_DUP_WITH_KEY_NAME:
    begin = strstr(text, " entry '");
    end = last(text, "' for key ");
    begin = begin ? begin + 6 : NULL;
    end = end ? end + 1 : NULL;
    break;
  case ER_TRUNCATED:
  case ER_WRONG_VALUE:
  case ER_WRONG_VALUE_FOR_TYPE:
  case ER_BAD_TIME:
    begin = strstr(text, " value: '");
    begin = begin ? begin + 6 : NULL;
    end = last(text, "' for column ");
    if (!end)
      end = last(text, "' for function ");
    end = end ? end + 1 : text + strlen(text);
    break;
  default:
    return false;
  }
  if (!begin || !end || end < begin)
    return false;
  snprintf(out, TEXT_SIZE, "%.*s%s", (int)(begin - text), text, end);
  return true;
}

/* ---- positions --------------------------------------------------------------------------------------------------- */

/* "... near 'what follows, 80 bytes of it at most' at line 1" */
static void set_position(dusq_error *error, const char *text, const char *sql, size_t len)
{
  static const char before[] = " near '", after[] = "' at line ";
  const char *near = strstr(text, before), *end = last(text, after);
  if (!sql || !near || !end || end < near + sizeof before - 1)
    return;
  near += sizeof before - 1;
  size_t n = (size_t)(end - near);
  if (n <= len && !memcmp(sql + len - n, near, n)) {
    dusq_error_set_number(error, DUSQ_ERROR_POSITION, (int64_t)(len - n));
    return;
  }
  for (size_t i = 0; n && i + n <= len; i++)
    if (!memcmp(sql + i, near, n)) {
      dusq_error_set_number(error, DUSQ_ERROR_POSITION, (int64_t)i);
      return;
    }
}

/* ---- the whole message ------------------------------------------------------------------------------------------- */

dusq_error *dusq__my_message_error(dusq_status status, int64_t native, const char *state, const char *text,
                                   const char *sql, size_t len)
{
  char hidden[TEXT_SIZE];
  bool hide = hide_value(native, text, hidden);
  dusq_error *error = dusq_error_new(status, state, native, "%s", hide ? hidden : text);
  if (hide)
    dusq_error_set_text(error, DUSQ_ERROR_DETAIL, text);
  set_names(error, native, text);
  if (native == MY_ER_PARSE)
    set_position(error, text, sql, len);
  return error;
}
