/* chinook.c - a real database of 15,607 rows, on every backend: loaded by its own script, read, emptied, and written
 * once more through bound parameters, out of the copy that SQLite has.  Both times the figures must be those that the
 * data's own description names.  The data is not part of dusq: where it is absent the suite says so.
 *
 * The scripts are for the servers' command lines: they make a database and change to it, which a pool cannot do, so
 * those lines are cut (DROP DATABASE, CREATE DATABASE, USE, \c).                                                     */
#include "conform.h"
#include <math.h>

enum { MAX_COLS = 20 };

/* In an order in which every row finds those that it refers to. */
static const struct {
  const char *name, *pg;
  int64_t rows;
} tables[] = {
  {"Genre", "genre", 25},          {"MediaType", "media_type", 5},
  {"Artist", "artist", 275},       {"Album", "album", 347},
  {"Track", "track", 3503},        {"Employee", "employee", 8},
  {"Customer", "customer", 59},    {"Invoice", "invoice", 412},
  {"InvoiceLine", "invoice_line", 2240}, {"Playlist", "playlist", 18},
  {"PlaylistTrack", "playlist_track", 8715},
};
enum { TABLES = sizeof tables / sizeof tables[0], ALL_ROWS = 15607 };

/* ---- helpers ----------------------------------------------------------------------------------------------------- */
/* Blanks the lines that cannot run in a pool; they stand before the first table. */
static void cut_lines(char *text)
{
  static const char *const begins[] = {"DROP DATABASE", "CREATE DATABASE", "USE ", "\\c "};
  for (char *line = text; line && strncmp(line, "CREATE TABLE", 12); line = strchr(line, '\n')) {
    line += *line == '\n';
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
      if (!strncmp(line, begins[i], strlen(begins[i])))
        memset(line, ' ', strcspn(line, "\n"));
  }
}

/* The whole file, or NULL, which has been said; to be freed. */
static char *read_script(uint32_t bit)
{
  const char *kind = bit & CONFORM_POSTGRESQL ? "PostgreSql" : bit & CONFORM_MY ? "MySql" : "Sqlite";
  char name[40];
  snprintf(name, sizeof name, "Chinook_%s.sql", kind);
  const char *path = test_chinook_path(name);
  FILE *file = path ? fopen(path, "rb") : NULL;
  if (!file)
    return NULL;
  size_t room = (size_t)4 << 20;
  char *text = malloc(room);
  size_t len = text ? fread(text, 1, room - 1, file) : 0;
  bool whole = text && len > 0 && feof(file);
  fclose(file);
  if (!whole) {
    free(text);
    return NULL;
  }
  text[len] = '\0';
  cut_lines(text);
  return text;
}

static const char *table_name(const conform_site *site, size_t i)
{
  return conform_is(site, CONFORM_POSTGRESQL) ? tables[i].pg : tables[i].name;
}

static dusq_result *ask(const conform_site *site, const char *sql)
{
  dusq_result *result = NULL;
  CHECK_INT(conform_settle(conform_query(site, sql, DUSQ_NO_PARAMS, NULL), &result), DUSQ_OK);
  return result;
}

static dusq_result *read_table(const conform_site *site, size_t i)
{
  char sql[200];
  snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY 1, 2", table_name(site, i));
  return ask(site, sql);
}

static void load(const conform_site *site, const char *script)
{
  dusq_future *done = dusq_pool_script(site->pool, script, NULL);
  CHECK_INT(dusq_future_wait(done, CONFORM_WAIT), DUSQ_OK);
  test_check_str(dusq_error_message(dusq_future_error(done)), "", site->backend->name, __FILE__, __LINE__);
  dusq_future_unref(done);
}

/* ---- the figures ------------------------------------------------------------------------------------------------- */
/* `lost`: how many backslashes the script itself loses, being read by MySQL. */
static void check_figures(const conform_site *site, int64_t lost)
{
  int64_t all = 0;
  for (size_t i = 0; i < TABLES; i++) {
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table_name(site, i));
    int64_t rows = conform_number(site, sql);
    test_check_int(rows, tables[i].rows, tables[i].name, __FILE__, __LINE__);
    all += rows;
  }
  CHECK_INT(all, ALL_ROWS);
  CHECK_INT(conform_number(site, "SELECT sum({length|char_length|char_length}(Name)) FROM Track"), 55639 - lost);
  CHECK_INT(conform_number(site, "SELECT sum({length(CAST(Name AS BLOB))|octet_length(Name)|octet_length(Name)}) "
                                 "FROM Track"),
            55979 - lost);
  CHECK_INT(conform_number(site, "SELECT sum(Milliseconds) FROM Track"), 1378778040);
  CHECK_INT(conform_number(site, "SELECT sum(Bytes) FROM Track"), INT64_C(117386255350));
  CHECK_INT(conform_number(site, "SELECT count(*) FROM Track WHERE Composer IS NULL"), 977);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM Customer WHERE State IS NULL"), 29);
  dusq_result *total = ask(site, "SELECT {printf('%.2f', sum(Total))|sum(total)|sum(Total)} FROM Invoice");
  const char *text = "";
  CHECK_INT(dusq_result_text(total, 0, 0, &text, NULL), DUSQ_OK);
  CHECK_STR(text, "2328.60");
  dusq_result_unref(total);
}

/* The same once more, counted by the caller from the cells, so that nothing is lost on the way out. */
static void check_tracks(const conform_site *site, int64_t lost)
{
  dusq_result *tracks = ask(site, "SELECT Name, Composer, Bytes, Milliseconds FROM Track");
  size_t rows = dusq_result_rows(tracks), octets = 0, characters = 0, unknown = 0;
  int64_t bytes = 0, milliseconds = 0;
  for (size_t i = 0; i < rows; i++) {
    const char *name = "";
    size_t len = 0;
    int64_t number = 0;
    CHECK_INT(dusq_result_text(tracks, i, 0, &name, &len), DUSQ_OK);
    octets += len;
    for (size_t k = 0; k < len; k++)
      characters += ((unsigned char)name[k] & 0xC0) != 0x80;
    unknown += dusq_result_is_null(tracks, i, 1);
    CHECK_INT(dusq_result_int(tracks, i, 2, &number), DUSQ_OK);
    bytes += number;
    CHECK_INT(dusq_result_int(tracks, i, 3, &number), DUSQ_OK);
    milliseconds += number;
  }
  CHECK_INT(rows, 3503);
  CHECK_INT(characters, 55639 - lost);
  CHECK_INT(octets, 55979 - lost);
  CHECK_INT(unknown, 977);
  CHECK_INT(bytes, INT64_C(117386255350));
  CHECK_INT(milliseconds, 1378778040);
  dusq_result_unref(tracks);
}

/* ---- copying ----------------------------------------------------------------------------------------------------- */
static void empty(const conform_site *site)
{
  conform_run(site, conform_is(site, CONFORM_POSTGRESQL) ? "UPDATE employee SET reports_to = NULL"
                                                         : "UPDATE Employee SET ReportsTo = NULL");
  for (size_t i = TABLES; i-- > 0;) {
    char sql[100];
    snprintf(sql, sizeof sql, "DELETE FROM %s", table_name(site, i));
    CHECK_INT(conform_run(site, sql), DUSQ_OK);
  }
}

/* INSERT INTO name VALUES (?, ?, ...) */
static void write_insert(char *sql, size_t size, const char *name, size_t cols)
{
  size_t len = (size_t)snprintf(sql, size, "INSERT INTO %s VALUES (?", name);
  for (size_t i = 1; i < cols && len < size; i++)
    len += (size_t)snprintf(sql + len, size - len, ", ?");
  if (len < size)
    snprintf(sql + len, size - len, ")");
}

static void copy_table(const conform_site *from, const conform_site *to, size_t table)
{
  char sql[200];
  dusq_result *read = read_table(from, table), *written = NULL;
  size_t rows = dusq_result_rows(read), cols = dusq_result_cols(read);
  dusq_value *values = calloc(rows * cols, sizeof *values);
  CHECK(values != NULL && cols > 0 && cols <= MAX_COLS);
  for (size_t i = 0; values && i < rows * cols; i++) {
    values[i] = dusq_result_at(read, i / cols, i % cols);
    values[i].native = 0;
  }
  write_insert(sql, sizeof sql, table_name(to, table), cols);
  CHECK_INT(conform_settle(dusq_pool_many(to->pool, sql, cols, rows, values, NULL), &written), DUSQ_OK);
  CHECK_INT(dusq_result_affected(written), (int64_t)rows);
  dusq_result_unref(written);
  dusq_result_unref(read);
  free(values);
}

/* SQLite has texts for moments, and REAL for decimals. */
static bool same(const dusq_value *x, const dusq_value *y)
{
  double a = 0, b = 1;
  int64_t m = 0, n = 1;
  if (y->type == DUSQ_TIMESTAMP)
    return !dusq_value_to_timestamp(x, &m) && !dusq_value_to_timestamp(y, &n) && m == n;
  if (y->type == DUSQ_DECIMAL)
    return !dusq_value_to_real(x, &a) && !dusq_value_to_real(y, &b) && fabs(a - b) < 1e-9;
  return conform_same(y, x);
}

static void compare_table(const conform_site *a, const conform_site *b, size_t table)
{
  dusq_result *left = read_table(a, table), *right = read_table(b, table);
  size_t rows = dusq_result_rows(left), cols = dusq_result_cols(left), different = 0;
  CHECK_INT(dusq_result_rows(right), (int64_t)rows);
  CHECK_INT(dusq_result_cols(right), (int64_t)cols);
  for (size_t i = 0; i < rows * cols; i++) {
    dusq_value x = dusq_result_at(left, i / cols, i % cols), y = dusq_result_at(right, i / cols, i % cols);
    different += !same(&x, &y);
  }
  test_check_int((long long)different, 0, tables[table].name, __FILE__, __LINE__);
  dusq_result_unref(left);
  dusq_result_unref(right);
}

/* ---- the suite --------------------------------------------------------------------------------------------------- */
static void copy_all(const conform_site *to)
{
  char *script = read_script(CONFORM_SQLITE);
  conform_site from = conform_open(&conform_backends[CONFORM_AT_MEMORY], "batch=on", NULL);
  load(&from, script);
  empty(to);
  for (size_t i = 0; i < TABLES; i++)
    copy_table(&from, to, i);
  check_figures(to, 0);
  check_tracks(to, 0);
  for (size_t i = 0; i < TABLES; i++)
    compare_table(&from, to, i);
  conform_close(&from);
  free(script);
}

static void run(size_t which)
{
  const conform_backend *backend = &conform_backends[which];
  if (conform_absent(backend)) {
    test_skip("its backend or server is absent");
    return;
  }
  char *script = read_script(backend->bit);
  if (!script)
    return;
  conform_site site = conform_open(backend, "batch=on", NULL);
  int64_t lost = conform_is(&site, CONFORM_MY) ? 5 : 0;
  load(&site, script);
  check_figures(&site, lost);
  check_tracks(&site, lost);
  if (dusq_has_backend("sqlite"))
    copy_all(&site);
  conform_close(&site);
  free(script);
}

static void test_file(void)
{
  run(CONFORM_AT_FILE);
}

static void test_memory(void)
{
  run(CONFORM_AT_MEMORY);
}

static void test_postgresql(void)
{
  run(CONFORM_AT_POSTGRESQL);
}

static void test_mariadb(void)
{
  run(CONFORM_AT_MARIADB);
}

static void test_mysql(void)
{
  run(CONFORM_AT_MYSQL);
}

void suite_chinook(void)
{
  test_suite("chinook");
  test_case("sqlite file", test_file);
  test_case("sqlite memory", test_memory);
  test_case("postgresql", test_postgresql);
  test_case("mariadb", test_mariadb);
  test_case("mysql", test_mysql);
}
