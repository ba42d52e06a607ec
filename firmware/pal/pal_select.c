/* The PAL's readiness: looked up in state on this core, by every waiting thread after every piece of news. */
#include "pal_private.h"

static uint32_t except(struct k230_pal *pal, struct k230_pal_sock *sock, int error)
{
    k230_pal_fail(pal, sock, error);
    return K230_PAL_EXCEPT;
}

/* Without a link whoever waits is told, as upstream does it; what has arrived can still be read. */
static bool lacks_link(struct k230_pal *pal, const struct k230_pal_sock *sock)
{
    return !sock->inside && !k230_pal_link(pal);
}

static uint32_t look_at_listener(struct k230_pal *pal, struct k230_pal_sock *sock)
{
    k230i_pal_fetch(pal, sock);
    if (sock->accepted != K230_PAL_NO_ACCEPT) /* or an error that the accept tells */
        return K230_PAL_READ;
    return lacks_link(pal, sock) ? except(pal, sock, K230_PAL_ENETDOWN) : 0;
}

static uint32_t look_at_connection(struct k230_pal *pal, struct k230_pal_sock *sock)
{
    const uint32_t events = (uint32_t)k230_sock_events(pal->client, sock->handle);
    uint32_t found = 0;
    if (events & (K230_POLLIN | K230_POLLERR | K230_POLLHUP))
        found |= K230_PAL_READ;
    if (events & K230_POLLERR)
        found |= except(pal, sock, k230i_pal_stream_errno(sock, k230_sock_error(pal->client, sock->handle, false)));
    else if (lacks_link(pal, sock))
        found |= except(pal, sock, K230_PAL_ENETDOWN);
    else if (events & K230_POLLOUT)
        found |= K230_PAL_WRITE;
    return found;
}

/* An error is told by the next call, which is why it makes the socket ready and not exceptional. */
static uint32_t look_at_datagrams(struct k230_pal *pal, struct k230_pal_sock *sock)
{
    const uint32_t events = (uint32_t)k230_sock_events(pal->client, sock->handle);
    uint32_t found = 0;
    if (events & (K230_POLLIN | K230_POLLERR))
        found |= K230_PAL_READ;
    if (events & K230_POLLHUP) /* the session is over */
        return found | except(pal, sock, K230_PAL_ECONNRESET);
    if (lacks_link(pal, sock))
        return found | except(pal, sock, K230_PAL_ENETDOWN);
    if (events & (K230_POLLOUT | K230_POLLERR))
        found |= K230_PAL_WRITE;
    return found;
}

static uint32_t look(struct k230_pal *pal, struct k230_pal_sock *sock)
{
    if (sock->state == K230_PAL_CONNECTING)
        k230i_pal_settle_connect(pal, sock);
    switch (sock->state) {
    case K230_PAL_LISTENING:
        return look_at_listener(pal, sock);
    case K230_PAL_CONNECTED:
        return look_at_connection(pal, sock);
    case K230_PAL_DATAGRAM:
        return look_at_datagrams(pal, sock);
    case K230_PAL_CONNECTING:
        return lacks_link(pal, sock) ? except(pal, sock, K230_PAL_ENETDOWN) : 0;
    case K230_PAL_FAILED:
        return except(pal, sock, sock->failure);
    case K230_PAL_BROKEN: /* readable, as Winsock has it: the receive fails at once */
        return K230_PAL_READ | except(pal, sock, sock->failure);
    default:
        return 0;
    }
}

int k230_pal_ready(struct k230_pal *pal, int handle, uint32_t wanted)
{
    struct k230_pal_sock *sock = k230_pal_of(pal, handle);
    if (!sock)
        return -1;
    /* Whoever waits to send or receive on a stream that was never connected would wait for ever. */
    if (sock->state == K230_PAL_FRESH && (wanted & (K230_PAL_READ | K230_PAL_WRITE)))
        return (int)(except(pal, sock, K230_PAL_ENOTCONN) & wanted);
    for (;;) {
        k230_client_look(pal->client);
        const uint32_t found = look(pal, sock) & wanted;
        if (found != 0)
            return (int)found;
        if (!k230i_pal_arm(pal, sock))
            return 0;
    }
}

bool k230_pal_wait_readable(struct k230_pal *pal, int handle, uint32_t timeout_ms)
{
    const uint64_t until = k230_deadline(pal->client, (int)timeout_ms);
    int found;
    while ((found = k230_pal_ready(pal, handle, K230_PAL_READ | K230_PAL_EXCEPT)) == 0)
        if (k230_sock_wait(pal->client, handle, K230_WAIT_IN, 0, until) == -K230_ETIMEDOUT)
            return false;
    return true; /* or the receive says what is wrong */
}
