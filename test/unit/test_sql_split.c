/* test_sql_split.c - where the statements of scripts end: made-up ones, and the three Chinook scripts. */
#include "data/sql.h"
#include "test.h"

enum { MAX_STATEMENTS = 8 };

typedef struct script {
  uint32_t dialect; /* 0: all three */
  const char *text;
  const char *statements[MAX_STATEMENTS]; /* up to NULL */
} script;

#define S DUSQ_DIALECT_SQLITE
#define P DUSQ_DIALECT_POSTGRESQL
#define M DUSQ_DIALECT_MYSQL

#define SQLITE_TRIGGER "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM b; END"
#define ATOMIC "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN 1 END; END"
#define RULE "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b)"
#define MYSQL_PROCEDURE \
  "CREATE DEFINER=`a`@`%` PROCEDURE p() BEGIN\n IF a THEN SELECT 1; ELSE SELECT CASE b WHEN 1 THEN 2 END; END IF;\n" \
  " l:WHILE c DO SET c = 0; END WHILE l; CASE d WHEN 1 THEN SELECT 1; END CASE; BEGIN REPEAT SET e = 1;" \
  " UNTIL 1 END REPEAT; END; LOOP LEAVE x; END LOOP; END"
#define MYSQL_TRIGGER "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET NEW.end = 1; SET @x = 1; END"
#define MYSQL_FOR \
  "CREATE PROCEDURE p() BEGIN FOR i IN 1..3 DO SELECT i; END FOR; SELECT CASE 1 WHEN 1 THEN 1 END FOR UPDATE; END"

static const script scripts[] = {
  {0, "", {NULL}},
  {0, " ;;\n-- x\n; /* y; */", {NULL}},
  {0, "SELECT 1", {"SELECT 1", NULL}},
  {0, "SELECT 1;", {"SELECT 1", NULL}},
  {0, "SELECT 1;SELECT 2 ; ;\n -- three\n SELECT 3 -- ;\n ;-- end", {"SELECT 1", "SELECT 2", "SELECT 3", NULL}},
  {0, "\xEF\xBB\xBFSELECT 1;a", {"SELECT 1", "a", NULL}},
  {0, "/* a; */ b /* ; */ c;d", {"b /* ; */ c", "d", NULL}},
  {0, "SELECT 'a;b', ';''';c", {"SELECT 'a;b', ';'''", "c", NULL}},
  {0, "SELECT \";\";c", {"SELECT \";\"", "c", NULL}},
  {0, "a\r\n;\r\nb\r\n", {"a", "b", NULL}},
  {0, "SELECT ?, @a; SELECT $0, :b", {"SELECT ?, @a", "SELECT $0, :b", NULL}}, /* placeholders are not looked at */
  {0, "BEGIN; INSERT INTO a VALUES(1); END; COMMIT;", {"BEGIN", "INSERT INTO a VALUES(1)", "END", "COMMIT", NULL}},
  {0, "CREATE TABLE a(trigger int, function int); b", {"CREATE TABLE a(trigger int, function int)", "b", NULL}},
  {0, "CREATE TABLE begin(a); b; END", {"CREATE TABLE begin(a)", "b", "END", NULL}},

  {S, "SELECT [a;b];c", {"SELECT [a;b]", "c", NULL}},
  {S, "SELECT `;`;c", {"SELECT `;`", "c", NULL}},
  {S, SQLITE_TRIGGER ";x", {SQLITE_TRIGGER, "x", NULL}},
  {S, SQLITE_TRIGGER, {SQLITE_TRIGGER, NULL}},
  {S, "create temp trigger t begin a; end;x", {"create temp trigger t begin a; end", "x", NULL}},
  {S, "CREATE TEMPORARY TRIGGER IF NOT EXISTS t BEGIN a;\n-- ;\nEND /* */ ;x",
   {"CREATE TEMPORARY TRIGGER IF NOT EXISTS t BEGIN a;\n-- ;\nEND", "x", NULL}},
  {S, "EXPLAIN " SQLITE_TRIGGER ";x", {"EXPLAIN " SQLITE_TRIGGER, "x", NULL}},
  {S, "EXPLAIN QUERY PLAN " SQLITE_TRIGGER ";x", {"EXPLAIN QUERY PLAN " SQLITE_TRIGGER, "x", NULL}},
  {S, "CREATE TRIGGER t BEGIN a; b; END", {"CREATE TRIGGER t BEGIN a; b; END", NULL}},
  {S, "CREATE TRIGGER t; x; END; y", {"CREATE TRIGGER t", "x", "END", "y", NULL}}, /* no body ever began */
  {S, "CREATE TRIGGER t BEGIN SELECT \"END\"; [END]; END;x",
   {"CREATE TRIGGER t BEGIN SELECT \"END\"; [END]; END", "x", NULL}},
  {S, "CREATE TRIGGER t BEGIN a; END b; END; x", {"CREATE TRIGGER t BEGIN a; END b; END", "x", NULL}},

  {P, "SELECT $$;$$, $a$;$b$;$a$, E'\\';';c", {"SELECT $$;$$, $a$;$b$;$a$, E'\\';'", "c", NULL}},
  {P, "/* /* */ ; */ a;b", {"a", "b", NULL}},
  {P, ATOMIC ";x", {ATOMIC, "x", NULL}},
  {P, "CREATE PROCEDURE p() BEGIN ATOMIC END; x", {"CREATE PROCEDURE p() BEGIN ATOMIC END", "x", NULL}},
  {P, "CREATE FUNCTION f() RETURNS int AS $$ BEGIN; END $$ LANGUAGE plpgsql;x",
   {"CREATE FUNCTION f() RETURNS int AS $$ BEGIN; END $$ LANGUAGE plpgsql", "x", NULL}},
  {P, RULE ";x", {RULE, "x", NULL}},
  {P, "SELECT );x", {"SELECT )", "x", NULL}},
  {P, "\\c chinook;\nx", {"\\c chinook", "x", NULL}},

  {M, "SELECT '\\';', \"\\\";\";c # ;\n;d -- ;", {"SELECT '\\';', \"\\\";\"", "c", "d", NULL}},
  {M, "/*!40101 SET a=1; */;x", {"/*!40101 SET a=1; */", "x", NULL}},
  {M, "/*! a */ b", {"/*! a */ b", NULL}},
  {M, MYSQL_PROCEDURE ";x", {MYSQL_PROCEDURE, "x", NULL}},
  {M, MYSQL_TRIGGER ";x", {MYSQL_TRIGGER, "x", NULL}},
  {M, MYSQL_FOR ";x", {MYSQL_FOR, "x", NULL}},
  {M, "CREATE OR REPLACE DEFINER=root@localhost AGGREGATE FUNCTION f() BEGIN a; END;x",
   {"CREATE OR REPLACE DEFINER=root@localhost AGGREGATE FUNCTION f() BEGIN a; END", "x", NULL}},
  {M, "ALTER DEFINER = CURRENT_USER() EVENT e DO BEGIN a; END;x",
   {"ALTER DEFINER = CURRENT_USER() EVENT e DO BEGIN a; END", "x", NULL}},
  {M, "CREATE PROCEDURE p() SELECT 1;x", {"CREATE PROCEDURE p() SELECT 1", "x", NULL}},
  {M, "BEGIN NOT ATOMIC a; b; END;x", {"BEGIN NOT ATOMIC a; b; END", "x", NULL}},
  {M, "BEGIN WORK; a; COMMIT", {"BEGIN WORK", "a", "COMMIT", NULL}},
  {M, "ALTER TABLE event ADD begin INT; a; END", {"ALTER TABLE event ADD begin INT", "a", "END", NULL}},
  {M, "CREATE DEFINER=a@b SQL SECURITY INVOKER VIEW v AS SELECT function; BEGIN; x; END",
   {"CREATE DEFINER=a@b SQL SECURITY INVOKER VIEW v AS SELECT function", "BEGIN", "x", "END", NULL}},
  {M, "/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER t BEGIN a; b; END */;;x",
   {"/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER t BEGIN a; b; END */", "x", NULL}},
};

static void check_script(uint32_t dialect, const script *s)
{
  size_t len = strlen(s->text);
  size_t at = 0;
  for (int i = 0; i <= MAX_STATEMENTS; i++) {
    size_t begin = 0;
    size_t size = 0;
    dusq_error *error = NULL;
    bool more = dusq_sql_next(dialect, s->text, len, &at, &begin, &size, &error);
    CHECK(error == NULL);
    CHECK(at <= len);
    if (!CHECK_INT(more, s->statements[i] != NULL) || !more)
      break;
    char *found = strndup(s->text + begin, size);
    CHECK_STR(found, s->statements[i]);
    free(found);
  }
  CHECK_INT(at, len);
}

/* Each is one statement: the bodies of MySQL and MariaDB, with whatever looks like the end or the beginning of one. */
static const char *const bodies[] = {
  "CREATE PROCEDURE p() IF a THEN SELECT 1; ELSEIF b THEN SELECT 2; ELSE SELECT 3; END IF",
  "CREATE PROCEDURE IF NOT EXISTS p(IN a INT) IF a THEN IF b THEN SELECT 1; END IF; SELECT 2; END IF",
  "CREATE PROCEDURE p() l: LOOP SET a = a + 1; IF a > 3 THEN LEAVE l; END IF; END LOOP l",
  "CREATE PROCEDURE p() l:WHILE a DO DO SLEEP(1); SET a = IF(a, 1, 2); END WHILE l",
  "CREATE PROCEDURE p() REPEAT SET a = REPEAT('x', 3); UNTIL CASE a WHEN 1 THEN 2 END END REPEAT",
  "CREATE PROCEDURE p() CASE a WHEN 1 THEN SELECT CASE b WHEN 1 THEN 2 ELSE IF(c, 1, 2) END; ELSE BEGIN END; END CASE",
  "CREATE PROCEDURE p() FOR r IN (SELECT 1 FROM t FOR UPDATE) DO SELECT r; END FOR",
  "CREATE PROCEDURE p(a SET('x', 'y')) COMMENT 'if' SQL SECURITY INVOKER IF a THEN SELECT 1; END IF",
  "CREATE FUNCTION f(a INT) RETURNS VARCHAR(9) CHARACTER SET utf8mb4 DETERMINISTIC IF a THEN RETURN 1; "
  "ELSE RETURN 2; END IF",
  "CREATE FUNCTION f() RETURNS SET('a;', 'b') BEGIN RETURN IF(1, 'a', 'b'); END",
  "CREATE FUNCTION f() RETURNS INT RETURN IF(1, 2, 3)",
  "CREATE PROCEDURE p() SET @a = CASE WHEN 1 THEN 2 END",
  "CREATE PROCEDURE p() DROP TABLE IF EXISTS t",
  "CREATE FUNCTION f RETURNS STRING SONAME 'f.so'",
  "CREATE TRIGGER IF NOT EXISTS t BEFORE UPDATE ON a FOR EACH ROW IF NEW.b THEN SET NEW.end = 1; SET NEW.c = 2; END IF",
  "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW FOLLOWS u IF NEW.b THEN SET @c = 1; END IF",
  "CREATE TRIGGER t AFTER DELETE ON a FOR EACH ROW PRECEDES `u` l: BEGIN SET @a = 1; END l",
  "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = IF(NEW.c, 1, 2)",
  "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW INSERT INTO b SELECT begin, end FROM c",
  "CREATE EVENT IF NOT EXISTS e ON SCHEDULE EVERY 1 DAY STARTS NOW() ON COMPLETION PRESERVE DO IF a THEN DO 1; END IF",
  "CREATE EVENT e ON SCHEDULE AT NOW() DO DO IF(1, 2, 3)",
  "ALTER EVENT e RENAME TO f ENABLE",
  "CREATE PROCEDURE p() BEGIN DECLARE a INT DEFAULT CASE 1 WHEN 1 THEN 2 END; DECLARE c CURSOR FOR SELECT 1; "
  "DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = IF(1, 2, 3); DECLARE EXIT HANDLER FOR SQLSTATE VALUE '23000', "
  "1062 BEGIN SELECT 1; END; DECLARE EXIT HANDLER FOR SQLEXCEPTION IF a THEN SELECT 1; END IF; "
  "SELECT begin, end FROM t; END",
  "CREATE PROCEDURE p() BEGIN SELECT IF(1, 2, 3); INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = IF(a, 1, 2); "
  "END",
  "CREATE PROCEDURE p() BEGIN BEGIN NOT ATOMIC SELECT 1; END; `l`: BEGIN IF 1 THEN BEGIN END; END IF; END `l`; END",
  "IF a THEN SELECT 1; END IF", "WHILE a DO SELECT 1; END WHILE", "l: LOOP LEAVE l; END LOOP",
  "`l`:LOOP LEAVE l; END LOOP",
  "FOR i IN 1..3 DO SELECT i; END FOR", "REPEAT SELECT 1; UNTIL 1 END REPEAT", "CASE 1 WHEN 1 THEN SELECT 1; END CASE",
  "SELECT IF(1, 2, 3), CASE 1 WHEN 1 THEN 2 END FROM t FOR UPDATE", "(SELECT 1)", "DROP TABLE IF EXISTS t",
  "CREATE TABLE IF NOT EXISTS t (begin INT)",
};

static void test_bodies(void)
{
  for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
    char text[2048];
    snprintf(text, sizeof text, "a;\n%s; b;\n/*!50003 %s */;END", bodies[i], bodies[i]);
    char executed[1024];
    snprintf(executed, sizeof executed, "/*!50003 %s */", bodies[i]);
    const script s = {M, text, {"a", bodies[i], "b", executed, "END", NULL}};
    check_script(M, &s);
  }
}

static void test_scripts(void)
{
  for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
    const script *s = &scripts[i];
    if (s->dialect) {
      check_script(s->dialect, s);
      continue;
    }
    check_script(S, s);
    check_script(P, s);
    check_script(M, s);
  }
}

static void test_unreadable(void)
{
  static const struct {
    uint32_t dialect;
    const char *text;
    int64_t position;
    size_t before;
    const char *last;
  } rows[] = {
    {S, "a; b 'c; d", 5, 1, "b 'c; d"}, {S, "a; 'c", 3, 1, "'c"},         {S, "a; b; /* c", 6, 2, "/* c"},
    {P, "a $$;b", 2, 0, "a $$;b"},      {M, "a; b /*! c;", 5, 1, "b /*! c;"}, {M, "\"", 0, 0, "\""},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    size_t len = strlen(rows[i].text);
    size_t at = 0;
    size_t begin = 0;
    size_t size = 0;
    dusq_error *error = NULL;
    for (size_t n = 0; n < rows[i].before; n++)
      CHECK(dusq_sql_next(rows[i].dialect, rows[i].text, len, &at, &begin, &size, &error) && !error);
    CHECK(dusq_sql_next(rows[i].dialect, rows[i].text, len, &at, &begin, &size, &error));
    CHECK_INT(dusq_error_status(error), DUSQ_E_SYNTAX);
    CHECK_INT(dusq_error_position(error), rows[i].position);
    CHECK_STR(rows[i].text + begin, rows[i].last);
    CHECK_INT(begin + size, len);
    CHECK_INT(at, len);
    dusq_error_unref(error);
    error = NULL;
    CHECK(!dusq_sql_next(rows[i].dialect, rows[i].text, len, &at, &begin, &size, &error));
  }
}

/* ---- real scripts ------------------------------------------------------------------------------------------------ */

static char *read_file(const char *name, size_t *len)
{
  const char *path = test_chinook_path(name);
  FILE *file = path ? fopen(path, "rb") : NULL;
  if (!file)
    return NULL;
  char *text = malloc(1 << 20);
  *len = fread(text, 1, 1 << 20, file);
  fclose(file);
  return text;
}

/* Lines that end in a semicolon, outside strings and the comments of these files: no other statements are in them. */
static size_t count_line_ends(const char *text, size_t len)
{
  size_t n = 0;
  bool string = false;
  bool comment = false;
  for (size_t i = 0; i < len; i++) {
    if (!string && !comment && i + 1 < len && text[i] == '/' && text[i + 1] == '*')
      comment = true;
    else if (comment && text[i] == '/' && text[i - 1] == '*')
      comment = false;
    else if (!comment && text[i] == '\'')
      string = !string;
    size_t next = i + 1 < len && text[i + 1] == '\r' ? i + 2 : i + 1;
    if (!string && !comment && text[i] == ';' && (next >= len || text[next] == '\n'))
      n++;
  }
  return n;
}

static bool starts_well(const char *statement)
{
  static const char *const words[] = {"DROP ", "CREATE ", "INSERT ", "ALTER ", "USE ", "\\c "};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strncmp(statement, words[i], strlen(words[i])) == 0)
      return true;
  return false;
}

static void check_chinook(uint32_t dialect, const char *name)
{
  size_t len = 0;
  char *text = read_file(name, &len);
  if (!text)
    return;
  size_t at = 0;
  size_t n = 0;
  size_t begin;
  size_t size;
  dusq_error *error = NULL;
  while (dusq_sql_next(dialect, text, len, &at, &begin, &size, &error)) {
    n++;
    CHECK(error == NULL);
    CHECK(starts_well(text + begin));
    CHECK(text[begin + size] == ';');
    dusq__sql sql;
    CHECK_INT(dusq__sql_read(dialect, text + begin, size, &sql, NULL), DUSQ_OK);
    CHECK_INT(sql.params, 0);
    CHECK_INT(sql.len, size);
    dusq__sql_fini(&sql);
  }
  CHECK(n > 10);
  CHECK_INT(n, count_line_ends(text, len));
  free(text);
}

static void test_chinook(void)
{
  check_chinook(S, "Chinook_Sqlite.sql");
  check_chinook(P, "Chinook_PostgreSql.sql");
  check_chinook(M, "Chinook_MySql.sql");
}

/* One pass: what was cut is not read again. */
static void test_long_script(void)
{
  size_t n = (size_t)test_scale(200000);
  static const char statement[] = "INSERT INTO a VALUES ('x;y', 1);\n";
  size_t one = sizeof statement - 1;
  char *text = malloc(n * one);
  for (size_t i = 0; i < n; i++)
    memcpy(text + i * one, statement, one);
  size_t at = 0;
  size_t begin;
  size_t size;
  size_t found = 0;
  dusq_error *error = NULL;
  while (dusq_sql_next(S, text, n * one, &at, &begin, &size, &error))
    found += size == one - 2;
  CHECK_INT(found, n);
  free(text);
}

void suite_sql_split(void);
void suite_sql_split(void)
{
  test_suite("sql_split");
  test_case("bodies of MySQL", test_bodies);
  test_case("scripts", test_scripts);
  test_case("literals and comments without an end", test_unreadable);
  test_case("the Chinook scripts", test_chinook);
  test_case("a long script", test_long_script);
}
