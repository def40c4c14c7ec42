/* job_statements.c - see job_statements.h.
 *
 * Statements that a job has left open would keep the file open for ever, so they are finalized when the connection
 * ends. But sqlite3_next_stmt also returns the internal statements of virtual tables (FTS5, R*Tree), which the tables
 * finalize themselves. sqlite3_close disconnects every virtual table that no statement uses.  So statements that use
 * virtual tables are finalized first.  With the last of them the tables go, and what is left are the job's own
 * statements.
 *
 * A virtual table may use another one (content= of FTS); then its internal statements use a virtual table, too.  Such a
 * statement is recognised because it uses a table that is named in the CREATE of a table which another statement uses.
 * So that other statement is finalized first.                                                                        */
#include "job_statements.h"
#include <stdlib.h>
#include <string.h>

/* A table or view that a statement uses. */
typedef struct use {
  struct use *next;
  sqlite3_stmt *stmt;
  const char *schema, *name; /* in the same allocation */
} use;

typedef struct survey {
  sqlite3 *db;
  sqlite3_stmt *stmt; /* the statement whose uses are being collected; NULL: none */
  use *uses;          /* by statements on virtual tables                          */
  bool unclear;       /* out of memory, or a text no longer compiles              */
} survey;

static bool is_same(const use *one, const char *schema, const char *name)
{
  return !sqlite3_stricmp(one->schema, schema) && !sqlite3_stricmp(one->name, name);
}

static void note(survey *all, const char *schema, const char *name)
{
  for (const use *one = all->uses; one; one = one->next)
    if (one->stmt == all->stmt && is_same(one, schema, name))
      return;
  size_t first = strlen(schema) + 1, second = strlen(name) + 1;
  use *one = malloc(sizeof *one + first + second);
  if (!one) {
    all->unclear = true;
    return;
  }
  char *text = (char *)(one + 1);
  memcpy(text, schema, first);
  memcpy(text + first, name, second);
  *one = (use){.next = all->uses, .stmt = all->stmt, .schema = text, .name = text + first};
  all->uses = one;
}

/* Pragmas are ignored, because some take effect when they are compiled. */
static int authorize(void *arg, int action, const char *table, const char *column, const char *schema,
                     const char *inside)
{
  survey *all = arg;
  bool uses = action == SQLITE_READ || action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE;
  (void)column, (void)inside;
  if (uses && all->stmt && table && schema)
    note(all, schema, table);
  return action == SQLITE_PRAGMA ? SQLITE_IGNORE : SQLITE_OK;
}

static bool compiles(sqlite3 *db, const char *sql, unsigned flags)
{
  sqlite3_stmt *stmt = NULL;
  int rc = sqlite3_prepare_v3(db, sql, -1, flags, &stmt, NULL);
  sqlite3_finalize(stmt);
  return rc == SQLITE_OK;
}

static void forget(survey *all)
{
  while (all->uses) {
    use *one = all->uses;
    all->uses = one->next;
    free(one);
  }
}

/* Compiles each statement again to see what it uses.  The handle of an open blob is a statement without a text. */
static void look(survey *all)
{
  forget(all);
  for (sqlite3_stmt *stmt = NULL; (stmt = sqlite3_next_stmt(all->db, stmt));) {
    const char *sql = sqlite3_sql(stmt);
    if (!sql || compiles(all->db, sql, SQLITE_PREPARE_NO_VTAB))
      continue;
    all->stmt = stmt;
    all->unclear |= !compiles(all->db, sql, 0);
    all->stmt = NULL;
  }
}

static bool is_word(char c)
{
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

/* Whether the name is in the arguments of a CREATE VIRTUAL TABLE. */
static bool names(const char *sql, const char *name)
{
  size_t len = strlen(name);
  const char *at = strchr(sql, '(');
  for (; at && *at; at++)
    if (!sqlite3_strnicmp(at, name, (int)len) && !is_word(at[-1]) && !is_word(at[len]))
      return true;
  return false;
}

/* Whether the CREATE of `table` names another table.  True if that is unknown. */
static bool is_made_with(sqlite3 *db, const use *table, const char *name)
{
  sqlite3_stmt *stmt = NULL;
  bool made = true;
  char *sql = sqlite3_mprintf("SELECT sql FROM \"%w\".sqlite_schema WHERE name = %Q COLLATE NOCASE AND "
                              "sql LIKE 'CREATE VIRTUAL TABLE%%'",
                              table->schema, table->name);
  if (sql && sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK) {
    int rc = sqlite3_step(stmt);
    const char *text = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
    made = rc != SQLITE_DONE && (!text || names(text, name));
  }
  sqlite3_finalize(stmt);
  sqlite3_free(sql);
  return made;
}

static bool uses_too(const survey *all, sqlite3_stmt *stmt, const use *table)
{
  for (const use *one = all->uses; one; one = one->next)
    if (one->stmt == stmt && is_same(one, table->schema, table->name))
      return true;
  return false;
}

/* Whether the statement may be internal to a virtual table that another statement still uses. */
static bool may_be_a_table_s(const survey *all, sqlite3_stmt *stmt)
{
  for (const use *other = all->uses; other; other = other->next) {
    if (other->stmt == stmt || uses_too(all, stmt, other)) /* internal statements do not use their own table */
      continue;
    for (const use *one = all->uses; one; one = one->next)
      if (one->stmt == stmt && is_made_with(all->db, other, one->name))
        return true;
  }
  return false;
}

static sqlite3_stmt *next_on_virtual_table(const survey *all)
{
  for (const use *one = all->uses; one; one = one->next)
    if (!may_be_a_table_s(all, one->stmt))
      return one->stmt;
  return NULL;
}

static sqlite3_stmt *next_plain(sqlite3 *db)
{
  sqlite3_stmt *stmt = NULL;
  while ((stmt = sqlite3_next_stmt(db, stmt)) && !sqlite3_sql(stmt))
    ;
  return stmt;
}

/* If anything is unclear, the rest is left open: better than finalizing a statement twice. */
bool dusq__sqlite_close_job_statements(sqlite3 *db)
{
  survey all = {.db = db};
  sqlite3_stmt *stmt;
  bool closed = false;
  sqlite3_set_authorizer(db, authorize, &all);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, (int *)NULL); /* FTS3's would not compile in it */
  for (;;) {
    look(&all);
    stmt = next_on_virtual_table(&all);
    if (!stmt || all.unclear)
      break;
    sqlite3_finalize(stmt);
    if ((closed = sqlite3_close(db) == SQLITE_OK)) /* this disconnects unused virtual tables */
      break;
  }
  bool plain = !closed && !all.uses && !all.unclear;
  forget(&all);
  if (plain)
    closed = sqlite3_close(db) == SQLITE_OK; /* compiling may have connected virtual tables again */
  while (plain && !closed && (stmt = next_plain(db)))
    sqlite3_finalize(stmt);
  if (!closed)
    sqlite3_set_authorizer(db, NULL, NULL);
  return closed;
}

void dusq__sqlite_reset_running(sqlite3 *db)
{
  for (sqlite3_stmt *stmt = NULL; (stmt = sqlite3_next_stmt(db, stmt));)
    if (sqlite3_stmt_busy(stmt) && sqlite3_sql(stmt))
      sqlite3_reset(stmt);
}
