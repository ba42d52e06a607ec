/* The Wire Protocol in this target: a PC deploys programs and debugs them, over a serial line or over the small core's
 * network. A build without it (K230_WIRE=OFF) has wire/none.cpp in place of the other files of this folder.
 *
 * Threads: packets are received by a thread of their own, which hands each to the CLR's and waits until it is handled:
 * upstream's handlers look at the CLR's state. A handler runs where the CLR looks for hardware, so between two turns of
 * managed threads, in its waits, and while it is stopped.
 *
 * Order, on the CLR's thread: K230_WireOpenStore and K230_WireOpenPort once; for each run of the CLR K230_WireUp after
 * nanoHAL_Initialize, K230_WireMeet after the hardware's start, K230_WireDown before nanoHAL_Uninitialize;
 * K230_WireClose at the end. Packets that come between Down and Up wait.
 *
 * K230_WireCheck: whether the options make sense; false: `error` says what is wrong. K230_WireOpenStore:
 * what a PC has deployed, as far as it was asked for; K230_WireLook looks again where the store is empty, as its folder
 * may have been mounted since. K230_WireOpenPort: a PC may connect from now on, if that was asked for, which
 * K230_WireListens tells. Both are false after they have said why. K230_WireMeet: greets a PC, and waits where one has
 * asked the CLR to wait. K230_WireDeployed: the program in the store; false with `error` empty: there is none; false
 * with an error: it is damaged. K230_WireKeep: what was deployed goes to the medium; false after it has said why not.
 * K230_WireIsDeploying: a PC has begun to write and has not asked for the reboot yet. K230_WireText: text of the
 * console, of any thread.
 */
#ifndef K230_NANOCLR_WIRE_H
#define K230_NANOCLR_WIRE_H

#include <stddef.h>
#include <string>
#include <vector>

namespace k230
{

struct App;

struct WireOptions {
    std::string port;                  // --wire; empty: nothing listens
    std::string allow;                 // --wire-allow
    std::vector<std::string> announce; // --wire-announce
    std::string store;                 // --store; empty: the first of the usual folders, if there is a port
};

} // namespace k230

bool K230_WireCheck(const k230::WireOptions &options, std::string &error);
bool K230_WireOpenStore(const k230::WireOptions &options);
bool K230_WireOpenPort(const k230::WireOptions &options);
void K230_WireClose();
bool K230_WireListens();

void K230_WireUp();
void K230_WireMeet();
void K230_WireDown();

void K230_WireLook();
bool K230_WireDeployed(k230::App &app, std::string &error);
bool K230_WireKeep();
bool K230_WireIsDeploying();

void K230_WireText(const char *text, size_t count);

#endif
