/* The natives of interop/native as nanoCLR would run them, with the real client, the real agent and kernel sockets. The
 * CLR is clr_double.h: it enters a native again from the top after each wait, and moves every array before.
 *
 * A lost wake-up cannot hide here: K230_CLR_LOOK_MS is an hour in this build.
 */
#include "../board.h"

#include "clr_double.h"
#include "k230_clr.h"
#include "K230_Sockets.h"
#include "K230_Sockets_Target.h"
#include "nanoHAL_v2.h"

#include <climits>

typedef Library_K230_Sockets_K230_Sockets_NativeSocket N;

static const CLR_RT_MethodHandler OPEN = N::Open___STATIC__I4__I4__I4__I4;
static const CLR_RT_MethodHandler CLOSE = N::Close___STATIC__I4__I4__I4;
static const CLR_RT_MethodHandler BIND = N::Bind___STATIC__I4__I4__SZARRAY_U1;
static const CLR_RT_MethodHandler LISTEN = N::Listen___STATIC__I4__I4__I4;
static const CLR_RT_MethodHandler ACCEPT = N::Accept___STATIC__I4__I4__SZARRAY_U1__I4;
static const CLR_RT_MethodHandler CONNECT = N::Connect___STATIC__I4__I4__SZARRAY_U1__I4;
static const CLR_RT_MethodHandler SEND = N::Send___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4;
static const CLR_RT_MethodHandler SENDALL = N::SendAll___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4;
static const CLR_RT_MethodHandler SENDTO = N::SendTo___STATIC__I4__I4__SZARRAY_U1__I4__I4__SZARRAY_U1__I4;
static const CLR_RT_MethodHandler RECV = N::Recv___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4__I4;
static const CLR_RT_MethodHandler RECVFROM = N::RecvFrom___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4__SZARRAY_U1__I4;
static const CLR_RT_MethodHandler READLINE = N::ReadLine___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4;
static const CLR_RT_MethodHandler KEEP = N::Keep___STATIC__I4__I4__I4;
static const CLR_RT_MethodHandler AVAILABLE = N::Available___STATIC__I4__I4;
static const CLR_RT_MethodHandler SETOPTION = N::SetOption___STATIC__I4__I4__I4__I4__SZARRAY_U1;
static const CLR_RT_MethodHandler POLL = N::Poll___STATIC__I4__SZARRAY_U1__I4__I4__I4;
static const CLR_RT_MethodHandler NUDGES = N::Nudges___STATIC__I4;
static const CLR_RT_MethodHandler NUDGE = N::Nudge___STATIC__I4;
static const CLR_RT_MethodHandler RESOLVE = N::Resolve___STATIC__I4__STRING__STRING__I4__I4__I4__I4__SZARRAY_U1__I4;
static const CLR_RT_MethodHandler NETWORK = N::Network___STATIC__I4__I4__I4;

static const CLR_RT_MethodHandler INTERFACE = N::Interface___STATIC__I4__I4__SZARRAY_U1__I4;
static const CLR_RT_MethodHandler COLLECT = N::Collect___STATIC__I4__I4;

static const int FOREVER = -1;

static ManagedRef Record(const struct k230_addr &addr)
{
    return NewBytes(std::string(reinterpret_cast<const char *>(&addr), sizeof addr));
}

static struct k230_addr AddressIn(const ManagedRef &record, size_t at = 0)
{
    struct k230_addr addr;
    memcpy(&addr, record->Read().data() + at, sizeof addr);
    return addr;
}

static ManagedRef Number(int32_t value) { return NewBytes(std::string(reinterpret_cast<const char *>(&value), 4)); }

struct Entry {
    int32_t handle;
    uint16_t mask;
    uint16_t revents;
};

static ManagedRef Entries(const std::vector<Entry> &entries)
{
    return NewBytes(std::string(reinterpret_cast<const char *>(entries.data()), entries.size() * sizeof(Entry)));
}

static Entry EntryIn(const ManagedRef &entries, size_t index)
{
    Entry entry;
    memcpy(&entry, entries->Read().data() + index * sizeof entry, sizeof entry);
    return entry;
}

class ClrTest : public ::testing::Test
{
  protected:
    explicit ClrTest(const struct k230_limits &limits = Limits(64, 72), bool agent_runs = true)
        : board_(new Board(limits, agent_runs))
    {
        g_CLR_RT_ExecutionEngine.m_raisedEvents = 0;
        K230_Sockets_Start(board_->client());
        Attend();
    }

    ~ClrTest() override
    {
        for (const int handle : open_)
            clr_.Call(CLOSE, {handle, 0});
        EXPECT_EQ(0u, k230_clr_waiting()) << "calls that nobody waits for";
        ExpectNothingArmed();
        Leave();
        board_->ExpectClean();
        k230_clr_reboot();
    }

    Board &b() { return *board_; }

    void Attend()
    {
        attending_ = true;
        attendant_ = std::thread([this] {
            while (attending_)
                k230_client_attend(board_->client());
        });
    }
    void Leave()
    {
        if (!attendant_.joinable())
            return;
        attending_ = false;
        attendant_.join();
    }

    void ExpectNothingArmed()
    {
        struct k230_client *client = b().client();
        k230_engine_lock(&client->engine);
        EXPECT_EQ(0u, client->engine.parked);
        for (const uint32_t count : client->engine.armed)
            EXPECT_EQ(0u, count);
        k230_engine_unlock(&client->engine);
    }

    int Keep(int handle)
    {
        EXPECT_GE(handle, 0);
        if (handle >= 0)
            open_.push_back(handle);
        return handle;
    }
    int Close(int handle)
    {
        open_.erase(std::remove(open_.begin(), open_.end(), handle), open_.end());
        return clr_.Call(CLOSE, {handle, 0});
    }
    int OpenTcp() { return Keep(clr_.Call(OPEN, {K230_AF_INET, K230_SOCK_STREAM, 0})); }
    int OpenUdp() { return Keep(clr_.Call(OPEN, {K230_AF_INET, K230_SOCK_DGRAM, 0})); }
    /* Connected to a kernel socket. */
    int Pair(Fd *peer)
    {
        Fd listener = KernelListener();
        const int handle = OpenTcp();
        EXPECT_EQ(0, clr_.Call(CONNECT, {handle, Record(Loopback(PortOf(listener.get()))), FOREVER}));
        *peer = KernelAccept(listener);
        return handle;
    }
    int Listener(int *port)
    {
        const int handle = OpenTcp();
        EXPECT_EQ(0, clr_.Call(BIND, {handle, Record(Loopback(0))}));
        EXPECT_EQ(0, clr_.Call(LISTEN, {handle, 16}));
        *port = b().Port(handle);
        return handle;
    }
    ThreadRef StartRecv(int handle, const ManagedRef &data, int timeout_ms = FOREVER)
    {
        return clr_.Start(RECV, {handle, data, 0, static_cast<int>(data->Read().size()), 0, timeout_ms});
    }
    std::string Recv(int handle, int length)
    {
        const ManagedRef data = NewArray(static_cast<size_t>(length));
        const int got = clr_.Call(RECV, {handle, data, 0, length, 0, FOREVER});
        EXPECT_GE(got, 0);
        return data->Read(got > 0 ? static_cast<size_t>(got) : 0);
    }

    std::unique_ptr<Board> board_;
    Clr clr_;

  private:
    std::vector<int> open_;
    std::atomic<bool> attending_{false};
    std::thread attendant_;
};

/* ---- the border -------------------------------------------------------------------------------------------------- */

TEST(ClrTable, HasTheNativesInTheOrderOfTheBorder)
{
    const CLR_RT_MethodHandler natives[] = {OPEN,   CLOSE, BIND,     LISTEN,   ACCEPT,    CONNECT,   SEND,      SENDALL,
                                            SENDTO, RECV,  RECVFROM, READLINE, KEEP,      AVAILABLE, SETOPTION, POLL,
                                            NUDGES, NUDGE, RESOLVE,  NETWORK,  INTERFACE, COLLECT};
    const CLR_RT_MethodHandler *slot =
        static_cast<const CLR_RT_MethodHandler *>(g_CLR_AssemblyNative_K230_Sockets.m_pNativeMethods);
    EXPECT_STREQ("K230.Sockets", g_CLR_AssemblyNative_K230_Sockets.m_szAssemblyName);
    for (const CLR_RT_MethodHandler native : natives) {
        while (*slot == nullptr) /* a method that is not native */
            slot++;
        EXPECT_EQ(native, *slot++);
    }
}

TEST_F(ClrTest, AConnectionSendsReceivesAndEnds)
{
    Fd peer;
    const int handle = Pair(&peer);
    EXPECT_EQ(5, clr_.Call(SEND, {handle, NewBytes("xxhelloxx"), 2, 5, FOREVER}));
    EXPECT_EQ("hello", KernelRecv(peer, 5));
    KernelSend(peer, "world");
    const ManagedRef data = NewBytes("..........");
    EXPECT_EQ(5, clr_.Call(RECV, {handle, data, 3, 7, 0, FOREVER}));
    EXPECT_EQ("...world..", data->Read()) << "only the range that was given";
    KernelSend(peer, "more");
    EXPECT_TRUE(clr_.TurnUntil([&] { return clr_.Call(AVAILABLE, {handle}) == 4; }, PATIENCE_MS));
    EXPECT_EQ("more", Recv(handle, 100));
    peer.Close();
    EXPECT_EQ("", Recv(handle, 100)) << "the end of the stream";
    EXPECT_EQ(0, Close(handle));
    EXPECT_EQ(-K230_EBADF, clr_.Call(CLOSE, {handle, 0}));
}

TEST_F(ClrTest, AcceptWaitsForAConnectionAndTellsThePeer)
{
    int port;
    const int listener = Listener(&port);
    const ManagedRef peer = NewArray(K230_ADDR_SIZE + 3);
    const ThreadRef accept = clr_.Start(ACCEPT, {listener, peer, FOREVER});
    clr_.Turn(20);
    EXPECT_FALSE(accept->done);
    Fd fd = KernelConnect(port);
    EXPECT_EQ(S_OK, clr_.Finish(accept));
    const int handle = Keep(accept->result());
    EXPECT_EQ("127.0.0.1 " + std::to_string(PortOf(fd.get())), Text(AddressIn(peer)));
    KernelSend(fd, "hi");
    EXPECT_EQ("hi", Recv(handle, 10));
    EXPECT_EQ(-K230_EAGAIN, clr_.Call(ACCEPT, {listener, peer, 0}));
}

TEST_F(ClrTest, ADatagramGoesOnceHoweverOftenTheCallIsEntered)
{
    Fd peer = KernelBound(SOCK_DGRAM);
    const int handle = OpenUdp();
    EXPECT_EQ(0, clr_.Call(BIND, {handle, Record(Loopback(0))}));
    b().Halt();
    const ThreadRef send =
        clr_.Start(SENDTO, {handle, NewBytes("..ping.."), 2, 4, Record(Loopback(PortOf(peer.get()))), FOREVER});
    EXPECT_FALSE(send->done) << "the first to a destination waits for what the stack says";
    for (int i = 0; i < 5; i++) {
        clr_.WakeForNothing();
        clr_.Turn(0);
    }
    EXPECT_GE(send->entries, 6);
    b().Run();
    EXPECT_EQ(S_OK, clr_.Finish(send));
    EXPECT_EQ(4, send->result());
    EXPECT_EQ("ping", KernelRecv(peer, 4));
    EXPECT_FALSE(KernelReady(peer.get(), POLLIN, 50)) << "a second one";

    struct sockaddr_storage to;
    const socklen_t length = HostAddress(Loopback(b().Port(handle)), &to);
    EXPECT_EQ(6, sendto(peer.get(), "answer", 6, 0, reinterpret_cast<struct sockaddr *>(&to), length));
    const ManagedRef data = NewArray(20);
    const ManagedRef from = NewArray(K230_ADDR_SIZE);
    EXPECT_EQ(6, clr_.Call(RECVFROM, {handle, data, 0, 20, 0, from, FOREVER}));
    EXPECT_EQ("answer", data->Read(6));
    EXPECT_EQ(PortOf(peer.get()), AddressIn(from).port);
}

TEST_F(ClrTest, SendAllMovesEveryByteOnceWhileTheArrayMoves)
{
    Fd peer;
    const int handle = Pair(&peer);
    const std::string bytes = Pattern(16u << 20); /* more than the kernel's buffers take */
    const ThreadRef send = clr_.Start(SENDALL, {handle, NewBytes(bytes), 0, static_cast<int>(bytes.size()), FOREVER});
    EXPECT_FALSE(send->done);
    std::future<std::string> received = std::async(std::launch::async, [&] { return KernelRecv(peer, bytes.size()); });
    while (!send->done) {
        clr_.Turn(1);
        clr_.WakeForNothing();
    }
    EXPECT_EQ(static_cast<int>(bytes.size()), send->result());
    EXPECT_GT(send->entries, 1);
    EXPECT_TRUE(bytes == received.get());
}

TEST_F(ClrTest, SendAllThatDoesNotWaitSaysHowMuchWentIn)
{
    Fd peer;
    const int handle = Pair(&peer);
    const std::string bytes = Pattern(8u << 20);
    const int sent = clr_.Call(SENDALL, {handle, NewBytes(bytes), 0, static_cast<int>(bytes.size()), 0});
    EXPECT_GT(sent, 0);
    EXPECT_LT(sent, static_cast<int>(bytes.size()));
    EXPECT_TRUE(bytes.substr(0, static_cast<size_t>(sent)) == KernelRecv(peer, static_cast<size_t>(sent)));
}

TEST_F(ClrTest, ReadLineWaitsForTheWholeLine)
{
    Fd peer;
    const int handle = Pair(&peer);
    const ManagedRef data = NewArray(100);
    const ThreadRef line = clr_.Start(READLINE, {handle, data, 0, 100, FOREVER});
    KernelSend(peer, "half a li");
    EXPECT_TRUE(clr_.TurnUntil([&] { return clr_.Call(AVAILABLE, {handle}) == 9; }, PATIENCE_MS));
    EXPECT_FALSE(line->done);
    KernelSend(peer, "ne\nand more");
    EXPECT_EQ(S_OK, clr_.Finish(line));
    EXPECT_EQ(12, line->result());
    EXPECT_EQ("half a line\n", data->Read(12));
    EXPECT_EQ("and more", Recv(handle, 100));
}

TEST_F(ClrTest, KeptBytesEndAReceiveUnderWay)
{
    Fd peer;
    const int handle = Pair(&peer);
    const ThreadRef recv = StartRecv(handle, NewArray(10));
    EXPECT_EQ(0, clr_.Call(KEEP, {handle, 1}));
    EXPECT_EQ(S_OK, clr_.Finish(recv));
    EXPECT_EQ(-K230_EINTR, recv->result());
    const ManagedRef entries = Entries({{handle, K230_POLLIN, 0}});
    EXPECT_EQ(1, clr_.Call(POLL, {entries, 1, FOREVER, clr_.Call(NUDGES, {})}));
    EXPECT_EQ(0, clr_.Call(KEEP, {handle, 0}));
    EXPECT_EQ(-K230_EAGAIN, clr_.Call(RECV, {handle, NewArray(10), 0, 10, 0, 0}));
}

TEST_F(ClrTest, OptionsAreSetAndRefused)
{
    const int handle = OpenTcp();
    EXPECT_EQ(0, clr_.Call(SETOPTION, {handle, K230_SOL_SOCKET, K230_SO_REUSEADDR, Number(1)}));
    EXPECT_EQ(-K230_ENOPROTOOPT, clr_.Call(SETOPTION, {handle, K230_SOL_SOCKET, 999, Number(1)}));
    EXPECT_EQ(-K230_EINVAL, clr_.Call(SETOPTION, {handle, K230_SOL_SOCKET, K230_SO_REUSEADDR, NewArray(3)}));
    EXPECT_EQ(0, clr_.Call(SETOPTION, {handle, K230_SOL_SOCKET, K230_SO_REUSEADDR, NewArray(4096)})) << "as on Linux";
    EXPECT_EQ(CLR_E_ARGUMENT_NULL, clr_.Fault(SETOPTION, {handle, K230_SOL_SOCKET, K230_SO_REUSEADDR, nullptr}));
}

TEST_F(ClrTest, NamesAreLookedUpWhileOtherThreadsRun)
{
    const ManagedRef answer = NewArray(K230_HOST_MAX + 1u + 4u * K230_ADDR_SIZE);
    const int count = clr_.Call(RESOLVE, {NewString("127.0.0.1"), NewString("80"), K230_AF_INET, K230_SOCK_STREAM, 0,
                                          K230_AI_CANONNAME, answer, FOREVER});
    EXPECT_EQ(1, count);
    EXPECT_EQ("127.0.0.1 80", Text(AddressIn(answer, K230_HOST_MAX + 1u)));
    EXPECT_STREQ("127.0.0.1", answer->Read().c_str());
    EXPECT_EQ(-K230_EAI_NONAME, clr_.Call(RESOLVE, {NewString("no address"), NewString("80"), 0, K230_SOCK_STREAM, 0,
                                                    K230_AI_NUMERICHOST, answer, FOREVER}));
    EXPECT_EQ(1, clr_.Call(RESOLVE, {NewString("::1"), nullptr, 0, K230_SOCK_STREAM, 0, 0, answer, FOREVER}))
        << "without a service";
    EXPECT_EQ(0, clr_.Call(RESOLVE,
                           {NewString("127.0.0.1"), NewString("80"), 0, K230_SOCK_STREAM, 0, 0, NewArray(3), FOREVER}))
        << "no room for an address";
}

/* ---- arguments --------------------------------------------------------------------------------------------------- */

TEST_F(ClrTest, NullArraysAreArgumentFaults)
{
    const ManagedRef record = Record(Loopback(1));
    EXPECT_EQ(CLR_E_ARGUMENT_NULL, clr_.Fault(BIND, {1, nullptr}));
    EXPECT_EQ(CLR_E_ARGUMENT_NULL, clr_.Fault(CONNECT, {1, nullptr, 0}));
    EXPECT_EQ(CLR_E_ARGUMENT_NULL, clr_.Fault(ACCEPT, {1, nullptr, 0}));
    EXPECT_EQ(CLR_E_ARGUMENT_NULL, clr_.Fault(SEND, {1, nullptr, 0, 0, 0}));
    EXPECT_EQ(CLR_E_ARGUMENT_NULL, clr_.Fault(SENDALL, {1, nullptr, 0, 0, 0}));
    EXPECT_EQ(CLR_E_ARGUMENT_NULL, clr_.Fault(SENDTO, {1, nullptr, 0, 0, record, 0}));
    EXPECT_EQ(CLR_E_ARGUMENT_NULL, clr_.Fault(SENDTO, {1, record, 0, 0, nullptr, 0}));
    EXPECT_EQ(CLR_E_ARGUMENT_NULL, clr_.Fault(RECV, {1, nullptr, 0, 0, 0, 0}));
    EXPECT_EQ(CLR_E_ARGUMENT_NULL, clr_.Fault(RECVFROM, {1, nullptr, 0, 0, 0, record, 0}));
    EXPECT_EQ(CLR_E_ARGUMENT_NULL, clr_.Fault(RECVFROM, {1, record, 0, 0, 0, nullptr, 0}));
    EXPECT_EQ(CLR_E_ARGUMENT_NULL, clr_.Fault(READLINE, {1, nullptr, 0, 0, 0}));
    EXPECT_EQ(CLR_E_ARGUMENT_NULL, clr_.Fault(POLL, {nullptr, 0, 0, 0}));
    EXPECT_EQ(CLR_E_ARGUMENT_NULL, clr_.Fault(RESOLVE, {nullptr, NewString("1"), 0, 1, 0, 0, NewArray(300), 0}));
    EXPECT_EQ(CLR_E_ARGUMENT_NULL, clr_.Fault(RESOLVE, {NewString("x"), NewString("1"), 0, 1, 0, 0, nullptr, 0}));
}

TEST_F(ClrTest, RangesOutsideTheArrayAreRefusedWithoutOverflow)
{
    const ManagedRef data = NewArray(10);
    const ManagedRef record = Record(Loopback(1));
    const int ranges[][2] = {{-1, 1}, {1, -1}, {INT_MIN, 0},       {0, INT_MIN}, {0, 11},      {11, 0},
                             {5, 6},  {10, 1}, {INT_MAX, INT_MAX}, {1, INT_MAX}, {INT_MAX, 1}, {INT_MIN, INT_MAX}};
    for (const auto &range : ranges) {
        const int offset = range[0];
        const int count = range[1];
        EXPECT_EQ(CLR_E_OUT_OF_RANGE, clr_.Fault(SEND, {1, data, offset, count, 0})) << offset << " " << count;
        EXPECT_EQ(CLR_E_OUT_OF_RANGE, clr_.Fault(SENDALL, {1, data, offset, count, 0}));
        EXPECT_EQ(CLR_E_OUT_OF_RANGE, clr_.Fault(SENDTO, {1, data, offset, count, record, 0}));
        EXPECT_EQ(CLR_E_OUT_OF_RANGE, clr_.Fault(RECV, {1, data, offset, count, 0, 0}));
        EXPECT_EQ(CLR_E_OUT_OF_RANGE, clr_.Fault(RECVFROM, {1, data, offset, count, 0, record, 0}));
        EXPECT_EQ(CLR_E_OUT_OF_RANGE, clr_.Fault(READLINE, {1, data, offset, count, 0}));
    }
    for (const int count : {-1, INT_MIN, 2, INT_MAX})
        EXPECT_EQ(CLR_E_OUT_OF_RANGE, clr_.Fault(POLL, {NewArray(15), count, 0, 0}));
    const ManagedRef shorter = NewArray(K230_ADDR_SIZE - 1u);
    EXPECT_EQ(CLR_E_OUT_OF_RANGE, clr_.Fault(BIND, {1, shorter}));
    EXPECT_EQ(CLR_E_OUT_OF_RANGE, clr_.Fault(CONNECT, {1, shorter, 0}));
    EXPECT_EQ(CLR_E_OUT_OF_RANGE, clr_.Fault(ACCEPT, {1, shorter, 0}));
    EXPECT_EQ(CLR_E_OUT_OF_RANGE, clr_.Fault(SENDTO, {1, data, 0, 1, shorter, 0}));
    EXPECT_EQ(CLR_E_OUT_OF_RANGE, clr_.Fault(RECVFROM, {1, data, 0, 1, 0, shorter, 0}));
}

TEST_F(ClrTest, HandlesThatNobodyGaveOutAreBadDescriptors)
{
    OpenTcp();
    const ManagedRef data = NewArray(10);
    const ManagedRef record = Record(Loopback(1));
    for (const int handle : {-1, INT_MIN, INT_MAX, 0, 0x7FFF, 0x20000, 12345678}) {
        EXPECT_EQ(-K230_EBADF, clr_.Call(CLOSE, {handle, 0})) << handle;
        EXPECT_EQ(-K230_EBADF, clr_.Call(BIND, {handle, record})) << handle;
        EXPECT_EQ(-K230_EBADF, clr_.Call(LISTEN, {handle, 1})) << handle;
        EXPECT_EQ(-K230_EBADF, clr_.Call(ACCEPT, {handle, NewArray(28), FOREVER})) << handle;
        EXPECT_EQ(-K230_EBADF, clr_.Call(CONNECT, {handle, record, FOREVER})) << handle;
        EXPECT_EQ(-K230_EBADF, clr_.Call(SEND, {handle, data, 0, 10, FOREVER})) << handle;
        EXPECT_EQ(-K230_EBADF, clr_.Call(SENDALL, {handle, data, 0, 10, FOREVER})) << handle;
        EXPECT_EQ(-K230_EBADF, clr_.Call(SENDTO, {handle, data, 0, 10, record, FOREVER})) << handle;
        EXPECT_EQ(-K230_EBADF, clr_.Call(RECV, {handle, data, 0, 10, 0, FOREVER})) << handle;
        EXPECT_EQ(-K230_EBADF, clr_.Call(RECVFROM, {handle, data, 0, 10, 0, NewArray(28), FOREVER})) << handle;
        EXPECT_EQ(-K230_EBADF, clr_.Call(READLINE, {handle, data, 0, 10, FOREVER})) << handle;
        EXPECT_EQ(-K230_EBADF, clr_.Call(AVAILABLE, {handle})) << handle;
        EXPECT_EQ(-K230_EBADF, clr_.Call(SETOPTION, {handle, 1, 2, Number(1)})) << handle;
        EXPECT_EQ(0, clr_.Call(KEEP, {handle, 1}));
        EXPECT_EQ(1, clr_.Call(POLL, {Entries({{handle, 0, 0}}), 1, FOREVER, clr_.Call(NUDGES, {})})) << handle;
    }
    EXPECT_EQ(-K230_EAFNOSUPPORT, clr_.Call(OPEN, {INT_MAX, K230_SOCK_STREAM, 0}));
    EXPECT_EQ(-K230_EINVAL, clr_.Call(OPEN, {K230_AF_INET, INT_MIN, 0}));
    EXPECT_EQ(-K230_EPROTONOSUPPORT, clr_.Call(OPEN, {K230_AF_INET, K230_SOCK_STREAM, INT_MAX}));
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

TEST_F(ClrTest, AWaitingCallHoldsUpNobody)
{
    Fd peer;
    const int handle = Pair(&peer);
    const ManagedRef data = NewArray(10);
    const ThreadRef recv = StartRecv(handle, data);
    for (int i = 0; i < 100; i++)
        EXPECT_EQ(0, clr_.Call(AVAILABLE, {handle}));
    EXPECT_EQ(1, recv->entries) << "nothing happened, so it was not entered again";
    KernelSend(peer, "x");
    EXPECT_EQ(S_OK, clr_.Finish(recv));
    EXPECT_EQ("x", data->Read(1));
    EXPECT_LE(clr_.longest_entry_ms(), 1000u);
}

TEST_F(ClrTest, TimeoutsEndOnTime)
{
    Fd peer;
    const int handle = Pair(&peer);
    int port;
    const int listener = Listener(&port);
    FullListener full;
    const int connecting = OpenTcp();
    const int udp = OpenUdp();
    EXPECT_EQ(0, clr_.Call(BIND, {udp, Record(Loopback(0))}));
    const ManagedRef data = NewArray(10);
    const uint64_t start = NowMs();
    const std::vector<ThreadRef> waits = {
        clr_.Start(RECV, {handle, data, 0, 10, 0, 300}),
        clr_.Start(READLINE, {handle, data, 0, 10, 300}),
        clr_.Start(ACCEPT, {listener, NewArray(28), 300}),
        clr_.Start(CONNECT, {connecting, Record(Loopback(full.port())), 300}),
        clr_.Start(RECVFROM, {udp, data, 0, 10, 0, NewArray(28), 300}),
    };
    const ThreadRef poll = clr_.Start(POLL, {Entries({{handle, K230_POLLIN, 0}}), 1, 300, clr_.Call(NUDGES, {})});
    for (const ThreadRef &wait : waits) {
        EXPECT_EQ(S_OK, clr_.Finish(wait));
        EXPECT_EQ(-K230_ETIMEDOUT, wait->result());
    }
    EXPECT_EQ(S_OK, clr_.Finish(poll));
    EXPECT_EQ(0, poll->result());
    EXPECT_GE(NowMs() - start, 299u);
    EXPECT_LE(NowMs() - start, 300u + PROMPT_MS);
    EXPECT_EQ(-K230_EAGAIN, clr_.Call(RECV, {handle, data, 0, 10, 0, 0}));
    EXPECT_EQ(-K230_EAGAIN, clr_.Call(RECV, {handle, data, 0, 10, K230_MSG_DONTWAIT, FOREVER}));
}

TEST_F(ClrTest, TheTimeOfASendStartsAnewWhenBytesHaveMoved)
{
    Fd peer;
    const int handle = Pair(&peer);
    const std::string bytes = Pattern(24u << 20); /* more than the kernel's buffers take */
    const ThreadRef send = clr_.Start(SENDALL, {handle, NewBytes(bytes), 0, static_cast<int>(bytes.size()), 800});
    std::vector<char> piece(256u * 1024u);
    const uint64_t start = NowMs();
    for (uint64_t next = start; NowMs() - start < 2000 && !send->done; next += 100) {
        recv(peer.get(), piece.data(), piece.size(), MSG_DONTWAIT);
        clr_.TurnUntil([&] { return NowMs() >= next; }, PATIENCE_MS);
    }
    EXPECT_FALSE(send->done) << "it moved all the time: " << send->result();
    EXPECT_EQ(S_OK, clr_.Finish(send));
    EXPECT_EQ(-K230_ETIMEDOUT, send->result());
}

TEST_F(ClrTest, CloseByAnotherThreadWakesEveryWaiterWithEbadf)
{
    Fd peer;
    const int handle = Pair(&peer);
    int port;
    const int listener = Listener(&port);
    const ManagedRef entries = Entries({{handle, K230_POLLIN, 0}});
    const std::vector<ThreadRef> waits = {
        StartRecv(handle, NewArray(10)),
        StartRecv(handle, NewArray(10)),
        clr_.Start(READLINE, {handle, NewArray(10), 0, 10, FOREVER}),
        clr_.Start(ACCEPT, {listener, NewArray(28), FOREVER}),
    };
    const ThreadRef poll = clr_.Start(POLL, {entries, 1, FOREVER, clr_.Call(NUDGES, {})});
    EXPECT_EQ(0, Close(handle));
    EXPECT_EQ(0, Close(listener));
    for (const ThreadRef &wait : waits) {
        EXPECT_EQ(S_OK, clr_.Finish(wait));
        EXPECT_EQ(-K230_EBADF, wait->result());
    }
    EXPECT_EQ(S_OK, clr_.Finish(poll));
    EXPECT_EQ(1, poll->result());
    EXPECT_EQ(K230_POLLNVAL, EntryIn(entries, 0).revents);
}

TEST_F(ClrTest, TwoReadersOfOneSocketGetEachByteOnce)
{
    Fd peer;
    const int handle = Pair(&peer);
    const std::string bytes = Pattern(300000);
    std::thread sender([&] { KernelSend(peer, bytes); });
    std::vector<ManagedRef> buffers = {NewArray(1000), NewArray(1000)};
    std::vector<ThreadRef> readers = {StartRecv(handle, buffers[0]), StartRecv(handle, buffers[1])};
    std::string got;
    const uint64_t until = NowMs() + PATIENCE_MS;
    while (got.size() < bytes.size() && NowMs() < until) {
        bool took = false;
        for (size_t i = 0; i < readers.size(); i++) {
            if (!readers[i]->done)
                continue;
            ASSERT_GT(readers[i]->result(), 0);
            got += buffers[i]->Read(static_cast<size_t>(readers[i]->result()));
            readers[i] = StartRecv(handle, buffers[i]);
            took = true;
        }
        if (!took)
            clr_.Turn(1000);
    }
    for (const ThreadRef &reader : readers)
        clr_.Abort(reader);
    sender.join();
    /* Two calls of one turn may be looked at here in the other order. */
    std::string sorted = got;
    std::string expected = bytes;
    std::sort(sorted.begin(), sorted.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_TRUE(sorted == expected) << got.size();
}

TEST_F(ClrTest, NoWakeUpIsLostInManyRoundTrips)
{
    Fd peer;
    const int handle = Pair(&peer);
    const int rounds = 2000;
    std::thread echo([&] {
        for (int i = 0; i < rounds; i++) {
            const std::string byte = KernelRecv(peer, 1);
            if (byte.empty())
                return;
            KernelSend(peer, byte);
        }
    });
    const uint64_t start = NowMs();
    for (int i = 0; i < rounds; i++) {
        const ManagedRef data = NewArray(1);
        const ThreadRef recv = StartRecv(handle, data);
        ASSERT_EQ(1, clr_.Call(SEND, {handle, NewBytes(std::string(1, static_cast<char>(i))), 0, 1, FOREVER}));
        ASSERT_EQ(S_OK, clr_.Finish(recv));
        ASSERT_EQ(static_cast<char>(i), data->Read()[0]);
    }
    echo.join();
    EXPECT_LT(NowMs() - start, static_cast<uint64_t>(PATIENCE_MS));
}

/* Without its doorbells every wait takes a look of the watchdog, and none is for ever. */
TEST_F(ClrTest, EveryKindOfWaitEndsThoughEveryDoorbellIsLost)
{
    Fd peer;
    const int handle = Pair(&peer);
    Fd polled_peer;
    const int polled = Pair(&polled_peer);
    int port;
    const int listener = Listener(&port);
    Fd kernel = KernelListener();
    const int connecting = OpenTcp();
    b().LoseDoorbells();
    const ManagedRef data = NewArray(10);
    const ManagedRef answer = NewArray(1000);
    const ManagedRef entries = Entries({{polled, K230_POLLIN, 0}});
    const std::vector<std::pair<const char *, ThreadRef>> waits = {
        {"Recv", StartRecv(handle, data)},
        {"Poll", clr_.Start(POLL, {entries, 1, FOREVER, clr_.Call(NUDGES, {})})},
        {"Accept", clr_.Start(ACCEPT, {listener, NewArray(28), FOREVER})},
        {"Connect", clr_.Start(CONNECT, {connecting, Record(Loopback(PortOf(kernel.get()))), FOREVER})},
        {"Resolve", clr_.Start(RESOLVE, {NewString("localhost"), NewString("80"), 0, 0, 0, 0, answer, FOREVER})},
        {"Open", clr_.Start(OPEN, {K230_AF_INET, K230_SOCK_STREAM, 0})},
    };
    clr_.Turn(1);
    KernelSend(peer, "x");
    KernelSend(polled_peer, "x");
    Fd client = KernelConnect(port);
    for (const auto &wait : waits) {
        EXPECT_TRUE(clr_.TurnUntil([&] { return wait.second->done; }, PATIENCE_MS)) << wait.first << " waits for ever";
        EXPECT_GE(wait.second->result(), 0) << wait.first;
    }
    Keep(waits[2].second->result());
    Keep(waits[5].second->result());
}

TEST_F(ClrTest, ANudgeEndsAPollAlsoOneThatWatchesNothing)
{
    OpenTcp();
    const int nudges = clr_.Call(NUDGES, {});
    const ThreadRef poll = clr_.Start(POLL, {NewArray(8), 0, FOREVER, nudges});
    EXPECT_FALSE(poll->done);
    EXPECT_EQ(0, clr_.Call(NUDGE, {}));
    EXPECT_EQ(S_OK, clr_.Finish(poll));
    EXPECT_EQ(-K230_EINTR, poll->result());
    EXPECT_EQ(nudges + 1, clr_.Call(NUDGES, {}));
    EXPECT_EQ(-K230_EINTR, clr_.Call(POLL, {NewArray(8), 0, FOREVER, nudges})) << "one from before";
}

TEST_F(ClrTest, APollWithoutASessionIsNudgedToo)
{
    const ThreadRef poll = clr_.Start(POLL, {NewArray(8), 0, FOREVER, clr_.Call(NUDGES, {})});
    EXPECT_FALSE(poll->done);
    EXPECT_EQ(0, clr_.Call(NUDGE, {}));
    EXPECT_EQ(S_OK, clr_.Finish(poll));
    EXPECT_EQ(-K230_EINTR, poll->result());
}

TEST_F(ClrTest, PollFollowsEntriesThatMove)
{
    Fd peer;
    const int handle = Pair(&peer);
    const int other = OpenTcp();
    const ManagedRef entries = Entries({{other, 0, 0}, {handle, K230_POLLIN, 0}});
    EXPECT_EQ(1, clr_.Call(POLL, {entries, 2, FOREVER, clr_.Call(NUDGES, {})})) << "a new socket hangs up";
    const ManagedRef one = Entries({{handle, K230_POLLIN, 0}});
    const ThreadRef poll = clr_.Start(POLL, {one, 1, FOREVER, clr_.Call(NUDGES, {})});
    clr_.Turn(10);
    KernelSend(peer, "x");
    EXPECT_EQ(S_OK, clr_.Finish(poll));
    EXPECT_EQ(1, poll->result());
    EXPECT_EQ(K230_POLLIN, EntryIn(one, 0).revents);
}

/* ---- giving up --------------------------------------------------------------------------------------------------- */

TEST_F(ClrTest, AThousandAbortedWaitsLeaveNothing)
{
    Fd peer;
    const int handle = Pair(&peer);
    int port;
    const int listener = Listener(&port);
    const ManagedRef data = NewArray(10);
    const ManagedRef record = NewArray(28);
    for (int i = 0; i < 1000; i++) {
        const std::vector<ThreadRef> waits = {
            StartRecv(handle, data),
            clr_.Start(READLINE, {handle, data, 0, 10, FOREVER}),
            clr_.Start(ACCEPT, {listener, record, FOREVER}),
            clr_.Start(POLL, {Entries({{handle, K230_POLLIN, 0}}), 1, FOREVER, clr_.Call(NUDGES, {})}),
        };
        ASSERT_EQ(waits.size(), k230_clr_waiting());
        for (const ThreadRef &wait : waits) {
            ASSERT_FALSE(wait->done);
            clr_.Abort(wait);
        }
        ASSERT_EQ(0u, k230_clr_waiting());
    }
    ExpectNothingArmed();
    Fd fd = KernelConnect(port);
    Keep(clr_.Call(ACCEPT, {listener, record, FOREVER}));
    KernelSend(peer, "x");
    EXPECT_EQ("x", Recv(handle, 10));
}

TEST_F(ClrTest, AThousandAbortedConnectsLeaveNothing)
{
    FullListener full;
    const int handle = OpenTcp();
    for (int i = 0; i < 1000; i++) {
        const ThreadRef connect = clr_.Start(CONNECT, {handle, Record(Loopback(full.port())), FOREVER});
        if (i % 10 == 0)
            clr_.Turn(1);
        ASSERT_FALSE(connect->done) << i << ": " << connect->result();
        clr_.Abort(connect);
    }
    EXPECT_EQ(0u, k230_clr_waiting());
    Fd listener = KernelListener();
    EXPECT_EQ(0, clr_.Call(CONNECT, {handle, Record(Loopback(PortOf(listener.get()))), FOREVER}))
        << "the socket is as good as new";
}

TEST_F(ClrTest, AConnectThatTimedOutGoesOn)
{
    FullListener full;
    const int handle = OpenTcp();
    EXPECT_EQ(-K230_ETIMEDOUT, clr_.Call(CONNECT, {handle, Record(Loopback(full.port())), 20}));
    EXPECT_EQ(-K230_EALREADY, clr_.Call(CONNECT, {handle, Record(Loopback(full.port())), 20}));
    EXPECT_EQ(-K230_EALREADY, clr_.Call(CONNECT, {handle, Record(Loopback(full.port())), 0}));
    const ThreadRef joined = clr_.Start(CONNECT, {handle, Record(Loopback(full.port())), FOREVER});
    /* The kernel takes the attempt up at one of its next SYNs. How many are accepted until then cannot be said: of
     * those whose SYNs come at one moment, the kernel may forget some that take themselves for connected. */
    EXPECT_TRUE(clr_.TurnUntil(
        [&] {
            if (KernelReady(full.listener().get(), POLLIN, 0))
                Fd accepted = KernelAccept(full.listener());
            return joined->done;
        },
        PATIENCE_MS));
    EXPECT_EQ(S_OK, clr_.Finish(joined));
    EXPECT_EQ(0, joined->result());
    const ManagedRef entries = Entries({{handle, K230_POLLOUT, 0}});
    EXPECT_EQ(1, clr_.Call(POLL, {entries, 1, FOREVER, clr_.Call(NUDGES, {})}));
    EXPECT_EQ(1, clr_.Call(SEND, {handle, NewBytes("x"), 0, 1, FOREVER}));
}

TEST_F(ClrTest, AThousandAbortedLookUpsAndRequestsLeaveNothing)
{
    const ManagedRef answer = NewArray(1000);
    const int udp = OpenUdp();
    Fd peer = KernelBound(SOCK_DGRAM);
    for (int i = 0; i < 1000; i++) {
        const ThreadRef resolve =
            clr_.Start(RESOLVE, {NewString("127.0.0.1"), NewString("80"), 0, K230_SOCK_STREAM, 0, 0, answer, FOREVER});
        const ThreadRef option = clr_.Start(SETOPTION, {udp, K230_SOL_SOCKET, K230_SO_BROADCAST, Number(1)});
        const ThreadRef open = clr_.Start(OPEN, {K230_AF_INET, K230_SOCK_STREAM, 0});
        clr_.Abort(resolve);
        clr_.Abort(option);
        if (open->done) { /* the agent was faster */
            ASSERT_EQ(0, clr_.Call(CLOSE, {open->result(), 0}));
        } else {
            clr_.Abort(open);
        }
        ASSERT_EQ(0u, k230_clr_waiting());
    }
    EXPECT_EQ(0, clr_.Call(SETOPTION, {udp, K230_SOL_SOCKET, K230_SO_BROADCAST, Number(1)})) << "the lane is free";
    EXPECT_EQ(
        1, clr_.Call(RESOLVE, {NewString("127.0.0.1"), NewString("80"), 0, K230_SOCK_STREAM, 0, 0, answer, FOREVER}));
    EXPECT_EQ(1, clr_.Call(SENDTO, {udp, NewBytes("x"), 0, 1, Record(Loopback(PortOf(peer.get()))), FOREVER}));
}

TEST_F(ClrTest, AConnectionThatAnAbortedAcceptHadAskedForGoesToTheNext)
{
    int port;
    const int listener = Listener(&port);
    const ManagedRef record = NewArray(28);
    for (int i = 0; i < 50; i++) {
        Fd fd = KernelConnect(port);
        const ThreadRef accept = clr_.Start(ACCEPT, {listener, record, FOREVER});
        while (accept->entries < 2 + i % 3 && !accept->done) {
            clr_.WakeForNothing();
            clr_.Turn(0);
        }
        int handle = accept->result();
        if (!accept->done) {
            clr_.Abort(accept);
            handle = clr_.Call(ACCEPT, {listener, record, FOREVER});
        }
        ASSERT_GE(handle, 0);
        ASSERT_EQ(PortOf(fd.get()), AddressIn(record).port);
        ASSERT_EQ(0, clr_.Call(CLOSE, {handle, 0}));
    }
}

TEST_F(ClrTest, MoreWaitsThanThereIsRoomForAreRefusedByName)
{
    Fd peer;
    const int handle = Pair(&peer);
    const ManagedRef data = NewArray(10);
    std::vector<ThreadRef> waits;
    for (int i = 0; i < K230_CLR_CALLS; i++)
        waits.push_back(StartRecv(handle, data));
    EXPECT_EQ(-K230_ENOBUFS, clr_.Call(RECV, {handle, data, 0, 10, 0, FOREVER}));
    EXPECT_EQ(0, clr_.Call(AVAILABLE, {handle})) << "calls that do not wait go on";
    EXPECT_EQ(0, Close(handle)) << "so does close";
    for (const ThreadRef &wait : waits) {
        EXPECT_EQ(S_OK, clr_.Finish(wait));
        EXPECT_EQ(-K230_EBADF, wait->result());
    }
}

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

class ClrWithoutAgentTest : public ClrTest
{
  protected:
    ClrWithoutAgentTest() : ClrTest(Limits(64, 72), false) {}
};

TEST_F(ClrWithoutAgentTest, TheStartOfASessionHoldsUpNobody)
{
    const ThreadRef open = clr_.Start(OPEN, {K230_AF_INET, K230_SOCK_STREAM, 0});
    const ThreadRef resolve = clr_.Start(
        RESOLVE, {NewString("127.0.0.1"), NewString("80"), 0, K230_SOCK_STREAM, 0, 0, NewArray(1000), FOREVER});
    for (int i = 0; i < 20; i++) {
        EXPECT_EQ(-K230_EBADF, clr_.Call(AVAILABLE, {0}));
        clr_.Turn(10);
    }
    EXPECT_FALSE(open->done);
    EXPECT_FALSE(resolve->done);
    b().Run();
    EXPECT_EQ(S_OK, clr_.Finish(open));
    Keep(open->result());
    EXPECT_EQ(S_OK, clr_.Finish(resolve));
    EXPECT_EQ(1, resolve->result());
    EXPECT_LE(clr_.longest_entry_ms(), 1000u);
}

TEST_F(ClrTest, AnAgentThatRestartsEndsEveryWaitAndTheNextSocketWorks)
{
    Fd peer;
    const int handle = Pair(&peer);
    int port;
    const int listener = Listener(&port);
    const ThreadRef recv = StartRecv(handle, NewArray(10));
    const ThreadRef accept = clr_.Start(ACCEPT, {listener, NewArray(28), FOREVER});
    b().RestartAgent();
    EXPECT_EQ(S_OK, clr_.Finish(recv));
    EXPECT_EQ(-K230_ECONNRESET, recv->result());
    EXPECT_EQ(S_OK, clr_.Finish(accept));
    EXPECT_EQ(-K230_ECONNRESET, accept->result());
    Fd second;
    const int next = Pair(&second);
    KernelSend(second, "x");
    EXPECT_EQ("x", Recv(next, 10));
    EXPECT_EQ(-K230_ECONNRESET, clr_.Call(RECV, {handle, NewArray(10), 0, 10, 0, FOREVER}));
}

TEST_F(ClrTest, ASoftRebootClosesEverySocketAndForgetsEveryWait)
{
    for (int round = 0; round < 3; round++) {
        Fd peer;
        Fd listener = KernelListener();
        const int handle = clr_.Call(OPEN, {K230_AF_INET, K230_SOCK_STREAM, 0});
        ASSERT_EQ(0, clr_.Call(CONNECT, {handle, Record(Loopback(PortOf(listener.get()))), FOREVER}));
        peer = KernelAccept(listener);
        FullListener full;
        const int connecting = clr_.Call(OPEN, {K230_AF_INET, K230_SOCK_STREAM, 0});
        const std::vector<ThreadRef> waits = {
            StartRecv(handle, NewArray(10)),
            clr_.Start(CONNECT, {connecting, Record(Loopback(full.port())), FOREVER}),
            clr_.Start(RESOLVE, {NewString("127.0.0.1"), NewString("80"), 0, 1, 0, 0, NewArray(1000), FOREVER}),
            clr_.Start(OPEN, {K230_AF_INET, K230_SOCK_DGRAM, 0}),
        };
        K230_Sockets_Reboot();
        EXPECT_EQ(0u, k230_clr_waiting());
        for (const struct k230_sock &sock : b().client()->sock.socks)
            EXPECT_EQ(K230_SOCK_FREE, sock.state);
        int error;
        EXPECT_EQ("", KernelRecvAll(peer, &error)) << "the peer hears of it";
        /* The CLR has dropped the frames before or drops them now. */
        for (const ThreadRef &wait : waits)
            clr_.Abort(wait);
        EXPECT_EQ(-K230_EBADF, clr_.Call(AVAILABLE, {handle}));
    }
    Fd peer;
    const int handle = Pair(&peer);
    KernelSend(peer, "x");
    EXPECT_EQ("x", Recv(handle, 10));
}

TEST_F(ClrTest, ASoftRebootLeavesTheConnectionOfADebugger)
{
    ASSERT_EQ(0, clr_.Call(CLOSE, {clr_.Call(OPEN, {K230_AF_INET, K230_SOCK_STREAM, 0}), 0})); /* begins the session */
    int port;
    const int listener = b().Listener(&port);
    ASSERT_EQ(0, k230_sock_stay(b().client(), listener));
    Fd debugger = KernelConnect(port);
    const int connection = b().Accept(listener);
    for (int round = 0; round < 3; round++) {
        Fd peer;
        const int handle = Pair(&peer);
        const ThreadRef recv = StartRecv(handle, NewArray(10));
        K230_Sockets_Reboot();
        EXPECT_EQ(0u, k230_clr_waiting());
        int error;
        EXPECT_EQ("", KernelRecvAll(peer, &error)) << "the app's peer hears of it";
        clr_.Abort(recv);
        KernelSend(debugger, "ping");
        std::string data;
        EXPECT_EQ(4, b().Recv(connection, &data, 10));
        EXPECT_EQ(4, b().Send(connection, "pong"));
        EXPECT_EQ("pong", KernelRecv(debugger, 4));
    }
    EXPECT_EQ(0, b().Close(connection));
    EXPECT_EQ(0, b().Close(listener));
}

TEST_F(ClrTest, ACallOfBeforeARebootIsOverWhenItIsEnteredAgain)
{
    Fd listener = KernelListener();
    const int handle = clr_.Call(OPEN, {K230_AF_INET, K230_SOCK_STREAM, 0});
    ASSERT_EQ(0, clr_.Call(CONNECT, {handle, Record(Loopback(PortOf(listener.get()))), FOREVER}));
    const ThreadRef recv = StartRecv(handle, NewArray(10));
    K230_Sockets_Reboot();
    EXPECT_EQ(1u, static_cast<unsigned>(recv->entries));
    clr_.WakeForNothing();
    EXPECT_EQ(S_OK, clr_.Finish(recv));
    EXPECT_EQ(-K230_ECONNRESET, recv->result());
}

TEST_F(ClrTest, AFinaliserClosesWhileOthersWait)
{
    Fd peer;
    const int handle = Pair(&peer);
    Fd other;
    const int waiting = Pair(&other);
    const ThreadRef recv = StartRecv(waiting, NewArray(10));
    const ThreadRef finaliser = clr_.Start(CLOSE, {handle, 0});
    EXPECT_TRUE(finaliser->done) << "a finaliser may not wait";
    EXPECT_EQ(0, finaliser->result());
    EXPECT_EQ("", KernelRecvAll(peer));
    EXPECT_FALSE(recv->done);
    clr_.Abort(recv);
    EXPECT_EQ(-K230_EBADF, Close(handle)) << "it was closed above";
}

/* ---- the small core's network ------------------------------------------------------------------------------------ */

/* The words of the events that were posted. */
static std::vector<uint32_t> TakeWords()
{
    std::vector<uint32_t> words;
    for (const ManagedEvent &event : TakeManagedEvents()) {
        EXPECT_EQ(EVENT_CUSTOM, event.category);
        EXPECT_EQ(K230_SOCKETS_EVENT_NETWORK, event.sub_category);
        words.push_back(event.data2);
    }
    return words;
}

TEST_F(ClrTest, AChangeOfTheNetworkIsAManagedEventOnceSomebodyListens)
{
    TakeWords();
    OpenTcp();
    b().SetNetwork(K230_NETWORK_LINK);
    clr_.Call(NETWORK, {-1, FOREVER});
    b().SetNetwork(0);
    b().SetNetwork(K230_NETWORK_LINK);
    EXPECT_TRUE(Eventually([&] { return (clr_.Call(NETWORK, {-1, FOREVER}) & 0xFF) == K230_NETWORK_LINK; }));
    clr_.Turn(300);
    EXPECT_EQ(0u, TakeWords().size()) << "it was asked for, but nobody listens: the event would find no handler";
    const int first = clr_.Call(NETWORK, {K230_NETWORK_LISTEN, FOREVER});
    EXPECT_EQ(static_cast<int>(K230_NETWORK_LINK), first & 0xFF);
    EXPECT_TRUE(Eventually([] { return TakeWords().size() == 1; })) << "the first word";
    b().SetNetwork(0);
    std::vector<uint32_t> words;
    EXPECT_TRUE(Eventually([&] { return !(words = TakeWords()).empty(); }));
    EXPECT_EQ(1u, words.size());
    EXPECT_EQ(static_cast<int>(words[0]), clr_.Call(NETWORK, {K230_NETWORK_LISTEN, FOREVER}));
    EXPECT_EQ(0u, words[0] & 0xFFu);
    EXPECT_TRUE(Eventually([] { return TakeWords().size() == 1; })) << "another listener begins with what holds";
}

TEST_F(ClrTest, AnAgentThatRestartsIsAManagedEventAlthoughNobodyOpensASocket)
{
    const int first = clr_.Call(NETWORK, {K230_NETWORK_LISTEN, FOREVER});
    EXPECT_TRUE(Eventually([] { return TakeWords().size() == 1; }));
    b().RestartAgent();
    std::vector<uint32_t> words;
    EXPECT_TRUE(Eventually([&] { return !(words = TakeWords()).empty(); }));
    EXPECT_NE(static_cast<uint32_t>(first) >> 20, words.back() >> 20);
}

TEST_F(ClrTest, ASoftRebootEndsTheManagedEvents)
{
    clr_.Call(NETWORK, {K230_NETWORK_LISTEN, FOREVER});
    K230_Sockets_Reboot();
    clr_.Turn(300);
    TakeWords();
    b().SetNetwork(K230_NETWORK_LINK);
    clr_.Turn(1500);
    EXPECT_EQ(0u, TakeWords().size());
}

TEST_F(ClrTest, AThreadMayWaitForTheNetworkAndBeAborted)
{
    const int first = clr_.Call(NETWORK, {-1, FOREVER});
    const ThreadRef wait = clr_.Start(NETWORK, {first, FOREVER});
    const ThreadRef other = clr_.Start(NETWORK, {first, FOREVER});
    EXPECT_FALSE(wait->done);
    clr_.Abort(wait);
    b().SetNetwork(0);
    EXPECT_EQ(S_OK, clr_.Finish(other));
    EXPECT_NE(first, other->result());
    TakeWords();
}

TEST_F(ClrTest, ACollectionIsAskedForAndItsFinalisersAreWaitedFor)
{
    CLR_RT_ExecutionEngine &engine = g_CLR_RT_ExecutionEngine;
    CLR_RT_Thread finaliser = {};
    engine.m_collections = 0;
    EXPECT_EQ(0, clr_.Call(COLLECT, {0}));
    EXPECT_EQ(0u, engine.m_collections);
    EXPECT_EQ(0, clr_.Call(COLLECT, {1})) << "there was nothing to finalise";
    EXPECT_EQ(1u, engine.m_collections);
    engine.m_finalizersPending.m_length = 1;
    EXPECT_EQ(1, clr_.Call(COLLECT, {0}));
    engine.m_finalizersPending.m_length = 0;
    engine.m_finalizerThread = &finaliser;
    finaliser.m_busy = true;
    EXPECT_EQ(1, clr_.Call(COLLECT, {0})) << "the last one is taken from the list before it has run";
    finaliser.m_busy = false;
    EXPECT_EQ(0, clr_.Call(COLLECT, {0}));
    engine.m_finalizerThread = nullptr;
    EXPECT_EQ(1u, engine.m_collections);
}

TEST_F(ClrTest, TheFactsOfAnInterfaceAreWrittenIntoTheManagedArrayOrNothingIs)
{
    const std::string before(sizeof(struct k230_interface) + 8, 'x');
    const ManagedRef facts = NewBytes(before);
    const int count = clr_.Call(INTERFACE, {0, facts, FOREVER});
    if (count < 0) {
        EXPECT_EQ(-K230_ENOENT, count) << "this machine has the loop alone";
        EXPECT_EQ(before, facts->Read());
        return;
    }
    struct k230_interface found;
    memcpy(&found, facts->Read().data(), sizeof found);
    EXPECT_EQ(0u, found.reserved);
    EXPECT_NE('\0', found.name[0]);
    EXPECT_EQ("xxxxxxxx", facts->Read().substr(sizeof found));
    const ManagedRef none = NewBytes(before);
    EXPECT_EQ(-K230_ENOENT, clr_.Call(INTERFACE, {count, none, FOREVER}));
    EXPECT_EQ(-K230_ENOENT, clr_.Call(INTERFACE, {-1, none, FOREVER}));
    EXPECT_EQ(before, none->Read());
}
