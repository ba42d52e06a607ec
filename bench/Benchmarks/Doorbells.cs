// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    internal static class Doorbells
    {
        private const int Piece = 64 * 1024;
        private const double Megabytes = Piece / 1e6;
        private const int SlowKibps = 48_828; // 50 MB/s

        // The kernel's buffers take the first megabytes, faster than the peer reads them; a sample is many more.
        private const int SlowTimes = 4;

        public static Benchmark Create() => new(
            "Doorbells when nobody looks",
            "On the virtual board a waiter looks for a moment before it sleeps and asks for a doorbell; a device " +
            "does not, so it rings more than the rows above. Here a near end in C and its agent run with " +
            "`K230_EAGER=0`, and neither looks. In a bulk send to a peer that is faster than the sender the agent " +
            "has often passed everything on and sleeps before the next call of 64 KiB comes, so the bound there " +
            "is one doorbell to the agent for each call, some 16 a MB, besides those that wake a sender without " +
            "room. The slow peer reads 50 MB/s with little room for more, as a network does that is slower than " +
            "the link: the agent then waits for the stack, not for the big core, and hardly any but the latter " +
            "doorbells are left. A sample of it has four times as much time, as the kernel's buffers take the " +
            "first megabytes at once.",
            new Work("bulk send", "/MB", Megabytes, 64, (far, n) => Command.Send(far, n, Piece)),
            new Work("bulk send to a slow peer", "/MB", Megabytes, 64, (far, n) =>
                Command.SendSlowly(far, n, Piece, SlowKibps), SlowTimes),
            new Work("bulk receive", "/MB", Megabytes, 64, (far, n) => Command.Receive(far, n, Piece)),
            new Work("echo 64 bytes", "/round trip", 1, 100, (far, n) => Command.Echo(far, 64, n)));

        /// <param name="each">How much of what the unit names one count is.</param>
        /// <param name="first">A count that is surely not too large.</param>
        /// <param name="times">How many times the time of other samples one has here.</param>
        private sealed class Work(
            string name, string unit, double each, long first, Func<FarEnd, long, Command> command, int times = 1)
            : IMeasurement
        {
            private readonly Metric _metric = Metric.Lower($"doorbells, {name}, nobody looks", unit);

            public IReadOnlyList<Metric> Metrics => [_metric];

            public IReadOnlyList<Row> Measure(Run run)
            {
                Sample Do(long count) => run.Ends.Sleepy.Run(command(run.Ends.Far, count));

                long count = run.Job.Times(times).Calibrate(first, Do);

                return [_metric.Of(new Statistics(Enumerable.Range(0, run.Job.Pairs).Select(_ =>
                {
                    Sample sample = Do(count);
                    run.Progress.Step();

                    return sample.Doorbells / (count * each);
                })))];
            }
        }
    }
}
