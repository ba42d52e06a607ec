/* What the far end (far.c) understands. It prints "P B": port P, where streams begin with `struct bench_ask`
 * (little-endian) and datagrams are counted, and port B, where a connection is one byte, that byte back, and the end.
 *
 * service        total       size            then
 * BENCH_SINK     bytes       KiB/s, 0: all   the near end sends them; answer: uint64, how many came. With a rate the
 * far end reads no faster, and has little room: a network that is slow BENCH_SOURCE   bytes       -               the
 * far end sends them, lines of BENCH_LINE bytes, and closes BENCH_ECHO     -           of a message    each message
 * comes back, until the near end closes BENCH_CALL     connections near's port     the far end connects, reads one
 * byte, closes, so many times; one byte BENCH_FLOOD    datagrams   of a datagram   the far end sends them to `port`;
 * answer: uint64 BENCH_COUNT    -           -               answer: struct bench_datagrams, since the far end began
 */
#ifndef BENCH_FAR_H
#define BENCH_FAR_H

#include <stdint.h>

#define BENCH_LINE 32u
#define BENCH_ECHO_MAX 65536u
#define BENCH_DATAGRAM_MAX 65536u

enum bench_service {
    BENCH_SINK = 'S',
    BENCH_SOURCE = 'G',
    BENCH_ECHO = 'E',
    BENCH_CALL = 'C',
    BENCH_FLOOD = 'F',
    BENCH_COUNT = 'N',
};

struct bench_ask {
    uint32_t service;
    uint32_t size;
    uint64_t total;
    uint32_t port;
    uint32_t zero;
};

struct bench_datagrams {
    uint64_t came;
    uint64_t dropped; /* by the kernel, for want of room in the far end's socket */
};

#endif
