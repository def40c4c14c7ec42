/* exact.c - see exact.h.
 *
 * A DECIMAL is bound as text.  A column of NUMERIC, INTEGER or REAL affinity turns a text that is a number into an
 * INTEGER or a REAL, and so do comparisons and arithmetic; what these do not hold is rounded without a word.  A double
 * holds all decimals of 15 digits.  Any other is bound only where its text stays one, or where it is whole and becomes
 * an INTEGER, which is read in the program of the statement: from the register that gets the parameter, through copies,
 * to all that is done with them.  What is not known to be harmless is refused.                                       */
#include "exact.h"
#include <stdlib.h>
#include <string.h>

enum { REGISTERS = 4096, DIGITS = 15, EXPONENT = 290, PASSES = 16 };
enum { COL_OPCODE = 1, COL_P1, COL_P2, COL_P3, COL_P4, COL_P5 }; /* of EXPLAIN */
enum { AFFINITY_MASK = 0x47, AFFINITY_TEXT = 'B', AFFINITY_NUMERIC = 'C', AFFINITY_INTEGER = 'D' }; /* as there */

typedef struct flow {
  sqlite3 *db;
  int number;      /* of the parameter */
  bool whole;      /* an INTEGER holds it */
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

static bool has_any(const flow *seen, int64_t first, int64_t n)
{
  for (int64_t r = first; r < first + n && r < REGISTERS; r++)
    if (has(seen, r))
      return true;
  return false;
}

static bool rounds(const flow *seen, int affinity)
{
  bool to_integer = affinity == AFFINITY_NUMERIC || affinity == AFFINITY_INTEGER;
  return affinity > AFFINITY_TEXT && !(seen->whole && to_integer);
}

/* One letter for each register; without any they are left as they are. */
static void apply_affinities(flow *seen, const instruction *in)
{
  int letters = in->p4 ? (int)strlen(in->p4) : 0;
  for (int i = 0; i < in->p2 && i < REGISTERS; i++)
    if (has(seen, (int64_t)in->p1 + i) && i < letters && rounds(seen, in->p4[i]))
      seen->unsafe = true;
}

/* The row of a STRICT table: the registers have its columns, but for those that are computed when they are read.  The
 * program has its name only, so each table of that name is looked at.                                                */
static bool strict_column_rounds(const flow *seen, const char *table, int i)
{
  static const char sql[] =
      "SELECT 1 FROM pragma_table_list AS t, pragma_table_xinfo(t.name, t.schema) AS c "
      "WHERE t.name = ?1 COLLATE NOCASE AND c.hidden <> 2 AND upper(c.type) NOT IN ('TEXT', 'BLOB', 'ANY') "
      "AND NOT (?3 AND upper(c.type) IN ('INT', 'INTEGER')) AND ?2 = "
      "(SELECT count(*) FROM pragma_table_xinfo(t.name, t.schema) AS b WHERE b.hidden <> 2 AND b.cid < c.cid)";
  sqlite3_stmt *look = NULL;
  int rc = sqlite3_prepare_v2(seen->db, sql, -1, &look, NULL);
  if (rc == SQLITE_OK) {
    sqlite3_bind_text(look, 1, table, -1, SQLITE_STATIC);
    sqlite3_bind_int(look, 2, i);
    sqlite3_bind_int(look, 3, seen->whole);
    rc = sqlite3_step(look);
  }
  sqlite3_finalize(look);
  return rc != SQLITE_DONE;
}

static void check_strict_row(flow *seen, const instruction *in)
{
  for (int i = 0; i < in->p2 && i < REGISTERS; i++)
    if (has(seen, (int64_t)in->p1 + i))
      seen->unsafe |= !in->p4 || strict_column_rounds(seen, in->p4, i);
}

/* "name(arguments)".  What is not in these lists may well read its arguments as numbers, as abs() does. */
static bool is_call_of(const char *call, const char *const *names)
{
  const char *end = strchr(call, '(');
  for (; end && *names; names++)
    if (strlen(*names) == (size_t)(end - call) && !sqlite3_strnicmp(call, *names, (int)(end - call)))
      return true;
  return false;
}

/* Arguments are taken from P2 on.  What some give is a text with their arguments' in it, or one of them. */
static void follow_call(flow *seen, const instruction *in)
{
  static const char *const measure[] = {"typeof", "length", "unicode", "instr", "like", "glob", "hex", "count", NULL};
  static const char *const hand_on[] = {"upper", "lower",       "trim", "ltrim", "rtrim", "substr",       "substring",
                                        "quote", "replace",     "min",  "max",   "nullif", "coalesce",    "ifnull",
                                        "iif",   "group_concat", "likely", "unlikely", "string_agg",       NULL};
  const char *call = in->p4 ? in->p4 : "";
  const char *open = strchr(call, '(');
  int64_t n = open ? strtol(open + 1, NULL, 10) : REGISTERS;
  if (!has_any(seen, in->p2, n < 0 ? REGISTERS : n))
    return;
  if (is_call_of(call, hand_on))
    give(seen, in->p3);
  else if (!is_call_of(call, measure))
    seen->unsafe = true;
}

/* A key of an index is compared as it is.  One without a length is a rowid, which is made of a text. */
static void seek(flow *seen, const instruction *in)
{
  long keys = in->p4 ? strtol(in->p4, NULL, 10) : 0;
  if (!keys && !seen->whole)
    seen->unsafe |= has(seen, in->p3);
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

static void variable(flow *seen, const instruction *in)
{
  if (in->p1 == seen->number)
    give(seen, in->p2);
}

static void copy_one(flow *seen, const instruction *in)
{
  copy(seen, in, 1);
}

static void copy_more(flow *seen, const instruction *in)
{
  copy(seen, in, in->p3 + 1);
}

static void move(flow *seen, const instruction *in)
{
  copy(seen, in, in->p3);
}

static void make_record(flow *seen, const instruction *in)
{
  apply_affinities(seen, in);
  if (has_any(seen, in->p1, in->p2))
    mark(seen, seen->records, in->p3);
}

static void cast(flow *seen, const instruction *in)
{
  seen->unsafe |= has(seen, in->p1) && rounds(seen, in->p2);
}

/* An INTEGER and a REAL are compared as what they are. */
static void compare(flow *seen, const instruction *in)
{
  bool reads = has(seen, in->p1) || has(seen, in->p3);
  seen->unsafe |= reads && !seen->whole && (in->p5 & AFFINITY_MASK) > AFFINITY_TEXT;
}

static void concat(flow *seen, const instruction *in)
{
  if (has(seen, in->p1) || has(seen, in->p2))
    give(seen, in->p3);
}

/* An INTEGER is made of a text. */
static void take_rowid(flow *seen, const instruction *in)
{
  bool reads = has(seen, strcmp(in->name, "MustBeInt") ? in->p3 : in->p1);
  seen->unsafe |= reads && !seen->whole;
}

/* What a virtual table makes of it is not known.  Its arguments end somewhere behind P3. */
static void give_to_module(flow *seen, const instruction *in)
{
  seen->unsafe |= has_any(seen, in->p3, REGISTERS);
}

static void nothing(flow *seen, const instruction *in)
{
  (void)seen, (void)in;
}

static const struct {
  const char *name;
  void (*follow)(flow *seen, const instruction *in);
} rules[] = {
    {"Variable", variable},   {"SCopy", copy_one},     {"Copy", copy_more},      {"Move", move},
    {"MakeRecord", make_record}, {"Affinity", apply_affinities}, {"TypeCheck", check_strict_row},
    {"Cast", cast},           {"Eq", compare},         {"Ne", compare},          {"Lt", compare},
    {"Le", compare},          {"Gt", compare},         {"Ge", compare},          {"Concat", concat},
    {"Function", follow_call}, {"PureFunc", follow_call}, {"AggStep", follow_call}, {"AggInverse", follow_call},
    {"AggFinal", nothing},    {"SeekGE", seek},        {"SeekGT", seek},         {"SeekLE", seek},
    {"SeekLT", seek},         {"IdxGE", seek},         {"IdxGT", seek},          {"IdxLE", seek},
    {"IdxLT", seek},          {"Found", seek},         {"NotFound", seek},       {"SeekRowid", take_rowid},
    {"MustBeInt", take_rowid}, {"VUpdate", give_to_module}, {"VFilter", give_to_module}};

static void follow(flow *seen, const instruction *in)
{
  static const char *const harmless[] = { /* whatever they name, they make no number of a text */
      "Init", "Goto", "Halt", "Transaction", "OpenWrite", "OpenRead", "NewRowid", "Insert", "IdxInsert", "Null",
      "OpenEphemeral", "OpenAutoindex", "SorterOpen", "OpenPseudo", "SorterInsert", "SorterData", "SorterSort",
      "SorterNext", "Sort", "Integer", "Int64", "Real", "String8", "Blob", "SoftNull", "Noop", "Close",
      "HaltIfNull", "NotNull", "IsNull", "Compare", "Jump", "Permutation", "CollSeq", "Filter", "FilterAdd", "Last",
      "Prev", "SorterCompare", "ResetSorter", "Sequence", "Count", "RowData",
      "Yield", "InitCoroutine", "EndCoroutine", "Once", "Rewind", "Next", "Column", "Rowid", "NotExists", "Delete",
      "IdxDelete", "NoConflict", "FkCounter", "FkIfZero", "TableLock", "Explain", "ResultRow", "Return", "Gosub",
      "Program", "Param", "ResetCount", "FinishSeek", "DeferredSeek", NULL};
  follow_rows(seen, in);
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (!strcmp(in->name, rules[i].name)) {
      rules[i].follow(seen, in);
      return;
    }
  if (!is(in, harmless))
    seen->unsafe |= has(seen, in->p1) || has(seen, in->p2) || has(seen, in->p3);
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

/* Digits alone, maybe with a sign, that an int64 holds. */
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

/* Whether the statement certainly makes no number of a text that is bound to its parameter, or the same one. */
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
  free(seen);
  return safe;
}

/* Of at most 15 digits, not counting zeros before and behind them, and far from the ends of a double's range. */
static bool is_short(const char *text, size_t len)
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

/* A JSON document that is a number, as it stands. */
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
