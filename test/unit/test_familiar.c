/* test_familiar.c - URIs that were written for another library: each key and bare number means the same here, or is
 * refused with what to write instead.                                                                                */
#include <dusq/dusq.h>
#include "test.h"

#define LONG_WAIT (20 * INT64_C(1000000000))
#include "open.h"

#define TARGET "//u:hunter2@127.0.0.1/d?"

typedef struct refused {
  const char *query, *part;
} refused;

static void check_refused(const char *scheme, const refused *all, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    char uri[256];
    snprintf(uri, sizeof uri, "%s%s", scheme, all[i].query);
    check_bad_uri(uri, DUSQ_E_URI, all[i].part);
  }
}

/* Opening contacts no server. */
static void check_good(const char *uri)
{
  close_pool(open_uri(uri));
}

#define REFUSED(scheme, list) check_refused(scheme, list, sizeof list / sizeof *list)

static const refused pools[] = {
    {"min_size=2", "min_connections"}, {"max_size=9", "pool_size"}, {"maxPoolSize=9", "pool_size"},
    {"max_overflow=5", "pool_size"}, {"pool_timeout=30", "queue_timeout=30s"}, {"pool-timeout=30", "queue_timeout=30s"},
    {"pool_recycle=3600", "max_lifetime=30min"}, {"command_timeout=60", "query_timeout=30s"},
    {"max_inactive_connection_lifetime=300", "idle_timeout=10min"}, {"statement_cache_size=0", "stmt_cache"},
    {"pool_pre_ping=true", "looked at"}, {"pool_reset_on_return=rollback", "reset=none"},
    {"isolation_level=SERIALIZABLE", "dusq_tx_opts"}, {"nonsense=1", "unknown option \"nonsense\""},
};

static void test_any(void)
{
  REFUSED("fake:?", pools);
  check_good("fake:?connect_timeout=10"); /* no driver that means anything else */
  dusq_config *config = dusq_config_new("fake:");
  CHECK_INT(dusq_config_set(config, "min_size", "2"), DUSQ_E_URI);
  dusq_pool *pool;
  dusq_error *error;
  CHECK_INT(dusq_pool_open(config, &pool, &error), DUSQ_E_URI);
  CHECK_STR(dusq_error_message(error), "unknown option \"min_size\"; here: min_connections");
  dusq_error_unref(error);
  dusq_config_free(config);
}

#ifdef DUSQ_WITH_SQLITE
static const refused sqlite[] = {
    {"timeout=5", "busy_timeout=5s"}, {"_journal_mode=wal", "journal_mode"}, {"cached_statements=9", "stmt_cache"},
    {"check_same_thread=false", "any thread"}, {"_fk=1", "foreign_keys"},
};

static void test_sqlite(void)
{
  REFUSED("sqlite::memory:?", pools);
  REFUSED("sqlite::memory:?", sqlite);
  check_good("sqlite::memory:?busy_timeout=5000"); /* PRAGMA busy_timeout means milliseconds, too */
}
#endif

#if defined DUSQ_WITH_POSTGRESQL || defined DUSQ_WITH_MYSQL
static const refused both[] = {
    {"connect_timeout=10", "say 10s, or 10ms"}, {"connect_timeout=1.5", "say 1.5s, or 1.5ms"},
    {"connect_timeout=0", "say none, or 0ms"}, {"ssl=true", "sslmode="}, {"ssl=require", "sslmode="},
    {"sslMode=require", "sslmode"}, {"timeout=10", "connect_timeout=10s"}, {"dbname=d", "database"},
};

/* What a config is given means what its declaration says: milliseconds. */
static void check_config_set(const char *uri)
{
  dusq_config *config = dusq_config_new(uri);
  CHECK_INT(dusq_config_set_int(config, "connect_timeout", 10000), DUSQ_OK);
  CHECK_INT(dusq_config_set(config, "connect_timeout", "10000"), DUSQ_OK);
  dusq_pool *pool = NULL;
  CHECK_INT(dusq_pool_open(config, &pool, NULL), DUSQ_OK);
  close_pool(pool);
  dusq_config_free(config);
}
#endif

#ifdef DUSQ_WITH_POSTGRESQL
static const refused postgres[] = {
    {"keepalives_idle=60", "say 60s, or 60ms"}, {"keepalives_interval=10", "tcp_user_timeout"},
    {"keepalives=1", "keepalives_idle"}, {"statement_timeout=500", "query_timeout=30s"},
    {"server_settings=x", "options"}, {"client_encoding=utf8", "UTF8"}, {"service=app", "from_env"},
};

static void test_postgresql(void)
{
  REFUSED("postgresql:" TARGET, pools);
  REFUSED("postgres:" TARGET, both);
  REFUSED("postgresql:" TARGET, both);
  REFUSED("postgresql:" TARGET, postgres);
  check_good("postgresql:" TARGET "connect_timeout=10s&keepalives_idle=60s&tcp_user_timeout=5000");
  check_good("postgresql:" TARGET "connect_timeout=10ms&keepalives_idle=0&idle_timeout=500");
  check_config_set("postgresql:" TARGET "sslmode=disable");
}
#endif

#ifdef DUSQ_WITH_MYSQL
static const refused mysql[] = {
    {"ssl-mode=REQUIRED", "sslmode"}, {"ssl_ca=/ca.pem", "sslrootcert"}, {"ssl-cert=/c.pem", "sslcert"},
    {"ssl_key=/k.pem", "sslkey"}, {"ssl_verify_identity=1", "verify-full"}, {"passwd=x", "password"},
    {"db=d", "database"},
    {"read_timeout=10", "query_timeout=30s"}, {"write_timeout=10", "query_timeout=30s"},
    {"default-character-set=utf8mb4", "charset"}, {"init_command=x", "sql_mode"}, {"unix-socket=/s", "unix_socket"},
};

static void test_mysql(void)
{
  REFUSED("mysql:" TARGET, pools);
  REFUSED("mysql:" TARGET, both);
  REFUSED("mariadb:" TARGET, both);
  REFUSED("mysql:" TARGET, mysql);
  check_good("mysql:" TARGET "connect_timeout=10s&idle_timeout=500");
  check_good("mysql:" TARGET "connect_timeout=none");
  check_config_set("mysql:" TARGET "sslmode=disable");
}
#endif

void suite_familiar(void);
void suite_familiar(void)
{
  test_suite("familiar");
  test_case("any", test_any);
#ifdef DUSQ_WITH_SQLITE
  test_case("sqlite", test_sqlite);
#endif
#ifdef DUSQ_WITH_POSTGRESQL
  test_case("postgresql", test_postgresql);
#endif
#ifdef DUSQ_WITH_MYSQL
  test_case("mysql", test_mysql);
#endif
}
