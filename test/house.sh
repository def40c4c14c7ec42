# house.sh - what the house checks share; each reads it first.
#
# A check prints what is wrong, a line each, and ends with `verdict`; where all is well its one line says what it saw.
# From the environment: SRCDIR and BUILDDIR, the two trees; CC, CXX, NM, CFLAGS and the rest as configure found them.
LC_ALL=C
export LC_ALL
: "${SRCDIR:=.}" "${BUILDDIR:=.}" "${CC:=cc}" "${NM:=nm}"
problems=0

wrong()
{
  problems=$((problems + 1))
  printf '%s\n' "$*"
}

# Each line of standard input is something wrong.
wrongs()
{
  while IFS= read -r line; do
    wrong "$line"
  done <<TXT
$(cat)
TXT
}

# The same for a text, which may be empty.
wrong_lines()
{
  [ -z "$1" ] || wrongs <<TXT
$1
TXT
}

# verdict TEXT: ends the check; the text is for the case that nothing was wrong.
verdict()
{
  [ "$problems" -eq 0 ] || exit 1
  printf '%s\n' "$*"
  exit 0
}

# A directory for this check's files, which goes with it.
scratch()
{
  scratch_dir=$(mktemp -d "${TMPDIR:-/tmp}/dusq-check.XXXXXX") || exit 1
  trap 'rm -rf "$scratch_dir"' EXIT
  trap 'exit 1' HUP INT TERM
}

# The C files below the given folders of the source tree, by their paths in it.
c_files()
{
  (cd "$SRCDIR" && for folder; do [ ! -d "$folder" ] || find "$folder" -name '*.[ch]'; done | sort)
}

# The functions that the public headers declare as DUSQ_API, sorted.
public_functions()
{
  cat "$SRCDIR"/include/dusq/*.h | awk -f "$SRCDIR/test/c-strip.awk" | sed '/^[ 	]*#/d' | tr '\n' ' ' |
    tr ';{}' '\n\n\n' | awk '/DUSQ_API/ && match($0, /dusq_[a-z0-9_]+\(/) { print substr($0, RSTART, RLENGTH - 1) }' | sort
}
