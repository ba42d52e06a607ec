// K230.nanoFramework, MIT licence: see LICENSE

using System.Linq;
using K230.Tools;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Drift.Tests
{
    /// <summary>The checksum, with numbers that the metadata processor gave.</summary>
    [TestClass]
    public class ChecksumTests
    {
        [TestMethod]
        public void The_crc_is_the_one_that_starts_at_zero_and_inverts_nothing()
        {
            Assert.AreEqual(0x89A1897Fu, NanoCrc.Append(0, "123456789"u8));
        }

        [TestMethod]
        public void An_assembly_without_natives_has_checksum_zero_in_v1()
        {
            Assert.AreEqual(0u, Checksum.V1("A", Slots("", "", "")));
        }

        [TestMethod]
        public void The_sample_of_nanoFramework_has_the_checksum_of_its_firmware()
        {
            Slot[] slots = Slots(
                "", "", "NF_AwesomeLib_Math::NativeSuperComplicatedCalculation___STATIC__R8__R8", "", "",
                "NF_AwesomeLib_Utilities::NativeGetHardwareSerial___STATIC__VOID__SZARRAY_U1");

            Assert.AreEqual(0xEE794AFBu, Checksum.V1("NF.AwesomeLib", slots));
            Assert.AreEqual(0x94FA78F3u, Checksum.V2("NF.AwesomeLib", slots));
        }

        [TestMethod]
        public void Two_natives_of_one_class_count_with_what_lies_around_them()
        {
            Slot[] slots = Slots(
                "", "K230_nanoFramework_MailboxNative::Open___STATIC__I4__I4",
                "K230_nanoFramework_MailboxNative::Send___STATIC__I4__I4__SZARRAY_U1__I4__I4__I4", "");

            Assert.AreEqual(0x73174D14u, Checksum.V1("K230.nanoFramework", slots));
            Assert.AreEqual(0xC2F99BA8u, Checksum.V2("K230.nanoFramework", slots));
        }

        [TestMethod]
        public void A_method_before_the_first_native_counts_in_v2_alone()
        {
            const string Native = "C::M___STATIC__VOID";

            Assert.AreEqual(Checksum.V1("A", Slots(Native)), Checksum.V1("A", Slots("", Native)));
            Assert.AreNotEqual(Checksum.V2("A", Slots(Native)), Checksum.V2("A", Slots("", Native)));
            Assert.AreNotEqual(Checksum.V1("A", Slots(Native)), Checksum.V1("A", Slots(Native, "")));
        }

        [TestMethod]
        public void Types_are_sorted_without_their_case()
        {
            string[] names =
            {
                "K230.Sockets.Poller/Watch", "K230.Sockets.PollEvent", "K230.Sockets.Socket", "K230.Sockets.SockAddr",
                "K230.Sockets.Poller", "K230.Sockets.OSError", "<PrivateImplementationDetails>", "K230.Sockets.sockaddr",
            };
            string[] sorted = names.OrderBy(name => name, CultureOrder.Instance).ToArray();

            CollectionAssert.AreEqual(
                new[]
                {
                    "<PrivateImplementationDetails>", "K230.Sockets.OSError", "K230.Sockets.Poller",
                    "K230.Sockets.Poller/Watch", "K230.Sockets.PollEvent", "K230.Sockets.sockaddr",
                    "K230.Sockets.SockAddr", "K230.Sockets.Socket",
                },
                sorted);
        }

        // "" for a managed method, else class::method of a native.
        private static Slot[] Slots(params string[] methods)
        {
            return methods.Select(text =>
            {
                string[] parts = text.Length == 0 ? new[] { "C", "M___VOID" } : text.Split("::");

                return new Slot(parts[0], parts[1], parts[0], parts[1], text.Length > 0, true);
            }).ToArray();
        }
    }
}
