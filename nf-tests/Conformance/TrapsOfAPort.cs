// K230.nanoFramework, MIT licence: see LICENSE

using System;
using nanoFramework.TestFramework;
using static K230.Sockets.Conformance.Check;

namespace K230.Sockets.Conformance
{
    /// <summary>Where a script that was carried over line by line would go wrong, on the device as on .NET.</summary>
    [TestClass]
    public class TrapsOfAPort
    {
        // More than any board has.
        private const int MORE_THAN_THERE_ARE = 600;

        // What nanoCLR can make where pointers have 64 bits, and where they have 32.
        private const int LONG = 1500000;
        private const int SHORT = 700000;

        [TestMethod]
        public void A_timeout_may_be_a_boxed_number_or_a_boxed_null()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket s = net.Udp(out _);
                object none = null;

                s.SetTimeout((object)0.1);
                TimesOut(100, "a double", () => s.Recv(1));
                s.SetTimeout((object)0.1f);
                TimesOut(100, "a float", () => s.Recv(1));
                s.SetTimeout((object)0);
                WouldBlock("an int", () => s.Recv(1));
                s.SetTimeout(none);
                s.SetTimeout((object)(byte)0);
                WouldBlock("a byte", () => s.Recv(1));

                Throws(typeof(ArgumentException), "text", () => s.SetTimeout("1"));
                Throws(typeof(ArgumentException), "a bool", () => s.SetTimeout(true));
            });
        }

        [TestMethod]
        public void The_exception_over_an_object_names_the_type_that_came()
        {
            using var net = new Net();
            Socket s = net.Tcp();

            Names("System.String", () => s.SetTimeout("1"));
            Names("System.Boolean", () => s.SetTimeout(true));
            Names("System.String", () => s.Connect("127.0.0.1"));
            Names("System.Int32", () => Select.Poll().Register(3));
            Names("{ System.String, System.String }", () => s.Bind(new object[] { "127.0.0.1", "80" }));
            Names("'localhost'", () => s.Bind(new object[] { "localhost", 80 }));
        }

        [TestMethod]
        public void ReadInto_fills_a_part_of_an_array()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                byte[] buf = ToBytes("..........");

                pair.S.Write("0123456789");
                int off = 0;

                while (off < buf.Length)
                {
                    off += pair.C.ReadInto(buf, off, 4);
                }

                Text("0123456789", buf, "three parts");
                Assert.AreEqual(0, pair.C.ReadInto(buf, buf.Length, 4), "behind the end");
            });
        }

        [TestMethod]
        public void Read_gives_the_longest_array_that_there_can_be()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var pair = new Pair();
                int size = IsThereAnArrayOf(LONG) ? LONG : SHORT;
                byte[] piece = Pattern(50000);

                var writer = new Worker(() =>
                {
                    for (int sent = 0; sent < size; sent += piece.Length)
                    {
                        pair.S.SendAll(piece);
                    }

                    pair.S.Close();
                });

                byte[] all = pair.C.Read();
                Assert.IsTrue(writer.EndsWithin(LIMIT_MS));
                Assert.AreEqual(size, all.Length, "Read");
                Assert.AreEqual((int)piece[piece.Length - 1], (int)all[size - 1], "the last byte");
            });
        }

        [TestMethod]
        public void Abandoned_sockets_are_closed_before_there_is_none_left()
        {
            RunWithin(LIMIT_MS, () =>
            {
                Abandon();

                using var net = new Net();
                net.Tcp();
            });
        }

        [TestMethod]
        public void Abandoned_sockets_are_closed_before_Accept_finds_none()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                Socket client = net.Connected(address);

                Abandon();
                Socket accepted = net.Accepted(listener);
                client.Send("x");
                Text("x", accepted.Recv(1), "Recv");
            });
        }

        [TestMethod]
        public void An_address_has_a_hash_that_is_equal_for_equal_addresses()
        {
            SockAddr[] addresses =
            {
                new SockAddr("192.0.2.1", 80), new SockAddr("192.0.2.1", 81), new SockAddr("192.0.2.2", 80),
                new SockAddr("fe80::1", 80), new SockAddr("fe80::1", 81), new SockAddr("fe80::2", 80),
                new SockAddr("fe80::1%2", 80),
            };

            for (int i = 0; i < addresses.Length; i++)
            {
                var same = new SockAddr(addresses[i].Host, addresses[i].Port);

                Assert.IsTrue(same == addresses[i], same.Host);
                Assert.AreEqual(addresses[i].GetHashCode(), same.GetHashCode(), same.Host);

                for (int j = 0; j < i; j++)
                {
                    Assert.IsTrue(addresses[i] != addresses[j], same.Host);
                    Assert.IsTrue(addresses[i].GetHashCode() != addresses[j].GetHashCode(), same.Host);
                }
            }
        }

        [TestMethod]
        public void Results_print_as_the_tuples_of_MicroPython()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket listener = net.Listener(out SockAddr address);
                Socket client = net.Connected(address);
                AcceptResult result = listener.Accept();
                Socket conn = net.Keep(result.Conn);

                Prints("(" + conn + ", " + result.Address + ")", result.ToString());

                client.Send(new byte[] { (byte)'a', 0, (byte)'\n', (byte)'\\', (byte)'\'', 0xFF });
                Poller poller = Select.Poll();
                poller.Register(conn, Select.POLLIN);
                Await(conn, Select.POLLIN);
                Prints("(" + conn + ", 1)", poller.Poll(LIMIT_MS)[0].ToString());
                Prints(
                    "([" + conn + "], [" + conn + ", " + client + "], [])",
                    Select.Sockets(new[] { conn }, new[] { conn, client }, null).ToString());
                AwaitBytes(conn, 6);
                Prints("(b\"a\\x00\\n\\\\'\\xff\", " + result.Address + ")", conn.RecvFrom(10).ToString());

                Socket udp = net.Udp(out SockAddr to);
                net.Udp(out SockAddr from).SendTo("\"it's\"", to);
                Prints("(b'\"it\\'s\"', " + udp.RecvFrom(10, Socket.MSG_PEEK).Address + ")", udp.RecvFrom(10).ToString());
                Assert.IsTrue(from.Port > 0);
            });
        }

        [TestMethod]
        public void What_polls_report_is_compared_with_the_number_of_a_socket()
        {
            RunWithin(LIMIT_MS, () =>
            {
                using var net = new Net();
                Socket a = net.Udp(out _);
                Socket b = net.Udp(out _);
                Poller poller = Select.Poll();
                poller.Register(a, Select.POLLOUT);

                foreach (var (fd, events) in poller.IPoll(LIMIT_MS))
                {
                    Assert.IsTrue(fd == a.FileNo() && !(fd != a.FileNo()), "the same");
                    Assert.IsTrue(fd != b.FileNo() && !(fd == b.FileNo()), "another");
                    Assert.AreEqual(Select.POLLOUT, events);
                }

                Assert.IsTrue(a == a.MakeFile(), "two sockets are compared as objects");
                Assert.IsFalse(a == b);
                Assert.IsFalse(a == null);
            });
        }

        [TestMethod]
        public void ErrorCode_has_the_names_of_the_numbers()
        {
            Assert.AreEqual("ECONNREFUSED", Errno.ErrorCode[Errno.ECONNREFUSED]);
            Assert.AreEqual("EAGAIN", Errno.ErrorCode.Get(11), "a number");
            Assert.AreEqual("?", Errno.ErrorCode.Get(4711, "?"), "a default");
            Assert.IsFalse(Errno.ErrorCode.Contains(0), "0");
            Throws(typeof(ArgumentException), "ErrorCode[0]", () => Prints("", Errno.ErrorCode[0]));

            int count = 0;

            foreach (int errno in Errno.ErrorCode)
            {
                Assert.IsTrue(Errno.ErrorCode.Contains(errno));
                count++;
            }

            Assert.AreEqual(Errno.ErrorCode.Count, count);
        }

        private static void Prints(string expected, string actual)
        {
            Assert.IsTrue(expected == actual, "not what MicroPython prints");
        }

        private static void Names(string part, System.Threading.ThreadStart call)
        {
            string message = "";

            try
            {
                call();
            }
            catch (ArgumentException e)
            {
                message = e.Message;
            }

            Assert.IsTrue(message.IndexOf(part) >= 0, "the message does not name what came");
        }

        private static bool IsThereAnArrayOf(int length)
        {
            try
            {
                return new byte[length].Length == length;
            }
            catch (OutOfMemoryException)
            {
                return false;
            }
        }

        private static void Abandon()
        {
            for (int i = 0; i < MORE_THAN_THERE_ARE; i++)
            {
                new Socket().FileNo();
            }
        }
    }
}
