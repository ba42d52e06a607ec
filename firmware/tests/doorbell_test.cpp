/* The doorbell of one core, and an interrupt that falls into a wait: doorbell_interrupted.c. One thread. */
#include "k230_doorbell.h"

#include <functional>
#include <gtest/gtest.h>

namespace
{

std::function<void()> s_interrupt; /* comes once */

class Doorbell : public ::testing::Test
{
  protected:
    Doorbell()
    {
        os.context = this;
        os.take = [](void *context, unsigned, uint32_t) { static_cast<Doorbell *>(context)->takes++; };
        os.give = [](void *context, unsigned) { static_cast<Doorbell *>(context)->gives++; };
    }
    ~Doorbell() override { s_interrupt = nullptr; }
    void wait(uint32_t seen) { k230_doorbell_wait(&doorbell, &os, seen, 1, 1000); }

    k230_doorbell doorbell = {};
    k230_os os = {};
    unsigned takes = 0, gives = 0;
};

} // namespace

extern "C" void doorbell_interrupted(void)
{
    std::function<void()> interrupt;
    interrupt.swap(s_interrupt);
    if (interrupt)
        interrupt();
}

TEST_F(Doorbell, AWaitSleepsWhileTheCountIsTheOneSeen)
{
    wait(k230_doorbell_count(&doorbell));
    EXPECT_EQ(takes, 1u);
}

TEST_F(Doorbell, AWaitLooksAgainAfterItHasSaidThatItSleeps)
{
    const uint32_t seen = k230_doorbell_count(&doorbell);
    bool came = false;
    s_interrupt = [&] {
        came = true;
        k230_doorbell_set(&doorbell, &os, 2); /* of no concern to this sleeper, so no semaphore is given */
    };
    wait(seen);
    EXPECT_TRUE(came);
    EXPECT_EQ(gives, 0u);
    EXPECT_EQ(takes, 0u) << "the count is no longer the one that was seen";
}

TEST_F(Doorbell, WithoutSemaphoresAWaitSleepsForAMillisecondAndLooksAgain)
{
    static unsigned slept;
    slept = 0;
    os.take = nullptr;
    os.give = nullptr;
    os.sleep = [](void *, uint32_t ms) { slept += ms; };
    wait(k230_doorbell_count(&doorbell));
    EXPECT_EQ(slept, 1u);
    k230_doorbell_set(&doorbell, &os, 1);
    wait(k230_doorbell_count(&doorbell) - 1u);
    EXPECT_EQ(slept, 1u) << "the count is no longer the one that was seen";
}
