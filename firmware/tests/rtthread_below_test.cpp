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
