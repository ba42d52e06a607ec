// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.IO.Ports;
using System.Linq;
using System.Threading;
using K230.Pack;
using Spectre.Console;

namespace K230.Wire
{
    /// <summary>What the command line does. Each returns an exit code.</summary>
    internal static class Verbs
    {
        private const int Failed = 1;

        // Twice as long as devices are silent between announcements, and something for a lost one.
        private static readonly TimeSpan s_forAnnouncements = TimeSpan.FromSeconds(3);

        private static readonly string[] s_unitTest =
            ["NFUnitTest", "nanoFramework.UnitTestLauncher", "nanoFramework.TestFramework"];

        internal static int Devices(string[] addresses)
        {
            bool isAsked = addresses.Length > 0;

            if (!isAsked)
            {
                addresses = [.. Announcements.Listen(s_forAnnouncements), .. SerialPort.GetPortNames().Order()];
            }

            int found = 0;

            foreach (string address in addresses)
            {
                try
                {
                    using Device device = Device.Connect(Address.Parse(address));
                    Describe(device);
                    found++;
                }
                catch (Failure e)
                {
                    Console.Error.WriteLine("devices: " + e.Message);
                }
            }

            if (found > 0)
            {
                return isAsked && found < addresses.Length ? Failed : 0;
            }

            if (!isAsked)
            {
                Console.Error.WriteLine(
                    "devices: no device announces itself or answers at a serial line; start nanoclr with --wire, or " +
                    "give its address: ./k230 devices 192.168.1.7; a device to which a tool is connected does not " +
                    "announce itself");
            }

            return Failed;
        }

        internal static int Deploy(string address, string path, bool runs, bool monitors)
        {
            Address where = Address.Parse(address);
            var app = new App(path);
            using Device device = Device.Connect(where);

            DeployUnlessStopped(device, app);
            device.Reboot(runs);
            Console.WriteLine(
                runs ? "started " + app.Main.Name
                    : app.Main.Name + " waits for a debugger or ./k230 monitor; without one it starts soon");

            if (monitors)
            {
                Monitor(device);
            }

            return 0;
        }

        internal static int Monitor(string address)
        {
            using Device device = Device.Connect(Address.Parse(address));

            if (device.HasEnded)
            {
                Console.Error.WriteLine(
                    "monitor: " + device + ": the program has ended already; ./k230 deploy starts it anew");
                return 0;
            }

            device.Resume(); // what a tool that is gone has stopped: a device serves one at a time
            Monitor(device);

            return 0;
        }

        internal static int Test(string address, string folder, string filter, string trx, int timeoutSeconds)
        {
            Address where = Address.Parse(address);
            App app = TestApp(folder);
            using Device device = Device.Connect(where);

            DeployUnlessStopped(device, app);

            DateTime start = DateTime.UtcNow;
            device.Reboot(true);

            List<TestResult> results = Run(device, filter, TimeSpan.FromSeconds(timeoutSeconds));

            if (trx != null)
            {
                Trx.Write(trx, device.ToString(), start, results);
            }

            int Count(TestOutcome outcome) => results.Count(result => result.Outcome == outcome);

            int skipped = Count(TestOutcome.Skipped);

            if (results.Count == 0)
            {
                Console.Error.WriteLine("test: no test of " + folder + " has '" + filter + "' in its name");
            }

            Console.WriteLine(
                Count(TestOutcome.Passed) + " passed, " + Count(TestOutcome.Failed) + " failed" +
                (skipped > 0 ? ", " + skipped + " skipped" : ""));

            return Count(TestOutcome.Failed) > 0 || Count(TestOutcome.Passed) == 0 ? Failed : 0;
        }

        private static void Describe(Device device)
        {
            Firmware firmware = device.Firmware();
            IReadOnlyList<LoadedAssembly> assemblies = device.Assemblies();
            LoadedAssembly[] deployed = assemblies.Where(assembly => assembly.IsDeployed).ToArray();

            Console.WriteLine(
                device + "  " + firmware.Target + " (" + firmware.Platform + "), nanoCLR " + firmware.Clr +
                (firmware.Info.Length > 0 ? ", " + firmware.Info : ""));

            foreach (Native native in device.Natives().OrderBy(native => native.Name, StringComparer.Ordinal))
            {
                Console.WriteLine(
                    "    natives   " + native.Name + " " + native.Version + " 0x" + native.Checksum.ToString("X8"));
            }

            foreach (LoadedAssembly assembly in assemblies)
            {
                Console.WriteLine(
                    (assembly.IsDeployed ? "    deployed  " : "    loaded    ") + assembly.Name + " " +
                    assembly.Version);
            }

            if (deployed.Length == 0 && Deployment.IsEmpty(device))
            {
                Console.WriteLine("    nothing is deployed");
            }
        }

        // Ctrl-C ends the connection, and with it what waits for a reply: the terminal gets its cursor back on the way.
        private static void DeployUnlessStopped(Device device, App app)
        {
            bool isStopped = false;
            ConsoleCancelEventHandler handler = (_, press) =>
            {
                press.Cancel = true;
                isStopped = true;
                device.Connection.Dispose();
            };

            Console.CancelKeyPress += handler;

            try
            {
                Deploy(device, app);
            }
            catch (Failure) when (isStopped)
            {
                throw new Failure(
                    device.ToString(), "was stopped", "the former program is kept, deploy again");
            }
            finally
            {
                Console.CancelKeyPress -= handler;
            }
        }

        private static void Deploy(Device device, App app)
        {
            var watch = Stopwatch.StartNew();
            var deployment = new Deployment(device, app);
            string what = app.Assemblies.Count + " assemblies, " + Kibibytes(deployment.AppBytes);

            if (deployment.ChangedBlocks == 0)
            {
                Console.WriteLine(device + " has " + app.Main.Name + " already: " + what);
                return;
            }

            if (AnsiConsole.Profile.Out.IsTerminal)
            {
                AnsiConsole.Progress().Start(progress =>
                {
                    ProgressTask task = progress.AddTask(
                        Markup.Escape(app.Main.Name + " to " + device), true, Math.Max(1, deployment.ChangedBytes));
                    deployment.Write(done => task.Value = done);
                    task.Value = task.MaxValue;
                });
            }
            else
            {
                deployment.Write();
            }

            Console.WriteLine(
                "deployed " + app.Main.Name + " to " + device + ": " + what + ", of which " +
                Kibibytes(deployment.ChangedBytes) + " were written, in " +
                watch.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s");
        }

        private static void Monitor(Device device)
        {
            using var end = new CancellationTokenSource();
            ConsoleCancelEventHandler handler = (_, press) =>
            {
                press.Cancel = true;
                end.Cancel();
            };

            Console.CancelKeyPress += handler;

            try
            {
                new OutputMonitor(device, Console.Out, Console.Error).Run(end.Token);
            }
            finally
            {
                Console.CancelKeyPress -= handler;
            }
        }

        private static App TestApp(string folder)
        {
            if (!Directory.Exists(folder))
            {
                throw new Failure(
                    folder, "there is no such folder",
                    "build the tests' .nfproj in Visual Studio or VS Code, and give its bin/Debug");
            }

            string missing = s_unitTest.FirstOrDefault(name => !File.Exists(Path.Combine(folder, name + ".pe")));

            if (missing != null)
            {
                throw new Failure(
                    Path.Combine(folder, missing + ".pe"),
                    missing == s_unitTest[0] ? "is missing: the folder holds no tests" : "is missing",
                    missing == s_unitTest[0]
                        ? "give the folder of a build of nanoFramework's unit test project"
                        : "copy the file there from the package nanoFramework.TestFramework");
            }

            return new App(folder);
        }

        private static List<TestResult> Run(Device device, string filter, TimeSpan timeout)
        {
            var run = new TestRun();
            var lines = new Lines();
            var results = new List<TestResult>();
            var sinceResult = Stopwatch.StartNew();
            var sincePiece = Stopwatch.StartNew();

            void TakeLine(string line)
            {
                if (run.Take(line) is TestResult result)
                {
                    sinceResult.Restart();

                    if (filter == null || result.Name.Contains(filter, StringComparison.Ordinal))
                    {
                        results.Add(result);
                        Print(result);
                    }
                }
            }

            OutputEnd end = Output.Read(
                device.Connection,
                piece =>
                {
                    sincePiece.Restart();
                    lines.Add(piece);
                    foreach (string line in lines.Take())
                    {
                        TakeLine(line);
                    }
                },
                () => sinceResult.Elapsed < timeout && (!run.IsDone || sincePiece.Elapsed < Deadlines.AfterDone));

            string rest = lines.TakeRest();

            if (rest.Length > 0)
            {
                TakeLine(rest);
            }

            string wrong = end switch
            {
                OutputEnd.Restarted => "the device started again before its tests were done",
                OutputEnd.Lost => "the device was gone before its tests were done",
                OutputEnd.Left when !run.IsDone =>
                    "no test has ended for " + timeout.TotalSeconds + " s: it hangs, or needs a longer --timeout",
                _ when run.HasUncaught => "an exception that nothing caught ended a thread",
                _ when run.Results.Count == 0 => "the program ended without a result",
                OutputEnd.Ended when !run.HasSaidDone =>
                    "the program ended early: the CLR has not said that it is done",
                _ => null,
            };

            if (wrong != null)
            {
                string after = run.Results.Count == 0 ? "" : ", after " + run.Results[^1].Name;
                var failure = new TestResult("(the run)", TestOutcome.Failed, TimeSpan.Zero, wrong + after, run.Rest);

                results.Add(failure);
                Print(failure);
            }

            return results;
        }

        private static void Print(TestResult result)
        {
            string outcome = result.Outcome.ToString().ToLowerInvariant().PadRight(8);

            Console.WriteLine(outcome + result.Name + (result.Message.Length > 0 ? ": " + result.Message : ""));

            if (result.Outcome == TestOutcome.Failed && result.Output.Length > 0)
            {
                Console.WriteLine("        " + result.Output.Replace("\n", "\n        "));
            }
        }

        private static string Kibibytes(int bytes) =>
            (bytes / 1024.0).ToString("0.#", CultureInfo.InvariantCulture) + " KiB";
    }
}
