/* sql.c - see sql.h.  Finds the placeholders of one statement, checks them, and rewrites them for the dialect.
 *
 * A dusq__sql owns three blocks: the text; `places`, which also holds `origins`, the pieces and `slots`; and `names`
 * (see sql_names.h).  Any thread.                                                                                    */
#include "data/sql.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "data/error.h"
#include "data/sql_bytes.h"
#include <string.h>

enum { STYLE_NONE = 0, STYLE_QUESTION, STYLE_NUMBERED, STYLE_NAMED };
static const char *const style_names[] = {"", "?", "$1", ":name"};

typedef struct mark {
  size_t place, origin;
  uint32_t value; /* its value, from 0 */
} mark;

/* A stretch of the caller's SQL that was copied to the text unchanged. */
typedef struct piece {
  size_t place, origin;
} piece;

typedef struct reader {
  dusq__lexer lexer;
  dusq__buffer text;
  size_t copied; /* offset in the caller's SQL up to which it has been copied or replaced */
  int style;
  dusq__sql_verb verb;
  bool verb_known;
  dusq__sql_owner owner;
  uint32_t params;
  mark *marks;
  size_t nmarks, marks_room;
  piece *pieces;
  size_t npieces, pieces_room;
  dusq__sql_names names; /* for the style :name */
} reader;

static dusq_error *sql_error(dusq_status status, size_t at, const char *format, ...) DUSQ_PRINTF(3, 4);

static dusq_error *sql_error(dusq_status status, size_t at, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  dusq_error *error = dusq__error_vnew(status, NULL, 0, format, args);
  va_end(args);
  dusq_error_set_number(error, DUSQ_ERROR_POSITION, (int64_t)at);
  return error;
}

static dusq_error *no_memory(void)
{
  return dusq__error_static(DUSQ_E_NOMEM);
}

/* ---- the text ---------------------------------------------------------------------------------------------------- */

/* Copies a stretch.  It is empty only at the end, where it gives positions behind the last placeholder a piece. */
static bool copy_until(reader *r, size_t end)
{
  if (end == r->copied && end < r->lexer.len)
    return true;
  void *pieces = r->pieces;
  if (!dusq__sql_room_for_one(&pieces, r->npieces, &r->pieces_room, sizeof *r->pieces))
    return false;
  r->pieces = pieces;
  r->pieces[r->npieces++] = (piece){.place = r->text.len, .origin = r->copied};
  dusq__buffer_add(&r->text, r->lexer.text + r->copied, end - r->copied);
  r->copied = end;
  return !r->text.failed;
}

static void write_number(dusq__buffer *text, uint32_t number)
{
  char digits[10];
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number);
  dusq__buffer_add(text, digits + at, sizeof digits - at);
}

/* Blanks separate the placeholder from names: PostgreSQL would read LIMIT$1 as one token, and refuses $1AND. */
static void write_placeholder(reader *r, uint32_t value)
{
  const dusq__lexer *lexer = &r->lexer;
  dusq__buffer *text = &r->text;
  bool dollar = lexer->dialect == DUSQ_DIALECT_POSTGRESQL;
  bool bare = lexer->dialect == DUSQ_DIALECT_MYSQL;
  if (dollar && text->len && dusq__sql_name_next(text->bytes[text->len - 1]))
    dusq__buffer_addc(text, ' ');
  r->marks[r->nmarks++] = (mark){.place = text->len, .origin = lexer->begin, .value = value};
  dusq__buffer_addc(text, dollar ? '$' : '?');
  if (!bare)
    write_number(text, value + 1);
  if (!bare && lexer->at < lexer->len && dusq__sql_name_next(lexer->text[lexer->at]))
    dusq__buffer_addc(text, ' ');
  r->copied = lexer->at;
}

/* ---- the placeholders -------------------------------------------------------------------------------------------- */

static dusq_error *too_many(const reader *r)
{
  return sql_error(DUSQ_E_PARAMS, r->lexer.begin, "more than %d values in one statement", DUSQ__SQL_MAX_PARAMS);
}

static dusq_error *name_value(reader *r, uint32_t *value)
{
  dusq__sql_span name = {.begin = r->lexer.begin + 1, .len = r->lexer.at - r->lexer.begin - 1};
  dusq_status status = dusq__sql_names_add(&r->names, name, value);
  r->params = r->names.n;
  return !status ? NULL : status == DUSQ_E_PARAMS ? too_many(r) : no_memory();
}

static dusq_error *number_value(reader *r, uint32_t *value)
{
  const dusq__lexer *lexer = &r->lexer;
  if (lexer->number == 0)
    return sql_error(DUSQ_E_SYNTAX, lexer->begin, "placeholders are counted from $1");
  if (lexer->at < lexer->len && dusq__sql_name_first(lexer->text[lexer->at]))
    return sql_error(DUSQ_E_SYNTAX, lexer->begin, "a letter follows the number of a placeholder");
  if (lexer->number > DUSQ__SQL_MAX_PARAMS)
    return too_many(r);
  *value = (uint32_t)lexer->number - 1;
  if (r->params < lexer->number)
    r->params = (uint32_t)lexer->number;
  return NULL;
}

static dusq_error *stray_question(size_t at)
{
  return sql_error(DUSQ_E_SYNTAX, at, "a \"?\" stands beside a value: the operator is written \"??\"");
}

static dusq_error *question_value(reader *r, uint32_t *value)
{
  const dusq__lexer *lexer = &r->lexer;
  if (lexer->dialect == DUSQ_DIALECT_POSTGRESQL && dusq__token_ends_value(lexer->last))
    return stray_question(lexer->begin);
  if (r->params == DUSQ__SQL_MAX_PARAMS)
    return too_many(r);
  *value = r->params++;
  return NULL;
}

static dusq_error *take_style(reader *r, int style)
{
  if (r->style == STYLE_NONE)
    r->style = style;
  if (r->style == style)
    return NULL;
  bool question = style == STYLE_QUESTION || r->style == STYLE_QUESTION;
  const char *hint = "";
  if (question && r->lexer.dialect == DUSQ_DIALECT_POSTGRESQL)
    hint = " (the operator \"?\" is written \"??\")";
  return sql_error(DUSQ_E_PARAMS, r->lexer.begin, "placeholders of two styles, %s and %s, in one statement%s",
                   style_names[r->style], style_names[style], hint);
}

static dusq_error *placeholder(reader *r, int style)
{
  uint32_t value = 0;
  dusq_error *error = take_style(r, style);
  if (error)
    return error;
  if (style == STYLE_QUESTION)
    error = question_value(r, &value);
  else if (style == STYLE_NUMBERED)
    error = number_value(r, &value);
  else
    error = name_value(r, &value);
  if (error)
    return error;
  uint32_t most = r->lexer.dialect == DUSQ_DIALECT_MYSQL ? DUSQ__SQL_MAX_PARAMS : UINT32_MAX;
  if (r->nmarks >= most) /* MySQL sends one value per placeholder */
    return too_many(r);
  void *marks = r->marks;
  if (!copy_until(r, r->lexer.begin) || !dusq__sql_room_for_one(&marks, r->nmarks, &r->marks_room, sizeof *r->marks))
    return no_memory();
  r->marks = marks;
  write_placeholder(r, value);
  return NULL;
}

static dusq_error *escaped(reader *r)
{
  bool copied = copy_until(r, r->lexer.begin + 1);
  r->copied = r->lexer.at;
  return copied ? NULL : no_memory();
}

static dusq_error *refuse_native(const reader *r)
{
  const dusq__lexer *lexer = &r->lexer;
  size_t len = lexer->at - lexer->begin;
  return sql_error(DUSQ_E_PARAMS, lexer->begin, "\"%.*s\" is no placeholder here: write :name, $1 or ?",
                   (int)(len < 60 ? len : 60), lexer->text + lexer->begin);
}

/* ---- reading a statement ----------------------------------------------------------------------------------------- */

static dusq_error *read_token(reader *r)
{
  const dusq__lexer *lexer = &r->lexer;
  switch (lexer->kind) {
  case DUSQ__TOKEN_ERROR:
    return sql_error(DUSQ_E_SYNTAX, lexer->begin, "%s", lexer->why);
  case DUSQ__TOKEN_QUESTION:
    return placeholder(r, STYLE_QUESTION);
  case DUSQ__TOKEN_NUMBERED:
    return r->owner == DUSQ__OWNER_ITSELF ? NULL : placeholder(r, STYLE_NUMBERED);
  case DUSQ__TOKEN_NAMED:
    return placeholder(r, STYLE_NAMED);
  case DUSQ__TOKEN_ESCAPED:
    return escaped(r);
  case DUSQ__TOKEN_NATIVE:
    return refuse_native(r);
  case DUSQ__TOKEN_STRING:
  case DUSQ__TOKEN_NUMBER:
    if (lexer->last == DUSQ__TOKEN_QUESTION && lexer->dialect == DUSQ_DIALECT_POSTGRESQL)
      return stray_question(r->marks[r->nmarks - 1].origin);
    return NULL;
  default:
    return NULL;
  }
}

static dusq_error *read_tokens(reader *r)
{
  const char *nul = memchr(r->lexer.text, '\0', r->lexer.len);
  if (nul)
    return sql_error(DUSQ_E_SYNTAX, (size_t)(nul - r->lexer.text), "a NUL byte in the SQL text");
  while (dusq__lexer_next(&r->lexer) != DUSQ__TOKEN_END) {
    dusq__sql_owner_by(&r->lexer, &r->owner);
    if (!r->verb_known)
      r->verb_known = dusq__sql_verb_by(&r->lexer, &r->verb);
    dusq_error *error = read_token(r);
    if (error)
      return error;
  }
  return copy_until(r, r->lexer.len) ? NULL : no_memory();
}

/* Every number from $1 to the highest must occur: a database could not tell the type of a missing one, or would take it
 * for NULL.                                                                                                          */
static dusq_error *check_gaps(const reader *r)
{
  if (r->style != STYLE_NUMBERED)
    return NULL;
  bool *seen = dusq__zalloc(r->params * sizeof *seen);
  if (!seen)
    return no_memory();
  for (size_t i = 0; i < r->nmarks; i++)
    seen[r->marks[i].value] = true;
  uint32_t gap = 0;
  while (gap < r->params && seen[gap])
    gap++;
  dusq__free(seen);
  if (gap == r->params)
    return NULL;
  size_t i = 0;
  while (r->marks[i].value < gap)
    i++;
  return sql_error(DUSQ_E_PARAMS, r->marks[i].origin, "$%u is used, but $%u is not", (unsigned)r->marks[i].value + 1,
                   (unsigned)gap + 1);
}

/* ---- storing the outcome ----------------------------------------------------------------------------------------- */

/* One block for places, origins, the number of pieces, the pieces and slots. */
static bool keep_marks(const reader *r, dusq__sql *out)
{
  bool unchanged = r->npieces == 0 || (r->npieces == 1 && r->pieces[0].origin == 0);
  if (r->nmarks == 0 && unchanged)
    return true;
  size_t n = r->nmarks;
  size_t slots = (n * sizeof(uint16_t) + sizeof(size_t) - 1) / sizeof(size_t);
  size_t *block = dusq__alloc_array(2 * n + 1 + 2 * r->npieces + slots, sizeof *block);
  if (!block)
    return false;
  out->places = block;
  out->origins = block + n;
  block += 2 * n;
  *block++ = r->npieces;
  for (size_t i = 0; i < r->npieces; i++) {
    *block++ = r->pieces[i].place;
    *block++ = r->pieces[i].origin;
  }
  out->slots = n ? (uint16_t *)(void *)block : NULL;
  for (size_t i = 0; i < n; i++) {
    out->places[i] = r->marks[i].place;
    out->origins[i] = r->marks[i].origin;
    out->slots[i] = (uint16_t)r->marks[i].value;
  }
  out->nslots = (uint32_t)n;
  return true;
}

static dusq_error *keep(reader *r, dusq__sql *out)
{
  dusq_error *error = check_gaps(r);
  if (error)
    return error;
  out->text = dusq__buffer_take(&r->text, &out->len);
  if (!out->text || !keep_marks(r, out))
    return no_memory();
  if (r->style == STYLE_NAMED && !(out->names = dusq__sql_names_keep(&r->names)))
    return no_memory();
  out->params = r->params;
  out->verb = r->verb;
  return NULL;
}

dusq_status dusq__sql_read(uint32_t dialect, const char *sql, size_t len, dusq__sql *out, dusq_error **error)
{
  reader r = {.verb = DUSQ__VERB_NONE, .names.sql = sql};
  *out = (dusq__sql){0};
  dusq__buffer_init(&r.text);
  dusq__lexer_init(&r.lexer, dialect, sql, len, 0);
  r.copied = r.lexer.at; /* after a byte order mark */
  dusq_error *failure = read_tokens(&r);
  if (!failure)
    failure = keep(&r, out);
  dusq__buffer_fini(&r.text);
  dusq__free(r.marks);
  dusq__free(r.pieces);
  dusq__sql_names_fini(&r.names);
  if (!failure)
    return DUSQ_OK;
  dusq__sql_fini(out);
  return dusq__error_give(error, failure);
}

void dusq__sql_fini(dusq__sql *sql)
{
  dusq__free(sql->text);
  dusq__free(sql->names);
  dusq__free(sql->places);
  *sql = (dusq__sql){0};
}

/* ---- positions --------------------------------------------------------------------------------------------------- */

/* How many of n positions, which are `step` elements apart, are at or before `at`. */
static size_t count_up_to(const size_t *places, size_t n, size_t step, size_t at)
{
  size_t low = 0;
  while (low < n) {
    size_t middle = low + (n - low) / 2;
    if (places[middle * step] <= at)
      low = middle + 1;
    else
      n = middle;
  }
  return low;
}

size_t dusq__sql_origin(const dusq__sql *sql, size_t at)
{
  if (at > sql->len)
    at = sql->len;
  if (!sql->places)
    return at;
  const size_t *pieces = sql->places + 2 * (size_t)sql->nslots + 1;
  size_t marks_before = count_up_to(sql->places, sql->nslots, 1, at);
  size_t pieces_before = count_up_to(pieces, pieces[-1], 2, at);
  const size_t *last = pieces_before ? pieces + 2 * (pieces_before - 1) : NULL;
  if (marks_before && (!last || sql->places[marks_before - 1] >= last[0]))
    return sql->origins[marks_before - 1]; /* the position is inside a placeholder */
  return last ? last[1] + (at - last[0]) : at;
}
