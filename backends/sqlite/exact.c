/* exact.c - see exact.h.
 *
 * A DECIMAL is bound as text.  A column of NUMERIC, INTEGER or REAL affinity converts a text that is a number to an
 * INTEGER or a REAL, and so do comparisons and arithmetic; a number that does not fit is silently rounded.
 *
 * A double holds all decimals of 15 digits.  Any other decimal is bound only if its text stays a text, or if it is
 * whole and becomes an INTEGER.  To find out, the programs of the statement and of its triggers are read (EXPLAIN): the
 * value is followed from the register of the parameter through copies, rows, tables and trigger parameters to each use.
 * The analysis is conservative: a place that has held the value once is assumed to hold it always, and an instruction
 * that is not known to be harmless is refused.                                                                       */
#include "exact.h"
#include "opcodes.h"
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 15, EXPONENT = 290 };
enum { COL_ADDRESS = 0, COL_OPCODE, COL_P1, COL_P2, COL_P3, COL_P4, COL_P5 }; /* columns of EXPLAIN */

/* Enters the n-th program: the statement's own, then those of triggers.  Each begins at address 0. */
static bool enter_program(flow *seen, int n)
{
  if (n >= PROGRAMS)
    return false;
  if (!seen->programs[n])
    seen->programs[n] = calloc(1, sizeof *seen->programs[n]);
  seen->now = seen->programs[n];
  return seen->now != NULL;
}

/* One pass over all programs.  False if it is unknown what they do. */
static bool read_once(sqlite3_stmt *explain, flow *seen)
{
  int rc, count = 0;
  while ((rc = sqlite3_step(explain)) == SQLITE_ROW) {
    instruction in = {.name = (const char *)sqlite3_column_text(explain, COL_OPCODE),
                      .p1 = sqlite3_column_int(explain, COL_P1),
                      .p2 = sqlite3_column_int(explain, COL_P2),
                      .p3 = sqlite3_column_int(explain, COL_P3),
                      .p4 = (const char *)sqlite3_column_text(explain, COL_P4),
                      .p5 = sqlite3_column_int(explain, COL_P5)};
    bool begins = sqlite3_column_int(explain, COL_ADDRESS) == 0;
    if (!in.name || (begins && !enter_program(seen, count++)) || !seen->now)
      break;
    dusq__sqlite_follow(seen, &in);
  }
  sqlite3_reset(explain);
  return rc == SQLITE_DONE;
}

/* Repeats passes until one finds nothing new, because instructions may run in another order than listed. */
static bool stays_text(sqlite3_stmt *explain, flow *seen)
{
  seen->changed = seen->first = true;
  for (int pass = 0; seen->changed && !seen->unsafe && pass < PASSES; pass++) {
    seen->changed = false;
    if (!read_once(explain, seen))
      return false;
    seen->first = false;
  }
  return !seen->changed && !seen->unsafe;
}

/* Only digits, perhaps with a sign, that fit an int64. */
static bool is_whole(const char *text, size_t len)
{
  int64_t unused;
  bool plus = len && *text == '+';
  dusq_value value = dusq_textn(text + plus, len - plus);
  for (size_t i = 0; i < len; i++)
    if ((text[i] < '0' || text[i] > '9') && (i || (text[i] != '-' && !plus)))
      return false;
  return dusq_value_to_int(&value, &unused) == DUSQ_OK;
}

/* Whether the statement certainly keeps the text of the parameter as a text, or converts it to the same number. */
static bool keeps(sqlite3 *db, sqlite3_stmt *stmt, int number, bool whole)
{
  if (sqlite3_stmt_isexplain(stmt))
    return true;
  sqlite3_stmt *explain = NULL;
  flow *seen = calloc(1, sizeof *seen);
  char *sql = sqlite3_mprintf("EXPLAIN %s", sqlite3_sql(stmt));
  bool safe = false;
  if (seen && sql && sqlite3_prepare_v2(db, sql, -1, &explain, NULL) == SQLITE_OK) {
    seen->db = db;
    seen->number = number;
    seen->whole = whole;
    safe = stays_text(explain, seen);
  }
  sqlite3_finalize(explain);
  sqlite3_free(sql);
  for (int i = 0; seen && i < PROGRAMS; i++)
    free(seen->programs[i]);
  free(seen);
  return safe;
}

/* Whether it has at most 15 digits, without leading and trailing zeros, and is far from the ends of a double's range. */
static bool is_short(const char *text, size_t len)
{
  size_t i = 0, digits = 0, zeros = 0;
  int64_t point = 0, exponent = 0; /* the value is 0.DIGITS times ten to the power of (point + exponent) */
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

/* Whether a JSON document is just a number. */
static bool is_number(const dusq_value *value)
{
  const char *text = value->u.p;
  if (value->type != DUSQ_JSON)
    return value->type == DUSQ_DECIMAL;
  size_t i = 0;
  while (i < value->len && strchr(" \t\r\n", text[i]))
    i++;
  return i < value->len && (text[i] == '-' || (text[i] >= '0' && text[i] <= '9'));
}

bool dusq__sqlite_is_exact(sqlite3 *db, sqlite3_stmt *stmt, int number, const dusq_value *value)
{
  if (!is_number(value) || is_short(value->u.p, value->len))
    return true;
  return keeps(db, stmt, number, is_whole(value->u.p, value->len));
}
