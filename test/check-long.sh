#!/bin/sh
# check-long.sh - make check-long: what make check has no time for: hours, with servers of its own unless
# DUSQ_TEST_* name some.
#
#   sim              DUSQ_SIM_SEEDS seeds, a million unless set
#   silence          silence, FIN and RST at each byte of every exchange
#   scripts          DUSQ_TEST_SCRIPTS random scripts on each server, 2,000 unless set
#   values           5,000 random statements on PostgreSQL, by every way
#   no-futex         a build that parks threads on condition variables, as where there are no futexes: whatever waits
#
# Arguments name those that are to run; without any, all do.
. "${SRCDIR:-.}/test/house.sh"
: "${MAKE:=make}" "${WITH_SIM:=no}" "${DUSQ_SIM_SEEDS:=1000000}" "${DUSQ_TEST_SCRIPTS:=2000}"
: "${DUSQ_TEST_TIMEOUT:=7200}"
export DUSQ_TEST_TIMEOUT SRCDIR BUILDDIR
if [ -z "${DUSQ_TEST_SERVERS:-}" ]; then
  exec sh "$SRCDIR/test/servers.sh" run sh "$SRCDIR/test/check-long.sh" "$@"
fi
failed=
chosen=" $* "

# part NAME COMMAND... - if it is to run; with its time
part()
{
  name=$1
  shift
  case $chosen in '  ' | *" $name "*) ;; *) return 0 ;; esac
  began=$(date +%s)
  echo "---- $name"
  verdict=ok
  "$@" </dev/null || { verdict=FAIL; failed="$failed $name"; }
  printf '%-5s %s: %d s\n' "$verdict" "$name" "$(($(date +%s) - began))"
}

# suites VARIABLE=VALUE NAME... - of the test program
suites()
{
  setting=$1 flags=
  shift
  for suite; do
    flags="$flags -s $suite"
  done
  # shellcheck disable=SC2086 # lists of words
  env "$setting" ${TEST_WRAPPER:-} "$BUILDDIR/test/dusq-test" $flags
}

# backend WITH PART VARIABLE=VALUE SUITE - where the build has it
backend()
{
  if [ "$1" = yes ]; then
    shift
    part "$1" suites "$2" "$3"
  else
    part "$2" echo 'NOT run: this build has no such backend'
  fi
}

# Waits, wakes and what is built on them.  The build has no part of the drivers, whose calls do not park.
without_futexes()
{
  place=$BUILDDIR/test/no-futex
  mkdir -p "$place" || return 1
  source=$(cd "$SRCDIR" && pwd)
  if [ ! -f "$place/Makefile" ] || [ "$source/configure" -nt "$place/Makefile" ]; then
    (cd "$place" && sh "$source/configure" --disable-futex --with-sqlite="${WITH_SQLITE:-auto}" --with-postgresql=no \
      --with-mysql=no "CC=${CC:-cc}") >"$place.log" 2>&1 || { tail -n 20 "$place.log"; return 1; }
  fi
  (unset MAKEFLAGS MFLAGS MAKELEVEL; "$MAKE" -s -j 2 -C "$place" check-build) >>"$place.log" 2>&1 ||
    { tail -n 20 "$place.log"; return 1; }
  BUILDDIR=$place
  suites DUSQ_TEST_SERVERS= future promise wait combine timeout cq pool 'pool_*' 'fake*' 'race_*'
}

if [ "$WITH_SIM" = yes ]; then
  part sim env DUSQ_SIM_SEEDS="$DUSQ_SIM_SEEDS" "$BUILDDIR/test/dusq-sim"
else
  part sim echo 'NOT run: this build has no simulator'
fi
backend "${WITH_POSTGRESQL:-no}" values DUSQ_TEST_SCALE=1000 postgres_random
backend "${WITH_MYSQL:-no}" scripts "DUSQ_TEST_SCRIPTS=$DUSQ_TEST_SCRIPTS" mysql_scripts
part silence suites DUSQ_TEST_SILENCE=all fault_silence
part no-futex without_futexes

[ -z "$failed" ] || { echo "make check-long: failed:$failed" >&2; exit 1; }
