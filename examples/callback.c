/* callback.c - callbacks instead of waiting.
 *
 * One that is registered with a completion queue runs inside dusq_cq_dispatch(), here on the main thread, so that it
 * needs no locks.  One without a queue runs on a thread of the library.
 *
 *   callback [URI]     "sqlite:" if there is none                                                                    */
#include <dusq/dusq.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { QUERIES = 3 };

typedef struct tally {
  int left, failed; /* main thread */
} tally;

/* On the main thread. */
static void on_square(dusq_future *done, void *arg)
{
  tally *t = arg;
  dusq_result *result;
  int64_t n, square;
  t->left--;
  if (dusq_future_get(done, &result)) {
    fprintf(stderr, "callback: %s\n", dusq_error_message(dusq_future_error(done)));
    t->failed++;
    return;
  }
  if (!dusq_result_int(result, 0, 0, &n) && !dusq_result_int(result, 0, 1, &square))
    printf("%lld squared is %lld\n", (long long)n, (long long)square);
  else
    t->failed++;
  dusq_result_unref(result);
}

/* What the other thread needs: a reference to the queue, so that the queue is there as long as the callback is. */
typedef struct note {
  dusq_cq *queue;
  atomic_int *status; /* DUSQ_E_PENDING until it is known */
} note;

/* On a thread of the library. */
static void on_other_thread(dusq_future *done, void *arg)
{
  note *n = arg;
  atomic_store(n->status, dusq_future_status(done));
  dusq_cq_wake(n->queue);
}

static void free_note(void *arg)
{
  note *n = arg;
  dusq_cq_unref(n->queue);
  free(n);
}

static bool ask_squares(dusq_pool *pool, dusq_cq *queue, tally *t)
{
  for (int64_t n = 1; n <= QUERIES; n++) {
    dusq_future *future = dusq_pool_query(pool, "SELECT $1 + 0, $1 * $1", DUSQ_PARAMS(dusq_int(n)), NULL);
    dusq_status status = dusq_future_on_done(future, queue, on_square, t, NULL);
    dusq_future_unref(future); /* the callback comes all the same */
    if (status)
      return false;
    t->left++;
  }
  return true;
}

static bool ask_on_other_thread(dusq_pool *pool, dusq_cq *queue, atomic_int *told)
{
  note *n = malloc(sizeof *n);
  if (!n)
    return false;
  *n = (note){dusq_cq_ref(queue), told};
  dusq_future *future = dusq_pool_query(pool, "SELECT 1", DUSQ_NO_PARAMS, NULL);
  dusq_status status = dusq_future_on_done(future, NULL, on_other_thread, n, free_note);
  dusq_future_unref(future);
  if (status)
    free_note(n); /* nothing was registered, so this is ours */
  return !status;
}

static int run(dusq_pool *pool, dusq_cq *queue)
{
  tally t = {0, 0};
  atomic_int told = DUSQ_OK;
  bool good = ask_squares(pool, queue, &t);
  if (good) {
    atomic_store(&told, DUSQ_E_PENDING);
    good = ask_on_other_thread(pool, queue, &told);
    if (!good)
      atomic_store(&told, DUSQ_E_NOMEM);
  }
  while (t.left > 0 || atomic_load(&told) == DUSQ_E_PENDING)
    if (dusq_cq_dispatch(queue, 0, DUSQ_FOREVER) < 0)
      return EXIT_FAILURE;
  printf("and on another thread: %s\n", dusq_strstatus(atomic_load(&told)));
  return good && !t.failed && atomic_load(&told) == DUSQ_OK && !fflush(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
  dusq_pool *pool;
  dusq_error *error;
  if (dusq_pool_open_uri(argc > 1 ? argv[1] : "sqlite:", &pool, &error)) {
    fprintf(stderr, "callback: %s\n", dusq_error_message(error));
    dusq_error_unref(error);
    return EXIT_FAILURE;
  }
  dusq_cq *queue;
  int status = EXIT_FAILURE;
  if (dusq_cq_new(&queue) == DUSQ_OK) {
    status = run(pool, queue);
    dusq_cq_unref(queue);
  }
  dusq_pool_unref(pool);
  return status;
}
