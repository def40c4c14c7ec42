/* test_near.c - whether the other end of a socket is on this machine. */
#include "base/near.h"
#include "test.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static void test_sockets_of_unix(void)
{
  int pair[2];
  CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  CHECK(dusq__is_near(pair[0]));
  CHECK(dusq__is_near(pair[1]));
  close(pair[0]);
  close(pair[1]);
}

/* A datagram socket is connected without a word to the other end.  -1: this machine has no way there. */
static int connected(int family, const char *address)
{
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(9)};
  struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
  bool v4 = family == AF_INET;
  CHECK_INT(inet_pton(family, address, v4 ? (void *)&in.sin_addr : (void *)&in6.sin6_addr), 1);
  int fd = socket(family, SOCK_DGRAM, 0);
  if (fd < 0)
    return -1;
  if (!connect(fd, v4 ? (struct sockaddr *)&in : (struct sockaddr *)&in6, v4 ? sizeof in : sizeof in6))
    return fd;
  close(fd);
  return -1;
}

static void check_near(int family, const char *address, bool near)
{
  int fd = connected(family, address);
  if (fd < 0) {
    printf("    note: no way to %s from here\n", address);
    return;
  }
  test_check_int(dusq__is_near(fd), near, address, __FILE__, __LINE__);
  close(fd);
}

static void test_addresses(void)
{
  int fd = connected(AF_INET, "127.0.0.1");
  CHECK(fd >= 0);
  close(fd);
  check_near(AF_INET, "127.0.0.1", true);
  check_near(AF_INET, "127.8.8.8", true);
  check_near(AF_INET6, "::1", true);
  check_near(AF_INET, "192.0.2.1", false); /* of documentation: nobody's */
  check_near(AF_INET, "198.51.100.1", false);
  check_near(AF_INET6, "2001:db8::1", false);
}

static void test_no_peer(void)
{
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(!dusq__is_near(fd));
  close(fd);
  CHECK(!dusq__is_near(fd));
  CHECK(!dusq__is_near(-1));
  CHECK(dusq__processors() >= 1);
}

void suite_near(void);
void suite_near(void)
{
  test_suite("near");
  test_case("sockets_of_unix", test_sockets_of_unix);
  test_case("addresses", test_addresses);
  test_case("no_peer", test_no_peer);
}
