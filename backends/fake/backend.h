/* backend.h - the table of the scripted backend, for the core's list of backends.  Users see <dusq/fake.h>. */
#ifndef DUSQ_FAKE_BACKEND_H
#define DUSQ_FAKE_BACKEND_H
#include <dusq/backend.h>

extern const dusq_backend dusq__fake_backend;

#endif
