// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    /// <summary>All sizes and all near ends take turns.</summary>
    internal sealed class Polls : IMeasurement
    {
        private static readonly int[] s_sockets = [1, 8, 64, 256];

        private readonly Peer[] _peers =
        [
            new("C: K230", e => e.K230),
            new("C: kernel", e => e.Kernel),
            new("C#: K230", e => e.Managed),
            new("C#: .NET", e => e.Net),
        ];

        private readonly Metric _idleC = Idle("C");
        private readonly Metric _idleCSharp = Idle("C#");

        public IReadOnlyList<Metric> Metrics => [_idleC, _idleCSharp, .. _peers.SelectMany(p => p.Metrics)];

        public static Benchmark Create()
        {
            var polls = new Polls();

            return new Benchmark(
                "One active socket among idle ones",
                "64 bytes there and back on one TCP connection while 0, 7, 63 or 255 others have nothing, as a " +
                "script does it that polls: send, poll all for input, receive on the one reported. .NET: " +
                "`Socket.Select`. The median of a sample's round trips; all sizes and libraries take turns, with a " +
                "quarter of the time for a sample. The ratio is that of 256 sockets to 1.",
                polls)
            {
                Chart = ("sockets.svg", () => Charts.Polls(
                    s_sockets,
                    ("kernel, C", polls._peers[1].Medians()),
                    ("K230, C", polls._peers[0].Medians()),
                    (".NET, C#", polls._peers[3].Medians()),
                    ("K230, C#", polls._peers[2].Medians()))),
            };
        }

        public IReadOnlyList<Row> Measure(Run run)
        {
            foreach (Peer peer in _peers)
            {
                peer.Calibrate(run);
            }

            for (int i = 0; i < run.Job.Pairs; i++)
            {
                foreach (Peer peer in _peers)
                {
                    peer.MeasureOnce(run);
                }

                run.Progress.Step();
            }

            return
            [
                _idleC.Of(_peers[0].Growth()),
                _idleCSharp.Of(_peers[2].Growth()),
                .. _peers.SelectMany(p => p.Rows()),
            ];
        }

        private static Metric Idle(string language) =>
            Metric.Lower($"1 active beside 255 idle sockets, {language}, K230 / alone", "x", 1.1);

        private sealed class Peer(string name, Func<Ends, INearEnd> end)
        {
            private readonly List<double>[] _medians = s_sockets.Select(_ => new List<double>()).ToArray();
            private long[] _counts;

            public IReadOnlyList<Metric> Metrics { get; } = s_sockets
                .Select(n => Metric.Lower($"poll of {n} socket{(n == 1 ? "" : "s")}, {name}", "us"))
                .ToArray();

            /// <summary>Each size has a quarter of a sample's time: there are many of them.</summary>
            public void Calibrate(Run run)
            {
                Job quarter = run.Job.Times(0.25);
                _counts = s_sockets.Select(n => quarter.Calibrate(20, count => Sample(run, n, count))).ToArray();
            }

            public void MeasureOnce(Run run)
            {
                for (int i = 0; i < s_sockets.Length; i++)
                {
                    _medians[i].Add(Sample(run, s_sockets[i], _counts[i]).RoundTrips.Median / 1e3);
                }
            }

            /// <summary>The most sockets against one, turn by turn.</summary>
            public Statistics Growth() => new(_medians[^1].Zip(_medians[0], (all, one) => all / one));

            public IReadOnlyList<double> Medians() => _medians.Select(m => new Statistics(m).Median).ToArray();

            public IEnumerable<Row> Rows() => Metrics.Zip(_medians, (metric, m) => metric.Of(new Statistics(m)));

            private Sample Sample(Run run, int sockets, long count) =>
                end(run.Ends).Run(Command.Poll(run.Ends.Far, sockets - 1, count));
        }
    }
}
