#!/bin/sh
# The house rules that a script can tell: lengths of files, functions and lines, calls that the library never makes, marks
# of unfinished work, and that the version is the same everywhere.
. "${SRCDIR:-.}/test/house.sh"
scratch
columns=120

c_files include lib backends tools examples bench test >"$scratch_dir/files"
(cd "$SRCDIR" && find test examples tools .ci autogen.sh m4/dusq.m4 configure.ac Makefile.am -type f \
  \( -name '*.sh' -o -name '*.awk' -o -name '*.ac' -o -name '*.am' -o -name dusq.m4 -o -path '.ci/*' \) 2>/dev/null |
  sort) >"$scratch_dir/scripts"

while IFS= read -r file; do
  tr -d '\200-\277' <"$SRCDIR/$file" | awk -v file="$file" -v columns="$columns" '
    { text = $0; sub(/[ -]*\*\/$/, "", text) } # the mark that closes a comment may stand further right
    length(text) > columns { print file ":" NR ": " length(text) " columns" }
    /\t/ { print file ":" NR ": a tab" }
    /[ \t\r]$/ { print file ":" NR ": blanks at the end" }
    $0 == "{" { began = NR }
    $0 == "}" && began {
      if (NR - began - 1 > 50)
        print file ":" began ": a function of " NR - began - 1 " lines"
      began = 0
    }
    END {
      most = file !~ /^(lib|backends)\// ? 600 : file ~ /\.h$/ ? 150 : 450
      if (NR > most)
        print file ": " NR " lines, and " most " are the most"
    }'
done <"$scratch_dir/files" >"$scratch_dir/found"
wrong_lines "$(cat "$scratch_dir/found")"

# banned FOLDERS EXCEPT-FILE NAMES WHY - calls of the functions that are named
banned()
{
  c_files $1 | while IFS= read -r file; do
    [ "$file" = "$2" ] || awk -f "$SRCDIR/test/c-strip.awk" "$SRCDIR/$file" |
      awk -v file="$file" -v names="$3" -v why="$4" '
        match($0, "(^|[^A-Za-z0-9_.>])(" names ")[ ]*\\(") {
          print file ":" NR ": " why ": " substr($0, RSTART, RLENGTH) ")" }'
  done >"$scratch_dir/found"
  wrong_lines "$(cat "$scratch_dir/found")"
}
banned 'lib backends tools' '' 'strcpy|strcat|stpcpy|sprintf|vsprintf|strtok|strtok_r|atoi|atol|atoll|atof|gets|alloca' \
  'a banned call'
banned 'lib backends' '' 'abort|exit|_exit|_Exit|quick_exit' 'the library never ends the process'
banned 'lib backends' 'lib/pool/exit.c' 'atexit' 'one place sees the end of the process'
banned 'lib backends' '' 'printf|vprintf|fprintf|vfprintf|puts|fputs|putchar|fputc|putc|fwrite|perror|syslog' \
  'the library never prints'
banned 'lib' 'lib/base/alloc.c' 'malloc|calloc|realloc|free|strdup|strndup|asprintf|aligned_alloc|posix_memalign' \
  'memory comes through lib/base/alloc.h'

# The words are spelt apart, so that this file does not find itself.
marks='TO''DO|FIX''ME|X''XX|HA''CK|[Nn]ot (yet )?impl''emented'
cat "$scratch_dir/files" "$scratch_dir/scripts" | while IFS= read -r file; do
  grep -nE "(^|[^A-Za-z0-9_])($marks)([^A-Za-z0-9_]|\$)" "$SRCDIR/$file" | sed "s|^|$file:|"
done >"$scratch_dir/found"
wrong_lines "$(sed 's/^\([^:]*:[0-9]*\):.*/\1: a mark of unfinished work/' "$scratch_dir/found")"

version=$(sed -n 's/^AC_INIT(\[dusq\], \[\([0-9.]*\)\].*/\1/p' "$SRCDIR/configure.ac")
header=$SRCDIR/include/dusq/version.h
number()
{
  sed -n "s/^#define DUSQ_VERSION_$1 \\([0-9]*\\)\$/\\1/p" "$header"
}
text=$(sed -n 's/^#define DUSQ_VERSION_STRING "\(.*\)"$/\1/p' "$header")
[ -n "$version" ] || wrong 'configure.ac: no version in AC_INIT'
[ "$text" = "$version" ] || wrong "version.h: DUSQ_VERSION_STRING is \"$text\", configure.ac says $version"
[ "$(number MAJOR).$(number MINOR).$(number PATCH)" = "$version" ] ||
  wrong "version.h: its three numbers do not make $version"
grep -q "^$(printf %s "$version" | sed 's/\./\\./g')\\([ 	]\\|\$\\)" "$SRCDIR/NEWS" || wrong "NEWS: nothing about $version"

verdict "$(wc -l <"$scratch_dir/files" | tr -d ' ') files of C, version $version"
