// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Text;
using System.Threading;
using K230.Sockets;

namespace K230.Samples
{
    /// <summary>
    /// The vendor's UDP server, step by step: answers ten datagrams. README.md beside this file says what differs.
    /// </summary>
    public static partial class Program
    {
        private const string HOST = "0.0.0.0";
        private const int PORT = 60000;
        private const int DATAGRAMS = 10;

        private static void Server(string host, int port)
        {
            // get the addresses that belong to the host and the port
            AddrInfo[] ai = Socket.GetAddrInfo(host, port, Socket.AF_INET, Socket.SOCK_DGRAM);
            Console.WriteLine("Address infos: " + PythonText.Of(ai));
            var addr = ai[0][-1];

            Console.WriteLine("Bind address: " + addr.ToString());
            // make the socket
            var s = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM);
            // set its options
            s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);
            // bind
            s.Bind(addr);
            Console.WriteLine("udp server port: " + port);
            // wait one second
            Thread.Sleep(1000);

            for (int j = 0; j < DATAGRAMS; j++)
            {
                // receive
                var (data, peer) = s.RecvFrom(800);
                Console.WriteLine("recv " + j + " " + PythonText.Of(data) + " " + peer.ToString());

                try
                {
                    // send it back
                    s.SendTo(PythonText.Join(data, Encoding.UTF8.GetBytes(" have recv count=" + j + " ")), peer);
                }
                catch (OSError e)
                {
                    // a client that is not there any more ends nothing
                    Console.WriteLine("send " + j + ": " + e.Message);
                }
            }

            // close the socket
            s.Close();
            Console.WriteLine("udp server exit!!");
        }
    }
}
