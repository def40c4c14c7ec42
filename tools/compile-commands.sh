#!/bin/sh
# compile-commands.sh - make compile-commands: writes how each object is compiled to compile_commands.json in the build
# directory, for clangd and its like.
#
#   MAKE     GNU make; it tells the commands, and runs none (-n)
#   SRCDIR   the tree of the sources     BUILDDIR   the tree of the build
#   SOURCES  every source of the build   TARGETS    what is made of them
#
# A source that make takes for new (-W) stands in its commands, whether its object is up to date or not.  The flags that
# write down what an object depends on are left out, as are libtool and a cache before the compiler.
LC_ALL=C
export LC_ALL
: "${MAKE:=make}" "${SRCDIR:=.}" "${BUILDDIR:=.}"
cd "$BUILDDIR" || exit 1
set -f
as_new=
before=
[ "$SRCDIR" = . ] || before=$SRCDIR/ # as make names what it has found by VPATH
for source in $SOURCES; do
  case $source in *.c) as_new="$as_new -W $before$source" ;; esac
done
to=compile_commands.json
trap 'rm -f "$to.new" "$to.said"' EXIT
# shellcheck disable=SC2086 # lists of words
"$MAKE" -n V=1 $as_new $TARGETS >"$to.said" || exit 1
awk -v build="$(pwd)" -v source="$(cd "$SRCDIR" && pwd)" '
  function quoted(text) {
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    return "\"" text "\""
  }

  # A command may go on over several lines.
  { whole = whole $0 }
  sub(/\\$/, "", whole) { next }
  { command = whole; whole = "" }
  command !~ / -c -o [^ ]+\.l?o / { next }
  {
    sub(/^depbase=`[^`]*`; */, "", command)
    sub(/^.*--mode=compile +/, "", command)
    sub(/^([^ ]*\/)?(ccache|distcc|sccache) +/, "", command)
    gsub(/ -M[TF] [^ ]+/, "", command)
    sub(/ -MD -MP/, "", command)
    sub(/`test -f [^`]*`/, source "/", command)
    sub(/ *&& *mv .*$| *&& *$/, "", command)
    sub(/[ ;]+$/, "", command)
    file = command
    sub(/^.* /, "", file)
    if (file !~ /^\//) {
      path = build "/" file
      sub(/[^ ]+$/, "", command)
      gsub(/\/\.\//, "/", path)
      while (match(path, /\/[^\/]+\/\.\.\//))
        path = substr(path, 1, RSTART) substr(path, RSTART + RLENGTH)
      file = path
      command = command file
    }
    sub(/\.lo /, ".o ", command)
    printf "%s\n  {\"directory\": %s,\n   \"file\": %s,\n   \"command\": %s}", n++ ? "," : "[", quoted(build),
      quoted(file), quoted(command)
  }
  END {
    if (!n)
      exit 1
    print "\n]"
  }' "$to.said" >"$to.new" || { echo 'make compile-commands: make names no command of the compiler' >&2; exit 1; }
mv "$to.new" "$to"
