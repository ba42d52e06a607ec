/* The Wire Protocol over a pseudo-terminal and over a terminal: real ones of this machine's kernel. */
#include "k230_wire_serial.h"
#include "wire_server.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

namespace
{

bool Ready(int fd, short events, int timeout_ms = WIRE_PATIENCE_MS)
{
    pollfd one = {fd, events, 0};
    return poll(&one, 1, timeout_ms) == 1;
}

/* One end of a terminal, as a PC or a wire has it. */
class End
{
  public:
    End() = default;
    explicit End(int fd) : fd_(fd) {}
    End(const End &) = delete;
    End &operator=(End &&other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~End() { Close(); }
    void Close()
    {
        if (fd_ >= 0)
            close(fd_);
        fd_ = -1;
    }
    int fd() const { return fd_; }
    void Send(const std::string &bytes) const
    {
        size_t done = 0;
        while (done < bytes.size()) {
            ASSERT_TRUE(Ready(fd_, POLLOUT)) << "the line takes no more";
            const ssize_t sent = write(fd_, bytes.data() + done, bytes.size() - done);
            ASSERT_GT(sent, 0) << strerror(errno);
            done += static_cast<size_t>(sent);
        }
    }
    /* Fewer than `length` where nothing more comes. */
    std::string Receive(size_t length) const
    {
        std::string all;
        char piece[4096];
        while (all.size() < length && Ready(fd_, POLLIN)) {
            const ssize_t got = read(fd_, piece, std::min(sizeof piece, length - all.size()));
            if (got <= 0)
                break;
            all.append(piece, static_cast<size_t>(got));
        }
        return all;
    }

  private:
    int fd_ = -1;
};

class WireSerial : public testing::Test
{
  protected:
    void TearDown() override
    {
        if (server) /* before the pointer goes, which handlers read */
            server->Stop();
        server.reset();
    }
    void Start(const char *path = K230_WIRE_PTY, uint32_t rate = K230_WIRE_RATE)
    {
        TearDown();
        ASSERT_TRUE(k230_wire_serial_init(&serial, hal.hal(), path, rate));
        server.reset(new WireServer(hal.hal(), &serial.transport));
    }
    void StartPty()
    {
        Start();
        ASSERT_EQ(0, k230_wire_open(server->get()));
        server->Run();
    }
    /* As a program that opens a serial port and leaves the terminal's settings as they are. */
    int Open() const { return open(serial.name, O_RDWR | O_NOCTTY | O_CLOEXEC); }

    WireHal hal;
    k230_wire_serial serial = {};
    std::unique_ptr<WireServer> server;
};

} // namespace

TEST_F(WireSerial, APcOnThePseudoTerminalGetsItsReplies)
{
    StartPty();
    ASSERT_EQ(0, strncmp(serial.name, "/dev/pts/", 9)) << serial.name;
    const End pc(Open());
    for (uint16_t i = 0; i < 50; i++) {
        pc.Send(PacketOf(K230_WIRE_PING, "ping", i));
        const std::vector<Packet> replies = PacketsOf(pc.Receive(36));
        ASSERT_EQ(1u, replies.size());
        EXPECT_EQ((Packet{K230_WIRE_PING, K230_WIRE_REPLY | K230_WIRE_ACK, i, i, "ping"}), replies[0]);
    }
    EXPECT_EQ(1u, server->came());
}

/* Line ends, control characters and XON and XOFF too. */
TEST_F(WireSerial, EachByteComesThroughBothWaysAsItIs)
{
    StartPty();
    const End pc(Open());
    std::string all;
    for (int value = 0; value < 1024; value++)
        all += static_cast<char>(value);
    for (uint16_t i = 0; i < 20; i++) {
        pc.Send(PacketOf(K230_WIRE_WRITE_MEMORY, all, i));
        const std::vector<Packet> replies = PacketsOf(pc.Receive(32 + all.size()));
        ASSERT_EQ(1u, replies.size());
        EXPECT_EQ(all, replies[0].payload);
    }
}

TEST_F(WireSerial, NothingIsEchoed)
{
    StartPty();
    const End pc(Open());
    pc.Send("noise without a marker\r\n");
    ASSERT_TRUE(server->Came());
    EXPECT_FALSE(Ready(pc.fd(), POLLIN, 200));
}

TEST_F(WireSerial, AnOpenPortAloneIsNoPc)
{
    StartPty();
    const End pc(Open());
    EXPECT_FALSE(server->Eventually([&] { return k230_wire_connected(server->get()); }, 600));
    EXPECT_EQ(-K230_ENOTCONN, k230_wire_request(server->get(), K230_WIRE_MESSAGE, 0, "text", 4));
}

TEST_F(WireSerial, APcMayCloseThePortInEachStateAndTheNextOneIsServed)
{
    StartPty();
    const std::string packet = PacketOf(K230_WIRE_WRITE_MEMORY, "payload");
    unsigned visits = 0;
    for (const size_t cut : {1u, 8u, 20u, 32u, 36u, 39u}) {
        End pc(Open());
        pc.Send(packet.substr(0, cut));
        ASSERT_TRUE(server->Came(++visits)) << "cut at " << cut;
        pc.Close();
        ASSERT_TRUE(server->Gone(visits)) << "cut at " << cut;
        End next(Open());
        next.Send(PacketOf(K230_WIRE_PING, "", static_cast<uint16_t>(100 + cut)));
        ASSERT_TRUE(server->Came(++visits));
        const std::vector<Packet> replies = PacketsOf(next.Receive(32));
        ASSERT_EQ(1u, replies.size());
        EXPECT_EQ(100 + cut, replies[0].reply_sequence) << "what the one before left unread is not here";
        next.Close();
        ASSERT_TRUE(server->Gone(visits));
    }
}

TEST_F(WireSerial, APcThatReadsNothingIsGivenUp)
{
    StartPty();
    const End pc(Open());
    pc.Send(PacketOf(K230_WIRE_PING));
    ASSERT_TRUE(server->Came());
    const std::string text(K230_WIRE_PAYLOAD_MAX, 'x');
    const uint64_t begin = WireNowMs();
    int status = 0;
    for (int i = 0; i < 1000 && status == 0; i++)
        status = k230_wire_request(server->get(), K230_WIRE_MESSAGE, 0, text.data(), K230_WIRE_PAYLOAD_MAX);
    EXPECT_EQ(-K230_ETIMEDOUT, status);
    EXPECT_GE(WireNowMs() - begin, K230_WIRE_WRITE_MS - 100u);
    EXPECT_TRUE(server->Gone());
    EXPECT_EQ(-K230_ENOTCONN, k230_wire_request(server->get(), K230_WIRE_MESSAGE, 0, "text", 4));
}

TEST_F(WireSerial, ALongBurstOfPacketsArrivesInOrder)
{
    std::atomic<unsigned> next{0};
    StartPty();
    server->OnPacket([&](const k230_wire_header *header, const uint8_t *) {
        EXPECT_EQ(next, header->sequence);
        next++;
    });
    const End pc(Open());
    Dice dice(5);
    std::string all;
    for (uint16_t i = 0; i < 300; i++)
        all += PacketOf(K230_WIRE_WRITE_MEMORY, dice.Bytes(dice.Below(1025)), i);
    pc.Send(all);
    EXPECT_TRUE(server->GotPackets(300));
    server->Stop();
    EXPECT_EQ(300u, next);
    EXPECT_EQ(0u, server->get()->receiver.skipped);
}

TEST_F(WireSerial, EndsWithinASecondWithAndWithoutAPc)
{
    StartPty();
    EXPECT_LE(server->Stop(), 1000u);
    StartPty();
    const End pc(Open());
    pc.Send(PacketOf(K230_WIRE_PING));
    ASSERT_TRUE(server->Came());
    EXPECT_LE(server->Stop(), 1000u);
}

TEST_F(WireSerial, EndsWithinASecondWhileAPcReadsNothing)
{
    StartPty();
    const End pc(Open());
    pc.Send(PacketOf(K230_WIRE_PING));
    ASSERT_TRUE(server->Came());
    std::thread talks([&] {
        const std::string text(K230_WIRE_PAYLOAD_MAX, 'x');
        while (k230_wire_request(server->get(), K230_WIRE_MESSAGE, 0, text.data(), K230_WIRE_PAYLOAD_MAX) == 0)
            ;
    });
    EXPECT_LE(server->Stop(), 1000u);
    talks.join();
}

/* ---- a line with a name: the other end of a pseudo-terminal stands in for /dev/ttyUSB0 -----------------------------
 */

TEST_F(WireSerial, ALineIsRawAndHasTheRateThatWasAskedFor)
{
    const End wire(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_EQ(0, unlockpt(wire.fd()));
    Start(ptsname(wire.fd()), 460800);
    ASSERT_EQ(0, k230_wire_open(server->get()));
    EXPECT_STREQ(ptsname(wire.fd()), serial.name);
    server->Run();
    termios line;
    ASSERT_EQ(0, tcgetattr(wire.fd(), &line));
    EXPECT_EQ(static_cast<speed_t>(B460800), cfgetispeed(&line));
    EXPECT_EQ(static_cast<speed_t>(B460800), cfgetospeed(&line));
    EXPECT_EQ(static_cast<tcflag_t>(CS8), line.c_cflag & CSIZE);
    EXPECT_EQ(0u, line.c_cflag & (PARENB | CSTOPB | CRTSCTS));
    EXPECT_EQ(0u, line.c_iflag & (IXON | IXOFF | ICRNL | INLCR | ISTRIP));
    EXPECT_EQ(0u, line.c_lflag & (ECHO | ICANON | ISIG));
    EXPECT_EQ(0u, line.c_oflag & OPOST);
    wire.Send(PacketOf(K230_WIRE_PING));
    EXPECT_EQ(1u, PacketsOf(wire.Receive(32)).size());
}

TEST_F(WireSerial, ALineThatComesLaterIsOpenedThen)
{
    const std::string path = testing::TempDir() + "k230-wire-line-" + std::to_string(getpid());
    unlink(path.c_str());
    Start(path.c_str());
    EXPECT_EQ(-K230_ENOENT, k230_wire_open(server->get()));
    server->Run();
    const End wire(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_EQ(0, unlockpt(wire.fd()));
    ASSERT_EQ(0, symlink(ptsname(wire.fd()), path.c_str()));
    wire.Send(PacketOf(K230_WIRE_PING));
    EXPECT_TRUE(server->Came());
    server->Stop();
    unlink(path.c_str());
    EXPECT_EQ((std::vector<std::string>{"wire: " + path + ": cannot be opened: ENOENT"}), hal.Lines());
}

TEST_F(WireSerial, WhatIsNoLineIsRefused)
{
    Start("/dev/null");
    EXPECT_LT(k230_wire_open(server->get()), 0);
    Start(K230_WIRE_PTY, 12345);
    EXPECT_EQ(-K230_EINVAL, k230_wire_open(server->get())) << "there is no such rate";
    EXPECT_FALSE(k230_wire_serial_init(&serial, hal.hal(), "", K230_WIRE_RATE));
    EXPECT_FALSE(k230_wire_serial_init(&serial, hal.hal(), std::string(64, 'x').c_str(), K230_WIRE_RATE));
}
