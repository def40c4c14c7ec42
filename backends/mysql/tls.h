/* tls.h - the option sslmode: what it demands, and whether a connection fulfils it.  Any thread; no state. */
#ifndef DUSQ_MYSQL_TLS_H
#define DUSQ_MYSQL_TLS_H
#include "client.h"
#include "options.h"

/* These three give NULL, or an owned error. */
/* When the pool opens: the client library cannot do what the options demand. */
dusq_error *dusq__my_tls_check(const dusq__my_options *options);
/* Before each connect, because a program may set variables of the environment at any time: what the mode demands would
 * not be done.                                                                                                       */
dusq_error *dusq__my_tls_check_host(const dusq__my_options *options, const dusq__my_host *host);
/* After the connect: what the mode demands was not done. */
dusq_error *dusq__my_tls_check_connected(const dusq__my_options *options, const dusq__my_host *host, MYSQL *mysql);

/* Sets the options of a handle; false when memory is short. */
bool dusq__my_tls_set(const dusq__my_options *options, const dusq__my_host *host, MYSQL *mysql);

#endif
