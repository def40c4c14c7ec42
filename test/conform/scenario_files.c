/* scenario_files.c - what only a database in files has: missing directories, damage, locks, read-only use. */
#include "conform.h"
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A statement on a database of its own; its status, or that of opening. */
static dusq_status run_on(const char *path, const char *options, const char *sql)
{
  char uri[600];
  dusq_pool *pool = NULL;
  snprintf(uri, sizeof uri, "sqlite:%s%s", path, options);
  dusq_status status = dusq_pool_open_uri(uri, &pool, NULL);
  if (status)
    return status;
  status = conform_settle(dusq_pool_query(pool, sql, DUSQ_NO_PARAMS, NULL), NULL);
  CHECK_INT(conform_settle(dusq_pool_close(pool, CONFORM_WAIT), NULL), DUSQ_OK);
  dusq_pool_unref(pool);
  return status;
}

static void write_file(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");
  CHECK(file != NULL);
  if (file) {
    CHECK(fputs(text, file) >= 0);
    CHECK_INT(fclose(file), 0);
  }
}

static void missing(conform_site *site)
{
  (void)site;
  char path[400];
  snprintf(path, sizeof path, "%s/no/such/directory.db", test_tmpdir());
  CHECK_INT(run_on(path, "", "SELECT 1"), DUSQ_E_CONNECT);
  snprintf(path, sizeof path, "%s/missing.db", test_tmpdir());
  unlink(path);
  CHECK_INT(run_on(path, "?mode=rw", "SELECT 1"), DUSQ_E_CONNECT);
  CHECK_INT(run_on(path, "?mode=ro", "SELECT 1"), DUSQ_E_CONNECT);
  CHECK_INT(access(path, F_OK), -1);
}

static void damaged(conform_site *site)
{
  (void)site;
  char path[400];
  snprintf(path, sizeof path, "%s/junk.db", test_tmpdir());
  write_file(path,
             "This is a text of some length, which is certainly no database; it is longer than a header of 100 bytes.");
  CHECK_INT(run_on(path, "", "SELECT 1"), DUSQ_E_CORRUPT);
  struct stat info;
  CHECK(stat(path, &info) == 0 && info.st_size == 103); /* and nothing was done to it */
  unlink(path);
}

static void read_only(conform_site *site)
{
  char path[400];
  snprintf(path, sizeof path, "%s/readonly.db", test_tmpdir());
  CHECK_INT(run_on(path, "", "CREATE TABLE t (i)"), DUSQ_OK);
  CHECK_INT(run_on(path, "?mode=ro", "INSERT INTO t VALUES (1)"), DUSQ_E_READ_ONLY);
  CHECK_INT(run_on(path, "?mode=ro", "SELECT * FROM t"), DUSQ_OK);
  unlink(path);
  dusq_opts opts = DUSQ_OPTS_INIT; /* a write that is said to read only */
  opts.flags = DUSQ_READ_ONLY;
  CHECK_INT(conform_run(site, "CREATE TABLE t (i)"), DUSQ_OK);
  CHECK_INT(conform_settle(conform_query(site, "INSERT INTO t VALUES (1)", DUSQ_NO_PARAMS, &opts), NULL),
            DUSQ_E_READ_ONLY);
  CHECK_INT(conform_run(site, "INSERT INTO t VALUES (1)"), DUSQ_OK);
  CHECK_INT(conform_number(site, "SELECT count(*) FROM t"), 1);
}

/* ---- locks ------------------------------------------------------------------------------------------------------- */
/* On a worker of one pool: holds the write lock while another pool tries. */
static dusq_result *lock_and_try(dusq_conn *conn, void *path)
{
  CHECK_INT(dusq_conn_query(conn, "BEGIN IMMEDIATE", DUSQ_NO_PARAMS, NULL, NULL), DUSQ_OK);
  char uri[600];
  dusq_pool *pool = NULL;
  snprintf(uri, sizeof uri, "sqlite:%s?busy_timeout=50ms", (const char *)path);
  CHECK_INT(dusq_pool_open_uri(uri, &pool, NULL), DUSQ_OK);
  dusq_future *write = dusq_pool_query(pool, "INSERT INTO t VALUES (1)", DUSQ_NO_PARAMS, NULL);
  dusq_future *read = dusq_pool_query(pool, "SELECT * FROM t", DUSQ_NO_PARAMS, NULL);
  while (dusq_future_status(write) == DUSQ_E_PENDING || dusq_future_status(read) == DUSQ_E_PENDING)
    nanosleep(&(struct timespec){0, 1000000}, NULL); /* a worker may not wait on a future */
  CHECK_INT(dusq_future_status(write), DUSQ_E_LOCKED);
  CHECK(dusq_error_retryable(dusq_future_error(write)));
  CHECK_INT(dusq_future_status(read), DUSQ_OK); /* WAL: readers go on */
  dusq_future_unref(write);
  dusq_future_unref(read);
  dusq_pool_unref(pool);
  return NULL;
}

static void locked(conform_site *site)
{
  (void)site;
  char path[400], uri[500];
  dusq_pool *pool = NULL;
  snprintf(path, sizeof path, "%s/locked.db", test_tmpdir());
  unlink(path);
  snprintf(uri, sizeof uri, "sqlite:%s", path);
  CHECK_INT(dusq_pool_open_uri(uri, &pool, NULL), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_pool_query(pool, "CREATE TABLE t (i)", DUSQ_NO_PARAMS, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_pool_run(pool, lock_and_try, path, NULL, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_pool_query(pool, "INSERT INTO t VALUES (1)", DUSQ_NO_PARAMS, NULL), NULL), DUSQ_OK);
  CHECK_INT(conform_settle(dusq_pool_close(pool, CONFORM_WAIT), NULL), DUSQ_OK);
  dusq_pool_unref(pool);
}

const conform_scenario conform_files[] = {
  {"a file that cannot be opened", CONFORM_SQLITE, NULL, missing},
  {"a file that is no database", CONFORM_SQLITE, NULL, damaged},
  {"reading only", CONFORM_SQLITE, NULL, read_only},
  {"a lock that another pool holds", CONFORM_SQLITE, NULL, locked},
  {NULL, 0, NULL, NULL},
};
