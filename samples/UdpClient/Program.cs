// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Threading;
using K230.Sockets;

namespace K230.Samples
{
    /// <summary>
    /// The vendor's UDP client, step by step: ten numbered lines, each one datagram. README.md beside this file says
    /// what differs.
    /// </summary>
    public static partial class Program
    {
        private const string HOST = "10.100.228.5";
        private const int PORT = 60000;

        private static void Client(string host, int port)
        {
            // get the addresses that belong to the host and the port
            AddrInfo[] ai = Socket.GetAddrInfo(host, port, Socket.AF_INET, Socket.SOCK_DGRAM);
            Console.WriteLine("Address infos: " + PythonText.Of(ai));
            var addr = ai[0][-1];

            Console.WriteLine("Send address: " + addr.ToString());
            // make the socket
            var s = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM);

            for (int i = 0; i < 10; i++)
            {
                string str = string.Format("K230 udp client send test {0} \r\n", i);
                Console.WriteLine(str);
                // send the string
                Console.WriteLine(s.SendTo(str, addr).ToString());
                Thread.Sleep(200);
            }

            // wait one second
            Thread.Sleep(1000);
            // close the socket
            s.Close();
            Console.WriteLine("end");
        }
    }
}
