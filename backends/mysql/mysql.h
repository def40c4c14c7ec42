/* mysql.h - the backend for MySQL and MariaDB, as the core's registry sees it.  See <dusq/backend.h>. */
#ifndef DUSQ_MYSQL_H
#define DUSQ_MYSQL_H
#include <dusq/backend.h>

extern const dusq_backend dusq__mysql_backend;

#endif
