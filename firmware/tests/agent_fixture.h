/* The agent over a fake stack, with a big core that the test writes by hand. */
#ifndef K230_AGENT_FIXTURE_H
#define K230_AGENT_FIXTURE_H

#include "fake_hal.h"
#include "fake_stack.h"
#include "k230_agent.h"

class AgentTest : public ::testing::Test
{
  protected:
    static constexpr k230_limits LIMITS = {8, 16, 16, 6, 1024, 2048, 600};

    struct Sock {
        uint32_t handle = 0;
        int number = -1; /* the stack's */
        uint32_t pair = K230_NO_PAIR;
        k230_ring tx = {};
        k230_ring rx = {};
        uint32_t slot() const { return k230_handle_slot(handle); }
    };

    static uint64_t region_of(const k230_limits &limits)
    {
        k230_layout layout = {};
        EXPECT_TRUE(k230_layout_of(&limits, UINT32_MAX, &layout));
        return layout.end;
    }

    AgentTest() : machine(Memory::Shared, region_of(LIMITS)), agent(new k230_agent) {}

    void SetUp() override
    {
        ASSERT_TRUE(k230_agent_start(agent.get(), &machine.small().hal, &stack, &LIMITS));
        begin_session();
    }

    void TearDown() override
    {
        k230_agent_stop(agent.get());
        EXPECT_EQ(stack.open_count(), 0u) << "a stack socket leaked";
    }

    k230_head *head() { return reinterpret_cast<k230_head *>(machine.ddr()); }
    k230_hal *big_hal() { return &machine.big().hal; }

    void turn(unsigned times = 4)
    {
        for (unsigned i = 0; i < times; i++)
            EXPECT_TRUE(k230_agent_step(agent.get(), 0));
    }

    void say_hello(uint32_t id, uint32_t version = K230_VERSION, uint32_t magic = K230_MAGIC_BIG, uint32_t boot_id = 0)
    {
        head()->big.magic = magic;
        head()->big.version = version;
        head()->big.agent_boot_id = boot_id != 0 ? boot_id : head()->small.boot_id;
        head()->big.session = id;
    }

    void begin_session()
    {
        head()->big.session = 0;
        turn();
        ASSERT_TRUE(k230_link_open(&big, big_hal(), K230_SIDE_BIG, &LIMITS));
        say_hello(++session);
        turn();
        ASSERT_EQ(head()->small.accepted, session);
        ASSERT_EQ(head()->small.fault, static_cast<uint32_t>(K230_FAULT_NONE));
        next_pair = 0;
    }

    /* ---- requests and completions ---- */

    static k230_request make(uint32_t id, uint16_t op, uint32_t handle, uint32_t arg0 = 0, uint32_t arg1 = 0,
                             uint32_t arg2 = 0, const std::string &payload = "", uint16_t flags = 0)
    {
        k230_request request = {};
        request.id = id;
        request.op = op;
        request.flags = flags;
        request.handle = handle;
        request.arg0 = arg0;
        request.arg1 = arg1;
        request.arg2 = arg2;
        request.len = static_cast<uint32_t>(payload.size());
        std::memcpy(request.payload, payload.data(), payload.size());
        return request;
    }

    uint32_t publish(uint16_t op, uint32_t handle, uint32_t arg0 = 0, uint32_t arg1 = 0, uint32_t arg2 = 0,
                     const std::string &payload = "", uint16_t flags = 0)
    {
        const uint32_t id = next_id += 0x10000;
        const k230_request request = make(id, op, handle, arg0, arg1, arg2, payload, flags);
        EXPECT_NE(k230_queue_room(&big.requests), 0u);
        k230_queue_put(&big.requests, &request);
        return id;
    }

    std::vector<k230_completion> completions()
    {
        std::vector<k230_completion> all;
        k230_completion one = {};
        while (k230_queue_take(&big.completions, &one) == K230_TAKE_ONE)
            all.push_back(one);
        return all;
    }

    /* Posts, lets the agent work, and takes the one answer. */
    k230_completion call(uint16_t op, uint32_t handle, uint32_t arg0 = 0, uint32_t arg1 = 0, uint32_t arg2 = 0,
                         const std::string &payload = "", uint16_t flags = 0)
    {
        const uint32_t id = publish(op, handle, arg0, arg1, arg2, payload, flags);
        turn();
        const std::vector<k230_completion> all = completions();
        EXPECT_EQ(all.size(), 1u) << "answers to operation " << op;
        if (all.size() != 1)
            return {};
        EXPECT_EQ(all[0].id, id);
        EXPECT_EQ(all[0].op, op);
        EXPECT_EQ(all[0].handle, handle);
        return all[0];
    }

    static std::string bytes_of(const k230_addr &addr)
    {
        return std::string(reinterpret_cast<const char *>(&addr), sizeof addr);
    }
    static k230_addr addr_in(const k230_completion &completion)
    {
        k230_addr addr = {};
        EXPECT_EQ(completion.len, sizeof addr);
        std::memcpy(&addr, completion.payload, sizeof addr);
        return addr;
    }

    /* ---- sockets ---- */

    uint32_t fresh_handle(uint32_t slot) { return k230_handle(slot, ++gens[slot]); }

    Sock open(uint32_t slot, uint32_t type = K230_SOCK_STREAM)
    {
        Sock sock;
        sock.handle = fresh_handle(slot);
        const k230_completion completion = call(K230_OP_OPEN, sock.handle, K230_AF_INET, type, 0);
        EXPECT_EQ(completion.status, 0);
        sock.number = stack.newest_number();
        return sock;
    }

    void attach(Sock &sock, uint32_t pair = K230_NO_PAIR)
    {
        sock.pair = pair != K230_NO_PAIR ? pair : next_pair++;
        k230_link_tx(&big, sock.pair, &sock.tx);
        k230_link_rx(&big, sock.pair, &sock.rx);
        publish(K230_OP_ATTACH, sock.handle, sock.pair);
        turn();
    }

    Sock connected(uint32_t slot)
    {
        Sock sock = open(slot);
        attach(sock);
        const uint32_t id = publish(K230_OP_CONNECT, sock.handle, 0, 0, 0, bytes_of(fake_addr(9, 80)));
        turn();
        EXPECT_TRUE(completions().empty());
        stack.connect_completes(sock.number, 0);
        turn();
        const std::vector<k230_completion> all = completions();
        EXPECT_EQ(all.size(), 1u);
        EXPECT_EQ(all.empty() ? 0 : all[0].id, id);
        EXPECT_EQ(all.empty() ? -1 : all[0].status, 0);
        return sock;
    }

    Sock listening(uint32_t slot)
    {
        Sock sock = open(slot);
        EXPECT_EQ(call(K230_OP_LISTEN, sock.handle, 5).status, 0);
        return sock;
    }

    Sock datagrams(uint32_t slot)
    {
        Sock sock = open(slot, K230_SOCK_DGRAM);
        attach(sock);
        return sock;
    }

    void kick(const Sock &sock)
    {
        k230_bits_put(&big.kick, sock.slot());
        turn();
    }

    static void put(Sock &sock, const std::string &bytes)
    {
        ASSERT_GE(k230_ring_room(&sock.tx), bytes.size());
        k230_ring_put(&sock.tx, bytes.data(), static_cast<uint32_t>(bytes.size()));
        k230_ring_publish(&sock.tx);
    }

    void send(Sock &sock, const std::string &bytes)
    {
        put(sock, bytes);
        kick(sock);
    }

    static std::string peek(Sock &sock)
    {
        const uint32_t filled = k230_ring_filled(&sock.rx);
        EXPECT_NE(filled, K230_RING_BROKEN);
        std::string bytes(filled, '\0');
        k230_ring_peek(&sock.rx, 0, bytes.data(), filled);
        return bytes;
    }

    static std::string take(Sock &sock, uint32_t length = UINT32_MAX)
    {
        const std::string bytes = peek(sock).substr(0, length);
        k230_ring_advance(&sock.rx, static_cast<uint32_t>(bytes.size()));
        k230_ring_publish(&sock.rx);
        return bytes;
    }

    void put_record(Sock &sock, const std::string &bytes, const k230_addr &addr, uint16_t flags = 0, uint32_t id = 0)
    {
        k230_record record = {};
        record.len = static_cast<uint32_t>(bytes.size());
        record.flags = flags;
        record.id = id;
        record.addr = addr;
        std::string all(reinterpret_cast<const char *>(&record), sizeof record);
        all += bytes;
        all.resize(k230_record_space(record.len));
        put(sock, all);
    }

    static k230_record take_record(Sock &sock, std::string *bytes)
    {
        k230_record record = {};
        const uint32_t filled = k230_ring_filled(&sock.rx);
        EXPECT_GE(filled, sizeof record);
        if (filled < sizeof record)
            return record;
        k230_ring_peek(&sock.rx, 0, &record, sizeof record);
        EXPECT_LE(k230_record_space(record.len), filled);
        bytes->assign(record.len, '\0');
        k230_ring_peek(&sock.rx, sizeof record, bytes->data(), record.len);
        k230_ring_advance(&sock.rx, k230_record_space(record.len));
        k230_ring_publish(&sock.rx);
        return record;
    }

    k230_status_line &line(const Sock &sock) { return *k230_link_status(&big, sock.slot()); }
    uint32_t flags(const Sock &sock) { return line(sock).status & 0xFFFFu; }
    int error(const Sock &sock) { return static_cast<int>(k230_status_code(line(sock).status)); }
    uint32_t error_number(const Sock &sock) { return k230_status_number(line(sock).status); }

    void close(const Sock &sock, bool abort = false)
    {
        publish(K230_OP_CLOSE, sock.handle, 0, 0, 0, "", abort ? K230_CLOSE_ABORT : 0);
        turn();
    }

    /* The CLOSE completion that gives a pair back. */
    void expect_pair_back(uint32_t pair)
    {
        const std::vector<k230_completion> all = completions();
        ASSERT_EQ(all.size(), 1u);
        EXPECT_EQ(all[0].op, K230_OP_CLOSE);
        EXPECT_EQ(all[0].arg0, pair);
        const k230_pair_head *pair_head =
            reinterpret_cast<k230_pair_head *>(machine.ddr() + big.layout.pairs + pair * big.layout.pair_stride);
        EXPECT_EQ(pair_head->tx_head.value, 0u) << "a free pair has the agent's indices at zero";
        EXPECT_EQ(pair_head->rx_tail.value, 0u);
    }

    /* The session is over for this reason, nothing is left of it, and the agent serves a fresh one. */
    void expect_fault(uint32_t fault)
    {
        turn();
        EXPECT_EQ(head()->small.accepted, 0u) << "the session goes on";
        EXPECT_STREQ(k230_fault_text(head()->small.fault), k230_fault_text(fault));
        EXPECT_EQ(stack.open_count(), 0u) << "a stack socket leaked";
        turn(); /* the big core's hello still stands; it is not taken up again */
        EXPECT_EQ(head()->small.accepted, 0u);
        begin_session();
        gens.fill(100);
        Sock sock = connected(0);
        send(sock, "alive");
        EXPECT_EQ(stack.at(sock.number).sent, "alive");
        close(sock);
        expect_pair_back(sock.pair);
    }

    FakeMachine machine;
    k230_stack stack;
    std::unique_ptr<k230_agent> agent;
    k230_link big = {};
    uint32_t session = 0x700;
    uint32_t next_id = 0;
    uint32_t next_pair = 0;
    std::array<uint32_t, 8> gens = {};
};

#endif
