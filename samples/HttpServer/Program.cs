// K230.nanoFramework, MIT licence: see LICENSE

using System;
using K230.Sockets;

namespace K230.Samples
{
    /// <summary>
    /// The vendor's HTTP server, step by step: a page that counts its visitors, to 21 of them. README.md beside this
    /// file says what differs.
    /// </summary>
    public static partial class Program
    {
        private const string HOST = "0.0.0.0";
        private const int PORT = 8081;
        private const string CONTENT = "HTTP/1.0 200 OK\r\n\r\nHello #{0} from K230.nanoFramework!\n";

        private static void Server(string host, int port)
        {
            // make the socket
            var s = new Socket();
            // get the addresses that belong to the host and the port
            AddrInfo[] ai = Socket.GetAddrInfo(host, port, Socket.AF_INET);
            Console.WriteLine("Bind address info: " + PythonText.Of(ai));
            var addr = ai[0][-1];
            // set its options
            s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);
            // bind
            s.Bind(addr);
            // listen
            s.Listen(5);
            Console.WriteLine(
                "Listening, connect your browser to http://" + new LAN().IfConfig()[0] + ":" + port + "/");

            int counter = 0;

            while (true)
            {
                // accept a client
                var res = s.Accept();
                var clientSock = res.Conn;
                var clientAddr = res.Address;
                Console.WriteLine("Client address: " + clientAddr.ToString());
                Console.WriteLine("Client socket: " + clientSock.ToString());
                // wait for what the client says, but not for ever
                clientSock.SetTimeout(5);
                var clientStream = clientSock;

                try
                {
                    Console.WriteLine("Request:");
                    // get the request
                    byte[] req = clientStream.ReadLine();
                    Console.WriteLine(PythonText.Of(req));

                    while (true)
                    {
                        byte[] h = clientStream.ReadLine();

                        if (h.Length == 0 || PythonText.Of(h) == "\r\n")
                        {
                            break;
                        }

                        Console.WriteLine(PythonText.Of(h));
                    }

                    // answer it
                    clientStream.Write(string.Format(CONTENT, counter));
                }
                catch (OSError e)
                {
                    // a client that says nothing, or is gone, ends its own turn, not the server
                    Console.WriteLine("client #" + counter + ": " + e.Message);
                }

                // close the client's socket
                clientStream.Close();
                counter += 1;

                if (counter > 20)
                {
                    Console.WriteLine("http server exit!");
                    // close the listening socket
                    s.Close();
                    break;
                }
            }
        }
    }
}
