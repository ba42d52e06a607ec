/* A server with its thread, over any transport, and the handler that a test sees with. */
#ifndef WIRE_SERVER_H
#define WIRE_SERVER_H

#include "wire_packets.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

constexpr int WIRE_PATIENCE_MS = 20000; /* what never comes is reported after this long */

inline uint64_t WireNowMs()
{
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count());
}

/* The parts of a hal that a server uses: a lock, a clock that a test can turn ahead, and a log. */
class WireHal
{
  public:
    WireHal()
    {
        table_.lock = [](k230_hal *hal, uint32_t *word) {
            WireHal &self = Self(hal);
            std::unique_lock<std::mutex> guard(self.lock_);
            self.freed_.wait(guard, [&] { return *word == 0; });
            *word = 1;
        };
        table_.unlock = [](k230_hal *hal, uint32_t *word) {
            WireHal &self = Self(hal);
            std::lock_guard<std::mutex> guard(self.lock_);
            *word = 0;
            self.freed_.notify_all();
        };
        table_.now_ms = [](k230_hal *hal) { return WireNowMs() + Self(hal).ahead_; };
        table_.sleep = [](k230_hal *, uint32_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); };
        table_.log = [](k230_hal *hal, const char *line) {
            WireHal &self = Self(hal);
            std::lock_guard<std::mutex> guard(self.lock_);
            self.lines_.emplace_back(line);
        };
        bound_.hal.ops = &table_;
        bound_.self = this;
    }
    k230_hal *hal() { return &bound_.hal; }
    void TurnAhead(uint64_t ms) { ahead_ += ms; }
    std::vector<std::string> Lines()
    {
        std::lock_guard<std::mutex> guard(lock_);
        return lines_;
    }

  private:
    struct Bound {
        k230_hal hal; /* first: the hal's operations receive it */
        WireHal *self;
    };
    static WireHal &Self(k230_hal *hal) { return *reinterpret_cast<Bound *>(hal)->self; }

    k230_hal_ops table_ = {};
    Bound bound_ = {};
    std::atomic<uint64_t> ahead_{0};
    std::mutex lock_;
    std::condition_variable freed_;
    std::vector<std::string> lines_;
};

class WireServer
{
  public:
    WireServer(k230_hal *hal, k230_wire_transport *transport)
    {
        const k230_wire_handler handler = {
            this,
            [](void *arg, const k230_wire_header *header, const uint8_t *payload) {
                static_cast<WireServer *>(arg)->Got(header, payload);
            },
            [](void *arg) { static_cast<WireServer *>(arg)->Count(&WireServer::came_); },
            [](void *arg) { static_cast<WireServer *>(arg)->Count(&WireServer::gone_); }};
        k230_wire_init(&server_, hal, transport, &handler);
    }
    ~WireServer() { Stop(); }

    k230_wire_server *get() { return &server_; }
    void Run()
    {
        thread_ = std::thread([this] {
            k230_wire_serve(&server_);
            ended_ = true;
        });
    }
    /* How long the serving thread took to end. */
    uint64_t Stop()
    {
        const uint64_t begin = WireNowMs();
        k230_wire_stop(&server_);
        if (thread_.joinable())
            thread_.join();
        return WireNowMs() - begin;
    }
    bool ended() const { return ended_; }

    /* Replies ACK with the same payload to what no other answer is set for. */
    void OnPacket(std::function<void(const k230_wire_header *, const uint8_t *)> what)
    {
        std::lock_guard<std::mutex> guard(lock_);
        on_packet_ = std::move(what);
    }

    bool Eventually(const std::function<bool()> &holds, int timeout_ms = WIRE_PATIENCE_MS)
    {
        std::unique_lock<std::mutex> guard(lock_);
        const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
        while (!holds()) {
            if (std::chrono::steady_clock::now() > until)
                return false;
            changed_.wait_for(guard, std::chrono::milliseconds(2));
        }
        return true;
    }
    bool Came(unsigned times = 1)
    {
        return Eventually([&] { return came_ >= times; });
    }
    bool Gone(unsigned times = 1)
    {
        return Eventually([&] { return gone_ >= times; });
    }
    bool GotPackets(size_t count)
    {
        return Eventually([&] { return packets_.size() >= count; });
    }
    unsigned came()
    {
        std::lock_guard<std::mutex> guard(lock_);
        return came_;
    }
    unsigned gone()
    {
        std::lock_guard<std::mutex> guard(lock_);
        return gone_;
    }
    std::vector<Packet> packets()
    {
        std::lock_guard<std::mutex> guard(lock_);
        return packets_;
    }

  private:
    void Got(const k230_wire_header *header, const uint8_t *payload)
    {
        std::function<void(const k230_wire_header *, const uint8_t *)> what;
        {
            std::lock_guard<std::mutex> guard(lock_);
            packets_.push_back(PacketOf(*header, payload));
            EXPECT_EQ(came_, gone_ + 1) << "a packet outside of a visit";
            what = on_packet_;
        }
        changed_.notify_all();
        if (what)
            what(header, payload);
        else
            k230_wire_reply(&server_, header, K230_WIRE_ACK, payload, header->size);
    }
    void Count(unsigned WireServer::*what)
    {
        {
            std::lock_guard<std::mutex> guard(lock_);
            this->*what += 1;
            EXPECT_LE(gone_, came_);
            EXPECT_LE(came_, gone_ + 1);
        }
        changed_.notify_all();
    }

    k230_wire_server server_;
    std::thread thread_;
    std::atomic<bool> ended_{false};
    std::mutex lock_;
    std::condition_variable changed_;
    unsigned came_ = 0, gone_ = 0;
    std::vector<Packet> packets_;
    std::function<void(const k230_wire_header *, const uint8_t *)> on_packet_;
};

#endif
