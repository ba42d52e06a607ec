/* What the RT-Thread port has to absorb of its stack and the other ports do not; the rest is stack_test.cpp's. */
#include "stack_under_test.h"

#include "rtthread/rtt_host.h"

class rtthread_only : public StackTest
{
  protected:
    void SetUp() override
    {
        rtt_interface_reset();
        StackTest::SetUp();
    }
    void TearDown() override
    {
        rtt_descriptors_left(-1);
        rtt_interface_reset();
        StackTest::TearDown();
    }
    uint32_t Flags() { return k230_stack_network(stack) & ((1u << K230_NETWORK_DIGEST_SHIFT) - 1u); }
    uint32_t Digest() { return k230_stack_network(stack) >> K230_NETWORK_DIGEST_SHIFT; }
    int64_t TimeOfWait(uint32_t timeout_ms, int *count = nullptr)
    {
        k230_stack_event event = {};
        const int64_t start = NowMs();
        const int events = k230_stack_wait(stack, &event, 1, timeout_ms);
        if (count)
            *count = events;
        return NowMs() - start;
    }
};

TEST_F(rtthread_only, TheNetworkIsWhatNetdevSaysAndItsDigestIsThatOfTheAddresses)
{
    EXPECT_EQ(K230_NETWORK_LINK | K230_NETWORK_ADDRESS, Flags());
    const uint32_t before = Digest();
    EXPECT_EQ(before, Digest()) << "looking changes nothing";
    rtt_interface(true, false);
    EXPECT_EQ(K230_NETWORK_ADDRESS, Flags());
    EXPECT_EQ(before, Digest()) << "the link alone";
    rtt_interface(true, true);
    const uint8_t none[4] = {0, 0, 0, 0}, lease[4] = {192, 0, 2, 9}, other[4] = {192, 0, 2, 10};
    rtt_interface_address(none);
    EXPECT_EQ(K230_NETWORK_LINK, Flags()) << "before the lease";
    EXPECT_EQ(0u, Digest());
    rtt_interface_address(lease);
    EXPECT_EQ(K230_NETWORK_LINK | K230_NETWORK_ADDRESS, Flags());
    const uint32_t leased = Digest();
    rtt_interface_address(other);
    EXPECT_NE(leased, Digest());
    rtt_interface_address(lease);
    EXPECT_EQ(leased, Digest()) << "the same addresses, the same digest";
}

TEST_F(rtthread_only, AnotherWayForADatagramIsAnotherNumber)
{
    const uint8_t lease[4] = {192, 0, 2, 9};
    const uint32_t before = k230_stack_routes(stack);
    EXPECT_EQ(before, k230_stack_routes(stack)) << "looking changes nothing";
    rtt_interface(true, false);
    const uint32_t unplugged = k230_stack_routes(stack);
    EXPECT_NE(before, unplugged);
    rtt_interface_address(lease);
    const uint32_t leased = k230_stack_routes(stack);
    EXPECT_NE(unplugged, leased);
    rtt_interface_gateway(lease);
    EXPECT_NE(leased, k230_stack_routes(stack)) << "though the network's word is the same";
}

TEST_F(rtthread_only, AChangeOfTheNetworkEndsAWaitAndReachesTheApplicationsCallbackToo)
{
    TimeOfWait(0); /* what came before */
    const unsigned calls = rtt_application_calls();
    std::thread driver([] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        rtt_interface(true, false);
    });
    EXPECT_LT(TimeOfWait(PATIENCE_MS), PATIENCE_MS / 2);
    driver.join();
    EXPECT_EQ(calls + 1, rtt_application_calls());
}

TEST_F(rtthread_only, WithItsInterfaceDownAConnectionSleepsAndGoesOnWhenItIsUpAgain)
{
    Fd peer;
    const int sock = Pair(&peer);
    ASSERT_EQ(0, k230_stack_watch(stack, sock, K230_STACK_IN, 5));
    rtt_interface(false, true);
    k230_stack_network(stack);
    TimeOfWait(0);
    int count;
    EXPECT_GE(TimeOfWait(QUIET_MS, &count), QUIET_MS - 1) << "poll fails at once: nobody may spin on that";
    EXPECT_EQ(0, count);
    k230_stack_wake(stack);
    EXPECT_LT(TimeOfWait(PATIENCE_MS), PATIENCE_MS / 2) << "the doorbell rings all the same";
    uint8_t byte = 'x';
    const k230_span span = {&byte, 1};
    EXPECT_EQ(-K230_EAGAIN, k230_stack_recv(stack, sock, &span, 1));
    EXPECT_EQ(-K230_EAGAIN, k230_stack_send(stack, sock, &span, 1));
    EXPECT_EQ(-K230_ENETDOWN, k230_stack_open(stack, K230_AF_INET, K230_SOCK_STREAM, 0));
    KernelSend(peer, "late");
    rtt_interface(true, true);
    k230_stack_network(stack);
    TimeOfWait(0);
    k230_stack_event event = {};
    ASSERT_EQ(1, k230_stack_wait(stack, &event, 1, PATIENCE_MS));
    EXPECT_EQ(5u, event.tag);
    EXPECT_EQ("late", Recv(sock));
}

TEST_F(rtthread_only, WithoutDescriptorsOpenGivesEmfileAndAFailedConnectLosesTheSocketOnly)
{
    const int sock = Open();
    rtt_descriptors_left(0);
    EXPECT_EQ(-K230_EMFILE, k230_stack_open(stack, K230_AF_INET, K230_SOCK_DGRAM, 0));
    rtt_descriptors_left(1);
    const int other = Open();
    EXPECT_EQ(-K230_EMFILE, k230_stack_open(stack, K230_AF_INET, K230_SOCK_STREAM, 0));
    Close(other);
    EXPECT_GE(Open(), 0);
    EXPECT_EQ(0, k230_stack_disconnect(stack, sock)) << "it takes the place of its own";
}

TEST_F(rtthread_only, ASecondConnectNeverReachesTheKernelThatHaltsOnIt)
{
    Fd peer;
    const int sock = Pair(&peer);
    const k230_addr addr = Address(KernelIp(), 9);
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(-K230_EISCONN, k230_stack_connect(stack, sock, &addr));
    k230_addr local = {};
    EXPECT_EQ(-K230_EISCONN, k230_stack_connect(stack, Listener(&local), &addr));
}

TEST_F(rtthread_only, ALookUpWithoutMemoryIsAskedAgain)
{
    rtt_look_ups_without_memory(3);
    k230_stack_query query = {};
    strcpy(query.host, "ip6-localhost"); /* of /etc/hosts, or no name at all: the answer does not matter */
    static k230_stack_answer answer;
    uint32_t tag = 0;
    ASSERT_TRUE(k230_stack_resolve(stack, &query, 7));
    const int64_t start = NowMs();
    while (!k230_stack_resolved(stack, &tag, &answer) && NowMs() - start < PATIENCE_MS)
        TimeOfWait(50);
    EXPECT_NE(-K230_EAI_MEMORY, answer.status);
    EXPECT_GE(NowMs() - start, 29) << "three times 10 ms";
}

TEST_F(rtthread_only, AnAnswerOfTheLastRoundIsNotTakenForOneOfThis)
{
    rtt_look_ups_without_memory(5);
    k230_stack_query query = {};
    strcpy(query.host, "no-such-name.invalid");
    ASSERT_TRUE(k230_stack_resolve(stack, &query, 41));
    k230_stack_rtthread_end(stack);
    ASSERT_EQ(0, k230_stack_rtthread_init(stack));
    static k230_stack_answer answer;
    uint32_t tag = 0;
    for (int64_t end = NowMs() + 500; NowMs() < end;) {
        ASSERT_FALSE(k230_stack_resolved(stack, &tag, &answer)) << tag;
        TimeOfWait(20);
    }
    int asked = 0;
    strcpy(query.host, "localhost");
    while (asked < 10 && k230_stack_resolve(stack, &query, 42))
        asked++;
    EXPECT_EQ(K230_RTTHREAD_HELPERS, asked) << "every helper is free again";
    for (int64_t end = NowMs() + PATIENCE_MS; asked > 0 && NowMs() < end; TimeOfWait(5))
        asked -= k230_stack_resolved(stack, &tag, &answer);
    EXPECT_EQ(0, asked);
}

TEST_F(rtthread_only, NumbersThatInetAtonWouldGuessAtAreNames)
{
    static k230_stack_answer answer;
    uint32_t tag = 0;
    for (const char *host : {"10.0.2", "1.2.3.4.5", "256.1.1.1", "1..2.3", "1.2.3.", "0x7f.0.0.1", ""}) {
        k230_stack_query query = {};
        strcpy(query.host, host);
        query.flags = K230_AI_NUMERICHOST;
        ASSERT_TRUE(k230_stack_resolve(stack, &query, 1));
        ASSERT_TRUE(k230_stack_resolved(stack, &tag, &answer)) << host;
        EXPECT_EQ(-K230_EAI_NONAME, answer.status) << host;
    }
    k230_stack_query query = {};
    strcpy(query.host, "192.0.2.1");
    for (const char *service : {"http", "65536", "-1", "8 0"}) {
        strcpy(query.service, service);
        ASSERT_TRUE(k230_stack_resolve(stack, &query, 1));
        ASSERT_TRUE(k230_stack_resolved(stack, &tag, &answer));
        EXPECT_EQ(-K230_EAI_SERVICE, answer.status) << service;
    }
}

TEST_F(rtthread_only, AStackSaysHowMuchOfItWasNeverUsed)
{
    const uint32_t whole = K230_RTTHREAD_HELPER_STACK;
    const int64_t until = NowMs() + PATIENCE_MS;
    uint32_t room = whole;
    while (room == whole && NowMs() < until) /* the helpers may not have run yet */
        ASSERT_TRUE(k230_stack_rtthread_helper_room(&room));
    EXPECT_GT(room, 0u);
    EXPECT_LT(room, whole);
}
