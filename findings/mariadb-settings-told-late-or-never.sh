#!/bin/sh
# MariaDB's session tracking does not tell every setting that a session changes, and tells some of them late.
#
# MariaDB 10.11.19 with its own client library (Debian 12: mariadb-server-core and libmariadb3 1:10.11.19-0+deb12u1).  A
# session says session_track_system_variables='*', changes settings in several spellings, and asks after each statement
# for mysql_session_track_get_first(SESSION_TRACK_SYSTEM_VARIABLES):
#
#   * SET time_zone, SET SESSION time_zone, SET @@session.time_zone and SET @@local.time_zone are told.  SET @@time_zone
#     is not, nor are SET @@sql_mode and SET @@autocommit: the same assignment, which the manual calls the same;
#   * what a function sets inside a SELECT is not told with it.  The library answers with what the statement before has
#     changed, which by now is wrong.  The value comes with the next statement that brings no rows;
#   * what a function sets before it fails stays set.  The library again has the statement before it, and the server
#     tells it with the next SET, of whatever setting;
#   * a procedure's settings are told at once; EXECUTE IMMEDIATE is told or not by the spelling inside it.
#
# For dusq: settings that matter for what a value means are asked for after statements that may have changed them untold
# (dusq-mysql(7); suite mysql_settings).
#
# Prints what was seen; fails when that has changed.  Takes Debian 12's apt, dpkg-deb, setpriv, a C compiler and the
# libraries that the server depends on.
set -eu
version=1:10.11.19-0+deb12u1
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
cd "$folder"
apt-get -q download "mariadb-server-core=$version" "mariadb-client-core=$version" "libmariadb3=$version" \
  "libmariadb-dev=$version" >/dev/null 2>&1
for package in ./*.deb; do dpkg-deb -x "$package" root; done
library=$(dirname "$(find root -name libmariadb.so.3 | head -n 1)")

cat >try.c <<'TXT'
#include <mysql.h>
#include <stdio.h>
#include <string.h>

static MYSQL *db;

static void run(const char *sql)
{
  if (mysql_query(db, sql))
    printf("%s: %s\n", sql, mysql_error(db));
}

/* The server tells them in no order: those that are looked for are, one after the other. */
static int print_one(const char *name)
{
  const char *data;
  size_t len;
  int n = 0, found = 0;
  for (int rc = mysql_session_track_get_first(db, SESSION_TRACK_SYSTEM_VARIABLES, &data, &len); !rc;
       rc = mysql_session_track_get_next(db, SESSION_TRACK_SYSTEM_VARIABLES, &data, &len), n++) {
    if (n % 2 && found)
      return printf(" %s=%.*s", name, (int)len, data);
    found = n % 2 == 0 && len == strlen(name) && !memcmp(data, name, len);
  }
  return 0;
}

static void told(const char *sql)
{
  printf("%s:", sql);
  if (!mysql_real_query(db, sql, strlen(sql)))
    mysql_free_result(mysql_store_result(db));
  if (mysql_errno(db))
    printf(" error %u;", mysql_errno(db));
  int n = print_one("time_zone") + print_one("sql_mode") + print_one("autocommit");
  puts(n ? "" : " nothing");
}

int main(int argc, char **argv)
{
  db = mysql_init(NULL);
  if (argc < 2 || !mysql_real_connect(db, NULL, "root", NULL, NULL, 0, argv[1], 0))
    return 1;
  run("SET SESSION session_track_system_variables='*'");
  run("CREATE DATABASE d");
  run("USE d");
  run("CREATE FUNCTION f(z VARCHAR(9)) RETURNS INT BEGIN SET time_zone = z; RETURN 1; END");
  run("CREATE FUNCTION g(z VARCHAR(9)) RETURNS INT BEGIN SET time_zone = z; SIGNAL SQLSTATE '45000'; RETURN 1; END");
  run("CREATE PROCEDURE p(z VARCHAR(9)) SET time_zone = z");
  told("SET time_zone = '+01:00'");
  told("SET SESSION time_zone = '+02:00'");
  told("SET @@time_zone = '+03:00'");
  told("SET @@session.time_zone = '+04:00'");
  told("SET @@local.time_zone = '+04:30'");
  told("SELECT f('+05:00')");
  told("CALL p('+06:00')");
  told("SELECT g('+07:00')");
  told("SELECT @@time_zone");
  told("SET @@sql_mode = 'NO_ZERO_DATE'");
  told("SET sql_mode = 'NO_ZERO_DATE'");
  told("SET @@autocommit = 0");
  told("EXECUTE IMMEDIATE 'SET time_zone = ''+09:00'''");
  told("EXECUTE IMMEDIATE 'SET @@time_zone = ''+09:30'''");
  mysql_close(db);
  return 0;
}
TXT
cat >expected <<'TXT'
SET time_zone = '+01:00': time_zone=+01:00
SET SESSION time_zone = '+02:00': time_zone=+02:00
SET @@time_zone = '+03:00': nothing
SET @@session.time_zone = '+04:00': time_zone=+04:00
SET @@local.time_zone = '+04:30': time_zone=+04:30
SELECT f('+05:00'): time_zone=+04:30
CALL p('+06:00'): time_zone=+06:00
SELECT g('+07:00'): error 1644; time_zone=+06:00
SELECT @@time_zone: time_zone=+06:00
SET @@sql_mode = 'NO_ZERO_DATE': nothing
SET sql_mode = 'NO_ZERO_DATE': time_zone=+07:00 sql_mode=NO_ZERO_DATE
SET @@autocommit = 0: nothing
EXECUTE IMMEDIATE 'SET time_zone = ''+09:00''': time_zone=+09:00
EXECUTE IMMEDIATE 'SET @@time_zone = ''+09:30''': nothing
TXT
cc -I root/usr/include/mariadb try.c "$library/libmariadb.so.3" -o try

as=
if [ "$(id -u)" = 0 ]; then
  as='setpriv --reuid=nobody --clear-groups' # the server does not run as root
fi
mkdir data
chmod 711 "$folder"
[ -z "$as" ] || chown nobody data
$as root/usr/bin/mariadb-install-db --no-defaults --basedir="$folder/root/usr" --datadir="$folder/data" \
  --auth-root-authentication-method=normal --skip-test-db >install.log 2>&1
$as root/usr/sbin/mariadbd --no-defaults --basedir="$folder/root/usr" --datadir="$folder/data" \
  --socket="$folder/data/s" --skip-networking >server.log 2>&1 &
server=$!
for _ in $(seq 120); do
  [ ! -S data/s ] || break
  sleep 0.5
done
LD_LIBRARY_PATH=$library ./try "$folder/data/s" >seen
cat seen
diff expected seen
