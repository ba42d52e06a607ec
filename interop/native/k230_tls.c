/* Mbed TLS on the big core over the offloaded sockets. nf-interpreter's defaults for these functions are weak and call
 * read, write and select, which know nothing of the PAL; they have these names and C linkage.
 *
 * While a handshake runs, and while bytes are written, nf-interpreter's TLS layer holds the CLR's thread and asks again
 * as long as it is told that the socket would block. So these two wait, on this core's doorbell and for
 * K230_PAL_BLOCK_MS at most: the thread sleeps instead of spinning, and a peer that stalls is given up.
 *
 * Contexts: the CLR's thread.
 */
#include "k230_pal_instance.h"

#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>

int net_would_block(const mbedtls_net_context *ctx);

/* `ctx` begins with the socket's handle in every edition of Mbed TLS. */
static int handle_of(const void *ctx) { return ((const mbedtls_net_context *)ctx)->fd; }

static int failure(int handle, int would_block, int otherwise)
{
    switch (k230_pal_sock_error(k230_pal_instance(), handle)) {
    case K230_PAL_EWOULDBLOCK:
    case K230_PAL_EINTR:
        return would_block;
    case K230_PAL_ETIMEDOUT:
        return MBEDTLS_ERR_SSL_TIMEOUT;
    case K230_PAL_ECONNRESET:
    case K230_PAL_ESHUTDOWN:
        return MBEDTLS_ERR_NET_CONN_RESET;
    default:
        return otherwise;
    }
}

/* Calls that wait here whatever the socket's mode is. */
static bool make_blocking(struct k230_pal *pal, int handle, bool blocking)
{
    struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    const bool before = sock && sock->blocking;
    if (sock)
        sock->blocking = blocking;
    return before;
}

/* A peer that took no bytes for so long is given up for good. Mbed TLS still holds the record that was under way, and
 * would count the next bytes as sent once that one is; and whoever writes on or says good-bye, which every close does,
 * would stand still for as long again. */
static void give_up(struct k230_pal *pal, int handle)
{
    struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    if (sock && sock->state == K230_PAL_CONNECTED) {
        sock->state = K230_PAL_BROKEN;
        sock->failure = K230_PAL_ETIMEDOUT;
    }
}

int net_would_block(const mbedtls_net_context *ctx)
{
    struct k230_pal *pal = k230_pal_instance();
    return pal && k230_pal_sock_error(pal, handle_of(ctx)) == K230_PAL_EWOULDBLOCK;
}

int mbedtls_net_recv(void *ctx, unsigned char *buf, size_t len)
{
    struct k230_pal *pal = k230_pal_instance();
    const int handle = handle_of(ctx);
    if (!pal || handle < 0)
        return MBEDTLS_ERR_NET_INVALID_CONTEXT;
    const int got = k230_pal_recv(pal, handle, buf, len < INT_MAX ? (int)len : INT_MAX, 0);
    return got >= 0 ? got : failure(handle, MBEDTLS_ERR_SSL_WANT_READ, MBEDTLS_ERR_NET_RECV_FAILED);
}

int mbedtls_net_send(void *ctx, const unsigned char *buf, size_t len)
{
    struct k230_pal *pal = k230_pal_instance();
    const int handle = handle_of(ctx);
    if (!pal || handle < 0)
        return MBEDTLS_ERR_NET_INVALID_CONTEXT;
    const bool before = make_blocking(pal, handle, true);
    const int sent = k230_pal_send(pal, handle, buf, len < INT_MAX ? (int)len : INT_MAX, 0);
    make_blocking(pal, handle, before);
    if (sent < 0 && k230_pal_sock_error(pal, handle) == K230_PAL_ETIMEDOUT)
        give_up(pal, handle);
    return sent >= 0 ? sent : failure(handle, MBEDTLS_ERR_SSL_WANT_WRITE, MBEDTLS_ERR_NET_SEND_FAILED);
}

/* timeout in milliseconds; 0, which is all that nf-interpreter sets, waits as long as anybody waits here, and not at
 * all where the socket does not block: nf-interpreter reads that way, and waits for the socket's event itself. */
int mbedtls_net_recv_timeout(void *ctx, unsigned char *buf, size_t len, uint32_t timeout)
{
    struct k230_pal *pal = k230_pal_instance();
    const int handle = handle_of(ctx);
    if (!pal || handle < 0)
        return MBEDTLS_ERR_NET_INVALID_CONTEXT;
    const struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    if (timeout != 0 || (sock && sock->blocking)) {
        const uint32_t limit = timeout == 0 || timeout > K230_PAL_BLOCK_MS ? K230_PAL_BLOCK_MS : timeout;
        if (!k230_pal_wait_readable(pal, handle, limit))
            return MBEDTLS_ERR_SSL_TIMEOUT;
    }
    return mbedtls_net_recv(ctx, buf, len);
}

void mbedtls_net_free(mbedtls_net_context *ctx)
{
    struct k230_pal *pal = k230_pal_instance();
    /* The socket may be closed already, by its owner; then its handle means nothing any more. */
    if (pal && ctx->fd >= 0)
        k230_pal_close(pal, ctx->fd);
    ctx->fd = -1;
}
