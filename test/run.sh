#!/bin/sh
# test/run.sh - installs what the tests need and is missing, builds in build/, starts database servers that are the tests'
# own, and runs make check.  It ends in CUnit's summary; the status is that of the tests.  Safe to run again; after a run
# in which all was well it tells only what is not, and the summary.  DUSQ_TEST_QUIET=0 or 1 decides that otherwise.
set -u
me=test/run.sh
top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$top/tools/setup.sh"

need_for_building
need_for_testing
install_missing 'to build dusq and its tests'
build_tree all check-build
DUSQ_TEST_REQUIRE_SERVERS=1 # here a server that is not there is a failure, and no test is left out for it
export DUSQ_TEST_REQUIRE_SERVERS
passed=$build/passed # there is one after a run in which all was well
if [ -z "${DUSQ_TEST_QUIET:-}" ]; then
  DUSQ_TEST_QUIET=0
  [ ! -f "$passed" ] || DUSQ_TEST_QUIET=1
fi
export DUSQ_TEST_QUIET
rm -f "$passed"
# shellcheck disable=SC2016 # for the shell in there
BUILDDIR=$build exec sh "$top/test/servers.sh" run sh -c 'make -s --no-print-directory -C "$1" check && : >"$2"' - \
  "$build" "$passed"
