/* familiar.c - see familiar.h. */
#include "setup/familiar.h"
#include "data/error.h"
#include <string.h>

typedef struct familiar {
  const char *backend; /* NULL: all */
  const char *key, *instead;
} familiar;

#define PG "postgresql"
#define MY "mysql"
#define LITE "sqlite"
#define POOL_SIZE "pool_size, the most connections that there are"
#define SSLMODE "sslmode=disable, prefer, require, verify-ca or verify-full"
#define KEEPALIVES "keepalives_idle and tcp_user_timeout"
#define QUERY_TIMEOUT "query_timeout, such as query_timeout=30s"
#define QUEUE_TIMEOUT "queue_timeout, such as queue_timeout=30s"

static const familiar keys[] = {
    /* pools: asyncpg, SQLAlchemy, HikariCP, and those like them */
    {NULL, "min_size", "min_connections"}, {NULL, "min_pool_size", "min_connections"},
    {NULL, "pool_min_size", "min_connections"}, {NULL, "minimum_idle", "min_connections"},
    {NULL, "min_idle", "min_connections"}, {NULL, "max_size", "pool_size"}, {NULL, "max_pool_size", "pool_size"},
    {NULL, "pool_max_size", "pool_size"}, {NULL, "maximum_pool_size", "pool_size"},
    {NULL, "max_connections", "pool_size"}, {NULL, "connection_limit", "pool_size"}, {NULL, "max_overflow", POOL_SIZE},
    {NULL, "pool_timeout", QUEUE_TIMEOUT}, {NULL, "connection_timeout", QUEUE_TIMEOUT " (or connect_timeout=10s)"},
    {NULL, "pool_recycle", "max_lifetime, such as max_lifetime=30min"},
    {NULL, "max_inactive_connection_lifetime", "idle_timeout, such as idle_timeout=10min"},
    {NULL, "max_idle", "idle_timeout, such as idle_timeout=10min"},
    {NULL, "pool_reset_on_return", "reset=none, rollback or full"},
    {NULL, "pool_pre_ping", "nothing to be said: a connection is looked at before it is used"},
    {NULL, "pool_use_lifo", "nothing to be said: the connection that was used last is used first"},
    {NULL, "command_timeout", QUERY_TIMEOUT}, {NULL, "statement_cache_size", "stmt_cache"},
    {NULL, "prepared_statement_cache_size", "stmt_cache"}, {NULL, "prepare_threshold", "stmt_cache"},
    {NULL, "isolation_level", "an option of each transaction (dusq_tx_opts)"}, {NULL, "echo", "dusq_set_log"},
    /* libpq and its callers */
    {PG, "ssl", SSLMODE}, {PG, "require_ssl", "sslmode=require"}, {PG, "dbname", "database"}, {PG, "username", "user"},
    {PG, "timeout", "connect_timeout, such as connect_timeout=10s"},
    {PG, "login_timeout", "connect_timeout, such as connect_timeout=10s"},
    {PG, "socket_timeout", QUERY_TIMEOUT}, {PG, "statement_timeout", QUERY_TIMEOUT}, {PG, "keepalives", KEEPALIVES},
    {PG, "keepalives_interval", KEEPALIVES}, {PG, "keepalives_count", KEEPALIVES}, {PG, "tcp_keepalive", KEEPALIVES},
    {PG, "server_settings", "options, such as options=-c%20search_path%3Dapp"},
    {PG, "search_path", "options=-c%20search_path%3D..."},
    {PG, "current_schema", "options=-c%20search_path%3D..."},
    {PG, "fallback_application_name", "application_name"}, {PG, "service", "from_env=on, with PGSERVICE"},
    {PG, "client_encoding", "nothing to be said: it is UTF8"},
    /* libmysqlclient, Connector/C and their callers */
    {MY, "ssl", SSLMODE}, {MY, "use_ssl", SSLMODE}, {MY, "require_ssl", "sslmode=require"},
    {MY, "ssl_disabled", "sslmode=disable"}, {MY, "ssl_verify_cert", "sslmode=verify-ca"},
    {MY, "ssl_verify_identity", "sslmode=verify-full"}, {MY, "ssl_check_hostname", "sslmode=verify-full"},
    {MY, "ssl_verify_server_cert", "sslmode=verify-full"}, {MY, "ssl_ca", "sslrootcert"},
    {MY, "ssl_capath", "sslrootcert"},
    {MY, "db", "database"}, {MY, "dbname", "database"}, {MY, "passwd", "password"}, {MY, "username", "user"},
    {MY, "timeout", "connect_timeout, such as connect_timeout=10s"}, {MY, "read_timeout", QUERY_TIMEOUT},
    {MY, "write_timeout", QUERY_TIMEOUT}, {MY, "socket_timeout", QUERY_TIMEOUT},
    {MY, "default_character_set", "charset"}, {MY, "character_set", "charset"},
    {MY, "use_unicode", "nothing to be said: all text is UTF-8"}, {MY, "defaults_file", "read_default_file"},
    {MY, "default_file", "read_default_file"}, {MY, "default_group", "read_default_group"},
    {MY, "init_command", "sql_mode; other settings belong to a session"},
    {MY, "autocommit", "nothing to be said: it is on outside of transactions"},
    {MY, "local_infile", "nothing to be said: it is off"},
    /* Python's sqlite3, and those like it */
    {LITE, "timeout", "busy_timeout, such as busy_timeout=5s"}, {LITE, "cached_statements", "stmt_cache"},
    {LITE, "check_same_thread", "nothing to be said: any thread may use a pool"}, {LITE, "fk", "foreign_keys"},
};

/* Keys that the driver itself takes in seconds, without a unit. */
static const struct {
  const char *backend, *key;
  bool zero_is_none; /* 0: no limit */
} seconds[] = {{PG, "connect_timeout", true}, {PG, "keepalives_idle", false}, {MY, "connect_timeout", true}};

/* ---- keys -------------------------------------------------------------------------------------------------------- */

static char next_letter(const char **text)
{
  *text += strspn(*text, "_-");
  char c = **text;
  *text += c != '\0';
  return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_like(const char *key, const char *other)
{
  char c;
  do {
    c = next_letter(&key);
    if (c != next_letter(&other))
      return false;
  } while (c);
  return true;
}

static bool is_of(const char *name, const dusq_backend *backend)
{
  return backend && !strcmp(backend->name, name);
}

const char *dusq__familiar_key(const dusq_backend *backend, const char *key)
{
  for (const dusq_option *own = backend ? backend->options : NULL; own && own->key; own++)
    if (is_like(key, own->key))
      return own->key;
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if ((!keys[i].backend || is_of(keys[i].backend, backend)) && is_like(key, keys[i].key))
      return keys[i].instead;
  return NULL;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* The length of a number without a unit; 0: it is none, or too long to be shown. */
static size_t bare_number(const char *text)
{
  enum { MOST = 20 };
  size_t len = strspn(text, "0123456789.");
  return text[len] == '\0' && len <= MOST ? len : 0;
}

static dusq_error *say(const char *key, const char *value, bool none)
{
  if (none)
    return dusq_error_new(DUSQ_E_URI, NULL, 0,
                          "option %s: \"%s\" without a unit means no limit to the driver: say none, or %sms", key,
                          value, value);
  return dusq_error_new(DUSQ_E_URI, NULL, 0,
                        "option %s: \"%s\" has no unit, and the driver would take it for seconds: say %ss, or %sms",
                        key, value, value, value);
}

dusq_status dusq__familiar_value(const dusq_backend *backend, const char *key, const char *value, dusq_error **error)
{
  if (!bare_number(value))
    return DUSQ_OK;
  bool zero = !value[strspn(value, "0.")];
  for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
    if (is_of(seconds[i].backend, backend) && !strcmp(key, seconds[i].key) && (!zero || seconds[i].zero_is_none))
      return dusq__error_give(error, say(key, value, zero));
  return DUSQ_OK;
}
