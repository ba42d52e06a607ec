/* The PAL's view of the small core's network. */
#include "pal_private.h"

#define ADDRESS_CHANGES 0x000FFF00u /* of the word of k230_network */

bool k230_pal_link(struct k230_pal *pal) { return k230_network_link(pal->client); }

int k230_pal_interface(struct k230_pal *pal, uint32_t index, struct k230_interface *facts)
{
    struct k230_hal *hal = pal->client->engine.hal;
    struct k230_operation op = {0};
    const uint64_t begun = hal->ops->now_ms(hal);
    int count, error;
    while ((count = k230_op_interface(pal->client, &op, index, facts, -1)) == -K230_PENDING)
        if (!k230i_pal_waits(pal, &op, begun, &error))
            return k230_pal_fail(pal, NULL, error);
    return k230i_pal_result(pal, NULL, count);
}

uint32_t k230_pal_changes(uint32_t before, uint32_t now)
{
    const uint32_t bits = before ^ now;
    uint32_t changes = 0;
    if (bits & K230_NETWORK_LINK)
        changes |= K230_PAL_LINK_CHANGED;
    if (before == 0 ? now & K230_NETWORK_ADDRESS : bits & ADDRESS_CHANGES)
        changes |= K230_PAL_ADDRESS_CHANGED;
    return changes;
}
