/* opcodes.c - see opcodes.h. */
#include "opcodes.h"
#include <stdlib.h>

static void copy(flow *seen, const instruction *in, int n)
{
  for (int i = 0; i < n; i++) {
    if (has(seen, (int64_t)in->p1 + i))
      give(seen, in->p2 + i);
    give_record(seen, in->p2 + i, record(seen, in->p1 + i));
  }
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

/* One letter for each register; without letters the registers stay as they are. */
static void apply_affinities(flow *seen, const instruction *in)
{
  int letters = in->p4 ? (int)strlen(in->p4) : 0;
  for (int i = 0; i < in->p2 && i < REGISTERS; i++)
    if (has(seen, (int64_t)in->p1 + i) && i < letters && rounds(seen, in->p4[i]))
      seen->unsafe = true;
}

/* Whether a column of a STRICT table converts the value.  Register i has the i-th column that is stored.  The program
 * has only the name of the table, so every table of that name is checked.                                            */
static bool strict_column_rounds(const flow *seen, const char *name, int i)
{
  static const char sql[] =
      "SELECT 1 FROM pragma_table_list AS t, pragma_table_xinfo(t.name, t.schema) AS c "
      "WHERE t.name = ?1 COLLATE NOCASE AND c.hidden <> 2 AND upper(c.type) NOT IN ('TEXT', 'BLOB', 'ANY') "
      "AND NOT (?3 AND upper(c.type) IN ('INT', 'INTEGER')) AND ?2 = "
      "(SELECT count(*) FROM pragma_table_xinfo(t.name, t.schema) AS b WHERE b.hidden <> 2 AND b.cid < c.cid)";
  sqlite3_stmt *look = NULL;
  int rc = sqlite3_prepare_v2(seen->db, sql, -1, &look, NULL);
  if (rc == SQLITE_OK) {
    sqlite3_bind_text(look, 1, name, -1, SQLITE_STATIC);
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

/* Whether "name(arguments)" is one of these.  Functions in neither list may read their arguments as numbers, like
 * abs().                                                                                                             */
static bool is_call_of(const char *called, const char *const *names)
{
  const char *end = strchr(called, '(');
  for (; end && *names; names++)
    if (strlen(*names) == (size_t)(end - called) && !sqlite3_strnicmp(called, *names, (int)(end - called)))
      return true;
  return false;
}

/* Arguments begin at P2.  Some functions return a text that contains an argument, or one of their arguments. */
static void follow_call(flow *seen, const instruction *in)
{
  static const char *const measure[] = {"typeof", "length", "unicode", "instr", "like", "glob", "hex", "count", NULL};
  static const char *const hand_on[] = {
      "upper", "lower",    "trim",   "ltrim", "rtrim",        "substr", "substring",   "quote",      "replace",   "min",
      "max",   "nullif",   "coalesce", "ifnull", "iif",       "likely", "unlikely",    "group_concat", "string_agg",
      "lag",   "lead",     "first_value", "last_value", "nth_value", NULL};
  const char *called = in->p4 ? in->p4 : "";
  const char *open = strchr(called, '(');
  int64_t n = open ? strtol(open + 1, NULL, 10) : REGISTERS;
  if (!has_any(seen, in->p2, n < 0 ? REGISTERS : n))
    return;
  if (is_call_of(called, hand_on))
    give(seen, in->p3);
  else if (!is_call_of(called, measure))
    seen->unsafe = true;
}

/* A key of an index is compared without conversion.  A key without a length is a rowid, which a text is converted to. */
static void seek(flow *seen, const instruction *in)
{
  long keys = in->p4 ? strtol(in->p4, NULL, 10) : 0;
  if (!keys && !seen->whole)
    seen->unsafe |= has(seen, in->p3);
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

/* NULL if there is no entry and none is needed. */
static table *find_table(flow *seen, int db, int root, row with)
{
  for (size_t i = 0; i < seen->table_count; i++)
    if (seen->tables[i].db == db && seen->tables[i].root == root)
      return &seen->tables[i];
  if (!with)
    return NULL;
  if (seen->table_count == TABLES) {
    seen->unsafe = true;
    return NULL;
  }
  table *one = &seen->tables[seen->table_count++];
  *one = (table){.db = db, .root = root, .updater = -1};
  return one;
}

/* Every cursor on a table may read what any cursor wrote to it.  But an UPDATE visits each row once, so it does not
 * read again what it wrote itself; except in a trigger, which may be called again.                                   */
static void open_table(flow *seen, const instruction *in)
{
  int db = in->p5 & ROOT_IN_REGISTER ? -1 - in->p3 : in->p3;
  bool own = seen->now == seen->programs[0];
  row updated = at(seen->now->updated, CURSORS, in->p1);
  table *one = find_table(seen, db, in->p2, rows(seen, in->p1) | updated);
  if (!one)
    return;
  if (updated && one->updater < 0)
    one->updater = in->p1;
  merge(seen, &one->rows, rows(seen, in->p1));
  merge(seen, own && one->updater == in->p1 ? &one->updated : &one->rows, updated);
  give_rows(seen, in->p1, one->rows | (own && one->updater == in->p1 ? 0 : one->updated));
}

/* Both cursors read the same rows. */
static void open_again(flow *seen, const instruction *in)
{
  give_rows(seen, in->p1, rows(seen, in->p2));
  give_rows(seen, in->p2, rows(seen, in->p1));
}

static void open_pseudo(flow *seen, const instruction *in)
{
  give_rows(seen, in->p1, record(seen, in->p2));
}

static void insert(flow *seen, const instruction *in)
{
  bool of_table = !strcmp(in->name, "Insert");
  row more = record(seen, in->p2) | (of_table && has(seen, in->p3) ? (row)1 << ROWID : 0);
  bool update = of_table && in->p5 & IS_UPDATE && seen->now == seen->programs[0];
  if (in->p1 < 0 || in->p1 >= CURSORS) {
    seen->unsafe |= more != 0;
    return;
  }
  seen->unsafe |= !of_table && has(seen, in->p2); /* P2 is not a record */
  if (!update) {
    seen->changed |= !seen->now->inserts[in->p1];
    seen->now->inserts[in->p1] = true;
  }
  if (update)
    merge(seen, &seen->now->updated[in->p1], more);
  else
    give_rows(seen, in->p1, more);
  if (seen->now->inserts[in->p1])
    give_rows(seen, in->p1, seen->now->updated[in->p1]);
}

static void read_row(flow *seen, const instruction *in)
{
  give_record(seen, in->p2, rows(seen, in->p1));
}

static void copy_row(flow *seen, const instruction *in)
{
  give_rows(seen, in->p1, rows(seen, in->p2));
}

static void read_column(flow *seen, const instruction *in)
{
  if (!(rows(seen, in->p1) & column(in->p2)))
    return;
  give(seen, in->p3);
  give_record(seen, in->p3, seen->nested);
}

/* A rowid can only hold it if it is whole.  In an index, the rowid is an ordinary column. */
static void read_rowid(flow *seen, const instruction *in)
{
  row where = strcmp(in->name, "Rowid") ? ~(row)0 : (row)1 << ROWID;
  if (seen->whole && rows(seen, in->p1) & where)
    give(seen, in->p2);
}

/* ---- triggers -------------------------------------------------------------------------------------------------- */

static void call_program(flow *seen, const instruction *in)
{
  if (!seen->first)
    return;
  if (seen->call_count < CALLS)
    seen->calls[seen->call_count++] = (call){seen->now, in->p1};
  else
    seen->unsafe = true;
}

/* OLD and NEW are registers of the caller. */
static void take_parameter(flow *seen, const instruction *in)
{
  for (size_t i = 0; i < seen->call_count; i++) {
    int64_t r = seen->calls[i].base + in->p1;
    if (r >= 0 && r < REGISTERS && seen->calls[i].from->has[r])
      give(seen, in->p2);
  }
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

static void variable(flow *seen, const instruction *in)
{
  if (in->p1 == seen->number)
    give(seen, in->p2);
}

static void copy_more(flow *seen, const instruction *in)
{
  copy(seen, in, strcmp(in->name, "SCopy") ? in->p3 + 1 : 1);
}

static void move(flow *seen, const instruction *in)
{
  copy(seen, in, in->p3);
}

/* A sorter may keep a whole row as one column of its own: it is taken out again by Column. */
static void make_record(flow *seen, const instruction *in)
{
  row made = 0;
  apply_affinities(seen, in);
  for (int i = 0; i < in->p2 && i < REGISTERS; i++) {
    row inner = record(seen, in->p1 + i);
    merge(seen, &seen->nested, inner);
    made |= inner || has(seen, (int64_t)in->p1 + i) ? column(i) : 0;
  }
  give_record(seen, in->p3, made);
}

static void cast(flow *seen, const instruction *in)
{
  seen->unsafe |= has(seen, in->p1) && rounds(seen, in->p2);
}

/* An INTEGER and a REAL are compared without conversion. */
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

/* The text is converted to an INTEGER. */
static void take_rowid(flow *seen, const instruction *in)
{
  bool reads = has(seen, strcmp(in->name, "MustBeInt") ? in->p3 : in->p1);
  seen->unsafe |= reads && !seen->whole;
}

static void copy_integer(flow *seen, const instruction *in)
{
  seen->unsafe |= has(seen, in->p1) && !seen->whole;
  copy(seen, in, 1);
}

static void take_value(flow *seen, const instruction *in)
{
  if (has(seen, in->p1))
    give(seen, in->p3);
}

static void read_number(flow *seen, const instruction *in)
{
  seen->unsafe |= has(seen, in->p1);
}

static void read_two(flow *seen, const instruction *in)
{
  seen->unsafe |= has(seen, in->p1) || has(seen, in->p2);
}

static void read_rowid_set(flow *seen, const instruction *in)
{
  seen->unsafe |= has(seen, strcmp(in->name, "RowSetAdd") ? in->p3 : in->p2);
}

/* What a virtual table does with it is unknown.  The number of arguments, which begin at P3, is unknown, too. */
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
    {"Column", read_column}, {"Copy", copy_more}, {"SCopy", copy_more}, {"Move", move}, {"Variable", variable},
    {"Param", take_parameter}, {"Program", call_program}, {"IntCopy", copy_integer}, {"MakeRecord", make_record},
    {"Affinity", apply_affinities}, {"TypeCheck", check_strict_row}, {"Cast", cast}, {"Eq", compare}, {"Ne", compare},
    {"Lt", compare}, {"Le", compare}, {"Gt", compare}, {"Ge", compare}, {"Concat", concat}, {"Function", follow_call},
    {"PureFunc", follow_call}, {"AggStep", follow_call}, {"AggInverse", follow_call}, {"AggFinal", nothing},
    {"AggValue", take_value}, {"SeekGE", seek}, {"SeekGT", seek}, {"SeekLE", seek}, {"SeekLT", seek}, {"IdxGE", seek},
    {"IdxGT", seek}, {"IdxLE", seek}, {"IdxLT", seek}, {"Found", seek}, {"NotFound", seek}, {"SeekRowid", take_rowid},
    {"NotExists", take_rowid}, {"MustBeInt", take_rowid}, {"VUpdate", give_to_module}, {"VFilter", give_to_module},
    {"OpenRead", open_table}, {"OpenWrite", open_table}, {"ReopenIdx", open_table}, {"OpenDup", open_again},
    {"OpenPseudo", open_pseudo}, {"Insert", insert}, {"IdxInsert", insert}, {"SorterInsert", insert},
    {"RowData", read_row}, {"SorterData", read_row}, {"RowCell", copy_row}, {"Rowid", read_rowid},
    {"IdxRowid", read_rowid}, {"If", read_number}, {"IfNot", read_number}, {"IfPos", read_number},
    {"IfNotZero", read_number}, {"DecrJumpZero", read_number}, {"AddImm", read_number}, {"RealAffinity", read_number},
    {"Not", read_number}, {"BitNot", read_number}, {"IsTrue", read_number}, {"Add", read_two}, {"Subtract", read_two},
    {"Multiply", read_two}, {"Divide", read_two}, {"Remainder", read_two}, {"And", read_two}, {"Or", read_two},
    {"RowSetAdd", read_rowid_set}, {"RowSetTest", read_rowid_set}};

void dusq__sqlite_follow(flow *seen, const instruction *in)
{
  static const char *const harmless[] = { /* these neither convert a text to a number nor copy it */
      "Init", "Goto", "Halt", "Transaction", "NewRowid", "Null", "OpenEphemeral", "OpenAutoindex", "SorterOpen",
      "SorterSort", "SorterNext", "Sort", "Integer", "Int64", "Real", "String8", "Blob", "SoftNull", "Noop", "Close",
      "HaltIfNull", "NotNull", "IsNull", "Compare", "Jump", "Permutation", "CollSeq", "Filter", "FilterAdd", "Last",
      "Prev", "SorterCompare", "ResetSorter", "Sequence", "SequenceTest", "Count", "NullRow", "IfNullRow", "Trace",
      "Yield", "InitCoroutine", "EndCoroutine", "BeginSubrtn", "Once", "Rewind", "Next", "Delete", "IdxDelete",
      "NoConflict", "FkCounter", "FkIfZero", "FkCheck", "TableLock", "Explain", "ResultRow", "Return", "Gosub",
      "ResetCount", "FinishSeek", "DeferredSeek", "SeekScan", "SeekHit", "IfNoHope", "IfNotOpen", "ColumnsUsed",
      "ElseEq", "ClrSubtype", "GetSubtype", "SetSubtype", "ReadCookie", "SetCookie", "CreateBtree", "ParseSchema",
      NULL};
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (!strcmp(in->name, rules[i].name)) {
      rules[i].follow(seen, in);
      return;
    }
  if (!is(in, harmless))
    seen->unsafe |= has(seen, in->p1) || has(seen, in->p2) || has(seen, in->p3) || rows(seen, in->p1) ||
                    rows(seen, in->p2) || record(seen, in->p1) || record(seen, in->p2) || record(seen, in->p3);
}
