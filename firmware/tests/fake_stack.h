/* A network stack in memory: every connection, byte, datagram and answer is what the test scripted.
 *
 * Promises: k230_stack.h, exactly and at once; nothing sleeps. Readiness is what a POSIX kernel would show, including
 * its awkward part: a stream socket that is neither connected nor listening shows an error event to whoever watches
 * it. A socket used after its close is a test failure, and what is never closed can be counted.
 *
 * Contexts: one thread.
 */
#ifndef K230_FAKE_STACK_H
#define K230_FAKE_STACK_H

#include "k230_stack.h"

#include <climits>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

constexpr size_t ENDLESS = SIZE_MAX;

/* What a peer sent, in order: bytes or a datagram, the end of the stream, or an error. */
struct FakeArrival {
    enum Kind { Data, End, Error } kind;
    std::string bytes;
    int error = 0;
    k230_addr from = {};
    bool truncated = false;
};

struct FakeDatagram {
    std::string bytes;
    bool has_addr;
    k230_addr addr;
};

struct FakeSocket {
    enum State { Fresh, Connecting, Connected, Listening } state = Fresh;
    bool open = true;
    bool aborted = false;
    int family = 0, type = 0, proto = 0;
    k230_addr local = {}, peer = {};
    bool bound = false;
    int backlog = -1;

    int connect_outcome = 0; /* of a connecting socket, once connect_over */
    bool connect_over = false;
    unsigned disconnects = 0;

    std::deque<FakeArrival> arrivals;
    std::deque<int> pending; /* listener: connections not yet accepted, by number */

    std::string sent;
    std::vector<FakeDatagram> datagrams;
    size_t room = ENDLESS;     /* bytes it takes before EAGAIN; datagrams count one each */
    int unacknowledged = 0;    /* of these, what the peer has not acknowledged; or -error */
    int send_error = 0;        /* every send gives it */
    size_t run_most = ENDLESS; /* datagrams of a run that it takes in one call */
    std::vector<size_t> runs;  /* how many it took of each */
    std::function<void()> on_send;
    std::function<void()> on_recv;
    std::function<void()> on_look; /* it is asked what is unacknowledged */

    bool shut_rd = false, shut_wr = false;
    int pending_error = 0;
    std::vector<std::string> options; /* "level/option=value" as set */

    uint32_t watched = 0;
    uint32_t tag = 0;

    bool gone() const { return !arrivals.empty() && arrivals.front().kind == FakeArrival::Error; }
};

struct k230_stack {
    std::map<int, FakeSocket> socks; /* closed ones stay, so that a test can look at them */
    int next = 100;
    uint32_t network = K230_NETWORK_LINK | K230_NETWORK_ADDRESS;
    uint32_t routes = 0;
    std::vector<k230_interface> interfaces;

    /* Script for the next calls; 0 = succeed. */
    unsigned most_open = UINT_MAX; /* sockets that it has room for */
    int open_result = 0, bind_result = 0, listen_result = 0, accept_result = 0, setopt_result = 0;
    int connect_result = -K230_EINPROGRESS; /* 0: connected at once */
    std::string option_value = std::string("\x01\0\0\0", 4);

    /* Look-ups: all that were started, in order; an answer to one that is under way is given by answer(). */
    std::vector<k230_stack_query> queries;
    unsigned helpers = 1;
    struct LookUp {
        uint32_t tag;
        bool done;
        k230_stack_answer answer;
    };
    std::vector<LookUp> look_ups; /* under way, or not collected */

    unsigned waits = 0, wakes = 0;
    uint32_t last_timeout_ms = 0;
    std::function<void()> on_wait;
    std::function<void(int)> on_connect; /* a stream's connect has begun */
    std::function<void()> on_resolved;   /* it is asked for answers */

    FakeSocket &at(int number) { return socks.at(number); }
    FakeSocket &newest() { return socks.rbegin()->second; }
    int newest_number() const { return socks.rbegin()->first; }
    unsigned open_count() const;

    void connect_completes(int number, int outcome);
    int incoming(int listener); /* a peer connects; the number of the connection */
    void arrives(int number, const std::string &bytes);
    void arrives_from(int number, const std::string &bytes, const k230_addr &from, bool truncated = false);
    void ends(int number);
    void fails(int number, int error);
    void answer(int status, uint32_t count, const std::string &canon = "", size_t which = 0);

    uint32_t ready(const FakeSocket &sock) const;
};

/* 10.0.0.x:port */
k230_addr fake_addr(unsigned host, uint16_t port);
bool operator==(const k230_addr &a, const k230_addr &b);

#endif
