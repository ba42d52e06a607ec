// K230.nanoFramework, MIT licence: see LICENSE

using System;
using K230.Sockets;

namespace K230.Samples
{
    /// <summary>
    /// The vendor's HTTP server, step by step: a page that counts its visitors, for ever. README.md beside this file
    /// says what differs.
    /// </summary>
    public static partial class Program
    {
        private const string HOST = "0.0.0.0";
        private const int PORT = 8081;

        // What a client may make the server wait, hold and read.
        private const double PATIENCE_SECONDS = 5;
        private const int LONGEST_LINE = 8192;
        private const int MOST_LINES = 100;
        private const int LONGEST_BODY = 1000000;

        private static void Server(string host, int port)
        {
            // make the socket
            var s = new Socket();
            // get the addresses that belong to the host and the port
            AddrInfo[] ai = Socket.GetAddrInfo(host, port, Socket.AF_INET);
            Console.WriteLine("Bind address info: " + PythonText.Of(ai));
            var addr = ai[0][-1];

            // set its options, bind and listen
            s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);
            s.Bind(addr);
            s.Listen(5);
            Console.WriteLine("Listening, connect your browser to http://<this_host>:" + port + "/");
            int counter = 0;

            while (true)
            {
                // accept a client
                var (clientSock, clientAddr) = s.Accept();
                Console.WriteLine("Client address: " + clientAddr.ToString());
                Console.WriteLine("Client socket: " + clientSock.ToString());

                try
                {
                    clientSock.SetTimeout(PATIENCE_SECONDS);
                    Answer(clientSock, ref counter);
                }
                catch (OSError e)
                {
                    // one that says nothing, or is gone, keeps nobody else waiting for long
                    Console.WriteLine("Client: " + e.Message);
                }

                // close the client's socket
                clientSock.Close();
            }
        }

        private static void Answer(Socket clientStream, ref int counter)
        {
            Console.WriteLine("Request:");
            string request = Line(clientStream);
            Console.WriteLine(request);

            if (request.Length == 0)
            {
                return; // it has only looked whether somebody is here
            }

            string[] words = request.Split(' ');
            int body = 0;
            string header;
            int lines = 0;

            // read to the empty line that ends the request
            while ((header = Line(clientStream)).Length > 0 && lines++ < MOST_LINES)
            {
                Console.WriteLine(header);
                body = header.ToLower().IndexOf("content-length:") == 0 ? Number(header.Substring(15)) : body;
            }

            bool head = words[0] == "HEAD";

            if (words.Length != 3 || words[2].IndexOf("HTTP/") != 0 || header.Length > 0 || body < 0)
            {
                Write(clientStream, "400 Bad Request", "This is no request.\n", false);
                ReadTheRest(clientStream);
            }
            else if (body > LONGEST_BODY)
            {
                Write(clientStream, "413 Content Too Large", "That is more than fits here.\n", false);
                ReadTheRest(clientStream);
            }
            else if (words[0] != "GET" && !head)
            {
                clientStream.Read(body);
                Write(clientStream, "501 Not Implemented", "There is only a page to look at.\n", false);
            }
            else
            {
                clientStream.Read(body);
                Write(clientStream, "200 OK", "Hello #" + counter + " from K230.nanoFramework!\n", head);
                counter += 1;
            }
        }

        private static void Write(Socket clientStream, string status, string content, bool head)
        {
            clientStream.Write(
                "HTTP/1.0 " + status + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " +
                content.Length + "\r\nConnection: close\r\n\r\n" + (head ? "" : content));
        }

        /// <summary>What is not read makes Close a reset, which takes the answer along.</summary>
        private static void ReadTheRest(Socket clientStream)
        {
            clientStream.SetTimeout(0.5);
            int left = LONGEST_BODY;

            try
            {
                byte[] piece;

                while (left > 0 && (piece = clientStream.Recv(4096)).Length > 0)
                {
                    left -= piece.Length;
                }
            }
            catch (OSError e)
            {
                if (e.Errno != Errno.ETIMEDOUT)
                {
                    throw;
                }
            }
        }

        /// <summary>A line without its end; empty for an empty one and at the end of the stream.</summary>
        private static string Line(Socket clientStream)
        {
            return PythonText.Of(clientStream.ReadLine(LONGEST_LINE)).Trim();
        }

        /// <summary>-1: it is none.</summary>
        private static int Number(string text)
        {
            return int.TryParse(text.Trim(), out int number) && number >= 0 ? number : -1;
        }
    }
}
