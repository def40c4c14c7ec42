#!/bin/sh
# test/servers.sh - private servers for the tests: PostgreSQL, MariaDB and MySQL, each where it is installed, with
# accounts, passwords and certificates of their own, in BUILDDIR/servers (BUILDDIR is build/ unless set).
#
#   start [--durable]           starts them; servers that run already are kept.  --durable: they flush as in production
#   stop                        stops them and removes all that they left but their logs, BUILDDIR/*-server.log
#   restart SERVER [--kill] [--tls good|expired|wrong-host|other|off]
#                               one server again, on its data and its port: after a shutdown, or after SIGKILL, and with
#                               the certificate that is named
#   pid SERVER                  prints the process that listens
#   env                         prints the path of the file that sets DUSQ_TEST_*:  . "$(sh test/servers.sh env)"
#   run [--durable] COMMAND...  start, the command with DUSQ_TEST_* set, stop; the status is the command's
#
# As root it runs the servers as an unprivileged user, because PostgreSQL refuses root.  Nothing of the system's own
# servers is read or touched: no option files, no environment, ports of 127.0.0.1 that are free.
set -u
LC_ALL=C
export LC_ALL
umask 077
me=test/servers.sh
top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
mkdir -p "${BUILDDIR:=$top/build}" && build=$(cd "$BUILDDIR" && pwd) || exit 1
. "$top/test/certificates.sh"
servers=$build/servers
known='postgresql mariadb mysql'
trying=240 # times a quarter of a second, for a server to come up
leaving=80 # and to go in peace

die()
{
  echo "$me: $*" >&2
  exit 1
}

have()
{
  command -v "$1" >/dev/null 2>&1
}

tick()
{
  sleep 0.25 2>/dev/null || sleep 1
}

random_hex()
{
  od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}

# ---- processes ---------------------------------------------------------------------------------------------------------
# Whether process $1 has $2 among its arguments: a number alone may be somebody else's by now.
process_has()
{
  [ -n "$1" ] || return 1
  if [ -d /proc/self ]; then
    [ -r "/proc/$1/cmdline" ] && tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF -e "$2"
  else
    ps -o args= -p "$1" 2>/dev/null | grep -qF -e "$2"
  fi
}

# Whether it is one that was told of the data of server $2, from the start of the path on.
works_on()
{
  process_has "$1" " $place/$2/data" || process_has "$1" "=$place/$2/data"
}

children()
{
  cat /proc/[0-9]*/stat 2>/dev/null | sed -n "s/^\\([0-9]*\\) (.*) [A-Z] $1 .*/\\1/p"
}

# The process of server $1, or nothing when it does not run.
pid_of()
{
  pid=$(cat "$place/$1/pid" 2>/dev/null)
  ! works_on "$pid" "$1" || echo "$pid"
}

# As root, servers have the user $owner; and never anything of this environment.
exec_as_owner()
{
  # shellcheck disable=SC2086 # a list of words
  exec ${become:-} env -i PATH="$PATH:/usr/sbin:/sbin" HOME=/nonexistent TZ=UTC LC_ALL=C "$@"
}

as_owner()
{
  (exec_as_owner "$@")
}

find_owner()
{
  become=
  owner=$(id -un)
  [ "$(id -u)" -eq 0 ] || return 0
  for owner in postgres mysql nobody; do
    id -u "$owner" >/dev/null 2>&1 || continue
    if have setpriv; then
      become="setpriv --reuid=$owner --regid=$(id -g "$owner") --clear-groups"
    else
      become="runuser -u $owner --"
    fi
    return 0
  done
  die 'run as root, but none of the users postgres, mysql and nobody is there'
}

# launch SERVER PROGRAM... - in a session of its own, so that no terminal's signal or hangup reaches it.  The number is
# written before the program is there: whatever becomes of this script, the next one finds the server.
launch()
{
  server=$1
  shift
  session=
  ! have setsid || session=setsid
  rm -f "$place/$server/pid"
  : >"$place/$server/log"
  (
    # for good, not for one command: a shell would keep the old ones, and who reads our output would wait for the server
    exec </dev/null >>"$place/$server/log" 2>&1
    exec_as_owner $session sh -c 'exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; echo $$ >"$1"; shift; exec "$@"' - \
      "$place/$server/pid" "$@"
  ) &
  launched=$!
  tries=0
  until ready "$server"; do
    kill -0 "$launched" 2>/dev/null || ready "$server" || return 1
    [ "$tries" -lt "$trying" ] || return 1
    tries=$((tries + 1))
    tick
  done
}

ready()
{
  if [ "$1" = postgresql ]; then
    # after a crash there is an old one
    sed -n '1p; 8p' "$place/postgresql/data/postmaster.pid" 2>/dev/null | tr -d '\n' |
      grep -q "^$(cat "$place/postgresql/pid" 2>/dev/null)ready"
  else
    grep -q 'ready for connections' "$place/$1/log" 2>/dev/null
  fi
}

# quit SERVER [KILL] - a shutdown that does not wait for clients; SIGKILL after a while, or at once
quit()
{
  process=$(pid_of "$1")
  [ -n "$process" ] || return 0
  if [ "${2:-}" != KILL ]; then
    # shellcheck disable=SC2046 # what a test has stopped goes on, or it could not end
    kill -CONT "$process" $(children "$process") 2>/dev/null
    if [ "$1" = postgresql ]; then
      kill -INT "$process"
    else
      kill -TERM "$process"
    fi 2>/dev/null
    tries=0
    while [ "$tries" -lt "$leaving" ] && [ -n "$(pid_of "$1")" ]; do
      tries=$((tries + 1))
      tick
    done
  fi
  if [ -n "$(pid_of "$1")" ]; then
    [ "${2:-}" = KILL ] || echo "$me: $1 does not stop; it is killed" >&2
    # shellcheck disable=SC2046
    kill -KILL "$process" $(children "$process") 2>/dev/null
    while [ -n "$(pid_of "$1")" ]; do
      tick
    done
    # a dead process that nobody has waited for yet passes with PostgreSQL for one that still has the data
    [ "$1" != postgresql ] || rm -f "$place/postgresql/data/postmaster.pid" "$sockets"/.s.PGSQL.*
  fi
  rm -f "$place/$1/pid"
}

# ---- places ------------------------------------------------------------------------------------------------------------
# Where things are is on record, for the next script, in BUILDDIR/servers/place and sockets.
temporary()
{
  directory=$(mktemp -d "${TMPDIR:-/tmp}/dusq-servers.XXXXXX") && echo "$directory" >"$servers/$1" &&
    chmod 711 "$directory" || die "cannot make a directory in ${TMPDIR:-/tmp}"
}

# The data and the sockets are in BUILDDIR/servers too, unless the owner cannot go there, or its name is too long for the
# address of a socket or has something in it that a URI would have to escape.
make_places()
{
  mkdir -p "$servers" && chmod 711 "$servers" || die "cannot make $servers"
  place=$servers
  echo "$place" >"$servers/place"
  as_owner test -x "$place" 2>/dev/null || { temporary place; place=$directory; }
  sockets=$place/s
  case $sockets in
    *[!A-Za-z0-9/._-]*) sockets= ;;
    *) [ "${#sockets}" -le 80 ] || sockets= ;;
  esac
  [ -n "$sockets" ] || { temporary sockets; sockets=$directory/s; }
  mkdir "$sockets" && chmod 711 "$sockets" && chown "$owner" "$sockets" || die "cannot make $sockets"
}

find_places()
{
  place=$(cat "$servers/place" 2>/dev/null)
  sockets=$(cat "$servers/sockets" 2>/dev/null)
  sockets=${sockets:-$place}/s
}

# What a start that was killed was doing goes on without it: whatever is told of that data directory is ended.
end_strays()
{
  for entry in /proc/[0-9]*; do
    process=${entry#/proc/}
    [ "$process" = "$$" ] || ! works_on "$process" "$1" || kill -KILL "$process" 2>/dev/null
  done
}

# Stops what runs and removes what there is, of this run or of one that ended badly.
clean()
{
  find_places
  for server in $known; do
    [ -n "$place" ] && [ -d "$place/$server" ] || continue
    quit "$server"
    end_strays "$server"
    [ ! -f "$place/$server/log" ] || cp "$place/$server/log" "$build/$server-server.log"
  done
  for record in place sockets; do
    directory=$(cat "$servers/$record" 2>/dev/null)
    case $directory in
      */dusq-servers.??????) rm -rf "$directory" ;;
    esac
  done
  for part in $known s tls durable env sockets place; do
    rm -rf "${servers:?}/$part"
  done
  rm -f "$servers"/*.secret "$servers"/*.tls "$servers"/*.pass
}

# One script at a time.  A link is made at once and with its text, which is the process.
lock()
{
  mkdir -p "$servers" || die "cannot make $servers"
  tries=0
  until ln -s "$$" "$servers/lock" 2>/dev/null; do
    holder=$(readlink "$servers/lock" 2>/dev/null) || continue
    process_has "$holder" servers.sh || { rm -f "$servers/lock"; continue; }
    [ "$tries" -lt 480 ] || die "process $holder holds $servers/lock"
    tries=$((tries + 1))
    tick
  done
  trap unlock EXIT
  trap 'exit 130' INT
  trap 'exit 143' HUP TERM
}

unlock()
{
  rm -f "$servers/lock"
  trap - EXIT HUP INT TERM
}

# ---- what is installed -------------------------------------------------------------------------------------------------
# Debian keeps the servers of PostgreSQL out of PATH, one directory for each version.
find_postgresql()
{
  for pg in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t / -k 5 -n -r) /usr/pgsql-*/bin \
    "$(pg_config --bindir 2>/dev/null)" "$(dirname "$(command -v initdb)" 2>/dev/null)"; do
    [ ! -x "$pg/initdb" ] || [ ! -x "$pg/postgres" ] || [ ! -x "$pg/psql" ] || return 0
  done
  return 1
}

search()
{
  (PATH=$PATH:/usr/local/sbin:/usr/sbin:/usr/libexec && command -v "$1")
}

find_mariadb()
{
  daemon=$(search mariadbd) && have mariadb-install-db
}

# MariaDB has a program of this name too.
find_mysql()
{
  daemon=$(search mysqld) && ! "$daemon" --no-defaults --version 2>/dev/null | grep -qi mariadb
}

# ---- starting one ------------------------------------------------------------------------------------------------------
# The options that are the same at each start; the certificate is what NAME.tls says.
start_postgresql()
{
  tls=$(cat "$servers/postgresql.tls")
  set -- -D "$place/postgresql/data" -p "$1" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$sockets" \
    -c hba_file="$place/postgresql/pg_hba.conf" -c max_connections=200 -c timezone=UTC -c log_timezone=UTC \
    -c password_encryption=scram-sha-256 -c log_line_prefix='%m [%p] %u '
  # Without these a crash of the machine loses data; one of the server does not.
  [ -f "$servers/durable" ] || set -- "$@" -c fsync=off -c full_page_writes=off
  [ "$tls" = off ] || set -- "$@" -c ssl=on -c ssl_ca_file="$place/tls/ca.pem" \
    -c ssl_cert_file="$place/tls/$tls.pem" -c ssl_key_file="$place/tls/$tls.key"
  find_postgresql && launch postgresql "$pg/postgres" "$@"
}

# start_mariadb PORT OPTION..., start_mysql PORT OPTION...
start_mariadb()
{
  start_like_mysql mariadb "$@"
}

start_mysql()
{
  start_like_mysql mysql "$@" --mysqlx=OFF --skip-log-bin
}

start_like_mysql()
{
  server=$1 port=$2 tls=$(cat "$servers/$1.tls")
  shift 2
  set -- --no-defaults --datadir="$place/$server/data" --tmpdir="$place/$server" --pid-file="$place/$server/data/own.pid" \
    --socket="$sockets/$server.sock" --bind-address=127.0.0.1 --port="$port" --skip-name-resolve --max-connections=200 \
    --character-set-server=utf8mb4 --default-time-zone=+00:00 --local-infile=1 --secure-file-priv="$place/$server" \
    --innodb-buffer-pool-size=64M "$@"
  [ -f "$servers/durable" ] || set -- "$@" --innodb-flush-log-at-trx-commit=2 --skip-innodb-doublewrite
  case $server,$tls in
    mariadb,off) set -- "$@" --skip-ssl ;;
    mysql,off) set -- "$@" --tls-version= ;;
    *) set -- "$@" --ssl-ca="$place/tls/ca.pem" --ssl-cert="$place/tls/$tls.pem" --ssl-key="$place/tls/$tls.key" ;;
  esac
  "find_$server" && launch "$server" "$daemon" "$@"
}

# start_on_free_port SERVER OPTION... - the server itself finds out whether a port is free
start_on_free_port()
{
  server=$1
  shift
  attempts=0
  while :; do
    port=$((16000 + $(od -An -N2 -tu2 /dev/urandom) % 16000)) # below what systems hand out themselves
    ! "start_$server" "$port" "$@" || break
    attempts=$((attempts + 1))
    [ "$attempts" -lt 20 ] && grep -qi 'address already in use' "$place/$server/log" || return 1
  done
  echo "$port" >"$place/$server/port"
}

# ---- making one --------------------------------------------------------------------------------------------------------
new_passwords()
{
  printf 'password=%s\nadmin=%s\n' "$(random_hex)" "$(random_hex)" >"$servers/$1.secret"
  . "$servers/$1.secret"
}

make_postgresql()
{
  new_passwords postgresql
  hasty=--no-sync
  [ ! -f "$servers/durable" ] || hasty=
  printf '%s\n' "$admin" | as_owner sh -c 'umask 077; cat >"$1"' - "$place/postgresql/password" &&
    as_owner "$pg/initdb" -D "$place/postgresql/data" -U dusq_admin --pwfile="$place/postgresql/password" \
      -A scram-sha-256 -E UTF8 --locale=C $hasty &&
    as_owner rm "$place/postgresql/password" && as_owner sh -c 'cat >"$1"' - "$place/postgresql/pg_hba.conf" <<'HBA' &&
local   all dusq_cert                reject
hostssl all dusq_cert  127.0.0.1/32  cert
host    all dusq_cert  all           reject
local   all all                      scram-sha-256
host    all all        127.0.0.1/32  scram-sha-256
HBA
    as_owner "$pg/postgres" --single -D "$place/postgresql/data" -c fsync=off postgres <<SQL &&
CREATE ROLE dusq LOGIN PASSWORD '$password'
CREATE ROLE dusq_cert LOGIN
CREATE DATABASE dusq OWNER dusq
SQL
    start_on_free_port postgresql &&
    printf '*:*:*:dusq:%s\n*:*:*:dusq_admin:%s\n' "$password" "$admin" >"$servers/postgresql.pass" &&
    env -i PATH="$PATH" PGPASSFILE="$servers/postgresql.pass" PGCONNECT_TIMEOUT=10 "$pg/psql" -X -q -h 127.0.0.1 \
      -p "$(cat "$place/postgresql/port")" -U dusq -c 'SELECT 1' dusq
}

make_mariadb()
{
  new_passwords mariadb
  as_owner mariadb-install-db --no-defaults --datadir="$place/mariadb/data" --skip-test-db \
    --auth-root-authentication-method=normal --innodb-flush-log-at-trx-commit=2 &&
    make_accounts mariadb
}

make_mysql()
{
  new_passwords mysql
  as_owner "$daemon" --no-defaults --initialize-insecure --datadir="$place/mysql/data" --tmpdir="$place/mysql" &&
    make_accounts mysql
}

# The accounts are made by the server's first start, before it listens; then nobody comes in without a password.
make_accounts()
{
  as_owner sh -c 'umask 077; cat >"$1"' - "$place/$1/accounts.sql" <<SQL &&
CREATE DATABASE dusq CHARACTER SET utf8mb4;
CREATE USER dusq@localhost IDENTIFIED BY '$password';
CREATE USER dusq@127.0.0.1 IDENTIFIED BY '$password';
GRANT PROCESS ON *.* TO dusq@localhost;
GRANT PROCESS ON *.* TO dusq@127.0.0.1;
GRANT ALL ON dusq.* TO dusq@localhost;
GRANT ALL ON dusq.* TO dusq@127.0.0.1;
CREATE USER dusq_admin@localhost IDENTIFIED BY '$admin';
CREATE USER dusq_admin@127.0.0.1 IDENTIFIED BY '$admin';
GRANT ALL ON *.* TO dusq_admin@localhost WITH GRANT OPTION;
GRANT ALL ON *.* TO dusq_admin@127.0.0.1 WITH GRANT OPTION;
CREATE USER dusq_cert@127.0.0.1 REQUIRE SUBJECT '/CN=dusq_cert';
GRANT ALL ON dusq.* TO dusq_cert@127.0.0.1;
ALTER USER root@localhost IDENTIFIED BY '$(random_hex)';
SQL
    start_on_free_port "$1" --init-file="$place/$1/accounts.sql" && as_owner rm "$place/$1/accounts.sql" &&
    printf '[client]\nuser=dusq\npassword=%s\nsocket=%s\n' "$password" "$sockets/$1.sock" >"$servers/$1.pass" &&
    client=$(command -v "$1") && # mariadb and mysql, as their servers are called here
    env -i PATH="$PATH" "$client" --defaults-file="$servers/$1.pass" -e 'SELECT 1' dusq
}

make_one()
{
  mkdir "$place/$1" && chown "$owner" "$place/$1" && echo good >"$servers/$1.tls" || die "cannot make $place/$1"
  "make_$1" >"$servers/$1.make" 2>&1 || {
    tail -n 30 "$servers/$1.make" "$place/$1/log" >&2
    die "$1 was not started"
  }
  rm -f "$servers/$1.make"
}

# ---- the file of variables ---------------------------------------------------------------------------------------------
variable()
{
  printf "export %s='%s'\n" "$1" "$(printf '%s\n' "$2" | sed "s/'/'\\\\''/g")"
}

write_variables()
{
  for server in $known; do
    [ -f "$place/$server/port" ] || continue
    . "$servers/$server.secret"
    capital=DUSQ_TEST_$(echo "$server" | tr a-z A-Z)
    address=127.0.0.1:$(cat "$place/$server/port")/dusq
    case $server in
      postgresql) scheme=postgresql socket="/dusq?host=$sockets&port=$(cat "$place/$server/port")" ;;
      *) scheme=mysql socket="localhost/dusq?unix_socket=$sockets/$server.sock" ;;
    esac
    variable "$capital" "$scheme://dusq:$password@$address"
    variable "${capital}_SOCKET" "$scheme://dusq:$password@$socket"
    variable "${capital}_ADMIN" "$scheme://dusq_admin:$admin@$address"
    variable "${capital}_CERT" "$scheme://dusq_cert@$address"
    variable "${capital}_PID" "$(pid_of "$server")"
  done
  variable DUSQ_TEST_TLS_CA "$place/tls/ca.pem"
  variable DUSQ_TEST_TLS_OTHER_CA "$place/tls/other-ca.pem"
  for name in good expired wrong-host other client; do
    capital=DUSQ_TEST_TLS_$(echo "$name" | tr a-z- A-Z_)
    variable "${capital}_CERT" "$place/tls/$name.pem"
    variable "${capital}_KEY" "$place/tls/$name.key"
  done
  # a command of the shell, to be followed by restart or pid
  variable DUSQ_TEST_SERVERS "BUILDDIR='$build' sh '$top/test/servers.sh'"
}

write_env()
{
  write_variables >"$servers/env.new" && mv "$servers/env.new" "$servers/env" || die "cannot write $servers/env"
}

# ---- the commands ------------------------------------------------------------------------------------------------------
# Whether the servers of an earlier start run, all, as they were started, and as durable as is asked.
all_run()
{
  [ -f "$servers/env" ] && [ -f "$servers/durable" ] && [ "$(cat "$servers/durable")" = "$1" ] || return 1
  find_places
  for server in $known; do
    [ -d "$place/$server" ] || ! "find_$server" || return 1
    [ ! -d "$place/$server" ] || { [ -n "$(pid_of "$server")" ] && [ "$(cat "$servers/$server.tls")" = good ]; } || return 1
  done
}

say()
{
  [ "${DUSQ_TEST_QUIET:-}" != 1 ] || return 0
  said=
  for server in $known; do
    [ ! -f "$place/$server/port" ] || said="$said, $server at port $(cat "$place/$server/port")"
  done
  echo "$me: $1${said#,}"
}

start()
{
  durable=no
  [ "${1:-}" != --durable ] || { durable=yes; shift; }
  [ $# -eq 0 ] || die "start takes only --durable"
  find_owner
  lock
  [ -z "${runs:-}" ] || : >"$servers/run.$$"
  if all_run $durable; then
    unlock
    say 'running already:'
    return
  fi
  ! find_other || die "the run of process $other uses them, and they do not run as they should"
  trap 'clean; unlock' EXIT
  clean
  make_places
  make_certificates
  started=
  for server in $known; do
    ! "find_$server" || { started="$started $server"; make_one "$server"; }
  done
  [ -n "$started" ] || die "no server was found; Debian's packages are postgresql and mariadb-server"
  echo $durable >"$servers/durable"
  write_env
  unlock
  say 'started'
}

stop()
{
  [ $# -eq 0 ] || die 'stop takes no argument'
  [ -d "$servers" ] || return 0
  lock
  clean
  unlock
}

restart()
{
  server=${1:-}
  find_places
  [ -n "$server" ] && [ -f "$place/$server/port" ] && [ -f "$servers/env" ] || die "restart: no server '$server' was started"
  shift
  find_owner
  lock
  how=
  tls=good
  while [ $# -gt 0 ]; do
    case $1,${2:-} in
      --kill,*) how=KILL ;;
      --tls,good | --tls,expired | --tls,wrong-host | --tls,other | --tls,off) tls=$2 && shift ;;
      *) die "restart: what is $1?" ;;
    esac
    shift
  done
  quit "$server" $how
  echo "$tls" >"$servers/$server.tls"
  "start_$server" "$(cat "$place/$server/port")" || { tail -n 30 "$place/$server/log" >&2; die "$server does not come up"; }
  write_env
  unlock
}

# The process of another run that uses the servers, in $other.
find_other()
{
  for record in "$servers"/run.*; do
    other=${record##*.}
    [ -f "$record" ] && [ "$other" != "$$" ] || continue
    ! process_has "$other" servers.sh || return 0
    rm -f "$record"
  done
  return 1
}

# The last run that uses them stops them.
leave()
{
  lock
  rm -f "$servers/run.$$"
  find_other || clean
  unlock
}

run()
{
  durable= runs=yes
  [ "${1:-}" != --durable ] || { durable=$1; shift; }
  [ $# -gt 0 ] || die 'run needs a command'
  start $durable
  # A signal ends the command, and then what comes after it is done all the same.
  trap 'leave' EXIT
  trap 'exit 130' INT
  trap 'exit 143' HUP TERM
  (umask 022; . "$servers/env"; exec "$@")
  status=$?
  leave
  trap - EXIT
  exit $status
}

command=${1:-}
[ $# -eq 0 ] || shift
case $command in
  start | stop | restart | run) "$command" "$@" ;;
  env) echo "$servers/env" ;;
  pid) find_places; pid_of "${1:?a server is needed}" ;;
  *) die 'usage: start [--durable], stop, restart SERVER [--kill] [--tls NAME], pid SERVER, env, run [--durable] COMMAND...' ;;
esac
