/* Rings in memory that is not cached: the copies that the port on POSIX sockets makes of them. The memory is there
 * twice: as the port sees it, where the machine allows no access at all, and as it is. k230_word_load and its
 * neighbours, which stand in for word_posix.c here, lead from the first to the second and are counted; any other access
 * of the port's ends the process, and one of the kernel's fails with EFAULT. */
#include "stack_under_test.h"

#include "k230_stack_posix.h"
#include "k230_uncached_posix.h"

#include <gtest/gtest.h>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace
{

constexpr size_t LENGTH = 256 * 1024;

uint8_t *s_seen, *s_true;
unsigned s_words, s_bytes;

template <typename Type> Type *Truth(volatile Type *at)
{
    const uintptr_t offset = reinterpret_cast<uintptr_t>(at) - reinterpret_cast<uintptr_t>(s_seen);
    EXPECT_LT(offset, LENGTH);
    EXPECT_EQ(offset % sizeof(Type), 0u) << "an access that is not aligned is a fault there";
    return reinterpret_cast<Type *>(s_true + offset);
}

} // namespace

extern "C" uint64_t k230_word_load(const volatile uint64_t *at)
{
    s_words++;
    return *Truth(const_cast<volatile uint64_t *>(at));
}

extern "C" void k230_word_store(volatile uint64_t *at, uint64_t value)
{
    s_words++;
    *Truth(at) = value;
}

extern "C" void k230_byte_store(volatile uint8_t *at, uint8_t value)
{
    s_bytes++;
    *Truth(at) = value;
}

namespace
{

class Uncached : public ::testing::Test
{
  protected:
    Uncached()
    {
        const int fd = memfd_create("uncached", MFD_CLOEXEC);
        EXPECT_EQ(0, ftruncate(fd, LENGTH));
        s_seen = static_cast<uint8_t *>(mmap(nullptr, LENGTH, PROT_NONE, MAP_SHARED, fd, 0));
        s_true = static_cast<uint8_t *>(mmap(nullptr, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
        close(fd);
        for (size_t i = 0; i < LENGTH; i++)
            s_true[i] = static_cast<uint8_t>(i * 7 + i / 256);
        s_words = s_bytes = 0;
    }
    ~Uncached() override
    {
        munmap(s_seen, LENGTH);
        munmap(s_true, LENGTH);
    }
    static std::string Content(size_t at, size_t length)
    {
        return std::string(reinterpret_cast<char *>(s_true) + at, length);
    }
    static k230_span Span(size_t at, size_t length) { return {s_seen + at, static_cast<uint32_t>(length)}; }
};

std::string Text(size_t length)
{
    std::string text(length, '\0');
    for (size_t i = 0; i < length; i++)
        text[i] = static_cast<char>('a' + i % 23);
    return text;
}

} // namespace

TEST_F(Uncached, AReadIsOfWholeWordsWhereverItBeginsAndEnds)
{
    for (size_t from = 0; from < 16; from++)
        for (size_t to = 0; to < 8; to++)
            for (size_t length = 0; length < 40; length++) {
                alignas(8) char copy[64];
                memset(copy, '?', sizeof copy);
                s_words = 0;
                k230_uncached_read(copy + to, s_seen + from, length);
                ASSERT_EQ(std::string(copy + to, length), Content(from, length));
                ASSERT_EQ(copy[to + length], '?');
                ASSERT_LE(s_words, length / 8 + 2);
            }
    EXPECT_EQ(s_bytes, 0u);
}

TEST_F(Uncached, AWriteIsOfWholeWordsButForItsTwoEnds)
{
    for (size_t to = 0; to < 16; to++)
        for (size_t from = 0; from < 8; from++)
            for (size_t length = 0; length < 40; length++) {
                const std::string before = Content(0, 64), text = std::string(from, '?') + Text(length);
                s_words = s_bytes = 0;
                k230_uncached_write(s_seen + to, text.data() + from, length);
                ASSERT_EQ(Content(0, 64), before.substr(0, to) + text.substr(from) + before.substr(to + length));
                ASSERT_EQ(s_words * 8 + s_bytes, length);
                ASSERT_LE(s_bytes, 14u);
                if (to % 8 == 0) {
                    ASSERT_EQ(s_bytes, length % 8);
                }
            }
}

class UncachedStack : public Uncached
{
  protected:
    UncachedStack() : stack(new k230_stack), piece(new uint64_t[K230_STACK_POSIX_PIECE / 8])
    {
        EXPECT_EQ(0, k230_stack_posix_init(stack.get()));
        k230_stack_posix_uncached(stack.get(), piece.get());
    }
    ~UncachedStack() override { k230_stack_posix_end(stack.get()); }

    std::unique_ptr<k230_stack> stack;
    std::unique_ptr<uint64_t[]> piece;
};

TEST_F(UncachedStack, AStreamGoesThroughThePieceBothWays)
{
    int ends[2];
    ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
    const Fd mine(ends[0]), peer(ends[1]);
    const int ours = ends[0], theirs = ends[1];
    const k230_span out[2] = {Span(LENGTH - 3001, 3001), Span(0, 4444)}; /* the ring ends within it */
    ASSERT_EQ(k230_stack_send(stack.get(), ours, out, 2), 3001 + 4444);
    std::string got(8000, '\0');
    ASSERT_EQ(recv(theirs, got.data(), got.size(), 0), 3001 + 4444);
    EXPECT_EQ(got.substr(0, 3001 + 4444), Content(LENGTH - 3001, 3001) + Content(0, 4444));
    EXPECT_LE(s_words, (3001u + 4444u) / 8 + 4);
    EXPECT_EQ(s_bytes, 0u);

    s_words = 0;
    const std::string text = Text(5000);
    ASSERT_EQ(send(theirs, text.data(), text.size(), 0), 5000);
    const k230_span in[2] = {Span(LENGTH - 777, 777), Span(0, 60000)};
    ASSERT_EQ(k230_stack_recv(stack.get(), ours, in, 2), 5000);
    EXPECT_EQ(Content(LENGTH - 777, 777) + Content(0, 5000 - 777), text);
    EXPECT_LE(s_bytes, 28u);
    EXPECT_GE(s_words * 8 + 28u, 5000u);
    EXPECT_EQ(k230_stack_recv(stack.get(), ours, in, 2), -K230_EAGAIN);
}

TEST_F(UncachedStack, MoreThanThePieceGoesInSeveralCalls)
{
    int ends[2];
    ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
    const Fd mine(ends[0]), peer(ends[1]);
    const int ours = ends[0], theirs = ends[1];
    std::string got;
    size_t sent = 0;
    while (sent < LENGTH) {
        const k230_span out = Span(sent, LENGTH - sent);
        const int taken = k230_stack_send(stack.get(), ours, &out, 1);
        ASSERT_GT(taken, 0) << k230_error_name(taken);
        sent += static_cast<size_t>(taken);
        std::string some(LENGTH, '\0');
        const ssize_t length = recv(theirs, some.data(), some.size(), 0);
        ASSERT_GT(length, 0);
        got += some.substr(0, static_cast<size_t>(length));
    }
    EXPECT_EQ(got, Content(0, LENGTH));
}

TEST_F(UncachedStack, DatagramsGoWholeOneByOneAndInRuns)
{
    const int sock = k230_stack_open(stack.get(), K230_AF_INET, K230_SOCK_DGRAM, 0);
    ASSERT_GE(sock, 0);
    k230_addr any = {};
    any.family = K230_AF_INET;
    any.ip[0] = 127;
    any.ip[3] = 1;
    ASSERT_EQ(k230_stack_bind(stack.get(), sock, &any), 0);
    k230_addr own = {};
    ASSERT_EQ(k230_stack_local(stack.get(), sock, &own), 0);
    /* To itself. */
    const k230_span longest[2] = {Span(LENGTH - 65000, 65000), Span(0, 507)};
    ASSERT_EQ(k230_stack_sendto(stack.get(), sock, longest, 2, &own), 65507);
    const std::string wanted = Content(LENGTH - 65000, 65000) + Content(0, 507);
    k230_span in[2] = {Span(100000, 65000), Span(170000, 507)};
    k230_addr from = {};
    bool truncated = false;
    ASSERT_EQ(k230_stack_recvfrom(stack.get(), sock, in, 2, &from, &truncated), 65507);
    EXPECT_FALSE(truncated);
    EXPECT_EQ(Content(100000, 65000) + Content(170000, 507), wanted);
    EXPECT_EQ(from.port, own.port);

    const k230_span each[4] = {Span(8, 1000), Span(2001, 1000), Span(4002, 600), Span(9000, 400)};
    const k230_datagram_run run = {3, 1000, each, &own};
    int done = k230_stack_sendto_run(stack.get(), sock, &run);
    ASSERT_GE(done, 1);
    const std::string texts[3] = {Content(8, 1000), Content(2001, 1000), Content(4002, 600) + Content(9000, 400)};
    for (int i = 0; i < done; i++) {
        k230_span one = Span(200000, 1000);
        ASSERT_EQ(k230_stack_recvfrom(stack.get(), sock, &one, 1, &from, &truncated), 1000);
        EXPECT_EQ(Content(200000, 1000), texts[i]);
    }
    k230_span small = Span(200000, 10);
    ASSERT_EQ(k230_stack_sendto(stack.get(), sock, longest, 1, &own), 65000);
    ASSERT_EQ(k230_stack_recvfrom(stack.get(), sock, &small, 1, &from, &truncated), 10);
    EXPECT_TRUE(truncated);
    k230_stack_close(stack.get(), sock, false);
}
