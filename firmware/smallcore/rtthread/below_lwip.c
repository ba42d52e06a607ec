#include "rtthread_below.h"

#include <rtthread.h>

#include <string.h>

#if defined(SAL_USING_LWIP)
#include <dfs_net.h>
#if __has_include(<sal_low_lvl.h>) /* mainline, since 4.0.4 */
#include <sal_low_lvl.h>
#else
#include <sal.h>
#endif

#if !__has_include(<lwip/priv/sockets_priv.h>)
#error                                                                                                                 \
    "this lwIP is older than 2.1: choose RT_USING_LWIP212 (\"lwIP version\" in the configuration); mainline's default is 2.0.3"
#endif
#include <lwip/api.h>
#include <lwip/ip.h>
#include <lwip/netif.h>
#include <lwip/priv/sockets_priv.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/raw.h>
#include <lwip/tcpip.h>

#include <stdint.h>

#include "netif_over_lwip.h"
#include "rtthread_limits.h" /* after all of these */

static struct rt_semaphore s_done;

/* lwIP's number for a descriptor of DFS, or -1. */
static int lwip_number(int fd)
{
    const struct sal_socket *sal = sal_get_socket(dfs_net_getsocket(fd));
    return sal ? (int)(size_t)sal->user_data : -1;
}

/* In lwIP's own thread: some builds have no lock for its core. */
static void run(tcpip_callback_fn function, void *argument)
{
    if (tcpip_callback(function, argument) == ERR_OK)
        rt_sem_take(&s_done, RT_WAITING_FOREVER);
}

/* ---- the loop ----------------------------------------------------------------------------------------------------
 * RT-Thread's lwipopts.h has LWIP_HAVE_LOOPIF 0. */

#if LWIP_NETIF_LOOPBACK && !LWIP_HAVE_LOOPIF
static struct netif s_loop;

static void add_loop(void *argument)
{
    (void)argument;
    if (k230_loop_add(&s_loop))
        netif_set_up(&s_loop);
    rt_sem_release(&s_done);
}
#endif

/* lwIP answers an empty segment that finds its window closed with one of its own (tcp_receive in 2.1.2's tcp_in.c). Two
 * sockets of this host whose windows are both closed would answer each other for ever, in lwIP's thread, above the one
 * that would read from them: of so many in a row one is lost, as on any network. */
#if LWIP_NETIF_LOOPBACK && LWIP_RAW
#define ECHOES 16u

static bool is_echo(const struct pbuf *packet)
{
    const struct ip_hdr *ip = packet->payload;
    if (packet->len != IP_HLEN + TCP_HLEN || packet->tot_len != packet->len || IPH_HL_BYTES(ip) != IP_HLEN)
        return false;
    const struct tcp_hdr *tcp = (const struct tcp_hdr *)((const uint8_t *)packet->payload + IP_HLEN);
    return TCPH_FLAGS(tcp) == TCP_ACK && tcp->wnd == 0;
}

/* Sees each segment before TCP does; 1: it is lost. */
static u8_t lose_echoes(void *argument, struct raw_pcb *pcb, struct pbuf *packet, const ip_addr_t *from)
{
    static unsigned echoes;
    (void)argument;
    (void)pcb;
    (void)from;
    echoes = is_echo(packet) ? echoes + 1u : 0;
    if (echoes <= ECHOES)
        return 0;
    echoes = 0;
    pbuf_free(packet);
    return 1;
}

static void look_for_echoes(void *argument)
{
    (void)argument;
    struct raw_pcb *pcb = raw_new(IP_PROTO_TCP);
    if (pcb)
        raw_recv(pcb, lose_echoes, NULL);
    rt_sem_release(&s_done);
}
#endif

void k230_rtthread_add_loop(void)
{
    static bool added;
    if (added)
        return;
    added = true;
    rt_sem_init(&s_done, "k230ip", 0, RT_IPC_FLAG_PRIO);
#if LWIP_NETIF_LOOPBACK && !LWIP_HAVE_LOOPIF
    run(add_loop, NULL);
#endif
#if LWIP_NETIF_LOOPBACK && LWIP_RAW
    run(look_for_echoes, NULL);
#endif
}

int k230_rtthread_bind_loop(int fd, const void *address, unsigned length)
{
    return lwip_bind(lwip_number(fd), address, (socklen_t)length);
}

/* ---- interfaces by index -----------------------------------------------------------------------------------------
 * netdev knows names only. */

struct interface {
    uint32_t index;
    uint32_t found;
    uint8_t address[4];
};

static void find_interface(void *argument)
{
    struct interface *wanted = argument;
    wanted->found = k230_netif_find(wanted->index, wanted->address);
    rt_sem_release(&s_done);
}

uint32_t k230_rtthread_interface(uint32_t index, uint8_t address[4])
{
    struct interface wanted = {.index = index};
    run(find_interface, &wanted);
    if (wanted.found != 0)
        memcpy(address, wanted.address, sizeof wanted.address);
    return wanted.found;
}

/* ---- resets ------------------------------------------------------------------------------------------------------
 * SO_LINGER with no time is not built in by default (LWIP_SO_LINGER 0), and where it is, lwIP resets only while bytes
 * are unacknowledged. */

/* As long as there is one; in lwIP's thread. */
static struct tcp_pcb *connection(const struct netconn *conn)
{
    struct tcp_pcb *pcb = NETCONNTYPE_GROUP(conn->type) == NETCONN_TCP ? conn->pcb.tcp : NULL;
    return pcb && pcb->state > LISTEN && pcb->state < TIME_WAIT ? pcb : NULL;
}

static void abort_connection(void *argument)
{
    struct tcp_pcb *pcb = connection(argument);
    if (pcb)
        tcp_abort(pcb);
    rt_sem_release(&s_done);
}

void k230_rtthread_reset(int fd)
{
    const struct lwip_sock *sock = lwip_socket_dbg_get_socket(lwip_number(fd));
    if (sock && sock->conn)
        run(abort_connection, sock->conn);
}

/* ---- what is under way -------------------------------------------------------------------------------------------
 */

struct count {
    const struct netconn *conn;
    int bytes;
};

static void count_unacknowledged(void *argument)
{
    struct count *count = argument;
    const struct tcp_pcb *pcb = connection(count->conn);
    count->bytes = pcb && (pcb->unsent || pcb->unacked) ? (int)(pcb->snd_lbb - pcb->lastack) : 0;
    rt_sem_release(&s_done);
}

int k230_rtthread_unacknowledged(int fd)
{
    const struct lwip_sock *sock = lwip_socket_dbg_get_socket(lwip_number(fd));
    struct count count = {.conn = sock ? sock->conn : NULL, .bytes = -1};
    if (count.conn)
        run(count_unacknowledged, &count);
    return count.bytes;
}

#else

void k230_rtthread_add_loop(void) {}

int k230_rtthread_bind_loop(int fd, const void *address, unsigned length)
{
    (void)fd;
    (void)address;
    (void)length;
    return -1;
}

uint32_t k230_rtthread_interface(uint32_t index, uint8_t address[4])
{
    (void)index;
    (void)address;
    return 0;
}

void k230_rtthread_reset(int fd) { (void)fd; } /* the connection ends in good order */

int k230_rtthread_unacknowledged(int fd)
{
    (void)fd;
    return -1; /* SAL has no call for it */
}

#endif
