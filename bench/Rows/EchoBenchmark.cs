// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.Collections.Generic;
using System.Linq;

namespace K230.Bench
{
    internal sealed class EchoBenchmark : IBenchmark, IChart
    {
        private const int SIZE = 64;

        private readonly Contest _c = new("C", "kernel");
        private readonly Contest _csharp = new("C#", ".NET");
        private readonly Figure _doorbells = Figure.Lower("doorbells, echo 64 bytes, C", "/round trip");

        public string Title => "Echo of 64 bytes";

        public string Explanation =>
            "A message of 64 bytes to the far end and back, one after another, over TCP with TCP_NODELAY on both " +
            "sides; from the call that sends to the return of the call that receives. The ratio is that of the " +
            "medians.";

        public IReadOnlyList<Figure> Figures => [.. _c.Figures, .. _csharp.Figures, _doorbells];

        public string FileName => "latency.svg";

        public IReadOnlyList<Row> Run(Session session)
        {
            Ends ends = session.Ends;
            IReadOnlyList<Row> inC = _c.Run(session, ends.K230, ends.Kernel);
            IReadOnlyList<Row> inCSharp = _csharp.Run(session, ends.Managed, ends.Net);

            return
            [
                .. inC,
                .. inCSharp,
                _doorbells.Of(_c.Pairs.OfA(s => (double)(s.Rings + s.Rung) / s.Nanoseconds.Length)),
            ];
        }

        public string Draw() => new LatencyChart(
            ("kernel, C", Pooled(_c.Pairs.B)),
            ("K230, C", Pooled(_c.Pairs.A)),
            (".NET, C#", Pooled(_csharp.Pairs.B)),
            ("K230, C#", Pooled(_csharp.Pairs.A))).ToSvg();

        private static double[] Pooled(IReadOnlyList<Sample> samples) =>
            samples.SelectMany(s => s.Nanoseconds).Select(ns => ns / 1e3).ToArray();

        private sealed class Contest(string language, string other)
        {
            private readonly Figure _ratio =
                Figure.Lower($"echo 64 bytes, {language}, median, K230 / {other}", "x", 1.8);

            private readonly RoundTrips _ours = new($"echo 64 bytes, {language}: K230");
            private readonly RoundTrips _theirs = new($"echo 64 bytes, {language}: {other}");

            public IReadOnlyList<Figure> Figures => [_ratio, .. _ours.Figures, .. _theirs.Figures];

            public Pairs Pairs { get; private set; }

            public IReadOnlyList<Row> Run(Session session, INearEnd ours, INearEnd theirs)
            {
                FarEnd far = session.Ends.Far;
                Pairs = session.Alternate(ours, theirs, 100, count => Command.Echo(far, SIZE, count), out _);

                return
                [
                    _ratio.Of(Pairs.Ratio(s => s.RoundTrips.Median)),
                    .. _ours.Of(Pairs.A),
                    .. _theirs.Of(Pairs.B),
                ];
            }
        }

        /// <summary>How long round trips take: of each sample the percentile, of these the median.</summary>
        private sealed class RoundTrips(string name)
        {
            private readonly (Figure Figure, Func<Series, double> Of)[] _figures =
            [
                (Figure.Lower($"{name}, median", "us"), s => s.Median),
                (Figure.Lower($"{name}, p99", "us"), s => s.Percentile(0.99)),
                (Figure.Lower($"{name}, p99.9", "us"), s => s.Percentile(0.999)),
            ];

            public IReadOnlyList<Figure> Figures => _figures.Select(f => f.Figure).ToArray();

            public IEnumerable<Row> Of(IReadOnlyList<Sample> samples)
            {
                Series[] all = samples.Select(s => s.RoundTrips).ToArray();

                return _figures.Select(f => f.Figure.Of(new Series(all.Select(s => f.Of(s) / 1e3))));
            }
        }
    }
}
