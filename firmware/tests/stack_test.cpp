/* The contract of k230_stack.h. This file is built once for every stack port (stack_posix_test, stack_lwip_test); the
 * peers are kernel sockets each time. */
#include "stack_under_test.h"

#include "k230_interface_posix.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <ifaddrs.h>
#include <map>
#include <net/if.h>
#include <set>

k230_stack StackTest::s_stack;

/* Every case is named after its stack: posix.X, lwip.X. */
#define STACK_CLASS_(name)                                                                                             \
    class name : public StackTest                                                                                      \
    {                                                                                                                  \
    }
#define STACK_CLASS(name) STACK_CLASS_(name)
STACK_CLASS(STACK_NAME);
#define STACK_TEST_(fixture, name) TEST_F(fixture, name)
#define STACK_TEST_OF(fixture, name) STACK_TEST_(fixture, name)
#define STACK_TEST(name) STACK_TEST_OF(STACK_NAME, name)

/* ---- open, bind, addresses --------------------------------------------------------------------------------------- */

STACK_TEST(OpenTakesEveryKindAndRefusesFamiliesThatAreNone)
{
    for (const int family : {K230_AF_INET, K230_AF_INET6})
        for (const int type : {K230_SOCK_STREAM, K230_SOCK_DGRAM}) {
            const int proto = type == K230_SOCK_STREAM ? K230_IPPROTO_TCP : K230_IPPROTO_UDP;
            EXPECT_GE(Keep(k230_stack_open(stack, family, type, 0)), 0);
            EXPECT_GE(Keep(k230_stack_open(stack, family, type, proto)), 0);
        }
    EXPECT_EQ(-K230_EAFNOSUPPORT, k230_stack_open(stack, 99, K230_SOCK_STREAM, 0));
}

STACK_TEST(HundredsOfSocketsAreOpenAtOnceAndClosedOnesMakeRoom)
{
    for (int round = 0; round < 3; round++) {
        std::vector<int> socks;
        for (int i = 0; i < 512; i++)
            socks.push_back(Open(i % 2 ? K230_SOCK_STREAM : K230_SOCK_DGRAM));
        for (const int sock : socks) {
            ASSERT_GE(sock, 0);
            Close(sock);
        }
    }
}

STACK_TEST(BindShowsItsAddressAndFindsAPort)
{
    for (const int type : {K230_SOCK_STREAM, K230_SOCK_DGRAM}) {
        const int sock = Open(type);
        k230_addr local = {};
        EXPECT_EQ(0, k230_stack_local(stack, sock, &local));
        EXPECT_EQ(0, local.port);
        const k230_addr wanted = Address(StackIp(), 0);
        ASSERT_EQ(0, k230_stack_bind(stack, sock, &wanted));
        ASSERT_EQ(0, k230_stack_local(stack, sock, &local));
        EXPECT_EQ(K230_AF_INET, local.family);
        EXPECT_EQ(StackIp(), Ip(local));
        EXPECT_NE(0, local.port);
    }
}

STACK_TEST(BindRefusesASecondTimeAStrangersAddressAndAPortInUse)
{
    for (const int type : {K230_SOCK_STREAM, K230_SOCK_DGRAM}) {
        const int sock = Open(type);
        const k230_addr stranger = Address("203.0.113.7", 0);
        EXPECT_EQ(-K230_EADDRNOTAVAIL, k230_stack_bind(stack, sock, &stranger));
        const k230_addr wanted = Address(StackIp(), 0);
        ASSERT_EQ(0, k230_stack_bind(stack, sock, &wanted));
        EXPECT_EQ(-K230_EINVAL, k230_stack_bind(stack, sock, &wanted));
        k230_addr taken = {};
        ASSERT_EQ(0, k230_stack_local(stack, sock, &taken));
        EXPECT_EQ(-K230_EADDRINUSE, k230_stack_bind(stack, Open(type), &taken));
    }
}

STACK_TEST(ASocketWithoutAPeerHasNoPeersAddress)
{
    k230_addr peer = {};
    EXPECT_EQ(-K230_ENOTCONN, k230_stack_peer(stack, Open(), &peer));
    EXPECT_EQ(-K230_ENOTCONN, k230_stack_peer(stack, Open(K230_SOCK_DGRAM), &peer));
    k230_addr local = {};
    EXPECT_EQ(-K230_ENOTCONN, k230_stack_peer(stack, Listener(&local), &peer));
}

/* ---- interfaces -------------------------------------------------------------------------------------------------- */

static std::string Dotted(const uint8_t ip[4])
{
    char text[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, ip, text, sizeof text);
    return text;
}

static k230_interface Interface(k230_stack *stack, uint32_t index, int *count)
{
    k230_interface facts = {};
    *count = k230_stack_interface(stack, index, &facts);
    return facts;
}

#ifdef K230_TEST_LWIP
STACK_TEST(TheFirstInterfaceIsTheOneThatItWasGiven)
{
    int count;
    const k230_interface facts = Interface(stack, 0, &count);
    ASSERT_EQ(1, count) << "the loop is none";
    EXPECT_EQ(StackIp(), Dotted(facts.address));
    EXPECT_EQ("255.255.255.0", Dotted(facts.mask));
    EXPECT_EQ(KernelIp(), Dotted(facts.gateway));
    EXPECT_EQ(K230_INTERFACE_UP | K230_INTERFACE_LINK, facts.flags);
    EXPECT_EQ(static_cast<uint32_t>(K230_KIND_ETHERNET), facts.kind);
    EXPECT_EQ(1500u, facts.mtu);
    EXPECT_EQ(0u, facts.reserved);
    EXPECT_EQ("tp", std::string(facts.name).substr(0, 2));
    const uint8_t mac[8] = {0x02, 0, facts.address[0], facts.address[1], facts.address[2], facts.address[3]};
    EXPECT_EQ(0, memcmp(mac, facts.mac, sizeof mac));
    std::vector<std::string> ipv6;
    for (uint32_t i = 0; i < facts.ipv6_count; i++) {
        char text[INET6_ADDRSTRLEN] = "";
        inet_ntop(AF_INET6, facts.ipv6[i].ip, text, sizeof text);
        ipv6.push_back(text);
        EXPECT_EQ(64u, facts.ipv6[i].prefix);
        EXPECT_EQ(ipv6.back().substr(0, 5) == "fe80:", facts.ipv6[i].scope != 0);
    }
    EXPECT_NE(ipv6.end(), std::find(ipv6.begin(), ipv6.end(), StackIp6()));
}

STACK_TEST(AnInterfaceKnowsThatItsCableWasPulledOut)
{
    const auto has_link = [&] {
        int count;
        return (Interface(stack, 0, &count).flags & K230_INTERFACE_LINK) != 0;
    };
    ASSERT_EQ(0, system("ip link set tap0 down"));
    for (int64_t end = NowMs() + PATIENCE_MS; has_link() && NowMs() < end;)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_FALSE(has_link());
    ASSERT_EQ(0, system("ip link set tap0 up"));
    ASSERT_EQ(0, system(("ip -6 address replace " + KernelIp6() + "/64 dev tap0 nodad").c_str()));
    for (int64_t end = NowMs() + PATIENCE_MS; !has_link() && NowMs() < end;)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_TRUE(has_link());
}
#elif defined(K230_TEST_RTTHREAD)
STACK_TEST(TheFirstInterfaceIsTheOneThatNetdevHas)
{
    int count;
    const k230_interface facts = Interface(stack, 0, &count);
    ASSERT_EQ(1, count);
    EXPECT_STREQ("e0", facts.name);
    EXPECT_EQ(StackIp(), Dotted(facts.address));
    EXPECT_EQ("255.0.0.0", Dotted(facts.mask));
    EXPECT_EQ("127.0.0.254", Dotted(facts.gateway));
    EXPECT_EQ(K230_INTERFACE_UP | K230_INTERFACE_LINK | K230_INTERFACE_DHCP, facts.flags);
    EXPECT_EQ(static_cast<uint32_t>(K230_KIND_ETHERNET), facts.kind);
    EXPECT_EQ(1500u, facts.mtu);
    EXPECT_EQ(0, memcmp("\x02\x4b\x32\x33\x30\x01\0\0", facts.mac, 8));
    EXPECT_EQ(K230_AF_INET, facts.dns[0].family);
    EXPECT_EQ("192.0.2.53", Ip(facts.dns[0])) << "a place that is empty is passed over";
    EXPECT_EQ(53, facts.dns[0].port);
    EXPECT_EQ(0, facts.dns[1].family);
    ASSERT_EQ(1u, facts.ipv6_count);
    EXPECT_EQ(1, facts.ipv6[0].ip[15]);
    EXPECT_EQ(64u, facts.ipv6[0].prefix);
}
#else
static std::string FirstWord(const std::string &path)
{
    std::ifstream file(path);
    std::string word;
    file >> word;
    return word;
}

STACK_TEST(InterfacesAreThoseOfTheKernelButTheLoop)
{
    ifaddrs *all = nullptr;
    ASSERT_EQ(0, getifaddrs(&all));
    std::map<std::string, std::vector<const ifaddrs *>> known;
    for (const ifaddrs *one = all; one; one = one->ifa_next)
        if (!(one->ifa_flags & IFF_LOOPBACK))
            known[std::string(one->ifa_name).substr(0, std::string(one->ifa_name).find(':'))].push_back(one);
    int count;
    Interface(stack, 0, &count);
    EXPECT_EQ(known.empty() ? -K230_ENOENT : static_cast<int>(known.size()), count);
    std::set<std::string> names;
    for (uint32_t i = 0; i < known.size(); i++) {
        const k230_interface facts = Interface(stack, i, &count);
        EXPECT_EQ(static_cast<int>(known.size()), count);
        ASSERT_EQ(1u, known.count(facts.name)) << facts.name;
        EXPECT_TRUE(names.insert(facts.name).second);
        std::string address = "0.0.0.0", mask = "0.0.0.0";
        uint32_t ipv6 = 0;
        for (const ifaddrs *one : known[facts.name]) {
            EXPECT_EQ((one->ifa_flags & IFF_UP) != 0, (facts.flags & K230_INTERFACE_UP) != 0);
            if (one->ifa_addr && one->ifa_addr->sa_family == AF_INET && address == "0.0.0.0") {
                address = inet_ntoa(reinterpret_cast<const sockaddr_in *>(one->ifa_addr)->sin_addr);
                mask = inet_ntoa(reinterpret_cast<const sockaddr_in *>(one->ifa_netmask)->sin_addr);
            }
            ipv6 += one->ifa_addr && one->ifa_addr->sa_family == AF_INET6;
        }
        EXPECT_EQ(address, Dotted(facts.address));
        EXPECT_EQ(mask, Dotted(facts.mask));
        EXPECT_EQ(std::min(ipv6, K230_INTERFACE_IPV6), facts.ipv6_count);
        const std::string sys = std::string("/sys/class/net/") + facts.name;
        EXPECT_EQ(FirstWord(sys + "/mtu"), std::to_string(facts.mtu));
        char mac[18];
        snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", facts.mac[0], facts.mac[1], facts.mac[2],
                 facts.mac[3], facts.mac[4], facts.mac[5]);
        const bool is_ethernet = FirstWord(sys + "/type") == "1";
        EXPECT_EQ(is_ethernet ? FirstWord(sys + "/address") : "00:00:00:00:00:00", mac);
        EXPECT_EQ(is_ethernet, facts.kind != K230_KIND_UNKNOWN);
    }
    freeifaddrs(all);
}

/* A kernel socket that is connected to somewhere far away has the address of the interface that leads there. */
STACK_TEST(TheFirstInterfaceIsTheOneWithTheDefaultRoute)
{
    int count;
    const k230_interface facts = Interface(stack, 0, &count);
    Fd away = KernelSocket("203.0.113.1", SOCK_DGRAM);
    const KernelAddress far("203.0.113.1", 9);
    if (connect(away, far.get(), far.length) < 0) { /* no way leads out of this machine */
        EXPECT_EQ("0.0.0.0", Dotted(facts.gateway));
        return;
    }
    sockaddr_in local = {};
    socklen_t length = sizeof local;
    ASSERT_EQ(0, getsockname(away, reinterpret_cast<sockaddr *>(&local), &length));
    EXPECT_EQ(inet_ntoa(local.sin_addr), Dotted(facts.address));
    EXPECT_NE("0.0.0.0", Dotted(facts.gateway));
}
#endif

STACK_TEST(ThereIsNoInterfacePastTheLast)
{
    int count;
    Interface(stack, 0, &count);
    const uint32_t past = count < 0 ? 0 : static_cast<uint32_t>(count);
    for (const uint32_t index : {past, past + 1, 0x80000000u, UINT32_MAX}) {
        k230_interface facts = {};
        EXPECT_EQ(-K230_ENOENT, k230_stack_interface(stack, index, &facts));
        EXPECT_EQ(0u, facts.flags);
    }
}

/* ---- name servers ------------------------------------------------------------------------------------------------ */

static std::vector<std::string> NameServers(const std::string &text)
{
    char path[] = "/tmp/k230-resolv-XXXXXX";
    Fd file(mkstemp(path));
    EXPECT_EQ(static_cast<ssize_t>(text.size()), write(file, text.data(), text.size()));
    k230_addr servers[K230_INTERFACE_DNS];
    memset(servers, 0xFF, sizeof servers);
    k230_name_servers_posix(path, servers);
    unlink(path);
    std::vector<std::string> found;
    for (const k230_addr &server : servers)
        if (server.family != 0) {
            EXPECT_EQ(53, server.port);
            found.push_back(Ip(server) + (server.scope ? "%" + std::to_string(server.scope) : ""));
        }
    return found;
}

using Texts = std::vector<std::string>;

STACK_TEST(NameServersAreTheFirstOfTheFileInItsOrder)
{
    EXPECT_EQ(Texts({"192.0.2.53"}), NameServers("nameserver 192.0.2.53\n"));
    EXPECT_EQ(Texts({"192.0.2.53", "2001:db8::53"}),
              NameServers("# made by hand\nsearch example.org\nnameserver\t 192.0.2.53  # first\n\n"
                          "nameserver 2001:db8::53\nnameserver 192.0.2.55\n"));
    EXPECT_EQ(Texts({"fe80::1%1"}), NameServers("nameserver fe80::1%lo")) << "the last line needs no end";
}

STACK_TEST(LinesThatNameNoServerArePassedOver)
{
    EXPECT_EQ(Texts(), NameServers(""));
    EXPECT_EQ(Texts(), NameServers("\n\n \n"));
    EXPECT_EQ(Texts(), NameServers("nameserver\nnameserver \nnameserver192.0.2.1\n"));
    EXPECT_EQ(Texts(), NameServers("; nameserver 192.0.2.1\n#nameserver 192.0.2.1\n nameserver 192.0.2.1\n"));
    EXPECT_EQ(Texts(), NameServers("nameserver 192.0.2\nnameserver 192.0.2.256\nnameserver one.test\n"));
    EXPECT_EQ(Texts(), NameServers(std::string("nameserver\0 192.0.2.1\n", 22)));
    EXPECT_EQ(Texts({"192.0.2.9"}),
              NameServers("nameserver " + std::string(5000, '1') + "\nsearch " + std::string(5000, 'x') +
                          " nameserver 192.0.2.7\nnameserver 192.0.2.9\n"));
    EXPECT_EQ(Texts(), NameServers(std::string(254, 'x') + "\n" + std::string(255, 'x') + "nameserver 192.0.2.1"))
        << "the end of a long line is no line";
    EXPECT_EQ(Texts(), NameServers(std::string(100000, '\xFF')));
}

STACK_TEST(AFileThatIsNotThereNamesNoServer)
{
    k230_addr servers[K230_INTERFACE_DNS];
    memset(servers, 0xFF, sizeof servers);
    k230_name_servers_posix("/nowhere/resolv.conf", servers);
    for (const k230_addr &server : servers)
        EXPECT_EQ(0, server.family);
}

/* ---- connect ----------------------------------------------------------------------------------------------------- */

STACK_TEST(ConnectReachesAKernelListenerAndKnowsBothAddresses)
{
    const Fd listener = KernelListener(KernelIp());
    const int sock = Open();
    ASSERT_EQ(0, ConnectTo(sock, Address(KernelIp(), KernelPort(listener))));
    k230_addr peer = {};
    k230_addr local = {};
    ASSERT_EQ(0, k230_stack_peer(stack, sock, &peer));
    EXPECT_EQ(KernelIp(), Ip(peer));
    EXPECT_EQ(KernelPort(listener), peer.port);
    ASSERT_EQ(0, k230_stack_local(stack, sock, &local));
    EXPECT_EQ(StackIp(), Ip(local));
    EXPECT_EQ(0, k230_stack_error(stack, sock));
}

STACK_TEST(ARefusedConnectGivesEconnrefusedAndTheSocketConnectsAgain)
{
    int port;
    {
        const Fd nobody = KernelBound(KernelIp(), SOCK_STREAM);
        port = KernelPort(nobody);
    }
    const int sock = Open();
    SetInt(sock, K230_LEVEL_TCP, K230_TCP_NODELAY, 1);
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(-K230_ECONNREFUSED, ConnectTo(sock, Address(KernelIp(), port)));
    EXPECT_EQ(0, k230_stack_error(stack, sock)) << "the error was given out";
    const Fd listener = KernelListener(KernelIp());
    ASSERT_EQ(0, ConnectTo(sock, Address(KernelIp(), KernelPort(listener))));
    EXPECT_EQ(1, GetInt(sock, K230_LEVEL_TCP, K230_TCP_NODELAY)) << "an option outlives the failure";
    Fd peer = KernelAccept(listener);
    EXPECT_EQ(2, Send(sock, "hi"));
    EXPECT_EQ("hi", KernelRecv(peer));
}

STACK_TEST(AConnectWaitsAsInprogressWithoutEvents)
{
    const Fd listener = FullListener();
    const int sock = Open();
    const k230_addr addr = Address(KernelIp(), KernelPort(listener));
    ASSERT_EQ(-K230_EINPROGRESS, k230_stack_connect(stack, sock, &addr));
    EXPECT_EQ(0u, WaitFor(sock, K230_STACK_OUT | K230_STACK_ERR, 300));
    EXPECT_EQ(-K230_EINPROGRESS, k230_stack_connect_result(stack, sock));
    EXPECT_EQ(-K230_EALREADY, k230_stack_connect(stack, sock, &addr));
}

STACK_TEST(ASecondConnectOnAConnectionDoesItNoHarm)
{
    Fd peer;
    const int sock = Pair(&peer);
    const k230_addr addr = Address(KernelIp(), 9);
    const int status = k230_stack_connect(stack, sock, &addr);
    EXPECT_TRUE(status == -K230_EISCONN || status == 0) << status << " (Linux says 0 once; the agent never asks)";
    EXPECT_EQ(2, Send(sock, "hi"));
    EXPECT_EQ("hi", KernelRecv(peer));
}

STACK_TEST(AConnectToNoAddressMeansThisHost)
{
    k230_addr local = {};
    const int listener = Listener(&local, 4, "0.0.0.0");
    const int sock = Open();
    EXPECT_EQ(0, ConnectTo(sock, Address("0.0.0.0", local.port)));
    EXPECT_TRUE(WaitFor(listener, K230_STACK_IN) & K230_STACK_IN);
}

STACK_TEST(TheStackReachesItselfAtItsOwnAddresses)
{
    for (const std::string &ip : {std::string("127.0.0.1"), StackIp()}) {
        k230_addr local = {};
        const int listener = Listener(&local, 4, ip);
        const int sock = Open();
        ASSERT_EQ(0, ConnectTo(sock, local)) << ip;
        ASSERT_TRUE(WaitFor(listener, K230_STACK_IN) & K230_STACK_IN) << ip;
        k230_addr peer = {};
        const int accepted = Keep(k230_stack_accept(stack, listener, &peer));
        ASSERT_GE(accepted, 0);
        EXPECT_EQ(3, Send(sock, "own"));
        EXPECT_EQ("own", Recv(accepted));
    }
}

STACK_TEST(ThisHostIsSeenAtTheAddressThatWasAskedFor)
{
    for (const std::string &ip : {std::string("127.0.0.1"), std::string("::1"), StackIp()}) {
        k230_addr local = {};
        const int listener = Listener(&local, 4, ip);
        ASSERT_EQ(0, ConnectTo(Open(K230_SOCK_STREAM, local.family), local)) << ip;
        ASSERT_TRUE(WaitFor(listener, K230_STACK_IN) & K230_STACK_IN) << ip;
        k230_addr peer = {};
        ASSERT_GE(Keep(k230_stack_accept(stack, listener, &peer)), 0);
        EXPECT_EQ(ip, Ip(peer));
    }
}

STACK_TEST(DatagramSocketsOfThisHostReachEachOther)
{
    for (const std::string &ip : {std::string("127.0.0.1"), std::string("::1"), StackIp()}) {
        int socks[2];
        k230_addr addrs[2] = {};
        for (int i = 0; i < 2; i++) {
            const k230_addr any_port = Address(ip, 0);
            socks[i] = Open(K230_SOCK_DGRAM, any_port.family);
            ASSERT_EQ(0, k230_stack_bind(stack, socks[i], &any_port)) << ip;
            ASSERT_EQ(0, k230_stack_local(stack, socks[i], &addrs[i]));
        }
        EXPECT_EQ(3, SendTo(socks[0], "own", &addrs[1])) << ip;
        k230_addr from = {};
        bool truncated;
        EXPECT_EQ("own", RecvFrom(socks[1], &from, &truncated)) << ip;
        EXPECT_EQ(ip, Ip(from));
        EXPECT_EQ(addrs[0].port, from.port);
    }
}

STACK_TEST(Ipv6ConnectsAndAccepts)
{
    Fd peer;
    const int sock = Pair(&peer, KernelIp6());
    EXPECT_EQ(3, Send(sock, "six"));
    EXPECT_EQ("six", KernelRecv(peer));
    k230_addr local = {};
    const int listener = Listener(&local, 4, StackIp6());
    Fd client = KernelConnect(StackIp6(), local.port);
    ASSERT_TRUE(WaitFor(listener, K230_STACK_IN) & K230_STACK_IN);
    k230_addr from = {};
    const int accepted = Keep(k230_stack_accept(stack, listener, &from));
    ASSERT_GE(accepted, 0);
    EXPECT_EQ(KernelIp6(), Ip(from));
    KernelSend(client, "back");
    EXPECT_EQ("back", Recv(accepted));
    Close(listener);
    local = {};
    const int any = Listener(&local, 4, "::");
    EXPECT_EQ(K230_AF_INET6, local.family);
    Fd four = KernelConnect(StackIp(), local.port);
    ASSERT_TRUE(WaitFor(any, K230_STACK_IN) & K230_STACK_IN);
    const int mapped = Keep(k230_stack_accept(stack, any, &from));
    ASSERT_GE(mapped, 0);
    EXPECT_EQ("::ffff:" + KernelIp(), Ip(from)) << "an IPv4 peer of an IPv6 listener";
}

/* ---- accept ------------------------------------------------------------------------------------------------------ */

STACK_TEST(AcceptTakesWhatWaitsInOrderAndThenSaysNotNow)
{
    k230_addr local = {};
    const int listener = Listener(&local);
    k230_addr peer = {};
    EXPECT_EQ(-K230_EAGAIN, k230_stack_accept(stack, listener, &peer));
    EXPECT_FALSE(k230_stack_ready(stack, listener, K230_STACK_IN));
    std::vector<Fd> clients;
    for (int i = 0; i < 5; i++)
        clients.push_back(KernelConnect(StackIp(), local.port));
    for (int i = 0; i < 5; i++) {
        ASSERT_TRUE(WaitFor(listener, K230_STACK_IN) & K230_STACK_IN);
        const int sock = Keep(k230_stack_accept(stack, listener, &peer));
        ASSERT_GE(sock, 0);
        EXPECT_EQ(KernelIp(), Ip(peer));
        EXPECT_EQ(KernelPort(clients[static_cast<size_t>(i)]), peer.port);
        KernelSend(clients[static_cast<size_t>(i)], std::to_string(i));
        EXPECT_EQ(std::to_string(i), Recv(sock));
        k230_addr own = {};
        EXPECT_EQ(0, k230_stack_local(stack, sock, &own));
        EXPECT_EQ(local.port, own.port);
    }
    EXPECT_EQ(-K230_EAGAIN, k230_stack_accept(stack, listener, &peer));
    EXPECT_FALSE(k230_stack_ready(stack, listener, K230_STACK_IN));
}

STACK_TEST(DataThatCameBeforeAcceptIsThere)
{
    k230_addr local = {};
    const int listener = Listener(&local);
    Fd client = KernelConnect(StackIp(), local.port);
    KernelSend(client, "early");
    std::this_thread::sleep_for(std::chrono::milliseconds(QUIET_MS));
    k230_addr peer = {};
    const int sock = Keep(k230_stack_accept(stack, listener, &peer));
    ASSERT_GE(sock, 0);
    EXPECT_TRUE(k230_stack_ready(stack, sock, K230_STACK_IN));
    EXPECT_EQ("early", Recv(sock));
}

STACK_TEST(AListenerOutlivesAConnectionThatWasResetWhileItWaited)
{
    k230_addr local = {};
    const int listener = Listener(&local);
    Fd gone = KernelConnect(StackIp(), local.port);
    ASSERT_TRUE(WaitFor(listener, K230_STACK_IN) & K230_STACK_IN);
    gone.Reset();
    std::this_thread::sleep_for(std::chrono::milliseconds(QUIET_MS));
    Fd stays = KernelConnect(StackIp(), local.port);
    KernelSend(stays, "alive");
    std::this_thread::sleep_for(std::chrono::milliseconds(QUIET_MS));
    std::string heard;
    k230_addr peer = {};
    for (int sock; (sock = Keep(k230_stack_accept(stack, listener, &peer))) >= 0;)
        heard += Recv(sock);
    EXPECT_TRUE(heard == "alive" || heard == "!ECONNRESETalive") << heard;
}

STACK_TEST(ListenWithoutBindFindsAPort)
{
    const int sock = Open();
    ASSERT_EQ(0, k230_stack_listen(stack, sock, 4));
    EXPECT_EQ(0, k230_stack_listen(stack, sock, 8)) << "again, with another backlog";
    k230_addr local = {};
    ASSERT_EQ(0, k230_stack_local(stack, sock, &local));
    ASSERT_NE(0, local.port);
    const Fd client = KernelConnect(StackIp(), local.port);
    EXPECT_TRUE(WaitFor(sock, K230_STACK_IN) & K230_STACK_IN);
}

STACK_TEST(ClosingAListenerFreesItsPortAndEndsWhatWaited)
{
    k230_addr local = {};
    const int listener = Listener(&local);
    SetInt(listener, K230_SOL_SOCKET, K230_SO_REUSEADDR, 1);
    Fd client = KernelConnect(StackIp(), local.port);
    ASSERT_TRUE(WaitFor(listener, K230_STACK_IN) & K230_STACK_IN);
    Close(listener);
    const std::string end = KernelRecv(client);
    EXPECT_TRUE(end == "!ECONNRESET" || end.empty()) << end;
    const int again = Open();
    SetInt(again, K230_SOL_SOCKET, K230_SO_REUSEADDR, 1);
    EXPECT_EQ(0, k230_stack_bind(stack, again, &local));
    EXPECT_EQ(0, k230_stack_listen(stack, again, 1));
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

STACK_TEST(RecvSaysNotNowUntilBytesComeAndTakesNoMoreThanAsked)
{
    Fd peer;
    const int sock = Pair(&peer);
    std::string bytes(4, 0);
    const k230_span span = {reinterpret_cast<uint8_t *>(&bytes[0]), 4};
    EXPECT_EQ(-K230_EAGAIN, k230_stack_recv(stack, sock, &span, 1));
    EXPECT_FALSE(k230_stack_ready(stack, sock, K230_STACK_IN));
    KernelSend(peer, "abcdef");
    EXPECT_EQ("abcd", Recv(sock, 4));
    EXPECT_TRUE(k230_stack_ready(stack, sock, K230_STACK_IN));
    EXPECT_EQ("ef", Recv(sock, 4));
    EXPECT_FALSE(k230_stack_ready(stack, sock, K230_STACK_IN));
}

STACK_TEST(TwoSpansAreOneStretchOfBytes)
{
    Fd peer;
    const int sock = Pair(&peer);
    std::string first = "hello ";
    std::string second = "world";
    const k230_span out[2] = {{reinterpret_cast<uint8_t *>(&first[0]), 6},
                              {reinterpret_cast<uint8_t *>(&second[0]), 5}};
    EXPECT_EQ(11, k230_stack_send(stack, sock, out, 2));
    std::string got;
    while (got.size() < 11 && got.find('!') == std::string::npos)
        got += KernelRecv(peer);
    EXPECT_EQ("hello world", got);
    KernelSend(peer, "0123456789");
    ASSERT_TRUE(WaitFor(sock, K230_STACK_IN) & K230_STACK_IN);
    uint8_t a[3];
    uint8_t b[20];
    const k230_span in[2] = {{a, 3}, {b, 20}};
    int count = k230_stack_recv(stack, sock, in, 2);
    ASSERT_GE(count, 3);
    if (count == 3) /* a port may stop where the spans meet */
        count += k230_stack_recv(stack, sock, &in[1], 1);
    EXPECT_EQ(10, count);
    EXPECT_EQ(0, memcmp(a, "012", 3));
    EXPECT_EQ(0, memcmp(b, "3456789", 7));
}

STACK_TEST(TheEndOrAResetBehindAFullFirstSpanIsNotLost)
{
    for (const bool reset : {false, true}) {
        Fd peer;
        const int sock = Pair(&peer);
        KernelSend(peer, "abc");
        std::this_thread::sleep_for(std::chrono::milliseconds(QUIET_MS));
        if (reset)
            peer.Reset();
        else
            peer.Close();
        std::this_thread::sleep_for(std::chrono::milliseconds(QUIET_MS));
        uint8_t a[3];
        uint8_t b[20];
        const k230_span in[2] = {{a, 3}, {b, 20}};
        ASSERT_EQ(3, k230_stack_recv(stack, sock, in, 2));
        EXPECT_EQ(reset ? "!ECONNRESET" : "", Recv(sock));
        EXPECT_EQ("", Recv(sock));
    }
}

STACK_TEST(TheEndOfTheStreamComesAfterTheBytesAndStays)
{
    Fd peer;
    const int sock = Pair(&peer);
    KernelSend(peer, "last");
    shutdown(peer, SHUT_WR);
    std::this_thread::sleep_for(std::chrono::milliseconds(QUIET_MS));
    EXPECT_EQ("last", Recv(sock));
    EXPECT_TRUE(WaitFor(sock, K230_STACK_IN) & K230_STACK_IN);
    for (int i = 0; i < 3; i++)
        EXPECT_EQ("", Recv(sock));
    EXPECT_TRUE(k230_stack_ready(stack, sock, K230_STACK_IN)) << "as long as it holds";
    EXPECT_EQ(5, Send(sock, "still")) << "the other direction lives";
    EXPECT_EQ("still", KernelRecv(peer));
}

STACK_TEST(AResetGivesEconnresetOnceAndThenTheEnd)
{
    Fd peer;
    const int sock = Pair(&peer);
    peer.Reset();
    EXPECT_NE(0u, WaitFor(sock, K230_STACK_IN) & K230_STACK_ERR);
    EXPECT_EQ("!ECONNRESET", Recv(sock));
    EXPECT_EQ("", Recv(sock));
    EXPECT_EQ(-K230_EPIPE, Send(sock, "x"));
    EXPECT_EQ(0, k230_stack_error(stack, sock));
    k230_addr local = {};
    EXPECT_EQ(0, k230_stack_local(stack, sock, &local));
    EXPECT_EQ(StackIp(), Ip(local));
    EXPECT_EQ(-K230_ENOTCONN, k230_stack_shutdown(stack, sock, K230_SHUT_WR));
}

STACK_TEST(BytesThatCameBeforeAResetComeFirst)
{
    Fd peer;
    const int sock = Pair(&peer);
    KernelSend(peer, "before");
    std::this_thread::sleep_for(std::chrono::milliseconds(QUIET_MS));
    peer.Reset();
    std::this_thread::sleep_for(std::chrono::milliseconds(QUIET_MS));
    EXPECT_EQ("before", Recv(sock));
    EXPECT_EQ("!ECONNRESET", Recv(sock));
    EXPECT_EQ("", Recv(sock));
}

STACK_TEST(BytesThatCameBeforeAResetAreThereAlsoAfterSendHasMetIt)
{
    Fd peer;
    const int sock = Pair(&peer);
    KernelSend(peer, "before");
    std::this_thread::sleep_for(std::chrono::milliseconds(QUIET_MS));
    peer.Reset();
    std::this_thread::sleep_for(std::chrono::milliseconds(QUIET_MS));
    EXPECT_EQ(-K230_ECONNRESET, Send(sock, "x"));
    EXPECT_EQ("before", Recv(sock));
    EXPECT_EQ("", Recv(sock)) << "send has had the error";
}

STACK_TEST(TheResetThatAnswersALateSendIsAnErrorAndNoSignal)
{
    Fd peer;
    const int sock = Pair(&peer);
    peer.Close();
    EXPECT_EQ("", Recv(sock));
    EXPECT_EQ(1, Send(sock, "x")) << "the peer has only ended its own direction, as far as we know";
    EXPECT_NE(0u, WaitFor(sock, K230_STACK_ERR) & K230_STACK_ERR) << "the answer is a reset";
    EXPECT_EQ(-K230_EPIPE, Send(sock, "x"));
    EXPECT_EQ("", Recv(sock));
}

STACK_TEST(TheErrorOfAResetCanBeTakenOnce)
{
    Fd peer;
    const int sock = Pair(&peer);
    peer.Reset();
    ASSERT_NE(0u, WaitFor(sock, K230_STACK_IN));
    EXPECT_EQ(K230_ECONNRESET, GetInt(sock, K230_SOL_SOCKET, K230_SO_ERROR));
    EXPECT_EQ(0, GetInt(sock, K230_SOL_SOCKET, K230_SO_ERROR));
    EXPECT_EQ("", Recv(sock));
}

STACK_TEST(ShutdownEndsTheStreamForThePeerAfterTheBytes)
{
    Fd peer;
    const int sock = Pair(&peer);
    EXPECT_EQ(4, Send(sock, "last"));
    EXPECT_EQ(0, k230_stack_shutdown(stack, sock, K230_SHUT_WR));
    EXPECT_EQ(-K230_EPIPE, Send(sock, "x"));
    EXPECT_EQ("last", KernelRecv(peer));
    EXPECT_EQ("", KernelRecv(peer));
    KernelSend(peer, "answer");
    EXPECT_EQ("answer", Recv(sock));
    EXPECT_FALSE(k230_stack_ready(stack, sock, K230_STACK_IN));
    peer.Close();
    EXPECT_EQ("", Recv(sock));
    EXPECT_NE(0u, WaitFor(sock, K230_STACK_ERR) & K230_STACK_ERR) << "over in both directions";
    EXPECT_EQ(0, k230_stack_error(stack, sock)) << "and in good order";
}

STACK_TEST(ShutdownOfReceivingEndsTheStreamHereAndLetsThePeerSend)
{
    Fd peer;
    const int sock = Pair(&peer);
    EXPECT_EQ(0, k230_stack_shutdown(stack, sock, K230_SHUT_RD));
    EXPECT_TRUE(WaitFor(sock, K230_STACK_IN) & K230_STACK_IN);
    EXPECT_EQ("", Recv(sock));
    KernelSend(peer, "unheard");
    std::this_thread::sleep_for(std::chrono::milliseconds(QUIET_MS));
    EXPECT_EQ(4, Send(sock, "back")) << "the other direction lives";
    EXPECT_EQ("back", KernelRecv(peer));
}

STACK_TEST(ShutdownNeedsAConnection) { EXPECT_EQ(-K230_ENOTCONN, k230_stack_shutdown(stack, Open(), K230_SHUT_WR)); }

STACK_TEST(CloseEndsTheStreamInGoodOrderAfterTheBytes)
{
    Fd peer;
    const int sock = Pair(&peer);
    EXPECT_EQ(7, Send(sock, "goodbye"));
    Close(sock);
    EXPECT_EQ("goodbye", KernelRecv(peer));
    EXPECT_EQ("", KernelRecv(peer));
}

STACK_TEST(CloseOfUnreadBytesIsAReset)
{
    Fd peer;
    const int sock = Pair(&peer);
    KernelSend(peer, "unread");
    ASSERT_TRUE(WaitFor(sock, K230_STACK_IN) & K230_STACK_IN);
    Close(sock);
    EXPECT_EQ("!ECONNRESET", KernelRecv(peer));
}

STACK_TEST(AbortIsAResetAlsoWhenNothingIsUnderWay)
{
    Fd peer;
    const int sock = Pair(&peer);
    Close(sock, true);
    EXPECT_EQ("!ECONNRESET", KernelRecv(peer));
    Fd other;
    const int busy = Pair(&other);
    const int32_t linger[2] = {1, 30};
    EXPECT_EQ(0, k230_stack_setopt(stack, busy, K230_SOL_SOCKET, K230_SO_LINGER, linger, sizeof linger));
    while (Send(busy, std::string(65536, 'x')) > 0)
        ;
    const int64_t start = NowMs();
    Close(busy, true);
    EXPECT_LT(NowMs() - start, 1000) << "a linger time does not make close wait";
    std::string end;
    while (!(end = KernelRecv(other)).empty() && end[0] != '!')
        ;
    EXPECT_EQ("!ECONNRESET", end);
}

STACK_TEST(CloseWithALingerTimeDoesNotWaitAndTheBytesArrive)
{
    Fd peer;
    const int sock = Pair(&peer);
    const int32_t linger[2] = {1, 30};
    EXPECT_EQ(0, k230_stack_setopt(stack, sock, K230_SOL_SOCKET, K230_SO_LINGER, linger, sizeof linger));
    size_t sent = 0;
    for (int got; (got = Send(sock, std::string(65536, 'x'))) > 0;)
        sent += static_cast<size_t>(got);
    const int64_t start = NowMs();
    Close(sock);
    EXPECT_LT(NowMs() - start, 1000);
    size_t arrived = 0;
    for (std::string piece; !(piece = KernelRecv(peer)).empty() && piece[0] == 'x';)
        arrived += piece.size();
    EXPECT_EQ(sent, arrived);
}

STACK_TEST(WhatThePeerHasNotTakenIsUnacknowledgedAndGetsLess)
{
    Fd peer;
    const int sock = Pair(&peer);
    const auto unacknowledged = [&] { return k230_stack_unacknowledged(stack, sock); };
    const auto settles = [&](const std::function<bool()> &condition) {
        const int64_t until = NowMs() + 20000;
        while (!condition() && NowMs() < until)
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        return condition();
    };
    EXPECT_EQ(0, unacknowledged());
    ASSERT_EQ(5, Send(sock, "hello"));
    EXPECT_EQ("hello", KernelRecv(peer));
    EXPECT_TRUE(settles([&] { return unacknowledged() == 0; }));
    size_t sent = 0;
    for (int64_t idle_since = NowMs(); NowMs() - idle_since < 50;) /* until the peer takes no more either */
        for (int got; (got = Send(sock, std::string(32768, 'x'))) > 0; idle_since = NowMs())
            sent += static_cast<size_t>(got);
    const int full = unacknowledged();
    EXPECT_GT(full, 0);
    EXPECT_LE(static_cast<size_t>(full), sent);
    size_t arrived = 0;
    while (unacknowledged() >= full && arrived < sent)
        arrived += KernelRecv(peer).size();
    EXPECT_LT(unacknowledged(), full) << "less, though nothing more has been sent";
    while (arrived < sent)
        arrived += KernelRecv(peer).size();
    EXPECT_TRUE(settles([&] { return unacknowledged() == 0; }));
    peer.Reset();
    WaitFor(sock, K230_STACK_IN);
    EXPECT_LE(unacknowledged(), 0);
    Close(sock);
}

STACK_TEST(AFullStackSaysNotNowAndThenThatThereIsRoom)
{
    Fd peer;
    const int sock = Pair(&peer);
    EXPECT_TRUE(k230_stack_ready(stack, sock, K230_STACK_OUT));
    uint64_t sent = 0;
    int status;
    std::string bytes(32768, 0);
    const int64_t end = NowMs() + PATIENCE_MS;
    do { /* until the peer takes no more either */
        for (size_t i = 0; i < bytes.size(); i++)
            bytes[i] = static_cast<char>(Pattern(sent + i));
        status = Send(sock, bytes);
        if (status > 0)
            sent += static_cast<uint64_t>(status);
        else
            ASSERT_EQ(-K230_EAGAIN, status) << k230_error_name(status);
        ASSERT_LT(NowMs(), end) << "a peer that does not read takes everything";
    } while (status > 0 || WaitFor(sock, K230_STACK_OUT, QUIET_MS) != 0 ||
             k230_stack_ready(stack, sock, K230_STACK_OUT));
    std::thread reader([&] {
        uint64_t got = 0;
        while (got < sent) {
            const std::string piece = KernelRecv(peer);
            ASSERT_FALSE(piece.empty());
            for (const char byte : piece) {
                ASSERT_EQ(static_cast<char>(Pattern(got)), byte);
                got++;
            }
        }
    });
    EXPECT_TRUE(WaitFor(sock, K230_STACK_OUT) & K230_STACK_OUT);
    reader.join();
}

STACK_TEST(LargeTransfersBothWaysAtOnceArriveWhole)
{
    constexpr uint64_t TOTAL = 16u << 20;
    Fd peer;
    const int sock = Pair(&peer);
    std::thread sender([&] {
        std::string bytes(100000, 0);
        for (uint64_t at = 0; at < TOTAL;) {
            const size_t length = static_cast<size_t>(std::min<uint64_t>(bytes.size(), TOTAL - at));
            for (size_t i = 0; i < length; i++)
                bytes[i] = static_cast<char>(Pattern(at + i));
            const ssize_t sent = send(peer, bytes.data(), length, MSG_NOSIGNAL);
            ASSERT_GT(sent, 0) << strerror(errno);
            at += static_cast<uint64_t>(sent);
        }
    });
    std::thread receiver([&] {
        for (uint64_t at = 0; at < TOTAL;) {
            const std::string piece = KernelRecv(peer);
            ASSERT_FALSE(piece.empty());
            for (const char byte : piece) {
                ASSERT_EQ(static_cast<char>(Pattern(at)), byte) << "at " << at;
                at++;
            }
        }
    });
    uint64_t out = 0;
    uint64_t in = 0;
    std::vector<uint8_t> going(70001);
    std::vector<uint8_t> coming(50021);
    const int64_t until = NowMs() + 50000;
    while ((out < TOTAL || in < TOTAL) && NowMs() < until) {
        ASSERT_EQ(0, k230_stack_watch(stack, sock,
                                      (in < TOTAL ? K230_STACK_IN : 0u) | (out < TOTAL ? K230_STACK_OUT : 0u), 1));
        k230_stack_event event = {};
        k230_stack_wait(stack, &event, 1, 1000);
        if (out < TOTAL) {
            const uint32_t length = static_cast<uint32_t>(std::min<uint64_t>(going.size(), TOTAL - out));
            for (uint32_t i = 0; i < length; i++)
                going[i] = Pattern(out + i);
            const uint32_t half = length / 3;
            const k230_span spans[2] = {{going.data(), half}, {going.data() + half, length - half}};
            const int sent = k230_stack_send(stack, sock, spans, 2);
            ASSERT_TRUE(sent > 0 || sent == -K230_EAGAIN) << k230_error_name(sent);
            out += sent > 0 ? static_cast<uint64_t>(sent) : 0;
        }
        const k230_span spans[2] = {{coming.data(), 20011}, {coming.data() + 20011, 30010}};
        const int got = k230_stack_recv(stack, sock, spans, 2);
        ASSERT_TRUE(got > 0 || got == -K230_EAGAIN) << k230_error_name(got);
        for (int i = 0; i < got; i++)
            ASSERT_EQ(Pattern(in + static_cast<uint64_t>(i)), coming[static_cast<size_t>(i)]) << "at " << in;
        in += got > 0 ? static_cast<uint64_t>(got) : 0;
    }
    EXPECT_EQ(TOTAL, out);
    EXPECT_EQ(TOTAL, in);
    sender.join();
    receiver.join();
}

STACK_TEST(AStreamWithoutAConnectionTakesAndGivesNothing)
{
    const int sock = Open();
    EXPECT_EQ("!ENOTCONN", Recv(sock, 16, 200));
    const int status = Send(sock, "x");
    EXPECT_TRUE(status == -K230_EPIPE || status == -K230_ENOTCONN) << k230_error_name(status);
}

/* ---- disconnect -------------------------------------------------------------------------------------------------- */

STACK_TEST(DisconnectResetsThePeerAndTheSocketConnectsAgainWithItsOptions)
{
    Fd first;
    const int sock = Pair(&first);
    EXPECT_EQ(0, SetInt(sock, K230_SOL_SOCKET, K230_SO_KEEPALIVE, 1));
    EXPECT_EQ(0, k230_stack_disconnect(stack, sock));
    EXPECT_EQ("!ECONNRESET", KernelRecv(first));
    k230_addr peer = {};
    EXPECT_EQ(-K230_ENOTCONN, k230_stack_peer(stack, sock, &peer));
    EXPECT_EQ(1, GetInt(sock, K230_SOL_SOCKET, K230_SO_KEEPALIVE));
    const Fd listener = KernelListener(KernelIp());
    ASSERT_EQ(0, ConnectTo(sock, Address(KernelIp(), KernelPort(listener))));
    Fd second = KernelAccept(listener);
    EXPECT_EQ(6, Send(sock, "second"));
    EXPECT_EQ("second", KernelRecv(second));
    KernelSend(second, "answer");
    EXPECT_EQ("answer", Recv(sock));
}

STACK_TEST(DisconnectGivesUpAConnectThatIsUnderWayAndKeepsTheBoundPort)
{
    const Fd full = FullListener();
    const int sock = Open();
    const k230_addr wanted = Address(StackIp(), 0);
    ASSERT_EQ(0, k230_stack_bind(stack, sock, &wanted));
    k230_addr bound = {};
    ASSERT_EQ(0, k230_stack_local(stack, sock, &bound));
    const k230_addr addr = Address(KernelIp(), KernelPort(full));
    ASSERT_EQ(-K230_EINPROGRESS, k230_stack_connect(stack, sock, &addr));
    EXPECT_EQ(0, k230_stack_disconnect(stack, sock));
    k230_addr kept = {};
    ASSERT_EQ(0, k230_stack_local(stack, sock, &kept));
    EXPECT_EQ(bound.port, kept.port);
    const Fd listener = KernelListener(KernelIp());
    ASSERT_EQ(0, ConnectTo(sock, Address(KernelIp(), KernelPort(listener))));
    Fd peer = KernelAccept(listener);
    EXPECT_EQ(2, Send(sock, "hi"));
    EXPECT_EQ("hi", KernelRecv(peer));
}

STACK_TEST(ASocketBoundToAnyAddressIsSoAgainAfterDisconnect)
{
    const Fd listener = KernelListener(KernelIp());
    const int sock = Open();
    const k230_addr any = Address("0.0.0.0", 0);
    EXPECT_EQ(0, SetInt(sock, K230_SOL_SOCKET, K230_SO_REUSEADDR, 1));
    ASSERT_EQ(0, k230_stack_bind(stack, sock, &any));
    for (int i = 0; i < 2; i++) {
        k230_addr local = {};
        ASSERT_EQ(0, ConnectTo(sock, Address(KernelIp(), KernelPort(listener))));
        const Fd peer = KernelAccept(listener);
        ASSERT_EQ(0, k230_stack_local(stack, sock, &local));
        EXPECT_EQ(StackIp(), Ip(local)) << "while it is connected";
        EXPECT_EQ(0, k230_stack_disconnect(stack, sock));
        ASSERT_EQ(0, k230_stack_local(stack, sock, &local));
        EXPECT_EQ("0.0.0.0", Ip(local));
    }
}

STACK_TEST(AWatchedSocketIsWatchedOnAfterDisconnect)
{
    Fd first;
    const int sock = Pair(&first);
    ASSERT_EQ(0, k230_stack_watch(stack, sock, K230_STACK_IN, 5));
    ASSERT_EQ(0, k230_stack_disconnect(stack, sock));
    ASSERT_EQ(0, k230_stack_watch(stack, sock, 0, 5));
    const Fd listener = KernelListener(KernelIp());
    ASSERT_EQ(0, ConnectTo(sock, Address(KernelIp(), KernelPort(listener))));
    Fd second = KernelAccept(listener);
    KernelSend(second, "x");
    EXPECT_TRUE(WaitFor(sock, K230_STACK_IN) & K230_STACK_IN);
}

/* ---- datagrams --------------------------------------------------------------------------------------------------- */

STACK_TEST(DatagramsKeepTheirBoundariesAndTheirSenders)
{
    const Fd kernel = KernelBound(KernelIp(), SOCK_DGRAM);
    const int sock = Open(K230_SOCK_DGRAM);
    const k230_addr to = Address(KernelIp(), KernelPort(kernel));
    for (const size_t length : {size_t{1}, size_t{0}, size_t{100}, size_t{1472}, size_t{1473}, size_t{9000}}) {
        const std::string bytes(length, static_cast<char>('a' + length % 26));
        /* lwIP keeps the pieces of one datagram only while it learns the way to its peer. */
        ASSERT_EQ(static_cast<int>(length), SendTo(sock, bytes, &to)) << length;
        std::string got(65536, 0);
        sockaddr_storage from = {};
        socklen_t from_length = sizeof from;
        const ssize_t count =
            recvfrom(kernel, &got[0], got.size(), 0, reinterpret_cast<sockaddr *>(&from), &from_length);
        ASSERT_EQ(static_cast<ssize_t>(length), count) << strerror(errno);
        EXPECT_EQ(bytes, got.substr(0, length));
        ASSERT_EQ(static_cast<ssize_t>(length),
                  sendto(kernel, bytes.data(), length, 0, reinterpret_cast<sockaddr *>(&from), from_length));
        k230_addr sender = {};
        bool truncated = true;
        EXPECT_EQ(bytes, RecvFrom(sock, &sender, &truncated));
        EXPECT_FALSE(truncated);
        EXPECT_EQ(KernelIp(), Ip(sender));
        EXPECT_EQ(KernelPort(kernel), sender.port);
    }
}

STACK_TEST(ADatagramThatIsLongerThanTheRoomIsCutAndSaysSo)
{
    const Fd kernel = KernelBound(KernelIp(), SOCK_DGRAM);
    const int sock = Open(K230_SOCK_DGRAM);
    const k230_addr wanted = Address(StackIp(), 0);
    ASSERT_EQ(0, k230_stack_bind(stack, sock, &wanted));
    k230_addr local = {};
    ASSERT_EQ(0, k230_stack_local(stack, sock, &local));
    const KernelAddress to(StackIp(), local.port);
    for (const std::string &text : {std::string("0123456789"), std::string("next")})
        ASSERT_GT(sendto(kernel, text.data(), text.size(), 0, to.get(), to.length), 0);
    k230_addr from = {};
    bool truncated = false;
    EXPECT_EQ("0123", RecvFrom(sock, &from, &truncated, 4));
    EXPECT_TRUE(truncated);
    EXPECT_EQ("next", RecvFrom(sock, &from, &truncated, 4)) << "the rest is gone";
    EXPECT_FALSE(truncated);
    std::string none(1, 0);
    const k230_span span = {reinterpret_cast<uint8_t *>(&none[0]), 1};
    EXPECT_EQ(-K230_EAGAIN, k230_stack_recvfrom(stack, sock, &span, 1, &from, &truncated));
}

STACK_TEST(TheLongestDatagramGoesOutAndALongerOneGivesEmsgsize)
{
    const Fd kernel = KernelBound(KernelIp(), SOCK_DGRAM);
    const int room = 1 << 20;
    setsockopt(kernel, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    const int sock = Open(K230_SOCK_DGRAM);
    const k230_addr to = Address(KernelIp(), KernelPort(kernel));
    ASSERT_EQ(1, SendTo(sock, "x", &to));
    EXPECT_EQ("x", KernelRecv(kernel)) << "the way is known";
    ASSERT_EQ(65507, SendTo(sock, std::string(65507, 'y'), &to));
    EXPECT_EQ(65507u, KernelRecv(kernel).size());
    EXPECT_EQ(-K230_EMSGSIZE, SendTo(sock, std::string(65508, 'y'), &to));
    EXPECT_EQ(-K230_EMSGSIZE, SendTo(sock, std::string(65535, 'y'), &to));
    EXPECT_EQ(-K230_EMSGSIZE, SendTo(sock, std::string(65536, 'y'), &to));
    EXPECT_EQ(1, SendTo(sock, "z", &to));
    EXPECT_EQ("z", KernelRecv(kernel));
}

STACK_TEST(TwoSpansAreOneDatagram)
{
    const Fd kernel = KernelBound(KernelIp(), SOCK_DGRAM);
    const int sock = Open(K230_SOCK_DGRAM);
    const k230_addr to = Address(KernelIp(), KernelPort(kernel));
    std::string first = "odd";
    std::string second = "lengths of both pieces";
    const k230_span spans[2] = {{reinterpret_cast<uint8_t *>(&first[0]), 3},
                                {reinterpret_cast<uint8_t *>(&second[0]), static_cast<uint32_t>(second.size())}};
    ASSERT_EQ(25, k230_stack_sendto(stack, sock, spans, 2, &to));
    EXPECT_EQ("oddlengths of both pieces", KernelRecv(kernel));
}

static std::vector<std::string> Alike(size_t count, size_t length)
{
    std::vector<std::string> all(count, std::string(length, 0));
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at < length; at++)
            all[i][at] = static_cast<char>(Pattern(i * 10007u + at));
    return all;
}

STACK_TEST(ARunIsItsDatagramsInTheirOrder)
{
    for (const std::string &ip : {KernelIp(), KernelIp6()}) {
        const Fd kernel = KernelBound(ip, SOCK_DGRAM);
        const int sock = Open(K230_SOCK_DGRAM, ip == KernelIp() ? K230_AF_INET : K230_AF_INET6);
        const k230_addr to = Address(ip, KernelPort(kernel));
        ASSERT_EQ(1, SendTo(sock, "x", &to));
        ASSERT_EQ("x", KernelRecv(kernel)) << "the way is known";
        for (const size_t length : {size_t{1}, size_t{16}, size_t{1000}, size_t{1400}})
            for (const size_t count : {size_t{1}, size_t{2}, size_t{32}}) {
                const std::vector<std::string> all = Alike(count, length);
                ASSERT_EQ(0, SendRun(sock, all, &to, count / 2)) << length;
                for (size_t i = 0; i < count; i++)
                    ASSERT_EQ(all[i], KernelRecv(kernel)) << length << " bytes, number " << i << " of " << count;
            }
        EXPECT_EQ(2, SendTo(sock, "ok", &to));
        EXPECT_EQ("ok", KernelRecv(kernel)) << "none of them came twice";
    }
}

/* More than one call to a kernel takes: of datagrams, and of bytes together. */
STACK_TEST(ALongRunIsTakenInParts)
{
    const Fd kernel = KernelBound(KernelIp(), SOCK_DGRAM);
    const int sock = Open(K230_SOCK_DGRAM);
    const k230_addr to = Address(KernelIp(), KernelPort(kernel));
    ASSERT_EQ(1, SendTo(sock, "x", &to));
    ASSERT_EQ("x", KernelRecv(kernel)) << "the way is known";
    for (const std::pair<size_t, size_t> &shape : {std::pair<size_t, size_t>{130, 16}, {66, 1000}, {3, 14000}}) {
        const std::vector<std::string> all = Alike(shape.first, shape.second);
        std::thread reader([&] {
            for (const std::string &one : all)
                ASSERT_EQ(one, KernelRecv(kernel)) << shape.second;
        });
        EXPECT_EQ(0, SendRun(sock, all, &to));
        reader.join();
    }
}

STACK_TEST(ARunGoesToTheConnectedPeerWithoutAnAddress)
{
    const Fd kernel = KernelBound(KernelIp(), SOCK_DGRAM);
    const int sock = Open(K230_SOCK_DGRAM);
    const std::vector<std::string> all = Alike(8, 1200);
    EXPECT_EQ(-K230_EDESTADDRREQ, SendRun(sock, all, nullptr));
    const k230_addr to = Address(KernelIp(), KernelPort(kernel));
    ASSERT_EQ(0, k230_stack_connect(stack, sock, &to));
    ASSERT_EQ(1, SendTo(sock, "x", nullptr));
    ASSERT_EQ("x", KernelRecv(kernel)) << "the way is known";
    EXPECT_EQ(0, SendRun(sock, all, nullptr));
    for (const std::string &one : all)
        ASSERT_EQ(one, KernelRecv(kernel));
}

STACK_TEST(ARunThatCannotGoGivesTheErrorOfADatagram)
{
    const std::vector<std::string> all = Alike(4, 100);
    const k230_addr port_zero = Address(KernelIp(), 0);
    EXPECT_EQ(-K230_EINVAL, SendRun(Open(K230_SOCK_DGRAM), all, &port_zero));
    const k230_addr everyone = Address("255.255.255.255", 9999);
    EXPECT_EQ(-K230_EACCES, SendRun(Open(K230_SOCK_DGRAM), all, &everyone));
    const k230_addr other_family = Address(KernelIp6(), 9999);
    EXPECT_EQ(-K230_EAFNOSUPPORT, SendRun(Open(K230_SOCK_DGRAM), all, &other_family));
    const Fd kernel = KernelBound(KernelIp(), SOCK_DGRAM);
    const k230_addr to = Address(KernelIp(), KernelPort(kernel));
    const int sock = Open(K230_SOCK_DGRAM);
    EXPECT_EQ(-K230_EMSGSIZE, SendRun(sock, Alike(2, 65508), &to));
    EXPECT_EQ(0, SendRun(sock, all, &to)) << "and none of this is held against the next";
    for (const std::string &one : all)
        ASSERT_EQ(one, KernelRecv(kernel));
}

#if !defined(K230_TEST_LWIP) && !defined(K230_TEST_RTTHREAD)
STACK_TEST(OneCallTakesAWholeRun)
{
    const bool whole = stack->longest_in_run != 0; /* Linux 4.18 and later */
    const Fd kernel = KernelBound(KernelIp(), SOCK_DGRAM);
    const int sock = Open(K230_SOCK_DGRAM);
    const k230_addr to = Address(KernelIp(), KernelPort(kernel));
    std::vector<std::string> all = Alike(70, 1400);
    std::vector<k230_span> spans;
    for (std::string &one : all)
        spans.push_back({reinterpret_cast<uint8_t *>(&one[0]), 1400});
    k230_datagram_run run = {32, 1400, spans.data(), &to};
    ASSERT_EQ(whole ? 32 : 1, k230_stack_sendto_run(stack, sock, &run));
    for (unsigned i = 0; i < (whole ? 32u : 1u); i++)
        ASSERT_EQ(all[i], KernelRecv(kernel));
    run.count = 70;
    EXPECT_EQ(whole ? 46 : 1, k230_stack_sendto_run(stack, sock, &run)) << "65507 bytes";
}

/* The kernel makes no run without checksums, and none of datagrams that have to go in fragments: here longer than what
 * the socket takes for its MTU. */
STACK_TEST(WhereTheKernelRefusesARunItGoesOneByOneAndIsNotAskedAgain)
{
    const auto goes_singly = [this](const std::string &ip, int level, int option, int value) {
        const Fd kernel = KernelBound(ip, SOCK_DGRAM);
        const k230_addr to = Address(ip, KernelPort(kernel));
        const int sock = Open(K230_SOCK_DGRAM, to.family);
        ASSERT_EQ(0, setsockopt(sock, level, option, &value, sizeof value)) << strerror(errno);
        for (int round = 0; round < 2; round++) {
            const std::vector<std::string> all = Alike(20, 1400);
            ASSERT_EQ(0, SendRun(sock, all, &to));
            for (const std::string &one : all)
                ASSERT_EQ(one, KernelRecv(kernel));
            EXPECT_LT(stack->longest_in_run, 1400u);
        }
        EXPECT_EQ(2, SendTo(sock, "ok", &to));
        EXPECT_EQ("ok", KernelRecv(kernel)) << "none of them came twice";
    };
    const uint32_t longest = stack->longest_in_run;
    goes_singly(KernelIp(), SOL_SOCKET, SO_NO_CHECK, 1);
    stack->longest_in_run = longest;
    goes_singly(KernelIp6(), IPPROTO_IPV6, IPV6_MTU, 1280);
    stack->longest_in_run = 0;
    goes_singly(KernelIp(), SOL_SOCKET, SO_NO_CHECK, 0);
}

STACK_TEST(AnErrorThatCameBackIsToldOnceByARun)
{
    int port;
    {
        const Fd nobody = KernelBound(KernelIp(), SOCK_DGRAM);
        port = KernelPort(nobody);
    }
    const int sock = Open(K230_SOCK_DGRAM);
    const k230_addr to = Address(KernelIp(), port);
    ASSERT_EQ(0, k230_stack_connect(stack, sock, &to));
    ASSERT_EQ(1, SendTo(sock, "x", nullptr));
    EXPECT_NE(0u, WaitFor(sock, K230_STACK_IN | K230_STACK_ERR)) << "nobody is there";
    uint8_t bytes[2] = {1, 2};
    const k230_span spans[2] = {{&bytes[0], 1}, {&bytes[1], 1}};
    const k230_datagram_run run = {2, 1, spans, nullptr};
    EXPECT_EQ(-K230_ECONNREFUSED, k230_stack_sendto_run(stack, sock, &run));
    EXPECT_EQ(0, k230_stack_error(stack, sock)) << "taken, and nothing was sent that another could answer";
}
#endif

STACK_TEST(ADatagramSocketWithAPeerSendsWithoutAnAddressAndHearsOnlyThePeer)
{
    const Fd kernel = KernelBound(KernelIp(), SOCK_DGRAM);
    const Fd stranger = KernelBound(KernelIp(), SOCK_DGRAM);
    const int sock = Open(K230_SOCK_DGRAM);
    EXPECT_EQ(-K230_EDESTADDRREQ, SendTo(sock, "nowhere", nullptr));
    const k230_addr to = Address(KernelIp(), KernelPort(kernel));
    ASSERT_EQ(0, k230_stack_connect(stack, sock, &to));
    k230_addr peer = {};
    ASSERT_EQ(0, k230_stack_peer(stack, sock, &peer));
    EXPECT_EQ(KernelPort(kernel), peer.port);
    k230_addr local = {};
    ASSERT_EQ(0, k230_stack_local(stack, sock, &local));
    ASSERT_EQ(5, SendTo(sock, "hello", nullptr));
    EXPECT_EQ("hello", KernelRecv(kernel));
    const KernelAddress back(StackIp(), local.port);
    ASSERT_GT(sendto(stranger, "stranger", 8, 0, back.get(), back.length), 0);
    ASSERT_GT(sendto(kernel, "friend", 6, 0, back.get(), back.length), 0);
    k230_addr from = {};
    bool truncated = false;
    EXPECT_EQ("friend", RecvFrom(sock, &from, &truncated));
    ASSERT_EQ(0, k230_stack_disconnect(stack, sock));
    EXPECT_EQ(-K230_ENOTCONN, k230_stack_peer(stack, sock, &peer));
    EXPECT_EQ(-K230_EDESTADDRREQ, SendTo(sock, "nowhere", nullptr));
    EXPECT_EQ(4, SendTo(sock, "free", &to));
    EXPECT_EQ("free", KernelRecv(kernel));
}

STACK_TEST(ADatagramNeedsAPortToGoTo)
{
    const k230_addr nowhere = Address(KernelIp(), 0);
    EXPECT_EQ(-K230_EINVAL, SendTo(Open(K230_SOCK_DGRAM), "x", &nowhere));
}

STACK_TEST(ABroadcastNeedsPermission)
{
    const int sock = Open(K230_SOCK_DGRAM);
    const k230_addr everyone = Address("255.255.255.255", 9999);
    EXPECT_EQ(-K230_EACCES, SendTo(sock, "x", &everyone));
    EXPECT_EQ(-K230_EACCES, k230_stack_connect(stack, sock, &everyone));
    EXPECT_EQ(0, GetInt(sock, K230_SOL_SOCKET, K230_SO_BROADCAST));
    ASSERT_EQ(0, SetInt(sock, K230_SOL_SOCKET, K230_SO_BROADCAST, 1));
    EXPECT_EQ(1, GetInt(sock, K230_SOL_SOCKET, K230_SO_BROADCAST));
#ifdef K230_TEST_LWIP /* only its namespace has an interface that broadcasts, and nobody else on it */
    Fd kernel = KernelSocket("0.0.0.0", SOCK_DGRAM);
    const KernelAddress any("0.0.0.0", 9999);
    ASSERT_EQ(0, bind(kernel, any.get(), any.length));
    EXPECT_EQ(3, SendTo(sock, "all", &everyone));
    EXPECT_EQ("all", KernelRecv(kernel));
    const k230_addr subnet = Address("192.0.2.255", 9999);
    EXPECT_EQ(3, SendTo(sock, "net", &subnet));
    EXPECT_EQ("net", KernelRecv(kernel));
    ASSERT_EQ(0, SetInt(sock, K230_SOL_SOCKET, K230_SO_BROADCAST, 0));
    EXPECT_EQ(-K230_EACCES, SendTo(sock, "x", &subnet));
#endif
}

STACK_TEST(AMulticastIsHeardByItsMembers)
{
    const int sock = Open(K230_SOCK_DGRAM);
    const k230_addr any = Address("0.0.0.0", 0);
    ASSERT_EQ(0, k230_stack_bind(stack, sock, &any));
    k230_addr local = {};
    ASSERT_EQ(0, k230_stack_local(stack, sock, &local));
    ASSERT_EQ(0, Join(sock, "239.1.2.3"));
    const Fd kernel = KernelBound(KernelIp(), SOCK_DGRAM);
    const KernelAddress interface(KernelIp(), 0);
    ASSERT_EQ(0, setsockopt(kernel, IPPROTO_IP, IP_MULTICAST_IF,
                            &reinterpret_cast<const sockaddr_in *>(interface.get())->sin_addr, sizeof(in_addr)));
    const KernelAddress group("239.1.2.3", local.port);
    ASSERT_EQ(5, sendto(kernel, "group", 5, 0, group.get(), group.length)) << strerror(errno);
    k230_addr from = {};
    bool truncated = false;
    EXPECT_EQ("group", RecvFrom(sock, &from, &truncated));
    ASSERT_EQ(0, Leave(sock, "239.1.2.3"));
    ASSERT_EQ(5, sendto(kernel, "again", 5, 0, group.get(), group.length));
    EXPECT_EQ(0u, WaitFor(sock, K230_STACK_IN, QUIET_MS));
    EXPECT_EQ(0, SetInt(sock, K230_LEVEL_IP, K230_IP_MULTICAST_TTL, 3));
    EXPECT_EQ(3, GetInt(sock, K230_LEVEL_IP, K230_IP_MULTICAST_TTL));
    EXPECT_EQ(0, SetInt(sock, K230_LEVEL_IP, K230_IP_MULTICAST_LOOP, 1));
    EXPECT_EQ(1, GetInt(sock, K230_LEVEL_IP, K230_IP_MULTICAST_LOOP));
}

STACK_TEST(Ipv6DatagramsTravelBothWays)
{
    const Fd kernel = KernelBound(KernelIp6(), SOCK_DGRAM);
    const int sock = Open(K230_SOCK_DGRAM, K230_AF_INET6);
    const k230_addr to = Address(KernelIp6(), KernelPort(kernel));
    ASSERT_EQ(3, SendTo(sock, "six", &to)) << "the stack finds the way";
    char bytes[16];
    sockaddr_storage from = {};
    socklen_t length = sizeof from;
    ASSERT_EQ(3, recvfrom(kernel, bytes, sizeof bytes, 0, reinterpret_cast<sockaddr *>(&from), &length));
    ASSERT_EQ(4, sendto(kernel, "back", 4, 0, reinterpret_cast<sockaddr *>(&from), length));
    k230_addr sender = {};
    bool truncated = false;
    EXPECT_EQ("back", RecvFrom(sock, &sender, &truncated));
    EXPECT_EQ(KernelIp6(), Ip(sender));
}

STACK_TEST(AnIpv6DatagramThatIsTooLongGivesEmsgsize)
{
    const int sock = Open(K230_SOCK_DGRAM, K230_AF_INET6);
    const k230_addr to = Address(KernelIp6(), 9);
    EXPECT_EQ(1, SendTo(sock, "x", &to)) << "the stack finds the way";
    EXPECT_EQ(-K230_EMSGSIZE, SendTo(sock, std::string(65528, 'y'), &to));
}

STACK_TEST(AGroupIsOneThatMulticasts) { EXPECT_EQ(-K230_EINVAL, Join(Open(K230_SOCK_DGRAM), "10.0.0.1")); }

STACK_TEST(AMembershipBelongsToOneSocket)
{
    const int first = Open(K230_SOCK_DGRAM), second = Open(K230_SOCK_DGRAM);
    ASSERT_EQ(0, Join(first, "239.1.2.4"));
    EXPECT_EQ(-K230_EADDRINUSE, Join(first, "239.1.2.4"));
    EXPECT_EQ(-K230_EADDRNOTAVAIL, Leave(second, "239.1.2.4")) << "who has not joined cannot leave";
    EXPECT_EQ(-K230_EADDRNOTAVAIL, Leave(first, "239.1.2.5"));
    EXPECT_EQ(0, Join(second, "239.1.2.4"));
    k230_stack_close(stack, first, false);
    EXPECT_EQ(-K230_EADDRNOTAVAIL, Leave(Open(K230_SOCK_DGRAM), "239.1.2.4")) << "in the entry that was the first's";
    EXPECT_EQ(0, Leave(second, "239.1.2.4")) << "still a member";
    EXPECT_EQ(-K230_EADDRNOTAVAIL, Leave(second, "239.1.2.4"));
    EXPECT_EQ(0, Join(second, "239.1.2.4")) << "and again";
}

STACK_TEST(AGroupIsJoinedOnAnInterfaceThatIsThere)
{
    EXPECT_EQ(-K230_ENODEV, Join(Open(K230_SOCK_DGRAM), "239.1.2.7", "203.0.113.7"));
}

STACK_TEST(GroupsEndWithEnobufsAndAreAllLeftByClose)
{
    /* Linux: 20 for a socket (net.ipv4.igmp_max_memberships), lwIP: as many as its pool has for all together. */
    const auto join_many = [this](int sock) {
        int joined = 0, status = 0;
        while (joined < 100 && (status = Join(sock, "239.1.3." + std::to_string(joined))) == 0)
            joined++;
        return std::make_pair(joined, status);
    };
    const int sock = Open(K230_SOCK_DGRAM);
    const auto many = join_many(sock);
    EXPECT_GE(many.first, 4);
    EXPECT_EQ(-K230_ENOBUFS, many.second);
    k230_stack_close(stack, sock, false);
    EXPECT_EQ(many, join_many(Open(K230_SOCK_DGRAM)));
}

/* ---- what the stack decides: docs/start/port-a-script.md ------------------------------------------------------------
 */

STACK_TEST(TwoSocketsShareADatagramPortWhereBothWantTo)
{
    k230_addr local = Address("0.0.0.0", 0);
    const int first = Open(K230_SOCK_DGRAM);
    ASSERT_EQ(0, SetInt(first, K230_SOL_SOCKET, K230_SO_REUSEADDR, 1));
    ASSERT_EQ(0, k230_stack_bind(stack, first, &local));
    ASSERT_EQ(0, k230_stack_local(stack, first, &local));
    const int second = Open(K230_SOCK_DGRAM);
    EXPECT_EQ(-K230_EADDRINUSE, k230_stack_bind(stack, second, &local)) << "one alone does not decide it";
    ASSERT_EQ(0, SetInt(second, K230_SOL_SOCKET, K230_SO_REUSEADDR, 1));
    ASSERT_EQ(0, k230_stack_bind(stack, second, &local));
    const Fd kernel = KernelBound(KernelIp(), SOCK_DGRAM);
    const auto say = [&](const std::string &ip, const char *text) {
        const KernelAddress to(ip, local.port);
        EXPECT_EQ(3, sendto(kernel, text, 3, 0, to.get(), to.length)) << strerror(errno);
    };
    k230_addr from = {};
    bool truncated = false;
    say(StackIp(), "one");
    EXPECT_EQ("one", RecvFrom(second, &from, &truncated)) << "the newer has it";
    EXPECT_EQ(0u, WaitFor(first, K230_STACK_IN, QUIET_MS));
    ASSERT_EQ(0, Join(first, "239.1.2.9"));
    ASSERT_EQ(0, Join(second, "239.1.2.9"));
    const KernelAddress interface(KernelIp(), 0);
    ASSERT_EQ(0, setsockopt(kernel, IPPROTO_IP, IP_MULTICAST_IF,
                            &reinterpret_cast<const sockaddr_in *>(interface.get())->sin_addr, sizeof(in_addr)));
    say("239.1.2.9", "all");
    EXPECT_EQ("all", RecvFrom(second, &from, &truncated));
#ifdef K230_TEST_LWIP /* SO_REUSE_RXTOALL is off */
    EXPECT_EQ(0u, WaitFor(first, K230_STACK_IN, QUIET_MS)) << "lwIP gives a group's datagram to one socket";
#else
    EXPECT_EQ("all", RecvFrom(first, &from, &truncated));
#endif
}

STACK_TEST(AStreamConnectsToNoGroupAndToNoBroadcastAddress)
{
    for (const char *ip : {"255.255.255.255", "239.1.2.3"}) {
        const k230_addr everybody = Address(ip, 80);
        const int sock = Open();
        EXPECT_EQ(-K230_ENETUNREACH, k230_stack_connect(stack, sock, &everybody)) << ip;
        const Fd listener = KernelListener(KernelIp());
        EXPECT_EQ(0, ConnectTo(sock, Address(KernelIp(), KernelPort(listener)))) << "the socket is as it was";
    }
    k230_addr six = Address("ff02::1", 80);
    six.scope = GroupInterface();
    EXPECT_EQ(-K230_ENETUNREACH, k230_stack_connect(stack, Open(K230_SOCK_STREAM, K230_AF_INET6), &six));
#ifdef K230_TEST_LWIP
    const k230_addr net = Address("192.0.2.255", 80);
    EXPECT_EQ(-K230_ENETUNREACH, k230_stack_connect(stack, Open(), &net));
#endif
}

#ifndef K230_TEST_RTTHREAD /* SAL binds to the addresses of its interfaces only */
STACK_TEST(ADatagramSocketMayBeBoundToTheBroadcastAddress)
{
    k230_addr local = Address("255.255.255.255", 0);
    const int sock = Open(K230_SOCK_DGRAM);
    ASSERT_EQ(0, k230_stack_bind(stack, sock, &local));
    ASSERT_EQ(0, k230_stack_local(stack, sock, &local));
    EXPECT_EQ("255.255.255.255", Ip(local));
#ifdef K230_TEST_LWIP
    Fd kernel = KernelBound(KernelIp(), SOCK_DGRAM);
    const int on = 1;
    ASSERT_EQ(0, setsockopt(kernel, SOL_SOCKET, SO_BROADCAST, &on, sizeof on));
    ASSERT_EQ(0, setsockopt(kernel, SOL_SOCKET, SO_BINDTODEVICE, "tap0", 5)) << strerror(errno);
    const KernelAddress to("255.255.255.255", local.port);
    ASSERT_EQ(3, sendto(kernel, "all", 3, 0, to.get(), to.length)) << strerror(errno);
    k230_addr from = {};
    bool truncated = false;
    EXPECT_EQ("all", RecvFrom(sock, &from, &truncated));
    const k230_addr back = Address(KernelIp(), KernelPort(kernel));
    EXPECT_EQ(-K230_EHOSTUNREACH, SendTo(sock, "x", &back)) << "Linux sends from the interface's address";
#endif
}
#endif

STACK_TEST(AStreamConnectedToItselfHearsItself)
{
    k230_addr own = Address(StackIp(), 0);
    const int sock = Open();
    ASSERT_EQ(0, k230_stack_bind(stack, sock, &own));
    ASSERT_EQ(0, k230_stack_local(stack, sock, &own));
#ifdef K230_TEST_LWIP /* knows no simultaneous open */
    EXPECT_EQ(-K230_EINPROGRESS, ConnectTo(sock, own, QUIET_MS));
#else
    ASSERT_EQ(0, ConnectTo(sock, own));
    EXPECT_EQ(4, Send(sock, "echo"));
    EXPECT_EQ("echo", Recv(sock));
#endif
}

STACK_TEST(AnUrgentByteIsNoneOfTheStreamsOrAnyOther)
{
    Fd peer;
    const int sock = Pair(&peer);
    KernelSend(peer, "a");
    ASSERT_EQ(1, send(peer, "!", 1, MSG_OOB));
    KernelSend(peer, "b");
    ASSERT_EQ(0, shutdown(peer, SHUT_WR));
    std::string all;
    for (std::string some = Recv(sock); !some.empty() && all.size() < 3; some = Recv(sock))
        all += some;
#ifdef K230_TEST_LWIP
    EXPECT_EQ("a!b", all);
#else
    EXPECT_EQ("ab", all);
#endif
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

STACK_TEST(OptionsKeepTheirValues)
{
    const int stream = Open();
    const int datagram = Open(K230_SOCK_DGRAM);
    EXPECT_EQ(K230_SOCK_STREAM, GetInt(stream, K230_SOL_SOCKET, K230_SO_TYPE));
    EXPECT_EQ(K230_SOCK_DGRAM, GetInt(datagram, K230_SOL_SOCKET, K230_SO_TYPE));
    EXPECT_EQ(0, GetInt(stream, K230_SOL_SOCKET, K230_SO_ERROR));
    const int flags[][2] = {{K230_SOL_SOCKET, K230_SO_REUSEADDR},
                            {K230_SOL_SOCKET, K230_SO_KEEPALIVE},
                            {K230_SOL_SOCKET, K230_SO_BROADCAST},
                            {K230_LEVEL_TCP, K230_TCP_NODELAY}};
    for (const auto &flag : flags)
        for (const int value : {1, 0, 1}) {
            EXPECT_EQ(0, SetInt(stream, flag[0], flag[1], value)) << flag[0] << ' ' << flag[1];
            EXPECT_EQ(value, GetInt(stream, flag[0], flag[1])) << flag[0] << ' ' << flag[1];
        }
    EXPECT_EQ(0, SetInt(datagram, K230_LEVEL_IP, K230_IP_TTL, 17));
    EXPECT_EQ(17, GetInt(datagram, K230_LEVEL_IP, K230_IP_TTL));
    EXPECT_EQ(0, SetInt(datagram, K230_LEVEL_IP, K230_IP_TOS, 0x10));
    EXPECT_EQ(0x10, GetInt(datagram, K230_LEVEL_IP, K230_IP_TOS));
    EXPECT_EQ(0, SetInt(datagram, K230_SOL_SOCKET, K230_SO_RCVBUF, 20000));
    EXPECT_GE(GetInt(datagram, K230_SOL_SOCKET, K230_SO_RCVBUF), 20000);
    const int six = Open(K230_SOCK_STREAM, K230_AF_INET6);
    EXPECT_EQ(0, SetInt(six, K230_LEVEL_IPV6, K230_IPV6_V6ONLY, 1));
    EXPECT_EQ(1, GetInt(six, K230_LEVEL_IPV6, K230_IPV6_V6ONLY));
    int32_t linger[2] = {1, 7};
    EXPECT_EQ(0, k230_stack_setopt(stack, stream, K230_SOL_SOCKET, K230_SO_LINGER, linger, sizeof linger));
    linger[0] = linger[1] = 99;
    EXPECT_EQ(8, k230_stack_getopt(stack, stream, K230_SOL_SOCKET, K230_SO_LINGER, linger, sizeof linger));
    EXPECT_EQ(1, linger[0]);
    EXPECT_EQ(7, linger[1]);
}

STACK_TEST(OptionsThatAreNoneGiveEnoprotoopt)
{
    const int sock = Open();
    EXPECT_EQ(-K230_ENOPROTOOPT, SetInt(sock, K230_SOL_SOCKET, 9999, 1));
    EXPECT_EQ(-K230_ENOPROTOOPT, GetInt(sock, K230_SOL_SOCKET, 9999));
    EXPECT_EQ(-K230_ENOPROTOOPT, SetInt(sock, 77, 1, 1));
    EXPECT_EQ(-K230_ENOPROTOOPT, SetInt(sock, K230_SOL_SOCKET, K230_SO_TYPE, 1)) << "only to be read";
    EXPECT_EQ(-K230_ENOPROTOOPT, SetInt(sock, K230_SOL_SOCKET, K230_SO_ERROR, 1)) << "only to be read";
    EXPECT_EQ(-K230_ENOPROTOOPT, GetInt(sock, K230_LEVEL_IP, K230_IP_ADD_MEMBERSHIP)) << "only to be set";
}

/* Values as CPython on Linux finds them good or not: setsockopt(level, option, bytes), and of an int. */
STACK_TEST(OptionsTakeTheLengthsThatLinuxTakes)
{
    struct Lengths {
        int level, option, type, family, shortest, status;
    };
    const int64_t ok = 0;
    const Lengths all[] = {
        {K230_SOL_SOCKET, K230_SO_REUSEADDR, K230_SOCK_STREAM, K230_AF_INET, 4, -K230_EINVAL},
        {K230_SOL_SOCKET, K230_SO_KEEPALIVE, K230_SOCK_STREAM, K230_AF_INET, 4, -K230_EINVAL},
        {K230_SOL_SOCKET, K230_SO_BROADCAST, K230_SOCK_DGRAM, K230_AF_INET, 4, -K230_EINVAL},
        {K230_SOL_SOCKET, K230_SO_RCVBUF, K230_SOCK_DGRAM, K230_AF_INET, 4, -K230_EINVAL},
        {K230_SOL_SOCKET, K230_SO_LINGER, K230_SOCK_STREAM, K230_AF_INET, 8, -K230_EINVAL},
        {K230_LEVEL_TCP, K230_TCP_NODELAY, K230_SOCK_STREAM, K230_AF_INET, 4, -K230_EINVAL},
        {K230_LEVEL_TCP, K230_TCP_KEEPIDLE, K230_SOCK_STREAM, K230_AF_INET, 4, -K230_EINVAL},
        {K230_LEVEL_TCP, K230_TCP_KEEPINTVL, K230_SOCK_STREAM, K230_AF_INET, 4, -K230_EINVAL},
        {K230_LEVEL_TCP, K230_TCP_KEEPCNT, K230_SOCK_STREAM, K230_AF_INET, 4, -K230_EINVAL},
        {K230_LEVEL_IP, K230_IP_TOS, K230_SOCK_DGRAM, K230_AF_INET, 0, -K230_EINVAL},
        {K230_LEVEL_IP, K230_IP_TTL, K230_SOCK_DGRAM, K230_AF_INET, 1, -K230_EINVAL},
        {K230_LEVEL_IP, K230_IP_MULTICAST_TTL, K230_SOCK_DGRAM, K230_AF_INET, 1, -K230_EINVAL},
        {K230_LEVEL_IP, K230_IP_MULTICAST_LOOP, K230_SOCK_DGRAM, K230_AF_INET, 1, -K230_EINVAL},
        {K230_LEVEL_IPV6, K230_IPV6_V6ONLY, K230_SOCK_DGRAM, K230_AF_INET6, 4, -K230_EINVAL},
        {K230_LEVEL_IPV6, K230_IPV6_UNICAST_HOPS, K230_SOCK_DGRAM, K230_AF_INET6, 4, -K230_EINVAL},
        {K230_LEVEL_IPV6, K230_IPV6_MULTICAST_HOPS, K230_SOCK_DGRAM, K230_AF_INET6, 4, -K230_EINVAL},
        {K230_LEVEL_IPV6, K230_IPV6_MULTICAST_LOOP, K230_SOCK_DGRAM, K230_AF_INET6, 4, -K230_EINVAL},
    };
    uint8_t bytes[K230_PAYLOAD_MAX] = {1};
    for (const Lengths &one : all) {
        const int sock = Open(one.type, one.family);
        for (const int length : {0, 1, 2, 3, 4, 5, 8, 12, 20, 64, static_cast<int>(sizeof bytes)})
            EXPECT_EQ(length < one.shortest ? one.status : ok,
                      k230_stack_setopt(stack, sock, one.level, one.option, bytes, static_cast<uint32_t>(length)))
                << one.level << "/" << one.option << ", " << length << " bytes";
        Close(sock);
    }
    int32_t value;
    EXPECT_EQ(-K230_EINVAL, k230_stack_getopt(stack, Open(), K230_SOL_SOCKET, K230_SO_REUSEADDR, &value, 2));
}

STACK_TEST(OptionsTakeTheNumbersThatLinuxTakes)
{
    const struct {
        int level, option, type, family;
        std::vector<int> good, bad;
        int minus_one; /* what -1 is read back as; 0: it is bad */
    } all[] = {
        {K230_LEVEL_TCP, K230_TCP_KEEPIDLE, K230_SOCK_STREAM, K230_AF_INET, {1, 20, 32767}, {-2, -1, 0, 32768}, 0},
        {K230_LEVEL_TCP, K230_TCP_KEEPINTVL, K230_SOCK_STREAM, K230_AF_INET, {1, 3, 32767}, {-2, -1, 0, 32768}, 0},
        {K230_LEVEL_TCP, K230_TCP_KEEPCNT, K230_SOCK_STREAM, K230_AF_INET, {1, 3, 127}, {-2, -1, 0, 128}, 0},
        {K230_LEVEL_IP, K230_IP_TTL, K230_SOCK_DGRAM, K230_AF_INET, {1, 64, 255}, {-2, 0, 256}, 64},
        {K230_LEVEL_IP, K230_IP_MULTICAST_TTL, K230_SOCK_DGRAM, K230_AF_INET, {0, 1, 255}, {-2, 256}, 1},
        {K230_LEVEL_IPV6, K230_IPV6_UNICAST_HOPS, K230_SOCK_DGRAM, K230_AF_INET6, {1, 64, 255}, {-2, 256}, 64},
        {K230_LEVEL_IPV6, K230_IPV6_MULTICAST_HOPS, K230_SOCK_DGRAM, K230_AF_INET6, {0, 1, 255}, {-2, 256}, 1},
        {K230_LEVEL_IPV6, K230_IPV6_MULTICAST_LOOP, K230_SOCK_DGRAM, K230_AF_INET6, {0, 1}, {-1, 2, 256}, 0},
    };
    for (const auto &one : all) {
        const int sock = Open(one.type, one.family);
        for (const int number : one.good) {
            EXPECT_EQ(0, SetInt(sock, one.level, one.option, number))
                << one.level << "/" << one.option << " " << number;
            EXPECT_EQ(number, GetInt(sock, one.level, one.option)) << one.level << "/" << one.option;
        }
        for (const int number : one.bad)
            EXPECT_EQ(-K230_EINVAL, SetInt(sock, one.level, one.option, number))
                << one.level << "/" << one.option << " " << number;
        EXPECT_EQ(one.good.back(), GetInt(sock, one.level, one.option)) << "what is refused changes nothing";
        if (one.minus_one != 0) {
            EXPECT_EQ(0, SetInt(sock, one.level, one.option, -1));
            const int usual = GetInt(sock, one.level, one.option);
            EXPECT_TRUE(usual == one.minus_one || usual == 255) << usual << ": Linux has 64 where lwIP has 255";
        }
        Close(sock);
    }
    const int sock = Open(K230_SOCK_DGRAM);
    for (const int number : {1, 0, -1, 256}) {
        EXPECT_EQ(0, SetInt(sock, K230_LEVEL_IP, K230_IP_MULTICAST_LOOP, number));
        EXPECT_EQ(number != 0, GetInt(sock, K230_LEVEL_IP, K230_IP_MULTICAST_LOOP)) << number;
    }
}

STACK_TEST(ANumberOfLevelIpIsAlsoOneByte)
{
    const int sock = Open(K230_SOCK_DGRAM);
    const uint8_t bytes[] = {17, 99, 99};
    for (const int option : {K230_IP_TTL, K230_IP_MULTICAST_TTL})
        for (const uint32_t length : {1u, 3u}) {
            EXPECT_EQ(0, SetInt(sock, K230_LEVEL_IP, option, 5));
            EXPECT_EQ(0, k230_stack_setopt(stack, sock, K230_LEVEL_IP, option, bytes, length));
            EXPECT_EQ(17, GetInt(sock, K230_LEVEL_IP, option)) << option << ", " << length << " bytes";
        }
}

STACK_TEST(OptionsOfAnotherKindOfSocketAreNone)
{
    EXPECT_EQ(-K230_ENOPROTOOPT, SetInt(Open(K230_SOCK_DGRAM), K230_LEVEL_TCP, K230_TCP_KEEPIDLE, 20));
    EXPECT_EQ(-K230_ENOPROTOOPT, SetInt(Open(), K230_LEVEL_IPV6, K230_IPV6_V6ONLY, 1));
    EXPECT_EQ(-K230_ENOPROTOOPT, SetInt(Open(K230_SOCK_DGRAM), K230_LEVEL_IPV6, K230_IPV6_MULTICAST_HOPS, 1));
    EXPECT_EQ(-K230_EPROTO, Join(Open(), "239.1.2.3")) << "no stream joins a group";
}

/* ---- the interface of groups ------------------------------------------------------------------------------------- */

STACK_TEST(TheInterfaceOfGroupsIsAnAddressOrAMembership)
{
    const int sock = Open(K230_SOCK_DGRAM);
    uint8_t own[4], any[12] = {}, stranger[4] = {203, 0, 113, 7};
    inet_pton(AF_INET, StackIp().c_str(), own);
    const auto set = [&](const void *value, uint32_t length) {
        return k230_stack_setopt(stack, sock, K230_LEVEL_IP, K230_IP_MULTICAST_IF, value, length);
    };
    uint8_t membership[12] = {239, 1, 2, 3};
    memcpy(membership + 4, own, 4);
    int32_t expected;
    memcpy(&expected, own, sizeof expected);
    for (const uint32_t length : {4u, 8u, 12u}) {
        EXPECT_EQ(0, set(any, 4));
        EXPECT_EQ(0, GetInt(sock, K230_LEVEL_IP, K230_IP_MULTICAST_IF));
        EXPECT_EQ(0, set(length == 4 ? own : membership, length));
        EXPECT_EQ(expected, GetInt(sock, K230_LEVEL_IP, K230_IP_MULTICAST_IF)) << length;
    }
    EXPECT_EQ(-K230_EADDRNOTAVAIL, set(stranger, 4));
    EXPECT_EQ(-K230_EINVAL, set(own, 3)) << "the one number of this level that is no number";
    EXPECT_EQ(-K230_EINVAL, k230_stack_setopt(stack, Open(), K230_LEVEL_IP, K230_IP_MULTICAST_IF, own, 4));
}

STACK_TEST(AMembershipMayHaveAnIndexToo)
{
    const int sock = Open(K230_SOCK_DGRAM);
    uint8_t membership[12] = {239, 1, 2, 8};
    inet_pton(AF_INET, StackIp().c_str(), membership + 4);
    const auto set = [&](int option) {
        return k230_stack_setopt(stack, sock, K230_LEVEL_IP, option, membership, sizeof membership);
    };
    EXPECT_EQ(0, Join(sock, "239.1.2.8"));
    EXPECT_EQ(-K230_EADDRINUSE, set(K230_IP_ADD_MEMBERSHIP)) << "an index of 0 is none";
    EXPECT_EQ(0, set(K230_IP_DROP_MEMBERSHIP));
    const uint32_t index = GroupInterface();
    memcpy(membership + 8, &index, sizeof index);
    memset(membership + 4, 0, 4);
    EXPECT_EQ(0, set(K230_IP_ADD_MEMBERSHIP)) << "by its index alone";
    EXPECT_EQ(0, set(K230_IP_DROP_MEMBERSHIP));
    const uint32_t none = 9999;
    memcpy(membership + 8, &none, sizeof none);
    EXPECT_EQ(-K230_ENODEV, set(K230_IP_ADD_MEMBERSHIP));
}

STACK_TEST(TheInterfaceOfIpv6GroupsIsAnIndex)
{
    const int sock = Open(K230_SOCK_DGRAM, K230_AF_INET6);
    const int index = static_cast<int>(GroupInterface());
    ASSERT_EQ(0, SetInt(sock, K230_LEVEL_IPV6, K230_IPV6_MULTICAST_IF, index));
    EXPECT_EQ(index, GetInt(sock, K230_LEVEL_IPV6, K230_IPV6_MULTICAST_IF));
    EXPECT_EQ(-K230_ENODEV, SetInt(sock, K230_LEVEL_IPV6, K230_IPV6_MULTICAST_IF, 9999));
    EXPECT_EQ(-K230_ENODEV, SetInt(sock, K230_LEVEL_IPV6, K230_IPV6_MULTICAST_IF, -1));
    EXPECT_EQ(index, GetInt(sock, K230_LEVEL_IPV6, K230_IPV6_MULTICAST_IF));
    EXPECT_EQ(0, SetInt(sock, K230_LEVEL_IPV6, K230_IPV6_MULTICAST_IF, 0));
    EXPECT_EQ(0, GetInt(sock, K230_LEVEL_IPV6, K230_IPV6_MULTICAST_IF));
}

#ifdef K230_TEST_LWIP /* a loop carries no IPv6 groups; over the kernel's stack DatagramNamespaceTests sees it */
STACK_TEST(AnIpv6GroupIsHeardByItsMembers)
{
    const int sock = Open(K230_SOCK_DGRAM, K230_AF_INET6);
    const k230_addr any = Address("::", 0);
    ASSERT_EQ(0, k230_stack_bind(stack, sock, &any));
    k230_addr local = {};
    ASSERT_EQ(0, k230_stack_local(stack, sock, &local));
    const Fd kernel = KernelBound(KernelIp6(), SOCK_DGRAM);
    const unsigned out = KernelInterface();
    ASSERT_EQ(0, setsockopt(kernel, IPPROTO_IPV6, IPV6_MULTICAST_IF, &out, sizeof out)) << strerror(errno);
    const KernelAddress group("ff02::4b32:1", local.port);
    const auto say = [&](const char *text) { return sendto(kernel, text, strlen(text), 0, group.get(), group.length); };
    ASSERT_EQ(0, Join6(sock, "ff02::4b32:1", GroupInterface()));
    ASSERT_EQ(5, say("group")) << strerror(errno);
    k230_addr from = {};
    bool truncated = false;
    EXPECT_EQ("group", RecvFrom(sock, &from, &truncated));
    ASSERT_EQ(0, Leave6(sock, "ff02::4b32:1", GroupInterface()));
    ASSERT_EQ(5, say("again"));
    EXPECT_EQ(0u, WaitFor(sock, K230_STACK_IN, QUIET_MS));
}

STACK_TEST(AnIpv6GroupWithAScopeOrAnInterfaceIsReached)
{
    const Fd kernel = KernelBound("::", SOCK_DGRAM);
    ipv6_mreq membership = {};
    inet_pton(AF_INET6, "ff02::4b32:2", &membership.ipv6mr_multiaddr);
    membership.ipv6mr_interface = KernelInterface();
    ASSERT_EQ(0, setsockopt(kernel, IPPROTO_IPV6, IPV6_JOIN_GROUP, &membership, sizeof membership)) << strerror(errno);
    const int sock = Open(K230_SOCK_DGRAM, K230_AF_INET6);
    k230_addr to = Address("ff02::4b32:2", KernelPort(kernel));
    to.scope = GroupInterface();
    EXPECT_EQ(5, SendTo(sock, "scope", &to));
    EXPECT_EQ("scope", KernelRecv(kernel));
    to.scope = 0;
    ASSERT_EQ(0, SetInt(sock, K230_LEVEL_IPV6, K230_IPV6_MULTICAST_IF, static_cast<int>(GroupInterface())));
    EXPECT_EQ(9, SendTo(sock, "interface", &to));
    EXPECT_EQ("interface", KernelRecv(kernel));
}
#endif

STACK_TEST(AnIpv6MembershipIsOneGroupOnOneInterface)
{
    const int sock = Open(K230_SOCK_DGRAM, K230_AF_INET6);
    EXPECT_EQ(-K230_EINVAL, Join6(sock, "fe80::1", GroupInterface()));
    EXPECT_EQ(-K230_ENODEV, Join6(sock, "ff02::4b32:3", 9999));
    EXPECT_EQ(-K230_EADDRNOTAVAIL, Leave6(sock, "ff02::4b32:3", GroupInterface()));
    ASSERT_EQ(0, Join6(sock, "ff02::4b32:3", GroupInterface()));
    EXPECT_EQ(-K230_EADDRINUSE, Join6(sock, "ff02::4b32:3", GroupInterface()));
    EXPECT_EQ(0, Leave6(sock, "ff02::4b32:3", GroupInterface()));
    const uint8_t bytes[20] = {0xFF, 2};
    EXPECT_EQ(-K230_EINVAL, k230_stack_setopt(stack, sock, K230_LEVEL_IPV6, K230_IPV6_JOIN_GROUP, bytes, 19));
    EXPECT_EQ(-K230_ENOPROTOOPT, GetInt(sock, K230_LEVEL_IPV6, K230_IPV6_JOIN_GROUP)) << "only to be set";
    EXPECT_EQ(-K230_EPROTO, Join6(Open(K230_SOCK_STREAM, K230_AF_INET6), "ff02::4b32:3", GroupInterface()));
}

/* ---- options of a socket's life ---------------------------------------------------------------------------------- */

STACK_TEST(OptionsCanBeSetAndReadOnAConnectionThatIsOver)
{
    for (const bool told : {false, true}) {
        Fd peer;
        const int sock = Pair(&peer);
        peer.Reset();
        ASSERT_NE(0u, WaitFor(sock, K230_STACK_IN) & K230_STACK_ERR);
        if (told) {
            EXPECT_EQ("!ECONNRESET", Recv(sock));
        }
        EXPECT_EQ(0, SetInt(sock, K230_SOL_SOCKET, K230_SO_REUSEADDR, 1));
        EXPECT_EQ(1, GetInt(sock, K230_SOL_SOCKET, K230_SO_REUSEADDR));
        EXPECT_EQ(0, SetInt(sock, K230_LEVEL_TCP, K230_TCP_NODELAY, 1));
        EXPECT_EQ(1, GetInt(sock, K230_LEVEL_TCP, K230_TCP_NODELAY));
        EXPECT_EQ(0, SetInt(sock, K230_LEVEL_IP, K230_IP_TTL, 9));
        EXPECT_EQ(9, GetInt(sock, K230_LEVEL_IP, K230_IP_TTL));
    }
}

STACK_TEST(OptionsKeepTheirValuesBesideEachOther)
{
    const int sock = Open();
    const int32_t linger[2] = {1, 70000};
    int32_t lingers[2] = {};
    const struct {
        int level, option, value;
    } options[] = {{K230_SOL_SOCKET, K230_SO_KEEPALIVE, 1},
                   {K230_LEVEL_TCP, K230_TCP_NODELAY, 1},
                   {K230_LEVEL_IP, K230_IP_TOS, 16},
                   {K230_LEVEL_IP, K230_IP_TTL, 9},
                   {K230_SOL_SOCKET, K230_SO_REUSEADDR, 0}};
    for (const auto &option : options)
        EXPECT_EQ(0, SetInt(sock, option.level, option.option, option.value));
    EXPECT_EQ(0, k230_stack_setopt(stack, sock, K230_SOL_SOCKET, K230_SO_LINGER, linger, sizeof linger));
    const Fd listener = KernelListener(KernelIp());
    ASSERT_EQ(0, ConnectTo(sock, Address(KernelIp(), KernelPort(listener))));
    for (const bool anew : {false, true}) { /* a socket that is made anew has them too */
        if (anew) {
            EXPECT_EQ(0, k230_stack_disconnect(stack, sock));
        }
        for (const auto &option : options)
            EXPECT_EQ(option.value, GetInt(sock, option.level, option.option)) << option.level << "," << option.option;
        ASSERT_EQ(8, k230_stack_getopt(stack, sock, K230_SOL_SOCKET, K230_SO_LINGER, lingers, sizeof lingers));
        EXPECT_EQ(1, lingers[0]);
        EXPECT_EQ(70000, lingers[1]);
    }
}

STACK_TEST(AcceptedConnectionsInheritTheListenersOptions)
{
    k230_addr local = {};
    const int listener = Listener(&local);
    EXPECT_EQ(0, SetInt(listener, K230_LEVEL_TCP, K230_TCP_NODELAY, 1));
    EXPECT_EQ(1, GetInt(listener, K230_LEVEL_TCP, K230_TCP_NODELAY));
    EXPECT_EQ(0, SetInt(listener, K230_SOL_SOCKET, K230_SO_KEEPALIVE, 1));
    const Fd client = KernelConnect(StackIp(), local.port);
    ASSERT_TRUE(WaitFor(listener, K230_STACK_IN) & K230_STACK_IN);
    k230_addr peer = {};
    const int sock = Keep(k230_stack_accept(stack, listener, &peer));
    ASSERT_GE(sock, 0);
    EXPECT_EQ(1, GetInt(sock, K230_LEVEL_TCP, K230_TCP_NODELAY));
    EXPECT_EQ(1, GetInt(sock, K230_SOL_SOCKET, K230_SO_KEEPALIVE));
}

/* ---- watching and waiting ---------------------------------------------------------------------------------------- */

STACK_TEST(EventsAreReportedAsLongAsTheyHoldAndOnlyWhileWatched)
{
    Fd peer;
    const int sock = Pair(&peer);
    KernelSend(peer, "x");
    k230_stack_event event = {};
    ASSERT_EQ(0, k230_stack_watch(stack, sock, K230_STACK_IN, 77));
    for (int i = 0; i < 3; i++) {
        ASSERT_EQ(1, k230_stack_wait(stack, &event, 1, PATIENCE_MS));
        EXPECT_EQ(77u, event.tag);
        EXPECT_EQ(K230_STACK_IN, event.events);
    }
    ASSERT_EQ(0, k230_stack_watch(stack, sock, K230_STACK_IN | K230_STACK_OUT, 78));
    ASSERT_EQ(1, k230_stack_wait(stack, &event, 1, PATIENCE_MS));
    EXPECT_EQ(78u, event.tag);
    EXPECT_EQ(K230_STACK_IN | K230_STACK_OUT, event.events);
    ASSERT_EQ(0, k230_stack_watch(stack, sock, 0, 0));
    EXPECT_EQ(0, k230_stack_wait(stack, &event, 1, QUIET_MS));
    ASSERT_EQ(0, k230_stack_watch(stack, sock, K230_STACK_IN, 79));
    EXPECT_EQ("x", Recv(sock)); /* unwatches */
    ASSERT_EQ(0, k230_stack_watch(stack, sock, K230_STACK_IN, 79));
    EXPECT_EQ(0, k230_stack_wait(stack, &event, 1, QUIET_MS));
}

STACK_TEST(AnErrorIsReportedWithWhateverIsWatchedAndNotAtAllWhenNothingIs)
{
    Fd peer;
    const int sock = Pair(&peer);
    k230_stack_event event = {};
    ASSERT_EQ(0, k230_stack_watch(stack, sock, K230_STACK_ERR, 9));
    EXPECT_EQ(0, k230_stack_wait(stack, &event, 1, QUIET_MS));
    peer.Reset();
    ASSERT_EQ(1, k230_stack_wait(stack, &event, 1, PATIENCE_MS));
    EXPECT_TRUE(event.events & K230_STACK_ERR);
    ASSERT_EQ(0, k230_stack_watch(stack, sock, 0, 9));
    EXPECT_EQ(0, k230_stack_wait(stack, &event, 1, QUIET_MS));
}

STACK_TEST(AClosedSocketIsNoLongerWatched)
{
    Fd peer;
    const int sock = Pair(&peer);
    KernelSend(peer, "x");
    ASSERT_EQ(0, k230_stack_watch(stack, sock, K230_STACK_IN, 1));
    Close(sock);
    k230_stack_event event = {};
    EXPECT_EQ(0, k230_stack_wait(stack, &event, 1, QUIET_MS));
}

STACK_TEST(OfManyReadySocketsNoneIsForgottenWhereOnlyAFewFit)
{
    std::vector<Fd> peers(50);
    std::vector<int> socks;
    for (size_t i = 0; i < peers.size(); i++) {
        socks.push_back(Pair(&peers[i]));
        ASSERT_EQ(0, k230_stack_watch(stack, socks[i], K230_STACK_OUT, static_cast<uint32_t>(i)));
    }
    std::vector<bool> seen(peers.size());
    size_t different = 0;
    for (int turn = 0; turn < 40 && different < seen.size(); turn++) {
        k230_stack_event events[4];
        const int count = k230_stack_wait(stack, events, 4, 0);
        ASSERT_LE(count, 4);
        for (int i = 0; i < count; i++) {
            different += !seen[events[i].tag];
            seen[events[i].tag] = true;
        }
    }
    EXPECT_EQ(seen.size(), different);
}

STACK_TEST(WaitKeepsItsTime)
{
    k230_stack_event event = {};
    int64_t start = NowMs();
    EXPECT_EQ(0, k230_stack_wait(stack, &event, 1, 150));
    EXPECT_GE(NowMs() - start, 149);
    EXPECT_LT(NowMs() - start, 1000);
    start = NowMs();
    EXPECT_EQ(0, k230_stack_wait(stack, &event, 1, 0));
    EXPECT_LT(NowMs() - start, 100);
}

STACK_TEST(WakeEndsAWaitFromAnyThreadAlsoOneThatComesLater)
{
    k230_stack_event event = {};
    for (int i = 0; i < 20; i++) {
        const int64_t start = NowMs();
        std::thread waker([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            k230_stack_wake(stack);
        });
        EXPECT_EQ(0, k230_stack_wait(stack, &event, 1, PATIENCE_MS));
        EXPECT_LT(NowMs() - start, PATIENCE_MS / 2);
        waker.join();
    }
    k230_stack_wake(stack);
    const int64_t start = NowMs();
    EXPECT_EQ(0, k230_stack_wait(stack, &event, 1, PATIENCE_MS));
    EXPECT_LT(NowMs() - start, PATIENCE_MS / 2);
}

STACK_TEST(TheDoorbellEndsAWaitAndAnotherOneCanTakeItsPlace)
{
    k230_stack_event event = {};
    const Fd first(eventfd(0, EFD_NONBLOCK));
    const Fd second(eventfd(0, EFD_NONBLOCK));
    const uint64_t one = 1;
    ASSERT_EQ(0, Doorbell(first));
    for (int i = 0; i < 200; i++) {
        ASSERT_EQ(8, write(first, &one, sizeof one));
        const int64_t start = NowMs();
        EXPECT_EQ(0, k230_stack_wait(stack, &event, 1, PATIENCE_MS));
        ASSERT_LT(NowMs() - start, PATIENCE_MS / 2) << "ring " << i;
    }
    ASSERT_EQ(0, Doorbell(second));
    while (k230_stack_wait(stack, &event, 1, 50) != 0)
        ;
    ASSERT_EQ(8, write(first, &one, sizeof one));
    const int64_t start = NowMs();
    EXPECT_EQ(0, k230_stack_wait(stack, &event, 1, QUIET_MS));
    EXPECT_GE(NowMs() - start, QUIET_MS - 1) << "nobody listens to the first one any more";
    ASSERT_EQ(8, write(second, &one, sizeof one));
    EXPECT_EQ(0, k230_stack_wait(stack, &event, 1, PATIENCE_MS));
    EXPECT_LT(NowMs() - start, PATIENCE_MS / 2);
    ASSERT_EQ(0, Doorbell(-1));
}

STACK_TEST(NoRingIsLostAfterAStormOfThem)
{
    k230_stack_event event = {};
    const Fd doorbell(eventfd(0, EFD_NONBLOCK));
    const uint64_t one = 1;
    ASSERT_EQ(0, Doorbell(doorbell));
    for (int round = 0; round < 20; round++) {
        std::atomic<bool> over{false};
        std::thread ringer([&] {
            while (!over) {
                EXPECT_EQ(8, write(doorbell, &one, sizeof one));
                k230_stack_wake(stack);
            }
        });
        for (int i = 0; i < 200; i++)
            k230_stack_wait(stack, &event, 1, PATIENCE_MS);
        over = true;
        ringer.join();
        for (int64_t quiet_since = NowMs(); NowMs() - quiet_since < 20;) { /* what was still under way */
            const int64_t start = NowMs();
            k230_stack_wait(stack, &event, 1, 20);
            if (NowMs() - start < 19)
                quiet_since = NowMs();
        }
        ASSERT_EQ(8, write(doorbell, &one, sizeof one));
        const int64_t start = NowMs();
        EXPECT_EQ(0, k230_stack_wait(stack, &event, 1, PATIENCE_MS));
        ASSERT_LT(NowMs() - start, PATIENCE_MS / 2) << "round " << round;
    }
    ASSERT_EQ(0, Doorbell(-1));
}

/* ---- look-ups ---------------------------------------------------------------------------------------------------- */

STACK_TEST(ANumericHostIsAnsweredAtOnceAndAnUnknownServiceRefused)
{
    k230_stack_query query = {};
    strcpy(query.host, "192.0.2.55");
    strcpy(query.service, "80");
    static k230_stack_answer answer;
    uint32_t tag = 0;
    ASSERT_TRUE(k230_stack_resolve(stack, &query, 7));
    ASSERT_TRUE(k230_stack_resolved(stack, &tag, &answer));
    EXPECT_EQ(7u, tag);
    EXPECT_FALSE(k230_stack_resolved(stack, &tag, &answer)) << "once";
    ASSERT_TRUE(k230_stack_resolve(stack, &query, 8));
    ASSERT_TRUE(k230_stack_resolved(stack, &tag, &answer));
    ASSERT_EQ(0, answer.status);
    ASSERT_EQ(1u, answer.count);
    EXPECT_EQ("192.0.2.55", Ip(answer.addrs[0]));
    EXPECT_EQ(80, answer.addrs[0].port);
}

STACK_TEST(ANameIsLookedUpOnTheHelperWhichWakesTheWaiter)
{
    k230_stack_query query = {};
    strcpy(query.host, "localhost");
    static k230_stack_answer answer;
    uint32_t tag = 0;
    ASSERT_TRUE(k230_stack_resolve(stack, &query, 7));
    const int64_t start = NowMs();
    while (!k230_stack_resolved(stack, &tag, &answer) && NowMs() - start < PATIENCE_MS) {
        k230_stack_event event = {};
        k230_stack_wait(stack, &event, 1, PATIENCE_MS);
    }
    EXPECT_LT(NowMs() - start, PATIENCE_MS);
    EXPECT_EQ(0, answer.status);
    EXPECT_GE(answer.count, 1u);
}

STACK_TEST(LookUpsThatAreUnderWayHoldUpNoNumericHostAndAnswersKeepTheirTags)
{
    k230_stack_query query = {};
    strcpy(query.host, "localhost");
    static k230_stack_answer answer;
    uint32_t asked = 0;
    while (asked < 100 && k230_stack_resolve(stack, &query, asked))
        asked++;
    EXPECT_GE(asked, 2u) << "some at a time";
    uint32_t tag = 0;
    uint32_t collected = 0;
    uint32_t seen = 0;
    const int64_t start = NowMs();
    k230_stack_query numeric = {};
    strcpy(numeric.host, "192.0.2.55");
    ASSERT_TRUE(k230_stack_resolve(stack, &numeric, 999)) << "whatever is under way";
    bool numeric_seen = false;
    while ((collected < asked || !numeric_seen) && NowMs() - start < PATIENCE_MS) {
        if (!k230_stack_resolved(stack, &tag, &answer)) {
            k230_stack_event event = {};
            k230_stack_wait(stack, &event, 1, 50);
        } else if (tag == 999) {
            numeric_seen = true;
            ASSERT_EQ(1u, answer.count);
            EXPECT_EQ("192.0.2.55", Ip(answer.addrs[0]));
        } else {
            ASSERT_LT(tag, 32u);
            EXPECT_FALSE(seen & 1u << tag) << "each once";
            seen |= 1u << tag;
            collected++;
        }
    }
    EXPECT_TRUE(numeric_seen);
    EXPECT_EQ(asked, collected);
}

/* ---- only where the network is ours ------------------------------------------------------------------------------ */

#ifdef K230_TEST_LWIP
STACK_TEST(AConnectThatNobodyAnswersGivesEtimedout)
{
    const int sock = Open();
    const int64_t start = NowMs();
    EXPECT_EQ(-K230_ETIMEDOUT, ConnectTo(sock, Address("192.0.2.66", 80), 50000));
    RecordProperty("milliseconds", static_cast<int>(NowMs() - start));
    const Fd listener = KernelListener(KernelIp());
    EXPECT_EQ(0, ConnectTo(sock, Address(KernelIp(), KernelPort(listener)))) << "and the socket connects again";
}

STACK_TEST(TheSettingIsUnderstoodOrRefused)
{
    k230_lwip_net net;
    EXPECT_TRUE(k230_lwip_net_parse("tap7,192.0.2.2/24,192.0.2.1", &net));
    EXPECT_STREQ("tap7", net.device);
    EXPECT_EQ(0, memcmp(net.mask, "\xff\xff\xff\0", 4));
    EXPECT_FALSE(net.has_ipv6);
    EXPECT_TRUE(k230_lwip_net_parse("tap7,192.0.2.2/30,192.0.2.1,fd00::2", &net));
    EXPECT_EQ(0, memcmp(net.mask, "\xff\xff\xff\xfc", 4));
    EXPECT_TRUE(net.has_ipv6);
    for (const char *bad :
         {"", "tap0", "tap0,192.0.2.2,192.0.2.1", "tap0,192.0.2.2/99,192.0.2.1", "tap0,192.0.2.2/24,192.0.2.1x",
          "tap0,192.0.2.2/24,192.0.2.1,", "tap0,1.2.3/24,192.0.2.1", "a-name-that-is-too-long,192.0.2.2/24,192.0.2.1"})
        EXPECT_FALSE(k230_lwip_net_parse(bad, &net)) << bad;
}

#endif
