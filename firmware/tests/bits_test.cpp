/* The bitmaps of sockets that changed. */
#include "fake_hal.h"
#include "k230_bits.h"

#include <atomic>
#include <chrono>
#include <thread>

namespace
{

class Bits : public ::testing::TestWithParam<Memory>
{
  protected:
    Bits() : machine(GetParam(), 4096) { open(64); }

    void TearDown() override
    {
        machine.check_all_clean();
        for (const std::string &violation : machine.violations)
            ADD_FAILURE() << violation;
    }

    static uint32_t *words(FakeCore &core, unsigned which)
    {
        return reinterpret_cast<uint32_t *>(core.view + which * 128);
    }

    void open(uint32_t slots)
    {
        k230_bits_open(&writer, &machine.big().hal, slots, words(machine.big(), 0), words(machine.big(), 1));
        k230_bits_open(&taker, &machine.small().hal, slots, words(machine.small(), 1), words(machine.small(), 0));
    }

    FakeMachine machine;
    k230_bits writer = {};
    k230_bits taker = {};
};

} // namespace

INSTANTIATE_TEST_SUITE_P(Memory, Bits, ::testing::Values(Memory::Shared, Memory::Cached),
                         [](const auto &given) { return given.param == Memory::Shared ? "Shared" : "Cached"; });

TEST_P(Bits, StartWithNothingUp)
{
    EXPECT_FALSE(k230_bits_any(&taker));
    EXPECT_EQ(k230_bits_take(&taker, 0), 0u);
    EXPECT_EQ(k230_bits_take(&taker, 1), 0u);
}

TEST_P(Bits, GiveAPostOnceToTheTaker)
{
    EXPECT_TRUE(k230_bits_put(&writer, 3));
    EXPECT_TRUE(k230_bits_put(&writer, 40));
    EXPECT_TRUE(k230_bits_any(&taker));
    EXPECT_EQ(k230_bits_take(&taker, 0), 1u << 3);
    EXPECT_EQ(k230_bits_take(&taker, 0), 0u);
    EXPECT_TRUE(k230_bits_any(&taker));
    EXPECT_EQ(k230_bits_take(&taker, 1), 1u << 8);
    EXPECT_FALSE(k230_bits_any(&taker));
}

TEST_P(Bits, StayUpWhenPostedAgainWhilePending)
{
    EXPECT_TRUE(k230_bits_put(&writer, 5));
    EXPECT_FALSE(k230_bits_put(&writer, 5)) << "an even number of puts must not take it down";
    EXPECT_EQ(k230_bits_take(&taker, 0), 1u << 5);
    EXPECT_TRUE(k230_bits_put(&writer, 5));
    EXPECT_EQ(k230_bits_take(&taker, 0), 1u << 5);
}

TEST_P(Bits, DoNotDisturbEachOther)
{
    k230_bits_put(&writer, 1);
    k230_bits_take(&taker, 0);
    k230_bits_put(&writer, 2);
    k230_bits_put(&writer, 1);
    EXPECT_EQ(k230_bits_take(&taker, 0), 1u << 1 | 1u << 2);
    k230_bits_put(&writer, 31);
    k230_bits_put(&writer, 0);
    EXPECT_EQ(k230_bits_take(&taker, 0), 1u << 31 | 1u);
    EXPECT_EQ(k230_bits_take(&taker, 0), 0u);
}

TEST_P(Bits, ReachTheLastSlot)
{
    open(K230_SLOT_LIMIT);
    EXPECT_TRUE(k230_bits_put(&writer, K230_SLOT_LIMIT - 1));
    EXPECT_TRUE(k230_bits_any(&taker));
    EXPECT_EQ(k230_bits_take(&taker, K230_BITMAP_WORDS - 1), 1u << 31);
}

TEST_P(Bits, ForgetOldPostsWhenBothEndsOpenAnew)
{
    k230_bits_put(&writer, 7);
    k230_bits_take(&taker, 0);
    k230_bits_put(&writer, 8);
    open(64);
    EXPECT_FALSE(k230_bits_any(&taker));
    EXPECT_TRUE(k230_bits_put(&writer, 7));
    EXPECT_EQ(k230_bits_take(&taker, 0), 1u << 7);
}

/* Each put follows a write; after each take the taker reads what was written. If a put were lost, the last write
 * would never be seen and the deadline passes. */
TEST(BitsStress, NeverLoseAPostBetweenTwoThreads)
{
    constexpr unsigned SLOTS = 64;
    constexpr uint32_t ROUNDS = 20000;
    FakeMachine machine(Memory::Shared, 4096);
    uint32_t *a = reinterpret_cast<uint32_t *>(machine.ddr());
    k230_bits writer;
    k230_bits taker;
    k230_bits_open(&writer, &machine.big().hal, SLOTS, a, a + 64);
    k230_bits_open(&taker, &machine.small().hal, SLOTS, a + 64, a);
    std::atomic<uint32_t> values[SLOTS] = {};
    uint32_t seen[SLOTS] = {};
    std::thread putting([&] {
        uint32_t random = 1;
        for (uint32_t round = 1; round <= ROUNDS; round++) {
            random = random * 1664525u + 1013904223u;
            const uint32_t slot = random >> 26;
            values[slot].store(round, std::memory_order_relaxed);
            k230_bits_put(&writer, slot);
        }
        for (uint32_t slot = 0; slot < SLOTS; slot++) {
            values[slot].store(ROUNDS + 1, std::memory_order_relaxed);
            k230_bits_put(&writer, slot);
        }
    });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    unsigned finished = 0;
    while (finished < SLOTS && std::chrono::steady_clock::now() < deadline) {
        bool any = false;
        for (uint32_t word = 0; word < SLOTS / 32; word++)
            for (uint32_t up = k230_bits_take(&taker, word); up != 0; up &= up - 1) {
                any = true;
                const uint32_t slot = word * 32 + static_cast<uint32_t>(__builtin_ctz(up));
                const uint32_t value = values[slot].load(std::memory_order_relaxed);
                EXPECT_GE(value, seen[slot]);
                if (value == ROUNDS + 1 && seen[slot] != value)
                    finished++;
                seen[slot] = value;
            }
        if (!any)
            std::this_thread::yield();
    }
    putting.join();
    EXPECT_EQ(finished, SLOTS) << "a put was lost";
}
