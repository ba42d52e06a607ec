/* Moving bytes between a socket's rings and the stack: straight out of the ring, straight into the ring. */
#include "k230_agent.h"

/* Datagrams of one turn, so that one socket does not keep the others waiting. A stream's turn is one ring full. */
#define DATAGRAMS_PER_TURN 64u

/* Results of the functions below that no stack gives. */
#define RING_LIES (-0x10000)   /* the ring's index claims more than the ring holds */
#define RECORD_LIES (-0x10001) /* a datagram record does not fit what is there */
#define TURN_OVER (-0x10002)   /* there is more to send */

static void fault_of(struct k230_agent *agent, int result)
{
    k230_agent_fault(agent, result == RING_LIES ? K230_FAULT_RING_INDEX : K230_FAULT_BAD_RECORD);
}

/* The turn is used up and there is more: the socket comes again after the others. */
static void take_another_turn(struct k230_agent *agent, uint32_t slot)
{
    agent->again[slot / 32u] |= 1u << slot % 32u;
    agent->busy = true;
}

static uint32_t interest(const struct k230_agent_sock *sock)
{
    switch (sock->state) {
    case K230_AGENT_LISTENING:
        return sock->flags & K230_STATUS_ACCEPT ? 0 : K230_STACK_IN;
    case K230_AGENT_CONNECTING:
        return K230_STACK_OUT | K230_STACK_ERR;
    case K230_AGENT_OPEN: /* a stream that is not connected reports hang-up all the time */
        if (sock->type == K230_SOCK_STREAM)
            return 0;
        break;
    case K230_AGENT_CONNECTED:
        break;
    default:
        return 0;
    }
    if (!sock->attached)
        return 0;
    uint32_t events = sock->tx_blocked ? (uint32_t)K230_STACK_OUT : 0;
    if (sock->tx_over)
        return sock->rx_stalled ? 0 : (uint32_t)K230_STACK_IN;
    if (sock->flags & K230_STATUS_EOF) /* stay for a reset that answers what we send */
        return sock->type == K230_SOCK_STREAM ? events | K230_STACK_ERR : events;
    return sock->rx_stalled ? events : events | K230_STACK_IN | K230_STACK_ERR;
}

static void set_error(struct k230_agent_sock *sock, int error)
{
    sock->error_code = (uint8_t)-error;
    sock->error_number = (uint8_t)(sock->error_number % 255u + 1u);
}

/* What the network has told a datagram socket; it lives on. */
static void show_told(struct k230_agent *agent, uint32_t slot, int error)
{
    set_error(&agent->socks[slot], error);
    k230_agent_show_sends(agent, slot, 0);
    k230_agent_show(agent, slot);
}

/* The connection is over, and nothing more comes in. */
static void die(struct k230_agent *agent, uint32_t slot, int error)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    sock->state = K230_AGENT_DEAD;
    sock->flags |= K230_STATUS_DEAD;
    sock->tx_blocked = 0;
    if (error != 0)
        set_error(sock, error);
    k230_agent_watch(agent, slot, 0);
    k230_agent_show(agent, slot);
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

/* Of the pieces that the stack was given, the bytes that it filled. */
static void clean_received(struct k230_agent *agent, const struct k230_span *spans, unsigned pieces, uint32_t got)
{
    for (unsigned i = 0; i < pieces && got != 0; i++) {
        const uint32_t length = got < spans[i].length ? got : spans[i].length;
        k230_shared_clean(agent->hal, spans[i].start, length);
        got -= length;
    }
}

static void receive_stream(struct k230_agent *agent, uint32_t slot)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    uint32_t budget = sock->rx.row->size; /* one ring full a turn */
    while (budget != 0 && sock->state == K230_AGENT_CONNECTED && !(sock->flags & K230_STATUS_EOF)) {
        uint32_t room = k230_ring_room(&sock->rx);
        if (room == 0) {
            k230_agent_want(agent, slot, sock->want | K230_WANT_SPACE);
            k230_shared_fence(); /* pairs with the fence in k230i_consume_rx_locked */
            room = k230_ring_room(&sock->rx);
        }
        if (room == K230_RING_BROKEN) {
            k230_agent_fault(agent, K230_FAULT_RING_INDEX);
            return;
        }
        sock->rx_stalled = room == 0;
        if (room == 0)
            return;
        if (sock->want & K230_WANT_SPACE)
            k230_agent_want(agent, slot, sock->want & ~K230_WANT_SPACE);
        if (room > budget)
            room = budget;
        struct k230_span spans[2];
        const unsigned pieces = k230_ring_spans(&sock->rx, 0, room, spans);
        const int got = k230_stack_recv(agent->stack, sock->stack, spans, pieces);
        if (got == -K230_EAGAIN && !sock->tx_over)
            return;
        if (got == 0 && (!sock->tx_over || sock->fail_error == -K230_EPIPE)) {
            sock->flags |= K230_STATUS_EOF;
            k230_agent_show(agent, slot);
        }
        if (got < 0 || (got == 0 && sock->tx_over)) /* where sending failed that has been told, and this was the rest */
            die(agent, slot, sock->tx_over ? 0 : got);
        if (got <= 0)
            return;
        clean_received(agent, spans, pieces, (uint32_t)got);
        k230_ring_advance(&sock->rx, (uint32_t)got);
        k230_ring_publish(&sock->rx);
        k230_agent_news(agent, slot);
        if ((uint32_t)got < room && !sock->tx_over) /* the stack has no more; if it has, it will say so */
            return;
        budget -= (uint32_t)got;
    }
}

/* After `taken` bytes have left a transmit ring: whether the big core may wait for them to go. It does so only where
 * less than `least` bytes are free, and most of the time they are: then there is nothing to tell. */
static bool room_awaited(struct k230_ring *ring, uint32_t taken, uint32_t least)
{
    /* Pairs with the fences of the big core: it publishes its bytes, or arms itself, and then looks at the ring's head,
     * which is stored by now. Either it sees the head, or we see how full the ring was. */
    k230_shared_fence();
    const uint32_t filled = k230_ring_filled(ring);
    return filled == K230_RING_BROKEN || filled + taken > ring->row->size - least; /* broken: the next look says so */
}

/* Sends from a ring until it is empty (returns 0), the stack is full (-EAGAIN), `most` bytes are sent (TURN_OVER), or
 * an error of the stack or RING_LIES. `moved` counts the bytes; *awaited is set where their room may be waited for. */
static int send_ring(struct k230_agent *agent, int stack, struct k230_ring *ring, uint32_t most, uint32_t *moved,
                     bool *awaited)
{
    for (;;) {
        const uint32_t filled = k230_ring_filled(ring);
        if (filled == K230_RING_BROKEN)
            return RING_LIES;
        if (filled == 0)
            return 0;
        if (*moved >= most)
            return TURN_OVER;
        const uint32_t piece = filled < most - *moved ? filled : most - *moved;
        struct k230_span spans[2];
        const unsigned pieces = k230_ring_spans(ring, 0, piece, spans);
        for (unsigned i = 0; i < pieces; i++)
            k230_shared_invalidate(agent->hal, spans[i].start, spans[i].length);
        const int sent = k230_stack_send(agent->stack, stack, spans, pieces);
        if (sent < 0)
            return sent;
        k230_ring_advance(ring, (uint32_t)sent);
        k230_ring_publish(ring);
        *moved += (uint32_t)sent;
        *awaited |=
            room_awaited(ring, (uint32_t)sent, ring->row->size / 2u); /* of a message, at most half a ring waits */
        if ((uint32_t)sent < piece)
            return -K230_EAGAIN;
    }
}

/* Sending has failed. What arrived before the failure comes first: the stack may still hold some of it. */
static void sending_failed(struct k230_agent *agent, uint32_t slot, int error)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    sock->tx_over = 1;
    sock->fail_error = error;
    sock->flags |= K230_STATUS_TX_OVER;
    set_error(sock, error);
    k230_agent_show(agent, slot);
    if (sock->flags & K230_STATUS_EOF)
        die(agent, slot, 0);
    else
        receive_stream(agent, slot); /* goes on when the ring has room again, and ends with the last byte */
}

static void send_stream(struct k230_agent *agent, uint32_t slot)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    uint32_t moved = 0;
    bool awaited = false;
    k230_agent_want(agent, slot, sock->want & ~K230_WANT_TX);
    int status = send_ring(agent, sock->stack, &sock->tx, sock->tx.row->size, &moved, &awaited);
    if (status == 0) {
        k230_agent_want(agent, slot, sock->want | K230_WANT_TX);
        k230_shared_fence(); /* pairs with the fence in send_tx_locked: either side sees the other */
        status = send_ring(agent, sock->stack, &sock->tx, sock->tx.row->size, &moved, &awaited);
    }
    if (awaited)
        k230_agent_news(agent, slot);
    sock->tx_blocked = status == -K230_EAGAIN;
    switch (status) {
    case 0:
        if (sock->shut_due)
            k230_stack_shutdown(agent->stack, sock->stack, K230_SHUT_WR);
        sock->shut_due = 0;
        break;
    case -K230_EAGAIN:
        break;
    case TURN_OVER:
        take_another_turn(agent, slot);
        break;
    case RING_LIES:
        fault_of(agent, status);
        break;
    default:
        sending_failed(agent, slot, status);
        break;
    }
}

/* ---- datagrams --------------------------------------------------------------------------------------------------- */

static void receive_datagrams(struct k230_agent *agent, uint32_t slot)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    const uint32_t longest = agent->limits.datagram;
    for (unsigned turn = 0; turn < DATAGRAMS_PER_TURN && !(sock->flags & K230_STATUS_EOF); turn++) {
        uint32_t room = k230_ring_room(&sock->rx);
        if (room != K230_RING_BROKEN && room < k230_record_space(longest)) {
            k230_agent_want(agent, slot, sock->want | K230_WANT_SPACE);
            k230_shared_fence(); /* pairs with the fence in k230i_consume_rx_locked */
            room = k230_ring_room(&sock->rx);
        }
        if (room == K230_RING_BROKEN) {
            k230_agent_fault(agent, K230_FAULT_RING_INDEX);
            return;
        }
        sock->rx_stalled = room < k230_record_space(longest);
        if (sock->rx_stalled)
            return;
        if (sock->want & K230_WANT_SPACE)
            k230_agent_want(agent, slot, sock->want & ~K230_WANT_SPACE);
        struct k230_span spans[2];
        struct k230_record record = {.len = 0};
        bool truncated = false;
        const unsigned pieces = k230_ring_spans(&sock->rx, (uint32_t)sizeof record, longest, spans);
        const int got = k230_stack_recvfrom(agent->stack, sock->stack, spans, pieces, &record.addr, &truncated);
        if (got == -K230_EAGAIN)
            return;
        if (got < 0) { /* an answer to something sent earlier (port unreachable) */
            show_told(agent, slot, got);
            return;
        }
        clean_received(agent, spans, pieces, (uint32_t)got);
        record.len = (uint32_t)got;
        if (truncated) {
            record.flags = K230_RECORD_TRUNCATED;
            sock->drops++;
        }
        k230_ring_put(&sock->rx, &record, sizeof record);
        k230_ring_advance(&sock->rx, k230_record_space(record.len) - (uint32_t)sizeof record);
        k230_ring_publish(&sock->rx);
        k230_agent_news(agent, slot);
    }
}

/* Records that go to the stack in one call. */
struct records {
    struct k230_record first; /* the others have its length and its address, and ask for nothing */
    unsigned count;
    unsigned pieces;
    struct k230_span spans[K230_AGENT_RUN + 1]; /* the ring ends within one of them */
};

/* Copies the header of the record that begins `offset` bytes ahead, and checks it. 1: it is there, 0: none,
 * RECORD_LIES. */
static int read_record(const struct k230_agent *agent, struct k230_ring *ring, uint32_t offset, uint32_t filled,
                       struct k230_record *record)
{
    const uint32_t left = filled - offset;
    if (left == 0)
        return 0;
    if (left < sizeof *record)
        return RECORD_LIES;
    k230_ring_peek(ring, offset, record, sizeof *record);
    return record->len > agent->limits.datagram || k230_record_space(record->len) > left ? RECORD_LIES : 1;
}

/* One that asks for its own answer goes alone, and so does an empty one: no length keeps it from the next. */
static bool goes_alone(const struct k230_record *record)
{
    return record->len == 0 || (record->flags & K230_RECORD_CONFIRM);
}

static bool is_alike(const struct k230_record *first, const struct k230_record *next)
{
    return next->len == first->len && !goes_alone(next) && memcmp(&next->addr, &first->addr, sizeof next->addr) == 0;
}

/* Finds the next record, and up to `most` that go with it. 1: done, 0: none there, RING_LIES, RECORD_LIES. A lie behind
 * the first one is met again, once those before it are sent. */
static int gather_records(struct k230_agent *agent, struct k230_ring *ring, unsigned most, struct records *records)
{
    const uint32_t filled = k230_ring_filled(ring);
    if (filled == K230_RING_BROKEN)
        return RING_LIES;
    const int status = read_record(agent, ring, 0, filled, &records->first);
    if (status <= 0)
        return status;
    if (goes_alone(&records->first))
        most = 1;
    const uint32_t space = k230_record_space(records->first.len);
    struct k230_record next;
    unsigned count = 0;
    unsigned pieces = 0;
    do {
        const uint32_t bytes = count * space + (uint32_t)sizeof next;
        const unsigned more = k230_ring_spans(ring, bytes, records->first.len, &records->spans[pieces]);
        for (unsigned i = 0; i < more; i++)
            k230_shared_invalidate(agent->hal, records->spans[pieces + i].start, records->spans[pieces + i].length);
        pieces += more;
        count++;
    } while (count < K230_AGENT_RUN && count < most && read_record(agent, ring, count * space, filled, &next) > 0 &&
             is_alike(&records->first, &next));
    records->count = count;
    records->pieces = pieces;
    return 1;
}

/* Bytes sent of one record, or how many of several; or the failure of the first. */
static int give_records(struct k230_agent *agent, int stack, const struct records *records)
{
    const struct k230_addr *addr = records->first.addr.family != K230_AF_UNSPEC ? &records->first.addr : NULL;
    if (records->count == 1)
        return k230_stack_sendto(agent->stack, stack, records->spans, records->pieces, addr);
    const struct k230_datagram_run run = {records->count, records->first.len, records->spans, addr};
    return k230_stack_sendto_run(agent->stack, stack, &run);
}

/* What became of the records that send_records stepped over. */
struct sent {
    bool connected;           /* the caller's: the socket has a peer */
    struct k230_record first; /* the first one's header */
    int outcome;              /* what the stack said */
    int told;                 /* an error that the network had told the socket before; else 0 */
    bool awaited;             /* as in send_ring */
};

/* As give_records. A connected socket gives an error that the network has told it to whatever call comes first. A
 * datagram whose sender has gone on is no part of that: it is tried again, and an error that does not come again was
 * the network's. */
static int give_and_hear(struct k230_agent *agent, int stack, const struct records *records, struct sent *sent)
{
    const int outcome = give_records(agent, stack, records);
    if (outcome >= 0 || outcome == -K230_EAGAIN || outcome == -K230_ENOBUFS || !sent->connected ||
        (records->first.flags & K230_RECORD_CONFIRM))
        return outcome;
    const int again = give_records(agent, stack, records);
    if (again != outcome)
        sent->told = outcome;
    return again;
}

/* Sends the next records of a datagram ring, at most `most`, and steps over those that went out, or over the one that
 * failed. Their number, 0: none there, -EAGAIN: the stack is full, RING_LIES, RECORD_LIES. */
static int send_records(struct k230_agent *agent, int stack, struct k230_ring *ring, unsigned most, struct sent *sent)
{
    struct records records;
    const int status = gather_records(agent, ring, most, &records);
    if (status <= 0)
        return status;
    sent->outcome = give_and_hear(agent, stack, &records, sent);
    if (sent->outcome == -K230_EAGAIN)
        return -K230_EAGAIN;
    const int gone = records.count == 1 || sent->outcome < 0 ? 1 : sent->outcome;
    const uint32_t space = (uint32_t)gone * k230_record_space(records.first.len);
    k230_ring_advance(ring, space);
    k230_ring_publish(ring);
    sent->awaited |= room_awaited(ring, space, k230_record_space(agent->limits.datagram));
    sent->first = records.first;
    return gone;
}

static void send_datagrams(struct k230_agent *agent, uint32_t slot)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    k230_agent_want(agent, slot, sock->want & ~K230_WANT_TX);
    for (unsigned left = DATAGRAMS_PER_TURN;;) {
        if (left == 0) {
            take_another_turn(agent, slot);
            return;
        }
        struct sent sent = {.connected = sock->state == K230_AGENT_CONNECTED};
        int status = send_records(agent, sock->stack, &sock->tx, left, &sent);
        if (status == 0) {
            k230_agent_want(agent, slot, sock->want | K230_WANT_TX);
            k230_shared_fence(); /* pairs with the fence in sendto_tx_locked */
            status = send_records(agent, sock->stack, &sock->tx, left, &sent);
        }
        if (sent.told != 0)
            show_told(agent, slot, sent.told);
        sock->tx_blocked = status == -K230_EAGAIN;
        if (status == RING_LIES || status == RECORD_LIES)
            fault_of(agent, status);
        if (status <= 0)
            return;
        left -= (unsigned)status;
        if (sent.awaited)
            k230_agent_news(agent, slot);
        const bool asks = sent.first.flags & K230_RECORD_CONFIRM;
        if (sent.outcome < 0) /* before the answer: who has that sees this */
            k230_agent_show_sends(agent, slot, asks ? 0 : sent.outcome);
        if (asks)
            k230_agent_answer(agent, slot, sent.first.id, K230_OP_SENDTO, sent.outcome);
        if (agent->session == 0)
            return;
    }
}

/* ---- a socket's turn --------------------------------------------------------------------------------------------- */

void k230_agent_move(struct k230_agent *agent, uint32_t slot)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    if (!sock->attached)
        return;
    if (sock->type == K230_SOCK_DGRAM) {
        if (!sock->tx_blocked)
            send_datagrams(agent, slot);
        if (agent->session != 0)
            receive_datagrams(agent, slot);
    } else if (sock->state == K230_AGENT_CONNECTED) {
        if (!sock->tx_blocked && !sock->tx_over)
            send_stream(agent, slot);
        if (agent->session != 0 && sock->state == K230_AGENT_CONNECTED)
            receive_stream(agent, slot);
    }
    if (agent->session != 0)
        k230_agent_watch(agent, slot, interest(sock));
}

static void connect_over(struct k230_agent *agent, uint32_t slot)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    const int status = k230_stack_connect_result(agent->stack, sock->stack);
    if (status == -K230_EINPROGRESS)
        return;
    sock->state = status == 0 ? K230_AGENT_CONNECTED : K230_AGENT_OPEN;
    k230_agent_answer(agent, slot, sock->connect_id, K230_OP_CONNECT, status);
    if (agent->session == 0)
        return;
    k230_agent_watch(agent, slot, 0);
    if (status == 0)
        k230_agent_move(agent, slot);
}

void k230_agent_serve(struct k230_agent *agent, uint32_t slot, uint32_t events)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    switch (sock->state) {
    case K230_AGENT_LISTENING:
        sock->flags |= K230_STATUS_ACCEPT;
        k230_agent_watch(agent, slot, interest(sock));
        k230_agent_show(agent, slot);
        break;
    case K230_AGENT_CONNECTING:
        connect_over(agent, slot);
        break;
    case K230_AGENT_OPEN:
    case K230_AGENT_CONNECTED:
        if (events & (K230_STACK_OUT | K230_STACK_ERR))
            sock->tx_blocked = 0;
        k230_agent_move(agent, slot);
        if ((events & K230_STACK_ERR) && agent->session != 0 && sock->state == K230_AGENT_CONNECTED &&
            sock->type == K230_SOCK_STREAM && !sock->rx_stalled) {
            /* Nothing came of reading and writing: end of stream both ways, or an error behind it. */
            const int error = k230_stack_error(agent->stack, sock->stack);
            if (error != 0 || (sock->flags & K230_STATUS_EOF))
                die(agent, slot, error);
        }
        break;
    default:
        k230_agent_watch(agent, slot, 0);
        break;
    }
}

/* ---- after close ------------------------------------------------------------------------------------------------- */

int k230_agent_send_lingering(struct k230_agent *agent, struct k230_agent_linger *linger)
{
    struct k230_ring *ring = &linger->tx;
    bool awaited = false; /* by nobody: the socket is closed */
    int status = 0;
    if (linger->type == K230_SOCK_STREAM) {
        uint32_t moved = 0;
        status = send_ring(agent, linger->stack, ring, linger->end - ring->own, &moved, &awaited);
        if (status == TURN_OVER)
            status = 0;
    } else {
        struct sent sent = {.connected = false};
        for (unsigned turn = 0; turn < DATAGRAMS_PER_TURN && (int32_t)(linger->end - ring->own) > 0; turn++) {
            status = send_records(agent, linger->stack, ring, K230_AGENT_RUN, &sent);
            if (status <= 0)
                break;
        }
        if (status >= 0)
            status = (int32_t)(linger->end - ring->own) > 0 ? -K230_EAGAIN : 0;
    }
    if (status == RING_LIES || status == RECORD_LIES)
        fault_of(agent, status); /* with a session; without one nobody else is left to be harmed */
    return status;
}
