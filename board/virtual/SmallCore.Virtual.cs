// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Threading;

namespace K230.Sockets
{
    // A thread that waits in the library, for as long as there are handlers.
    public static partial class SmallCore
    {
        private const int LookMs = 1000;

        private static void StartListening()
        {
            new Thread(Run) { IsBackground = true, Name = "K230.Sockets.SmallCore" }.Start();

            if (!s_begun.WaitOne(StartMs))
            {
                Begin(NoSmallCore);
            }
        }

        private static void Run()
        {
            int seen = Unknown;

            while (StillWanted())
            {
                int word = NativeSocket.Network(seen, LookMs);

                if (word >= 0)
                {
                    seen = word;
                    Tell(word);
                }
                else if (word != -Errno.ETIMEDOUT)
                {
                    Begin(NoSmallCore);
                    Thread.Sleep(LookMs); // no agent: one may come
                }
            }
        }

        private static void Report(string what, Exception e)
        {
            Console.Error.WriteLine(what + e);
        }

        private static bool StillWanted()
        {
            lock (s_lock)
            {
                s_listening = HasHandlers;

                if (!s_listening)
                {
                    s_begun.Set();
                }

                return s_listening;
            }
        }
    }
}
