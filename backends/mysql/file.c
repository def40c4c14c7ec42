/* file.c - see file.h. */
#include "file.h"
#include "error.h"
#include <stdlib.h>

/* The libraries read the files when they connect, and the lines override what was set: a line could switch off the
 * verification that the URI asks for.  So a first connect, to "/", is made to fail; all options are set after it.  A
 * file may demand TCP: nothing listens on port 1.                                                                    */
bool dusq__my_file_read(const dusq__my_options *options, MYSQL *mysql)
{
  unsigned by_socket = MYSQL_PROTOCOL_SOCKET;
  if (!options->file && !options->group)
    return true;
  if (options->file && mysql_options(mysql, MYSQL_READ_DEFAULT_FILE, options->file))
    return false;
  if (options->group && mysql_options(mysql, MYSQL_READ_DEFAULT_GROUP, options->group))
    return false;
  return !mysql_options(mysql, MYSQL_OPT_PROTOCOL, &by_socket) &&
         !mysql_real_connect(mysql, "localhost", "", "", NULL, 1, "/", CLIENT_REMEMBER_OPTIONS);
}

static bool copy(char **to, const char *text)
{
  *to = text && *text ? strdup(text) : NULL;
  return *to || !text || !*text;
}

/* As in the client libraries, a socket counts for localhost only, and not if the file demands TCP. */
static bool take(const MYSQL *mysql, dusq__my_file *out)
{
  const char *host = mysql->options.host;
  bool local = !host || !*host || !strcmp(host, "localhost");
  bool by_path = local && mysql->options.protocol != MYSQL_PROTOCOL_TCP;
  out->port = mysql->options.port;
  return copy(&out->host, host) && copy(&out->database, mysql->options.db) &&
         copy(&out->path, by_path ? mysql->options.unix_socket : NULL);
}

dusq_error *dusq__my_file_open(const dusq__my_options *options, dusq__my_file *out)
{
  *out = (dusq__my_file){0};
  if (!options->file && !options->group)
    return NULL;
  MYSQL *mysql = mysql_init(NULL);
  bool good = mysql && dusq__my_file_read(options, mysql) && take(mysql, out);
  if (mysql)
    mysql_close(mysql);
  return good ? NULL : dusq__my_nomem();
}

void dusq__my_file_fini(dusq__my_file *file)
{
  free(file->host);
  free(file->path);
  free(file->database);
}
