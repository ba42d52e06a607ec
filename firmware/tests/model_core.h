/* One core of a K230 whose mailbox is the model's: an OS made of threads, an interrupt that is a thread waiting for the
 * core's wire, and the hal over both.
 *
 * Contexts: the interrupt thread runs while `interrupts` says so; everything else is the test's.
 */
#ifndef K230_MODEL_CORE_H
#define K230_MODEL_CORE_H

#include "k230_hal_k230.h"
#include "mailbox_model.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

class ModelCore
{
  public:
    ModelCore(MailboxModel &model, k230_core core, void *region, uint64_t length)
    {
        m_model = &model;
        m_core = core;
        os.context = this;
        os.take = [](void *context, unsigned sleeper, uint32_t ms) {
            ModelCore &self = *static_cast<ModelCore *>(context);
            std::unique_lock<std::mutex> guard(self.m_lock);
            self.takes++;
            if (self.m_changed.wait_for(guard, std::chrono::milliseconds(ms),
                                        [&] { return self.m_given[sleeper] != 0; }))
                self.m_given[sleeper]--;
        };
        os.give = [](void *context, unsigned sleeper) {
            ModelCore &self = *static_cast<ModelCore *>(context);
            std::lock_guard<std::mutex> guard(self.m_lock);
            self.m_given[sleeper]++;
            self.gives++;
            self.m_changed.notify_all();
        };
        os.sleep = [](void *, uint32_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); };
        os.now_ms = [](void *) {
            return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                             std::chrono::steady_clock::now().time_since_epoch())
                                             .count());
        };
        os.fresh_id = [](void *) {
            static std::atomic<uint32_t> next{0x2001};
            return next++;
        };
        os.log = [](void *context, const char *line) {
            ModelCore &self = *static_cast<ModelCore *>(context);
            std::lock_guard<std::mutex> guard(self.m_lock);
            self.m_lines.emplace_back(line);
        };
        os.lock = [](void *context, uint32_t *word) {
            ModelCore &self = *static_cast<ModelCore *>(context);
            std::unique_lock<std::mutex> guard(self.m_locks);
            self.m_unlocked.wait(guard, [&] { return *word == 0; });
            *word = 1;
        };
        os.unlock = [](void *context, uint32_t *word) {
            ModelCore &self = *static_cast<ModelCore *>(context);
            std::lock_guard<std::mutex> guard(self.m_locks);
            *word = 0;
            self.m_unlocked.notify_all();
        };
        board.os = &os;
        board.core = core;
        board.block = model.block();
        board.device = K230_MAILBOX_DEVICE;
        board.line = K230_MAILBOX_LINE;
        board.region = region;
        board.length = length;
        init();
    }
    ~ModelCore() { interrupts(false); }

    bool init() { return k230_hal_k230_init(&k230, &board); }
    k230_hal *hal() { return &k230.hal; }
    const k230_hal_ops &ops() { return *k230.hal.ops; }

    /* The PLIC lets the source through, or no longer does. */
    void interrupts(bool on)
    {
        m_on = on;
        if (on && !m_interrupt.joinable()) {
            m_interrupt = std::thread([this] {
                while (m_on)
                    if (m_model->wait_asserted(board.device, m_core, std::chrono::milliseconds(5)) && !deaf)
                        k230_hal_k230_interrupt(&k230);
            });
        } else if (!on && m_interrupt.joinable()) {
            m_interrupt.join();
        }
    }

    std::vector<std::string> lines()
    {
        std::lock_guard<std::mutex> guard(m_lock);
        return m_lines;
    }

    k230_os os = {};
    k230_board board = {};
    k230_hal_k230 k230 = {};
    std::atomic<unsigned> takes{0}, gives{0};
    std::atomic<bool> deaf{false}; /* interrupts are lost */

  private:
    MailboxModel *m_model;
    k230_core m_core;
    std::mutex m_lock;
    std::condition_variable m_changed;
    unsigned m_given[K230_SLEEPERS] = {};
    std::vector<std::string> m_lines;
    std::mutex m_locks;
    std::condition_variable m_unlocked;
    std::atomic<bool> m_on{false};
    std::thread m_interrupt;
};

#endif
