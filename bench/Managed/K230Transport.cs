// K230.nanoFramework, MIT licence: see LICENSE

using System.Collections.Generic;
using System.IO;
using System.Linq;
using K230.Sockets;

namespace K230.Bench
{
    /// <summary>K230.Sockets, called as a ported script calls it.</summary>
    internal sealed class K230Transport : ITransport
    {
        public string Name => "K230.Sockets, C#";

        public IConnection Connect(int port)
        {
            var socket = new Socket();
            socket.Connect(new SockAddr("127.0.0.1", port));

            return new Connection(socket);
        }

        public IListener Listen()
        {
            int port = FarSide.FreePort();
            var socket = new Socket();
            socket.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);
            socket.Bind(new SockAddr("127.0.0.1", port));
            socket.Listen();

            return new Listener(socket, port);
        }

        public IDatagrams OpenDatagrams(int port) => new Datagrams(port);

        public IWaiter Watch(IReadOnlyList<IConnection> connections) => new Waiter(connections);

        public void LookUp(string host) => Socket.GetAddrInfo(host, 80, Socket.AF_INET, Socket.SOCK_STREAM);

        private sealed class Connection(Socket socket) : IConnection
        {
            public Socket Socket => socket;

            public void NoDelay() => socket.SetSockOpt(Socket.IPPROTO_TCP, Socket.TCP_NODELAY, 1);

            public void Send(byte[] data) => socket.SendAll(data);

            public int Receive(byte[] buffer) => socket.ReadInto(buffer);

            public void ReceiveAll(byte[] buffer)
            {
                if (socket.ReadInto(buffer) != buffer.Length)
                {
                    throw new EndOfStreamException();
                }
            }

            public byte[] ReadLine() => socket.ReadLine();

            public void Dispose() => socket.Close();
        }

        private sealed class Listener(Socket socket, int port) : IListener
        {
            public int Port => port;

            public IConnection Accept() => new Connection(socket.Accept().Conn);

            public void Dispose() => socket.Close();
        }

        private sealed class Datagrams(int port) : IDatagrams
        {
            private readonly Socket _socket = new(Socket.AF_INET, Socket.SOCK_DGRAM);
            private readonly SockAddr _to = new("127.0.0.1", port);

            public void Send(byte[] datagram) => _socket.SendTo(datagram, _to);

            public void Dispose() => _socket.Close();
        }

        private sealed class Waiter : IWaiter
        {
            private readonly Poller _poller = Select.Poll();

            public Waiter(IReadOnlyList<IConnection> connections)
            {
                foreach (Connection connection in connections.Cast<Connection>())
                {
                    _poller.Register(connection.Socket, Select.POLLIN);
                }
            }

            public bool Wait(IConnection expected)
            {
                PollEvent[] events = _poller.Poll();

                return events.Length == 1 && events[0].Obj == ((Connection)expected).Socket;
            }
        }
    }
}
