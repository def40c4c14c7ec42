# format-lines.awk - which lines of a C file clang-format is for, as its options --lines=from:to.
#
# Left to whoever writes them are those that it would lay out anew where the house packs them: tables and other
# initializers, enumerations, conditional expressions, strings of several parts in one line, macros of several lines, and
# several cases in one line.
{
  text = $0
  if (in_comment) {
    if (!sub(/^.*\*\//, "", text))
      text = ""
    else
      in_comment = 0
  }
  gsub(/\/\*[^*]*\*+([^\/*][^*]*\*+)*\//, "", text)
  gsub(/"([^"\\]|\\.)*"/, "\"\"", text)
  gsub(/'([^'\\]|\\.)*'/, "''", text)
  if (sub(/\/\*.*$/, "", text))
    in_comment = 1
  sub(/[ ]+$/, "", text)
  line[NR] = text
}

function balance(text,  opened)
{
  opened = gsub(/\{/, "", text)
  return opened - gsub(/\}/, "", text)
}

# From where a table begins in a line; "" if none does: an initializer, a compound literal, an enumeration, or a macro
# that is one of them.
function table_in(text)
{
  if (text ~ /^ *# *define/)
    return match(text, /\{/) ? substr(text, RSTART) : ""
  if (match(text, /= *\{|(^|[^A-Za-z0-9_])enum([^A-Za-z0-9_][^(]*)?\{/))
    return substr(text, RSTART)
  if (match(text, /([=,(&|?:{]|return|^) *\([A-Za-z_][A-Za-z0-9_ *]*(\[[^]]*\])?\)\{/))
    return substr(text, RSTART)
  return ""
}

# The last line of the table that begins with `text` at `at`.
function table_end(at, text,  depth)
{
  for (depth = 0; at <= NR; text = line[++at]) {
    depth += balance(text)
    if (depth < 0 || depth == 0 && text ~ /(;|\)|,|&&|\|\||\})$/)
      break
  }
  return at
}

# Where the struct of a table begins that ends in the line `at`, "} table[] = {".
function struct_begin(at,  depth)
{
  for (depth = 1; depth > 0 && at > 1; )
    depth -= balance(line[--at])
  return at
}

function leave_out(from, to)
{
  for (; from <= to; from++)
    left[from] = 1
}

END {
  for (at = 1; at <= NR; at++) {
    if (line[at] ~ /^ *# *define/ && line[at] ~ /\\$/) {
      for (from = at; line[at] ~ /\\$/; at++)
        ;
      leave_out(from, at)
    } else if (table_in(line[at]) != "") {
      from = line[at] ~ /^ *\}/ ? struct_begin(at) : at
      at = table_end(at, table_in(line[at]))
      leave_out(from, at)
    } else if (line[at] ~ /(^|[^A-Za-z0-9_])case .*: *case /) {
      left[at] = 1
    } else if (line[at] ~ /\?|^ *: |"" ""/) { # the whole statement
      for (from = at; from > 1 && line[from - 1] != "" && line[from - 1] !~ /[;{}]$/; from--)
        ;
      for (; at < NR && line[at] !~ /[;{}]$/; at++)
        ;
      leave_out(from, at)
    }
  }
  for (at = 1; at <= NR; at++)
    if (!left[at]) {
      for (from = at; at < NR && !left[at + 1]; at++)
        ;
      printf "--lines=%d:%d\n", from, at
    }
}
