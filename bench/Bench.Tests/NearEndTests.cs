// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Threading;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Bench.Tests
{
    /// <summary>What becomes of answers, and of near ends that have none.</summary>
    [TestClass]
    public class NearEndTests
    {
        private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(300);
        private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);
        private static readonly Command s_command = Command.LookUp(7);

        [TestMethod]
        public void An_answer_is_read_by_its_keys()
        {
            Sample sample = Sample.Parse(
                "seconds=0.125 cpu=0.1 agent=0.0900 rings=12 rung=40 samples=100,250 came=9 dropped=2 lost=1 more=4");

            Assert.AreEqual(0.125, sample.Seconds);
            Assert.AreEqual(0.1, sample.Cpu);
            Assert.AreEqual(0.09, sample.Agent);
            Assert.AreEqual(12, sample.Rings);
            Assert.AreEqual(40, sample.Rung);
            Assert.AreEqual(9, sample.Came);
            Assert.AreEqual(2, sample.Dropped);
            Assert.AreEqual(1, sample.Lost);
            CollectionAssert.AreEqual(new double[] { 100, 250 }, sample.Nanoseconds);
        }

        [TestMethod]
        [DataRow("")]
        [DataRow("cpu=1")]
        [DataRow("seconds=0")]
        [DataRow("seconds=some")]
        [DataRow("seconds=1 seconds=2")]
        [DataRow("seconds=1 samples=")]
        [DataRow("ok")]
        public void An_answer_without_a_time_or_with_nonsense_is_refused(string answer)
        {
            Assert.ThrowsExactly<FormatException>(() => Sample.Parse(answer));
        }

        [TestMethod]
        public void A_near_end_answers_one_command_after_another()
        {
            using ProcessNearEnd near = Shell("while read l; do echo seconds=1.5; done", s_long);

            Assert.AreEqual(1.5, near.Run(s_command).Seconds);
            Assert.AreEqual(1.5, near.Run(s_command).Seconds);
        }

        [TestMethod]
        public void What_a_near_end_complains_of_is_told_with_its_name_and_the_command()
        {
            using ProcessNearEnd near = Shell("read l; echo error no route", s_long);

            Assert.AreEqual("the shell failed at \"lookup 7\": no route", FailureOf(near));
        }

        [TestMethod]
        public void A_near_end_that_dies_is_told_with_its_name_the_command_and_the_exit_code()
        {
            using ProcessNearEnd near = Shell("read l; exit 3", s_long);

            Assert.AreEqual("the shell ended at \"lookup 7\" with exit code 3", FailureOf(near));
        }

        [TestMethod]
        public void A_near_end_that_hangs_is_told_with_its_name_and_the_command()
        {
            using ProcessNearEnd near = Shell("while read l; do :; done", s_soon);

            Assert.AreEqual("the shell did not answer \"lookup 7\" within 0.3 s", FailureOf(near));
        }

        [TestMethod]
        public void After_a_near_end_has_died_the_next_command_meets_another()
        {
            int started = 0;
            using var near = new ProcessNearEnd("the shell", s_long, () => new LineProcess(
                "the shell", "/bin/sh", "-c", started++ == 0 ? "read l; exit 3" : "read l; echo seconds=1; read l"));

            FailureOf(near);

            Assert.AreEqual(1, near.Run(s_command).Seconds);
            Assert.AreEqual(2, started);
        }

        [TestMethod]
        public void A_program_that_is_missing_is_told()
        {
            using var near = new ProcessNearEnd(
                "nobody", s_long, () => new LineProcess("nobody", "/nowhere/k230-bench-near"));

            StringAssert.StartsWith(FailureOf(near), "nobody does not start: ");
        }

        [TestMethod]
        public void What_hangs_in_this_process_is_told_and_nothing_else_tried_with_it()
        {
            var near = new ManagedNearEnd(new NetTransport(), s_soon);
            using var never = new ManualResetEventSlim();
            bool tried = false;

            Failure first = Assert.ThrowsExactly<Failure>(() => near.Do("send 1 2 3", () =>
            {
                never.Wait();
                return 0;
            }));
            Failure second = Assert.ThrowsExactly<Failure>(() => near.Do("lookup 7", () => tried = true));
            never.Set();

            Assert.AreEqual("System.Net.Sockets, C# did not end \"send 1 2 3\" within 0.3 s", first.Message);
            StringAssert.Contains(second.Message, "\"send 1 2 3\"");
            Assert.IsFalse(tried);
        }

        [TestMethod]
        public void What_fails_in_this_process_is_told_with_the_command()
        {
            var near = new ManagedNearEnd(new NetTransport(), s_long);

            Failure failure = Assert.ThrowsExactly<Failure>(
                () => near.Do<int>("lookup 7", () => throw new InvalidOperationException("no name")));

            Assert.AreEqual("System.Net.Sockets, C# failed at \"lookup 7\": no name", failure.Message);
        }

        private static ProcessNearEnd Shell(string script, TimeSpan limit) =>
            new("the shell", limit, () => new LineProcess("the shell", "/bin/sh", "-c", script));

        private static string FailureOf(INearEnd near) =>
            Assert.ThrowsExactly<Failure>(() => near.Run(s_command)).Message;
    }
}
