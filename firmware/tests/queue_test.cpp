/* The rings of messages: order, full, and an other end that lies. */
#include "fake_hal.h"
#include "k230_queue.h"
#include "k230_ring.h"

namespace
{

constexpr uint32_t COUNT = 4;

/* Requests from the big core to the small core. */
class Queue : public ::testing::TestWithParam<Memory>
{
  protected:
    Queue() : machine(GetParam(), 4096)
    {
        open(machine.big(), producer, 0, 1);
        open(machine.small(), consumer, 1, 0);
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

    static void open(FakeCore &core, k230_queue &queue, unsigned mine, unsigned theirs)
    {
        k230_queue_open(&queue, &core.hal, core.view + 1024, COUNT, cell(core, mine), cell(core, theirs));
    }

    void start_at(uint32_t position)
    {
        producer.own = producer.seen = consumer.own = consumer.seen = position;
        claim_tail(position);
        claim_head(position);
    }

    static k230_request message(uint32_t id, const std::string &payload)
    {
        k230_request request = {};
        request.id = id;
        request.op = K230_OP_BIND;
        request.handle = id * 2;
        request.len = static_cast<uint32_t>(payload.size());
        std::memcpy(request.payload, payload.data(), payload.size());
        return request;
    }

    void put(uint32_t id, const std::string &payload = "")
    {
        const k230_request request = message(id, payload);
        k230_queue_put(&producer, &request);
    }

    void claim_tail(uint32_t value) { k230_shared_store(&machine.big().hal, cell(machine.big(), 0), value); }
    void claim_head(uint32_t value) { k230_shared_store(&machine.small().hal, cell(machine.small(), 1), value); }

    FakeMachine machine;
    k230_queue producer = {};
    k230_queue consumer = {};
    k230_request taken = {};
};

} // namespace

INSTANTIATE_TEST_SUITE_P(Memory, Queue, ::testing::Values(Memory::Shared, Memory::Cached),
                         [](const auto &given) { return given.param == Memory::Shared ? "Shared" : "Cached"; });

TEST_P(Queue, StartsEmpty)
{
    EXPECT_EQ(k230_queue_room(&producer), COUNT);
    EXPECT_EQ(k230_queue_filled(&consumer), 0u);
    EXPECT_EQ(k230_queue_take(&consumer, &taken), K230_TAKE_NONE);
}

TEST_P(Queue, GivesMessagesInOrderAndWhole)
{
    put(1, "one");
    put(2, std::string(K230_PAYLOAD_MAX, 'x'));
    put(3);
    EXPECT_GT(k230_queue_filled(&consumer), 0u);
    ASSERT_EQ(k230_queue_take(&consumer, &taken), K230_TAKE_ONE);
    EXPECT_EQ(taken.id, 1u);
    EXPECT_EQ(taken.op, K230_OP_BIND);
    EXPECT_EQ(taken.handle, 2u);
    EXPECT_EQ(std::string(reinterpret_cast<char *>(taken.payload), taken.len), "one");
    ASSERT_EQ(k230_queue_take(&consumer, &taken), K230_TAKE_ONE);
    EXPECT_EQ(std::string(reinterpret_cast<char *>(taken.payload), taken.len), std::string(K230_PAYLOAD_MAX, 'x'));
    ASSERT_EQ(k230_queue_take(&consumer, &taken), K230_TAKE_ONE);
    EXPECT_EQ(taken.len, 0u);
    EXPECT_EQ(k230_queue_take(&consumer, &taken), K230_TAKE_NONE);
}

TEST_P(Queue, IsFullWithEverySlotUsedAndHasRoomAfterOneIsTaken)
{
    for (uint32_t i = 1; i <= COUNT; i++) {
        EXPECT_EQ(k230_queue_room(&producer), COUNT + 1 - i);
        put(i);
    }
    EXPECT_EQ(k230_queue_room(&producer), 0u);
    ASSERT_EQ(k230_queue_take(&consumer, &taken), K230_TAKE_ONE);
    EXPECT_EQ(k230_queue_room(&producer), 1u);
}

TEST_P(Queue, KeepsItsOrderWhereTheIndicesWrapAround)
{
    start_at(0xFFFFFFF0u);
    for (uint32_t id = 1; id < 100; id++) {
        while (k230_queue_room(&producer) != 0 && k230_queue_room(&producer) > id % COUNT)
            put(id * 1000 + k230_queue_room(&producer), "payload");
        uint32_t last = UINT32_MAX;
        while (k230_queue_take(&consumer, &taken) == K230_TAKE_ONE) {
            EXPECT_LT(taken.id, last);
            last = taken.id;
        }
        EXPECT_EQ(k230_queue_room(&producer), COUNT);
    }
    EXPECT_LT(producer.own, 0xFFFFFFF0u);
}

TEST_P(Queue, IsBrokenByALengthLongerThanItsField)
{
    for (const uint32_t lie : {K230_PAYLOAD_MAX + 1, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
        uint8_t *slot = machine.big().view + 1024 + (producer.own % COUNT) * K230_MESSAGE_SIZE;
        k230_request request = message(7, "");
        request.len = lie;
        k230_shared_write(&machine.big().hal, slot, &request, K230_MESSAGE_HEAD);
        claim_tail(producer.own + 1);
        const uint32_t own = consumer.own;
        EXPECT_EQ(k230_queue_take(&consumer, &taken), K230_TAKE_TOO_LONG);
        EXPECT_EQ(consumer.own, own) << "the slot is not given back";
        claim_tail(producer.own);
    }
}

TEST_P(Queue, IsBrokenByATailThatClaimsMoreThanItHolds)
{
    put(1);
    ASSERT_EQ(k230_queue_take(&consumer, &taken), K230_TAKE_ONE);
    for (const uint32_t lie : {COUNT + 2, 0x80000000u, 0xFFFFFFFFu, 0u /* backwards */}) {
        claim_tail(lie);
        EXPECT_EQ(k230_queue_take(&consumer, &taken), K230_TAKE_BROKEN) << lie;
        EXPECT_EQ(consumer.own, 1u);
    }
}

TEST_P(Queue, IsBrokenByAHeadAheadOfTheProducerOrRunningBackwards)
{
    put(1);
    put(2);
    ASSERT_EQ(k230_queue_take(&consumer, &taken), K230_TAKE_ONE);
    ASSERT_EQ(k230_queue_room(&producer), COUNT - 1);
    for (const uint32_t lie : {3u, 0x80000000u, 0xFFFFFFFFu, 0u /* backwards */}) {
        const k230_queue before = producer;
        claim_head(lie);
        EXPECT_EQ(k230_queue_room(&producer), K230_RING_BROKEN) << lie;
        EXPECT_EQ(std::memcmp(&before, &producer, sizeof before), 0);
    }
    claim_head(2);
    EXPECT_EQ(k230_queue_room(&producer), COUNT);
}

TEST_P(Queue, UsesTheCopyItCheckedWhateverHappensToTheSlotAfterwards)
{
    put(1, "checked");
    ASSERT_EQ(k230_queue_take(&consumer, &taken), K230_TAKE_ONE);
    const std::vector<uint8_t> garbage(K230_MESSAGE_SIZE, 0xEE);
    k230_shared_write(&machine.big().hal, machine.big().view + 1024, garbage.data(), garbage.size());
    EXPECT_EQ(taken.len, 7u);
    EXPECT_EQ(std::string(reinterpret_cast<char *>(taken.payload), taken.len), "checked");
}
