/* message.c - what the server's messages contain. */
#include "message.h"
#include "error.h"
#include "hide.h"
#include <string.h>

enum { NAME_SIZE = 256, ER_BAD_NULL = 1048, ER_NO_DEFAULT = 1364, ER_FK_PARENT = 1451, ER_FK_CHILD = 1452,
       ER_CHECK_MYSQL = 3819, ER_CHECK_MARIADB = 4025 };

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* Words that a name stands between are looked for where a value of a row cannot be: at the ends of the message. */

static void set_name(dusq_error *error, int field, const char *begin, const char *end)
{
  char name[NAME_SIZE];
  if (!begin || !end || end <= begin || end - begin >= NAME_SIZE)
    return;
  memcpy(name, begin, (size_t)(end - begin));
  name[end - begin] = '\0';
  dusq_error_set_text(error, field, name);
}

/* The text after `before`; NULL if there is none. */
static const char *after(const char *text, const char *before)
{
  const char *at = strstr(text, before);
  return at ? at + strlen(before) : NULL;
}

/* The name between `before` and the next quote. */
static void set_between(dusq_error *error, int field, const char *text, const char *before, char quote)
{
  const char *begin = after(text, before);
  set_name(error, field, begin, begin ? strchr(begin, quote) : NULL);
}

/* "for key 'PRIMARY'", or in MySQL with the table: 't.PRIMARY'. */
static void set_key(dusq_error *error, const dusq__my_said *said)
{
  static const char before[] = "' for key '";
  const char *name = dusq__my_last(said->text, before), *end = dusq__my_last(said->text, "'");
  if (!name)
    return;
  name += sizeof before - 1;
  const char *dot = said->mariadb ? NULL : strchr(name, '.');
  set_name(error, DUSQ_ERROR_CONSTRAINT, dot ? dot + 1 : name, end);
  if (dot)
    set_name(error, DUSQ_ERROR_TABLE, name, dot);
}

/* "column 'c' at row 1", or in MariaDB: column `d`.`t`.`c` at row 1. */
static void set_column(dusq_error *error, const char *text, const char *before)
{
  const char *row = dusq__my_row_part(text), *name = dusq__my_last(text, before);
  if (!row || !name)
    return;
  name += strlen(before);
  if (*name == '\'') {
    set_name(error, DUSQ_ERROR_COLUMN, name + 1, row - 1);
    return;
  }
  const char *table = after(name, "`.`"), *column = table ? after(table, "`.`") : NULL;
  set_name(error, DUSQ_ERROR_COLUMN, column, row - 1);
  if (column)
    set_name(error, DUSQ_ERROR_TABLE, table, column - 3);
}

static void set_names(dusq_error *error, const dusq__my_said *said)
{
  const char *text = said->text;
  switch (said->native) {
  case MY_ER_DUP_ENTRY:
  case MY_ER_DUP_ENTRY_WITH_KEY_NAME:
    set_key(error, said);
    return;
  case ER_FK_CHILD:
  case ER_FK_PARENT:
  case ER_CHECK_MARIADB: /* these three have no values */
    set_between(error, DUSQ_ERROR_CONSTRAINT, text, "CONSTRAINT `", '`');
    set_between(error, DUSQ_ERROR_TABLE, text, "`.`", '`'); /* (`db`.`table`, CONSTRAINT `name` ... */
    return;
  case ER_CHECK_MYSQL:
    set_between(error, DUSQ_ERROR_CONSTRAINT, text, "constraint '", '\'');
    return;
  case ER_BAD_NULL:
    set_between(error, DUSQ_ERROR_COLUMN, text, "Column '", '\'');
    return;
  case ER_NO_DEFAULT:
    set_between(error, DUSQ_ERROR_COLUMN, text, "Field '", '\'');
    return;
  case MY_ER_WRONG_VALUE:
  case MY_ER_TRUNCATED:
    set_column(error, text, "' for column ");
    return;
  case MY_ER_TOO_LONG: /* nor have these */
  case MY_ER_OUT_OF_RANGE:
  case MY_ER_CUT:
    set_column(error, text, " column ");
    return;
  default:
    return;
  }
}

/* ---- positions --------------------------------------------------------------------------------------------------- */

/* "... near 'what follows, 80 bytes of it at most' at line 1" */
static void set_position(dusq_error *error, const char *text, const char *sql, size_t len)
{
  static const char before[] = " near '", behind[] = "' at line ";
  const char *near = strstr(text, before), *end = dusq__my_last(text, behind);
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

dusq_error *dusq__my_message_error(const dusq__my_said *said)
{
  char hidden[DUSQ__MY_TEXT_SIZE];
  bool hide = dusq__my_hide(said, hidden);
  dusq_error *error = dusq_error_new(said->status, said->state, said->native, "%s", hide ? hidden : said->text);
  if (hide)
    dusq_error_set_text(error, DUSQ_ERROR_DETAIL, said->text);
  set_names(error, said);
  if (said->native == MY_ER_PARSE)
    set_position(error, said->text, said->sql, said->len);
  return error;
}
