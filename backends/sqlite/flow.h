/* flow.h - where a value may be while a statement of SQLite runs: registers, rows that cursors read, tables, parameters
 * of triggers.  Where it has once been it counts as being always.  For opcodes.c and exact.c, on their stack.         */
#ifndef DUSQ_SQLITE_FLOW_H
#define DUSQ_SQLITE_FLOW_H
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { REGISTERS = 4096, CURSORS = 1024, PROGRAMS = 128, TABLES = 256, CALLS = 512, PASSES = 64 };
enum { AFFINITY_MASK = 0x47, AFFINITY_TEXT = 'B', AFFINITY_NUMERIC = 'C', AFFINITY_INTEGER = 'D' }; /* as there */
enum { IS_UPDATE = 0x04, ROOT_IN_REGISTER = 0x10 };                                 /* of P5, as there */

/* Which columns of a row have the value: a bit for each, the last but one for all that have none, the last for rowid. */
typedef uint64_t row;
enum { LATER_COLUMNS = 62, ROWID = 63 };

typedef struct program { /* the statement's own, or a trigger's */
  bool has[REGISTERS];    /* the value                                                          */
  row records[REGISTERS]; /* a row with it                                                      */
  row rows[CURSORS];      /* what may be read through a cursor                                  */
  row updated[CURSORS];   /* what UPDATE writes over the row that it has read; see `open_table` */
  bool inserts[CURSORS];  /* writes other rows as well                                          */
} program;

typedef struct table { /* of the database, with the value in it; or an index */
  int db, root;
  row rows;
  row updated; /* by the statement, through this cursor alone */
  int updater;
} table;

typedef struct call { /* of a trigger, nobody knows of which */
  const program *from;
  int64_t base;
} call;

typedef struct flow {
  sqlite3 *db;
  int number;      /* of the parameter */
  bool whole;      /* an INTEGER holds it */
  bool first;      /* the first pass */
  bool changed;    /* in this pass: a place more */
  bool unsafe;     /* something may make a number of it */
  row nested;      /* columns of rows that are columns of other rows */
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
