/* config.c - options: those of the core, those that a config collects, and how both become the params of a pool. */
#include "setup/config.h"
#include "base/alloc.h"
#include "data/error.h"
#include "data/option.h"
#include "data/uri.h"
#include "setup/familiar.h"
#include "setup/registry.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct dusq_config {
  char *uri; /* as given by the caller: may hold a password */
  dusq__pair *pairs;
  size_t n;
  dusq__log log;
  bool has_log;
  dusq_error *error;
};

/* The target of a connection: the parts of a URI, which can also be set by key. */
static const dusq_option target_options[] = {
    {"user", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},     {"password", DUSQ_OPTION_SECRET, NULL, NULL, 0, 0},
    {"host", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},     {"port", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0},
    {"database", DUSQ_OPTION_TEXT, NULL, NULL, 0, 0}, {NULL, 0, NULL, NULL, 0, 0},
};

static const dusq_option core_options[] = {
    {"pool_size", DUSQ_OPTION_INT, NULL, NULL, 1, 4096},
    {"min_connections", DUSQ_OPTION_INT, "0", NULL, 0, 4096},
    {"queue_limit", DUSQ_OPTION_INT, "65536", NULL, 1, INT32_MAX},
    {"queue_timeout", DUSQ_OPTION_DURATION, "30s", NULL, 0, 0},
    {"connect_timeout", DUSQ_OPTION_DURATION, "10s", NULL, 0, 0},
    {"query_timeout", DUSQ_OPTION_DURATION, "none", NULL, 0, 0},
    {"cancel_grace", DUSQ_OPTION_DURATION, "250ms", NULL, 0, 0},
    {"idle_timeout", DUSQ_OPTION_DURATION, "10min", NULL, 0, 0},
    {"max_lifetime", DUSQ_OPTION_DURATION, "30min", NULL, 0, 0},
    {"stmt_cache", DUSQ_OPTION_INT, "256", NULL, 0, 1000000},
    {"batch", DUSQ_OPTION_BOOL, "on", NULL, 0, 0},
    {"batch_max", DUSQ_OPTION_INT, "64", NULL, 1, 4096},
    {"batch_min", DUSQ_OPTION_INT, "2", NULL, 1, 4096},
    {"reset", DUSQ_OPTION_CHOICE, "rollback", "none|rollback|full", 0, 0},
    {"max_result_bytes", DUSQ_OPTION_SIZE, "1GiB", NULL, 0, 0},
    {"stack_size", DUSQ_OPTION_SIZE, "1MiB", NULL, 524288, 1 << 30},
    {"name", DUSQ_OPTION_TEXT, "dusq", NULL, 0, 0},
    {NULL, 0, NULL, NULL, 0, 0},
};

/* ---- collecting options ------------------------------------------------------------------------------------------ */

dusq_config *dusq_config_new(const char *uri)
{
  dusq_config *config = dusq__zalloc(sizeof *config);
  if (!config)
    return NULL;
  config->uri = dusq__strdup(uri ? uri : "");
  if (!config->uri) {
    dusq__free(config);
    return NULL;
  }
  return config;
}

static void free_pairs(dusq__pair *pairs, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    dusq__free(pairs[i].key);
    dusq__free_secret(pairs[i].value);
  }
  dusq__free(pairs);
}

void dusq_config_free(dusq_config *config)
{
  if (!config)
    return;
  dusq__free_secret(config->uri);
  free_pairs(config->pairs, config->n);
  dusq_error_unref(config->error);
  dusq__free(config);
}

static const dusq_option *find_option(const dusq_backend *backend, const char *key)
{
  const dusq_option *option = dusq__option_find(core_options, key);
  if (!option)
    option = dusq__option_find(target_options, key);
  if (!option && backend)
    option = dusq__option_find(backend->options, key);
  return option;
}

static dusq_status fail_config(dusq_config *config, dusq_error *take_error)
{
  dusq_status status = dusq_error_status(take_error);
  if (config->error)
    dusq_error_unref(take_error);
  else
    config->error = take_error;
  return status;
}

static dusq_status add_pair(dusq_config *config, const char *key, const char *value)
{
  dusq__pair *pairs = dusq__realloc_array(config->pairs, config->n + 1, sizeof *pairs);
  if (!pairs)
    return DUSQ_E_NOMEM;
  config->pairs = pairs;
  dusq__pair pair = {dusq__strdup(key), dusq__strdup(value)};
  if (!pair.key || !pair.value) {
    dusq__free(pair.key);
    dusq__free_secret(pair.value);
    return DUSQ_E_NOMEM;
  }
  pairs[config->n++] = pair;
  return DUSQ_OK;
}

/* The backend whose options the keys are, by the URI's scheme, as far as it is known now. */
static const dusq_backend *backend_of(const char *uri)
{
  char scheme[32];
  size_t len = strcspn(uri, ":+");
  if (!uri[len] || len >= sizeof scheme)
    return NULL;
  for (size_t i = 0; i < len; i++)
    scheme[i] = (char)(uri[i] >= 'A' && uri[i] <= 'Z' ? uri[i] + ('a' - 'A') : uri[i]);
  scheme[len] = '\0';
  return dusq__backend_find(scheme);
}

static dusq_error *unknown_key(const dusq_backend *backend, const char *key)
{
  const char *instead = dusq__familiar_key(backend, key);
  return dusq_error_new(DUSQ_E_URI, NULL, 0, "unknown option \"%.64s\"%s%s", key, instead ? "; here: " : "",
                        instead ? instead : "");
}

dusq_status dusq_config_set(dusq_config *config, const char *key, const char *value)
{
  if (!config)
    return DUSQ_E_NOMEM;
  if (!key || !value)
    return fail_config(config, dusq_error_new(DUSQ_E_INVAL, NULL, 0, "an option needs a key and a value"));
  const dusq_backend *backend = backend_of(config->uri);
  const dusq_option *option = find_option(backend, key);
  if (!option)
    return fail_config(config, unknown_key(backend, key));
  int64_t number;
  dusq_error *error;
  if (dusq__option_read(option, value, &number, &error))
    return fail_config(config, error);
  dusq_status status = add_pair(config, key, value);
  return status ? fail_config(config, dusq__error_static(status)) : DUSQ_OK;
}

dusq_status dusq_config_set_int(dusq_config *config, const char *key, int64_t value)
{
  char text[24];
  snprintf(text, sizeof text, "%" PRId64, value);
  return dusq_config_set(config, key, text);
}

void dusq_config_set_log(dusq_config *config, dusq_log_fn *fn, void *arg)
{
  if (!config)
    return;
  config->log = (dusq__log){fn, arg};
  config->has_log = true;
}

/* ---- reading options --------------------------------------------------------------------------------------------- */

static dusq__setting *find_setting(const dusq_params *params, const char *key)
{
  for (size_t i = 0; i < params->n; i++)
    if (!strcmp(params->settings[i].option->key, key))
      return &params->settings[i];
  return NULL;
}

static dusq_status set(dusq_params *params, const char *key, const char *value, dusq_error **error)
{
  dusq__setting *setting = find_setting(params, key);
  if (!setting)
    return dusq__error_give(error, unknown_key(params->backend, key));
  int64_t number = 0;
  dusq_status status = dusq__option_read(setting->option, value, &number, error);
  if (status)
    return status;
  char *text = dusq__strdup(value);
  if (!text)
    return dusq__error_give(error, dusq__error_static(DUSQ_E_NOMEM));
  dusq__free_secret(setting->text);
  setting->text = text;
  setting->number = number;
  return DUSQ_OK;
}

static size_t count(const dusq_option *list)
{
  size_t n = 0;
  while (list && list[n].key)
    n++;
  return n;
}

static dusq_status set_defaults(dusq_params *params, const dusq_option *list, dusq_error **error)
{
  dusq_status status = DUSQ_OK;
  for (; list && list->key && !status; list++) {
    params->settings[params->n++].option = list;
    if (list->fallback)
      status = set(params, list->key, list->fallback, error);
  }
  return status;
}

static dusq_status set_all_defaults(dusq_params *params, dusq_error **error)
{
  size_t n = count(core_options) + count(target_options) + count(params->backend->options);
  params->settings = dusq__zalloc(n * sizeof *params->settings);
  params->subsystem = dusq__strdup(params->backend->name);
  if (!params->settings || !params->subsystem)
    return dusq__error_give(error, dusq__error_static(DUSQ_E_NOMEM));
  char workers[24];
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  snprintf(workers, sizeof workers, "%ld", cores > 2 ? (cores > 2048 ? 4096 : 2 * cores) : 4);
  dusq_status status = set_defaults(params, core_options, error);
  if (!status)
    status = set(params, "pool_size", workers, error);
  if (!status)
    status = set_defaults(params, target_options, error);
  if (!status)
    status = set_defaults(params, params->backend->options, error);
  return status;
}

static dusq_status set_uri(dusq_params *params, const dusq__uri *uri, dusq_error **error)
{
  const dusq__pair parts[] = {{(char *)(uintptr_t)"user", uri->user},
                              {(char *)(uintptr_t)"password", uri->password},
                              {(char *)(uintptr_t)"host", uri->host},
                              {(char *)(uintptr_t)"port", uri->port},
                              {(char *)(uintptr_t)"database", uri->database}};
  dusq_status status = DUSQ_OK;
  for (size_t i = 0; i < sizeof parts / sizeof *parts && !status; i++)
    if (parts[i].value)
      status = set(params, parts[i].key, parts[i].value, error);
  for (size_t i = 0; i < uri->nquery && !status; i++) {
    status = dusq__familiar_value(params->backend, uri->query[i].key, uri->query[i].value, error);
    if (!status)
      status = set(params, uri->query[i].key, uri->query[i].value, error);
  }
  return status;
}

static dusq_status find_backend(const char *scheme, const dusq_backend **out, dusq_error **error)
{
  *out = dusq__backend_find(scheme);
  if (*out)
    return DUSQ_OK;
  if (dusq__scheme_is_known(scheme))
    return dusq__error_give(error, dusq_error_new(DUSQ_E_NOTSUP, NULL, 0,
                                                  "this build of dusq has no backend for \"%.32s\" URIs", scheme));
  return dusq__error_give(error, dusq_error_new(DUSQ_E_URI, NULL, 0, "unknown URI scheme \"%.32s\"", scheme));
}

dusq_status dusq__params_read(const dusq_config *config, dusq_params *out, dusq_error **error)
{
  *out = (dusq_params){0};
  if (!config)
    return dusq__error_give(error, dusq__error_static(DUSQ_E_NOMEM));
  if (config->error)
    return dusq__error_give(error, dusq_error_ref(config->error));
  out->log = config->has_log ? config->log : dusq__log_default();
  dusq__uri uri;
  dusq_status status = dusq__uri_parse(config->uri, &uri, error);
  if (!status)
    status = find_backend(uri.scheme, &out->backend, error);
  if (!status)
    status = set_all_defaults(out, error);
  if (!status)
    status = set_uri(out, &uri, error);
  for (size_t i = 0; i < config->n && !status; i++)
    status = set(out, config->pairs[i].key, config->pairs[i].value, error);
  dusq__uri_fini(&uri);
  return status;
}

void dusq__params_fini(dusq_params *params)
{
  for (size_t i = 0; i < params->n; i++)
    dusq__free_secret(params->settings[i].text);
  dusq__free(params->settings);
  dusq__free(params->subsystem);
  *params = (dusq_params){0};
}

const char *dusq_params_text(const dusq_params *params, const char *key)
{
  const dusq__setting *setting = find_setting(params, key);
  return setting ? setting->text : NULL;
}

int64_t dusq_params_int(const dusq_params *params, const char *key)
{
  const dusq__setting *setting = find_setting(params, key);
  return setting ? setting->number : 0;
}

void dusq_params_log(const dusq_params *params, int level, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  dusq__vlogf(params->log, level, params->subsystem, format, args);
  va_end(args);
}

const char *dusq__params_secret(const dusq_params *params)
{
  return dusq_params_text(params, "password");
}
