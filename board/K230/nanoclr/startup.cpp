// Starts the CLR with an app out of memory, and again after each reboot that the app asks for. Stands in for upstream's
// CLRStartup.cpp: what is loaded comes from a packed app (app/folder.h), and is checked against this firmware's
// natives.

#include "app/folder.h"
#include "target.h"

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
    fprintf(stderr, "nanoclr: %s: %s; %s\n", assembly.path.c_str(), what, remedy);
    return false;
}

// The CLR itself compares an assembly with its natives only if it finds them, and fails at the first native call if
// not.
static bool HasItsNatives(const k230::AppAssembly &assembly, const CLR_RT_NativeAssemblyData *natives)
{
    char what[160];

    if (natives == NULL && assembly.line.natives != 0) {
        snprintf(what, sizeof what, "needs natives 0x%08X of %s, and this firmware has none of that name",
                 static_cast<unsigned>(assembly.line.natives), assembly.line.name.c_str());
        return Refuse(assembly, what, "build the app without it, or a firmware with it");
    }
    if (natives != NULL && natives->m_checkSum != assembly.line.natives) {
        snprintf(what, sizeof what, "was built for natives 0x%08X, this firmware has 0x%08X (version %u.%u.%u.%u)",
                 static_cast<unsigned>(assembly.line.natives), static_cast<unsigned>(natives->m_checkSum),
                 natives->m_Version.iMajorVersion, natives->m_Version.iMinorVersion, natives->m_Version.iBuildNumber,
                 natives->m_Version.iRevisionNumber);
        return Refuse(assembly, what, "use the version of its package that fits the firmware, and pack the app again");
    }

    return true;
}

static bool LoadAssembly(const k230::AppAssembly &file)
{
    const CLR_RECORD_ASSEMBLY *header = reinterpret_cast<const CLR_RECORD_ASSEMBLY *>(file.bytes.data());
    CLR_RT_Assembly *assembly = NULL;

    // TotalSize is read from the file: what the CLR's own check sums up must lie within it.
    if (header->TotalSize() < sizeof *header || header->TotalSize() > file.bytes.size() || !header->GoodAssembly()) {
        return Refuse(file, "its own checksums are wrong", "build and pack the app again");
    }
    if (FAILED(CLR_RT_Assembly::CreateInstance(header, assembly))) {
        return Refuse(file, "the CLR does not take it",
                      "is the memory of managed objects (K230_HEAP_BYTES) large enough?");
    }
    if (file.line.name != assembly->m_szName) {
        char what[160];

        snprintf(what, sizeof what, "holds the assembly %.100s", assembly->m_szName);
        return Refuse(file, what, "pack the app again with ./k230 pack");
    }

    const CLR_RT_NativeAssemblyData *natives = GetAssemblyNativeData(assembly->m_szName);

    if (!HasItsNatives(file, natives)) {
        return false;
    }
    if (natives != NULL) {
        assembly->m_nativeCode = reinterpret_cast<const CLR_RT_MethodHandler *>(natives->m_pNativeMethods);
    }

    g_CLR_RT_TypeSystem.Link(assembly);
    return true;
}

static bool Load(const k230::App &app)
{
    HRESULT hr;

    if (FAILED(hr = CLR_RT_ExecutionEngine::CreateInstance()) ||
        FAILED(hr = g_CLR_RT_ExecutionEngine.StartHardware())) {
        fprintf(stderr, "nanoclr: the CLR does not start: 0x%08X\n", static_cast<unsigned>(hr));
        return false;
    }

    bool isLoaded = true;

    K230_HoldConsole();
    for (const k230::AppAssembly &assembly : app.assemblies) {
        isLoaded = isLoaded && LoadAssembly(assembly);
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
        fprintf(stderr,
                "nanoclr: the assemblies in %s do not fit each other: 0x%08X; the lines above name what was not found. "
                "Build the app with one set of packages and pack it again\n",
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

bool K230_RunApp(const k230::App &app)
{
    nanoHAL_Initialize();

    for (;;) {
        CLR_RT_Assembly::InitString();
        CLR_RT_Memory::Reset();

        if (!Load(app)) {
            return false;
        }

        const HRESULT hr = g_CLR_RT_ExecutionEngine.Execute(NULL, MOST_CONTEXT_SWITCHES);

        if (hr == CLR_E_ENTRYPOINT_NOT_FOUND) {
            fprintf(stderr, "nanoclr: %s: none of its assemblies has a Main; pack the app again with ./k230 pack\n",
                    app.folder.c_str());
            return false;
        }
        if (CLR_EE_DBG_IS_NOT(RebootPending)) {
            return true;
        }

        printf("nanoclr: reboot of the CLR\n");
        fflush(stdout);
        Unload();
        nanoHAL_Uninitialize(false);
        nanoHAL_Initialize();
    }
}
