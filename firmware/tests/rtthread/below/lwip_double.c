#include "lwip_double.h"

#include <dfs_net.h>
#include <rtthread.h>
#include <sal.h>

#include <lwip/netif.h>
#include <lwip/priv/sockets_priv.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/tcpip.h>

char rtt_name_at_add[3];
unsigned rtt_adds, rtt_ups;

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
