/* test_postgres_history.c - what a call gives on PostgreSQL follows from its text and its values: not from what was
 * asked before, nor from NULLs beside a value; and where a number has a place, it is no text.                        */
#include "unit/postgres_ways.h"

#define UNION4 "SELECT max(x) FROM (SELECT ? AS x INTERSECT SELECT ? UNION ALL (SELECT ? UNION SELECT ?)) v"
#define CTE "WITH c AS (SELECT ? AS a, ? AS b) SELECT "

typedef struct call {
  const char *sql;
  size_t n;
  dusq_value values[4];
  const char *expected;
} call;

/* Calls in pairs; each has its result before the other one and behind it. */
static void check_pair(dusq_pool *pool, const call *pair, int first)
{
  for (int i = 0; i < 4; i++) {
    const call *one = &pair[(first + i) % 2];
    ask(pool, one->sql, one->n, one->values, one->expected);
  }
}

static void check_history(const struct way *way)
{
  const dusq_value null = dusq_null(), nine = dusq_int(9), ten = dusq_int(10), text = dusq_text("x"),
                   one = dusq_decimal("10.0"), two = dusq_decimal("10.00");
  const call calls[] = {
      {"SELECT (SELECT ?) < (SELECT ?)", 2, {nine, null}, "0/0[]"},
      {"SELECT (SELECT ?) < (SELECT ?)", 2, {nine, ten}, "0/0[true]"},
      {CTE "greatest(a, b) FROM c", 2, {null, ten}, "0/0[10]"},
      {CTE "greatest(a, b) FROM c", 2, {nine, ten}, "0/0[10]"},
      {CTE "least(b, a) + 0.5 FROM c", 2, {nine, null}, "0/0[9.5]"},
      {CTE "least(b, a) + 0.5 FROM c", 2, {nine, ten}, "0/0[9.5]"},
      {"SELECT a FROM (SELECT ? AS a) s JOIN (SELECT ? AS a) t USING (a)", 2, {ten, null}, "0/0[]"},
      {"SELECT a FROM (SELECT ? AS a) s JOIN (SELECT ? AS a) t USING (a)", 2, {ten, one}, "0/0[10.0]"},
      {"SELECT a FROM (SELECT ? AS a) s FULL JOIN (SELECT ? AS a) t USING (a) ORDER BY a", 2, {ten, null}, "0/0[10 ]"},
      {"SELECT a FROM (SELECT ? AS a) s FULL JOIN (SELECT ? AS a) t USING (a) ORDER BY a", 2, {ten, nine},
       "0/0[9 10]"},
      {"SELECT a FROM (SELECT ? AS a) s, LATERAL (SELECT ? AS b) t WHERE a < b", 2, {null, dusq_int(5)}, "0/0[]"},
      {"SELECT a FROM (SELECT ? AS a) s, LATERAL (SELECT ? AS b) t WHERE a < b", 2, {nine, ten}, "0/0[9]"},
      {"SELECT a < b FROM (SELECT DISTINCT ? AS a, ? AS b) s", 2, {null, dusq_int(5)}, "0/0[]"},
      {"SELECT a < b FROM (SELECT DISTINCT ? AS a, ? AS b) s", 2, {nine, ten}, "0/0[true]"},
      {"SELECT a = b FROM (SELECT ? AS a OFFSET 0) s, (SELECT ? AS b OFFSET 0) t", 2, {one, null}, "0/0[]"},
      {"SELECT a = b FROM (SELECT ? AS a OFFSET 0) s, (SELECT ? AS b OFFSET 0) t", 2, {one, two}, "0/0[true]"},
      {UNION4, 4, {nine, nine, null, dusq_int(100)}, "0/0[100]"},
      {UNION4, 4, {null, null, nine, dusq_int(100)}, "0/0[100]"},
      /* what has to be text, beside what need not be */
      {CTE "greatest(a, b), 'x' LIKE ? FROM c", 3, {nine, null, ten}, "0/0[9,false]"},
      {CTE "greatest(a, b), 'x' LIKE ? FROM c", 3, {nine, ten, text}, "0/0[10,true]"},
      {CTE "greatest(a, b), 'x' LIKE ? FROM c", 3, {nine, ten, null}, "0/0[10,]"},
      {CTE "greatest(a, b), 'x' LIKE ? FROM c", 3, {nine, null, null}, "0/0[9,]"},
      {CTE "a < b, 'x' LIKE ? FROM c", 3, {null, dusq_date(9), ten}, "0/0[,false]"},
      {CTE "a < b, 'x' LIKE ? FROM c", 3, {dusq_date(9), dusq_date(10), ten}, "0/0[true,false]"},
      {CTE "a < b FROM c", 2, {null, null}, "0/0[]"},
      {CTE "a < b FROM c", 2, {dusq_real(9), dusq_real(10)}, "0/0[true]"},
  };
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i += 2)
    for (int first = 0; first < 2; first++) {
      dusq_pool *pool = open_way(way);
      if (!pool)
        return;
      check_pair(pool, &calls[i], first);
      close_pool(pool);
    }
}

static void test_history(void)
{
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
    check_history(&ways[i]);
}

static void check_history_rows(dusq_pool *pool)
{
  const dusq_value null = dusq_null(), nine = dusq_int(9), ten = dusq_int(10);
  const dusq_value rows[] = {nine, null, nine, ten, null, nine, nine, ten};
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS pg_rows; CREATE TABLE pg_rows (x text, n serial)"), "0/0 0/0");
  CHECK_STR(outcome(dusq_pool_many(pool, "INSERT INTO pg_rows SELECT (SELECT ?) < (SELECT ?)", 2, 4, rows, &how)),
            "4/0");
  CHECK_STR(outcome(dusq_pool_many(pool, "INSERT INTO pg_rows SELECT greatest((SELECT ?), (SELECT ?))", 2, 4, rows,
                                   &how)),
            "4/0");
  CHECK_STR(query(pool, "SELECT x FROM pg_rows ORDER BY n"), "0/0[ true  true 9 10 9 10]");
  CHECK_STR(query(pool, "DROP TABLE pg_rows"), "0/0");
}

static void test_history_rows(void)
{
  each_way(check_history_rows);
}

/* Where there is an int4 and a text to choose from, a number is no text; and one that is too large is an error. */
static void check_int4(dusq_pool *pool)
{
  const dusq_value one = dusq_int(1), two = dusq_int(2), three = dusq_int(3), text = dusq_text("abcdef");
  const call calls[] = {
      {"SELECT ('[10,20,30]'::jsonb -> ?)::text", 1, {one}, "0/0[20]"},
      {"SELECT ('[10,20,30]'::json -> ?)::text", 1, {dusq_uint(1)}, "0/0[20]"},
      {"SELECT ('{\"1\":5}'::jsonb -> ?)::text", 1, {dusq_text("1")}, "0/0[5]"},
      {"SELECT '[10,20,30]'::jsonb ->> ?", 1, {one}, "0/0[20]"},
      {"SELECT '[10,20,30]'::jsonb ->> ?, ?", 2, {one, dusq_int(5000000000)}, "0/0[20,5000000000]"},
      {"SELECT ('[10,20,30]'::jsonb - ?)::text", 1, {one}, "0/0[[10, 30]]"},
      {"SELECT ('[10,20,30]'::jsonb - ?)::text", 1, {dusq_null()}, "0/0[]"},
      {"SELECT substring(? FROM ? FOR ?)", 3, {text, two, three}, "0/0[bcd]"},
      {"SELECT substring(? FROM ? FOR ?)", 3, {dusq_null(), two, three}, "0/0[]"},
      {"SELECT substring(? FROM ?)", 2, {text, three}, "0/0[cdef]"},
      {"SELECT substring(? FROM ?), 'a' LIKE ?", 3, {text, three, two}, "0/0[cdef,false]"},
  };
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    for (int k = 0; k < 2; k++)
      ask(pool, calls[i].sql, calls[i].n, calls[i].values, calls[i].expected);
  const dusq_value large = dusq_int(5000000000);
  CHECK(strstr(outcome(dusq_pool_query(pool, calls[0].sql, 1, &large, &how)), "[") == NULL);
  const dusq_value rows[] = {dusq_int(0), dusq_int(2), dusq_text("x")};
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS pg_rows; CREATE TABLE pg_rows (x text, n serial)"), "0/0 0/0");
  CHECK_STR(outcome(dusq_pool_many(pool, "INSERT INTO pg_rows SELECT '[10,20,30]'::jsonb ->> ?", 1, 3, rows, &how)),
            "3/0");
  CHECK_STR(query(pool, "SELECT x FROM pg_rows ORDER BY n"), "0/0[10 30 ]");
  CHECK_STR(query(pool, "DROP TABLE pg_rows"), "0/0");
}

/* Beside an integer a number is what it is, as if it had been prepared with that type; where an integer must be, it is
 * one or is refused.  The same with a name and without.                                                              */
static void check_integers(dusq_pool *pool)
{
  const call calls[] = {
      {"SELECT ?::bigint", 1, {dusq_real(9007199254740992.0)}, "0/0[9007199254740992]"},
      {"SELECT ?::bigint", 1, {dusq_real(7.5)}, "0/0[8]"},
      {"SELECT 7 + ?", 1, {dusq_real(5)}, "0/0[12.0]"},
      {"SELECT ? / 2", 1, {dusq_real(7)}, "0/0[3.5]"},
      {"SELECT ? / 2", 1, {dusq_real(7.5)}, "0/0[3.75]"},
      {"SELECT ? / 2", 1, {dusq_decimal("7.0")}, "0/0[3.5000000000000000]"},
      {"SELECT ? / 2", 1, {dusq_int(7)}, "0/0[3]"},
      {"SELECT coalesce(?, 1)", 1, {dusq_real(7.5)}, "0/0[7.5]"},
      {"SELECT coalesce(?, 1)", 1, {dusq_decimal("7.50")}, "0/0[7.50]"},
      {"SELECT n FROM generate_series(1, 9) AS t (n) WHERE n > ? LIMIT 1", 1, {dusq_real(7.5)}, "0/0[8]"},
      {"SELECT count(*) FROM generate_series(1, 9) AS t (n) WHERE n = ?", 1, {dusq_decimal("7.0")}, "0/0[1]"},
      {"SELECT count(*) FROM generate_series(1, 9) AS t (n) WHERE n IN (?, ?)", 2,
       {dusq_decimal("7.5"), dusq_real(3)}, "0/0[1]"},
      {"SELECT count(*) FROM generate_series(1, 9) AS t (n) WHERE n < ?", 1, {dusq_int(5000000000)}, "0/0[9]"},
      {"SELECT count(*) FROM generate_series(1, 9::bigint) AS t (n) WHERE n < ?", 1, {dusq_uint(UINT64_MAX)}, "0/0[9]"},
      {"SELECT count(*) FROM (VALUES (7::smallint)) AS t (n) WHERE n > ?", 1, {dusq_int(-70000)}, "0/0[1]"},
      {"SELECT ? + 1", 1, {dusq_int(5000000000)}, "0/0[5000000001]"},
      {"SELECT 1 LIMIT ?", 1, {dusq_real(2)}, "0/0[1]"},
      {"SELECT repeat('a', ?)", 1, {dusq_real(2)}, "0/0[aa]"},
      {"SELECT repeat('a', ?), ? / 2", 2, {dusq_real(2), dusq_real(3)}, "0/0[aa,1.5]"},
      {"SELECT 7 + ?", 1, {dusq_bool(true)}, "0/0[8]"},
      {"SELECT 7 + ?", 1, {dusq_uint(3)}, "0/0[10]"},
      {"SELECT 7 + ?", 1, {dusq_null()}, "0/0[]"},
  };
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    ask(pool, calls[i].sql, calls[i].n, calls[i].values, calls[i].expected);
  const dusq_value half = dusq_real(7.5);
  CHECK_STR(outcome(dusq_pool_query(pool, "SELECT repeat('a', ?)", 1, &half, &how)), "DATA");
  CHECK_STR(script(pool, "DROP TABLE IF EXISTS pg_raise; CREATE TABLE pg_raise (pay int); "
                         "INSERT INTO pg_raise VALUES (200)"),
            "0/0 0/0 1/0");
  const dusq_value raise[] = {dusq_real(1.25), dusq_decimal("1.1")};
  for (int i = 0; i < 2; i++)
    CHECK_STR(outcome(dusq_pool_query(pool, "UPDATE pg_raise SET pay = pay * ?", 1, &raise[i], &how)), "1/0");
  CHECK_STR(query(pool, "SELECT pay FROM pg_raise"), "0/0[275]");
  CHECK_STR(query(pool, "DROP TABLE pg_raise"), "0/0");
}

static void test_integers(void)
{
  each_way(check_integers);
}

static void test_int4(void)
{
  each_way(check_int4);
}

void suite_postgres_history(void);
void suite_postgres_history(void)
{
  test_suite("postgres_history");
  test_case("pairs", test_history);
  test_case("rows", test_history_rows);
  test_case("int4", test_int4);
  test_case("integers", test_integers);
}
