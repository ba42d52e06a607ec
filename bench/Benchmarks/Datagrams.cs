// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Linq;

namespace K230.Bench
{
    internal static class Datagrams
    {
        private const string Unit = "datagrams/s";
        private const int First = 500;

        public static Benchmark Create()
        {
            static Func<FarEnd, long, Command> Send(int size) =>
                (far, count) => Command.SendDatagrams(far, size, count);

            var largeInCSharp = Contest.InCSharp("UDP 1400-byte sends", Unit, First, Send(1400), 1.0);
            var largeInC = Contest.InC("UDP 1400-byte sends", Unit, First, Send(1400));

            Sample[] Large() => [.. largeInCSharp.Pairs.A, .. largeInC.Pairs.A];

            return new Benchmark(
                "Datagrams",
                "*Sends*: to one address, named at each call, from the first call until the last has returned. " +
                "Afterwards the far end is asked how many came and how many the kernel dropped for want of room in " +
                "its socket; what is neither was lost on the way, in all samples of K230 together. *Receives*: the " +
                "far end sends as fast as it can; what comes per second, and the part of it that came.",
                [
                    largeInCSharp,
                    Contest.InCSharp("UDP 64-byte sends", Unit, First, Send(64)),
                    largeInC,
                    Contest.InC("UDP 64-byte sends", Unit, First, Send(64)),
                    new Derived(
                        Metric.Lower("UDP 1400 bytes, datagrams lost in the link", "datagrams", 0),
                        () => new Statistics([Large().Sum(Lost)])),
                    new Derived(
                        Metric.Lower("UDP 1400 bytes, dropped by the far end's own queue", "%"),
                        () => new Statistics(Large().Select(s => 100.0 * s.Dropped / (s.Came + s.Dropped + s.Lost)))),
                    .. Receives(1400),
                    .. Receives(64),
                ]);
        }

        /// <summary>What a sample lost, if its counts can be: fewer than none in one would hide the loss of another.
        /// </summary>
        /// <exception cref="Failure">They cannot.</exception>
        public static long Lost(Sample s) => s.Came > 0 && s.Dropped >= 0 && s.Lost >= 0
            ? s.Lost
            : throw new Failure($"datagrams cannot be {s.Came} come, {s.Dropped} dropped and {s.Lost} lost");

        /// <summary>Here the two do not do the same: what comes is counted, so the rate is not a matter of time alone.
        /// </summary>
        private static IMeasurement[] Receives(int size)
        {
            var contest = new Contest(
                $"UDP {size}-byte receives, C",
                Unit,
                ("K230", e => e.K230),
                ("kernel", e => e.Kernel),
                First,
                (far, count) => Command.ReceiveDatagrams(far, size, count))
            {
                Done = s => s.Came,
            };

            return
            [
                contest,
                new Derived(
                    Metric.Higher($"UDP {size}-byte receives, C: K230, of all sent", "%"),
                    contest.OursPerDone(s => 100.0 * s.Came)),
            ];
        }
    }
}
