/* What the files of this target know of each other.
 *
 * K230_StartLink: the client of the small core, with a thread that attends it; false after it has said why. Once.
 * K230_Client, K230_Hal: that client, and what it stands on.
 * K230_StartThread: a thread of the target's own, which never ends; false after it has said why. The CLR's thread
 * starts it, and it goes before the CLR's: a program that computes all the time gets its news and its turns' ends all
 * the same. K230_Find: what a PC has deployed, or else the app of the first folder that has one. K230_Run: loads
 * the app and runs it to its end, and again after each reboot that it or a PC asks for; while a PC may connect, it
 * stays there for it. K230_Complain, K230_Tell: one line about this program, to stderr or stdout and to the PC.
 * K230_HoldConsole, K230_ReleaseConsole: between the two, what the CLR prints is kept, and then shown or not.
 * K230_Unhandled: how many managed threads have ended with an exception that nobody caught.
 *
 * Contexts: the main thread, which is the CLR's.
 */
#ifndef K230_NANOCLR_TARGET_H
#define K230_NANOCLR_TARGET_H

#include <string>
#include <vector>

namespace k230
{
struct App;
}

struct k230_client;
struct k230_hal;

bool K230_StartLink();
struct k230_client *K230_Client();
struct k230_hal *K230_Hal();
bool K230_StartThread(void *(*run)(void *), const char *name);

struct K230_Apps {
    std::vector<std::string> folders; /* the first that has an app counts */
    long wait;                        /* seconds in which to look for one again */
};

enum K230_Found { K230_FOUND, K230_NOTHING, K230_WRONG /* `error` says why it cannot be run */ };

enum K230_Found K230_Find(const K230_Apps &apps, k230::App &app, std::string &error);

/* False after it has said why: nothing was run. While a PC may connect the app is looked for before each run, and else
 * `app` was found before. */
bool K230_Run(const K230_Apps &apps, k230::App &app);

__attribute__((format(printf, 1, 2))) void K230_Complain(const char *format, ...);
__attribute__((format(printf, 1, 2))) void K230_Tell(const char *format, ...);

void K230_HoldConsole();
void K230_ReleaseConsole(bool show);

unsigned K230_Unhandled();

#endif
