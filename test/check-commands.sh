#!/bin/sh
# make compile-commands: it is JSON, names each C file of the build, and what it says compiles (three of them are tried).
. "${SRCDIR:-.}/test/house.sh"
scratch
: "${MAKE:=make}"
commands=$BUILDDIR/compile_commands.json

(unset MAKEFLAGS MFLAGS MAKELEVEL; "$MAKE" -s -C "$BUILDDIR" compile-commands) >"$scratch_dir/said" 2>&1 ||
  { cat "$scratch_dir/said"; wrong 'make compile-commands fails'; verdict; }

if command -v python3 >/dev/null 2>&1; then
  parsed='as JSON by python3'
  python3 -m json.tool "$commands" >/dev/null 2>"$scratch_dir/said" || wrongs <"$scratch_dir/said"
elif command -v jq >/dev/null 2>&1; then
  parsed='as JSON by jq'
  jq . "$commands" >/dev/null 2>"$scratch_dir/said" || wrongs <"$scratch_dir/said"
else
  parsed='NOT as JSON: there is neither python3 nor jq'
fi

sed -n 's/^   "file": "\(.*\)",$/\1/p' "$commands" >"$scratch_dir/files"
root=$(cd "$SRCDIR" && pwd)
while IFS= read -r file; do
  [ -f "$file" ] || wrong "compile_commands.json: $file is not there"
  printf '%s\n' "${file#"$root"/}"
done <"$scratch_dir/files" | sort -u >"$scratch_dir/named"
{
  c_files lib tools bench examples backends/fake
  [ "${WITH_SQLITE:-no}" = no ] || c_files backends/sqlite
  [ "${WITH_POSTGRESQL:-no}" = no ] || c_files backends/postgres
  [ "${WITH_MYSQL:-no}" = no ] || c_files backends/mysql
} | grep '\.c$' | sort >"$scratch_dir/wanted"
wrong_lines "$(comm -23 "$scratch_dir/wanted" "$scratch_dir/named" | sed 's/$/: not in compile_commands.json/')"

# command_of FILE - as the shell reads it
command_of()
{
  awk -v file="\"$1\"," '$1 == "\"file\":" && $2 == file { here = 1; next }
    here { sub(/^   "command": "/, ""); sub(/"}[],]*$/, ""); gsub(/\\"/, "\""); gsub(/\\\\/, "\\"); print; exit }' "$commands"
}
for file in lib/pool/pool.c test/main.c bench/main.c; do
  grep -qx "$file" "$scratch_dir/named" || continue
  command=$(command_of "$root/$file")
  (cd "$BUILDDIR" && eval "$command -fsyntax-only") >"$scratch_dir/said" 2>&1 ||
    { wrong "$file: its command fails"; wrongs <"$scratch_dir/said"; }
done

verdict "$(wc -l <"$scratch_dir/files" | tr -d ' ') objects, read $parsed"
