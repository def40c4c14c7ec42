/* test_sql.c - the lexer and the placeholders: what every dialect makes of a text, the order of values, and places. */
#include "data/sql_order.h"
#include "data/value.h"
#include "test.h"

enum { SQLITE, POSTGRESQL, MYSQL, DIALECTS };
static const uint32_t dialects[DIALECTS] = {DUSQ_DIALECT_SQLITE, DUSQ_DIALECT_POSTGRESQL, DUSQ_DIALECT_MYSQL};
static const char *const dialect_names[DIALECTS] = {"SQLite", "PostgreSQL", "MySQL"};

/* What a text becomes: the text for the database; "=": no placeholder, and unchanged; "syntax@7" or "params@7": that
 * error at byte 7.                                                                                                   */
typedef struct reading {
  const char *sql;
  const char *expected[DIALECTS];
} reading;

#define SAME(sql) {sql, {"=", "=", "="}}
#define ALL(sql, text) {sql, {text, text, text}}
#define ONE(before, after) {before "?" after, {before "?1" after, before "$1" after, before "?" after}}

static const reading literals[] = {
  SAME(""), SAME(";"), SAME(" \t\r\n"), SAME("SELECT 1"), SAME("SELECT 1;"), SAME("SELECT 1; -- done\n;"),
  ONE("SELECT ", ""), ONE("SELECT ", ";"), ONE("(", ")"), ONE("SELECT\r\n", "\r\n"),
  SAME("'?'"), SAME("'it''s ?'"), SAME("''"), SAME("''''"), SAME("'?''?'"), SAME("'$1 :a @b'"),
  ONE("'a' = ", ""), ONE("'' = ", " AND ''''=''"),
  ALL("'", "syntax@0"), ALL("SELECT '", "syntax@7"), ALL("SELECT 'it''s", "syntax@7"),
  ALL("SELECT 'a' || '?", "syntax@14"),
  /* a backslash escapes in MySQL only */
  {"'\\' = ?", {"'\\' = ?1", "'\\' = $1", "syntax@0"}},
  {"'\\'' = ?", {"syntax@0", "syntax@0", "'\\'' = ?"}},
  {"'\\\\' = ?", {"'\\\\' = ?1", "'\\\\' = $1", "'\\\\' = ?"}},
  {"'\\''?'", {"=", "=", "syntax@5"}},
  {"'\\'?'", {"syntax@4", "syntax@3", "="}},
  {"'\\", {"syntax@0", "syntax@0", "syntax@0"}},
  /* PostgreSQL's E'' */
  {"E'\\'?'", {"syntax@5", "=", "="}},
  {"e'\\'?' = ?", {"syntax@5", "e'\\'?' = $1", "e'\\'?' = ?"}},
  {"E'\\\\' = ?", {"E'\\\\' = ?1", "E'\\\\' = $1", "E'\\\\' = ?"}},
  {"fooE'\\' = ?", {"fooE'\\' = ?1", "fooE'\\' = $1", "syntax@4"}},
  {"E'a'\n'\\'?'", {"syntax@9", "=", "="}},
  {"E'a' -- x\n  '\\'?'", {"syntax@16", "=", "="}},
  {"E'a' '\\' = ?", {"E'a' '\\' = ?1", "E'a' '\\' = $1", "syntax@5"}},
  {"E'a' /* */\n'\\' = ?", {"E'a' /* */\n'\\' = ?1", "E'a' /* */\n'\\' = $1", "syntax@11"}},
  {"'a'\n'\\' = ?", {"'a'\n'\\' = ?1", "'a'\n'\\' = $1", "syntax@4"}},
  {"E'", {"syntax@1", "syntax@0", "syntax@1"}}, /* the prefix belongs to it in PostgreSQL */
  SAME("N'?' X'00' B'01'"), SAME("U&'d\\0061t?' UESCAPE '!'"), ONE("n'?' = ", ""), SAME("_utf8'?'"), SAME("x'3F'"),
  /* double quotes: a name, or a string in MySQL */
  SAME("\"?\""), SAME("\"a\"\"?\""), ONE("\"a\" = ", ""), ALL("SELECT \"a", "syntax@7"), SAME("U&\"?\""),
  {"\"\\\" = ?", {"\"\\\" = ?1", "\"\\\" = $1", "syntax@0"}},
  {"\"\\\"?\"", {"syntax@4", "syntax@3", "="}},
  {"\"'\" = ?", {"\"'\" = ?1", "\"'\" = $1", "\"'\" = ?"}},
  ONE("'\"' = ", ""),
  /* backticks */
  {"`?`", {"=", "`$1`", "="}}, {"`a``?`", {"=", "`a``$1`", "="}}, {"`a", {"syntax@0", "=", "syntax@0"}},
  {"`\\` = ?", {"`\\` = ?1", "`\\` = $1", "`\\` = ?"}},
  {"`'` = ?", {"`'` = ?1", "syntax@1", "`'` = ?"}},
  /* brackets */
  {"[?]", {"=", "[$1]", "[?]"}}, {"[a:b]", {"=", "=", "[a?]"}}, {"[a'] = ?", {"[a'] = ?1", "syntax@2", "syntax@2"}},
  {"SELECT [a", {"syntax@7", "=", "="}}, {"[a]] = ?", {"[a]] = ?1", "[a]] = $1", "[a]] = ?"}},
  {"[\"] = ?", {"[\"] = ?1", "syntax@1", "syntax@1"}},
  /* dollar quotes */
  {"$$ ? $$", {"params@0", "=", "$$ ? $$"}}, {"$q$ ? $q$", {"params@0", "=", "$q$ ? $q$"}},
  {"$a$ $b$ ? $a$ = ?", {"params@0", "$a$ $b$ ? $a$ = $1", "$a$ $b$ ? $a$ = ?"}},
  {"$a$ ? $b$", {"params@0", "syntax@0", "$a$ ? $b$"}}, {"$$", {"params@0", "syntax@0", "="}},
  {"$$$$", {"params@0", "=", "="}},
  {"$\xC3\xA4$ ? $\xC3\xA4$", {"params@0", "=", "$\xC3\xA4$ ? $\xC3\xA4$"}},
  {"$a$a$a$", {"params@0", "=", "="}}, {"$aa$ $a$a$ $aa$ ?", {"params@0", "syntax@16", "$aa$ $a$a$ $aa$ ?"}},
  {"$a$ $a$ AS x, ?", {"params@0", "$a$ $a$ AS x, $1", "$a$ $a$ AS x, ?"}},
  SAME("SELECT a$b$c, a$$b, a$1"), SAME("_$1"), {"a$b$ ? $b$", {"params@7", "syntax@7", "a$b$ ? $b$"}},
  {"1$$?$$", {"params@4", "=", "1$$?$$"}},
};

static const reading comments[] = {
  SAME("-- ?"), SAME("SELECT 1 -- ?\n"), ONE("-- it's\n", ""), ONE("a - -", ""), SAME("--"), SAME("--\n"),
  {"SELECT 1--?", {"=", "=", "SELECT 1--?"}},
  {"5--2 -- '\n+ ?", {"5--2 -- '\n+ ?1", "5--2 -- '\n+ $1", "5--2 -- '\n+ ?"}},
  {"--'", {"=", "=", "syntax@2"}}, {"--\t'", {"=", "=", "="}}, {"--\x01'", {"=", "=", "="}},
  {"-- '\r?", {"=", "-- '\r$1", "="}},
  {"# ?", {"# ?1", "# $1", "="}}, {"a #'", {"syntax@3", "syntax@3", "="}},
  {"#> '{a}' = ?", {"#> '{a}' = ?1", "#> '{a}' = $1", "="}},
  {"# it's\n?", {"syntax@4", "syntax@4", "# it's\n?"}},
  SAME("/* ? */"), ONE("/* it's */ ", ""), SAME("/**/"), SAME("/***/"), SAME("/* ; */"), ONE("/*/ ? */", ""),
  ALL("SELECT /* ?", "syntax@7"), ALL("/*/", "syntax@0"), ALL("/*", "syntax@0"),
  {"/* /* ? */ ? */", {"/* /* ? */ ?1 */", "=", "/* /* ? */ ? */"}},
  {"/* /* */ ?", {"/* /* */ ?1", "syntax@0", "/* /* */ ?"}},
  {"/*/**/*/ ?", {"/*/**/*/ ?1", "/*/**/*/ $1", "/*/**/*/ ?"}},
  SAME("SELECT /*+ hint(?) */ 1"), ONE("5 */* ? */ ", ""), ONE("a/b*", ""), ONE("a*/", ""),
  {"/*! ? */", {"=", "=", "/*! ? */"}},
  {"/*!50001 ? */ + ?", {"/*!50001 ? */ + ?1", "/*!50001 ? */ + $1", "/*!50001 ? */ + ?"}},
  {"/*!500011?*/", {"=", "=", "/*!500011?*/"}}, {"/*M! '*/' ? */", {"syntax@8", "syntax@8", "/*M! '*/' ? */"}},
  {"/*! /* ? */ ? */", {"/*! /* ? */ ?1 */", "=", "/*! /* ? */ ? */"}},
  {"SELECT /*! 1", {"syntax@7", "syntax@7", "syntax@7"}},
  {"/*!40101 SET a='*/?' */", {"syntax@19", "syntax@19", "="}},
  {"/*! SELECT */ /*! ? */", {"=", "=", "/*! SELECT */ /*! ? */"}},
};

static const reading operators[] = {
  /* ?? writes one, everywhere */
  ALL("a ?? 'k'", "a ? 'k'"), ALL("a ??| b", "a ?| b"), ALL("a ??& b", "a ?& b"), ALL("????", "??"),
  {"a ?? ?", {"a ? ?1", "a ? $1", "a ? ?"}}, {"???", {"??1", "?$1", "??"}},
  {"a ??| :k", {"a ?| ?1", "a ?| $1", "a ?| ?"}},
  {"a ?? $1", {"a ? ?1", "a ? $1", "a ? ?"}}, SAME("'?\?'"), SAME("-- ??"),
  /* a lone ? beside a value is no placeholder in PostgreSQL */
  {"'{}' ? 'k'", {"'{}' ?1 'k'", "syntax@5", "'{}' ? 'k'"}}, {"f(x) ? y", {"f(x) ?1 y", "syntax@5", "f(x) ? y"}},
  {"data ? 'k'", {"data ?1 'k'", "syntax@5", "data ? 'k'"}}, {"a[1] ? b", {"a[1] ?1 b", "syntax@5", "a[1] ? b"}},
  {"\"a\" ? b", {"\"a\" ?1 b", "syntax@4", "\"a\" ? b"}}, {"? ?", {"?1 ?2", "syntax@2", "? ?"}},
  {"LIMIT ? 1", {"LIMIT ?1 1", "syntax@6", "LIMIT ? 1"}},
  {"? AS \"x\"", {"?1 AS \"x\"", "$1 AS \"x\"", "? AS \"x\""}},
  {"SELECT ? \"x\"", {"SELECT ?1 \"x\"", "SELECT $1 \"x\"", "SELECT ? \"x\""}},
  {"? | 1", {"?1 | 1", "$1 | 1", "? | 1"}}, {"?||'x'", {"?1||'x'", "$1||'x'", "?||'x'"}}, ONE("a = ", "&b"),
  {"j @? '$.a'", {"j @?1 '$.a'", "=", "j @? '$.a'"}}, {"j @?? '$.a'", {"j @? '$.a'", "j @? '$.a'", "j @? '$.a'"}},
  {"j @@ ?", {"j @@ ?1", "j @@ $1", "j @@ ?"}}, {"j @@? ", {"j @@?1 ", "j @@$1 ", "j @@? "}},
  {"a <@?", {"a <@?1", "a <@$1", "a <@?"}}, {"a @>?", {"a @>?1", "a @>$1", "a @>?"}},
  {"a #>> ?::text[]", {"a #>> ?1::text[]", "a #>> $1::text[]", "="}},
  {"/* */@? x", {"/* */@?1 x", "=", "/* */@? x"}}, {"a->>?", {"a->>?1", "a->>$1", "a->>?"}},
  /* colons */
  SAME("a::text"), SAME("'1'::int"), {"?::int", {"?1::int", "$1::int", "?::int"}},
  {":a::int", {"?1::int", "$1::int", "?::int"}},
  SAME("a :: b"), SAME("a ::b"), SAME(": a"), SAME("a:"), SAME(":"), SAME("::"), {":::a", {"params@0", "=", "="}},
  {":::::a", {"params@0", "=", "="}}, SAME("::::a"), SAME("f(a := 1)"), SAME("x:='y'"),
  {"f(a=>:b)", {"f(a=>?1)", "f(a=>$1)", "f(a=>?)"}},
  {"@v:=?", {"params@0", "@v:=$1", "@v:=?"}}, {"@v := :a", {"params@0", "@v := $1", "@v := ?"}},
  {"a:=:b", {"a:=?1", "a:=$1", "a:=?"}}, {":1", {"params@0", "=", "="}}, {":'a'", {"=", "=", "="}},
  {":\"a\"", {"=", "=", "="}},
  {"l1:LOOP", {"l1?1", "l1 $1", "="}}, {"`l`:begin", {"`l`?1", "`l`$1", "="}}, {"l1: LOOP", {"=", "=", "="}},
  {"a[1:2]", {"=", "=", "="}}, {"a[1:n]", {"=", "=", "a[1?]"}}, {"x[i:n]", {"=", "=", "x[i?]"}},
  {"x[:n]", {"=", "x[$1]", "x[?]"}}, {"x[f(:n)]", {"=", "x[f($1)]", "x[f(?)]"}},
  {"x[:a:b]", {"=", "x[$1:b]", "x[??]"}},
  {"x[:a: :b]", {"=", "x[$1: $2]", "x[?: ?]"}}, {"x[f(1):n]", {"=", "=", "x[f(1)?]"}},
  {"x[y[1]:n]", {"x[y[1]?1]", "=", "x[y[1]?]"}},
  {"ARRAY[:a,:b]", {"=", "ARRAY[$1,$2]", "ARRAY[?,?]"}}, {"ARRAY[-:a]", {"=", "ARRAY[-$1]", "ARRAY[-?]"}},
  {"x[CASE WHEN :a THEN 1 END]", {"=", "x[CASE WHEN $1 THEN 1 END]", "x[CASE WHEN ? THEN 1 END]"}},
  {"x[1::n]", {"=", "=", "="}}, {"x[1];:a", {"x[1];?1", "x[1];$1", "x[1];?"}},
  {"JSON_OBJECT('k':v)", {"JSON_OBJECT('k'?1)", "=", "JSON_OBJECT('k'?)"}},
  {"JSON_OBJECT('k' : :v)", {"JSON_OBJECT('k' : ?1)", "JSON_OBJECT('k' : $1)", "JSON_OBJECT('k' : ?)"}},
  /* what SQLite would take for a parameter */
  {"@v", {"params@0", "=", "="}}, {"SELECT @@v, @v", {"params@8", "=", "="}}, {"@ v", {"=", "=", "="}},
  {"$name", {"params@0", "=", "="}}, {"$a::b", {"params@0", "=", "="}}, {"#1", {"params@0", "=", "="}},
  {"@'?'", {"=", "=", "="}}, {"@`?`", {"=", "@`$1`", "="}}, {"@$1", {"params@0", "@$1", "="}}, {"$", {"=", "=", "="}},
  {"u@h.x:a", {"params@1", "u@h.x $1", "u@h.x?"}},
};

static const reading placeholders[] = {
  {"? ,?, ?", {"?1 ,?2, ?3", "$1 ,$2, $3", "? ,?, ?"}}, {"$1", {"?1", "$1", "?"}}, {"?1", {"?1", "$1", "?"}},
  {"$2, $1", {"?2, ?1", "$2, $1", "?, ?"}}, {"?2,?1,?2", {"?2,?1,?2", "$2,$1,$2", "?,?,?"}},
  {"$1,?2", {"?1,?2", "$1,$2", "?,?"}},
  {":a, :b, :a", {"?1, ?2, ?1", "$1, $2, $1", "?, ?, ?"}}, {":a,:A", {"?1,?2", "$1,$2", "?,?"}},
  {":_", {"?1", "$1", "?"}},
  {":a1_b", {"?1", "$1", "?"}}, {":gr\xC3\xB6\xC3\x9F" "e,:x", {"?1,?2", "$1,$2", "?,?"}},
  {":a$b,:a", {"?1,?2", "$1,$2", "?,?"}},
  {"(:a)+(:b)", {"(?1)+(?2)", "($1)+($2)", "(?)+(?)"}}, {"LIMIT?", {"LIMIT?1", "LIMIT $1", "LIMIT?"}},
  {"LIMIT:n", {"LIMIT?1", "LIMIT $1", "LIMIT?"}}, {"?AND ?", {"?1 AND ?2", "$1 AND $2", "?AND ?"}},
  {"IN(?,?)", {"IN(?1,?2)", "IN($1,$2)", "IN(?,?)"}},
  {"a=?-- b", {"a=?1-- b", "a=$1-- b", "a=?-- b"}}, {"?/* */", {"?1/* */", "$1/* */", "?/* */"}},
  {"\xC3\xA4?", {"\xC3\xA4?1", "\xC3\xA4 $1", "\xC3\xA4?"}},
  {"$01", {"?1", "$1", "?"}}, {"$1 $10", {"params@3", "params@3", "params@3"}},
  ALL("$0", "syntax@0"), ALL("?0", "syntax@0"), ALL("a=$00", "syntax@2"), ALL("$1a", "syntax@0"),
  ALL("?1a", "syntax@0"),
  ALL("$65536", "params@0"), ALL("$65535", "params@0"), ALL("$99999999999999999999", "params@0"),
  ALL("$2", "params@0"), ALL("$1,$3", "params@3"), ALL("?1, ?3, ?4", "params@4"),
  ALL("?, $1", "params@3"), ALL("?, :a", "params@3"), ALL("$1, :a", "params@4"), ALL(":a, ?", "params@4"),
  ALL(":a, $1", "params@4"),
  ALL("?1, ?", "params@4"), ALL("a = ? AND b = ?2", "params@14"),
  SAME("1e5"), SAME("0x1F"), SAME("1.5"), SAME("1.5e-3"), SAME(".5"), SAME("1_000"), ONE("1.", ""),
  ONE("1e5+", "*.5"),
  {"1:a", {"1?1", "=", "1?"}}, {"1?", {"1?1", "syntax@1", "1?"}}, {"1$1", {"=", "1 $1", "="}},
  ALL("\xEF\xBB\xBF", ""), {"\xEF\xBB\xBF?", {"?1", "$1", "?"}},
  {"? \xEF\xBB\xBF", {"?1 \xEF\xBB\xBF", "$1 \xEF\xBB\xBF", "? \xEF\xBB\xBF"}},
  {"\xEF\xBB\xBF\xEF\xBB\xBF$1", {"\xEF\xBB\xBF?1", "\xEF\xBB\xBF$1", "\xEF\xBB\xBF$1"}},
  {"a\xEF\xBB\xBF$1 \xEF\xBB\xBF$1", {"a\xEF\xBB\xBF$1 \xEF\xBB\xBF?1", "=", "="}},
  SAME("\xFF\xFE"), ONE("\x80 ", ""), SAME("a\\b"), SAME("{d '?'}"), SAME("SELECT 1; SELECT 2"),
  ONE("SELECT 1; SELECT ", ""),
};

/* ---- helpers ----------------------------------------------------------------------------------------------------- */

static dusq__sql read_ok(uint32_t dialect, const char *text)
{
  dusq__sql sql;
  dusq_error *error = NULL;
  dusq_status status = dusq__sql_read(dialect, text, strlen(text), &sql, &error);
  if (!CHECK_INT(status, DUSQ_OK))
    printf("\n    %s: %s\n", text, dusq_error_message(error));
  dusq_error_unref(error);
  return sql;
}

static void describe(uint32_t dialect, const char *text, char *to, size_t size)
{
  dusq__sql sql;
  dusq_error *error = NULL;
  dusq_status status = dusq__sql_read(dialect, text, strlen(text), &sql, &error);
  if (status == DUSQ_OK && sql.nslots == 0 && strcmp(sql.text, text) == 0)
    snprintf(to, size, "=");
  else if (status == DUSQ_OK)
    snprintf(to, size, "%s", sql.text);
  else
    snprintf(to, size, "%s@%lld", status == DUSQ_E_SYNTAX ? "syntax" : status == DUSQ_E_PARAMS ? "params" : "other",
             (long long)dusq_error_position(error));
  CHECK_INT(status, dusq_error_status(error));
  dusq_error_unref(error);
  dusq__sql_fini(&sql);
}

/* What holds for every statement that could be read. */
static void check_whole(uint32_t dialect, const char *text, size_t len, const dusq__sql *sql)
{
  CHECK_INT(strlen(sql->text), sql->len);
  CHECK(sql->params <= DUSQ__SQL_MAX_PARAMS);
  CHECK((sql->names == NULL) || sql->params > 0);
  CHECK_INT(dusq__sql_origin(sql, sql->len), len);
  for (uint32_t i = 0; i < sql->nslots; i++) {
    CHECK(sql->slots[i] < sql->params);
    CHECK(sql->places[i] < sql->len && sql->origins[i] < len);
    CHECK(i == 0 || (sql->places[i] > sql->places[i - 1] && sql->origins[i] > sql->origins[i - 1]));
    CHECK(sql->text[sql->places[i]] == (dialect == DUSQ_DIALECT_POSTGRESQL ? '$' : '?'));
    CHECK(text[sql->origins[i]] == '?' || text[sql->origins[i]] == '$' || text[sql->origins[i]] == ':');
    CHECK_INT(dusq__sql_origin(sql, sql->places[i]), sql->origins[i]);
  }
}

/* The translated text reads as itself, with the same placeholders; not so where ?? wrote a question mark, and where a
 * second byte order mark would be taken for the first.                                                               */
static void check_stable(uint32_t dialect, const char *text, const dusq__sql *sql)
{
  if (strstr(text, "??") || strstr(sql->text, "??") || strncmp(sql->text, "\xEF\xBB\xBF", 3) == 0)
    return;
  dusq__sql again = read_ok(dialect, sql->text);
  CHECK_STR(again.text, sql->text);
  CHECK_INT(again.nslots, sql->nslots);
  for (uint32_t i = 0; i < again.nslots && i < sql->nslots; i++) {
    CHECK_INT(again.places[i], sql->places[i]);
    CHECK_INT(again.slots[i], dialect == DUSQ_DIALECT_MYSQL ? i : sql->slots[i]);
  }
  dusq__sql_fini(&again);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void check_readings(const reading *rows, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    for (int d = 0; d < DIALECTS; d++) {
      char found[256];
      describe(dialects[d], rows[i].sql, found, sizeof found);
      if (!CHECK_STR(found, rows[i].expected[d]))
        printf("\n    %s: %s\n", dialect_names[d], rows[i].sql);
      dusq__sql sql;
      if (dusq__sql_read(dialects[d], rows[i].sql, strlen(rows[i].sql), &sql, NULL) != DUSQ_OK)
        continue;
      check_whole(dialects[d], rows[i].sql, strlen(rows[i].sql), &sql);
      check_stable(dialects[d], rows[i].sql, &sql);
      dusq__sql_fini(&sql);
    }
  }
}

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static void test_literals(void)
{
  check_readings(literals, COUNT(literals));
}

static void test_comments(void)
{
  check_readings(comments, COUNT(comments));
}

static void test_operators(void)
{
  check_readings(operators, COUNT(operators));
}

static void test_placeholders(void)
{
  check_readings(placeholders, COUNT(placeholders));
  CHECK(3 * (COUNT(literals) + COUNT(comments) + COUNT(operators) + COUNT(placeholders)) >= 300);
}

static void test_counts(void)
{
  dusq__sql sql = read_ok(DUSQ_DIALECT_MYSQL, "SELECT $3, $1, $2, $1");
  static const uint16_t slots[] = {2, 0, 1, 0};
  CHECK_INT(sql.params, 3);
  CHECK_INT(sql.nslots, 4);
  CHECK(sql.names == NULL);
  CHECK(sql.slots && memcmp(sql.slots, slots, sizeof slots) == 0);
  dusq__sql_fini(&sql);
  CHECK(sql.text == NULL);

  sql = read_ok(DUSQ_DIALECT_POSTGRESQL, "SELECT :b, :a, :b || :long_name");
  CHECK_STR(sql.text, "SELECT $1, $2, $1 || $3");
  CHECK_INT(sql.params, 3);
  CHECK_INT(sql.nslots, 4);
  CHECK_STR(sql.names[0], "b");
  CHECK_STR(sql.names[1], "a");
  CHECK_STR(sql.names[2], "long_name");
  dusq__sql_fini(&sql);

  sql = read_ok(DUSQ_DIALECT_SQLITE, "SELECT 1");
  CHECK_INT(sql.params, 0);
  CHECK_INT(sql.nslots, 0);
  dusq__sql_fini(&sql);
  dusq__sql_fini(&sql);
}

static void test_verbs(void)
{
  static const struct {
    const char *sql;
    dusq__sql_verb verb;
  } rows[] = {
    {"", DUSQ__VERB_NONE}, {" ;; -- x\n/* y */;", DUSQ__VERB_NONE}, {"\xEF\xBB\xBF", DUSQ__VERB_NONE},
    {"select 1", DUSQ__VERB_SELECT}, {" /* x */ SeLeCt 1", DUSQ__VERB_SELECT}, {"(SELECT 1)", DUSQ__VERB_SELECT},
    {"((values (1)))", DUSQ__VERB_SELECT}, {"VALUES (1)", DUSQ__VERB_SELECT}, {"TABLE t", DUSQ__VERB_SELECT},
    {"explain delete from t", DUSQ__VERB_SELECT}, {"with x as (select 1) select 1", DUSQ__VERB_WITH},
    {";insert into t values (1)", DUSQ__VERB_WRITE}, {"UPDATE t SET a=1", DUSQ__VERB_WRITE},
    {"delete from t", DUSQ__VERB_WRITE}, {"REPLACE INTO t", DUSQ__VERB_WRITE}, {"merge into t", DUSQ__VERB_WRITE},
    {"BEGIN", DUSQ__VERB_TRANSACTION}, {"start transaction", DUSQ__VERB_TRANSACTION},
    {"commit;", DUSQ__VERB_TRANSACTION}, {"END", DUSQ__VERB_TRANSACTION}, {"rollback to a", DUSQ__VERB_TRANSACTION},
    {"SAVEPOINT a", DUSQ__VERB_TRANSACTION}, {"release a", DUSQ__VERB_TRANSACTION},
    {"PRAGMA x", DUSQ__VERB_OTHER}, {"CREATE TABLE t(a)", DUSQ__VERB_OTHER}, {"selects", DUSQ__VERB_OTHER},
    {"selec", DUSQ__VERB_OTHER}, {"\"select\" 1", DUSQ__VERB_OTHER}, {"(", DUSQ__VERB_OTHER}, {"?", DUSQ__VERB_OTHER},
    {"1 select", DUSQ__VERB_OTHER}, {"+select", DUSQ__VERB_OTHER},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    dusq__sql sql = read_ok(DUSQ_DIALECT_MYSQL, rows[i].sql);
    if (!CHECK_INT(sql.verb, rows[i].verb))
      printf("\n    %s\n", rows[i].sql);
    dusq__sql_fini(&sql);
  }
  dusq__sql sql = read_ok(DUSQ_DIALECT_MYSQL, "/*!50001 INSERT */ INTO t VALUES (1)");
  CHECK_INT(sql.verb, DUSQ__VERB_WRITE);
  dusq__sql_fini(&sql);
}

static void test_origins(void)
{
  dusq__sql sql = read_ok(DUSQ_DIALECT_POSTGRESQL, "\xEF\xBB\xBF" "a LIMIT?or c ??| ?, x");
  CHECK_STR(sql.text, "a LIMIT $1 or c ?| $2, x");
  static const struct {
    size_t at, origin;
  } rows[] = {{0, 3}, {2, 5}, {6, 9}, {7, 10}, {8, 10}, {9, 10}, {10, 10}, {11, 11}, {12, 12}, {14, 14}, {16, 16},
              {17, 18}, {18, 19}, {19, 20}, {20, 20}, {21, 21}, {23, 23}, {24, 24}, {25, 24}, {99, 24}};
  for (size_t i = 0; i < COUNT(rows); i++)
    if (!CHECK_INT(dusq__sql_origin(&sql, rows[i].at), rows[i].origin))
      printf("\n    at %zu\n", rows[i].at);
  CHECK_INT(sql.places[1], 19);
  CHECK_INT(sql.origins[1], 20);
  dusq__sql_fini(&sql);

  sql = read_ok(DUSQ_DIALECT_MYSQL, ":long_name:b x");
  CHECK_STR(sql.text, "?? x");
  CHECK_INT(dusq__sql_origin(&sql, 0), 0);
  CHECK_INT(dusq__sql_origin(&sql, 1), 10);
  CHECK_INT(dusq__sql_origin(&sql, 2), 12);
  CHECK_INT(dusq__sql_origin(&sql, 3), 13);
  dusq__sql_fini(&sql);

  sql = read_ok(DUSQ_DIALECT_MYSQL, "SELECT x");
  CHECK_INT(dusq__sql_origin(&sql, 7), 7);
  CHECK_INT(dusq__sql_origin(&sql, 9), 8);
  dusq__sql_fini(&sql);
}

static void test_messages(void)
{
  static const struct {
    const char *sql, *message;
  } rows[] = {
    {"SELECT 'a", "a string has no end"},
    {"SELECT \"a", "a quoted name has no end"},
    {"SELECT $a$ $b$", "a dollar-quoted string has no end"},
    {"SELECT /*", "a comment has no end"},
    {"a = $1 OR b = ?", "placeholders of two styles, $1 and ?, in one statement "
                         "(the operator \"?\" is written \"??\")"},
    {"a = $1 OR b = :b", "placeholders of two styles, $1 and :name, in one statement"},
    {"a ? 'b'", "a \"?\" stands beside a value: the operator is written \"??\""},
    {"$1 $4", "$4 is used, but $2 is not"},
    {"$0", "placeholders are counted from $1"},
    {"$1x", "a letter follows the number of a placeholder"},
    {"$70000", "more than 65535 values in one statement"},
  };
  for (size_t i = 0; i < COUNT(rows); i++) {
    dusq__sql sql;
    dusq_error *error = NULL;
    dusq__sql_read(DUSQ_DIALECT_POSTGRESQL, rows[i].sql, strlen(rows[i].sql), &sql, &error);
    CHECK_STR(dusq_error_message(error), rows[i].message);
    dusq_error_unref(error);
  }
  dusq__sql sql;
  dusq_error *error = NULL;
  CHECK_INT(dusq__sql_read(DUSQ_DIALECT_SQLITE, "a = @name", 9, &sql, &error), DUSQ_E_PARAMS);
  CHECK_STR(dusq_error_message(error), "\"@name\" is no placeholder here: write :name, $1 or ?");
  dusq_error_unref(error);
  CHECK_INT(dusq__sql_read(DUSQ_DIALECT_SQLITE, "a\0b", 3, &sql, &error), DUSQ_E_SYNTAX);
  CHECK_INT(dusq_error_position(error), 1);
  dusq_error_unref(error);
  /* no byte behind the length is looked at */
  CHECK_INT(dusq__sql_read(DUSQ_DIALECT_SQLITE, "'a' ?'", 5, &sql, NULL), DUSQ_OK);
  CHECK_STR(sql.text, "'a' ?1");
  dusq__sql_fini(&sql);
}

/* ---- large texts ------------------------------------------------------------------------------------------------- */

static char *repeated(const char *piece, size_t n, size_t *len)
{
  size_t one = strlen(piece);
  char *text = malloc(one * n + 1);
  for (size_t i = 0; i < n; i++)
    memcpy(text + i * one, piece, one);
  *len = one * n;
  text[*len] = '\0';
  return text;
}

static void check_many(uint32_t dialect, const char *piece, size_t n, dusq_status expected)
{
  size_t len;
  char *text = repeated(piece, n, &len);
  dusq__sql sql;
  CHECK_INT(dusq__sql_read(dialect, text, len - 1, &sql, NULL), expected); /* without the last comma */
  CHECK_INT(sql.nslots, expected == DUSQ_OK ? n : 0);
  dusq__sql_fini(&sql);
  free(text);
}

static void test_limits(void)
{
  for (int d = 0; d < DIALECTS; d++) {
    check_many(dialects[d], "?,", 65535, DUSQ_OK);
    check_many(dialects[d], "?,", 65536, DUSQ_E_PARAMS);
    check_many(dialects[d], "$1,", 65536, d == MYSQL ? DUSQ_E_PARAMS : DUSQ_OK);
    check_many(dialects[d], ":a,", 65536, d == MYSQL ? DUSQ_E_PARAMS : DUSQ_OK);
  }
}

static void test_many_names(void)
{
  enum { N = 65536 };
  char *text = malloc(N * 8 + 1);
  dusq_value *values = calloc(N, sizeof *values);
  uint16_t *order = calloc(N, sizeof *order);
  size_t len = 0;
  for (int i = 0; i < N; i++)
    len += (size_t)snprintf(text + len, 9, ":n%05d,", i);
  dusq__sql sql;
  CHECK_INT(dusq__sql_read(DUSQ_DIALECT_SQLITE, text, len - 1, &sql, NULL), DUSQ_E_PARAMS);
  if (CHECK_INT(dusq__sql_read(DUSQ_DIALECT_SQLITE, text, len - 9, &sql, NULL), DUSQ_OK)) {
    CHECK_INT(sql.params, N - 1);
    for (int i = 0; i < N - 1; i++)
      values[i] = dusq_named(sql.names[N - 2 - i], dusq_int(i));
    CHECK_INT(dusq__sql_order(&sql, values, N - 1, order, NULL), DUSQ_OK);
    CHECK_INT(order[0], N - 2);
    CHECK_INT(order[N - 2], 0);
    values[N - 1] = values[0];
    CHECK_INT(dusq__sql_order(&sql, values, N, order, NULL), DUSQ_E_PARAMS);
  }
  dusq__sql_fini(&sql);
  free(order);
  free(values);
  free(text);
}

/* Texts on which a lexer that goes back would take minutes. */
static void test_linear(void)
{
  static const char *const pieces[] = {"$a$ ", "$", "$$", "((", "[", ":", "::", "''", "'\\", "/*", "*/", "/*!", "--",
                                       "@", "??", "E'' ", "E''\n--", "a ", "x:=", "\xC3\xA4", "?|", "\"\"", "`", ";"};
  for (size_t i = 0; i < COUNT(pieces); i++) {
    for (int d = 0; d < DIALECTS; d++) {
      size_t len;
      char *text = repeated(pieces[i], (size_t)test_scale(300000), &len);
      dusq__sql sql;
      dusq_status status = dusq__sql_read(dialects[d], text, len, &sql, NULL);
      CHECK(status == DUSQ_OK || status == DUSQ_E_SYNTAX || status == DUSQ_E_PARAMS);
      dusq__sql_fini(&sql);
      free(text);
    }
  }
}

/* ---- the order of values ----------------------------------------------------------------------------------------- */

static void check_order(const char *text, size_t n, const dusq_value *values, const char *expected)
{
  dusq__sql sql = read_ok(DUSQ_DIALECT_SQLITE, text);
  uint16_t order[8];
  char found[256] = "";
  dusq_error *error = NULL;
  if (dusq__sql_order(&sql, values, n, order, &error) == DUSQ_OK) {
    for (uint32_t i = 0; i < sql.params; i++)
      snprintf(found + strlen(found), sizeof found - strlen(found), "%d ", order[i]);
  } else {
    CHECK_INT(dusq_error_status(error), DUSQ_E_PARAMS);
    snprintf(found, sizeof found, "%s", dusq_error_message(error));
  }
  CHECK_STR(found, expected);
  dusq_error_unref(error);
  dusq__sql_fini(&sql);
}

#define NAMED(name) dusq_named(name, dusq_int(1))

static void test_order(void)
{
  check_order("1", DUSQ_NO_PARAMS, "");
  check_order("?, ?", DUSQ_PARAMS(dusq_int(1), dusq_int(2)), "0 1 ");
  check_order("$2, $1, $2", DUSQ_PARAMS(dusq_int(1), dusq_int(2)), "0 1 ");
  check_order("?", DUSQ_NO_PARAMS, "the statement takes 1 value, 0 given");
  check_order("?, ?", DUSQ_PARAMS(dusq_int(1)), "the statement takes 2 values, 1 given");
  check_order("1", DUSQ_PARAMS(dusq_int(1)), "the statement takes 0 values, 1 given");
  check_order("?", DUSQ_PARAMS(NAMED("a")), "a value has the name \"a\", but the statement has no named placeholders");
  check_order("1", DUSQ_PARAMS(NAMED("a")), "a value has the name \"a\", but the statement has no named placeholders");
  check_order(":b, :a, :b", DUSQ_PARAMS(NAMED("a"), NAMED("b")), "1 0 ");
  check_order(":b, :a, :b", DUSQ_PARAMS(NAMED("b"), NAMED("a")), "0 1 ");
  check_order(":b, :a, :b", DUSQ_PARAMS(dusq_int(1), dusq_int(2)), "0 1 ");
  check_order(":c,:b,:a,:d", DUSQ_PARAMS(NAMED("a"), NAMED("b"), NAMED("c"), NAMED("d")), "2 1 0 3 ");
  check_order(":b, :a", DUSQ_PARAMS(dusq_int(1)), "the statement takes 2 values, 1 given");
  check_order(":b, :a", DUSQ_PARAMS(NAMED("a"), dusq_int(1)), "1 of 2 values have names: either all or none");
  check_order(":b, :a", DUSQ_PARAMS(NAMED("a")), "no value has the name \"b\"");
  check_order(":b, :a", DUSQ_PARAMS(NAMED("a"), NAMED("a")), "two values have the name \"a\"");
  check_order(":b, :a", DUSQ_PARAMS(NAMED("a"), NAMED("b"), NAMED("c")), "no placeholder has the name \"c\"");
  check_order(":b, :a", DUSQ_PARAMS(NAMED("a"), NAMED("b"), NAMED("b")), "two values have the name \"b\"");
  check_order(":a", DUSQ_PARAMS(NAMED("A")), "no placeholder has the name \"A\"");
  check_order(":a", DUSQ_PARAMS(NAMED("")), "no placeholder has the name \"\"");
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void test_no_memory(void)
{
  static const char *const texts[] = {"SELECT 1", "?,?,?,?,?,?,?,?,?,?", "$2,$1", ":a,:b,:c,:d,:e,:f,:g,:h,:i,:j,:a",
                                      "SELECT '", "$2", "?, :a"};
  long live = test_alloc_live();
  for (size_t i = 0; i < COUNT(texts); i++) {
    bool failed = true;
    for (long n = 1; failed && n < 100; n++) {
      dusq__sql sql;
      dusq_error *error = NULL;
      test_alloc_fail(n, false);
      dusq_status status = dusq__sql_read(DUSQ_DIALECT_POSTGRESQL, texts[i], strlen(texts[i]), &sql, &error);
      failed = test_alloc_failed();
      test_alloc_fail(0, false);
      CHECK(!failed || status != DUSQ_OK);
      CHECK_INT(status, dusq_error_status(error));
      dusq_error_unref(error);
      dusq__sql_fini(&sql);
      CHECK_INT(test_alloc_live(), live);
    }
    CHECK(!failed);
  }
}

void suite_sql(void);
void suite_sql(void)
{
  test_suite("sql");
  test_case("quoted strings and names", test_literals);
  test_case("comments", test_comments);
  test_case("question marks, colons and signs in operators", test_operators);
  test_case("placeholder styles", test_placeholders);
  test_case("values, slots and names", test_counts);
  test_case("verbs", test_verbs);
  test_case("places in the caller's text", test_origins);
  test_case("messages", test_messages);
  test_case("at most 65,535 values", test_limits);
  test_case("very many names", test_many_names);
  test_case("linear time", test_linear);
  test_case("the order of values", test_order);
  test_case("out of memory", test_no_memory);
}
