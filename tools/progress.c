/* progress.c - see progress.h. */
#include "progress.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define MILLISECOND INT64_C(1000000)
enum { TICK_MS = 200, FIRST_MS = 1000, WIDTH = 79 };

static int64_t now(void)
{
  struct timespec t = {0};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

void progress_begin(progress *p, bool script, bool typed, uint64_t total)
{
  *p = (progress){.script = script, .total = total, .begun = now()};
  p->wanted = isatty(STDERR_FILENO) && !typed;
  p->shares = p->wanted && isatty(STDOUT_FILENO);
  p->next = p->begun + FIRST_MS * MILLISECOND;
}

/* Over what stands there already; blanks and carriage returns are all that is asked of the terminal. */
static void draw(progress *p, const char *text, size_t len)
{
  char line[2 * WIDTH + 4];
  size_t blanks = p->shown > len ? p->shown - len : 0;
  int n = snprintf(line, sizeof line, "\r%.*s%*s%s", (int)len, text, (int)blanks, "", len ? "" : "\r");
  if (n > 0)
    p->shown = write(STDERR_FILENO, line, (size_t)n) > 0 ? len : p->shown;
}

static size_t compose(const progress *p, int64_t elapsed, char *text, size_t size)
{
  double seconds = (double)elapsed / (double)SECOND, rate = (double)p->statements / seconds;
  int n = 0;
  if (!p->script) {
    n = snprintf(text, size, "dusq: running, %.0f s", seconds);
  } else if (!p->total || !p->bytes) {
    n = snprintf(text, size, "dusq: %" PRIu64 " statements, %.0f/s, %.0f s", p->statements, rate, seconds);
  } else {
    double part = (double)p->bytes / (double)p->total;
    part = part < 1 ? part : 1;
    n = snprintf(text, size, "dusq: %" PRIu64 " statements, %.0f%%, %.0f/s, %.0f s left", p->statements, part * 100,
                 rate, seconds / part - seconds);
  }
  return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

void progress_tick(progress *p)
{
  if (!p->wanted)
    return;
  int64_t time = now();
  if (time < p->next)
    return;
  char text[WIDTH + 1];
  size_t len = compose(p, time - p->begun, text, sizeof text);
  draw(p, text, len);
  p->next = time + TICK_MS * MILLISECOND;
}

void progress_clear(progress *p)
{
  if (p->shown)
    draw(p, "", 0);
}

int progress_patience(const progress *p)
{
  return p->wanted ? TICK_MS : -1;
}
