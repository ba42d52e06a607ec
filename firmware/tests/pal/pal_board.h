/* The PAL on a board in one process: the real client, attended by a thread as on nanoCLR, the real agent in a thread of
 * its own on the stack under test, and kernel sockets as peers. The natives of System.Net are played by PalTest: the
 * same calls in the same order, and a wait for an event that only the PAL raises. A lost wake-up shows as a test that
 * runs out of patience.
 */
#ifndef PAL_BOARD_H
#define PAL_BOARD_H

#include "k230_agent.h"
#include "k230_clr.h"
#include "k230_hal_posix.h"
#include "k230_pal_instance.h"
#include "K230_Sockets_Target.h"

#include "../stack_under_test.h"

#include <nanoHAL.h>
#include <nanoPAL_Sockets.h>

#include <atomic>
#include <functional>
#include <memory>
#include <sys/mman.h>

constexpr int PALS_PATIENCE_MS = 20000;

/* One core's hal, whose memory is the board's. */
struct PalSide {
    k230_hal_posix posix; /* first: the hal's operations receive it */
    void *memory;
    uint64_t length;
    int doorbell;
};

struct NetworkEvent {
    unsigned type, flags, index;
    bool operator==(const NetworkEvent &other) const
    {
        return type == other.type && flags == other.flags && index == other.index;
    }
};

/* What the CLR does for the natives (pal_double.cpp). */
bool WaitForEvent(int timeout_ms); /* Event_Socket, taken down; false: none came */
void ClearEvents();
std::vector<NetworkEvent> TakeNetworkEvents();

/* Client, agent, and the two threads. The PAL and what it stands on are one per process, as on a target, so this is
 * too: boards follow one another. */
class PalBoard
{
  public:
    explicit PalBoard(uint32_t slots = 64, uint32_t ring = 256u * 1024u);
    ~PalBoard();

    k230_client *client();
    k230_agent *agent();
    k230_stack *stack();

    void Run();  /* the agent's thread */
    void Halt(); /* and its end; the agent stands still */
    void Attend();
    void Leave();
    void RestartAgent();
    /* From now on the small core's doorbell reaches nobody: an interrupt with a wrong number. */
    void LoseDoorbells();
    /* Until nothing is left of any socket, on both cores. */
    void ExpectClean();

  private:
    static int Attach(k230_hal_posix *posix);
    static void Detach(k230_hal_posix *posix);
    void Prepare(PalSide *side, k230_hal_side which, const char *name);
    bool Clean();

    k230_limits limits_;
    PalSide big_;
    PalSide small_;
    void *memory_ = nullptr;
    uint64_t length_ = 0;
    int doorbell_ = -1;
    std::thread agent_thread_, attendant_;
    std::atomic<bool> running_{false}, attending_{false};
};

class PalTest : public ::testing::Test
{
  protected:
    explicit PalTest(uint32_t slots = 64, uint32_t ring = 256u * 1024u) : slots_(slots), ring_(ring) {}
    void SetUp() override;
    void TearDown() override;

    PalBoard &b() { return *board_; }

    static SOCK_sockaddr At(const std::string &ip, int port);
    static std::string Text(const SOCK_sockaddr &address);

    /* ---- as the natives call it ---- */

    int Socket(int type = SOCK_SOCK_STREAM);
    int Close(int handle);
    /* mode 0 read, 1 write, 2 error: 1 ready, 0 not within the time, -1 and SOCK_getlasterror. */
    static int Select(int handle, int mode);
    static int Poll(int handle, int mode, int timeout_ms = PALS_PATIENCE_MS);
    static int Connect(int handle, const std::string &ip, int port);
    int Accept(int handle, int timeout_ms = PALS_PATIENCE_MS);
    /* All of it; or what went out before the failure, and *error. */
    static size_t Send(int handle, const std::string &bytes, int *error = nullptr);
    /* Some bytes, waited for; "" at the end of the stream, "!10054" for an error. */
    static std::string Recv(int handle, int most = 65536, int flags = 0);
    static std::string RecvFrom(int handle, SOCK_sockaddr *from, int most = 65536);
    static int SendTo(int handle, const std::string &bytes, const std::string &ip, int port);
    static int Available(int handle);

    /* ---- scenes ---- */

    int Pair(Fd *peer);
    int Listener(int *port, int backlog = 16, const std::string &ip = StackIp());
    static int PortOf(int handle);
    static int SetOption(int handle, int level, int name, int value);
    /* The value, or minus the error. */
    static int GetOption(int handle, int level, int name);
    static bool Eventually(const std::function<bool()> &condition);

    std::unique_ptr<PalBoard> board_;

  private:
    uint32_t slots_, ring_;
    std::vector<int> open_;
};

#endif
