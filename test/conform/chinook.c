/* chinook.c - a real database of 15,607 rows: loaded as a script, read, and written again through bound parameters.
 * Both copies must give the figures that the data's own description names.  The data is not part of dusq: where it is
 * absent the suite says so.                                                                                          */
#include "conform.h"
#include <unistd.h>

#ifndef TEST_SHARED_DIR
#define TEST_SHARED_DIR ""
#endif

enum { MAX_COLS = 20 };

/* In an order in which every row finds those that it refers to. */
static const struct {
  const char *name;
  int64_t rows;
} tables[] = {
  {"Genre", 25},   {"MediaType", 5}, {"Artist", 275},       {"Album", 347},   {"Track", 3503},         {"Employee", 8},
  {"Customer", 59}, {"Invoice", 412}, {"InvoiceLine", 2240}, {"Playlist", 18}, {"PlaylistTrack", 8715},
};
enum { TABLES = sizeof tables / sizeof tables[0], ALL_ROWS = 15607 };

/* ---- helpers ----------------------------------------------------------------------------------------------------- */
/* The whole file, or NULL; to be freed. */
static char *read_script(void)
{
  FILE *file = fopen(TEST_SHARED_DIR "/data/chinook/Chinook_Sqlite.sql", "rb");
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
  return text;
}

static conform_site open_database(const char *name)
{
  static const conform_backend sqlite = {"chinook", CONFORM_SQLITE, "sqlite"};
  conform_site site = {&sqlite, "", NULL, NULL};
  char uri[500];
  dusq_error *error = NULL;
  if (name) {
    snprintf(uri, sizeof uri, "sqlite:%s/%s", test_tmpdir(), name);
    unlink(uri + strlen("sqlite:"));
  } else {
    snprintf(uri, sizeof uri, "sqlite::memory:");
  }
  CHECK_INT(dusq_pool_open_uri(uri, &site.pool, &error), DUSQ_OK);
  CHECK_STR(dusq_error_message(error), "");
  dusq_error_unref(error);
  return site;
}

static dusq_result *ask(const conform_site *site, const char *sql)
{
  dusq_result *result = NULL;
  CHECK_INT(conform_settle(dusq_pool_query(site->pool, sql, DUSQ_NO_PARAMS, NULL), &result), DUSQ_OK);
  return result;
}

/* ---- the figures ------------------------------------------------------------------------------------------------- */
static void check_figures(const conform_site *site)
{
  int64_t all = 0;
  for (size_t i = 0; i < TABLES; i++) {
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", tables[i].name);
    int64_t rows = conform_number(site, sql);
    test_check_int(rows, tables[i].rows, tables[i].name, __FILE__, __LINE__);
    all += rows;
  }
  CHECK_INT(all, ALL_ROWS);
  CHECK_INT(conform_number(site, "SELECT sum(length(Name)) FROM Track"), 55639);
  CHECK_INT(conform_number(site, "SELECT sum(length(CAST(Name AS BLOB))) FROM Track"), 55979);
  CHECK_INT(conform_number(site, "SELECT sum(Milliseconds) FROM Track"), 1378778040);
  CHECK_INT(conform_number(site, "SELECT sum(Bytes) FROM Track"), INT64_C(117386255350));
  CHECK_INT(conform_number(site, "SELECT count(*) FROM Track WHERE Composer IS NULL"), 977);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM Customer WHERE State IS NULL"), 29);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
  dusq_result *total = ask(site, "SELECT printf('%.2f', sum(Total)) FROM Invoice");
  const char *text = "";
  CHECK_INT(dusq_result_text(total, 0, 0, &text, NULL), DUSQ_OK);
  CHECK_STR(text, "2328.60");
  dusq_result_unref(total);
}

/* The same once more, counted by the caller from the cells, so that nothing is lost on the way out. */
static void check_tracks(const conform_site *site)
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
  CHECK_INT(characters, 55639);
  CHECK_INT(octets, 55979);
  CHECK_INT(unknown, 977);
  CHECK_INT(bytes, INT64_C(117386255350));
  CHECK_INT(milliseconds, 1378778040);
  dusq_result_unref(tracks);
}

/* ---- copying ----------------------------------------------------------------------------------------------------- */
static void copy_schema(const conform_site *from, const conform_site *to)
{
  dusq_result *schema = ask(from, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid");
  CHECK(dusq_result_rows(schema) > TABLES);
  for (size_t i = 0; i < dusq_result_rows(schema); i++) {
    const char *sql = "";
    CHECK_INT(dusq_result_text(schema, i, 0, &sql, NULL), DUSQ_OK);
    CHECK_INT(conform_run(to, sql), DUSQ_OK);
  }
  dusq_result_unref(schema);
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

static void copy_table(const conform_site *from, const conform_site *to, const char *name)
{
  char sql[200];
  snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY rowid", name);
  dusq_result *read = ask(from, sql), *written = NULL;
  size_t rows = dusq_result_rows(read), cols = dusq_result_cols(read);
  dusq_value *values = calloc(rows * cols, sizeof *values);
  CHECK(values != NULL && cols > 0 && cols <= MAX_COLS);
  for (size_t i = 0; values && i < rows * cols; i++) {
    values[i] = dusq_result_at(read, i / cols, i % cols);
    values[i].native = 0;
  }
  write_insert(sql, sizeof sql, name, cols);
  CHECK_INT(conform_settle(dusq_pool_many(to->pool, sql, cols, rows, values, NULL), &written), DUSQ_OK);
  CHECK_INT(dusq_result_affected(written), (int64_t)rows);
  dusq_result_unref(written);
  dusq_result_unref(read);
  free(values);
}

/* Every cell of both, of the same kind and the same bytes. */
static void compare_table(const conform_site *a, const conform_site *b, const char *name)
{
  char sql[200];
  snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY 1, 2", name);
  dusq_result *left = ask(a, sql), *right = ask(b, sql);
  size_t rows = dusq_result_rows(left), cols = dusq_result_cols(left), different = 0;
  CHECK_INT(dusq_result_rows(right), (int64_t)rows);
  CHECK_INT(dusq_result_cols(right), (int64_t)cols);
  for (size_t i = 0; i < rows * cols; i++) {
    dusq_value x = dusq_result_at(left, i / cols, i % cols), y = dusq_result_at(right, i / cols, i % cols);
    bool bytes = x.type == DUSQ_TEXT || x.type == DUSQ_BLOB;
    different += x.type != y.type || x.len != y.len ||
                 (bytes ? memcmp(x.u.p, y.u.p, (size_t)x.len) != 0 : x.type != DUSQ_NULL && x.u.n != y.u.n);
  }
  test_check_int((long long)different, 0, name, __FILE__, __LINE__);
  dusq_result_unref(left);
  dusq_result_unref(right);
}

/* ---- the suite --------------------------------------------------------------------------------------------------- */
static void run(const char *first, const char *second)
{
  char *script = dusq_has_backend("sqlite") ? read_script() : NULL;
  if (!script) {
    test_skip("no SQLite, or no data in " TEST_SHARED_DIR "/data/chinook");
    return;
  }
  conform_site from = open_database(first), to = open_database(second);
  CHECK_INT(conform_settle(dusq_pool_script(from.pool, script, NULL), NULL), DUSQ_OK);
  check_figures(&from);
  check_tracks(&from);
  copy_schema(&from, &to);
  for (size_t i = 0; i < TABLES; i++)
    copy_table(&from, &to, tables[i].name);
  check_figures(&to);
  check_tracks(&to);
  for (size_t i = 0; i < TABLES; i++)
    compare_table(&from, &to, tables[i].name);
  conform_close(&from);
  conform_close(&to);
  free(script);
}

static void test_file_to_memory(void)
{
  run("chinook.db", NULL);
}

static void test_memory_to_file(void)
{
  run(NULL, "chinook-copy.db");
}

void suite_chinook(void)
{
  test_suite("chinook");
  test_case("a script into a file, parameters into memory", test_file_to_memory);
  test_case("a script into memory, parameters into a file", test_memory_to_file);
}
