/* What the K230's hal needs of an OS, made of threads.
 *
 * Contexts: any thread.
 */
#ifndef K230_THREAD_OS_H
#define K230_THREAD_OS_H

#include "k230_doorbell.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

class ThreadOs
{
  public:
    ThreadOs()
    {
        os.context = this;
        os.take = [](void *context, unsigned sleeper, uint32_t ms) {
            ThreadOs &self = *static_cast<ThreadOs *>(context);
            std::unique_lock<std::mutex> guard(self.m_lock);
            self.takes++;
            if (self.m_changed.wait_for(guard, std::chrono::milliseconds(ms),
                                        [&] { return self.m_given[sleeper] != 0; }))
                self.m_given[sleeper]--;
        };
        os.give = [](void *context, unsigned sleeper) {
            ThreadOs &self = *static_cast<ThreadOs *>(context);
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
            ThreadOs &self = *static_cast<ThreadOs *>(context);
            std::lock_guard<std::mutex> guard(self.m_lock);
            self.m_lines.emplace_back(line);
        };
        os.lock = [](void *context, uint32_t *word) {
            ThreadOs &self = *static_cast<ThreadOs *>(context);
            std::unique_lock<std::mutex> guard(self.m_locks);
            self.m_unlocked.wait(guard, [&] { return *word == 0; });
            *word = 1;
        };
        os.unlock = [](void *context, uint32_t *word) {
            ThreadOs &self = *static_cast<ThreadOs *>(context);
            std::lock_guard<std::mutex> guard(self.m_locks);
            *word = 0;
            self.m_unlocked.notify_all();
        };
    }
    ThreadOs(const ThreadOs &) = delete;
    ThreadOs &operator=(const ThreadOs &) = delete;

    std::vector<std::string> lines()
    {
        std::lock_guard<std::mutex> guard(m_lock);
        return m_lines;
    }

    k230_os os = {};
    std::atomic<unsigned> takes{0}, gives{0};

  private:
    std::mutex m_lock;
    std::condition_variable m_changed;
    unsigned m_given[K230_SLEEPERS] = {};
    std::vector<std::string> m_lines;
    std::mutex m_locks;
    std::condition_variable m_unlocked;
};

#endif
