#!/bin/sh
# Nothing is forgotten: every source, header and manual page stands in Makefile.am, every suite in test/suites.def.
. "${SRCDIR:-.}/test/house.sh"
scratch

tr -s ' \t\\=' '\n' <"$SRCDIR/Makefile.am" | sort -u >"$scratch_dir/listed"
{
  c_files include lib backends tools bench test
  c_files examples | sed 's/\.c$//'
  (cd "$SRCDIR" && find doc -name '*.[1-8]' 2>/dev/null; find test examples tools -name '*.sh' -o -name '*.sql' -o -name '*.awk')
} | grep -v '^test/fuzz/' | sort -u >"$scratch_dir/there" # that folder is listed as a whole
wrong_lines "$(comm -23 "$scratch_dir/there" "$scratch_dir/listed" | sed 's/$/: not in Makefile.am/')"
wrong_lines "$(grep -E '^(include|lib|backends|tools|bench|test|doc)/.*\.([ch]|[1-8]|sh)$' "$scratch_dir/listed" |
  while IFS= read -r file; do [ -f "$SRCDIR/$file" ] || echo "$file: in Makefile.am, but not there"; done)"

c_files test | while IFS= read -r file; do
  sed -n 's/^void suite_\([A-Za-z0-9_]*\)(void)$/\1/p' "$SRCDIR/$file"
done | sort >"$scratch_dir/suites"
sed -n 's/^SUITE(\([A-Za-z0-9_]*\)).*/\1/p' "$SRCDIR/test/suites.def" | sort >"$scratch_dir/registered"
wrong_lines "$(uniq -d "$scratch_dir/registered" | sed 's/.*/SUITE(&): twice in test\/suites.def/')"
wrong_lines "$(comm -23 "$scratch_dir/suites" "$scratch_dir/registered" |
  sed 's/.*/suite_&: defined, but SUITE(&) is not in test\/suites.def/')"
wrong_lines "$(comm -13 "$scratch_dir/suites" "$scratch_dir/registered" |
  sed 's/.*/SUITE(&): in test\/suites.def, but there is no suite_&/')"

verdict "$(wc -l <"$scratch_dir/there" | tr -d ' ') files, $(wc -l <"$scratch_dir/registered" | tr -d ' ') suites"
