/* config.h - the options of a pool: a URI, keyed strings, and the hooks.
 *
 * Every key may also be given in the query part of the URI: "sqlite:app.db?readers=2&busy_timeout=10s".  A key that
 * neither the core nor the backend knows is an error that names it.  A config is used by one thread at a time; a pool
 * copies what it needs.
 *
 * Values are texts.  Durations: "250ms", "2s", "10min", "1h", "500us", "40ns", "none" for no limit; a bare number is
 * milliseconds, but is refused in a URI for what the database's own client takes in seconds (connect_timeout,
 * keepalives_idle).  Sizes: "65536", "64KiB", "1GiB".  Booleans: on/off, true/false, yes/no, 1/0.
 *
 *   key               default           meaning
 *   pool_size         max(4, 2 x cores) maximum of workers, and so of connections, of a lane
 *                                       (quick statements on a server on this machine run on as many workers as
 *                                       there are processors, at least 2: more would compete for the processors)
 *   min_connections   0                 connections of each lane that are made when the pool is opened, and kept
 *   queue_limit       65536             requests that may wait; one more gets DUSQ_E_BUSY
 *   queue_timeout     30s               how long a request may wait for a worker
 *   connect_timeout   10s               how long the making of a connection may take
 *   query_timeout     none              a request from submit to settle, unless its options set a timeout
 *   cancel_grace      250ms             how long the pool waits for the outcome of an interrupted statement
 *   idle_timeout      10min             an idle worker stops, and its connection is closed, after that
 *   max_lifetime      30min             a connection is replaced after that, plus or minus 10 %
 *   stmt_cache        256               prepared statements that a connection keeps; 0 keeps none
 *   batch             on                several waiting requests may share a transaction or a round trip
 *   batch_max         64                maximum of requests in one batch
 *   batch_min         2                 requests that must wait before one is made; 1 forces batches
 *   reset             rollback          how a connection is reset after a job or session: none, rollback (and undo the
 *                                       changes that statements are detected to make), full (and undo all else)
 *   max_result_bytes  1GiB              a larger result is DUSQ_E_LIMIT; the changes of its statement may persist
 *   stack_size        1MiB              of a worker thread; at least 512KiB
 *   name              dusq              in thread names
 * The backends' keys are in their manual pages: dusq-sqlite(7), dusq-postgresql(7), dusq-mysql(7), dusq-fake(7).       */
#ifndef DUSQ_CONFIG_H
#define DUSQ_CONFIG_H
#include <dusq/error.h>

DUSQ_BEGIN_DECLS

typedef struct dusq_config dusq_config;

enum { DUSQ_LOG_ERROR = 3, DUSQ_LOG_WARNING = 4, DUSQ_LOG_INFO = 6, DUSQ_LOG_DEBUG = 7 }; /* as syslog */
/* One line without a newline, UTF-8, no secrets.  Called on any thread, with no lock held; it must not call back into
 * the library and should return soon.                                                                                */
typedef void dusq_log_fn(int level, const char *subsystem, const char *line, void *arg);

/* Does not check the URI: dusq_pool_open reports its errors.  NULL only if memory is short; every call accepts NULL,
 * and dusq_pool_open then reports that.                                                                              */
DUSQ_API dusq_config *dusq_config_new(const char *uri);
DUSQ_API void dusq_config_free(dusq_config *config);

/* Sets one option; a later setting overrides an earlier one and the URI.  Key and value are copied.  Further keys are
 * user, password, host, port, database, and those of the backend.  DUSQ_E_URI for an unknown key or a value that the
 * key does not accept, DUSQ_E_NOMEM; opening the pool then fails too, and its error tells why.                       */
DUSQ_API dusq_status dusq_config_set(dusq_config *config, const char *key, const char *value);
DUSQ_API dusq_status dusq_config_set_int(dusq_config *config, const char *key, int64_t value);

/* Sets the pool's log hook; NULL for none.  Without this call the pool uses the hook of dusq_set_log. */
DUSQ_API void dusq_config_set_log(dusq_config *config, dusq_log_fn *fn, void *arg);

/* Sets the log hook for lines that belong to no pool, and for pools that are opened later without a hook of their
 * own. None is set by default.  Any thread; a call in progress may still use the old hook.                           */
DUSQ_API void dusq_set_log(dusq_log_fn *fn, void *arg);

/* Whether the loaded library can open URIs of that scheme ("sqlite", "postgresql"), without the colon.  Any thread. */
DUSQ_API bool dusq_has_backend(const char *scheme);

/* Writes the URI in a form that may be shown, with *** in place of the password and of options whose names show that
 * they are secrets.  Writes at most `size` bytes with the closing NUL and returns the length of the whole text, as
 * snprintf does.  For a malformed URI it writes "(malformed URI)", and also for one that may contain a password
 * elsewhere: with an "@" or %40 before the "?" other than the one after the user (in the password itself it is
 * allowed), or with %3A in the user.                                                                                 */
DUSQ_API size_t dusq_uri_redact(const char *uri, char *buffer, size_t size);

/* Memory.  The library allocates all of its own memory by these three functions, which behave as malloc, realloc and
 * free; NULL restores the standard ones.  Must be called before any other function of the library: DUSQ_E_BUSY if it
 * has already allocated.  Drivers use their own allocators.                                                          */
typedef struct dusq_allocator {
  size_t size; /* sizeof(dusq_allocator) */
  void *(*allocate)(size_t size, void *arg);
  void *(*reallocate)(void *memory, size_t size, void *arg);
  void (*release)(void *memory, void *arg);
  void *arg;
} dusq_allocator;
DUSQ_API dusq_status dusq_set_allocator(const dusq_allocator *allocator);

DUSQ_END_DECLS
#endif
