// K230.nanoFramework, MIT licence: see LICENSE

using System;

namespace K230.Sockets.Conformance
{
    /// <summary>A socket in one of the states of <see cref="BehaviourTable"/>, and what is needed to call it.</summary>
    internal sealed class Scene : IDisposable
    {
        /// <summary>The timeout of a timed socket.</summary>
        internal const int TIMEOUT_MS = 100;

        private const string TEXT = "abcd";

        private readonly Net _net;
        private readonly Socket _socket;
        private readonly SockAddr _peer;
        private readonly SockAddr _target;

        internal Scene(string state)
        {
            _net = new Net();

            try
            {
                switch (state)
                {
                    case "closed":
                        _socket = _net.Tcp();
                        _socket.Close();
                        break;
                    case "unconnected":
                        _socket = _net.Tcp();
                        break;
                    case "listening":
                        _socket = _net.Listener(out SockAddr _);
                        break;
                    case "datagram":
                        _socket = _net.Udp(out SockAddr _);
                        break;
                    default:
                        Pair pair = new Pair();
                        _net.Dispose();
                        _net = pair;
                        _socket = pair.C;
                        _peer = pair.Address;
                        Prepare(pair, state);
                        break;
                }

                if (state == "datagram")
                {
                    _net.Udp(out _target);
                }
                else
                {
                    _net.Listener(out _target);
                }
            }
            catch
            {
                _net.Dispose();
                throw;
            }
        }

        /// <summary>The socket that is in the state.</summary>
        internal Socket Socket
        {
            get { return _socket; }
        }

        internal static string WithoutCommas(string text)
        {
            string[] parts = text.Split(',');
            string joined = parts[0];

            for (int i = 1; i < parts.Length; i++)
            {
                joined += ";" + parts[i];
            }

            return joined;
        }

        public void Dispose()
        {
            _net.Dispose();
        }

        /// <summary>Until there is no room. Leaves the socket non-blocking.</summary>
        internal void Fill()
        {
            ((Pair)_net).FillC();
        }

        internal void SetMode(string mode)
        {
            switch (mode)
            {
                case "timed":
                    _socket.SetTimeout(TIMEOUT_MS / 1000.0);
                    break;
                case "non-blocking":
                    _socket.SetBlocking(false);
                    break;
                default:
                    _socket.SetBlocking(true);
                    break;
            }
        }

        /// <summary>Makes the call, and gives what comes of it as the table writes it.</summary>
        internal string Do(string call)
        {
            try
            {
                return Call(call);
            }
            catch (OSError e)
            {
                return "E" + e.Errno.ToString();
            }
        }

        private static void Prepare(Pair pair, string state)
        {
            switch (state)
            {
                case "peer gone":
                    pair.CloseS();
                    break;
                case "peer reset":
                    pair.ResetC();
                    break;
                case "full": // by Fill, before each call
                    break;
                case "timed":
                    pair.C.SetTimeout(TIMEOUT_MS / 1000.0);
                    break;
                case "non-blocking":
                    pair.C.SetBlocking(false);
                    break;
                case "connected":
                    break;
                default:
                    throw new ArgumentException(state);
            }
        }

        private string Call(string call)
        {
            byte[] bytes = Check.ToBytes(TEXT);

            switch (call)
            {
                case "Close()":
                    _socket.Close();
                    return Done();
                case "Dispose()":
                    _socket.Dispose();
                    return Done();
                case "FileNo()":
                    return Number(_socket.FileNo());
                case "ToString()":
                    return Number(_socket.ToString());
                case "MakeFile(\"rwb\", 0)":
                    return (object)_socket.MakeFile("rwb", 0) == _socket ? "itself" : "another";
                case "Bind(address)":
                    Net.Bind(_socket);
                    return Done();
                case "Listen()":
                    _socket.Listen();
                    return Done();
                case "Listen(5)":
                    _socket.Listen(5);
                    return Done();
                case "Accept()":
                    _net.Keep(_socket.Accept().Conn);
                    return "a socket";
                case "Connect(address)":
                    _socket.Connect(_target);
                    return Done();
                case "Send(bytes)":
                    return _socket.Send(bytes).ToString();
                case "Send(bytes, MSG_DONTWAIT)":
                    return _socket.Send(bytes, Socket.MSG_DONTWAIT).ToString();
                case "Send(text)":
                    return _socket.Send(TEXT).ToString();
                case "SendAll(bytes)":
                    _socket.SendAll(bytes);
                    return Done();
                case "SendAll(text)":
                    _socket.SendAll(TEXT);
                    return Done();
                case "SendTo(bytes, address)":
                    return _socket.SendTo(bytes, _target).ToString();
                case "SendTo(text, address)":
                    return _socket.SendTo(TEXT, _target).ToString();
                case "Recv(10)":
                    return Bytes(_socket.Recv(10));
                case "Recv(10, MSG_PEEK)":
                    return Bytes(_socket.Recv(10, Socket.MSG_PEEK));
                case "Recv(10, MSG_DONTWAIT)":
                    return Bytes(_socket.Recv(10, Socket.MSG_DONTWAIT));
                case "Recv(0)":
                    return Bytes(_socket.Recv(0));
                case "RecvFrom(10)":
                    return Received(_socket.RecvFrom(10));
                case "RecvFrom(10, MSG_DONTWAIT)":
                    return Received(_socket.RecvFrom(10, Socket.MSG_DONTWAIT));
                default:
                    return StreamCall(call, bytes);
            }
        }

        private string StreamCall(string call, byte[] bytes)
        {
            switch (call)
            {
                case "Read()":
                    return Bytes(_socket.Read());
                case "Read(5)":
                    return Bytes(_socket.Read(5));
                case "Read(-1)":
                    return Bytes(_socket.Read(-1));
                case "Read(0)":
                    return Bytes(_socket.Read(0));
                case "ReadInto(bytes)":
                    return Count(_socket.ReadInto(bytes));
                case "ReadInto(bytes, 2)":
                    return Count(_socket.ReadInto(bytes, 2));
                case "ReadInto(bytes, 1, 2)":
                    return Count(_socket.ReadInto(bytes, 1, 2));
                case "ReadInto(bytes, 0)":
                    return Count(_socket.ReadInto(bytes, 0));
                case "ReadLine()":
                    return Bytes(_socket.ReadLine());
                case "ReadLine(5)":
                    return Bytes(_socket.ReadLine(5));
                case "ReadLine(0)":
                    return Bytes(_socket.ReadLine(0));
                case "Write(bytes)":
                    return Count(_socket.Write(bytes));
                case "Write(bytes, 2)":
                    return Count(_socket.Write(bytes, 2));
                case "Write(bytes, 1, 2)":
                    return Count(_socket.Write(bytes, 1, 2));
                case "Write(text)":
                    return Count(_socket.Write(TEXT));
                case "Write(bytes, 0)":
                    return Count(_socket.Write(bytes, 0));
                default:
                    return ModeCall(call);
            }
        }

        private string ModeCall(string call)
        {
            switch (call)
            {
                case "SetBlocking(true)":
                    _socket.SetBlocking(true);
                    return Done();
                case "SetBlocking(false)":
                    _socket.SetBlocking(false);
                    return Done();
                case "SetTimeout(0.5)":
                    _socket.SetTimeout(0.5);
                    return Done();
                case "SetTimeout(null)":
                    _socket.SetTimeout(null);
                    return Done();
                case "SetSockOpt(SOL_SOCKET, SO_REUSEADDR, 1)":
                    _socket.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);
                    return Done();
                case "SetSockOpt(SOL_SOCKET, SO_REUSEADDR, true)":
                    _socket.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, true);
                    return Done();
                case "SetSockOpt(SOL_SOCKET, SO_REUSEADDR, bytes)":
                    _socket.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, new byte[] { 1, 0, 0, 0 });
                    return Done();
                case "SetSockOpt(SOL_SOCKET, 9999, 1)":
                    _socket.SetSockOpt(Socket.SOL_SOCKET, 9999, 1);
                    return Done();
                case "Poll(0) with mask 5":
                    return Event(5);
                case "Poll(0) with mask 1":
                    return Event(1);
                default:
                    throw new ArgumentException(call);
            }
        }

        private static string Done()
        {
            return "ok";
        }

        private static string Number(int number)
        {
            // Not every culture has this minus sign.
            return number >= 0 ? "N" : "-" + (-number).ToString();
        }

        /// <summary>The number in "&lt;_socket 3&gt;".</summary>
        private static string Number(string text)
        {
            const string START = "<_socket ";

            if (text.IndexOf(START) != 0 || text[text.Length - 1] != '>')
            {
                return text;
            }

            string number = text.Substring(START.Length, text.Length - START.Length - 1);

            return number == "-1" ? number : Number(int.Parse(number));
        }

        private static string Count(int count)
        {
            return count == Socket.None ? "None" : count.ToString();
        }

        private static string Bytes(byte[] bytes)
        {
            return bytes == null ? "null" : bytes.Length == 0 ? "empty" : Check.ToText(bytes);
        }

        private string Received(RecvFromResult result)
        {
            bool right = result.Address != null && result.Address.Equals(_peer);

            return Bytes(result.Data) + (right ? "" : " from a wrong address");
        }

        private string Event(int mask)
        {
            int events = Check.Events(_socket, mask, 0);

            return events == 0 ? "none" : events.ToString();
        }
    }
}
