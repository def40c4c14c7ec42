/* history.c - see history.h. */
#include "history.h"
#include "counts.h"
#include "fake.h"
#include "fork.h"
#include "memory.h"
#include <string.h>

enum { LONGEST = 1000, FIRST_ROOM = 64 };

/* ---- writing an entry -------------------------------------------------------------------------------------------- */

typedef struct line {
  char text[LONGEST + 1];
  size_t len;
  bool cut;
} line;

static void add(line *l, const char *text, size_t len)
{
  size_t left = LONGEST - l->len;
  if (len > left) {
    l->cut = true;
    len = left;
  }
  memcpy(l->text + l->len, text, len);
  l->len += len;
}

/* 'text', with its quotes doubled */
static void add_quoted(line *l, const char *text, size_t len)
{
  add(l, "'", 1);
  for (size_t i = 0; i < len && !l->cut; i++)
    add(l, text[i] == '\'' ? "''" : &text[i], text[i] == '\'' ? 2 : 1);
  add(l, "'", 1);
}

static void add_value(line *l, const dusq_value *value)
{
  char text[LONGEST + 1];
  dusq_value shown = *value;
  if (value->type == DUSQ_NULL) {
    add(l, "NULL", 4);
  } else if (value->type == DUSQ_TEXT || value->type == DUSQ_JSON) {
    add_quoted(l, value->u.p, (size_t)value->len);
  } else {
    if (value->type == DUSQ_BLOB && value->len > LONGEST)
      shown.len = LONGEST; /* longer texts would be cut anyway */
    size_t len = dusq_value_format(&shown, text, sizeof text);
    l->cut = l->cut || len >= sizeof text;
    add(l, text, len < sizeof text ? len : sizeof text - 1);
  }
}

static char *write_entry(dusq__fake_text sql, const dusq_value *values, size_t n)
{
  line l;
  l.len = 0;
  l.cut = false;
  add(&l, sql.at, sql.len);
  for (size_t i = 0; i < n && !l.cut; i++) {
    add(&l, i ? ", " : " [", 2);
    add_value(&l, &values[i]);
  }
  if (n)
    add(&l, "]", 1);
  if (l.cut) {
    size_t end = LONGEST - 3;
    while (end && ((unsigned char)l.text[end] & 0xC0) == 0x80)
      end--; /* not in the middle of a UTF-8 character */
    memcpy(l.text + end, "...", 3);
    l.len = end + 3;
  }
  char *entry = dusq__fake_alloc(l.len + 1);
  if (entry)
    memcpy(entry, l.text, l.len);
  return entry;
}

/* ---- the ring ---------------------------------------------------------------------------------------------------- */

static dusq__fake_line *slot(const dusq__fake_history *history, size_t i)
{
  return &history->lines[(history->head + i) % history->room];
}

static void forget_oldest(dusq__fake_history *history)
{
  dusq__fake_free(slot(history, 0)->text);
  history->head = (history->head + 1) % history->room;
  history->kept--;
  history->first++;
}

/* `room` is at least `kept`. */
static bool resize(dusq__fake_history *history, size_t room)
{
  dusq__fake_line *lines = room > SIZE_MAX / sizeof *lines ? NULL : dusq__fake_alloc(room * sizeof *lines);
  if (!lines)
    return false;
  for (size_t i = 0; i < history->kept; i++)
    lines[i] = *slot(history, i);
  dusq__fake_free(history->lines);
  history->lines = lines;
  history->room = room;
  history->head = 0;
  return true;
}

/* Makes room for the kept and the reserved entries, as far as the limit allows. */
static bool grow(dusq__fake_history *history)
{
  size_t need = history->kept + history->reserved;
  if (need > history->limit)
    need = history->limit;
  if (need <= history->room)
    return true;
  size_t room = history->room ? history->room * 2 : FIRST_ROOM;
  if (room < need)
    room = need;
  return resize(history, room < history->limit ? room : history->limit);
}

bool dusq__fake_reserve(dusq_fake *fake, dusq__fake_text sql, const dusq_value *values, size_t n, dusq__fake_entry *out)
{
  dusq__fake_history *history = &fake->history;
  pthread_mutex_lock(&fake->mtx);
  bool keep = history->limit > 0;
  pthread_mutex_unlock(&fake->mtx);
  out->text = keep ? write_entry(sql, values, n) : NULL;
  if (keep && !out->text)
    return false;
  pthread_mutex_lock(&fake->mtx);
  history->reserved++;
  bool ok = grow(history);
  if (!ok)
    history->reserved--;
  pthread_mutex_unlock(&fake->mtx);
  if (!ok)
    dusq__fake_free(out->text);
  return ok;
}

void dusq__fake_note_locked(dusq_fake *fake, const dusq__fake_mark *mark, dusq__fake_entry *entry, bool happened)
{
  dusq__fake_history *history = &fake->history;
  history->reserved--;
  if (!happened) {
    dusq__fake_free(entry->text);
    return;
  }
  if (!entry->text || !history->limit) {
    while (history->kept)
      forget_oldest(history);
    history->first++; /* it is counted, but no longer kept */
    dusq__fake_free(entry->text);
  } else {
    if (history->kept == history->limit)
      forget_oldest(history);
    *slot(history, history->kept++) = (dusq__fake_line){entry->text, mark->tx, mark->level};
  }
  dusq__fake_count_locked(fake, DUSQ_FAKE_EFFECTS, 1);
}

void dusq__fake_history_fini(dusq__fake_history *history)
{
  while (history->kept)
    forget_oldest(history);
  dusq__fake_free(history->lines);
  history->lines = NULL;
}

/* ---- transactions ------------------------------------------------------------------------------------------------ */

void dusq__fake_tx_begin_locked(dusq_fake *fake, dusq__fake_mark *mark)
{
  mark->tx = ++fake->last_tx;
  mark->level = 0;
}

void dusq__fake_tx_savepoint_locked(dusq__fake_mark *mark, uint32_t level)
{
  mark->level = level;
}

void dusq__fake_tx_leave_locked(dusq_fake *fake, dusq__fake_mark *mark, uint32_t level, bool keep)
{
  const dusq__fake_history *history = &fake->history;
  for (size_t i = 0; i < history->kept; i++) {
    dusq__fake_line *one = slot(history, i);
    if (one->tx != mark->tx || one->level < level)
      continue;
    one->level = level - 1;
    if (!keep)
      one->tx = UINT64_MAX; /* it was undone, and never commits */
  }
  mark->level = level - 1;
}

void dusq__fake_tx_end_locked(dusq_fake *fake, dusq__fake_mark *mark, bool commits)
{
  const dusq__fake_history *history = &fake->history;
  for (size_t i = 0; commits && mark->tx && i < history->kept; i++)
    if (slot(history, i)->tx == mark->tx)
      slot(history, i)->tx = 0;
  mark->tx = 0;
  mark->level = 0;
}

/* ---- reading it -------------------------------------------------------------------------------------------------- */

size_t dusq_fake_history(dusq_fake *fake, size_t i, char *buffer, size_t size)
{
  if (buffer && size)
    buffer[0] = '\0';
  if (!fake || dusq__fake_forked(fake->generation))
    return 0;
  size_t len = 0;
  pthread_mutex_lock(&fake->mtx);
  const dusq__fake_history *history = &fake->history;
  if (i >= history->first && i - history->first < history->kept) {
    const char *text = slot(history, i - history->first)->text;
    len = strlen(text);
    if (buffer && size) {
      size_t n = len < size ? len : size - 1;
      memcpy(buffer, text, n);
      buffer[n] = '\0';
    }
  }
  pthread_mutex_unlock(&fake->mtx);
  return len;
}

static size_t count(dusq_fake *fake, const char *pattern, bool committed)
{
  if (!fake || !pattern || dusq__fake_forked(fake->generation))
    return 0;
  dusq__fake_text like = dusq__fake_trim(pattern, strlen(pattern));
  size_t n = 0;
  pthread_mutex_lock(&fake->mtx);
  for (size_t i = 0; i < fake->history.kept; i++) {
    const dusq__fake_line *one = slot(&fake->history, i);
    if (!committed || !one->tx)
      n += dusq__fake_like(like, (dusq__fake_text){one->text, strlen(one->text)});
  }
  pthread_mutex_unlock(&fake->mtx);
  return n;
}

size_t dusq_fake_ran(dusq_fake *fake, const char *pattern)
{
  return count(fake, pattern, false);
}

size_t dusq_fake_committed(dusq_fake *fake, const char *pattern)
{
  return count(fake, pattern, true);
}

dusq_status dusq_fake_history_limit(dusq_fake *fake, size_t limit)
{
  if (!fake)
    return DUSQ_E_INVAL;
  if (dusq__fake_forked(fake->generation))
    return DUSQ_E_FORKED;
  dusq__fake_history *history = &fake->history;
  pthread_mutex_lock(&fake->mtx);
  size_t old = history->limit;
  history->limit = limit;
  bool ok = grow(history); /* statements in progress did not need room under the old limit */
  if (!ok)
    history->limit = old;
  while (history->kept > history->limit)
    forget_oldest(history);
  pthread_mutex_unlock(&fake->mtx);
  return ok ? DUSQ_OK : DUSQ_E_NOMEM;
}
