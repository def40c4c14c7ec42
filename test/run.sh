#!/bin/sh
# test/run.sh - installs what the tests need and is missing, builds in build/, starts database servers that are the tests'
# own, and runs make check.  It ends in CUnit's summary; the status is that of the tests.  Safe to run again.
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
BUILDDIR=$build exec sh "$top/test/servers.sh" run make -s --no-print-directory -C "$build" check
