// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Threading;

namespace K230.Sockets.HostTests
{
    /// <summary>
    /// An app of one process over the virtual board. Its first argument says what it does; each step is one line on
    /// stdout, so that a test knows how far it is. It goes on with a line from stdin.
    /// </summary>
    internal static class Program
    {
        private static Socket s_kept;

        private static int Main(string[] args)
        {
            try
            {
                switch (args[0])
                {
                    case "write":
                        return Write(Number(args[1]), Number(args[2]), args[3]);
                    case "socket":
                        return OpenOne();
                    case "talk":
                        return Talk(Number(args[1]));
                    case "lan":
                        Say(new LAN().IfConfig().ToString());
                        return 0;
                    case "empty-poll":
                        return EmptyPoll(Number(args[1]));
                    default:
                        Console.Error.WriteLine("victim: unknown verb " + args[0]);
                        return 2;
                }
            }
            catch (OSError e)
            {
                Say("errno " + e.Errno);
                return 1;
            }
        }

        /// <summary>Writes a pattern of so many bytes to a port of this machine, then ends in the way that is named.
        /// </summary>
        private static int Write(int port, int count, string end)
        {
            s_kept = new Socket();

            if (!Network.IsLwip) // which has no such option
            {
                s_kept.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_SNDBUF, 8192);
            }

            s_kept.Connect(new SockAddr(Network.Kernel, port));
            s_kept.SendAll(Pattern(count));

            // One more that waits in a call while the process ends.
            var waiting = new Socket();
            waiting.Connect(new SockAddr(Network.Kernel, port));
            new Thread(() => waiting.Recv(1)) { IsBackground = true }.Start();

            Say("written");
            Console.In.ReadLine();

            switch (end)
            {
                case "close":
                    s_kept.Close();
                    return 0;
                case "return":
                    return 0;
                case "exit":
                    Environment.Exit(0);
                    return 0;
                case "throw":
                    throw new InvalidOperationException("as the test wants");
                case "fail-fast":
                    Environment.FailFast("as the test wants");
                    return 0;
                default:
                    return 2;
            }
        }

        private static int OpenOne()
        {
            using (var s = new Socket())
            {
                Say("open");
                Console.In.ReadLine();
            }

            return 0;
        }

        private static int Talk(int port)
        {
            using (var s = new Socket())
            {
                s.Connect(new SockAddr(Network.Kernel, port));
                s.Write("hello\n");
                Say("heard " + Encoding.UTF8.GetString(s.ReadLine()).TrimEnd());
            }

            return 0;
        }

        /// <summary>Waits on a poll object without sockets, before there is any link: tells the milliseconds of
        /// processor time that the wait took.</summary>
        private static int EmptyPoll(int milliseconds)
        {
            Poller poller = Select.Poll();
            poller.Poll(0);

            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            long begun = Stopwatch.GetTimestamp();
            int events = poller.Poll(milliseconds).Length;
            double waited = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            TimeSpan used = Process.GetCurrentProcess().TotalProcessorTime - before;

            Say(string.Create(
                CultureInfo.InvariantCulture, $"events {events} waited {waited:0} used {used.TotalMilliseconds:0}"));

            return 0;
        }

        private static byte[] Pattern(int count)
        {
            byte[] bytes = new byte[count];

            for (int i = 0; i < count; i++)
            {
                bytes[i] = (byte)(i * 31 + (i >> 8));
            }

            return bytes;
        }

        private static int Number(string text)
        {
            return int.Parse(text, CultureInfo.InvariantCulture);
        }

        private static void Say(string line)
        {
            Console.Out.WriteLine(line);
            Console.Out.Flush();
        }
    }
}
