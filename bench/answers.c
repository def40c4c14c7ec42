/* answers.c - what the cases share: dusq's pools, how answers are read, and the check of persons that were fetched. */
#include "bench.h"
#include <stdlib.h>
#include <string.h>

/* ---- pools ----------------------------------------------------------------------------------------------------- */

/* The URI may hold a password, so that it is not printed. */
dusq_pool *bench_open_pool(const char *uri)
{
  dusq_pool *pool = NULL;
  dusq_error *error = NULL;
  if (dusq_pool_open_uri(uri, &pool, &error))
    bench_complain("%s", dusq_error_message(error));
  dusq_error_unref(error);
  return pool;
}

void bench_close_pool(dusq_pool *take_pool)
{
  if (!take_pool)
    return;
  dusq_future *closed = dusq_pool_close(take_pool, 10 * DUSQ_SECOND);
  if (dusq_future_wait(closed, DUSQ_FOREVER))
    bench_complain("the pool does not close");
  dusq_future_unref(closed);
  dusq_pool_unref(take_pool);
}

/* ---- one statement --------------------------------------------------------------------------------------------- */

bool bench_is_name(const char *name, size_t len, int64_t id)
{
  static const char start[] = "person number ";
  if (len != BENCH_NAME_BYTES || memcmp(name, start, sizeof start - 1))
    return false;
  int64_t number = 0;
  for (size_t i = sizeof start - 1; i < len; i++)
    number = number * 10 + (name[i] - '0');
  return number == id % 1000000; /* it has six digits */
}

static dusq_future *submit_select(bench_load *load)
{
  load->asked = bench_person(&load->random);
  return dusq_pool_query(load->pool, load->sql, DUSQ_PARAMS(dusq_int(load->asked)), load->opts);
}

static dusq_future *submit_insert(bench_load *load)
{
  return dusq_pool_query(load->pool, load->sql, DUSQ_PARAMS(dusq_text(bench_note)), load->opts);
}

static bool read_select(dusq_future *done, int64_t asked)
{
  dusq_result *result;
  if (dusq_future_get(done, &result))
    return bench_failed(done, "SELECT");
  const char *name;
  size_t len = 0;
  bool good = dusq_result_text(result, 0, 0, &name, &len) == DUSQ_OK && bench_is_name(name, len, asked);
  dusq_result_unref(result);
  if (!good)
    bench_complain("SELECT gave something else");
  return good;
}

static bool read_insert(dusq_future *done, int64_t asked)
{
  dusq_result *result;
  (void)asked;
  if (dusq_future_get(done, &result))
    return bench_failed(done, "INSERT");
  bool good = dusq_result_affected(result) == 1;
  dusq_result_unref(result);
  return good;
}

void bench_load_set(bench_load *load, int what, const char *select_sql, const char *insert_sql)
{
  bool select = what == BENCH_SELECT;
  load->submit = select ? submit_select : submit_insert;
  load->read = select ? read_select : read_insert;
  load->sql = select ? select_sql : insert_sql;
}

/* ---- an empty job ---------------------------------------------------------------------------------------------- */

static dusq_result *nothing(dusq_conn *conn, void *arg)
{
  (void)conn;
  (void)arg;
  return NULL;
}

dusq_future *bench_submit_job(bench_load *load)
{
  return dusq_pool_run(load->pool, nothing, NULL, NULL, NULL);
}

bool bench_read_job(dusq_future *done, int64_t asked)
{
  (void)asked;
  return dusq_future_status(done) == DUSQ_OK || bench_failed(done, "a job");
}

/* ---- many rows ------------------------------------------------------------------------------------------------- */

/* Every cell; the number of rows, or 0 if they are not what they should be. */
static size_t read_rows(const dusq_result *result)
{
  size_t n = dusq_result_rows(result), bytes = 0;
  double sum = 0;
  for (size_t row = 0; row < n; row++) {
    int64_t id;
    const char *name;
    double score;
    if (dusq_result_int(result, row, 0, &id) || dusq_result_text(result, row, 1, &name, NULL) ||
        dusq_result_real(result, row, 2, &score))
      return 0;
    bytes += strlen(name);
    sum += (double)id + score;
  }
  return n == BENCH_FETCH_ROWS && bytes == n * BENCH_NAME_BYTES && sum > 0 ? n : 0;
}

static size_t fetch(const bench_fetch *all)
{
  dusq_future *future = dusq_pool_query(all->pool, all->sql, DUSQ_NO_PARAMS, NULL);
  dusq_result *result = NULL;
  bool good = dusq_future_wait(future, DUSQ_FOREVER) == DUSQ_OK && dusq_future_get(future, &result) == DUSQ_OK;
  size_t n = good ? read_rows(result) : 0;
  if (!good)
    bench_failed(future, "a fetch");
  dusq_result_unref(result);
  dusq_future_unref(future);
  return n;
}

double bench_fetch_round(void *arg, int64_t ns)
{
  int64_t start = bench_now(), now = start;
  uint64_t done = 0;
  for (; now - start < ns; now = bench_now()) {
    size_t n = fetch(arg);
    if (!n)
      return -1;
    done += n;
  }
  return (double)done * 1e9 / (double)(now - start);
}

/* ---- by hand --------------------------------------------------------------------------------------------------- */

bool bench_take_persons(bench_hand_person *take_persons, size_t n)
{
  size_t bytes = 0;
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    bytes += take_persons[i].name ? strlen(take_persons[i].name) : 0;
    sum += (double)take_persons[i].id + take_persons[i].score;
    free(take_persons[i].name);
  }
  free(take_persons);
  return n == BENCH_FETCH_ROWS && bytes == n * BENCH_NAME_BYTES && sum > 0;
}
