#!/bin/sh
# sqlite3_next_stmt() tells statements that the program has never prepared, and keeps telling them when all of the
# program's own are finalized.
#
# SQLite 3.40.1 (Debian 12: libsqlite3-0 3.40.1-2+deb12u2).  A program creates an FTS5 and an R*Tree table, writes a row
# into one of them, and has no statement open:
#
#   * sqlite3_next_stmt() walks over 14 statements: 6 are FTS5's, 8 are R*Tree's, and each is kept until the virtual
#     table is disconnected, which sqlite3_close() does.  They are the table's to finalize, so that the loop "finalize
#     whatever sqlite3_next_stmt() tells" before a close is right for every database but those that have such a table;
#   * while a MATCH is being stepped there is one more that has no text at all (sqlite3_sql() is NULL): the handle of an
#     open blob;
#   * a DELETE from the R*Tree, which inserts no row of the program's, changes sqlite3_last_insert_rowid(), and so does
#     an UPDATE of the FTS5 table: they insert into tables of their own.
#
# For dusq: a connection that ends finalizes only its own statements and what a job has left (suite sqlite_modules), and
# last_id is that of an INSERT (the same suite).
#
# Prints what was seen; fails when that has changed.  Takes Debian 12's apt, dpkg-deb and a C compiler.
set -eu
version=3.40.1-2+deb12u2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -q download "libsqlite3-0=$version" "libsqlite3-dev=$version" >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
library=$(dirname "$(find root -name libsqlite3.so.0 | head -n 1)")

cat >try.c <<'TXT'
#include <sqlite3.h>
#include <stdio.h>

static void count(sqlite3 *db, const char *when)
{
  int n = 0, nameless = 0;
  for (sqlite3_stmt *one = NULL; (one = sqlite3_next_stmt(db, one)) != NULL; n++)
    nameless += !sqlite3_sql(one);
  printf("%s: %d statements, %d without a text\n", when, n, nameless);
}

static void run(sqlite3 *db, const char *sql)
{
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
    printf("%s: %s\n", sql, sqlite3_errmsg(db));
}

int main(void)
{
  sqlite3 *db;
  sqlite3_stmt *ours;
  printf("SQLite %s\n", sqlite3_libversion());
  sqlite3_open(":memory:", &db);
  run(db, "CREATE TABLE t(x)");
  count(db, "a table");
  run(db, "CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f VALUES('word')");
  count(db, "and one of FTS5");
  run(db, "CREATE VIRTUAL TABLE r USING rtree(id, a, b)");
  count(db, "and one of R*Tree");
  sqlite3_prepare_v2(db, "SELECT x FROM f WHERE f MATCH 'word'", -1, &ours, NULL);
  sqlite3_step(ours);
  count(db, "with one of ours at a row");
  sqlite3_finalize(ours);
  run(db, "INSERT INTO r VALUES(1, 2, 3), (7, 2, 3)");
  run(db, "INSERT INTO t(rowid, x) VALUES(1000, 'a')");
  printf("last_insert_rowid after the INSERT: %lld\n", (long long)sqlite3_last_insert_rowid(db));
  run(db, "DELETE FROM r WHERE id = 7");
  printf("after a DELETE from R*Tree: %lld\n", (long long)sqlite3_last_insert_rowid(db));
  run(db, "INSERT INTO t(rowid, x) VALUES(2000, 'a')");
  run(db, "UPDATE f SET x = 'words'");
  printf("after an UPDATE of FTS5, where 2000 was the last INSERT: %lld\n", (long long)sqlite3_last_insert_rowid(db));
  printf("close: %d\n", sqlite3_close(db));
  return 0;
}
TXT
cat >expected <<'TXT'
SQLite 3.40.1
a table: 0 statements, 0 without a text
and one of FTS5: 6 statements, 0 without a text
and one of R*Tree: 14 statements, 0 without a text
with one of ours at a row: 18 statements, 1 without a text
last_insert_rowid after the INSERT: 1000
after a DELETE from R*Tree: 1
after an UPDATE of FTS5, where 2000 was the last INSERT: 1
close: 0
TXT
cc -I root/usr/include try.c "$library/libsqlite3.so.0" -o try
LD_LIBRARY_PATH=$library ./try >seen
cat seen
diff expected seen
