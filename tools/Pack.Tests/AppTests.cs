// K230.nanoFramework, MIT licence: see LICENSE

using System.IO;
using System.Linq;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Pack.Tests
{
    /// <summary>The order of an app's assemblies, and apps that are refused.</summary>
    [TestClass]
    public class AppTests
    {
        [TestMethod]
        public void Each_assembly_comes_after_those_that_it_needs()
        {
            using Build build = new Build().WithApp();

            Assert.AreEqual("mscorlib Events System.Threading K230.Sockets Echo", Order(build.App()));
        }

        [TestMethod]
        public void The_file_of_the_app_stands_for_its_folder()
        {
            using Build build = new Build().WithApp();
            build.Add("Other.pe", new PeWriter("Other") { HasMain = true }.Needs("mscorlib 1.17.11.0"));

            Assert.AreEqual(
                "mscorlib System.Threading Events K230.Sockets Echo", Order(build.App(build.File("Echo.pe"))));
            Assert.AreEqual("mscorlib Other", Order(build.App(build.File("Other.pe"))));
        }

        [TestMethod]
        public void What_nothing_needs_is_taken_with_the_folder_and_left_out_with_the_file()
        {
            using Build build = new Build().WithApp();
            build.Add("Plugin.pe", new PeWriter("Plugin").Needs("mscorlib 1.17.11.0"));

            Assert.AreEqual("mscorlib Events System.Threading K230.Sockets Plugin Echo", Order(build.App()));
            Assert.IsEmpty(build.App().LeftOut);

            App app = build.App(build.File("Echo.pe"));

            Assert.AreEqual("mscorlib System.Threading Events K230.Sockets Echo", Order(app));
            Assert.AreEqual("Plugin 1.0.0.0", string.Join(" ", app.LeftOut));
        }

        [TestMethod]
        public void A_missing_reference_is_named_with_who_needs_it()
        {
            using Build build = new Build().WithApp();
            File.Delete(build.File("Events.pe"));

            Contains(
                build.File("Events.pe") + ": is missing; K230.Sockets needs Events 1.0.0.0\n  do: ", build.Refusal());
        }

        [TestMethod]
        public void A_reference_to_another_version_is_named_with_both()
        {
            using Build build = new Build().WithApp();
            build.Add("mscorlib.pe", new PeWriter("mscorlib", "1.16.9.0"));

            Contains(
                build.File("mscorlib.pe") + ": is mscorlib 1.16.9.0; Events needs mscorlib 1.17.11.0",
                build.Refusal());
        }

        [TestMethod]
        public void Another_build_number_is_no_other_version()
        {
            using Build build = new Build().WithApp();
            build.Add("mscorlib.pe", new PeWriter("mscorlib", "1.17.3.9"));

            Assert.HasCount(5, build.App().Assemblies);
        }

        [TestMethod]
        public void Two_files_with_one_assembly_are_named()
        {
            using Build build = new Build().WithApp();
            string copy = build.Add("mscorlib (2).pe", new PeWriter("mscorlib", "1.16.9.0"));

            Contains(
                build.File("mscorlib.pe") + ": is mscorlib 1.17.11.0, and " + copy + " is mscorlib 1.16.9.0",
                build.Refusal());
        }

        [TestMethod]
        public void Natives_other_than_the_firmwares_are_refused()
        {
            using Build build = new Build().WithApp(0xCAFEF00D);

            Contains(
                build.File("K230.Sockets.pe") +
                ": was built for natives 0xCAFEF00D, the firmware of this repository has 0x12345678 (interop/native/K230_Sockets.cpp)",
                build.Refusal());
        }

        [TestMethod]
        public void Two_executables_are_named_and_one_can_be_chosen()
        {
            using Build build = new Build().WithApp();
            build.Add("Other.pe", new PeWriter("Other") { HasMain = true });

            Contains(build.Folder + ": has 2 assemblies with a Main: Echo, Other\n  do: give one of them: " +
                build.File("Echo.pe"), build.Refusal());
        }

        [TestMethod]
        public void Without_an_executable_nothing_is_packed()
        {
            using Build build = new Build().WithApp();
            File.Delete(build.File("Echo.pe"));

            Contains(build.Folder + ": none of its 4 assemblies has a Main", build.Refusal());
            Contains(
                build.File("Events.pe") + ": has no Main: it is a library", build.Refusal(build.File("Events.pe")));
        }

        [TestMethod]
        public void Assemblies_that_need_each_other_are_refused()
        {
            using Build build = new Build();
            build.Add("A.pe", new PeWriter("A") { HasMain = true }.Needs("B"));
            build.Add("B.pe", new PeWriter("B").Needs("A"));

            Contains(": needs itself", build.Refusal());
        }

        [TestMethod]
        public void A_folder_without_assemblies_tells_where_there_are_some()
        {
            using Build build = new Build().WithApp();
            string project = Path.GetFullPath(Path.Combine(build.Folder, "..", ".."));

            Contains(
                project + ": has no .pe files\n  do: give the folder with them: " + build.Folder,
                build.Refusal(project));
            Contains("there is no such file or folder", build.Refusal(build.File("none")));
        }

        [TestMethod]
        public void A_name_that_the_manifest_cannot_hold_is_refused()
        {
            using Build build = new Build();
            build.Add("A.pe", new PeWriter("../A B") { HasMain = true });

            Contains("its name '../A B' cannot be a file's", build.Refusal());
        }

        private static string Order(App app)
        {
            return string.Join(" ", app.Assemblies.Select(file => file.Name));
        }

        private static void Contains(string part, string text)
        {
            Assert.Contains(part, text);
        }
    }
}
