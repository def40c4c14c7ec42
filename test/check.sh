#!/bin/sh
# check.sh - make check: the house checks, a line each, then the test program, whose summary comes last.
#   --house     only the house checks          --program   only the test program
# DUSQ_TEST_QUIET=1: only what is not ok, and the summary.
. "${SRCDIR:-.}/test/house.sh"
mode=${1:-}
quiet=
[ "${DUSQ_TEST_QUIET:-}" != 1 ] || quiet=-q
failed=

# run NAME COMMAND... - a command whose last line is its comment
run()
{
  name=$1
  shift
  if said=$("$@" 2>&1 </dev/null); then
    said=$(printf '%s\n' "$said" | tail -n 1)
    case $quiet,$said in
      -q,*NOT* | ,*) printf 'ok    %-12s %s\n' "$name" "$said" ;;
    esac
  else
    printf 'FAIL  %s\n' "$name"
    printf '%s\n' "$said" | sed 's/^/      /'
    failed="$failed $name"
  fi
}

# A program that is silent when all is well.
run_program()
{
  "$1" && echo passed
}

if [ "$mode" != --program ]; then
  for check in style lists floors headers exports docs format commands; do
    run "$check" sh "$SRCDIR/test/check-$check.sh"
  done
  for program in ${ABI_PROGRAMS:-}; do
    run "${program#test/}" run_program "$BUILDDIR/$program"
  done
  for script in "$SRCDIR"/test/pkg/check-*.sh; do
    name=${script##*/check-}
    run "${name%.sh}" sh "$script"
  done
fi

if [ "$mode" != --house ]; then
  : "${UBSAN_OPTIONS:=print_stacktrace=1}" "${TSAN_OPTIONS:=second_deadlock_stack=1:die_after_fork=0}"
  export UBSAN_OPTIONS TSAN_OPTIONS
  if [ "${WITH_SIM:-no}" = yes ]; then
    run sim "$BUILDDIR/test/dusq-sim"
  fi
  ${TEST_WRAPPER:-} "$BUILDDIR/test/dusq-test" $quiet ${TEST_FLAGS:-} || failed="$failed dusq-test"
fi

[ -z "$failed" ] || { echo "make check: failed:$failed" >&2; exit 1; }
