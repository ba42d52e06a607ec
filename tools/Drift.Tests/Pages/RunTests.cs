// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using System.Threading.Tasks;
using K230.Tools;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Drift.Tests.Pages
{
    /// <summary>Whole programs of the pages run, over the virtual board and against sockets of .NET.</summary>
    [TestClass]
    public class RunTests
    {
        private static readonly Repository s_repository = new Repository(Checkout.Around(AppContext.BaseDirectory));
        private static readonly Lazy<CSharpBlocks> s_blocks = new(() => new CSharpBlocks(s_repository));
        private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

        [TestMethod]
        public void The_first_program_of_a_project_of_its_own_says_hello()
        {
            const string Page = "docs/start/no-board.md";
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            string port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString();
            string page = s_repository.Read(Page);
            Block program = Block.Of(Page, page.Replace("\"127.0.0.1\", 60000", "\"127.0.0.1\", " + port))
                .Single(block => block.Language == "csharp");
            Task run = Task.Run(
                () => s_blocks.Value.Load(program).EntryPoint.Invoke(null, new object[] { Array.Empty<string>() }));

            using TcpClient peer = Soon(listener.AcceptTcpClientAsync());
            Assert.AreEqual("hello\r\n", Receive(peer.Client));
            Soon(run);
        }

        [TestMethod]
        public void The_server_of_the_page_on_porting_sends_each_line_back()
        {
            int port = FreePort(SocketType.Stream, ProtocolType.Tcp);
            Task run = Start("A server", port);
            using TcpClient peer = Connect(port, run);
            peer.Client.Send(Encoding.ASCII.GetBytes("one\ntwo\n"));
            peer.Client.Shutdown(SocketShutdown.Send);
            Assert.AreEqual("got: one\ngot: two\n", Receive(peer.Client));
            Soon(run);
        }

        [TestMethod]
        public void The_server_for_several_clients_answers_whichever_speaks()
        {
            int port = FreePort(SocketType.Stream, ProtocolType.Tcp);
            Task run = Start("A server for several clients", port); // which serves until this process ends
            using TcpClient first = Connect(port, run);
            using TcpClient second = Connect(port, run);

            foreach (TcpClient peer in new[] { second, first })
            {
                peer.Client.Send(Encoding.ASCII.GetBytes("hello"));
                peer.Client.Shutdown(SocketShutdown.Send);
                Assert.AreEqual("hello", Receive(peer.Client));
            }

            Assert.IsFalse(run.IsCompleted);
        }

        [TestMethod]
        public void The_datagrams_of_the_page_on_porting_are_answered()
        {
            int port = FreePort(SocketType.Dgram, ProtocolType.Udp);
            Task run = Start("Datagrams", port);
            using var peer = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
            Task<UdpReceiveResult> answer = peer.ReceiveAsync();

            while (!run.IsCompleted && !answer.IsCompleted)
            {
                // Before it is bound nobody hears it.
                peer.Send(Encoding.ASCII.GetBytes("x"), 1, new IPEndPoint(IPAddress.Loopback, port));
                Task.WhenAny(answer, Task.Delay(20)).Wait();
            }

            Assert.AreEqual("got x", Encoding.ASCII.GetString(Soon(answer).Buffer));
            Soon(run);
        }

        private static TcpClient Connect(int port, Task server)
        {
            while (true)
            {
                try
                {
                    return new TcpClient("127.0.0.1", port);
                }
                catch (SocketException) when (!server.IsCompleted)
                {
                    Task.Delay(20).Wait(); // it does not listen yet
                }
            }
        }

        // The block under a heading, with the port that it is given.
        private static Task Start(string heading, int port)
        {
            const string Page = "docs/start/port-a-script.md";
            string page = s_repository.Read(Page);
            string section = page.Substring(page.IndexOf("\n## " + heading + "\n", StringComparison.Ordinal));
            Block block = Block.Of(Page, section).First(one => one.Language == "csharp");
            MethodInfo run = s_blocks.Value.Load(block).GetType("OfThePage")
                .GetMethod("Run", BindingFlags.NonPublic | BindingFlags.Static);

            return Task.Run(() => run.Invoke(null, new object[] { port }));
        }

        private static int FreePort(SocketType type, ProtocolType protocol)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

            return ((IPEndPoint)socket.LocalEndPoint).Port;
        }

        // To the end of the stream.
        private static string Receive(Socket socket)
        {
            var text = new StringBuilder();
            byte[] buffer = new byte[1000];
            int count;
            socket.ReceiveTimeout = (int)s_deadline.TotalMilliseconds;

            while ((count = socket.Receive(buffer)) > 0)
            {
                text.Append(Encoding.ASCII.GetString(buffer, 0, count));
            }

            return text.ToString();
        }

        private static void Soon(Task task)
        {
            task.WaitAsync(s_deadline).GetAwaiter().GetResult();
        }

        private static T Soon<T>(Task<T> task)
        {
            return task.WaitAsync(s_deadline).GetAwaiter().GetResult();
        }
    }
}
