/* What the big core asks for: one function per operation, behind the checks that all need. */
#include "k230_agent.h"

/* ---- answers ----------------------------------------------------------------------------------------------------- */

/* An answer at once: k230_agent_take_requests made sure of the room. */
static void answer(struct k230_agent *agent, int32_t status, uint32_t arg0, const void *payload, uint32_t length)
{
    const struct k230_request *request = &agent->request;
    agent->completion = (struct k230_completion){
        .id = request->id, .op = request->op, .handle = request->handle, .status = status, .arg0 = arg0, .len = length};
    if (length != 0)
        memcpy(agent->completion.payload, payload, length);
    k230_agent_complete(agent);
}

static bool read_address(struct k230_agent *agent, struct k230_addr *addr)
{
    if (agent->request.len != sizeof *addr) {
        k230_agent_fault(agent, K230_FAULT_BAD_LENGTH);
        return false;
    }
    memcpy(addr, agent->request.payload, sizeof *addr);
    return true;
}

/* ---- sockets that come and go ------------------------------------------------------------------------------------ */

static void reset_status(struct k230_agent *agent, uint32_t slot)
{
    struct k230_status_line *line = k230_link_status(&agent->link, slot);
    k230_shared_store(agent->hal, &line->status, 0);
    k230_shared_store(agent->hal, &line->want, 0);
    k230_shared_store(agent->hal, &line->sends, 0);
}

/* The slot of a handle that the big core has just chosen; NULL (and the end of the session) if it is in use. */
static struct k230_agent_sock *fresh_slot(struct k230_agent *agent, uint32_t handle)
{
    const uint32_t slot = k230_handle_slot(handle);
    if (slot >= agent->limits.slots || k230_handle_gen(handle) == 0 || k230_handle_gen(handle) > K230_GEN_LIMIT ||
        agent->socks[slot].state != K230_AGENT_FREE) {
        k230_agent_fault(agent, K230_FAULT_BAD_HANDLE);
        return NULL;
    }
    return &agent->socks[slot];
}

static void fill_slot(struct k230_agent *agent, struct k230_agent_sock *sock, uint32_t handle, int stack, uint8_t type,
                      enum k230_agent_state state)
{
    *sock = (struct k230_agent_sock){
        .state = (uint8_t)state, .type = type, .gen = k230_handle_gen(handle), .stack = stack, .pair = K230_NO_PAIR};
    reset_status(agent, k230_handle_slot(handle));
}

/* Sockets that stand still after their CLOSE keep no new one out. */
static int open_socket(struct k230_agent *agent, const struct k230_request *request)
{
    const int stack = k230_stack_open(agent->stack, (int)request->arg0, (int)request->arg1, (int)request->arg2);
    if (stack != -K230_EMFILE || !k230_agent_make_room(agent))
        return stack;
    return k230_stack_open(agent->stack, (int)request->arg0, (int)request->arg1, (int)request->arg2);
}

static void op_open(struct k230_agent *agent)
{
    const struct k230_request *request = &agent->request;
    struct k230_agent_sock *sock = fresh_slot(agent, request->handle);
    if (!sock)
        return;
    int stack = -K230_EINVAL;
    if (request->arg1 == K230_SOCK_STREAM || request->arg1 == K230_SOCK_DGRAM)
        stack = open_socket(agent, request);
    if (stack >= 0)
        fill_slot(agent, sock, request->handle, stack, (uint8_t)request->arg1, K230_AGENT_OPEN);
    answer(agent, stack < 0 ? stack : 0, 0, NULL, 0);
}

/* Gives the ring pair of a socket back, after its bytes are sent or, with `now`, at once. */
static void release_pair(struct k230_agent *agent, struct k230_agent_sock *sock, bool now)
{
    if (!sock->attached)
        return;
    struct k230_agent_linger *linger = &agent->lingers[sock->pair];
    *linger = (struct k230_agent_linger){.state = now ? K230_LINGER_DONE : K230_LINGER_SENDING,
                                         .type = sock->type,
                                         .stack = now ? -1 : sock->stack,
                                         .progress_ms = (uint32_t)agent->hal->ops->now_ms(agent->hal),
                                         .tx = sock->tx};
    agent->lingering++;
    if (!now) {
        const uint32_t filled = k230_ring_filled(&linger->tx);
        linger->end = linger->tx.own + (filled == K230_RING_BROKEN ? 1u : filled); /* which sending finds out */
        linger->left = k230_agent_left(agent, linger);
    }
    const uint32_t pair = sock->pair;
    sock->attached = 0;
    sock->pair = K230_NO_PAIR;
    k230_agent_serve_linger(agent, pair);
}

void k230_agent_close(struct k230_agent *agent, uint32_t slot, bool abort)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    /* Bytes that nobody will read any more: the peer must learn it, as it does from a kernel (RFC 2525, 2.17). Looked
     * at here and not on the big core, as some may have come in since it looked. */
    if (sock->type == K230_SOCK_STREAM && sock->attached && sock->rx.own != k230_ring_theirs(&sock->rx))
        abort = true;
    const bool sends = sock->attached && !abort && sock->state != K230_AGENT_DEAD &&
                       (sock->type == K230_SOCK_DGRAM || sock->state == K230_AGENT_CONNECTED);
    if (sends) {
        k230_agent_watch(agent, slot, 0);
        release_pair(agent, sock, false); /* closes the socket when its bytes are sent */
    } else {
        k230_stack_close(agent->stack, sock->stack, abort);
        release_pair(agent, sock, true);
    }
    *sock = (struct k230_agent_sock){.stack = -1, .pair = K230_NO_PAIR};
}

static void op_attach(struct k230_agent *agent, uint32_t slot)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    const uint32_t pair = agent->request.arg0;
    if (pair >= agent->limits.pairs || agent->pair_used[pair] || sock->attached) {
        k230_agent_fault(agent, K230_FAULT_BAD_PAIR);
        return;
    }
    agent->pair_used[pair] = 1;
    sock->pair = pair;
    sock->attached = 1;
    k230_link_tx(&agent->link, pair, &sock->tx);
    k230_link_rx(&agent->link, pair, &sock->rx);
    k230_agent_move(agent, slot);
}

/* ---- calls on a socket ------------------------------------------------------------------------------------------- */

static void op_bind(struct k230_agent *agent, uint32_t slot)
{
    const struct k230_agent_sock *sock = &agent->socks[slot];
    struct k230_addr addr;
    if (!read_address(agent, &addr))
        return;
    /* A stream that has begun more than that has a port; some stacks forget it with the connection. */
    const bool late = sock->type == K230_SOCK_STREAM && sock->state != K230_AGENT_OPEN;
    answer(agent, late ? -K230_EINVAL : k230_stack_bind(agent->stack, sock->stack, &addr), 0, NULL, 0);
}

static void op_listen(struct k230_agent *agent, uint32_t slot)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    int status = -K230_EINVAL; /* connected, or connecting */
    if (sock->type != K230_SOCK_STREAM)
        status = -K230_EOPNOTSUPP;
    else if (sock->state == K230_AGENT_OPEN || sock->state == K230_AGENT_LISTENING)
        status = k230_stack_listen(agent->stack, sock->stack, (int)(agent->request.arg0 & 0x7FFFFFFFu));
    if (status == 0) {
        sock->state = K230_AGENT_LISTENING;
        k230_agent_watch(agent, slot, sock->flags & K230_STATUS_ACCEPT ? 0 : K230_STACK_IN);
    }
    answer(agent, status, 0, NULL, 0);
}

static void op_connect(struct k230_agent *agent, uint32_t slot)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    struct k230_addr addr;
    if (!read_address(agent, &addr))
        return;
    if (sock->type == K230_SOCK_DGRAM) {
        const int outcome = k230_stack_connect(agent->stack, sock->stack, &addr);
        if (outcome == 0)
            sock->state = K230_AGENT_CONNECTED;
        answer(agent, outcome, 0, NULL, 0);
        k230_agent_move(agent, slot);
        return;
    }
    /* Some stacks halt on a second connect: what this state machine knows is never asked of them. */
    int status;
    switch (sock->state) {
    case K230_AGENT_OPEN:
        status = k230_stack_connect(agent->stack, sock->stack, &addr);
        break;
    case K230_AGENT_CONNECTING:
        status = -K230_EALREADY;
        break;
    default:
        status = -K230_EISCONN;
        break;
    }
    if (status == -K230_EINPROGRESS) {
        sock->state = K230_AGENT_CONNECTING;
        sock->connect_id = agent->request.id;
        if (k230_stack_ready(agent->stack, sock->stack, K230_STACK_OUT)) /* a peer on the same machine */
            k230_agent_serve(agent, slot, K230_STACK_OUT);
        if (agent->session != 0 && sock->state == K230_AGENT_CONNECTING)
            k230_agent_watch(agent, slot, K230_STACK_OUT | K230_STACK_ERR);
        return;
    }
    if (status == 0)
        sock->state = K230_AGENT_CONNECTED;
    answer(agent, status, 0, NULL, 0);
    if (status == 0)
        k230_agent_move(agent, slot);
}

static void op_cancel(struct k230_agent *agent, uint32_t slot)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    if (sock->type != K230_SOCK_STREAM || sock->state == K230_AGENT_LISTENING)
        return;
    const bool pending = sock->state == K230_AGENT_CONNECTING;
    if (sock->state != K230_AGENT_OPEN) {
        k230_agent_watch(agent, slot, 0);
        k230_stack_disconnect(agent->stack, sock->stack);
        sock->state = K230_AGENT_OPEN;
    }
    sock->flags = 0;
    sock->error_code = 0; /* an error of the connection that came too late is nobody's */
    sock->error_number = 0;
    sock->rx_stalled = 0;
    sock->tx_blocked = 0;
    sock->tx_over = 0;
    k230_agent_want(agent, slot, 0);
    if (pending)
        k230_agent_answer(agent, slot, sock->connect_id, K230_OP_CONNECT, -K230_ETIMEDOUT);
    if (agent->session == 0)
        return;
    k230_agent_show(agent, slot);
    release_pair(agent, sock, true);
}

static int accept_socket(struct k230_agent *agent, int listener, struct k230_addr *peer)
{
    const int stack = k230_stack_accept(agent->stack, listener, peer);
    if (stack != -K230_EMFILE || !k230_agent_make_room(agent))
        return stack;
    return k230_stack_accept(agent->stack, listener, peer);
}

static void op_accept(struct k230_agent *agent, uint32_t slot)
{
    struct k230_agent_sock *listener = &agent->socks[slot];
    const uint32_t handle = agent->request.arg0;
    struct k230_agent_sock *sock = fresh_slot(agent, handle);
    if (!sock)
        return;
    struct k230_addr peer = {.family = 0};
    int stack = -K230_EINVAL;
    if (listener->type != K230_SOCK_STREAM)
        stack = -K230_EOPNOTSUPP;
    else if (listener->state == K230_AGENT_LISTENING)
        stack = accept_socket(agent, listener->stack, &peer);
    if (listener->state == K230_AGENT_LISTENING) {
        /* The flag stands for what waits now, so that a poll right after this accept says the truth. */
        const uint32_t flags = k230_stack_ready(agent->stack, listener->stack, K230_STACK_IN) ? K230_STATUS_ACCEPT : 0;
        if (flags != listener->flags) {
            listener->flags = flags;
            k230_agent_show(agent, slot);
        }
        k230_agent_watch(agent, slot, flags ? 0 : K230_STACK_IN);
    }
    if (stack >= 0)
        fill_slot(agent, sock, handle, stack, K230_SOCK_STREAM, K230_AGENT_CONNECTED);
    answer(agent, stack < 0 ? stack : 0, handle, &peer, sizeof peer);
}

static void op_shutdown(struct k230_agent *agent, uint32_t slot)
{
    struct k230_agent_sock *sock = &agent->socks[slot];
    const uint32_t how = agent->request.arg0;
    int status = 0;
    if (sock->type == K230_SOCK_STREAM && sock->state != K230_AGENT_CONNECTED)
        status = -K230_ENOTCONN;
    else if (how > K230_SHUT_RDWR)
        status = -K230_EINVAL;
    if (status == 0 && how != K230_SHUT_WR) {
        status = k230_stack_shutdown(agent->stack, sock->stack, K230_SHUT_RD);
        sock->flags |= K230_STATUS_EOF;
        k230_agent_show(agent, slot);
    }
    if (status == 0 && how != K230_SHUT_RD) {
        sock->shut_due = sock->attached;
        if (!sock->attached)
            status = k230_stack_shutdown(agent->stack, sock->stack, K230_SHUT_WR);
    }
    answer(agent, status, 0, NULL, 0);
    k230_agent_move(agent, slot); /* what is in the ring goes out before the end of the stream */
}

static void op_option(struct k230_agent *agent, uint32_t slot)
{
    const struct k230_request *request = &agent->request;
    const int stack = agent->socks[slot].stack;
    if (request->op == K230_OP_SETOPT) {
        answer(agent,
               k230_stack_setopt(agent->stack, stack, (int)request->arg0, (int)request->arg1, request->payload,
                                 request->len),
               0, NULL, 0);
        return;
    }
    uint8_t value[K230_ADDR_SIZE] = {0};
    if (agent->socks[slot].state == K230_AGENT_CONNECTING && request->arg0 == K230_SOL_SOCKET &&
        request->arg1 == K230_SO_ERROR) { /* reading it takes it, and the connect's own answer needs it */
        answer(agent, 0, 0, value, 4);
        return;
    }
    const uint32_t room = request->arg2 < sizeof value ? request->arg2 : (uint32_t)sizeof value;
    const int length = k230_stack_getopt(agent->stack, stack, (int)request->arg0, (int)request->arg1, value, room);
    answer(agent, length < 0 ? length : 0, 0, value, length < 0 ? 0 : (uint32_t)length);
}

static void op_address(struct k230_agent *agent, uint32_t slot)
{
    struct k230_addr addr = {.family = 0};
    const int stack = agent->socks[slot].stack;
    const int status = agent->request.op == K230_OP_LOCAL ? k230_stack_local(agent->stack, stack, &addr)
                                                          : k230_stack_peer(agent->stack, stack, &addr);
    answer(agent, status, 0, &addr, status == 0 ? sizeof addr : 0);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static bool read_query(const struct k230_request *request, struct k230_stack_query *query)
{
    const uint32_t length = request->len;
    const uint8_t *host = request->payload;
    const uint8_t *host_end = memchr(host, 0, length);
    if (!host_end || host_end - host > (ptrdiff_t)K230_HOST_MAX)
        return false;
    const uint8_t *service = host_end + 1;
    const size_t left = length - (size_t)(service - host);
    const uint8_t *service_end = left != 0 ? memchr(service, 0, left) : NULL;
    if (!service_end || service_end - service > (ptrdiff_t)K230_SERVICE_MAX)
        return false;
    memcpy(query->host, host, (size_t)(service - host));
    memcpy(query->service, service, (size_t)(service_end + 1 - service));
    query->family = (int)request->arg0;
    query->type = (int)request->arg1;
    query->proto = (int)request->arg2;
    query->flags = request->flags;
    return true;
}

static void op_resolve(struct k230_agent *agent)
{
    for (uint32_t i = 0; i < K230_AGENT_RESOLVE_MAX; i++) {
        struct k230_agent_query *query = &agent->queries[i];
        if (query->state != K230_QUERY_FREE)
            continue;
        if (!read_query(&agent->request, &query->query)) {
            k230_agent_fault(agent, K230_FAULT_BAD_LENGTH);
            return;
        }
        query->id = agent->request.id;
        query->state = K230_QUERY_NEW;
        return;
    }
    answer(agent, -K230_EAI_AGAIN, 0, NULL, 0);
}

/* Passes one piece of the answer on; false when the queue is full. */
static bool pass_on(struct k230_agent *agent, uint32_t id, bool *done)
{
    if (!k230_agent_completion_room(agent)) {
        agent->unanswered = agent->session != 0;
        return false;
    }
    struct k230_stack_answer *found = &agent->answer;
    agent->completion = (struct k230_completion){.id = id, .op = K230_OP_RESOLVE, .status = found->status};
    *done = false;
    if (found->status == 0 && found->canon[0] != 0) {
        agent->completion.flags = K230_COMPLETION_MORE | K230_COMPLETION_CANON;
        agent->completion.len = (uint32_t)strlen(found->canon);
        memcpy(agent->completion.payload, found->canon, agent->completion.len);
        found->canon[0] = 0;
    } else if (found->status == 0 && found->next < found->count) {
        uint32_t count = found->count - found->next;
        if (count > K230_ADDRS_PER_COMPLETION)
            count = K230_ADDRS_PER_COMPLETION;
        agent->completion.flags = K230_COMPLETION_MORE;
        agent->completion.len = count * K230_ADDR_SIZE;
        memcpy(agent->completion.payload, &found->addrs[found->next], agent->completion.len);
        found->next += count;
    } else {
        *done = true;
    }
    k230_agent_complete(agent);
    return true;
}

/* The stack outlives a start of the agent, and so do look-ups that were under way: their tags are of another start. */
static uint32_t tag_of(const struct k230_agent *agent, uint32_t query) { return agent->boot_id << 16 | query; }

static bool is_asked(const struct k230_agent *agent, uint32_t tag)
{
    const uint32_t query = tag & 0xFFFFu;
    return query < K230_AGENT_RESOLVE_MAX && agent->queries[query].state == K230_QUERY_ASKED &&
           tag == tag_of(agent, query);
}

/* Passes on what the stack has found out, as many answers as there are questions. False when the queue is full. */
static bool pass_answers_on(struct k230_agent *agent)
{
    for (uint32_t n = 0; n < K230_AGENT_RESOLVE_MAX; n++) {
        if (agent->answering == 0) {
            uint32_t tag;
            if (!k230_stack_resolved(agent->stack, &tag, &agent->answer))
                return true;
            agent->answer.next = 0; /* what the last answer left there: a port fills its own fields only */
            if (is_asked(agent, tag))
                agent->answering = (tag & 0xFFFFu) + 1u;
            /* A helper is free: those that wait may try again. */
            for (uint32_t i = 0; i < K230_AGENT_RESOLVE_MAX; i++)
                if (agent->queries[i].state == K230_QUERY_WAITING)
                    agent->queries[i].state = K230_QUERY_NEW;
            if (agent->answering == 0)
                continue;
        }
        struct k230_agent_query *query = &agent->queries[agent->answering - 1u];
        bool done = query->id == 0;
        while (!done)
            if (!pass_on(agent, query->id, &done))
                return false;
        query->state = K230_QUERY_FREE;
        agent->answering = 0;
    }
    agent->busy = true; /* there may be more: they come after the others */
    return true;
}

/* Hands a question to the stack, in turn, so that none waits for ever. False when there is none that it takes. */
static bool ask_one(struct k230_agent *agent)
{
    for (uint32_t i = 0; i < K230_AGENT_RESOLVE_MAX; i++) {
        const uint32_t at = (agent->next_query + i) % K230_AGENT_RESOLVE_MAX;
        struct k230_agent_query *query = &agent->queries[at];
        if (query->state != K230_QUERY_NEW)
            continue;
        const bool taken = k230_stack_resolve(agent->stack, &query->query, tag_of(agent, at));
        query->state = taken ? K230_QUERY_ASKED : K230_QUERY_WAITING;
        if (!taken)
            continue; /* the next may have a numeric host */
        agent->next_query = (at + 1u) % K230_AGENT_RESOLVE_MAX;
        return true;
    }
    return false;
}

void k230_agent_resolve_turn(struct k230_agent *agent)
{
    for (uint32_t n = 0; n <= K230_AGENT_RESOLVE_MAX; n++) /* a numeric host is answered at once, so it may go on */
        if (!pass_answers_on(agent) || !ask_one(agent))
            return;
    agent->busy = true;
}

/* ---- interfaces -------------------------------------------------------------------------------------------------- */

static void op_interface(struct k230_agent *agent)
{
    struct k230_interface facts;
    memset(&facts, 0, sizeof facts);
    const int status = k230_stack_interface(agent->stack, agent->request.arg0, &facts);
    answer(agent, status, 0, &facts, status > 0 ? sizeof facts : 0);
}

/* ---- dispatch ---------------------------------------------------------------------------------------------------- */

typedef void (*operation)(struct k230_agent *agent, uint32_t slot);

static void op_close(struct k230_agent *agent, uint32_t slot)
{
    k230_agent_close(agent, slot, agent->request.flags & K230_CLOSE_ABORT);
}

/* Operations on an existing socket. */
static const operation operations[K230_OP_LIMIT] = {
    [K230_OP_CLOSE] = op_close,       [K230_OP_BIND] = op_bind,     [K230_OP_LISTEN] = op_listen,
    [K230_OP_CONNECT] = op_connect,   [K230_OP_ACCEPT] = op_accept, [K230_OP_ATTACH] = op_attach,
    [K230_OP_SHUTDOWN] = op_shutdown, [K230_OP_SETOPT] = op_option, [K230_OP_GETOPT] = op_option,
    [K230_OP_LOCAL] = op_address,     [K230_OP_PEER] = op_address,  [K230_OP_CANCEL] = op_cancel,
};

static void serve_request(struct k230_agent *agent)
{
    const struct k230_request *request = &agent->request;
    if (request->op == K230_OP_OPEN) {
        op_open(agent);
        return;
    }
    if (request->op == K230_OP_RESOLVE) {
        op_resolve(agent);
        return;
    }
    if (request->op == K230_OP_INTERFACE) {
        op_interface(agent);
        return;
    }
    if (request->op >= K230_OP_LIMIT || !operations[request->op]) {
        k230_agent_fault(agent, K230_FAULT_UNKNOWN_OP);
        return;
    }
    const uint32_t slot = k230_handle_slot(request->handle);
    if (slot >= agent->limits.slots) {
        k230_agent_fault(agent, K230_FAULT_BAD_HANDLE);
        return;
    }
    const struct k230_agent_sock *sock = &agent->socks[slot];
    if (sock->state == K230_AGENT_FREE && request->op == K230_OP_CLOSE)
        return; /* closed before the big core could learn that its OPEN had failed */
    if (sock->state == K230_AGENT_FREE || sock->gen != k230_handle_gen(request->handle)) {
        /* Every request on a socket stands between its OPEN or ACCEPT and its CLOSE in the queue. */
        k230_agent_fault(agent, K230_FAULT_BAD_HANDLE);
        return;
    }
    operations[request->op](agent, slot);
}

/* After a request was taken: whether the big core may sleep until there is room for another. */
static bool queue_was_full(struct k230_agent *agent)
{
    /* Pairs with the fence in k230i_announce_locked: whoever armed itself saw no room, so we see the queue full. */
    k230_shared_fence();
    return k230_queue_filled(&agent->link.requests) + 1u >= agent->link.requests.count;
}

/* At once, so that it is taken only when its answer has room. A close is not: a program that has closed its sockets may
 * make no further call that would take answers. Its pair goes back when there is room. */
static bool is_answered(const struct k230_request *request)
{
    return request->op != K230_OP_CLOSE && request->op != K230_OP_ATTACH && request->op != K230_OP_CANCEL;
}

void k230_agent_take_requests(struct k230_agent *agent)
{
    agent->held = false;
    for (uint32_t n = 0; n < agent->limits.requests && agent->session != 0; n++) { /* of one turn, a queue full */
        const bool room = k230_agent_completion_room(agent);
        if (agent->session == 0)
            return;
        agent->unanswered |= !room;
        switch (k230_queue_copy(&agent->link.requests, &agent->request)) {
        case K230_TAKE_NONE:
            return;
        case K230_TAKE_BROKEN:
            k230_agent_fault(agent, K230_FAULT_RING_INDEX);
            return;
        case K230_TAKE_TOO_LONG:
            k230_agent_fault(agent, K230_FAULT_BAD_LENGTH);
            return;
        case K230_TAKE_ONE:
            if (!room && is_answered(&agent->request)) {
                agent->held = true;
                return;
            }
            k230_queue_pass(&agent->link.requests);
            agent->done++;
            if (agent->request.id == 0)
                k230_agent_fault(agent, K230_FAULT_UNKNOWN_OP);
            else
                serve_request(agent);
            if (queue_was_full(agent))
                agent->hints |= K230_ALL_HINTS;
            break;
        }
    }
}
