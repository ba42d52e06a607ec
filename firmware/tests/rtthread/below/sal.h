/* SAL's number behind a socket. See ../rtthread.h. */
#ifndef RTT_SAL_H
#define RTT_SAL_H

struct sal_socket {
    void *user_data;
};
struct sal_socket *sal_get_socket(int socket);

#endif
