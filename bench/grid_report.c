/* grid_report.c - cells as lines of a table, as a table of ratios, and as JSON, a line each, which is read again to
 * compare two runs. */
#include "grid.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_SIZE = 24, LINE_SIZE = 1024 };

static const char *const sides[] = {"hand", "dusq", "peer"};

bool bench_sheet_add(bench_sheet *sheet, const bench_cell *cell)
{
  if (sheet->n == sheet->room) {
    size_t room = sheet->room ? sheet->room * 2 : 128;
    bench_cell *cells = realloc(sheet->cells, room * sizeof *cells);
    if (!cells)
      return false;
    sheet->cells = cells;
    sheet->room = room;
  }
  sheet->cells[sheet->n++] = *cell;
  return true;
}

/* ---- the table ------------------------------------------------------------------------------------------------- */

/* Three digits: 1.02M, 24.1k, 312, 0.21; "-" if it is not known. */
static const char *number(double value, char cell[CELL_SIZE])
{
  const char *prefix = fabs(value) >= 1e6 ? "M" : fabs(value) >= 1e4 ? "k" : "";
  double shown = *prefix == 'M' ? value / 1e6 : *prefix ? value / 1e3 : value;
  int digits = fabs(shown) >= 100 ? 0 : fabs(shown) >= 10 ? 1 : 2;
  if (isnan(value))
    return "-";
  snprintf(cell, CELL_SIZE, "%.*f%s", digits, shown, prefix);
  return cell;
}

void bench_sheet_print(const bench_sheet *sheet)
{
  const bench_cell *cell = &sheet->cells[sheet->n - 1], *before = sheet->n > 1 ? cell - 1 : NULL;
  char a[CELL_SIZE], b[CELL_SIZE], c[CELL_SIZE], d[CELL_SIZE], e[CELL_SIZE], f[CELL_SIZE], g[CELL_SIZE],
      ratio[CELL_SIZE] = "-";
  bool family = !before || strcmp(before->family, cell->family);
  if (family)
    printf("%9s  %-20s %8s  %-17s %8s %8s %8s %8s %8s %8s\n", "in flight", "way", "a second", "to best by hand",
           "p50 us", "p99 us", "CPU us", "switches", "allocs", "bytes");
  if (!isnan(cell->ratio))
    snprintf(ratio, sizeof ratio, "%.2f (%.2f-%.2f)", cell->ratio, cell->low, cell->high);
  if (family || before->in_flight != cell->in_flight)
    printf("%9zu", cell->in_flight);
  else
    printf("%9s", "");
  printf("  %-20s %8s  %-17s %8s %8s %8s %8s %8s %8s\n", cell->way, number(cell->rate, a), ratio, number(cell->p50, b),
         number(cell->p99, c), number(cell->cpu, d), number(cell->switches, e), number(cell->allocations, f),
         number(cell->bytes, g));
  fflush(stdout);
}

static const bench_cell *find(const bench_sheet *sheet, const char *family, const char *way, size_t in_flight)
{
  for (size_t i = 0; i < sheet->n; i++)
    if (sheet->cells[i].in_flight == in_flight && !strcmp(sheet->cells[i].way, way) &&
        !strcmp(sheet->cells[i].family, family))
      return &sheet->cells[i];
  return NULL;
}

static bool is_first(const bench_sheet *sheet, size_t i)
{
  const bench_cell *cell = &sheet->cells[i];
  for (size_t j = 0; j < i; j++)
    if (!strcmp(sheet->cells[j].family, cell->family) && !strcmp(sheet->cells[j].way, cell->way))
      return false;
  return true;
}

/* Not by hand: several of these share the best place. */
void bench_sheet_ratios(const bench_sheet *sheet)
{
  printf("\nto the best by hand, by requests in flight\n%-22s %-20s", "", "");
  for (int i = 0; i < BENCH_LEVELS; i++)
    printf(" %6zu", bench_levels[i]);
  putchar('\n');
  for (size_t i = 0; i < sheet->n; i++) {
    const bench_cell *cell = &sheet->cells[i];
    if (cell->side == BENCH_HAND || !is_first(sheet, i))
      continue;
    printf("%-22s %-20s", cell->family, cell->way);
    for (int l = 0; l < BENCH_LEVELS; l++) {
      const bench_cell *at = find(sheet, cell->family, cell->way, bench_levels[l]);
      if (at && !isnan(at->ratio))
        printf(" %6.2f", at->ratio);
      else
        printf(" %6s", "-");
    }
    putchar('\n');
  }
}

/* ---- JSON: the texts are our own, and need no escapes ---------------------------------------------------------- */

static void put_number(FILE *file, const char *key, double value)
{
  if (isnan(value))
    fprintf(file, ", \"%s\": null", key);
  else
    fprintf(file, ", \"%s\": %.6g", key, value);
}

void bench_sheet_json(const bench_sheet *sheet, FILE *file)
{
  fputs("  \"grid\": [\n", file);
  for (size_t i = 0; i < sheet->n; i++) {
    const bench_cell *cell = &sheet->cells[i];
    fprintf(file, "    {\"family\": \"%s\", \"way\": \"%s\", \"side\": \"%s\", \"in_flight\": %zu", cell->family,
            cell->way, sides[cell->side], cell->in_flight);
    put_number(file, "rate", cell->rate);
    put_number(file, "ratio", cell->ratio);
    put_number(file, "ratio_low", cell->low);
    put_number(file, "ratio_high", cell->high);
    put_number(file, "p50_us", cell->p50);
    put_number(file, "p99_us", cell->p99);
    put_number(file, "cpu_us", cell->cpu);
    put_number(file, "switches", cell->switches);
    put_number(file, "allocations", cell->allocations);
    put_number(file, "bytes", cell->bytes);
    fputs(i + 1 < sheet->n ? "},\n" : "}\n", file);
  }
  fputs("  ]", file);
}

static double get_number(const char *line, const char *key)
{
  const char *at = strstr(line, key);
  char *end;
  double value = at ? strtod(at + strlen(key), &end) : NAN;
  return at && end != at + strlen(key) ? value : NAN;
}

static bool read_cell(const char *line, bench_cell *cell)
{
  char side[8];
  *cell = (bench_cell){0};
  if (sscanf(line, " {\"family\": \"%39[^\"]\", \"way\": \"%23[^\"]\", \"side\": \"%7[^\"]\", \"in_flight\": %zu",
             cell->family, cell->way, side, &cell->in_flight) != 4)
    return false;
  cell->side = !strcmp(side, "dusq") ? BENCH_DUSQ : !strcmp(side, "peer") ? BENCH_PEER : BENCH_HAND;
  cell->rate = get_number(line, "\"rate\": ");
  cell->ratio = get_number(line, "\"ratio\": ");
  return true;
}

bool bench_sheet_read(bench_sheet *sheet, const char *path)
{
  char line[LINE_SIZE];
  bench_cell cell;
  FILE *file = fopen(path, "r");
  bool good = file != NULL;
  while (good && fgets(line, sizeof line, file))
    good = !read_cell(line, &cell) || bench_sheet_add(sheet, &cell);
  if (file)
    fclose(file);
  else
    bench_complain("%s: %s", path, strerror(errno));
  if (good && !sheet->n)
    bench_complain("%s: there is no grid in it", path);
  return good && sheet->n;
}

/* ---- two runs -------------------------------------------------------------------------------------------------- */

/* Whether it is lower in each of them; `best` of them. */
static bool fell(const bench_cell *was, const bench_sheet *const *others, size_t n, double *best)
{
  static const double least = 0.85;
  bool all = true;
  *best = 0;
  for (size_t i = 0; i < n; i++) {
    const bench_cell *is = find(others[i], was->family, was->way, was->in_flight);
    all = all && is->ratio < least * was->ratio;
    *best = is->ratio > *best ? is->ratio : *best;
  }
  return all;
}

static bool in_all(const bench_cell *was, const bench_sheet *const *others, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    const bench_cell *is = find(others[i], was->family, was->way, was->in_flight);
    if (!is || isnan(is->ratio))
      return false;
  }
  return was->side == BENCH_DUSQ && was->ratio > 0;
}

bool bench_sheet_fell(const bench_sheet *old, const bench_sheet *const *others, size_t n, const char *family)
{
  double best;
  for (size_t i = 0; i < old->n; i++)
    if (!strcmp(old->cells[i].family, family) && in_all(&old->cells[i], others, n) &&
        fell(&old->cells[i], others, n, &best))
      return true;
  return false;
}

size_t bench_sheet_compare(const bench_sheet *old, const bench_sheet *const *others, size_t n)
{
  size_t falls = 0, seen = 0;
  double best;
  for (size_t i = 0; i < old->n; i++) {
    const bench_cell *was = &old->cells[i];
    seen += in_all(was, others, n > 1 ? 1 : n);
    if (!in_all(was, others, n) || !fell(was, others, n, &best))
      continue;
    falls++;
    printf("%-22s %5zu  %-20s %.2f, was %.2f\n", was->family, was->in_flight, was->way, best, was->ratio);
  }
  printf("%zu of %zu cells fell by 15 %% or more in %s\n", falls, seen, n == 1 ? "the run" : "each of the runs");
  return seen ? falls : 1; /* nothing to compare is no success */
}
