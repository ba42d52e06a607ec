/* A big core that lies. Each lie ends the session under its right name, closes every socket of the stack, and leaves an
 * agent that serves a fresh session (AgentTest::expect_fault). */
#include "agent_fixture.h"

namespace
{

class HostileBigCore : public AgentTest
{
  protected:
    void SetUp() override
    {
        AgentTest::SetUp();
        /* Something to lose: each kind of socket, one of them lingering. */
        victim = connected(0);
        listener = listening(1);
        udp = datagrams(2);
        Sock lingering = connected(3);
        stack.at(lingering.number).room = 0;
        put(lingering, "unsent");
        close(lingering);
        completions();
    }

    void request(uint16_t op, uint32_t handle, uint32_t arg0 = 0, const std::string &payload = "")
    {
        publish(op, handle, arg0, K230_SOCK_STREAM, 0, payload);
    }

    k230_pair_head *pair_head(const Sock &sock)
    {
        return reinterpret_cast<k230_pair_head *>(machine.ddr() + big.layout.pairs +
                                                  sock.pair * big.layout.pair_stride);
    }

    static std::string letters(size_t length) { return std::string(length, 'x'); }

    Sock victim, listener, udp;
};

} // namespace

TEST_F(HostileBigCore, NamesOperationsThatDoNotExist)
{
    for (const uint16_t op : std::vector<uint16_t>{0, K230_OP_SENDTO, K230_OP_LIMIT, 0xFFFF}) {
        SCOPED_TRACE(op);
        request(op, victim.handle);
        expect_fault(K230_FAULT_UNKNOWN_OP);
        gens.fill(200);
        victim = connected(0);
    }
}

TEST_F(HostileBigCore, AsksWithTheIdThatIsNone)
{
    const k230_request bad = make(0, K230_OP_LOCAL, victim.handle);
    k230_queue_put(&big.requests, &bad);
    expect_fault(K230_FAULT_UNKNOWN_OP);
}

TEST_F(HostileBigCore, AsksForInterfacesThatNobodyHasAndIsAnsweredAgainAndAgain)
{
    stack.interfaces.resize(2);
    for (const uint32_t index : {2u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu})
        for (const uint32_t handle : {0u, victim.handle, 0xFFFFFFFFu})
            EXPECT_EQ(call(K230_OP_INTERFACE, handle, index).status, -K230_ENOENT);
    EXPECT_EQ(call(K230_OP_INTERFACE, 0xFFFFFFFFu, 1).status, 2);
}

TEST_F(HostileBigCore, NamesASlotOutOfRange)
{
    request(K230_OP_LOCAL, k230_handle(LIMITS.slots, 1));
    expect_fault(K230_FAULT_BAD_HANDLE);
}

TEST_F(HostileBigCore, NamesASlotFarOutOfRange)
{
    request(K230_OP_CLOSE, 0xFFFFFFFFu);
    expect_fault(K230_FAULT_BAD_HANDLE);
}

TEST_F(HostileBigCore, OpensASlotOutOfRange)
{
    request(K230_OP_OPEN, k230_handle(LIMITS.slots, 1), K230_AF_INET);
    expect_fault(K230_FAULT_BAD_HANDLE);
}

TEST_F(HostileBigCore, OpensASlotThatIsInUse)
{
    request(K230_OP_OPEN, k230_handle(0, 99), K230_AF_INET);
    expect_fault(K230_FAULT_BAD_HANDLE);
}

TEST_F(HostileBigCore, OpensWithGenerationZero)
{
    request(K230_OP_OPEN, k230_handle(6, 0), K230_AF_INET);
    expect_fault(K230_FAULT_BAD_HANDLE);
}

TEST_F(HostileBigCore, OpensWithAGenerationThatMakesTheHandleNegative)
{
    request(K230_OP_OPEN, k230_handle(6, K230_GEN_LIMIT + 1), K230_AF_INET);
    expect_fault(K230_FAULT_BAD_HANDLE);
}

TEST_F(HostileBigCore, UsesAStaleGeneration)
{
    request(K230_OP_LOCAL, k230_handle(0, k230_handle_gen(victim.handle) + 1));
    expect_fault(K230_FAULT_BAD_HANDLE);
}

TEST_F(HostileBigCore, ClosesAStaleGeneration)
{
    request(K230_OP_CLOSE, k230_handle(0, k230_handle_gen(victim.handle) + 1));
    expect_fault(K230_FAULT_BAD_HANDLE);
}

TEST_F(HostileBigCore, UsesASlotThatIsFree)
{
    request(K230_OP_BIND, k230_handle(7, 1), 0, bytes_of(fake_addr(1, 1)));
    expect_fault(K230_FAULT_BAD_HANDLE);
}

TEST_F(HostileBigCore, AcceptsIntoTheListenersOwnSlot)
{
    stack.incoming(listener.number);
    request(K230_OP_ACCEPT, listener.handle, listener.handle);
    expect_fault(K230_FAULT_BAD_HANDLE);
}

TEST_F(HostileBigCore, AcceptsIntoASlotOutOfRange)
{
    stack.incoming(listener.number);
    request(K230_OP_ACCEPT, listener.handle, 0xFFFF);
    expect_fault(K230_FAULT_BAD_HANDLE);
}

TEST_F(HostileBigCore, AttachesAPairOutOfRange)
{
    const Sock fresh = open(4);
    request(K230_OP_ATTACH, fresh.handle, LIMITS.pairs);
    expect_fault(K230_FAULT_BAD_PAIR);
}

TEST_F(HostileBigCore, AttachesNoPair)
{
    const Sock fresh = open(4);
    request(K230_OP_ATTACH, fresh.handle, K230_NO_PAIR);
    expect_fault(K230_FAULT_BAD_PAIR);
}

TEST_F(HostileBigCore, AttachesAPairThatIsInUse)
{
    const Sock fresh = open(4);
    request(K230_OP_ATTACH, fresh.handle, victim.pair);
    expect_fault(K230_FAULT_BAD_PAIR);
}

TEST_F(HostileBigCore, AttachesAPairThatStillLingers)
{
    const Sock fresh = open(4);
    request(K230_OP_ATTACH, fresh.handle, 2); /* of the socket closed in SetUp */
    expect_fault(K230_FAULT_BAD_PAIR);
}

TEST_F(HostileBigCore, AttachesASecondPair)
{
    request(K230_OP_ATTACH, victim.handle, 5);
    expect_fault(K230_FAULT_BAD_PAIR);
}

TEST_F(HostileBigCore, ClaimsALengthLongerThanTheField)
{
    k230_request bad = make(0x90000, K230_OP_SETOPT, victim.handle);
    bad.len = K230_PAYLOAD_MAX + 1;
    uint8_t *slot = machine.ddr() + big.layout.requests + (big.requests.own % LIMITS.requests) * K230_MESSAGE_SIZE;
    std::memcpy(slot, &bad, sizeof bad);
    head()->request_tail.value = big.requests.own + 1;
    expect_fault(K230_FAULT_BAD_LENGTH);
}

TEST_F(HostileBigCore, SendsAnAddressOfTheWrongLength)
{
    for (const size_t length : {size_t{0}, size_t{27}, size_t{29}, size_t{K230_PAYLOAD_MAX}})
        for (const uint16_t op : std::vector<uint16_t>{K230_OP_BIND, K230_OP_CONNECT}) {
            SCOPED_TRACE(length);
            request(op, victim.handle, 0, std::string(length, 'x'));
            expect_fault(K230_FAULT_BAD_LENGTH);
            gens.fill(200);
            victim = connected(0);
        }
}

TEST_F(HostileBigCore, SendsNamesThatDoNotEnd)
{
    for (const std::string &names :
         {std::string(), std::string("host"), std::string("host\0service", 12), std::string(K230_PAYLOAD_MAX, 'x'),
          std::string(K230_HOST_MAX + 1, 'h') + std::string(2, '\0'),
          std::string("h\0", 2) + std::string(K230_SERVICE_MAX + 1, 's') + '\0'}) {
        SCOPED_TRACE(names.size());
        request(K230_OP_RESOLVE, 0, 0, names);
        expect_fault(K230_FAULT_BAD_LENGTH);
    }
}

TEST_F(HostileBigCore, ClaimsMoreRequestsThanTheRingHolds)
{
    head()->request_tail.value = big.requests.own + LIMITS.requests + 1;
    expect_fault(K230_FAULT_RING_INDEX);
}

TEST_F(HostileBigCore, RunsItsRequestsBackwards)
{
    head()->request_tail.value = big.requests.own - 1;
    expect_fault(K230_FAULT_RING_INDEX);
}

TEST_F(HostileBigCore, ClaimsToHaveTakenCompletionsThatWereNeverPut)
{
    head()->completion_head.value = big.completions.own + 1;
    expect_fault(K230_FAULT_RING_INDEX);
}

TEST_F(HostileBigCore, ClaimsMoreBytesThanTheTransmitRingHolds)
{
    pair_head(victim)->tx_tail.value = LIMITS.tx_size + 1;
    k230_bits_put(&big.kick, victim.slot());
    expect_fault(K230_FAULT_RING_INDEX);
}

TEST_F(HostileBigCore, RunsItsTransmitRingBackwards)
{
    send(victim, "abc");
    pair_head(victim)->tx_tail.value = 2;
    k230_bits_put(&big.kick, victim.slot());
    expect_fault(K230_FAULT_RING_INDEX);
}

TEST_F(HostileBigCore, ClaimsToHaveReadBytesThatNeverCame)
{
    pair_head(victim)->rx_head.value = 1;
    stack.arrives(victim.number, "x");
    expect_fault(K230_FAULT_RING_INDEX);
}

TEST_F(HostileBigCore, RunsItsReceiveRingBackwards)
{
    stack.arrives(victim.number, "abcdef");
    turn();
    EXPECT_EQ(take(victim), "abcdef");
    stack.arrives(victim.number, "g");
    turn();
    pair_head(victim)->rx_head.value = 5;
    stack.arrives(victim.number, "h");
    expect_fault(K230_FAULT_RING_INDEX);
}

TEST_F(HostileBigCore, LiesAboutADatagramRingsIndices)
{
    pair_head(udp)->tx_tail.value = LIMITS.tx_size + 8;
    k230_bits_put(&big.kick, udp.slot());
    expect_fault(K230_FAULT_RING_INDEX);
}

TEST_F(HostileBigCore, ClaimsToHaveReadDatagramsThatNeverCame)
{
    pair_head(udp)->rx_head.value = 48;
    stack.arrives_from(udp.number, "x", fake_addr(1, 1));
    expect_fault(K230_FAULT_RING_INDEX);
}

TEST_F(HostileBigCore, PutsARecordLongerThanADatagramMayBe)
{
    for (const uint32_t length : {601u, 2000u, 0x7FFFFFFFu, 0xFFFFFFFFu, 0xFFFFFFF9u}) {
        SCOPED_TRACE(length);
        k230_record record = {};
        record.len = length;
        put(udp, std::string(reinterpret_cast<const char *>(&record), sizeof record) + std::string(900, 'x'));
        k230_bits_put(&big.kick, udp.slot());
        expect_fault(K230_FAULT_BAD_RECORD);
        gens.fill(200);
        udp = datagrams(2);
    }
}

TEST_F(HostileBigCore, PutsARecordWhoseBytesAreNotThere)
{
    k230_record record = {};
    record.len = 100;
    put(udp, std::string(reinterpret_cast<const char *>(&record), sizeof record) + std::string(96, 'x'));
    k230_bits_put(&big.kick, udp.slot());
    expect_fault(K230_FAULT_BAD_RECORD);
}

TEST_F(HostileBigCore, PutsHalfARecordHeader)
{
    put(udp, std::string(39, '\0'));
    k230_bits_put(&big.kick, udp.slot());
    expect_fault(K230_FAULT_BAD_RECORD);
}

TEST_F(HostileBigCore, LiesInARingOfASocketThatItClosed)
{
    stack.at(victim.number).room = 0;
    put(victim, "unsent");
    close(victim);
    pair_head(victim)->tx_tail.value = 0x12345678;
    stack.at(victim.number).room = ENDLESS;
    expect_fault(K230_FAULT_RING_INDEX);
}

TEST_F(HostileBigCore, ChangesARecordAfterItWasChecked)
{
    put_record(udp, "honest", fake_addr(1, 1), K230_RECORD_CONFIRM, 0x50000);
    uint8_t *ring = reinterpret_cast<uint8_t *>(pair_head(udp) + 1);
    stack.at(udp.number).on_send = [&] { std::memset(ring, 0xFF, LIMITS.tx_size); };
    k230_bits_put(&big.kick, udp.slot());
    turn(1);
    const std::vector<k230_completion> all = completions();
    ASSERT_EQ(all.size(), 1u) << "one record was there; what it says now is not looked at";
    EXPECT_EQ(all[0].id, 0x50000u);
    EXPECT_EQ(all[0].status, 6);
}

TEST_F(HostileBigCore, LiesInARecordBehindGoodOnes)
{
    put_record(udp, "one", fake_addr(1, 1));
    put_record(udp, "two", fake_addr(1, 1));
    k230_record record = {};
    record.len = 601;
    record.addr = fake_addr(1, 1);
    put(udp, std::string(reinterpret_cast<const char *>(&record), sizeof record) + std::string(608, 'x'));
    k230_bits_put(&big.kick, udp.slot());
    expect_fault(K230_FAULT_BAD_RECORD);
    ASSERT_EQ(stack.at(udp.number).datagrams.size(), 2u) << "what was good has gone out";
    EXPECT_EQ(stack.at(udp.number).datagrams[1].bytes, "two");
}

TEST_F(HostileBigCore, EndsARunWithHalfAHeader)
{
    put_record(udp, "one", fake_addr(1, 1));
    put_record(udp, "two", fake_addr(1, 1));
    put(udp, std::string(8, '\x03'));
    k230_bits_put(&big.kick, udp.slot());
    expect_fault(K230_FAULT_BAD_RECORD);
    EXPECT_EQ(stack.at(udp.number).datagrams.size(), 2u);
}

TEST_F(HostileBigCore, ChangesARunAfterItWasChecked)
{
    for (unsigned i = 0; i < 4; i++)
        put_record(udp, "honest", fake_addr(1, 1));
    uint8_t *ring = reinterpret_cast<uint8_t *>(pair_head(udp) + 1);
    stack.at(udp.number).on_send = [&] { std::memset(ring, 0xFF, LIMITS.tx_size); };
    k230_bits_put(&big.kick, udp.slot());
    turn(1);
    const std::vector<FakeDatagram> &sent = stack.at(udp.number).datagrams;
    ASSERT_EQ(sent.size(), 4u) << "four records were there; what they say now is not looked at";
    for (const FakeDatagram &datagram : sent) {
        EXPECT_EQ(datagram.bytes.size(), 6u);
        EXPECT_TRUE(datagram.addr == fake_addr(1, 1));
    }
    stack.at(udp.number).on_send = nullptr;
    EXPECT_EQ(head()->small.accepted, session);
}

TEST_F(HostileBigCore, ChangesItsIndexWhileItsBytesAreSent)
{
    stack.at(victim.number).on_send = [&] { pair_head(victim)->tx_tail.value = 0xDEADBEEF; };
    put(victim, "abc");
    k230_bits_put(&big.kick, victim.slot());
    turn(1);
    EXPECT_EQ(stack.at(victim.number).sent, "abc") << "what was checked is what is sent";
    stack.at(victim.number).on_send = nullptr;
    expect_fault(K230_FAULT_RING_INDEX);
}

TEST_F(HostileBigCore, ChangesARequestWhileItIsServed)
{
    /* The bind runs on the agent's copy: the slot may be anything by then. */
    const Sock fresh = open(4);
    request(K230_OP_BIND, fresh.handle, 0, bytes_of(fake_addr(1, 8080)));
    turn(1);
    std::memset(machine.ddr() + big.layout.requests, 0xFF, LIMITS.requests * K230_MESSAGE_SIZE);
    turn();
    EXPECT_TRUE(stack.at(fresh.number).local == fake_addr(1, 8080));
    EXPECT_EQ(completions().size(), 1u);
}

TEST_F(HostileBigCore, ScribblesOverTheWordsThatOnlyTheAgentWrites)
{
    /* The agent's bookkeeping is private: it never reads back what it wrote. */
    head()->request_head.value = 0x5555;
    head()->completion_tail.value = 0xAAAA;
    pair_head(victim)->tx_head.value = 0x1234;
    pair_head(victim)->rx_tail.value = 0x4321;
    head()->small.boot_id ^= 1;
    line(victim).status = 0xFFFFFFFF;
    line(victim).want = 0xFFFFFFFF;
    std::memset(head()->news, 0xFF, sizeof head()->news);
    send(victim, "still fine");
    EXPECT_EQ(stack.at(victim.number).sent, "still fine");
    head()->small.boot_id ^= 1;
    EXPECT_EQ(head()->small.accepted, session);
}

TEST_F(HostileBigCore, KicksSlotsThatAreNotThere)
{
    for (uint32_t i = 0; i < K230_BITMAP_WORDS; i++)
        head()->kick[i] = 0xFFFFFFFFu;
    turn();
    EXPECT_EQ(head()->small.accepted, session);
    head()->kick[0] = 0;
    turn();
    EXPECT_EQ(head()->small.accepted, session) << "surplus kicks are harmless";
}

TEST_F(HostileBigCore, RingsWithoutEndAndHasNothingToSay)
{
    for (unsigned i = 0; i < 1000; i++) {
        machine.small().doorbell++;
        head()->kick[0] ^= 0xFFFFFFFFu;
        turn(1);
    }
    EXPECT_EQ(head()->small.accepted, session);
    send(victim, "served");
    EXPECT_EQ(stack.at(victim.number).sent, "served");
}

/* ---- one that keeps a turn going: each is counted, and ends by itself after LONG ----------------------------------
 */

constexpr unsigned LONG = 100000;

TEST_F(HostileBigCore, AsksWithoutEnd)
{
    unsigned asked = 0;
    k230_completion taken = {};
    stack.connect_result = -K230_ECONNREFUSED;
    Sock asking = open(4);
    stack.on_connect = [&](int) {
        k230_queue_take(&big.completions, &taken);
        if (++asked < LONG)
            publish(K230_OP_CONNECT, asking.handle, 0, 0, 0, bytes_of(fake_addr(9, 80)));
    };
    publish(K230_OP_CONNECT, asking.handle, 0, 0, 0, bytes_of(fake_addr(9, 80)));
    turn(1);
    EXPECT_LE(asked, LIMITS.requests);
    EXPECT_TRUE(k230_agent_step(agent.get(), 100));
    EXPECT_EQ(stack.last_timeout_ms, 0u) << "it does not sleep over the rest";
    stack.on_connect = nullptr;
}

TEST_F(HostileBigCore, WritesWithoutEndIntoTheRingOfASocketThatItHasClosed)
{
    Sock closed = connected(4);
    stack.at(closed.number).room = 0;
    put(closed, "the last words");
    close(closed);
    unsigned sent = 0;
    stack.at(closed.number).on_send = [&] {
        if (++sent < LONG)
            put(closed, "more");
    };
    stack.at(closed.number).room = ENDLESS;
    turn(1);
    EXPECT_LE(sent, 2u);
    EXPECT_EQ(stack.at(closed.number).sent, "the last words");
    EXPECT_FALSE(stack.at(closed.number).open);
    EXPECT_FALSE(stack.at(closed.number).aborted);
}

TEST_F(HostileBigCore, WritesDatagramsWithoutEndIntoTheRingOfASocketThatItHasClosed)
{
    Sock closed = datagrams(4);
    stack.at(closed.number).room = 0;
    put_record(closed, "one", fake_addr(1, 1));
    put_record(closed, "and another", fake_addr(1, 1));
    close(closed);
    unsigned sent = 0;
    stack.at(closed.number).on_send = [&] {
        if (++sent < LONG)
            put_record(closed, "more", fake_addr(1, 1));
    };
    stack.at(closed.number).room = ENDLESS;
    turn(2);
    EXPECT_LE(sent, 2u);
    EXPECT_EQ(stack.at(closed.number).datagrams.size(), 2u);
    EXPECT_FALSE(stack.at(closed.number).open);
}

TEST_F(HostileBigCore, WritesWithoutEndIntoTheRingOfAnOpenSocket)
{
    unsigned sent = 0;
    stack.at(victim.number).on_send = [&] {
        if (++sent < LONG)
            put(victim, letters(8));
    };
    put(victim, letters(8));
    k230_bits_put(&big.kick, victim.slot());
    turn(1);
    EXPECT_LE(sent, 2 * LIMITS.tx_size / 8);
    stack.at(victim.number).on_send = nullptr;
}

TEST_F(HostileBigCore, TakesWithoutEndFromARingThatTheStackFillsWithoutEnd)
{
    unsigned taken = 0;
    stack.at(victim.number).on_recv = [&] {
        if (++taken < LONG)
            stack.arrives(victim.number, letters(8));
        take(victim);
    };
    stack.arrives(victim.number, letters(8));
    turn(1);
    EXPECT_LE(taken, 2 * LIMITS.rx_size / 8);
    stack.at(victim.number).on_recv = nullptr;
    take(victim);
}

TEST_F(HostileBigCore, IsServedByAStackThatAnswersWhatNobodyAskedWithoutEnd)
{
    unsigned asked = 0;
    stack.on_resolved = [&] {
        if (++asked < LONG)
            stack.look_ups.push_back({0xDEAD, true, {}});
    };
    turn(1);
    EXPECT_LE(asked, K230_AGENT_RESOLVE_MAX * (K230_AGENT_RESOLVE_MAX + 1u));
    stack.on_resolved = nullptr;
}

TEST_F(HostileBigCore, AsksForNamesOnceTheLastIsAnsweredWithoutEnd)
{
    unsigned asked = 0;
    const auto ask = [&] { request(K230_OP_RESOLVE, 0, 0, std::string("10.0.0.1\0\0", 10)); };
    stack.on_resolved = [&] {
        completions();
        if (++asked < LONG && k230_queue_room(&big.requests) != 0)
            ask();
    };
    ask();
    turn(1);
    EXPECT_LE(asked, 2u * (K230_AGENT_RESOLVE_MAX + 2u));
    stack.on_resolved = nullptr;
    completions();
}

TEST_F(HostileBigCore, FallsSilentForeverAndCostsNothing)
{
    for (uint32_t ms = 0; ms <= K230_LINGER_MS; ms += K230_WATCHDOG_MS) {
        machine.now += K230_WATCHDOG_MS;
        EXPECT_TRUE(k230_agent_step(agent.get(), K230_WATCHDOG_MS));
    }
    EXPECT_EQ(stack.last_timeout_ms, K230_WATCHDOG_MS) << "it sleeps";
    EXPECT_EQ(head()->small.accepted, session);
    EXPECT_EQ(stack.open_count(), 3u) << "the lingering one was given up";
}

TEST_F(HostileBigCore, NeverTakesItsCompletions)
{
    for (uint32_t i = 0; i < LIMITS.completions; i++)
        request(K230_OP_LOCAL, victim.handle);
    turn();
    for (uint32_t i = 0; i < LIMITS.requests; i++)
        request(K230_OP_LOCAL, victim.handle);
    for (unsigned i = 0; i < 100; i++)
        EXPECT_TRUE(k230_agent_step(agent.get(), 100));
    EXPECT_EQ(stack.last_timeout_ms, 100u) << "it sleeps and does not spin";
    stack.arrives(victim.number, "data goes on");
    turn();
    EXPECT_EQ(take(victim), "data goes on");
}

TEST_F(HostileBigCore, ChangesItsSessionInEveryTurn)
{
    for (unsigned i = 0; i < 100; i++) {
        say_hello(++session, K230_VERSION + (i % 3 == 0), i % 5 == 0 ? 0 : K230_MAGIC_BIG);
        turn(1);
    }
    EXPECT_EQ(stack.open_count(), 0u);
    begin_session();
    connected(0);
}

TEST_F(HostileBigCore, LiesAboutCompletionsWhileAnswersAreParked)
{
    Sock pending = open(4);
    attach(pending);
    request(K230_OP_CONNECT, pending.handle, 0, bytes_of(fake_addr(9, 80)));
    turn();
    for (uint32_t i = 0; i < LIMITS.completions; i++)
        request(K230_OP_LOCAL, victim.handle);
    turn();
    stack.connect_completes(pending.number, 0);
    turn();
    head()->completion_head.value = 0x80000000u;
    expect_fault(K230_FAULT_RING_INDEX);
}

TEST_F(HostileBigCore, LiesAboutCompletionsWhileASocketLingers)
{
    for (auto &entry : stack.socks)
        entry.second.room = ENDLESS; /* the lingering socket finishes in this turn */
    head()->completion_head.value = 0x80000000u;
    expect_fault(K230_FAULT_RING_INDEX);
}

TEST_F(HostileBigCore, LiesAboutCompletionsWhileANameIsAnswered)
{
    request(K230_OP_RESOLVE, 0, 0, std::string("x\0\0", 3));
    turn();
    stack.answer(0, 25);
    head()->completion_head.value = 0x80000000u;
    expect_fault(K230_FAULT_RING_INDEX);
}

/* A value of every kind in every field: whatever it does, the agent stays whole and serves the next session. */
TEST_F(HostileBigCore, WritesGarbageIntoEveryFieldOfEveryRequest)
{
    uint32_t random = 12345;
    const auto next = [&random] {
        random = random * 1664525u + 1013904223u;
        return random >> 8;
    };
    const uint32_t interesting[] = {0,       1,       2,       5,          7,          8,         0xFFFF,
                                    0x10000, 0x10001, 0x10002, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    for (unsigned round = 0; round < 3000; round++) {
        if (head()->small.accepted != session) {
            EXPECT_EQ(stack.open_count(), 0u);
            begin_session();
            gens.fill(0);
        }
        k230_request request = {};
        request.id = next();
        request.op = static_cast<uint16_t>(next() % 17);
        request.flags = static_cast<uint16_t>(next());
        request.handle = next() % 3 ? k230_handle(next() % 9, 1 + next() % 2) : interesting[next() % 13];
        request.arg0 = next() % 3 ? next() % 8 : interesting[next() % 13];
        request.arg1 = next() % 3 ? 1 + next() % 2 : interesting[next() % 13];
        request.arg2 = interesting[next() % 13];
        request.len = next() % 3 ? K230_ADDR_SIZE : next() % (K230_PAYLOAD_MAX + 1);
        for (uint8_t &byte : request.payload)
            byte = static_cast<uint8_t>(next() % 4 ? 0 : next());
        if (k230_queue_room(&big.requests) != 0 && k230_queue_room(&big.requests) != K230_RING_BROKEN)
            k230_queue_put(&big.requests, &request);
        if (next() % 50 == 0)
            reinterpret_cast<uint32_t *>(
                machine.ddr() + big.layout.pairs)[(next() % 6) * big.layout.pair_stride / 4 + next() % 64] = next();
        head()->kick[0] ^= next() & 0xFFu;
        for (auto &entry : stack.socks)
            if (entry.second.open && entry.second.state == FakeSocket::Connecting)
                stack.connect_completes(entry.first, next() % 2 ? 0 : -K230_ECONNREFUSED);
        if (!stack.socks.empty() && stack.newest().open && next() % 2)
            stack.arrives(stack.newest_number(), "data");
        if (!stack.look_ups.empty() && next() % 3 == 0)
            stack.answer(0, next() % 20);
        turn(1);
        if (next() % 4 != 0)
            completions();
    }
    head()->big.session = 0;
    turn();
    EXPECT_EQ(stack.open_count(), 0u);
    stack.connect_result = -K230_EINPROGRESS;
    begin_session();
}
