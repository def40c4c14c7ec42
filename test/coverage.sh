#!/bin/sh
# make coverage-report: how many lines of each file of the library the tests ran, by gcov alone.
. "${SRCDIR:-.}/test/house.sh"
: "${GCOV:=gcov}"
scratch
top=$(cd "$BUILDDIR" && pwd)

# An object of the static library beside that of the shared one counts for the same file: the better of the two stands.
(cd "$top" && find lib backends -name '*.gcda' -print) | sort >"$scratch_dir/data"
[ -s "$scratch_dir/data" ] || { echo 'no counts were found: run make check first' >&2; exit 1; }
while IFS= read -r data; do
  source=$(printf '%s\n' "${data%.gcda}.c" | sed 's|/\.libs/|/|')
  (cd "$top" && "$GCOV" -n -o "$data" "$data" 2>/dev/null) | awk -v source="$source" '
    /^File / { mine = index($0, source) > 0 }
    mine && /^Lines executed:/ {
      split($0, number, /[:% ]+/)
      print source, number[3], number[5]
      mine = 0
    }'
done <"$scratch_dir/data" | sort -k 1,1 -k 2,2nr | awk '
  $1 != last {
    printf "%6.1f %% of %5d  %s\n", $2, $3, $1
    all += $3
    ran += $3 * $2 / 100
    last = $1
  }
  END {
    if (all)
      printf "%6.1f %% of %5d  all\n", 100 * ran / all, all
  }'
