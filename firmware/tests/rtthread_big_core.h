/* The big core of a test of the agent on RT-Thread: a client that asks again and again, and msh's command.
 *
 * Contexts: the test's thread. */
#ifndef K230_RTTHREAD_BIG_CORE_H
#define K230_RTTHREAD_BIG_CORE_H

#include "k230_agent_rtthread.h"
#include "k230_op.h"
#include "stack_under_test.h"

#include <memory>

extern "C" int k230_agent_rtthread_command(int argc, char **argv);

inline int Command(const char *what)
{
    std::string name = "k230_agent", argument = what;
    char *argv[] = {&name[0], &argument[0], nullptr};
    return k230_agent_rtthread_command(*what ? 2 : 1, argv);
}

class BigCore
{
  public:
    void start(k230_hal *hal)
    {
        client_ = std::make_unique<k230_client>();
        memset(static_cast<void *>(client()), 0, sizeof *client());
        k230_client_init(client(), hal);
    }
    void stop() { k230_client_stop(client()); }
    k230_client *client() { return client_.get(); }

    /* Asks again until it is answered. */
    template <typename Call> int Ask(Call call)
    {
        int status = call();
        for (const int64_t end = NowMs() + PATIENCE_MS; NowMs() < end; status = call()) {
            if (status != -K230_PENDING && status != -K230_EAGAIN && status != -K230_EINPROGRESS)
                break;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return status;
    }
    int Open()
    {
        const int handle = k230_sock_open(client(), K230_AF_INET, K230_SOCK_STREAM, 0);
        if (handle < 0)
            return handle;
        const int status = Ask([&] { return k230_sock_opened(client(), handle); });
        return status < 0 ? status : handle;
    }
    int Connected(const Fd &listener)
    {
        const int handle = Open();
        if (handle < 0)
            return handle;
        const k230_addr addr = Address("127.0.0.1", KernelPort(listener));
        uint32_t call = 0;
        int status = k230_sock_connect(client(), handle, &addr, &call);
        if (status == -K230_EINPROGRESS)
            status = Ask([&] { return k230_sock_connected(client(), handle); });
        return status < 0 ? status : handle;
    }
    void Echo()
    {
        const Fd listener = KernelListener("127.0.0.1");
        const int handle = Connected(listener);
        ASSERT_GE(handle, 0) << k230_error_name(handle);
        Fd peer = KernelAccept(listener);
        KernelSend(peer, "hello");
        char bytes[16] = "";
        EXPECT_EQ(5, Ask([&] { return k230_sock_recv(client(), handle, bytes, sizeof bytes, 0, nullptr); }));
        EXPECT_STREQ("hello", bytes);
        EXPECT_EQ(0, Command("stat"));
        EXPECT_EQ(0, k230_sock_close(client(), handle, false));
        EXPECT_EQ("", KernelRecv(peer));
    }

  private:
    std::unique_ptr<k230_client> client_;
};

#endif
