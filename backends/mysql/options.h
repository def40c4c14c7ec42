/* options.h - the options of a pool, as an instance keeps them.
 *
 * They are copies, because a thread of the instance may outlive the originals.  The thread that opens the pool writes
 * them once; they are constant from then on.                                                                         */
#ifndef DUSQ_MYSQL_OPTIONS_H
#define DUSQ_MYSQL_OPTIONS_H
#include <dusq/backend.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct dusq__my_host {
  char *name;    /* NULL if there is a path */
  unsigned port;
  char *path;    /* of a Unix socket        */
} dusq__my_host;

/* In the order of the choices of the option sslmode. */
typedef enum {
  DUSQ__MY_DISABLE = 0, DUSQ__MY_PREFER, DUSQ__MY_REQUIRE, DUSQ__MY_VERIFY_CA, DUSQ__MY_VERIFY_FULL
} dusq__my_sslmode;

typedef struct dusq__my_tls_options {
  dusq__my_sslmode mode;
  char *ca, *cert, *key, *key_password, *crl; /* paths of files, except the password; NULL: none */
} dusq__my_tls_options;

typedef struct dusq__my_options {
  dusq__my_host *hosts;
  size_t nhosts;
  char *user, *password; /* of the URI; NULL: the option file's           */
  char *default_user;    /* where the file has none, either               */
  char *database, *sql_mode, *plugin_dir;
  char *file, *group;   /* read_default_file, read_default_group       */
  dusq__my_tls_options tls;
  int64_t cancel_grace; /* ns; DUSQ_FOREVER                            */
  int64_t slow_grace;   /* ns: the grace when stopping may take longer */
  bool reset_full;      /* reset=full                                  */
  bool read_write;      /* target_session_attrs=read-write             */
} dusq__my_options;

/* The options of this backend, besides the core's. */
extern const dusq_option dusq__my_option_table[];

/* NULL, or an owned error.  `options` must be zeroed; dusq__my_options_fini is needed in both cases. */
dusq_error *dusq__my_options_read(dusq__my_options *options, const dusq_params *params);
void dusq__my_options_fini(dusq__my_options *options);

#endif
