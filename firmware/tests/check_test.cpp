/* The checks of the client's own rules (engine/k230_check.h): a breach of each of them ends the process. */
#include "engine_private.h"
#include "sock_private.h"
#include "written_core.h"

#ifdef K230_CHECKS

using OwnRules = Client;

TEST_F(OwnRules, ALockedFunctionWantsTheEnginesLock)
{
    EXPECT_DEATH(k230_engine_wake_locked(&client->engine, 1u), "k230_check_holds\\(&engine->lock\\)");
    k230_engine_lock(&client->engine);
    k230_engine_wake_locked(&client->engine, 1u);
    k230_engine_unlock(&client->engine);
}

TEST_F(OwnRules, ALockedFunctionOfAHalfWantsTheLockOfThatHalf)
{
    const int handle = connected();
    struct k230_sock *sock = k230i_sock_at(client.get(), handle);
    k230_engine_lock_own(&client->engine, &sock->tx_lock);
    EXPECT_DEATH(k230i_consume_rx_locked(client.get(), sock, 0), "rx_lock");
    k230_engine_unlock_own(&client->engine, &sock->tx_lock);
    k230_engine_lock_own(&client->engine, &sock->rx_lock);
    k230i_consume_rx_locked(client.get(), sock, 0);
    k230_engine_unlock_own(&client->engine, &sock->rx_lock);
    EXPECT_EQ(k230_sock_close(client.get(), handle, true), 0);
}

TEST_F(OwnRules, TheSendingHalfIsLockedBeforeTheReceivingHalf)
{
    struct k230_sock *sock = k230i_sock_at(client.get(), 0);
    k230i_lock_rx(client.get(), sock);
    EXPECT_DEATH(k230i_lock_tx(client.get(), sock), "k230_check_holds\\(&sock->rx_lock\\)");
    k230_engine_unlock_own(&client->engine, &sock->rx_lock);
    k230i_lock_tx(client.get(), sock);
    k230i_lock_rx(client.get(), sock);
    k230_engine_unlock_own(&client->engine, &sock->rx_lock);
    k230_engine_unlock_own(&client->engine, &sock->tx_lock);
}

TEST_F(OwnRules, NothingIsHeldBeforeTheSessionsLock)
{
    struct k230_sock *sock = k230i_sock_at(client.get(), 0);
    k230i_lock_rx(client.get(), sock);
    EXPECT_DEATH(k230_engine_stop(&client->engine), "k230_check_holds_none");
    k230_engine_unlock_own(&client->engine, &sock->rx_lock);
}

TEST_F(OwnRules, NothingIsTakenAfterTheEnginesLock)
{
    struct k230_sock *sock = k230i_sock_at(client.get(), 0);
    k230_engine_lock(&client->engine);
    EXPECT_DEATH(k230_engine_lock_own(&client->engine, &sock->tx_lock), "engine->lock");
    EXPECT_DEATH(k230_engine_lock(&client->engine), "k230_check_holds");
    k230_engine_unlock(&client->engine);
    EXPECT_DEATH(k230_engine_unlock(&client->engine), "at < s_held.count");
}

TEST_F(OwnRules, ASocketMovesOnlyAsTheTableSays)
{
    const int handle = connected();
    struct k230_sock *sock = k230i_sock_at(client.get(), handle);
    k230_engine_lock(&client->engine);
    EXPECT_DEATH(k230i_become_locked(client.get(), sock, K230_SOCK_LISTENING), "s_moves");
    EXPECT_DEATH(k230i_become_locked(client.get(), sock, K230_SOCK_OPENING), "s_moves");
    k230_engine_unlock(&client->engine);
    EXPECT_EQ(k230_sock_close(client.get(), handle, true), 0);
}

#endif
