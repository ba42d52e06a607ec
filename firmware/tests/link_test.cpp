/* One core's end of the link: what opening touches, who is notified, and that no wake-up is lost. */
#include "fake_hal.h"
#include "k230_hal_posix.h"
#include "k230_link.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace
{

constexpr k230_limits limits = {40, 8, 8, 3, 1024, 2048, 500};

uint64_t region_size()
{
    k230_layout layout = {};
    EXPECT_TRUE(k230_layout_of(&limits, UINT32_MAX, &layout));
    return layout.end;
}

class Link : public ::testing::TestWithParam<Memory>
{
  protected:
    Link() : machine(GetParam(), region_size())
    {
        EXPECT_TRUE(k230_link_open(&big, &machine.big().hal, K230_SIDE_BIG, &limits));
        EXPECT_TRUE(k230_link_open(&small, &machine.small().hal, K230_SIDE_SMALL, &limits));
    }

    void TearDown() override
    {
        machine.check_all_clean();
        for (const std::string &violation : machine.violations)
            ADD_FAILURE() << violation;
    }

    void agent_says_asleep(uint32_t value) { k230_shared_store(small.hal, &small.head->asleep.value, value); }
    void client_says_armed(uint32_t value) { k230_shared_store(big.hal, &big.head->armed.value, value); }

    FakeMachine machine;
    k230_link big = {};
    k230_link small = {};
};

} // namespace

INSTANTIATE_TEST_SUITE_P(Memory, Link, ::testing::Values(Memory::Shared, Memory::Cached),
                         [](const auto &given) { return given.param == Memory::Shared ? "Shared" : "Cached"; });

TEST_P(Link, RefusesLimitsThatDoNotFitItsRegion)
{
    k230_limits more = limits;
    more.pairs++;
    k230_link link = {};
    EXPECT_FALSE(k230_link_open(&link, &machine.big().hal, K230_SIDE_BIG, &more));
    EXPECT_EQ(link.hal, nullptr) << "left alone";
}

TEST_P(Link, ConnectsRequestsCompletionsAndBitmapsTheRightWayRound)
{
    k230_request request = {};
    request.id = 5;
    k230_queue_put(&big.requests, &request);
    k230_completion completion = {};
    completion.id = 6;
    k230_queue_put(&small.completions, &completion);
    k230_request got = {};
    ASSERT_EQ(k230_queue_take(&small.requests, &got), K230_TAKE_ONE);
    EXPECT_EQ(got.id, 5u);
    k230_completion answer = {};
    ASSERT_EQ(k230_queue_take(&big.completions, &answer), K230_TAKE_ONE);
    EXPECT_EQ(answer.id, 6u);

    k230_bits_put(&big.kick, 39);
    k230_bits_put(&small.news, 2);
    EXPECT_EQ(k230_bits_take(&small.kick, 1), 1u << 7);
    EXPECT_EQ(k230_bits_take(&big.news, 0), 1u << 2);
}

TEST_P(Link, GivesEachPairRingsOfItsOwn)
{
    k230_ring tx[3];
    k230_ring rx[3];
    for (uint32_t pair = 0; pair < limits.pairs; pair++) {
        k230_link_tx(&big, pair, &tx[pair]);
        k230_link_rx(&small, pair, &rx[pair]);
        const std::vector<uint8_t> fill(limits.rx_size, static_cast<uint8_t>(pair + 1));
        k230_ring_put(&tx[pair], fill.data(), limits.tx_size);
        k230_ring_publish(&tx[pair]);
        k230_ring_put(&rx[pair], fill.data(), limits.rx_size);
        k230_ring_publish(&rx[pair]);
    }
    for (uint32_t pair = 0; pair < limits.pairs; pair++) {
        k230_ring out;
        std::vector<uint8_t> bytes(limits.rx_size);
        k230_link_tx(&small, pair, &out);
        ASSERT_EQ(k230_ring_filled(&out), limits.tx_size);
        k230_ring_peek(&out, 0, bytes.data(), limits.tx_size);
        EXPECT_EQ(bytes, [&] {
            std::vector<uint8_t> want(limits.rx_size, 0);
            std::fill_n(want.begin(), limits.tx_size, static_cast<uint8_t>(pair + 1));
            return want;
        }());
        k230_link_rx(&big, pair, &out);
        ASSERT_EQ(k230_ring_filled(&out), limits.rx_size);
        k230_ring_peek(&out, 0, bytes.data(), limits.rx_size);
        EXPECT_EQ(bytes, std::vector<uint8_t>(limits.rx_size, static_cast<uint8_t>(pair + 1)));
    }
}

TEST_P(Link, OpeningZeroesOnlyTheIndicesOfItsOwnSide)
{
    k230_request request = {};
    request.id = 1;
    k230_queue_put(&big.requests, &request);
    k230_bits_put(&big.kick, 1);
    client_says_armed(5);
    k230_link again = {};
    ASSERT_TRUE(k230_link_open(&again, &machine.small().hal, K230_SIDE_SMALL, &limits));
    EXPECT_EQ(k230_shared_load(again.hal, &again.head->request_tail.value), 1u);
    EXPECT_EQ(k230_shared_load(again.hal, &again.head->armed.value), 5u);
    EXPECT_TRUE(k230_bits_any(&again.kick));
}

TEST_P(Link, DoesNotRingAnAgentThatIsAwake)
{
    k230_link_notify_small(&big);
    EXPECT_EQ(machine.big().notified, 0u);
    agent_says_asleep(K230_ASLEEP_SPACE);
    k230_link_notify_small(&big);
    EXPECT_EQ(machine.big().notified, 0u) << "room for completions is another matter";
    agent_says_asleep(K230_ASLEEP_DOORBELL);
    k230_link_notify_small(&big);
    EXPECT_EQ(machine.big().notified, 1u);
    agent_says_asleep(0);
    k230_link_notify_small(&big);
    EXPECT_EQ(machine.big().notified, 1u);
}

TEST_P(Link, RingsOnlySleepersThatAnnouncedThemselves)
{
    k230_link_notify_big(&small, K230_ALL_HINTS);
    EXPECT_EQ(machine.small().notified, 0u);
    client_says_armed(k230_hint(3) | k230_hint(9));
    k230_link_notify_big(&small, k230_hint(4));
    EXPECT_EQ(machine.small().notified, 0u);
    k230_link_notify_big(&small, k230_hint(3) | k230_hint(4));
    EXPECT_EQ(machine.small().notified, 1u);
    EXPECT_EQ(machine.small().rung_hints, k230_hint(3));
    k230_link_notify_big(&small, 0);
    EXPECT_EQ(machine.small().notified, 1u);
    k230_link_notify_big(&small, k230_hint(32 + 9));
    EXPECT_EQ(machine.small().rung_hints, k230_hint(3) | k230_hint(9)) << "slots share a hint modulo 32";
}

/* ---- the wake rule between two threads --------------------------------------------------------------------------- */

namespace
{

/* Two posix hals on one piece of anonymous shared memory, as two processes would have it. */
struct Workstation {
    Workstation()
    {
        length = K230_HAL_POSIX_MAILBOX + region_size();
        mapping = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        EXPECT_NE(mapping, MAP_FAILED);
        for (unsigned i = 0; i < 2; i++) {
            k230_hal_posix_init(
                &posix[i], i == 0 ? K230_HAL_BIG : K230_HAL_SMALL, i == 0 ? "big" : "small",
                [](k230_hal_posix *) { return 0; }, [](k230_hal_posix *) {});
            k230_hal_posix_use(&posix[i], mapping, length);
        }
        EXPECT_TRUE(k230_link_open(&big, &posix[0].hal, K230_SIDE_BIG, &limits));
        EXPECT_TRUE(k230_link_open(&small, &posix[1].hal, K230_SIDE_SMALL, &limits));
    }
    ~Workstation() { munmap(mapping, length); }

    size_t length = 0;
    void *mapping = nullptr;
    k230_hal_posix posix[2] = {};
    k230_link big = {};
    k230_link small = {};
};

constexpr uint32_t SLEEP_MS =
    5000; /* far beyond any scheduling delay: a sleep that lasts so long missed its doorbell */

uint64_t now_ms(k230_hal *hal) { return hal->ops->now_ms(hal); }

} // namespace

/* Ping-pong, so that the consumer is about to sleep just when the next message comes. */
TEST(WakeRule, NeverLosesARequestWhileTheAgentFallsAsleep)
{
    constexpr uint32_t MESSAGES = 20000;
    Workstation machine;
    std::atomic<uint32_t> taken{0};
    std::atomic<bool> lost{false};
    std::thread agent([&] {
        k230_link &link = machine.small;
        k230_request request;
        while (taken.load(std::memory_order_relaxed) < MESSAGES && !lost) {
            const uint32_t seen = link.hal->ops->doorbell(link.hal);
            if (k230_queue_take(&link.requests, &request) == K230_TAKE_ONE) {
                EXPECT_EQ(request.id, taken.load(std::memory_order_relaxed) + 1);
                taken.fetch_add(1, std::memory_order_release);
                continue;
            }
            k230_shared_store(link.hal, &link.head->asleep.value, K230_ASLEEP_DOORBELL);
            k230_shared_fence();
            if (k230_queue_filled(&link.requests) == 0) {
                const uint64_t before = now_ms(link.hal);
                link.hal->ops->wait(link.hal, seen, K230_ALL_HINTS, SLEEP_MS);
                if (now_ms(link.hal) - before >= SLEEP_MS)
                    lost = true;
            }
            k230_shared_store(link.hal, &link.head->asleep.value, 0);
        }
    });
    k230_request request = {};
    for (uint32_t id = 1; id <= MESSAGES && !lost; id++) {
        request.id = id;
        k230_queue_put(&machine.big.requests, &request);
        k230_link_notify_small(&machine.big);
        /* Sometimes one after the other, sometimes a few ahead. */
        while (!lost && id - taken.load(std::memory_order_acquire) > id % 4)
            std::this_thread::yield();
    }
    agent.join();
    EXPECT_FALSE(lost) << "a wake-up was lost";
    EXPECT_EQ(taken, MESSAGES);
}

TEST(WakeRule, NeverLosesNewsWhileAThreadOfTheBigCoreFallsAsleep)
{
    constexpr uint32_t MESSAGES = 20000;
    constexpr uint32_t SLOT = 37;
    Workstation machine;
    std::atomic<uint32_t> written{0};
    std::atomic<uint32_t> taken{0};
    std::atomic<bool> lost{false};
    std::thread client([&] {
        k230_link &link = machine.big;
        while (taken.load(std::memory_order_relaxed) < MESSAGES && !lost) {
            /* As k230_engine_wait: announce, fence, read the doorbell, look, sleep. */
            k230_shared_store(link.hal, &link.head->armed.value, k230_hint(SLOT));
            k230_shared_fence();
            const uint32_t seen = link.hal->ops->doorbell(link.hal);
            if (k230_bits_take(&link.news, SLOT / 32) & 1u << SLOT % 32) {
                taken.store(written.load(std::memory_order_relaxed), std::memory_order_release);
            } else {
                const uint64_t before = now_ms(link.hal);
                link.hal->ops->wait(link.hal, seen, k230_hint(SLOT), SLEEP_MS);
                if (now_ms(link.hal) - before >= SLEEP_MS)
                    lost = true;
            }
            k230_shared_store(link.hal, &link.head->armed.value, 0);
        }
    });
    for (uint32_t id = 1; id <= MESSAGES && !lost; id++) {
        written.store(id, std::memory_order_relaxed);
        k230_bits_put(&machine.small.news, SLOT);
        k230_link_notify_big(&machine.small, k230_hint(SLOT));
        while (!lost && id - taken.load(std::memory_order_acquire) > id % 3)
            std::this_thread::yield();
    }
    client.join();
    EXPECT_FALSE(lost) << "a wake-up was lost";
    EXPECT_EQ(taken, MESSAGES);
}

/* Bytes through a ring with the WANT_TX rule: the producer kicks only where the consumer said it has nothing left. */
TEST(WakeRule, NeverStallsAByteStreamThatIsKickedOnlyOnDemand)
{
    constexpr uint32_t BYTES = 1u << 20;
    Workstation machine;
    std::atomic<bool> lost{false};
    k230_ring producer;
    k230_link_tx(&machine.big, 1, &producer);
    k230_ring consumer_end;
    k230_link_tx(&machine.small, 1, &consumer_end);
    std::thread agent([&] {
        k230_link &link = machine.small;
        k230_ring &ring = consumer_end;
        k230_status_line *line = k230_link_status(&link, 1);
        uint32_t received = 0;
        while (received < BYTES && !lost) {
            const uint32_t seen = link.hal->ops->doorbell(link.hal);
            k230_bits_take(&link.kick, 0);
            k230_shared_store(link.hal, &line->want, 0);
            uint32_t filled = k230_ring_filled(&ring);
            if (filled == 0) {
                k230_shared_store(link.hal, &line->want, K230_WANT_TX);
                k230_shared_fence();
                filled = k230_ring_filled(&ring);
            }
            ASSERT_NE(filled, K230_RING_BROKEN);
            uint8_t bytes[256];
            for (uint32_t left = filled; left != 0;) {
                const uint32_t piece = left < sizeof bytes ? left : static_cast<uint32_t>(sizeof bytes);
                k230_ring_peek(&ring, 0, bytes, piece);
                for (uint32_t i = 0; i < piece; i++)
                    ASSERT_EQ(bytes[i], static_cast<uint8_t>((received + i) * 31u));
                k230_ring_advance(&ring, piece);
                received += piece;
                left -= piece;
            }
            k230_ring_publish(&ring);
            if (filled != 0)
                continue;
            k230_shared_store(link.hal, &link.head->asleep.value, K230_ASLEEP_DOORBELL);
            k230_shared_fence();
            if (!k230_bits_any(&link.kick)) {
                const uint64_t before = now_ms(link.hal);
                link.hal->ops->wait(link.hal, seen, K230_ALL_HINTS, SLEEP_MS);
                if (now_ms(link.hal) - before >= SLEEP_MS)
                    lost = true;
            }
            k230_shared_store(link.hal, &link.head->asleep.value, 0);
        }
    });
    k230_status_line *line = k230_link_status(&machine.big, 1);
    uint32_t random = 1;
    for (uint32_t sent = 0; sent < BYTES && !lost;) {
        random = random * 1664525u + 1013904223u;
        const uint32_t room = k230_ring_room(&producer);
        ASSERT_NE(room, K230_RING_BROKEN);
        uint32_t length = random >> 22;
        length = length < room ? length : room;
        length = length < BYTES - sent ? length : BYTES - sent;
        if (length == 0) {
            std::this_thread::yield();
            continue;
        }
        uint8_t bytes[1024];
        for (uint32_t i = 0; i < length; i++)
            bytes[i] = static_cast<uint8_t>((sent + i) * 31u);
        k230_ring_put(&producer, bytes, length);
        k230_ring_publish(&producer);
        sent += length;
        k230_shared_fence();
        if (k230_shared_load(machine.big.hal, &line->want) & K230_WANT_TX) {
            k230_bits_put(&machine.big.kick, 1);
            k230_link_notify_small(&machine.big);
        }
    }
    agent.join();
    EXPECT_FALSE(lost) << "a wake-up was lost";
}

/* ---- each fence -------------------------------------------------------------------------------------------------- */

namespace
{

/* Lets two threads act at the same instant, again and again with their distance varied by a few nanoseconds, and
 * judges each round when both are done: a search for an order of stores and loads that a missing fence allows. It
 * cannot fail by chance; on one CPU it finds nothing. */
template <typename First, typename Second, typename Judge> void race(First first, Second second, Judge judge)
{
    constexpr unsigned ROUNDS = 150000;
    std::atomic<unsigned> ready[2] = {{0}, {0}};
    std::atomic<bool> over{false};
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(3);
    const auto meet = [&](unsigned self, unsigned count) {
        ready[self].store(count, std::memory_order_release);
        for (unsigned spins = 0; ready[1 - self].load(std::memory_order_acquire) < count && !over; spins++)
            if (spins > 1000)
                std::this_thread::yield();
        return !over;
    };
    const auto linger = [](unsigned length) {
        for (unsigned i = 0; i < length; i++)
            std::atomic_signal_fence(std::memory_order_seq_cst);
    };
    std::thread other([&] {
        for (unsigned round = 1; round <= ROUNDS; round++) {
            if (!meet(1, 2 * round - 1))
                return;
            linger(round / 64 % 64 * (round % 2 == 0 ? 1 : 8));
            second(round);
            if (!meet(1, 2 * round))
                return;
        }
    });
    for (unsigned round = 1; round <= ROUNDS && !over; round++) {
        if (std::chrono::steady_clock::now() > until)
            over = true;
        meet(0, 2 * round - 1);
        linger(round % 2 == 0 ? round / 2 % 64 : round / 2 % 1024);
        first(round);
        meet(0, 2 * round);
        if (!over && !judge(round))
            over = true;
    }
    over = true;
    other.join();
}

std::atomic<bool> rang;

/* Both ends on one piece of memory, with a doorbell that only says whether it rang. */
struct Bench {
    Bench() : machine(Memory::Shared, region_size())
    {
        ops = *machine.big().hal.ops;
        ops.notify = [](k230_hal *, uint32_t) { rang.store(true, std::memory_order_relaxed); };
        hal = machine.big().hal;
        hal.ops = &ops;
        EXPECT_TRUE(k230_link_open(&big, &hal, K230_SIDE_BIG, &limits));
        EXPECT_TRUE(k230_link_open(&small, &hal, K230_SIDE_SMALL, &limits));
    }
    FakeMachine machine;
    k230_hal_ops ops;
    k230_hal hal;
    k230_link big = {};
    k230_link small = {};
};

} // namespace

TEST(Fence, LetsTheClientSeeTheSleeperOrTheAgentSeeTheRequest)
{
    Bench bench;
    bool seen = false;
    k230_request request = {};
    k230_request taken = {};
    race(
        [&](unsigned) {
            k230_queue_put(&bench.big.requests, &request);
            k230_link_notify_small(&bench.big);
        },
        [&](unsigned) {
            k230_shared_store(&bench.hal, &bench.small.head->asleep.value, K230_ASLEEP_DOORBELL);
            k230_shared_fence();
            seen = k230_queue_filled(&bench.small.requests) != 0;
        },
        [&](unsigned round) {
            const bool awake = seen || rang.exchange(false);
            EXPECT_TRUE(awake) << "in round " << round << " the agent would sleep over a request";
            rang = false;
            EXPECT_EQ(k230_queue_take(&bench.small.requests, &taken), K230_TAKE_ONE);
            k230_shared_store(&bench.hal, &bench.small.head->asleep.value, 0);
            return awake;
        });
}

TEST(Fence, LetsTheAgentSeeTheSleeperOrTheClientSeeTheCompletion)
{
    Bench bench;
    bool seen = false;
    k230_completion completion = {};
    k230_completion taken = {};
    race(
        [&](unsigned) {
            k230_queue_put(&bench.small.completions, &completion);
            k230_link_notify_big(&bench.small, K230_ALL_HINTS);
        },
        [&](unsigned) {
            k230_shared_store(&bench.hal, &bench.big.head->armed.value, 1u);
            k230_shared_fence();
            seen = k230_queue_filled(&bench.big.completions) != 0;
        },
        [&](unsigned round) {
            const bool awake = seen || rang.exchange(false);
            EXPECT_TRUE(awake) << "in round " << round << " a thread would sleep over its answer";
            rang = false;
            EXPECT_EQ(k230_queue_take(&bench.big.completions, &taken), K230_TAKE_ONE);
            k230_shared_store(&bench.hal, &bench.big.head->armed.value, 0);
            return awake;
        });
}

/* A put that finds its bit still up does nothing: then the taker, which answers first, must see what was written. */
TEST(Fence, LetsThePosterSeeTheAnswerOrTheTakerSeeTheData)
{
    Bench bench;
    alignas(K230_LINE) std::atomic<uint32_t> data{0}; /* each thread's on a line of its own */
    alignas(K230_LINE) bool put = false;
    alignas(K230_LINE) uint32_t up = 0;
    uint32_t seen = 0;
    k230_bits_put(&bench.big.kick, 3);
    race(
        [&](unsigned round) {
            data.store(round, std::memory_order_relaxed);
            put = k230_bits_put(&bench.big.kick, 3);
        },
        [&](unsigned) {
            up = k230_bits_take(&bench.small.kick, 0);
            seen = data.load(std::memory_order_relaxed);
        },
        [&](unsigned round) {
            const bool told = put || up == 0 || seen == round;
            EXPECT_TRUE(told) << "in round " << round << " the taker never learns of the write";
            k230_bits_take(&bench.small.kick, 0);
            k230_bits_put(&bench.big.kick, 3);
            return told;
        });
}

/* ---- the log ----------------------------------------------------------------------------------------------------- */

TEST(PosixLog, ALineThatNobodyReadsIsDroppedAndHoldsUpNobody)
{
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    const std::string much(4096, 'x');
    size_t filled = 0;
    for (ssize_t put; (put = write(ends[1], much.data(), much.size())) > 0;)
        filled += static_cast<size_t>(put);
    fcntl(ends[1], F_SETFL, 0); /* as a program finds its stderr */
    const int before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(ends[1], STDERR_FILENO);

    std::future<void> said = std::async(std::launch::async, [] { k230_posix_say("%s: nobody hears it\n", "agent"); });
    const bool ended = said.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
    std::string got(filled, 0);
    for (size_t at = 0; at < filled;) {
        const ssize_t some = read(ends[0], &got[at], filled - at);
        if (some <= 0)
            break;
        at += static_cast<size_t>(some);
    }
    said.wait();
    k230_posix_say("%s: somebody reads again\n", "agent");
    dup2(before, STDERR_FILENO);
    close(before);
    EXPECT_TRUE(ended) << "a full pipe stops it";
    std::string rest(4096, 0);
    const ssize_t length = read(ends[0], &rest[0], rest.size());
    EXPECT_EQ(rest.substr(0, length > 0 ? static_cast<size_t>(length) : 0), "agent: somebody reads again\n");
    close(ends[0]);
    close(ends[1]);
}
