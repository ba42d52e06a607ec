/* The numbers of the protocol: where things are in the region, what words and handles say. */
#include "k230_protocol.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace
{

constexpr k230_limits good_limits = {8, 16, 32, 12, 4096, 8192, 1472};

uint64_t end_of(const k230_limits &limits)
{
    k230_layout layout = {};
    EXPECT_TRUE(k230_layout_of(&limits, UINT32_MAX, &layout));
    return layout.end;
}

bool fits(const k230_limits &limits, uint64_t length = UINT64_MAX)
{
    k230_layout layout = {};
    return k230_layout_of(&limits, length, &layout);
}

bool fits_with(const std::function<void(k230_limits &)> &change)
{
    k230_limits limits = good_limits;
    change(limits);
    return fits(limits);
}

} // namespace

TEST(Layout, FitsARegionOfExactlyItsSizeAndNotOneByteLess)
{
    const uint64_t end = end_of(good_limits);
    EXPECT_TRUE(fits(good_limits, end));
    EXPECT_FALSE(fits(good_limits, end - 1));
    EXPECT_FALSE(fits(good_limits, 0));
}

TEST(Layout, LeavesTheAnswerAloneWhenItRefuses)
{
    k230_layout layout;
    std::memset(&layout, 0x5A, sizeof layout);
    k230_layout before = layout;
    k230_limits limits = good_limits;
    limits.slots = 0;
    EXPECT_FALSE(k230_layout_of(&limits, UINT64_MAX, &layout));
    EXPECT_FALSE(k230_layout_of(&good_limits, 100, &layout));
    EXPECT_EQ(std::memcmp(&layout, &before, sizeof layout), 0);
}

TEST(Layout, PutsEveryAreaOnItsOwnLines)
{
    for (const k230_limits &limits :
         {good_limits, k230_limits{1, 1, 1, 1, 1024, 2048, 1}, k230_limits{1024, 4096, 4096, 100, 2048, 4096, 1500}}) {
        k230_layout layout = {};
        ASSERT_TRUE(k230_layout_of(&limits, UINT32_MAX, &layout));
        for (const uint32_t offset :
             {layout.requests, layout.completions, layout.status, layout.pairs, layout.pair_stride})
            EXPECT_EQ(offset % K230_LINE, 0u);
        EXPECT_EQ(layout.end % K230_LINE, 0u);
    }
}

TEST(Layout, KeepsAreasApart)
{
    k230_layout layout = {};
    ASSERT_TRUE(k230_layout_of(&good_limits, UINT32_MAX, &layout));
    EXPECT_GE(layout.requests, sizeof(k230_head));
    EXPECT_GE(layout.completions, layout.requests + good_limits.requests * sizeof(k230_request));
    EXPECT_GE(layout.status, layout.completions + good_limits.completions * sizeof(k230_completion));
    EXPECT_GE(layout.pairs, layout.status + good_limits.slots * sizeof(k230_status_line));
    EXPECT_GE(layout.pair_stride, sizeof(k230_pair_head) + good_limits.tx_size + good_limits.rx_size);
    EXPECT_GE(layout.end, layout.pairs + static_cast<uint64_t>(layout.pair_stride) * good_limits.pairs);
}

TEST(Layout, RefusesEachBadLimit)
{
    ASSERT_TRUE(fits(good_limits));
    EXPECT_FALSE(fits_with([](k230_limits &l) { l.slots = 0; }));
    EXPECT_TRUE(fits_with([](k230_limits &l) { l.slots = K230_SLOT_LIMIT; }));
    EXPECT_FALSE(fits_with([](k230_limits &l) { l.slots = K230_SLOT_LIMIT + 1; }));
    EXPECT_FALSE(fits_with([](k230_limits &l) { l.slots = UINT32_MAX; }));
    EXPECT_FALSE(fits_with([](k230_limits &l) { l.requests = 0; }));
    EXPECT_FALSE(fits_with([](k230_limits &l) { l.requests = 8192; }));
    EXPECT_FALSE(fits_with([](k230_limits &l) { l.completions = 0; }));
    EXPECT_FALSE(fits_with([](k230_limits &l) { l.completions = 1u << 31; }));
    EXPECT_FALSE(fits_with([](k230_limits &l) { l.pairs = 0; }));
    EXPECT_FALSE(fits_with([](k230_limits &l) { l.pairs = 4 * K230_SLOT_LIMIT + 1; }));
    EXPECT_FALSE(fits_with([](k230_limits &l) { l.pairs = UINT32_MAX; }));
    EXPECT_FALSE(fits_with([](k230_limits &l) {
        l.tx_size = 512;
        l.datagram = 1;
    }));
    EXPECT_FALSE(fits_with([](k230_limits &l) {
        l.rx_size = 512;
        l.datagram = 1;
    }));
    EXPECT_FALSE(fits_with([](k230_limits &l) { l.tx_size = 1u << 25; }));
    EXPECT_FALSE(fits_with([](k230_limits &l) { l.rx_size = 1u << 25; }));
    EXPECT_FALSE(fits_with([](k230_limits &l) { l.datagram = 0; }));
    EXPECT_FALSE(fits_with([](k230_limits &l) {
        l.datagram = 65536;
        l.tx_size = l.rx_size = 1u << 20;
    }));
    EXPECT_FALSE(fits_with([](k230_limits &l) { l.datagram = UINT32_MAX; }));
    EXPECT_FALSE(fits_with([](k230_limits &l) { l.datagram = UINT32_MAX - 46; }));
}

TEST(Layout, WantsPowersOfTwoWhereIndicesAreMasked)
{
    for (const uint32_t odd : {3u, 1025u, 4095u, 4097u, 6144u}) {
        EXPECT_FALSE(fits_with([&](k230_limits &l) { l.requests = odd; }));
        EXPECT_FALSE(fits_with([&](k230_limits &l) { l.completions = odd; }));
        EXPECT_FALSE(fits_with([&](k230_limits &l) { l.tx_size = odd; }));
        EXPECT_FALSE(fits_with([&](k230_limits &l) { l.rx_size = odd * 4; }));
    }
    EXPECT_FALSE(k230_power_of_two(0));
    EXPECT_TRUE(k230_power_of_two(1));
    EXPECT_TRUE(k230_power_of_two(1u << 31));
    EXPECT_FALSE(k230_power_of_two(UINT32_MAX));
}

TEST(Layout, WantsTheLongestDatagramToFitTheTransmitRingAndHalfTheReceiveRing)
{
    k230_limits limits = good_limits;
    limits.tx_size = 2048;
    limits.rx_size = 4096;
    limits.datagram = 2048 - sizeof(k230_record);
    EXPECT_TRUE(fits(limits));
    limits.datagram++;
    EXPECT_FALSE(fits(limits));
    limits.tx_size = 4096; /* the receive ring still has too little in one half */
    EXPECT_FALSE(fits(limits));
    limits.rx_size = 8192;
    EXPECT_TRUE(fits(limits));
}

TEST(Layout, DoesNotWrapWhereTheSumExceeds32Bits)
{
    k230_limits limits = good_limits;
    limits.pairs = 128; /* 128 * (2^24 + 2^24 + 256) = 2^32 + 32768 */
    limits.tx_size = limits.rx_size = 1u << 24;
    EXPECT_FALSE(fits(limits, 1u << 20));
    EXPECT_FALSE(fits(limits, UINT64_MAX)) << "offsets have 32 bits";
    limits.pairs = 127;
    EXPECT_TRUE(fits(limits, UINT64_MAX));
    limits.pairs = 4 * K230_SLOT_LIMIT;
    EXPECT_FALSE(fits(limits, UINT64_MAX));
}

TEST(Record, TakesItsHeaderAndAMultipleOfEight)
{
    EXPECT_EQ(k230_record_space(0), 40u);
    EXPECT_EQ(k230_record_space(1), 48u);
    EXPECT_EQ(k230_record_space(8), 48u);
    EXPECT_EQ(k230_record_space(9), 56u);
    EXPECT_EQ(k230_record_space(65535), 65576u);
}

TEST(Handle, GoesThereAndBack)
{
    for (const uint32_t slot : {0u, 1u, 31u, 32u, K230_SLOT_LIMIT - 1})
        for (const uint32_t gen : {1u, 2u, 0x1234u, K230_GEN_LIMIT}) {
            const uint32_t handle = k230_handle(slot, gen);
            EXPECT_EQ(k230_handle_slot(handle), slot);
            EXPECT_EQ(k230_handle_gen(handle), gen);
        }
}

TEST(Handle, IsNeverNegative)
{
    EXPECT_LE(k230_handle((1u << K230_SLOT_BITS) - 1, K230_GEN_LIMIT), static_cast<uint32_t>(INT32_MAX));
}

TEST(Status, KeepsFlagsCodeAndNumberApart)
{
    for (const uint32_t flags : {0u, 7u, 0xFFFFu})
        for (const uint32_t code : {0u, 111u, 255u})
            for (const uint32_t number : {0u, 1u, 255u}) {
                const uint32_t word = k230_status_word(flags, code, number);
                EXPECT_EQ(word & 0xFFFFu, flags);
                EXPECT_EQ(k230_status_code(word), code);
                EXPECT_EQ(k230_status_number(word), number);
            }
    EXPECT_EQ(k230_status_word(0x10001u, 0x100u, 0x100u), 1u) << "a field never spills into its neighbour";
}

TEST(Status, HasRoomForEveryErrorCode)
{
#define X(name, number) EXPECT_LE(number, 255) << #name;
    K230_ERRORS(X)
#undef X
}

TEST(Errors, HaveMicroPythonsNumbers)
{
    /* micropython py/mperrno.h and what its reference lists; the same as Linux's. */
    const std::map<std::string, int> micropython = {{"EPERM", 1},
                                                    {"ENOENT", 2},
                                                    {"EINTR", 4},
                                                    {"EIO", 5},
                                                    {"EBADF", 9},
                                                    {"EAGAIN", 11},
                                                    {"ENOMEM", 12},
                                                    {"EACCES", 13},
                                                    {"EBUSY", 16},
                                                    {"EEXIST", 17},
                                                    {"ENODEV", 19},
                                                    {"EINVAL", 22},
                                                    {"EMFILE", 24},
                                                    {"EPIPE", 32},
                                                    {"EPROTO", 71},
                                                    {"EDESTADDRREQ", 89},
                                                    {"EMSGSIZE", 90},
                                                    {"ENOPROTOOPT", 92},
                                                    {"EPROTONOSUPPORT", 93},
                                                    {"EOPNOTSUPP", 95},
                                                    {"EAFNOSUPPORT", 97},
                                                    {"EADDRINUSE", 98},
                                                    {"EADDRNOTAVAIL", 99},
                                                    {"ENETDOWN", 100},
                                                    {"ENETUNREACH", 101},
                                                    {"ECONNABORTED", 103},
                                                    {"ECONNRESET", 104},
                                                    {"ENOBUFS", 105},
                                                    {"EISCONN", 106},
                                                    {"ENOTCONN", 107},
                                                    {"ETIMEDOUT", 110},
                                                    {"ECONNREFUSED", 111},
                                                    {"EHOSTUNREACH", 113},
                                                    {"EALREADY", 114},
                                                    {"EINPROGRESS", 115}};
    std::map<std::string, int> ours;
#define X(name, number) ours[#name] = K230_##name;
    K230_ERRORS(X)
#undef X
    EXPECT_EQ(ours, micropython);
}

#ifdef __linux__
TEST(Errors, AreLinuxsNumbersToo)
{
#define X(name, number) EXPECT_EQ(number, name) << #name;
    K230_ERRORS(X)
#undef X
}
#endif

TEST(Errors, HaveNamesForBothSigns)
{
#define X(name, number)                                                                                                \
    EXPECT_STREQ(k230_error_name(K230_##name), #name);                                                                 \
    EXPECT_STREQ(k230_error_name(-K230_##name), #name);
    K230_ERRORS(X)
    K230_RESOLVER_ERRORS(X)
#undef X
}

TEST(Errors, AreCalledErrorWhereNobodyKnowsThem)
{
    for (const int code : {0, 3, -3, 1000, 1005, -4096, INT_MAX, INT_MIN + 1})
        EXPECT_STREQ(k230_error_name(code), "error") << code;
}

TEST(Errors, HaveANameEvenForTheNumberThatCannotBeNegated) /* a status comes from the other core */
{
    EXPECT_STREQ(k230_error_name(INT_MIN), "error");
}

TEST(Errors, NeverCollideWithResolverErrorsOrWithPending)
{
    std::set<int> numbers;
    unsigned count = 0;
#define X(name, number)                                                                                                \
    numbers.insert(K230_##name);                                                                                       \
    count++;
    K230_ERRORS(X)
    K230_RESOLVER_ERRORS(X)
#undef X
    EXPECT_EQ(numbers.size(), count);
    EXPECT_EQ(numbers.count(4096), 0u);
}

TEST(Faults, HaveDistinctTexts)
{
    std::set<std::string> texts;
    for (uint32_t fault = 0; fault < K230_FAULT_LIMIT; fault++) {
        const std::string text = k230_fault_text(fault);
        EXPECT_NE(text, "an unknown fault");
        EXPECT_TRUE(texts.insert(text).second) << text;
    }
    EXPECT_STREQ(k230_fault_text(K230_FAULT_LIMIT), "an unknown fault");
    EXPECT_STREQ(k230_fault_text(UINT32_MAX), "an unknown fault");
}

TEST(Head, GivesEveryWordThatTheCoresWriteItsOwnLine)
{
    const std::vector<size_t> starts = {offsetof(k230_head, small),
                                        offsetof(k230_head, big),
                                        offsetof(k230_head, request_tail),
                                        offsetof(k230_head, request_head),
                                        offsetof(k230_head, completion_tail),
                                        offsetof(k230_head, completion_head),
                                        offsetof(k230_head, armed),
                                        offsetof(k230_head, asleep),
                                        offsetof(k230_head, news),
                                        offsetof(k230_head, news_seen),
                                        offsetof(k230_head, kick),
                                        offsetof(k230_head, kick_seen)};
    for (const size_t start : starts)
        EXPECT_EQ(start % K230_LINE, 0u);
    EXPECT_EQ(std::set<size_t>(starts.begin(), starts.end()).size(), starts.size());
}

TEST(Resolver, CanCarryTheLongestNamesInOneRequest)
{
    EXPECT_LE(K230_HOST_MAX + 1 + K230_SERVICE_MAX + 1, K230_PAYLOAD_MAX);
    EXPECT_LE(K230_HOST_MAX, K230_PAYLOAD_MAX) << "a canonical name in one completion";
    EXPECT_EQ(K230_ADDRS_PER_COMPLETION * K230_ADDR_SIZE <= K230_PAYLOAD_MAX, true);
}

/* ---- interfaces -------------------------------------------------------------------------------------------------- */

TEST(Interfaces, FitOneCompletionAndShareNoByte)
{
    const std::vector<std::pair<size_t, size_t>> fields = {
        {offsetof(k230_interface, flags), sizeof(uint32_t)},
        {offsetof(k230_interface, kind), sizeof(uint32_t)},
        {offsetof(k230_interface, mtu), sizeof(uint32_t)},
        {offsetof(k230_interface, reserved), sizeof(uint32_t)},
        {offsetof(k230_interface, name), K230_INTERFACE_NAME},
        {offsetof(k230_interface, mac), 8},
        {offsetof(k230_interface, address), 4},
        {offsetof(k230_interface, mask), 4},
        {offsetof(k230_interface, gateway), 4},
        {offsetof(k230_interface, dns), K230_INTERFACE_DNS * sizeof(k230_addr)},
        {offsetof(k230_interface, ipv6_count), sizeof(uint32_t)},
        {offsetof(k230_interface, ipv6), K230_INTERFACE_IPV6 * sizeof(k230_interface_ipv6)},
    };
    size_t end = 0;
    for (const auto &field : fields) {
        EXPECT_EQ(field.first, end) << "no gap: the other core copies every byte";
        end = field.first + field.second;
    }
    EXPECT_EQ(end, sizeof(k230_interface));
    EXPECT_LE(end, K230_PAYLOAD_MAX);
}
