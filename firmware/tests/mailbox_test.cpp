/* The mailbox driver against a model of the block: one case for each rule of the hardware. */
#include "mailbox_model.h"

#include <gtest/gtest.h>

namespace
{

constexpr unsigned DEVICE = 1;
constexpr unsigned LINE = 2;
constexpr uint32_t LINE_ENABLE = 1u << (16 + LINE);

class Mailbox : public ::testing::TestWithParam<Overrun>
{
  protected:
    Mailbox() : model(GetParam())
    {
        EXPECT_TRUE(k230_mailbox_open(&big, model.block(), K230_CORE_BIG, DEVICE, LINE));
        EXPECT_TRUE(k230_mailbox_open(&small, model.block(), K230_CORE_SMALL, DEVICE, LINE));
    }
    void TearDown() override
    {
        for (const std::string &violation : model.violations)
            ADD_FAILURE() << violation;
    }

    MailboxModel model;
    k230_mailbox big;
    k230_mailbox small;
};

} // namespace

INSTANTIATE_TEST_SUITE_P(Counter, Mailbox, ::testing::Values(Overrun::Saturates, Overrun::Wraps),
                         [](const auto &given) { return given.param == Overrun::Wraps ? "Wraps" : "Saturates"; });

TEST_P(Mailbox, OpeningOnlyAcceptsWhatTheBlockHasAndTouchesNothing)
{
    k230_mailbox other;
    EXPECT_FALSE(k230_mailbox_open(&other, model.block(), K230_CORE_BIG, 4, 0));
    EXPECT_FALSE(k230_mailbox_open(&other, model.block(), K230_CORE_BIG, 0, 16));
    EXPECT_FALSE(k230_mailbox_open(&other, nullptr, K230_CORE_BIG, 0, 0));
    EXPECT_TRUE(k230_mailbox_open(&other, model.block(), K230_CORE_BIG, 3, 15));
    EXPECT_TRUE(model.stores().empty());
}

TEST_P(Mailbox, EnablingWritesOneRegisterAndNothingElse)
{
    k230_mailbox_enable(&big);
    const auto stores = model.stores();
    ASSERT_EQ(stores.size(), 1u);
    EXPECT_EQ(stores[0].device, DEVICE);
    EXPECT_EQ(stores[0].to, K230_CORE_BIG);
    EXPECT_EQ(stores[0].which, MailboxModel::EN);
    EXPECT_EQ(stores[0].value, LINE_ENABLE | 1u);
}

TEST_P(Mailbox, EnablingKeepsTheEnablesOfOthers)
{
    const uint32_t others = 1u << 16 | 1u << 31 | 1u;
    model.poke(DEVICE, K230_CORE_BIG, MailboxModel::EN, others);
    model.poke(DEVICE, K230_CORE_SMALL, MailboxModel::EN, 0x00120001u);
    k230_mailbox_enable(&big);
    EXPECT_EQ(model.peek(DEVICE, K230_CORE_BIG, MailboxModel::EN), others | LINE_ENABLE);
    EXPECT_EQ(model.peek(DEVICE, K230_CORE_SMALL, MailboxModel::EN), 0x00120001u) << "the other direction's";
    k230_mailbox_disable(&big);
    EXPECT_EQ(model.peek(DEVICE, K230_CORE_BIG, MailboxModel::EN), others);
    EXPECT_EQ(model.peek(DEVICE, K230_CORE_SMALL, MailboxModel::EN), 0x00120001u);
}

TEST_P(Mailbox, TheLastLineTakesTheDevicesInterruptWithIt)
{
    k230_mailbox_enable(&big);
    k230_mailbox_disable(&big);
    EXPECT_EQ(model.peek(DEVICE, K230_CORE_BIG, MailboxModel::EN), 0u);
    model.stores();
    k230_mailbox_disable(&big);
    EXPECT_TRUE(model.stores().empty()) << "a second time there is nothing to do";
}

TEST_P(Mailbox, EnablingDoesNotZeroCountersEvenIfThatBitReadsAsOne)
{
    k230_mailbox_notify(&small);
    model.before_load = [this](unsigned, k230_core, MailboxModel::Register which) {
        model.dead = which == MailboxModel::EN; /* the enables read as all ones */
        model.dead_value = 0xFFFFFFFFu;
    };
    model.before_store = [this](const MailboxModel::Store &) { model.dead = false; };
    k230_mailbox_enable(&big);
    model.before_load = nullptr;
    model.before_store = nullptr;
    EXPECT_EQ(model.waiting(DEVICE, K230_CORE_BIG, LINE), 1u);
}

TEST_P(Mailbox, ARingInterruptsTheOtherCoreOnce)
{
    k230_mailbox_enable(&big);
    k230_mailbox_enable(&small);
    k230_mailbox_notify(&small);
    EXPECT_TRUE(model.asserted(DEVICE, K230_CORE_BIG));
    EXPECT_FALSE(model.asserted(DEVICE, K230_CORE_SMALL));
    EXPECT_TRUE(k230_mailbox_take(&big));
    EXPECT_FALSE(model.asserted(DEVICE, K230_CORE_BIG));
    EXPECT_FALSE(k230_mailbox_take(&big));
    EXPECT_EQ(big.received, 1u);
    k230_mailbox_notify(&big);
    EXPECT_TRUE(model.asserted(DEVICE, K230_CORE_SMALL));
    EXPECT_TRUE(k230_mailbox_take(&small));
}

TEST_P(Mailbox, ARingStoresTheNumberOfTheLine)
{
    k230_mailbox_notify(&big);
    const auto stores = model.stores();
    ASSERT_EQ(stores.size(), 1u);
    EXPECT_EQ(stores[0].to, K230_CORE_SMALL);
    EXPECT_EQ(stores[0].which, MailboxModel::SET);
    EXPECT_EQ(stores[0].value, LINE);
}

TEST_P(Mailbox, OneTakeAcknowledgesEveryRing)
{
    k230_mailbox_enable(&big);
    for (unsigned i = 0; i < 3; i++)
        k230_mailbox_notify(&small);
    EXPECT_TRUE(k230_mailbox_take(&big));
    EXPECT_EQ(model.waiting(DEVICE, K230_CORE_BIG, LINE), 0u);
    EXPECT_EQ(model.peek(DEVICE, K230_CORE_BIG, MailboxModel::ERR), 0u) << "neither over-run nor under-run";
}

TEST_P(Mailbox, ATakeGoesOnWithRingsThatComeMeanwhile)
{
    k230_mailbox_enable(&big);
    k230_mailbox_notify(&small);
    unsigned left = 5;
    model.before_store = [&](const MailboxModel::Store &store) {
        if (store.which == MailboxModel::CLEAR && left-- > 0)
            model.poke(DEVICE, K230_CORE_BIG, MailboxModel::SET, LINE);
    };
    EXPECT_TRUE(k230_mailbox_take(&big));
    EXPECT_EQ(model.waiting(DEVICE, K230_CORE_BIG, LINE), 0u);
    EXPECT_EQ(big.overruns, 0u);
}

TEST_P(Mailbox, OurOwnRingsNeverOverRun)
{
    k230_mailbox_enable(&big);
    for (unsigned i = 0; i < 100; i++)
        k230_mailbox_notify(&small);
    EXPECT_EQ(small.sent, 3u);
    EXPECT_EQ(small.left_out, 97u);
    EXPECT_EQ(model.peek(DEVICE, K230_CORE_BIG, MailboxModel::ERR), 0u);
    EXPECT_TRUE(k230_mailbox_take(&big));
    k230_mailbox_notify(&small);
    EXPECT_TRUE(model.asserted(DEVICE, K230_CORE_BIG)) << "after a take the next ring is a ring again";
}

TEST_P(Mailbox, AnOverRunByAnotherProgramIsARingAndIsCounted)
{
    for (unsigned rings = 4; rings <= 9; rings++) {
        SCOPED_TRACE(rings);
        MailboxModel fresh(GetParam());
        k230_mailbox receiver;
        ASSERT_TRUE(k230_mailbox_open(&receiver, fresh.block(), K230_CORE_BIG, DEVICE, LINE));
        k230_mailbox_enable(&receiver);
        for (unsigned i = 0; i < rings; i++)
            fresh.poke(DEVICE, K230_CORE_BIG, MailboxModel::SET, LINE);
        EXPECT_TRUE(k230_mailbox_take(&receiver)) << "even where the counter wrapped to zero";
        EXPECT_EQ(receiver.overruns, 1u);
        EXPECT_EQ(fresh.waiting(DEVICE, K230_CORE_BIG, LINE), 0u);
        EXPECT_FALSE(k230_mailbox_take(&receiver)) << "the flag stays up and is no news";
        EXPECT_EQ(receiver.overruns, 1u);
        fresh.poke(DEVICE, K230_CORE_BIG, MailboxModel::SET, LINE);
        EXPECT_TRUE(k230_mailbox_take(&receiver)) << "and the line works on";
    }
}

TEST_P(Mailbox, AnOverRunBetweenTheLastClearAndTheLookAtErrIsStillFound)
{
    k230_mailbox_enable(&big);
    k230_mailbox_notify(&small);
    model.before_store = [this](const MailboxModel::Store &store) {
        for (unsigned i = 0; store.which == MailboxModel::CLEAR && i < 3; i++)
            model.poke(DEVICE, K230_CORE_BIG, MailboxModel::SET, LINE); /* the third one over-runs */
        model.before_store = nullptr;
    };
    EXPECT_TRUE(k230_mailbox_take(&big));
    EXPECT_EQ(big.overruns, 1u) << "ERR is read after the CLEARs";
    EXPECT_FALSE(k230_mailbox_take(&big)) << "and so it is no news the next time";
    EXPECT_EQ(big.spurious, 1u);
}

TEST_P(Mailbox, AnUnderRunByAnotherProgramIsCountedToo)
{
    k230_mailbox_enable(&big);
    model.poke(DEVICE, K230_CORE_BIG, MailboxModel::CLEAR, LINE + 1);
    EXPECT_FALSE(k230_mailbox_take(&big)) << "another line's";
    EXPECT_EQ(big.overruns, 0u);
    model.poke(DEVICE, K230_CORE_BIG, MailboxModel::CLEAR, LINE);
    EXPECT_TRUE(k230_mailbox_take(&big)) << "somebody has cleared for us: what was the ring about?";
    EXPECT_EQ(big.overruns, 1u);
    EXPECT_FALSE(k230_mailbox_take(&big)) << "the flag stays up and is no news";
    EXPECT_EQ(big.overruns, 1u);
}

TEST_P(Mailbox, AFlagFromBeforeOurTimeIsNoNews)
{
    for (unsigned i = 0; i < 4; i++)
        model.poke(DEVICE, K230_CORE_BIG, MailboxModel::SET, LINE);
    for (unsigned i = 0; i < 4; i++)
        model.poke(DEVICE, K230_CORE_BIG, MailboxModel::CLEAR, LINE);
    k230_mailbox_enable(&big);
    k230_mailbox_take(&big);
    EXPECT_EQ(big.overruns, 0u);
}

TEST_P(Mailbox, ASpuriousInterruptClearsNothing)
{
    k230_mailbox_enable(&big);
    model.stores();
    EXPECT_FALSE(k230_mailbox_take(&big));
    EXPECT_EQ(big.spurious, 1u);
    EXPECT_TRUE(model.stores().empty()) << "a CLEAR at zero would be an under-run";
}

TEST_P(Mailbox, LinesDoNotDisturbEachOther)
{
    std::array<k230_mailbox, 3> receivers;
    std::array<k230_mailbox, 3> senders;
    const unsigned lines[3] = {0, LINE, 15};
    for (unsigned i = 0; i < 3; i++) {
        ASSERT_TRUE(k230_mailbox_open(&receivers[i], model.block(), K230_CORE_SMALL, DEVICE, lines[i]));
        ASSERT_TRUE(k230_mailbox_open(&senders[i], model.block(), K230_CORE_BIG, DEVICE, lines[i]));
        k230_mailbox_enable(&receivers[i]);
    }
    k230_mailbox_notify(&senders[0]);
    k230_mailbox_notify(&senders[2]);
    k230_mailbox_notify(&senders[2]);
    EXPECT_FALSE(k230_mailbox_take(&receivers[1])) << "a shared interrupt: not for this line";
    EXPECT_EQ(model.waiting(DEVICE, K230_CORE_SMALL, 0), 1u);
    EXPECT_EQ(model.waiting(DEVICE, K230_CORE_SMALL, 15), 2u);
    EXPECT_TRUE(k230_mailbox_take(&receivers[2]));
    EXPECT_TRUE(model.asserted(DEVICE, K230_CORE_SMALL)) << "line 0 still waits";
    EXPECT_TRUE(k230_mailbox_take(&receivers[0]));
    EXPECT_FALSE(model.asserted(DEVICE, K230_CORE_SMALL));
    k230_mailbox_disable(&receivers[1]);
    k230_mailbox_notify(&senders[0]);
    EXPECT_TRUE(model.asserted(DEVICE, K230_CORE_SMALL)) << "the others' enables stay";
}

TEST_P(Mailbox, AnotherLinesOverRunIsNotOurs)
{
    k230_mailbox_enable(&big);
    for (unsigned i = 0; i < 5; i++)
        model.poke(DEVICE, K230_CORE_BIG, MailboxModel::SET, 0);
    EXPECT_FALSE(k230_mailbox_take(&big));
    EXPECT_EQ(big.overruns, 0u);
}

TEST_P(Mailbox, DevicesAreApart)
{
    k230_mailbox other;
    ASSERT_TRUE(k230_mailbox_open(&other, model.block(), K230_CORE_SMALL, 3, LINE));
    k230_mailbox_enable(&big);
    k230_mailbox_notify(&other);
    EXPECT_EQ(model.waiting(3, K230_CORE_BIG, LINE), 1u);
    EXPECT_EQ(model.waiting(DEVICE, K230_CORE_BIG, LINE), 0u);
}

TEST_P(Mailbox, APeerThatStartsLaterFindsTheRings)
{
    k230_mailbox_enable(&small);
    EXPECT_FALSE(k230_mailbox_heard(&small));
    for (unsigned i = 0; i < 10; i++)
        k230_mailbox_notify(&small);
    EXPECT_FALSE(model.asserted(DEVICE, K230_CORE_BIG)) << "it takes no interrupts yet";
    k230_mailbox_enable(&big);
    EXPECT_TRUE(k230_mailbox_heard(&small));
    EXPECT_TRUE(model.asserted(DEVICE, K230_CORE_BIG));
    EXPECT_TRUE(k230_mailbox_take(&big));
    EXPECT_EQ(big.overruns, 0u);
    EXPECT_TRUE(k230_mailbox_heard(&big)) << "its start did not touch our enables";
}

TEST_P(Mailbox, APeerIsHeardWhenItTakesThisLineAndNotAnother)
{
    const auto heard_with = [this](uint32_t enables) {
        model.poke(DEVICE, K230_CORE_BIG, MailboxModel::EN, enables);
        return k230_mailbox_heard(&small);
    };
    EXPECT_FALSE(heard_with(1u << (16 + LINE + 1) | 1u)) << "another line's";
    EXPECT_FALSE(heard_with(0xFFFF0001u & ~LINE_ENABLE));
    EXPECT_FALSE(heard_with(LINE_ENABLE)) << "the device is off";
    EXPECT_TRUE(heard_with(LINE_ENABLE | 1u));
}

TEST_P(Mailbox, DisablingLeavesPendingRingsPending)
{
    k230_mailbox_enable(&big);
    k230_mailbox_notify(&small);
    k230_mailbox_notify(&small);
    model.stores();
    k230_mailbox_disable(&big);
    const auto stores = model.stores();
    ASSERT_EQ(stores.size(), 1u);
    EXPECT_EQ(stores[0].which, MailboxModel::EN);
    EXPECT_EQ(model.waiting(DEVICE, K230_CORE_BIG, LINE), 2u);
    EXPECT_FALSE(model.asserted(DEVICE, K230_CORE_BIG));
    k230_mailbox_enable(&big);
    EXPECT_TRUE(model.asserted(DEVICE, K230_CORE_BIG)) << "they interrupt who comes back";
    EXPECT_TRUE(k230_mailbox_take(&big));
}

TEST_P(Mailbox, ABlockThatIsNotThereDoesNotHoldUpTheInterrupt)
{
    model.dead = true;
    model.dead_value = 0xFFFFFFFFu;
    EXPECT_TRUE(k230_mailbox_take(&big));
    EXPECT_EQ(big.stuck, 1u);
    EXPECT_EQ(model.stores().size(), K230_MAILBOX_CLEARS);
}

/* How many interrupts come, as long as the wire is up; `again` is what happens after each. */
template <typename Again> static unsigned Interrupts(MailboxModel &model, k230_mailbox &big, Again again)
{
    unsigned came = 0;
    while (model.asserted(DEVICE, K230_CORE_BIG) && came < 10 * K230_MAILBOX_STORM) {
        k230_mailbox_interrupt(&big);
        came++;
        again();
    }
    return came;
}

TEST_P(Mailbox, ALineThatDoesNotGoDownIsSwitchedOffUntilATaskTendsIt)
{
    k230_mailbox_enable(&big);
    const auto ring = [this] { model.poke(DEVICE, K230_CORE_BIG, MailboxModel::SET, LINE); };
    model.before_store = [ring](const MailboxModel::Store &store) {
        if (store.which == MailboxModel::CLEAR)
            ring();
    };
    ring();
    for (uint64_t now = 1; now <= 5; now++) {
        EXPECT_EQ(Interrupts(model, big, [] {}), 1u);
        EXPECT_FALSE(k230_mailbox_heard(&small));
        k230_mailbox_tend(&big, now);
        EXPECT_TRUE(model.asserted(DEVICE, K230_CORE_BIG)) << "it is tried again";
    }
    EXPECT_EQ(big.stuck, 5u);
    model.before_store = nullptr;
    EXPECT_TRUE(k230_mailbox_interrupt(&big)) << "a line that goes down again is as any other";
    EXPECT_TRUE(k230_mailbox_heard(&small));
}

TEST_P(Mailbox, RingsWithoutEndLeaveTheCoreToItsTasks)
{
    k230_mailbox_enable(&big);
    const auto ring = [this] { model.poke(DEVICE, K230_CORE_BIG, MailboxModel::SET, LINE); };
    k230_mailbox_tend(&big, 1000);
    ring();
    EXPECT_EQ(Interrupts(model, big, ring), K230_MAILBOX_STORM);
    EXPECT_EQ(big.stuck, 0u);
    k230_mailbox_tend(&big, 1000 + K230_MAILBOX_STORM_MS - 1);
    EXPECT_FALSE(model.asserted(DEVICE, K230_CORE_BIG)) << "however often a task looks";
    k230_mailbox_tend(&big, 1000 + K230_MAILBOX_STORM_MS);
    EXPECT_TRUE(model.asserted(DEVICE, K230_CORE_BIG)) << "the rings of meanwhile interrupt";
    EXPECT_EQ(Interrupts(model, big, ring), K230_MAILBOX_STORM);
    EXPECT_EQ(big.storms, 2u);
    EXPECT_NE(std::string(k230_mailbox_trouble(&big)).find("interrupts without end"), std::string::npos);
}

TEST_P(Mailbox, AStormEndsAlsoWhereATaskEnablesTheLineAgainTooLate)
{
    k230_mailbox_enable(&big);
    const auto ring = [this] { model.poke(DEVICE, K230_CORE_BIG, MailboxModel::SET, LINE); };
    ring();
    EXPECT_EQ(Interrupts(model, big, ring), K230_MAILBOX_STORM);
    k230_mailbox_enable(&big); /* by a task that had seen an earlier guard, before this storm */
    EXPECT_EQ(Interrupts(model, big, ring), 1u);
    EXPECT_FALSE(k230_mailbox_heard(&small));
    k230_mailbox_tend(&big, K230_MAILBOX_STORM_MS);
    EXPECT_TRUE(k230_mailbox_heard(&small));
}

TEST_P(Mailbox, ATaskWhoseTimeIsOlderThanAnothersBeginsNoSpan)
{
    k230_mailbox_enable(&big);
    const auto ring = [this] { model.poke(DEVICE, K230_CORE_BIG, MailboxModel::SET, LINE); };
    k230_mailbox_tend(&big, 1000);
    ring();
    EXPECT_EQ(Interrupts(model, big, ring), K230_MAILBOX_STORM);
    k230_mailbox_tend(&big, 999);
    EXPECT_FALSE(k230_mailbox_heard(&small));
}

TEST_P(Mailbox, AnotherLineThatNobodyTakesDownDoesNotStopTheCoreEither)
{
    k230_mailbox_enable(&big);
    const uint32_t enables = model.peek(DEVICE, K230_CORE_BIG, MailboxModel::EN);
    model.poke(DEVICE, K230_CORE_BIG, MailboxModel::EN, enables | LINE_ENABLE << 1);
    model.poke(DEVICE, K230_CORE_BIG, MailboxModel::SET, LINE + 1);
    EXPECT_EQ(Interrupts(model, big, [] {}), K230_MAILBOX_STORM);
    EXPECT_EQ(model.peek(DEVICE, K230_CORE_BIG, MailboxModel::EN), LINE_ENABLE << 1) << "its enable is not ours";
}

TEST_P(Mailbox, InterruptsThatATaskLooksAfterAreNeverTooMany)
{
    k230_mailbox_enable(&big);
    for (uint64_t now = 0; now < 100 * K230_MAILBOX_STORM_MS; now += K230_MAILBOX_STORM_MS) {
        k230_mailbox_tend(&big, now);
        for (unsigned i = 0; i < K230_MAILBOX_STORM - 1; i++) {
            k230_mailbox_notify(&small);
            ASSERT_TRUE(k230_mailbox_interrupt(&big));
        }
    }
    EXPECT_EQ(big.storms, 0u);
    EXPECT_TRUE(k230_mailbox_heard(&small));
}

TEST_P(Mailbox, ALineThatWasGivenBackIsNotSwitchedOnByTending)
{
    k230_mailbox_enable(&big);
    const auto ring = [this] { model.poke(DEVICE, K230_CORE_BIG, MailboxModel::SET, LINE); };
    ring();
    Interrupts(model, big, ring);
    k230_mailbox_disable(&big);
    k230_mailbox_tend(&big, K230_MAILBOX_STORM_MS);
    EXPECT_FALSE(k230_mailbox_heard(&small));
    k230_mailbox_enable(&big);
    EXPECT_TRUE(k230_mailbox_heard(&small));
}

TEST_P(Mailbox, AnInterruptIsProvenByTheFirstRingItBrings)
{
    big.wired = true;
    k230_mailbox_enable(&big);
    EXPECT_FALSE(k230_mailbox_look(&big));
    for (unsigned i = 0; i < K230_MAILBOX_DOUBTS; i++) {
        EXPECT_EQ(k230_mailbox_trouble(&big), nullptr);
        k230_mailbox_notify(&small);
        EXPECT_TRUE(k230_mailbox_look(&big));
    }
    EXPECT_NE(std::string(k230_mailbox_trouble(&big)).find("the interrupt does not"), std::string::npos);
    EXPECT_EQ(k230_mailbox_trouble(&big), nullptr) << "once";
    k230_mailbox_interrupt(&big);
    EXPECT_FALSE(big.proven) << "it came for nothing";
    k230_mailbox_notify(&small);
    EXPECT_TRUE(k230_mailbox_interrupt(&big));
    EXPECT_TRUE(big.proven);
    big.by_clock *= 4;
    EXPECT_EQ(k230_mailbox_trouble(&big), nullptr) << "it comes";
}

TEST_P(Mailbox, TheClockOfABoardWithoutAnInterruptIsNoTrouble)
{
    k230_mailbox_enable(&big);
    for (unsigned i = 0; i < 2 * K230_MAILBOX_DOUBTS; i++) {
        k230_mailbox_notify(&small);
        EXPECT_TRUE(k230_mailbox_look(&big));
    }
    EXPECT_EQ(k230_mailbox_trouble(&big), nullptr);
}

TEST_P(Mailbox, TroubleIsToldTheFirstTimeAndWheneverThereIsTwiceAsMuch)
{
    EXPECT_EQ(k230_mailbox_trouble(&big), nullptr);
    model.dead = true;
    model.dead_value = 0xFFFFFFFFu;
    std::vector<uint32_t> told;
    for (uint32_t stuck = 1; stuck <= 33; stuck++) {
        k230_mailbox_take(&big);
        const char *line = k230_mailbox_trouble(&big);
        if (stuck == 1) {
            ASSERT_NE(line, nullptr);
            EXPECT_NE(std::string(line).find("over-ran"), std::string::npos) << line;
            line = k230_mailbox_trouble(&big);
        }
        if (!line)
            continue;
        EXPECT_NE(std::string(line).find("does not go down"), std::string::npos) << line;
        EXPECT_EQ(k230_mailbox_trouble(&big), nullptr) << "once";
        told.push_back(stuck);
    }
    EXPECT_EQ(told, (std::vector<uint32_t>{1, 2, 4, 8, 16, 32}));
}
