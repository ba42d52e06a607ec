// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;

namespace K230.Bench
{
    /// <summary>System.Net.Sockets: blocking sockets of the kernel.</summary>
    internal sealed class NetTransport : ITransport
    {
        public string Name => "System.Net.Sockets, C#";

        public IConnection Connect(int port)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(new IPEndPoint(IPAddress.Loopback, port));

            return new Connection(socket);
        }

        public IListener Listen()
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            socket.Listen();

            return new Listener(socket);
        }

        public IDatagrams OpenDatagrams(int port) => new Datagrams(port);

        public IWaiter Watch(IReadOnlyList<IConnection> connections) => new Waiter(connections);

        public void LookUp(string host) => Dns.GetHostAddresses(host, AddressFamily.InterNetwork);

        private sealed class Connection(Socket socket) : IConnection
        {
            private readonly byte[] _byte = new byte[1];
            private byte[] _line = new byte[128];

            public Socket Socket => socket;

            public void NoDelay() => socket.NoDelay = true;

            // A blocking socket sends all.
            public void Send(byte[] data) => socket.Send(data);

            public int Receive(byte[] buffer)
            {
                int filled = 0;

                for (int count = 1; count > 0 && filled < buffer.Length; filled += count)
                {
                    count = socket.Receive(buffer, filled, buffer.Length - filled, SocketFlags.None);
                }

                return filled;
            }

            public void ReceiveAll(byte[] buffer)
            {
                if (Receive(buffer) != buffer.Length)
                {
                    throw new EndOfStreamException();
                }
            }

            /// <summary>As MicroPython's readline does it over a socket of the system: byte by byte.</summary>
            public byte[] ReadLine()
            {
                for (int length = 0; ;)
                {
                    if (socket.Receive(_byte) == 0)
                    {
                        return _line[..length];
                    }

                    if (length == _line.Length)
                    {
                        System.Array.Resize(ref _line, length * 2);
                    }

                    _line[length++] = _byte[0];

                    if (_byte[0] == (byte)'\n')
                    {
                        return _line[..length];
                    }
                }
            }

            public void Dispose() => socket.Dispose();
        }

        private sealed class Listener(Socket socket) : IListener
        {
            public int Port => ((IPEndPoint)socket.LocalEndPoint).Port;

            public IConnection Accept() => new Connection(socket.Accept());

            public void Dispose() => socket.Dispose();
        }

        private sealed class Datagrams(int port) : IDatagrams
        {
            private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            private readonly IPEndPoint _to = new(IPAddress.Loopback, port);

            public void Send(byte[] datagram) => _socket.SendTo(datagram, _to);

            public void Dispose() => _socket.Dispose();
        }

        private sealed class Waiter(IReadOnlyList<IConnection> connections) : IWaiter
        {
            private readonly Socket[] _all = connections.Select(c => ((Connection)c).Socket).ToArray();
            private readonly List<Socket> _ready = [];

            public bool Wait(IConnection expected)
            {
                // Select leaves in the list what is ready, so it is filled anew each time.
                _ready.Clear();
                _ready.AddRange(_all);
                Socket.Select(_ready, null, null, -1);

                return _ready.Count == 1 && _ready[0] == ((Connection)expected).Socket;
            }
        }
    }
}
