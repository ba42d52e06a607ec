// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.IO;
using CliWrap;
using CliWrap.Buffered;
using K230.Tools;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Pack.Tests
{
    /// <summary>./k230 pack, as it is typed.</summary>
    [TestClass]
    public class VerbTests
    {
        private readonly string _repository = Checkout.Around(AppContext.BaseDirectory);

        [TestMethod]
        [Timeout(180000)]
        public void An_app_is_packed_from_any_folder_and_the_paths_are_the_callers()
        {
            using Build build = new Build().WithApp(RepositorysNatives());
            (int code, string output, string error) = Type(build.Folder, ".", "--output", "../../card");

            Assert.AreEqual(0, code, error);
            Assert.Contains(" 1  mscorlib          1.17.11.0       144 bytes  natives 0x1549C856\n", output);
            Assert.Contains("starts Echo\nfolder to copy to the card: ../../card/app\n", output);
            Assert.IsTrue(File.Exists(Path.Combine(build.Output, "app", "manifest.txt")));
            Assert.IsTrue(File.Exists(Path.Combine(build.Output, "Echo.tar")));
        }

        [TestMethod]
        [Timeout(180000)]
        public void A_refusal_names_the_file_and_what_to_do_and_gives_exit_code_1()
        {
            using Build build = new Build().WithApp(RepositorysNatives() + 1);
            (int code, string output, string error) = Type(build.Folder, "Echo.pe", "--output", build.Output);

            Assert.AreEqual(1, code);
            Assert.AreEqual("", output);
            Assert.Contains("K230.Sockets.pe: was built for natives 0x", error);
            Assert.Contains("\n  do: build interop/K230.Sockets and the app again from here", error);
            Assert.IsFalse(Directory.Exists(build.Output));
        }

        [TestMethod]
        [Timeout(180000)]
        public void A_file_that_is_no_pe_is_refused_with_the_name_of_the_one_beside_it()
        {
            using Build build = new Build().WithApp();
            File.WriteAllText(build.File("Echo.exe"), "what the compiler wrote");
            (int code, _, string error) = Type(build.Folder, "Echo.exe", "--output", build.Output);

            Assert.AreEqual(1, code, error);
            Assert.Contains("Echo.exe: is no .pe file", error);
            Assert.Contains("Echo.pe", error);
        }

        [TestMethod]
        [Timeout(180000)]
        public void Wrong_arguments_give_exit_code_2()
        {
            (int code, _, string error) = Type(_repository);

            Assert.AreEqual(2, code);
            Assert.StartsWith("k230: pack needs an app", error);

            (code, _, error) = Type(_repository, "somewhere", "--outptu", "x");

            Assert.AreEqual(2, code);
            Assert.Contains("pack: takes APP [--output DIR]", error);
        }

        private uint RepositorysNatives()
        {
            using Build build = new Build().WithApp(0);
            string refusal = Assert.ThrowsExactly<Refusal>(
                () => new App(build.Folder, Firmware.Of(_repository))).Message;
            int at = refusal.IndexOf("has 0x", StringComparison.Ordinal) + 6;

            return Convert.ToUInt32(refusal.Substring(at, 8), 16);
        }

        private (int Code, string Output, string Error) Type(string folder, params string[] arguments)
        {
            BufferedCommandResult result = Cli.Wrap(Path.Combine(_repository, "k230"))
                .WithArguments(["pack", .. arguments])
                .WithWorkingDirectory(folder)
                .WithEnvironmentVariables(NoBuildAround.Variables)
                .WithValidation(CommandResultValidation.None)
                .ExecuteBufferedAsync().GetAwaiter().GetResult();

            return (result.ExitCode, result.StandardOutput, result.StandardError);
        }
    }
}
