/* The server over a line that a test holds in its hands. */
#include "wire_server.h"

#include <deque>

/* A transport whose PC is the test. */
class ScriptedLine
{
  public:
    ScriptedLine()
    {
        table_.open = [](k230_wire_transport *t) { return Self(t).Open(); };
        table_.accept = [](k230_wire_transport *t, uint32_t ms) { return Self(t).Accept(ms); };
        table_.read = [](k230_wire_transport *t, void *data, uint32_t length, uint32_t ms) {
            return Self(t).Read(data, length, ms);
        };
        table_.write = [](k230_wire_transport *t, const void *data, uint32_t length, uint32_t) {
            return Self(t).Write(data, length);
        };
        table_.drop = [](k230_wire_transport *t) { Self(t).Change([](ScriptedLine &self) { self.there_ = false; }); };
        table_.close = [](k230_wire_transport *t) { Self(t).Change([](ScriptedLine &self) { self.closes_++; }); };
        bound_.transport.ops = &table_;
        bound_.transport.name = "line";
        bound_.self = this;
    }
    k230_wire_transport *get() { return &bound_.transport; }

    /* ---- the PC ---- */

    void Come()
    {
        Change([](ScriptedLine &self) {
            self.there_ = true;
            self.sent_.clear();
            self.received_.clear();
        });
    }
    void Go()
    {
        Change([](ScriptedLine &self) { self.there_ = false; });
    }
    /* As one read. */
    void Send(const std::string &bytes)
    {
        Change([&](ScriptedLine &self) {
            self.sent_.push_back(bytes);
            self.idle_ = false;
        });
    }
    std::string Received()
    {
        std::lock_guard<std::mutex> guard(lock_);
        return received_;
    }
    bool Receives(size_t length)
    {
        std::unique_lock<std::mutex> guard(lock_);
        return changed_.wait_for(guard, std::chrono::milliseconds(WIRE_PATIENCE_MS),
                                 [&] { return received_.size() >= length; });
    }
    /* The server has seen all of it, and reads again. */
    bool TakesAll()
    {
        std::unique_lock<std::mutex> guard(lock_);
        return changed_.wait_for(guard, std::chrono::milliseconds(WIRE_PATIENCE_MS), [&] { return idle_; });
    }

    /* ---- the line ---- */

    std::atomic<int> open_result{0};
    std::atomic<int> write_result{0};
    std::atomic<bool> broken{false}; /* accept fails */
    std::atomic<unsigned> opens{0};
    unsigned closes()
    {
        std::lock_guard<std::mutex> guard(lock_);
        return closes_;
    }

  private:
    struct Bound {
        k230_wire_transport transport; /* first: the operations receive it */
        ScriptedLine *self;
    };
    static ScriptedLine &Self(k230_wire_transport *t) { return *reinterpret_cast<Bound *>(t)->self; }
    template <typename What> void Change(What what)
    {
        {
            std::lock_guard<std::mutex> guard(lock_);
            what(*this);
        }
        changed_.notify_all();
    }
    int Open()
    {
        opens++;
        return open_result;
    }
    int Accept(uint32_t ms)
    {
        std::unique_lock<std::mutex> guard(lock_);
        if (broken.exchange(false))
            return -K230_ECONNRESET;
        return changed_.wait_for(guard, std::chrono::milliseconds(ms), [&] { return there_; }) ? 1 : 0;
    }
    int Read(void *data, uint32_t length, uint32_t ms)
    {
        std::unique_lock<std::mutex> guard(lock_);
        idle_ = sent_.empty();
        changed_.notify_all();
        changed_.wait_for(guard, std::chrono::milliseconds(ms), [&] { return !sent_.empty() || !there_; });
        if (sent_.empty())
            return there_ ? 0 : -K230_ECONNRESET;
        const std::string bytes = sent_.front().substr(0, length);
        memcpy(data, bytes.data(), bytes.size());
        sent_.front().erase(0, bytes.size());
        if (sent_.front().empty())
            sent_.pop_front();
        changed_.notify_all();
        return static_cast<int>(bytes.size());
    }
    /* In pieces, so that packets of several threads would mix if nothing kept them apart. */
    int Write(const void *data, uint32_t length)
    {
        for (uint32_t done = 0; done < length; done += 16) {
            const int result = write_result;
            if (result < 0)
                return result;
            Change([&](ScriptedLine &self) {
                self.received_.append(static_cast<const char *>(data) + done, std::min<size_t>(16, length - done));
            });
            std::this_thread::yield();
        }
        return 0;
    }

    k230_wire_transport_ops table_ = {};
    Bound bound_ = {};
    std::mutex lock_;
    std::condition_variable changed_;
    bool there_ = false;
    bool idle_ = false;
    unsigned closes_ = 0;
    std::deque<std::string> sent_;
    std::string received_;
};

class WireServing : public testing::Test
{
  protected:
    WireServing() : server(hal.hal(), line.get()) {}
    void Run() { server.Run(); }
    void RunWithPc()
    {
        Run();
        line.Come();
        ASSERT_TRUE(server.Came());
    }
    int Request(uint32_t command, const std::string &payload = "")
    {
        return k230_wire_request(server.get(), command, K230_WIRE_NON_CRITICAL, payload.data(),
                                 static_cast<uint32_t>(payload.size()));
    }

    WireHal hal;
    ScriptedLine line;
    WireServer server;
};

TEST_F(WireServing, AReplyCarriesCommandAndSequenceOfItsRequest)
{
    RunWithPc();
    line.Send(PacketOf(K230_WIRE_CHECK_MEMORY, "payload", 0xBEEF));
    ASSERT_TRUE(line.Receives(32 + 7));
    EXPECT_EQ((std::vector<Packet>{{K230_WIRE_CHECK_MEMORY, K230_WIRE_REPLY | K230_WIRE_ACK, 0, 0xBEEF, "payload"}}),
              PacketsOf(line.Received()));
    EXPECT_EQ((std::vector<Packet>{{K230_WIRE_CHECK_MEMORY, 0, 0xBEEF, 0, "payload"}}), server.packets());
}

TEST_F(WireServing, ABadHeaderIsReportedAsNfInterpreterDoes)
{
    RunWithPc();
    std::string bad = PacketOf(K230_WIRE_PING);
    bad[20] = 'x';
    line.Send(bad);
    ASSERT_TRUE(line.Receives(32));
    EXPECT_EQ((std::vector<Packet>{{0, K230_WIRE_NACK | K230_WIRE_NON_CRITICAL | K230_WIRE_BAD_HEADER, 0, 0, ""}}),
              PacketsOf(line.Received()));
    EXPECT_TRUE(server.packets().empty());
}

TEST_F(WireServing, ABadPayloadIsReportedAsNfInterpreterDoes)
{
    RunWithPc();
    line.Send(PacketOf(K230_WIRE_WRITE_MEMORY, "payload").substr(0, 38) + "X");
    ASSERT_TRUE(line.Receives(32));
    EXPECT_EQ((std::vector<Packet>{{0, K230_WIRE_NACK | K230_WIRE_NON_CRITICAL | K230_WIRE_BAD_PAYLOAD, 0, 0, ""}}),
              PacketsOf(line.Received()));
    EXPECT_TRUE(server.packets().empty());
}

TEST_F(WireServing, BadPacketsOfAVisitAreLoggedAtItsEnd)
{
    RunWithPc();
    std::string bad = PacketOf(K230_WIRE_PING);
    bad[20] = 'x';
    line.Send(bad + bad + PacketOf(K230_WIRE_WRITE_MEMORY, "payload").substr(0, 38) + "X");
    ASSERT_TRUE(line.Receives(96));
    line.Go();
    ASSERT_TRUE(server.Gone());
    server.Stop();
    EXPECT_EQ((std::vector<std::string>{"wire: line: bad packets from the PC: 2 by the header, 1 by the payload"}),
              hal.Lines());
}

TEST_F(WireServing, NothingIsSentWhileNobodyIsThere)
{
    EXPECT_EQ(-K230_ENOTCONN, Request(K230_WIRE_MESSAGE, "before"));
    RunWithPc();
    EXPECT_TRUE(k230_wire_connected(server.get()));
    EXPECT_EQ(0, Request(K230_WIRE_MESSAGE, "while"));
    line.Go();
    ASSERT_TRUE(server.Gone());
    EXPECT_FALSE(k230_wire_connected(server.get()));
    EXPECT_EQ(-K230_ENOTCONN, Request(K230_WIRE_MESSAGE, "after"));
    EXPECT_EQ(1u, PacketsOf(line.Received()).size());
}

TEST_F(WireServing, APayloadThatIsTooLongIsNotSent)
{
    RunWithPc();
    EXPECT_EQ(-K230_EMSGSIZE, Request(K230_WIRE_MESSAGE, std::string(K230_WIRE_REPLY_MAX + 1u, 'x')));
    EXPECT_EQ(0, Request(K230_WIRE_MESSAGE, std::string(1024, 'x')));
    ASSERT_EQ(1u, PacketsOf(line.Received()).size());
}

TEST_F(WireServing, APacketKeepsTheSequenceThatItsSenderGaveIt)
{
    RunWithPc();
    k230_wire_header header = {};
    header.command = K230_WIRE_PROGRAM_EXIT;
    header.sequence = 0x4711;
    header.reply_sequence = 0x0815;
    EXPECT_EQ(0, k230_wire_send(server.get(), &header, nullptr));
    EXPECT_EQ((std::vector<Packet>{{K230_WIRE_PROGRAM_EXIT, 0, 0x4711, 0x0815, ""}}), PacketsOf(line.Received()));
}

TEST_F(WireServing, PacketsOfSeveralThreadsGoOutWholeAndNumbered)
{
    RunWithPc();
    std::vector<std::thread> threads;
    for (uint32_t i = 0; i < 4; i++)
        threads.emplace_back([this, i] {
            Dice dice(i + 1);
            for (int n = 0; n < 100; n++)
                EXPECT_EQ(0, Request(100 + i, dice.Bytes(dice.Below(200))));
        });
    for (int n = 0; n < 50; n++)
        line.Send(PacketOf(99, "from the PC"));
    for (std::thread &thread : threads)
        thread.join();
    ASSERT_TRUE(server.GotPackets(50));
    server.Stop();
    std::vector<Dice> dice = {Dice(1), Dice(2), Dice(3), Dice(4)};
    unsigned count = 0;
    for (const Packet &packet : PacketsOf(line.Received())) {
        EXPECT_EQ(count++, packet.sequence);
        if (packet.command != 99) {
            Dice &own = dice.at(packet.command - 100);
            EXPECT_EQ(own.Bytes(own.Below(200)), packet.payload) << "in the order of its thread";
        }
    }
    EXPECT_EQ(450u, count);
}

/* ---- a PC that goes ---------------------------------------------------------------------------------------------- */

TEST_F(WireServing, APcMayGoInEachStateAndTheNextOneIsServed)
{
    Run();
    const std::string packet = PacketOf(K230_WIRE_WRITE_MEMORY, "payload");
    unsigned visits = 0;
    for (size_t cut = 0; cut <= packet.size(); cut++) {
        line.Come();
        ASSERT_TRUE(server.Came(++visits));
        if (cut > 0)
            line.Send(packet.substr(0, cut));
        ASSERT_TRUE(line.TakesAll());
        line.Go();
        ASSERT_TRUE(server.Gone(visits));
    }
    EXPECT_EQ(1u, server.packets().size()) << "the whole one";
    EXPECT_EQ(0u, server.get()->counts.bad_payloads) << "the bytes of one PC are not joined to another's";
    line.Come();
    ASSERT_TRUE(server.Came(++visits));
    line.Send(PacketOf(K230_WIRE_PING));
    ASSERT_TRUE(line.Receives(32));
    EXPECT_EQ(1u, PacketsOf(line.Received()).size()) << "and no report of a bad packet";
}

TEST_F(WireServing, APcMayGoWhileItsPacketIsHandled)
{
    std::atomic<int> sent{1};
    server.OnPacket([&](const k230_wire_header *header, const uint8_t *) {
        line.Go();
        line.write_result = -K230_ECONNRESET;
        sent = k230_wire_reply(server.get(), header, K230_WIRE_ACK, nullptr, 0);
    });
    RunWithPc();
    line.Send(PacketOf(K230_WIRE_PING) + PacketOf(K230_WIRE_TARGET_INFO));
    ASSERT_TRUE(server.Gone());
    EXPECT_EQ(-K230_ECONNRESET, sent);
    EXPECT_EQ(1u, server.packets().size()) << "nothing of a PC that is gone is handled";
}

TEST_F(WireServing, AWriteThatFailsEndsTheVisit)
{
    RunWithPc();
    line.write_result = -K230_ETIMEDOUT;
    EXPECT_EQ(-K230_ETIMEDOUT, Request(K230_WIRE_MESSAGE, "nobody takes it"));
    EXPECT_FALSE(k230_wire_connected(server.get()));
    EXPECT_EQ(-K230_ENOTCONN, Request(K230_WIRE_MESSAGE, "nor the next one")) << "it is not waited for again";
    EXPECT_TRUE(server.Gone());
}

TEST_F(WireServing, SilenceWithinAPacketEndsItByTheHalsClock)
{
    RunWithPc();
    line.Send(PacketOf(K230_WIRE_WRITE_MEMORY, "payload").substr(0, 35));
    ASSERT_TRUE(line.TakesAll());
    hal.TurnAhead(K230_WIRE_SILENCE_MS);
    line.Send(PacketOf(K230_WIRE_PING));
    ASSERT_TRUE(line.Receives(32));
    EXPECT_EQ((std::vector<Packet>{{K230_WIRE_PING, K230_WIRE_REPLY | K230_WIRE_ACK, 0, 1, ""}}),
              PacketsOf(line.Received()));
}

TEST_F(WireServing, AHandlerThatTakesItsTimeLosesNothing)
{
    server.OnPacket([&](const k230_wire_header *header, const uint8_t *payload) {
        hal.TurnAhead(10u * K230_WIRE_SILENCE_MS);
        k230_wire_reply(server.get(), header, K230_WIRE_ACK, payload, header->size);
    });
    RunWithPc();
    const std::string second = PacketOf(K230_WIRE_WRITE_MEMORY, "second", 2);
    line.Send(PacketOf(K230_WIRE_ERASE_MEMORY, "first", 1) + second.substr(0, 20));
    line.Send(second.substr(20));
    ASSERT_TRUE(line.Receives(64 + 11));
    EXPECT_EQ(2u, server.packets().size());
}

/* ---- a line that breaks, and the end ----------------------------------------------------------------------------- */

TEST_F(WireServing, ALineThatCannotBeOpenedIsTriedAgainAndLoggedOnce)
{
    line.open_result = -K230_ENOENT;
    Run();
    ASSERT_TRUE(server.Eventually([&] { return line.opens >= 3; }));
    line.open_result = -K230_EBUSY;
    ASSERT_TRUE(server.Eventually([&] { return hal.Lines().size() == 2; }));
    line.open_result = 0;
    line.Come();
    ASSERT_TRUE(server.Came());
    server.Stop();
    EXPECT_EQ((std::vector<std::string>{"wire: line: cannot be opened: ENOENT", "wire: line: cannot be opened: EBUSY"}),
              hal.Lines());
}

TEST_F(WireServing, ALineThatBreaksIsOpenedAgain)
{
    RunWithPc();
    line.broken = true;
    line.Go();
    ASSERT_TRUE(server.Gone());
    ASSERT_TRUE(server.Eventually([&] { return line.opens == 2; }));
    EXPECT_EQ(1u, line.closes());
    line.Come();
    EXPECT_TRUE(server.Came(2));
}

TEST_F(WireServing, OpeningBeforeServingTellsTheFailureAndIsNotRepeated)
{
    line.open_result = -K230_EACCES;
    EXPECT_EQ(-K230_EACCES, k230_wire_open(server.get()));
    line.open_result = 0;
    EXPECT_EQ(0, k230_wire_open(server.get()));
    EXPECT_EQ(0, k230_wire_open(server.get()));
    EXPECT_EQ(2u, line.opens);
    RunWithPc();
    EXPECT_EQ(2u, line.opens);
}

TEST_F(WireServing, EndsWithinASecondWithoutAPc)
{
    Run();
    ASSERT_TRUE(server.Eventually([&] { return line.opens == 1; }));
    EXPECT_LE(server.Stop(), 1000u);
    EXPECT_EQ(1u, line.closes());
}

TEST_F(WireServing, EndsWithinASecondWithAPc)
{
    RunWithPc();
    EXPECT_LE(server.Stop(), 1000u);
    EXPECT_EQ(1u, server.gone()) << "the handler is told";
}

TEST_F(WireServing, EndsWithinASecondWhileTheLineCannotBeOpened)
{
    line.open_result = -K230_ENOENT;
    Run();
    ASSERT_TRUE(server.Eventually([&] { return line.opens >= 1; }));
    EXPECT_LE(server.Stop(), 1000u);
    EXPECT_EQ(0u, line.closes());
}

TEST_F(WireServing, MayBeStoppedByItsHandler)
{
    server.OnPacket([&](const k230_wire_header *header, const uint8_t *) {
        k230_wire_reply(server.get(), header, K230_WIRE_ACK, nullptr, 0);
        k230_wire_stop(server.get());
    });
    RunWithPc();
    line.Send(PacketOf(K230_WIRE_REBOOT));
    ASSERT_TRUE(server.Eventually([&] { return server.ended(); }));
    EXPECT_EQ(1u, server.gone());
    EXPECT_EQ(1u, PacketsOf(line.Received()).size());
}

TEST_F(WireServing, ServesNobodyAfterAStopOfBefore)
{
    k230_wire_stop(server.get());
    Run();
    ASSERT_TRUE(server.Eventually([&] { return server.ended(); }));
    EXPECT_EQ(0u, line.opens);
}

/* Static memory alone, and little of it. */
TEST(WireSizes, AServerHasThreeBuffersOfAPacketAndLittleElse)
{
    EXPECT_LE(sizeof(k230_wire_server), 3u * K230_WIRE_PACKET_MAX + K230_WIRE_REPLY_MAX - K230_WIRE_PAYLOAD_MAX + 256u);
}
