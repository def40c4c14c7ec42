/* host.c - see host.h. */
#include "host.h"
#include "error.h"
#include <string.h>

enum { HOST_BITS = 16 }; /* of instance->left: the host that was left last; above them, how often one was left */

size_t dusq__my_host_of(const dusq__my *instance, size_t i)
{
  return (atomic_load(&instance->first_host) + i) % instance->options.nhosts;
}

/* 1290 is for several options of a server, whose names are never translated. */
static bool is_read_only(const dusq__my_said *said)
{
  bool named = strstr(said->text, "read-only") || strstr(said->text, "read_only");
  return said->native == MY_ER_READ_ONLY_MODE || (said->native == MY_ER_OPTION_PREVENTS && named);
}

bool dusq__my_host_leave(dusq__my *instance, size_t host, uint64_t since, const dusq__my_said *said)
{
  size_t n = instance->options.nhosts, first = host;
  bool unready = said->native == MY_ER_UNKNOWN_COMMAND && said->status == DUSQ_E_CONNECT;
  if (!unready && !(instance->options.read_write && is_read_only(said)))
    return false;
  if (n < 2)
    return true;
  atomic_compare_exchange_strong(&instance->first_host, &first, (host + 1) % n);
  /* if it is another one by now, another connection has left a host */
  atomic_compare_exchange_strong(&instance->left, &since, ((since >> HOST_BITS) + 1) << HOST_BITS | host);
  return true;
}

bool dusq__my_host_was_left(const dusq__my *instance, size_t host, uint64_t since)
{
  uint64_t left = atomic_load_explicit(&instance->left, memory_order_relaxed);
  return left != since && (left & ((1U << HOST_BITS) - 1)) == host;
}
