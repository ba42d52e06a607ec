#include "lwip_double.h"

#include <dfs_net.h>
#include <rtthread.h>
#include <sal.h>

#include <lwip/netif.h>
#include <lwip/priv/sockets_priv.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/raw.h>
#include <lwip/tcpip.h>

#include <string.h>

char rtt_name_at_add[3];
unsigned rtt_adds, rtt_ups, rtt_freed;
struct netif *netif_list, *netif_default;
static raw_recv_fn s_receiver;
static struct raw_pcb s_raw;

u16_t lwip_htons(u16_t number) { return (u16_t)(number << 8 | number >> 8); }

struct raw_pcb *raw_new(u8_t protocol) { return protocol == IP_PROTO_TCP ? &s_raw : NULL; }

void raw_recv(struct raw_pcb *pcb, raw_recv_fn receiver, void *argument)
{
    (void)pcb;
    (void)argument;
    s_receiver = receiver;
}

u8_t pbuf_free(struct pbuf *packet)
{
    (void)packet;
    rtt_freed++;
    return 1;
}

bool rtt_segment_is_lost(uint8_t flags, uint16_t window)
{
    struct {
        struct ip_hdr ip;
        struct tcp_hdr tcp;
    } segment;
    memset(&segment, 0, sizeof segment);
    IPH_VHL_SET(&segment.ip, 4, IP_HLEN / 4);
    TCPH_HDRLEN_FLAGS_SET(&segment.tcp, TCP_HLEN / 4, flags);
    segment.tcp.wnd = lwip_htons(window);
    struct pbuf packet = {.payload = &segment, .len = sizeof segment, .tot_len = sizeof segment};
    const unsigned before = rtt_freed;
    const bool lost = s_receiver(NULL, &s_raw, &packet, NULL) != 0;
    return lost && rtt_freed == before + 1;
}

struct netif *netif_add(struct netif *netif, const ip4_addr_t *address, const ip4_addr_t *mask,
                        const ip4_addr_t *gateway, void *state, netif_init_fn init, netif_input_fn input)
{
    (void)address;
    (void)mask;
    (void)gateway;
    rtt_name_at_add[0] = netif->name[0];
    rtt_name_at_add[1] = netif->name[1];
    rtt_adds++;
    netif->state = state;
    netif->input = input;
    return init(netif) == ERR_OK ? netif : NULL;
}

void netif_set_up(struct netif *netif)
{
    (void)netif;
    rtt_ups++;
}

err_t netif_loop_output(struct netif *netif, struct pbuf *packet)
{
    (void)netif;
    (void)packet;
    return ERR_OK;
}

err_t tcpip_input(struct pbuf *packet, struct netif *netif)
{
    (void)packet;
    (void)netif;
    return ERR_OK;
}

err_t tcpip_callback(tcpip_callback_fn function, void *argument)
{
    function(argument);
    return ERR_OK;
}

void tcp_abort(struct tcp_pcb *pcb) { (void)pcb; }

int lwip_bind(int socket, const struct sockaddr *address, socklen_t length)
{
    (void)socket;
    (void)address;
    (void)length;
    return 0;
}

struct lwip_sock *lwip_socket_dbg_get_socket(int number)
{
    (void)number;
    return NULL;
}

struct sal_socket *sal_get_socket(int number)
{
    (void)number;
    return NULL;
}

int dfs_net_getsocket(int fd) { return fd; }

rt_err_t rt_sem_init(struct rt_semaphore *sem, const char *name, uint32_t value, uint8_t flag)
{
    (void)sem;
    (void)name;
    (void)value;
    (void)flag;
    return RT_EOK;
}

rt_err_t rt_sem_take(struct rt_semaphore *sem, int32_t time)
{
    (void)sem;
    (void)time;
    return RT_EOK;
}

rt_err_t rt_sem_release(struct rt_semaphore *sem)
{
    (void)sem;
    return RT_EOK;
}
