/* One function for the test by seed and for libFuzzer: the bytes say which stream a PC sends, whole packets, broken
 * ones and garbage, and in which pieces it arrives. */
#ifndef WIRE_FUZZ_H
#define WIRE_FUZZ_H

#include "wire_packets.h"

/* False where the receiver differs from a plain search of the whole stream, or leaves its bounds. */
inline bool FuzzWire(const uint8_t *data, size_t size)
{
    size_t at = 0;
    const auto next = [&] { return at < size ? data[at++] : static_cast<uint8_t>(0); };
    const auto some = [&](size_t length) {
        std::string bytes(length, '\0');
        for (char &byte : bytes)
            byte = static_cast<char>(next());
        return bytes;
    };
    std::string stream;
    while (at < size && stream.size() < 16384) {
        const uint8_t kind = next();
        const std::string payload =
            some(next() % 24u) + std::string((kind >> 4) * 70u % 1000u, static_cast<char>(kind));
        std::string packet = PacketOf(next(), payload, next(), next());
        switch (kind % 8u) {
        case 0: /* whole */
        case 1:
            break;
        case 2: /* cut */
            packet.resize(next() % packet.size());
            break;
        case 3: /* a wrong byte */
            packet[next() * 3u % packet.size()] ^= static_cast<char>(next() | 1);
            break;
        case 4: /* a header that is right, and promises something else */
            packet = HeaderOf(1, 2, 3, next() << (next() % 24u), next());
            break;
        case 5: /* one within another */
            packet = PacketOf(next(), packet.substr(0, 900));
            break;
        case 6: /* a marker alone */
            packet = packet.substr(0, next() % 33u);
            break;
        default:
            packet = some(next() % 40u);
            break;
        }
        stream += packet;
    }

    k230_wire_receiver receiver = {};
    std::vector<Packet> packets;
    size_t done = 0;
    size_t turns = 0;
    at = 0;
    while (done < stream.size()) {
        const size_t piece = std::min<size_t>(stream.size() - done, 1u + next() * (1u + next() % 8u));
        size_t taken = 0;
        for (;;) {
            uint32_t used = 0;
            const k230_wire_found found = k230_wire_receive(&receiver, stream.data() + done + taken,
                                                            static_cast<uint32_t>(piece - taken), &used, 5);
            taken += used;
            if (taken > piece || receiver.begin > receiver.end || receiver.end > sizeof receiver.bytes ||
                ++turns > 2u * stream.size() + 16u)
                return false;
            if (found == K230_WIRE_NOTHING)
                break;
            if (found == K230_WIRE_PACKET)
                packets.push_back(PacketOf(receiver.header, receiver.payload));
        }
        if (taken != piece)
            return false;
        done += piece;
    }
    return packets == SearchPackets(stream);
}

#endif
