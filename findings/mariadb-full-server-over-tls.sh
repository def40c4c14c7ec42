#!/bin/sh
# A MariaDB server that is full says error 1040; its client library makes another one of it as soon as TLS is asked for.
#
# MariaDB 10.11.19 with its own client library (Debian 12: mariadb-server-core and libmariadb3 1:10.11.19-0+deb12u1).
# All connections of the server are taken, and one more is tried:
#
#   * without TLS mysql_errno is 1040, as the server said instead of greeting, with the SQLSTATE HY000;
#   * with MYSQL_OPT_SSL_ENFORCE it is 2002, "cannot connect", with the SQLSTATE HY000.  The number 1040 stands only in
#     the text, after words that it cannot be verified, because nobody has vouched for the server yet;
#   * with MYSQL_OPT_SSL_VERIFY_SERVER_CERT alone, the stricter of the two by its name, it is 1040 again.
#
# So a program that waits for a free connection at 1040, and gives up at 2002, gives up.
#
# For dusq: the server's number is read from the text (dusq-mysql(7); suite mysql_full).
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
#include <stdlib.h>
#include <string.h>

enum { MOST = 11 }; /* the server's least, and one for who may administer it */

static MYSQL *attempt(const char *socket, int port, enum mysql_option option, my_bool on)
{
  MYSQL *db = mysql_init(NULL);
  unsigned tcp = MYSQL_PROTOCOL_TCP;
  if (port)
    mysql_options(db, MYSQL_OPT_PROTOCOL, &tcp);
  if (on)
    mysql_options(db, option, &on);
  (void)!mysql_real_connect(db, port ? "127.0.0.1" : NULL, "root", NULL, NULL, (unsigned)port, port ? NULL : socket, 0);
  return db;
}

static void one_more(const char *name, int port, enum mysql_option option, my_bool on)
{
  MYSQL *db = attempt(NULL, port, option, on);
  printf("%s: %u, %s; the text has 1040: %s\n", name, mysql_errno(db), mysql_sqlstate(db),
         strstr(mysql_error(db), "1040") ? "yes" : "no");
  mysql_close(db);
}

int main(int argc, char **argv)
{
  MYSQL *all[MOST];
  int port = argc > 2 ? atoi(argv[2]) : 0;
  for (int i = 0; i < MOST; i++)
    all[i] = attempt(argv[1], 0, MYSQL_OPT_SSL_ENFORCE, 0);
  for (int i = 0; i < MOST; i++)
    if (mysql_errno(all[i]))
      printf("connection %d: %s\n", i, mysql_error(all[i]));
  one_more("without TLS", port, MYSQL_OPT_SSL_ENFORCE, 0);
  one_more("with TLS enforced", port, MYSQL_OPT_SSL_ENFORCE, 1);
  one_more("with verification", port, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, 1);
  for (int i = 0; i < MOST; i++)
    mysql_close(all[i]);
  return 0;
}
TXT
cat >expected <<'TXT'
without TLS: 1040, HY000; the text has 1040: no
with TLS enforced: 2002, HY000; the text has 1040: yes
with verification: 1040, HY000; the text has 1040: no
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
port=$((20000 + $$ % 10000))
$as root/usr/sbin/mariadbd --no-defaults --basedir="$folder/root/usr" --datadir="$folder/data" \
  --socket="$folder/data/s" --bind-address=127.0.0.1 --port="$port" --max-connections=10 >server.log 2>&1 &
server=$!
for _ in $(seq 120); do
  [ ! -S data/s ] || break
  sleep 0.5
done
LD_LIBRARY_PATH=$library ./try "$folder/data/s" "$port" >seen
cat seen
diff expected seen
