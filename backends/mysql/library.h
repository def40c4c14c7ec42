/* library.h - initialising the client library, and its state per thread.
 *
 * It is initialised once per process and never ended, because other code may use it, too.  Both libraries ignore
 * SIGPIPE when they are initialised.  That is undone: the threads that use them block SIGPIPE.                       */
#ifndef DUSQ_MYSQL_LIBRARY_H
#define DUSQ_MYSQL_LIBRARY_H
#include <dusq/backend.h>

/* Any thread, any number of times.  NULL, or an owned error: the loaded library is not the one dusq was compiled for. */
dusq_error *dusq__my_library_init(void);

/* The slots of the backend table. */
dusq_status dusq__my_library_enter_thread(void *instance, dusq_error **error);
void dusq__my_library_leave_thread(void *instance);

#endif
