/* What the files of this target know of each other.
 *
 * K230_StartLink: the client of the small core, with a thread that attends it; false after it has said why. Once.
 * K230_StartThread: a thread of the target's own, which never ends; false after it has said why. The CLR's thread
 * starts it, and it goes before the CLR's: a program that computes all the time gets its news and its turns' ends all
 * the same. K230_RunApp: loads the app and runs it to its end, and again after each reboot that it asks for.
 * K230_HoldConsole, K230_ReleaseConsole: between the two, what the CLR prints is kept, and then shown or not.
 * K230_Unhandled: how many managed threads have ended with an exception that nobody caught.
 *
 * Contexts: the main thread, which is the CLR's.
 */
#ifndef K230_NANOCLR_TARGET_H
#define K230_NANOCLR_TARGET_H

namespace k230
{
struct App;
}

bool K230_StartLink();
bool K230_StartThread(void *(*run)(void *), const char *name);

/* False after it has said why: the app was not run. */
bool K230_RunApp(const k230::App &app);

void K230_HoldConsole();
void K230_ReleaseConsole(bool show);

unsigned K230_Unhandled();

#endif
