// What the CLR and managed code print goes to stdout, which is the shell's on RT-Smart, and to a PC that is connected;
// exceptions that nobody catches too.

#include "target.h"
#include "wire/wire.h"

#include "K230_Sockets.h"

#include <corlib_native.h>
#include <nanoCLR_Runtime.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <string>
#include <strings.h>

// While the CLR links and resolves assemblies it prints pages about each of them. They are of use only when that fails.
static bool s_isHeld;
static std::string s_held;

void K230_HoldConsole() { s_isHeld = true; }

void K230_ReleaseConsole(bool show)
{
    s_isHeld = false;
    if (show) {
        CLR_Debug::Emit(s_held.data(), static_cast<int>(s_held.size()));
    }
    s_held.clear();
}

void CLR_Debug::Emit(const char *text, int length)
{
    if (text == NULL) {
        return;
    }

    const size_t count = length < 0 ? strlen(text) : static_cast<size_t>(length);

    if (s_isHeld) {
        s_held.append(text, count);
    } else {
        fwrite(text, 1, count, stdout);
        fflush(stdout);
        K230_WireText(text, count);
    }
}

static void Say(FILE *stream, const char *format, va_list arguments)
{
    char text[1000] = "nanoclr: ";
    const size_t begin = strlen(text);

    vsnprintf(text + begin, sizeof text - begin - 1, format, arguments);
    strcat(text, "\n");
    fputs(text, stream);
    fflush(stream);
    K230_WireText(text, strlen(text));
}

void K230_Complain(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    Say(stderr, format, arguments);
    va_end(arguments);
}

void K230_Tell(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    Say(stdout, format, arguments);
    va_end(arguments);
}

int CLR_Debug::PrintfV(const char *format, va_list arguments)
{
    char text[1024];
    const int count = vsnprintf(text, sizeof text, format, arguments);

    Emit(text, -1);
    return count;
}

int CLR_Debug::Printf(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const int count = PrintfV(format, arguments);
    va_end(arguments);
    return count;
}

void HAL_Windows_Debug_Print(const char *text) { CLR_Debug::Emit(text, -1); }

int hal_vprintf(const char *format, va_list arguments) { return CLR_Debug::PrintfV(format, arguments); }

int hal_vfprintf(void *stream, const char *format, va_list arguments)
{
    return vfprintf(stream == NULL ? stdout : static_cast<FILE *>(stream), format, arguments);
}

int hal_vsnprintf(char *text, size_t size, const char *format, va_list arguments)
{
    return vsnprintf(text, size, format, arguments);
}

int hal_snprintf(char *text, size_t size, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const int count = vsnprintf(text, size, format, arguments);
    va_end(arguments);
    return count;
}

int hal_stricmp(const char *one, const char *other) { return strcasecmp(one, other); }

// ---- exceptions
// ------------------------------------------------------------------------------------------------------

static unsigned s_unhandled;

unsigned K230_Unhandled() { return s_unhandled; }

// Called where the CLR gives a thread up (corrections.cmake).
void K230_TellUnhandled(CLR_RT_Thread *thread)
{
    CLR_RT_HeapBlock *exception = Library_corlib_native_System_Exception::GetTarget(thread->m_currentException);

    if ((thread->m_flags & CLR_RT_Thread::TH_F_Aborted) != 0 || exception == NULL) {
        return;
    }

    s_unhandled++;

    char name[200] = "an exception without a name";
    char *end = name;
    size_t room = sizeof name;
    const char *message = Library_corlib_native_System_Exception::GetMessage(exception);

    g_CLR_RT_TypeSystem.BuildTypeName(exception->ObjectCls(), end, room);
    CLR_Debug::Printf("Unhandled exception: %s, 0x%08X", name,
                      static_cast<unsigned>(Library_corlib_native_System_Exception::GetHResult(exception)));
    if (strcmp(name, "K230.Sockets.OSError") == 0) {
        CLR_Debug::Printf(", errno %d",
                          exception[Library_K230_Sockets_K230_Sockets_OSError::FIELD___errno].NumericByRefConst().s4);
    }
    CLR_Debug::Printf("%s%s\n", message == NULL ? "" : ": ", message == NULL ? "" : message);

    CLR_UINT32 depth = 0;
    auto *frame = Library_corlib_native_System_Exception::GetStackTrace(exception, depth);

    for (; frame != NULL && depth > 0; depth--, frame++) {
        end = name;
        room = sizeof name;
        if (SUCCEEDED(g_CLR_RT_TypeSystem.BuildMethodName(frame->m_md, end, room))) {
            CLR_Debug::Printf("   at %s, IL offset 0x%04X\n", name, static_cast<unsigned>(frame->m_IP));
        }
    }
}
