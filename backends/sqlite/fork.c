/* fork.c - see fork.h. */
#include "fork.h"
#include <pthread.h>
#include <sqlite3.h>
#include <stddef.h>

/* A child that opens a pool must not find these mutexes of SQLite locked by a thread that it does not have, so fork()
 * waits for them.  They are held briefly, and wait at most for mutexes further down this list.  Other mutexes are held
 * while files are opened, so fork() must not wait for those.                                                         */
static const int moments[] = {SQLITE_MUTEX_STATIC_PRNG, SQLITE_MUTEX_STATIC_LRU, SQLITE_MUTEX_STATIC_PMEM,
                              SQLITE_MUTEX_STATIC_MEM};
enum { MOMENTS = sizeof moments / sizeof *moments };

/* NULL if SQLite has no such mutex, which enter and leave accept. */
static void before_fork(void)
{
  for (size_t i = 0; i < MOMENTS; i++)
    sqlite3_mutex_enter(sqlite3_mutex_alloc(moments[i]));
}

static void after_fork(void)
{
  for (size_t i = MOMENTS; i > 0; i--)
    sqlite3_mutex_leave(sqlite3_mutex_alloc(moments[i - 1]));
}

/* The first random number makes SQLite open a file with a mutex held, so it is drawn here. */
void dusq__sqlite_watch_forks(void)
{
  unsigned char seed;
  sqlite3_randomness(sizeof seed, &seed);
  pthread_atfork(before_fork, after_fork, after_fork);
}
