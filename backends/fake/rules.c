/* rules.c - see rules.h.  Checks rules, copies each into one block of memory, and finds the one that matches.
 *
 * One function lays out a block and runs twice: without memory, to compute the size, and with it.  Any thread.       */
#include "rules.h"
#include "fake.h"
#include "fork.h"
#include "memory.h"
#include <string.h>

enum {
  KNOWN_FLAGS = DUSQ_FAKE_HANG | DUSQ_FAKE_DEAF | DUSQ_FAKE_READS | DUSQ_FAKE_WRITES | DUSQ_FAKE_ALONE | DUSQ_FAKE_ECHO,
  MAX_SETS = 10000 /* a longer list is assumed to be circular */
};

/* ---- copying into a block ---------------------------------------------------------------------------------------- */

typedef struct room {
  char *base; /* NULL: only compute the size */
  size_t used;
  bool overflow;
} room;

/* NULL while the size is computed. */
static void *place(room *r, size_t n, size_t size)
{
  const size_t step = _Alignof(max_align_t);
  size_t at = r->used;
  if (at > SIZE_MAX - step || n > (SIZE_MAX - step - at) / size) {
    r->overflow = true;
    return NULL;
  }
  r->used = (at + n * size + step - 1) / step * step;
  return r->base ? r->base + at : NULL;
}

/* A copy with a NUL behind it. */
static char *place_bytes(room *r, const void *bytes, size_t len)
{
  if (len == SIZE_MAX) {
    r->overflow = true;
    return NULL;
  }
  char *to = place(r, len + 1, 1);
  if (to && len)
    memcpy(to, bytes, len);
  return to;
}

static const char *place_text(room *r, const char *text)
{
  return text ? place_bytes(r, text, strlen(text)) : NULL;
}

static bool has_bytes(uint32_t type)
{
  return type == DUSQ_TEXT || type == DUSQ_BLOB || type == DUSQ_DECIMAL || type == DUSQ_JSON;
}

static void place_cells(room *r, dusq__fake_set *set, const dusq_fake_step *step)
{
  if (step->cols && step->rows > SIZE_MAX / step->cols) {
    r->overflow = true;
    return;
  }
  size_t n = step->cols * step->rows;
  dusq_value *cells = place(r, n, sizeof *cells);
  for (size_t i = 0; i < n; i++) {
    const dusq_value *from = &step->cells[i];
    char *bytes = has_bytes(from->type) ? place_bytes(r, from->u.p, (size_t)from->len) : NULL;
    if (!cells)
      continue;
    cells[i] = *from;
    cells[i].name = NULL;
    if (has_bytes(from->type))
      cells[i].u.p = bytes;
  }
  if (set)
    set->cells = cells;
}

static dusq__fake_set *place_set(room *r, const dusq_fake_step *step)
{
  dusq__fake_set *set = place(r, 1, sizeof *set);
  dusq_column *columns = place(r, step->cols, sizeof *columns);
  for (size_t i = 0; i < step->cols; i++) {
    const char *name = place_text(r, step->names[i]);
    if (columns)
      columns[i] = (dusq_column){name, step->types ? step->types[i] : DUSQ_NULL, 0};
  }
  if (set)
    *set = (dusq__fake_set){NULL, step->cols, step->rows, columns, NULL, step->affected, step->last_id};
  place_cells(r, set, step);
  return set;
}

static dusq__fake_rule *place_rule(room *r, dusq__fake_target target, dusq__fake_text pattern,
                                   const dusq_fake_step *step)
{
  dusq__fake_rule *rule = place(r, 1, sizeof *rule);
  dusq__fake_rule laid = {.refs = 1, .target = target, .pattern = {place_bytes(r, pattern.at, pattern.len),
                                                                   pattern.len}};
  laid.step = *step;
  laid.step.sqlstate = place_text(r, step->sqlstate);
  laid.step.message = place_text(r, step->message);
  laid.step.detail = place_text(r, step->detail);
  laid.step.constraint = place_text(r, step->constraint);
  laid.step.table = place_text(r, step->table);
  laid.step.column = place_text(r, step->column);
  laid.step.names = NULL;
  laid.step.types = NULL;
  laid.step.cells = NULL;
  laid.step.next = NULL;
  dusq__fake_set **link = &laid.sets;
  for (; step && !r->overflow; step = step->next) {
    dusq__fake_set *set = place_set(r, step);
    *link = set;
    if (set)
      link = &set->next;
  }
  if (rule)
    *rule = laid;
  return rule;
}

static dusq__fake_rule *copy_rule(dusq__fake_target target, dusq__fake_text pattern, const dusq_fake_step *step)
{
  room counted = {NULL, 0, false};
  place_rule(&counted, target, pattern, step);
  room real = {counted.overflow ? NULL : dusq__fake_alloc(counted.used), 0, false};
  return real.base ? place_rule(&real, target, pattern, step) : NULL;
}

/* ---- checking ---------------------------------------------------------------------------------------------------- */

static bool valid_cells(const dusq_fake_step *step)
{
  if (!step->cells || step->rows > SIZE_MAX / sizeof *step->cells / step->cols)
    return false;
  for (size_t i = 0; i < step->rows * step->cols; i++) {
    const dusq_value *cell = &step->cells[i];
    if (cell->type > DUSQ_JSON || (has_bytes(cell->type) && (cell->len >= SIZE_MAX || (cell->len && !cell->u.p))))
      return false;
  }
  return true;
}

static bool valid_set(const dusq_fake_step *step)
{
  if (step->size < sizeof *step || (!step->cols && step->rows) || (step->cols && !step->names))
    return false;
  for (size_t i = 0; i < step->cols; i++) {
    if (!step->names[i] || (step->types && step->types[i] > DUSQ_JSON))
      return false;
  }
  return !step->rows || valid_cells(step);
}

static bool valid(const dusq_fake_step *step)
{
  if (!step || !valid_set(step) || (step->flags & ~(uint32_t)KNOWN_FLAGS) || step->lose > DUSQ_FAKE_LOSE_AT_COMMIT ||
      step->delay < 0 || step->status < 0)
    return false;
  if ((step->flags & DUSQ_FAKE_READS) && (step->flags & DUSQ_FAKE_WRITES))
    return false;
  size_t sets = 0;
  for (const dusq_fake_step *next = step->next; next; next = next->next) {
    if (!valid_set(next) || ++sets > MAX_SETS)
      return false;
  }
  return true;
}

static bool equal(dusq__fake_text text, const char *word)
{
  return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

/* Parses "@connect", "@prepare SELECT *", or a pattern of statements, and leaves the pattern in *text. */
static bool read_target(dusq__fake_text *text, dusq__fake_target *target)
{
  static const struct {
    const char *word;
    dusq__fake_target target;
  } targets[] = {
    {"@connect", DUSQ__FAKE_ON_CONNECT},   {"@prepare", DUSQ__FAKE_ON_PREPARE},
    {"@begin", DUSQ__FAKE_ON_BEGIN},       {"@commit", DUSQ__FAKE_ON_COMMIT},
    {"@rollback", DUSQ__FAKE_ON_ROLLBACK}, {"@reset", DUSQ__FAKE_ON_RESET},
    {"@alive", DUSQ__FAKE_ON_ALIVE},       {"@interrupt", DUSQ__FAKE_ON_INTERRUPT},
  };
  static const char prepare[] = "@prepare ";
  *target = DUSQ__FAKE_ON_STATEMENT;
  if (!text->len || text->at[0] != '@')
    return true;
  if (text->len >= sizeof prepare && memcmp(text->at, prepare, sizeof prepare - 1) == 0) {
    *target = DUSQ__FAKE_ON_PREPARE;
    *text = dusq__fake_trim(text->at + sizeof prepare - 1, text->len - (sizeof prepare - 1));
    return true;
  }
  for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
    if (equal(*text, targets[i].word)) {
      *target = targets[i].target;
      *text = (dusq__fake_text){"*", 1};
      return true;
    }
  }
  return false;
}

/* ---- the list of rules ------------------------------------------------------------------------------------------- */

void dusq__fake_rule_unref_locked(dusq__fake_rule *rule)
{
  if (rule && --rule->refs == 0)
    dusq__fake_free(rule);
}

void dusq__fake_rules_free_locked(dusq_fake *fake)
{
  while (fake->rules) {
    dusq__fake_rule *rule = fake->rules;
    fake->rules = rule->next;
    dusq__fake_rule_unref_locked(rule);
  }
}

dusq_status dusq_fake_on(dusq_fake *fake, const char *pattern, const dusq_fake_step *step)
{
  if (!fake || !pattern || !valid(step))
    return DUSQ_E_INVAL;
  if (dusq__fake_forked(fake->generation))
    return DUSQ_E_FORKED;
  dusq__fake_text text = dusq__fake_trim(pattern, strlen(pattern));
  dusq__fake_target target;
  if (!read_target(&text, &target))
    return DUSQ_E_INVAL;
  dusq__fake_rule *rule = copy_rule(target, text, step);
  if (!rule)
    return DUSQ_E_NOMEM;
  pthread_mutex_lock(&fake->mtx);
  dusq__fake_rule **link = &fake->rules;
  while (*link)
    link = &(*link)->next;
  *link = rule;
  pthread_mutex_unlock(&fake->mtx);
  return DUSQ_OK;
}

dusq_status dusq_fake_clear(dusq_fake *fake)
{
  if (!fake)
    return DUSQ_E_INVAL;
  if (dusq__fake_forked(fake->generation))
    return DUSQ_E_FORKED;
  pthread_mutex_lock(&fake->mtx);
  dusq__fake_rules_free_locked(fake);
  pthread_mutex_unlock(&fake->mtx);
  return DUSQ_OK;
}

dusq__fake_rule *dusq__fake_find_locked(dusq_fake *fake, dusq__fake_target target, dusq__fake_text text, bool use)
{
  dusq__fake_text bare = dusq__fake_bare(text);
  for (dusq__fake_rule **link = &fake->rules; *link; link = &(*link)->next) {
    dusq__fake_rule *rule = *link;
    if (rule->target != target || !(dusq__fake_like(rule->pattern, text) || dusq__fake_like(rule->pattern, bare)))
      continue;
    if (!use)
      return rule;
    rule->refs++;
    if (rule->step.times && ++rule->used == rule->step.times) {
      *link = rule->next; /* it has been used as often as it may be */
      dusq__fake_rule_unref_locked(rule);
    }
    return rule;
  }
  return NULL;
}
