/* Network interfaces, with IPv4 and IPv6. See rtthread.h. */
#ifndef RTT_NETDEV_H
#define RTT_NETDEV_H

#include <rtthread.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NETDEV_IPV4 1
#define NETDEV_IPV6 1
#define NETDEV_DNS_SERVERS_NUM 2U
#define NETDEV_IPV6_NUM_ADDRESSES 3U
#define NETDEV_HWADDR_MAX_LEN 8U

#define NETDEV_FLAG_UP 0x01U
#define NETDEV_FLAG_BROADCAST 0x02U
#define NETDEV_FLAG_LINK_UP 0x04U
#define NETDEV_FLAG_ETHARP 0x08U
#define NETDEV_FLAG_ETHERNET 0x10U
#define NETDEV_FLAG_IGMP 0x20U
#define NETDEV_FLAG_DHCP 0x100U

typedef struct ip4_addr {
    uint32_t addr; /* network order */
} ip4_addr_t;
typedef struct ip6_addr {
    uint32_t addr[4];
} ip6_addr_t;
typedef struct rtt_ip_addr {
    union {
        ip6_addr_t ip6;
        ip4_addr_t ip4;
    } u_addr;
    uint8_t type;
} ip_addr_t;
#define IPADDR_TYPE_V6 6U
#define IP_IS_V6(ip) ((ip)->type == IPADDR_TYPE_V6)
#define ip_2_ip4(ip) (&(ip)->u_addr.ip4)
#define ip_2_ip6(ip) (&(ip)->u_addr.ip6)

enum netdev_cb_type {
    NETDEV_CB_ADDR_IP,
    NETDEV_CB_STATUS_UP = 4,
    NETDEV_CB_STATUS_DOWN,
    NETDEV_CB_STATUS_LINK_UP,
    NETDEV_CB_STATUS_LINK_DOWN,
};
struct netdev;
typedef void (*netdev_callback_fn)(struct netdev *netdev, enum netdev_cb_type type);

struct netdev {
    rt_slist_t list;
    char name[RT_NAME_MAX];
    ip_addr_t ip_addr;
    ip_addr_t netmask;
    ip_addr_t gw;
    ip_addr_t ip6_addr[NETDEV_IPV6_NUM_ADDRESSES];
    ip_addr_t dns_servers[NETDEV_DNS_SERVERS_NUM];
    uint8_t hwaddr_len;
    uint8_t hwaddr[NETDEV_HWADDR_MAX_LEN];
    uint16_t flags;
    uint16_t mtu;
    netdev_callback_fn status_callback;
    netdev_callback_fn addr_callback;
};

extern struct netdev *netdev_list;
extern struct netdev *netdev_default;

#define netdev_is_up(netdev) (((netdev)->flags & NETDEV_FLAG_UP) ? (uint8_t)1 : (uint8_t)0)
#define netdev_is_link_up(netdev) (((netdev)->flags & NETDEV_FLAG_LINK_UP) ? (uint8_t)1 : (uint8_t)0)

struct netdev *netdev_get_first_by_flags(uint16_t flags);
void netdev_set_status_callback(struct netdev *netdev, netdev_callback_fn callback);
void netdev_set_addr_callback(struct netdev *netdev, netdev_callback_fn callback);

#ifdef __cplusplus
}
#endif
#endif
