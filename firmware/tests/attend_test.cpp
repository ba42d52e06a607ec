/* A client that a thread of the board attends (k230_client_attend), as on nanoCLR: what that thread tells, whom, and
 * what it sees to by itself. The doorbells of the small core may be lost. */
#include "written_core.h"

namespace
{

class Attended : public Client
{
  protected:
    Attended()
    {
        k230_client_on_news(
            client.get(), [](void *arg) { static_cast<Attended *>(arg)->told++; }, this);
        uint32_t start = 0;
        EXPECT_EQ(k230_engine_want(&client.get()->engine, &start), -K230_PENDING);
        k230_client_attend(client.get());
        EXPECT_EQ(k230_engine_want(&client.get()->engine, &start), 0);
        /* A look is told that nobody has to wait for. */
        k230_client_attend(client.get());
        told = 0;
    }

    /* The attending thread's turn, with nothing to hear: a whole watchdog slice. */
    void attend() { k230_client_attend(client.get()); }

    /* Parks an operation as a native of nanoCLR does, and runs it to the end: it is entered again only when it was
     * told. */
    template <typename Step> int parked(k230_operation *op, Step step, const std::function<void()> &happens)
    {
        int result = step(op);
        while (result == -K230_PENDING && k230_op_arm(client.get(), op))
            result = step(op);
        EXPECT_EQ(result, -K230_PENDING) << "it does not wait";
        attend();
        told = 0;
        doorbells_are_lost = true;
        happens();
        attend();
        doorbells_are_lost = false;
        EXPECT_GT(told, 0u) << "nobody told it";
        result = step(op);
        k230_op_abandon(client.get(), op);
        return result;
    }

    void receive_bytes(const std::string &bytes, int handle)
    {
        k230_ring rx;
        k230_link_rx(&small, pair, &rx);
        k230_ring_put(&rx, bytes.data(), static_cast<uint32_t>(bytes.size()));
        k230_ring_publish(&rx);
        show(handle, 0);
    }

    unsigned told = 0;
};

} // namespace

/* ---- lost doorbells
 * -------------------------------------------------------------------------------------------------- */

TEST_F(Attended, ALostDoorbellHidesNoBytes)
{
    const int handle = connected();
    k230_operation op = {};
    char byte = 0;
    EXPECT_EQ(parked(
                  &op,
                  [&](k230_operation *o) { return k230_op_recv(client.get(), o, handle, &byte, 1, 0, nullptr, -1); },
                  [&] { receive_bytes("x", handle); }),
              1);
    EXPECT_EQ(byte, 'x');
}

TEST_F(Attended, ALostDoorbellHidesNoEndOfTheStream)
{
    const int handle = connected();
    k230_operation op = {};
    char byte = 0;
    EXPECT_EQ(parked(
                  &op,
                  [&](k230_operation *o) { return k230_op_recv(client.get(), o, handle, &byte, 1, 0, nullptr, -1); },
                  [&] { show(handle, K230_STATUS_EOF); }),
              0);
}

TEST_F(Attended, ALostDoorbellHidesNoRoomToSend)
{
    const int handle = connected();
    const std::string full(LIMITS.tx_size, 'x');
    EXPECT_EQ(k230_sock_send(client.get(), handle, full.data(), LIMITS.tx_size, 1), static_cast<int>(LIMITS.tx_size));
    k230_operation op = {};
    EXPECT_EQ(parked(
                  &op, [&](k230_operation *o) { return k230_op_send(client.get(), o, handle, "y", 1, -1); },
                  [&] {
                      k230_ring tx;
                      k230_link_tx(&small, pair, &tx);
                      k230_ring_advance(&tx, LIMITS.tx_size);
                      k230_ring_publish(&tx);
                      show(handle, 0);
                  }),
              1);
}

TEST_F(Attended, ALostDoorbellHidesNoAnswer)
{
    const int handle = open();
    const k230_addr addr = address(1);
    k230_operation op = {};
    EXPECT_EQ(parked(
                  &op, [&](k230_operation *o) { return k230_op_bind(client.get(), o, handle, &addr); },
                  [&] { answer(the_request(K230_OP_BIND), -K230_EADDRINUSE); }),
              -K230_EADDRINUSE);
}

TEST_F(Attended, ALostDoorbellHidesNoConnection)
{
    const int handle = open();
    const k230_addr addr = address(1);
    k230_operation op = {};
    EXPECT_EQ(parked(
                  &op, [&](k230_operation *o) { return k230_op_connect(client.get(), o, handle, &addr, -1); },
                  [&] { answer(requests().at(1)); }),
              0);
}

TEST_F(Attended, ALostDoorbellHidesNoConnectionToAccept)
{
    const int listener = listening();
    k230_operation op = {};
    k230_addr peer = {};
    const auto accept = [&](k230_operation *o) { return k230_op_accept(client.get(), o, listener, &peer, -1); };
    EXPECT_EQ(parked(&op, accept, [&] { show(listener, K230_STATUS_ACCEPT); }), -K230_PENDING);
    const k230_request asked = the_request(K230_OP_ACCEPT);
    answer(asked, 0, asked.arg0, peer_bytes(7));
    look();
    op = {};
    EXPECT_GE(accept(&op), 0) << "what was given up is the next one's";
}

TEST_F(Attended, ALostDoorbellHidesNoEventsOfAPoll)
{
    const int handle = connected();
    k230_operation op = {};
    k230_pollfd entry = {handle, K230_POLLIN, 0};
    EXPECT_EQ(parked(
                  &op,
                  [&](k230_operation *o) {
                      return k230_op_poll(client.get(), o, &entry, 1, k230_client_wakes(client.get()), -1);
                  },
                  [&] { receive_bytes("x", handle); }),
              1);
}

TEST_F(Attended, ALostDoorbellHidesNoLookUp)
{
    k230_operation op = {};
    uint8_t names[1000];
    EXPECT_EQ(parked(
                  &op,
                  [&](k230_operation *o) {
                      return k230_op_resolve(client.get(), o, "host", "80", 0, 0, 0, 0, names, sizeof names, -1);
                  },
                  [&] {
                      const k230_request asked = the_request(K230_OP_RESOLVE);
                      complete(asked.id, K230_OP_RESOLVE, 0, 0, peer_bytes(1), K230_COMPLETION_MORE);
                      complete(asked.id, K230_OP_RESOLVE);
                  }),
              1);
}

TEST_F(Attended, ALostDoorbellHidesNoChangeOfTheNetwork)
{
    k230_operation op = {};
    const int seen = k230_network(client.get());
    EXPECT_NE(parked(
                  &op, [&](k230_operation *o) { return k230_op_network(client.get(), o, seen, -1); },
                  [&] { head()->small.network = K230_NETWORK_LINK | 1u << K230_NETWORK_DIGEST_SHIFT; }),
              seen);
}

TEST_F(Attended, ALostDoorbellHidesNoRoomForRequests)
{
    std::vector<int> handles;
    for (unsigned i = 0; i < 7; i++)
        handles.push_back(open());
    for (unsigned i = 0; i < LIMITS.requests; i++) /* nobody takes them */
        k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0);
    const k230_addr addr = address(1);
    uint32_t calls[7] = {};
    for (unsigned i = 0; i < 7; i++)
        k230_sock_bind(client.get(), handles[i], &addr, &calls[i]);
    ASSERT_EQ(k230_queue_room(&client->engine.link.requests), 0u);
    k230_operation op = {};
    const int token = parked(
        &op, [&](k230_operation *o) { return k230_op_resolve(client.get(), o, "h", "80", 0, 0, 0, 0, nullptr, 0, -1); },
        [&] { requests(); });
    EXPECT_EQ(token, -K230_PENDING);
    EXPECT_EQ(the_request(K230_OP_RESOLVE).op, K230_OP_RESOLVE) << "it was asked now";
}

/* A pair comes back by a completion that is no call's. */
TEST_F(Attended, ALostDoorbellHidesNoRingPair)
{
    std::vector<int> handles;
    std::vector<uint32_t> pairs;
    for (uint32_t i = 0; i < LIMITS.pairs; i++) {
        handles.push_back(connected());
        pairs.push_back(pair);
    }
    const int starved = open();
    const k230_addr addr = address(1);
    uint32_t call = 0;
    EXPECT_EQ(k230_sock_connect(client.get(), starved, &addr, &call), -K230_EINPROGRESS);
    answer(the_request(K230_OP_CONNECT));
    look();
    k230_operation op = {};
    EXPECT_EQ(parked(
                  &op, [&](k230_operation *o) { return k230_op_send(client.get(), o, starved, "x", 1, -1); },
                  [&] {
                      k230_sock_close(client.get(), handles[0], true);
                      requests();
                      complete(1, K230_OP_CLOSE, 0, pairs[0]);
                  }),
              1);
}

/* The CLR's own thread looks as well, at another socket; what it takes is told all the same. */
TEST_F(Attended, WhatAnothersLookTookIsToldToo)
{
    const int handle = connected();
    k230_operation op = {};
    char byte = 0;
    EXPECT_EQ(parked(
                  &op,
                  [&](k230_operation *o) { return k230_op_recv(client.get(), o, handle, &byte, 1, 0, nullptr, -1); },
                  [&] {
                      receive_bytes("x", handle);
                      look();
                      EXPECT_GT(told, 0u);
                  }),
              1);
}

TEST_F(Attended, ALostDoorbellHidesNothingFromAThreadThatSleeps)
{
    const int handle = connected();
    attend();
    doorbells_are_lost = true;
    machine.big().on_wait = [&] {
        machine.big().on_wait = nullptr;
        receive_bytes("x", handle);
        const uint64_t before = machine.now;
        attend(); /* its own wait beside the sleeper's */
        EXPECT_LE(machine.now - before, K230_WATCHDOG_MS);
    };
    const uint64_t before = machine.now;
    EXPECT_EQ(k230_sock_wait(client.get(), handle, K230_WAIT_IN, 0, before + 60000), 0);
    EXPECT_LE(machine.now - before, K230_WATCHDOG_MS) << "the other thread's look did not wake it";
    machine.big().on_wait = nullptr;
}

/* The other thread's look takes what the sleeper's doorbell was to announce. */
TEST_F(Attended, WhatAnothersLookTookWakesAThreadThatSleeps)
{
    const int handle = connected();
    attend();
    doorbells_are_lost = true;
    machine.big().on_wait = [&] {
        machine.big().on_wait = nullptr;
        receive_bytes("x", handle);
        look();
    };
    const uint64_t before = machine.now;
    EXPECT_EQ(k230_sock_wait(client.get(), handle, K230_WAIT_IN, 0, before + 60000), 0);
    EXPECT_EQ(machine.now, before) << "it slept for the rest of its slice";
}

TEST_F(Attended, NothingNewIsToldToNobody)
{
    const int handle = connected();
    k230_operation op = {};
    char byte = 0;
    ASSERT_EQ(k230_op_recv(client.get(), &op, handle, &byte, 1, 0, nullptr, -1), -K230_PENDING);
    ASSERT_TRUE(k230_op_arm(client.get(), &op));
    attend();
    told = 0;
    const unsigned wakes = machine.big().wakes;
    for (unsigned i = 0; i < 20; i++)
        attend();
    EXPECT_EQ(told, 0u) << "five seconds of silence wake nobody";
    EXPECT_EQ(machine.big().wakes, wakes);
    k230_op_abandon(client.get(), &op);
}

/* ---- calls that are given up ------------------------------------------------------------------------------------- */

/* The lane is free, and the connection that came for the one that gave up is for the one that waits. */
TEST_F(Attended, AnAcceptThatIsGivenUpAfterItsAnswerWakesTheNext)
{
    const int listener = listening();
    show(listener, K230_STATUS_ACCEPT);
    k230_addr peer = {};
    k230_operation first = {};
    k230_operation second = {};
    EXPECT_EQ(k230_op_accept(client.get(), &first, listener, &peer, -1), -K230_PENDING);
    EXPECT_EQ(k230_op_accept(client.get(), &second, listener, &peer, -1), -K230_PENDING);
    while (k230_op_arm(client.get(), &second))
        EXPECT_EQ(k230_op_accept(client.get(), &second, listener, &peer, -1), -K230_PENDING);
    const k230_request asked = the_request(K230_OP_ACCEPT);
    answer(asked, 0, asked.arg0, peer_bytes(7));
    attend();
    EXPECT_EQ(k230_op_accept(client.get(), &second, listener, &peer, -1), -K230_PENDING) << "it is the other's";
    told = 0;
    k230_op_abandon(client.get(), &first);
    EXPECT_GT(told, 0u);
    EXPECT_EQ(k230_op_accept(client.get(), &second, listener, &peer, -1), static_cast<int>(asked.arg0));
    k230_op_abandon(client.get(), &second);
}

TEST_F(Attended, AConnectThatIsGivenUpWakesWhoeverWaitsForItsEnd)
{
    const int handle = open();
    const k230_addr addr = address(1);
    k230_operation own = {};
    k230_operation joined = {};
    EXPECT_EQ(k230_op_connect(client.get(), &own, handle, &addr, -1), -K230_PENDING);
    requests();
    EXPECT_EQ(k230_op_connect(client.get(), &joined, handle, &addr, -1), -K230_PENDING);
    while (k230_op_arm(client.get(), &joined))
        EXPECT_EQ(k230_op_connect(client.get(), &joined, handle, &addr, -1), -K230_PENDING);
    told = 0;
    k230_op_abandon(client.get(), &own);
    EXPECT_GT(told, 0u);
    k230_op_abandon(client.get(), &joined);
}

/* ---- closes that found the request queue full -------------------------------------------------------------------- */

TEST_F(Attended, ClosesThatFoundTheQueueFullGoOutWithoutAFurtherCall)
{
    std::vector<int> handles;
    for (unsigned i = 0; i < LIMITS.slots; i++)
        handles.push_back(open());
    const k230_addr addr = address(1);
    uint32_t calls[LIMITS.slots] = {};
    for (unsigned i = 0; i < LIMITS.slots; i++)
        EXPECT_EQ(k230_sock_bind(client.get(), handles[i], &addr, &calls[i]), -K230_PENDING);
    ASSERT_EQ(k230_queue_room(&client->engine.link.requests), 0u);
    for (const int handle : handles)
        EXPECT_EQ(k230_sock_close(client.get(), handle, false), 0);
    ASSERT_EQ(client->engine.dues, LIMITS.slots);

    /* The agent takes what there is, one at a time, and notifies those that want to know. */
    unsigned closes = 0;
    machine.big().on_wait = [&] {
        k230_request one = {};
        if (k230_queue_take(&small.requests, &one) == K230_TAKE_ONE) {
            closes += one.op == K230_OP_CLOSE;
            const uint32_t doorbell = machine.big().doorbell;
            k230_link_notify_big(&small, K230_ALL_HINTS);
            EXPECT_TRUE(client->engine.dues == 0 || machine.big().doorbell != doorbell)
                << "nobody wants to know of the room";
        }
    };
    const uint64_t before = machine.now;
    for (unsigned i = 0; i < 3 * LIMITS.slots && closes < LIMITS.slots; i++)
        attend();
    EXPECT_EQ(closes, LIMITS.slots);
    EXPECT_EQ(client->engine.dues, 0u);
    EXPECT_LE(machine.now - before, LIMITS.slots * K230_WATCHDOG_MS) << "at most the last ones, that all fit, wait";
    EXPECT_EQ(head()->armed.value, 0u) << "it does not listen any longer than it has to";
    machine.big().on_wait = [this] { follow_session(); };
    expect_all_slots_free();
}
