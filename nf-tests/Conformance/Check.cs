// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading;
using nanoFramework.TestFramework;

namespace K230.Sockets.Conformance
{
    /// <summary>
    /// Assertions about calls and times. nanoFramework's own ThrowsException is not used: its messages have commas,
    /// which its own adapter cannot read.
    /// </summary>
    internal static class Check
    {
        /// <summary>Strict: no wait may end earlier than this before its time.</summary>
        internal const int EARLY_MS = 20;

        /// <summary>
        /// Strict, but only for the best of some attempts, as a busy machine wakes late: a wait may end this much after
        /// its time.
        /// </summary>
        internal const int LATE_MS = 300;

        /// <summary>Likewise for a call that must not wait at all.</summary>
        internal const int AT_ONCE_MS = 50;

        /// <summary>Not strict: what cannot be attempted again may take this much longer than it should.</summary>
        internal const int GENEROUS_MS = 8000;

        /// <summary>The longest that a test may take.</summary>
        internal const int LIMIT_MS = 30000;

        /// <summary>For so long nothing must move until a connection counts as full.</summary>
        internal const int SETTLE_MS = 200;

        /// <summary>
        /// How often something is tried that the machine may spoil: it is busy with other things, or the peer's kernel
        /// packs its buffers closer and so makes room on a connection that was full.
        /// </summary>
        internal const int ATTEMPTS = 10;

        /// <summary>Runs a test on a thread of its own, and fails it by its name if that does not end.</summary>
        internal static void RunWithin(int ms, ThreadStart body, [CallerMemberName] string test = "")
        {
            Worker worker = new Worker(body);

            if (!worker.EndsWithin(ms))
            {
                Net.CloseAll();
                Fail(test + " does not end within " + ms.ToString() + " ms");
            }

            if (worker.Error != null)
            {
                if (worker.Error.GetType() != typeof(SkipTestException))
                {
                    OutputHelper.WriteLine(worker.Error.StackTrace);
                }

                throw worker.Error;
            }
        }

        internal static void Fail(string message)
        {
            Assert.IsTrue(false, message);
        }

        // ---- time

        /// <summary>Milliseconds since some moment.</summary>
        internal static long Now()
        {
            return DateTime.UtcNow.Ticks / TimeSpan.TicksPerMillisecond;
        }

        /// <summary>A call that changes nothing takes just so long: the shortest of some attempts decides.</summary>
        internal static void Lasts(int ms, string what, ThreadStart call)
        {
            LastsBetween(ms - EARLY_MS, ms + LATE_MS, what, call);
        }

        /// <summary>A call that changes nothing does not wait.</summary>
        internal static void AtOnce(string what, ThreadStart call)
        {
            LastsBetween(0, AT_ONCE_MS, what, call);
        }

        /// <summary>A time that was measured once was at least this, and not much longer.</summary>
        internal static void About(int ms, long took, string what)
        {
            Assert.IsTrue(took >= ms - EARLY_MS, what + " took only " + took.ToString() + " ms");
            Assert.IsTrue(took < ms + GENEROUS_MS, what + " took " + took.ToString() + " ms");
        }

        // ---- errors

        /// <summary>The call raises this error.</summary>
        internal static void Fails(int errno, string what, ThreadStart call)
        {
            try
            {
                call();
            }
            catch (OSError e)
            {
                Assert.IsTrue(e.Errno == errno, what + " raised " + Name(e.Errno) + " and not " + Name(errno));

                return;
            }

            Fail(what + " did not raise " + Name(errno));
        }

        /// <summary>The call waits so long and then raises ETIMEDOUT.</summary>
        internal static void TimesOut(int ms, string what, ThreadStart call)
        {
            Lasts(ms, what, () => Fails(Errno.ETIMEDOUT, what, call));
        }

        /// <summary>The call raises EAGAIN without waiting.</summary>
        internal static void WouldBlock(string what, ThreadStart call)
        {
            AtOnce(what, () => Fails(Errno.EAGAIN, what, call));
        }

        /// <summary>The call throws exactly this type.</summary>
        internal static void Throws(Type type, string what, ThreadStart call)
        {
            string thrown = "nothing";

            try
            {
                call();
            }
            catch (Exception e)
            {
                thrown = e.GetType().FullName;
            }

            Assert.AreEqual(type.FullName, thrown, what);
        }

        // ---- values

        internal static byte[] ToBytes(string text)
        {
            return Encoding.UTF8.GetBytes(text);
        }

        internal static string ToText(byte[] bytes)
        {
            return bytes == null ? "null" : Encoding.UTF8.GetString(bytes, 0, bytes.Length);
        }

        /// <summary>Received bytes are this text.</summary>
        internal static void Text(string expected, byte[] actual, string what)
        {
            Assert.AreEqual(expected, ToText(actual), what);
        }

        internal static void Empty(byte[] actual, string what)
        {
            Text("", actual, what);
        }

        internal static void Bytes(byte[] expected, byte[] actual, string what)
        {
            Assert.IsNotNull(actual, what);
            Assert.AreEqual(expected.Length, actual.Length, what + ": length");

            for (int i = 0; i < expected.Length; i++)
            {
                if (expected[i] != actual[i])
                {
                    Fail(what + ": byte " + i.ToString() + " is wrong");
                }
            }
        }

        /// <summary>The address has this port, and the host of all tests.</summary>
        internal static void Address(SockAddr expected, SockAddr actual, string what)
        {
            Assert.IsNotNull(actual, what);
            Assert.AreEqual(expected.Host, actual.Host, what + ": host");
            Assert.AreEqual(expected.Port, actual.Port, what + ": port");
        }

        /// <summary>Bytes of which no two neighbours and no two blocks are alike.</summary>
        internal static byte[] Pattern(int length)
        {
            byte[] bytes = new byte[length];

            for (int i = 0; i < length; i++)
            {
                bytes[i] = (byte)(i + i / 251);
            }

            return bytes;
        }

        // ---- readiness

        /// <summary>The events of one socket, 0 if none come within the time.</summary>
        internal static int Events(Socket socket, int mask, int ms)
        {
            Poller poller = Select.Poll();
            poller.Register(socket, mask);

            return EventOf(poller.Poll(ms), socket);
        }

        /// <summary>The one event, which is this socket's; 0 if there is none.</summary>
        internal static int EventOf(PollEvent[] events, Socket socket)
        {
            if (events.Length == 0)
            {
                return 0;
            }

            Assert.AreEqual(1, events.Length, "number of events");
            Assert.AreSame(socket, events[0].Obj, "the socket of the event");

            return events[0].Event;
        }

        /// <summary>Waits for one of these events.</summary>
        internal static void Await(Socket socket, int wanted)
        {
            long end = Now() + LIMIT_MS;

            while ((Events(socket, wanted & (Select.POLLIN | Select.POLLOUT), LIMIT_MS) & wanted) == 0)
            {
                Assert.IsTrue(Now() < end, "event " + wanted.ToString() + " does not come");
                Thread.Sleep(1);
            }
        }

        /// <summary>Waits until so many bytes are there.</summary>
        internal static void AwaitBytes(Socket socket, int count)
        {
            long end = Now() + LIMIT_MS;

            Await(socket, Select.POLLIN);

            while (socket.Recv(count, Socket.MSG_PEEK).Length < count)
            {
                Assert.IsTrue(Now() < end, count.ToString() + " bytes do not come");
                Thread.Sleep(1);
            }
        }

        private static string Name(int errno)
        {
            return new OSError(errno).Message;
        }

        private static void LastsBetween(int least, int most, string what, ThreadStart call)
        {
            long shortest = long.MaxValue;

            for (int i = 0; i < ATTEMPTS && shortest > most; i++)
            {
                long begun = Now();
                call();
                long took = Now() - begun;

                Assert.IsTrue(took >= least, what + " took only " + took.ToString() + " ms");
                shortest = took < shortest ? took : shortest;
            }

            Assert.IsTrue(shortest <= most, what + " took " + shortest.ToString() + " ms");
        }
    }
}
