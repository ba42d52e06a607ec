/* See lwipopts.h. */
#ifndef RTT_RTCONFIG_H
#define RTT_RTCONFIG_H

#define SAL_USING_LWIP
#ifndef K230_AGENT_SOCK_MAX
#define K230_AGENT_SOCK_MAX 32
#endif
#ifndef RT_MEMP_NUM_NETCONN
#define RT_MEMP_NUM_NETCONN 40
#endif
#ifndef RT_LWIP_TCP_PCB_NUM
#define RT_LWIP_TCP_PCB_NUM 40
#endif
#ifndef RT_LWIP_UDP_PCB_NUM
#define RT_LWIP_UDP_PCB_NUM 40
#endif
#ifndef RT_MEMP_NUM_TCPIP_MSG_INPKT
#define RT_MEMP_NUM_TCPIP_MSG_INPKT 64
#endif
#ifndef RT_LWIP_TCPTHREAD_MBOX_SIZE
#define RT_LWIP_TCPTHREAD_MBOX_SIZE 64
#endif
#ifndef RT_LWIP_ETHTHREAD_MBOX_SIZE
#define RT_LWIP_ETHTHREAD_MBOX_SIZE 64
#endif
#ifndef RT_TCP_RECVMBOX_SIZE
#define RT_TCP_RECVMBOX_SIZE 64
#endif
#ifndef RT_UDP_RECVMBOX_SIZE
#define RT_UDP_RECVMBOX_SIZE 64
#endif
#ifndef RT_LWIP_NETBUF_NUM
#define RT_LWIP_NETBUF_NUM 64
#endif
#if !defined(RT_RECV_BUFSIZE_DEFAULT) && !defined(RTT_MAINLINE)
#define RT_RECV_BUFSIZE_DEFAULT 64
#endif
#ifndef RT_LWIP_TCP_WND
#define RT_LWIP_TCP_WND 65535
#endif
#ifndef SO_REUSE
#define SO_REUSE 1
#endif
#ifndef TCP_LISTEN_BACKLOG
#define TCP_LISTEN_BACKLOG 1
#endif
#ifndef DFS_FD_MAX
#define DFS_FD_MAX 64
#endif
#ifndef SAL_SOCKETS_NUM
#define SAL_SOCKETS_NUM 40
#endif
#ifndef RTT_MEMP_MEM_MALLOC
#define RTT_MEMP_MEM_MALLOC 0
#endif

#endif
