/* peer.c - peers on ports of 127.0.0.1; see peer.h.
 *
 * All waits are polls with a deadline, and on a pipe that peer_end closes.                                            */
#include "unit/peer.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Waits until one of two descriptors has something; -1 is none.  False: the time is over, or the peer is to end. */
static bool wait_for(const peer *one, int fds[2], int64_t until)
{
  struct pollfd all[3] = {{.fd = fds[0], .events = POLLIN}, {.fd = fds[1], .events = POLLIN},
                          {.fd = one->wake[0], .events = POLLIN}};
  int64_t left = until - test_now_ms();
  if (left <= 0 || poll(all, 3, (int)left) <= 0 || all[2].revents)
    return false;
  for (int i = 0; i < 2; i++)
    if (!all[i].revents)
      fds[i] = -1;
  return true;
}

static void write_down(peer *one, const void *bytes, size_t len)
{
  size_t room = PEER_SIZE - one->len, n = len < room ? len : room;
  memcpy(one->heard + one->len, bytes, n);
  one->len += n;
}

static bool say(int fd, const void *bytes, size_t len)
{
  const char *at = bytes;
  while (len) {
    ssize_t n = send(fd, at, len, MSG_NOSIGNAL); /* for PEER_PATIENCE at most: SO_SNDTIMEO */
    if (n <= 0)
      return false;
    at += n;
    len -= (size_t)n;
  }
  return true;
}

/* ---- scripts ------------------------------------------------------------------------------------------------------- */

static bool hear(peer *one, int fd, size_t len, int64_t until)
{
  char bytes[4096];
  while (len) {
    int fds[2] = {fd, -1};
    if (!wait_for(one, fds, until))
      return false;
    ssize_t n = recv(fd, bytes, len < sizeof bytes ? len : sizeof bytes, 0);
    if (n <= 0)
      return false;
    write_down(one, bytes, (size_t)n);
    len -= (size_t)n;
  }
  return true;
}

static bool hear_packet(peer *one, int fd, int64_t until)
{
  const unsigned char *head = one->heard + one->len;
  if (one->len + 4 > PEER_SIZE || !hear(one, fd, 4, until))
    return false;
  return hear(one, fd, (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16, until);
}

static bool hear_start(peer *one, int fd, int64_t until)
{
  static const unsigned char ssl_request[] = {0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f};
  const unsigned char *head = one->heard + one->len;
  if (one->len + 8 > PEER_SIZE || !hear(one, fd, 8, until))
    return false;
  if (!memcmp(head, ssl_request, sizeof ssl_request))
    return say(fd, "N", 1) && hear_start(one, fd, until);
  size_t len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
  return len >= 8 && hear(one, fd, len - 8, until);
}

static bool hear_message(peer *one, int fd, int64_t until)
{
  const unsigned char *head = one->heard + one->len;
  if (one->len + 5 > PEER_SIZE || !hear(one, fd, 5, until))
    return false;
  size_t len = (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
  return len >= 4 && hear(one, fd, len - 4, until);
}

static bool play_step(peer *one, const peer_step *step, int fd, int64_t until)
{
  switch (step->act) {
  case PEER_SAY:
    return say(fd, step->bytes, step->len);
  case PEER_START:
    return hear_start(one, fd, until);
  case PEER_MESSAGE:
    return hear_message(one, fd, until);
  case PEER_PACKET:
    return hear_packet(one, fd, until);
  case PEER_HOLD:
    break;
  }
  while (hear(one, fd, 1, until))
    ;
  return false;
}

/* ---- relays -------------------------------------------------------------------------------------------------------- */

static int reach(unsigned short port)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port),
                                .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address)) {
    close(fd);
    return -1;
  }
  return fd;
}

static void be_patient(int fd)
{
  struct timeval limit = {.tv_sec = PEER_PATIENCE};
  (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/* Until the client leaves: what it says after the server has left is heard, too. */
static void pass_on(peer *one, int client, int server, int64_t until)
{
  char bytes[4096];
  bool there = true;
  for (;;) {
    int fds[2] = {client, there ? server : -1};
    if (!wait_for(one, fds, until))
      return;
    ssize_t n = fds[0] >= 0 ? recv(client, bytes, sizeof bytes, 0) : 0;
    if (fds[0] >= 0 && n <= 0)
      return;
    write_down(one, bytes, (size_t)n);
    there = (!n || say(server, bytes, (size_t)n)) && there;
    n = fds[1] >= 0 ? recv(server, bytes, sizeof bytes, 0) : 1;
    if (n <= 0) {
      shutdown(client, SHUT_WR);
      there = false;
    } else if (fds[1] >= 0 && !say(client, bytes, (size_t)n)) {
      return;
    }
  }
}

/* ---- the thread ---------------------------------------------------------------------------------------------------- */

static void serve(peer *one, int client)
{
  int64_t until = test_now_ms() + PEER_PATIENCE * 1000;
  if (one->conns < PEER_CONNS)
    one->begins[one->conns++] = one->len;
  be_patient(client);
  if (one->steps) {
    for (size_t i = 0; i < one->nsteps && play_step(one, &one->steps[i], client, until); i++)
      ;
    return;
  }
  int server = reach(one->server);
  if (server < 0)
    return;
  be_patient(server);
  pass_on(one, client, server, until);
  close(server);
}

static void *peer_main(void *arg)
{
  peer *one = arg;
  for (;;) {
    int fds[2] = {one->listener, -1}, client;
    if (!wait_for(one, fds, test_now_ms() + INT32_MAX) || (client = accept(one->listener, NULL, NULL)) < 0)
      return NULL;
    serve(one, client);
    close(client);
  }
}

static bool start(peer *one)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  one->wake[0] = one->wake[1] = -1;
  one->listener = socket(AF_INET, SOCK_STREAM, 0);
  bool good = one->listener >= 0 && !bind(one->listener, (struct sockaddr *)&address, size) &&
              !listen(one->listener, 8) && !getsockname(one->listener, (struct sockaddr *)&address, &size) &&
              !pipe(one->wake) && !pthread_create(&one->thread, NULL, peer_main, one);
  one->port = ntohs(address.sin_port);
  CHECK(good);
  if (!good) {
    close(one->listener);
    close(one->wake[0]);
    close(one->wake[1]);
  }
  return good;
}

bool peer_play(peer *one, const peer_step *steps, size_t nsteps)
{
  memset(one, 0, sizeof *one);
  one->steps = steps;
  one->nsteps = nsteps;
  return start(one);
}

bool peer_relay(peer *one, unsigned short server)
{
  memset(one, 0, sizeof *one);
  one->server = server;
  return start(one);
}

void peer_end(peer *one)
{
  close(one->wake[1]); /* the other end is readable then, for good */
  pthread_join(one->thread, NULL);
  close(one->wake[0]);
  close(one->listener);
  CHECK(one->len < PEER_SIZE && one->conns < PEER_CONNS);
}

/* ---- what was heard ------------------------------------------------------------------------------------------------ */

bool peer_heard(const peer *one, const char *text)
{
  size_t len = strlen(text);
  for (size_t i = 0; i + len <= one->len; i++)
    if (!memcmp(one->heard + i, text, len))
      return true;
  return false;
}

const unsigned char *peer_said(const peer *one, int i, size_t *len)
{
  size_t end = i + 1 < one->conns ? one->begins[i + 1] : one->len;
  *len = end - one->begins[i];
  return one->heard + one->begins[i];
}
