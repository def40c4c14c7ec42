/* held.c - counting what the server holds. */
#include "held.h"

static void link_newest(dusq__my_held *held, dusq__my_held_link *link)
{
  *link = (dusq__my_held_link){.older = held->newest, .of = held};
  if (held->newest)
    held->newest->newer = link;
  else
    held->oldest = link;
  held->newest = link;
}

static void unlink_it(dusq__my_held *held, const dusq__my_held_link *link)
{
  if (link->newer)
    link->newer->older = link->older;
  else
    held->newest = link->older;
  if (link->older)
    link->older->newer = link->newer;
  else
    held->oldest = link->newer;
}

void dusq__my_held_add(dusq__my_held *held, dusq__my_held_link *link)
{
  link_newest(held, link);
  held->n++;
  atomic_fetch_add_explicit(&held->budget->held, 1, memory_order_relaxed);
}

void dusq__my_held_move(dusq__my_held_link *link)
{
  unlink_it(link->of, link);
  link_newest(link->of, link);
}

void dusq__my_held_remove(dusq__my_held_link *link)
{
  dusq__my_held *held = link->of;
  if (!held)
    return;
  unlink_it(held, link);
  held->n--;
  atomic_fetch_sub_explicit(&held->budget->held, 1, memory_order_relaxed);
  *link = (dusq__my_held_link){0};
}

void dusq__my_held_forget(dusq__my_held *held)
{
  while (held->oldest)
    dusq__my_held_remove(held->oldest);
}

/* Over its share a connection shrinks while the pool holds half of its budget, so that the others can grow. */
size_t dusq__my_held_excess(const dusq__my_held *held)
{
  size_t most = atomic_load_explicit(&held->budget->most, memory_order_relaxed);
  size_t share = most / 2 / (held->budget->conns ? held->budget->conns : 1);
  share = share ? share : 1;
  if (!most || held->n < share || atomic_load_explicit(&held->budget->held, memory_order_relaxed) < most / 2)
    return 0;
  return held->n > share ? 2 : 1;
}
