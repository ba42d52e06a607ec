// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Xml.Linq;
using CliWrap;
using CliWrap.Buffered;
using K230.Pack.Tests;
using K230.Tools;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Wire.Tests
{
    /// <summary>The command line, in this process and against a device in memory.</summary>
    [TestClass]
    public class VerbTests : QuickDevice
    {
        private static readonly XNamespace s_trx = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";

        private Build _build;
        private string _output;
        private string _error;

        [TestInitialize]
        public void Build()
        {
            _build = new Build().WithApp();
            Fake.Natives.Add(new Native("K230.Sockets", new Version(1, 0, 0, 0), Pack.Tests.Build.Natives));
        }

        [TestCleanup]
        public void Clean() => _build.Dispose();

        [TestMethod]
        public void Deploy_says_what_it_wrote_and_starts_it()
        {
            using var started = new ManualResetEventSlim();
            Fake.Program = _ => started.Set();

            Assert.AreEqual(0, Type("deploy", Fake.Address, _build.Folder), _error);
            Assert.Contains(
                "deployed Echo to " + Fake.Address + ": 5 assemblies, 0.9 KiB, of which 0.9 KiB were", _output);
            Assert.Contains("\nstarted Echo\n", _output);
            Assert.IsTrue(started.Wait(5000));
            Assert.AreEqual(2u, Fake.RebootFlags);

            Assert.AreEqual(0, Type("deploy", Fake.Address, _build.Folder), _error);
            Assert.Contains(Fake.Address + " has Echo already: 5 assemblies, 0.9 KiB\nstarted Echo\n", _output);
            Assert.AreEqual(1, Fake.Count(PacketCommand.EraseMemory));
        }

        [TestMethod]
        public void Deploy_without_run_lets_the_device_wait()
        {
            Assert.AreEqual(0, Type("deploy", Fake.Address, _build.Folder, "--no-run"), _error);
            Assert.AreEqual(6u, Fake.RebootFlags);
            Assert.Contains("Echo waits for a debugger or ./k230 monitor; without one it starts soon\n", _output);
        }

        [TestMethod]
        public void Deploy_with_monitor_shows_the_output_in_the_devices_order_until_the_program_ends()
        {
            Fake.Program = device =>
            {
                for (int i = 0; i < 100; i++)
                {
                    device.Prints("line " + i + "\r\n");
                }

                byte[] greeting = Encoding.UTF8.GetBytes("Grüße\r\nhalf a line");
                device.Prints(greeting[..3]);
                device.Prints(greeting[3..]);
                device.Ends();
            };

            Assert.AreEqual(0, Type("deploy", Fake.Address, _build.Folder, "--monitor"), _error);

            string lines = string.Concat(Enumerable.Range(0, 100).Select(i => "line " + i + "\n"));

            Assert.EndsWith("started Echo\n" + lines + "Grüße\nhalf a line\n", _output);
            Assert.EndsWith(Fake.Address + ": the program has ended\n", _error);
        }

        [TestMethod]
        public void Monitor_goes_on_after_a_restart_and_a_lost_connection()
        {
            int connected = 0;
            Fake.Between = request =>
            {
                if (request.Command == PacketCommand.Ping && (request.Flags & PacketFlags.Reply) == 0)
                {
                    connected++;
                    new Thread(connected == 1 ? First : Second).Start();
                }

                return null;
            };

            void First()
            {
                Thread.Sleep(50);
                Fake.Prints("before\n");
                Fake.Starts();
                Fake.Prints("after the restart\n");
                Fake.Vanish();
            }

            void Second()
            {
                Thread.Sleep(50);
                Fake.Prints("again\n");
                Fake.Ends();
            }

            Assert.AreEqual(0, Type("monitor", Fake.Address), _error);
            Assert.AreEqual("before\nafter the restart\nagain\n", _output);

            string[] notices = ["has started again", "lost the connection", "is connected again", "has ended"];
            string[] said = _error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

            Assert.HasCount(notices.Length, said);
            for (int i = 0; i < said.Length; i++)
            {
                Assert.StartsWith("monitor: " + Fake.Address + ": ", said[i]);
                Assert.Contains(notices[i], said[i]);
            }
        }

        [TestMethod]
        public void Monitor_lets_a_program_go_on_that_a_tool_has_stopped_which_is_gone()
        {
            using (Device device = Device.Connect(Address.Parse(Fake.Address)))
            {
                device.Pause();
            }

            using System.Threading.Tasks.Task<int> monitor =
                System.Threading.Tasks.Task.Run(() => Type("monitor", Fake.Address));

            Assert.IsTrue(SpinWait.SpinUntil(() => !Fake.IsPaused, 10000));
            Fake.Ends();
            Assert.AreEqual(0, monitor.Result, _error);
        }

        [TestMethod]
        public void Monitor_of_a_program_that_has_ended_says_so()
        {
            Fake.HasEnded = true;

            Assert.AreEqual(0, Type("monitor", Fake.Address));
            Assert.Contains("the program has ended already", _error);
        }

        [TestMethod]
        public void Devices_tells_firmware_natives_and_what_is_deployed()
        {
            Fake.Assemblies.Add(new LoadedAssembly("mscorlib", new Version(1, 17, 11, 0), false));
            Fake.Assemblies.Add(new LoadedAssembly("Echo", new Version(2, 3, 4, 5), true));

            Assert.AreEqual(0, Type("devices", Fake.Address), _error);
            Assert.AreEqual(
                Fake.Address + "  FAKE (tests), nanoCLR 1.2.3.4, made by tests\n" +
                "    natives   K230.Sockets 1.0.0.0 0x12345678\n" +
                "    natives   mscorlib 100.5.0.24 0x1549C856\n" +
                "    loaded    mscorlib 1.17.11.0\n" +
                "    deployed  Echo 2.3.4.5\n",
                _output);
        }

        [TestMethod]
        public void A_storage_that_holds_something_is_not_called_empty()
        {
            Fake.Assemblies.Add(new LoadedAssembly("mscorlib", new Version(1, 17, 11, 0), false));

            Type("devices", Fake.Address);
            Assert.EndsWith("    nothing is deployed\n", _output);

            Fake.Storage[3] = 0;
            Type("devices", Fake.Address);
            Assert.EndsWith("    loaded    mscorlib 1.17.11.0\n", _output);
        }

        [TestMethod]
        [Timeout(600000)]
        public void The_verbs_of_k230_start_the_tool_and_say_what_is_missing()
        {
            (int code, string output, string error) = TypeToK230("devices", Fake.Address);

            Assert.AreEqual(0, code, error);
            Assert.StartsWith(Fake.Address + "  FAKE (tests), nanoCLR 1.2.3.4", output);

            (code, _, error) = TypeToK230("test", "--device", Fake.Address, _build.Folder, "--filter", "X");
            Assert.AreEqual(1, code);
            Assert.EndsWith(
                "\ntest: " + _build.File("NFUnitTest.pe") + ": is missing: the folder holds no tests; give the " +
                "folder of a build of nanoFramework's unit test project\n", error);

            (code, output, error) = TypeToK230("deploy", "--help");
            Assert.AreEqual(0, code, error);
            Assert.Contains("--no-run", output);

            foreach (string[] arguments in new string[][]
            {
                ["deploy"], ["deploy", Fake.Address], ["monitor"], ["test", "--device"], ["test", Fake.Address],
                ["test", "--device", Fake.Address, "--stack", "lwip"], ["test", "--device=" + Fake.Address],
                ["test", "--device", Fake.Address, "--device", Fake.Address],
            })
            {
                (code, _, error) = TypeToK230(arguments);
                Assert.AreEqual(2, code, string.Join(" ", arguments));
                Assert.StartsWith("k230: ", error);
                Assert.HasCount(2, error.Split('\n'), error);
            }
        }

        [TestMethod]
        public void Devices_that_were_asked_for_and_do_not_answer_give_exit_code_1()
        {
            using var other = new FakeDevice();
            other.Dispose();

            Assert.AreEqual(1, Type("devices", other.Address, Fake.Address));
            Assert.Contains("nothing is deployed", _output);
            Assert.StartsWith("devices: " + other.Address + ": nothing listens there; ", _error);
        }

        [TestMethod]
        public void Test_counts_what_passed_and_failed_and_fails_with_a_failure()
        {
            Fake.Program = device =>
            {
                device.Prints("Ready.\r\nTest passed,A.B.One.0,100\r\nsaid\r\n");
                device.Prints("Test failed,A.B.Two.0,wrong, quite\r\nTest skip");
                device.Prints("ped,A.B.Three.0,no cable\r\nDone.\r\n");
                device.Ends();
            };

            Assert.AreEqual(1, Test());
            Assert.EndsWith(
                "passed  A.B.One.0\nfailed  A.B.Two.0: wrong, quite\n        said\nskipped A.B.Three.0: no cable\n" +
                "1 passed, 1 failed, 1 skipped\n", _output);
        }

        [TestMethod]
        public void Test_without_a_failure_gives_exit_code_0()
        {
            Fake.Program = device =>
            {
                device.Prints("Test passed,A.B.One.0,100\r\nDone.\r\n");
                device.Ends();
            };

            Assert.AreEqual(0, Test(), _error);
            Assert.EndsWith("\n1 passed, 0 failed\n", _output);
        }

        [TestMethod]
        public void Test_ends_where_the_word_of_the_end_is_lost()
        {
            Fake.Program = device => device.Prints("Test passed,A.B.One.0,100\r\nDone.\r\n");

            Assert.AreEqual(0, Test(), _error);
            Assert.EndsWith("\n1 passed, 0 failed\n", _output);
        }

        [TestMethod]
        public void Test_ends_with_the_program_though_a_test_prints_the_word_of_the_end()
        {
            Fake.Program = device =>
            {
                device.Prints("Done.\r\nTest passed,A.B.One.0,100\r\nDone.\r\n");
                device.Ends();
            };

            Assert.AreEqual(0, Test(), _error);
            Assert.EndsWith("\n1 passed, 0 failed\n", _output);
        }

        [TestMethod]
        public void A_filter_counts_only_what_has_it_in_its_name()
        {
            Fake.Program = device =>
            {
                device.Prints("Test failed,A.B.One.0,wrong\r\nTest passed,A.C.Two.0,1\r\nDone.\r\n");
                device.Ends();
            };

            Assert.AreEqual(0, Test("--filter", "A.C"), _error);
            Assert.EndsWith("\n1 passed, 0 failed\n", _output);

            Assert.AreEqual(1, Test("--filter", "Nowhere"));
            Assert.AreEqual("test: no test of " + _build.Folder + " has 'Nowhere' in its name\n", _error);
            Assert.EndsWith("\n0 passed, 0 failed\n", _output);
            Assert.DoesNotContain("A.C.Two", _output);
        }

        [TestMethod]
        public void A_program_that_ends_early_is_a_failure_that_says_so()
        {
            Fake.Program = device =>
            {
                device.Prints("Test passed,A.B.One.0,100\r\n    ++++ Exception System.Exception ++++\r\n");
                device.Prints(" Uncaught exception \r\nDone.\r\n");
                device.Ends();
            };

            Assert.AreEqual(1, Test());
            Assert.Contains("an exception that nothing caught ended a thread, after A.B.One.0\n", _output);
            Assert.EndsWith("\n1 passed, 1 failed\n", _output);
        }

        [TestMethod]
        public void A_program_without_a_result_is_a_failure_that_says_so()
        {
            Fake.Program = device =>
            {
                device.Prints("Ready.\r\nDone.\r\n");
                device.Ends();
            };

            Assert.AreEqual(1, Test());
            Assert.Contains("the program ended without a result", _output);
        }

        [TestMethod]
        public void A_program_that_ends_without_the_CLRs_last_word_has_ended_early()
        {
            Fake.Program = device =>
            {
                device.Prints("Test passed,A.B.One.0,100\r\n");
                device.Ends();
            };

            Assert.AreEqual(1, Test());
            Assert.Contains(
                "the program ended early: the CLR has not said that it is done, after A.B.One.0\n", _output);
            Assert.EndsWith("\n1 passed, 1 failed\n", _output);
        }

        [TestMethod]
        public void What_is_printed_around_the_CLRs_last_word_does_no_harm()
        {
            Fake.Program = device =>
            {
                device.Prints("Test passed,A.B.One.0,100\r\nhalf a lineDone.\r\nand a thread\r\n");
                device.Ends();
            };

            Assert.AreEqual(0, Test(), _output);
        }

        [TestMethod]
        public void A_device_that_vanishes_or_starts_again_within_the_tests_is_a_failure_that_says_so()
        {
            Fake.Program = device =>
            {
                device.Prints("Test passed,A.B.One.0,100\r\n");
                device.Vanish();
            };
            Assert.AreEqual(1, Test());
            Assert.Contains("the device was gone before its tests were done, after A.B.One.0", _output);

            Fake.Program = device =>
            {
                device.Prints("Test passed,A.B.One.0,100\r\n");
                device.Starts();
            };
            Assert.AreEqual(1, Test());
            Assert.Contains("the device started again before its tests were done, after A.B.One.0", _output);
        }

        [TestMethod]
        public void A_test_that_hangs_is_a_failure_that_says_so()
        {
            Fake.Program = device => device.Prints("Test passed,A.B.One.0,100\r\nworking\r\n");

            Assert.AreEqual(1, Test("--timeout", "1"));
            Assert.Contains(
                "no test has ended for 1 s: it hangs, or needs a longer --timeout, after A.B.One.0", _output);
            Assert.Contains("        working\n", _output);
        }

        [TestMethod]
        public void Results_are_written_as_trx()
        {
            Fake.Program = device =>
            {
                device.Prints("said \u0007\r\nTest passed,A.B.One.0,10000000\r\nTest failed,A.B.Two.0,wrong\r\n");
                device.Prints("Test skipped,A.B.Three.0,no cable\r\nDone.\r\n");
                device.Ends();
            };
            string file = Path.Combine(_build.Output, "results", "device.trx");

            Assert.AreEqual(1, Test("--trx", file), _error);

            XElement[] results = XDocument.Load(file).Descendants(s_trx + "UnitTestResult").ToArray();

            Assert.AreEqual(
                "A.B.One.0 Passed 00:00:01|A.B.Two.0 Failed 00:00:00|A.B.Three.0 NotExecuted 00:00:00",
                string.Join("|", results.Select(result => result.Attribute("testName").Value + " " +
                    result.Attribute("outcome").Value + " " + result.Attribute("duration").Value)));
            Assert.AreEqual("said ", results[0].Descendants(s_trx + "StdOut").Single().Value);
            Assert.AreEqual("wrong", results[1].Descendants(s_trx + "Message").Single().Value);
        }

        [TestMethod]
        public void A_folder_of_tests_without_the_test_framework_is_told_with_where_to_get_it()
        {
            Typed.AddTests(_build);
            File.Delete(_build.File("nanoFramework.TestFramework.pe"));

            Assert.AreEqual(1, Type("test", Fake.Address, _build.Folder));
            Assert.AreEqual(
                "test: " + _build.File("nanoFramework.TestFramework.pe") + ": is missing; copy the file there from " +
                "the package nanoFramework.TestFramework\n", _error);
        }

        [TestMethod]
        public void A_folder_that_holds_no_tests_is_told_before_anything_else()
        {
            Fake.StopListening();

            Assert.AreEqual(1, Type("test", Fake.Address, _build.Folder));
            Assert.StartsWith("test: " + _build.File("NFUnitTest.pe") + ": is missing", _error);
            Assert.AreEqual(1, Type("test", Fake.Address, _build.File("none")));
            Assert.Contains(": there is no such folder; ", _error);
        }

        [TestMethod]
        public void An_app_that_is_none_is_told_before_anything_else()
        {
            Fake.StopListening();

            Assert.AreEqual(1, Type("deploy", Fake.Address, _build.File("none")));
            Assert.StartsWith("deploy: " + _build.File("none") + ": there is no such file or folder", _error);
        }

        [TestMethod]
        public void Wrong_arguments_give_exit_code_2_and_one_line()
        {
            foreach (string[] arguments in new string[][]
            {
                [], ["dance"], ["deploy"], ["deploy", "COM1"], ["monitor"], ["monitor", "COM1", "COM2"],
                ["test"], ["deploy", "COM1", "app", "--no-run", "--monitor"],
                ["test", "COM1", "tests", "--timeout", "0"], ["test", "COM1", "tests", "--timeout", "soon"],
            })
            {
                Assert.AreEqual(2, Type(arguments), string.Join(" ", arguments));
                Assert.HasCount(2, _error.Split('\n'), _error);
                Assert.AreEqual("", _output);
            }
        }

        [TestMethod]
        public void An_option_that_there_is_not_is_no_device()
        {
            foreach (string[] arguments in new string[][]
            {
                ["devices", "--bogus"], ["monitor", "--bogus"], ["deploy", Fake.Address, "--bogus"],
                ["test", Fake.Address, "--bogus"],
            })
            {
                Assert.AreEqual(2, Type(arguments), string.Join(" ", arguments));
                Assert.StartsWith(arguments[0] + ": unknown option --bogus; " + arguments[0] + " takes ", _error);
                Assert.HasCount(2, _error.Split('\n'), _error);
            }
        }

        [TestMethod]
        [OSCondition(OperatingSystems.Linux)]
        public void A_deploy_that_Ctrl_C_stops_says_what_the_device_has()
        {
            using var erases = new ManualResetEventSlim();
            Fake.Between = request =>
            {
                if (request.Command != PacketCommand.EraseMemory)
                {
                    return null;
                }

                erases.Set();
                return [];
            };

            // What runs this may ignore SIGINT, which a process inherits.
            var start = new ProcessStartInfo("env", [
                "--default-signal=INT", "dotnet", typeof(Address).Assembly.Location, "deploy", Fake.Address,
                _build.Folder,
            ])
            {
                RedirectStandardError = true,
            };
            using var tool = Process.Start(start);

            Assert.IsTrue(erases.Wait(60000));
            using (var kill = Process.Start("kill", ["-INT", tool.Id.ToString()]))
            {
                kill.WaitForExit();
            }

            string said = tool.StandardError.ReadToEnd();
            tool.WaitForExit();
            Assert.AreEqual(
                "deploy: " + Fake.Address + ": was stopped; the former program is kept, deploy again\n", said);
            Assert.AreEqual(1, tool.ExitCode);
        }

        private static (int Code, string Output, string Error) TypeToK230(params string[] arguments)
        {
            BufferedCommandResult result = Cli.Wrap(
                    Path.Combine(Checkout.Around(AppContext.BaseDirectory), "k230"))
                .WithArguments(arguments)
                .WithEnvironmentVariables(NoBuildAround.Variables)
                .WithValidation(CommandResultValidation.None)
                .ExecuteBufferedAsync().GetAwaiter().GetResult();

            return (result.ExitCode, result.StandardOutput, result.StandardError);
        }

        private int Test(params string[] options)
        {
            Typed.AddTests(_build);

            return Type(["test", Fake.Address, _build.Folder, .. options]);
        }

        private int Type(params string[] arguments)
        {
            (int code, _output, _error) = Typed.Of(arguments);

            return code;
        }
    }
}
