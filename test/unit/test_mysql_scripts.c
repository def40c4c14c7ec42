/* test_mysql_scripts.c - the MySQL backend: scripts arrive as they were written.
 *
 * Random scripts of comments, literals in both modes of escaping, names in double quotes, bodies and stray semicolons.
 * A script knows what its statements answer, and the server's general log has to show its bytes, of which only blanks
 * and semicolons around statements may be missing.                                                                   */
#include "mysql_rig.h"

enum { SCRIPTS = 2000, QUICK = 150, MAX_STATEMENTS = 9 };

typedef struct maker {
  uint64_t seed;
  bool escapes, ansi; /* the mode, as the script goes */
  bool mariadb, commits; /* the server; whether statements may commit */
  char sql[TEXT_SIZE], expected[TEXT_SIZE];
} maker;

static unsigned pick(maker *m, unsigned n)
{
  m->seed = m->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (unsigned)(m->seed >> 33) % n;
}

static void put(maker *m, const char *text)
{
  add_text(m->sql, text);
}

static const char *newline(maker *m)
{
  return pick(m, 3) ? "\n" : "\r\n";
}

/* Blanks and comments, with quotes and semicolons inside. */
static void gap(maker *m)
{
  static const char *const comments[] = {"/* it's; \"a\" ` */", "/**/", "/* \\' */", "/*+ NO_ICP(t) */", "/* -- ; */"};
  static const char *const lines[] = {"-- it's; \"a\"", "# don't ; `", "-- \\", "-- /* ", "--\t\xc3\xa9;"};
  put(m, " ");
  switch (pick(m, 6)) {
  case 0:
    put(m, comments[pick(m, 5)]);
    break;
  case 1:
    put(m, lines[pick(m, 5)]);
    put(m, newline(m));
    break;
  case 2:
    put(m, newline(m));
    break;
  case 3:
    if (m->mariadb)
      put(m, pick(m, 2) ? "/*!999999 it's ; not for us */" : "/*M!999999 \" */");
    break;
  default:
    break;
  }
  put(m, " ");
}

/* A text as a literal, and as the cell that comes of it. */
static void literal(maker *m)
{
  static const char *const parts[] = {"a", "\\", "'", "\"", ";", "--", " ", "\n", "\r\n", "/*", "*/", "#", "?", "`",
                                      "\xc3\xa9", ":x", "$1"};
  char quote = m->ansi || pick(m, 2) ? '\'' : '"', sign[3] = {quote};
  put(m, sign);
  add_text(m->expected, "text:");
  for (unsigned n = pick(m, 8); n; n--) {
    const char *part = parts[pick(m, sizeof parts / sizeof *parts)];
    add_text(m->expected, part);
    if (part[0] == '\\' && m->escapes)
      put(m, "\\\\");
    else if (part[0] == quote && m->escapes && pick(m, 2))
      put(m, quote == '"' ? "\\\"" : "\\'");
    else if (part[0] == quote)
      put(m, quote == '"' ? "\"\"" : "''");
    else
      put(m, part);
  }
  put(m, sign);
}

static void select_literals(maker *m)
{
  put(m, "SELECT");
  gap(m);
  add_text(m->expected, " 0/0[");
  for (unsigned n = 1 + pick(m, 3); n; n--) {
    literal(m);
    put(m, m->ansi ? " AS \"a;'\\\"" : " AS `a;'\\`");
    gap(m);
    put(m, n > 1 ? "," : "");
    add_text(m->expected, n > 1 ? "," : "]");
  }
}

static void change_mode(maker *m)
{
  m->escapes = pick(m, 2);
  m->ansi = pick(m, 2);
  put(m, pick(m, 2) ? "/*!40101 SET sql_mode=" : "SET SESSION sql_mode=");
  bool comment = strstr(m->sql + strlen(m->sql) - 22, "/*!") != NULL;
  put(m, m->escapes ? "'STRICT_TRANS_TABLES" : "'NO_BACKSLASH_ESCAPES");
  put(m, m->ansi ? ",ANSI_QUOTES'" : "'");
  put(m, comment ? " */" : "");
  add_text(m->expected, " 0/0");
}

static void executed(maker *m)
{
  bool maria = m->mariadb && pick(m, 2);
  put(m, maria ? "/*M!100100 SELECT" : "/*!50101 SELECT");
  put(m, " 'x;' */");
  add_text(m->expected, " 0/0[text:x;]");
}

/* A body with semicolons, comments and lines, whose text the server keeps. */
static void routine(maker *m)
{
  static const char *const bodies[] = {"BEGIN", "BEGIN NOT ATOMIC", "IF 1 THEN"};
  unsigned which = pick(m, 2) * 2;
  put(m, "DROP PROCEDURE IF EXISTS mirror_p;");
  gap(m);
  put(m, "CREATE PROCEDURE mirror_p()");
  gap(m);
  put(m, bodies[which]);
  for (unsigned n = 1 + pick(m, 3); n; n--) {
    gap(m);
    put(m, "SET @m = 'x;'");
    gap(m);
    put(m, ";");
  }
  gap(m);
  put(m, which ? "END IF" : "END");
  add_text(m->expected, " 0/0 0/0");
}

static void make_script(maker *m)
{
  m->sql[0] = m->expected[0] = '\0';
  for (unsigned n = 1 + pick(m, MAX_STATEMENTS); n; n--) {
    gap(m);
    switch (pick(m, 8)) {
    case 0:
      change_mode(m);
      break;
    case 1:
      executed(m);
      break;
    case 2:
      if (m->commits) {
        routine(m);
        break;
      }
      /* fall through */
    default:
      select_literals(m);
    }
    gap(m);
    put(m, ";");
    if (!pick(m, 5)) { /* an empty statement, of a comment or of nothing */
      gap(m);
      put(m, ";");
    }
  }
  put(m, "SELECT 1 -- the end;");
  add_text(m->expected, " 0/0[int:1]");
}

/* ---- what the log shows ------------------------------------------------------------------------------------------ */

static bool is_between(char c)
{
  return c == ';' || c == ' ' || (c >= '\t' && c <= '\r');
}

/* The pieces that the server has logged, one behind the other: all of the script's bytes. */
static void check_log(const dusq_result *log, const char *sql)
{
  const char *at = sql;
  for (size_t row = 0; row < dusq_result_rows(log); row++) {
    dusq_value piece = dusq_result_at(log, row, 0);
    while (*at && is_between(*at) && strncmp(at, piece.u.p, (size_t)piece.len) != 0)
      at++;
    if (!CHECK(strncmp(at, piece.u.p, (size_t)piece.len) == 0)) {
      fprintf(stderr, "of\n%s\nthe log shows\n%.*s\n", sql, (int)piece.len, (const char *)piece.u.p);
      return;
    }
    at += piece.len;
  }
  while (*at && is_between(*at))
    at++;
  CHECK_STR(at, "");
}

static dusq_result *read_log(dusq_pool *admin, int64_t id)
{
  dusq_value number = dusq_int(id);
  dusq_result *log = NULL;
  static const char sql[] = "SELECT CAST(argument AS CHAR) FROM mysql.general_log WHERE thread_id = ? AND "
                            "command_type = 'Query' AND argument NOT IN ('ROLLBACK', 'DO 0', 'START TRANSACTION', "
                            "'COMMIT') AND argument NOT LIKE 'SET NAMES%session_track%' "
                            "AND argument NOT LIKE 'SET TRANSACTION%'";
  dusq_future *read = dusq_pool_query(admin, sql, 1, &number, NULL);
  CHECK_INT(dusq_future_wait(read, LONG_WAIT), DUSQ_OK);
  CHECK_INT(dusq_future_get(read, &log), DUSQ_OK);
  dusq_future_unref(read);
  return log;
}

static dusq_result *run_job(dusq_conn *conn, void *arg)
{
  dusq_result *result = NULL;
  dusq_error *error = NULL;
  if (dusq_conn_script(conn, arg, &result, &error))
    fprintf(stderr, "%s\n", dusq_error_message(error));
  dusq_error_unref(error);
  return result;
}

typedef enum path { BY_POOL, BY_SESSION, BY_JOB, BY_TRANSACT, PATHS } path;

static const char *send(dusq_pool *pool, dusq_session *session, path how, char *sql)
{
  switch (how) {
  case BY_POOL:
    return outcome(dusq_pool_script(pool, sql, NULL));
  case BY_SESSION:
    return outcome(dusq_session_script(session, sql, NULL));
  case BY_JOB:
    return outcome(dusq_pool_run(pool, run_job, sql, NULL, NULL));
  default:
    return outcome(dusq_pool_transact(pool, run_job, sql, NULL, NULL, NULL));
  }
}

static void send_scripts(dusq_pool *admin, path how, int n, uint64_t seed)
{
  dusq_pool *pool = open_pool("pool_size=1");
  int64_t id = number(pool, "SELECT CONNECTION_ID()");
  dusq_session *session = how == BY_SESSION ? dusq_pool_session(pool, NULL) : NULL;
  static maker m;
  m = (maker){.seed = seed, .escapes = true, .mariadb = current->mariadb, .commits = how != BY_TRANSACT};
  for (int i = 0; i < n; i++) {
    if (!session)
      m.escapes = true, m.ansi = false;
    make_script(&m);
    uint64_t before = m.seed;
    CHECK_STR(query(admin, "TRUNCATE mysql.general_log"), "0/0");
    const char *came = send(pool, session, how, m.sql);
    if (!CHECK_STR(came, m.expected + 1)) {
      fprintf(stderr, "script %d of seed %" PRIu64 " (%" PRIu64 ") by path %d:\n%s\n", i, seed, before, how, m.sql);
      break;
    }
    dusq_result *log = read_log(admin, id);
    check_log(log, m.sql);
    dusq_result_unref(log);
  }
  dusq_session_unref(session);
  close_pool(pool);
}

static void mirror(void)
{
  const char *given = getenv("DUSQ_TEST_SCRIPTS");
  int n = given ? atoi(given) : QUICK;
  dusq_pool *admin = open_admin();
  CHECK_STR(script(admin, "SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1"), "0/0 0/0");
  for (int how = 0; how < PATHS; how++)
    send_scripts(admin, (path)how, (n + PATHS - 1) / PATHS, (uint64_t)(20261127 + how));
  CHECK_STR(script(admin, "SET GLOBAL general_log = 0; TRUNCATE mysql.general_log"), "0/0 0/0");
  close_pool(admin);
}
ON_EACH(mirror)

/* ---- named cases ------------------------------------------------------------------------------------------------- */

static void modes(void)
{
  dusq_pool *pool = open_pool("pool_size=1");
  CHECK_STR(script(pool, "SET sql_mode = 'NO_BACKSLASH_ESCAPES'; SELECT 'a\\' AS x, 1 AS n, ';-- gone\nrest' AS t"),
            "0/0 0/0[text:a\\,int:1,text:;-- gone\nrest]");
  dusq_session *session = dusq_pool_session(pool, NULL);
  CHECK_STR(outcome(dusq_session_script(session, "SET sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'", NULL)), "0/0");
  CHECK_STR(outcome(dusq_session_script(session, "SELECT 'a\\' AS \"x\\\", 1 AS n, ';-- gone\nrest' AS t;; SELECT 2",
                                        NULL)),
            "0/0[text:a\\,int:1,text:;-- gone\nrest] 0/0[int:2]");
  dusq_session_unref(session);
  CHECK_STR(script(pool, "SELECT 'a\\'; -- ';; SELECT 2"), "0/0[text:a'; -- ] 0/0[int:2]");
  close_pool(pool);
}

static void bodies(void)
{
  static const char body[] = "BEGIN\n  -- first\n  SET @a = 1;\n\n  # second\n  SET @b = ';' /* third */;\r\n"
                             "  /* last */\nEND";
  char sql[500];
  dusq_pool *pool = open_pool("pool_size=1");
  snprintf(sql, sizeof sql, "DROP PROCEDURE IF EXISTS kept; CREATE PROCEDURE kept() %s; SELECT 1", body);
  CHECK_STR(script(pool, sql), "0/0 0/0 0/0[int:1]");
  snprintf(sql, sizeof sql, "0/0[text:%s]", body);
  CHECK_STR(query(pool, "SELECT routine_definition FROM information_schema.routines WHERE routine_schema = DATABASE() "
                        "AND routine_name = 'kept'"),
            sql);
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS body_t; CREATE TABLE body_t(v INT); CREATE TRIGGER body_tr BEFORE "
                         "INSERT ON body_t FOR EACH ROW IF NEW.v > 1 THEN\n -- one\n SET NEW.v = 1; # two\n END IF"),
            "0/0 0/0 0/0");
  CHECK_STR(query(pool, "SELECT action_statement FROM information_schema.triggers WHERE trigger_schema = DATABASE() "
                        "AND trigger_name = 'body_tr'"),
            "0/0[text:IF NEW.v > 1 THEN\n -- one\n SET NEW.v = 1; # two\n END IF]");
  close_pool(pool);
}
ON_EACH(bodies)

static void indexes(void)
{
  static const struct {
    const char *sql;
    int index, position;
  } all[] = {
      {"BEGIN; SELECT 1; SELEKT 2", 2, 17},
      {"BEGIN WORK; SELECT 1; SELEKT 2", 2, 22},
      {"SELECT 1;; /* c */ SELECT 2; SELEKT 3", 2, 29},
      {"SET sql_mode = 'ANSI_QUOTES'; SELECT 1 AS \"a\"; SELEKT 3", 2, 47},
      {" ; -- c\n; SELEKT 1", 0, 10},
  };
  dusq_pool *pool = open_pool("pool_size=1");
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    dusq_error *error = failure(dusq_pool_script(pool, all[i].sql, NULL));
    CHECK_INT(dusq_error_status(error), DUSQ_E_SYNTAX);
    CHECK_INT(dusq_error_index(error), all[i].index);
    CHECK_INT(dusq_error_position(error), all[i].position);
    dusq_error_unref(error);
  }
  CHECK_STR(script(pool, "SELECT 1; -- the end"), "0/0[int:1]");
  CHECK_STR(script(pool, "SELECT 1; /* the end */ # it is\n"), "0/0[int:1]");
  CHECK_STR(script(pool, "-- nothing"), "0/0");
  close_pool(pool);
}
ON_EACH(indexes)
ON_EACH(modes)

void suite_mysql_scripts(void);
void suite_mysql_scripts(void)
{
  test_suite("mysql_scripts");
  test_case("modes", test_modes);
  test_case("bodies", test_bodies);
  test_case("indexes", test_indexes);
  test_case("mirror", test_mirror);
}
