/* The CLR's side of the contract: events, and what the natives and the TLS layer supply. */
#include "pal_board.h"

#include <nanoHAL_v2.h>
#include <nanoPAL_Events.h>
#include <sockets_lwip.h>

#include <condition_variable>
#include <mutex>
#include <utility>

static std::mutex s_lock;
static std::condition_variable s_changed;
static bool s_event;
static std::vector<NetworkEvent> s_network; /* under the global lock */

extern "C" void Events_Set(uint32_t events)
{
    std::lock_guard<std::mutex> guard(s_lock);
    s_event = s_event || (events & SYSTEM_EVENT_FLAG_SOCKET) != 0;
    s_changed.notify_all();
}

extern "C" void PostManagedEvent(uint8_t, uint8_t, uint16_t, uint32_t) {}

void Network_PostEvent(unsigned int type, unsigned int flags, unsigned int index)
{
    EXPECT_TRUE(HoldsGlobalLock()) << "the CLR's thread takes from this queue meanwhile";
    s_network.push_back({type, flags, index});
}

bool WaitForEvent(int timeout_ms)
{
    std::unique_lock<std::mutex> lock(s_lock);
    s_changed.wait_for(lock, std::chrono::milliseconds(timeout_ms), [] { return s_event; });
    return std::exchange(s_event, false);
}

void ClearEvents()
{
    TakeNetworkEvents();
    std::lock_guard<std::mutex> guard(s_lock);
    s_event = false;
}

std::vector<NetworkEvent> TakeNetworkEvents()
{
    GLOBAL_LOCK();
    std::vector<NetworkEvent> taken = std::exchange(s_network, {});
    GLOBAL_UNLOCK();
    return taken;
}

int SSL_CloseSocket(int socket)
{
    g_Sockets_LWIP_Driver.SetSocketSslData(socket, nullptr);
    return SOCK_close(socket);
}
