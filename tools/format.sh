#!/bin/sh
# format.sh - make format: lays C out as .clang-format says, except for the lines that are left to whoever writes them
# (tools/format-lines.awk).
#   --check   changes nothing, prints what it would change, and fails if that is something
#   --which   prints which clang-format it takes: CLANG_FORMAT, or the first there is from 16 on; fails if there is none
# SRCDIR: the tree.
LC_ALL=C
export LC_ALL
mode=${1:-}
here=$(cd "$(dirname "$0")" && pwd)
folders='include lib backends tools examples bench test'

find_program()
{
  for program in ${CLANG_FORMAT:-} clang-format clang-format-19 clang-format-22 clang-format-21 clang-format-20 \
    clang-format-18 clang-format-17 clang-format-16; do
    version=$("$program" --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p')
    [ "${version:-0}" -lt 16 ] || return 0
  done
  return 1
}

find_program || { echo 'there is no clang-format from version 16 on' >&2; exit 1; }
[ "$mode" != --which ] || { echo "$program"; exit 0; }

cd "${SRCDIR:-.}" || exit 1
scratch=$(mktemp -d "${TMPDIR:-/tmp}/dusq-format.XXXXXX") || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
for folder in $folders; do
  [ ! -d "$folder" ] || find "$folder" -name '*.[ch]'
done | sort >"$scratch/files"

# One run for all files, since each run takes its time to begin.
mkdir "$scratch/tree" && tar -cf - -T "$scratch/files" | tar -xf - -C "$scratch/tree" || exit 1
cp .clang-format "$scratch/tree/" || exit 1
(cd "$scratch/tree" && xargs "$program" -i --style=file <"$scratch/files") || exit 1

status=0
while IFS= read -r file; do
  cmp -s "$file" "$scratch/tree/$file" && continue
  awk -f "$here/format-lines.awk" "$file" >"$scratch/lines"
  diff "$file" "$scratch/tree/$file" | awk -v file="$file" -f "$here/format-diff.awk" "$scratch/lines" - >"$scratch/hunks"
  [ -s "$scratch/hunks" ] || continue
  if [ "$mode" = --check ]; then
    cat "$scratch/hunks"
    status=1
  else
    echo "$file"
    xargs "$program" -i --style=file "$file" <"$scratch/lines" || status=1
  fi
done <"$scratch/files"
exit "$status"
