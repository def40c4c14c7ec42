/* config.h - the cold options of a pool: a URI, keyed strings, and the hooks.
 *
 * Every key may stand in the URI's query as well: "sqlite:app.db?readers=2&busy_timeout=10s".  A key that the core and
 * the backend do not know is an error that names it.  A config is used by one thread at a time; a pool copies what it
 * needs.
 *
 * Values are texts.  Durations: "250ms", "2s", "10min", "1h", "500us", "40ns", "none" for no limit; a bare number is
 * milliseconds, but is refused in a URI for what the database's own client takes in seconds (connect_timeout,
 * keepalives_idle).  Sizes: "65536", "64KiB", "1GiB".  Booleans: on/off, true/false, yes/no, 1/0.
 *
 *   key               default           meaning
 *   pool_size         max(4, 2 x cores) workers, and so connections, of a lane at the most
 *                                       (of quick statements, a server on this machine gets as many at a time as
 *                                       there are processors, and at least 2: more would wait for one another)
 *   min_connections   0                 workers of each lane that are kept when they are idle
 *   queue_limit       65536             requests that may wait; one more gets DUSQ_E_BUSY
 *   queue_timeout     30s               how long a request may wait for a worker
 *   connect_timeout   10s
 *   query_timeout     none              a request from submit to settle, where its options do not say
 *   cancel_grace      250ms             how long the outcome of an interrupted statement is waited for
 *   idle_timeout      10min             an idle worker and its connection go after that
 *   max_lifetime      30min             a connection is replaced after that, give or take 10 %
 *   stmt_cache        256               prepared statements that a connection keeps; 0 keeps none
 *   batch             on                several waiting requests may share a transaction or a trip
 *   batch_max         64                requests in one batch at the most
 *   batch_min         2                 requests that must wait before one is made; 1 forces batches
 *   reset             rollback          what a connection goes through after a job or session: none, rollback (and what
 *                                       its statements are seen to have changed), full (and all else)
 *   max_result_bytes  1GiB              a larger result is DUSQ_E_LIMIT; what was written may stay
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

/* Never fails: dusq_pool_open reports what is wrong with the URI.  NULL only when memory is short, which every call
 * accepts; dusq_pool_open then reports that.                                                                         */
DUSQ_API dusq_config *dusq_config_new(const char *uri);
DUSQ_API void dusq_config_free(dusq_config *config);

/* Sets one option; a later one wins over an earlier one and over the URI.  Key and value are copied.  Besides the keys
 * above and the backend's: user, password, host, port, database.  DUSQ_E_URI for an unknown key or a value that the
 * key does not take, DUSQ_E_NOMEM; the pool's opening then fails too, and says why.                                  */
DUSQ_API dusq_status dusq_config_set(dusq_config *config, const char *key, const char *value);
DUSQ_API dusq_status dusq_config_set_int(dusq_config *config, const char *key, int64_t value);

/* Where the pool's log lines go; NULL for nowhere.  Without it: where dusq_set_log says. */
DUSQ_API void dusq_config_set_log(dusq_config *config, dusq_log_fn *fn, void *arg);

/* The log hook for lines that belong to no pool, and for pools that are opened later without a hook of their own.  Not
 * set at first.  Any thread; a call in progress may still use the old hook.                                          */
DUSQ_API void dusq_set_log(dusq_log_fn *fn, void *arg);

/* Whether the loaded library can open URIs of that scheme ("sqlite", "postgresql"), without the colon.  Any thread. */
DUSQ_API bool dusq_has_backend(const char *scheme);

/* The URI in a form that may be shown: with *** for the password and for options that are secrets by their names.
 * Writes at most `size` bytes with the closing NUL and returns the length of the whole text, as snprintf does.  A URI
 * that cannot be read gives "(malformed URI)", and so does one in which a password may stand elsewhere: with an "@" or
 * %40 before the "?" other than the one behind the user (in the password itself it does no harm), or with %3A in the
 * user.                                                                                                              */
DUSQ_API size_t dusq_uri_redact(const char *uri, char *buffer, size_t size);

/* Memory.  Everything the library itself allocates goes through these three, which behave as malloc, realloc and free;
 * NULL brings the standard ones back.  To be called before anything else of the library: DUSQ_E_BUSY once it has
 * allocated.  Drivers allocate as they please.                                                                       */
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
