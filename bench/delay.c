/* delay.c - a way to a server that takes its time: what comes in leaves so many nanoseconds later, in both directions.
 *
 * It is a process of its own with one thread, so that what it takes of the CPU is not the client's.  The delay is the
 * same for all that comes: one queue in the order of coming is also the order of leaving, and one timer, for its head,
 * is enough.  What has become due meanwhile leaves in one call a socket.  Bytes that a side does not take stay with it;
 * past a limit its peer is not read any more. */
#include "helper.h"
#include "bench.h"

#if defined(__linux__)
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 18, AT_ONCE = 64, EVENTS = 128, MOST_HELD = 16 << 20, NS_PER_SECOND = 1000000000 };

typedef struct side side;

typedef struct chunk {
  struct chunk *next;
  side *to;
  int64_t due;
  size_t len, off; /* len 0: the end */
  char bytes[];
} chunk;

struct side {
  side *peer, *next_dirty, *next_gone;
  int fd;
  size_t held;         /* bytes on their way to it        */
  size_t coming;       /* chunks for it that are not due  */
  chunk *ready, *last; /* due, and not yet taken          */
  bool dirty, in_end;  /* in_end: nothing comes any more  */
  bool out_end, full;  /* out_end: nothing more is sent   */
};

typedef struct delay {
  struct sockaddr_storage server;
  socklen_t server_len;
  int64_t ns;
  int loop, timer, door;
  chunk *first, *last; /* not yet due */
  side *dirty, *gone;  /* gone: freed once the events that are at hand are over */
  char buffer[READ_SIZE];
} delay;

/* ---- sides ----------------------------------------------------------------------------------------------------- */

static void watch(delay *d, side *s)
{
  struct epoll_event event = {.data.ptr = s};
  if (s->in_end && s->out_end) {
    epoll_ctl(d->loop, EPOLL_CTL_DEL, s->fd, &event); /* it would tell of its end without end */
    return;
  }
  if (!s->in_end && s->peer->held < MOST_HELD)
    event.events |= EPOLLIN;
  if (s->full)
    event.events |= EPOLLOUT;
  epoll_ctl(d->loop, EPOLL_CTL_MOD, s->fd, &event);
}

/* When nothing can go either way any more. */
static void bury(delay *d, side *s)
{
  side *pair[] = {s, s->peer};
  for (int i = 0; i < 2; i++)
    if (!pair[i]->in_end || !pair[i]->out_end || pair[i]->coming || pair[i]->fd < 0)
      return;
  for (int i = 0; i < 2; i++) {
    close(pair[i]->fd);
    pair[i]->fd = -1;
    pair[i]->next_gone = d->gone;
    d->gone = pair[i];
  }
}

static void free_gone(delay *d)
{
  while (d->gone && !d->dirty) {
    side *s = d->gone;
    d->gone = s->next_gone;
    free(s);
  }
}

static chunk *drop_ready(side *s)
{
  chunk *first = s->ready;
  s->ready = first->next;
  free(first);
  return s->ready;
}

/* The side takes no more: what waits for it is dropped, and its peer is told. */
static void end_out(delay *d, side *s)
{
  s->out_end = true;
  shutdown(s->fd, SHUT_WR);
  while (s->ready)
    drop_ready(s);
  watch(d, s);
  bury(d, s);
}

static void took(side *s, size_t n)
{
  s->held -= n;
  for (chunk *c = s->ready; c && n;) {
    size_t part = c->len - c->off < n ? c->len - c->off : n;
    c->off += part;
    n -= part;
    c = c->off == c->len ? drop_ready(s) : NULL;
  }
}

/* Sends what is due in as few calls as it takes. */
static void flush_side(delay *d, side *s)
{
  bool was_held = s->held >= MOST_HELD, was_full = s->full;
  s->full = false;
  while (s->ready && !s->full && !s->out_end) {
    struct iovec parts[AT_ONCE];
    int n = 0;
    for (chunk *c = s->ready; c && c->len && n < AT_ONCE; c = c->next)
      parts[n++] = (struct iovec){c->bytes + c->off, c->len - c->off};
    ssize_t sent = n ? writev(s->fd, parts, n) : 0;
    if (sent > 0)
      took(s, (size_t)sent);
    else if (n && (errno == EAGAIN || errno == EINTR))
      s->full = true;
    else
      end_out(d, s);
  }
  if (s->fd >= 0 && s->full != was_full)
    watch(d, s);
  if (s->fd >= 0 && was_held && s->held < MOST_HELD)
    watch(d, s->peer);
}

/* ---- time ------------------------------------------------------------------------------------------------------ */

static void set_timer(delay *d)
{
  struct itimerspec at = {0};
  if (d->first)
    at.it_value = (struct timespec){.tv_sec = (time_t)(d->first->due / NS_PER_SECOND),
                                    .tv_nsec = (long)(d->first->due % NS_PER_SECOND)};
  timerfd_settime(d->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void mark_dirty(delay *d, side *s)
{
  if (s->dirty)
    return;
  s->dirty = true;
  s->next_dirty = d->dirty;
  d->dirty = s;
}

static void arrive(delay *d, chunk *c)
{
  side *to = c->to;
  if (to->out_end) {
    free(c);
    bury(d, to);
    return;
  }
  if (to->ready)
    to->last->next = c;
  else
    to->ready = c;
  to->last = c;
  mark_dirty(d, to);
}

/* What is due now goes to its side. */
static void release(delay *d)
{
  bool moved = false;
  for (int64_t now = bench_now(); d->first && d->first->due <= now; moved = true) {
    chunk *c = d->first;
    d->first = c->next;
    c->next = NULL;
    c->to->coming--;
    arrive(d, c);
  }
  for (side *s; (s = d->dirty);) {
    d->dirty = s->next_dirty;
    s->dirty = false;
    flush_side(d, s);
  }
  if (moved)
    set_timer(d);
}

static void enqueue(delay *d, side *to, size_t len)
{
  chunk *c = malloc(sizeof *c + len);
  if (!c)
    _exit(1);
  *c = (chunk){.to = to, .due = bench_now() + d->ns, .len = len};
  memcpy(c->bytes, d->buffer, len);
  to->held += len;
  to->coming++;
  if (d->first) {
    d->last->next = c;
    d->last = c;
    return;
  }
  d->first = d->last = c;
  set_timer(d);
}

/* ---- events ---------------------------------------------------------------------------------------------------- */

static void read_side(delay *d, side *s)
{
  ssize_t n = read(s->fd, d->buffer, READ_SIZE);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  s->in_end = n <= 0;
  enqueue(d, s->peer, n > 0 ? (size_t)n : 0);
  if (s->in_end || s->peer->held >= MOST_HELD)
    watch(d, s);
}

static side *add_side(delay *d, int fd)
{
  int one = 1;
  side *s = calloc(1, sizeof *s);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
  if (!s)
    _exit(1);
  s->fd = fd;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  epoll_ctl(d->loop, EPOLL_CTL_ADD, fd, &event);
  return s;
}

static void answer(delay *d)
{
  int in = accept(d->door, NULL, NULL), out = in < 0 ? -1 : socket(d->server.ss_family, SOCK_STREAM, 0);
  if (in < 0)
    return;
  if (out < 0 || connect(out, (struct sockaddr *)&d->server, d->server_len)) {
    close(in);
    if (out >= 0)
      close(out);
    return;
  }
  side *a = add_side(d, in), *b = add_side(d, out);
  a->peer = b;
  b->peer = a;
}

static void on_event(delay *d, const struct epoll_event *event)
{
  uint64_t ticks;
  if (event->data.ptr == &d->door) {
    answer(d);
  } else if (event->data.ptr == &d->timer) {
    (void)!read(d->timer, &ticks, sizeof ticks);
  } else {
    side *s = event->data.ptr;
    if (event->events & EPOLLOUT)
      mark_dirty(d, s);
    if (!s->in_end && event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
      read_side(d, s);
  }
}

static void serve(delay *d)
{
  struct epoll_event events[EVENTS];
  for (;;) {
    int n = epoll_wait(d->loop, events, EVENTS, -1);
    for (int i = 0; i < n; i++)
      on_event(d, &events[i]);
    release(d);
    free_gone(d);
  }
}

/* ---- starting -------------------------------------------------------------------------------------------------- */

static bool find_server(delay *d, const char *host, const char *service)
{
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
  int rc = getaddrinfo(host, service, &hints, &found);
  if (rc) {
    bench_complain("%s:%s: %s", host, service, gai_strerror(rc));
    return false;
  }
  memcpy(&d->server, found->ai_addr, found->ai_addrlen);
  d->server_len = found->ai_addrlen;
  freeaddrinfo(found);
  return true;
}

static bool open_door(delay *d, int *port)
{
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t len = sizeof here;
  struct epoll_event door = {.events = EPOLLIN, .data.ptr = &d->door}, timer = {.events = EPOLLIN,
                                                                               .data.ptr = &d->timer};
  d->door = socket(AF_INET, SOCK_STREAM, 0);
  d->loop = epoll_create1(0);
  d->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  if (d->door < 0 || d->loop < 0 || d->timer < 0 || fcntl(d->door, F_SETFL, O_NONBLOCK) ||
      bind(d->door, (struct sockaddr *)&here, sizeof here) || listen(d->door, SOMAXCONN) ||
      getsockname(d->door, (struct sockaddr *)&here, &len) ||
      epoll_ctl(d->loop, EPOLL_CTL_ADD, d->door, &door) || epoll_ctl(d->loop, EPOLL_CTL_ADD, d->timer, &timer)) {
    bench_complain("the delay: %s", strerror(errno));
    return false;
  }
  *port = ntohs(here.sin_port);
  return true;
}

bool bench_delay_start(const char *host, const char *service, int64_t each_way_ns, bench_helper *out)
{
  delay *d = calloc(1, sizeof *d);
  int port = 0;
  pid_t pid = -1;
  if (d) {
    d->ns = each_way_ns;
    d->door = d->loop = d->timer = -1;
    if (find_server(d, host, service) && open_door(d, &port))
      pid = bench_helper_fork();
    if (!pid) {
      prctl(PR_SET_TIMERSLACK, 1UL);
      serve(d);
    }
    close(d->door);
    close(d->loop);
    close(d->timer);
  }
  free(d);
  *out = (bench_helper){.pid = pid > 0 ? pid : 0, .port = port};
  return pid > 0;
}

bool bench_delay_built(void)
{
  return true;
}

#else

bool bench_delay_start(const char *host, const char *service, int64_t each_way_ns, bench_helper *out)
{
  (void)host;
  (void)service;
  (void)each_way_ns;
  (void)out;
  bench_complain("the delay needs epoll");
  return false;
}

bool bench_delay_built(void)
{
  return false;
}

#endif
