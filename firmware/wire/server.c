/* One PC at a time: the loop of the serving thread, and the way out for packets of every thread. */
#include "wire_private.h"

#include <string.h>

bool k230_wire_ending(const struct k230_wire_transport *transport)
{
    return __atomic_load_n(&transport->ending, __ATOMIC_ACQUIRE) != 0;
}

bool k230_wire_connected(const struct k230_wire_server *server)
{
    return __atomic_load_n(&server->connected, __ATOMIC_ACQUIRE) != 0;
}

static void log_line(struct k230_wire_server *server, const struct k230i_line *line)
{
    server->hal->ops->log(server->hal, line->text);
}

static uint64_t now_ms(struct k230_wire_server *server) { return server->hal->ops->now_ms(server->hal); }

void k230_wire_init(struct k230_wire_server *server, struct k230_hal *hal, struct k230_wire_transport *transport,
                    const struct k230_wire_handler *handler)
{
    memset(server, 0, sizeof *server);
    server->hal = hal;
    server->transport = transport;
    server->handler = *handler;
}

void k230_wire_stop(struct k230_wire_server *server)
{
    __atomic_store_n(&server->transport->ending, 1u, __ATOMIC_RELEASE);
}

/* ---- packets out ------------------------------------------------------------------------------------------------- */

/* A reply's and a request's number is the next one, counted under the lock so that they go out in order. */
static int send(struct k230_wire_server *server, const struct k230_wire_header *header, const void *payload,
                bool is_numbered)
{
    int status = -K230_ENOTCONN;
    if (header->size > K230_WIRE_REPLY_MAX)
        return -K230_EMSGSIZE;
    k230_hal_lock(server->hal, &server->lock);
    if (k230_wire_connected(server)) {
        struct k230_wire_header whole = *header;
        if (is_numbered)
            whole.sequence = server->sequence++;
        k230_wire_seal(&whole, payload);
        memcpy(server->outgoing, &whole, sizeof whole);
        if (whole.size > 0)
            memcpy(server->outgoing + sizeof whole, payload, whole.size);
        status = server->transport->ops->write(server->transport, server->outgoing, K230_WIRE_HEADER_SIZE + whole.size,
                                               K230_WIRE_WRITE_MS);
        if (status < 0)
            __atomic_store_n(&server->connected, 0u, __ATOMIC_RELEASE); /* the serving thread sees it */
    }
    k230_hal_unlock(server->hal, &server->lock);
    return status;
}

int k230_wire_send(struct k230_wire_server *server, const struct k230_wire_header *header, const void *payload)
{
    return send(server, header, payload, false);
}

int k230_wire_request(struct k230_wire_server *server, uint32_t command, uint32_t flags, const void *payload,
                      uint32_t size)
{
    const struct k230_wire_header header = {.command = command, .flags = flags, .size = size};
    return send(server, &header, payload, true);
}

int k230_wire_reply(struct k230_wire_server *server, const struct k230_wire_header *to, uint32_t flags,
                    const void *payload, uint32_t size)
{
    const struct k230_wire_header header = {
        .command = to->command, .reply_sequence = to->sequence, .flags = flags | K230_WIRE_REPLY, .size = size};
    return send(server, &header, payload, true);
}

/* ---- packets in -------------------------------------------------------------------------------------------------- */

static void report_bad(struct k230_wire_server *server, uint32_t flag)
{
    k230_wire_request(server, K230_WIRE_PING, flag | K230_WIRE_NON_CRITICAL | K230_WIRE_NACK, NULL, 0);
}

/* False: nothing more to find in these bytes. */
static bool take(struct k230_wire_server *server, uint32_t length, uint32_t *done)
{
    uint32_t used;
    const enum k230_wire_found found =
        k230_wire_receive(&server->receiver, server->incoming + *done, length - *done, &used, now_ms(server));
    *done += used;
    switch (found) {
    case K230_WIRE_PACKET:
        server->counts.packets++;
        server->handler.packet(server->handler.arg, &server->receiver.header, server->receiver.payload);
        return true;
    case K230_WIRE_FOUND_BAD_HEADER:
        server->counts.bad_headers++;
        report_bad(server, K230_WIRE_BAD_HEADER);
        return true;
    case K230_WIRE_FOUND_BAD_PAYLOAD:
        server->counts.bad_payloads++;
        report_bad(server, K230_WIRE_BAD_PAYLOAD);
        return true;
    default:
        return false;
    }
}

static bool goes_on(const struct k230_wire_server *server)
{
    return !k230_wire_ending(server->transport) && k230_wire_connected(server);
}

static void set_connected(struct k230_wire_server *server, uint32_t connected)
{
    k230_hal_lock(server->hal, &server->lock);
    __atomic_store_n(&server->connected, connected, __ATOMIC_RELEASE);
    k230_hal_unlock(server->hal, &server->lock);
}

static void log_bad(struct k230_wire_server *server, const struct k230_wire_counts *before)
{
    struct k230i_line line = {.length = 0};
    const uint32_t headers = server->counts.bad_headers - before->bad_headers;
    const uint32_t payloads = server->counts.bad_payloads - before->bad_payloads;
    if (headers == 0 && payloads == 0)
        return;
    k230i_put(&line, "wire: ");
    k230i_put(&line, server->transport->name);
    k230i_put(&line, ": bad packets from the PC: ");
    k230i_put_number(&line, headers);
    k230i_put(&line, " by the header, ");
    k230i_put_number(&line, payloads);
    k230i_put(&line, " by the payload");
    log_line(server, &line);
}

/* From a PC's coming to its going. */
static void visit(struct k230_wire_server *server)
{
    const struct k230_wire_transport_ops *ops = server->transport->ops;
    const struct k230_wire_counts before = server->counts;
    k230_wire_receiver_reset(&server->receiver);
    server->counts.visits++;
    set_connected(server, 1);
    if (server->handler.came)
        server->handler.came(server->handler.arg);
    while (goes_on(server)) {
        const int got =
            ops->read(server->transport, server->incoming, (uint32_t)sizeof server->incoming, K230_WIRE_TURN_MS);
        uint32_t done = 0;
        if (got < 0)
            break;
        while (take(server, (uint32_t)got, &done) && goes_on(server))
            ;
    }
    ops->drop(server->transport);
    set_connected(server, 0); /* and no write is under way any more */
    if (server->handler.gone)
        server->handler.gone(server->handler.arg);
    log_bad(server, &before);
}

/* ---- the serving thread ------------------------------------------------------------------------------------------ */

static void log_failure(struct k230_wire_server *server, int status)
{
    struct k230i_line line = {.length = 0};
    k230i_put(&line, "wire: ");
    k230i_put(&line, server->transport->name);
    k230i_put(&line, ": cannot be opened: ");
    k230i_put(&line, k230_error_name(status));
    log_line(server, &line);
}

int k230_wire_open(struct k230_wire_server *server)
{
    if (server->opened)
        return 0;
    const int status = server->transport->ops->open(server->transport);
    if (status < 0 && status != server->failure)
        log_failure(server, status);
    server->failure = status;
    server->opened = status >= 0;
    return status;
}

static void shut(struct k230_wire_server *server)
{
    if (server->opened)
        server->transport->ops->close(server->transport);
    server->opened = false;
}

static void sleep_until_next_attempt(struct k230_wire_server *server)
{
    const uint32_t turn = K230_WIRE_TURN_MS;
    for (uint32_t slept = 0; slept < K230_WIRE_REOPEN_MS && !k230_wire_ending(server->transport); slept += turn)
        server->hal->ops->sleep(server->hal, turn);
}

void k230_wire_serve(struct k230_wire_server *server)
{
    while (!k230_wire_ending(server->transport)) {
        if (k230_wire_open(server) < 0) {
            sleep_until_next_attempt(server);
            continue;
        }
        const int status = server->transport->ops->accept(server->transport, K230_WIRE_TURN_MS);
        if (status > 0)
            visit(server);
        else if (status < 0)
            shut(server);
    }
    shut(server);
}
