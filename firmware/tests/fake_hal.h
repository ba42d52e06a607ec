/* Two cores on one thread: a clock that stands still, doorbells that count, and, where asked for, memory that is not
 * coherent.
 *
 * Promises: nothing sleeps and nothing depends on the machine. `wait` runs on_wait (what the other core does
 * meanwhile) and, if the doorbell is still silent, lets the whole time-out pass on the virtual clock. A lock taken
 * twice is a failure, since on one thread nobody could ever give it back; so is a line that is logged under a lock,
 * since a log may block.
 *
 * With Memory::Cached each core sees its own copy of the region and only clean and invalidate move 64-byte lines
 * between that copy and "DDR". What real caches would turn into rare corruption is counted in `violations`: a line
 * that both cores write, a line written and not cleaned, an invalidate that throws a write away.
 *
 * Contexts: one thread.
 */
#ifndef K230_FAKE_HAL_H
#define K230_FAKE_HAL_H

#include "k230_hal.h"
#include "k230_protocol.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

enum class Memory { Shared, Cached };

class FakeMachine;

struct FakeCore {
    k230_hal hal; /* first: the hal's operations receive it */
    FakeMachine *machine;
    unsigned index;
    uint8_t *view;
    std::vector<uint8_t> base; /* Cached: each line as it was when last fetched or written back */
    uint32_t doorbell = 0;
    unsigned notified = 0; /* how often this core has notified the other */
    uint32_t rung_hints = 0;
    unsigned wakes = 0;
    unsigned waits = 0;
    bool other_alive = true;
    int attach_result = 0;
    unsigned attached = 0;
    unsigned held = 0; /* locks */
    std::function<void()> on_wait;
    std::function<void()> on_clock;
    std::function<void(uint32_t *word)> on_lock; /* before the lock is taken */
    std::vector<std::string> lines;
};

class FakeMachine
{
  public:
    FakeMachine(Memory memory, uint64_t length) : m_memory(memory), m_length(length)
    {
        const size_t bytes = (static_cast<size_t>(length) + K230_LINE - 1) / K230_LINE * K230_LINE;
        m_ddr.reset(make(bytes));
        m_lines = bytes / K230_LINE;
        m_owner.assign(m_lines, -1);
        for (unsigned i = 0; i < 2; i++) {
            FakeCore &core = cores[i];
            core.machine = this;
            core.index = i;
            if (memory == Memory::Cached) {
                m_copies[i].reset(make(bytes));
                core.base.assign(bytes, 0);
                core.view = m_copies[i].get();
            } else {
                core.view = m_ddr.get();
            }
            core.hal = k230_hal{memory == Memory::Cached ? cached_ops() : shared_ops(), core.view, length};
        }
    }

    FakeCore &big() { return cores[0]; }
    FakeCore &small() { return cores[1]; }
    uint8_t *ddr() { return m_ddr.get(); }
    size_t lines() const { return m_lines; }

    /* Lines that a core wrote and has not written back. */
    void check_all_clean()
    {
        for (FakeCore &core : cores)
            for (size_t line = 0; line < m_lines && m_memory == Memory::Cached; line++)
                if (dirty(core, line))
                    violation(core, line, "was written and never cleaned");
    }

    std::array<FakeCore, 2> cores;
    uint64_t now = 1000;
    uint32_t next_id = 0x1001;
    std::set<std::string> violations;

  private:
    struct Free {
        void operator()(uint8_t *memory) const { std::free(memory); }
    };
    static uint8_t *make(size_t bytes)
    {
        void *memory = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
        std::memset(memory, 0, bytes);
        return static_cast<uint8_t *>(memory);
    }

    static FakeCore &self(k230_hal *hal) { return *reinterpret_cast<FakeCore *>(hal); }

    void violation(const FakeCore &core, size_t line, const char *what)
    {
        violations.insert(std::string(core.index == 0 ? "big" : "small") + ": line at offset " +
                          std::to_string(line * K230_LINE) + " " + what);
    }
    bool dirty(const FakeCore &core, size_t line) const
    {
        return std::memcmp(core.view + line * K230_LINE, core.base.data() + line * K230_LINE, K230_LINE) != 0;
    }
    void write_back(FakeCore &core, size_t line)
    {
        const size_t at = line * K230_LINE;
        std::memcpy(m_ddr.get() + at, core.view + at, K230_LINE);
        std::memcpy(core.base.data() + at, core.view + at, K230_LINE);
    }
    void fetch(FakeCore &core, size_t line)
    {
        const size_t at = line * K230_LINE;
        std::memcpy(core.view + at, m_ddr.get() + at, K230_LINE);
        std::memcpy(core.base.data() + at, m_ddr.get() + at, K230_LINE);
    }
    template <typename Work> void each_line(FakeCore &core, const void *start, size_t length, Work work)
    {
        const uint8_t *from = static_cast<const uint8_t *>(start);
        if (length == 0)
            return;
        if (from < core.view || from + length > core.view + m_lines * K230_LINE) {
            violations.insert("cache maintenance outside of the region");
            return;
        }
        const size_t first = static_cast<size_t>(from - core.view) / K230_LINE;
        const size_t last = (static_cast<size_t>(from - core.view) + length - 1) / K230_LINE;
        for (size_t line = first; line <= last; line++)
            work(line);
    }

    static void clean(k230_hal *hal, const void *start, size_t length)
    {
        FakeCore &core = self(hal);
        FakeMachine &machine = *core.machine;
        machine.each_line(core, start, length, [&](size_t line) {
            int &owner = machine.m_owner[line];
            if (owner >= 0 && owner != static_cast<int>(core.index))
                machine.violation(core, line, "is written by both cores");
            owner = static_cast<int>(core.index);
            machine.write_back(core, line);
        });
    }
    static void invalidate(k230_hal *hal, const void *start, size_t length)
    {
        FakeCore &core = self(hal);
        FakeMachine &machine = *core.machine;
        machine.each_line(core, start, length, [&](size_t line) {
            if (machine.dirty(core, line))
                machine.violation(core, line, "was written, then invalidated: the write is lost");
            machine.fetch(core, line);
        });
    }

    static k230_hal_ops make_ops()
    {
        k230_hal_ops ops = {};
        ops.attach = [](k230_hal *hal) {
            FakeCore &core = self(hal);
            core.attached++;
            hal->region = core.attach_result == 0 ? core.view : nullptr;
            hal->length = core.machine->m_length;
            return core.attach_result;
        };
        ops.detach = [](k230_hal *hal) {
            EXPECT_NE(hal->region, nullptr) << "detached twice";
            hal->region = nullptr;
        };
        ops.notify = [](k230_hal *hal, uint32_t hints) {
            FakeCore &core = self(hal);
            core.notified++;
            core.rung_hints |= hints;
            core.machine->cores[1 - core.index].doorbell++;
        };
        ops.doorbell = [](k230_hal *hal) { return self(hal).doorbell; };
        ops.wait = [](k230_hal *hal, uint32_t seen, uint32_t, uint32_t timeout_ms) {
            FakeCore &core = self(hal);
            core.waits++;
            if (core.doorbell == seen && core.on_wait)
                core.on_wait();
            if (core.doorbell == seen)
                core.machine->now += timeout_ms;
        };
        ops.sleep = [](k230_hal *hal, uint32_t ms) { self(hal).machine->now += ms; };
        ops.wake = [](k230_hal *hal, uint32_t) {
            self(hal).wakes++;
            self(hal).doorbell++;
        };
        ops.other_alive = [](k230_hal *hal) { return self(hal).other_alive; };
        ops.now_ms = [](k230_hal *hal) {
            if (self(hal).on_clock)
                self(hal).on_clock();
            return self(hal).machine->now;
        };
        ops.fresh_id = [](k230_hal *hal) { return self(hal).machine->next_id++; };
        ops.log = [](k230_hal *hal, const char *line) {
            EXPECT_EQ(self(hal).held, 0u) << "a log that blocks would hold up every socket: " << line;
            self(hal).lines.emplace_back(line);
        };
        ops.lock = [](k230_hal *hal, uint32_t *word) {
            if (self(hal).on_lock)
                self(hal).on_lock(word);
            if (*word != 0) {
                std::fprintf(stderr, "a lock is taken twice on one thread\n");
                std::abort();
            }
            *word = 1;
            self(hal).held++;
        };
        ops.unlock = [](k230_hal *hal, uint32_t *word) {
            EXPECT_EQ(*word, 1u) << "a lock is given back that nobody holds";
            *word = 0;
            self(hal).held--;
        };
        return ops;
    }
    static const k230_hal_ops *shared_ops()
    {
        static const k230_hal_ops ops = make_ops();
        return &ops;
    }
    static const k230_hal_ops *cached_ops()
    {
        static const k230_hal_ops ops = [] {
            k230_hal_ops with = make_ops();
            with.clean = clean;
            with.invalidate = invalidate;
            return with;
        }();
        return &ops;
    }

    Memory m_memory;
    uint64_t m_length;
    size_t m_lines = 0;
    std::unique_ptr<uint8_t, Free> m_ddr;
    std::unique_ptr<uint8_t, Free> m_copies[2];
    std::vector<int> m_owner;
};

#endif
