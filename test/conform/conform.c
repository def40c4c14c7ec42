/* conform.c - the runner of the conformance suite.  See conform.h. */
#include "conform.h"
#include "support.h"
#include <time.h>
#include <unistd.h>

static const conform_backend backends[] = {
  {"fake", CONFORM_FAKE, "fake"},
  {"sqlite file", CONFORM_SQLITE, "sqlite"},
  {"sqlite memory", CONFORM_SQLITE, "sqlite"},
};
enum { FAKE = 0, FILE_ = 1, MEMORY = 2 };

/* ---- opening ----------------------------------------------------------------------------------------------------- */
static void remove_database(const char *path)
{
  static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
  char name[500];
  for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
    snprintf(name, sizeof name, "%s%s", path, tails[i]);
    unlink(name);
  }
}

static void write_uri(conform_site *site, char *uri, size_t size)
{
  if (site->backend == &backends[FAKE]) {
    CHECK_INT(dusq_fake_new(&site->fake), DUSQ_OK);
    snprintf(uri, size, "%s", dusq_fake_uri(site->fake));
  } else if (site->backend == &backends[FILE_]) {
    char path[400];
    snprintf(path, sizeof path, "%s/conform.db", test_tmpdir());
    remove_database(path);
    snprintf(uri, size, "sqlite:%s", path);
  } else {
    snprintf(uri, size, "sqlite::memory:");
  }
}

conform_site conform_open(const conform_backend *backend, const char *batch, const char *options)
{
  conform_site site = {backend, batch, NULL, NULL};
  char base[450], uri[600];
  write_uri(&site, base, sizeof base);
  snprintf(uri, sizeof uri, "%s?%s%s%s", base, batch, options ? "&" : "", options ? options : "");
  dusq_error *error = NULL;
  CHECK_INT(dusq_pool_open_uri(uri, &site.pool, &error), DUSQ_OK);
  CHECK_STR(dusq_error_message(error), "");
  dusq_error_unref(error);
  return site;
}

void conform_close(conform_site *site)
{
  CHECK_INT(conform_settle(dusq_pool_close(site->pool, CONFORM_WAIT), NULL), DUSQ_OK);
  dusq_pool_unref(site->pool);
  if (site->fake) {
    CHECK_INT(dusq_fake_count(site->fake, DUSQ_FAKE_CONNECTED), 0);
    CHECK_INT(dusq_fake_count(site->fake, DUSQ_FAKE_PREPARED), 0);
    CHECK_INT(dusq_fake_count(site->fake, DUSQ_FAKE_MISUSES), 0);
    dusq_fake_unref(site->fake);
  }
}

/* ---- helpers ----------------------------------------------------------------------------------------------------- */
dusq_status conform_settle(dusq_future *future, dusq_result **out)
{
  CHECK_INT(dusq_future_wait(future, CONFORM_WAIT), DUSQ_OK);
  dusq_status status = dusq_future_get(future, out);
  dusq_future_unref(future);
  return status;
}

dusq_status conform_run(const conform_site *site, const char *sql)
{
  return conform_settle(dusq_pool_query(site->pool, sql, DUSQ_NO_PARAMS, NULL), NULL);
}

int64_t conform_number(const conform_site *site, const char *sql)
{
  dusq_result *result = NULL;
  int64_t number = -1;
  CHECK_INT(conform_settle(dusq_pool_query(site->pool, sql, DUSQ_NO_PARAMS, NULL), &result), DUSQ_OK);
  CHECK_INT(dusq_result_int(result, 0, 0, &number), DUSQ_OK);
  dusq_result_unref(result);
  return number;
}

bool conform_is_fake(const conform_site *site)
{
  return site->fake != NULL;
}

void conform_rule(const conform_site *site, const char *pattern, dusq_fake_step step)
{
  step.size = sizeof step;
  if (site->fake)
    CHECK_INT(dusq_fake_on(site->fake, pattern, &step), DUSQ_OK);
}

int64_t conform_now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * DUSQ_SECOND + now.tv_nsec;
}

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

static bool same_bytes(const dusq_value *a, const dusq_value *b)
{
  return a->len == b->len && (a->len == 0 || memcmp(a->u.p, b->u.p, (size_t)a->len) == 0);
}

static bool same_uuid(const dusq_value *cell, const dusq_value *expected)
{
  uint8_t id[16];
  return !dusq_value_to_uuid(cell, id) && memcmp(id, expected->u.id, sizeof id) == 0;
}

static bool same_moment(const dusq_value *cell, const dusq_value *expected)
{
  int64_t moment = 0;
  int32_t days = 0;
  if (expected->type == DUSQ_DATE)
    return !dusq_value_to_date(cell, &days) && days == expected->u.i;
  if (expected->type == DUSQ_TIME)
    return !dusq_value_to_time(cell, &moment) && moment == expected->u.i;
  return !dusq_value_to_timestamp(cell, &moment) && moment == expected->u.i;
}

static bool same_value(const dusq_value *cell, const dusq_value *expected)
{
  bool truth;
  uint64_t natural;
  switch (expected->type) {
  case DUSQ_NULL:
    return cell->type == DUSQ_NULL;
  case DUSQ_BOOL:
    return !dusq_value_to_bool(cell, &truth) && truth == expected->u.b;
  case DUSQ_INT:
    return cell->type == DUSQ_INT && cell->u.i == expected->u.i;
  case DUSQ_UINT:
    return !dusq_value_to_uint(cell, &natural) && natural == expected->u.n;
  case DUSQ_REAL:
    return cell->type == DUSQ_REAL && memcmp(&cell->u.r, &expected->u.r, sizeof cell->u.r) == 0;
  case DUSQ_TEXT:
  case DUSQ_BLOB:
    return cell->type == expected->type && same_bytes(cell, expected);
  case DUSQ_DECIMAL:
  case DUSQ_JSON:
    return (cell->type == expected->type || cell->type == DUSQ_TEXT) && same_bytes(cell, expected);
  case DUSQ_UUID:
    return same_uuid(cell, expected);
  default:
    return same_moment(cell, expected);
  }
}

static void check_columns(const conform_site *site, const conform_case *c, const dusq_result *result)
{
  char names[1000] = "";
  size_t len = 0;
  for (size_t i = 0; i < dusq_result_cols(result) && len < sizeof names; i++)
    len += (size_t)snprintf(names + len, sizeof names - len, "%s%s", i ? "," : "", dusq_result_name(result, i));
  test_check_str(names, c->columns, about(site, c, "columns"), __FILE__, __LINE__);
}

static void check_cells(const conform_site *site, const conform_case *c, const dusq_result *result)
{
  check_int(site, c, "number of columns", (int64_t)dusq_result_cols(result), (int64_t)c->cols);
  check_int(site, c, "number of rows", (int64_t)dusq_result_rows(result), (int64_t)(c->cols ? c->ncells / c->cols : 0));
  for (size_t i = 0; i < c->ncells; i++) {
    dusq_value cell = dusq_result_at(result, i / c->cols, i % c->cols);
    char actual[100], expected[100], what[300];
    dusq_value_format(&cell, actual, sizeof actual);
    dusq_value_format(&c->cells[i], expected, sizeof expected);
    snprintf(what, sizeof what, "cell %zu is %s '%s', not %s '%s'", i, dusq_kind_name(cell.type), actual,
             dusq_kind_name(c->cells[i].type), expected);
    check_int(site, c, what, same_value(&cell, &c->cells[i]), true);
  }
}

static void check_outcome(const conform_site *site, const conform_case *c, dusq_future *future)
{
  check_int(site, c, "settles", dusq_future_wait(future, CONFORM_WAIT), DUSQ_OK);
  dusq_result *result = NULL;
  dusq_status status = dusq_future_get(future, &result);
  const dusq_error *error = dusq_future_error(future);
  test_check_str(dusq_status_name(status), dusq_status_name(c->status), about(site, c, dusq_error_message(error)),
                 __FILE__,
                 __LINE__);
  check_int(site, c, "an error or a result", (error != NULL) + (result != NULL), 1);
  check_int(site, c, "unknown outcome", dusq_error_unknown_outcome(error), false);
  if (!status && !c->status) {
    if (c->columns)
      check_columns(site, c, result);
    check_cells(site, c, result);
    check_int(site, c, "affected", dusq_result_affected(result), c->affected);
    check_int(site, c, "last_id", dusq_result_last_id(result), c->last_id);
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

static void run_case(const conform_site *site, const conform_case *c)
{
  static const char clean[] = "DROP VIEW IF EXISTS v; DROP TABLE IF EXISTS u; DROP TABLE IF EXISTS t;";
  if (c->setup) {
    char setup[2000];
    snprintf(setup, sizeof setup, "%s%s", clean, c->setup);
    check_int(site, c, "setup", conform_settle(dusq_pool_script(site->pool, setup, NULL), NULL), DUSQ_OK);
  }
  if (site->fake)
    script_fake(site, c);
  for (long i = c->times ? test_scale(c->times) : 1; i > 0; i--) {
    dusq_future *future = dusq_pool_query(site->pool, c->sql, c->nvalues, c->values, NULL);
    check_outcome(site, c, future);
    dusq_future_unref(future);
  }
}

static size_t run_table(const conform_site *site, const conform_case *table)
{
  size_t n = 0;
  for (const conform_case *c = table; c->name; c++) {
    if (test_valgrind() && !strcmp(c->name, "largest real literal"))
      continue; /* valgrind computes long doubles as doubles, and SQLite reads literals with them */
    if (c->on & site->backend->bit) {
      run_case(site, c);
      n++;
    }
  }
  return n;
}

/* ---- the suite --------------------------------------------------------------------------------------------------- */
/* A backend that was not built in has nothing to conform to; configure has said so. */
static bool absent(const conform_backend *backend)
{
  if (dusq_has_backend(backend->scheme))
    return false;
  printf("    note: no %s backend in this library, not tested\n", backend->scheme);
  return true;
}

static void run_cases(int which, const char *batch)
{
  static const conform_case *const tables[] = {conform_literals, conform_parameters, conform_bad_values,
                                               conform_placeholders, conform_counts, conform_rows, conform_errors};
  if (absent(&backends[which]))
    return;
  conform_site site = conform_open(&backends[which], batch, NULL);
  size_t n = 0;
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
    n += run_table(&site, tables[i]);
  CHECK(n >= 80);
  conform_close(&site);
}

static void run_scenarios(int which, const char *batch)
{
  static const conform_scenario *const tables[] = {conform_work, conform_limits, conform_files};
  if (absent(&backends[which]))
    return;
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
    for (const conform_scenario *s = tables[i]; s->name; s++) {
      if (!(s->on & backends[which].bit))
        continue;
      unsigned failures = CU_get_number_of_failures();
      conform_site site = conform_open(&backends[which], batch, s->options);
      s->run(&site);
      conform_close(&site);
      if (CU_get_number_of_failures() != failures)
        printf("    in scenario \"%s\" [%s, %s]\n", s->name, backends[which].name, batch);
    }
  }
}

#define COMBINE(name, which, batch)      \
  static void name##_cases(void)         \
  {                                      \
    run_cases(which, batch);             \
  }                                      \
  static void name##_scenarios(void)     \
  {                                      \
    run_scenarios(which, batch);         \
  }
COMBINE(fake_usual, FAKE, "batch=on")
COMBINE(fake_forced, FAKE, "batch_min=1")
COMBINE(fake_off, FAKE, "batch=off")
COMBINE(file_usual, FILE_, "batch=on")
COMBINE(file_forced, FILE_, "batch_min=1")
COMBINE(file_off, FILE_, "batch=off")
COMBINE(memory_usual, MEMORY, "batch=on")
COMBINE(memory_forced, MEMORY, "batch_min=1")
COMBINE(memory_off, MEMORY, "batch=off")

void suite_conform(void)
{
  test_suite("conform");
  test_case("fake: cases", fake_usual_cases);
  test_case("fake: cases, batches forced", fake_forced_cases);
  test_case("fake: cases, no batches", fake_off_cases);
  test_case("sqlite file: cases", file_usual_cases);
  test_case("sqlite file: cases, batches forced", file_forced_cases);
  test_case("sqlite file: cases, no batches", file_off_cases);
  test_case("sqlite memory: cases", memory_usual_cases);
  test_case("sqlite memory: cases, batches forced", memory_forced_cases);
  test_case("sqlite memory: cases, no batches", memory_off_cases);
  test_case("fake: scenarios", fake_usual_scenarios);
  test_case("fake: scenarios, batches forced", fake_forced_scenarios);
  test_case("fake: scenarios, no batches", fake_off_scenarios);
  test_case("sqlite file: scenarios", file_usual_scenarios);
  test_case("sqlite file: scenarios, batches forced", file_forced_scenarios);
  test_case("sqlite file: scenarios, no batches", file_off_scenarios);
  test_case("sqlite memory: scenarios", memory_usual_scenarios);
  test_case("sqlite memory: scenarios, batches forced", memory_forced_scenarios);
  test_case("sqlite memory: scenarios, no batches", memory_off_scenarios);
}
