/* fork.c - see fork.h. */
#include "fork.h"
#include <pthread.h>
#include <sqlite3.h>
#include <stddef.h>

/* A child that opens a pool must not find these mutexes of SQLite's locked by a thread that it does not have.  They are
 * held for moments, around a few lines that wait for nothing but, at most, mutexes further down this list.  Others are
 * held while files are opened, which a fork is not to wait for.                                                     */
static const int moments[] = {SQLITE_MUTEX_STATIC_PRNG, SQLITE_MUTEX_STATIC_LRU, SQLITE_MUTEX_STATIC_PMEM,
                              SQLITE_MUTEX_STATIC_MEM};
enum { MOMENTS = sizeof moments / sizeof *moments };

/* NULL where SQLite has none, which enter and leave allow. */
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

/* The first random number makes SQLite open a file, with a mutex held. */
void dusq__sqlite_watch_forks(void)
{
  unsigned char seed;
  sqlite3_randomness(sizeof seed, &seed);
  pthread_atfork(before_fork, after_fork, after_fork);
}
