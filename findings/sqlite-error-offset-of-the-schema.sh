#!/bin/sh
# sqlite3_error_offset() tells an offset into SQL text that is not the one that was compiled.
#
# SQLite 3.40.1 (Debian 12: libsqlite3-0 3.40.1-2+deb12u2).  A schema uses an application-defined function f() in an
# index, a generated column, a CHECK, a view and a DEFAULT, and a program that does not have f() opens the file:
#
#   * INSERT and UPDATE on the tables with the index, the generated column and the CHECK, and a SELECT of the column, fail
#     as "unknown function: f()" with an offset (20, 23 or 24) that counts from the beginning of the CREATE statement in
#     the schema: in the statement that was compiled something else stands there, or it is shorter (16 bytes, offset 20);
#   * the view says "no such function: f" with -1, as does the DEFAULT with "unknown function";
#   * the caller's own f() is "no such function: f", and has the right offset.
#
# The documentation has the offset refer to "the input SQL".
#
# For dusq: "unknown function" is DUSQ_E_NO_SUCH_OBJECT, and has no position (suite sqlite_files).
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
#include <string.h>

static void f(sqlite3_context *context, int n, sqlite3_value **values)
{
  (void)n;
  (void)values;
  sqlite3_result_int(context, 1);
}

static void try(sqlite3 *db, const char *sql)
{
  sqlite3_stmt *statement = NULL;
  int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL), at = sqlite3_error_offset(db);
  printf("%s: %d, offset %d of %d, %s\n", sql, rc, at, (int)strlen(sql), rc ? sqlite3_errmsg(db) : "fine");
  sqlite3_finalize(statement);
}

int main(void)
{
  sqlite3 *db;
  printf("SQLite %s\n", sqlite3_libversion());
  sqlite3_open("try.db", &db);
  sqlite3_create_function(db, "f", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, f, NULL, NULL);
  sqlite3_exec(db, "CREATE TABLE t(a); CREATE INDEX i ON t(f(a)); CREATE TABLE g(a, b AS (f(a)));"
                   "CREATE TABLE k(a CHECK(f(a))); CREATE TABLE d(a, b DEFAULT (f(1))); CREATE TABLE n(a);"
                   "CREATE VIEW v AS SELECT f(a) AS b FROM n", NULL, NULL, NULL);
  sqlite3_close(db);
  sqlite3_open("try.db", &db);
  try(db, "INSERT INTO t VALUES(1)");
  try(db, "UPDATE t SET a=2");
  try(db, "INSERT INTO g(a) VALUES(1)");
  try(db, "SELECT b FROM g");
  try(db, "INSERT INTO k VALUES(1)");
  try(db, "INSERT INTO d(a) VALUES(1)");
  try(db, "SELECT b FROM v");
  try(db, "SELECT a, f(a) FROM n");
  sqlite3_close(db);
  return 0;
}
TXT
cc -o try try.c -I root/usr/include -L "$library" -Wl,-rpath,"$folder/$library" -l:libsqlite3.so.0
./try | tee seen
cat >wanted <<'TXT'
SQLite 3.40.1
INSERT INTO t VALUES(1): 1, offset 20 of 23, unknown function: f()
UPDATE t SET a=2: 1, offset 20 of 16, unknown function: f()
INSERT INTO g(a) VALUES(1): 1, offset 24 of 26, unknown function: f()
SELECT b FROM g: 1, offset 24 of 15, unknown function: f()
INSERT INTO k VALUES(1): 1, offset 23 of 23, unknown function: f()
INSERT INTO d(a) VALUES(1): 1, offset -1 of 26, unknown function: f()
SELECT b FROM v: 1, offset -1 of 15, no such function: f
SELECT a, f(a) FROM n: 1, offset 10 of 21, no such function: f
TXT
diff wanted seen
