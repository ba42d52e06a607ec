/* The listener, the PC that is connected, and the one that comes too many. */
#include "tcp_private.h"

#include <string.h>

#define BACKLOG 8
/* How often it is looked whether another thread has started the session. */
#define LOOK_MS 10u
/* How long a connection waits that comes while a PC is there: a tool that closes its connection and opens another one
 * may be heard of in the other order. */
#define SECOND_MS 50u
/* A PC that is gone without a word is noticed after 15 s and three probes 5 s apart. */
#define KEEP_IDLE_S 15
#define KEEP_INTERVAL_S 5
#define KEEP_COUNT 3

static struct k230_wire_tcp *self(struct k230_wire_transport *transport) { return (struct k230_wire_tcp *)transport; }

static int32_t peer_of(const struct k230_wire_tcp *tcp) { return __atomic_load_n(&tcp->peer, __ATOMIC_ACQUIRE); }

static void set_peer(struct k230_wire_tcp *tcp, int32_t handle)
{
    __atomic_store_n(&tcp->peer, handle, __ATOMIC_RELEASE);
}

uint16_t k230_wire_tcp_port(const struct k230_wire_tcp *tcp)
{
    return (uint16_t)__atomic_load_n(&tcp->port, __ATOMIC_ACQUIRE);
}

static void log_peer(struct k230_wire_tcp *tcp, const struct k230_addr *peer, const char *what)
{
    struct k230_hal *hal = tcp->client->engine.hal;
    struct k230i_line line = {.length = 0};
    char text[K230_WIRE_ADDR_TEXT];
    k230_wire_format_addr(peer, text);
    k230i_put(&line, "wire: ");
    k230i_put(&line, tcp->transport.name);
    k230i_put(&line, ": ");
    k230i_put(&line, text);
    k230i_put(&line, what);
    hal->ops->log(hal, line.text);
}

bool k230i_tcp_rest(struct k230_wire_tcp *tcp, struct k230_operation *op, uint64_t until, bool is_goodbye)
{
    const uint64_t now = k230i_tcp_now(tcp);
    const uint64_t turn = now + K230_WIRE_TURN_MS < until ? now + K230_WIRE_TURN_MS : until;
    if (now >= until || (!is_goodbye && k230_wire_ending(&tcp->transport))) {
        k230_op_abandon(tcp->client, op);
        return false;
    }
    if (op->wait_until > turn)
        op->wait_until = turn;
    if (op->wait_events == 0 && op->token == 0) /* for a session, of which no socket and no question tells */
        tcp->client->engine.hal->ops->sleep(tcp->client->engine.hal, LOOK_MS);
    else
        k230_op_sleep(tcp->client, op);
    return true;
}

static uint64_t control(const struct k230_wire_tcp *tcp) { return k230i_tcp_now(tcp) + K230_CONTROL_MS; }

int k230i_tcp_socket(struct k230_wire_tcp *tcp, int family, int type)
{
    struct k230_operation op;
    int handle;
    K230I_TCP_FINISH(handle, tcp, op, k230i_tcp_now(tcp) + K230_START_MS, false,
                     k230_op_open(tcp->client, &op, family, type, 0));
    if (handle < 0)
        return handle;
    const int status = k230_sock_stay(tcp->client, handle);
    if (status >= 0)
        return handle;
    k230_sock_close(tcp->client, handle, true);
    return status;
}

static int set_option(struct k230_wire_tcp *tcp, int handle, int level, int option, int32_t value)
{
    struct k230_operation op;
    int status;
    K230I_TCP_FINISH(status, tcp, op, control(tcp), false,
                     k230_op_setopt(tcp->client, &op, handle, level, option, &value, (uint32_t)sizeof value));
    return status;
}

/* ---- open and close ---------------------------------------------------------------------------------------------- */

static bool names_ipv6(const struct k230_wire_allow *allow)
{
    for (uint32_t i = 0; i < allow->count && i < K230_WIRE_NETWORKS; i++)
        if (allow->networks[i].family == K230_AF_INET6)
            return true;
    return false;
}

/* The port that the stack chose, where it was left to it. */
static int ask_port(struct k230_wire_tcp *tcp)
{
    const uint64_t until = control(tcp);
    struct k230_addr local;
    uint32_t call = 0;
    int status;
    while ((status = k230_sock_local(tcp->client, tcp->listener, &local, &call)) == -K230_PENDING)
        if (k230_wire_ending(&tcp->transport) ||
            k230_sock_wait(tcp->client, tcp->listener, K230_WAIT_CALL, call, k230i_tcp_now(tcp) + K230_WIRE_TURN_MS) ==
                -K230_EBADF ||
            k230i_tcp_now(tcp) >= until) {
            k230_sock_abandon(tcp->client, tcp->listener, call);
            return -K230_ETIMEDOUT;
        }
    return status < 0 ? status : local.port;
}

static int listen_at(struct k230_wire_tcp *tcp, const struct k230_addr *at)
{
    struct k230_operation op;
    int status = k230i_tcp_socket(tcp, at->family, K230_SOCK_STREAM);
    if (status < 0)
        return status;
    tcp->listener = status;
    set_option(tcp, tcp->listener, K230_SOL_SOCKET, K230_SO_REUSEADDR, 1);
    if (at->family == K230_AF_INET6)
        set_option(tcp, tcp->listener, K230_LEVEL_IPV6, K230_IPV6_V6ONLY, 0); /* IPv4 comes here too */
    K230I_TCP_FINISH(status, tcp, op, control(tcp), false, k230_op_bind(tcp->client, &op, tcp->listener, at));
    if (status >= 0)
        K230I_TCP_FINISH(status, tcp, op, control(tcp), false,
                         k230_op_listen(tcp->client, &op, tcp->listener, BACKLOG));
    if (status >= 0)
        status = ask_port(tcp);
    if (status >= 0)
        return status;
    k230_sock_close(tcp->client, tcp->listener, true);
    tcp->listener = -1;
    return status;
}

static void name_it(struct k230_wire_tcp *tcp, uint32_t port)
{
    struct k230i_line line = {.length = 0};
    k230i_put(&line, "TCP port ");
    k230i_put_number(&line, port);
    memcpy(tcp->text, line.text, line.length + 1u);
}

static int tcp_open(struct k230_wire_transport *transport)
{
    struct k230_wire_tcp *tcp = self(transport);
    struct k230_addr at = tcp->at;
    int port = -K230_EACCES;
    if (tcp->allow.count == 0) /* nobody could come in: that is no wish but a mistake */
        return port;
    if (at.family != K230_AF_UNSPEC) {
        port = listen_at(tcp, &at);
    } else {
        at.family = names_ipv6(&tcp->allow) ? K230_AF_INET6 : K230_AF_INET;
        port = listen_at(tcp, &at);
        if (port < 0 && at.family == K230_AF_INET6) { /* a stack without IPv6 */
            at.family = K230_AF_INET;
            port = listen_at(tcp, &at);
        }
    }
    if (port < 0)
        return port;
    tcp->at.port = (uint16_t)port; /* a listener that comes back is where it was */
    name_it(tcp, (uint32_t)port);
    __atomic_store_n(&tcp->port, (uint32_t)port, __ATOMIC_RELEASE);
    tcp->announced = false;
    return 0;
}

static void close_one(struct k230_wire_tcp *tcp, int32_t *handle)
{
    if (*handle >= 0)
        k230_sock_close(tcp->client, *handle, false);
    *handle = -1;
}

static void tcp_close(struct k230_wire_transport *transport)
{
    struct k230_wire_tcp *tcp = self(transport);
    k230i_tcp_withdraw(tcp);
    close_one(tcp, &tcp->refused);
    close_one(tcp, &tcp->listener);
    close_one(tcp, &tcp->announcer);
    __atomic_store_n(&tcp->port, 0u, __ATOMIC_RELEASE);
}

/* ---- who comes --------------------------------------------------------------------------------------------------- */

/* The next connection whose peer may come in; -EAGAIN, or an error of the listener. */
static int take(struct k230_wire_tcp *tcp, struct k230_addr *peer)
{
    struct k230_operation op;
    int handle;
    memset(peer, 0, sizeof *peer);
    K230I_TCP_FINISH(handle, tcp, op, control(tcp), false, k230_op_accept(tcp->client, &op, tcp->listener, peer, 0));
    if (handle < 0)
        return handle;
    if (k230_wire_allows(&tcp->allow, peer))
        return handle;
    log_peer(tcp, peer, " is not allowed");
    k230_sock_close(tcp->client, handle, true);
    return -K230_EAGAIN;
}

/* What one connection's failure says nothing about the listener. */
static bool is_the_connections(int status)
{
    return status == -K230_EAGAIN || status == -K230_ECONNABORTED || status == -K230_EMFILE ||
           status == -K230_ENOBUFS || status == -K230_ENOMEM || status == -K230_ETIMEDOUT;
}

static void welcome(struct k230_wire_tcp *tcp, int handle, const struct k230_addr *peer)
{
    set_option(tcp, handle, K230_LEVEL_TCP, K230_TCP_NODELAY, 1);
    set_option(tcp, handle, K230_LEVEL_TCP, K230_TCP_KEEPIDLE, KEEP_IDLE_S);
    set_option(tcp, handle, K230_LEVEL_TCP, K230_TCP_KEEPINTVL, KEEP_INTERVAL_S);
    set_option(tcp, handle, K230_LEVEL_TCP, K230_TCP_KEEPCNT, KEEP_COUNT);
    set_option(tcp, handle, K230_SOL_SOCKET, K230_SO_KEEPALIVE, 1);
    tcp->peer_addr = *peer;
    tcp->second_waits = false;
    set_peer(tcp, handle);
    log_peer(tcp, peer, " is connected");
}

/* A second PC: told why, and given the time to read it. A third meanwhile is closed at once. */
static void refuse(struct k230_wire_tcp *tcp, int handle, const struct k230_addr *peer)
{
    struct k230i_line line = {.length = 0};
    char ip[K230_WIRE_ADDR_TEXT];
    uint8_t packet[K230_WIRE_HEADER_SIZE + sizeof line.text];
    struct k230_operation op = {.phase = 0};
    uint32_t call = 0;
    log_peer(tcp, peer, " is refused: another PC is connected");
    if (tcp->refused >= 0) {
        k230_sock_close(tcp->client, handle, true);
        return;
    }
    k230_wire_format_addr(&tcp->peer_addr, ip);
    k230i_put(&line, "This device is in use by ");
    k230i_put(&line, ip);
    k230i_put(&line, "; it serves one PC at a time.\r\n");
    struct k230_wire_header header = {
        .command = K230_WIRE_MESSAGE, .flags = K230_WIRE_NON_CRITICAL | K230_WIRE_NO_CACHING, .size = line.length};
    k230_wire_seal(&header, line.text);
    memcpy(packet, &header, sizeof header);
    memcpy(packet + sizeof header, line.text, line.length);
    k230_op_send_all(tcp->client, &op, handle, packet, (uint32_t)sizeof header + line.length, 0);
    /* The end of the stream follows the line; a close would reset what is unread, and the line with it. */
    if (k230_sock_shutdown(tcp->client, handle, K230_SHUT_WR, &call) == -K230_PENDING)
        k230_sock_abandon(tcp->client, handle, call);
    tcp->refused = handle;
    tcp->refused_until = k230i_tcp_now(tcp) + K230_WIRE_REFUSED_MS;
}

/* Reads away what the refused PC sends; closes at its end or when its time is over. */
static void look_at_refused(struct k230_wire_tcp *tcp)
{
    uint8_t away[64];
    int got;
    if (tcp->refused < 0)
        return;
    do
        got = k230_sock_recv(tcp->client, tcp->refused, away, (uint32_t)sizeof away, 0, NULL);
    while (got > 0 && k230i_tcp_now(tcp) < tcp->refused_until);
    if (got != -K230_EAGAIN || k230i_tcp_now(tcp) >= tcp->refused_until)
        close_one(tcp, &tcp->refused);
}

/* Waits for one of the sockets; entries have the revents of the listener, of the connected PC and of the refused one.
 */
static void wait_for(struct k230_wire_tcp *tcp, uint64_t until, struct k230_pollfd entries[3])
{
    const uint32_t wakes = k230_client_wakes(tcp->client);
    const int32_t handles[3] = {tcp->second_waits ? -1 : tcp->listener, peer_of(tcp), tcp->refused};
    struct k230_pollfd asked[3];
    uint32_t count = 0;
    if (tcp->second_waits && tcp->second_until < until)
        until = tcp->second_until;
    for (uint32_t i = 0; i < 3; i++) {
        entries[i] = (struct k230_pollfd){.handle = handles[i], .events = K230_POLLIN};
        if (handles[i] >= 0)
            asked[count++] = entries[i];
    }
    const int found = k230_poll(tcp->client, asked, count, wakes, until);
    for (uint32_t i = 0; found > 0 && i < count; i++)
        for (uint32_t j = 0; j < 3; j++)
            if (entries[j].handle == asked[i].handle)
                entries[j].revents = asked[i].revents;
}

#define K230I_POLL_BROKEN (K230_POLLERR | K230_POLLHUP | K230_POLLNVAL)

static int tcp_accept(struct k230_wire_transport *transport, uint32_t timeout_ms)
{
    struct k230_wire_tcp *tcp = self(transport);
    struct k230_pollfd entries[3];
    struct k230_addr peer;
    k230i_tcp_announce(tcp);
    wait_for(tcp, k230i_tcp_now(tcp) + timeout_ms, entries);
    look_at_refused(tcp);
    if (entries[0].revents & K230I_POLL_BROKEN)
        return -K230_ECONNRESET;
    if (!(entries[0].revents & K230_POLLIN))
        return 0;
    const int handle = take(tcp, &peer);
    if (handle < 0)
        return is_the_connections(handle) ? 0 : handle;
    welcome(tcp, handle, &peer);
    return 1;
}

/* ---- the PC that is connected ------------------------------------------------------------------------------------ */

/* A connection beside the PC's: refused if the PC is still there a moment later. */
static void look_at_listener(struct k230_wire_tcp *tcp, uint32_t revents)
{
    struct k230_addr second;
    if (!tcp->second_waits && revents == K230_POLLIN) {
        tcp->second_waits = true;
        tcp->second_until = k230i_tcp_now(tcp) + SECOND_MS;
    } else if (tcp->second_waits && k230i_tcp_now(tcp) >= tcp->second_until) {
        tcp->second_waits = false;
        const int handle = take(tcp, &second);
        if (handle >= 0)
            refuse(tcp, handle, &second);
    }
}

static int tcp_read(struct k230_wire_transport *transport, void *data, uint32_t length, uint32_t timeout_ms)
{
    struct k230_wire_tcp *tcp = self(transport);
    struct k230_pollfd entries[3];
    wait_for(tcp, k230i_tcp_now(tcp) + timeout_ms, entries);
    look_at_refused(tcp);
    const int got = k230_sock_recv(tcp->client, peer_of(tcp), data, length, 0, NULL);
    if (got > 0 || (got == -K230_EAGAIN && !(entries[0].revents & K230I_POLL_BROKEN))) {
        look_at_listener(tcp, entries[0].revents);
        return got > 0 ? got : 0;
    }
    log_peer(tcp, &tcp->peer_addr, got == 0 ? " has disconnected" : " is gone");
    return got == 0 || got == -K230_EAGAIN ? -K230_ECONNRESET : got;
}

static int tcp_write(struct k230_wire_transport *transport, const void *data, uint32_t length, uint32_t timeout_ms)
{
    struct k230_wire_tcp *tcp = self(transport);
    const int32_t peer = peer_of(tcp);
    struct k230_operation op;
    int sent;
    if (peer < 0)
        return -K230_ENOTCONN;
    K230I_TCP_FINISH(sent, tcp, op, K230_FOREVER, false,
                     k230_op_send_all(tcp->client, &op, peer, data, length, (int)timeout_ms));
    return sent < 0 ? sent : 0;
}

static void tcp_drop(struct k230_wire_transport *transport)
{
    struct k230_wire_tcp *tcp = self(transport);
    const int32_t peer = peer_of(tcp);
    set_peer(tcp, -1);
    tcp->second_waits = false; /* but comes in now */
    if (peer >= 0)
        k230_sock_close(tcp->client, peer, false);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void k230_wire_tcp_init(struct k230_wire_tcp *tcp, struct k230_client *client, uint16_t port,
                        const struct k230_wire_allow *allow)
{
    static const struct k230_wire_transport_ops ops = {.open = tcp_open,
                                                       .accept = tcp_accept,
                                                       .read = tcp_read,
                                                       .write = tcp_write,
                                                       .drop = tcp_drop,
                                                       .close = tcp_close};
    memset(tcp, 0, sizeof *tcp);
    tcp->transport = (struct k230_wire_transport){.ops = &ops, .name = tcp->text};
    tcp->client = client;
    tcp->allow = *allow;
    tcp->at.port = port;
    tcp->broadcasts = !k230_wire_allows_loopback_alone(allow);
    if (!tcp->broadcasts) {
        tcp->at.family = K230_AF_INET;
        memcpy(tcp->at.ip, (const uint8_t[4]){127, 0, 0, 1}, 4);
    }
    tcp->discovery_port = K230_WIRE_DISCOVERY_PORT;
    tcp->listener = -1;
    tcp->peer = -1;
    tcp->refused = -1;
    tcp->announcer = -1;
    name_it(tcp, port);
}

bool k230_wire_tcp_announce_to(struct k230_wire_tcp *tcp, const char *addr)
{
    struct k230_addr parsed;
    if (tcp->announce_count == K230_WIRE_ANNOUNCE_MAX || !k230_wire_parse_addr(addr, strlen(addr), &parsed) ||
        parsed.family != K230_AF_INET)
        return false;
    tcp->announce[tcp->announce_count++] = parsed;
    return true;
}
