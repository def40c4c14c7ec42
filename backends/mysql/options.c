/* options.c - reading the options of a pool. */
#include "options.h"
#include "error.h"
#include "file.h"
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_PORT = 3306, MAX_PORT = 65535, MAX_HOSTS = 64 };

const dusq_option dusq__my_option_table[] = {
    {"sslmode", DUSQ_OPTION_CHOICE, NULL, "disable|prefer|require|verify-ca|verify-full", 0, 0},
    {"sslrootcert", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"sslcert", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"sslkey", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"sslpassword", DUSQ_OPTION_SECRET, NULL, NULL, 0, 0},
    {"sslcrl", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"target_session_attrs", DUSQ_OPTION_CHOICE, "any", "any|read-write", 0, 0},
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

/* ---- texts ------------------------------------------------------------------------------------------------------- */

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

/* The user who runs the program, as in the client libraries.  They would call a function for it that is not
 * thread-safe.                                                                                                       */
static bool copy_default_user(dusq__my_options *options)
{
  char room[1024];
  struct passwd entry, *found = NULL;
  bool known = !getpwuid_r(geteuid(), &entry, room, sizeof room, &found) && found;
  return copy(&options->default_user, known ? found->pw_name : "");
}

static bool copy_texts(dusq__my_options *options, const dusq_params *params)
{
  const struct {
    char **to;
    const char *key;
  } all[] = {
      {&options->user, "user"}, {&options->password, "password"}, {&options->database, "database"},
      {&options->sql_mode, "sql_mode"}, {&options->plugin_dir, "plugin_dir"}, {&options->file, "read_default_file"},
      {&options->group, "read_default_group"}, {&options->tls.ca, "sslrootcert"}, {&options->tls.cert, "sslcert"},
      {&options->tls.key, "sslkey"}, {&options->tls.key_password, "sslpassword"}, {&options->tls.crl, "sslcrl"},
  };
  bool good = copy_default_user(options);
  for (size_t i = 0; i < sizeof all / sizeof *all && good; i++)
    good = copy(all[i].to, dusq_params_text(params, all[i].key));
  return good;
}

/* ---- hosts ------------------------------------------------------------------------------------------------------- */

static size_t count_items(const char *list)
{
  size_t n = 1;
  for (; *list; list++)
    n += *list == ',';
  return n;
}

/* Takes the next item of a comma-separated list. */
static char *take_item(const char **rest)
{
  size_t len = strcspn(*rest, ",");
  char *item = strndup(*rest, len);
  *rest += len + ((*rest)[len] == ',');
  return item;
}

/* Connector/C interprets some names: as lists, and as URIs of its other handlers. */
static bool is_name(const char *name)
{
  return *name && !strpbrk(name, ",;=/\\ ") && !strstr(name, "://");
}

static dusq_error *read_port(const char *text, unsigned otherwise, unsigned *port)
{
  char *end;
  unsigned long number = *text ? strtoul(text, &end, 10) : otherwise;
  if (*text && (*end || *text < '0' || *text > '9' || number < 1 || number > MAX_PORT))
    return wrong("port", "not a number from 1 to 65535");
  *port = (unsigned)number;
  return NULL;
}

static dusq_error *read_host(dusq__my_host *host, const char **names, const char **ports, bool one_port,
                             unsigned default_port)
{
  char *name = take_item(names);
  const char *from = *ports;
  char *port = take_item(one_port ? &from : ports);
  dusq_error *error = name && port ? read_port(port, default_port, &host->port) : dusq__my_nomem();
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

/* The socket that the URI or, where that names no host, the file names; NULL: none. */
static const char *choose_path(const dusq_params *params, const dusq__my_file *file)
{
  const char *path = dusq_params_text(params, "unix_socket"), *host = dusq_params_text(params, "host");
  if (!path || !*path)
    path = dusq_params_text(params, "socket");
  if ((!path || !*path) && (!host || !*host))
    path = file->path;
  return path && *path ? path : NULL;
}

static const char *choose_names(const dusq_params *params, const dusq__my_file *file)
{
  const char *names = dusq_params_text(params, "host");
  names = names && *names ? names : file->host;
  return names ? names : "localhost";
}

static dusq_error *read_hosts(dusq__my_options *options, const dusq_params *params, const dusq__my_file *file)
{
  const char *path = choose_path(params, file), *ports = dusq_params_text(params, "port");
  if (path && *path != '/')
    return wrong("unix_socket", "not an absolute path");
  const char *names = path ? path : choose_names(params, file);
  ports = ports ? ports : "";
  size_t n = path ? 1 : count_items(names), nports = count_items(ports);
  if (n > MAX_HOSTS)
    return wrong("host", "too many hosts");
  if (nports > 1 && nports != n && !path)
    return wrong("port", "as many ports as hosts are needed, or one");
  options->hosts = calloc(n, sizeof *options->hosts);
  if (!options->hosts)
    return dusq__my_nomem();
  options->nhosts = n;
  dusq_error *error = NULL;
  for (size_t i = 0; i < n && !error; i++)
    error = read_host(&options->hosts[i], &names, &ports, nports == 1, file->port ? file->port : DEFAULT_PORT);
  return error;
}

/* Where the server is, and the database, as far as the URI leaves them to the file. */
static dusq_error *read_place(dusq__my_options *options, const dusq_params *params)
{
  dusq__my_file file;
  dusq_error *error = dusq__my_file_open(options, &file);
  if (!error && (!options->database || !*options->database) && file.database) {
    free(options->database);
    options->database = file.database;
    file.database = NULL;
  }
  if (!error)
    error = read_hosts(options, params, &file);
  dusq__my_file_fini(&file);
  return error;
}

/* ---- all options ------------------------------------------------------------------------------------------------- */

static bool is_list_of_names(const char *text)
{
  for (; *text; text++)
    if (!((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || *text == '_' || *text == ','))
      return false;
  return true;
}

static dusq__my_sslmode read_sslmode(const dusq_params *params, bool has_ca)
{
  if (dusq_params_text(params, "sslmode"))
    return (dusq__my_sslmode)dusq_params_int(params, "sslmode");
  return has_ca ? DUSQ__MY_VERIFY_FULL : DUSQ__MY_PREFER;
}

dusq_error *dusq__my_options_read(dusq__my_options *options, const dusq_params *params)
{
  options->cancel_grace = dusq_params_int(params, "cancel_grace");
  /* when a connection is worth waiting for, the longer of the two applies */
  options->slow_grace = dusq_params_int(params, "connect_timeout");
  if (options->slow_grace < options->cancel_grace)
    options->slow_grace = options->cancel_grace;
  options->read_write = !strcmp(dusq_params_text(params, "target_session_attrs"), "read-write");
  options->reset_full = !strcmp(dusq_params_text(params, "reset"), "full");
  if (!copy_texts(options, params))
    return dusq__my_nomem();
  options->tls.mode = read_sslmode(params, options->tls.ca != NULL);
  if (options->sql_mode && !is_list_of_names(options->sql_mode))
    return wrong("sql_mode", "not a list of names");
  return read_place(options, params);
}

void dusq__my_options_fini(dusq__my_options *options)
{
  for (size_t i = 0; i < options->nhosts; i++) {
    free(options->hosts[i].name);
    free(options->hosts[i].path);
  }
  free(options->hosts);
  wipe(options->password);
  wipe(options->tls.key_password);
  free(options->user);
  free(options->default_user);
  free(options->database);
  free(options->sql_mode);
  free(options->plugin_dir);
  free(options->file);
  free(options->group);
  free(options->tls.ca);
  free(options->tls.cert);
  free(options->tls.key);
  free(options->tls.crl);
}
