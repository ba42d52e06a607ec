/* What below_lwip.c does to lwIP, for a test: calls run at once, and netif_add remembers what it is given. */
#ifndef RTT_LWIP_DOUBLE_H
#define RTT_LWIP_DOUBLE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

extern char
    rtt_name_at_add[3]; /* of the interface when netif_add was called, which hands its address on by this name */
extern unsigned rtt_adds, rtt_ups;

/* A TCP segment without data arrives. True: TCP does not get to see it. */
bool rtt_segment_is_lost(uint8_t flags, uint16_t window);

#ifdef __cplusplus
}
#endif
#endif
