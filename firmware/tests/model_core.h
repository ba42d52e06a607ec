/* One core of a K230 whose mailbox is the model's: an OS made of threads, an interrupt that is a thread waiting for the
 * core's wire, and the hal over both.
 *
 * Contexts: the interrupt thread runs while `interrupts` says so; everything else is the test's.
 */
#ifndef K230_MODEL_CORE_H
#define K230_MODEL_CORE_H

#include "k230_hal_k230.h"
#include "mailbox_model.h"
#include "thread_os.h"

class ModelCore : public ThreadOs
{
  public:
    ModelCore(MailboxModel &model, k230_core core, void *region, uint64_t length)
    {
        m_model = &model;
        m_core = core;
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

    k230_board board = {};
    k230_hal_k230 k230 = {};
    std::atomic<bool> deaf{false}; /* interrupts are lost */

  private:
    MailboxModel *m_model;
    k230_core m_core;
    std::atomic<bool> m_on{false};
    std::thread m_interrupt;
};

#endif
