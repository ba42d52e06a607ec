/* Look-ups with SAL's getaddrinfo, which blocks, on threads of the port's own with static stacks. */
#include "rtthread_port.h"

#include <netdb.h>
#include <string.h>

/* ---- one look-up ------------------------------------------------------------------------------------------------- */

static int from_eai(int error)
{
    switch (error) {
    case 0:
        return 0;
    case EAI_NONAME:
        return -K230_EAI_NONAME;
    case EAI_SERVICE:
        return -K230_EAI_SERVICE;
    case EAI_FAIL: /* lwIP: whatever went wrong with the name, no answer of a server included */
        return -K230_EAI_NONAME;
    case EAI_MEMORY:
        return -K230_EAI_MEMORY;
    case EAI_FAMILY:
        return -K230_EAI_FAMILY;
    case -1: /* SAL: no interface is up, or none with look-ups */
        return -K230_EAI_AGAIN;
    default:
        return -K230_EAI_FAIL;
    }
}

/* The decimal number that is all of the text, or -1. */
static long number_of(const char *text, long most)
{
    long number = 0;
    if (*text == 0)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        number = number * 10 + (*text - '0');
        if (number > most)
            return -1;
    }
    return number;
}

/* Four numbers. SAL's inet_aton takes "10.0.2" for 10.0.0.2, and names of no dot for numbers. */
static bool parse_ipv4(const char *text, uint8_t ip[4])
{
    for (unsigned i = 0; i < 4; i++) {
        char part[4];
        const size_t length = strcspn(text, ".");
        if (length == 0 || length >= sizeof part || (text[length] == '.') != (i < 3))
            return false;
        memcpy(part, text, length);
        part[length] = 0;
        const long number = number_of(part, 255);
        if (number < 0)
            return false;
        ip[i] = (uint8_t)number;
        text += length + (i < 3 ? 1 : 0);
    }
    return *text == 0;
}

/* Without asking anybody. False: it needs a server. */
static bool answer_at_once(const struct k230_stack_query *query, struct k230_stack_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    struct k230_addr addr = {.family = K230_AF_INET};
    if (query->type != 0 && query->type != K230_SOCK_STREAM && query->type != K230_SOCK_DGRAM)
        answer->status = -K230_EAI_SOCKTYPE;
    else if (query->proto != 0 && query->proto != K230_IPPROTO_TCP && query->proto != K230_IPPROTO_UDP)
        answer->status = -K230_EAI_SOCKTYPE;
    else if (query->proto != 0 &&
             (query->proto == K230_IPPROTO_UDP) != (query->type == K230_SOCK_DGRAM)) /* 0 means a stream */
        answer->status = -K230_EAI_SOCKTYPE;
    else if (k230_rtthread_family(query->family) < 0)
        answer->status = -K230_EAI_FAMILY;
    if (answer->status != 0)
        return true;
    const long port = query->service[0] ? number_of(query->service, 65535) : 0;
    if (port < 0) { /* there is no list of services */
        answer->status = -K230_EAI_SERVICE;
        return true;
    }
    addr.port = (uint16_t)port;
    const bool wants_ipv6 = query->family == K230_AF_INET6;
    bool known = false;
    if (query->host[0] == 0) {
        if (!(query->flags & K230_AI_PASSIVE)) {
            answer->status = -K230_EAI_NONAME;
            return true;
        }
        addr.family = wants_ipv6 ? K230_AF_INET6 : K230_AF_INET;
        known = true;
    } else if (parse_ipv4(query->host, addr.ip)) {
        if (wants_ipv6) {
            answer->status = -K230_EAI_ADDRFAMILY;
            return true;
        }
        known = true;
    }
#if NETDEV_IPV6
    else if (inet_pton(AF_INET6, query->host, addr.ip) == 1) {
        if (query->family == K230_AF_INET) {
            answer->status = -K230_EAI_ADDRFAMILY;
            return true;
        }
        addr.family = K230_AF_INET6;
        known = true;
    }
#endif
    else if (query->flags & K230_AI_NUMERICHOST) {
        answer->status = -K230_EAI_NONAME;
        return true;
    }
    if (!known)
        return false;
    answer->addrs[answer->count++] = addr;
    if (query->flags & K230_AI_CANONNAME && query->host[0] != 0)
        memcpy(answer->canon, query->host, sizeof answer->canon);
    return true;
}

static void answer_localhost(const struct k230_stack_query *query, struct k230_stack_answer *answer)
{
    const bool wants_ipv6 = query->family == K230_AF_INET6;
    struct k230_addr *addr = &answer->addrs[answer->count++];
    addr->family = wants_ipv6 ? K230_AF_INET6 : K230_AF_INET;
    addr->port = query->service[0] ? (uint16_t)number_of(query->service, 65535) : 0;
    addr->ip[0] = wants_ipv6 ? 0 : 127;
    addr->ip[wants_ipv6 ? 15 : 3] = 1;
}

static int ask(const struct k230_stack_query *query, struct k230_stack_answer *answer)
{
    struct addrinfo hints;
    memset(&hints, 0, sizeof hints);
    hints.ai_family = k230_rtthread_family(query->family);
    hints.ai_socktype = query->type == K230_SOCK_DGRAM ? SOCK_DGRAM : SOCK_STREAM;
    struct addrinfo *list = NULL;
    int error = EAI_MEMORY;
    /* EAI_MEMORY: another look-up has lwIP's only place for an answer (MEMP_NUM_NETDB), for as long as it copies. */
    for (unsigned tries = 0; error == EAI_MEMORY && tries < 20; tries++) {
        if (tries != 0)
            rt_thread_mdelay(10);
        error = getaddrinfo(query->host, query->service[0] ? query->service : NULL, &hints, &list);
    }
    if (error != 0)
        return from_eai(error);
    bool cut = false;
    for (const struct addrinfo *entry = list; entry; entry = entry->ai_next) {
        struct sockaddr_storage host;
        struct k230_addr addr;
        memset(&host, 0, sizeof host);
        memcpy(&host, entry->ai_addr, entry->ai_addrlen < sizeof host ? entry->ai_addrlen : sizeof host);
        k230_rtthread_from_sockaddr(&host, &addr);
        cut |= !k230_stack_answer_add(answer, addr);
    }
    freeaddrinfo(list);
    if (cut)
        rt_kprintf("k230: %s has more addresses than an answer holds\n", query->host);
    return 0;
}

static void look_up(const struct k230_stack_query *query, struct k230_stack_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    if (strcmp(query->host, "localhost") == 0) /* lwIP would ask a server */
        answer_localhost(query, answer);
    else
        answer->status = ask(query, answer);
    if (answer->status == 0 && query->flags & K230_AI_CANONNAME) /* lwIP gives back the name that was asked for */
        memcpy(answer->canon, query->host, sizeof answer->canon);
}

/* ---- helpers ----------------------------------------------------------------------------------------------------- */

struct helper {
    struct k230_rtthread_look_up look_up;
    struct rt_semaphore asked;
    struct rt_thread thread;
    uint8_t stack[K230_RTTHREAD_HELPER_STACK] __attribute__((aligned(16)));
};
static struct helper s_helpers[K230_RTTHREAD_HELPERS];
static int s_started; /* so many of them; a start that failed goes on here */

static uint32_t state_of(const struct k230_rtthread_look_up *one)
{
    return __atomic_load_n(&one->state, __ATOMIC_ACQUIRE);
}

static void set_state(struct k230_rtthread_look_up *one, enum k230_rtthread_look_up_state state)
{
    __atomic_store_n(&one->state, state, __ATOMIC_RELEASE);
}

static void helper_entry(void *parameter)
{
    struct helper *mine = parameter;
    for (;;) {
        if (rt_sem_take(&mine->asked, RT_WAITING_FOREVER) != RT_EOK || state_of(&mine->look_up) != K230_LOOK_UP_ASKED)
            continue;
        look_up(&mine->look_up.query, &mine->look_up.answer);
        set_state(&mine->look_up, K230_LOOK_UP_DONE);
        k230_stack_wake(NULL);
    }
}

int k230_rtthread_resolver_start(struct k230_stack *stack)
{
    stack->at_once.state = K230_LOOK_UP_FREE;
    for (; s_started < K230_RTTHREAD_HELPERS; s_started++) {
        struct helper *one = &s_helpers[s_started];
        rt_sem_init(&one->asked, "k230q", 0, RT_IPC_FLAG_PRIO);
        if (rt_thread_init(&one->thread, "k230q", helper_entry, one, one->stack, sizeof one->stack,
                           K230_RTTHREAD_HELPER_PRIORITY, 10) != RT_EOK ||
            rt_thread_startup(&one->thread) != RT_EOK)
            return -K230_ENOMEM;
    }
    return 0;
}

bool k230_stack_rtthread_helper_room(uint32_t *least)
{
    if (s_started < K230_RTTHREAD_HELPERS)
        return false;
    *least = K230_RTTHREAD_HELPER_STACK;
    for (int i = 0; i < K230_RTTHREAD_HELPERS; i++) {
        uint32_t room = 0; /* rt_thread_init fills a stack with '#' */
        while (room < sizeof s_helpers[i].stack && s_helpers[i].stack[room] == '#')
            room++;
        if (room < *least)
            *least = room;
    }
    return true;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

bool k230_stack_resolve(struct k230_stack *stack, const struct k230_stack_query *query, uint32_t tag)
{
    if (stack->at_once.state == K230_LOOK_UP_FREE && answer_at_once(query, &stack->at_once.answer)) {
        stack->at_once.tag = tag;
        stack->at_once.state = K230_LOOK_UP_DONE;
        return true;
    }
    for (int i = 0; i < K230_RTTHREAD_HELPERS; i++) {
        struct k230_rtthread_look_up *one = &s_helpers[i].look_up;
        if (state_of(one) == K230_LOOK_UP_DONE && one->round != stack->round)
            set_state(one, K230_LOOK_UP_FREE); /* an answer that nobody waits for */
        if (state_of(one) != K230_LOOK_UP_FREE)
            continue;
        one->query = *query;
        one->tag = tag;
        one->round = stack->round;
        set_state(one, K230_LOOK_UP_ASKED);
        rt_sem_release(&s_helpers[i].asked);
        return true;
    }
    return false;
}

static bool collect(struct k230_rtthread_look_up *one, uint32_t round, uint32_t *tag, struct k230_stack_answer *answer)
{
    if (state_of(one) != K230_LOOK_UP_DONE)
        return false;
    const bool current = one->round == round;
    if (current) {
        *tag = one->tag;
        *answer = one->answer;
    }
    set_state(one, K230_LOOK_UP_FREE);
    return current;
}

bool k230_stack_resolved(struct k230_stack *stack, uint32_t *tag, struct k230_stack_answer *answer)
{
    stack->at_once.round = stack->round;
    bool found = collect(&stack->at_once, stack->round, tag, answer);
    for (int i = 0; i < K230_RTTHREAD_HELPERS && !found; i++)
        found = collect(&s_helpers[i].look_up, stack->round, tag, answer);
    return found;
}
