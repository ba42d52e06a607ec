/* lwIP's interfaces, for the files of both ports that see its own headers.
 *
 * Contexts: lwIP's thread, or with its core locked. */
#ifndef K230_NETIF_OVER_LWIP_H
#define K230_NETIF_OVER_LWIP_H

#include <lwip/ip.h>
#include <lwip/netif.h>
#include <lwip/tcpip.h>

#include <stdbool.h>
#include <string.h>

/* k230_below_interface: lwIP counts from 1. */
static inline uint32_t k230_netif_find(uint32_t index, uint8_t address[4])
{
    const struct netif *netif = index == 0 ? netif_default : netif_list;
    while (index != 0 && netif && netif->num + 1u != index)
        netif = netif->next;
    if (!netif)
        return 0;
    memcpy(address, &netif_ip4_addr(netif)->addr, 4);
    return netif->num + 1u;
}

/* ---- the loop ----------------------------------------------------------------------------------------------------
 * 127.0.0.0/8 as an interface of its own, for a lwIP that is built without one (LWIP_HAVE_LOOPIF 0). There 127.0.0.1
 * goes by the card's own loop, comes from the card's address, and a datagram socket bound to 127.0.0.1 finds no way at
 * all (udp_sendto_if compares its address with the card's). */

static inline err_t k230_loop_output(struct netif *netif, struct pbuf *packet, const ip4_addr_t *to)
{
    (void)to;
    return netif_loop_output(netif, packet);
}

static inline err_t k230_loop_init(struct netif *netif)
{
    netif->output = k230_loop_output;
    netif->mtu = 65535; /* no card, so nothing to fit */
    netif->flags = NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

/* Adds it; the caller sets it up. False: lwIP has no room. */
static inline bool k230_loop_add(struct netif *loop)
{
    ip4_addr_t address;
    ip4_addr_t mask;
    ip4_addr_t none;
    IP4_ADDR(&address, 127, 0, 0, 1);
    IP4_ADDR(&mask, 255, 0, 0, 0);
    ip4_addr_set_zero(&none);
    /* Before netif_add, which tells RT-Thread's netdev of the address by the interface's name: mainline finds its first
     * card where that is still empty, and gives the address to it. */
    loop->name[0] = 'l';
    loop->name[1] = 'o';
    return netif_add(loop, &address, &mask, &none, NULL, k230_loop_init, tcpip_input) != NULL;
}

#endif
