/* near.h - whether a server is on the same machine, and how many processors it shares then. */
#ifndef DUSQ_BASE_NEAR_H
#define DUSQ_BASE_NEAR_H
#include <stdbool.h>
#include <stdint.h>

/* Whether the other end of a connected socket is on this machine, judged by its address. */
bool dusq__is_near(int fd);
/* How many processors are online; at least 1. */
uint32_t dusq__processors(void);

#endif
