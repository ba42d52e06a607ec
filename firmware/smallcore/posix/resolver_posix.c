#define _GNU_SOURCE
#include "k230_resolver_posix.h"

#include "k230_address_posix.h"
#include "k230_hal_posix.h"

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
    case 0: /* as MicroPython does: stream entries unless others are asked for */
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
        struct sockaddr_storage host = {.ss_family = AF_UNSPEC};
        struct k230_addr addr;
        memcpy(&host, entry->ai_addr, entry->ai_addrlen < sizeof host ? entry->ai_addrlen : sizeof host);
        k230_from_sockaddr(&host, &addr);
        cut += !k230_stack_answer_add(answer, addr);
    }
    if (cut != 0)
        k230_posix_say("k230-agent: %s has %u more addresses than an answer holds\n", query->host, cut);
    freeaddrinfo(list);
}

static void *helper(void *arg)
{
    struct k230_look_up *mine = arg;
    struct k230_resolver *resolver = mine->resolver;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    pthread_mutex_lock(&resolver->lock);
    while (!resolver->ending) {
        if (mine->state != K230_LOOK_UP_ASKED) {
            pthread_cond_wait(&resolver->asked, &resolver->lock);
            continue;
        }
        mine->state = K230_LOOK_UP_WORKING;
        pthread_mutex_unlock(&resolver->lock);
        look_up(&mine->query, 0, &mine->answer);
        pthread_mutex_lock(&resolver->lock);
        if (resolver->ending)
            break;
        mine->state = K230_LOOK_UP_DONE;
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
    for (int i = 0; i < K230_RESOLVER_HELPERS; i++) {
        struct k230_look_up *one = &resolver->look_ups[i];
        one->resolver = resolver;
        const int error = pthread_create(&one->helper, NULL, helper, one);
        if (error != 0)
            return k230_from_errno(error);
    }
    return 0;
}

void k230_resolver_end(struct k230_resolver *resolver)
{
    pthread_mutex_lock(&resolver->lock);
    resolver->ending = true;
    bool hangs[K230_RESOLVER_HELPERS];
    for (int i = 0; i < K230_RESOLVER_HELPERS; i++)
        hangs[i] = resolver->look_ups[i].state == K230_LOOK_UP_WORKING;
    pthread_cond_broadcast(&resolver->asked);
    pthread_mutex_unlock(&resolver->lock);
    for (int i = 0; i < K230_RESOLVER_HELPERS; i++)
        if (hangs[i])
            pthread_detach(resolver->look_ups[i].helper); /* getaddrinfo cannot be interrupted; the process ends soon */
        else
            pthread_join(resolver->look_ups[i].helper, NULL);
}

/* True if it was answered. A numeric host needs no server, and so no helper. */
static bool answered_at_once(struct k230_resolver *resolver, const struct k230_stack_query *query, uint32_t tag)
{
    struct k230_look_up *one = &resolver->at_once;
    if (one->state != K230_LOOK_UP_FREE)
        return false;
    look_up(query, AI_NUMERICHOST, &one->answer);
    if (one->answer.status == -K230_EAI_NONAME && query->host[0] != 0 && !(query->flags & K230_AI_NUMERICHOST))
        return false;
    one->tag = tag;
    one->state = K230_LOOK_UP_DONE;
    return true;
}

bool k230_resolver_ask(struct k230_resolver *resolver, const struct k230_stack_query *query, uint32_t tag)
{
    bool accepted = answered_at_once(resolver, query, tag);
    pthread_mutex_lock(&resolver->lock);
    for (int i = 0; i < K230_RESOLVER_HELPERS && !accepted; i++) {
        struct k230_look_up *one = &resolver->look_ups[i];
        if (one->state != K230_LOOK_UP_FREE)
            continue;
        one->query = *query;
        one->tag = tag;
        one->state = K230_LOOK_UP_ASKED;
        accepted = true;
        pthread_cond_broadcast(&resolver->asked);
    }
    pthread_mutex_unlock(&resolver->lock);
    return accepted;
}

static bool collect(struct k230_look_up *one, uint32_t *tag, struct k230_stack_answer *answer)
{
    if (one->state != K230_LOOK_UP_DONE)
        return false;
    *tag = one->tag;
    *answer = one->answer;
    one->state = K230_LOOK_UP_FREE;
    return true;
}

bool k230_resolver_answer(struct k230_resolver *resolver, uint32_t *tag, struct k230_stack_answer *answer)
{
    bool found = collect(&resolver->at_once, tag, answer);
    pthread_mutex_lock(&resolver->lock);
    for (int i = 0; i < K230_RESOLVER_HELPERS && !found; i++)
        found = collect(&resolver->look_ups[i], tag, answer);
    pthread_mutex_unlock(&resolver->lock);
    return found;
}
