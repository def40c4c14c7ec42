/* out.c - see out.h. */
#include "out.h"
#include "signals.h"
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

/* 0, or errno. */
static int write_all(int fd, const char *bytes, size_t n)
{
  while (n) {
    ssize_t written = write(fd, bytes, n);
    if (written >= 0) {
      bytes += written;
      n -= (size_t)written;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      struct pollfd ready = {.fd = fd, .events = POLLOUT};
      poll(&ready, 1, -1);
      if (signals_caught())
        return EINTR;
    } else if (errno != EINTR || signals_caught()) {
      return errno;
    }
  }
  return 0;
}

bool out_flush(output *out)
{
  if (out->text.failed && !out->error)
    out->error = ENOMEM;
  if (!out->error && out->text.len)
    out->error = write_all(out->fd, out->text.bytes, out->text.len);
  out->text.len = 0;
  return !out->error;
}

bool out_pass(output *out)
{
  return out->text.len < PIECE && !out->text.failed ? !out->error : out_flush(out);
}

bool out_close(output *out)
{
  bool good = out_flush(out);
  if (close(out->fd) && good)
    out->error = errno;
  buffer_fini(&out->text);
  return !out->error;
}

void complain(const char *format, ...)
{
  char text[4096];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (n < 0)
    return;
  size_t len = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
  buffer line = {0};
  buffer_string(&line, "dusq: ");
  buffer_shown(&line, text, len);
  buffer_char(&line, '\n');
  write_all(STDERR_FILENO, line.bytes, line.len);
  buffer_fini(&line);
}
