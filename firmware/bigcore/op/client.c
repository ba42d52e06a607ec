/* The client as a whole: its layers put together, and taken back to where they began. */
#include "k230_op.h"

void k230_client_init(struct k230_client *client, struct k230_hal *hal)
{
    static const struct k230_layer *const layers[K230_LAYERS] = {&k230_sock_layer, &k230_ask_layer};
    memset(client, 0, sizeof *client);
    k230_engine_init(&client->engine, hal, layers);
}

void k230_client_reset(struct k230_client *client)
{
    k230_network_unwatch(client);
    if (!k230_sock_any_stays(client))
        k230_client_stop(client);
    k230_sock_close_all(client);
    k230_ask_abandon_all(client);
}
