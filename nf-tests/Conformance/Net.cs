// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections;
using System.Threading;

namespace K230.Sockets.Conformance
{
    /// <summary>
    /// What one test opens: its sockets and its threads. Disposing closes every socket, also when the test has failed.
    /// </summary>
    internal class Net : IDisposable
    {
        // Below what stacks hand out by themselves: Linux from 32768 on, lwIP from 49152. Where it starts is chance, so
        // that two runs at the same time seldom meet.
        private const int FIRST_PORT = 10000;
        private const int PORTS = 20000;

        private static readonly object s_gate = new object();
        private static readonly ArrayList s_open = new ArrayList();
        private static int s_port = new Random().Next(PORTS);

        private readonly ArrayList _sockets = new ArrayList();

        internal Net()
        {
            lock (s_gate)
            {
                s_open.Add(this);
            }
        }

        /// <summary>Closes what tests have left open: the last means against a call that does not end.</summary>
        internal static void CloseAll()
        {
            object[] open;

            lock (s_gate)
            {
                open = s_open.ToArray();
            }

            for (int i = 0; i < open.Length; i++)
            {
                ((Net)open[i]).Dispose();
            }
        }

        /// <summary>Binds to a free port.</summary>
        internal static SockAddr Bind(Socket socket)
        {
            for (int i = 0; ; i++)
            {
                SockAddr address = new SockAddr(Network.Host, NextPort());

                try
                {
                    socket.Bind(address);

                    return address;
                }
                catch (OSError e)
                {
                    if (e.Errno != Errno.EADDRINUSE || i == PORTS)
                    {
                        throw;
                    }
                }
            }
        }

        internal static int NextPort()
        {
            lock (s_gate)
            {
                s_port = (s_port + 1) % PORTS;

                return FIRST_PORT + s_port;
            }
        }

        /// <summary>Has a socket closed with the test.</summary>
        internal Socket Keep(Socket socket)
        {
            lock (_sockets)
            {
                _sockets.Add(socket);
            }

            return socket;
        }

        internal Socket Tcp()
        {
            return Keep(new Socket());
        }

        internal Socket Udp()
        {
            return Keep(new Socket(Socket.AF_INET, Socket.SOCK_DGRAM));
        }

        internal Socket Udp(out SockAddr address)
        {
            Socket socket = Udp();
            address = Bind(socket);

            return socket;
        }

        internal Socket Listener(out SockAddr address)
        {
            Socket socket = Tcp();
            address = Bind(socket);
            socket.Listen(5);

            return socket;
        }

        /// <summary>An address that refuses connections: it is taken, but nobody listens.</summary>
        internal SockAddr ClosedPort()
        {
            return Bind(Tcp());
        }

        internal Socket Connected(SockAddr address)
        {
            Socket socket = Tcp();
            socket.Connect(address);

            return socket;
        }

        internal Socket Accepted(Socket listener)
        {
            return Keep(listener.Accept().Conn);
        }

        public void Dispose()
        {
            lock (s_gate)
            {
                s_open.Remove(this);
            }

            object[] sockets;

            lock (_sockets)
            {
                sockets = _sockets.ToArray();
                _sockets.Clear();
            }

            for (int i = 0; i < sockets.Length; i++)
            {
                ((Socket)sockets[i]).Close();
            }
        }
    }

    /// <summary>Two connected sockets: c, the client, and s, the accepted side.</summary>
    internal sealed class Pair : Net
    {
        internal readonly Socket C;
        internal readonly Socket S;
        internal readonly SockAddr Address;

        internal Pair()
        {
            try
            {
                Socket listener = Listener(out Address);
                C = Connected(Address);
                S = Accepted(listener);
                listener.Close();
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        /// <summary>The peer of c closes, and c knows.</summary>
        internal void CloseS()
        {
            S.Close();
            Check.Await(C, Select.POLLIN);
        }

        /// <summary>The peer of c resets the connection, by closing over unread data, and c knows.</summary>
        internal void ResetC()
        {
            C.SendAll("x");
            Check.Await(S, Select.POLLIN);
            S.Close();
            Check.Await(C, Select.POLLHUP);
        }

        /// <summary>
        /// c sends until there is no room, and none becomes free either. Leaves c non-blocking.
        /// </summary>
        internal void FillC()
        {
            byte[] block = new byte[16384];
            Poller poller = Select.Poll();

            poller.Register(C, Select.POLLOUT);
            C.SetBlocking(false);

            do
            {
                while (C.Write(block) != Socket.None)
                {
                }
            }
            while (poller.Poll(Check.SETTLE_MS).Length > 0);
        }
    }

    /// <summary>A thread of a test, which must come to its end.</summary>
    internal sealed class Worker
    {
        private readonly ThreadStart _body;
        private readonly int _delayMs;
        private readonly Thread _thread;
        private Exception _error;

        /// <summary>Starts at once, and does its work after a delay.</summary>
        internal Worker(int delayMs, ThreadStart body)
        {
            _body = body;
            _delayMs = delayMs;
            _thread = new Thread(Run);
            _thread.Start();
        }

        internal Worker(ThreadStart body)
            : this(0, body)
        {
        }

        /// <summary>What ended it before its time, or null.</summary>
        internal Exception Error
        {
            get { return _error; }
        }

        /// <summary>Waits for its end; false if that does not come in time.</summary>
        internal bool EndsWithin(int ms)
        {
            return _thread.Join(ms);
        }

        /// <summary>Waits for its end, and fails as it has failed.</summary>
        internal void End()
        {
            if (!EndsWithin(Check.LIMIT_MS))
            {
                Check.Fail("a thread of the test does not end");
            }

            if (_error != null)
            {
                throw _error;
            }
        }

        private void Run()
        {
            try
            {
                Thread.Sleep(_delayMs);
                _body();
            }
            catch (Exception e)
            {
                _error = e;
            }
        }
    }
}
