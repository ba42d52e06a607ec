/* lwIP's network: the tap device, its addresses, and what only the core of lwIP can tell. */
#define _GNU_SOURCE
#include "lwip_port.h"

#include "k230_hal_posix.h" /* k230_from_errno */
#include "k230_interface_posix.h"
#include "netif_over_lwip.h"

#include <lwip/api.h>
#include <lwip/dhcp.h>
#include <lwip/dns.h>
#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/ip.h>
#include <lwip/netif.h>
#include <lwip/priv/sockets_priv.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/tcpip.h>
#include <netif/ethernet.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static struct netif s_netif;
static struct netif s_loop;
static int s_tap = -1;
static bool s_up;
static char s_device[16];
static uint32_t s_network; /* K230_NETWORK_*; atomic, stored under the core's lock */

static void nap(long ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* ---- what is asked for ------------------------------------------------------------------------------------------- */

bool k230_lwip_net_parse(const char *text, struct k230_lwip_net *net)
{
    char address[64];
    char gateway[64];
    char ipv6[64] = "";
    unsigned prefix = 0;
    memset(net, 0, sizeof *net);
    int used = 0;
    if (sscanf(text, "%15[^,],%63[0-9.]/%2u,%63[0-9.]%n", net->device, address, &prefix, gateway, &used) != 4)
        return false;
    if (text[used] == ',') {
        snprintf(ipv6, sizeof ipv6, "%s", text + used + 1);
        if (inet_pton(AF_INET6, ipv6, net->ipv6) != 1)
            return false;
        net->has_ipv6 = true;
    } else if (text[used] != 0) {
        return false;
    }
    if (prefix < 1 || prefix > 30)
        return false;
    const uint32_t mask = htonl(~0u << (32u - prefix));
    memcpy(net->mask, &mask, sizeof mask);
    return inet_pton(AF_INET, address, net->address) == 1 && inet_pton(AF_INET, gateway, net->gateway) == 1;
}

/* ---- the card ----------------------------------------------------------------------------------------------------
 * Not the library's tapif: that takes its buffers from the pbuf pool, and the pool of Debian's liblwip 2.1.3 is built
 * with blocks for 592 bytes (its memp.c sees TCP_MSS 512 of <netinet/tcp.h>, its pbuf.c 1460), so a longer frame is
 * written over the end of its block. It also ends the process where the device cannot be had. */

#define CARRIER_MS 3000u
#define FRAME_MAX 1514u /* Ethernet's header and 1500 bytes */

static err_t send_frame(struct netif *netif, struct pbuf *frame)
{
    (void)netif;
    uint8_t bytes[FRAME_MAX];
    if (frame->tot_len > sizeof bytes)
        return ERR_IF;
    pbuf_copy_partial(frame, bytes, frame->tot_len, 0);
    const ssize_t written = write(s_tap, bytes, frame->tot_len);
    return written == (ssize_t)frame->tot_len ? ERR_OK : errno == EAGAIN ? ERR_MEM : ERR_IF;
}

static void receive_frames(void)
{
    uint8_t bytes[FRAME_MAX];
    for (ssize_t length; (length = read(s_tap, bytes, sizeof bytes)) > 0;) {
        struct pbuf *frame = pbuf_alloc(PBUF_RAW, (u16_t)length, PBUF_RAM);
        if (!frame)
            continue; /* lost, as on any network */
        pbuf_take(frame, bytes, (u16_t)length);
        /* Not by the mailbox of lwIP's thread, which throws away what a burst puts above its 128 places; here a burst
         * waits in the device's own queue. */
        LOCK_TCPIP_CORE();
        if (s_netif.input(frame, &s_netif) != ERR_OK)
            pbuf_free(frame);
        UNLOCK_TCPIP_CORE();
    }
}

static void *card_thread(void *arg)
{
    (void)arg;
    for (;;) {
        struct pollfd tap = {.fd = s_tap, .events = POLLIN};
        poll(&tap, 1, -1);
        receive_frames();
    }
    return NULL;
}

static err_t init_card(struct netif *netif)
{
    netif->name[0] = 't';
    netif->name[1] = 'p';
    netif->output = etharp_output;
    netif->output_ip6 = ethip6_output;
    netif->linkoutput = send_frame;
    netif->mtu = 1500;
    /* The same for every process with this address: peers remember it. */
    netif->hwaddr_len = 6;
    netif->hwaddr[0] = 0x02;
    memcpy(&netif->hwaddr[2], &netif_ip4_addr(netif)->addr, 4);
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_IGMP | NETIF_FLAG_MLD6 |
                   NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

/* ---- this host --------------------------------------------------------------------------------------------------- */

static err_t output_ip6_here(struct netif *netif, struct pbuf *packet, const ip6_addr_t *to)
{
    (void)to;
    return netif_loop_output(netif, packet);
}

static int add_loop(void)
{
    if (!k230_loop_add(&s_loop))
        return -K230_ENODEV;
    s_loop.output_ip6 = output_ip6_here;
    IP_ADDR6_HOST(&s_loop.ip6_addr[0], 0, 0, 0, 1);
    netif_ip6_addr_set_state(&s_loop, 0, IP6_ADDR_PREFERRED);
    netif_set_up(&s_loop);
    return 0;
}

/* ---- up ---------------------------------------------------------------------------------------------------------- */

/* The descriptor of the tap device, or -enum k230_error. */
static int open_device(const char *device)
{
    struct ifreq request;
    memset(&request, 0, sizeof request);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", device);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (if_nametoindex(device) == 0) /* or it would be made */
        return -K230_ENODEV;
    const int tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (tap < 0)
        return errno == ENOENT || errno == ENODEV ? -K230_ENODEV : -K230_EACCES;
    if (ioctl(tap, TUNSETIFF, &request) == 0)
        return tap;
    const int status = errno == EBUSY ? -K230_EBUSY : errno == EINVAL ? -K230_ENODEV : -K230_EACCES;
    close(tap);
    return status;
}

/* Sleeps until the kernel's end of the cable works: it takes note of the open device later, and until then it throws
 * away what its own sockets send here. */
static void await_carrier(const char *device)
{
    struct ifreq request;
    memset(&request, 0, sizeof request);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", device);
    const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (unsigned waited = 0; any >= 0 && waited < CARRIER_MS; waited++) {
        if (ioctl(any, SIOCGIFFLAGS, &request) < 0 || !(request.ifr_flags & IFF_UP) || request.ifr_flags & IFF_RUNNING)
            break;
        nap(1);
    }
    if (any >= 0)
        close(any);
    nap(1);
}

static int add_device(const struct k230_lwip_net *net)
{
    ip4_addr_t address;
    ip4_addr_t mask;
    ip4_addr_t gateway;
    memcpy(&address.addr, net->address, 4);
    memcpy(&mask.addr, net->mask, 4);
    memcpy(&gateway.addr, net->gateway, 4);
    if (!netif_add(&s_netif, &address, &mask, &gateway, NULL, init_card, ethernet_input))
        return -K230_ENODEV;
    netif_set_default(&s_netif);
    netif_set_up(&s_netif);
    netif_create_ip6_linklocal_address(&s_netif, 1);
    if (net->has_ipv6) {
        ip6_addr_t ipv6;
        memset(&ipv6, 0, sizeof ipv6);
        memcpy(ipv6.addr, net->ipv6, 16);
        s8_t index = -1;
        if (netif_add_ip6_address(&s_netif, &ipv6, &index) != ERR_OK)
            return -K230_EADDRNOTAVAIL;
        netif_ip6_addr_set_state(&s_netif, index, IP6_ADDR_PREFERRED);
    }
    return 0;
}

int k230_lwip_up(const struct k230_lwip_net *net, uint32_t patience_ms)
{
    if (s_up)
        return 0;
    snprintf(s_device, sizeof s_device, "%s", net->device);
    s_tap = open_device(net->device);
    for (uint32_t waited = 0; s_tap == -K230_EBUSY && waited < patience_ms; waited += 20) {
        nap(20);
        s_tap = open_device(net->device);
    }
    if (s_tap < 0)
        return s_tap;
    await_carrier(net->device);
    /* lwIP draws its first local ports with rand(): without a seed each process would begin with the same ones, and a
     * peer would take a new connection for one that it has just closed. */
    unsigned seed = 1;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed)
        srand(seed);

    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* the threads inherit it: signals are for the program's own */
    tcpip_init(NULL, NULL);
    LOCK_TCPIP_CORE();
    int status = add_loop();
    if (status == 0)
        status = add_device(net);
    UNLOCK_TCPIP_CORE();
    pthread_t card;
    if (status == 0)
        status = k230_from_errno(pthread_create(&card, NULL, card_thread, NULL));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    s_up = status == 0;
    return status;
}

/* ---- the cable --------------------------------------------------------------------------------------------------- */

static bool is_plugged_in(void)
{
    struct ifreq request;
    memset(&request, 0, sizeof request);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", s_device);
    const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const bool up = any >= 0 && ioctl(any, SIOCGIFFLAGS, &request) == 0 && request.ifr_flags & IFF_UP;
    if (any >= 0)
        close(any);
    return up;
}

void k230_lwip_look_at_cable(void)
{
    const bool up = is_plugged_in();
    LOCK_TCPIP_CORE();
    if (up)
        netif_set_link_up(&s_netif);
    else
        netif_set_link_down(&s_netif);
    uint32_t network = netif_is_link_up(&s_netif) ? K230_NETWORK_LINK : 0u;
    /* IPv6 addresses stay what the start made them. */
    if (netif_is_up(&s_netif) && !ip4_addr_isany(netif_ip4_addr(&s_netif)))
        network |= K230_NETWORK_ADDRESS | k230_stack_digest(netif_ip4_addr(&s_netif), netif_ip4_netmask(&s_netif), 4);
    __atomic_store_n(&s_network, network, __ATOMIC_RELEASE);
    UNLOCK_TCPIP_CORE();
}

uint32_t k230_lwip_network(void) { return __atomic_load_n(&s_network, __ATOMIC_ACQUIRE); }

/* ---- the facts of an interface ----------------------------------------------------------------------------------- */

/* The default one first, then in lwIP's order; the core is locked. */
static struct netif *netif_at(uint32_t index, uint32_t *count)
{
    struct netif *found = netif_default && netif_default != &s_loop && index == 0 ? netif_default : NULL;
    struct netif *netif;
    *count = 0;
    uint32_t place = netif_default && netif_default != &s_loop ? 1u : 0u;
    NETIF_FOREACH(netif)
    {
        if (netif == &s_loop)
            continue;
        ++*count;
        if (netif != netif_default && place++ == index)
            found = netif;
    }
    return found;
}

static bool has_address_of_dhcp(struct netif *netif)
{
#if LWIP_DHCP
    return dhcp_supplied_address(netif);
#else
    (void)netif;
    return false;
#endif
}

static void describe(struct netif *netif, struct k230_interface *facts)
{
    facts->flags = (netif_is_up(netif) ? K230_INTERFACE_UP : 0u) |
                   (netif_is_link_up(netif) ? K230_INTERFACE_LINK : 0u) |
                   (has_address_of_dhcp(netif) ? K230_INTERFACE_DHCP : 0u);
    facts->kind = netif->flags & NETIF_FLAG_ETHERNET ? K230_KIND_ETHERNET : K230_KIND_UNKNOWN;
    facts->mtu = netif->mtu;
    snprintf(facts->name, sizeof facts->name, "%c%c%u", netif->name[0], netif->name[1], netif->num);
    if (netif->hwaddr_len == 6)
        memcpy(facts->mac, netif->hwaddr, 6);
    memcpy(facts->address, &netif_ip4_addr(netif)->addr, 4);
    memcpy(facts->mask, &netif_ip4_netmask(netif)->addr, 4);
    memcpy(facts->gateway, &netif_ip4_gw(netif)->addr, 4);
    for (int i = 0; i < LWIP_IPV6_NUM_ADDRESSES && facts->ipv6_count < K230_INTERFACE_IPV6; i++) {
        if (!ip6_addr_isvalid(netif_ip6_addr_state(netif, i)))
            continue;
        const ip6_addr_t *ip = netif_ip6_addr(netif, i);
        struct k230_interface_ipv6 *ipv6 = &facts->ipv6[facts->ipv6_count++];
        memcpy(ipv6->ip, ip->addr, sizeof ipv6->ip);
        ipv6->scope = ip6_addr_islinklocal(ip) ? netif_get_index(netif) : 0;
        ipv6->prefix = 64; /* lwIP knows no other */
    }
}

static void name_servers(struct k230_interface *facts)
{
#if LWIP_DNS
    uint32_t count = 0;
    LOCK_TCPIP_CORE();
    for (u8_t i = 0; i < DNS_MAX_SERVERS && count < K230_INTERFACE_DNS; i++) {
        const ip_addr_t *server = dns_getserver(i);
        if (ip_addr_isany(server))
            continue;
        struct k230_addr *dns = &facts->dns[count++];
        *dns = (struct k230_addr){.family = IP_IS_V6(server) ? K230_AF_INET6 : K230_AF_INET, .port = 53};
        if (IP_IS_V6(server))
            memcpy(dns->ip, ip_2_ip6(server)->addr, 16);
        else
            memcpy(dns->ip, &ip_2_ip4(server)->addr, 4);
    }
    UNLOCK_TCPIP_CORE();
#else
    k230_name_servers_posix(K230_RESOLV_CONF, facts->dns); /* look-ups are the host's, and so are their servers */
#endif
}

int k230_lwip_interface(uint32_t index, struct k230_interface *facts)
{
    uint32_t count;
    LOCK_TCPIP_CORE();
    struct netif *netif = netif_at(index, &count);
    if (netif)
        describe(netif, facts);
    UNLOCK_TCPIP_CORE();
    if (!netif)
        return -K230_ENOENT;
    name_servers(facts);
    return (int)count;
}

/* ---- what the core knows ----------------------------------------------------------------------------------------- */

/* Bytes, and ends of streams, that no peer has acknowledged. */
static uint32_t of_connection(const struct tcp_pcb *pcb)
{
    /* From the first that is not acknowledged to the next to be written. */
    return pcb->unsent || pcb->unacked ? pcb->snd_lbb - pcb->lastack : 0;
}

static uint32_t unacknowledged(void)
{
    uint32_t bytes = 0;
    LOCK_TCPIP_CORE();
    for (const struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
        bytes += of_connection(pcb);
    UNLOCK_TCPIP_CORE();
    return bytes;
}

/* The connection of a descriptor, as long as there is one; under the core's lock. */
static struct tcp_pcb *connection(int fd)
{
    const struct lwip_sock *sock = lwip_socket_dbg_get_socket(fd);
    struct tcp_pcb *pcb =
        sock && sock->conn && NETCONNTYPE_GROUP(sock->conn->type) == NETCONN_TCP ? sock->conn->pcb.tcp : NULL;
    return pcb && pcb->state > LISTEN && pcb->state < TIME_WAIT ? pcb : NULL;
}

int k230_below_unacknowledged(int fd)
{
    LOCK_TCPIP_CORE();
    const struct tcp_pcb *pcb = connection(fd);
    const uint32_t bytes = pcb ? of_connection(pcb) : 0;
    UNLOCK_TCPIP_CORE();
    return (int)bytes;
}

void k230_lwip_settle(uint32_t patience_ms)
{
    if (!s_up)
        return;
    uint32_t left = unacknowledged();
    for (uint32_t waited = 0; left != 0 && waited < patience_ms; waited += 5) {
        nap(5);
        const uint32_t now = unacknowledged();
        if (now != left)
            waited = 0;
        left = now;
    }
}

void k230_below_reset(int fd)
{
    /* With SO_LINGER 0 lwIP resets only while bytes are unacknowledged, and otherwise ends the stream in good order. */
    LOCK_TCPIP_CORE();
    struct tcp_pcb *pcb = connection(fd);
    if (pcb)
        tcp_abort(pcb);
    UNLOCK_TCPIP_CORE();
}

static ip4_addr_t ip4_of(const struct k230_addr *addr)
{
    ip4_addr_t ip;
    memcpy(&ip.addr, addr->ip, 4);
    return ip;
}

bool k230_below_is_local(const struct k230_addr *addr)
{
    bool local = false;
    struct netif *netif;
    LOCK_TCPIP_CORE();
    if (addr->family == K230_AF_INET6) {
        ip6_addr_t ip;
        memset(&ip, 0, sizeof ip);
        memcpy(ip.addr, addr->ip, 16);
        local = ip6_addr_isany_val(ip) || ip6_addr_isloopback(&ip) || ip6_addr_ismulticast(&ip) ||
                ip6_addr_isipv4mappedipv6(&ip);
        NETIF_FOREACH(netif)
        {
            for (int i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
                local = local || (ip6_addr_isvalid(netif_ip6_addr_state(netif, i)) &&
                                  ip6_addr_cmp_zoneless(netif_ip6_addr(netif, i), &ip));
        }
    } else {
        const ip4_addr_t ip = ip4_of(addr);
        local = ip4_addr_isany_val(ip) || ip4_addr_isloopback(&ip) || ip4_addr_ismulticast(&ip);
        NETIF_FOREACH(netif) { local = local || ip4_addr_cmp(netif_ip4_addr(netif), &ip); }
    }
    UNLOCK_TCPIP_CORE();
    return local;
}

bool k230_below_multicasts(const uint8_t address[4])
{
    ip4_addr_t ip;
    memcpy(&ip.addr, address, sizeof ip.addr);
    bool found = ip4_addr_isany_val(ip);
    struct netif *netif;
    LOCK_TCPIP_CORE();
    NETIF_FOREACH(netif)
    {
        found = found || ((netif->flags & NETIF_FLAG_IGMP) && ip4_addr_cmp(netif_ip4_addr(netif), &ip));
    }
    UNLOCK_TCPIP_CORE();
    return found;
}

uint32_t k230_below_interface(uint32_t index, uint8_t address[4])
{
    LOCK_TCPIP_CORE();
    const uint32_t found = k230_netif_find(index, address);
    UNLOCK_TCPIP_CORE();
    return found;
}

bool k230_below_is_broadcast(const struct k230_addr *addr)
{
    if (addr->family != K230_AF_INET)
        return false;
    const ip4_addr_t ip = ip4_of(addr);
    if (ip4_addr_isany_val(ip))
        return false;
    bool broadcast = false;
    struct netif *netif;
    LOCK_TCPIP_CORE();
    NETIF_FOREACH(netif) { broadcast = broadcast || ip4_addr_isbroadcast(&ip, netif) != 0; }
    UNLOCK_TCPIP_CORE();
    return broadcast;
}
