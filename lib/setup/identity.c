/* identity.c - see identity.h. */
#include "setup/identity.h"
#include <stdio.h>
#include <string.h>

static const char *const keys[DUSQ__IDENTITY_KEYS] = {"product", "server_version", "client", "client_version"};

dusq_status dusq__identity_init(dusq__identity *identity)
{
  memset(identity->texts, 0, sizeof identity->texts);
  return pthread_mutex_init(&identity->mtx, NULL) ? DUSQ_E_RESOURCE : DUSQ_OK;
}

void dusq__identity_fini(dusq__identity *identity)
{
  pthread_mutex_destroy(&identity->mtx);
}

void dusq__identity_note(dusq__identity *identity, const dusq_backend *backend, void *conn)
{
  char texts[DUSQ__IDENTITY_KEYS][DUSQ__IDENTITY_SIZE] = {{0}};
  if (!backend->info)
    return;
  for (size_t i = 0; i < DUSQ__IDENTITY_KEYS; i++) {
    const char *text = backend->info(conn, keys[i]);
    snprintf(texts[i], sizeof texts[i], "%s", text ? text : "");
  }
  pthread_mutex_lock(&identity->mtx);
  memcpy(identity->texts, texts, sizeof texts);
  pthread_mutex_unlock(&identity->mtx);
}

size_t dusq__identity_get(dusq__identity *identity, const char *key, char *out, size_t size)
{
  size_t len = SIZE_MAX;
  for (size_t i = 0; i < DUSQ__IDENTITY_KEYS; i++)
    if (!strcmp(key, keys[i])) {
      pthread_mutex_lock(&identity->mtx);
      len = (size_t)snprintf(out, size, "%s", identity->texts[i]);
      pthread_mutex_unlock(&identity->mtx);
    }
  return len;
}
