#!/bin/sh
# run.sh KIND - starts a peer of the benchmark (bench/peer.h tells how they talk), or writes "missing WHY".
here=$(dirname "$0")

missing()
{
  echo "missing $*"
  exit 0
}

# with_python MODULES - the first python3 that has them
with_python()
{
  for python in python3 /usr/bin/python3; do
    "$python" -c "import $1" 2>/dev/null </dev/null && exec "$python" "$here/peer.py" "$kind"
  done
  missing "python3 has not all of $1"
}

# in_cpp NAME PACKAGE - compiles NAME.cc, for which a minute is enough
in_cpp()
{
  flags=$(pkg-config --cflags --libs "$2" 2>/dev/null) || missing "$2 is not there"
  dir=$(mktemp -d) || missing 'no directory for a program'
  # shellcheck disable=SC2086 # a list of words
  ${CXX:-c++} -O2 -std=c++17 -o "$dir/peer" "$here/$1.cc" $flags -lpthread 2>/dev/null </dev/null || {
    rm -rf "$dir"
    missing "$1.cc does not compile"
  }
  "$dir/peer"
  rm -rf "$dir"
}

# in_node PACKAGE - where npm install has put it, in the current directory or one that NODE_PATH names
in_node()
{
  command -v node >/dev/null 2>&1 || missing 'node is not there'
  node -e "require('$1')" 2>/dev/null </dev/null || missing "node has no $1"
  exec node "$here/peer.js" "$1"
}

kind=$1
case $kind in
  asyncpg) with_python asyncpg ;;
  sqlalchemy-pg) with_python asyncpg,sqlalchemy ;;
  sqlalchemy-sqlite) with_python aiosqlite,sqlalchemy ;;
  pqxx) in_cpp pqxx libpqxx ;;
  postgres | mysql2) in_node "$kind" ;;
  *) missing "no peer is called $kind" ;;
esac
