/* support.c - what test.h offers besides registration and memory: asserts with values, scale, threads, a directory. */
#include "support.h"
#include "test.h"
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef TEST_BUILDDIR
#define TEST_BUILDDIR "."
#endif
#ifndef TEST_SHARED_DIR
#define TEST_SHARED_DIR ""
#endif

enum { SLOW_PERCENT = 10, SETTLE_STEPS = 10000 };

static char tmpdir[1024];

/* ---- asserts ----------------------------------------------------------------------------------------------------- */
static bool check(bool good, const char *text, const char *file, int line)
{
  static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER; /* CUnit counts without a lock */
  pthread_mutex_lock(&mtx);
  CU_assertImplementation(good ? CU_TRUE : CU_FALSE, (unsigned)line, text, file, "", CU_FALSE);
  pthread_mutex_unlock(&mtx);
  return good;
}

bool test_check(bool condition, const char *what, const char *file, int line)
{
  return check(condition, what, file, line);
}

bool test_check_int(long long actual, long long expected, const char *what, const char *file, int line)
{
  if (actual == expected)
    return check(true, what, file, line);
  char text[512];
  snprintf(text, sizeof text, "%s is %lld, should be %lld", what, actual, expected);
  return check(false, text, file, line);
}

bool test_check_str(const char *actual, const char *expected, const char *what, const char *file, int line)
{
  if (actual && expected ? strcmp(actual, expected) == 0 : actual == expected)
    return check(true, what, file, line);
  char text[2048];
  const char *mark[2] = {actual ? "\"" : "", expected ? "\"" : ""};
  snprintf(text, sizeof text, "%s is %s%s%s, should be %s%s%s", what, mark[0], actual ? actual : "NULL", mark[0],
           mark[1], expected ? expected : "NULL", mark[1]);
  return check(false, text, file, line);
}

/* ---- how much ---------------------------------------------------------------------------------------------------- */
bool test_valgrind(void)
{
  const char *preload = getenv("LD_PRELOAD"); /* valgrind's way into the program */
  return preload && (strstr(preload, "vgpreload") || strstr(preload, "valgrind"));
}

bool test_slow(void)
{
#ifdef DUSQ_SANITIZE
  return true;
#else
  return test_valgrind();
#endif
}

long test_scale(long usual)
{
  const char *given = getenv("DUSQ_TEST_SCALE");
  long percent = given ? strtol(given, NULL, 10) : 0;
  if (percent <= 0)
    percent = test_slow() ? SLOW_PERCENT : 100;
  long scaled = usual / 100 * percent + usual % 100 * percent / 100;
  return usual > 0 && scaled < 1 ? 1 : scaled;
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */
int test_threads(void)
{
  DIR *tasks = opendir("/proc/self/task");
  if (!tasks)
    return -1;
  int n = 0;
  for (struct dirent *entry; (entry = readdir(tasks));)
    n += entry->d_name[0] != '.';
  closedir(tasks);
  return n;
}

void test_nap(void)
{
  struct timespec millisecond = {.tv_nsec = 1000000};
  nanosleep(&millisecond, NULL);
}

bool test_threads_settle(int n)
{
  for (int step = 0; step < SETTLE_STEPS; step++) {
    if (test_threads() <= n)
      return true;
    test_nap();
  }
  return false;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */
const char *test_tmpdir(void)
{
  if (tmpdir[0])
    return tmpdir;
  mkdir(TEST_BUILDDIR "/test/tmp", 0777);
  snprintf(tmpdir, sizeof tmpdir, "%s/test/tmp/%ld", TEST_BUILDDIR, (long)getpid());
  test_remove(tmpdir); /* of an earlier process with this number */
  if (mkdir(tmpdir, 0777) != 0) {
    fprintf(stderr, "dusq-test: %s: %s\n", tmpdir, strerror(errno));
    exit(1);
  }
  return tmpdir;
}

bool test_server_is_required(const char *variable)
{
  const char *required = getenv("DUSQ_TEST_REQUIRE_SERVERS");
  bool either = !strcmp(variable, "DUSQ_TEST_MARIADB") || !strcmp(variable, "DUSQ_TEST_MYSQL");
  return required && *required && !(either && (getenv("DUSQ_TEST_MARIADB") || getenv("DUSQ_TEST_MYSQL")));
}

const char *test_server(const char *variable)
{
  char why[100];
  const char *uri = getenv(variable);
  if (uri)
    return uri;
  if (test_server_is_required(variable))
    test_check(false, variable, __FILE__, __LINE__);
  snprintf(why, sizeof why, "%s names no server", variable);
  test_skip(why);
  return NULL;
}

const char *test_chinook_path(const char *name)
{
  static char path[1200];
  const char *given = getenv("DUSQ_TEST_CHINOOK");
  if (given && *given)
    snprintf(path, sizeof path, "%s/%s", given, name);
  else
    snprintf(path, sizeof path, "%s/data/chinook/%s", TEST_SHARED_DIR, name);
  if (access(path, R_OK) == 0)
    return path;
  if (given && *given)
    test_check_str(path, "", "what DUSQ_TEST_CHINOOK promises and is not there:", __FILE__, __LINE__);
  test_skip("the Chinook data is not there; set DUSQ_TEST_CHINOOK");
  return NULL;
}

int64_t test_now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * DUSQ_SECOND + now.tv_nsec;
}

int64_t test_now_ms(void)
{
  return test_now() / DUSQ_MILLISECOND;
}

unsigned test_draw(uint32_t *random, unsigned below)
{
  *random = *random * 1664525u + 1013904223u;
  return (*random >> 16) % below;
}

void test_remove(const char *path)
{
  DIR *directory = opendir(path);
  if (!directory) {
    unlink(path);
    return;
  }
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    char below[2048];
    struct stat status;
    snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
    if (lstat(below, &status) == 0 && !S_ISDIR(status.st_mode))
      unlink(below);
    else
      test_remove(below);
  }
  closedir(directory);
  rmdir(path);
}

void test_tmpdir_done(void)
{
  if (tmpdir[0])
    test_remove(tmpdir);
  tmpdir[0] = '\0';
}
