/* wait.c - the smallest program: one query, one wait, one row, on any database.  README.md shows the same. */
#include <dusq/dusq.h>
#include <stdio.h>

int main(int argc, char **argv)
{
  dusq_pool *pool;
  dusq_error *error;
  if (dusq_pool_open_uri(argc > 1 ? argv[1] : "sqlite::memory:", &pool, &error)) {
    fprintf(stderr, "%s\n", dusq_error_message(error));
    dusq_error_unref(error);
    return 1;
  }
  dusq_future *future = dusq_pool_query(pool, "SELECT ?", DUSQ_PARAMS(dusq_text("Hello, dusk")), NULL);
  dusq_result *result; /* a worker runs the query; here is time for something else */
  const char *text;
  int failed = dusq_await(future, DUSQ_FOREVER, &result, &error);
  if (failed)
    fprintf(stderr, "%s\n", dusq_error_message(error));
  else if (!dusq_result_text(result, 0, 0, &text, NULL))
    puts(text);
  dusq_result_unref(result);
  dusq_error_unref(error);
  dusq_pool_unref(pool);
  return failed;
}
