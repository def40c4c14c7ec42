/* tls.h - the option sslmode: what it demands, and whether a connection meets it.  Any thread; no state. */
#ifndef DUSQ_MYSQL_TLS_H
#define DUSQ_MYSQL_TLS_H
#include "client.h"
#include "options.h"

/* The next three return NULL, or an owned error. */
/* When the pool opens: whether the client library can do what the options demand. */
dusq_error *dusq__my_tls_check(const dusq__my_options *options);
/* Before each connect, because a program may set variables of the environment at any time: whether the mode's demands
 * can be met.                                                                                                        */
dusq_error *dusq__my_tls_check_host(const dusq__my_options *options, const dusq__my_host *host);
/* After the connect: whether the mode's demands were met. */
dusq_error *dusq__my_tls_check_connected(const dusq__my_options *options, const dusq__my_host *host, MYSQL *mysql);

/* Sets the options of a handle; false when memory is short. */
bool dusq__my_tls_set(const dusq__my_options *options, const dusq__my_host *host, MYSQL *mysql);

#endif
