/* How long it pays to look again and again before one goes to sleep.
 *
 * Going to sleep and being woken costs a workstation more than the whole request it waits for, so who waits looks for a
 * while first. How long is learned as the halt polling of a virtual machine does it (Linux, Documentation/virt/kvm/
 * halt-polling.rst): waits that end soon make it longer, waits that do not end it. Between two looks the processor goes
 * to whoever else wants it, so that on a machine with few of them nobody waits for somebody who only looks.
 *
 * Promises: nothing is looked at for longer than K230_EAGER_NS; on one processor, and in a process whose environment
 * has K230_EAGER=0, nobody looks at all. k230_eager_init once, while no other thread changes the environment; the rest
 * from any thread. Who shares one shares what it learns.
 */
#ifndef K230_EAGER_H
#define K230_EAGER_H

#include <stdbool.h>
#include <stdint.h>

#define K230_EAGER_NS 200000u /* as KVM has it: several wake-ups of a thread on an idle processor */

struct k230_eager {
    bool never;              /* all zeroed at first; k230_eager_init alone sets this one */
    uint32_t budget_ns;      /* atomic */
    uint64_t rests_until_ns; /* atomic; nothing is learned before, as the processor was shared */
};

uint64_t k230_eager_now_ns(void);

/* Reads K230_EAGER, which an agent inherits from the app that starts it. */
void k230_eager_init(struct k230_eager *eager);

/* True: look once more instead of sleeping. `since_ns`: when the wait began. */
bool k230_eager_again(struct k230_eager *eager, uint64_t since_ns);

/* A wait is over that began at `since_ns`. */
void k230_eager_learn(struct k230_eager *eager, uint64_t since_ns);

#endif
