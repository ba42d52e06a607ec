/* The PAL's numbers, without a board. */
#include "k230_pal.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string>

TEST(PalCodes, EveryErrorOfTheWireHasItsNumber)
{
#define X(name, number)                                                                                                \
    EXPECT_GE(k230_pal_errno(-K230_##name), 10004) << #name;                                                           \
    if (strcmp(#name, "EINVAL") != 0 && strcmp(#name, "ENOENT") != 0 && strncmp(#name, "EAI_", 4) != 0) {              \
        EXPECT_NE(K230_PAL_EINVAL, k230_pal_errno(-K230_##name)) << #name << " is not in the table";                   \
    }
    K230_ERRORS(X)
    K230_RESOLVER_ERRORS(X)
#undef X
    EXPECT_EQ(0, k230_pal_errno(0));
    EXPECT_EQ(0, k230_pal_errno(7));
    EXPECT_EQ(K230_PAL_EINVAL, k230_pal_errno(-999));
    EXPECT_EQ(K230_PAL_ECONNREFUSED, k230_pal_errno(-K230_ECONNREFUSED));
    EXPECT_EQ(K230_PAL_EWOULDBLOCK, k230_pal_errno(-K230_EINPROGRESS));
    EXPECT_EQ(K230_PAL_HOST_NOT_FOUND, k230_pal_errno(-K230_EAI_NONAME));
}

TEST(PalCodes, AnAddressIsTheSameThereAndBack)
{
    const uint8_t bytes[16] = {2, 0, 0x1F, 0x90, 192, 0, 2, 7};
    struct k230_addr addr;
    ASSERT_TRUE(k230_pal_get_addr(bytes, sizeof bytes, &addr));
    EXPECT_EQ(K230_AF_INET, addr.family);
    EXPECT_EQ(8080, addr.port);
    EXPECT_EQ(0, memcmp(addr.ip, "\xC0\0\2\7", 4));
    uint8_t back[16];
    int length = sizeof back;
    k230_pal_put_addr(&addr, back, &length);
    EXPECT_EQ(16, length);
    EXPECT_EQ(0, memcmp(bytes, back, sizeof back));
}

TEST(PalCodes, AnAddressThatIsNoneIsRefused)
{
    const uint8_t bytes[16] = {2, 0, 0, 80, 127, 0, 0, 1};
    const uint8_t bytes6[24] = {23};
    const uint8_t other[24] = {10};
    struct k230_addr addr;
    EXPECT_TRUE(k230_pal_get_addr(bytes, 8, &addr)) << "the zeros at the end say nothing";
    EXPECT_FALSE(k230_pal_get_addr(bytes, 7, &addr));
    EXPECT_FALSE(k230_pal_get_addr(bytes, -1, &addr));
    EXPECT_FALSE(k230_pal_get_addr(nullptr, 16, &addr));
    EXPECT_FALSE(k230_pal_get_addr(bytes6, 24, &addr)) << "IPv6";
    EXPECT_FALSE(k230_pal_get_addr(other, sizeof other, &addr)) << "Linux's number for IPv6, not Winsock's";
}

TEST(PalCodes, AnAddressIsCutToTheRoom)
{
    const struct k230_addr addr = {K230_AF_INET, 80, 0, 0, {127, 0, 0, 1}};
    uint8_t room[8] = {0, 0, 0, 0, 0xEE, 0xEE, 0xEE, 0xEE};
    int length = 4;
    k230_pal_put_addr(&addr, room, &length);
    EXPECT_EQ(16, length) << "what it would take";
    EXPECT_EQ(80, room[3]);
    EXPECT_EQ(0xEE, room[4]) << "beyond the room";
    length = -5;
    k230_pal_put_addr(&addr, room, &length);
    EXPECT_EQ(16, length);
}

TEST(PalCodes, OptionsAreFoundByLevelAndName)
{
    const struct k230_pal_option *option = k230_pal_find_option(6, 1);
    ASSERT_NE(nullptr, option);
    EXPECT_EQ(K230_TCP_NODELAY, option->wire_name);
    EXPECT_EQ(nullptr, k230_pal_find_option(17, 1));
    EXPECT_EQ(nullptr, k230_pal_find_option(0xFFFF, 0x100)) << "out-of-band bytes in line";
    ASSERT_NE(nullptr, k230_pal_find_option(0xFFFF, ~0x80)) << "do not linger";
    EXPECT_EQ(K230_PAL_OPTION_DRY, k230_pal_find_option(0xFFFF, ~0x80)->kind);
}

TEST(PalCodes, ADottedAddressIsFourNumbersAndNothingElse)
{
    struct k230_addr addr;
    ASSERT_TRUE(k230_pal_dotted("192.0.2.255", &addr));
    EXPECT_EQ(0, memcmp(addr.ip, "\xC0\0\2\xFF", 4));
    for (const char *bad : {"", ".", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", " 1.2.3.4",
                            "1.2.3.0004", "a.b.c.d", "1..2.3", "-1.2.3.4", "1.2.3.4x", "localhost"})
        EXPECT_FALSE(k230_pal_dotted(bad, &addr)) << bad;
    EXPECT_FALSE(k230_pal_dotted(nullptr, &addr));
}

TEST(PalCodes, ChangesOfTheNetworkAreTold)
{
    const uint32_t up = K230_NETWORK_LINK | K230_NETWORK_ADDRESS;
    const uint32_t count = 1u << 8;
    const uint32_t agent = 1u << 20;
    EXPECT_EQ(0u, k230_pal_changes(0, 0));
    EXPECT_EQ(K230_PAL_LINK_CHANGED, k230_pal_changes(0, K230_NETWORK_LINK));
    EXPECT_EQ(K230_PAL_LINK_CHANGED | K230_PAL_ADDRESS_CHANGED, k230_pal_changes(0, up));
    EXPECT_EQ(K230_PAL_LINK_CHANGED, k230_pal_changes(0, agent | count | K230_NETWORK_LINK)) << "no address yet";
    EXPECT_EQ(K230_PAL_LINK_CHANGED, k230_pal_changes(agent | up, agent | K230_NETWORK_ADDRESS)) << "the link alone";
    EXPECT_EQ(K230_PAL_ADDRESS_CHANGED, k230_pal_changes(agent | K230_NETWORK_LINK, agent | count | up));
    EXPECT_EQ(K230_PAL_ADDRESS_CHANGED, k230_pal_changes(agent | up, agent | count | up)) << "another address";
    EXPECT_EQ(K230_PAL_ADDRESS_CHANGED, k230_pal_changes(agent | up | 0xFFF00u, agent | up)) << "the count begins anew";
    EXPECT_EQ(K230_PAL_LINK_CHANGED | K230_PAL_ADDRESS_CHANGED, k230_pal_changes(agent | up, agent | count));
    EXPECT_EQ(0u, k230_pal_changes(agent | up, 2u * agent | up)) << "another agent with the same addresses";
    EXPECT_EQ(K230_PAL_ADDRESS_CHANGED, k230_pal_changes(agent | up, 2u * agent | count | up)) << "with another one";
    EXPECT_EQ(0u, k230_pal_changes(agent | K230_NETWORK_LINK, 2u * agent | K230_NETWORK_LINK));
}
