/* Kernel sockets as both ends of a measurement use them: blocking, on the loop. */
#ifndef BENCH_IO_H
#define BENCH_IO_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr_in bench_loop(uint16_t port);

/* The connected socket, or -1. */
int bench_connect(uint16_t port);

bool bench_no_delay(int sock);

/* False at an error or the end of the stream. */
bool bench_send_all(int sock, const void *data, size_t length);
bool bench_recv_all(int sock, void *data, size_t length);

/* Seconds of a monotonic clock. */
double bench_now(void);

#endif
