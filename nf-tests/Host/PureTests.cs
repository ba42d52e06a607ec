// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Sockets.HostTests
{
    /// <summary>What can be known without any link: text, values and numbers.</summary>
    [TestClass]
    public class PureTests
    {
        // ---- inet_pton, inet_ntop

        [TestMethod]
        public void A_dotted_quad_becomes_four_bytes_and_text_again()
        {
            byte[] ip = Socket.InetPton(Socket.AF_INET, "1.2.3.4");

            CollectionAssert.AreEqual(new byte[] { 1, 2, 3, 4 }, ip);
            Assert.AreEqual("1.2.3.4", Socket.InetNtop(Socket.AF_INET, ip));
            Assert.AreEqual("255.255.255.255", RoundTrip(Socket.AF_INET, "255.255.255.255"));
            Assert.AreEqual("0.0.0.0", RoundTrip(Socket.AF_INET, "0.0.0.0"));
        }

        [TestMethod]
        [DataRow("256.0.0.1")]
        [DataRow("1.2.3")]
        [DataRow("1.2.3.4.5")]
        [DataRow("1.2.3.")]
        [DataRow("1.2.3.4.")]
        [DataRow(".1.2.3.4")]
        [DataRow("1..2.3")]
        [DataRow("01.2.3.4")]
        [DataRow("1.2.3.00")]
        [DataRow("1.2.3.0x4")]
        [DataRow(" 1.2.3.4")]
        [DataRow("1.2.3.4 ")]
        [DataRow("-1.2.3.4")]
        [DataRow("99999999999.2.3.4")]
        [DataRow("1.2.3.4\0")]
        [DataRow("localhost")]
        [DataRow("::1")]
        [DataRow("")]
        public void What_is_no_full_dotted_quad_is_refused_with_EINVAL(string text)
        {
            Fails(Errno.EINVAL, () => Socket.InetPton(Socket.AF_INET, text));
        }

        [TestMethod]
        [DataRow("::", "::")]
        [DataRow("::1", "::1")]
        [DataRow("1::", "1::")]
        [DataRow("2001:db8::1", "2001:db8::1")]
        [DataRow("2001:DB8:0:0:0:0:0:1", "2001:db8::1")]
        [DataRow("2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1")]
        [DataRow("1:0:0:2:0:0:0:3", "1:0:0:2::3")]
        [DataRow("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7")]
        [DataRow("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
        [DataRow("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8")]
        [DataRow("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8")]
        [DataRow("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
        [DataRow("::ffff:1.2.3.4", "::ffff:1.2.3.4")]
        [DataRow("::ffff:102:304", "::ffff:1.2.3.4")]
        [DataRow("::1.2.3.4", "::1.2.3.4")]
        [DataRow("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304")]
        [DataRow("64:ff9b::192.0.2.1", "64:ff9b::c000:201")]
        [DataRow("fe80::", "fe80::")]
        [DataRow("0:0:0:0:0:0:0:0", "::")]
        public void An_IPv6_address_is_read_and_written_in_its_shortest_form(string text, string expected)
        {
            Assert.AreEqual(expected, RoundTrip(Socket.AF_INET6, text));
            CollectionAssert.AreEqual(
                IPAddress.Parse(text).GetAddressBytes(), Socket.InetPton(Socket.AF_INET6, text), "as .NET reads it");
        }

        [TestMethod]
        [DataRow("")]
        [DataRow(":")]
        [DataRow(":::")]
        [DataRow("1")]
        [DataRow("1:")]
        [DataRow(":1")]
        [DataRow("::1:")]
        [DataRow("1:::2")]
        [DataRow("1::2::3")]
        [DataRow("1:2:3:4:5:6:7")]
        [DataRow("1:2:3:4:5:6:7:8:9")]
        [DataRow("1:2:3:4:5:6:7:8:")]
        [DataRow("1:2:3:4:5:6:7:8::")]
        [DataRow("1:2:3:4::5:6:7:8")]
        [DataRow("12345::")]
        [DataRow("g::")]
        [DataRow("1.2.3.4")]
        [DataRow("::1.2.3")]
        [DataRow("::1.2.3.256")]
        [DataRow("::1.2.3.4:5")]
        [DataRow("1:2:3:4:5:6:7:1.2.3.4")]
        [DataRow("fe80::1%2")]
        [DataRow("[::1]")]
        [DataRow(" ::1")]
        public void What_is_no_IPv6_address_is_refused_with_EINVAL(string text)
        {
            Fails(Errno.EINVAL, () => Socket.InetPton(Socket.AF_INET6, text));
        }

        [TestMethod]
        public void Random_IPv6_addresses_survive_text_and_agree_with_dotnet()
        {
            var random = new Random(230);

            for (int i = 0; i < 2000; i++)
            {
                byte[] ip = new byte[16];

                for (int group = 0; group < 8; group++)
                {
                    // Many groups of zero, as these are what the short form is about.
                    int value = random.Next(3) == 0 ? random.Next(0x10000) : 0;
                    ip[group * 2] = (byte)(value >> 8);
                    ip[group * 2 + 1] = (byte)value;
                }

                string text = Socket.InetNtop(Socket.AF_INET6, ip);

                CollectionAssert.AreEqual(ip, Socket.InetPton(Socket.AF_INET6, text), text);
                CollectionAssert.AreEqual(ip, IPAddress.Parse(text).GetAddressBytes(), text);
            }
        }

        [TestMethod]
        public void A_wrong_number_of_bytes_is_refused_with_EINVAL()
        {
            Fails(Errno.EINVAL, () => Socket.InetNtop(Socket.AF_INET, new byte[3]));
            Fails(Errno.EINVAL, () => Socket.InetNtop(Socket.AF_INET, new byte[16]));
            Fails(Errno.EINVAL, () => Socket.InetNtop(Socket.AF_INET6, new byte[4]));
            Fails(Errno.EINVAL, () => Socket.InetNtop(Socket.AF_INET6, new byte[17]));
        }

        [TestMethod]
        public void An_unknown_family_is_refused_with_EAFNOSUPPORT()
        {
            Fails(Errno.EAFNOSUPPORT, () => Socket.InetPton(99, "1.2.3.4"));
            Fails(Errno.EAFNOSUPPORT, () => Socket.InetNtop(99, new byte[4]));
        }

        [TestMethod]
        public void Null_is_refused_where_text_or_bytes_are_due()
        {
            Assert.ThrowsExactly<ArgumentNullException>(() => Socket.InetPton(Socket.AF_INET, null));
            Assert.ThrowsExactly<ArgumentNullException>(() => Socket.InetNtop(Socket.AF_INET, null));
            Assert.ThrowsExactly<ArgumentNullException>(() => Socket.GetAddrInfo(null, 80));
            Assert.ThrowsExactly<ArgumentNullException>(() => Socket.GetAddrInfo("127.0.0.1", null));
            Assert.ThrowsExactly<ArgumentNullException>(() => new SockAddr(null, 80));
        }

        // ---- SockAddr

        [TestMethod]
        public void An_address_is_a_pair_of_host_and_port()
        {
            var addr = new SockAddr("192.0.2.1", 80);

            Assert.AreEqual("192.0.2.1", addr[0]);
            Assert.AreEqual(80, addr[1]);
            Assert.AreEqual(80, addr[-1]);
            Assert.AreEqual("192.0.2.1", addr[-2]);
            Assert.AreEqual("192.0.2.1", addr.Host);
            Assert.AreEqual(80, addr.Port);
            Assert.AreEqual(Socket.AF_INET, addr.Family);
            Assert.AreEqual("('192.0.2.1', 80)", addr.ToString());

            var (host, port) = addr;

            Assert.AreEqual("192.0.2.1", host);
            Assert.AreEqual(80, port);
        }

        [TestMethod]
        [DataRow(2)]
        [DataRow(-3)]
        public void An_index_outside_the_pair_is_refused(int index)
        {
            var addr = new SockAddr("192.0.2.1", 80);

            Assert.ThrowsExactly<IndexOutOfRangeException>(() => addr[index]);
        }

        [TestMethod]
        public void An_address_is_an_IPEndPoint()
        {
            IPEndPoint point = new SockAddr("192.0.2.1", 80);

            Assert.AreEqual(IPAddress.Parse("192.0.2.1"), point.Address);
            Assert.AreEqual(80, point.Port);
            Assert.AreEqual(new IPEndPoint(point.Address, 80), point);
        }

        [TestMethod]
        public void An_empty_host_is_any_address()
        {
            Assert.AreEqual("('0.0.0.0', 5000)", new SockAddr("", 5000).ToString());
        }

        [TestMethod]
        public void An_IPv6_address_keeps_its_scope()
        {
            var addr = new SockAddr("FE80::1%2", 80);

            Assert.AreEqual("fe80::1%2", addr.Host);
            Assert.AreEqual(2L, addr.Address.ScopeId);
            Assert.AreEqual(Socket.AF_INET6, addr.Family);
            Assert.AreEqual("('fe80::1%2', 80)", addr.ToString());
            Assert.AreEqual("::1", new SockAddr("::1", 80).Host);
            Assert.AreEqual("fe80::1%4294967295", new SockAddr("fe80::1%4294967295", 80).Host);
        }

        [TestMethod]
        [DataRow("localhost")]
        [DataRow("1.2.3")]
        [DataRow("1.2.3.4%1")]
        [DataRow("fe80::1%")]
        [DataRow("fe80::1%eth0")]
        [DataRow("fe80::1%-1")]
        [DataRow("fe80::1%4294967296")]
        [DataRow("%1")]
        [DataRow("1.2.3.4:80")]
        public void A_host_that_is_no_numeric_address_is_refused(string host)
        {
            Assert.ThrowsExactly<ArgumentException>(() => new SockAddr(host, 80));
        }

        [TestMethod]
        [DataRow(-1)]
        [DataRow(65536)]
        [DataRow(int.MinValue)]
        public void A_port_out_of_range_is_refused_with_EINVAL(int port)
        {
            Fails(Errno.EINVAL, () => new SockAddr("127.0.0.1", port));
            Fails(Errno.EINVAL, () => Socket.GetAddrInfo("127.0.0.1", port));
        }

        [TestMethod]
        public void The_first_and_the_last_port_are_taken()
        {
            Assert.AreEqual(0, new SockAddr("127.0.0.1", 0).Port);
            Assert.AreEqual(65535, new SockAddr("127.0.0.1", 65535).Port);
        }

        [TestMethod]
        public void Addresses_are_equal_by_value()
        {
            var a = new SockAddr("192.0.2.1", 80);
            var b = new SockAddr("192.0.2.1", 80);

            Assert.IsTrue(a == b);
            Assert.IsFalse(a != b);
            Assert.IsTrue(a.Equals(b));
            Assert.AreEqual(a.GetHashCode(), b.GetHashCode());
            Assert.IsFalse(a == new SockAddr("192.0.2.1", 81));
            Assert.IsFalse(a == new SockAddr("192.0.2.2", 80));
            Assert.IsFalse(new SockAddr("fe80::1%1", 80) == new SockAddr("fe80::1%2", 80));
            Assert.IsFalse(new SockAddr("0.0.0.0", 80) == new SockAddr("::", 80));
            Assert.IsFalse(a == null);
            Assert.IsFalse(null == a);
            Assert.IsTrue((SockAddr)null == null);
            Assert.IsTrue(new HashSet<object> { a }.Contains(b));
        }

        // ---- AddrInfo

        [TestMethod]
        public void An_entry_is_a_tuple_of_five()
        {
            var addr = new SockAddr("127.0.0.1", 60000);
            var entry = new AddrInfo(2, 1, 6, "", addr);
            object[] items = { 2, 1, 6, "", addr };

            for (int i = 0; i < 5; i++)
            {
                Assert.AreEqual(items[i], entry[i]);
                Assert.AreEqual(items[i], entry[i - 5]);
            }

            Assert.AreSame(addr, entry[-1]);
            Assert.AreEqual("(2, 1, 6, '', ('127.0.0.1', 60000))", entry.ToString());
            Assert.ThrowsExactly<IndexOutOfRangeException>(() => entry[5]);
            Assert.ThrowsExactly<IndexOutOfRangeException>(() => entry[-6]);

            var (family, type, proto, name, address) = entry;

            Assert.AreEqual((2, 1, 6, ""), (family, type, proto, name));
            Assert.AreSame(addr, address);
        }

        // ---- GetAddrInfo: what is refused before anybody is asked

        [TestMethod]
        public void Unknown_flags_are_refused_with_the_resolvers_number()
        {
            Fails(-1, () => Socket.GetAddrInfo("127.0.0.1", 80, 0, 0, 0, 8));
        }

        [TestMethod]
        public void A_name_that_cannot_exist_is_not_found()
        {
            Fails(-2, () => Socket.GetAddrInfo(new string('a', 256), 80));
            Fails(-2, () => Socket.GetAddrInfo(new string('é', 128), 80));
            Fails(-2, () => Socket.GetAddrInfo("127.0.0.1\0.example", 80));
            Fails(-2, () => Socket.GetAddrInfo("", 80));
        }

        [TestMethod]
        [DataRow("65536")]
        [DataRow("99999999999999999999")]
        [DataRow("-1")]
        [DataRow("+80")]
        [DataRow(" +80")]
        [DataRow("80 ")]
        [DataRow("80\n")]
        [DataRow("80 81")]
        [DataRow("http ")]
        [DataRow(" ")]
        [DataRow("\u00A080")]
        [DataRow("http\0x")]
        public void A_text_port_out_of_range_is_no_service(string port)
        {
            Fails(-8, () => Socket.GetAddrInfo("127.0.0.1", port));
        }

        // ---- OSError, Errno

        [TestMethod]
        [DataRow(Errno.EINTR, SocketError.Interrupted)]
        [DataRow(Errno.EACCES, SocketError.AccessDenied)]
        [DataRow(Errno.EINVAL, SocketError.InvalidArgument)]
        [DataRow(Errno.EMFILE, SocketError.TooManyOpenSockets)]
        [DataRow(Errno.EAGAIN, SocketError.WouldBlock)]
        [DataRow(Errno.EINPROGRESS, SocketError.InProgress)]
        [DataRow(Errno.EALREADY, SocketError.AlreadyInProgress)]
        [DataRow(Errno.EDESTADDRREQ, SocketError.DestinationAddressRequired)]
        [DataRow(Errno.EMSGSIZE, SocketError.MessageSize)]
        [DataRow(Errno.ENOPROTOOPT, SocketError.ProtocolOption)]
        [DataRow(Errno.EPROTONOSUPPORT, SocketError.ProtocolNotSupported)]
        [DataRow(Errno.EOPNOTSUPP, SocketError.OperationNotSupported)]
        [DataRow(Errno.EAFNOSUPPORT, SocketError.AddressFamilyNotSupported)]
        [DataRow(Errno.EADDRINUSE, SocketError.AddressAlreadyInUse)]
        [DataRow(Errno.EADDRNOTAVAIL, SocketError.AddressNotAvailable)]
        [DataRow(Errno.ENETDOWN, SocketError.NetworkDown)]
        [DataRow(Errno.ENETUNREACH, SocketError.NetworkUnreachable)]
        [DataRow(Errno.ECONNABORTED, SocketError.ConnectionAborted)]
        [DataRow(Errno.ECONNRESET, SocketError.ConnectionReset)]
        [DataRow(Errno.ENOBUFS, SocketError.NoBufferSpaceAvailable)]
        [DataRow(Errno.EISCONN, SocketError.IsConnected)]
        [DataRow(Errno.ENOTCONN, SocketError.NotConnected)]
        [DataRow(Errno.EPIPE, SocketError.Shutdown)]
        [DataRow(Errno.ETIMEDOUT, SocketError.TimedOut)]
        [DataRow(Errno.ECONNREFUSED, SocketError.ConnectionRefused)]
        [DataRow(Errno.EHOSTUNREACH, SocketError.HostUnreachable)]
        [DataRow(Errno.EIO, SocketError.SocketError)]
        [DataRow(-2, SocketError.HostNotFound)]
        [DataRow(-8, SocketError.HostNotFound)]
        public void An_error_is_the_SocketException_of_the_same_meaning(int errno, SocketError expected)
        {
            SocketException error = new OSError(errno);

            Assert.AreEqual(errno, ((OSError)error).Errno);
            Assert.AreEqual((int)expected, error.ErrorCode);
            Assert.AreEqual(expected, error.SocketErrorCode);
        }

        [TestMethod]
        public void A_refused_connection_has_the_Winsock_number_10061()
        {
            Assert.AreEqual(10061, new OSError(111).ErrorCode);
            Assert.AreEqual(11001, new OSError(-2).ErrorCode);
            Assert.AreEqual(10009, new OSError(Errno.EBADF).ErrorCode);
        }

        [TestMethod]
        [DataRow(111, "[Errno 111] ECONNREFUSED")]
        [DataRow(11, "[Errno 11] EAGAIN")]
        [DataRow(-2, "[Errno -2] EAI_NONAME")]
        [DataRow(-8, "[Errno -8] EAI_SERVICE")]
        [DataRow(4711, "[Errno 4711]")]
        public void An_error_prints_as_in_Python(int errno, string expected)
        {
            Assert.AreEqual(expected, new OSError(errno).Message);
        }

        [TestMethod]
        public void Every_constant_of_Errno_has_its_own_name_in_the_message()
        {
            foreach (FieldInfo field in typeof(Errno).GetFields(BindingFlags.Public | BindingFlags.Static))
            {
                if (field.Name != nameof(Errno.EWOULDBLOCK))
                {
                    int errno = (int)field.GetRawConstantValue();

                    Assert.AreEqual("[Errno " + errno + "] " + field.Name, new OSError(errno).Message);
                }
            }
        }

        [TestMethod]
        public void The_numbers_of_Errno_are_those_of_Linux()
        {
            int[] expected =
            {
                1, 2, 4, 5, 9, 11, 11, 12, 13, 16, 17, 19, 22, 24, 32, 71, 89, 90, 92, 93, 95, 97, 98, 99, 100, 101,
                103, 104, 105, 106, 107, 110, 111, 113, 114, 115,
            };
            var numbers = new List<int>();

            foreach (FieldInfo field in typeof(Errno).GetFields(BindingFlags.Public | BindingFlags.Static))
            {
                numbers.Add((int)field.GetRawConstantValue());
            }

            numbers.Sort();
            CollectionAssert.AreEqual(expected, numbers);
        }

        [TestMethod]
        public void ErrorCode_is_the_dictionary_of_the_names()
        {
            Assert.AreEqual("ECONNREFUSED", Errno.ErrorCode[111]);
            Assert.AreEqual("EAGAIN", Errno.ErrorCode[Errno.EWOULDBLOCK]);
            Assert.AreEqual("ETIMEDOUT", Errno.ErrorCode.Get(110, "?"));
            Assert.AreEqual("?", Errno.ErrorCode.Get(4711, "?"));
            Assert.IsNull(Errno.ErrorCode.Get(-2), "of the resolver, not of errno");
            Assert.IsTrue(Errno.ErrorCode.Contains(9));
            Assert.IsFalse(Errno.ErrorCode.Contains(0));
            Assert.Contains("4711", Assert.ThrowsExactly<ArgumentException>(() => Errno.ErrorCode[4711]).Message);

            int count = 0;

            foreach (int errno in Errno.ErrorCode)
            {
                Assert.AreEqual("[Errno " + errno + "] " + Errno.ErrorCode[errno], new OSError(errno).Message);
                count++;
            }

            Assert.AreEqual(
                typeof(Errno).GetFields(BindingFlags.Public | BindingFlags.Static).Length - 1, count, "all but EWOULDBLOCK");
            Assert.AreEqual(count, Errno.ErrorCode.Count);
        }

        // ---- what an object parameter was given

        [TestMethod]
        public void The_exception_names_the_type_that_came()
        {
            Poller poller = Select.Poll();

            Names("System.String", () => poller.Register("a text"));
            Names("System.Int32", () => poller.Register(3));
            Names("System.IO.MemoryStream", () => poller.Register(new System.IO.MemoryStream()));
            Names("System.Int32", () => Select.Sockets(new[] { 3 }, null, null));
        }

        private static void Names(string type, Action call)
        {
            string message = Assert.ThrowsExactly<ArgumentException>(call).Message;

            Assert.Contains(type, message);
        }

        // ---- none of these needs a socket

        [TestMethod]
        public void A_poll_object_takes_sockets_only()
        {
            Poller poller = Select.Poll();

            Assert.ThrowsExactly<ArgumentException>(() => poller.Register("a text"));
            Assert.ThrowsExactly<ArgumentNullException>(() => poller.Register(null));
            Fails(Errno.ENOENT, () => poller.Modify("a text", Select.POLLIN));
            poller.Unregister("a text");
        }

        [TestMethod]
        public void Waiting_for_not_a_number_of_seconds_is_refused()
        {
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Select.Sockets(null, null, null, double.NaN));
        }

        private static string RoundTrip(int family, string text)
        {
            return Socket.InetNtop(family, Socket.InetPton(family, text));
        }

        private static void Fails(int errno, Func<object> call)
        {
            Assert.AreEqual(errno, Assert.ThrowsExactly<OSError>(() => call()).Errno);
        }

        private static void Fails(int errno, Action call)
        {
            Assert.AreEqual(errno, Assert.ThrowsExactly<OSError>(call).Errno);
        }
    }
}
