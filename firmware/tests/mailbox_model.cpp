#include "mailbox_model.h"

namespace
{
MailboxModel *s_model;
}

extern "C" uint32_t k230_register_load(const volatile uint32_t *at) { return s_model->load(at); }

extern "C" void k230_register_store(volatile uint32_t *at, uint32_t value) { s_model->store(at, value); }

MailboxModel::MailboxModel(Overrun overrun) : m_overrun(overrun), m_before(s_model) { s_model = this; }

MailboxModel::~MailboxModel() { s_model = m_before; }

MailboxModel::Address MailboxModel::address_of(const volatile uint32_t *at)
{
    const volatile uint32_t *start = m_block.data();
    if (at < start || at >= start + 4 * 10) {
        std::lock_guard<std::mutex> guard(m_lock);
        violations.insert("an access outside of the four devices");
        return {false, 0, K230_CORE_BIG, EN};
    }
    const size_t word = static_cast<size_t>(at - start);
    /* CPU2DSP, towards the big core, comes first. */
    return {true, static_cast<unsigned>(word / 10), word % 10 < 5 ? K230_CORE_BIG : K230_CORE_SMALL,
            static_cast<Register>(word % 5)};
}

uint32_t MailboxModel::load_locked(const Address &at)
{
    const Direction &direction = m_devices[at.device][at.to];
    switch (at.which) {
    case EN:
        return direction.enables;
    case STATUS: {
        uint32_t status = 0;
        for (unsigned line = 0; line < K230_MAILBOX_LINES; line++)
            status |= direction.counts[line] << 2 * line;
        return status;
    }
    case ERR:
        return direction.err;
    default:
        return 0;
    }
}

void MailboxModel::store_locked(const Address &at, uint32_t value)
{
    Direction &direction = m_devices[at.device][at.to];
    switch (at.which) {
    case EN:
        if (value & 2u) {
            violations.insert("counters were zeroed");
            direction.counts.fill(0);
        }
        direction.enables = value;
        break;
    case SET:
    case CLEAR: {
        if (value >= K230_MAILBOX_LINES) {
            violations.insert("SET and CLEAR take the number of a line");
            break;
        }
        unsigned &count = direction.counts[value];
        if (at.which == SET && count == 3) {
            direction.err |= 1u << (16 + value);
            count = m_overrun == Overrun::Wraps ? 0 : 3;
        } else if (at.which == SET) {
            count++;
        } else if (count == 0) {
            direction.err |= 1u << value;
        } else {
            count--;
        }
        break;
    }
    case STATUS:
    case ERR:
        violations.insert("a store to a register that tells");
        break;
    }
    m_changed.notify_all();
}

uint32_t MailboxModel::load(const volatile uint32_t *at)
{
    const Address address = address_of(at);
    if (!address.valid)
        return 0;
    if (before_load)
        before_load(address.device, address.to, address.which);
    std::lock_guard<std::mutex> guard(m_lock);
    return dead ? dead_value : load_locked(address);
}

void MailboxModel::store(volatile uint32_t *at, uint32_t value)
{
    const Address address = address_of(at);
    if (!address.valid)
        return;
    const Store made = {address.device, address.to, address.which, value};
    if (before_store)
        before_store(made);
    std::lock_guard<std::mutex> guard(m_lock);
    m_stores.push_back(made);
    if (!dead)
        store_locked(address, value);
}

void MailboxModel::poke(unsigned device, k230_core to, Register which, uint32_t value)
{
    std::lock_guard<std::mutex> guard(m_lock);
    store_locked({true, device, to, which}, value);
}

uint32_t MailboxModel::peek(unsigned device, k230_core to, Register which)
{
    std::lock_guard<std::mutex> guard(m_lock);
    return load_locked({true, device, to, which});
}

unsigned MailboxModel::waiting(unsigned device, k230_core to, unsigned line)
{
    return peek(device, to, STATUS) >> 2 * line & 3u;
}

bool MailboxModel::asserted_locked(unsigned device, k230_core core)
{
    const Direction &direction = m_devices[device][core];
    if (!(direction.enables & 1u))
        return false;
    for (unsigned line = 0; line < K230_MAILBOX_LINES; line++)
        if (direction.counts[line] != 0 && direction.enables & 1u << (16 + line))
            return true;
    return false;
}

bool MailboxModel::asserted(unsigned device, k230_core core)
{
    std::lock_guard<std::mutex> guard(m_lock);
    return asserted_locked(device, core);
}

bool MailboxModel::wait_asserted(unsigned device, k230_core core, std::chrono::milliseconds time)
{
    std::unique_lock<std::mutex> guard(m_lock);
    return m_changed.wait_for(guard, time, [&] { return asserted_locked(device, core); });
}

std::vector<MailboxModel::Store> MailboxModel::stores()
{
    std::lock_guard<std::mutex> guard(m_lock);
    std::vector<Store> made;
    made.swap(m_stores);
    return made;
}
