/* The network of a Linux machine as the word of k230_stack_network: all its interfaces but the loop.
 *
 * Promises: an address counts where its interface is up; a link-local one of IPv6 reaches nobody and does not. `news`
 * counts the kernel's news of interfaces, addresses and routes. Without netlink (some sandboxes) both stay what they were
 * at the start.
 *
 * Contexts: one thread.
 */
#ifndef K230_NETWORK_POSIX_H
#define K230_NETWORK_POSIX_H

#include "k230_protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

struct k230_network {
    int fd; /* readable: call k230_network_look; -1 = nothing ever changes */
    uint32_t word;
    uint32_t news; /* counts the looks */
};

void k230_network_open(struct k230_network *network);
void k230_network_look(struct k230_network *network);
void k230_network_close(struct k230_network *network);

/* An rtnetlink socket that is readable when interfaces, addresses or routes may have changed, or -1. */
int k230_network_news_open(void);
/* Takes what there is. */
void k230_network_news_take(int fd);

#ifdef __cplusplus
}
#endif
#endif
