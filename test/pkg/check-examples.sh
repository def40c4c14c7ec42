#!/bin/sh
# check-examples.sh FOLDER - the built examples print what they should, twice in a row, and fail with one clear line.
. "${SRCDIR:-.}/test/house.sh"
folder=${1:-$BUILDDIR/examples}
case $folder in
  /*) ;;
  *) folder=$PWD/$folder ;;
esac
[ -x "$folder/seed" ] || {
  echo "$folder/seed: there is no such program"
  exit 1
}
scratch
cd "$scratch_dir" || exit 1
runs=0

# prints WANTED PROGRAM [URI] - sorted, as what runs at the same time ends in any order
prints()
{
  runs=$((runs + 1))
  wanted=$1 program=$2
  shift 2
  "$folder/$program" "$@" >out 2>err </dev/null || wrong "$program $*: status $?: $(head -n 3 err)"
  [ "$(sort out)" = "$wanted" ] || wrong "$program $*: printed <$(cat out)>"
  [ ! -s err ] || wrong "$program $*: said on stderr: $(head -n 3 err)"
}

# fails TEXT PROGRAM URI
fails()
{
  runs=$((runs + 1))
  if "$folder/$2" "$3" >out 2>err </dev/null; then
    wrong "$2 $3: succeeded"
  fi
  [ ! -s out ] || wrong "$2 $3: printed $(head -n 1 out)"
  [ "$(wc -l <err)" -eq 1 ] || wrong "$2 $3: not one line on stderr: $(head -n 5 err)"
  case $(cat err) in
    "$2: "*"$1"*) ;;
    *) wrong "$2 $3: said <$(cat err)>, and nothing of <$1>" ;;
  esac
  ! grep -q secret err || wrong "$2 $3: told the password"
}

examples='seed callback'
case $(uname -s) in
  Linux) examples="$examples epoll" ;;
esac
for example in $examples; do
  fails 'nosuch' "$example" nosuch://user:secret@host/db
  fails 'bogus' "$example" 'fake:?bogus=1'
done

"$folder/seed" sqlite: >out 2>err </dev/null
if grep -q 'no backend' err; then
  verdict "$runs runs; NOT with SQLite, which is not built in"
fi

people='1 Ada
2 Grace'
prints "$people" seed
prints "$people" seed sqlite:people.db
prints "$people" seed sqlite+aiosqlite:///people.db
fails 'nosuch/people.db' seed sqlite:nosuch/people.db
prints 'Hello, dusk' wait
for variable in DUSQ_TEST_POSTGRESQL DUSQ_TEST_MARIADB DUSQ_TEST_MYSQL; do
  eval "uri=\${$variable:-}"
  [ -n "$uri" ] || continue
  "$folder/wait" "$uri" >out 2>err </dev/null || ! grep -q 'no backend' err || continue
  prints "$people" seed "$uri"
  prints 'Hello, dusk' wait "$uri"
done
prints '1 squared is 1
2 squared is 4
3 squared is 9
and on another thread: success' callback
case $examples in
  *epoll*) prints 'counted to 1000000
the timer ticked while the query ran' epoll ;;
esac

verdict "$runs runs"
