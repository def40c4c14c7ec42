/* flow.h - where a value may be while a statement of SQLite runs: registers, rows that cursors read, tables, parameters
 * of triggers.  A place that has held the value once is assumed to hold it always.  For opcodes.c and exact.c, on the
 * stack.                                                                                                             */
#ifndef DUSQ_SQLITE_FLOW_H
#define DUSQ_SQLITE_FLOW_H
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { REGISTERS = 4096, CURSORS = 1024, PROGRAMS = 128, TABLES = 256, CALLS = 512, PASSES = 64 };
enum { AFFINITY_MASK = 0x47, AFFINITY_TEXT = 'B', AFFINITY_NUMERIC = 'C', AFFINITY_INTEGER = 'D' }; /* as in SQLite */
enum { IS_UPDATE = 0x04, ROOT_IN_REGISTER = 0x10 };                                 /* flags of P5, as in SQLite */

/* The columns of a row that hold the value, one bit each; the last bit but one is for all later columns, the last for
 * the rowid.                                                                                                         */
typedef uint64_t row;
enum { LATER_COLUMNS = 62, ROWID = 63 };

typedef struct program { /* the program of the statement, or of a trigger */
  bool has[REGISTERS];    /* registers that hold the value                                         */
  row records[REGISTERS]; /* registers that hold a row with it                                     */
  row rows[CURSORS];      /* the columns of the rows that a cursor may read                        */
  row updated[CURSORS];   /* what UPDATE writes back to the row that it has read; see `open_table` */
  bool inserts[CURSORS];  /* the cursor also writes other rows                                     */
} program;

typedef struct table { /* a table or index of the database that holds the value */
  int db, root;
  row rows;
  row updated; /* written by the statement, only through this cursor */
  int updater;
} table;

typedef struct call { /* a call of a trigger; which one is not known */
  const program *from;
  int64_t base;
} call;

typedef struct flow {
  sqlite3 *db;
  int number;      /* number of the parameter                   */
  bool whole;      /* the value fits an INTEGER                 */
  bool first;      /* this is the first pass                    */
  bool changed;    /* this pass has found a new place           */
  bool unsafe;     /* an instruction may convert it to a number */
  row nested;      /* columns of rows that are kept in a column */
  program *now;
  program *programs[PROGRAMS];
  table tables[TABLES];
  call calls[CALLS];
  size_t table_count, call_count;
} flow;

typedef struct instruction {
  const char *name;
  int p1, p2, p3;
  const char *p4;
  int p5;
} instruction;

static inline bool is(const instruction *in, const char *const *names)
{
  for (; *names; names++)
    if (!strcmp(in->name, *names))
      return true;
  return false;
}

static inline bool has(const flow *seen, int64_t r)
{
  return r > 0 && r < REGISTERS && seen->now->has[r];
}

static inline row at(const row *set, int size, int i)
{
  return i >= 0 && i < size ? set[i] : 0;
}

static inline row record(const flow *seen, int r)
{
  return at(seen->now->records, REGISTERS, r);
}

static inline row rows(const flow *seen, int cursor)
{
  return at(seen->now->rows, CURSORS, cursor);
}

static inline void give(flow *seen, int r)
{
  if (r < 0 || r >= REGISTERS) {
    seen->unsafe = true;
  } else if (!seen->now->has[r]) {
    seen->now->has[r] = true;
    seen->changed = true;
  }
}

static inline void merge(flow *seen, row *into, row more)
{
  seen->changed |= (more & ~*into) != 0;
  *into |= more;
}

static inline void put(flow *seen, row *set, int size, int i, row more)
{
  if (i >= 0 && i < size)
    merge(seen, &set[i], more);
  else
    seen->unsafe |= more != 0;
}

static inline void give_record(flow *seen, int r, row more)
{
  put(seen, seen->now->records, REGISTERS, r, more);
}

static inline void give_rows(flow *seen, int cursor, row more)
{
  put(seen, seen->now->rows, CURSORS, cursor, more);
}

static inline row column(int i)
{
  return (row)1 << (i < 0 || i > LATER_COLUMNS ? LATER_COLUMNS : i);
}

#endif
