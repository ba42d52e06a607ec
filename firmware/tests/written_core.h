/* The client beside a small core that is written by hand: honest in the handshake, a liar where the test says so.
 * One thread: the other core does its work while the client waits (FakeCore::on_wait). */
#ifndef K230_TESTS_WRITTEN_CORE_H
#define K230_TESTS_WRITTEN_CORE_H

#include "fake_hal.h"
#include "k230_op.h"

inline constexpr k230_limits LIMITS = {8, 8, 16, 6, 1024, 2048, 600};

inline uint64_t region_size()
{
    k230_layout layout = {};
    EXPECT_TRUE(k230_layout_of(&LIMITS, UINT32_MAX, &layout));
    return layout.end;
}

inline k230_addr address(uint8_t host)
{
    k230_addr addr = {};
    addr.family = K230_AF_INET;
    addr.port = 80;
    addr.ip[0] = 10;
    addr.ip[3] = host;
    return addr;
}

class Client : public ::testing::Test
{
  protected:
    Client() : machine(Memory::Shared, region_size()), client(new k230_client)
    {
        k230_client_init(client.get(), &machine.big().hal);
        say_hello();
        machine.big().on_wait = [this] { follow_session(); };
    }

    void TearDown() override
    {
        follow_session();
        k230_client_stop(client.get());
        EXPECT_EQ(machine.big().hal.region, nullptr);
    }

    /* ---- the small core ---- */

    k230_head *head() { return reinterpret_cast<k230_head *>(machine.ddr()); }

    void say_hello(uint32_t version = K230_VERSION, const k230_limits &limits = LIMITS)
    {
        k230_hello_small &hello = head()->small;
        hello = {};
        hello.version = version;
        hello.boot_id = ++boot_id;
        hello.limits = limits;
        hello.magic = K230_MAGIC_SMALL;
        ring();
    }

    /* The small core's doorbell, unless it is lost. */
    void ring()
    {
        if (!doorbells_are_lost)
            machine.big().doorbell++;
    }

    void follow_session()
    {
        const uint32_t session = head()->big.session;
        if (head()->small.magic != K230_MAGIC_SMALL || session == head()->small.accepted)
            return;
        head()->small.accepted = 0;
        if (session != 0 && head()->big.agent_boot_id == head()->small.boot_id) {
            EXPECT_EQ(head()->big.magic, K230_MAGIC_BIG);
            EXPECT_EQ(head()->big.version, K230_VERSION);
            ASSERT_TRUE(k230_link_open(&small, &machine.small().hal, K230_SIDE_SMALL, &LIMITS));
            for (uint32_t i = 0; i < LIMITS.pairs; i++) { /* as the agent: its indices of a free pair are zero */
                k230_ring ring;
                k230_link_tx(&small, i, &ring);
                k230_link_rx(&small, i, &ring);
            }
            head()->small.fault = K230_FAULT_NONE;
            head()->small.accepted = session;
        }
        ring();
    }

    std::vector<k230_request> requests()
    {
        std::vector<k230_request> all;
        k230_request one = {};
        while (k230_queue_take(&small.requests, &one) == K230_TAKE_ONE)
            all.push_back(one);
        return all;
    }

    k230_request the_request(uint16_t op)
    {
        const std::vector<k230_request> all = requests();
        EXPECT_EQ(all.size(), 1u);
        if (all.empty())
            return {};
        EXPECT_EQ(all.back().op, op);
        return all.back();
    }

    void complete(uint32_t id, uint16_t op, int32_t status = 0, uint32_t arg0 = 0, const std::string &payload = "",
                  uint16_t flags = 0)
    {
        k230_completion completion = {};
        completion.id = id;
        completion.op = op;
        completion.flags = flags;
        completion.status = status;
        completion.arg0 = arg0;
        completion.len = static_cast<uint32_t>(payload.size());
        std::memcpy(completion.payload, payload.data(), payload.size());
        k230_queue_put(&small.completions, &completion);
        ring();
    }

    void answer(const k230_request &request, int32_t status = 0, uint32_t arg0 = 0, const std::string &payload = "")
    {
        complete(request.id, request.op, status, arg0, payload);
    }

    void show(int handle, uint32_t status)
    {
        const uint32_t slot = k230_handle_slot(static_cast<uint32_t>(handle));
        k230_link_status(&small, slot)->status = status;
        k230_bits_put(&small.news, slot);
        ring();
    }

    k230_pair_head *pair_head(uint32_t which)
    {
        return reinterpret_cast<k230_pair_head *>(machine.ddr() + small.layout.pairs +
                                                  which * small.layout.pair_stride);
    }

    /* ---- the client ---- */

    int open(int type = K230_SOCK_STREAM)
    {
        const int handle = k230_sock_open(client.get(), K230_AF_INET, type, 0);
        EXPECT_GE(handle, 0) << k230_error_name(handle);
        const std::vector<k230_request> all = requests();
        EXPECT_EQ(all.size(), 1u);
        for (const k230_request &request : all)
            if (request.op == K230_OP_OPEN) {
                show(handle, 0);
                answer(request);
            }
        EXPECT_EQ(k230_sock_opened(client.get(), handle), 0);
        return handle;
    }

    /* The pair is stored in `pair`. */
    int connected()
    {
        const int handle = open();
        const k230_addr addr = address(1);
        uint32_t call = 0;
        EXPECT_EQ(k230_sock_connect(client.get(), handle, &addr, &call), -K230_EINPROGRESS);
        const std::vector<k230_request> all = requests();
        EXPECT_EQ(all.size(), 2u);
        if (all.size() != 2)
            return handle;
        EXPECT_EQ(all[0].op, K230_OP_ATTACH);
        EXPECT_EQ(all[1].op, K230_OP_CONNECT);
        pair = all[0].arg0;
        answer(all[1]);
        EXPECT_EQ(k230_sock_connected(client.get(), handle), 0);
        return handle;
    }

    int bound_datagram()
    {
        const int handle = open(K230_SOCK_DGRAM);
        const k230_addr addr = address(0);
        uint32_t call = 0;
        EXPECT_EQ(k230_sock_bind(client.get(), handle, &addr, &call), -K230_PENDING);
        const std::vector<k230_request> all = requests();
        EXPECT_EQ(all.size(), 2u);
        if (all.size() != 2)
            return handle;
        pair = all[0].arg0;
        answer(all[1]);
        EXPECT_EQ(k230_sock_bind(client.get(), handle, &addr, &call), 0);
        return handle;
    }

    int listening()
    {
        const int handle = open();
        uint32_t call = 0;
        EXPECT_EQ(k230_sock_listen(client.get(), handle, 1, &call), -K230_PENDING);
        answer(the_request(K230_OP_LISTEN));
        EXPECT_EQ(k230_sock_listen(client.get(), handle, 1, &call), 0);
        return handle;
    }

    /* Begins an accept; the request that asks for it. */
    k230_request begin_accept(int listener, uint32_t *call)
    {
        k230_addr peer;
        EXPECT_EQ(k230_sock_accept(client.get(), listener, true, &peer, call), -K230_PENDING);
        return the_request(K230_OP_ACCEPT);
    }

    static std::string peer_bytes(uint8_t host)
    {
        const k230_addr addr = address(host);
        return std::string(reinterpret_cast<const char *>(&addr), sizeof addr);
    }

    void look() { k230_client_look(client.get()); }

    /* The session is over for this reason; what it left behind gives ECONNRESET; a new one works. */
    void expect_lost(uint32_t fault, const std::vector<int> &handles = {})
    {
        EXPECT_NE(client->engine.session, static_cast<uint32_t>(K230_SESSION_LIVE)) << "the session goes on";
        EXPECT_STREQ(k230_fault_text(k230_client_fault(client.get())), k230_fault_text(fault));
        for (const int handle : handles) {
            uint8_t byte = 0;
            uint32_t call = 0;
            const k230_addr addr = address(1);
            EXPECT_EQ(k230_sock_send(client.get(), handle, "x", 1, 1), -K230_ECONNRESET);
            EXPECT_EQ(k230_sock_recv(client.get(), handle, &byte, 1, 0, nullptr), -K230_ECONNRESET);
            EXPECT_EQ(k230_sock_bind(client.get(), handle, &addr, &call), -K230_ECONNRESET);
            EXPECT_EQ(k230_sock_wait(client.get(), handle, K230_WAIT_IN, 0, machine.now + 5000), 0);
            EXPECT_TRUE(k230_sock_events(client.get(), handle) & K230_POLLERR);
        }
        const int fresh = connected();
        EXPECT_EQ(client->engine.session, static_cast<uint32_t>(K230_SESSION_LIVE));
        EXPECT_EQ(k230_sock_send(client.get(), fresh, "alive", 5, 1), 5);
        for (const int handle : handles) {
            EXPECT_EQ(k230_sock_send(client.get(), handle, "x", 1, 1), -K230_ECONNRESET) << "still";
            EXPECT_EQ(k230_sock_close(client.get(), handle, false), 0);
            EXPECT_EQ(k230_sock_close(client.get(), handle, false), -K230_EBADF);
        }
        EXPECT_EQ(k230_sock_close(client.get(), fresh, true), 0);
        EXPECT_EQ(the_request(K230_OP_CLOSE).flags, K230_CLOSE_ABORT);
        complete(1, K230_OP_CLOSE, 0, pair);
        look();
        expect_all_slots_free();
    }

    /* Every slot can be opened: none leaked. */
    void expect_all_slots_free()
    {
        std::vector<int> handles;
        for (uint32_t i = 0; i < LIMITS.slots; i++) {
            const int handle = k230_sock_open(client.get(), K230_AF_INET, K230_SOCK_STREAM, 0);
            EXPECT_GE(handle, 0) << "slot " << i << " leaked: " << k230_error_name(handle);
            if (handle < 0)
                break;
            for (const k230_request &request : requests())
                answer(request);
            EXPECT_EQ(k230_sock_opened(client.get(), handle), 0);
            handles.push_back(handle);
        }
        for (const int handle : handles) {
            EXPECT_EQ(k230_sock_close(client.get(), handle, false), 0);
            requests();
        }
    }

    FakeMachine machine;
    std::unique_ptr<k230_client> client;
    k230_link small = {};
    uint32_t boot_id = 0x50;
    bool doorbells_are_lost = false;
    uint32_t pair = K230_NO_PAIR;
};

#endif
