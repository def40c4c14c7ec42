/* tls.c - the option sslmode over two client libraries.
 *
 * Connector/C cannot require encryption without verification: with MYSQL_OPT_SSL_ENFORCE alone it falls back to plain
 * text if the server offers no TLS, and sends a password in clear text to any server that asks for it.  So `require` is
 * refused there.  If the peer is not verified, only authentication methods are allowed that reveal nothing.  Unix
 * sockets have no TLS; the kernel protects them.
 *
 * Connector/C verifies less than it is told to in some cases, which are handled here:
 * - From 3.4 on it does not compare the name in the certificate if the host is exactly 127.0.0.1 or ::1.  That is
 *   checked here.
 * - Without a file of authorities it accepts a server that knows the hash of the password.  So a file is required.
 * - A variable of the environment switches all verification off.  So it must not be set.
 * - A line of an option file does so, too.  So the effective setting is read after the connect.                      */
#if defined(__linux__)
#define _GNU_SOURCE /* RTLD_DEFAULT */
#endif
#include "tls.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if DUSQ_MYSQL_CONNECTOR_C
/* ---- certificates of local servers ------------------------------------------------------------------------------- */

static unsigned long minor_version(void)
{
  const char *info = mysql_get_client_info();
  return info && !strncmp(info, "3.", 2) ? strtoul(info + 2, NULL, 10) : 0;
}

/* Whether the library does not compare the name in the certificate of this host. */
static bool is_not_compared(const dusq__my_options *options, const dusq__my_host *host)
{
  return host->name && options->tls.mode >= DUSQ__MY_VERIFY_CA && minor_version() >= 4 &&
         (!strcmp(host->name, "127.0.0.1") || !strcmp(host->name, "::1"));
}

#if MARIADB_PACKAGE_VERSION_ID >= 30402

/* The first members of the library's container, of ma_tls.h; that header includes one that is not installed. */
typedef struct container {
  void *data, *pvio, *ssl;
} container;

/* OpenSSL as loaded by the client library: dusq itself is not linked with it. */
typedef struct openssl {
  void *(*get_ex_data)(const void *ssl, int which);
  long (*get_verify_result)(const void *ssl);
  void *(*get_peer_certificate)(const void *ssl);
  int (*check_ip_asc)(void *certificate, const char *address, unsigned flags);
  void (*free_certificate)(void *certificate);
} openssl;

static bool find(void *to, const char *name)
{
  void *found = dlsym(RTLD_DEFAULT, name);
  memcpy(to, &found, sizeof found); /* ISO C has no conversion from objects to functions */
  return found != NULL;
}

static bool find_openssl(openssl *out)
{
  char *library = NULL;
  return !mariadb_get_infov(NULL, MARIADB_TLS_LIBRARY, &library) && library && !strncmp(library, "OpenSSL", 7) &&
         find(&out->get_ex_data, "SSL_get_ex_data") && find(&out->get_verify_result, "SSL_get_verify_result") &&
         (find(&out->get_peer_certificate, "SSL_get1_peer_certificate") ||
          find(&out->get_peer_certificate, "SSL_get_peer_certificate")) &&
         find(&out->check_ip_asc, "X509_check_ip_asc") && find(&out->free_certificate, "X509_free");
}

/* Replaces the library's own verification.  The handshake is over, and nothing of the login has been sent.  The session
 * has the result of the verification in the handshake: signatures and dates.  Returns 0 if all is good.              */
static int verify_local(void *arg, unsigned flags)
{
  const container *tls = arg;
  openssl lib;
  MYSQL *mysql = tls && tls->ssl && find_openssl(&lib) ? lib.get_ex_data(tls->ssl, 0) : NULL;
  (void)flags;
  if (!mysql || (void *)mysql->net.pvio != tls->pvio || !mysql->host)
    return 1;
  void *certificate = lib.get_peer_certificate(tls->ssl);
  bool trusted = certificate && !lib.get_verify_result(tls->ssl) && !mysql->net.tls_verify_status;
  bool good = trusted && lib.check_ip_asc(certificate, mysql->host, 0) == 1;
  if (certificate)
    lib.free_certificate(certificate);
  if (good)
    return 0;
  mysql->net.tls_verify_status |= MARIADB_TLS_VERIFY_ERROR; /* otherwise the library might ignore the failure */
  mysql->net.last_errno = CR_SSL_CONNECTION_ERROR;
  snprintf(mysql->net.sqlstate, sizeof mysql->net.sqlstate, "HY000");
  snprintf(mysql->net.last_error, sizeof mysql->net.last_error, "TLS/SSL error: %s", trusted ?
           "the address is not in the certificate" : "the certificate is not trusted");
  return 1;
}
#endif

/* False: this build cannot check the certificate, so the host must not be used. */
static bool set_verification(const dusq__my_options *options, const dusq__my_host *host, MYSQL *mysql)
{
  if (!is_not_compared(options, host))
    return true;
#if MARIADB_PACKAGE_VERSION_ID >= 30402
  return !mysql_optionsv(mysql, MARIADB_OPT_TLS_VERIFICATION_CALLBACK, verify_local);
#else
  (void)mysql;
  return false;
#endif
}
#endif

/* Whether the name of the host will be compared, by the library or here, as far as is known before the connect. */
static bool can_verify(const dusq__my_options *options, const dusq__my_host *host)
{
#if DUSQ_MYSQL_CONNECTOR_C
  if (!is_not_compared(options, host))
    return true;
#if MARIADB_PACKAGE_VERSION_ID >= 30402
  openssl lib;
  return minor_version() == 4 && find_openssl(&lib); /* the layout of other versions is unknown */
#else
  return false;
#endif
#else
  (void)options;
  (void)host;
  return true;
#endif
}

/* ---- the mode ---------------------------------------------------------------------------------------------------- */

dusq_error *dusq__my_tls_check_host(const dusq__my_options *options, const dusq__my_host *host)
{
  static const char variable[] = "MARIADB_TLS_DISABLE_PEER_VERIFICATION";
  if (host->path || options->tls.mode < DUSQ__MY_VERIFY_CA)
    return NULL;
  if (!can_verify(options, host))
    return dusq_error_new(DUSQ_E_CONFIG, NULL, 0,
                          "sslmode: this build of MariaDB's client library does not verify the "
                          "name of %s; use a name of the host, such as localhost",
                          host->name);
  if (!DUSQ_MYSQL_CONNECTOR_C || !getenv(variable))
    return NULL;
  return dusq_error_new(DUSQ_E_CONFIG, NULL, 0,
                        "%s is set in the environment, and would switch off what sslmode asks for: unset it", variable);
}

static const dusq__my_host *first_tcp_host(const dusq__my_options *options)
{
  for (size_t i = 0; i < options->nhosts; i++)
    if (options->hosts[i].name)
      return &options->hosts[i];
  return NULL;
}

dusq_error *dusq__my_tls_check(const dusq__my_options *options)
{
  const dusq__my_host *host = first_tcp_host(options);
  if (!host)
    return NULL;
#if DUSQ_MYSQL_CONNECTOR_C
  if (options->tls.mode == DUSQ__MY_REQUIRE)
    return dusq_error_new(DUSQ_E_CONFIG, NULL, 0,
                          "sslmode=require: MariaDB's client library cannot demand encryption "
                          "without verification; use verify-full with sslrootcert, or a build with libmysqlclient");
#endif
  if (options->tls.mode >= DUSQ__MY_VERIFY_CA && (!options->tls.ca || !*options->tls.ca))
    return dusq_error_new(DUSQ_E_CONFIG, NULL, 0, "sslmode: verification needs sslrootcert");
  return dusq__my_tls_check_host(options, host);
}

static bool set(MYSQL *mysql, enum mysql_option option, const char *text)
{
  return !text || !mysql_options(mysql, option, text);
}

#if DUSQ_MYSQL_CONNECTOR_C

static const char *methods_for(const dusq__my_options *options, const dusq__my_host *host)
{
  if (host->path)
    return "mysql_native_password,client_ed25519,parsec,caching_sha2_password,sha256_password,auth_gssapi_client";
  if (options->tls.mode >= DUSQ__MY_VERIFY_CA)
    return "mysql_native_password,client_ed25519,parsec,caching_sha2_password,sha256_password,auth_gssapi_client,"
           "mysql_clear_password,dialog";
  return "mysql_native_password,client_ed25519,parsec";
}

bool dusq__my_tls_set(const dusq__my_options *options, const dusq__my_host *host, MYSQL *mysql)
{
  bool with = !host->path && options->tls.mode != DUSQ__MY_DISABLE;
  my_bool enforce = with, verify = with && options->tls.mode >= DUSQ__MY_VERIFY_CA;
  if (mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce) ||
      mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify) ||
      !set(mysql, MARIADB_OPT_RESTRICTED_AUTH, methods_for(options, host)))
    return false;
  return !with || (set_verification(options, host, mysql) && set(mysql, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3") &&
                   set(mysql, MYSQL_OPT_SSL_CA, options->tls.ca) && set(mysql, MYSQL_OPT_SSL_CERT, options->tls.cert) &&
                   set(mysql, MYSQL_OPT_SSL_KEY, options->tls.key) && set(mysql, MYSQL_OPT_SSL_CRL, options->tls.crl) &&
                   set(mysql, MARIADB_OPT_TLS_PASSPHRASE, options->tls.key_password));
}

#else

static const unsigned modes[] = {SSL_MODE_DISABLED, SSL_MODE_PREFERRED, SSL_MODE_REQUIRED, SSL_MODE_VERIFY_CA,
                                 SSL_MODE_VERIFY_IDENTITY};

bool dusq__my_tls_set(const dusq__my_options *options, const dusq__my_host *host, MYSQL *mysql)
{
  unsigned mode = host->path ? SSL_MODE_DISABLED : modes[options->tls.mode];
  bool no = false;
  if (mysql_options(mysql, MYSQL_OPT_SSL_MODE, &mode) ||
      mysql_options(mysql, MYSQL_ENABLE_CLEARTEXT_PLUGIN, &no) ||
      mysql_options(mysql, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &no)) /* a man in the middle could send a key of his own */
    return false;
  return mode == SSL_MODE_DISABLED ||
         (set(mysql, MYSQL_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3") && set(mysql, MYSQL_OPT_SSL_CA, options->tls.ca) &&
          set(mysql, MYSQL_OPT_SSL_CERT, options->tls.cert) && set(mysql, MYSQL_OPT_SSL_KEY, options->tls.key) &&
          set(mysql, MYSQL_OPT_SSL_CRL, options->tls.crl));
}

#endif

/* True if Connector/C has ignored a failed verification, or an option file has switched it off. */
static bool was_not_verified(const dusq__my_options *options, MYSQL *mysql)
{
#if DUSQ_MYSQL_CONNECTOR_C
  my_bool verified = 0;
  if (options->tls.mode >= DUSQ__MY_VERIFY_CA &&
      (mysql_get_optionv(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verified) || !verified))
    return true;
#if MARIADB_PACKAGE_VERSION_ID >= 30402
  unsigned flags = 0;
  if (minor_version() >= 4 && (mariadb_get_infov(mysql, MARIADB_TLS_VERIFY_STATUS, &flags) || flags))
    return true;
#endif
#else
  unsigned mode = SSL_MODE_DISABLED;
  if (mysql_get_option(mysql, MYSQL_OPT_SSL_MODE, &mode) || mode < modes[options->tls.mode])
    return true;
#endif
  return false;
}

dusq_error *dusq__my_tls_check_connected(const dusq__my_options *options, const dusq__my_host *host, MYSQL *mysql)
{
  if (host->path || options->tls.mode < DUSQ__MY_REQUIRE)
    return NULL;
  if (!mysql_get_ssl_cipher(mysql))
    return dusq_error_new(DUSQ_E_TLS, NULL, 0, "the connection is not encrypted");
  if (was_not_verified(options, mysql))
    return dusq_error_new(DUSQ_E_TLS, NULL, 0, "the certificate of %s:%u was not verified", host->name, host->port);
  return NULL;
}
