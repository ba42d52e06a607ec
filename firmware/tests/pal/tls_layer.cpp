#include "tls_layer.h"
#include "pal_board.h"

#include <sockets_lwip.h>

/* The double of the other tests closes without a good-bye. */
#define SSL_CloseSocket CloseWithoutGoodBye
#include "pal_double.cpp"
#undef SSL_CloseSocket

#if MBEDTLS_VERSION_MAJOR >= 3
#include <psa/crypto.h>
#endif

TlsContext::TlsContext(int endpoint, const std::string &authority, const std::string &own, const std::string &key)
{
    mbedtls_ssl_init(&ssl);
    mbedtls_ssl_config_init(&config_);
    mbedtls_ctr_drbg_init(&random_);
    mbedtls_entropy_init(&entropy_);
    mbedtls_pk_init(&key_);
    mbedtls_x509_crt_init(&authority_);
    mbedtls_x509_crt_init(&own_);
    EXPECT_EQ(0, mbedtls_ctr_drbg_seed(&random_, mbedtls_entropy_func, &entropy_, nullptr, 0));
    EXPECT_EQ(
        0, mbedtls_ssl_config_defaults(&config_, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT));
    mbedtls_ssl_conf_rng(&config_, mbedtls_ctr_drbg_random, &random_);
    if (!authority.empty()) {
        EXPECT_EQ(0, mbedtls_x509_crt_parse_file(&authority_, authority.c_str()));
        mbedtls_ssl_conf_ca_chain(&config_, &authority_, nullptr);
    }
    if (!own.empty()) {
        EXPECT_EQ(0, mbedtls_x509_crt_parse_file(&own_, own.c_str()));
#if MBEDTLS_VERSION_MAJOR >= 3
        EXPECT_EQ(0, mbedtls_pk_parse_keyfile(&key_, key.c_str(), nullptr, mbedtls_ctr_drbg_random, &random_));
#else
        EXPECT_EQ(0, mbedtls_pk_parse_keyfile(&key_, key.c_str(), nullptr));
#endif
        EXPECT_EQ(0, mbedtls_ssl_conf_own_cert(&config_, &own_, &key_));
    }
#if MBEDTLS_VERSION_MAJOR >= 3
    EXPECT_EQ(0, psa_crypto_init());
#endif
    mbedtls_ssl_conf_authmode(&config_, authority.empty() ? MBEDTLS_SSL_VERIFY_NONE : MBEDTLS_SSL_VERIFY_REQUIRED);
    EXPECT_EQ(0, mbedtls_ssl_setup(&ssl, &config_));
}

TlsContext::~TlsContext()
{
    mbedtls_pk_free(&key_);
    mbedtls_net_free(&net);
    mbedtls_ctr_drbg_free(&random_);
    mbedtls_entropy_free(&entropy_);
    mbedtls_ssl_config_free(&config_);
    mbedtls_x509_crt_free(&authority_);
    mbedtls_x509_crt_free(&own_);
    mbedtls_ssl_free(&ssl);
}

static int Handshake(int handle, TlsContext &context)
{
    int blocking = 0, non_blocking = 1;
    int status;
    context.net.fd = handle;
    mbedtls_ssl_set_bio(&context.ssl, &context.net, mbedtls_net_send, mbedtls_net_recv, mbedtls_net_recv_timeout);
    SOCK_ioctl(handle, SOCK_FIONBIO, &blocking);
    do
        status = mbedtls_ssl_handshake(&context.ssl);
    while (status == MBEDTLS_ERR_SSL_WANT_READ || status == MBEDTLS_ERR_SSL_WANT_WRITE);
    if (status != 0)
        return status; /* the socket stays in blocking mode: its owner closes it */
    SOCK_ioctl(handle, SOCK_FIONBIO, &non_blocking);
    g_Sockets_LWIP_Driver.SetSocketSslData(handle, &context);
    return 0;
}

int TlsConnect(int handle, const char *host, TlsContext &context)
{
    const int status = mbedtls_ssl_set_hostname(&context.ssl, host);
    return status != 0 ? status : Handshake(handle, context);
}

int TlsAccept(int handle, TlsContext &context) { return Handshake(handle, context); }

static mbedtls_ssl_context *SslOf(int handle)
{
    auto *context = static_cast<TlsContext *>(g_Sockets_LWIP_Driver.GetSocketSslData(handle));
    return context ? &context->ssl : nullptr;
}

int TlsAvailable(int handle)
{
    const mbedtls_ssl_context *ssl = SslOf(handle);
    if (!ssl)
        return SOCK_SOCKET_ERROR;
    return mbedtls_ssl_check_pending(ssl) ? static_cast<int>(mbedtls_ssl_get_bytes_avail(ssl)) : 0;
}

int TlsRead(int handle, void *bytes, size_t size)
{
    mbedtls_ssl_context *ssl = SslOf(handle);
    return ssl ? mbedtls_ssl_read(ssl, static_cast<unsigned char *>(bytes), size) : SOCK_SOCKET_ERROR;
}

int TlsWrite(int handle, const std::string &bytes)
{
    mbedtls_ssl_context *ssl = SslOf(handle);
    size_t done = 0;
    while (ssl && done < bytes.size()) {
        const int sent =
            mbedtls_ssl_write(ssl, reinterpret_cast<const unsigned char *>(bytes.data()) + done, bytes.size() - done);
        if (sent > 0)
            done += static_cast<size_t>(sent);
        else if (sent != MBEDTLS_ERR_SSL_WANT_WRITE && sent != MBEDTLS_ERR_SSL_WANT_READ)
            return sent;
    }
    return ssl ? static_cast<int>(done) : SOCK_SOCKET_ERROR;
}

int SSL_CloseSocket(int socket)
{
    if (mbedtls_ssl_context *ssl = SslOf(socket)) {
        mbedtls_ssl_close_notify(ssl);
        g_Sockets_LWIP_Driver.SetSocketSslData(socket, nullptr);
    }
    SOCK_close(socket);
    return 0;
}
