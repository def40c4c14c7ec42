/* held.h - how many prepared statements the server holds for a pool, and which a connection has used least recently.
 *
 * The server's max_prepared_stmt_count is for all its clients: a pool stays below half of it.  Each connection may hold
 * a share of its own, together half of what the pool may; the other half goes to those that ask first.  The worker's
 * thread; what the connections share is atomic.                                                                      */
#ifndef DUSQ_MYSQL_HELD_H
#define DUSQ_MYSQL_HELD_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Of an instance. */
typedef struct dusq__my_budget {
  atomic_size_t held;
  atomic_size_t most; /* what the pool may hold; 0: not known, no limit */
  size_t conns;       /* constant: how many connections there may be    */
} dusq__my_budget;

/* Of a statement; zeroed: not held. */
typedef struct dusq__my_held_link {
  struct dusq__my_held_link *newer, *older;
  struct dusq__my_held *of;
} dusq__my_held_link;

/* Of a connection. */
typedef struct dusq__my_held {
  dusq__my_budget *budget;
  dusq__my_held_link *newest, *oldest;
  size_t n;
} dusq__my_held;

void dusq__my_held_add(dusq__my_held *held, dusq__my_held_link *link);
void dusq__my_held_remove(dusq__my_held_link *link);
/* Makes one that is held the newest. */
void dusq__my_held_move(dusq__my_held_link *link);
/* The server has dropped all of them. */
void dusq__my_held_forget(dusq__my_held *held);
/* How many must be given back before another one is prepared. */
size_t dusq__my_held_excess(const dusq__my_held *held);

/* It is used now. */
static inline void dusq__my_held_use(dusq__my_held_link *link)
{
  if (link->of && link->of->newest != link)
    dusq__my_held_move(link);
}

#endif
