// A small PC for the tests of k230-wire-double: starts the process, and speaks the Wire Protocol to it.
#ifndef K230_WIRE_PC_H
#define K230_WIRE_PC_H

#include "k230_crc.h"
#include "k230_wire.h"

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace k230_test
{

using Bytes = std::vector<uint8_t>;

constexpr uint64_t PATIENCE_MS = 20000;

inline uint64_t now_ms()
{
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count());
}

inline uint32_t get32(const Bytes &bytes, size_t at)
{
    return static_cast<uint32_t>(bytes.at(at) | bytes.at(at + 1) << 8 | bytes.at(at + 2) << 16) |
           static_cast<uint32_t>(bytes.at(at + 3)) << 24;
}

inline Bytes words(std::initializer_list<uint32_t> numbers)
{
    Bytes bytes;
    for (const uint32_t number : numbers)
        for (int i = 0; i < 4; i++)
            bytes.push_back(static_cast<uint8_t>(number >> 8 * i));
    return bytes;
}

inline std::string text_at(const Bytes &bytes, size_t at)
{
    std::string text;
    for (; at < bytes.size() && bytes[at] != 0; at++)
        text += static_cast<char>(bytes[at]);
    return text;
}

/* ---- the process ------------------------------------------------------------------------------------------------- */

// Started with `arguments`; ends with the test at the latest.
class Process
{
  public:
    Process(const std::string &program, std::vector<std::string> arguments)
    {
        int out[2];
        int err[2];
        EXPECT_EQ(0, pipe2(out, O_CLOEXEC));
        EXPECT_EQ(0, pipe2(err, O_CLOEXEC));
        arguments.insert(arguments.begin(), program);
        pid = fork();
        if (pid == 0) {
            std::vector<char *> texts;
            for (std::string &argument : arguments)
                texts.push_back(&argument[0]);
            texts.push_back(nullptr);
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            dup2(out[1], 1);
            dup2(err[1], 2);
            execv(program.c_str(), texts.data());
            _exit(127);
        }
        close(out[1]);
        close(err[1]);
        m_out = out[0];
        m_err = err[0];
    }
    Process(const Process &) = delete;
    Process &operator=(const Process &) = delete;
    ~Process()
    {
        kill();
        close(m_out);
        close(m_err);
    }

    // The next line of stdout; "" at its end.
    std::string line() { return line_of(m_out); }

    // Whether a line of stderr, from the last that was looked at on, has this in it.
    bool says(const std::string &text)
    {
        for (std::string line = line_of(m_err); !line.empty(); line = line_of(m_err))
            if (line.find(text) != std::string::npos)
                return true;
        return false;
    }

    void kill(int signal = SIGKILL)
    {
        if (pid > 0)
            ::kill(pid, signal);
        wait();
    }

    // Its exit code; -1 after a signal.
    int wait()
    {
        int status = -1;
        if (pid > 0 && waitpid(pid, &status, 0) == pid)
            exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        pid = -1;
        return exit_code;
    }

    pid_t pid;
    int exit_code = -1;

  private:
    static std::string line_of(int from)
    {
        std::string text;
        char byte;
        pollfd readable = {from, POLLIN, 0};
        while (poll(&readable, 1, PATIENCE_MS) == 1 && read(from, &byte, 1) == 1 && byte != '\n')
            text += byte;
        return text;
    }

    int m_out, m_err;
};

/* ---- the PC ------------------------------------------------------------------------------------------------------ */

struct Packet {
    k230_wire_header header;
    Bytes payload;

    bool is_good() const { return (header.flags & K230_WIRE_ACK) != 0; }
};

class Pc
{
  public:
    explicit Pc(int descriptor) : m_fd(descriptor)
    {
        signal(SIGPIPE, SIG_IGN);
        k230_wire_receiver_reset(&m_receiver);
    }
    Pc(const Pc &) = delete;
    Pc &operator=(const Pc &) = delete;
    ~Pc() { leave(); }

    static int open_serial(const std::string &name)
    {
        const int fd = open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
        termios line;
        if (fd >= 0 && tcgetattr(fd, &line) == 0) {
            cfmakeraw(&line);
            tcsetattr(fd, TCSANOW, &line);
        }
        return fd;
    }

    // Tries until somebody listens there.
    static int open_tcp(const std::string &ip, int port)
    {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<uint16_t>(port));
        inet_pton(AF_INET, ip.c_str(), &to.sin_addr);
        for (const uint64_t until = now_ms() + PATIENCE_MS; now_ms() < until;) {
            const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (connect(fd, reinterpret_cast<sockaddr *>(&to), sizeof to) == 0)
                return fd;
            close(fd);
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return -1;
    }

    void leave()
    {
        if (m_fd >= 0)
            close(m_fd);
        m_fd = -1;
    }

    uint16_t send(uint32_t command, const Bytes &payload = {}, uint32_t flags = 0)
    {
        k230_wire_header header{};
        header.command = command;
        header.sequence = ++m_sequence;
        header.flags = flags;
        header.size = static_cast<uint32_t>(payload.size());
        k230_wire_seal(&header, payload.data());
        Bytes bytes(sizeof header);
        memcpy(bytes.data(), &header, sizeof header);
        bytes.insert(bytes.end(), payload.begin(), payload.end());
        for (size_t done = 0; done < bytes.size();) {
            const ssize_t sent = write(m_fd, bytes.data() + done, bytes.size() - done);
            if (sent <= 0)
                return m_sequence; // what it answers is not there, either
            done += static_cast<size_t>(sent);
        }
        return m_sequence;
    }

    // The reply; nothing of the wire in it when none comes in that time.
    Packet ask(uint32_t command, const Bytes &payload = {}, uint64_t timeout_ms = PATIENCE_MS)
    {
        const uint16_t sequence = send(command, payload);
        for (const uint64_t until = now_ms() + timeout_ms;;) {
            for (size_t i = 0; i < m_packets.size(); i++)
                if ((m_packets[i].header.flags & K230_WIRE_REPLY) && m_packets[i].header.reply_sequence == sequence) {
                    Packet found = m_packets[i];
                    m_packets.erase(m_packets.begin() + static_cast<long>(i));
                    return found;
                }
            if (!receive(until))
                return {};
        }
    }

    // Waits for a packet of the device that is no reply, and forgets those before it but for lines of the console.
    bool await(uint32_t command)
    {
        for (const uint64_t until = now_ms() + PATIENCE_MS;;) {
            while (!m_packets.empty()) {
                const Packet packet = m_packets.front();
                m_packets.erase(m_packets.begin());
                if (packet.header.command == K230_WIRE_MESSAGE)
                    lines.emplace_back(packet.payload.begin(), packet.payload.end());
                if (packet.header.command == command && !(packet.header.flags & K230_WIRE_REPLY))
                    return true;
            }
            if (!receive(until))
                return false;
        }
    }

    // All that has come and was not waited for.
    void forget() { m_packets.clear(); }

    bool await_line(const std::string &line)
    {
        while (await(K230_WIRE_MESSAGE))
            if (lines.back() == line + "\r\n")
                return true;
        return false;
    }

    // Whether the connection ends. Who dies with his network says no goodbye: the next packet to it is refused.
    bool await_end()
    {
        for (const uint64_t until = now_ms() + PATIENCE_MS; !m_is_over && now_ms() < until;)
            if (!receive(now_ms() + 100))
                send(K230_WIRE_PING, words({0x10002, 0}));
        return m_is_over;
    }

    std::vector<std::string> lines; // of the console, in their order, as far as they were waited for

  private:
    // False at `until`, or at the end of the connection.
    bool receive(uint64_t until)
    {
        uint8_t bytes[4096];
        const uint64_t now = now_ms();
        pollfd readable = {m_fd, POLLIN, 0};
        if (m_is_over || now >= until || poll(&readable, 1, static_cast<int>(until - now)) != 1)
            return false;
        const ssize_t got = read(m_fd, bytes, sizeof bytes);
        if (got <= 0) {
            m_is_over = true;
            return false;
        }
        for (uint32_t done = 0;;) {
            uint32_t used;
            const k230_wire_found found =
                k230_wire_receive(&m_receiver, bytes + done, static_cast<uint32_t>(got) - done, &used, now);
            done += used;
            if (found == K230_WIRE_NOTHING)
                return true;
            EXPECT_EQ(K230_WIRE_PACKET, found) << "the device sends whole packets";
            const uint8_t *payload = m_receiver.payload;
            m_packets.push_back({m_receiver.header, Bytes(payload, payload + m_receiver.header.size)});
        }
    }

    int m_fd;
    bool m_is_over = false;
    uint16_t m_sequence = 0;
    k230_wire_receiver m_receiver{};
    std::vector<Packet> m_packets; // that nobody has waited for
};

/* ---- apps -------------------------------------------------------------------------------------------------------- */

// An assembly that nobody compiled: a name, a Main if `has_main`, and `filler` bytes.
inline Bytes app(const std::string &name, bool has_main = true, uint32_t natives = 0, size_t filler = 0)
{
    const uint32_t header = 124;
    const uint32_t methods = has_main ? 16 : 0;
    const uint32_t names = (static_cast<uint32_t>(name.size()) + 4) / 4 * 4;
    const uint32_t rest = static_cast<uint32_t>(filler + 3) / 4 * 4;
    Bytes bytes(header + methods + names + rest);
    const auto put = [&bytes](size_t at, uint32_t value) {
        const Bytes number = words({value});
        std::copy(number.begin(), number.end(), bytes.begin() + static_cast<long>(at));
    };
    memcpy(bytes.data(), "NFMRK1\0", 8);
    put(20, natives);
    bytes[28] = 1; // version 1.0.0.0
    bytes[38] = 1; // of the table of texts
    for (size_t table = 0; table < 16; table++)
        put(40 + 4 * table, header + (table > 6 ? methods : 0) + (table > 11 ? names : 0) + (table > 12 ? rest : 0));
    if (has_main)
        put(header + 4, 0x08000000);
    memcpy(bytes.data() + header + methods, name.c_str(), name.size());
    for (size_t i = header + methods + names; i < bytes.size(); i++)
        bytes[i] = static_cast<uint8_t>(i * 7 + name.size());
    put(12, k230_crc(0, bytes.data() + header, bytes.size() - header));
    put(8, k230_crc(0, bytes.data(), header));
    return bytes;
}

} // namespace k230_test

#endif
