#!/bin/sh
# The tree is laid out as .clang-format says (tools/format.sh), which mends what is badly laid out.
. "${SRCDIR:-.}/test/house.sh"
scratch
format=$SRCDIR/tools/format.sh
program=$(sh "$format" --which 2>/dev/null) || verdict 'NOT run: there is no clang-format from version 16 on'

sh "$format" --check >"$scratch_dir/said" 2>&1 || { wrong 'make format would change this:'; wrongs <"$scratch_dir/said"; }

mkdir -p "$scratch_dir/bad/lib"
cp "$SRCDIR/.clang-format" "$scratch_dir/bad/"
cat >"$scratch_dir/bad/lib/sample.c" <<'C'
static int add( int a,int b ) {
    int sum=a+b ;
  if(sum>10){
	return   sum;
  } else
  {
      sum*=2;
  }


  for(int i=0;i<3;i++) sum +=i;
  return sum;  }

static const int table[] = {1,  2,
  3};
C
cat >"$scratch_dir/good" <<'C'
static int add(int a, int b)
{
  int sum = a + b;
  if (sum > 10) {
    return sum;
  } else {
    sum *= 2;
  }

  for (int i = 0; i < 3; i++)
    sum += i;
  return sum;
}

static const int table[] = {1,  2,
  3};
C
if (SRCDIR=$scratch_dir/bad && export SRCDIR && sh "$format" --check) >/dev/null 2>&1; then
  wrong 'format.sh --check finds nothing in a badly laid out file'
fi
(SRCDIR=$scratch_dir/bad && export SRCDIR && sh "$format") >/dev/null 2>&1 || wrong 'format.sh fails on a file'
diff "$scratch_dir/good" "$scratch_dir/bad/lib/sample.c" >"$scratch_dir/said" ||
  { wrong 'format.sh does not mend a badly laid out file:'; wrongs <"$scratch_dir/said"; }

for file in $(c_files include lib backends tools examples bench test); do
  awk -f "$SRCDIR/tools/format-lines.awk" "$SRCDIR/$file"
done | awk -F '[=:]' '{ n += $3 - $2 + 1 } END { print n + 0 }' >"$scratch_dir/held"
verdict "by $program, $(cat "$scratch_dir/held") lines of $(c_files include lib backends tools examples bench test |
  sed "s|^|$SRCDIR/|" | xargs cat | wc -l | tr -d ' ')"
