/* wait.c - the smallest program: one query, one wait, one row. */
#include <dusq/dusq.h>
#include <stdio.h>

int main(void)
{
  dusq_pool *pool;
  if (dusq_pool_open_uri("sqlite::memory:", &pool, NULL) != DUSQ_OK)
    return 1;
  dusq_future *future = dusq_pool_query(pool, "SELECT 'Hello, ' || ?", DUSQ_PARAMS(dusq_text("dusk")), NULL);

  /* a worker runs the query; here is time for something else */

  dusq_result *result = NULL;
  const char *text = NULL;
  if (dusq_future_wait(future, DUSQ_FOREVER) == DUSQ_OK && dusq_future_get(future, &result) == DUSQ_OK &&
      dusq_result_text(result, 0, 0, &text, NULL) == DUSQ_OK)
    puts(text);
  else
    fprintf(stderr, "wait: %s\n", dusq_error_message(dusq_future_error(future)));
  int status = text ? 0 : 1;
  dusq_result_unref(result);
  dusq_future_unref(future);
  dusq_pool_unref(pool);
  return status;
}
