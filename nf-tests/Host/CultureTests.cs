// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Globalization;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;

namespace K230.Sockets.HostTests
{
    /// <summary>
    /// What is printed and read is the same wherever the machine stands. The tests run without ICU, so the cultures are made
    /// here; with it, LANG=sv_SE.UTF-8 and DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=0 run the conformance tests in a whole one.
    /// </summary>
    [TestClass]
    public class CultureTests
    {
        [TestMethod]
        [DataRow("\u2212")] // sv-SE
        [DataRow("\u061C-")] // ar-SA
        [DataRow("\u200E\u2212")] // fa-IR
        public void A_number_is_printed_as_in_Python_in_every_culture(string minus)
        {
            In(minus, () =>
            {
                Assert.AreEqual(minus + "1", (-1).ToString(), "this culture is another");
                Assert.AreEqual("[Errno -2] EAI_NONAME", new OSError(-2).Message);
                Assert.AreEqual("[Errno -2147483648]", new OSError(int.MinValue).Message);
                Assert.AreEqual("[Errno 111] ECONNREFUSED", new OSError(111).Message);
                Assert.AreEqual("('192.0.2.1', 60000)", new SockAddr("192.0.2.1", 60000).ToString());
                Assert.AreEqual("('fe80::1%23', 80)", new SockAddr("FE80::1%23", 80).ToString());
                Assert.AreEqual("(-1, -2, 6, 'I', ('::', 0))",
                    new AddrInfo(-1, -2, 6, "I", new SockAddr("::", 0)).ToString());
                Assert.Contains("-7", Assert.ThrowsExactly<ArgumentException>(() => Errno.ErrorCode[-7]).Message);

                var socket = new Socket();
                socket.Close();
                Assert.AreEqual("<_socket -1>", socket.ToString());
                Assert.AreEqual(1234, Socket.GetAddrInfo("127.0.0.1", "1234")[0].Address.Port);
            });
        }

        private static void In(string minus, Action body)
        {
            CultureInfo before = CultureInfo.CurrentCulture;

            try
            {
                var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
                culture.NumberFormat.NegativeSign = minus;
                CultureInfo.CurrentCulture = culture;
                Soon(body);
            }
            finally
            {
                CultureInfo.CurrentCulture = before;
            }
        }
    }
}
