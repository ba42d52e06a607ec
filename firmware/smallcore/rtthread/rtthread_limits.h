/* Whether RT-Thread's and lwIP's limits let the agent keep its word: #error where they do not, a message where it only
 * gets slow (of #pragma message, since RT-Thread's BSPs silence #warning with -Wno-cpp). README.md has the table, and
 * Kconfig sets them. For below_lwip.c, after SAL's, DFS's and lwIP's headers, whose numbers count, wherever those come
 * from. Each text names what to edit: the option of RT-Thread's where its lwipopts.h takes that one, and else lwIP's
 * own name, which belongs into lwipopts.h. */
#ifndef K230_RTTHREAD_LIMITS_H
#define K230_RTTHREAD_LIMITS_H

#include "k230_stack_rtthread.h" /* K230_LWIP_SOCKS: with those that still send after their CLOSE */

/* ---- sockets that the big core is promised ----------------------------------------------------------------------- */

#if !MEMP_MEM_MALLOC /* else lwIP takes them from the heap, without a limit */
#if MEMP_NUM_NETCONN < K230_LWIP_SOCKS
#error "RT_MEMP_NUM_NETCONN is below K230_AGENT_SOCK_MAX + 8: some of the big core's sockets cannot be made"
#endif
#if MEMP_NUM_TCP_PCB < K230_AGENT_SOCK_MAX
#error "RT_LWIP_TCP_PCB_NUM is below K230_AGENT_SOCK_MAX: some of the big core's connections cannot be made"
#elif MEMP_NUM_TCP_PCB < K230_LWIP_SOCKS
#pragma message                                                                                                        \
    "warning: RT_LWIP_TCP_PCB_NUM is below K230_AGENT_SOCK_MAX + 8: connections will wait for others to be over"
#endif
#if MEMP_NUM_UDP_PCB < 2
#error "RT_LWIP_UDP_PCB_NUM is below 2: look-ups take one, and the big core could have no datagram socket"
#elif MEMP_NUM_UDP_PCB < K230_AGENT_SOCK_MAX + 1
#pragma message                                                                                                        \
    "warning: RT_LWIP_UDP_PCB_NUM is below K230_AGENT_SOCK_MAX + 1: not all sockets can be datagram sockets at a time"
#endif
#endif
#if SAL_SOCKETS_NUM < K230_LWIP_SOCKS
#error "SAL_SOCKETS_NUM is below K230_AGENT_SOCK_MAX + 8: a connection that waits to be accepted can be lost"
#endif
#if DFS_FD_MAX < K230_LWIP_SOCKS + 1 /* the doorbell */
#error "DFS_FD_MAX is below K230_AGENT_SOCK_MAX + 9: a connection that waits to be accepted can be lost"
#endif

/* ---- connections that come faster than they are accepted --------------------------------------------------------- */

#if !TCP_LISTEN_BACKLOG
#error "TCP_LISTEN_BACKLOG is 0: lwIP resets connections that it has told the peer stand; put 1 into rtconfig.h"
#elif K230_RTTHREAD_BACKLOG > DEFAULT_ACCEPTMBOX_SIZE
#error "K230_RTTHREAD_BACKLOG is above DEFAULT_ACCEPTMBOX_SIZE (lwipopts.h): lwIP resets what the mailbox cannot take"
#endif

/* ---- what arrives ------------------------------------------------------------------------------------------------
 * Whichever of these is full throws the rest of a burst away, and a window is one burst: with 8 places and a window of
 * 64 KiB transfers came to a halt. */

#define K230_WINDOW_PACKETS (TCP_WND / TCP_MSS + 1)
#define K230_PLACES_FAST 64
#if defined(RT_LWIP_ETHTHREAD_MBOX_SIZE)
#define K230_ETH_PLACES RT_LWIP_ETHTHREAD_MBOX_SIZE
#else
#define K230_ETH_PLACES 8 /* ethernetif.c's own */
#endif

/* Whether lwipopts.h takes RT-Thread's option: the vendors' trees do, mainline has numbers of its own there. */
#define K230_TAKEN(option, number) (option + 0 != 0 && option + 0 == number)

#if TCPIP_MBOX_SIZE < K230_WINDOW_PACKETS
#error "RT_LWIP_TCPTHREAD_MBOX_SIZE has no room for the packets of one window (RT_LWIP_TCP_WND): receiving halts"
#elif TCPIP_MBOX_SIZE < K230_PLACES_FAST
#pragma message "warning: RT_LWIP_TCPTHREAD_MBOX_SIZE: 64 is fast"
#endif

#ifndef LWIP_NO_RX_THREAD
#if K230_ETH_PLACES < K230_WINDOW_PACKETS
#error "RT_LWIP_ETHTHREAD_MBOX_SIZE has no room for the packets of one window (RT_LWIP_TCP_WND): receiving halts"
#elif K230_ETH_PLACES < K230_PLACES_FAST
#pragma message "warning: RT_LWIP_ETHTHREAD_MBOX_SIZE: 64 is fast"
#endif
#endif

#if MEMP_NUM_TCPIP_MSG_INPKT < K230_WINDOW_PACKETS
#if K230_TAKEN(RT_MEMP_NUM_TCPIP_MSG_INPKT, MEMP_NUM_TCPIP_MSG_INPKT)
#error "RT_MEMP_NUM_TCPIP_MSG_INPKT has no room for the packets of one window (RT_LWIP_TCP_WND): receiving halts"
#else
#error                                                                                                                 \
    "MEMP_NUM_TCPIP_MSG_INPKT has no room for the packets of one window (RT_LWIP_TCP_WND): define it as 64 in lwipopts.h"
#endif
#elif MEMP_NUM_TCPIP_MSG_INPKT < K230_PLACES_FAST
#if K230_TAKEN(RT_MEMP_NUM_TCPIP_MSG_INPKT, MEMP_NUM_TCPIP_MSG_INPKT)
#pragma message "warning: RT_MEMP_NUM_TCPIP_MSG_INPKT: 64 is fast"
#else
#pragma message "warning: MEMP_NUM_TCPIP_MSG_INPKT: 64 is fast; define it in lwipopts.h"
#endif
#endif

#if DEFAULT_TCP_RECVMBOX_SIZE < K230_WINDOW_PACKETS
#if K230_TAKEN(RT_TCP_RECVMBOX_SIZE, DEFAULT_TCP_RECVMBOX_SIZE)
#error "RT_TCP_RECVMBOX_SIZE has no room for the packets of one window (RT_LWIP_TCP_WND): receiving halts"
#else
#error                                                                                                                 \
    "DEFAULT_TCP_RECVMBOX_SIZE has no room for the packets of one window (RT_LWIP_TCP_WND): define it as 64 in lwipopts.h"
#endif
#elif DEFAULT_TCP_RECVMBOX_SIZE < K230_PLACES_FAST
#if K230_TAKEN(RT_TCP_RECVMBOX_SIZE, DEFAULT_TCP_RECVMBOX_SIZE)
#pragma message "warning: RT_TCP_RECVMBOX_SIZE: 64 is fast"
#else
#pragma message "warning: DEFAULT_TCP_RECVMBOX_SIZE: 64 is fast; define it in lwipopts.h"
#endif
#endif

/* ---- datagrams --------------------------------------------------------------------------------------------------- */

#if DEFAULT_UDP_RECVMBOX_SIZE < K230_PLACES_FAST
#if K230_TAKEN(RT_UDP_RECVMBOX_SIZE, DEFAULT_UDP_RECVMBOX_SIZE)
#pragma message "warning: RT_UDP_RECVMBOX_SIZE is below 64: datagrams of a burst are lost"
#else
#pragma message "warning: DEFAULT_UDP_RECVMBOX_SIZE is below 64: datagrams of a burst are lost; define it in lwipopts.h"
#endif
#endif
#if MEMP_NUM_NETBUF < K230_PLACES_FAST && !MEMP_MEM_MALLOC /* one for each datagram that waits, of all sockets */
#if K230_TAKEN(RT_LWIP_NETBUF_NUM, MEMP_NUM_NETBUF)
#pragma message "warning: RT_LWIP_NETBUF_NUM is below 64: datagrams of a burst are lost"
#else
#pragma message "warning: MEMP_NUM_NETBUF is below 64: datagrams of a burst are lost; define it in lwipopts.h"
#endif
#endif
/* lwIP throws a datagram away that would make more than this wait. */
#if LWIP_SO_RCVBUF && RECV_BUFSIZE_DEFAULT < K230_RTTHREAD_DATAGRAM
#ifdef RT_RECV_BUFSIZE_DEFAULT
#pragma message                                                                                                        \
    "warning: RT_RECV_BUFSIZE_DEFAULT (in KiB) is below the longest datagram (K230_RTTHREAD_DATAGRAM): longer ones never arrive"
#else
#pragma message                                                                                                        \
    "warning: RECV_BUFSIZE_DEFAULT is below the longest datagram (K230_RTTHREAD_DATAGRAM): longer ones never arrive"
#endif
#endif

/* ---- options ----------------------------------------------------------------------------------------------------- */

#if !SO_REUSE
#pragma message                                                                                                        \
    "warning: SO_REUSE is 0: SO_REUSEADDR, which a server's script sets, raises ENOPROTOOPT; define it as 1 in lwipopts.h"
#endif

#endif
