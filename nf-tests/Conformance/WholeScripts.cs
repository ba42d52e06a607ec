// K230.nanoFramework, MIT licence: see LICENSE

using System.Threading;
using nanoFramework.TestFramework;
using static K230.Sockets.Conformance.Check;

namespace K230.Sockets.Conformance
{
    /// <summary>Conformance cases C96 to C99, the scripts of the reference's section 12.</summary>
    [TestClass]
    public class WholeScripts
    {
        [TestMethod]
        public void C96_The_client_of_the_manual_writes_ten_lines()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                string expected = "";
                string seen = null;

                var server = new Worker(() =>
                {
                    string text = "";
                    Socket conn = net.Accepted(listener);
                    byte[] line = conn.ReadLine();

                    while (line.Length > 0)
                    {
                        text += ToText(line);
                        line = conn.ReadLine();
                    }

                    seen = text;
                });

                AddrInfo[] ai = Socket.GetAddrInfo(Network.Host, address.Port);
                var addr = ai[0][-1];
                var s = net.Keep(new Socket(Socket.AF_INET, Socket.SOCK_STREAM, 0));
                s.Connect(addr);

                for (int i = 0; i < 10; i++)
                {
                    string line = "K230 tcp client send test " + i.ToString() + " \r\n";
                    expected += line;
                    Assert.AreEqual(line.Length, s.Write(line), "Write");
                    Thread.Sleep(10);
                }

                s.Close();
                server.End();
                Assert.AreEqual(expected, seen, "what the listener saw");
            });
        }

        [TestMethod]
        public void C97_The_echo_server_answers_until_the_end()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                var server = new Worker(() => EchoServer(net, listener));
                Socket c = net.Connected(address);

                Text("hello #0", c.Read(8), "greeting");
                c.Write("x");
                Text("got: x", c.Read(6), "first echo");
                Thread.Sleep(50);
                c.Write("end");
                Text("got: end", c.Read(8), "second echo");
                Empty(c.Read(1), "the end");
                server.End();
            });
        }

        [TestMethod]
        public void C98_The_UDP_server_answers_three_requests()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Udp();
                s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1);
                SockAddr address = Net.Bind(s);
                var server = new Worker(() =>
                {
                    for (int i = 0; i < 3; i++)
                    {
                        var (data, peer) = s.RecvFrom(800);
                        s.SendTo("got " + ToText(data), peer);
                    }
                });
                Socket c = net.Udp();

                for (int i = 0; i < 3; i++)
                {
                    c.SendTo("request " + i.ToString(), address);
                    Text("got request " + i.ToString(), c.Recv(800), "reply");
                }

                server.End();
            });
        }

        [TestMethod]
        public void C99_The_HTTP_client_reads_a_page()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                string body = "<html>" + new string('x', 5000) + "</html>";
                string request = null;
                var server = new Worker(() =>
                {
                    Socket conn = net.Accepted(listener);
                    request = ToText(conn.ReadLine());

                    while (ToText(conn.ReadLine()) != "\r\n")
                    {
                    }

                    conn.Write("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n");
                    conn.Write(body);
                    conn.Close();
                });

                var s = net.Keep(new Socket());
                s.Connect(Socket.GetAddrInfo(Network.Host, address.Port)[0][-1]);
                s = s.MakeFile("rwb", 0);
                s.Write("GET / HTTP/1.0\r\n\r\n");
                byte[] all = s.Read();
                s.Close();

                server.End();
                Assert.AreEqual("GET / HTTP/1.0\r\n", request, "request");
                Text("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + body, all, "Read");
            });
        }

        private static void EchoServer(Net net, Socket s)
        {
            int n = 0;
            var res = s.Accept();
            var conn = net.Keep(res.Conn);
            conn.SetBlocking(false);
            conn.Write("hello #" + n.ToString());

            while (true)
            {
                byte[] h = conn.Read();

                if (h == null)
                {
                    Thread.Sleep(10);
                    continue;
                }

                if (h.Length == 0)
                {
                    conn.Close();
                    break;
                }

                conn.Write("got: " + ToText(h));

                if (ToText(h).IndexOf("end") >= 0)
                {
                    conn.Close();
                    break;
                }
            }
        }
    }
}
