/* client.h - the client library: MariaDB Connector/C or Oracle's libmysqlclient.
 *
 * They have the same functions, but different types, structures and option numbers.  So code that was compiled with the
 * headers of one must not run with the other; see dusq__my_library_init.  This file hides all differences that matter. */
#ifndef DUSQ_MYSQL_CLIENT_H
#define DUSQ_MYSQL_CLIENT_H
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <mysql.h>

#include <errmsg.h>

#if defined MARIADB_BASE_VERSION || defined MARIADB_PACKAGE_VERSION
#define DUSQ_MYSQL_CONNECTOR_C 1
typedef my_bool dusq__my_bool;
#else
#define DUSQ_MYSQL_CONNECTOR_C 0
typedef bool dusq__my_bool;
#if MYSQL_VERSION_ID < 80000
#error "dusq needs libmysqlclient 8.0 or later, or MariaDB Connector/C"
#endif
#endif

/* Types that a server may send even if the header lacks them. */
enum { DUSQ__MY_TYPE_VECTOR = 242, DUSQ__MY_TYPE_JSON = 245 };

/* Whether the library reads cells of this type in the binary protocol.  Connector/C takes them for malformed packets. */
static inline bool dusq__my_reads_binary(unsigned type)
{
#if DUSQ_MYSQL_CONNECTOR_C || MYSQL_VERSION_ID < 90000
  return type != DUSQ__MY_TYPE_VECTOR;
#else
  (void)type;
  return true;
#endif
}

static inline int dusq__my_socket(MYSQL *mysql)
{
#if DUSQ_MYSQL_CONNECTOR_C
  return (int)mysql_get_socket(mysql);
#else
  return (int)mysql->net.fd;
#endif
}

/* mysql_real_connect that returns by `deadline` (CLOCK_MONOTONIC ns, measured by `now`); true when it has connected.
 * Connector/C applies its timeout to each step of the login; libmysqlclient only to the first step, so its non-blocking
 * form is used here step by step.                                                                                    */
static inline bool dusq__my_real_connect(MYSQL *mysql, const char *host, const char *user, const char *password,
                                         const char *database, unsigned port, const char *path, unsigned long flags,
                                         int64_t deadline, int64_t (*now)(void))
{
#if DUSQ_MYSQL_CONNECTOR_C
  (void)deadline;
  (void)now;
  return mysql_real_connect(mysql, host, user, password, database, port, path, flags) != NULL;
#else
  enum { LOOK_AGAIN = 2 /* ms: the library does not tell whether it waits for reading or writing */ };
  enum net_async_status status;
  while ((status = mysql_real_connect_nonblocking(mysql, host, user, password, database, port, path, flags)) ==
         NET_ASYNC_NOT_READY) {
    struct pollfd socket = {.fd = mysql->net.fd, .events = POLLIN};
    (void)poll(&socket, socket.fd >= 0, LOOK_AGAIN);
    if (now() >= deadline && socket.fd >= 0)
      shutdown(socket.fd, SHUT_RDWR);
  }
  return status == NET_ASYNC_COMPLETE;
#endif
}

/* The columns of an executed statement; NULL when memory is short.  *to_free goes to mysql_free_result, which accepts
 * NULL.                                                                                                              */
static inline MYSQL_FIELD *dusq__my_fields(MYSQL_STMT *stmt, MYSQL_RES **to_free)
{
#if DUSQ_MYSQL_CONNECTOR_C
  *to_free = NULL;
  return mariadb_stmt_fetch_fields(stmt);
#else
  *to_free = mysql_stmt_result_metadata(stmt);
  return *to_free ? mysql_fetch_fields(*to_free) : NULL;
#endif
}

/* Whether MariaDB reports this type or format ("uuid", "json") for a column; these have no type number of their own. */
static inline bool dusq__my_is_named(const MYSQL_FIELD *field, const char *name, size_t len)
{
#if DUSQ_MYSQL_CONNECTOR_C && defined MARIADB_FIELD_ATTR_LAST
  for (int which = 0; which <= MARIADB_FIELD_ATTR_LAST; which++) {
    MARIADB_CONST_STRING text = {NULL, 0};
    if (!mariadb_field_attr(&text, field, (enum mariadb_field_attr_t)which) && text.length == len && text.str &&
        !memcmp(text.str, name, len))
      return true;
  }
#else
  (void)field;
  (void)name;
  (void)len;
#endif
  return false;
}

/* Whether the packet at the end of a statement's rows, which was just read, says that the session has changed.
 * Connector/C does not read the flags of that packet.                                                                */
static inline bool dusq__my_rows_changed(MYSQL *mysql)
{
  unsigned status = mysql->server_status;
#if DUSQ_MYSQL_CONNECTOR_C
  const unsigned char *packet = mysql->net.read_pos;
  if (packet && packet[0] == 254) /* two bytes of warnings, two bytes of flags */
    status = packet[3] | (unsigned)packet[4] << 8;
#endif
  return (status & SERVER_SESSION_STATE_CHANGED) != 0;
}

/* Whether one execution can have many rows of values. */
static inline bool dusq__my_has_bulk(MYSQL *mysql)
{
#if DUSQ_MYSQL_CONNECTOR_C
  unsigned long more = 0;
  return !(mysql->server_capabilities & CLIENT_MYSQL) &&
         !mariadb_get_info(mysql, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &more) &&
         more & (unsigned long)(MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32);
#else
  (void)mysql;
  return false;
#endif
}

#endif
