// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Bench.Tests
{
    /// <summary>Every near end does every command that it is given in a run, at the real far end.</summary>
    [TestClass]
    public class CommandTests
    {
        private static readonly Ends s_ends = new(Setup.Native);

        [ClassCleanup]
        public static void EndThem() => s_ends.Dispose();

        public static IEnumerable<object[]> NearEnds => [["K230, C"], ["kernel, C"], ["K230, C#"], [".NET, C#"]];

        [TestMethod]
        [DynamicData(nameof(NearEnds))]
        public void Streams_end_with_every_byte_confirmed(string near)
        {
            Assert.IsTrue(Of(near).Run(Command.Send(s_ends.Far, 100, 1000)).Seconds > 0);
            Assert.IsTrue(Of(near).Run(Command.Receive(s_ends.Far, 100, 1000)).Seconds > 0);
        }

        [TestMethod]
        [DynamicData(nameof(NearEnds))]
        public void An_echo_has_the_time_of_each_round_trip(string near)
        {
            Sample sample = Of(near).Run(Command.Echo(s_ends.Far, 64, 50));

            Assert.HasCount(50, sample.Nanoseconds);
            Assert.IsTrue(sample.Nanoseconds.All(ns => ns > 0));
            Assert.IsTrue(sample.Nanoseconds.Sum() <= sample.Seconds * 1e9);
        }

        [TestMethod]
        [DynamicData(nameof(NearEnds))]
        public void A_poll_has_the_time_of_each_round_trip(string near)
        {
            Assert.HasCount(50, Of(near).Run(Command.Poll(s_ends.Far, 7, 50)).Nanoseconds);
        }

        [TestMethod]
        [DynamicData(nameof(NearEnds))]
        public void Messages_connections_and_look_ups_come_to_an_end(string near)
        {
            Assert.IsTrue(Of(near).Run(Command.Messages(s_ends.Far, 64, 160, 16)).Seconds > 0);
            Assert.IsTrue(Of(near).Run(Command.Connect(s_ends.Far, 20)).Seconds > 0);
            Assert.IsTrue(Of(near).Run(Command.Accept(s_ends.Far, 20)).Seconds > 0);
            Assert.IsTrue(Of(near).Run(Command.LookUp(5)).Seconds > 0);
        }

        [TestMethod]
        [DynamicData(nameof(NearEnds))]
        public void What_became_of_each_datagram_is_known(string near)
        {
            Sample sample = Of(near).Run(Command.SendDatagrams(s_ends.Far, 1400, 100));

            Assert.AreEqual(0, sample.Lost);
            Assert.AreEqual(101, sample.Came + sample.Dropped, "the first one is not measured, but counted");
        }

        [TestMethod]
        public void Lines_are_read_in_C_sharp()
        {
            Assert.IsTrue(s_ends.Managed.Run(Command.Lines(s_ends.Far, 100)).Seconds > 0);
            Assert.IsTrue(s_ends.Net.Run(Command.Lines(s_ends.Far, 100)).Seconds > 0);
        }

        [TestMethod]
        public void K230_tells_of_the_agents_time_and_the_kernel_has_no_agent_and_no_doorbells()
        {
            Sample k230 = s_ends.K230.Run(Command.Send(s_ends.Far, 1000, 64 * 1024));
            Sample kernel = s_ends.Kernel.Run(Command.Send(s_ends.Far, 1000, 64 * 1024));

            Assert.IsTrue(k230.Agent > 0); // who looks before sleeping may need no doorbell at all
            Assert.AreEqual(0, kernel.Rings + kernel.Rung + (long)(kernel.Agent * 1e9));
        }

        [TestMethod]
        public void A_slow_peer_reads_no_faster_than_it_says()
        {
            const long bytes = 20 * 64 * 1024;

            Sample sample = s_ends.K230.Run(Command.SendSlowly(s_ends.Far, 20, 64 * 1024, kibps: 4096));

            Assert.IsTrue(sample.Seconds > 0.9 * bytes / (4096 * 1024), $"{sample.Seconds} s");
        }

        [TestMethod]
        public void Who_does_not_look_sends_too()
        {
            Assert.IsTrue(s_ends.Sleepy.Run(Command.Send(s_ends.Far, 100, 64 * 1024)).Rings > 0);
        }

        [TestMethod]
        public void A_far_end_that_is_gone_is_told_and_there_is_another()
        {
            using var ends = new Ends(Setup.Native);
            FarEnd far = ends.Far;

            using (Process process = Process.GetProcessById(far.ProcessId))
            {
                process.Kill();
            }

            Failure failure = Assert.ThrowsExactly<Failure>(() => ends.Kernel.Run(Command.Send(far, 1, 1)));

            StringAssert.StartsWith(
                ends.Reason(failure), "the far end has ended with exit code 137, so the kernel, C ");
            Assert.IsTrue(ends.Kernel.Run(Command.Send(ends.Far, 1, 1)).Seconds > 0);
        }

        [TestMethod]
        public void One_request_per_chunk_sends_too()
        {
            Assert.IsTrue(s_ends.Chunk.Run(Command.Send(s_ends.Far, 10, 1000)).Seconds > 0);
        }

        [TestMethod]
        public void A_command_that_a_near_end_cannot_do_is_a_failure_with_its_name()
        {
            Failure failure = Assert.ThrowsExactly<Failure>(() => s_ends.Kernel.Run(Command.Lines(s_ends.Far, 1)));

            StringAssert.Contains(failure.Message, "the kernel, C");
            StringAssert.Contains(failure.Message, "\"lines ");
        }

        private static INearEnd Of(string name) => name switch
        {
            "K230, C" => s_ends.K230,
            "kernel, C" => s_ends.Kernel,
            "K230, C#" => s_ends.Managed,
            ".NET, C#" => s_ends.Net,
            _ => throw new ArgumentException(name),
        };
    }
}
