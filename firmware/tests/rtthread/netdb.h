/* Look-ups with SAL's numbers. See rtthread.h. */
#ifndef RTT_NETDB_H
#define RTT_NETDB_H

#include <sys/socket.h>

#define EAI_NONAME 200
#define EAI_SERVICE 201
#define EAI_FAIL 202
#define EAI_MEMORY 203
#define EAI_FAMILY 204

struct addrinfo {
    int ai_flags;
    int ai_family;
    int ai_socktype;
    int ai_protocol;
    socklen_t ai_addrlen;
    struct sockaddr *ai_addr;
    char *ai_canonname;
    struct addrinfo *ai_next;
};

#define getaddrinfo rtt_getaddrinfo
#define freeaddrinfo rtt_freeaddrinfo
int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list);
void freeaddrinfo(struct addrinfo *list);

#endif
