/* report.c - figures as lines of a table, and as JSON.  The parent process, one thread. */
#include "grid.h"
#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CELL_SIZE = 40 };

typedef struct line {
  char from[BENCH_NAME_SIZE];
  bench_figure figure;
} line;

struct bench_report {
  const bench_settings *settings;
  line *lines;
  size_t n, room;
};

static long cores(void)
{
  return sysconf(_SC_NPROCESSORS_ONLN);
}

bench_report *bench_report_new(const bench_settings *settings)
{
  bench_report *report = calloc(1, sizeof *report);
  if (!report)
    return NULL;
  report->settings = settings;
  printf("dusq %s, SQLite %s, %ld cores, rounds of %d ms\n\n", dusq_version_string(), sqlite3_libversion(), cores(),
         (int)(settings->round_ns / DUSQ_MILLISECOND));
  return report;
}

void bench_report_free(bench_report *report)
{
  if (report)
    free(report->lines);
  free(report);
}

/* ---- the table ------------------------------------------------------------------------------------------------- */

/* Three significant digits, at least: 1.02M/s, 24.1k/s, 312 B. */
static void write_number(double number, const char *unit, char *cell)
{
  const char *prefix = "";
  if (fabs(number) >= 1e6) {
    number /= 1e6;
    prefix = "M";
  } else if (fabs(number) >= 1e4) {
    number /= 1e3;
    prefix = "k";
  }
  int digits = fabs(number) >= 100 ? 0 : fabs(number) >= 10 ? 1 : 2;
  if (!*prefix && number >= 0 && number == floor(number))
    digits = 0;
  snprintf(cell, CELL_SIZE, "%.*f%s%s%s", digits, number, prefix, *unit && *unit != '/' ? " " : "", unit);
}

static void write_side(double number, const char *unit, const char *how, char *cell)
{
  *cell = '\0';
  if (isnan(number))
    return;
  write_number(number, unit, cell);
  size_t len = strlen(cell);
  if (*how)
    snprintf(cell + len, CELL_SIZE - len, " %s", how);
}

static bool met(const bench_figure *figure)
{
  if (figure->aim == BENCH_NO_TARGET || isnan(figure->value))
    return true;
  return figure->aim == BENCH_AT_LEAST ? figure->value >= figure->target : figure->value <= figure->target;
}

static void print_line(const bench_figure *figure)
{
  char hand[CELL_SIZE], dusq[CELL_SIZE], value[CELL_SIZE] = "not built", target[CELL_SIZE] = "";
  const char *unit = figure->kind == BENCH_RATIO ? "x" : figure->unit, *sign = "";
  write_side(figure->hand, figure->unit, figure->hand_how, hand);
  write_side(figure->dusq, figure->unit, figure->dusq_how, dusq);
  if (!isnan(figure->value))
    write_number(figure->value, unit, value);
  if (figure->aim != BENCH_NO_TARGET) {
    write_number(figure->target, unit, target);
    sign = figure->aim == BENCH_AT_LEAST ? ">= " : "<= ";
  }
  printf("%-36s %-20s %-20s %9s  %s%s%s\n", figure->name, hand, dusq, value, sign, target,
         met(figure) ? "" : "  MISSED");
  fflush(stdout);
}

bool bench_report_add(bench_report *report, const char *from, const bench_figure *figure)
{
  if (report->n == report->room) {
    size_t room = report->room ? report->room * 2 : 32;
    line *lines = realloc(report->lines, room * sizeof *lines);
    if (!lines)
      return false;
    report->lines = lines;
    report->room = room;
  }
  if (!report->n)
    printf("%-36s %-20s %-20s %9s  %s\n", "", "by hand", "dusq", "compared", "target");
  line *last = &report->lines[report->n++];
  snprintf(last->from, sizeof last->from, "%s", from);
  last->figure = *figure;
  print_line(figure);
  return true;
}

size_t bench_report_missed(const bench_report *report)
{
  size_t missed = 0;
  for (size_t i = 0; i < report->n; i++)
    missed += !met(&report->lines[i].figure);
  return missed;
}

/* ---- JSON: the texts are our own, and need no escapes ---------------------------------------------------------- */

static void put_number(FILE *file, const char *key, double number)
{
  if (isnan(number))
    fprintf(file, ", \"%s\": null", key);
  else
    fprintf(file, ", \"%s\": %.6g", key, number);
}

static void put_figure(FILE *file, const line *one)
{
  static const char *const kinds[] = {"ratio", "added", "alone"};
  const bench_figure *figure = &one->figure;
  fprintf(file, "    {\"case\": \"%s\", \"name\": \"%s\", \"unit\": \"%s\"", one->from, figure->name, figure->unit);
  fprintf(file, ", \"hand_how\": \"%s\", \"dusq_how\": \"%s\"", figure->hand_how, figure->dusq_how);
  put_number(file, "hand", figure->hand);
  put_number(file, "dusq", figure->dusq);
  fprintf(file, ", \"compared\": \"%s\"", kinds[figure->kind]);
  put_number(file, "value", figure->value);
  if (figure->aim != BENCH_NO_TARGET) {
    put_number(file, figure->aim == BENCH_AT_LEAST ? "at_least" : "at_most", figure->target);
    if (!isnan(figure->value))
      fprintf(file, ", \"met\": %s", met(figure) ? "true" : "false");
  }
  fputc('}', file);
}

bool bench_report_json(const bench_report *report, const bench_sheet *sheet, const char *path)
{
  FILE *file = fopen(path, "w");
  if (!file) {
    bench_complain("%s: %s", path, strerror(errno));
    return false;
  }
  fprintf(file, "{\n  \"dusq\": \"%s\", \"sqlite\": \"%s\", \"cores\": %ld, \"quick\": %s, "
                "\"round_ms\": %d,\n  \"figures\": [\n",
          dusq_version_string(), sqlite3_libversion(), cores(), report->settings->quick ? "true" : "false",
          (int)(report->settings->round_ns / DUSQ_MILLISECOND));
  for (size_t i = 0; i < report->n; i++) {
    put_figure(file, &report->lines[i]);
    fputs(i + 1 < report->n ? ",\n" : "\n", file);
  }
  fputs("  ],\n", file);
  bench_sheet_json(sheet, file);
  fputs("\n}\n", file);
  bool good = !ferror(file);
  good = !fclose(file) && good;
  if (!good)
    bench_complain("%s: could not be written", path);
  return good;
}
