#include "fake_stack.h"

#include <gtest/gtest.h>

#include <cstring>

/* ---- what a test does -------------------------------------------------------------------------------------------- */

k230_addr fake_addr(unsigned host, uint16_t port)
{
    k230_addr addr = {};
    addr.family = K230_AF_INET;
    addr.port = port;
    addr.ip[0] = 10;
    addr.ip[2] = static_cast<uint8_t>(host >> 8);
    addr.ip[3] = static_cast<uint8_t>(host);
    return addr;
}

bool operator==(const k230_addr &a, const k230_addr &b) { return std::memcmp(&a, &b, sizeof a) == 0; }

unsigned k230_stack::open_count() const
{
    unsigned count = 0;
    for (const auto &entry : socks)
        count += entry.second.open;
    for (const auto &entry : socks) /* not accepted yet: the stack's own */
        if (entry.second.open)
            count -= static_cast<unsigned>(entry.second.pending.size());
    return count;
}

void k230_stack::connect_completes(int number, int outcome)
{
    at(number).connect_over = true;
    at(number).connect_outcome = outcome;
}

int k230_stack::incoming(int listener)
{
    FakeSocket sock;
    sock.family = K230_AF_INET;
    sock.type = K230_SOCK_STREAM;
    sock.state = FakeSocket::Connected;
    const int number = next++;
    sock.peer = fake_addr(200, static_cast<uint16_t>(number));
    socks[number] = sock;
    at(listener).pending.push_back(number);
    return number;
}

void k230_stack::arrives(int number, const std::string &bytes)
{
    at(number).arrivals.push_back({FakeArrival::Data, bytes, 0, {}, false});
}

void k230_stack::arrives_from(int number, const std::string &bytes, const k230_addr &from, bool truncated)
{
    at(number).arrivals.push_back({FakeArrival::Data, bytes, 0, from, truncated});
}

void k230_stack::ends(int number) { at(number).arrivals.push_back({FakeArrival::End, "", 0, {}, false}); }

void k230_stack::fails(int number, int error)
{
    at(number).arrivals.push_back({FakeArrival::Error, "", error, {}, false});
}

void k230_stack::answer(int status, uint32_t count, const std::string &canon, size_t which)
{
    LookUp &look_up = look_ups.at(which);
    look_up.answer.status = status;
    look_up.answer.count = count;
    for (uint32_t i = 0; i < count; i++)
        look_up.answer.addrs[i] = fake_addr(i + 1, static_cast<uint16_t>(1000 + i));
    std::memcpy(look_up.answer.canon, canon.c_str(), canon.size() + 1);
    look_up.done = true;
}

uint32_t k230_stack::ready(const FakeSocket &sock) const
{
    uint32_t events = 0;
    if (sock.pending_error != 0)
        events |= K230_STACK_ERR | K230_STACK_IN;
    switch (sock.state) {
    case FakeSocket::Fresh:
        if (sock.type == K230_SOCK_STREAM) /* EPOLLHUP and EPOLLOUT */
            return events | K230_STACK_ERR | K230_STACK_OUT;
        break;
    case FakeSocket::Connecting:
        if (!sock.connect_over)
            return events;
        return events | K230_STACK_OUT | (sock.connect_outcome != 0 ? K230_STACK_ERR | K230_STACK_IN : 0u);
    case FakeSocket::Listening:
        return events | (sock.pending.empty() ? 0 : K230_STACK_IN);
    case FakeSocket::Connected:
        break;
    }
    if (!sock.arrivals.empty() || sock.shut_rd)
        events |= K230_STACK_IN;
    if (sock.gone())
        events |= K230_STACK_ERR;
    if (sock.room != 0 || sock.send_error != 0)
        events |= K230_STACK_OUT;
    if (sock.type == K230_SOCK_STREAM && sock.shut_wr && !sock.arrivals.empty() &&
        sock.arrivals.front().kind == FakeArrival::End)
        events |= K230_STACK_ERR; /* both ways closed: EPOLLHUP */
    return events;
}

/* ---- k230_stack.h ------------------------------------------------------------------------------------------------ */

namespace
{

FakeSocket &use(k230_stack *stack, int sock)
{
    static FakeSocket nobody;
    const auto found = stack->socks.find(sock);
    if (found == stack->socks.end() || !found->second.open) {
        ADD_FAILURE() << "the agent uses stack socket " << sock << ", which is not open";
        return nobody;
    }
    return found->second;
}

uint32_t total(const k230_span *spans, unsigned count)
{
    EXPECT_LE(count, 2u);
    uint32_t length = 0;
    for (unsigned i = 0; i < count; i++)
        length += spans[i].length;
    return length;
}

std::string gather(const k230_span *spans, unsigned count)
{
    std::string bytes;
    for (unsigned i = 0; i < count; i++)
        bytes.append(reinterpret_cast<const char *>(spans[i].start), spans[i].length);
    return bytes;
}

size_t scatter(const std::string &bytes, const k230_span *spans, unsigned count)
{
    size_t at = 0;
    for (unsigned i = 0; i < count && at < bytes.size(); i++) {
        const size_t piece = std::min<size_t>(spans[i].length, bytes.size() - at);
        std::memcpy(spans[i].start, bytes.data() + at, piece);
        at += piece;
    }
    return at;
}

} // namespace

int k230_stack_interface(k230_stack *stack, uint32_t index, k230_interface *facts)
{
    if (index >= stack->interfaces.size())
        return -K230_ENOENT;
    *facts = stack->interfaces[index];
    return static_cast<int>(stack->interfaces.size());
}

uint32_t k230_stack_network(k230_stack *stack) { return stack->network; }
uint32_t k230_stack_routes(k230_stack *stack) { return stack->routes; }

int k230_stack_open(k230_stack *stack, int family, int type, int proto)
{
    if (stack->open_result != 0)
        return stack->open_result;
    if (stack->open_count() >= stack->most_open)
        return -K230_EMFILE;
    FakeSocket sock;
    sock.family = family;
    sock.type = type;
    sock.proto = proto;
    const int number = stack->next++;
    stack->socks[number] = sock;
    return number;
}

void k230_stack_close(k230_stack *stack, int sock, bool abort)
{
    FakeSocket &closed = use(stack, sock);
    for (const int number : closed.pending)
        stack->at(number).open = false;
    closed.pending.clear();
    closed.open = false;
    closed.aborted = abort;
    closed.watched = 0;
}

int k230_stack_bind(k230_stack *stack, int sock, const k230_addr *addr)
{
    FakeSocket &bound = use(stack, sock);
    if (stack->bind_result != 0)
        return stack->bind_result;
    bound.local = *addr;
    bound.bound = true;
    return 0;
}

int k230_stack_listen(k230_stack *stack, int sock, int backlog)
{
    FakeSocket &listener = use(stack, sock);
    if (stack->listen_result != 0)
        return stack->listen_result;
    listener.state = FakeSocket::Listening;
    listener.backlog = backlog;
    return 0;
}

int k230_stack_accept(k230_stack *stack, int sock, k230_addr *peer)
{
    FakeSocket &listener = use(stack, sock);
    if (stack->accept_result != 0)
        return stack->accept_result;
    if (listener.pending.empty())
        return -K230_EAGAIN;
    if (stack->open_count() >= stack->most_open)
        return -K230_EMFILE;
    const int number = listener.pending.front();
    listener.pending.pop_front();
    *peer = stack->at(number).peer;
    return number;
}

int k230_stack_connect(k230_stack *stack, int sock, const k230_addr *addr)
{
    FakeSocket &connecting = use(stack, sock);
    EXPECT_TRUE(connecting.type == K230_SOCK_DGRAM || connecting.state == FakeSocket::Fresh)
        << "some stacks halt on a second connect";
    connecting.peer = *addr;
    if (connecting.type == K230_SOCK_DGRAM) {
        const int result = stack->connect_result == -K230_EINPROGRESS ? 0 : stack->connect_result;
        if (result == 0)
            connecting.state = FakeSocket::Connected;
        return result;
    }
    if (stack->connect_result == -K230_EINPROGRESS)
        connecting.state = FakeSocket::Connecting;
    if (stack->on_connect)
        stack->on_connect(sock);
    if (stack->connect_result == 0)
        connecting.state = FakeSocket::Connected;
    return stack->connect_result;
}

int k230_stack_connect_result(k230_stack *stack, int sock)
{
    FakeSocket &connecting = use(stack, sock);
    if (!connecting.connect_over)
        return -K230_EINPROGRESS;
    connecting.connect_over = false;
    connecting.state = connecting.connect_outcome == 0 ? FakeSocket::Connected : FakeSocket::Fresh;
    return connecting.connect_outcome;
}

int k230_stack_disconnect(k230_stack *stack, int sock)
{
    FakeSocket &left = use(stack, sock);
    left.disconnects++;
    left.state = FakeSocket::Fresh;
    left.connect_over = false;
    left.arrivals.clear();
    return 0;
}

int k230_stack_shutdown(k230_stack *stack, int sock, int how)
{
    FakeSocket &shut = use(stack, sock);
    if (how != K230_SHUT_WR)
        shut.shut_rd = true;
    if (how != K230_SHUT_RD)
        shut.shut_wr = true;
    return 0;
}

int k230_stack_local(k230_stack *stack, int sock, k230_addr *addr)
{
    *addr = use(stack, sock).local;
    return 0;
}

int k230_stack_peer(k230_stack *stack, int sock, k230_addr *addr)
{
    const FakeSocket &connected = use(stack, sock);
    if (connected.state != FakeSocket::Connected)
        return -K230_ENOTCONN;
    *addr = connected.peer;
    return 0;
}

int k230_stack_setopt(k230_stack *stack, int sock, int level, int option, const void *value, uint32_t length)
{
    FakeSocket &set = use(stack, sock);
    if (stack->setopt_result != 0)
        return stack->setopt_result;
    set.options.push_back(std::to_string(level) + "/" + std::to_string(option) + "=" +
                          std::string(static_cast<const char *>(value), length));
    return 0;
}

int k230_stack_getopt(k230_stack *stack, int sock, int, int, void *value, uint32_t room)
{
    use(stack, sock);
    if (stack->option_value.size() > room)
        return -K230_EINVAL;
    std::memcpy(value, stack->option_value.data(), stack->option_value.size());
    return static_cast<int>(stack->option_value.size());
}

int k230_stack_error(k230_stack *stack, int sock)
{
    FakeSocket &asked = use(stack, sock);
    const int error = asked.pending_error;
    asked.pending_error = 0;
    return error;
}

int k230_stack_send(k230_stack *stack, int sock, const k230_span *spans, unsigned count)
{
    FakeSocket &sender = use(stack, sock);
    if (sender.on_send)
        sender.on_send();
    if (sender.send_error != 0)
        return sender.send_error;
    if (sender.shut_wr)
        return -K230_EPIPE;
    const size_t taken = std::min<size_t>(sender.room, total(spans, count));
    if (taken == 0)
        return -K230_EAGAIN;
    sender.sent += gather(spans, count).substr(0, taken);
    if (sender.room != ENDLESS)
        sender.room -= taken;
    return static_cast<int>(taken);
}

int k230_stack_unacknowledged(k230_stack *stack, int sock)
{
    const FakeSocket &asked = use(stack, sock);
    if (asked.on_look)
        asked.on_look();
    return asked.unacknowledged;
}

int k230_stack_recv(k230_stack *stack, int sock, const k230_span *spans, unsigned count)
{
    FakeSocket &receiver = use(stack, sock);
    if (receiver.on_recv)
        receiver.on_recv();
    EXPECT_NE(total(spans, count), 0u) << "a receive of nothing looks like the end of the stream";
    if (receiver.arrivals.empty())
        return receiver.shut_rd ? 0 : -K230_EAGAIN;
    FakeArrival &first = receiver.arrivals.front();
    switch (first.kind) {
    case FakeArrival::End:
        return 0;
    case FakeArrival::Error: {
        const int error = first.error;
        first = {FakeArrival::End, "", 0, {}, false};
        return error;
    }
    case FakeArrival::Data:
        break;
    }
    const size_t taken = scatter(first.bytes, spans, count);
    first.bytes.erase(0, taken);
    if (first.bytes.empty())
        receiver.arrivals.pop_front();
    return static_cast<int>(taken);
}

int k230_stack_sendto(k230_stack *stack, int sock, const k230_span *spans, unsigned count, const k230_addr *addr)
{
    FakeSocket &sender = use(stack, sock);
    if (sender.on_send)
        sender.on_send();
    if (sender.room == 0)
        return -K230_EAGAIN;
    if (sender.room != ENDLESS)
        sender.room--;
    if (sender.send_error != 0)
        return sender.send_error;
    sender.datagrams.push_back({gather(spans, count), addr != nullptr, addr ? *addr : k230_addr{}});
    return static_cast<int>(total(spans, count));
}

int k230_stack_sendto_run(k230_stack *stack, int sock, const k230_datagram_run *run)
{
    FakeSocket &sender = use(stack, sock);
    EXPECT_GE(run->count, 2u) << "one alone has its own call";
    EXPECT_NE(run->length, 0u);
    if (sender.on_send)
        sender.on_send();
    if (sender.room == 0)
        return -K230_EAGAIN;
    if (sender.send_error != 0) {
        if (sender.room != ENDLESS)
            sender.room--;
        return sender.send_error;
    }
    const size_t taken = std::min({sender.room, sender.run_most, static_cast<size_t>(run->count)});
    const k230_span *spans = run->spans;
    for (size_t i = 0; i < taken; i++) {
        const unsigned pieces = spans[0].length < run->length ? 2 : 1;
        EXPECT_EQ(total(spans, pieces), run->length) << "a datagram shares a span with the next";
        sender.datagrams.push_back({gather(spans, pieces), run->addr != nullptr, run->addr ? *run->addr : k230_addr{}});
        spans += pieces;
    }
    if (sender.room != ENDLESS)
        sender.room -= taken;
    sender.runs.push_back(taken);
    return static_cast<int>(taken);
}

int k230_stack_recvfrom(k230_stack *stack, int sock, const k230_span *spans, unsigned count, k230_addr *from,
                        bool *truncated)
{
    FakeSocket &receiver = use(stack, sock);
    if (receiver.arrivals.empty())
        return -K230_EAGAIN;
    const FakeArrival first = receiver.arrivals.front();
    receiver.arrivals.pop_front();
    if (first.kind == FakeArrival::Error)
        return first.error;
    *from = first.from;
    *truncated = first.truncated || first.bytes.size() > total(spans, count);
    return static_cast<int>(scatter(first.bytes, spans, count));
}

int k230_stack_watch(k230_stack *stack, int sock, uint32_t events, uint32_t tag)
{
    FakeSocket &watched = use(stack, sock);
    watched.watched = events;
    watched.tag = tag;
    return 0;
}

bool k230_stack_ready(k230_stack *stack, int sock, uint32_t events)
{
    return (stack->ready(use(stack, sock)) & events) != 0;
}

int k230_stack_wait(k230_stack *stack, k230_stack_event *events, unsigned room, uint32_t timeout_ms)
{
    stack->waits++;
    stack->last_timeout_ms = timeout_ms;
    if (stack->on_wait)
        stack->on_wait();
    unsigned count = 0;
    for (const auto &entry : stack->socks) {
        const FakeSocket &sock = entry.second;
        if (!sock.open || sock.watched == 0 || count == room)
            continue;
        const uint32_t up = stack->ready(sock) & (sock.watched | K230_STACK_ERR);
        if (up != 0)
            events[count++] = {sock.tag, up};
    }
    return static_cast<int>(count);
}

void k230_stack_wake(k230_stack *stack) { stack->wakes++; }

bool k230_stack_resolve(k230_stack *stack, const k230_stack_query *query, uint32_t tag)
{
    const bool numeric = query->host[0] >= '0' && query->host[0] <= '9';
    if (!numeric && stack->look_ups.size() >= stack->helpers)
        return false;
    stack->queries.push_back(*query);
    stack->look_ups.push_back({tag, false, {}});
    if (numeric)
        stack->answer(0, 1, "", stack->look_ups.size() - 1);
    return true;
}

bool k230_stack_resolved(k230_stack *stack, uint32_t *tag, k230_stack_answer *answer)
{
    if (stack->on_resolved)
        stack->on_resolved();
    for (size_t i = 0; i < stack->look_ups.size(); i++)
        if (stack->look_ups[i].done) {
            *tag = stack->look_ups[i].tag;
            const uint32_t theirs = answer->next;
            *answer = stack->look_ups[i].answer;
            answer->next = theirs; /* the agent's: a port need not know of it */
            stack->look_ups.erase(stack->look_ups.begin() + static_cast<long>(i));
            return true;
        }
    return false;
}
