/* near.c - see near.h. */
#include "base/near.h"
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef union address {
  struct sockaddr any;
  struct sockaddr_in in;
  struct sockaddr_in6 in6;
  struct sockaddr_storage room;
} address;

/* Whether the peer's address is the machine's own: equal to the local address, or in the loopback network. */
static bool same(const address *peer, const address *own)
{
  if (peer->any.sa_family != own->any.sa_family)
    return false;
  if (peer->any.sa_family == AF_INET)
    return ntohl(peer->in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET ||
           peer->in.sin_addr.s_addr == own->in.sin_addr.s_addr;
  const struct in6_addr *to = &peer->in6.sin6_addr;
  return peer->any.sa_family == AF_INET6 && (IN6_IS_ADDR_LOOPBACK(to) || !memcmp(to, &own->in6.sin6_addr, sizeof *to));
}

bool dusq__is_near(int fd)
{
  address peer = {.any = {0}}, own = {.any = {0}};
  socklen_t peer_size = sizeof peer, own_size = sizeof own;
  if (getpeername(fd, &peer.any, &peer_size) || getsockname(fd, &own.any, &own_size))
    return false;
  return own.any.sa_family == AF_UNIX || same(&peer, &own);
}

uint32_t dusq__processors(void)
{
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n > 1 ? n < UINT16_MAX ? (uint32_t)n : UINT16_MAX : 1;
}
