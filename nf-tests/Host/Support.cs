// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using CliWrap;
using CliWrap.Buffered;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using NetSocket = System.Net.Sockets.Socket;

namespace K230.Sockets.HostTests
{
    /// <summary>What the tests share: waits with a deadline, peers that are sockets of the kernel, bytes.</summary>
    internal static class Support
    {
        /// <summary>How long to wait for what must happen, on however slow a machine.</summary>
        internal const int DeadlineMs = 20000;

        /// <summary>A wait of t seconds ends within t - 20 ms ... t + 300 ms (reference, section 13). The upper end is
        /// that of a machine that is not busy, so tests allow more: see <see cref="TakesAbout"/>.</summary>
        internal const int EarlyMs = 20;

        /// <summary>Of our end.</summary>
        internal static readonly IPEndPoint AnyPort = new IPEndPoint(IPAddress.Parse(Network.Ours), 0);

        // ---- waits

        /// <summary>Runs an action on a thread of its own; fails if it does not end in time, and throws what it
        /// throws.</summary>
        internal static void Soon(
            Action action, int milliseconds = DeadlineMs, [CallerArgumentExpression(nameof(action))] string what = "")
        {
            new Running<int>(() => { action(); return 0; }, what).Result(milliseconds);
        }

        /// <summary>As <see cref="Soon(Action, int, string)"/>, with a result.</summary>
        internal static T Soon<T>(
            Func<T> action, int milliseconds = DeadlineMs, [CallerArgumentExpression(nameof(action))] string what = "")
        {
            return new Running<T>(action, what).Result(milliseconds);
        }

        /// <summary>Starts an action on a thread of its own.</summary>
        internal static Running<int> Start(Action action, [CallerArgumentExpression(nameof(action))] string what = "")
        {
            return new Running<int>(() => { action(); return 0; }, what);
        }

        /// <summary>Starts an action that has a result.</summary>
        internal static Running<T> Start<T>(
            Func<T> action, [CallerArgumentExpression(nameof(action))] string what = "")
        {
            return new Running<T>(action, what);
        }

        /// <summary>Looks again and again until something is so.</summary>
        internal static void Until(
            Func<bool> so, int milliseconds = DeadlineMs, [CallerArgumentExpression(nameof(so))] string what = "")
        {
            long begun = Stopwatch.GetTimestamp();

            while (!so())
            {
                if (Stopwatch.GetElapsedTime(begun).TotalMilliseconds > milliseconds)
                {
                    Assert.Fail("not within " + milliseconds + " ms: " + what);
                }

                Thread.Sleep(1);
            }
        }

        /// <summary>The call fails with this number. It has the deadline of <see cref="Soon(Action, int, string)"/>.
        /// </summary>
        internal static OSError Fails(
            int errno, Action action, [CallerArgumentExpression(nameof(action))] string what = "")
        {
            try
            {
                Soon(action, DeadlineMs, what);
            }
            catch (OSError e)
            {
                Assert.AreEqual(errno, e.Errno, what + ": " + e);

                return e;
            }

            Assert.Fail("no error from " + what);

            return null;
        }

        /// <summary>The call fails with this number after so many milliseconds.</summary>
        internal static void FailsAfter(
            int milliseconds, int errno, Action action, [CallerArgumentExpression(nameof(action))] string what = "")
        {
            TakesAbout(milliseconds, () => Fails(errno, action, what), what);
        }

        /// <summary>
        /// The call ends not before so many milliseconds, and not much later. A busy machine may make it later, so
        /// when that happens it is tried again: of three tries one is in time.
        /// </summary>
        internal static void TakesAbout(
            int milliseconds, Action action, [CallerArgumentExpression(nameof(action))] string what = "")
        {
            double took = 0;

            for (int i = 0; i < 3; i++)
            {
                long begun = Stopwatch.GetTimestamp();
                action();
                took = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;

                Assert.IsTrue(took >= milliseconds - EarlyMs, "too early, after " + took + " ms: " + what);

                if (took <= milliseconds + 300)
                {
                    return;
                }
            }

            Assert.Fail("three times too late, after " + took + " ms: " + what);
        }

        /// <summary>Gives a call time to get to its wait, and fails if it ends instead.</summary>
        internal static void LetItWait<T>(Running<T> running)
        {
            for (int i = 0; i < 6; i++)
            {
                Thread.Sleep(5);

                if (running.Ended)
                {
                    running.Result(DeadlineMs);
                    Assert.Fail("it did not wait: " + running.What);
                }
            }
        }

        // ---- sockets

        /// <summary>A listener of the kernel on a free port.</summary>
        internal static NetSocket KernelListener(int backlog = 128, IPAddress address = null)
        {
            address ??= Network.KernelAddress;

            var listener = new NetSocket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(address, 0));
            listener.Listen(backlog);

            return listener;
        }

        /// <summary>Where a kernel's socket is bound, in the form that our sockets take.</summary>
        internal static IPEndPoint At(NetSocket socket)
        {
            return (IPEndPoint)socket.LocalEndPoint;
        }

        /// <summary>Our listener on a free port. The class has no getsockname, so the port is one that the kernel has
        /// just given and taken back.</summary>
        internal static Socket OurListener(out SockAddr address, int backlog = 128, string host = null)
        {
            for (int i = 0; ; i++)
            {
                address = new SockAddr(host ?? Network.Ours, FreePort());
                var listener = new Socket(address.Family);

                try
                {
                    listener.Bind(address);
                    listener.Listen(backlog);

                    return listener;
                }
                catch (OSError e) when (e.Errno == Errno.EADDRINUSE && i < 20)
                {
                    listener.Close();
                }
            }
        }

        /// <summary>One that nobody has at either end; the kernel picks it.</summary>
        internal static int FreePort(SocketType type = SocketType.Stream)
        {
            using (var probe = new NetSocket(
                AddressFamily.InterNetwork, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp))
            {
                probe.Bind(new IPEndPoint(Network.KernelAddress, 0));

                return ((IPEndPoint)probe.LocalEndPoint).Port;
            }
        }

        internal static NetSocket KernelConnect(IPEndPoint address)
        {
            var socket = new NetSocket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            SetBuffer(socket, 0);
            Soon(() => socket.Connect(address));

            return Hurry(socket);
        }

        /// <summary>A datagram socket of the kernel, bound to a free port.</summary>
        internal static NetSocket KernelUdp(IPAddress address = null)
        {
            address ??= Network.KernelAddress;

            var socket = new NetSocket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(address, 0));

            return Hurry(socket);
        }

        /// <summary>The peer never waits longer than the deadline.</summary>
        internal static NetSocket Hurry(NetSocket socket)
        {
            socket.ReceiveTimeout = DeadlineMs;
            socket.SendTimeout = DeadlineMs;

            return socket;
        }

        internal static NetSocket AcceptSoon(NetSocket listener)
        {
            return Hurry(Soon(listener.Accept));
        }

        /// <summary>The connection is reset, not ended.</summary>
        internal static void Reset(NetSocket socket)
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        }

        /// <summary>Exactly so many bytes of a kernel's socket; fewer at the end of the stream.</summary>
        internal static byte[] Receive(NetSocket socket, int count)
        {
            byte[] bytes = new byte[count];
            int have = 0;

            while (have < count)
            {
                int got = socket.Receive(bytes, have, count - have, SocketFlags.None);

                if (got == 0)
                {
                    break;
                }

                have += got;
            }

            return bytes.AsSpan(0, have).ToArray();
        }

        internal static byte[] ReceiveAll(NetSocket socket)
        {
            var all = new MemoryStream();
            byte[] piece = new byte[65536];
            int got;

            while ((got = socket.Receive(piece)) != 0)
            {
                all.Write(piece, 0, got);
            }

            return all.ToArray();
        }

        /// <summary>Before it is connected. 0: the kernel's choice, but not over lwIP, whose probes of a full peer make
        /// the kernel find more room after a second.</summary>
        internal static void SetBuffer(NetSocket socket, int size)
        {
            if (size != 0 || Network.IsLwip)
            {
                socket.ReceiveBufferSize = size != 0 ? size : 65536;
            }
        }

        /// <summary>As small as the stack makes it: lwIP's is always of 64 KiB.</summary>
        internal static void SmallSendBuffer(Socket socket)
        {
            if (!Network.IsLwip)
            {
                socket.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_SNDBUF, 4096);
            }
        }

        /// <summary>Both rings of our side and both buffers of the kernel are full: not a byte fits. Returns how many
        /// were sent.</summary>
        internal static int Fill(Socket socket)
        {
            byte[] piece = new byte[65536];
            int sent = 0;
            int quiet = 0;

            socket.SetBlocking(false);

            // The agent moves bytes on for a while after the ring looks full.
            while (quiet < 20)
            {
                int got = socket.Write(piece);

                if (got == Socket.None)
                {
                    quiet++;
                    Thread.Sleep(5);
                }
                else
                {
                    quiet = 0;
                    sent += got;
                }
            }

            socket.SetBlocking(true);

            return sent;
        }

        /// <summary>How many bytes wait, at most so many; of datagrams, the length of the next.</summary>
        internal static int Peek(Socket socket, int most)
        {
            try
            {
                return socket.Recv(most, Socket.MSG_PEEK | Socket.MSG_DONTWAIT).Length;
            }
            catch (OSError e) when (e.Errno == Errno.EAGAIN)
            {
                return 0;
            }
        }

        // ---- bytes

        internal static byte[] Bytes(string text)
        {
            return Encoding.UTF8.GetBytes(text);
        }

        internal static string Text(byte[] bytes)
        {
            return bytes == null ? null : Encoding.UTF8.GetString(bytes);
        }

        /// <summary>The pattern that the victim writes.</summary>
        internal static byte[] Pattern(int count)
        {
            byte[] bytes = new byte[count];

            for (int i = 0; i < count; i++)
            {
                bytes[i] = (byte)(i * 31 + (i >> 8));
            }

            return bytes;
        }

        internal static byte[] Random(int count, int seed = 230)
        {
            byte[] bytes = new byte[count];
            new Random(seed).NextBytes(bytes);

            return bytes;
        }

        /// <summary>So many bytes with one line feed: the last.</summary>
        internal static byte[] Line(int count)
        {
            byte[] bytes = Random(count);
            bytes.AsSpan().Replace((byte)'\n', (byte)'\v');
            bytes[^1] = (byte)'\n';

            return bytes;
        }

        internal static void AreSame(byte[] expected, byte[] actual, string what = "")
        {
            Assert.IsNotNull(actual, what);
            Assert.AreEqual(expected.Length, actual.Length, "length " + what);

            int at = expected.AsSpan().CommonPrefixLength(actual);

            Assert.AreEqual(expected.Length, at, "the first different byte " + what);
        }

        internal static string Hash(byte[] bytes)
        {
            return Convert.ToHexString(SHA256.HashData(bytes));
        }

        // ---- processes

        /// <summary>Runs a program, which ends soon and has nothing to complain about.</summary>
        internal static BufferedCommandResult Run(string program, params string[] arguments)
        {
            using var deadline = new CancellationTokenSource(2 * DeadlineMs);
            BufferedCommandResult result = Cli.Wrap(program)
                .WithArguments(arguments)
                .WithValidation(CommandResultValidation.None)
                .ExecuteBufferedAsync(deadline.Token).GetAwaiter().GetResult();

            Assert.AreEqual(
                0, result.ExitCode, program + " " + string.Join(' ', arguments) + ": " + result.StandardError);

            return result;
        }

        /// <summary>Fails outside of the namespace with a name server that tests of category Namespace need.</summary>
        internal static void RequireNamespace()
        {
            Assert.AreEqual(
                "yes", Environment.GetEnvironmentVariable("K230_TEST_NAMES"),
                "run as: board/virtual/lwip-namespace.sh nf-tests/name-server.sh dotnet test ...");
        }

        /// <summary>Changes the namespace's network.</summary>
        internal static void Ip(string arguments)
        {
            Run("ip", arguments.Split(' '));
        }

        /// <summary>The agents that a process has started and that have not ended.</summary>
        internal static List<int> AgentsOf(int parent)
        {
            var agents = new List<int>();

            foreach (string directory in Directory.GetDirectories("/proc"))
            {
                if (int.TryParse(Path.GetFileName(directory), out int pid) && Stat(pid, out string name, out char state,
                    out int itsParent) && itsParent == parent && name == Network.Agent && !IsOver(state))
                {
                    agents.Add(pid);
                }
            }

            return agents;
        }

        /// <summary>True when there is no such process, or only what its parent has not buried yet.</summary>
        internal static bool IsGone(int pid)
        {
            return !Stat(pid, out _, out char state, out _) || IsOver(state);
        }

        internal static void Kill(int pid)
        {
            const int SIGKILL = 9;

            Signal(pid, SIGKILL);
        }

        internal static void Signal(int pid, int signal)
        {
            Assert.AreEqual(0, KillProcess(pid, signal), "signal " + signal + " to " + pid);
        }

        private static bool IsOver(char state)
        {
            return state == 'Z' || state == 'X' || state == 'x';
        }

        /// <summary>Reads /proc/PID/stat: pid (name) state parent ...</summary>
        private static bool Stat(int pid, out string name, out char state, out int parent)
        {
            name = null;
            state = 'X';
            parent = 0;

            try
            {
                string text = File.ReadAllText("/proc/" + pid + "/stat");
                int open = text.IndexOf('(');
                int close = text.LastIndexOf(')');
                string[] rest = text.Substring(close + 2).Split(' ');

                name = text.Substring(open + 1, close - open - 1);
                state = rest[0][0];
                parent = int.Parse(rest[1], CultureInfo.InvariantCulture);

                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }

        [DllImport("libc", EntryPoint = "kill")]
        private static extern int KillProcess(int pid, int signal);
    }

    /// <summary>An action on a thread of its own.</summary>
    internal sealed class Running<T>
    {
        private readonly Thread _thread;
        private T _result;
        private Exception _error;

        internal Running(Func<T> action, string what)
        {
            What = what;

            // Background: one that hangs does not keep the test process alive.
            _thread = new Thread(() =>
            {
                try
                {
                    _result = action();
                }
                catch (Exception e)
                {
                    _error = e;
                }
            })
            {
                IsBackground = true,
            };
            _thread.Start();
        }

        internal string What { get; }

        internal bool Ended
        {
            get { return !_thread.IsAlive; }
        }

        /// <summary>What the action gave, or throws what it threw; fails if it has not ended in time.</summary>
        internal T Result(int milliseconds = Support.DeadlineMs)
        {
            if (!_thread.Join(milliseconds))
            {
                Assert.Fail("not over within " + milliseconds + " ms: " + What);
            }

            if (_error != null)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_error);
            }

            return _result;
        }

        /// <summary>The action fails with this number, and soon.</summary>
        internal void Fails(int errno, int milliseconds = Support.DeadlineMs)
        {
            T result;

            try
            {
                result = Result(milliseconds);
            }
            catch (OSError e)
            {
                Assert.AreEqual(errno, e.Errno, What + ": " + e);

                return;
            }

            Assert.Fail("no error from " + What + ", but " + result);
        }
    }

    /// <summary>A connection: our socket at one end, one of the kernel at the other.</summary>
    internal sealed class Pair : IDisposable
    {
        private Pair(Socket ours, NetSocket peer)
        {
            Ours = ours;
            Peer = peer;
        }

        internal Socket Ours { get; }

        internal NetSocket Peer { get; }

        /// <summary>Our socket has connected.</summary>
        internal static Pair Connected(IPAddress address = null, int peerBuffer = 0)
        {
            using (NetSocket listener = Support.KernelListener(128, address))
            {
                Support.SetBuffer(listener, peerBuffer);

                var ours = new Socket(Support.At(listener).AddressFamily == AddressFamily.InterNetworkV6
                    ? Socket.AF_INET6
                    : Socket.AF_INET);

                try
                {
                    Support.Soon(() => ours.Connect(Support.At(listener)));
                }
                catch
                {
                    ours.Close();
                    throw;
                }

                NetSocket peer = Support.AcceptSoon(listener);
                peer.NoDelay = true;

                return new Pair(ours, peer);
            }
        }

        /// <summary>Our socket was accepted.</summary>
        internal static Pair Accepted(string host = null)
        {
            using (Socket listener = Support.OurListener(out SockAddr address, 128, host))
            {
                NetSocket peer = Support.KernelConnect(address);

                return new Pair(Support.Soon(() => listener.Accept().Conn), peer);
            }
        }

        /// <summary>So many bytes have arrived at our socket and wait to be read.</summary>
        internal void Arrive(byte[] bytes)
        {
            Peer.Send(bytes);
            WaitFor(bytes.Length);
        }

        internal void Arrive(string text)
        {
            Arrive(Support.Bytes(text));
        }

        /// <summary>Waits until at least so many bytes can be read.</summary>
        internal void WaitFor(int count)
        {
            Support.Until(() => Support.Peek(Ours, count) >= count);
        }

        public void Dispose()
        {
            Ours.Dispose();
            Peer.Dispose();
        }
    }
}
