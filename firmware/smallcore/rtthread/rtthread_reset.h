/* What the RT-Thread port needs below SAL; on its own, since lwIP's headers and SAL's cannot be included together. */
#ifndef K230_RTTHREAD_RESET_H
#define K230_RTTHREAD_RESET_H

/* RST on the connection of this descriptor of SAL, now. It stays open. From the agent's thread. */
void k230_rtthread_reset(int fd);

#endif
