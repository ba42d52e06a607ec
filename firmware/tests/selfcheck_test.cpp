/* The program that a new board runs first, with both cores as threads and the network within the agent. */
#include "k230_agent.h"
#include "k230_hal_posix.h"
#include "k230_selfcheck.h"
#include "k230_stack_loopback.h"

#include <atomic>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <sys/mman.h>
#include <thread>

namespace
{

constexpr size_t LENGTH = K230_HAL_POSIX_MAILBOX + (1u << 20);

int nothing_to_attach(k230_hal_posix *) { return 0; }
void nothing_to_detach(k230_hal_posix *) {}

/* As board/virt-riscv64 has it: short rings, and as many sockets as a device's default. */
constexpr k230_limits LIMITS = {32, 64, 64, 40, 4096, 8192, 1472};

} // namespace

TEST(Selfcheck, PassesOverANetworkWithinTheAgent)
{
    void *memory = mmap(nullptr, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(MAP_FAILED, memory);
    k230_hal_posix big;
    k230_hal_posix small;
    k230_hal_posix_init(&big, K230_HAL_BIG, "big core", nothing_to_attach, nothing_to_detach);
    k230_hal_posix_init(&small, K230_HAL_SMALL, "small core", nothing_to_attach, nothing_to_detach);
    k230_hal_posix_use(&big, memory, LENGTH);
    k230_hal_posix_use(&small, memory, LENGTH);
    const auto stack = std::make_unique<k230_stack>();
    const auto agent = std::make_unique<k230_agent>();
    k230_stack_loopback_init(stack.get(), &small.hal);
    ASSERT_TRUE(k230_agent_start(agent.get(), &small.hal, stack.get(), &LIMITS));
    std::atomic<bool> over{false};
    std::thread core([&] {
        while (!over)
            k230_agent_step(agent.get(), K230_WATCHDOG_MS);
    });

    const auto client = std::make_unique<k230_client>();
    k230_client_init(client.get(), &big.hal);
    std::string said;
    k230_selfcheck check = {};
    check.client = client.get();
    check.arg = &said;
    check.say = [](void *arg, const char *line) { *static_cast<std::string *>(arg) += std::string(line) + "\n"; };
    EXPECT_TRUE(k230_selfcheck_run(&check)) << said;
    EXPECT_GE(check.passed, 9u) << said;
    EXPECT_EQ(0u, check.failed);
    k230_client_stop(client.get());

    over = true;
    k230_stack_wake(stack.get());
    core.join();
    k230_agent_step(agent.get(), 0); /* in case it had not yet seen the end of the session */
    for (const k230_loopback_sock &sock : stack->socks)
        EXPECT_EQ(0, sock.state) << "a socket of the stack was left open";
    munmap(memory, LENGTH);
}

TEST(Selfcheck, SaysWhatFailedAndGoesOn)
{
    k230_hal_posix big;
    k230_hal_posix_init(
        &big, K230_HAL_BIG, "big core", [](k230_hal_posix *) { return -K230_ENODEV; }, nothing_to_detach);
    const auto client = std::make_unique<k230_client>();
    k230_client_init(client.get(), &big.hal);
    std::string said;
    k230_selfcheck check = {};
    check.client = client.get();
    check.arg = &said;
    check.say = [](void *arg, const char *line) { *static_cast<std::string *>(arg) += std::string(line) + "\n"; };
    EXPECT_FALSE(k230_selfcheck_run(&check));
    EXPECT_EQ(0u, check.passed);
    EXPECT_GE(check.failed, 9u);
    EXPECT_NE(std::string::npos, said.find("FAILED a_stream_carries_100_kB_there_and_back: no socket: -19 ENODEV\n"))
        << said;
}
