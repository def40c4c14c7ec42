/* params.c - converts a pool's options to libpq's parameters.  The thread that opens the pool.
 *
 * The parameters are passed as arrays; libpq never sees a URI.  Everything that the environment or a file in the user's
 * home could decide is passed explicitly, because drivers differ in what they read there, and a connection should not.
 * For a file that must not be read, the path of one that cannot exist is passed.                                     */
#include "params.h"
#include "environment.h"
#include "error.h"
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char nowhere[] = "/dev/null/none";

const dusq_option dusq__pg_options[] = {
    {"sslmode", DUSQ_OPTION_CHOICE, NULL, "disable|prefer|require|verify-ca|verify-full", 0, 0},
    {"sslrootcert", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"sslcert", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"sslkey", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"sslpassword", DUSQ_OPTION_SECRET, NULL, NULL, 0, 0},
    {"sslcrl", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"requirepeer", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"channel_binding", DUSQ_OPTION_CHOICE, NULL, "disable|prefer|require", 0, 0},
    {"hostaddr", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"target_session_attrs", DUSQ_OPTION_CHOICE, NULL, "any|read-write|read-only|primary|standby|prefer-standby", 0,
     0},
    {"load_balance_hosts", DUSQ_OPTION_CHOICE, NULL, "disable|random", 0, 0},
    {"application_name", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"options", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"timezone", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"passfile", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"keepalives_idle", DUSQ_OPTION_DURATION, NULL, NULL, 0, 0},
    {"tcp_user_timeout", DUSQ_OPTION_DURATION, NULL, NULL, 0, 0},
    {"pgbouncer", DUSQ_OPTION_BOOL, "off", NULL, 0, 0},
    {"from_env", DUSQ_OPTION_BOOL, "off", NULL, 0, 0},
    {NULL, 0, NULL, NULL, 0, 0},
};

enum { MAX_PAIRS = 48 };

/* ---- the list ------------------------------------------------------------------------------------------------------ */

static bool given(const char *key, void *arg)
{
  const dusq__pg_params *params = arg;
  for (size_t i = 0; i < params->npairs; i++)
    if (!strcmp(params->keys[i], key))
      return true;
  return false;
}

/* Adds a copy of `value`.  NULL and "" are left out, because libpq treats both as not given. */
static bool add(const char *key, const char *value, void *arg)
{
  dusq__pg_params *params = arg;
  if (!value || !*value)
    return true;
  char *copy = params->npairs < MAX_PAIRS ? strdup(value) : NULL;
  if (!copy)
    return false;
  params->keys[params->npairs] = key;
  params->values[params->npairs++] = copy;
  return true;
}

static bool add_option(dusq__pg_params *params, const char *key)
{
  return add(key, dusq_params_text(params->options, key), params);
}

/* An option that is not given becomes `otherwise`; with from_env libpq decides it. */
static bool add_or(dusq__pg_params *params, const char *key, const char *otherwise)
{
  const char *text = dusq_params_text(params->options, key);
  return add(key, text || params->defaults ? text : otherwise, params);
}

/* The effective value: the given one, or what libpq takes from the environment.  NULL: none. */
static const char *in_force(const dusq__pg_params *params, const char *key)
{
  const char *text = dusq_params_text(params->options, key);
  for (const PQconninfoOption *one = params->defaults; one && one->keyword && !text; one++)
    if (!strcmp(one->keyword, key))
      text = one->val && *one->val ? one->val : NULL;
  return text;
}

/* Asks the loaded library, whose version may differ from the header's. */
static bool libpq_knows(const char *key)
{
  PQconninfoOption *all = PQconndefaults();
  bool found = false;
  for (PQconninfoOption *one = all; one && one->keyword && !found; one++)
    found = !strcmp(one->keyword, key);
  PQconninfoFree(all);
  return found;
}

/* ---- groups of parameters ------------------------------------------------------------------------------------------ */

/* Without a user, the default is that of libpq: the name of the user who runs the program. */
static bool add_user(dusq__pg_params *params)
{
  const char *user = dusq_params_text(params->options, "user");
  if (user || params->defaults)
    return add("user", user, params);
  char room[1024];
  struct passwd entry, *found = NULL;
  if (getpwuid_r(geteuid(), &entry, room, sizeof room, &found) || !found)
    return true;
  return add("user", found->pw_name, params);
}

/* With a root certificate the default is verify-full.  Only an explicit sslmode overrides it: an option, or a variable
 * of the environment if the certificate is from there, too.                                                          */
static const char *sslmode(const dusq__pg_params *params)
{
  const char *mode = dusq_params_text(params->options, "sslmode");
  if (mode)
    return mode;
  bool given_here = dusq_params_text(params->options, "sslrootcert") != NULL;
  const char *elsewhere = in_force(params, "sslmode");
  bool said = elsewhere && (strcmp(elsewhere, "prefer") != 0 || dusq__pg_variable("PGSSLMODE"));
  if (given_here || (in_force(params, "sslrootcert") && !said))
    return "verify-full";
  return elsewhere ? elsewhere : "prefer";
}

/* The password must not be sent in clear text without TLS.  If the environment sets require_auth, that stays, and
 * connect.c checks what the server asks for.                                                                         */
static bool add_guard(dusq__pg_params *params, bool weak)
{
  static const char all[] = "password,md5,gss,sspi,scram-sha-256,none";
  bool known = libpq_knows("require_auth"), said = in_force(params, "require_auth") != NULL;
  params->guards_password = weak && (!known || said);
  if (!known || said || (params->defaults && !weak))
    return true;
  bool asked = !weak && dusq__pg_variable("PGREQUIREAUTH"); /* without from_env the variable must not count */
  return add("require_auth", weak ? "!password" : asked ? all : NULL, params);
}

static bool add_tls(dusq__pg_params *params)
{
  const char *mode = sslmode(params);
  bool weak = !strcmp(mode, "disable") || !strcmp(mode, "allow") || !strcmp(mode, "prefer");
  const char *least = in_force(params, "ssl_min_protocol_version");
  bool strict = least && !strcmp(least, "TLSv1.3"); /* only that is stricter than the default here */
  return add("sslmode", mode, params) && add_or(params, "sslrootcert", nowhere) &&
         add_or(params, "sslcert", nowhere) && add_or(params, "sslkey", nowhere) &&
         add_or(params, "sslcrl", nowhere) && add_option(params, "sslpassword") &&
         add("ssl_min_protocol_version", strict ? NULL : "TLSv1.2", params) &&
         add("ssl_max_protocol_version", params->defaults ? NULL : "TLSv1.3", params) &&
         add("gssencmode", params->defaults ? NULL : "disable", params) &&
         add_or(params, "channel_binding", "prefer") && add_option(params, "requirepeer") &&
         add_guard(params, weak);
}

/* The settings that texts of values depend on.  Parameters of the session override the environment's variables. */
static bool add_settings(dusq__pg_params *params)
{
  const char *more = in_force(params, "options");
  if (params->pooler)
    return add("options", more, params);
  char text[1024];
  int n = snprintf(text, sizeof text,
                   "%s%s-c DateStyle=ISO -c IntervalStyle=postgres -c extra_float_digits=1 -c bytea_output=hex "
                   "-c standard_conforming_strings=on -c TimeZone=%s",
                   more ? more : "", more ? " " : "", params->zone); /* the last one wins */
  return n > 0 && (size_t)n < sizeof text && add("options", text, params);
}

static bool add_seconds(dusq__pg_params *params, const char *key, int64_t unit)
{
  if (!dusq_params_text(params->options, key))
    return true;
  char text[24];
  int64_t n = dusq_params_int(params->options, key);
  n = n == DUSQ_FOREVER ? 0 : n / unit + (n % unit != 0);
  snprintf(text, sizeof text, "%lld", (long long)(n < INT32_MAX ? n : INT32_MAX));
  return add(key, text, params);
}

static bool add_all(dusq__pg_params *params)
{
  const char *name = dusq_params_text(params->options, "name");
  bool env = params->defaults != NULL;
  bool good = add_option(params, "host") && add_option(params, "hostaddr") && add_or(params, "port", "5432") &&
              add_user(params) && add_option(params, "password") &&
              add("dbname", dusq_params_text(params->options, "database"), params) &&
              add_or(params, "passfile", nowhere) && add("client_encoding", "UTF8", params) &&
              add_or(params, "application_name", name) &&
              add("fallback_application_name", env ? name : NULL, params) &&
              add_or(params, "target_session_attrs", "any") && add("keepalives", env ? NULL : "1", params) &&
              add("connect_timeout", env ? NULL : "0", params) && /* the deadline of the stop bounds it */
              add_seconds(params, "keepalives_idle", DUSQ_SECOND) &&
              add_seconds(params, "tcp_user_timeout", DUSQ_MILLISECOND);
  if (libpq_knows("load_balance_hosts"))
    good = good && add_or(params, "load_balance_hosts", "disable");
  return good && add_tls(params) && add_settings(params);
}

/* ---- the whole list ------------------------------------------------------------------------------------------------ */

static bool is_list(const char *text)
{
  return text && strchr(text, ',');
}

/* libpq itself tries the hosts if they may be in another order, or if the list is from the environment. */
static size_t count_hosts(const dusq__pg_params *params)
{
  const char *host = dusq_params_text(params->options, "host"), *balance = in_force(params, "load_balance_hosts");
  const char *wanted = in_force(params, "target_session_attrs");
  bool elsewhere = (is_list(in_force(params, "port")) && !given("port", (void *)(uintptr_t)params)) ||
                   (in_force(params, "hostaddr") && !given("hostaddr", (void *)(uintptr_t)params));
  if (!host || elsewhere || (balance && strcmp(balance, "disable")) || (wanted && !strcmp(wanted, "prefer-standby")))
    return 1;
  size_t n = 1;
  for (; *host; host++)
    n += *host == ',';
  return n;
}

/* libpq applies its own connect_timeout, which is per host, only if it waits itself. */
static int64_t libpq_timeout(const dusq__pg_params *params)
{
  int64_t hosts = 1;
  for (const char *at = in_force(params, "host"); params->hosts == 1 && at && *at; at++)
    hosts += *at == ',';
  const char *text = in_force(params, "connect_timeout");
  dusq_value value = dusq_text(text && params->defaults ? text : "0");
  int64_t seconds;
  if (dusq_value_to_int(&value, &seconds) || seconds <= 0 || seconds > INT32_MAX)
    return DUSQ_FOREVER;
  return (seconds > 2 ? seconds : 2) * DUSQ_SECOND * hosts; /* as libpq does */
}

/* What the environment and its files say must be valid for libpq, which checks that when a connection is begun: here
 * with a socket that cannot exist, so that nothing is contacted.  Its messages may be translated, but not the names in
 * them.                                                                                                              */
static dusq_error *check_elsewhere(const dusq__pg_params *params)
{
  static const char no_socket[] = "/dev/null/none/dusq";
  const char *keys[MAX_PAIRS + 5], *values[MAX_PAIRS + 5], *place = no_socket, *gss = in_force(params, "gssencmode");
  size_t n = params->npairs;
  memcpy(keys, params->keys, n * sizeof *keys);
  memcpy(values, params->values, n * sizeof *values);
  keys[n] = "host";
  values[n++] = no_socket;
  if (in_force(params, "hostaddr")) { /* it overrides the host */
    keys[n] = "hostaddr";
    values[n++] = place = "127.0.0.1";
    keys[n] = "port";
    values[n++] = "1";
  } else if (is_list(in_force(params, "port"))) {
    keys[n] = "port";
    values[n++] = "5432";
  }
  if (gss && (!strcmp(gss, "require") || !strcmp(gss, "prefer"))) { /* which does not exist over a socket */
    keys[n] = "gssencmode";
    values[n++] = "disable";
  }
  keys[n] = values[n] = NULL;
  PGconn *pg = PQconnectStartParams(keys, values, 0);
  if (!pg)
    return dusq__pg_nomem();
  const char *text = PQerrorMessage(pg);
  bool good = PQstatus(pg) != CONNECTION_BAD || strstr(text, place);
  dusq_error *error = good ? NULL : dusq_error_new(DUSQ_E_CONFIG, NULL, 0, "%.*s", (int)strcspn(text, "\n"), text);
  PQfinish(pg);
  return error;
}

static dusq_error *check(dusq__pg_params *params)
{
  const char *balance = dusq_params_text(params->options, "load_balance_hosts");
  if (balance && strcmp(balance, "disable") && !libpq_knows("load_balance_hosts"))
    return dusq_error_new(DUSQ_E_CONFIG, NULL, 0, "load_balance_hosts needs libpq 16 or later");
  if (dusq_params_int(params->options, "from_env"))
    return check_elsewhere(params);
  const char *found = dusq__pg_environment(given, add, params);
  if (!found)
    return NULL;
  return dusq_error_new(DUSQ_E_CONFIG, NULL, 0,
                        "%s is set in the environment, and would change the connection: give it in the URI, unset it, "
                        "or say from_env=on",
                        found);
}

dusq_status dusq__pg_params_init(dusq__pg_params *params, const dusq_params *options, dusq_error **error)
{
  bool env = dusq_params_int(options, "from_env") != 0;
  const char *zone = dusq_params_text(options, "timezone"), *theirs = env ? dusq__pg_variable("PGTZ") : NULL;
  params->options = options;
  params->pooler = dusq_params_int(options, "pgbouncer") != 0;
  params->defaults = env ? PQconndefaults() : NULL;
  params->zone = strdup(zone ? zone : theirs ? theirs : "UTC");
  params->keys = calloc(MAX_PAIRS + 1, sizeof *params->keys);
  params->values = calloc(MAX_PAIRS + 1, sizeof *params->values);
  if ((env && !params->defaults) || !params->zone || !params->keys || !params->values || !add_all(params))
    return dusq__pg_give(error, dusq__pg_nomem());
  params->hosts = count_hosts(params);
  params->libpq_timeout = libpq_timeout(params);
  dusq_error *why = check(params);
  PQconninfoFree(params->defaults); /* they may include a password */
  params->defaults = NULL;
  return why ? dusq__pg_give(error, why) : DUSQ_OK;
}

static void wipe(char *text)
{
  for (volatile char *at = text; *at; at++)
    *at = '\0';
}

void dusq__pg_params_fini(dusq__pg_params *params)
{
  for (size_t i = 0; i < params->npairs; i++) {
    char *value = (char *)(uintptr_t)params->values[i];
    if (strstr(params->keys[i], "password"))
      wipe(value);
    free(value);
  }
  free(params->keys);
  free(params->values);
  free(params->zone);
  PQconninfoFree(params->defaults);
}
