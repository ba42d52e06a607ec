/* Byte rings, on shared and on non-coherent memory; indices just below their wrap-around; a lying other end. */
#include "fake_hal.h"
#include "k230_ring.h"

#include <random>

namespace
{

constexpr uint32_t SIZE = 1024;

/* One ring from the big core (producer) to the small core (consumer). */
class Ring : public ::testing::TestWithParam<Memory>
{
  protected:
    Ring() : machine(GetParam(), 4096)
    {
        open(machine.big(), big, producer, 0, 1);
        open(machine.small(), small, consumer, 1, 0);
    }

    void TearDown() override
    {
        machine.check_all_clean();
        for (const std::string &violation : machine.violations)
            ADD_FAILURE() << violation;
    }

    static uint32_t *cell(FakeCore &core, unsigned which)
    {
        return reinterpret_cast<uint32_t *>(core.view + which * K230_LINE);
    }

    static void open(FakeCore &core, k230_ring_row &row, k230_ring &ring, unsigned mine, unsigned theirs)
    {
        row = {&core.hal, core.view + 1024, cell(core, mine), cell(core, theirs), SIZE, 0};
        k230_ring_open(&ring, &row, 0);
    }

    /* Both ends as if `position` bytes had gone through. */
    void start_at(uint32_t position)
    {
        producer.own = producer.seen = consumer.own = consumer.seen = position;
        k230_ring_publish(&producer);
        k230_ring_publish(&consumer);
    }

    void put(const std::string &bytes)
    {
        k230_ring_put(&producer, bytes.data(), static_cast<uint32_t>(bytes.size()));
        k230_ring_publish(&producer);
    }

    std::string peek(uint32_t offset, uint32_t length)
    {
        std::string bytes(length, '\0');
        k230_ring_peek(&consumer, offset, bytes.data(), length);
        return bytes;
    }

    std::string take(uint32_t length)
    {
        const std::string bytes = peek(0, length);
        k230_ring_advance(&consumer, length);
        k230_ring_publish(&consumer);
        return bytes;
    }

    /* What the other core writes into its own index, honest or not. */
    void claim_tail(uint32_t value) { k230_shared_store(&machine.big().hal, cell(machine.big(), 0), value); }
    void claim_head(uint32_t value) { k230_shared_store(&machine.small().hal, cell(machine.small(), 1), value); }

    FakeMachine machine;
    k230_ring_row big = {};
    k230_ring_row small = {};
    k230_ring producer = {};
    k230_ring consumer = {};
};

std::string letters(uint32_t length, uint32_t from = 0)
{
    std::string text(length, '\0');
    for (uint32_t i = 0; i < length; i++)
        text[i] = static_cast<char>('a' + (from + i) % 26);
    return text;
}

} // namespace

INSTANTIATE_TEST_SUITE_P(Memory, Ring, ::testing::Values(Memory::Shared, Memory::Cached),
                         [](const auto &given) { return given.param == Memory::Shared ? "Shared" : "Cached"; });

TEST_P(Ring, StartsEmptyWithRoomForAll)
{
    EXPECT_EQ(k230_ring_room(&producer), SIZE);
    EXPECT_EQ(k230_ring_filled(&consumer), 0u);
}

TEST_P(Ring, GivesBackBytesInOrder)
{
    put("first ");
    put("second");
    EXPECT_EQ(k230_ring_filled(&consumer), 12u);
    EXPECT_EQ(take(3), "fir");
    EXPECT_EQ(take(9), "st second");
    EXPECT_EQ(k230_ring_filled(&consumer), 0u);
}

TEST_P(Ring, ShowsNothingBeforeItIsPublished)
{
    k230_ring_put(&producer, "hidden", 6);
    EXPECT_EQ(k230_ring_filled(&consumer), 0u);
    k230_ring_publish(&producer);
    EXPECT_EQ(k230_ring_filled(&consumer), 6u);
}

TEST_P(Ring, GivesNothingBackBeforeItIsPublished)
{
    put(letters(SIZE));
    EXPECT_EQ(k230_ring_filled(&consumer), SIZE);
    k230_ring_advance(&consumer, 100);
    EXPECT_EQ(k230_ring_room(&producer), 0u);
    k230_ring_publish(&consumer);
    EXPECT_EQ(k230_ring_room(&producer), 100u);
}

TEST_P(Ring, IsFullWithEveryByteUsedAndEmptyAgainAfterwards)
{
    put(letters(SIZE));
    EXPECT_EQ(k230_ring_room(&producer), 0u);
    EXPECT_EQ(k230_ring_filled(&consumer), SIZE);
    EXPECT_EQ(take(SIZE), letters(SIZE));
    EXPECT_EQ(k230_ring_room(&producer), SIZE);
    EXPECT_EQ(k230_ring_filled(&consumer), 0u);
}

TEST_P(Ring, GivesBackBytesInOrderAcrossTheEndOfItsMemory)
{
    start_at(SIZE - 10);
    put(letters(25));
    EXPECT_EQ(take(25), letters(25));
}

TEST_P(Ring, GivesBackBytesInOrderWhereTheIndicesWrapAround)
{
    start_at(0xFFFFFFF0u);
    put(letters(SIZE));
    EXPECT_EQ(k230_ring_room(&producer), 0u);
    EXPECT_EQ(k230_ring_filled(&consumer), SIZE);
    EXPECT_EQ(take(20), letters(20));
    EXPECT_EQ(k230_ring_room(&producer), 20u);
    put(letters(20, SIZE));
    EXPECT_EQ(k230_ring_filled(&consumer), SIZE);
    EXPECT_EQ(take(SIZE), letters(SIZE, 20));
    EXPECT_EQ(k230_ring_filled(&consumer), 0u);
    EXPECT_EQ(k230_ring_room(&producer), SIZE);
}

TEST_P(Ring, NeverLosesAByteInAnyMixtureOfLengths)
{
    start_at(0xFFFFFF00u);
    std::mt19937 random(1);
    uint32_t sent = 0;
    uint32_t received = 0;
    while (received < 50000) {
        const uint32_t room = k230_ring_room(&producer);
        ASSERT_EQ(room, SIZE - (sent - received));
        const uint32_t length = static_cast<uint32_t>(random() % (room + 1));
        put(letters(length, sent));
        sent += length;
        const uint32_t filled = k230_ring_filled(&consumer);
        ASSERT_EQ(filled, sent - received);
        const uint32_t taken = static_cast<uint32_t>(random() % (filled + 1));
        ASSERT_EQ(take(taken), letters(taken, received));
        received += taken;
    }
}

TEST_P(Ring, PeeksAheadWithoutTaking)
{
    start_at(SIZE - 4);
    put("abcdefgh");
    EXPECT_EQ(k230_ring_filled(&consumer), 8u);
    EXPECT_EQ(peek(2, 4), "cdef");
    EXPECT_EQ(peek(6, 2), "gh");
    EXPECT_EQ(take(8), "abcdefgh");
}

TEST_P(Ring, SpansAreOneTwoOrNoPieces)
{
    k230_span spans[2];
    EXPECT_EQ(k230_ring_spans(&producer, 0, 0, spans), 0u);
    EXPECT_EQ(k230_ring_spans(&producer, 0, SIZE, spans), 1u);
    EXPECT_EQ(spans[0].start, k230_ring_data(&producer));
    EXPECT_EQ(spans[0].length, SIZE);

    start_at(0xFFFFFFF0u); /* sixteen bytes before the end of the memory */
    EXPECT_EQ(k230_ring_spans(&producer, 0, 16, spans), 1u);
    EXPECT_EQ(spans[0].start, k230_ring_data(&producer) + SIZE - 16);
    EXPECT_EQ(k230_ring_spans(&producer, 0, 17, spans), 2u);
    EXPECT_EQ(spans[0].length, 16u);
    EXPECT_EQ(spans[1].start, k230_ring_data(&producer));
    EXPECT_EQ(spans[1].length, 1u);
    EXPECT_EQ(k230_ring_spans(&producer, 16, 40, spans), 1u);
    EXPECT_EQ(spans[0].start, k230_ring_data(&producer));
    EXPECT_EQ(k230_ring_spans(&producer, 1, SIZE, spans), 2u);
    EXPECT_EQ(spans[0].length + spans[1].length, SIZE);
}

TEST_P(Ring, TakesBytesWrittenInPlace)
{
    start_at(SIZE - 3);
    k230_span spans[2];
    const unsigned pieces = k230_ring_spans(&producer, 0, 6, spans);
    ASSERT_EQ(pieces, 2u);
    std::memcpy(spans[0].start, "abc", 3);
    std::memcpy(spans[1].start, "def", 3);
    for (const k230_span &span : spans)
        k230_shared_clean(producer.row->hal, span.start, span.length);
    k230_ring_advance(&producer, 6);
    k230_ring_publish(&producer);
    EXPECT_EQ(k230_ring_filled(&consumer), 6u);
    EXPECT_EQ(take(6), "abcdef");
}

TEST_P(Ring, FindsAByteBeforeAndAfterTheWrap)
{
    start_at(0xFFFFFFFCu);
    put("ab\ncd\nef");
    ASSERT_EQ(k230_ring_filled(&consumer), 8u);
    EXPECT_EQ(k230_ring_find(&consumer, '\n', 8), 2u);
    take(3);
    EXPECT_EQ(k230_ring_find(&consumer, '\n', 5), 2u);
    EXPECT_EQ(k230_ring_find(&consumer, '\n', 2), 2u) << "beyond the length it was told";
    EXPECT_EQ(k230_ring_find(&consumer, 'x', 5), 5u);
    EXPECT_EQ(k230_ring_find(&consumer, 'x', 0), 0u);
}

TEST_P(Ring, FindsAByteThatIsTheFirstBehindTheWrap)
{
    start_at(SIZE - 2);
    put("ab\n");
    ASSERT_EQ(k230_ring_filled(&consumer), 3u);
    EXPECT_EQ(k230_ring_find(&consumer, '\n', 3), 2u);
}

TEST_P(Ring, IsBrokenWhereTheProducerClaimsMoreThanItHolds)
{
    put("abc");
    ASSERT_EQ(k230_ring_filled(&consumer), 3u);
    for (const uint32_t lie : {SIZE + 1, SIZE + 4, 0x80000000u, 0xFFFFFFFFu}) {
        const k230_ring before = consumer;
        claim_tail(lie);
        EXPECT_EQ(k230_ring_filled(&consumer), K230_RING_BROKEN) << lie;
        EXPECT_EQ(std::memcmp(&before, &consumer, sizeof before), 0) << "nothing is touched";
    }
    claim_tail(SIZE);
    EXPECT_EQ(k230_ring_filled(&consumer), SIZE) << "the most that can be true";
}

TEST_P(Ring, IsBrokenWhereTheProducersIndexRunsBackwards)
{
    put(letters(100));
    ASSERT_EQ(k230_ring_filled(&consumer), 100u);
    take(40);
    claim_tail(99);
    EXPECT_EQ(k230_ring_filled(&consumer), K230_RING_BROKEN);
    claim_tail(40);
    EXPECT_EQ(k230_ring_filled(&consumer), K230_RING_BROKEN) << "back to where the consumer stands";
    claim_tail(39);
    EXPECT_EQ(k230_ring_filled(&consumer), K230_RING_BROKEN) << "behind the consumer";
    claim_tail(100);
    EXPECT_EQ(k230_ring_filled(&consumer), 60u);
}

TEST_P(Ring, IsBrokenWhereTheConsumerTookMoreThanWasPut)
{
    put("abc");
    ASSERT_EQ(k230_ring_room(&producer), SIZE - 3);
    for (const uint32_t lie : {4u, SIZE, 0x80000000u, 0xFFFFFFFFu}) {
        const k230_ring before = producer;
        claim_head(lie);
        EXPECT_EQ(k230_ring_room(&producer), K230_RING_BROKEN) << lie;
        EXPECT_EQ(std::memcmp(&before, &producer, sizeof before), 0) << "nothing is touched";
    }
    claim_head(3);
    EXPECT_EQ(k230_ring_room(&producer), SIZE);
}

TEST_P(Ring, IsBrokenWhereTheConsumersIndexRunsBackwards)
{
    put(letters(100));
    ASSERT_EQ(k230_ring_filled(&consumer), 100u);
    take(50);
    ASSERT_EQ(k230_ring_room(&producer), SIZE - 50);
    claim_head(49);
    EXPECT_EQ(k230_ring_room(&producer), K230_RING_BROKEN);
    claim_head(0);
    EXPECT_EQ(k230_ring_room(&producer), K230_RING_BROKEN);
    claim_head(50);
    EXPECT_EQ(k230_ring_room(&producer), SIZE - 50);
}

TEST_P(Ring, SeesLiesAcrossTheWrapAroundOfTheIndices)
{
    start_at(0xFFFFFFF0u);
    put(letters(32)); /* the tail is 0x10 now */
    ASSERT_EQ(k230_ring_filled(&consumer), 32u);
    ASSERT_EQ(k230_ring_room(&producer), SIZE - 32);
    claim_head(0x11);
    EXPECT_EQ(k230_ring_room(&producer), K230_RING_BROKEN);
    claim_head(0xFFFFFFEFu);
    EXPECT_EQ(k230_ring_room(&producer), K230_RING_BROKEN);
    claim_tail(0x0F);
    EXPECT_EQ(k230_ring_filled(&consumer), K230_RING_BROKEN);
    claim_tail(0xFFFFFFF0u + SIZE + 1);
    EXPECT_EQ(k230_ring_filled(&consumer), K230_RING_BROKEN);
    claim_tail(0xFFFFFFF0u + SIZE);
    EXPECT_EQ(k230_ring_filled(&consumer), SIZE);
}
