/* What nf-interpreter's TLS layer does with Mbed TLS and the PAL, call by call and in words of our own; with everything
 * it decides itself left out (stored certificates, protocol versions). Results are Mbed TLS's.
 */
#ifndef TLS_LAYER_H
#define TLS_LAYER_H

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

#include <string>

/* interop/native/k230_tls.c; Mbed TLS declares the others. */
extern "C" int net_would_block(const mbedtls_net_context *ctx);

/* One connection's. Neither copied nor moved: Mbed TLS keeps pointers into it, and so does the socket. */
class TlsContext
{
  public:
    /* endpoint: MBEDTLS_SSL_IS_CLIENT or _SERVER. Empty names leave out the authority, or the own certificate. */
    explicit TlsContext(int endpoint, const std::string &authority, const std::string &own = "",
                        const std::string &key = "");
    ~TlsContext(); /* frees all of it, and with it the socket unless its owner has closed it */
    TlsContext(const TlsContext &) = delete;
    TlsContext &operator=(const TlsContext &) = delete;

    mbedtls_ssl_context ssl;
    mbedtls_net_context net = {0}; /* zero until there is a socket, as upstream has it */

  private:
    mbedtls_entropy_context entropy_;
    mbedtls_ctr_drbg_context random_;
    mbedtls_ssl_config config_;
    mbedtls_x509_crt authority_, own_;
    mbedtls_pk_context key_;
};

/* 0, or why there is no connection. On success the context is the socket's. */
int TlsConnect(int handle, const char *host, TlsContext &context);
int TlsAccept(int handle, TlsContext &context);
/* Bytes that are decrypted already. */
int TlsAvailable(int handle);
/* MBEDTLS_ERR_SSL_WANT_READ: nothing yet, wait for the socket. */
int TlsRead(int handle, void *bytes, size_t size);
/* All of it, or an error. */
int TlsWrite(int handle, const std::string &bytes);

#endif
