#!/bin/sh
# The functions that the public headers declare, the reviewed list in lib/libdusq.map, and what the shared library
# exports are the same; and the static library has no global symbol outside the library's name space.
. "${SRCDIR:-.}/test/house.sh"
scratch

public_functions >"$scratch_dir/headers"
sed -n 's/^[ 	]*\(dusq_[a-z0-9_]*\);.*/\1/p' "$SRCDIR/lib/libdusq.map" >"$scratch_dir/map-as-is"
sort "$scratch_dir/map-as-is" >"$scratch_dir/map"
total=$(wc -l <"$scratch_dir/headers" | tr -d ' ')
[ "$total" -gt 0 ] || wrong 'no function with DUSQ_API was found in include/dusq'

wrong_lines "$(uniq -d "$scratch_dir/headers" | sed 's/$/: declared twice/')"
wrong_lines "$(uniq -d "$scratch_dir/map" | sed 's/$/: twice in lib\/libdusq.map/')"
wrong_lines "$(awk '/{/ { before = "" }
  /^[ \t]*dusq_[a-z0-9_]*;/ { if ($1 < before) print "lib/libdusq.map:" NR ": not sorted"; before = $1 }
' "$SRCDIR/lib/libdusq.map")"
wrong_lines "$(comm -23 "$scratch_dir/headers" "$scratch_dir/map" | sed 's/$/: declared, but not in lib\/libdusq.map/')"
wrong_lines "$(comm -13 "$scratch_dir/headers" "$scratch_dir/map" | sed 's/$/: in lib\/libdusq.map, but not declared/')"

# A prototype without DUSQ_API is a function that nobody can call.
wrong_lines "$(cat "$SRCDIR"/include/dusq/*.h | awk -f "$SRCDIR/test/c-strip.awk" | sed '/^[ 	]*#/d' | tr '\n' ' ' |
  tr ';{}' '\n\n\n' | awk '!/DUSQ_API|typedef|static/ && match($0, /dusq_[a-z0-9_]+\(/) {
    print substr($0, RSTART, RLENGTH - 1) ": declared without DUSQ_API" }')"

saw="$total functions"
shared=$BUILDDIR/.libs/libdusq.so
if [ -f "$shared" ]; then
  $NM -D --defined-only "$shared" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u >"$scratch_dir/shared"
  wrong_lines "$(comm -23 "$scratch_dir/map" "$scratch_dir/shared" |
    sed 's/$/: in lib\/libdusq.map, but the shared library does not export it/')"
  wrong_lines "$(comm -13 "$scratch_dir/map" "$scratch_dir/shared" |
    sed 's/$/: the shared library exports it, but it is not in lib\/libdusq.map/')"
  saw="$saw: headers, map and shared library agree"
else
  saw="$saw: headers and map agree; no libdusq.so was built"
fi

static=$BUILDDIR/.libs/libdusq.a
if [ -f "$static" ]; then
  wrong_lines "$($NM -g --defined-only "$static" 2>/dev/null |
    awk 'NF == 3 && $3 !~ /^dusq_/ && $3 !~ /^_*(odr_asan|gcov|asan|tsan|ubsan)/ {
      print $3 ": a global symbol of the static library outside dusq_" }' | sort -u)"
fi
verdict "$saw"
