/* main.c - the benchmark: options, what is run in which order, and the directory that the databases are made in. */
#include "process.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 1024, EXIT_USAGE = 2, EXIT_MISSED = 3, MOST_RUNS = 9, MOST_AGAIN = 3 };
enum { CASE_ROUNDS = 5, GRID_ROUNDS = 7, GRID_ROUNDS_QUICK = 3 };
#define GRID_ROUND_QUICK (60 * DUSQ_MILLISECOND)
#define BUDGET (60 * 60 * DUSQ_SECOND)
#define BUDGET_QUICK (5 * 60 * DUSQ_SECOND)

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
    {"delay", bench_delay_itself, "the process that makes the grid's distances: its trips, and the bytes through it"},
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
  const char *json, *svg, *against, *parent_dir, *filter; /* filter: of the grid; NULL: none of it */
  bool wanted[CASES];
  bool check;
  bench_grid grid;
} options;

/* The grid, and what of it was run again to be compared with an older run. */
typedef struct runs {
  int64_t end; /* when the time is up */
  bench_sheet old, sheets[MOST_AGAIN];
  const bench_sheet *list[MOST_AGAIN];
  size_t n, fell;
} runs;

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

/* ---- runs ------------------------------------------------------------------------------------------------------ */

static bool run_cases(const options *given, bench_report *report, bench_sheet *sheet)
{
  bool good = true;
  for (size_t i = 0; i < CASES && !bench_process_interrupted(); i++) {
    if (!given->wanted[i])
      continue;
    const bench_task task = {cases[i].name, cases[i].run, 0};
    good = bench_process_run(&task, &given->settings, report, sheet) && good;
    empty_dir(given->settings.dir);
  }
  return good && !bench_process_interrupted();
}

static void set_for_grid(const options *given, bench_settings *settings)
{
  *settings = given->settings;
  settings->grid = &given->grid;
  if (!settings->rounds)
    settings->rounds = settings->quick ? GRID_ROUNDS_QUICK : GRID_ROUNDS;
  if (settings->quick)
    settings->round_ns = GRID_ROUND_QUICK;
}

/* Once more those families that fell in all n runs until now.  No family is begun that would not be over in time. */
static bool run_grid(const options *given, bench_report *report, runs *all)
{
  bench_settings settings;
  bench_sheet *sheet = &all->sheets[all->n];
  bool good = true;
  set_for_grid(given, &settings);
  for (size_t i = 0; given->filter && i < bench_grid_families() && !bench_process_interrupted(); i++) {
    char name[BENCH_FAMILY_SIZE];
    const bench_family *family = bench_grid_family(i, name);
    const bench_task task = {name, NULL, i};
    if (!bench_grid_wants(&given->grid, family) || (all->n && !bench_sheet_fell(&all->old, all->list, all->n, name)))
      continue;
    if (bench_now() + bench_grid_takes(&settings, family) > all->end) {
      printf("\n%s: passed over, the time is up\n", name);
      continue;
    }
    good = bench_process_run(&task, &settings, report, sheet) && good;
    empty_dir(given->settings.dir);
  }
  all->list[all->n++] = sheet;
  return good && !bench_process_interrupted();
}

/* Whether dusq is as good as it was; what fell is run again, up to three times. */
static bool run_against(const options *given, bench_report *report, runs *all)
{
  bool good = true;
  all->fell = bench_sheet_compare(&all->old, all->list, all->n);
  while (good && all->fell && all->n < MOST_AGAIN) {
    printf("\nAgain what fell, to see whether it does in %d runs of %d.\n", MOST_AGAIN, MOST_AGAIN);
    good = run_grid(given, report, all);
    all->fell = bench_sheet_compare(&all->old, all->list, all->n);
  }
  return good;
}

static bool run_all(const options *given, bench_report *report, runs *all)
{
  options of_cases = *given;
  all->end = bench_now() + (given->settings.quick ? BUDGET_QUICK : BUDGET);
  if (!of_cases.settings.rounds)
    of_cases.settings.rounds = CASE_ROUNDS;
  if (given->against && !bench_sheet_read(&all->old, given->against))
    return false;
  bool good = run_cases(&of_cases, report, &all->sheets[0]);
  good = run_grid(given, report, all) && good;
  if (all->sheets[0].n)
    bench_sheet_ratios(&all->sheets[0]);
  if (good && given->json)
    good = bench_report_json(report, &all->sheets[0], given->json);
  if (good && given->svg)
    good = bench_sheet_draw(&all->sheets[0], given->svg);
  return good && (!given->against || run_against(given, report, all));
}

static int bench(options *given)
{
  char dir[PATH_SIZE];
  int n = snprintf(dir, sizeof dir, "%s/bench-XXXXXX", given->parent_dir);
  if (n < 0 || (size_t)n >= sizeof dir || !mkdtemp(dir)) {
    bench_complain("no directory can be made in %s: %s", given->parent_dir, strerror(errno));
    return EXIT_FAILURE;
  }
  bench_process_catch();
  given->settings.dir = dir;
  runs all = {0};
  bench_report *report = bench_report_new(&given->settings);
  bool good = report && run_all(given, report, &all);
  size_t missed = report ? bench_report_missed(report) : 0;
  if (missed)
    printf("\n%zu of the targets %s missed.\n", missed, missed == 1 ? "was" : "were");
  bench_report_free(report);
  free(all.old.cells);
  for (int i = 0; i < MOST_AGAIN; i++)
    free(all.sheets[i].cells);
  rmdir(dir);
  if (!good)
    return EXIT_FAILURE;
  return (missed && given->check) || all.fell ? EXIT_MISSED : EXIT_SUCCESS;
}

/* The first is compared with all others. */
static int compare(int n, char **paths)
{
  bench_sheet sheets[MOST_RUNS + 1] = {0};
  const bench_sheet *others[MOST_RUNS];
  bool good = n >= 2 && n <= MOST_RUNS + 1;
  if (!good)
    bench_complain("--compare takes a file and up to %d others", MOST_RUNS);
  for (int i = 0; i < n && good; i++) {
    good = bench_sheet_read(&sheets[i], paths[i]);
    if (i)
      others[i - 1] = &sheets[i];
  }
  size_t fell = good ? bench_sheet_compare(&sheets[0], others, (size_t)n - 1) : 0;
  for (int i = 0; i <= MOST_RUNS; i++)
    free(sheets[i].cells);
  return !good ? EXIT_USAGE : fell ? EXIT_MISSED : EXIT_SUCCESS;
}

/* ---- options --------------------------------------------------------------------------------------------------- */

static void print_help(void)
{
  puts("Usage: dusq-bench [OPTION]...\n"
       "       dusq-bench --compare OLD.json NEW.json [NEW.json ...]\n"
       "Compares dusq with the same work done by hand, in the same run, on this machine: cases with targets, and a\n"
       "grid without.  It takes an hour at most, with --quick five minutes; what does not fit is passed over.\n\n"
       "  --only NAME    this case only; may stand several times; without --grid no grid\n"
       "  --grid FILTER  this part of the grid, and without --only no cases\n"
       "  --quick        short rounds; of the grid 1, 16 and 256 in flight\n"
       "  --rounds N     this many, 1 to 15; usually 5, in the grid 7, in a quick one 3\n"
       "  --json FILE    write the figures there, too\n"
       "  --svg DIR      draw each family of the grid there\n"
       "  --dir DIR      make the databases there, on a real disk; usually the current directory\n"
       "  --pool OPTIONS for the pools on servers: key=value&...\n"
       "  --check        exit with 3 if a target was missed\n"
       "  --against FILE compare the grid with an older run's: where a ratio of dusq's is lower by 15 % or more, the\n"
       "                 family is run again; exit with 3 if one is lower in three runs of three\n"
       "  --compare      the same with runs that were: exit with 3 if a ratio in OLD is that much lower in each NEW\n"
       "  --help         this text\n\n"
       "Servers are those of the URIs in DUSQ_TEST_POSTGRESQL_SOCKET or DUSQ_TEST_POSTGRESQL,\n"
       "DUSQ_TEST_MARIADB_SOCKET or DUSQ_TEST_MARIADB, DUSQ_TEST_MYSQL_SOCKET or DUSQ_TEST_MYSQL; at a distance,\n"
       "those without SOCKET.\n\n"
       "Cases:");
  for (size_t i = 0; i < CASES; i++)
    printf("  %-14s %s\n", cases[i].name, cases[i].what);
  bench_grid_help();
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
  static const char *const keys[] = {"--only", "--rounds", "--json", "--dir", "--pool", "--svg", "--against", "--grid"};
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
  const char **const texts[] = {&given->json, &given->parent_dir, &given->settings.pool, &given->svg,
                                &given->against, &given->filter};
  *texts[i - 2] = value;
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
      some = some || !strcmp(argv[i], "--only") || !strcmp(argv[i], "--grid");
      if (!read_pair(given, argv[i], i + 1 < argc ? argv[i + 1] : NULL))
        return false;
      i++;
    }
  }
  for (size_t i = 0; i < CASES && !some; i++)
    given->wanted[i] = true;
  if (!some)
    given->filter = "all";
  return !given->filter || bench_grid_read(given->filter, given->settings.quick, &given->grid);
}

int main(int argc, char **argv)
{
  options given = {.settings = {.round_ns = 250 * DUSQ_MILLISECOND}, .parent_dir = "."};
  if (argc == 2 && !strcmp(argv[1], "--help")) {
    print_help();
    return EXIT_SUCCESS;
  }
  if (argc > 1 && !strcmp(argv[1], "--compare"))
    return compare(argc - 2, argv + 2);
  if (!read_options(argc, argv, &given))
    return EXIT_USAGE;
  return bench(&given);
}
