// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;
using NetSocket = System.Net.Sockets.Socket;

namespace K230.Sockets.HostTests
{
    /// <summary>SetSockOpt and GetAddrInfo.</summary>
    [TestClass]
    public class OptionTests
    {
        [TestMethod]
        public void Options_of_an_int_are_taken_as_int_and_as_four_bytes()
        {
            using (var s = new Socket())
            using (var udp = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM))
            using (var six = new Socket(Socket.AF_INET6))
            {
                (Socket Socket, int Level, int Option, int Value)[] options =
                {
                    (s, Socket.SOL_SOCKET, Socket.SO_REUSEADDR, 1), (s, Socket.SOL_SOCKET, Socket.SO_KEEPALIVE, 1),
                    (s, Socket.SOL_SOCKET, Socket.SO_RCVBUF, 50000), (s, Socket.IPPROTO_TCP, Socket.TCP_NODELAY, 1),
                    (udp, Socket.SOL_SOCKET, Socket.SO_BROADCAST, 1),
                    (six, Socket.IPPROTO_IPV6, Socket.IPV6_V6ONLY, 1),
                };

                if (Network.IsLwip)
                {
                    Fails(Errno.ENOPROTOOPT, () => s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_SNDBUF, 50000));
                }
                else
                {
                    options = options.Append((s, Socket.SOL_SOCKET, Socket.SO_SNDBUF, 50000)).ToArray();
                }

                foreach (var (socket, level, option, value) in options)
                {
                    string what = level + " " + option;

                    socket.SetSockOpt(level, option, value);
                    socket.SetSockOpt(level, option, BitConverter.GetBytes(value));

                    foreach (int length in new[] { 0, 1, 3 })
                    {
                        Fails(Errno.EINVAL, () => socket.SetSockOpt(level, option, new byte[length]), what);
                    }

                    foreach (int length in new[] { 5, 8, 64, 288, 289, 1000, 100000 })
                    {
                        socket.SetSockOpt(level, option, new byte[length]);
                    }
                }
            }
        }

        [TestMethod]
        public void Unknown_options_and_levels_give_ENOPROTOOPT()
        {
            using (var s = new Socket())
            {
                Fails(Errno.ENOPROTOOPT, () => s.SetSockOpt(Socket.SOL_SOCKET, 9999, 1));
                Fails(Errno.ENOPROTOOPT, () => s.SetSockOpt(Socket.SOL_SOCKET, -1, new byte[4]));
                Fails(Errno.ENOPROTOOPT, () => s.SetSockOpt(9999, 1, 1));
                Fails(Errno.ENOPROTOOPT, () => s.SetSockOpt(-1, 1, new byte[4]));
                Fails(Errno.ENOPROTOOPT, () => s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_ERROR, 1));
            }
        }

        [TestMethod]
        public void SO_LINGER_of_no_seconds_makes_Close_reset()
        {
            using (Pair pair = Pair.Connected())
            {
                pair.Ours.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_LINGER, new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 });
                pair.Ours.Close();
                Assert.AreEqual(
                    SocketError.ConnectionReset, LifeTests.ErrorOf(() => pair.Peer.Receive(new byte[1])));
            }
        }

        [TestMethod]
        public void SO_LINGER_off_or_with_seconds_sends_everything()
        {
            byte[][] values =
            {
                new byte[] { 1, 0, 0, 0, 0, 0, 0, 0, }, new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 },
                new byte[] { 1, 0, 0, 0, 2, 0, 0, 0 },
            };

            using (Pair pair = Pair.Connected())
            using (Pair other = Pair.Connected())
            {
                // The last setting counts.
                pair.Ours.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_LINGER, values[0]);
                pair.Ours.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_LINGER, values[1]);
                other.Ours.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_LINGER, values[2]);

                foreach (Pair one in new[] { pair, other })
                {
                    one.Ours.SendAll(new byte[100000]);
                    Soon(() => one.Ours.Close(), 1000);
                    Assert.AreEqual(100000, ReceiveAll(one.Peer).Length);
                }
            }
        }

        /// <summary>The table that python3 gives for the same values: setsockopt(level, option, struct.pack(...)).</summary>
        [TestMethod]
        [DataRow(Socket.IPPROTO_IP, Socket.IP_TOS, Socket.AF_INET, Socket.SOCK_DGRAM, 0, "-1 0 16 255 256", "")]
        [DataRow(Socket.IPPROTO_IP, Socket.IP_TTL, Socket.AF_INET, Socket.SOCK_DGRAM, 1, "-1 1 64 255", "-2 0 256")]
        [DataRow(
            Socket.IPPROTO_IP, Socket.IP_MULTICAST_TTL, Socket.AF_INET, Socket.SOCK_DGRAM, 1, "-1 0 1 255", "-2 256")]
        [DataRow(Socket.IPPROTO_IP, Socket.IP_MULTICAST_LOOP, Socket.AF_INET, Socket.SOCK_DGRAM, 1, "-1 0 1 256", "")]
        [DataRow(
            Socket.IPPROTO_TCP, Socket.TCP_KEEPIDLE, Socket.AF_INET, Socket.SOCK_STREAM, 4, "1 20 32767", "-1 0 32768")]
        [DataRow(
            Socket.IPPROTO_TCP, Socket.TCP_KEEPINTVL, Socket.AF_INET, Socket.SOCK_STREAM, 4, "1 3 32767", "-1 0 32768")]
        [DataRow(Socket.IPPROTO_TCP, Socket.TCP_KEEPCNT, Socket.AF_INET, Socket.SOCK_STREAM, 4, "1 3 127", "-1 0 128")]
        [DataRow(
            Socket.IPPROTO_IPV6, Socket.IPV6_UNICAST_HOPS, Socket.AF_INET6, Socket.SOCK_DGRAM, 4, "-1 0 1 255",
            "-2 256")]
        [DataRow(
            Socket.IPPROTO_IPV6, Socket.IPV6_MULTICAST_HOPS, Socket.AF_INET6, Socket.SOCK_DGRAM, 4, "-1 0 1 255",
            "-2 256")]
        [DataRow(
            Socket.IPPROTO_IPV6, Socket.IPV6_MULTICAST_LOOP, Socket.AF_INET6, Socket.SOCK_DGRAM, 4, "0 1", "-1 2")]
        [DataRow(
            Socket.IPPROTO_IPV6, Socket.IPV6_MULTICAST_IF, Socket.AF_INET6, Socket.SOCK_DGRAM, 4, "0 1", "")]
        public void Numbers_and_lengths_are_good_that_CPython_finds_good(
            int level, int option, int family, int type, int shortest, string good, string bad)
        {
            using (var s = new Socket(family, type))
            {
                foreach (string number in good.Split(' '))
                {
                    s.SetSockOpt(level, option, int.Parse(number));
                }

                foreach (string number in bad.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    Fails(Errno.EINVAL, () => s.SetSockOpt(level, option, int.Parse(number)), number);
                }

                foreach (int length in new[] { 0, 1, 2, 3, 4, 5, 8, 1000 })
                {
                    byte[] value = new byte[length];

                    if (length > 0)
                    {
                        value[0] = 1;
                    }

                    if (length < shortest)
                    {
                        Fails(Errno.EINVAL, () => s.SetSockOpt(level, option, value), length + " bytes");
                    }
                    else
                    {
                        s.SetSockOpt(level, option, value);
                    }
                }
            }
        }

        [TestMethod]
        public void Options_of_another_kind_of_socket_give_ENOPROTOOPT()
        {
            using (var s = new Socket())
            using (var udp = new Socket(Socket.AF_INET, Socket.SOCK_DGRAM))
            {
                Fails(Errno.ENOPROTOOPT, () => udp.SetSockOpt(Socket.IPPROTO_TCP, Socket.TCP_KEEPIDLE, 20));
                Fails(Errno.ENOPROTOOPT, () => udp.SetSockOpt(Socket.IPPROTO_IPV6, Socket.IPV6_MULTICAST_HOPS, 1));
                Fails(Errno.ENOPROTOOPT, () => s.SetSockOpt(Socket.IPPROTO_IPV6, Socket.IPV6_V6ONLY, 1));
                Fails(Errno.EPROTO, () => s.SetSockOpt(Socket.IPPROTO_IP, Socket.IP_ADD_MEMBERSHIP, new byte[8]));
            }
        }

        [TestMethod]
        public void SO_LINGER_has_eight_bytes()
        {
            using (var s = new Socket())
            {
                Fails(Errno.EINVAL, () => s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_LINGER, 1));

                foreach (int length in new[] { 0, 4, 7 })
                {
                    Fails(
                        Errno.EINVAL,
                        () => s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_LINGER, new byte[length]));
                }

                foreach (int length in new[] { 9, 16, 1000 })
                {
                    s.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_LINGER, new byte[length]);
                }
            }
        }

        [TestMethod]
        public void SO_RCVTIMEO_bounds_receiving_alone_in_all_its_forms()
        {
            byte[][] forms =
            {
                BitConverter.GetBytes(200),
                [.. BitConverter.GetBytes(0), .. BitConverter.GetBytes(200000)],
                [.. BitConverter.GetBytes(0L), .. BitConverter.GetBytes(200000L)],
            };

            using (Pair pair = Pair.Connected())
            {
                foreach (byte[] form in forms)
                {
                    pair.Ours.SetBlocking(true);
                    pair.Ours.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_RCVTIMEO, form);
                    FailsAfter(200, Errno.ETIMEDOUT, () => pair.Ours.Recv(1));
                }

                pair.Ours.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_RCVTIMEO, 100);
                FailsAfter(100, Errno.ETIMEDOUT, () => pair.Ours.Read(1));

                Fill(pair.Ours);
                pair.Ours.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_RCVTIMEO, 50);
                Running<int> send = Start(() => pair.Ours.Send("x"));
                Thread.Sleep(150);
                LetItWait(send);
                pair.Ours.Close();
                send.Fails(Errno.EBADF);
            }
        }

        [TestMethod]
        public void SO_SNDTIMEO_bounds_sending_alone_and_0_takes_it_away()
        {
            using (Pair pair = Pair.Connected())
            {
                Fill(pair.Ours);
                pair.Ours.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_SNDTIMEO, 200);
                FailsAfter(200, Errno.ETIMEDOUT, () => pair.Ours.Send("x"));

                Running<byte[]> receive = Start(() => pair.Ours.Recv(1));
                Thread.Sleep(250);
                LetItWait(receive);
                pair.Peer.Send(Bytes("x"));
                receive.Result();

                pair.Ours.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_SNDTIMEO, 0);
                Running<int> send = Start(() => pair.Ours.Send("x"));
                Thread.Sleep(250);
                LetItWait(send);
                pair.Ours.Close();
                send.Fails(Errno.EBADF);
            }
        }

        [TestMethod]
        public void A_timeout_option_of_a_wrong_form_is_refused_and_does_not_make_a_socket_wait()
        {
            using (Pair pair = Pair.Connected())
            {
                foreach (int option in new[] { Socket.SO_RCVTIMEO, Socket.SO_SNDTIMEO })
                {
                    foreach (int length in new[] { 0, 1, 5, 12, 15 })
                    {
                        Fails(
                            Errno.EINVAL, () => pair.Ours.SetSockOpt(Socket.SOL_SOCKET, option, new byte[length]));
                    }

                    byte[] million = [.. BitConverter.GetBytes(0), .. BitConverter.GetBytes(1000000)];

                    Fails(Errno.EINVAL, () => pair.Ours.SetSockOpt(Socket.SOL_SOCKET, option, million));
                    Fails(Errno.EINVAL, () => pair.Ours.SetSockOpt(Socket.SOL_SOCKET, option, -1));
                }

                pair.Ours.SetBlocking(false);
                pair.Ours.SetSockOpt(Socket.SOL_SOCKET, Socket.SO_RCVTIMEO, 10000);
                Soon(() => Fails(Errno.EAGAIN, () => pair.Ours.Recv(1)), 5000);
                pair.Ours.SetBlocking(true);
                pair.Ours.SetSockOpt(
                    Socket.SOL_SOCKET, Socket.SO_RCVTIMEO,
                    [.. BitConverter.GetBytes(long.MaxValue), .. BitConverter.GetBytes(999999L)]);
                Running<byte[]> receive = Start(() => pair.Ours.Recv(1));
                LetItWait(receive);
                pair.Peer.Send(Bytes("x"));
                receive.Result();
            }
        }

        // ---- GetAddrInfo

        [TestMethod]
        public void A_numeric_host_gives_one_entry_that_Connect_and_Bind_take()
        {
            using (NetSocket listener = KernelListener())
            {
                int port = At(listener).Port;
                AddrInfo[] entries = Soon(() => Socket.GetAddrInfo(Network.Kernel, port));

                Assert.AreEqual(1, entries.Length);

                var (family, type, proto, name, address) = entries[0];

                Assert.AreEqual((Socket.AF_INET, Socket.SOCK_STREAM, Socket.IPPROTO_TCP, ""), (family, type, proto, name));
                Assert.AreEqual(new SockAddr(Network.Kernel, port), address);
                Assert.AreEqual(family, entries[0].Family);
                Assert.AreEqual(type, entries[0].Type);
                Assert.AreEqual(proto, entries[0].Proto);
                Assert.AreEqual(name, entries[0].CanonName);
                Assert.AreSame(address, entries[0].Address);

                using (var s = new Socket((int)entries[0][0], (int)entries[0][1], (int)entries[0][2]))
                {
                    object any = Socket.GetAddrInfo("0.0.0.0", 0)[0][-1];
                    s.Bind(any);
                    Soon(() => s.Connect(entries[0][-1]));
                }
            }
        }

        [TestMethod]
        public void Type_protocol_and_family_choose_the_entries()
        {
            AddrInfo udp = Only(Socket.GetAddrInfo("127.0.0.1", 5, 0, Socket.SOCK_DGRAM));
            Assert.AreEqual((Socket.SOCK_DGRAM, Socket.IPPROTO_UDP), (udp.Type, udp.Proto));

            AddrInfo byProto = Only(Socket.GetAddrInfo("127.0.0.1", 5, 0, 0, Socket.IPPROTO_UDP));
            Assert.AreEqual((Socket.SOCK_DGRAM, Socket.IPPROTO_UDP), (byProto.Type, byProto.Proto));

            AddrInfo tcp = Only(Socket.GetAddrInfo("::1", 5, Socket.AF_INET6, Socket.SOCK_STREAM, Socket.IPPROTO_TCP));
            Assert.AreEqual((Socket.AF_INET6, "::1"), (tcp.Family, tcp.Address.Host));

            foreach (AddrInfo entry in Soon(() => Socket.GetAddrInfo("localhost", 80, Socket.AF_INET)))
            {
                Assert.AreEqual(Socket.AF_INET, entry.Family);
                Assert.AreEqual("127.0.0.1", entry.Address.Host);
            }
        }

        [TestMethod]
        public void A_name_is_looked_up()
        {
            AddrInfo[] entries = Soon(() => Socket.GetAddrInfo("localhost", "80", 0, 0, 0, Socket.AI_CANONNAME));

            Assert.IsTrue(entries.Length >= 1);
            Assert.AreEqual(80, entries[0].Address.Port);
            Assert.AreNotEqual("", entries[0].CanonName);
            Assert.IsTrue(IPAddress.IsLoopback(entries[0].Address.Address));
            Assert.AreEqual("", Soon(() => Socket.GetAddrInfo("localhost", 80))[0].CanonName);
        }

        [TestMethod]
        public void Flags_are_honoured()
        {
            AddrInfo[] any = Soon(() => Socket.GetAddrInfo("", 80, 0, 0, 0, Socket.AI_PASSIVE));
            Assert.IsTrue(any.All(entry => entry.Address.Host == "0.0.0.0" || entry.Address.Host == "::"));
            Assert.AreEqual("0.0.0.0", Only(Socket.GetAddrInfo("", 80, 2, 0, 0, Socket.AI_PASSIVE)).Address.Host);

            Assert.AreEqual(
                "10.1.2.3", Only(Socket.GetAddrInfo("10.1.2.3", 80, 0, 0, 0, Socket.AI_NUMERICHOST)).Address.Host);
            Fails(-2, () => Socket.GetAddrInfo("localhost", 80, 0, 0, 0, Socket.AI_NUMERICHOST));
        }

        [TestMethod]
        [DataRow("80", 80)]
        [DataRow(" 80", 80)]
        [DataRow(" \t\n\v\f\r80", 80)]
        [DataRow("", 0)]
        [DataRow("00080", 80)]
        [DataRow("0", 0)]
        [DataRow("65535", 65535)]
        public void A_text_port_of_digits_is_a_number(string port, int expected)
        {
            Assert.AreEqual(expected, Only(Socket.GetAddrInfo("127.0.0.1", port)).Address.Port);
        }

        [TestMethod]
        public void A_service_has_a_name_where_the_machine_knows_it()
        {
            if (File.Exists("/etc/services"))
            {
                Assert.AreEqual(80, Only(Socket.GetAddrInfo("127.0.0.1", "http")).Address.Port);
                Assert.AreEqual(123, Only(Socket.GetAddrInfo("127.0.0.1", "ntp", 0, 2)).Address.Port);
            }
            else
            {
                Fails(-8, () => Socket.GetAddrInfo("127.0.0.1", "http"));
            }
        }

        [TestMethod]
        public void A_look_up_that_fails_is_an_OSError_with_a_negative_number()
        {
            OSError error = null;

            try
            {
                Soon(() => Socket.GetAddrInfo("no-such-host.invalid", 80), 50000);
            }
            catch (OSError e)
            {
                error = e;
            }

            Assert.IsNotNull(error);
            Assert.IsTrue(error.Errno < 0, error.Message);
            Assert.AreEqual(11001, error.ErrorCode);

            Fails(-8, () => Socket.GetAddrInfo("127.0.0.1", "no such service"));
            Fails(-8, () => Socket.GetAddrInfo("127.0.0.1", new string('x', 300)));
            Fails(-6, () => Socket.GetAddrInfo("127.0.0.1", 80, 99));
            Fails(-7, () => Socket.GetAddrInfo("127.0.0.1", 80, 0, 99));
            Fails(-7, () => Socket.GetAddrInfo("127.0.0.1", 80, 0, 1, 17));
            Fails(-7, () => Socket.GetAddrInfo("127.0.0.1", 80, 0, 0, 99));
            Assert.IsTrue(Negative(() => Socket.GetAddrInfo("127.0.0.1", 80, Socket.AF_INET6)));
            Assert.IsTrue(Negative(() => Socket.GetAddrInfo("::1", 80, Socket.AF_INET)));
            Assert.IsTrue(Negative(() => Socket.GetAddrInfo("a b", 80)));
        }

        [TestMethod]
        public void Many_threads_may_look_up_at_once()
        {
            Running<int>[] threads = Enumerable.Range(0, 8).Select(thread => Start(() =>
            {
                for (int i = 0; i < 50; i++)
                {
                    int port = thread * 100 + i;
                    string host = i % 2 == 0 ? "127.0.0." + (thread + 1) : "localhost";
                    AddrInfo entry = Socket.GetAddrInfo(host, port, Socket.AF_INET)[0];

                    Assert.AreEqual(port, entry.Address.Port);
                    Assert.AreEqual(i % 2 == 0 ? host : "127.0.0.1", entry.Address.Host);
                }
            })).ToArray();

            foreach (Running<int> thread in threads)
            {
                thread.Result();
            }
        }

        private static AddrInfo Only(AddrInfo[] entries)
        {
            Assert.AreEqual(1, entries.Length);

            return entries[0];
        }

        private static bool Negative(Action action)
        {
            try
            {
                Soon(action, 50000);
            }
            catch (OSError e)
            {
                return e.Errno < 0;
            }

            return false;
        }
    }
}
