// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using K230.Pack;
using K230.Pack.Tests;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Wire.Tests
{
    /// <summary>The tool against the firmware's own server, end to end.</summary>
    public abstract class DoubleTests
    {
        private const string Natives = "native mscorlib 100.5.0.24 1549C856\nnative K230.Sockets 1.0.0.0 12345678\n";
        private const int Block = 4096;

        private Build _build;
        private WireDouble _double;
        private Typed _typed;

        public TestContext TestContext { get; set; }

        private protected abstract bool IsSerial { get; }

        private protected WireDouble Double
        {
            get { return _double; }
        }

        private protected Build App
        {
            get { return _build; }
        }

        private protected Typed Said
        {
            get { return _typed; }
        }

        [TestInitialize]
        public void Begin()
        {
            Deadlines.Attempts = [1000, 2000, 4000, 8000];
            Deadlines.FirstAttempts = [1000, 1000, 1000];
            Deadlines.Anew = [300, 700];
            Deadlines.OneAttempt = [5000];
            Deadlines.Restart = TimeSpan.FromSeconds(25);
            Deadlines.AfterDone = TimeSpan.FromSeconds(2);
            _build = new Build().WithApp();
        }

        [TestCleanup]
        public void End()
        {
            if (TestContext.CurrentTestOutcome != UnitTestOutcome.Passed)
            {
                TestContext.WriteLine("the tool: " + _typed.Output + _typed.Error + "\nthe double: " + _double?.Log);
            }

            _double?.Dispose();
            _build.Dispose();
        }

        [TestMethod]
        public void An_app_is_deployed_and_runs_and_the_device_tells_it()
        {
            Start("on Echo print it runs\n");

            Assert.AreEqual(0, Type("deploy", _double.Address, _build.Folder, "--monitor"), _typed.Error);
            Assert.Contains("deployed Echo to " + _double.Address + ": 5 assemblies, 0.9 KiB", _typed.Output);
            Assert.EndsWith("Ready.\nit runs\nDone.\n", _typed.Output);

            Assert.AreEqual(0, Type("devices", _double.Address), _typed.Error);
            Assert.Contains("    natives   K230.Sockets 1.0.0.0 0x12345678\n", _typed.Output);
            Assert.Contains("    deployed  Echo 2.3.4.5\n", _typed.Output);

            Assert.AreEqual(0, Type("monitor", _double.Address), _typed.Error);
            Assert.Contains("the program has ended already", _typed.Error);
        }

        [TestMethod]
        public void Deployed_again_nothing_is_written_and_it_runs_again()
        {
            Start("on Echo print it runs\n");
            Type("deploy", _double.Address, _build.Folder);

            Assert.AreEqual(0, Type("deploy", _double.Address, _build.Folder, "--monitor"), _typed.Error);
            Assert.StartsWith(
                _double.Address + " has Echo already: 5 assemblies, 0.9 KiB\nstarted Echo\n", _typed.Output);
            Assert.EndsWith("Ready.\nit runs\nDone.\n", _typed.Output);
        }

        [TestMethod]
        public void Where_one_assembly_changed_only_its_blocks_are_written()
        {
            Start("", "--block", Block.ToString(), "--blocks", "16");
            _build.Add("Events.pe", new PeWriter("Events") { CodeBytes = 5 * Block }.Needs("mscorlib 1.17.11.0"));
            Deploy();
            _build.Add("Echo.pe", new PeWriter("Echo", "2.3.4.6") { HasMain = true }
                .Needs("K230.Sockets", "mscorlib 1.17.11.0", "Events"));

            using Device device = _double.Connect();
            var deployment = new Deployment(device, new App(_build.Folder));

            Assert.AreEqual(1, deployment.ChangedBlocks);
            deployment.Write();
            device.Reboot(true);
            Assert.Contains(
                new LoadedAssembly("Echo", new Version(2, 3, 4, 6), true), AssembliesSoon(device, 5));
        }

        [TestMethod]
        public void Natives_that_do_not_fit_are_refused_and_the_old_app_stays()
        {
            Start("on Echo print it runs\n");
            Deploy();
            _build.Add("K230.Sockets.pe", new PeWriter("K230.Sockets") { NativeChecksum = 0xCAFEF00D }
                .Needs("mscorlib 1.17.11.0", "System.Threading 1.1.52.0", "Events"));

            Assert.AreEqual(1, Type("deploy", _double.Address, _build.Folder));
            Assert.Contains(
                ": K230.Sockets 1.0.0.0 needs natives 0xCAFEF00D, the firmware has 0x12345678 (1.0.0.0); ",
                _typed.Error);
            AssertOldAppStays();
        }

        [TestMethod]
        public void An_app_that_is_too_big_is_refused_with_the_room_and_the_old_one_stays()
        {
            Start("on Echo print it runs\n", "--block", Block.ToString(), "--blocks", "4");
            Deploy();
            _build.Add("Echo.pe", new PeWriter("Echo") { HasMain = true, CodeBytes = 4 * Block }
                .Needs("mscorlib 1.17.11.0"));

            Assert.AreEqual(1, Type("deploy", _double.Address, _build.Folder));
            Assert.Contains("the storage of " + _double.Address + " has " + 4 * Block + "; ", _typed.Error);
            AssertOldAppStays();
        }

        [TestMethod]
        [DataRow(0)]
        [DataRow(1)]
        [DataRow(3000)]
        [DataRow(9000)]
        [DataRow(int.MaxValue)]
        public void A_deployment_that_ends_in_the_middle_leaves_the_old_app(int after)
        {
            Start("on Echo print it runs\n", "--block", Block.ToString(), "--blocks", "16");
            Deploy();
            _build.Add("Echo.pe", new PeWriter("Echo", "9.9.9.9") { HasMain = true, CodeBytes = 3 * Block }
                .Needs("mscorlib 1.17.11.0"));

            using (Device device = _double.Connect())
            {
                var deployment = new Deployment(device, new App(_build.Folder));

                if (after == 0)
                {
                    device.Pause();
                    device.Erase(device.Regions()[0].Start, Block);
                }
                else
                {
                    try
                    {
                        deployment.Write(done =>
                        {
                            if (done >= after)
                            {
                                throw new OperationCanceledException();
                            }
                        });
                    }
                    catch (OperationCanceledException)
                    {
                        // The tool is killed here.
                    }
                }

                if (after == 9000)
                {
                    _double.Kill(); // and the device loses its power
                    _double.Start();
                }
            }

            if (IsSerial && after != 9000)
            {
                _double.Kill(); // a serial line does not tell that nobody is at its other end
                _double.Start();
            }

            AssertOldAppStays();
        }

        [TestMethod]
        public void Tests_are_run_and_failures_counted_right()
        {
            Start(
                "on NFUnitTest print Test passed,A.B.One.0,100\non NFUnitTest print said\n" +
                "on NFUnitTest print Test failed,A.B.Two.0,wrong, quite\n" +
                "on NFUnitTest print Test skipped,A.B.Three.0,Kein Kabel für Grüße 世界\n");

            Assert.AreEqual(1, Test());
            Assert.EndsWith(
                "passed  A.B.One.0\nfailed  A.B.Two.0: wrong, quite\n        said\n" +
                "skipped A.B.Three.0: Kein Kabel für Grüße 世界\n1 passed, 1 failed, 1 skipped\n", _typed.Output);
        }

        [TestMethod]
        public void Hundreds_of_results_arrive_in_their_order()
        {
            const int Count = 400;
            var script = new StringBuilder();

            for (int i = 0; i < Count; i++)
            {
                script.Append("on NFUnitTest print Test passed,A.B.Test" + i + ".0,100\n");
            }

            Start(script.ToString());

            Assert.AreEqual(0, Test(), _typed.Error);
            Assert.EndsWith(
                string.Concat(Enumerable.Range(0, Count).Select(i => "passed  A.B.Test" + i + ".0\n")) +
                Count + " passed, 0 failed\n", _typed.Output);
        }

        [TestMethod]
        [DataRow("throw out of it", "an exception that nothing caught ended a thread")]
        [DataRow("loop", "no test has ended for 1 s")]
        [DataRow("hang", "no test has ended for 1 s")]
        [DataRow("crash", "the device was gone before its tests were done")]
        public void Tests_that_do_not_come_to_their_end_fail_and_say_so(string action, string said)
        {
            Start(
                "on NFUnitTest print Test passed,A.B.One.0,100\non NFUnitTest sleep 300\n" +
                "on NFUnitTest " + action + "\n");

            Assert.AreEqual(1, Test("--timeout", "1"));
            Assert.Contains("failed  (the run): " + said, _typed.Output);
            Assert.EndsWith("\n1 passed, 1 failed\n", _typed.Output);
        }

        [TestMethod]
        public void Less_than_half_as_much_again_as_the_app_goes_over_the_link()
        {
            const int AppBytes = 200 * 1024;
            const int Times = 3;
            double deploying = double.MaxValue, link = double.MaxValue;

            Start("");
            using Device device = _double.Connect();
            Connection connection = device.Connection;

            for (int i = 0; i < Times; i++)
            {
                _build.Add("Echo.pe", new PeWriter("Echo", "1.0.0." + i) { HasMain = true, CodeBytes = AppBytes }
                    .Needs("mscorlib 1.17.11.0"));
                var app = new App(_build.Folder);
                int requests = connection.Requests;
                long bytes = connection.BytesSent + connection.BytesReceived;
                var watch = Stopwatch.StartNew();
                new Deployment(device, app).Write();
                deploying = Math.Min(deploying, watch.Elapsed.TotalSeconds);

                requests = connection.Requests - requests;
                Assert.IsLessThan(1.5 * AppBytes, connection.BytesSent + connection.BytesReceived - bytes);
                Assert.IsLessThan(1.5 * AppBytes / 1024, requests);

                // The link alone: as many requests of that size, which change nothing.
                byte[] payload = new byte[1024];
                watch.Restart();
                for (int sent = 0; sent < AppBytes / payload.Length; sent++)
                {
                    connection.Request(PacketCommand.Ping, payload, "answer");
                }

                link = Math.Min(link, watch.Elapsed.TotalSeconds);
            }

            // No test fails by slowness.
            TestContext.WriteLine(
                $"{AppBytes} bytes in {deploying:0.000} s, the link alone {link:0.000} s: {deploying / link:0.00}");
        }

        private protected void Start(string script, params string[] options) => _double = new WireDouble(
            IsSerial, Path.Combine(_build.Output, "device"), Natives + script, options);

        private protected int Type(params string[] arguments)
        {
            _typed = Typed.Of(arguments);
            return _typed.Code;
        }

        private protected void Deploy() =>
            Assert.AreEqual(0, Type("deploy", _double.Address, _build.Folder), _typed.Error);

        private protected int Test(params string[] options)
        {
            Typed.AddTests(_build);

            return Type(["test", _double.Address, _build.Folder, .. options]);
        }

        private protected void AssertOldAppStays()
        {
            using Device device = _double.Connect();
            device.Reboot(true);

            Assert.Contains(new LoadedAssembly("Echo", new Version(2, 3, 4, 5), true), AssembliesSoon(device, 5));
        }

        // The CLR loads them after it has said that it starts.
        private static LoadedAssembly[] AssembliesSoon(Device device, int count)
        {
            LoadedAssembly[] assemblies = [];

            SpinWait.SpinUntil(() => (assemblies = [.. device.Assemblies()]).Length >= count, 10000);

            return assemblies;
        }
    }

    /// <summary>Over a pseudo terminal, which has the rates of a serial line and neither DTR nor RTS.</summary>
    [TestClass]
    [TestCategory("Double")]
    [TestCategory("Serial")]
    public sealed class SerialDoubleTests : DoubleTests
    {
        private protected override bool IsSerial
        {
            get { return true; }
        }
    }

    /// <summary>Over TCP through an agent.</summary>
    [TestClass]
    [TestCategory("Double")]
    public sealed class TcpDoubleTests : DoubleTests
    {
        private protected override bool IsSerial
        {
            get { return false; }
        }

        [TestMethod]
        public void Another_client_is_refused_with_the_devices_word_and_the_first_one_stays()
        {
            Start("");
            using Device first = Double.Connect();

            Assert.AreEqual(1, Type("devices", Double.Address));
            Assert.StartsWith(
                "devices: " + Double.Address + ": closed the connection at once, and said: This device is in use by " +
                WireDouble.OwnAddress + "; ", Said.Error);
            Assert.AreEqual("K230_WIRE_DOUBLE", first.Firmware().Target);
        }

        [TestMethod]
        public void A_client_that_is_not_on_the_allow_list_is_told_about_it()
        {
            Start("", "--allow", "198.51.100.0/24");

            Assert.AreEqual(1, Type("devices", Double.Address));
            Assert.Contains("closed the connection at once; ", Said.Error);
            Assert.Contains("--wire-allow", Said.Error);
        }

        [TestMethod]
        public void A_device_is_found_by_its_announcements_until_it_leaves()
        {
            Start("", "--announce", WireDouble.OwnAddress);

            Assert.Contains(Double.Address, Announcements.Listen(TimeSpan.FromSeconds(3)));
        }

        [TestMethod]
        public void Monitor_goes_on_after_the_agent_was_killed_and_after_the_device_was()
        {
            var lines = new StringBuilder("on Echo print first\n");

            for (int i = 0; i < 600; i++)
            {
                lines.Append("on Echo sleep 50\non Echo print tick\n");
            }

            Start(lines.ToString());
            Deploy();

            using var output = new SharedWriter();
            using var notices = new SharedWriter();
            using var end = new CancellationTokenSource();
            using Device device = Double.Connect();
            Task monitor = Task.Run(() => new OutputMonitor(device, output, notices).Run(end.Token));

            output.Expect("tick");
            Double.KillAgent();
            notices.Expect("lost the connection");
            notices.Expect("is connected again");
            output.Forget();
            output.Expect("tick");

            notices.Forget();
            Double.Kill();
            notices.Expect("lost the connection");
            Double.Start();
            notices.Expect("is connected again");
            output.Forget();
            output.Expect("tick");

            end.Cancel();
            Assert.IsTrue(monitor.Wait(10000));
        }
    }
}
