/* fork.h - safe forks of a process that uses SQLite.  Any thread. */
#ifndef DUSQ_SQLITE_FORK_H
#define DUSQ_SQLITE_FORK_H
/* Called once, before the first connection is made. */
void dusq__sqlite_watch_forks(void);

#endif
