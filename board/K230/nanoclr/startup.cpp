// Starts the CLR with an app out of memory, and again after each reboot that the app or a PC asks for. Stands in for
// upstream's CLRStartup.cpp: what is loaded comes from a packed app (app/folder.h) or from the deployment store
// (app/deployed.h), and is checked against this firmware's natives.

#include "app/folder.h"
#include "target.h"
#include "wire/wire.h"

#include <nanoCLR_Application.h>
#include <nanoCLR_Hardware.h>
#include <nanoCLR_Runtime.h>
#include <nanoHAL.h>

#include <stdio.h>
#include <string.h>

static const int MOST_CONTEXT_SWITCHES = 50;

extern "C" {

void ClrExit() { CLR_EE_DBG_SET(ExitPending); }

void ClrReboot()
{
    CLR_EE_REBOOT_CLR;
    CLR_EE_DBG_SET(RebootPending);
}
}

static bool Refuse(const k230::AppAssembly &assembly, const char *what, const char *remedy)
{
    K230_Complain("%s: %s; %s", assembly.path.c_str(), what, remedy);
    return false;
}

// The CLR itself compares an assembly with its natives only if it finds them, and fails at the first native call if
// not.
static bool HasItsNatives(const k230::AppAssembly &assembly, const char *name, const CLR_RT_NativeAssemblyData *natives)
{
    char what[160];

    if (natives == NULL && assembly.line.natives != 0) {
        snprintf(what, sizeof what, "needs natives 0x%08X of %s, and this firmware has none of that name",
                 static_cast<unsigned>(assembly.line.natives), name);
        return Refuse(assembly, what, "build the app without it, or a firmware with it");
    }
    if (natives != NULL && natives->m_checkSum != assembly.line.natives) {
        snprintf(what, sizeof what, "was built for natives 0x%08X, this firmware has 0x%08X (version %u.%u.%u.%u)",
                 static_cast<unsigned>(assembly.line.natives), static_cast<unsigned>(natives->m_checkSum),
                 natives->m_Version.iMajorVersion, natives->m_Version.iMinorVersion, natives->m_Version.iBuildNumber,
                 natives->m_Version.iRevisionNumber);
        return Refuse(assembly, what,
                      "use the version of its package that fits the firmware, and pack or deploy the app again");
    }

    return true;
}

static bool LoadAssembly(const k230::AppAssembly &file, bool isDeployed)
{
    const CLR_RECORD_ASSEMBLY *header = reinterpret_cast<const CLR_RECORD_ASSEMBLY *>(file.bytes.data());
    CLR_RT_Assembly *assembly = NULL;

    // TotalSize is read from the file: what the CLR's own check sums up must lie within it.
    if (header->TotalSize() < sizeof *header || header->TotalSize() > file.bytes.size() || !header->GoodAssembly()) {
        return Refuse(file, "its own checksums are wrong", "build the app again, and pack or deploy it again");
    }
    if (FAILED(CLR_RT_Assembly::CreateInstance(header, assembly))) {
        return Refuse(file, "the CLR does not take it",
                      "is the memory of managed objects (K230_HEAP_BYTES) large enough?");
    }
    if (!file.line.name.empty() && file.line.name != assembly->m_szName) {
        char what[160];

        snprintf(what, sizeof what, "holds the assembly %.100s", assembly->m_szName);
        return Refuse(file, what, "pack the app again with ./k230 pack");
    }

    const CLR_RT_NativeAssemblyData *natives = GetAssemblyNativeData(assembly->m_szName);

    if (!HasItsNatives(file, assembly->m_szName, natives)) {
        return false;
    }
    if (natives != NULL) {
        assembly->m_nativeCode = reinterpret_cast<const CLR_RT_MethodHandler *>(natives->m_pNativeMethods);
    }

    if (isDeployed) {
        assembly->m_flags |= CLR_RT_Assembly::Deployed;
    }

    g_CLR_RT_TypeSystem.Link(assembly);
    return true;
}

static bool StartClr()
{
    HRESULT hr;

    CLR_RT_Assembly::InitString();
    CLR_RT_Memory::Reset();

    if (FAILED(hr = CLR_RT_ExecutionEngine::CreateInstance()) ||
        FAILED(hr = g_CLR_RT_ExecutionEngine.StartHardware())) {
        K230_Complain("the CLR does not start: 0x%08X", static_cast<unsigned>(hr));
        return false;
    }

    return true;
}

static bool Load(const k230::App &app)
{
    HRESULT hr;
    bool isLoaded = true;

    K230_HoldConsole();
    for (const k230::AppAssembly &assembly : app.assemblies) {
        isLoaded = isLoaded && LoadAssembly(assembly, app.isDeployed);
    }
    K230_ReleaseConsole(false);
    if (!isLoaded) {
        return false;
    }

    K230_HoldConsole();
    if (SUCCEEDED(hr = g_CLR_RT_TypeSystem.ResolveAll())) {
        hr = g_CLR_RT_TypeSystem.PrepareForExecution();
    }
    K230_ReleaseConsole(FAILED(hr));

    if (FAILED(hr)) {
        K230_Complain(
            "the assemblies in %s do not fit each other: 0x%08X; the lines above name what was not found. Build "
            "the app with one set of packages and pack or deploy it again",
            app.folder.c_str(), static_cast<unsigned>(hr));
        return false;
    }

    return true;
}

template <class T> static void Forget(T &global) { memset(static_cast<void *>(&global), 0, sizeof global); }

// All of the CLR's state; its constructors never run again. The thread that attends the small core may be about to post
// a managed event: under the lock it finds the event sink either there or gone.
static void Unload()
{
    GLOBAL_LOCK();
    CLR_RT_ExecutionEngine::DeleteInstance();

    Forget(g_CLR_RT_ExecutionEngine);
    Forget(g_CLR_RT_WellKnownTypes);
    Forget(g_CLR_RT_WellKnownMethods);
    Forget(g_CLR_RT_TypeSystem);
    Forget(g_CLR_RT_EventCache);
    Forget(g_CLR_RT_GarbageCollector);
    Forget(g_CLR_HW_Hardware);
    GLOBAL_UNLOCK();
}

static void Announce(const k230::App &app)
{
    size_t bytes = 0;

    for (const k230::AppAssembly &assembly : app.assemblies) {
        bytes += assembly.bytes.size();
    }
    K230_Tell("%s from %s, %zu assemblies, %zu KiB", app.start.c_str(), app.folder.c_str(), app.assemblies.size(),
              (bytes + 1023) / 1024);
}

// The app of this run, where a PC may have deployed another one since the last.
static bool FindAgain(const K230_Apps &apps, k230::App &app)
{
    std::string error;

    if (K230_WireIsDeploying()) {
        K230_Tell("a PC is deploying; nothing runs before it is done");
        return false;
    }

    switch (K230_Find(apps, app, error)) {
    case K230_FOUND:
        Announce(app);
        return true;
    case K230_WRONG:
        K230_Complain("%s", error.c_str());
        return false;
    default:
        K230_Tell("no program is deployed, and no folder has an app; waiting for a PC");
        return false;
    }
}

// True: it ran. The assemblies' bytes must outlive the run.
static bool Execute(const k230::App &app)
{
    // What tools of the PC wait for.
    if (K230_WireListens()) {
        CLR_Debug::Printf("Ready.\r\n");
    }

    const HRESULT hr = g_CLR_RT_ExecutionEngine.Execute(NULL, MOST_CONTEXT_SWITCHES);

    if (hr == CLR_E_ENTRYPOINT_NOT_FOUND) {
        K230_Complain("%s: none of its assemblies has a Main; pack or deploy the app again", app.folder.c_str());
        return false;
    }
    if (K230_WireListens() && CLR_EE_DBG_IS_NOT(RebootPending)) {
        CLR_Debug::Printf("Done.\r\n");
        K230_Tell("%s has ended", app.start.c_str());
    }

    return true;
}

// Nothing runs any more, or could be run: a PC can still look, deploy, and ask for a reboot. A card that was mounted
// late may have a program by now.
static void WaitForPc(const K230_Apps &apps, bool isEmpty)
{
    long looks = isEmpty ? apps.wait : 0;
    uint64_t next = HAL_Time_CurrentTime() + TIME_CONVERSION__TO_SECONDS;

    CLR_EE_DBG_SET_MASK(StateProgramExited, StateMask);
    CLR_EE_DBG_EVENT_BROADCAST(CLR_DBG_Commands::c_Monitor_ProgramExit, 0, NULL, WP_Flags_c_NonCritical);

    while (CLR_EE_DBG_IS_NOT(RebootPending) && CLR_EE_DBG_IS_NOT(ExitPending)) {
        k230::App app;
        std::string error;

        g_CLR_RT_ExecutionEngine.DebuggerLoop();
        if (looks == 0 || HAL_Time_CurrentTime() < next) {
            continue;
        }
        looks--;
        next += TIME_CONVERSION__TO_SECONDS;
        K230_WireLook();
        if (!K230_WireIsDeploying() && K230_Find(apps, app, error) != K230_NOTHING) {
            ClrReboot();
        }
    }
}

bool K230_Run(const K230_Apps &apps, k230::App &app)
{
    const bool listens = K230_WireListens();

    nanoHAL_Initialize();
    K230_WireUp();
    if (!listens) {
        Announce(app);
    }

    for (;;) {
        if (!StartClr()) {
            return false;
        }
        K230_WireMeet();

        const bool isFound = !listens || FindAgain(apps, app);
        const bool hasRun = isFound && Load(app) && Execute(app);

        if (CLR_EE_DBG_IS_NOT(RebootPending) && listens) {
            WaitForPc(apps, !isFound);
        }
        if (CLR_EE_DBG_IS_NOT(RebootPending)) {
            return hasRun;
        }

        K230_WireKeep();
        printf("nanoclr: reboot of the CLR\n");
        fflush(stdout);
        K230_WireDown();
        Unload();
        nanoHAL_Uninitialize(false);
        nanoHAL_Initialize();
        K230_WireUp();
    }
}
