#!/bin/sh
# The floors of the house: base < data < async < setup < queue < run < pool.  A file includes its own floor or lower ones,
# and there are no circles; a backend includes <dusq/backend.h>, its own public header and its own folder; public headers
# know nothing of the inside; programs know only public headers.  The objects are held to the same by the symbols that
# they use, because a declaration of one's own would pass by the includes; and in no folder do files use each other in a
# circle.
. "${SRCDIR:-.}/test/house.sh"
scratch

floors='base data async setup queue run pool'

# file<TAB>how<TAB>what, for every #include
c_files include lib backends tools examples | while IFS= read -r file; do
  sed -n -e "s|^[ 	]*#[ 	]*include[ 	]*\\([<\"]\\)\\([^>\"]*\\)[>\"].*|$file	\\1	\\2|p" "$SRCDIR/$file"
done >"$scratch_dir/includes"
c_files include lib backends tools examples >"$scratch_dir/files"

wrong_lines "$(awk -F '\t' -v floors="$floors" '
function folder(path) { sub(/\/[^\/]*$/, "", path); return path }
function floor(path,  part) { split(path, part, "/"); return part[1] == "lib" && part[2] in rank ? rank[part[2]] : 0 }
function complain(what) { print file ": " what }

# The path in the tree of what is included in quotes, or "".
function resolve(name) {
  if ((folder(file) "/" name) in exists)
    return folder(file) "/" name
  return top == "lib" && ("lib/" name) in exists ? "lib/" name : ""
}

function in_quotes(name,  path) {
  path = resolve(name)
  if (top == "include")
    complain("a public header includes \"" name "\"")
  else if (path == "")
    complain("includes \"" name "\", which is not " (top == "lib" ? "below lib" : "in its folder"))
  else if (top == "lib" && floor(path) > floor(file))
    complain("includes \"" name "\" of a higher floor")
  if (path != "")
    print "EDGE " file " " path
}

function in_brackets(name) {
  if (name ~ /^dusq\//) {
    if (!(("include/" name) in exists))
      complain("<" name "> does not exist")
    else if (top == "include")
      print "EDGE " file " include/" name
    if (top == "backends" && name != "dusq/backend.h" && name != "dusq/" backend ".h")
      complain("a backend includes <" name ">")
    return
  }
  if (top == "include" && name !~ /^std(bool|def|int|arg)\.h$/)
    complain("a public header includes <" name ">")
  if ((top == "lib" || top == "examples" || top == "tools") && name ~ /^(sqlite3|libpq|mysql|mariadb|postgres)/)
    complain("includes the driver header <" name ">")
}

BEGIN { n = split(floors, name, " "); for (i = 1; i <= n; i++) rank[name[i]] = i }
FILENAME == ARGV[1] {
  exists[$1] = 1
  split($1, part, "/")
  if (part[1] == "lib" && !(part[2] in rank))
    print $1 ": lib has only the folders " floors
  next
}
{
  file = $1
  split(file, part, "/")
  top = part[1]
  backend = part[2]
  if ($2 == "\"")
    in_quotes($3)
  else
    in_brackets($3)
}' "$scratch_dir/files" "$scratch_dir/includes" >"$scratch_dir/out"
grep -v '^EDGE ' "$scratch_dir/out")"

# circles WHAT - of edges, two names a line: takes away what uses nothing that is left, and what nothing left uses, until
# nothing changes.
circles()
{
  awk -v what="$1" '
  { from[NR] = $1; to[NR] = $2; n = NR; out[$1]++; into[$2]++ }
  END {
    do {
      changed = 0
      for (i = 1; i <= n; i++)
        if (!gone[i] && (out[to[i]] == 0 || into[from[i]] == 0)) {
          gone[i] = changed = 1
          out[from[i]]--
          into[to[i]]--
        }
    } while (changed)
    for (i = 1; i <= n; i++)
      if (!gone[i])
        print from[i] ": in a circle of " what ", through " to[i]
  }'
}
sed -n 's/^EDGE //p' "$scratch_dir/out" >"$scratch_dir/edges"
wrong_lines "$(circles includes <"$scratch_dir/edges")"

# What the objects use.  folder<TAB>object<TAB>nm's type<TAB>symbol
c_files lib backends | sed -n 's/\.c$//p' | while IFS= read -r stem; do
  object=$BUILDDIR/${stem%/*}/.libs/${stem##*/}.o
  [ -f "$object" ] || object=$BUILDDIR/$stem.o
  [ ! -f "$object" ] || $NM -P -g "$object" | awk -v stem="$stem" '$1 ~ /^dusq_/ {
    folder = stem
    sub(/\/[^\/]*$/, "", folder)
    print folder "\t" stem ".c\t" $2 "\t" $1 }'
done >"$scratch_dir/symbols"
objects=$(cut -f 2 "$scratch_dir/symbols" | sort -u | wc -l | tr -d ' ')
[ "$objects" -gt 0 ] || wrong "no objects were found below $BUILDDIR"
wrong_lines "$(awk -F '\t' -v floors="$floors" '
BEGIN { n = split(floors, name, " "); for (i = 1; i <= n; i++) rank["lib/" name[i]] = i }
NR == FNR { if ($3 != "U") home[$4] = $1; next }
$3 != "U" || !($4 in home) || home[$4] == $1 { next }
{ theirs = home[$4] }
$1 ~ /^backends/ {
  if (theirs ~ /^backends/ || $4 ~ /^dusq__/)
    print $2 ": uses " $4 " of " theirs
  next
}
theirs ~ /^backends/ {
  if ($1 != "lib/setup" || $4 !~ /^dusq__[a-z]+_backend$|^dusq__backend_[a-z]+$/)
    print $2 ": uses " $4 " of " theirs
  next
}
rank[theirs] > rank[$1] { print $2 ": uses " $4 " of the higher floor " theirs }
' "$scratch_dir/symbols" "$scratch_dir/symbols" | sort -u)"

# Inside a folder: file<BLANK>file, for each that uses a symbol of another one.
wrong_lines "$(awk -F '\t' '
NR == FNR { if ($3 != "U") home[$4] = $2; next }
$3 == "U" && $4 in home && home[$4] != $2 && !seen[$2 home[$4]]++ {
  theirs = home[$4]
  sub(/\/[^\/]*$/, "", theirs)
  if (theirs == $1)
    print $2 " " home[$4]
}' "$scratch_dir/symbols" "$scratch_dir/symbols" | circles calls)"

verdict "$(wc -l <"$scratch_dir/files" | tr -d ' ') files, $(wc -l <"$scratch_dir/edges" | tr -d ' ') includes, $objects objects"
