/* The port for RT-Smart, over doubles of its open, ioctl and poll: what the vendor's driver is asked for, and that it
 * needs nothing which that driver does not have. A pseudo-terminal stands in for the UART. */
#include "k230_wire_serial.h"
#include "wire_server.h"

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

static struct {
    int opened; /* what open gives, -1 = ENOENT */
    std::string path;
    int flags;
    unsigned requests;
    unsigned long request;
    uint32_t words[2];
    int answer;
    std::atomic<unsigned> polls_for_room;
} s_driver;

extern "C" {
int __real_open(const char *path, int flags, ...);
int __real_poll(struct pollfd *entries, nfds_t count, int timeout_ms);
int __wrap_open(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_poll(struct pollfd *entries, nfds_t count, int timeout_ms);

int __wrap_open(const char *path, int flags, ...)
{
    if (strncmp(path, "/dev/uart", 9) != 0)
        return __real_open(path, flags, 0600);
    s_driver.path = path;
    s_driver.flags = flags;
    if (s_driver.opened < 0)
        errno = ENOENT;
    return s_driver.opened < 0 ? -1 : dup(s_driver.opened);
}

int __wrap_ioctl(int, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    memcpy(s_driver.words, va_arg(arguments, const void *), sizeof s_driver.words);
    va_end(arguments);
    s_driver.requests++;
    s_driver.request = request;
    if (s_driver.answer != 0)
        errno = EINVAL;
    return s_driver.answer;
}

/* The driver's poll says POLLIN and nothing else, ever. */
int __wrap_poll(struct pollfd *entries, nfds_t count, int timeout_ms)
{
    if (entries->events & POLLOUT)
        s_driver.polls_for_room++;
    entries->events &= POLLIN;
    const int found = __real_poll(entries, count, timeout_ms);
    entries->revents &= POLLIN;
    return found > 0 && entries->revents == 0 ? 0 : found;
}
}

class WireRtSmartLine : public testing::Test
{
  protected:
    WireRtSmartLine()
    {
        wire_ = posix_openpt(O_RDWR | O_NOCTTY);
        unlockpt(wire_);
        s_driver.opened = __real_open(ptsname(wire_), O_RDWR | O_NOCTTY);
        termios raw;
        tcgetattr(s_driver.opened, &raw);
        cfmakeraw(&raw);
        raw.c_cc[VMIN] = 0; /* a read does not wait */
        tcsetattr(s_driver.opened, TCSANOW, &raw);
        s_driver.requests = 0;
        s_driver.answer = 0;
        s_driver.polls_for_room = 0;
    }
    ~WireRtSmartLine() override
    {
        server.reset();
        close(wire_);
        close(s_driver.opened);
    }
    void Start(uint32_t rate = K230_WIRE_RATE)
    {
        ASSERT_TRUE(k230_wire_serial_init(&serial, hal.hal(), "/dev/uart2", rate));
        server.reset(new WireServer(hal.hal(), &serial.transport));
    }

    WireHal hal;
    k230_wire_serial serial = {};
    std::unique_ptr<WireServer> server;
    int wire_;
};

/* As the driver of k230_sdk reads them: the rate, then from the lowest bit 4 bits of data bits, 2 of stop bits (its
 * code puts them where the register has "two stop bits"), 2 of parity, 2 of the FIFO's trigger, 1 of flow control. */
TEST_F(WireRtSmartLine, TheDriverIsAskedForTheRateAnd8N1)
{
    Start(115200);
    ASSERT_EQ(0, k230_wire_open(server->get()));
    EXPECT_EQ("/dev/uart2", s_driver.path);
    EXPECT_EQ(O_RDWR, s_driver.flags);
    EXPECT_EQ(1u, s_driver.requests);
    EXPECT_EQ(0x40045540u, s_driver.request);
    EXPECT_EQ(115200u, s_driver.words[0]);
    EXPECT_EQ(8u | 0u << 4 | 0u << 6 | 2u << 8 | 0u << 10, s_driver.words[1]);
}

TEST_F(WireRtSmartLine, ARateThatTheDriverRefusesIsAnError)
{
    Start(1);
    s_driver.answer = -1;
    EXPECT_EQ(-K230_EINVAL, k230_wire_open(server->get()));
}

TEST_F(WireRtSmartLine, AUartThatIsNotThereIsAnError)
{
    const int uart = s_driver.opened;
    s_driver.opened = -1;
    Start();
    EXPECT_EQ(-K230_ENOENT, k230_wire_open(server->get()));
    s_driver.opened = uart;
}

TEST_F(WireRtSmartLine, PacketsComeThroughWithWhatTheDriverHas)
{
    Start();
    ASSERT_EQ(0, k230_wire_open(server->get()));
    server->Run();
    for (uint16_t i = 0; i < 20; i++) {
        const std::string packet = PacketOf(K230_WIRE_WRITE_MEMORY, Dice(i).Bytes(500), i);
        ASSERT_EQ(static_cast<ssize_t>(packet.size()), write(wire_, packet.data(), packet.size()));
        std::string reply;
        char piece[1024];
        while (reply.size() < packet.size()) {
            pollfd one = {wire_, POLLIN, 0};
            ASSERT_EQ(1, __real_poll(&one, 1, WIRE_PATIENCE_MS));
            const ssize_t got = read(wire_, piece, sizeof piece);
            ASSERT_GT(got, 0);
            reply.append(piece, static_cast<size_t>(got));
        }
        const std::vector<Packet> replies = PacketsOf(reply);
        ASSERT_EQ(1u, replies.size());
        EXPECT_EQ(Dice(i).Bytes(500), replies[0].payload);
    }
    EXPECT_EQ(0u, s_driver.polls_for_room);
    EXPECT_LE(server->Stop(), 1000u);
}
