#!/bin/sh
# Every public function is named in a page of section 3, what the pages name exists, and they format without a warning.
# The program in README.md is examples/wait.c.
. "${SRCDIR:-.}/test/house.sh"
scratch

public_functions >"$scratch_dir/functions"
cat "$SRCDIR"/doc/*.3 2>/dev/null | grep -v '^\.\\"' | sed 's/\\-/-/g; s/\\fB//g; s/\\f[IRP]//g; s/\\&//g' |
  tr -c 'A-Za-z0-9_' '\n' | grep '^dusq_[a-z0-9_]*[a-z0-9]$' | sort -u >"$scratch_dir/named"
wrong_lines "$(comm -23 "$scratch_dir/functions" "$scratch_dir/named" | sed 's/$/: in no page of doc\/*.3/')"

{
  cat "$SRCDIR"/include/dusq/*.h | tr -c 'A-Za-z0-9_' '\n' | grep '^dusq_'
  (cd "$SRCDIR/doc" && ls) | sed 's/\.[0-9]$//'
} | sort -u >"$scratch_dir/known"
wrong_lines "$(comm -13 "$scratch_dir/known" "$scratch_dir/named" |
  sed 's/$/: in a page of doc\/*.3, but neither a public name nor a page/')"

format=
if command -v groff >/dev/null 2>&1; then
  format='groff -t -man -Tutf8 -ww -rLL=78n -z'
elif command -v mandoc >/dev/null 2>&1; then
  format='mandoc -Tlint -Wwarning'
elif command -v man >/dev/null 2>&1; then
  format='man --warnings -l'
fi
pages=0
for page in "$SRCDIR"/doc/*.[1-8]; do
  [ -f "$page" ] || continue
  pages=$((pages + 1))
  # .so is relative to the root of the manual, as installed
  [ -z "$format" ] || case $(head -n 1 "$page") in
    '.so man'*) ;;
    *)
      case $format in
        groff*) said=$({ echo '.pl 1000i' && cat "$page"; } | $format 2>&1 >/dev/null) ;; # where a sheet ends is no matter
        mandoc*) said=$(cd "$SRCDIR/doc" && $format "${page##*/}" 2>&1 </dev/null) ;;
        *) said=$(cd "$SRCDIR/doc" && $format "${page##*/}" 2>&1 >/dev/null </dev/null) ;;
      esac
      [ -z "$said" ] || wrong "$said"
      ;;
  esac
done

awk '/^```/ { if (on) exit; on = $0 == "```c"; next } on' "$SRCDIR/README.md" >"$scratch_dir/readme.c"
awk 'past; /\*\// { past = 1 }' "$SRCDIR/examples/wait.c" >"$scratch_dir/wait.c"
[ -s "$scratch_dir/wait.c" ] && cmp -s "$scratch_dir/readme.c" "$scratch_dir/wait.c" ||
  wrong 'README.md: its first program is not examples/wait.c without the comment at the top'

if [ -n "$format" ]; then
  verdict "$(wc -l <"$scratch_dir/functions" | tr -d ' ') functions in $pages pages"
else
  verdict "$(wc -l <"$scratch_dir/functions" | tr -d ' ') functions in $pages pages; NOT formatted: neither groff, mandoc nor man"
fi
