// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    /// <summary>All sizes and all near ends, one direction.</summary>
    internal sealed class Sizes(string verb, Func<FarEnd, long, int, Command> command) : IMeasurement
    {
        private static readonly int[] s_sizes =
            [16, 64, 256, 1024, 4096, 16 * 1024, 64 * 1024, 256 * 1024, 1024 * 1024];

        private static readonly (string Name, string Line, Func<Ends, INearEnd> End)[] s_peers =
        [
            ("C: kernel", "kernel, C", e => e.Kernel),
            ("C: K230", "K230, C", e => e.K230),
            ("C#: .NET", ".NET, C#", e => e.Net),
            ("C#: K230", "K230, C#", e => e.Managed),
        ];

        // By size, then by near end.
        private readonly Metric[][] _metrics = s_sizes
            .Select(size => s_peers
                .Select(p => Metric.Higher($"{verb} of {SizeText(size)}, {p.Name}", "MB/s"))
                .ToArray())
            .ToArray();

        private readonly Statistics[][] _rates = new Statistics[s_sizes.Length][];

        public IReadOnlyList<Metric> Metrics => _metrics.SelectMany(m => m).ToArray();

        public static Benchmark Create()
        {
            var send = new Sizes("sends", Command.Send);
            var receive = new Sizes("receives", Command.Receive);

            return new Benchmark(
                "Throughput by size",
                "As bulk transfer, with pieces from 16 bytes to 1 MiB: the size of the array that is sent, or " +
                "received into, with one call. All four take turns at each size: six turns (two with `--quick`), and " +
                "half of the time for a sample. A .NET receive gives what is there; K230.Sockets' " +
                "`ReadInto` fills its array.",
                send,
                receive)
            {
                Chart = ("throughput.svg", () => Charts.Throughput(
                    s_sizes, ("Sending", send.Lines()), ("Receiving", receive.Lines()))),
            };
        }

        public IReadOnlyList<Row> Measure(Run run)
        {
            for (int i = 0; i < s_sizes.Length; i++)
            {
                _rates[i] = Measure(run, s_sizes[i]);
                run.Progress.Step();
            }

            return Metrics.Zip(_rates.SelectMany(r => r), (metric, rates) => metric.Of(rates)).ToArray();
        }

        private static string SizeText(int size) => size switch
        {
            < 1024 => $"{size} B",
            < 1024 * 1024 => $"{size / 1024} KiB",
            _ => $"{size / 1024 / 1024} MiB",
        };

        /// <summary>A line of the chart for each near end.</summary>
        private (string Name, double[] Values)[] Lines() => s_peers
            .Select((peer, i) => (peer.Line, _rates.Select(r => r[i].Median).ToArray()))
            .ToArray();

        private Statistics[] Measure(Run run, int size)
        {
            INearEnd[] ends = s_peers.Select(p => p.End(run.Ends)).ToArray();

            Func<long, Sample> By(INearEnd end) => n => end.Run(command(run.Ends.Far, n, size));

            // There are many sizes, so each has half the turns and half the time.
            long first = Math.Max(1, 64 * 1024 / size);
            long count = run.Job.Times(0.5).Calibrate(first, ends.Select(By).ToArray());
            double[][] turns = Enumerable.Range(0, (run.Job.Pairs + 1) / 2)
                .Select(_ => ends.Select(end => count * size / 1e6 / By(end)(count).Seconds).ToArray())
                .ToArray();

            return ends.Select((_, i) => new Statistics(turns.Select(t => t[i]))).ToArray();
        }
    }
}
