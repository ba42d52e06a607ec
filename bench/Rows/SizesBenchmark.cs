// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    internal sealed class SizesBenchmark : IBenchmark, IChart
    {
        private static readonly int[] s_sizes =
            [16, 64, 256, 1024, 4096, 16 * 1024, 64 * 1024, 256 * 1024, 1024 * 1024];

        private readonly Direction _send = new("sends", Command.Send);
        private readonly Direction _receive = new("receives", Command.Receive);

        public string Title => "Throughput by size";

        public string Explanation =>
            "As bulk transfer, with pieces from 16 bytes to 1 MiB: the size of the array that is sent, or " +
            "received into, with one call. All four take turns at each size: six turns (two with `--quick`), and " +
            "half of the time for a sample. A .NET receive gives what is there; K230.Sockets' " +
            "`ReadInto` fills its array.";

        public IReadOnlyList<Figure> Figures => [.. _send.Figures, .. _receive.Figures];

        public string FileName => "throughput.svg";

        public IReadOnlyList<Row> Run(Session session) => [.. _send.Run(session), .. _receive.Run(session)];

        public string Draw() => new ThroughputChart(
            s_sizes,
            ("Sending", _send.Lines()),
            ("Receiving", _receive.Lines())).ToSvg();

        private static string SizeText(int size) => size switch
        {
            < 1024 => $"{size} B",
            < 1024 * 1024 => $"{size / 1024} KiB",
            _ => $"{size / 1024 / 1024} MiB",
        };

        /// <summary>All sizes and all near ends, one direction.</summary>
        private sealed class Direction
        {
            private static readonly (string Name, string Line, Func<Ends, INearEnd> End)[] s_peers =
            [
                ("C: kernel", "kernel, C", e => e.Kernel),
                ("C: K230", "K230, C", e => e.K230),
                ("C#: .NET", ".NET, C#", e => e.Net),
                ("C#: K230", "K230, C#", e => e.Managed),
            ];

            private readonly Func<FarEnd, long, int, Command> _command;

            // By size, then by near end.
            private readonly Figure[][] _figures;
            private readonly Series[][] _rates;

            public Direction(string verb, Func<FarEnd, long, int, Command> command)
            {
                _command = command;
                _figures = s_sizes.Select(size => s_peers
                    .Select(p => Figure.Higher($"{verb} of {SizeText(size)}, {p.Name}", "MB/s"))
                    .ToArray()).ToArray();
                _rates = new Series[s_sizes.Length][];
            }

            public IEnumerable<Figure> Figures => _figures.SelectMany(f => f);

            public IReadOnlyList<Row> Run(Session session)
            {
                for (int i = 0; i < s_sizes.Length; i++)
                {
                    _rates[i] = Measure(session, s_sizes[i]);
                    session.Progress.Step();
                }

                return _figures.Zip(_rates, (figures, rates) => figures.Zip(rates, (f, r) => f.Of(r)))
                    .SelectMany(rows => rows)
                    .ToArray();
            }

            /// <summary>A line of the chart for each near end.</summary>
            public (string Name, double[] Values)[] Lines() => s_peers
                .Select((peer, i) => (peer.Line, _rates.Select(r => r[i].Median).ToArray()))
                .ToArray();

            private Series[] Measure(Session session, int size)
            {
                // There are many sizes, so each has half the turns and half the time.
                Effort effort = session.Effort with { Slower = session.Effort.Slower / 2, Faster = 0 };
                INearEnd[] ends = s_peers.Select(p => p.End(session.Ends)).ToArray();

                Func<long, Sample> By(INearEnd end) => n => end.Run(_command(session.Ends.Far, n, size));

                long first = Math.Max(1, 64 * 1024 / size);
                long count = Calibration.Count(effort, first, ends.Select(By).ToArray());
                double[][] turns = Enumerable.Range(0, (session.Effort.Pairs + 1) / 2)
                    .Select(_ => ends.Select(end => count * size / 1e6 / By(end)(count).Seconds).ToArray())
                    .ToArray();

                return ends.Select((_, i) => new Series(turns.Select(t => t[i]))).ToArray();
            }
        }
    }
}
