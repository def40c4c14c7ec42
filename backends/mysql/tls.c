/* tls.c - one `sslmode` over two client libraries, and what may be sent to a peer that nobody has verified.
 *
 * Connector/C has no way to demand encryption without verification: with MYSQL_OPT_SSL_ENFORCE alone it falls back to
 * plain text where the server offers no TLS, and sends a password in clear to whoever asks for it.  So `require` is
 * refused there, and wherever the peer is not verified the methods of authentication are restricted to those that give
 * nothing away.  Unix sockets have no TLS; the kernel keeps others out.                                              */
#include "internal.h"
#include <stdlib.h>

static dusq__my_tls read_mode(const dusq__my *instance, const dusq_params *params)
{
  if (dusq_params_text(params, "sslmode"))
    return (dusq__my_tls)dusq_params_int(params, "sslmode"); /* in the order of the choices */
  return instance->ca ? DUSQ__MY_VERIFY_FULL : DUSQ__MY_PREFER;
}

static bool any_by_tcp(const dusq__my *instance)
{
  for (size_t i = 0; i < instance->nhosts; i++)
    if (instance->hosts[i].name)
      return true;
  return false;
}

dusq_error *dusq__my_read_tls(dusq__my *instance, const dusq_params *params)
{
  instance->tls = read_mode(instance, params);
  if (!any_by_tcp(instance))
    return NULL;
#if DUSQ_MYSQL_CONNECTOR_C
  if (instance->tls == DUSQ__MY_REQUIRE)
    return dusq_error_new(DUSQ_E_CONFIG, NULL, 0, "sslmode=require: MariaDB's client library cannot demand encryption "
                          "without verification; use verify-full with sslrootcert, or a build with libmysqlclient");
  if (instance->tls >= DUSQ__MY_VERIFY_CA && getenv("MARIADB_TLS_DISABLE_PEER_VERIFICATION"))
    return dusq_error_new(DUSQ_E_CONFIG, NULL, 0, "MARIADB_TLS_DISABLE_PEER_VERIFICATION is set in the environment, "
                          "and would switch off what sslmode asks for: unset it");
#else
  if (instance->tls >= DUSQ__MY_VERIFY_CA && !instance->ca)
    return dusq_error_new(DUSQ_E_CONFIG, NULL, 0, "sslmode: verification needs sslrootcert");
#endif
  return NULL;
}

static bool set(MYSQL *mysql, enum mysql_option option, const char *text)
{
  return !text || !mysql_options(mysql, option, text);
}

#if DUSQ_MYSQL_CONNECTOR_C

static const char *methods_for(const dusq__my *instance, const dusq__my_host *host)
{
  if (host->path)
    return "mysql_native_password,client_ed25519,parsec,caching_sha2_password,sha256_password,auth_gssapi_client";
  if (instance->tls >= DUSQ__MY_VERIFY_CA)
    return "mysql_native_password,client_ed25519,parsec,caching_sha2_password,sha256_password,auth_gssapi_client,"
           "mysql_clear_password,dialog";
  return "mysql_native_password,client_ed25519,parsec";
}

bool dusq__my_set_tls(const dusq__my *instance, const dusq__my_host *host, MYSQL *mysql)
{
  bool with = !host->path && instance->tls != DUSQ__MY_DISABLE;
  my_bool enforce = with, verify = with && instance->tls >= DUSQ__MY_VERIFY_CA;
  if (mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce) ||
      mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify) ||
      !set(mysql, MARIADB_OPT_RESTRICTED_AUTH, methods_for(instance, host)))
    return false;
  return !with || (set(mysql, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3") &&
                   set(mysql, MYSQL_OPT_SSL_CA, instance->ca) && set(mysql, MYSQL_OPT_SSL_CERT, instance->cert) &&
                   set(mysql, MYSQL_OPT_SSL_KEY, instance->key) && set(mysql, MYSQL_OPT_SSL_CRL, instance->crl) &&
                   set(mysql, MARIADB_OPT_TLS_PASSPHRASE, instance->key_password));
}

#else

bool dusq__my_set_tls(const dusq__my *instance, const dusq__my_host *host, MYSQL *mysql)
{
  static const unsigned modes[] = {SSL_MODE_DISABLED, SSL_MODE_PREFERRED, SSL_MODE_REQUIRED, SSL_MODE_VERIFY_CA,
                                   SSL_MODE_VERIFY_IDENTITY};
  unsigned mode = host->path ? SSL_MODE_DISABLED : modes[instance->tls];
  bool no = false;
  if (mysql_options(mysql, MYSQL_OPT_SSL_MODE, &mode) ||
      mysql_options(mysql, MYSQL_ENABLE_CLEARTEXT_PLUGIN, &no) ||
      mysql_options(mysql, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &no)) /* whoever is in between would give his own */
    return false;
  return mode == SSL_MODE_DISABLED ||
         (set(mysql, MYSQL_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3") && set(mysql, MYSQL_OPT_SSL_CA, instance->ca) &&
          set(mysql, MYSQL_OPT_SSL_CERT, instance->cert) && set(mysql, MYSQL_OPT_SSL_KEY, instance->key) &&
          set(mysql, MYSQL_OPT_SSL_CRL, instance->crl));
}

#endif

bool dusq__my_tls_kept(const dusq__my *instance, const dusq__my_host *host, MYSQL *mysql)
{
  return host->path || instance->tls < DUSQ__MY_REQUIRE || mysql_get_ssl_cipher(mysql) != NULL;
}
