#!/bin/sh
# check-tool.sh TOOL - what the program dusq does, from outside: its formats to the byte, its errors to the line, and its
# exit status.  Without the SQLite backend, only what the fake one can show.
. "${SRCDIR:-.}/test/house.sh"
tool=${1:-$BUILDDIR/tools/dusq}
case $tool in
  /*) ;;
  *) tool=$PWD/$tool ;;
esac
chinook=${DUSQ_TEST_CHINOOK:-${DUSQ_SHARED_DIR:-$SRCDIR/../shared}/data/chinook}/Chinook_Sqlite.sql
case $chinook in
  /*) ;;
  *) chinook=$PWD/$chinook ;;
esac
[ -x "$tool" ] || {
  echo "$tool: there is no such program"
  exit 1
}
scratch
cd "$scratch_dir" || exit 1
checks=0
: >in

# run ARGUMENT... - dusq, with the file "in" as its standard input; then in, out, err and $status are there
run()
{
  "$tool" "$@" <in >out 2>err
  status=$?
}

# is WHAT STATUS [OUT] - the last run ended so, printed exactly that, and nothing on stderr if the status is 0
is()
{
  checks=$((checks + 1))
  [ "$status" -eq "$2" ] || wrong "$1: status $status, not $2: $(head -n 3 err)"
  if [ $# -gt 2 ]; then
    printf '%s' "$3" >wanted
    cmp -s wanted out || wrong "$1: printed <$(cat out)>, not <$3>"
  fi
  [ "$2" -ne 0 ] || [ ! -s err ] || wrong "$1: said on stderr: $(head -n 3 err)"
}

# says WHAT STATUS TEXT - it failed so, with nothing printed and one line on stderr that holds the text
says()
{
  is "$1" "$2" ''
  said "$1" "$3"
}

# said WHAT TEXT - one line is on stderr, and holds the text
said()
{
  [ "$(wc -l <err)" -eq 1 ] || wrong "$1: not one line on stderr: $(head -n 5 err)"
  case $(cat err) in
    "dusq: "*) ;;
    *) wrong "$1: said <$(cat err)>, without its name" ;;
  esac
  case $(cat err) in
    *"$2"*) ;;
    *) wrong "$1: said <$(cat err)>, and nothing of <$2>" ;;
  esac
  ! grep -q secret err || wrong "$1: told the password"
}

# input TEXT - what the next runs read; printf's escapes
input()
{
  # shellcheck disable=SC2059
  printf "$1" >in
}

# ---- the command line --------------------------------------------------------------------------------------------------
for arguments in --help --version -h -V 'query --help' 'query -h'; do
  # shellcheck disable=SC2086
  run $arguments
  is "$arguments" 0
  [ -s out ] || wrong "$arguments: printed nothing"
done
run --version
[ -z "${VERSION:-}" ] || [ "$(cat out)" = "dusq $VERSION" ] || wrong "--version: $(cat out), not dusq $VERSION"

run
says 'no command' 2 'dusq --help'
run qury
says 'a command that there is not' 2 'unknown command qury'
run postgresql://user:secret@host/db
says 'a URI without a command' 2 'dusq query URI'
run --qury
says 'an option that there is not' 2 'unknown option --qury'
run query
says 'no URI' 2 'URI'
run query --frmat csv fake:
says 'an option of query that there is not' 2 'unknown option --frmat'
run query -x fake:
says 'a letter that there is not' 2 'unknown option -x'
run query fake: --file
says 'an option without its word' 2 'behind --file'
run query --keep-going=yes fake:
says 'an option with a word too many' 2 'keep-going=yes'
for jobs in 0 -1 x 99999999999999999999 ''; do
  run query "-j$jobs" fake: 'SELECT 1'
  is "-j$jobs" 2 ''
done
run query --format xml fake:
says 'an unknown format' 2 'table, csv or json'
run query -f a.sql fake: 'SELECT 1'
says '-f and SQL' 2 'SELECT 1'

# ---- what cannot be opened ---------------------------------------------------------------------------------------------
run query nosuch://user:secret@host/db 'SELECT 1'
says 'an unknown scheme' 1 'nosuch'
run query 'fake:?bogus=1' 'SELECT 1'
says 'an unknown option in the URI' 1 'bogus'
run query app.db 'SELECT 1'
says 'a URI without scheme' 1 'malformed URI'
run query -f nosuch.sql fake:
says 'a file that there is not' 1 'nosuch.sql'
run query -f . fake:
says 'a folder for a file' 1 'directory'
input 'UPDATE a;\nU\000P\000D\000'
run query fake:
is 'a NUL in the input' 1 'ok, 1 row affected
'
said 'a NUL in the input' 'line 2: there is a NUL'

# ---- values ------------------------------------------------------------------------------------------------------------
: >in
run query --format json fake: 'SELECT ?' 1 -2 1.5 1.50 1e3 007 +1 -0 9223372036854775807 9223372036854775808 '' "x'\"\\" NULL -j
is 'more values than placeholders' 1 ''
run query --format json fake: 'SELECT ?,?,?,?,?,?,?,?,?,?,?,?,?,?' 1 -2 1.5 1.50 1e3 007 +1 -0 9223372036854775807 \
  9223372036854775808 '' "x'\"\\" NULL -j
is 'values' 0 '[{"1":1,"2":-2,"3":1.5,"4":"1.50","5":"1e3","6":"007","7":"+1","8":"-0","9":9223372036854775807,'\
'"10":"9223372036854775808","11":"","12":"x'"'"'\"\\","13":"NULL","14":"-j"}]
'
run query --format json --null NULL -t fake: -- 'SELECT ?,?,?' 1 NULL null
is '--text and --null' 0 '[{"1":"1","2":null,"3":"null"}]
'
run query fake: --format=json -- 'SELECT :a + :b' x y
is 'options behind the URI' 0 '[{"1":"x","2":"y"}]
'
run query fake: 'SELECT ?' 1 --format json
says 'options behind the SQL' 1 'takes 1 value, 3 given'

# ---- statements --------------------------------------------------------------------------------------------------------
input 'INSERT a;\n\n-- b;\n/* c; */ ;; UPDATE d'
run query fake:
is 'the end of statements' 0 'ok, 1 row affected
ok, 1 row affected
'
for format in csv json; do
  run query --format "$format" fake:
  is "no rows as $format" 0 ''
done
: >in
run query 'sqlite:never-made.db?mode=bogus'
is 'a wrong URI and no statement' 1 ''
run query fake:
is 'no statement' 0 ''
run query -f /dev/null -j 3 fake:
is 'no statement in a file' 0 ''

input 'INSERT 1;\nSELECT\n\n ?;\nINSERT 3'
for jobs in 1 4; do
  run query -j "$jobs" fake:
  is "an error, -j $jobs" 1 'ok, 1 row affected
'
  said "an error, -j $jobs" 'dusq: statement 2 (line 2): '
  run query -kj "$jobs" fake:
  is "--keep-going, -j $jobs" 1 'ok, 1 row affected
ok, 1 row affected
'
  said "--keep-going, -j $jobs" 'statement 2 (line 2): '
done

for words in BEGIN 'start  transaction' 'Commit' 'END' 'SAVEPOINT a' 'ROLLBACK TO a' 'SET autocommit = 0' \
  'SET SESSION autocommit=0' '/* so */ BEGIN' 'LOCK TABLES t READ'; do
  input "INSERT 1;\n$words;\nINSERT 2"
  run query -kj 2 fake:
  is "$words, -j 2" 1
  said "$words, -j 2" 'statement 2 (line 2): transactions need one connection'
  grep -q . out && [ "$(wc -l <out)" -gt 1 ] && wrong "$words, -j 2: ran what stands behind it"
done
input 'SELECT beginning FROM t; INSERT 1'
run query -j 2 fake:
is 'a word that only begins so, -j 2' 0

# ---- at the same time, and while the input still comes -------------------------------------------------------------------
input 'UPDATE a; UPDATE b; UPDATE c; UPDATE d'
began=$(date +%s)
run query -j 4 'fake:?latency=1s&pool_size=4'
is 'four at a time' 0 'ok, 1 row affected
ok, 1 row affected
ok, 1 row affected
ok, 1 row affected
'
took=$(($(date +%s) - began))
[ "$took" -lt 4 ] || wrong "four at a time: took $took s"

# there TEXT - whether that comes to stand in "out"
there()
{
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    ! grep -q "$1" out || return 0
    sleep 0.5
  done
  return 1
}

mkfifo pipe
for jobs in 1 4; do
  checks=$((checks + 1))
  "$tool" query -j "$jobs" fake: <pipe >out 2>err &
  exec 3>pipe
  printf 'UPDATE a; UPD' >&3
  there ok || wrong "-j $jobs: a statement waits for the next one"
  printf 'ATE b' >&3
  exec 3>&-
  wait "$!" || wrong "-j $jobs: from a pipe: status $?: $(cat err)"
  [ "$(grep -c '^ok' out)" -eq 2 ] || wrong "-j $jobs: from a pipe: $(cat out)"
done

# ---- signals -----------------------------------------------------------------------------------------------------------
# stop SIGNAL STATUS ARGUMENT... - the signal comes when the program is at work
stop()
{
  signal=$1 wanted=$2
  shift 2
  rm -f pid
  (
    until [ -s pid ]; do sleep 0.1; done
    sleep 1
    kill -s "$signal" "$(cat pid)"
  ) &
  sh -c 'echo $$ >pid; exec "$@"' stop "$tool" "$@" <in >out 2>err
  status=$?
  wait
  is "SIG$signal" "$wanted"
  said "SIG$signal" 'interrupted'
}

input 'UPDATE a; UPDATE b; UPDATE c'
stop TERM 143 query 'fake:?latency=1min'
if sh -c 'kill -s INT $$; echo ignored' | grep -q ignored; then
  skipped=', SIGINT is ignored here'
else
  stop INT 130 query -j 2 'fake:?latency=1min'
  stop INT 130 query 'fake:?latency=1min' 'UPDATE a'
fi

# ---- where the output cannot go ----------------------------------------------------------------------------------------
: >in
if [ -c /dev/full ]; then
  "$tool" query fake: 'UPDATE a' <in >/dev/full 2>err
  status=$?
  : >out
  says 'a full disk' 1 'standard output: '
fi
"$tool" query fake: 'UPDATE a' <in >&- 2>err
status=$?
says 'closed output' 1 'standard output: '
"$tool" query fake: <&- >out 2>err
status=$?
says 'closed input' 1 'standard input: '
(
  trap '' PIPE
  while echo 'UPDATE a;'; do :; done 2>/dev/null
) | {
  "$tool" query fake: 2>err
  echo $? >ended
} | head -n 1 >out
status=$(cat ended)
is 'a reader that went away' 1 'ok, 1 row affected
'
said 'a reader that went away' 'standard output: '

# ---- progress ----------------------------------------------------------------------------------------------------------
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
  script -qec "'$tool' query 'fake:?latency=2s' 'UPDATE a'" /dev/null >out 2>err </dev/null
  checks=$((checks + 1))
  grep -q 'dusq: running, 1 s' out || wrong "progress: not on a terminal: $(cat out)"
  [ "$(tr '\r' '\n' <out | grep . | tail -n 1)" = 'ok, 1 row affected' ] || wrong "progress: not taken away: $(cat out)"
  printf 'SELECT ?;\nUPDATE 1;\n\004' >in # an error, and the end of the input, as typed
  script -qec "'$tool' query fake:" /dev/null >out 2>err <in
  checks=$((checks + 1))
  grep -q 'statement 1 (line 1): ' out || wrong "typed: no error: $(cat out)"
  grep -q 'ok, 1 row affected' out || wrong "typed: an error ended it: $(cat out)"
fi

# ---- SQLite ------------------------------------------------------------------------------------------------------------
run query sqlite: 'SELECT 1'
if [ "$status" -ne 0 ] && grep -q 'no backend' err; then
  verdict "$checks checks; NOT with SQLite, which is not built in${skipped:-}"
fi

# two result sets with everything in them, for all formats
input "SELECT 1 AS id, 'Grace' AS name, 9.5 AS score, NULL AS note, x'00ff' AS bytes
UNION ALL SELECT -20, 'Zo\303\253\\\\n', 10.0, 'a,\"b\"', NULL UNION ALL SELECT 9007199254740993, 'x' || char(10, 27) || 'y', NULL, '', x'';
CREATE TABLE t (a); SELECT * FROM t; SELECT '\346\227\245' AS \"a b\", CAST(x'ff41' AS TEXT) AS bad, 9e999 AS \"a,b\""
LC_ALL=C.UTF-8
run query sqlite:
LC_ALL=C
is 'tables' 0 "$(printf '%s' '              id  name      score  note   bytes
----------------  --------  -----  -----  ------
               1  Grace       9.5  NULL   \x00ff
             -20  Zoë\n      10.0  a,"b"  NULL
9007199254740993  x\n\x1by   NULL         \x
(3 rows)

ok, 0 rows affected

a
-
(0 rows)

a b  bad         a,b
---  -----  --------
日   \xffA  Infinity
(1 row)')
"
run query --format csv sqlite:
is 'CSV' 0 "id,name,score,note,bytes
1,Grace,9.5,,\\x00ff
-20,Zoë\\n,10.0,\"a,\"\"b\"\"\",
9007199254740993,\"x
$(printf '\033')y\",,\"\",\\x

a

a b,bad,\"a,b\"
日,$(printf '\377')A,Infinity
"
run query --format json sqlite:
is 'JSON' 0 '[{"id":1,"name":"Grace","score":9.5,"note":null,"bytes":"\\x00ff"},'\
'{"id":-20,"name":"Zoë\\n","score":10.0,"note":"a,\"b\"","bytes":null},'\
'{"id":9007199254740993,"name":"x\n\u001by","score":null,"note":"","bytes":"\\x"}]
[]
[{"a b":"日","bad":"�A","a,b":"Infinity"}]
'
: >in
run query --format json sqlite: 'SELECT 1 AS a, 2 AS a, 3 AS a_2, 4 AS a, 5 AS b'
is 'names that are the same' 0 '[{"a":1,"a_3":2,"a_2":3,"a_4":4,"b":5}]
'

for sql in 'SELECT 1' 'WITH c(x) AS (SELECT 1) SELECT x FROM c' 'INSERT INTO t VALUES (1)' 'DROP TABLE t'; do
  for uri in sqlite:mistyped.db 'sqlite:mistyped.db?journal_mode=wal'; do
    run query "$uri" "$sql"
    is "$sql on a file that is not there" 1 ''
    [ ! -e mistyped.db ] || wrong "$sql made a file"
  done
done
run query sqlite:made.db 'CREATE TABLE t (a)'
is 'a file is made by what writes' 0
run query sqlite:nosuch/a.db 'SELECT 1'
says 'a folder that there is not' 1 'nosuch/a.db'
input 'SELECT 1;'
run query sqlite:nosuch/a.db
says 'the same, from a script' 1 'dusq: cannot open'
: >in
run query sqlite:empty.db
is 'an empty script' 0 ''
[ ! -e empty.db ] || wrong 'an empty script: made a database'

input "BEGIN; CREATE TABLE t (a UNIQUE);
CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT 3; END;
INSERT INTO t VALUES ('a;b'), (''';--'); COMMIT; CREATE TEMP TABLE u AS SELECT count(*) AS n FROM t; SELECT n FROM u"
run query --format csv sqlite:a.db
is 'one connection' 0 'n
2
'
input "INSERT INTO t VALUES (1);\nINSERT INTO t\n  VALUES (2), ('a;b');\nINSERT INTO t VALUES (3)"
run query sqlite:a.db
is 'a constraint' 1 'ok, 1 row affected
'
said 'a constraint' 'statement 2 (line 2): UNIQUE constraint failed: t.a'
input "SELECT 'x"
run query sqlite:a.db
says 'a string without its end' 1 'statement 1 (line 1): '

# many, with the results in order whatever N is
i=0
while [ "$i" -lt 500 ]; do
  i=$((i + 1))
  echo "SELECT $i AS i;"
done >in
run query --format json sqlite:a.db
is '500 statements' 0
cp out wanted
[ "$(wc -l <out)" -eq 500 ] || wrong "500 statements: $(wc -l <out) lines"
for jobs in 2 7 100; do
  run query --format json -j "$jobs" sqlite:a.db
  is "500 statements, -j $jobs" 0 "$(cat wanted)
"
done
sed 's/SELECT 2[05]0 /SELECT nosuch /' in >some
run query --format json -j 16 sqlite:a.db -f some
is 'an error among many' 1 "$(head -n 199 wanted)
"
said 'an error among many' 'statement 200 (line 200): '

if [ -f "$chinook" ]; then
  run query sqlite:chinook.db -f "$chinook"
  is 'Chinook' 0
  run query --format csv sqlite:chinook.db 'SELECT count(*), sum(length(Name)), sum(Bytes) FROM Track'
  [ "$(tail -n 1 out)" = '3503,55639,117386255350' ] || wrong "Chinook: $(cat out)"
else
  skipped="${skipped:-}; NOT with Chinook: the Chinook data is not there; set DUSQ_TEST_CHINOOK"
fi

# ---- more rows than memory ---------------------------------------------------------------------------------------------
# few_kilobytes WHAT LINES ARGUMENT... - dusq at its peak, when it has printed nearly all, has not taken 16 MB
few_kilobytes()
{
  what=$1 lines=$2
  shift 2
  checks=$((checks + 1))
  rm -f peak
  (
    sh -c 'echo $$ >pid; exec "$@"' stream "$tool" "$@" <in 2>err
    echo $? >ended
  ) | awk -v at="$((lines - lines / 50))" '
    NR == at {
      getline pid <"pid"
      while ((getline line <("/proc/" pid "/status")) > 0)
        if (split(line, word) && word[1] == "VmHWM:")
          print word[2] >"peak"
    }
    END { print NR >"count" }'
  [ "$(cat ended)" -eq 0 ] || wrong "$what: status $(cat ended): $(cat err)"
  [ "$(cat count)" -eq "$lines" ] || wrong "$what: $(cat count) lines, not $lines"
  [ "$(cat peak)" -le 16384 ] || wrong "$what: takes $(cat peak) kB"
}

million="WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000000) SELECT i, 'name ' || i AS name FROM c"
if grep -q VmHWM /proc/self/status 2>/dev/null; then
  few_kilobytes 'a million rows as CSV' 1000001 query --format csv sqlite: "$million"
  few_kilobytes 'a million rows as a table' 1000003 query sqlite: "$million"
  echo "CREATE TEMP TABLE t (a); INSERT INTO t VALUES (7); $million UNION ALL SELECT a, '' FROM t; SELECT a FROM t" >in
  few_kilobytes 'a million rows in a script' 1000012 query sqlite:
else
  skipped="${skipped:-}; NOT how much memory rows take: there is no /proc"
fi

# an error after the rows before it; and what comes behind a stream waits for its end
late="SELECT value / 2, abs(-9223372036854775807 - (value > 9000)) FROM (WITH RECURSIVE c(value) AS (SELECT 1
UNION ALL SELECT value + 1 FROM c WHERE value < 9999) SELECT value FROM c)"
echo "CREATE TEMP TABLE t (a); $late; INSERT INTO t VALUES (1); SELECT count(*) FROM t" >in
for format in table csv json; do
  run query --format "$format" sqlite:
  is "a late error as $format" 1
  said "a late error as $format" 'statement 2 (line 1): integer overflow'
  grep -q 4500 out || wrong "a late error as $format: without the rows before it"
  run query -k --format "$format" sqlite:
  is "a late error as $format, -k" 1
  [ "$(tail -n 1 out | tr -d '[{}]')" = "$(printf '%s' "$format" | sed 's/table/(1 row)/; s/csv/1/; s/json/"count(*)":1/')" ] ||
    wrong "a late error as $format, -k: ended with $(tail -n 1 out)"
done
: >in
run query --format csv sqlite: 'SELECT 1 AS a WHERE 0'
is 'no rows of a stream' 0 'a
'
if [ -c /dev/full ]; then
  "$tool" query sqlite: "$million" >/dev/full 2>err
  status=$?
  : >out
  says 'a full disk in the middle of rows' 1 'standard output: '
fi
"$tool" query sqlite: "$million" 2>err | head -n 3 >out
[ "$(wc -l <out)" -eq 3 ] || wrong 'a reader that leaves a stream'
said 'a reader that leaves a stream' 'standard output: '
stop TERM 143 query sqlite: "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT max(i) FROM c"

# on MariaDB and MySQL the session's sql_mode says what a backslash is, and DELIMITER what ends a statement
for uri in ${DUSQ_TEST_MARIADB:-} ${DUSQ_TEST_MYSQL:-}; do
  cat >in <<'END'
SET sql_mode = 'NO_BACKSLASH_ESCAPES'; SELECT 'a\' AS x, ';-- gone
rest' AS t; SET @m = 'ANSI_QUOTES', @s = 'SET SESSION sql_mode = ?'; PREPARE s FROM @s; EXECUTE s USING @m;
CREATE TEMPORARY TABLE tool_a (a INT); SELECT "a" FROM tool_a; SET sql_mode = ''; SELECT 'b\';', "\";";
/*!50000 SET @y = 9 */; SELECT @y;
DELIMITER //
DROP PROCEDURE IF EXISTS tool_p//
CREATE PROCEDURE tool_p() IF @y = 9 THEN SELECT 'it;'; SELECT 2; END IF//
DELIMITER ;
CALL tool_p(); DROP PROCEDURE tool_p;
CREATE PROCEDURE tool_p() l: LOOP SELECT 3; LEAVE l; END LOOP; CALL tool_p(); DROP PROCEDURE tool_p; SELECT 'x
END
  run query --format json "$uri"
  is 'sql_mode' 1 '[{"x":"a\\","t":";-- gone\nrest"}]
[]
[{"b'"'"';":"b'"'"';","\";":"\";"}]
[{"@y":9}]
[{"it;":"it;"}]
[{"2":2}]
[{"3":3}]
'
  said 'sql_mode' 'statement 19 (line 10): a string has no end'
  echo 'SELECT 1;SELECT '"'a\\';'" >in
  run query --format csv -j 4 "$uri"
  is 'sql_mode, -j 4' 0 "1
1

a';
a';
"
done

verdict "$checks checks${skipped:-}"
