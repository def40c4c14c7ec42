/* test_postgres_random.c - random statements over all kinds of values and NULL: whichever way they go, on a connection
 * that has seen all the others or on a fresh one, with a name on the server or without, what comes is what libpq gives
 * to who prepares them by hand with the same types, and nothing declared for a NULL.  (5,000: DUSQ_TEST_SCALE=1000,
 * with a DUSQ_TEST_TIMEOUT of an hour.)                                                                              */
#include "unit/postgres_pools.h"
#include <libpq-fe.h>

enum { MOST = 4, TEXT = 4000, USUAL = 500, FRESH_EVERY = 40, MAX_SQL = 600 };

typedef struct trial {
  const char *template; /* "!": an int4 by its context; "#": a number; "%": one beside an integer */
  char sql[MAX_SQL];
  size_t n;
  dusq_value values[MOST];
  Oid types[MOST];
} trial;

static uint64_t seed;

static unsigned roll(unsigned n)
{
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (unsigned)(seed >> 33) % n;
}

static const char *const templates[] = {
    "SELECT ? AS x",
    "SELECT ? AS x, ? AS y",
    "SELECT max(x) AS x FROM (SELECT ? AS x UNION ALL SELECT ?) t",
    "SELECT max(x) AS x, min(x) AS y FROM (SELECT ? AS x UNION ALL SELECT ? UNION ALL SELECT ?) t",
    "SELECT x FROM (SELECT ? AS x UNION SELECT ?) t ORDER BY x LIMIT 3",
    "SELECT x FROM (VALUES (?), (?), (?), (?)) t (x) ORDER BY x DESC NULLS LAST",
    "SELECT greatest(?, ?, ?) AS x, least(?) AS y",
    "SELECT coalesce(?, ?, ?) AS x",
    "SELECT nullif(?, ?) AS x",
    "SELECT CASE WHEN ? = ? THEN ? ELSE ? END AS x",
    "SELECT CASE WHEN 1 = 1 THEN ? ELSE ? END AS x",
    "SELECT CASE ? WHEN ? THEN ? END AS x",
    "SELECT ? IN (?, ?) AS x",
    "SELECT ? BETWEEN ? AND ? AS x",
    "SELECT ? < ? AS x, ? IS DISTINCT FROM ? AS y",
    "SELECT ? + ? AS x",
    "SELECT ? * ? - ? AS x",
    "SELECT - # AS x",
    "SELECT abs(#) AS x",
    "SELECT coalesce(?, ?) + 1 AS x",
    /* beside an integer */
    "SELECT % / 2 AS x, 2 - % AS y",
    "SELECT coalesce(%, 1) AS x, % IN (1, 9, %) AS y",
    "SELECT CASE WHEN % > 3 THEN % ELSE 1 END AS x",
    "SELECT max(n) AS x FROM (VALUES (1), (9), (100)) t (n) WHERE n >= % AND n < % + 5",
    "SELECT max(n) AS x FROM (VALUES (1::bigint), (9), (100)) t (n) WHERE n >= % AND n < %",
    "SELECT max(n) AS x FROM (VALUES (1::smallint), (9), (100)) t (n) WHERE n >= % AND n < %",
    "SELECT ? || ? AS x",
    "SELECT 'x' || ? AS x",
    "SELECT concat(?, '-', ?) AS x",
    "SELECT ARRAY[?, ?, ?] AS x",
    "SELECT unnest(ARRAY[?, ?]) AS x",
    "SELECT (ARRAY[?, ?])[!] AS x",
    "SELECT jsonb_build_object('a', ?, 'b', ?) AS x",
    "SELECT jsonb_build_array(?, ?, ?) AS x",
    "SELECT pg_typeof(?)::text AS x, pg_typeof(coalesce(?, ?))::text AS y",
    "SELECT row(?, ?)::text AS x",
    "SELECT (?)::text AS x, ? AS y",
    "SELECT repeat('ab', !) AS x, ? AS y",
    "SELECT substr('abcdef', !, !) AS x, ? AS y",
    "SELECT sum(x) AS x FROM (VALUES (?), (?), (?)) t (x)",
    "SELECT string_agg(x::text, ',' ORDER BY x) AS x FROM (SELECT ? AS x UNION ALL SELECT ?) t",
    "SELECT count(*) AS x FROM (SELECT ? AS x EXCEPT SELECT ?) t",
    "SELECT lag(x) OVER (ORDER BY x) AS x FROM (VALUES (?), (?)) t (x)",
    "SELECT (SELECT ?) AS x, EXISTS (SELECT 1 WHERE ? = ?) AS y",
    "WITH t AS (SELECT ? AS x) SELECT x FROM t UNION ALL SELECT ?",
    /* places that need one type for both, and call an open NULL text */
    "SELECT (SELECT ?) < (SELECT ?) AS x",
    "SELECT greatest((SELECT ?), (SELECT ?), ?) AS x",
    "WITH c AS (SELECT ? AS a, ? AS b) SELECT greatest(a, b) AS x, least(b, a) AS y FROM c",
    "SELECT a AS x FROM (SELECT ? AS a) s JOIN (SELECT ? AS a) t USING (a)",
    "SELECT a AS x FROM (SELECT ? AS a) s FULL JOIN (SELECT ? AS a) t USING (a) ORDER BY a",
    "SELECT a AS x FROM (SELECT ? AS a) s, LATERAL (SELECT ? AS b) t WHERE a < b",
    "SELECT a < b AS x FROM (SELECT DISTINCT ? AS a, ? AS b) s",
    "SELECT a = b AS x, a = c AS y FROM (SELECT ? AS a OFFSET 0) s, (SELECT ? AS b, ? AS c OFFSET 0) t",
    "SELECT max(x) AS x FROM (SELECT ? AS x INTERSECT SELECT ? UNION ALL (SELECT ? UNION SELECT ?)) t",
    "SELECT max(x) AS x FROM ((SELECT ? AS x UNION SELECT ?) EXCEPT SELECT ?) t",
    /* an int4, or text */
    "SELECT '[10, 20, 30]'::jsonb -> # AS x, '[10, 20, 30]'::jsonb ->> # AS y",
    "SELECT '[10, 20, 30]'::jsonb - # AS x, ? AS y",
};

/* ---- values -------------------------------------------------------------------------------------------------------- */

static const uint8_t some_id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static dusq_value value_of(unsigned kind)
{
  static const char *const decimals[] = {"0.5", "-100.25", "9", "1000000000000000000000"},
                    *const texts[] = {"9", "100", "", "ab", "true", "2024-01-01", "\xC3\xA4"},
                    *const jsons[] = {"{\"a\": 1}", "[1, 2]", "9"}, *const blobs[] = {"", "ab", "\x01\xFF"};
  static const int64_t ints[] = {0, 1, 9, 100, -5, INT64_C(5000000000), INT64_MAX};
  static const double reals[] = {0.5, -2, 1e30, 100, 9.25};
  switch (kind) {
  case 0: return dusq_int(ints[roll(7)]);
  case 1: return dusq_real(reals[roll(5)]);
  case 2: return dusq_decimal(decimals[roll(4)]);
  case 3: return dusq_uint(roll(2) ? UINT64_MAX : 7);
  case 4: return dusq_text(texts[roll(7)]);
  case 5: return dusq_bool(roll(2));
  case 6: return dusq_date((int32_t)roll(30000) - 5000);
  case 7: return dusq_time((int64_t)roll(86400) * 1000000);
  case 8: return dusq_timestamp((int64_t)roll(2000000000) * 1000000 + 250000);
  case 9: return dusq_uuid(some_id);
  case 10: return dusq_json(jsons[roll(3)]);
  default: break;
  }
  const char *blob = blobs[roll(3)];
  return dusq_blob(blob, roll(3) ? strlen(blob) : 0);
}

static Oid type_of(const dusq_value *value)
{
  switch (value->type) {
  case DUSQ_NULL: return 0;
  case DUSQ_INT: return 20;
  case DUSQ_UINT: return value->u.n > INT64_MAX ? 1700 : 20;
  case DUSQ_REAL: return 701;
  case DUSQ_DECIMAL: return 1700;
  case DUSQ_BOOL: return 16;
  case DUSQ_DATE: return 1082;
  case DUSQ_TIME: return 1083;
  case DUSQ_TIMESTAMP: return 1184;
  case DUSQ_UUID: return 2950;
  case DUSQ_JSON: return 114;
  case DUSQ_BLOB: return 17;
  default: return 25;
  }
}

/* Beside an integer, an integer that it can be compared with as it is has its type. */
static bool fits(const char *template, const dusq_value *value)
{
  int64_t most = strstr(template, "bigint") ? INT64_MAX : strstr(template, "smallint") ? INT16_MAX : INT32_MAX;
  return value->type == DUSQ_INT && value->u.i <= most && value->u.i >= -most - 1;
}

/* Mostly of one kind, or numbers: others seldom go together. */
static void fill(trial *one)
{
  unsigned kind = roll(12), mood = roll(10), at = 0;
  for (const char *from = one->template; *from; from++) {
    if (!strchr("?!#%", *from))
      continue;
    unsigned own = *from == '#' || *from == '%' ? roll(3) : mood < 6 ? kind : mood < 8 ? roll(3) : roll(12);
    bool context = *from == '!';
    one->values[at] = context ? dusq_int(1 + roll(2)) : roll(4) ? value_of(own) : dusq_null();
    one->types[at] = context || (*from == '%' && fits(one->template, &one->values[at])) ? 0 : type_of(&one->values[at]);
    at++;
  }
  one->n = at;
}

static void make_sql(trial *one, const char *before, const char *behind)
{
  snprintf(one->sql, sizeof one->sql, "%s%s%s", before, one->template, behind);
  for (char *at = one->sql; (at = strpbrk(at, "!#%")) != NULL;)
    *at = '?';
}

/* ---- by hand ------------------------------------------------------------------------------------------------------- */

static void append(char *out, const char *text)
{
  size_t len = strlen(out);
  snprintf(out + len, TEXT - len, "%s", text);
}

/* How many types one could have that were refused: a NULL those of the values, for it is the same with each, and an
 * int8 that of an int4.                                                                                              */
static size_t choices(const trial *one, size_t i, const Oid *types, const Oid *kinds, Oid out[MOST + 1])
{
  size_t n = 0;
  out[n++] = types[i];
  if (one->values[i].type == DUSQ_NULL && !types[i])
    for (; *kinds; kinds++)
      out[n++] = *kinds;
  else if (types[i] == 20)
    out[n++] = 23;
  return n;
}

static const char *refused_by(PGconn *pg, const char *sql, size_t n, const Oid *types, size_t *number)
{
  static char state[6];
  PGresult *result = PQprepare(pg, "", sql, (int)n, types);
  const char *told = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  snprintf(state, sizeof state, "%s", told ? told : "");
  const char *at = told ? strchr(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), '$') : NULL;
  *number = at ? strtoul(at + 1, NULL, 10) : 0;
  PQclear(result);
  return *state ? state : NULL;
}

/* Of the types that are taken, those with the fewest changes; as they are if none are. */
static void choose(PGconn *pg, const trial *one, const char *sql, Oid types[MOST])
{
  Oid kinds[MOST + 1] = {0}, out[MOST + 1], best[MOST], now[MOST];
  size_t least = SIZE_MAX, count = 1, nkinds = 0, number;
  for (size_t i = 0; i < one->n; i++) {
    bool seen = !types[i] || one->values[i].type == DUSQ_NULL;
    for (size_t k = 0; k < nkinds; k++)
      seen |= kinds[k] == types[i];
    if (!seen)
      kinds[nkinds++] = types[i];
  }
  for (size_t i = 0; i < one->n; i++)
    count *= choices(one, i, types, kinds, out);
  for (size_t k = 1; k < count; k++) {
    size_t rest = k, changes = 0;
    for (size_t i = 0; i < one->n; i++) {
      size_t n = choices(one, i, types, kinds, out);
      now[i] = out[rest % n];
      changes += rest % n != 0;
      rest /= n;
    }
    if (changes < least && !refused_by(pg, sql, one->n, now, &number)) {
      least = changes;
      memcpy(best, now, sizeof best);
    }
  }
  if (least < SIZE_MAX)
    memcpy(types, best, sizeof best);
}

/* As libpq wants it: numbered placeholders, and values as text. */
static PGresult *run_by_hand(PGconn *pg, const trial *one)
{
  char sql[MAX_SQL + 16 * MOST], texts[MOST][100];
  const char *values[MOST];
  size_t len = 0;
  int number = 0;
  for (const char *at = one->sql; *at; at++)
    len += (size_t)(*at == '?' ? sprintf(sql + len, "$%d", ++number) : sprintf(sql + len, "%c", *at));
  for (size_t i = 0; i < one->n; i++) {
    dusq_value_format(&one->values[i], texts[i], sizeof texts[i]);
    if (one->values[i].type == DUSQ_TIMESTAMP)
      strcat(texts[i], "+00");
    values[i] = one->values[i].type == DUSQ_NULL ? NULL : texts[i];
  }
  Oid types[MOST];
  memcpy(types, one->types, sizeof types);
  const char *state = refused_by(pg, sql, one->n, types, &len);
  for (size_t tries = 0; tries < one->n && state && !strcmp(state, "42P18"); tries++) {
    types[len - 1] = 25; /* a NULL in a place that takes anything: text (dusq-postgresql(7)) */
    state = refused_by(pg, sql, one->n, types, &len);
  }
  if (state)
    choose(pg, one, sql, types);
  return PQexecParams(pg, sql, (int)one->n, types, values, NULL, NULL, 0);
}

static void add_hand_cell(char *out, Oid type, const char *text)
{
  char room[TEXT];
  snprintf(room, sizeof room, "%s", text);
  size_t len = strlen(room);
  if (type == 701 || type == 700) {
    dusq_value real = dusq_real(strtod(text, NULL));
    dusq_value_format(&real, room, sizeof room);
  } else if (type == 1184 && len > 3) {
    room[len - 3] = '\0'; /* +00 */
  } else if (type == 16) {
    snprintf(room, sizeof room, "%s", *text == 't' ? "true" : "false");
  }
  append(out, room);
}

static void hand(PGconn *pg, const trial *one, char out[TEXT])
{
  PGresult *result = run_by_hand(pg, one);
  *out = '\0';
  if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
    append(out, PQresultErrorField(result, PG_DIAG_SQLSTATE));
  for (int row = 0; row < PQntuples(result); row++)
    for (int col = 0; col < PQnfields(result); col++) {
      char type[20];
      bool null = PQgetisnull(result, row, col);
      snprintf(type, sizeof type, " %u:", null ? 0 : PQftype(result, col));
      append(out, type);
      if (!null)
        add_hand_cell(out, PQftype(result, col), PQgetvalue(result, row, col));
    }
  PQclear(result);
}

/* ---- by dusq ------------------------------------------------------------------------------------------------------- */

static void add_rows(const dusq_result *result, char *out)
{
  for (size_t row = 0; row < dusq_result_rows(result); row++)
    for (size_t col = 0; col < dusq_result_cols(result); col++) {
      char text[TEXT];
      dusq_value cell = dusq_result_at(result, row, col);
      bool null = cell.type == DUSQ_NULL;
      snprintf(text, sizeof text, " %u:", null ? 0 : (unsigned)cell.native);
      append(out, text);
      if (null)
        continue;
      dusq_value_format(&cell, text, sizeof text);
      append(out, text);
    }
}

static void take(dusq_future *future, char out[TEXT])
{
  dusq_result *result = NULL;
  *out = '\0';
  CHECK_INT(dusq_future_wait(future, LONG_WAIT), DUSQ_OK);
  if (dusq_future_get(future, &result)) {
    const char *state = dusq_error_sqlstate(dusq_future_error(future));
    append(out, state && *state ? state : dusq_error_message(dusq_future_error(future)));
  } else {
    add_rows(result, out);
  }
  dusq_result_unref(result);
  dusq_future_unref(future);
}

static void by_stream(dusq_pool *pool, const trial *one, char out[TEXT])
{
  dusq_stream *stream = dusq_pool_stream(pool, one->sql, one->n, one->values, NULL);
  char batch[TEXT];
  *out = '\0';
  do {
    take(dusq_stream_next(stream), batch);
    append(out, batch);
  } while (*batch == ' ');
  dusq_future *end = dusq_stream_close(stream);
  CHECK_INT(dusq_future_wait(end, LONG_WAIT), DUSQ_OK);
  dusq_future_unref(end);
}

static dusq_result *in_transaction(dusq_conn *conn, void *arg)
{
  const trial *one = arg;
  dusq_result *result = NULL;
  dusq_error *error = NULL;
  if (dusq_conn_query(conn, one->sql, one->n, one->values, &result, &error))
    dusq_conn_fail(conn, error);
  return result;
}

static void by_session(dusq_pool *pool, const trial *one, bool begins, char out[TEXT])
{
  dusq_session *session = dusq_pool_session(pool, NULL);
  if (begins)
    dusq_future_unref(dusq_session_begin(session, NULL, NULL));
  dusq_future *future = dusq_session_query(session, one->sql, one->n, one->values, NULL);
  dusq_session_unref(session);
  take(future, out);
}

enum { QUERY, SESSION, SESSION_IN_TX, STEPS, TRANSACT, JOB, STREAM, WAYS };

static void by(unsigned way, dusq_pool *pool, trial *one, char out[TEXT])
{
  const dusq_step step = {one->sql, one->n, one->values};
  switch (way) {
  case QUERY: take(dusq_pool_query(pool, one->sql, one->n, one->values, NULL), out); return;
  case SESSION: by_session(pool, one, false, out); return;
  case SESSION_IN_TX: by_session(pool, one, true, out); return;
  case STEPS: take(dusq_pool_transact_steps(pool, &step, 1, NULL, NULL), out); return;
  case TRANSACT: take(dusq_pool_transact(pool, in_transaction, one, NULL, NULL, NULL), out); return;
  case JOB: take(dusq_pool_run(pool, in_transaction, one, NULL, NULL), out); return;
  default: by_stream(pool, one, out); return;
  }
}

static void compare(const char *way, const trial *one, const char *got, const char *expected)
{
  char what[2 * TEXT];
  if (!strcmp(got, expected)) {
    CHECK(true);
    return;
  }
  size_t len = (size_t)snprintf(what, sizeof what, "%s: %s", way, one->sql);
  for (size_t i = 0; i < one->n; i++) {
    char text[100];
    dusq_value_format(&one->values[i], text, sizeof text);
    len += (size_t)snprintf(what + len, sizeof what - len, ", %s %.40s", dusq_kind_name(one->values[i].type), text);
  }
  snprintf(what + len, sizeof what - len, " gave %.300s, by hand %.300s", got, expected);
  test_check(false, what, __FILE__, __LINE__);
}

/* ---- many rows ----------------------------------------------------------------------------------------------------- */

/* Rows of one statement whose values differ in kind; they are stored as text, each with the types that it would have by
 * itself.  One that fails by hand fails with the same code, and leaves nothing.                                      */
static void by_many(dusq_pool *pool, PGconn *pg, const char *template)
{
  enum { ROWS = 4 };
  static dusq_value values[ROWS * MOST];
  trial one = {.template = template};
  char expected[TEXT] = "", text[TEXT], got[TEXT];
  size_t rows = 0;
  for (int i = 0; i < ROWS; i++) {
    fill(&one);
    make_sql(&one, "SELECT q::text FROM (", ") q");
    hand(pg, &one, text);
    bool good = *text == ' ' || !*text;
    if (!good && i + 1 < ROWS)
      continue;
    memcpy(&values[rows++ * one.n], one.values, one.n * sizeof *values);
    if (good)
      append(expected, text);
    else
      snprintf(expected, sizeof expected, "%s", text);
  }
  make_sql(&one, "INSERT INTO pg_random (x) SELECT q::text FROM (", ") q");
  CHECK_STR(query(pool, "TRUNCATE pg_random RESTART IDENTITY"), "0/0");
  take(dusq_pool_many(pool, one.sql, one.n, rows, values, NULL), got);
  if (!*got)
    take(dusq_pool_query(pool, "SELECT x FROM pg_random ORDER BY n", DUSQ_NO_PARAMS, NULL), got);
  compare("many", &one, got, expected);
}

/* ---- all of it ----------------------------------------------------------------------------------------------------- */

static void try_one(dusq_pool *used, dusq_pool *fresh, dusq_pool *nameless, PGconn *pg)
{
  static const char *const names[] = {"query", "session", "session in a transaction", "steps", "transact", "job",
                                      "stream"};
  char expected[TEXT], got[TEXT];
  trial one = {.template = templates[roll(sizeof templates / sizeof *templates)]};
  make_sql(&one, "", "");
  for (unsigned i = roll(3); i > 0; i--) { /* what was asked before is no matter */
    fill(&one);
    by(roll(WAYS), used, &one, got);
    by(roll(WAYS), nameless, &one, got);
  }
  fill(&one);
  hand(pg, &one, expected);
  unsigned first = roll(WAYS);
  for (unsigned i = 0; i < WAYS; i++) {
    unsigned way = (first + i * 3) % WAYS;
    by(way, used, &one, got);
    compare(names[way], &one, got, expected);
  }
  dusq_pool *const others[] = {fresh, nameless};
  for (unsigned i = 0; i < 2; i++) {
    unsigned way = roll(WAYS);
    by(way, others[i], &one, got);
    compare(names[way], &one, got, expected);
  }
  by_many(roll(3) ? others[roll(2)] : used, pg, one.template);
}

static void test_random(void)
{
  const char *given = getenv("DUSQ_TEST_SEED");
  seed = given ? strtoull(given, NULL, 0) : (uint64_t)test_now() | 1;
  unsigned long long began_with = seed;
  long n = test_scale(USUAL);
  dusq_pool *used = open_server("pool_size=1&stmt_cache=24"), *fresh = NULL;
  dusq_pool *nameless = open_server("pool_size=1&stmt_cache=0");
  if (!used || !nameless)
    return;
  PGconn *pg = PQconnectdb(server_uri("DUSQ_TEST_POSTGRESQL", NULL));
  CHECK_INT(PQstatus(pg), CONNECTION_OK);
  PQclear(PQexec(pg, "SET TimeZone TO UTC"));
  CHECK_STR(script(used, "DROP TABLE IF EXISTS pg_random; CREATE TABLE pg_random (x text, n serial)"), "0/0 0/0");
  bool good = true;
  for (long i = 0; i < n && PQstatus(pg) == CONNECTION_OK; i++) {
    if (i % FRESH_EVERY == 0) {
      if (fresh)
        close_pool(fresh);
      fresh = open_server("pool_size=1");
    }
    try_one(used, fresh, nameless, pg);
  }
  good = CU_get_number_of_failures() == 0;
  if (!good || given)
    printf("      postgres_random: %ld statements, DUSQ_TEST_SEED=%llu\n", n, began_with);
  if (fresh)
    close_pool(fresh);
  CHECK_STR(query(used, "DROP TABLE pg_random"), "0/0");
  close_pool(used);
  close_pool(nameless);
  PQfinish(pg);
}

void suite_postgres_random(void);
void suite_postgres_random(void)
{
  test_suite("postgres_random");
  test_case("statements", test_random);
}
