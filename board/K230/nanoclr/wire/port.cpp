// The way between the PC and the CLR's thread: a thread that receives, hands each packet over, and waits until it is
// handled.
//
// s_lock guards what the two threads share. It is a leaf but for the list of continuations, whose lock comes after it.

#include "board.h"
#include "debugger.h"
#include "reference.h"
#include "storage.h"
#include "target.h"
#include "wire.h"

#include "app/deployed.h"

#include "k230_store_posix.h"
#include "k230_wire_serial.h"
#include "k230_wire_tcp.h"

#include <nanoCLR_Runtime.h>
#include <nanoHAL.h>
#include <nanoHAL_Time.h>
#include <nanoPAL.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace
{

const char *const STORES[] = {"/sdcard", "/sharefs"};
const uint64_t LONGEST_NS = 20ull * 1000000000; // a packet that the CLR has not begun to handle by then is forgotten
const uint64_t AGAIN_NS = 50ull * 1000000;
const int64_t LEFT_MS = 10000; // a PC that went may come back: tools connect anew after a reboot

// ---- what the threads share

pthread_mutex_t s_lock;
pthread_mutex_t s_lineLock;

const bool s_isMade = [] {
    for (pthread_mutex_t *lock : {&s_lock, &s_lineLock}) {
        pthread_mutex_init(lock, NULL);
        pthread_mutex_lock(lock); // see events.cpp
        pthread_mutex_unlock(lock);
    }
    return true;
}();

enum State { IDLE, WAITS, IS_HANDLED };

State s_state = IDLE;
bool s_isUp;     // the CLR handles continuations
bool s_hasLeft;  // a PC went, and the CLR has not heard of it yet
bool s_reboots;  // a PC has asked for it, and the CLR still runs
bool s_hasEnded; // the thread
int s_signal;    // that ends the process; 0 = none
struct k230_wire_header s_header;
alignas(8) uint8_t s_payload[K230_DEBUGGER_PAYLOAD];

HAL_CONTINUATION s_packet;
HAL_CONTINUATION s_left;
HAL_COMPLETION s_resume;

// ---- the CLR's thread's

struct k230_store s_store;
alignas(8) uint8_t s_image[K230_STORE_BYTES];
bool s_isAsked;  // a PC has asked for a reboot: what it has deployed is whole
bool s_waits;    // and that the program waits for a debugger before it begins
bool s_isUnkept; // the store has a whole program that the medium did not take: it runs, and is gone with the process
std::string s_notice; // for the PC, when the CLR has started again
struct k230_medium_posix s_medium;
std::string s_folder;
bool s_hasStore;
bool s_listens;

struct k230_wire_server s_server;
struct k230_wire_serial s_serial;
struct k230_wire_tcp s_tcp;

// ---- the console's

char s_line[K230_WIRE_PAYLOAD_MAX];
size_t s_lineLength;

uint64_t Now()
{
    timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

// ---- a packet
// --------------------------------------------------------------------------------------------------------

// On the CLR's thread.
void HandlePacket(void *)
{
    pthread_mutex_lock(&s_lock);
    const bool isThere = s_state == WAITS;
    if (isThere) {
        s_state = IS_HANDLED;
    }
    pthread_mutex_unlock(&s_lock);
    if (!isThere) {
        return;
    }

    s_isUnkept &= s_header.command != K230_WIRE_ERASE_MEMORY && s_header.command != K230_WIRE_WRITE_MEMORY;
    K230_DebuggerHandle(s_header, s_payload);
    if (s_header.command == K230_WIRE_REBOOT && CLR_EE_DBG_IS(RebootPending)) {
        s_isAsked = true;
        s_waits = (g_CLR_RT_ExecutionEngine.m_iReboot_Options &
                   CLR_DBG_Commands::Monitor_Reboot::c_WaitForDebugger) != 0;
    }

    pthread_mutex_lock(&s_lock);
    s_reboots = s_isAsked;
    s_state = IDLE;
    pthread_mutex_unlock(&s_lock);
    K230_Board_Wake(K230_PLACE_WIRE);
}

// Again while it waits: the CLR takes its events back after it has looked for continuations, and one that came in
// between would be slept over.
void Enqueue(HAL_CONTINUATION &continuation)
{
    if (!s_isUp) {
        return;
    }

    GLOBAL_LOCK();
    if (!continuation.IsLinked()) {
        continuation.Enqueue();
    }
    GLOBAL_UNLOCK();
    Events_Set(SYSTEM_EVENT_FLAG_DEBUGGER_ACTIVITY);
}

// A packet that has waited for too long: nobody on the PC waits for its answer any more. One that is being handled is
// waited for, as its handler reads the buffer.
void Packet(void *, const struct k230_wire_header *header, const uint8_t *payload)
{
    const uint64_t until = Now() + LONGEST_NS;

    pthread_mutex_lock(&s_lock);
    s_header = *header;
    memset(s_payload, 0, sizeof s_payload);
    if (header->size > 0) {
        memcpy(s_payload, payload, header->size);
    }
    s_state = WAITS;

    while (s_state != IDLE) {
        if (s_state == WAITS) {
            Enqueue(s_packet);
        }
        pthread_mutex_unlock(&s_lock);
        K230_Board_Sleep(K230_PLACE_WIRE, Now() + AGAIN_NS);
        pthread_mutex_lock(&s_lock);
        if (s_state == WAITS && Now() >= until) {
            s_state = IDLE;
        }
    }

    // A CLR whose threads all wait handles the packet on its way to sleep, and looks for a reboot when it wakes.
    while (s_reboots && Now() < until) {
        pthread_mutex_unlock(&s_lock);
        Events_Set(SYSTEM_EVENT_FLAG_DEBUGGER_ACTIVITY);
        K230_Board_Sleep(K230_PLACE_WIRE, Now() + AGAIN_NS);
        pthread_mutex_lock(&s_lock);
    }
    pthread_mutex_unlock(&s_lock);
}

// ---- a PC that goes
// --------------------------------------------------------------------------------------------------

void Gone(void *)
{
    pthread_mutex_lock(&s_lock);
    s_hasLeft = true;
    Enqueue(s_left);
    pthread_mutex_unlock(&s_lock);
}

// A program that stands at a breakpoint, or waits for a debugger to begin, goes on without one.
void LetGo()
{
    g_CLR_RT_ExecutionEngine.InstallBreakpoints(NULL, 0);
    CLR_EE_DBG_CLR(Stopped);
}

void Resume(void *)
{
    if (!k230_wire_connected(&s_server) && CLR_EE_DBG_IS(Stopped)) {
        LetGo();
    }
}

// What it has begun to deploy is forgotten, unless it went just after it had asked for the reboot.
void HandleLeft(void *)
{
    pthread_mutex_lock(&s_lock);
    const bool hasLeft = s_hasLeft;
    s_hasLeft = false;
    pthread_mutex_unlock(&s_lock);
    if (!hasLeft) {
        return;
    }

    CLR_EE_DBG_CLR(Enabled);
    CLR_EE_DBG_CLR(SourceLevelDebugging);
    if (K230_WireIsDeploying() && CLR_EE_DBG_IS_NOT(RebootPending)) {
        char text[200];
        const int status = k230_store_revert(&s_store);

        K230_Tell("the PC went in the middle of a deployment: the former program is kept (%s)",
                  k230_store_describe(&s_store, status, text, sizeof text));
        // It was stopped to be replaced. A tool that comes next does not know that, and would find it standing still.
        LetGo();
    }

    s_resume.Abort();
    s_resume.EnqueueTicks(HAL_Time_CurrentTime() + LEFT_MS * TIME_CONVERSION__TO_MILLISECONDS);
}

// The goodbye to the network comes first, then what the signal does by itself. A second one does that at once.
void OnSignal(int number)
{
    __atomic_store_n(&s_signal, number, __ATOMIC_RELEASE);
    k230_wire_stop(&s_server);
}

void *Serve(void *)
{
    k230_wire_serve(&s_server);
    __atomic_store_n(&s_hasEnded, true, __ATOMIC_RELEASE);

    const int number = __atomic_load_n(&s_signal, __ATOMIC_ACQUIRE);

    if (number != 0) {
        raise(number);
    }
    return NULL;
}

void SayGoodbyeOnSignals()
{
    struct sigaction action = {};

    action.sa_handler = OnSignal;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

// ---- options
// ---------------------------------------------------------------------------------------------------------

bool Number(const std::string &text, unsigned long longest, unsigned long &number)
{
    char *end;

    if (text.empty() || text[0] < '0' || text[0] > '9') {
        return false;
    }
    number = strtoul(text.c_str(), &end, 10);
    return *end == 0 && number > 0 && number <= longest;
}

bool IsTcp(const k230::WireOptions &options) { return options.port.compare(0, 3, "tcp") == 0; }

// tcp | tcp:PORT
bool TcpPort(const std::string &port, unsigned long &number)
{
    number = K230_WIRE_PORT;
    return port == "tcp" || (port.compare(0, 4, "tcp:") == 0 && Number(port.substr(4), 65535, number));
}

// serial:DEVICE | serial:DEVICE,RATE
bool SerialPort(const std::string &port, std::string &device, unsigned long &rate)
{
    if (port.compare(0, 7, "serial:") != 0) {
        return false;
    }

    const size_t comma = port.find(',');

    device = port.substr(7, comma == std::string::npos ? comma : comma - 7);
    rate = K230_WIRE_RATE;
    return !device.empty() && device.size() < K230_WIRE_SERIAL_PATH &&
           (comma == std::string::npos || Number(port.substr(comma + 1), 10000000, rate));
}

// ---- opening
// ---------------------------------------------------------------------------------------------------------

bool IsFolder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

void LoadStore()
{
    char text[200];
    const int status = k230_store_load(&s_store);

    if (status < 0) {
        K230_Complain("%s: %s", s_folder.c_str(), k230_store_describe(&s_store, status, text, sizeof text));
    }
}

bool OpenPort(const k230::WireOptions &options)
{
    static const struct k230_wire_handler handler = {NULL, Packet, NULL, Gone};
    struct k230_wire_transport *transport;

    if (IsTcp(options)) {
        struct k230_wire_allow allow;
        unsigned long port;

        k230_wire_allow_parse(&allow, options.allow.c_str(), NULL);
        TcpPort(options.port, port);
        k230_wire_tcp_init(&s_tcp, K230_Client(), static_cast<uint16_t>(port), &allow);
        for (const std::string &address : options.announce) {
            k230_wire_tcp_announce_to(&s_tcp, address.c_str());
        }
        transport = &s_tcp.transport;
    } else {
        std::string device;
        unsigned long rate;

        SerialPort(options.port, device, rate);
        k230_wire_serial_init(&s_serial, K230_Hal(), device.c_str(), static_cast<uint32_t>(rate));
        transport = &s_serial.transport;
    }

    k230_wire_init(&s_server, K230_Hal(), transport, &handler);

    // The small core may still boot: a network that is not there yet is tried again by the thread.
    const int status = k230_wire_open(&s_server);

    if (status != 0 && !IsTcp(options)) {
        K230_Complain("%s cannot be opened: %s", options.port.c_str(), k230_error_name(status));
        return false;
    }
    if (IsTcp(options) && status != 0) {
        printf("nanoclr: a PC of %s may connect when %s can be opened; nanoclr tries again\n", options.allow.c_str(),
               transport->name);
    } else if (IsTcp(options)) {
        printf("nanoclr: a PC of %s may connect: %s\n", options.allow.c_str(), transport->name);
    } else {
        printf("nanoclr: a PC may connect: %s\n", s_serial.name);
    }
    fflush(stdout);
    return K230_StartThread(Serve, "the thread that listens to the PC");
}

} // namespace

bool K230_WireCheck(const k230::WireOptions &options, std::string &error)
{
    struct k230_wire_allow allow;
    struct k230_wire_tcp tcp;
    std::string device;
    unsigned long number;

    if (options.port.empty()) {
        if (!options.allow.empty() || !options.announce.empty()) {
            error = "--wire-allow and --wire-announce belong to --wire tcp";
        }
        return error.empty();
    }
    if (!IsTcp(options)) {
        if (!SerialPort(options.port, device, number)) {
            error = "--wire takes tcp, tcp:PORT, serial:DEVICE or serial:DEVICE,BAUD, and not '" + options.port + "'";
        } else if (!options.allow.empty() || !options.announce.empty()) {
            error = "--wire-allow and --wire-announce belong to --wire tcp";
        }
        return error.empty();
    }
    if (!TcpPort(options.port, number)) {
        error = "--wire tcp:PORT takes a port of 1 to 65535, and not '" + options.port + "'";
        return false;
    }
    if (options.allow.empty()) {
        error = "--wire tcp needs --wire-allow LIST, as 192.168.1.0/24,10.0.0.7: who is let in can replace the program";
        return false;
    }

    const char *wrong = NULL;

    if (k230_wire_allow_parse(&allow, options.allow.c_str(), &wrong) < 0) {
        error = "--wire-allow: '" + std::string(wrong == NULL ? options.allow.c_str() : wrong) +
                "' is no address and no network, as 10.0.0.7 and 192.168.1.0/24 are";
        return false;
    }

    k230_wire_tcp_init(&tcp, NULL, 0, &allow);
    for (const std::string &address : options.announce) {
        if (!k230_wire_tcp_announce_to(&tcp, address.c_str())) {
            error = "--wire-announce: '" + address + "' is no IPv4 address, or one too many";
            return false;
        }
    }

    return true;
}

// Without a folder, or with one that cannot be read, a PC can deploy all the same: it lasts until nanoclr ends.
bool K230_WireOpenStore(const k230::WireOptions &options)
{
    (void)s_isMade;
    if (options.port.empty() && options.store.empty()) {
        return true;
    }

    s_folder = options.store;
    for (const char *folder : STORES) {
        if (s_folder.empty() && IsFolder(folder)) {
            s_folder = folder;
        }
    }

    struct k230_medium *const medium =
        !s_folder.empty() && k230_medium_posix_init(&s_medium, s_folder.c_str()) == 0 ? &s_medium.medium : NULL;

    if (medium == NULL) {
        K230_Complain("no folder keeps what is deployed: it is gone when nanoclr ends; name one with --store FOLDER");
    }
    // One block: nanoFramework's library begins an assembly anew where it crosses from one block into the next, so that
    // an app of more than a block arrives damaged. It also takes a request for each block that it erases.
    k230_store_init(&s_store, s_image, 1, K230_STORE_BYTES, medium);
    s_hasStore = true;
    LoadStore();
    return true;
}

void K230_WireLook()
{
    std::string error;
    k230::App app;

    if (s_hasStore && !s_store.dirty && !k230::ReadDeployed(s_store, app, error) && error.empty()) {
        LoadStore();
    }
}

bool K230_WireOpenPort(const k230::WireOptions &options)
{
    if (options.port.empty()) {
        return true;
    }
    if (!K230_HeapIsReferable()) {
        K230_Complain("the memory of managed objects crosses a border of 4 GiB, and the Wire Protocol has 32 bits for "
                      "its addresses: link nanoclr elsewhere");
        return false;
    }

    K230_DebuggerUse(&s_store);
    s_listens = OpenPort(options);
    if (s_listens) {
        SayGoodbyeOnSignals();
    }
    return s_listens;
}

// Waits for the goodbye to the network, for a while.
void K230_WireClose()
{
    if (!s_listens) {
        return;
    }

    k230_wire_stop(&s_server);
    for (int i = 0; i < 40 && !__atomic_load_n(&s_hasEnded, __ATOMIC_ACQUIRE); i++) {
        usleep(50000);
    }
}

bool K230_WireListens() { return s_listens; }

// ---- the CLR's life
// --------------------------------------------------------------------------------------------------

void K230_WireUp()
{
    if (!s_listens) {
        return;
    }

    pthread_mutex_lock(&s_lock);
    s_isUp = true;
    s_packet.InitializeCallback(HandlePacket, NULL);
    s_left.InitializeCallback(HandleLeft, NULL);
    s_resume.InitializeForUserMode(Resume, NULL);
    if (s_hasLeft) {
        Enqueue(s_left);
    }
    if (s_state == WAITS) {
        Enqueue(s_packet);
    }
    pthread_mutex_unlock(&s_lock);
}

// While a PC is there it stays known over a reboot of the CLR: it gets the first lines, and asks for nothing again.
void K230_WireMeet()
{
    if (!s_listens) {
        return;
    }
    if (k230_wire_connected(&s_server)) {
        CLR_EE_DBG_SET(Enabled);
    }
    // Upstream goes by the PC's answer to its Ping, which comes after the program has begun. A PC that is gone by then
    // has a while to come back (HandleLeft).
    if (s_waits) {
        CLR_EE_DBG_SET(Stopped);
        s_waits = false;
        s_resume.Abort();
        s_resume.EnqueueTicks(HAL_Time_CurrentTime() + LEFT_MS * TIME_CONVERSION__TO_MILLISECONDS);
    }
    CLR_DBG_Debugger::Debugger_Discovery();
    if (!s_notice.empty()) {
        K230_Complain("%s", s_notice.c_str());
        s_notice.clear();
    }
}

void K230_WireDown()
{
    pthread_mutex_lock(&s_lock);
    s_isUp = false;
    s_reboots = false;
    pthread_mutex_unlock(&s_lock);
    K230_Board_Wake(K230_PLACE_WIRE);
}

// ---- what was deployed
// -----------------------------------------------------------------------------------------------

bool K230_WireDeployed(k230::App &app, std::string &error)
{
    error.clear();
    return s_hasStore && k230::ReadDeployed(s_store, app, error);
}

bool K230_WireIsDeploying() { return s_hasStore && s_store.dirty && !s_isUnkept; }

bool K230_WireKeep()
{
    char text[200];

    if (!s_isAsked) {
        return true;
    }
    s_isAsked = false;
    if (!s_store.dirty) {
        return true;
    }

    if (!k230_store_is_whole(&s_store)) {
        const int status = k230_store_revert(&s_store);

        K230_Complain("what was deployed is no whole program, as when a PC goes in the middle: the former one is kept "
                      "(%s)",
                      k230_store_describe(&s_store, status, text, sizeof text));
        return false;
    }

    const int status = k230_store_commit(&s_store);

    if (status != 0) {
        s_isUnkept = true;
        s_notice = "what was deployed cannot be kept, and is gone when nanoclr ends: " +
                   std::string(k230_store_describe(&s_store, status, text, sizeof text)) + " (" + s_folder + ": " +
                   strerror(s_medium.failure) + ")";
    }
    return status == 0;
}

// ---- to the PC
// -------------------------------------------------------------------------------------------------------

static void SendLine()
{
    if (s_lineLength > 0) {
        k230_wire_request(&s_server, K230_WIRE_MESSAGE, K230_WIRE_NON_CRITICAL | K230_WIRE_NO_CACHING, s_line,
                          static_cast<uint32_t>(s_lineLength));
        s_lineLength = 0;
    }
}

// What has no line end yet goes out before the program stops or ends.
bool K230_DebuggerSend(const struct k230_wire_header &header, const uint8_t *payload)
{
    if (header.command == K230_WIRE_EXECUTION_BREAKPOINT_HIT || header.command == K230_WIRE_PROGRAM_EXIT) {
        pthread_mutex_lock(&s_lineLock);
        SendLine();
        pthread_mutex_unlock(&s_lineLock);
    }

    return k230_wire_send(&s_server, &header, payload) == 0;
}

// Whole lines: the PC's library does not keep messages in order.
void K230_WireText(const char *text, size_t count)
{
    if (!s_listens) {
        return;
    }

    pthread_mutex_lock(&s_lineLock);
    if (!k230_wire_connected(&s_server) || CLR_EE_DBG_IS_NOT(Enabled) || CLR_EE_DBG_IS(Quiet) ||
        CLR_EE_DBG_IS(RebootPending)) {
        s_lineLength = 0;
        pthread_mutex_unlock(&s_lineLock);
        return;
    }

    for (size_t i = 0; i < count; i++) {
        s_line[s_lineLength++] = text[i];
        if (text[i] == '\n' || s_lineLength == sizeof s_line) {
            SendLine();
        }
    }
    pthread_mutex_unlock(&s_lineLock);
}
