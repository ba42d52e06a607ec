/* What the agent does for an honest big core. */
#include "agent_fixture.h"

namespace
{

class Agent : public AgentTest
{
};

class AgentSession : public AgentTest
{
};

class AgentStream : public AgentTest
{
};

class AgentDatagram : public AgentTest
{
};

class AgentResolve : public AgentTest
{
};

constexpr uint32_t LOOK_MS = 101; /* past which the stack is asked again what it holds */

std::string letters(size_t length, size_t from = 0)
{
    std::string text(length, '\0');
    for (size_t i = 0; i < length; i++)
        text[i] = static_cast<char>('a' + (from + i) % 26);
    return text;
}

} // namespace

/* ---- sessions -------------------------------------------------------------------------------------------------------
 */

TEST_F(AgentSession, SaysHelloWithItsBootIdVersionFeaturesAndLimits)
{
    const k230_hello_small &hello = head()->small;
    EXPECT_EQ(hello.magic, K230_MAGIC_SMALL);
    EXPECT_EQ(hello.version, K230_VERSION);
    EXPECT_NE(hello.boot_id, 0u);
    EXPECT_EQ(hello.features, K230_FEATURE_INTERFACE);
    EXPECT_EQ(std::memcmp(&hello.limits, &LIMITS, sizeof LIMITS), 0);
}

TEST_F(AgentSession, CutsItsLimitsToWhatItsBuildHasRoomFor)
{
    FakeMachine other(Memory::Shared, 64u << 20);
    const k230_limits more = {1024, 16, 16, 4096, 1024, 2048, 600};
    std::unique_ptr<k230_agent> second(new k230_agent);
    ASSERT_TRUE(k230_agent_start(second.get(), &other.small().hal, &stack, &more));
    const k230_head *its = reinterpret_cast<k230_head *>(other.ddr());
    EXPECT_EQ(its->small.limits.slots, static_cast<uint32_t>(K230_AGENT_SOCK_MAX));
    EXPECT_EQ(its->small.limits.pairs, static_cast<uint32_t>(K230_AGENT_PAIR_MAX));
}

TEST_F(AgentSession, DoesNotStartOnARegionThatIsTooSmall)
{
    FakeMachine other(Memory::Shared, region_of(LIMITS) - 1);
    std::unique_ptr<k230_agent> second(new k230_agent);
    EXPECT_FALSE(k230_agent_start(second.get(), &other.small().hal, &stack, &LIMITS));
    EXPECT_EQ(reinterpret_cast<k230_head *>(other.ddr())->small.magic, 0u);
}

TEST_F(AgentSession, HasANewBootIdAtEachStart)
{
    const uint32_t first = head()->small.boot_id;
    ASSERT_TRUE(k230_agent_start(agent.get(), &machine.small().hal, &stack, &LIMITS));
    EXPECT_NE(head()->small.boot_id, first);
    EXPECT_EQ(head()->small.accepted, 0u);
    turn();
    EXPECT_EQ(head()->small.accepted, 0u) << "the hello that still stands is meant for the agent of before";
}

TEST_F(AgentSession, RefusesAnotherVersionAndSaysWhy)
{
    head()->big.session = 0;
    turn();
    say_hello(0x900, K230_VERSION + 1);
    turn();
    EXPECT_EQ(head()->small.accepted, 0u);
    EXPECT_EQ(head()->small.fault, static_cast<uint32_t>(K230_FAULT_VERSION));
    begin_session();
}

TEST_F(AgentSession, RefusesAHelloForAnotherBootId)
{
    head()->big.session = 0;
    turn();
    say_hello(0x900, K230_VERSION, K230_MAGIC_BIG, head()->small.boot_id + 1);
    turn();
    EXPECT_EQ(head()->small.accepted, 0u);
    begin_session();
}

TEST_F(AgentSession, RefusesAHelloWithoutItsMagic)
{
    head()->big.session = 0;
    turn();
    say_hello(0x900, K230_VERSION, 0x12345678);
    turn();
    EXPECT_EQ(head()->small.accepted, 0u);
    begin_session();
}

TEST_F(AgentSession, EndsWithSessionZeroAndClosesEverything)
{
    const Sock stream = connected(0);
    open(1, K230_SOCK_DGRAM);
    listening(2);
    EXPECT_EQ(stack.open_count(), 3u);
    head()->big.session = 0;
    turn();
    EXPECT_EQ(head()->small.accepted, 0u);
    EXPECT_EQ(head()->small.fault, static_cast<uint32_t>(K230_FAULT_NONE));
    EXPECT_EQ(stack.open_count(), 0u);
    EXPECT_TRUE(stack.at(stream.number).aborted);
}

TEST_F(AgentSession, IsEndedByANewOne)
{
    const Sock old = connected(0);
    ASSERT_TRUE(k230_link_open(&big, big_hal(), K230_SIDE_BIG, &LIMITS));
    say_hello(++session);
    turn();
    EXPECT_FALSE(stack.at(old.number).open);
    EXPECT_EQ(head()->small.accepted, session);
    EXPECT_EQ(stack.open_count(), 0u);
}

TEST_F(AgentSession, RingsTheBigCoreWhenItIsTakenUpAndWhenItEnds)
{
    const unsigned before = machine.small().notified;
    head()->big.session = 0;
    turn();
    EXPECT_GT(machine.small().notified, before);
    const unsigned ended = machine.small().notified;
    begin_session();
    EXPECT_GT(machine.small().notified, ended);
}

TEST_F(AgentSession, StopTellsTheBigCoreThatItIsOver)
{
    connected(0);
    k230_agent_stop(agent.get());
    EXPECT_EQ(head()->small.accepted, 0u);
    EXPECT_EQ(head()->small.fault, static_cast<uint32_t>(K230_FAULT_STOPPED));
    EXPECT_EQ(stack.open_count(), 0u);
}

TEST_F(AgentSession, CountsItsHeartbeatInEachTurn)
{
    const uint32_t before = head()->small.heartbeat;
    turn(3);
    EXPECT_EQ(head()->small.heartbeat, before + 3);
}

TEST_F(AgentSession, EndsTheLoopWhenTheOtherCoreIsGone)
{
    machine.small().other_alive = false;
    machine.now += 1000;
    EXPECT_FALSE(k230_agent_step(agent.get(), 0));
    machine.small().other_alive = true;
}

TEST_F(AgentSession, FinishSendsWhatWasSentAndThenIsIdle)
{
    Sock sock = connected(0);
    stack.at(sock.number).room = 3;
    send(sock, "farewell");
    k230_agent_finish(agent.get());
    EXPECT_FALSE(k230_agent_idle(agent.get()));
    stack.at(sock.number).room = ENDLESS;
    turn();
    EXPECT_TRUE(k230_agent_idle(agent.get()));
    EXPECT_EQ(stack.at(sock.number).sent, "farewell");
    EXPECT_FALSE(stack.at(sock.number).open);
    EXPECT_FALSE(stack.at(sock.number).aborted);
}

TEST_F(AgentSession, FinishTellsTheBigCoreAtOnceAndLeavesItWhatHadArrived)
{
    Sock sock = connected(0);
    stack.arrives(sock.number, "taken, left");
    turn();
    EXPECT_EQ(take(sock, 6), "taken,");
    Sock sending = connected(1);
    stack.at(sending.number).room = 0;
    send(sending, "farewell");
    const unsigned notified = machine.small().notified;
    k230_agent_finish(agent.get());
    EXPECT_EQ(head()->small.accepted, 0u);
    EXPECT_EQ(head()->small.fault, static_cast<uint32_t>(K230_FAULT_STOPPED));
    EXPECT_GT(machine.small().notified, notified);
    EXPECT_FALSE(k230_agent_idle(agent.get())) << "it works the rest off";
    ASSERT_EQ(k230_ring_filled(&sock.rx), 5u);
    EXPECT_EQ(peek(sock), " left");
    stack.at(sending.number).room = ENDLESS;
    turn();
    EXPECT_TRUE(k230_agent_idle(agent.get()));
    EXPECT_NE(k230_ring_room(&sending.tx), K230_RING_BROKEN);
}

TEST_F(AgentSession, FinishTakesNoSessionAnyMoreAndTheNextStartDoes)
{
    k230_agent_finish(agent.get());
    say_hello(++session);
    turn();
    EXPECT_EQ(head()->small.accepted, 0u);
    EXPECT_TRUE(k230_agent_step(agent.get(), 50));
    EXPECT_EQ(stack.last_timeout_ms, 50u) << "it sleeps over it";
    ASSERT_TRUE(k230_agent_start(agent.get(), &machine.small().hal, &stack, &LIMITS));
    begin_session();
}

TEST_F(AgentSession, FinishKeepsTheReasonOfAFaultThatItFinds)
{
    publish(K230_OP_LIMIT, fresh_handle(0));
    k230_agent_finish(agent.get());
    EXPECT_EQ(head()->small.accepted, 0u);
    EXPECT_EQ(head()->small.fault, static_cast<uint32_t>(K230_FAULT_UNKNOWN_OP));
}

TEST_F(AgentSession, FinishResetsConnectionsWithBytesNobodyWillRead)
{
    const Sock sock = connected(0);
    stack.arrives(sock.number, "unread");
    turn();
    k230_agent_finish(agent.get());
    turn();
    EXPECT_TRUE(stack.at(sock.number).aborted);
    EXPECT_TRUE(k230_agent_idle(agent.get()));
}

/* A big core that died left its completion queue full; the agent's process must still come to its end. */
TEST_F(AgentSession, FinishBecomesIdleEvenWithTheCompletionQueueFull)
{
    Sock sock = connected(0);
    for (uint32_t i = 0; i < LIMITS.completions; i++)
        publish(K230_OP_LOCAL, sock.handle);
    turn();
    put(sock, "farewell");
    k230_agent_finish(agent.get());
    for (unsigned i = 0; i < 50 && !k230_agent_idle(agent.get()); i++) {
        turn(1);
        machine.now += K230_WATCHDOG_MS;
    }
    EXPECT_TRUE(k230_agent_idle(agent.get()));
    EXPECT_EQ(stack.at(sock.number).sent, "farewell");
}

TEST_F(AgentSession, AFarewellLastsAsLongAsBytesLeaveTheStack)
{
    Sock slow = connected(0);
    Sock still = connected(1);
    for (const Sock &sock : {slow, still}) {
        stack.at(sock.number).room = 0;
        stack.at(sock.number).unacknowledged = 20;
    }
    send(slow, "farewell");
    send(still, "lost");
    for (unsigned i = 0; i < 10; i++) {
        EXPECT_TRUE(k230_agent_farewell(agent.get(), K230_FAREWELL_MS));
        machine.now += K230_FAREWELL_MS - 1;
        stack.at(slow.number).unacknowledged--;
        EXPECT_TRUE(k230_agent_step(agent.get(), 0)); /* what the next turn sees first */
    }
    EXPECT_TRUE(stack.at(still.number).open) << "nobody needs its place";
    stack.at(slow.number).room = ENDLESS;
    EXPECT_TRUE(k230_agent_farewell(agent.get(), K230_FAREWELL_MS));
    EXPECT_EQ(stack.at(slow.number).sent, "farewell");
    EXPECT_FALSE(stack.at(slow.number).aborted);
    EXPECT_TRUE(k230_agent_farewell(agent.get(), K230_FAREWELL_MS));
    machine.now += K230_FAREWELL_MS;
    const size_t lines = machine.small().lines.size();
    EXPECT_FALSE(k230_agent_farewell(agent.get(), K230_FAREWELL_MS));
    EXPECT_FALSE(stack.at(still.number).open);
    EXPECT_FALSE(stack.at(still.number).aborted) << "the stack still sends what it holds";
    EXPECT_EQ(machine.small().lines.size(), lines + 1) << "that something is lost is said";
}

TEST_F(AgentSession, AFarewellIsShorterOnceSomebodyWaitsForIt)
{
    Sock still = connected(0);
    stack.at(still.number).room = 0;
    send(still, "lost");
    EXPECT_TRUE(k230_agent_farewell(agent.get(), K230_LINGER_MS));
    machine.now += K230_FAREWELL_MS;
    EXPECT_TRUE(k230_agent_farewell(agent.get(), K230_LINGER_MS));
    EXPECT_FALSE(k230_agent_farewell(agent.get(), K230_FAREWELL_MS));
}

TEST_F(AgentSession, AFarewellWithNothingToSendIsOverAtOnce)
{
    connected(0);
    const size_t lines = machine.small().lines.size();
    EXPECT_FALSE(k230_agent_farewell(agent.get(), K230_FAREWELL_MS));
    EXPECT_EQ(machine.small().lines.size(), lines);
    EXPECT_EQ(head()->small.fault, static_cast<uint32_t>(K230_FAULT_STOPPED));
}

/* ---- sleeping and notifying -------------------------------------------------------------------------------------- */

TEST_F(Agent, SleepsWithNothingToDoAndSaysSo)
{
    uint32_t asleep = 0;
    stack.on_wait = [&] { asleep = head()->asleep.value; };
    EXPECT_TRUE(k230_agent_step(agent.get(), 100));
    EXPECT_EQ(stack.last_timeout_ms, 100u);
    EXPECT_EQ(asleep, K230_ASLEEP_DOORBELL);
    EXPECT_EQ(head()->asleep.value, 0u);
    EXPECT_TRUE(k230_agent_step(agent.get(), 100000));
    EXPECT_EQ(stack.last_timeout_ms, K230_WATCHDOG_MS);
}

TEST_F(Agent, DoesNotSleepOverARequestAKickOrANewSessionThatCameMeanwhile)
{
    Sock sock = connected(0);
    /* During its turn, as late as the test can: the stack is called by the kick of the same turn. */
    stack.at(sock.number).on_send = [&] {
        if (k230_queue_room(&big.requests) == LIMITS.requests)
            publish(K230_OP_LOCAL, sock.handle);
    };
    put(sock, "x");
    k230_bits_put(&big.kick, 0);
    EXPECT_TRUE(k230_agent_step(agent.get(), 100));
    EXPECT_EQ(stack.last_timeout_ms, 0u) << "a request waits";
    stack.at(sock.number).on_send = nullptr;
    turn();
    stack.at(sock.number).on_send = [&] { k230_bits_put(&big.kick, 3); };
    put(sock, "y");
    k230_bits_put(&big.kick, 0);
    EXPECT_TRUE(k230_agent_step(agent.get(), 100));
    EXPECT_EQ(stack.last_timeout_ms, 0u) << "a kick waits";
    stack.at(sock.number).on_send = nullptr;
    turn();
    stack.at(sock.number).on_send = [&] { say_hello(++session); };
    put(sock, "z");
    k230_bits_put(&big.kick, 0);
    EXPECT_TRUE(k230_agent_step(agent.get(), 100));
    EXPECT_EQ(stack.last_timeout_ms, 0u) << "a session waits";
}

TEST_F(Agent, RingsOnlyForSocketsThatSomebodySleepsOn)
{
    const Sock sock = connected(0);
    head()->armed.value = k230_hint(5);
    const unsigned before = machine.small().notified;
    stack.arrives(sock.number, "news");
    turn();
    EXPECT_EQ(machine.small().notified, before);
    head()->armed.value = k230_hint(0);
    stack.arrives(sock.number, "news");
    turn();
    EXPECT_EQ(machine.small().notified, before + 1);
}

/* A message waits until it fits as one piece, which half a ring always does: while more than half is free, nobody can
 * be waiting. */
TEST_F(Agent, RingsForBytesThatWereSentOnlyWhereTheirRoomMayBeAwaited)
{
    Sock sock = connected(0);
    head()->armed.value = k230_hint(0);
    const unsigned before = machine.small().notified;
    put(sock, std::string(LIMITS.tx_size / 2, 'a'));
    k230_bits_put(&big.kick, sock.slot());
    turn();
    EXPECT_EQ(stack.at(sock.number).sent.size(), LIMITS.tx_size / 2);
    EXPECT_EQ(machine.small().notified, before) << "half of the ring was free all the time";
    put(sock, std::string(LIMITS.tx_size / 2 + 1, 'b'));
    k230_bits_put(&big.kick, sock.slot());
    turn();
    EXPECT_EQ(machine.small().notified, before + 1) << "a message of half a ring may have waited";
}

/* The agent looked at the ring when it was nearly empty; what the big core put in while the stack was sending counts.
 */
TEST_F(Agent, RingsForRoomInARingThatFilledUpWhileItWasSending)
{
    Sock sock = connected(0);
    head()->armed.value = k230_hint(0);
    const unsigned before = machine.small().notified;
    bool more = true;
    stack.at(sock.number).on_send = [&] {
        if (more)
            put(sock, std::string(LIMITS.tx_size - 1, 'b'));
        else
            stack.at(sock.number).room = 0;
        more = false;
    };
    put(sock, "a");
    k230_bits_put(&big.kick, sock.slot());
    turn();
    stack.at(sock.number).on_send = nullptr;
    EXPECT_EQ(machine.small().notified, before + 1);
}

/* A thread that waits for a free ring pair sleeps on the hint of no lane, not on the closed socket's. */
TEST_F(Agent, RingsWhoeverWaitsForARingPairWhenOneComesBack)
{
    const Sock sock = connected(0);
    head()->armed.value = k230_hint(5) | k230_hint(K230_NO_LANE);
    const unsigned before = machine.small().notified;
    close(sock);
    expect_pair_back(sock.pair);
    EXPECT_GT(machine.small().notified, before);
}

/* CANCEL of a listening socket has no answer and no effect. */
TEST_F(Agent, RingsForRequestsTakenOnlyWhereTheQueueWasFull)
{
    const Sock sock = listening(0);
    head()->armed.value = K230_ALL_HINTS;
    turn();
    const unsigned before = machine.small().notified;
    for (unsigned i = 1; i < LIMITS.requests; i++)
        publish(K230_OP_CANCEL, sock.handle);
    turn();
    EXPECT_EQ(machine.small().notified, before) << "there was room for one more all the time";
    for (unsigned i = 0; i < LIMITS.requests; i++)
        publish(K230_OP_CANCEL, sock.handle);
    turn();
    EXPECT_EQ(machine.small().notified, before + 1);
}

TEST_F(Agent, CountsWhatItDidSoThatItsLoopKnowsAnIdleTurn)
{
    const Sock sock = connected(0);
    const Sock other = connected(1);
    turn();
    uint32_t done = agent->done;
    turn();
    EXPECT_EQ(agent->done, done);
    publish(K230_OP_CANCEL, other.handle);
    turn();
    EXPECT_NE(agent->done, done) << "a request";
    done = agent->done;
    k230_bits_put(&big.kick, sock.slot());
    turn();
    EXPECT_NE(agent->done, done) << "a kick";
    done = agent->done;
    stack.arrives(sock.number, "x");
    turn();
    EXPECT_NE(agent->done, done) << "an event";
}

TEST_F(Agent, AsksForNoDoorbellWhileItDoesNotSleep)
{
    stack.on_wait = [&] { EXPECT_EQ(head()->asleep.value, 0u); };
    EXPECT_TRUE(k230_agent_step(agent.get(), 0));
    stack.on_wait = [&] { EXPECT_NE(head()->asleep.value, 0u); };
    EXPECT_TRUE(k230_agent_step(agent.get(), 1));
    stack.on_wait = nullptr;
}

/* ---- each operation ---------------------------------------------------------------------------------------------- */

TEST_F(Agent, OpensASocketOfTheKindThatWasAsked)
{
    const k230_completion completion =
        call(K230_OP_OPEN, fresh_handle(3), K230_AF_INET6, K230_SOCK_DGRAM, K230_IPPROTO_UDP);
    EXPECT_EQ(completion.status, 0);
    EXPECT_EQ(stack.newest().family, K230_AF_INET6);
    EXPECT_EQ(stack.newest().type, K230_SOCK_DGRAM);
    EXPECT_EQ(stack.newest().proto, K230_IPPROTO_UDP);
}

TEST_F(Agent, PassesTheStacksRefusalToOpenOnAndKeepsTheSlotFree)
{
    stack.open_result = -K230_EMFILE;
    const uint32_t handle = fresh_handle(0);
    EXPECT_EQ(call(K230_OP_OPEN, handle, K230_AF_INET, K230_SOCK_STREAM).status, -K230_EMFILE);
    stack.open_result = 0;
    publish(K230_OP_CLOSE, handle); /* the big core closed it before it knew */
    turn();
    EXPECT_TRUE(completions().empty());
    open(0);
}

TEST_F(Agent, RefusesRawSockets)
{
    EXPECT_EQ(call(K230_OP_OPEN, fresh_handle(0), K230_AF_INET, K230_SOCK_RAW).status, -K230_EINVAL);
    EXPECT_TRUE(stack.socks.empty());
}

TEST_F(Agent, BindsAndTellsTheLocalAddress)
{
    const Sock sock = open(0);
    EXPECT_EQ(call(K230_OP_BIND, sock.handle, 0, 0, 0, bytes_of(fake_addr(1, 8080))).status, 0);
    const k230_completion completion = call(K230_OP_LOCAL, sock.handle);
    EXPECT_EQ(completion.status, 0);
    EXPECT_TRUE(addr_in(completion) == fake_addr(1, 8080));
    stack.bind_result = -K230_EADDRINUSE;
    EXPECT_EQ(call(K230_OP_BIND, sock.handle, 0, 0, 0, bytes_of(fake_addr(1, 8080))).status, -K230_EADDRINUSE);
}

TEST_F(Agent, TellsThePeersAddressOnceConnected)
{
    const Sock fresh = open(1);
    const k230_completion none = call(K230_OP_PEER, fresh.handle);
    EXPECT_EQ(none.status, -K230_ENOTCONN);
    EXPECT_EQ(none.len, 0u);
    const Sock sock = connected(0);
    EXPECT_TRUE(addr_in(call(K230_OP_PEER, sock.handle)) == fake_addr(9, 80));
}

TEST_F(Agent, SetsAndGetsOptions)
{
    const Sock sock = open(0);
    EXPECT_EQ(call(K230_OP_SETOPT, sock.handle, K230_SOL_SOCKET, K230_SO_KEEPALIVE, 0, "abcd").status, 0);
    EXPECT_EQ(stack.at(sock.number).options, std::vector<std::string>{"1/9=abcd"});
    stack.setopt_result = -K230_ENOPROTOOPT;
    EXPECT_EQ(call(K230_OP_SETOPT, sock.handle, 77, 77, 0, "abcd").status, -K230_ENOPROTOOPT);

    stack.option_value = "12345678";
    const k230_completion completion = call(K230_OP_GETOPT, sock.handle, K230_SOL_SOCKET, K230_SO_LINGER, 8);
    EXPECT_EQ(completion.status, 0);
    EXPECT_EQ(std::string(reinterpret_cast<const char *>(completion.payload), completion.len), "12345678");
    EXPECT_EQ(call(K230_OP_GETOPT, sock.handle, 1, 1, 4).status, -K230_EINVAL) << "more than there is room for";
    EXPECT_EQ(call(K230_OP_GETOPT, sock.handle, 1, 1, UINT32_MAX).status, 0) << "room is cut to the field";
}

TEST_F(Agent, RefusesOperationsInTheWrongState)
{
    const Sock fresh = open(0);
    EXPECT_EQ(call(K230_OP_SHUTDOWN, fresh.handle, K230_SHUT_WR).status, -K230_ENOTCONN);
    EXPECT_EQ(call(K230_OP_ACCEPT, fresh.handle, fresh_handle(6)).status, -K230_EINVAL);
    const Sock stream = connected(1);
    EXPECT_EQ(call(K230_OP_BIND, stream.handle, 0, 0, 0, bytes_of(fake_addr(1, 8080))).status, -K230_EINVAL);
    EXPECT_EQ(call(K230_OP_LISTEN, stream.handle, 1).status, -K230_EINVAL);
    EXPECT_EQ(call(K230_OP_CONNECT, stream.handle, 0, 0, 0, bytes_of(fake_addr(9, 81))).status, -K230_EISCONN);
    EXPECT_EQ(call(K230_OP_SHUTDOWN, stream.handle, 7).status, -K230_EINVAL);
    const Sock listener = listening(2);
    EXPECT_EQ(call(K230_OP_CONNECT, listener.handle, 0, 0, 0, bytes_of(fake_addr(9, 81))).status, -K230_EISCONN);
    EXPECT_EQ(call(K230_OP_LISTEN, listener.handle, 9).status, 0) << "listening again changes the backlog";
    const Sock datagram = open(3, K230_SOCK_DGRAM);
    EXPECT_EQ(call(K230_OP_LISTEN, datagram.handle, 1).status, -K230_EOPNOTSUPP);
    EXPECT_EQ(call(K230_OP_ACCEPT, datagram.handle, fresh_handle(6)).status, -K230_EOPNOTSUPP);
    const Sock busy = open(4);
    publish(K230_OP_CONNECT, busy.handle, 0, 0, 0, bytes_of(fake_addr(9, 80)));
    turn();
    EXPECT_EQ(call(K230_OP_CONNECT, busy.handle, 0, 0, 0, bytes_of(fake_addr(9, 80))).status, -K230_EALREADY);
    EXPECT_EQ(call(K230_OP_BIND, busy.handle, 0, 0, 0, bytes_of(fake_addr(1, 8080))).status, -K230_EINVAL);
    EXPECT_EQ(call(K230_OP_LISTEN, busy.handle, 1).status, -K230_EINVAL);
}

/* ---- accept ------------------------------------------------------------------------------------------------------ */

TEST_F(Agent, AnnouncesThatAConnectionWaitsAndTakesItBackWhenItWasTheLast)
{
    const Sock listener = listening(0);
    EXPECT_EQ(flags(listener), 0u);
    stack.incoming(listener.number);
    stack.incoming(listener.number);
    turn();
    EXPECT_EQ(flags(listener), K230_STATUS_ACCEPT);
    EXPECT_TRUE(k230_bits_take(&big.news, 0) & 1u);

    const uint32_t first = fresh_handle(1);
    const k230_completion completion = call(K230_OP_ACCEPT, listener.handle, first);
    EXPECT_EQ(completion.status, 0);
    EXPECT_EQ(completion.arg0, first);
    EXPECT_EQ(addr_in(completion).ip[3], 200);
    EXPECT_EQ(flags(listener), K230_STATUS_ACCEPT) << "another one waits";
    EXPECT_EQ(call(K230_OP_ACCEPT, listener.handle, fresh_handle(2)).status, 0);
    EXPECT_EQ(flags(listener), 0u) << "nothing waits any more";
    EXPECT_EQ(call(K230_OP_ACCEPT, listener.handle, fresh_handle(3)).status, -K230_EAGAIN);
    stack.incoming(listener.number);
    turn();
    EXPECT_EQ(flags(listener), K230_STATUS_ACCEPT);
}

TEST_F(Agent, AnswersAcceptWithTheStacksErrorAndTheHandleItWasGiven)
{
    const Sock listener = listening(0);
    stack.incoming(listener.number);
    stack.accept_result = -K230_EMFILE;
    const uint32_t handle = fresh_handle(1);
    const k230_completion completion = call(K230_OP_ACCEPT, listener.handle, handle);
    EXPECT_EQ(completion.status, -K230_EMFILE);
    EXPECT_EQ(completion.arg0, handle);
    EXPECT_EQ(flags(listener), K230_STATUS_ACCEPT) << "it still waits";
    stack.accept_result = 0;
    EXPECT_EQ(call(K230_OP_ACCEPT, listener.handle, handle).status, 0) << "the slot stayed free";
}

TEST_F(Agent, ResetsConnectionsNobodyAcceptedWhenTheListenerCloses)
{
    const Sock listener = listening(0);
    const int waiting = stack.incoming(listener.number);
    close(listener);
    EXPECT_FALSE(stack.at(waiting).open);
    EXPECT_TRUE(completions().empty()) << "it had no ring pair to give back";
}

TEST_F(AgentStream, DeliversWhatArrivedBeforeAnAcceptedConnectionGotItsRings)
{
    const Sock listener = listening(0);
    const int number = stack.incoming(listener.number);
    stack.arrives(number, "early");
    stack.ends(number);
    Sock sock;
    sock.handle = fresh_handle(1);
    sock.number = number;
    EXPECT_EQ(call(K230_OP_ACCEPT, listener.handle, sock.handle).status, 0);
    attach(sock);
    EXPECT_EQ(take(sock), "early");
    EXPECT_EQ(flags(sock), K230_STATUS_EOF);
}

/* ---- connect ----------------------------------------------------------------------------------------------------- */

TEST_F(Agent, ConnectsAtOnceWhereTheStackDoes)
{
    Sock sock = open(0);
    attach(sock);
    stack.connect_result = 0;
    EXPECT_EQ(call(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(9, 80))).status, 0);
    send(sock, "hello");
    EXPECT_EQ(stack.at(sock.number).sent, "hello");
}

/* On the loop of a POSIX kernel a connect is over before the call that began it returns, which says that it is under
 * way all the same. */
TEST_F(Agent, AnswersAConnectThatIsOverAtOnceWithoutWaitingForTheStack)
{
    Sock sock = open(0);
    attach(sock);
    for (const int outcome : {-K230_ECONNREFUSED, 0}) {
        stack.on_connect = [&](int number) { stack.connect_completes(number, outcome); };
        publish(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(9, 80)));
        bool answered = false;
        stack.on_wait = [&] { answered = k230_queue_filled(&big.completions) != 0; };
        turn(1);
        stack.on_wait = nullptr;
        EXPECT_TRUE(answered);
        const std::vector<k230_completion> replies = completions();
        ASSERT_EQ(replies.size(), 1u);
        EXPECT_EQ(replies[0].status, outcome);
    }
    stack.on_connect = nullptr;
    send(sock, "hello");
    EXPECT_EQ(stack.at(sock.number).sent, "hello");
}

TEST_F(Agent, TellsThatAConnectWasRefusedAndLetsItBeTriedAgain)
{
    Sock sock = open(0);
    attach(sock);
    const uint32_t id = publish(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(9, 80)));
    turn();
    stack.connect_completes(sock.number, -K230_ECONNREFUSED);
    turn();
    std::vector<k230_completion> all = completions();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].id, id);
    EXPECT_EQ(all[0].status, -K230_ECONNREFUSED);
    stack.connect_result = 0;
    EXPECT_EQ(call(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(9, 80))).status, 0);
}

TEST_F(Agent, LeavesAConnectThatNeverCompletesAlone)
{
    Sock sock = open(0);
    attach(sock);
    publish(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(9, 80)));
    for (unsigned i = 0; i < 100; i++) {
        machine.now += 1000;
        turn(1);
    }
    EXPECT_TRUE(completions().empty());
    close(sock);
    expect_pair_back(sock.pair);
}

/* A kernel reports a hang-up on a stream that is not connected for as long as somebody watches it: the agent would
 * never sleep again. */
TEST_F(Agent, DoesNotSpinOnAStreamThatHasRingsButNoConnection)
{
    Sock sock = open(0);
    attach(sock);
    EXPECT_EQ(stack.at(sock.number).watched, 0u) << "before it connects";
    stack.connect_result = -K230_ENETUNREACH;
    EXPECT_EQ(call(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(9, 80))).status, -K230_ENETUNREACH);
    EXPECT_EQ(stack.at(sock.number).watched, 0u) << "after a connect failed at once";
    EXPECT_EQ(call(K230_OP_SHUTDOWN, sock.handle, K230_SHUT_WR).status, -K230_ENOTCONN);
    kick(sock);
    EXPECT_EQ(stack.at(sock.number).watched, 0u);
}

TEST_F(Agent, CancelsAConnectUnderWay)
{
    Sock sock = open(0);
    attach(sock);
    const uint32_t id = publish(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(9, 80)));
    turn();
    publish(K230_OP_CANCEL, sock.handle);
    turn();
    const std::vector<k230_completion> all = completions();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].op, K230_OP_CONNECT);
    EXPECT_EQ(all[0].id, id);
    EXPECT_EQ(all[0].status, -K230_ETIMEDOUT);
    EXPECT_EQ(all[1].op, K230_OP_CLOSE);
    EXPECT_EQ(all[1].arg0, sock.pair);
    EXPECT_EQ(stack.at(sock.number).disconnects, 1u);
    EXPECT_TRUE(stack.at(sock.number).open) << "the socket itself lives on";

    attach(sock);
    stack.connect_result = 0;
    EXPECT_EQ(call(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(9, 80))).status, 0);
    send(sock, "second");
    EXPECT_EQ(stack.at(sock.number).sent, "second");
}

TEST_F(Agent, UndoesAConnectThatSucceededBeforeTheCancelCame)
{
    Sock sock = connected(0);
    stack.arrives(sock.number, "too late");
    turn();
    publish(K230_OP_CANCEL, sock.handle);
    turn();
    expect_pair_back(sock.pair);
    EXPECT_EQ(stack.at(sock.number).disconnects, 1u);
    EXPECT_EQ(flags(sock), 0u);
    attach(sock);
    stack.connect_result = 0;
    EXPECT_EQ(call(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(9, 80))).status, 0);
    stack.arrives(sock.number, "fresh");
    turn();
    EXPECT_EQ(take(sock), "fresh");
}

TEST_F(Agent, IgnoresACancelThatIsLateForAFailure)
{
    Sock sock = open(0);
    attach(sock);
    publish(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(9, 80)));
    turn();
    stack.connect_completes(sock.number, -K230_ECONNREFUSED);
    turn();
    completions();
    publish(K230_OP_CANCEL, sock.handle);
    turn();
    expect_pair_back(sock.pair);
    EXPECT_EQ(stack.at(sock.number).disconnects, 0u);
}

/* The cancelled connection died of a reset before the CANCEL came; the next one must not be told. */
TEST_F(Agent, DoesNotCarryTheErrorOfACancelledConnectionIntoTheNext)
{
    Sock sock = connected(0);
    stack.fails(sock.number, -K230_ECONNRESET);
    turn();
    publish(K230_OP_CANCEL, sock.handle);
    turn();
    completions();
    attach(sock);
    stack.connect_result = 0;
    EXPECT_EQ(call(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(9, 80))).status, 0);
    EXPECT_EQ(flags(sock), 0u);
    EXPECT_EQ(error(sock), 0) << "an error that the big core would raise on the new connection";
}

/* ---- streams: sending -------------------------------------------------------------------------------------------- */

TEST_F(AgentStream, SendsStraightFromTheRingAndAsksForAKickWhenItIsEmpty)
{
    Sock sock = connected(0);
    EXPECT_TRUE(line(sock).want & K230_WANT_TX);
    send(sock, "one");
    send(sock, "two");
    EXPECT_EQ(stack.at(sock.number).sent, "onetwo");
    EXPECT_TRUE(line(sock).want & K230_WANT_TX);
    EXPECT_EQ(k230_ring_room(&sock.tx), LIMITS.tx_size);
}

TEST_F(AgentStream, DoesNotWantAKickWhileTheStackIsFullAndGoesOnWhenItHasRoom)
{
    Sock sock = connected(0);
    stack.at(sock.number).room = 10;
    send(sock, letters(100));
    EXPECT_EQ(stack.at(sock.number).sent.size(), 10u);
    EXPECT_FALSE(line(sock).want & K230_WANT_TX);
    EXPECT_TRUE(stack.at(sock.number).watched & K230_STACK_OUT);
    EXPECT_EQ(k230_ring_room(&sock.tx), LIMITS.tx_size - 90);
    stack.at(sock.number).room = 50;
    turn();
    stack.at(sock.number).room = ENDLESS;
    turn();
    EXPECT_EQ(stack.at(sock.number).sent, letters(100));
    EXPECT_TRUE(line(sock).want & K230_WANT_TX);
    EXPECT_FALSE(stack.at(sock.number).watched & K230_STACK_OUT);
}

TEST_F(AgentStream, SendsBytesThatArePutWhileItLooksForTheLastTime)
{
    Sock sock = connected(0);
    bool added = false;
    stack.at(sock.number).on_send = [&] {
        if (!added)
            put(sock, " and more");
        added = true;
    };
    send(sock, "some");
    EXPECT_EQ(stack.at(sock.number).sent, "some and more");
}

TEST_F(AgentStream, KeepsItsOrderOverManyRingfuls)
{
    Sock sock = connected(0);
    std::string all;
    for (unsigned i = 0; i < 40; i++) {
        const std::string piece = letters(37 + i * 13 % 900, all.size());
        stack.at(sock.number).room = i * 31 % 200;
        put(sock, piece);
        kick(sock);
        stack.at(sock.number).room = ENDLESS;
        turn();
        all += piece;
    }
    EXPECT_EQ(stack.at(sock.number).sent, all);
}

TEST_F(AgentStream, ShutsDownForSendingOnlyAfterTheRingIsDrained)
{
    Sock sock = connected(0);
    stack.at(sock.number).room = 4;
    send(sock, "last words");
    EXPECT_EQ(call(K230_OP_SHUTDOWN, sock.handle, K230_SHUT_WR).status, 0);
    EXPECT_FALSE(stack.at(sock.number).shut_wr);
    stack.at(sock.number).room = ENDLESS;
    turn();
    EXPECT_EQ(stack.at(sock.number).sent, "last words");
    EXPECT_TRUE(stack.at(sock.number).shut_wr);
    stack.arrives(sock.number, "answer");
    turn();
    EXPECT_EQ(take(sock), "answer") << "the other half lives on";
}

TEST_F(AgentStream, ShutsDownBytesThatWereNeverKicked)
{
    Sock sock = connected(0);
    put(sock, "unkicked");
    EXPECT_EQ(call(K230_OP_SHUTDOWN, sock.handle, K230_SHUT_RDWR).status, 0);
    EXPECT_EQ(stack.at(sock.number).sent, "unkicked");
    EXPECT_TRUE(stack.at(sock.number).shut_wr);
    EXPECT_TRUE(stack.at(sock.number).shut_rd);
    EXPECT_TRUE(flags(sock) & K230_STATUS_EOF);
}

TEST_F(AgentStream, ReportsASendThatFailedAsTheEndOfTheConnection)
{
    Sock sock = connected(0);
    stack.at(sock.number).send_error = -K230_EPIPE;
    send(sock, "x");
    turn();
    EXPECT_EQ(flags(sock) & K230_STATUS_DEAD, K230_STATUS_DEAD);
    EXPECT_EQ(error(sock), K230_EPIPE);
    EXPECT_EQ(error_number(sock), 1u);
    close(sock);
    expect_pair_back(sock.pair);
}

/* A peer that answers and resets: what it sent is in the stack when our send fails. */
TEST_F(AgentStream, DeliversWhatHadArrivedBeforeASendFailed)
{
    Sock sock = connected(0);
    stack.at(sock.number).send_error = -K230_ECONNRESET;
    put(sock, "request");
    stack.arrives(sock.number, "413 too large");
    stack.ends(sock.number);
    k230_bits_put(&big.kick, sock.slot()); /* the send comes first in the agent's turn */
    turn();
    EXPECT_EQ(take(sock), "413 too large");
    EXPECT_TRUE(flags(sock) & K230_STATUS_DEAD);
    EXPECT_EQ(error(sock), K230_ECONNRESET);
}

/* The same where the stack gives it in pieces, and more of it than one ring holds. */
TEST_F(AgentStream, DeliversAllThatHadArrivedBeforeASendFailedHoweverMuchItIs)
{
    for (const size_t piece : {size_t{100}, size_t{10000}}) {
        SCOPED_TRACE(piece);
        Sock sock = connected(0);
        stack.at(sock.number).send_error = -K230_ECONNRESET;
        put(sock, "request");
        for (size_t at = 0; at < 5000; at += piece)
            stack.arrives(sock.number, letters(std::min<size_t>(piece, 5000 - at), at));
        stack.ends(sock.number);
        k230_bits_put(&big.kick, sock.slot());
        turn();
        std::string all;
        for (unsigned i = 0; i < 10; i++) {
            all += take(sock);
            kick(sock);
        }
        EXPECT_EQ(all, letters(5000));
        EXPECT_TRUE(flags(sock) & K230_STATUS_DEAD);
        close(sock);
        expect_pair_back(sock.pair);
    }
}

/* EPROTO is an error of the network too: an ICMP "parameter problem" gives it on Linux. It is one connection's matter.
 */
TEST_F(AgentStream, TakesAnErrorOfTheNetworkForNothingElse)
{
    Sock sock = connected(0);
    stack.at(sock.number).send_error = -K230_EPROTO;
    send(sock, "x");
    EXPECT_EQ(head()->small.accepted, session) << "the whole session was ended";
    EXPECT_EQ(error(sock), K230_EPROTO);
}

/* "Nothing blocks anybody else": a socket whose ring is refilled as fast as it is sent. */
TEST_F(AgentStream, ServesTheOthersWhileOneSocketSendsWithoutEnd)
{
    Sock busy = connected(0);
    Sock other = connected(1);
    unsigned refills = 0;
    stack.at(busy.number).on_send = [&] {
        if (refills < 1000 && stack.at(other.number).sent.empty()) {
            refills++;
            put(busy, "again");
        }
    };
    put(other, "my turn");
    put(busy, "start");
    k230_bits_put(&big.kick, busy.slot());
    k230_bits_put(&big.kick, other.slot());
    turn();
    EXPECT_EQ(stack.at(other.number).sent, "my turn");
    EXPECT_LT(refills, 1000u) << "one socket held the agent for as long as it liked";
}

/* ---- streams: receiving ------------------------------------------------------------------------------------------ */

TEST_F(AgentStream, ReceivesAheadAndSaysSo)
{
    Sock sock = connected(0);
    k230_bits_take(&big.news, 0);
    stack.arrives(sock.number, "hello ");
    stack.arrives(sock.number, "world");
    turn();
    EXPECT_TRUE(k230_bits_take(&big.news, 0) & 1u);
    EXPECT_EQ(take(sock), "hello world");
}

TEST_F(AgentStream, StopsReceivingAtAFullRingAndGoesOnWhenThereIsSpace)
{
    Sock sock = connected(0);
    stack.arrives(sock.number, letters(5000));
    turn();
    EXPECT_EQ(k230_ring_filled(&sock.rx), LIMITS.rx_size);
    EXPECT_TRUE(line(sock).want & K230_WANT_SPACE);
    EXPECT_FALSE(stack.at(sock.number).watched & K230_STACK_IN) << "the peer's flow control does the rest";
    std::string all = take(sock, LIMITS.rx_size / 2);
    turn();
    EXPECT_EQ(k230_ring_filled(&sock.rx), LIMITS.rx_size / 2) << "nobody said that there is space";
    kick(sock);
    EXPECT_EQ(k230_ring_filled(&sock.rx), LIMITS.rx_size);
    while (all.size() < 5000 && k230_ring_filled(&sock.rx) != 0) {
        all += take(sock);
        kick(sock);
    }
    EXPECT_EQ(all, letters(5000));
    EXPECT_FALSE(line(sock).want & K230_WANT_SPACE);
    EXPECT_TRUE(stack.at(sock.number).watched & K230_STACK_IN);
}

TEST_F(AgentStream, SeesSpaceThatCameWhileItAnnouncedThatThereIsNone)
{
    Sock sock = connected(0);
    stack.arrives(sock.number, letters(LIMITS.rx_size));
    stack.arrives(sock.number, "rest");
    unsigned receives = 0;
    std::string all;
    stack.at(sock.number).on_recv = [&] {
        if (++receives == 2)
            all += take(sock);
    };
    turn();
    all += take(sock);
    if (all.size() < LIMITS.rx_size + 4) {
        kick(sock);
        all += take(sock);
    }
    EXPECT_EQ(all, letters(LIMITS.rx_size) + "rest");
}

TEST_F(AgentStream, ShowsTheEndOfTheStreamAfterItsBytes)
{
    Sock sock = connected(0);
    stack.arrives(sock.number, "all of it");
    stack.ends(sock.number);
    turn();
    EXPECT_EQ(take(sock), "all of it");
    EXPECT_EQ(flags(sock), K230_STATUS_EOF);
    send(sock, "still open for this");
    EXPECT_EQ(stack.at(sock.number).sent, "still open for this");
}

TEST_F(AgentStream, ShowsTheEndOnlyOnceTheBytesFitTheRing)
{
    Sock sock = connected(0);
    stack.arrives(sock.number, letters(3000));
    stack.ends(sock.number);
    turn();
    EXPECT_EQ(flags(sock), 0u);
    const std::string first = take(sock);
    kick(sock);
    turn();
    EXPECT_EQ(first + take(sock), letters(3000));
    EXPECT_EQ(flags(sock), K230_STATUS_EOF);
}

TEST_F(AgentStream, ShowsAResetAfterTheBytesThatCameBeforeIt)
{
    Sock sock = connected(0);
    stack.arrives(sock.number, "before");
    stack.fails(sock.number, -K230_ECONNRESET);
    turn();
    EXPECT_EQ(take(sock), "before");
    EXPECT_EQ(flags(sock), K230_STATUS_DEAD);
    EXPECT_EQ(error(sock), K230_ECONNRESET);
    EXPECT_EQ(stack.at(sock.number).watched, 0u);
}

TEST_F(AgentStream, ShowsAResetLastEvenWithTheRingFullAndBytesStillInTheStack)
{
    Sock sock = connected(0);
    stack.arrives(sock.number, letters(5000));
    stack.fails(sock.number, -K230_ECONNRESET);
    turn();
    EXPECT_EQ(flags(sock), 0u);
    stack.at(sock.number).send_error = -K230_EPIPE; /* and sending finds out first */
    send(sock, "x");
    std::string all;
    for (unsigned i = 0; i < 10; i++) {
        all += take(sock);
        kick(sock);
    }
    EXPECT_EQ(all, letters(5000));
    EXPECT_TRUE(flags(sock) & K230_STATUS_DEAD);
    EXPECT_NE(error(sock), 0);
}

/* The send failed while the ring was full; the peer then stays silent. The failure must come out nevertheless. */
TEST_F(AgentStream, ShowsAFailedSendOnceTheBytesBeforeItAreDeliveredEvenIfThePeerStaysSilent)
{
    Sock sock = connected(0);
    stack.arrives(sock.number, letters(LIMITS.rx_size + 100));
    turn();
    stack.at(sock.number).send_error = -K230_EHOSTUNREACH;
    send(sock, "x");
    EXPECT_EQ(take(sock).size(), LIMITS.rx_size);
    kick(sock);
    EXPECT_EQ(take(sock).size(), 100u);
    kick(sock);
    EXPECT_TRUE(flags(sock) & K230_STATUS_DEAD);
    EXPECT_EQ(error(sock), K230_EHOSTUNREACH);
}

TEST_F(AgentStream, IsDeadOnceBothWaysAreClosed)
{
    Sock sock = connected(0);
    stack.ends(sock.number);
    turn();
    EXPECT_EQ(call(K230_OP_SHUTDOWN, sock.handle, K230_SHUT_WR).status, 0);
    turn();
    EXPECT_TRUE(flags(sock) & K230_STATUS_DEAD);
    EXPECT_EQ(error_number(sock), 0u) << "not an error";
    EXPECT_EQ(stack.at(sock.number).watched, 0u);
}

/* ---- close ------------------------------------------------------------------------------------------------------- */

TEST_F(AgentStream, CloseSendsWhatIsInTheRingThenGivesThePairBack)
{
    Sock sock = connected(0);
    stack.at(sock.number).room = 2;
    put(sock, "goodbye");
    close(sock);
    EXPECT_TRUE(stack.at(sock.number).open) << "bytes are still to go";
    EXPECT_TRUE(completions().empty());
    open(0); /* the slot is free at once */
    stack.at(sock.number).room = ENDLESS;
    turn();
    EXPECT_EQ(stack.at(sock.number).sent, "goodbye");
    EXPECT_FALSE(stack.at(sock.number).open);
    EXPECT_FALSE(stack.at(sock.number).aborted);
    expect_pair_back(sock.pair);
}

TEST_F(AgentStream, AbortThrowsTheRingAwayAndGivesThePairBackAtOnce)
{
    Sock sock = connected(0);
    stack.at(sock.number).room = 2;
    put(sock, "goodbye");
    close(sock, true);
    EXPECT_FALSE(stack.at(sock.number).open);
    EXPECT_TRUE(stack.at(sock.number).aborted);
    EXPECT_EQ(stack.at(sock.number).sent, "");
    expect_pair_back(sock.pair);
}

/* A stack with large buffers takes from the ring seldom, however steadily its peer reads. */
TEST_F(AgentStream, CloseGoesOnAsLongAsBytesLeaveTheStack)
{
    Sock sock = connected(0);
    stack.at(sock.number).room = 0;
    stack.at(sock.number).unacknowledged = 20;
    put(sock, "goodbye");
    close(sock);
    while (--stack.at(sock.number).unacknowledged != 0) {
        machine.now += K230_LINGER_MS;
        turn();
        ASSERT_TRUE(stack.at(sock.number).open) << stack.at(sock.number).unacknowledged << " bytes are under way";
    }
    stack.at(sock.number).room = ENDLESS;
    turn();
    EXPECT_EQ(stack.at(sock.number).sent, "goodbye");
    EXPECT_FALSE(stack.at(sock.number).aborted);
    expect_pair_back(sock.pair);
}

/* On a crowded machine the clock goes on between two lines of the agent's. */
TEST_F(AgentStream, ProgressThatIsSeenWhileTheClockGoesOnIsProgress)
{
    Sock sock = connected(0);
    stack.at(sock.number).room = 0;
    stack.at(sock.number).unacknowledged = 20;
    put(sock, "goodbye");
    close(sock);
    stack.at(sock.number).on_look = [&] {
        machine.now++;
        stack.at(sock.number).unacknowledged--;
    };
    machine.now += LOOK_MS;
    turn();
    EXPECT_TRUE(stack.at(sock.number).open);
    EXPECT_TRUE(completions().empty());
}

TEST_F(AgentStream, BytesThatOnlyGoFromTheRingIntoTheStackAreNoProgress)
{
    Sock sock = connected(0);
    stack.at(sock.number).room = 0;
    put(sock, letters(100));
    close(sock);
    for (int i = 1; i <= 4; i++) {
        stack.at(sock.number).on_send = [&] { stack.at(sock.number).unacknowledged = i; };
        stack.at(sock.number).room = 1;
        machine.now += K230_LINGER_MS / 4;
        turn();
        ASSERT_TRUE(completions().empty());
    }
    EXPECT_EQ(stack.at(sock.number).sent, letters(4));
    machine.now += LOOK_MS;
    turn();
    expect_pair_back(sock.pair);
}

TEST_F(AgentStream, GivenUpTheStackStillSendsWhatItHoldsAndThenAResetSaysThatThereWasMore)
{
    Sock sock = connected(0);
    stack.at(sock.number).room = 0;
    stack.at(sock.number).unacknowledged = 20;
    put(sock, "lost");
    close(sock);
    machine.now += K230_LINGER_MS + 1;
    turn();
    expect_pair_back(sock.pair);
    EXPECT_FALSE(k230_agent_idle(agent.get()));
    for (int left : {15, 10, 5}) {
        stack.at(sock.number).unacknowledged = left;
        machine.now += K230_LINGER_MS;
        turn();
        EXPECT_TRUE(stack.at(sock.number).open);
    }
    Sock next = connected(0); /* the slot and the pair are another socket's by now */
    attach(next, sock.pair);
    stack.at(sock.number).unacknowledged = 0;
    machine.now += LOOK_MS;
    turn();
    EXPECT_FALSE(stack.at(sock.number).open);
    EXPECT_TRUE(stack.at(sock.number).aborted);
    EXPECT_TRUE(k230_agent_idle(agent.get()));
    EXPECT_TRUE(completions().empty()) << "the pair is given back once";
}

TEST_F(AgentStream, GivenUpItIsNotKeptForAPeerThatNeverComesBack)
{
    Sock sock = connected(0);
    stack.at(sock.number).room = 0;
    stack.at(sock.number).unacknowledged = 20;
    put(sock, "lost");
    close(sock);
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_TRUE(stack.at(sock.number).open);
        machine.now += K230_LINGER_MS + 1;
        turn();
    }
    EXPECT_TRUE(stack.at(sock.number).aborted);
}

TEST_F(AgentStream, GivenUpItIsOverWhenItsConnectionIs)
{
    Sock sock = connected(0);
    stack.at(sock.number).room = 0;
    stack.at(sock.number).unacknowledged = 20;
    put(sock, "lost");
    close(sock);
    machine.now += K230_LINGER_MS + 1;
    turn();
    EXPECT_TRUE(stack.at(sock.number).open);
    stack.fails(sock.number, -K230_ECONNRESET);
    turn();
    EXPECT_FALSE(stack.at(sock.number).open);
}

/* Then what leaves the ring is all that is known. */
TEST_F(AgentStream, CloseOverAStackThatCannotTellGoesByTheRing)
{
    Sock sock = connected(0);
    stack.at(sock.number).unacknowledged = -K230_EOPNOTSUPP;
    stack.at(sock.number).room = 0;
    put(sock, letters(4));
    close(sock);
    for (unsigned i = 0; i < 3; i++) {
        machine.now += K230_LINGER_MS;
        stack.at(sock.number).room = 1;
        turn();
        ASSERT_TRUE(stack.at(sock.number).open);
    }
    machine.now += K230_LINGER_MS + 1;
    turn();
    EXPECT_TRUE(stack.at(sock.number).aborted);
    expect_pair_back(sock.pair);
}

TEST_F(AgentStream, CloseIsNotMovedForwardByAStackThatCannotTellJustNow)
{
    Sock sock = connected(0);
    stack.at(sock.number).unacknowledged = 20;
    stack.at(sock.number).room = 0;
    put(sock, "lost");
    close(sock);
    machine.now += K230_LINGER_MS / 2;
    stack.at(sock.number).unacknowledged = -K230_ENOMEM;
    turn();
    stack.at(sock.number).unacknowledged = 20;
    machine.now += K230_LINGER_MS / 2 + 1;
    turn();
    expect_pair_back(sock.pair);
}

/* A big core that dies takes its rings along, and no more than these. */
TEST_F(AgentStream, AClosedSocketWhoseSessionEndsStillSendsWhatTheStackHolds)
{
    Sock sock = connected(0);
    stack.at(sock.number).room = 0;
    stack.at(sock.number).unacknowledged = 20;
    put(sock, "lost");
    close(sock);
    begin_session();
    EXPECT_TRUE(stack.at(sock.number).open);
    stack.at(sock.number).unacknowledged = 0;
    machine.now += LOOK_MS;
    turn();
    EXPECT_FALSE(stack.at(sock.number).open);
    EXPECT_TRUE(stack.at(sock.number).aborted);
}

TEST_F(AgentStream, CloseGivesUpOnAPeerThatTakesNothing)
{
    Sock sock = connected(0);
    stack.at(sock.number).room = 0;
    put(sock, "goodbye");
    close(sock);
    machine.now += K230_LINGER_MS;
    turn();
    EXPECT_TRUE(stack.at(sock.number).open);
    machine.now += LOOK_MS;
    turn();
    EXPECT_FALSE(stack.at(sock.number).open);
    EXPECT_TRUE(stack.at(sock.number).aborted);
    expect_pair_back(sock.pair);
}

TEST_F(AgentStream, CloseIsPatientWithAPeerThatTakesLittle)
{
    Sock sock = connected(0);
    stack.at(sock.number).room = 0;
    put(sock, letters(10));
    close(sock);
    for (unsigned i = 0; i < 10; i++) {
        machine.now += K230_LINGER_MS;
        stack.at(sock.number).room = 1;
        /* Progress is what counts, so the byte goes out in the same turn in which the time would be over. */
        EXPECT_EQ(stack.at(sock.number).sent.size(), i);
        turn();
    }
    EXPECT_EQ(stack.at(sock.number).sent, letters(10));
    EXPECT_FALSE(stack.at(sock.number).aborted);
    expect_pair_back(sock.pair);
}

TEST_F(AgentStream, CloseResetsWhereTheRestCannotBeSent)
{
    Sock sock = connected(0);
    stack.at(sock.number).room = 0;
    put(sock, "goodbye");
    close(sock);
    stack.at(sock.number).send_error = -K230_EPIPE;
    turn();
    EXPECT_TRUE(stack.at(sock.number).aborted);
    expect_pair_back(sock.pair);
}

TEST_F(AgentDatagram, CloseSendsTheRecordsFirst)
{
    Sock sock = datagrams(0);
    stack.at(sock.number).room = 1;
    put_record(sock, "one", fake_addr(1, 1));
    put_record(sock, "two", fake_addr(1, 1));
    close(sock);
    EXPECT_EQ(stack.at(sock.number).datagrams.size(), 1u);
    stack.at(sock.number).room = ENDLESS;
    turn();
    EXPECT_EQ(stack.at(sock.number).datagrams.size(), 2u);
    EXPECT_FALSE(stack.at(sock.number).open);
    expect_pair_back(sock.pair);
}

/* ---- without a ring pair ----------------------------------------------------------------------------------------- */

class AgentPairs : public AgentTest
{
  protected:
    /* Closed with bytes that its peer does not take, of which the stack holds some too. */
    Sock stalled(uint32_t slot)
    {
        Sock sock = connected(slot);
        stack.at(sock.number).room = 0;
        stack.at(sock.number).unacknowledged = 20;
        put(sock, "goodbye");
        close(sock);
        EXPECT_TRUE(completions().empty());
        return sock;
    }

    /* What the big core writes when a socket finds none. */
    void starve()
    {
        head()->big.starved++;
        turn();
    }
};

TEST_F(AgentPairs, TheOneThatStandsStillLongestGivesItsPairToASocketThatHasNone)
{
    const Sock first = stalled(0);
    machine.now += 10;
    const Sock second = stalled(1);
    machine.now += K230_STALLED_MS;
    starve();
    expect_pair_back(first.pair);
    EXPECT_TRUE(stack.at(second.number).open);
    turn();
    EXPECT_TRUE(completions().empty()) << "one for each time";
    starve();
    EXPECT_TRUE(completions().empty()) << "the other one may only be slow";
    machine.now += 1;
    turn();
    expect_pair_back(second.pair);
    for (const Sock &sock : {first, second})
        stack.at(sock.number).unacknowledged = 0;
    machine.now += LOOK_MS;
    turn();
    EXPECT_TRUE(stack.at(first.number).aborted) << "its peer learns that there was more";
    EXPECT_TRUE(stack.at(second.number).aborted);
}

TEST_F(AgentPairs, ACloseThatMovesOnKeepsItsPair)
{
    const Sock slow = stalled(0);
    const Sock still = stalled(1);
    starve();
    machine.now += K230_STALLED_MS;
    stack.at(slow.number).unacknowledged--;
    turn();
    machine.now += 1;
    turn();
    expect_pair_back(still.pair);
    for (unsigned i = 0; i < 5; i++) {
        machine.now += K230_STALLED_MS;
        stack.at(slow.number).unacknowledged--;
        starve();
        EXPECT_TRUE(stack.at(slow.number).open);
    }
    EXPECT_TRUE(completions().empty());
    machine.now += K230_STALLED_MS + 1;
    stack.at(slow.number).unacknowledged--; /* since the last look, which was too short ago for another */
    turn();
    EXPECT_TRUE(completions().empty());
}

TEST_F(AgentPairs, APairThatComesBackByItselfIsEnough)
{
    const Sock first = stalled(0);
    const Sock second = stalled(1);
    starve();
    stack.at(first.number).room = ENDLESS;
    turn();
    expect_pair_back(first.pair);
    machine.now += K230_STALLED_MS + 1;
    turn();
    EXPECT_TRUE(completions().empty());
    EXPECT_TRUE(stack.at(second.number).open);
}

TEST_F(AgentPairs, SocketsThatFindNoneAreCountedAndTheFirstOneIsLogged)
{
    const size_t lines = machine.small().lines.size();
    for (unsigned i = 0; i < 3; i++) {
        head()->big.starved += 2;
        machine.now += 1000;
        turn();
    }
    EXPECT_EQ(agent->starvings, 6u);
    ASSERT_EQ(machine.small().lines.size(), lines + 1);
    EXPECT_NE(machine.small().lines.back().find("no ring pair is free"), std::string::npos);
    begin_session();
    head()->big.starved++;
    machine.now += 1000;
    turn();
    EXPECT_EQ(agent->starvings, 7u);
    EXPECT_EQ(machine.small().lines.size(), lines + 1);
}

TEST_F(AgentPairs, OfThoseGivenUpTheOneThatStandsStillLongestMakesRoomForTheNext)
{
    constexpr unsigned STILL = 1;
    std::vector<Sock> socks;
    for (unsigned i = 0; i <= K230_AGENT_LEFT; i++) {
        next_pair = 0;
        socks.push_back(stalled(0));
        machine.now += K230_STALLED_MS + 1;
        for (unsigned earlier = 0; earlier < i; earlier++)
            if (earlier != STILL)
                stack.at(socks[earlier].number).unacknowledged--;
        starve();
        expect_pair_back(0);
    }
    for (unsigned i = 0; i < socks.size(); i++)
        EXPECT_EQ(stack.at(socks[i].number).open, i != STILL) << i;
}

/* A stack has a number of sockets too, and closed ones that still send have theirs. */
TEST_F(AgentPairs, WhereTheStackHasNoSocketLeftOneThatStandsStillMakesRoom)
{
    Sock listener = listening(2);
    stack.incoming(listener.number);
    const Sock first = stalled(0);
    machine.now += 10;
    const Sock second = stalled(1);
    stack.most_open = stack.open_count();
    EXPECT_EQ(call(K230_OP_OPEN, fresh_handle(3), K230_AF_INET, K230_SOCK_STREAM).status, -K230_EMFILE)
        << "neither has stood still for long";
    machine.now += K230_STALLED_MS;
    publish(K230_OP_OPEN, fresh_handle(3), K230_AF_INET, K230_SOCK_STREAM);
    turn();
    std::vector<k230_completion> all = completions();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].op, K230_OP_OPEN);
    EXPECT_EQ(all[0].status, 0);
    EXPECT_EQ(all[1].op, K230_OP_CLOSE);
    EXPECT_EQ(all[1].arg0, first.pair);
    EXPECT_TRUE(stack.at(first.number).aborted);
    machine.now += 10;
    publish(K230_OP_ACCEPT, listener.handle, fresh_handle(4));
    turn();
    all = completions();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].op, K230_OP_ACCEPT);
    EXPECT_EQ(all[0].status, 0);
    EXPECT_EQ(all[1].arg0, second.pair);
}

TEST_F(AgentPairs, MakingRoomInTheStackLeavesTheAnswerItsRoom)
{
    const Sock sock = stalled(0);
    machine.now += K230_STALLED_MS + 1;
    const Sock other = listening(2);
    stack.most_open = stack.open_count();
    for (uint32_t i = 1; i < LIMITS.completions; i++)
        publish(K230_OP_LOCAL, other.handle);
    turn();
    const uint32_t id = publish(K230_OP_OPEN, fresh_handle(3), K230_AF_INET, K230_SOCK_STREAM);
    turn();
    std::vector<k230_completion> all = completions();
    ASSERT_EQ(all.size(), LIMITS.completions);
    EXPECT_EQ(all.back().id, id);
    EXPECT_EQ(all.back().status, 0);
    turn();
    expect_pair_back(sock.pair);
}

TEST_F(AgentPairs, WhatWasGivenUpMakesRoomInTheStackToo)
{
    const Sock sock = stalled(0);
    machine.now += K230_STALLED_MS + 1;
    starve();
    expect_pair_back(sock.pair);
    EXPECT_TRUE(stack.at(sock.number).open);
    stack.most_open = stack.open_count();
    EXPECT_EQ(call(K230_OP_OPEN, fresh_handle(3), K230_AF_INET, K230_SOCK_STREAM).status, 0);
    EXPECT_TRUE(stack.at(sock.number).aborted);
}

/* ---- a full completion queue ------------------------------------------------------------------------------------- */

/* A program that has closed its sockets may make no further call, so nobody takes the answers. */
TEST_F(Agent, ClosesSocketsWhoseAnswersHaveNoRoom)
{
    Sock first = connected(0);
    Sock second = connected(1);
    Sock third = connected(2);
    for (uint32_t i = 0; i < LIMITS.completions - 1; i++)
        publish(K230_OP_LOCAL, first.handle);
    turn();
    put(second, "farewell");
    for (const Sock *sock : {&first, &second, &third})
        publish(K230_OP_CLOSE, sock->handle);
    turn();
    EXPECT_EQ(stack.open_count(), 0u);
    EXPECT_EQ(stack.at(second.number).sent, "farewell");
    EXPECT_EQ(k230_queue_room(&big.requests), LIMITS.requests);

    EXPECT_EQ(completions().size(), LIMITS.completions);
    turn();
    std::set<uint32_t> back;
    for (const k230_completion &completion : completions())
        if (completion.op == K230_OP_CLOSE)
            back.insert(completion.arg0);
    EXPECT_EQ(back.size(), 2u) << "the pairs follow when there is room";
}

/* One that must be answered waits, and what stands behind it; the agent sleeps, and a close that comes then wakes it.
 */
TEST_F(Agent, SleepsUntilThereIsRoomOrAClose)
{
    Sock sock = connected(0);
    Sock other = connected(1);
    for (uint32_t i = 0; i < LIMITS.completions; i++)
        publish(K230_OP_LOCAL, sock.handle);
    turn();
    EXPECT_TRUE(k230_agent_step(agent.get(), 100));
    EXPECT_EQ(stack.last_timeout_ms, 100u) << "nothing to do";
    publish(K230_OP_CLOSE, other.handle);
    stack.on_wait = [&] {
        stack.on_wait = nullptr;
        publish(K230_OP_CLOSE, sock.handle); /* between its look at the queue and its sleep */
    };
    EXPECT_TRUE(k230_agent_step(agent.get(), 0));
    EXPECT_TRUE(k230_agent_step(agent.get(), 100));
    EXPECT_EQ(stack.open_count(), 0u);
}

TEST_F(Agent, LosesNoAnswerWhenTheCompletionQueueIsFull)
{
    Sock first = open(0);
    Sock second = open(1);
    attach(first);
    attach(second);
    Sock closing = connected(2);
    Sock confirming = datagrams(3);
    const uint32_t one = publish(K230_OP_CONNECT, first.handle, 0, 0, 0, bytes_of(fake_addr(9, 80)));
    const uint32_t two = publish(K230_OP_CONNECT, second.handle, 0, 0, 0, bytes_of(fake_addr(9, 80)));
    turn();
    stack.at(closing.number).room = 0;
    put(closing, "lingers");
    close(closing);
    for (uint32_t i = 0; i < LIMITS.completions; i++)
        publish(K230_OP_LOCAL, first.handle);
    turn();
    ASSERT_EQ(k230_queue_room(&big.requests), LIMITS.requests) << "all were taken";
    stack.connect_completes(first.number, 0);
    stack.connect_completes(second.number, -K230_ECONNREFUSED);
    stack.at(closing.number).room = ENDLESS;
    put_record(confirming, "x", fake_addr(1, 1), K230_RECORD_CONFIRM, 0x77770003);
    k230_bits_put(&big.kick, confirming.slot());
    for (uint32_t i = 0; i < 5; i++)
        publish(K230_OP_PEER, first.handle);
    turn();
    EXPECT_EQ(k230_queue_room(&big.requests), LIMITS.requests - 5) << "requests wait for room for their answers";
    uint32_t asleep = 0;
    stack.on_wait = [&] { asleep = head()->asleep.value; };
    EXPECT_TRUE(k230_agent_step(agent.get(), 100));
    EXPECT_EQ(stack.last_timeout_ms, 100u) << "it sleeps";
    EXPECT_EQ(asleep, K230_ASLEEP_DOORBELL | K230_ASLEEP_SPACE) << "and wants to know when there is room";

    std::vector<k230_completion> all = completions();
    EXPECT_EQ(all.size(), LIMITS.completions);
    turn();
    all = completions();
    unsigned found = 0;
    for (const k230_completion &completion : all) {
        found += completion.id == one && completion.op == K230_OP_CONNECT && completion.status == 0;
        found += completion.id == two && completion.op == K230_OP_CONNECT && completion.status == -K230_ECONNREFUSED;
        found += completion.op == K230_OP_CLOSE && completion.arg0 == closing.pair;
        found += completion.op == K230_OP_SENDTO && completion.id == 0x77770003 && completion.status >= 0;
        found += completion.op == K230_OP_PEER;
    }
    EXPECT_EQ(found, 9u);
    EXPECT_EQ(all.size(), 9u);
}

TEST_F(Agent, WorksThroughMoreParkedAnswersThanTheQueueHolds)
{
    /* Answers come one at a time, because the big core takes one at a time. */
    const Sock sock = open(0);
    unsigned published = 0;
    unsigned answered = 0;
    k230_completion completion = {};
    for (unsigned round = 0; round < 300 && answered < 100; round++) {
        while (published < 100 && k230_queue_room(&big.requests) != 0) {
            publish(K230_OP_LOCAL, sock.handle);
            published++;
        }
        turn(1);
        answered += k230_queue_take(&big.completions, &completion) == K230_TAKE_ONE;
    }
    EXPECT_EQ(answered, 100u);
}

/* ---- datagrams --------------------------------------------------------------------------------------------------- */

TEST_F(AgentDatagram, SendsEachRecordAsOneDatagramToItsDestination)
{
    Sock sock = datagrams(0);
    put_record(sock, "first", fake_addr(1, 53));
    put_record(sock, "", fake_addr(2, 54));
    put_record(sock, letters(600), k230_addr{});
    kick(sock);
    const std::vector<FakeDatagram> &sent = stack.at(sock.number).datagrams;
    ASSERT_EQ(sent.size(), 3u);
    EXPECT_EQ(sent[0].bytes, "first");
    EXPECT_TRUE(sent[0].addr == fake_addr(1, 53));
    EXPECT_EQ(sent[1].bytes, "");
    EXPECT_TRUE(sent[1].addr == fake_addr(2, 54));
    EXPECT_EQ(sent[2].bytes, letters(600));
    EXPECT_FALSE(sent[2].has_addr) << "to the connected peer";
    EXPECT_TRUE(line(sock).want & K230_WANT_TX);
}

TEST_F(AgentDatagram, KeepsBoundariesAcrossTheEndOfTheRing)
{
    Sock sock = datagrams(0);
    for (unsigned i = 0; i < 50; i++) {
        put_record(sock, letters(i * 11 % 200, i), fake_addr(i, 1));
        kick(sock);
    }
    ASSERT_EQ(stack.at(sock.number).datagrams.size(), 50u);
    for (unsigned i = 0; i < 50; i++) {
        EXPECT_EQ(stack.at(sock.number).datagrams[i].bytes, letters(i * 11 % 200, i));
        EXPECT_TRUE(stack.at(sock.number).datagrams[i].addr == fake_addr(i, 1));
    }
}

TEST_F(AgentDatagram, AnswersARecordThatAsksForIt)
{
    Sock sock = datagrams(0);
    put_record(sock, "x", fake_addr(1, 1), K230_RECORD_CONFIRM, 0x50000);
    kick(sock);
    std::vector<k230_completion> all = completions();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].op, K230_OP_SENDTO);
    EXPECT_EQ(all[0].id, 0x50000u);
    EXPECT_GE(all[0].status, 0);
    stack.at(sock.number).send_error = -K230_ENETUNREACH;
    put_record(sock, "x", fake_addr(2, 1), K230_RECORD_CONFIRM, 0x60000);
    kick(sock);
    all = completions();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].status, -K230_ENETUNREACH);
    EXPECT_EQ(error_number(sock), 0u) << "told once, not twice";
}

TEST_F(AgentDatagram, ARefusedRecordThatAskedForNothingIsShownToSendersAlone)
{
    Sock sock = datagrams(0);
    stack.at(sock.number).send_error = -K230_EHOSTUNREACH;
    put_record(sock, "x", fake_addr(1, 1));
    put_record(sock, "y", fake_addr(1, 1));
    kick(sock);
    EXPECT_EQ(k230_status_code(line(sock).sends), static_cast<uint32_t>(K230_EHOSTUNREACH));
    EXPECT_EQ(k230_status_number(line(sock).sends), 2u) << "each is a new one";
    EXPECT_EQ(line(sock).status, 0u) << "no receive is to raise it, and the socket lives on";
}

TEST_F(AgentDatagram, WhatTheNetworkToldAConnectedSocketIsForCallsOfAnyKindAndCostsNoDatagram)
{
    for (const bool in_a_run : {false, true}) {
        Sock sock = datagrams(in_a_run ? 1 : 0);
        EXPECT_EQ(call(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(1, 1))).status, 0);
        FakeSocket &fake = stack.at(sock.number);
        /* As a kernel has it: the first call after the news hears it, whichever that is, and does nothing else. */
        fake.send_error = -K230_ECONNREFUSED;
        unsigned tries = 0;
        fake.on_send = [&] { fake.send_error = ++tries == 1 ? -K230_ECONNREFUSED : 0; };
        const uint32_t before = line(sock).sends;
        put_record(sock, "one", k230_addr{});
        if (in_a_run)
            put_record(sock, "two", k230_addr{});
        kick(sock);
        EXPECT_EQ(fake.datagrams.size(), in_a_run ? 2u : 1u);
        EXPECT_EQ(error(sock), K230_ECONNREFUSED);
        EXPECT_EQ(error_number(sock), 1u);
        EXPECT_EQ(k230_status_number(line(sock).sends), 0u) << "no datagram was refused";
        EXPECT_NE(line(sock).sends, before) << "but the next one asks";
    }
}

TEST_F(AgentDatagram, ARefusalOfAConnectedSocketsDatagramIsNotTakenForTheNetworks)
{
    Sock sock = datagrams(0);
    EXPECT_EQ(call(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(1, 1))).status, 0);
    stack.at(sock.number).send_error = -K230_ENETUNREACH;
    put_record(sock, "x", k230_addr{});
    kick(sock);
    EXPECT_EQ(line(sock).status, 0u);
    EXPECT_EQ(k230_status_code(line(sock).sends), static_cast<uint32_t>(K230_ENETUNREACH));
    EXPECT_EQ(k230_status_number(line(sock).sends), 1u);
}

TEST_F(AgentDatagram, EveryErrorOfASocketMakesItsNextDatagramAsk)
{
    Sock sock = datagrams(0);
    uint32_t before = line(sock).sends;
    stack.fails(sock.number, -K230_ECONNREFUSED);
    turn();
    EXPECT_EQ(error(sock), K230_ECONNREFUSED);
    EXPECT_NE(line(sock).sends, before) << "one that came back";
    before = line(sock).sends;
    stack.at(sock.number).send_error = -K230_EACCES;
    put_record(sock, "x", fake_addr(1, 1), K230_RECORD_CONFIRM, 0x50000);
    kick(sock);
    EXPECT_EQ(completions().size(), 1u);
    EXPECT_NE(line(sock).sends, before) << "one that was answered";
    EXPECT_EQ(k230_status_number(line(sock).sends), 0u);
}

TEST_F(AgentDatagram, AChangeOfRoutesMakesTheNextDatagramOfEverySocketAsk)
{
    const Sock first = datagrams(0);
    const Sock second = datagrams(5);
    const Sock stream = connected(2);
    const uint32_t before[] = {line(first).sends, line(second).sends};
    turn();
    EXPECT_EQ(line(first).sends, before[0]) << "nothing has changed";
    stack.routes++;
    turn();
    EXPECT_NE(line(first).sends, before[0]);
    EXPECT_NE(line(second).sends, before[1]);
    EXPECT_EQ(line(stream).sends, 0u);
    EXPECT_EQ(k230_status_number(line(first).sends), 0u) << "no failure";
    const Sock fresh = datagrams(3);
    EXPECT_EQ(line(fresh).sends, 0u);
}

TEST_F(AgentDatagram, WaitsForTheStackToHaveRoomAndSendsNothingTwice)
{
    Sock sock = datagrams(0);
    stack.at(sock.number).room = 1;
    put_record(sock, "one", fake_addr(1, 1));
    put_record(sock, "two", fake_addr(1, 1), K230_RECORD_CONFIRM, 0x50000);
    kick(sock);
    EXPECT_EQ(stack.at(sock.number).datagrams.size(), 1u);
    EXPECT_TRUE(completions().empty());
    stack.at(sock.number).room = ENDLESS;
    turn();
    EXPECT_EQ(stack.at(sock.number).datagrams.size(), 2u);
    EXPECT_EQ(completions().size(), 1u);
}

/* ---- runs of datagrams ------------------------------------------------------------------------------------------- */

using Runs = std::vector<size_t>;

TEST_F(AgentDatagram, SendsAlikeRecordsInOneCall)
{
    Sock sock = datagrams(0);
    for (unsigned i = 0; i < 5; i++)
        put_record(sock, letters(100, i), fake_addr(1, 53));
    kick(sock);
    const FakeSocket &fake = stack.at(sock.number);
    EXPECT_EQ(fake.runs, Runs({5}));
    ASSERT_EQ(fake.datagrams.size(), 5u);
    for (unsigned i = 0; i < 5; i++) {
        EXPECT_EQ(fake.datagrams[i].bytes, letters(100, i));
        EXPECT_TRUE(fake.datagrams[i].addr == fake_addr(1, 53));
    }
    EXPECT_TRUE(line(sock).want & K230_WANT_TX);
    EXPECT_EQ(k230_ring_room(&sock.tx), LIMITS.tx_size) << "all of their room is back";
}

TEST_F(AgentDatagram, ARunToTheConnectedPeerHasNoAddress)
{
    Sock sock = datagrams(0);
    for (unsigned i = 0; i < 3; i++)
        put_record(sock, letters(10, i), k230_addr{});
    kick(sock);
    const FakeSocket &fake = stack.at(sock.number);
    EXPECT_EQ(fake.runs, Runs({3}));
    for (const FakeDatagram &datagram : fake.datagrams)
        EXPECT_FALSE(datagram.has_addr);
}

TEST_F(AgentDatagram, ARunEndsAtAnotherLengthAnotherDestinationAndARecordThatAsks)
{
    Sock sock = datagrams(0);
    const k230_addr here = fake_addr(1, 53);
    k230_addr scoped = here;
    scoped.scope = 7;
    std::vector<std::string> all;
    const auto add = [&](size_t length, const k230_addr &to, uint16_t record_flags = 0) {
        all.push_back(letters(length, static_cast<unsigned>(all.size())));
        put_record(sock, all.back(), to, record_flags, record_flags ? 0x50000 : 0);
    };
    add(8, here), add(8, here);
    add(7, here), add(7, here); /* takes as much of the ring */
    add(7, fake_addr(2, 53)), add(7, fake_addr(2, 53));
    add(7, fake_addr(2, 54)), add(7, fake_addr(2, 54));
    add(7, here), add(7, here);
    add(7, scoped), add(7, scoped);
    add(7, scoped, K230_RECORD_CONFIRM);
    add(7, scoped), add(7, scoped), add(7, scoped);
    add(0, scoped), add(0, scoped);
    kick(sock);
    const FakeSocket &fake = stack.at(sock.number);
    EXPECT_EQ(fake.runs, Runs({2, 2, 2, 2, 2, 2, 3})) << "what asks, and what is empty, goes alone";
    ASSERT_EQ(fake.datagrams.size(), all.size());
    for (size_t i = 0; i < all.size(); i++)
        EXPECT_EQ(fake.datagrams[i].bytes, all[i]) << i;
    const std::vector<k230_completion> answers = completions();
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].id, 0x50000u);
    EXPECT_EQ(answers[0].status, 7);
}

TEST_F(AgentDatagram, ARunEndsWithWhatWasPublished)
{
    Sock sock = datagrams(0);
    put_record(sock, "one", fake_addr(1, 1));
    put_record(sock, "two", fake_addr(1, 1));
    stack.at(sock.number).on_send = [&] {
        stack.at(sock.number).on_send = nullptr;
        put_record(sock, "six", fake_addr(1, 1));
    };
    kick(sock);
    const FakeSocket &fake = stack.at(sock.number);
    EXPECT_EQ(fake.runs, Runs({2})) << "and the third went alone";
    ASSERT_EQ(fake.datagrams.size(), 3u);
    EXPECT_EQ(fake.datagrams[2].bytes, "six");
}

TEST_F(AgentDatagram, ARunGoesOnAcrossTheEndOfTheRing)
{
    Sock sock = datagrams(0);
    std::vector<std::string> all;
    while (all.size() < 60) {
        for (unsigned i = 0; i < 6; i++) {
            all.push_back(letters(101, static_cast<unsigned>(all.size())));
            put_record(sock, all.back(), fake_addr(1, 1));
        }
        kick(sock);
    }
    const FakeSocket &fake = stack.at(sock.number);
    EXPECT_EQ(fake.runs, Runs(10, 6));
    ASSERT_EQ(fake.datagrams.size(), all.size());
    for (size_t i = 0; i < all.size(); i++)
        EXPECT_EQ(fake.datagrams[i].bytes, all[i]) << i;
}

TEST_F(AgentDatagram, ATurnSendsNoMoreInRunsThanOneByOne)
{
    constexpr k230_limits wide = {8, 16, 16, 1, 8192, 2048, 600};
    FakeMachine other(Memory::Shared, region_of(wide));
    const auto second = std::make_unique<k230_agent>();
    k230_stack its;
    ASSERT_TRUE(k230_agent_start(second.get(), &other.small().hal, &its, &wide));
    k230_link link = {};
    ASSERT_TRUE(k230_link_open(&link, &other.big().hal, K230_SIDE_BIG, &wide));
    k230_head *shared = reinterpret_cast<k230_head *>(other.ddr());
    shared->big.magic = K230_MAGIC_BIG;
    shared->big.version = K230_VERSION;
    shared->big.agent_boot_id = shared->small.boot_id;
    shared->big.session = 9;
    k230_agent_step(second.get(), 0);
    const uint32_t handle = k230_handle(0, 1);
    k230_request request = make(0x10000, K230_OP_OPEN, handle, K230_AF_INET, K230_SOCK_DGRAM);
    k230_queue_put(&link.requests, &request);
    request = make(0x20000, K230_OP_ATTACH, handle, 0);
    k230_queue_put(&link.requests, &request);
    k230_agent_step(second.get(), 0);
    Sock sock;
    k230_link_tx(&link, 0, &sock.tx);
    for (unsigned i = 0; i < 150; i++)
        put_record(sock, letters(8, i), fake_addr(1, 1));
    k230_bits_put(&link.kick, 0);
    FakeSocket &fake = its.newest();
    k230_agent_step(second.get(), 0);
    EXPECT_EQ(fake.datagrams.size(), 64u);
    fake.run_most = 3;
    k230_agent_step(second.get(), 0);
    EXPECT_EQ(fake.datagrams.size(), 128u) << "64 are no multiple of 3";
    k230_agent_step(second.get(), 0);
    ASSERT_EQ(fake.datagrams.size(), 150u);
    for (unsigned i = 0; i < 150; i++)
        EXPECT_EQ(fake.datagrams[i].bytes, letters(8, i)) << i;
    k230_agent_stop(second.get());
}

TEST_F(AgentDatagram, SendsTheRestOfARunThatTheStackTookInPart)
{
    Sock sock = datagrams(0);
    stack.at(sock.number).run_most = 3;
    for (unsigned i = 0; i < 8; i++)
        put_record(sock, letters(20, i), fake_addr(1, 1));
    kick(sock);
    const FakeSocket &fake = stack.at(sock.number);
    EXPECT_EQ(fake.runs, Runs({3, 3, 2}));
    ASSERT_EQ(fake.datagrams.size(), 8u);
    for (unsigned i = 0; i < 8; i++)
        EXPECT_EQ(fake.datagrams[i].bytes, letters(20, i)) << i;
}

TEST_F(AgentDatagram, ARunWaitsForTheStackToHaveRoomAndNothingGoesTwice)
{
    Sock sock = datagrams(0);
    stack.at(sock.number).room = 2;
    for (unsigned i = 0; i < 6; i++)
        put_record(sock, letters(20, i), fake_addr(1, 1));
    kick(sock);
    EXPECT_EQ(stack.at(sock.number).datagrams.size(), 2u);
    EXPECT_EQ(error_number(sock), 0u);
    EXPECT_TRUE(stack.at(sock.number).watched & K230_STACK_OUT);
    stack.at(sock.number).room = ENDLESS;
    turn();
    const FakeSocket &fake = stack.at(sock.number);
    EXPECT_EQ(fake.runs, Runs({2, 4}));
    ASSERT_EQ(fake.datagrams.size(), 6u);
    for (unsigned i = 0; i < 6; i++)
        EXPECT_EQ(fake.datagrams[i].bytes, letters(20, i)) << i;
}

TEST_F(AgentDatagram, TheErrorOfARunIsThatOfItsFirstRecordOnly)
{
    Sock sock = datagrams(0);
    FakeSocket &fake = stack.at(sock.number);
    unsigned sends = 0;
    fake.on_send = [&] { fake.send_error = sends++ == 0 ? -K230_ECONNREFUSED : 0; };
    for (unsigned i = 0; i < 4; i++)
        put_record(sock, letters(20, i), fake_addr(1, 1));
    kick(sock);
    EXPECT_EQ(k230_status_code(line(sock).sends), static_cast<uint32_t>(K230_ECONNREFUSED));
    EXPECT_EQ(k230_status_number(line(sock).sends), 1u);
    ASSERT_EQ(fake.datagrams.size(), 3u);
    EXPECT_EQ(fake.datagrams[0].bytes, letters(20, 1));
}

TEST_F(AgentDatagram, CloseSendsARunToo)
{
    Sock sock = datagrams(0);
    stack.at(sock.number).room = 1;
    for (unsigned i = 0; i < 5; i++)
        put_record(sock, letters(20, i), fake_addr(1, 1));
    close(sock);
    stack.at(sock.number).room = ENDLESS;
    turn();
    EXPECT_EQ(stack.at(sock.number).runs, Runs({1, 4}));
    EXPECT_FALSE(stack.at(sock.number).open);
    expect_pair_back(sock.pair);
}

/* ---- receiving ----------------------------------------------------------------------------------------------------
 */

TEST_F(AgentDatagram, ReceivesEachDatagramAsOneRecordWithItsSender)
{
    Sock sock = datagrams(0);
    stack.arrives_from(sock.number, "first", fake_addr(1, 5353));
    stack.arrives_from(sock.number, "", fake_addr(2, 5354));
    stack.arrives_from(sock.number, letters(600), fake_addr(3, 5355));
    turn();
    std::string bytes;
    EXPECT_TRUE(take_record(sock, &bytes).addr == fake_addr(1, 5353));
    EXPECT_EQ(bytes, "first");
    EXPECT_TRUE(take_record(sock, &bytes).addr == fake_addr(2, 5354));
    EXPECT_EQ(bytes, "");
    const k230_record last = take_record(sock, &bytes);
    EXPECT_TRUE(last.addr == fake_addr(3, 5355));
    EXPECT_EQ(last.flags, 0u);
    EXPECT_EQ(bytes, letters(600));
    EXPECT_EQ(k230_ring_filled(&sock.rx), 0u);
}

TEST_F(AgentDatagram, MarksAndCountsADatagramThatWasTooLong)
{
    Sock sock = datagrams(0);
    stack.arrives_from(sock.number, letters(700), fake_addr(1, 1));
    turn();
    std::string bytes;
    const k230_record record = take_record(sock, &bytes);
    EXPECT_EQ(record.flags, K230_RECORD_TRUNCATED);
    EXPECT_EQ(bytes, letters(600));
    EXPECT_EQ(agent->socks[sock.slot()].drops, 1u);
}

TEST_F(AgentDatagram, StopsReceivingWithoutRoomForTheLongestAndGoesOnAtHalf)
{
    Sock sock = datagrams(0);
    for (unsigned i = 0; i < 10; i++)
        stack.arrives_from(sock.number, letters(500, i), fake_addr(i, 1));
    turn();
    EXPECT_TRUE(line(sock).want & K230_WANT_SPACE);
    EXPECT_FALSE(stack.at(sock.number).watched & K230_STACK_IN);
    std::string bytes;
    unsigned got = 0;
    for (unsigned i = 0; i < 30 && got < 10; i++) {
        if (k230_ring_filled(&sock.rx) != 0) {
            take_record(sock, &bytes);
            EXPECT_EQ(bytes, letters(500, got));
            got++;
        }
        if ((line(sock).want & K230_WANT_SPACE) && k230_ring_filled(&sock.rx) <= LIMITS.rx_size / 2)
            kick(sock);
    }
    EXPECT_EQ(got, 10u);
    EXPECT_TRUE(stack.at(sock.number).arrivals.empty());
}

TEST_F(AgentDatagram, ShowsAnErrorThatAnswersAnEarlierDatagramAndGoesOn)
{
    Sock sock = datagrams(0);
    stack.fails(sock.number, -K230_ECONNREFUSED);
    stack.arrives_from(sock.number, "after", fake_addr(1, 1));
    turn();
    EXPECT_EQ(error(sock), K230_ECONNREFUSED);
    EXPECT_EQ(flags(sock), 0u);
    std::string bytes;
    take_record(sock, &bytes);
    EXPECT_EQ(bytes, "after");
}

TEST_F(AgentDatagram, ConnectsAndReconnects)
{
    Sock sock = datagrams(0);
    EXPECT_EQ(call(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(1, 1))).status, 0);
    EXPECT_EQ(call(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(2, 1))).status, 0);
    EXPECT_TRUE(stack.at(sock.number).peer == fake_addr(2, 1));
}

/* ---- interfaces -------------------------------------------------------------------------------------------------- */

TEST_F(AgentSession, TellsTheFactsOfEachInterfaceAtOnce)
{
    for (const uint8_t last : std::vector<uint8_t>{7, 8}) {
        k230_interface facts = {};
        facts.flags = K230_INTERFACE_UP;
        facts.address[3] = last;
        std::strcpy(facts.name, last == 7 ? "eth0" : "wlan0");
        stack.interfaces.push_back(facts);
    }
    for (uint32_t index = 0; index < 2; index++) {
        const k230_completion completion = call(K230_OP_INTERFACE, 0, index);
        EXPECT_EQ(completion.status, 2) << "how many there are";
        ASSERT_EQ(completion.len, sizeof(k230_interface));
        EXPECT_EQ(std::memcmp(completion.payload, &stack.interfaces[index], sizeof(k230_interface)), 0);
    }
}

TEST_F(AgentSession, KnowsNoInterfacePastTheLast)
{
    stack.interfaces.resize(1);
    for (const uint32_t index : {1u, 0x80000000u, 0xFFFFFFFFu}) {
        const k230_completion completion = call(K230_OP_INTERFACE, 0, index);
        EXPECT_EQ(completion.status, -K230_ENOENT);
        EXPECT_EQ(completion.len, 0u);
    }
    stack.interfaces.clear();
    EXPECT_EQ(call(K230_OP_INTERFACE, 0, 0).status, -K230_ENOENT) << "none at all";
}

TEST_F(AgentSession, TellsOfInterfacesWhateverTheRestOfTheQuestionSays)
{
    stack.interfaces.resize(1);
    EXPECT_EQ(
        call(K230_OP_INTERFACE, 0xFFFFFFFFu, 0, 0xFFFFFFFFu, 0xFFFFFFFFu, std::string(K230_PAYLOAD_MAX, 'x')).status,
        1);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

TEST_F(AgentResolve, PassesTheQuestionOnAndTheAnswerBackInPieces)
{
    const uint32_t id = publish(K230_OP_RESOLVE, 0, K230_AF_INET, K230_SOCK_STREAM, K230_IPPROTO_TCP,
                                std::string("example.org\0http\0", 17), K230_AI_CANONNAME);
    turn();
    ASSERT_EQ(stack.queries.size(), 1u);
    EXPECT_STREQ(stack.queries[0].host, "example.org");
    EXPECT_STREQ(stack.queries[0].service, "http");
    EXPECT_EQ(stack.queries[0].family, K230_AF_INET);
    EXPECT_EQ(stack.queries[0].type, K230_SOCK_STREAM);
    EXPECT_EQ(stack.queries[0].proto, K230_IPPROTO_TCP);
    EXPECT_EQ(stack.queries[0].flags, K230_AI_CANONNAME);
    EXPECT_TRUE(completions().empty());
    stack.answer(0, 25, "www.example.org");
    turn();
    const std::vector<k230_completion> all = completions();
    ASSERT_EQ(all.size(), 5u);
    for (size_t i = 0; i < all.size(); i++) {
        EXPECT_EQ(all[i].id, id);
        EXPECT_EQ(all[i].op, K230_OP_RESOLVE);
        EXPECT_EQ(all[i].status, 0);
        EXPECT_EQ((all[i].flags & K230_COMPLETION_MORE) != 0, i != 4);
        EXPECT_EQ((all[i].flags & K230_COMPLETION_CANON) != 0, i == 0);
    }
    EXPECT_EQ(std::string(reinterpret_cast<const char *>(all[0].payload), all[0].len), "www.example.org");
    unsigned count = 0;
    for (size_t i = 1; i < all.size(); i++)
        for (uint32_t at = 0; at < all[i].len; at += K230_ADDR_SIZE) {
            k230_addr addr = {};
            std::memcpy(&addr, all[i].payload + at, sizeof addr);
            EXPECT_TRUE(addr == fake_addr(count + 1, static_cast<uint16_t>(1000 + count)));
            count++;
        }
    EXPECT_EQ(count, 25u);
}

TEST_F(AgentResolve, PassesOnEveryAddressOfAnAnswerThatFollowsALongerOne)
{
    for (const uint32_t count : {25u, 3u, 25u}) {
        publish(K230_OP_RESOLVE, 0, 0, 0, 0, std::string("name\0\0", 6));
        turn();
        stack.answer(0, count);
        turn();
        uint32_t bytes = 0;
        for (const k230_completion &completion : completions())
            bytes += completion.len;
        EXPECT_EQ(bytes, count * K230_ADDR_SIZE);
    }
}

static k230_addr AddressOf(int family, uint8_t number)
{
    k230_addr addr = {};
    addr.family = static_cast<uint16_t>(family);
    addr.ip[3] = number;
    return addr;
}

static std::string AddressesOf(const k230_stack_answer &answer)
{
    std::string text;
    for (uint32_t i = 0; i < answer.count; i++)
        text += (i == 0 ? "" : " ") + std::string(answer.addrs[i].family == K230_AF_INET ? "v4." : "v6.") +
                std::to_string(answer.addrs[i].ip[3]);
    return text;
}

TEST(StackAnswer, HasTheIpv4AddressesFirstAndKeepsTheOrderOtherwise)
{
    static k230_stack_answer answer;
    answer.count = 0;
    EXPECT_TRUE(k230_stack_answer_add(&answer, AddressOf(K230_AF_INET6, 1)));
    EXPECT_TRUE(k230_stack_answer_add(&answer, AddressOf(K230_AF_INET, 2)));
    EXPECT_TRUE(k230_stack_answer_add(&answer, AddressOf(K230_AF_INET6, 3)));
    EXPECT_TRUE(k230_stack_answer_add(&answer, AddressOf(K230_AF_INET, 4)));
    EXPECT_EQ("v4.2 v4.4 v6.1 v6.3", AddressesOf(answer));
}

TEST(StackAnswer, IsCutAtItsEndAndLosesNoIpv4AddressToIpv6Ones)
{
    static k230_stack_answer answer;
    answer.count = 0;
    for (uint32_t i = 0; i < K230_STACK_ANSWERS; i++)
        EXPECT_TRUE(k230_stack_answer_add(&answer, AddressOf(K230_AF_INET6, static_cast<uint8_t>(i))));
    EXPECT_FALSE(k230_stack_answer_add(&answer, AddressOf(K230_AF_INET6, 200)));
    EXPECT_FALSE(k230_stack_answer_add(&answer, AddressOf(K230_AF_INET, 100)));
    EXPECT_EQ(K230_STACK_ANSWERS, answer.count);
    EXPECT_EQ(0u, AddressesOf(answer).find("v4.100 v6.0 v6.1 "));
    EXPECT_EQ(62, answer.addrs[K230_STACK_ANSWERS - 1].ip[3]);
    for (uint32_t i = 1; i < K230_STACK_ANSWERS; i++)
        EXPECT_FALSE(k230_stack_answer_add(&answer, AddressOf(K230_AF_INET, static_cast<uint8_t>(i))));
    EXPECT_FALSE(k230_stack_answer_add(&answer, AddressOf(K230_AF_INET, 201)));
    EXPECT_EQ(K230_STACK_ANSWERS, answer.count);
    EXPECT_EQ(100, answer.addrs[0].ip[3]);
    EXPECT_EQ(63, answer.addrs[K230_STACK_ANSWERS - 1].ip[3]);
}

TEST_F(AgentResolve, TakesTheLongestNames)
{
    const std::string host(K230_HOST_MAX, 'h');
    const std::string service(K230_SERVICE_MAX, 's');
    publish(K230_OP_RESOLVE, 0, 0, 0, 0, host + '\0' + service + '\0');
    turn();
    ASSERT_EQ(stack.queries.size(), 1u);
    EXPECT_EQ(stack.queries[0].host, host);
    EXPECT_EQ(stack.queries[0].service, service);
    stack.answer(-K230_EAI_NONAME, 0);
    turn();
    ASSERT_EQ(completions().size(), 1u);
}

TEST_F(AgentResolve, TellsAFailure)
{
    publish(K230_OP_RESOLVE, 0, 0, 0, 0, std::string("nowhere\0\0", 9));
    turn();
    stack.answer(-K230_EAI_NONAME, 0);
    turn();
    const std::vector<k230_completion> all = completions();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].status, -K230_EAI_NONAME);
    EXPECT_EQ(all[0].flags, 0u);
}

TEST_F(AgentResolve, AsksOneAfterTheOtherAndRefusesMoreThanItHolds)
{
    std::vector<uint32_t> ids;
    for (unsigned i = 0; i < LIMITS.requests; i++)
        ids.push_back(
            publish(K230_OP_RESOLVE, 0, 0, 0, 0, std::string(1, static_cast<char>('a' + i)) + std::string(2, '\0')));
    turn();
    EXPECT_EQ(stack.queries.size(), 1u);
    publish(K230_OP_RESOLVE, 0, 0, 0, 0, std::string("x\0\0", 3));
    turn();
    ASSERT_EQ(LIMITS.requests, static_cast<uint32_t>(K230_AGENT_RESOLVE_MAX));
    std::vector<k230_completion> all = completions();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].status, -K230_EAI_AGAIN);
    for (size_t i = 0; i < ids.size(); i++) {
        ASSERT_EQ(stack.queries.size(), i + 1);
        EXPECT_STREQ(stack.queries[i].host, std::string(1, static_cast<char>('a' + i)).c_str()) << "in turn";
        stack.answer(0, 1);
        turn();
        all = completions();
        ASSERT_EQ(all.size(), 2u);
        EXPECT_EQ(all[1].id, ids[i]);
    }
}

TEST_F(AgentResolve, AsksAsManyAtATimeAsTheStackTakesAndAnswersInTheOrderTheyEnd)
{
    stack.helpers = 2;
    const uint32_t slow = publish(K230_OP_RESOLVE, 0, 0, 0, 0, std::string("slow\0\0", 6));
    const uint32_t fast = publish(K230_OP_RESOLVE, 0, 0, 0, 0, std::string("fast\0\0", 6));
    const uint32_t third = publish(K230_OP_RESOLVE, 0, 0, 0, 0, std::string("third\0\0", 7));
    turn();
    ASSERT_EQ(stack.queries.size(), 2u);
    stack.answer(-K230_EAI_NONAME, 0, "", 1);
    turn();
    std::vector<k230_completion> all = completions();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].id, fast);
    ASSERT_EQ(stack.queries.size(), 3u) << "the third has its helper";
    stack.answer(-K230_EAI_NONAME, 0, "", 1);
    stack.answer(-K230_EAI_AGAIN, 0, "", 0);
    turn();
    all = completions();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].id, slow);
    EXPECT_EQ(all[1].id, third);
}

TEST_F(AgentResolve, ANumericHostDoesNotWaitBehindASlowName)
{
    publish(K230_OP_RESOLVE, 0, 0, 0, 0, std::string("slow\0\0", 6));
    publish(K230_OP_RESOLVE, 0, 0, 0, 0, std::string("waits\0\0", 7));
    const uint32_t numeric = publish(K230_OP_RESOLVE, 0, 0, 0, 0, std::string("10.0.0.1\0\0", 10));
    turn();
    const std::vector<k230_completion> all = completions();
    ASSERT_EQ(all.size(), 2u) << "its address, and the end of the answer";
    for (const k230_completion &completion : all)
        EXPECT_EQ(completion.id, numeric);
}

TEST_F(AgentResolve, TakesNoAnswerToAQuestionOfAnEarlierStart)
{
    stack.helpers = 2;
    publish(K230_OP_RESOLVE, 0, 0, 0, 0, std::string("old\0\0", 5));
    turn();
    ASSERT_TRUE(k230_agent_start(agent.get(), &machine.small().hal, &stack, &LIMITS));
    begin_session();
    const uint32_t id = publish(K230_OP_RESOLVE, 0, 0, 0, 0, std::string("new\0\0", 5));
    turn();
    ASSERT_EQ(stack.queries.size(), 2u);
    stack.answer(-K230_EAI_FAIL, 0, "", 0);
    turn();
    EXPECT_TRUE(completions().empty());
    stack.answer(-K230_EAI_NONAME, 0, "", 0);
    turn();
    const std::vector<k230_completion> all = completions();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].id, id);
    EXPECT_EQ(all[0].status, -K230_EAI_NONAME);
}

TEST_F(AgentResolve, LosesNoPieceWhenTheCompletionQueueIsFull)
{
    const uint32_t id = publish(K230_OP_RESOLVE, 0, 0, 0, 0, std::string("x\0\0", 3));
    const Sock sock{fresh_handle(0), -1, K230_NO_PAIR, {}, {}};
    publish(K230_OP_OPEN, sock.handle, K230_AF_INET, K230_SOCK_STREAM);
    for (uint32_t i = 0; i < LIMITS.completions - 3; i++)
        publish(K230_OP_LOCAL, sock.handle);
    turn();
    stack.answer(0, 64);
    turn();
    std::vector<k230_completion> all;
    for (unsigned i = 0; i < 40; i++) {
        k230_completion one = {};
        if (k230_queue_take(&big.completions, &one) == K230_TAKE_ONE && one.id == id)
            all.push_back(one);
        turn(1);
    }
    ASSERT_EQ(all.size(), 8u);
    uint32_t bytes = 0;
    for (const k230_completion &completion : all)
        bytes += completion.len;
    EXPECT_EQ(bytes, 64 * K230_ADDR_SIZE);
    EXPECT_EQ(all.back().flags, 0u);
}

TEST_F(AgentResolve, DropsTheAnswerOfASessionThatIsOver)
{
    publish(K230_OP_RESOLVE, 0, 0, 0, 0, std::string("old\0\0", 5));
    turn();
    begin_session();
    const uint32_t id = publish(K230_OP_RESOLVE, 0, 0, 0, 0, std::string("new\0\0", 5));
    turn();
    EXPECT_EQ(stack.queries.size(), 1u) << "the helper is still at the old one";
    stack.answer(0, 1);
    turn();
    EXPECT_TRUE(completions().empty());
    ASSERT_EQ(stack.queries.size(), 2u);
    EXPECT_STREQ(stack.queries[1].host, "new");
    stack.answer(0, 1);
    turn();
    const std::vector<k230_completion> all = completions();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].id, id);
}

/* ---- the network ------------------------------------------------------------------------------------------------- */

TEST_F(AgentTest, ShowsTheNetworkInItsHelloAndRingsWhenItChanges)
{
    EXPECT_EQ(head()->small.network, stack.network);
    turn();
    head()->armed.value = K230_ALL_HINTS;
    const uint32_t before = machine.big().hal.ops->doorbell(big_hal());
    turn();
    EXPECT_EQ(machine.big().hal.ops->doorbell(big_hal()), before) << "nothing has changed";
    stack.network = K230_NETWORK_ADDRESS | 7u << K230_NETWORK_DIGEST_SHIFT;
    turn(1);
    EXPECT_EQ(head()->small.network, stack.network);
    EXPECT_NE(machine.big().hal.ops->doorbell(big_hal()), before);
}

TEST_F(AgentTest, ShowsTheNetworkWithoutASessionToo)
{
    k230_agent_stop(agent.get());
    stack.network = K230_NETWORK_LINK;
    turn();
    EXPECT_EQ(head()->small.network, stack.network);
}
