/* library.c - initialising the client library. */
#include "library.h"
#include "client.h"
#include "error.h"
#include <pthread.h>
#include <signal.h>

static int library_status;

static void init_library(void)
{
  struct sigaction before;
  bool known = !sigaction(SIGPIPE, NULL, &before);
  library_status = mysql_library_init(0, NULL, NULL);
  if (known)
    sigaction(SIGPIPE, &before, NULL);
}

/* Whether the loaded library is the one whose headers were compiled in: structures and options differ. */
static dusq_error *check_client(void)
{
  const char *info = mysql_get_client_info();
  unsigned long version = mysql_get_client_version();
#if DUSQ_MYSQL_CONNECTOR_C
  /* Connector/C's own version is 3.x; its mysql_get_client_version is that of a server */
  bool same = info && info[0] == '3' && info[1] == '.';
  (void)version;
#else
  bool same = info && version / 100 == MYSQL_VERSION_ID / 100;
#endif
  if (same)
    return NULL;
  return dusq_error_new(DUSQ_E_CONFIG, NULL, 0, "the client library that is loaded (%s) is not the one that dusq was "
                        "compiled for", info ? info : "?");
}

dusq_error *dusq__my_library_init(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  dusq_error *error = check_client();
  if (error)
    return error;
  pthread_once(&once, init_library);
  if (library_status)
    return dusq_error_new(DUSQ_E_CONFIG, NULL, library_status, "the MySQL client library could not be initialised");
  return NULL;
}

dusq_status dusq__my_library_enter_thread(void *instance, dusq_error **error)
{
  (void)instance;
  if (!mysql_thread_init())
    return DUSQ_OK;
  return dusq__my_return_error(error, dusq__my_nomem());
}

void dusq__my_library_leave_thread(void *instance)
{
  (void)instance;
  mysql_thread_end();
}
