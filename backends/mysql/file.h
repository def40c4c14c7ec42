/* file.h - option files: read_default_file and read_default_group.
 *
 * The client library reads them, so they mean what they mean to its other programs; what the URI says takes precedence.
 * Host, port, socket and database are read once, when the pool is opened, because the kills must reach the same server;
 * the user and the password at each connect, so that both may be replaced in the file while the pool is open.         */
#ifndef DUSQ_MYSQL_FILE_H
#define DUSQ_MYSQL_FILE_H
#include "client.h"
#include "options.h"

typedef struct dusq__my_file {
  char *host, *path, *database; /* owned; NULL: not in the file */
  unsigned port;                /* 0: not in the file           */
} dusq__my_file;

/* Lets the library read the files that the options name, if any, into the handle.  Nothing is sent.  False when memory
 * is short.                                                                                                          */
bool dusq__my_file_read(const dusq__my_options *options, MYSQL *mysql);
/* NULL, or an owned error.  All members are NULL or 0 if no file is named. */
dusq_error *dusq__my_file_open(const dusq__my_options *options, dusq__my_file *out);
void dusq__my_file_fini(dusq__my_file *file);

#endif
