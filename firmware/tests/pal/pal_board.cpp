#include "pal_board.h"

static k230_client s_client;
static k230_agent s_agent;
static k230_stack s_stack;

/* ---- the board --------------------------------------------------------------------------------------------------- */

PalBoard::PalBoard(uint32_t slots, uint32_t ring)
{
    limits_ = k230_limits{slots, 128, 128, slots + 8u, ring, ring, ring < 131072u ? 400u : 65507u};
    k230_layout layout = {};
    EXPECT_TRUE(k230_layout_of(&limits_, UINT32_MAX, &layout));
    length_ = K230_HAL_POSIX_MAILBOX + layout.end;
    memory_ = mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    EXPECT_NE(MAP_FAILED, memory_);
    doorbell_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
#ifdef K230_TEST_LWIP
    EXPECT_EQ(0, k230_stack_lwip_init(&s_stack));
    EXPECT_EQ(0, k230_stack_lwip_doorbell(&s_stack, doorbell_));
#else
    EXPECT_EQ(0, k230_stack_posix_init(&s_stack));
    EXPECT_EQ(0, k230_stack_posix_doorbell(&s_stack, doorbell_));
#endif
    Prepare(&big_, K230_HAL_BIG, "client");
    Prepare(&small_, K230_HAL_SMALL, "agent");
    k230_hal_posix_use(&small_.posix, memory_, length_);
    memset(static_cast<void *>(&s_client), 0, sizeof s_client);
    k230_client_init(&s_client, &big_.posix.hal);
    EXPECT_TRUE(k230_agent_start(&s_agent, &small_.posix.hal, &s_stack, &limits_));
    Run();
    K230_Sockets_Start(&s_client);
    k230_pal_init(k230_pal_instance(), &s_client);
    ClearEvents();
    EXPECT_TRUE(Network_Initialize());
    Attend();
}

PalBoard::~PalBoard()
{
    Leave();
    K230_Sockets_Reboot();
    Halt();
    k230_agent_stop(&s_agent);
#ifdef K230_TEST_LWIP
    k230_stack_lwip_end(&s_stack);
#else
    k230_stack_posix_end(&s_stack);
#endif
    close(doorbell_);
    munmap(memory_, length_);
}

k230_client *PalBoard::client() { return &s_client; }
k230_agent *PalBoard::agent() { return &s_agent; }
k230_stack *PalBoard::stack() { return &s_stack; }

int PalBoard::Attach(k230_hal_posix *posix)
{
    PalSide *side = reinterpret_cast<PalSide *>(posix);
    k230_hal_posix_use(posix, side->memory, side->length);
    posix->doorbell_fd = side->doorbell;
    return 0;
}

void PalBoard::Detach(k230_hal_posix *posix) { k230_hal_posix_unmap(posix); }

void PalBoard::Prepare(PalSide *side, k230_hal_side which, const char *name)
{
    k230_hal_posix_init(&side->posix, which, name, Attach, Detach);
    side->memory = memory_;
    side->length = length_;
    side->doorbell = doorbell_;
}

void PalBoard::Run()
{
    running_ = true;
    agent_thread_ = std::thread([this] {
        while (running_)
            k230_agent_step(&s_agent, K230_WATCHDOG_MS);
    });
}

void PalBoard::Halt()
{
    if (!agent_thread_.joinable())
        return;
    running_ = false;
    const uint64_t one = 1;
    EXPECT_EQ(static_cast<ssize_t>(sizeof one), write(doorbell_, &one, sizeof one));
    agent_thread_.join();
}

void PalBoard::Attend()
{
    attending_ = true;
    attendant_ = std::thread([this] {
        while (attending_)
            k230_client_attend(&s_client);
    });
}

void PalBoard::Leave()
{
    if (!attendant_.joinable())
        return;
    attending_ = false;
    attendant_.join();
}

void PalBoard::LoseDoorbells()
{
    Halt();
    small_.posix.table.notify = [](k230_hal *, uint32_t) {};
    Run();
}

void PalBoard::RestartAgent()
{
    Halt();
    for (uint32_t i = 0; i < s_agent.limits.slots; i++)
        if (s_agent.socks[i].state != K230_AGENT_FREE)
            k230_stack_close(&s_stack, s_agent.socks[i].stack, true);
    EXPECT_TRUE(k230_agent_start(&s_agent, &small_.posix.hal, &s_stack, &limits_));
    Run();
}

bool PalBoard::Clean()
{
    bool clean = s_agent.lingering == 0 && s_client.engine.dues == 0;
    for (const k230_sock &sock : s_client.sock.socks)
        clean = clean && sock.state == K230_SOCK_FREE;
    for (const k230_agent_sock &sock : s_agent.socks)
        clean = clean && sock.state == K230_AGENT_FREE;
    return clean;
}

void PalBoard::ExpectClean()
{
    Leave();
    Halt();
    const int64_t until = NowMs() + PALS_PATIENCE_MS;
    while (!Clean() && NowMs() < until) {
        k230_agent_step(&s_agent, 2);
        k230_client_look(&s_client);
    }
    EXPECT_TRUE(Clean()) << "sockets are left, or bytes that were never sent";
    EXPECT_EQ(0u, s_client.engine.parked) << "somebody is still armed";
    for (const uint32_t count : s_client.engine.armed)
        EXPECT_TRUE(count == 0 || s_client.engine.session != K230_SESSION_LIVE);
    Run();
    Attend();
}

/* ---- the natives ------------------------------------------------------------------------------------------------- */

void PalTest::SetUp()
{
#ifdef K230_TEST_LWIP
    BringLwipUp();
    if (IsSkipped() || HasFatalFailure())
        return;
#endif
    board_.reset(new PalBoard(slots_, ring_));
}

void PalTest::TearDown()
{
    if (!board_)
        return;
    for (const int handle : open_)
        SOCK_close(handle);
    board_->ExpectClean();
    board_.reset();
}

SOCK_sockaddr PalTest::At(const std::string &ip, int port)
{
    uint64_t number = 0;
    EXPECT_EQ(S_OK, SOCK_IPV4AddressFromString(ip.c_str(), &number)) << ip;
    SOCK_sockaddr_in in = {};
    in.sin_family = SOCK_AF_INET;
    in.sin_port = htons(static_cast<uint16_t>(port));
    in.sin_addr.S_un.S_addr = static_cast<uint32_t>(number);
    SOCK_sockaddr address;
    memcpy(&address, &in, sizeof address);
    return address;
}

std::string PalTest::Text(const SOCK_sockaddr &address)
{
    SOCK_sockaddr_in in;
    memcpy(&in, &address, sizeof in);
    EXPECT_EQ(SOCK_AF_INET, in.sin_family);
    return std::string(SOCK_IPV4AddressToString(in.sin_addr.S_un.S_addr)) + ":" + std::to_string(ntohs(in.sin_port));
}

int PalTest::Socket(int type)
{
    int on = 1;
    const int handle = SOCK_socket(SOCK_AF_INET, type, 0);
    EXPECT_GE(handle, 0) << SOCK_getlasterror();
    EXPECT_EQ(0, SOCK_ioctl(handle, SOCK_FIONBIO, &on));
    open_.push_back(handle);
    return handle;
}

int PalTest::Close(int handle)
{
    for (size_t i = 0; i < open_.size(); i++)
        if (open_[i] == handle) {
            open_.erase(open_.begin() + static_cast<long>(i));
            break;
        }
    return SOCK_close(handle);
}

int PalTest::Select(int handle, int mode)
{
    SOCK_fd_set asked = {1, {handle}};
    SOCK_fd_set except = {1, {handle}};
    const SOCK_timeval at_once = {0, 0};
    const int found = SOCK_select(1, mode == 0 ? &asked : nullptr, mode == 1 ? &asked : nullptr,
                                  mode == 2 ? &asked : &except, &at_once);
    if (found < 0)
        return found;
    if (mode != 2 && except.fd_count != 0 && !(mode == 0 && asked.fd_count != 0))
        return SOCK_SOCKET_ERROR;
    return found > 0 ? 1 : 0;
}

int PalTest::Poll(int handle, int mode, int timeout_ms)
{
    const int64_t until = NowMs() + timeout_ms;
    for (;;) {
        const int found = Select(handle, mode);
        const int64_t left = until - NowMs();
        if (found != 0 || left <= 0)
            return found;
        WaitForEvent(static_cast<int>(left));
    }
}

int PalTest::Connect(int handle, const std::string &ip, int port)
{
    const SOCK_sockaddr address = At(ip, port);
    const int status = SOCK_connect(handle, &address, sizeof address);
    if (SOCK_getsocklasterror(handle) == SOCK_EWOULDBLOCK)
        return Poll(handle, 1) == 1 ? 0 : SOCK_getlasterror();
    return status == 0 ? 0 : SOCK_getlasterror();
}

int PalTest::Accept(int handle, int timeout_ms)
{
    int on = 1;
    if (Poll(handle, 0, timeout_ms) != 1)
        return -1;
    const int fresh = SOCK_accept(handle, nullptr, nullptr);
    if (fresh < 0)
        return fresh;
    EXPECT_EQ(0, SOCK_ioctl(fresh, SOCK_FIONBIO, &on));
    open_.push_back(fresh);
    return fresh;
}

size_t PalTest::Send(int handle, const std::string &bytes, int *error)
{
    size_t done = 0;
    while (done < bytes.size()) {
        int sent = SOCK_SOCKET_ERROR;
        if (Poll(handle, 1) == 1) {
            sent = SOCK_send(handle, bytes.data() + done, static_cast<int>(bytes.size() - done), 0);
            if (sent < 0 && SOCK_getsocklasterror(handle) == SOCK_EWOULDBLOCK) {
                WaitForEvent(PALS_PATIENCE_MS);
                continue;
            }
        }
        if (sent < 0) {
            if (error)
                *error = SOCK_getlasterror();
            else
                ADD_FAILURE() << "send: " << SOCK_getlasterror();
            return done;
        }
        done += static_cast<size_t>(sent);
    }
    return done;
}

static std::string Failure() { return "!" + std::to_string(SOCK_getlasterror()); }

std::string PalTest::Recv(int handle, int most, int flags)
{
    std::string bytes(static_cast<size_t>(most), 0);
    for (;;) {
        if (Poll(handle, 0) != 1)
            return Failure();
        const int got = SOCK_recv(handle, &bytes[0], most, flags);
        if (got < 0 && SOCK_getsocklasterror(handle) == SOCK_EWOULDBLOCK) {
            WaitForEvent(PALS_PATIENCE_MS);
            continue;
        }
        if (got < 0)
            return Failure();
        bytes.resize(static_cast<size_t>(got));
        return bytes;
    }
}

std::string PalTest::RecvFrom(int handle, SOCK_sockaddr *from, int most)
{
    std::string bytes(static_cast<size_t>(most), 0);
    int length = sizeof *from;
    if (Poll(handle, 0) != 1)
        return Failure();
    const int got = SOCK_recvfrom(handle, &bytes[0], most, 0, from, &length);
    if (got < 0)
        return Failure();
    bytes.resize(static_cast<size_t>(got));
    return bytes;
}

int PalTest::SendTo(int handle, const std::string &bytes, const std::string &ip, int port)
{
    const SOCK_sockaddr to = At(ip, port);
    return SOCK_sendto(handle, bytes.data(), static_cast<int>(bytes.size()), 0, &to, sizeof to);
}

int PalTest::Available(int handle)
{
    int there = -1;
    EXPECT_EQ(0, SOCK_ioctl(handle, SOCK_FIONREAD, &there)) << SOCK_getlasterror();
    return there;
}

/* ---- scenes ------------------------------------------------------------------------------------------------------ */

int PalTest::Pair(Fd *peer)
{
    const Fd listener = KernelListener(KernelIp());
    const int handle = Socket();
    EXPECT_EQ(0, Connect(handle, KernelIp(), KernelPort(listener)));
    *peer = KernelAccept(listener);
    return handle;
}

int PalTest::Listener(int *port, int backlog, const std::string &ip)
{
    const int handle = Socket();
    const SOCK_sockaddr any_port = At(ip, 0);
    EXPECT_EQ(0, SOCK_bind(handle, &any_port, sizeof any_port));
    EXPECT_EQ(0, SOCK_listen(handle, backlog));
    *port = PortOf(handle);
    return handle;
}

int PalTest::PortOf(int handle)
{
    SOCK_sockaddr own = {};
    int length = sizeof own;
    EXPECT_EQ(0, SOCK_getsockname(handle, &own, &length));
    EXPECT_EQ(16, length);
    SOCK_sockaddr_in in;
    memcpy(&in, &own, sizeof in);
    return ntohs(in.sin_port);
}

int PalTest::SetOption(int handle, int level, int name, int value)
{
    return SOCK_setsockopt(handle, level, name, reinterpret_cast<const char *>(&value), sizeof value) == 0
               ? 0
               : SOCK_getlasterror();
}

int PalTest::GetOption(int handle, int level, int name)
{
    int value = -1;
    int length = sizeof value;
    if (SOCK_getsockopt(handle, level, name, reinterpret_cast<char *>(&value), &length) != 0)
        return -SOCK_getlasterror();
    EXPECT_EQ(4, length);
    return value;
}

bool PalTest::Eventually(const std::function<bool()> &condition)
{
    const int64_t until = NowMs() + PALS_PATIENCE_MS;
    while (!condition()) {
        if (NowMs() > until)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}
