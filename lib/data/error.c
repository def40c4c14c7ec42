/* error.c - error objects.
 *
 * An error is one block with its message behind the struct; rarer texts are blocks of their own.  One thread makes it,
 * and it is immutable once it is shared: the setters do nothing when there is a second reference.  Static errors are
 * constants and are neither reference-counted nor changed.                                                           */
#include "data/error.h"
#include "base/alloc.h"
#include "base/sync.h"
#include "base/utf8.h"
#include "data/status.h"
#include <stdio.h>
#include <string.h>

enum { MESSAGE_MAX = 1024, LONG_TEXT_MAX = 4096, NAME_MAX_BYTES = 256 };
enum { TEXTS = DUSQ_ERROR_COLUMN, SQLSTATE_LEN = 5 };

struct dusq_error {
  dusq__refs refs; /* not used in static errors */
  dusq_status status;
  int64_t native;
  int64_t position, index;
  char *message;      /* behind the struct; NULL: dusq_strstatus(status) */
  char *texts[TEXTS]; /* by DUSQ_ERROR_... - 1; NULL: "" */
  char sqlstate[SQLSTATE_LEN + 1];
  bool retryable, unknown_outcome;
  bool ready_made;
  dusq_error *cause; /* holds a reference; NULL: none */
};

#define ROW(name, retry, text)                                                                                         \
  [name] = {.status = name, .position = -1, .index = -1, .retryable = (retry), .ready_made = true},
static const dusq_error ready_made[] = {DUSQ__STATUSES(ROW)};
#undef ROW

/* The reference count of a const error.  The flag of static errors keeps them from being written to. */
static dusq_error *writable(const dusq_error *error)
{
  return (dusq_error *)(uintptr_t)error;
}

dusq_error *dusq__error_static(dusq_status status)
{
  const size_t n = sizeof ready_made / sizeof ready_made[0];
  if (status <= DUSQ_OK || (size_t)status >= n || ready_made[status].status != status)
    status = DUSQ_E_INVAL;
  return writable(&ready_made[status]);
}

/* ---- making errors ----------------------------------------------------------------------------------------------- */

static void set_sqlstate(dusq_error *error, const char *sqlstate)
{
  if (!sqlstate || strnlen(sqlstate, SQLSTATE_LEN + 1) != SQLSTATE_LEN)
    return;
  for (size_t i = 0; i < SQLSTATE_LEN; i++) {
    char c = sqlstate[i];
    if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')))
      return;
  }
  memcpy(error->sqlstate, sqlstate, SQLSTATE_LEN);
}

/* NULL when memory is short. */
static dusq_error *make(dusq_status status, const char *message)
{
  size_t len = strlen(message);
  dusq_error *error = dusq__alloc(sizeof *error + len + 1);
  if (!error)
    return NULL;
  *error = (dusq_error){.status = status, .position = -1, .index = -1, .retryable = dusq__status_retryable(status)};
  dusq__refs_init(&error->refs, 1);
  error->message = (char *)(error + 1);
  memcpy(error->message, message, len + 1);
  return error;
}

dusq_error *dusq__error_vnew(dusq_status status, const char *sqlstate, int64_t native, const char *format, va_list args)
{
  char message[MESSAGE_MAX + 1] = "";
  if (status == DUSQ_OK)
    status = DUSQ_E_INVAL;
  if (!format || vsnprintf(message, sizeof message, format, args) < 0)
    message[0] = '\0';
  dusq__utf8_clean_line(message);
  dusq_error *error = make(status, message[0] ? message : dusq_strstatus(status));
  if (!error)
    return dusq__error_static(DUSQ_E_NOMEM);
  error->native = native;
  set_sqlstate(error, sqlstate);
  return error;
}

dusq_error *dusq_error_new(dusq_status status, const char *sqlstate, int64_t native, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  dusq_error *error = dusq__error_vnew(status, sqlstate, native, format, args);
  va_end(args);
  return error;
}

dusq_status dusq__error_give(dusq_error **out, dusq_error *take_error)
{
  dusq_status status = dusq_error_status(take_error);
  if (out)
    *out = take_error;
  else
    dusq_error_unref(take_error);
  return status;
}

dusq_error *dusq__error_copy(const dusq_error *error)
{
  if (!error)
    return NULL;
  dusq_error *copy = make(error->status, dusq_error_message(error));
  if (!copy)
    return dusq_error_ref(error);
  copy->native = error->native;
  copy->position = error->position;
  copy->index = error->index;
  copy->retryable = error->retryable;
  copy->unknown_outcome = error->unknown_outcome;
  copy->cause = dusq_error_ref(error->cause);
  memcpy(copy->sqlstate, error->sqlstate, sizeof copy->sqlstate);
  for (size_t i = 0; i < TEXTS; i++) {
    if (!error->texts[i])
      continue;
    copy->texts[i] = dusq__strdup(error->texts[i]);
    if (!copy->texts[i]) {
      dusq_error_unref(copy);
      return dusq_error_ref(error);
    }
  }
  return copy;
}

/* ---- setters, for the thread that makes it ----------------------------------------------------------------------- */

static bool changeable(dusq_error *error)
{
  return error && !error->ready_made && atomic_load_explicit(&error->refs.count, memory_order_acquire) == 1;
}

static size_t text_max(int field)
{
  return field == DUSQ_ERROR_DETAIL || field == DUSQ_ERROR_HINT ? LONG_TEXT_MAX : NAME_MAX_BYTES;
}

void dusq_error_set_cause(dusq_error *error, const dusq_error *cause)
{
  if (!changeable(error) || error == cause)
    return;
  dusq_error_unref(error->cause);
  error->cause = dusq_error_ref(cause);
}

void dusq_error_set_text(dusq_error *error, int field, const char *text)
{
  if (!changeable(error) || field < DUSQ_ERROR_DETAIL || field > DUSQ_ERROR_COLUMN)
    return;
  char *copy = text && *text ? dusq__strndup(text, strnlen(text, text_max(field))) : NULL;
  if (copy)
    dusq__utf8_clean_line(copy);
  dusq__free(error->texts[field - 1]);
  error->texts[field - 1] = copy;
}

void dusq_error_set_number(dusq_error *error, int field, int64_t number)
{
  if (!changeable(error))
    return;
  switch (field) {
  case DUSQ_ERROR_POSITION:
    error->position = number < 0 ? -1 : number;
    break;
  case DUSQ_ERROR_INDEX:
    error->index = number < 0 ? -1 : number;
    break;
  case DUSQ_ERROR_RETRYABLE:
    error->retryable = number != 0;
    break;
  case DUSQ_ERROR_UNKNOWN_OUTCOME:
    error->unknown_outcome = number != 0;
    break;
  default:
    break;
  }
}

/* Whether `text` begins with the first `len` bytes of the secret, as dusq__utf8_clean_line may have changed them. */
static bool holds(const char *text, const char *secret, size_t len)
{
  for (size_t i = 0; i < len; i++) {
    unsigned char s = (unsigned char)secret[i];
    bool blanked = text[i] == ' ' && (s < 0x20 || s == 0x7F);
    bool replaced = text[i] == '?' && s >= 0x80;
    if (text[i] != secret[i] && !blanked && !replaced)
      return false;
  }
  return true;
}

/* Never makes the text longer, so a secret of one or two bytes is replaced by as many stars. */
static void scrub_text(char *text, size_t max, const char *secret)
{
  if (!text)
    return;
  size_t len = strlen(text), secret_len = strlen(secret), from = 0, to = 0;
  bool cut = len + 3 >= max; /* a partial character at the end was removed, so the text may end within the secret */
  while (from < len) {
    size_t hit = len - from < secret_len ? len - from : secret_len;
    if ((hit == secret_len || cut) && holds(text + from, secret, hit)) {
      size_t stars = hit < 3 ? hit : 3;
      memset(text + to, '*', stars);
      to += stars;
      from += hit;
    } else {
      text[to++] = text[from++];
    }
  }
  memset(text + to, 0, len - to);
}

void dusq__error_scrub(dusq_error *error, const char *secret)
{
  if (!changeable(error) || !secret || !*secret)
    return;
  scrub_text(error->message, MESSAGE_MAX, secret);
  for (int field = DUSQ_ERROR_DETAIL; field <= DUSQ_ERROR_COLUMN; field++)
    scrub_text(error->texts[field - 1], text_max(field), secret);
}

/* ---- reference counting ------------------------------------------------------------------------------------------ */

dusq_error *dusq_error_ref(const dusq_error *error)
{
  dusq_error *counted = writable(error);
  if (counted && !counted->ready_made)
    dusq__refs_take(&counted->refs);
  return counted;
}

dusq_error *dusq_error_unref(dusq_error *error)
{
  if (!error || error->ready_made || !dusq__refs_drop(&error->refs))
    return NULL;
  for (size_t i = 0; i < TEXTS; i++)
    dusq__free(error->texts[i]);
  dusq_error_unref(error->cause);
  dusq__free(error);
  return NULL;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static const char *text_of(const dusq_error *error, int field)
{
  return error && error->texts[field - 1] ? error->texts[field - 1] : "";
}

dusq_status dusq_error_status(const dusq_error *error)
{
  return error ? error->status : DUSQ_OK;
}

const char *dusq_error_message(const dusq_error *error)
{
  if (!error)
    return "";
  return error->message ? error->message : dusq_strstatus(error->status);
}

const char *dusq_error_sqlstate(const dusq_error *error)
{
  return error ? error->sqlstate : "";
}

int64_t dusq_error_native(const dusq_error *error)
{
  return error ? error->native : 0;
}

const char *dusq_error_detail(const dusq_error *error)
{
  return text_of(error, DUSQ_ERROR_DETAIL);
}

const char *dusq_error_hint(const dusq_error *error)
{
  return text_of(error, DUSQ_ERROR_HINT);
}

const char *dusq_error_constraint(const dusq_error *error)
{
  return text_of(error, DUSQ_ERROR_CONSTRAINT);
}

const char *dusq_error_table(const dusq_error *error)
{
  return text_of(error, DUSQ_ERROR_TABLE);
}

const char *dusq_error_column(const dusq_error *error)
{
  return text_of(error, DUSQ_ERROR_COLUMN);
}

int64_t dusq_error_position(const dusq_error *error)
{
  return error ? error->position : -1;
}

int64_t dusq_error_index(const dusq_error *error)
{
  return error ? error->index : -1;
}

const dusq_error *dusq_error_cause(const dusq_error *error)
{
  return error ? error->cause : NULL;
}

bool dusq_error_retryable(const dusq_error *error)
{
  return error && error->retryable && !error->unknown_outcome;
}

bool dusq_error_unknown_outcome(const dusq_error *error)
{
  return error && error->unknown_outcome;
}
