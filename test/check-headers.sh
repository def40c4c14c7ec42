#!/bin/sh
# Each public header compiles alone, and all do together, as C99, C11 and C++11, without a warning.
. "${SRCDIR:-.}/test/house.sh"
scratch
strict='-Wall -Wextra -Wpedantic -Wconversion -Werror -fsyntax-only'

# compile HEADER... - as every language that there is a compiler for
compile()
{
  for header; do
    echo "#include <dusq/$header>"
  done >"$scratch_dir/alone.c"
  echo 'typedef int dusq_unit_is_not_empty;' >>"$scratch_dir/alone.c"
  cp "$scratch_dir/alone.c" "$scratch_dir/alone.cc"
  for standard in c99 c11; do
    $CC -std=$standard $strict -I"$SRCDIR/include" "$scratch_dir/alone.c" >"$scratch_dir/log" 2>&1 ||
      wrong "$* as $standard: $(cat "$scratch_dir/log")"
  done
  [ -z "$plus" ] || $CXX -std=c++11 $strict -I"$SRCDIR/include" "$scratch_dir/alone.cc" >"$scratch_dir/log" 2>&1 ||
    wrong "$* as c++11: $(cat "$scratch_dir/log")"
}

plus=
echo 'int main() { return 0; }' >"$scratch_dir/probe.cc"
[ -z "${CXX:-}" ] || ! $CXX -std=c++11 -fsyntax-only "$scratch_dir/probe.cc" >/dev/null 2>&1 || plus=yes

count=0
all=
for path in "$SRCDIR"/include/dusq/*.h "$SRCDIR"/include/dusq/adapters/*.h; do
  case $path in
    */adapters/*) continue ;; # need the header of an event loop
  esac
  compile "${path##*/}"
  all="$all ${path##*/}"
  count=$((count + 1))
done
compile $all
if [ -n "$plus" ]; then
  verdict "$count headers as C99, C11 and C++11"
else
  verdict "$count headers as C99 and C11; NOT as C++11: no C++ compiler was found"
fi
