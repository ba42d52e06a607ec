// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;
using NetSocket = System.Net.Sockets.Socket;

namespace K230.Sockets.HostTests
{
    /// <summary>Several threads on one socket and on several, and Close under their hands.</summary>
    [TestClass]
    public class ThreadTests
    {
        // How soon a call must end when another thread closes its socket. Far more than it takes.
        private const int WakeMs = 5000;

        // ---- close wakes

        [TestMethod]
        [DataRow("Recv")]
        [DataRow("Recv 0")]
        [DataRow("Recv timed")]
        [DataRow("RecvFrom")]
        [DataRow("Read")]
        [DataRow("Read n")]
        [DataRow("ReadInto")]
        [DataRow("ReadLine")]
        public void Close_wakes_a_waiting_receiver_with_EBADF(string call)
        {
            // Several at once, and several times: the close may fall into any moment of the wait.
            for (int i = 0; i < 20; i++)
            {
                using (Pair pair = Pair.Connected())
                {
                    pair.Ours.SetTimeout(call == "Recv timed" ? 1000 : double.PositiveInfinity);
                    Running<int>[] waiting = Enumerable.Range(0, 2).Select(_ => Start(() =>
                    {
                        switch (call)
                        {
                            case "Recv":
                            case "Recv timed":
                                return pair.Ours.Recv(10).Length;
                            case "Recv 0":
                                return pair.Ours.Recv(0).Length;
                            case "RecvFrom":
                                return pair.Ours.RecvFrom(10).Data.Length;
                            case "Read":
                                return pair.Ours.Read().Length;
                            case "Read n":
                                return pair.Ours.Read(100).Length;
                            case "ReadInto":
                                return pair.Ours.ReadInto(new byte[10]);
                            default:
                                return pair.Ours.ReadLine().Length;
                        }
                    })).ToArray();

                    if (i == 0)
                    {
                        pair.Peer.Send(call.StartsWith("Rec", StringComparison.Ordinal) ? [] : Bytes("some"));
                        LetItWait(waiting[0]);
                        LetItWait(waiting[1]);
                    }

                    Thread.SpinWait(i * 500);
                    pair.Ours.Close();
                    waiting[0].Fails(Errno.EBADF, WakeMs);
                    waiting[1].Fails(Errno.EBADF, WakeMs);
                }
            }
        }

        [TestMethod]
        public void Close_wakes_a_waiting_Accept_with_EBADF()
        {
            for (int i = 0; i < 30; i++)
            {
                using (Socket listener = OurListener(out SockAddr address))
                {
                    if (i % 2 == 0)
                    {
                        listener.SetTimeout(1000);
                    }

                    Running<AcceptResult> one = Start(() => listener.Accept());
                    Running<AcceptResult> two = Start(() => listener.Accept());

                    if (i < 2)
                    {
                        LetItWait(one);
                        LetItWait(two);
                    }

                    Thread.SpinWait(i * 300);
                    listener.Close();
                    one.Fails(Errno.EBADF, WakeMs);
                    two.Fails(Errno.EBADF, WakeMs);

                    // The other core closes it a moment later.
                    Until(() => LifeTests.ErrorOf(() => KernelConnect(address).Dispose()) ==
                        SocketError.ConnectionRefused);
                }
            }
        }

        [TestMethod]
        public void Close_wakes_a_waiting_Connect_with_EBADF()
        {
            using (FullListener full = FullListener.Make())
            {
                for (int i = 0; i < 10; i++)
                {
                    using (var s = new Socket())
                    {
                        Running<int> connect = Start(() => s.Connect(full.Address));

                        if (i < 2)
                        {
                            LetItWait(connect);
                        }

                        s.Close();
                        connect.Fails(Errno.EBADF, WakeMs);
                    }
                }
            }
        }

        [TestMethod]
        [DataRow("Send")]
        [DataRow("SendAll")]
        [DataRow("Write")]
        [DataRow("Write timed")]
        public void Close_wakes_a_waiting_sender_with_EBADF(string call)
        {
            for (int i = 0; i < 3; i++)
            {
                using (Pair pair = Pair.Connected())
                {
                    Fill(pair.Ours);
                    byte[] much = new byte[5000000];

                    Action send = () =>
                    {
                        switch (call)
                        {
                            case "Send":
                                pair.Ours.Send(much);
                                break;
                            case "SendAll":
                                pair.Ours.SendAll(much);
                                break;
                            default:
                                pair.Ours.Write(much);
                                break;
                        }
                    };

                    if (call == "Write timed")
                    {
                        pair.Ours.SetTimeout(1000);
                    }

                    Running<int> one = Start(send, call);
                    Running<int> two = Start(send, call);

                    if (i == 0)
                    {
                        LetItWait(one);
                        LetItWait(two);
                    }

                    pair.Ours.Close();
                    one.Fails(Errno.EBADF, WakeMs);
                    two.Fails(Errno.EBADF, WakeMs);
                }
            }
        }

        [TestMethod]
        public void Close_wakes_a_waiting_datagram_receiver_with_EBADF()
        {
            using (var s = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM))
            {
                s.Bind(AnyPort);
                Running<byte[]> receive = Start(() => s.Recv(10));
                LetItWait(receive);
                s.Close();
                receive.Fails(Errno.EBADF, WakeMs);
            }
        }

        [TestMethod]
        public void Close_wakes_whoever_waits_on_a_new_socket_in_the_slot_too()
        {
            // The old waiter must not go on on the new socket.
            for (int i = 0; i < 20; i++)
            {
                using (Pair pair = Pair.Connected())
                {
                    int number = pair.Ours.FileNo();
                    Running<byte[]> receive = Start(() => pair.Ours.Recv(10));
                    Thread.SpinWait(i * 1000);
                    pair.Ours.Close();

                    using (Pair next = Pair.Connected())
                    {
                        Assert.AreEqual(number, next.Ours.FileNo());
                        next.Peer.Send(Bytes("not yours"));
                        receive.Fails(Errno.EBADF, WakeMs);
                        Assert.AreEqual("not yours", Text(Soon(() => next.Ours.Read(9))));
                    }
                }
            }
        }

        // ---- sharing

        [TestMethod]
        public void Two_readers_of_one_socket_get_each_byte_once()
        {
            const int Count = 2000000;
            byte[] bytes = new byte[Count * 4];
            var seen = new int[Count];

            for (int i = 0; i < Count; i++)
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(i * 4), i);
            }

            using (Pair pair = Pair.Connected())
            {
                Running<int> peer = Start(() =>
                {
                    pair.Peer.Send(bytes);
                    pair.Peer.Shutdown(SocketShutdown.Send);
                });

                // Each transfer takes whole numbers: the ring and every request are multiples of 4.
                Running<byte[]>[] readers = Enumerable.Range(0, 2).Select(reader => Start(() =>
                {
                    var all = new System.IO.MemoryStream();
                    byte[] piece;

                    while ((piece = pair.Ours.Recv(1)).Length != 0)
                    {
                        all.Write(piece);
                        piece = pair.Ours.Recv(4096);
                        all.Write(piece);
                    }

                    return all.ToArray();
                })).ToArray();
                var counts = new long[256];

                foreach (Running<byte[]> reader in readers)
                {
                    foreach (byte b in reader.Result())
                    {
                        counts[b]++;
                    }
                }

                foreach (byte b in bytes)
                {
                    counts[b]--;
                }

                Assert.IsTrue(counts.All(count => count == 0), "bytes are lost or came twice");
                peer.Result();
            }
        }

        [TestMethod]
        public void Two_readers_of_lines_get_each_line_once_and_whole()
        {
            const int Lines = 20000;

            using (Pair pair = Pair.Connected())
            {
                Running<int> peer = Start(() =>
                {
                    for (int i = 0; i < Lines; i += 100)
                    {
                        pair.Peer.Send(Bytes(string.Concat(Enumerable.Range(i, 100).Select(n => "line " + n + "\n"))));
                    }

                    pair.Peer.Shutdown(SocketShutdown.Send);
                });
                Running<List<string>>[] readers = Enumerable.Range(0, 2).Select(_ => Start(() =>
                {
                    var lines = new List<string>();
                    byte[] line;

                    while ((line = pair.Ours.ReadLine()).Length != 0)
                    {
                        lines.Add(Text(line));
                    }

                    return lines;
                })).ToArray();
                List<string> all = readers.SelectMany(reader => reader.Result()).ToList();

                Assert.AreEqual(Lines, all.Count);
                CollectionAssert.AreEquivalent(
                    Enumerable.Range(0, Lines).Select(n => "line " + n + "\n").ToList(), all);
                peer.Result();
            }
        }

        [TestMethod]
        public void Small_writes_of_several_threads_are_never_interleaved()
        {
            const int Writers = 4;
            const int Messages = 2000;

            using (Pair pair = Pair.Connected(null, 4096))
            {
                SmallSendBuffer(pair.Ours);
                Running<int>[] writers = Enumerable.Range(0, Writers).Select(writer => Start(() =>
                {
                    for (int i = 0; i < Messages; i++)
                    {
                        // A length, then as many bytes of one value. The ring is full most of the time.
                        int length = 1 + (i * 37 + writer) % 1500;
                        byte[] message = new byte[length + 4];
                        BitConverter.TryWriteBytes(message, length);
                        Array.Fill(message, (byte)writer, 4, length);

                        if (i % 3 == 0)
                        {
                            pair.Ours.SendAll(message);
                        }
                        else
                        {
                            Assert.AreEqual(message.Length, pair.Ours.Write(message));
                        }
                    }
                })).ToArray();
                var counts = new int[Writers];

                Soon(() =>
                {
                    for (int i = 0; i < Writers * Messages; i++)
                    {
                        int length = BitConverter.ToInt32(Receive(pair.Peer, 4));
                        Assert.IsTrue(length > 0 && length <= 1500, "message " + i + " has length " + length);
                        byte[] body = Receive(pair.Peer, length);
                        Assert.IsTrue(body.All(b => b == body[0]), "message " + i + " is mixed");
                        counts[body[0]]++;
                    }
                }, 60000);

                foreach (Running<int> writer in writers)
                {
                    writer.Result();
                }

                CollectionAssert.AreEqual(Enumerable.Repeat(Messages, Writers).ToArray(), counts);
            }
        }

        [TestMethod]
        public void One_socket_sends_and_receives_at_once_from_two_threads()
        {
            byte[] bytes = Random(20000000);

            using (Pair pair = Pair.Connected())
            {
                // The peer sends everything back.
                Running<int> echo = Start(() =>
                {
                    byte[] piece = new byte[65536];
                    int got;

                    while ((got = pair.Peer.Receive(piece)) != 0)
                    {
                        pair.Peer.Send(piece, 0, got, SocketFlags.None);
                    }
                });
                Running<int> send = Start(() => pair.Ours.SendAll(bytes));
                AreSame(bytes, Soon(() => pair.Ours.Read(bytes.Length)));
                send.Result();
                pair.Ours.Close();
                echo.Result();
            }
        }

        [TestMethod]
        public void Three_threads_with_sockets_of_their_own_do_not_mix()
        {
            Running<int>[] threads = Enumerable.Range(0, 3).Select(thread => Start(() =>
            {
                for (int i = 0; i < 10; i++)
                {
                    byte[] bytes = Random(300000, thread * 100 + i);

                    using (Pair pair = i % 2 == 0 ? Pair.Connected() : Pair.Accepted())
                    {
                        Running<int> send = Start(() => pair.Peer.Send(bytes));
                        byte[] read = pair.Ours.Read(bytes.Length);
                        send.Result();
                        AreSame(bytes, read, "thread " + thread);
                        send = Start(() => pair.Ours.SendAll(read));
                        AreSame(bytes, Receive(pair.Peer, bytes.Length), "thread " + thread);
                        send.Result();
                    }
                }
            })).ToArray();

            foreach (Running<int> thread in threads)
            {
                thread.Result(60000);
            }
        }

        [TestMethod]
        public void Two_threads_in_Accept_get_each_connection_once()
        {
            const int Clients = 200;

            using (Socket listener = OurListener(out SockAddr address))
            {
                var seen = new bool[Clients];
                Running<int>[] servers = Enumerable.Range(0, 3).Select(_ => Start(() =>
                {
                    int count = 0;

                    try
                    {
                        while (true)
                        {
                            using (Socket conn = listener.Accept().Conn)
                            {
                                int number = BitConverter.ToInt32(conn.Read(4));

                                lock (seen)
                                {
                                    Assert.IsFalse(seen[number]);
                                    seen[number] = true;
                                }

                                conn.Write("ok");
                                count++;
                            }
                        }
                    }
                    catch (OSError e) when (e.Errno == Errno.EBADF)
                    {
                        return count;
                    }
                })).ToArray();

                for (int i = 0; i < Clients; i++)
                {
                    using (NetSocket client = KernelConnect(address))
                    {
                        client.Send(BitConverter.GetBytes(i));
                        Assert.AreEqual("ok", Text(ReceiveAll(client)));
                    }
                }

                listener.Close();
                Assert.AreEqual(Clients, servers.Sum(server => server.Result()));
            }
        }

        [TestMethod]
        public void Everything_at_once_ends_in_nothing_worse_than_an_OSError()
        {
            var stop = new ManualResetEventSlim();
            int[] allowed =
            {
                Errno.EBADF, Errno.ETIMEDOUT, Errno.EAGAIN, Errno.EPIPE, Errno.ECONNRESET, Errno.ENOTCONN, Errno.EISCONN,
                Errno.EINVAL, Errno.EALREADY, Errno.EINPROGRESS, Errno.ECONNREFUSED, Errno.EADDRINUSE, Errno.EMFILE,
                Errno.EADDRNOTAVAIL, Errno.ECONNABORTED,
            };

            using (NetSocket server = KernelListener())
            using (stop)
            {
                Start(() =>
                {
                    while (!stop.IsSet)
                    {
                        NetSocket peer = server.Accept();
                        ThreadPool.QueueUserWorkItem(_ =>
                        {
                            try
                            {
                                byte[] piece = new byte[5000];
                                peer.ReceiveTimeout = 200;
                                peer.SendTimeout = 200;

                                while (peer.Receive(piece) is int got && got != 0)
                                {
                                    peer.Send(piece, 0, got, SocketFlags.None);
                                }
                            }
                            catch (SocketException)
                            {
                            }

                            peer.Dispose();
                        });
                    }
                });

                var shared = new Socket[6];
                Poller poller = Select.Poll();
                Running<int>[] threads = Enumerable.Range(0, 6).Select(seed => Start(() =>
                {
                    var random = new Random(seed);
                    int calls = 0;

                    while (!stop.IsSet)
                    {
                        int index = random.Next(shared.Length);
                        Socket s = Volatile.Read(ref shared[index]);
                        calls++;

                        try
                        {
                            switch (s == null ? 0 : random.Next(14))
                            {
                                case 0:
                                    var fresh = new Socket();
                                    fresh.SetTimeout(0.05);
                                    Interlocked.Exchange(ref shared[index], fresh)?.Close();
                                    fresh.Connect(At(server));
                                    break;
                                case 1:
                                    s.Close();
                                    break;
                                case 2:
                                    s.SendAll(new byte[random.Next(20000)]);
                                    break;
                                case 3:
                                    s.Read(random.Next(20000));
                                    break;
                                case 4:
                                    s.ReadLine();
                                    break;
                                case 5:
                                    s.Recv(random.Next(5000));
                                    break;
                                case 6:
                                    s.SetTimeout(random.Next(3) * 0.02);
                                    break;
                                case 7:
                                    poller.Register(s);
                                    break;
                                case 8:
                                    poller.Poll(random.Next(20));
                                    break;
                                case 9:
                                    poller.Unregister(s);
                                    break;
                                case 10:
                                    s.SetSockOpt(Socket.IPPROTO_TCP, Socket.TCP_NODELAY, random.Next(2));
                                    break;
                                case 11:
                                    s.Connect(At(server));
                                    break;
                                case 12:
                                    s.Write(new byte[random.Next(300000)]);
                                    break;
                                default:
                                    s.Recv(random.Next(1000), Socket.MSG_PEEK);
                                    break;
                            }
                        }
                        catch (OSError e) when (allowed.Contains(e.Errno))
                        {
                        }
                    }

                    return calls;
                })).ToArray();

                Thread.Sleep(2000);
                stop.Set();

                foreach (Running<int> thread in threads)
                {
                    Assert.IsTrue(thread.Result() > 20, "a thread hardly moved");
                }

                foreach (Socket s in shared)
                {
                    s?.Close();
                }
            }

            using (Pair pair = Pair.Connected())
            {
                pair.Peer.Send(Bytes("still well\n"));
                Assert.AreEqual("still well\n", Text(Soon(() => pair.Ours.ReadLine())));
            }
        }
    }
}
