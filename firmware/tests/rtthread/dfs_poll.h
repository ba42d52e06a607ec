/* poll with DFS's numbers, which are neither Linux's nor lwIP's. See rtthread.h. */
#ifndef RTT_DFS_POLL_H
#define RTT_DFS_POLL_H

#define POLLIN 0x01
#define POLLOUT 0x02
#define POLLERR 0x04
#define POLLHUP 0x08
#define POLLNVAL 0x10

typedef unsigned int nfds_t;
struct pollfd {
    int fd;
    short events;
    short revents;
};

#define poll rtt_poll
int poll(struct pollfd *fds, nfds_t count, int timeout_ms);

#endif
