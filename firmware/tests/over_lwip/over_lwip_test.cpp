/* What over_lwip/ makes of a stack below that says what the test wants it to say, and when: an error shown once, one
 * that comes between two looks, connections that are gone before they are accepted. One thread, no clock. What it makes
 * of a real stack is stack_test.cpp's. */
#include "over_lwip_port.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace
{

constexpr int WAKE = 3; /* the descriptor that ends a sleep */
/* What accept may find. */
constexpr int CONNECTION = 1;
constexpr int NO_PEER = 2; /* one that was reset, of which nothing is known any more */

struct Socket {
    std::deque<int> errors;      /* what SO_ERROR gives, taken; then 0 */
    std::deque<short> shown;     /* what poll shows, once each */
    short holds = 0;             /* and for as long as it is asked for */
    std::deque<int> connections; /* and errors; then "not now" */
    std::string bytes;           /* what recv gives */
    std::map<int, int> options;  /* of IPPROTO_IP */
    bool has_block = true;       /* knows its addresses */
    bool has_peer = true;
};

class Below
{
  public:
    Below() { s_below = this; }
    ~Below() { s_below = nullptr; }
    Below(const Below &) = delete;
    Below &operator=(const Below &) = delete;
    int open()
    {
        opened++;
        sockets[next] = {};
        return next++;
    }
    Socket &at(int fd)
    {
        EXPECT_TRUE(sockets.count(fd)) << "descriptor " << fd << " is not open";
        return sockets[fd];
    }

    std::map<int, Socket> sockets;
    int next = 100;
    unsigned opened = 0;
    int connect_status = -K230_EINPROGRESS;
    int option_status = 0;
    static Below *s_below;
};
Below *Below::s_below;
Below &below() { return *Below::s_below; }

template <typename T> T Next(std::deque<T> &queue, T otherwise)
{
    if (queue.empty())
        return otherwise;
    const T value = queue.front();
    queue.pop_front();
    return value;
}

} // namespace

extern "C" {
int k230_stack_sendto(struct k230_stack *, int, const struct k230_span *spans, unsigned count, const struct k230_addr *)
{
    return static_cast<int>(k230_lwip_length(spans, count));
}
int k230_below_open(uint8_t, uint8_t) { return below().open(); }
void k230_below_close(int fd)
{
    below().at(fd);
    below().sockets.erase(fd);
}
void k230_below_reset(int fd) { below().at(fd); }
int k230_below_unacknowledged(int fd) { return below().at(fd), 0; }
int k230_below_bind(int fd, const struct k230_addr *) { return below().at(fd), 0; }
int k230_below_listen(int fd, int) { return below().at(fd), 0; }
int k230_below_accept(int fd)
{
    const int next = Next(below().at(fd).connections, -K230_EAGAIN);
    if (next < 0)
        return next;
    const int accepted = below().open();
    below().at(accepted).has_peer = next != NO_PEER;
    return accepted;
}
int k230_below_connect(int fd, const struct k230_addr *) { return below().at(fd), below().connect_status; }
int k230_below_shutdown(int fd) { return below().at(fd), 0; }
int k230_below_local(int fd, struct k230_addr *addr)
{
    *addr = {};
    addr->family = K230_AF_INET;
    addr->port = 1234;
    return below().at(fd).has_block ? 0 : -K230_ENOTCONN;
}
int k230_below_peer(int fd, struct k230_addr *addr)
{
    *addr = {};
    addr->family = K230_AF_INET;
    addr->port = static_cast<uint16_t>(fd);
    return below().at(fd).has_peer ? 0 : -K230_ENOTCONN;
}
int k230_below_setopt(int fd, int level, int option, const void *value, uint32_t length)
{
    int number = 0;
    memcpy(&number, value, length < sizeof number ? length : sizeof number);
    if (below().option_status == 0 && level == IPPROTO_IP)
        below().at(fd).options[option] = number;
    return below().option_status;
}
int k230_below_getopt(int fd, int, int option, void *value, uint32_t length)
{
    memcpy(value, &below().at(fd).options[option], length);
    return 0;
}
uint32_t k230_below_interface(uint32_t index, uint8_t address[4])
{
    memset(address, 10, 4);
    return index < 2 ? 1 : 0;
}
int k230_below_error(int fd) { return Next(below().at(fd).errors, 0); }
int k230_below_recv(int fd, void *bytes, uint32_t length)
{
    std::string &all = below().at(fd).bytes;
    const size_t count = std::min<size_t>(all.size(), length);
    if (count == 0)
        return -K230_EAGAIN;
    memcpy(bytes, all.data(), count);
    all.erase(0, count);
    return static_cast<int>(count);
}
int k230_below_poll(struct k230_lwip_polled *polled, uint32_t count, int)
{
    int found = 0;
    for (uint32_t i = 0; i < count; i++) {
        polled[i].revents = 0;
        if (polled[i].fd == WAKE || polled[i].fd < 0)
            continue;
        Socket &socket = below().at(polled[i].fd);
        const short may = static_cast<short>(polled[i].events | POLLERR | POLLHUP);
        polled[i].revents = static_cast<short>((Next<short>(socket.shown, 0) | socket.holds) & may);
        found += polled[i].revents != 0;
    }
    return found;
}
bool k230_below_is_local(const struct k230_addr *) { return true; }
bool k230_below_is_broadcast(const struct k230_addr *) { return false; }
bool k230_below_multicasts(const uint8_t *) { return true; }
}

namespace
{

class OverLwip : public ::testing::Test
{
  protected:
    OverLwip() { k230_lwip_sockets_init(&stack.sockets, WAKE); }
    void TearDown() override
    {
        for (int sock = 0; sock < K230_LWIP_SOCKS; sock++)
            k230_stack_close(&stack, sock, false);
        EXPECT_TRUE(under.sockets.empty()) << "descriptors were lost";
        EXPECT_EQ(stack.sockets.polled_count, 1u) << "somebody is watched who is closed";
    }

    int open(int type = K230_SOCK_STREAM, int family = K230_AF_INET)
    {
        const int sock = k230_stack_open(&stack, family, type, 0);
        EXPECT_GE(sock, 0) << k230_error_name(sock);
        return sock;
    }
    int connect(int sock, int status)
    {
        under.connect_status = status;
        return k230_stack_connect(&stack, sock, &somewhere);
    }
    int connected()
    {
        const int sock = open();
        EXPECT_EQ(connect(sock, 0), 0);
        return sock;
    }
    int listener()
    {
        const int sock = open();
        EXPECT_EQ(k230_stack_listen(&stack, sock, 4), 0);
        return sock;
    }
    int fd_of(int sock) { return k230_lwip_entry(&stack, sock)->fd; }
    Socket &below_of(int sock) { return under.at(fd_of(sock)); }
    void watch(int sock, uint32_t events, uint32_t tag) { EXPECT_EQ(k230_stack_watch(&stack, sock, events, tag), 0); }

    /* One poll and what is reported after it: events by tag. */
    std::map<uint32_t, uint32_t> look(unsigned room = 8)
    {
        std::vector<k230_stack_event> events(room);
        k230_below_poll(stack.sockets.polled, stack.sockets.polled_count, 0);
        const int count = k230_lwip_report(&stack.sockets, events.data(), room);
        std::map<uint32_t, uint32_t> found;
        for (int i = 0; i < count; i++)
            found[events[static_cast<size_t>(i)].tag] = events[static_cast<size_t>(i)].events;
        EXPECT_EQ(found.size(), static_cast<size_t>(count)) << "a tag was reported twice";
        return found;
    }
    using Events = std::map<uint32_t, uint32_t>;

    int set_ttl(int sock, int32_t ttl)
    {
        return k230_stack_setopt(&stack, sock, K230_LEVEL_IP, K230_IP_TTL, &ttl, sizeof ttl);
    }
    int32_t ttl(int sock)
    {
        int32_t ttl = -1;
        EXPECT_EQ(k230_stack_getopt(&stack, sock, K230_LEVEL_IP, K230_IP_TTL, &ttl, sizeof ttl), 4);
        return ttl;
    }

    Below under;
    k230_stack stack = {};
    const k230_addr somewhere = {K230_AF_INET, 80, 0, 0, {192, 0, 2, 1}};
};

constexpr uint32_t IN = K230_STACK_IN, OUT = K230_STACK_OUT, ERR = K230_STACK_ERR;

} // namespace

/* ---- open and accept --------------------------------------------------------------------------------------------- */

TEST_F(OverLwip, WithoutAnEntryNothingIsOpenedBelow)
{
    for (int i = 0; i < K230_LWIP_SOCKS; i++)
        open();
    const unsigned before = under.opened;
    EXPECT_EQ(k230_stack_open(&stack, K230_AF_INET, K230_SOCK_STREAM, 0), -K230_EMFILE);
    EXPECT_EQ(under.opened, before);
    k230_stack_close(&stack, 1, false);
    EXPECT_EQ(open(), 1);
}

TEST_F(OverLwip, WithoutAnEntryAConnectionGoesOnWaiting)
{
    const int sock = listener();
    for (int i = 1; i < K230_LWIP_SOCKS; i++)
        open();
    below_of(sock).connections = {CONNECTION};
    k230_addr peer = {};
    const unsigned before = under.opened;
    EXPECT_EQ(k230_stack_accept(&stack, sock, &peer), -K230_EMFILE);
    EXPECT_EQ(under.opened, before);
    k230_stack_close(&stack, 1, false);
    EXPECT_EQ(k230_stack_accept(&stack, sock, &peer), 1);
    EXPECT_EQ(peer.port, fd_of(1));
}

TEST_F(OverLwip, ConnectionsThatWereResetWhileTheyWaitedArePassedOver)
{
    const int sock = listener();
    k230_addr peer = {};
    for (const int gone : {-K230_ECONNABORTED, -K230_ECONNRESET, -K230_ENOTCONN, NO_PEER}) {
        below_of(sock).connections = {gone, gone, CONNECTION};
        const int accepted = k230_stack_accept(&stack, sock, &peer);
        ASSERT_GE(accepted, 0) << gone << ": " << k230_error_name(accepted);
        EXPECT_EQ(peer.port, fd_of(accepted));
        EXPECT_EQ(under.sockets.size(), 2u) << "those without a peer are closed";
        k230_stack_close(&stack, accepted, false);
        below_of(sock).connections = {gone};
        EXPECT_EQ(k230_stack_accept(&stack, sock, &peer), -K230_EAGAIN) << gone;
    }
    below_of(sock).connections = {-K230_ENOBUFS};
    EXPECT_EQ(k230_stack_accept(&stack, sock, &peer), -K230_EMFILE);
}

TEST_F(OverLwip, ConnectionsThatAreResetWithoutEndDoNotKeepTheOthersWaiting)
{
    const int sock = listener();
    k230_addr peer = {};
    for (const int gone : {-K230_ECONNABORTED, NO_PEER}) {
        std::deque<int> &connections = below_of(sock).connections;
        connections.assign(1000, gone);
        EXPECT_EQ(k230_stack_accept(&stack, sock, &peer), -K230_EAGAIN);
        EXPECT_GE(connections.size(), 900u);
        connections.assign({gone, CONNECTION});
        const int accepted = k230_stack_accept(&stack, sock, &peer);
        ASSERT_GE(accepted, 0) << "the next call goes on";
        k230_stack_close(&stack, accepted, false);
    }
}

/* ---- connect ----------------------------------------------------------------------------------------------------- */

TEST_F(OverLwip, AConnectThatFailsBetweenTheTwoLooksIsNoConnection)
{
    const int sock = open();
    EXPECT_EQ(connect(sock, -K230_EINPROGRESS), -K230_EINPROGRESS);
    EXPECT_EQ(k230_stack_connect_result(&stack, sock), -K230_EINPROGRESS);
    below_of(sock).errors = {0, -K230_ECONNRESET};
    below_of(sock).holds = POLLOUT;
    EXPECT_EQ(k230_stack_connect_result(&stack, sock), -K230_ECONNREFUSED);
    EXPECT_EQ(k230_stack_connect_result(&stack, sock), -K230_ENOTCONN) << "and is over";
}

TEST_F(OverLwip, WhoAsksForTheErrorDoesNotTakeItFromTheConnect)
{
    const int sock = open();
    EXPECT_EQ(connect(sock, -K230_EINPROGRESS), -K230_EINPROGRESS);
    below_of(sock).holds = POLLOUT;
    EXPECT_EQ(k230_stack_error(&stack, sock), 0);
    below_of(sock).errors = {-K230_ECONNRESET};
    EXPECT_EQ(k230_stack_error(&stack, sock), -K230_ECONNREFUSED);
    EXPECT_EQ(k230_stack_error(&stack, sock), -K230_ECONNREFUSED) << "it is kept";
    watch(sock, OUT, 7);
    EXPECT_EQ(look(), (Events{{7, OUT | ERR}}));
    EXPECT_EQ(k230_stack_connect_result(&stack, sock), -K230_ECONNREFUSED);
    EXPECT_EQ(connect(sock, 0), 0) << "a fresh one after that";
    EXPECT_EQ(k230_stack_error(&stack, sock), 0);
}

TEST_F(OverLwip, ASocketThatIsMadeAnewIsStillWatched)
{
    const int other = open(), sock = open();
    watch(other, IN, 1);
    watch(sock, IN | OUT, 2);
    const int before = fd_of(sock);
    EXPECT_EQ(connect(sock, -K230_ECONNRESET), -K230_ECONNREFUSED);
    ASSERT_NE(fd_of(sock), before);
    below_of(sock).holds = POLLIN;
    EXPECT_EQ(look(), (Events{{2, IN}}));
    EXPECT_EQ(connect(sock, 0), 0);
    EXPECT_EQ(k230_stack_disconnect(&stack, sock), 0);
    below_of(sock).holds = POLLOUT;
    EXPECT_EQ(look(), (Events{{2, OUT}}));
    watch(sock, 0, 0);
    EXPECT_EQ(look(), Events{});
    EXPECT_EQ(stack.sockets.polled_count, 2u) << "the wake and the other one";
}

/* ---- who is watched ---------------------------------------------------------------------------------------------- */

TEST_F(OverLwip, WhoTakesThePlaceOfAnUnwatchedOneIsFoundThere)
{
    const int a = open(), b = open(), c = open();
    for (const int sock : {a, b, c}) {
        watch(sock, IN, 10u + static_cast<uint32_t>(sock));
        below_of(sock).holds = POLLIN | POLLOUT;
    }
    const uint32_t b_tag = 10u + static_cast<uint32_t>(b);
    watch(a, 0, 0);
    EXPECT_EQ(look(), (Events{{b_tag, IN}, {10u + static_cast<uint32_t>(c), IN}}));
    watch(c, OUT, 99);
    EXPECT_EQ(look(), (Events{{b_tag, IN}, {99, OUT}})) << "what it waits for now";
    watch(c, 0, 0);
    EXPECT_EQ(look(), (Events{{b_tag, IN}})) << "it goes, and not the one behind it";
    watch(b, 0, 0);
    EXPECT_EQ(look(), Events{});
}

TEST_F(OverLwip, AStreamsFailureStaysAlthoughPollShowsItOnce)
{
    const int sock = connected(), datagrams = open(K230_SOCK_DGRAM), waiting = listener();
    watch(sock, IN, 1);
    watch(datagrams, IN, 2);
    watch(waiting, IN, 3);
    for (const int each : {sock, datagrams, waiting})
        below_of(each).shown = {POLLERR};
    EXPECT_EQ(look(), (Events{{1, IN | ERR}, {2, ERR}, {3, ERR}}));
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(look(), (Events{{1, IN | ERR}})) << "only the stream's is for good";
    EXPECT_TRUE(k230_stack_ready(&stack, sock, OUT));
    EXPECT_FALSE(k230_stack_ready(&stack, datagrams, OUT));
}

TEST_F(OverLwip, AnErrorThatThereWasNoRoomToReportIsReportedLater)
{
    const int socks[] = {connected(), connected(), connected()};
    for (const int sock : socks) {
        watch(sock, IN, 1u + static_cast<uint32_t>(sock));
        below_of(sock).shown = {POLLERR};
    }
    std::set<uint32_t> tags;
    for (int i = 0; i < 3; i++) {
        const Events found = look(1);
        ASSERT_EQ(found.size(), 1u) << "look " << i;
        EXPECT_TRUE(found.begin()->second & ERR);
        tags.insert(found.begin()->first);
    }
    EXPECT_EQ(tags.size(), 3u) << "each has its turn";
}

/* ---- data -------------------------------------------------------------------------------------------------------- */

TEST_F(OverLwip, AnEmptyFirstSpanIsNoReasonToReceiveNothing)
{
    const int sock = connected();
    uint8_t first[4] = {}, second[4] = {};
    below_of(sock).bytes = "abcdef";
    const k230_span empty_first[] = {{first, 0}, {second, 4}}, both[] = {{first, 4}, {second, 4}};
    EXPECT_EQ(k230_stack_recv(&stack, sock, empty_first, 2), 4);
    EXPECT_EQ(std::string(reinterpret_cast<char *>(second), 4), "abcd");
    EXPECT_EQ(k230_stack_recv(&stack, sock, empty_first, 1), 0) << "there is nowhere to put them";
    EXPECT_EQ(k230_stack_recv(&stack, sock, both, 2), 2);
    EXPECT_EQ(std::string(reinterpret_cast<char *>(first), 2), "ef");
}

TEST_F(OverLwip, TheLongestDatagramLeavesRoomForItsFamilysHeaders)
{
    const int ip4 = open(K230_SOCK_DGRAM), ip6 = open(K230_SOCK_DGRAM, K230_AF_INET6);
    EXPECT_EQ(k230_lwip_longest(k230_lwip_entry(&stack, ip4)), 65507u);
    EXPECT_EQ(k230_lwip_longest(k230_lwip_entry(&stack, ip6)), 65487u) << "40 bytes of IPv6 and 8 of UDP";
}

TEST_F(OverLwip, ARunOfDatagramsIsTakenOneAtATime)
{
    const int sock = open(K230_SOCK_DGRAM);
    uint8_t bytes[6] = {};
    const k230_span spans[] = {{bytes, 2}, {bytes, 1}, {bytes, 3}};
    const k230_datagram_run run = {2, 3, spans, &somewhere};
    EXPECT_EQ(k230_stack_sendto_run(&stack, sock, &run), 1);
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

TEST_F(OverLwip, AnOptionThatFailedBelowIsNotKept)
{
    const int sock = connected();
    EXPECT_EQ(set_ttl(sock, 9), 0);
    under.option_status = -K230_EINVAL;
    EXPECT_EQ(set_ttl(sock, 77), -K230_EINVAL);
    under.option_status = 0;
    EXPECT_EQ(ttl(sock), 9);
    below_of(sock).has_block = false;
    EXPECT_EQ(ttl(sock), 9) << "what the entry remembers";
    EXPECT_EQ(k230_stack_disconnect(&stack, sock), 0);
    EXPECT_EQ(ttl(sock), 9) << "what the socket has that took its place";
}
