// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    internal sealed class PollBenchmark : IBenchmark, IChart
    {
        private static readonly int[] s_sockets = [1, 8, 64, 256];

        private readonly Peer[] _peers =
        [
            new("C: K230", e => e.K230),
            new("C: kernel", e => e.Kernel),
            new("C#: K230", e => e.Managed),
            new("C#: .NET", e => e.Net),
        ];

        private readonly Figure _idleC = Idle("C");
        private readonly Figure _idleCSharp = Idle("C#");

        public string Title => "One active socket among idle ones";

        public string Explanation =>
            "64 bytes there and back on one TCP connection while 0, 7, 63 or 255 others have nothing, as a " +
            "script does it that polls: send, poll all for input, receive on the one reported. .NET: " +
            "`Socket.Select`. The median of a sample's round trips; all sizes and libraries take turns, with a " +
            "quarter of the time for a sample. The ratio is that of 256 sockets to 1.";

        public IReadOnlyList<Figure> Figures => [_idleC, _idleCSharp, .. _peers.SelectMany(p => p.Figures)];

        public string FileName => "sockets.svg";

        public IReadOnlyList<Row> Run(Session session)
        {
            foreach (Peer peer in _peers)
            {
                peer.Calibrate(session);
            }

            for (int i = 0; i < session.Effort.Pairs; i++)
            {
                foreach (Peer peer in _peers)
                {
                    peer.MeasureOnce(session);
                }

                session.Progress.Step();
            }

            return
            [
                _idleC.Of(_peers[0].Growth()),
                _idleCSharp.Of(_peers[2].Growth()),
                .. _peers.SelectMany(p => p.Rows()),
            ];
        }

        public string Draw() => new SocketsChart(
            s_sockets,
            ("kernel, C", _peers[1].Medians()),
            ("K230, C", _peers[0].Medians()),
            (".NET, C#", _peers[3].Medians()),
            ("K230, C#", _peers[2].Medians())).ToSvg();

        private static Figure Idle(string language) =>
            Figure.Lower($"1 active beside 255 idle sockets, {language}, K230 / alone", "x", 1.1);

        private sealed class Peer(string name, Func<Ends, INearEnd> end)
        {
            private readonly Figure[] _figures = s_sockets
                .Select(n => Figure.Lower($"poll of {n} socket{(n == 1 ? "" : "s")}, {name}", "us"))
                .ToArray();

            private readonly List<double>[] _medians = s_sockets.Select(_ => new List<double>()).ToArray();
            private long[] _counts;

            public IReadOnlyList<Figure> Figures => _figures;

            /// <summary>Each size has a quarter of a sample's time: there are many of them.</summary>
            public void Calibrate(Session session)
            {
                Effort quarter = session.Effort with { Slower = session.Effort.Slower / 4, Faster = 0 };
                _counts = s_sockets
                    .Select(n => Calibration.Count(quarter, 20, count => Measure(session, n, count)))
                    .ToArray();
            }

            public void MeasureOnce(Session session)
            {
                for (int i = 0; i < s_sockets.Length; i++)
                {
                    _medians[i].Add(Measure(session, s_sockets[i], _counts[i]).RoundTrips.Median / 1e3);
                }
            }

            /// <summary>The most sockets against one, turn by turn.</summary>
            public Series Growth() => new(_medians[^1].Zip(_medians[0], (all, one) => all / one));

            public IReadOnlyList<double> Medians() => _medians.Select(m => new Series(m).Median).ToArray();

            public IEnumerable<Row> Rows() => _figures.Zip(_medians, (f, m) => f.Of(new Series(m)));

            private Sample Measure(Session session, int sockets, long count) =>
                end(session.Ends).Run(Command.Poll(session.Ends.Far, sockets - 1, count));
        }
    }
}
