/* The K230's hal with a region that both cores map cached: the model of the mailbox for the doorbell, and memory in
 * which only clean and invalidate move a line. One thread; a wait of the client's is when the agent takes its turns. */
#include "fake_hal.h"
#include "fake_stack.h"
#include "k230_agent.h"
#include "k230_hal_k230.h"
#include "k230_op.h"
#include "mailbox_model.h"

namespace
{

constexpr k230_limits LIMITS = {8, 8, 8, 6, 1024, 2048, 600};

class CachedRegion : public ::testing::Test
{
  protected:
    struct Core {
        CachedRegion *test;
        FakeCore *fake; /* its view of the memory, and what its cache does */
        k230_os os;
        k230_hal_k230 k230;
    };

    CachedRegion() : machine(Memory::Cached, 64 * 1024), client(new k230_client), agent(new k230_agent)
    {
        set_up(big, machine.big(), K230_CORE_BIG);
        set_up(small, machine.small(), K230_CORE_SMALL);
        /* A ring may come only when the other core could see what it is about. */
        model.before_store = [this](const MailboxModel::Store &store) {
            if (store.which == MailboxModel::SET)
                machine.check_all_clean();
        };
        k230_client_init(client.get(), &big.k230.hal);
        EXPECT_EQ(small.k230.table.attach(&small.k230.hal), 0);
        EXPECT_TRUE(k230_agent_start(agent.get(), &small.k230.hal, &stack, &LIMITS));
    }
    void TearDown() override
    {
        k230_client_stop(client.get());
        turn(3);
        machine.check_all_clean();
        for (const std::string &violation : machine.violations)
            ADD_FAILURE() << violation;
        for (const std::string &violation : model.violations)
            ADD_FAILURE() << violation;
        EXPECT_EQ(stack.open_count(), 0u);
    }

    void set_up(Core &core, FakeCore &fake, k230_core which)
    {
        core.test = this;
        core.fake = &fake;
        core.os = {};
        core.os.context = &core;
        core.os.take = [](void *context, unsigned, uint32_t timeout_ms) {
            Core &self = *static_cast<Core *>(context);
            const uint32_t before = k230_doorbell_count(&self.k230.doorbell);
            self.test->turn(1);
            if (k230_doorbell_count(&self.k230.doorbell) == before)
                self.test->machine.now += timeout_ms;
        };
        core.os.give = [](void *, unsigned) {};
        core.os.sleep = [](void *context, uint32_t ms) { static_cast<Core *>(context)->test->machine.now += ms; };
        core.os.now_ms = [](void *context) { return static_cast<Core *>(context)->test->machine.now; };
        core.os.fresh_id = [](void *context) { return static_cast<Core *>(context)->test->machine.next_id++; };
        core.os.log = [](void *, const char *line) { ADD_FAILURE() << line; };
        k230_board board = {};
        board.os = &core.os;
        board.core = which;
        board.block = model.block();
        board.device = K230_MAILBOX_DEVICE;
        board.line = K230_MAILBOX_LINE;
        board.region = fake.view;
        board.length = 64 * 1024;
        board.clean = [](void *context, const void *start, size_t length) {
            k230_hal &hal = static_cast<Core *>(context)->fake->hal;
            hal.ops->clean(&hal, start, length);
        };
        board.invalidate = [](void *context, const void *start, size_t length) {
            k230_hal &hal = static_cast<Core *>(context)->fake->hal;
            hal.ops->invalidate(&hal, start, length);
        };
        ASSERT_TRUE(k230_hal_k230_init(&core.k230, &board));
    }
    void deliver(Core &core, k230_core which)
    {
        if (model.asserted(K230_MAILBOX_DEVICE, which))
            k230_hal_k230_interrupt(&core.k230);
    }
    void turn(unsigned times)
    {
        for (unsigned i = 0; i < times; i++) {
            deliver(small, K230_CORE_SMALL);
            EXPECT_TRUE(k230_agent_step(agent.get(), 0));
            deliver(big, K230_CORE_BIG);
        }
    }

    MailboxModel model;
    FakeMachine machine;
    k230_stack stack;
    Core big, small;
    std::unique_ptr<k230_client> client;
    std::unique_ptr<k230_agent> agent;
};

} // namespace

TEST_F(CachedRegion, EveryRingComesAfterWhatItTells)
{
    const int handle = k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0);
    ASSERT_GE(handle, 0) << k230_error_name(handle);
    for (unsigned i = 0; i < 20 && k230_sock_opened(client.get(), handle) == -K230_PENDING; i++)
        k230_sock_wait(client.get(), handle, K230_WAIT_OPENED, 0, machine.now + 1000);
    const int number = stack.newest_number();
    const k230_addr addr = fake_addr(1, 80);
    uint32_t call = 0;
    EXPECT_EQ(k230_sock_connect(client.get(), handle, &addr, &call), -K230_EINPROGRESS);
    turn(3);
    stack.connect_completes(number, 0);
    EXPECT_EQ(k230_sock_wait(client.get(), handle, K230_WAIT_CONNECT, 0, machine.now + 1000), 0);
    EXPECT_EQ(k230_sock_connected(client.get(), handle), 0);
    std::string sent, arrived;
    for (unsigned i = 0; i < 300; i++) {
        const std::string text(1 + i * 13 % 200, static_cast<char>('a' + i % 26));
        EXPECT_EQ(k230_sock_send(client.get(), handle, text.data(), static_cast<uint32_t>(text.size()), 1),
                  static_cast<int>(text.size()));
        sent += text;
        stack.arrives(number, text);
        while (arrived.size() < sent.size()) {
            char bytes[64];
            const int got = k230_sock_recv(client.get(), handle, bytes, sizeof bytes, 0, nullptr);
            if (got == -K230_EAGAIN)
                ASSERT_EQ(k230_sock_wait(client.get(), handle, K230_WAIT_IN, 0, machine.now + 1000), 0);
            else
                ASSERT_GT(got, 0);
            arrived.append(bytes, got > 0 ? static_cast<size_t>(got) : 0);
        }
        turn(2);
    }
    EXPECT_EQ(arrived, sent);
    EXPECT_EQ(stack.at(number).sent, sent);
    EXPECT_GT(big.k230.mailbox.sent, 0u);
    EXPECT_GT(small.k230.mailbox.sent, 0u);
    EXPECT_EQ(k230_sock_close(client.get(), handle, false), 0);
    turn(3);
}
