/* The Wire Protocol over TCP: the real client, attended by a thread as on nanoCLR, the real agent on the stack under
 * test, and kernel sockets as PCs. */
#include "k230_agent.h"
#include "k230_hal_posix.h"
#include "k230_wire_tcp.h"

#include "../stack_under_test.h"
#include "wire_server.h"

#include <memory>
#include <sys/mman.h>

static k230_client s_client;
static k230_agent s_agent;
static k230_stack s_stack;

namespace
{

/* One core's hal, whose memory is the board's. */
struct WireSide {
    k230_hal_posix posix; /* first: the hal's operations receive it */
    void *memory;
    uint64_t length;
    int bell;
};

std::mutex s_log_lock;
std::vector<std::string> s_log;

class WireBoard
{
  public:
    WireBoard() : limits_{32, 64, 64, 40, 65536, 65536, 1472}
    {
        k230_layout layout = {};
        EXPECT_TRUE(k230_layout_of(&limits_, UINT32_MAX, &layout));
        length_ = K230_HAL_POSIX_MAILBOX + layout.end;
        memory_ = mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        EXPECT_NE(MAP_FAILED, memory_);
        bell_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
#ifdef K230_TEST_LWIP
        EXPECT_EQ(0, k230_stack_lwip_init(&s_stack));
        EXPECT_EQ(0, k230_stack_lwip_doorbell(&s_stack, bell_));
#else
        EXPECT_EQ(0, k230_stack_posix_init(&s_stack));
        EXPECT_EQ(0, k230_stack_posix_doorbell(&s_stack, bell_));
#endif
        Prepare(&big_, K230_HAL_BIG, "client");
        Prepare(&small_, K230_HAL_SMALL, "agent");
        s_log.clear();
        big_.posix.table.log = [](k230_hal *, const char *line) {
            std::lock_guard<std::mutex> guard(s_log_lock);
            s_log.emplace_back(line);
        };
        k230_hal_posix_use(&small_.posix, memory_, length_);
        memset(static_cast<void *>(&s_client), 0, sizeof s_client);
        k230_client_init(&s_client, &big_.posix.hal);
        k230_client_on_news(
            &s_client, [](void *) {}, nullptr);
        EXPECT_TRUE(k230_agent_start(&s_agent, &small_.posix.hal, &s_stack, &limits_));
        Run();
        attending_ = true;
        attendant_ = std::thread([this] {
            while (attending_)
                k230_client_attend(&s_client);
        });
    }
    ~WireBoard()
    {
        ExpectClean();
        attending_ = false;
        attendant_.join();
        k230_client_reset(&s_client);
        Halt();
        k230_agent_stop(&s_agent);
#ifdef K230_TEST_LWIP
        k230_stack_lwip_end(&s_stack);
#else
        k230_stack_posix_end(&s_stack);
#endif
        close(bell_);
        munmap(memory_, length_);
    }
    k230_hal *hal() { return &big_.posix.hal; }

    void Run()
    {
        running_ = true;
        agent_thread_ = std::thread([this] {
            while (running_)
                k230_agent_step(&s_agent, K230_WATCHDOG_MS);
        });
    }
    /* The agent stands still. */
    void Halt()
    {
        if (!agent_thread_.joinable())
            return;
        running_ = false;
        const uint64_t one = 1;
        EXPECT_EQ(static_cast<ssize_t>(sizeof one), write(bell_, &one, sizeof one));
        agent_thread_.join();
    }
    /* The agent is killed, which closes its sockets, and comes back after a while. */
    void RestartAgent(int pause_ms = 0)
    {
        Halt();
        for (uint32_t i = 0; i < s_agent.limits.slots; i++)
            if (s_agent.socks[i].state != K230_AGENT_FREE)
                k230_stack_close(&s_stack, s_agent.socks[i].stack, true);
        for (uint32_t i = 0; i < s_agent.limits.pairs; i++)
            if (s_agent.lingers[i].state == K230_LINGER_SENDING)
                k230_stack_close(&s_stack, s_agent.lingers[i].stack, true);
        std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
        EXPECT_TRUE(k230_agent_start(&s_agent, &small_.posix.hal, &s_stack, &limits_));
        Run();
    }
    /* Nothing of the server is left, on neither core. */
    void ExpectClean()
    {
        Halt();
        const int64_t until = NowMs() + WIRE_PATIENCE_MS;
        while (!Clean() && NowMs() < until) {
            k230_agent_step(&s_agent, 2);
            k230_sock_events(&s_client, 0);
        }
        EXPECT_TRUE(Clean()) << "sockets are left, or bytes that were never sent";
    }

  private:
    static int Attach(k230_hal_posix *posix)
    {
        WireSide *side = reinterpret_cast<WireSide *>(posix);
        k230_hal_posix_use(posix, side->memory, side->length);
        posix->doorbell_fd = side->bell;
        return 0;
    }
    static void Detach(k230_hal_posix *posix) { k230_hal_posix_unmap(posix); }
    void Prepare(WireSide *side, k230_hal_side which, const char *name)
    {
        k230_hal_posix_init(&side->posix, which, name, Attach, Detach);
        side->memory = memory_;
        side->length = length_;
        side->bell = bell_;
    }
    static bool Clean()
    {
        k230_engine_lock(&s_client.engine);
        bool clean = s_agent.lingering == 0 && s_client.engine.dues == 0;
        for (const k230_sock &sock : s_client.sock.socks)
            clean = clean && sock.state == K230_SOCK_FREE;
        for (const k230_question &question : s_client.ask.questions)
            clean = clean && question.state == K230_CALL_IDLE;
        k230_engine_unlock(&s_client.engine);
        for (const k230_agent_sock &sock : s_agent.socks)
            clean = clean && sock.state == K230_AGENT_FREE;
        return clean;
    }

    k230_limits limits_;
    WireSide big_, small_;
    void *memory_ = nullptr;
    uint64_t length_ = 0;
    int bell_ = -1;
    std::thread agent_thread_, attendant_;
    std::atomic<bool> running_{false}, attending_{false};
};

class Pc
{
  public:
    /* Where the connect fails, nothing is received. */
    explicit Pc(int port, const std::string &ip = StackIp()) : fd_(KernelSocket(ip, SOCK_STREAM))
    {
        const KernelAddress address(ip, port);
        connect(fd_, address.get(), address.length);
    }
    void Send(const std::string &bytes) const { KernelSend(fd_, bytes); }
    /* The next packet; false at the end of the stream. */
    bool Receive(Packet *packet)
    {
        char piece[8192];
        while (!TakePacket(&bytes_, packet)) {
            const ssize_t got = recv(fd_, piece, sizeof piece, 0);
            if (got <= 0)
                return false;
            bytes_.append(piece, static_cast<size_t>(got));
        }
        return true;
    }
    /* A ping and its reply. */
    bool Pings(uint16_t sequence = 1)
    {
        Packet reply;
        const std::string ping = PacketOf(K230_WIRE_PING, "ping", sequence);
        return send(fd_, ping.data(), ping.size(), MSG_NOSIGNAL) == 36 && Receive(&reply) &&
               reply.command == K230_WIRE_PING && reply.reply_sequence == sequence && reply.payload == "ping";
    }
    /* Nothing more comes: "" for an end, "!ECONNRESET" for a reset. */
    std::string End() const { return KernelRecv(fd_); }
    Fd &fd() { return fd_; }

  private:
    Fd fd_;
    std::string bytes_;
};

/* A peer that shall not come in; the reset may reach it while it still connects. */
class Stranger
{
  public:
    explicit Stranger(int port, const std::string &ip = StackIp()) : fd_(KernelSocket(ip, SOCK_STREAM))
    {
        const KernelAddress address(ip, port);
        connected_ = connect(fd_, address.get(), address.length) == 0;
        if (!connected_) {
            EXPECT_EQ(ECONNRESET, errno) << strerror(errno);
        } else {
            /* as if it were welcome */
            send(fd_, PacketOf(K230_WIRE_ERASE_MEMORY).data(), 32, MSG_NOSIGNAL);
        }
    }
    /* Closed, and not a byte was said. */
    bool IsTurnedAway() const
    {
        const std::string end = connected_ ? KernelRecv(fd_) : "";
        return end.empty() || end == "!ECONNRESET";
    }

  private:
    Fd fd_;
    bool connected_ = false;
};

class WireTcp : public testing::Test
{
  protected:
    void SetUp() override
    {
#ifdef K230_TEST_LWIP
        BringLwipUp();
        if (IsSkipped() || HasFatalFailure())
            return;
#endif
        board.reset(new WireBoard);
    }
    void TearDown() override
    {
        End();
        board.reset();
    }
    void Prepare(const std::string &list = KernelIp() + "," + KernelIp6(), uint16_t port = 0)
    {
        k230_wire_allow allow = {};
        if (!list.empty()) {
            ASSERT_GT(k230_wire_allow_parse(&allow, list.c_str(), nullptr), 0);
        }
        End();
        k230_wire_tcp_init(&tcp, &s_client, port, &allow);
        tcp.broadcasts = false;
        server.reset(new WireServer(board->hal(), &tcp.transport));
    }
    void Serve()
    {
        ASSERT_EQ(0, k230_wire_open(server->get()));
        ASSERT_NE(0, port());
        server->Run();
    }
    /* Before the pointer goes, which handlers read. */
    void End()
    {
        if (server)
            server->Stop();
        server.reset();
    }
    int port() const { return k230_wire_tcp_port(&tcp); }
    bool Logged(const std::string &what)
    {
        return server->Eventually([&] {
            std::lock_guard<std::mutex> guard(s_log_lock);
            for (const std::string &line : s_log)
                if (line.find(what) != std::string::npos)
                    return true;
            return false;
        });
    }

    std::unique_ptr<WireBoard> board;
    k230_wire_tcp tcp = {};
    std::unique_ptr<WireServer> server;
};

/* A PC that listens for announcements. */
class Listening
{
  public:
    explicit Listening(const std::string &ip) : fd_(KernelBound(ip, SOCK_DGRAM)), port(KernelPort(fd_)) {}
    std::string Next() const { return KernelRecv(fd_); }
    bool Hears(int timeout_ms) const
    {
        pollfd one = {fd_, POLLIN, 0};
        return poll(&one, 1, timeout_ms) == 1;
    }
    void Forget() const
    {
        while (Hears(0))
            Next();
    }

  private:
    Fd fd_;

  public:
    const int port;
};

} // namespace

TEST_F(WireTcp, APcThatIsAllowedGetsItsReplies)
{
    Prepare();
    Serve();
    Pc pc(port());
    for (uint16_t i = 0; i < 50; i++)
        ASSERT_TRUE(pc.Pings(i));
    EXPECT_EQ(1u, server->came());
    EXPECT_TRUE(Logged(KernelIp() + " is connected"));
}

TEST_F(WireTcp, LongTransfersArriveWholeBothWays)
{
    Prepare();
    Serve();
    Pc pc(port());
    Dice dice(3);
    std::string all;
    std::vector<std::string> payloads;
    for (uint16_t i = 0; i < 400; i++) {
        payloads.push_back(dice.Bytes(i % 3 ? 1024 : dice.Below(1025)));
        all += PacketOf(K230_WIRE_WRITE_MEMORY, payloads.back(), i);
    }
    std::thread sends([&] { pc.Send(all); });
    unsigned whole = 0;
    Packet reply;
    while (whole < 400 && pc.Receive(&reply) && reply.reply_sequence == whole && reply.payload == payloads[whole])
        whole++;
    EXPECT_EQ(400u, whole) << reply;
    sends.join();
    EXPECT_EQ(0u, server->get()->receiver.skipped);
}

/* ---- who may come in --------------------------------------------------------------------------------------------- */

TEST_F(WireTcp, APeerThatIsNotAllowedIsClosedAndLogged)
{
    Prepare("10.99.0.0/16,fd99::/16");
    Serve();
    for (int i = 0; i < 5; i++)
        EXPECT_TRUE(Stranger(port()).IsTurnedAway());
    EXPECT_TRUE(Logged(KernelIp() + " is not allowed"));
    server->Stop();
    EXPECT_EQ(0u, server->came());
    EXPECT_TRUE(server->packets().empty());
}

TEST_F(WireTcp, StrangersDoNotKeepAPcOut)
{
    Prepare(KernelIp() + ",fd99::1");
    Serve();
    std::vector<std::unique_ptr<Stranger>> strangers;
    for (int i = 0; i < 10; i++)
        strangers.emplace_back(new Stranger(port(), StackIp6()));
    Pc pc(port());
    ASSERT_TRUE(pc.Pings(1));
    for (int i = 0; i < 10; i++)
        strangers.emplace_back(new Stranger(port(), StackIp6()));
    for (auto &stranger : strangers)
        EXPECT_TRUE(stranger->IsTurnedAway());
    EXPECT_TRUE(pc.Pings(2));
    EXPECT_EQ(1u, server->came());
    EXPECT_EQ(2u, server->packets().size());
}

TEST_F(WireTcp, WithoutAnAllowListNothingListens)
{
    Prepare("");
    EXPECT_EQ(-K230_EACCES, k230_wire_open(server->get()));
    server->Run();
    EXPECT_TRUE(Logged("cannot be opened: EACCES"));
    EXPECT_EQ(0, port());
}

TEST_F(WireTcp, APcComesByIpv6WhereTheListNamesIt)
{
    Prepare(KernelIp6() + "/128");
    Serve();
    EXPECT_TRUE(Pc(port(), StackIp6()).Pings());
    ASSERT_TRUE(server->Gone());
    EXPECT_TRUE(Stranger(port()).IsTurnedAway());
    EXPECT_TRUE(Logged(KernelIp() + " is not allowed"));
}

TEST_F(WireTcp, APcOfIpv4ComesToAListenerOfBothFamilies)
{
    Prepare(KernelIp() + ",fd99::1");
    Serve();
    EXPECT_TRUE(Pc(port()).Pings());
    EXPECT_TRUE(Stranger(port(), StackIp6()).IsTurnedAway());
    EXPECT_TRUE(Logged(KernelIp6() + " is not allowed"));
}

#ifndef K230_TEST_LWIP /* which lets two that may share an address share the port too */
TEST_F(WireTcp, APortInUseIsLoggedAndTriedAgain)
{
    Prepare();
    Serve();
    const int taken = port();
    k230_wire_tcp second = {};
    k230_wire_tcp_init(&second, &s_client, static_cast<uint16_t>(taken), &tcp.allow);
    second.broadcasts = false;
    WireServer late(board->hal(), &second.transport);
    EXPECT_EQ(-K230_EADDRINUSE, k230_wire_open(late.get()));
    late.Run();
    server->Stop();
    EXPECT_TRUE(late.Eventually([&] { return k230_wire_tcp_port(&second) == taken; }));
    EXPECT_TRUE(Pc(taken).Pings());
}
#endif

/* ---- one PC at a time -------------------------------------------------------------------------------------------- */

TEST_F(WireTcp, ASecondPcIsToldWhoIsThereAndClosed)
{
    Prepare();
    Serve();
    Pc first(port());
    ASSERT_TRUE(first.Pings(1));
    const Packet expected = {K230_WIRE_MESSAGE, K230_WIRE_NON_CRITICAL | K230_WIRE_NO_CACHING, 0, 0,
                             "This device is in use by " + KernelIp() + "; it serves one PC at a time.\r\n"};
    Packet told;
    {
        Pc second(port());
        second.Send(PacketOf(K230_WIRE_PING)); /* as the tools do at once: it must not cost the line of text */
        ASSERT_TRUE(second.Receive(&told));
        EXPECT_EQ(expected, told);
        EXPECT_EQ("", second.End());
    }
    EXPECT_TRUE(first.Pings(2)) << "the first one is not disturbed";
    EXPECT_TRUE(server->Eventually([&] { return Pc(port()).Receive(&told); })) << "each second one is told";
    EXPECT_EQ(expected, told);
    EXPECT_TRUE(first.Pings(3));
    EXPECT_EQ(1u, server->came());
}

TEST_F(WireTcp, ASecondPcThatStaysIsClosedAfterItsTime)
{
    Prepare();
    Serve();
    Pc first(port());
    ASSERT_TRUE(first.Pings());
    Pc second(port());
    Packet told;
    ASSERT_TRUE(second.Receive(&told));
    EXPECT_TRUE(Stranger(port()).IsTurnedAway()) << "while the second one is being told";
    const int64_t until = NowMs() + PATIENCE_MS;
    while (send(second.fd(), "x", 1, MSG_NOSIGNAL) == 1 && NowMs() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_LT(NowMs(), until) << "the second one is still there";
    EXPECT_TRUE(first.Pings());
}

TEST_F(WireTcp, TheNextPcComesWhenTheFirstHasGone)
{
    Prepare();
    Serve();
    for (unsigned i = 1; i <= 5; i++) {
        EXPECT_TRUE(Pc(port()).Pings());
        ASSERT_TRUE(server->Gone(i));
    }
}

/* As tools do between deploying and debugging. */
TEST_F(WireTcp, APcThatGoesAndComesBackAtOnceIsServed)
{
    Prepare();
    Serve();
    for (unsigned i = 1; i <= 50; i++) {
        Pc pc(port());
        ASSERT_TRUE(pc.Pings()) << "visit " << i;
        if (i % 2) /* what it has not read makes its end a reset */
            pc.Send(PacketOf(K230_WIRE_PING));
    }
    EXPECT_TRUE(server->Gone(50));
}

TEST_F(WireTcp, APcMayVanishInEachStateByEndOrByReset)
{
    Prepare();
    Serve();
    const std::string packet = PacketOf(K230_WIRE_WRITE_MEMORY, "payload");
    unsigned visits = 0;
    for (const size_t cut : {0u, 1u, 8u, 20u, 32u, 36u, 39u})
        for (const bool is_reset : {false, true}) {
            {
                Pc pc(port());
                ASSERT_TRUE(server->Came(++visits));
                if (cut > 0)
                    pc.Send(packet.substr(0, cut));
                if (is_reset)
                    pc.fd().Reset();
            }
            ASSERT_TRUE(server->Gone(visits)) << "cut at " << cut;
        }
    EXPECT_TRUE(Pc(port()).Pings());
}

TEST_F(WireTcp, APcMayVanishWhileItsPacketIsHandled)
{
    Prepare();
    std::unique_ptr<Pc> pc;
    std::atomic<int> status{1};
    server->OnPacket([&](const k230_wire_header *, const uint8_t *) {
        pc->fd().Reset();
        const std::string text(K230_WIRE_PAYLOAD_MAX, 'x');
        const int64_t until = NowMs() + PATIENCE_MS;
        while ((status = k230_wire_request(server->get(), K230_WIRE_MESSAGE, 0, text.data(), 1024)) == 0 &&
               NowMs() < until)
            ;
    });
    Serve();
    pc.reset(new Pc(port()));
    pc->Send(PacketOf(K230_WIRE_PING));
    ASSERT_TRUE(server->Gone());
    EXPECT_LT(status, 0);
    server->OnPacket(nullptr);
    EXPECT_TRUE(Pc(port()).Pings());
}

TEST_F(WireTcp, APcThatReadsNothingIsGivenUp)
{
    Prepare();
    Serve();
    Pc pc(port());
    ASSERT_TRUE(pc.Pings());
    const std::string text(K230_WIRE_PAYLOAD_MAX, 'x');
    int status = 0;
    uint64_t longest = 0;
    while (status == 0) {
        const uint64_t begin = WireNowMs();
        status = k230_wire_request(server->get(), K230_WIRE_MESSAGE, 0, text.data(), K230_WIRE_PAYLOAD_MAX);
        longest = std::max(longest, WireNowMs() - begin);
    }
    EXPECT_EQ(-K230_ETIMEDOUT, status);
    EXPECT_GE(longest, K230_WIRE_WRITE_MS - 100u);
    ASSERT_TRUE(server->Gone());
    pc.fd().Reset();
    EXPECT_TRUE(Pc(port()).Pings()) << "the next one is served";
}

TEST_F(WireTcp, SilenceWithinAPacketEndsIt)
{
    Prepare();
    Serve();
    Pc pc(port());
    pc.Send(PacketOf(K230_WIRE_WRITE_MEMORY, "payload").substr(0, 35));
    std::this_thread::sleep_for(std::chrono::milliseconds(K230_WIRE_SILENCE_MS + 300));
    EXPECT_TRUE(pc.Pings());
}

/* ---- announcements ----------------------------------------------------------------------------------------------- */

TEST_F(WireTcp, IsAnnouncedWhileNobodyIsThereAndTakenBackAtTheEnd)
{
    const Listening pc(KernelIp());
    Prepare();
    tcp.discovery_port = static_cast<uint16_t>(pc.port);
    ASSERT_TRUE(k230_wire_tcp_announce_to(&tcp, KernelIp().c_str()));
    Serve();
    const std::string device = ":" + StackIp() + ":" + std::to_string(port());
    EXPECT_EQ("+" + device, pc.Next());
    const int64_t begin = NowMs();
    EXPECT_EQ("+" + device, pc.Next());
    EXPECT_EQ("+" + device, pc.Next());
    EXPECT_GE(NowMs() - begin, 2 * K230_WIRE_ANNOUNCE_MS - 600) << "once a second";
    {
        Pc connected(port());
        ASSERT_TRUE(server->Came());
        pc.Forget();
        EXPECT_FALSE(pc.Hears(1500)) << "a device that is in use is not announced";
    }
    ASSERT_TRUE(server->Gone());
    EXPECT_EQ("+" + device, pc.Next());
    pc.Forget();
    EXPECT_LE(server->Stop(), 1000u);
    std::string last;
    while (pc.Hears(500))
        last = pc.Next();
    EXPECT_EQ("-" + device, last);
}

TEST_F(WireTcp, AnnouncesToAFewAddressesAndNotToWhatIsNone)
{
    Prepare();
    EXPECT_FALSE(k230_wire_tcp_announce_to(&tcp, "somewhere"));
    EXPECT_FALSE(k230_wire_tcp_announce_to(&tcp, "::1")) << "the text of an announcement has no room for colons";
    for (unsigned i = 0; i < K230_WIRE_ANNOUNCE_MAX; i++)
        EXPECT_TRUE(k230_wire_tcp_announce_to(&tcp, "127.0.0.1"));
    EXPECT_FALSE(k230_wire_tcp_announce_to(&tcp, "127.0.0.1"));
}

#ifndef K230_TEST_LWIP
TEST_F(WireTcp, ForThisMachineAloneItListensNowhereElse)
{
    Prepare("127.0.0.1");
    EXPECT_FALSE(tcp.broadcasts);
    Serve();
    for (const char *ip : {"127.0.0.1", "127.0.0.2"}) {
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in at = {};
        at.sin_family = AF_INET;
        at.sin_port = htons(static_cast<uint16_t>(port()));
        inet_pton(AF_INET, ip, &at.sin_addr);
        const int status = connect(fd, reinterpret_cast<struct sockaddr *>(&at), sizeof at);
        EXPECT_EQ(strcmp(ip, "127.0.0.1") == 0 ? 0 : ECONNREFUSED, status == 0 ? 0 : errno) << ip;
        close(fd);
    }
}
#endif

#ifdef K230_TEST_LWIP
TEST_F(WireTcp, IsAnnouncedByBroadcast)
{
    const Listening pc("0.0.0.0");
    Prepare();
    tcp.broadcasts = true;
    tcp.discovery_port = static_cast<uint16_t>(pc.port);
    Serve();
    const std::string device = ":" + StackIp() + ":" + std::to_string(port());
    EXPECT_EQ("+" + device, pc.Next());
    EXPECT_EQ("+" + device, pc.Next());
    server->Stop();
    std::string last;
    while (pc.Hears(500))
        last = pc.Next();
    EXPECT_EQ("-" + device, last);
}
#endif

/* ---- the small core, and managed code ------------------------------------------------------------------------------
 */

TEST_F(WireTcp, ComesBackWithTheAgentWhereItWas)
{
    const Listening pc(KernelIp());
    Prepare();
    tcp.discovery_port = static_cast<uint16_t>(pc.port);
    ASSERT_TRUE(k230_wire_tcp_announce_to(&tcp, KernelIp().c_str()));
    Serve();
    const int where = port();
    for (unsigned i = 1; i <= 3; i++) {
        Pc connected(where);
        ASSERT_TRUE(connected.Pings());
        board->RestartAgent(i == 2 ? 700 : 0);
        ASSERT_TRUE(server->Gone(i)) << "the PC is known to be gone";
        ASSERT_TRUE(server->Eventually([&] { return port() == where; }));
        pc.Forget();
        EXPECT_EQ("+:" + StackIp() + ":" + std::to_string(where), pc.Next());
    }
    EXPECT_TRUE(Pc(where).Pings());
}

TEST_F(WireTcp, ComesBackWithAnAgentThatDiesWhileNobodyIsThere)
{
    Prepare();
    Serve();
    const int where = port();
    board->RestartAgent(300);
    ASSERT_TRUE(server->Eventually([&] {
        Fd fd = KernelSocket(StackIp(), SOCK_STREAM);
        const KernelAddress address(StackIp(), where);
        return connect(fd, address.get(), address.length) == 0;
    }));
    ASSERT_TRUE(server->Gone());
    EXPECT_TRUE(Pc(where).Pings());
}

TEST_F(WireTcp, ManagedCodeThatStartsAnewLeavesThePcConnected)
{
    Prepare();
    Serve();
    Pc pc(port());
    ASSERT_TRUE(pc.Pings(1));
    k230_operation op = {};
    int app;
    while ((app = k230_op_open(&s_client, &op, K230_AF_INET, K230_SOCK_STREAM, 0)) == -K230_PENDING)
        k230_op_sleep(&s_client, &op);
    ASSERT_GE(app, 0);
    k230_client_reset(&s_client);
    EXPECT_EQ(-K230_EBADF, k230_sock_type(&s_client, app)) << "the app's sockets are gone";
    EXPECT_TRUE(pc.Pings(2));
    EXPECT_EQ(1u, server->came());
    pc.fd().Close();
    ASSERT_TRUE(server->Gone());
    k230_client_reset(&s_client);
    EXPECT_TRUE(Pc(port()).Pings()) << "and the listener stays";
}

/* The time of the processor that this process takes in a second. */
static int64_t BusyMs()
{
    const auto now = [] {
        timespec time;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
        return time.tv_sec * 1000 + time.tv_nsec / 1000000;
    };
    const int64_t before = now();
    std::this_thread::sleep_for(std::chrono::milliseconds(1000));
    return now() - before;
}

TEST_F(WireTcp, AnIdleServerSleepsWithoutAPcWithOneAndWithoutAnAgent)
{
    Prepare();
    Serve();
    EXPECT_LT(BusyMs(), 150);
    {
        Pc pc(port());
        ASSERT_TRUE(pc.Pings());
        EXPECT_LT(BusyMs(), 150) << "beside a PC that says nothing";
    }
    ASSERT_TRUE(server->Gone());
    server->Stop();
    Prepare();
    board->Halt();
    k230_client_stop(&s_client); /* no session, and no agent that would begin one */
    server->Run();
    EXPECT_LT(BusyMs(), 150) << "while the small core is away";
    EXPECT_LE(server->Stop(), 1000u);
    board->Run();
    Prepare();
    Serve();
    EXPECT_TRUE(Pc(port()).Pings()) << "and it serves again";
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

TEST_F(WireTcp, EndsWithinASecondWithAndWithoutAPc)
{
    Prepare();
    Serve();
    EXPECT_LE(server->Stop(), 1000u);
    EXPECT_EQ(0, port());
    Prepare();
    Serve();
    Pc pc(port());
    ASSERT_TRUE(pc.Pings());
    EXPECT_LE(server->Stop(), 1000u);
    EXPECT_EQ("", pc.End());
}

TEST_F(WireTcp, EndsWithinASecondWhileAPcReadsNothing)
{
    Prepare();
    Serve();
    Pc pc(port());
    ASSERT_TRUE(pc.Pings());
    std::thread talks([&] {
        const std::string text(K230_WIRE_PAYLOAD_MAX, 'x');
        while (k230_wire_request(server->get(), K230_WIRE_MESSAGE, 0, text.data(), K230_WIRE_PAYLOAD_MAX) == 0)
            ;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    EXPECT_LE(server->Stop(), 1000u);
    talks.join();
    pc.fd().Reset();
}

TEST_F(WireTcp, EndsWithinASecondWhileTheAgentStandsStill)
{
    const Listening pc(KernelIp());
    Prepare();
    tcp.discovery_port = static_cast<uint16_t>(pc.port);
    ASSERT_TRUE(k230_wire_tcp_announce_to(&tcp, KernelIp().c_str()));
    Serve();
    pc.Next();
    board->Halt();
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    EXPECT_LE(server->Stop(), 1000u);
    board->Run();
}

TEST_F(WireTcp, WhatWasSentBeforeTheEndArrives)
{
    Prepare();
    server->OnPacket([&](const k230_wire_header *, const uint8_t *) {
        k230_wire_request(server->get(), K230_WIRE_PROGRAM_EXIT, K230_WIRE_NON_CRITICAL, nullptr, 0);
        k230_wire_stop(server->get());
    });
    Serve();
    Pc pc(port());
    pc.Send(PacketOf(K230_WIRE_REBOOT));
    Packet last;
    ASSERT_TRUE(pc.Receive(&last));
    EXPECT_EQ(static_cast<uint32_t>(K230_WIRE_PROGRAM_EXIT), last.command);
    EXPECT_EQ("", pc.End());
}
