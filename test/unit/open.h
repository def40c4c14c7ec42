/* open.h - pools from a URI.  Who includes it has said LONG_WAIT. */
#ifndef DUSQ_TEST_OPEN_H
#define DUSQ_TEST_OPEN_H
#include "test.h"

static inline dusq_pool *open_uri(const char *uri)
{
  dusq_pool *pool = NULL;
  dusq_error *error = NULL;
  CHECK_INT(dusq_pool_open_uri(uri, &pool, &error), DUSQ_OK);
  CHECK_STR(dusq_error_message(error), "");
  dusq_error_unref(error);
  return pool;
}

static inline void close_pool(dusq_pool *take_pool)
{
  dusq_future *closed = dusq_pool_close(take_pool, LONG_WAIT);
  CHECK_INT(dusq_future_wait(closed, LONG_WAIT), DUSQ_OK);
  dusq_future_unref(closed);
  dusq_pool_unref(take_pool);
}

/* Whether a URI is refused with this status, and `part` stands in the message. */
static inline void check_bad_uri(const char *uri, dusq_status expected, const char *part)
{
  dusq_pool *pool = NULL;
  dusq_error *error = NULL;
  CHECK_INT(dusq_pool_open_uri(uri, &pool, &error), expected);
  CHECK(strstr(dusq_error_message(error), part) != NULL);
  dusq_error_unref(error);
  dusq_pool_unref(pool);
}

#endif
