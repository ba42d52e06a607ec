/* The PAL's look-ups. Its caller cannot wait in here: it goes, and comes back with the same name after the next news.
 */
#include "pal_private.h"

static uint64_t now_ms(struct k230_pal *pal) { return pal->client->engine.hal->ops->now_ms(pal->client->engine.hal); }

bool k230_pal_dotted(const char *text, struct k230_addr *addr)
{
    memset(addr, 0, sizeof *addr);
    if (!text)
        return false;
    for (int part = 0; part < 4; part++) {
        unsigned value = 0;
        int digits = 0;
        for (; *text >= '0' && *text <= '9'; text++, digits++)
            if (digits == 3 || (value = value * 10u + (unsigned)(*text - '0')) > 255u)
                return false;
        if (digits == 0 || *text != (part < 3 ? '.' : '\0'))
            return false;
        addr->ip[part] = (uint8_t)value;
        text++;
    }
    addr->family = K230_AF_INET;
    return true;
}

static void drop(struct k230_pal *pal, struct k230_pal_look_up *look_up)
{
    k230_op_abandon(pal->client, &look_up->op);
    look_up->used = false;
}

/* The one that is under way for the name, or a new one; NULL: all are in use. */
static struct k230_pal_look_up *look_up_of(struct k230_pal *pal, const char *host)
{
    struct k230_pal_look_up *free_one = NULL;
    const uint64_t now = now_ms(pal);
    for (uint32_t i = 0; i < K230_RESOLVE_MAX; i++) {
        struct k230_pal_look_up *look_up = &pal->look_ups[i];
        if (look_up->used && strcmp(look_up->host, host) == 0)
            return look_up;
        if (look_up->used && now - look_up->asked_ms > K230_PAL_LOOK_UP_MS)
            drop(pal, look_up);
        if (!look_up->used)
            free_one = look_up;
    }
    if (free_one) {
        memset(free_one, 0, sizeof *free_one);
        free_one->used = true;
        memcpy(free_one->host, host, strlen(host) + 1u);
    }
    return free_one;
}

static int step(struct k230_pal *pal, struct k230_pal_look_up *look_up)
{
    return k230_op_resolve(pal->client, &look_up->op, look_up->host, NULL, K230_AF_INET, K230_SOCK_STREAM, 0,
                           K230_AI_CANONNAME, pal->answer, sizeof pal->answer, -1);
}

/* An empty name stands for the board itself. */
static int own_addresses(struct k230_pal *pal, struct k230_addr *addrs, int room)
{
    static const uint8_t none[4];
    const uint64_t until = now_ms(pal) + K230_PAL_ANSWER_MS;
    struct k230_interface facts;
    int found = 0;
    int count = 1; /* as the first answer says; the other core is not trusted with how long this takes */
    for (uint32_t i = 0; i < (uint32_t)count && i < K230_PAL_INTERFACES && now_ms(pal) < until; i++) {
        const int there = k230_pal_interface(pal, i, &facts);
        if (there < 0 && i == 0)
            return -1;
        if (there < 0)
            break; /* one has gone since */
        count = i == 0 ? there : count;
        if (memcmp(facts.address, none, sizeof none) == 0)
            continue;
        if (found < room) {
            addrs[found] = (struct k230_addr){.family = K230_AF_INET};
            memcpy(addrs[found].ip, facts.address, sizeof facts.address);
        }
        found++;
    }
    return k230i_pal_result(pal, NULL, found > 0 ? found : -K230_EAI_NONAME);
}

/* The IPv4 addresses of an answer, moved to the front: others were not asked for. */
static int keep_ipv4(struct k230_addr *addrs, int count)
{
    int kept = 0;
    for (int i = 0; i < count; i++)
        if (addrs[i].family == K230_AF_INET)
            addrs[kept++] = addrs[i];
    return kept;
}

int k230_pal_resolve(struct k230_pal *pal, const char *host, struct k230_addr *addrs, int room, const char **canon)
{
    *canon = "";
    if (!host || strlen(host) > K230_HOST_MAX)
        return k230_pal_fail(pal, NULL, K230_PAL_HOST_NOT_FOUND);
    if (host[0] == '\0')
        return own_addresses(pal, addrs, room);
    struct k230_addr addr;
    if (k230_pal_dotted(host, &addr)) {
        if (room > 0)
            addrs[0] = addr;
        return k230i_pal_result(pal, NULL, 1);
    }
    struct k230_pal_look_up *look_up = look_up_of(pal, host);
    if (!look_up) {
        k230_arm(pal->client, &pal->arming, K230_ALL_HINTS);
        return k230_pal_fail(pal, NULL, K230_PAL_EWOULDBLOCK);
    }
    look_up->asked_ms = now_ms(pal);
    int found;
    while ((found = step(pal, look_up)) == -K230_PENDING)
        if (!k230_op_arm(pal->client, &look_up->op))
            return k230_pal_fail(pal, NULL, K230_PAL_EWOULDBLOCK);
    drop(pal, look_up);
    k230_disarm(pal->client, &pal->arming);
    switch (found) {
    case -K230_ECONNRESET: /* the session ended, or none could be begun */
    case -K230_ETIMEDOUT:
        return k230_pal_fail(pal, NULL, K230_PAL_ENETDOWN);
    default:
        break;
    }
    if (found < 0)
        return k230i_pal_result(pal, NULL, found);
    struct k230_addr all[K230_RESOLVE_ADDRS];
    memcpy(all, pal->answer + K230_HOST_MAX + 1u, (size_t)found * sizeof all[0]);
    found = keep_ipv4(all, found);
    memcpy(addrs, all, (size_t)(found < room ? found : room) * sizeof *addrs);
    *canon = (const char *)pal->answer;
    return k230i_pal_result(pal, NULL, found > 0 ? found : -K230_EAI_NONAME);
}
