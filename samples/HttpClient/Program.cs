// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Text;
using K230.Sockets;

namespace K230.Samples
{
    /// <summary>
    /// The vendor's HTTP client, step by step: asks a server for its page and prints what comes, with the stream calls
    /// or with send and recv. README.md beside this file says what differs.
    /// </summary>
    public static partial class Program
    {
        private const string HOST = "www.baidu.com";
        private const int PORT = 80;

        private static void Client(string host, int port, bool useStream)
        {
            // make the socket
            var s = new Socket();
            // get the addresses that belong to the host and the port
            AddrInfo[] ai = Socket.GetAddrInfo(host, port, Socket.AF_INET);
            Console.WriteLine("Address infos: " + PythonText.Of(ai));
            var addr = ai[0][-1];

            Console.WriteLine("Connect address: " + addr.ToString());
            // connect to the address
            s.Connect(addr);
            string request = "GET /index.html HTTP/1.0\r\nHost: " + host + "\r\n\r\n";

            if (useStream)
            {
                // the socket as a file: write the request, read until the end
                s = s.MakeFile("rwb", 0);
                s.Write(request);
                Console.WriteLine(PythonText.Of(s.Read()));
            }
            else
            {
                // message by message: send the request, receive until the end
                s.Send(request);
                byte[] rest = new byte[0]; // of a letter that the next piece goes on with
                byte[] piece;

                while ((piece = s.Recv(4096)).Length > 0)
                {
                    piece = PythonText.Join(rest, piece);
                    int whole = PythonText.WholeLetters(piece);
                    Console.Write(Encoding.UTF8.GetString(piece, 0, whole));
                    rest = new byte[piece.Length - whole];
                    Array.Copy(piece, whole, rest, 0, rest.Length);
                }

                Console.WriteLine(PythonText.Of(rest));
            }

            // close the socket
            s.Close();
        }
    }
}
