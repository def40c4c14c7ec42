/* identity.h - what a pool knows of its server and of the client library: texts that a new connection brings.
 *
 * Each connect writes them, since the server may have changed; any thread reads.  All members are guarded by mtx.    */
#ifndef DUSQ_SETUP_IDENTITY_H
#define DUSQ_SETUP_IDENTITY_H
#include <dusq/backend.h>
#include <pthread.h>

enum { DUSQ__IDENTITY_KEYS = 4, DUSQ__IDENTITY_SIZE = 128 /* with the NUL; what is longer is cut */ };

typedef struct dusq__identity {
  pthread_mutex_t mtx;
  char texts[DUSQ__IDENTITY_KEYS][DUSQ__IDENTITY_SIZE];
} dusq__identity;

dusq_status dusq__identity_init(dusq__identity *identity);
void dusq__identity_fini(dusq__identity *identity);
/* Asks a connection that has just been made.  The worker's thread. */
void dusq__identity_note(dusq__identity *identity, const dusq_backend *backend, void *conn);
/* Copies the text of a key, like snprintf; SIZE_MAX: there is no such key. */
size_t dusq__identity_get(dusq__identity *identity, const char *key, char *out, size_t size);

#endif
