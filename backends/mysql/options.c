/* options.c - from a pool's options to an instance, which keeps copies.  The thread that opens the pool. */
#include "internal.h"
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

enum { DEFAULT_PORT = 3306, MAX_PORT = 65535, MAX_HOSTS = 64 };

const dusq_option dusq__my_options[] = {
    {"sslmode", DUSQ_OPTION_CHOICE, NULL, "disable|prefer|require|verify-ca|verify-full", 0, 0},
    {"sslrootcert", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"sslcert", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"sslkey", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"sslpassword", DUSQ_OPTION_SECRET, NULL, NULL, 0, 0},
    {"sslcrl", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"unix_socket", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"socket", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"charset", DUSQ_OPTION_CHOICE, "utf8mb4", "utf8mb4|utf8", 0, 0},
    {"sql_mode", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"plugin_dir", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"read_default_file", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"read_default_group", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {NULL, 0, NULL, NULL, 0, 0},
};

static dusq_error *wrong(const char *key, const char *what)
{
  return dusq_error_new(DUSQ_E_URI, NULL, 0, "%s: %s", key, what);
}

/* ---- texts --------------------------------------------------------------------------------------------------------- */

/* False when memory is short. */
static bool copy(char **to, const char *text)
{
  *to = text ? strdup(text) : NULL;
  return *to || !text;
}

static void wipe(char *text)
{
  for (volatile char *at = text; at && *at; at++)
    *at = '\0';
  free(text);
}

/* As the clients: the name of who runs the program.  They would ask a function that other threads must not call. */
static bool copy_user(dusq__my *instance, const char *user)
{
  char room[1024];
  struct passwd entry, *found = NULL;
  if (!user && !getpwuid_r(geteuid(), &entry, room, sizeof room, &found) && found)
    user = found->pw_name;
  return copy(&instance->user, user ? user : "");
}

static bool copy_texts(dusq__my *instance, const dusq_params *params)
{
  const struct {
    char **to;
    const char *key;
  } all[] = {
      {&instance->password, "password"}, {&instance->database, "database"}, {&instance->sql_mode, "sql_mode"},
      {&instance->plugin_dir, "plugin_dir"}, {&instance->file, "read_default_file"},
      {&instance->group, "read_default_group"}, {&instance->ca, "sslrootcert"}, {&instance->cert, "sslcert"},
      {&instance->key, "sslkey"}, {&instance->key_password, "sslpassword"}, {&instance->crl, "sslcrl"},
  };
  bool good = copy_user(instance, dusq_params_text(params, "user"));
  for (size_t i = 0; i < sizeof all / sizeof *all && good; i++)
    good = copy(all[i].to, dusq_params_text(params, all[i].key));
  return good;
}

/* ---- hosts --------------------------------------------------------------------------------------------------------- */

static size_t count_items(const char *list)
{
  size_t n = 1;
  for (; *list; list++)
    n += *list == ',';
  return n;
}

/* Takes an item out of a list that commas separate. */
static char *take_item(const char **rest)
{
  size_t len = strcspn(*rest, ",");
  char *item = strndup(*rest, len);
  *rest += len + ((*rest)[len] == ',');
  return item;
}

/* Connector/C reads more into a name than a name: lists, and URIs of other handlers. */
static bool is_name(const char *name)
{
  return *name && !strpbrk(name, ",;=/\\ ") && !strstr(name, "://");
}

static dusq_error *read_port(const char *text, unsigned *port)
{
  char *end;
  unsigned long number = *text ? strtoul(text, &end, 10) : DEFAULT_PORT;
  if (*text && (*end || *text < '0' || *text > '9' || number < 1 || number > MAX_PORT))
    return wrong("port", "not a number from 1 to 65535");
  *port = (unsigned)number;
  return NULL;
}

static dusq_error *read_host(dusq__my_host *host, const char **names, const char **ports, bool one_port)
{
  host->guard.fd = -1;
  char *name = take_item(names);
  const char *from = *ports;
  char *port = take_item(one_port ? &from : ports);
  dusq_error *error = name && port ? read_port(port, &host->port) : dusq__my_nomem();
  free(port);
  if (error) {
    free(name);
    return error;
  }
  if (*name == '/') {
    host->path = name;
    return NULL;
  }
  host->name = name;
  return is_name(name) ? NULL : wrong("host", "not the name or address of a host");
}

static dusq_error *read_hosts(dusq__my *instance, const dusq_params *params)
{
  const char *path = dusq_params_text(params, "unix_socket");
  if (!path || !*path)
    path = dusq_params_text(params, "socket");
  if (path && *path && *path != '/')
    return wrong("unix_socket", "not an absolute path");
  const char *names = dusq_params_text(params, "host"), *ports = dusq_params_text(params, "port");
  if (path && *path)
    names = path;
  names = names && *names ? names : "localhost";
  ports = ports ? ports : "";
  size_t n = path && *path ? 1 : count_items(names), nports = count_items(ports);
  if (n > MAX_HOSTS)
    return wrong("host", "too many hosts");
  if (nports > 1 && nports != n && !(path && *path))
    return wrong("port", "as many ports as hosts are needed, or one");
  instance->hosts = calloc(n, sizeof *instance->hosts);
  if (!instance->hosts)
    return dusq__my_nomem();
  instance->nhosts = n;
  dusq_error *error = NULL;
  for (size_t i = 0; i < n && !error; i++)
    error = read_host(&instance->hosts[i], &names, &ports, nports == 1);
  return error;
}

/* ---- all of it ----------------------------------------------------------------------------------------------------- */

static bool is_plain_list(const char *text)
{
  for (; *text; text++)
    if (!((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || *text == '_' || *text == ','))
      return false;
  return true;
}

dusq_error *dusq__my_read_options(dusq__my *instance, const dusq_params *params)
{
  instance->cancel_grace = dusq_params_int(params, "cancel_grace");
  instance->drain_grace = dusq_params_int(params, "connect_timeout");
  if (instance->drain_grace < instance->cancel_grace)
    instance->drain_grace = instance->cancel_grace;
  instance->reset_all = !strcmp(dusq_params_text(params, "reset"), "full");
  if (!copy_texts(instance, params))
    return dusq__my_nomem();
  if (instance->sql_mode && !is_plain_list(instance->sql_mode))
    return wrong("sql_mode", "not a list of names");
  return read_hosts(instance, params);
}

void dusq__my_free_options(dusq__my *instance)
{
  for (size_t i = 0; i < instance->nhosts; i++) {
    free(instance->hosts[i].name);
    free(instance->hosts[i].path);
  }
  free(instance->hosts);
  wipe(instance->password);
  wipe(instance->key_password);
  free(instance->user);
  free(instance->database);
  free(instance->sql_mode);
  free(instance->plugin_dir);
  free(instance->file);
  free(instance->group);
  free(instance->ca);
  free(instance->cert);
  free(instance->key);
  free(instance->crl);
}
