/* delay_case.c - what the delay itself does, without a database: how long a trip through it takes, and how many bytes
 * pass, all of which are looked at. */
#include "helper.h"
#include "bench.h"
#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BLOCK = 1 << 16, BLOCKS = 16 /* on their way at once */ };

typedef struct echo {
  bench_helper server, delay;
  int fd; /* to the server, through the delay */
} echo;

/* ---- a server that sends back what comes ----------------------------------------------------------------------- */

static bool send_all(int fd, const char *bytes, size_t len)
{
  ssize_t n;
  for (; len; bytes += n, len -= (size_t)n)
    if ((n = write(fd, bytes, len)) <= 0)
      return false;
  return true;
}

static void serve(int door)
{
  static char bytes[BLOCK];
  int one = 1, fd = accept(door, NULL, NULL);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  for (ssize_t n; (n = read(fd, bytes, sizeof bytes)) > 0;)
    if (!send_all(fd, bytes, (size_t)n))
      return;
}

static int open_socket(struct sockaddr_in *at, bool listening)
{
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  socklen_t len = sizeof *at;
  at->sin_family = AF_INET;
  at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0)
    return -1;
  bool good = listening ? !bind(fd, (struct sockaddr *)at, len) && !listen(fd, 1) &&
                              !getsockname(fd, (struct sockaddr *)at, &len)
                        : !connect(fd, (struct sockaddr *)at, len);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (good)
    return fd;
  close(fd);
  return -1;
}

static bool start(echo *to, int64_t each_way)
{
  struct sockaddr_in at = {0};
  char service[16];
  int door = open_socket(&at, true);
  pid_t pid = door < 0 ? -1 : bench_helper_fork();
  if (!pid) {
    serve(door);
    _exit(0);
  }
  close(door);
  if (pid < 0)
    return false;
  to->server.pid = pid;
  snprintf(service, sizeof service, "%d", ntohs(at.sin_port));
  if (!bench_delay_start("127.0.0.1", service, each_way, &to->delay))
    return false;
  at.sin_port = htons((uint16_t)to->delay.port);
  to->fd = open_socket(&at, false);
  return to->fd >= 0;
}

static void stop(echo *to)
{
  if (to->fd > 0)
    close(to->fd);
  bench_helper_stop(&to->delay);
  bench_helper_stop(&to->server);
}

/* ---- what is measured ------------------------------------------------------------------------------------------ */

/* Microseconds of a trip: the median. */
static double trips(void *arg, int64_t ns)
{
  enum { MOST = 4096 };
  const echo *to = arg;
  double took[MOST];
  size_t n = 0;
  char byte = 'x';
  for (int64_t start_ns = bench_now(), now = start_ns; now - start_ns < ns && n < MOST;) {
    if (write(to->fd, &byte, 1) != 1 || read(to->fd, &byte, 1) != 1)
      return -1;
    int64_t after = bench_now();
    took[n++] = (double)(after - now) / 1e3;
    now = after;
  }
  return bench_median(took, n);
}

/* Byte i of the stream. */
static char byte_at(uint64_t i)
{
  return (char)(i * 31 + (i >> 12));
}

/* False: they are not those that were sent. */
static bool take(int fd, char *bytes, uint64_t *got)
{
  ssize_t n = read(fd, bytes, BLOCK);
  for (ssize_t i = 0; i < n; i++)
    if (bytes[i] != byte_at(*got + (uint64_t)i))
      return false;
  *got += n > 0 ? (uint64_t)n : 0;
  return n > 0;
}

static bool put(int fd, char *bytes, uint64_t *sent)
{
  for (size_t i = 0; i < BLOCK; i++)
    bytes[i] = byte_at(*sent + i);
  *sent += BLOCK;
  return send_all(fd, bytes, BLOCK);
}

/* Bytes a second, there and back. */
static double stream(void *arg, int64_t ns)
{
  static char bytes[BLOCK];
  const echo *to = arg;
  uint64_t sent = 0, got = 0;
  int64_t start_ns = bench_now();
  for (bool over = false; !over || got < sent; over = bench_now() - start_ns >= ns) {
    struct pollfd ready = {.fd = to->fd, .events = POLLIN};
    if (!over && sent - got < (uint64_t)BLOCKS * BLOCK && !put(to->fd, bytes, &sent))
      return -1;
    bool full = over || sent - got >= (uint64_t)BLOCKS * BLOCK;
    if (poll(&ready, 1, full ? -1 : 0) > 0 && !take(to->fd, bytes, &got))
      return -1;
  }
  return (double)got * 1e9 / (double)(bench_now() - start_ns);
}

static bool tell_one(const bench_settings *settings, int64_t trip, double (*round)(void *arg, int64_t ns),
                     const char *what, const char *unit)
{
  echo to = {.fd = -1};
  bench_entry entries[] = {{.how = "", .round = round, .arg = &to}};
  const bench_entry nothing = {.how = ""};
  bench_figure figure = {0};
  snprintf(figure.name, sizeof figure.name, "%s, %g ms away", what, (double)trip / (double)DUSQ_MILLISECOND);
  snprintf(figure.unit, sizeof figure.unit, "%s", unit);
  bool good = start(&to, trip / 2) && bench_rounds(settings, entries, 1);
  stop(&to);
  if (!good) {
    bench_complain("%s: %s", figure.name, "the delay lost or changed something");
    return false;
  }
  bench_compare(settings, &nothing, entries, BENCH_ADDED, &figure);
  figure.hand = NAN; /* it is compared with nothing */
  return bench_tell(&figure);
}

bool bench_delay_itself(const bench_settings *settings)
{
  static const int64_t asked[] = {3 * DUSQ_MILLISECOND / 10, DUSQ_MILLISECOND, 5 * DUSQ_MILLISECOND};
  bool good = bench_delay_built();
  for (size_t i = 0; i < sizeof asked / sizeof *asked && good; i++)
    good = tell_one(settings, asked[i], trips, "a trip", "us") &&
           tell_one(settings, asked[i], stream, "bytes there and back", "/s");
  return good || !bench_delay_built();
}
