/* proxy.c - a proxy between clients and a server; see proxy.h.
 *
 * The thread holds the mutex but while it polls; nothing that it calls blocks, for connecting to a server of this
 * machine does not.                                                                                                   */
#include "fault/proxy.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* ---- sockets ------------------------------------------------------------------------------------------------------- */

static int at_loopback(unsigned short port, bool listens)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd >= 0 && (listens ? bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, PROXY_LINES)
                          : connect(fd, (struct sockaddr *)&address, sizeof address))) {
    close(fd);
    fd = -1;
  }
  return fd;
}

static void prepare(int fd)
{
  int yes = 1;
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* ---- lines --------------------------------------------------------------------------------------------------------- */

static void begin_line_locked(proxy *one)
{
  int client = accept(one->listener, NULL, NULL);
  int server = client >= 0 && one->nlines < PROXY_LINES ? at_loopback(one->server, false) : -1;
  proxy_line *line = server >= 0 ? calloc(1, sizeof *line) : NULL;
  if (!line) { /* as if nobody listened */
    if (client >= 0)
      close(client);
    if (server >= 0)
      close(server);
    return;
  }
  prepare(client);
  prepare(server);
  line->ways[PROXY_UP].from = line->ways[PROXY_DOWN].to = client;
  line->ways[PROXY_DOWN].from = line->ways[PROXY_UP].to = server;
  one->lines[one->nlines++] = line;
}

static void end_line_locked(proxy *one, size_t i)
{
  proxy_line *line = one->lines[i];
  close(line->ways[0].from);
  close(line->ways[0].to);
  free(line);
  one->lines[i] = one->lines[--one->nlines];
  pthread_cond_broadcast(&one->changed);
}

static bool is_over(const proxy_line *line)
{
  return line->ways[0].ended && line->ways[1].ended && line->ways[0].told && line->ways[1].told;
}

/* ---- faults -------------------------------------------------------------------------------------------------------- */

static void hang_up(proxy_line *line)
{
  for (int way = 0; way < 2; way++) {
    proxy_half *half = &line->ways[way];
    shutdown(half->to, SHUT_WR);
    half->told = half->deaf = true;
    half->len = 0;
  }
}

static void reset(proxy_line *line)
{
  struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  for (int way = 0; way < 2; way++) {
    (void)setsockopt(line->ways[way].from, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    line->ways[way].ended = line->ways[way].told = true; /* so that it is closed */
    line->ways[way].len = 0;
  }
}

static void fire_locked(proxy *one, proxy_line *line)
{
  one->fired = true;
  one->silent = one->rule.fault == PROXY_SILENCE;
  one->slow = one->rule.fault == PROXY_SLOW;
  if (one->rule.fault == PROXY_CLOSE)
    hang_up(line);
  else if (one->rule.fault == PROXY_RESET)
    reset(line);
  pthread_cond_broadcast(&one->changed);
}

/* ---- passing bytes on ---------------------------------------------------------------------------------------------- */

/* How many bytes may pass that way now; 0: the fault comes instead. */
static size_t allowed_locked(const proxy *one, int way)
{
  size_t most = sizeof one->lines[0]->ways[0].bytes;
  if (one->slow && (int)one->rule.way == way && one->rule.piece < most)
    most = one->rule.piece;
  if (one->rule.fault == PROXY_NONE || one->rule.fault == PROXY_FAR || one->fired || (int)one->rule.way != way)
    return most;
  size_t left = one->rule.after - one->passed[way];
  return left < most ? left : most;
}

static void take_locked(proxy *one, proxy_line *line, int way)
{
  proxy_half *half = &line->ways[way];
  line->used = true;
  size_t most = half->deaf ? sizeof half->bytes : allowed_locked(one, way);
  if (!most) {
    fire_locked(one, line);
    return;
  }
  ssize_t n = recv(half->from, half->bytes, most, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n <= 0) {
    half->ended = true;
  } else if (!half->deaf) {
    half->at = 0;
    half->len = (size_t)n;
    one->passed[way] += (size_t)n;
    half->due = one->rule.fault == PROXY_FAR ? test_now_ms() + one->rule.tick_ms : 0;
    if (one->slow && (int)one->rule.way == way)
      one->resume_at = test_now_ms() + one->rule.tick_ms;
  }
}

static void give(proxy_half *half)
{
  if (half->len && half->due > test_now_ms())
    return;
  while (half->len) {
    ssize_t n = send(half->to, half->bytes + half->at, half->len, MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    if (n <= 0) {
      half->deaf = true;
      half->len = 0;
      break;
    }
    half->at += (size_t)n;
    half->len -= (size_t)n;
  }
  if (half->ended && !half->told) {
    shutdown(half->to, SHUT_WR);
    half->told = true;
  }
}

/* ---- the thread ---------------------------------------------------------------------------------------------------- */

enum { FIXED = 2, MOST_FDS = FIXED + 2 * PROXY_LINES };

static bool is_mute_locked(const proxy *one, const proxy_line *line)
{
  return one->silent || line->mute;
}

static bool pauses_locked(const proxy *one, int way, int64_t now)
{
  return one->slow && (int)one->rule.way == way && now < one->resume_at;
}

/* Two entries a line, for its two sockets: each is the source of one way and the end of the other. */
static nfds_t gather_locked(const proxy *one, int64_t now, struct pollfd *fds)
{
  fds[0] = (struct pollfd){.fd = one->wake[0], .events = POLLIN};
  fds[1] = (struct pollfd){.fd = one->silent || one->nlines == PROXY_LINES ? -1 : one->listener, .events = POLLIN};
  for (size_t i = 0; i < one->nlines; i++)
    for (int way = 0; way < 2; way++) {
      const proxy_half *in = &one->lines[i]->ways[way], *out = &one->lines[i]->ways[!way];
      bool mute = is_mute_locked(one, one->lines[i]);
      bool reads = !in->ended && !in->len && !mute && !pauses_locked(one, way, now);
      bool writes = out->len && !mute && out->due <= now;
      fds[FIXED + 2 * i + (size_t)way] =
          (struct pollfd){.fd = reads || writes ? in->from : -1,
                          .events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0))};
    }
  return FIXED + 2 * one->nlines;
}

/* How long the thread may sleep, in ms; -1: until something comes. */
static int rest_locked(const proxy *one, int64_t now)
{
  int64_t until = one->slow && one->resume_at > now ? one->resume_at : INT64_MAX;
  for (size_t i = 0; i < one->nlines; i++)
    for (int way = 0; way < 2; way++) {
      const proxy_half *half = &one->lines[i]->ways[way];
      if (half->len && half->due > now && half->due < until)
        until = half->due;
    }
  return until == INT64_MAX ? -1 : (int)(until - now);
}

static void move_locked(proxy *one, const struct pollfd *fds, size_t polled)
{
  for (size_t i = polled; i-- > 0;) { /* backwards: what ends is replaced by the last */
    proxy_line *line = one->lines[i];
    for (int way = 0; way < 2 && !is_mute_locked(one, line); way++) {
      proxy_half *half = &line->ways[way];
      if ((fds[FIXED + 2 * i + (size_t)way].revents & ~POLLOUT) && !half->len && !half->ended)
        take_locked(one, line, way);
      if (!is_mute_locked(one, line))
        give(half);
    }
    if (is_over(line))
      end_line_locked(one, i);
  }
}

static void *proxy_main(void *arg)
{
  proxy *one = arg;
  struct pollfd fds[MOST_FDS];
  pthread_mutex_lock(&one->mtx);
  while (!one->ending) {
    size_t lines = one->nlines;
    int64_t now = test_now_ms();
    int rest = rest_locked(one, now);
    nfds_t n = gather_locked(one, now, fds);
    pthread_mutex_unlock(&one->mtx);
    int ready = poll(fds, n, rest);
    char bytes[16];
    if (ready > 0 && fds[0].revents && read(one->wake[0], bytes, sizeof bytes) < 0)
      ready = 0;
    pthread_mutex_lock(&one->mtx);
    if (ready > 0)
      move_locked(one, fds, lines);
    if (ready > 0 && fds[1].revents && !one->silent)
      begin_line_locked(one);
  }
  while (one->nlines)
    end_line_locked(one, one->nlines - 1);
  pthread_mutex_unlock(&one->mtx);
  return NULL;
}

bool proxy_start(proxy *one, unsigned short server)
{
  struct sockaddr_in address = {.sin_port = 0};
  socklen_t len = sizeof address;
  memset(one, 0, sizeof *one);
  one->server = server;
  one->listener = at_loopback(0, true);
  bool piped = !pipe(one->wake);
  pthread_mutex_init(&one->mtx, NULL);
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
#ifndef __APPLE__
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
#endif
  pthread_cond_init(&one->changed, &attr);
  pthread_condattr_destroy(&attr);
  bool good = piped && one->listener >= 0 && !getsockname(one->listener, (struct sockaddr *)&address, &len);
  one->port = ntohs(address.sin_port);
  good = good && !pthread_create(&one->thread, NULL, proxy_main, one);
  CHECK(good);
  return good;
}

static void wake_locked(proxy *one)
{
  ssize_t written = write(one->wake[1], "", 1);
  (void)written;
}

void proxy_end(proxy *one)
{
  pthread_mutex_lock(&one->mtx);
  one->ending = true;
  wake_locked(one);
  pthread_mutex_unlock(&one->mtx);
  pthread_join(one->thread, NULL);
  close(one->wake[0]);
  close(one->wake[1]);
  close(one->listener);
  pthread_cond_destroy(&one->changed);
  pthread_mutex_destroy(&one->mtx);
}

/* ---- what a test says ---------------------------------------------------------------------------------------------- */

void proxy_arm(proxy *one, proxy_rule rule)
{
  pthread_mutex_lock(&one->mtx);
  one->rule = rule;
  one->passed[0] = one->passed[1] = 0;
  one->fired = one->silent = one->slow = false;
  for (size_t i = 0; i < one->nlines; i++)
    one->lines[i]->used = false;
  wake_locked(one);
  pthread_mutex_unlock(&one->mtx);
}

void proxy_mend(proxy *one, bool old_lines)
{
  pthread_mutex_lock(&one->mtx);
  for (size_t i = 0; i < one->nlines; i++)
    one->lines[i]->mute = !old_lines && ((one->silent && one->lines[i]->used) || one->lines[i]->mute);
  one->rule.fault = PROXY_NONE;
  one->silent = one->slow = false;
  wake_locked(one);
  pthread_mutex_unlock(&one->mtx);
}

bool proxy_fired(proxy *one, size_t passed[2])
{
  pthread_mutex_lock(&one->mtx);
  bool fired = one->fired;
  for (int way = 0; way < 2; way++)
    passed[way] = one->passed[way];
  pthread_mutex_unlock(&one->mtx);
  return fired;
}

bool proxy_await_lines(proxy *one, size_t n, int64_t timeout)
{
  int64_t until_ms = test_now_ms() + timeout / DUSQ_MILLISECOND;
  pthread_mutex_lock(&one->mtx);
  while (one->nlines > n && test_now_ms() < until_ms) {
    struct timespec moment = {.tv_sec = (time_t)(until_ms / 1000 + 1)};
    pthread_cond_timedwait(&one->changed, &one->mtx, &moment);
  }
  bool reached = one->nlines <= n;
  pthread_mutex_unlock(&one->mtx);
  return reached;
}

/* ---- URIs ---------------------------------------------------------------------------------------------------------- */

/* Where the port stands, and its length. */
static const char *find_port(const char *uri, size_t *len)
{
  static const char host[] = "@127.0.0.1:";
  const char *at = strstr(uri, host);
  at = at ? at + sizeof host - 1 : uri + strlen(uri);
  *len = strspn(at, "0123456789");
  return at;
}

unsigned short proxy_port_of(const char *uri)
{
  size_t len;
  return (unsigned short)strtoul(find_port(uri, &len), NULL, 10);
}

void proxy_uri(const proxy *one, const char *given, const char *options, char *room, size_t size)
{
  size_t len;
  const char *port = find_port(given, &len);
  int n = snprintf(room, size, "%.*s%u%s%s%s", (int)(port - given), given, one->port, port + len,
                   strchr(given, '?') ? "&" : "?", options);
  CHECK(len > 0 && n > 0 && (size_t)n < size);
}
