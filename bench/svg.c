/* svg.c - a family of the grid as a picture: how many a second, and how long the slowest hundredth takes, over the
 * number in flight; both axes by doublings.  By hand broken lines, peers dotted ones. */
#include "grid.h"
#include <errno.h>
#include <math.h>
#include <string.h>

enum { WIDTH = 960, HEIGHT = 400, TOP = 50, BOTTOM = 350, PANEL = 310, GAP = 60, LEGEND = 790 };
enum { PATH_SIZE = 1024, MOST = 24 };

typedef struct axis {
  double low, high; /* powers of ten */
} axis;

typedef struct picture {
  FILE *file;
  const bench_cell *cells;
  size_t n;
  const char *ways[MOST];
  bench_side sides[MOST];
  size_t n_ways;
} picture;

static double rate_of(const bench_cell *cell)
{
  return cell->rate;
}

static double p99_of(const bench_cell *cell)
{
  return cell->p99;
}

static void collect(picture *p)
{
  for (size_t i = 0; i < p->n; i++) {
    size_t w = 0;
    while (w < p->n_ways && strcmp(p->ways[w], p->cells[i].way))
      w++;
    if (w < p->n_ways || w == MOST)
      continue;
    p->ways[p->n_ways] = p->cells[i].way;
    p->sides[p->n_ways++] = p->cells[i].side;
  }
}

static axis range(const picture *p, double (*value)(const bench_cell *cell))
{
  axis a = {INFINITY, -INFINITY};
  for (size_t i = 0; i < p->n; i++) {
    double v = value(&p->cells[i]);
    if (v > 0 && floor(log10(v)) < a.low)
      a.low = floor(log10(v));
    if (v > 0 && ceil(log10(v)) > a.high)
      a.high = ceil(log10(v));
  }
  if (a.low > a.high)
    a = (axis){0, 1};
  if (a.low == a.high)
    a.high++;
  return a;
}

static double x_of(double left, size_t in_flight)
{
  return left + PANEL * log2((double)in_flight) / 10; /* 1 to 1024 */
}

static double y_of(const axis *a, double value)
{
  return BOTTOM - (BOTTOM - TOP) * (log10(value) - a->low) / (a->high - a->low);
}

/* How the w-th way looks. */
static void put_style(const picture *p, size_t w)
{
  static const char *const colours[] = {"#c0392b", "#2471a3", "#1e8449", "#9c640c", "#7d3c98", "#138d75"};
  static const char *const greys[] = {"#111", "#555", "#888", "#aaa", "#333", "#666"};
  static const char *const dashes[] = {"7 4", "none", "2 3"};
  size_t order = 0;
  for (size_t i = 0; i < w; i++)
    order += p->sides[i] == p->sides[w];
  fprintf(p->file, "fill=\"none\" stroke-width=\"2\" stroke=\"%s\" stroke-dasharray=\"%s\"",
          (p->sides[w] == BENCH_HAND ? greys : colours)[order % 6], dashes[p->sides[w]]);
}

static void put_text(const picture *p, double x, double y, const char *anchor, const char *text)
{
  fprintf(p->file, "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, text);
}

static void put_grid(const picture *p, double left, const axis *a, const char *title)
{
  char text[32];
  put_text(p, left, TOP - 12, "start", title);
  for (int i = 0; i < BENCH_LEVELS; i++) {
    double x = x_of(left, bench_levels[i]);
    fprintf(p->file, "<path d=\"M%.1f %d V%d\" stroke=\"#ddd\"/>\n", x, TOP, BOTTOM);
    snprintf(text, sizeof text, "%zu", bench_levels[i]);
    put_text(p, x, BOTTOM + 16, "middle", text);
  }
  for (double power = a->low; power <= a->high; power++) {
    double value = pow(10, power), y = y_of(a, value);
    fprintf(p->file, "<path d=\"M%.0f %.1f h%d\" stroke=\"#ddd\"/>\n", left, y, PANEL);
    snprintf(text, sizeof text, power >= 6 ? "%.0fM" : power >= 3 ? "%.0fk" : "%g",
             power >= 6 ? value / 1e6 : power >= 3 ? value / 1e3 : value);
    put_text(p, left - 6, y + 4, "end", text);
  }
}

static void put_line(const picture *p, size_t w, double left, const axis *a, double (*value)(const bench_cell *cell))
{
  bool first = true;
  fputs("<path d=\"", p->file);
  for (size_t i = 0; i < p->n; i++) {
    double v = value(&p->cells[i]);
    if (strcmp(p->cells[i].way, p->ways[w]) || !(v > 0))
      continue;
    double x = x_of(left, p->cells[i].in_flight), y = y_of(a, v);
    fprintf(p->file, "%s%.1f %.1f m-2 0 h4 m-2 0 ", first ? "M" : "L", x, y); /* a dash: one point alone is seen, too */
    first = false;
  }
  fputs("\" ", p->file);
  put_style(p, w);
  fputs("/>\n", p->file);
}

static void put_panel(const picture *p, double left, const char *title, double (*value)(const bench_cell *cell))
{
  axis a = range(p, value);
  put_grid(p, left, &a, title);
  for (size_t w = 0; w < p->n_ways; w++)
    put_line(p, w, left, &a, value);
}

static void put_legend(const picture *p)
{
  for (size_t w = 0; w < p->n_ways; w++) {
    int y = TOP + 18 * (int)w;
    fprintf(p->file, "<path d=\"M%d %d h30\" ", LEGEND, y);
    put_style(p, w);
    fputs("/>\n", p->file);
    put_text(p, LEGEND + 38, y + 4, "start", p->ways[w]);
  }
}

static void put_picture(const picture *p)
{
  fprintf(p->file, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
                   "font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
          WIDTH, HEIGHT);
  put_text(p, GAP, 20, "start", p->cells->family);
  put_panel(p, GAP, "requests a second, by requests in flight", rate_of);
  put_panel(p, 2 * GAP + PANEL, "us that 99 of 100 do not take longer than", p99_of);
  put_legend(p);
  fputs("</svg>\n", p->file);
}

/* DIR/FAMILY.svg, with "-" for blanks. */
static bool draw(const bench_cell *cells, size_t n, const char *dir)
{
  char path[PATH_SIZE];
  picture p = {.cells = cells, .n = n};
  int len = snprintf(path, sizeof path, "%s/%s.svg", dir, cells->family);
  if (len < 0 || (size_t)len >= sizeof path)
    return false;
  for (char *at = path + strlen(dir); *at; at++)
    *at = *at == ' ' ? '-' : *at;
  p.file = fopen(path, "w");
  if (!p.file) {
    bench_complain("%s: %s", path, strerror(errno));
    return false;
  }
  collect(&p);
  put_picture(&p);
  bool good = !ferror(p.file);
  good = !fclose(p.file) && good;
  if (!good)
    bench_complain("%s: could not be written", path);
  return good;
}

bool bench_sheet_draw(const bench_sheet *sheet, const char *dir)
{
  for (size_t i = 0, n; i < sheet->n; i += n) {
    for (n = 1; i + n < sheet->n && !strcmp(sheet->cells[i].family, sheet->cells[i + n].family);)
      n++;
    if (!draw(&sheet->cells[i], n, dir))
      return false;
  }
  return true;
}
