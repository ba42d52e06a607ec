/* What below_lwip.c tells lwIP below SAL. */
extern "C" {
#include "rtthread_below.h"
}
#include "rtthread/below/lwip_double.h"

#include <gtest/gtest.h>

TEST(RtThreadBelow, TheLoopHasItsNameBeforeItHasItsAddress)
{
    k230_rtthread_add_loop();
    ASSERT_EQ(rtt_adds, 1u);
    EXPECT_STREQ(rtt_name_at_add, "lo") << "mainline's netdev gives 127.0.0.1 to the first card where it is empty";
    EXPECT_EQ(rtt_ups, 1u);
    k230_rtthread_add_loop();
    EXPECT_EQ(rtt_adds, 1u) << "once";
}

/* An ACK without data that finds the window closed is answered with another one by lwIP. */
TEST(RtThreadBelow, TwoClosedWindowsDoNotAnswerEachOtherForEver)
{
    constexpr uint8_t ACK = 0x10, PSH = 0x08;
    k230_rtthread_add_loop();
    unsigned answered = 0;
    while (answered < 1000 && !rtt_segment_is_lost(ACK, 0))
        answered++;
    EXPECT_LT(answered, 100u);
    for (unsigned i = 0; i < 1000; i++) { /* nothing else is lost */
        ASSERT_FALSE(rtt_segment_is_lost(ACK, 1));
        ASSERT_FALSE(rtt_segment_is_lost(ACK | PSH, 0));
        ASSERT_FALSE(rtt_segment_is_lost(ACK, 0));
    }
}
