/* kill_child.c - inserts numbered rows as fast as it can until it is killed, and says of each that it has settled.
 *
 *   kill-child DATABASE FIRST      writes the numbers of settled rows to standard output, 8 bytes each
 *
 * Many inserts are in flight, so most of them share a transaction with others when the end comes.                    */
#include <dusq/dusq.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { IN_FLIGHT = 64 };

static int fail(const char *what, const dusq_error *error)
{
  fprintf(stderr, "kill-child: %s: %s\n", what, dusq_error_message(error));
  return 1;
}

static int insert_for_ever(dusq_pool *pool, int64_t first)
{
  dusq_future *ring[IN_FLIGHT] = {NULL};
  for (int64_t token = first;; token++) {
    dusq_future **slot = &ring[token % IN_FLIGHT];
    if (*slot) {
      if (dusq_future_wait(*slot, DUSQ_FOREVER) || dusq_future_status(*slot))
        return fail("insert", dusq_future_error(*slot));
      int64_t settled = token - IN_FLIGHT;
      if (write(STDOUT_FILENO, &settled, sizeof settled) != (ssize_t)sizeof settled)
        return 1;
      dusq_future_unref(*slot);
    }
    *slot = dusq_pool_query(pool, "INSERT INTO ledger (token) VALUES (?)", DUSQ_PARAMS(dusq_int(token)), NULL);
  }
}

int main(int argc, char **argv)
{
  if (argc != 3)
    return 2;
  dusq_config *config = dusq_config_new("sqlite:");
  dusq_config_set(config, "database", argv[1]);
  dusq_pool *pool;
  dusq_error *error;
  dusq_status status = dusq_pool_open(config, &pool, &error);
  dusq_config_free(config);
  if (status)
    return fail("open", error);
  return insert_for_ever(pool, strtoll(argv[2], NULL, 10));
}
