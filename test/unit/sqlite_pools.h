/* sqlite_pools.h - what the tests of the SQLite backend share besides pools.h. */
#ifndef DUSQ_TEST_SQLITE_POOLS_H
#define DUSQ_TEST_SQLITE_POOLS_H
#include "unit/pools.h"
#include <unistd.h>

enum { URI_SIZE = 1400, PATH_SIZE = 1200 };

/* The path of a file that is not there yet. */
static inline void fresh_file(const char *name, char file[PATH_SIZE])
{
  static const char *const more[] = {"-wal", "-shm", "-journal", ""};
  for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
    snprintf(file, PATH_SIZE, "%s/%s%s", test_tmpdir(), name, more[i]);
    unlink(file);
  }
}

/* `path` NULL: in memory. */
static inline dusq_pool *open_pool(const char *path, const char *options)
{
  char uri[URI_SIZE];
  snprintf(uri, sizeof uri, "%s%s%s%s", path ? "sqlite:///" : "sqlite::memory:", path ? path : "", options ? "?" : "",
           options ? options : "");
  return open_uri(uri);
}

#endif
