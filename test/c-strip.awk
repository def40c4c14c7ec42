# c-strip.awk - C without its comments and without what stands in its literals.  Lines stay lines.
{
  out = ""
  rest = $0
  while (rest != "") {
    if (in_comment) {
      at = index(rest, "*/")
      rest = at ? substr(rest, at + 2) : ""
      in_comment = !at
      out = out " "
      continue
    }
    if (!match(rest, /\/\*|\/\/|"|'/)) {
      out = out rest
      break
    }
    mark = substr(rest, RSTART, RLENGTH)
    out = out substr(rest, 1, RSTART - 1)
    rest = substr(rest, RSTART + RLENGTH)
    if (mark == "/*")
      in_comment = 1
    else if (mark == "//")
      rest = ""
    else {
      out = out mark mark
      while (rest != "") {
        c = substr(rest, 1, 1)
        rest = substr(rest, c == "\\" ? 3 : 2)
        if (c == mark)
          break
      }
    }
  }
  print out
}
