/* instance.h - a pool's database: its path, its settings, and what its connections share.
 *
 * Opening an instance touches no file; connections do.  A database in memory gets a unique name for SQLite's "memdb"
 * VFS, by which all connections of the pool share it, and one connection that keeps it alive.  The only lock is the
 * monitor's. Any thread.                                                                                             */
#ifndef DUSQ_SQLITE_INSTANCE_H
#define DUSQ_SQLITE_INSTANCE_H
#include "monitor.h"
#include "rwlock.h"
#include <sys/types.h>
#include <dusq/backend.h>
#include <sqlite3.h>
#include <stdatomic.h>

#if SQLITE_VERSION_NUMBER < 3037000
#error "dusq needs SQLite 3.37 or later"
#endif

/* In the order of the choices of the option mode. */
enum { DUSQ__SQLITE_MODE_CREATE = 0, DUSQ__SQLITE_MODE_WRITE = 1, DUSQ__SQLITE_MODE_READ = 2 };
enum { DUSQ__SQLITE_MAX_READERS = 256 };

/* Constant. */
typedef struct dusq__sqlite_config {
  const dusq_params *params; /* valid until the pool shuts down; used by connect and reset only */
  char *target;              /* absolute path, or the URI of a database in memory               */
  int open_flags;
  bool memory;
  bool read_only;
  bool reset_all;            /* of the option `reset`                                           */
  int64_t busy_timeout;      /* ns; DUSQ_FOREVER                                                */
} dusq__sqlite_config;

/* See wal.h. */
typedef struct dusq__sqlite_log {
  atomic_bool truncating;      /* the log is being emptied, so no new snapshots; set with the monitor held */
  _Atomic int64_t retry_after; /* after a failure, no new attempt before this time; 0: at once             */
  int64_t size;                /* guarded by the rwlock's writer, as all below: the size at the last look  */
  int passed, to_pass;         /* writes between the last look and the next one; those that are still left */
} dusq__sqlite_log;

typedef struct dusq__sqlite_instance {
  dusq__sqlite_config config;
  atomic_uint refs;          /* one for the pool, one per connection: a connection that is stuck outlives its pool */
  sqlite3 *anchor;           /* keeps a database in memory alive                                                   */
  atomic_uint connections;   /* number of connections to a file                                                    */
  atomic_bool locks_readers; /* whether readers take the rwlock: not in WAL mode                                   */
  atomic_uint moves;         /* how often the file was found to have moved                                         */
  dev_t device;              /* of the file that was opened last; guarded by: `connecting`, as the next             */
  ino_t inode;               /* 0: none yet                                                                        */
  atomic_bool warned;        /* that the journal mode could not be set                                             */
  dusq__sqlite_log log;
  dusq__sqlite_monitor monitor;
  dusq__sqlite_rwlock rwlock; /* guarded by: monitor, as all below         */
  bool connecting;            /* a connection is being opened: one at a time */
  bool closing;               /* a connection is being closed: one at a time */
} dusq__sqlite_instance;

dusq_status dusq__sqlite_open(const dusq_params *params, dusq_plan *plan, void **out, dusq_error **error);
void dusq__sqlite_shut(void *instance);
void dusq__sqlite_instance_unref(dusq__sqlite_instance *instance);

#endif
