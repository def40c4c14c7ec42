/* fault_kill.c - kill -9 in the middle of group commits: what has settled is there, and nothing is there twice. */
#include "test.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 100, MAX_TOKENS = 1 << 20, TOKENS_A_ROUND = 1 << 20 };

extern char **environ;

typedef struct ledger {
  char path[512];
  dusq_pool *pool;
  int64_t *settled; /* tokens that the child saw settle, of all rounds */
  size_t n;
} ledger;

static dusq_result *ask(ledger *book, const char *sql)
{
  dusq_result *result = NULL;
  dusq_future *future = dusq_pool_query(book->pool, sql, DUSQ_NO_PARAMS, NULL);
  CHECK(dusq_future_wait(future, 60 * DUSQ_SECOND) == DUSQ_OK);
  if (!CHECK_INT(dusq_future_get(future, &result), DUSQ_OK))
    fprintf(stderr, "%s: %s\n", sql, dusq_error_message(dusq_future_error(future)));
  dusq_future_unref(future);
  return result;
}

static bool open_ledger(ledger *book)
{
  dusq_config *config = dusq_config_new("sqlite:");
  dusq_config_set(config, "database", book->path);
  dusq_error *error = NULL;
  dusq_status status = dusq_pool_open(config, &book->pool, &error);
  dusq_config_free(config);
  dusq_error_unref(error);
  return CHECK_INT(status, DUSQ_OK);
}

static void close_ledger(ledger *book)
{
  dusq_future *closing = dusq_pool_close(book->pool, DUSQ_SECOND);
  CHECK(dusq_future_wait(closing, 10 * DUSQ_SECOND) == DUSQ_OK);
  dusq_future_unref(closing);
  book->pool = dusq_pool_unref(book->pool);
}

static pid_t start_child(ledger *book, int64_t first, int *from)
{
  int ends[2];
  char number[24], program[512];
  snprintf(number, sizeof number, "%lld", (long long)first);
  snprintf(program, sizeof program, "%s/test/kill-child", TEST_BUILDDIR);
  char *const argv[] = {program, book->path, number, NULL};
  if (pipe(ends))
    return -1;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  posix_spawn_file_actions_addclose(&actions, ends[1]);
  pid_t pid;
  int rc = posix_spawn(&pid, program, &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  *from = ends[0];
  return rc ? -1 : pid;
}

/* Reads tokens until there have been `enough` of them, kills the child, and reads what it had still said. */
static void read_and_kill(ledger *book, pid_t pid, int from, size_t enough)
{
  size_t before = book->n, partial = 0;
  bool killed = false;
  for (;;) {
    char *room = (char *)(book->settled + book->n) + partial;
    ssize_t got = read(from, room, (MAX_TOKENS - book->n) * sizeof *book->settled - partial);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    partial += (size_t)got;
    book->n += partial / sizeof *book->settled;
    partial %= sizeof *book->settled;
    if (!killed && book->n - before >= enough)
      killed = !kill(pid, SIGKILL);
  }
  close(from);
  int status = 0;
  CHECK(waitpid(pid, &status, 0) == pid);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static int compare(const void *a, const void *b)
{
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* Every settled token stands in the table; no token stands there twice. */
static void audit(ledger *book)
{
  dusq_result *all = ask(book, "SELECT token FROM ledger ORDER BY token");
  qsort(book->settled, book->n, sizeof *book->settled, compare);
  size_t missing = 0, twice = 0, at = 0;
  int64_t last = -1;
  for (size_t row = 0; row < dusq_result_rows(all); row++) {
    int64_t token = -1;
    CHECK(dusq_result_int(all, row, 0, &token) == DUSQ_OK);
    twice += token == last;
    last = token;
    while (at < book->n && book->settled[at] < token) {
      missing++;
      at++;
    }
    at += at < book->n && book->settled[at] == token;
  }
  missing += book->n - at;
  CHECK_INT(missing, 0);
  CHECK_INT(twice, 0);
  CHECK(dusq_result_rows(all) >= book->n);
  dusq_result_unref(all);
  dusq_result *sound = ask(book, "PRAGMA integrity_check");
  const char *text = "";
  CHECK(dusq_result_text(sound, 0, 0, &text, NULL) == DUSQ_OK);
  CHECK_STR(text, "ok");
  dusq_result_unref(sound);
}

static void kill_in_group_commits(void)
{
  ledger book = {.settled = malloc(MAX_TOKENS * sizeof *book.settled)};
  CU_ASSERT_PTR_NOT_NULL_FATAL(book.settled);
  snprintf(book.path, sizeof book.path, "%s/kill.db", test_tmpdir());
  if (open_ledger(&book)) {
    dusq_result_unref(ask(&book, "CREATE TABLE IF NOT EXISTS ledger (token INTEGER NOT NULL)")); /* no unique key */
    dusq_result_unref(ask(&book, "DELETE FROM ledger"));
    close_ledger(&book);
    unsigned random = 12345;
    for (long round = 0; round < test_scale(ROUNDS); round++) {
      int from = -1;
      random = random * 1103515245 + 12345;
      pid_t pid = start_child(&book, (int64_t)round * TOKENS_A_ROUND, &from);
      if (!CHECK(pid > 0))
        break;
      read_and_kill(&book, pid, from, 1 + (random >> 16) % 400);
    }
    if (open_ledger(&book)) {
      audit(&book);
      close_ledger(&book);
    }
  }
  free(book.settled);
}

void suite_fault_kill(void);
void suite_fault_kill(void)
{
  test_suite("fault_kill");
  test_case("kill -9 in the middle of group commits", kill_in_group_commits);
}
