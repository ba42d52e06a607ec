/* The K230's hal on a model of its mailbox: its own promises first, then the real client and the real agent over it,
 * one core a thread, with the kernel's sockets as peers. */
#include "mailbox_board.h"

namespace
{

using std::chrono::milliseconds;

class HalK230 : public ::testing::Test
{
  protected:
    HalK230() : memory(static_cast<uint8_t *>(aligned_alloc(4096, 4096))) {}
    ~HalK230() override { free(memory); }
    void TearDown() override
    {
        for (const std::string &violation : model.violations)
            ADD_FAILURE() << violation;
    }

    MailboxModel model;
    uint8_t *memory;
    ModelCore big{model, K230_CORE_BIG, memory, 4096};
    ModelCore small{model, K230_CORE_SMALL, memory, 4096};
};

TEST_F(HalK230, RefusesARegionOrALineThatCannotBe)
{
    EXPECT_TRUE(big.init());
    big.board.region = static_cast<uint8_t *>(big.board.region) + 4;
    EXPECT_FALSE(big.init()) << "not on a line's boundary";
    big.board.region = memory;
    big.board.length = 0;
    EXPECT_FALSE(big.init());
    big.board.length = 4096;
    big.board.line = 16;
    EXPECT_FALSE(big.init());
    big.board.line = 0;
    big.board.clean = [](void *, const void *, size_t) {};
    EXPECT_FALSE(big.init()) << "a cached region needs both ways";
}

TEST_F(HalK230, AttachGivesTheRegionAndTakesInterrupts)
{
    EXPECT_EQ(big.hal()->region, nullptr);
    ASSERT_EQ(big.ops().attach(big.hal()), 0);
    EXPECT_EQ(big.hal()->region, memory);
    EXPECT_EQ(big.hal()->length, 4096u);
    small.ops().notify(small.hal(), K230_ALL_HINTS);
    EXPECT_TRUE(model.asserted(K230_MAILBOX_DEVICE, K230_CORE_BIG));
    big.ops().detach(big.hal());
    EXPECT_EQ(big.hal()->region, nullptr);
    EXPECT_FALSE(model.asserted(K230_MAILBOX_DEVICE, K230_CORE_BIG)) << "nobody is there to acknowledge it";
    EXPECT_TRUE(big.ops().other_alive(big.hal()));
}

TEST_F(HalK230, AttachRaisesTheDoorbellOnceItsLineIsEnabled)
{
    const uint32_t before = big.ops().doorbell(big.hal());
    std::vector<uint32_t> doorbells;
    model.before_store = [&](const MailboxModel::Store &) { doorbells.push_back(big.ops().doorbell(big.hal())); };
    ASSERT_EQ(big.ops().attach(big.hal()), 0);
    model.before_store = nullptr;
    EXPECT_EQ(doorbells, std::vector<uint32_t>{before})
        << "who looked before the line was on would miss what comes then";
    EXPECT_NE(big.ops().doorbell(big.hal()), before) << "what came before is looked for";
}

TEST_F(HalK230, AnUncachedRegionHasNoCacheHooks)
{
    EXPECT_EQ(big.ops().clean, nullptr);
    EXPECT_EQ(big.ops().invalidate, nullptr);
}

TEST_F(HalK230, ACachedRegionUsesTheBoardsHooks)
{
    static const void *cleaned, *invalidated;
    big.board.clean = [](void *, const void *start, size_t) { cleaned = start; };
    big.board.invalidate = [](void *, const void *start, size_t) { invalidated = start; };
    ASSERT_TRUE(big.init());
    big.ops().clean(big.hal(), memory + 64, 4);
    big.ops().invalidate(big.hal(), memory + 128, 4);
    EXPECT_EQ(cleaned, memory + 64);
    EXPECT_EQ(invalidated, memory + 128);
}

TEST_F(HalK230, ARingChangesTheDoorbellAndASpuriousInterruptDoesNot)
{
    big.ops().attach(big.hal());
    const uint32_t before = big.ops().doorbell(big.hal());
    k230_hal_k230_interrupt(&big.k230);
    EXPECT_EQ(big.ops().doorbell(big.hal()), before);
    small.ops().notify(small.hal(), 1);
    k230_hal_k230_interrupt(&big.k230);
    EXPECT_NE(big.ops().doorbell(big.hal()), before);
}

TEST_F(HalK230, AWaitEndsWithARing)
{
    big.ops().attach(big.hal());
    big.interrupts(true);
    const uint32_t seen = big.ops().doorbell(big.hal());
    const uint64_t start = NowMs();
    auto ringer = std::async(std::launch::async, [&] {
        std::this_thread::sleep_for(milliseconds(20));
        small.ops().notify(small.hal(), K230_ALL_HINTS);
    });
    big.ops().wait(big.hal(), seen, K230_ALL_HINTS, PATIENCE_MS);
    EXPECT_LT(NowMs() - start, static_cast<uint64_t>(PROMPT_MS));
    EXPECT_NE(big.ops().doorbell(big.hal()), seen);
}

TEST_F(HalK230, AWaitDoesNotSleepPastARingThatCameBeforeIt)
{
    big.ops().attach(big.hal());
    const uint32_t seen = big.ops().doorbell(big.hal());
    small.ops().notify(small.hal(), K230_ALL_HINTS);
    k230_hal_k230_interrupt(&big.k230);
    big.ops().wait(big.hal(), seen, K230_ALL_HINTS, PATIENCE_MS);
    EXPECT_EQ(big.takes, 0u) << "it did not go to sleep at all";
}

TEST_F(HalK230, AWaitEndsByItselfAfterItsTime)
{
    big.ops().attach(big.hal());
    const uint64_t start = NowMs();
    big.ops().wait(big.hal(), big.ops().doorbell(big.hal()), K230_ALL_HINTS, 30);
    EXPECT_GE(NowMs() - start, 29u);
}

TEST_F(HalK230, APokeWakesThoseItConcerns)
{
    big.ops().attach(big.hal());
    const uint32_t seen = big.ops().doorbell(big.hal());
    auto sleeper = std::async(std::launch::async, [&] { big.ops().wait(big.hal(), seen, 4, PATIENCE_MS); });
    ASSERT_TRUE(Eventually([&] { return big.takes == 1; }));
    big.ops().wake(big.hal(), 2);
    EXPECT_EQ(big.gives, 0u) << "not concerned";
    EXPECT_EQ(sleeper.wait_for(milliseconds(20)), std::future_status::timeout);
    big.ops().wake(big.hal(), 6);
    EXPECT_EQ(sleeper.wait_for(milliseconds(PROMPT_MS)), std::future_status::ready);
    EXPECT_EQ(big.gives, 1u);
}

TEST_F(HalK230, ARingWakesEverySleeperAndFurtherOnesLookAgainSoon)
{
    big.ops().attach(big.hal());
    const uint32_t seen = big.ops().doorbell(big.hal());
    std::vector<std::future<void>> sleepers;
    for (unsigned i = 0; i < K230_SLEEPERS; i++)
        sleepers.push_back(
            std::async(std::launch::async, [&, i] { big.ops().wait(big.hal(), seen, 1u << i, PATIENCE_MS); }));
    ASSERT_TRUE(Eventually([&] { return big.takes == K230_SLEEPERS; }));
    const uint64_t start = NowMs();
    big.ops().wait(big.hal(), seen, 1, PATIENCE_MS);
    EXPECT_LT(NowMs() - start, static_cast<uint64_t>(PROMPT_MS)) << "no semaphore is left for it: an early return";
    small.ops().notify(small.hal(), K230_ALL_HINTS);
    k230_hal_k230_interrupt(&big.k230);
    for (std::future<void> &sleeper : sleepers)
        EXPECT_EQ(sleeper.wait_for(milliseconds(PROMPT_MS)), std::future_status::ready);
}

TEST_F(HalK230, NoRingIsLostBetweenLookAndSleep)
{
    big.ops().attach(big.hal());
    big.interrupts(true);
    std::atomic<bool> over{false};
    std::atomic<uint32_t> heard{0};
    std::vector<std::thread> sleepers;
    for (unsigned i = 0; i < 3; i++)
        sleepers.emplace_back([&] {
            while (!over) {
                const uint32_t seen = big.ops().doorbell(big.hal());
                const uint64_t start = NowMs();
                big.ops().wait(big.hal(), seen, K230_ALL_HINTS, PATIENCE_MS);
                if (NowMs() - start >= PATIENCE_MS)
                    ADD_FAILURE() << "a sleeper was left behind";
                heard++;
            }
        });
    for (unsigned i = 0; i < 3000; i++) {
        const uint32_t before = big.ops().doorbell(big.hal());
        small.ops().notify(small.hal(), K230_ALL_HINTS);
        ASSERT_TRUE(Eventually([&] { return big.ops().doorbell(big.hal()) != before; }));
    }
    over = true;
    big.ops().wake(big.hal(), K230_ALL_HINTS);
    for (std::thread &sleeper : sleepers)
        sleeper.join();
    EXPECT_GT(heard, 0u);
}

TEST_F(HalK230, AnOverRunIsLoggedOnceByTheNextWait)
{
    big.ops().attach(big.hal());
    for (unsigned i = 0; i < 5; i++)
        model.poke(K230_MAILBOX_DEVICE, K230_CORE_BIG, MailboxModel::SET, K230_MAILBOX_LINE);
    const uint32_t seen = big.ops().doorbell(big.hal());
    k230_hal_k230_interrupt(&big.k230);
    EXPECT_NE(big.ops().doorbell(big.hal()), seen);
    EXPECT_TRUE(big.lines().empty()) << "the interrupt does not log";
    for (unsigned i = 0; i < 2; i++)
        big.ops().wait(big.hal(), seen, K230_ALL_HINTS, 1);
    EXPECT_EQ(big.lines().size(), 1u);
}

/* ---- client and agent -------------------------------------------------------------------------------------------- */

class OverTheMailbox : public MailboxBoard
{
  protected:
    OverTheMailbox() : big(new ModelCore(model, K230_CORE_BIG, memory, length)) { start_client(big->hal()); }
    ~OverTheMailbox() override
    {
        k230_client_stop(client());
        big->interrupts(false);
    }
    void TearDown() override
    {
        EXPECT_EQ(__atomic_load_n(&big->k230.mailbox.overruns, __ATOMIC_RELAXED), 0u);
        MailboxBoard::TearDown();
    }

    std::unique_ptr<ModelCore> big;
};

} // namespace

INSTANTIATE_TEST_SUITE_P(Counter, OverTheMailbox, ::testing::Values(Overrun::Saturates, Overrun::Wraps),
                         [](const auto &given) { return given.param == Overrun::Wraps ? "Wraps" : "Saturates"; });

TEST_P(OverTheMailbox, BytesGoBothWays)
{
    start_agent();
    big->interrupts(true);
    const Fd listener = KernelListener();
    const int handle = connected(PortOf(listener.get()));
    const Fd peer = KernelAccept(listener);
    const std::string there = Pattern(300000, 1), back = Pattern(300000, 2);
    auto echo = std::async(std::launch::async, [&] {
        const std::string got = KernelRecv(peer, there.size());
        KernelSend(peer, back);
        return got;
    });
    send(handle, there);
    EXPECT_EQ(receive(handle, back.size()), back);
    EXPECT_EQ(echo.get(), there);
    EXPECT_EQ(k230_sock_close(client(), handle, false), 0);
    EXPECT_EQ(KernelRecvAll(peer), "");
    EXPECT_GT(__atomic_load_n(&big->k230.mailbox.received, __ATOMIC_RELAXED), 0u);
    EXPECT_GT(__atomic_load_n(&small->k230.mailbox.received, __ATOMIC_RELAXED), 0u);
}

TEST_P(OverTheMailbox, SmallExchangesAreWokenByTheDoorbellAndNotByTheWatchdog)
{
    start_agent();
    big->interrupts(true);
    const Fd listener = KernelListener();
    const int handle = connected(PortOf(listener.get()));
    const Fd peer = KernelAccept(listener);
    const uint64_t start = NowMs();
    for (unsigned i = 0; i < 200; i++) {
        const std::string text = Pattern(1 + i, i);
        send(handle, text);
        ASSERT_EQ(KernelRecv(peer, text.size()), text);
        KernelSend(peer, text);
        ASSERT_EQ(receive(handle, text.size()), text);
    }
    EXPECT_LT(NowMs() - start, 200u * K230_WATCHDOG_MS / 4) << "doorbells were lost";
}

TEST_P(OverTheMailbox, LostRingsCostAPauseAndNothingElse)
{
    start_agent();
    big->interrupts(true);
    const Fd listener = KernelListener();
    const int handle = connected(PortOf(listener.get()));
    const Fd peer = KernelAccept(listener);
    big->deaf = true;
    small->deaf = true;
    for (unsigned i = 0; i < 3; i++) {
        const std::string text = Pattern(1000, i);
        send(handle, text);
        ASSERT_EQ(KernelRecv(peer, text.size()), text);
        KernelSend(peer, text);
        ASSERT_EQ(receive(handle, text.size()), text);
    }
    big->deaf = false;
    small->deaf = false;
}

TEST_P(OverTheMailbox, AnAgentThatStartsLaterIsFound)
{
    big->interrupts(true);
    const Fd listener = KernelListener();
    auto late = std::async(std::launch::async, [&] {
        std::this_thread::sleep_for(milliseconds(300));
        start_agent();
    });
    const int handle = connected(PortOf(listener.get()));
    late.get();
    const Fd peer = KernelAccept(listener);
    send(handle, "late");
    EXPECT_EQ(KernelRecv(peer, 4), "late");
}

TEST_P(OverTheMailbox, ACoreThatRestartsAloneIsFoundAgain)
{
    start_agent();
    big->interrupts(true);
    const Fd listener = KernelListener();
    const int first = connected(PortOf(listener.get()));
    const Fd peer = KernelAccept(listener);
    stop_agent();
    EXPECT_EQ(k230_sock_wait(client(), first, K230_WAIT_IN, 0, k230_deadline(client(), PATIENCE_MS)), 0);
    EXPECT_EQ(k230_sock_send(client(), first, "x", 1, 1), -K230_ECONNRESET);
    start_agent();
    const int second = connected(PortOf(listener.get()));
    const Fd again = KernelAccept(listener);
    send(second, "again");
    EXPECT_EQ(KernelRecv(again, 5), "again");
    k230_sock_close(client(), first, true);
}

TEST_P(OverTheMailbox, ACoreThatStopsWithoutAWordIsNoticedByItsHeartbeat)
{
    start_agent();
    big->interrupts(true);
    const Fd listener = KernelListener();
    const int handle = connected(PortOf(listener.get()));
    const Fd peer = KernelAccept(listener);
    const uint64_t start = NowMs();
    halt_agent();
    EXPECT_EQ(k230_sock_wait(client(), handle, K230_WAIT_IN, 0, k230_deadline(client(), PATIENCE_MS)), 0);
    EXPECT_EQ(k230_sock_send(client(), handle, "x", 1, 1), -K230_ECONNRESET);
    EXPECT_GE(NowMs() - start + K230_WATCHDOG_MS, K230_SILENCE_MS);
    EXPECT_EQ(k230_client_fault(client()), static_cast<uint32_t>(K230_FAULT_SILENT));
    k230_sock_close(client(), handle, true);
}

TEST_P(OverTheMailbox, DatagramsAndListenersWorkAsWell)
{
    start_agent();
    big->interrupts(true);
    const uint64_t deadline = k230_deadline(client(), PATIENCE_MS);
    const auto ask = [&](int handle, auto call_it) {
        uint32_t call = 0;
        for (;;) {
            const int result = call_it(&call);
            if (result != -K230_PENDING)
                return result;
            EXPECT_EQ(k230_sock_wait(client(), handle, K230_WAIT_CALL, call, deadline), 0);
        }
    };
    const int datagrams = k230_sock_open(client(), K230_AF_INET, K230_SOCK_DGRAM, 0);
    ASSERT_GE(datagrams, 0);
    const Fd peer = KernelBound(SOCK_DGRAM);
    const k230_addr to = Loopback(PortOf(peer.get()));
    while (k230_sock_opened(client(), datagrams) == -K230_PENDING)
        ASSERT_EQ(k230_sock_wait(client(), datagrams, K230_WAIT_OPENED, 0, deadline), 0);
    for (unsigned i = 0; i < 20; i++) {
        ASSERT_EQ(ask(datagrams,
                      [&](uint32_t *call) { return k230_sock_sendto(client(), datagrams, "datagram", 8, &to, call); }),
                  8);
        char bytes[16];
        ASSERT_TRUE(KernelReady(peer.get(), POLLIN));
        ASSERT_EQ(recv(peer.get(), bytes, sizeof bytes, 0), 8);
    }
    const int listener = k230_sock_open(client(), K230_AF_INET, K230_SOCK_STREAM, 0);
    ASSERT_GE(listener, 0);
    while (k230_sock_opened(client(), listener) == -K230_PENDING)
        ASSERT_EQ(k230_sock_wait(client(), listener, K230_WAIT_OPENED, 0, deadline), 0);
    k230_addr local = Loopback(0);
    ASSERT_EQ(ask(listener, [&](uint32_t *call) { return k230_sock_bind(client(), listener, &local, call); }), 0);
    ASSERT_EQ(ask(listener, [&](uint32_t *call) { return k230_sock_listen(client(), listener, 4, call); }), 0);
    ASSERT_EQ(ask(listener, [&](uint32_t *call) { return k230_sock_local(client(), listener, &local, call); }), 0);
    const Fd caller = KernelConnect(local.port);
    ASSERT_EQ(k230_sock_wait(client(), listener, K230_WAIT_IN, 0, deadline), 0);
    k230_addr from = {};
    const int accepted =
        ask(listener, [&](uint32_t *call) { return k230_sock_accept(client(), listener, false, &from, call); });
    ASSERT_GE(accepted, 0) << k230_error_name(accepted);
    KernelSend(caller, "hello");
    EXPECT_EQ(receive(accepted, 5), "hello");
}
