/* What all parts of the client share: its lock, and how a session ends. */
#include "k230_sock.h"

void k230_client_lock(struct k230_client *client) { k230_hal_lock(client->hal, &client->lock); }

void k230_client_unlock_inner(struct k230_client *client) { k230_hal_unlock(client->hal, &client->lock); }

void k230_client_unlock(struct k230_client *client)
{
    k230_client_unlock_inner(client);
    k230_client_say(client);
}

void k230_half_unlock(struct k230_client *client, uint32_t *half)
{
    k230_hal_unlock(client->hal, half);
    k230_client_say(client);
}

void k230_client_say(struct k230_client *client)
{
    if (k230_load_word(&client->unsaid) == K230_FAULT_NONE)
        return;
    const uint32_t fault = __atomic_exchange_n(&client->unsaid, K230_FAULT_NONE, __ATOMIC_ACQ_REL);
    if (fault == K230_FAULT_NONE) /* another thread says it */
        return;
    char line[K230_FAULT_LINE] = "no answer from the small core's agent";
    if (fault != K230_UNSAID_NO_ANSWER)
        k230_fault_line(line, "small core", fault);
    client->hal->ops->log(client->hal, line);
}

void k230_client_init(struct k230_client *client, struct k230_hal *hal)
{
    memset(client, 0, sizeof *client);
    client->hal = hal;
    client->epoch = 1;
}

void k230_client_tell_parked(struct k230_client *client)
{
    if (client->news && client->parked != 0)
        client->news(client->news_arg);
}

void k230_client_wake(struct k230_client *client, uint32_t hints)
{
    if (client->waiters != 0) /* they hold the region in place */
        client->hal->ops->poke(client->hal, hints);
    k230_client_tell_parked(client);
}

void k230_client_on_news(struct k230_client *client, void (*news)(void *arg), void *arg)
{
    k230_client_lock(client);
    client->news = news;
    client->news_arg = arg;
    client->attended = 1;
    k230_client_unlock(client);
}

uint64_t k230_deadline(struct k230_client *client, int timeout_ms)
{
    return timeout_ms < 0 ? K230_FOREVER : client->hal->ops->now_ms(client->hal) + (uint64_t)timeout_ms;
}

uint32_t k230_client_fault(struct k230_client *client)
{
    k230_client_lock(client);
    const uint32_t fault = client->fault;
    k230_client_unlock(client);
    return fault;
}

/* Its answer will not come. */
static void end_call(uint8_t *state, int32_t *status)
{
    if (*state == K230_CALL_PENDING) {
        *state = K230_CALL_DONE;
        *status = -K230_ECONNRESET;
    } else if (*state == K230_CALL_ABANDONED) {
        *state = K230_CALL_IDLE;
    }
}

void k230_session_fault(struct k230_client *client, uint32_t fault)
{
    if (client->session != K230_SESSION_LIVE)
        return;
    k230_store_word(&client->session, K230_SESSION_LOST);
    client->fault = fault;
    if (fault != K230_FAULT_STOPPED)
        k230_store_word(&client->unsaid, fault);
    for (uint32_t i = 0; i < K230_SOCK_MAX; i++) {
        struct k230_sock *sock = &client->socks[i];
        end_call(&sock->call.state, &sock->call.status);
        switch (sock->state) {
        case K230_SOCK_CONNECTING:
            sock->failed = 1;
            sock->error = -K230_ECONNRESET;
            k230_store_word(&sock->state, K230_SOCK_OPEN);
            break;
        case K230_SOCK_CANCELLING:
            k230_store_word(&sock->state, K230_SOCK_OPEN);
            break;
        case K230_SOCK_RESERVED:
        case K230_SOCK_CLOSING: /* nobody holds these any more */
            k230_sock_forget(client, sock);
            break;
        default:
            break;
        }
        k230_sock_discard_accepted(client, sock, false);
        sock->due = 0;
        k230_sock_changed(client, sock);
    }
    client->dues = 0;
    for (uint32_t i = 0; i < K230_QUESTION_MAX; i++)
        end_call(&client->questions[i].state, &client->questions[i].status);
    client->hal->ops->poke(client->hal, K230_ALL_HINTS);
    k230_client_wake(client, K230_ALL_HINTS);
}

void k230_client_poke(struct k230_client *client)
{
    __atomic_fetch_add(&client->pokes, 1u, __ATOMIC_SEQ_CST);
    k230_client_lock(client);
    k230_client_wake(client, K230_ALL_HINTS);
    k230_client_unlock(client);
}

uint32_t k230_client_pokes(struct k230_client *client) { return __atomic_load_n(&client->pokes, __ATOMIC_SEQ_CST); }
