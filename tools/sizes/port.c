/* How large the state of a stack port is, as a symbol of that size: K230_SIZE_PORT is its header. */
#include K230_SIZE_PORT

char k230_size_stack[sizeof(struct k230_stack)];
