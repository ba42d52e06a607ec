/* Datagrams: a record in the ring is a header with the address and one whole datagram. */
#include "k230_hash.h"
#include "sock_private.h"

/* Folded to 16 bits; never 0. Two destinations with one hash share their confirmation, which only means that the next
 * send raises the first error of the second one. */
static uint16_t destination_hash(const struct k230_addr *addr)
{
    const uint64_t hash = k230_hash(K230_HASH_START, addr, sizeof *addr);
    const uint16_t folded = (uint16_t)(hash ^ hash >> 32);
    return folded != 0 ? folded : 1u;
}

/* What the agent says of datagrams on their way out: k230_status_line. */
static uint32_t sends_of_tx_locked(struct k230_client *client, struct k230_sock *sock)
{
    K230_CHECK_HELD(&sock->tx_lock);
    const uint32_t sends =
        k230_shared_load(client->engine.hal, &k230_link_status(&client->engine.link, k230i_slot(client, sock))->sends);
    if (sock->confirmed_gen != k230_load_word(&sock->gen)) {
        sock->confirmed_gen = (uint16_t)k230_load_word(&sock->gen);
        sock->sends_raised = 0;
        memset(sock->confirmed, 0, sizeof sock->confirmed);
    }
    if (sock->confirmed_as != sends) {
        memset(sock->confirmed, 0, sizeof sock->confirmed);
        sock->asked_late = 1;
    }
    sock->confirmed_as = sends;
    return sends;
}

/* The newest failure of a datagram whose sender had gone on, taken; or 0. */
static int take_failure_tx_locked(struct k230_client *client, struct k230_sock *sock)
{
    K230_CHECK_HELD(&sock->tx_lock);
    const uint32_t sends = sends_of_tx_locked(client, sock);
    if (k230_status_number(sends) == sock->sends_raised)
        return 0;
    sock->sends_raised = (uint8_t)k230_status_number(sends);
    return -(int)k230_status_code(sends);
}

static bool is_confirmed_tx_locked(const struct k230_sock *sock, uint16_t hash)
{
    for (unsigned i = 0; i < sizeof sock->confirmed / sizeof sock->confirmed[0]; i++)
        if (sock->confirmed[i] == hash)
            return true;
    return false;
}

static void confirm_tx_locked(struct k230_sock *sock, uint16_t hash)
{
    if (is_confirmed_tx_locked(sock, hash))
        return;
    sock->confirmed[sock->confirmed_next++ % (sizeof sock->confirmed / sizeof sock->confirmed[0])] = hash;
}

static int sendto_tx_locked(struct k230_client *client, struct k230_sock *sock, int handle, const void *data,
                            uint32_t length, const struct k230_addr *addr, uint32_t *call, bool *kick)
{
    K230_CHECK_HELD(&sock->tx_lock);
    static const struct k230_addr connected_peer = {.family = K230_AF_UNSPEC};
    const uint16_t hash = destination_hash(addr ? addr : &connected_peer);
    struct k230_call result;

    if (*call != 0) { /* the answer to the first datagram */
        k230_engine_enter(&client->engine);
        const int status = k230i_call_step_locked(client, sock, K230_OP_SENDTO, call, &result);
        k230_engine_unlock_inner(&client->engine);
        if (status == -K230_PENDING)
            return status;
        /* One that was refused earlier had no call of its own to tell it. */
        const int earlier = k230i_usable(client, sock, handle) == 0 ? take_failure_tx_locked(client, sock) : 0;
        if (status < 0)
            return status;
        if (!sock->asked_late)
            confirm_tx_locked(sock, hash);
        return earlier < 0 ? earlier : (int)length;
    }

    int status = k230i_usable(client, sock, handle);
    if (status != 0)
        return status;
    if (k230_load_byte(&sock->type) != K230_SOCK_DGRAM)
        return -K230_EOPNOTSUPP;
    if (!addr && k230_load_word(&sock->state) != K230_SOCK_CONNECTED)
        return -K230_EDESTADDRREQ;
    status = k230i_take_error(sock, k230i_status(client, sock));
    if (status != 0) {
        k230i_changed(client, sock);
        return status;
    }
    if (k230_load_byte(&sock->tx_shut))
        return -K230_EPIPE;
    if (length > client->engine.link.limits.datagram)
        return -K230_EMSGSIZE;
    if (!k230i_has_rings(client, sock))
        return -K230_EAGAIN;
    const uint32_t room = k230_ring_room(&sock->tx);
    if (room == K230_RING_BROKEN) {
        k230i_broken(client);
        return -K230_ECONNRESET;
    }
    if (room < k230_record_space(length)) {
        k230i_changed(client, sock);
        k230_engine_glance(&client->engine);
        return -K230_EAGAIN;
    }

    struct k230_record record = {.len = length, .addr = addr ? *addr : connected_peer};
    sends_of_tx_locked(client, sock);
    if (!is_confirmed_tx_locked(sock, hash)) {
        k230_engine_lock(&client->engine);
        status = k230i_call_step_locked(client, sock, K230_OP_SENDTO, call, &result);
        k230_engine_unlock_inner(&client->engine);
        if (status != K230_CALL_BEGIN) /* another call is under way on this socket */
            return status;
        record.flags = K230_RECORD_CONFIRM;
        record.id = *call;
        sock->asked_late = 0;
    }
    k230_ring_put(&sock->tx, &record, sizeof record);
    k230_ring_put(&sock->tx, data, length);
    k230_ring_advance(&sock->tx, k230_record_space(length) - (uint32_t)sizeof record - length);
    k230_ring_publish(&sock->tx);
    k230_shared_fence(); /* pairs with the agent's fence between storing WANT_TX and its last look at the ring */
    *kick = k230i_want(client, sock) & K230_WANT_TX;
    return record.flags ? -K230_PENDING : (int)length;
}

int k230_sock_sendto(struct k230_client *client, int handle, const void *data, uint32_t length,
                     const struct k230_addr *addr, uint32_t *call)
{
    struct k230_sock *sock = k230i_sock_at(client, handle);
    if (!sock)
        return -K230_EBADF;
    bool kick = false;
    k230_engine_glance(&client->engine);
    k230i_lock_tx(client, sock);
    const int result = k230i_valid(sock, handle)
                           ? sendto_tx_locked(client, sock, handle, data, length, addr, call, &kick)
                           : -K230_EBADF;
    if (kick)
        k230i_kick(client, sock);
    k230_engine_unlock_last(&client->engine, &sock->tx_lock);
    return result;
}

/* The header of the next record, copied and checked; false where there is none. */
static bool next_record_rx_locked(struct k230_client *client, struct k230_sock *sock, struct k230_record *record)
{
    K230_CHECK_HELD(&sock->rx_lock);
    const uint32_t filled = k230_ring_filled(&sock->rx);
    if (filled == 0)
        return false;
    if (filled != K230_RING_BROKEN && filled >= sizeof *record) {
        k230_ring_peek(&sock->rx, 0, record, sizeof *record);
        if (record->len <= sock->rx.row->size && k230_record_space(record->len) <= filled)
            return true;
    }
    k230_engine_lock(&client->engine);
    k230_engine_blame_locked(&client->engine,
                             filled == K230_RING_BROKEN ? K230_FAULT_RING_INDEX : K230_FAULT_BAD_RECORD);
    k230_engine_unlock_inner(&client->engine);
    return false;
}

int k230i_datagram_recv_rx_locked(struct k230_client *client, struct k230_sock *sock, int handle, void *data,
                                  uint32_t length, int flags, struct k230_addr *from)
{
    K230_CHECK_HELD(&sock->rx_lock);
    if (!k230i_valid(sock, handle))
        return -K230_EBADF;
    if (k230i_over(client, sock))
        return -K230_ECONNRESET;
    struct k230_record record;
    if (k230i_has_rings(client, sock) && next_record_rx_locked(client, sock, &record)) {
        const uint32_t taken = length < record.len ? length : record.len;
        k230_ring_peek(&sock->rx, (uint32_t)sizeof record, data, taken);
        if (!(flags & K230_MSG_PEEK))
            k230i_consume_rx_locked(client, sock,
                                    k230_record_space(record.len)); /* the rest of a datagram is lost: POSIX */
        if (from)
            *from = record.addr;
        return (int)taken;
    }
    if (k230_load_word(&client->engine.session) != K230_SESSION_LIVE)
        return -K230_ECONNRESET;
    const uint32_t word = k230i_status(client, sock);
    const int error = k230i_take_error(sock, word);
    if (error != 0) {
        k230i_changed(client, sock);
        return error;
    }
    if (word & K230_STATUS_EOF) /* shut down for receiving */
        return 0;
    k230_engine_glance(&client->engine);
    return -K230_EAGAIN;
}

int k230i_datagram_available_rx_locked(struct k230_client *client, struct k230_sock *sock)
{
    K230_CHECK_HELD(&sock->rx_lock);
    struct k230_record record;
    return next_record_rx_locked(client, sock, &record) ? (int)record.len : 0;
}
