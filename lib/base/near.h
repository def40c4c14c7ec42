/* near.h - what a program and a server on the same machine have in common. */
#ifndef DUSQ_BASE_NEAR_H
#define DUSQ_BASE_NEAR_H
#include <stdbool.h>
#include <stdint.h>

/* Whether the other end of a connected socket is on this machine, as far as its address tells. */
bool dusq__is_near(int fd);
/* How many processors are online; at least 1. */
uint32_t dusq__processors(void);

#endif
