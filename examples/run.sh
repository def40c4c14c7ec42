#!/bin/sh
# examples/run.sh - installs what is missing, builds in build/, and shows what dusq does, on embedded SQLite: the seed
# program, then the program dusq on a database file that it makes below build/demo.  Safe to run again.
set -u
me=examples/run.sh
top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$top/tools/setup.sh"

need_for_building
install_missing 'to build dusq'
build_tree all examples

# show COMMAND... - from the source tree, so that what is printed can be typed there
show()
{
  printf '\n$ %s\n' "$*"
  "$@" || die "$1 failed with status $?"
}

cd "$top" || exit 1
show build/examples/seed sqlite:

mkdir -p build/demo && rm -f build/demo/shop.db build/demo/shop.db-wal build/demo/shop.db-shm || exit 1
show build/tools/dusq query sqlite:build/demo/shop.db -f examples/demo.sql
show build/tools/dusq query sqlite:build/demo/shop.db -j 4 -f examples/queries.sql
