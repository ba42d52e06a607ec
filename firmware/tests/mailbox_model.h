/* The K230's mailbox block as registers: four devices, two directions, sixteen lines with a 2-bit counter each.
 *
 * Promises: behaves as apache/nuttx's k230_ipi.h and IPCM's ipcm_platform.h describe the block. Every store is
 * recorded, and what no driver may do (an address outside of the devices, a line above 15, zeroed counters) is a
 * violation. Both guesses about a counter's over-run can be chosen. Takes the place of k230_register.c when it is
 * linked in; addresses are those of `block`, which nothing ever reads as memory.
 *
 * Contexts: any thread. `asserted` is the wire to a core's PLIC; who plays the interrupt waits for it.
 */
#ifndef K230_MAILBOX_MODEL_H
#define K230_MAILBOX_MODEL_H

#include "k230_mailbox.h"

#include <array>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

enum class Overrun { Saturates, Wraps };

class MailboxModel
{
  public:
    enum Register { EN, SET, CLEAR, STATUS, ERR };
    struct Store {
        unsigned device;
        k230_core to; /* the direction: towards this core */
        Register which;
        uint32_t value;
    };

    explicit MailboxModel(Overrun overrun = Overrun::Saturates);
    ~MailboxModel();
    MailboxModel(const MailboxModel &) = delete;
    MailboxModel &operator=(const MailboxModel &) = delete;

    volatile void *block() { return m_block.data(); }

    /* As if some program had done it; not recorded. */
    void poke(unsigned device, k230_core to, Register which, uint32_t value);
    uint32_t peek(unsigned device, k230_core to, Register which);
    unsigned waiting(unsigned device, k230_core to, unsigned line);

    bool asserted(unsigned device, k230_core core);
    /* Waits for the wire; false when it stays down. */
    bool wait_asserted(unsigned device, k230_core core, std::chrono::milliseconds time);

    std::vector<Store> stores(); /* and forgets them */
    std::set<std::string> violations;

    /* Called without the lock before each load and store, for what happens in between on the other core. */
    std::function<void(const Store &)> before_store;
    std::function<void(unsigned device, k230_core to, Register which)> before_load;
    /* The block is not there: loads give this, stores are lost. */
    bool dead = false;
    uint32_t dead_value = 0;

    uint32_t load(const volatile uint32_t *at);
    void store(volatile uint32_t *at, uint32_t value);

  private:
    struct Direction {
        uint32_t enables = 0;
        uint32_t err = 0;
        std::array<unsigned, K230_MAILBOX_LINES> counts{};
    };
    struct Address {
        bool valid;
        unsigned device;
        k230_core to;
        Register which;
    };
    Address address_of(const volatile uint32_t *at);
    uint32_t load_locked(const Address &at);
    void store_locked(const Address &at, uint32_t value);
    bool asserted_locked(unsigned device, k230_core core);

    const Overrun m_overrun;
    MailboxModel *const m_before; /* the newest one is the machine's */
    std::mutex m_lock;
    std::condition_variable m_changed;
    std::array<uint32_t, K230_MAILBOX_LENGTH / sizeof(uint32_t)> m_block{};
    std::array<std::array<Direction, 2>, K230_MAILBOX_DEVICES> m_devices{};
    std::vector<Store> m_stores;
};

#endif
