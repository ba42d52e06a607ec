// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace K230.Sockets
{
    // The managed/native border on .NET. What each method means is said in interop/K230.Sockets/NativeSocket.cs.
    //
    // Arrays of bytes are pinned and passed as they are; [In, Out] marks those that the native side writes. A waiting
    // call keeps its arrays pinned, and does not keep the garbage collector from working.
    internal static class NativeSocket
    {
        private const string Library = "k230sockets";
        private const int FinalisersMs = 1000;

        [DllImport(Library, EntryPoint = "k230_native_open")]
        internal static extern int Open(int family, int type, int proto);

        [DllImport(Library, EntryPoint = "k230_native_close")]
        internal static extern int Close(int handle, int abort);

        [DllImport(Library, EntryPoint = "k230_native_bind")]
        internal static extern int Bind(int handle, byte[] address);

        [DllImport(Library, EntryPoint = "k230_native_listen")]
        internal static extern int Listen(int handle, int backlog);

        [DllImport(Library, EntryPoint = "k230_native_accept")]
        internal static extern int Accept(int handle, [In, Out] byte[] peer, int timeoutMs);

        [DllImport(Library, EntryPoint = "k230_native_connect")]
        internal static extern int Connect(int handle, byte[] address, int timeoutMs);

        [DllImport(Library, EntryPoint = "k230_native_send")]
        internal static extern int Send(int handle, byte[] data, int offset, int count, int timeoutMs);

        [DllImport(Library, EntryPoint = "k230_native_send_all")]
        internal static extern int SendAll(int handle, byte[] data, int offset, int count, int timeoutMs);

        [DllImport(Library, EntryPoint = "k230_native_send_to")]
        internal static extern int SendTo(
            int handle, byte[] data, int offset, int count, byte[] address, int timeoutMs);

        [DllImport(Library, EntryPoint = "k230_native_recv")]
        internal static extern int Recv(
            int handle, [In, Out] byte[] data, int offset, int count, int flags, int timeoutMs);

        [DllImport(Library, EntryPoint = "k230_native_recv_from")]
        internal static extern int RecvFrom(
            int handle, [In, Out] byte[] data, int offset, int count, int flags, [In, Out] byte[] from, int timeoutMs);

        [DllImport(Library, EntryPoint = "k230_native_read_line")]
        internal static extern int ReadLine(int handle, [In, Out] byte[] data, int offset, int count, int timeoutMs);

        [DllImport(Library, EntryPoint = "k230_native_keep")]
        internal static extern int Keep(int handle, int kept);

        [DllImport(Library, EntryPoint = "k230_native_available")]
        internal static extern int Available(int handle);

        internal static int SetOption(int handle, int level, int option, byte[] value)
        {
            return SetOption(handle, level, option, value, value.Length);
        }

        [DllImport(Library, EntryPoint = "k230_native_poll")]
        internal static extern int Poll([In, Out] byte[] entries, int count, int timeoutMs, int nudges);

        [DllImport(Library, EntryPoint = "k230_native_nudges")]
        internal static extern int Nudges();

        [DllImport(Library, EntryPoint = "k230_native_nudge")]
        internal static extern int Nudge();

        internal static int Resolve(
            string host, string service, int family, int type, int proto, int flags, byte[] answer, int timeoutMs)
        {
            return Resolve(host, service, family, type, proto, flags, answer, answer.Length, timeoutMs);
        }

        [DllImport(Library, EntryPoint = "k230_native_network")]
        internal static extern int Network(int seen, int timeoutMs);

        [DllImport(Library, EntryPoint = "k230_native_interface")]
        internal static extern int Interface(int index, [In, Out] byte[] facts, int timeoutMs);

        internal static int Collect(int collect)
        {
            if (collect != 0)
            {
                GC.Collect();

                // A thread of its own, as this wait has no time limit.
                var waiter = new Thread(GC.WaitForPendingFinalizers) { IsBackground = true };
                waiter.Start();
                waiter.Join(FinalisersMs);
            }

            return 0;
        }

        // C does not see the length of an array, and for these two no other argument tells it.

        [DllImport(Library, EntryPoint = "k230_native_set_option")]
        private static extern int SetOption(int handle, int level, int option, byte[] value, int length);

        [DllImport(Library, EntryPoint = "k230_native_resolve")]
        private static extern int Resolve(
            [MarshalAs(UnmanagedType.LPUTF8Str)] string host, [MarshalAs(UnmanagedType.LPUTF8Str)] string service,
            int family, int type, int proto, int flags, [In, Out] byte[] answer, int length, int timeoutMs);
    }
}
