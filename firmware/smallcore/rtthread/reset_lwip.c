/* A reset of a connection of lwIP, the one thing that SAL has no call for.
 *
 * SO_LINGER with no time is not built in by default (LWIP_SO_LINGER 0), and where it is, lwIP resets only while bytes
 * are unacknowledged. So the connection is aborted in lwIP's own thread. */
#include "rtthread_reset.h"

#include <rtthread.h>

#include <stdbool.h>

#if defined(SAL_USING_LWIP)
#include <dfs_net.h>
#if __has_include(<sal_low_lev.h>) /* RT-Thread from 5.1 on */
#include <sal_low_lev.h>
#else
#include <sal.h>
#endif

#include <lwip/api.h>
#include <lwip/priv/sockets_priv.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/tcpip.h>

static struct rt_semaphore s_done;
static bool s_ready;

static void abort_connection(void *argument)
{
    struct netconn *conn = argument;
    if (NETCONNTYPE_GROUP(conn->type) == NETCONN_TCP && conn->pcb.tcp && conn->pcb.tcp->state > LISTEN &&
        conn->pcb.tcp->state < TIME_WAIT)
        tcp_abort(conn->pcb.tcp);
    rt_sem_release(&s_done);
}

void k230_rtthread_reset(int fd)
{
    const struct sal_socket *sal = sal_get_socket(dfs_net_getsocket(fd));
    const struct lwip_sock *sock = sal ? lwip_socket_dbg_get_socket((int)(size_t)sal->user_data) : NULL;
    if (!sock || !sock->conn)
        return;
    if (!s_ready)
        s_ready = rt_sem_init(&s_done, "k230rst", 0, RT_IPC_FLAG_PRIO) == RT_EOK;
    if (s_ready && tcpip_callback(abort_connection, sock->conn) == ERR_OK)
        rt_sem_take(&s_done, RT_WAITING_FOREVER);
}

#else

void k230_rtthread_reset(int fd) { (void)fd; } /* another stack below SAL: the connection ends in good order */

#endif
