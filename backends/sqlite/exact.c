/* exact.c - decimals that SQLite would round.  The worker's thread.
 *
 * A DECIMAL is bound as text.  A column of NUMERIC, INTEGER or REAL affinity turns a text that is a number into an
 * INTEGER or a REAL, and so do comparisons and arithmetic; what these do not hold is rounded without a word.  A double
 * holds all decimals of 15 digits.  Any other is bound only where its text stays one, which is read in the program of
 * the statement: from the register that gets the parameter, through copies, to all that is done with them.  What is not
 * known to be harmless is refused.                                                                                   */
#include "internal.h"
#include <stdlib.h>
#include <string.h>

enum { REGISTERS = 4096, DIGITS = 15, EXPONENT = 290, PASSES = 16 };
enum { COL_OPCODE = 1, COL_P1, COL_P2, COL_P3, COL_P4, COL_P5 }; /* of EXPLAIN */
enum { AFFINITY_MASK = 0x47, AFFINITY_TEXT = 'B' };              /* as in the program */

typedef struct flow {
  int number;      /* of the parameter */
  bool changed;    /* in this pass: a register more */
  bool unsafe;     /* something may make a number of it */
  bool has[REGISTERS];     /* the parameter's value                                       */
  bool records[REGISTERS]; /* a row with it                                               */
  bool inner[REGISTERS];   /* by cursor: a table that only this statement has ...         */
  bool rows[REGISTERS];    /* ... with such a row, of which any column may be that value  */
} flow;

typedef struct instruction {
  const char *name;
  int p1, p2, p3;
  const char *p4;
  int p5;
} instruction;

static bool is(const instruction *in, const char *const *names)
{
  for (; *names; names++)
    if (!strcmp(in->name, *names))
      return true;
  return false;
}

static bool has(const flow *seen, int64_t r)
{
  return r > 0 && r < REGISTERS && seen->has[r];
}

static bool in_set(const bool *set, int i)
{
  return i >= 0 && i < REGISTERS && set[i];
}

static void mark(flow *seen, bool *set, int i)
{
  if (i < 0 || i >= REGISTERS) {
    seen->unsafe = true;
  } else if (!set[i]) {
    set[i] = true;
    seen->changed = true;
  }
}

static void give(flow *seen, int r)
{
  mark(seen, seen->has, r);
}

static void copy(flow *seen, const instruction *in, int n)
{
  for (int i = 0; i < n; i++)
    if (has(seen, (int64_t)in->p1 + i))
      give(seen, in->p2 + i);
}

/* One letter for each register; without any they are left as they are. */
static void apply_affinities(flow *seen, const instruction *in)
{
  int letters = in->p4 ? (int)strlen(in->p4) : 0;
  for (int i = 0; i < in->p2 && i < REGISTERS; i++)
    if (has(seen, (int64_t)in->p1 + i) && i < letters && in->p4[i] > AFFINITY_TEXT)
      seen->unsafe = true;
}

/* Through what a statement puts aside and reads again: for UNION, ORDER BY, RETURNING. */
static void follow_rows(flow *seen, const instruction *in)
{
  static const char *const open[] = {"OpenEphemeral", "OpenAutoindex", "SorterOpen", "OpenPseudo", NULL};
  static const char *const insert[] = {"Insert", "IdxInsert", "SorterInsert", NULL};
  if (is(in, open))
    mark(seen, seen->inner, in->p1);
  bool pseudo = !strcmp(in->name, "OpenPseudo");
  if ((is(in, insert) || pseudo) && in_set(seen->records, in->p2) && in_set(seen->inner, in->p1))
    mark(seen, seen->rows, in->p1);
  if (!strcmp(in->name, "SorterData") && in_set(seen->rows, in->p1))
    mark(seen, seen->records, in->p2);
  if (!strcmp(in->name, "Column") && in_set(seen->rows, in->p1))
    give(seen, in->p3);
}

static void follow(flow *seen, const instruction *in)
{
  static const char *const compare[] = {"Eq", "Ne", "Lt", "Le", "Gt", "Ge", NULL};
  static const char *const harmless[] = { /* whatever they name, they make no number of a text */
      "Init", "Goto", "Halt", "Transaction", "OpenWrite", "OpenRead", "NewRowid", "Insert", "IdxInsert", "Null",
      "OpenEphemeral", "OpenAutoindex", "SorterOpen", "OpenPseudo", "SorterInsert", "SorterData", "SorterSort",
      "SorterNext", "Sort", "Integer", "Int64", "Real", "String8", "Blob", "SoftNull", "Noop", "Close",
      "HaltIfNull", "NotNull", "IsNull",
      "Yield", "InitCoroutine", "EndCoroutine", "Once", "Rewind", "Next", "Column", "Rowid", "NotExists", "Delete",
      "IdxDelete", "NoConflict", "FkCounter", "FkIfZero", "TableLock", "Explain", "ResultRow", "Return", "Gosub",
      "Program", "Param", "ResetCount", "FinishSeek", "DeferredSeek", NULL};
  follow_rows(seen, in);
  if (!strcmp(in->name, "Variable")) {
    if (in->p1 == seen->number)
      give(seen, in->p2);
  } else if (!strcmp(in->name, "SCopy")) {
    copy(seen, in, 1);
  } else if (!strcmp(in->name, "Copy")) {
    copy(seen, in, in->p3 + 1);
  } else if (!strcmp(in->name, "Move")) {
    copy(seen, in, in->p3);
  } else if (!strcmp(in->name, "MakeRecord")) {
    apply_affinities(seen, in);
    for (int i = 0; i < in->p2 && i < REGISTERS; i++)
      if (has(seen, (int64_t)in->p1 + i))
        mark(seen, seen->records, in->p3);
  } else if (!strcmp(in->name, "Affinity")) {
    apply_affinities(seen, in);
  } else if (!strcmp(in->name, "Cast") || is(in, compare)) {
    int affinity = strcmp(in->name, "Cast") ? in->p5 & AFFINITY_MASK : in->p2;
    bool reads = has(seen, in->p1) || (strcmp(in->name, "Cast") && has(seen, in->p3));
    seen->unsafe |= reads && affinity > AFFINITY_TEXT;
  } else if (!is(in, harmless)) {
    seen->unsafe |= has(seen, in->p1) || has(seen, in->p2) || has(seen, in->p3);
  }
}

/* Until a pass finds nothing new: code may run in another order than it stands. */
static bool stays_text(sqlite3_stmt *explain, flow *seen)
{
  int rc = SQLITE_DONE;
  seen->changed = true;
  for (int pass = 0; seen->changed && !seen->unsafe && pass < PASSES; pass++) {
    seen->changed = false;
    while ((rc = sqlite3_step(explain)) == SQLITE_ROW) {
      instruction in = {.name = (const char *)sqlite3_column_text(explain, COL_OPCODE),
                        .p1 = sqlite3_column_int(explain, COL_P1),
                        .p2 = sqlite3_column_int(explain, COL_P2),
                        .p3 = sqlite3_column_int(explain, COL_P3),
                        .p4 = (const char *)sqlite3_column_text(explain, COL_P4),
                        .p5 = sqlite3_column_int(explain, COL_P5)};
      if (in.name)
        follow(seen, &in);
    }
    sqlite3_reset(explain);
    if (rc != SQLITE_DONE)
      return false;
  }
  return !seen->changed && !seen->unsafe;
}

bool dusq__sqlite_keeps_text(dusq__sqlite_conn *conn, sqlite3_stmt *stmt, int number)
{
  if (sqlite3_stmt_isexplain(stmt))
    return true;
  sqlite3_stmt *explain = NULL;
  flow *seen = calloc(1, sizeof *seen);
  char *sql = sqlite3_mprintf("EXPLAIN %s", sqlite3_sql(stmt));
  bool keeps = false;
  if (seen && sql && sqlite3_prepare_v2(conn->db, sql, -1, &explain, NULL) == SQLITE_OK) {
    seen->number = number;
    keeps = stays_text(explain, seen);
  }
  sqlite3_finalize(explain);
  sqlite3_free(sql);
  free(seen);
  return keeps;
}

/* Of at most 15 digits, not counting zeros before and behind them, and far from the ends of a double's range. */
bool dusq__sqlite_is_short(const char *text, size_t len)
{
  size_t i = 0, digits = 0, zeros = 0;
  int64_t point = 0, exponent = 0; /* the value is 0.DIGITS times ten to the power of both */
  bool fraction = false;
  for (; i < len && text[i] != 'e' && text[i] != 'E'; i++) {
    fraction |= text[i] == '.';
    if (text[i] < '0' || text[i] > '9')
      continue;
    bool zero = text[i] == '0', leading = zero && !digits;
    point += fraction ? (leading ? -1 : 0) : (leading ? 0 : 1);
    zeros = zero && !leading ? zeros + 1 : 0;
    digits += leading ? 0 : 1;
  }
  if (!digits)
    return true; /* zero */
  bool down = i + 1 < len && text[i + 1] == '-';
  for (; i < len; i++)
    if (text[i] >= '0' && text[i] <= '9' && exponent < EXPONENT * 10)
      exponent = exponent * 10 + (text[i] - '0');
  point += down ? -exponent : exponent;
  return digits - zeros <= DIGITS && point >= -EXPONENT && point <= EXPONENT;
}
