/* main.c - the benchmark: options, a process for every case, and the directory that the databases are made in.
 *
 * The parent uses nothing of the library, so that every case begins with a fresh one; what a case finds out comes
 * through a pipe, figure by figure. */
#include "bench.h"
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = 1024, EXIT_USAGE = 2, EXIT_MISSED = 3 };

static const struct {
  const char *name;
  bench_case *run;
  const char *what;
} cases[] = {
    {"select", bench_sqlite_select, "SQLite: SELECT by key, 1 to 256 in flight"},
    {"insert", bench_sqlite_insert, "SQLite: autocommit INSERT, synchronous=FULL, 1 to 256 in flight"},
    {"latency", bench_sqlite_latency, "one in flight: what is added to a SELECT, and what an empty job takes"},
    {"fetch", bench_sqlite_fetch, "SQLite: 10,000 rows"},
    {"jobs", bench_jobs, "empty jobs, against libuv and GLib"},
    {"bytes", bench_bytes, "memory of a pending request"},
    {"flood", bench_flood, "a million submissions ahead of one slow worker"},
    {"pg-select", bench_pg_select, "PostgreSQL: SELECT by key, 1 to 256 in flight, and what it takes of the CPU"},
    {"pg-read", bench_pg_read, "PostgreSQL: the same, marked DUSQ_READ_ONLY"},
    {"pg-insert", bench_pg_insert, "PostgreSQL: autocommit INSERT, 1 to 256 in flight, and many rows at once"},
    {"pg-fetch", bench_pg_fetch, "PostgreSQL: 10,000 rows"},
    {"pg-tcp", bench_pg_tcp, "PostgreSQL: SELECT by key over TCP, without TLS"},
    {"mariadb-select", bench_mariadb_select, "MariaDB: likewise"},
    {"mariadb-insert", bench_mariadb_insert, "MariaDB: likewise"},
    {"mariadb-fetch", bench_mariadb_fetch, "MariaDB: likewise"},
    {"mysql-select", bench_mysql_select, "MySQL: likewise"},
    {"mysql-insert", bench_mysql_insert, "MySQL: likewise"},
    {"mysql-fetch", bench_mysql_fetch, "MySQL: likewise"},
};

enum { CASES = sizeof cases / sizeof *cases };

typedef struct options {
  bench_settings settings;
  const char *json, *parent_dir;
  bool wanted[CASES];
  bool check;
} options;

static volatile sig_atomic_t interrupted;
static int figures_fd = -1; /* in a case's process: where figures go */

void bench_complain(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  fputs("bench: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
}

bool bench_tell(const bench_figure *figure)
{
  ssize_t n;
  do /* smaller than PIPE_BUF: all or nothing */
    n = write(figures_fd, figure, sizeof *figure);
  while (n < 0 && errno == EINTR);
  return n == (ssize_t)sizeof *figure;
}

/* ---- a case ---------------------------------------------------------------------------------------------------- */

static void run_case(size_t i, const bench_settings *settings, int fd)
{
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  figures_fd = fd;
  bool good = cases[i].run(settings);
  fflush(stderr);
  _exit(good ? EXIT_SUCCESS : EXIT_FAILURE);
}

static bool read_figures(int fd, const char *from, bench_report *report)
{
  bench_figure figure;
  ssize_t n;
  while ((n = read(fd, &figure, sizeof figure)) > 0 || (n < 0 && errno == EINTR && !interrupted))
    if (n == (ssize_t)sizeof figure && !bench_report_add(report, from, &figure))
      return false;
  return !n;
}

static bool wait_for(pid_t pid, const char *name)
{
  int status = 0;
  if (interrupted)
    kill(pid, SIGTERM);
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      return false;
  if (WIFSIGNALED(status) && !interrupted)
    bench_complain("%s: ended by signal %d", name, WTERMSIG(status));
  return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

static bool start_case(size_t i, const bench_settings *settings, bench_report *report)
{
  int ends[2];
  if (pipe(ends)) {
    bench_complain("pipe: %s", strerror(errno));
    return false;
  }
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    run_case(i, settings, ends[1]);
  }
  close(ends[1]);
  bool good = false;
  if (pid < 0) {
    bench_complain("fork: %s", strerror(errno));
  } else {
    good = read_figures(ends[0], cases[i].name, report);
    good = wait_for(pid, cases[i].name) && good;
  }
  close(ends[0]);
  return good;
}

/* ---- the directory --------------------------------------------------------------------------------------------- */

static void empty_dir(const char *path)
{
  DIR *dir = opendir(path);
  if (!dir)
    return;
  for (const struct dirent *entry; (entry = readdir(dir));)
    if (entry->d_name[0] != '.')
      unlinkat(dirfd(dir), entry->d_name, 0);
  closedir(dir);
}

static void on_signal(int number)
{
  interrupted = number;
}

static void catch_signals(void)
{
  struct sigaction action = {.sa_handler = on_signal};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

static bool run_cases(const options *given, bench_report *report)
{
  bool good = true;
  for (size_t i = 0; i < CASES && !interrupted; i++) {
    if (!given->wanted[i])
      continue;
    good = start_case(i, &given->settings, report) && good;
    empty_dir(given->settings.dir);
  }
  return good && !interrupted;
}

static int bench(options *given)
{
  char dir[PATH_SIZE];
  int n = snprintf(dir, sizeof dir, "%s/bench-XXXXXX", given->parent_dir);
  if (n < 0 || (size_t)n >= sizeof dir || !mkdtemp(dir)) {
    bench_complain("no directory can be made in %s: %s", given->parent_dir, strerror(errno));
    return EXIT_FAILURE;
  }
  catch_signals();
  given->settings.dir = dir;
  bench_report *report = bench_report_new(&given->settings);
  bool good = report && run_cases(given, report);
  size_t missed = report ? bench_report_missed(report) : 0;
  if (good && given->json)
    good = bench_report_json(report, given->json);
  if (missed)
    printf("\n%zu of the targets %s missed.\n", missed, missed == 1 ? "was" : "were");
  bench_report_free(report);
  rmdir(dir);
  if (!good)
    return EXIT_FAILURE;
  return missed && given->check ? EXIT_MISSED : EXIT_SUCCESS;
}

/* ---- options --------------------------------------------------------------------------------------------------- */

static void print_help(void)
{
  puts("Usage: dusq-bench [OPTION]...\n"
       "Compares dusq with the same work done by hand, in the same run, on this machine.\n\n"
       "  --only NAME    this case only; may stand several times\n"
       "  --quick        short rounds\n"
       "  --rounds N     this many, 1 to 15; usually 5\n"
       "  --json FILE    write the figures there, too\n"
       "  --dir DIR      make the databases there, on a real disk; usually the current directory\n"
       "  --pool OPTIONS for the pools on servers: key=value&...\n"
       "  --check        exit with 3 if a target was missed\n"
       "  --help         this text\n\n"
       "Servers are those of the URIs in DUSQ_TEST_POSTGRESQL_SOCKET or DUSQ_TEST_POSTGRESQL,\n"
       "DUSQ_TEST_MARIADB_SOCKET or DUSQ_TEST_MARIADB, DUSQ_TEST_MYSQL_SOCKET or DUSQ_TEST_MYSQL.\n\n"
       "Cases:");
  for (size_t i = 0; i < CASES; i++)
    printf("  %-14s %s\n", cases[i].name, cases[i].what);
}

static bool want(options *given, const char *name)
{
  for (size_t i = 0; i < CASES; i++)
    if (!strcmp(cases[i].name, name))
      return given->wanted[i] = true;
  bench_complain("there is no case \"%s\"; see --help", name);
  return false;
}

static bool set_rounds(options *given, const char *text)
{
  char *end;
  long n = strtol(text, &end, 10);
  if (*end || end == text || n < 1 || n > BENCH_MAX_ROUNDS) {
    bench_complain("--rounds takes a number from 1 to %d", BENCH_MAX_ROUNDS);
    return false;
  }
  given->settings.rounds = (int)n;
  return true;
}

/* One that has a value. */
static bool read_pair(options *given, const char *key, const char *value)
{
  static const char *const keys[] = {"--only", "--rounds", "--json", "--dir", "--pool"};
  size_t i = 0;
  while (i < sizeof keys / sizeof *keys && strcmp(keys[i], key))
    i++;
  bool known = i < sizeof keys / sizeof *keys;
  if (!known || !value) {
    bench_complain("%s: %s; see --help", key, known ? "it needs a value" : "there is no such option");
    return false;
  }
  if (i == 0)
    return want(given, value);
  if (i == 1)
    return set_rounds(given, value);
  *(i == 2 ? &given->json : i == 3 ? &given->parent_dir : &given->settings.pool) = value;
  return true;
}

static bool read_options(int argc, char **argv, options *given)
{
  bool some = false;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "--quick")) {
      given->settings.quick = true;
      given->settings.round_ns = 40 * DUSQ_MILLISECOND;
    } else if (!strcmp(argv[i], "--check")) {
      given->check = true;
    } else {
      some = some || !strcmp(argv[i], "--only");
      if (!read_pair(given, argv[i], i + 1 < argc ? argv[i + 1] : NULL))
        return false;
      i++;
    }
  }
  for (size_t i = 0; i < CASES && !some; i++)
    given->wanted[i] = true;
  return true;
}

int main(int argc, char **argv)
{
  options given = {.settings = {.rounds = 5, .round_ns = 250 * DUSQ_MILLISECOND}, .parent_dir = "."};
  if (argc == 2 && !strcmp(argv[1], "--help")) {
    print_help();
    return EXIT_SUCCESS;
  }
  if (!read_options(argc, argv, &given))
    return EXIT_USAGE;
  return bench(&given);
}
