// K230.nanoFramework, MIT licence: see LICENSE

using System.IO;
using System.Linq;
using CliWrap;
using CliWrap.Buffered;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Bench.Tests
{
    /// <summary>The program as it is typed.</summary>
    [TestClass]
    public class ProgramTests
    {
        [TestMethod]
        [DataRow("--quik")]
        [DataRow("--json /nowhere/at/all/rows.json")]
        [DataRow("--only no-such-row")]
        public void Wrong_arguments_are_told_in_one_line_and_nothing_is_measured(string arguments)
        {
            (int code, string output, string errors) = Run(arguments);

            Assert.AreEqual(2, code, errors);
            StringAssert.StartsWith(errors, "bench: ");
            Assert.AreEqual("", output);
        }

        [TestMethod]
        public void Another_stack_than_the_kernels_is_refused()
        {
            foreach (string stack in new[] { "lwip", "bogus" })
            {
                (int code, string output, string errors) = Run("--only copies", ("K230_STACK", stack));

                Assert.AreEqual(2, code, errors);
                StringAssert.StartsWith(errors, $"bench: K230_STACK={stack} ");
                Assert.AreEqual("", output);
            }
        }

        [TestMethod]
        public void A_board_of_the_shell_is_not_asked()
        {
            (int code, _, string errors) =
                Run("--quick --only ReadInto", ("K230_AGENT", "@k230-board-that-nobody-started"));

            Assert.AreEqual(0, code, errors);
        }

        [TestMethod]
        public void A_disk_that_is_full_in_the_end_is_told_in_one_line_after_the_table()
        {
            (int code, string output, string errors) = Run("--quick --only copies --json /dev/full");

            Assert.AreEqual(1, code, errors);
            StringAssert.Contains(output, "copies of a payload byte, big core, sending");
            StringAssert.Contains(errors, "bench: --json /dev/full cannot be written: ");
            Assert.DoesNotContain("   at ", errors, "a stack trace");
        }

        [TestMethod]
        public void The_list_is_printed_without_measuring()
        {
            (int code, string output, string errors) = Run("--list");

            Assert.AreEqual(0, code, errors);
            Assert.AreEqual(Report.List(Suite.All()), output);
        }

        [TestMethod]
        public void One_row_alone_is_measured_and_written()
        {
            string folder = Directory.CreateTempSubdirectory("k230-bench-").FullName;
            string file = Path.Combine(folder, "rows.json");

            try
            {
                (int code, string output, string errors) =
                    Run($"--quick --only allocated --json {file}");

                Assert.AreEqual(0, code, errors);
                StringAssert.Contains(output, "managed bytes allocated per SendAll");
                StringAssert.Contains(File.ReadAllText(file), "\"name\": \"managed bytes allocated per SendAll\"");
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        private static (int Code, string Output, string Errors) Run(
            string arguments, params (string Name, string Value)[] settings)
        {
            BufferedCommandResult result = Cli.Wrap("dotnet")
                .WithArguments($"\"{typeof(Suite).Assembly.Location}\" {arguments}")
                .WithEnvironmentVariables(settings.ToDictionary(s => s.Name, s => s.Value))
                .WithValidation(CommandResultValidation.None)
                .ExecuteBufferedAsync().GetAwaiter().GetResult();

            return (result.ExitCode, result.StandardOutput, result.StandardError);
        }
    }
}
