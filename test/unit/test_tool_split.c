/* test_tool_split.c - the program's splitter: made-up texts in three dialects, fed whole and byte by byte, and the
 * three Chinook scripts, where the library's own splitter must see the same statements.                              */
#include "../../tools/split.h"
#include "data/sql.h"
#include "test.h"

enum { MAX_STATEMENTS = 6 };

typedef struct script {
  int dialect;
  const char *text;
  const char *statements[MAX_STATEMENTS]; /* with the lines where they begin: "2:SELECT 1"; up to NULL */
} script;

enum { ALL = -1, S = DUSQ_DIALECT_SQLITE, P = DUSQ_DIALECT_POSTGRESQL, M = DUSQ_DIALECT_MYSQL };

#define TRIGGER "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM b; END"
#define ATOMIC "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN 1 END; END"
#define PROCEDURE \
  "CREATE DEFINER=me@here PROCEDURE p() BEGIN IF a THEN SELECT 1; ELSE SELECT CASE b WHEN 1 THEN 2 END; END IF; " \
  "CASE d WHEN 1 THEN SELECT 1; END CASE; BEGIN LOOP SET e = 1; END LOOP; END; SET NEW.end = 1; END"

static const script scripts[] = {
  {ALL, "", {NULL}},
  {ALL, " ;;\n-- x;\n; /* y; */", {NULL}},
  {ALL, "a", {"1:a", NULL}},
  {ALL, "a;", {"1:a", NULL}},
  {ALL, "a\n;\n\n-- b;\n  c /* d; */ e ;f", {"1:a", "5:c /* d; */ e", "5:f", NULL}},
  {ALL, "\xEF\xBB\xBF" "a;b", {"1:a", "1:b", NULL}},
  {ALL, "\xEF\xBB\xBF", {NULL}},
  {ALL, "a 'b;', ';''\n;';c", {"1:a 'b;', ';''\n;'", "2:c", NULL}},
  {ALL, "a \";\"\"\";b", {"1:a \";\"\"\"", "1:b", NULL}},
  {ALL, "a - b; c / d; e --", {"1:a - b", "1:c / d", "1:e", NULL}},
  {ALL, "a 'b;\nc", {"1:a 'b;\nc", NULL}},
  {ALL, "a /* b;\nc", {"1:a /* b;\nc", NULL}},
  {ALL, "BEGIN; a; END; COMMIT", {"1:BEGIN", "1:a", "1:END", "1:COMMIT", NULL}},
  {S, "a `;`;[;] b;", {"1:a `;`", "1:[;] b", NULL}},
  {S, "a '\\';b $$;c$$", {"1:a '\\'", "1:b $$", "1:c$$", NULL}},
  {S, TRIGGER ";a", {"1:" TRIGGER, "1:a", NULL}},
  {S, "explain query plan " TRIGGER " ;a", {"1:explain query plan " TRIGGER, "1:a", NULL}},
  {S, "CREATE TABLE trigger_begin (a); END; b", {"1:CREATE TABLE trigger_begin (a)", "1:END", "1:b", NULL}},
  {S, "CREATE TRIGGER t BEGIN a; end", {"1:CREATE TRIGGER t BEGIN a; end", NULL}},
  {P, "a $$;$$;b $x$;$$;$x$;c $1;d", {"1:a $$;$$", "1:b $x$;$$;$x$", "1:c $1", "1:d", NULL}},
  {P, "a E'\\';';b '\\';/* /* ; */ ; */c", {"1:a E'\\';'", "1:b '\\'", "1:c", NULL}},
  {P, "a$b$;c", {"1:a$b$", "1:c", NULL}},
  {P, "CREATE RULE r AS ON INSERT TO t DO (a; b); c", {"1:CREATE RULE r AS ON INSERT TO t DO (a; b)", "1:c", NULL}},
  {P, ATOMIC ";a", {"1:" ATOMIC, "1:a", NULL}},
  {P, "a $$;\nb", {"1:a $$;\nb", NULL}},
  {M, "a '\\';';b \"\\\";\";# c;\n--d;e", {"1:a '\\';'", "1:b \"\\\";\"", "2:--d", "2:e", NULL}},
  {M, "a `;`;/*! b; */;c", {"1:a `;`", "1:/*! b; */", "1:c", NULL}},
  {M, "/*M!100100 SET @y = 9; */;/*M! */;/*M*/;c", {"1:/*M!100100 SET @y = 9; */", "1:/*M! */", "1:c", NULL}},
  {M, PROCEDURE ";a", {"1:" PROCEDURE, "1:a", NULL}},
  {M, "BEGIN NOT ATOMIC a; END; BEGIN; b", {"1:BEGIN NOT ATOMIC a; END", "1:BEGIN", "1:b", NULL}},
};

#define IF_BODY "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW IF NEW.b THEN SET NEW.c = 1; END IF"

/* MySQL's command, and what it does not take for one. */
static const script commands[] = {
  {M, "DELIMITER //\na; b // c;\n//delimiter ;\nd;e", {"2:a; b", "2:c;", "4:d", "4:e", NULL}},
  {M, "a;\nDELIMITER $$ -- to the end of the line;\nb;$$\n\nDelimiter\t;\r\nc", {"1:a", "3:b;", "6:c", NULL}},
  {M, "DELIMITER ;;\n/*!50003 CREATE*/ /*!50003 TRIGGER t BEGIN a; 'b;;'; END */;;\nDELIMITER ;\nc;",
   {"2:/*!50003 CREATE*/ /*!50003 TRIGGER t BEGIN a; 'b;;'; END */", "4:c", NULL}},
  {M, "DELIMITER //\n'//' \"//\" `//` '\\'//' /* // */ # //\n -- //\n a//b",
   {"2:'//' \"//\" `//` '\\'//' /* // */ # //\n -- //\n a",
   "4:b", NULL}},
  {M, "DELIMITER //\n-- a\n//\n/* b */ //\nc", {"5:c", NULL}},
  {M, "DELIMITER //", {NULL}},
  {M, "DELIMITER //\n'a//", {"2:'a//", NULL}},
  {M, "DELIMITER \\;a", {"1:DELIMITER \\", "1:a", NULL}},
  {M, "delimiters;a.delimiter;a\nDELIMITER b;c", {"1:delimiters", "1:a.delimiter", "1:a\nDELIMITER b", "2:c", NULL}},
  {S, "DELIMITER //\na;b", {"1:DELIMITER //\na", "2:b", NULL}},
  {M, IF_BODY ";a", {"1:" IF_BODY, "1:a", NULL}},
  {M | DUSQ_DIALECT_NO_ESCAPES, "a '\\';b \"\\\";c", {"1:a '\\'", "1:b \"\\\"", "1:c", NULL}},
  {M | DUSQ_DIALECT_ANSI_QUOTES, "a '\\';';b \"\\\";c", {"1:a '\\';'", "1:b \"\\\"", "1:c", NULL}},
  {M | DUSQ_DIALECT_NO_ESCAPES, "DELIMITER //\na '\\'//b", {"2:a '\\'", "2:b", NULL}},
  {M | DUSQ_DIALECT_ANSI_QUOTES, "DELIMITER //\na \"\\\"//b", {"2:a \"\\\"", "2:b", NULL}},
};

/* Feeds at most `step` bytes at a time. */
typedef struct feed {
  splitter s;
  const char *text;
  size_t left, step;
} feed;

static split_outcome next(feed *f, statement *out)
{
  split_outcome outcome;
  while ((outcome = splitter_next(&f->s, out)) == SPLIT_MORE) {
    size_t room, n = f->left < f->step ? f->left : f->step;
    char *to = splitter_room(&f->s, &room);
    if (!to)
      return SPLIT_END;
    n = n < room ? n : room;
    memcpy(to, f->text, n);
    splitter_fed(&f->s, n);
    f->text += n;
    f->left -= n;
  }
  return outcome;
}

static void begin(feed *f, int dialect, const char *text, size_t len, size_t step)
{
  splitter_init(&f->s, (uint32_t)dialect);
  f->text = text;
  f->left = len;
  f->step = step;
}

static void check_script(const script *one, int dialect, size_t step)
{
  feed f;
  statement st;
  size_t i = 0;
  begin(&f, dialect, one->text, strlen(one->text), step);
  while (next(&f, &st) == SPLIT_STATEMENT) {
    char found[1024];
    size_t len = st.len;
    while (len && strchr(" \n", st.sql[len - 1]))
      len--;
    snprintf(found, sizeof found, "%zu:%.*s", st.line, (int)len, st.sql);
    CHECK_STR(found, one->statements[i] ? one->statements[i] : "nothing");
    CHECK_INT(strlen(st.sql), st.len);
    if (one->statements[i])
      i++;
  }
  CHECK(!one->statements[i]);
  CHECK_INT(f.left, 0);
  splitter_fini(&f.s);
}

static void test_scripts(void)
{
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
    for (int dialect = S; dialect <= M; dialect++)
      for (size_t step = 1; step < 4 && (scripts[i].dialect == ALL || scripts[i].dialect == dialect); step++)
        check_script(&scripts[i], dialect, step == 3 ? SIZE_MAX : step);
}

static void test_commands(void)
{
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
    for (size_t step = 1; step < 4; step++)
      check_script(&commands[i], commands[i].dialect, step == 3 ? SIZE_MAX : step);
}

/* The modes are those of the session when the statement before has run. */
static void test_modes(void)
{
  static const char text[] = "a '\\';'; b '\\'; c '\\';'";
  feed f;
  statement st;
  begin(&f, M, text, sizeof text - 1, 9);
  CHECK_INT(next(&f, &st), SPLIT_STATEMENT);
  CHECK_STR(st.sql, "a '\\';'");
  splitter_set_modes(&f.s, DUSQ_DIALECT_NO_ESCAPES);
  CHECK_INT(next(&f, &st), SPLIT_STATEMENT);
  CHECK_STR(st.sql, "b '\\'");
  splitter_set_modes(&f.s, 0);
  CHECK_INT(next(&f, &st), SPLIT_STATEMENT);
  CHECK_STR(st.sql, "c '\\';'");
  CHECK_INT(next(&f, &st), SPLIT_END);
  splitter_fini(&f.s);
}

static void test_reads(void)
{
  static const char text[] = "SELECT 1; values (2); INSERT 3; (SELECT 4); /* SELECT */ WITH a; \"SELECT\"; selects";
  static const bool reads[] = {true, true, false, true, false, false, false};
  feed f;
  statement st;
  begin(&f, S, text, sizeof text - 1, 7);
  for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
    CHECK_INT(next(&f, &st), SPLIT_STATEMENT);
    CHECK_INT(st.reads, reads[i]);
  }
  CHECK_INT(next(&f, &st), SPLIT_END);
  splitter_fini(&f.s);
}

/* What has been used so far, for the progress. */
static void test_used(void)
{
  feed f;
  statement st;
  begin(&f, S, "a; b ;c", 7, 1);
  CHECK_INT(next(&f, &st), SPLIT_STATEMENT);
  CHECK_INT(st.end, 2);
  CHECK_INT(next(&f, &st), SPLIT_STATEMENT);
  CHECK_INT(st.end, 6);
  CHECK_INT(next(&f, &st), SPLIT_STATEMENT);
  CHECK_INT(st.end, 7);
  splitter_fini(&f.s);
}

/* A statement longer than any piece; memory is that of the longest, not of all. */
static void test_long(void)
{
  enum { LONG = 3 << 20, TIMES = 20 };
  char *text = malloc(LONG);
  feed f;
  statement st;
  if (!text) {
    CHECK(text);
    return;
  }
  memset(text, ';', LONG);
  text[0] = text[LONG - 2] = '\'';
  begin(&f, S, text, LONG, 65536);
  CHECK_INT(next(&f, &st), SPLIT_STATEMENT);
  CHECK_INT(st.len, LONG - 1);
  for (int i = 1; i < TIMES; i++) {
    f.text = text;
    f.left = LONG;
    CHECK_INT(next(&f, &st), SPLIT_STATEMENT);
    CHECK_INT(st.len, LONG - 1);
  }
  CHECK(f.s.size <= 4 * (size_t)LONG);
  splitter_fini(&f.s);
  free(text);
}

static void check_chinook(uint32_t dialect, const char *name)
{
  enum { MOST = 1 << 20 };
  const char *path = test_chinook_path(name);
  FILE *file = path ? fopen(path, "rb") : NULL;
  char *text = malloc(MOST);
  size_t len = file && text ? fread(text, 1, MOST, file) : 0, at = 0, from, n, statements = 0;
  if (file)
    fclose(file);
  feed f;
  statement st;
  dusq_error *error = NULL;
  begin(&f, (int)dialect, text, len, 1000);
  while (len && dusq_sql_next(dialect, text, len, &at, &from, &n, &error)) {
    bool there = next(&f, &st) == SPLIT_STATEMENT;
    CHECK(there && st.len >= n && !memcmp(st.sql, text + from, n));
    if (!there)
      break;
    statements++;
  }
  CHECK(!error);
  CHECK_INT(next(&f, &st), SPLIT_END);
  CHECK(!len || statements > 20);
  splitter_fini(&f.s);
  free(text);
}

static void test_chinook(void)
{
  check_chinook(S, "Chinook_Sqlite.sql");
  check_chinook(P, "Chinook_PostgreSql.sql");
  check_chinook(M, "Chinook_MySql.sql");
}

void suite_tool_split(void);
void suite_tool_split(void)
{
  test_suite("tool_split");
  test_case("where statements end", test_scripts);
  test_case("DELIMITER and modes", test_commands);
  test_case("modes in the middle", test_modes);
  test_case("what only reads", test_reads);
  test_case("how much has been used", test_used);
  test_case("a long statement", test_long);
  test_case("the Chinook scripts", test_chinook);
}
