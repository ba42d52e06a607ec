/* How long a thread of the virtual board looks before it sleeps. Times are given to it, so nothing here depends on how
 * fast the machine is. */
extern "C" {
#include "k230_eager.h"
}

#include <cstdlib>
#include <gtest/gtest.h>
#include <sched.h>

namespace
{

constexpr uint64_t SHORT_NS = 1000;

bool OneProcessor()
{
    cpu_set_t mine;
    return sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_COUNT(&mine) == 1;
}

uint64_t Ago(uint64_t ns) { return k230_eager_now_ns() - ns; }

/* Waits of less than K230_EAGER_NS, as measured: a thread that is put aside meanwhile makes one longer, so it tries
 * often. */
bool LearnsToLook(k230_eager *eager)
{
    for (int i = 0; i < 1000 && eager->budget_ns == 0; i++)
        k230_eager_learn(eager, Ago(SHORT_NS));
    return eager->budget_ns != 0;
}

TEST(Eager, SleepsAtOnceBeforeItHasLearnedAnything)
{
    k230_eager eager = {};
    EXPECT_FALSE(k230_eager_again(&eager, k230_eager_now_ns()));
}

TEST(Eager, LooksForAWhileAfterAWaitThatEndedSoon)
{
    k230_eager eager = {};
    EXPECT_EQ(LearnsToLook(&eager), !OneProcessor()) << "on one processor the other core cannot run meanwhile";
}

TEST(Eager, LooksNoLongerThanItsBudget)
{
    k230_eager eager = {};
    eager.budget_ns = K230_EAGER_NS;
    EXPECT_FALSE(k230_eager_again(&eager, Ago(K230_EAGER_NS)));
    bool again = false;
    for (int i = 0; i < 1000 && !again; i++)
        again = k230_eager_again(&eager, k230_eager_now_ns());
    EXPECT_TRUE(again) << "a wait that has just begun";
}

TEST(Eager, StopsLookingAfterAWaitThatWasLong)
{
    k230_eager eager = {};
    eager.budget_ns = K230_EAGER_NS / 2;
    k230_eager_learn(&eager, Ago(K230_EAGER_NS));
    EXPECT_EQ(eager.budget_ns, OneProcessor() ? K230_EAGER_NS / 2 : 0u);
}

/* A yield that came back late: somebody else works through on this processor. */
TEST(Eager, LearnsNothingWhileItRests)
{
    k230_eager eager = {};
    eager.rests_until_ns = k230_eager_now_ns() + 3600000000000u;
    EXPECT_FALSE(LearnsToLook(&eager));
    eager.rests_until_ns = k230_eager_now_ns();
    EXPECT_EQ(LearnsToLook(&eager), !OneProcessor());
}

TEST(Eager, NeverLooksForLongerThanItsLimit)
{
    k230_eager eager = {};
    for (int i = 0; i < 100; i++)
        k230_eager_learn(&eager, Ago(eager.budget_ns + 1u));
    EXPECT_LE(eager.budget_ns, K230_EAGER_NS);
}

/* The environment as a process finds it that is started with this setting; unset for NULL. */
k230_eager StartedWith(const char *setting)
{
    k230_eager eager = {};
    if (setting)
        setenv("K230_EAGER", setting, 1);
    else
        unsetenv("K230_EAGER");
    k230_eager_init(&eager);
    unsetenv("K230_EAGER");
    return eager;
}

TEST(Eager, NeverLooksWhereTheEnvironmentSaysSo)
{
    k230_eager eager = StartedWith("0");
    EXPECT_FALSE(LearnsToLook(&eager));
    EXPECT_FALSE(k230_eager_again(&eager, k230_eager_now_ns()));
}

TEST(Eager, LooksWithEveryOtherSettingAndWithNone)
{
    for (const char *setting : {static_cast<const char *>(nullptr), "", "1"}) {
        k230_eager eager = StartedWith(setting);
        EXPECT_EQ(LearnsToLook(&eager), !OneProcessor()) << (setting ? setting : "unset");
    }
}

} // namespace
