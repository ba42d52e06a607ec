// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using static K230.Sockets.HostTests.Support;
using NetSocket = System.Net.Sockets.Socket;

namespace K230.Sockets.HostTests
{
    /// <summary>Whole processes over the virtual board: how an app ends, and boards that several apps share.</summary>
    /// <remarks>
    /// Over lwIP they run in a process of their own: an app that has used the board itself keeps the cable.
    /// </remarks>
    [TestClass]
    [TestCategory("Board")]
    public class BoardTests
    {
        // ---- the end of an app

        [TestMethod]
        [DataRow("close")]
        [DataRow("return")]
        [DataRow("exit")]
        [DataRow("throw")]
        [DataRow("fail-fast")]
        [DataRow("kill")]
        public void However_an_app_ends_what_it_had_written_arrives_and_nothing_is_left(string end)
        {
            const int Count = 200000;
            string[] before = OursIn("/dev/shm", "/tmp");

            using (NetSocket listener = KernelListener())
            using (var victim = new Victim(null, "write", At(listener).Port.ToString(), Count.ToString(), end))
            {
                using (NetSocket peer = AcceptSoon(listener))
                using (NetSocket second = AcceptSoon(listener))
                {
                    victim.Expect("written");

                    List<int> agents = AgentsOf(victim.Id);
                    Assert.AreEqual(1, agents.Count);
                    HasNoFiles(victim.Id);
                    HasNoFiles(agents[0]);

                    // Not a byte was taken so far, so much of it is still in the ring.
                    if (end == "kill")
                    {
                        Kill(victim.Id);
                    }
                    else
                    {
                        victim.GoOn();
                    }

                    Until(() => IsGone(victim.Id));
                    AreSame(Pattern(Count), Soon(() => ReceiveAll(peer)));
                    Assert.AreEqual(0, Soon(() => ReceiveAll(second)).Length);
                    Until(() => IsGone(agents[0]));
                    Assert.AreEqual(end == "close" || end == "return" || end == "exit", victim.ExitCode == 0);
                    Assert.AreEqual(0, Directory.GetFileSystemEntries(victim.Temp).Length, "files in TMPDIR");
                    CollectionAssert.AreEqual(before, OursIn("/dev/shm", "/tmp"));
                }
            }
        }

        [TestMethod]
        public void What_an_app_left_behind_is_sent_to_a_slow_reader_as_long_as_it_reads()
        {
            const int Count = 200000;

            using (NetSocket listener = KernelListener())
            {
                listener.ReceiveBufferSize = 4096;

                using (var victim = new Victim(
                    null, "write", At(listener).Port.ToString(), Count.ToString(), "return"))
                using (NetSocket peer = AcceptSoon(listener))
                using (NetSocket second = AcceptSoon(listener))
                {
                    victim.Expect("written");
                    victim.GoOn();
                    Until(() => IsGone(victim.Id));

                    // More than seven seconds in all, and never a second without progress.
                    var all = new MemoryStream();
                    byte[] piece = new byte[4096];
                    int got;

                    while ((got = Soon(() => peer.Receive(piece))) != 0)
                    {
                        all.Write(piece, 0, got);
                        Thread.Sleep(all.Length < 80000 ? 1 : 250);
                    }

                    AreSame(Pattern(Count), all.ToArray());
                }
            }
        }

        [TestMethod]
        public void An_agent_that_was_killed_leaves_nothing_either()
        {
            using (var victim = new Victim(null, "socket"))
            {
                victim.Expect("open");
                Kill(AgentsOf(victim.Id).Single());
                victim.GoOn();
                victim.Ends(0);
                Assert.AreEqual(0, Directory.GetFileSystemEntries(victim.Temp).Length, "files in TMPDIR");
            }
        }

        [TestMethod]
        public void Before_the_first_socket_there_is_no_agent_and_an_empty_Poll_does_not_spin()
        {
            using (var victim = new Victim(null, "empty-poll", "500"))
            {
                string[] words = victim.Line().Split(' ');

                victim.Ends(0);
                Assert.AreEqual("events 0", words[0] + " " + words[1]);
                double waited = double.Parse(words[3], CultureInfo.InvariantCulture);
                double used = double.Parse(words[5], CultureInfo.InvariantCulture);
                Assert.IsTrue(waited >= 480, "waited " + waited);
                Assert.IsTrue(used < 300, "used " + used + " ms of processor time");
            }
        }

        // ---- a board of its own

        [TestMethod]
        public void A_board_serves_one_app_after_another()
        {
            using (NetSocket listener = KernelListener())
            using (var board = new Board())
            {
                for (int i = 0; i < 3; i++)
                {
                    using (var victim = new Victim(board.Name, "talk", At(listener).Port.ToString()))
                    using (NetSocket peer = AcceptSoon(listener))
                    {
                        Assert.AreEqual("hello\n", Text(Receive(peer, 6)));
                        Assert.AreEqual(0, AgentsOf(victim.Id).Count, "it uses the board, not an agent of its own");
                        peer.Send(Bytes("app " + i + "\n"));
                        victim.Expect("heard app " + i);
                        victim.Ends(0);
                        Assert.AreEqual(0, peer.Receive(new byte[1]));
                    }
                }
            }
        }

        [TestMethod]
        public void A_board_in_use_is_refused_with_EBUSY_and_free_again_after_a_kill()
        {
            using (var board = new Board())
            {
                using (var holder = new Victim(board.Name, "socket"))
                {
                    holder.Expect("open");

                    using (var third = new Victim(board.Name, "socket"))
                    {
                        third.Expect("errno " + Errno.EBUSY);
                        third.Ends(1);
                        StringAssert.Contains(third.Errors, "in use by process " + holder.Id);
                        StringAssert.Contains(third.Errors, board.Name);
                    }

                    Kill(holder.Id);
                    Until(() => IsGone(holder.Id));
                }

                using (var next = new Victim(board.Name, "socket"))
                {
                    next.Expect("open");
                    next.GoOn();
                    next.Ends(0);
                }
            }
        }

        [TestMethod]
        public void An_app_that_waits_for_the_board_gets_it_when_the_one_before_ends()
        {
            using (var board = new Board())
            using (var first = new Victim(board.Name, "socket"))
            {
                first.Expect("open");

                using (var second = new Victim(board.Name, "socket"))
                {
                    Thread.Sleep(500);
                    first.GoOn();
                    first.Ends(0);
                    second.Expect("open");
                    second.GoOn();
                    second.Ends(0);
                }
            }
        }

        [TestMethod]
        [DataRow("@k230-board-of-nobody")]
        [DataRow("no-at-sign")]
        [DataRow("@")]
        [DataRow("@123456789012345678901234567890123456789012345678901234567890" +
            "1234567890123456789012345678901234567890123456789012345678901234567890")]
        public void A_board_that_is_not_there_is_ENODEV_and_one_clear_line(string name)
        {
            using (var victim = new Victim(name, "socket"))
            {
                victim.Expect("errno " + Errno.ENODEV);
                victim.Ends(1);

                string[] lines = victim.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
                Assert.AreEqual(1, lines.Length, victim.Errors);
                StringAssert.Contains(lines[0], "K230_AGENT=" + name);
                StringAssert.Contains(lines[0], "./k230 board");
            }
        }

        [TestMethod]
        public void A_killed_board_ends_its_app_with_ECONNRESET()
        {
            using (NetSocket listener = KernelListener())
            using (var board = new Board())
            using (var victim = new Victim(board.Name, "talk", At(listener).Port.ToString()))
            using (NetSocket peer = AcceptSoon(listener))
            {
                Assert.AreEqual("hello\n", Text(Receive(peer, 6)));
                Kill(board.Id);
                victim.Expect("errno " + Errno.ECONNRESET);
                victim.Ends(1);
            }
        }

        /// <summary>No descriptor of the process names a file of ours in a folder for temporary ones.</summary>
        private static void HasNoFiles(int pid)
        {
            foreach (string link in Directory.GetFiles("/proc/" + pid + "/fd"))
            {
                string target = null;

                try
                {
                    target = File.ResolveLinkTarget(link, false)?.FullName;
                }
                catch (IOException)
                {
                }

                Assert.IsFalse(
                    target != null && (target.StartsWith("/dev/shm/", StringComparison.Ordinal) ||
                        target.StartsWith("/tmp/k230", StringComparison.Ordinal)), pid + " has " + target);
            }
        }

        /// <summary>Files that a board might leave, by the names that it has for things.</summary>
        private static string[] OursIn(params string[] directories)
        {
            return directories.Where(Directory.Exists)
                .SelectMany(directory => Directory.GetFileSystemEntries(directory, "k230-*"))
                .Where(path => path.Contains("-region") || path.Contains("-agent") || path.Contains("-board"))
                .Order().ToArray();
        }
    }

    /// <summary>A process whose stdout is read line by line.</summary>
    internal class Child : IDisposable
    {
        private readonly Process _process;
        private readonly System.Text.StringBuilder _errors = new System.Text.StringBuilder();

        protected Child(ProcessStartInfo start)
        {
            start.RedirectStandardInput = true;
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            _process = new Process { StartInfo = start };
            _process.ErrorDataReceived += (_, line) =>
            {
                lock (_errors)
                {
                    _errors.Append(line.Data).Append('\n');
                }
            };
            _process.Start();
            _process.BeginErrorReadLine();
        }

        /// <summary>A project of this repository as a process.</summary>
        protected static ProcessStartInfo App(string name, string[] arguments)
        {
            // bin/Host/release and bin/NAME/release lie side by side.
            string bin = Path.GetDirectoryName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/')));
            string configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));

            // The runtime that this process runs on: ROOT/shared/Microsoft.NETCore.App/VERSION.
            string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location), "../../.."));
            var start = new ProcessStartInfo(Path.Combine(root, "dotnet")) { WorkingDirectory = "/" };

            start.ArgumentList.Add(Path.Combine(bin, name, configuration, name + ".dll"));

            foreach (string argument in arguments)
            {
                start.ArgumentList.Add(argument);
            }

            return start;
        }

        internal int Id
        {
            get { return _process.Id; }
        }

        internal int ExitCode
        {
            get
            {
                Assert.IsTrue(_process.WaitForExit(DeadlineMs), "the process does not end");

                return _process.ExitCode;
            }
        }

        /// <summary>What it wrote to stderr; complete after its end.</summary>
        internal string Errors
        {
            get
            {
                _process.WaitForExit();

                lock (_errors)
                {
                    return _errors.ToString();
                }
            }
        }

        internal string Line()
        {
            return Soon(() => _process.StandardOutput.ReadLine());
        }

        internal void Expect(string line)
        {
            Assert.AreEqual(line, Line());
        }

        internal void GoOn()
        {
            _process.StandardInput.WriteLine();
        }

        internal void Ends(int exitCode)
        {
            Assert.AreEqual(exitCode, ExitCode);
        }

        public virtual void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
                _process.WaitForExit(DeadlineMs);
            }

            _process.Dispose();
        }
    }

    /// <summary>The app of nf-tests/Victim.</summary>
    internal sealed class Victim : Child
    {
        internal const string Prefix = "k230-victim-";

        internal Victim(string board, params string[] arguments)
            : this(Directory.CreateTempSubdirectory(Prefix).FullName, board, arguments)
        {
        }

        private Victim(string temp, string board, string[] arguments)
            : base(Start(temp, board, arguments))
        {
            Temp = temp;
        }

        /// <summary>Its folder for temporary files, empty at the start.</summary>
        internal string Temp { get; }

        public override void Dispose()
        {
            base.Dispose();
            Directory.Delete(Temp, true);
        }

        private static ProcessStartInfo Start(string temp, string board, string[] arguments)
        {
            ProcessStartInfo start = App("Victim", arguments);

            start.Environment["TMPDIR"] = temp;
            start.Environment["DOTNET_EnableDiagnostics"] = "0";
            start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
            start.Environment.Remove("K230_AGENT");

            if (board != null)
            {
                start.Environment["K230_AGENT"] = board;
            }

            return start;
        }
    }

    /// <summary>An agent that waits for apps, started with --listen.</summary>
    internal sealed class Board : Child
    {
        internal Board()
            : base(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, Network.Agent), "--listen"))
        {
            string line = Line();
            StringAssert.StartsWith(line, "K230_AGENT=@");
            Name = line.Substring("K230_AGENT=".Length);
        }

        internal string Name { get; }
    }
}
