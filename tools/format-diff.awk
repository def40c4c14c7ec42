# format-diff.awk - of what diff says (-), the hunks that touch a line which tools/format-lines.awk has named (its output,
# which comes first); those of blank lines alone, too.
FILENAME != "-" {
  sub(/--lines=/, "")
  split($0, range, ":")
  for (at = range[1]; at <= range[2]; at++)
    named[at] = 1
  next
}

function flush()
{
  if (touches || n && blank == n)
    printf "%s", hunk
  touches = n = blank = 0
}

/^[0-9]/ {
  flush()
  split($0, parts, /[acd]/)
  split(parts[1], range, ",")
  at = range[1]
  hunk = file ":" parts[1] "\n"
  next
}
/^</ {
  n++
  blank += $0 ~ /^< *$/
  touches = touches || $0 !~ /^< *$/ && at in named
  at++
}
/^[<>]/ { hunk = hunk $0 "\n" }
END { flush() }
