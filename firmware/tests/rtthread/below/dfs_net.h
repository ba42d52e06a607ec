/* See sal.h. */
#ifndef RTT_DFS_NET_H
#define RTT_DFS_NET_H

int dfs_net_getsocket(int fd);

#endif
