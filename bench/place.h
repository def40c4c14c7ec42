/* place.h - a server with the two tables in it, dusq's pool and the connections of those that do it by hand. */
#ifndef BENCH_PLACE_H
#define BENCH_PLACE_H
#include "bench.h"

enum { BENCH_URI_SIZE = 1024 };

typedef struct bench_server {
  const bench_driver *(*driver)(void);
  const char *name, *variable, *socket_variable; /* NULL: TCP is wanted */
  const char *suffix;                            /* of the URI          */
} bench_server;

extern const bench_server bench_server_pg, bench_server_pg_tcp, bench_server_mariadb, bench_server_mariadb_tcp,
    bench_server_mysql, bench_server_mysql_tcp;

typedef struct bench_place {
  const bench_driver *driver;
  char uri[BENCH_URI_SIZE]; /* where the tables are made and dropped */
  bool made;
  bench_crew *crew;
  dusq_pool *pool;
} bench_place;

extern const char bench_server_select[], bench_server_insert[];

/* The server's URI.  False: nobody named it, or its backend is not built in; `why` then says which, in a few words. */
bool bench_server_find(const bench_server *server, char uri[BENCH_URI_SIZE], char why[64]);
/* The same server at 127.0.0.1:port; and what the URI says of host and port.  False: it has another form. */
bool bench_uri_through(const char *uri, int port, char through[BENCH_URI_SIZE]);
bool bench_uri_address(const char *uri, char host[256], char service[16]);

/* Makes the tables at `at->uri`, and connects to `uri`.  To be left, even if it failed. */
bool bench_place_enter(bench_place *at, const bench_server *server, const char *uri, const char *options,
                       int connections);
void bench_place_leave(bench_place *at);
/* Whether it has settled well; lets go. */
bool bench_finish(dusq_future *take, const char *what);

#endif
