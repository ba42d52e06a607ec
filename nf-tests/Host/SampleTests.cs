// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using CliWrap.Buffered;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;
using NetSocket = System.Net.Sockets.Socket;

namespace K230.Sockets.HostTests
{
    /// <summary>The samples as processes, against peers of the kernel and the real curl.</summary>
    [TestClass]
    [TestCategory("Board")]
    public class SampleTests
    {
        // The lines before a server is ready.
        private const int ServerLines = 3;

        // ---- TcpServer

        [TestMethod]
        public void TcpServer_greets_ten_clients_echoes_until_end_and_exits()
        {
            int port = FreePort();

            using (var server = new Sample("TcpServer", Network.Ours, port.ToString()))
            {
                server.Skip(ServerLines);

                for (int i = 1; i <= 10; i++)
                {
                    using (NetSocket client = Connect(port))
                    {
                        Assert.AreEqual(Greeting(i), Text(Receive(client, Greeting(i).Length)));

                        switch (i)
                        {
                            case 1: // the whole script
                                client.Send(Bytes("x"));
                                Assert.AreEqual("recv :x", Text(Receive(client, 7)));
                                Thread.Sleep(300);
                                client.Send(Bytes("the end"));
                                Assert.AreEqual("recv :the end", Text(ReceiveAll(client)));
                                break;
                            case 2: // goes without a word
                                break;
                            case 3:
                                Reset(client);
                                break;
                            default:
                                client.Send(Bytes("end"));
                                Assert.AreEqual("recv :end", Text(ReceiveAll(client)));
                                break;
                        }
                    }
                }

                server.ExpectLast("server exit!");
                server.Ends(0);
            }
        }

        [TestMethod]
        public void TcpServer_sends_every_byte_back_unchanged()
        {
            int port = FreePort();

            using (var server = new Sample("TcpServer", Network.Ours, port.ToString()))
            {
                server.Skip(ServerLines);
                server.ReadOn();

                using (NetSocket client = Connect(port))
                {
                    Receive(client, Greeting(1).Length);

                    // The two bytes of one letter, each alone.
                    client.Send(new byte[] { 0xC3 });
                    AreSame(new byte[] { (byte)'r', (byte)'e', (byte)'c', (byte)'v', (byte)' ', (byte)':', 0xC3 },
                        Receive(client, 7));
                    client.Send(new byte[] { 0xA9 });
                    AreSame(new byte[] { (byte)'r', (byte)'e', (byte)'c', (byte)'v', (byte)' ', (byte)':', 0xA9 },
                        Receive(client, 7));
                    client.Send(Bytes("end"));
                    ReceiveAll(client);
                }

                using (NetSocket client = Connect(port))
                {
                    Receive(client, Greeting(1).Length);

                    // More than every buffer on the way holds, to a client that reads late.
                    const int Count = 4000000;
                    byte[] much = new byte[Count];
                    Array.Fill(much, (byte)'y');
                    Running<int> sends = Start(() =>
                    {
                        client.Send(much);
                        client.Send(Bytes("end"));
                    });
                    Thread.Sleep(300);
                    byte[] back = Soon(() => ReceiveAll(client));
                    sends.Result();
                    Assert.AreEqual(Count, back.Count(one => one == 'y'));
                }
            }
        }

        // ---- UdpClient, UdpServer

        [TestMethod]
        public void UdpClient_sends_ten_lines_as_ten_datagrams()
        {
            using (NetSocket peer = KernelUdp())
            using (var client = new Sample("UdpClient", Network.Kernel, At(peer).Port.ToString()))
            {
                byte[] buffer = new byte[1000];

                for (int i = 0; i < 10; i++)
                {
                    int length = peer.Receive(buffer);
                    Assert.AreEqual("K230 udp client send test " + i + " \r\n", Text(buffer[..length]));
                }

                client.ExpectLast("end");
                client.Ends(0);
            }
        }

        [TestMethod]
        public void UdpServer_answers_ten_datagrams_and_exits()
        {
            int port = FreePort(SocketType.Dgram);

            using (var server = new Sample("UdpServer", Network.Ours, port.ToString()))
            using (NetSocket client = KernelUdp())
            {
                server.Skip(ServerLines);
                byte[] buffer = new byte[1000];

                for (int i = 0; i < 10; i++)
                {
                    string question = i == 4 ? "" : "question " + i; // an empty datagram is one too
                    client.SendTo(Bytes(question), new SockAddr(Network.Ours, port));
                    int length = client.Receive(buffer);
                    Assert.AreEqual(question + " have recv count=" + i + " ", Text(buffer[..length]));
                }

                server.ExpectLast("udp server exit!!");
                server.Ends(0);
            }
        }

        [TestMethod]
        public void UdpServer_answers_with_the_bytes_that_came()
        {
            int port = FreePort(SocketType.Dgram);

            using (var server = new Sample("UdpServer", Network.Ours, port.ToString()))
            using (NetSocket client = KernelUdp())
            {
                server.Skip(ServerLines);
                byte[] question = { 0xFF, 0, 0xC3 }; // no text
                client.SendTo(question, new SockAddr(Network.Ours, port));
                byte[] buffer = new byte[1000];
                int length = client.Receive(buffer);
                AreSame(question.Concat(Bytes(" have recv count=0 ")).ToArray(), buffer[..length]);
            }
        }

        // ---- HttpClient

        [TestMethod]
        [DataRow("stream")]
        [DataRow("recv")]
        public void HttpClient_prints_the_page_that_a_server_sends_in_pieces(string variant)
        {
            using (NetSocket listener = KernelListener())
            using (var client = new Sample("HttpClient", variant, Network.Kernel, At(listener).Port.ToString()))
            {
                using (NetSocket connection = AcceptSoon(listener))
                {
                    string request = "GET /index.html HTTP/1.0\r\nHost: " + Network.Kernel + "\r\n\r\n";
                    Assert.AreEqual(request, Text(Receive(connection, request.Length)));
                    connection.Send(Bytes("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n"));

                    for (int i = 0; i < 500; i++)
                    {
                        connection.Send(Bytes("line " + i + " of the page\n"));
                    }
                }

                client.Skip(2);
                client.Expect("HTTP/1.0 200 OK");
                client.Expect("Content-Type: text/plain");
                client.Expect("");

                for (int i = 0; i < 500; i++)
                {
                    client.Expect("line " + i + " of the page");
                }

                client.Ends(0);
            }
        }

        [TestMethod]
        [DataRow("stream")]
        [DataRow("recv")]
        public void HttpClient_cuts_no_letter_of_two_bytes(string variant)
        {
            const int Count = 10000;

            using (NetSocket listener = KernelListener())
            using (var client = new Sample("HttpClient", variant, Network.Kernel, At(listener).Port.ToString()))
            {
                using (NetSocket connection = AcceptSoon(listener))
                {
                    string request = "GET /index.html HTTP/1.0\r\nHost: " + Network.Kernel + "\r\n\r\n";
                    Receive(connection, request.Length);

                    // An odd byte first, so that every piece of even length ends within a letter.
                    connection.Send(Bytes("x" + new string('\u00e9', Count)));
                }

                client.Skip(2);
                client.Expect("x" + new string('\u00e9', Count));
                client.Ends(0);
            }
        }

        // ---- HttpServer

        [TestMethod]
        public void HttpServer_counts_its_visitors_and_outlives_the_odd_ones()
        {
            int port = FreePort();
            string url = "http://" + Network.Ours + ":" + port + "/";

            using (var server = new Sample("HttpServer", Network.Ours, port.ToString()))
            {
                server.Skip(2);
                server.ReadOn();

                Assert.AreEqual("200 " + Page(0), Curl(url));
                Assert.AreEqual("200 " + Page(1), Curl(url + "any/other?page=1"));
                Assert.AreEqual(
                    "200 " + Page(2), Curl("--header", "X-Long: " + new string('x', 30000), url), "a long header");

                Connect(port).Dispose();
                Reset(Connect(port));

                using (NetSocket silent = Connect(port))
                {
                    Assert.AreEqual(0, silent.Receive(new byte[1]), "it is sent away");
                }

                // Several at once wait for their turn. Whether the reset one was a visitor is the network stack's to say:
                // a stack that forgets it before it is accepted is right too.
                Running<string>[] visitors = Enumerable.Range(0, 5).Select(_ => Start(() => Curl(url))).ToArray();
                string[] answers = visitors.Select(visitor => visitor.Result()).ToArray();
                int first = answers.Contains("200 " + Page(5)) ? 5 : 6;
                CollectionAssert.AreEquivalent(
                    Enumerable.Range(first, 5).Select(i => "200 " + Page(i)).ToArray(), answers);
            }
        }

        /// <summary>An answer that a reset takes along is no answer, so ReceiveAll must see the end.</summary>
        [TestMethod]
        public void HttpServer_answers_once_the_empty_line_or_the_end_of_the_stream_has_come()
        {
            int port = FreePort();

            using (var server = new Sample("HttpServer", Network.Ours, port.ToString()))
            {
                server.Skip(2);
                server.ReadOn();

                const string GET = "GET / HTTP/1.1\r\n";
                Assert.AreEqual(Answer(0), Ask(port, GET + "\r\n"));
                Assert.AreEqual(Answer(1), Ask(port, GET + "A: b\r\n \r\nC: d\r\n\r\n"), "a line of blanks");
                Assert.AreEqual(
                    Answer(2), Ask(port, string.Concat(Enumerable.Repeat("A: b\r\n", 1000).Prepend(GET)) + "\r\n"),
                    "many short lines");
                Assert.AreEqual(Answer(3), Ask(port, GET + "A: b\r\n", true), "it ends before its empty line");
                Assert.AreEqual(Answer(4), Ask(port, GET.Substring(0, 9), true), "it ends in its first line");
            }
        }

        [TestMethod]
        public void HttpServer_exits_after_21_visitors()
        {
            int port = FreePort();

            using (var server = new Sample("HttpServer", Network.Ours, port.ToString()))
            {
                server.Skip(2);

                for (int i = 0; i < 21; i++)
                {
                    Assert.AreEqual(Answer(i), Ask(port, "GET / HTTP/1.0\r\n\r\n"));
                }

                server.ExpectLast("http server exit!");
                server.Ends(0);
            }
        }

        // ---- Ctrl-C

        [TestMethod]
        [DataRow("TcpServer", SocketType.Stream)]
        [DataRow("UdpServer", SocketType.Dgram)]
        [DataRow("HttpServer", SocketType.Stream)]
        public void Ctrl_C_ends_a_server_without_a_word(string name, SocketType type)
        {
            using (var server = new Sample(name, Network.Ours, FreePort(type).ToString()))
            {
                server.Skip(2);
                server.Interrupt();
                server.Ends(130);
                Assert.AreEqual("", server.Errors.Trim());
            }
        }

        // ---- wrong input

        [TestMethod]
        [DataRow("TcpServer")]
        [DataRow("UdpClient")]
        [DataRow("UdpServer")]
        [DataRow("HttpClient")]
        [DataRow("HttpServer")]
        public void A_host_that_nobody_knows_is_said_in_one_line(string name)
        {
            using (var sample = new Sample(name, "nowhere.invalid", "60000"))
            {
                sample.Ends(1);
                string[] lines = sample.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
                Assert.AreEqual(1, lines.Length, sample.Errors);
                StringAssert.StartsWith(lines[0], name + ": cannot find the address of nowhere.invalid: EAI_");
            }
        }

        [TestMethod]
        [DataRow("TcpServer")]
        [DataRow("UdpServer")]
        [DataRow("HttpServer")]
        public void A_server_that_cannot_have_its_address_says_so_in_one_line(string name)
        {
            using (var server = new Sample(name, "203.0.113.1", "60000"))
            {
                server.Ends(1);
                Assert.AreEqual(
                    name + ": cannot serve at 203.0.113.1:60000: EADDRNOTAVAIL (99)", server.Errors.Trim());
            }
        }

        [TestMethod]
        public void A_client_of_a_closed_port_says_so_in_one_line()
        {
            int port = FreePort();

            using (var client = new Sample("HttpClient", Network.Kernel, port.ToString()))
            {
                client.Ends(1);
                Assert.AreEqual(
                    "HttpClient: cannot reach " + Network.Kernel + ":" + port + ": ECONNREFUSED (111)",
                    client.Errors.Trim());
            }
        }

        [TestMethod]
        [DataRow("UdpClient", "65536", "UdpClient: the port must be a number from 0 to 65535, not '65536'")]
        [DataRow("TcpServer", "ten", "TcpServer: the port must be a number from 0 to 65535, not 'ten'")]
        [DataRow("HttpServer", "", "HttpServer: the port must be a number from 0 to 65535, not ''")]
        public void A_port_that_is_none_is_refused_in_one_line(string name, string port, string line)
        {
            using (var sample = new Sample(name, "127.0.0.1", port))
            {
                sample.Ends(1);
                Assert.AreEqual(line, sample.Errors.Trim());
            }
        }

        [TestMethod]
        public void Too_many_or_unknown_arguments_are_refused_in_one_line()
        {
            using (var server = new Sample("UdpServer", "127.0.0.1", "1", "2"))
            using (var client = new Sample("HttpClient", "file", "127.0.0.1", "1"))
            {
                server.Ends(1);
                Assert.AreEqual(
                    "UdpServer: takes HOST and PORT, or nothing for 0.0.0.0 60000; got 3 arguments",
                    server.Errors.Trim());
                client.Ends(1);
                Assert.AreEqual(
                    "HttpClient: the first of 3 arguments must be stream or recv, not 'file'; HOST and PORT may follow",
                    client.Errors.Trim());
            }
        }

        private static string Greeting(int counter)
        {
            return "\nHello #" + counter + " from K230.nanoFramework!\n";
        }

        private static NetSocket Connect(int port)
        {
            return KernelConnect(new SockAddr(Network.Ours, port));
        }

        /// <summary>The status that a request gets. It is sent in one piece, and the answer read to its end.</summary>
        private static string Page(int counter)
        {
            return "Hello #" + counter + " from K230.nanoFramework!\n";
        }

        private static string Answer(int counter)
        {
            return "HTTP/1.0 200 OK\r\n\r\n" + Page(counter);
        }

        private static string Ask(int port, string request, bool end = false)
        {
            using (NetSocket client = Connect(port))
            {
                client.Send(Bytes(request));

                if (end)
                {
                    client.Shutdown(SocketShutdown.Send);
                }

                return Text(Soon(() => ReceiveAll(client)));
            }
        }

        /// <summary>What curl got: the status and the body. It must have nothing to complain about.</summary>
        private static string Curl(params string[] arguments)
        {
            BufferedCommandResult curl = Run("curl",
            [
                "--silent", "--show-error", "--max-time", (DeadlineMs / 1000).ToString(), "--noproxy", "*",
                "--write-out", "%{stderr}%{http_code} ", .. arguments,
            ]);

            return curl.StandardError + curl.StandardOutput;
        }
    }

    /// <summary>A sample of samples/, with its arguments.</summary>
    internal sealed class Sample : Child
    {
        internal Sample(string name, params string[] arguments)
            : base(App(name, arguments))
        {
        }

        internal void Skip(int lines)
        {
            for (int i = 0; i < lines; i++)
            {
                if (Line() == null)
                {
                    Assert.Fail("it has ended: " + Errors);
                }
            }
        }

        /// <summary>What Ctrl-C does.</summary>
        internal void Interrupt()
        {
            const int SIGINT = 2;

            Signal(Id, SIGINT);
        }

        /// <summary>This is its last line, whatever comes before.</summary>
        internal void ExpectLast(string expected)
        {
            string last = null;
            string line;

            while ((line = Line()) != null)
            {
                last = line;
            }

            Assert.AreEqual(expected, last, Errors);
        }

        /// <summary>Keeps its output from filling the pipe.</summary>
        internal void ReadOn()
        {
            Start(() =>
            {
                while (Line() != null)
                {
                }
            });
        }
    }
}
