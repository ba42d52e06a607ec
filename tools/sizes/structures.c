/* How large the structures are that hold the state of a socket, as symbols of that size; nothing of it is linked. */
#include "k230_agent.h"
#include "k230_pal.h"
#include "k230_wire_tcp.h"

char k230_size_client[sizeof(struct k230_client)];
char k230_size_agent[sizeof(struct k230_agent)];
char k230_size_operation[sizeof(struct k230_operation)];
char k230_size_pal[sizeof(struct k230_pal)];
char k230_size_wire_server[sizeof(struct k230_wire_server)];
char k230_size_wire_tcp[sizeof(struct k230_wire_tcp)];
