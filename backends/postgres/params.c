/* params.c - from a pool's options to libpq's parameters, which are passed as arrays: libpq never sees a URI.
 *
 * Everything that the environment or a file of the user's home could decide is given (drivers differ in what they read
 * there, and a connection should not).  What stands in no file and no variable is given as a path that cannot exist. */
#include "internal.h"
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
  const dusq__pg *instance = arg;
  for (size_t i = 0; i < instance->npairs; i++)
    if (!strcmp(instance->keys[i], key))
      return true;
  return false;
}

/* `value` is copied; NULL and "" are left out, for libpq takes both for nothing. */
static bool add(const char *key, const char *value, void *arg)
{
  dusq__pg *instance = arg;
  if (!value || !*value)
    return true;
  char *copy = instance->npairs < MAX_PAIRS ? strdup(value) : NULL;
  if (!copy)
    return false;
  instance->keys[instance->npairs] = key;
  instance->values[instance->npairs++] = copy;
  return true;
}

static bool add_option(dusq__pg *instance, const char *key)
{
  return add(key, dusq_params_text(instance->params, key), instance);
}

/* What is not given is `otherwise`, or with from_env left to libpq. */
static bool add_or(dusq__pg *instance, const char *key, const char *otherwise)
{
  const char *text = dusq_params_text(instance->params, key);
  return add(key, text || instance->left ? text : otherwise, instance);
}

/* What counts in the end: what is given, or what libpq takes from elsewhere.  NULL: nothing. */
static const char *in_force(const dusq__pg *instance, const char *key)
{
  const char *text = dusq_params_text(instance->params, key);
  for (const PQconninfoOption *one = instance->left; one && one->keyword && !text; one++)
    if (!strcmp(one->keyword, key))
      text = one->val && *one->val ? one->val : NULL;
  return text;
}

/* Options tell what the library that is loaded can do, which may be another one than that of the header. */
static bool libpq_knows(const char *key)
{
  PQconninfoOption *all = PQconndefaults();
  bool found = false;
  for (PQconninfoOption *one = all; one && one->keyword && !found; one++)
    found = !strcmp(one->keyword, key);
  PQconninfoFree(all);
  return found;
}

/* ---- parts --------------------------------------------------------------------------------------------------------- */

/* As libpq: the name of who runs the program. */
static bool add_user(dusq__pg *instance)
{
  const char *user = dusq_params_text(instance->params, "user");
  if (user || instance->left)
    return add("user", user, instance);
  char room[1024];
  struct passwd entry, *found = NULL;
  if (getpwuid_r(geteuid(), &entry, room, sizeof room, &found) || !found)
    return true;
  return add("user", found->pw_name, instance);
}

/* With a certificate to check against, everything is checked, unless somebody has said otherwise: the options, or the
 * environment where the certificate is the environment's, too.                                                       */
static const char *sslmode(const dusq__pg *instance)
{
  const char *mode = dusq_params_text(instance->params, "sslmode");
  if (mode)
    return mode;
  bool given_here = dusq_params_text(instance->params, "sslrootcert") != NULL;
  const char *elsewhere = in_force(instance, "sslmode");
  bool said = elsewhere && (strcmp(elsewhere, "prefer") != 0 || dusq__pg_variable("PGSSLMODE"));
  if (given_here || (in_force(instance, "sslrootcert") && !said))
    return "verify-full";
  return elsewhere ? elsewhere : "prefer";
}

/* A server may not have the password in clear without TLS.  Where the environment says how to authenticate, that stays,
 * and is watched.                                                                                                    */
static bool add_guard(dusq__pg *instance, bool weak)
{
  static const char all[] = "password,md5,gss,sspi,scram-sha-256,none";
  bool known = libpq_knows("require_auth"), said = in_force(instance, "require_auth") != NULL;
  instance->guarded = weak && (!known || said);
  if (!known || said || (instance->left && !weak))
    return true;
  bool asked = !weak && dusq__pg_variable("PGREQUIREAUTH"); /* of which nothing is to be heeded */
  return add("require_auth", weak ? "!password" : asked ? all : NULL, instance);
}

static bool add_tls(dusq__pg *instance)
{
  const char *mode = sslmode(instance);
  bool weak = !strcmp(mode, "disable") || !strcmp(mode, "allow") || !strcmp(mode, "prefer");
  const char *least = in_force(instance, "ssl_min_protocol_version");
  bool strict = least && !strcmp(least, "TLSv1.3"); /* only that is more than ours */
  return add("sslmode", mode, instance) && add_or(instance, "sslrootcert", nowhere) &&
         add_or(instance, "sslcert", nowhere) && add_or(instance, "sslkey", nowhere) &&
         add_or(instance, "sslcrl", nowhere) && add_option(instance, "sslpassword") &&
         add("ssl_min_protocol_version", strict ? NULL : "TLSv1.2", instance) &&
         add("ssl_max_protocol_version", instance->left ? NULL : "TLSv1.3", instance) &&
         add("gssencmode", instance->left ? NULL : "disable", instance) &&
         add_or(instance, "channel_binding", "prefer") && add_option(instance, "requirepeer") &&
         add_guard(instance, weak);
}

/* What results and values in text are read by.  The session's own variables would win over the environment's. */
static bool add_settings(dusq__pg *instance)
{
  const char *more = in_force(instance, "options");
  if (instance->pooler)
    return add("options", more, instance);
  char text[1024];
  int n = snprintf(text, sizeof text,
                   "%s%s-c DateStyle=ISO -c IntervalStyle=postgres -c extra_float_digits=1 -c bytea_output=hex "
                   "-c standard_conforming_strings=on -c TimeZone=%s",
                   more ? more : "", more ? " " : "", instance->zone); /* the last one wins */
  return n > 0 && (size_t)n < sizeof text && add("options", text, instance);
}

static bool add_seconds(dusq__pg *instance, const char *key, int64_t unit)
{
  if (!dusq_params_text(instance->params, key))
    return true;
  char text[24];
  int64_t n = dusq_params_int(instance->params, key);
  n = n == DUSQ_FOREVER ? 0 : n / unit + (n % unit != 0);
  snprintf(text, sizeof text, "%lld", (long long)(n < INT32_MAX ? n : INT32_MAX));
  return add(key, text, instance);
}

static bool add_all(dusq__pg *instance)
{
  const dusq_params *params = instance->params;
  const char *name = dusq_params_text(params, "name");
  bool env = instance->left != NULL;
  bool good = add_option(instance, "host") && add_option(instance, "hostaddr") && add_or(instance, "port", "5432") &&
              add_user(instance) && add_option(instance, "password") &&
              add("dbname", dusq_params_text(params, "database"), instance) &&
              add_or(instance, "passfile", nowhere) && add("client_encoding", "UTF8", instance) &&
              add_or(instance, "application_name", name) &&
              add("fallback_application_name", env ? name : NULL, instance) &&
              add_or(instance, "target_session_attrs", "any") && add("keepalives", env ? NULL : "1", instance) &&
              add("connect_timeout", env ? NULL : "0", instance) && /* the stop bounds it */
              add_seconds(instance, "keepalives_idle", DUSQ_SECOND) &&
              add_seconds(instance, "tcp_user_timeout", DUSQ_MILLISECOND);
  if (libpq_knows("load_balance_hosts"))
    good = good && add_or(instance, "load_balance_hosts", "disable");
  return good && add_tls(instance) && add_settings(instance);
}

/* ---- all of it ----------------------------------------------------------------------------------------------------- */

static bool is_list(const char *text)
{
  return text && strchr(text, ',');
}

/* Where the order is not that of the list, or other lists are not given with it, it is left to libpq. */
static size_t count_hosts(const dusq__pg *instance)
{
  const char *host = dusq_params_text(instance->params, "host"), *balance = in_force(instance, "load_balance_hosts");
  const char *wanted = in_force(instance, "target_session_attrs");
  bool elsewhere = (is_list(in_force(instance, "port")) && !given("port", (void *)(uintptr_t)instance)) ||
                   (in_force(instance, "hostaddr") && !given("hostaddr", (void *)(uintptr_t)instance));
  if (!host || elsewhere || (balance && strcmp(balance, "disable")) || (wanted && !strcmp(wanted, "prefer-standby")))
    return 1;
  size_t n = 1;
  for (; *host; host++)
    n += *host == ',';
  return n;
}

/* libpq heeds its own connect_timeout, which is of each host, only where it waits itself. */
static int64_t their_timeout(const dusq__pg *instance)
{
  int64_t hosts = 1;
  for (const char *at = in_force(instance, "host"); instance->hosts == 1 && at && *at; at++)
    hosts += *at == ',';
  const char *text = in_force(instance, "connect_timeout");
  dusq_value value = dusq_text(text && instance->left ? text : "0");
  int64_t seconds;
  if (dusq_value_to_int(&value, &seconds) || seconds <= 0 || seconds > INT32_MAX)
    return DUSQ_FOREVER;
  return (seconds > 2 ? seconds : 2) * DUSQ_SECOND * hosts; /* as libpq */
}

/* What the environment and its files say has to make sense to libpq, which tells when a connection is begun: with a
 * socket that cannot be there, so that nothing is asked but that.  Its words may be translated, names are not.       */
static dusq_error *check_elsewhere(const dusq__pg *instance)
{
  static const char no_socket[] = "/dev/null/none/dusq";
  const char *keys[MAX_PAIRS + 4], *values[MAX_PAIRS + 4], *place = no_socket;
  size_t n = instance->npairs;
  memcpy(keys, instance->keys, n * sizeof *keys);
  memcpy(values, instance->values, n * sizeof *values);
  keys[n] = "host";
  values[n++] = no_socket;
  if (in_force(instance, "hostaddr")) { /* it counts for more */
    keys[n] = "hostaddr";
    values[n++] = place = "127.0.0.1";
    keys[n] = "port";
    values[n++] = "1";
  } else if (is_list(in_force(instance, "port"))) {
    keys[n] = "port";
    values[n++] = "5432";
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

static dusq_error *check(dusq__pg *instance)
{
  const char *balance = dusq_params_text(instance->params, "load_balance_hosts");
  if (balance && strcmp(balance, "disable") && !libpq_knows("load_balance_hosts"))
    return dusq_error_new(DUSQ_E_CONFIG, NULL, 0, "load_balance_hosts needs libpq 16 or later");
  if (dusq_params_int(instance->params, "from_env"))
    return check_elsewhere(instance);
  const char *found = dusq__pg_environment(given, add, instance);
  if (!found)
    return NULL;
  return dusq_error_new(DUSQ_E_CONFIG, NULL, 0,
                        "%s is set in the environment, and would change the connection: give it in the URI, unset it, "
                        "or say from_env=on", found);
}

dusq_status dusq__pg_params(dusq__pg *instance, dusq_error **error)
{
  const dusq_params *params = instance->params;
  instance->cancel_grace = dusq_params_int(params, "cancel_grace");
  instance->connect_timeout = dusq_params_int(params, "connect_timeout");
  instance->pooler = dusq_params_int(params, "pgbouncer") != 0;
  instance->reset_all = !strcmp(dusq_params_text(params, "reset"), "full");
  instance->names = !instance->pooler && dusq_params_int(params, "stmt_cache") > 0;
  bool env = dusq_params_int(params, "from_env") != 0;
  instance->left = env ? PQconndefaults() : NULL;
  const char *zone = dusq_params_text(params, "timezone"), *theirs = env ? dusq__pg_variable("PGTZ") : NULL;
  instance->zone = strdup(zone ? zone : theirs ? theirs : "UTC");
  instance->keys = calloc(MAX_PAIRS + 1, sizeof *instance->keys);
  instance->values = calloc(MAX_PAIRS + 1, sizeof *instance->values);
  if ((env && !instance->left) || !instance->zone || !instance->keys || !instance->values || !add_all(instance))
    return dusq__pg_give(error, dusq__pg_nomem());
  instance->hosts = count_hosts(instance);
  instance->their_timeout = their_timeout(instance);
  dusq_error *why = check(instance);
  PQconninfoFree(instance->left); /* among it a password */
  instance->left = NULL;
  return why ? dusq__pg_give(error, why) : DUSQ_OK;
}

static void wipe(char *text)
{
  for (volatile char *at = text; *at; at++)
    *at = '\0';
}

void dusq__pg_params_fini(dusq__pg *instance)
{
  for (size_t i = 0; i < instance->npairs; i++) {
    char *value = (char *)(uintptr_t)instance->values[i];
    if (strstr(instance->keys[i], "password"))
      wipe(value);
    free(value);
  }
  free(instance->keys);
  free(instance->values);
  free(instance->zone);
  PQconninfoFree(instance->left);
}
