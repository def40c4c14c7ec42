/* conform.c - the runner of the conformance suite.  See conform.h. */
#include "conform.h"
#include "support.h"

/* ---- one case ---------------------------------------------------------------------------------------------------- */
/* A text for the report of a failure: which backend, which case, what of it. */
static const char *about(const conform_site *site, const conform_case *c, const char *what)
{
  static char text[600];
  snprintf(text, sizeof text, "[%s, %s] %s: %s", site->backend->name, site->batch, c->name, what);
  return text;
}

static void check_int(const conform_site *site, const conform_case *c, const char *what, int64_t actual,
                      int64_t expected)
{
  test_check_int(actual, expected, about(site, c, what), __FILE__, __LINE__);
}

static void check_columns(const conform_site *site, const conform_case *c, const char *expected,
                          const dusq_result *result)
{
  char names[1000] = "";
  size_t len = 0;
  for (size_t i = 0; i < dusq_result_cols(result) && len < sizeof names; i++)
    len += (size_t)snprintf(names + len, sizeof names - len, "%s%s", i ? "," : "", dusq_result_name(result, i));
  test_check_str(names, expected, about(site, c, "columns"), __FILE__, __LINE__);
}

/* What is to come of a case here. */
static conform_other expected_of(const conform_site *site, const conform_case *c)
{
  conform_other expected = {c->on, c->status, c->columns, c->cols, c->ncells, c->cells, c->affected, c->last_id};
  for (const conform_other *other = c->others; other && other->on; other++)
    if (other->on & site->backend->bit)
      expected = *other;
  if (conform_is(site, CONFORM_POSTGRESQL))
    expected.last_id = 0;
  return expected;
}

static const char *text_of(const conform_site *site, const conform_case *c)
{
  const char *own = conform_is(site, CONFORM_POSTGRESQL) ? c->sql_pg : conform_is(site, CONFORM_MY) ? c->sql_my : NULL;
  return own ? own : c->sql;
}

static void check_cells(const conform_site *site, const conform_case *c, const conform_other *expects,
                        const dusq_result *result)
{
  size_t cols = expects->cols;
  check_int(site, c, "number of columns", (int64_t)dusq_result_cols(result), (int64_t)cols);
  check_int(site, c, "number of rows", (int64_t)dusq_result_rows(result), (int64_t)(cols ? expects->ncells / cols : 0));
  for (size_t i = 0; i < expects->ncells; i++) {
    dusq_value cell = dusq_result_at(result, i / cols, i % cols);
    char actual[100], expected[100], what[300];
    dusq_value_format(&cell, actual, sizeof actual);
    dusq_value_format(&expects->cells[i], expected, sizeof expected);
    snprintf(what, sizeof what, "cell %zu is %s '%s', not %s '%s'", i, dusq_kind_name(cell.type), actual,
             dusq_kind_name(expects->cells[i].type), expected);
    check_int(site, c, what, conform_same(&cell, &expects->cells[i]), true);
  }
}

static void check_outcome(const conform_site *site, const conform_case *c, dusq_future *future)
{
  check_int(site, c, "settles", dusq_future_wait(future, CONFORM_WAIT), DUSQ_OK);
  dusq_result *result = NULL;
  dusq_status status = dusq_future_get(future, &result);
  const dusq_error *error = dusq_future_error(future);
  conform_other expects = expected_of(site, c);
  test_check_str(dusq_status_name(status), dusq_status_name(expects.status), about(site, c, dusq_error_message(error)),
                 __FILE__,
                 __LINE__);
  check_int(site, c, "an error or a result", (error != NULL) + (result != NULL), 1);
  check_int(site, c, "unknown outcome", dusq_error_unknown_outcome(error), false);
  if (!status && !expects.status) {
    if (expects.columns)
      check_columns(site, c, expects.columns, result);
    check_cells(site, c, &expects, result);
    check_int(site, c, "affected", dusq_result_affected(result), expects.affected);
    check_int(site, c, "last_id", dusq_result_last_id(result), expects.last_id);
    check_int(site, c, "further sets", dusq_result_next(result) != NULL, false);
  } else if (status) {
    check_int(site, c, "has a message", dusq_error_message(error)[0] != '\0', true);
  }
  dusq_result_unref(result);
}

/* Lets the fake give what the case expects. */
static void script_fake(const conform_site *site, const conform_case *c)
{
  char names[1000];
  const char *columns[64] = {NULL};
  size_t n = 0;
  snprintf(names, sizeof names, "%s", c->columns ? c->columns : "");
  for (char *at = names; at && n < 64; n++) {
    columns[n] = at;
    at = strchr(at, ',');
    if (at)
      *at++ = '\0';
  }
  for (size_t i = n; i < 64; i++)
    columns[i] = "";
  CHECK_INT(dusq_fake_clear(site->fake), DUSQ_OK);
  RULE(site, c->sql, .status = c->status, .cols = c->cols, .names = columns, .rows = c->cols ? c->ncells / c->cols : 0,
       .cells = c->cells, .affected = c->affected, .last_id = c->last_id);
}

static void run_setup(const conform_site *site, const conform_case *c)
{
  char setup[2000];
  snprintf(setup, sizeof setup, "DROP VIEW IF EXISTS v; DROP TABLE IF EXISTS u; DROP TABLE IF EXISTS t; %s", c->setup);
  dusq_future *done = conform_script(site, setup);
  check_int(site, c, "setup settles", dusq_future_wait(done, CONFORM_WAIT), DUSQ_OK);
  test_check_str(dusq_error_message(dusq_future_error(done)), "", about(site, c, "setup"), __FILE__, __LINE__);
  dusq_future_unref(done);
}

/* Whether a case leaves the tables as they were: it only reads, or it fails.  Making tables is what takes time. */
static bool leaves_tables(const conform_site *site, const conform_case *c)
{
  bool reads = !strncmp(c->sql, "SELECT", 6) || !strncmp(c->sql, "VALUES", 6) || strstr(c->sql, "RECURSIVE");
  return reads || expected_of(site, c).status;
}

/* *standing: the setup whose tables there are, or NULL. */
static void run_case(const conform_site *site, const conform_case *c, const char **standing)
{
  if (c->setup && !(*standing && !strcmp(*standing, c->setup)))
    run_setup(site, c);
  if (c->setup)
    *standing = leaves_tables(site, c) ? c->setup : NULL;
  if (site->fake)
    script_fake(site, c);
  for (long i = c->times ? test_scale(c->times) : 1; i > 0; i--) {
    dusq_future *future = conform_query(site, text_of(site, c), c->nvalues, c->values, NULL);
    check_outcome(site, c, future);
    dusq_future_unref(future);
  }
}

static size_t run_table(const conform_site *site, const conform_case *table)
{
  size_t n = 0;
  const char *standing = NULL;
  for (const conform_case *c = table; c->name; c++) {
    if (test_valgrind() && !strcmp(c->name, "largest real literal"))
      continue; /* valgrind computes long doubles as doubles, and SQLite reads literals with them */
    if (c->on & site->backend->bit) {
      run_case(site, c, &standing);
      n++;
    }
  }
  return n;
}

/* ---- the suite --------------------------------------------------------------------------------------------------- */
static const char *const batches[] = {"batch=on", "batch_min=1", "batch=off"};

static void run_cases(size_t which, size_t batch)
{
  static const conform_case *const tables[] = {conform_literals, conform_parameters, conform_bad_values,
                                               conform_placeholders, conform_counts, conform_rows, conform_errors};
  if (conform_absent(&conform_backends[which]))
    return;
  conform_site site = conform_open(&conform_backends[which], batches[batch], NULL);
  size_t n = conform_run_columns(&site);
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
    n += run_table(&site, tables[i]);
  CHECK(n >= 150);
  if (getenv("DUSQ_TEST_VERBOSE"))
    printf("    %zu cases on %s, %s\n", n, site.backend->name, site.batch);
  conform_close(&site);
}

static void run_scenario(const conform_scenario *s, const conform_backend *backend, const char *batch)
{
  unsigned failures = CU_get_number_of_failures();
  int64_t begun = test_now();
  conform_site site = conform_open(backend, batch, s->options);
  s->run(&site);
  conform_close(&site);
  if (CU_get_number_of_failures() != failures)
    printf("    in scenario \"%s\" [%s, %s]\n", s->name, backend->name, batch);
  if (getenv("DUSQ_TEST_VERBOSE"))
    printf("    %6.0f ms %s [%s, %s]\n", (double)(test_now() - begun) / 1e6, s->name, backend->name, batch);
}

static void run_scenarios(size_t which, size_t batch)
{
  static const conform_scenario *const tables[] = {conform_work, conform_limits, conform_files, conform_stops,
                                                   conform_sessions, conform_values, conform_transactions,
                                                   conform_conflicts, conform_quoting, conform_streams,
                                                   conform_sequences, conform_isolation, conform_savepoints,
                                                   conform_hygiene, conform_transacts, conform_calls,
                                                   conform_helpers, conform_info, conform_causes,
                                                   conform_words};
  const conform_backend *backend = &conform_backends[which];
  if (conform_absent(backend))
    return;
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
    for (const conform_scenario *s = tables[i]; s->name; s++)
      if (s->on & backend->bit)
        run_scenario(s, backend, batches[batch]);
}

#define COMBINE(name, which, batch)      \
  static void name##_cases_##batch(void) \
  {                                      \
    run_cases(which, batch);             \
  }                                      \
  static void name##_scenarios_##batch(void) \
  {                                      \
    run_scenarios(which, batch);         \
  }
#define COMBINE_ALL(name, which) COMBINE(name, which, 0) COMBINE(name, which, 1) COMBINE(name, which, 2)
COMBINE_ALL(fake, 0)
COMBINE_ALL(file, 1)
COMBINE_ALL(memory, 2)
COMBINE_ALL(postgresql, 3)
COMBINE_ALL(mariadb, 4)
COMBINE_ALL(mysql, 5)

#define ADD(title, name)                                                           \
  do {                                                                             \
    test_case(title ": cases", name##_cases_0);                                    \
    test_case(title ": cases, batches forced", name##_cases_1);                    \
    test_case(title ": cases, no batches", name##_cases_2);                        \
    test_case(title ": scenarios", name##_scenarios_0);                            \
    test_case(title ": scenarios, batches forced", name##_scenarios_1);            \
    test_case(title ": scenarios, no batches", name##_scenarios_2);                \
  } while (0)

void suite_conform(void)
{
  test_suite("conform");
  ADD("fake", fake);
  ADD("sqlite file", file);
  ADD("sqlite memory", memory);
  ADD("postgresql", postgresql);
  ADD("mariadb", mariadb);
  ADD("mysql", mysql);
}
