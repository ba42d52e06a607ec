// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Threading;
using K230.Sockets;

namespace K230.Samples
{
    /// <summary>
    /// The vendor's TCP server, step by step: greets ten clients, one after the other, and echoes until "end" comes.
    /// README.md beside this file says what differs.
    /// </summary>
    public static partial class Program
    {
        private const string HOST = "0.0.0.0";
        private const int PORT = 60000;
        private const int CLIENTS = 10;

        private static void Server(string host, int port)
        {
            // get the addresses that belong to the host and the port
            AddrInfo[] ai = Socket.GetAddrInfo(host, port);
            Console.WriteLine("Address infos: " + PythonText.Of(ai));
            var addr = ai[0][-1];

            Console.WriteLine("Bind address: " + addr.ToString());
            // make the socket
            var s = new Socket(Socket.AF_INET, Socket.SOCK_STREAM, 0);
            // set its options
            s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);
            // bind and listen
            s.Bind(addr);
            s.Listen(5);
            Console.WriteLine("tcp server port: " + port);

            for (int counter = 1; counter <= CLIENTS; counter++)
            {
                // accept a client
                var res = s.Accept();
                var clientSock = res.Conn;
                var clientAddr = res.Address;
                Console.WriteLine("Client address: " + clientAddr.ToString());
                Console.WriteLine("Client socket: " + clientSock.ToString());
                clientSock.SetBlocking(false);

                try
                {
                    Serve(clientSock, counter);
                }
                catch (OSError e)
                {
                    // a client that resets its connection ends its own turn, not the server
                    Console.WriteLine("client #" + counter + ": " + e.Message);
                }

                // close the client's socket
                clientSock.Close();
            }

            Console.WriteLine("server exit!");
            // close the listening socket
            s.Close();
        }

        private static void Serve(Socket clientSock, int counter)
        {
            // send a greeting
            clientSock.Write("hello client #" + counter + "\r\n");

            while (true)
            {
                // read what is there
                byte[] h = clientSock.Read();

                if (h == null)
                {
                    Thread.Sleep(10); // nothing yet
                    continue;
                }

                if (h.Length == 0)
                {
                    return; // the client has gone
                }

                string text = PythonText.Of(h);
                Console.WriteLine(text);
                // send it back
                clientSock.Write("recv :" + text);

                if (text.IndexOf("end") >= 0)
                {
                    return;
                }
            }
        }
    }
}
