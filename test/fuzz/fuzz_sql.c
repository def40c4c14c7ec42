/* fuzz_sql.c - any bytes as one statement and as a script; the first byte chooses the dialect.
 *
 * A libFuzzer target:  clang -fsanitize=fuzzer,address,undefined -Iinclude -Ilib test/fuzz/fuzz_sql.c LIBRARY.c...
 * test/unit/test_fuzz_corpus.c includes it and replays the corpus, with a FUZZ_FAILED of its own.                    */
#include "data/sql_order.h"
#include <stdlib.h>
#include <string.h>

#ifndef FUZZ_FAILED
#define FUZZ_FAILED(condition) abort()
#endif
#define SQL_MUST(condition) ((condition) ? (void)0 : FUZZ_FAILED(#condition))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool holds(const char *text, size_t len, const char *what)
{
  size_t size = strlen(what);
  for (size_t i = 0; i + size <= len; i++)
    if (memcmp(text + i, what, size) == 0)
      return true;
  return false;
}

static void check_places(uint32_t dialect, const char *text, size_t len, const dusq__sql *sql)
{
  char sign = dialect == DUSQ_DIALECT_POSTGRESQL ? '$' : '?';
  SQL_MUST(strlen(sql->text) == sql->len);
  SQL_MUST(sql->params <= DUSQ__SQL_MAX_PARAMS && (sql->params == 0) == (sql->nslots == 0));
  SQL_MUST(dusq__sql_origin(sql, sql->len) == len);
  for (uint32_t i = 0; i < sql->nslots; i++) {
    SQL_MUST(sql->slots[i] < sql->params);
    SQL_MUST(sql->places[i] < sql->len && sql->text[sql->places[i]] == sign);
    SQL_MUST(i == 0 || (sql->places[i] > sql->places[i - 1] && sql->origins[i] > sql->origins[i - 1]));
    SQL_MUST(sql->origins[i] < len && memchr("?$:", text[sql->origins[i]], 3));
    SQL_MUST(dusq__sql_origin(sql, sql->places[i]) == sql->origins[i]);
  }
  size_t before = 0;
  for (size_t at = 0; at <= sql->len; at++) {
    size_t origin = dusq__sql_origin(sql, at);
    SQL_MUST(origin >= before && origin <= len);
    before = origin;
  }
}

/* PostgreSQL's PREPARE and CREATE FUNCTION, in which $1 is no placeholder. */
static bool has_own_numbers(uint32_t dialect, const dusq__sql *sql)
{
  dusq__lexer lexer;
  dusq__sql_owner owner = DUSQ__OWNER_UNKNOWN;
  dusq__lexer_init(&lexer, dialect, sql->text, sql->len, 0);
  while (owner <= DUSQ__OWNER_CREATING && dusq__lexer_next(&lexer) != DUSQ__TOKEN_END)
    dusq__sql_owner_by(&lexer, &owner);
  return owner == DUSQ__OWNER_ITSELF;
}

/* The translated text reads as itself; not so where ?? wrote a question mark, nor with a second byte order mark, nor
 * where a placeholder has become a number of the statement's own.                                                    */
static void check_stable(uint32_t dialect, const dusq__sql *sql)
{
  dusq__sql again;
  if (holds(sql->text, sql->len, "??") || strncmp(sql->text, "\xEF\xBB\xBF", 3) == 0 ||
      has_own_numbers(dialect, sql))
    return;
  SQL_MUST(dusq__sql_read(dialect, sql->text, sql->len, &again, NULL) == DUSQ_OK);
  SQL_MUST(again.nslots == sql->nslots && again.len == sql->len && strcmp(again.text, sql->text) == 0);
  SQL_MUST(again.verb == sql->verb);
  for (uint32_t i = 0; i < again.nslots; i++)
    SQL_MUST(again.places[i] == sql->places[i] && (dialect == DUSQ_DIALECT_MYSQL || again.slots[i] == sql->slots[i]));
  dusq__sql_fini(&again);
}

/* Values by name in the reverse order come out reversed. */
static void check_order(const dusq__sql *sql)
{
  if (!sql->names)
    return;
  dusq_value *values = calloc(sql->params, sizeof *values);
  uint16_t *order = calloc(sql->params, sizeof *order);
  if (values && order) {
    for (uint32_t i = 0; i < sql->params; i++)
      values[i].name = sql->names[sql->params - 1 - i];
    SQL_MUST(dusq__sql_order(sql, values, sql->params, order, NULL) == DUSQ_OK);
    for (uint32_t i = 0; i < sql->params; i++)
      SQL_MUST(order[i] == sql->params - 1 - i);
  }
  free(order);
  free(values);
}

static void check_statement(uint32_t dialect, const char *text, size_t len)
{
  dusq__sql sql;
  dusq_error *error = NULL;
  dusq_status status = dusq__sql_read(dialect, text, len, &sql, &error);
  SQL_MUST(status == dusq_error_status(error));
  if (status == DUSQ_OK) {
    check_places(dialect, text, len, &sql);
    if (!holds(text, len, "??"))
      check_stable(dialect, &sql);
    check_order(&sql);
  } else {
    SQL_MUST(status == DUSQ_E_SYNTAX || status == DUSQ_E_PARAMS);
    SQL_MUST(dusq_error_position(error) >= 0 && dusq_error_position(error) < (int64_t)len);
  }
  dusq_error_unref(error);
  dusq__sql_fini(&sql);
}

/* The statements stand in the script in order, and do not begin or end with a semicolon. */
static void check_script(uint32_t dialect, const char *text, size_t len)
{
  size_t at = 0;
  size_t end = 0;
  size_t begin;
  size_t size;
  dusq_error *error = NULL;
  while (dusq_sql_next(dialect, text, len, &at, &begin, &size, &error)) {
    SQL_MUST(size > 0 && begin >= end && begin + size <= len && at >= begin + size && at <= len);
    SQL_MUST(text[begin] != ';');
    SQL_MUST(!error || (at == len && dusq_error_status(error) == DUSQ_E_SYNTAX));
    end = begin + size;
    dusq_error_unref(error);
    error = NULL;
  }
  SQL_MUST(!error && at == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const uint32_t dialects[] = {DUSQ_DIALECT_SQLITE, DUSQ_DIALECT_POSTGRESQL, DUSQ_DIALECT_MYSQL};
  if (size == 0)
    return 0;
  char *text = malloc(size > 1 ? size - 1 : 1); /* exactly: a sanitizer sees the first byte too far */
  if (!text)
    return 0;
  memcpy(text, data + 1, size - 1);
  uint32_t dialect = dialects[data[0] % 3];
  check_statement(dialect, text, size - 1);
  check_script(dialect, text, size - 1);
  free(text);
  return 0;
}
