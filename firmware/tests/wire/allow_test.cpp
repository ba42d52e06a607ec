/* Addresses as text, and the list of those who are let in. */
#include "k230_wire_allow.h"

#include <arpa/inet.h>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

static k230_addr Addr(const std::string &text)
{
    k230_addr addr = {};
    addr.port = 4711;
    if (inet_pton(AF_INET, text.c_str(), addr.ip) == 1)
        addr.family = K230_AF_INET;
    else if (inet_pton(AF_INET6, text.c_str(), addr.ip) == 1)
        addr.family = K230_AF_INET6;
    else
        ADD_FAILURE() << text << " is no address";
    return addr;
}

static int Parse(const std::string &text, k230_wire_allow *allow, const char **wrong = nullptr)
{
    return k230_wire_allow_parse(allow, text.c_str(), wrong);
}

static bool Allows(const std::string &list, const std::string &peer)
{
    k230_wire_allow allow;
    EXPECT_GT(Parse(list, &allow), 0) << list;
    const k230_addr addr = Addr(peer);
    return k230_wire_allows(&allow, &addr);
}

TEST(WireAllow, AnAddressIsItself)
{
    EXPECT_TRUE(Allows("10.0.0.7", "10.0.0.7"));
    EXPECT_FALSE(Allows("10.0.0.7", "10.0.0.6"));
    EXPECT_FALSE(Allows("10.0.0.7", "10.0.0.8"));
    EXPECT_TRUE(Allows("fd00::7", "fd00::7"));
    EXPECT_FALSE(Allows("fd00::7", "fd00::8"));
}

TEST(WireAllow, ANetworkReachesFromItsFirstToItsLastAddress)
{
    struct {
        const char *network, *before, *first, *last, *after;
    } const cases[] = {
        {"192.168.1.0/24", "192.168.0.255", "192.168.1.0", "192.168.1.255", "192.168.2.0"},
        {"10.0.0.0/8", "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
        {"172.16.0.0/12", "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
        {"10.1.2.128/25", "10.1.2.127", "10.1.2.128", "10.1.2.255", "10.1.3.0"},
        {"10.1.2.4/30", "10.1.2.3", "10.1.2.4", "10.1.2.7", "10.1.2.8"},
        {"10.1.2.4/31", "10.1.2.3", "10.1.2.4", "10.1.2.5", "10.1.2.6"},
        {"10.1.2.4/32", "10.1.2.3", "10.1.2.4", "10.1.2.4", "10.1.2.5"},
        {"128.0.0.0/1", "127.255.255.255", "128.0.0.0", "255.255.255.255", "0.0.0.0"},
        {"fe80::/10", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
         "fec0::"},
        {"2001:db8::/33", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
         "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff", "2001:db8:8000::"},
        {"fd00::4/127", "fd00::3", "fd00::4", "fd00::5", "fd00::6"},
    };
    for (const auto &one : cases) {
        EXPECT_FALSE(Allows(one.network, one.before)) << one.network;
        EXPECT_TRUE(Allows(one.network, one.first)) << one.network;
        EXPECT_TRUE(Allows(one.network, one.last)) << one.network;
        EXPECT_FALSE(Allows(one.network, one.after)) << one.network;
    }
}

/* Against arithmetic on whole numbers, for each length of a prefix. */
TEST(WireAllow, EachLengthOfAPrefixHasItsBorders)
{
    uint32_t seed = 12345;
    for (uint32_t bits = 0; bits <= 32; bits++)
        for (int i = 0; i < 50; i++) {
            seed = seed * 1664525u + 1013904223u;
            const uint32_t base = seed;
            const uint32_t peer = base ^ (i % 2 ? 1u << (seed >> 7) % 32u : 0u);
            const uint32_t mask = bits == 0 ? 0 : ~0u << (32 - bits);
            const in_addr base_in = {htonl(base)}, peer_in = {htonl(peer)};
            char text[2][INET_ADDRSTRLEN];
            inet_ntop(AF_INET, &base_in, text[0], sizeof text[0]);
            inet_ntop(AF_INET, &peer_in, text[1], sizeof text[1]);
            EXPECT_EQ((base & mask) == (peer & mask), Allows(text[0] + ("/" + std::to_string(bits)), text[1]))
                << text[0] << "/" << bits << " " << text[1];
        }
}

TEST(WireAllow, AnAddressWithItsNetworksLengthMeansTheNetwork)
{
    EXPECT_TRUE(Allows("192.168.1.77/24", "192.168.1.5"));
    EXPECT_TRUE(Allows("fd00::77/64", "fd00::5"));
}

TEST(WireAllow, EverybodyHasToBeSaidForEachFamily)
{
    EXPECT_TRUE(Allows("0.0.0.0/0", "8.8.8.8"));
    EXPECT_FALSE(Allows("0.0.0.0/0", "2001:db8::1"));
    EXPECT_TRUE(Allows("::/0", "2001:db8::1"));
    EXPECT_FALSE(Allows("::/0", "8.8.8.8"));
}

TEST(WireAllow, APeerOfIpv4IsTheSameOverAnIpv6Listener)
{
    EXPECT_TRUE(Allows("192.168.1.0/24", "::ffff:192.168.1.5"));
    EXPECT_FALSE(Allows("192.168.1.0/24", "::ffff:192.168.2.5"));
    EXPECT_FALSE(Allows("::/0", "::ffff:192.168.1.5")) << "no way around a list of IPv4 networks";
    EXPECT_TRUE(Allows("::ffff:192.168.1.0/120", "192.168.1.5"));
    EXPECT_TRUE(Allows("::ffff:10.0.0.7", "10.0.0.7"));
    EXPECT_FALSE(Allows("10.0.0.7", "::10.0.0.7")) << "this is no mapped address";
}

TEST(WireAllow, FamiliesDoNotMix)
{
    EXPECT_FALSE(Allows("10.0.0.7", "a00:7::"));
    EXPECT_FALSE(Allows("a00:7::", "10.0.0.7"));
    k230_wire_allow allow;
    ASSERT_EQ(1, Parse("0.0.0.0/0", &allow));
    const k230_addr none = {};
    EXPECT_FALSE(k230_wire_allows(&allow, &none));
}

TEST(WireAllow, AListHasSeveralEntries)
{
    const std::string list = "192.168.1.0/24, 10.0.0.7 ,\t::1,fd00::/8";
    for (const char *peer : {"192.168.1.9", "10.0.0.7", "::1", "fd12::9"})
        EXPECT_TRUE(Allows(list, peer)) << peer;
    for (const char *peer : {"192.168.2.9", "10.0.0.8", "::2", "fe00::9"})
        EXPECT_FALSE(Allows(list, peer)) << peer;
}

TEST(WireAllow, TextThatIsNoListIsRefusedAndPointedAt)
{
    for (const char *text : {"",
                             " ",
                             ",",
                             "10.0.0.7,",
                             ",10.0.0.7",
                             "10.0.0.7,,10.0.0.8",
                             "10.0.0",
                             "10.0.0.",
                             "10.0.0.7.8",
                             "10.0.0.256",
                             "10.0.0.-1",
                             "010.0.0.7",
                             "10.0.0.7 8",
                             "10.0.0.7/",
                             "10.0.0.7/33",
                             "10.0.0.7/-1",
                             "10.0.0.7/08",
                             "10.0.0.7/8x",
                             "10.0.0.7/8/8",
                             "/8",
                             "any",
                             "*",
                             "localhost",
                             "0x0a.0.0.7",
                             "10.0.0.7:26000",
                             "[::1]",
                             "::1%eth0",
                             ":",
                             ":::",
                             "1:2:3:4:5:6:7",
                             "1:2:3:4:5:6:7:8:9",
                             "1:2:3:4:5:6:7:8:",
                             "1:2:3:4:5:6:7:8::",
                             "::1:2:3:4:5:6:7:8",
                             "1::2::3",
                             "12345::",
                             "::g",
                             "::1/129",
                             "::10.0.0",
                             "::10.0.0.7.8",
                             "::10.0.0.7:1",
                             "1:2:3:4:5:6:7:10.0.0.7",
                             "1:",
                             ":1",
                             "192.168.1.0-192.168.1.9",
                             "10.0.0.7;10.0.0.8",
                             "fd00::/8/8",
                             "99999999999.0.0.1",
                             "4294967297.0.0.1"}) {
        k230_wire_allow allow;
        const char *wrong = nullptr;
        EXPECT_EQ(-K230_EINVAL, Parse(text, &allow, &wrong)) << "'" << text << "'";
        EXPECT_NE(nullptr, wrong);
        EXPECT_EQ(0u, allow.count);
        const k230_addr peer = Addr("10.0.0.7");
        EXPECT_FALSE(k230_wire_allows(&allow, &peer)) << text;
    }
    k230_wire_allow allow;
    const char *wrong = nullptr;
    const char *list = "10.0.0.7, nonsense, ::1";
    ASSERT_EQ(-K230_EINVAL, k230_wire_allow_parse(&allow, list, &wrong));
    EXPECT_EQ(list + 10, wrong);
}

TEST(WireAllow, AListOfThisMachineAloneIsKnown)
{
    for (const char *text : {"127.0.0.1", "127.0.0.0/8", "127.1.2.3,127.0.0.0/9", "::ffff:127.0.0.1"}) {
        k230_wire_allow allow;
        Parse(text, &allow);
        EXPECT_TRUE(k230_wire_allows_loopback_alone(&allow)) << text;
    }
    for (const char *text : {"127.0.0.0/7", "0.0.0.0/0", "127.0.0.1,10.0.0.7", "::1", "::/0"}) {
        k230_wire_allow allow;
        Parse(text, &allow);
        EXPECT_FALSE(k230_wire_allows_loopback_alone(&allow)) << text;
    }
    const k230_wire_allow nobody = {};
    EXPECT_FALSE(k230_wire_allows_loopback_alone(&nobody));
}

TEST(WireAllow, OneEntryTooManyIsRefused)
{
    std::string list = "10.0.0.1";
    for (unsigned i = 2; i <= K230_WIRE_NETWORKS; i++)
        list += ",10.0.0." + std::to_string(i);
    k230_wire_allow allow;
    EXPECT_EQ(static_cast<int>(K230_WIRE_NETWORKS), Parse(list, &allow));
    EXPECT_EQ(-K230_ENOBUFS, Parse(list + ",10.0.0.99", &allow));
    EXPECT_EQ(0u, allow.count);
}

/* The C library reads and writes the same texts. */
TEST(WireAllow, AddressesReadAndWriteAsTheCLibraryHasThem)
{
    std::vector<std::string> texts = {"0.0.0.0",
                                      "255.255.255.255",
                                      "10.0.0.7",
                                      "::",
                                      "::1",
                                      "1::",
                                      "fd00::7",
                                      "1:2:3:4:5:6:7:8",
                                      "1:0:0:4:5:0:0:0",
                                      "1:0:3:4:5:6:7:8",
                                      "2001:db8::1:0:0:1",
                                      "FD00:0:0::ABCD",
                                      "1:2:3:4:5:6:7::",
                                      "::2:3:4:5:6:7:8",
                                      "0:0:0:0:0:0:0:0",
                                      "64:ff9b::10.1.2.3",
                                      "1:2:3:4:5:6:10.1.2.3"};
    uint32_t seed = 99;
    for (int i = 0; i < 500; i++) {
        uint8_t ip[16];
        for (uint8_t &byte : ip) {
            seed = seed * 1664525u + 1013904223u;
            byte = seed >> 30 ? 0 : static_cast<uint8_t>(seed >> 16);
        }
        char text[INET6_ADDRSTRLEN];
        texts.push_back(inet_ntop(AF_INET6, ip, text, sizeof text));
    }
    for (const std::string &text : texts) {
        k230_addr ours;
        ASSERT_TRUE(k230_wire_parse_addr(text.data(), text.size(), &ours)) << text;
        const k230_addr theirs = Addr(text);
        EXPECT_EQ(theirs.family, ours.family) << text;
        EXPECT_EQ(0, memcmp(theirs.ip, ours.ip, sizeof ours.ip)) << text;
        char written[K230_WIRE_ADDR_TEXT];
        k230_wire_format_addr(&ours, written);
        char expected[INET6_ADDRSTRLEN];
        inet_ntop(theirs.family == K230_AF_INET ? AF_INET : AF_INET6, theirs.ip, expected, sizeof expected);
        if (!strchr(expected, ':') || !strchr(expected, '.')) { /* it writes ::1:2 as ::0.1.0.2 */
            EXPECT_STREQ(expected, written);
        }
    }
}

TEST(WireAllow, AMappedAddressIsWrittenAsIpv4)
{
    const k230_addr mapped = Addr("::ffff:10.0.0.7");
    char text[K230_WIRE_ADDR_TEXT];
    k230_wire_format_addr(&mapped, text);
    EXPECT_STREQ("10.0.0.7", text);
}
