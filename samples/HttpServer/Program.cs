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
        private const int PAGES = 21;

        // What a client may make the server wait, hold and read.
        private const double PATIENCE_SECONDS = 5;
        private const double FAREWELL_SECONDS = 0.5;
        private const int LONGEST_HEAD = 65536;
        private const int LONGEST_BODY = 1000000;

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
            Console.WriteLine("Listening, connect your browser to http://<this_host>:" + port + "/");

            int counter = 0;

            while (true)
            {
                // accept a client
                var res = s.Accept();
                var clientSock = res.Conn;
                var clientAddr = res.Address;
                Console.WriteLine("Client address: " + clientAddr.ToString());
                Console.WriteLine("Client socket: " + clientSock.ToString());
                clientSock.SetTimeout(PATIENCE_SECONDS);

                try
                {
                    counter += Serve(clientSock, counter);
                }
                catch (OSError e)
                {
                    // one that says nothing, or is gone, keeps nobody else waiting for long
                    Console.WriteLine("Client: " + e.Message);
                }

                // close the client's socket
                clientSock.Close();

                if (counter >= PAGES)
                {
                    Console.WriteLine("http server exit!");
                    // close the listening socket
                    s.Close();
                    break;
                }
            }
        }

        /// <summary>How many pages it was: 1 or 0.</summary>
        private static int Serve(Socket clientStream, int counter)
        {
            Console.WriteLine("Request:");
            // get the request
            string status = ReadRequest(clientStream, out bool head);
            // answer it
            string content = "";

            switch (status)
            {
                case "":
                    return 0; // it has only looked whether somebody is here
                case "200 OK":
                    content = "Hello #" + counter + " from K230.nanoFramework!\n";
                    break;
                case "413 Content Too Large":
                    content = "That is more than fits here.\n";
                    break;
                case "501 Not Implemented":
                    content = "There is only a page to look at.\n";
                    break;
                default:
                    content = "This is no request.\n";
                    break;
            }

            clientStream.Write(
                "HTTP/1.0 " + status + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " +
                content.Length + "\r\nConnection: close\r\n\r\n" + (head ? "" : content));
            ReadTheRest(clientStream);

            return status == "200 OK" ? 1 : 0;
        }

        /// <summary>The status that a request deserves, read to its end; empty when nothing came.</summary>
        private static string ReadRequest(Socket clientStream, out bool head)
        {
            head = false;
            string line = ReadLine(clientStream);

            // RFC 9112, 2.2: an empty line before a request is no part of it
            if (IsEmpty(line))
            {
                line = ReadLine(clientStream);
            }

            if (line.Length == 0)
            {
                return "";
            }

            Console.WriteLine(line.TrimEnd());
            string[] words = line.TrimEnd().Split(' ');
            head = words[0] == "HEAD";
            int length = line.Length;
            int body = 0;
            bool known = words[0] == "GET" || head;

            // read to the empty line that ends the head
            while (!IsEmpty(line = ReadLine(clientStream)))
            {
                length += line.Length;

                if (length >= LONGEST_HEAD)
                {
                    return "431 Request Header Fields Too Large";
                }

                if (!IsWhole(line))
                {
                    return "400 Bad Request"; // the client has stopped in the middle of it
                }

                Console.WriteLine(line.TrimEnd());
                string field = line.ToLower();

                if (field.IndexOf("content-length:") == 0)
                {
                    body = Number(field.Substring(15));
                }
                else if (field.IndexOf("transfer-encoding:") == 0)
                {
                    known = false; // a body without a length
                }
            }

            if (words.Length != 3 || words[2].IndexOf("HTTP/") != 0 || body < 0)
            {
                return "400 Bad Request";
            }

            if (body > LONGEST_BODY)
            {
                return "413 Content Too Large";
            }

            if (clientStream.Read(body).Length < body)
            {
                return "400 Bad Request";
            }

            return known ? "200 OK" : "501 Not Implemented";
        }

        /// <summary>A line with its end; without one where the stream ends or the line is too long for a head.</summary>
        private static string ReadLine(Socket clientStream)
        {
            return PythonText.Of(clientStream.ReadLine(LONGEST_HEAD));
        }

        private static bool IsWhole(string line)
        {
            return line.Length > 0 && line[line.Length - 1] == '\n';
        }

        private static bool IsEmpty(string line)
        {
            return line == "\r\n" || line == "\n";
        }

        /// <summary>-1: it is none.</summary>
        private static int Number(string text)
        {
            return int.TryParse(text.Trim(), out int number) && number >= 0 ? number : -1;
        }

        /// <summary>Until the client closes, or says nothing more: a close over unread bytes is a reset, and takes the
        /// answer along.</summary>
        private static void ReadTheRest(Socket clientStream)
        {
            clientStream.SetTimeout(FAREWELL_SECONDS);
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
                // ECONNRESET: many a client closes so, once it has the page
                if (e.Errno != Errno.ETIMEDOUT && e.Errno != Errno.ECONNRESET)
                {
                    throw;
                }
            }
        }
    }
}
