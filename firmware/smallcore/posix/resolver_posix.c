#define _GNU_SOURCE
#include "k230_resolver_posix.h"

#include "k230_address_posix.h"
#include "k230_hal_posix.h" /* k230_from_errno */

#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static int from_eai(int error)
{
    switch (error) {
    case 0:
        return 0;
    case EAI_BADFLAGS:
        return -K230_EAI_BADFLAGS;
    case EAI_NONAME:
    case EAI_NODATA: /* the name is there, an address is not: the same to who asked */
        return -K230_EAI_NONAME;
    case EAI_AGAIN:
        return -K230_EAI_AGAIN;
    case EAI_FAMILY:
        return -K230_EAI_FAMILY;
    case EAI_SOCKTYPE:
        return -K230_EAI_SOCKTYPE;
    case EAI_SERVICE:
        return -K230_EAI_SERVICE;
    case EAI_ADDRFAMILY:
        return -K230_EAI_ADDRFAMILY;
    case EAI_MEMORY:
        return -K230_EAI_MEMORY;
    case EAI_SYSTEM:
        return -K230_EAI_SYSTEM;
    default:
        return -K230_EAI_FAIL;
    }
}

static void look_up(const struct k230_stack_query *query, int more_flags, struct k230_stack_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    struct addrinfo hints = {.ai_family = k230_to_family(query->family),
                             .ai_flags = (query->flags & K230_AI_PASSIVE ? AI_PASSIVE : 0) |
                                         (query->flags & K230_AI_CANONNAME ? AI_CANONNAME : 0) |
                                         (query->flags & K230_AI_NUMERICHOST ? AI_NUMERICHOST : 0) | more_flags};
    switch (query->type) {
    case 0: /* MicroPython reference, 11.7.5: stream entries unless others are asked for */
    case K230_SOCK_STREAM:
        hints.ai_socktype = SOCK_STREAM;
        break;
    case K230_SOCK_DGRAM:
        hints.ai_socktype = SOCK_DGRAM;
        break;
    default:
        answer->status = -K230_EAI_SOCKTYPE;
        return;
    }
    switch (query->proto) {
    case 0:
        break;
    case K230_IPPROTO_TCP:
        hints.ai_protocol = IPPROTO_TCP;
        break;
    case K230_IPPROTO_UDP:
        hints.ai_protocol = IPPROTO_UDP;
        break;
    default:
        answer->status = -K230_EAI_SOCKTYPE;
        return;
    }
    if (hints.ai_family < 0) {
        answer->status = -K230_EAI_FAMILY;
        return;
    }
    const bool any = query->host[0] == 0;
    if (any && !(query->flags & K230_AI_PASSIVE)) {
        answer->status = -K230_EAI_NONAME;
        return;
    }
    if (any)
        hints.ai_flags &= ~AI_CANONNAME;
    struct addrinfo *list = NULL;
    const char *service = query->service[0] != 0 ? query->service : NULL;
    answer->status = from_eai(getaddrinfo(any ? NULL : query->host, any && !service ? "0" : service, &hints, &list));
    if (answer->status != 0)
        return;
    uint32_t cut = 0;
    for (const struct addrinfo *entry = list; entry; entry = entry->ai_next) {
        if (entry->ai_canonname && answer->canon[0] == 0)
            snprintf(answer->canon, sizeof answer->canon, "%s", entry->ai_canonname);
        if (answer->count == K230_STACK_ANSWERS) {
            cut++;
            continue;
        }
        struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
        memcpy(&host, entry->ai_addr, entry->ai_addrlen < sizeof host ? entry->ai_addrlen : sizeof host);
        k230_from_sockaddr(&host, &answer->addrs[answer->count++]);
    }
    if (cut != 0)
        fprintf(stderr, "k230-agent: %s has %u more addresses than an answer holds\n", query->host, cut);
    freeaddrinfo(list);
}

static void *helper(void *arg)
{
    struct k230_resolver *resolver = arg;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    pthread_mutex_lock(&resolver->lock);
    while (!resolver->ending) {
        if (!resolver->busy) {
            pthread_cond_wait(&resolver->asked, &resolver->lock);
            continue;
        }
        resolver->asked_for = resolver->query;
        pthread_mutex_unlock(&resolver->lock);
        look_up(&resolver->asked_for, 0, &resolver->found);
        pthread_mutex_lock(&resolver->lock);
        if (resolver->ending)
            break;
        resolver->answer = resolver->found;
        resolver->busy = false;
        resolver->resolved = true;
        k230_stack_wake(resolver->stack);
    }
    pthread_mutex_unlock(&resolver->lock);
    return NULL;
}

int k230_resolver_start(struct k230_resolver *resolver, struct k230_stack *stack)
{
    memset(resolver, 0, sizeof *resolver);
    resolver->stack = stack;
    pthread_mutex_init(&resolver->lock, NULL);
    pthread_cond_init(&resolver->asked, NULL);
    return k230_from_errno(pthread_create(&resolver->helper, NULL, helper, resolver));
}

void k230_resolver_end(struct k230_resolver *resolver)
{
    pthread_mutex_lock(&resolver->lock);
    resolver->ending = true;
    const bool hangs = resolver->busy;
    pthread_cond_signal(&resolver->asked);
    pthread_mutex_unlock(&resolver->lock);
    if (hangs)
        pthread_detach(resolver->helper); /* getaddrinfo cannot be interrupted; the process is about to end */
    else
        pthread_join(resolver->helper, NULL);
}

bool k230_resolver_ask(struct k230_resolver *resolver, const struct k230_stack_query *query)
{
    pthread_mutex_lock(&resolver->lock);
    const bool accepted = !resolver->busy;
    if (accepted) {
        /* A numeric host needs no server: answered here, without the helper's two thread switches. */
        look_up(query, AI_NUMERICHOST, &resolver->answer);
        resolver->resolved =
            resolver->answer.status != -K230_EAI_NONAME || query->host[0] == 0 || (query->flags & K230_AI_NUMERICHOST);
        if (!resolver->resolved) {
            resolver->query = *query;
            resolver->busy = true;
            pthread_cond_signal(&resolver->asked);
        }
    }
    pthread_mutex_unlock(&resolver->lock);
    return accepted;
}

bool k230_resolver_answer(struct k230_resolver *resolver, struct k230_stack_answer *answer)
{
    pthread_mutex_lock(&resolver->lock);
    const bool resolved = resolver->resolved;
    if (resolved)
        *answer = resolver->answer;
    pthread_mutex_unlock(&resolver->lock);
    return resolved;
}
