/* Finds packets in a stream of bytes. The bytes of the packet under way stay together in one buffer, so that they can
 * be searched again when it turns out to be none. */
#include "k230_crc.h"
#include "wire_private.h"

#include <string.h>

void k230_wire_receiver_reset(struct k230_wire_receiver *receiver)
{
    receiver->state = K230_WIRE_SEEKING;
    receiver->begin = 0;
    receiver->end = 0;
    receiver->reported = 0;
    receiver->over = false;
    receiver->waiting = false;
}

/* The first byte at `begin` belongs to no packet. */
static void skip(struct k230_wire_receiver *receiver)
{
    receiver->state = K230_WIRE_SEEKING;
    receiver->begin++;
    receiver->skipped++;
}

/* Moves on to the first place where a marker stands, or where the bytes so far may become one. */
static void seek(struct k230_wire_receiver *receiver)
{
    for (; receiver->begin < receiver->end; skip(receiver)) {
        const uint32_t have = receiver->end - receiver->begin;
        const size_t compared = have < K230_WIRE_MARKER_SIZE ? have : K230_WIRE_MARKER_SIZE;
        if (memcmp(receiver->bytes + receiver->begin, K230_WIRE_MARKER, compared) == 0)
            break;
    }
    if (receiver->end - receiver->begin >= K230_WIRE_MARKER_SIZE)
        receiver->state = K230_WIRE_IN_HEADER;
}

/* The packet at `begin`, `length` bytes of it, is none: `result`, unless it is part of one that was reported. */
static enum k230_wire_found refuse(struct k230_wire_receiver *receiver, uint32_t length, enum k230_wire_found result)
{
    const bool is_known = receiver->begin < receiver->reported;
    if (!is_known)
        receiver->reported = receiver->begin + length;
    skip(receiver);
    return is_known ? K230_WIRE_NOTHING : result;
}

/* How far the bytes that are there reach: a result, or K230_WIRE_NOTHING and in *need the length of what is under way.
 */
static enum k230_wire_found look(struct k230_wire_receiver *receiver, uint32_t *need)
{
    for (;;) {
        if (receiver->state == K230_WIRE_SEEKING)
            seek(receiver);
        const uint32_t have = receiver->end - receiver->begin;
        enum k230_wire_found refused = K230_WIRE_NOTHING;
        *need = K230_WIRE_HEADER_SIZE;
        if (have < K230_WIRE_HEADER_SIZE)
            return K230_WIRE_NOTHING;
        if (receiver->state == K230_WIRE_IN_HEADER) {
            memcpy(&receiver->header, receiver->bytes + receiver->begin, sizeof receiver->header);
            if (k230i_wire_header_holds(&receiver->header)) {
                receiver->state = K230_WIRE_IN_PAYLOAD;
            } else {
                refused = refuse(receiver, K230_WIRE_HEADER_SIZE, K230_WIRE_FOUND_BAD_HEADER);
                if (refused != K230_WIRE_NOTHING)
                    return refused;
                continue;
            }
        }
        *need = K230_WIRE_HEADER_SIZE + receiver->header.size;
        if (have < *need)
            return K230_WIRE_NOTHING;
        receiver->payload = receiver->bytes + receiver->begin + K230_WIRE_HEADER_SIZE;
        if (k230_crc(0, receiver->payload, receiver->header.size) == receiver->header.payload_crc) {
            receiver->over = true;
            return K230_WIRE_PACKET;
        }
        refused = refuse(receiver, *need, K230_WIRE_FOUND_BAD_PAYLOAD);
        if (refused != K230_WIRE_NOTHING)
            return refused;
    }
}

/* Room behind `begin` for `need` bytes. */
static void make_room(struct k230_wire_receiver *receiver, uint32_t need)
{
    if (receiver->begin + need <= sizeof receiver->bytes && receiver->begin < receiver->end)
        return;
    memmove(receiver->bytes, receiver->bytes + receiver->begin, receiver->end - receiver->begin);
    receiver->reported = receiver->reported > receiver->begin ? receiver->reported - receiver->begin : 0;
    receiver->end -= receiver->begin;
    receiver->begin = 0;
}

enum k230_wire_found k230_wire_receive(struct k230_wire_receiver *receiver, const void *data, uint32_t length,
                                       uint32_t *used, uint64_t now_ms)
{
    const bool is_silent = receiver->waiting && now_ms - receiver->last_ms >= K230_WIRE_SILENCE_MS;
    *used = 0;
    if (receiver->over) {
        receiver->begin += K230_WIRE_HEADER_SIZE + receiver->header.size;
        receiver->state = K230_WIRE_SEEKING;
        receiver->over = false;
    }
    if (is_silent && receiver->begin < receiver->end) {
        receiver->skipped += receiver->end - receiver->begin;
        receiver->silences++;
        k230_wire_receiver_reset(receiver);
    }
    if (length > 0 || !receiver->waiting)
        receiver->last_ms = now_ms;
    for (;;) {
        uint32_t need;
        const enum k230_wire_found found = look(receiver, &need);
        receiver->waiting = found == K230_WIRE_NOTHING;
        if (found != K230_WIRE_NOTHING || *used == length)
            return found;
        make_room(receiver, need);
        const uint32_t missing = need - (receiver->end - receiver->begin);
        const uint32_t piece = missing < length - *used ? missing : length - *used;
        memcpy(receiver->bytes + receiver->end, (const uint8_t *)data + *used, piece);
        receiver->end += piece;
        *used += piece;
    }
}
