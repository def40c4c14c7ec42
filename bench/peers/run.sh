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

# What is compiled stays in the current directory, where make bench runs in the build's.
built=$PWD/bench/peers-built

# in_cpp NAME PACKAGE - compiles NAME.cc if it has changed
in_cpp()
{
  flags=$(pkg-config --cflags --libs "$2" 2>/dev/null) || missing "$2 is not there"
  mkdir -p "$built" || missing 'no directory for a program'
  # shellcheck disable=SC2086 # a list of words
  [ -n "$(find "$built/$1" -newer "$here/$1.cc" 2>/dev/null)" ] ||
    ${CXX:-c++} -O2 -std=c++17 -o "$built/$1" "$here/$1.cc" $flags -lpthread 2>"$built/$1.log" </dev/null ||
    missing "$1.cc does not compile, see $built/$1.log"
  exec "$built/$1"
}

# in_rust NAME CRATE - builds NAME/ with Debian's crates alone
in_rust()
{
  registry=/usr/share/cargo/registry
  ls -d "$registry/$2"-[0-9]* >/dev/null 2>&1 || missing "librust-$2-dev is not there"
  cargo=/usr/bin/cargo # crates of a release go with its compiler
  [ -x "$cargo" ] || missing 'cargo is not there'
  program=$built/$1/target/release/$1-peer
  [ -z "$(find "$program" -newer "$here/$1/src/main.rs" 2>/dev/null)" ] || exec "$program"
  mkdir -p "$built/$1/.cargo" && cp -R "$here/$1/." "$built/$1" || missing 'no directory for a program'
  printf '[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "%s"\n' "$registry" \
    >"$built/$1/.cargo/config.toml"
  (cd "$built/$1" && RUSTC=/usr/bin/rustc "$cargo" build --release --offline >"$built/$1.log" 2>&1 </dev/null) ||
    missing "$1 does not build, see $built/$1.log"
  exec "$program"
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
  tokio) in_rust tokio tokio-postgres ;;
  postgres | mysql2) in_node "$kind" ;;
  *) missing "no peer is called $kind" ;;
esac
