/* The receiver, fed by hand, with a clock of the test's own. */
#include "k230_crc.h"
#include "wire_fuzz.h"
#include "wire_packets.h"

class WireReceiver : public testing::Test
{
  protected:
    /* Everything that is found in these bytes, given as one read. */
    std::vector<k230_wire_found> Feed(const std::string &bytes)
    {
        std::vector<k230_wire_found> found;
        size_t done = 0;
        for (;;) {
            uint32_t used = 0;
            const k230_wire_found one = k230_wire_receive(&receiver, bytes.data() + done,
                                                          static_cast<uint32_t>(bytes.size() - done), &used, now);
            done += used;
            if (one == K230_WIRE_NOTHING)
                break;
            found.push_back(one);
            if (one == K230_WIRE_PACKET)
                packets.push_back(PacketOf(receiver.header, receiver.payload));
        }
        EXPECT_EQ(bytes.size(), done) << "bytes were left";
        return found;
    }
    std::vector<uint32_t> Commands() const
    {
        std::vector<uint32_t> commands;
        for (const Packet &packet : packets)
            commands.push_back(packet.command);
        return commands;
    }

    using Found = std::vector<k230_wire_found>;
    using Numbers = std::vector<uint32_t>;
    k230_wire_receiver receiver = {};
    uint64_t now = 1000000;
    std::vector<Packet> packets;
};

/* What nf-interpreter's own code made of these values (commit 3367392a0). */
static std::string Bytes(const std::string &hex)
{
    std::string bytes;
    for (size_t i = 0; i < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return bytes;
}
static const std::string s_message = Bytes("4e46504b5456310045b3e7994cf4fc420100000000000000012000000c000000"
                                           "48656c6c6f0d0a776972650a");
static const std::string s_reply =
    Bytes("4e46504b545631004c2d58525c8ce4ed010002000100341202800000080000000000010010010000");

TEST_F(WireReceiver, TakesThePacketsThatNfInterpreterMakes)
{
    EXPECT_EQ((Found{K230_WIRE_PACKET, K230_WIRE_PACKET}), Feed(s_message + s_reply));
    ASSERT_EQ(2u, packets.size());
    EXPECT_EQ((Packet{K230_WIRE_MESSAGE, K230_WIRE_NON_CRITICAL | K230_WIRE_NO_CACHING, 0, 0, "Hello\r\nwire\n"}),
              packets[0]);
    EXPECT_EQ((Packet{K230_WIRE_EXECUTION_CHANGE_CONDITIONS, K230_WIRE_REPLY | K230_WIRE_ACK, 1, 0x1234,
                      std::string("\0\0\1\0\x10\1\0\0", 8)}),
              packets[1]);
}

TEST_F(WireReceiver, SealsAPacketToTheBytesThatNfInterpreterMakes)
{
    const std::string text = "Hello\r\nwire\n";
    k230_wire_header header = {};
    header.command = K230_WIRE_MESSAGE;
    header.flags = K230_WIRE_NON_CRITICAL | K230_WIRE_NO_CACHING;
    header.size = static_cast<uint32_t>(text.size());
    k230_wire_seal(&header, text.data());
    EXPECT_EQ(s_message, std::string(reinterpret_cast<const char *>(&header), sizeof header) + text);
}

TEST_F(WireReceiver, TakesAPacketByteByByte)
{
    const std::string bytes = PacketOf(K230_WIRE_WRITE_MEMORY, Dice(1).Bytes(1024)) + PacketOf(K230_WIRE_PING);
    for (const char byte : bytes) {
        Feed(std::string(1, byte));
        now += K230_WIRE_SILENCE_MS - 1; /* slow, but not silent */
    }
    EXPECT_EQ((Numbers{K230_WIRE_WRITE_MEMORY, K230_WIRE_PING}), Commands());
    EXPECT_EQ(Dice(1).Bytes(1024), packets.at(0).payload);
    EXPECT_EQ(0u, receiver.silences);
    EXPECT_EQ(0u, receiver.skipped);
}

TEST_F(WireReceiver, FindsTwoPacketsAndAHalfInOneRead)
{
    const std::string third = PacketOf(3, "third");
    EXPECT_EQ((Found{K230_WIRE_PACKET, K230_WIRE_PACKET}),
              Feed(PacketOf(1, "first") + PacketOf(2) + third.substr(0, 34)));
    EXPECT_EQ((Found{K230_WIRE_PACKET}), Feed(third.substr(34)));
    EXPECT_EQ((Numbers{1, 2, 3}), Commands());
}

TEST_F(WireReceiver, FindsTheMarkerWithinGarbage)
{
    EXPECT_EQ((Found{K230_WIRE_PACKET}), Feed("noise NFPK NNFPKTV NFPKTV1" + PacketOf(7, "payload") + "NFP"));
    EXPECT_EQ((Numbers{7}), Commands());
    EXPECT_EQ(26u, receiver.skipped);
}

TEST_F(WireReceiver, FindsAMarkerThatArrivesInPiecesBehindOneThatIsNone)
{
    Feed("NFPK");
    EXPECT_EQ((Found{K230_WIRE_PACKET}), Feed("N" + PacketOf(7)));
}

TEST_F(WireReceiver, AMarkerWithinAPayloadBelongsToThePayload)
{
    const std::string payload = "before" + PacketOf(9, "not a packet") + std::string("NFPKTV1\0", 8);
    EXPECT_EQ((Found{K230_WIRE_PACKET, K230_WIRE_PACKET}), Feed(PacketOf(3, payload) + PacketOf(4)));
    ASSERT_EQ((Numbers{3, 4}), Commands());
    EXPECT_EQ(payload, packets[0].payload);
}

TEST_F(WireReceiver, TheLongestPayloadIsTaken)
{
    EXPECT_EQ((Found{K230_WIRE_PACKET}), Feed(PacketOf(3, std::string(K230_WIRE_PAYLOAD_MAX, 'x'))));
}

TEST_F(WireReceiver, APayloadThatIsTooLongIsRefusedByItsHeader)
{
    for (const uint32_t size : {K230_WIRE_PAYLOAD_MAX + 1u, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFE0u, 0xFFFFFFFFu})
        EXPECT_EQ((Found{K230_WIRE_FOUND_BAD_HEADER}), Feed(HeaderOf(3, 1, 0, size, 0)));
    EXPECT_EQ((Found{K230_WIRE_PACKET}), Feed(PacketOf(4)));
}

TEST_F(WireReceiver, EachWrongBitOfAHeaderIsSeen)
{
    const std::string good = PacketOf(K230_WIRE_PING, "", 0x1234, K230_WIRE_NO_CACHING);
    for (size_t bit = 64; bit < 256; bit++) {
        std::string bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
        EXPECT_EQ((Found{K230_WIRE_FOUND_BAD_HEADER, K230_WIRE_PACKET}), Feed(bad + good)) << "bit " << bit;
    }
    EXPECT_EQ(192u, packets.size());
}

TEST_F(WireReceiver, EachWrongBitOfAPayloadIsSeen)
{
    const std::string good = PacketOf(K230_WIRE_WRITE_MEMORY, Dice(2).Bytes(40));
    for (size_t bit = 256; bit < good.size() * 8; bit++) {
        std::string bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ 1 << bit % 8);
        EXPECT_EQ((Found{K230_WIRE_FOUND_BAD_PAYLOAD, K230_WIRE_PACKET}), Feed(bad + good)) << "bit " << bit;
    }
}

TEST_F(WireReceiver, AnEmptyPayloadWithACrcIsBad)
{
    EXPECT_EQ((Found{K230_WIRE_FOUND_BAD_PAYLOAD}), Feed(HeaderOf(3, 1, 0, 0, 1)));
}

/* The PC died within a packet, and its next one lies where the rest of the first was promised. */
TEST_F(WireReceiver, APacketThatABrokenOneHasSwallowedIsFound)
{
    const std::string broken = PacketOf(K230_WIRE_WRITE_MEMORY, std::string(200, 'x')).substr(0, 50);
    EXPECT_EQ((Found{}), Feed(broken + PacketOf(K230_WIRE_PING) + PacketOf(K230_WIRE_TARGET_INFO)));
    EXPECT_EQ((Found{K230_WIRE_FOUND_BAD_PAYLOAD, K230_WIRE_PACKET, K230_WIRE_PACKET, K230_WIRE_PACKET}),
              Feed(PacketOf(K230_WIRE_MESSAGE, std::string(150, 'y'))));
    EXPECT_EQ((Numbers{K230_WIRE_PING, K230_WIRE_TARGET_INFO, K230_WIRE_MESSAGE}), Commands());
}

TEST_F(WireReceiver, APacketWithinTheHeaderOfABrokenOneIsFound)
{
    EXPECT_EQ((Found{K230_WIRE_FOUND_BAD_HEADER, K230_WIRE_PACKET}),
              Feed(PacketOf(K230_WIRE_PING).substr(0, 20) + PacketOf(K230_WIRE_TARGET_INFO)));
}

/* One report for each header's length of bytes, as many as without the search. */
TEST_F(WireReceiver, AFloodOfMarkersIsReportedOncePerHeader)
{
    std::string flood;
    for (int i = 0; i < 1000; i++)
        flood += std::string("NFPKTV1\0", 8);
    EXPECT_EQ(8000u / 32u + 1u, Feed(flood + PacketOf(K230_WIRE_PING)).size());
    size_t reports = 0;
    for (const char byte : flood + PacketOf(K230_WIRE_TARGET_INFO))
        reports += Feed(std::string(1, byte)).size();
    EXPECT_EQ(8000u / 32u + 1u, reports) << "byte by byte";
    EXPECT_EQ((Numbers{K230_WIRE_PING, K230_WIRE_TARGET_INFO}), Commands());
}

TEST_F(WireReceiver, SilenceWithinAPacketEndsIt)
{
    const std::string packet = PacketOf(K230_WIRE_WRITE_MEMORY, "the payload");
    unsigned silences = 0;
    for (const size_t cut : {1u, 7u, 8u, 31u, 32u, 33u, 42u}) {
        EXPECT_EQ((Found{}), Feed(packet.substr(0, cut)));
        now += K230_WIRE_SILENCE_MS;
        EXPECT_EQ((Found{K230_WIRE_PACKET}), Feed(PacketOf(K230_WIRE_PING))) << "cut at " << cut;
        EXPECT_EQ(++silences, receiver.silences);
    }
    EXPECT_EQ(Numbers(7, K230_WIRE_PING), Commands());
}

TEST_F(WireReceiver, TheRestOfAPacketThatComesTooLateIsGarbage)
{
    const std::string packet = PacketOf(K230_WIRE_WRITE_MEMORY, "the payload");
    Feed(packet.substr(0, 36));
    now += K230_WIRE_SILENCE_MS;
    EXPECT_EQ((Found{K230_WIRE_PACKET}), Feed(packet.substr(36) + PacketOf(K230_WIRE_PING)));
    EXPECT_EQ((Numbers{K230_WIRE_PING}), Commands());
}

TEST_F(WireReceiver, AShorterSilenceDoesNotEndIt)
{
    const std::string packet = PacketOf(K230_WIRE_WRITE_MEMORY, "the payload");
    Feed(packet.substr(0, 36));
    now += K230_WIRE_SILENCE_MS - 1;
    EXPECT_EQ((Found{K230_WIRE_PACKET}), Feed(packet.substr(36)));
}

TEST_F(WireReceiver, LooksWithoutBytesDoNotCountAsBytes)
{
    Feed(PacketOf(K230_WIRE_WRITE_MEMORY, "the payload").substr(0, 36));
    for (int i = 0; i < 8; i++) {
        now += K230_WIRE_TURN_MS;
        Feed("");
    }
    EXPECT_EQ(1u, receiver.silences);
}

/* The time that a handler takes is not the PC's. */
TEST_F(WireReceiver, APacketThatWaitsBehindASlowOneIsNotSilent)
{
    const std::string second = PacketOf(K230_WIRE_TARGET_INFO, "x");
    const std::string bytes = PacketOf(K230_WIRE_ERASE_MEMORY) + second;
    uint32_t used = 0;
    ASSERT_EQ(K230_WIRE_PACKET, k230_wire_receive(&receiver, bytes.data(), 60, &used, now));
    ASSERT_EQ(32u, used);
    now += 10u * K230_WIRE_SILENCE_MS;
    EXPECT_EQ((Found{}), Feed(bytes.substr(32, 28)));
    EXPECT_EQ((Found{K230_WIRE_PACKET}), Feed(bytes.substr(60)));
    EXPECT_EQ(0u, receiver.silences);
}

TEST_F(WireReceiver, APacketThatABrokenOneHasSwallowedIsNotSilentBehindASlowOneEither)
{
    const std::string last = PacketOf(K230_WIRE_TARGET_INFO, "x");
    const std::string broken = PacketOf(K230_WIRE_WRITE_MEMORY, std::string(80, 'x')).substr(0, 32 + 80 - 32 - 20);
    const std::string bytes = broken + PacketOf(K230_WIRE_ERASE_MEMORY) + last.substr(0, 20);
    uint32_t used = 0;
    ASSERT_EQ(K230_WIRE_FOUND_BAD_PAYLOAD,
              k230_wire_receive(&receiver, bytes.data(), static_cast<uint32_t>(bytes.size()), &used, now));
    ASSERT_EQ(bytes.size(), used);
    ASSERT_EQ(K230_WIRE_PACKET, k230_wire_receive(&receiver, nullptr, 0, &used, now));
    now += 10u * K230_WIRE_SILENCE_MS; /* in the handler */
    EXPECT_EQ((Found{}), Feed(""));
    now += K230_WIRE_SILENCE_MS - 1;
    EXPECT_EQ((Found{K230_WIRE_PACKET}), Feed(last.substr(20)));
    EXPECT_EQ(0u, receiver.silences);
}

TEST_F(WireReceiver, AResetForgetsWhatWasBegun)
{
    Feed(PacketOf(K230_WIRE_WRITE_MEMORY, "the payload").substr(0, 36));
    k230_wire_receiver_reset(&receiver);
    EXPECT_EQ((Found{K230_WIRE_PACKET}), Feed(PacketOf(K230_WIRE_PING)));
}

/* ---- by seed ----------------------------------------------------------------------------------------------------- */

TEST(WireBySeed, AnyBytesInAnyPiecesGiveThePacketsOfAPlainSearch)
{
    for (uint32_t seed = 1; seed <= 1000; seed++) {
        Dice dice(seed);
        const std::string bytes = dice.Bytes(dice.Below(400));
        ASSERT_TRUE(FuzzWire(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size())) << "seed " << seed;
    }
}

TEST(WireBySeed, RandomBytesAloneAreNoPacket)
{
    k230_wire_receiver receiver = {};
    Dice dice(77);
    for (int i = 0; i < 256; i++) {
        const std::string bytes = dice.Bytes(4096);
        uint32_t used = 0;
        ASSERT_EQ(K230_WIRE_NOTHING, k230_wire_receive(&receiver, bytes.data(), 4096, &used, 0));
        ASSERT_EQ(4096u, used);
    }
    EXPECT_LE(256u * 4096u - 8u, receiver.skipped);
}
