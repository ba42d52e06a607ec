/* How RT-Thread's lwipopts.h takes lwIP's numbers from rtconfig.h, in own words, so that below_lwip.c and its checks
 * compile against a real lwIP. rtconfig.h here is as the agent's Kconfig makes it; a test overrides one line of it. */
#ifndef RTT_LWIPOPTS_H
#define RTT_LWIPOPTS_H

#include "rtconfig.h"

#define NO_SYS 0
#define LWIP_SOCKET 1
#define LWIP_NETCONN 1
#define LWIP_TIMEVAL_PRIVATE 0
#define LWIP_NETIF_LOOPBACK 1
#define LWIP_HAVE_LOOPIF 0
#define LWIP_RAW 1
#define MEMP_MEM_MALLOC RTT_MEMP_MEM_MALLOC
#define MEMP_NUM_NETCONN RT_MEMP_NUM_NETCONN
#define MEMP_NUM_TCP_PCB RT_LWIP_TCP_PCB_NUM
#define MEMP_NUM_UDP_PCB RT_LWIP_UDP_PCB_NUM
#define TCPIP_MBOX_SIZE RT_LWIP_TCPTHREAD_MBOX_SIZE
#define LWIP_SO_RCVBUF 1
#ifdef RTT_MAINLINE /* takes none of these options; its mailboxes' sizes come from the test */
#ifndef MEMP_NUM_TCPIP_MSG_INPKT
#define MEMP_NUM_TCPIP_MSG_INPKT 64
#endif
#ifndef MEMP_NUM_NETBUF
#define MEMP_NUM_NETBUF 64
#endif
#ifndef DEFAULT_UDP_RECVMBOX_SIZE
#define DEFAULT_UDP_RECVMBOX_SIZE 1
#endif
#ifndef RECV_BUFSIZE_DEFAULT
#define RECV_BUFSIZE_DEFAULT 65536
#endif
#else
#define MEMP_NUM_TCPIP_MSG_INPKT RT_MEMP_NUM_TCPIP_MSG_INPKT
#define MEMP_NUM_NETBUF RT_LWIP_NETBUF_NUM
#define DEFAULT_TCP_RECVMBOX_SIZE RT_TCP_RECVMBOX_SIZE
#define DEFAULT_UDP_RECVMBOX_SIZE RT_UDP_RECVMBOX_SIZE
#define RECV_BUFSIZE_DEFAULT RT_RECV_BUFSIZE_DEFAULT * 1024
#endif
#define DEFAULT_RAW_RECVMBOX_SIZE 1
#define DEFAULT_ACCEPTMBOX_SIZE 10
#define TCP_MSS 1460
#define TCP_WND RT_LWIP_TCP_WND
#define TCP_SND_BUF (4 * TCP_MSS)
#define MEMP_NUM_TCP_SEG 140
#define PBUF_POOL_SIZE 200

#endif
