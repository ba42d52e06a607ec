// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Pack.Tests
{
    /// <summary>What is written.</summary>
    [TestClass]
    public class PackageTests
    {
        // Also in board/K230/nanoclr/tests/manifest_test.cpp, which reads it.
        private const string ManifestFile =
            "k230-app 1\n" +
            "# order name version bytes crc32 natives\n" +
            "1 mscorlib 1.17.11.0 144 AECF3285 1549C856\n" +
            "2 Events 1.0.0.0 160 46287C51 00000000\n" +
            "3 System.Threading 1.1.52.0 156 5189A0FC 00000000\n" +
            "4 K230.Sockets 1.0.0.0 200 A6E4B7F3 12345678\n" +
            "5 Echo 2.3.4.5 220 353C3929 00000000\n" +
            "start Echo\n";

        [TestMethod]
        public void The_manifest_has_a_line_for_each_file_and_the_start_at_its_end()
        {
            using Build build = new Build().WithApp();

            Assert.AreEqual(ManifestFile, Manifest.Of(build.App()));
        }

        [TestMethod]
        public void The_folder_has_the_manifest_and_the_files_under_their_assemblies_names()
        {
            using Build build = new Build().WithApp();
            File.Move(build.File("Echo.pe"), build.File("renamed.pe"));
            var package = new Package(build.App(), build.Output);

            Assert.AreEqual(Path.Combine(build.Output, "app"), package.Folder);
            Assert.AreEqual(
                "Echo.pe Events.pe K230.Sockets.pe System.Threading.pe manifest.txt mscorlib.pe",
                Names(package.Folder));
            Assert.AreEqual(ManifestFile, File.ReadAllText(Path.Combine(package.Folder, "manifest.txt")));
            CollectionAssert.AreEqual(
                File.ReadAllBytes(build.File("renamed.pe")),
                File.ReadAllBytes(Path.Combine(package.Folder, "Echo.pe")));
        }

        [TestMethod]
        public void An_output_that_is_a_file_or_lies_below_one_is_refused_with_what_to_do()
        {
            using Build build = new Build().WithApp();
            string file = build.File("Echo.pe");
            byte[] before = File.ReadAllBytes(file);

            foreach (string output in new[] { file, Path.Combine(file, "below") })
            {
                string refusal = Assert.ThrowsExactly<Refusal>(() => new Package(build.App(), output)).Message;

                Assert.AreEqual(
                    file + ": is a file, and pack writes a folder\n" +
                    "  do: give a folder with --output, or none: it is then build/pack", refusal);
            }

            CollectionAssert.AreEqual(before, File.ReadAllBytes(file));
        }

        [TestMethod]
        public void A_file_where_the_folder_of_the_app_should_be_is_refused_as_well()
        {
            using Build build = new Build().WithApp();
            string file = Path.Combine(Directory.CreateDirectory(build.Output).FullName, "app");
            File.WriteAllText(file, "mine");

            string refusal = Assert.ThrowsExactly<Refusal>(() => new Package(build.App(), build.Output)).Message;

            Assert.StartsWith(file + ": is a file", refusal);
            Assert.AreEqual("mine", File.ReadAllText(file));
        }

        [TestMethod]
        public void The_tar_unpacks_to_the_same_folder()
        {
            using Build build = new Build().WithApp();
            var package = new Package(build.App(), build.Output);
            string card = Directory.CreateDirectory(Path.Combine(build.Output, "elsewhere")).FullName;

            Assert.AreEqual(Path.Combine(build.Output, "Echo.tar"), package.Tar);
            TarFile.ExtractToDirectory(package.Tar, card, false);

            foreach (string file in Directory.GetFiles(package.Folder))
            {
                CollectionAssert.AreEqual(
                    File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(card, "app", Path.GetFileName(file))));
            }

            Assert.HasCount(6, Directory.GetFiles(Path.Combine(card, "app")));
        }

        [TestMethod]
        public void Packing_again_replaces_what_was_there()
        {
            using Build build = new Build().WithApp();
            string folder = new Package(build.App(), build.Output).Folder;
            build.Add("Echo.pe", new PeWriter("Echo") { HasMain = true }.Needs("mscorlib 1.17.11.0"));
            _ = new Package(build.App(build.File("Echo.pe")), build.Output);

            Assert.AreEqual(
                "Echo.pe manifest.txt mscorlib.pe",
                Names(folder));
        }

        [TestMethod]
        public void A_folder_with_other_files_is_left_alone()
        {
            using Build build = new Build().WithApp();
            string folder = Directory.CreateDirectory(Path.Combine(build.Output, "app")).FullName;
            string photo = Path.Combine(folder, "photo.jpg");
            File.WriteAllText(photo, "mine");

            Refusal refusal = Assert.ThrowsExactly<Refusal>(() => new Package(build.App(), build.Output));

            Assert.Contains("holds 'photo.jpg', which pack has not written", refusal.Message);
            Assert.AreEqual("mine", File.ReadAllText(photo));
        }

        [TestMethod]
        public void A_folder_of_assemblies_that_pack_has_not_written_is_left_alone()
        {
            using Build build = new Build().WithApp();
            string folder = Directory.CreateDirectory(Path.Combine(build.Output, "app")).FullName;
            string mine = Path.Combine(folder, "mine.pe");
            File.WriteAllText(mine, "mine");

            Refusal refusal = Assert.ThrowsExactly<Refusal>(() => new Package(build.App(), build.Output));

            Assert.Contains("has no manifest.txt, so pack has not written it", refusal.Message);
            Assert.AreEqual("mine", File.ReadAllText(mine));
        }

        private static string Names(string folder)
        {
            return string.Join(" ", Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        }
    }
}
