/* The client against a small core that breaks the rules (written_core.h). */
#include "sock_private.h"
#include "written_core.h"

namespace
{

class HostileSmallCore : public Client
{
};

class Handshake : public Client
{
};

class LateAnswer : public Client
{
};

} // namespace

/* ---- who learns that a datagram failed --------------------------------------------------------------------------- */

class FailedDatagram : public Client
{
  protected:
    void SetUp() override { bind(); }

    void bind()
    {
        handle = bound_datagram();
        k230_link_tx(&small, pair, &ring);
    }

    k230_status_line &line() { return *k230_link_status(&small, k230_handle_slot(static_cast<uint32_t>(handle))); }

    /* The stack has refused one whose sender had gone on; with 0, something else has changed. */
    void sends_changed(int error = 0)
    {
        const uint32_t number = k230_status_number(line().sends) + (error != 0);
        const uint32_t code = error != 0 ? static_cast<uint32_t>(error) : k230_status_code(line().sends);
        line().sends = k230_status_word(line().sends + 1, code, number);
    }

    k230_record take_record()
    {
        k230_record record = {};
        EXPECT_GE(k230_ring_filled(&ring), sizeof record);
        k230_ring_peek(&ring, 0, &record, sizeof record);
        k230_ring_advance(&ring, k230_record_space(record.len));
        k230_ring_publish(&ring);
        return record;
    }

    /* A send that the agent is asked about, and what it returns after this answer. */
    int send_asking(uint8_t host, int answer = 1)
    {
        const k230_addr to = address(host);
        uint32_t call = 0;
        EXPECT_EQ(k230_sock_sendto(client.get(), handle, "x", 1, &to, &call), -K230_PENDING) << "it does not ask";
        const k230_record record = take_record();
        EXPECT_EQ(record.flags, K230_RECORD_CONFIRM);
        if (answer < 0)
            sends_changed();
        complete(record.id, K230_OP_SENDTO, answer);
        return k230_sock_sendto(client.get(), handle, "x", 1, &to, &call);
    }

    /* One that is not. */
    int send(uint8_t host)
    {
        const k230_addr to = address(host);
        uint32_t call = 0;
        const int sent = k230_sock_sendto(client.get(), handle, "x", 1, &to, &call);
        if (sent == 1) {
            EXPECT_EQ(take_record().flags, 0u);
        }
        return sent;
    }

    int receive()
    {
        uint8_t byte;
        return k230_sock_recv(client.get(), handle, &byte, 1, 0, nullptr);
    }

    int handle = -1;
    k230_ring ring = {};
};

TEST_F(FailedDatagram, IsToldByTheNextSendWhoseOwnIsTried)
{
    EXPECT_EQ(send_asking(1), 1);
    EXPECT_EQ(send(1), 1);
    sends_changed(K230_ENETUNREACH);
    EXPECT_EQ(receive(), -K230_EAGAIN) << "it belongs to senders";
    EXPECT_EQ(k230_sock_error(client.get(), handle, true), 0);
    EXPECT_EQ(k230_sock_events(client.get(), handle), K230_POLLOUT);
    EXPECT_EQ(send_asking(1), -K230_ENETUNREACH) << "its own datagram went out";
    EXPECT_EQ(send(1), 1) << "told once";
}

TEST_F(FailedDatagram, IsToldToAnotherDestinationToo)
{
    EXPECT_EQ(send_asking(1), 1);
    EXPECT_EQ(send_asking(2), 1);
    sends_changed(K230_EPERM);
    EXPECT_EQ(send_asking(2), -K230_EPERM);
    EXPECT_EQ(send(2), 1);
    EXPECT_EQ(send_asking(1), 1) << "an error of the socket makes every destination ask";
}

TEST_F(FailedDatagram, GivesWayToTheErrorOfTheSendThatTellsIt)
{
    EXPECT_EQ(send_asking(1), 1);
    sends_changed(K230_ENOBUFS);
    EXPECT_EQ(send_asking(1, -K230_ENETUNREACH), -K230_ENETUNREACH);
    EXPECT_EQ(send_asking(1), 1) << "both were told by one call";
}

TEST_F(FailedDatagram, IsToldAlsoWhereItComesWhileAnotherAsks)
{
    EXPECT_EQ(send_asking(1), 1);
    const k230_addr to = address(2);
    uint32_t call = 0;
    EXPECT_EQ(k230_sock_sendto(client.get(), handle, "x", 1, &to, &call), -K230_PENDING);
    sends_changed(K230_EHOSTUNREACH); /* of one that stood before it in the ring */
    complete(take_record().id, K230_OP_SENDTO, 1);
    EXPECT_EQ(k230_sock_sendto(client.get(), handle, "x", 1, &to, &call), -K230_EHOSTUNREACH);
    EXPECT_EQ(send_asking(2), 1) << "what was said before that change does not count";
    EXPECT_EQ(send(2), 1);
}

TEST_F(FailedDatagram, IsNotToldToTheNextSocketOfTheSlot)
{
    EXPECT_EQ(send_asking(1), 1);
    sends_changed(K230_ENETUNREACH);
    EXPECT_EQ(k230_sock_close(client.get(), handle, false), 0);
    requests();
    complete(1, K230_OP_CLOSE, 0, pair);
    line().sends = 0;
    bind();
    EXPECT_EQ(send_asking(1), 1);
    sends_changed(K230_EPERM);
    EXPECT_EQ(send_asking(1), -K230_EPERM) << "though its number is the one that the slot's last socket had";
}

TEST_F(FailedDatagram, LeavesWhatTheNetworkToldToTheNextCallOfAnyKind)
{
    EXPECT_EQ(send_asking(1), 1);
    sends_changed();
    show(handle, k230_status_word(0, K230_ECONNREFUSED, 1));
    EXPECT_TRUE(k230_sock_events(client.get(), handle) & K230_POLLERR);
    EXPECT_EQ(receive(), -K230_ECONNREFUSED);
    EXPECT_EQ(receive(), -K230_EAGAIN);
    sends_changed();
    show(handle, k230_status_word(0, K230_ECONNREFUSED, 2));
    EXPECT_EQ(send(1), -K230_ECONNREFUSED) << "and a send that tells it sends nothing";
    EXPECT_EQ(send_asking(1), 1);
}

TEST_F(FailedDatagram, IsNotFoundAfterTheFactWhereTheNetworkChangedBefore)
{
    EXPECT_EQ(send_asking(1), 1);
    EXPECT_EQ(send(1), 1);
    sends_changed(); /* a route went */
    EXPECT_EQ(send_asking(1, -K230_ENETUNREACH), -K230_ENETUNREACH);
    EXPECT_EQ(send_asking(1, -K230_ENETUNREACH), -K230_ENETUNREACH);
    EXPECT_EQ(receive(), -K230_EAGAIN);
    EXPECT_EQ(send_asking(1), 1) << "the route is back";
    EXPECT_EQ(send(1), 1);
}

/* ---- the handshake ----------------------------------------------------------------------------------------------- */

TEST_F(Handshake, BeginsWithTheFirstOpenAndServesManyMore)
{
    EXPECT_EQ(machine.big().attached, 0u);
    connected();
    open();
    EXPECT_EQ(machine.big().attached, 1u);
}

TEST_F(Handshake, RefusesAnotherVersionAtOnce)
{
    say_hello(K230_VERSION + 1);
    const uint64_t before = machine.now;
    EXPECT_EQ(k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0), -K230_EPROTO);
    EXPECT_EQ(machine.now, before);
    EXPECT_EQ(k230_client_fault(client.get()), static_cast<uint32_t>(K230_FAULT_VERSION));
    say_hello();
    open();
}

TEST_F(Handshake, RefusesLimitsThatDoNotFitTheRegion)
{
    k230_limits limits = LIMITS;
    limits.pairs++;
    say_hello(K230_VERSION, limits);
    EXPECT_EQ(k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0), -K230_EPROTO);
    EXPECT_EQ(k230_client_fault(client.get()), static_cast<uint32_t>(K230_FAULT_LIMITS));
    limits = LIMITS;
    limits.tx_size = 1000;
    say_hello(K230_VERSION, limits);
    EXPECT_EQ(k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0), -K230_EPROTO);
    limits = {0xFFFFFFFF, 0x80000000, 0x80000000, 0xFFFFFFFF, 0x80000000, 0x80000000, 0xFFFFFFFF};
    say_hello(K230_VERSION, limits);
    EXPECT_EQ(k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0), -K230_EPROTO);
    say_hello();
    open();
}

TEST_F(Handshake, RefusesARegionTooSmallForAHello)
{
    FakeMachine tiny(Memory::Shared, 512);
    std::unique_ptr<k230_client> other(new k230_client);
    k230_client_init(other.get(), &tiny.big().hal);
    EXPECT_EQ(k230_sock_open(other.get(), K230_AF_INET, K230_SOCK_STREAM, 0), -K230_EPROTO);
    k230_client_stop(other.get());
}

TEST_F(Handshake, GivesUpOnSilenceAfterItsTimeAndLaterStartsAnyway)
{
    head()->small.magic = 0;
    const uint64_t before = machine.now;
    EXPECT_EQ(k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0), -K230_ETIMEDOUT);
    EXPECT_EQ(machine.now - before, K230_START_MS);
    say_hello();
    open();
}

TEST_F(Handshake, GivesUpOnAHelloThatIsNeverFollowedByAnAcceptance)
{
    machine.big().on_wait = nullptr;
    const uint64_t before = machine.now;
    EXPECT_EQ(k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0), -K230_ETIMEDOUT);
    EXPECT_EQ(machine.now - before, K230_START_MS);
    machine.big().on_wait = [this] { follow_session(); };
    open();
}

TEST_F(Handshake, GivesUpAtOnceOnACoreThatIsGone)
{
    head()->small.magic = 0;
    machine.big().other_alive = false;
    EXPECT_EQ(k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0), -K230_ECONNRESET);
    machine.big().other_alive = true;
    say_hello();
    open();
}

TEST_F(Handshake, PassesTheBoardsFailureOn)
{
    machine.big().attach_result = -K230_ENODEV;
    EXPECT_EQ(k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0), -K230_ENODEV);
    EXPECT_EQ(k230_resolve_begin(client.get(), "x", nullptr, 0, 0, 0, 0), -K230_ENODEV);
    machine.big().attach_result = 0;
    open();
}

TEST_F(Handshake, AnswersAnAgentThatRestartsInTheMiddleOfIt)
{
    machine.big().on_wait = [this] {
        if (head()->big.session == 0)
            return;
        say_hello(); /* a new one, before it ever accepted */
        machine.big().on_wait = [this] { follow_session(); };
    };
    open();
    EXPECT_EQ(head()->big.agent_boot_id, boot_id);
}

TEST_F(Handshake, MakesDoorbellsBeforeItsEndHarmless)
{
    machine.big().on_wait = [this] {
        static unsigned storm = 0;
        machine.big().doorbell++;
        if (++storm > 1000)
            follow_session();
    };
    open();
}

/* ---- lies in the queues ------------------------------------------------------------------------------------------ */

TEST_F(HostileSmallCore, CompletesALaneThatIsNoSocket)
{
    const int old = connected();
    complete(LIMITS.slots | 1u << 16, K230_OP_BIND);
    look();
    expect_lost(K230_FAULT_BAD_COMPLETION, {old});
}

TEST_F(HostileSmallCore, CompletesALaneThatIsNoLookUp)
{
    for (const uint32_t lane : {0xF000u + K230_RESOLVE_MAX, 0xEFFFu, 0xFFFFu, 0u}) {
        const int old = connected();
        complete(lane | 1u << 16, K230_OP_RESOLVE);
        look();
        expect_lost(K230_FAULT_BAD_COMPLETION, {old});
    }
}

TEST_F(HostileSmallCore, CompletesAnOperationThatDoesNotExist)
{
    for (const uint16_t op : std::vector<uint16_t>{0, K230_OP_LIMIT, 0xFFFF}) {
        const int old = connected();
        complete(1u << 16, op);
        look();
        expect_lost(K230_FAULT_BAD_COMPLETION, {old});
    }
}

TEST_F(HostileSmallCore, LiesAboutTheCompletionTail)
{
    for (const uint32_t lie : {LIMITS.completions + 1, 0x80000000u, 0xFFFFFFFFu}) {
        const int old = connected();
        head()->completion_tail.value = small.completions.own + lie;
        look();
        expect_lost(K230_FAULT_RING_INDEX, {old});
    }
}

TEST_F(HostileSmallCore, LiesAboutTheRequestHead)
{
    const int old = connected();
    head()->request_head.value = small.requests.own + 1;
    uint32_t call = 0;
    k230_sock_listen(client.get(), old, 1, &call);
    expect_lost(K230_FAULT_RING_INDEX, {old});
}

TEST_F(HostileSmallCore, LiesAboutTheRequestHeadDuringAClose)
{
    const int old = connected();
    const int other = open();
    head()->request_head.value = small.requests.own + 1;
    EXPECT_EQ(k230_sock_close(client.get(), old, false), 0);
    EXPECT_EQ(client->engine.session, static_cast<uint32_t>(K230_SESSION_LOST));
    expect_lost(K230_FAULT_RING_INDEX, {other});
    EXPECT_EQ(client->engine.dues, 0u) << "no request is due any more";
}

TEST_F(HostileSmallCore, ClaimsACompletionLongerThanItsField)
{
    const int old = connected();
    k230_completion completion = {};
    completion.id = 1u << 16;
    completion.op = K230_OP_BIND;
    completion.len = K230_PAYLOAD_MAX + 1;
    uint8_t *slot =
        machine.ddr() + small.layout.completions + (small.completions.own % LIMITS.completions) * K230_MESSAGE_SIZE;
    std::memcpy(slot, &completion, sizeof completion);
    head()->completion_tail.value = small.completions.own + 1;
    look();
    expect_lost(K230_FAULT_BAD_LENGTH, {old});
}

TEST_F(HostileSmallCore, AcceptsIntoAHandleThatWasNeverReserved)
{
    for (const uint32_t lie : {0u, 5u, 0xFFFFFFFFu, 0x10007u, 0x7FFF0001u}) {
        SCOPED_TRACE(lie);
        const int listener = listening();
        uint32_t call = 0;
        const k230_request request = begin_accept(listener, &call);
        answer(request, 0, lie, peer_bytes(7));
        look();
        expect_lost(K230_FAULT_BAD_COMPLETION, {listener});
    }
}

TEST_F(HostileSmallCore, AcceptsIntoTheListenerItself)
{
    const int listener = listening();
    uint32_t call = 0;
    const k230_request request = begin_accept(listener, &call);
    answer(request, 0, static_cast<uint32_t>(listener), peer_bytes(7));
    look();
    expect_lost(K230_FAULT_BAD_COMPLETION, {listener});
}

TEST_F(HostileSmallCore, AcceptsIntoAnOldGeneration)
{
    const int listener = listening();
    uint32_t call = 0;
    const k230_request request = begin_accept(listener, &call);
    answer(request, 0, request.arg0 - (1u << K230_SLOT_BITS), peer_bytes(7));
    look();
    expect_lost(K230_FAULT_BAD_COMPLETION, {listener});
}

TEST_F(HostileSmallCore, AcceptsTwice)
{
    const int listener = listening();
    uint32_t call = 0;
    const k230_request request = begin_accept(listener, &call);
    answer(request, 0, request.arg0, peer_bytes(7));
    answer(request, 0, request.arg0, peer_bytes(7));
    look();
    expect_lost(K230_FAULT_BAD_COMPLETION, {listener});
}

/* The request under way is an accept; an answer to another operation may carry any handle. */
TEST_F(HostileSmallCore, AnswersAnAcceptAsIfItWereABind)
{
    const int listener = listening();
    const int other = connected();
    uint32_t call = 0;
    const k230_request request = begin_accept(listener, &call);
    complete(request.id, K230_OP_BIND, 0, static_cast<uint32_t>(other));
    k230_addr peer;
    EXPECT_NE(k230_sock_accept(client.get(), listener, true, &peer, &call), other)
        << "a connection of somebody else was handed out as new";
    expect_lost(K230_FAULT_BAD_COMPLETION, {listener, other});
}

TEST_F(HostileSmallCore, AnswersAnOpenAsIfItWereAListen)
{
    const int handle = k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0);
    complete(the_request(K230_OP_OPEN).id, K230_OP_LISTEN);
    EXPECT_LT(k230_sock_opened(client.get(), handle), 0) << "it was never opened";
    expect_lost(K230_FAULT_BAD_COMPLETION);
}

/* A status is 0 or a count for success; no value of it may be taken for one of the client's own marks. */
TEST_F(HostileSmallCore, AnswersWithAStatusThatTheClientUsesForItself)
{
    for (const int32_t lie : {K230_CALL_BEGIN, INT32_MAX, INT32_MIN, -K230_PENDING, -1000000}) {
        SCOPED_TRACE(lie);
        const int handle = open();
        const k230_addr addr = address(1);
        uint32_t call = 0;
        EXPECT_EQ(k230_sock_bind(client.get(), handle, &addr, &call), -K230_PENDING);
        answer(the_request(K230_OP_BIND), lie);
        const int status = k230_sock_bind(client.get(), handle, &addr, &call);
        EXPECT_NE(status, -K230_PENDING) << "the call was answered";
        EXPECT_LE(status, 0);
        EXPECT_TRUE(requests().empty()) << "nothing is asked twice";
        if (status == -K230_PENDING) {
            k230_sock_abandon(client.get(), handle, call);
        }
        k230_sock_close(client.get(), handle, true);
        requests();
    }
}

TEST_F(HostileSmallCore, GivesAPairBackThatIsNotLingering)
{
    const int old = connected();
    complete(1, K230_OP_CLOSE, 0, pair);
    look();
    expect_lost(K230_FAULT_BAD_COMPLETION, {old});
}

TEST_F(HostileSmallCore, GivesAPairBackThatIsOutOfRange)
{
    for (const uint32_t lie : {LIMITS.pairs, static_cast<uint32_t>(K230_PAIR_MAX), 0xFFFFFFFFu}) {
        const int old = connected();
        complete(1, K230_OP_CLOSE, 0, lie);
        look();
        expect_lost(K230_FAULT_BAD_COMPLETION, {old});
    }
}

TEST_F(HostileSmallCore, GivesAPairBackTwice)
{
    const int old = connected();
    EXPECT_EQ(k230_sock_close(client.get(), old, false), 0);
    requests();
    complete(1, K230_OP_CLOSE, 0, pair);
    complete(1, K230_OP_CLOSE, 0, pair);
    look();
    expect_lost(K230_FAULT_BAD_COMPLETION);
}

TEST_F(HostileSmallCore, CompletesWhatNobodyAskedOnALaneThatExistsAndIsIgnored)
{
    /* It may be the late answer to a call that somebody gave up, so it cannot be told from an honest one. */
    const int handle = connected();
    for (uint16_t op = 1; op < K230_OP_LIMIT; op++)
        if (op != K230_OP_CLOSE && op != K230_OP_RESOLVE && op != K230_OP_ACCEPT && op != K230_OP_INTERFACE) {
            complete(0x12340000u, op, -K230_EIO, 3);
            look();
        }
    complete(K230_LANE_RESOLVE | 0x12340000u, K230_OP_RESOLVE, 0, 0, std::string(280, 'x'));
    complete(K230_LANE_INTERFACE | 0x12340000u, K230_OP_INTERFACE, 1, 0, std::string(sizeof(k230_interface), 'x'));
    look();
    EXPECT_EQ(client->engine.session, static_cast<uint32_t>(K230_SESSION_LIVE));
    EXPECT_EQ(k230_sock_send(client.get(), handle, "fine", 4, 1), 4);
}

/* ---- lies about interfaces --------------------------------------------------------------------------------------- */

namespace
{

class Interfaces : public Client
{
  protected:
    Interfaces() { head()->small.features = K230_FEATURE_INTERFACE; }

    /* Asks; the request of it. */
    k230_request ask(uint32_t index = 0)
    {
        token = k230_interface_begin(client.get(), index);
        EXPECT_GT(token, 0) << k230_error_name(token);
        return the_request(K230_OP_INTERFACE);
    }

    int end() { return k230_interface_end(client.get(), token, &facts); }

    static std::string bytes_of(const k230_interface &record)
    {
        return std::string(reinterpret_cast<const char *>(&record), sizeof record);
    }

    int token = 0;
    k230_interface facts = {};
};

} // namespace

TEST_F(Interfaces, AreToldAsTheAgentHasThem)
{
    k230_interface record = {};
    record.flags = K230_INTERFACE_UP | K230_INTERFACE_LINK;
    std::strcpy(record.name, "eth0");
    record.address[3] = 9;
    record.ipv6_count = K230_INTERFACE_IPV6;
    const k230_request request = ask(3);
    EXPECT_EQ(request.arg0, 3u);
    EXPECT_EQ(request.handle, 0u);
    EXPECT_EQ(end(), -K230_PENDING);
    answer(request, 5, 0, bytes_of(record));
    EXPECT_EQ(end(), 5);
    EXPECT_EQ(bytes_of(facts), bytes_of(record));
    EXPECT_EQ(end(), -K230_EBADF) << "told once";
}

TEST_F(Interfaces, AreNotAskedOfAnAgentThatWouldTakeItForAFault)
{
    head()->small.features = ~K230_FEATURE_INTERFACE;
    const int handle = open();
    EXPECT_EQ(k230_interface_begin(client.get(), 0), -K230_EOPNOTSUPP);
    k230_operation op = {};
    EXPECT_EQ(k230_op_interface(client.get(), &op, 0, &facts, -1), -K230_EOPNOTSUPP);
    EXPECT_TRUE(requests().empty());
    EXPECT_EQ(k230_sock_close(client.get(), handle, false), 0);
}

TEST_F(Interfaces, AreAskedOfTheAgentThatComesAfterAnOldOne)
{
    head()->small.features = 0;
    EXPECT_EQ(k230_interface_begin(client.get(), 0), -K230_EOPNOTSUPP);
    say_hello();
    head()->small.features = K230_FEATURE_INTERFACE;
    look();
    answer(ask(), -K230_ENOENT);
    EXPECT_EQ(end(), -K230_ENOENT);
}

TEST_F(Interfaces, EndTheSessionWhereTheRecordHasAnotherLength)
{
    for (const size_t length :
         {size_t{0}, size_t{1}, sizeof(k230_interface) - 1, sizeof(k230_interface) + 1, size_t{K230_PAYLOAD_MAX}}) {
        SCOPED_TRACE(length);
        const k230_request request = ask();
        answer(request, 1, 0, std::string(length, 'x'));
        EXPECT_EQ(end(), -K230_ECONNRESET);
        expect_lost(K230_FAULT_BAD_LENGTH);
    }
}

TEST_F(Interfaces, EndTheSessionOnALaneThatIsNone)
{
    for (const uint32_t lane : {0u, K230_LANE_INTERFACE + K230_INTERFACE_MAX, K230_LANE_RESOLVE, 0xFFFFu}) {
        SCOPED_TRACE(lane);
        const int old = connected();
        complete(lane | 0x10000u, K230_OP_INTERFACE, 1, 0, std::string(sizeof(k230_interface), 'x'));
        look();
        expect_lost(K230_FAULT_BAD_COMPLETION, {old});
    }
}

TEST_F(Interfaces, AreNotBelievedWithACountThatIsNone)
{
    for (const int32_t lie : {0, 65536, INT32_MAX, INT32_MIN, -5000}) {
        SCOPED_TRACE(lie);
        answer(ask(), lie, 0, std::string(sizeof(k230_interface), 'x'));
        EXPECT_EQ(end(), -K230_EPROTO);
        EXPECT_EQ(facts.flags, 0u) << "nothing was stored";
    }
    answer(ask(), -K230_ENOENT, 0, std::string(sizeof(k230_interface), 'x'));
    EXPECT_EQ(end(), -K230_ENOENT);
    EXPECT_EQ(facts.flags, 0u);
}

TEST_F(Interfaces, HaveANameThatEndsAndNoMoreAddressesThanFit)
{
    answer(ask(), 1, 0, std::string(sizeof(k230_interface), '\xFF'));
    EXPECT_EQ(end(), 1);
    EXPECT_EQ(std::string(facts.name), std::string(K230_INTERFACE_NAME - 1, '\xFF'));
    EXPECT_EQ(facts.ipv6_count, K230_INTERFACE_IPV6);
}

TEST_F(Interfaces, TakeOneAnswerToOneQuestion)
{
    const k230_request first = ask();
    k230_interface_abandon(client.get(), token);
    k230_interface record = {};
    record.mtu = 1;
    const k230_request second = ask();
    EXPECT_NE(first.id & 0xFFFFu, second.id & 0xFFFFu) << "the first is still under way";
    answer(first, 1, 0, bytes_of(record));
    EXPECT_EQ(end(), -K230_PENDING);
    record.mtu = 2;
    answer(second, 1, 0, bytes_of(record));
    record.mtu = 3;
    answer(second, 1, 0, bytes_of(record));
    EXPECT_EQ(end(), 1);
    EXPECT_EQ(facts.mtu, 2u);
    answer(ask(), 1, 0, bytes_of(record));
    answer(first, 1, 0, bytes_of(record));
    EXPECT_EQ(end(), 1);
    EXPECT_EQ(facts.mtu, 3u);
}

TEST_F(Interfaces, WaitTheirTurnWhereManyAskAndNoneIsForgotten)
{
    std::vector<k230_operation> ops(K230_INTERFACE_MAX + 1u);
    for (k230_operation &op : ops)
        EXPECT_EQ(k230_op_interface(client.get(), &op, 0, &facts, -1), -K230_PENDING);
    std::vector<k230_request> asked = requests();
    ASSERT_EQ(asked.size(), K230_INTERFACE_MAX) << "one waits";
    EXPECT_EQ(k230_op_interface(client.get(), &ops.back(), 0, &facts, -1), -K230_PENDING);
    EXPECT_TRUE(requests().empty());
    answer(asked[0], 1, 0, bytes_of({}));
    EXPECT_EQ(k230_op_interface(client.get(), &ops[0], 0, &facts, -1), 1);
    EXPECT_EQ(k230_op_interface(client.get(), &ops.back(), 0, &facts, -1), -K230_PENDING);
    answer(the_request(K230_OP_INTERFACE), 1, 0, bytes_of({}));
    EXPECT_EQ(k230_op_interface(client.get(), &ops.back(), 0, &facts, -1), 1);
    for (size_t i = 1; i < K230_INTERFACE_MAX; i++)
        k230_op_abandon(client.get(), &ops[i]);
}

TEST_F(Interfaces, AreGivenUpAfterTheTimeOfTheCallerOrOfARequest)
{
    for (const int timeout_ms : {50, -1, static_cast<int>(K230_CONTROL_MS) + 5000}) {
        k230_operation op = {};
        k230_interface_begin(client.get(), 0); /* the session's start takes no time of the operation */
        const uint64_t start = machine.now;
        int status;
        while ((status = k230_op_interface(client.get(), &op, 0, &facts, timeout_ms)) == -K230_PENDING)
            k230_op_sleep(client.get(), &op);
        EXPECT_EQ(status, -K230_ETIMEDOUT);
        const uint64_t limit = timeout_ms == 50 ? 50u : K230_CONTROL_MS;
        EXPECT_GE(machine.now - start, limit);
        EXPECT_LT(machine.now - start, limit + 1000u);
        for (const k230_request &request : requests())
            answer(request, 1, 0, bytes_of({}));
        look();
        k230_client_stop(client.get());
        head()->small.accepted = 0;
    }
}

TEST_F(Interfaces, EndWithTheSession)
{
    k230_operation op = {};
    EXPECT_EQ(k230_op_interface(client.get(), &op, 0, &facts, -1), -K230_PENDING);
    const k230_request request = the_request(K230_OP_INTERFACE);
    say_hello();
    head()->small.features = K230_FEATURE_INTERFACE;
    look();
    EXPECT_EQ(k230_op_interface(client.get(), &op, 0, &facts, -1), -K230_ECONNRESET);
    answer(ask(), 1, 0, bytes_of({}));
    EXPECT_EQ(end(), 1) << "the next session serves it";
    (void)request;
}

/* ---- lies in the rings ------------------------------------------------------------------------------------------- */

TEST_F(HostileSmallCore, LiesAboutTheReceiveTail)
{
    for (const uint32_t lie : {LIMITS.rx_size + 1, 0x80000000u, 0xFFFFFFFFu}) {
        SCOPED_TRACE(lie);
        const int old = connected();
        pair_head(pair)->rx_tail.value = lie;
        uint8_t bytes[64];
        EXPECT_EQ(k230_sock_recv(client.get(), old, bytes, sizeof bytes, 0, nullptr), -K230_ECONNRESET);
        pair_head(pair)->rx_tail.value = 0;
        expect_lost(K230_FAULT_RING_INDEX, {old});
    }
}

TEST_F(HostileSmallCore, RunsTheReceiveTailBackwardsUnderALine)
{
    const int old = connected();
    pair_head(pair)->rx_tail.value = 100;
    uint8_t bytes[64];
    uint32_t seen = 0;
    EXPECT_EQ(k230_sock_readline(client.get(), old, bytes, 1, false, &seen), 1);
    pair_head(pair)->rx_tail.value = 50;
    EXPECT_EQ(k230_sock_readline(client.get(), old, bytes, sizeof bytes, false, &seen), -K230_ECONNRESET);
    pair_head(pair)->rx_tail.value = 1;
    EXPECT_EQ(k230_client_fault(client.get()), static_cast<uint32_t>(K230_FAULT_RING_INDEX));
}

TEST_F(HostileSmallCore, LiesAboutTheTransmitHead)
{
    const int old = connected();
    EXPECT_EQ(k230_sock_send(client.get(), old, "abc", 3, 1), 3);
    pair_head(pair)->tx_head.value = 4;
    EXPECT_EQ(k230_sock_send(client.get(), old, "abc", 3, 1), -K230_ECONNRESET);
    expect_lost(K230_FAULT_RING_INDEX, {old});
}

TEST_F(HostileSmallCore, PutsARecordLongerThanWhatIsThere)
{
    for (const uint32_t lie : {9u, LIMITS.rx_size, LIMITS.rx_size + 1, 0x7FFFFFFFu, 0xFFFFFFFFu, 0xFFFFFFD8u}) {
        SCOPED_TRACE(lie);
        const int old = bound_datagram();
        k230_record record = {};
        record.len = lie;
        std::memcpy(reinterpret_cast<uint8_t *>(pair_head(pair) + 1) + LIMITS.tx_size, &record, sizeof record);
        pair_head(pair)->rx_tail.value = 48;
        uint8_t bytes[64];
        EXPECT_EQ(k230_sock_recv(client.get(), old, bytes, sizeof bytes, 0, nullptr), -K230_ECONNRESET);
        pair_head(pair)->rx_tail.value = 0;
        expect_lost(K230_FAULT_BAD_RECORD, {old});
    }
}

TEST_F(HostileSmallCore, PutsHalfARecordHeader)
{
    const int old = bound_datagram();
    pair_head(pair)->rx_tail.value = 39;
    EXPECT_EQ(k230_sock_available(client.get(), old), 0);
    expect_lost(K230_FAULT_BAD_RECORD, {old});
}

TEST_F(HostileSmallCore, LiesAboutADatagramRingsTail)
{
    const int old = bound_datagram();
    pair_head(pair)->rx_tail.value = LIMITS.rx_size + 8;
    uint8_t byte = 0;
    EXPECT_EQ(k230_sock_recv(client.get(), old, &byte, 1, 0, nullptr), -K230_ECONNRESET);
    pair_head(pair)->rx_tail.value = 0;
    expect_lost(K230_FAULT_RING_INDEX, {old});
}

TEST_F(HostileSmallCore, LiesAboutADatagramRingsHead)
{
    const int old = bound_datagram();
    pair_head(pair)->tx_head.value = 48;
    uint32_t call = 0;
    const k230_addr addr = address(4);
    EXPECT_EQ(k230_sock_sendto(client.get(), old, "x", 1, &addr, &call), -K230_ECONNRESET);
    expect_lost(K230_FAULT_RING_INDEX, {old});
}

TEST_F(HostileSmallCore, ScribblesOverTheWordsThatOnlyTheBigCoreWrites)
{
    const int handle = connected();
    head()->request_tail.value = 0x5555;
    head()->completion_head.value = 0xAAAA;
    head()->armed.value = 0x77;
    pair_head(pair)->tx_tail.value = 0x1234;
    pair_head(pair)->rx_head.value = 0x4321;
    std::memset(head()->kick, 0xFF, sizeof head()->kick);
    EXPECT_EQ(k230_sock_send(client.get(), handle, "abc", 3, 1), 3);
    EXPECT_EQ(pair_head(pair)->tx_tail.value, 3u);
    pair_head(pair)->rx_tail.value = 5;
    uint8_t bytes[8];
    EXPECT_EQ(k230_sock_recv(client.get(), handle, bytes, sizeof bytes, 0, nullptr), 5);
    EXPECT_EQ(pair_head(pair)->rx_head.value, 5u);
}

TEST_F(HostileSmallCore, ShowsNewsOfSocketsThatAreNotThere)
{
    const int handle = connected();
    std::memset(head()->news, 0xFF, sizeof head()->news);
    look();
    for (uint32_t i = 0; i < 16 * 8; i++)
        reinterpret_cast<uint32_t *>(machine.ddr() + small.layout.status)[i] = 0xFFFFFFFFu;
    look();
    EXPECT_EQ(client->engine.session, static_cast<uint32_t>(K230_SESSION_LIVE));
    EXPECT_LT(k230_sock_send(client.get(), handle, "x", 1, 1), 0);
}

/* ---- the other core ends, changes or falls silent ---------------------------------------------------------------- */

TEST_F(HostileSmallCore, RestartsUnderALiveSession)
{
    const int old = connected();
    say_hello();
    look();
    expect_lost(K230_FAULT_RESTARTED, {old});
}

TEST_F(HostileSmallCore, EndsTheSessionWithAReason)
{
    for (uint32_t fault = K230_FAULT_VERSION; fault < K230_FAULT_LIMIT; fault++) {
        const int old = connected();
        head()->small.fault = fault;
        head()->small.accepted = 0;
        look();
        expect_lost(fault, {old});
    }
}

/* What it does with the memory afterwards is no fault: a client that looks late is told why the session is over. */
TEST_F(HostileSmallCore, EndsTheSessionAndUsesTheMemoryAnewBeforeTheClientLooks)
{
    uint8_t bytes[64];
    uint32_t seen = 0, call = 0;
    const k230_addr addr = address(4);
    struct Late {
        const char *what;
        int type;
        std::function<void()> memory;
        std::function<void(int)> act;
    };
    const std::vector<Late> all = {
        {"recv", K230_SOCK_STREAM, [&] { pair_head(pair)->rx_tail.value = 0; },
         [&](int handle) { k230_sock_recv(client.get(), handle, bytes, sizeof bytes, 0, nullptr); }},
        {"readline", K230_SOCK_STREAM, [&] { pair_head(pair)->rx_tail.value = 0; },
         [&](int handle) { k230_sock_readline(client.get(), handle, bytes, sizeof bytes, false, &seen); }},
        {"send", K230_SOCK_STREAM, [&] { pair_head(pair)->tx_head.value = 4; },
         [&](int handle) { k230_sock_send(client.get(), handle, "x", 1, 1); }},
        {"recvfrom", K230_SOCK_DGRAM, [&] { pair_head(pair)->rx_tail.value = LIMITS.rx_size + 8; },
         [&](int handle) { k230_sock_recv(client.get(), handle, bytes, sizeof bytes, 0, nullptr); }},
        {"half a record", K230_SOCK_DGRAM, [&] { pair_head(pair)->rx_tail.value = 39; },
         [&](int handle) { k230_sock_available(client.get(), handle); }},
        {"sendto", K230_SOCK_DGRAM, [&] { pair_head(pair)->tx_head.value = 48; },
         [&](int handle) { k230_sock_sendto(client.get(), handle, "x", 1, &addr, &call); }},
        {"listen", K230_SOCK_STREAM, [&] { head()->request_head.value = small.requests.own + 1; },
         [&](int handle) { k230_sock_listen(client.get(), handle, 1, &call); }},
    };
    for (const bool restarts : {false, true})
        for (const Late &late : all) {
            SCOPED_TRACE(late.what);
            const int old = late.type == K230_SOCK_STREAM ? connected() : bound_datagram();
            if (late.type == K230_SOCK_STREAM) {
                pair_head(pair)->rx_tail.value = 5;
                ASSERT_EQ(k230_sock_recv(client.get(), old, bytes, 5, 0, nullptr), 5);
            }
            if (restarts) {
                say_hello();
            } else {
                head()->small.fault = K230_FAULT_STOPPED;
                head()->small.accepted = 0;
            }
            late.memory();
            late.act(old);
            EXPECT_EQ(client->engine.session, static_cast<uint32_t>(K230_SESSION_LOST)) << "it looked at the memory";
            pair_head(pair)->rx_tail.value = 0;
            expect_lost(restarts ? K230_FAULT_RESTARTED : K230_FAULT_STOPPED, {old});
        }
}

TEST_F(HostileSmallCore, EndsTheSessionWithoutAReasonOrWithOneThatIsNone)
{
    for (const uint32_t fault : {0u, static_cast<uint32_t>(K230_FAULT_LIMIT), 0xFFFFFFFFu}) {
        const int old = connected();
        head()->small.fault = fault;
        head()->small.accepted = 0;
        look();
        expect_lost(K230_FAULT_RESTARTED, {old});
    }
}

TEST_F(HostileSmallCore, IsGone)
{
    const int old = connected();
    machine.big().other_alive = false;
    uint32_t call = 0;
    EXPECT_EQ(k230_sock_listen(client.get(), old, 1, &call), -K230_PENDING);
    EXPECT_EQ(k230_sock_wait(client.get(), old, K230_WAIT_CALL, call, machine.now + 60000), 0);
    EXPECT_EQ(k230_sock_listen(client.get(), old, 1, &call), -K230_ECONNRESET);
    machine.big().other_alive = true;
    expect_lost(K230_FAULT_GONE, {old});
}

TEST_F(HostileSmallCore, KeepsReceivedBytesReadableWhenItGoes)
{
    const int old = connected();
    std::memcpy(reinterpret_cast<uint8_t *>(pair_head(pair) + 1) + LIMITS.tx_size, "received", 8);
    pair_head(pair)->rx_tail.value = 8;
    say_hello();
    look();
    uint8_t bytes[5] = {};
    EXPECT_EQ(k230_sock_recv(client.get(), old, bytes, 5, 0, nullptr), 5);
    EXPECT_EQ(k230_sock_recv(client.get(), old, bytes, 5, 0, nullptr), 3);
    expect_lost(K230_FAULT_RESTARTED, {old});
}

/* Each kind of sleeper, and a lie or an end that comes while it sleeps. */
TEST_F(HostileSmallCore, WakesEveryKindOfWaiterWhenTheSessionEnds)
{
    const std::vector<std::function<void()>> ends = {
        [this] { say_hello(); },
        [this] { head()->small.accepted = 0; },
        [this] { head()->completion_tail.value = 0x70000000; },
        [this] { complete(0xEFFF, K230_OP_BIND); },
        [this] {
            machine.big().other_alive = false;
            machine.now += K230_WATCHDOG_MS;
        },
    };
    for (const auto &end : ends)
        for (const uint32_t event :
             {K230_WAIT_IN, K230_WAIT_OUT, K230_WAIT_CALL, K230_WAIT_CONNECT, K230_WAIT_OPENED}) {
            SCOPED_TRACE(event);
            const int ready = connected();
            int handle = ready;
            uint32_t call = 0;
            const k230_addr addr = address(1);
            std::string full(LIMITS.tx_size, 'x');
            if (event == K230_WAIT_OUT) {
                EXPECT_EQ(k230_sock_send(client.get(), handle, full.data(), LIMITS.tx_size, 1),
                          static_cast<int>(LIMITS.tx_size));
            }
            if (event == K230_WAIT_CALL) {
                EXPECT_EQ(k230_sock_listen(client.get(), handle, 1, &call), -K230_PENDING);
            }
            if (event == K230_WAIT_CONNECT) {
                handle = open();
                EXPECT_EQ(k230_sock_connect(client.get(), handle, &addr, &call), -K230_EINPROGRESS);
                call = 0;
            }
            if (event == K230_WAIT_OPENED)
                handle = k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0);
            const uint64_t before = machine.now;
            machine.big().on_wait = [&] {
                EXPECT_EQ(client->engine.waiters, 1u);
                end();
                machine.big().doorbell++;
            };
            EXPECT_EQ(k230_sock_wait(client.get(), handle, event, call, before + 60000), 0);
            EXPECT_LE(machine.now - before, 2 * K230_WATCHDOG_MS);
            EXPECT_EQ(client->engine.session, static_cast<uint32_t>(K230_SESSION_LOST));
            EXPECT_EQ(client->engine.waiters, 0u);
            machine.big().other_alive = true;
            machine.big().on_wait = [this] { follow_session(); };
            if (event == K230_WAIT_OPENED) {
                EXPECT_EQ(k230_sock_opened(client.get(), handle), -K230_ECONNRESET);
            } else if (handle != ready) {
                EXPECT_EQ(k230_sock_close(client.get(), handle, false), 0);
            }
            EXPECT_EQ(k230_sock_close(client.get(), ready, false), 0);
        }
    open();
    k230_sock_close(client.get(), 0, false);
}

TEST_F(HostileSmallCore, WakesAPollAndALookUpWhenTheSessionEnds)
{
    const int handle = connected();
    const int token = k230_resolve_begin(client.get(), "host", nullptr, 0, 0, 0, 0);
    ASSERT_GT(token, 0);
    machine.big().on_wait = [this] { say_hello(); };
    EXPECT_EQ(k230_resolve_wait(client.get(), token, machine.now + 60000), 0);
    k230_addr addrs[4];
    EXPECT_EQ(k230_resolve_end(client.get(), token, addrs, 4, nullptr), -K230_ECONNRESET);
    EXPECT_EQ(k230_resolve_end(client.get(), token, addrs, 4, nullptr), -K230_EBADF);
    machine.big().on_wait = [this] { follow_session(); };
    const int fresh = connected();
    k230_pollfd entries[] = {{handle, K230_POLLIN, 0}, {fresh, K230_POLLIN, 0}};
    EXPECT_EQ(k230_poll(client.get(), entries, 2, 0, machine.now + 60000), 1);
    entries[0].handle = fresh;
    machine.big().on_wait = [this] { say_hello(); };
    EXPECT_EQ(k230_poll(client.get(), entries, 2, 0, machine.now + 60000), 2);
    EXPECT_TRUE(entries[1].revents & K230_POLLERR);
    machine.big().on_wait = [this] { follow_session(); };
}

TEST_F(Client, SleepsInAPollWithNothingToWatchInsteadOfSpinning)
{
    for (const bool session : {true, false}) { /* a fresh client in the second round */
        SCOPED_TRACE(session ? "with a session" : "before the first session");
        if (session)
            open();
        else
            k230_client_stop(client.get());
        unsigned looks = 0;
        machine.big().on_clock = [&] {
            if (++looks % 100 == 0)
                machine.now++;
        };
        EXPECT_EQ(k230_poll(client.get(), nullptr, 0, 0, machine.now + 50), 0);
        EXPECT_LT(looks, 100u) << "it kept looking at the clock";
        machine.big().on_clock = nullptr;
    }
}

/* ---- answers that come too late ---------------------------------------------------------------------------------- */

TEST_F(LateAnswer, OfAnAcceptIsResetWhenTheListenerIsClosed)
{
    const int listener = listening();
    uint32_t call = 0;
    const k230_request request = begin_accept(listener, &call);
    EXPECT_EQ(k230_sock_close(client.get(), listener, false), 0);
    EXPECT_EQ(the_request(K230_OP_CLOSE).handle, static_cast<uint32_t>(listener));
    answer(request, 0, request.arg0, peer_bytes(7));
    look();
    const k230_request undone = the_request(K230_OP_CLOSE);
    EXPECT_EQ(undone.handle, request.arg0);
    EXPECT_EQ(undone.flags, K230_CLOSE_ABORT);
    expect_all_slots_free();
}

TEST_F(LateAnswer, OfAFailedAcceptFreesTheReservedSlot)
{
    const int listener = listening();
    uint32_t call = 0;
    const k230_request request = begin_accept(listener, &call);
    EXPECT_EQ(k230_sock_close(client.get(), listener, false), 0);
    requests();
    answer(request, -K230_EAGAIN, request.arg0, peer_bytes(7));
    look();
    EXPECT_TRUE(requests().empty());
    expect_all_slots_free();
}

TEST_F(LateAnswer, OfAnAbandonedAcceptIsHandedToTheNext)
{
    const int listener = listening();
    uint32_t call = 0;
    const k230_request request = begin_accept(listener, &call);
    k230_sock_abandon(client.get(), listener, call);
    answer(request, 0, request.arg0, peer_bytes(7));
    look();
    EXPECT_TRUE(k230_sock_events(client.get(), listener) & K230_POLLIN) << "a connection waits";
    requests(); /* the rings of the connection */
    k230_addr peer = {};
    call = 0;
    EXPECT_EQ(k230_sock_accept(client.get(), listener, false, &peer, &call), static_cast<int>(request.arg0));
    EXPECT_EQ(peer.ip[3], 7);
    EXPECT_TRUE(requests().empty()) << "the agent was not asked again";
    EXPECT_FALSE(k230_sock_events(client.get(), listener) & K230_POLLIN);
}

TEST_F(LateAnswer, OfAnAcceptAbandonedAfterItsAnswerIsHandedToTheNext)
{
    const int listener = listening();
    uint32_t call = 0;
    const k230_request request = begin_accept(listener, &call);
    answer(request, 0, request.arg0, peer_bytes(7));
    look();
    k230_sock_abandon(client.get(), listener, call);
    k230_addr peer = {};
    call = 0;
    EXPECT_EQ(k230_sock_accept(client.get(), listener, false, &peer, &call), static_cast<int>(request.arg0));
}

TEST_F(LateAnswer, OfAnAbandonedAcceptIsResetWithItsListener)
{
    const int listener = listening();
    uint32_t call = 0;
    const k230_request request = begin_accept(listener, &call);
    k230_sock_abandon(client.get(), listener, call);
    answer(request, 0, request.arg0, peer_bytes(7));
    look();
    const std::vector<k230_request> rings = requests();
    ASSERT_EQ(rings.size(), 1u);
    EXPECT_EQ(k230_sock_close(client.get(), listener, false), 0);
    const std::vector<k230_request> all = requests();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].handle, request.arg0);
    EXPECT_EQ(all[0].flags, K230_CLOSE_ABORT);
    EXPECT_EQ(all[1].handle, static_cast<uint32_t>(listener));
    complete(1, K230_OP_CLOSE, 0, rings[0].arg0);
    expect_all_slots_free();
}

/* Thread A's accept was answered, thread B took the answer, thread C closes the listener before A runs again. */
TEST_F(LateAnswer, OfAnAcceptThatNobodyCollectedIsResetWithItsListener)
{
    const int listener = listening();
    uint32_t call = 0;
    const k230_request request = begin_accept(listener, &call);
    answer(request, 0, request.arg0, peer_bytes(7));
    look();
    const std::vector<k230_request> rings = requests();
    ASSERT_EQ(rings.size(), 1u);
    EXPECT_EQ(k230_sock_close(client.get(), listener, false), 0);
    k230_addr peer = {};
    EXPECT_EQ(k230_sock_accept(client.get(), listener, true, &peer, &call), -K230_EBADF);
    unsigned resets = 0;
    for (const k230_request &closing : requests())
        resets += closing.op == K230_OP_CLOSE && closing.handle == request.arg0 && closing.flags == K230_CLOSE_ABORT;
    EXPECT_EQ(resets, 1u) << "a connection that nobody can reach stays open for ever";
    complete(1, K230_OP_CLOSE, 0, rings[0].arg0);
    expect_all_slots_free();
}

/* Both ways in which a connection can be known to nobody but its listener when the session ends. */
TEST_F(LateAnswer, OfAnAcceptLeaksNoSlotWhenTheSessionEnds)
{
    for (const bool abandon : {true, false}) {
        SCOPED_TRACE(abandon ? "abandoned" : "not collected");
        const int listener = listening();
        uint32_t call = 0;
        const k230_request request = begin_accept(listener, &call);
        answer(request, 0, request.arg0, peer_bytes(7));
        look();
        if (abandon)
            k230_sock_abandon(client.get(), listener, call);
        say_hello();
        look();
        k230_addr peer = {};
        if (!abandon) {
            const int status = k230_sock_accept(client.get(), listener, true, &peer, &call);
            if (status >= 0) {
                EXPECT_EQ(k230_sock_close(client.get(), status, false), 0);
            } else {
                k230_sock_abandon(client.get(), listener, call);
            }
        }
        EXPECT_EQ(k230_sock_close(client.get(), listener, false), 0);
        expect_all_slots_free();
    }
}

/* The listener is gone, and with it its claim to the connection; the slot of that one serves a stranger. */
TEST_F(LateAnswer, OfAnAbandonedAcceptIsForgottenWithItsListener)
{
    const int placeholder = open();
    const int listener = listening();
    EXPECT_EQ(k230_sock_close(client.get(), placeholder, false), 0);
    requests();
    uint32_t call = 0;
    const k230_request request = begin_accept(listener, &call);
    k230_sock_abandon(client.get(), listener, call);
    answer(request, 0, request.arg0, peer_bytes(7));
    look();
    const std::vector<k230_request> rings = requests();
    ASSERT_EQ(rings.size(), 1u);
    EXPECT_EQ(k230_sock_close(client.get(), listener, false), 0);
    requests();
    complete(1, K230_OP_CLOSE, 0, rings[0].arg0);

    const int stranger = connected();
    ASSERT_EQ(k230_handle_slot(static_cast<uint32_t>(stranger)), k230_handle_slot(request.arg0));
    k230_ring rx;
    k230_link_rx(&small, pair, &rx);
    k230_ring_put(&rx, "bytes", 5);
    k230_ring_publish(&rx);
    say_hello();
    look();
    char data[8];
    EXPECT_EQ(k230_sock_recv(client.get(), stranger, data, sizeof data, 0, nullptr), 5);
    EXPECT_EQ(k230_sock_recv(client.get(), stranger, data, sizeof data, 0, nullptr), -K230_ECONNRESET);
    EXPECT_EQ(k230_sock_close(client.get(), stranger, false), 0);
    expect_all_slots_free();
}

TEST_F(LateAnswer, NeverReachesTheSocketThatReusesTheSlot)
{
    const int first = open();
    const k230_addr addr = address(1);
    uint32_t call = 0;
    EXPECT_EQ(k230_sock_bind(client.get(), first, &addr, &call), -K230_PENDING);
    const k230_request late = the_request(K230_OP_BIND);
    EXPECT_EQ(k230_sock_close(client.get(), first, false), 0);
    requests();
    const int second = open();
    EXPECT_EQ(k230_handle_slot(static_cast<uint32_t>(second)), k230_handle_slot(static_cast<uint32_t>(first)));
    uint32_t second_call = 0;
    EXPECT_EQ(k230_sock_bind(client.get(), second, &addr, &second_call), -K230_PENDING);
    answer(late, -K230_EADDRINUSE);
    EXPECT_EQ(k230_sock_bind(client.get(), second, &addr, &second_call), -K230_PENDING) << "that was not its answer";
    EXPECT_EQ(k230_sock_bind(client.get(), first, &addr, &call), -K230_EBADF);
    answer(the_request(K230_OP_BIND), 0);
    EXPECT_EQ(k230_sock_bind(client.get(), second, &addr, &second_call), 0);
}

TEST_F(LateAnswer, OfAConnectOfAClosedSocketIsIgnored)
{
    const int first = open();
    const k230_addr addr = address(1);
    uint32_t call = 0;
    EXPECT_EQ(k230_sock_connect(client.get(), first, &addr, &call), -K230_EINPROGRESS);
    const std::vector<k230_request> asked = requests();
    EXPECT_EQ(k230_sock_close(client.get(), first, false), 0);
    requests();
    const int second = open();
    EXPECT_EQ(k230_sock_connect(client.get(), second, &addr, &call), -K230_EINPROGRESS);
    answer(asked[1], 0);
    EXPECT_EQ(k230_sock_connected(client.get(), second), -K230_EINPROGRESS);
    EXPECT_EQ(k230_sock_connected(client.get(), first), -K230_EBADF);
}

TEST_F(LateAnswer, OfACancelledConnectLeavesASocketThatCanConnectAgain)
{
    const int handle = open();
    const k230_addr addr = address(1);
    uint32_t call = 0;
    EXPECT_EQ(k230_sock_connect(client.get(), handle, &addr, &call), -K230_EINPROGRESS);
    std::vector<k230_request> asked = requests();
    k230_sock_cancel(client.get(), handle);
    EXPECT_EQ(the_request(K230_OP_CANCEL).handle, static_cast<uint32_t>(handle));
    EXPECT_EQ(k230_sock_connect(client.get(), handle, &addr, &call), -K230_PENDING) << "until the last one is undone";
    answer(asked[1], 0); /* it succeeded just before the CANCEL came */
    complete(1, K230_OP_CLOSE, 0, asked[0].arg0);
    EXPECT_EQ(k230_sock_send(client.get(), handle, "x", 1, 1) < 0, true)
        << "not connected, whatever the late answer said";
    EXPECT_EQ(k230_sock_connect(client.get(), handle, &addr, &call), -K230_EINPROGRESS);
    asked = requests();
    ASSERT_EQ(asked.size(), 2u);
    answer(asked[1], 0);
    EXPECT_EQ(k230_sock_connected(client.get(), handle), 0);
}

/* The CANCEL found the queue full and waits. Whatever comes later for the same socket must stay behind it, or the agent
 * sees a second pair on a socket that has one. */
TEST_F(LateAnswer, OfAConnectDoesNotLetANewConnectOvertakeTheCancel)
{
    const int handle = open();
    const int other = open();
    const k230_addr addr = address(1);
    uint32_t call = 0;
    EXPECT_EQ(k230_sock_connect(client.get(), handle, &addr, &call), -K230_EINPROGRESS);
    const std::vector<k230_request> asked = requests();
    std::vector<int> fillers;
    while (client->engine.session == K230_SESSION_LIVE && k230_queue_room(&client->engine.link.requests) != 0) {
        const int filler = k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0);
        if (filler < 0)
            break;
        fillers.push_back(filler);
    }
    uint32_t other_call = 0;
    while (k230_queue_room(&client->engine.link.requests) != 0) {
        k230_sock_abandon(client.get(), other, other_call);
        other_call = 0;
        if (k230_sock_listen(client.get(), other, 1, &other_call) != -K230_PENDING || other_call == 0)
            break;
        client->sock.socks[k230_handle_slot(static_cast<uint32_t>(other))].call.state = K230_CALL_IDLE;
    }
    ASSERT_EQ(k230_queue_room(&client->engine.link.requests), 0u);
    k230_sock_cancel(client.get(), handle);
    answer(asked[1], 0);
    k230_sock_connected(client.get(), handle);
    std::vector<k230_request> order = requests(); /* now there is room */
    call = 0;
    k230_sock_connect(client.get(), handle, &addr, &call);
    look();
    k230_sock_connect(client.get(), handle, &addr, &call);
    for (const k230_request &request : requests())
        order.push_back(request);
    bool cancelled = false;
    for (const k230_request &request : order) {
        if (request.handle != static_cast<uint32_t>(handle))
            continue;
        cancelled |= request.op == K230_OP_CANCEL;
        if (request.op == K230_OP_ATTACH || request.op == K230_OP_CONNECT) {
            EXPECT_TRUE(cancelled) << "operation " << request.op << " overtook the CANCEL";
        }
    }
    EXPECT_TRUE(cancelled);
}

/* Another thread takes the answer between two looks of this one, wherever that is. */
TEST_F(LateAnswer, OfAConnectNeverMakesSendOrRecvSayThatThereIsNoConnection)
{
    for (const bool sends : {true, false})
        for (unsigned moment = 1; moment <= 4; moment++) {
            SCOPED_TRACE(std::string(sends ? "send" : "recv") + ", lock " + std::to_string(moment));
            const int handle = open();
            const k230_addr addr = address(1);
            uint32_t call = 0;
            EXPECT_EQ(k230_sock_connect(client.get(), handle, &addr, &call), -K230_EINPROGRESS);
            const std::vector<k230_request> asked = requests();
            unsigned count = 0;
            machine.big().on_lock = [&](uint32_t *word) {
                if (word != &client->engine.lock || ++count != moment)
                    return;
                answer(asked[1]);
                k230_sock_connected(client.get(), handle);
            };
            char byte = 0;
            const int status = sends ? k230_sock_send(client.get(), handle, "x", 1, 1)
                                     : k230_sock_recv(client.get(), handle, &byte, 1, 0, nullptr);
            machine.big().on_lock = nullptr;
            EXPECT_TRUE(status == -K230_EAGAIN || (sends && status == 1)) << k230_error_name(status);
            k230_sock_close(client.get(), handle, true);
            requests();
            complete(1, K230_OP_CLOSE, 0, asked[0].arg0);
        }
}

TEST_F(LateAnswer, OfAConnectThatTimedOutIsTheNextConnects)
{
    const int handle = open();
    const k230_addr addr = address(1);
    const k230_addr elsewhere = address(2);
    k230_operation op = {};
    EXPECT_EQ(k230_op_connect(client.get(), &op, handle, &addr, 20), -K230_PENDING);
    const std::vector<k230_request> asked = requests();
    ASSERT_EQ(asked.size(), 2u);
    machine.now += 20;
    EXPECT_EQ(k230_op_connect(client.get(), &op, handle, &addr, 20), -K230_ETIMEDOUT);
    k230_op_abandon(client.get(), &op); /* as every caller does with an operation that is over */
    EXPECT_TRUE(requests().empty()) << "the attempt goes on";
    EXPECT_EQ(k230_sock_events(client.get(), handle), 0);
    EXPECT_EQ(k230_sock_send(client.get(), handle, "x", 1, 1), -K230_EAGAIN);

    op = {};
    EXPECT_EQ(k230_op_connect(client.get(), &op, handle, &addr, 0), -K230_EALREADY);
    op = {};
    EXPECT_EQ(k230_op_connect(client.get(), &op, handle, &addr, 20), -K230_PENDING) << "it waits for that attempt";
    machine.now += 20;
    EXPECT_EQ(k230_op_connect(client.get(), &op, handle, &addr, 20), -K230_EALREADY);

    op = {};
    EXPECT_EQ(k230_op_connect(client.get(), &op, handle, &elsewhere, -1), -K230_PENDING);
    k230_operation same = {};
    EXPECT_EQ(k230_op_connect(client.get(), &same, handle, &addr, -1), -K230_PENDING);
    answer(asked[1]);
    look();
    EXPECT_EQ(k230_sock_events(client.get(), handle), K230_POLLOUT);
    EXPECT_EQ(k230_op_connect(client.get(), &op, handle, &elsewhere, -1), -K230_EISCONN) << "not where it wanted to";
    EXPECT_EQ(k230_op_connect(client.get(), &same, handle, &addr, -1), 0) << "told once";
    same = {};
    EXPECT_EQ(k230_op_connect(client.get(), &same, handle, &addr, -1), -K230_EISCONN);
    EXPECT_EQ(k230_sock_send(client.get(), handle, "x", 1, 1), 1);
    EXPECT_TRUE(requests().empty()) << "there was one attempt";
}

TEST_F(LateAnswer, OfAConnectThatTimedOutAndFailsIsRaisedOnceByTheNextCall)
{
    for (const char next : {'c', 's', 'r'}) {
        SCOPED_TRACE(next);
        const int handle = open();
        const k230_addr addr = address(1);
        k230_operation op = {};
        EXPECT_EQ(k230_op_connect(client.get(), &op, handle, &addr, 20), -K230_PENDING);
        const std::vector<k230_request> asked = requests();
        machine.now += 20;
        EXPECT_EQ(k230_op_connect(client.get(), &op, handle, &addr, 20), -K230_ETIMEDOUT);
        answer(asked[1], -K230_ECONNREFUSED);
        look();
        char byte;
        op = {};
        EXPECT_EQ(next == 'c'   ? k230_op_connect(client.get(), &op, handle, &addr, 20)
                  : next == 's' ? k230_sock_send(client.get(), handle, "x", 1, 1)
                                : k230_sock_recv(client.get(), handle, &byte, 1, 0, nullptr),
                  -K230_ECONNREFUSED);
        op = {};
        EXPECT_EQ(k230_op_connect(client.get(), &op, handle, &addr, 20), -K230_PENDING) << "a new attempt";
        EXPECT_EQ(the_request(K230_OP_CONNECT).handle, static_cast<uint32_t>(handle));
        k230_sock_close(client.get(), handle, true);
        requests();
        complete(1, K230_OP_CLOSE, 0, asked[0].arg0);
        look();
    }
}

TEST_F(LateAnswer, OfAConnectThatTimedOutNeverReachesTheNextSocketOfTheSlot)
{
    const int first = open();
    const k230_addr addr = address(1);
    k230_operation op = {};
    EXPECT_EQ(k230_op_connect(client.get(), &op, first, &addr, 20), -K230_PENDING);
    const std::vector<k230_request> asked = requests();
    machine.now += 20;
    EXPECT_EQ(k230_op_connect(client.get(), &op, first, &addr, 20), -K230_ETIMEDOUT);
    EXPECT_EQ(k230_sock_close(client.get(), first, false), 0);
    EXPECT_EQ(the_request(K230_OP_CLOSE).handle, static_cast<uint32_t>(first)) << "Close ends the attempt";
    const int second = open();
    EXPECT_EQ(k230_handle_slot(static_cast<uint32_t>(second)), k230_handle_slot(static_cast<uint32_t>(first)));
    op = {};
    EXPECT_EQ(k230_op_connect(client.get(), &op, second, &addr, -1), -K230_PENDING);
    answer(asked[1]);
    EXPECT_EQ(k230_op_connect(client.get(), &op, second, &addr, -1), -K230_PENDING);
    EXPECT_EQ(k230_sock_events(client.get(), second), 0);
    k230_op_abandon(client.get(), &op);
    k230_sock_close(client.get(), second, true);
    requests();
    complete(1, K230_OP_CLOSE, 0, asked[0].arg0);
    look();
}

TEST_F(LateAnswer, OfAConnectThatTimedOutIsAResetWhenTheSessionEnds)
{
    const int handle = open();
    const k230_addr addr = address(1);
    k230_operation op = {};
    EXPECT_EQ(k230_op_connect(client.get(), &op, handle, &addr, 20), -K230_PENDING);
    requests();
    machine.now += 20;
    EXPECT_EQ(k230_op_connect(client.get(), &op, handle, &addr, 20), -K230_ETIMEDOUT);
    say_hello();
    look();
    op = {};
    EXPECT_EQ(k230_op_connect(client.get(), &op, handle, &addr, 20), -K230_ECONNRESET);
    EXPECT_EQ(k230_sock_send(client.get(), handle, "x", 1, 1), -K230_ECONNRESET);
    EXPECT_EQ(k230_sock_close(client.get(), handle, false), 0);
}

/* Thread.Abort while the Connect waits: it takes its own attempt back, and not one that it only waits for. */
TEST_F(LateAnswer, OfAConnectIsNotWantedOnceTheCallThatBeganItIsGivenUp)
{
    const int handle = open();
    const k230_addr addr = address(1);
    k230_operation own = {};
    k230_operation joined = {};
    EXPECT_EQ(k230_op_connect(client.get(), &own, handle, &addr, -1), -K230_PENDING);
    const std::vector<k230_request> asked = requests();
    EXPECT_EQ(k230_op_connect(client.get(), &joined, handle, &addr, -1), -K230_PENDING);
    k230_op_abandon(client.get(), &joined);
    EXPECT_TRUE(requests().empty());
    EXPECT_EQ(k230_op_connect(client.get(), &joined, handle, &addr, -1), -K230_PENDING);
    k230_op_abandon(client.get(), &own);
    EXPECT_EQ(the_request(K230_OP_CANCEL).handle, static_cast<uint32_t>(handle));
    EXPECT_EQ(k230_op_connect(client.get(), &joined, handle, &addr, -1), -K230_PENDING);
    answer(asked[1], -K230_ETIMEDOUT);
    EXPECT_EQ(k230_op_connect(client.get(), &joined, handle, &addr, -1), -K230_PENDING);
    EXPECT_EQ(requests().size(), 2u) << "the one that still waits begins an attempt of its own";
    k230_op_abandon(client.get(), &joined);
    requests();
    complete(1, K230_OP_CLOSE, 0, asked[0].arg0);
}

TEST_F(LateAnswer, OfALookUpThatWasGivenUpFreesItsRecord)
{
    std::vector<int> tokens;
    open();
    std::vector<k230_request> asked;
    for (unsigned i = 0; i < K230_RESOLVE_MAX; i++) {
        tokens.push_back(k230_resolve_begin(client.get(), "host", "80", 0, 0, 0, 0));
        ASSERT_GT(tokens.back(), 0);
        asked.push_back(the_request(K230_OP_RESOLVE));
    }
    EXPECT_EQ(k230_resolve_begin(client.get(), "host", "80", 0, 0, 0, 0), -K230_EAGAIN);
    k230_resolve_abandon(client.get(), tokens[3]);
    EXPECT_EQ(k230_resolve_begin(client.get(), "host", "80", 0, 0, 0, 0), -K230_EAGAIN)
        << "its answer is still to come";
    complete(asked[3].id, K230_OP_RESOLVE, 0, 0, peer_bytes(1), K230_COMPLETION_MORE);
    complete(asked[3].id, K230_OP_RESOLVE);
    look();
    const int again = k230_resolve_begin(client.get(), "host", "80", 0, 0, 0, 0);
    ASSERT_GT(again, 0);
    k230_addr addr;
    EXPECT_EQ(k230_resolve_end(client.get(), tokens[3], &addr, 1, nullptr), -K230_EBADF);
    EXPECT_EQ(k230_resolve_end(client.get(), again, &addr, 1, nullptr), -K230_PENDING);
}

TEST_F(HostileSmallCore, AnswersALookUpWithMoreThanAnyoneKeeps)
{
    open();
    const int token = k230_resolve_begin(client.get(), "host", nullptr, 0, 0, 0, K230_AI_CANONNAME);
    const k230_request asked = the_request(K230_OP_RESOLVE);
    for (unsigned i = 0; i < 300; i++) {
        complete(asked.id, K230_OP_RESOLVE, 0, 0, std::string(K230_PAYLOAD_MAX, 'c'),
                 i % 2 ? K230_COMPLETION_MORE : K230_COMPLETION_MORE | K230_COMPLETION_CANON);
        look();
    }
    complete(asked.id, K230_OP_RESOLVE);
    k230_addr addrs[K230_RESOLVE_ADDRS + 1];
    char canon[K230_HOST_MAX + 1];
    EXPECT_EQ(k230_resolve_end(client.get(), token, addrs, K230_RESOLVE_ADDRS + 1, canon), K230_RESOLVE_ADDRS);
    EXPECT_EQ(std::string(canon), std::string(K230_HOST_MAX, 'c'));
}
