#include "k230_stack_loopback.h"

#include <string.h>

enum loopback_state { FREE, FRESH, LISTENING, CONNECTED };

#define EPHEMERAL 49152u /* RFC 6335, 6: the first port that is nobody's by name */

/* A datagram in a socket's buffer; its bytes follow. */
struct header {
    uint32_t length;
    struct k230_addr from;
};

static struct k230_loopback_sock *at(struct k230_stack *stack, int sock) { return &stack->socks[sock]; }

/* ---- addresses ----------------------------------------------------------------------------------------------------
 */

static bool is_any(const struct k230_addr *addr)
{
    return (addr->ip[0] | addr->ip[1] | addr->ip[2] | addr->ip[3]) == 0;
}

static bool is_here(const struct k230_addr *addr) { return addr->ip[0] == 127 || is_any(addr); }

static struct k230_addr home(uint16_t port)
{
    return (struct k230_addr){.family = K230_AF_INET, .port = port, .ip = {127, 0, 0, 1}};
}

/* The socket that has the port; -1 = nobody. */
static int owner(struct k230_stack *stack, uint8_t type, uint16_t port, bool listening)
{
    for (int i = 0; i < K230_LOOPBACK_SOCKS; i++) {
        const struct k230_loopback_sock *sock = at(stack, i);
        if (sock->state == FREE || sock->type != type || sock->local.port != port)
            continue;
        if (listening ? sock->state == LISTENING : sock->listener < 0)
            return i;
    }
    return -1;
}

/* A socket that sends gets a port with that, if it has none. */
static void name(struct k230_stack *stack, struct k230_loopback_sock *sock, const struct k230_addr *addr)
{
    sock->local = *addr;
    while (sock->local.port == 0) {
        stack->next_port = stack->next_port < EPHEMERAL ? (uint16_t)EPHEMERAL : (uint16_t)(stack->next_port + 1u);
        if (stack->next_port >= EPHEMERAL && owner(stack, sock->type, stack->next_port, false) < 0)
            sock->local.port = stack->next_port;
    }
}

/* ---- bytes of a socket --------------------------------------------------------------------------------------------
 */

static uint32_t room_of(const struct k230_loopback_sock *sock) { return K230_LOOPBACK_BYTES - sock->filled; }

static void put(struct k230_loopback_sock *sock, const void *from, uint32_t length)
{
    const uint8_t *bytes = from;
    for (uint32_t i = 0; i < length; i++)
        sock->bytes[(sock->head + sock->filled + i) % K230_LOOPBACK_BYTES] = bytes[i];
    sock->filled += length;
}

static void take(struct k230_loopback_sock *sock, void *to, uint32_t length)
{
    uint8_t *bytes = to;
    for (uint32_t i = 0; i < length && bytes; i++)
        bytes[i] = sock->bytes[(sock->head + i) % K230_LOOPBACK_BYTES];
    sock->head = (sock->head + length) % K230_LOOPBACK_BYTES;
    sock->filled -= length;
}

static uint32_t length_of(const struct k230_span *spans, unsigned count)
{
    uint32_t length = 0;
    for (unsigned i = 0; i < count; i++)
        length += spans[i].length;
    return length;
}

static void put_spans(struct k230_loopback_sock *sock, const struct k230_span *spans, unsigned count, uint32_t length)
{
    for (unsigned i = 0; i < count && length != 0; i++) {
        const uint32_t piece = spans[i].length < length ? spans[i].length : length;
        put(sock, spans[i].start, piece);
        length -= piece;
    }
}

static void take_spans(struct k230_loopback_sock *sock, const struct k230_span *spans, unsigned count, uint32_t length)
{
    for (unsigned i = 0; i < count && length != 0; i++) {
        const uint32_t piece = spans[i].length < length ? spans[i].length : length;
        take(sock, spans[i].start, piece);
        length -= piece;
    }
}

/* ---- sockets ------------------------------------------------------------------------------------------------------
 */

static int take_free(struct k230_stack *stack, uint8_t type)
{
    for (int i = 0; i < K230_LOOPBACK_SOCKS; i++) {
        struct k230_loopback_sock *sock = at(stack, i);
        if (sock->state != FREE)
            continue;
        memset(sock, 0, offsetof(struct k230_loopback_sock, bytes));
        sock->state = FRESH;
        sock->type = type;
        sock->peer = -1;
        sock->listener = -1;
        return i;
    }
    return -K230_ENOBUFS;
}

static void leave_peer(struct k230_stack *stack, struct k230_loopback_sock *sock, bool abort)
{
    if (sock->peer < 0)
        return;
    struct k230_loopback_sock *peer = at(stack, sock->peer);
    peer->peer = -1;
    peer->ended = true;
    peer->gone = true;
    if (abort || (sock->type == K230_SOCK_STREAM && sock->filled != 0)) { /* unread bytes: RFC 1122, 4.2.2.13 */
        peer->error = -K230_ECONNRESET;
        peer->filled = 0;
    }
    sock->peer = -1;
}

static uint32_t waiting(struct k230_stack *stack, int listener, int *first)
{
    uint32_t count = 0;
    *first = -1;
    for (int i = 0; i < K230_LOOPBACK_SOCKS; i++) {
        if (at(stack, i)->state == FREE || at(stack, i)->listener != listener)
            continue;
        if (*first < 0 || (int32_t)(at(stack, i)->queued - at(stack, *first)->queued) < 0)
            *first = i;
        count++;
    }
    return count;
}

void k230_stack_loopback_init(struct k230_stack *stack, struct k230_hal *hal)
{
    memset(stack, 0, sizeof *stack);
    stack->hal = hal;
}

uint32_t k230_stack_network(struct k230_stack *stack)
{
    (void)stack;
    return 0; /* no link, no address that others can reach */
}

uint32_t k230_stack_routes(struct k230_stack *stack) { return k230_stack_network(stack); }

int k230_stack_interface(struct k230_stack *stack, uint32_t index, struct k230_interface *facts)
{
    (void)stack;
    (void)index;
    (void)facts;
    return -K230_ENODEV; /* the loop is none */
}

int k230_stack_open(struct k230_stack *stack, int family, int type, int proto)
{
    (void)proto;
    if (family != K230_AF_INET)
        return -K230_EAFNOSUPPORT;
    return type == K230_SOCK_STREAM || type == K230_SOCK_DGRAM ? take_free(stack, (uint8_t)type) : -K230_EINVAL;
}

void k230_stack_close(struct k230_stack *stack, int number, bool abort)
{
    struct k230_loopback_sock *sock = at(stack, number);
    int first;
    while (sock->state == LISTENING && waiting(stack, number, &first) != 0) {
        at(stack, first)->listener = -1;
        k230_stack_close(stack, first, true);
    }
    leave_peer(stack, sock, abort);
    sock->state = FREE;
    sock->listener = -1;
    sock->watched = 0;
    sock->local.port = 0;
}

int k230_stack_bind(struct k230_stack *stack, int number, const struct k230_addr *addr)
{
    struct k230_loopback_sock *sock = at(stack, number);
    if (addr->family != K230_AF_INET)
        return -K230_EAFNOSUPPORT;
    if (sock->local.port != 0)
        return -K230_EINVAL;
    if (!is_here(addr))
        return -K230_EADDRNOTAVAIL;
    if (addr->port != 0 && owner(stack, sock->type, addr->port, false) >= 0)
        return -K230_EADDRINUSE;
    name(stack, sock, addr);
    return 0;
}

int k230_stack_listen(struct k230_stack *stack, int number, int backlog)
{
    struct k230_loopback_sock *sock = at(stack, number);
    if (sock->type != K230_SOCK_STREAM)
        return -K230_EOPNOTSUPP;
    if (sock->state == CONNECTED)
        return -K230_EINVAL;
    if (sock->local.port == 0) {
        const struct k230_addr any = {.family = K230_AF_INET};
        name(stack, sock, &any);
    }
    sock->state = LISTENING;
    sock->backlog = backlog < 1 ? 1u : (uint32_t)backlog;
    return 0;
}

int k230_stack_accept(struct k230_stack *stack, int number, struct k230_addr *peer)
{
    int first;
    if (at(stack, number)->state != LISTENING)
        return -K230_EINVAL;
    if (waiting(stack, number, &first) == 0)
        return -K230_EAGAIN;
    at(stack, first)->listener = -1;
    *peer = at(stack, first)->remote;
    return first;
}

static int join(struct k230_stack *stack, int number, const struct k230_addr *addr)
{
    struct k230_loopback_sock *sock = at(stack, number);
    const int listener = owner(stack, K230_SOCK_STREAM, addr->port, true);
    int first;
    if (listener < 0 || waiting(stack, listener, &first) >= at(stack, listener)->backlog)
        return -K230_ECONNREFUSED;
    const int far = take_free(stack, K230_SOCK_STREAM);
    if (far < 0)
        return far;
    struct k230_loopback_sock *end = at(stack, far);
    end->state = CONNECTED;
    end->local = home(addr->port);
    end->remote = sock->local;
    end->peer = number;
    end->listener = listener;
    end->queued = stack->queued++;
    sock->peer = far;
    return 0;
}

int k230_stack_connect(struct k230_stack *stack, int number, const struct k230_addr *addr)
{
    struct k230_loopback_sock *sock = at(stack, number);
    if (addr->family != K230_AF_INET)
        return -K230_EAFNOSUPPORT;
    if (!is_here(addr))
        return -K230_ENETUNREACH;
    if (sock->state == LISTENING || (sock->type == K230_SOCK_STREAM && sock->state == CONNECTED))
        return -K230_EISCONN;
    if (sock->local.port == 0 || is_any(&sock->local)) {
        const struct k230_addr here = home(sock->local.port);
        name(stack, sock, &here);
    }
    sock->remote = home(addr->port);
    sock->state = CONNECTED;
    if (sock->type == K230_SOCK_DGRAM)
        return 0;
    sock->error = join(stack, number, addr);
    sock->connecting = true;
    return -K230_EINPROGRESS;
}

int k230_stack_connect_result(struct k230_stack *stack, int number)
{
    struct k230_loopback_sock *sock = at(stack, number);
    const int error = sock->error;
    sock->error = 0;
    sock->connecting = false;
    if (error != 0)
        sock->state = FRESH;
    return error;
}

int k230_stack_disconnect(struct k230_stack *stack, int number)
{
    struct k230_loopback_sock *sock = at(stack, number);
    leave_peer(stack, sock, true);
    sock->state = FRESH;
    sock->connecting = false;
    sock->ended = false;
    sock->gone = false;
    sock->error = 0;
    if (sock->type == K230_SOCK_STREAM)
        sock->filled = 0;
    return 0;
}

int k230_stack_shutdown(struct k230_stack *stack, int number, int how)
{
    struct k230_loopback_sock *sock = at(stack, number);
    if (sock->state != CONNECTED)
        return -K230_ENOTCONN;
    if (how != K230_SHUT_WR)
        sock->shut_in = true;
    if (how != K230_SHUT_RD) {
        sock->shut_out = true;
        if (sock->peer >= 0)
            at(stack, sock->peer)->ended = true;
    }
    return 0;
}

int k230_stack_local(struct k230_stack *stack, int number, struct k230_addr *addr)
{
    *addr = at(stack, number)->local;
    addr->family = K230_AF_INET;
    return 0;
}

int k230_stack_peer(struct k230_stack *stack, int number, struct k230_addr *addr)
{
    if (at(stack, number)->state != CONNECTED || at(stack, number)->connecting)
        return -K230_ENOTCONN;
    *addr = at(stack, number)->remote;
    return 0;
}

/* Kept, and otherwise without meaning here. */
int k230_stack_setopt(struct k230_stack *stack, int number, int level, int option, const void *value, uint32_t length)
{
    struct k230_loopback_sock *sock = at(stack, number);
    if (length == 0 || length > sizeof sock->options[0].value)
        return -K230_EINVAL;
    for (int i = 0; i < K230_LOOPBACK_OPTIONS; i++) {
        if (sock->options[i].length != 0 && (sock->options[i].level != level || sock->options[i].option != option))
            continue;
        sock->options[i].level = level;
        sock->options[i].option = option;
        sock->options[i].length = length;
        memcpy(sock->options[i].value, value, length);
        return 0;
    }
    return -K230_ENOPROTOOPT;
}

int k230_stack_getopt(struct k230_stack *stack, int number, int level, int option, void *value, uint32_t room)
{
    const struct k230_loopback_sock *sock = at(stack, number);
    for (int i = 0; i < K230_LOOPBACK_OPTIONS; i++)
        if (sock->options[i].length != 0 && sock->options[i].level == level && sock->options[i].option == option) {
            if (room < sock->options[i].length)
                return -K230_EINVAL;
            memcpy(value, sock->options[i].value, sock->options[i].length);
            return (int)sock->options[i].length;
        }
    return -K230_ENOPROTOOPT;
}

int k230_stack_error(struct k230_stack *stack, int number)
{
    const int error = at(stack, number)->error;
    at(stack, number)->error = 0;
    return error;
}

/* ---- data ---------------------------------------------------------------------------------------------------------
 */

int k230_stack_send(struct k230_stack *stack, int number, const struct k230_span *spans, unsigned count)
{
    struct k230_loopback_sock *sock = at(stack, number);
    if (sock->error != 0)
        return k230_stack_error(stack, number);
    if (sock->gone || sock->shut_out || sock->peer < 0)
        return -K230_EPIPE;
    struct k230_loopback_sock *peer = at(stack, sock->peer);
    uint32_t length = length_of(spans, count);
    if (length > room_of(peer))
        length = room_of(peer);
    if (length == 0)
        return -K230_EAGAIN;
    put_spans(peer, spans, count, length);
    return (int)length;
}

int k230_stack_recv(struct k230_stack *stack, int number, const struct k230_span *spans, unsigned count)
{
    struct k230_loopback_sock *sock = at(stack, number);
    if (sock->error != 0)
        return k230_stack_error(stack, number);
    uint32_t length = length_of(spans, count);
    if (length > sock->filled)
        length = sock->filled;
    if (length == 0)
        return sock->ended || sock->shut_in ? 0 : -K230_EAGAIN;
    take_spans(sock, spans, count, length);
    return (int)length;
}

/* They are in the peer's buffer at once, and acknowledged when it takes them. */
int k230_stack_unacknowledged(struct k230_stack *stack, int number)
{
    const struct k230_loopback_sock *sock = at(stack, number);
    return sock->peer < 0 ? 0 : (int)at(stack, sock->peer)->filled;
}

int k230_stack_sendto(struct k230_stack *stack, int number, const struct k230_span *spans, unsigned count,
                      const struct k230_addr *addr)
{
    struct k230_loopback_sock *sock = at(stack, number);
    if (!addr && sock->state != CONNECTED)
        return -K230_EDESTADDRREQ;
    const struct k230_addr to = addr ? *addr : sock->remote;
    if (!is_here(&to))
        return -K230_ENETUNREACH;
    const struct header header = {.length = length_of(spans, count), .from = home(sock->local.port)};
    if (header.length > K230_LOOPBACK_BYTES - sizeof header)
        return -K230_EMSGSIZE;
    if (sock->local.port == 0) {
        const struct k230_addr any = {.family = K230_AF_INET};
        name(stack, sock, &any);
    }
    const int far = owner(stack, K230_SOCK_DGRAM, to.port, false);
    if (far >= 0 && room_of(at(stack, far)) >= sizeof header + header.length) {
        struct header named = header;
        named.from = home(sock->local.port);
        put(at(stack, far), &named, sizeof named);
        put_spans(at(stack, far), spans, count, header.length);
    }
    return (int)header.length;
}

int k230_stack_sendto_run(struct k230_stack *stack, int sock, const struct k230_datagram_run *run)
{
    return k230_stack_sendto_first(stack, sock, run);
}

int k230_stack_recvfrom(struct k230_stack *stack, int number, const struct k230_span *spans, unsigned count,
                        struct k230_addr *from, bool *truncated)
{
    struct k230_loopback_sock *sock = at(stack, number);
    if (sock->filled == 0)
        return -K230_EAGAIN;
    struct header header;
    take(sock, &header, sizeof header);
    const uint32_t room = length_of(spans, count);
    const uint32_t length = header.length < room ? header.length : room;
    take_spans(sock, spans, count, length);
    take(sock, NULL, header.length - length);
    *from = header.from;
    *truncated = header.length > length;
    return (int)length;
}

/* ---- readiness ----------------------------------------------------------------------------------------------------
 */

static uint32_t ready(struct k230_stack *stack, int number)
{
    const struct k230_loopback_sock *sock = at(stack, number);
    int first;
    uint32_t events = sock->error != 0 ? K230_STACK_ERR | K230_STACK_IN : 0u;
    if (sock->connecting)
        return events | K230_STACK_OUT;
    if (sock->state == LISTENING)
        return waiting(stack, number, &first) != 0 ? K230_STACK_IN : 0u;
    if (sock->filled != 0 || (sock->state == CONNECTED && (sock->ended || sock->shut_in)))
        events |= K230_STACK_IN;
    if (sock->type == K230_SOCK_DGRAM)
        return events | K230_STACK_OUT;
    if (sock->state == CONNECTED && (sock->peer < 0 || room_of(at(stack, sock->peer)) != 0))
        events |= K230_STACK_OUT;
    if (sock->state == CONNECTED && sock->gone)
        events |= K230_STACK_ERR;
    return events;
}

int k230_stack_watch(struct k230_stack *stack, int number, uint32_t events, uint32_t tag)
{
    at(stack, number)->watched = events;
    at(stack, number)->tag = tag;
    return 0;
}

bool k230_stack_ready(struct k230_stack *stack, int number, uint32_t events)
{
    return (ready(stack, number) & events) != 0;
}

static int look(struct k230_stack *stack, struct k230_stack_event *events, unsigned room)
{
    unsigned count = 0;
    for (int i = 0; i < K230_LOOPBACK_SOCKS && count < room; i++) {
        const struct k230_loopback_sock *sock = at(stack, i);
        const uint32_t up =
            sock->state == FREE || sock->watched == 0 ? 0u : ready(stack, i) & (sock->watched | K230_STACK_ERR);
        if (up != 0)
            events[count++] = (struct k230_stack_event){.tag = sock->tag, .events = up};
    }
    return (int)count;
}

/* Everything that happens here is done by the agent itself, so once it sleeps only its doorbell has news. A ring that
 * came since the last wait has changed the doorbell's value, and ends this one at once. */
int k230_stack_wait(struct k230_stack *stack, struct k230_stack_event *events, unsigned room, uint32_t timeout_ms)
{
    const int count = look(stack, events, room);
    if (count == 0 && timeout_ms != 0 && stack->answers == 0)
        stack->hal->ops->wait(stack->hal, stack->doorbell_seen, K230_ALL_HINTS, timeout_ms);
    stack->doorbell_seen = stack->hal->ops->doorbell(stack->hal);
    return count;
}

void k230_stack_wake(struct k230_stack *stack) { stack->hal->ops->wake(stack->hal, K230_ALL_HINTS); }

/* ---- look-ups -----------------------------------------------------------------------------------------------------
 */

static bool read_number(const char **text, uint32_t most, uint32_t *number)
{
    const char *digit = *text;
    *number = 0;
    for (; *digit >= '0' && *digit <= '9' && *number <= most; digit++)
        *number = *number * 10u + (uint32_t)(*digit - '0');
    const bool good = digit != *text && *number <= most;
    *text = digit;
    return good;
}

static bool read_ipv4(const char *text, uint8_t ip[16])
{
    for (int i = 0; i < 4; i++) {
        uint32_t number;
        if ((i != 0 && *text++ != '.') || !read_number(&text, 255, &number))
            return false;
        ip[i] = (uint8_t)number;
    }
    return *text == 0;
}

static int find(const struct k230_stack_query *query, struct k230_addr *addr)
{
    const char *service = query->service;
    uint32_t port = 0;
    if (query->family != K230_AF_UNSPEC && query->family != K230_AF_INET)
        return -K230_EAI_FAMILY;
    if (*service != 0 && (!read_number(&service, 65535, &port) || *service != 0))
        return -K230_EAI_SERVICE;
    *addr = home((uint16_t)port);
    if (query->host[0] == 0) {
        if (query->flags & K230_AI_PASSIVE)
            memset(addr->ip, 0, 4);
        return 0;
    }
    if (read_ipv4(query->host, addr->ip))
        return 0;
    memcpy(addr->ip, home(0).ip, sizeof addr->ip);
    const bool known = strcmp(query->host, "localhost") == 0 && !(query->flags & K230_AI_NUMERICHOST);
    return known ? 0 : -K230_EAI_NONAME;
}

bool k230_stack_resolve(struct k230_stack *stack, const struct k230_stack_query *query, uint32_t tag)
{
    if (stack->answers == K230_LOOPBACK_ANSWERS)
        return false;
    const uint32_t next = stack->answers++;
    stack->answer[next].tag = tag;
    stack->answer[next].status = find(query, &stack->answer[next].addr);
    stack->answer[next].canon[0] = 0;
    if (query->flags & K230_AI_CANONNAME)
        memcpy(stack->answer[next].canon, query->host, sizeof query->host);
    return true;
}

bool k230_stack_resolved(struct k230_stack *stack, uint32_t *tag, struct k230_stack_answer *answer)
{
    if (stack->answers == 0)
        return false;
    const uint32_t last = --stack->answers;
    *tag = stack->answer[last].tag;
    answer->status = stack->answer[last].status;
    answer->count = answer->status == 0 ? 1 : 0;
    answer->addrs[0] = stack->answer[last].addr;
    memcpy(answer->canon, stack->answer[last].canon, sizeof answer->canon);
    return true;
}
