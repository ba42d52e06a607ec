/* Packets as a PC makes and reads them, with a CRC of their own, bit by bit; and a plain search for the packets of a
 * whole stream, to compare the receiver with. */
#ifndef WIRE_PACKETS_H
#define WIRE_PACKETS_H

#include "k230_wire.h"

#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

inline uint32_t PlainCrc(const std::string &bytes)
{
    uint32_t crc = 0;
    for (const char byte : bytes)
        for (int bit = 7; bit >= 0; bit--) {
            const bool carry = (crc >> 31) != ((static_cast<uint8_t>(byte) >> bit) & 1u);
            crc = crc << 1 ^ (carry ? 0x04C11DB7u : 0u);
        }
    return crc;
}

inline void PutWord(std::string *bytes, size_t at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        (*bytes)[at + i] = static_cast<char>(value >> 8 * i);
}
inline uint32_t WordAt(const std::string &bytes, size_t at)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++)
        value |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[at + i])) << 8 * i;
    return value;
}

/* A header whose own CRC is right, whatever its size says. */
inline std::string HeaderOf(uint32_t command, uint16_t sequence, uint32_t flags, uint32_t size, uint32_t payload_crc,
                            uint16_t reply_sequence = 0)
{
    std::string bytes("NFPKTV1\0", 8);
    bytes.resize(32);
    PutWord(&bytes, 12, payload_crc);
    PutWord(&bytes, 16, command);
    PutWord(&bytes, 20, sequence | static_cast<uint32_t>(reply_sequence) << 16);
    PutWord(&bytes, 24, flags);
    PutWord(&bytes, 28, size);
    PutWord(&bytes, 8, PlainCrc(bytes));
    return bytes;
}
inline std::string PacketOf(uint32_t command, const std::string &payload = "", uint16_t sequence = 1,
                            uint32_t flags = 0)
{
    return HeaderOf(command, sequence, flags, static_cast<uint32_t>(payload.size()), PlainCrc(payload)) + payload;
}

struct Packet {
    uint32_t command = 0, flags = 0;
    uint16_t sequence = 0, reply_sequence = 0;
    std::string payload;
    bool operator==(const Packet &other) const
    {
        return command == other.command && flags == other.flags && sequence == other.sequence &&
               reply_sequence == other.reply_sequence && payload == other.payload;
    }
};
inline std::ostream &operator<<(std::ostream &out, const Packet &packet)
{
    return out << "command " << std::hex << packet.command << " flags " << packet.flags << std::dec << " sequence "
               << packet.sequence << ", " << packet.payload.size() << " bytes";
}
inline Packet PacketOf(const k230_wire_header &header, const uint8_t *payload)
{
    return {header.command, header.flags, header.sequence, header.reply_sequence,
            std::string(reinterpret_cast<const char *>(payload), header.size)};
}

/* Takes the whole packet that `bytes` begins with; false if there is none, or not yet. */
inline bool TakePacket(std::string *bytes, Packet *packet)
{
    if (bytes->size() < 32 || bytes->size() < 32 + static_cast<size_t>(WordAt(*bytes, 28)))
        return false;
    std::string header = bytes->substr(0, 32);
    const std::string payload = bytes->substr(32, WordAt(*bytes, 28));
    EXPECT_EQ(std::string("NFPKTV1\0", 8), header.substr(0, 8));
    EXPECT_EQ(PlainCrc(payload), WordAt(header, 12));
    *packet = {WordAt(header, 16), WordAt(header, 24), static_cast<uint16_t>(WordAt(header, 20)),
               static_cast<uint16_t>(WordAt(header, 20) >> 16), payload};
    const uint32_t crc = WordAt(header, 8);
    PutWord(&header, 8, 0);
    EXPECT_EQ(PlainCrc(header), crc);
    bytes->erase(0, 32 + payload.size());
    return true;
}
inline std::vector<Packet> PacketsOf(std::string bytes)
{
    std::vector<Packet> packets;
    Packet packet;
    while (TakePacket(&bytes, &packet))
        packets.push_back(packet);
    EXPECT_EQ("", bytes) << "not a whole packet";
    return packets;
}

/* The packets of a stream that ends here, as its definition has them: the first place where a whole packet stands, then
 * the next one behind it. A place that may still become a packet ends the search, as the receiver would wait there. */
inline std::vector<Packet> SearchPackets(const std::string &stream)
{
    const std::string marker("NFPKTV1\0", 8);
    std::vector<Packet> packets;
    size_t at = 0;
    while (at < stream.size()) {
        const size_t left = stream.size() - at;
        if (stream.compare(at, std::min<size_t>(left, 8), marker, 0, std::min<size_t>(left, 8)) != 0) {
            at++;
            continue;
        }
        if (left < 32)
            break;
        std::string header = stream.substr(at, 32);
        const uint32_t crc = WordAt(header, 8);
        const uint32_t size = WordAt(header, 28);
        PutWord(&header, 8, 0);
        if (PlainCrc(header) != crc || size > K230_WIRE_PAYLOAD_MAX) {
            at++;
            continue;
        }
        if (left < 32 + size)
            break;
        const std::string payload = stream.substr(at + 32, size);
        if (PlainCrc(payload) != WordAt(header, 12)) {
            at++;
            continue;
        }
        packets.push_back({WordAt(header, 16), WordAt(header, 24), static_cast<uint16_t>(WordAt(header, 20)),
                           static_cast<uint16_t>(WordAt(header, 20) >> 16), payload});
        at += 32 + size;
    }
    return packets;
}

/* Numbers that follow from a seed. */
class Dice
{
  public:
    explicit Dice(uint32_t seed) : state_(seed * 2654435761u + 1u) {}
    uint32_t Next()
    {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 17;
        state_ ^= state_ << 5;
        return state_;
    }
    uint32_t Below(uint32_t limit) { return Next() % limit; }
    std::string Bytes(size_t length)
    {
        std::string bytes(length, '\0');
        for (char &byte : bytes)
            byte = static_cast<char>(Next() >> 9);
        return bytes;
    }

  private:
    uint32_t state_;
};

#endif
