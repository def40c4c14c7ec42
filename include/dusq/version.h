/* version.h - the version against which the program was compiled, and the version that is loaded.
 *
 * The two may differ: a program compiled against 0.1 may run with 0.2.  Each feature that was added after 0.1 has a
 * macro DUSQ_HAS_<feature>, so that a source file can test for the feature instead of comparing versions.            */
#ifndef DUSQ_VERSION_H
#define DUSQ_VERSION_H
#include <dusq/macros.h>
#include <stdint.h>

DUSQ_BEGIN_DECLS

#define DUSQ_VERSION_MAJOR 0
#define DUSQ_VERSION_MINOR 1
#define DUSQ_VERSION_PATCH 0
#define DUSQ_VERSION_STRING "0.1.0"
/* One number that grows with every release. */
#define DUSQ_VERSION ((DUSQ_VERSION_MAJOR << 16) | (DUSQ_VERSION_MINOR << 8) | DUSQ_VERSION_PATCH)

/* Backends that the headers know; dusq_has_backend() tells whether the loaded library contains one. */
#define DUSQ_HAS_FAKE 1       /* <dusq/fake.h>                              */
#define DUSQ_HAS_SQLITE 1     /* URIs that begin "sqlite:"                  */
#define DUSQ_HAS_POSTGRESQL 1 /* URIs that begin "postgresql:"              */
#define DUSQ_HAS_MYSQL 1      /* URIs that begin "mysql:" and "mariadb:"    */

/* The version of the library that is loaded, in the form of DUSQ_VERSION.  Any thread. */
DUSQ_API uint32_t dusq_version(void);

/* The same as text, "0.1.0".  Static; never NULL.  Any thread. */
DUSQ_API const char *dusq_version_string(void);

DUSQ_END_DECLS
#endif
