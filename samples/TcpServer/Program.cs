// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Text;
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
            int counter = 1;
            // get the addresses that belong to the host and the port
            AddrInfo[] ai = Socket.GetAddrInfo(host, port);
            Console.WriteLine("Address infos: " + PythonText.Of(ai) + " " + port);
            var addr = ai[0][-1];

            Console.WriteLine("Bind address: " + addr.ToString());
            // make the socket
            var s = new Socket(Socket.AF_INET, Socket.SOCK_STREAM, 0);
            // set its options
            s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);
            // bind
            s.Bind(addr);
            // listen
            s.Listen(5);
            Console.WriteLine("tcp server " + new LAN().IfConfig()[0] + " port: " + port);

            while (true)
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
                counter += 1;

                if (counter > CLIENTS)
                {
                    Console.WriteLine("server exit!");
                    // close the listening socket
                    s.Close();
                    break;
                }
            }
        }

        private static void Serve(Socket clientStream, int counter)
        {
            // send a greeting
            Write(clientStream, Encoding.UTF8.GetBytes("\nHello #" + counter + " from K230.nanoFramework!\n"));

            while (true)
            {
                // read what is there
                byte[] h = clientStream.Read();

                if (h == null)
                {
                    Thread.Sleep(10); // nothing yet
                    continue;
                }

                if (h.Length == 0)
                {
                    return; // the client has gone
                }

                Console.WriteLine(PythonText.Of(h));
                // send it back
                Write(clientStream, PythonText.Join(Encoding.UTF8.GetBytes("recv :"), h));

                if (PythonText.Has(h, "end"))
                {
                    return;
                }
            }
        }

        /// <summary>All of it: one Write of a non-blocking socket takes what there is room for, or None.</summary>
        private static void Write(Socket clientStream, byte[] bytes)
        {
            int done = 0;

            while (done < bytes.Length)
            {
                int count = clientStream.Write(bytes, done, bytes.Length - done);

                if (count == Socket.None)
                {
                    Thread.Sleep(10); // no room yet
                    continue;
                }

                done += count;
            }
        }
    }
}
