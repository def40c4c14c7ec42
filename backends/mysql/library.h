/* library.h - the client library as a whole, and its state of each thread.
 *
 * It is initialised once in the process and never ended: nobody can know who else uses it.  Both clients set SIGPIPE to
 * be ignored when they are initialised.  That is undone: the threads that use them have it blocked.                  */
#ifndef DUSQ_MYSQL_LIBRARY_H
#define DUSQ_MYSQL_LIBRARY_H
#include <dusq/backend.h>

/* Any thread, any number of times.  NULL, or an owned error: it is not the library that dusq was compiled for. */
dusq_error *dusq__my_library_init(void);

/* The slots of the backend table. */
dusq_status dusq__my_library_enter_thread(void *instance, dusq_error **error);
void dusq__my_library_leave_thread(void *instance);

#endif
