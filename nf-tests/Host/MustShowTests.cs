// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;
using NetSocket = System.Net.Sockets.Socket;

namespace K230.Sockets.HostTests
{
    /// <summary>The "Must show" list of issue 2, as far as one process can show it; see also AgentTests and BoardTests.
    /// </summary>
    [TestClass]
    public class MustShowTests
    {
        private const int Mebibyte = 1024 * 1024;

        public TestContext TestContext { get; set; }

        [TestMethod]
        public void A_socket_moves_100_MB_while_others_wait_and_Close_wakes_those()
        {
            const int Count = 100000000;
            byte[] bytes = Random(65536);

            using (NetSocket sink = KernelListener())
            {
                var alone = new List<double>();
                var beside = new List<double>();

                // Alternately, so that a machine that gets slower meanwhile does so for both.
                for (int i = 0; i < 7; i++)
                {
                    alone.Add(Move(sink, bytes, Count));

                    using (Socket listener = OurListener(out _))
                    using (Pair pair = Pair.Connected())
                    {
                        Running<AcceptResult> accept = Start(() => listener.Accept());
                        Running<byte[]> receive = Start(() => pair.Ours.Recv(1));
                        LetItWait(accept);
                        LetItWait(receive);
                        beside.Add(Move(sink, bytes, Count));

                        Assert.IsFalse(accept.Ended || receive.Ended);
                        long begun = Stopwatch.GetTimestamp();
                        listener.Close();
                        accept.Fails(Errno.EBADF, 5000);
                        pair.Ours.Close();
                        receive.Fails(Errno.EBADF, 5000);
                        TestContext.WriteLine(
                            "both woken within {0:0.0} ms", Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
                    }
                }

                TestContext.WriteLine(
                    "100 MB alone {0:0} ms, beside the waiting ones {1:0} ms: {2:0.00} times as long",
                    Median(alone), Median(beside), Median(beside) / Median(alone));
            }
        }

        [TestMethod]
        [Timeout(180000)]
        public void SendAll_and_Read_move_256_MiB_both_ways_at_once_unchanged()
        {
            const int Count = 256 * Mebibyte;

            using (Pair pair = Pair.Connected())
            {
                long begun = Stopwatch.GetTimestamp();
                byte[] ours = Random(Count, 1);
                byte[] theirs = Random(Count, 2);

                Running<string> peerReads = Start(() =>
                {
                    using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
                    {
                        byte[] piece = new byte[65536];
                        int got;

                        while ((got = pair.Peer.Receive(piece)) != 0)
                        {
                            hash.AppendData(piece, 0, got);
                        }

                        return Convert.ToHexString(hash.GetHashAndReset());
                    }
                });
                Running<int> peerWrites = Start(() =>
                {
                    for (int at = 0; at < Count; at += Mebibyte)
                    {
                        pair.Peer.Send(theirs, at, Mebibyte, SocketFlags.None);
                    }

                    pair.Peer.Shutdown(SocketShutdown.Send);
                });
                Running<int> weWrite = Start(() => pair.Ours.SendAll(ours));
                Running<byte[]> weRead = Start(() => pair.Ours.Read());

                byte[] read = weRead.Result(120000);
                weWrite.Result(120000);
                peerWrites.Result();
                Assert.AreEqual(Count, read.Length);
                Assert.AreEqual(Hash(theirs), Hash(read));
                pair.Ours.Close();
                Assert.AreEqual(Hash(ours), peerReads.Result());
                TestContext.WriteLine("with making and hashing {0:0} ms", Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }
        }

        [TestMethod]
        public void The_manuals_client_sends_its_ten_lines()
        {
            using (NetSocket listener = KernelListener())
            {
                AddrInfo[] ai = Socket.GetAddrInfo(Network.Kernel, At(listener).Port);
                object addr = ai[0][-1];
                var s = new Socket(Socket.AF_INET, Socket.SOCK_STREAM, 0);
                Soon(() => s.Connect(addr));
                string expected = "";

                for (int i = 0; i < 10; i++)
                {
                    string text = "K230 tcp client send test " + i + " \r\n";
                    Assert.AreEqual(text.Length, s.Write(text));
                    expected += text;
                }

                s.Close();
                Assert.AreEqual(expected, Text(ReceiveAll(AcceptSoon(listener))));
            }
        }

        /// <summary>Sends so many bytes to the sink; the milliseconds until the sink has them, which are checked.
        /// </summary>
        private static double Move(NetSocket sink, byte[] bytes, int count)
        {
            using (var s = new Socket())
            {
                Soon(() => s.Connect(At(sink)));

                using (NetSocket peer = AcceptSoon(sink))
                {
                    long begun = Stopwatch.GetTimestamp();
                    Running<int> received = Start(() =>
                    {
                        byte[] piece = new byte[bytes.Length];
                        int have = 0;
                        int got;

                        while ((got = peer.Receive(piece)) != 0)
                        {
                            int at = have % bytes.Length;
                            int head = Math.Min(got, bytes.Length - at);
                            Assert.IsTrue(piece.AsSpan(0, head).SequenceEqual(bytes.AsSpan(at, head)), "at " + have);
                            Assert.IsTrue(
                                piece.AsSpan(head, got - head).SequenceEqual(bytes.AsSpan(0, got - head)), "at " + have);
                            have += got;
                        }

                        return have;
                    });
                    int sent = 0;

                    Soon(() =>
                    {
                        for (; sent < count; sent += bytes.Length)
                        {
                            s.SendAll(bytes);
                        }
                    }, 60000);
                    s.Close();
                    Assert.AreEqual(sent, received.Result());

                    return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
                }
            }
        }

        private static double Median(List<double> values)
        {
            return values.Order().ElementAt(values.Count / 2);
        }
    }
}
