/* login.h - connecting to one host and logging in.  The thread that will use the handle; no state. */
#ifndef DUSQ_MYSQL_LOGIN_H
#define DUSQ_MYSQL_LOGIN_H
#include "client.h"
#include "options.h"

/* Logs in by the deadline (CLOCK_MONOTONIC ns; INT64_MAX: no limit).  NULL, or an owned error; *out, set only on
 * success, belongs to the caller.                                                                                    */
dusq_error *dusq__my_login(const dusq__my_options *options, const dusq__my_host *host, int64_t deadline, MYSQL **out);
/* An owned duplicate of the handle's socket, or -1. */
int dusq__my_login_socket(MYSQL *mysql);

#endif
