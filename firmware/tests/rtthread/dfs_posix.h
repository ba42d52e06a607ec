/* Files as RT-Thread's DFS (version 1) has them. See rtthread.h. */
#ifndef RTT_DFS_POSIX_H
#define RTT_DFS_POSIX_H

#include <dfs_poll.h>
#include <rtdevice.h>

#define O_RDONLY 0
#define open rtt_open
#define close rtt_close

struct dfs_fd {
    int number;
};

struct dfs_file_ops {
    int (*open)(struct dfs_fd *file);
    int (*close)(struct dfs_fd *file);
    int (*ioctl)(struct dfs_fd *file, int command, void *arguments);
    int (*read)(struct dfs_fd *file, void *bytes, size_t count);
    int (*write)(struct dfs_fd *file, const void *bytes, size_t count);
    int (*poll)(struct dfs_fd *file, struct rt_pollreq *request);
};

int open(const char *path, int flags, ...);
int close(int fd);

#endif
