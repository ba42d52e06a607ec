#include "pal_board.h"
TEST_F(PalTest, AConnectionSendsReceivesAndEnds)
{
    Fd peer;
    const int handle = Pair(&peer);
    EXPECT_EQ(5u, Send(handle, "hello"));
    EXPECT_EQ("hello", KernelRecv(peer, 5));
    KernelSend(peer, "world");
    EXPECT_EQ("world", Recv(handle));
    EXPECT_EQ(0, Close(handle));
    EXPECT_EQ("", KernelRecv(peer));
}
