// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.IO;
using System.IO.Hashing;
using System.Linq;
using System.Text;
using K230.Tools;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Pack.Tests
{
    /// <summary>What is read out of an assembly, and files that are none.</summary>
    [TestClass]
    public class PeFileTests
    {
        [TestMethod]
        public void Name_version_natives_references_and_Main_are_read()
        {
            using var build = new Build();
            PeFile file = PeFile.Read(build.Add("x.pe", new PeWriter("My.App", "1.2.3.4")
            {
                NativeChecksum = 0x12345678,
                HasMain = true,
            }.Needs("mscorlib 1.17.11.0", "System.Threading 1.1.52.0", "Other 9.8.7.6")));

            Assert.AreEqual("My.App 1.2.3.4", file.ToString());
            Assert.AreEqual(0x12345678u, file.NativeChecksum);
            Assert.IsTrue(file.IsExecutable);
            Assert.AreEqual(
                "mscorlib 1.17.11.0, System.Threading 1.1.52.0, Other 9.8.7.6", string.Join(", ", file.References));
        }

        [TestMethod]
        public void The_real_core_library_is_read()
        {
            string nano = Path.Combine(Checkout.Around(AppContext.BaseDirectory), "build", "nano");
            PeFile file = PeFile.Read(Directory.GetFiles(nano, "mscorlib.pe", SearchOption.AllDirectories).Single());

            Assert.AreEqual("mscorlib 1.17.11.0", file.ToString());
            Assert.AreEqual(0x1549C856u, file.NativeChecksum);
            Assert.AreEqual(32536, file.Bytes.Length);
            Assert.IsFalse(file.IsExecutable);
            Assert.IsEmpty(file.References);
        }

        [TestMethod]
        public void A_library_has_no_Main()
        {
            using var build = new Build();
            PeFile file = PeFile.Read(build.Add("x.pe", new PeWriter("mscorlib")));

            Assert.AreEqual("mscorlib 1.0.0.0", file.ToString());
            Assert.IsFalse(file.IsExecutable);
            Assert.IsEmpty(file.References);
        }

        [TestMethod]
        public void A_file_that_is_cut_anywhere_is_refused()
        {
            using var build = new Build();
            byte[] whole = new PeWriter("App") { HasMain = true }.Needs("mscorlib").Bytes();

            for (int length = 0; length < whole.Length; length++)
            {
                string file = build.Add("x.pe", whole[..length]);

                Assert.StartsWith(file + ": is cut: it has " + length + " bytes of ", Refusal(file));
            }
        }

        [TestMethod]
        public void A_byte_that_changed_anywhere_is_noticed()
        {
            using var build = new Build();
            byte[] whole = new PeWriter("App") { HasMain = true }.Needs("mscorlib").Bytes();

            for (int at = 0; at < whole.Length; at++)
            {
                byte[] changed = whole.AsSpan().ToArray();
                changed[at] ^= 0x10;

                Assert.StartsWith(build.File("x.pe") + ": is ", Refusal(build.Add("x.pe", changed)));
            }
        }

        [TestMethod]
        public void Tables_that_lie_are_noticed_though_the_checksums_are_right()
        {
            using var build = new Build();
            string file = build.Add("x.pe", new PeWriter("App") { Padding = 3 });

            Assert.StartsWith(file + ": is damaged: the checksum or the contents of its list of tables", Refusal(file));
        }

        [TestMethod]
        public void Bytes_behind_the_end_are_refused()
        {
            using var build = new Build();
            byte[] whole = new PeWriter("App").Bytes();
            string file = build.Add("x.pe", [.. whole, 0]);

            Assert.StartsWith(
                file + ": has " + (whole.Length + 1) + " bytes, more than the " + whole.Length + " of", Refusal(file));
        }

        [TestMethod]
        public void Another_format_is_named()
        {
            using var build = new Build();
            string two = build.Add("two.pe", new PeWriter("App") { Marker = "NFMRK2\0\0" });
            string texts = build.Add("texts.pe", new PeWriter("App") { StringsVersion = 2 });
            string windows = build.Add("windows.pe", Encoding.ASCII.GetBytes("MZ and what follows"));

            Assert.StartsWith(two + ": is of format NFMRK2, the firmware loads NFMRK1", Refusal(two));
            Assert.StartsWith(texts + ": is made for version 2 of nanoCLR's table of texts", Refusal(texts));
            Assert.StartsWith(windows + ": is no assembly of nanoFramework", Refusal(windows));
        }

        [TestMethod]
        public void A_text_of_nanoCLRs_that_pack_does_not_know_is_named_by_its_number()
        {
            using var build = new Build();
            string file = build.Add("x.pe", new PeWriter("App").Needs("#12"));

            Assert.Contains("a reference's name is number 12 of nanoCLR's own texts", Refusal(file));
        }

        [TestMethod]
        public void The_sums_are_those_that_everybody_has()
        {
            byte[] digits = Encoding.ASCII.GetBytes("123456789");

            Assert.AreEqual(0xCBF43926u, Crc32.HashToUInt32(digits));
            Assert.AreEqual(0x89A1897Fu, NanoCrc.Append(0, digits));
        }

        private static string Refusal(string file)
        {
            return Assert.ThrowsExactly<Refusal>(() => PeFile.Read(file)).Message;
        }
    }
}
