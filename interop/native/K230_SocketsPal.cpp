// nanoCLR's sockets PAL on the K230: the SOCK_ names that the natives of System.Net call, with the types of
// nf-interpreter's header. What they mean is in firmware/pal/*.c.
//
// Where the target is 64 bits wide, the folder shim stands first on the include path of this file and of the natives.

#include "k230_clr.h"
#include "k230_pal_instance.h"
#include "K230_Sockets_Target.h"

#include <nanoHAL.h>
#include <nanoHAL_Network.h>
#include <nanoPAL_Sockets.h>
#include <sockets_lwip.h>
#include <stdio.h>

#if defined(LWIP_IPV6) && LWIP_IPV6
#error "this PAL has no IPv6 texts: build without LWIP_IPV6; K230.Sockets has IPv6 all the same"
#endif

static_assert(sizeof(SOCK_sockaddr_in) == K230_PAL_ADDR_SIZE, "an address is handed on as bytes");
static_assert(SOCK_EWOULDBLOCK == K230_PAL_EWOULDBLOCK && SOCK_NO_RECOVERY == K230_PAL_NO_RECOVERY, "error numbers");
static_assert(SOCK_AF_INET == K230_PAL_AF_INET, "families");

static k230_pal s_pal;

extern "C" k230_pal *k230_pal_instance()
{
    if (s_pal.client == NULL && k230_clr_client() != NULL) {
        k230_pal_init(&s_pal, k230_clr_client());
    }

    return s_pal.client == NULL ? NULL : &s_pal;
}

//--// life

static uint32_t s_network;

// On the thread that attends the client, as every word of the network's; under the global lock, as events are posted.
static void TellNetwork(uint32_t word)
{
    uint32_t changes = k230_pal_changes(s_network, word);
    s_network = word;

    if (changes & K230_PAL_LINK_CHANGED) {
        Network_PostEvent(NetworkChange_NetworkEventType_AvailabilityChanged,
                          word & K230_NETWORK_LINK ? NetworkChange_NetworkEvents_NetworkAvailable
                                                   : NetworkChange_NetworkEvents_NetworkNOTAvailable,
                          0);
    }

    if (changes & K230_PAL_ADDRESS_CHANGED) {
        Network_PostEvent(NetworkChange_NetworkEventType_AddressChanged, 0, 0);
    }
}

bool Network_Initialize()
{
    k230_pal *pal = k230_pal_instance();

    if (pal == NULL) {
        return false;
    }

    // After a reboot that did not come by SOCKETS_CloseConnections, what is left is of sockets that are no more.
    k230_pal_close_all(pal);
    K230_Sockets_OnNetwork(TellNetwork);
    k230_pal_start(pal);

    return true;
}

void SOCKETS_CloseConnections()
{
    k230_pal *pal = k230_pal_instance();

    if (pal == NULL) {
        return;
    }

    // First those with TLS, which say good-bye if the peer takes it at once. Closing one takes its context away.
    pal->leaving = true;

    for (uint32_t i = 0; i < K230_SOCK_MAX; i++) {
        if (pal->socks[i].tls != NULL) {
            SSL_CloseSocket(pal->socks[i].handle);
        }
    }

    pal->leaving = false;

    k230_pal_close_all(pal);
}

bool Network_Uninitialize()
{
    SOCKETS_CloseConnections();

    return true;
}

//--// sockets

int SOCK_socket(int family, int type, int protocol)
{
    k230_pal *pal = k230_pal_instance();

    return pal == NULL ? SOCK_SOCKET_ERROR : k230_pal_socket(pal, family, type, protocol);
}

// A target that never called K230_Sockets_Start gets no socket, so nobody gets any further without a PAL.

int SOCK_bind(int socket, const struct SOCK_sockaddr *address, int addressLen)
{
    return k230_pal_bind(&s_pal, socket, address, addressLen);
}

int SOCK_connect(int socket, const struct SOCK_sockaddr *address, int addressLen)
{
    return k230_pal_connect(&s_pal, socket, address, addressLen);
}

int SOCK_listen(int socket, int backlog) { return k230_pal_listen(&s_pal, socket, backlog); }

int SOCK_accept(int socket, struct SOCK_sockaddr *address, int *addressLen)
{
    return k230_pal_accept(&s_pal, socket, address, addressLen);
}

int SOCK_send(int socket, const char *buf, int len, int flags)
{
    return k230_pal_send(&s_pal, socket, buf, len, flags);
}

int SOCK_recv(int socket, char *buf, int len, int flags) { return k230_pal_recv(&s_pal, socket, buf, len, flags); }

int SOCK_sendto(int s, const char *buf, int len, int flags, const struct SOCK_sockaddr *to, int tolen)
{
    return k230_pal_sendto(&s_pal, s, buf, len, flags, to, tolen);
}

int SOCK_recvfrom(int s, char *buf, int len, int flags, struct SOCK_sockaddr *from, int *fromlen)
{
    return k230_pal_recvfrom(&s_pal, s, buf, len, flags, from, fromlen);
}

int SOCK_shutdown(int socket, int how) { return k230_pal_shutdown(&s_pal, socket, how); }

int SOCK_close(int socket) { return k230_pal_close(&s_pal, socket); }

int SOCK_ioctl(int socket, int cmd, int *data)
{
    return k230_pal_ioctl(&s_pal, socket, static_cast<uint32_t>(cmd), data);
}

int SOCK_setsockopt(int socket, int level, int optname, const char *optval, int optlen)
{
    return k230_pal_setsockopt(&s_pal, socket, level, optname, optval, optlen);
}

int SOCK_getsockopt(int socket, int level, int optname, char *optval, int *optlen)
{
    return k230_pal_getsockopt(&s_pal, socket, level, optname, optval, optlen);
}

int SOCK_getpeername(int socket, struct SOCK_sockaddr *name, int *namelen)
{
    return k230_pal_getpeername(&s_pal, socket, name, namelen);
}

int SOCK_getsockname(int socket, struct SOCK_sockaddr *name, int *namelen)
{
    return k230_pal_getsockname(&s_pal, socket, name, namelen);
}

int SOCK_getlasterror() { return k230_pal_instance() == NULL ? SOCK_ENETDOWN : k230_pal_error(&s_pal); }

int SOCK_getsocklasterror(int socket) { return k230_pal_sock_error(&s_pal, socket); }

// The TLS layer calls SSL_ functions with the socket; nothing is upgraded here.
int SOCK_UpgradeToSsl(int) { return k230_pal_fail(&s_pal, NULL, SOCK_EOPNOTSUPP); }

//--// readiness

static bool IsIn(const SOCK_fd_set *set, int socket)
{
    for (uint32_t i = 0; set != NULL && i < set->fd_count && i < SOCK_FD_SETSIZE; i++) {
        if (set->fd_array[i] == socket) {
            return true;
        }
    }

    return false;
}

// The natives ask for one socket, in one set or two, with a timeout of zero; they wait for an event themselves.
int SOCK_select(int, SOCK_fd_set *readfds, SOCK_fd_set *writefds, SOCK_fd_set *except, const struct SOCK_timeval *)
{
    SOCK_fd_set *const sets[] = {readfds, writefds, except};
    const uint32_t kinds[] = {K230_PAL_READ, K230_PAL_WRITE, K230_PAL_EXCEPT};
    uint8_t found[3][SOCK_FD_SETSIZE];
    bool isFirst = true;
    int looked = SOCK_SOCKET_ERROR;
    int kept = 0;
    int ready = 0;

    for (int kind = 0; kind < 3; kind++) {
        for (uint32_t i = 0; sets[kind] != NULL && i < sets[kind]->fd_count && i < SOCK_FD_SETSIZE; i++) {
            const int socket = sets[kind]->fd_array[i];

            if (isFirst || socket != looked) {
                kept = k230_pal_ready(&s_pal, socket,
                                      (IsIn(readfds, socket) ? K230_PAL_READ : 0) |
                                          (IsIn(writefds, socket) ? K230_PAL_WRITE : 0) |
                                          (IsIn(except, socket) ? K230_PAL_EXCEPT : 0));
                isFirst = false;
                looked = socket;
            }

            if (kept < 0) {
                return SOCK_SOCKET_ERROR;
            }

            found[kind][i] = static_cast<uint8_t>(kept);
        }
    }

    for (int kind = 0; kind < 3; kind++) {
        uint32_t count = 0;

        for (uint32_t i = 0; sets[kind] != NULL && i < sets[kind]->fd_count && i < SOCK_FD_SETSIZE; i++) {
            if (found[kind][i] & kinds[kind]) {
                sets[kind]->fd_array[count++] = sets[kind]->fd_array[i];
            }
        }

        if (sets[kind] != NULL) {
            sets[kind]->fd_count = count;
        }

        ready += static_cast<int>(count);
    }

    return ready;
}

//--// names

// An answer lives from SOCK_getaddrinfo to SOCK_freeaddrinfo, which the natives call before they wait for anything.
struct Answer {
    static const int c_Answers = 2;
    static const int c_Addresses = 8;

    bool used;
    SOCK_addrinfo infos[c_Addresses];
    SOCK_sockaddr_in addresses[c_Addresses];
    char canon[K230_HOST_MAX + 1];
};

static Answer s_answers[Answer::c_Answers];

int SOCK_getaddrinfo(const char *nodename, char *, const struct SOCK_addrinfo *hints, struct SOCK_addrinfo **res)
{
    k230_pal *pal = k230_pal_instance();
    k230_addr found[Answer::c_Addresses];
    const char *canon;
    Answer *answer = NULL;

    if (pal == NULL || res == NULL) {
        return SOCK_SOCKET_ERROR;
    }

    *res = NULL;

    for (int i = 0; i < Answer::c_Answers; i++) {
        if (!s_answers[i].used) {
            answer = &s_answers[i];
        }
    }

    if (answer == NULL) {
        return k230_pal_fail(pal, NULL, SOCK_ENOBUFS);
    }

    int count = k230_pal_resolve(pal, nodename, found, Answer::c_Addresses, &canon);

    if (count < 0) {
        return SOCK_SOCKET_ERROR;
    }

    memset(answer, 0, sizeof *answer);
    strncpy(answer->canon, canon, K230_HOST_MAX);

    for (int i = 0; i < count && i < Answer::c_Addresses; i++) {
        SOCK_addrinfo &info = answer->infos[i];
        int length = sizeof(SOCK_sockaddr_in);

        k230_pal_put_addr(&found[i], &answer->addresses[i], &length);

        info.ai_family = SOCK_AF_INET;
        info.ai_socktype = hints == NULL ? 0 : hints->ai_socktype;
        info.ai_protocol = hints == NULL ? 0 : hints->ai_protocol;
        info.ai_addrlen = sizeof(SOCK_sockaddr_in);
        info.ai_addr = reinterpret_cast<SOCK_sockaddr *>(&answer->addresses[i]);
        info.ai_canonname = i == 0 && answer->canon[0] != '\0' ? answer->canon : NULL;
        info.ai_next = i + 1 < count && i + 1 < Answer::c_Addresses ? &answer->infos[i + 1] : NULL;
    }

    answer->used = true;
    *res = answer->infos;

    return 0;
}

void SOCK_freeaddrinfo(struct SOCK_addrinfo *ai)
{
    for (int i = 0; i < Answer::c_Answers; i++) {
        if (ai == s_answers[i].infos) {
            s_answers[i].used = false;
        }
    }
}

//--// the network

static uint32_t NetworkOrder(const uint8_t bytes[4])
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);

    return word;
}

static uint32_t NameServer(const k230_interface &facts, int index)
{
    const k230_addr &server = facts.dns[index];

    return server.family == K230_AF_INET ? NetworkOrder(server.ip) : 0;
}

// What is in force, whatever was configured: the small core's network belongs to the small core. To a program that is
// an interface whose addresses come from elsewhere, as with DHCP. It is always of the type Ethernet, whatever the small
// core's is: NetworkHelper and its like look for that type, and a wireless one would have them ask for a configuration
// of the radio, which there is none of.
HRESULT SOCK_CONFIGURATION_LoadAdapterConfiguration(HAL_Configuration_NetworkInterface *config, uint32_t interfaceIndex)
{
    k230_pal *pal = k230_pal_instance();
    k230_interface facts;

    if (pal == NULL || interfaceIndex != 0) {
        return CLR_E_INVALID_PARAMETER;
    }

    config->InterfaceType = NetworkInterfaceType_Ethernet;
    config->StartupAddressMode = AddressMode_DHCP;
    config->AutomaticDNS = 1;

    // Without a small core the addresses are as they were stored.
    if (k230_pal_interface(pal, 0, &facts) < 0) {
        return S_OK;
    }

    memcpy(config->MacAddress, facts.mac, sizeof config->MacAddress);
    config->IPv4Address = NetworkOrder(facts.address);
    config->IPv4NetMask = NetworkOrder(facts.mask);
    config->IPv4GatewayAddress = NetworkOrder(facts.gateway);
    config->IPv4DNSAddress1 = NameServer(facts, 0);
    config->IPv4DNSAddress2 = NameServer(facts, 1);

    return S_OK;
}

HRESULT SOCK_CONFIGURATION_LoadConfiguration(HAL_Configuration_NetworkInterface *config, uint32_t interfaceIndex)
{
    return SOCK_CONFIGURATION_LoadAdapterConfiguration(config, interfaceIndex);
}

// A request for what is so already is granted, and changes nothing: NetworkHelper begins with EnableDhcp, or with
// EnableStaticIPv4 of the addresses that a program was given. All else is refused, as addresses are given out on the
// small core; renewing what it has from DHCP is its own business as well.
HRESULT SOCK_CONFIGURATION_UpdateAdapterConfiguration(HAL_Configuration_NetworkInterface *config,
                                                      uint32_t interfaceIndex, uint32_t updateFlags)
{
    const uint32_t known = NetworkInterface_UpdateOperation_Dns | NetworkInterface_UpdateOperation_Dhcp |
                           NetworkInterface_UpdateOperation_Mac;
    k230_pal *pal = k230_pal_instance();
    k230_interface facts;

    if (pal == NULL || interfaceIndex != 0) {
        return CLR_E_INVALID_PARAMETER;
    }

    const bool asksForAddresses =
        (updateFlags & NetworkInterface_UpdateOperation_Dhcp) != 0 && config->StartupAddressMode != AddressMode_DHCP;
    const bool asksForServers = (updateFlags & NetworkInterface_UpdateOperation_Dns) != 0 && config->AutomaticDNS == 0;
    const bool asksForMac = (updateFlags & NetworkInterface_UpdateOperation_Mac) != 0;

    if ((updateFlags & ~known) != 0 || (asksForAddresses && config->StartupAddressMode != AddressMode_Static)) {
        return CLR_E_NOT_SUPPORTED;
    }

    if (!asksForAddresses && !asksForServers && !asksForMac) {
        return S_OK;
    }

    if (k230_pal_interface(pal, 0, &facts) < 0) {
        return CLR_E_TIMEOUT; // nobody knows what is so
    }

    const bool hasAddresses = config->IPv4Address == NetworkOrder(facts.address) &&
                              config->IPv4NetMask == NetworkOrder(facts.mask) &&
                              config->IPv4GatewayAddress == NetworkOrder(facts.gateway);
    const bool hasServers =
        config->IPv4DNSAddress1 == NameServer(facts, 0) && config->IPv4DNSAddress2 == NameServer(facts, 1);
    const bool hasMac = memcmp(config->MacAddress, facts.mac, sizeof config->MacAddress) == 0;

    return (asksForAddresses && !hasAddresses) || (asksForServers && !hasServers) || (asksForMac && !hasMac)
               ? CLR_E_NOT_SUPPORTED
               : S_OK;
}

HRESULT SOCK_CONFIGURATION_LinkStatus(uint32_t interfaceIndex, bool *status)
{
    k230_pal *pal = k230_pal_instance();

    *status = pal != NULL && interfaceIndex == 0 && k230_pal_link(pal);

    return S_OK;
}

HRESULT SOCK_IPV4AddressFromString(const char *ipString, uint64_t *address)
{
    k230_addr parsed;

    *address = 0;

    if (!k230_pal_dotted(ipString, &parsed)) {
        return CLR_E_INVALID_PARAMETER;
    }

    *address = NetworkOrder(parsed.ip);

    return S_OK;
}

const char *SOCK_IPV4AddressToString(uint32_t address)
{
    static char text[sizeof "255.255.255.255"];
    uint8_t part[4];

    memcpy(part, &address, sizeof part);
    snprintf(text, sizeof text, "%u.%u.%u.%u", part[0], part[1], part[2], part[3]);

    return text;
}

//--// what the TLS layer keeps with a socket

Sockets_LWIP_Driver g_Sockets_LWIP_Driver;

void *Sockets_LWIP_Driver::GetSocketSslData(SOCK_SOCKET socket)
{
    const k230_pal_sock *sock = k230_pal_of(&s_pal, socket);

    return sock == NULL ? NULL : sock->tls;
}

void Sockets_LWIP_Driver::SetSocketSslData(SOCK_SOCKET socket, void *sslObj)
{
    k230_pal_sock *sock = k230_pal_of(&s_pal, socket);

    if (sock != NULL) {
        sock->tls = sslObj;
    }
}

//--// the debugger does not come over the network

bool SOCKETS_DbgInitialize(int) { return false; }

bool SOCKETS_DbgUninitialize(int) { return false; }

int SOCKETS_Write(int, const char *, size_t) { return 0; }

int SOCKETS_Read(int, char *, size_t) { return 0; }

bool SOCKETS_Flush(int) { return false; }
