/* seed.c - a whole program, for any database that dusq can open: a table that is made on a worker, three rows in one
 * call, and two queries at the same time whose results are gathered.
 *
 *   seed [URI]     "sqlite:" if there is none, a database in memory; "sqlite:people.db"; "postgresql://user@host/db" */
#include <dusq/dusq.h>
#include <stdio.h>
#include <stdlib.h>

/* Runs on a worker thread, with its connection. */
static dusq_result *create_all(dusq_conn *conn, void *arg)
{
  static const char script[] =
      "CREATE TABLE IF NOT EXISTS dusq_seed (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL);"
      "DELETE FROM dusq_seed;";
  dusq_error *error;
  (void)arg;
  if (dusq_conn_script(conn, script, NULL, &error))
    dusq_conn_fail(conn, error);
  return NULL;
}

static dusq_future *insert_people(dusq_pool *pool)
{
  const dusq_value people[] = {
      dusq_int(1), dusq_text("Ada"),
      dusq_int(2), dusq_text("Grace"),
      dusq_int(3), dusq_text("Edsger"),
  };
  return dusq_pool_many(pool, "INSERT INTO dusq_seed (id, name) VALUES (?, ?)", 2, 3, people, NULL);
}

/* Two queries that run at the same time, and one future for both. */
static dusq_future *select_two(dusq_pool *pool)
{
  static const char sql[] = "SELECT id, name FROM dusq_seed WHERE name = ?";
  dusq_future *both[2];
  both[0] = dusq_pool_query(pool, sql, DUSQ_PARAMS(dusq_text("Ada")), NULL);
  both[1] = dusq_pool_query(pool, sql, DUSQ_PARAMS(dusq_text("Grace")), NULL);
  dusq_future *all = dusq_future_all(both, 2, DUSQ_ALL_FAIL_FAST);
  dusq_future_unref(both[0]);
  dusq_future_unref(both[1]);
  return all;
}

static bool print_rows(const dusq_result *result)
{
  for (size_t row = 0; row < dusq_result_rows(result); row++) {
    int64_t id;
    const char *name;
    if (dusq_result_int(result, row, 0, &id) || dusq_result_text(result, row, 1, &name, NULL)) {
      fprintf(stderr, "seed: row %zu is not a number and a text\n", row);
      return false;
    }
    printf("%lld %s\n", (long long)id, name);
  }
  return true;
}

int main(int argc, char **argv)
{
  dusq_pool *pool;
  dusq_error *error;
  if (dusq_pool_open_uri(argc > 1 ? argv[1] : "sqlite:", &pool, &error)) {
    fprintf(stderr, "seed: %s\n", dusq_error_message(error));
    dusq_error_unref(error);
    return EXIT_FAILURE;
  }
  dusq_result *both = NULL;
  bool good = !dusq_await(dusq_pool_run(pool, create_all, NULL, NULL, NULL), DUSQ_FOREVER, NULL, &error) &&
              !dusq_await(insert_people(pool), DUSQ_FOREVER, NULL, &error) &&
              !dusq_await(select_two(pool), DUSQ_FOREVER, &both, &error);
  if (!good)
    fprintf(stderr, "seed: %s\n", dusq_error_message(error));
  for (size_t i = 0; good && i < dusq_result_items(both); i++)
    good = print_rows(dusq_result_item(both, i));
  dusq_result_unref(both);
  dusq_error_unref(error);
  good = !dusq_await(dusq_pool_close(pool, DUSQ_SECOND), DUSQ_FOREVER, NULL, NULL) && good;
  dusq_pool_unref(pool);
  return good && !fflush(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}
