/* A way to reach the network, as the near end measures it. All calls block; -1 is failure. One thread uses a peer.
 *
 * Ways: kernel sockets directly, K230's sockets over an agent, and the vendor's design (a request and a reply for every
 * 944 bytes) over the same hal. A function that a way does not have is NULL.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bench_type { BENCH_STREAM, BENCH_DATAGRAM };

/* What the link and the other core did until now. */
struct bench_toll {
    double agent_cpu; /* seconds */
    uint32_t rings;   /* doorbells to the small core */
    uint32_t rung;    /* doorbells to the big core */
};

struct bench_peer {
    const char *name;
    bool (*start)(void);
    void (*toll)(struct bench_toll *toll);

    int (*open)(enum bench_type type);
    void (*close)(int sock);
    bool (*connect)(int sock, uint16_t port);                /* on the loop */
    bool (*no_delay)(int sock);                              /* TCP_NODELAY: small messages go out at once */
    bool (*send)(int sock, const void *data, size_t length); /* all of it */
    int (*recv)(int sock, void *data, size_t room);          /* what is there; 0 at the end */

    bool (*listen)(int sock, uint16_t port);
    int (*accept)(int sock);
    bool (*bind)(int sock, uint16_t port);
    bool (*sendto)(int sock, const void *data, size_t length, uint16_t port);
    int (*recvfrom)(int sock, void *data, size_t room, int timeout_ms); /* -1 when none came */
    bool (*wait_readable)(const int *socks, unsigned count, int which); /* polls all until that one has something */
    bool (*lookup)(const char *host);
};

extern const struct bench_peer bench_kernel;
extern const struct bench_peer bench_k230;
extern const struct bench_peer bench_chunk;

#define BENCH_SOCKS 300u /* at most at a time */

#endif
