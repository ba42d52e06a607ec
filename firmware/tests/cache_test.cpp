/* The real client and the real agent over memory that is not coherent: a clean or invalidate that is missing anywhere
 * shows as data that never arrives, a line that both cores write as a violation. One thread: the agent takes its turns
 * while the client waits. */
#include "fake_hal.h"
#include "fake_stack.h"
#include "k230_agent.h"
#include "k230_ask.h"
#include "k230_op.h"

namespace
{

constexpr k230_limits LIMITS = {8, 8, 8, 6, 1024, 2048, 600};

class WholeExchange : public ::testing::TestWithParam<Memory>
{
  protected:
    WholeExchange() : machine(GetParam(), 64 * 1024), client(new k230_client), agent(new k230_agent)
    {
        k230_client_init(client.get(), &machine.big().hal);
        EXPECT_TRUE(k230_agent_start(agent.get(), &machine.small().hal, &stack, &LIMITS));
        machine.big().on_wait = [this] { turn(1); };
    }

    void TearDown() override
    {
        k230_client_stop(client.get());
        turn();
        EXPECT_EQ(stack.open_count(), 0u) << "a stack socket leaked";
        machine.check_all_clean();
        for (const std::string &violation : machine.violations)
            ADD_FAILURE() << violation;
        EXPECT_TRUE(machine.small().lines.empty()) << machine.small().lines[0];
    }

    void turn(unsigned times = 3)
    {
        for (unsigned i = 0; i < times; i++)
            EXPECT_TRUE(k230_agent_step(agent.get(), 0));
    }

    /* Repeats a call until it is answered. */
    template <typename Call> int finish(int handle, Call call)
    {
        uint32_t id = 0;
        for (unsigned i = 0; i < 20; i++) {
            const int result = call(&id);
            if (result != -K230_PENDING)
                return result;
            k230_sock_wait(client.get(), handle, K230_WAIT_CALL, id, machine.now + 1000);
        }
        ADD_FAILURE() << "no answer";
        return -K230_PENDING;
    }

    int open(int type)
    {
        const int handle = k230_sock_open(client.get(), K230_AF_INET, type, 0);
        EXPECT_GE(handle, 0) << k230_error_name(handle);
        for (unsigned i = 0; i < 20 && k230_sock_opened(client.get(), handle) == -K230_PENDING; i++)
            k230_sock_wait(client.get(), handle, K230_WAIT_OPENED, 0, machine.now + 1000);
        return handle;
    }

    int connected(int *number)
    {
        const int handle = open(K230_SOCK_STREAM);
        *number = stack.newest_number();
        const k230_addr addr = fake_addr(1, 80);
        uint32_t call = 0;
        EXPECT_EQ(k230_sock_connect(client.get(), handle, &addr, &call), -K230_EINPROGRESS);
        turn();
        stack.connect_completes(*number, 0);
        EXPECT_EQ(k230_sock_wait(client.get(), handle, K230_WAIT_CONNECT, 0, machine.now + 1000), 0);
        EXPECT_EQ(k230_sock_connected(client.get(), handle), 0);
        return handle;
    }

    FakeMachine machine;
    k230_stack stack;
    std::unique_ptr<k230_client> client;
    std::unique_ptr<k230_agent> agent;
};

std::string pattern(size_t length)
{
    std::string text(length, '\0');
    for (size_t i = 0; i < length; i++)
        text[i] = static_cast<char>('a' + i % 23);
    return text;
}

} // namespace

INSTANTIATE_TEST_SUITE_P(Memory, WholeExchange, ::testing::Values(Memory::Shared, Memory::Cached),
                         [](const auto &given) { return given.param == Memory::Shared ? "Shared" : "Cached"; });

TEST_P(WholeExchange, SendsManyRingfulsInOrder)
{
    int number = 0;
    const int handle = connected(&number);
    stack.on_wait = [&] { stack.at(number).room = 77; }; /* the stack takes little at a time */
    const std::string all = pattern(20000);
    size_t sent = 0;
    for (unsigned i = 0; i < 5000 && sent < all.size(); i++) {
        const int taken = k230_sock_send(client.get(), handle, all.data() + sent,
                                         static_cast<uint32_t>(std::min<size_t>(300, all.size() - sent)), 1);
        if (taken == -K230_EAGAIN)
            k230_sock_wait(client.get(), handle, K230_WAIT_OUT, 0, machine.now + 1000);
        else
            ASSERT_GT(taken, 0);
        sent += taken > 0 ? static_cast<size_t>(taken) : 0;
    }
    for (unsigned i = 0; i < 500 && stack.at(number).sent.size() < all.size(); i++)
        turn(1);
    stack.on_wait = nullptr;
    EXPECT_EQ(stack.at(number).sent, all);
}

TEST_P(WholeExchange, ReceivesManyRingfulsInOrderAndThenTheEnd)
{
    int number = 0;
    const int handle = connected(&number);
    const std::string all = pattern(20000);
    for (size_t at = 0; at < all.size(); at += 700)
        stack.arrives(number, all.substr(at, 700));
    stack.ends(number);
    std::string got;
    char bytes[333];
    int result = 1;
    for (unsigned i = 0; i < 5000 && result != 0; i++) {
        result = k230_sock_recv(client.get(), handle, bytes, sizeof bytes, 0, nullptr);
        if (result == -K230_EAGAIN)
            k230_sock_wait(client.get(), handle, K230_WAIT_IN, 0, machine.now + 1000);
        else if (result > 0)
            got.append(bytes, static_cast<size_t>(result));
        else
            ASSERT_EQ(result, 0);
    }
    EXPECT_EQ(got, all);
    EXPECT_EQ(k230_sock_close(client.get(), handle, false), 0);
    turn();
}

TEST_P(WholeExchange, ReadsLinesAcrossTheEndOfTheRing)
{
    int number = 0;
    const int handle = connected(&number);
    for (unsigned i = 0; i < 200; i++) {
        const std::string line = pattern(1 + i * 7 % 90) + "\n";
        stack.arrives(number, line);
        turn(2);
        char bytes[128];
        uint32_t seen = 0;
        ASSERT_EQ(k230_sock_readline(client.get(), handle, bytes, sizeof bytes, false, &seen),
                  static_cast<int>(line.size()));
        ASSERT_EQ(std::string(bytes, line.size()), line);
    }
}

TEST_P(WholeExchange, ExchangesDatagrams)
{
    const int handle = open(K230_SOCK_DGRAM);
    const int number = stack.newest_number();
    const k230_addr to = fake_addr(3, 53);
    for (unsigned i = 0; i < 60; i++) {
        const std::string data = pattern(i * 37 % 600);
        EXPECT_EQ(finish(handle,
                         [&](uint32_t *call) {
                             return k230_sock_sendto(client.get(), handle, data.data(),
                                                     static_cast<uint32_t>(data.size()), &to, call);
                         }),
                  static_cast<int>(data.size()));
        turn(2);
        ASSERT_EQ(stack.at(number).datagrams.size(), i + 1);
        EXPECT_EQ(stack.at(number).datagrams.back().bytes, data);
        EXPECT_TRUE(stack.at(number).datagrams.back().addr == to);
        stack.arrives_from(number, data, fake_addr(i, 99));
        turn(2);
        char bytes[600];
        k230_addr from = {};
        ASSERT_EQ(k230_sock_recv(client.get(), handle, bytes, sizeof bytes, 0, &from), static_cast<int>(data.size()));
        EXPECT_EQ(std::string(bytes, data.size()), data);
        EXPECT_TRUE(from == fake_addr(i, 99));
    }
}

TEST_P(WholeExchange, AcceptsBindsAsksAndSetsOptions)
{
    const int listener = open(K230_SOCK_STREAM);
    const int number = stack.newest_number();
    const k230_addr local = fake_addr(0, 8080);
    EXPECT_EQ(finish(listener, [&](uint32_t *call) { return k230_sock_bind(client.get(), listener, &local, call); }),
              0);
    EXPECT_EQ(finish(listener, [&](uint32_t *call) { return k230_sock_listen(client.get(), listener, 4, call); }), 0);
    const int32_t one = 1;
    EXPECT_EQ(finish(listener,
                     [&](uint32_t *call) {
                         return k230_sock_setopt(client.get(), listener, K230_SOL_SOCKET, K230_SO_REUSEADDR, &one,
                                                 sizeof one, call);
                     }),
              0);
    k230_addr told = {};
    EXPECT_EQ(finish(listener, [&](uint32_t *call) { return k230_sock_local(client.get(), listener, &told, call); }),
              0);
    EXPECT_TRUE(told == local);
    for (unsigned round = 0; round < 20; round++) { /* slots and pairs go round */
        const int connection = stack.incoming(number);
        EXPECT_EQ(k230_sock_wait(client.get(), listener, K230_WAIT_IN, 0, machine.now + 1000), 0);
        k230_addr peer = {};
        const int handle = finish(
            listener, [&](uint32_t *call) { return k230_sock_accept(client.get(), listener, false, &peer, call); });
        ASSERT_GE(handle, 0) << k230_error_name(handle);
        EXPECT_TRUE(peer == stack.at(connection).peer);
        stack.arrives(connection, "ping");
        EXPECT_EQ(k230_sock_wait(client.get(), handle, K230_WAIT_IN, 0, machine.now + 1000), 0);
        char bytes[8];
        EXPECT_EQ(k230_sock_recv(client.get(), handle, bytes, sizeof bytes, 0, nullptr), 4);
        EXPECT_EQ(k230_sock_send(client.get(), handle, "pong", 4, 1), 4);
        EXPECT_EQ(k230_sock_close(client.get(), handle, false), 0);
        turn();
        EXPECT_EQ(stack.at(connection).sent, "pong");
        EXPECT_FALSE(stack.at(connection).open);
        EXPECT_FALSE(stack.at(connection).aborted);
    }
}

TEST_P(WholeExchange, ResolvesNamesInPieces)
{
    const int token = k230_resolve_begin(client.get(), "example.org", "http", 0, 0, 0, K230_AI_CANONNAME);
    ASSERT_GT(token, 0);
    turn();
    stack.answer(0, 25, "www.example.org");
    EXPECT_EQ(k230_resolve_wait(client.get(), token, machine.now + 1000), 0);
    k230_addr addrs[32];
    char canon[K230_HOST_MAX + 1];
    ASSERT_EQ(k230_resolve_end(client.get(), token, addrs, 32, canon), 25);
    EXPECT_TRUE(addrs[24] == fake_addr(25, 1024));
    EXPECT_STREQ(canon, "www.example.org");
}

TEST_P(WholeExchange, SurvivesARestartOfEitherCore)
{
    int number = 0;
    const int first = connected(&number);
    EXPECT_EQ(k230_sock_send(client.get(), first, "first", 5, 1), 5);
    turn();
    k230_agent_stop(agent.get());
    EXPECT_TRUE(k230_agent_start(agent.get(), &machine.small().hal, &stack, &LIMITS));
    EXPECT_EQ(k230_sock_wait(client.get(), first, K230_WAIT_IN, 0, machine.now + 5000), 0);
    EXPECT_EQ(k230_sock_send(client.get(), first, "x", 1, 1), -K230_ECONNRESET);
    const int second = connected(&number);
    EXPECT_EQ(k230_sock_send(client.get(), second, "second", 6, 1), 6);
    turn();
    EXPECT_EQ(stack.at(number).sent, "second");
    k230_client_init(client.get(), &machine.big().hal); /* the big core restarts without a word */
    const int third = connected(&number);
    EXPECT_EQ(k230_sock_send(client.get(), third, "third", 5, 1), 5);
    turn();
    EXPECT_EQ(stack.at(number).sent, "third");
}
