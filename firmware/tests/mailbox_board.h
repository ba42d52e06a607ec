/* Two cores joined by the model of the mailbox: the real agent on the small one, in a thread of its own, over the
 * K230's hal and the kernel's sockets; and a client on the big one, over whatever hal the test has for it.
 *
 * A fixture's end checks that no driver touched what is not its own: another device or line, the counters, the block.
 */
#ifndef K230_MAILBOX_BOARD_H
#define K230_MAILBOX_BOARD_H

#include "board.h"
#include "model_core.h"

class MailboxBoard : public ::testing::TestWithParam<Overrun>
{
  protected:
    MailboxBoard() : model(GetParam()), client_memory(new k230_client), agent(new k230_agent), stack(new k230_stack)
    {
        k230_layout layout = {};
        EXPECT_TRUE(k230_layout_of(&limits, UINT32_MAX, &layout));
        length = (layout.end + 4095) / 4096 * 4096;
        memory = aligned_alloc(4096, length);
        memset(memory, 0, length);
        doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        EXPECT_EQ(0, k230_stack_posix_init(stack.get()));
        EXPECT_EQ(0, k230_stack_posix_doorbell(stack.get(), doorbell));
        small.reset(new ModelCore(model, K230_CORE_SMALL, memory, length));
        s_doorbell = doorbell;
        small->board.on_doorbell = [](void *) {
            const uint64_t one = 1;
            EXPECT_EQ(static_cast<ssize_t>(sizeof one), write(s_doorbell, &one, sizeof one));
        };
        EXPECT_TRUE(small->init());
    }
    ~MailboxBoard() override
    {
        stop_agent();
        k230_stack_posix_end(stack.get());
        close(doorbell);
        free(memory);
    }
    void TearDown() override
    {
        for (const MailboxModel::Store &store : model.stores()) {
            EXPECT_EQ(store.device, K230_MAILBOX_DEVICE);
            if (store.which != MailboxModel::EN) {
                EXPECT_EQ(store.value, K230_MAILBOX_LINE);
            }
        }
        for (const std::string &violation : model.violations)
            ADD_FAILURE() << violation;
        EXPECT_EQ(__atomic_load_n(&small->k230.mailbox.overruns, __ATOMIC_RELAXED), 0u);
    }

    k230_client *client() { return client_memory.get(); }
    void start_client(k230_hal *hal)
    {
        memset(static_cast<void *>(client()), 0, sizeof *client());
        k230_client_init(client(), hal);
    }

    void start_agent()
    {
        ASSERT_EQ(small->ops().attach(small->hal()), 0);
        small->interrupts(true);
        ASSERT_TRUE(k230_agent_start(agent.get(), small->hal(), stack.get(), &limits));
        running = true;
        thread = std::thread([this] {
            while (running)
                k230_agent_step(agent.get(), K230_WATCHDOG_MS);
        });
    }
    void stop_agent()
    {
        if (thread.joinable()) {
            halt_agent();
            k230_agent_stop(agent.get());
        }
        small->interrupts(false);
        if (small->hal()->region)
            small->ops().detach(small->hal());
    }
    /* As a core that hangs: no word is written, nothing is taken back. */
    void halt_agent()
    {
        running = false;
        small->ops().wake(small->hal(), K230_ALL_HINTS);
        thread.join();
    }

    /* Opens a socket and connects it. */
    int connected(int port)
    {
        const uint64_t deadline = k230_deadline(client(), PATIENCE_MS);
        const int handle = k230_sock_open(client(), K230_AF_INET, K230_SOCK_STREAM, 0);
        EXPECT_GE(handle, 0) << k230_error_name(handle);
        while (k230_sock_opened(client(), handle) == -K230_PENDING)
            EXPECT_EQ(k230_sock_wait(client(), handle, K230_WAIT_OPENED, 0, deadline), 0);
        const k230_addr addr = Loopback(port);
        uint32_t call = 0;
        EXPECT_EQ(k230_sock_connect(client(), handle, &addr, &call), -K230_EINPROGRESS);
        EXPECT_EQ(k230_sock_wait(client(), handle, K230_WAIT_CONNECT, 0, deadline), 0);
        EXPECT_EQ(k230_sock_connected(client(), handle), 0);
        return handle;
    }
    void send(int handle, const std::string &data)
    {
        size_t done = 0;
        while (done < data.size()) {
            const int taken =
                k230_sock_send(client(), handle, data.data() + done, static_cast<uint32_t>(data.size() - done), 1);
            if (taken == -K230_EAGAIN)
                ASSERT_EQ(k230_sock_wait(client(), handle, K230_WAIT_OUT, 0, k230_deadline(client(), PATIENCE_MS)), 0);
            else
                ASSERT_GT(taken, 0) << k230_error_name(taken);
            done += taken > 0 ? static_cast<size_t>(taken) : 0;
        }
    }
    std::string receive(int handle, size_t length_wanted)
    {
        std::string data;
        std::vector<char> piece(4096);
        while (data.size() < length_wanted) {
            const int got =
                k230_sock_recv(client(), handle, piece.data(), static_cast<uint32_t>(piece.size()), 0, nullptr);
            if (got == -K230_EAGAIN) {
                EXPECT_EQ(k230_sock_wait(client(), handle, K230_WAIT_IN, 0, k230_deadline(client(), PATIENCE_MS)), 0);
            } else if (got <= 0) {
                ADD_FAILURE() << "after " << data.size() << " bytes: " << got;
                return data;
            } else {
                data.append(piece.data(), static_cast<size_t>(got));
            }
        }
        return data;
    }

    inline static int s_doorbell = -1;
    const k230_limits limits = Limits(16, 18, 16u * 1024u, 2048u, 32);
    MailboxModel model;
    uint64_t length = 0;
    void *memory = nullptr;
    int doorbell = -1;
    std::unique_ptr<k230_client> client_memory;
    std::unique_ptr<k230_agent> agent;
    std::unique_ptr<k230_stack> stack;
    std::unique_ptr<ModelCore> small;
    std::thread thread;
    std::atomic<bool> running{false};
};

#endif
